"""A build that has nothing to do, beside a bare interpreter and ninja.

What it should reach: at 100 and 1,000 assets four times the bare interpreter; at 10,000
assets 0.8 of ninja's time, at 100,000 half of it.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from benchmarks.measure import Candidate, assetgen, interleave, print_table, rows_of
from benchmarks.specs import Shape, built_ninja, built_project

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

SIZES = (100, 1_000, 10_000, 100_000)
HEAD = ("assets", "command", "median ms", "min to max ms", "x pass", "x ninja")


def measure(workspace: Path, sizes: Sequence[int] | None, rounds: int) -> None:
    """Print the table for each number of assets."""
    rows: list[tuple[str, ...]] = []
    notes = []
    for assets in sizes or SIZES:
        project = built_project(workspace, Shape(assets))
        candidates = [
            Candidate("pass", (sys.executable, "-c", "pass"), project),
            Candidate("assetgen build", assetgen("build"), project),
        ]
        peer = built_ninja(workspace, assets)
        if peer is None:
            notes.append(f"{assets:,}: no ninja row, because there is no ninja on PATH")
        else:
            candidates.append(Candidate("ninja", ("ninja",), peer))
        times = interleave(candidates, rounds)
        rows += rows_of(times, f"{assets:,}", ("pass", "ninja"))
    print_table("Nothing to do", HEAD, rows, *notes)
