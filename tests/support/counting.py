"""A paid provider in memory that never draws the same picture twice, and counts."""

from __future__ import annotations

import itertools
import threading
from collections import Counter
from typing import TYPE_CHECKING

from sketches import png

from assetgen.actionkey import request_key
from assetgen.providers.base import Drawing, Price

if TYPE_CHECKING:
    from collections.abc import Callable

    from assetgen.providers.base import Order
    from assetgen.requests import Request


class CountingProvider:
    """Charges for every picture.

    Attributes:
        paid_for: Pictures charged, by request key.
        errors: Words in prompts to the error that they bring, instead of a picture.
        largesse: By how many pictures an answer differs from what was asked.
    """

    name = "counting"
    version = "1"
    deterministic = False
    paid = True
    local = False
    labelled = False

    def __init__(self) -> None:
        self.paid_for: Counter[str] = Counter()
        self.errors: dict[str, Exception] = {}
        self.largesse = 0
        self.calls = 0
        self._seeds = itertools.count(1)
        self._lock = threading.Lock()

    def estimate(self, request: Request, count: int, input_sizes: object = ()) -> Price:  # noqa: ARG002
        return Price(0.01 * count)

    def draw(
        self, order: Order, count: int, on_progress: Callable[[str], None]
    ) -> list[Drawing]:
        on_progress("drawing")
        for word, error in self.errors.items():
            if word in order.request.prompt:
                raise error
        with self._lock:
            self.calls += 1
            count = max(1, count + self.largesse)
            self.paid_for[request_key(order.request)] += count
            seeds = [next(self._seeds) for _ in range(count)]
        size = order.pixel_size
        width, height = (size.width, size.height) if size else (16, 16)
        return [Drawing(data=png(width, height, s), cost_usd=0.01) for s in seeds]

    @property
    def total(self) -> int:
        return sum(self.paid_for.values())
