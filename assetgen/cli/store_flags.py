"""The flags of the commands that look after lock and store."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assetgen.cli.flags import _add_spec_flags, _add_voice_flags, amount

if TYPE_CHECKING:
    import argparse

CACHE_ACTIONS = ("status", "verify", "gc", "export", "import")


def _add_wait_flag(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--lock-timeout",
        type=amount,
        metavar="SECONDS",
        help="wait this long for a build (default: as long as it takes; 0: not)",
    )


def add_lock(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `assetgen lock`."""
    parser.add_argument(
        "action",
        nargs="?",
        choices=("merge",),
        help="merge: git's merge driver for the lock, as `lock merge %%O %%A %%B`",
    )
    parser.add_argument(
        "files",
        nargs="*",
        metavar="FILE",
        help="with merge: the base, ours (gets the result) and theirs",
    )
    parser.add_argument(
        "--resolve",
        action="store_true",
        help="make a conflicted lock whole: from the spec, the store and both sides",
    )
    _add_spec_flags(parser)
    _add_wait_flag(parser)
    _add_voice_flags(parser)


def add_verify(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `assetgen verify`."""
    _add_spec_flags(parser)
    _add_wait_flag(parser)
    _add_voice_flags(parser, ("text", "json"))


def add_cache(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `assetgen cache`."""
    parser.add_argument(
        "action",
        choices=CACHE_ACTIONS,
        help="status: what is there; verify: read and hash all of it; gc: remove what "
        "nobody needs; export, import: a folder, or a file that ends with .tar",
    )
    parser.add_argument(
        "path",
        nargs="?",
        metavar="PATH",
        help="with export and import: the folder or the tar",
    )
    parser.add_argument(
        "--yes",
        action="store_true",
        help="gc: remove it (default: only show what would be removed)",
    )
    parser.add_argument(
        "--paid",
        action="store_true",
        help="gc: also paid draws that no lock on any git ref needs",
    )
    parser.add_argument(
        "--also",
        action="append",
        default=[],
        metavar="FOLDER",
        help="gc: another checkout whose locks count; may be repeated",
    )
    parser.add_argument(
        "--repair",
        action="store_true",
        help="verify: move what is damaged to quarantine",
    )
    parser.add_argument(
        "--all",
        dest="everything",
        action="store_true",
        help="export: the whole store (default: what the lock needs)",
    )
    _add_spec_flags(parser)
    _add_wait_flag(parser)
    _add_voice_flags(parser, ("text", "json"))
