"""Bring steps into their normal form, so that one meaning has one form and one key."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, TypeAlias

from assetgen.catalog import STEPS
from assetgen.model import Step
from assetgen.naming import did_you_mean
from assetgen.resolve.findings import Findings, quoted
from assetgen.resolve.refs import read_ref
from assetgen.resolve.values import (
    ANCHORS,
    FILTERS,
    FITS,
    length_text,
    read_choice,
    read_color,
    read_integer,
    read_length,
    read_number,
    read_point,
    read_size,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from assetgen.catalog import StepEntry
    from assetgen.model import Arg, Json
    from assetgen.resolve.scope import Scope
    from assetgen.spans import Place

    Reader: TypeAlias = Callable[[Json, Place, Findings], Arg]
    Rule: TypeAlias = Callable[[Mapping[str, Arg], Place, Findings], None]

MAX_STEPS: Final = 100
MAX_COLORS: Final = 256
MAX_DESPILL_PX: Final = 64
MAX_BLEED_PX: Final = 256
MAX_BLUR_PX: Final = 1024
MAX_OUTLINE_PX: Final = 128
MAX_FACTOR: Final = 100
MAX_SHARPNESS: Final = 10
LEAST: Final = 0.01
"""The smallest radius or strength that does something."""

_RATIO = re.compile(r"[1-9][0-9]{0,4}:[1-9][0-9]{0,4}")

_REQUIRED: Final[Mapping[str, tuple[str, ...]]] = {
    "rotate": ("degrees",),
    "flip": ("direction",),
    "key": ("color",),
    "alpha": ("from",),
    "despill": ("color",),
    "bleed": ("radius",),
    "pixelate": ("grid",),
    "blur": ("radius",),
    "round": ("radius",),
    "outline": ("width",),
    "overlay": ("image",),
}


def read_steps(value: Json, place: Place, scope: Scope) -> tuple[Step, ...]:
    """Return the steps of a `process` list; what is wrong is reported and left out."""
    if not isinstance(value, list):
        scope.found.wrong_type("a list of steps", value, place)
        return ()
    if len(value) > MAX_STEPS:
        scope.found.error(
            "too-many-steps", f"at most {MAX_STEPS} steps are allowed", place
        )
        return ()
    steps = (read_step(item, place.at(i), scope) for i, item in enumerate(value))
    return tuple(step for step in steps if step is not None)


def read_step(value: Json, place: Place, scope: Scope) -> Step | None:
    """Return one step in normal form; None after a problem.

    Args:
        value: ``grayscale``, ``{grayscale: true}``, ``{rotate: 90}`` or
            ``{resize: {width: 64}}``.
        place: Of the step.
        scope: The asset that is read.
    """
    named = _split(value, place, scope.found)
    if named is None:
        return None
    name, raw = named
    entry = STEPS.get(name)
    if entry is None:
        scope.found.error(
            "unknown-step",
            f"there is no step {quoted(name)}",
            place,
            hint=did_you_mean(name, STEPS),
        )
        return None
    inside = place.at(name)
    before = len(scope.found.problems)
    args = _named_arguments(name, entry, raw, inside, scope.found)
    normal = _normal_arguments(name, entry, args, inside, scope.found)
    if len(scope.found.problems) > before:
        return None
    return Step(name, normal, place)


def _split(value: Json, place: Place, found: Findings) -> tuple[str, Json] | None:
    if isinstance(value, str):
        return value, True
    if isinstance(value, dict) and len(value) == 1:
        return next(iter(value.items()))
    found.error(
        "bad-step",
        "a step is one name with its arguments",
        place,
        hint="begin each step with its own `-`",
    )
    return None


def _named_arguments(
    name: str, entry: StepEntry, raw: Json, place: Place, found: Findings
) -> Mapping[str, Json]:
    """Return the arguments by name; the bare form is given its name."""
    if raw is True or raw is None:
        return {}
    if isinstance(raw, dict) and not (
        entry.bare in entry.refs and raw.keys() & {"asset", "file"}
    ):
        return raw
    if raw is False:
        found.error(
            "bad-step", f"leave `{name}` out instead of switching it off", place
        )
    elif entry.bare is None:
        found.wrong_type(f"the arguments of `{name}` as a map", raw, place)
    else:
        return {entry.bare: raw}
    return {}


def _normal_arguments(
    name: str, entry: StepEntry, raw: Mapping[str, Json], place: Place, found: Findings
) -> dict[str, Arg]:
    before = len(found.problems)
    args: dict[str, Arg] = {}
    for key, value in raw.items():
        if value is None or _same(value, entry.defaults.get(key)):
            continue
        args[key] = _read_argument(name, key, value, entry, place.at(key), found)
    if len(found.problems) == before:
        for required in _REQUIRED.get(name, ()):
            if required not in args:
                found.error("missing-key", f"`{name}` needs `{required}`", place)
        rule = _RULES.get(name)
        if rule is not None:
            rule(args, place, found)
    # The normal form of an argument may be its default, as `#FFF` is `#ffffff`.
    return {
        key: args[key]
        for key in sorted(args)
        if not _same(args[key], entry.defaults.get(key))
    }


def _same(value: Arg, default: Json) -> bool:
    """Tell whether two arguments mean the same; 1 is 1.0, but not true."""
    return value == default and isinstance(value, bool) == isinstance(default, bool)


def _read_argument(
    step: str, key: str, value: Json, entry: StepEntry, place: Place, found: Findings
) -> Arg:
    if key in entry.refs:
        return read_ref(value, place, found)
    reader = _READERS.get((step, key)) or _READERS.get(("", key))
    if reader is not None:
        return reader(value, place, found)
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def _length(value: Json, place: Place, found: Findings) -> Arg:
    length = read_length(value, place, found)
    if length is not None and length.value < 0:
        found.error("bad-length", "a length cannot be negative here", place)
    return None if length is None else length_text(length)


def _overlap(value: Json, place: Place, found: Findings) -> Arg:
    length = read_length(value, place, found)
    if length is None:
        return None
    if length.value <= 0 or (length.percent and length.value > 50):
        found.error(
            "bad-length",
            "the overlap must be above 0 and at most half of the picture",
            place,
            hint='write pixels (`32`) or a share up to "50%"',
        )
    return length_text(length)


def _whole(lowest: int, highest: int) -> Reader:
    def read(value: Json, place: Place, found: Findings) -> Arg:
        return read_integer(value, lowest, highest, place, found)

    return read


def _number(lowest: float, highest: float) -> Reader:
    def read(value: Json, place: Place, found: Findings) -> Arg:
        number = read_number(value, lowest, highest, place, found)
        return int(number) if number is not None and number.is_integer() else number

    return read


def _one_of(*choices: str) -> Reader:
    def read(value: Json, place: Place, found: Findings) -> Arg:
        return read_choice(value, choices, place, found)

    return read


def _point(value: Json, place: Place, found: Findings) -> Arg:
    point = read_point(value, place, found)
    if isinstance(point, tuple):
        return [length_text(length) for length in point]
    return point


def _pixels(value: Json, place: Place, found: Findings) -> Arg:
    return read_integer(value, 1, 16_384, place, found)


def _level(value: Json, place: Place, found: Findings) -> Arg:
    return read_integer(value, 0, 255, place, found)


def _colors(value: Json, place: Place, found: Findings) -> Arg:
    return read_integer(value, 2, MAX_COLORS, place, found)


def _size(value: Json, place: Place, found: Findings) -> Arg:
    size = read_size(value, place, found)
    return None if size is None else str(size)


def _quarter_turns(value: Json, place: Place, found: Findings) -> Arg:
    degrees = read_integer(value, -3600, 3600, place, found)
    if degrees is not None and degrees % 90:
        found.error("bad-value", f"`{degrees}` is not a multiple of 90", place)
    return None if degrees is None else degrees % 360


def _ratio(value: Json, place: Place, found: Findings) -> Arg:
    if isinstance(value, str) and _RATIO.fullmatch(value):
        return value
    found.error(
        "bad-value",
        "this is not a ratio",
        place,
        hint='write width and height in quotes, for example "16:9"',
    )
    return None


def _palette(value: Json, place: Place, found: Findings) -> Arg:
    if not isinstance(value, list) or not 1 <= len(value) <= MAX_COLORS:
        found.error(
            "bad-value", f"a palette is a list of 1 to {MAX_COLORS} colours", place
        )
        return None
    return [read_color(color, place.at(i), found) for i, color in enumerate(value)]


def _resize_rule(args: Mapping[str, Arg], place: Place, found: Findings) -> None:
    if "width" not in args and "height" not in args:
        found.error("missing-key", "`resize` needs `width` or `height`", place)


def _crop_rule(args: Mapping[str, Arg], place: Place, found: Findings) -> None:
    box = args.keys() & {"x", "y", "width", "height"}
    if "ratio" in args:
        if box:
            found.error(
                "bad-step", "`crop` takes either a `ratio` or a box, not both", place
            )
    elif not {"width", "height"} <= args.keys():
        found.error(
            "missing-key",
            "`crop` needs `width` and `height`, or a `ratio`",
            place,
        )


def _pad_rule(args: Mapping[str, Arg], place: Place, found: Findings) -> None:
    forms = [
        form
        for form in (("all",), ("to",), ("left", "right", "top", "bottom"))
        if args.keys() & set(form)
    ]
    if len(forms) != 1:
        found.error(
            "bad-step",
            "`pad` takes one of `all`, `to`, or single sides",
            place,
        )


def _quantize_rule(args: Mapping[str, Arg], place: Place, found: Findings) -> None:
    if not args.keys() & {"colors", "palette"}:
        found.error("missing-key", "`quantize` needs `colors` or `palette`", place)


_READERS: Final[Mapping[tuple[str, str], Reader]] = {
    ("", "color"): read_color,
    ("", "palette"): _palette,
    ("", "colors"): _colors,
    ("", "at"): _point,
    ("", "tolerance"): _level,
    ("", "to"): _size,
    ("", "position"): _one_of(*ANCHORS),
    ("flip", "direction"): _one_of("horizontal", "vertical"),
    ("alpha", "keep"): _one_of("white", "black"),
    ("resize", "fit"): _one_of(*FITS),
    ("resize", "filter"): _one_of(*FILTERS),
    ("key", "feather"): _level,
    ("despill", "radius"): _whole(1, MAX_DESPILL_PX),
    ("bleed", "radius"): _whole(1, MAX_BLEED_PX),
    ("adjust", "brightness"): _number(0, MAX_FACTOR),
    ("adjust", "contrast"): _number(0, MAX_FACTOR),
    ("adjust", "saturation"): _number(0, MAX_FACTOR),
    ("blur", "radius"): _number(LEAST, MAX_BLUR_PX),
    ("sharpen", "amount"): _number(LEAST, MAX_SHARPNESS),
    ("sharpen", "radius"): _number(LEAST, MAX_BLUR_PX),
    ("round", "radius"): _length,
    ("outline", "width"): _whole(1, MAX_OUTLINE_PX),
    ("tile", "overlap"): _overlap,
    ("threshold", "level"): _level,
    ("rotate", "degrees"): _quarter_turns,
    ("resize", "width"): _pixels,
    ("resize", "height"): _pixels,
    ("crop", "x"): _length,
    ("crop", "y"): _length,
    ("crop", "width"): _length,
    ("crop", "height"): _length,
    ("crop", "ratio"): _ratio,
    ("pad", "all"): _length,
    ("pad", "left"): _length,
    ("pad", "right"): _length,
    ("pad", "top"): _length,
    ("pad", "bottom"): _length,
    ("pixelate", "grid"): _pixels,
    ("pixelate", "scale"): _pixels,
}
"""How arguments are read, by step and key; an empty step stands for every step."""

_RULES: Final[Mapping[str, Rule]] = {
    "resize": _resize_rule,
    "crop": _crop_rule,
    "pad": _pad_rule,
    "quantize": _quantize_rule,
}
"""What the arguments of a step must meet together."""
