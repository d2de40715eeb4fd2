"""Progress for logs: one line an asset that ended, and a heartbeat; no control codes."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Final

from assetgen.cli.folds import LONG
from assetgen.events import PlanEvent, Summary
from assetgen.report.summary import Tally, heartbeat_line, progress_line

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType
    from typing import Self

    from assetgen.cli.folds import Folds
    from assetgen.events import Event

HEARTBEAT_S: Final = 30.0
"""After so many silent seconds the log says what is still running."""


class PlainProgress:
    """A listener that writes lines; entered for as long as the build runs."""

    def __init__(
        self,
        tally: Tally,
        say: Callable[[str], None],
        clock: Callable[[], float] = time.monotonic,
        folds: Folds | None = None,
    ) -> None:
        """Be ready to listen.

        Args:
            tally: Is fed with every event.
            say: Writes one line.
            clock: Seconds on any clock that only goes forward.
            folds: Fold the lines of a build of many assets.
        """
        self._tally = tally
        self._say = say
        self._clock = clock
        self._folds = folds
        self._spoke_s = clock()
        self._guard = threading.Lock()
        self._over = threading.Event()
        self._beat: threading.Thread | None = None

    def handle(self, event: Event) -> None:
        """Count `event` and write its line, if it has one."""
        with self._guard:
            self._tally.take(event, self._clock())
            line = progress_line(self._tally, event)
            if line is not None:
                self._spoke_s = self._clock()
                self._say(line)
            self._fold(event)
            if self._beat is None and (self._tally.running or self._tally.waiting):
                self._beat = threading.Thread(target=self._keep_beating, daemon=True)
                self._beat.start()

    def _fold(self, event: Event) -> None:
        """Fold what comes between the plan and the end, if that is much."""
        if self._folds is None:
            return
        if isinstance(event, PlanEvent) and len(event.to_do) > LONG:
            self._folds.open("progress")
        elif isinstance(event, Summary):
            self._folds.close()

    def beat(self) -> None:
        """Write the heartbeat if it has been silent for long."""
        with self._guard:
            now_s = self._clock()
            if now_s - self._spoke_s < HEARTBEAT_S:
                return
            line = heartbeat_line(self._tally, now_s)
            if line is not None:
                self._spoke_s = now_s
                self._say(line)

    def _keep_beating(self) -> None:
        while not self._over.wait(HEARTBEAT_S / 6):
            self.beat()

    def __enter__(self) -> Self:
        """Start listening."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop the heartbeat."""
        self._over.set()
        if self._beat is not None:
            self._beat.join()
        if self._folds is not None:
            self._folds.close()
