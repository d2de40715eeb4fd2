"""Version numbers of what makes files, for the keys of images and outputs.

A number is raised when the pixels change on purpose; the version of a library never
enters a key, so upgrading one rewrites nothing. The steps' own versions are in
`assetgen.catalog`. This module never imports PIL.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from assetgen.model import Format

ENCODER_VERSIONS: Final[Mapping[Format, int]] = MappingProxyType(
    {
        "png": 2,
        "jpg": 1,
        "webp": 2,
        "avif": 2,
        "gif": 2,
        "ico": 3,
        "icns": 3,
        "svg": 1,
    }
)
"""How each format is written, defaults of quality and metadata included."""

MOTION_VERSION: Final = 2
"""How frames become a moving picture."""

OPTIMIZE_VERSION: Final = 1
"""How hard a png is tried to be made smaller without loss."""

PREVIEW_VERSION: Final = 1
"""How a picture's main colour and its blurred copy are worked out."""

RESIZE_VERSION: Final = 1
"""How an output's width, height, fit and density become a size."""

MASK_VERSION: Final = 1
"""How the words of a mask become pixels."""

EXTEND_VERSION: Final = 1
"""How a picture is padded for outpainting, and cropped after it."""

COMPOSE_VERSION: Final = 1
"""How layers are put on each other."""

TEXT_VERSION: Final = 1
"""How lines of text are broken and placed."""

SHEET_VERSION: Final = 1
"""How frames are arranged on the pages of a sprite sheet."""

SHEET_DATA_VERSION: Final = 1
"""How the data files of sprite sheets are written."""

PUT_BACK_VERSION: Final = 1
"""How kept pixels are put back over a drawn edit."""
