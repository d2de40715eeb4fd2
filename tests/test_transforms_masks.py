"""Masks, outpainting and putting back."""

from __future__ import annotations

import io
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops

from assetgen.errors import AssetFailed
from assetgen.model import (
    AlphaMask,
    ColorMask,
    Extend,
    FileRef,
    Length,
    Mask,
    ShapeMask,
    Size,
)
from assetgen.transforms.extending import cut_excess, extend_canvas, extend_picture
from assetgen.transforms.masks import MAX_MASK_BYTES, grow, mask_png, put_back

REF = FileRef("mask.png")
SIZE = Size(40, 30)


def shape(kind, *px):
    """Return a shape mask in px."""
    return ShapeMask(kind, tuple(Length(value) for value in px))


def made(area, picture=None, **words):
    """Return the mask for a picture of 40x30."""
    return mask_png(Mask(area=area, **words), SIZE, lambda _: picture)


def area_of(mask):
    """Return how many pixels are edited."""
    return mask.edited.histogram()[255]


def two_tone():
    """Return a white picture, the left 10 columns black."""
    picture = Image.new("RGBA", (40, 30), "white")
    picture.paste((0, 0, 0, 255), (0, 0, 10, 30))
    return picture


def test_the_sent_mask_has_alpha_0_where_it_may_be_edited():
    """Hard edges, RGBA, exactly as large as the input."""
    mask = made(shape("rect", 5, 6, 10, 8))
    sent = Image.open(io.BytesIO(mask.png))
    assert (sent.format, sent.mode, sent.size) == ("PNG", "RGBA", (40, 30))
    assert ImageChops.invert(sent.getchannel("A")).tobytes() == mask.edited.tobytes()
    assert set(mask.edited.tobytes()) == {0, 255}
    assert mask.edited.getbbox() == (5, 6, 15, 14)


def test_the_pictures_own_alpha_is_a_mask():
    """Less than half seen is edited."""
    picture = Image.new("RGBA", (40, 30), (9, 9, 9, 255))
    picture.putpixel((3, 3), (9, 9, 9, 127))
    picture.putpixel((4, 3), (9, 9, 9, 128))
    assert made(AlphaMask(REF), picture).edited.getbbox() == (3, 3, 4, 4)


def test_a_mask_picture_without_transparency_shows_the_other_form():
    """Models draw masks in black and white."""
    with pytest.raises(AssetFailed) as caught:
        made(AlphaMask(REF), two_tone())
    assert "edit: black" in caught.value.hint


def test_a_black_and_white_mask_edits_the_named_colour():
    """The other one is kept."""
    assert area_of(made(ColorMask(REF, "black"), two_tone())) == 300
    assert area_of(made(ColorMask(REF, "white"), two_tone())) == 900
    assert area_of(made(ColorMask(REF, "white"), two_tone(), invert=True)) == 300


def test_the_threshold_makes_greys_hard():
    """A grey of at least the threshold is white."""
    picture = two_tone()
    picture.paste((100, 100, 100, 255), (0, 0, 1, 30))
    assert area_of(made(ColorMask(REF, "black", 100), picture)) == 270
    assert area_of(made(ColorMask(REF, "black", 101), picture)) == 300


def test_shapes_take_percent_and_are_cut_at_the_border():
    """Percent of x and width are of the width."""
    half = ShapeMask(
        "rect",
        (Length(50, percent=True), Length(0), Length(90, percent=True), Length(9)),
    )
    assert made(half).edited.getbbox() == (20, 0, 40, 9)
    ellipse = made(shape("ellipse", 0, 0, 20, 20))
    assert ellipse.edited.getbbox() == (0, 0, 20, 20)
    assert abs(area_of(ellipse) - math.pi * 100) < 12
    assert made(shape("polygon", 0, 0, 39, 0, 0, 29)).edited.getpixel((39, 29)) == 0


@pytest.mark.parametrize(
    ("area", "said"),
    [
        (shape("rect", 50, 50, 5, 5), "empty"),
        (shape("rect", 0, 0, 0, 5), "empty"),
        (shape("rect", 0, 0, 40, 30), "full"),
        (shape("polygon", 1, 1, 5, 5), "three corners"),
    ],
)
def test_a_mask_that_changes_nothing_or_everything_is_refused(area, said):
    """Before anything is paid."""
    with pytest.raises(AssetFailed, match=said):
        made(area)


def test_a_mask_of_another_size_is_refused_with_both_sizes():
    """It could not be laid over the input."""
    with pytest.raises(AssetFailed, match=r"41x30.*40x30"):
        made(AlphaMask(REF), Image.new("RGBA", (41, 30)))


@settings(max_examples=25)
@given(st.integers(0, 9), st.sets(st.tuples(st.integers(0, 23), st.integers(0, 16))))
def test_growing_is_exactly_a_disc(radius, points):
    """Every pixel within the radius of an edited one joins, and no other."""
    edited = Image.new("L", (24, 17))
    for point in points:
        edited.putpixel(point, 255)
    expected = bytes(
        255 * any((x - a) ** 2 + (y - b) ** 2 <= radius**2 for a, b in points)
        for y in range(17)
        for x in range(24)
    )
    assert grow(edited, radius).tobytes() == expected


def test_shrinking_undoes_growing_and_spares_the_border():
    """The picture's border is no edge."""
    rectangle = made(shape("rect", 12, 10, 15, 12)).edited
    assert grow(grow(rectangle, 3), -3).tobytes() == rectangle.tobytes()
    left_half = made(shape("rect", 0, 0, 20, 30)).edited
    assert grow(left_half, -4).getbbox() == (0, 0, 16, 30)
    assert area_of(made(shape("rect", 0, 0, 20, 30), grow_px=-4)) == 16 * 30


def test_the_largest_masks_stay_below_the_services_limit():
    """One bit a pixel packs well."""
    size = Size(3840, 2160)
    mask = Mask(area=shape("ellipse", 100, 100, 3000, 1900), grow_px=8)
    assert len(mask_png(mask, size, lambda _: None).png) < MAX_MASK_BYTES // 10


def noise(seed, size=(40, 30)):
    """Return a colourful picture with all alphas in it."""
    ramp = Image.linear_gradient("L").resize(size)
    return Image.merge("RGBA", (ramp.rotate(seed), ramp, ramp.rotate(180), ramp))


@pytest.mark.parametrize("feather", [0, 1, 5, 40])
def test_pixels_outside_the_mask_are_the_inputs_bit_for_bit(feather):
    """Whatever the model drew there, however soft the edge."""
    first, drawn = noise(0), noise(90)
    edited = made(shape("ellipse", 4, 4, 25, 20)).edited
    result = put_back(drawn, first, edited, feather)
    outside = ImageChops.invert(edited)
    black = Image.new("RGBA", first.size)
    assert (
        Image.composite(result.image, black, outside).tobytes()
        == Image.composite(first, black, outside).tobytes()
    )
    assert result.resized_from is None
    if feather == 0:
        assert (
            Image.composite(result.image, black, edited).tobytes()
            == Image.composite(drawn, black, edited).tobytes()
        )


def test_a_feather_blends_inside_the_mask():
    """From the input at its edge to the drawing within."""
    black = Image.new("RGBA", (40, 30), (0, 0, 0, 255))
    white = Image.new("RGBA", (40, 30), (255, 255, 255, 255))
    edited = made(shape("rect", 0, 0, 30, 30)).edited
    row = put_back(white, black, edited, 8).image.getchannel("R").crop((0, 15, 40, 16))
    values = list(row.tobytes())
    assert values == sorted(values, reverse=True)
    assert values[20] == 255
    assert 0 < values[26] < 255
    assert values[30:] == [0] * 10


def test_an_answer_of_another_size_is_resized_and_reported():
    """The service decides at times."""
    edited = made(shape("rect", 0, 0, 9, 9)).edited
    result = put_back(noise(90, (80, 60)), noise(0), edited)
    assert result.image.size == (40, 30)
    assert result.resized_from == Size(80, 60)


def test_the_share_of_changed_pixels_is_measured_outside_only():
    """Small deviations do not count."""
    first = Image.new("RGBA", (40, 30), (100, 100, 100, 255))
    drawn = Image.new("RGBA", (40, 30), (110, 100, 100, 255))
    edited = made(shape("rect", 0, 0, 20, 30)).edited
    assert put_back(drawn, first, edited).changed_share == 0
    drawn.paste((200, 100, 100, 255), (0, 0, 30, 30))
    assert put_back(drawn, first, edited).changed_share == 0.5


def test_an_extended_picture_lies_on_transparent_ground():
    """The mask is what was added, the grid's excess included."""
    first = noise(0)
    geometry = extend_canvas(SIZE, Extend(to=Size(60, 30), anchor="right"), grid=16)
    padded, edited = extend_picture(first, geometry)
    assert padded.size == edited.size == (64, 32)
    assert padded.crop((20, 0, 60, 30)).tobytes() == first.tobytes()
    assert padded.getpixel((0, 0)) == (0, 0, 0, 0)
    assert edited.histogram()[0] == 40 * 30
    assert ImageChops.invert(edited).getbbox() == (20, 0, 60, 30)
    assert cut_excess(padded, geometry).size == (60, 30)
