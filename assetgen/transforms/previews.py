"""What stands in for a picture while it loads: its main colour, and a tiny blurred copy."""

from __future__ import annotations

import base64
import io
from typing import TYPE_CHECKING, Final

from PIL import Image, ImageFilter

from assetgen.transforms.opening import open_picture
from assetgen.values import Value

if TYPE_CHECKING:
    from collections.abc import Sequence

_EDGE_PX: Final = 20
_BLUR_PX: Final = 0.8
_QUALITY: Final = 40
_SAMPLE_PX: Final = 48
_BUCKETS: Final = 8
_SEEN: Final = 128
"""Alpha from which a pixel's colour counts."""


class Preview(Value):
    """What a page can show before the picture is there.

    Attributes:
        color: The main colour, ``#rrggbb``; empty if nothing of the picture is seen.
        blur: A WebP of at most 20 px a side, as a `data:` URI.
    """

    color: str
    blur: str


def preview_of(data: bytes) -> Preview:
    """Return what stands in for the picture in a file.

    Raises:
        PictureRefused: The file cannot be opened.
    """
    image = open_picture(data)
    return Preview(main_color(image), blurred_copy(image))


def main_color(image: Image.Image) -> str:
    """Return the colour that most of what is seen has, about; empty for nothing seen.

    Args:
        image: Mode RGBA.
    """
    small = image.copy()
    small.thumbnail((_SAMPLE_PX, _SAMPLE_PX), Image.Resampling.BOX)
    seen = [pixel[:3] for pixel in _pixels(small) if pixel[3] >= _SEEN]
    if not seen:
        return ""
    strip = Image.frombytes("RGB", (len(seen), 1), bytes(c for p in seen for c in p))
    few = strip.quantize(_BUCKETS, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    counts = few.getcolors() or [(1, 0)]
    _, index = max(counts, key=lambda each: (each[0], -_number(each[1])))
    palette = few.getpalette() or [0, 0, 0]
    at = 3 * _number(index)
    return "#{:02x}{:02x}{:02x}".format(*palette[at : at + 3])


def _pixels(image: Image.Image) -> Sequence[tuple[int, ...]]:
    flat = image.tobytes()
    return [tuple(flat[at : at + 4]) for at in range(0, len(flat), 4)]


def _number(value: object) -> int:
    assert isinstance(value, int)
    return value


def blurred_copy(image: Image.Image) -> str:
    """Return a tiny blurred copy as a `data:` URI.

    Args:
        image: Mode RGBA.
    """
    small = image.copy()
    small.info = {}
    small.thumbnail((_EDGE_PX, _EDGE_PX), Image.Resampling.BOX)
    small = small.convert("RGBa").filter(ImageFilter.GaussianBlur(_BLUR_PX))
    file = io.BytesIO()
    small.convert("RGBA").save(file, "WEBP", quality=_QUALITY, method=6)
    text = base64.b64encode(file.getvalue()).decode("ascii")
    return f"data:image/webp;base64,{text}"
