"""Steps that change colours and leave the alpha as it is.

Pictures are RGBA, 8 bits a channel, straight alpha, before and after.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PIL import Image, ImageChops

if TYPE_CHECKING:
    from assetgen.transforms.arguments import Color

_AS_IT_IS: Final = list(range(256))
_NEGATIVE: Final = list(range(255, -1, -1))


def grayscale(image: Image.Image) -> Image.Image:
    """Return the picture in greys (ITU-R 601 weights)."""
    return image.convert("LA").convert("RGBA")


def invert(image: Image.Image) -> Image.Image:
    """Return the picture's negative."""
    return image.point(_NEGATIVE * 3 + _AS_IT_IS)


def threshold(image: Image.Image, level: int) -> Image.Image:
    """Return the picture in black and white: white where its grey is >= `level`."""
    table = [0] * level + [255] * (256 - level)
    return image.convert("LA").point(table + _AS_IT_IS).convert("RGBA")


def color_distance(image: Image.Image, color: Color) -> Image.Image:
    """Return, as mode L, each pixel's greatest channel distance to `color`.

    Alpha counts on neither side.
    """
    plain = Image.new("RGB", image.size, color[:3])
    return greatest_channel(ImageChops.difference(image.convert("RGB"), plain))


def greatest_channel(image: Image.Image) -> Image.Image:
    """Return, as mode L, the greatest channel of each pixel; any mode of 8 bits."""
    greatest, *others = image.split()
    for channel in others:
        greatest = ImageChops.lighter(greatest, channel)
    return greatest
