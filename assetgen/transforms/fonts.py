"""Font files that nobody trusts: are they fonts, and which characters do they have?

Only the table of characters is read here, with plain arithmetic; FreeType draws. A font
is known by its first bytes, never by its suffix.

Source: OpenType 1.9, chapters "Organization of an OpenType Font" and "cmap".
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Final

from assetgen.errors import AssetFailed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

MAX_FONT_BYTES: Final = 64 * 2**20
"""Larger font files are not opened; those with all of Chinese have about 20 MB."""

MAX_TABLES: Final = 256
"""Tables of a font, and character maps of one, that are looked at."""

_SINGLE: Final = (b"\0\1\0\0", b"OTTO", b"true")
_COLLECTION: Final = b"ttcf"
_UNICODE_MAPS: Final = ((3, 10), (0, 6), (0, 4), (3, 1), (0, 3), (0, 2), (0, 1), (0, 0))
"""Platform and encoding of the maps from Unicode, the fullest first."""


class FontRefused(AssetFailed):
    """The bytes are no font that may be used."""

    code = "font-refused"


def missing_characters(data: bytes, text: Iterable[str]) -> tuple[str, ...]:
    """Return the characters that a font has no glyph for, each once, in order.

    Args:
        data: A whole TrueType or OpenType file; of a collection the first font counts.
        text: What is to be set.

    Raises:
        FontRefused: It is no such font, is damaged or too large, or has no map from
            Unicode.
    """
    try:
        glyph_of = _character_map(data)
        return tuple(each for each in dict.fromkeys(text) if not glyph_of(ord(each)))
    except struct.error:
        raise FontRefused("the font is damaged: a table ends too early") from None


def _character_map(data: bytes) -> Callable[[int], int]:
    """Return the function from a character's number to its glyph's; 0 is none."""
    start = _find_map(data)
    (form,) = struct.unpack_from(">H", data, start)
    if form == 4:
        return lambda number: _glyph_by_segments(data, start, number)
    if form == 6:
        return lambda number: _glyph_by_list(data, start, number)
    if form == 12:
        return lambda number: _glyph_by_groups(data, start, number)
    raise FontRefused(f"the font's table of characters has an unknown form, {form}")


def _find_map(data: bytes) -> int:
    """Return where the fullest map from Unicode begins."""
    table = _find_table(data, b"cmap")
    (count,) = struct.unpack_from(">H", data, table + 2)
    found: dict[tuple[int, int], int] = {}
    for position in range(min(count, MAX_TABLES)):
        at = table + 4 + 8 * position
        platform, encoding, offset = struct.unpack_from(">HHI", data, at)
        (form,) = struct.unpack_from(">H", data, table + offset)
        if form in (4, 6, 12):
            found.setdefault((platform, encoding), table + offset)
    for kind in _UNICODE_MAPS:
        if kind in found:
            return found[kind]
    raise FontRefused("the font has no table of Unicode characters")


def _find_table(data: bytes, tag: bytes) -> int:
    """Return where a table of the (first) font begins."""
    if len(data) > MAX_FONT_BYTES:
        raise FontRefused(
            f"the font has {len(data):,} bytes; at most {MAX_FONT_BYTES:,} are allowed"
        )
    start = 0
    if data[:4] == _COLLECTION:
        (start,) = struct.unpack_from(">I", data, 12)
    if data[start : start + 4] not in _SINGLE:
        raise FontRefused(
            "this is no TrueType or OpenType font",
            hint="take a .ttf or .otf file; web fonts must be unpacked",
        )
    (count,) = struct.unpack_from(">H", data, start + 4)
    for position in range(min(count, MAX_TABLES)):
        name, _, offset = struct.unpack_from(">4sII", data, start + 12 + 16 * position)
        if name == tag:
            return int(offset)
    raise FontRefused(f"the font is damaged: it has no table `{tag.decode()}`")


def _glyph_by_segments(data: bytes, start: int, number: int) -> int:
    """Return the glyph of a character by a map of form 4."""
    if number > 0xFFFF:
        return 0
    (doubled,) = struct.unpack_from(">H", data, start + 6)
    ends, count = start + 14, doubled // 2
    low = _first(count, lambda i: _short(data, ends + 2 * i) >= number)
    if low == count:
        return 0
    at = ends + doubled + 2 + 2 * low
    first, delta = _short(data, at), _short(data, at + doubled)
    offset = _short(data, at + 2 * doubled)
    if number < first:
        return 0
    if not offset:
        return (number + delta) & 0xFFFF
    glyph = _short(data, at + 2 * doubled + offset + 2 * (number - first))
    return (glyph + delta) & 0xFFFF if glyph else 0


def _glyph_by_list(data: bytes, start: int, number: int) -> int:
    """Return the glyph of a character by a map of form 6."""
    first, count = struct.unpack_from(">HH", data, start + 6)
    if not first <= number < first + count:
        return 0
    return _short(data, start + 10 + 2 * (number - first))


def _glyph_by_groups(data: bytes, start: int, number: int) -> int:
    """Return the glyph of a character by a map of form 12."""
    (count,) = struct.unpack_from(">I", data, start + 12)
    count = min(count, len(data) // 12)
    groups = start + 16

    def ends_at_or_after(position: int) -> bool:
        (last,) = struct.unpack_from(">I", data, groups + 12 * position + 4)
        return bool(last >= number)

    low = _first(count, ends_at_or_after)
    if low == count:
        return 0
    first, _, glyph = struct.unpack_from(">III", data, groups + 12 * low)
    return int(glyph + number - first) if number >= first else 0


def _first(count: int, holds: Callable[[int], bool]) -> int:
    """Return the first position for which `holds`, by halving; `count` if there is none."""
    low, high = 0, count
    while low < high:
        middle = (low + high) // 2
        if holds(middle):
            high = middle
        else:
            low = middle + 1
    return low


def _short(data: bytes, at: int) -> int:
    """Return the 16 bits at a place."""
    return int(struct.unpack_from(">H", data, at)[0])
