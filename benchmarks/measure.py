"""Starts processes, takes their time and memory, and prints tables.

Times are wall seconds of a whole process unless a name says otherwise; tables show
milliseconds.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Run:
    """One finished process.

    Attributes:
        wall_s: From its start to its end.
        cpu_s: User and system time of it and of the children it waited for.
        peak_bytes: The largest resident set of the process itself.
    """

    wall_s: float
    cpu_s: float
    peak_bytes: int


@dataclass(frozen=True, slots=True)
class Candidate:
    """Something to be timed again and again.

    Attributes:
        name: As the table shows it.
        command: What is started; its output is thrown away.
        folder: Where it is started.
        before: Called before each run, outside the time that counts; gets the
            number of the round, from 0.
    """

    name: str
    command: tuple[str, ...]
    folder: Path
    before: Callable[[int], None] | None = None


def run(command: Sequence[str], folder: Path) -> Run:
    """Return the time and memory that `command` took.

    Raises:
        SystemExit: It failed; the end of its error output is in the message.
    """
    with tempfile.TemporaryFile() as errors:
        started = time.perf_counter()
        with subprocess.Popen(
            command,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=errors,
            env=_as_installed(),
        ) as process:
            _, status, usage = os.wait4(process.pid, 0)
            wall_s = time.perf_counter() - started
            process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            errors.seek(0)
            said = errors.read().decode("utf-8", "replace")[-2000:]
            code = process.returncode
            sys.exit(f"{said}\n{' '.join(command)}: ended with {code} in {folder}")
    unit = 1 if sys.platform == "darwin" else 1024
    return Run(wall_s, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * unit)


def _as_installed() -> dict[str, str]:
    """Return the environment, with Python keeping what it compiled as it does for users."""
    return {
        name: value
        for name, value in os.environ.items()
        if name != "PYTHONDONTWRITEBYTECODE"
    }


def interleave(
    candidates: Sequence[Candidate], rounds: int
) -> dict[str, tuple[float, ...]]:
    """Return each candidate's wall seconds, one per round, taken in turn.

    One more round goes before, uncounted, so that all of them find warm disk caches.
    """
    times: dict[str, list[float]] = {each.name: [] for each in candidates}
    for number in range(rounds + 1):
        for each in candidates:
            if each.before is not None:
                each.before(number)
            taken = run(each.command, each.folder)
            if number > 0:
                times[each.name].append(taken.wall_s)
    return {name: tuple(taken) for name, taken in times.items()}


def rows_of(
    times: Mapping[str, Sequence[float]], label: str, peers: Sequence[str]
) -> list[tuple[str, ...]]:
    """Return table rows: case, candidate, median, min to max, ratio to each peer."""
    medians = {name: statistics.median(taken) for name, taken in times.items()}
    rows = []
    for name, taken in times.items():
        ratios = tuple(
            f"{medians[name] / medians[peer]:.2f}"
            if peer in medians and peer != name
            else "-"
            for peer in peers
        )
        span = f"{min(taken) * 1e3:.1f} to {max(taken) * 1e3:.1f}"
        rows.append((label, name, f"{medians[name] * 1e3:.1f}", span, *ratios))
    return rows


def print_table(
    title: str, head: Sequence[str], rows: Sequence[Sequence[str]], *notes: str
) -> None:
    """Print a table with aligned columns, then the notes."""
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    print(f"\n{title}")
    for row in (head, ["-" * width for width in widths], *rows):
        cells = zip(row, widths, strict=True)
        print("  ".join(cell.ljust(width) for cell, width in cells).rstrip())
    for note in notes:
        print(f"  {note}")


def progress(text: str) -> None:
    """Say on stderr what goes on while nothing is printed."""
    print(f"  … {text}", file=sys.stderr, flush=True)


def assetgen(*words: str) -> tuple[str, ...]:
    """Return the command line that starts assetgen with this interpreter."""
    return (sys.executable, "-m", "assetgen", *words)
