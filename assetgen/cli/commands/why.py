"""`assetgen why`: which part of an asset changed since it was built."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assetgen.cli.options import options_from
from assetgen.errors import ExitCode
from assetgen.report import why_text

if TYPE_CHECKING:
    from argparse import Namespace

    from assetgen.cli.console import Console


def run(args: Namespace, console: Console) -> int:
    """Print the reasons; 4 with `--exit-code` where there is one."""
    from assetgen import project

    explanation = project.explain(options_from(args, console.environ), args.name)
    if args.format == "json":
        console.data(why_text.as_json(explanation))
    else:
        text = why_text.as_text(
            explanation, color=console.color_out, verbose=console.verbose
        )
        console.show(text)
    if args.exit_code and (explanation.changes or explanation.reasons):
        return ExitCode.CHANGES_PENDING
    return ExitCode.DONE
