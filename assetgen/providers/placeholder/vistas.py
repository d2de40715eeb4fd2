"""Compositions that fill the canvas: landscapes, space, towns, patterns, abstracts."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from assetgen.providers.placeholder.palette import mix
from assetgen.providers.placeholder.scene import (
    Box,
    Ellipse,
    Fade,
    Glow,
    Layer,
    Polygon,
    disc,
    moved,
    smooth,
)

if TYPE_CHECKING:
    from assetgen.providers.placeholder.dice import Dice
    from assetgen.providers.placeholder.scene import Point, Shape
    from assetgen.providers.placeholder.stage import Items, Stage


def vista(stage: Stage) -> Items:
    """Return a horizon with a sun or moon and ridges that come nearer."""
    height, palette = stage.height, stage.palette
    dice = stage.dice.fork("vista")
    items = list(_sky(stage, dice))
    jagged = stage.says("mountain", "snow", "ice", "canyon") or dice.below(3) == 0
    sea = stage.says("ocean", "sea", "lake", "beach", "island", "water", "river")
    top = height * dice.share(0.46, 0.58)
    ridges = 2 if sea else 4
    for at in range(ridges):
        level = top + (height - top) * at / ridges * 0.85
        swing = height * (0.13 - 0.018 * at)
        outline = _ridge(stage, dice, level, swing, jagged=jagged and at < 2)
        color = palette.tones[at + 1]
        fill = Fade((mix(color, palette.tones[at], 0.35), color))
        items.append(Layer((outline,), fill))
        if at == 2 and stage.says("forest", "jungle", "tree", "wood", "pine"):
            items.append(Layer(_firs(stage, dice, level), palette.tones[4]))
    if sea:
        items.extend(_sea(stage, dice))
    return tuple(items)


def cosmos(stage: Stage) -> Items:
    """Return deep space: clouds of light, stars, perhaps a planet with a ring."""
    width, height, palette = stage.width, stage.height, stage.palette
    dice = stage.dice.fork("cosmos")
    side = min(width, height)
    lights = (palette.subject, palette.accent, palette.deep, palette.subject)
    items: list[Layer | Glow] = [
        Glow(
            dice.share(0, width),
            dice.share(0, height * 0.9),
            side * dice.share(0.35, 0.65),
            color,
            dice.between(70, 130),
        )
        for color in lights
    ]
    items.extend(_stars(stage, dice, 70))
    if not stage.says("seamless"):
        radius = side * dice.share(0.10, 0.17)
        x = width * dice.pick((0.26, 0.72, 0.5))
        y = height * (1 - stage.foot) * dice.share(0.32, 0.6)
        items.extend(_planet(stage, dice, x, y, radius))
    return tuple(items)


def city(stage: Stage) -> Items:
    """Return a skyline in three depths with lit windows."""
    width, height, palette = stage.width, stage.height, stage.palette
    dice = stage.dice.fork("city")
    items = list(_sky(stage, dice))
    for depth in range(3):
        low = height * (0.60 + 0.11 * depth)
        step = width * (0.055 + 0.025 * depth)
        towers: list[Shape] = []
        windows: list[Shape] = []
        x = -step * dice.share(0, 1)
        while x < width:
            wide = step * dice.share(0.7, 1.3)
            top = low - height * dice.share(0.04, 0.26)
            towers.append(Box(x, top, x + wide, height + 1))
            windows.extend(_windows(dice, x, top, wide, height, lit=depth == 2))
            x += wide * dice.share(0.95, 1.15)
        items.append(Layer(tuple(towers), palette.tones[depth + 2]))
        if windows:
            items.append(Layer(tuple(windows), palette.accent, 200))
    return tuple(items)


def pattern(stage: Stage) -> Items:
    """Return a motif repeated without a seam at the edges."""
    width, height, palette = stage.width, stage.height, stage.palette
    dice = stage.dice.fork("pattern")
    # Very long pictures get larger cells instead of thousands of them.
    side = max(min(width, height) / dice.pick((4, 5, 6)), max(width, height) / 40, 2.0)
    across = max(1, round(width / side))
    down = max(1, round(height / side))
    if down % 2 and down > 1:
        down += 1  # rows are staggered, so that only an even number closes the circle
    cell_x, cell_y = width / across, height / down
    size = min(cell_x, cell_y)
    motif, core = dice.pick(_MOTIFS)
    outer: list[Shape] = []
    inner: list[Shape] = []
    dots: list[Shape] = []
    for row in range(-1, down + 1):
        shift = cell_x / 2 if row % 2 and down > 1 else 0.0
        for column in range(-1, across + 1):
            x, y = (column + 0.5) * cell_x + shift, (row + 0.5) * cell_y
            outer.append(moved(motif, x, y, size))
            inner.append(moved(core, x, y, size))
            dots.append(disc(x + cell_x / 2, y, size * 0.07))
    ground = palette.tones[3 if palette.dark else 0]
    return (
        Layer((Box(0, 0, width, height),), ground),
        Layer(tuple(outer), palette.subject),
        Layer(tuple(inner), palette.spark, 220),
        Layer(tuple(dots), palette.accent),
    )


def abstract(stage: Stage) -> Items:
    """Return calm large shapes: waves, circles or slanted bands."""
    dice = stage.dice.fork("abstract")
    said = stage.says("wave", "gradient", "flow", "banner", "header")
    return (_waves if said else dice.pick((_waves, _circles, _bands)))(stage, dice)


_MOTIFS: tuple[tuple[Shape, Shape], ...] = (
    (disc(0, 0, 0.34), disc(0, 0, 0.16)),
    (Polygon(((0, -0.4), (0.4, 0), (0, 0.4), (-0.4, 0))), Polygon(((0, -0.18), (0.18, 0), (0, 0.18), (-0.18, 0)))),
    (smooth(((0, -0.4), (0.12, -0.12), (0.4, 0), (0.12, 0.12), (0, 0.4), (-0.12, 0.12), (-0.4, 0), (-0.12, -0.12))), disc(0, 0, 0.1)),
    (smooth(((0.3, -0.34), (0.32, 0.06), (-0.02, 0.3), (-0.3, 0.32), (-0.32, -0.04), (0.02, -0.3))), Ellipse(-0.1, -0.1, 0.1, 0.1)),
    (Box(-0.32, -0.32, 0.32, 0.32, 0.12), Box(-0.15, -0.15, 0.15, 0.15, 0.05)),
)  # fmt: skip


def _sky(stage: Stage, dice: Dice) -> Items:
    """Return what hangs in the sky: stars or clouds, a moon or a sun."""
    width, height, palette = stage.width, stage.height, stage.palette
    side = min(width, height)
    x, y = width * dice.share(0.2, 0.8), height * dice.share(0.16, 0.34)
    radius = side * dice.share(0.07, 0.11)
    light = palette.spark if palette.dark else mix(palette.accent, palette.spark, 0.55)
    items: list[Layer | Glow] = [
        Glow(x, y, radius * 4.5, light, 120 if palette.dark else 170),
        Layer((disc(x, y, radius),), light),
    ]
    if palette.dark:
        items.extend(_stars(stage, dice, 40))
        return tuple(items)
    clouds: list[Shape] = []
    for _ in range(dice.between(1, 3)):
        left, top = width * dice.share(-0.1, 0.85), height * dice.share(0.08, 0.34)
        long, thick = side * dice.share(0.2, 0.4), side * 0.035
        clouds.append(Box(left, top, left + long, top + thick, thick / 2))
        clouds.append(
            Box(
                left + long * 0.3,
                top - thick,
                left + long * 0.75,
                top + thick * 0.6,
                thick / 2,
            )
        )
    items.append(Layer(tuple(clouds), palette.paper, 170))
    return tuple(items)


def _stars(stage: Stage, dice: Dice, count: int) -> Items:
    """Return faint and bright stars in the upper part of the canvas."""
    unit = max(1.0, min(stage.width, stage.height) / 1000)
    faint: list[Shape] = []
    bright: list[Shape] = []
    for at in range(count):
        x, y = dice.share(0, stage.width), dice.share(0, stage.height * 0.95)
        if at % 8:
            faint.append(disc(x, y, unit * dice.share(0.7, 1.9)))
        else:
            bright.append(disc(x, y, unit * dice.share(1.8, 3.6)))
    return (
        Layer(tuple(faint), stage.palette.paper, 150),
        Layer(tuple(bright), stage.palette.spark),
    )


def _planet(stage: Stage, dice: Dice, x: float, y: float, radius: float) -> Items:
    """Return a lit ball, with a ring around it more often than not."""
    palette = stage.palette
    flat = radius * dice.share(0.28, 0.42)
    ring = Ellipse(x - radius * 1.75, y - flat, x + radius * 1.75, y + flat)
    gap = Ellipse(x - radius * 1.5, y - flat * 0.72, x + radius * 1.5, y + flat * 0.72)
    ball = Layer(
        (disc(x, y, radius),), Fade((palette.light, palette.subject, palette.deep))
    )
    glow = Glow(x, y, radius * 2.4, palette.light, 90)
    if dice.below(3) == 0:
        return glow, ball
    front = Box(x - radius * 2, y - flat * 2, x + radius * 2, y)
    behind = Layer((ring,), palette.accent, 255, (gap,))
    before = Layer((ring,), palette.accent, 255, (gap, front))
    return glow, behind, ball, before


def _ridge(
    stage: Stage, dice: Dice, level: float, swing: float, *, jagged: bool
) -> Polygon:
    """Return a hill line across the canvas, closed along the bottom."""
    count = 12 if jagged else 6
    step = stage.width / (count - 2)
    offset = dice.share(0, step)
    knots = tuple(
        ((at - 1) * step - offset, level - swing * dice.share(-0.3, 1))
        for at in range(count + 1)
    )
    line = _jag(knots, dice, swing) if jagged else _rounded(knots)
    bottom = stage.height + 1.0
    return Polygon((*line, (line[-1][0], bottom), (line[0][0], bottom)))


def _rounded(knots: tuple[Point, ...]) -> tuple[Point, ...]:
    """Return a soft line through the knots (cosine-like, but only with products)."""
    line: list[Point] = []
    for (x, y), (next_x, next_y) in pairwise(knots):
        for step in range(12):
            t = step / 12
            ease = t * t * (3 - 2 * t)
            line.append((x + (next_x - x) * t, y + (next_y - y) * ease))
    return (*line, knots[-1])


def _jag(knots: tuple[Point, ...], dice: Dice, swing: float) -> tuple[Point, ...]:
    """Return a broken line: peaks and notches between the knots."""
    line: list[Point] = []
    for at, (x, y) in enumerate(knots):
        lift = swing * (0.55 if at % 2 else -0.25)
        line.append((x, y - lift + swing * dice.share(-0.15, 0.15)))
    return tuple(line)


def _firs(stage: Stage, dice: Dice, level: float) -> tuple[Shape, ...]:
    """Return a row of firs."""
    tall = max(stage.height * 0.09, stage.width / 50)
    firs: list[Shape] = []
    x = 0.0
    while x < stage.width:
        high = tall * dice.share(0.6, 1.3)
        foot = level + stage.height * dice.share(0.02, 0.06)
        half = high * 0.22
        firs.append(Polygon(((x - half, foot), (x, foot - high), (x + half, foot))))
        x += half * dice.share(1.2, 3.2)
    return tuple(firs)


def _sea(stage: Stage, dice: Dice) -> Items:
    """Return water in front, with streaks of light on it."""
    width, height, palette = stage.width, stage.height, stage.palette
    top = height * 0.72
    streaks: list[Shape] = []
    for at in range(9):
        y = top + (height - top) * (at + 0.7) / 9.5
        long = width * dice.share(0.06, 0.24)
        left = width * dice.share(-0.05, 0.95)
        thick = max(1.0, height * (0.002 + 0.0007 * at))
        streaks.append(Box(left, y, left + long, y + thick, thick / 2))
    near = palette.tones[3]
    return (
        Layer((Box(0, top, width, height + 1),), Fade((palette.tones[1], near))),
        Layer(tuple(streaks), palette.paper, 120),
    )


def _windows(
    dice: Dice, x: float, top: float, wide: float, height: float, *, lit: bool
) -> list[Shape]:
    """Return the lit windows of a tower; none for the far ones."""
    if not lit:
        return []
    size = wide / 7
    windows: list[Shape] = []
    y = top + size * 1.5
    while y < height and len(windows) < 30:
        for column in (1.0, 3.0, 5.0):
            if dice.below(5) < 2:
                left = x + column * size
                windows.append(Box(left, y, left + size, y + size * 1.2))
        y += size * 2.4
    return windows


def _waves(stage: Stage, dice: Dice) -> Items:
    """Return bands with a soft upper edge that overlap."""
    palette = stage.palette
    items: list[Layer | Glow] = [
        Glow(
            stage.width * dice.share(0.1, 0.9),
            stage.height * 0.2,
            max(stage.width, stage.height) * 0.5,
            palette.accent,
            90,
        )
    ]
    for at in range(4):
        level = stage.height * (0.42 + 0.16 * at)
        outline = _ridge(stage, dice, level, stage.height * 0.2, jagged=False)
        color = palette.tones[at]
        items.append(
            Layer((outline,), Fade((mix(color, palette.light, 0.3), color)), 215)
        )
    return tuple(items)


def _circles(stage: Stage, dice: Dice) -> Items:
    """Return a few large discs that let each other shine through."""
    palette = stage.palette
    side = max(stage.width, stage.height)
    colors = (
        palette.tones[1],
        palette.subject,
        palette.light,
        palette.accent,
        palette.deep,
    )
    items: list[Layer | Glow] = []
    for at, color in enumerate(colors):
        x, y = dice.share(0, stage.width), dice.share(0, stage.height)
        radius = side * dice.share(0.12, 0.34) * (1 - 0.12 * at)
        fill = Fade((mix(color, palette.spark, 0.3), color))
        items.append(Layer((disc(x, y, radius),), fill, 150))
    return tuple(items)


def _bands(stage: Stage, dice: Dice) -> Items:
    """Return slanted bands from corner to corner."""
    palette = stage.palette
    width, height = float(stage.width), float(stage.height)
    lean = height * dice.pick((-0.8, 0.8, 0.5, -0.5))
    items: list[Layer | Glow] = []
    x = width * dice.share(0.05, 0.25)
    for color in (
        palette.tones[0],
        palette.tones[1],
        palette.subject,
        palette.tones[2],
        palette.accent,
    ):
        wide = width * dice.share(0.08, 0.22)
        band = Polygon(
            ((x, 0), (x + wide, 0), (x + wide - lean, height), (x - lean, height))
        )
        items.append(
            Layer((band,), Fade((mix(color, palette.spark, 0.25), color)), 205)
        )
        x += wide * dice.share(0.75, 1.15)
    return tuple(items)
