"""Pages of sheets, pixel by pixel: what goes in comes out again."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from unpacking import from_godot, from_json, seen

from assetgen.errors import AssetFailed
from assetgen.model import Packing, Size
from assetgen.sheetdata import (
    PlacedFrame,
    SheetMap,
    beside,
    json_hash,
    json_multiatlas,
    refuse_spread,
    sprite_frames,
)
from assetgen.transforms.sheets import pack_sheet


def picture(width, height, seed, *, margins=(0, 0, 0, 0)):
    """Return a picture of pixels that no other has, with transparent margins."""
    image = Image.new("RGBA", (width, height))
    left, top, right, bottom = margins
    for y in range(top, height - bottom):
        for x in range(left, width - right):
            image.putpixel((x, y), (x * 5 % 256, y * 5 % 256, seed % 256, 255))
    return image


def put_down(folder, sheet, *, engine="web", animations=None):
    """Write pages and data as a build does; return the map."""
    pictures = []
    for page, image in enumerate(sheet.pages):
        pictures.append(f"s-{page}.png")
        image.save(folder / pictures[-1])
    found = SheetMap(
        pages=sheet.sizes,
        pictures=tuple(pictures),
        frames=sheet.frames,
        animations=animations or {},
        engine=engine,
    )
    for page in range(len(sheet.pages)):
        text = json_hash(found, page, f"s-{page}.json")
        (folder / f"s-{page}.json").write_text(text)
    (folder / "all.json").write_text(json_multiatlas(found, "all.json"))
    (folder / "all.tres").write_text(sprite_frames(found, "all.tres"))
    return found


margins = st.tuples(*[st.integers(0, 4)] * 4)
frames = st.lists(
    st.tuples(st.integers(9, 24), st.integers(9, 24), margins), min_size=1, max_size=9
)
packings = st.builds(
    Packing,
    padding=st.integers(0, 3),
    extrude=st.integers(0, 2),
    border=st.integers(0, 3),
    trim=st.booleans(),
    max_size=st.sampled_from((40, 64, 200)),
    power_of_two=st.booleans(),
    rotate=st.booleans(),
    layout=st.sampled_from(("packed", "grid", "rows")),
)


@given(frames, packings)
def test_every_frame_comes_out_as_it_went_in(tmp_path_factory, shapes, how):
    """By each form of the data, trimmed or not, turned or not."""
    folder = tmp_path_factory.mktemp("sheet")
    images = {
        f"f/{at}": picture(wide, high, at * 31, margins=cut)
        for at, (wide, high, cut) in enumerate(shapes)
    }
    names = tuple(images)
    sheet = pack_sheet(names, lambda at: images[names[at]], how)
    put_down(folder, sheet, animations={"some": names[:2]})
    by_page = {}
    for page in range(len(sheet.pages)):
        by_page |= from_json(folder / f"s-{page}.json")
    together = from_json(folder / "all.json")
    assert by_page.keys() == together.keys() == images.keys()
    for name, image in images.items():
        assert seen(by_page[name]) == seen(together[name]) == seen(image)
    if not any(frame.rotated for frame in sheet.frames):
        played = from_godot(folder / "all.tres")
        assert played.keys() == {"some", "default"}
        found = [seen(frame) for frame in played["default"]]
        assert found == [seen(image) for image in images.values()]


def test_extruded_edges_repeat_the_outermost_pixels():
    """Whatever lies just outside a frame is what lies just inside."""
    image = picture(5, 4, 1)
    how = Packing(extrude=2, border=1)
    (page,) = pack_sheet(("a",), lambda _: image, how).pages
    assert page.size == (5 + 4 + 2, 4 + 4 + 2)
    for x in range(1, 10):
        for y in range(1, 9):
            inside = (min(max(x - 3, 0), 4), min(max(y - 3, 0), 3))
            assert page.getpixel((x, y)) == image.getpixel(inside)
    assert page.getpixel((0, 0)) == (0, 0, 0, 0)


def test_a_frame_that_shows_nothing_keeps_one_pixel():
    """Engines divide by the size of an area."""
    empty = Image.new("RGBA", (9, 7))
    sheet = pack_sheet(("a",), lambda _: empty, Packing(trim=True))
    (frame,) = sheet.frames
    assert (frame.size, frame.source, frame.trimmed) == (Size(1, 1), Size(9, 7), True)


def test_many_large_frames_are_opened_twice_instead_of_held(monkeypatch):
    """A sheet needs memory for its pages, not for all frames beside them."""
    from assetgen.transforms import sheets

    monkeypatch.setattr(sheets, "_KEPT_PIXELS", 250)
    images = [picture(10, 10, at) for at in range(5)]
    opened = []

    def open_frame(at):
        opened.append(at)
        return images[at]

    names = tuple("abcde")
    sheet = pack_sheet(names, open_frame, Packing())
    assert sorted(opened) == [0, 1, 2, 2, 3, 3, 4, 4]
    plain = pack_sheet(names, lambda at: images[at], Packing())
    assert [p.tobytes() for p in sheet.pages] == [p.tobytes() for p in plain.pages]


# --- data -----------------------------------------------------------------------


def frame(name, page=0, **more):
    """Return a small frame on a page."""
    fields = {"x": 0, "y": 0, "size": Size(4, 4), "source": Size(4, 4), **more}
    return PlacedFrame(name=name, page=page, **fields)


def two_pages(engine, animations):
    """Return a sheet of two pages with a frame on each."""
    return SheetMap(
        pages=(Size(4, 4), Size(8, 4)),
        pictures=("out/s-0.png", "out/s-1.png"),
        frames=(frame("b", 1), frame("a", 0), frame("c", 1)),
        animations=animations,
        engine=engine,
    )


def test_the_json_of_a_page_is_written_to_the_letter():
    """What Phaser and PixiJS read; one frame a line, keys sorted, no dates."""
    sheet = SheetMap(
        pages=(Size(64, 32),),
        pictures=("out/s.png",),
        frames=(
            frame(
                "hero/1.png", x=2, y=3, source=Size(6, 9), left=1, top=5, rotated=True
            ),
        ),
        animations={"run": ("hero/1.png",)},
    )
    assert json_hash(sheet, 0, "out/data/s.json") == (
        '{\n"animations": {\n"run": ["hero/1.png"]\n},\n"frames": {\n"hero/1.png": '
        '{"frame": {"h": 4, "w": 4, "x": 2, "y": 3}, "rotated": true, '
        '"sourceSize": {"h": 9, "w": 6}, '
        '"spriteSourceSize": {"h": 4, "w": 4, "x": 1, "y": 5}, "trimmed": true}\n},\n'
        '"meta": {"app": "assetgen", "format": "RGBA8888", "image": "../s.png", '
        '"scale": "1", "size": {"h": 32, "w": 64}, "version": "1.0"}\n}\n'
    )


def test_pages_are_linked_where_that_is_asked_for():
    """PixiJS loads the others with the first one."""
    sheet = two_pages("pixi", {})
    first = json.loads(json_hash(sheet, 0, "out/s-0.json", ["out/s-1.json"]))
    assert first["meta"]["related_multi_packs"] == ["s-1.json"]
    other = json.loads(json_hash(sheet, 1, "out/s-1.json"))
    assert "related_multi_packs" not in other["meta"]
    assert list(other["frames"]) == ["b", "c"]


def test_an_animation_stands_with_the_page_of_its_first_frame():
    """Once in all files together."""
    sheet = two_pages("web", {"x": ("b", "a"), "y": ("a",)})
    assert json.loads(json_hash(sheet, 0, "s-0.json"))["animations"] == {"y": ["a"]}
    other = json.loads(json_hash(sheet, 1, "s-1.json"))
    assert other["animations"] == {"x": ["b", "a"]}


def test_pixi_plays_no_animation_across_pages():
    """It would look the frame up on the wrong page and show nothing."""
    refuse_spread(two_pages("pixi", {"x": ("b", "c")}))
    refuse_spread(two_pages("web", {"x": ("b", "a")}))
    with pytest.raises(AssetFailed, match="on 2 pages"):
        refuse_spread(two_pages("pixi", {"x": ("b", "a")}))


def test_a_multi_atlas_lists_its_textures():
    """The form of Phaser's `load.multiatlas`."""
    sheet = two_pages("phaser", {"x": ("b", "a")})
    data = json.loads(json_multiatlas(sheet, "out/s.json"))
    assert [each["image"] for each in data["textures"]] == ["s-0.png", "s-1.png"]
    assert [each["size"] for each in data["textures"]] == [
        {"w": 4, "h": 4},
        {"w": 8, "h": 4},
    ]
    names = [[f["filename"] for f in each["frames"]] for each in data["textures"]]
    assert names == [["a"], ["b", "c"]]
    assert data["animations"] == {"x": ["b", "a"]}


@pytest.mark.parametrize(
    ("path", "other", "seen_as"),
    [
        ("a.json", "a.png", "a.png"),
        ("out/a.json", "out/a.png", "a.png"),
        ("out/data/a.json", "out/a.png", "../a.png"),
        ("out/a.json", "out/img/a.png", "img/a.png"),
        ("one/x/a.json", "two/y/a.png", "../../two/y/a.png"),
        ("a/a.json", "a.png", "../a.png"),
    ],
)
def test_data_name_pictures_as_seen_from_their_own_folder(path, other, seen_as):
    """That is where engines look."""
    assert beside(path, other) == seen_as
