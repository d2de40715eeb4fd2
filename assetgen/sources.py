"""The spec's files on disk, cut into entries: `files -> SpecText`.

Reads the main file and what it includes, each one contained in the project. A file is
cut into entries by `document.split_entries` where that is safe, so that an entry that
the last build knows need not be parsed again; otherwise it is parsed whole.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from assetgen import document, schema
from assetgen.digest import Digest, digest_of, fingerprint
from assetgen.errors import (
    AssetgenError,
    Diagnostic,
    ExitCode,
    PolicyRefused,
    Problem,
    SpecInvalid,
)
from assetgen.files import read_contained
from assetgen.including import included_files
from assetgen.resolve.reading_on import cut_entry, entry_keys
from assetgen.values import Value, replace

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping
    from pathlib import Path

    from assetgen.model import Json
    from assetgen.spans import Place
    from assetgen.trees import Tree

LIMIT_BYTES: Final = 64 * 1024 * 1024


class Entry(Value):
    """One entry under ``assets:``, as text or as a value.

    Attributes:
        text_print: Hash of the piece's text, or of its value where the file was
            parsed whole.
        text: The piece; None where `value` is there.
        key: None until the piece is parsed.
        source: Where the file is as the last build saw it: gives the values of its
            entries when one is asked for, by key.
        missing: What of the entry is wrong by the schema and was taken out of `value`,
            by its keys from the entry on.
    """

    file: str
    text_print: str = ""
    text: str | None = None
    key: str | None = None
    value: Json = None
    source: UnchangedFile | None = None
    missing: tuple[tuple[str | int, ...], ...] = ()

    def read(self) -> tuple[str, Json] | None:
        """Return key and value; None if the piece cannot be read alone."""
        if self.text is not None:
            return document.parse_chunk(self.text)
        assert self.key is not None
        return self.key, self.value


class UnchangedFile:
    """A file that is as the last build saw it; parsed when an entry is asked for."""

    def __init__(self, root: Path | Tree, path: str) -> None:
        """Name the file; nothing is read."""
        self._root = root
        self._path = path
        self._assets: dict[str, Json] | None = None

    def value(self, key: str) -> Json:
        """Return the value of an entry."""
        if self._assets is None:
            data = read_contained(self._root, self._path, limit_bytes=LIMIT_BYTES)
            whole = document.parse(data or b"", self._path)
            assert isinstance(whole, dict), "the file was valid before"
            assets = whole["assets"]
            assert isinstance(assets, dict), "the file was valid before"
            self._assets = assets
        return self._assets[key]


class Remembered(Value):
    """What the last build knows of a file that is complete and did not change."""

    digest: Digest
    head: dict[str, Json]


class SpecFile(Value, kw_only=True):
    """One file of the spec.

    Attributes:
        head: Its value without the assets.
        data: None where the file is as the last build saw it, and was not read.
        whole: Whether it was parsed (and validated) as a whole.
        unread: Keys of entries that are left out because nothing of them can be read,
            each with whether it has a matrix.
    """

    path: str
    data: bytes | None
    digest: Digest
    head: dict[str, Json]
    entries: tuple[Entry, ...]
    whole: bool
    problems: tuple[Problem, ...] = ()
    faults: tuple[Diagnostic, ...] = ()
    unread: tuple[tuple[str, bool], ...] = ()


class SpecText(Value, kw_only=True):
    """All files of the spec, the main one first.

    Attributes:
        folders: Folders that patterns of `include` looked into.
    """

    files: tuple[SpecFile, ...]
    folders: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()


def read_spec(
    root: Path | Tree,
    main: str,
    remembered: Mapping[str, Remembered],
    *,
    whole: Collection[str] = (),
    cold: bool = False,
) -> SpecText:
    """Return the spec's files.

    Args:
        remembered: Files that need not be read again.
        whole: Files that are parsed whole, because their pieces gave trouble.
        cold: Nothing is known of an earlier build: every entry will be read, and one
            parse of the whole costs less than one of each piece.

    Raises:
        SpecInvalid: The main file is no plain file, too large, or outside of `root`.
        DiskRefused: A file cannot be read.
    """
    first = _unread(main, remembered)
    if first is None:
        try:
            data = read_contained(root, main, limit_bytes=LIMIT_BYTES)
        except PolicyRefused as error:
            raise SpecInvalid(located([_refused(error)], lambda _: None)) from error
        assert data is not None, "the caller looked that the main file is there"
        first = _read_file(main, data, included=False, whole=cold or main in whole)
    paths, folders, problems = included_files(root, main, first.head.get("include"))
    files = [first]
    for path, place in paths:
        unread = _unread(path, remembered)
        if unread is not None:
            files.append(unread)
            continue
        try:
            data = read_contained(root, path, limit_bytes=LIMIT_BYTES)
        except PolicyRefused as error:
            problems.append(_refused(error, place))
            continue
        if data is not None:
            apart = not cold and path not in whole
            files.append(_read_file(path, data, included=True, whole=not apart))
    return SpecText(files=tuple(files), folders=folders, problems=tuple(problems))


def _unread(path: str, remembered: Mapping[str, Remembered]) -> SpecFile | None:
    known = remembered.get(path)
    if known is None:
        return None
    return SpecFile(
        path=path,
        data=None,
        digest=known.digest,
        head=known.head,
        entries=(),
        whole=False,
    )


def spec_reader(root: Path | Tree, text: SpecText) -> Callable[[str], bytes | None]:
    """Return a function that gives a spec file's bytes as they were read."""
    read = {file.path: file.data for file in text.files}

    def give(path: str) -> bytes | None:
        data = read.get(path)
        if data is None:
            data = read_contained(root, path, limit_bytes=LIMIT_BYTES)
        return data

    return give


def _refused(error: AssetgenError, place: Place | None = None) -> Problem:
    if "leads out" in error.message:
        code, exit_code = "outside-project", ExitCode.REFUSED
    else:  # a folder, a pipe, too large
        code, exit_code = "unreadable", ExitCode.SPEC_INVALID
    return Problem(code, error.message, place, error.hint, exit_code=exit_code)


# --- one file -----------------------------------------------------------------


def _read_file(path: str, data: bytes, *, included: bool, whole: bool) -> SpecFile:
    if not whole:
        cut = _cut_file(path, data, included=included)
        if cut is not None:
            return cut
    try:
        value = document.parse(data, path)
    except SpecInvalid as error:
        return SpecFile(
            path=path,
            data=data,
            digest=digest_of(data),
            head={},
            entries=(),
            whole=True,
            faults=error.diagnostics,
        )
    problems = schema.validate(value, path, included=included)
    wrong = _wrong_parts(problems)
    head = dict(value) if isinstance(value, dict) else {}
    assets = head.pop("assets", None)
    values = assets if isinstance(assets, dict) else {}
    prints = _prints(data, path, tuple(values))
    entries: list[Entry] = []
    unread: list[str] = []
    for key, each in values.items():
        print_ = prints.get(key) or fingerprint([key, each])
        if key not in wrong:
            entries.append(Entry(path, print_, key=key, value=each))
        elif (left := cut_entry(each, wrong[key])) is not None:
            rest, missing = left
            entries.append(Entry(path, print_, key=key, value=rest, missing=missing))
        else:
            unread.append(key)
    return SpecFile(
        path=path,
        data=data,
        digest=digest_of(data),
        head=head,
        entries=tuple(entries),
        whole=True,
        problems=problems,
        unread=entry_keys(values, unread),
    )


def _prints(data: bytes, path: str, keys: tuple[str, ...]) -> dict[str, str]:
    """Return the hashes of the entries' pieces, so that a later build knows them.

    Nothing where the pieces do not stand for the entries one by one.
    """
    split = document.split_entries(document.decode(data, path))
    if split is None or len(split.entries) != len(keys):
        return {}
    prints: dict[str, str] = {}
    for key, (_, piece) in zip(keys, split.entries, strict=True):
        lines = (line.lstrip() for line in piece.splitlines())
        first = next((line for line in lines if line and line[0] != "#"), "")
        if not first.startswith((f"{key}:", f'"{key}"', f"'{key}'")):
            return {}
        prints[key] = digest_of(piece.encode())
    return prints


def _wrong_parts(
    problems: Iterable[Problem],
) -> dict[str | int, list[tuple[str | int, ...]]]:
    """Return the entries that the schema refused, with what of each is wrong."""
    wrong: dict[str | int, list[tuple[str | int, ...]]] = {}
    for problem in problems:
        pointer = problem.place.pointer if problem.place else ()
        if problem.severity == "error" and len(pointer) > 1 and pointer[0] == "assets":
            wrong.setdefault(pointer[1], []).append(pointer[2:])
    return wrong


def _cut_file(path: str, data: bytes, *, included: bool) -> SpecFile | None:
    """Return the file in pieces; None if it is safer to parse it whole."""
    try:
        text = document.decode(data, path)
        split = document.split_entries(text)
        if split is None:
            return None
        head = document.parse(split.head.encode(), path) or {}
    except SpecInvalid:
        return None
    if not isinstance(head, dict):
        return None
    if schema.validate({**head, "assets": {}}, path, included=included):
        return None
    entries = (
        Entry(path, digest_of(piece.encode()), text=piece) for _, piece in split.entries
    )
    return SpecFile(
        path=path,
        data=data,
        digest=digest_of(data),
        head=head,
        entries=tuple(entries),
        whole=False,
    )


# --- messages -----------------------------------------------------------------


def located(
    problems: Iterable[Problem], read: Callable[[str], bytes | None]
) -> tuple[Diagnostic, ...]:
    """Return the problems with their lines, sorted by file and position.

    Args:
        read: Gives a spec file's bytes; None where it is gone.
    """
    problems = _without_echoes(problems)
    wanted: dict[str, set[Place]] = {}
    for problem in problems:
        for place in (problem.place, *(each for each, _ in problem.related)):
            if place is not None:
                wanted.setdefault(place.file, set()).add(place)
    excerpts = {}
    for file, places in wanted.items():
        data = read(file)
        if data is not None:
            excerpts.update(document.locate(data, file, places))
    found = [
        Diagnostic(
            problem.code,
            problem.message,
            excerpts.get(problem.place) if problem.place else None,
            problem.hint,
            tuple(
                replace(excerpts[place], label=label)
                for place, label in problem.related
                if place in excerpts
            ),
            problem.severity,
            problem.exit_code,
        )
        for problem in problems
    ]
    return tuple(sorted(found, key=_position))


def _without_echoes(problems: Iterable[Problem]) -> list[Problem]:
    """Return the problems; of two readers that dislike one value the first is heard."""
    heard: set[Place] = set()
    kept: list[Problem] = []
    for problem in problems:
        if problem.code in {"bad-value", "wrong-type"} and problem.place is not None:
            if problem.place in heard:
                continue
            heard.add(problem.place)
        kept.append(problem)
    return kept


def _position(found: Diagnostic) -> tuple[bool, str, int, int]:
    if found.excerpt is None:
        return True, "", 0, 0
    span = found.excerpt.span
    return False, span.path, span.line, span.column


def refuse_if_errors(diagnostics: tuple[Diagnostic, ...]) -> None:
    """Raise SpecInvalid with all diagnostics if one of them is an error."""
    if any(each.severity == "error" for each in diagnostics):
        raise SpecInvalid(diagnostics)


def text_reader(root: Path | Tree) -> Callable[[str], str | Problem]:
    """Return a function that gives a prompt file's text, or what is wrong with it."""

    def read(path: str) -> str | Problem:
        try:
            data = read_contained(root, path, limit_bytes=1_000_000)
        except PolicyRefused as error:
            return Problem("outside-project", error.message, exit_code=ExitCode.REFUSED)
        except AssetgenError as error:
            return Problem("unreadable", error.message, exit_code=error.exit_code)
        if data is None:
            return Problem("no-such-file", f"there is no file `{path}`")
        try:
            return data.decode("utf-8-sig")
        except UnicodeDecodeError:
            return Problem("not-utf8", f"`{path}` is not UTF-8 text")

    return read
