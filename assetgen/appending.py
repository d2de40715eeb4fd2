"""Lines at the end of a file that several threads and processes write to.

A line is there whole or not at all: what a full disk cut short is taken back, and what
a crash cut short is ended before the next line, so that it cannot swallow it.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
from typing import TYPE_CHECKING

from assetgen import failpoints
from assetgen.files import OPEN_FILES, refusal, write_all

if TYPE_CHECKING:
    from assetgen.files import AnyPath


def append_line(path: AnyPath, line: str, *, what: str = "line") -> None:
    """Append one line and wait until it has reached the disk.

    Raises:
        DiskRefused: The line is not in the file, or may not survive a power cut.
    """
    data = line.encode() + b"\n"
    flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
    try:
        with OPEN_FILES:
            failpoints.hit(what, "open")
            descriptor = os.open(path, flags, 0o600)
            try:
                _append(descriptor, data, what)
                failpoints.hit(what, "fsync")
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
    except OSError as error:
        raise refusal("write", path, error, wanted=len(data)) from error


def _append(descriptor: int, data: bytes, what: str) -> None:
    """Write at the end while nobody else does."""
    with contextlib.suppress(OSError):  # some network file systems know no locks
        fcntl.flock(descriptor, fcntl.LOCK_EX)
    size = os.fstat(descriptor).st_size
    if size and os.pread(descriptor, 1, size - 1) != b"\n":
        data = b"\n" + data
    failpoints.hit(what, "write")
    try:
        write_all(descriptor, data)
    except OSError:
        with contextlib.suppress(OSError):
            os.ftruncate(descriptor, size)
        raise
    with contextlib.suppress(OSError):
        fcntl.flock(descriptor, fcntl.LOCK_UN)
