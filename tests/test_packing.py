"""Frames on pages: whatever the sizes and the options, the arrangement is sound."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assetgen.errors import AssetFailed
from assetgen.model import Packing, Size
from assetgen.packing import longest_side, pack, refuse_too_large
from assetgen.values import replace

sides = st.integers(1, 60)
sizes = st.lists(st.builds(Size, sides, sides), min_size=1, max_size=40)
packings = st.builds(
    Packing,
    padding=st.integers(0, 9),
    extrude=st.integers(0, 3),
    border=st.integers(0, 9),
    max_size=st.sampled_from((84, 100, 128, 300, 1000)),
    power_of_two=st.booleans(),
    rotate=st.booleans(),
    layout=st.sampled_from(("packed", "grid", "rows")),
)


def fits(frames, how):
    """Return whether every frame has room on a page of its own."""
    try:
        for size in frames:
            refuse_too_large("frame", size, how)
    except AssetFailed:
        return False
    return True


def areas(page, frames, how):
    """Return what each frame takes up on a page, its extruded edges included."""
    found = []
    for spot in page.spots:
        size = frames[spot.frame]
        wide, high = size.width, size.height
        if spot.rotated:
            wide, high = high, wide
        e = how.extrude
        found.append((spot.x - e, spot.y - e, spot.x + wide + e, spot.y + high + e))
    return found


@given(sizes, packings)
def test_frames_lie_apart_inside_their_pages_and_none_is_missing(frames, how):
    """The law of every packer, for all layouts and options at once."""
    if not fits(frames, how):
        return
    pages = pack(frames, how)
    placed = [spot.frame for page in pages for spot in page.spots]
    assert sorted(placed) == list(range(len(frames)))
    for page in pages:
        assert max(page.size.width, page.size.height) <= longest_side(how)
        boxes = areas(page, frames, how)
        for x, y, right, bottom in boxes:
            assert x >= how.border
            assert y >= how.border
            assert right <= page.size.width - how.border
            assert bottom <= page.size.height - how.border
        for at, one in enumerate(boxes):
            for other in boxes[at + 1 :]:
                beside = max(one[0] - other[2], other[0] - one[2])
                above = max(one[1] - other[3], other[1] - one[3])
                assert max(beside, above) >= how.padding
        if how.power_of_two:
            assert page.size.width.bit_count() == page.size.height.bit_count() == 1


@given(sizes, packings)
def test_the_same_frames_are_always_arranged_alike(frames, how):
    """Nothing but sizes, their order and the options decides."""
    if fits(frames, how):
        assert pack(frames, how) == pack(list(frames), replace(how))


@given(sizes, packings)
def test_frames_are_turned_only_where_that_is_asked_for(frames, how):
    """Many engines cannot show turned frames."""
    if fits(frames, how):
        spots = [spot for page in pack(frames, how) for spot in page.spots]
        may = how.rotate and how.layout == "packed"
        assert may or not any(spot.rotated for spot in spots)


@given(sizes, st.sampled_from(("grid", "rows")), st.integers(60, 300))
def test_a_grid_and_rows_keep_the_order(frames, layout, max_size):
    """Reading the pages from the upper left gives the frames as they were declared."""
    pages = pack(frames, Packing(layout=layout, max_size=max_size))
    read = [
        spot.frame
        for page in pages
        for spot in sorted(page.spots, key=lambda spot: (spot.y, spot.x))
    ]
    assert read == list(range(len(frames)))


def test_a_grid_has_equal_cells():
    """As wide as the widest frame and as high as the highest."""
    frames = [Size(10, 4), Size(6, 12), Size(8, 8), Size(1, 1)]
    (page,) = pack(frames, Packing(layout="grid"))
    assert page.size == Size(20, 24)
    assert [(s.x, s.y) for s in page.spots] == [(0, 0), (10, 0), (0, 12), (10, 12)]


def test_equal_frames_leave_no_gap():
    """64 frames of 32x32 are 256x256, to the pixel, in any layout."""
    for layout in ("packed", "grid", "rows"):
        (page,) = pack([Size(32, 32)] * 64, Packing(layout=layout))
        assert page.size == Size(256, 256)


def test_a_thousand_frames_fill_most_of_their_page():
    """Space is memory on the player's card."""
    dice = random.Random(7)
    frames = [Size(dice.randint(8, 64), dice.randint(8, 64)) for _ in range(1000)]
    (page,) = pack(frames, Packing())
    used = sum(size.width * size.height for size in frames)
    assert used / (page.size.width * page.size.height) > 0.9


def test_turning_saves_space():
    """Long frames lie beside upright ones."""
    frames = [Size(10, 40), Size(40, 10)]
    how = Packing(max_size=40)
    assert len(pack(frames, how)) == 2
    (page,) = pack(frames, replace(how, rotate=True))
    assert sum(spot.rotated for spot in page.spots) == 1


def test_what_does_not_fit_goes_to_further_pages():
    """All pages but the last are filled first."""
    pages = pack([Size(30, 30)] * 10, Packing(max_size=64))
    assert [len(page.spots) for page in pages] == [4, 4, 2]
    assert all(len(one.spots) >= len(two.spots) for one, two in pairwise(pages))


def test_too_many_pages_are_an_error():
    """It says how many it takes."""
    with pytest.raises(AssetFailed) as caught:
        pack([Size(30, 30)] * 10, Packing(max_size=64, pages=1))
    assert "10 frames need 3 pages of 64x64" in caught.value.message


def test_pages_have_a_limit_of_their_own():
    """A slip in `max_size` must not fill a folder."""
    with pytest.raises(AssetFailed, match="1001 pages"):
        pack([Size(2, 2)] * 1001, Packing(max_size=2))


@pytest.mark.parametrize(
    ("size", "how", "said"),
    [
        (Size(65, 9), Packing(max_size=64), ("65x9", "64x64")),
        (Size(64, 9), Packing(max_size=64, border=1), ("64x9", "66x11", "64x64")),
        (Size(64, 9), Packing(max_size=64, extrude=1), ("64x9", "66x11", "64x64")),
        (Size(65, 9), Packing(max_size=100, power_of_two=True), ("65x9", "64x64")),
    ],
)
def test_a_frame_that_is_too_large_names_both_sizes(size, how, said):
    """Borders and extruded edges count; a power of two is rounded down."""
    with pytest.raises(AssetFailed) as caught:
        refuse_too_large("big", size, how)
    assert all(word in caught.value.message for word in ("`big`", *said))
    refuse_too_large("big", Size(1, 1), how)
