"""Ten prompts of a large spec changed since the last commit: what `assetgen diff` takes.

The peer loads both specs from files, in one process, without the state of any build and
with the garbage collector off; it compares nothing. What diff should reach is twice that,
in a clone where nothing was built. A built project is measured beside it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

from benchmarks.measure import Candidate, assetgen, interleave, print_table, rows_of
from benchmarks.specs import Shape, built_project, change_prompt, write_spec

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

SIZES = (1_000, 10_000)
CHANGED = 10
HEAD = ("assets", "command", "median ms", "min to max ms", "x peer")
PEER = "loading both specs"
_PEER_CODE = """\
import gc, sys
from pathlib import Path
from assetgen import project
gc.disable()
for folder in sys.argv[1:]:
    project.load(project.Options(root=Path(folder)))
"""


def measure(workspace: Path, sizes: Sequence[int] | None, rounds: int) -> None:
    """Print the table for each number of assets."""
    rows: list[tuple[str, ...]] = []
    for assets in sizes or SIZES:
        shape = Shape(assets)
        old, new = (workspace / f"diff-{assets}-{name}" for name in ("old", "new"))
        shutil.rmtree(old, ignore_errors=True)
        write_spec(old, shape)
        _commit_and_change(new, shape, fresh=True)
        built = built_project(workspace, shape)
        _commit_and_change(built, shape, fresh=False)
        diff = assetgen("diff", "HEAD", "--format", "json")
        peer = (sys.executable, "-c", _PEER_CODE, str(old), str(new))
        candidates = (
            Candidate("assetgen diff, a fresh clone", diff, new),
            Candidate("assetgen diff, built before", diff, built),
            Candidate(PEER, peer, new),
        )
        rows += rows_of(interleave(candidates, rounds), f"{assets:,}", (PEER,))
    print_table(f"{CHANGED} prompts changed since a commit", HEAD, rows)


def _commit_and_change(project: Path, shape: Shape, *, fresh: bool) -> None:
    """Commit a project's spec and change some prompts in the work tree."""
    if fresh:
        shutil.rmtree(project, ignore_errors=True)
        write_spec(project, shape)
    shutil.rmtree(project / ".git", ignore_errors=True)
    (project / ".gitignore").write_text("*\n!assets.yaml\n!assets.lock\n")
    _git(project, "init", "-q", "-b", "main")
    _git(project, "add", "-A")
    _git(project, "commit", "-q", "-m", "before")
    step = shape.assets // CHANGED
    for number in range(1, shape.assets, step):
        change_prompt(project, shape, number, -number)


def _git(folder: Path, *words: str) -> None:
    """Run git away from the machine's own settings."""
    who = {"NAME": "benchmark", "EMAIL": "benchmark@example.org"}
    named = {
        f"GIT_{role}_{what}": text
        for role in ("AUTHOR", "COMMITTER")
        for what, text in who.items()
    }
    subprocess.run(
        ("git", *words),
        cwd=folder,
        env={**os.environ, **named, "GIT_CONFIG_GLOBAL": os.devnull},
        check=True,
    )
