"""A project whose pictures cost money, with the command line at hand, and git."""

from __future__ import annotations

import io
import os
import subprocess
from typing import TYPE_CHECKING, NamedTuple

from assetgen.cli.console import Console
from assetgen.cli.main import run
from assetgen.lockfile import read_lock
from assetgen.store import Store

if TYPE_CHECKING:
    from pathlib import Path

    from assetgen.lockfile import Lock

HEAD = "version: 1\nprovider: counting\ntargets: {site: {dir: site}}\nassets:\n"


class Said(NamedTuple):
    """How a command ended."""

    code: int
    out: str
    err: str


class Shop:
    """A folder with a spec; commands run in this process."""

    def __init__(self, root: Path) -> None:
        self.root = root
        root.mkdir(exist_ok=True)

    def spec(self, *entries: str, **prompts: str) -> None:
        """Write a spec, as editors do in one go: an asset with one output for each word.

        Args:
            entries: Lines of further assets.
            prompts: By the asset's name.
        """
        more = "".join(
            f"  {name}: {{prompt: {prompt}, size: 8x8, outputs: [{name}.png]}}\n"
            for name, prompt in prompts.items()
        )
        beside = self.root / "assets.yaml.new"
        beside.write_text(HEAD + more + "".join(entries))
        beside.replace(self.root / "assets.yaml")

    def run(self, *words: str, **environ: str) -> Said:
        """Run `assetgen WORDS` on the project."""
        out, err = io.StringIO(), io.StringIO()
        flags = ["--file", str(self.root / "assets.yaml")]
        if words[:2] == ("lock", "merge"):
            flags = []
        code = run([*words, *flags], Console(environ, out, err))
        return Said(code, out.getvalue(), err.getvalue())

    def build(self, *words: str) -> None:
        """Build everything."""
        said = self.run("build", *words)
        assert said.code == 0, said.err

    def git(self, *words: str, code: int | None = 0) -> str:
        """Run git in the project, away from the machine's own settings.

        Args:
            words: What to run.
            code: How it has to end; None if that does not matter.
        """
        done = subprocess.run(
            ["git", *words],
            cwd=self.root,
            env={
                "PATH": os.environ["PATH"],
                "PYTHONPATH": os.environ.get("PYTHONPATH", ""),
                "HOME": str(self.root),
                "GIT_CONFIG_NOSYSTEM": "1",
                "GIT_AUTHOR_NAME": "a",
                "GIT_AUTHOR_EMAIL": "a@example.org",
                "GIT_COMMITTER_NAME": "a",
                "GIT_COMMITTER_EMAIL": "a@example.org",
            },
            capture_output=True,
            text=True,
            check=False,
        )
        if code is not None:
            assert done.returncode == code, done.stdout + done.stderr
        return done.stdout

    def commit(self, text: str = "x") -> None:
        """Commit spec and lock."""
        self.git("add", "assets.yaml", "assets.lock")
        self.git("commit", "-qm", text)

    @property
    def lock_file(self) -> Path:
        """The lock."""
        return self.root / "assets.lock"

    @property
    def lock(self) -> Lock:
        """What the lock says."""
        return read_lock(self.lock_file)

    @property
    def store(self) -> Store:
        """The store, opened anew."""
        return Store(self.root / ".assetgen/store")
