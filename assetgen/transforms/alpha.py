"""Steps that change which parts of a picture are seen.

Pictures are RGBA, 8 bits a channel, straight alpha, before and after.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from PIL import Image, ImageChops

from assetgen.errors import AssetFailed
from assetgen.transforms.color import color_distance

if TYPE_CHECKING:
    from assetgen.transforms.arguments import Color


def is_opaque(image: Image.Image) -> bool:
    """Return whether no pixel of the RGBA picture lets anything through."""
    return image.getchannel("A").getextrema() == (255, 255)


def flatten(image: Image.Image, color: Color) -> Image.Image:
    """Return the picture on a plain ground; opaque, whatever the colour's alpha."""
    ground = Image.new("RGBA", image.size, (*color[:3], 255))
    ground.alpha_composite(image)
    return ground


def key(image: Image.Image, color: Color, tolerance: int, feather: int) -> Image.Image:
    """Return the picture with one colour made transparent.

    Args:
        image: Mode RGBA.
        color: What disappears; its alpha does not count.
        tolerance: 0 to 255: pixels up to this greatest channel distance disappear.
        feather: 0 to 255: above that, alpha rises to full over this distance.
    """
    table = [
        0 if distance <= tolerance else _ramp(distance - tolerance, feather)
        for distance in range(256)
    ]
    kept = color_distance(image, color).point(table)
    keyed = image.copy()
    keyed.putalpha(ImageChops.multiply(image.getchannel("A"), kept))
    return keyed


def alpha_from(
    image: Image.Image, guide: Image.Image, keep: Literal["white", "black"]
) -> Image.Image:
    """Return the picture with its alpha replaced by another picture's greys.

    Args:
        image: Mode RGBA.
        guide: Mode RGBA, same size; where it is transparent nothing is kept.
        keep: Which of its greys stays opaque.

    Raises:
        AssetFailed: The sizes differ.
    """
    if guide.size != image.size:
        raise AssetFailed(
            "`alpha` needs two pictures of one size, but they are "
            f"{image.width}x{image.height} and {guide.width}x{guide.height}",
            hint="bring one of them to the other's size with the step `resize`",
        )
    grey, seen = guide.convert("LA").split()
    if keep == "black":
        grey = ImageChops.invert(grey)
    result = image.copy()
    result.putalpha(ImageChops.multiply(grey, seen))
    return result


def _ramp(distance: int, feather: int) -> int:
    """Return the alpha at `distance` (above 0) beyond the tolerance."""
    return 255 if distance > feather else (255 * distance + feather // 2) // feather
