"""PNGs become as small as they can be without loss: the one door to oxipng."""

from __future__ import annotations

import importlib.util
from typing import Final

from assetgen.errors import NotAvailable

LEVEL: Final = 2
"""Of 0 to 6; see the decision on encoders for what the others cost."""

INSTALL: Final = "install it: `pip install 'assetgen-build[optimize]'`"


def require_optimizer() -> None:
    """Do nothing if PNGs can be optimized here.

    Raises:
        NotAvailable: What does it is not installed: a file must not depend on that.
    """
    if importlib.util.find_spec("oxipng") is None:
        raise NotAvailable(
            "png files are optimized by `pyoxipng`, which is not installed",
            hint=INSTALL,
        )


def optimized(data: bytes) -> bytes:
    """Return a PNG with the same pixels and the same metadata in fewer bytes.

    Raises:
        NotAvailable: What does it is not installed.
    """
    require_optimizer()
    import oxipng

    return bytes(oxipng.optimize_from_memory(data, level=LEVEL))
