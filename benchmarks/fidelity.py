"""How much of a picture is left in a file: PSNR and SSIM, with Pillow's arithmetic only.

Pictures with alpha are looked at on black and on white, and the mean of both counts: so
colours count as much as they are seen.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from PIL import Image, ImageChops, ImageMath, ImageStat

if TYPE_CHECKING:
    from collections.abc import Iterator

_C1: Final = (0.01 * 255) ** 2
_C2: Final = (0.03 * 255) ** 2
_WINDOW_PX: Final = 8
_EXACT_DB: Final = 99.0


def psnr_db(one: Image.Image, other: Image.Image) -> float:
    """Return the peak signal-to-noise ratio of two RGBA pictures of one size, in dB."""
    squares = [
        sum(stat.sum2) / sum(stat.count)
        for a, b in _grounds(one, other)
        for stat in (ImageStat.Stat(ImageChops.difference(a, b)),)
    ]
    mean = sum(squares) / len(squares)
    return _EXACT_DB if mean == 0 else 10 * math.log10(255 * 255 / mean)


def ssim(one: Image.Image, other: Image.Image) -> float:
    """Return the structural similarity of the grey levels of two pictures, up to 1.0.

    Source: Wang, Bovik, Sheikh, Simoncelli, "Image quality assessment: from error
    visibility to structural similarity", 2004; here in blocks of 8x8 px side by side.
    """
    found = [_ssim(a.convert("L"), b.convert("L")) for a, b in _grounds(one, other)]
    return sum(found) / len(found)


def _grounds(
    one: Image.Image, other: Image.Image
) -> Iterator[tuple[Image.Image, Image.Image]]:
    """Yield both pictures as RGB, on black and on white."""
    for level in (0, 255):
        pair = []
        for picture in (one, other):
            ground = Image.new("RGBA", picture.size, (level, level, level, 255))
            ground.alpha_composite(picture.convert("RGBA"))
            pair.append(ground.convert("RGB"))
        yield pair[0], pair[1]


def _ssim(one: Image.Image, other: Image.Image) -> float:
    """Return the mean over all windows of two mode L pictures."""
    a, b = one.convert("F"), other.convert("F")
    products = (_times(a, a), _times(b, b), _times(a, b))
    means = (each.reduce(_WINDOW_PX) for each in (a, b, *products))
    windows = [each.get_flattened_data() for each in means]
    total = 0.0
    for mean_a, mean_b, aa, bb, ab in zip(*windows, strict=True):
        both = mean_a * mean_b
        light = (2 * both + _C1) / (mean_a**2 + mean_b**2 + _C1)
        spread = aa - mean_a**2 + bb - mean_b**2
        total += light * (2 * (ab - both) + _C2) / (spread + _C2)
    return total / len(windows[0])


def _times(one: Image.Image, other: Image.Image) -> Image.Image:
    """Return the product of two mode F pictures."""
    product = ImageMath.lambda_eval(lambda args: args["a"] * args["b"], a=one, b=other)
    assert isinstance(product, Image.Image)
    return product
