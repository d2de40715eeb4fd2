"""Pictures on their way into a static report: as they are where that is small, else smaller.

What is compared pixel by pixel and what is small stays the file that it is, so that pixel
art and differences are exact; only what it says beside its pixels is left out. Larger pictures become WebP of a longest side of
`EDGE_PX`. A drawing in SVG goes out only if it does nothing but draw, since a reader may
open the file by itself. A copy is named after the picture, so the same one is written once.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Final, NamedTuple

from assetgen.digest import digest_of
from assetgen.gallery.report_folder import Kept
from assetgen.transforms.opening import PictureRefused, probe
from assetgen.transforms.silence import silenced
from assetgen.transforms.thumbnails import SHOWN_FORMATS, VERSION, thumbnail
from assetgen.transforms.vectors import require_inert

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from assetgen.gallery.report_folder import ReportFolder
    from assetgen.memo import Memo

EDGE_PX: Final = 1600
"""Longest side of a picture that is not carried as it is."""

AS_IT_IS_BYTES: Final = 400_000
AS_IT_IS_PX: Final = 2048
EXACT_BYTES: Final = 8 * 2**20
EXACT_PX: Final = 4096
"""The same for pictures that are compared with each other."""

THUMB_PX: Final = 320
_OWN_THUMB_BYTES: Final = 24_000
_RECIPE: Final = 2
"""Raised when the same picture would be carried otherwise."""


class Wish(NamedTuple):
    """How a picture is needed.

    Attributes:
        full: Whether more than a small copy is.
        exact: Whether its pixels must stay as they are.
    """

    full: bool = False
    exact: bool = False

    def and_also(self, other: Wish) -> Wish:
        """Return what serves both."""
        return Wish(self.full or other.full, self.exact or other.exact)


class Carrier:
    """Brings pictures into the folder of a report, each once.

    Attributes:
        missing: Pictures that could not be had.
        carried: Those that could.
    """

    def __init__(
        self,
        folder: ReportFolder,
        read: Callable[[str], bytes | None],
        memo: Memo,
        workers: int,
    ) -> None:
        """Carry nothing yet.

        Args:
            folder: Gets the files.
            read: Gives a picture's bytes by its id; called from several threads.
            memo: May have small copies.
            workers: Threads.
        """
        self._folder = folder
        self._read = read
        self._memo = memo
        self._workers = workers
        self.missing: set[str] = set()
        self.carried: set[str] = set()

    def carry(self, wishes: dict[str, Wish]) -> dict[str, Kept]:
        """Return where pictures are in the folder; those that are nowhere are left out.

        Raises:
            DiskRefused: A file cannot be written.
        """
        keys = {pic: _key(pic, wish) for pic, wish in wishes.items()}
        found = {pic: kept for pic, key in keys.items() if (kept := self._known(key))}
        rest = [pic for pic in keys if pic not in found]
        if rest:
            with ThreadPoolExecutor(min(self._workers, len(rest))) as pool:
                made = pool.map(lambda pic: self._make(pic, wishes[pic]), rest)
                for pic, kept in zip(rest, made, strict=True):
                    if kept is not None:
                        self._folder.keep(keys[pic], kept)
                        found[pic] = kept
        self.carried |= found.keys()
        self.missing |= keys.keys() - found.keys()
        return found

    def _known(self, key: str) -> Kept | None:
        return self._folder.kept(key)

    def _make(self, pic: str, wish: Wish) -> Kept | None:
        data = self._read(pic)
        if data is None:
            return None
        try:
            return self._write(pic, wish, data)
        except PictureRefused:
            return None

    def _write(self, pic: str, wish: Wish, data: bytes) -> Kept:
        info = probe(data)
        side, kind = max(info.width, info.height), info.format
        if kind == "svg":
            require_inert(data)
        name = f"{digest_of(pic.encode())[:32]}-{_RECIPE}"
        alone = kind == "svg" or (
            side <= THUMB_PX and len(data) <= _OWN_THUMB_BYTES and kind in SHOWN_FORMATS
        )
        full, size = "", 0
        if wish.full or alone:
            if alone or _stays(len(data), side, exact=wish.exact):
                whole, suffix = silenced(data)
            else:
                whole, suffix = thumbnail(data, EDGE_PX), "webp"
            mark = "x" if wish.exact else ""
            full, size = f"pictures/{name}{mark}.{suffix}", len(whole)
            self._folder.write(full, whole)
        if alone:
            return Kept(full, size, full, size)
        small = self._memo.bytes_get(f"thumb {VERSION} {pic} {THUMB_PX}")
        small = small or thumbnail(data, THUMB_PX)
        thumb = f"thumbs/{name}.webp"
        self._folder.write(thumb, small)
        return Kept(full, size, thumb, len(small))


def _key(pic: str, wish: Wish) -> str:
    how = "exact" if wish.exact else "full" if wish.full else "thumb"
    return f"{_RECIPE}.{VERSION} {how} {pic}"


def _stays(size: int, side: int, *, exact: bool) -> bool:
    if exact:
        return size <= EXACT_BYTES and side <= EXACT_PX
    return size <= AS_IT_IS_BYTES and side <= AS_IT_IS_PX


def tables_of(found: dict[str, Kept], pics: Iterable[str]) -> dict[str, dict[str, str]]:
    """Return the tables by which pages find the files of some pictures."""
    there = {pic: found[pic] for pic in pics if pic in found}
    return {
        "pictures": {pic: each.file for pic, each in there.items() if each.file},
        "thumbs": {pic: each.thumb for pic, each in there.items() if each.thumb},
    }
