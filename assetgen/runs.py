"""The journal of runs: what builds said of themselves, one file a build, for readers.

`.assetgen/runs/20261122T223720.123456Z-4711.jsonl` holds the events of one build as
`--json` prints them, one a line, the first one `version`. A build that has nothing to do
leaves none. Lines are written as soon as things happen, so a reader in another process
(the gallery) can follow a build; `Runs` finds the newest file and `read_new` reads on.

The journal is a comfort. It is bounded, nobody builds from it, and a disk that refuses
it harms no build: the recording then ends without a word, since a disk that is full or
read-only is complained of by whoever writes what counts.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, Self

from assetgen import __version__
from assetgen.errors import AssetgenError, UsageError
from assetgen.events import PlanEvent, Summary, VersionEvent, as_line, events_of_error
from assetgen.files import write_all

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

    from assetgen.events import Event, Listener
    from assetgen.model import Json

KEPT_RUNS: Final = 20
_MOST_READ_BYTES: Final = 4 * 1024 * 1024
_SUFFIX: Final = ".jsonl"


class Runs:
    """The journals of a project's last builds.

    Attributes:
        folder: Where they lie; it may be missing.
    """

    def __init__(self, root: Path) -> None:
        """Look below the project root."""
        self.folder = root / ".assetgen" / "runs"

    def all(self) -> tuple[Path, ...]:
        """Return the journals that are kept, oldest first."""
        try:
            names = sorted(os.listdir(self.folder))  # noqa: PTH208  # names are enough
        except OSError:
            return ()
        return tuple(self.folder / name for name in names if name.endswith(_SUFFIX))

    def newest(self) -> Path | None:
        """Return the journal of the build that began last; None if there is none."""
        found = self.all()
        return found[-1] if found else None

    def open_next(self) -> int:
        """Return a descriptor of a new journal, and drop those that are too old.

        As long as it is open, it is locked: `is_running` sees whether its build lives.

        Raises:
            OSError: The system refuses it.
        """
        os.makedirs(self.folder, mode=0o700, exist_ok=True)  # noqa: PTH103  # as files.py does
        stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%fZ")
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC
        path = self.folder / f"{stamp}-{os.getpid()}{_SUFFIX}"
        descriptor = os.open(path, flags | os.O_NOFOLLOW, 0o600)
        with contextlib.suppress(OSError):  # some network file systems know no locks
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        for old in self.all()[:-KEPT_RUNS]:
            with contextlib.suppress(OSError):
                old.unlink()
        return descriptor


def read_new(path: Path, offset: int = 0) -> tuple[tuple[dict[str, Json], ...], int]:
    """Return the events of a journal from `offset` on, and where to go on next.

    Half a line at the end is left for the next time, and a line that is no event is
    passed over. A journal that is gone has nothing new. At most 4 MiB are read at once.

    Args:
        offset: In bytes; 0, or as it was returned before.
    """
    try:
        with path.open("rb") as file:
            file.seek(offset)
            data = file.read(_MOST_READ_BYTES)
    except OSError:
        return (), offset
    whole = data[: data.rfind(b"\n") + 1]
    found: list[dict[str, Json]] = []
    for line in whole.splitlines():
        with contextlib.suppress(ValueError, RecursionError):
            event = json.loads(line)
            if isinstance(event, dict) and isinstance(event.get("type"), str):
                found.append(event)
    return tuple(found), offset + len(whole)


def read_to_end(path: Path, offset: int = 0) -> tuple[list[dict[str, Json]], int]:
    """Return all events of a journal from `offset` on, and where to go on next.

    As `read_new`, but for its bound.
    """
    found: list[dict[str, Json]] = []
    while True:
        events, after = read_new(path, offset)
        found += events
        if after == offset:
            return found, offset
        offset = after


def is_running(path: Path) -> bool:
    """Return whether the build that writes a journal is still alive.

    A journal without a `summary` whose build is not alive was killed.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    finally:
        os.close(descriptor)
    return False


class Recording:
    """A listener that writes events to a journal of their own and passes them on.

    The file is made once there is something to tell: work to do, work that was done, or
    an error that ends the build. Used as a context manager around a build, it writes
    such an error down as `--json` prints it.
    """

    def __init__(self, root: Path, listener: Listener) -> None:
        """Be ready to write below the project root and to tell `listener`."""
        self._runs = Runs(root)
        self._listener = listener
        self._waiting: list[Event] = []
        self._descriptor: int | None = None
        self._silent = False

    def __enter__(self) -> Self:
        """Start listening."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Write down what ended the build, and close; wrong usage is no run."""
        if isinstance(error, AssetgenError) and not isinstance(error, UsageError):
            for event in events_of_error(error):
                self._take(event, worth=True)
        if self._descriptor is not None:
            os.close(self._descriptor)
        self._descriptor, self._silent = None, True

    def handle(self, event: Event) -> None:
        """Write `event` down and pass it on."""
        self._take(event, worth=_is_worth_telling(event))
        self._listener.handle(event)

    def stay_silent(self) -> None:
        """Write nothing more, and nothing at all if nothing was written yet."""
        self._silent = True

    def _take(self, event: Event, *, worth: bool) -> None:
        if self._silent:
            return
        self._waiting.append(event)
        if self._descriptor is None and not worth:
            return
        try:
            if self._descriptor is None:
                if not isinstance(self._waiting[0], VersionEvent):
                    self._waiting.insert(0, VersionEvent(assetgen=__version__))
                self._descriptor = self._runs.open_next()
            for each in self._waiting:
                write_all(self._descriptor, as_line(each))
        except OSError:
            self._silent = True
        self._waiting.clear()


def _is_worth_telling(event: Event) -> bool:
    if isinstance(event, PlanEvent):
        return bool(event.to_do)
    if not isinstance(event, Summary):
        return False
    done = event.built + event.failed + event.blocked + event.written
    return bool(done or event.removed or event.kept or event.exit_code)
