"""Which pictures a reader may ask for, and where their bytes are.

A picture has an id that says nothing of its place: the SHA-256 of its bytes, or of what
it is made from. Only ids that stand in a table that was handed out lead to bytes, so no
reader can name a path. What lies at the place by then is looked at before it is given.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

from assetgen.digest import Digest, digest_of
from assetgen.errors import AssetgenError
from assetgen.files import read_contained

if TYPE_CHECKING:
    from pathlib import Path

    from assetgen.memo import Memo
    from assetgen.store import Store

MAX_PICTURE_BYTES: Final = 256 * 2**20


class BlobPlace(NamedTuple):
    """A draw in the store."""

    digest: Digest


class FilePlace(NamedTuple):
    """A file of the project, its path relative to the root."""

    path: str
    digest: Digest


class MemoPlace(NamedTuple):
    """A picture that a build made and the memo still has."""

    key: str


Place: TypeAlias = BlobPlace | FilePlace | MemoPlace


class PictureTable:
    """The ids that were handed out; may be used from any thread."""

    def __init__(self, root: Path, store: Store, memo: Memo) -> None:
        """Begin with none.

        Args:
            root: Of the project.
            store: Where draws lie.
            memo: Where pictures lie that were made on the way.
        """
        self._root = root
        self._store = store
        self._memo = memo
        self._guard = threading.Lock()
        self._places: dict[str, Place] = {}

    def give(self, place: Place) -> str:
        """Return the id of a picture, which may be asked for from now on."""
        if isinstance(place, MemoPlace):
            pic = str(digest_of(place.key.encode()))
        else:
            pic = str(place.digest)
        with self._guard:
            # A blob cannot be edited, so it stays where a file has the same bytes.
            if not isinstance(self._places.get(pic), BlobPlace):
                self._places[pic] = place
        return pic

    def __contains__(self, pic: object) -> bool:
        """Return whether an id was handed out."""
        with self._guard:
            return pic in self._places

    def __len__(self) -> int:
        """Return how many ids were handed out."""
        with self._guard:
            return len(self._places)

    def read(self, pic: str) -> bytes | None:
        """Return a picture's bytes.

        None for an id that nobody was given, and where the picture is gone: removed,
        edited, or reached through a link that leads out of the project by now.
        """
        with self._guard:
            place = self._places.get(pic)
        try:
            match place:
                case BlobPlace(digest):
                    return self._store.get(digest)
                case FilePlace(path, digest):
                    data = read_contained(
                        self._root, path, limit_bytes=MAX_PICTURE_BYTES
                    )
                    return data if data and digest_of(data) == digest else None
                case MemoPlace(key):
                    return self._memo.bytes_get(key)
                case None:
                    return None
        except AssetgenError:
            return None
