"""The folder of a static report: what is ours in it, and nothing beside it.

A file in the folder marks it as a report and lists the pictures that it has. Only a
folder that is new, empty or so marked is written to. A second report writes what is not
there yet, and in the end removes what the first one had and this one has not.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import stat
import threading
import time
from typing import TYPE_CHECKING, Any, Final

from assetgen.errors import DiskRefused, UsageError
from assetgen.files import (
    make_folder,
    read_if_there,
    refusal,
    shown,
    sweep_temporaries,
    write_if_changed,
)
from assetgen.values import Value

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MARKER: Final = "assetgen-report.json"
"""Its name says to people what the folder is."""

FOLDERS: Final = ("data", "pictures", "thumbs")
_VERSION: Final = 1
_OURS: Final = re.compile(r"[0-9]{1,4}\.js|[0-9a-f]{32}-[0-9]{1,3}[a-z]?\.[a-z]{3,4}")
_PAGES: Final = frozenset({"index.html", "app.js", "app.css"})
_OLD_S: Final = 600.0


class Kept(Value):
    """A picture of the report.

    Attributes:
        file: Path in the folder; empty for none.
        bytes: Of the file.
        thumb: Path of its small copy, which may be the same file; empty for none.
        thumb_bytes: Of that.
    """

    file: str = ""
    bytes: int = 0
    thumb: str = ""
    thumb_bytes: int = 0


class ReportFolder:
    """A folder that is being written.

    Attributes:
        written: Files that were written, because they were not there or read otherwise.
    """

    def __init__(self, path: Path) -> None:
        """Take the folder, and mark it.

        Raises:
            UsageError: It holds something else, or a file stands in the way.
            DiskRefused: It cannot be read or written.
        """
        self._path = path
        self._before = _claimed(path)
        self._kept: dict[str, Kept] = {}
        self._paths: set[str] = {MARKER}
        self.written = 0
        self._guard = threading.Lock()
        for each in FOLDERS:
            self._make(each)
        if not (path / MARKER).exists():
            self._mark({})

    def _make(self, name: str) -> None:
        """Make a folder of the report; one that leads elsewhere is refused.

        Raises:
            UsageError: A link or a file has its name.
            DiskRefused: It cannot be made.
        """
        place = self._path / name
        make_folder(self._path)
        with contextlib.suppress(OSError):
            if not stat.S_ISDIR(os.lstat(place).st_mode):
                raise UsageError(
                    f"{shown(place)} is no folder of its own",
                    hint="remove it, or write the report somewhere else with -o",
                )
        make_folder(place)

    # --- pictures -----------------------------------------------------------------

    def kept(self, key: str) -> Kept | None:
        """Return a picture that an earlier report wrote; None if it has to be made.

        Args:
            key: What the picture is, and how it was to be kept.
        """
        found = self._kept.get(key)
        if found is None:
            found = self._before.get(key)
            if found is None or not self._holds(found):
                return None
            self.keep(key, found)
        return found

    def _holds(self, kept: Kept) -> bool:
        """Return whether the files of a picture are there with their sizes."""
        for path, size in ((kept.file, kept.bytes), (kept.thumb, kept.thumb_bytes)):
            if not path:
                continue
            try:
                status = os.lstat(self._path / path)
            except OSError:
                return False
            if not stat.S_ISREG(status.st_mode) or status.st_size != size:
                return False
        return True

    def keep(self, key: str, kept: Kept) -> None:
        """Note that the report has a picture; its files were written."""
        self._kept[key] = kept
        self._paths |= {path for path in (kept.file, kept.thumb) if path}

    # --- files --------------------------------------------------------------------

    def write(self, path: str, data: bytes) -> None:
        """Write a file of the report, unless it has these bytes already; from any thread.

        Raises:
            DiskRefused: It cannot be written.
        """
        assert path in _PAGES or _is_ours(path), path
        fresh = write_if_changed(self._path / path, data, durable=False, what="report")
        with self._guard:
            self._paths.add(path)
            self.written += fresh

    def close(self) -> int:
        """Remove what the report does not have any more; return how many bytes it has.

        Raises:
            DiskRefused: A file cannot be removed or written.
        """
        self._mark(self._kept)
        for path in self._stale():
            try:
                os.unlink(self._path / path)  # noqa: PTH108  # as files.py does
            except FileNotFoundError:
                pass
            except OSError as error:
                raise refusal("remove", self._path / path, error) from error
        total = 0
        for path in self._paths:
            with contextlib.suppress(OSError):
                total += os.lstat(self._path / path).st_size
        return total

    def _stale(self) -> Iterator[str]:
        for folder in FOLDERS:
            place = self._path / folder
            sweep_temporaries(place, older_than_s=_OLD_S, now=time.time())
            with os.scandir(place) as entries:
                names = [each.name for each in entries]
            for name in names:
                path = f"{folder}/{name}"
                if _is_ours(path) and path not in self._paths:
                    yield path

    def _mark(self, kept: dict[str, Kept]) -> None:
        rows = {
            key: [each.file, each.bytes, each.thumb, each.thumb_bytes]
            for key, each in sorted(kept.items())
        }
        data = {"report": _VERSION, "pictures": rows}
        text = json.dumps(data, separators=(",", ":"))
        write_if_changed(
            self._path / MARKER, text.encode(), durable=False, what="report"
        )


def _is_ours(path: str) -> bool:
    folder, _, name = path.partition("/")
    return folder in FOLDERS and _OURS.fullmatch(name) is not None


def require_ours(path: Path) -> None:
    """Do nothing for a folder that a report may be written to, before any work is done.

    Raises:
        UsageError: It holds something else, or a file stands in the way.
        DiskRefused: It cannot be read.
    """
    _claimed(path)


def _claimed(path: Path) -> dict[str, Kept]:
    """Return the pictures that an earlier report left in a folder.

    Raises:
        UsageError: It holds something else, or is none.
        DiskRefused: It cannot be read.
    """
    try:
        names = sorted(os.listdir(path))  # noqa: PTH208  # names are enough
    except FileNotFoundError:
        return {}
    except NotADirectoryError:
        raise UsageError(f"{shown(path)} is a file, and a report is a folder") from None
    except OSError as error:
        raise refusal("read", path, error) from error
    found = _marked(path) if MARKER in names else None
    if found is None:
        if names:
            few = ", ".join(names[:3]) + (", ..." if len(names) > 3 else "")
            raise UsageError(
                f"{shown(path)} holds other files ({few}), and a report would mix with them",
                hint="name a folder that is new, empty, or an earlier report",
            )
        return {}
    return found


def _marked(path: Path) -> dict[str, Kept] | None:
    """Return what the mark of a folder lists; None if it is no mark of ours."""
    try:
        if not stat.S_ISREG(os.lstat(path / MARKER).st_mode):
            return None
        data: Any = json.loads(read_if_there(path / MARKER) or b"")
    except (OSError, DiskRefused, ValueError, RecursionError):
        return None
    if not isinstance(data, dict) or not isinstance(data.get("report"), int):
        return None
    rows = data.get("pictures")
    if data["report"] != _VERSION or not isinstance(rows, dict):
        return {}
    found = {str(key): _kept_of(row) for key, row in rows.items()}
    return {key: kept for key, kept in found.items() if kept is not None}


def _kept_of(row: object) -> Kept | None:
    """Return a picture as the mark lists it, which anybody may have edited."""
    if not isinstance(row, list) or len(row) != len(Kept._fields):
        return None
    file, size, thumb, thumb_size = row
    if not (isinstance(file, str) and isinstance(thumb, str)):
        return None
    if not (isinstance(size, int) and isinstance(thumb_size, int)):
        return None
    if not all(not path or _is_ours(path) for path in (file, thumb)):
        return None
    return Kept(file, size, thumb, thumb_size)
