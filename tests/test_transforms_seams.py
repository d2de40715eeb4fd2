"""Textures that repeat: the step `tile`, and the check that measures it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from assetgen.errors import AssetFailed
from assetgen.model import Checks, Size, Step
from assetgen.transforms.checks import run_checks
from assetgen.transforms.seams import seam_score
from assetgen.transforms.sizing import resulting_size
from assetgen.transforms.steps import apply


def tiled(image, overlap="12%"):
    """Return the picture after `tile`."""
    return apply(image, [Step("tile", {"overlap": overlap})], lambda ref: ref)


def gradient(width=60, height=40):
    """Return a picture that gets lighter from top to bottom: the worst of seams."""
    return Image.linear_gradient("L").resize((width, height)).convert("RGBA")


def cloudy(side=64):
    """Return a rough texture."""
    coarse = Image.effect_noise((9, 9), 90).resize(
        (side, side), Image.Resampling.BICUBIC
    )
    return coarse.convert("RGBA")


@pytest.mark.parametrize("make", [gradient, cloudy])
@pytest.mark.parametrize("overlap", ["12%", "50%", 6])
def test_tile_takes_the_seams_away(make, overlap):
    """Both of them, whatever the picture."""
    image = make()
    after = tiled(image, overlap)
    assert seam_score(image) > 0.02
    assert seam_score(after) <= 0.01
    assert after.size == image.size


def test_tile_goes_on_across_the_border_as_in_its_own_middle():
    """The outermost pixels are those beside the middle, so they follow on each other."""
    image = cloudy()
    after = tiled(image, 10)
    assert after.getpixel((0, 32)) == image.getpixel((32, 32))
    assert after.getpixel((63, 32)) == image.getpixel((31, 32))
    assert after.getpixel((32, 0)) == image.getpixel((32, 32))
    assert after.getpixel((32, 63)) == image.getpixel((32, 31))


def test_tile_leaves_what_is_further_inside_than_the_overlap():
    """Bit for bit."""
    image = cloudy()
    inside = (10, 10, 54, 54)
    assert tiled(image, 10).crop(inside).tobytes() == image.crop(inside).tobytes()


def test_tile_mixes_no_hidden_colour_in():
    """Fading a hole over a colour keeps the colour."""
    image = Image.new("RGBA", (40, 40), (255, 0, 255, 0))
    image.paste((10, 200, 10, 255), (10, 10, 30, 30))
    after = tiled(image, 12)
    mixed = [color for _, color in after.getcolors(1600) if 32 <= color[3] < 255]
    assert mixed
    for red, green, blue, _ in mixed:
        assert abs(red - 10) <= 6
        assert abs(green - 200) <= 6
        assert abs(blue - 10) <= 6


def test_an_overlap_of_more_than_half_is_refused_naming_both_sizes():
    """While planning and when it is carried out, in the same words."""
    step = Step("tile", {"overlap": 40})
    with pytest.raises(AssetFailed, match=r"40 px .* 60x40"):
        tiled(gradient(), 40)
    with pytest.raises(AssetFailed, match=r"40 px .* 60x40"):
        resulting_size(Size(60, 40), [step])
    assert resulting_size(Size(80, 80), [step]) == Size(80, 80)


def test_the_score_goes_from_nothing_to_black_beside_white():
    """0.0 to 1.0."""
    assert seam_score(Image.new("RGBA", (9, 9), "#123456")) == 0.0
    half = Image.new("RGBA", (64, 64), "#ffffff")
    half.paste("#000000", (0, 0, 20, 64))
    assert seam_score(half) == 1.0
    assert seam_score(Image.new("RGBA", (1, 1))) == 0.0


def test_a_rough_texture_that_repeats_scores_no_worse_than_a_smooth_one():
    """What differs from pixel to pixel anyway is no seam."""
    checker = Image.new("RGBA", (32, 32), "#ffffff")
    for x in range(32):
        for y in range(x % 2, 32, 2):
            checker.putpixel((x, y), (0, 0, 0, 255))
    assert seam_score(checker) == 0.0


@given(st.integers(1, 20), st.integers(1, 20), st.binary(min_size=1600, max_size=1600))
def test_every_picture_scores_between_0_and_1_turned_or_not(width, height, data):
    """And the same, however it is turned."""
    image = Image.frombytes("RGBA", (width, height), data[: width * height * 4])
    score = seam_score(image)
    assert 0.0 <= score <= 1.0
    turned = image.transpose(Image.Transpose.TRANSPOSE)
    assert seam_score(turned) == score


def test_the_check_tells_the_figure():
    """So that the number in the spec can be judged."""
    (said,) = run_checks(Checks(seamless=0.1), gradient())
    assert said.startswith("the seam scores 0.9")
    assert said.endswith("above 0.1")
    assert run_checks(Checks(seamless=0.1), tiled(gradient())) == []
