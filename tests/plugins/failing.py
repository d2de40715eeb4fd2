"""A paid provider that draws like the placeholder, and fails where a prompt says so.

The first word of a prompt decides: REFUSED, UNKNOWN, PENNILESS, OVERDRAWN, BROKEN (a
bug of the plug-in). WAITING holds the answer back until the file that ``FAILING_GATE``
names exists, and makes that file's neighbour ``started`` first.
"""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

from assetgen.errors import (
    CredentialsMissing,
    OutcomeUnknown,
    OverBudget,
    ProviderRefused,
)
from assetgen.providers.base import Price
from assetgen.providers.placeholder import PlaceholderProvider

if TYPE_CHECKING:
    from collections.abc import Callable

    from assetgen.providers.base import Drawing, Order
    from assetgen.requests import Request

FAILURES = {
    "REFUSED": ProviderRefused(
        "the service does not draw this", hint="say it in other words"
    ),
    "UNKNOWN": OutcomeUnknown("no answer after 600 s"),
    "PENNILESS": CredentialsMissing("there is no money left", hint="pay"),
    "OVERDRAWN": OverBudget("the next call would cost more than is left"),
    "BROKEN": RuntimeError("nobody thought of this"),
}


class FailingProvider:
    """Draws placeholders that count as paid."""

    name = "failing"
    version = "1"
    deterministic = False
    paid = True
    local = False
    labelled = False

    def estimate(self, request: Request, count: int, input_sizes: object = ()) -> Price:  # noqa: ARG002  # the socket's form
        """Return a fixed price."""
        return Price(0.01 * count)

    def draw(
        self, order: Order, count: int, on_progress: Callable[[str], None]
    ) -> list[Drawing]:
        """Fail or draw, as the prompt's first word says."""
        word = order.request.prompt.partition(" ")[0]
        if word in FAILURES:
            raise FAILURES[word]
        if word == "WAITING":
            _wait(Path(os.environ["FAILING_GATE"]))
        return PlaceholderProvider().draw(order, count, on_progress)


def _wait(gate: Path) -> None:
    gate.with_name("started").touch()
    while not gate.exists():
        time.sleep(0.01)
