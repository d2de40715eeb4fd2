"""`assetgen report`: the gallery as files that open from disk."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

from assetgen.cli.options import options_from
from assetgen.cli.report_flags import DEFAULT_FOLDER
from assetgen.errors import ExitCode
from assetgen.files import shown

if TYPE_CHECKING:
    from argparse import Namespace

    from assetgen.cli.console import Console
    from assetgen.gallery.reports import Written
    from assetgen.world import Options


def run(args: Namespace, console: Console) -> int:
    """Write the report, and print the file to open.

    Raises:
        UsageError: The folder holds something else; no such asset or revision.
        SpecInvalid: The spec is wrong.
        DiskRefused: A file cannot be read or written.
    """
    from assetgen.gallery.reports import write_report

    began_s = time.monotonic()
    options = options_from(args, console.environ)
    folder = folder_for(options, args.output, DEFAULT_FOLDER)
    written = write_report(options, folder, args.base, console.environ)
    tell(written, console, began_s)
    return ExitCode.DONE


def folder_for(options: Options, asked: str | None, default: str) -> Path:
    """Return the folder to write: as it was asked for, or one of the project's own.

    Raises:
        DiskRefused: The project's private folder cannot be made.
    """
    from assetgen.store import prepare_workspace

    if asked is not None:
        return Path(asked).absolute()
    prepare_workspace(options.root)
    return options.root / default


def tell(written: Written, console: Console, began_s: float) -> None:
    """Print the file to open, and say what was written.

    Args:
        began_s: When the command did, on the monotonic clock.
    """
    took_s = time.monotonic() - began_s
    missing = f", {written.missing:,} missing" if written.missing else ""
    console.say(
        f"{_counted(written.assets, 'asset')}, {_counted(written.pictures, 'picture')}"
        f"{missing}, {written.bytes / 1e6:,.1f} MB; "
        f"{_counted(written.files, 'file')} written, {took_s:.1f} s"
    )
    console.data(shown(written.page))


def _counted(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"
