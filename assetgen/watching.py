"""The door to watchfiles: says when something happens in folders of the project.

    events of the system -> gathered until it is quiet -> `Batch`es

An event is only a reason to look. What changed is decided by whoever looks, by the
figures and bytes of files, so events that come twice, late or for other files do no
harm. Folders are watched one by one, never with all that is below them: nobody wants a
watch on each folder of `node_modules`.

Some file systems tell nothing. `events_arrive` tries; with `poll` nothing is waited
for, and a look is due every `POLL_S`.
"""

from __future__ import annotations

import contextlib
import os
import threading
import time
from typing import TYPE_CHECKING, Final

from assetgen.files import TEMPORARY_PREFIX
from assetgen.values import Value

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

QUIET_MS: Final = 50
"""So long nothing must have happened before it is looked."""
MOST_MS: Final = 1000
"""The longest that a look is put off while things go on happening."""
POLL_S: Final = 0.4
PROBE_S: Final = 2.0

_STEP_MS: Final = 20
_OWN: Final = (".assetgen", ".git")
_FAR: Final = (
    *("9p", "afs", "cifs", "drvfs", "nfs", "nfs4", "smb3", "smbfs"),
    *("vboxsf", "virtiofs", "vmhgfs", "ceph", "glusterfs"),
)


class Batch(Value):
    """What happened until it was quiet again.

    Attributes:
        paths: Absolute; empty where nobody told, and a look is due.
        first_s: When the first of it was heard of, on the monotonic clock.
    """

    paths: frozenset[str]
    first_s: float


def changes(
    folders: Iterable[str],
    *,
    stop: threading.Event,
    poll: bool = False,
    quiet_ms: int = QUIET_MS,
    most_ms: int = MOST_MS,
) -> Iterator[Batch]:
    """Yield what happens directly in `folders`, gathered, until `stop` is set.

    The first batch is empty: from then on nothing is missed, and what happened before
    is to be looked for. Our own private folder, git's, and temporary files of ours are
    left out.

    Args:
        folders: Absolute; those that are missing are passed over.
        stop: Is looked at every few ms.
        poll: Wait for no events.
        quiet_ms: So long nothing must happen before a batch is yielded.
        most_ms: A batch is not put off longer than that.

    Raises:
        OSError: The system watches no more folders.
    """
    if poll:
        while not stop.wait(POLL_S):
            yield Batch(frozenset(), time.monotonic())
        return
    there = sorted({each for each in folders if os.path.isdir(each)})  # noqa: PTH112  # many, and as text
    if not there:
        stop.wait()
    found: set[str] = set()
    stands, first_s = False, 0.0
    for paths in _events(there, stop, quiet_ms):
        now_s = time.monotonic()
        if not stands:
            stands = True
            yield Batch(frozenset(), now_s)
        fresh = {each for each in paths if not _is_own(each)}
        if fresh and not found:
            first_s = now_s
        found |= fresh
        if found and (not paths or (now_s - first_s) * 1000 >= most_ms):
            yield Batch(frozenset(found), first_s)
            found = set()


def _events(
    folders: list[str], stop: threading.Event, quiet_ms: int
) -> Iterator[set[str]]:
    """Yield paths soon after something happened there, and nothing after each silence."""
    import watchfiles

    for happened in watchfiles.watch(
        *folders,
        watch_filter=None,
        debounce=1,
        step=_STEP_MS,
        stop_event=stop,
        rust_timeout=quiet_ms,
        yield_on_timeout=True,
        raise_interrupt=False,
        force_polling=False,
        recursive=False,
        ignore_permission_denied=True,
    ):
        yield {path for _, path in happened}


def _is_own(path: str) -> bool:
    name = path.rpartition("/")[2]
    return name in _OWN or name.startswith(TEMPORARY_PREFIX)


class Watcher:
    """Looks at folders on a thread of its own; which ones may change at any time.

    Attributes:
        trouble: Why the system would not watch, so that it is polled; None if it does.
    """

    def __init__(
        self,
        tell: Callable[[Batch], None],
        *,
        poll: bool = False,
        quiet_ms: int = QUIET_MS,
    ) -> None:
        """Tell of nothing before `look_at`.

        Args:
            tell: Called with each batch, on the watcher's thread.
            poll: Wait for no events, and say every `POLL_S` that a look is due.
            quiet_ms: As of `changes`.
        """
        self._tell = tell
        self._quiet_ms = quiet_ms
        self.poll = poll
        self.trouble: str | None = None
        self._folders: frozenset[str] = frozenset()
        self._identities: frozenset[tuple[int, int]] = frozenset()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def look_at(self, folders: frozenset[str]) -> None:
        """Watch these folders from now on; also those that became others since.

        Args:
            folders: Absolute.
        """
        identities = frozenset() if self.poll else _identities(folders)
        same = self.poll or (folders, identities) == (self._folders, self._identities)
        if self._thread is None or not same:
            self._folders, self._identities = folders, identities
            self._begin()

    def _begin(self) -> None:
        old_stop, old_thread = self._stop, self._thread
        folders, self._stop = self._folders, threading.Event()
        self._thread = threading.Thread(
            target=self._run, args=(folders, self._stop), daemon=True
        )
        self._thread.start()
        old_stop.set()
        if old_thread is not None:
            old_thread.join()

    def start_polling(self) -> None:
        """Wait for no events any more."""
        if not self.poll:
            self.poll = True
            self._begin()

    def close(self) -> None:
        """End the thread; returns when it ended."""
        self._stop.set()
        thread, self._thread = self._thread, None
        if thread is not None and thread.is_alive():
            thread.join()

    def _run(self, folders: frozenset[str], stop: threading.Event) -> None:
        try:
            for batch in changes(
                folders, stop=stop, poll=self.poll, quiet_ms=self._quiet_ms
            ):
                self._tell(batch)
        except OSError as error:  # as a rule: no more watches for this user
            self.trouble = (error.strerror or str(error)).lower()
            self.poll = True
            for batch in changes((), stop=stop, poll=True):
                self._tell(batch)


def _identities(folders: Iterable[str]) -> frozenset[tuple[int, int]]:
    """Return which folders stand under these names; those that are missing left out."""
    found = set()
    for folder in folders:
        with contextlib.suppress(OSError):
            figures = os.stat(folder)  # noqa: PTH116  # many, and as text
            found.add((figures.st_dev, figures.st_ino))
    return frozenset(found)


# --- whether it works here ------------------------------------------------------


def events_arrive(folder: Path, timeout_s: float = PROBE_S) -> bool:
    """Return whether the system tells of a file that is made in `folder`.

    Args:
        folder: Of ours; a file is made there and removed.
        timeout_s: How long to wait for the word.
    """
    probe = folder / f"probe-{os.getpid()}"
    stop = threading.Event()
    timer = threading.Timer(timeout_s, stop.set)
    timer.daemon = True
    heard = False
    try:
        events = _events([str(folder)], stop, QUIET_MS)
        next(events, None)  # by the first silence the watch stands
        timer.start()
        probe.touch()
        heard = any(str(probe) in paths for paths in _until(events, str(probe)))
        stop.set()
        for _ in events:
            pass
    except OSError:
        return False
    finally:
        timer.cancel()
        with contextlib.suppress(OSError):
            probe.unlink()
    return heard


def _until(events: Iterator[set[str]], path: str) -> Iterator[set[str]]:
    for paths in events:
        yield paths
        if path in paths:
            return


def far_file_system(path: Path, mounts: str = "/proc/mounts") -> str | None:
    """Return the kind of the file system if others may change it unseen.

    Changes made on another machine, or by the host of a container, raise no events
    here, although our own do. None for local ones and where nobody knows.

    Source: proc(5) for the form of the list; its escapes are octal.
    """
    real = os.path.realpath(path)
    best, kind = "", None
    try:
        with open(mounts, encoding="utf-8", errors="surrogateescape") as file:  # noqa: PTH123  # /proc
            lines = file.readlines()
    except OSError:
        return None
    for line in lines:
        words = line.split(" ")
        if len(words) < 3:
            continue
        point = words[1].replace("\\040", " ").replace("\\011", "\t")
        inside = real == point or real.startswith(point.rstrip("/") + "/")
        if inside and len(point) >= len(best):
            best, kind = point, words[2]
    if kind is None:
        return None
    far = kind in _FAR or kind.startswith("fuse.")
    return kind if far else None
