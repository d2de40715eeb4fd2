"""The pictures of a difference where a page or a comment can show them.

Either as small copies in files, or as the files that are committed in git. A copy is named after its picture's digest, so the same picture is written once, and an
address that was published stays true. What was published is always encoded here: nothing
of the original file but its pixels gets out.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from assetgen.digest import digest_of
from assetgen.errors import AssetgenError
from assetgen.files import write_if_changed
from assetgen.transforms.opening import PictureRefused

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from assetgen.differences import Difference, Side
    from assetgen.diffing import Review

EDGE_PX: Final = 480
"""Longest side of a copy; smaller pictures keep their size."""


_SHOWN_FORMATS: Final = frozenset({"png", "jpeg", "gif", "webp", "svg"})
"""That comments show."""


def export_names(difference: Difference) -> Mapping[str, str]:
    """Return the names of the copies by the digest of their picture."""
    return {
        side.picture.digest: f"{side.picture.digest[:24]}-{EDGE_PX}.png"
        for side in sides_of(difference)
        if side.picture is not None and side.picture.format != "svg"
    }


def export_pictures(
    review: Review, names: Mapping[str, str], folder: str
) -> Mapping[str, str]:
    """Write the copies that `names` lists into `folder`; return those that could be.

    Raises:
        DiskRefused: One cannot be written.
    """
    from assetgen.transforms.encoders import plain_png
    from assetgen.transforms.opening import open_picture

    done: dict[str, str] = {}
    for side in sides_of(review.difference):
        digest = side.picture.digest if side.picture is not None else None
        if digest is None or digest in done or digest not in names:
            continue
        data = review.picture_of(side)
        try:
            image = open_picture(data or b"")
        except PictureRefused:
            continue
        image.thumbnail((EDGE_PX, EDGE_PX))
        path = Path(folder) / names[digest]
        write_if_changed(path, plain_png(image), durable=False, what="export")
        done[digest] = names[digest]
    return done


# --- committed files ----------------------------------------------------------------


def address_of(review: Review, base: str) -> Callable[[Side], str | None]:
    """Return what gives the address of a side's picture; None where it is not committed.

    Args:
        review: Inside of `reviewed`.
        base: With ``{commit}`` and ``{path}``, the file's path in the repository.
    """

    def url(side: Side) -> str | None:
        picture = side.picture
        if picture is None or picture.format not in _SHOWN_FORMATS:
            return None
        tree = review.commits.get(picture.origin)
        if tree is None:
            return None
        try:
            data = tree.read(picture.path, picture.bytes)
        except AssetgenError:
            return None
        if data is None or digest_of(data) != picture.digest:
            return None
        path = quote(tree.prefix + picture.path, errors="surrogateescape")
        return base.replace("{commit}", tree.commit).replace("{path}", path)

    return url


def sides_of(difference: Difference) -> Iterator[Side]:
    """Yield both sides of all changes, as far as there are any."""
    for change in difference.changes:
        yield from (side for side in (change.before, change.after) if side is not None)
