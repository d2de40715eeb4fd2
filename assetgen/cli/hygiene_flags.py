"""The flags of what keeps specs tidy: `fmt`, and the lint rules of `check`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assetgen.cli.flags import _add_voice_flags
from assetgen.cli.flags import add_check as add_plain_check

if TYPE_CHECKING:
    import argparse


def add_check(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `assetgen check`."""
    from assetgen.linting import RULES

    add_plain_check(parser)
    group = parser.add_argument_group("lint")
    group.add_argument(
        "--strict",
        action="store_true",
        help="also warn of what is allowed and better otherwise, and end with 3 if "
        "anything is",
    )
    group.add_argument(
        "--allow",
        metavar="RULE",
        action="append",
        default=[],
        choices=[rule.name for rule in RULES],
        help="with --strict: leave this rule out; may be repeated",
    )


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
