"""Turns a brief into a scene: picks palette and family, and lets the family compose.

Pure. A family is a function from a `Stage` to layers, back to front; the families
with a horizon or none at all are in `vistas`, those with one subject in `figures`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from assetgen.providers.placeholder import figures, vistas
from assetgen.providers.placeholder.dice import Dice
from assetgen.providers.placeholder.palette import palette_of
from assetgen.providers.placeholder.scene import Fade, Scene
from assetgen.providers.placeholder.stage import Stage

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from assetgen.providers.placeholder.brief import Brief, Family
    from assetgen.providers.placeholder.palette import Palette
    from assetgen.providers.placeholder.stage import Items

_FAMILIES: Final[Mapping[Family, Callable[[Stage], Items]]] = {
    "emblem": figures.emblem,
    "figure": figures.figure,
    "sprite": figures.sprite,
    "vista": vistas.vista,
    "cosmos": vistas.cosmos,
    "city": vistas.city,
    "pattern": vistas.pattern,
    "abstract": vistas.abstract,
}

_SUBJECTS: Final = frozenset({"emblem", "figure", "sprite"})
"""Families that stand by themselves, without a backdrop."""


def palette_for(brief: Brief) -> Palette:
    """Return the colours of a brief's picture."""
    return palette_of(
        brief.tints,
        Dice(brief.root).fork("palette"),
        dark=brief.dark or brief.family == "cosmos",
        turn=brief.draw - 1,
    )


def compose(brief: Brief, width: int, height: int, foot: float = 0.0) -> Scene:
    """Return the scene of a brief.

    Args:
        brief: What to show.
        width: Of the scene in its pixels; pixel art is composed on few of them.
        height: As `width`.
        foot: Share of the height at the bottom that a caption will cover; subjects
            stand above it.
    """
    family = brief.family
    if brief.transparent and family not in _SUBJECTS:
        family = "emblem"
    palette = palette_for(brief)
    stage = Stage(
        width=width,
        height=height,
        foot=foot,
        palette=palette,
        dice=Dice(brief.seed),
        words=brief.words,
        bare=brief.transparent,
        coarse=brief.pixel_art,
    )
    items = _FAMILIES[family](stage)
    backdrop = None if brief.transparent else Fade(palette.sky)
    return Scene(width, height, backdrop, items)
