"""What a sprite sheet consists of, by name: its frames, its animations, its files; pure.

How many pages a sheet has is known once it is packed. Everything else about its files
follows from that number: this is where page and data files get their paths and keys.
"""

from __future__ import annotations

from fnmatch import fnmatchcase
from hashlib import sha256
from typing import TYPE_CHECKING, Literal, TypeAlias

from assetgen.digest import Key
from assetgen.errors import AssetFailed
from assetgen.model import AssetRef
from assetgen.naming import did_you_mean, is_glob
from assetgen.packing import MAX_PAGES
from assetgen.sheetdata import beside
from assetgen.values import Value

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Mapping, Sequence

    from assetgen.model import Output, Ref, Sheet, Size

PartKind: TypeAlias = Literal["picture", "json", "tres"]


class Part(Value, kw_only=True):
    """One file of a sheet's output.

    Attributes:
        page: Which page it shows or describes, counted from 0; None for the whole sheet.
        pages: How many there are.
        path: Relative to the project root; ``${hash}`` may be left in it.
    """

    kind: PartKind
    page: int | None
    pages: int
    path: str


# --- frames -------------------------------------------------------------------


def frame_name(ref: Ref) -> str:
    """Return what a frame is called: the asset's name, or the file's without suffix."""
    if isinstance(ref, AssetRef):
        return ref.name if ref.draw is None else f"{ref.name}-{ref.draw}"
    stem, dot, suffix = ref.path.rpartition(".")
    return stem if dot and "/" not in suffix else ref.path


def frames_of(refs: Iterable[Ref]) -> dict[str, Ref]:
    """Return the frames by name, in order; a picture that is named twice counts once.

    Raises:
        AssetFailed: Two pictures would be frames of one name.
    """
    frames: dict[str, Ref] = {}
    for ref in refs:
        name = frame_name(ref)
        if frames.setdefault(name, ref) != ref:
            raise AssetFailed(
                f"two pictures of the sheet are named `{name}`",
                hint="frames are named by their assets, files by their paths without"
                " the suffix; leave one out, or rename its asset",
            )
    return frames


def animations_of(sheet: Sheet, names: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Return the frames of each animation, globs replaced by the frames they match.

    Args:
        sheet: Names the animations.
        names: Of all its frames, in order.

    Raises:
        AssetFailed: An animation names a frame that the sheet has not.
    """
    found: dict[str, tuple[str, ...]] = {}
    known = set(names)
    for animation, words in sheet.animations.items():
        frames: list[str] = []
        for word in words:
            matches = _matching(word, names, known)
            if not matches:
                raise AssetFailed(
                    f"the animation `{animation}` names `{word}`, which is no frame of "
                    "the sheet",
                    hint=did_you_mean(word, names)
                    or "frames are named by their assets; add it to `frames`",
                )
            frames.extend(matches)
        found[animation] = tuple(frames)
    return found


def _matching(word: str, names: Sequence[str], known: Container[str]) -> Sequence[str]:
    if word in known:
        return (word,)
    if not is_glob(word):
        return ()
    return [name for name in names if fnmatchcase(name, word)]


def refuse_uneven(sizes: Mapping[str, Size]) -> None:
    """Do nothing if frames can move in one file, that is, if they are of one size.

    Args:
        sizes: By the frame's name, in order.

    Raises:
        AssetFailed: Two of them differ.
    """
    first = next(iter(sizes), "")
    for name, size in sizes.items():
        if size != sizes[first]:
            raise AssetFailed(
                f"frames that move are of one size, and {first} is {sizes[first]},"
                f" {name} {size}",
                hint="give them one size: `process: [{pad: {to: WxH}}]` of their assets",
            )


# --- files --------------------------------------------------------------------


def parts_of(out: Output, pages: int) -> tuple[Part, ...]:
    """Return the files that an output of a sheet stands for: pictures, then data.

    Several pages are numbered: ``items-0.png`` with ``items-0.json``. Phaser reads the
    data of several pages from one file, and Godot's resource speaks of all pages, too.
    """
    assert out.data is not None
    parts = [_part("picture", out.path, page, pages) for page in range(pages)]
    if not out.data.endswith(".tres"):
        if out.engine == "phaser" and pages > 1:
            parts.append(_part("json", out.data, None, pages))
        else:
            parts += [_part("json", out.data, page, pages) for page in range(pages)]
    if out.engine == "godot":
        stem, _, _ = out.data.rpartition(".")
        parts.append(_part("tres", f"{stem}.tres", None, pages))
    return tuple(parts)


def _part(kind: PartKind, path: str, page: int | None, pages: int) -> Part:
    if page is not None and pages > 1:
        path = numbered(path, page)
    return Part(kind=kind, page=page, pages=pages, path=path)


def numbered(path: str, page: int | str) -> str:
    """Return the path of one of several pages: ``items.png`` to ``items-0.png``."""
    stem, dot, suffix = path.rpartition(".")
    return f"{stem}-{page}{dot}{suffix}"


def part_key(key: Key, part: Part) -> Key:
    """Return the key of one file.

    Args:
        key: Of the output's pictures for a picture, of its data for a data file.
        part: The file.
    """
    text = f"{part.kind} {'' if part.page is None else part.page} of {key}"
    return Key(sha256(text.encode()).hexdigest())


def count_pages(key: Key, known: Container[Key]) -> int:
    """Return how many pages of an output are among keys that were written whole.

    Args:
        key: Of the output's pictures.
        known: Keys of all files that the last build left of an asset.
    """
    for page in range(MAX_PAGES):
        part = Part(kind="picture", page=page, pages=0, path="")
        if part_key(key, part) not in known:
            return page
    return MAX_PAGES


def reading_of(sheet: Sheet, names: Sequence[str], out: Output) -> Mapping[str, object]:
    """Return everything that the data say beside where the frames lie, as plain data."""
    assert out.data is not None
    return {
        "frames": list(names),
        "suffix": sheet.frame_suffix,
        "animations": [[name, list(words)] for name, words in sheet.animations.items()],
        "engine": out.engine or "web",
        "picture": beside(out.data, out.path),
        "linked": out.data.rpartition("/")[2] if out.engine == "pixi" else "",
    }
