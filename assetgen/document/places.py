"""Places to lines and columns: the slow path, taken when a message needs it.

Reads the text again into nodes that know where they stand. It refuses nothing and
stops where reading stops: `parse` has worded the faults.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from assetgen.document.events import open_events
from assetgen.document.limits import DEFAULT, Limits
from assetgen.document.text import decode, excerpt, line_starts
from assetgen.errors import SpecInvalid
from assetgen.values import Value, field

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from assetgen.document.events import Events
    from assetgen.errors import Excerpt
    from assetgen.spans import Place

_BLOCK: Final = frozenset("|>")


class _Node(Value, frozen=False):
    """A value with its characters.

    Attributes:
        style: How a scalar is written: empty for plain, a quote, ``|`` or ``>``; None
            for maps and lists.
        entries: Of a map: key text to the key's characters and the value.
        items: Of a list.
    """

    start: int
    end: int
    style: str | None = None
    entries: dict[str, tuple[int, int, _Node]] = field(default_factory=dict)
    items: list[_Node] = field(default_factory=list)


def locate(data: bytes, path: str, places: Iterable[Place]) -> dict[Place, Excerpt]:
    """Return where each place stands, with the text of its line.

    A place that the file does not have falls back to the nearest value around it, and
    that value's key where it has one. Maps and lists are shown by their key, too, or by
    their first: their text spans lines.

    Args:
        data: The file's bytes; should be what `parse` accepted.
        path: For the spans.
        places: Places in this file; their `file` is not looked at.
    """
    try:
        text = decode(data, path)
    except SpecInvalid as invalid:
        there = invalid.diagnostics[0].excerpt
        return dict.fromkeys(places, there) if there is not None else {}
    root = _Reader(text, DEFAULT).tree()
    starts = line_starts(text)
    found = {}
    for place in places:
        start, end = _stretch(text, root, place) if root is not None else (0, 1)
        found[place] = excerpt(text, path, start, end, starts=starts)
    return found


def _stretch(text: str, root: _Node, place: Place) -> tuple[int, int]:
    """Return the first and the last character (exclusive) to point at."""
    node, key = root, None
    found = 0
    for step in place.pointer:
        if isinstance(step, str) and (entry := node.entries.get(step)):
            key, node = (entry[0], entry[1]), entry[2]
        elif isinstance(step, int) and 0 <= step < len(node.items):
            key, node = None, node.items[step]
        else:
            break
        found += 1
    missed = found < len(place.pointer)
    if key is not None and (place.on_key or missed or node.style is None):
        return key
    if node.style is not None and node.style in _BLOCK:
        return _first_text_line(text, node)
    if node.start == node.end and key is not None:
        return key  # nothing stands after the colon
    if place.pointer and node.entries:
        return next(iter(node.entries.values()))[:2]  # a map in a list: its first key
    return node.start, node.end


def _first_text_line(text: str, node: _Node) -> tuple[int, int]:
    """Return the first line of a block scalar that has text, else its indicator."""
    line_start = text.find("\n", node.start) + 1
    while 0 < line_start < node.end:
        line_end = text.find("\n", line_start)
        line_end = len(text) if line_end < 0 else line_end
        line = text[line_start:line_end]
        if line.strip():
            indent = len(line) - len(line.lstrip())
            return line_start + indent, line_start + len(line.rstrip())
        line_start = line_end + 1
    return node.start, node.start + 1


def first_keys(
    text: str, limits: Limits, wanted: Collection[tuple[int, str]]
) -> dict[tuple[int, str], tuple[int, int]]:
    """Return where keys stand for the first time in their maps.

    Args:
        text: The decoded file.
        limits: Depth at which reading stops, as in the pass that found the keys.
        wanted: Start of a map and key.
    """
    reader = _Reader(text, limits, frozenset(wanted))
    reader.tree()
    return reader.firsts


class _Reader:
    """Makes nodes out of events. One use only."""

    def __init__(
        self,
        text: str,
        limits: Limits,
        wanted: frozenset[tuple[int, str]] = frozenset(),
    ) -> None:
        """Prepare for one text."""
        self._events: Events = open_events(text)
        self._limits = limits
        self._wanted = wanted
        self._anchors: dict[str, _Node] = {}
        self.firsts: dict[tuple[int, str], tuple[int, int]] = {}

    def tree(self) -> _Node | None:
        """Return the node of the whole document, as far as it can be read."""
        event = self._next()
        if event.__class__ is not self._events.document_start:
            return None
        event = self._next()
        return None if event is None else self._node(event, 1)

    def _next(self) -> Any:
        """Return the next event; None at the end and where the text is broken."""
        try:
            return self._events.get()
        except self._events.error:
            return None

    def _node(self, event: Any, depth: int) -> _Node:
        """Return the node that starts with `event`."""
        events = self._events
        kind = event.__class__
        start, end = event.start_mark.index, event.end_mark.index
        if kind is events.alias:
            target = self._anchors.get(event.anchor)
            if target is None:
                return _Node(start, end, "")
            return _Node(start, end, target.style, target.entries, target.items)
        if kind is events.scalar:
            node = _Node(start, end, event.style or "")
        else:
            node = _Node(start, end)
        if event.anchor is not None:
            self._anchors[event.anchor] = node
        if depth <= self._limits.depth:
            if kind is events.map_start:
                self._fill_map(node, depth)
            elif kind is events.list_start:
                self._fill_list(node, depth)
        return node

    def _fill_list(self, node: _Node, depth: int) -> None:
        """Read the items of a list."""
        while True:
            event = self._next()
            if event is None or event.__class__ is self._events.list_end:
                return
            node.items.append(self._node(event, depth + 1))

    def _fill_map(self, node: _Node, depth: int) -> None:
        """Read the entries of a map; merged ones come after its own."""
        merged: list[_Node] = []
        while True:
            key = self._next()
            if key is None or key.__class__ is self._events.map_end:
                break
            key_node = self._node(key, depth + 1)
            event = self._next()
            if event is None:
                break
            value = self._node(event, depth + 1)
            if key.__class__ is not self._events.scalar:
                continue
            if key.value == "<<" and key.implicit[0]:
                merged += value.items or [value]
                continue
            entry = (key_node.start, key_node.end, value)
            if node.entries.setdefault(key.value, entry) is entry:
                wanted = (node.start, key.value)
                if wanted in self._wanted:
                    self.firsts[wanted] = (key_node.start, key_node.end)
        for source in merged:
            for text, entry in source.entries.items():
                node.entries.setdefault(text, entry)
