"""Events to plain values, fast, with every rule of the spec's YAML applied.

One pass makes dicts, lists and scalars and remembers no places: positions are looked at
only when something is wrong. Faults that allow it are collected, the others end the
pass with `Broken`. Aliases share one object; nobody changes what is returned.

The rules: one document, no tags, no directives but ``%YAML``, keys are text and unique,
numbers are finite; depth, nodes, and what aliases and merge keys add are bounded.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from assetgen.document.limits import Broken, Fault, Limits
from assetgen.document.scalars import NUMERIC, WORDS, resolve

if TYPE_CHECKING:
    from assetgen.document.events import Events
    from assetgen.model import Json

_OPEN: Final[Any] = object()
_TAG: Final = re.compile(r"(?:^|[\s,\[{])!", re.MULTILINE)
_TAG_HINT: Final = "a spec holds plain data; put text that starts with `!` in quotes"


class Builder:
    """Makes the values of one text. One use only.

    Attributes:
        faults: What was found and did not end the pass.
        duplicates: Start of the map, key, start and end of the second key.
    """

    __slots__ = (
        "_anchors",
        "_careful",
        "_chunk",
        "_events",
        "_expansion",
        "_limits",
        "_nodes",
        "_tags",
        "_text",
        "_weights",
        "duplicates",
        "faults",
    )

    def __init__(
        self, events: Events, text: str, limits: Limits, *, chunk: bool
    ) -> None:
        """Prepare for one text.

        Args:
            events: The text's events, nothing read yet.
            text: The text itself, to look at when a rule needs more than an event.
            limits: Bounds.
            chunk: Whether the text is a piece of a file: aliases and merge keys are
                then refused, because their budget is the whole file's.
        """
        self._events = events
        self._text = text
        self._limits = limits
        self._chunk = chunk
        self._anchors: dict[str, Any] = {}
        self._weights: dict[int, tuple[int, int]] = {}
        self._nodes = 0
        self._expansion = 0
        # Most files have none of what these guard against: the loops skip the checks.
        self._tags = _TAG.search(text) is not None
        self._careful = (
            self._tags
            or "&" in text
            or len(text) > min(limits.text_chars, limits.nodes)
        )
        self.faults: list[Fault] = []
        self.duplicates: list[tuple[int, str, int, int]] = []

    def document(self) -> Json:
        """Return the value of the only document; None if there is none.

        Raises:
            Broken: Reading cannot go on.
        """
        event = self._events.get()
        if event.__class__ is not self._events.document_start:
            return None
        if event.tags:
            self._note("yaml-directive", "`%TAG` is not allowed", event, _TAG_HINT)
        value: Json = self._node(self._events.get(), 2 if self._chunk else 1)
        self._events.get()  # the end of the document
        event = self._events.get()
        if event.__class__ is self._events.document_start:
            raise _broken(
                "several-documents",
                "a second document starts here",
                event,
                "a spec file is one document; remove the `---`, or use `include`",
            )
        return value

    def _node(self, event: Any, depth: int) -> Any:
        """Return the value that starts with `event`."""
        events = self._events
        kind = event.__class__
        if kind is events.scalar:
            return self._scalar(event)
        if kind is events.alias:
            return self._alias(event, depth)
        if depth > self._limits.depth:
            raise _broken(
                "too-deep",
                f"more than {self._limits.depth} levels of maps and lists",
                event,
            )
        self._count(event)
        if event.tag is not None:
            self._note("yaml-tag", "tags are not allowed", event, _TAG_HINT)
        if event.anchor is not None:
            self._anchors[event.anchor] = _OPEN
        if kind is events.map_start:
            value: Any = self._map(event, depth)
        else:
            value = self._list(depth)
        if event.anchor is not None:
            self._anchors[event.anchor] = value
        return value

    def _list(self, depth: int) -> list[Any]:
        """Return a list whose start was read."""
        events = self._events
        get, scalar, end = events.get, events.scalar, events.list_end
        careful = self._careful
        out: list[Any] = []
        append = out.append
        while True:
            event = get()
            kind = event.__class__
            if kind is end:
                break
            if kind is not scalar:
                append(self._node(event, depth + 1))
            elif careful:
                append(self._scalar(event))
                self._count(event)
            else:
                value = event.value
                if not event.implicit[0] or value in WORDS or value[0] in NUMERIC:
                    value = self._scalar(event)
                append(value)
        return out

    def _map(self, start: Any, depth: int) -> dict[str, Any]:  # noqa: C901  # hot loop
        """Return a map whose start was read, merge keys applied."""
        events = self._events
        get, scalar, end = events.get, events.scalar, events.map_end
        careful = self._careful
        merges: list[tuple[Any, Any]] = []
        out: dict[str, Any] = {}
        while True:
            event = get()
            if event.__class__ is end:
                break
            key = event.value if event.__class__ is scalar else None
            if careful or key is None or key in WORDS or key[0] in NUMERIC:
                key = self._key(event, depth)
            key_event, event = event, get()
            if event.__class__ is not scalar:
                value = self._node(event, depth + 1)
            elif careful:
                value = self._scalar(event)
                self._count(event)
            else:
                # `_scalar`, written out: most values of a spec pass here.
                value = event.value
                implicit = event.implicit
                if not implicit[1] and (
                    not implicit[0] or value in WORDS or value[0] in NUMERIC
                ):
                    value = self._scalar(event)
            if key is None:
                continue
            if key == "<<" and key_event.implicit[0]:
                merges.append((key_event, value))
            elif key in out:
                self._duplicate(start, key, key_event)
            else:
                out[key] = value
        if merges:
            self._merge(out, merges)
        return out

    def _key(self, event: Any, depth: int) -> str | None:
        """Return the text of a key; None, with a fault noted, if it is no text."""
        message = "a key must be text"
        if event.__class__ is not self._events.scalar:
            self._note("key-not-text", message, event, "write a word before the `:`")
            if event.__class__ is not self._events.alias:
                self._node(event, depth + 1)
            return None
        value = self._scalar(event)
        if isinstance(value, str):
            return value
        hint = f'put it in quotes: "{event.value}"' if event.value else None
        self._note("key-not-text", message, event, hint)
        return None

    def _scalar(self, event: Any) -> Any:
        """Return the value of a scalar, whatever it is."""
        value: Any = event.value
        plain, quoted = event.implicit
        style = event.style
        # `! word` comes without its tag: only the text still shows it.
        lone_tag = self._tags and self._text.startswith("!", event.start_mark.index)
        if lone_tag or not (plain or quoted) or (plain and style):
            self._note("yaml-tag", "tags are not allowed", event, _TAG_HINT)
        elif plain and (value in WORDS or value[0] in NUMERIC):
            try:
                value = resolve(value, self._limits)
            except ValueError as error:
                self._note("bad-number", str(error), event)
        elif len(value) > self._limits.text_chars:
            self._note(
                "too-long",
                f"a text of {len(value):,} characters; "
                f"{self._limits.text_chars:,} are allowed",
                event,
            )
        if event.anchor is not None:
            self._anchors[event.anchor] = value
        return value

    def _alias(self, event: Any, depth: int) -> Any:
        """Return the value that an alias stands for, and pay for its expansion."""
        name = event.anchor
        value = self._anchors.get(name)
        if self._chunk or value is _OPEN:
            raise _broken("alias-cycle", f"`*{name}` stands inside itself", event)
        if name not in self._anchors:
            self._note(
                "alias-unknown",
                f"no `&{name}` stands before this alias",
                event,
                "put text that starts with `*` in quotes",
            )
            return None
        weight, height = self._weigh(value)
        self._spend(weight, event)
        if depth + height - 1 > self._limits.depth:
            raise _broken(
                "too-deep",
                f"more than {self._limits.depth} levels of maps and lists",
                event,
            )
        return value

    def _weigh(self, value: Any) -> tuple[int, int]:
        """Return how many values `value` is, aliases followed, and how many levels.

        Each map and list is looked at once, so the work is bound by the file's size;
        the levels are bounded already, so the recursion is.
        """
        if isinstance(value, str):
            return 1 + len(value) // 64, 0
        if not isinstance(value, dict | list):
            return 1, 0
        known = self._weights.get(id(value))
        if known is not None:
            return known
        weight, height = 1, 0
        for each in value.values() if isinstance(value, dict) else value:
            inner = self._weigh(each)
            weight += inner[0]
            height = max(height, inner[1])
        self._weights[id(value)] = weight, height + 1
        return weight, height + 1

    def _merge(self, out: dict[str, Any], merges: list[tuple[Any, Any]]) -> None:
        """Add the entries of merged maps under keys that `out` does not have."""
        for event, value in merges:
            sources = value if isinstance(value, list) else [value]
            if self._chunk or not all(isinstance(each, dict) for each in sources):
                self._note(
                    "merge-key",
                    "`<<` takes a map or a list of maps",
                    event,
                    'for a key of that name, put it in quotes: "<<"',
                )
                continue
            for source in sources:
                self._spend(len(source) + 1, event)
                for key, each in source.items():
                    out.setdefault(key, each)

    def _spend(self, weight: int, event: Any) -> None:
        """Take `weight` from what aliases and merge keys may add."""
        self._expansion += weight
        if self._expansion > self._limits.expansion:
            raise _broken(
                "alias-expansion",
                "aliases and merge keys stand for more than "
                f"{self._limits.expansion:,} values",
                event,
                "use `defaults`, `presets` or `matrix` instead",
            )

    def _count(self, event: Any) -> None:
        """Count a value of a map or list."""
        self._nodes += 1
        if self._nodes > self._limits.nodes:
            raise _broken(
                "too-many-values",
                f"more than {self._limits.nodes:,} values in one file",
                event,
                "split it, and name the parts under `include`",
            )

    def _duplicate(self, start: Any, key: str, event: Any) -> None:
        """Note a key that its map has already."""
        if len(self.duplicates) < self._limits.faults:
            self.duplicates.append(
                (
                    start.start_mark.index,
                    key,
                    event.start_mark.index,
                    event.end_mark.index,
                )
            )

    def _note(
        self, code: str, message: str, event: Any, hint: str | None = None
    ) -> None:
        """Note a fault that does not end the pass."""
        fault = _broken(code, message, event, hint).fault
        self.faults.append(fault)
        if len(self.faults) >= self._limits.faults:
            raise Broken(fault)


def _broken(code: str, message: str, event: Any, hint: str | None = None) -> Broken:
    """Return the exception for a fault at an event."""
    start, end = event.start_mark.index, event.end_mark.index
    return Broken(Fault(code, message, start, max(end, start + 1), hint))
