"""`assets.lock`: which draws each asset's request is pinned to.

JSON lines: the first is ``{"lock": 1}``, then one object a line, sorted by asset, so
that git merges assets independently. The text is a fixed point: formatting what was
parsed gives the same text. No times, no paths of a machine, no names of people.

A lock is checked as a whole when it is read, and its lines are decoded one by one when
they are asked for: a build reads all of it and needs what it has to look at. Lines that
stay are copied as they stand. What a line holds is said in `lockline`; conflicts of git
are settled in `lockmerge`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Final

from assetgen.errors import Diagnostic, Excerpt, SpecInvalid
from assetgen.files import read_if_there, write_if_changed
from assetgen.lockline import (
    LockLine,
    canonical_names,
    is_canonical,
    line_for,
    line_of,
    read_row,
    row_of,
)
from assetgen.model import AssetName
from assetgen.spans import Span

if TYPE_CHECKING:
    from pathlib import Path

__all__ = [
    "HEADER",
    "Lock",
    "LockLine",
    "format_lock",
    "line_for",
    "parse_lock",
    "read_lock",
    "text_of",
    "write_lock",
]

LOCK_VERSION: Final = 1
HEADER: Final = f'{{"lock": {LOCK_VERSION}}}'
CONFLICT: Final = re.compile(r"^(?:<{7}|={7}|>{7}|\|{7})(?: |\r?$)")
_MOST_ERRORS: Final = 20
_RESOLVE: Final = "assetgen lock --resolve"


class Lock(Mapping[AssetName, LockLine]):
    """The lines of a lock by asset, decoded when they are asked for.

    Attributes:
        rows: The text of each line by asset, each in its one form.
    """

    def __init__(self, rows: Mapping[AssetName, str] | None = None) -> None:
        """Take the texts of valid lines."""
        self.rows: Mapping[AssetName, str] = {} if rows is None else rows
        self._decoded: dict[AssetName, LockLine] = {}

    @classmethod
    def of(cls, lines: Iterable[LockLine]) -> Lock:
        """Return the lock with these lines."""
        return cls({line.asset: row_of(line) for line in lines})

    def __getitem__(self, name: AssetName) -> LockLine:
        """Return the line of an asset.

        Raises:
            KeyError: It has none.
        """
        found = self._decoded.get(name)
        if found is None:
            found = self._decoded[name] = line_of(self.rows[name])
        return found

    def __contains__(self, name: object) -> bool:
        """Return whether an asset has a line, without decoding it."""
        return name in self.rows

    def __iter__(self) -> Iterator[AssetName]:
        """Return the assets in the order of the text."""
        return iter(self.rows)

    def __len__(self) -> int:
        """Return the number of lines."""
        return len(self.rows)

    def __repr__(self) -> str:
        """Return the number of lines, in words."""
        return f"<Lock of {len(self)} lines>"

    def text(self) -> str:
        """Return the one text of the lock."""
        return text_of(self.rows)

    def changed(self, lines: Iterable[LockLine], gone: Iterable[AssetName]) -> Lock:
        """Return the lock with some lines new or replaced, and others gone."""
        rows = dict(self.rows)
        for name in gone:
            rows.pop(name, None)
        for line in lines:
            rows[line.asset] = row_of(line)
        return Lock(rows)


# --- files --------------------------------------------------------------------


def read_lock(path: Path, shown_as: str = "assets.lock") -> Lock:
    """Return the lock at `path`; one without lines where there is none.

    Raises:
        SpecInvalid: It cannot be read as a lock.
        DiskRefused: It is there and cannot be read.
    """
    return parse_lock(lock_text(read_if_there(path) or b"", shown_as), shown_as)


def lock_text(data: bytes, shown_as: str = "assets.lock") -> str:
    """Return the text of a lock's bytes.

    Raises:
        SpecInvalid: They are no UTF-8.
    """
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        problem = _diagnostic(shown_as, line, "", "the lock is not UTF-8 text")
        raise SpecInvalid((problem,)) from error


def write_lock(path: Path, lines: Lock | Iterable[LockLine]) -> bool:
    """Write a lock if its text changes; True if it did. An empty one makes no file.

    Raises:
        DiskRefused: The old lock is still there.
    """
    text = lines.text() if isinstance(lines, Lock) else format_lock(lines)
    if text == HEADER + "\n" and not path.exists():
        return False
    return write_if_changed(path, text.encode(), durable=True, what="lock")


# --- writing ------------------------------------------------------------------


def format_lock(lines: Iterable[LockLine]) -> str:
    """Return the one text of these lines."""
    return Lock.of(lines).text()


def text_of(rows: Mapping[AssetName, str]) -> str:
    """Return the one text of a lock with these lines."""
    return "\n".join([HEADER, *(rows[name] for name in sorted(rows)), ""])


# --- reading ------------------------------------------------------------------


def parse_lock(text: str, path: str = "assets.lock") -> Lock:
    """Return the lock that a text holds; the order of its lines does not matter.

    Args:
        text: The whole file; an empty one is a lock without lines.
        path: How messages name it.

    Raises:
        SpecInvalid: With the number of each wrong line.
    """
    rows = _quick_rows(text)
    if rows is None and "\r\n" in text:
        rows = _quick_rows(text.replace("\r\n", "\n"))
    return Lock(_rows_one_by_one(text, path) if rows is None else rows)


def _quick_rows(text: str) -> dict[AssetName, str] | None:
    """Return the lines of a text that has its one form, but for the order; else None."""
    first, *rows = text.split("\n")
    if first != HEADER or not rows or rows.pop() != "":
        return None
    names = canonical_names(text, len(first) + 1)
    if len(names) != len(rows):
        return None
    found = dict(zip(names, rows, strict=True))
    return found if len(found) == len(rows) else None


def _rows_one_by_one(text: str, path: str) -> dict[AssetName, str]:
    """Return the lines of any text, each in its one form.

    Raises:
        SpecInvalid: With the number of each wrong line.
    """
    rows = [
        (number, row)
        for number, row in enumerate(text.split("\n"), 1)
        if row and not row.isspace()
    ]
    if not rows:
        return {}
    problems = _conflicts(rows, path) or _header_problems(*rows[0], path)
    found: dict[AssetName, str] = {}
    seen: dict[AssetName, tuple[int, str]] = {}
    for number, row in () if problems else rows[1:]:
        line, problem = read_row(row)
        if line is None:
            problems.append(_diagnostic(path, number, row, problem, hint=_HINT))
        elif line.asset in seen:
            first = _excerpt(path, *seen[line.asset], label="first here")
            message = f"the asset {line.asset!r} has two lines"
            problems.append(
                _diagnostic(path, number, row, message, hint=_HINT, related=(first,))
            )
        else:
            seen[line.asset] = (number, row)
            found[line.asset] = row if is_canonical(row) else row_of(line)
        if len(problems) == _MOST_ERRORS:
            break
    if problems:
        raise SpecInvalid(tuple(problems))
    return found


# --- what is wrong with it ----------------------------------------------------


_HINT: Final = f"restore the line from git, or run `{_RESOLVE}`"


def _conflicts(rows: list[tuple[int, str]], path: str) -> list[Diagnostic]:
    """Return a diagnostic for each conflict that git left.

    Whatever else is odd in such a file comes from the merge.
    """
    marks = [(number, row) for number, row in rows if CONFLICT.match(row)]
    starts = [(number, row) for number, row in marks if row.startswith("<")]
    return [
        _diagnostic(
            path,
            number,
            row,
            "git left a merge conflict in the lock",
            hint=f"run `{_RESOLVE}`, or choose one side by hand",
            code="lock-conflict",
        )
        for number, row in (starts or marks[:1])[:_MOST_ERRORS]
    ]


def require_known_header(text: str, path: str) -> None:
    """Raise SpecInvalid if a conflicted lock is one of another version.

    Every line counts: in a conflict the first line may stand on either side.
    """
    for number, row in enumerate(text.split("\n"), 1):
        if row.startswith('{"lock"'):
            problems = _header_problems(number, row, path)
            if problems:
                raise SpecInvalid(tuple(problems))


def _header_problems(number: int, row: str, path: str) -> list[Diagnostic]:
    """Return what is wrong with the first line, if anything is."""
    problem = header_problem(row)
    hint = "upgrade assetgen, or restore the lock from git"
    return [_diagnostic(path, number, row, problem, hint=hint)] if problem else []


def header_problem(row: str) -> str:
    """Return what is wrong with a lock's first line; empty if nothing is."""
    try:
        header = json.loads(row)
    except (ValueError, RecursionError):
        header = None
    version = header.get("lock") if isinstance(header, dict) else None
    if version is None:
        return f"the lock does not begin with {HEADER}"
    if type(version) is int and version == LOCK_VERSION:
        return ""
    return f"version {version!r} of the lock is not known here"


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
