"""Facts that can be worked out again: derived files, hashes, thumbnails.

The only door to diskcache, and never a place for a paid picture. Losing the memo costs
time and nothing else, so whatever goes wrong here ends in one warning and a memo that
is switched off (or, for a damaged database, begun anew), not in a failed build.

Three things are settled against the library's defaults: nothing is ever unpickled,
neither keys nor values, in no direction (CVE-2025-69872); it evicts nothing by itself,
the limit here is our own; and entries are read with plain SQL, without importing the
library. Sets wait in memory and are written in one transaction. All methods may be
called from any thread; at most one connection reads and one writes, whatever their number.
"""

from __future__ import annotations

import errno
import itertools
import json
import os
import re
import shutil
import sqlite3
import threading
from typing import TYPE_CHECKING, Any, Final, Self

from assetgen import failpoints
from assetgen.digest import canonical
from assetgen.errors import DiskRefused
from assetgen.files import shown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from assetgen.model import Json

DEFAULT_LIMIT_BYTES: Final = 512 * 2**20
_PENDING_BYTES: Final = 16 * 2**20
_KEYS_AT_ONCE: Final = 500
_WAIT_S: Final = 5.0
_SQLITE_FULL: Final = 13
_SQLITE_DAMAGE: Final = (11, 26)
"""SQLITE_CORRUPT and SQLITE_NOTADB."""

_RAW, _BINARY, _TEXT = 1, 2, 3
_VALUE_FILE: Final = re.compile(r"[0-9a-f]{2}/[0-9a-f]{2}/[0-9a-f]{28}\.val")
_SELECT: Final = (
    "SELECT key, mode, filename, value FROM Cache WHERE raw = 1 AND key IN "
)

_FACT, _BYTES = "fact1:", "bytes1:"
"""Prefixes of keys, with the version of what stands under them."""


class Memo:
    """A bounded folder of rebuildable facts.

    Attributes:
        disk_full: What to tell the user if the memo was switched off because the disk
            is full; None otherwise.
    """

    def __init__(
        self,
        folder: Path,
        *,
        limit_bytes: int = DEFAULT_LIMIT_BYTES,
        on_warning: Callable[[str], None] | None = None,
    ) -> None:
        """Open a memo; nothing is read or written before it is used.

        Args:
            folder: Its own folder; made with the first write.
            limit_bytes: Beyond this the oldest entries go.
            on_warning: Called at most once, with one sentence.
        """
        self._folder = folder
        self._limit_bytes = limit_bytes
        self._on_warning = on_warning
        self._off = False
        self._began_anew = False
        self._reader: sqlite3.Connection | None = None
        self._writer: Any = None
        self._pending: dict[str, str | bytes] = {}
        self._leaving: dict[str, str | bytes] = {}
        self._pending_bytes = 0
        self._queue = threading.Lock()
        self._reading = threading.Lock()
        self._writing = threading.Lock()
        self.disk_full: DiskRefused | None = None

    def __enter__(self) -> Self:
        """Return the memo itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Write what waits, and close."""
        self.close()

    # --- reading --------------------------------------------------------------

    def facts_get(self, key: str) -> Json:
        """Return the fact under `key`; None where there is none."""
        return self.facts_many((key,)).get(key)

    def facts_many(self, keys: Iterable[str]) -> dict[str, Json]:
        """Return the facts that are known of `keys`, as fast as one question to SQL."""
        found = self._look_up([_FACT + key for key in keys])
        texts = {
            key.removeprefix(_FACT): value
            for key, value in found.items()
            if isinstance(value, str)
        }
        return _parse_all(texts)

    def bytes_get(self, key: str) -> bytes | None:
        """Return the bytes under `key`; None where there are none."""
        value = self._look_up([_BYTES + key]).get(_BYTES + key)
        return value if isinstance(value, bytes) else None

    def _look_up(self, keys: list[str]) -> dict[str, str | bytes]:
        """Return the values that are there, the newest of each key."""
        with self._queue:
            waiting = {
                key: values[key]
                for key in keys
                for values in (self._leaving, self._pending)
                if key in values
            }
        rest = [key for key in keys if key not in waiting]
        if not rest or self._off:
            return waiting
        try:
            with self._reading:
                return self._select(rest) | waiting
        except Exception as error:  # noqa: BLE001  # a memo must not fail a build
            self._give_up(error)
            return waiting

    def _select(self, keys: list[str]) -> dict[str, str | bytes]:
        """Read values from the database and from the files it names."""
        if self._reader is None:
            self._reader = _connect(self._folder / "cache.db")
        if self._reader is None:
            return {}
        found: dict[str, str | bytes] = {}
        for start in range(0, len(keys), _KEYS_AT_ONCE):
            chunk = keys[start : start + _KEYS_AT_ONCE]
            marks = ",".join("?" * len(chunk))
            query = _SELECT + f"({marks})"
            for key, mode, filename, value in self._reader.execute(query, chunk):
                plain = value if mode == _RAW else self._read_value(mode, filename)
                if isinstance(plain, str | bytes):
                    found[key] = plain
        return found

    def _read_value(self, mode: object, filename: object) -> str | bytes | None:
        """Return a value that has a file of its own; None for anything unexpected."""
        if mode not in (_BINARY, _TEXT) or not _is_value_file(filename):
            return None
        try:
            data = (self._folder / str(filename)).read_bytes()
            return data.decode() if mode == _TEXT else data
        except (OSError, ValueError):
            return None

    # --- writing --------------------------------------------------------------

    def facts_set(self, key: str, fact: Json) -> None:
        """Remember a fact; it reaches the disk with the next `flush`."""
        self._enqueue(_FACT + key, canonical(fact))

    def facts_set_many(self, facts: Mapping[str, Json]) -> None:
        """Remember many facts."""
        for key, fact in facts.items():
            self._enqueue(_FACT + key, canonical(fact))

    def bytes_set(self, key: str, data: bytes) -> None:
        """Remember bytes; they reach the disk with the next `flush`."""
        self._enqueue(_BYTES + key, data)

    def flush(self) -> None:
        """Write what waits, in one transaction, and keep to the limit."""
        with self._writing:
            with self._queue:
                self._leaving, self._pending = self._pending, {}
                self._pending_bytes = 0
            try:
                if self._leaving and not self._off:
                    self._write(self._leaving)
            except Exception as error:  # noqa: BLE001  # a memo must not fail a build
                self._give_up(error)
            finally:
                with self._queue:
                    self._leaving = {}

    def close(self) -> None:
        """Write what waits, and let go of the files."""
        self.flush()
        with self._writing:
            self._writer = None
        self._stop_reading()

    def abandon(self) -> None:
        """Let go of the files; what waits is written later or never."""
        self._stop_reading()

    def _stop_reading(self) -> None:
        """Let go of the connection for reading."""
        with self._reading:
            if self._reader is not None:
                self._reader.close()
                self._reader = None

    def _enqueue(self, key: str, value: str | bytes) -> None:
        """Put an entry into the queue; a long queue is written at once."""
        if self._off:
            return
        with self._queue:
            self._pending[key] = value
            self._pending_bytes += len(key) + len(value)
            is_long = self._pending_bytes > _PENDING_BYTES
        if is_long:
            self.flush()

    def _write(self, entries: Mapping[str, str | bytes]) -> None:
        """Hand entries to the library, in one transaction."""
        failpoints.hit("memo", "write")
        if self._writer is None:
            _require_known_settings(self._folder / "cache.db")
            self._writer = _open_cache(self._folder)
        try:
            with self._writer.transact():
                for key, value in entries.items():
                    self._writer.set(key, value)
            if self._writer.volume() > self._limit_bytes:
                _trim(self._writer, self._limit_bytes * 3 // 4)
        finally:
            # The library keeps a connection per thread; this thread may not come back.
            self._writer.close()

    # --- when it goes wrong -----------------------------------------------------

    def _give_up(self, error: Exception) -> None:
        """Begin anew where the database is damaged, switch off for anything else."""
        if _is_damage(error) and not self._began_anew:
            self._began_anew = True
            if self._move_away():
                self._warn("was damaged and is begun anew")
                return
        self._off = True
        if _is_full(error):
            self.disk_full = DiskRefused(
                f"cannot write into {shown(self._folder)}: no space left on device"
                f" ({sum(map(len, self._leaving.values())):,} bytes wanted)",
                hint=f"free some space where {shown(self._folder)} is and run again",
            )
            return
        self._warn(f"is switched off for this run: {error}")

    def _move_away(self) -> bool:
        """Put a damaged memo beside its place; whether that worked."""
        aside = self._folder.with_name(self._folder.name + ".damaged")
        self._writer = None
        self._stop_reading()
        try:
            shutil.rmtree(aside, ignore_errors=True)
            self._folder.replace(aside)
        except OSError:
            return False
        return True

    def _warn(self, what: str) -> None:
        """Say the one sentence."""
        if self._on_warning is not None:
            tell, self._on_warning = self._on_warning, None
            tell(f"the memo {shown(self._folder)} {what}")


class _Damaged(Exception):
    """The memo holds what we never wrote."""


def _parse_all(texts: Mapping[str, str]) -> dict[str, Json]:
    """Return the facts of their JSON texts; what is no JSON is left out."""
    try:
        facts = json.loads(f"[{','.join(texts.values())}]")
    except ValueError:
        facts = []
    if len(facts) == len(texts):
        return dict(zip(texts, facts, strict=True))
    good: dict[str, Json] = {}
    for key, text in texts.items():
        try:
            good[key] = json.loads(text)
        except ValueError:
            continue
    return good


def _connect(database: Path) -> sqlite3.Connection | None:
    """Return a connection that only reads; None where there is no database yet."""
    if not database.exists() or database.stat().st_size == 0:
        return None
    # Opened for writing, or a database in WAL mode could not be read at all.
    connection = sqlite3.connect(
        database.absolute().as_uri() + "?mode=rw",
        uri=True,
        timeout=_WAIT_S,
        isolation_level=None,
        check_same_thread=False,
    )
    try:
        connection.execute("PRAGMA query_only = 1")
        connection.execute("PRAGMA trusted_schema = 0")
        tables = connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'Cache'")
        if tables.fetchone():
            return connection
    except BaseException:
        connection.close()
        raise
    connection.close()
    return None


def _require_known_settings(database: Path) -> None:
    """Raise _Damaged if the database would set attributes the library does not know.

    The library sets every row of its Settings table as an attribute of the cache.
    """
    import diskcache

    connection = _connect(database)
    if connection is None:
        return
    try:
        names = {name for (name,) in connection.execute("SELECT key FROM Settings")}
    except sqlite3.OperationalError:
        return
    finally:
        connection.close()
    strange = names - {*diskcache.DEFAULT_SETTINGS, "count", "size", "hits", "misses"}
    if strange:
        message = f"unknown settings {sorted(map(str, strange))}"
        raise _Damaged(message)


def _open_cache(folder: Path) -> Any:
    """Return the library's cache over `folder`, with nothing left to its defaults."""
    import diskcache

    if os.path.expandvars(folder) != str(folder):
        message = "its path holds a variable's name, which the library would replace"
        raise ValueError(message)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return diskcache.Cache(
        str(folder),
        timeout=_WAIT_S,
        disk=_plain_disk(),
        eviction_policy="none",
        cull_limit=0,
        size_limit=2**62,
        statistics=0,
        tag_index=0,
        sqlite_mmap_size=0,  # reading past the end of a truncated map kills the process
        sqlite_auto_vacuum=1,
        sqlite_journal_mode="wal",
        sqlite_synchronous=1,
        disk_min_file_size=2**15,
    )


def _plain_disk() -> type[Any]:  # noqa: C901  # five guards of two lines
    """Return the library's `Disk` without its pickle."""
    import diskcache

    class PlainDisk(diskcache.Disk):  # type: ignore[misc]
        """Stores text and bytes; whatever would need pickle raises."""

        def put(self, key: Any) -> Any:
            if not isinstance(key, str):
                raise _Damaged("a key that is no text")
            return super().put(key)

        def get(self, key: Any, raw: Any) -> Any:
            if not raw:
                raise _Damaged("a pickled key")
            return super().get(key, raw)

        def store(self, value: Any, read: Any, key: Any = diskcache.UNKNOWN) -> Any:
            if read or not isinstance(value, str | bytes):
                raise _Damaged("a value that is neither text nor bytes")
            return super().store(value, read, key=key)

        def fetch(self, mode: Any, filename: Any, value: Any, read: Any) -> Any:
            is_file = mode in (_BINARY, _TEXT) and _is_value_file(filename)
            if mode != _RAW and not is_file:
                raise _Damaged("a pickled value")
            return super().fetch(mode, filename, value, read)

        def remove(self, file_path: Any) -> None:
            if not _is_value_file(file_path):
                raise _Damaged("a file name that is not the memo's")
            super().remove(file_path)

    return PlainDisk


def _trim(cache: Any, goal_bytes: int) -> None:
    """Remove the oldest entries until the memo is no larger than `goal_bytes`."""
    oldest = iter(list(cache))
    while cache.volume() > goal_bytes:
        with cache.transact():
            removed = [cache.delete(key) for key in itertools.islice(oldest, 200)]
        if not removed:
            cache.clear()
            return


def _is_value_file(name: object) -> bool:
    """Return whether it is a file name as the library makes them, and no other path."""
    return isinstance(name, str) and _VALUE_FILE.fullmatch(name) is not None


def _is_damage(error: Exception) -> bool:
    """Return whether the database cannot be read, now or ever."""
    code = getattr(error, "sqlite_errorcode", None)
    return isinstance(error, _Damaged) or code in _SQLITE_DAMAGE


def _is_full(error: Exception) -> bool:
    """Return whether the disk has no room."""
    if getattr(error, "sqlite_errorcode", None) == _SQLITE_FULL:
        return True
    return isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)
