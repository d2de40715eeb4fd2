"""Full builds with the placeholder: time, processors kept busy, and memory.

What it should reach: as many processors busy as there are, and a peak of memory that
does not grow with the number of pictures.
"""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

from benchmarks.measure import assetgen, print_table, progress, run
from benchmarks.specs import Shape, write_spec

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

SHAPES = (
    Shape(100, size="512x512"),
    Shape(1_000, size="512x512"),
    Shape(1_000),
    Shape(10_000),
)
HEAD = ("assets", "size", "wall s", "assets a s", "cpu / wall", "peak MiB")


def measure(workspace: Path, sizes: Sequence[int] | None, _rounds: int) -> None:
    """Print one row per shape: each is built once, from nothing."""
    rows = []
    for shape in SHAPES:
        if sizes and shape.assets not in sizes:
            continue
        folder = workspace / f"full-{shape.folder_name}"
        shutil.rmtree(folder, ignore_errors=True)
        write_spec(folder, shape)
        progress(f"building {shape.assets:,} assets of {shape.size}")
        taken = run(assetgen("build", "-q"), folder)
        rows.append(
            (
                f"{shape.assets:,}",
                shape.size,
                f"{taken.wall_s:.2f}",
                f"{shape.assets / taken.wall_s:.0f}",
                f"{taken.cpu_s / taken.wall_s:.2f}",
                f"{taken.peak_bytes / 2**20:.0f}",
            )
        )
        shutil.rmtree(folder)
    note = f"this machine has {os.cpu_count()} processors; each asset has three outputs"
    print_table("Everything from nothing", HEAD, rows, note)
