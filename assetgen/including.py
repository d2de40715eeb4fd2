"""What the patterns of `include` stand for: files of the project, in a fixed order."""

from __future__ import annotations

import fnmatch
import os
from typing import TYPE_CHECKING, Final

from assetgen.errors import Problem
from assetgen.resolve.paths import normal_path
from assetgen.spans import Place
from assetgen.trees import Tree

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from assetgen.model import Json
    from assetgen.trees import TreeEntry

MAX_INCLUDED: Final = 1_000
"""Files that the patterns may bring in."""


def included_files(
    root: Path | Tree, main: str, patterns: Json
) -> tuple[list[tuple[str, Place]], tuple[str, ...], list[Problem]]:
    """Return the included files in order, the folders looked into, and problems."""
    found: dict[str, Place] = {}
    folders: set[str] = set()
    problems: list[Problem] = []
    for at, text in enumerate(patterns if isinstance(patterns, list) else ()):
        place = Place(main, ("include", at))
        pattern = normal_path(text, place, glob=True)
        if isinstance(pattern, Problem):
            problems.append(pattern)
            continue
        matches = sorted(_matches(root, pattern, folders))
        if main in matches and pattern == main:
            message = f"`{main}` includes itself: {main} -> {main}"
            problems.append(Problem("include-cycle", message, place))
            continue
        if not matches:
            message = f"no file matches `{pattern}`"
            problems.append(Problem("no-such-file", message, place))
        for path in matches:
            if not _is_text(path):
                problems.append(_unreadable_name(path, place))
            elif path != main:
                found.setdefault(path, place)
        if len(found) > MAX_INCLUDED:
            message = f"`include` brings in more than {MAX_INCLUDED:,} files"
            problems.append(Problem("too-many-files", message, place))
            break
    looked_into = tuple(sorted(filter(_is_text, folders)))
    return list(found.items()), looked_into, problems


def _is_text(path: str) -> bool:
    """Return whether a path can be written down; systems know names that are no text."""
    return not any("\ud800" <= each <= "\udfff" for each in path)


def _unreadable_name(path: str, place: Place) -> Problem:
    shown = path.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    return Problem(
        "unreadable-name",
        f"`include` brings in a file whose name is not UTF-8: `{shown}`",
        place,
        hint="rename the file",
    )


def _matches(root: Path | Tree, pattern: str, folders: set[str]) -> set[str]:
    """Return the files below `root` that a pattern names; links are not followed.

    ``*`` and ``?`` match within one name; ``**`` matches any number of folders.
    """
    paths = {""}
    parts = pattern.split("/")
    for depth, part in enumerate(parts):
        last = depth == len(parts) - 1
        if part == "**":
            paths = {p for start in paths for p in _all_folders(root, start, folders)}
            continue
        step: set[str] = set()
        for start in paths:
            step.update(_step(root, start, part, folders, want_file=last))
        paths = step
    return {path for path in paths if path}


def _step(
    root: Path | Tree, start: str, part: str, folders: set[str], *, want_file: bool
) -> set[str]:
    """Return the entries of a folder that one part of a pattern names."""
    base = f"{start}/" if start else ""
    if not any(sign in part for sign in "*?["):
        there = _is_there(root, base + part, want_file=want_file)
        return {base + part} if there else set()
    folders.add(start or ".")
    return {
        base + entry.name
        for entry in _listing(root, start)
        if fnmatch.fnmatchcase(entry.name, part)
        and not entry.name.startswith(".")
        and (not entry.is_dir() if want_file else entry.is_dir(follow_symlinks=False))
    }


def _all_folders(root: Path | Tree, start: str, folders: set[str]) -> set[str]:
    """Return a folder and all below it, leaving out links and hidden ones."""
    found = {start}
    waiting = [start]
    while waiting:
        here = waiting.pop()
        folders.add(here or ".")
        base = f"{here}/" if here else ""
        for entry in _listing(root, here):
            if entry.is_dir(follow_symlinks=False) and not entry.name.startswith("."):
                found.add(base + entry.name)
                waiting.append(base + entry.name)
    return found


def _is_there(root: Path | Tree, path: str, *, want_file: bool) -> bool:
    if isinstance(root, Tree):
        folder, _, name = path.rpartition("/")
        found = (each for each in root.listing(folder) if each.name == name)
        return any(want_file or each.is_dir() for each in found)
    place = root / path
    return place.exists() if want_file else place.is_dir()


def _listing(
    root: Path | Tree, folder: str
) -> Sequence[os.DirEntry[str]] | Sequence[TreeEntry]:
    if isinstance(root, Tree):
        return list(root.listing(folder))
    try:
        with os.scandir(root / folder) as listing:
            return list(listing)
    except OSError:
        return []
