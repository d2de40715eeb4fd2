"""Layers of text: a font of the repository, words and a place become a picture.

Text that only needs letters side by side is set by Pillow's own simple layout, which is
the same wherever FreeType is. Scripts that join, reorder or run from right to left need
HarfBuzz and FriBiDi; where they are missing such a text is refused, never set wrongly.

What FreeType draws may differ a little between its versions; identities and keys are
made of the words, the font's bytes and the options, so nothing is made again for that.
"""

from __future__ import annotations

import contextlib
import io
import math
import re
import unicodedata
from typing import TYPE_CHECKING, Any, Final

from PIL import Image, ImageDraw, ImageFont, features

from assetgen.catalog import TEXT_DEFAULTS
from assetgen.errors import AssetFailed
from assetgen.model import Size
from assetgen.transforms import arguments
from assetgen.transforms.fonts import FontRefused, missing_characters
from assetgen.transforms.placement import anchored, length_px
from assetgen.values import Value

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from assetgen.model import Length, TextLayer

NAMED_CHARACTERS: Final = 10
"""Missing characters that a message names."""

_BLANKS: Final = re.compile(r"[ \t]+")
# Characters of Chinese and Japanese, and brackets and stops that stay with them.
_WIDE: Final = "\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff"
_OPENING: Final = "\uff08\u300c\u300e\u3010\u3008\u300a\u201c\u2018"
_CLOSING: Final = (
    "\u3001\u3002\uff0c\uff0e\uff09\u300d\u300f\u3011"
    "\u3009\u300b\uff01\uff1f\uff1a\uff1b\u201d\u2019"
)
_PIECES: Final = re.compile(f"[{_OPENING}]*[{_WIDE}][{_CLOSING}]*|-*[^{_WIDE}-]+-*|-+")
_VARIANTS: Final = re.compile("[\ufe00-\ufe0f]")


class Block(Value):
    """Lines of text in their place.

    Attributes:
        lines: Each with the x and y of its top left corner, in px.
        color: Of the letters.
        font: As Pillow opened it.
    """

    lines: tuple[tuple[str, int, int], ...]
    color: arguments.Color
    font: ImageFont.FreeTypeFont


def set_text(layer: TextLayer, canvas: Size, font: bytes) -> Block:
    """Return where the lines of a layer stand on a canvas; nothing is drawn yet.

    Args:
        layer: Its options in normal form.
        canvas: Of the composition.
        font: The font file's bytes.

    Raises:
        FontRefused: The bytes are no usable font.
        AssetFailed: The font lacks characters, or the text does not fit; the message
            names them, or both sizes.
    """
    options = {**TEXT_DEFAULTS, **layer.options}
    text = _plain(layer.text)
    _refuse_missing(text, font)
    with _refusing():
        return _set(text, options, canvas, font)


def _set(text: str, options: Mapping[str, Any], canvas: Size, font: bytes) -> Block:
    """Return where the lines of a plain text stand."""
    opened = _open_font(font, arguments.number(options, "size"), text)
    limit = _limit(options, canvas)
    lines = _broken(text, opened, limit)
    widths = [math.ceil(opened.getlength(line)) for line in lines]
    line_height = max(1, sum(opened.getmetrics()))
    size = Size(max(1, limit or max(widths)), line_height * len(lines))
    left, top = _corner(options, size, canvas)
    aligned = [
        (line, left + _indent(options, size.width - width), top + row * line_height)
        for row, (line, width) in enumerate(zip(lines, widths, strict=True))
    ]
    _refuse_cut(opened, aligned, canvas)
    return Block(tuple(aligned), arguments.color(options, "color"), opened)


def require_font(data: bytes) -> None:
    """Do nothing for bytes that are a usable font.

    Raises:
        FontRefused: They are not; the message says why.
    """
    missing_characters(data, "")
    with _refusing():
        _open_font(data, 16, "").getlength("x")


def option(layer: TextLayer, name: str) -> Any:
    """Return an option of a layer, or its default."""
    return layer.options.get(name, TEXT_DEFAULTS[name])


def draw_text(block: Block, canvas: Size) -> Image.Image:
    """Return the text alone, as large as the canvas; mode RGBA."""
    covered = Image.new("L", (canvas.width, canvas.height), 0)
    pen = ImageDraw.Draw(covered)
    with _refusing():
        for line, left, top in block.lines:
            pen.text((left, top), line, fill=255, font=block.font)
    *color, alpha = block.color
    picture = Image.new("RGBA", covered.size, (*color, 0))
    picture.putalpha(covered.point([level * alpha // 255 for level in range(256)]))
    return picture


# --- the text -----------------------------------------------------------------


def _plain(text: str) -> str:
    """Return the text as it is set: composed accents, LF, single blanks, no rests."""
    text = unicodedata.normalize("NFC", text)
    text = text.replace("\r\n", "\n").replace("\r", "\n").strip("\n")
    lines = (_BLANKS.sub(" ", line).strip(" ") for line in text.split("\n"))
    text = "\n".join(lines)
    if _needs_shaping(text):
        return text
    # The simple layout would draw boxes for what only shaping understands.
    text = _VARIANTS.sub("", text)
    return "".join(each for each in text if unicodedata.category(each) != "Cf")


def _needs_shaping(text: str) -> bool:
    """Return whether letters side by side, from left to right, are not enough."""
    return any(
        unicodedata.bidirectional(each) in ("R", "AL", "AN")
        or unicodedata.category(each) in ("Mn", "Mc", "Me")
        or "\u0900" <= each <= "\u109f"
        or "\u1780" <= each <= "\u17ff"
        for each in _VARIANTS.sub("", text)
    )


def _refuse_missing(text: str, font: bytes) -> None:
    """Do nothing if the font has every character."""
    wanted = [
        each
        for each in text
        if each not in " \n"
        and unicodedata.category(each) != "Cf"
        and not _VARIANTS.match(each)
    ]
    missing = missing_characters(font, wanted)
    if not missing:
        return
    named = [
        f"`{each}` (U+{ord(each):04X})" if each.isprintable() else f"U+{ord(each):04X}"
        for each in missing[:NAMED_CHARACTERS]
    ]
    more = len(missing) - len(named)
    raise AssetFailed(
        "the font has no letters for "
        + ", ".join(named)
        + (f" and {more} more" if more else ""),
        hint="take a font that has them, or other words",
    )


def _broken(text: str, font: ImageFont.FreeTypeFont, limit_px: int | None) -> list[str]:
    """Return the text's lines, none wider than the limit."""
    paragraphs = text.split("\n")
    if limit_px is None:
        return paragraphs
    return [line for each in paragraphs for line in _wrapped(each, font, limit_px)]


def _wrapped(paragraph: str, font: ImageFont.FreeTypeFont, limit_px: int) -> list[str]:
    """Return a paragraph in lines as full as they get, broken between words."""
    lines, line = [], ""
    for glue, piece in _pieces(paragraph):
        longer = f"{line}{glue}{piece}" if line else piece
        if font.getlength(longer) <= limit_px:
            line = longer
            continue
        if font.getlength(piece) > limit_px:
            raise AssetFailed(
                f"`{piece[:40]}` alone is {math.ceil(font.getlength(piece))} px wide,"
                f" but `max_width` is {limit_px} px",
                hint="a smaller `size`, a larger `max_width`, or a shorter word",
            )
        lines.append(line)
        line = piece
    return [*lines, line]


def _pieces(paragraph: str) -> list[tuple[str, str]]:
    """Return what must stay together, each with what stands before it in a line.

    Lines break at blanks, after hyphens, and around Chinese and Japanese characters.
    """
    found = []
    for word in paragraph.split(" "):
        for position, piece in enumerate(_PIECES.findall(word)):
            found.append(("" if position else " ", piece))
    return found


# --- the font -----------------------------------------------------------------


def _open_font(data: bytes, size_px: float, text: str) -> ImageFont.FreeTypeFont:
    """Return the font at a size, with the layout that the text needs."""
    engine = ImageFont.Layout.BASIC
    if _needs_shaping(text):
        engine = ImageFont.Layout.RAQM
        if not features.check("raqm"):
            raise AssetFailed(
                "this text needs HarfBuzz and FriBiDi, which this Pillow lacks",
                hint="install FriBiDi, or take a Pillow with `raqm`",
            )
    return ImageFont.truetype(io.BytesIO(data), size_px, layout_engine=engine)


@contextlib.contextmanager
def _refusing() -> Iterator[None]:
    """Turn what Pillow says of a font, now or at its first damaged letter, into ours."""
    try:
        yield
    except (OSError, ValueError) as error:
        raise FontRefused(f"the font cannot be used: {error}") from None


# --- the place ----------------------------------------------------------------


def _limit(options: Mapping[str, Any], canvas: Size) -> int | None:
    """Return the width at which lines break, in px."""
    if options.get("max_width") is None:
        return None
    length = arguments.parse_length(options["max_width"])
    return max(1, length_px(length, canvas.width))


def _corner(options: Mapping[str, Any], size: Size, canvas: Size) -> tuple[int, int]:
    """Return the top left corner of a block of text."""
    at = options["at"]
    if not isinstance(at, str):
        x, y = map(arguments.parse_length, at)
        return length_px(x, canvas.width), length_px(y, canvas.height)
    margin = arguments.parse_length(options["margin"])
    across, down = _margins(margin, canvas)
    room = Size(canvas.width - 2 * across, canvas.height - 2 * down)
    if size.width > room.width or size.height > room.height:
        within = "" if not (across or down) else f", and its margins leave {room}"
        raise AssetFailed(
            f"the text takes {size}, but the canvas is {canvas}{within}",
            hint="a smaller `size`, a `max_width`, or less text",
        )
    left, top = anchored(at, size, room)
    return across + left, down + top


def _margins(margin: Length, canvas: Size) -> tuple[int, int]:
    """Return a margin in px; percent are of the width and of the height."""
    return length_px(margin, canvas.width), length_px(margin, canvas.height)


def _indent(options: Mapping[str, Any], free_px: int) -> int:
    """Return how far a line is moved to the right within its block."""
    align = options.get("align") or _align_of(options["at"])
    return {"left": 0, "center": free_px // 2, "right": free_px}[align]


def _align_of(at: object) -> str:
    """Return the alignment that goes with a position."""
    if not isinstance(at, str) or at.endswith("left"):
        return "left"
    return "right" if at.endswith("right") else "center"


def _refuse_cut(
    font: ImageFont.FreeTypeFont, lines: Sequence[tuple[str, int, int]], canvas: Size
) -> None:
    """Do nothing if all that will be drawn lies on the canvas."""
    pen = ImageDraw.Draw(Image.new("L", (1, 1)))
    boxes = [pen.textbbox((x, y), line, font=font) for line, x, y in lines if line]
    left, top = (math.floor(min(box[i] for box in boxes)) for i in (0, 1))
    right, lower = (math.ceil(max(box[i] for box in boxes)) for i in (2, 3))
    if left < 0 or top < 0 or right > canvas.width or lower > canvas.height:
        raise AssetFailed(
            f"the text takes {Size(right - left, lower - top)} at {left},{top}, but the"
            f" canvas is {canvas}",
            hint="a smaller `size`, a `max_width`, less text, or another `at`",
        )
