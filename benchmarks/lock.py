"""A long lock: reading it, writing it with one line changed, and doing nothing beside it.

What it should reach: 10,000 lines are read in 60 ms, which is about what the decoder
takes for the same bytes, and a build with nothing to do takes no longer with a lock than
without one.
"""

from __future__ import annotations

import gc
import json
import shutil
import sys
import time
from typing import TYPE_CHECKING

from assetgen.digest import Key, digest_of
from assetgen.lockfile import Lock, LockLine, format_lock, read_lock, write_lock
from assetgen.model import AssetName
from benchmarks.measure import (
    Candidate,
    assetgen,
    interleave,
    print_table,
    progress,
    rows_of,
    run,
)
from benchmarks.specs import EDIT_EVERY, Shape, built_project, write_spec

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

SIZES = (1_000, 10_000)
HEAD = ("lines", "what", "median ms", "min to max ms", "x json.loads")
NOOP_HEAD = ("assets", "command", "median ms", "min to max ms", "x pass", "x no lock")
PEER = "json.loads of the same bytes"
_BARE = "assetgen build, no lock"
_BUILD_CODE = """\
import sys
from assetgen import registry
from assetgen.cli.main import run
from benchmarks.stand_in import StandIn
registry.BUILT_IN = {**registry.BUILT_IN, "stand-in": StandIn}
sys.exit(run(["build", "-q", "--max-cost", "1000000"]))
"""


def measure(workspace: Path, sizes: Sequence[int] | None, rounds: int) -> None:
    """Print both tables."""
    rows: list[tuple[str, ...]] = []
    for lines in sizes or SIZES:
        rows += rows_of(_times(workspace, lines, rounds), f"{lines:,}", (PEER,))
    print_table("The lock, inside one process", HEAD, rows)
    rows = []
    for assets in sizes or SIZES:
        shape = Shape(assets)
        bare, paid = built_project(workspace, shape), _paid_project(workspace, shape)
        candidates = [
            Candidate("pass", (sys.executable, "-c", "pass"), paid),
            Candidate(_BARE, assetgen("build"), bare),
            Candidate("assetgen build, all paid", assetgen("build"), paid),
        ]
        times = interleave(candidates, rounds)
        rows += rows_of(times, f"{assets:,}", ("pass", _BARE))
    print_table("Nothing to do, with a lock", NOOP_HEAD, rows)


# --- reading and writing ------------------------------------------------------


def long_lock(lines: int) -> Lock:
    """Return a lock with as many lines; one in five is an edit, one in ten has two draws."""
    return Lock.of(_line(number) for number in range(lines))


def _line(number: int) -> LockLine:
    is_edit = number % EDIT_EVERY == EDIT_EVERY - 1
    draws = tuple(
        digest_of(f"draw {number} {each}".encode())
        for each in range(2 if number % 10 == 0 else 1)
    )
    return LockLine(
        asset=AssetName(f"sprite-{number:06}"),
        key=Key(digest_of(f"request {number}".encode())),
        operation="edit" if is_edit else "generate",
        provider="openai",
        draws=draws,
        pick=draws[-1],
        model="gpt-image-2",
        params={"background": "transparent", "quality": "high", "size": "1024x1024"},
        prompt=digest_of(f"prompt {number}".encode())[:12],
        inputs=(digest_of(f"draw {number - 1} 0".encode()),) if is_edit else (),
    )


def _times(workspace: Path, lines: int, rounds: int) -> dict[str, tuple[float, ...]]:
    path = workspace / f"{lines}.lock"
    path.write_text(format_lock(long_lock(lines).values()), encoding="utf-8")
    changed = read_lock(path)[AssetName("sprite-000000")]

    def decode() -> object:
        rows = path.read_bytes().splitlines()
        return json.loads(b"[" + b",".join(rows) + b"]")

    def change() -> None:
        line = changed._replace(revision=changed.revision + 1)
        write_lock(path, read_lock(path).changed([line], ()))
        path.write_bytes(before)

    before = path.read_bytes()
    tasks: dict[str, Callable[[], object]] = {
        PEER: decode,
        "read": lambda: read_lock(path),
        "read and decode every line": lambda: dict(read_lock(path)),
        "read, change one line, write (with fsync)": change,
    }
    times: dict[str, list[float]] = {name: [] for name in tasks}
    for number in range(3 * rounds + 1):
        for name, task in tasks.items():
            gc.collect()
            began = time.perf_counter()
            task()
            if number:
                times[name].append(time.perf_counter() - began)
    return {name: tuple(taken) for name, taken in times.items()}


# --- a project that was paid for ----------------------------------------------


def _paid_project(workspace: Path, shape: Shape) -> Path:
    """Return a project whose pictures all came from a provider that charges."""
    folder = workspace / f"paid-{shape.folder_name}"
    if not (folder / "built").exists():
        shutil.rmtree(folder, ignore_errors=True)
        write_spec(folder, shape)
        spec = folder / "assets.yaml"
        text = spec.read_text(encoding="utf-8")
        spec.write_text(
            text.replace("provider: placeholder", "provider: stand-in", 1),
            encoding="utf-8",
        )
        progress(f"paying for {shape.assets:,} assets once")
        run((sys.executable, "-c", _BUILD_CODE), folder)
        (folder / "built").touch()
    lines = len(read_lock(folder / "assets.lock"))
    assert lines == shape.assets, f"{lines} lines for {shape.assets} assets"
    return folder
