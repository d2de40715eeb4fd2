"""Traced drawings: shown by a browser they look like the picture, and they are plain."""

from __future__ import annotations

import io
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from buildings import build, options, plan_of
from outside import chromium
from PIL import Image, ImageChops, ImageDraw, ImageStat

from assetgen.errors import AssetFailed, ExitCode, SpecInvalid
from assetgen.transforms import tracing
from assetgen.transforms.opening import PictureRefused
from assetgen.transforms.tracing import traced
from assetgen.transforms.vectors import require_inert

pytest.importorskip("vtracer", reason="the extra `svg` is not installed")

LOGO = Path(__file__).parent.parent / "examples/website/art/logo.png"
GREY = (128, 128, 128, 255)


@pytest.fixture(scope="module")
def logo() -> Image.Image:
    """Return a drawing with smooth rims on a clear ground."""
    with Image.open(LOGO) as image:
        return image.convert("RGBA")


@pytest.fixture(scope="module")
def shown():
    """Return what renders a document in a browser, on a clear ground."""
    with chromium() as browser:
        page = browser.new_page()

        def render(data: bytes, size: tuple[int, int]) -> Image.Image:
            page.set_viewport_size({"width": size[0], "height": size[1]})
            page.set_content(f"<body style='margin:0'>{data.decode()}")
            taken = page.screenshot(omit_background=True)
            return Image.open(io.BytesIO(taken)).convert("RGBA")

        yield render


def difference(one: Image.Image, other: Image.Image) -> float:
    """Return how far two pictures are apart on grey: mean of channels, 0 to 255."""
    pair = [
        Image.alpha_composite(Image.new("RGBA", one.size, GREY), each).convert("RGB")
        for each in (one, other)
    ]
    return sum(ImageStat.Stat(ImageChops.difference(*pair)).mean) / 3


def glass() -> Image.Image:
    """Return an opaque bar beside a wide half-transparent one."""
    image = Image.new("RGBA", (200, 100))
    draw = ImageDraw.Draw(image)
    draw.rectangle((10, 10, 90, 90), fill=(200, 30, 30, 255))
    draw.rectangle((110, 10, 190, 90), fill=(30, 30, 200, 128))
    return image


def pixel_art() -> Image.Image:
    """Return 16x16 pixels, no two neighbours alike."""
    image = Image.new("RGBA", (16, 16))
    for x in range(16):
        for y in range(16):
            clear = (x * 7 + y * 3) % 5 == 0
            color = (x * 17, y * 17, (x * y) % 256, 255)
            image.putpixel((x, y), (0, 0, 0, 0) if clear else color)
    return image


def test_a_traced_logo_looks_like_the_logo(shown, logo):
    """Its colours, its rims and its clear corners; another picture would not pass."""
    seen = shown(traced(logo), logo.size)
    assert difference(seen, logo) < 3
    assert difference(seen, logo.rotate(90)) > 9
    assert seen.getpixel((2, 2))[3] == 0


def test_glass_stays_half_transparent(shown):
    """Wide areas of soft alpha become shapes of that opacity."""
    seen = shown(traced(glass()), (200, 100))
    assert seen.getpixel((150, 50)) == pytest.approx((30, 30, 200, 128), abs=6)
    assert seen.getpixel((50, 50)) == (200, 30, 30, 255)
    assert seen.getpixel((100, 50))[3] == 0


def test_soft_rims_are_no_shapes_of_their_own(logo):
    """An edge that is one pixel of half coverage wide is not traced as glass."""
    assert b"opacity" not in traced(logo)
    assert b"opacity" in traced(glass())


def test_of_pixel_art_every_pixel_is_kept(shown):
    """Small pictures become squares, exactly where the pixels were."""
    art = pixel_art()
    seen = shown(traced(art), art.size)
    assert difference(seen, art) == 0


def test_the_document_says_its_size_and_nothing_of_the_program(logo):
    """So a new version of the library that traces alike rewrites no file."""
    text = traced(logo).decode()
    assert text.startswith(
        '<svg xmlns="http://www.w3.org/2000/svg" width="512" height="512"'
        ' viewBox="0 0 512 512">\n<path '
    )
    assert "<!--" not in text
    assert "racer" not in text


def test_that_a_model_made_it_stands_in_the_metadata():
    """As the digital source type; and the document still only draws."""
    data = traced(glass(), "composite")
    assert b"/compositeWithTrainedAlgorithmicMedia" in data
    assert b"<metadata>" in data
    require_inert(data)
    with pytest.raises(PictureRefused):
        require_inert(data.replace(b"<metadata>", b"<script/><metadata>"))
    assert b"<metadata>" not in traced(glass())


def test_threads_trace_the_same_bytes(logo):
    """The order of shapes depends on the picture alone."""
    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(traced, [logo] * 4))) == 1


@pytest.mark.parametrize("size", [(1, 1), (100, 1), (1, 100), (65, 2)])
def test_the_smallest_pictures_are_traced_too(size):
    """A line is a shape; a clear picture is a document without any."""
    assert traced(Image.new("RGBA", size, "red")).count(b"<path") == 1
    assert b"<path" not in traced(Image.new("RGBA", size))


def test_a_photo_is_refused_before_it_takes_minutes():
    """The message has the figure, and the ways out."""
    noise = Image.effect_noise((1024, 1024), 80).convert("RGBA")
    with pytest.raises(AssetFailed, match=r"too busy to be traced: [0-9,]+ of") as bad:
        traced(noise)
    assert "quantize" in bad.value.hint
    noise.putalpha(Image.new("L", noise.size))
    noise.paste("red", (100, 100, 900, 900))
    assert traced(noise).count(b"<path") == 1, "what is under clear pixels counts"


def test_a_document_that_is_larger_than_any_picture_is_refused(monkeypatch, logo):
    """The bytes it would have are in the message."""
    monkeypatch.setattr(tracing, "MAX_BYTES", 1000)
    with pytest.raises(AssetFailed, match=r"would have 1[0-9],[0-9]+ bytes"):
        traced(logo)


def test_what_the_library_writes_otherwise_is_not_passed_on(monkeypatch, logo):
    """A path of another form could be lost without a word."""
    import vtracer

    def convert(*_, **__):
        return '<svg><path d="M0 0" stroke="red"/></svg>'

    monkeypatch.setattr(vtracer, "convert_raw_image_to_svg", convert)
    with pytest.raises(AssetFailed, match="unknown form"):
        traced(logo)


# --- in a project -------------------------------------------------------------

SPEC = """\
version: 1
provider: placeholder
targets: {web: {dir: web, snippets: true}}
assets:
  logo:
    prompt: a logo of a lighthouse
    size: 1024x1024
    background: transparent
    outputs:
      - {path: logo.svg, width: 400}
      - {preset: favicon, svg: true}
"""


def test_a_project_gets_its_svg_files_and_a_link_to_the_favicon(tmp_path):
    """In the sizes asked for; the .ico comes first, for those who know no other."""
    (tmp_path / "assets.yaml").write_text(SPEC)
    assert build(options(tmp_path))[0] is ExitCode.DONE
    data = (tmp_path / "web/logo.svg").read_bytes()
    assert b'width="400" height="400"' in data
    assert b"<metadata>" not in data  # a placeholder is no model
    assert b'viewBox="0 0 256 256"' in (tmp_path / "web/favicon.svg").read_bytes()
    lines = (tmp_path / "web/snippets.html").read_text().splitlines()
    links = [line for line in lines if 'rel="icon"' in line]
    assert links[0].endswith('href="favicon.ico">')
    assert links[1] == (
        '<link rel="icon" type="image/svg+xml" sizes="any" href="favicon.svg">'
    )


def test_without_the_library_the_plan_says_what_to_install(tmp_path, monkeypatch):
    """At the output's line, before anything is drawn."""
    monkeypatch.setattr(tracing, "is_installed", lambda: False)
    (tmp_path / "assets.yaml").write_text(SPEC)
    with pytest.raises(SpecInvalid) as bad:
        plan_of(options(tmp_path))
    first = bad.value.diagnostics[0]
    assert first.code == "not-installed"
    assert first.excerpt.span.line == 10
    assert "pip install 'assetgen-build[svg]'" in first.hint


def test_a_picture_too_large_to_trace_is_told_while_planning(tmp_path):
    """Where the spec settles its size; the hint says that a smaller one will do."""
    spec = SPEC.replace("1024x1024", "2560x1440").replace(", width: 400", "")
    (tmp_path / "assets.yaml").write_text(spec)
    with pytest.raises(SpecInvalid) as bad:
        plan_of(options(tmp_path))
    assert bad.value.diagnostics[0].message == "2560x1440 is too large to be traced"
