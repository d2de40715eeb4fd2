"""`assetgen fmt`: the spec's one way of being written."""

from __future__ import annotations

import os
import posixpath
from pathlib import Path
from typing import TYPE_CHECKING

from assetgen.errors import Diagnostic, Excerpt, ExitCode
from assetgen.files import shown
from assetgen.report.plan_text import counted
from assetgen.spans import Span

if TYPE_CHECKING:
    from argparse import Namespace

    from assetgen.cli.console import Console
    from assetgen.tidying import Tidied


def run(args: Namespace, console: Console) -> int:
    """Format spec files, or with --check or --diff say what that would change."""
    from assetgen import tidying

    if args.files:
        console.shown_folder = console.spec_folder = ""
        files = tidying.tidy_files(args.files)
    else:
        path = Path(args.file)
        root = Path(os.path.abspath(path.parent))  # noqa: PTH100  # links stay as they are
        files = tidying.tidy_project(root, path.name)
    changed = [each for each in files if each.changed]
    if args.diff:
        _show_hunks(changed, console)
    if args.check:
        return _tell_unformatted(changed, len(files), console, quiet=args.diff)
    if not args.diff:
        tidying.write(changed)
        for each in changed:
            console.say(f"formatted {_name(each)}")
    if not changed:
        are = "is" if len(files) == 1 else "are"
        console.say(f"{counted(len(files), 'file')} {are} formatted already")
    return ExitCode.DONE


def _name(file: Tidied) -> str:
    from assetgen.report.diagnostics import escape_terminal

    return escape_terminal(shown(file.root / file.path))


def _show_hunks(changed: list[Tidied], console: Console) -> None:
    """Print what would change as a unified diff."""
    from assetgen.report.diagnostics import escape_terminal
    from assetgen.tidying import hunks

    lines = [
        escape_terminal(line)
        for each in changed
        for line in hunks(each, shown(each.root / each.path))
    ]
    if lines:
        console.show("\n".join(lines))


def _tell_unformatted(
    changed: list[Tidied], count: int, console: Console, *, quiet: bool
) -> int:
    """Name the files that are not formatted; in a GitHub workflow also where."""
    from assetgen.report import annotations
    from assetgen.tidying import first_change

    if not changed:
        are = "is" if count == 1 else "are"
        console.say(f"{counted(count, 'file')} {are} formatted")
        return ExitCode.DONE
    if not quiet:
        console.show("\n".join(_name(each) for each in changed))
    if console.in_github:
        found = [
            Diagnostic(
                "not-formatted",
                "this file is not formatted",
                Excerpt(Span(posixpath.normpath(name), first_change(each), 1), ""),
                "`assetgen fmt` formats it",
            )
            for each in changed
            for name in (shown(each.root / each.path),)
        ]
        console.annotate(annotations.as_github(found))
    console.say(
        f"{len(changed)} of {counted(count, 'file')} not formatted; "
        "`assetgen fmt` formats them"
    )
    return ExitCode.CHANGES_PENDING
