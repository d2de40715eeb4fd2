"""Chance that is the same everywhere: integers from SHA-256, no `random`."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Final, TypeVar

if TYPE_CHECKING:
    from collections.abc import Sequence

T = TypeVar("T")

_WORD: Final = (1 << 64) - 1


class Dice:
    """A stream of numbers that its seed decides, on every machine."""

    __slots__ = ("_seed", "_state")

    def __init__(self, seed: str) -> None:
        """Start the stream of `seed`."""
        self._seed = seed
        self._state = int.from_bytes(sha256(seed.encode()).digest()[:8], "big")

    def fork(self, purpose: str) -> Dice:
        """Return a stream of its own, so that one more throw here moves nothing there."""
        return Dice(f"{self._seed}/{purpose}")

    def below(self, limit: int) -> int:
        """Return a whole number from 0 to `limit` - 1 (splitmix64)."""
        self._state = (self._state + 0x9E3779B97F4A7C15) & _WORD
        mixed = self._state
        mixed = ((mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9) & _WORD
        mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & _WORD
        return ((mixed ^ (mixed >> 31)) >> 16) % limit

    def between(self, low: int, high: int) -> int:
        """Return a whole number from `low` to `high`, both included."""
        return low + self.below(high - low + 1)

    def share(self, low: float = 0.0, high: float = 1.0) -> float:
        """Return one of 4097 evenly spaced numbers from `low` to `high`."""
        return low + (high - low) * (self.below(4097) / 4096)

    def pick(self, choices: Sequence[T]) -> T:
        """Return one of `choices`."""
        return choices[self.below(len(choices))]
