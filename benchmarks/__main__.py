"""``python -m benchmarks WHICH``: measure and print."""

from __future__ import annotations

import argparse
import platform
import sys
import tempfile
from pathlib import Path
from types import MappingProxyType

from benchmarks import (
    build,
    calls,
    change,
    diff,
    encode,
    gallery,
    load,
    lock,
    noop,
    watch,
)

BENCHMARKS = MappingProxyType(
    {
        "noop": noop.measure,
        "change": change.measure,
        "diff": diff.measure,
        "load": load.measure,
        "lock": lock.measure,
        "build": build.measure,
        "calls": calls.measure,
        "encode": encode.measure,
        "watch": watch.measure,
        "gallery": gallery.measure,
    }
)


def _arguments() -> argparse.Namespace:
    """Return the parsed command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("which", choices=(*BENCHMARKS, "all"))
    parser.add_argument(
        "--sizes", metavar="N,N", help="numbers of assets, instead of the usual ones"
    )
    parser.add_argument("--rounds", type=int, default=7, help="default: 7")
    parser.add_argument(
        "--folder",
        type=Path,
        help="keep the projects here, and use those that are here already",
    )
    return parser.parse_args()


def main() -> None:
    """Run what was asked for, in a folder that is removed unless it was named."""
    arguments = _arguments()
    sizes = None
    if arguments.sizes:
        sizes = [int(each.replace("_", "")) for each in arguments.sizes.split(",")]
    names = BENCHMARKS if arguments.which == "all" else (arguments.which,)
    print(
        f"Python {platform.python_version()} on {sys.platform}, medians of whole runs"
    )
    with tempfile.TemporaryDirectory(prefix="assetgen-benchmarks-") as scratch:
        workspace = (arguments.folder or Path(scratch)).resolve()
        workspace.mkdir(parents=True, exist_ok=True)
        for name in names:
            BENCHMARKS[name](workspace, sizes, arguments.rounds)


if __name__ == "__main__":
    main()
