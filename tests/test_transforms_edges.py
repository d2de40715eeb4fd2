"""Colour along transparency: key, despill and bleed, alone and together."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from assetgen.model import Step
from assetgen.transforms.steps import apply

GREEN = (0, 255, 0)
KEYS = {"#00ff00": GREEN, "#ff00ff": (255, 0, 255), "#ffffff": (255, 255, 255)}


def run(image, **steps):
    """Return the picture after steps, in order; each `name=arguments`."""
    named = [Step(name, args) for name, args in steps.items()]
    return apply(image, named, lambda ref: ref)


def disc(color, ground, side=48, line=None):
    """Return a disc with smooth edges on a plain ground; opaque."""
    big = Image.new("RGBA", (side * 8, side * 8), (*ground, 255))
    pen = ImageDraw.Draw(big)
    box = (side, side, side * 7, side * 7)
    pen.ellipse(box, fill=(*color, 255), outline=line, width=16 if line else 0)
    return big.resize((side, side), Image.Resampling.BOX)


def pixels(image):
    """Return the picture's pixels as tuples, row after row."""
    data = image.tobytes()
    return [tuple(data[at : at + 4]) for at in range(0, len(data), 4)]


def farthest(image, color, least_alpha=16):
    """Return the greatest channel distance to a colour of what is seen."""
    return max(
        abs(level - wanted)
        for *levels, alpha in pixels(image)
        if alpha >= least_alpha
        for level, wanted in zip(levels, color, strict=True)
    )


@st.composite
def pictures(draw):
    """Draw a small picture of any colours and alphas, many of them at the ends."""
    width, height = draw(st.integers(1, 9)), draw(st.integers(1, 9))
    alphas = st.sampled_from([0, 0, 0, 1, 128, 254, 255, 255])
    levels = st.integers(0, 255)
    count = width * height
    data = bytearray()
    for _ in range(count):
        data += bytes([draw(levels), draw(levels), draw(levels), draw(alphas)])
    return Image.frombytes("RGBA", (width, height), bytes(data))


# --- despill ------------------------------------------------------------------


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize(
    "color", [(200, 40, 30), (250, 220, 0), (40, 90, 200), (90, 140, 90)]
)
def test_key_and_despill_leave_the_shape_in_its_own_colour(color, key):
    """Whatever the key: nothing of it is left in the edge, and nothing else is lost."""
    image = disc(color, KEYS[key])
    keyed = run(image, key={"color": key, "tolerance": 16, "feather": 60})
    clean = run(keyed, despill={"color": key, "radius": 3})
    assert farthest(keyed, color) > 40
    assert farthest(clean, color) <= 8
    assert clean.getchannel("A").tobytes() == keyed.getchannel("A").tobytes()


def test_despill_keeps_a_dark_line_around_the_shape_dark():
    """An edge of another colour than the inside is no mix of inside and key."""
    image = disc((250, 220, 0), GREEN, line=(0, 0, 0, 255))
    keyed = run(image, key={"color": "#00ff00", "tolerance": 16, "feather": 60})
    clean = run(keyed, despill={"color": "#00ff00"})
    outermost = [
        at for at, (*_, alpha) in enumerate(pixels(keyed)) if 16 <= alpha < 255
    ]
    assert len(outermost) > 20
    assert max(max(pixels(clean)[at][:3]) for at in outermost) <= 40


def test_despill_leaves_what_is_far_from_transparency():
    """A green thing inside stays green."""
    image = Image.new("RGBA", (20, 20), (10, 200, 10, 255))
    image.paste((0, 0, 0, 0), (0, 0, 2, 20))
    clean = run(image, despill={"color": "#00ff00", "radius": 2})
    assert clean.crop((4, 0, 20, 20)).tobytes() == image.crop((4, 0, 20, 20)).tobytes()


def test_despill_takes_the_hue_out_where_nothing_lies_further_inside():
    """A hair of one pixel."""
    image = Image.new("RGBA", (9, 1))
    image.putpixel((4, 0), (50, 177, 50, 255))
    clean = run(image, despill={"color": "#00ff00"})
    red, green, blue, _ = clean.getpixel((4, 0))
    assert max(red, green, blue) - min(red, green, blue) <= 2
    assert 90 <= green <= 110


def test_despill_does_nothing_to_an_opaque_picture():
    """There is no edge."""
    image = disc((200, 40, 30), GREEN)
    assert run(image, despill={"color": "#00ff00"}).tobytes() == image.tobytes()


@given(pictures(), st.sampled_from(sorted(KEYS)), st.integers(1, 4))
def test_despill_never_touches_alpha_or_what_is_hidden(image, key, radius):
    """Only colours that are seen are mended."""
    clean = run(image, despill={"color": key, "radius": radius})
    for before, after in zip(pixels(image), pixels(clean), strict=True):
        assert before[3] == after[3]
        if before[3] == 0:
            assert before == after


# --- bleed --------------------------------------------------------------------


@given(pictures(), st.integers(1, 12))
def test_bleed_never_changes_what_is_seen(image, radius):
    """Nor any alpha; and hidden pixels change only within its distance."""
    bled = run(image, bleed={"radius": radius})
    seen = [at for at, each in enumerate(pixels(image)) if each[3]]
    width = image.width
    for at, (before, after) in enumerate(zip(pixels(image), pixels(bled), strict=True)):
        assert before[3] == after[3]
        near = any(
            (at % width - one % width) ** 2 + (at // width - one // width) ** 2
            <= radius * radius
            for one in seen
        )
        if before[3] or not near:
            assert before == after


def test_bleed_puts_the_edge_colour_under_the_transparency_beside_it():
    """So bilinear filters find the shape's own colour there."""
    image = Image.new("RGBA", (20, 20))
    image.paste((200, 40, 30, 255), (8, 8, 12, 12))
    bled = run(image, bleed={"radius": 3})
    assert bled.getpixel((5, 10)) == (200, 40, 30, 0)
    assert bled.getpixel((10, 14)) == (200, 40, 30, 0)
    assert bled.getpixel((6, 6)) == (200, 40, 30, 0)
    assert bled.getpixel((4, 10)) == (0, 0, 0, 0)
    assert bled.getpixel((5, 5)) == (0, 0, 0, 0)


def test_bleed_takes_its_colour_from_solid_pixels():
    """Nearly transparent ones hold hardly any colour that can be trusted."""
    image = Image.new("RGBA", (9, 1))
    image.putpixel((0, 0), (200, 40, 30, 255))
    image.putpixel((1, 0), (255, 0, 255, 2))
    bled = run(image, bleed={"radius": 4})
    assert bled.getpixel((1, 0)) == (255, 0, 255, 2)
    assert bled.getpixel((2, 0)) == (200, 40, 30, 0)
    assert bled.getpixel((5, 0)) == (200, 40, 30, 0)
    assert bled.getpixel((6, 0)) == (0, 0, 0, 0)


def test_bleed_has_nothing_to_spread_in_an_empty_or_a_full_picture():
    """They come back as they were."""
    for image in (Image.new("RGBA", (4, 3)), Image.new("RGBA", (4, 3), "#123456")):
        assert run(image, bleed={"radius": 9}).tobytes() == image.tobytes()


def test_a_smoothly_cut_sprite_shows_no_fringe_once_it_is_bled():
    """Scaled as engines do it, channel by channel, its edge keeps its colour."""
    sprite = disc((240, 200, 40), (0, 0, 0))
    sprite = run(sprite, key={"color": "#000000", "tolerance": 4, "feather": 200})
    sprite = run(sprite, despill={"color": "#000000"})

    def scaled_by_an_engine(image):
        straight = [
            channel.resize((13, 13), Image.Resampling.BILINEAR)
            for channel in image.split()
        ]
        return Image.merge("RGBA", straight)

    assert farthest(scaled_by_an_engine(sprite), (240, 200, 40)) > 40
    bled = run(sprite, bleed={"radius": 6})
    assert farthest(scaled_by_an_engine(bled), (240, 200, 40)) <= 8
