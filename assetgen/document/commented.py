"""A spec file with everything that people wrote into it: comments, quotes, empty lines.

`parse` gives what a file means; this gives how it is written, for the formatter. Scalars
are slices of the text. Between two of them stand only blanks, indicators and comments,
so a ``#`` found there always starts a comment and none can be missed.

Where a comment belongs:

* behind something, on its line: to the entry that ends there;
* on a line of its own: to the entry below it (`Entry.lead`), unless nothing follows in
  the same map or list, or it is indented deeper than what follows: then to the end of
  the map or list above it (`Collection.tail`).

An empty line belongs to what stands below it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias

from assetgen.document.events import open_events
from assetgen.values import Value, field

if TYPE_CHECKING:
    from assetgen.document.events import Events

_BLOCK: Final = frozenset("|>")
_BLANKS: Final = re.compile(r"(?:[ \t\n]+|#[^\n]*)*")
_EMPTY_LINES: Final = re.compile(r"(?:\n *)+\Z")
_INDICATED: Final = re.compile(r"[0-9]")


class Scalar(Value, frozen=False):
    """A text, number, word or alias as it is written.

    Attributes:
        anchor: Its name without the ``&``; empty without one.
        lines: The slice of the text, line by line. Lines behind the first have lost
            the indentation that does not belong to the value.
        style: Empty for plain ones and aliases, a quote, ``|`` or ``>``. Of the last two
            the first line is the header.
    """

    anchor: str
    lines: list[str]
    style: str


class Entry(Value, frozen=False):
    """A pair of a map, or an item of a list.

    Attributes:
        key: As it is written; empty for items.
        name: What the key means; empty for items.
        value: What it holds.
        lead: The lines above it: comments, and empty ones as "".
        trail: The comment behind it, or behind its key where its value spans lines.
    """

    key: str
    name: str
    value: Node
    lead: list[str] = field(default_factory=list)
    trail: str = ""


class Collection(Value, frozen=False):
    """A map or a list.

    Attributes:
        anchor: Its name without the ``&``; empty without one.
        is_map: Whether it is a map.
        flow: Whether it is written in braces or brackets.
        bare: Whether it is a pair in a list that stands for a map, without braces.
        entries: In the order of the file.
        tail: Comments and empty lines behind the last entry.
    """

    anchor: str
    is_map: bool
    flow: bool
    entries: list[Entry] = field(default_factory=list)
    tail: list[str] = field(default_factory=list)
    bare: bool = False


Node: TypeAlias = Scalar | Collection


class Written(Value, frozen=False):
    """A whole file.

    Attributes:
        header: Lines above the document's start mark, and the mark itself; mostly none.
        root: None where the file holds nothing but comments.
        tail: Of a file that holds no map or list: its other comments.
    """

    header: list[str]
    root: Node | None
    tail: list[str]


def read_written(text: str) -> Written:
    r"""Return a file as it is written.

    Args:
        text: Decoded; `parse` accepted it; lines end with ``\n``.
    """
    return _Reader(text).written()


def comments_of(written: Written) -> list[str]:
    """Return all comments of a file, in reading order."""
    found = [line for line in written.header if line.startswith("#")]
    waiting: list[Node | str] = [*reversed(written.tail)]
    if written.root is not None:
        waiting.append(written.root)
    while waiting:
        node = waiting.pop()
        if isinstance(node, str):
            found.append(node)
        elif isinstance(node, Collection):
            waiting.extend(reversed(node.tail))
            for entry in reversed(node.entries):
                waiting.append(entry.value)
                waiting.append(entry.trail)
                waiting.extend(reversed(entry.lead))
        elif node.style in _BLOCK:
            found.append("".join(node.lines[0].partition("#")[1:]))
    return [each for each in found if each]


class _Line(NamedTuple):
    """A comment on a line of its own, or an empty line (text and column are nothing)."""

    text: str
    column: int


class _Piece(NamedTuple):
    """An event, with the characters that it takes up; equal where it takes none."""

    event: Any
    start: int
    end: int


class _Reader:
    """Makes nodes out of the events of one text. One use only."""

    def __init__(self, text: str) -> None:
        """Take in all events."""
        self._text = text
        self._events: Events = open_events(text)
        self._pieces: list[_Piece] = []
        while (event := self._events.get()) is not None:
            self._pieces.append(self._piece(event))
        self._next_starts = self._starts()
        self._at = 0
        self._trailing = ""
        self._pending: list[_Line] = []

    def _piece(self, event: Any) -> _Piece:
        """Return an event with the characters that nothing else takes up."""
        start, end = event.start_mark.index, event.end_mark.index
        kind, events = event.__class__, self._events
        if kind is events.map_start or kind is events.list_start:
            if event.flow_style and self._text[end - 1 : end] in ("[", "{"):
                return _Piece(event, start, end)
            anchor = len(event.anchor) + 1 if event.anchor else 0
            return _Piece(event, start, start + anchor)
        if kind is events.map_end or kind is events.list_end:
            closed = self._text[start:end] in ("]", "}")
            return _Piece(event, start, end if closed else start)
        if kind is events.scalar and end > start and event.style in _BLOCK:
            return _Piece(event, start, self._block_end(start, end, event.value))
        return _Piece(event, start, end)

    def _block_end(self, start: int, end: int, value: str) -> int:
        """Return where a block text ends, without empty lines that mean nothing."""
        text = self._text[start:end]
        if "+" in _header(text):
            return end
        if value.rstrip("\n")[-1:] in (" ", "\t"):
            return start + len(text.rstrip("\n"))  # the last line is blanks, and counts
        found = _EMPTY_LINES.search(text)
        return start + found.start() if found else end

    def _starts(self) -> list[int]:
        """Return for each event where it or the next one that is written starts."""
        starts = [len(self._text)] * (len(self._pieces) + 1)
        for at in range(len(self._pieces) - 1, -1, -1):
            piece = self._pieces[at]
            # What is left empty takes no room and stands behind its colon or dash.
            stands = piece.end > piece.start or (
                piece.event.__class__ is self._events.scalar
            )
            starts[at] = piece.start if stands else starts[at + 1]
        return starts

    # --- the gaps between values ----------------------------------------------

    def _pass(self, end: int) -> None:
        """Read on behind `end`: what stands before the next value is looked at.

        Sets the comment behind `end` on its line, and what stands on the lines below.
        """
        gap = self._text[end : self._next_starts[self._at]]
        self._trailing = ""
        if "#" not in gap and gap.count("\n") < 2:
            return
        at_line_start = end == 0 or self._text[end - 1] == "\n"
        segments = gap.split("\n")
        for number, segment in enumerate(segments):
            at = segment.find("#")
            if at >= 0:
                comment = segment[at:].rstrip()
                if number == 0 and not at_line_start and "-" not in segment[:at]:
                    self._trailing = comment
                else:
                    column = len(segment) - len(segment.lstrip())
                    self._pending.append(_Line(comment, column))
            elif 0 < number < len(segments) - 1 and not segment.strip():
                self._pending.append(_Line("", 0))

    def _take_trailing(self) -> str:
        taken, self._trailing = self._trailing, ""
        return taken

    def _take_pending(self, from_column: int = 0) -> list[str]:
        """Return the lines that wait, up to a comment that stands further left."""
        count = 0
        for number, line in enumerate(self._pending, 1):
            if line.text and line.column < from_column:
                break
            if line.text or not from_column:
                count = number
        taken = [line.text for line in self._pending[:count]]
        del self._pending[:count]
        return taken

    # --- values ---------------------------------------------------------------

    def written(self) -> Written:
        """Return the whole file."""
        self._pass(0)
        start = self._pieces[0]
        if start.event.__class__ is not self._events.document_start:
            return Written([], None, self._take_pending())
        self._at = 1
        header: list[str] = []
        if start.event.explicit:
            header = self._take_pending()
            mark = self._text[start.start : start.end].split("\n")
            header += [line.rstrip() for line in mark]
            self._pass(start.end)
            header[-1] = f"{header[-1]} {self._take_trailing()}".rstrip()
        top = Entry("", "", Scalar("", [""], ""))
        self._value(top, -1)
        end = self._pieces[self._at]
        self._at += 1
        if end.end > end.start:
            rest = self._take_pending()
            self._pass(end.end)
            trailing = self._take_trailing()
            rest += [trailing] if trailing else []
            self._pending[:0] = [_Line(text, 0) for text in rest]
        tail = [top.trail] if top.trail else []
        tail += self._take_pending()
        root = top.value
        if not isinstance(root, Collection):
            return Written(header, root, top.lead + tail)
        root.tail += tail
        if top.lead and root.entries:
            root.entries[0].lead[:0] = top.lead
        return Written(header, root, [])

    def _value(self, entry: Entry, column: int, *, flow: bool = False) -> None:
        """Read the value of an entry.

        Args:
            entry: Its key is read; gets value, trail, and comments that stand between.
            column: Where the map or list of the entry starts.
            flow: Whether the entry stands in braces or brackets.
        """
        piece = self._pieces[self._at]
        self._at += 1
        event = piece.event
        if event.__class__ is self._events.scalar or (
            event.__class__ is self._events.alias
        ):
            self._scalar(entry, piece, column)
            return
        anchor = event.anchor or ""
        behind = piece.start + 1 + len(anchor)
        is_flow = bool(event.flow_style)
        if anchor and is_flow:
            entry.lead += _comments_in(self._text[behind : piece.end])
        elif anchor:
            self._pass(behind)
            self._behind(entry)
        node = Collection(
            anchor, event.__class__ is self._events.map_start, flow or is_flow
        )
        entry.value = node
        if is_flow:
            self._flow(entry, node, piece)
        elif node.is_map:
            self._map(node, column)
        else:
            self._list(node, piece, column)

    def _behind(self, entry: Entry) -> None:
        """Give an entry the comment that was just passed; two find room, too."""
        trailing = self._take_trailing()
        if trailing:
            if entry.trail:
                entry.lead.append(entry.trail)
            entry.trail = trailing

    def _scalar(self, entry: Entry, piece: _Piece, column: int) -> None:
        """Read a scalar or an alias."""
        event, start, end = piece
        if start == end:
            entry.value = Scalar("", [""], "")
            self._pass(end)
            self._behind(entry)
            return
        entry.lead += [text for text in self._take_pending() if text]
        anchor = ""
        if event.__class__ is self._events.scalar and event.anchor:
            anchor = event.anchor
            behind = start + 1 + len(anchor)
            start = _BLANKS.match(self._text, behind).end()  # type: ignore[union-attr]  # may match nothing
            start = min(start, end)
            entry.lead += _comments_in(self._text[behind:start])
        style = getattr(event, "style", None) or ""
        style = style if style in ("|", ">", "'", '"') else ""
        text = self._text[start:end]
        if style in _BLOCK:
            lines = _block_lines(text, column, event.value)
        else:
            lines = _folded_lines(text, quoted=style == '"')
        entry.value = Scalar(anchor, lines, style)
        early = entry.trail
        self._pass(end)
        entry.trail = self._take_trailing()
        if early and (entry.trail or len(lines) > 1):
            entry.lead.append(early)
        elif early:
            entry.trail = early

    def _pairs(self, node: Collection, column: int, *, flow: bool) -> None:
        """Read pairs up to the end of a map."""
        events = self._events
        while (piece := self._pieces[self._at]).event.__class__ is not events.map_end:
            self._at += 1
            entry = Entry("", piece.event.value, Scalar("", [""], ""))
            entry.lead = self._take_pending()
            entry.key = self._text[piece.start : piece.end]
            if piece.end > piece.start:
                self._pass(piece.end)
                entry.trail = self._take_trailing()
            self._value(entry, column, flow=flow)
            node.entries.append(entry)

    def _items(self, node: Collection, column: int, *, flow: bool) -> None:
        """Read items up to the end of a list."""
        events = self._events
        while self._pieces[self._at].event.__class__ is not events.list_end:
            entry = Entry("", "", Scalar("", [""], ""))
            entry.lead = self._take_pending()
            self._value(entry, column, flow=flow)
            node.entries.append(entry)

    def _map(self, node: Collection, parent: int) -> None:
        """Read a map that is written in lines."""
        first = self._pieces[self._at]
        column = self._column(first.start)
        self._pairs(node, column, flow=False)
        self._at += 1
        node.tail = self._take_pending(max(column, parent + 1))

    def _list(self, node: Collection, piece: _Piece, parent: int) -> None:
        """Read a list that is written in lines."""
        dash = piece.start
        if node.anchor:
            found = _BLANKS.match(self._text, piece.end)
            dash = found.end() if found else dash
        column = self._column(dash)
        self._items(node, column, flow=False)
        self._at += 1
        # Dashes may stand as far left as the key above; comments there are the next key's.
        node.tail = self._take_pending(max(column, parent + 1))

    def _flow(self, entry: Entry, node: Collection, piece: _Piece) -> None:
        """Read a map or list in braces or brackets, or a pair that stands for a map."""
        opened = self._text[piece.end - 1 : piece.end] in ("[", "{")
        if opened and piece.end > piece.start:
            entry.lead += [text for text in self._take_pending() if text]
            self._pass(piece.end)
            self._behind(entry)
        else:
            node.bare = True
        if node.is_map:
            self._pairs(node, 0, flow=True)
        else:
            self._items(node, 0, flow=True)
        end = self._pieces[self._at]
        self._at += 1
        if end.end > end.start:
            node.tail = self._take_pending()
            self._pass(end.end)
            self._behind(entry)

    def _column(self, index: int) -> int:
        return index - (self._text.rfind("\n", 0, index) + 1)


def _comments_in(gap: str) -> list[str]:
    """Return the comments between an anchor and what it names."""
    parts = (line.partition("#") for line in gap.split("\n"))
    return [f"#{comment.rstrip()}" for _, sign, comment in parts if sign]


def _header(text: str) -> str:
    """Return the indicators of a block text: what stands before a comment."""
    return text.partition("\n")[0].partition("#")[0]


def _block_lines(text: str, column: int, value: str) -> list[str]:
    """Return header and lines of a block text, without their indentation.

    Args:
        text: From its indicator on.
        column: Of the map or list that it stands in.
        value: What it means.
    """
    first, *body = text.split("\n")
    header, _, comment = first.partition("#")
    stated = _INDICATED.search(header)
    if stated:
        indent = max(column, 0) + int(stated.group())
    else:
        full = next((line for line in body if line.strip(" ")), "")
        indent = len(full) - len(full.lstrip(" "))
    if body and body[-1] == "" and "+" in header:
        del body[-1]  # what stands behind the last line end
    lines = [line[indent:] for line in body]
    while lines and not lines[-1] and "+" not in header:
        del lines[-1]
    header = header.strip()
    if value and not value.endswith("\n") and "-" not in header:
        # The file ends without a line end, which it will not do any more.
        header = header.replace("+", "")
        header = f"{header[0]}-{header[1:]}"
    return [f"{header} #{comment.rstrip()}" if comment else header, *lines]


def _folded_lines(text: str, *, quoted: bool) -> list[str]:
    """Return the lines of a plain or quoted text; what indents them means nothing.

    Args:
        quoted: In double quotes, where a backslash may keep a blank at a line's end.
    """
    first, *rest = text.split("\n")
    if not rest:
        return [first]
    if quoted:
        return [first, *(line.lstrip(" \t") for line in rest)]
    last = rest.pop().lstrip(" \t")
    return [first.rstrip(), *(line.strip(" \t") for line in rest), last]
