"""Compositions around one subject: emblems, figures and sprites."""

from __future__ import annotations

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
from assetgen.providers.placeholder.silhouettes import (
    THINGS,
    Part,
    mirrored,
    thing_named,
)

if TYPE_CHECKING:
    from assetgen.providers.placeholder.palette import Palette
    from assetgen.providers.placeholder.scene import Fill, Shape
    from assetgen.providers.placeholder.silhouettes import Role
    from assetgen.providers.placeholder.stage import Items, Stage

_CHANCE_THINGS = ("star", "gem", "leaf", "bolt", "planet", "flame", "moon")


def emblem(stage: Stage) -> Items:
    """Return a thing on a plate, or the thing alone on a bare stage."""
    parts = thing_named(stage.words)
    if parts is None:
        if stage.coarse:
            return sprite(stage)
        parts = THINGS[stage.dice.fork("thing").pick(_CHANCE_THINGS)]
    x, y = stage.center
    side = stage.short
    items: list[Layer | Glow] = []
    scale = side / 100 * (0.86 if stage.bare else 0.56)
    if not stage.bare:
        items.extend(_plate_behind(stage, x, y, side))
    items.extend(parts_of(parts, stage.palette, x, y, scale))
    return tuple(items)


def figure(stage: Stage) -> Items:
    """Return head and shoulders of somebody, built from what the words say."""
    if stage.coarse and stage.says("monster", "creature", "slime", "enemy", "invader"):
        return sprite(stage)
    x, y = stage.center
    side = stage.short
    items: list[Layer | Glow] = []
    if not stage.bare:
        palette = stage.palette
        items.append(Glow(x, y, side * 0.75, palette.spark, 110))
        items.append(Layer((disc(x, y, side * 0.43),), _soft(palette)))
    scale = side / 100 * (0.95 if stage.bare else 0.78)
    items.extend(parts_of(_somebody(stage), stage.palette, x, y, scale))
    return tuple(items)


def sprite(stage: Stage) -> Items:
    """Return a symmetric creature of cells."""
    dice = stage.dice.fork("sprite")
    columns, rows = dice.pick((4, 5)), dice.pick((8, 9, 10))
    cell = stage.short * 0.8 / rows
    if stage.coarse:
        cell = max(1.0, stage.short * 0.98 // rows)
    x, y = stage.center
    x, y = float(round(x)), float(round(y - rows * cell / 2))
    body: list[Shape] = []
    shade: list[Shape] = []
    lit: list[Shape] = []
    for row in range(rows):
        for column in range(columns):
            edge = column + abs(row - rows // 2)
            if dice.below(10) < max(1, edge * 2 - 4):
                continue
            group = dice.pick((body, body, body, shade, lit))
            for left in (x + column * cell, x - (column + 1) * cell):
                top = y + row * cell
                group.append(Box(left, top, left + cell, top + cell))
    eyes = y + max(1, rows // 3) * cell
    pupils: list[Shape] = [
        Box(left, eyes, left + cell, eyes + cell) for left in (x + cell, x - 2 * cell)
    ]
    palette = stage.palette
    groups = (
        (body, palette.subject),
        (shade, palette.deep),
        (lit, palette.light),
        (pupils, palette.ink),
    )
    return tuple(Layer(tuple(group), color) for group, color in groups if group)


def _plate_behind(stage: Stage, x: float, y: float, side: float) -> Items:
    """Return the soft shape that an emblem lies on."""
    palette, dice = stage.palette, stage.dice.fork("plate")
    fill = _soft(palette)
    half = side * 0.40
    shape: Shape = dice.pick(
        (
            disc(x, y, half * 1.04),
            Box(x - half, y - half, x + half, y + half, half * 0.45),
            moved(_HEXAGON, x, y, half / 44),
            moved(_BLOSSOM, x, y, half / 44),
        )
    )
    shade = moved(shape, 0, side * 0.022, 1)
    dust = tuple(
        disc(dice.share(0, stage.width), dice.share(0, stage.height), side * size)
        for size in (0.012, 0.02, 0.008, 0.016, 0.01, 0.024)
    )
    return (
        Glow(x, y, side * 0.8, palette.spark, 130),
        Layer(dust, palette.accent, 90),
        Layer((shade,), palette.deep, 70),
        Layer((shape,), fill),
    )


def _soft(palette: Palette) -> Fade:
    """Return the quiet fade that subjects stand out from."""
    if palette.dark:
        return Fade((palette.tones[0], palette.tones[2]))
    pale, full = mix(palette.tones[0], palette.paper, 0.55), palette.tones[0]
    return Fade((pale, mix(full, palette.light, 0.25)))


_HEXAGON = Polygon(((0, -48), (41, -24), (41, 24), (0, 48), (-41, 24), (-41, -24)))
_BLOSSOM = smooth(
    ((0, -48), (20, -40), (44, -34), (41, -12), (46, 12), (34, 34), (12, 40), (-10, 48),
     (-28, 38), (-45, 22), (-41, 0), (-44, -24), (-26, -36)),
)  # fmt: skip


def parts_of(
    parts: tuple[Part, ...], palette: Palette, x: float, y: float, scale: float
) -> Items:
    """Return the parts of a thing around a point, in the palette's colours."""
    return tuple(
        Layer(
            tuple(moved(shape, x, y, scale) for shape in part.shapes),
            _fill(part.role, palette),
        )
        for part in parts
    )


def _fill(role: Role, palette: Palette) -> Fill:
    """Return how a part of that role is painted."""
    match role:
        case "subject":
            return Fade((mix(palette.subject, palette.light, 0.35), palette.subject))
        case "light":
            return Fade((mix(palette.light, palette.spark, 0.35), palette.light))
        case "deep":
            return palette.deep
        case "accent":
            return palette.accent
        case "spark":
            return palette.spark
        case "ink":
            return palette.ink


def _somebody(stage: Stage) -> tuple[Part, ...]:
    """Return head and shoulders of whomever the words call for."""
    dice = stage.dice.fork("somebody")
    wide = dice.between(-2, 2)
    apart = dice.pick((9.5, 11.0))
    body = mirrored((0, 20), (18, 22), (33, 32), (37, 50), (18, 51), (0, 51))
    shoulders = (
        Part("deep", (smooth(body),)),
        Part("accent", (smooth(mirrored((0, 22), (14, 21), (9, 30), (0, 34))),)),
    )
    if stage.says("alien", "monster", "creature", "slime", "enemy", "invader"):
        return (*shoulders, *_stranger(wide, dice.between(-3, 3)))
    if stage.says("robot", "android", "cyborg"):
        return (*shoulders, *_robot(apart))
    ears = _ears(stage)
    if ears:
        return (*shoulders, *ears, *_animal_face(_face(wide), apart))
    return (*shoulders, *_person(wide, apart))


def _face(wide: int) -> tuple[tuple[float, float], ...]:
    """Return the outline of a round face."""
    right = ((0, -34), (18 + wide, -30), (29 + wide, -12), (26 + wide, 8), (13, 20))
    return mirrored(*right, (0, 22))


def _person(wide: int, apart: float) -> tuple[Part, ...]:
    """Return a face under a mop of hair."""
    hair = smooth(
        ((-31, -4), (-32, -26), (-14, -42), (10, -42), (31, -28), (32, -4),
         (26, -14), (8, -24), (-16, -20), (-26, -12)),
    )  # fmt: skip
    face = Part("light", (smooth(_face(wide)),))
    return (face, Part("ink", (hair,)), *_small_eyes(apart))


def _stranger(wide: int, lean: int) -> tuple[Part, ...]:
    """Return the large head of somebody from far away."""
    right = ((0, -40), (22, -36), (36 + wide, -18), (28, 4), (12, 20), (0, 24))
    head = Part("subject", (smooth(mirrored(*right)),))
    return (*_antennae(lean), head, *_big_eyes())


def _robot(apart: float) -> tuple[Part, ...]:
    """Return a head of sheet metal."""
    aerial = (Box(-2, -44, 2, -32), disc(0, -45, 4), Box(-35, -14, 35, 4, 4))
    return (
        Part("deep", aerial),
        Part("subject", (Box(-29, -32, 29, 20, 8),)),
        Part("ink", (Box(-22, -20, 22, 0, 8),)),
        Part("accent", (disc(-apart, -10, 4.5), disc(apart, -10, 4.5))),
        Part("light", (Box(-12, 8, 12, 12, 2),)),
    )


def _ears(stage: Stage) -> tuple[Part, ...]:
    """Return the ears of the animal that the words name; nothing for people."""
    if stage.says("bunny", "rabbit", "hare"):
        outer = (Ellipse(-24, -52, -8, -16), Ellipse(8, -52, 24, -16))
        inner = (Ellipse(-20, -46, -12, -20), Ellipse(12, -46, 20, -20))
        return (Part("subject", outer), Part("spark", inner))
    if stage.says("bear", "panda", "mouse", "monkey"):
        return (Part("deep", (disc(-23, -28, 11), disc(23, -28, 11))),)
    if stage.says("cat", "kitten", "kitty", "fox", "wolf", "dog", "puppy"):
        return _pointed_ears(stage)
    return ()


def _antennae(lean: int) -> tuple[Part, ...]:
    """Return two thin stalks with a ball each."""
    stalks = (
        Polygon(((-10, -34), (-19 + lean, -48), (-17 + lean, -49), (-7, -35))),
        Polygon(((10, -34), (19 + lean, -48), (17 + lean, -49), (7, -35))),
    )
    return (
        Part("deep", stalks),
        Part("accent", (disc(-18 + lean, -48, 4.5), disc(18 + lean, -48, 4.5))),
    )


def _big_eyes() -> tuple[Part, ...]:
    """Return the large slanted eyes of somebody from far away."""
    left = smooth(((-6, -2), (-9, -14), (-22, -20), (-25, -10), (-16, 1)))
    right = smooth(((6, -2), (9, -14), (22, -20), (25, -10), (16, 1)))
    return (
        Part("ink", (left, right)),
        Part("spark", (disc(-18, -13, 2.6), disc(13, -13, 2.6))),
        Part("deep", (Ellipse(-5, 10, 5, 13),)),
    )


def _small_eyes(apart: float) -> tuple[Part, ...]:
    """Return two dots and a calm mouth."""
    return (
        Part("ink", (disc(-apart, -3, 2.6), disc(apart, -3, 2.6))),
        Part("accent", (Ellipse(-5, 9, 5, 12),)),
    )


def _animal_face(
    outline: tuple[tuple[float, float], ...], apart: float
) -> tuple[Part, ...]:
    """Return a furry face: muzzle, eyes with a glint, a nose."""
    return (
        Part("subject", (smooth(outline),)),
        Part("light", (Ellipse(-13, 2, 13, 19),)),
        Part(
            "ink",
            (
                Ellipse(-apart - 5, -14, -apart + 4, -2),
                Ellipse(apart - 4, -14, apart + 5, -2),
            ),
        ),
        Part("spark", (disc(-apart - 1, -10.5, 1.7), disc(apart - 1, -10.5, 1.7))),
        Part("accent", (Polygon(((-4, 3), (4, 3), (0, 8))),)),
    )


def _pointed_ears(stage: Stage) -> tuple[Part, ...]:
    """Return the ears of a cat, or hanging ones for a dog."""
    if stage.says("dog", "puppy"):
        hanging = (
            smooth(
                ((-20, -32), (-32, -30), (-41, -6), (-35, 10), (-26, 0), (-22, -16))
            ),
            smooth(((20, -32), (32, -30), (41, -6), (35, 10), (26, 0), (22, -16))),
        )
        return (Part("deep", hanging),)
    outer = (
        Polygon(((-31, -10), (-30, -50), (-6, -32))),
        Polygon(((31, -10), (30, -50), (6, -32))),
    )
    inner = (
        Polygon(((-27, -22), (-27, -43), (-13, -32))),
        Polygon(((27, -22), (27, -43), (13, -32))),
    )
    return (Part("subject", outer), Part("accent", inner))
