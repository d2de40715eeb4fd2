"""A project to be maltreated, and the invariant that must hold whatever was done.

`assert_intact` is the invariant. Intact means:

1. every file in a target is a whole picture, and the one that its manifest lists;
2. every blob's name is its hash;
3. every action record names blobs that are there, or stands for a lost one;
4. lock, state and ledger parse;
5. every charge is either banked or known as an unknown outcome.

`assert_recovers` adds that a re-run ends with 0 and pays only for what was not banked.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image

import assetgen
from assetgen.banking import open_calls
from assetgen.ledger import Ledger
from assetgen.lockfile import read_lock
from assetgen.manifest import parse_manifest
from assetgen.state import parse_state
from assetgen.store import Store, draws_of

HERE = Path(__file__).parent
PYTHONPATH = os.pathsep.join(
    [str(HERE / "plugin"), str(Path(assetgen.__file__).parent.parent)]
)
"""Where a process finds the counting provider, and the assetgen under test."""
LONG_S = 30.0
"""Nothing here takes so long unless it hangs."""


@dataclass(frozen=True)
class Ended:
    """A run that is over; `code` is negative for a signal."""

    code: int
    out: str
    err: str


class Zygote:
    """Starts processes of assetgen quickly; see `zygote.py`."""

    def __init__(self, *prefix: str) -> None:
        self._process = subprocess.Popen(
            [*prefix, sys.executable, HERE / "zygote.py"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ | {"PYTHONPATH": PYTHONPATH},
        )
        self.ask(ready=True)

    @property
    def pid(self) -> int:
        """The process that forks."""
        return self._process.pid

    def ask(self, **job: Any) -> Any:
        """Give it a job and return its answer."""
        self._process.stdin.write(json.dumps(job) + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())

    def close(self) -> None:
        """End it."""
        self._process.stdin.close()
        self._process.wait(LONG_S)
        self._process.stdout.close()


class Run:
    """A run that goes on."""

    def __init__(self, zygote: Zygote, pid: int, files: Path) -> None:
        self._zygote = zygote
        self.pid = pid
        self._files = files

    @property
    def out(self) -> str:
        """What it wrote to stdout so far."""
        return self._read("out")

    @property
    def err(self) -> str:
        """What it wrote to stderr so far."""
        return self._read("err")

    def _read(self, name: str) -> str:
        file = self._files / name  # not there before the fork has come so far
        return file.read_text() if file.exists() else ""

    def kill(self, number: int = signal.SIGKILL) -> None:
        """Send it a signal; one that is over already does not mind."""
        try:
            os.kill(self.pid, number)
        except ProcessLookupError:
            return

    def kill_after(self, wait_s: float) -> Ended:
        """Kill it at a moment, unless it is over before; return how it ended."""
        code = self._zygote.ask(wait=self.pid, timeout_s=wait_s)
        if code is None:
            self.kill()
            return self.wait()
        return Ended(code, self.out, self.err)

    def wait(self, timeout_s: float = LONG_S) -> Ended:
        """Return how it ended; a run that does not end fails the test."""
        code = self._zygote.ask(wait=self.pid, timeout_s=timeout_s)
        if code is None:
            self.kill()
            self._zygote.ask(wait=self.pid, timeout_s=LONG_S)
            raise AssertionError(f"still running after {timeout_s} s: {self.err}")
        return Ended(code, self.out, self.err)


class Project:
    """A folder with a spec; assetgen runs in it with the counting provider."""

    def __init__(self, root: Path, zygote: Zygote) -> None:
        self.root = root / "project"
        self.root.mkdir(exist_ok=True)
        self.beside = root / "beside"
        self.beside.mkdir()
        self.as_nobody = False
        self.log = self.beside / "charges"
        self.zygote = zygote
        self._runs = 0

    def write(self, assets: str, head: str = "") -> None:
        """Write a spec with one target `site`."""
        (self.root / "assets.yaml").write_text(
            f"version: 1\nprovider: counting\ntargets:\n  site: {{dir: site}}\n{head}"
            f"assets:\n{assets}"
        )

    def start(
        self,
        *words: str,
        limits: dict[str, int] | None = None,
        **environ: str,
    ) -> Run:
        """Start `assetgen WORDS`; a build asks the counting provider."""
        self._runs += 1
        files = self.beside / str(self._runs)
        files.mkdir()
        if self.as_nobody:
            files.chmod(0o777)
        words = words or ("build",)
        provider = ("--provider", "counting") if "--provider" not in words else ()
        kept = {
            name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ
        }
        pid = self.zygote.ask(
            start=[*words, *provider],
            cwd=str(self.root),
            environ=kept | {"COUNTING_LOG": str(self.log)} | environ,
            out=str(files / "out"),
            err=str(files / "err"),
            limits=limits or {},
            nobody=self.as_nobody,
        )
        return Run(self.zygote, pid, files)

    def run(self, *words: str, **more: Any) -> Ended:
        """Run `assetgen WORDS` to its end."""
        return self.start(*words, **more).wait()

    def fail_at(self, rules: str, *words: str, **more: Any) -> Ended:
        """Run with failpoints."""
        return self.run(*words, ASSETGEN_TEST="1", ASSETGEN_FAILPOINTS=rules, **more)

    def give_up_rights(self) -> None:
        """Run as somebody whom closed folders stop: root writes through them."""
        if os.geteuid() != 0:
            return
        self.as_nobody = True
        for folder in (self.root, self.beside):
            folder.parent.chmod(0o755)
            for path in (folder, *folder.rglob("*")):
                os.chown(path, 65534, 65534)

    def copy_from(self, other: Project) -> None:
        """Become a copy of another project, with its charges."""
        shutil.copytree(other.root, self.root, dirs_exist_ok=True)
        shutil.copy(other.log, self.log)

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

    def charges(self) -> list[str]:
        """Return the request keys that were charged, one a charge."""
        if not self.log.exists():
            return []
        return [line.split()[0] for line in self.log.read_text().splitlines()]

    def banked(self) -> int:
        """Return how many paid draws the store's records hold."""
        return sum(
            bool(draw.call)
            for _, record in self.store.records()
            for draw in draws_of(record)
        )

    def unknown(self) -> list[str]:
        """Return the request keys whose outcome is listed as unknown."""
        found = open_calls(self.ledger, self.store)
        return [each.intent.key for each in found.unknown]

    def doubts(self) -> int:
        """Return how many calls ever had an unknown outcome, settled later or not."""
        told = list(self.ledger.entries())
        known = {
            each["id"]
            for each in told
            if each["entry"] == "result" and each["outcome"] != "unknown"
        }
        for _, record in self.store.records():
            known |= {draw.call for draw in draws_of(record)}
        return sum(
            each["entry"] == "intent" and each["id"] not in known for each in told
        )

    def until(self, condition, what: str) -> None:
        """Wait until something is so."""
        end = time.monotonic() + LONG_S
        while not condition():
            assert time.monotonic() < end, f"never: {what}"
            time.sleep(0.003)

    def outputs(self) -> dict[str, bytes]:
        """Return all files of the target but its manifest."""
        folder = self.root / "site"
        return {
            path.name: path.read_bytes()
            for path in sorted(folder.glob("*"))
            if not path.name.startswith((".assetgen-tmp-", "assetgen.manifest"))
        }


def icons(number: int, *, chain: bool = False) -> str:
    """Return that many assets with an output each; in a chain each needs the one before."""
    lines = []
    for at in range(number):
        inputs = f"inputs: [icon{at - 1}], " if chain and at else ""
        lines.append(
            f"  icon{at}: {{prompt: Icon {at}, {inputs}size: 16x16, "
            f"outputs: [icon{at}.png]}}\n"
        )
    return "".join(lines)


# --- the invariant ------------------------------------------------------------


def assert_intact(project: Project, *, lost: int = 0, unsent: int = 0) -> None:
    """Assert what must hold after whatever was done to a project.

    Args:
        project: Not being built now.
        lost: Blobs that the test itself took away.
        unsent: Calls that were written down and killed before the provider had them,
            at most: nobody can tell them from calls that were made.
    """
    _assert_outputs_are_whole(project)
    damaged = [
        path
        for path in (project.private / "store/cas").glob("*/*")
        if not path.name.startswith(".assetgen-tmp-")
        and hashlib.sha256(path.read_bytes()).hexdigest() != path.name
    ]
    assert damaged == []
    named = {
        draw.digest
        for _, record in project.store.records()
        for draw in draws_of(record)
    }
    assert len(named - set(project.store.digests())) == lost
    _assert_files_parse(project)
    known_lost = project.doubts()
    charged = len(project.charges())
    free = known_lost - (charged - project.banked())
    assert 0 <= free <= unsent, (charged, project.banked(), known_lost)


def _assert_outputs_are_whole(project: Project) -> None:
    for path in sorted((project.root / "site").glob("*.png")):
        with Image.open(path) as picture:
            picture.load()
            assert picture.size == (16, 16), path
        with Image.open(path) as picture:
            picture.verify()


def _assert_files_parse(project: Project) -> None:
    read_lock(project.root / "assets.lock")
    state = project.private / "state"
    if state.exists():
        assert parse_state(state.read_bytes()) is not None
    manifest = project.root / "site/assetgen.manifest.json"
    if manifest.exists():
        listed = parse_manifest(manifest.read_bytes())
        assert listed.problem is None
    torn = 0
    ledger = project.private / "ledger.jsonl"
    for line in ledger.read_bytes().splitlines() if ledger.exists() else ():
        try:
            json.loads(line)
        except ValueError:
            torn += 1
    assert torn <= 1, "a torn line swallowed its neighbour"


def assert_recovers(project: Project, assets: int, *, unsent: int = 0) -> None:
    """Assert that a re-run ends with 0 and pays only for what was not banked.

    Args:
        assets: How many the spec has, each with one draw and one output.
        unsent: As for `assert_intact`.
    """
    banked, charged = project.banked(), len(project.charges())
    again = project.run("build", "--retry-unknown")
    assert again.code == 0, again.err
    assert len(project.charges()) - charged == assets - banked
    assert_intact(project, unsent=unsent)
    assert project.unknown() == []
    assert len(project.outputs()) == assets
    manifest = project.root / "site/assetgen.manifest.json"
    owned = parse_manifest(manifest.read_bytes()).owned
    found = {
        name: hashlib.sha256(data).hexdigest()
        for name, data in project.outputs().items()
    }
    assert owned == found
    lock = read_lock(project.root / "assets.lock")
    assert len(lock) == assets
    last = project.run("build")
    assert (last.code, "up to date" in last.err) == (0, True), last.err
