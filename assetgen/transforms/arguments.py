"""Arguments of steps as numbers, lengths, colours and pictures; pure, without PIL.

The schema has checked most of it already; what gets here by another way (a template
that gave a word where a number is due) fails the asset with a sentence.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, TypeAlias

from assetgen.catalog import STEPS
from assetgen.errors import AssetFailed
from assetgen.model import AssetRef, FileRef, Length, Size

if TYPE_CHECKING:
    from collections.abc import Mapping

    from assetgen.model import Arg, Ref, Step

Args: TypeAlias = "Mapping[str, Arg]"

Color: TypeAlias = tuple[int, int, int, int]
"""Red, green, blue and alpha, each 0 to 255."""

CLEAR: Final[Color] = (0, 0, 0, 0)

_COLOR = re.compile(r"#([0-9a-fA-F]{6})([0-9a-fA-F]{2})?\Z")
_SHORT_COLOR = re.compile(r"#([0-9a-fA-F]{3,4})\Z")
_PERCENT = re.compile(r"(-?\d+(?:\.\d+)?)\s*%\Z")
_SIZE = re.compile(r"(\d{1,6})\s*[xX]\s*(\d{1,6})\Z")
_RATIO = re.compile(r"(\d{1,6})\s*:\s*(\d{1,6})\Z")


def complete_args(step: Step) -> Args:
    """Return the step's arguments, with the catalogue's defaults for absent ones."""
    return {**STEPS[step.name].defaults, **step.args}


def parse_color(text: str) -> Color:
    """Return the colour that ``#rrggbb`` or ``#rrggbbaa`` names (short forms too).

    Raises:
        AssetFailed: It is not a colour.
    """
    if short := _SHORT_COLOR.match(text):
        text = "#" + "".join(digit * 2 for digit in short[1])
    found = _COLOR.match(text)
    if found is None:
        raise AssetFailed(f"{text!r} is not a colour", hint="write it as #rrggbb")
    red, green, blue = bytes.fromhex(found[1])
    return red, green, blue, int(found[2] or "ff", 16)


def parse_length(value: Arg) -> Length:
    """Return the length that a number of pixels or ``"25%"`` gives.

    Raises:
        AssetFailed: It is neither.
    """
    if isinstance(value, int | float) and not isinstance(value, bool):
        return Length(value)
    if isinstance(value, str) and (found := _PERCENT.match(value)):
        return Length(float(found[1]), percent=True)
    raise AssetFailed(f"{value!r} is not a length", hint='write 12 or "25%"')


def parse_size(text: Arg) -> Size:
    """Return the size that ``"640x480"`` gives.

    Raises:
        AssetFailed: It is not a size, or one side is 0.
    """
    found = _SIZE.match(text) if isinstance(text, str) else None
    if found is None or not (int(found[1]) and int(found[2])):
        raise AssetFailed(f"{text!r} is not a size", hint="write it as 640x480")
    return Size(int(found[1]), int(found[2]))


def parse_ratio(text: Arg) -> tuple[int, int]:
    """Return the two numbers of ``"16:9"``.

    Raises:
        AssetFailed: It is not a ratio, or one number is 0.
    """
    found = _RATIO.match(text) if isinstance(text, str) else None
    if found is None or not (int(found[1]) and int(found[2])):
        raise AssetFailed(f"{text!r} is not a ratio", hint="write it as 16:9")
    return int(found[1]), int(found[2])


def number(args: Args, name: str) -> float:
    """Return a required number.

    Raises:
        AssetFailed: It is missing or something else.
    """
    value = args.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _wrong(name, "a number", value)
    return value


def factor(args: Args, name: str) -> float:
    """Return a required number that is not negative.

    Raises:
        AssetFailed: It is missing, negative, or something else.
    """
    value = number(args, name)
    if not value >= 0:
        raise _wrong(name, "a number of at least 0", value)
    return value


def whole(args: Args, name: str, *, least: int = 0) -> int:
    """Return a required whole number of at least `least`.

    Raises:
        AssetFailed: It is missing, smaller, or something else.
    """
    value = number(args, name)
    if value != int(value) or value < least:
        raise _wrong(name, f"a whole number of at least {least}", value)
    return int(value)


def byte(args: Args, name: str) -> int:
    """Return a required whole number from 0 to 255.

    Raises:
        AssetFailed: It is missing, outside, or something else.
    """
    value = number(args, name)
    if value != int(value) or not 0 <= value <= 255:
        raise _wrong(name, "a whole number from 0 to 255", value)
    return int(value)


def color_count(args: Args, name: str) -> int | None:
    """Return a number of colours, 1 to 256, or None where the argument is absent.

    Raises:
        AssetFailed: It is outside, or something else.
    """
    if args.get(name) is None:
        return None
    count = whole(args, name, least=1)
    if count > 256:
        raise _wrong(name, "at most 256 colours", count)
    return count


def word(args: Args, name: str) -> str:
    """Return a required text.

    Raises:
        AssetFailed: It is missing or something else.
    """
    value = args.get(name)
    if not isinstance(value, str):
        raise _wrong(name, "a word", value)
    return value


def color(args: Args, name: str) -> Color:
    """Return a required colour.

    Raises:
        AssetFailed: It is missing or not a colour.
    """
    return parse_color(word(args, name))


def optional_color(args: Args, name: str) -> Color | None:
    """Return a colour, or None where the argument is absent."""
    return None if args.get(name) is None else color(args, name)


def palette(args: Args, name: str) -> tuple[Color, ...]:
    """Return a list of colours; empty where the argument is absent.

    Raises:
        AssetFailed: It is no list of 1 to 256 colours.
    """
    value = args.get(name)
    if value is None:
        return ()
    if not isinstance(value, list | tuple) or not 1 <= len(value) <= 256:
        raise _wrong(name, "a list of 1 to 256 colours", value)
    return tuple(parse_color(str(each)) for each in value)


def ref(args: Args, name: str) -> Ref:
    """Return the picture that a required argument names.

    Raises:
        AssetFailed: It is missing or something else.
    """
    value = args.get(name)
    if not isinstance(value, AssetRef | FileRef):
        raise _wrong(name, "a picture", value)
    return value


def _wrong(name: str, wanted: str, value: object) -> AssetFailed:
    """Return the failure for an argument of another kind than wanted."""
    if value is None:
        return AssetFailed(f"`{name}` is missing; it takes {wanted}")
    return AssetFailed(f"`{name}` takes {wanted}, not {value!r}")
