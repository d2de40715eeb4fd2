"""Steps that brighten, blur and sharpen.

Pictures are RGBA, 8 bits a channel, straight alpha, before and after. Where colours of
several pixels mix, transparent pixels lend none.
"""

from __future__ import annotations

import math
from typing import Final

from PIL import Image, ImageFilter

_MIDDLE: Final = 127.5
_AS_IT_IS: Final = list(range(256))
_SEEN: Final = [0] + [255] * 255


def adjust(
    image: Image.Image, brightness: float, contrast: float, saturation: float
) -> Image.Image:
    """Return the picture with other tones; the alpha stays as it is.

    Args:
        image: Mode RGBA.
        brightness: At least 0; every channel times this.
        contrast: At least 0; then every channel's distance to middle grey times this.
        saturation: At least 0; last, every pixel's distance to its own grey (ITU-R 601
            weights) times this.
    """
    if brightness != 1 or contrast != 1:
        table = [_toned(level, brightness, contrast) for level in range(256)]
        image = image.point(table * 3 + _AS_IT_IS)
    if saturation != 1:
        colors = image.convert("RGB")
        vivid = Image.blend(colors.convert("L").convert("RGB"), colors, saturation)
        vivid.putalpha(image.getchannel("A"))
        image = vivid
    return image


def blur(image: Image.Image, radius: float) -> Image.Image:
    """Return the picture blurred, its shape with it.

    What lies beyond the picture's border counts as equal to the border.

    Args:
        image: Mode RGBA.
        radius: Standard deviation in px, above 0.
    """
    soft = image.convert("RGBa").filter(ImageFilter.GaussianBlur(radius))
    return soft.convert("RGBA")


def sharpen(image: Image.Image, amount: float, radius: float) -> Image.Image:
    """Return the picture with its details raised; the alpha stays as it is.

    Args:
        image: Mode RGBA.
        amount: Above 0; how much of the difference to the blurred picture is added.
        radius: Of that blur, in px, above 0.
    """
    alpha = image.getchannel("A")
    colors = image.convert("RGB")
    soft = blur(image, radius).convert("RGB")
    crisp = Image.blend(soft, colors, 1 + amount)
    # Hidden colours are not there to be seen, and the blur has none to compare with.
    result = Image.composite(crisp, colors, alpha.point(_SEEN))
    result.putalpha(alpha)
    return result


def _toned(level: int, brightness: float, contrast: float) -> int:
    """Return what a channel's level becomes, rounded half up."""
    value = (level * brightness - _MIDDLE) * contrast + _MIDDLE
    return min(255, max(0, math.floor(value + 0.5)))
