"""The memory of everything that was paid for: blobs by hash, records by request key.

Layout, the same for the shared store, so that any folder or HTTP cache will do::

    cas/ab/abcdef...        a blob; its name is the SHA-256 of its bytes
    ac/ab/abcdef....json    the record of a request key: the request, its draws, refusals
    quarantine/             blobs whose bytes did not fit their names
    version                 number of this layout

Order of writes: blob, then record. So a record may name a blob that is gone (a miss, not
an error), but whatever is in `cas/` is complete. A store of another version is left
alone: this one then lives in a folder of its own inside. All methods may be called from
any thread, and by several processes at once.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import re
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from assetgen.digest import Digest, Key, canonical, digest_of
from assetgen.errors import DiskRefused
from assetgen.files import (
    TEMPORARY_PREFIX,
    make_folder,
    read_if_there,
    refusal,
    sweep_temporaries,
    write_atomically,
    write_if_changed,
)
from assetgen.requests import DrawRecord

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from assetgen.model import Json

LAYOUT_VERSION: Final = 1
RECORD_VERSION: Final = 1

_HEX64: Final = re.compile(r"[0-9a-f]{64}")
_PRIVATE: Final = 0o700
TEMPORARY_AGE_S: Final = 3600.0
"""Younger temporary files may belong to a writer that lives."""

_CACHEDIR_TAG: Final = (
    b"Signature: 8a477f597d28d172789f06886806bc55\n"
    b"# This folder was made by assetgen. Backups may leave it out, but its store holds\n"
    b"# pictures that were paid for. See https://bford.info/cachedir/\n"
)


def prepare_workspace(root: Path) -> Path:
    """Return the project's private folder `.assetgen`, made if it is missing.

    Raises:
        DiskRefused: It cannot be made.
    """
    folder = root / ".assetgen"
    make_folder(folder, _PRIVATE)
    for name, data in ((".gitignore", b"*\n"), ("CACHEDIR.TAG", _CACHEDIR_TAG)):
        if not (folder / name).exists():
            write_if_changed(folder / name, data, durable=False)
    return folder


class Store:
    """A folder of blobs and records.

    Attributes:
        root: The folder that holds `cas/` and `ac/`.
        damaged: Digests of blobs that were found damaged and moved away.
    """

    def __init__(
        self, root: Path, on_damage: Callable[[Digest], None] | None = None
    ) -> None:
        """Open a store; nothing is written before the first `put`.

        Args:
            root: As `ASSETGEN_STORE` gives it; may be missing.
            on_damage: Called with each blob that had to be moved away.
        """
        self.root = _versioned(root)
        self.damaged: list[Digest] = []
        self._on_damage = on_damage
        self._appending = threading.Lock()
        self._marked = False

    # --- blobs ----------------------------------------------------------------

    def path(self, digest: Digest) -> Path:
        """Return where the blob is, or would be."""
        return Path(self._blob(digest))

    def has(self, digest: Digest) -> bool:
        """Return whether the blob is there; its bytes are not looked at."""
        return _is_name(digest) and os.path.isfile(self._blob(digest))  # noqa: PTH113  # 30,000 times a plan

    def put(self, data: bytes, *, durable: bool = True) -> Digest:
        """Bank `data` and return its digest; nothing happens if it is there.

        Args:
            data: The blob.
            durable: Wait for the disk, so that not even a power cut loses it; and do
                not trust a blob of that name without reading it.

        Raises:
            DiskRefused: It is not banked.
        """
        digest = digest_of(data)
        place = self._blob(digest)
        if self._is_banked(place, data, sure=durable):
            return digest
        self._mark()
        write_atomically(
            place,
            data,
            durable=durable,
            mode=0o444,
            folder_mode=_PRIVATE,
            what="blob",
        )
        return digest

    def get(self, digest: Digest) -> bytes | None:
        """Return a blob's bytes, or None where it is not in the store.

        A damaged blob is moved to `quarantine/` and counts as not there.

        Raises:
            DiskRefused: It is there and cannot be read.
        """
        if not _is_name(digest):
            return None
        data = read_if_there(self._blob(digest))
        if data is None or digest_of(data) == digest:
            return data
        self._quarantine(digest)
        return None

    def digests(self) -> Iterator[Digest]:
        """Yield the digests of all blobs, sorted."""
        for path in _shards(self.root / "cas"):
            if _is_name(path.name):
                yield Digest(path.name)

    def remove_blob(self, digest: Digest) -> None:
        """Remove a blob, if it is there; records that name it go first."""
        place = self.path(digest)
        try:
            place.unlink(missing_ok=True)
        except OSError as error:
            raise refusal("remove", place, error) from error

    def _blob(self, digest: Digest) -> str:
        assert _is_name(digest), digest
        return f"{self.root}/cas/{digest[:2]}/{digest}"

    def _is_banked(self, place: str, data: bytes, *, sure: bool) -> bool:
        """Return whether the blob is there already."""
        try:
            if os.stat(place).st_size != len(data):  # noqa: PTH116  # str
                return False
            return not sure or read_if_there(place) == data
        except (OSError, DiskRefused):
            return False

    def _quarantine(self, digest: Digest) -> None:
        """Move a damaged blob out of the way and report it."""
        folder = self.root / "quarantine"
        try:
            make_folder(folder, _PRIVATE)
            self.path(digest).replace(folder / digest)
        except FileNotFoundError:
            pass  # another thread or process was faster
        except OSError as error:
            raise refusal("move", self.path(digest), error) from error
        self.damaged.append(digest)
        if self._on_damage is not None:
            self._on_damage(digest)

    # --- records --------------------------------------------------------------

    def record(self, key: Key) -> dict[str, Json] | None:
        """Return what is known of a request key; None for nothing readable."""
        if not _is_name(key):
            return None
        data = read_if_there(self._record(key))
        return None if data is None else _read_record(data, key)

    def put_record(
        self, key: Key, record: Mapping[str, Json], *, durable: bool = True
    ) -> None:
        """Replace what is known of a request key; use `bank` to add draws.

        Raises:
            DiskRefused: The old record is still there.
        """
        whole = {**record, "record": RECORD_VERSION, "key": key}
        self._mark()
        write_atomically(
            self._record(key),
            canonical(whole).encode("utf-8", "surrogatepass") + b"\n",
            durable=durable,
            folder_mode=_PRIVATE,
            what="record",
        )

    def draws(self, key: Key) -> tuple[DrawRecord, ...]:
        """Return all known draws of a request key, in order; () if there are none."""
        return draws_of(self.record(key))

    def bank(
        self,
        key: Key,
        request: Mapping[str, Json],
        draws: Sequence[DrawRecord],
        *,
        first_draw: int | None = None,
        durable: bool = True,
    ) -> tuple[DrawRecord, ...]:
        """Add draws, whose blobs are in the store, and return all draws of the key.

        Known draws keep their places and are never dropped.

        Args:
            key: The request's key.
            request: Its readable parts, kept as they are in a new record.
            draws: In the order they came.
            first_draw: Which draw the first one was asked for as, counted from 1: a
                draw that is known at its place already (a lost blob of a
                deterministic provider, drawn again) is not added a second time.
            durable: Wait for the disk.

        Raises:
            DiskRefused: None of them is in the record.
        """
        with self._changing():
            record = self.record(key) or {"request": dict(request)}
            known = list(draws_of(record))
            position = len(known) if first_draw is None else first_draw - 1
            added = [
                draw
                for number, draw in enumerate(draws, position)
                if number >= len(known) or known[number].digest != draw.digest
            ]
            if added or not known:
                record["draws"] = [draw_to_json(draw) for draw in (*known, *added)]
                self.put_record(key, record, durable=durable)
            return (*known, *added)

    def refusal(self, key: Key, moderation: str | None) -> str | None:
        """Return the reason for which a provider refused the request; None if not."""
        reasons = (self.record(key) or {}).get("refused")
        reason = reasons.get(moderation or "") if isinstance(reasons, dict) else None
        return reason if isinstance(reason, str) else None

    def remember_refusal(
        self,
        key: Key,
        request: Mapping[str, Json],
        moderation: str | None,
        reason: str,
    ) -> None:
        """Keep a refusal, so that the request is not sent again by itself."""
        with self._changing():
            record = self.record(key) or {"request": dict(request), "draws": []}
            old = record.get("refused")
            reasons: dict[str, Json] = dict(old) if isinstance(old, dict) else {}
            record["refused"] = reasons | {moderation or "": reason}
            self.put_record(key, record)

    def records(self) -> Iterator[tuple[Key, dict[str, Json]]]:
        """Yield all readable records with their keys, sorted by key."""
        for path in _shards(self.root / "ac"):
            key = Key(path.name.removesuffix(".json"))
            record = self.record(key) if path.suffix == ".json" else None
            if record is not None:
                yield key, record

    def remove_record(self, key: Key) -> None:
        """Remove what is known of a request key, if anything is."""
        place = Path(self._record(key))
        try:
            place.unlink(missing_ok=True)
        except OSError as error:
            raise refusal("remove", place, error) from error

    def _record(self, key: Key) -> str:
        assert _is_name(key), key
        return f"{self.root}/ac/{key[:2]}/{key}.json"

    @contextmanager
    def _changing(self) -> Iterator[None]:
        """Keep other threads, and other projects with this store, from the records.

        A lock on the file alone would do, but each waiting thread would hold a
        descriptor for it.
        """
        self._mark()
        place = self.root / "ac" / "lock"
        with self._appending:
            try:
                make_folder(place.parent, _PRIVATE)
                descriptor = os.open(
                    place, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600
                )
            except OSError as error:
                raise refusal("write", place, error) from error
            try:
                # Network folders without locks: the project's own lock has to do.
                with contextlib.suppress(OSError):
                    fcntl.flock(descriptor, fcntl.LOCK_EX)
                yield
            finally:
                os.close(descriptor)

    # --- the whole ------------------------------------------------------------

    def verify(self, *, repair: bool = False) -> Iterator[Digest]:
        """Yield the digests of damaged blobs, reading every blob.

        Args:
            repair: Move each of them to `quarantine/`.
        """
        for digest in self.digests():
            data = read_if_there(self._blob(digest))
            if data is not None and digest_of(data) != digest:
                if repair:
                    self._quarantine(digest)
                yield digest

    def sweep(self, now: float) -> int:
        """Remove what crashed writers left behind an hour ago; return how many."""
        return sum(
            sweep_temporaries(
                self.root / name, older_than_s=TEMPORARY_AGE_S, now=now, deep=True
            )
            for name in ("cas", "ac")
        )

    def _mark(self) -> None:
        """Write the layout's version beside the folders, once."""
        if self._marked:
            return
        make_folder(self.root, _PRIVATE)
        write_if_changed(
            self.root / "version", f"{LAYOUT_VERSION}\n".encode(), durable=False
        )
        self._marked = True


def _versioned(root: Path) -> Path:
    """Return `root`, or a folder in it where another version's store lives in `root`."""
    found = read_if_there(root / "version")
    if found is None or found.strip() == str(LAYOUT_VERSION).encode():
        return root
    return root / f"v{LAYOUT_VERSION}"


def _is_name(text: str) -> bool:
    """Return whether a digest or key can be a file's name here."""
    return _HEX64.fullmatch(text) is not None


def _shards(folder: Path) -> Iterator[Path]:
    """Yield the files of a two-level folder, sorted; temporary files are not entries."""
    try:
        for shard in sorted(folder.iterdir()):
            if shard.is_dir():
                for path in sorted(shard.iterdir()):
                    if not path.name.startswith(TEMPORARY_PREFIX):
                        yield path
    except FileNotFoundError:
        return
    except OSError as error:
        raise refusal("read", folder, error) from error


# --- what a record holds ------------------------------------------------------


def _read_record(data: bytes, key: Key) -> dict[str, Json] | None:
    """Return a record that this version wrote for this key; None for anything else."""
    try:
        record = json.loads(data)
    except (ValueError, RecursionError):
        return None
    if not isinstance(record, dict):
        return None
    if record.get("record") != RECORD_VERSION or record.get("key") != key:
        return None
    return record


def draw_to_json(draw: DrawRecord) -> dict[str, Json]:
    """Return a draw as records keep it; unknown parts are left out."""
    parts: dict[str, Json] = {
        "digest": draw.digest,
        "format": draw.format,
        "width": draw.width,
        "height": draw.height,
        "bytes": draw.bytes,
        "cost_usd": draw.cost_usd,
        "cost_estimated": draw.cost_estimated or None,
        "request_id": draw.request_id,
        "model": draw.model,
        "usage": draw.usage,
        "call": draw.call,
    }
    return {name: part for name, part in parts.items() if part not in ("", None)}


def draws_of(record: Mapping[str, Json] | None) -> tuple[DrawRecord, ...]:
    """Return the draws of a record, in order; () for a record without any.

    An entry of another form is passed over: what stands after it was paid for, too.
    """
    draws = (record or {}).get("draws")
    if not isinstance(draws, list):
        return ()
    found = map(_draw_from_json, draws)
    return tuple(draw for draw in found if draw is not None)


def _draw_from_json(data: Json) -> DrawRecord | None:
    """Return the draw that `draw_to_json` wrote; None for anything else."""
    if not isinstance(data, dict):
        return None
    digest, form = data.get("digest"), data.get("format")
    if not isinstance(digest, str) or not _is_name(digest) or not isinstance(form, str):
        return None
    sizes = [data.get(name) for name in ("width", "height", "bytes")]
    numbers = [each for each in sizes if isinstance(each, int)]
    if len(numbers) != len(sizes):
        return None
    cost = data.get("cost_usd")
    return DrawRecord(
        digest=Digest(digest),
        format=form,
        width=numbers[0],
        height=numbers[1],
        bytes=numbers[2],
        cost_usd=float(cost) if isinstance(cost, int | float) else None,
        request_id=str(data.get("request_id", "")),
        model=str(data.get("model", "")),
        usage=data.get("usage"),
        call=str(data.get("call", "")),
        cost_estimated=data.get("cost_estimated") is True,
    )
