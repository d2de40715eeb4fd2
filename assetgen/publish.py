"""Outputs: putting files into target folders, and taking them out again.

A file is written only if its bytes differ, whole or not at all. What a person changed
is never overwritten or removed by itself: the caller says what assetgen wrote there
before (from the manifest and the journal), and everything else on disk counts as a
person's work. Folders are never removed.
"""

from __future__ import annotations

import enum
import hashlib
import json
import os
import stat
from typing import TYPE_CHECKING

from assetgen import failpoints
from assetgen.digest import Digest, digest_of
from assetgen.errors import DiskRefused, PolicyRefused
from assetgen.files import (
    OPEN_FILES,
    contain,
    read_if_there,
    refusal,
    shown,
    write_atomically,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from pathlib import Path


class Published(enum.Enum):
    """What became of an output.

    * WRITTEN: the file has the new bytes now
    * UNCHANGED: it had them already
    * KEPT: somebody else's bytes are there, and were left alone
    """

    WRITTEN = "written"
    UNCHANGED = "unchanged"
    KEPT = "kept"


def publish(
    root: Path,
    relative: str,
    data: bytes,
    *,
    owned: Collection[Digest] = (),
    force: bool = False,
    journal: Journal | None = None,
) -> Published:
    """Make an output's file have these bytes.

    Args:
        root: The folder that nothing may leave.
        relative: The output's path inside it, forward slashes.
        data: The whole file.
        owned: Digests of what assetgen may have written there before.
        force: Overwrite a person's work, too.
        journal: Told before the file is written.

    Raises:
        PolicyRefused: The path leads out of `root`.
        DiskRefused: It cannot be written; the old version is still there.
    """
    place = contain(root, relative)
    digest = digest_of(data)
    found = digest_on_disk(place)
    if found == digest:
        return Published.UNCHANGED
    if found is not None and found not in owned and not force:
        return Published.KEPT
    if journal is not None:
        journal.note(relative, digest)
    write_atomically(place, data, durable=False, what="output")
    return Published.WRITTEN


def prune(
    root: Path, candidates: Mapping[str, Digest]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Remove files that no output declares any more.

    Args:
        root: The target's folder; nothing outside it is touched.
        candidates: Path inside it to the digest that assetgen wrote there.

    Returns:
        The paths that were removed, and those that were kept because a person changed
        them (or put a folder or a link there); both sorted. What was gone already is
        in neither.

    Raises:
        DiskRefused: One of them cannot be removed.
    """
    removable, kept = removable_files(root, candidates)
    for relative in removable:
        place = root / relative
        try:
            failpoints.hit("output", "remove")
            place.unlink(missing_ok=True)
        except OSError as error:
            raise refusal("remove", place, error) from error
    return removable, kept


def removable_files(
    root: Path, candidates: Mapping[str, Digest]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return what `prune` would remove and what it would keep; nothing is touched."""
    removable: list[str] = []
    kept: list[str] = []
    for relative in sorted(candidates):
        try:
            place = contain(root, relative)
            found = digest_on_disk(place)
        except (PolicyRefused, DiskRefused):
            kept.append(relative)
            continue
        if found is None:
            continue
        ours = found == candidates[relative] and not place.is_symlink()
        (removable if ours else kept).append(relative)
    return tuple(removable), tuple(kept)


def digest_on_disk(place: Path) -> Digest | None:
    """Return the digest of the file at `place`; None if there is none.

    Raises:
        DiskRefused: There is something that is no file, or that cannot be read.
    """
    try:
        if not stat.S_ISREG(place.stat().st_mode):
            raise DiskRefused(
                f"cannot write {shown(place)}: something that is no file stands there",
                hint="move it away, or give the output another path; "
                "nothing was removed",
            )
        with OPEN_FILES, place.open("rb", buffering=0) as file:
            return Digest(hashlib.file_digest(file, "sha256").hexdigest())
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise refusal("read", place, error) from error


class Journal:
    """What was written since the manifests were, so that a crash does not disown it.

    A crash between an output and its manifest leaves bytes that the manifest does not
    know; without a note they would look like a person's work at the next build. Notes
    are written before the file, and the journal is cleared once all manifests are
    written.
    """

    def __init__(self, path: Path) -> None:
        """Open a journal; the file is made with the first note."""
        self._path = path

    def note(self, relative: str, digest: Digest) -> None:
        """Write down that `relative` is about to get the bytes of this digest.

        Raises:
            DiskRefused: It is not written down.
        """
        # A line break first: a note that a crash cut short must not swallow this one.
        line = f"\n{json.dumps([relative, digest])}\n".encode()
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
        try:
            failpoints.hit("journal", "write")
            with OPEN_FILES:
                descriptor = os.open(self._path, flags, 0o600)
                try:
                    os.write(descriptor, line)
                finally:
                    os.close(descriptor)
        except OSError as error:
            raise refusal("write", self._path, error, wanted=len(line)) from error

    def owned(self) -> dict[str, set[Digest]]:
        """Return the digests noted for each path."""
        notes: dict[str, set[Digest]] = {}
        for line in (read_if_there(self._path) or b"").splitlines():
            try:
                relative, digest = json.loads(line)
            except (ValueError, TypeError):
                continue
            notes.setdefault(str(relative), set()).add(Digest(str(digest)))
        return notes

    def clear(self) -> None:
        """Forget all notes: the manifests know everything now."""
        try:
            failpoints.hit("journal", "clear")
            self._path.unlink(missing_ok=True)
        except OSError as error:
            raise refusal("remove", self._path, error) from error
