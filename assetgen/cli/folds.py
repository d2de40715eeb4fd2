"""Parts of a log that a CI service folds: a title, many lines, an end.

Source: GitHub Docs, "Workflow commands for GitHub Actions", grouping log lines; GitLab
Docs, "Job logs", custom collapsible sections.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    from assetgen.cli.console import Console

LONG: Final = 20
"""A list with more lines is folded."""


class Folds:
    """Opens and closes folded parts of a console's log; outside of CI it does nothing."""

    def __init__(
        self, console: Console, clock: Callable[[], float] = time.time
    ) -> None:
        """Fold what goes to stderr of `console`.

        Args:
            console: Knows which service reads it.
            clock: Seconds since the epoch, for the services that show how long it took.
        """
        self._console = console
        self._clock = clock
        self._is_open = False

    def open(self, title: str) -> None:
        """Begin a folded part; `title` is in our own words."""
        if self._console.quiet or self._is_open:
            return
        if self._console.in_github:
            from assetgen.report.annotations import command

            self._console.annotate(command("group", {}, title))
        elif self._console.in_gitlab:
            self._section("start", f"[collapsed=true]\r\x1b[0K{title}")
        self._is_open = True

    def close(self) -> None:
        """End the part that is open, if one is."""
        if not self._is_open:
            return
        self._is_open = False
        if self._console.in_github:
            self._console.annotate("::endgroup::")
        elif self._console.in_gitlab:
            self._section("end", "\r\x1b[0K")

    def _section(self, which: str, rest: str) -> None:
        stamp = int(self._clock())
        self._console.annotate(f"\x1b[0Ksection_{which}:{stamp}:assetgen{rest}")
