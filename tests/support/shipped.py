"""The shipped examples, built in copies."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import FileLock

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"


def shared_example(name: str, temp: pytest.TempPathFactory) -> Path:
    """Return a copy of an example that is built once for all tests of a run.

    Tests may add files of their own, and change none.
    """
    base = temp.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        base = base.parent  # all processes of the run see it
    with FileLock(base / f"{name}.lock"):
        if not (base / "examples" / name).exists():
            new = built_example(name, base / "new")
            (base / "examples").mkdir(exist_ok=True)
            new.rename(base / "examples" / name)
    return base / "examples" / name


def built_example(
    name: str, folder: Path, changes: Mapping[str, str] | None = None, *only: str
) -> Path:
    """Build a copy of an example with the command; return the copy.

    Args:
        name: Of its folder.
        folder: An empty place for the copy.
        changes: What to write in its spec instead of what; each stands in it once.
        only: Assets to build; all of them if none is named.
    """
    copy = folder / name
    shutil.copytree(EXAMPLES / name, copy, ignore=_what_git_ignores)
    spec = copy / "assets.yaml"
    text = spec.read_text()
    for old, new in (changes or {}).items():
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    spec.write_text(text)
    done = subprocess.run(
        [sys.executable, "-m", "assetgen", "build", *only],
        cwd=copy,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return copy


def _what_git_ignores(folder: str, names: list[str]) -> set[str]:
    """Return what somebody who tried the example left in it."""
    at = Path(folder)
    ignored = {".assetgen", "assets.lock"}
    rules = next(p for p in (at, *at.parents) if (p / ".gitignore").is_file())
    for line in (rules / ".gitignore").read_text().splitlines():
        if line.startswith("/") and (rules / line.strip("/")).parent == at:
            ignored.add(line.strip("/").rpartition("/")[2])
    return ignored & set(names)
