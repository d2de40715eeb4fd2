"""A font for tests, made here: every character is the same box.

An em has 1000 units. A box goes from 100 to 400 across and from 0 to 700 up; a character
is 500 wide, a blank too, lines are 800 above and 200 below the base line. So at 100 px a
letter is 50 px wide, its box 30x70 px, and a line 100 px high.
"""

from __future__ import annotations

import struct

LATIN = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.,-!'"


def box_font(characters: str = LATIN, *, form: int = 4) -> bytes:
    """Return a TrueType font that has a blank and these characters.

    Args:
        characters: Every one gets the same box.
        form: Of its table of characters: 4, 6 (only the blank then) or 12.
    """
    numbers = sorted({ord(each) for each in characters} | {32})
    box = _box()
    glyphs = [box, b"", box]  # missing, blank, box
    offsets = [0, len(box), len(box), 2 * len(box)]
    glyph_of = {number: 1 if number == 32 else 2 for number in numbers}
    tables = {
        b"cmap": _character_table(glyph_of, form),
        b"glyf": b"".join(glyphs),
        b"head": struct.pack(
            ">IIIIHHQQhhhhHHhhh",
            0x10000, 0x10000, 0, 0x5F0F3CF5, 0, 1000, 0, 0, 100, 0, 400, 700, 0, 6, 2,
            1, 0,
        ),
        b"hhea": struct.pack(
            ">IhhhHhhhhhhhhhhhH",
            0x10000, 800, -200, 0, 500, 100, 100, 400, 1, 0, 0, 0, 0, 0, 0, 0, 3,
        ),
        b"hmtx": struct.pack(">HhHhHh", 500, 100, 500, 0, 500, 100),
        b"loca": struct.pack(f">{len(offsets)}I", *offsets),
        b"maxp": struct.pack(">IHHHHHHHHHHHHHH", 0x10000, 3, 4, 1, *[0] * 11),
    }  # fmt: skip
    return _file(tables)


def _box() -> bytes:
    """Return a glyph of four corners."""
    flags = bytes([1, 1, 1, 1])
    across = struct.pack(">hhhh", 100, 0, 300, 0)
    up = struct.pack(">hhhh", 0, 700, 0, -700)
    head = struct.pack(">hhhhhHH", 1, 100, 0, 400, 700, 3, 0)
    data = head + flags + across + up
    return data + bytes(-len(data) % 4)


def _character_table(glyph_of: dict[int, int], form: int) -> bytes:
    """Return a `cmap` with one map."""
    encoding = 10 if form == 12 else 1
    head = struct.pack(">HHHHI", 0, 1, 3, encoding, 12)
    if form == 12:
        groups = [struct.pack(">III", n, n, glyph) for n, glyph in glyph_of.items()]
        size = 16 + 12 * len(groups)
        sub = struct.pack(">HHIII", 12, 0, size, 0, len(groups)) + b"".join(groups)
    elif form == 6:
        sub = struct.pack(">HHHHHH", 6, 12, 0, 32, 1, 1)
    else:
        rows = [(n, n, (glyph - n) & 0xFFFF) for n, glyph in glyph_of.items()]
        rows.append((0xFFFF, 0xFFFF, 1))
        count = len(rows)
        sub = struct.pack(">HHHHHHH", 4, 16 + 8 * count, 0, 2 * count, 0, 0, 0)
        sub += b"".join(struct.pack(">H", end) for _, end, _ in rows) + bytes(2)
        sub += b"".join(struct.pack(">H", start) for start, _, _ in rows)
        sub += b"".join(struct.pack(">H", delta) for _, _, delta in rows)
        sub += bytes(2 * count)
    return head + sub


def _file(tables: dict[bytes, bytes]) -> bytes:
    """Return the tables as a font file."""
    at = 12 + 16 * len(tables)
    rows, body = b"", b""
    for tag, data in tables.items():
        rows += struct.pack(">4sIII", tag, 0, at + len(body), len(data))
        body += data + bytes(-len(data) % 4)
    return struct.pack(">IHHHH", 0x10000, len(tables), 0, 0, 0) + rows + body
