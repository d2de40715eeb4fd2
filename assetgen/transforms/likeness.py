"""How far two pictures are from each other: pixels that changed, and what people see.

Two measures. The share of pixels that changed counts those of which a channel differs by
more than `PIXEL_THRESHOLD` (alpha counts, too; colours under full transparency do not),
and is only there for pictures of the same size. The distance looks at both at 64x64 px, in
CIELAB and on a middle grey, and is the larger of two: of the form, 1 - SSIM, the mean of
the structural similarity over blocks of 8x8 px (lightness counts for half, each of the two
colour axes for a quarter); and of the colours, the mean difference (Delta E, 1976) divided
by 100, which is that of black and white.

Source: Wang, Bovik, Sheikh, Simoncelli, "Image Quality Assessment: From Error Visibility
to Structural Similarity" (2004), for the index and its constants.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PIL import Image, ImageChops, ImageCms

from assetgen.differences import Likeness
from assetgen.transforms.opening import open_picture

if TYPE_CHECKING:
    from collections.abc import Sequence

PIXEL_THRESHOLD: Final = 8
"""Of 255; smaller differences of a channel come from encoders and are not seen."""

_EDGE_PX: Final = 64
_BLOCK_PX: Final = 8
_C1: Final = (0.01 * 255) ** 2
_C2: Final = (0.03 * 255) ** 2
_WEIGHTS: Final = (0.5, 0.25, 0.25)
_LIGHTNESS: Final = 100 / 255
"""Of CIELAB for one step of the byte that holds it."""
_GREY: Final = (128, 128, 128, 255)
_MOST_PIXELS: Final = 4096 * 4096
"""Of larger pictures the pixels are counted on a smaller copy."""


def likeness_of(before: bytes, after: bytes) -> Likeness:
    """Return how far the pictures in two files are from each other.

    Raises:
        PictureRefused: One of them cannot be opened.
    """
    if before == after:
        return Likeness(0.0, 0.0)
    one, other = open_picture(before), open_picture(after)
    share = changed_share(one, other) if one.size == other.size else None
    return Likeness(share, distance_between(one, other))


def changed_share(one: Image.Image, other: Image.Image) -> float:
    """Return the share of pixels that differ, 0.0 to 1.0.

    Args:
        one: Mode RGBA, straight alpha.
        other: The same mode and size.
    """
    pair = [one, other]
    if one.width * one.height > _MOST_PIXELS:
        scale = (_MOST_PIXELS / (one.width * one.height)) ** 0.5
        size = (max(1, int(one.width * scale)), max(1, int(one.height * scale)))
        pair = [each.resize(size, Image.Resampling.NEAREST) for each in pair]
    # Premultiplied, so that what nobody sees is the same.
    first, second = (each.convert("RGBa") for each in pair)
    bands = [
        ImageChops.difference(a, b)
        for a, b in zip(first.split(), second.split(), strict=True)
    ]
    greatest = bands[0]
    for band in bands[1:]:
        greatest = ImageChops.lighter(greatest, band)
    counts = greatest.histogram()
    return sum(counts[PIXEL_THRESHOLD + 1 :]) / (greatest.width * greatest.height)


def distance_between(one: Image.Image, other: Image.Image) -> float:
    """Return how different two pictures look: 0.0 for the same, at most 1.0.

    Args:
        one: Mode RGBA, any size.
        other: The same; its proportions do not count.
    """
    first, second = _lab(one), _lab(other)
    alike = 0.0
    for weight, a, b in zip(_WEIGHTS, first, second, strict=True):
        alike += weight * _similarity(a, b)
    farther = max(1.0 - alike, _color_distance(first, second))
    return round(min(1.0, max(0.0, farther)), 4)


def _color_distance(one: Sequence[bytes], other: Sequence[bytes]) -> float:
    """Return the mean difference of the colours, in parts of that of black and white."""
    pixels = zip(*one, *other, strict=True)
    total: float = sum(
        ((l1 - l2) ** 2 * _LIGHTNESS**2 + (a1 - a2) ** 2 + (b1 - b2) ** 2) ** 0.5
        for l1, a1, b1, l2, a2, b2 in pixels
    )
    return total / (_EDGE_PX * _EDGE_PX) / 100


def _lab(image: Image.Image) -> list[bytes]:
    """Return lightness and both colour axes (grey is 128), 64x64 px, a byte each."""
    small = image.resize((_EDGE_PX, _EDGE_PX), Image.Resampling.BOX)
    ground = Image.new("RGBA", small.size, _GREY)
    ground.alpha_composite(small)
    profile = ImageCms.createProfile("sRGB")
    lab = ImageCms.profileToProfile(
        ground.convert("RGB"), profile, ImageCms.createProfile("LAB"), outputMode="LAB"
    )
    assert lab is not None
    return [band.tobytes() for band in lab.split()]


def _similarity(one: Sequence[int], other: Sequence[int]) -> float:
    """Return the mean index over all blocks, at most 1.0."""
    total, blocks = 0.0, 0
    for top in range(0, _EDGE_PX, _BLOCK_PX):
        for left in range(0, _EDGE_PX, _BLOCK_PX):
            rows = range(top, top + _BLOCK_PX)
            a: list[int] = []
            b: list[int] = []
            for row in rows:
                start = row * _EDGE_PX + left
                a += one[start : start + _BLOCK_PX]
                b += other[start : start + _BLOCK_PX]
            total += _index(a, b)
            blocks += 1
    return total / blocks


def _index(a: Sequence[int], b: Sequence[int]) -> float:
    count = len(a)
    mean_a, mean_b = sum(a) / count, sum(b) / count
    var_a = sum(x * x for x in a) / count - mean_a**2
    var_b = sum(x * x for x in b) / count - mean_b**2
    both = sum(x * y for x, y in zip(a, b, strict=True)) / count - mean_a * mean_b
    top = (2 * mean_a * mean_b + _C1) * (2 * both + _C2)
    return top / ((mean_a**2 + mean_b**2 + _C1) * (var_a + var_b + _C2))
