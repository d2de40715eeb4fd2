"""Comments that allow what a lint rule would warn of; text and places to rule names.

``# assetgen: allow unused-asset`` stands behind or above a line: the line that the
warning is about, or the key of an entry or a section around it. Several rules are
separated by commas or blanks; text behind ``--`` says why. A comment that was meant to
allow something and does not is a finding itself.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from assetgen import document
from assetgen.errors import Diagnostic
from assetgen.naming import closest, did_you_mean
from assetgen.spans import Place
from assetgen.values import Value, field

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator

    from assetgen.errors import Problem

_ALLOW: Final = re.compile(r"#\s*assetgen:\s*allow\s+([a-z0-9, -]*)")
_MEANT: Final = re.compile(r"#\s*assetgen:[ \t]*(\w+)([^\n\r]*)")
_VERBS: Final = frozenset(("ignore", "disable", "skip", "noqa"))
_WORD: Final = re.compile(r"[^,\s]+")
_WHOLE_LINE: Final = re.compile(r"\s*#")


class Allowances:
    """What comments of spec files allow; files are read when they are first asked for."""

    def __init__(self, read: Callable[[str], bytes | None]) -> None:
        """Take what gives a file's bytes."""
        self._read = read
        self._files: dict[str, _File | None] = {}

    def known(self, problems: Iterable[Problem]) -> list[Problem]:
        """Return the problems that no comment allows."""
        problems = list(problems)
        places: dict[str, set[Place]] = {}
        for each in problems:
            if each.place is not None and self._file(each.place.file) is not None:
                places.setdefault(each.place.file, set()).update(_around(each.place))
        for path, wanted in places.items():
            file = self._file(path)
            assert file is not None
            located = document.locate(file.data, path, wanted)
            file.lines |= {place: at.span.line for place, at in located.items()}
        return [each for each in problems if not self._allows(each)]

    def _allows(self, problem: Problem) -> bool:
        place = problem.place
        file = None if place is None else self._file(place.file)
        if place is None or file is None:
            return False
        return any(
            problem.code in file.rules.get(file.lines[each], ())
            for each in _around(place)
        )

    def _file(self, path: str) -> _File | None:
        """Return a file with comments that allow something; None if it has none."""
        if path not in self._files:
            data = self._read(path) or b""
            rules = _rules_by_line(data.decode("utf-8", "replace"))
            self._files[path] = _File(data, rules) if rules else None
        return self._files[path]


class _File(Value, frozen=False):
    """A file with comments that allow something.

    Attributes:
        rules: By the number of the line that they are about.
        lines: Numbers of the lines on which places stand.
    """

    data: bytes
    rules: dict[int, frozenset[str]]
    lines: dict[Place, int] = field(default_factory=dict)


def _around(place: Place) -> list[Place]:
    """Return a place and the keys around it, up to its section of the file."""
    pointer = place.pointer
    keys = [
        Place(place.file, pointer[:end], on_key=True)
        for end in range(1, len(pointer) + 1)
    ]
    return [place, *keys]


def _rules_by_line(text: str) -> dict[int, frozenset[str]]:
    """Return what is allowed on which line; comments above a line are about it."""
    if "assetgen:" not in text:
        return {}
    found: dict[int, frozenset[str]] = {}
    above: frozenset[str] = frozenset()
    for number, line in enumerate(re.split(r"\r\n|\r|\n", text), 1):
        match = _ALLOW.search(line)
        here = frozenset(_names(match.group(1))) if match else frozenset()
        if _WHOLE_LINE.match(line):
            above |= here
        elif line.strip():
            if above | here:
                found[number] = above | here
            above = frozenset()
    return found


def _names(text: str) -> list[str]:
    """Return the rules that a comment names, without the reason behind ``--``."""
    return re.split(r"[,\s]+", text.partition("--")[0].strip())


# --- comments that allow nothing ------------------------------------------------


def idle_comments(
    data: bytes, path: str, rules: Collection[str]
) -> Iterator[Diagnostic]:
    """Yield what comments of a spec file want to allow and do not, as warnings.

    Args:
        data: The file, which was read as a spec.
        path: For the places.
        rules: Names of all rules.
    """
    if b"assetgen:" not in data:
        return
    text = document.decode(data, path)
    for found in _MEANT.finditer(text):
        word, rest = found.groups()
        if word != "allow":
            if word in _VERBS or closest(word.lower(), ("allow",)):
                message = f"`{word}` allows nothing"
                yield _idle(text, path, found.span(1), message, "write `allow`")
            continue
        names = list(_WORD.finditer(rest.partition("--")[0]))
        if not names or rest[:1].strip():
            message = "this allows nothing: it names no rule"
            hint = "for example `# assetgen: allow unused-asset -- the reason`"
            yield _idle(text, path, found.span(1), message, hint)
            continue
        for name in names:
            if name[0] not in rules:
                start = found.start(2)
                span = start + name.start(), start + name.end()
                message = f"no lint rule is named `{name[0][:60]}`"
                near = did_you_mean(name[0].lower().replace("_", "-"), rules)
                yield _idle(text, path, span, message, near or _REASONS)


_REASONS: Final = "the reference lists the rules; a reason stands behind ` -- `"


def _idle(
    text: str, path: str, span: tuple[int, int], message: str, hint: str
) -> Diagnostic:
    excerpt = document.excerpt(text, path, *span)
    return Diagnostic("unknown-rule", message, excerpt, hint, severity="warning")
