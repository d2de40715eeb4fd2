"""Layers, files and checks."""

from __future__ import annotations

import io
from concurrent.futures import ThreadPoolExecutor

import pytest
from PIL import Image

from assetgen.errors import AssetFailed, NotAvailable
from assetgen.model import (
    Checks,
    FileRef,
    FillLayer,
    ImageLayer,
    Length,
    Output,
    Size,
    Step,
    TextLayer,
)
from assetgen.transforms import tracing
from assetgen.transforms.checks import run_checks, size_failures
from assetgen.transforms.encode import encode, produce
from assetgen.transforms.layers import BLENDS, compose
from assetgen.transforms.opening import open_picture, probe

FORMATS = ["png", "jpg", "webp", "avif", "gif", "ico"]
MODERN = ["png", "jpg", "webp", "avif"]


def no_ref(ref):
    """Fail: nothing here names another picture."""
    raise AssertionError(ref)


def output(path, **words):
    """Return an output with the format of its suffix."""
    return Output(target="web", path=path, format=path.rpartition(".")[2], **words)


def picture(width=90, height=60, *, opaque=False):
    """Return a picture with soft edges, or an opaque one."""
    ramp = Image.linear_gradient("L").resize((width, height))
    image = Image.merge("RGBA", (ramp, ramp.rotate(180), ramp.rotate(90), ramp))
    if opaque:
        image.putalpha(255)
    return image


def decoded(data):
    """Return a file as Pillow sees it, decoded."""
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


@pytest.mark.parametrize("suffix", FORMATS)
@pytest.mark.parametrize("opaque", [True, False])
def test_every_format_opens_again_in_the_right_size(suffix, opaque):
    """With alpha exactly where it is due."""
    words = {"background": "#ffffff"} if suffix == "jpg" else {}
    made = produce(picture(opaque=opaque), output(f"a.{suffix}", **words), no_ref)
    image = decoded(made.data)
    assert image.size == (made.width, made.height)
    assert made.width == 90
    if suffix == "ico":
        assert image.size == (90, 90)
        return
    has_alpha = image.mode == "RGBA" or "transparency" in image.info
    assert has_alpha == (not opaque and suffix != "jpg")
    kind = "jpeg" if suffix == "jpg" else suffix
    assert probe(made.data).format == kind


@pytest.mark.parametrize("suffix", FORMATS)
def test_the_same_picture_gives_the_same_bytes_on_any_thread(suffix):
    """However many work at once."""
    image, wanted = picture(200, 150), output(f"a.{suffix}", background="#808080")
    alone = encode(image, wanted, made_by_model="trained")
    with ThreadPoolExecutor(4) as pool:
        made = list(
            pool.map(lambda _: encode(image, wanted, made_by_model="trained"), range(8))
        )
    assert made == [alone] * 8


@pytest.mark.parametrize("suffix", ["png", "webp"])
def test_lossless_files_hold_every_pixel(suffix):
    """PNG always, the others when asked."""
    image = picture(opaque=True)
    data = encode(image, output(f"a.{suffix}", lossless=True))
    assert open_picture(data).tobytes() == image.tobytes()


@pytest.mark.parametrize("suffix", FORMATS)
def test_nothing_of_the_inputs_metadata_reaches_an_output(suffix):
    """Neither the place of a photo nor its author, nor a comment or profile."""
    tags = Image.Exif()
    tags[0x013B] = "CANARY"
    tags.get_ifd(0x8825)[1] = "CANARY"
    file = io.BytesIO()
    options = {"comment": b"CANARY", "icc_profile": b"CANARY" * 9, "xmp": b"CANARY"}
    picture(opaque=True).convert("RGB").save(file, "JPEG", exif=tags, **options)
    assert b"CANARY" in file.getvalue()
    image = open_picture(file.getvalue())
    image.info["comment"] = image.info["icc_profile"] = b"CANARY"
    for metadata in ("tag", "strip"):
        data = encode(
            image, output(f"a.{suffix}", metadata=metadata), made_by_model="trained"
        )
        assert b"CANARY" not in data
        assert b"Exif\0" not in data
    assert image.info["comment"] == b"CANARY"


@pytest.mark.parametrize("suffix", MODERN)
def test_the_tag_says_that_a_model_made_it(suffix):
    """Only where one did, and only when it is wanted."""
    image = picture(opaque=True)
    field = b"digitalsourcetype/trainedAlgorithmicMedia"
    mixed = b"digitalsourcetype/compositeWithTrainedAlgorithmicMedia"
    wanted = output(f"a.{suffix}")
    assert field in encode(image, wanted, made_by_model="trained")
    assert mixed in encode(image, wanted, made_by_model="composite")
    assert b"digitalsourcetype" not in encode(image, wanted)
    stripped = output(f"a.{suffix}", metadata="strip")
    assert b"xmp" not in encode(image, stripped, made_by_model="trained").lower()


def test_a_jpg_of_a_transparent_picture_needs_a_background():
    """The failure names both ways out."""
    with pytest.raises(AssetFailed) as caught:
        encode(picture(), output("a.jpg"))
    assert "background" in caught.value.hint
    assert "flatten" in caught.value.hint
    process = (Step("flatten", {"color": "#ff0000"}),)
    made = produce(picture(), output("a.jpg", process=process), no_ref)
    red, green, _ = decoded(made.data).getpixel((45, 1))
    assert red > 200
    assert green < 60


def test_outputs_shrink_crop_and_pad_but_do_not_enlarge():
    """The words of the reference, in one place."""
    image = picture(opaque=True)
    assert produce(image, output("a.png", width=45), no_ref).height == 30
    square = produce(image, output("a.png", width=30, height=30), no_ref)
    assert decoded(square.data).mode == "RGB"
    words = {"width": 60, "height": 60, "fit": "contain"}
    padded = decoded(produce(image, output("a.png", **words), no_ref).data)
    assert padded.getpixel((30, 2))[3] == 0
    green = decoded(
        produce(image, output("a.png", **words, background="#00ff00"), no_ref).data
    )
    assert green.getpixel((30, 2)) == (0, 255, 0)
    clear = Image.new("RGBA", (90, 60))
    bars = open_picture(
        produce(clear, output("a.png", **words, background="#00ff00"), no_ref).data
    )
    assert bars.getpixel((30, 2)) == (0, 255, 0, 255)
    assert bars.getpixel((30, 30))[3] == 0
    third = produce(image, output("a.png", density=(1, 3)), no_ref)
    assert (third.width, third.height) == (30, 20)
    with pytest.raises(AssetFailed, match="90x60 would be enlarged to 180x120"):
        produce(image, output("a.png", width=180), no_ref)
    assert produce(image, output("a.png", width=180, enlarge=True), no_ref).width == 180


def test_an_icon_holds_all_usual_sizes():
    """Up to the picture's own; larger pictures give 256."""
    small = decoded(produce(picture(40, 40), output("a.ico"), no_ref).data)
    assert small.info["sizes"] == {(16, 16), (24, 24), (32, 32), (40, 40)}
    large = produce(picture(600, 300), output("a.ico"), no_ref)
    assert (large.width, large.height) == (256, 256)
    assert len(decoded(large.data).info["sizes"]) == 7
    tiny = produce(picture(5, 3), output("a.ico"), no_ref)
    assert (tiny.width, tiny.height) == (5, 5)


@pytest.mark.parametrize("name", ["a.ico", "a.icns"])
@pytest.mark.parametrize("side", [{"width": 32}, {"height": 32}])
def test_one_side_of_an_icon_is_that_of_a_square_with_the_whole_picture(name, side):
    """What is narrower lies in the middle of it."""
    image = Image.new("RGBA", (64, 96), (200, 10, 10, 255))
    made = produce(image, output(name, **side), no_ref)
    assert (made.width, made.height) == (32, 32)
    with Image.open(io.BytesIO(made.data)) as again:
        again.size = (32, 32)
        again.load()
        box = again.convert("RGBA").getchannel("A").point(lambda a: 255 * (a > 127))
    assert box.getbbox() == (5, 0, 26, 32)
    with pytest.raises(AssetFailed, match="would be enlarged"):
        produce(image, output(name, width=128), no_ref)


def test_a_gif_keeps_up_to_255_colours_and_its_holes_exactly():
    """More are reduced."""
    image = Image.new("RGBA", (255, 2))
    image.putdata(
        [(x, 255 - x, x // 2, 255) for x in range(255)] + [(1, 2, 3, 0)] * 255
    )
    again = open_picture(encode(image, output("a.gif")))
    top = (0, 0, 255, 1)
    assert again.crop(top).tobytes() == image.crop(top).tobytes()
    assert again.crop((0, 1, 255, 2)).getchannel("A").getextrema() == (0, 0)


def test_a_format_whose_library_is_not_installed_says_so(monkeypatch):
    """With what to install."""
    monkeypatch.setattr(tracing, "is_installed", lambda: False)
    with pytest.raises(NotAvailable, match="vtracer") as bad:
        produce(picture(), output("a.svg"), no_ref)
    assert "assetgen-build[svg]" in bad.value.hint


@pytest.mark.parametrize("suffix", ["jpg", "avif", "svg"])
def test_formats_that_round_colours_refuse_to_be_lossless(suffix):
    """Rather than nearly keeping a promise."""
    with pytest.raises(AssetFailed, match="lossless"):
        produce(picture(opaque=True), output(f"a.{suffix}", lossless=True), no_ref)


# --- layers -------------------------------------------------------------------

REF = FileRef("a.png")


def test_layers_lie_on_each_other_from_bottom_to_top():
    """The lowest picture gives the canvas."""
    red = Image.new("RGBA", (4, 4), (255, 0, 0, 255))
    layers = (FillLayer(color="#0000ff80"), ImageLayer(ref=REF, scale=0.5))
    made = compose(layers, None, lambda _: red)
    assert made.size == (4, 4)
    assert made.getpixel((0, 0)) == (0, 0, 255, 128)
    assert made.getpixel((1, 1)) == (255, 0, 0, 255)
    at = (Length(-1), Length(50, percent=True))
    made = compose((ImageLayer(ref=REF, at=at),), Size(8, 8), lambda _: red)
    assert made.getbbox() == (0, 4, 3, 8)


@pytest.mark.parametrize(
    ("blend", "expected"),
    [
        ("normal", (200, 100, 0)),
        ("multiply", (78, 78, 0)),
        ("screen", (222, 222, 250)),
        ("darken", (100, 100, 0)),
        ("lighten", (200, 200, 250)),
        ("add", (255, 255, 250)),
        ("subtract", (0, 100, 250)),
        ("difference", (100, 100, 250)),
        ("overlay", (157, 188, 245)),
        ("hard-light", (188, 157, 0)),
        ("soft-light", (134, 190, 245)),
    ],
)
def test_blends_mix_with_what_is_below(blend, expected):
    """And show the layer itself where nothing is."""
    top = Image.new("RGBA", (2, 1), (200, 100, 0, 255))
    ground = Image.new("RGBA", (2, 1), (100, 200, 250, 255))
    ground.putpixel((1, 0), (100, 200, 250, 0))
    pictures = {FileRef("ground"): ground, FileRef("top"): top}
    layers = (
        ImageLayer(ref=FileRef("ground")),
        ImageLayer(ref=FileRef("top"), blend=blend),
    )
    made = compose(layers, None, pictures.__getitem__)
    assert made.getpixel((0, 0)) == (*expected, 255)
    assert made.getpixel((1, 0)) == (200, 100, 0, 255)


def test_every_blend_respects_opacity():
    """Nothing of an unseen layer shows."""
    ground = picture(opaque=True)
    for blend in BLENDS:
        layers = (
            ImageLayer(ref=REF),
            FillLayer(color="#123456", opacity=0.0, blend=blend),
        )
        assert compose(layers, None, lambda _: ground).tobytes() == ground.tobytes()


def test_layers_that_cannot_be_composed_fail():
    """A text needs a font, a canvas a size, and blends have names."""
    with pytest.raises(AssetFailed, match="font"):
        compose((TextLayer(text="hi", font=None, options={}),), Size(4, 4), no_ref)
    with pytest.raises(AssetFailed, match="canvas"):
        compose((FillLayer(color="#ffffff"),), None, no_ref)
    with pytest.raises(AssetFailed, match="burn"):
        compose((FillLayer(color="#ffffff", blend="burn"),), Size(4, 4), no_ref)


# --- checks -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("checks", "said"),
    [
        (Checks(alpha="required"), "opaque"),
        (Checks(size=Size(9, 9)), "90x60, not 9x9"),
        (Checks(max_colors=2), "colours"),
        (Checks(seamless=0.1), "seam"),
        (Checks(opaque_share=(0.0, 0.5)), "100.0%"),
    ],
)
def test_a_check_that_fails_says_what_was_measured(checks, said):
    """So that the number can be judged."""
    (failure,) = run_checks(checks, picture(opaque=True))
    assert said in failure


def test_checks_that_pass_say_nothing():
    """All at once."""
    checks = Checks(
        alpha="required",
        size=Size(10, 10),
        max_bytes=100,
        max_colors=1,
        seamless=0.0,
        opaque_share=(0.2, 0.3),
    )
    image = Image.new("RGBA", (10, 10), (9, 9, 9, 0))
    image.paste((1, 2, 3, 255), (2, 2, 7, 7))
    assert run_checks(checks, image) == []
    assert size_failures(checks, 100) == []
    (failure,) = run_checks(Checks(alpha="forbidden"), image)
    assert "0 of 255" in failure


def test_a_file_that_is_too_large_fails_without_being_opened():
    """An SVG has bytes and no pixels."""
    assert size_failures(Checks(max_bytes=99), 100) == ["100 bytes are more than 99"]
