"""How a process that goes on for hours stays as small as it was at the beginning.

A plan is made of many objects and a few large texts, all dropped for those of the next
one. Planning keeps what it makes from being collected, which is right for a process that
ends; and the C library keeps what is freed, in pieces that large texts do not fit into
again. So a server of ten thousand assets would grow to three times its size.
"""

from __future__ import annotations

import ctypes
import gc
import sys
from contextlib import suppress
from typing import Final

_LARGE_BYTES: Final = 128 * 1024
_MMAP_THRESHOLD: Final = -3
"""Source: mallopt(3); naming it also keeps the C library from raising it by itself."""


def keep_small() -> None:
    """Let large texts have memory of their own, which goes back when they are dropped."""
    library = _c_library()
    if library is not None:
        with suppress(AttributeError):
            library.mallopt(_MMAP_THRESHOLD, _LARGE_BYTES)


def give_back() -> None:
    """Collect what nobody needs, and give its memory back to the system."""
    gc.unfreeze()
    gc.collect()
    library = _c_library()
    if library is not None:
        with suppress(AttributeError):
            library.malloc_trim(0)


def _c_library() -> ctypes.CDLL | None:
    """Return the C library where it is one that may know these functions."""
    if not sys.platform.startswith("linux"):
        return None
    with suppress(OSError):
        return ctypes.CDLL(None)
    return None
