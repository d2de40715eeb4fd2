"""The game's example in its engines: what they draw is what the frames hold."""

from __future__ import annotations

import io
import json
import struct
import subprocess
import sys

import pytest
from iconfiles import icns_pictures, ico_pictures
from outside import NODE_MODULES, chromium, node_module, program
from PIL import Image, ImageChops
from shipped import built_example, shared_example
from sites import served
from unpacking import from_json

ICONS = ("icons/key", "icons/lantern", "icons/rose", "icons/map")
GARDENER = (136, 100)
PYTHON = {"types: ts": "types: python"}


@pytest.fixture(scope="module")
def game(tmp_path_factory):
    """Return the example's folder, built."""
    return shared_example("game", tmp_path_factory)


@pytest.fixture(scope="module")
def open_page(game):
    """Return what opens a page of the example and waits until its scene is there."""
    with (
        served(game, {"/node_modules/": NODE_MODULES}) as address,
        chromium() as browser,
    ):

        def open_at(name: str):
            page = browser.new_page(viewport={"width": 320, "height": 180})
            wrong = []
            page.on("pageerror", lambda error: wrong.append(str(error)))
            page.on("response", lambda r: r.ok or wrong.append(r.url))
            page.goto(f"{address}/{name}")
            page.wait_for_function("() => globalThis.garden")
            assert [each for each in wrong if "favicon.ico" not in each] == []
            return page

        yield open_at


@pytest.fixture(scope="module")
def phaser(open_page):
    """Return the scene in Phaser on a plain ground, and its frames."""
    node_module("phaser")
    page = open_page("phaser.html")
    page.evaluate("() => garden.ground.setVisible(false)")
    return page


@pytest.fixture(scope="module")
def pixi(open_page):
    """Return the scene in PixiJS."""
    node_module("pixi.js")
    return open_page("pixi.html")


def shot(page) -> Image.Image:
    """Return what a page shows once the engine has drawn twice more."""
    page.evaluate(
        "() => new Promise((done) =>"
        " requestAnimationFrame(() => requestAnimationFrame(done)))"
    )
    return Image.open(io.BytesIO(page.screenshot())).convert("RGB")


def shows(seen: Image.Image, frame: Image.Image, at: tuple[int, int]) -> bool:
    """Return whether a frame lies at a place of a scene, pixel for pixel.

    The ground is what the scene shows in its lower left corner.
    """
    ground = seen.getpixel((2, seen.height - 3))
    wanted = Image.new("RGB", frame.size, ground)
    wanted.paste(frame, (0, 0), frame)
    box = (*at, at[0] + frame.width, at[1] + frame.height)
    return ImageChops.difference(seen.crop(box), wanted).getbbox() is None


def test_phaser_draws_the_frames_of_the_atlas(phaser, game):
    """Trimmed frames stand where they were; each icon is its own file's pixels."""
    seen = shot(phaser)
    for i, name in enumerate(ICONS):
        with Image.open(game / f"assets/{name}.png") as icon:
            frame = icon.convert("RGBA")
        assert shows(seen, frame, (16 + 48 * i, 16)), name
        assert not shows(seen, frame, (17 + 48 * i, 16))


def test_phaser_plays_the_animation_of_the_sheet(phaser, game):
    """Its second frame is the second of the spec, and no other."""
    frames = from_json(game / "assets/sprites.json")
    names = phaser.evaluate(
        "() => { const { anims } = garden.gardener;"
        " anims.pause(anims.currentAnim.frames[1]);"
        " return anims.currentAnim.frames.map((each) => each.textureFrame); }"
    )
    assert names == [f"gardener/walk-{step}" for step in (1, 2, 3, 4)]
    assert shown_frames(shot(phaser), frames, names) == ["gardener/walk-2"]


def test_phaser_loads_the_whole_target_from_its_pack(phaser, game):
    """Every asset with a picture is a texture under its own name."""
    keys = set(phaser.evaluate("() => garden.gardener.scene.textures.getTextureKeys()"))
    manifest = json.loads((game / "assets/assetgen.manifest.json").read_text())
    assert set(manifest["assets"]) <= keys


def test_pixi_draws_the_frames_of_the_atlas(pixi, game):
    """As Phaser does, from data in PixiJS' own form."""
    seen = shot(pixi)
    frames = from_json(game / "pixi/assets/sprites.json")
    for i, name in enumerate(ICONS):
        assert shows(seen, frames[name], (16 + 48 * i, 16)), name
        assert not shows(seen, frames[name], (16 + 48 * i, 17))


def test_pixi_plays_the_animation_of_the_sheet(pixi, game):
    """The textures of `animations` are in the order of the spec."""
    frames = from_json(game / "pixi/assets/sprites.json")
    names = [f"gardener/walk-{step}" for step in (1, 2, 3, 4)]
    pixi.evaluate("() => garden.gardener.gotoAndStop(1)")
    assert shown_frames(shot(pixi), frames, names) == [names[1]]
    pixi.evaluate("() => garden.gardener.gotoAndStop(3)")
    assert shown_frames(shot(pixi), frames, names) == [names[3]]


def shown_frames(
    seen: Image.Image, frames: dict[str, Image.Image], names: list[str]
) -> list[str]:
    """Return which of the named frames stands where the gardener does."""
    return [name for name in names if shows(seen, frames[name], GARDENER)]


# --- code ---------------------------------------------------------------------


def run(*words: str, folder) -> None:
    """Run a program that must be content."""
    done = subprocess.run(
        words, cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_typescript_takes_the_names_of_the_game(game):
    """Strictly; a frame's asset that is not there is a mistake of types."""
    tsc = program("tsc")
    (game / "use.ts").write_text(
        'import { assets, type AssetName } from "./assets/assets";\n'
        'import { assets as pixi } from "./pixi/assets/assets";\n'
        'const name: AssetName = "sprites";\n'
        "export const path: string = assets[name].path + pixi[name].path;\n"
        "// @ts-expect-error no such asset\n"
        'export const wrong: AssetName = "sprite";\n'
    )
    words = ["--noEmit", "--strict", "--module", "esnext", "--target", "es2022"]
    run(tsc, *words, "--moduleResolution", "bundler", "use.ts", folder=game)


def test_godot_takes_the_names_of_the_game(game):
    """As far as a parser can tell without the engine; and it does read the file."""
    gdparse, folder = program("gdparse"), game / "godot/assets"
    run(gdparse, "assets.gd", folder=folder)
    names = (folder / "assets.gd").read_text()
    assert "const SPRITES := {" in names
    (folder / "broken.gd").write_text(names + "const = 1\n")
    done = subprocess.run([gdparse, "broken.gd"], cwd=folder, check=False)
    assert done.returncode != 0


def test_python_takes_the_names_of_the_website(tmp_path):
    """A server that imports them finds every file under its asset's name."""
    pytest.importorskip("vtracer", reason="the extra `svg` is not installed")
    site = built_example("website", tmp_path, PYTHON, "logo", "blog/rye-field")
    code = (
        "import pathlib, assets\n"
        "assert assets.LOGO.path == assets.ASSETS['logo'].path == 'logo.png'\n"
        "assert all(pathlib.Path(a.path).is_file() for a in assets.ASSETS.values())\n"
        "assert 'blog/rye-field' in assets.ASSETS\n"
    )
    run(sys.executable, "-W", "error", "-c", code, folder=site / "public/img")


# --- the app ------------------------------------------------------------------


def test_the_icons_for_desktops_hold_every_size(game):
    """Read by code that shares nothing with what wrote them."""
    icns = icns_pictures((game / "app/desktop/icon.icns").read_bytes())
    assert {each.width for each in icns.values()} >= {16, 32, 128, 256, 512, 1024}
    ico = ico_pictures((game / "app/desktop/icon.ico").read_bytes())
    assert set(ico) == {16, 24, 32, 48, 64, 128, 256}
    for each in (*icns.values(), *ico.values()):
        assert each.getchannel("A").getextrema() == (0, 255)


def test_the_icons_for_phones_are_where_their_lists_say(game):
    """Xcode's list names a file of its size without alpha; Android has all layers."""
    folder = game / "app/ios/AppIcon.appiconset"
    (entry,) = json.loads((folder / "Contents.json").read_text())["images"]
    head = (folder / entry["filename"]).read_bytes()[:26]
    width, height, _, kind = struct.unpack(">IIBB", head[16:26])
    assert (f"{width}x{height}", kind) == (entry["size"], 2)  # 2: colours, no alpha
    res = game / "app/android/res"
    text = (res / "mipmap-anydpi-v26/ic_launcher.xml").read_text()
    for layer in ("background", "foreground", "monochrome"):
        assert f"@mipmap/ic_launcher_{layer}" in text
        files = list(res.glob(f"mipmap-*dpi/ic_launcher_{layer}.png"))
        assert len(files) == 5
