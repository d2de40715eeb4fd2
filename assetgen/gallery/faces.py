"""Which picture stands for an asset, and how large it is.

On the wall that is a file that the last build wrote, since its size is known without
opening anything; on the asset's own page it is the image itself where a file has it.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Final

from assetgen.digest import digest_of
from assetgen.errors import AssetgenError
from assetgen.files import read_contained
from assetgen.gallery.picture_table import (
    MAX_PICTURE_BYTES,
    BlobPlace,
    FilePlace,
    MemoPlace,
)
from assetgen.transforms.opening import PictureRefused, probe
from assetgen.values import Value

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from assetgen.digest import Digest
    from assetgen.gallery.facts import Facts
    from assetgen.gallery.picture_table import PictureTable, Place
    from assetgen.memo import Memo
    from assetgen.model import AssetName
    from assetgen.requests import DrawRecord
    from assetgen.snapshot import Known, OutputRow
    from assetgen.world import Planned

_SHOWN: Final = frozenset({"png", "jpg", "jpeg", "webp", "avif", "gif", "svg"})
"""Suffixes of outputs that browsers show."""


class Face(Value):
    """A picture, and what a page must know before it is there.

    Attributes:
        pic: Its id; None for nothing to show.
        width: In px, as `height`; None where nobody looked.
        bytes: Length of the file.
    """

    pic: str | None = None
    width: int | None = None
    height: int | None = None
    bytes: int | None = None


NO_FACE: Final = Face()
_MOST_LOOKED_AT: Final = 16
"""Files of one asset that are read to find the largest."""


class Faces:
    """Finds the pictures of one plan's assets."""

    def __init__(self, planned: Planned, table: PictureTable, memo: Memo) -> None:
        """Take the plan, the table that ids are handed out by, and the memo."""
        self._planned = planned
        self._table = table
        self._memo = memo

    def of_row(self, name: AssetName, facts: Facts) -> Face:
        """Return what stands for an asset on the wall: its largest file, or its image."""
        return self._largest_output(name) or self.of_image(name, facts)

    def of_written(self, paths: Iterable[str]) -> Face | None:
        """Return the largest of files that a build says it wrote; None for none shown."""
        found: Face | None = None
        for path in itertools.islice(paths, _MOST_LOOKED_AT):
            if path.rpartition(".")[2].lower() not in _SHOWN:
                continue
            digest = self._digest_of(path)
            if digest is None:
                continue
            face = self._measured(FilePlace(path, digest), f"picture {digest}")
            if face is not None and _area(face) > _area(found):
                found = face
        return found

    def _digest_of(self, path: str) -> Digest | None:
        root = self._planned.world.options.root
        try:
            data = read_contained(root, path, limit_bytes=MAX_PICTURE_BYTES)
        except AssetgenError:
            return None
        return digest_of(data) if data is not None else None

    def of_page(self, name: AssetName, facts: Facts) -> Face:
        """Return the image of an asset; its largest file where no file has the image."""
        return self._image(name, facts) or self._largest_output(name) or NO_FACE

    def of_image(self, name: AssetName, facts: Facts, draw: int | None = None) -> Face:
        """Return an asset's image, or another draw made into one.

        Where the picture after mask and steps was never kept, the draw itself.

        Args:
            name: The asset.
            facts: Of the asset.
            draw: Counted from 1; None for the picked one.
        """
        found = self._image(name, facts, draw)
        if found is None:
            known = self._known(name)
            digest = _digest(known, draw) if known is not None else None
            found = self.of_draw(digest) if digest is not None else None
        return found or NO_FACE

    def of_draw(self, digest: Digest, record: DrawRecord | None = None) -> Face | None:
        """Return a draw as it came; None if it is not in the store."""
        if not self._planned.world.store.has(digest):
            return None
        if record is None:
            return self._measured(BlobPlace(digest), f"picture {digest}")
        pic = self._table.give(BlobPlace(digest))
        return Face(pic, record.width, record.height, record.bytes)

    def of_file(self, path: str) -> Face | None:
        """Return a file of the project; None if it is gone or no picture."""
        try:
            digest = self._planned.snapshot.files[path]
        except (KeyError, AssetgenError):
            return None
        return self._measured(FilePlace(path, digest), f"picture {digest}")

    def of_output(self, out: OutputRow, digest: Digest | None = None) -> Face | None:
        """Return a file that a build wrote; None if browsers do not show it.

        Args:
            out: As the last build left it.
            digest: Of the file that lies there now; None if it is as it was left.
        """
        if out.path.rpartition(".")[2].lower() not in _SHOWN:
            return None
        derived = out.derived
        if digest is not None and digest != derived.sha256:
            return self._measured(FilePlace(out.path, digest), f"picture {digest}")
        pic = self._table.give(FilePlace(out.path, derived.sha256))
        return Face(pic, derived.width, derived.height, derived.bytes)

    def outputs_there(
        self, name: AssetName
    ) -> Iterator[tuple[OutputRow, Digest | None]]:
        """Yield the files of an asset that are there, as `of_output` takes them."""
        row = self._planned.snapshot.rows.get(name)
        if row is None:
            return
        looked_at = name in self._planned.snapshot.touched
        for out in row.outputs:
            if not looked_at:
                yield out, None
                continue
            now = self._planned.snapshot.outputs.get(out.path)
            if now is not None:
                yield out, now

    def has_pixels(self, pic: str) -> bool:
        """Return whether a picture that was handed out is there, and no drawing."""
        key = f"picture format {pic}"
        known = self._memo.facts_get(key)
        if not isinstance(known, str):
            data = self._table.read(pic)
            try:
                known = probe(data).format if data is not None else "none"
            except PictureRefused:
                known = "none"
            if data is not None:
                self._memo.facts_set(key, known)
        return known not in {"svg", "none"}

    def _largest_output(self, name: AssetName) -> Face | None:
        def area(pair: tuple[OutputRow, Digest | None]) -> int:
            return pair[0].derived.width * pair[0].derived.height

        there = sorted(self.outputs_there(name), key=area, reverse=True)
        faces = (self.of_output(out, digest) for out, digest in there)
        return next((each for each in faces if each is not None), None)

    def _image(
        self, name: AssetName, facts: Facts, draw: int | None = None
    ) -> Face | None:
        known = self._known(name)
        if facts.file is not None:
            return self.of_file(facts.file)
        if known is None:
            return None
        identity, digest = known.image(draw), _digest(known, draw)
        if digest is not None and str(digest) == identity:
            return self.of_draw(digest)
        key = f"image {identity}"
        return self._measured(MemoPlace(key), f"picture {key}")

    def _known(self, name: AssetName) -> Known | None:
        """Return what is known of an asset's pictures, else what the last build knew."""
        found = self._planned.knowledge.known(name)
        if found is None:
            row = self._planned.snapshot.rows.get(name)
            found = row.known if row is not None else None
        return found

    def _measured(self, place: Place, key: str) -> Face | None:
        """Return a picture with its size, which the memo knows or its header says."""
        fact = self._memo.facts_get(key)
        if isinstance(fact, list) and len(fact) == 3:
            width, height, size = (each for each in fact if isinstance(each, int))
            pic = self._table.give(place)
            return Face(pic, width, height, size)
        pic = self._table.give(place)
        data = self._table.read(pic)
        if data is None:
            return None
        try:
            info = probe(data)
        except PictureRefused:
            return None
        self._memo.facts_set(key, [info.width, info.height, len(data)])
        return Face(pic, info.width, info.height, len(data))


def _digest(known: Known, draw: int | None) -> Digest | None:
    """Return which draw an image is made from; None where nobody drew it."""
    at = known.pick if draw is None else draw - 1
    return known.draws[at] if at < len(known.draws) else None


def _area(face: Face | None) -> int:
    return 0 if face is None else (face.width or 1) * (face.height or 1)
