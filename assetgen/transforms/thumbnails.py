"""Small copies of pictures, for walls of them."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Final

from assetgen.transforms.opening import MEDIA_TYPES, open_picture, probe

if TYPE_CHECKING:
    from PIL import Image

SIDES: Final = (160, 320, 640)
"""Longest sides in px that thumbnails are made in."""

VERSION: Final = 1
"""Raised when a thumbnail of the same picture would look otherwise."""

SHOWN_FORMATS: Final = frozenset({"png", "jpeg", "webp", "gif", "avif", "svg"})
"""What browsers show; each by its own decoder there, too."""

_QUALITY: Final = 80
_EFFORT: Final = 2
_FEW_PIXELS: Final = 128 * 128


def media_type_of(data: bytes) -> str:
    """Return the media type that a picture's first bytes show.

    Raises:
        PictureRefused: It is no picture of a known format, or above the limits.
    """
    return MEDIA_TYPES[probe(data).format]


def thumbnail(data: bytes, side: int) -> bytes:
    """Return a small copy as a WebP; never larger than the picture itself.

    Args:
        data: A whole file that is no SVG.
        side: Longest side in px.

    Raises:
        PictureRefused: The file cannot be opened.
    """
    from PIL import Image

    image = open_picture(data)
    if max(image.size) > side:
        # With its alpha multiplied in, no colour of unseen pixels bleeds into the edges.
        small = image.convert("RGBa")
        small.thumbnail((side, side), Image.Resampling.LANCZOS, reducing_gap=2.0)
        image = small.convert("RGBA")
    return _webp(image)


def _webp(image: Image.Image) -> bytes:
    """Return a WebP; pixel art and other tiny pictures keep every pixel."""
    image.info = {}
    file = io.BytesIO()
    tiny = image.width * image.height <= _FEW_PIXELS
    flat = image if _is_seen_through(image) else image.convert("RGB")
    flat.save(file, "WEBP", quality=_QUALITY, method=_EFFORT, lossless=tiny)
    return file.getvalue()


def _is_seen_through(image: Image.Image) -> bool:
    low, _ = image.getchannel("A").getextrema()
    return not isinstance(low, tuple) and low < 255
