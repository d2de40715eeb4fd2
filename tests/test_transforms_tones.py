"""Brightness, contrast, saturation, blur and sharpness."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageStat

from assetgen.errors import AssetFailed
from assetgen.model import Step
from assetgen.transforms.steps import apply


def run(image, name, **args):
    """Return the picture after one step."""
    return apply(image, [Step(name, args)], lambda ref: ref)


def one(color, **args):
    """Return what `adjust` makes of one colour."""
    return run(Image.new("RGBA", (1, 1), color), "adjust", **args).getpixel((0, 0))


def edge(left, right, side=32):
    """Return a picture of two halves."""
    image = Image.new("RGBA", (side, side), left)
    image.paste(right, (side // 2, 0, side, side))
    return image


def test_adjust_has_known_meanings():
    """Brightness is a factor, contrast leaves middle grey, saturation leaves greys."""
    assert one((100, 50, 200, 77), brightness=1.5) == (150, 75, 255, 77)
    assert one((100, 50, 200, 77), brightness=0) == (0, 0, 0, 77)
    assert one((127, 28, 228, 77), contrast=2) == (127, 0, 255, 77)
    assert one((100, 50, 200, 77), contrast=0) == (128, 128, 128, 77)
    assert one((90, 90, 90, 77), saturation=3) == (90, 90, 90, 77)
    grey = one((100, 50, 200, 77), saturation=0)
    assert grey == (82, 82, 82, 77)
    red, green, blue, _ = one((100, 80, 120, 255), saturation=2)
    assert blue - green > 2 * (120 - 80) - 3
    assert green < red < blue


def test_adjust_does_not_lose_what_one_factor_takes_beyond_white():
    """Brightness and contrast are one table, so nothing is clipped between them."""
    assert one((200, 200, 200, 255), brightness=2, contrast=0.5)[0] == 255
    assert one((180, 180, 180, 255), brightness=1.5, contrast=0.5)[0] == 199


@given(st.binary(min_size=64, max_size=64))
def test_neutral_factors_change_nothing(data):
    """1.0 is neutral, whatever the picture."""
    image = Image.frombytes("RGBA", (4, 4), data)
    args = {"brightness": 1.0, "contrast": 1, "saturation": 1.0}
    assert run(image, "adjust", **args).tobytes() == data


@pytest.mark.parametrize("args", [{"contrast": -1}, {"saturation": "high"}])
def test_adjust_refuses_what_is_no_factor(args):
    """Whatever let it through."""
    with pytest.raises(AssetFailed):
        one((1, 2, 3, 4), **args)


def test_blur_keeps_the_colour_of_a_shape_up_to_its_faint_edge():
    """Hidden black lends nothing; the shape itself gets soft."""
    image = edge((0, 0, 0, 0), (240, 200, 40, 255))
    soft = run(image, "blur", radius=3)
    alphas = set(soft.getchannel("A").tobytes())
    assert len(alphas) > 8
    for x in range(32):
        *levels, alpha = soft.getpixel((x, 16))
        if alpha >= 32:
            for level, wanted in zip(levels, (240, 200, 40), strict=True):
                assert abs(level - wanted) <= 5


@given(st.floats(0.1, 50))
def test_blur_leaves_a_plain_picture(radius):
    """Its border counts as going on."""
    image = Image.new("RGBA", (9, 5), (10, 200, 90, 255))
    assert run(image, "blur", radius=radius).tobytes() == image.tobytes()


def test_blur_has_the_width_that_it_says():
    """Its radius is the standard deviation: 18 % of an edge is left 5.5 / 6 of it off."""
    soft = run(edge("#000000", "#ffffff", 64), "blur", radius=6)
    assert soft.getpixel((32 - 6, 9))[0] == pytest.approx(0.18 * 255, abs=5)
    assert soft.getpixel((31 + 6, 9))[0] == pytest.approx(0.82 * 255, abs=5)


def test_sharpen_raises_an_edge_and_leaves_plain_parts():
    """More with a greater amount."""
    image = edge((100, 100, 100, 255), (150, 150, 150, 255))
    crisp = run(image, "sharpen", amount=0.5, radius=2)
    crisper = run(image, "sharpen", amount=2, radius=2)
    assert crisp.getpixel((0, 9)) == (100, 100, 100, 255)
    assert crisper.getpixel((15, 9))[0] < crisp.getpixel((15, 9))[0] < 100
    assert crisper.getpixel((16, 9))[0] > crisp.getpixel((16, 9))[0] > 150


def test_sharpen_neither_sees_nor_changes_hidden_colours():
    """Nor any alpha: a cut-out gets no line along its edge, but for rounding."""
    image = edge((255, 0, 255, 0), (240, 200, 40, 255))
    after = run(image, "sharpen", amount=3, radius=3)
    assert after.crop((0, 0, 16, 32)).tobytes() == image.crop((0, 0, 16, 32)).tobytes()
    for (low, high), level in zip(
        after.crop((16, 0, 32, 32)).getextrema(), (240, 200, 40, 255), strict=True
    ):
        assert level - 3 <= low <= high <= level + 3


@pytest.mark.parametrize(
    ("name", "args"),
    [
        ("blur", {"radius": 900}),
        ("sharpen", {"amount": 10, "radius": 900}),
        ("adjust", {"contrast": 100, "saturation": 100}),
        ("bleed", {"radius": 256}),
        ("despill", {"color": "#00ff00", "radius": 64}),
        ("outline", {"width": 128}),
        ("round", {"radius": 32768}),
        ("tile", {"overlap": "50%"}),
    ],
)
def test_the_strongest_arguments_work_on_a_single_pixel(name, args):
    """And on a line."""
    for size in ((1, 1), (7, 1), (1, 7)):
        image = Image.new("RGBA", size, (10, 20, 30, 200))
        after = run(image, name, **args)
        assert (after.mode, after.size) == ("RGBA", size)
        assert ImageStat.Stat(after).count[0] == size[0] * size[1]
