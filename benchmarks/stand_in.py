"""A provider that charges and answers at once: for projects whose lock is full."""

from __future__ import annotations

import os
import struct
import zlib
from typing import TYPE_CHECKING

from assetgen.model import Size
from assetgen.providers.base import Drawing, Price

if TYPE_CHECKING:
    from collections.abc import Callable

    from assetgen.providers.base import Order, Word
    from assetgen.requests import Request

PRICE_USD = 0.01


class StandIn:
    """Answers with noise, never the same twice; see `assetgen.providers.base.Provider`."""

    name = "stand-in"
    version = "1"
    deterministic = False
    paid = True
    local = False
    labelled = False

    def estimate(
        self,
        request: Request,  # noqa: ARG002  # the price is fixed
        count: int,
        input_sizes: tuple[Size | None, ...],  # noqa: ARG002
    ) -> Price:
        """Return the fixed price."""
        return Price(PRICE_USD * count)

    def draw(
        self,
        order: Order,
        count: int,
        on_progress: Callable[[Word], None],  # noqa: ARG002  # it takes no time
    ) -> list[Drawing]:
        """Return as many pictures of noise."""
        size = order.pixel_size or Size(16, 16)
        return [
            Drawing(data=_noise_png(size), cost_usd=PRICE_USD) for _ in range(count)
        ]


def _noise_png(size: Size) -> bytes:
    rows = b"".join(b"\0" + os.urandom(3 * size.width) for _ in range(size.height))
    head = struct.pack(">IIBBBBB", size.width, size.height, 8, 2, 0, 0, 0)
    parts = ((b"IHDR", head), (b"IDAT", zlib.compress(rows, 1)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data))
        + kind
        + data
        + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in parts
    )
