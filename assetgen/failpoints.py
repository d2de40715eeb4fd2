"""Named places where a write can be made to fail, for tests of crashes and full disks.

A no-op unless the environment holds both ``ASSETGEN_TEST=1`` and
``ASSETGEN_FAILPOINTS``: rules ``NAME=ACTION``, separated by commas.

* NAME is the step and what it is a step of (``file.rename``, ``blob.fsync``), or ``*``
  for all of them counted together.
* ACTION is ``crash`` (the process kills itself at once, as a power cut would) or an
  error: ``eio``, ``enospc``, ``emfile``, ``edquot``, ``erofs``.
* ``@3`` after it means the third hit only; ``@3+`` the third and all later ones;
  neither means every hit.

So a harness can run "fail at the Nth write step" for N = 1, 2, ... until a run ends
without having been hit.
"""

from __future__ import annotations

import errno
import os
import threading
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

_ERRORS: Final = {
    "eio": errno.EIO,
    "enospc": errno.ENOSPC,
    "emfile": errno.EMFILE,
    "edquot": errno.EDQUOT,
    "erofs": errno.EROFS,
}


class _Rule:
    """One ``NAME=ACTION@N`` with its own count of hits."""

    def __init__(self, text: str) -> None:
        """Read the rule; ValueError if it has another form."""
        self.name, _, action = text.strip().partition("=")
        self.action, _, when = action.partition("@")
        if self.action != "crash" and self.action not in _ERRORS:
            message = f"unknown failpoint action in {text!r}"
            raise ValueError(message)
        self.first = int(when.removesuffix("+")) if when else 1
        self.repeats = not when or when.endswith("+")
        self.hits = 0

    def fires(self, name: str) -> bool:
        """Count the hit, and tell whether this is one to fail at."""
        if self.name not in ("*", name):
            return False
        self.hits += 1
        return self.hits == self.first or (self.repeats and self.hits > self.first)


class Failpoints:
    """All rules of one process."""

    def __init__(self, text: str) -> None:
        """Read the rules."""
        self._rules = [_Rule(each) for each in text.split(",") if each.strip()]
        self._counting = threading.Lock()

    def hit(self, name: str) -> None:
        """Fail if a rule says so.

        Raises:
            OSError: The error that the rule names.
        """
        with self._counting:
            due = [rule for rule in self._rules if rule.fires(name)]
        for rule in due:
            if rule.action == "crash":
                os.kill(os.getpid(), 9)
            number = _ERRORS[rule.action]
            raise OSError(number, os.strerror(number))


def _from_environment(environment: Mapping[str, str]) -> Failpoints | None:
    """Return the rules that the environment asks for; None in any real run."""
    text = environment.get("ASSETGEN_FAILPOINTS")
    if not text or environment.get("ASSETGEN_TEST") != "1":
        return None
    return Failpoints(text)


_active: Failpoints | None = _from_environment(os.environ)


def hit(what: str, step: str) -> None:
    """Pass the place ``what.step``; fails there only if a test asked for it."""
    if _active is not None:
        _active.hit(f"{what}.{step}")
