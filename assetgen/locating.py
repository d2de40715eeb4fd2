"""Lines of a few places in large spec files: only the entries that are asked for are read.

`document.locate` reads a whole file again to find a place in it. Here a file is cut into
its entries first, by lines, and only the pieces with the places are read; where that is
not certain, or nearly every entry is asked for, the whole is.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from assetgen import document
from assetgen.errors import SpecInvalid

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from assetgen.spans import Place

_FEW: Final = 200
_FIRST_KEY: Final = re.compile(
    r"""(?:[ \t]*(?:#[^\n]*)?\n)*[ ]+(?:"([^"\\]*)"|'([^']*)'|([^\s"'][^:\n]*)):(?=\s)"""
)
_LINES_BEFORE: Final = 2
"""A piece stands below `assets:`, and lines count from 1."""


def lines_of(
    places: Iterable[Place], read: Callable[[str], bytes | None]
) -> Mapping[Place, int]:
    """Return the line of each place, from 1, as far as the files can be read.

    Args:
        places: In any files of the spec.
        read: Gives a spec file's bytes; None where it is gone.
    """
    wanted: dict[str, set[Place]] = {}
    for place in places:
        wanted.setdefault(place.file, set()).add(place)
    found: dict[Place, int] = {}
    for file, here in wanted.items():
        data = read(file)
        if data is not None:
            found.update(_lines_in(data, file, here))
    return found


def _lines_in(data: bytes, file: str, places: set[Place]) -> dict[Place, int]:
    keys = {_key_of(place) for place in places}
    found: dict[Place, int] = {}
    if None not in keys and len(keys) <= _FEW:
        found = _from_pieces(data, file, places)
    rest = places - found.keys()
    if rest:
        excerpts = document.locate(data, file, rest)
        found.update((place, each.span.line) for place, each in excerpts.items())
    return found


def _key_of(place: Place) -> str | None:
    """Return the key of the entry that a place is in; None for places elsewhere."""
    if len(place.pointer) > 1 and place.pointer[0] == "assets":
        return str(place.pointer[1])
    return None


def _from_pieces(data: bytes, file: str, places: set[Place]) -> dict[Place, int]:
    try:
        split = document.split_entries(document.decode(data, file))
    except SpecInvalid:
        return {}
    by_key: dict[str | None, set[Place]] = {}
    for place in places:
        by_key.setdefault(_key_of(place), set()).add(place)
    found: dict[Place, int] = {}
    for first, piece in split.entries if split is not None else ():
        named = _FIRST_KEY.match(piece)
        if named is None:
            continue
        key = next(each for each in named.groups() if each is not None)
        here = by_key.get(key, set())
        if here:
            text = f"assets:\n{piece}".encode()
            for place, each in document.locate(text, file, here).items():
                found[place] = each.span.line - _LINES_BEFORE + first
    return found
