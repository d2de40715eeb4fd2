"""`assetgen verify`: do outputs, manifests, lock and store agree?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from assetgen.cli.notes import tell_on
from assetgen.cli.options import options_from
from assetgen.errors import ExitCode
from assetgen.report import verify_text

if TYPE_CHECKING:
    from argparse import Namespace

    from assetgen.cli.console import Console


def run(args: Namespace, console: Console) -> int:
    """Print what was found; 7 where something is missing, damaged or does not fit."""
    from assetgen import upkeep

    options = options_from(args, console.environ)
    verdict = upkeep.verify_project(options, tell_on(console))
    if args.format == "json":
        console.data(verify_text.as_json(verdict))
    elif verdict.findings or not console.quiet:
        console.show(verify_text.as_text(verdict, verbose=console.verbose))
    return ExitCode.INTEGRITY if verdict.damage else ExitCode.DONE
