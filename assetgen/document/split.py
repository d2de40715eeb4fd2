"""Large spec files to pieces, so that one changed asset costs one small parse.

The cut is made by lines and knows no YAML, so it only cuts where two things hold: the
file has nothing that reaches across entries (documents, directives, tabs, odd line
ends), and each piece proves by its own parse that the cut was clean. A reader that
goes from left to right is, at a cut, either between two entries or inside a quote,
bracket or explicit key; inside one, the piece before the cut does not parse alone, and
`parse_chunk` says None. What comes before ``assets:`` is read here for the same reason.
Block and plain texts cannot reach over a cut: their lines are indented deeper than the
key they belong to. An alias in a piece makes `parse_chunk` give up, an alias in the rest
makes its parse fail.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Final

from assetgen.document.events import open_events
from assetgen.values import Value

_UNSURE: Final = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]"
)
# Each starts with a line break, which the search jumps to: far faster than `^`.
_TOP_LEVEL: Final = re.compile(r"\n([^\s#].*)")
_PLAIN_KEY: Final = re.compile(r"([A-Za-z_][A-Za-z0-9_-]*):(?: +|$)(.*)")
_ANY_LINE: Final = re.compile(r"\n *[^\s#]")
_ENTRY: Final = re.compile(r"\n( +)(?=[^\s#])")


class Split(Value):
    """A spec file in pieces.

    Attributes:
        head: Everything but ``assets:`` and what is under it; its line numbers are
            not the file's.
        entries: Line number (from 1) and text of each piece, in the file's order.
            Comments and empty lines belong to the entry above them; those before the
            first entry to the first. Two pieces may have the same key: the caller
            checks that.
    """

    head: str
    entries: tuple[tuple[int, str], ...]


def split_entries(text: str) -> Split | None:
    """Return the file's entries under ``assets:`` as pieces; None when unsure.

    If the head parses, and all pieces do with `parse_chunk`, and no two pieces have the
    same key, then together they mean what the whole file means.

    Args:
        text: A decoded file.
    """
    if _UNSURE.search(text):
        return None
    text = "\n" + text  # so that a line is what follows a line break
    begin = start = after = 0
    for line in _TOP_LEVEL.finditer(text):
        # Keys only: this also keeps out `---`, `...`, `%` and lists.
        key = _PLAIN_KEY.fullmatch(line.group(1))
        if key is None:
            return None
        if start and not after:
            after = line.start()
        if key.group(1) == "assets":
            if start or not (key.group(2) == "" or key.group(2).startswith("#")):
                return None
            begin, start = line.start(), line.end()
    after = after or len(text)
    first_line = _ANY_LINE.search(text)
    if first_line is None or first_line.group()[1] == " ":
        return None  # the top level is indented, or there is nothing
    if not start or not _ends_clean(text[1 : begin + 1]):
        return None
    entries = _cut(text, start, after)
    if entries is None:
        return None
    return Split(text[1 : begin + 1] + text[after + 1 :], entries)


def _cut(text: str, start: int, end: int) -> tuple[tuple[int, str], ...] | None:
    """Return the pieces of the lines between two line breaks.

    None if there is no entry, or a line stands further left than the first entry.
    """
    first = _ENTRY.search(text, start, end)
    if first is None:
        return None
    indent = len(first.group(1))
    if indent > 1:
        too_far_left = re.compile(rf"\n {{1,{indent - 1}}}(?=[^\s#])")
        if too_far_left.search(text, start, end):
            return None
    entry = re.compile(rf"\n {{{indent}}}(?=[^\s#])")
    cuts = [found.start() + 1 for found in entry.finditer(text, start, end)]
    cuts[0] = start + 1
    cuts.append(min(end + 1, len(text)))
    line = text.count("\n", 0, start + 1)
    pieces = []
    for here, there in pairwise(cuts):
        pieces.append((line, text[here:there]))
        line += text.count("\n", here, there)
    return tuple(pieces)


def _ends_clean(text: str) -> bool:
    """Tell whether a text stops between two top-level entries of one document."""
    events = open_events(text)
    try:
        while events.get() is not None:
            pass
    except events.error:
        return False
    return True
