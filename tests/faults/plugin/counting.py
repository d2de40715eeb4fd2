"""A paid provider that counts its charges in a file, and fails where a prompt says so.

No two of its pictures are the same. The file that ``COUNTING_LOG`` names gets one line
a charge, before the answer goes out, so that a test can compare what was charged with
what was banked. Further variables:

* ``COUNTING_GATE``: every answer waits until this file exists.
* ``COUNTING_DELAY_S``: seconds that every answer takes.
* ``COUNTING_HEALED``: prompts are obeyed no more.

Words in a prompt: REFUSED, REJECTED (a refusal to be remembered), UNAVAILABLE and
PENNILESS are free; UNKNOWN, GARBAGE, NOTHING and HANGING are charged; FEWER brings one
picture a call, MORE one more than asked.
"""

from __future__ import annotations

import os
import struct
import threading
import time
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

from assetgen.actionkey import request_key
from assetgen.errors import (
    CredentialsMissing,
    OutcomeUnknown,
    ProviderRefused,
    ProviderUnavailable,
)
from assetgen.model import Size
from assetgen.providers.base import Drawing, Price

if TYPE_CHECKING:
    from collections.abc import Callable

    from assetgen.providers.base import Order
    from assetgen.requests import Request

PRICE_USD = 0.01
ONE_AT_A_TIME = threading.Lock()
"""Few descriptors are left for the counting itself."""


class CountingProvider:
    """Answers with noise, and writes down that it was paid."""

    name = "counting"
    version = "1"
    deterministic = False
    paid = True
    local = False
    labelled = False

    def estimate(self, request: Request, count: int, input_sizes: object = ()) -> Price:  # noqa: ARG002  # the socket's form
        """Return the fixed price."""
        return Price(PRICE_USD * count)

    def draw(
        self, order: Order, count: int, on_progress: Callable[[str], None]
    ) -> list[Drawing]:
        """Charge, wait and answer."""
        prompt = "" if os.environ.get("COUNTING_HEALED") else order.request.prompt
        _fail_for_free(prompt)
        _charge(order)
        on_progress("charged")
        _wait(prompt)
        if "UNKNOWN" in prompt:
            raise OutcomeUnknown("no answer after 600 s")
        if "NOTHING" in prompt:
            return []
        if "FEWER" in prompt:
            count = 1
        if "MORE" in prompt:
            count += 1
        size = order.pixel_size or Size(16, 16)
        garbage = "GARBAGE" in prompt
        return [
            Drawing(data=b"<html>" if garbage else noise_png(size), cost_usd=PRICE_USD)
            for _ in range(count)
        ]


def _fail_for_free(prompt: str) -> None:
    if "REFUSED" in prompt:
        raise ProviderRefused("no such size")
    if "REJECTED" in prompt:
        raise ProviderRefused("not this picture", remember=True)
    if "UNAVAILABLE" in prompt:
        raise ProviderUnavailable("try later")
    if "PENNILESS" in prompt:
        raise CredentialsMissing("no money left")


def _charge(order: Order) -> None:
    line = f"{request_key(order.request)} {order.asset}\n".encode()
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT
    with ONE_AT_A_TIME:
        descriptor = os.open(os.environ["COUNTING_LOG"], flags, 0o666)
        os.write(descriptor, line)
        os.close(descriptor)


def _wait(prompt: str) -> None:
    while "HANGING" in prompt:
        time.sleep(1)
    time.sleep(float(os.environ.get("COUNTING_DELAY_S", "0")))
    gate = os.environ.get("COUNTING_GATE")
    while gate and not Path(gate).exists():
        time.sleep(0.01)


def noise_png(size: Size) -> bytes:
    """Return a PNG of random pixels."""
    rows = b"".join(b"\0" + os.urandom(3 * size.width) for _ in range(size.height))
    head = struct.pack(">IIBBBBB", size.width, size.height, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", head), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data))
        + kind
        + data
        + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    )
