"""A decoded picture, whatever its file was, becomes the one working form.

RGBA, 8 bits a channel, straight alpha, sRGB, upright, without metadata; the same way
for every file that comes in. Called by `opening` only.
"""

from __future__ import annotations

import io
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from PIL import Image

if TYPE_CHECKING:
    from collections.abc import Mapping

_TURNS: Final[Mapping[int, Image.Transpose]] = MappingProxyType(
    {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_270,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_90,
    }
)
"""What undoes each EXIF orientation."""

_PROFILED_MODES: Final = frozenset({"L", "RGB", "RGBA", "CMYK"})


def normalized(image: Image.Image, orientation: int) -> Image.Image:
    """Return the picture in working form.

    Args:
        image: Decoded, in any mode that the opened formats give.
        orientation: EXIF orientation, 1 to 8.
    """
    profile = image.info.get("icc_profile")
    picture = _eight_bits(image)
    if profile and isinstance(profile, bytes):
        picture = _in_srgb(picture, profile)
    if picture.mode != "RGBA":
        picture = picture.convert("RGBA")
    if orientation in _TURNS:
        picture = picture.transpose(_TURNS[orientation])
    if picture is image:
        picture = image.copy()
    picture.info = {}
    return picture


def _eight_bits(image: Image.Image) -> Image.Image:
    """Return a picture of 8 bits a channel, palette and stray transparency resolved.

    Deep greys keep their upper 8 bits, as the decoder does for deep colours.
    """
    if image.mode.startswith("I"):
        wide = image.convert("I")
        return wide.point(lambda grey: grey * (1 / 256)).convert("L")
    if image.mode == "1":
        return image.convert("L")
    if image.mode in {"P", "PA", "LA", "La", "RGBa"} or "transparency" in image.info:
        return image.convert("RGBA")
    return image


def _in_srgb(image: Image.Image, profile: bytes) -> Image.Image:
    """Return the picture's colours in sRGB; unchanged where the profile is unusable."""
    if image.mode not in _PROFILED_MODES:
        return image
    from PIL import ImageCms

    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        if "sRGB" in ImageCms.getProfileDescription(source):
            return image
        converted = ImageCms.profileToProfile(
            image,
            source,
            ImageCms.createProfile("sRGB"),
            outputMode="RGBA" if image.mode == "RGBA" else "RGB",
        )
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return image
    return image if converted is None else converted
