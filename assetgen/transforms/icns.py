"""Apple's icon files: a list of PNGs, each under a code for its size.

Source: Apple's `iconutil`; Wikipedia, "Apple Icon Image format".
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from PIL import Image

_CODES: Final[Mapping[int, tuple[bytes, ...]]] = MappingProxyType(
    {
        16: (b"icp4",),
        32: (b"icp5", b"ic11"),
        64: (b"ic12",),
        128: (b"ic07",),
        256: (b"ic08", b"ic13"),
        512: (b"ic09", b"ic14"),
        1024: (b"ic10",),
    }
)
"""By the side in px: the plain size, and half of it for screens of double density."""


def icns_file(
    icons: Sequence[Image.Image], as_png: Callable[[Image.Image], bytes]
) -> bytes:
    """Return an .icns file.

    Args:
        icons: Square pictures of usual sides, ascending; mode RGBA.
        as_png: Encodes one of them.
    """
    parts: list[bytes] = []
    for icon in icons:
        png = as_png(icon)
        for code in _CODES[icon.width]:
            parts += (code, (8 + len(png)).to_bytes(4, "big"), png)
    body = b"".join(parts)
    return b"".join((b"icns", (8 + len(body)).to_bytes(4, "big"), body))
