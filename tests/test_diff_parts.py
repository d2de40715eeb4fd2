"""The parts of `assetgen diff`: likeness of pictures, fields of assets, lines of places."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from assetgen import document
from assetgen.comparing import field_changes, layout_of, text_of
from assetgen.locating import lines_of
from assetgen.model import (
    Asset,
    AssetName,
    AssetRef,
    Drawn,
    FileRef,
    FileSource,
    GlobRef,
    ImageLayer,
    Layers,
    Length,
    Mask,
    Output,
    Packing,
    ShapeMask,
    Sheet,
    Size,
    Step,
)
from assetgen.revisions import pointed_digest
from assetgen.spans import Place
from assetgen.transforms.likeness import PIXEL_THRESHOLD, likeness_of
from assetgen.transforms.opening import PictureRefused
from assetgen.values import replace

Color = tuple[int, int, int, int]


def png(color: Color, size: tuple[int, int] = (100, 50), dot: int = 0) -> bytes:
    """Return a picture of one colour with a white square of `dot` px a side."""
    image = Image.new("RGBA", size, color)
    image.paste((255, 255, 255, 255), (0, 0, dot, dot))
    data = io.BytesIO()
    image.save(data, "PNG")
    return data.getvalue()


# --- likeness ---------------------------------------------------------------------


def test_the_share_counts_pixels_above_the_threshold():
    """A hundredth of the area was painted; what an encoder does is not seen."""
    before = png((200, 10, 10, 255))
    painted = likeness_of(before, png((200, 10, 10, 255), dot=5))
    assert painted.changed_share == 25 / 5000
    near = png((200 - PIXEL_THRESHOLD, 10, 10, 255))
    assert likeness_of(before, near).changed_share == 0
    far = png((200 - PIXEL_THRESHOLD - 1, 10, 10, 255))
    assert likeness_of(before, far).changed_share == 1


def test_pictures_of_different_sizes_have_a_distance_and_no_share():
    """Pixels cannot be paired then."""
    found = likeness_of(png((9, 9, 99, 255)), png((9, 9, 99, 255), (50, 50)))
    assert (found.changed_share, found.distance) == (None, 0)


def test_colours_that_nobody_sees_do_not_count():
    """Under full transparency anything may stand."""
    found = likeness_of(png((9, 99, 9, 0)), png((255, 0, 0, 0)))
    assert (found.changed_share, found.distance) == (0, 0)


def test_what_looks_more_different_is_farther_away():
    """The same, a tint, another colour, the opposite."""
    red = png((200, 20, 20, 255))
    colors: list[Color] = [(200, 20, 20, 255), (190, 40, 30, 255), (20, 160, 20, 255)]
    found = [likeness_of(red, png(color)).distance for color in colors]
    found.append(likeness_of(png((0, 0, 0, 255)), png((255,) * 4)).distance)
    assert found == sorted(found)
    assert found[0] == 0
    assert found[1] < 0.2
    assert found[2] > 0.6
    assert found[3] == 1


def test_another_form_in_the_same_colours_is_far_away():
    """Stripes one way and the other have the same colours."""
    image = Image.new("L", (64, 64))
    image.putdata([255 * (x // 8 % 2) for _ in range(64) for x in range(64)])
    upright, flat = io.BytesIO(), io.BytesIO()
    image.convert("RGBA").save(upright, "PNG")
    image.rotate(90).convert("RGBA").save(flat, "PNG")
    assert likeness_of(upright.getvalue(), flat.getvalue()).distance > 0.4


def test_what_is_no_picture_is_refused():
    """As everywhere else."""
    with pytest.raises(PictureRefused):
        likeness_of(png((1, 2, 3, 255)), b"text")


# --- fields -----------------------------------------------------------------------


def asset(source: object, **more: object) -> Asset:
    """Return an asset of a spec."""
    place = Place("assets.yaml", ("assets", "hat"))
    return Asset(name=AssetName("hat"), place=place, source=source, **more)  # type: ignore[arg-type]


def changed(old: Asset, new: Asset) -> dict[str, tuple[str, str]]:
    """Return old and new text by field."""
    found = field_changes(old, new, lambda _: (), lambda _: ())
    return {each.change.name: (each.change.old, each.change.new) for each in found}


DRAWN = Drawn(operation="generate", provider="openai", prompt="A hat")


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (replace(DRAWN, prompt="A cap"), {"prompt": ("A hat", "A cap")}),
        (replace(DRAWN, model="m"), {"model": ("", "m")}),
        (replace(DRAWN, n=3, revision=1, frozen=True), {
            "n": ("", "3"), "revision": ("", "1"), "frozen": ("", "true"),
        }),
        (replace(DRAWN, params=(("size", "8x8"), ("params.seed", 4))), {
            "size": ("", "8x8"), "params.seed": ("", "4"),
        }),
        (replace(DRAWN, inputs=(AssetRef(AssetName("a"), 2), FileRef("b.png"))), {
            "inputs": ("", "a (draw 2), b.png"),
        }),
        (
            replace(DRAWN, mask=Mask(area=ShapeMask("rect", (
                Length(25, percent=True), Length(1), Length(2), Length(3),
            )), grow_px=2)),
            {"mask": ("", (
                'area: {"kind": "rect", "lengths": ["25%", 1, 2, 3]}, grow_px: 2'
            ))},
        ),
        (replace(DRAWN, outside="accept"), {"outside": ("", "accept")}),
        (replace(DRAWN, moderation="low"), {"moderation": ("", "low")}),
        (FileSource("art.png"), {
            "prompt": ("A hat", ""), "provider": ("openai", ""), "file": ("", "art.png"),
        }),
    ],
)  # fmt: skip
def test_each_field_of_a_drawn_asset_is_told_by_its_name(source, expected):
    """What is as by default is not there at all."""
    assert changed(asset(DRAWN), asset(source)) == expected


def test_layers_and_sheets_are_compared_piece_by_piece():
    """One layer that moved is one change."""
    one = ImageLayer(ref=AssetRef(AssetName("a")))
    old = asset(Layers((one, one), Size(8, 8)))
    new = asset(Layers((one, replace(one, scale=2.0)), Size(8, 9)))
    assert changed(old, new) == {
        "layers 2": ("ref: a", "ref: a, scale: 2.0"),
        "canvas": ("8x8", "8x9"),
    }
    frames = (GlobRef("i/*"),)
    sheet = asset(Sheet(frames, Packing(padding=1)))
    fields = layout_of(sheet, lambda _: (AssetName("i/a"), AssetName("i/b")))
    assert fields["sheet frames"].text == "i/a, i/b"
    assert fields["sheet packing"].text == "padding: 1"


def test_outputs_are_known_by_their_paths():
    """Order and places do not count."""
    png_, webp = (
        Output(target="t", path=f"t/a.{x}", format=x)  # type: ignore[arg-type]
        for x in ("png", "webp")
    )
    old = asset(DRAWN, outputs=(png_, webp))
    assert changed(old, asset(DRAWN, outputs=(webp, png_))) == {}
    smaller = replace(webp, width=4, process=(Step("rotate", {"degrees": 90}),))
    assert changed(old, asset(DRAWN, outputs=(png_, smaller))) == {
        "outputs t/a.webp": ("as it is", "width: 4, process: rotate (degrees: 90)")
    }


def test_text_of_a_value_is_short():
    """Names for references, sizes as people write them."""
    assert text_of(Size(3, 4)) == "3x4"
    assert text_of([1, "a", True]) == "1, a, true"
    assert text_of({"a": {"b": [1]}}) == 'a: {"b": [1]}'


# --- lines ------------------------------------------------------------------------

KEYS = st.sampled_from(["hat", "'shoe'", '"cap"', "icons/${x}", "a.b"])


@given(
    st.lists(KEYS, unique=True, min_size=1),
    st.lists(st.sampled_from(["", "  # note\n", "\n", "  # hat: x\n"]), min_size=9),
)
def test_lines_of_pieces_are_those_of_the_whole_file(keys, between):
    """Comments and empty lines between entries belong to no line of theirs."""
    text = "version: 1\nassets:\n"
    for key, more in zip(keys, between, strict=False):
        text += (
            f"{more}  {key}:\n    prompt: |\n      Some\n      text\n    tags: [a]\n"
        )
    names = [key.strip("'\"") for key in keys]
    places = {
        Place("a.yaml", ("assets", name, *rest), on_key=not rest)
        for name in names
        for rest in ((), ("prompt",), ("tags", 0), ("alt",))
    }
    data = text.encode()
    whole = document.locate(data, "a.yaml", places)
    assert lines_of(places, lambda _: data) == {
        place: each.span.line for place, each in whole.items()
    }


def test_places_outside_of_entries_are_found_as_well():
    """And a file that is gone has none."""
    data = b"version: 1\ndefaults:\n  quality: low\nassets:\n  hat: {prompt: x}\n"
    place = Place("a.yaml", ("defaults", "quality"))
    assert lines_of([place], lambda _: data) == {place: 3}
    assert lines_of([place], lambda _: None) == {}


# --- pointers ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("version https://git-lfs.github.com/spec/v1\noid sha256:{}\nsize 3\n", True),
        (
            "version https://git-lfs.github.com/spec/v1\next-0 a\noid sha256:{}\n",
            True,
        ),
        ("version https://git-lfs.github.com/spec/v1\noid sha1:{}\nsize 3\n", False),
        ("oid sha256:{}\n", False),
        ("", False),
    ],
)
def test_only_a_pointer_of_lfs_counts_as_one(text, found):
    """Everything else is the file itself."""
    digest = "ab" * 32
    data = text.format(digest).encode()
    assert pointed_digest(data) == (digest if found else None)
