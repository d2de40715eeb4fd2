"""`assetgen clean`: removes the files that builds wrote, and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assetgen.cli.options import options_from
from assetgen.errors import ExitCode
from assetgen.report.diagnostics import escape_terminal
from assetgen.report.plan_text import counted
from assetgen.report.summary import folders_text

if TYPE_CHECKING:
    from argparse import Namespace

    from assetgen.cli.console import Console


def run(args: Namespace, console: Console) -> int:
    """Remove own outputs; 1 where files that somebody edited had to stay."""
    from assetgen import project

    cleaned = project.clean(options_from(args, console.environ))
    removed, kept = tuple(cleaned.removed), tuple(cleaned.kept)
    where = f": {folders_text(removed)}" if removed else ""
    console.say(f"removed {counted(len(removed), 'file')}{where}")
    for path in kept:
        console.complain(
            f"kept {escape_terminal(path)}: somebody edited it since it was written"
        )
    return ExitCode.SOME_FAILED if kept else ExitCode.DONE
