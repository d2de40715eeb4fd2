"""Which picture stands for an asset, then and now, and where its bytes are.

A drawn asset is shown by its picked draw, out of the store. In its place the largest file
of the asset is shown that git has, or the folder,

    where the store lacks the draw (a fresh clone, a fork);
    where the draws are the same and only what is made of them differs;
    where the asset has steps, or files are asked for, and both sides have a file of
    which the manifest says that it was made from that draw.

Manifests say which files an asset has, and the outputs that the spec declares do where
there is none. Nothing is drawn or encoded for it, and a file is looked at by its header
only.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from assetgen.differences import Picture
from assetgen.digest import Digest, digest_of
from assetgen.errors import AssetgenError
from assetgen.files import read_contained
from assetgen.gitrefs import NotFetched
from assetgen.model import FileSource
from assetgen.resolve.settings import manifest_path
from assetgen.revisions import pointed_digest
from assetgen.transforms.opening import PictureRefused, probe
from assetgen.values import Value

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from assetgen.differences import Origin, State
    from assetgen.digest import Key
    from assetgen.model import Asset, AssetName, Target
    from assetgen.revisions import Revision
    from assetgen.store import Store

_LIMIT_BYTES: Final = 64 * 1024 * 1024
_RASTER: Final = frozenset({"png", "jpg", "webp", "gif", "avif"})
_MOST_TRIED: Final = 8
"""Files of an asset that are looked at before it counts as one without a picture."""


class Wanted(Value, kw_only=True):
    """An asset that is to be shown.

    Attributes:
        draw: The draw that is its picture; None for none.
        request: Key of what it asks for; None where it asks nobody.
        unbuilt: Whether its picture is free and this store does not have it, so that
            its files may be those of an earlier spec.
    """

    asset: Asset
    state: State
    draw: Digest | None = None
    request: Key | None = None
    unbuilt: bool = False


class Found(Value):
    """A picture, or why there is none."""

    picture: Picture | None = None
    missing: str = ""


class Shelf:
    """The files of one side of the comparison."""

    def __init__(
        self, origin: Origin, folder: Path | Revision, targets: Iterable[Target]
    ) -> None:
        """Read nothing yet.

        Args:
            origin: ``git`` or ``folder``.
            folder: The project's root, or the revision.
            targets: Of the spec of that side.
        """
        self._origin: Origin = origin
        self._folder = folder
        self._targets = tuple(targets)
        self._listed: dict[str, list[_Row]] | None = None
        self._seen: dict[str, Found] = {}
        self._left_out: set[str] = set()

    def read(self, path: str) -> bytes | None:
        """Return a file's bytes; None where there is none that may be read."""
        try:
            return read_contained(self._folder, path, limit_bytes=_LIMIT_BYTES)
        except NotFetched:
            self._left_out.add(path)
            return None
        except AssetgenError:
            return None

    def paths_of(self, wanted: Wanted) -> list[str]:
        """Return the files of an asset that may be shown, the largest first."""
        rows = self._rows().get(wanted.asset.name)
        if rows:
            free = wanted.state == "free"
            kept = [row for row in rows if free or not row.stand_in]
            return [row.path for row in sorted(kept, key=_largest_first)]
        declared = [
            (-(out.width or _LIMIT_BYTES), at, out.path)
            for at, out in enumerate(wanted.asset.outputs)
            if out.format in _RASTER and "${" not in out.path
        ]
        return [path for _, _, path in sorted(declared)]

    def paths_made_from(self, wanted: Wanted) -> list[str]:
        """Return the files that a manifest says were made from the draw, largest first."""
        rows = self._rows().get(wanted.asset.name, ())
        made = {row.path for row in rows if row.draw == wanted.draw is not None}
        return [path for path in self.paths_of(wanted) if path in made]

    def is_of_another(self, path: str, asset: AssetName) -> bool:
        """Return whether a manifest says that a file is another asset's."""
        owners = {
            name
            for name, rows in self._rows().items()
            if any(row.path == path for row in rows)
        }
        return bool(owners) and asset not in owners

    def look(self, path: str) -> Found:
        """Return the picture in a file."""
        if path not in self._seen:
            self._seen[path] = self._look(path)
        return self._seen[path]

    def _look(self, path: str) -> Found:
        data = self.read(path)
        if path in self._left_out:
            return Found(missing=f"{path} was left out of this partial clone")
        if data is None:
            return Found(missing=f"{path} is not there")
        if pointed_digest(data) is not None:
            return Found(missing=f"{path} was not fetched from Git LFS")
        picture = _probed(data, self._origin, path)
        if picture is None:
            return Found(missing=f"{path} cannot be shown")
        return Found(picture)

    def _rows(self) -> dict[str, list[_Row]]:
        """Return what manifests say of pictures, by asset."""
        if self._listed is None:
            self._listed = {}
            for target in self._targets:
                base = "" if target.dir == "." else f"{target.dir}/"
                data = self.read(manifest_path(target))
                for path, row in _files_of(data).items():
                    self._list(base + path, row)
        return self._listed

    def _list(self, path: str, row: object) -> None:
        if not isinstance(row, dict) or row.get("format") not in _RASTER:
            return
        width, height, asset = (row.get(n) for n in ("width", "height", "asset"))
        if isinstance(width, int) and isinstance(height, int):
            assert self._listed is not None
            rows = self._listed.setdefault(str(asset), [])
            draw, stand_in = row.get("draw"), bool(row.get("placeholder"))
            rows.append(_Row(width * height, path, stand_in, draw))


class _Row(NamedTuple):
    """What a manifest says of a file.

    Attributes:
        area: In px.
        stand_in: Whether it stands in for a picture.
        draw: Digest of the draw that it was made from; None for none.
    """

    area: int
    path: str
    stand_in: bool
    draw: object


def _largest_first(row: _Row) -> tuple[int, bool, str]:
    """Return what to sort by; of files of one size, those that every page can show."""
    return -row.area, row.path.endswith(".avif"), row.path


class Pictures:
    """Finds what is shown for both sides of a change, and gives its bytes."""

    def __init__(
        self, store: Store, then: Shelf | None, now: Shelf, *, files_first: bool = False
    ) -> None:
        """Look into the store and on two shelves.

        Args:
            store: Of the project.
            then: None where the revision has no spec that can be read.
            now: The work tree.
            files_first: Whether files are shown before draws wherever both are there.
        """
        self._files_first = files_first
        self._store = store
        self._shelves: Mapping[str, Shelf | None] = {"git": then, "folder": now}

    def bytes_of(self, picture: Picture) -> bytes | None:
        """Return the bytes of a picture; None if they are gone meanwhile."""
        if picture.origin == "store":
            return self._store.get(picture.digest)
        shelf = self._shelves[picture.origin]
        data = shelf.read(picture.path) if shelf is not None else None
        return data if data is not None and digest_of(data) == picture.digest else None

    def of(self, before: Wanted | None, after: Wanted | None) -> tuple[Found, Found]:
        """Return what is shown for an asset as it was and as it is."""
        drawn = self._draw(before), self._draw(after)
        if (made := self._made(before, after)) is not None:
            return made
        paths = self._paths("git", before), self._paths("folder", after)
        both = set(paths[0]) & set(paths[1])

        def filed() -> tuple[Found, Found]:
            was = self._file("git", before, paths[0], both)
            is_ = self._file("folder", after, paths[1], both)
            stale = self._is_stale(before, after, drawn[0], is_)
            return was, Found(missing=_UNBUILT) if stale else is_

        one, other = (found.picture for found in drawn)
        if one is not None and other is not None:
            if one.digest != other.digest:
                return drawn
            files = filed()
            return files if files[0].picture and files[1].picture else drawn
        files = filed()
        return (
            drawn[0] if one is not None else files[0],
            drawn[1] if other is not None else files[1],
        )

    def _made(
        self, before: Wanted | None, after: Wanted | None
    ) -> tuple[Found, Found] | None:
        """Return files made from both draws; None where a side has none, or need not."""
        both_sides: tuple[tuple[Origin, Wanted | None], ...]
        both_sides = ("git", before), ("folder", after)
        sides = [
            (origin, wanted)
            for origin, wanted in both_sides
            if wanted is not None and wanted.state not in _REASONS
        ]
        steps = any(each.asset.process for _, each in sides)
        if not (self._files_first or steps):
            return None
        paths = {
            origin: shelf.paths_made_from(wanted)
            for origin, wanted in sides
            if (shelf := self._shelves[origin]) is not None
        }
        both = set(paths.get("git", ())) & set(paths.get("folder", ()))
        found = {
            origin: self._file(origin, wanted, paths.get(origin, ()), both)
            for origin, wanted in sides
        }
        if not found or any(each.picture is None for each in found.values()):
            return None
        return (
            found.get("git") or self._file("git", before, (), both),
            found.get("folder") or self._file("folder", after, (), both),
        )

    def _is_stale(
        self, before: Wanted | None, after: Wanted | None, drawn: Found, file: Found
    ) -> bool:
        """Return whether a file shows what the asset was before its request changed.

        A build here would have kept its draw, as that of before was kept; and what it
        writes is not what is committed there already.
        """
        if after is None or not after.unbuilt:
            return False
        if before is not None and before.request == after.request:
            return False
        if drawn.picture is not None or file.picture is None:
            return True
        path = file.picture.path
        folder, shelf = self._shelves["folder"], self._shelves["git"]
        if folder is not None and folder.is_of_another(path, after.asset.name):
            return True
        committed = shelf.read(path) if shelf is not None else None
        return committed is not None and digest_of(committed) == file.picture.digest

    def _draw(self, wanted: Wanted | None) -> Found:
        if wanted is None or wanted.draw is None:
            return Found()
        data = self._store.get(wanted.draw)
        if data is None:
            return Found()
        return Found(_probed(data, "store", ""))

    def _paths(self, origin: Origin, wanted: Wanted | None) -> list[str]:
        shelf = self._shelves[origin]
        if wanted is None or shelf is None:
            return []
        own = wanted.asset.source
        if isinstance(own, FileSource) and not wanted.asset.process:
            return [own.path]
        return shelf.paths_of(wanted)

    def _file(
        self,
        origin: Origin,
        wanted: Wanted | None,
        paths: Sequence[str],
        preferred: set[str],
    ) -> Found:
        """Return the first file that can be shown; those of both sides come first."""
        shelf = self._shelves[origin]
        if wanted is None or shelf is None:
            return Found()
        if wanted.state in {"to-draw", "blocked"}:
            return Found(missing=_REASONS[wanted.state])
        missing = ""
        for path in sorted(paths, key=lambda each: each not in preferred)[:_MOST_TRIED]:
            found = shelf.look(path)
            if found.picture is not None:
                return found
            missing = missing or found.missing
        if wanted.draw is not None:
            missing = "its draw is not in the store here"
        return Found(missing=missing or "no picture of it is here")


_UNBUILT: Final = "not built here"
_REASONS: Final[Mapping[str, str]] = {
    "to-draw": "not drawn yet",
    "blocked": "it cannot be built",
}


def _files_of(data: bytes | None) -> Mapping[str, Any]:
    """Return the rows of a manifest by path; nothing if it cannot be read."""
    try:
        value = json.loads(data or b"{}")
    except (ValueError, RecursionError):
        return {}
    files = value.get("files") if isinstance(value, dict) else None
    return files if isinstance(files, dict) else {}


def _probed(data: bytes, origin: Origin, path: str) -> Picture | None:
    try:
        info = probe(data)
    except PictureRefused:
        return None
    return Picture(
        origin=origin,
        digest=digest_of(data),
        format=info.format,
        width=info.width,
        height=info.height,
        bytes=len(data),
        path=path,
    )
