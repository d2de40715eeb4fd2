"""`assetgen schema`: prints a JSON Schema that ships with the program."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from assetgen.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from argparse import Namespace

    from assetgen.cli.console import Console


def run(args: Namespace, console: Console) -> int:
    """Print the schema, or write it to a file for an editor to find."""
    from assetgen.schema import schema_names, schema_text

    names = sorted(schema_names())
    if args.name not in names:
        raise UsageError(
            f"there is no schema {args.name!r}", hint=f"there are {', '.join(names)}"
        )
    text = schema_text(args.name)
    if args.output is None:
        console.data(text)
        return ExitCode.DONE
    from assetgen.files import write_atomically

    write_atomically(Path(args.output), text.encode(), durable=False)
    console.say(f"wrote {args.output}")
    return ExitCode.DONE
