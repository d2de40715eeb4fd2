"""Textures that repeat: the step that makes their borders meet, and its measure.

Pictures are RGBA, 8 bits a channel, straight alpha. A texture repeats without a seam
when its left column follows on its right one, and its top row on its bottom one, as
columns and rows inside follow on each other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PIL import Image, ImageChops, ImageStat

from assetgen.transforms.alpha import is_opaque

if TYPE_CHECKING:
    from collections.abc import Sequence

_NEIGHBOURS: Final = 8
"""Steps from one column to the next, on either side, that a seam is compared with."""


def tile(image: Image.Image, across_px: int, down_px: int) -> Image.Image:
    """Return the picture made to repeat without seams; its size stays.

    Towards each border the picture fades into itself, moved by half its size: there it
    goes on across the border as it does in its own middle.

    Args:
        image: Mode RGBA.
        across_px: Width of the blended parts on the left and right, at most half of the
            picture's.
        down_px: The same above and below.
    """
    mode = "RGBA" if is_opaque(image) else "RGBa"
    mixed = image.convert(mode)
    mixed = _faded(mixed, across_px)
    upright = Image.Transpose.TRANSPOSE
    mixed = _faded(mixed.transpose(upright), down_px).transpose(upright)
    return mixed.convert("RGBA")


def seam_score(image: Image.Image) -> float:
    """Return how much the picture's seams show when it repeats.

    A seam's step is the mean difference of the pixels on its two sides, over all
    channels; it counts as far as it is larger than the largest such step from a column
    (or row) to the next near the border. The worse of the two seams is returned.

    Returns:
        0.0 (none shows) to 1.0 (black against white).
    """
    picture = image.convert("RGBa")
    turned = picture.transpose(Image.Transpose.TRANSPOSE)
    return max(_score(picture), _score(turned))


def _faded(image: Image.Image, overlap_px: int) -> Image.Image:
    """Return the picture with its left and right borders meeting."""
    width, height = image.size
    if not overlap_px or width < 2:
        return image
    moved = ImageChops.offset(image, width // 2, 0)
    weights = bytearray(width)
    for x in range(overlap_px):
        weights[x] = max(weights[x], _weight(1 - x / overlap_px))
        weights[width - 1 - x] = max(weights[width - 1 - x], weights[x])
    row = Image.frombytes("L", (width, 1), bytes(weights))
    return Image.composite(moved, image, row.resize((width, height)))


def _weight(nearness: float) -> int:
    """Return 255 for 1.0 and 0 for 0.0, flat at both ends."""
    return int(nearness * nearness * (3 - 2 * nearness) * 255 + 0.5)


def _score(image: Image.Image) -> float:
    """Return how much the seam between the right and the left border shows."""
    width = image.width
    seam = _step(image, width - 1, 0)
    near = (*range(_NEIGHBOURS), *range(width - 1 - _NEIGHBOURS, width - 1))
    usual = max((_step(image, x, x + 1) for x in near if 0 <= x < width - 1), default=0)
    return max(0.0, seam - usual)


def _step(image: Image.Image, one: int, other: int) -> float:
    """Return the mean difference of two columns, 0.0 to 1.0, in the channel of most."""
    height = image.height
    columns = [image.crop((x, 0, x + 1, height)) for x in (one, other)]
    means: Sequence[float] = ImageStat.Stat(ImageChops.difference(*columns)).mean
    return max(means) / 255
