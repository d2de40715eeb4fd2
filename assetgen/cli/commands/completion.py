"""`assetgen completion`: prints a shell's completions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assetgen.cli import completion
from assetgen.errors import ExitCode

if TYPE_CHECKING:
    from argparse import Namespace

    from assetgen.cli.console import Console


def run(args: Namespace, console: Console) -> int:
    """Print the script."""
    console.data(completion.script(args.shell))
    return ExitCode.DONE
