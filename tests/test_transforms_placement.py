"""Sizes and positions, without a picture."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assetgen.errors import AssetFailed
from assetgen.model import Extend, Length, Output, Size, Step
from assetgen.transforms.extending import extend_canvas
from assetgen.transforms.placement import ANCHORS, anchored, fit_picture, length_px
from assetgen.transforms.sizing import icon_sides, output_size, resulting_size

sides = st.integers(1, 5000)
sizes = st.builds(Size, sides, sides)
anchors = st.sampled_from(sorted(ANCHORS))


def output(path: str = "a.png", **words: object) -> Output:
    """Return an output with the format of its suffix."""
    return Output(target="web", path=path, format=path.rpartition(".")[2], **words)


@given(sizes, sizes, anchors)
def test_an_anchored_picture_touches_what_its_anchor_names(inner, outer, anchor):
    """Corners touch two edges, sides one."""
    left, top = anchored(anchor, inner, outer)
    if "left" in anchor:
        assert left == 0
    if "right" in anchor:
        assert left + inner.width == outer.width
    if "top" in anchor:
        assert top == 0
    if "bottom" in anchor:
        assert top + inner.height == outer.height
    if anchor == "center":
        assert abs(2 * left + inner.width - outer.width) <= 1


@given(sizes, sizes, st.sampled_from(["cover", "contain", "fill"]), anchors)
def test_cover_contain_and_fill_give_the_size_that_was_asked(size, wanted, fit, anchor):
    """The canvas is exact, and the drawn part lies on it."""
    fitting = fit_picture(size, wanted.width, wanted.height, fit, anchor)
    assert fitting.canvas == wanted
    x, y = fitting.offset
    assert min(x, y) >= 0
    assert x + fitting.drawn.width <= wanted.width
    assert y + fitting.drawn.height <= wanted.height


@given(sizes, sizes)
def test_inside_is_never_larger_and_outside_never_smaller(size, wanted):
    """Both touch the box in at least one direction."""
    inside = fit_picture(size, wanted.width, wanted.height, "inside", "center").canvas
    outside = fit_picture(size, wanted.width, wanted.height, "outside", "center").canvas
    assert inside.width <= wanted.width
    assert inside.height <= wanted.height
    assert outside.width >= wanted.width
    assert outside.height >= wanted.height
    for got in (inside, outside):
        assert got.width == wanted.width or got.height == wanted.height


@given(sizes, sizes, anchors)
def test_cover_takes_its_region_from_inside_the_picture(size, wanted, anchor):
    """Nothing beyond the border is ever sampled."""
    left, top, right, bottom = fit_picture(
        size, wanted.width, wanted.height, "cover", anchor
    ).region
    assert left >= 0
    assert top >= 0
    assert right <= size.width + 1e-6
    assert bottom <= size.height + 1e-6


@given(sizes, st.sampled_from(["cover", "contain", "inside", "fill", "outside"]))
def test_a_picture_fits_into_its_own_size_without_enlarging(size, fit):
    """Rounding alone never counts as enlarging."""
    assert not fit_picture(size, size.width, size.height, fit, "center").enlarges
    assert not fit_picture(size, size.width, None, fit, "center").enlarges


@given(sizes, sides)
def test_one_side_alone_keeps_the_proportions(size, width):
    """To the nearest pixel, and never below one."""
    got = fit_picture(size, width, None, "cover", "center").canvas
    assert got.width == width
    assert abs(got.height - size.height * width / size.width) <= 0.5 or got.height == 1


def test_percent_are_of_the_whole_and_round_half_up():
    """One rule of rounding everywhere."""
    assert length_px(Length(25, percent=True), 10) == 3
    assert length_px(Length(50, percent=True), 101) == 51
    assert length_px(Length(7), 1000) == 7


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ([], Size(100, 60)),
        ([Step("rotate", {"degrees": 90})], Size(60, 100)),
        ([Step("rotate", {"degrees": -180})], Size(100, 60)),
        ([Step("resize", {"width": 50})], Size(50, 30)),
        ([Step("resize", {"width": "50%", "height": "50%"})], Size(50, 30)),
        ([Step("pad", {"all": "10%"})], Size(120, 72)),
        ([Step("pad", {"left": 1, "bottom": 2})], Size(101, 62)),
        ([Step("crop", {"ratio": "1:1"})], Size(60, 60)),
        ([Step("crop", {"x": 10, "y": 10, "width": "50%"})], Size(50, 50)),
        ([Step("pixelate", {"grid": 10, "scale": 3})], Size(30, 18)),
        ([Step("trim", {})], None),
        ([Step("trim", {}), Step("resize", {"width": 8, "height": 8})], Size(8, 8)),
        ([Step("trim", {}), Step("resize", {"width": 8})], None),
        ([Step("trim", {}), Step("pad", {"to": "99x99"})], Size(99, 99)),
        (
            [Step("grayscale", {}), Step("flip", {"direction": "vertical"})],
            Size(100, 60),
        ),
    ],
)
def test_the_size_after_steps_is_known_without_the_picture(steps, expected):
    """Only what the pixels decide is left open."""
    assert resulting_size(Size(100, 60), steps) == expected


@pytest.mark.parametrize(
    ("step", "said"),
    [
        (Step("resize", {"width": 200}), "100x60 would be enlarged to 200x120"),
        (Step("resize", {"height": 61, "width": 10, "fit": "cover"}), "enlarged"),
        (Step("resize", {}), "needs"),
        (Step("crop", {"x": 90, "width": 20, "height": 5}), "beyond"),
        (Step("pad", {"to": "99x99"}), "cut"),
        (Step("pad", {"left": -5}), "cannot take away"),
        (Step("pad", {"all": 9000}), "too large"),
        (Step("rotate", {"degrees": 45}), "rotate"),
        (Step("pixelate", {"grid": 101}), "101 cells"),
        (Step("resize", {"width": 5, "height": 5, "fit": "stretch"}), "unknown fit"),
        (Step("resize", {"width": 5, "height": 5, "position": "up"}), "position"),
    ],
)
def test_what_cannot_work_is_said_while_planning(step, said):
    """Before anything is paid."""
    with pytest.raises(AssetFailed, match=said):
        resulting_size(Size(100, 60), [step])


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ({}, Size(100, 60)),
        ({"width": 50}, Size(50, 30)),
        ({"height": 30}, Size(50, 30)),
        ({"width": 20, "height": 20}, Size(20, 20)),
        ({"width": 20, "height": 20, "fit": "inside"}, Size(20, 12)),
        ({"density": (1, 3)}, Size(33, 20)),
        ({"density": (3, 3)}, Size(100, 60)),
        ({"width": 200, "enlarge": True}, Size(200, 120)),
        ({"path": "a.ico"}, Size(100, 100)),
        ({"process": (Step("trim", {}),)}, None),
    ],
)
def test_the_size_of_an_output_is_known_without_the_picture(words, expected):
    """Width, height, fit and density, in that order of the reference."""
    assert output_size(Size(100, 60), output(**words)) == expected


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ({"width": 101}, "100x60 would be enlarged to 101x61"),
        ({"path": "a.jpg", "width": 9, "height": 9, "fit": "contain"}, "jpg has no"),
        (
            {"path": "a.webp", "width": 16_384, "height": 9, "enlarge": True},
            "too large for webp",
        ),
    ],
)
def test_an_output_that_cannot_be_made_is_refused_while_planning(words, said):
    """With the sizes, and what to do."""
    with pytest.raises(AssetFailed, match=said):
        output_size(Size(100, 60), output(**words))


@given(sizes)
def test_icons_hold_no_picture_larger_than_their_source(size):
    """Nor one above 256 px."""
    made = icon_sides(size)
    assert list(made) == sorted(set(made))
    assert made[-1] == min(256, max(size.width, size.height))


def test_extending_by_percent_and_sides_gives_one_geometry():
    """Percent of left and right are of the width, of top and bottom of the height."""
    geometry = extend_canvas(
        Size(100, 60),
        Extend(left=Length(10, percent=True), bottom=Length(50, percent=True)),
        grid=16,
    )
    assert geometry.offset == (10, 0)
    assert geometry.wanted == Size(110, 90)
    assert geometry.canvas == Size(112, 96)


@pytest.mark.parametrize(
    ("extend", "said"),
    [
        (Extend(), "adds nothing"),
        (Extend(to=Size(100, 59)), "would cut"),
        (Extend(left=Length(-1), right=Length(5)), "cannot take away"),
    ],
)
def test_extending_by_nothing_or_less_is_refused(extend, said):
    """Before anything is paid."""
    with pytest.raises(AssetFailed, match=said):
        extend_canvas(Size(100, 60), extend)


def test_planning_modules_do_not_import_pil():
    """Start-up is a feature."""
    code = (
        "import sys, assetgen.transforms.versions, assetgen.transforms.sizing,"
        " assetgen.transforms.opening, assetgen.transforms.extending;"
        "sys.exit('PIL' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
