"""From saving the spec to the changed file on disk, in a session of `assetgen watch`.

A session runs on a thread, as it does in a process of its own; this thread saves the
spec and looks for the file again and again. Asked for: 300 ms at 1,000 assets with the
placeholder provider.
"""

from __future__ import annotations

import statistics
import threading
import time
from typing import TYPE_CHECKING, Final

from assetgen.watch import Watch
from assetgen.world import Options
from benchmarks.measure import print_table
from benchmarks.specs import LEAF, Shape, built_project, change_prompt

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from assetgen.events import Event
    from assetgen.watched import Things
    from assetgen.watchrounds import Round

SIZES = (1_000, 10_000)
HEAD = (
    *("assets", "spec", "saved to file, median ms", "min to max ms", "event"),
    *("debounce", "plan", "draw", "write", "whole build"),
)
ROUNDS: Final = 15
_REST_S: Final = 0.8
"""Between saves: those that follow upon each other at once are gathered."""
_LONG_S: Final = 300.0


class _Times:
    """Notes when the parts of each build were over, on the monotonic clock."""

    def __init__(self) -> None:
        self.at: dict[str, float] = {}
        self.rounds: list[Round] = []
        self._news = threading.Condition()

    def handle(self, event: Event) -> None:
        """Note when something was heard of first."""
        self.at.setdefault(event.type, time.monotonic())

    def began(self, changed: tuple[str, ...]) -> None:
        """Begin anew."""
        del changed
        self.at = {}

    def ended(self, done: Round, things: Things) -> None:
        """Let whoever waits go on."""
        del things
        with self._news:
            self.rounds.append(done)
            self._news.notify_all()

    def wait_for(self, count: int) -> None:
        """Wait until so many builds are over."""
        with self._news:
            assert self._news.wait_for(lambda: len(self.rounds) >= count, _LONG_S)


def measure(workspace: Path, sizes: Sequence[int] | None, rounds: int) -> None:
    """Print the table for each number of assets, in one file and in many."""
    rows: list[tuple[str, ...]] = []
    for assets in sizes or SIZES:
        for name, per_file in (("one file", 0), ("files of 1,000", 1_000)):
            shape = Shape(assets, per_file, size="64x64")
            project = built_project(workspace, shape)
            found = _session(project, shape, max(rounds, ROUNDS))
            rows.append((f"{assets:,}", name, *_cells(found)))
    print_table(
        "From saving the spec to the changed file", HEAD, rows, "parts are medians, ms"
    )


def _session(project: Path, shape: Shape, rounds: int) -> list[dict[str, float]]:
    """Return what each save took, in s, by part."""
    times = _Times()
    session = Watch(Options(root=project), times)
    thread = threading.Thread(target=session.run, daemon=True)
    thread.start()
    found = []
    try:
        times.wait_for(1)
        for number in range(rounds + 1):
            time.sleep(_REST_S)
            took = _one_save(project, shape, times, number)
            if number:  # the first one warms the caches up
                found.append(took)
    finally:
        session.stop()
        thread.join()
    return found


def _one_save(
    project: Path, shape: Shape, times: _Times, number: int
) -> dict[str, float]:
    file = project / "out/000" / f"sprite-{LEAF:06}.png"
    before = file.stat().st_mtime_ns
    marker = project / "built"
    used = int(marker.read_text(encoding="ascii") or "0") + number + 1
    marker.write_text(str(used), encoding="ascii")
    done = len(times.rounds)
    saved_s = time.monotonic()
    change_prompt(project, shape, LEAF, used)
    while file.stat().st_mtime_ns == before:
        time.sleep(0.0005)
    there_s = time.monotonic()
    times.wait_for(done + 1)
    last, at = times.rounds[-1], times.at
    return {
        "all": there_s - saved_s,
        "event": last.heard_s - saved_s,
        "debounce": last.began_s - last.heard_s,
        "plan": at["plan"] - last.began_s,
        "draw": at["draw_banked"] - at["plan"],
        "write": at["asset_finished"] - at["draw_banked"],
        "build": last.ended_s - last.began_s,
    }


def _cells(found: list[dict[str, float]]) -> tuple[str, ...]:
    whole = [1000 * each["all"] for each in found]
    parts = ("event", "debounce", "plan", "draw", "write", "build")
    return (
        f"{statistics.median(whole):.0f}",
        f"{min(whole):.0f} to {max(whole):.0f}",
        *(f"{1000 * statistics.median(x[part] for x in found):.0f}" for part in parts),
    )
