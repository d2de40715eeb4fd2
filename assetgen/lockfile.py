"""`assets.lock`: which draws each asset's request is pinned to.

JSON lines: the first is ``{"lock": 1}``, then one object a line, sorted by asset, so
that git merges assets independently. The text is a fixed point: formatting what was
parsed gives the same text. No times, no paths of a machine, no names of people.
Parsing is one call of the JSON decoder for all lines; only when that fails is each line
looked at by itself, to say which one is wrong.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, TypeAlias

from assetgen.digest import Digest, Key
from assetgen.errors import Diagnostic, Excerpt, SpecInvalid
from assetgen.files import read_if_there, write_if_changed
from assetgen.model import AssetName, Json
from assetgen.spans import Span

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

LOCK_VERSION: Final = 1
_HEADER: Final = f'{{"lock": {LOCK_VERSION}}}'
_HEX64: Final = re.compile(r"[0-9a-f]{64}")
_CONFLICT: Final = re.compile(r"^(?:<{7}|={7}|>{7}|\|{7})(?: |\r?$)")
_MOST_ERRORS: Final = 20
_RESOLVE: Final = "assetgen lock --resolve"


@dataclass(frozen=True, slots=True, kw_only=True)
class LockLine:
    """One asset's pin.

    Attributes:
        key: Of the request that the draws answer.
        operation: ``generate``, ``edit`` or ``vary``.
        model: As the service reported it; None if neither it nor the spec names one.
        params: Request parameters by name.
        prompt: Short hash of the prompt, to see that it changed.
        inputs: Identities of the input pictures, in request order.
        mask: Identity of the mask.
        draws: Digests of all draws, in the order they came; at least one.
        pick: The draw that is the asset's picture; one of `draws`.
    """

    asset: AssetName
    key: Key
    operation: str
    provider: str
    model: str | None = None
    params: Mapping[str, Json] = field(default_factory=dict)
    prompt: str = ""
    inputs: tuple[str, ...] = ()
    mask: str | None = None
    revision: int = 0
    draws: tuple[Digest, ...]
    pick: Digest

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
        if objects is not None:
            try:
                lock = {(line := _line_of(each)).asset: line for each in objects}
            except (KeyError, TypeError, ValueError):
                lock = {}
            if len(lock) == len(objects):
                return lock
    problems = tuple(_problems(text, path))
    assert problems, "a lock was refused without a reason"
    raise SpecInvalid(problems[:_MOST_ERRORS])


def _decode_all(rows: list[str]) -> list[Json] | None:
    """Return the values of all rows; None unless each row is one JSON value."""
    try:
        values: list[Json] = json.loads(f"[{','.join(rows)}]")
    except (ValueError, RecursionError):
        return None
    return values if len(values) == len(rows) else None


_REQUIRED: Final = ("asset", "key", "operation", "provider", "draws", "pick")
_OPTIONAL: Final = ("model", "params", "prompt", "inputs", "mask", "revision")
_FIELDS: Final = frozenset((*_REQUIRED, *_OPTIONAL))


def _line_of(data: Json) -> LockLine:
    """Return one line's value; KeyError, TypeError or ValueError say what is wrong."""
    if not isinstance(data, dict):
        raise TypeError("the line is not an object")
    if not data.keys() <= _FIELDS:
        raise ValueError(f"unknown field {min(data.keys() - _FIELDS)!r}")
    asset, key, pick = _text(data, "asset"), _text(data, "key"), _text(data, "pick")
    draws = _texts(data, "draws")
    for digest in (key, *draws):
        if not _HEX64.fullmatch(digest):
            raise ValueError(f"{digest[:80]!r} is not a hash of 64 hexadecimal digits")
    if pick not in draws:
        raise ValueError("the pick is not one of the draws")
    params, revision = data.get("params", {}), data.get("revision", 0)
    if not isinstance(params, dict):
        raise TypeError("'params' is not an object")
    if not isinstance(revision, int):
        raise TypeError("'revision' is not a whole number")
    return LockLine(
        asset=AssetName(asset),
        key=Key(key),
        operation=_text(data, "operation"),
        provider=_text(data, "provider"),
        model=_text(data, "model") if "model" in data else None,
        params=params,
        prompt=_text(data, "prompt") if "prompt" in data else "",
        inputs=_texts(data, "inputs") if "inputs" in data else (),
        mask=_text(data, "mask") if "mask" in data else None,
        revision=revision,
        draws=tuple(map(Digest, draws)),
        pick=Digest(pick),
    )


def _text(data: dict[str, Json], name: str) -> str:
    """Return a field that holds text."""
    value = data[name]
    if not isinstance(value, str):
        raise TypeError(f"{name!r} is not text")
    return value


def _texts(data: dict[str, Json], name: str) -> tuple[str, ...]:
    """Return a field that holds a list of texts."""
    value = data[name]
    texts = (
        tuple(each for each in value if isinstance(each, str))
        if isinstance(value, list)
        else ()
    )
    if not isinstance(value, list) or len(texts) != len(value):
        raise TypeError(f"{name!r} is not a list of texts")
    return texts


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
        line = _line_of(json.loads(row))
    except json.JSONDecodeError as error:
        return "", f"the line is not JSON: {error.msg.lower()} (column {error.colno})"
    except KeyError as error:
        return "", f"the field {error} is missing"
    except RecursionError:
        return "", "the line is nested too deeply"
    except (TypeError, ValueError) as error:
        return "", str(error)
    return line.asset, ""


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


@dataclass(frozen=True, slots=True)
class Conflicted:
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
        try:
            line = _line_of(json.loads(row))
        except (KeyError, TypeError, ValueError, RecursionError):
            continue
        lines = candidates.setdefault(line.asset, [])
        if line not in lines:
            lines.append(line)
    return Conflicted(
        {name: lines[0] for name, lines in candidates.items() if len(lines) == 1},
        {name: tuple(lines) for name, lines in candidates.items() if len(lines) > 1},
    )
