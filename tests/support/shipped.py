"""The shipped examples, built in copies."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

EXAMPLES = Path(__file__).parents[2] / "examples"


def built_example(
    name: str, folder: Path, changes: Mapping[str, str] | None = None
) -> Path:
    """Build a copy of an example with the command; return the copy.

    Args:
        name: Of its folder.
        folder: An empty place for the copy.
        changes: What to write in its spec instead of what; each stands in it once.
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
        [sys.executable, "-m", "assetgen", "build"],
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
