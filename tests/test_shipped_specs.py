"""The shipped specs keep what they promise: every file is opened and looked at."""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import jsonschema
import pytest
from PIL import Image, ImageChops

from assetgen.cli import main
from assetgen.cli.console import Console

ROOT = Path(__file__).parent.parent
SHIPPED = {
    ".": ROOT,
    "website": ROOT / "examples/website",
    "game": ROOT / "examples/game",
}
COPIED = ("assets.yaml", "art", "fonts", "prompts", "pictures")
MANIFEST = "assetgen.manifest.json"
PILLOW_NAMES = {
    "png": "PNG",
    "jpg": "JPEG",
    "webp": "WEBP",
    "avif": "AVIF",
    "ico": "ICO",
    "icns": "ICNS",
}


@dataclass(frozen=True)
class Shipped:
    """A shipped project that was built in a copy.

    Attributes:
        events: Of the first build.
        plan: Made before it.
    """

    folder: Path
    events: list[dict]
    plan: dict

    def assets(self) -> list[dict]:
        """Return what the plan says of assets, without the files beside them."""
        return [each for each in self.plan["assets"] if each["name"] is not None]

    def manifests(self) -> dict[Path, dict]:
        """Return all manifests by their folders."""
        return {
            path.parent: json.loads(path.read_text())
            for path in sorted(self.folder.rglob(MANIFEST))
        }

    def open(self, path: str) -> Image.Image:
        """Return a picture, decoded."""
        with Image.open(self.folder / path) as picture:
            picture.load()
            return picture

    def show(self, name: str) -> dict:
        """Return what `assetgen show` tells of an asset."""
        code, out = say(self.folder, "show", name, "--format", "json")
        assert code == 0
        return json.loads(out)

    def raw_draw(self, name: str) -> bytes:
        """Return the first draw of an asset as the provider returned it."""
        digest = self.show(name)["draws"][0]
        return (self.folder / f".assetgen/store/cas/{digest[:2]}/{digest}").read_bytes()


def assetgen(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run the real command."""
    return subprocess.run(
        [sys.executable, "-m", "assetgen", *words],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


def say(folder: Path, *words: str) -> tuple[int, str]:
    """Run a command in this process and return its code and its data."""
    out = io.StringIO()
    with contextlib.chdir(folder):
        return main.run(words, Console({}, out, io.StringIO())), out.getvalue()


def build_copy(name: str, folder: Path) -> Shipped:
    """Build a shipped project in a copy."""
    source = SHIPPED[name]
    for each in COPIED:
        if (source / each).is_dir():
            shutil.copytree(source / each, folder / each)
        elif (source / each).exists():
            shutil.copy(source / each, folder / each)
    plan = assetgen(folder, "plan", "--format", "json")
    done = assetgen(folder, "build", "--json")
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    events = [json.loads(line) for line in done.stdout.splitlines()]
    return Shipped(folder, events, json.loads(plan.stdout))


@pytest.fixture(scope="module")
def all_built(tmp_path_factory):
    """Return what builds a shipped project once."""
    built: dict[str, Shipped] = {}

    def get(name: str) -> Shipped:
        if name not in built:
            folder = tmp_path_factory.mktemp("shipped")
            built[name] = build_copy(name, folder)
        return built[name]

    return get


@pytest.fixture(params=sorted(SHIPPED))
def shipped(request, all_built):
    """Return each of the shipped projects."""
    return all_built(request.param)


def fits(name: str):
    """Return a validator for one of the public schemas."""
    text = (ROOT / "schemas" / f"{name}.schema.json").read_text()
    return jsonschema.Draft202012Validator(json.loads(text))


def colors(picture: Image.Image) -> int:
    """Return how many colours the visible pixels have."""
    seen = picture.convert("RGBA").getcolors(1 << 24)
    return len({color[:3] for _, color in seen if color[3]})


def test_every_file_is_what_its_manifest_says(shipped):
    """Opened with Pillow; size, format, bytes and digest are compared."""
    manifests = shipped.manifests()
    assert manifests
    for folder, manifest in manifests.items():
        fits("manifest").validate(manifest)
        for path, told in manifest["files"].items():
            data = (folder / path).read_bytes()
            assert hashlib.sha256(data).hexdigest() == told["sha256"], path
            assert len(data) == told["bytes"], path
            if told["width"] is None:
                assert told["height"] is None
                assert told["format"] != "json" or json.loads(data)
                continue
            if told["format"] == "svg":
                size = 'width="{width}" height="{height}"'.format(**told)
                assert size in data[:100].decode(), path
            else:
                require_picture(data, told, path)
            assert told["placeholder"] is (told["draw"] is not None or _mixed(told))


def require_picture(data: bytes, told: dict, path: str) -> None:
    """Do nothing if a file decodes to what its manifest says."""
    with Image.open(io.BytesIO(data)) as picture:
        picture.load()
        assert picture.format == PILLOW_NAMES[told["format"]], path
        assert picture.size == (told["width"], told["height"]), path
        assert picture.getextrema() is not None


def _mixed(told: dict) -> bool:
    """Return whether a picture without a draw of its own holds placeholders."""
    return told["asset"] in {
        "social-card",
        "alien-cutout",
        "item-sheet",
        "gardener/stand",
        "sprites",
    }


def test_every_file_in_a_target_is_listed(shipped):
    """And every asset's files are those of the manifest."""
    for folder, manifest in shipped.manifests().items():
        there = {
            path.relative_to(folder).as_posix()
            for path in folder.rglob("*")
            if path.is_file() and path.name != MANIFEST
        }
        assert there == set(manifest["files"])
        of_assets = [
            path for each in manifest["assets"].values() for path in each["files"]
        ]
        beside = [path for path, f in manifest["files"].items() if f["asset"] is None]
        assert sorted(of_assets + beside) == sorted(there)


def test_what_is_said_in_json_fits_the_schemas(shipped):
    """Plan, events and what `show` tells of every asset."""
    shown = [shipped.show(asset["name"]) for asset in shipped.assets()]
    for schema, said in (
        ("plan", [shipped.plan]),
        ("events", shipped.events),
        ("show", shown),
    ):
        assert said
        assert [list(fits(schema).iter_errors(each)) for each in said] == [[]] * len(
            said
        )


def test_the_plan_told_what_the_build_did(shipped):
    """Every file and every draw of it."""
    planned = {
        out["path"] for asset in shipped.plan["assets"] for out in asset["outputs"]
    }
    written = {
        path
        for event in shipped.events
        if event["type"] == "asset_finished"
        for path in event["written"]
    }
    written.update(shipped.events[-1]["companions"])
    # Only a file's bytes show the hash in its name.
    written = {re.sub(r"\.[0-9a-f]{8}\.", ".${hash}.", path) for path in written}
    assert written == planned
    banked = sum(event["type"] == "draw_banked" for event in shipped.events)
    assert banked == shipped.plan["summary"]["draws"]


def test_a_second_build_has_nothing_to_do(shipped):
    """Nothing is written; plan and check agree."""
    before = {path: path.stat().st_mtime_ns for path in shipped.folder.rglob("*.*g*")}
    again = assetgen(shipped.folder, "build")
    count = len(shipped.assets())
    assert (again.returncode, again.stderr) == (0, f"{count} assets up to date\n")
    assert {path: path.stat().st_mtime_ns for path in before} == before
    assert say(shipped.folder, "plan", "--exit-code")[0] == 0
    code, out = say(shipped.folder, "check")
    assert (code, out) == (0, f"assets.yaml: {count} assets, no problems\n")


def test_sizes_are_allowed_where_a_model_is_named(shipped):
    """Multiples of 16, at most 3 to 1, within the limits on pixels."""
    named = 0
    for asset in shipped.assets():
        request = shipped.show(asset["name"])["request"]
        size = request and request["parameters"].get("size")
        if not request or size in {None, "auto"}:
            continue
        assert request["model"] == "gpt-image-2.6-flare"
        width, height = map(int, size.split("x"))
        assert width % 16 == height % 16 == 0
        assert max(width, height) <= 3 * min(width, height)
        assert 655_360 <= width * height <= 8_294_400
        named += 1
    assert named >= 4


# --- the spec at the root ---------------------------------------------------------


@pytest.fixture
def root(all_built):
    """Return the project at the root of the repository."""
    return all_built(".")


def test_transparent_pictures_have_transparent_and_opaque_pixels(root):
    """Alpha is there where it was asked for, in every format that can hold it."""
    for path in (
        "game/clothes/hat.png",
        "game/ui/rocket.webp",
        "game/characters/alien.png",
        "game/items/sword-gold.png",
        "site/favicon.ico",
    ):
        picture = root.open(path).convert("RGBA")
        assert picture.getchannel("A").getextrema() == (0, 255), path
    raw = root.raw_draw("rocket")
    assert raw == (root.folder / "game/ui/rocket.webp").read_bytes()


def test_a_mask_changes_inside_and_keeps_outside(root):
    """The pixels of the alien stay bit for bit; the galaxy is around it."""
    spec = root.folder / "assets.yaml"
    text = spec.read_text()
    for after, path in (
        ("      - threshold: 128", "mask"),
        ("      - alpha: {from: alien-mask, keep: white}\n\n", "alpha"),
    ):
        assert after in text
        lines = f"    outputs: [{{path: full/{path}.png, target: game}}]\n\n"
        text = text.replace(after, f"{after.rstrip()}\n{lines}", 1)
    more = "      - {path: full/galaxy.png, target: game}\n"
    before = "      - path: backgrounds/galaxy.webp\n"
    assert before in text
    full = root.folder.parent / f"{root.folder.name}-full"
    shutil.copytree(root.folder, full)
    (full / "assets.yaml").write_text(text.replace(before, more + before))
    assert say(full, "build", "alien-galaxy", "alien-mask-alpha")[0] == 0
    opened = {
        name: Image.open(full / f"game/full/{name}.png").convert("RGBA")
        for name in ("mask", "alpha", "galaxy")
    }
    kept = opened["mask"].convert("L")
    assert {value for _, value in kept.getcolors()} == {0, 255}
    assert opened["alpha"].getchannel("A").tobytes() == kept.tobytes()
    assert kept.getpixel((512, 600)) == 255, "the alien is white"
    assert kept.getpixel((8, 8)) == 0, "what is around it is black"
    with Image.open(io.BytesIO(root.raw_draw("alien"))) as alien:
        difference = ImageChops.difference(
            alien.convert("RGB"), opened["galaxy"].convert("RGB")
        )
    changed = difference.convert("L").point(lambda value: 255 * (value > 0))
    nothing = Image.new("L", changed.size)
    assert Image.composite(changed, nothing, kept).getbbox() is None
    around = Image.composite(nothing, changed, kept).histogram()[255]
    assert around > 0.9 * kept.histogram()[0]


def test_pixel_art_has_its_size_and_few_colours(root):
    """One colour a cell, one pixel a cell."""
    cat = root.open("game/characters/cat.png")
    assert (cat.size, colors(cat) <= 32) == ((64, 96), True)
    items = sorted((root.folder / "game/items").iterdir())
    assert [path.name for path in items] == [
        "potion-gold.png",
        "shield-bronze.png",
        "shield-gold.png",
        "sword-bronze.png",
        "sword-gold.png",
    ]
    for path in items:
        item = root.open(f"game/items/{path.name}")
        assert (item.size, colors(item) <= 16) == ((48, 48), True), path
    assert root.open("game/clothes/hat.png").size == (288, 288)


def test_the_cat_is_drawn_as_a_jpeg(root):
    """The request says so, and the draw in the store is one."""
    parameters = root.show("cat")["request"]["parameters"]
    assert parameters["output_format"] == "jpeg"
    assert parameters["output_compression"] == 50
    with Image.open(io.BytesIO(root.raw_draw("cat"))) as draw:
        assert (draw.format, draw.size) == ("JPEG", (1024, 1536))


def test_variations_differ(root):
    """From each other, and from what they vary."""
    assert len(root.show("alien-variation")["draws"]) == 2
    paths = [root.folder / f"game/characters/relative-{draw}.webp" for draw in (1, 2)]
    assert paths[0].read_bytes() != paths[1].read_bytes()
    assert root.raw_draw("alien-variation") != root.raw_draw("alien")


# --- the examples -----------------------------------------------------------------


def test_the_game_has_true_pixels_and_pictures_that_only_change_in_part(all_built):
    """Few colours; the village is the same below the sky, and wider on its sides."""
    game = all_built("game")
    for name in ("key", "lantern", "rose", "map"):
        icon = game.open(f"assets/icons/{name}.png")
        assert (icon.size, colors(icon) <= 12) == ((32, 32), True), name
        assert game.open(f"assets/icons/preview/{name}.png").size == (256, 256)
    for name in ("grass", "sand", "cobblestone"):
        tile = game.open(f"assets/tiles/{name}.png")
        assert (tile.size, colors(tile) <= 16) == ((128, 128), True), name
    widths = [
        game.open(f"assets/ui/button{density}.png").width
        for density in ("", "@2x", "@3x")
    ]
    assert widths == [64, 128, 192]
    village, storm = (
        game.open(f"assets/scenes/{name}.webp").convert("L")
        for name in ("village", "village-storm")
    )
    wide = game.open("assets/scenes/village-wide.webp")
    assert wide.width * village.height > village.width * wide.height * 1.2
    difference = ImageChops.difference(village, storm)
    width, height = difference.size
    sky = difference.crop((0, 0, width, height * 3 // 10)).histogram()
    ground = difference.crop((0, height * 4 // 10, width, height)).histogram()
    assert sum(sky[32:]) > 0.5 * sum(sky)
    assert sum(ground[32:]) == 0


def test_the_website_has_every_size_of_its_pictures(all_built):
    """`srcset` lists them, thumbnails are cut to their size, names come from the matrix."""
    website = all_built("website")
    manifest = website.manifests()[website.folder / "public/img"]
    assert set(manifest["assets"]["hero"]["srcset"]) == {"avif", "webp", "jpg"}
    assert set(manifest["assets"]) == {
        "hero",
        "logo",
        "sign",
        "social-card",
        "blog/sourdough",
        "blog/rye-field",
        "blog/night-shift",
    }
    thumbs = [path for path in manifest["files"] if path.startswith("thumbs/")]
    assert len(thumbs) == 6
    for path in thumbs:
        assert website.open(f"public/img/{path}").size == (320, 200)
    assert website.open("public/img/og.jpg").size == (1200, 630)
    assert manifest["files"]["logo.png"]["placeholder"] is False


def test_pictures_in_the_readmes_are_small():
    """A clone stays light; each one can be opened, and is shown somewhere."""
    places = sorted((ROOT / "examples").glob("*/docs/*"))
    assert len(places) >= 8
    for place in places:
        assert place.stat().st_size < 100_000, place.name
        with Image.open(place) as picture:
            picture.verify()
        readme = place.parents[1] / "README.md"
        assert f"](docs/{place.name})" in readme.read_text(), place.name
