"""Steps that give the picture another shape: rounded corners, a line around it.

Pictures are RGBA, 8 bits a channel, straight alpha, before and after; their size stays.
Edges are smooth: a pixel that is half covered is half transparent.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from PIL import Image, ImageChops

from assetgen.transforms.discs import bits_of, grown

if TYPE_CHECKING:
    from assetgen.transforms.arguments import Color

_LEVELS: Final = 4
"""Steps of grey, from nothing to full, along the outer edge of an outline."""

_EDGE_LEVELS: Final = 3
"""Steps of the picture's own alpha that are told apart."""

_BACKED_PX: Final = 2
"""How far an outline goes on under the shape, so that its soft edge shows no gap."""


def round_corners(image: Image.Image, radius: float) -> Image.Image:
    """Return the picture with round corners.

    Args:
        image: Mode RGBA.
        radius: In px, at least 0; half of the shorter side is the most that is used.
    """
    radius = min(radius, min(image.size) / 2)
    corner = _corner(radius)
    if corner is None:
        return image
    kept = Image.new("L", image.size, 255)
    right, lower = image.width - corner.width, image.height - corner.height
    mirrored = corner.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    for top, flipped in (
        (0, False),
        (lower, True),
    ):
        for left, piece in ((0, corner), (right, mirrored)):
            turned = piece.transpose(Image.Transpose.FLIP_TOP_BOTTOM)
            kept.paste(turned if flipped else piece, (left, top))
    result = image.copy()
    result.putalpha(ImageChops.multiply(image.getchannel("A"), kept))
    return result


def outline(image: Image.Image, width_px: int, color: Color) -> Image.Image:
    """Return the picture with a line around its shape; what is opaque stays.

    The line lies outside of the shape and is cut off at the picture's border. Parts
    inside that are half transparent stay so.

    Args:
        image: Mode RGBA.
        width_px: At least 1.
        color: Of the line, with its alpha.
    """
    alpha = image.getchannel("A")
    if alpha.getextrema()[0] == 255:
        return image
    around = _around(alpha, width_px)
    hidden = alpha.point([255] + [0] * 255)
    around = ImageChops.darker(around, grown(hidden, _BACKED_PX))
    line = Image.new("RGBA", image.size, color)
    line.putalpha(around.point([level * color[3] // 255 for level in range(256)]))
    return Image.alpha_composite(line, image)


def _corner(radius: float) -> Image.Image | None:
    """Return how much of each pixel the top left corner of that radius covers.

    Returns:
        Mode L; None for a radius of 0.
    """
    side = math.ceil(radius)
    rows = bytearray()
    for y in range(side):
        down = radius - y - 0.5
        # Only a few pixels of a row lie on the circle itself.
        first = min(side, _columns_outside(radius, radius + 0.5, down))
        inner = min(side, _columns_outside(radius, radius - 0.5, down) + 1)
        rows += bytes(first)
        rows += bytes(
            _covered(radius, radius - x - 0.5, down) for x in range(first, inner)
        )
        rows += b"\xff" * (side - inner)
    return Image.frombytes("L", (side, side), bytes(rows)) if side else None


def _columns_outside(centre: float, radius: float, down: float) -> int:
    """Return how many pixels of a row come before a circle, or before its centre."""
    half = math.sqrt(max(0.0, radius * radius - down * down)) if radius > 0 else 0.0
    return max(0, math.floor(centre - half))


def _covered(radius: float, across: float, down: float) -> int:
    """Return how much of a pixel a disc covers, 0 to 255, from its way to the centre."""
    share = radius + 0.5 - math.sqrt(across * across + down * down)
    return math.floor(min(1.0, max(0.0, share)) * 255 + 0.5)


def _around(alpha: Image.Image, width_px: int) -> Image.Image:
    """Return the alpha of a shape that is `width_px` wider on all sides; mode L.

    A pixel of alpha `a` (as a share) covers one at distance `d` by `width + a - d`, the
    most counts. Both are told apart in steps only, and every step is a disc.
    """
    areas = []
    for step in range(1, _EDGE_LEVELS + 1):
        least = math.ceil(step / _EDGE_LEVELS * 255)
        area = alpha.point([0] * least + [255] * (256 - least))
        areas.append((step / _EDGE_LEVELS, bits_of(area, width_px + 1)))
    result = Image.new("L", alpha.size)
    for level in range(1, _LEVELS + 1):
        covered, reached = level / _LEVELS, 0
        for share, area_bits in areas:
            reached |= area_bits.grown(width_px + share - covered)
        grey = math.floor(covered * 255 + 0.5)
        shape = areas[0][1].picture(reached).point([0] * 255 + [grey])
        result = ImageChops.lighter(result, shape)
    return result
