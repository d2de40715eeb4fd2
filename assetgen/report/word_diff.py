"""Two texts compared word by word, for prompts; pure."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, TypeAlias

from assetgen.report.diagnostics import escape_terminal

if TYPE_CHECKING:
    from collections.abc import Iterator

Piece: TypeAlias = tuple[Literal["same", "old", "new"], str]

_WORDS = re.compile(r"\s+|\w+|[^\w\s]")
_MOST_PAIRS = 1_000_000
"""Of words that may be compared with each other, for a tenth of a second or so; what
differs in more is shown whole. Thousands of texts may come from a stranger."""

_REMEMBERED = 8_192
"""Comparisons: a comment and a summary ask for each several times."""

_SHORTEST: Final = 12
"""Characters of a changed text that are shown at least."""

_RED, _GREEN, _RESET = "\x1b[31m", "\x1b[32m", "\x1b[0m"


@lru_cache(_REMEMBERED)
def compare_words(old: str, new: str) -> tuple[Piece, ...]:
    """Return both texts as pieces that are the same, only old or only new, in order.

    The pieces that are not ``new`` make up `old`, those that are not ``old`` make up
    `new`.
    """
    before, after = _WORDS.findall(old), _WORDS.findall(new)
    end = _alike(before[::-1], after[::-1])
    start = _alike(before[: len(before) - end], after[: len(after) - end])
    inner = before[start : len(before) - end], after[start : len(after) - end]
    pieces: list[Piece] = []
    if start:
        pieces.append(("same", "".join(before[:start])))
    pieces += _inner_pieces(*inner)
    if end:
        pieces.append(("same", "".join(before[-end:])))
    return tuple(pieces)


def _alike(one: list[str], other: list[str]) -> int:
    """Return with how many words both begin that are the same."""
    count = 0
    for mine, theirs in zip(one, other, strict=False):
        if mine != theirs:
            break
        count += 1
    return count


def _inner_pieces(before: list[str], after: list[str]) -> list[Piece]:
    """Return the pieces of texts that begin and end with other words."""
    if not before or not after or len(before) * len(after) > _MOST_PAIRS:
        return _pieces("".join(before), "".join(after))
    import difflib  # only ever needed where something changed

    pieces: list[Piece] = []
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
    for tag, a, b, c, d in matcher.get_opcodes():
        if tag == "equal":
            pieces.append(("same", "".join(before[a:b])))
        else:
            pieces.extend(_pieces("".join(before[a:b]), "".join(after[c:d])))
    return pieces


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


class Exchange(NamedTuple):
    """Words that stand in the place of others; one of the two may be empty."""

    old: str
    new: str


def exchanges(pieces: tuple[Piece, ...], most: int) -> tuple[Exchange | None, ...]:
    """Return only what changed, in about `most` characters, each on one line.

    Changes with nothing but white space between them are one. Each text gets at most
    half of the room, so that new words are seen beside old ones however long those are.

    Returns:
        At the end None where something was left out; nothing at all for texts that
        differ in white space only.
    """
    found: list[Exchange | None] = []
    for old, new in _groups(pieces):
        if most <= 0:
            return (*found, None)
        texts = [_shortened(each, most // 2) for each in (old, new)]
        most -= sum(map(len, texts))
        found.append(Exchange(*texts))
    return tuple(found)


def _groups(pieces: tuple[Piece, ...]) -> Iterator[tuple[str, str]]:
    """Yield old and new words of each place at which both texts differ."""
    old, new = "", ""
    for kind, text in (*pieces, ("same", ".")):
        if kind == "same" and text.strip():
            words = " ".join(old.split()), " ".join(new.split())
            if words[0] != words[1]:
                yield words
            old, new = "", ""
            continue
        old += text if kind != "new" else ""
        new += text if kind != "old" else ""


def _shortened(text: str, most: int) -> str:
    most = max(most, _SHORTEST)
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"


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
