"""What each model takes, as the service documents it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date

FIXED_SIZES = ("1024x1024", "1024x1536", "1536x1024")


@dataclass(frozen=True)
class Model:
    """Facts of a model.

    Attributes:
        family: Part of the name that prices and tokens go by.
        sizes: The only sizes it draws; empty where any size by the rules will do.
        fidelities: Allowed for `input_fidelity`; empty where it must be left out.
        prices: USD per million tokens of text in, pictures in, pictures out.
    """

    family: str
    sizes: tuple[str, ...] = ()
    qualities: tuple[str, ...] = ("low", "medium", "high", "auto")
    formats: tuple[str, ...] = ("png", "jpeg", "webp")
    fidelities: tuple[str, ...] = ()
    transparent: bool = True
    markup: bool = False
    complexity: bool = False
    shutdown: date | None = None
    prices: tuple[float, float, float] = (5.0, 8.0, 30.0)
    lenient: bool = field(default=False)


_END_OF_NOVEMBER = date(2026, 12, 1)
_MORE = ("low", "medium", "high", "xhigh", "max", "auto")
_1_5 = Model(
    "1",
    sizes=FIXED_SIZES,
    fidelities=("low", "high"),
    shutdown=_END_OF_NOVEMBER,
    prices=(5.0, 8.0, 32.0),
)
_2 = Model("2", transparent=False)
_2_5 = Model("2.5", qualities=_MORE, markup=True)
_2_6 = replace(
    _2_5, family="2.6", formats=("png", "jpeg", "webp", "gif", "svg"), complexity=True
)
_GONE = Model("", shutdown=date(2026, 5, 12))

MODELS = {
    "gpt-image-2.6-flare": _2_6,
    "gpt-image-2.6-sunburst": _2_6,
    "gpt-image-2.5-flare": _2_5,
    "gpt-image-2.5-flare-2026-09-08": _2_5,
    "gpt-image-2.5-sunburst": _2_5,
    "gpt-image-2.5-sunburst-2026-09-08": _2_5,
    "gpt-image-2": _2,
    "gpt-image-2-2026-04-21": _2,
    "gpt-image-1.5": _1_5,
    "gpt-image-1.5-2025-12-16": _1_5,
    "chatgpt-image-latest": _1_5,
    "gpt-image-1-mini": replace(_1_5, fidelities=("low",), prices=(2.0, 2.5, 8.0)),
    "gpt-image-1": replace(_1_5, shutdown=date(2026, 10, 23)),
    "dall-e-2": _GONE,
    "dall-e-3": _GONE,
}

ANYTHING = Model(
    "2",
    qualities=(*_MORE, "standard", "hd"),
    formats=("png", "jpeg", "webp", "gif", "svg"),
    fidelities=("low", "high"),
    markup=True,
    complexity=True,
    lenient=True,
)
"""A model of another server, which has rules of its own."""
