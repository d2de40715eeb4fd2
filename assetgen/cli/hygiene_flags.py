"""The flags of what keeps specs tidy: `fmt`, and the lint rules of `check`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assetgen.cli.flags import _add_voice_flags

if TYPE_CHECKING:
    import argparse


def add_fmt(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `assetgen fmt`."""
    parser.add_argument(
        "files",
        nargs="*",
        metavar="FILE",
        help="spec files (default: the spec and all files that it includes)",
    )
    parser.add_argument(
        "--check",
        action="store_true",
        help="write nothing; name the files that are not formatted, and end with 4",
    )
    parser.add_argument(
        "--diff", action="store_true", help="write nothing; show what would change"
    )
    parser.add_argument(
        "--file",
        metavar="PATH",
        default="assets.yaml",
        help="the spec; its folder is the project root (default: assets.yaml)",
    )
    _add_voice_flags(parser)
