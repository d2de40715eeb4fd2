"""Events as JSON, one a line, for programs that listen to a build."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assetgen.events import as_line
from assetgen.files import write_all

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

    from assetgen.events import Event
    from assetgen.report.summary import Tally


class JsonProgress:
    """A listener that writes each event as one line.

    Attributes:
        events: How many events went by.
    """

    def __init__(self, tally: Tally, descriptor: int) -> None:
        """Write to the open file `descriptor`."""
        self._tally = tally
        self._descriptor = descriptor
        self._deaf = False
        self.events = 0

    def handle(self, event: Event) -> None:
        """Write `event`; a reader that went away does not stop the build."""
        self._tally.take(event)
        self.events += 1
        if not self._deaf:
            self._write(event)

    def _write(self, event: Event) -> None:
        try:
            write_all(self._descriptor, as_line(event))
        except OSError:
            # Pictures in flight are paid for: they are banked whether heard or not.
            self._deaf = True

    def __enter__(self) -> Self:
        """Start listening."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Nothing is left open."""
