"""What can still be said of a spec in which something is wrong already; pure.

A person who mends a spec wants to hear of all mistakes at once, and of none that is only
the consequence of another. So an entry that the schema refuses in part is read on without
that part, and whatever hangs on the part is left unsaid. Assets that come out of such
entries are good for finding mistakes, and never for building.

Entries of which nothing can be read have at least names that others may use.
"""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, TypeAlias

from assetgen.catalog import SOURCE_KEYS
from assetgen.naming import closest
from assetgen.values import Value

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from assetgen.errors import Problem
    from assetgen.model import Json

    Pointer: TypeAlias = tuple[str | int, ...]

APART: Final = frozenset(
    ("outputs", "process", "checks", "tags", "description", "alt", "n", "revision")
)
"""Fields without which the rest of an asset means the same."""

_EVERYTHING: Final = frozenset(("matrix", "vars"))
"""Fields without which nothing of an entry can be read."""

_OF_THE_DRAW: Final = frozenset(("cannot-keep", "needs-alpha", "needs-background"))
"""Problems of outputs that follow from what is asked of a provider."""

_EXPLAINS: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "vars": ("unknown-variable", ""),
        "targets": ("unknown-target", "output-twice"),
        "presets": ("unknown-preset", "unknown-format"),
    }
)
"""Problems that a mistake in the name of a section explains, and one inside of it."""

_TEMPLATE: Final = re.compile(r"\$\{[^{}]*\}")
_UNNAMED: Final = re.compile(r"[^a-z0-9_./-]+")


def cut_entry(
    value: Json, pointers: Iterable[Pointer]
) -> tuple[dict[str, Json], tuple[Pointer, ...]] | None:
    """Return an entry without what is wrong in it; None where the rest means nothing.

    Args:
        value: The entry.
        pointers: Where the problems are, from the entry on; () for all of it.

    Returns:
        The rest, and what was taken out, from the entry on; its first key is a field.
    """
    if not isinstance(value, dict):
        return None
    rest = dict(value)
    taken: dict[Pointer, None] = {}
    for pointer in pointers:
        if not pointer or _decides_everything(str(pointer[0])):
            return None
        taken[_taken_out(rest, pointer)] = None
    if "prompt" in value and "prompt" not in rest:
        rest["prompt"] = "?"  # some words, so that there is a source to read on with
    if not any(key in rest for key in SOURCE_KEYS):
        return None
    return rest, tuple(taken)


def _decides_everything(key: str) -> bool:
    return key in _EVERYTHING or (
        key not in APART and closest(key, _EVERYTHING) is not None
    )


def _taken_out(rest: dict[str, Json], pointer: Pointer) -> Pointer:
    """Take the innermost key of a map out that holds a problem, and return which.

    Entries of a list stay where they are, or the places of the others would move. Of a
    source's and of a step's map the whole field goes.
    """
    depth = 1
    here: Json = rest.get(str(pointer[0]))
    if pointer[0] in ("outputs", "sheet"):
        for at, step in enumerate(pointer[1:], 1):
            if isinstance(here, dict) and isinstance(step, str) and step in here:
                depth, here = at + 1, here[step]
            elif isinstance(here, list) and isinstance(step, int) and step < len(here):
                here = here[step]
            else:
                break
    path = pointer[:depth]
    if len(path) == 1:
        rest.pop(str(pointer[0]), None)
        return pointer[:1]
    rest[str(path[0])] = _without(rest[str(path[0])], path[1:])
    return path


def _without(value: Json, path: Pointer) -> Json:
    """Return a copy of a value without the key at the end of `path`."""
    step, rest = path[0], path[1:]
    if isinstance(value, list):
        return [
            _without(each, rest) if at == step else each
            for at, each in enumerate(value)
        ]
    if not isinstance(value, dict):
        return value
    if not rest:
        return {key: each for key, each in value.items() if key != step}
    return {
        key: _without(each, rest) if key == step else each
        for key, each in value.items()
    }


def without_consequences(
    problems: Iterable[Problem], pointers: Sequence[Pointer]
) -> list[Problem]:
    """Return the problems of a cut entry that it would have had uncut, too.

    Args:
        problems: What was found in the cut entry.
        pointers: What was taken out of it.
    """
    if not pointers:
        return list(problems)
    fields = {pointer[0] for pointer in pointers}
    if not fields.isdisjoint(SOURCE_KEYS) and fields != {"prompt"}:
        return []
    asks = not fields <= APART
    kept: list[Problem] = []
    for problem in problems:
        place = problem.place
        at = place.pointer[2:] if place is not None else ()
        field = at[0] if at else ""
        if field in APART:
            near = at[:2] if field == "outputs" and len(at) > 1 else at[:1]
            if any(each[: len(near)] == near for each in pointers):
                continue
            if asks and problem.code in _OF_THE_DRAW:
                continue
        elif asks:
            continue
        kept.append(problem)
    return kept


def asks_soundly(problems: Iterable[Problem], pointers: Sequence[Pointer]) -> bool:
    """Return whether an entry's source and request are as the spec means them.

    Args:
        problems: What was found in the entry.
        pointers: What was taken out of it.
    """
    fields = {pointer[0] for pointer in pointers}
    for each in problems:
        if each.severity == "error" and each.place is not None:
            fields.update(each.place.pointer[2:3] or ("",))
    return fields <= APART


def without_echoes_of_settings(problems: Iterable[Problem]) -> list[Problem]:
    """Return the problems without those of assets that a wrong setting explains.

    A variable is unknown while `vars` is misspelt, and so are targets and presets.
    """
    problems = list(problems)
    explained: set[str] = set()
    for each in problems:
        pointer = each.place.pointer if each.place is not None else ()
        if not pointer or pointer[0] == "assets" or each.code in explained:
            continue
        section = closest(str(pointer[0]), _EXPLAINS)
        if section is not None and each.severity == "error":
            by_name, inside = _EXPLAINS[section]
            explained.update((by_name, inside) if len(pointer) == 1 else (inside,))
    return [each for each in problems if each.code not in explained]


class Unread(Value):
    """Names that assets may have which could not be read.

    Attributes:
        keys: Keys of their entries, each with whether it has a matrix.
        all: Whether any name may be theirs: a whole file could not be read.
    """

    keys: tuple[tuple[str, bool], ...] = ()
    all: bool = False

    def may_name(self, name: str) -> bool:
        """Return whether one of them may be named `name`, or be meant by it."""
        plain = _plain(name)
        return self.all or any(_stands_for(k, plain, many=m) for k, m in self.keys)

    def may_match(self, glob: str) -> bool:
        """Return whether a glob may match one of them."""
        if self.all:
            return True
        start = re.split(r"[*?\[]", glob, maxsplit=1)[0]
        for key, many in self.keys:
            known = key.split("${", 1)[0]
            if not many and "${" not in key:
                if fnmatchcase(_plain(key), glob):
                    return True
            elif known.startswith(start) or start.startswith(known):
                return True
        return False


def _stands_for(key: str, name: str, *, many: bool) -> bool:
    """Return whether an entry's key may become a name; templates may become anything."""
    first, *others = map(_plain, _TEMPLATE.split(key))
    if not others:
        return name == first or (many and name.startswith(f"{first}/"))
    last = others.pop()
    if not name.startswith(first) or not name.endswith(last):
        return False
    at, end = len(first), len(name) - len(last)
    for part in others:
        at = name.find(part, at)
        if at < 0:
            return False
        at += len(part)
    return at <= end


def _plain(name: str) -> str:
    """Return a name as it would be written if it could be one."""
    return _UNNAMED.sub("-", name.lower())


def entry_keys(
    entries: Mapping[str, Json], unread: Iterable[str]
) -> tuple[tuple[str, bool], ...]:
    """Return the keys of entries that could not be read, as `Unread` takes them."""
    found = []
    for key in unread:
        value = entries.get(key)
        found.append((key, isinstance(value, dict) and "matrix" in value))
    return tuple(found)
