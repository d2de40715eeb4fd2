"""Live progress on a terminal; the only module that imports rich.

Names and provider words are put into `Text` objects after escaping, so neither control
characters nor rich's markup in them mean anything.
"""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Final

from rich.console import Console as RichConsole
from rich.console import Group
from rich.live import Live
from rich.text import Text

from assetgen.report.diagnostics import escape_terminal
from assetgen.report.plan_text import counted, dollars
from assetgen.report.summary import Tally, progress_line

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType
    from typing import Self

    from rich.console import RenderableType

    from assetgen.cli.console import Console
    from assetgen.events import Event

_ROWS: Final = 8
"""So many running assets are listed; a screen is small."""

_FRAMES_PER_S: Final = 8


class TtyProgress:
    """A listener that keeps a small live picture of the build below its lines."""

    def __init__(
        self,
        tally: Tally,
        console: Console,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Draw on the console's stderr; `clock` gives seconds that only go forward."""
        self._tally = tally
        self._clock = clock
        self._guard = threading.Lock()
        self._screen = RichConsole(
            file=console.err,
            markup=False,
            highlight=False,
            emoji=False,
            no_color=not console.color_err,
        )
        self._live = Live(
            console=self._screen,
            get_renderable=self._picture,
            refresh_per_second=_FRAMES_PER_S,
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
        )

    def handle(self, event: Event) -> None:
        """Count `event` and print its line above the live part, if it has one."""
        with self._guard:
            self._tally.take(event, self._clock())
            line = progress_line(self._tally, event)
        if line is not None:
            self._screen.print(Text(line), soft_wrap=True)

    def _picture(self) -> RenderableType:
        with self._guard:
            rows = list(live_rows(self._tally, self._clock()))
        texts = [Text(row, no_wrap=True, overflow="ellipsis") for row in rows]
        return Group(*texts)

    def __enter__(self) -> Self:
        """Open the live part."""
        self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Take the live part away; the lines stay."""
        self._live.stop()


def live_rows(tally: Tally, now_s: float) -> list[str]:
    """Return the live part: a row for each of the longest running, and the counters."""
    oldest = sorted(tally.running.items(), key=lambda item: item[1].since_s)
    rows = [
        f"  {now_s - each.since_s:5.1f} s  {escape_terminal(name)}  "
        f"{escape_terminal(each.message) or each.step}"
        for name, each in oldest[:_ROWS]
    ]
    if len(oldest) > _ROWS:
        rows.append(f"           and {len(oldest) - _ROWS} more")
    rows += [
        f"           {escape_terminal(name)}  {escape_terminal(word)}"
        for name, word in list(tally.waiting.items())[: max(0, _ROWS - len(oldest))]
    ]
    if tally.to_do:
        counter = (
            f"[{tally.done}/{tally.to_do}] {counted(len(oldest), 'asset')} running"
        )
        if tally.spent_usd:
            counter += f", {dollars(tally.spent_usd)} spent"
        if tally.failed:
            counter += f", {len(tally.failed)} failed"
        rows.append(counter)
    return rows
