"""When a provider may be asked: its rate, its pauses, and the end of a build.

One `Gate` stands before all calls of one build to one provider. All waiting is done
here, before a call is written down, paid for or sent. It knows

* the rate: a bucket that fills with so many pictures a minute and holds little, so that
  calls are spread instead of sent in a heap that the service would turn away;
* pauses: after a rate limit was hit nobody asks before it is over;
* the end: a build that stops, a key that was refused, a model that is gone. What has
  not been sent by then is never sent.

The schedule asks `delay_s` before it starts a call and pays with `admit`, so that calls
keep their order when the rate binds; a call that is repeated waits in `enter`.
"""

from __future__ import annotations

import math
import threading
import time
from typing import TYPE_CHECKING, Final

from assetgen.errors import (
    CredentialsMissing,
    ModelMissing,
    ProviderUnavailable,
    Withdrawn,
)
from assetgen.providers.wrapping import Wrapper

if TYPE_CHECKING:
    from collections.abc import Callable

    from assetgen.providers.base import Drawing, Limits, Order, Word

BURST_S: Final = 3.0
"""The bucket holds what so many seconds bring, and at least one picture.

Limits are for a minute, so a twentieth of one at once is within them, and lets calls
catch up that had to wait for others; up to 20 pictures a minute they come one by one. A
call for more pictures than the bucket holds is let through when one is there, and those
after it wait for the rest.
"""

LONGEST_PAUSE_S: Final = 300.0
"""A service that asks for a longer one is not waited for."""

LEAST_LEARNT: Final = 1.0
"""Pictures a minute: an answer that speaks of fewer does not make a build stand still."""

_WHOLE: Final = 1 - 1e-6
"""One picture, as sums of fractions come out."""


class Gate:
    """Lets calls to one provider through; all methods may be called from any thread."""

    def __init__(
        self,
        images_per_minute: float | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
        wait: Callable[[threading.Condition, float], object] | None = None,
    ) -> None:
        """Stand open.

        Args:
            images_per_minute: What the user allows; None to learn it from answers.
            clock: Seconds on any clock that only goes forward.
            wait: Waits on the condition for at most so many seconds.
        """
        self._clock = clock
        self._wait = wait or threading.Condition.wait
        self._changed = threading.Condition()
        self._is_given = images_per_minute is not None
        self._per_s: float | None = None
        self._permits = 0.0
        self._filled_at_s = clock()
        self._paused_until_s = -math.inf
        self._admitted: dict[str, int] = {}
        self._gone: dict[str | None, ModelMissing] = {}
        self._ended = ""
        if images_per_minute is not None:
            self._set_rate(images_per_minute)

    # --- for the schedule -----------------------------------------------------

    def delay_s(self) -> float:
        """Return the seconds until a call may start; 0.0 if it may now.

        Through a gate that has ended everything may go: it is turned back at once.
        """
        with self._changed:
            return 0.0 if self._ended else self._delay_s(paced=True)

    def admit(self, asset: str, count: int) -> None:
        """Pay for a call for `count` pictures that is about to start."""
        with self._changed:
            self._take(count)
            self._admitted[asset] = count

    def forget(self, asset: str) -> None:
        """Give back what was paid for a call that was not made in the end."""
        with self._changed:
            self._take(-self._admitted.pop(asset, 0))
            self._changed.notify_all()

    # --- for calls ------------------------------------------------------------

    def enter(
        self,
        asset: str,
        count: int,
        model: str | None,
        on_progress: Callable[[Word], None],
    ) -> None:
        """Return once a call for `count` pictures may be sent.

        Raises:
            Withdrawn: The build is stopping.
            ModelMissing: The provider said before that it has no such model.
        """
        told = False
        with self._changed:
            self._require_open(model)
            paced = self._admitted.pop(asset, None) is None
            while (wait_s := self._delay_s(paced=paced)) > 0:
                if not told:
                    on_progress(waiting_text(wait_s))
                    told = True
                self._wait(self._changed, wait_s)
                self._require_open(model)
            if paced:
                self._take(count)
        if told:
            on_progress("asking")

    def sleep(self, seconds: float) -> None:
        """Return after `seconds`.

        Raises:
            Withdrawn: The build is stopping; raised as soon as it is.
        """
        with self._changed:
            until_s = self._clock() + seconds
            self._require_open(None)
            while (left_s := until_s - self._clock()) > 0:
                self._wait(self._changed, left_s)
                self._require_open(None)

    # --- what was heard -------------------------------------------------------

    def pause(self, seconds: float) -> None:
        """Let nobody through for `seconds`, or longer where that was said before."""
        with self._changed:
            until_s = self._clock() + min(seconds, LONGEST_PAUSE_S)
            self._paused_until_s = max(self._paused_until_s, until_s)

    def learn(self, limits: Limits) -> None:
        """Take what an answer said about the account's limits.

        A rate that the user gave stands. Of what the bucket holds no more is used than
        the service says is left: others may use the same account. If nothing is left
        and the rate is not known, everybody waits until all is there again.
        """
        with self._changed:
            rate = limits.images_per_minute
            if rate is not None and not self._is_given and 0 < rate < math.inf:
                self._set_rate(max(rate, LEAST_LEARNT))
                self._changed.notify_all()
            if limits.remaining is None:
                return
            self._fill()
            self._permits = min(self._permits, float(limits.remaining))
            if self._per_s is None and not limits.remaining and limits.reset_s:
                self.pause(limits.reset_s)

    def halt(self, error: CredentialsMissing) -> None:
        """Send nothing more, because all calls would end as this one."""
        self._end(f"nothing more is sent: {error.message}")

    def model_gone(self, model: str | None, error: ModelMissing) -> None:
        """Send nothing more that names this model."""
        with self._changed:
            self._gone.setdefault(model, error)
            self._changed.notify_all()

    def stop(self) -> None:
        """Send nothing more, because the build is stopping; waiting ends at once."""
        self._end("it was not sent, because the build is stopping")

    @property
    def has_ended(self) -> bool:
        """Whether nothing more is let through."""
        with self._changed:
            return bool(self._ended)

    # --- inside the lock ------------------------------------------------------

    def _end(self, reason: str) -> None:
        with self._changed:
            self._ended = self._ended or reason
            self._changed.notify_all()

    def _require_open(self, model: str | None) -> None:
        if self._ended:
            raise Withdrawn(self._ended)
        gone = self._gone.get(model)
        if gone is not None:
            raise ModelMissing(gone.message, hint=gone.hint)

    def _set_rate(self, images_per_minute: float) -> None:
        per_s = images_per_minute / 60
        if per_s == self._per_s:
            return
        self._fill()
        if self._per_s is None:
            self._permits = max(1.0, per_s * BURST_S)
        self._per_s = per_s

    def _fill(self) -> None:
        now_s = self._clock()
        if self._per_s is not None:
            most = max(1.0, self._per_s * BURST_S)
            came = (now_s - self._filled_at_s) * self._per_s
            self._permits = min(most, self._permits + came)
        self._filled_at_s = now_s

    def _delay_s(self, *, paced: bool) -> float:
        self._fill()
        delay_s = self._paused_until_s - self._filled_at_s
        if paced and self._per_s is not None and self._permits < _WHOLE:
            delay_s = max(delay_s, (1 - self._permits) / self._per_s)
        return max(delay_s, 0.0)

    def _take(self, count: int) -> None:
        if self._per_s is not None:
            self._fill()
            self._permits -= count


class Gates:
    """The gates of one build, one a provider, made when they are first asked for."""

    def __init__(self, rate_of: Callable[[str], float | None]) -> None:
        """Make gates.

        Args:
            rate_of: Gives what the user allows a provider, in pictures a minute.
        """
        self._rate_of = rate_of
        self._made: dict[str, Gate] = {}
        self._guard = threading.Lock()

    def of(self, provider: str) -> Gate:
        """Return the gate before all calls to a provider."""
        with self._guard:
            if provider not in self._made:
                self._made[provider] = Gate(self._rate_of(provider))
            return self._made[provider]


class Gated(Wrapper):
    """A provider behind a gate, which hears from it what concerns all calls."""

    gate: Gate

    def draw(
        self, order: Order, count: int, on_progress: Callable[[Word], None]
    ) -> list[Drawing]:
        """Draw `count` pictures when the gate lets the call through.

        Raises:
            ProviderError: As the inner provider, or because the gate ended.
            CredentialsMissing: As the inner provider.
        """
        model = order.request.model
        self.gate.enter(order.asset, count, model, on_progress)
        try:
            return self.inner.draw(order, count, on_progress)
        except CredentialsMissing as error:
            self.gate.halt(error)
            raise
        except ModelMissing as error:
            self.gate.model_gone(model, error)
            raise
        except ProviderUnavailable as error:
            asked_s = error.retry_after_s
            if error.limited and asked_s is not None and asked_s <= LONGEST_PAUSE_S:
                self.gate.pause(asked_s)
            raise


def waiting_text(seconds: float) -> str:
    """Return what is told of a call that may not start yet."""
    return f"rate limited, waiting {shown(seconds)}"


def shown(seconds: float) -> str:
    """Return a time to wait as progress lines show it."""
    return f"{seconds:.0f} s" if seconds >= 1 else f"{seconds:.1f} s"
