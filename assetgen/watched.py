"""What a watch looks at, and what of it changed: by figures first, then by bytes.

Files count by their bytes: a file that was only touched, or that was written with what
it held before, did not change. Folders count by the names in them, since a new file may
match a pattern of `include`. While the spec is broken, nobody knows for certain what it
needs, so then all folders of the project are looked at (`everything_below`).
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from assetgen.digest import Digest, digest_of
from assetgen.errors import AssetgenError
from assetgen.files import read_if_there
from assetgen.state import NO_FILE, Figures, figures_of
from assetgen.values import Value

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Mapping
    from pathlib import Path

_MOST_FOLDERS: Final = 2_000
_MOST_ENTRIES: Final = 20_000
_TAIL_BYTES: Final = 64
_SKIPPED: Final = frozenset({"node_modules", "__pycache__", "venv"})


class Things(Value, kw_only=True):
    """What decides about the next build; paths from the project root.

    Attributes:
        specs: Files of the spec, the main one first.
        inputs: Files that assets read, and the lock.
        folders: Folders whose names count; "" is the root.
        closely: Whether in these folders the figures of all files count, too.
    """

    specs: tuple[str, ...]
    inputs: tuple[str, ...] = ()
    folders: tuple[str, ...] = ()
    closely: bool = False

    @property
    def files(self) -> tuple[str, ...]:
        """Spec files and inputs."""
        return (*self.specs, *self.inputs)


class Sight(Value):
    """How a file or folder was when it was looked at.

    Attributes:
        digest: Of its bytes; None where they were not needed so far, or there are none.
    """

    figures: Figures
    digest: Digest | None = None


def look(root: Path, things: Things) -> dict[str, Sight]:
    """Return how everything is now, by figures; folders end with a slash."""
    seen = {path: Sight(figures_of(root / path)) for path in things.files}
    for folder in things.folders:
        names = _names(root / folder, closely=things.closely)
        seen[f"{folder}/"] = Sight(NO_FILE, names)
    return seen


def compare(
    root: Path,
    before: Mapping[str, Sight],
    now: Mapping[str, Sight],
    suspects: Container[str] = (),
) -> tuple[tuple[str, ...], dict[str, Sight]]:
    """Return what is not as it was, and `now` with all digests that are known.

    Args:
        root: The project root.
        before: As things were.
        now: As `look` finds them.
        suspects: Files of which something was told: their figures may lie, because they
            changed within the clock's granularity.
    """
    changed: list[str] = []
    known: dict[str, Sight] = {}
    for path, sight in now.items():
        was = before.get(path)
        if was is None:
            changed.append(path)
        elif path.endswith("/"):
            if was.digest != sight.digest:
                changed.append(path)
        elif was.figures == sight.figures and path not in suspects:
            sight = was  # noqa: PLW2901  # the same, known better
        else:
            digest = _digest(root, path)
            sight = Sight(sight.figures, digest)  # noqa: PLW2901  # the same, known better
            if digest != was.digest or (was.digest is None and was != sight):
                changed.append(path)
        known[path] = sight
    return tuple(changed), known


def seen_by_build(
    before: Mapping[str, Sight], read: Mapping[str, Sight], now: Mapping[str, Sight]
) -> dict[str, Sight]:
    """Return how things were when a build read them.

    Args:
        before: As they were looked at before the build.
        read: Files that the build read, with the digests of what it read.
        now: All that is looked at from now on.
    """
    seen: dict[str, Sight] = {}
    for path, sight in now.items():
        was = before.get(path)
        if path in read:
            figures = was.figures if was is not None else read[path].figures
            seen[path] = Sight(figures, read[path].digest)
        else:
            seen[path] = was or sight
    return seen


def digest_at(root: Path, path: str) -> Sight:
    """Return how a file is, its bytes read."""
    figures = figures_of(root / path)
    return Sight(figures, _digest(root, path))


def _digest(root: Path, path: str) -> Digest | None:
    try:
        data = read_if_there(root / path)
    except AssetgenError:
        return None
    return None if data is None else digest_of(data)


def _names(folder: Path, *, closely: bool) -> Digest | None:
    """Return a hash of the names in a folder; hidden ones do not count."""
    lines: list[str] = []
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if not entry.name.startswith("."):
                    figures = figures_of(entry.path) if closely else ""
                    lines.append(f"{entry.name}\t{figures}")
                if len(lines) >= _MOST_ENTRIES:
                    break
    except OSError:
        return None
    return digest_of("\n".join(sorted(lines)).encode("utf-8", "surrogateescape"))


# --- folders --------------------------------------------------------------------


def folders_to_watch(root: Path, things: Things) -> frozenset[str]:
    """Return the folders in which something may happen that counts, absolute.

    These are the folders of all files, with those above them up to the root, since a
    folder may be moved as a whole; and where a link leads, since files are written
    there.
    """
    base = str(root)
    relative = {""}
    folders = {path.rpartition("/")[0] for path in things.files}
    for folder in (*folders, *things.folders):
        inner = folder
        while inner not in relative:
            relative.add(inner)
            inner = inner.rpartition("/")[0]
    found = {f"{base}/{each}" if each else base for each in relative}
    for path in things.files:
        real = os.path.realpath(f"{base}/{path}")
        if real != f"{base}/{path}":
            found.add(real.rpartition("/")[0])
    return frozenset(found)


def everything_below(root: Path, without: Iterable[str] = ()) -> tuple[str, ...]:
    """Return the folders of the project, but for hidden ones; at most 2,000.

    Args:
        root: The project root.
        without: Folders of outputs, from the root.
    """
    base, skipped = str(root), set(without)
    found: list[str] = []
    for folder, inner, _ in os.walk(base):
        path = folder[len(base) + 1 :]
        inner[:] = sorted(
            name
            for name in inner
            if not name.startswith(".")
            and name not in _SKIPPED
            and (f"{path}/{name}" if path else name) not in skipped
        )
        found.append(path)
        if len(found) >= _MOST_FOLDERS:
            break
    return tuple(found)


# --- files that are half written ------------------------------------------------


class Ending(Value):
    """Size and last bytes of a spec file that was whole."""

    size: int
    tail: bytes


def ending_of(path: Path) -> Ending | None:
    """Return how a file ends; None if it cannot be read."""
    try:
        with path.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - _TAIL_BYTES))
            return Ending(size, file.read(_TAIL_BYTES))
    except OSError:
        return None


def looks_cut(now: Ending | None, whole: Ending | None) -> bool:
    """Return whether a file may be in the middle of being written.

    It is empty, or shorter than when it was whole and with another end. A change at the
    very end that makes a file shorter looks the same, and only waits a little longer.
    """
    if now is None:
        return False
    if not now.size:
        return True
    return whole is not None and now.size < whole.size and now.tail != whole.tail
