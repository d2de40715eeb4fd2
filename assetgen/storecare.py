"""What the store holds, and what of it nobody needs any more.

`survey` counts, `choose_rubbish` decides, `remove` carries it out: a record before its
blobs, so that a crash leaves blobs without a record and never a record without blobs.
What is needed comes in as names: everything of 64 hexadecimal digits that a lock, a
state or a manifest holds, be it a request key, a draw's digest or an input. That is more
than is strictly needed and never less.

Only draws that can be made again for nothing go by themselves. Paid ones, and those of
free providers that never give the same picture twice, stay until somebody says so.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import TYPE_CHECKING, Final, NamedTuple

from assetgen import failpoints
from assetgen.actionkey import KeySink
from assetgen.digest import Digest, Key
from assetgen.files import TEMPORARY_PREFIX, make_folder, read_if_there, refusal
from assetgen.lockfile import CONFLICT, lock_text, parse_lock
from assetgen.store import RECORD_VERSION, draws_of
from assetgen.values import Value

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from pathlib import Path

    from assetgen.gitrefs import Repository
    from assetgen.model import Json
    from assetgen.requests import DrawRecord
    from assetgen.store import Store

GRACE_S: Final = 3600.0
"""What is younger may belong to a build of another project with the same store."""

_NAME: Final = re.compile(rb"(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])")
_LOCK_SUFFIX: Final = ".lock"


class Sum(NamedTuple):
    """Files of one kind, and their bytes together."""

    files: int = 0
    bytes: int = 0

    def plus(self, size: int) -> Sum:
        """Return the sum with one more file."""
        return Sum(self.files + 1, self.bytes + size)


class Survey(Value, kw_only=True):
    """What lies in a store, by kind; every blob counts once.

    Attributes:
        pinned: Blobs that a lock names, in the work tree or on any local ref.
        kept: Other blobs that cannot be had again for nothing.
        free: Blobs that can.
        answers: Blobs with what a provider answered and nobody could use.
        unnamed: Blobs that no record, lock or ledger names.
        quarantine: Blobs and records that were found damaged.
    """

    pinned: Sum
    kept: Sum
    free: Sum
    unnamed: Sum
    records: Sum
    answers: Sum
    quarantine: Sum


class Rubbish(Value, kw_only=True):
    """What a collection would remove.

    Attributes:
        records: Request keys, with the time of change (ns) at which they were judged.
        blobs: Digests with their sizes.
        draws: For each of `records`, its blobs.
        young: Files that were left alone because they are younger than the grace.
    """

    records: Mapping[Key, int]
    blobs: Mapping[Digest, int]
    draws: Mapping[Key, tuple[Digest, ...]]
    record_bytes: int = 0
    young: int = 0

    @property
    def bytes(self) -> int:
        """What removing it frees."""
        return self.record_bytes + sum(self.blobs.values())


# --- what is needed -----------------------------------------------------------


def names_in(data: bytes) -> set[str]:
    """Return all hashes that a text names."""
    return {each.decode() for each in _NAME.findall(data)}


def locked_names(folder: Path, repository: Repository | None) -> set[str]:
    """Return all hashes in the locks of a folder, in the work tree and wherever git is.

    Args:
        folder: The project root; all locks in it count, whatever their specs.
        repository: The one it lies in, if any.

    Raises:
        SpecInvalid: A lock cannot be read, so what it needs is not known.
        DiskRefused: The same of a file, or of git.
    """
    found: set[str] = set()
    for path in sorted(folder.glob("*" + _LOCK_SUFFIX)):
        data = read_if_there(path) if path.is_file() else None
        found |= _names_of_lock(data or b"", path.name)
    for each in repository.remembered(_LOCK_SUFFIX) if repository else ():
        found |= _names_of_lock(each.data, each.where)
    return found


def _names_of_lock(data: bytes, where: str) -> set[str]:
    """Return the hashes in a lock of ours; none for the locks of other programs."""
    if not _is_ours(data):
        return set()
    parse_lock(lock_text(data, where), where)
    return names_in(data)


def _is_ours(data: bytes) -> bool:
    """Return whether a file is meant to be a lock, perhaps a conflicted or torn one."""
    head = data[:4096].decode("utf-8", "replace").lstrip()
    begins = head.startswith(('{"lock"', '{ "lock"')) or CONFLICT.match(head)
    return bool(begins) or b'{"asset": "' in data


# --- looking ------------------------------------------------------------------


class _Found(NamedTuple):
    """A file of the store."""

    path: Path
    size: int
    changed_ns: int


def _files(folder: Path, pattern: str) -> Iterator[_Found]:
    """Yield the files below a folder, sorted; what goes away meanwhile is passed over."""
    try:
        for path in sorted(folder.glob(pattern)):
            if path.name.startswith(TEMPORARY_PREFIX):
                continue
            try:
                status = path.stat()
            except FileNotFoundError:
                continue
            if path.is_file():
                yield _Found(path, status.st_size, status.st_mtime_ns)
    except OSError as error:
        raise refusal("read", folder, error) from error


def sum_of(folder: Path) -> Sum:
    """Return how many files lie below a folder, and their bytes."""
    total = Sum()
    for each in _files(folder, "**/*"):
        total = total.plus(each.size)
    return total


def survey(
    store: Store, pinned: Collection[str], answers: Collection[str] = ()
) -> Survey:
    """Return what lies in a store.

    Args:
        store: All of it is looked at.
        pinned: All hashes that locks name.
        answers: Digests of bytes that the ledger says could not be used.
    """
    free: set[str] = set()
    kept: set[str] = set()
    for _, record in store.records():
        group = free if is_free(record) else kept
        group.update(draw.digest for draw in draws_of(record))
    kinds = {"pinned": pinned, "kept": kept, "free": free, "answers": answers}
    sums = dict.fromkeys((*kinds, "unnamed"), Sum())
    for each in _files(store.root / "cas", "*/*"):
        kind = next((k for k, names in kinds.items() if each.path.name in names), "")
        sums[kind or "unnamed"] = sums[kind or "unnamed"].plus(each.size)
    records = Sum()
    for each in _files(store.root / "ac", "*/*.json"):
        records = records.plus(each.size)
    return Survey(
        **sums,
        records=records,
        quarantine=sum_of(store.root / "quarantine"),
    )


def is_free(record: Mapping[str, Json]) -> bool:
    """Return whether a record's draws can be made again for nothing, the same.

    Only deterministic providers have their version in the request. A draw in a form
    that is not known here may be anything.
    """
    request, entries = record.get("request"), record.get("draws")
    draws = draws_of(record)
    return (
        isinstance(request, dict)
        and bool(request.get("provider_version"))
        and isinstance(entries, list)
        and len(entries) == len(draws)
        and not any(map(_is_paid, draws))
    )


def _is_paid(draw: DrawRecord) -> bool:
    return bool(draw.call) or bool(draw.cost_usd)


# --- what nobody needs --------------------------------------------------------


def choose_rubbish(
    store: Store, needed: Collection[str], *, now_s: float, paid: bool = False
) -> Rubbish:
    """Return what nobody needs; nothing is touched.

    Args:
        store: The whole of it is looked at.
        needed: All hashes that locks, states and manifests name, and the keys of calls
            that are not settled.
        now_s: Seconds since the epoch.
        paid: Also what cannot be had again for nothing.
    """
    oldest_ns = int((now_s - GRACE_S) * 1e9)
    records: dict[Key, int] = {}
    draws: dict[Key, tuple[Digest, ...]] = {}
    stay: set[str] = set(needed)
    named: set[str] = set()
    record_bytes = young = 0
    for each in _files(store.root / "ac", "*/*.json"):
        key = Key(each.path.name.removesuffix(".json"))
        record = store.record(key)
        digests = tuple(dict.fromkeys(draw.digest for draw in draws_of(record)))
        wanted = key in needed or any(digest in needed for digest in digests)
        goes = _may_go(record, paid=paid) and not wanted
        young += goes and each.changed_ns > oldest_ns
        if goes and each.changed_ns <= oldest_ns:
            records[key], draws[key] = each.changed_ns, digests
            record_bytes += each.size
            named.update(digests)
        else:
            stay |= names_in(read_if_there(each.path) or b"")
    blobs: dict[Digest, int] = {}
    for each in _files(store.root / "cas", "*/*"):
        digest = Digest(each.path.name)
        if digest in stay or not (paid or digest in named):
            continue
        if digest not in named and each.changed_ns > oldest_ns:
            young += 1
            continue
        blobs[digest] = each.size
    return Rubbish(
        records=records,
        blobs=blobs,
        draws=draws,
        record_bytes=record_bytes,
        young=young,
    )


def _may_go(record: Mapping[str, Json] | None, *, paid: bool) -> bool:
    """Return whether a record may be removed where nobody needs it.

    One that cannot be read is left to `cache verify`, and a refusal is remembered for
    good: it keeps a request from being sent again.
    """
    if record is None or record.get("refused"):
        return False
    return paid or is_free(record)


def remove(store: Store, rubbish: Rubbish) -> Sum:
    """Remove what was chosen, and return how many blobs that were, and their bytes.

    A record that changed since it was judged stays, with its blobs.

    Raises:
        DiskRefused: One of the files cannot be removed; what is left is consistent.
    """
    users = Counter(d for digests in rubbish.draws.values() for d in set(digests))
    done = Sum()
    for key, judged_ns in rubbish.records.items():
        if _changed_ns(store, key) != judged_ns:
            continue
        failpoints.hit("gc", "record")
        store.remove_record(key)
        for digest in rubbish.draws[key]:
            users[digest] -= 1
            if users[digest] == 0 and digest in rubbish.blobs:
                done = _remove_blob(store, digest, rubbish.blobs[digest], done)
    for digest, size in rubbish.blobs.items():
        if digest not in users:
            done = _remove_blob(store, digest, size, done)
    return done


def _remove_blob(store: Store, digest: Digest, size: int, done: Sum) -> Sum:
    failpoints.hit("gc", "blob")
    store.remove_blob(digest)
    return done.plus(size)


def _record_path(store: Store, key: Key) -> Path:
    return store.root / "ac" / key[:2] / f"{key}.json"


def _changed_ns(store: Store, key: Key) -> int | None:
    try:
        return _record_path(store, key).stat().st_mtime_ns
    except OSError:
        return None


# --- what is damaged ----------------------------------------------------------


class Damage(Value):
    """A file of the store that does not hold what its name says.

    Attributes:
        kind: ``blob`` or ``record``.
        name: The digest or key that it stands under.
        problem: One sentence in lower case.
    """

    kind: str
    name: str
    problem: str


def find_damage(store: Store, *, repair: bool) -> Iterator[Damage]:
    """Yield what is damaged, having read everything.

    Args:
        store: The store.
        repair: Move it to `quarantine/`, so that it counts as not there.

    Raises:
        DiskRefused: A file cannot be read or moved.
    """
    for digest in store.verify(repair=repair):
        yield Damage("blob", digest, "its bytes do not fit its name")
    for each in _files(store.root / "ac", "*/*.json"):
        key = Key(each.path.name.removesuffix(".json"))
        problem = record_problem(read_if_there(each.path) or b"", key)
        if problem:
            if repair:
                _set_aside(store, each.path)
            yield Damage("record", key, problem)


def read_record(data: bytes, key: str) -> dict[str, Json] | None:
    """Return the record that some bytes hold; None for damage or another version."""
    if record_problem(data, key):
        return None
    record: dict[str, Json] = json.loads(data)
    return record if record.get("record") == RECORD_VERSION else None


def record_problem(data: bytes, key: str) -> str:
    """Return what is wrong with a record's bytes; empty if nothing is.

    A record of another version is no damage: its own version knows it.
    """
    try:
        record = json.loads(data)
    except (ValueError, RecursionError):
        return "it is not JSON"
    if not isinstance(record, dict):
        return "it is not an object"
    if record.get("record") != RECORD_VERSION:
        return ""
    if record.get("key") != key:
        return "it is the record of another request"
    request = record.get("request")
    parts = request.get("parts") if isinstance(request, dict) else None
    if isinstance(parts, list) and key_of_parts(parts) != key:
        return "its request does not fit its name"
    return ""


def key_of_parts(parts: list[Json]) -> str | None:
    """Return the key of a request from its readable parts; None for another form."""
    sink = KeySink()
    for part in parts:
        match part:
            case [str(name), str(value)]:
                sink.put(name, value)
            case _:
                return None
    return sink.hexdigest()


def _set_aside(store: Store, path: Path) -> None:
    folder = store.root / "quarantine"
    make_folder(folder, 0o700)
    try:
        path.replace(folder / path.name)
    except OSError as error:
        raise refusal("move", path, error) from error
