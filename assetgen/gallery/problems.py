"""Errors, warnings and notes as the gallery shows them: with a frame of the spec's lines.

Everything in them is text that a page puts on the screen as text. Characters that would
turn its direction around or hide in it are replaced one by one, so marks stay in place.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from assetgen import document
from assetgen.errors import AssetgenError, Diagnostic, Excerpt
from assetgen.gallery.wall import asset_id
from assetgen.sources import spec_reader
from assetgen.spans import Span

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from assetgen.model import Json
    from assetgen.world import Planned

    AssetAt: TypeAlias = Callable[[str, int], str | None]
    """Gives the id of the asset whose entry holds a line of a file."""

_MOST: Final = 500
"""Problems that are shown; more of them come from one mistake in many places."""

_FRAME_CHARACTERS: Final = 200
_BEFORE_MARK: Final = 60
_UNSAFE: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff"
    "\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e007f]"
)


def problems_data(
    diagnostics: Iterable[Diagnostic], asset_at: AssetAt | None = None
) -> list[Json]:
    """Return diagnostics as the wall has them.

    Args:
        diagnostics: In the order to show.
        asset_at: Of the spec; None where it cannot be read.
    """
    found: list[Json] = []
    for each in diagnostics:
        if len(found) == _MOST:
            break
        found.append(_problem(each, asset_at))
    return found


def _problem(diagnostic: Diagnostic, asset_at: AssetAt | None) -> dict[str, Json]:
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
        "asset": asset_at(span.path, span.line) if span and asset_at else None,
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


def entries_of(planned: Planned) -> AssetAt:
    """Return a function that finds the asset whose entry holds a line.

    An entry of a matrix stands for several assets and so is nobody's, as is what stands
    outside of entries.
    """
    read = spec_reader(planned.world.options.root, planned.loaded.text)
    names = planned.loaded.catalogue.needs
    cut: dict[str, tuple[tuple[int, str], ...]] = {}

    def asset_at(file: str, line: int) -> str | None:
        if file not in cut:
            cut[file] = _entries(read(file) or b"", file)
        at = bisect_right(cut[file], line, key=lambda each: each[0]) - 1
        if at < 0 or line >= cut[file][at][0] + cut[file][at][1].count("\n") + 1:
            return None
        pair = document.parse_chunk(cut[file][at][1])
        return asset_id(pair[0]) if pair is not None and pair[0] in names else None

    return asset_at


def _entries(data: bytes, file: str) -> tuple[tuple[int, str], ...]:
    try:
        split = document.split_entries(document.decode(data, file))
    except AssetgenError:
        return ()
    return split.entries if split is not None else ()


def told_problems(
    told: Iterable[Mapping[str, Json]], asset_at: AssetAt | None = None
) -> list[Json]:
    """Return errors that a build told of, in the form of `problems_data`.

    Args:
        told: Diagnostics as events have them.
        asset_at: Of the spec.
    """
    return problems_data(map(_from_event, told), asset_at)


def _from_event(data: Mapping[str, Any]) -> Diagnostic:
    """Return the diagnostic that an event of ours holds."""
    excerpt = data.get("excerpt")
    return Diagnostic(
        code=str(data.get("code")),
        message=str(data.get("message")),
        excerpt=_excerpt(excerpt) if isinstance(excerpt, dict) else None,
        hint=str(data["hint"]) if data.get("hint") else None,
        severity="error",
    )


def _excerpt(data: Mapping[str, Any]) -> Excerpt:
    span = data["span"]
    there = Span(
        str(span["path"]), int(span["line"]), int(span["column"]), int(span["width"])
    )
    return Excerpt(there, str(data["source_line"]), str(data.get("label") or ""))
