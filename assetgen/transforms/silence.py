"""Picture files that say nothing but their pixels, for places that others can see."""

from __future__ import annotations

import io
from typing import Final, get_args

from assetgen.transforms.encoders import plain_png
from assetgen.transforms.metadata import MadeByModel, source_type_packet
from assetgen.transforms.opening import open_picture, probe_whole

_HARMLESS: Final = frozenset(
    (
        "adobe",
        "adobe_transform",
        "aspect",
        "background",
        "chromaticity",
        "default_image",
        "dpi",
        "duration",
        "extension",
        "gamma",
        "icc_profile",
        "interlace",
        "jfif",
        "jfif_density",
        "jfif_unit",
        "jfif_version",
        "loop",
        "progression",
        "progressive",
        "srgb",
        "timestamp",
        "transparency",
        "version",
    )
)
"""What Pillow notes of a file that is about how to show its pixels."""

_OURS: Final = frozenset(
    source_type_packet(origin).encode() for origin in get_args(MadeByModel) if origin
)


def silenced(data: bytes) -> tuple[bytes, str]:
    """Return a picture's file without words, and the suffix of its format.

    Where somebody took it and when, who made it and with what is left out: a file that
    holds any of it becomes a PNG of the same pixels, turned upright. One that holds
    nothing, or only our own word that a model made it, stays as it is, byte for byte.

    Args:
        data: A whole file; an SVG is not looked into.

    Raises:
        PictureRefused: The file cannot be opened.
    """
    kind = probe_whole(data).format
    if kind == "svg" or not any(_words_of(data)):
        return data, {"jpeg": "jpg"}.get(kind, kind)
    return plain_png(open_picture(data)), "png"


def _words_of(data: bytes) -> list[str]:
    """Return the names of what the file says beside its pixels."""
    from PIL import Image

    with Image.open(io.BytesIO(data)) as image:
        image.load()  # what stands behind the pixels counts as well
        return [
            str(name)
            for name, value in image.info.items()
            if name not in _HARMLESS and value and not _is_ours(value)
        ]


def _is_ours(value: object) -> bool:
    return (value.encode() if isinstance(value, str) else value) in _OURS
