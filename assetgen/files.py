"""Reading and writing files so that a crash never leaves half of one.

The door for OSError: everything that the operating system refuses leaves here as
`DiskRefused`, with the path and the reason in words. A file is written beside its
target under a temporary name and renamed over it, so readers see the old complete
version or the new complete version. Paths that come from a spec pass through
`contain` or `read_contained`, which resolve symlinks before they decide.
"""

# ruff: noqa: PTH100, PTH102, PTH105, PTH108, PTH109, PTH112, PTH117, PTH118, PTH120, PTH123
# (str and os instead of Path: once per file, where Path costs ten times as much)

from __future__ import annotations

import contextlib
import errno
import os
import stat
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeAlias

from assetgen import failpoints
from assetgen.errors import AssetgenError, DiskRefused, PolicyRefused
from assetgen.trees import Tree

if TYPE_CHECKING:
    from collections.abc import Iterable

AnyPath: TypeAlias = "str | os.PathLike[str]"

TEMPORARY_PREFIX: Final = ".assetgen-tmp-"
_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
OPEN_FILES: Final = threading.BoundedSemaphore(8)
"""Slots for files that are open at once, in all threads: a process may be allowed no
more than 32 descriptors, whatever the number of parallel assets. Nobody who has a slot
may wait for another."""


def refusal(
    action: str, path: AnyPath, error: OSError, *, wanted: int | None = None
) -> DiskRefused:
    """Return the error of ours for one of the operating system's.

    Args:
        action: What was tried, as in "cannot ACTION site/hero.png": "write", "read".
        path: The file or folder.
        error: The refusal; its reason is given in the system's own words.
        wanted: Bytes that were to be written; named when the disk is full.
    """
    reason = (os.strerror(error.errno) if error.errno else str(error)) or "failed"
    reason = reason[0].lower() + reason[1:]
    message = f"cannot {action} {shown(path)}: {reason}"
    if error.errno not in _FULL:
        return DiskRefused(message)
    folder = shown(os.path.dirname(os.path.abspath(path)))
    size = f" ({wanted:,} bytes wanted in {folder})" if wanted is not None else ""
    return DiskRefused(
        message + size,
        hint=f"free some space where {folder} is and run again; what was paid for is kept",
    )


def shown(path: AnyPath) -> str:
    """Return the path as messages show it: relative to the current folder if inside."""
    text = os.fspath(path)
    try:
        here = os.getcwd()
    except OSError:
        return text
    return text[len(here) + 1 :] if text.startswith(here + os.sep) else text


def write_atomically(
    path: AnyPath,
    data: bytes,
    *,
    durable: bool,
    mode: int = 0o644,
    folder_mode: int = 0o777,
    what: str = "file",
) -> None:
    """Put `data` at `path`, completely or not at all; folders are made as needed.

    Args:
        path: A symlink there is replaced, not followed.
        data: The whole file.
        durable: Wait until the bytes and the name have reached the disk. Without it
            a crash of the process is survived, a power cut may lose the file.
        mode: Permissions of the file, before the process's umask.
        folder_mode: The same of folders that are made.
        what: Name of its failpoints.

    Raises:
        DiskRefused: The old version is still there, and no temporary file is left.
    """
    target = os.fspath(path)
    folder, name = os.path.split(target)
    unique = f"{os.getpid()}-{os.urandom(6).hex()}"
    temporary = os.path.join(folder, TEMPORARY_PREFIX + unique)
    try:
        if not name:
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        try:
            _fill(temporary, data, durable=durable, mode=mode, what=what)
        except FileNotFoundError:
            _make_folders(folder, folder_mode, durable=durable)
            _fill(temporary, data, durable=durable, mode=mode, what=what)
        try:
            failpoints.hit(what, "rename")
            os.replace(temporary, target)
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(temporary)
            raise
        failpoints.hit(what, "renamed")
        if durable:
            _sync_folder(folder or ".")
            failpoints.hit(what, "synced")
    except OSError as error:
        raise refusal("write", target, error, wanted=len(data)) from error


def write_if_changed(
    path: AnyPath,
    data: bytes,
    *,
    durable: bool,
    mode: int = 0o644,
    what: str = "file",
) -> bool:
    """Write like `write_atomically` unless the file has these bytes; True if written."""
    if _holds(path, data):
        return False
    write_atomically(path, data, durable=durable, mode=mode, what=what)
    return True


def _holds(path: AnyPath, data: bytes) -> bool:
    """Return whether a plain file with just these bytes is there."""
    try:
        status = os.lstat(path)
        if not stat.S_ISREG(status.st_mode) or status.st_size != len(data):
            return False
        return read_bytes(path) == data
    except (OSError, DiskRefused):
        return False


def _fill(temporary: str, data: bytes, *, durable: bool, mode: int, what: str) -> None:
    """Create the temporary file with all of `data`; on failure it is removed."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW
    with OPEN_FILES:
        failpoints.hit(what, "open")
        descriptor = os.open(temporary, flags, mode)
        try:
            try:
                failpoints.hit(what, "write")
                write_all(descriptor, data)
                if durable:
                    failpoints.hit(what, "fsync")
                    os.fsync(descriptor)
            finally:
                os.close(descriptor)
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(temporary)
            raise


def write_all(descriptor: int, data: bytes) -> None:
    """Write everything, however many calls the system takes for it.

    Raises:
        OSError: A part of it may be written.
    """
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def make_folder(path: AnyPath, mode: int = 0o777) -> None:
    """Make a folder with its parents; fine if it is there.

    Raises:
        DiskRefused: Not allowed, or a file stands in the way.
    """
    try:
        _make_folders(os.fspath(path), mode, durable=False)
    except OSError as error:
        raise refusal("make folder", path, error) from error


def _make_folders(folder: str, mode: int, *, durable: bool) -> None:
    """Make `folder` and its missing parents, each with `mode`."""
    missing: list[str] = []
    parent = folder
    while parent and not os.path.isdir(parent):
        missing.append(parent)
        parent = os.path.dirname(parent)
    for each in reversed(missing):
        with contextlib.suppress(FileExistsError):
            os.mkdir(each, mode)
        if durable:
            _sync_folder(os.path.dirname(each) or ".")


def _sync_folder(folder: str) -> None:
    """Make new names in a folder survive a power cut, where the file system can."""
    with OPEN_FILES:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        except OSError as error:
            # Some network file systems do not know fsync of a folder.
            if error.errno not in (errno.EINVAL, errno.ENOTSUP, errno.EBADF):
                raise
        finally:
            os.close(descriptor)


def sweep_temporaries(
    folder: AnyPath, *, older_than_s: float, now: float, deep: bool = False
) -> int:
    """Remove temporary files that crashed writers left behind; return how many.

    Args:
        folder: May be missing.
        older_than_s: Younger files may still be in use and are left alone.
        now: Seconds since the epoch.
        deep: Also in all folders below (symlinks are not followed).
    """
    swept = 0
    waiting = [os.fspath(folder)]
    while waiting:
        try:
            with os.scandir(waiting.pop()) as listing:
                entries = list(listing)
        except OSError:
            continue  # gone or closed to us: nothing of ours to sweep
        for entry in entries:
            with contextlib.suppress(OSError):
                if entry.is_dir(follow_symlinks=False):
                    if deep:
                        waiting.append(entry.path)
                elif entry.name.startswith(TEMPORARY_PREFIX):
                    age_s = now - entry.stat(follow_symlinks=False).st_mtime
                    if age_s >= older_than_s and not _writer_lives(entry.name, age_s):
                        os.unlink(entry.path)
                        swept += 1
    return swept


def _writer_lives(name: str, age_s: float) -> bool:
    """Return whether the process that a temporary file's name holds may still use it.

    Process numbers are used again, so after a day the answer is no.
    """
    number = name.removeprefix(TEMPORARY_PREFIX).split("-")[0]
    if not number.isdigit() or age_s > 24 * 3600:
        return False
    try:
        os.kill(int(number), 0)
    except (ProcessLookupError, OverflowError):
        return False
    except OSError:
        return True
    return int(number) != os.getpid()


def read_bytes(path: AnyPath) -> bytes:
    """Return a file's bytes.

    Raises:
        DiskRefused: It is missing or cannot be read.
    """
    data = read_if_there(path)
    if data is None:
        missing = FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
        raise refusal("read", path, missing)
    return data


def read_if_there(path: AnyPath) -> bytes | None:
    """Return a file's bytes, or None if there is no such file.

    Raises:
        DiskRefused: It is there and cannot be read.
    """
    try:
        with OPEN_FILES, open(path, "rb", buffering=0) as file:
            return file.read()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise refusal("read", path, error) from error


def read_contained(
    root: AnyPath | Tree, relative: str, *, limit_bytes: int
) -> bytes | None:
    """Return the bytes of a file that a spec names, or None if nothing is there.

    What it is gets decided before it is opened: links are resolved first, and a
    device or a pipe is never touched.

    Args:
        root: The project's folder.
        relative: Path inside it, forward slashes.
        limit_bytes: Larger files are refused unread.

    Raises:
        PolicyRefused: A symlink leads out of `root`; it is no regular file; too large.
        DiskRefused: It is there and cannot be read.
    """
    if isinstance(root, Tree):
        return root.read(relative, limit_bytes)
    place = _resolve_inside(root, relative)
    try:
        _require_plain(os.lstat(place), relative, limit_bytes)
        with OPEN_FILES:
            flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
            descriptor = os.open(place, flags)
            with open(descriptor, "rb", buffering=0) as file:
                # Once more: it may have been exchanged since.
                _require_plain(os.fstat(descriptor), relative, limit_bytes)
                return file.read(limit_bytes)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise refusal("read", relative, error) from error


_KINDS: Final = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a named pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
    (stat.S_ISLNK, "a symbolic link"),
)


def _require_plain(status: os.stat_result, shown_as: str, limit_bytes: int) -> None:
    """Raise PolicyRefused unless it is a regular file within the limit."""
    for is_kind, words in _KINDS:
        if is_kind(status.st_mode):
            raise PolicyRefused(f"{shown_as} is {words}, not a file")
    if status.st_size > limit_bytes:
        raise PolicyRefused(
            f"{shown_as} has {status.st_size:,} bytes; at most {limit_bytes:,} are read"
        )


def _resolve_inside(root: AnyPath, relative: str) -> str:
    """Return the path with all links resolved; PolicyRefused if it leaves `root`."""
    base = os.path.realpath(root)
    place = os.path.realpath(os.path.join(base, relative))
    inside = place == base or place.startswith(base.rstrip(os.sep) + os.sep)
    if os.path.isabs(relative) or not inside:
        raise PolicyRefused(
            f"{relative} leads out of the project, to {place}",
            hint="paths of a spec stay inside the project's folder, links included",
        )
    return place


_MOVE: Final = "move it away, or give the output another path; nothing was removed"


def contain(root: AnyPath, relative: str) -> Path:
    """Return where an output may be written, having looked at what is there now.

    Args:
        root: The folder that nothing may leave.
        relative: Path inside it, forward slashes.

    Raises:
        PolicyRefused: It leads out of `root`, by a symlink or by its words.
        DiskRefused: A folder stands there, or a parent is a file.
    """
    _require_folders(root, os.path.dirname(relative))
    place = os.path.join(root, relative)
    _require_no_folder(root, relative, place)
    return Path(place)


def _require_no_folder(root: AnyPath, relative: str, place: str) -> None:
    """Raise if a folder stands at an output's path, or a link that leads out."""
    try:
        mode = os.lstat(place).st_mode
    except (FileNotFoundError, NotADirectoryError):
        return
    except OSError as error:
        raise refusal("write", place, error) from error
    if stat.S_ISLNK(mode):
        _resolve_inside(root, relative)
    if os.path.isdir(place):
        raise DiskRefused(
            f"cannot write {shown(place)}: a folder stands there", hint=_MOVE
        )


def contain_all(root: AnyPath, relatives: Iterable[str]) -> dict[str, AssetgenError]:
    """Return why which of many outputs cannot be written; {} if all can.

    The same rules as `contain`, and the folders must be writable; each folder is
    looked at once.
    """
    problems: dict[str, AssetgenError] = {}
    folders: dict[str, AssetgenError | None] = {}
    base = os.fspath(root)
    for relative in relatives:
        folder = os.path.dirname(relative)
        if folder not in folders:
            folders[folder] = _folder_problem(root, folder)
        problem = folders[folder]
        if problem is None:
            try:
                _require_no_folder(root, relative, f"{base}/{relative}")
            except (DiskRefused, PolicyRefused) as error:
                problem = error
        if problem is not None:
            problems[relative] = problem
    return problems


def _folder_problem(root: AnyPath, folder: str) -> AssetgenError | None:
    """Return why files cannot be written into a folder; None if they can."""
    try:
        _require_folders(root, folder)
        require_writable(Path(root, folder))
    except (DiskRefused, PolicyRefused) as error:
        return error
    return None


def _require_folders(root: AnyPath, folder: str) -> None:
    """Raise unless `folder` stays inside `root` and no file stands in its way."""
    place = _resolve_inside(root, folder)
    base = os.path.realpath(root)
    while len(place) > len(base):
        try:
            is_folder = stat.S_ISDIR(os.lstat(place).st_mode)
        except (FileNotFoundError, NotADirectoryError):
            place = os.path.dirname(place)
            continue
        except OSError as error:
            raise refusal("write", place, error) from error
        if not is_folder:
            raise DiskRefused(
                f"cannot make folder {folder}: a file stands at {shown(place)}",
                hint=_MOVE,
            )
        return


def require_writable(folder: AnyPath) -> None:
    """Raise DiskRefused unless files can be made in a folder, or it can be made."""
    place = os.path.realpath(folder)
    while not os.path.lexists(place):
        place = os.path.dirname(place)
    if not os.path.isdir(place):
        in_the_way = OSError(errno.ENOTDIR, "")
        raise refusal("write into", place, in_the_way)
    if os.access(place, os.W_OK | os.X_OK, effective_ids=_EFFECTIVE):
        return
    number = errno.EACCES
    with contextlib.suppress(OSError):
        if os.statvfs(place).f_flag & os.ST_RDONLY:
            number = errno.EROFS
    raise refusal("write into", place, OSError(number, ""))


_EFFECTIVE: Final = os.access in os.supports_effective_ids
