"""A provider wrapper that asks again where that is free and may help.

Only `ProviderUnavailable` is repeated: nothing was carried out or charged. A refusal
comes back the same, a refused key stops the build, and a call whose outcome is unknown
may have been paid for. Each attempt goes the whole way through the wrappers inside, so
each has its own permit, its own part of the budget and its own lines in the ledger.

Between two attempts passes the time that the provider asked for; where it named none,
or no seconds at all, a random part (full jitter) of a time that doubles with each
attempt, so that clients that were turned away together do not come back together. A
rate limit is the account's, so all calls wait for it; after another failure only the
call that failed waits.

Source: "Exponential Backoff And Jitter", AWS Architecture Blog, 2015, on full jitter.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Final

from assetgen.errors import ProviderUnavailable
from assetgen.gate import LONGEST_PAUSE_S, Gate, shown
from assetgen.providers.wrapping import Wrapper
from assetgen.values import Value

if TYPE_CHECKING:
    from collections.abc import Callable

    from assetgen.providers.base import Drawing, Order, Word

LONGEST_BACKOFF_S: Final = 60.0


class Backoff(Value, kw_only=True):
    """How often to ask again, and after how long.

    Attributes:
        retries: Repeats at most; 0 to ask once.
        base_s: The most to wait before the first repeat; doubles with each one.
        chance: Gives a number from 0.0 to below 1.0.
    """

    retries: int = 4
    base_s: float = 1.0
    chance: Callable[[], float] = random.random

    def wait_s(self, repeat: int, asked_s: float | None) -> float:
        """Return the seconds to wait before a repeat.

        Args:
            repeat: Counted from 1.
            asked_s: What the provider asked for, if anything; it gets no less.
        """
        most_s = min(LONGEST_BACKOFF_S, self.base_s * 2.0 ** (repeat - 1))
        # Of 0, or of a date that is past, many would make use at the same moment.
        return asked_s or most_s * self.chance()


class Retrying(Wrapper):
    """A provider that is asked again when it was unavailable."""

    gate: Gate
    backoff: Backoff = Backoff()

    def draw(
        self, order: Order, count: int, on_progress: Callable[[Word], None]
    ) -> list[Drawing]:
        """Draw `count` pictures, in several attempts if need be.

        Raises:
            ProviderError: As the inner provider; `ProviderUnavailable` once all
                attempts are used up, or if it asked for a longer pause than is waited.
            CredentialsMissing: As the inner provider.
        """
        repeat = 0
        while True:
            try:
                return self.inner.draw(order, count, on_progress)
            except ProviderUnavailable as error:
                repeat += 1
                wait_s = self.backoff.wait_s(repeat, error.retry_after_s)
                if repeat > self.backoff.retries or wait_s > LONGEST_PAUSE_S:
                    error.hint = error.hint or _given_up(repeat)
                    raise
                self._wait(error, repeat, wait_s, on_progress)

    def _wait(
        self,
        error: ProviderUnavailable,
        repeat: int,
        wait_s: float,
        on_progress: Callable[[Word], None],
    ) -> None:
        """Wait before a repeat, alone or with everybody else."""
        if error.limited:
            self.gate.pause(wait_s)  # the next attempt waits there, and says so
            return
        tries = self.backoff.retries + 1
        on_progress(f"{error.message}: try {repeat + 1} of {tries} in {shown(wait_s)}")
        self.gate.sleep(wait_s)
        on_progress("asking again")


def _given_up(tries: int) -> str:
    asked = f"asked {tries} times; " if tries > 1 else ""
    return f"{asked}nothing was charged, so build again later"
