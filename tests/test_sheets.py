"""Sprite sheets through whole builds: their files, and what a change of one costs."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import jsonschema
import pytest
from buildings import made, options, plan_of
from PIL import Image
from sheetshops import FRAMES, HEAD, PAGES, SCHEMAS, SEVERAL, Shop, same
from sketches import png
from unpacking import from_godot, from_json, seen

from assetgen import events


@pytest.fixture
def shop(tmp_path):
    """Return a project."""
    return Shop(tmp_path)


# --- files ----------------------------------------------------------------------


def test_a_sheet_is_a_picture_with_data_that_give_its_frames_back(shop):
    """Pixel by pixel, named by their assets, in the order of the spec."""
    shop.build()
    assert shop.files() == {"items.png", "items.json"}
    found = from_json(shop.root / "out/items.json")
    assert list(found) == ["box", "walk/1", "walk/2", "walk/3"]
    assert same(found, shop.frames())


@pytest.mark.parametrize("engine", ["", ", engine: web", ", engine: unity"])
def test_several_pages_are_numbered_with_their_data(shop, engine):
    """`items-0.png` with `items-0.json`, and so on."""
    shop.spec(SEVERAL, target=engine)
    shop.build()
    assert shop.files() == {f"items-{n}.{s}" for n in PAGES for s in ("png", "json")}
    found = {}
    for page in PAGES:
        found |= from_json(shop.root / f"out/items-{page}.json")
    assert same(found, shop.frames())


def test_phaser_gets_one_multi_atlas_for_several_pages(shop):
    """And a plain atlas for one."""
    shop.spec(SEVERAL, target=", engine: phaser")
    shop.build()
    assert shop.files() == {"items-0.png", "items-1.png", "items-2.png", "items.json"}
    assert same(from_json(shop.root / "out/items.json"), shop.frames())
    shop.spec(target=", engine: phaser")
    shop.build()
    assert shop.files() == {"items.png", "items.json"}
    assert same(from_json(shop.root / "out/items.json"), shop.frames())


@pytest.mark.parametrize("path", ["items.png", "items-${hash}.png"])
def test_pixi_finds_the_other_pages_from_the_first(shop, path):
    """Whatever their names turn out to be."""
    shop.spec(SEVERAL, target=", engine: pixi")
    text = (shop.root / "assets.yaml").read_text()
    (shop.root / "assets.yaml").write_text(text.replace("items.png", f'"{path}"'))
    shop.build()
    data = {p for p in shop.files() if p.endswith(".json")}
    values = {p: json.loads((shop.root / "out" / p).read_text()) for p in data}
    (first,) = [p for p in data if "related_multi_packs" in values[p]["meta"]]
    assert set(values[first]["meta"]["related_multi_packs"]) == data - {first}
    found = {}
    for each in data:
        found |= from_json(shop.root / "out" / each)
    assert same(found, shop.frames())


@pytest.mark.parametrize("sheet", ["", SEVERAL])
def test_godot_gets_sprite_frames_beside_the_data(shop, sheet):
    """With an atlas texture for each frame, and margins for what was trimmed."""
    shop.spec(sheet + ', animations: {walk: ["walk/*"]}', target=", engine: godot")
    shop.build()
    played = from_godot(shop.root / "out/items.tres")
    frames = shop.frames()
    assert [seen(f) for f in played["walk"]] == [
        seen(frames[f"walk/{i}"]) for i in (1, 2, 3)
    ]
    assert len(played["default"]) == 4
    assert shop.manifest()["files"]["items.tres"]["format"] == "tres"
    shop.spec(sheet, ", data: only.tres", target=", engine: godot")
    shop.build()
    assert not any(path.endswith(".json") for path in shop.files())
    assert (shop.root / "out/only.tres").exists()


def test_animations_and_suffixes_are_in_the_data(shop):
    """Globs stand for frames in their order."""
    shop.spec(', frame_suffix: .png, animations: {w: ["walk/*"], x: [walk/3, box]}')
    shop.build()
    data = json.loads((shop.root / "out/items.json").read_text())
    assert data["animations"] == {
        "w": ["walk/1.png", "walk/2.png", "walk/3.png"],
        "x": ["walk/3.png", "box.png"],
    }
    assert next(iter(data["frames"])) == "box.png"


def test_data_may_lie_in_another_folder(shop):
    """They name the picture as seen from there."""
    shop.spec(output=", data: data/deep/items.json")
    shop.build()
    data = shop.root / "out/data/deep/items.json"
    assert json.loads(data.read_text())["meta"]["image"] == "../../items.png"
    assert same(from_json(data), shop.frames())


def test_the_manifest_lists_pages_and_data(shop):
    """Data have no size; all of them belong to the sheet."""
    shop.spec(SEVERAL)
    shop.build()
    found = shop.manifest()
    jsonschema.validate(
        found, json.loads((SCHEMAS / "manifest.schema.json").read_text())
    )
    rows = {p: r for p, r in found["files"].items() if r["asset"] == "all"}
    assert rows.keys() == shop.files()
    for path, row in rows.items():
        place = shop.root / "out" / path
        assert row["bytes"] == place.stat().st_size
        assert row["placeholder"] is True
        if path.endswith(".json"):
            assert (row["format"], row["width"], row["height"]) == ("json", None, None)
        else:
            with Image.open(place) as image:
                assert (row["width"], row["height"]) == image.size
    assert set(found["assets"]["all"]["files"]) == shop.files()
    assert "srcset" not in found["assets"]["all"]


def test_frames_may_be_draws_and_files(shop):
    """They are named by what they are, and a picture that is named twice counts once."""
    cat = "  cat: {prompt: A cat, size: 16x16, n: 2}\n"
    refs = "[cat, {asset: cat, draw: 2}, {file: art/box.png}, 'c*']"
    sheet = f"  all: {{sheet: {{frames: {refs}}}, outputs: [items.png]}}\n"
    (shop.root / "assets.yaml").write_text(HEAD % "" + cat + sheet)
    shop.build()
    found = from_json(shop.root / "out/items.json")
    assert list(found) == ["cat", "cat-2", "art/box"]
    assert seen(found["cat"]) != seen(found["cat-2"])


def test_steps_that_leave_pixels_where_they_are_apply_to_all_pages(shop):
    """The data stay right."""
    more = "    process: [grayscale]\n"
    shop.spec(SEVERAL, more=more)
    shop.build()
    for page in PAGES:
        with Image.open(shop.root / f"out/items-{page}.png") as image:
            red, green, blue, _ = image.convert("RGBA").split()
        assert red.tobytes() == green.tobytes() == blue.tobytes()


# --- what a change costs ----------------------------------------------------------


def started(heard):
    """Return the assets that were worked on."""
    return {each.asset for each in heard.of(events.AssetStarted)}


@pytest.mark.parametrize("engine", ["web", "phaser", "pixi", "godot"])
@pytest.mark.parametrize("sheet", ["", SEVERAL])
def test_a_second_build_has_nothing_to_do(shop, sheet, engine):
    """Not even without state, or without memo."""
    shop.spec(sheet, target=f", engine: {engine}")
    shop.build()
    before = made(shop.root)
    for lost in (None, "state", "memo"):
        place = shop.root / ".assetgen" / (lost or "no-such-file")
        if place.is_dir():
            shutil.rmtree(place)
        else:
            place.unlink(missing_ok=True)
        assert plan_of(options(shop.root)).changes() == 0, lost
        heard = shop.build()
        assert not heard.written()
        assert made(shop.root) == before


@pytest.mark.parametrize("lost", ["items-0.png", "items-1.json", "items.tres"])
def test_a_lost_file_comes_back_alone(shop, lost):
    """From the memo, without packing; the plan says so."""
    shop.spec(SEVERAL, target=", engine: godot")
    shop.build()
    before = made(shop.root)
    (shop.root / "out" / lost).unlink()
    (planned,) = plan_of(options(shop.root)).looked_at
    busy = {o.path: o.action.value for o in planned.outputs}
    assert busy.pop(f"out/{lost}") == "restore"
    assert set(busy.values()) == {"up-to-date"}
    assert shop.build().written() == {f"out/{lost}"}
    assert made(shop.root) == before


def test_without_a_memo_a_lost_file_is_made_again(shop):
    """From the frames, and nothing else is written."""
    shop.spec(SEVERAL)
    shop.build()
    before = made(shop.root)
    (shop.root / "out/items-1.json").unlink()
    shutil.rmtree(shop.root / ".assetgen/memo")
    assert shop.build().written() == {"out/items-1.json"}
    assert made(shop.root) == before


def test_a_changed_frame_rebuilds_itself_and_the_sheet(shop):
    """And no other frame; the sheet is what a clean build makes."""
    shop.build()
    (shop.root / "art/box.png").write_bytes(png(16, 12, 99))
    heard = shop.build()
    assert started(heard) == {"box", "all"}
    assert "out/items.png" in heard.written()
    assert same(from_json(shop.root / "out/items.json"), shop.frames())


def test_other_animations_are_written_without_the_pictures(shop):
    """Names are in the data only."""
    shop.build()
    shop.spec(", animations: {all: ['*']}")
    (planned,) = plan_of(options(shop.root)).looked_at
    assert {o.path: o.action.value for o in planned.outputs} == {
        "out/items.png": "up-to-date",
        "out/items.json": "derive",
    }
    assert shop.build().written() == {"out/items.json"}


def test_another_engine_gets_other_data(shop):
    """And the pictures stay as they are."""
    shop.spec(SEVERAL)
    shop.build()
    shop.spec(SEVERAL, target=", engine: phaser")
    assert shop.build().written() == {"out/items.json"}
    assert not any(path.startswith("items-0.j") for path in shop.files())


def test_pages_that_are_not_needed_any_more_go(shop):
    """Down to one, which loses its number; and up again."""
    shop.spec(SEVERAL)
    shop.build()
    shop.spec()
    heard = shop.build()
    assert shop.files() == {"items.png", "items.json"}
    assert {p for p in heard.summary.removed if "items" in p} == {
        f"out/items-{n}.{s}" for n in PAGES for s in ("png", "json")
    }
    shop.spec(SEVERAL)
    assert "out/items.png" in plan_of(options(shop.root)).removals
    shop.build()
    assert "items.png" not in shop.files()


@pytest.mark.parametrize(
    "matrix", ["[1, 2]", "[3, 2, 1]", "[1, 2, 3, 4]"], ids=["less", "order", "more"]
)
def test_a_glob_that_stands_for_others_makes_another_sheet(shop, matrix):
    """A frame that went is missed by no one else."""
    shop.build()
    shop.spec(frames=FRAMES.replace("[1, 2, 3]", matrix))
    shop.build()
    found = from_json(shop.root / "out/items.json")
    numbers = json.loads(matrix)
    assert list(found) == ["box", *(f"walk/{i}" for i in numbers)]
    assert same(found, shop.frames())


def test_a_glob_that_lost_a_picture_is_another_request(shop):
    """What holds for frames holds for inputs."""
    edit = "  crowd: {prompt: all of them, inputs: ['walk/*'], size: 24x24}\n"
    shop.spec(more=edit)
    shop.build()
    shop.spec(more=edit, frames=FRAMES.replace("[1, 2, 3]", "[1, 2]"))
    assert "crowd" in {each.name for each in plan_of(options(shop.root)).calls()}


def test_a_page_that_somebody_edited_is_left_alone(shop):
    """And named; its data go on describing what belongs there."""
    shop.spec(SEVERAL)
    shop.build()
    (shop.root / "out/items-0.png").write_bytes(b"mine")
    heard = shop.build()
    assert heard.summary.kept == ("out/items-0.png",)
    assert (shop.root / "out/items-0.png").read_bytes() == b"mine"
    shop.build(force=True)
    with Image.open(shop.root / "out/items-0.png") as image:
        assert image.format == "PNG"


def test_a_renamed_sheet_is_restored(shop):
    """Pages and data are found under their keys."""
    shop.spec(SEVERAL)
    shop.build()
    before = {p: d for p, d in made(shop.root).items() if "items" in p}
    text = (shop.root / "assets.yaml").read_text()
    (shop.root / "assets.yaml").write_text(text.replace("  all:", "  other:"))
    heard = shop.build()
    assert not heard.written()
    assert {p: d for p, d in made(shop.root).items() if "items" in p} == before


def test_commands_know_the_files_of_a_sheet(shop):
    """`show` lists them, `verify` hashes them, `clean` removes them."""
    shop.spec(SEVERAL)
    shop.build()
    code, shown = shop.run("show", "all", "--format", "json")
    paths = {Path(row["path"]).name for row in json.loads(shown)["outputs"]}
    assert (code, paths) == (0, shop.files())
    jsonschema.validate(
        json.loads(shown), json.loads((SCHEMAS / "show.schema.json").read_text())
    )
    assert shop.run("verify")[0] == 0
    (shop.root / "out/items-1.json").write_text("{}")
    code, said = shop.run("verify")
    assert code == 7
    assert "items-1.json" in said
    shop.build(force=True)
    code, said = shop.run("why", "all")
    assert code == 0
    assert shop.run("clean")[0] == 0
    assert shop.files() == set()


# --- one picture of many ----------------------------------------------------------


def test_a_sheet_of_one_page_is_a_picture_like_any_other(shop):
    """It can be a layer, a frame, an input."""
    card = "  card: {layers: [{image: all}], outputs: [card.png]}\n"
    shop.spec(more=card)
    shop.build()
    assert (shop.root / "out/card.png").read_bytes() == (
        shop.root / "out/items.png"
    ).read_bytes()


def test_a_sheet_of_several_pages_is_no_picture(shop):
    """Which page was meant?"""
    shop.spec(SEVERAL, more="  card: {layers: [{image: all}], outputs: [card.png]}\n")
    assert "has 3 pages" in shop.failure()


def test_checks_look_at_every_page(shop):
    """A gate that one page does not pass fails the asset."""
    shop.spec(SEVERAL, more="    checks: {max_colors: 2}\n")
    assert "colours" in shop.failure() or "colors" in shop.failure()
    assert shop.files() == set()
