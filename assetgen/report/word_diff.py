"""Two texts compared word by word, for prompts; pure."""

from __future__ import annotations

import re
from typing import Literal, TypeAlias

from assetgen.report.diagnostics import escape_terminal

Piece: TypeAlias = tuple[Literal["same", "old", "new"], str]

_WORDS = re.compile(r"\s+|\w+|[^\w\s]")
_MOST_WORDS = 4_000
"""Longer texts are shown whole: comparing takes time with the square of the length."""

_RED, _GREEN, _RESET = "\x1b[31m", "\x1b[32m", "\x1b[0m"


def compare_words(old: str, new: str) -> tuple[Piece, ...]:
    """Return both texts as pieces that are the same, only old or only new, in order.

    The pieces that are not ``new`` make up `old`, those that are not ``old`` make up
    `new`.
    """
    import difflib  # only ever needed where something changed

    before, after = _WORDS.findall(old), _WORDS.findall(new)
    if max(len(before), len(after)) > _MOST_WORDS:
        return tuple(_pieces(old, new)) if old != new else (("same", old),)
    pieces: list[Piece] = []
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
    for tag, a, b, c, d in matcher.get_opcodes():
        if tag == "equal":
            pieces.append(("same", "".join(before[a:b])))
        else:
            pieces.extend(_pieces("".join(before[a:b]), "".join(after[c:d])))
    return tuple(pieces)


def _pieces(old: str, new: str) -> list[Piece]:
    pieces: list[Piece] = []
    if old:
        pieces.append(("old", old))
    if new:
        pieces.append(("new", new))
    return pieces


def as_text(pieces: tuple[Piece, ...], *, color: bool) -> str:
    """Return the comparison as text: coloured, or ``[-old-]{+new+}``."""
    return "".join(_piece_text(piece, color=color) for piece in pieces)


def as_excerpt(pieces: tuple[Piece, ...], most: int = 60) -> str:
    """Return only what changed, in at most about `most` characters, on one line."""
    parts: list[str] = []
    for kind, text in pieces:
        if kind != "same":
            parts.append(_piece_text((kind, " ".join(text.split())), color=False))
        elif parts and parts[-1] != " … ":
            parts.append(" … " if text.strip() else " ")
    excerpt = "".join(parts).removesuffix(" … ").strip()
    return excerpt if len(excerpt) <= most else excerpt[: most - 1] + "…"


def _piece_text(piece: Piece, *, color: bool) -> str:
    kind, text = piece
    safe = escape_terminal(text, keep_lines=True)
    if kind == "same":
        return safe
    if color:
        return f"{_RED if kind == 'old' else _GREEN}{safe}{_RESET}"
    return f"[-{safe}-]" if kind == "old" else f"{{+{safe}+}}"
