"""The flags of the commands that choose among draws."""

from __future__ import annotations

import argparse

from assetgen.cli.ci_flags import add_trust_flag
from assetgen.cli.flags import (
    _add_run_flags,
    _add_spec_flags,
    _add_voice_flags,
    add_money_flags,
    add_retry_flags,
    amount,
)

MOST_DRAWS = 10
"""So many pictures one call may ask for."""


def _draws(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text[:9]) <= MOST_DRAWS:
        raise argparse.ArgumentTypeError(
            f"expected a number from 1 to {MOST_DRAWS}, not {text!r}"
        )
    return int(text)


def add_pick(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `assetgen pick`."""
    parser.add_argument("name", metavar="NAME", help="the asset")
    parser.add_argument(
        "draw",
        metavar="DRAW",
        help="its number, as `assetgen log` shows it, or six hexadecimal digits or more "
        "of its digest; of a frozen asset any draw that was made for it",
    )
    _add_spec_flags(parser)
    parser.add_argument(
        "--force", action="store_true", help="overwrite files edited by hand"
    )
    parser.add_argument(
        "--lock-timeout",
        type=amount,
        metavar="SECONDS",
        help="wait this long for a build (default: as long as it takes; 0: not)",
    )
    _add_voice_flags(parser)


def add_reroll(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `assetgen reroll`."""
    parser.add_argument("name", metavar="NAME", help="the asset")
    parser.add_argument(
        "-n",
        "--draws",
        type=_draws,
        default=1,
        metavar="N",
        help=f"so many new draws, 1 to {MOST_DRAWS} (default: 1)",
    )
    parser.add_argument(
        "--keep-pick",
        action="store_true",
        help="leave the picture as it is; `assetgen pick` takes one later",
    )
    _add_spec_flags(parser)
    group = parser.add_argument_group("what may be drawn")
    add_money_flags(group)
    add_trust_flag(group)
    add_retry_flags(group)
    group.add_argument(
        "--force", action="store_true", help="overwrite files edited by hand"
    )
    _add_run_flags(parser)
    _add_voice_flags(parser)
