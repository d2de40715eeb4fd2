"""Makes the file of a finished picture."""

from __future__ import annotations

import io
import struct
import zlib
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from PIL.Image import Image

    from assetgen.providers.placeholder.brief import Format

_LEVEL: Final = 1
_COLOR_TYPES: Final = {"RGB": 2, "RGBA": 6}
_UP: Final = 2
"""PNG's filter that stores the difference from the row above."""


def encoded(
    picture: Image, form: Format, quality: int | None, *, exact: bool = False
) -> bytes:
    """Return the file.

    Args:
        picture: Mode RGB or RGBA.
        form: Any format but svg.
        quality: For JPEG and WebP, 1 to 100; None for the default.
        exact: WebP only: without loss, colours under transparent pixels included.
    """
    options: dict[str, Any] = {}
    match form:
        case "png":
            return _png(picture)
        case "jpeg":
            picture = flattened(picture)
            options = {"quality": quality or 88}
        case "webp" if exact or quality == 100:
            options = {"lossless": True, "exact": True, "quality": 0, "method": 0}
        case "webp":
            options = {"quality": quality or 88, "method": 1}
        case "gif":
            picture = _with_colors(picture)
        case "svg":
            raise AssertionError("pictures of pixels do not become svg here")
    file = io.BytesIO()
    picture.save(file, form.upper(), **options)
    return file.getvalue()


def _png(picture: Image) -> bytes:
    """Return the PNG file of a picture, mode RGB or RGBA.

    Pillow tries all five filters for every row, which takes most of its time. The
    fades and flat shapes drawn here are nothing but zeros under one of them, so that
    one is used throughout: twice as fast, and no larger.
    """
    from PIL import Image, ImageChops

    depth, (width, height) = len(picture.mode), picture.size
    above = Image.new(picture.mode, picture.size)
    above.paste(picture, (0, 1))
    rows = ImageChops.subtract_modulo(picture, above)
    # A stride of one byte more leaves room for each row's filter byte.
    stride = depth * width + 1
    data = rows.tobytes("raw", picture.mode, stride)
    lines = Image.frombytes("L", (stride, height), b"\0" + data[:-1])
    lines.paste(_UP, (0, 0, 1, height))
    header = struct.pack(
        ">IIBBBBB", width, height, 8, _COLOR_TYPES[picture.mode], 0, 0, 0
    )
    body = zlib.compress(lines.tobytes(), _LEVEL)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(content))
        + kind
        + content
        + struct.pack(">I", zlib.crc32(kind + content))
        for kind, content in ((b"IHDR", header), (b"IDAT", body), (b"IEND", b""))
    )


def flattened(picture: Image) -> Image:
    """Return the picture on white, mode RGB."""
    if picture.mode == "RGB":
        return picture
    from PIL import Image

    ground = Image.new("RGB", picture.size, "white")
    ground.paste(picture, (0, 0), picture)
    return ground


def _with_colors(picture: Image) -> Image:
    """Return the picture in at most 255 colours, and one for transparent, mode P."""
    from PIL import Image

    few = picture.convert("RGB").quantize(255, Image.Quantize.MEDIANCUT)
    if picture.mode == "RGBA":
        clear = picture.getchannel("A").point([255] * 128 + [0] * 128)
        few.paste(255, (0, 0), clear)
        few.info["transparency"] = 255
    return few
