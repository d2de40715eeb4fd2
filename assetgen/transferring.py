"""Blobs and records as a folder or a tar, and back: for CI, colleagues and backups.

Both forms have the store's own layout (`cas/`, `ac/`, `version`), so a folder can be
used as a store as it is. A tar is the same bytes for the same content: sorted, without
times, owners or compression.

What comes in is not trusted: names are checked first, then every hash, and only when all
of it is sound does the first byte enter the store. A record must be the one that its
name says (the key is hashed again from its parts), and adds to what is known, never
replaces it.
"""

from __future__ import annotations

import io
import os
import re
import stat
import tarfile
from contextlib import contextmanager, suppress
from typing import IO, TYPE_CHECKING, Final, NamedTuple, Protocol

from assetgen import failpoints
from assetgen.digest import Digest, Key, digest_of
from assetgen.errors import IntegrityBroken, PolicyRefused, UsageError
from assetgen.files import (
    TEMPORARY_PREFIX,
    make_folder,
    read_if_there,
    refusal,
    shown,
    write_atomically,
)
from assetgen.store import LAYOUT_VERSION, draws_of
from assetgen.storecare import read_record, record_problem

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator
    from pathlib import Path

    from assetgen.lockfile import Lock
    from assetgen.store import Store

MAX_BLOB_BYTES: Final = 256 * 2**20
MAX_RECORD_BYTES: Final = 16 * 2**20
MAX_FILES: Final = 1_000_000
_TAR_SUFFIX: Final = ".tar"
_BLOB: Final = re.compile(r"cas/([0-9a-f]{2})/(\1[0-9a-f]{62})")
_RECORD: Final = re.compile(r"ac/([0-9a-f]{2})/(\1[0-9a-f]{62})\.json")
_FOLDER: Final = re.compile(r"(?:\.|cas|ac|(?:cas|ac)/[0-9a-f]{2})/?")
_VERSION: Final = f"{LAYOUT_VERSION}\n".encode()


class Moved(NamedTuple):
    """What went out or came in.

    Attributes:
        missing: Digests that are pinned and were not there.
    """

    blobs: int
    records: int
    bytes: int
    missing: tuple[str, ...] = ()


class _Outlet(Protocol):
    """Where an export goes."""

    def put(self, name: str, data: bytes) -> None:
        """Take one file; names come sorted."""


# --- out ----------------------------------------------------------------------


def export_store(store: Store, target: Path, lock: Lock | None) -> Moved:
    """Write what a lock needs into a folder, or into a tar if `target` ends with .tar.

    Args:
        store: Where it comes from; damaged blobs count as not there.
        target: Replaced if it is a tar; a folder is added to.
        lock: Of which the draws and records go out; None for everything.

    Raises:
        DiskRefused: Something cannot be read or written; a tar is then as it was.
    """
    keys, digests = _chosen(store, lock)
    outlet = _tar_outlet if target.name.endswith(_TAR_SUFFIX) else _folder_outlet
    records = size = 0
    missing: list[str] = []
    with outlet(target) as out:
        for key in sorted(keys):
            data = read_if_there(store.root / "ac" / key[:2] / f"{key}.json")
            if data is not None and not record_problem(data, key):
                out.put(f"ac/{key[:2]}/{key}.json", data)
                records, size = records + 1, size + len(data)
        for digest in sorted(digests):
            data = store.get(digest)
            if data is None:
                missing.append(digest)
                continue
            out.put(f"cas/{digest[:2]}/{digest}", data)
            size += len(data)
        out.put("version", _VERSION)
    return Moved(len(digests) - len(missing), records, size, tuple(missing))


def _chosen(store: Store, lock: Lock | None) -> tuple[set[Key], set[Digest]]:
    """Return the keys and digests that an export is about."""
    if lock is None:
        return {key for key, _ in store.records()}, set(store.digests())
    lines = lock.values()
    return {line.key for line in lines}, {d for line in lines for d in line.draws}


class _Folder:
    """A folder in the store's layout."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def put(self, name: str, data: bytes) -> None:
        """Write one file, unless it is there with the same length and bytes."""
        if read_if_there(self._root / name) != data:
            write_atomically(self._root / name, data, durable=False, what="export")


class _Tar:
    """A tar whose bytes depend on nothing but its content."""

    def __init__(self, tar: tarfile.TarFile) -> None:
        self._tar = tar

    def put(self, name: str, data: bytes) -> None:
        """Add one file."""
        failpoints.hit("export", "write")
        entry = tarfile.TarInfo(name)
        entry.size = len(data)
        entry.mode = 0o444
        self._tar.addfile(entry, io.BytesIO(data))


@contextmanager
def _folder_outlet(target: Path) -> Iterator[_Outlet]:
    make_folder(target)
    yield _Folder(target)


@contextmanager
def _tar_outlet(target: Path) -> Iterator[_Outlet]:
    """Yield a tar that takes the place of `target` once it is whole."""
    make_folder(target.parent)
    unique = f"{TEMPORARY_PREFIX}{os.getpid()}-{os.urandom(6).hex()}"
    temporary = target.parent / unique
    try:
        try:
            with temporary.open("xb") as file:
                form = tarfile.USTAR_FORMAT
                with tarfile.open(fileobj=file, mode="w", format=form) as tar:
                    yield _Tar(tar)
                file.flush()
                os.fsync(file.fileno())
            failpoints.hit("export", "rename")
            temporary.replace(target)
        except OSError as error:
            raise refusal("write", target, error) from error
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)


# --- in -----------------------------------------------------------------------


class _Incoming(NamedTuple):
    """A file of an import.

    Attributes:
        kind: ``blob`` or ``record``.
        name: The digest or key in its name.
        read: Gives its bytes.
    """

    kind: str
    name: str
    read: Callable[[], bytes]


def import_store(store: Store, source: Path) -> Moved:
    """Take blobs and records from a folder or a tar into the store.

    Returns:
        What was in it, new or not.

    Raises:
        UsageError: There is no such file or folder.
        PolicyRefused: It holds names, links or sizes that no export has; nothing came in.
        IntegrityBroken: A hash does not fit; nothing came in.
        DiskRefused: Something cannot be read or written.
    """
    if source.is_dir():
        return _take(store, list(_in_folder(source)))
    if not source.is_file():
        raise UsageError(f"there is no file or folder {shown(source)}")
    try:
        with source.open("rb") as file, tarfile.open(fileobj=file, mode="r:") as tar:
            files = list(_in_tar(tar))
            if "version" not in {name.removeprefix("./") for name in tar.getnames()}:
                # An export ends with it, so a tar without it was cut.
                raise IntegrityBroken(
                    f"{shown(source)} ends early, or is no store",
                    hint="nothing was imported; export it again",
                )
            return _take(store, files)
    except tarfile.TarError as error:
        raise IntegrityBroken(
            f"{shown(source)} is no tar that `assetgen cache export` wrote: {error}"
        ) from error
    except OSError as error:
        raise refusal("read", source, error) from error


def _take(store: Store, files: list[_Incoming]) -> Moved:
    """Check everything, then put it into the store: blobs first."""
    for each in files:
        problem = _problem_of(each)
        if problem:
            raise IntegrityBroken(
                f"the {each.kind} {each.name} is damaged: {problem}",
                hint="nothing was imported; export it again",
            )
    blobs = [each for each in files if each.kind == "blob"]
    records = [each for each in files if each.kind == "record"]
    size = 0
    for each in blobs:
        data = each.read()
        if digest_of(data) != each.name:
            raise IntegrityBroken(f"the blob {each.name} changed while it was read")
        store.put(data)
        size += len(data)
    for each in records:
        data = each.read()
        _add_record(store, Key(each.name), data)
        size += len(data)
    return Moved(len(blobs), len(records), size)


def _problem_of(each: _Incoming) -> str:
    data = each.read()
    if each.kind == "blob":
        return "" if digest_of(data) == each.name else "its bytes do not fit its name"
    return record_problem(data, each.name)


def _add_record(store: Store, key: Key, data: bytes) -> None:
    """Add what an imported record knows to what the store knows."""
    record = read_record(data, key)
    if record is None:
        return  # of another version
    known = store.record(key)
    if known is None:
        store.put_record(key, record)
        return
    digests = {draw.digest for draw in draws_of(known)}
    new = [draw for draw in draws_of(record) if draw.digest not in digests]
    if new:
        store.bank(key, {}, new)


def _kind_of(name: str) -> tuple[str, str] | None:
    """Return what a name stands for; None for ``version`` and folders.

    Raises:
        PolicyRefused: No export has such a name.
    """
    plain = name.removeprefix("./")
    for kind, pattern in (("blob", _BLOB), ("record", _RECORD)):
        found = pattern.fullmatch(plain)
        if found:
            return kind, found[2]
    if plain == "version":
        return None
    raise _foreign(name)


def _foreign(name: str) -> PolicyRefused:
    return PolicyRefused(
        f"{name[:200]!r} is nothing that `assetgen cache export` writes",
        hint="nothing was imported",
    )


def _require_bounds(name: str, kind: str, size: int, count: int) -> None:
    limit = MAX_BLOB_BYTES if kind == "blob" else MAX_RECORD_BYTES
    if size > limit or count > MAX_FILES:
        raise PolicyRefused(f"{name[:200]!r} is too large to be imported")


def _in_tar(tar: tarfile.TarFile) -> Iterator[_Incoming]:
    """Yield the files of a tar; nothing is unpacked."""
    for count, entry in enumerate(tar):
        if entry.isdir() and _FOLDER.fullmatch(entry.name):
            continue
        found = _kind_of(entry.name)
        if not entry.isreg() or entry.issparse():
            raise _foreign(entry.name)
        if found is not None:
            _require_bounds(entry.name, found[0], entry.size, count)
            yield _Incoming(*found, _tar_reader(tar, entry))


def _tar_reader(tar: tarfile.TarFile, entry: tarfile.TarInfo) -> Callable[[], bytes]:
    def read() -> bytes:
        file: IO[bytes] | None = tar.extractfile(entry)
        assert file is not None, "it is a regular file"
        with file:
            return file.read()

    return read


def _in_folder(folder: Path) -> Iterator[_Incoming]:
    """Yield the files of a folder in the store's layout; links are refused."""
    for count, name in enumerate(sorted(_names_below(folder))):
        found = _kind_of(name)
        if found is None:
            continue
        path = folder / name
        try:
            status = path.lstat()
        except OSError as error:
            raise refusal("read", path, error) from error
        if not stat.S_ISREG(status.st_mode):
            raise _foreign(name)
        _require_bounds(name, found[0], status.st_size, count)
        yield _Incoming(*found, _file_reader(path))


def _file_reader(path: Path) -> Callable[[], bytes]:
    return lambda: read_if_there(path) or b""


def _names_below(folder: Path) -> Iterable[str]:
    """Yield the paths of what lies in `cas/` and `ac/`; the rest of a store is not ours."""
    passed_over: Collection[str] = ("lock",)
    for part in ("cas", "ac"):
        base = folder / part
        if base.is_symlink():
            raise _foreign(part)
        for root, folders, files in os.walk(base):
            inside = os.path.relpath(root, folder).replace(os.sep, "/")
            for name in (*files, *(f for f in folders if (base / f).is_symlink())):
                if not name.startswith(TEMPORARY_PREFIX) and name not in passed_over:
                    yield f"{inside}/{name}"
