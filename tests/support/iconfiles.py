"""Readers of icon files that share no code with what writes them."""

from __future__ import annotations

import io
import struct

from PIL import Image


def ico_pictures(data: bytes) -> dict[int, Image.Image]:
    """Return the pictures of an .ico by their width; each must be a PNG or a DIB."""
    reserved, kind, count = struct.unpack_from("<HHH", data)
    assert (reserved, kind) == (0, 1)
    found: dict[int, Image.Image] = {}
    for at in range(count):
        width, height, _, _, _, _, size, start = struct.unpack_from(
            "<BBBBHHII", data, 6 + 16 * at
        )
        body = data[start : start + size]
        assert body.startswith(b"\x89PNG"), "the pictures of this icon are PNGs"
        with Image.open(io.BytesIO(body)) as image:
            found[image.width] = image.convert("RGBA")
        assert image.size == (width or 256, height or 256)
    assert len(found) == count
    return found


def icns_pictures(data: bytes) -> dict[str, Image.Image]:
    """Return the pictures of an .icns by the four letters of their kind."""
    kind, total = struct.unpack_from(">4sI", data)
    assert (kind, total) == (b"icns", len(data))
    found: dict[str, Image.Image] = {}
    at = 8
    while at < total:
        code, size = struct.unpack_from(">4sI", data, at)
        with Image.open(io.BytesIO(data[at + 8 : at + size])) as image:
            assert image.format == "PNG"
            found[code.decode()] = image.convert("RGBA")
        at += size
    assert at == total
    return found
