"""Sizes become places on pages: how the frames of a sprite sheet are arranged; pure.

The same sizes in the same order and the same `Packing` always give the same places.
Nothing overlaps, `padding` lies between any two frames (their extruded edges included),
and nothing leaves its page.

`packed` puts the tallest frames first onto a skyline: the contour of what is there
already, on which each frame takes the lowest place. That wastes a little more than the
best known methods do and is many times faster in Python. A sheet that fits onto one page
gets the smallest of a dozen page widths; one that does not fills whole pages first.
"""

from __future__ import annotations

from math import ceil, isqrt
from typing import TYPE_CHECKING, Final, NamedTuple

from assetgen.errors import AssetFailed
from assetgen.model import Size
from assetgen.values import Value

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from assetgen.model import Packing

_MANY: Final = 2_000
"""From so many frames on, fewer page widths are tried; turning them counts eightfold."""


class Spot(NamedTuple):
    """Where a frame lies on its page.

    Attributes:
        frame: Its position in what was packed.
        x: Of its left edge in px, without what is extruded.
        y: Of its upper edge.
        rotated: Whether it is turned clockwise by 90 degrees.
    """

    frame: int
    x: int
    y: int
    rotated: bool = False


class Page(Value):
    """One picture of a sheet, and what lies on it in the order of the frames."""

    size: Size
    spots: tuple[Spot, ...]


class _Box(NamedTuple):
    """What a frame takes up: itself, its extruded edges, and padding after it."""

    frame: int
    width: int
    height: int


class _Put(NamedTuple):
    """Where a box lies, from the border of its page on."""

    box: _Box
    x: int
    y: int
    rotated: bool = False


# --- limits -------------------------------------------------------------------


def longest_side(how: Packing) -> int:
    """Return how long a page's sides may be, in px."""
    if how.power_of_two:
        return 1 << (how.max_size.bit_length() - 1)
    return how.max_size


def refuse_too_large(name: str, size: Size, how: Packing) -> None:
    """Do nothing where a frame fits onto a page of its own.

    Args:
        name: Of the frame.
        size: After it was trimmed, if it is.
        how: Gives the limits.

    Raises:
        AssetFailed: It does not; both sizes are named.
    """
    side, around = longest_side(how), 2 * (how.extrude + how.border)
    if max(size.width, size.height) + around <= side:
        return
    needs = Size(size.width + around, size.height + around)
    with_edges = f" ({needs} with its edges)" if around else ""
    raise AssetFailed(
        f"the frame `{name}` is {size}{with_edges}, and a page of the sheet is at most "
        f"{side}x{side}",
        hint="raise `max_size`, or make the frame smaller with `process`",
    )


# --- packing ------------------------------------------------------------------


def pack(sizes: Sequence[Size], how: Packing) -> tuple[Page, ...]:
    """Return the pages onto which frames of these sizes go; at least one.

    Args:
        sizes: Of the frames, none of them too large (see `refuse_too_large`).
        how: Their arrangement.

    Raises:
        AssetFailed: They need more pages than `how` allows.
    """
    around = 2 * how.extrude + how.padding
    boxes = [
        _Box(at, size.width + around, size.height + around)
        for at, size in enumerate(sizes)
    ]
    room = longest_side(how) - 2 * how.border + how.padding
    arrange = {"packed": _packed, "grid": _grid, "rows": _rows}[how.layout]
    pages = [_finished(puts, how) for puts in arrange(boxes, room, how)]
    if how.pages is not None and len(pages) > how.pages:
        side = longest_side(how)
        raise AssetFailed(
            f"the {len(sizes)} frames need {len(pages)} pages of {side}x{side}, and "
            f"`pages` allows {how.pages}",
            hint="raise `max_size` or `pages`, or make the frames smaller",
        )
    return tuple(pages)


def _finished(puts: Sequence[_Put], how: Packing) -> Page:
    """Return a page around what lies on it."""
    inset = how.border + how.extrude
    spots = [Spot(p.box.frame, p.x + inset, p.y + inset, p.rotated) for p in puts]
    return Page(_page_size(puts, how), tuple(sorted(spots)))


def _page_size(puts: Sequence[_Put], how: Packing) -> Size:
    width, height = _extent(puts)
    return Size(_side(width, how), _side(height, how))


def _side(extent: int, how: Packing) -> int:
    """Return how long a page's side is that holds boxes up to `extent`."""
    side = max(1, extent - how.padding + 2 * how.border)
    return 1 << (side - 1).bit_length() if how.power_of_two else side


def _extent(puts: Sequence[_Put]) -> tuple[int, int]:
    right = bottom = 0
    for box, x, y, rotated in puts:
        width, height = (box[2], box[1]) if rotated else (box[1], box[2])
        right, bottom = max(right, x + width), max(bottom, y + height)
    return right, bottom


def _rank(puts: Sequence[_Put], how: Packing) -> tuple[int, int]:
    """Return what a page is measured by: the lowest one is the best.

    A long page has to be a good deal smaller than a square one to be taken.
    """
    size = _page_size(puts, how)
    longer = max(size.width, size.height)
    return size.width * size.height + longer**2 // 32, size.height


# --- packed -------------------------------------------------------------------


class _Skyline:
    """The contour of the boxes on a page: where it goes up and down, from the left."""

    def __init__(self, width: int, height: int) -> None:
        self._width, self._height = width, height
        self._steps: list[tuple[int, int]] = [(0, 0)]  # x of a step, y from there on

    def place(self, box: _Box, *, rotate: bool) -> _Put | None:
        """Put a box where it ends highest up, then left; None if it fits nowhere."""
        found = self._lowest(box.width, box.height)
        turned = None
        if rotate and box.width != box.height:
            turned = self._lowest(box.height, box.width)
        if turned is not None and (found is None or turned < found):
            _, _, y, x = turned
            self._raise(x, box.height, y + box.width)
            return _Put(box, x, y, rotated=True)
        if found is None:
            return None
        _, _, y, x = found
        self._raise(x, box.width, y + box.height)
        return _Put(box, x, y)

    def _lowest(self, width: int, height: int) -> tuple[int, int, int, int] | None:
        """Return the best place as (lower edge, wasted area, y, x)."""
        steps, count, best = self._steps, len(self._steps), None
        best_end = self._height
        for first in range(count):
            x = steps[first][0]
            end = x + width
            if end > self._width:
                break
            y, at = 0, first
            while at < count and steps[at][0] < end:
                y = max(y, steps[at][1])
                at += 1
            if y + height > best_end:
                continue
            place = (y + height, self._waste(first, at, y, end), y, x)
            if best is None or place < best:
                best, best_end = place, y + height
        return best

    def _waste(self, first: int, last: int, y: int, end: int) -> int:
        """Return the area under a box at `y` over the steps `first` to `last`."""
        steps, waste = self._steps, 0
        for at in range(first, last):
            right = steps[at + 1][0] if at + 1 < last else end
            waste += (min(right, end) - steps[at][0]) * (y - steps[at][1])
        return waste

    def _raise(self, x: int, width: int, y: int) -> None:
        """Let the contour be at `y` from `x` on for `width`."""
        end = x + width
        before = [step for step in self._steps if step[0] < x]
        under = [step for step in self._steps if x <= step[0] <= end]
        after = [step for step in self._steps if step[0] > end]
        steps = [*before, (x, y)]
        if end < self._width:
            steps.append((end, under[-1][1]))
        steps += after
        kept = steps[:1]
        kept += [
            s for s, left in zip(steps[1:], steps, strict=False) if s[1] != left[1]
        ]
        self._steps = kept


def _packed(boxes: list[_Box], room: int, how: Packing) -> Iterator[list[_Put]]:
    """Yield pages in no order but that of their sizes."""
    rest = sorted(boxes, key=lambda b: (-b.height, -b.width, b.frame))
    if how.rotate:
        rest.sort(key=lambda b: (-max(b[1:]), -min(b[1:]), b.frame))
    while rest:
        whole = _smallest_page(rest, room, how)
        if whole is not None:
            yield whole
            return
        puts, rest = _filled(rest, room, room, how)
        assert puts, "a frame is larger than a page"
        yield puts


def _smallest_page(boxes: list[_Box], room: int, how: Packing) -> list[_Put] | None:
    """Return all boxes on the smallest page found; None if they need several."""
    if sum(b.width * b.height for b in boxes) > room * room:
        return None
    best: list[_Put] | None = None
    for width in _widths(boxes, room, how):
        puts, rest = _filled(boxes, width, room, how)
        if not rest and (best is None or _rank(puts, how) < _rank(best, how)):
            best = puts
    return best


def _filled(
    boxes: list[_Box], width: int, height: int, how: Packing
) -> tuple[list[_Put], list[_Box]]:
    """Return the boxes that go onto one page, and those that do not."""
    line = _Skyline(width, height)
    puts: list[_Put] = []
    rest: list[_Box] = []
    too_large: set[tuple[int, int]] = set()  # a contour only rises
    for box in boxes:
        put = None
        if (box.width, box.height) not in too_large:
            put = line.place(box, rotate=how.rotate)
        if put is None:
            too_large.add((box.width, box.height))
            rest.append(box)
        else:
            puts.append(put)
    return puts, rest


def _widths(boxes: Sequence[_Box], room: int, how: Packing) -> list[int]:
    """Return the page widths to try, in px and ascending."""
    widest = max(min(b[1:]) if how.rotate else b.width for b in boxes)
    if how.power_of_two:
        sides = (1 << power for power in range(longest_side(how).bit_length()))
        rooms = (side - 2 * how.border + how.padding for side in sides)
        return [width for width in rooms if widest <= width <= room]
    ideal = isqrt(sum(b.width * b.height for b in boxes))
    effort = len(boxes) * (8 if how.rotate else 1)
    shares = (100, 110) if effort > _MANY else range(70, 150, 10)
    found = {ideal * share // 100 for share in shares}
    found |= {widest, room, _side_by_side(boxes, ideal)}
    return sorted(width for width in found if widest <= width <= room)


def _side_by_side(boxes: Sequence[_Box], ideal: int) -> int:
    """Return the width of as many boxes, in their order, as fill `ideal` or a bit more.

    Frames of one size fit exactly into multiples of their width only.
    """
    width = 0
    for box in boxes:
        if width >= ideal:
            break
        width += box.width
    return width


# --- in order -----------------------------------------------------------------


def _grid(boxes: list[_Box], room: int, how: Packing) -> Iterator[list[_Put]]:
    """Yield pages of equal cells, filled row by row; frames stand at their upper left."""
    width, height = max(b.width for b in boxes), max(b.height for b in boxes)
    most = max(1, room // width)
    rows_most = max(1, room // height)

    def rank(columns: int) -> tuple[int, int, int, int]:
        rows = min(rows_most, ceil(len(boxes) / columns))
        across, down = _side(columns * width, how), _side(rows * height, how)
        pages = ceil(len(boxes) / (columns * rows))
        return pages, max(across, down), across * down, down

    columns = min(range(1, min(most, len(boxes)) + 1), key=rank)
    per_page = columns * rows_most
    for start in range(0, len(boxes), per_page):
        yield [
            _Put(
                _Box(box.frame, width, height),  # the last column is as wide as others
                at % columns * width,
                at // columns * height,
            )
            for at, box in enumerate(boxes[start : start + per_page])
        ]


def _rows(boxes: list[_Box], room: int, how: Packing) -> Iterator[list[_Put]]:
    """Yield pages of rows, each as high as its tallest frame, in the spec's order."""
    rest = boxes
    while rest:
        best: list[_Put] = []
        for width in _widths(rest, room, how):
            puts = _in_rows(rest, width, room)
            more = len(puts) > len(best)
            if more or (len(puts) == len(best) and _rank(puts, how) < _rank(best, how)):
                best = puts
        assert best, "a frame is larger than a page"
        yield best
        rest = rest[len(best) :]


def _in_rows(boxes: Sequence[_Box], width: int, height: int) -> list[_Put]:
    """Return the first boxes, as many as fit, row by row."""
    puts: list[_Put] = []
    x = y = tallest = 0
    for box in boxes:
        if x + box.width > width:
            x, y, tallest = 0, y + tallest, 0
        tallest = max(tallest, box.height)
        if y + tallest > height:
            break
        puts.append(_Put(box, x, y))
        x += box.width
    return puts
