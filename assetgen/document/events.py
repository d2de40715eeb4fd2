"""The door to the YAML library: bytes to a stream of events, its errors to faults.

libyaml reads where it is there; the library's own reader, which gives the same events
at a twentieth of the speed, where it is not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from assetgen.document.limits import Fault

if TYPE_CHECKING:
    from collections.abc import Callable


class Events(NamedTuple):
    """A stream of events and the classes to tell them apart.

    Attributes:
        get: Gives the next event; None after the last one.
        error: The library's base exception, raised by `get`.
    """

    get: Callable[[], Any]
    scalar: Any
    alias: Any
    map_start: Any
    map_end: Any
    list_start: Any
    list_end: Any
    document_start: Any
    document_end: Any
    error: type[Exception]


def open_events(text: str, *, pure: bool = False) -> Events:
    """Return the events of a text.

    Args:
        text: Decoded, without a byte order mark.
        pure: Use the reader written in Python even where libyaml is there.
    """
    import yaml  # here: 20 ms that a build without changes does not pay

    parser: Any
    if yaml.__with_libyaml__ and not pure:
        # Bytes are read in place; a str would be copied into bytes by the library.
        from yaml._yaml import CParser

        parser = CParser(text.encode("utf-8"))
    else:
        parser = yaml.BaseLoader(text)
    events = Events(
        parser.get_event,
        yaml.ScalarEvent,
        yaml.AliasEvent,
        yaml.MappingStartEvent,
        yaml.MappingEndEvent,
        yaml.SequenceStartEvent,
        yaml.SequenceEndEvent,
        yaml.DocumentStartEvent,
        yaml.DocumentEndEvent,
        yaml.YAMLError,
    )
    events.get()  # the start of the stream says nothing
    return events


# The library's words (a part of its sentence) -> ours, and what to do.
_WORDS: Final[tuple[tuple[str, str, str | None], ...]] = (
    (
        "mapping values are not allowed",
        "a `:` stands where no key can be",
        "put text that holds `: ` in quotes, or check the indentation above",
    ),
    (
        "found unexpected end of stream",
        "a quote is opened here and never closed",
        "close it; a quote inside single quotes is doubled ('')",
    ),
    (
        "cannot start any token",
        "this character cannot start a value",
        "put text that starts with @, ` or % in quotes",
    ),
    (
        "expected ',' or ']'",
        "this list in brackets is not closed",
        "add a `,` between the entries or a `]` at the end",
    ),
    (
        "expected ',' or '}'",
        "this map in braces is not closed",
        "add a `,` between the entries or a `}` at the end",
    ),
    (
        "expected key",
        "this line does not fit into the map around it",
        "keys of one map start in the same column; close quotes before it",
    ),
    (
        "expected <block end>",
        "this line does not fit into the map around it",
        "keys of one map start in the same column; close quotes before it",
    ),
    (
        "expected '-' indicator",
        "this line does not fit into the list around it",
        "entries of one list start in the same column with `- `",
    ),
    (
        "could not find expected ':'",
        "this line is no `key: value`",
        "add the `:`, or indent the line if it belongs to the text above",
    ),
    (
        "expected alphabetic or numeric character",
        "a name must follow `*` or `&` here",
        "put text that starts with `*` or `&` in quotes",
    ),
    (
        "expected comment or line break",
        "the line must end after `|` or `>`",
        "start the text on the next line, indented",
    ),
    (
        "expected <document start>",
        "text stands after the end of the document",
        "indent it, or remove it; a spec is one map",
    ),
    (
        "invalid Unicode character escape",
        "this escape stands for no character",
        "write the character itself, or \\U with eight digits",
    ),
    ("unknown escape character", "this escape does not exist", "write \\\\ for a \\"),
    ("undefined tag handle", "tags (`!name`) are not allowed", "remove the tag"),
    ("incompatible YAML", "only YAML 1.1 and 1.2 can be read", None),
    ("block sequence entries are not allowed", "a list entry cannot stand here", None),
    ("max depth", "maps and lists are nested too deeply", None),
    ("a tab character", "a tab is used to indent", "indent with spaces"),
)
_AT_THE_OPENING: Final = (
    "unexpected end of stream",
    "expected ','",
    "could not find expected ':'",
)


def fault_of(error: Exception, text: str) -> Fault:
    """Return what the library's error about `text` means, at the right character."""
    problem = str(getattr(error, "problem", None) or getattr(error, "reason", error))
    mark = getattr(error, "problem_mark", None)
    if any(each in problem for each in _AT_THE_OPENING):
        # The end of the file is where the reader gave up; the opening is the mistake.
        mark = getattr(error, "context_mark", None) or mark
    start = mark.index if mark is not None else 0
    if "cannot start any token" in problem and text.startswith("\t", start):
        problem = "a tab character"
    for part, message, hint in _WORDS:
        if part in problem:
            return Fault("yaml-syntax", message, start, start + 1, hint)
    return Fault("yaml-syntax", f"this is not YAML: {problem}", start, start + 1)
