"""The flags of `assetgen serve`."""

from __future__ import annotations

import argparse

from assetgen.cli.flags import (
    _add_call_flags,
    _add_spec_flags,
    _add_voice_flags,
    add_retry_flags,
    amount,
)

DEFAULT_PORT = 8765


def port(text: str) -> int:
    """Return a port.

    Raises:
        argparse.ArgumentTypeError: It is none.
    """
    if not text.isascii() or not text.isdigit() or int(text[:9]) > 65_535:
        raise argparse.ArgumentTypeError(f"expected a port, 0 to 65535, not {text!r}")
    return int(text)


def add_serve(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `assetgen serve`."""
    _add_spec_flags(parser)
    group = parser.add_argument_group("where it listens")
    group.add_argument(
        "--port",
        type=port,
        default=DEFAULT_PORT,
        metavar="N",
        help=f"the port; 0 takes any that is free (default: {DEFAULT_PORT})",
    )
    group.add_argument(
        "--host",
        default="127.0.0.1",
        metavar="ADDRESS",
        help="an address of this machine (default: 127.0.0.1, which only this machine "
        "reaches)",
    )
    group.add_argument(
        "--allow-remote",
        action="append",
        nargs="?",
        const="",
        metavar="NAME",
        help="let others reach it, without encryption; NAME is what their browsers call "
        "this machine, and may be repeated",
    )
    group.add_argument(
        "--open", dest="open_browser", action="store_true", help="open it in a browser"
    )
    group = parser.add_argument_group("what may be drawn")
    group.add_argument(
        "--max-cost",
        type=amount,
        metavar="USD",
        help="most that may be spent from the gallery together (default: "
        "ASSETGEN_MAX_COST, then watch_usd of config.toml, then 1)",
    )
    group.add_argument(
        "--assume-cost",
        type=amount,
        metavar="USD",
        help="price of a picture that has none in the model table",
    )
    add_retry_flags(group)
    group = parser.add_argument_group("how it runs")
    group.add_argument(
        "--poll",
        action="store_true",
        help="look at the files again and again, where the system does not tell of "
        "changes",
    )
    _add_call_flags(group)
    _add_voice_flags(parser)
