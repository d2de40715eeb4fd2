"""Where a picture lies and how large it becomes: arithmetic only, without PIL.

The steps themselves and planning (`sizing`) use the same functions, so a size that
cannot work is refused with the same words either way. All rounding is half up.

* lengths and anchors         `length_px`, `anchored`, `placed`
* fitting into a box          `Fitting`, `fit_picture`, `resize_fitting`
* the other steps' sizes      `crop_box`, `pad_sides`, `pixel_grid`, `quarter_turns`
"""

from __future__ import annotations

import math
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, TypeAlias, get_args

from assetgen.errors import AssetFailed
from assetgen.model import Fit, Size
from assetgen.transforms.arguments import (
    parse_length,
    parse_ratio,
    parse_size,
    whole,
    word,
)
from assetgen.values import Value

if TYPE_CHECKING:
    from collections.abc import Mapping

    from assetgen.model import Length
    from assetgen.transforms.arguments import Args

Box: TypeAlias = tuple[int, int, int, int]
"""Left, top, right, bottom in px; right and bottom are just outside."""

MAX_PIXELS: Final = 8192 * 8192
"""The largest picture that is opened or made, in pixels."""

MAX_EDGE_PX: Final = 65_535
"""The longest edge that is opened or made."""

ANCHORS: Final[Mapping[str, tuple[int, int]]] = MappingProxyType(
    {
        "top-left": (0, 0),
        "top": (1, 0),
        "top-right": (2, 0),
        "left": (0, 1),
        "center": (1, 1),
        "right": (2, 1),
        "bottom-left": (0, 2),
        "bottom": (1, 2),
        "bottom-right": (2, 2),
    }
)
"""The nine positions, as halves of the free space to the left and above."""


# --- lengths and anchors ------------------------------------------------------


def length_px(length: Length, whole_px: int) -> int:
    """Return a length in px, where `whole_px` is what its percent are of."""
    value = length.value * whole_px / 100 if length.percent else length.value
    return math.floor(value + 0.5)


def anchored(anchor: str, inner: Size, outer: Size) -> tuple[int, int]:
    """Return the top left corner, in px, of `inner` when it is anchored in `outer`.

    An inner size that is larger gives negative numbers. Odd space leaves the larger
    half to the right and below.

    Raises:
        AssetFailed: There is no such anchor.
    """
    across, down = _anchor(anchor)
    return (
        (outer.width - inner.width) * across // 2,
        (outer.height - inner.height) * down // 2,
    )


def placed(
    at: tuple[Length, Length] | str, inner: Size, outer: Size
) -> tuple[int, int]:
    """Return the top left corner, in px, for an anchor or a pair of lengths."""
    if isinstance(at, str):
        return anchored(at, inner, outer)
    return length_px(at[0], outer.width), length_px(at[1], outer.height)


def scaled_size(size: Size, factor: float) -> Size:
    """Return the size times `factor`, at least 1x1."""
    return Size(
        max(1, math.floor(size.width * factor + 0.5)),
        max(1, math.floor(size.height * factor + 0.5)),
    )


def refuse_too_large(size: Size) -> None:
    """Do nothing for a size that may be made.

    Raises:
        AssetFailed: It has more pixels, or a longer edge, than is allowed.
    """
    if size.width * size.height > MAX_PIXELS or max_edge(size) > MAX_EDGE_PX:
        raise AssetFailed(
            f"a picture of {size} is too large",
            hint=f"at most {MAX_PIXELS} pixels, no edge above {MAX_EDGE_PX}",
        )


def max_edge(size: Size) -> int:
    """Return the longer edge, in px."""
    return max(size.width, size.height)


def _anchor(name: str) -> tuple[int, int]:
    """Return the halves of free space that an anchor leaves to the left and above."""
    try:
        return ANCHORS[name]
    except KeyError:
        raise AssetFailed(
            f"unknown position {name!r}", hint="one of " + ", ".join(ANCHORS)
        ) from None


def in_ratio(value: int, times: int, over: int) -> int:
    """Return value * times / over, rounded half up, at least 1."""
    return max(1, (2 * value * times + over) // (2 * over))


# --- fitting into a box -------------------------------------------------------


class Fitting(Value):
    """How a picture is brought to a size.

    Attributes:
        source: The picture's own size.
        region: What of it is used: left, top, right, bottom in px and parts of px.
        drawn: The size that the region is resized to.
        canvas: The resulting picture's size; larger than `drawn` for ``contain``.
        offset: Where on the canvas the drawn part lies.
    """

    source: Size
    region: tuple[float, float, float, float]
    drawn: Size
    canvas: Size
    offset: tuple[int, int] = (0, 0)

    @property
    def enlarges(self) -> bool:
        """Whether some source pixel becomes larger than one pixel."""
        left, top, right, bottom = self.region
        slack = 1e-6
        return (
            self.drawn.width > right - left + slack
            or self.drawn.height > bottom - top + slack
        )


def fit_picture(
    size: Size, width: int | None, height: int | None, fit: str, position: str
) -> Fitting:
    """Return how a picture of `size` is fitted into width x height.

    One side alone keeps the proportions, none keeps the size; `fit` matters only when
    both are given.

    Raises:
        AssetFailed: Unknown `fit` or `position`, or a side below 1.
    """
    if (width is not None and width < 1) or (height is not None and height < 1):
        raise AssetFailed(f"{width}x{height} is not a size")
    everything = (0.0, 0.0, float(size.width), float(size.height))
    if width is None and height is None:
        return Fitting(size, everything, size, size)
    if width is None or height is None:
        drawn = _proportional(size, width, height)
        return Fitting(size, everything, drawn, drawn)
    wanted = Size(width, height)
    match fit:
        case "fill":
            return Fitting(size, everything, wanted, wanted)
        case "cover":
            return Fitting(size, _cover_region(size, wanted, position), wanted, wanted)
        case "inside" | "outside" | "contain":
            drawn = _touching(size, wanted, outside=fit == "outside")
            if fit != "contain":
                return Fitting(size, everything, drawn, drawn)
            offset = anchored(position, drawn, wanted)
            return Fitting(size, everything, drawn, wanted, offset)
        case _:
            raise AssetFailed(
                f"unknown fit {fit!r}", hint="one of " + ", ".join(get_args(Fit))
            )


def allowed(fitting: Fitting, *, enlarge: bool) -> Fitting:
    """Return the fitting, when it may be carried out.

    Raises:
        AssetFailed: It enlarges and `enlarge` is false, or the result is too large.
    """
    if fitting.enlarges and not enlarge:
        raise AssetFailed(
            f"a picture of {fitting.source} would be enlarged to {fitting.drawn}",
            hint="ask for a smaller size, draw a larger picture, "
            "or allow it with `enlarge: true`",
        )
    refuse_too_large(fitting.canvas)
    refuse_too_large(fitting.drawn)
    return fitting


def resize_fitting(size: Size, args: Args) -> Fitting:
    """Return how the step `resize` fits a picture of `size`.

    Raises:
        AssetFailed: Neither side is given, it enlarges, or an argument is wrong.
    """
    if args.get("width") is None and args.get("height") is None:
        raise AssetFailed("`resize` needs `width` or `height`")
    fitting = fit_picture(
        size,
        _optional_px(args, "width", size.width),
        _optional_px(args, "height", size.height),
        word(args, "fit"),
        word(args, "position"),
    )
    return allowed(fitting, enlarge=args.get("enlarge") is True)


def _proportional(size: Size, width: int | None, height: int | None) -> Size:
    """Return the size with one side given and the proportions kept."""
    if width is not None:
        return Size(width, in_ratio(size.height, width, size.width))
    assert height is not None
    return Size(in_ratio(size.width, height, size.height), height)


def _touching(size: Size, wanted: Size, *, outside: bool) -> Size:
    """Return the size in the picture's proportions that touches the wanted box."""
    by_width = wanted.width * size.height <= wanted.height * size.width
    if by_width is outside:
        return _proportional(size, None, wanted.height)
    return _proportional(size, wanted.width, None)


def _cover_region(
    size: Size, wanted: Size, position: str
) -> tuple[float, float, float, float]:
    """Return the largest region in the wanted proportions, anchored by `position`."""
    across, down = _anchor(position)
    width, height = float(size.width), float(size.height)
    if wanted.width * size.height >= wanted.height * size.width:
        height = size.width * wanted.height / wanted.width
    else:
        width = size.height * wanted.width / wanted.height
    left = (size.width - width) * across / 2
    top = (size.height - height) * down / 2
    return left, top, left + width, top + height


def _optional_px(args: Args, name: str, whole_px: int) -> int | None:
    """Return a length argument in px, or None where it is absent."""
    if args.get(name) is None:
        return None
    return length_px(parse_length(args[name]), whole_px)


# --- the other steps' sizes ---------------------------------------------------


def crop_box(size: Size, args: Args) -> Box:
    """Return what the step `crop` keeps of a picture of `size`.

    Raises:
        AssetFailed: The box reaches beyond the picture or is empty.
    """
    if args.get("ratio") is not None:
        return _ratio_box(size, args)
    left = _optional_px(args, "x", size.width) or 0
    top = _optional_px(args, "y", size.height) or 0
    width = _optional_px(args, "width", size.width)
    height = _optional_px(args, "height", size.height)
    right = size.width if width is None else left + width
    bottom = size.height if height is None else top + height
    if left < 0 or top < 0 or right > size.width or bottom > size.height:
        raise AssetFailed(
            f"`crop` reaches beyond the picture: {left},{top} to {right},{bottom}"
            f" of {size}"
        )
    if left >= right or top >= bottom:
        raise AssetFailed(f"`crop` leaves nothing of a picture of {size}")
    return left, top, right, bottom


def pad_sides(size: Size, args: Args) -> Box:
    """Return how many px the step `pad` adds: left, top, right, bottom.

    Raises:
        AssetFailed: A side is negative, or `to` is smaller than the picture.
    """
    if args.get("to") is not None:
        wanted = parse_size(args["to"])
        if wanted.width < size.width or wanted.height < size.height:
            raise AssetFailed(f"`pad` to {wanted} would cut a picture of {size}")
        left, top = anchored(word(args, "position"), size, wanted)
        return (
            left,
            top,
            wanted.width - size.width - left,
            wanted.height - size.height - top,
        )
    every = args.get("all")
    sides = {
        name: length_px(parse_length(args[name] if every is None else every), whole_px)
        for name, whole_px in (
            ("left", size.width),
            ("top", size.height),
            ("right", size.width),
            ("bottom", size.height),
        )
    }
    if min(sides.values()) < 0:
        raise AssetFailed("`pad` cannot take away; use `crop`")
    return sides["left"], sides["top"], sides["right"], sides["bottom"]


def padded_size(size: Size, sides: Box) -> Size:
    """Return the size with `sides` (left, top, right, bottom) added.

    Raises:
        AssetFailed: The result is too large.
    """
    left, top, right, bottom = sides
    padded = Size(size.width + left + right, size.height + top + bottom)
    refuse_too_large(padded)
    return padded


def pixel_grid(size: Size, args: Args) -> Size:
    """Return how many cells the step `pixelate` makes of a picture of `size`.

    Raises:
        AssetFailed: There would be more cells than pixels.
    """
    cells = whole(args, "grid", least=1)
    longer = max_edge(size)
    if cells > longer:
        raise AssetFailed(
            f"`pixelate` to {cells} cells needs a picture of at least {cells} px;"
            f" this one is {size}"
        )
    return Size(
        in_ratio(size.width, cells, longer), in_ratio(size.height, cells, longer)
    )


def pixelated_size(size: Size, args: Args) -> Size:
    """Return the size that the step `pixelate` gives: cells times `scale`."""
    grid, scale = pixel_grid(size, args), whole(args, "scale", least=1)
    result = Size(grid.width * scale, grid.height * scale)
    refuse_too_large(result)
    return result


def quarter_turns(args: Args) -> int:
    """Return how many quarters the step `rotate` turns clockwise: 0 to 3.

    Raises:
        AssetFailed: It is not a multiple of 90 degrees.
    """
    degrees = args.get("degrees")
    if isinstance(degrees, bool) or not isinstance(degrees, int) or degrees % 90:
        raise AssetFailed(f"`rotate` takes 90, 180 or 270, not {degrees!r}")
    return degrees // 90 % 4


def _ratio_box(size: Size, args: Args) -> Box:
    """Return the largest box of the asked ratio, anchored by `position`."""
    across, down = parse_ratio(args["ratio"])
    width = min(size.width, max(1, size.height * across // down))
    height = min(size.height, max(1, size.width * down // across))
    left, top = anchored(word(args, "position"), Size(width, height), size)
    return left, top, left + width, top + height


def corner_radius(size: Size, args: Args) -> float:
    """Return the radius of the step `round`, in px and parts of px.

    Percent are of the shorter side; half of that side is the most.
    """
    shorter = min(size.width, size.height)
    length = parse_length(args.get("radius"))
    radius = length.value * shorter / 100 if length.percent else length.value
    return max(0.0, min(radius, shorter / 2))


def tile_overlap(size: Size, args: Args) -> tuple[int, int]:
    """Return how wide the borders are, across and down in px, that `tile` blends.

    At least one pixel; none where there is only one.

    Raises:
        AssetFailed: It is more than half of the picture.
    """
    length = parse_length(args.get("overlap"))
    across, down = length_px(length, size.width), length_px(length, size.height)
    if not length.percent and max(across * 2 - size.width, down * 2 - size.height) > 0:
        raise AssetFailed(
            f"an overlap of {across} px is more than half of a picture of {size}",
            hint='write a smaller one, or a share such as "12%"',
        )
    return (
        min(max(across, 1), size.width // 2),
        min(max(down, 1), size.height // 2),
    )
