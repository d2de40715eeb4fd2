"""Draw the glyph atlas of the placeholder provider; run by hand, its result is kept.

Letters come from a picture and not from a font, so that placeholders have the same
pixels whatever FreeType or Pillow is installed. The font is Aileron Regular by Sora
Sagano (CC0 1.0), which Pillow carries; a thin stroke makes it a little bolder.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

from PIL import Image, ImageDraw, ImageFont

PLACE: Final = Path(__file__).parents[1] / "assetgen/providers/placeholder"
EM_PX: Final = 64
LINE_PX: Final = 80
BASELINE_PX: Final = 62
COLUMNS_PX: Final = 1024
STROKE_PX: Final = 1.1
MISSING: Final = "\N{WHITE VERTICAL RECTANGLE}"
EXTRAS: Final = "©«°±´·»‘’“”…™"  # noqa: RUF001  # quotes of all kinds


def main() -> None:
    """Write `glyphs.png` and `glyphs.json`."""
    font = ImageFont.load_default(EM_PX)
    assert isinstance(font, ImageFont.FreeTypeFont)
    characters = [chr(code) for code in range(0x20, 0x7F)] + list(EXTRAS)
    sheet = Image.new("L", (COLUMNS_PX, LINE_PX * 9))
    pen = ImageDraw.Draw(sheet)
    glyphs: dict[str, list[int]] = {}
    x = y = 0
    for character in [*characters, MISSING]:
        left, _, right, _ = font.getbbox(character, anchor="ls", stroke_width=STROKE_PX)
        advance = round(font.getlength(character) + STROKE_PX)
        if character == MISSING:
            left, right, advance = 3, 33, 36
        bearing, width = int(left) - 1, int(right) - int(left) + 3
        if x + width > COLUMNS_PX:
            x, y = 0, y + LINE_PX
        if character == MISSING:
            box = (x + 2, y + 18, x + width - 3, y + BASELINE_PX)
            pen.rectangle(box, outline=255, width=5)
        else:
            at = (x - bearing, y + BASELINE_PX)
            pen.text(at, character, 255, font, "ls", stroke_width=STROKE_PX)
        glyphs[character] = [x, y, width, bearing, advance]
        x += width + 1
    used = sheet.crop((0, 0, COLUMNS_PX, y + LINE_PX))
    used.save(PLACE / "glyphs.png", optimize=True)
    table = {
        "licence": "Glyphs drawn from Aileron Regular by Sora Sagano, CC0 1.0",
        "em": EM_PX,
        "line": LINE_PX,
        "baseline": BASELINE_PX,
        "missing": MISSING,
        "glyphs": glyphs,
    }
    text = json.dumps(table, ensure_ascii=False, separators=(",", ":"))
    (PLACE / "glyphs.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
