"""Put our entries into a JSON file that is somebody else's, and take them out; pure.

Everything else stays: other keys, their order, other entries, indentation, line ends. A
file in which nothing has to change keeps its very bytes.
"""

from __future__ import annotations

import codecs
import json
import re
from typing import TYPE_CHECKING, Any, Final

from assetgen.errors import PolicyRefused

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from assetgen.companions.planned import Companion, Listing
    from assetgen.model import Json

MAX_BYTES: Final = 4 * 1024 * 1024
_INDENT = re.compile(r"\n([ \t]+)\S")


def merged(
    data: bytes, companion: Companion, gone: Collection[str], shown: str
) -> bytes:
    """Return the file with our entries in it.

    An entry of a file of ours is brought up to date where it stands, and keeps what
    else it holds; new ones come last.

    Args:
        data: The file as it is.
        companion: One that has a `listing`.
        gone: Files whose entries are to go: they were ours.
        shown: The file, for messages.

    Raises:
        PolicyRefused: The file is not what it should be; nothing can be changed in it.
    """
    listing = companion.listing
    assert listing is not None
    document, others = _parsed(data, listing, shown)
    entries = _brought_up(others, companion.entries, listing, gone)
    if entries == others and (others or listing.key in document):
        return data
    return _written(data, {**document, listing.key: entries})


def without(data: bytes, listing: Listing, gone: Collection[str], shown: str) -> bytes:
    """Return the file without the entries of some files; errors as `merged`."""
    document, others = _parsed(data, listing, shown)
    kept = _brought_up(others, (), listing, gone)
    return data if kept == others else _written(data, {**document, listing.key: kept})


def lacks(data: bytes, companion: Companion, shown: str) -> bool:
    """Return whether an entry of ours is not in the file; errors as `merged`."""
    return merged(data, companion, (), shown) != data


def _brought_up(
    others: Sequence[Any],
    ours: Iterable[Mapping[str, Json]],
    listing: Listing,
    gone: Collection[str],
) -> list[Any]:
    waiting = {_identity(each, listing): each for each in ours}
    gaps = (
        {identity[1:]: identity for identity in waiting} if listing.fills_gaps else {}
    )
    present = {_identity(each, listing) for each in others}
    found: list[Any] = []
    for entry in others:
        identity = _identity(entry, listing)
        if identity not in waiting and isinstance(entry, dict):
            gap = gaps.get(identity[1:])
            if listing.name not in entry and gap in waiting and gap not in present:
                identity = gap
        mine = waiting.pop(identity, None)
        if mine is not None:
            found.append({**entry, **mine})
        elif not (isinstance(entry, dict) and entry.get(listing.name) in gone):
            found.append(entry)
    return [*found, *(dict(each) for each in waiting.values())]


def _identity(entry: Any, listing: Listing) -> tuple[str, ...]:
    """Return what tells an entry from all others; the file's name first."""
    if not isinstance(entry, dict):
        return ("", json.dumps(entry))
    keys = (listing.name, *listing.slot)
    return tuple(json.dumps(entry.get(key), sort_keys=True) for key in keys)


def _parsed(
    data: bytes, listing: Listing, shown: str
) -> tuple[dict[str, Any], list[Any]]:
    """Return the document, and its list."""
    found: Any = None
    problem = "it is too large"
    if len(data) <= MAX_BYTES:
        try:
            found = json.loads(
                data.decode("utf-8-sig"), object_pairs_hook=_without_twins
            )
            problem = "it is not a JSON object"
        except _TwiceError:
            problem = "a key stands in it twice"
        except (ValueError, RecursionError):
            problem = "it is not JSON"
    if isinstance(found, dict):
        entries = found.get(listing.key, [])
        if isinstance(entries, list):
            return found, entries
        problem = f"its `{listing.key}` is not a list"
    raise PolicyRefused(
        f"entries for icons cannot be put into {shown}: {problem}",
        hint="mend the file or move it away; nothing was written",
    )


class _TwiceError(Exception):
    """A key stands twice in an object of JSON: one of both would be lost."""


def _without_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise _TwiceError
    return found


def _written(data: bytes, document: Mapping[str, Any]) -> bytes:
    """Return the document in the manner of the file that it comes from."""
    text = data.decode("utf-8-sig")
    indent = _INDENT.search(text)
    written = json.dumps(
        document,
        indent=indent.group(1) if indent else 2,
        ensure_ascii=text.isascii() and "\\u" in text,
    )
    if text.rstrip() != text:
        written += "\n"
    if "\r\n" in text:
        written = written.replace("\n", "\r\n")
    start = codecs.BOM_UTF8 if data.startswith(codecs.BOM_UTF8) else b""
    return start + written.encode()
