"""A project whose pictures are paid for, and what must always hold for its books.

    charged requests - requests whose draws were banked = requests known as unknown

and the key of the service is in nothing that was written or printed.
"""

from __future__ import annotations

import contextlib
import json
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from faultlab import Ended, Run

from assetgen.banking import open_calls
from assetgen.cli import main
from assetgen.cli.console import Console
from assetgen.files import TEMPORARY_PREFIX
from assetgen.ledger import Ledger, Unknown
from assetgen.store import Store, draws_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from fakeapi import FakeApi
    from faultlab import Zygote

KEY = "sk-CANARY-5b1f0c7e2d9a4638-k3yT"
"""A key that is easily found again; its last four characters may be shown."""
CANARY = b"CANARY"

SIZE = "1024x640"
"""The smallest area that a model draws."""
HEAD = f"""\
version: 1
targets:
  site: {{dir: site}}
defaults: {{model: gpt-image-2.6-flare, size: {SIZE}, quality: low}}
"""


@dataclass
class Events:
    """What a build with `--json` said."""

    all: list[dict[str, Any]]

    def of(self, kind: str) -> list[dict[str, Any]]:
        """Return the events of a type."""
        return [each for each in self.all if each["type"] == kind]


class Paid:
    """A folder with a spec whose requests go to a stand-in for the image API."""

    def __init__(self, base: Path, fake: FakeApi, zygote: Callable[[], Zygote]) -> None:
        self.base = base
        self.fake = fake
        self.root = base / "project"
        self.home = base / "home"
        self.streams = base / "streams"
        for place in (self.root, self.home, self.streams):
            place.mkdir()
        self.config = self.home / "config.toml"
        self.config.write_text("")
        self.unsent = 0
        self._zygote = zygote
        self._runs = 0

    def write(self, assets: str, head: str = HEAD) -> None:
        """Write the spec; `assets` are the lines below the key."""
        (self.root / "assets.yaml").write_text(f"{head}assets:\n{assets}")

    # --- running --------------------------------------------------------------

    @property
    def environ(self) -> dict[str, str]:
        """The environment of a command."""
        kept = {"PATH": os.environ["PATH"], "HOME": str(self.home)}
        return kept | {
            "OPENAI_API_KEY": KEY,
            "OPENAI_BASE_URL": self.fake.base_url,
            "ASSETGEN_CONFIG": str(self.config),
        }

    def run(self, *words: str, **environ: str | None) -> Ended:
        """Run a command in this process; None takes a variable away."""
        out, err = self._files()
        given = {k: v for k, v in (self.environ | environ).items() if v is not None}
        with (
            contextlib.chdir(self.root),
            out.open("w") as to_out,
            err.open("w") as to_err,
        ):
            code = main.run(words or ("build",), Console(given, to_out, to_err))
        return Ended(code, out.read_text(), err.read_text())

    def events(self, *words: str, **environ: str | None) -> tuple[Ended, Events]:
        """Run a build that says what happens as JSON."""
        ended = self.run("build", "--json", *words, **environ)
        return ended, Events([json.loads(line) for line in ended.out.splitlines()])

    def start(self, *words: str, **environ: str) -> Run:
        """Start a command as a process of its own."""
        zygote = self._zygote()
        out, err = self._files()
        pid = zygote.ask(
            start=[*(words or ("build",))],
            cwd=str(self.root),
            environ=self.environ | environ,
            out=str(out),
            err=str(err),
        )
        return Run(zygote, pid, out.parent)

    def _files(self) -> tuple[Path, Path]:
        self._runs += 1
        place = self.streams / str(self._runs)
        place.mkdir()
        return place / "out", place / "err"

    # --- what is there --------------------------------------------------------

    @property
    def private(self) -> Path:
        """The project's private folder."""
        return self.root / ".assetgen"

    @property
    def store(self) -> Store:
        """The store, opened anew."""
        return Store(self.private / "store")

    @property
    def ledger(self) -> Ledger:
        """The ledger, opened anew."""
        return Ledger(self.private / "ledger.jsonl", run="the test")

    def draws(self) -> dict[str, int]:
        """Return how many draws each paid call brought that is in the store's records."""
        found: dict[str, int] = {}
        if self.private.exists():
            for _, record in self.store.records():
                for draw in draws_of(record):
                    if not draw.call:
                        continue  # it was free
                    found[draw.call] = found.get(draw.call, 0) + 1
        return found

    def unknown(self) -> tuple[Unknown, ...]:
        """Return the calls that are listed as unknown now."""
        return open_calls(self.ledger, self.store).unknown

    def outputs(self) -> dict[str, bytes]:
        """Return all files of the target `site` but its manifest.

        Nor what crashed writers left there: that is swept once it is old.
        """
        return {
            path.relative_to(self.root / "site").as_posix(): path.read_bytes()
            for path in sorted((self.root / "site").rglob("*"))
            if path.is_file()
            and path.suffix != ".json"
            and not path.name.startswith(TEMPORARY_PREFIX)
        }

    # --- what must hold -------------------------------------------------------

    def assert_books_are_right(self) -> None:
        """Assert that charged - banked = unknown, calls asked again included.

        `unsent` calls, at most, were written down and killed before the server had
        them: nobody can tell them from calls that were made.
        """
        told = list(self.ledger.entries())
        banked = set(self.draws())
        ended = {
            each["id"]
            for each in told
            if each["entry"] == "result" and each["outcome"] != "unknown"
        }
        doubts = sum(
            each["entry"] == "intent" and each["id"] not in ended | banked
            for each in told
        )
        unsent = doubts - (self.fake.charged - len(banked))
        assert 0 <= unsent <= self.unsent, (self.fake.charged, len(banked), doubts)

    def assert_key_is_nowhere(self) -> None:
        """Assert that the key is in no file, the outputs of commands included."""
        for path in self.base.rglob("*"):
            if path.is_file():
                assert CANARY not in path.read_bytes(), path


def icons(number: int, more: str = "") -> str:
    """Return that many assets, each with a prompt and an output."""
    return "".join(
        f"  icon{at}: {{prompt: Icon {at}, {more}"
        f"outputs: [{{path: icon{at}.png, width: 64}}]}}\n"
        for at in range(number)
    )
