"""Bytes of a spec file to text, and positions in the text to excerpts."""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import TYPE_CHECKING, Final

from assetgen.document.limits import DEFAULT, Fault, Limits
from assetgen.errors import Diagnostic, Excerpt, SpecInvalid
from assetgen.spans import Span

if TYPE_CHECKING:
    from collections.abc import Sequence

_BOM_UTF8: Final = b"\xef\xbb\xbf"
_WIDE_BOMS: Final = (b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff")
_FORBIDDEN: Final = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufeff\ufffe\uffff]"
)
_LONGEST_LINE: Final = 10_000
_LINE_BREAK: Final = re.compile(r"\r\n|\r|\n")


def decode(data: bytes, path: str, limits: Limits = DEFAULT) -> str:
    """Return the text of a spec file, without a byte order mark.

    Raises:
        SpecInvalid: The file is too large, not UTF-8, or holds control characters.
    """
    if len(data) > limits.file_bytes:
        fault = Fault(
            "too-big",
            f"the file has {len(data):,} bytes; {limits.file_bytes:,} are allowed",
            hint="split it, and name the parts under `include`",
        )
        raise SpecInvalid((_without_place(fault, path),))
    if data.startswith(_WIDE_BOMS) or data[1:2] == b"\x00":
        fault = Fault(
            "not-utf8",
            "the file is UTF-16 or UTF-32",
            hint="save it as UTF-8",
        )
        raise SpecInvalid((_without_place(fault, path),))
    try:
        text = data.removeprefix(_BOM_UTF8).decode("utf-8")
    except UnicodeDecodeError as error:
        raise SpecInvalid((_not_utf8(error, path),)) from None
    if found := _FORBIDDEN.search(text):
        fault = Fault(
            "control-character",
            f"the control character U+{ord(found.group()):04X} cannot stand in a spec",
            found.start(),
            found.end(),
            hint="remove it, or write it as an escape in double quotes: "
            f'"\\x{ord(found.group()):02x}"',
        )
        raise SpecInvalid((diagnostic(fault, text, path),))
    return text


def _not_utf8(error: UnicodeDecodeError, path: str) -> Diagnostic:
    """Return the diagnostic that points at the first byte that is not UTF-8."""
    before = error.object[: error.start].decode("utf-8").removeprefix("\ufeff")
    fault = Fault(
        "not-utf8",
        f"the byte 0x{error.object[error.start]:02x} is not UTF-8",
        len(before),
        len(before) + 1,
        hint="save the file as UTF-8",
    )
    rest = error.object[error.start : error.start + 400].decode("utf-8", "replace")
    return diagnostic(fault, before + rest, path)


def _without_place(fault: Fault, path: str) -> Diagnostic:
    """Return a diagnostic for a file whose text is not looked at."""
    return Diagnostic(
        fault.code, fault.message, Excerpt(Span(path, 1, 1), ""), fault.hint
    )


def diagnostic(fault: Fault, text: str, path: str) -> Diagnostic:
    """Return the fault with its characters as lines and columns."""
    return Diagnostic(
        fault.code,
        fault.message,
        excerpt(text, path, fault.start, fault.end),
        fault.hint,
        tuple(
            excerpt(text, path, start, end, label)
            for start, end, label in fault.related
        ),
    )


def line_starts(text: str) -> list[int]:
    """Return where each line of a text starts, for `excerpt`."""
    return [0, *(found.end() for found in _LINE_BREAK.finditer(text))]


def excerpt(
    text: str,
    path: str,
    start: int,
    end: int,
    label: str = "",
    starts: Sequence[int] | None = None,
) -> Excerpt:
    """Return the stretch from `start` to `end`, cut at the end of its first line.

    The text of a line is kept up to a little behind the stretch, and not at all where
    the stretch stands so far to the right that nobody wrote the line by hand.

    Args:
        starts: The text's `line_starts`, where many stretches of one text are shown.
    """
    start = min(start, len(text))
    starts = line_starts(text) if starts is None else starts
    line = bisect_right(starts, start)
    line_start = starts[line - 1]
    found = _LINE_BREAK.search(text, start)
    line_end = found.start() if found else len(text)
    width = max(1, min(end, line_end) - start)
    column = start - line_start + 1
    if column > _LONGEST_LINE:
        return Excerpt(Span(path, line, column), "", label)
    width = min(width, _LONGEST_LINE)
    shown = text[line_start : min(line_end, start + _LONGEST_LINE)]
    return Excerpt(Span(path, line, column, width), shown, label)
