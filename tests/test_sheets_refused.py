"""Sheets that cannot be: told before anything is drawn, with the way out."""

from __future__ import annotations

import re

import pytest
from sheetshops import FRAMES, Shop, same
from unpacking import from_json

from assetgen.errors import ExitCode
from assetgen.resolve.entries import resolve_entry
from assetgen.resolve.settings import Options as SpecOptions
from assetgen.resolve.settings import read_settings


@pytest.fixture
def shop(tmp_path):
    """Return a project."""
    return Shop(tmp_path)


@pytest.mark.parametrize(
    ("sheet", "said"),
    [
        (", max_size: 20", ["box", "22x18", "20x20"]),
        (", max_size: 30, border: 4", ["24x24", "32x32", "30x30"]),
        (", max_size: 24, pages: 1", ["4 frames", "4 pages", "24x24", "allows 1"]),
        (", animations: {x: [wakl/1]}", ["`x`", "`wakl/1`", "did you mean `walk/1`"]),
        (", animations: {x: ['run/*']}", ["`run/*`"]),
        (", rotate: true, layout: grid", ["`rotate`", "`layout: grid`"]),
    ],
)
def test_what_can_be_known_is_told_before_anything_is_drawn(shop, sheet, said):
    """With both sizes, at the sheet's own line."""
    shop.spec(sheet)
    found = shop.problem()
    text = f"{found.message} {found.hint}"
    assert all(word in text for word in said), text
    assert found.exit_code is ExitCode.SPEC_INVALID
    assert found.excerpt is not None


def test_a_frame_that_grew_is_told_though_the_sheet_did_not_change(shop):
    """Its entry is as it was, but what it needs is not."""
    shop.spec(", max_size: 64")
    shop.build()
    text = (shop.root / "assets.yaml").read_text()
    (shop.root / "assets.yaml").write_text(text.replace("{pad: 3}", "{pad: 30}"))
    assert "76x72" in shop.problem().message


def test_what_only_the_pixels_show_fails_the_asset(shop):
    """A trimmed frame's size is known once it is there; the rest is built."""
    shop.spec(", max_size: 15, trim: true")
    message = shop.failure()
    assert "`box` is 16x12" in message
    assert "15x15" in message
    assert (shop.root / "out/frames/box.png").exists()


def test_two_frames_of_one_name_are_refused(shop):
    """Engines find a frame by its name."""
    (shop.root / "box.jpg").write_bytes(b"")
    shop.spec(frames=FRAMES + "  art/box: {prompt: x, size: 16x16}\n")
    text = (shop.root / "assets.yaml").read_text()
    refs = "frames: [art/box, {file: art/box.png}"
    (shop.root / "assets.yaml").write_text(text.replace("frames: [box", refs))
    assert "two pictures of the sheet are named `art/box`" in shop.problem().message


@pytest.mark.parametrize(
    "sheet",
    [
        "x",
        {"frames": []},
        {"frames": ["a"], "frame_suffix": 1},
        {"frames": ["a"], "animations": ["a"]},
        {"frames": ["a"], "animations": {"x": []}},
        {"frames": ["a"], "animations": {"x": [1]}},
        {"frames": ["a"], "padding": -1},
        {"frames": ["a"], "trim": "maybe"},
        {"frames": ["a"], "layout": "heap"},
    ],
)
def test_values_of_another_type_are_told(sheet):
    """Templates can bring what a schema did not see."""
    settings, _ = read_settings("a.yaml", {"a.yaml": {"version": 1}}, SpecOptions())
    assets, (found,) = resolve_entry("a.yaml", "s", {"sheet": sheet}, settings, str)
    assert assets == ()
    assert found.place.pointer[:3] == ("assets", "s", "sheet")


@pytest.mark.parametrize(
    "more", [", formats: [png, webp]", "}, {path: items.webp"], ids=["one", "two"]
)
def test_pictures_that_would_share_their_data_are_told_the_way_out(shop, more):
    """Once for both files, and the data that the hint proposes do it."""
    shop.spec(output=more)
    found = shop.problem()
    assert "items.json`" in found.message
    (way,) = re.findall(r"`(data: [^`]+)`", found.hint)
    shop.spec(output=f"{more}, {way}")
    shop.build()
    assert len([each for each in shop.files() if each.endswith(".json")]) == 2


@pytest.mark.parametrize(
    ("output", "target", "said"),
    [
        (", width: 64", "", "`width` would scale"),
        (", densities: [1, 2]", "", "`densities` would scale"),
        (", process: [{rotate: 90}]", "", "`rotate` on a whole sheet"),
        (", formats: [png, webp]", "", "would share the data file"),
        (", data: items.txt", "", "end in `.json`"),
        (", data: items.tres", "", "end in `.json`"),
        (", data: package.json", "", "belongs to a tool"),
        (", data: ../items.json", "", "stay inside the project"),
        (", data: 'items-${width}.json'", "", "`${width}` is not known"),
        (", format: ico", "", "The"),
    ],
)
def test_what_would_break_a_sheet_is_refused(shop, output, target, said):
    """Data speak of pixels; what moves them makes the data wrong."""
    shop.spec(output=output, target=target)
    if said == "The":
        text = (shop.root / "assets.yaml").read_text()
        said = "cannot be written as ico"
        text = text.replace("path: items.png, format: ico", "path: items.ico")
        (shop.root / "assets.yaml").write_text(text)
    assert said in shop.problem().message


def test_godot_shows_no_turned_frames(shop):
    """Its atlas textures are upright."""
    shop.spec(", rotate: true", target=", engine: godot")
    assert "Godot" in shop.problem().message


def test_formats_may_have_data_of_their_own(shop):
    """When the path of the data says which is which."""
    output = ', formats: [png, webp], data: "items-${format}.json", lossless: true'
    shop.spec(output=output)
    shop.build()
    for kind in ("png", "webp"):
        found = from_json(shop.root / f"out/items-{kind}.json")
        assert same(found, shop.frames())


@pytest.mark.parametrize("path", ["items-0.png", "ITEMS-12.json", "items-3.json"])
def test_no_other_file_may_have_the_name_of_a_page(shop, path):
    """Which numbers there will be is not known; so none is free."""
    if path.endswith(".png"):
        more = f"  other: {{prompt: x, size: 16x16, outputs: [{path}]}}\n"
    else:
        picture = path.replace("json", "webp")
        more = (
            "  other: {sheet: {frames: [box], pages: 1}, "
            f"outputs: [{{path: {picture}, data: {path}}}]}}\n"
        )
    shop.spec(more=more)
    assert "may become a page of the sheet `all`" in shop.problem().message
    shop.spec(", pages: 1", more=more)
    shop.build()
