"""The service's own rate limit: so many pictures in a window of time."""

from __future__ import annotations

from collections import deque
from math import ceil
from threading import Lock
from time import monotonic

from fakeapi.forms import Rejected

_PLENTY = 30_000


class Limiter:
    """Counts pictures in a sliding window."""

    def __init__(self, images: int | None, window_s: float) -> None:
        self._images = images
        self._window_s = window_s
        self._asked: deque[float] = deque()
        self._lock = Lock()

    def admit(self, pictures: int) -> None:
        """Let `pictures` through.

        Raises:
            Rejected: That would be more than the limit; says when to come again.
        """
        if self._images is None:
            return
        with self._lock:
            now = self._forget()
            excess = len(self._asked) + pictures - self._images
            if excess <= 0:
                self._asked.extend([now] * pictures)
                return
            last = self._asked[min(excess, len(self._asked)) - 1]
            wait_s = max(0.001, last + self._window_s - now)
        raise Rejected(
            f"Rate limit reached on images per min: Limit {self._images}, Requested "
            f"{pictures}. Please try again in {wait_s:.3f}s.",
            status=429,
            code="rate_limit_exceeded",
            kind="input-images",
            headers={
                "retry-after": str(ceil(wait_s)),
                "retry-after-ms": str(ceil(wait_s * 1000)),
            },
        )

    def _forget(self) -> float:
        now = monotonic()
        while self._asked and self._asked[0] <= now - self._window_s:
            self._asked.popleft()
        return now

    def headers(self) -> dict[str, str]:
        """Return what every answer says of the limit, per minute."""
        if self._images is None:
            per_minute, left, reset_s = _PLENTY, _PLENTY - 1, 0.002
        else:
            with self._lock:
                now = self._forget()
                left = max(0, self._images - len(self._asked))
                oldest = self._asked[0] if self._asked else now
            reset_s = max(0.001, oldest + self._window_s - now)
            per_minute = round(self._images * 60 / self._window_s)
        return {
            "x-ratelimit-limit-requests": str(per_minute),
            "x-ratelimit-remaining-requests": str(left),
            "x-ratelimit-reset-requests": _duration(reset_s),
        }


def _duration(seconds: float) -> str:
    """Return a duration as the service writes it: 20ms, 1.5s, 6m0s."""
    if seconds < 1:
        return f"{ceil(seconds * 1000)}ms"
    minutes, rest = divmod(seconds, 60)
    return f"{int(minutes)}m{rest:.3g}s" if minutes else f"{rest:.3g}s"
