"""One prompt of a large spec changes: a whole build, beside ninja's with one new leaf.

What it should reach: with the spec in files of 1,000 assets, three times ninja's time.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from benchmarks.measure import Candidate, assetgen, interleave, print_table, rows_of
from benchmarks.specs import LEAF, Shape, built_ninja, built_project, change_prompt

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

SIZES = (10_000,)
HEAD = ("assets", "command", "median ms", "min to max ms", "x ninja")


def measure(workspace: Path, sizes: Sequence[int] | None, rounds: int) -> None:
    """Print the table for each number of assets."""
    rows: list[tuple[str, ...]] = []
    notes = []
    for assets in sizes or SIZES:
        candidates = []
        for name, per_file in (("one file", 0), ("files of 1,000", 1_000)):
            shape = Shape(assets, per_file)
            project = built_project(workspace, shape)
            before = partial(_change, project, shape)
            command = assetgen("build")
            candidates.append(Candidate(f"assetgen, {name}", command, project, before))
        peer = built_ninja(workspace, assets)
        if peer is None:
            notes.append(f"{assets:,}: no ninja row, because there is no ninja on PATH")
        else:
            touch = partial(_touch, peer / f"src/{LEAF}")
            candidates.append(Candidate("ninja", ("ninja",), peer, touch))
        rows += rows_of(interleave(candidates, rounds), f"{assets:,}", ("ninja",))
    print_table("One prompt changed", HEAD, rows, *notes)


def _change(project: Path, shape: Shape, number: int) -> None:
    """Change the leaf's prompt to one that an earlier benchmark did not use."""
    marker = project / "built"
    used = int(marker.read_text(encoding="ascii") or "0") + number + 1
    marker.write_text(str(used), encoding="ascii")
    change_prompt(project, shape, LEAF, used)


def _touch(source: Path, number: int) -> None:
    """Give ninja's leaf new contents, and so a new time."""
    source.write_text(f"changed {number}\n", encoding="ascii")
