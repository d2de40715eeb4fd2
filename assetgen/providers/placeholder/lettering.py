"""Measures, breaks and draws text with the glyphs that come with the package.

No font engine takes part: the letters are a picture (`glyphs.png`) with a table
(`glyphs.json`), so a caption has the same pixels on every machine. Letters that the
picture lacks are spelled with those it has, or stand as a box.
"""

# the table is about letters that look like others
from __future__ import annotations

import json
import re
import unicodedata
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Final

from assetgen.values import Value

if TYPE_CHECKING:
    from collections.abc import Mapping

    from PIL.Image import Image

_SPELLED: Final[Mapping[str, str]] = {
    "ß": "ss", "æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE", "ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "đ": "d",
    "Đ": "D", "ð": "d", "Ð": "D", "þ": "th", "Þ": "Th", "ı": "i", "€": "EUR", "£": "GBP", "×": "x", "–": "-",
    "—": "-", "‐": "-", "‑": "-", "−": "-", "•": "·", "‚": ",", "„": "“", "′": "'", "″": '"', "¿": "?", "¡": "!",
    "®": "(R)", "¼": "1/4", "½": "1/2",
    **dict(zip("абвгдезийклмнопрстуфыэ", "abvgdezijklmnoprstufye", strict=True)),
    "ж": "zh", "х": "kh", "ц": "ts", "ч": "ch", "ш": "sh", "щ": "shch", "ъ": "", "ь": "", "ю": "yu", "я": "ya", "ё": "e",
    **dict(zip("αβγδεζηικλμνξοπρστυφω", "abgdeziiklmnxoprstyfo", strict=True)), "ς": "s", "θ": "th", "χ": "ch", "ψ": "ps",
}  # fmt: skip


class Glyphs(Value):
    """The table of letters.

    Attributes:
        em: Size of the letters in `glyphs.png`, in px; also the unit of widths.
        line: Height of a row of the picture.
        baseline: Where letters stand in a row, from its top.
        missing: Stands for what cannot be spelled.
        cells: Left, top, width, bearing and advance of each letter, in px.
    """

    em: int
    line: int
    baseline: int
    missing: str
    cells: Mapping[str, tuple[int, int, int, int, int]]


@lru_cache(maxsize=1)
def glyphs() -> Glyphs:
    """Return the table that comes with the package."""
    text = files(__package__).joinpath("glyphs.json").read_text(encoding="utf-8")
    table = json.loads(text)
    cells = {name: tuple(cell) for name, cell in table["glyphs"].items()}
    return Glyphs(
        table["em"], table["line"], table["baseline"], table["missing"], cells
    )


def spelled(text: str) -> str:
    """Return the text in letters that can be drawn; at most two boxes in a row."""
    table = glyphs()
    letters: list[str] = []
    for composed in text:
        if composed in table.cells:
            letters.append(composed)
            continue
        if composed in _SPELLED:
            letters.append(_SPELLED[composed])
            continue
        for letter in unicodedata.normalize("NFKD", composed):
            if unicodedata.combining(letter):
                continue
            lower = _SPELLED.get(letter.lower())
            if letter in table.cells:
                letters.append(letter)
            elif lower is not None:
                letters.append(lower if letter.islower() else lower.capitalize())
            else:
                letters.append(table.missing)
    return re.sub(f"({table.missing}\\s*){{3,}}", table.missing * 2, "".join(letters))


def width_of(text: str, size: float) -> float:
    """Return how wide a spelled text is, in px, when set in `size` px."""
    table = glyphs()
    return sum(table.cells[each][4] for each in text) * size / table.em


def wrapped(text: str, size: float, width: float, lines: int) -> tuple[str, ...]:
    """Return a spelled text in at most `lines` lines; the rest becomes an ellipsis.

    Lines break at spaces and after ``/ - _ .``, and inside a word only when it is
    longer than a line.
    """
    found: list[str] = []
    line = ""
    pieces = [each for each in re.split(r"(?<=[/\-_. ])", text) if each]
    while pieces:
        piece = pieces.pop(0)
        if width_of((line + piece).rstrip(), size) <= width:
            line += piece
            continue
        if not line:
            cut = _fitting(piece, size, width)
            line, piece = piece[:cut], piece[cut:]
        if len(found) == lines - 1:
            found.append(shortened(line + piece + "…", size, width))
            return tuple(found)
        found.append(line.rstrip())
        line = ""
        if piece:
            pieces.insert(0, piece)
    if line.strip():
        found.append(line.rstrip())
    return tuple(found)


def shortened(text: str, size: float, width: float) -> str:
    """Return the text, cut before its end and with an ellipsis if it is too wide."""
    if width_of(text, size) <= width:
        return text
    room = width - width_of("…", size)
    if room <= 0:
        return ""
    cut = text.rstrip("…")
    while cut and width_of(cut, size) > room:
        cut = cut[:-1]
    return cut.rstrip(" /-_.") + "…"


def _fitting(word: str, size: float, width: float) -> int:
    """Return how many letters of a word fit; at least one."""
    count = 1
    while count < len(word) and width_of(word[: count + 1], size) <= width:
        count += 1
    return count


@lru_cache(maxsize=1)
def _atlas() -> Image:
    """Return the picture of all letters, mode L."""
    from PIL import Image

    with files(__package__).joinpath("glyphs.png").open("rb") as file:
        return Image.open(file, formats=("PNG",)).convert("L")


def text_mask(text: str, size: float) -> tuple[Image, float]:
    """Return a line of spelled text as coverage, and where its baseline lies.

    Args:
        text: One line, not empty.
        size: Of the letters, in px.

    Returns:
        Mode L, 0 to 255, and the distance of the baseline from the top in px.
    """
    from PIL import Image

    table, atlas = glyphs(), _atlas()
    total = sum(table.cells[each][4] for each in text) + 4
    strip = Image.new("L", (total, table.line))
    x = 2
    for each in text:
        left, top, width, bearing, advance = table.cells[each]
        cell = atlas.crop((left, top, left + width, top + table.line))
        strip.paste(255, (x + bearing, 0), cell)
        x += advance
    scale = size / table.em
    wanted = (max(1, round(total * scale)), max(1, round(table.line * scale)))
    return strip.resize(wanted, Image.Resampling.BICUBIC), table.baseline * scale
