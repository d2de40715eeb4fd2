"""Outpainting: a picture is padded, and the mask is what was added.

`extend_canvas` is arithmetic and free of PIL; the other functions import it when they
are called.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from assetgen.errors import AssetFailed
from assetgen.model import Size
from assetgen.transforms.placement import anchored, length_px, refuse_too_large
from assetgen.values import Value

if TYPE_CHECKING:
    from PIL import Image

    from assetgen.model import Extend


class ExtendGeometry(Value):
    """Where a picture lies in the larger one that is asked for.

    Attributes:
        source: The picture's size.
        wanted: The size that the spec asks for.
        canvas: The size that is sent: `wanted`, rounded up to the model's grid; what
            is too much lies to the right and below, and is cut off after drawing.
        offset: Top left corner of the picture in both, in px.
    """

    source: Size
    wanted: Size
    canvas: Size
    offset: tuple[int, int]


def extend_canvas(size: Size, extend: Extend, grid: int = 1) -> ExtendGeometry:
    """Return where a picture of `size` lies once it is extended.

    Args:
        size: Of the first input.
        extend: Percent of left and right are of the width, of top and bottom of the
            height.
        grid: The sides that are sent are multiples of it.

    Raises:
        AssetFailed: Nothing would be added, something would be cut off, or the result
            is too large.
    """
    if extend.to is not None:
        wanted = extend.to
        if wanted.width < size.width or wanted.height < size.height:
            raise AssetFailed(f"`extend` to {wanted} would cut a picture of {size}")
        offset = anchored(extend.anchor, size, wanted)
    else:
        left = length_px(extend.left, size.width)
        right = length_px(extend.right, size.width)
        top = length_px(extend.top, size.height)
        bottom = length_px(extend.bottom, size.height)
        if min(left, right, top, bottom) < 0:
            raise AssetFailed("`extend` cannot take away; use the step `crop`")
        wanted = Size(size.width + left + right, size.height + top + bottom)
        offset = (left, top)
    if wanted == size:
        raise AssetFailed(f"`extend` adds nothing to a picture of {size}")
    canvas = Size(_rounded_up(wanted.width, grid), _rounded_up(wanted.height, grid))
    refuse_too_large(canvas)
    return ExtendGeometry(size, wanted, canvas, offset)


def extend_picture(
    image: Image.Image, geometry: ExtendGeometry
) -> tuple[Image.Image, Image.Image]:
    """Return the padded picture and what of it is to be drawn.

    Args:
        image: Mode RGBA, of the size that the geometry was made for.
        geometry: From `extend_canvas`.

    Returns:
        Two pictures of the geometry's canvas: mode RGBA, transparent around the
        picture; and mode L, 255 around it and 0 where it lies.
    """
    from PIL import Image

    canvas = (geometry.canvas.width, geometry.canvas.height)
    padded = Image.new("RGBA", canvas, (0, 0, 0, 0))
    padded.paste(image, geometry.offset)
    edited = Image.new("L", canvas, 255)
    edited.paste(0, (*geometry.offset, *_far_corner(geometry)))
    return padded, edited


def cut_excess(image: Image.Image, geometry: ExtendGeometry) -> Image.Image:
    """Return a drawn picture of the canvas without what only filled the grid."""
    if geometry.wanted == geometry.canvas:
        return image
    return image.crop((0, 0, geometry.wanted.width, geometry.wanted.height))


def _far_corner(geometry: ExtendGeometry) -> tuple[int, int]:
    """Return the picture's right and bottom edge on the canvas, in px."""
    left, top = geometry.offset
    return left + geometry.source.width, top + geometry.source.height


def _rounded_up(length_px: int, grid: int) -> int:
    """Return the next multiple of `grid`."""
    return -(-length_px // grid) * grid
