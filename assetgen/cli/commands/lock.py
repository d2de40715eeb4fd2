"""`assetgen lock`: makes a conflicted lock whole, and merges locks for git."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from assetgen.errors import ExitCode, SpecInvalid, UsageError
from assetgen.report import lock_text

if TYPE_CHECKING:
    from argparse import Namespace

    from assetgen.cli.console import Console

_FILES = 3


def run(args: Namespace, console: Console) -> int:
    """Do the one or the other.

    Raises:
        UsageError: Neither was asked for, or both.
    """
    if args.resolve == (args.action == "merge"):
        raise UsageError(
            "either `--resolve` or `merge` says what to do",
            hint="`assetgen lock --resolve` mends a lock with conflict markers",
        )
    if args.resolve:
        if args.files:
            raise UsageError("`assetgen lock --resolve` takes no files")
        return _resolve(args, console)
    if len(args.files) != _FILES:
        raise UsageError(
            f"`assetgen lock merge` takes {_FILES} files, not {len(args.files)}",
            hint="git calls it as `assetgen lock merge %O %A %B`",
        )
    base, ours, theirs = map(Path, args.files)
    return _merge(base, ours, theirs, console)


def _resolve(args: Namespace, console: Console) -> int:
    from assetgen import relock
    from assetgen.cli.notes import tell_on
    from assetgen.cli.options import options_from

    options = options_from(args, console.environ)
    resolved = relock.resolve(options, tell_on(console))
    console.say(lock_text.resolved_text(resolved))
    return ExitCode.DONE


def _merge(base: Path, ours: Path, theirs: Path, console: Console) -> int:
    """Put the merge into `ours`; 1 where assets are left for people to decide on.

    What is no lock (another version's, or one with old conflicts) is merged line by
    line, as git does by itself.
    """
    from assetgen.files import write_if_changed
    from assetgen.gitrefs import merge_by_lines
    from assetgen.lockfile import read_lock
    from assetgen.lockmerge import conflicted_text, merge_locks

    try:
        merged = merge_locks(
            *(read_lock(path, path.name) for path in (base, ours, theirs))
        )
    except SpecInvalid as error:
        problem = error.diagnostics[0].message
        console.complain(f"assets.lock is merged line by line: {problem}")
        clean = merge_by_lines(base, ours, theirs)
        return ExitCode.DONE if clean else ExitCode.SOME_FAILED
    write_if_changed(ours, conflicted_text(merged).encode(), durable=False, what="lock")
    if not merged.disputed:
        return ExitCode.DONE
    console.complain(lock_text.disputed_text(merged))
    return ExitCode.SOME_FAILED
