"""Round corners and lines around shapes."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from assetgen.model import Size, Step
from assetgen.transforms.discs import grown
from assetgen.transforms.sizing import resulting_size
from assetgen.transforms.steps import apply

WHITE = (255, 255, 255, 255)
RED = (200, 40, 30, 255)


def run(image, name, **args):
    """Return the picture after one step."""
    return apply(image, [Step(name, args)], lambda ref: ref)


def alpha_at(image, x, y):
    """Return one pixel's alpha."""
    return image.getpixel((x, y))[3]


def area(image):
    """Return how many pixels are covered, halves counted as halves."""
    return sum(image.getchannel("A").tobytes()) / 255


# --- round --------------------------------------------------------------------


@given(st.integers(1, 40), st.integers(1, 40), st.integers(0, 60))
def test_rounding_takes_from_each_corner_what_a_circle_leaves(width, height, radius):
    """Measured by the area; the four corners are alike."""
    image = run(Image.new("RGBA", (width, height), RED), "round", radius=radius)
    used = min(radius, width / 2, height / 2)
    lost = width * height - area(image)
    # A radius near one pixel is a matter of a single pixel's share.
    assert lost == pytest.approx((4 - math.pi) * used * used, abs=1 + 0.05 * used)
    for turned in (Image.Transpose.FLIP_LEFT_RIGHT, Image.Transpose.FLIP_TOP_BOTTOM):
        assert image.transpose(turned).tobytes() == image.tobytes()


def test_half_of_a_square_is_a_circle():
    """Percent are of the shorter side, and more than half of it is no more."""
    circle = run(Image.new("RGBA", (64, 64), RED), "round", radius="50%")
    assert area(circle) == pytest.approx(math.pi * 32 * 32, rel=0.005)
    pill = run(Image.new("RGBA", (64, 20), RED), "round", radius="90%")
    assert alpha_at(pill, 0, 0) == 0
    assert alpha_at(pill, 0, 9) > 200
    assert alpha_at(pill, 12, 0) == 255


def test_round_corners_have_smooth_edges_and_keep_the_pictures_own_alpha():
    """What was half transparent is not made more so but at the corners."""
    image = run(Image.new("RGBA", (32, 32), (200, 40, 30, 100)), "round", radius=12)
    assert alpha_at(image, 16, 0) == 100
    assert alpha_at(image, 0, 0) == 0
    assert len(set(image.getchannel("A").tobytes())) > 6


# --- outline ------------------------------------------------------------------


def square(alpha=255, side=40, inset=12):
    """Return a red square in the middle of a transparent picture."""
    image = Image.new("RGBA", (side, side))
    image.paste((*RED[:3], alpha), (inset, inset, side - inset, side - inset))
    return image


@pytest.mark.parametrize("width", [1, 2, 5, 12])
def test_an_outline_is_as_wide_as_it_says(width):
    """Full up to its width and nothing beyond it; the shape itself stays."""
    image = run(square(), "outline", width=width, color="#ffffff")
    row = [image.getpixel((x, 20)) for x in range(40)]
    assert [each[3] for each in row[:12]] == [0] * (12 - width) + [255] * width
    assert set(row[12 - width : 12]) == {WHITE}
    assert set(row[12:28]) == {RED}
    assert image.size == (40, 40)
    steps = [Step("outline", {"width": width})]
    assert resulting_size(Size(40, 40), steps) == Size(40, 40)


def test_an_outline_goes_round_corners_in_an_arc():
    """Its area is that of the square grown by a disc, smooth edges counted."""
    image = run(square(), "outline", width=8, color="#ffffff")
    wanted = 16 * 16 + 4 * 16 * 8 + math.pi * 64
    assert area(image) == pytest.approx(wanted, rel=0.02)
    assert len(set(image.getchannel("A").tobytes())) > 3


def test_an_outline_follows_a_smooth_edge_smoothly():
    """A disc gets a ring whose outer edge is neither ragged nor displaced."""
    big = Image.new("RGBA", (640, 640), (*RED[:3], 0))
    ImageDraw.Draw(big).ellipse((160, 160, 480, 480), fill=RED)
    disc = big.resize((80, 80), Image.Resampling.BOX)
    ring = run(disc, "outline", width=6, color="#ffffff")
    assert area(ring) == pytest.approx(math.pi * 26 * 26, rel=0.02)
    for x in range(80):
        for y in range(80):
            distance = math.dist((x + 0.5, y + 0.5), (40, 40))
            if distance < 25:
                assert alpha_at(ring, x, y) == 255
            elif distance > 27.5:
                assert alpha_at(ring, x, y) == 0


def test_an_outline_leaves_glass_as_transparent_as_it_was():
    """Half-transparent parts inside get no backing; the line around them is full."""
    image = run(square(alpha=128, side=60), "outline", width=3, color="#ffffff")
    assert image.getpixel((30, 30)) == (*RED[:3], 128)
    assert image.getpixel((30, 10)) == WHITE


def test_an_outlines_colour_may_be_transparent():
    """Its alpha counts."""
    image = run(square(), "outline", width=3, color="#ffffff80")
    assert image.getpixel((20, 10)) == (255, 255, 255, 128)
    assert image.getpixel((20, 20)) == RED


@given(st.integers(1, 12), st.integers(1, 12), st.integers(1, 20), st.integers(0, 1))
def test_an_outline_never_changes_what_is_opaque(width, height, line, full):
    """On pictures as small as one pixel, too."""
    image = Image.new("RGBA", (width, height), RED if full else (0, 0, 0, 0))
    image.putpixel((width // 2, height // 2), RED)
    after = run(image, "outline", width=line, color="#ffffff")
    for x in range(width):
        for y in range(height):
            if alpha_at(image, x, y) == 255:
                assert after.getpixel((x, y)) == image.getpixel((x, y))


@given(
    st.sets(st.tuples(st.integers(0, 8), st.integers(0, 5)), max_size=6),
    st.floats(0, 7),
)
def test_an_area_grows_by_exact_distances(points, radius):
    """Every pixel whose centre is within the radius belongs to it, and no other."""
    image = Image.new("L", (9, 6))
    for point in points:
        image.putpixel(point, 255)
    after = grown(image, radius)
    for x in range(9):
        for y in range(6):
            near = any((x - a) ** 2 + (y - b) ** 2 <= radius**2 for a, b in points)
            assert after.getpixel((x, y)) == (255 if near else 0)
