"""Things that prompts often ask for, as a few shapes each.

Every thing lies in the square from -50 to 50, y down. A part has a role, which the
composition turns into a colour of the palette.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from assetgen.providers.placeholder.scene import (
    Box,
    Ellipse,
    Polygon,
    Shape,
    disc,
    smooth,
)
from assetgen.values import Value

if TYPE_CHECKING:
    from assetgen.providers.placeholder.scene import Point

Role: TypeAlias = Literal["subject", "light", "deep", "accent", "spark", "ink"]


class Part(Value):
    """Shapes of one role."""

    role: Role
    shapes: tuple[Shape, ...]


def mirrored(*right: Point) -> tuple[Point, ...]:
    """Return a whole outline from its right half, given from top to bottom."""
    left = [(-x, y) for x, y in reversed(right) if x]
    return (*right, *left)


def _poly(*points: Point) -> Polygon:
    return Polygon(points)


def _star(points: int, outer: float, inner: float, y: float = 0) -> Polygon:
    """Return a star; its corners come from a table, not from sines."""
    table = _UNIT[points]
    outline = [
        (x * (inner if index % 2 else outer), dy * (inner if index % 2 else outer) + y)
        for index, (x, dy) in enumerate(table)
    ]
    return Polygon(tuple(outline))


_UNIT: Final[dict[int, tuple[Point, ...]]] = {
    4: ((0, -1), (0.7071, -0.7071), (1, 0), (0.7071, 0.7071), (0, 1), (-0.7071, 0.7071), (-1, 0), (-0.7071, -0.7071)),
    5: ((0, -1), (0.5878, -0.809), (0.9511, -0.309), (0.9511, 0.309), (0.5878, 0.809), (0, 1), (-0.5878, 0.809), (-0.9511, 0.309), (-0.9511, -0.309), (-0.5878, -0.809)),
}  # fmt: skip

THINGS: Final[dict[str, tuple[Part, ...]]] = {
    "rocket": (
        Part("accent", (_poly((-9, 27), (9, 27), (5, 40), (0, 50), (-5, 40)),)),
        Part("spark", (_poly((-5, 27), (5, 27), (0, 40)),)),
        Part("deep", (_poly((-14, 4), (-30, 24), (-28, 36), (-12, 27)), _poly((14, 4), (30, 24), (28, 36), (12, 27)))),
        Part("light", (smooth(mirrored((0, -50), (10, -36), (17, -14), (16, 10), (11, 28))),)),
        Part("subject", (_poly((0, -50), (5.5, -43.5), (10, -36), (13.4, -27), (15.4, -20), (8, -17.6), (0, -16.8), (-8, -17.6), (-15.4, -20), (-13.4, -27), (-10, -36), (-5.5, -43.5)),)),
        Part("ink", (disc(0, -4, 8.5),)),
        Part("spark", (disc(0, -4, 5.5),)),
    ),
    "hat": (
        Part("deep", (Ellipse(-48, 4, 48, 40),)),
        Part("subject", (Ellipse(-48, 0, 48, 34),)),
        Part("deep", (Ellipse(-32, 2, 32, 25),)),
        Part("light", (smooth(((-29, 12), (-27, -14), (-21, -33), (0, -37), (21, -33), (27, -14), (29, 12), (0, 19))),)),
        Part("subject", (_poly((-29.2, 11), (-28.4, -1), (-20, 2.6), (-10, 4.6), (0, 5.2), (10, 4.6), (20, 2.6), (28.4, -1), (29.2, 11), (22, 15.2), (12, 18), (0, 19), (-12, 18), (-22, 15.2)),)),
        Part("deep", (disc(-15, -17, 1.7), disc(-9, -16, 1.7))),
    ),
    "sword": (
        Part("light", (_poly((0, -50), (7, -40), (6, 16), (0, 16)),)),
        Part("subject", (_poly((0, -50), (-7, -40), (-6, 16), (0, 16)),)),
        Part("accent", (Box(-22, 15, 22, 22, 3.5), disc(0, 46, 5.5))),
        Part("deep", (Box(-4, 22, 4, 42, 2),)),
    ),
    "shield": (
        Part("deep", (smooth(mirrored((0, -48), (22, -42), (38, -34), (36, 4), (22, 32), (0, 48)), 5),)),
        Part("subject", (smooth(mirrored((0, -40), (19, -36), (30, -28), (29, 3), (17, 26), (0, 38)), 5),)),
        Part("light", (_poly((0, -40), (0, 38), (-17, 26), (-28, 4), (-30, -28), (-18, -36)),)),
        Part("accent", (_star(4, 19, 7, -2),)),
    ),
    "potion": (
        Part("light", (Box(-9, -40, 9, -10, 3), disc(0, 14, 32))),
        Part("subject", (smooth(((-30, 8), (-15, 4), (0, 9), (15, 4), (30, 8), (27, 28), (13, 42), (-13, 42), (-27, 28))),)),
        Part("deep", (Box(-12, -44, 12, -36, 3),)),
        Part("accent", (Box(-8, -50, 8, -43, 2), disc(-8, 24, 4), disc(8, 30, 3), disc(6, 17, 2.4))),
        Part("spark", (Ellipse(-23, -5, -15, 10),)),
    ),
    "coin": (
        Part("deep", (disc(0, 4, 44),)),
        Part("subject", (disc(0, 0, 44),)),
        Part("light", (disc(0, 0, 35),)),
        Part("subject", (_star(5, 25, 11, 1),)),
    ),
    "star": (
        Part("deep", (_star(5, 50, 23, 5),)),
        Part("subject", (_star(5, 48, 22, 2),)),
        Part("light", (_star(5, 30, 14, 2),)),
    ),
    "heart": (
        Part("deep", (smooth(mirrored((0, -20), (14, -34), (32, -33), (43, -15), (34, 10), (12, 34), (0, 44))),)),
        Part("subject", (smooth(mirrored((0, -24), (14, -37), (31, -36), (40, -18), (31, 6), (11, 28), (0, 38))),)),
        Part("spark", (Ellipse(-29, -28, -14, -14),)),
    ),
    "key": (
        Part("deep", (Box(-5, -8, 5, 48, 3), Box(2, 22, 18, 30, 2), Box(2, 36, 22, 45, 2))),
        Part("subject", (disc(0, -24, 24),)),
        Part("light", (disc(0, -24, 18),)),
        Part("ink", (disc(0, -24, 10),)),
    ),
    "gem": (
        Part("deep", (_poly((-46, -12), (46, -12), (0, 46)),)),
        Part("subject", (_poly((-46, -12), (-26, -38), (26, -38), (46, -12), (18, -12), (0, 46), (-18, -12)),)),
        Part("light", (_poly((-18, -12), (-26, -38), (0, -38), (18, -12), (0, 46)),)),
        Part("spark", (_poly((-26, -38), (0, -38), (-18, -12)),)),
    ),
    "flame": (
        Part("accent", (smooth(((2, -50), (16, -28), (30, -6), (31, 20), (18, 42), (0, 47), (-18, 42), (-31, 20), (-26, -2), (-14, -14), (-6, -30))),)),
        Part("subject", (smooth(((3, -22), (14, -4), (20, 16), (13, 36), (0, 42), (-13, 36), (-20, 16), (-9, 2))),)),
        Part("spark", (smooth(((1, 6), (9, 20), (6, 34), (0, 38), (-7, 34), (-9, 20))),)),
    ),
    "leaf": (
        Part("subject", (smooth(((34, -42), (36, -8), (20, 22), (-14, 34), (-30, 14), (-20, -18), (4, -36))),)),
        Part("light", (smooth(((34, -42), (6, -14), (-24, 24), (-30, 14), (-20, -18), (4, -36))),)),
        Part("deep", (_poly((30, -36), (2, -6), (-40, 46), (-36, 48), (6, -2)),)),
    ),
    "bolt": (
        Part("deep", (_poly((13, -46), (-26, 10), (-1, 10), (-10, 50), (31, -10), (6, -10), (19, -46)),)),
        Part("subject", (_poly((8, -48), (-28, 6), (-4, 6), (-14, 46), (26, -13), (2, -13), (15, -48)),)),
    ),
    "crown": (
        Part("subject", (_poly((-42, -22), (-22, 2), (0, -34), (22, 2), (42, -22), (34, 26), (-34, 26)),)),
        Part("light", (_poly((-42, -22), (-22, 2), (0, -34), (0, 26), (-34, 26)),)),
        Part("deep", (Box(-36, 26, 36, 38, 3),)),
        Part("accent", (disc(0, -37, 6), disc(-42, -25, 5), disc(42, -25, 5), disc(0, 10, 7))),
    ),
    "tree": (
        Part("deep", (Box(-6, 16, 6, 48, 3),)),
        Part("subject", (disc(0, -20, 28), disc(-20, 2, 20), disc(20, 2, 20))),
        Part("light", (disc(-8, -26, 15), disc(-20, -2, 9))),
    ),
    "house": (
        Part("light", (Box(-32, -8, 32, 44, 3),)),
        Part("subject", (_poly((-46, -4), (0, -46), (46, -4)),)),
        Part("deep", (Box(-9, 14, 9, 44, 2),)),
        Part("accent", (Box(-26, 4, -14, 18, 2), Box(14, 4, 26, 18, 2))),
    ),
    "cloud": (
        Part("subject", (disc(-20, 6, 20), disc(6, -8, 26), disc(28, 10, 16), Box(-38, 6, 44, 26, 10))),
        Part("light", (disc(2, -12, 19), disc(-22, 3, 13))),
    ),
    "moon": (
        Part("subject", (smooth(((12, -44), (-16, -40), (-38, -18), (-40, 12), (-22, 38), (8, 44), (34, 30), (8, 24), (-8, 8), (-10, -16), (-2, -34))),)),
        Part("spark", (_star(4, 9, 3, -18),)),
    ),
    "planet": (
        Part("deep", (disc(0, 0, 30),)),
        Part("subject", (disc(-3, -3, 27),)),
        Part("light", (Ellipse(-22, -18, 2, -4), Ellipse(2, 2, 20, 10))),
        Part("accent", (smooth(((-28, 8), (-50, 18), (-34, 20), (0, 12), (34, -4), (50, -18), (29, -10), (36, -8), (0, 6))),)),
    ),
    "mushroom": (
        Part("light", (smooth(mirrored((0, 0), (14, 4), (13, 30), (18, 46), (0, 48))),)),
        Part("subject", (smooth(mirrored((0, -44), (26, -36), (44, -6), (36, 8), (0, 11))),)),
        Part("spark", (disc(-16, -20, 8), disc(12, -28, 6), disc(24, -8, 6), disc(0, -6, 4))),
    ),
    "fruit": (
        Part("deep", (smooth(mirrored((0, -20), (18, -28), (36, -16), (36, 16), (20, 42), (0, 40))),)),
        Part("subject", (smooth(mirrored((0, -22), (17, -30), (33, -18), (32, 12), (18, 37), (0, 35))),)),
        Part("ink", (_poly((-2, -22), (4, -46), (8, -44), (3, -20)),)),
        Part("accent", (smooth(((6, -36), (18, -48), (32, -44), (22, -34))),)),
        Part("spark", (Ellipse(-24, -18, -14, -2),)),
    ),
    "scroll": (
        Part("light", (Box(-32, -38, 32, 38, 2),)),
        Part("deep", (Box(-40, -46, 40, -34, 6), Box(-40, 34, 40, 46, 6))),
        Part("subject", (Box(-22, -22, 22, -17, 2), Box(-22, -8, 16, -3, 2), Box(-22, 6, 22, 11, 2), Box(-22, 20, 4, 25, 2))),
    ),
}  # fmt: skip

NAMES: Final[dict[str, str]] = {
    "spaceship": "rocket", "missile": "rocket", "cap": "hat", "helmet": "hat", "bucket": "hat", "blade": "sword",
    "dagger": "sword", "knife": "sword", "weapon": "sword", "axe": "sword", "armor": "shield", "armour": "shield",
    "bottle": "potion", "flask": "potion", "elixir": "potion", "vial": "potion", "money": "coin",
    "medal": "coin", "ring": "coin", "badge": "star", "trophy": "crown", "life": "heart", "health": "heart",
    "love": "heart", "crystal": "gem", "diamond": "gem", "jewel": "gem", "fire": "flame", "torch": "flame",
    "plant": "leaf", "flower": "leaf", "lightning": "bolt", "energy": "bolt", "power": "bolt", "home": "house",
    "castle": "house", "weather": "cloud", "earth": "planet", "globe": "planet", "saturn": "planet",
    "apple": "fruit", "cherry": "fruit", "strawberry": "fruit", "book": "scroll",
    "map": "scroll", "letter": "scroll", "document": "scroll", "king": "crown", "queen": "crown",
}  # fmt: skip


def thing_named(words: tuple[str, ...]) -> tuple[Part, ...] | None:
    """Return the first thing that the words name; None if there is none."""
    for names in ({name: name for name in THINGS}, NAMES):
        for word in words:
            for form in (word, word.removesuffix("s"), word.removesuffix("es")):
                if form in names:
                    return THINGS[names[form]]
    return None
