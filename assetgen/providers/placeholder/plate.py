"""Lays out the caption of a picture: what it is, and that it is a placeholder.

Pure but for the table of glyphs. A plate has the same outline in every picture of
the same size, so that the caption of an edit covers the one of its input.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from assetgen.providers.placeholder.lettering import (
    shortened,
    spelled,
    width_of,
    wrapped,
)
from assetgen.providers.placeholder.palette import contrast, mix
from assetgen.providers.placeholder.scene import Box, Layer, Polygon, moved
from assetgen.values import Value, replace

if TYPE_CHECKING:
    from assetgen.providers.placeholder.palette import Palette
    from assetgen.providers.placeholder.scene import Color

TEXT_FROM_PX: Final = 48
"""Shorter sides below this carry no text."""

MARK_FROM_PX: Final = 8
"""Shorter sides below this carry colour only."""

LEAST_CONTRAST: Final = 4.5


class TextRun(Value):
    """One line of text; `x` is its left end and `y` its baseline, in px."""

    text: str
    x: float
    y: float
    size: float
    color: Color


class Plate(Value):
    """Shapes and lines of text, drawn above the picture.

    Attributes:
        top: Where the plate begins; the height of the picture if there is none.
    """

    layers: tuple[Layer, ...]
    runs: tuple[TextRun, ...]
    top: float

    def solid(self) -> Plate:
        """Return the plate without a trace of what lies under it."""
        layers = tuple(replace(each, opacity=255) for each in self.layers)
        return replace(self, layers=layers)

    def at(self, x: float, y: float) -> Plate:
        """Return the plate moved by `x` and `y`."""
        layers = (
            replace(each, shapes=tuple(moved(shape, x, y, 1) for shape in each.shapes))
            for each in self.layers
        )
        runs = (replace(run, x=run.x + x, y=run.y + y) for run in self.runs)
        return Plate(tuple(layers), tuple(runs), self.top + y)


class Wording(Value):
    """What a plate says."""

    title: str
    caption: str
    draw: int


def plate_of(
    words: Wording,
    palette: Palette,
    width: int,
    height: int,
    *,
    compact: bool = False,
) -> Plate:
    """Return the plate of a picture.

    Args:
        words: Title, caption and the number of the draw.
        palette: Of the picture.
        width: Of the picture, in px.
        height: Of the picture, in px.
        compact: Leaves most of the caption out: for pictures without a backdrop.
    """
    short = min(width, height)
    if short < MARK_FROM_PX:
        return Plate((), (), height)
    if short < TEXT_FROM_PX:
        return Plate((_corner(palette, width, short * 0.3),), (), height)
    if width < 300 or height < 110:
        return _strip(words, palette, width, height)
    return _card(words, palette, width, height, compact=compact)


def readable_on(ground: Color, palette: Palette) -> Color:
    """Return the palette's ink or paper, whichever stands out from `ground`."""
    color = max(
        (palette.ink, palette.paper), key=lambda each: (contrast(each, ground), each)
    )
    if contrast(color, ground) >= LEAST_CONTRAST:
        return color
    black, white = (0, 0, 0), (255, 255, 255)
    return max((black, white), key=lambda each: contrast(each, ground))


def _corner(palette: Palette, width: float, side: float) -> Layer:
    """Return the mark of small pictures: a folded corner at the top right."""
    side = max(3.0, side)
    return Layer(
        (Polygon(((width - side, 0), (width, 0), (width, side))),), palette.accent
    )


def _strip(words: Wording, palette: Palette, width: int, height: int) -> Plate:
    """Return a narrow band along the bottom with the title alone."""
    size = float(round(min(max(min(width, height) * 0.15, 9.5), 17.0)))
    pad = size * 0.3
    rows = 2 if height >= size * 10 and width < 300 else 1
    tall = rows * size * 1.15 + pad
    size, lines = _lines_in_strip(spelled(words.title), size, width - 2 * pad, rows)
    top = height - tall
    ground = _ground(palette)
    ink = readable_on(ground, palette)
    first = top + (tall - len(lines) * size * 1.15) / 2 + size * 0.87
    runs = tuple(
        TextRun(line, pad, first + at * size * 1.15, size, ink)
        for at, line in enumerate(lines)
        if line
    )
    band = Layer((Box(0, top, width, height),), ground, 240)
    mark = _corner(palette, width, min(width, height) * 0.18)
    return Plate((band, mark), runs, top)


def _lines_in_strip(
    title: str, size: float, room: float, rows: int
) -> tuple[float, tuple[str, ...]]:
    """Return a size and lines that fit: a long name loses its folders, then size."""
    names = [title, title.rsplit("/", 1)[1]] if "/" in title else [title]
    smaller = [float(each) for each in range(int(size), 7, -1)] or [size]
    for fitting in smaller:
        for name in names:
            lines = wrapped(name, fitting, room, rows)
            if not any(line.endswith("…") for line in lines):
                return fitting, lines
    return size, wrapped(names[-1], size, room, rows)


def _card(
    words: Wording, palette: Palette, width: int, height: int, *, compact: bool
) -> Plate:
    """Return a card with title, the prompt's first words and a badge."""
    size = min(
        width / 20, max(height / 15, min(height / 7, 28.0)), width / 12, height / 5
    )
    size = float(round(max(13.0, size)))
    small = float(round(max(10.0, size * 0.54)))
    pad = size * 0.62
    margin = float(round(min(width, height) * 0.03))
    wide = min(width - 2 * margin, size * 25)
    rows = 1 if compact else 2
    while rows and pad * 2 + size * 1.2 + rows * small * 1.36 + margin > height * 0.5:
        rows -= 1
    tall = pad * 1.8 + size * 1.05 + rows * small * 1.36
    left, top = margin, float(round(height - margin - tall))
    ground = _ground(palette)
    ink = readable_on(ground, palette)
    badge, badge_run, taken = _badge(
        words, palette, left + wide - pad, top + pad, small
    )
    room = wide - 2 * pad
    beside = room - taken - pad if taken < room * 0.45 else room
    captions = wrapped(spelled(words.caption), small, room, rows) if rows else ()
    block = size * 1.05 + len(captions) * small * 1.36
    y = top + (tall - block) / 2 + size * 0.86
    title = _title(spelled(words.title), size, beside)
    runs = [TextRun(title, left + pad, y, size, ink)] if title else []
    soft = mix(ink, ground, 0.22)
    y += small * 0.12
    for at, line in enumerate(captions, 1):
        runs.append(TextRun(line, left + pad, y + at * small * 1.36, small, soft))
    layers = [
        Layer((Box(left, top, left + wide, top + tall, size * 0.45),), ground, 240)
    ]
    if beside < room:
        layers.append(badge)
        runs.append(badge_run)
    else:
        layers.append(_corner(palette, width, min(width, height) * 0.12))
    return Plate(tuple(layers), tuple(runs), top)


def _title(text: str, size: float, room: float) -> str:
    """Return the title on one line; a long name keeps its end."""
    if width_of(text, size) <= room or "/" not in text:
        return shortened(text, size, room)
    return shortened(text.rsplit("/", 1)[1], size, room)


def _badge(
    words: Wording, palette: Palette, right: float, top: float, small: float
) -> tuple[Layer, TextRun, float]:
    """Return the badge, its text and its width; it says which draw this is."""
    size = small * 0.8
    text = "placeholder" if words.draw == 1 else f"placeholder {words.draw}"
    long = width_of(text, size)
    wide, tall = long + size * 1.3, size * 1.75
    pill = Box(right - wide, top, right, top + tall, tall / 2)
    color = readable_on(palette.accent, palette)
    run = TextRun(text, right - wide + size * 0.65, top + size * 1.2, size, color)
    return Layer((pill,), palette.accent), run, wide


def _ground(palette: Palette) -> Color:
    """Return the colour of the plate."""
    return palette.ink if palette.dark else palette.paper
