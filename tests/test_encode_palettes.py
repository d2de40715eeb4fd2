"""Palettes: exact where they can be, as small as asked where they cannot."""

from __future__ import annotations

import io
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageChops, ImageStat

from assetgen.model import Output
from assetgen.transforms.encode import encode
from assetgen.transforms.opening import open_picture
from assetgen.transforms.palettes import exact_palette, reduced_palette


def output(path, **words):
    """Return an output with the format of its suffix."""
    return Output(target="web", path=path, format=path.rpartition(".")[2], **words)


def soft_disc(side=64):
    """Return a picture of many colours with a soft rim."""
    ramp = Image.linear_gradient("L").resize((side, side))
    alpha = Image.radial_gradient("L").resize((side, side))
    alpha = alpha.point([max(0, min(255, 5 * (200 - far))) for far in range(256)])
    return Image.merge("RGBA", (ramp, ramp.rotate(90), ramp.rotate(180), alpha))


pixels = st.tuples(*[st.sampled_from([0, 1, 2, 3, 127, 128, 254, 255])] * 4)


@given(
    palette=st.lists(pixels, min_size=1, max_size=256, unique=True),
    picks=st.lists(st.integers(0, 255), min_size=1, max_size=300),
)
def test_a_png_of_few_colours_holds_every_pixel(palette, picks):
    """Also close colours, half-transparent ones, and those below nothing."""
    colors = [palette[pick % len(palette)] for pick in picks]
    image = Image.new("RGBA", (len(colors), 1))
    image.putdata(colors)
    data = encode(image, output("a.png"))
    assert open_picture(data).tobytes() == image.tobytes()
    assert Image.open(io.BytesIO(data)).mode == "P"


def test_a_png_of_257_colours_stays_in_full_colour():
    """A palette never costs a colour unless somebody asked."""
    image = Image.new("RGBA", (257, 1))
    image.putdata([(at % 256, at // 256, 0, 255) for at in range(257)])
    assert exact_palette(image) is None
    data = encode(image, output("a.png"))
    assert open_picture(data).tobytes() == image.tobytes()


def test_a_palette_makes_the_file_of_a_flat_picture_smaller():
    """That is what it is for."""
    image = soft_disc().quantize(16).convert("RGBA")
    plain = io.BytesIO()
    image.save(plain, "PNG", optimize=True)
    assert len(encode(image, output("a.png"))) < 0.8 * len(plain.getvalue())


def test_colors_leaves_at_most_so_many_and_soft_edges():
    """Transparent pixels stay transparent, solid ones solid; edges are soft from 64 up."""
    image = soft_disc()
    for colors in (2, 7, 16, 63, 64, 127, 128, 255, 256):
        data = encode(image, output("a.png", colors=colors))
        found = open_picture(data)
        assert len(found.getcolors(256)) <= colors
        assert Image.open(io.BytesIO(data)).mode == "P"
        levels = found.getchannel("A").histogram()
        steps = sum(1 for count in levels[1:255] if count)
        assert steps == (0 if colors < 64 else 3 if colors < 128 else 5)
        alpha = found.getchannel("A")
        for level in (0, 255):
            there = image.getchannel("A").point(
                [255 * (a == level) for a in range(256)]
            )
            still = Image.composite(alpha, Image.new("L", image.size, level), there)
            assert still.getextrema() == (level, level)


@pytest.mark.parametrize(("colors", "db"), [(16, 18), (64, 23), (256, 26)])
def test_colors_keep_a_picture_recognizable(colors, db):
    """No area turns into another colour or into nothing."""
    image = soft_disc()
    found = open_picture(encode(image, output("a.png", colors=colors)))
    for level in (0, 255):
        ground = Image.new("RGBA", image.size, (level, level, level, 255))
        one, other = (Image.alpha_composite(ground, each) for each in (image, found))
        stat = ImageStat.Stat(ImageChops.difference(one, other).convert("RGB"))
        mean = sum(stat.sum2) / sum(stat.count)
        assert 10 * math.log10(255 * 255 / mean) > db


def test_colors_of_an_opaque_picture_leave_it_opaque():
    """No transparency comes in by the palette."""
    image = soft_disc()
    image.putalpha(255)
    paletted = reduced_palette(image, 32)
    assert paletted.alphas == b""
    assert len(paletted.image.convert("RGB").getcolors(256)) <= 32


def test_colors_of_a_gif_count_its_transparent_entry():
    """A gif of 8 colours has seven that are seen."""
    data = encode(soft_disc(), output("a.gif", colors=8))
    assert len(open_picture(data).getcolors(256)) <= 8
