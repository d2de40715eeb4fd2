"""Diagnostics as text with code frames and as JSON; pure. Annotations: `annotations`.

Everything that a spec or a provider wrote is escaped for where it goes: nothing in it can
move a cursor, change a colour, reverse the direction of text or start a workflow
command. The JSON form is described by ``schemas/diagnostics.schema.json``.
"""

from __future__ import annotations

import json
import posixpath
import re
import unicodedata
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assetgen.errors import Diagnostic, Excerpt

FRAME_WIDTH: Final = 100
"""Most columns of a source line that a frame shows."""

# Controls but tab, C1, marks and overrides of direction, separators, invisible marks, tags.
_UNSAFE: Final = re.compile(
    "[\x00-\x08\x0a-\x1f\x7f-\x9f\xad\u061c\u200b\u200e\u200f\u2028-\u202e"
    "\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e007f]"
)
_COMMAND_STARTS: Final = ("::", "##[")
_NAMED: Final = {"\n": "\\n", "\r": "\\r"}
_RESET: Final = "\x1b[0m"
_COLORS: Final = {
    "error": "\x1b[1;31m",
    "warning": "\x1b[1;33m",
    "note": "\x1b[1;36m",
    "hint": "\x1b[36m",
    "gutter": "\x1b[2m",
    "strong": "\x1b[1m",
}


def escape_terminal(text: str, *, keep_lines: bool = False) -> str:
    r"""Return a text with everything visible that a terminal would act on.

    Args:
        text: From a spec, a provider or a file name.
        keep_lines: Leave line feeds as they are; for texts of several lines.

    Returns:
        The text with ``\x1b``, ``\u202e``, ``\n`` in place of such characters. Tabs and
        backslashes stay.
    """
    if text.isascii() and text.isprintable():
        return text
    if keep_lines:
        return "\n".join(_UNSAFE.sub(_escaped, line) for line in text.split("\n"))
    return _UNSAFE.sub(_escaped, text)


def _escaped(found: re.Match[str]) -> str:
    """Return how one unsafe character is shown."""
    character = found.group()
    if character in _NAMED:
        return _NAMED[character]
    code = ord(character)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


# --- text -----------------------------------------------------------------------


def as_text(
    diagnostics: Sequence[Diagnostic],
    *,
    folder: str = "",
    color: bool = False,
    count: bool = True,
) -> str:
    """Return the diagnostics for people: code frames, hints, and a last line that counts.

    Args:
        diagnostics: In the order to show.
        folder: Of the project, as the reader names it; empty for the current one.
        color: Whether to use the terminal's colours.
        count: Whether the last line says how many there are.

    Returns:
        Lines without a line feed at the end; empty without diagnostics.
    """
    if not diagnostics:
        return ""
    blocks = ["\n".join(_block(each, folder, color=color)) for each in diagnostics]
    return "\n\n".join([*blocks, count_line(diagnostics)] if count else blocks)


def count_line(diagnostics: Sequence[Diagnostic]) -> str:
    """Return how many errors and warnings there are: ``2 errors, 1 warning``."""
    parts = []
    for severity, number in _counts(diagnostics).items():
        if number:
            parts.append(f"{number} {severity}{'s' if number > 1 else ''}")
    return ", ".join(parts)


def _counts(diagnostics: Sequence[Diagnostic]) -> dict[str, int]:
    """Return the number of diagnostics of each severity."""
    severities = [each.severity for each in diagnostics]
    return {name: severities.count(name) for name in ("error", "warning", "note")}


def _block(diagnostic: Diagnostic, folder: str, *, color: bool) -> list[str]:
    """Return the lines of one diagnostic."""
    excerpts = [each for each in (diagnostic.excerpt, *diagnostic.related) if each]
    gutter = max((len(str(each.span.line)) for each in excerpts), default=1)
    head = _paint(
        f"{diagnostic.severity}[{diagnostic.code}]", diagnostic.severity, color
    )
    message = _paint(escape_terminal(diagnostic.message), "strong", color)
    lines = [f"{_where(diagnostic.excerpt, folder)}{head}: {message}"]
    if diagnostic.excerpt is not None:
        lines += _frame(
            diagnostic.excerpt, gutter, "^", diagnostic.severity, color=color
        )
    for related in diagnostic.related:
        label = escape_terminal(related.label or "see here")
        lines.append(f"{' ' * gutter} {_where(related, folder)}{label}")
        lines += _frame(related, gutter, "-", "note", color=color)
    if diagnostic.hint:
        hint = escape_terminal(diagnostic.hint)
        lines.append(f"{' ' * gutter} {_paint('hint', 'hint', color)}: {hint}")
    return lines


def _where(excerpt: Excerpt | None, folder: str) -> str:
    """Return ``file:line:column: ``; a file name cannot start a workflow command."""
    if excerpt is None:
        return ""
    span = excerpt.span
    path = escape_terminal(posixpath.join(folder, span.path))
    if path.startswith(_COMMAND_STARTS):
        path = f"./{path}"
    return f"{path}:{span.line}:{span.column}: "


def _frame(
    excerpt: Excerpt, gutter: int, mark: str, tone: str, *, color: bool
) -> list[str]:
    """Return the source line with a line of marks below; nothing for an empty line."""
    if not excerpt.source_line.strip():
        return []
    shown, before, width = _window(excerpt)
    number = _paint(f"{excerpt.span.line:>{gutter}} |", "gutter", color)
    blank = _paint(f"{' ' * gutter} |", "gutter", color)
    marks = _paint(mark * width, tone, color)
    return [f"{number} {shown}", f"{blank} {' ' * before}{marks}"]


def _window(excerpt: Excerpt) -> tuple[str, int, int]:
    """Return the part of a line to show, and where the marks are, in terminal columns.

    Returns:
        The text, escaped and at most about `FRAME_WIDTH` wide; columns before the marks;
        columns of the marks, at least 1.
    """
    start = excerpt.span.column - 1
    line = excerpt.source_line
    # Far more characters than a frame shows cannot matter, however long the line is.
    first = max(0, start - FRAME_WIDTH)
    cells = [_cell(each) for each in line[first : start + 2 * FRAME_WIDTH]]
    start -= first
    end = min(start + excerpt.span.width, len(cells))
    low, high = _bounds([width for _, width in cells], start, end)
    text = "".join(piece for piece, _ in cells[low:high]).rstrip()
    left = "…" if low or first else ""
    right = "…" if first + high < len(line) else ""
    before = len(left) + sum(width for _, width in cells[low:start])
    marked = sum(width for _, width in cells[start : min(end, high)])
    return f"{left}{text}{right}", before, max(1, marked)


def _bounds(widths: list[int], start: int, end: int) -> tuple[int, int]:
    """Return first and last (exclusive) cell of a window around a stretch."""
    if sum(widths) <= FRAME_WIDTH:
        return 0, len(widths)
    low = start
    room = FRAME_WIDTH // 3
    while low > 0 and widths[low - 1] <= room:
        low -= 1
        room -= widths[low]
    high = low
    room = FRAME_WIDTH
    while high < len(widths) and widths[high] <= room:
        room -= widths[high]
        high += 1
    return low, max(high, min(start + 1, end))


def _cell(character: str) -> tuple[str, int]:
    """Return how a character is shown and how many columns that takes."""
    if character == "\t":
        return "    ", 4
    if _UNSAFE.match(character):
        shown = escape_terminal(character)
        return shown, len(shown)
    if unicodedata.combining(character) or unicodedata.category(character) in (
        "Mn",
        "Me",
        "Cf",
    ):
        return character, 0
    wide = unicodedata.east_asian_width(character) in "WF"
    return character, 2 if wide else 1


def _paint(text: str, tone: str, color: bool) -> str:  # noqa: FBT001  # private
    """Return a text in a colour, if colours are on."""
    return f"{_COLORS[tone]}{text}{_RESET}" if color else text


# --- machines -------------------------------------------------------------------


def as_json(diagnostics: Sequence[Diagnostic]) -> str:
    """Return the diagnostics as one JSON object, as its schema says."""
    counts = _counts(diagnostics)
    value = {
        "diagnostics": 1,
        "items": [as_data(each) for each in diagnostics],
        "summary": {f"{severity}s": number for severity, number in counts.items()},
    }
    return json.dumps(value, ensure_ascii=True, indent=2)


def as_data(diagnostic: Diagnostic) -> dict[str, Any]:
    """Return one diagnostic as plain data, for JSON and for events."""
    return {
        "code": diagnostic.code,
        "severity": diagnostic.severity,
        "message": diagnostic.message,
        "hint": diagnostic.hint,
        "exit_code": int(diagnostic.exit_code),
        "place": None if diagnostic.excerpt is None else _place(diagnostic.excerpt),
        "related": [
            {**_place(each), "label": each.label} for each in diagnostic.related
        ],
    }


def _place(excerpt: Excerpt) -> dict[str, Any]:
    """Return where an excerpt stands, as plain data."""
    span = excerpt.span
    return {
        "file": span.path,
        "line": span.line,
        "column": span.column,
        "width": span.width,
        "source_line": excerpt.source_line,
    }
