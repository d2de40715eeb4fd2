"""Built-in presets: every file of every one, opened and measured."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path

import pytest
from buildings import build, options, plan_of
from iconfiles import icns_pictures, ico_pictures
from PIL import Image

from assetgen import events
from assetgen.errors import ExitCode, SpecInvalid
from assetgen.model import Target
from assetgen.resolve.entries import resolve_entry
from assetgen.resolve.settings import Options, read_settings
from assetgen.values import replace

SPEC = """\
version: 1
provider: placeholder
targets: {out: {dir: out}}
assets:
  hero:
    alt: A hero
    prompt: a hero
    size: 1536x1024
    background: opaque
    outputs:
      - preset: responsive
      - {preset: og, path: card.jpg}
      - preset: thumbnail
      - {preset: densities, width: 100}
      - {preset: densities, width: 100, folders: android, path: res/pic}
      - {preset: densities, folders: android, path: whole/pic}
  logo:
    prompt: a logo
    size: 1024x1024
    background: transparent
    outputs:
      - {preset: favicon, path: lean}
      - {preset: favicon, path: full, set: full, background: "#ff8800"}
      - {preset: pwa, background: "#ff8800"}
      - {preset: apple-touch, background: "#ff8800"}
      - {preset: ios-appicon, path: one, background: "#ff8800"}
      - {preset: ios-appicon, path: one, appearance: dark}
      - {preset: ios-appicon, path: one, appearance: tinted, background: black}
      - {preset: ios-appicon, path: all, legacy: true, background: "#ff8800"}
      - {preset: android-launcher, path: app, background: "#ff8800"}
      - {preset: android-launcher, path: bare, monochrome: false}
      - logo.icns
"""
CARD = ("card.jpg",)
ROOT = Path(__file__).parent.parent
ORANGE = (255, 136, 0, 255)
DENSITIES = {"mdpi": 4, "hdpi": 6, "xhdpi": 8, "xxhdpi": 12, "xxxhdpi": 16}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Return the target's folder of a project that uses every preset."""
    root = tmp_path_factory.mktemp("presets")
    (root / "assets.yaml").write_text(SPEC)
    code, _ = build(options(root))
    assert code is ExitCode.DONE
    return root / "out"


def picture(path: Path) -> Image.Image:
    """Return a picture, decoded."""
    with Image.open(path) as image:
        image.load()
        return image


def rgba(path: Path) -> Image.Image:
    """Return a picture in RGBA."""
    return picture(path).convert("RGBA")


def is_opaque(path: Path) -> bool:
    """Return whether nothing shows through."""
    return rgba(path).getchannel("A").getextrema() == (255, 255)


def sizes(folder: Path, pattern: str = "*") -> dict[str, tuple[int, int]]:
    """Return the sizes of the pictures in a folder."""
    found = (p for p in folder.glob(pattern) if p.suffix in {".png", ".jpg", ".webp"})
    return {path.name: picture(path).size for path in found}


def manifest(folder: Path) -> dict:
    """Return the manifest."""
    return json.loads((folder / "assetgen.manifest.json").read_text())


def test_the_manifest_has_the_size_of_every_file_as_it_is(folder):
    """No file is left unmeasured."""
    listed = manifest(folder)["files"]
    pictures = {p: e for p, e in listed.items() if e["width"] is not None}
    assert len(pictures) > 100
    for path, entry in pictures.items():
        if path.endswith((".ico", ".icns")):
            continue  # of several sizes; the largest is listed
        image = picture(folder / path)
        assert image.size == (entry["width"], entry["height"]), path
        kind = {"JPEG": "jpg"}.get(image.format, image.format.lower())
        assert kind == entry["format"] == path.rpartition(".")[2]
    there = {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}
    assert there - listed.keys() == {"assetgen.manifest.json"}


# --- responsive ---------------------------------------------------------------


def test_responsive_gives_every_width_in_every_format(folder):
    """Widths keep the proportions."""
    for width, height in ((320, 213), (640, 427), (1024, 683)):
        for suffix in ("avif", "webp", "jpg"):
            assert picture(folder / f"hero-{width}.{suffix}").size == (width, height)


def test_responsive_comes_with_html_and_with_what_stands_in_meanwhile(folder):
    """Formats from the best to the one that everything reads; never without a size."""
    entry = manifest(folder)["assets"]["hero"]
    assert entry["srcset"]["webp"] == (
        "hero-320.webp 320w, hero-640.webp 640w, hero-1024.webp 1024w"
    )
    text = entry["picture"]
    order = [text.index(word) for word in ("image/avif", "image/webp", "<img ")]
    assert order == sorted(order)
    for part in (
        'src="hero-1024.jpg"',
        'width="1024" height="683"',
        'alt="A hero"',
        'sizes="(max-width: 1024px) 100vw, 1024px"',
    ):
        assert part in text
    assert entry["blur"].startswith("data:image/webp;base64,")
    assert len(entry["blur"]) < 600
    assert entry["color"][0] == "#"
    assert len(entry["color"]) == 7


def test_the_main_colour_is_that_of_most_pixels(tmp_path):
    """What is see-through does not count."""
    image = Image.new("RGBA", (300, 300), (0, 0, 0, 0))
    image.paste((10, 200, 30, 255), (0, 0, 200, 200))
    image.paste((200, 0, 0, 255), (200, 200, 260, 260))
    (tmp_path / "art.png").write_bytes(_png(image))
    entry = _built(
        tmp_path,
        "art.png",
        "{preset: responsive, widths: [100, 200], formats: [webp, png]}",
    )
    found = bytes.fromhex(entry["color"][1:])
    assert all(abs(a - b) < 8 for a, b in zip(found, (10, 200, 30), strict=True))


def test_a_transparent_picture_falls_back_to_png():
    """A jpg would lose the transparency."""
    asset = _resolved({"preset": "responsive"}, background="transparent")
    assert {out.format for out in asset.outputs} == {"avif", "webp", "png"}
    asset = _resolved(
        {"preset": "responsive", "background": "white"}, background="transparent"
    )
    assert {out.format for out in asset.outputs} == {"avif", "webp", "jpg"}


def test_one_picture_of_a_series_carries_the_preview():
    """It is worked out once."""
    asset = _resolved({"preset": "responsive"})
    assert [out.preview for out in asset.outputs] == [True] + [False] * 8


# --- the web's icons ----------------------------------------------------------


def test_the_lean_favicons_are_an_ico_and_three_pngs(folder):
    """They keep the picture's transparency."""
    assert sizes(folder / "lean") == {
        f"favicon-{side}x{side}.png": (side, side) for side in (16, 32, 48)
    }
    assert not is_opaque(folder / "lean/favicon-48x48.png")


def test_favicon_ico_holds_each_size_made_from_the_whole_picture(folder):
    """Read by a reader of its own; not one is made from another."""
    found = ico_pictures((folder / "lean/favicon.ico").read_bytes())
    assert list(found) == [16, 24, 32, 48, 64]
    for side in (16, 32, 48):  # the same pixels as the file of that size
        alone = rgba(folder / f"lean/favicon-{side}x{side}.png")
        assert found[side].tobytes() == alone.tobytes()


def test_the_full_favicons_serve_old_browsers_too(folder):
    """Names and sizes as those look for them."""
    found = sizes(folder / "full")
    chrome = (36, 48, 72, 96, 144, 192, 256, 384, 512)
    wanted = {f"android-chrome-{s}x{s}.png": (s, s) for s in chrome}
    wanted |= {f"android-chrome-maskable-{s}x{s}.png": (s, s) for s in chrome}
    apple = (57, 60, 72, 76, 114, 120, 144, 152, 167, 180, 1024)
    wanted |= {f"apple-touch-icon-{s}x{s}.png": (s, s) for s in apple}
    wanted |= {"apple-touch-icon.png": (180, 180)}
    wanted |= {"apple-touch-icon-precomposed.png": (180, 180)}
    wanted |= {f"favicon-{s}x{s}.png": (s, s) for s in (16, 32, 48)}
    tiles = ((70, 70), (144, 144), (150, 150), (310, 150), (310, 310))
    wanted |= {f"mstile-{w}x{h}.png": (w, h) for w, h in tiles}
    wanted |= {"yandex-browser-50x50.png": (50, 50)}
    assert found == wanted
    for name in found:
        if name.startswith("apple") or "maskable" in name:
            assert is_opaque(folder / "full" / name), name
    text = (folder / "full/browserconfig.xml").read_text()
    assert '<square150x150logo src="mstile-150x150.png"/>' in text


def test_icons_of_a_web_app_are_plain_and_maskable(folder):
    """A mask may cut off all but the inner 80 %: nothing of the picture is outside."""
    for side in (192, 512):
        plain = folder / f"android-chrome-{side}x{side}.png"
        masked = folder / f"android-chrome-maskable-{side}x{side}.png"
        assert picture(plain).size == picture(masked).size == (side, side)
        assert not is_opaque(plain)
        assert is_opaque(masked)
        border = side // 10
        image = rgba(masked)
        strips = [
            image.crop((0, 0, side, border)),
            image.crop((0, side - border, side, side)),
            image.crop((0, 0, border, side)),
            image.crop((side - border, 0, side, side)),
        ]
        for strip in strips:
            assert strip.getcolors() == [(strip.width * strip.height, ORANGE)]
        assert len(image.getcolors(side * side)) > 10


def test_the_touch_icon_is_opaque(folder):
    """Else the system would show black behind it."""
    assert picture(folder / "apple-touch-icon.png").size == (180, 180)
    assert is_opaque(folder / "apple-touch-icon.png")


def test_the_social_card_fills_1200_by_630(folder):
    """It is cut, not squeezed."""
    image = picture(folder / "card.jpg")
    assert (image.size, image.format) == ((1200, 630), "JPEG")


def test_a_thumbnail_is_a_small_square(folder):
    """As WebP, unless the path says otherwise."""
    assert picture(folder / "hero-thumb.webp").size == (256, 256)
    (out,) = _resolved({"preset": "thumbnail", "path": "t/${asset}.jpg"}).outputs
    assert (out.path, out.format) == ("t/a.jpg", "jpg")


# --- densities ----------------------------------------------------------------


def test_densities_are_named_or_go_to_folders(folder):
    """`width` is the width at density 1; without it the largest is the picture itself."""
    for density in (1, 2, 3, 4):
        name = "hero.png" if density == 1 else f"hero@{density}x.png"
        assert picture(folder / name).width == 100 * density
    for name, quarters in DENSITIES.items():
        place = folder / f"res/drawable-{name}/pic.png"
        assert picture(place).width == 25 * quarters
        whole = folder / f"whole/drawable-{name}/pic.png"
        assert picture(whole).size == (1536 * quarters // 16, 1024 * quarters // 16)


# --- stores -------------------------------------------------------------------


def test_one_icon_is_enough_for_xcode(folder):
    """Without alpha but for the dark appearance, whose ground is the system's."""
    for name in ("AppIcon-1024", "AppIcon-1024-dark", "AppIcon-1024-tinted"):
        assert picture(folder / f"one/{name}.png").size == (1024, 1024)
    assert picture(folder / "one/AppIcon-1024.png").mode == "RGB"
    assert not is_opaque(folder / "one/AppIcon-1024-dark.png")
    tinted = rgba(folder / "one/AppIcon-1024-tinted.png").convert("RGB")
    assert all(r == g == b for _, (r, g, b) in tinted.getcolors(1 << 21))
    data = json.loads((folder / "one/Contents.json").read_text())
    assert data["info"] == {"author": "xcode", "version": 1}
    universal = {"idiom": "universal", "platform": "ios", "size": "1024x1024"}
    assert {"filename": "AppIcon-1024.png", **universal} in data["images"]
    shades = [
        each["appearances"][0]["value"] for each in data["images"] if len(each) > 4
    ]
    assert shades == ["dark", "tinted"]


def test_every_slot_of_an_old_icon_set_has_its_file(folder):
    """Each file is as large as its slot says, times the scale, and opaque."""
    data = json.loads((folder / "all/Contents.json").read_text())
    slots = [(i["idiom"], i["size"], i["scale"]) for i in data["images"]]
    assert len(slots) == len(set(slots)) == 19
    assert ("ipad", "83.5x83.5", "2x") in slots
    assert ("ios-marketing", "1024x1024", "1x") in slots
    for image in data["images"]:
        side = float(image["size"].partition("x")[0]) * int(image["scale"][0])
        place = folder / "all" / image["filename"]
        assert picture(place).size == (side, side)
        assert picture(place).mode == "RGB"


def test_launcher_icons_have_every_density_and_layer(folder):
    """48 units for icons, 108 for layers, of which the middle 72 are seen."""
    for name, quarters in DENSITIES.items():
        found = sizes(folder / f"app/mipmap-{name}")
        icon, layer = 12 * quarters, 27 * quarters
        assert found == {
            "ic_launcher.png": (icon, icon),
            "ic_launcher_round.png": (icon, icon),
            "ic_launcher_foreground.png": (layer, layer),
            "ic_launcher_background.png": (layer, layer),
            "ic_launcher_monochrome.png": (layer, layer),
        }
    best = folder / "app/mipmap-xxxhdpi"
    assert rgba(best / "ic_launcher_background.png").getcolors() == [(432**2, ORANGE)]
    disc = rgba(best / "ic_launcher_round.png")
    assert disc.getpixel((2, 2))[3] == 0
    assert disc.getpixel((96, 3)) == ORANGE
    themed = rgba(best / "ic_launcher_monochrome.png")
    assert all(r == g == b for _, (r, g, b, a) in themed.getcolors(1 << 20) if a)
    left, top, right, bottom = themed.getchannel("A").getbbox()
    assert min(left, top) >= 72
    assert max(right, bottom) <= 360


def test_an_adaptive_icon_is_named_only_with_both_layers(folder):
    """Android refuses one that lacks a layer."""
    text = (folder / "app/mipmap-anydpi-v26/ic_launcher.xml").read_text()
    inset = 'android:inset="16.7%"'
    for part in (
        '<background android:drawable="@mipmap/ic_launcher_background"/>',
        f'<inset android:drawable="@mipmap/ic_launcher_foreground" {inset}/>',
        '<monochrome android:drawable="@mipmap/ic_launcher_monochrome"/>',
    ):
        assert part in text
    assert (folder / "bare/mipmap-mdpi/ic_launcher_foreground.png").exists()
    assert not (folder / "bare/mipmap-mdpi/ic_launcher_background.png").exists()
    assert not (folder / "bare/mipmap-anydpi-v26").exists()


def test_icns_holds_every_size_of_the_mac(folder):
    """Read by a reader of its own."""
    found = icns_pictures((folder / "logo.icns").read_bytes())
    sides = {code: image.width for code, image in found.items()}
    assert sides == {
        "icp4": 16, "icp5": 32, "ic11": 32, "ic12": 64, "ic07": 128, "ic08": 256,
        "ic13": 256, "ic09": 512, "ic14": 512, "ic10": 1024,
    }  # fmt: skip
    assert found["icp4"].tobytes() == rgba(folder / "lean/favicon-16x16.png").tobytes()


# --- what cannot be -----------------------------------------------------------


def _resolved(output, **entry):
    settings, _ = read_settings("s.yaml", {"s.yaml": {}}, Options())
    settings = _flat(settings)
    whole = {"prompt": "x", **entry, "outputs": [output]}
    (asset,), problems = resolve_entry("s.yaml", "a", whole, settings, str)
    assert problems == ()
    return asset


def _flat(settings):
    target = Target(name="assets", dir=".")
    return replace(settings, targets={"assets": target}, sole_target=target)


def _problem(output, **entry):
    settings, _ = read_settings("s.yaml", {"s.yaml": {}}, Options())
    whole = {"prompt": "x", **entry, "outputs": [output]}
    assets, problems = resolve_entry("s.yaml", "a", whole, settings, str)
    assert assets == ()
    return problems[0]


def _png(image):
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


def _built(root, art, output):
    spec = f"version: 1\nassets:\n  a: {{file: {art}, outputs: [{output}]}}\n"
    (root / "assets.yaml").write_text(spec)
    code, heard = build(options(root))
    assert code is ExitCode.DONE, heard.events
    return manifest(root / "assets")["assets"]["a"]


@pytest.mark.parametrize("preset", ["pwa", "apple-touch", "ios-appicon"])
def test_an_opaque_icon_of_a_transparent_drawing_needs_a_background(preset):
    """It is said before anything is drawn, where the preset is named."""
    problem = _problem({"preset": preset}, background="transparent")
    assert problem.code == "needs-background"
    assert problem.place.pointer == ("assets", "a", "outputs", 0, "preset")
    assert "background" in problem.hint
    _resolved({"preset": preset, "background": "#123456"}, background="transparent")
    _resolved({"preset": preset, "process": ["flatten"]}, background="transparent")


def test_a_background_that_shows_through_is_none():
    """Half transparent orange would not make an icon opaque."""
    problem = _problem({"preset": "pwa", "background": "#ff880080"})
    assert problem.place.pointer[-1] == "background"


@pytest.mark.parametrize("hole", [True, False])
def test_an_opaque_icon_of_a_transparent_file_needs_a_background(tmp_path, hole):
    """The file is looked at while planning; alpha that hides nothing is no matter."""
    image = Image.new("RGBA", (256, 256), (9, 9, 9, 255))
    if hole:
        image.putpixel((5, 5), (0, 0, 0, 0))
    (tmp_path / "art.png").write_bytes(_png(image))
    (tmp_path / "assets.yaml").write_text(
        "version: 1\nassets:\n"
        "  a: {file: art.png, outputs: [{preset: apple-touch}, {preset: og, "
        "width: 60, height: 60}]}\n"
    )
    if not hole:
        assert plan_of(options(tmp_path)).changes()
        return
    with pytest.raises(SpecInvalid) as caught:
        plan_of(options(tmp_path))
    icon, jpg = caught.value.diagnostics
    assert (icon.code, icon.exit_code) == ("needs-background", ExitCode.SPEC_INVALID)
    assert (jpg.code, jpg.exit_code) == ("needs-alpha", ExitCode.SPEC_INVALID)


def test_an_opaque_icon_of_a_picture_that_turns_out_otherwise_fails(tmp_path):
    """With the share of pixels that show through; nothing is written for it."""
    (tmp_path / "assets.yaml").write_text(
        "version: 1\nprovider: placeholder\nassets:\n"
        "  b: {prompt: x, size: 256x256, background: opaque}\n"
        "  a:\n    layers: [{image: b, opacity: 0.5}]\n"
        "    outputs: [{preset: apple-touch}]\n"
    )
    code, heard = build(options(tmp_path))
    assert code is ExitCode.SOME_FAILED
    (failed,) = heard.of(events.AssetFailed)
    assert "100.0% of the picture's pixels are not" in failed.message
    assert not (tmp_path / "assets").exists()


def test_a_preset_takes_only_what_it_understands():
    """A key of another preset is a mistake, and says which keys there are."""
    problem = _problem({"preset": "favicon", "widths": [3]})
    assert problem.place.pointer[-1] == "widths"
    assert "set" in problem.hint
    assert _problem({"preset": "favicon", "set": "huge"}).code == "bad-value"
    assert _problem({"preset": "pwa", "path": "x/${width}"}).code == "bad-path"
    assert _problem({"preset": "og", "background": "nocolour"}).code == "bad-color"


def test_an_enlargement_is_said_while_planning(tmp_path):
    """A picture of 100 px makes no icon of 192 px, unless the preset allows it."""
    (tmp_path / "art.png").write_bytes(_png(Image.new("RGB", (100, 100))))
    spec = "version: 1\nassets: {a: {file: art.png, outputs: [{preset: pwa%s}]}}\n"
    (tmp_path / "assets.yaml").write_text(spec % "")
    with pytest.raises(SpecInvalid):
        plan_of(options(tmp_path))
    (tmp_path / "assets.yaml").write_text(spec % ", enlarge: true")
    assert build(options(tmp_path))[0] is ExitCode.DONE


def test_a_users_preset_of_the_same_name_comes_first():
    """And can stand on the built-in one of another name."""
    files = {"s.yaml": {"presets": {"og": ["mine.png"], "x": [{"preset": "favicon"}]}}}
    settings, _ = read_settings("s.yaml", files, Options())
    whole = {"prompt": "x", "outputs": [{"preset": "og"}, {"preset": "x"}]}
    (asset,), problems = resolve_entry("s.yaml", "a", whole, settings, str)
    assert problems == ()
    assert asset.outputs[0].path == "assets/mine.png"
    assert len(asset.outputs) == 5


def test_the_reference_names_every_file(folder):
    """Each by its name, or as one of a row that an ellipsis stands for."""
    page = (ROOT / "docs/reference/presets.md").read_text()
    for path, entry in manifest(folder)["files"].items():
        name = path.rpartition("/")[2]
        if not entry.get("preset"):
            continue
        row = re.sub(r"[0-9]+x[0-9]+", "", name)
        named = name.replace("hero", "NAME").replace("pic.", "NAME.")
        ends = ("36x36", "57x57", "512x512", "1024x1024")
        in_row = any(row == re.sub(r"[0-9]+x[0-9]+", "", e) for e in _rows(page, ends))
        assert f"`{named}" in page or f"/{named}`" in page or name in CARD or in_row, (
            name
        )


def _rows(page, ends):
    """Return the names that begin or end a row of names."""
    names = re.findall(r"`([^`]+\.png)`", page)
    return [name for name in names if any(end in name for end in ends)]
