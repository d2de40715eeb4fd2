"""The flags of `assetgen report`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assetgen.cli.flags import _add_spec_flags, _add_voice_flags

if TYPE_CHECKING:
    import argparse

DEFAULT_FOLDER = ".assetgen/report"
DEFAULT_DIFF_FOLDER = ".assetgen/diff"


def add_report(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `assetgen report`."""
    parser.add_argument(
        "names",
        nargs="*",
        metavar="NAME",
        help="only these assets; NAME+ adds what depends on them; globs work "
        "(default: all)",
    )
    _add_spec_flags(parser)
    parser.add_argument(
        "-o",
        "--output",
        metavar="DIR",
        help="the folder to write: a new one, or an earlier report "
        f"(default: {DEFAULT_FOLDER} of the project)",
    )
    parser.add_argument(
        "--base",
        metavar="REV",
        help="put the pictures of this git revision beside the present ones: a branch, a "
        "tag, a commit; REV... stands for the commit from which REV and HEAD went apart",
    )
    _add_voice_flags(parser)
