"""Errors, warnings and notes as the gallery shows them: with a frame of the spec's lines.

Everything in them is text that a page puts on the screen as text. Characters that would
turn its direction around or hide in it are replaced one by one, so marks stay in place.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from assetgen.errors import Diagnostic, Excerpt
    from assetgen.model import Json

_MOST: Final = 500
"""Problems that are shown; more of them come from one mistake in many places."""

_FRAME_CHARACTERS: Final = 200
_BEFORE_MARK: Final = 60
_UNSAFE: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff"
    "\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e007f]"
)


def problems_data(
    diagnostics: Iterable[Diagnostic],
    asset_at: Callable[[str, int], str | None] = lambda _file, _line: None,
) -> list[Json]:
    """Return diagnostics as the wall has them.

    Args:
        diagnostics: In the order to show.
        asset_at: Gives the id of the asset whose entry holds a line of a file.
    """
    found: list[Json] = []
    for each in diagnostics:
        if len(found) == _MOST:
            break
        found.append(_problem(each, asset_at))
    return found


def _problem(
    diagnostic: Diagnostic, asset_at: Callable[[str, int], str | None]
) -> dict[str, Json]:
    excerpt = diagnostic.excerpt
    span = excerpt.span if excerpt is not None else None
    frames = [each for each in (excerpt, *diagnostic.related) if each is not None]
    return {
        "severity": diagnostic.severity,
        "code": diagnostic.code,
        "message": visible(diagnostic.message),
        "hint": visible(diagnostic.hint) if diagnostic.hint else None,
        "file": span.path if span else None,
        "line": span.line if span else None,
        "column": span.column if span else None,
        "asset": asset_at(span.path, span.line) if span else None,
        "frame": [_frame(each) for each in frames],
    }


def _frame(excerpt: Excerpt) -> dict[str, Json]:
    """Return a line of the spec, or the part of it around the mark."""
    start = excerpt.span.column - 1
    first = max(0, start - _BEFORE_MARK) if start > _FRAME_CHARACTERS else 0
    text = excerpt.source_line[first : first + _FRAME_CHARACTERS]
    end = min(start + max(1, excerpt.span.width), first + len(text))
    return {
        "number": excerpt.span.line,
        "text": visible(text),
        "mark": [start - first, end - first] if end > start else None,
    }


def visible(text: str) -> str:
    """Return a text in which each character that acts unseen is a box."""
    return _UNSAFE.sub("\u25af", text.replace("\t", " "))
