"""`assets.lock`: which draws each asset's request is pinned to.

JSON lines: the first is ``{"lock": 1}``, then one object a line, sorted by asset, so
that git merges assets independently. The text is a fixed point: formatting what was
parsed gives the same text. No times, no paths of a machine, no names of people.
Parsing is one call of the JSON decoder for all lines; only when that fails is each line
looked at by itself, to say which one is wrong.
"""

from __future__ import annotations

import itertools
import json
import operator
import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias

from assetgen.errors import Diagnostic, Excerpt, SpecInvalid
from assetgen.files import read_if_there, write_if_changed
from assetgen.model import AssetName, Json
from assetgen.spans import Span
from assetgen.values import Value

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from assetgen.digest import Digest, Key

LOCK_VERSION: Final = 1
_HEADER: Final = f'{{"lock": {LOCK_VERSION}}}'
_CONFLICT: Final = re.compile(r"^(?:<{7}|={7}|>{7}|\|{7})(?: |\r?$)")
_MOST_ERRORS: Final = 20
_RESOLVE: Final = "assetgen lock --resolve"


_NO_PARAMS: Final[Mapping[str, Json]] = MappingProxyType({})


class LockLine(NamedTuple):
    """One asset's pin; a tuple, because ten thousand of them are made in one go.

    Attributes:
        key: Of the request that the draws answer.
        operation: ``generate``, ``edit`` or ``vary``.
        draws: Digests of all draws, in the order they came; at least one.
        pick: The draw that is the asset's picture; one of `draws`.
        model: As the service reported it; None if neither it nor the spec names one.
        params: Request parameters by name.
        prompt: Short hash of the prompt, to see that it changed.
        inputs: Identities of the input pictures, in request order.
        mask: Identity of the mask.
    """

    asset: AssetName
    key: Key
    operation: str
    provider: str
    draws: tuple[Digest, ...]
    pick: Digest
    model: str | None = None
    params: Mapping[str, Json] = _NO_PARAMS
    prompt: str = ""
    inputs: tuple[str, ...] = ()
    mask: str | None = None
    revision: int = 0

    @property
    def pick_number(self) -> int:
        """Which draw is picked, counted from 1."""
        return self.draws.index(self.pick) + 1


Lock: TypeAlias = Mapping[AssetName, LockLine]


# --- files --------------------------------------------------------------------


def read_lock(path: Path, shown_as: str = "assets.lock") -> dict[AssetName, LockLine]:
    """Return the lock at `path`; {} where there is none.

    Raises:
        SpecInvalid: It cannot be read as a lock.
        DiskRefused: It is there and cannot be read.
    """
    data = read_if_there(path)
    if data is None:
        return {}
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        problem = _diagnostic(shown_as, line, "", "the lock is not UTF-8 text")
        raise SpecInvalid((problem,)) from error
    return parse_lock(text, shown_as)


def write_lock(path: Path, lines: Iterable[LockLine]) -> bool:
    """Write a lock if its text changes; True if it did. An empty one makes no file.

    Raises:
        DiskRefused: The old lock is still there.
    """
    text = format_lock(lines)
    if text == _HEADER + "\n" and not path.exists():
        return False
    return write_if_changed(path, text.encode(), durable=True, what="lock")


# --- writing ------------------------------------------------------------------


def format_lock(lines: Iterable[LockLine]) -> str:
    """Return the one text of these lines."""
    ordered = sorted(lines, key=lambda line: line.asset)
    return "\n".join([_HEADER, *map(_format_line, ordered), ""])


def _format_line(line: LockLine) -> str:
    """Return one line: fields in a fixed order, empty ones left out."""
    parts: dict[str, Json] = {
        "asset": line.asset,
        "key": line.key,
        "operation": line.operation,
        "provider": line.provider,
        "model": line.model,
        "params": {name: line.params[name] for name in sorted(line.params)},
        "prompt": line.prompt,
        "inputs": list(line.inputs),
        "mask": line.mask,
        "revision": line.revision,
        "draws": list(line.draws),
        "pick": line.pick,
    }
    kept = {name: part for name, part in parts.items() if part or name in _REQUIRED}
    return json.dumps(kept, ensure_ascii=False)


# --- reading ------------------------------------------------------------------


def parse_lock(text: str, path: str = "assets.lock") -> dict[AssetName, LockLine]:
    """Return the lines of a lock by asset; their order in the text does not matter.

    Args:
        text: The whole file; an empty one is a lock without lines.
        path: How messages name it.

    Raises:
        SpecInvalid: With the number of each wrong line.
    """
    rows = [row for row in text.split("\n") if row and not row.isspace()]
    if not rows:
        return {}
    if not _header_problem(rows[0]):
        objects = _decode_all(rows[1:])
        if objects is not None and _all_fit(objects):
            lock = {(line := _build(each)).asset: line for each in objects}
            if len(lock) == len(objects):
                return lock
    problems = tuple(_problems(text, path))
    assert problems, "a lock was refused without a reason"
    raise SpecInvalid(problems[:_MOST_ERRORS])


def _decode_all(rows: list[str]) -> list[dict[str, Any]] | None:
    """Return the objects of all rows; None unless each row is one JSON object."""
    try:
        values = json.loads(f"[{','.join(rows)}]")
    except (ValueError, RecursionError):
        return None
    are_objects = len(values) == len(rows) and set(map(type, values)) <= {dict}
    return values if are_objects else None


_TEXTS: Final = ("asset", "key", "operation", "provider", "pick")
_OPTIONAL_TEXTS: Final = ("model", "prompt", "mask")
_REQUIRED: Final = frozenset((*_TEXTS, "draws"))
_FIELDS: Final = _REQUIRED | {*_OPTIONAL_TEXTS, "params", "inputs", "revision"}


def _all_fit(objects: list[dict[str, Any]]) -> bool:
    """Return whether `_build` can take all objects.

    The checks run over all lines at once, field by field: a lock of 10,000 lines is
    read with each build, and calls per line would take longer than decoding it.
    """
    if not all(
        _REQUIRED <= set(names) <= _FIELDS for names in set(map(tuple, objects))
    ):
        return False
    keys, picks, draws = (
        list(map(operator.itemgetter(name), objects))
        for name in ("key", "pick", "draws")
    )
    lists = draws + [each["inputs"] for each in objects if "inputs" in each]
    if not set(map(type, lists)) <= {list}:
        return False
    chain = itertools.chain.from_iterable
    texts = chain(
        (
            chain(map(operator.itemgetter(*_TEXTS), objects)),
            chain(lists),
            (
                each[name]
                for name in _OPTIONAL_TEXTS
                for each in objects
                if name in each
            ),
        )
    )
    hashes = [*keys, *chain(draws)]
    return (
        set(map(type, texts)) <= {str}
        and {type(each["params"]) for each in objects if "params" in each} <= {dict}
        and {type(each["revision"]) for each in objects if "revision" in each} <= {int}
        and set(map(len, hashes)) <= {64}
        and _is_hex("".join(hashes))
        and all(map(operator.contains, draws, picks))
    )


def _is_hex(text: str) -> bool:
    """Return whether there are only lower-case hexadecimal digits; fast on megabytes."""
    return not text.encode("utf-8", "replace").translate(None, b"0123456789abcdef")


def _build(data: dict[str, Any]) -> LockLine:
    """Return the line of an object that `_all_fit` accepts."""
    get = data.get
    return LockLine(
        data["asset"],
        data["key"],
        data["operation"],
        data["provider"],
        tuple(data["draws"]),
        data["pick"],
        get("model"),
        get("params", _NO_PARAMS),
        get("prompt", ""),
        tuple(get("inputs", ())),
        get("mask"),
        get("revision", 0),
    )


# --- what is wrong with it ----------------------------------------------------


def _problems(text: str, path: str) -> Iterator[Diagnostic]:
    """Yield a diagnostic for each wrong line."""
    rows = [
        (number, row)
        for number, row in enumerate(text.split("\n"), 1)
        if row and not row.isspace()
    ]
    conflicts = [(number, row) for number, row in rows if _CONFLICT.match(row)]
    if conflicts:
        # Whatever else is odd in such a file comes from the merge.
        for number, row in conflicts:
            if row.startswith("<"):
                yield _conflict(path, number, row)
        if not any(row.startswith("<") for _, row in conflicts):
            yield _conflict(path, *conflicts[0])
        return
    number, row = rows[0]
    problem = _header_problem(row)
    if problem:
        hint = "upgrade assetgen, or restore the lock from git"
        yield _diagnostic(path, number, row, problem, hint=hint)
        return
    seen: dict[str, tuple[int, str]] = {}
    for number, row in rows[1:]:
        asset, problem = _row_problem(row)
        if problem:
            yield _diagnostic(path, number, row, problem, hint=_HINT)
        elif asset in seen:
            first = _excerpt(path, *seen[asset], label="first here")
            message = f"the asset {asset!r} has two lines"
            yield _diagnostic(path, number, row, message, hint=_HINT, related=(first,))
        else:
            seen[asset] = (number, row)


_HINT: Final = f"restore the line from git, or run `{_RESOLVE}`"


def _conflict(path: str, number: int, row: str) -> Diagnostic:
    """Return the diagnostic of a merge conflict."""
    return _diagnostic(
        path,
        number,
        row,
        "git left a merge conflict in the lock",
        hint=f"run `{_RESOLVE}`, or choose one side by hand",
        code="lock-conflict",
    )


def _header_problem(row: str) -> str:
    """Return what is wrong with the first line; empty if nothing is."""
    try:
        header = json.loads(row)
    except (ValueError, RecursionError):
        header = None
    version = header.get("lock") if isinstance(header, dict) else None
    if version is None:
        return f"the lock does not begin with {_HEADER}"
    if type(version) is int and version == LOCK_VERSION:
        return ""
    return f"version {version!r} of the lock is not known here"


def _row_problem(row: str) -> tuple[str, str]:
    """Return a line's asset, and what is wrong with it; empty if nothing is."""
    try:
        data = json.loads(row)
    except json.JSONDecodeError as error:
        return "", f"the line is not JSON: {error.msg.lower()} (column {error.colno})"
    except (ValueError, RecursionError):
        return "", "the line cannot be read"
    if not isinstance(data, dict):
        return "", "the line is not an object"
    if _all_fit([data]):
        return data["asset"], ""
    return "", _object_problem(data)


def _object_problem(data: dict[str, Any]) -> str:
    """Return why `_all_fit` does not accept an object."""
    missing, strange = sorted(_REQUIRED - data.keys()), sorted(data.keys() - _FIELDS)
    if missing:
        return f"the field {missing[0]!r} is missing"
    if strange:
        return f"the field {strange[0]!r} is not known here"
    for name in (*_TEXTS, *_OPTIONAL_TEXTS):
        if not isinstance(data.get(name, ""), str):
            return f"{name!r} is not text"
    for name in ("draws", "inputs"):
        value = data.get(name, [])
        if not isinstance(value, list) or not all(isinstance(x, str) for x in value):
            return f"{name!r} is not a list of texts"
    if not isinstance(data.get("params", {}), dict):
        return "'params' is not an object"
    if type(data.get("revision", 0)) is not int:
        return "'revision' is not a whole number"
    return _hash_problem(data)


def _hash_problem(data: dict[str, Any]) -> str:
    """Return which hash of an object is wrong."""
    for digest in (data["key"], *data["draws"]):
        if len(digest) != 64 or not _is_hex(digest):
            return f"{digest[:80]!r} is not a hash of 64 hexadecimal digits"
    return "the pick is not one of the draws"


def _diagnostic(
    path: str,
    number: int,
    row: str,
    message: str,
    *,
    hint: str | None = None,
    code: str = "lock-invalid",
    related: tuple[Excerpt, ...] = (),
) -> Diagnostic:
    """Return an error that points at a whole line."""
    excerpt = _excerpt(path, number, row)
    return Diagnostic(code, message, excerpt, hint=hint, related=related)


def _excerpt(path: str, number: int, row: str, label: str = "") -> Excerpt:
    """Return a line of the lock as an excerpt; a long one is cut."""
    shown = row.rstrip()[:160]
    return Excerpt(Span(path, number, 1, max(1, len(shown))), shown, label)


# --- conflicts ----------------------------------------------------------------


class Conflicted(Value):
    """A lock as git left it in the middle of a merge.

    Attributes:
        agreed: Lines that stand once, or are the same on all sides.
        disputed: For each other asset the lines that the sides want, ours first.
    """

    agreed: Lock
    disputed: Mapping[AssetName, tuple[LockLine, ...]]


def read_conflicted(text: str) -> Conflicted:
    """Return what can be read of a lock with conflict markers or bad lines."""
    candidates: dict[AssetName, list[LockLine]] = {}
    for row in text.split("\n"):
        asset, problem = _row_problem(row)
        if problem:
            continue
        line = _build(json.loads(row))
        lines = candidates.setdefault(AssetName(asset), [])
        if line not in lines:
            lines.append(line)
    return Conflicted(
        {name: lines[0] for name, lines in candidates.items() if len(lines) == 1},
        {name: tuple(lines) for name, lines in candidates.items() if len(lines) > 1},
    )
