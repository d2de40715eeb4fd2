"""The spec's one way of being written: text to formatted text; pure.

Two blanks for each level, lists indented under their key, one blank before a comment, at
most one empty line, keys of a spec and of an asset in a fixed order. Scalars stay as
they were written, and so do the order of assets and of everything else. What stands in
braces or brackets stays there if it fits on its line.

Before a text is given back it is read again: it must mean the same and have the same
comments. If not, that is a bug of ours (`Misformatted`) and nobody gets to see the text.
"""

from __future__ import annotations

import json
import operator
from typing import TYPE_CHECKING, Final

from assetgen import document
from assetgen.catalog import REQUEST_KEYS
from assetgen.document.collector import collector_paused
from assetgen.document.commented import (
    Collection,
    Entry,
    Scalar,
    comments_of,
    read_written,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from assetgen.document.commented import Node, Written
    from assetgen.model import Json

WIDTH: Final = 100
"""What stands in braces or brackets is written in lines where its line is longer."""

TOP_KEYS: Final = (
    "<<",
    "version",
    "project",
    "provider",
    "include",
    "vars",
    "defaults",
    "profiles",
    "budget",
    "cache",
    "targets",
    "presets",
    "assets",
)
"""From what holds for everything to what is built from it."""

ASSET_KEYS: Final = (
    "<<",
    # what it is
    "description",
    "alt",
    "tags",
    # names that the rest uses
    "matrix",
    "vars",
    # where the picture comes from
    "variations_of",
    "file",
    "canvas",
    "layers",
    "sheet",
    "inputs",
    "mask",
    "extend",
    "outside",
    "markup",
    "prompt",
    # how it is asked for
    *REQUEST_KEYS,
    "n",
    "revision",
    "frozen",
    # what is made of it
    "process",
    "checks",
    "outputs",
)
_MODELINE: Final = ("# yaml-language-server:", "# $schema")
_INDENT: Final = 2


class Misformatted(AssertionError):
    """The formatted text would say something else: a bug; nothing was changed."""


def format_text(text: str, path: str) -> str:
    r"""Return a spec file's text in the spec's one way of being written.

    Args:
        text: Decoded, valid; any line ends.
        path: For messages.

    Returns:
        The text with ``\n`` at the end of each line. Formatting it again changes
        nothing.

    Raises:
        SpecInvalid: The text cannot be read.
        Misformatted: A bug of ours.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    before = document.parse(text.encode(), path)
    with collector_paused():
        written = read_written(text)
        comments = sorted(comments_of(written))
        _arrange(written)
        lines = _lines_of(written)
        out = "\n".join([*lines, ""]) if lines else ""
        if out != text:
            _require_same(before, comments, out, path)
    return out


def _require_same(before: Json, comments: Sequence[str], out: str, path: str) -> None:
    """Raise Misformatted unless a formatted text says what it said before."""
    try:
        after = document.parse(out.encode(), path)
        kept = sorted(comments_of(read_written(out)))
    except Exception as error:
        raise Misformatted(f"{path}: the formatted text cannot be read") from error
    if _canonical(before) != _canonical(after):
        raise Misformatted(f"{path}: the formatted text means something else")
    if kept != comments:
        raise Misformatted(f"{path}: the formatted text lacks a comment")


def _canonical(value: Json) -> str:
    """Return a file's value as text; only where keys are sorted their order is lost."""
    if isinstance(value, dict):
        value = dict(sorted(value.items()))
        assets = value.get("assets")
        if isinstance(assets, dict):
            value["assets"] = {
                name: dict(sorted(each.items())) if isinstance(each, dict) else each
                for name, each in assets.items()
            }
    return json.dumps(value)


# --- the order of keys ------------------------------------------------------------


def _arrange(written: Written) -> None:
    """Put the keys of the spec and of its assets into their order."""
    root = written.root
    if not isinstance(root, Collection) or not root.is_map:
        return
    again = _anchored_twice(root)
    first = root.entries[0] if root.entries else None
    if first is not None:
        written.header += _cut_header(first.lead)
    if _sort(root, TOP_KEYS, again) and first is not None and first.lead[:1] != [""]:
        spaced = any(entry.lead[:1] == [""] for entry in root.entries)
        first.lead[:0] = [""] if spaced else []
    for entry in root.entries:
        assets = entry.value
        if entry.name == "assets" and isinstance(assets, Collection) and assets.is_map:
            for asset in assets.entries:
                if isinstance(asset.value, Collection) and asset.value.is_map:
                    _sort(asset.value, ASSET_KEYS, again)


def _cut_header(lead: list[str]) -> list[str]:
    """Take from the lines above the first key those that are about the whole file."""
    end = len(lead) - lead[::-1].index("") if "" in lead else 0
    if end == 0 and lead and lead[0].startswith(_MODELINE):
        end = 1
    header = lead[:end]
    del lead[:end]
    return header


def _sort(node: Collection, order: Sequence[str], again: frozenset[str]) -> bool:
    """Sort the pairs of a map; unless an alias would come before its anchor.

    Returns:
        Whether another pair is the first now.
    """
    places = {key: place for place, key in enumerate(order)}
    wanted = sorted(node.entries, key=lambda each: places.get(each.name, len(places)))
    as_it_is = all(map(operator.is_, wanted, node.entries))
    if as_it_is or not _may_move(node.entries, again):
        return False
    moved = wanted[0] is not node.entries[0]
    node.entries = wanted
    return moved


def _may_move(entries: Sequence[Entry], again: frozenset[str]) -> bool:
    """Tell whether pairs can change places without an alias meaning something else."""
    anchors: dict[str, int] = {}
    aliases: list[tuple[str, int]] = []
    for place, entry in enumerate(entries):
        for node in _nodes(entry.value):
            if node.anchor:
                anchors[node.anchor] = place
            elif isinstance(node, Scalar) and node.lines[0].startswith("*"):
                aliases.append((node.lines[0][1:], place))
    if not anchors:
        return True
    if not again.isdisjoint(anchors):
        return False
    return all(anchors.get(name, place) == place for name, place in aliases)


def _anchored_twice(root: Collection) -> frozenset[str]:
    """Return the names that more than one anchor has."""
    seen: set[str] = set()
    twice: set[str] = set()
    for node in _nodes(root):
        if node.anchor in seen:
            twice.add(node.anchor)
        elif node.anchor:
            seen.add(node.anchor)
    return frozenset(twice)


def _nodes(node: Node) -> Iterator[Node]:
    """Yield a value and all inside it."""
    waiting = [node]
    while waiting:
        each = waiting.pop()
        yield each
        if isinstance(each, Collection):
            waiting.extend(entry.value for entry in each.entries)


# --- the text ---------------------------------------------------------------------


def _lines_of(written: Written) -> list[str]:
    """Return the lines of a whole file."""
    lines = _spaced(written.header)
    root = written.root
    if isinstance(root, Collection) and root.entries:
        body = _block(root, 0)
        lines += _unspaced(body) if lines and not lines[-1] else body
    elif isinstance(root, Collection):
        lines += [*_spaced(root.tail), "{}" if root.is_map else "[]"]
    else:
        lines += _spaced(written.tail)
        if isinstance(root, Scalar) and root.lines != [""]:
            lines += _scalar(root, -_INDENT)
    return _unspaced(lines)


def _block(node: Collection, indent: int) -> list[str]:
    """Return the lines of a map or list that is written in lines."""
    lines: list[str] = []
    open_ended = False
    for entry in node.entries:
        lead = entry.lead
        if (not lines and indent) or open_ended:
            lead = _unspaced(lead)  # nothing stands between a key and its value
        mark = f"{_key(entry)}:" if node.is_map else "-"
        lines += _entry(entry, lead, mark, indent)
        open_ended = _is_open_ended(entry.value)
    tail = _unspaced(node.tail) if open_ended else list(node.tail)
    while tail and not tail[-1]:
        del tail[-1]
    return lines + _indented(_spaced(tail), indent)


def _is_open_ended(node: Node) -> bool:
    """Tell whether an empty line below a value would belong to it (``|+``)."""
    while isinstance(node, Collection):
        if not node.entries or any(node.tail):
            return False
        node = node.entries[-1].value
    return node.style in ("|", ">") and "+" in node.lines[0].partition("#")[0]


def _key(entry: Entry) -> str:
    """Return a pair's key on one line."""
    if "\n" in entry.key:
        return json.dumps(entry.name, ensure_ascii=False)
    return entry.key


def _entry(entry: Entry, lead: Sequence[str], mark: str, indent: int) -> list[str]:
    """Return the lines of a pair or an item, those above it first."""
    value, trail = entry.value, entry.trail
    anchor = f" &{value.anchor}" if value.anchor else ""
    above = list(lead)
    if isinstance(value, Collection):
        flat = _flat(value)
        if flat is None or (
            value.entries and indent + len(mark) + len(anchor) + len(flat) >= WIDTH
        ):
            return _nested(value, above, f"{mark}{anchor}", trail, indent)
        above += [line for line in value.tail if line]
        lines = [f"{mark}{anchor} {flat}"]
    else:
        body = _scalar(value, indent)
        lines = [f"{mark}{anchor} {body[0]}" if body[0] else f"{mark}{anchor}"]
        lines += body[1:]
    if trail:
        lines[-1] = f"{lines[-1]} {trail}"
    return [*_indented(_spaced(above), indent), " " * indent + lines[0], *lines[1:]]


def _nested(
    value: Collection, above: list[str], mark: str, trail: str, indent: int
) -> list[str]:
    """Return the lines of a pair or an item that holds a map or list in lines."""
    pad = " " * indent
    if mark == "-":
        # The first line of what the item holds follows the dash.
        if trail:
            above.append(trail)
        lines = _block(value, indent + _INDENT)
        while (text := lines[0].lstrip()).startswith("#") or not text:
            above += [text] if text else []
            del lines[0]
        lines[0] = f"{pad}- {text}"
    else:
        head = f"{pad}{mark} {trail}" if trail else f"{pad}{mark}"
        lines = [head, *_block(value, indent + _INDENT)]
    return _indented(_spaced(above), indent) + lines


def _scalar(value: Scalar, indent: int) -> list[str]:
    """Return the lines of a scalar, the first without indentation.

    Args:
        indent: Of the map or list that it stands in.
    """
    deeper = indent + _INDENT
    if value.style in ("|", ">"):
        stated = [
            int(each)
            for each in value.lines[0].partition("#")[0]
            if each in "123456789"
        ]
        deeper = max(indent, 0) + stated[0] if stated else deeper
    pad = " " * max(deeper, 0)
    first, *rest = value.lines
    return [first, *(pad + line if line else "" for line in rest)]


def _flat(node: Collection) -> str | None:
    """Return a map or list on one line; None if it must be written in lines."""
    if not node.entries and not node.flow:
        return None
    if not node.flow or (node.entries and any(node.tail)):
        return None
    parts: list[str] = []
    for entry in node.entries:
        part = _flat_entry(entry, node)
        if part is None:
            return None
        parts.append(part)
    inside = ", ".join(parts)
    if node.bare:
        return inside
    return f"{{{inside}}}" if node.is_map else f"[{inside}]"


def _flat_entry(entry: Entry, node: Collection) -> str | None:
    """Return a pair or an item for a line; None if it has a comment or line ends."""
    if entry.trail or any(entry.lead):
        return None
    value = entry.value
    if isinstance(value, Collection):
        text = _flat(value)
        if text is None or any(value.tail):
            return None
    elif len(value.lines) > 1:
        return None
    else:
        text = value.lines[0]
    anchored = f"&{value.anchor} {text}".rstrip() if value.anchor else text
    if not node.is_map:
        return anchored
    return f"{_key(entry)}: {anchored}"


def _indented(lines: Sequence[str], indent: int) -> list[str]:
    """Return lines further to the right; empty ones stay empty."""
    return [" " * indent + line if line else "" for line in lines]


def _unspaced(lines: Sequence[str]) -> list[str]:
    """Return lines without empty ones at their start."""
    start = next((at for at, line in enumerate(lines) if line), len(lines))
    return list(lines[start:])


def _spaced(lines: Sequence[str]) -> list[str]:
    """Return lines with at most one empty one between two."""
    return [
        line for at, line in enumerate(lines) if line or at == 0 or lines[at - 1] != ""
    ]


def order_of_keys() -> Mapping[str, Sequence[str]]:
    """Return the orders that the formatter keeps, for docs and tests."""
    return {"spec": TOP_KEYS[1:], "asset": ASSET_KEYS[1:]}
