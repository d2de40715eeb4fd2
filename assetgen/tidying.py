"""Spec files into the spec's one way of being written, all of them or none.

Every file is read, checked against the schema and formatted before the first one is
written, so an invalid file leaves all as they are. A file that is formatted already is
not touched.
"""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Final

from assetgen import document, schema
from assetgen.document.limits import Fault
from assetgen.document.text import diagnostic
from assetgen.errors import PolicyRefused, SpecInvalid, UsageError
from assetgen.files import read_contained, refusal, shown, write_atomically
from assetgen.formatting import format_text
from assetgen.including import included_files
from assetgen.schema.explained import MAIN_FILE_KEYS
from assetgen.sources import LIMIT_BYTES, located
from assetgen.values import Value

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from assetgen.errors import Diagnostic, Problem
    from assetgen.model import Json

_ODD_LINE_END: Final = re.compile("[\x85\u2028\u2029]")
"""What YAML ends a line at and editors do not."""


class Tidied(Value, kw_only=True):
    """A spec file as it is and as it would be.

    Attributes:
        root: The folder that it is read from.
        path: Inside `root`, forward slashes.
        before: Its bytes.
        after: Its bytes once it is formatted.
    """

    root: Path
    path: str
    before: bytes
    after: bytes

    @property
    def changed(self) -> bool:
        """Whether it is not formatted yet."""
        return self.before != self.after


def tidy_project(root: Path, main: str) -> tuple[Tidied, ...]:
    """Return a spec and all files that it includes, formatted; nothing is written.

    Raises:
        SpecInvalid: With everything that is wrong in any of the files.
        PolicyRefused: A file is a symlink, or one leads out of the project.
        UsageError: There is no spec.
        DiskRefused: A file cannot be read.
    """
    data = _read(root, main)
    included: list[str] = []
    try:
        head = document.parse(data, main)
    except SpecInvalid:
        head = None  # told with all other files' mistakes
    if isinstance(head, dict):
        paths, _, problems = included_files(root, main, head.get("include"))
        if problems:
            raise SpecInvalid(located(problems, lambda _: data))
        included = [path for path, _ in paths]
    files = [(root, main, False), *((root, path, True) for path in included)]
    return _tidy(files)


def tidy_files(names: Iterable[str]) -> tuple[Tidied, ...]:
    """Return files that were named one by one, formatted; errors as `tidy_project`."""
    files = []
    for name in names:
        path = Path(os.path.abspath(name))  # noqa: PTH100  # links stay as they are
        files.append((path.parent, path.name, None))
    return _tidy(files)


def write(files: Iterable[Tidied]) -> None:
    """Write what changed; each file is the old or the new one, whole.

    Raises:
        DiskRefused: A file cannot be written; those before it are.
    """
    for each in files:
        if each.changed:
            place = each.root / each.path
            mode = stat.S_IMODE(place.stat().st_mode)
            write_atomically(place, each.after, durable=False, mode=mode)


def _tidy(files: Iterable[tuple[Path, str, bool | None]]) -> tuple[Tidied, ...]:
    """Return the files formatted, or raise what is wrong with all of them."""
    done: list[Tidied] = []
    wrong: list[Diagnostic] = []
    for root, path, included in files:
        data = _read(root, path)
        try:
            done.append(_tidied(root, path, data, included))
        except SpecInvalid as invalid:
            wrong += invalid.diagnostics
    if wrong:
        raise SpecInvalid(tuple(wrong))
    return tuple(done)


def _tidied(root: Path, path: str, data: bytes, included: bool | None) -> Tidied:  # noqa: FBT001  # private
    """Return one file formatted.

    Args:
        included: Whether it may hold no more than included files do; None if either
            will do.
    """
    text = document.decode(data, path)
    value = document.parse(data, path)
    problems = _problems(value, path, included)
    if problems:
        raise SpecInvalid(located(problems, lambda _: data))
    if odd := _ODD_LINE_END.search(text):
        fault = Fault(
            "odd-line-end",
            f"the line separator U+{ord(odd.group()):04X} cannot be formatted",
            odd.start(),
            odd.end(),
            "press Enter in its place, or write it as an escape in double quotes: "
            f'"\\u{ord(odd.group()):04x}"',
        )
        raise SpecInvalid((diagnostic(fault, text, path),))
    after = format_text(text, path).encode()
    return Tidied(root=root, path=path, before=data, after=after)


def _problems(value: Json, path: str, included: bool | None) -> tuple[Problem, ...]:  # noqa: FBT001  # private
    """Return what the schema does not allow in a file."""
    if included is not None:
        return schema.validate(value, path, included=included)
    as_main = schema.validate(value, path, included=False)
    if not as_main:
        return ()
    as_included = schema.validate(value, path, included=True)
    has_main_keys = isinstance(value, dict) and not MAIN_FILE_KEYS.isdisjoint(value)
    return as_main if has_main_keys and as_included else as_included


def _read(root: Path, path: str) -> bytes:
    """Return a file's bytes; it must be a plain file, and no link to one."""
    place = root / path
    if place.is_symlink():
        raise PolicyRefused(
            f"{shown(place)} is a symbolic link, and formatting would replace it",
            hint=f"format the file that it points to: {shown(place.resolve())}",
        )
    try:
        data = read_contained(root, path, limit_bytes=LIMIT_BYTES)
    except OSError as error:
        raise refusal("read", place, error) from error
    if data is None:
        raise UsageError(
            f"there is no spec file {shown(place)}",
            hint="`assetgen init` writes a first one; --file names another",
        )
    return data


def hunks(file: Tidied, name: str) -> Iterator[str]:
    """Yield the lines of a unified diff of a file, without line ends."""
    import difflib

    before, after = (
        data.decode("utf-8").split("\n") for data in (file.before, file.after)
    )
    yield from difflib.unified_diff(
        before, after, f"a/{name}", f"b/{name}", lineterm=""
    )


def first_change(file: Tidied) -> int:
    """Return the number of the first line that differs, counted from 1."""
    before, after = file.before.split(b"\n"), file.after.split(b"\n")
    for number, (old, new) in enumerate(zip(before, after, strict=False), 1):
        if old != new:
            return number
    return min(len(before), len(after))
