"""The sizes that steps and outputs will give, known before there is a picture.

Arithmetic only, without PIL: planning asks here, and so does `encode`, so that what
cannot be made is refused before anything is paid and in the same words.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from assetgen.errors import AssetFailed
from assetgen.model import Size
from assetgen.transforms.arguments import complete_args, parse_size
from assetgen.transforms.placement import (
    MAX_EDGE_PX,
    allowed,
    crop_box,
    fit_picture,
    in_ratio,
    max_edge,
    pad_sides,
    padded_size,
    pixelated_size,
    quarter_turns,
    resize_fitting,
    tile_overlap,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from assetgen.model import Format, Output, Step
    from assetgen.transforms.arguments import Args
    from assetgen.transforms.placement import Fitting

FORMAT_EDGE_PX: Final[Mapping[str, int]] = MappingProxyType({"webp": 16_383})
"""The longest edge of formats that allow less than `MAX_EDGE_PX`."""

WITHOUT_ALPHA: Final[frozenset[Format]] = frozenset({"jpg"})
"""Formats that have no transparency."""

LOSSY_ONLY: Final[frozenset[Format]] = frozenset({"jpg", "avif", "svg"})
"""Formats that change pixels at any quality (this AVIF encoder rounds colours)."""

ICON_SIDES_PX: Final[Mapping[str, tuple[int, ...]]] = MappingProxyType(
    {
        "ico": (16, 24, 32, 48, 64, 128, 256),
        "icns": (16, 32, 64, 128, 256, 512, 1024),
    }
)
"""The pictures that one file of an icon format may hold."""


def resulting_size(size: Size | None, steps: Iterable[Step]) -> Size | None:
    """Return the size after `steps`, or None where only the pixels can tell.

    Args:
        size: Of the picture before them; None where it is not known.
        steps: In order; all of them available.

    Raises:
        AssetFailed: A step cannot be carried out at that size (it would enlarge, cut
            or reach beyond the picture).
    """
    for step in steps:
        size = _size_after(size, step)
    return size


def output_size(size: Size | None, output: Output) -> Size | None:
    """Return the size of the output's file, or None where only the pixels can tell.

    Args:
        size: Of the image that the output is made from; None where it is not known.
        output: One that has a format of its own.

    Raises:
        AssetFailed: The output cannot be made: it would enlarge, or its format lacks
            what it asks for.
    """
    refuse_lossless(output)
    if output.fit == "contain" and output.width and output.height:
        refuse_see_through(output)
    size = resulting_size(size, output.process)
    if size is None:
        return None
    canvas = output_fitting(size, output).canvas
    if output.format is not None and output.format in ICON_SIDES_PX:
        side = icon_sides(canvas, output.format)[-1]
        return Size(side, side)
    return canvas


def output_fitting(size: Size, output: Output) -> Fitting:
    """Return how a picture of `size`, after the output's steps, becomes its file.

    One side alone keeps the proportions; of an icon file it is the side of a square, in
    which the picture is whole.

    Raises:
        AssetFailed: It would enlarge, or is too large for the format.
    """
    width, height = output.width, output.height
    density, largest = output.density
    if width is None and height is None and density != largest:
        width = in_ratio(size.width, density, largest)
        height = in_ratio(size.height, density, largest)
        fitting = fit_picture(size, width, height, "fill", "center")
    elif output.format in ICON_SIDES_PX and (width is None) != (height is None):
        side = width or height
        fitting = fit_picture(size, side, side, "contain", output.position)
    else:
        fitting = fit_picture(size, width, height, output.fit, output.position)
    limit_px = FORMAT_EDGE_PX.get(output.format or "", MAX_EDGE_PX)
    if max_edge(fitting.canvas) > limit_px:
        raise AssetFailed(
            f"{fitting.canvas} is too large for {output.format}",
            hint=f"no edge may be above {limit_px} px; set `width` or `height`",
        )
    return allowed(fitting, enlarge=output.enlarge)


def refuse_see_through(output: Output) -> None:
    """Do nothing when the output can hold, or covers, transparent pixels.

    Raises:
        AssetFailed: The format has no alpha and there is no background.
    """
    if output.format in WITHOUT_ALPHA and output.background is None:
        raise AssetFailed(
            f"{output.format} has no transparency, and the picture needs it",
            hint="set `background`, add the step `flatten`, or take png or webp",
        )


def refuse_lossless(output: Output) -> None:
    """Do nothing when the format can keep every pixel, or need not.

    Raises:
        AssetFailed: `lossless` is asked of a format that cannot.
    """
    if output.lossless and output.format in LOSSY_ONLY:
        raise AssetFailed(
            f"{output.format} cannot be lossless here",
            hint="take png or webp, or set `quality`",
        )


def icon_sides(size: Size, format_: str = "ico") -> tuple[int, ...]:
    """Return the sides, in px and ascending, of the pictures in an icon file.

    All usual ones up to the picture's longer edge; in an .ico that edge itself, too.

    Raises:
        AssetFailed: The picture is smaller than the smallest of an .icns.
    """
    usual = ICON_SIDES_PX[format_]
    largest = min(max_edge(size), usual[-1])
    if format_ == "ico":
        return (*(side for side in usual if side < largest), largest)
    if largest < usual[0]:
        raise AssetFailed(
            f"a picture of {size} is too small for {format_}",
            hint=f"its smallest picture has {usual[0]} px a side",
        )
    return tuple(side for side in usual if side <= largest)


def _size_after(size: Size | None, step: Step) -> Size | None:
    """Return the size after one step; None where it cannot be known."""
    args = complete_args(step)
    if size is None:
        return _size_regardless(step.name, args)
    match step.name:
        case "trim":
            return None
        case "crop":
            left, top, right, bottom = crop_box(size, args)
            return Size(right - left, bottom - top)
        case "resize":
            return resize_fitting(size, args).canvas
        case "pad":
            return padded_size(size, pad_sides(size, args))
        case "pixelate":
            return pixelated_size(size, args)
        case "tile":
            tile_overlap(size, args)
        case "rotate" if quarter_turns(args) % 2:
            return Size(size.height, size.width)
    return size


def _size_regardless(name: str, args: Args) -> Size | None:
    """Return the size that a step gives to any picture, or None."""
    width, height = args.get("width"), args.get("height")
    if name == "pad" and args.get("to") is not None:
        return parse_size(args["to"])
    if name == "crop" and args.get("ratio") is not None:
        return None
    if name == "resize" and args.get("fit") in ("inside", "outside"):
        return None
    if name in {"crop", "resize"} and isinstance(width, int):
        return Size(width, height) if isinstance(height, int) else None
    return None
