"""The world as facts: `(project, state of the last build) -> Snapshot`.

Most of what a snapshot says is looked up when it is asked for (a record of the store,
a file's digest), so a plan costs in proportion to what it has to look at. Nothing here
writes.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Container, Iterator, Mapping
from typing import TYPE_CHECKING, Final

from assetgen import __version__, manifest
from assetgen.digest import Digest, Key, digest_of
from assetgen.errors import AssetgenError
from assetgen.files import read_contained, read_if_there
from assetgen.packing import MAX_PAGES
from assetgen.resolve.settings import manifest_path
from assetgen.snapshot import Derived, Parts, Pin, Record
from assetgen.state import NO_FILE, Figures, State, Watched, figures_of, parse_state
from assetgen.store import draws_of
from assetgen.values import Value

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from assetgen.lockfile import Lock
    from assetgen.memo import Memo
    from assetgen.model import AssetName, Json, Target
    from assetgen.store import Store

PICTURE_LIMIT_BYTES: Final = 256 * 1024 * 1024
_OUTPUT_LIMIT_BYTES: Final = 1024 * 1024 * 1024


def read_state(folder: Path) -> tuple[State, bool]:
    """Return the last build's state, and whether a file was there but unreadable."""
    data = read_if_there(folder / "state")
    if data is None:
        return State(), False
    state = parse_state(data)
    if state is None:
        return State(), True
    # Another version's rows may mean something else; its manifests still say what is
    # ours.
    return (state if state.version == __version__ else State()), False


class Changes(Value, kw_only=True):
    """What differs on disk from what the last build saw.

    Attributes:
        files: Watched files whose bytes changed, came or went.
        inputs: Those of them that assets read: pictures and prompts.
        assets: Assets of which an output has other figures.
    """

    files: frozenset[str]
    inputs: frozenset[str]
    assets: frozenset[AssetName]


def find_changes(root: Path, state: State) -> Changes:
    """Return what changed; watched files are compared by bytes where figures differ."""
    files = [
        each
        for each in state.watched
        if each.kind != "folder" and _has_changed(root, each)
    ]
    base = f"{root}/"
    figures = state.figures
    changed: list[int] = []
    stat = os.stat
    for at, path in enumerate(state.paths):
        try:
            found = stat(base + path)
        except OSError:
            changed.append(at)
            continue
        if (
            found.st_mtime_ns != figures[3 * at + 1]
            or found.st_size != figures[3 * at]
            or found.st_ctime_ns != figures[3 * at + 2]
        ):
            changed.append(at)
    return Changes(
        files=frozenset(each.path for each in files),
        inputs=frozenset(each.path for each in files if each.kind == "input"),
        assets=frozenset(state.rows.owner_at(at) for at in changed),
    )


def _has_changed(root: Path, watched: Watched) -> bool:
    now = figures_of(root / watched.path)
    if now == watched.figures:
        return False
    if now == NO_FILE or watched.digest is None:
        return True
    try:
        data = read_if_there(root / watched.path)
    except AssetgenError:
        return True
    return data is None or digest_of(data) != watched.digest


class FileDigests(Mapping[str, Digest]):
    """Identities of project files, read (contained) when they are asked for."""

    def __init__(self, root: Path, state: State, changed: Container[str]) -> None:
        """Trust the last build for files that did not change."""
        self._root = root
        self._known = {
            each.path: each.digest
            for each in state.watched
            if each.digest is not None and each.path not in changed
        }
        self.figures: dict[str, Figures] = {
            each.path: each.figures
            for each in state.watched
            if each.path in self._known
        }

    def __getitem__(self, path: str) -> Digest:
        """Return a file's digest.

        Raises:
            KeyError: There is no such file.
            PolicyRefused: It is no plain file inside the project.
        """
        found = self._known.get(path)
        if found is None:
            figures = figures_of(self._root / path)
            data = self.read(path)
            if data is None:
                raise KeyError(path)
            found = self._known[path] = digest_of(data)
            self.figures[path] = figures
        return found

    def known(self) -> Container[str]:
        """Return the files whose bytes were looked at, now or by the last build."""
        return self._known.keys()

    def read(self, path: str) -> bytes | None:
        """Return a file's bytes; None if there is none."""
        return read_contained(self._root, path, limit_bytes=PICTURE_LIMIT_BYTES)

    def __iter__(self) -> Iterator[str]:
        """Return the files that were looked at."""
        return iter(self._known)

    def __len__(self) -> int:
        """Return how many were looked at."""
        return len(self._known)


class StoredRecords(Mapping[Key, Record]):
    """The store's records by request key."""

    def __init__(self, store: Store) -> None:
        """Look records up in `store`."""
        self._store = store

    def __getitem__(self, key: Key) -> Record:
        """Return a record.

        Raises:
            KeyError: The store knows nothing of the request.
        """
        found = self._store.record(key)
        if found is None:
            raise KeyError(key)
        refused = found.get("refused")
        levels = refused if isinstance(refused, dict) else {}
        return Record(
            draws=draws_of(found),
            parts=_parts(found.get("request")),
            refused={level: str(reason) for level, reason in levels.items()},
        )

    def __iter__(self) -> Iterator[Key]:
        """Return all keys."""
        return (key for key, _ in self._store.records())

    def __len__(self) -> int:
        """Return how many there are."""
        return sum(1 for _ in self._store.records())


def _parts(request: Json) -> Parts:
    pairs = request.get("parts") if isinstance(request, dict) else None
    if not isinstance(pairs, list):
        return ()
    return tuple(
        (str(pair[0]), str(pair[1]))
        for pair in pairs
        if isinstance(pair, list) and len(pair) == 2
    )


class StoredBlobs(Container[str]):
    """Which blobs are in the store."""

    def __init__(self, store: Store) -> None:
        """Look blobs up in `store`."""
        self._store = store

    def __contains__(self, digest: object) -> bool:
        """Return whether the blob is there (its bytes are not read)."""
        return isinstance(digest, str) and self._store.has(Digest(digest))


class LockedPins(Mapping["AssetName", Pin]):
    """What the lock says of assets; a line is decoded when it is asked for."""

    def __init__(self, lock: Lock) -> None:
        """Look assets up in `lock`."""
        self._lock = lock

    def __getitem__(self, name: AssetName) -> Pin:
        """Return the pin of an asset.

        Raises:
            KeyError: The lock has no line for it.
        """
        line = self._lock[name]
        return Pin(line.key, line.draws, line.pick, line=line)

    def __contains__(self, name: object) -> bool:
        """Return whether the asset has a line."""
        return name in self._lock

    def __iter__(self) -> Iterator[AssetName]:
        """Return the assets that have a line."""
        return iter(self._lock)

    def __len__(self) -> int:
        """Return the number of lines."""
        return len(self._lock)


class DerivedFacts(Mapping[Key, Derived]):
    """What output keys stand for, from the memo."""

    def __init__(self, memo: Memo) -> None:
        """Look facts up in `memo`."""
        self._memo = memo

    def __getitem__(self, key: Key) -> Derived:
        """Return what an output key stands for.

        Raises:
            KeyError: The memo does not know.
        """
        fact = self._memo.facts_get(f"output {key}")
        if not isinstance(fact, list) or len(fact) not in (4, 6):
            raise KeyError(key)
        sha256, size, width, height, *preview = fact
        if not (isinstance(sha256, str) and isinstance(size, int)):
            raise KeyError(key)
        if not (isinstance(width, int) and isinstance(height, int)):
            raise KeyError(key)
        shown = tuple(map(str, preview))
        return Derived(Digest(sha256), size, width, height, stored=True, preview=shown)

    def __iter__(self) -> Iterator[Key]:
        """Return nothing: the memo is asked by key only."""
        return iter(())

    def __len__(self) -> int:
        """Return 0, see `__iter__`."""
        return 0


class PageCounts(Mapping[Key, int]):
    """How many pages packed sheets have, from the memo."""

    def __init__(self, memo: Memo) -> None:
        """Look numbers up in `memo`."""
        self._memo = memo

    def __getitem__(self, key: Key) -> int:
        """Return the number of pages of an output's key.

        Raises:
            KeyError: The memo does not know.
        """
        fact = self._memo.facts_get(f"pages {key}")
        if not isinstance(fact, int) or not 0 < fact <= MAX_PAGES:
            raise KeyError(key)
        return fact

    def __iter__(self) -> Iterator[Key]:
        """Return nothing: the memo is asked by key only."""
        return iter(())

    def __len__(self) -> int:
        """Return 0, see `__iter__`."""
        return 0


class PassedChecks(Container[Key]):
    """Which checks passed before, from the memo."""

    def __init__(self, memo: Memo) -> None:
        """Look verdicts up in `memo`."""
        self._memo = memo

    def __contains__(self, key: object) -> bool:
        """Return whether the checks under this key passed."""
        return self._memo.facts_get(f"checks {key}") is True


class OutputDigests(Mapping[str, Digest]):
    """Digests of the files that lie where outputs go."""

    def __init__(self, root: Path, state: State) -> None:
        """Trust the last build for files with the same figures."""
        self._root = root
        self._state = state
        self._positions: dict[str, int] | None = None

    def __getitem__(self, path: str) -> Digest:
        """Return the digest of the file at `path`.

        Raises:
            KeyError: There is no file (or something that is no file).
        """
        now = figures_of(self._root / path)
        if now == NO_FILE:
            raise KeyError(path)
        if self._positions is None:
            self._positions = {p: at for at, p in enumerate(self._state.paths)}
        at = self._positions.get(path)
        if at is not None:
            written = Figures(*self._state.figures[3 * at : 3 * at + 3])
            if written == now:
                return row_digest(self._state, at)
        try:
            data = read_contained(self._root, path, limit_bytes=_OUTPUT_LIMIT_BYTES)
        except AssetgenError:
            data = None  # a folder, a device: publishing will say what is in the way
        if data is None:
            raise KeyError(path)
        return digest_of(data)

    def __iter__(self) -> Iterator[str]:
        """Return the paths that the last build wrote."""
        return iter(self._state.paths)

    def __len__(self) -> int:
        """Return how many the last build wrote."""
        return len(self._state.paths)


class ManifestText:
    """A target's manifest as it lies on disk; taken apart when that is needed."""

    def __init__(self, data: bytes | None, tell: Callable[[str], None]) -> None:
        """Take the bytes; None if there is no manifest.

        Args:
            data: An unreadable manifest counts as empty.
            tell: Gets the reason if it is unreadable.
        """
        self.data = data
        self.text = data.decode("utf-8", "replace") if data is not None else ""
        self._tell = tell
        self._rows: tuple[Mapping[str, str], Mapping[str, str]] | None = None

    def _parsed(self) -> tuple[Mapping[str, str], Mapping[str, str]]:
        if self._rows is None:
            self._rows = ({}, {})
            if self.data is not None:
                found = manifest.rows_of(self.text)
                if found is None:
                    problem = manifest.parse_manifest(self.data).problem
                    self._tell(problem or "somebody edited it")
                self._rows = found or ({}, {})
        return self._rows

    @property
    def files(self) -> Mapping[str, str]:
        """Its rows by path, relative to the target's folder."""
        return self._parsed()[0]

    @property
    def assets(self) -> Mapping[str, str]:
        """Its rows by asset."""
        return self._parsed()[1]

    def file_row(self, path: str) -> str | None:
        """Return the row of one file, without taking everything apart."""
        if self._rows is not None:
            return self.files.get(path)
        place = manifest.find_row(self.text, path)
        if place is None or self.text[place[0] : place[1]].find(manifest.SHA_SIGN) < 0:
            return None
        return self.text[slice(*place)]


class Manifests:
    """The targets' manifests, each read once; an unreadable one counts as empty."""

    def __init__(self, root: Path, warn: Callable[[str], None]) -> None:
        """Read manifests when they are asked for."""
        self._root = root
        self._warn = warn
        self._read: dict[str, ManifestText] = {}

    def of(self, target: Target) -> ManifestText:
        """Return a target's manifest."""
        path = manifest_path(target)
        if path not in self._read:
            self._read[path] = self._load(path)
        return self._read[path]

    def forget(self) -> None:
        """Let go of what was read; who asks again gets it read again."""
        self._read.clear()

    def _load(self, path: str) -> ManifestText:
        def tell(problem: str) -> None:
            self._warn(f"{path}: {problem}; it is written anew")

        return ManifestText(read_if_there(self._root / path), tell)


class OwnedFiles(Mapping[str, Collection[Digest]]):
    """Which bytes assetgen wrote at a path: by manifest, state and journal."""

    def __init__(
        self,
        targets: Iterable[Target],
        manifests: Manifests,
        state: State,
        journal: Mapping[str, Collection[Digest]],
    ) -> None:
        """Look paths up when they are asked for."""
        self._targets = tuple(targets)
        self._manifests = manifests
        self._state = state
        self._journal = journal
        self._positions: dict[str, int] | None = None

    def __getitem__(self, path: str) -> Collection[Digest]:
        """Return the digests written at a path.

        Raises:
            KeyError: Nothing was ever written there.
        """
        found = set(self._journal.get(path, ()))
        for target in self._targets:
            base = "" if target.dir == "." else f"{target.dir}/"
            if path.startswith(base):
                listed = self._manifests.of(target).file_row(path[len(base) :])
                found.update([manifest.sha256_of(listed)] if listed else [])
        if self._positions is None:
            self._positions = {p: at for at, p in enumerate(self._state.paths)}
        at = self._positions.get(path)
        if at is not None:
            found.add(row_digest(self._state, at))
        if not found:
            raise KeyError(path)
        return found

    def __iter__(self) -> Iterator[str]:
        """Return the paths that the last build wrote."""
        return iter(self._state.paths)

    def __len__(self) -> int:
        """Return how many the last build wrote."""
        return len(self._state.paths)


def row_digest(state: State, at: int) -> Digest:
    """Return the digest of the output at a position of the state's columns."""
    name = state.rows.owner_at(at)
    start = state.rows.outputs_at(name).start
    return state.rows[name].outputs[at - start].derived.sha256
