"""How asset names look, how globs match them, and which name was meant.

Pure. `resolve` and `graph` both speak about names, and neither may import the other.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

MAX_NAME_LENGTH = 128

MAX_TRIES = 2_000_000
"""Names that the globs of one index are tried on; more than any real spec needs."""

_SEGMENT = r"[a-z0-9][a-z0-9_.-]*"
_NAME = re.compile(rf"{_SEGMENT}(?:/{_SEGMENT})*")
_GLOB_SIGNS = frozenset("*?[")


def is_name(text: str) -> bool:
    """Tell whether `text` can name an asset."""
    return len(text) <= MAX_NAME_LENGTH and _NAME.fullmatch(text) is not None


def is_glob(text: str) -> bool:
    """Tell whether `text` is a pattern over names and not a name."""
    return not _GLOB_SIGNS.isdisjoint(text)


def closest(word: str, choices: Iterable[str]) -> str | None:
    """Return the choice that looks most like `word`; None if none comes near."""
    from difflib import get_close_matches  # only ever needed for a message

    near = get_close_matches(word[:MAX_NAME_LENGTH], list(choices), n=1, cutoff=0.6)
    return near[0] if near else None


def did_you_mean(word: str, choices: Iterable[str]) -> str | None:
    """Return a hint that names the likeliest choice; None if none comes near."""
    near = closest(word, choices)
    return None if near is None else f"did you mean `{near}`?"


class NameIndex:
    """Names in spec order, ready for many globs.

    A glob is only tried on the names that begin as it begins, so that hundreds of
    globs such as ``heroes/anna/*`` stay cheap over ten thousand names.

    Attributes:
        exhausted: Whether `MAX_TRIES` were used up; further globs match nothing.
    """

    __slots__ = ("_known", "_positions", "_sorted", "_tries", "exhausted")

    def __init__(self, names: Iterable[str]) -> None:
        """Remember the order of `names`."""
        self._positions: Mapping[str, int] = {
            name: position for position, name in enumerate(names)
        }
        self._sorted: Sequence[str] = sorted(self._positions)
        self._known: dict[str, tuple[str, ...]] = {}
        self._tries = 0
        self.exhausted = False

    def matching(self, pattern: str) -> tuple[str, ...]:
        """Return all names that match the whole of `pattern`, in spec order."""
        known = self._known.get(pattern)
        if known is None:
            known = self._known[pattern] = self._look_up(pattern)
        return known

    def _look_up(self, pattern: str) -> tuple[str, ...]:
        from fnmatch import translate

        prefix = re.split(r"[*?\[]", pattern, maxsplit=1)[0]
        start = bisect_left(self._sorted, prefix)
        end = bisect_left(self._sorted, prefix + "\U0010ffff", start)
        self._tries += end - start
        if self._tries > MAX_TRIES:
            self.exhausted = True
            return ()
        matches = re.compile(translate(pattern)).match
        hits = [name for name in self._sorted[start:end] if matches(name)]
        return tuple(sorted(hits, key=self._positions.__getitem__))
