"""The steps, on real pictures."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from assetgen.catalog import STEPS
from assetgen.errors import AssetFailed
from assetgen.model import AssetRef, Step
from assetgen.transforms.geometry import size_of
from assetgen.transforms.sizing import resulting_size
from assetgen.transforms.steps import STEP_FUNCTIONS, apply

RED, GREEN, BLUE, CLEAR = (
    (255, 0, 0, 255),
    (0, 255, 0, 255),
    (0, 0, 255, 255),
    (0, 0, 0, 0),
)
OTHER = AssetRef("other")


def no_ref(ref):
    """Fail: these steps name no picture."""
    raise AssertionError(ref)


def run(image, name, /, *, other=None, **args):
    """Return the picture after one step; `other` answers for every picture named."""
    return apply(
        image, [Step(name, args)], no_ref if other is None else lambda _: other
    )


def plain(color, width=8, height=8):
    """Return a picture in one colour."""
    return Image.new("RGBA", (width, height), color)


def dot(color=RED, width=20, height=12, box=(5, 3, 11, 9)):
    """Return a transparent picture with a rectangle on it."""
    image = plain(CLEAR, width, height)
    image.paste(color, box)
    return image


def colors(image):
    """Return the set of the picture's colours."""
    return {color for _, color in image.getcolors(1 << 20)}


def test_the_table_has_exactly_the_steps_of_the_catalogue():
    """The catalogue promises nothing that is missing, and hides nothing."""
    assert set(STEP_FUNCTIONS) == set(STEPS)


SOME_ARGS = {
    "resize": {"width": 10},
    "pad": {"all": 2},
    "crop": {"ratio": "1:1"},
    "rotate": {"degrees": 90},
    "flip": {"direction": "vertical"},
    "key": {"color": "#ff0000"},
    "alpha": {"from": OTHER},
    "overlay": {"image": OTHER},
    "despill": {"color": "#00ff00"},
    "bleed": {"radius": 3},
    "pixelate": {"grid": 4, "scale": 2},
    "adjust": {"brightness": 1.5, "contrast": 0.5, "saturation": 2},
    "blur": {"radius": 1.5},
    "round": {"radius": "25%"},
    "outline": {"width": 2},
    "quantize": {"colors": 2},
}


@pytest.mark.parametrize("name", sorted(STEP_FUNCTIONS))
def test_no_step_changes_the_picture_it_was_given(name):
    """Outputs share one decoded picture."""
    image = dot()
    before = image.tobytes()
    args = SOME_ARGS.get(name, {})
    after = run(image, name, other=plain(BLUE, 20, 12), **args)
    assert image.tobytes() == before
    assert after.mode == "RGBA"
    known = resulting_size(size_of(image), [Step(name, args)])
    assert known is None or size_of(after) == known


def test_trim_removes_transparent_borders():
    """And keeps what is half seen."""
    assert run(dot(), "trim").size == (6, 6)
    faint = dot((9, 9, 9, 3))
    assert run(faint, "trim").size == (6, 6)
    with pytest.raises(AssetFailed, match="nothing"):
        run(faint, "trim", tolerance=5)


def test_trim_removes_a_colour_within_its_tolerance():
    """Distances are of the channel that differs most."""
    image = plain((250, 250, 250, 255), 20, 12)
    image.paste(RED, (5, 3, 11, 9))
    assert run(image, "trim", color="#ffffff", tolerance=5).size == (6, 6)
    assert run(image, "trim", color="#ffffff", tolerance=4).size == (20, 12)


def test_crop_by_ratio_keeps_the_largest_part_at_its_position():
    """Anchored, not scaled."""
    image = plain(RED, 20, 10)
    image.paste(BLUE, (10, 0, 20, 10))
    assert colors(run(image, "crop", ratio="1:1", position="right")) == {BLUE}


def test_rotate_is_clockwise():
    """The top left corner goes to the top right."""
    image = plain(BLUE, 4, 2)
    image.putpixel((0, 0), RED)
    turned = run(image, "rotate", degrees=90)
    assert turned.size == (2, 4)
    assert turned.getpixel((1, 0)) == RED


def test_flip_horizontal_swaps_left_and_right():
    """Vertical swaps top and bottom."""
    image = plain(BLUE, 4, 2)
    image.putpixel((0, 0), RED)
    assert run(image, "flip", direction="horizontal").getpixel((3, 0)) == RED
    assert run(image, "flip", direction="vertical").getpixel((0, 1)) == RED


@pytest.mark.parametrize("name", ["box", "bilinear", "bicubic", "lanczos", "hamming"])
def test_resizing_gives_edges_no_foreign_colour(name):
    """Colour hidden under transparent pixels does not bleed in.

    Sharp filters overshoot a little at edges, but never towards the hidden colour.
    """
    image = plain((0, 0, 0, 0), 40, 40)
    image.paste((255, 200, 0, 255), (13, 13, 27, 27))
    small = run(image, "resize", width=11, filter=name)
    seen = [each for each in colors(small) if each[3] > 8]
    assert len({alpha for *_, alpha in seen}) > 1
    for red, green, blue, _ in seen:
        assert red >= 250
        assert 196 <= green <= 235
        assert blue <= 4


def test_resize_nearest_keeps_pixels_exact():
    """As pixel art wants it."""
    image = plain(RED, 2, 2)
    image.putpixel((1, 1), CLEAR)
    big = run(image, "resize", width=8, filter="nearest", enlarge=True)
    assert colors(big) == {RED, CLEAR}
    assert big.getpixel((4, 4)) == CLEAR


def test_contain_centres_on_transparent_ground():
    """Without a colour of its own."""
    small = run(plain(RED, 20, 10), "resize", width=10, height=10, fit="contain")
    assert small.getpixel((5, 0)) == CLEAR
    assert small.getpixel((5, 5)) == RED


def test_pad_is_transparent_unless_it_has_a_colour():
    """And centres by default."""
    padded = run(plain(RED, 4, 4), "pad", to="8x6")
    assert padded.getpixel((1, 3)) == CLEAR
    assert padded.getpixel((2, 1)) == RED
    assert run(plain(RED), "pad", all=1, color="#0000ff").getpixel((0, 0)) == BLUE


def test_flatten_leaves_nothing_transparent():
    """White by default."""
    flat = run(dot((255, 0, 0, 128)), "flatten")
    assert flat.getchannel("A").getextrema() == (255, 255)
    assert flat.getpixel((0, 0)) == (255, 255, 255, 255)
    assert flat.getpixel((6, 5))[1] == 127


def test_key_makes_a_colour_transparent_with_a_soft_edge():
    """Tolerance is gone, feather is the ramp above it."""
    image = Image.new("RGBA", (256, 1))
    image.putdata([(distance, 0, 0, 255) for distance in range(256)])
    keyed = run(image, "key", color="#000000", tolerance=10, feather=20)
    alphas = list(keyed.getchannel("A").tobytes())
    assert alphas[:11] == [0] * 11
    assert alphas[20] == 128
    assert alphas[30:] == [255] * 226
    assert alphas == sorted(alphas)


def test_alpha_keeps_what_the_other_picture_shows_in_white():
    """Or in black, when the step says so."""
    guide = plain((0, 0, 0, 255))
    guide.paste((255, 255, 255, 255), (0, 0, 4, 8))
    kept = run(plain(RED), "alpha", other=guide, **{"from": OTHER})
    assert kept.getpixel((0, 0)) == RED
    assert kept.getpixel((7, 0))[3] == 0
    kept = run(plain(RED), "alpha", other=guide, **{"from": OTHER, "keep": "black"})
    assert kept.getpixel((0, 0))[3] == 0
    with pytest.raises(AssetFailed, match="8x8 and 9x8"):
        run(plain(RED), "alpha", other=plain(RED, 9, 8), **{"from": OTHER})


def test_pixelate_gives_one_colour_a_cell_and_no_half_transparency():
    """Cells lie along the longer side."""
    noise = Image.effect_noise((64, 32), 90).convert("RGBA")
    noise.putalpha(Image.radial_gradient("L").resize((64, 32)))
    art = run(noise, "pixelate", grid=16, scale=4, colors=5)
    assert art.size == (64, 32)
    assert set(art.getchannel("A").tobytes()) == {0, 255}
    for top in range(0, 32, 4):
        for left in range(0, 64, 4):
            assert len(colors(art.crop((left, top, left + 4, top + 4)))) == 1
    assert len(colors(art) - {CLEAR}) <= 5
    assert run(noise, "pixelate", grid=16).size == (16, 8)


def test_pixelate_with_a_palette_uses_only_its_colours():
    """Hidden pixels take no colour."""
    art = run(
        Image.radial_gradient("L").convert("RGBA"),
        "pixelate",
        grid=8,
        palette=["#0f380f", "#9bbc0f"],
    )
    assert colors(art) == {(15, 56, 15, 255), (155, 188, 15, 255)}


@given(st.integers(1, 24), st.booleans())
def test_quantize_gives_at_most_so_many_colours(count, dither):
    """The alpha stays as it is."""
    image = Image.effect_noise((16, 16), 90).convert("RGBA")
    image.putalpha(Image.linear_gradient("L").resize((16, 16)))
    reduced = run(image, "quantize", colors=count, dither=dither)
    seen = {color[:3] for color in colors(reduced) if color[3]}
    assert len(seen) <= count
    assert reduced.getchannel("A").tobytes() == image.getchannel("A").tobytes()


@pytest.mark.parametrize(
    ("name", "args"), [("pixelate", {"grid": 24}), ("quantize", {})]
)
@pytest.mark.parametrize("side", [24, 600])
def test_a_small_area_of_another_colour_keeps_it(name, args, side):
    """Shades of a large area do not take the entries that it needs, sampled or not."""
    image = Image.new("RGBA", (side, side), (30, 120, 200, 255))
    image.paste((28, 118, 198, 255), (0, 0, side // 2, side // 2))
    image.paste((32, 122, 202, 255), (side // 2, 0, side, side // 2))
    for shade, left in enumerate(range(0, side, side // 24)):
        row = (30, 121, 199 - shade % 3, 255)
        image.paste(row, (left, side // 2, left + side // 24, side // 2 + side // 24))
    box = (side // 3, side * 3 // 4, side // 2, side * 5 // 6)
    image.paste((250, 220, 60, 255), box)
    few = run(image, name, colors=4, **args)
    at = (few.width * 10 // 24, few.height * 19 // 24)
    red, green, blue, _ = few.getpixel(at)
    assert max(abs(red - 250), abs(green - 220), abs(blue - 60)) <= 4
    assert len(colors(few)) <= 4


def test_quantize_leaves_a_picture_that_has_no_more_colours():
    """Exactly, colours a level apart included."""
    image = plain((10, 10, 10, 255))
    image.putpixel((0, 0), (11, 10, 10, 255))
    assert run(image, "quantize", colors=2).tobytes() == image.tobytes()
    wider = ["#0a0a0a", "#0b0a0a", "#ffffff"]
    assert run(image, "quantize", palette=wider).tobytes() == image.tobytes()


def test_quantize_to_a_palette_takes_the_nearest_colours():
    """A short palette is not filled up with black."""
    image = plain((20, 20, 20, 255))
    reduced = run(image, "quantize", palette=["#404040", "#ffffff"])
    assert colors(reduced) == {(64, 64, 64, 255)}


def test_grayscale_invert_and_threshold_leave_the_alpha():
    """They are about colours."""
    image = plain((200, 100, 50, 77))
    assert run(image, "grayscale").getpixel((0, 0)) == (124, 124, 124, 77)
    assert run(image, "invert").getpixel((0, 0)) == (55, 155, 205, 77)
    assert run(image, "threshold").getpixel((0, 0)) == (0, 0, 0, 77)
    assert run(image, "threshold", level=124).getpixel((0, 0)) == (255, 255, 255, 77)


def test_overlay_is_placed_scaled_and_faded():
    """Centred by default; what reaches beyond is cut off."""
    image = run(plain(BLUE), "overlay", other=plain(RED, 4, 4), image=OTHER)
    assert image.getpixel((2, 2)) == RED
    assert image.getpixel((1, 1)) == BLUE
    image = run(
        plain(BLUE),
        "overlay",
        other=plain(RED, 4, 4),
        image=OTHER,
        at=[-2, "75%"],
        opacity=0.5,
        scale=2,
    )
    assert image.getpixel((0, 7)) == (128, 0, 127, 255)
    assert image.getpixel((0, 5)) == BLUE
    assert image.getpixel((6, 7)) == BLUE


@pytest.mark.parametrize(
    ("name", "args"),
    [
        ("resize", {"width": 4, "filter": "sinc"}),
        ("flip", {"direction": "up"}),
        ("flatten", {"color": "white"}),
        ("key", {"color": "#000000", "tolerance": 300}),
        ("threshold", {"level": "half"}),
        ("quantize", {}),
        ("quantize", {"palette": []}),
        ("quantize", {"colors": 300}),
        ("overlay", {"image": "other"}),
        ("overlay", {"image": OTHER, "at": 7}),
        ("alpha", {"from": OTHER, "keep": "grey"}),
        ("crop", {"width": "wide"}),
        ("crop", {"ratio": "0:1"}),
        ("pad", {"to": "0x9"}),
    ],
)
def test_wrong_arguments_fail_the_asset(name, args):
    """With a sentence, whatever let them through."""
    with pytest.raises(AssetFailed):
        run(plain(RED), name, other=plain(BLUE), **args)
