"""A project folder in which commands are run, inside this process."""

from __future__ import annotations

import contextlib
import subprocess
from typing import TYPE_CHECKING

from assetgen.cli import main
from assetgen.cli.console import Console

if TYPE_CHECKING:
    from pathlib import Path


class Commanded:
    """A folder with a spec, and assetgen run in it."""

    def __init__(self, root: Path, spec: str) -> None:
        self.root = root / "project"
        self.root.mkdir()
        self.spec = self.root / "assets.yaml"
        self.spec.write_text(spec, encoding="utf-8")

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run a command; its streams are in what is returned."""
        out, err = self.root.parent / "out", self.root.parent / "err"
        with (
            contextlib.chdir(self.root),
            out.open("w") as to_out,
            err.open("w") as to_err,
        ):
            code = main.run(words, Console({}, to_out, to_err))
        return subprocess.CompletedProcess(
            words, code, out.read_text(), err.read_text()
        )
