"""Read `mask` and `extend`: which part of the first input may change."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

from assetgen.model import (
    AlphaMask,
    ColorMask,
    Extend,
    Length,
    Mask,
    ShapeMask,
)
from assetgen.resolve.refs import read_ref
from assetgen.resolve.values import (
    ANCHORS,
    read_choice,
    read_flag,
    read_integer,
    read_length,
    read_size,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from assetgen.model import Json
    from assetgen.resolve.findings import Findings
    from assetgen.spans import Place

MAX_GROW_PX: Final = 512
_SHAPES: Final = ("rect", "ellipse", "polygon")
_MODIFIERS: Final = frozenset(("invert", "grow", "feather"))


def read_mask(value: Json, place: Place, found: Findings) -> Mask | None:
    """Return the mask; None after a problem.

    The forms: a REF, ``{image: REF}`` with an optional `edit` colour, or one shape;
    each map may hold `invert`, `grow` and `feather`.
    """
    if not isinstance(value, dict):
        ref = read_ref(value, place, found)
        return None if ref is None else Mask(area=AlphaMask(ref))
    area = _read_area(value, place, found)
    invert = read_flag(value.get("invert", False), place.at("invert"), found)
    grow = read_integer(
        value.get("grow", 0), -MAX_GROW_PX, MAX_GROW_PX, place.at("grow"), found
    )
    feather = read_integer(
        value.get("feather", 0), 0, MAX_GROW_PX, place.at("feather"), found
    )
    if area is None or invert is None or grow is None or feather is None:
        return None
    return Mask(area=area, invert=invert, grow_px=grow, feather_px=feather)


def _read_area(
    value: Mapping[str, Json], place: Place, found: Findings
) -> AlphaMask | ColorMask | ShapeMask | None:
    kinds = [kind for kind in ("image", "asset", "file", *_SHAPES) if kind in value]
    if len(kinds) != 1:
        found.error(
            "bad-mask",
            "a mask has exactly one of `image`, `rect`, `ellipse` and `polygon`",
            place,
        )
        return None
    kind = kinds[0]
    if kind in ("asset", "file"):
        named = {key: inner for key, inner in value.items() if key not in _MODIFIERS}
        ref = read_ref(named, place, found)
        return None if ref is None else AlphaMask(ref)
    if kind == "image":
        return _read_picture(value, place, found)
    return _read_shape(kind, value[kind], place.at(kind), found)


def _read_picture(
    value: Mapping[str, Json], place: Place, found: Findings
) -> AlphaMask | ColorMask | None:
    ref = read_ref(value["image"], place.at("image"), found)
    if "edit" not in value:
        if "threshold" in value:
            found.error(
                "bad-mask",
                "`threshold` is for black-and-white masks",
                place.key("threshold"),
                hint="say which colour is edited: `edit: black` or `edit: white`",
            )
        return None if ref is None else AlphaMask(ref)
    edit = read_choice(value["edit"], ("black", "white"), place.at("edit"), found)
    threshold = read_integer(
        value.get("threshold", 128), 0, 255, place.at("threshold"), found
    )
    if ref is None or edit is None or threshold is None:
        return None
    return ColorMask(ref, "black" if edit == "black" else "white", threshold)


def _read_shape(
    kind: str, value: Json, place: Place, found: Findings
) -> ShapeMask | None:
    if not isinstance(value, list):
        found.wrong_type("a list of lengths", value, place)
        return None
    if kind == "polygon":
        return _read_polygon(value, place, found)
    lengths = _read_lengths(value, place, found)
    if lengths is None:
        return None
    if len(lengths) != 4 or min(lengths[2].value, lengths[3].value) <= 0:
        found.error(
            "bad-mask",
            f"`{kind}` takes x, y, width and height, the last two above 0",
            place,
        )
        return None
    shape: Literal["rect", "ellipse"] = "rect" if kind == "rect" else "ellipse"
    return ShapeMask(shape, lengths)


def _read_polygon(
    corners: list[Json], place: Place, found: Findings
) -> ShapeMask | None:
    lengths: list[Length] = []
    for position, corner in enumerate(corners):
        at = place.at(position)
        point = _read_lengths(corner, at, found) if isinstance(corner, list) else None
        if point is None or len(point) != 2:
            found.error("bad-mask", "a corner has two lengths, x and y", at)
            return None
        lengths.extend(point)
    if len(corners) < 3:
        found.error("bad-mask", "a polygon has at least three corners", place)
        return None
    return ShapeMask("polygon", tuple(lengths))


def _read_lengths(
    values: list[Json], place: Place, found: Findings
) -> tuple[Length, ...] | None:
    lengths = [
        read_length(value, place.at(position), found)
        for position, value in enumerate(values)
    ]
    whole = tuple(length for length in lengths if length is not None)
    return whole if len(whole) == len(lengths) else None


def read_extend(value: Json, place: Place, found: Findings) -> Extend | None:
    """Return how far the first input is extended; None after a problem."""
    if not isinstance(value, dict):
        found.wrong_type("a map of sides", value, place)
        return None
    sides = [side for side in ("left", "right", "top", "bottom") if side in value]
    if "to" in value:
        return _read_extend_to(value, sides, place, found)
    if "anchor" in value:
        found.error("bad-extend", "`anchor` goes with `to`", place.key("anchor"))
        return None
    lengths: dict[str, Length] = {}
    for side in sides:
        length = read_length(value[side], place.at(side), found)
        if length is None:
            return None
        if length.value < 0:
            found.error("bad-extend", "a side cannot shrink", place.at(side))
            return None
        lengths[side] = length
    if not any(length.value for length in lengths.values()):
        found.error("bad-extend", "this extends no side", place)
        return None
    none = Length(0)
    return Extend(
        left=lengths.get("left", none),
        right=lengths.get("right", none),
        top=lengths.get("top", none),
        bottom=lengths.get("bottom", none),
    )


def _read_extend_to(
    value: Mapping[str, Json], sides: Sequence[str], place: Place, found: Findings
) -> Extend | None:
    if sides:
        found.error(
            "bad-extend",
            "`to` and single sides exclude each other",
            place.key(sides[0]),
        )
        return None
    size = read_size(value["to"], place.at("to"), found)
    anchor = read_choice(
        value.get("anchor", "center"), ANCHORS, place.at("anchor"), found
    )
    if size is None or anchor is None:
        return None
    return Extend(to=size, anchor=anchor)
