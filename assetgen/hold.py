"""One build at a time in a project.

The lock is the kernel's (flock), so it ends with the process that holds it, however
that ends: there is nothing to unlock by hand. Who holds it stands in a file beside the
lock, for the message only.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import json
import os
import time
from typing import TYPE_CHECKING, Final, Self

from assetgen.errors import DiskRefused, ProjectBusy
from assetgen.files import make_folder, read_if_there, refusal, write_atomically
from assetgen.signals import is_told_to_end

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

FIRST_MESSAGE_S: Final = 1.0
NEXT_MESSAGE_S: Final = 30.0
_STEP_S: Final = 0.05
_TAKEN: Final = (errno.EWOULDBLOCK, errno.EACCES)


class ProjectHold:
    """The right to build in a project, as a context manager.

    Example:
        ``with ProjectHold(folder, command="assetgen build", on_wait=print): ...``
    """

    def __init__(
        self,
        folder: Path,
        *,
        command: str = "assetgen",
        timeout_s: float | None = None,
        on_wait: Callable[[str], None] | None = None,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Describe the hold; nothing is locked before `acquire`.

        Args:
            folder: The project's private folder; made if it is missing.
            command: What those who wait for us are told.
            timeout_s: Seconds to wait for another build; 0 does not wait, None waits
                for as long as it takes.
            on_wait: Told for whom we wait: after 1 s, then every 30 s.
            clock: Seconds since the epoch.
            sleep: Waits that many seconds.
        """
        self._folder = folder
        self._command = command
        self._timeout_s = timeout_s
        self._on_wait = on_wait
        self._clock = clock
        self._sleep = sleep
        self._descriptor: int | None = None

    def __enter__(self) -> Self:
        """Take the hold; errors as for `acquire`."""
        self.acquire()
        return self

    def __exit__(self, *_: object) -> None:
        """Give the hold back."""
        self.release()

    def acquire(self) -> None:
        """Wait until no other build holds the project, and hold it.

        Raises:
            ProjectBusy: Another build still held it at the end of `timeout_s`.
            DiskRefused: The lock file cannot be made or locked.
        """
        assert self._descriptor is None, "the project is held already"
        descriptor = self._open()
        try:
            self._wait(descriptor)
        except BaseException:
            os.close(descriptor)
            raise
        self._descriptor = descriptor
        self._sign()

    def release(self) -> None:
        """Give the hold back; nothing happens if it is not held."""
        if self._descriptor is not None:
            with contextlib.suppress(OSError):
                self._holder_file.unlink()
            os.close(self._descriptor)
            self._descriptor = None

    @property
    def _lock_file(self) -> Path:
        return self._folder / "build.lock"

    @property
    def _holder_file(self) -> Path:
        return self._folder / "build.holder"

    def _open(self) -> int:
        """Return a descriptor of the lock file."""
        make_folder(self._folder, 0o700)
        try:
            flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
            return os.open(self._lock_file, flags, 0o600)
        except OSError as error:
            raise refusal("write", self._lock_file, error) from error

    def _wait(self, descriptor: int) -> None:
        """Return once the lock is ours."""
        began = self._clock()
        next_message_s = FIRST_MESSAGE_S
        while not self._try(descriptor):
            if is_told_to_end():
                raise ProjectBusy(
                    f"given up waiting: another build holds the project: {self._holder()}"
                )
            waited_s = self._clock() - began
            if self._timeout_s is not None and waited_s >= self._timeout_s:
                raise ProjectBusy(
                    f"another build holds the project: {self._holder()}",
                    hint="wait for it to end, or give --lock-timeout more seconds",
                )
            if waited_s >= next_message_s:
                next_message_s = waited_s + NEXT_MESSAGE_S
                if self._on_wait is not None:
                    self._on_wait(f"waiting for {self._holder()}")
            self._sleep(_STEP_S)

    def _try(self, descriptor: int) -> bool:
        """Return whether the lock is ours now."""
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno in _TAKEN:
                return False
            raise refusal("lock", self._lock_file, error) from error
        return True

    def _sign(self) -> None:
        """Write down who we are; a hold without it is as good."""
        holder = {"pid": os.getpid(), "command": self._command, "since": self._clock()}
        with contextlib.suppress(DiskRefused):
            write_atomically(
                self._holder_file,
                json.dumps(holder).encode(),
                durable=False,
                mode=0o600,
                what="holder",
            )

    def _holder(self) -> str:
        """Return who holds the project: ``pid 123 (assetgen build, 4 min)``."""
        try:
            holder = json.loads(read_if_there(self._holder_file) or b"")
            pid, since = int(holder["pid"]), float(holder["since"])
            command = str(holder["command"])
        except (DiskRefused, ValueError, TypeError, KeyError):
            return "another build"
        safe = "".join(each for each in command if each.isprintable())[:80]
        return f"pid {pid} ({safe}, {_duration(self._clock() - since)})"


def _duration(seconds: float) -> str:
    """Return a stretch of time in words: ``40 s``, ``4 min``, ``3 h``."""
    if seconds < 60:
        return f"{max(0, round(seconds))} s"
    if seconds < 2 * 3600:
        return f"{round(seconds / 60)} min"
    return f"{round(seconds / 3600)} h"
