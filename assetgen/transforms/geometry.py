"""Steps that cut, scale, pad and turn.

Pictures are RGBA, 8 bits a channel, straight alpha, before and after.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from PIL import Image

from assetgen.errors import AssetFailed
from assetgen.model import Size
from assetgen.transforms.arguments import CLEAR
from assetgen.transforms.color import color_distance
from assetgen.transforms.placement import padded_size, refuse_too_large, scaled_size

if TYPE_CHECKING:
    from collections.abc import Mapping

    from assetgen.transforms.arguments import Color
    from assetgen.transforms.placement import Box, Fitting

FILTERS: Final[Mapping[str, Image.Resampling]] = MappingProxyType(
    {
        "nearest": Image.Resampling.NEAREST,
        "box": Image.Resampling.BOX,
        "bilinear": Image.Resampling.BILINEAR,
        "hamming": Image.Resampling.HAMMING,
        "bicubic": Image.Resampling.BICUBIC,
        "lanczos": Image.Resampling.LANCZOS,
    }
)

_CLOCKWISE: Final = (
    None,
    Image.Transpose.ROTATE_270,
    Image.Transpose.ROTATE_180,
    Image.Transpose.ROTATE_90,
)

_MIRRORED: Final[Mapping[str, Image.Transpose]] = MappingProxyType(
    {
        "horizontal": Image.Transpose.FLIP_LEFT_RIGHT,
        "vertical": Image.Transpose.FLIP_TOP_BOTTOM,
    }
)


def size_of(image: Image.Image) -> Size:
    """Return the picture's size."""
    return Size(image.width, image.height)


def trim(image: Image.Image, color: Color | None, tolerance: int) -> Image.Image:
    """Return the picture without its empty border.

    Args:
        image: Mode RGBA.
        color: What counts as empty beside fully transparent pixels; None: nothing.
        tolerance: 0 to 255: greatest channel distance to `color` that counts as that
            colour; without a colour, the highest alpha that counts as transparent.

    Raises:
        AssetFailed: Nothing would be left.
    """
    seen = image.getchannel("A")
    if color is None:
        seen = seen.point([0] * (tolerance + 1) + [255] * (255 - tolerance))
    else:
        different = [0] * (tolerance + 1) + [255] * (255 - tolerance)
        nothing = Image.new("L", image.size, 0)
        seen = Image.composite(
            color_distance(image, color).point(different),
            nothing,
            seen.point([0] + [255] * 255),
        )
    box = seen.getbbox()
    if box is None:
        raise AssetFailed("`trim` leaves nothing: the whole picture counts as border")
    return image.crop(box)


def resize(
    image: Image.Image, fitting: Fitting, filter_name: str, ground: Color = CLEAR
) -> Image.Image:
    """Return the picture brought to a size; what is padded shows the ground.

    Pillow scales RGBA in premultiplied form, so transparent pixels lend no colour to
    the edges.

    Raises:
        AssetFailed: There is no such filter.
    """
    try:
        kind = FILTERS[filter_name]
    except KeyError:
        raise AssetFailed(
            f"unknown filter {filter_name!r}", hint="one of " + ", ".join(FILTERS)
        ) from None
    drawn = (fitting.drawn.width, fitting.drawn.height)
    whole_picture = (0.0, 0.0, float(image.width), float(image.height))
    if image.size == drawn and fitting.region == whole_picture:
        result = image
    else:
        result = image.resize(drawn, kind, box=fitting.region)
    if fitting.canvas == fitting.drawn:
        return result
    canvas = Image.new("RGBA", (fitting.canvas.width, fitting.canvas.height), ground)
    canvas.paste(result, fitting.offset)
    return canvas


def scale(image: Image.Image, factor: float) -> Image.Image:
    """Return the picture times `factor` (above 0), at least 1x1.

    Raises:
        AssetFailed: The result is too large.
    """
    size = scaled_size(size_of(image), factor)
    refuse_too_large(size)
    if size == size_of(image):
        return image
    return image.resize((size.width, size.height), Image.Resampling.LANCZOS)


def pad(image: Image.Image, sides: Box, color: Color) -> Image.Image:
    """Return the picture with a border of `sides` (left, top, right, bottom) px.

    Raises:
        AssetFailed: The result is too large.
    """
    size = padded_size(size_of(image), sides)
    padded = Image.new("RGBA", (size.width, size.height), color)
    padded.paste(image, sides[:2])
    return padded


def rotate(image: Image.Image, quarters: int) -> Image.Image:
    """Return the picture turned clockwise by 0 to 3 quarters."""
    method = _CLOCKWISE[quarters]
    return image if method is None else image.transpose(method)


def flip(image: Image.Image, direction: str) -> Image.Image:
    """Return the picture mirrored left to right, or top to bottom.

    Raises:
        AssetFailed: The direction is neither ``horizontal`` nor ``vertical``.
    """
    try:
        return image.transpose(_MIRRORED[direction])
    except KeyError:
        raise AssetFailed(
            f"`flip` takes horizontal or vertical, not {direction!r}"
        ) from None
