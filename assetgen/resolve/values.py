"""Read the small values that recur in the spec: sizes, lengths, colours, anchors."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from assetgen.model import Length, Size
from assetgen.naming import did_you_mean
from assetgen.resolve.findings import Findings, quoted

if TYPE_CHECKING:
    from assetgen.model import Json
    from assetgen.spans import Place

MAX_SIDE_PX: Final = 16_384
"""Longest side of any picture that is declared."""

MAX_AREA_PX: Final = 8192 * 8192

ANCHORS: Final = (
    "center",
    "top",
    "bottom",
    "left",
    "right",
    "top-left",
    "top-right",
    "bottom-left",
    "bottom-right",
)

FITS: Final = ("cover", "contain", "fill", "inside", "outside")
FILTERS: Final = ("nearest", "box", "bilinear", "hamming", "bicubic", "lanczos")

COLOR_NAMES: Final = {
    "aqua": "#00ffff",
    "black": "#000000",
    "blue": "#0000ff",
    "brown": "#a52a2a",
    "cyan": "#00ffff",
    "fuchsia": "#ff00ff",
    "gray": "#808080",
    "green": "#008000",
    "grey": "#808080",
    "lime": "#00ff00",
    "magenta": "#ff00ff",
    "maroon": "#800000",
    "navy": "#000080",
    "olive": "#808000",
    "orange": "#ffa500",
    "pink": "#ffc0cb",
    "purple": "#800080",
    "red": "#ff0000",
    "silver": "#c0c0c0",
    "teal": "#008080",
    "transparent": "#00000000",
    "white": "#ffffff",
    "yellow": "#ffff00",
}

_SIZE = re.compile(r"([0-9]{1,9})x([0-9]{1,9})")
_PERCENT = re.compile(r"(-?[0-9]{1,6}(?:\.[0-9]{1,6})?)%")
_COLOR = re.compile(r"#(?:[0-9a-f]{3}|[0-9a-f]{6}|[0-9a-f]{8})")


def is_number(value: object) -> bool:
    """Tell whether `value` is a finite number; true and false are not."""
    return (
        isinstance(value, (int, float))
        and not isinstance(value, bool)
        and abs(value) <= 1e12  # false for NaN as well
    )


def read_integer(
    value: Json, lowest: int, highest: int, place: Place, found: Findings
) -> int | None:
    """Return a whole number from `lowest` to `highest`; None after a problem."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        found.wrong_type("a whole number", value, place)
        return None
    if not lowest <= value <= highest:
        found.error(
            "bad-value",
            f"{quoted(str(value))} is not between {lowest:,} and {highest:,}",
            place,
        )
        return None
    return value


def read_number(
    value: Json, lowest: float, highest: float, place: Place, found: Findings
) -> float | None:
    """Return a number from `lowest` to `highest`; None after a problem."""
    if not isinstance(value, (int, float)) or not is_number(value):
        found.wrong_type("a number", value, place)
        return None
    if not lowest <= value <= highest:
        found.error(
            "bad-value",
            f"`{value}` is not between {lowest:g} and {highest:g}",
            place,
        )
        return None
    return float(value)


def read_choice(
    value: Json, choices: tuple[str, ...], place: Place, found: Findings
) -> str | None:
    """Return `value` if it is one of `choices`; None after a problem."""
    if isinstance(value, str) and value in choices:
        return value
    text = value if isinstance(value, str) else repr(value)
    found.error(
        "bad-value",
        f"{quoted(text)} is none of {', '.join(choices)}",
        place,
        hint=did_you_mean(text, choices),
    )
    return None


def read_flag(value: Json, place: Place, found: Findings) -> bool | None:
    """Return true or false; None after a problem."""
    if isinstance(value, bool):
        return value
    found.wrong_type("true or false", value, place)
    return None


def read_size(value: Json, place: Place, found: Findings) -> Size | None:
    """Return the size that ``WxH`` names; None after a problem."""
    match = _SIZE.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        text = value if isinstance(value, str) else repr(value)
        found.error(
            "bad-size",
            f"{quoted(text)} is not a size",
            place,
            hint="write width and height in pixels, for example `1024x1536`",
        )
        return None
    size = Size(int(match.group(1)), int(match.group(2)))
    too_large = (
        max(size.width, size.height) > MAX_SIDE_PX
        or size.width * size.height > MAX_AREA_PX
    )
    if min(size.width, size.height) < 1 or too_large:
        found.error(
            "bad-size",
            f"`{size}` is not a possible size",
            place,
            hint=f"sides go from 1 to {MAX_SIDE_PX:,} px, areas to 8192x8192 px",
        )
        return None
    return size


def read_length(value: Json, place: Place, found: Findings) -> Length | None:
    """Return a length from pixels or text such as ``"25%"``; None after a problem."""
    if isinstance(value, (int, float)) and is_number(value):
        return Length(value)
    match = _PERCENT.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        text = value if isinstance(value, str) else repr(value)
        found.error(
            "bad-length",
            f"{quoted(text)} is not a length",
            place,
            hint='write pixels (`16`) or a share (`"25%"`)',
        )
        return None
    return Length(float(match.group(1)), percent=True)


def length_text(length: Length) -> int | float | str:
    """Return a length in the one form that steps carry: a number or ``"25%"``."""
    value = int(length.value) if float(length.value).is_integer() else length.value
    return f"{value}%" if length.percent else value


def read_color(value: Json, place: Place, found: Findings) -> str | None:
    """Return a colour as ``#rrggbb`` or ``#rrggbbaa``; None after a problem.

    An opaque colour never carries its alpha, so that one colour has one form.
    """
    text = value.lower() if isinstance(value, str) else ""
    text = COLOR_NAMES.get(text, text)
    if _COLOR.fullmatch(text) is None:
        shown = value if isinstance(value, str) else repr(value)
        found.error(
            "bad-color",
            f"{quoted(shown)} is not a colour",
            place,
            hint=did_you_mean(text, COLOR_NAMES)
            or 'write "#rrggbb" or "#rrggbbaa" in quotes, or a basic name such as `red`',
        )
        return None
    if len(text) == 4:
        text = "#" + "".join(digit * 2 for digit in text[1:])
    return text[:7] if len(text) == 9 and text.endswith("ff") else text


def is_opaque(color: str | None) -> bool:
    """Tell whether a colour of `read_color` hides everything; None hides nothing."""
    return color is not None and len(color) == 7


def read_point(
    value: Json, place: Place, found: Findings
) -> tuple[Length, Length] | str | None:
    """Return a position: an anchor's name or two lengths; None after a problem."""
    if isinstance(value, list):
        if len(value) != 2:
            found.error("bad-value", "a position has two lengths, x and y", place)
            return None
        x = read_length(value[0], place.at(0), found)
        y = read_length(value[1], place.at(1), found)
        return None if x is None or y is None else (x, y)
    return read_choice(value, ANCHORS, place, found)
