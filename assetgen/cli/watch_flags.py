"""The flags of `assetgen watch`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assetgen.cli.ci_flags import add_trust_flag
from assetgen.cli.flags import (
    _add_call_flags,
    _add_selection_flags,
    _add_spec_flags,
    _add_voice_flags,
    _count,
    add_retry_flags,
    amount,
)
from assetgen.cli.serve_flags import DEFAULT_PORT, port

if TYPE_CHECKING:
    import argparse


def add_watch(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `assetgen watch`."""
    _add_selection_flags(parser)
    _add_spec_flags(parser)
    group = parser.add_argument_group("what may be drawn")
    group.add_argument(
        "--max-cost",
        type=amount,
        metavar="USD",
        help="most that all builds of this session may cost together (default: "
        "ASSETGEN_MAX_COST, then watch_usd of config.toml, then 1)",
    )
    group.add_argument(
        "--assume-cost",
        type=amount,
        metavar="USD",
        help="price of a picture that has none in the model table",
    )
    group.add_argument("--offline", action="store_true", help="no network at all")
    group.add_argument(
        "--force", action="store_true", help="overwrite files edited by hand"
    )
    add_trust_flag(group)
    add_retry_flags(group)
    group = parser.add_argument_group("the gallery")
    group.add_argument(
        "--serve",
        action="store_true",
        help="serve the gallery as well, as `assetgen serve` does",
    )
    group.add_argument(
        "--port",
        type=port,
        default=DEFAULT_PORT,
        metavar="N",
        help=f"its port; 0 takes any that is free (default: {DEFAULT_PORT})",
    )
    parser.set_defaults(host="127.0.0.1", allow_remote=None)
    group = parser.add_argument_group("how it runs")
    group.add_argument(
        "--poll",
        action="store_true",
        help="look at the files again and again, where the system does not tell of "
        "changes (network folders, folders of a container's host)",
    )
    _add_call_flags(group)
    group.add_argument(
        "--workers", type=_count, metavar="N", help="processors to use (default: all)"
    )
    parser.add_argument(
        "--json",
        action="store_true",
        help="print the events of all builds as JSON, one a line; the first is the "
        "version",
    )
    _add_voice_flags(parser)
