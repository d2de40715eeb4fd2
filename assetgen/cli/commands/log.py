"""`assetgen log`: the draws of an asset, those of its earlier requests included."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assetgen.cli.options import options_from
from assetgen.errors import ExitCode, UsageError
from assetgen.model import AssetName
from assetgen.naming import did_you_mean
from assetgen.report import log_text

if TYPE_CHECKING:
    from argparse import Namespace

    from assetgen.cli.console import Console


def run(args: Namespace, console: Console) -> int:
    """Print when each draw was made, by whom, for how much, and which is picked.

    Raises:
        UsageError: Neither spec, lock nor ledger know the asset.
        SpecInvalid: The spec is wrong.
    """
    from assetgen import project
    from assetgen.history import log_in

    planned = project.make(options_from(args, console.environ))
    name, loaded = AssetName(args.name), planned.loaded
    log = log_in(planned, name)
    if name not in loaded.assets and not log.requests:
        raise UsageError(
            f"there is no asset `{args.name}`",
            hint=did_you_mean(args.name, loaded.assets),
        )
    if args.format == "json":
        console.data(log_text.as_json(log))
    else:
        console.show(log_text.as_text(log, verbose=console.verbose))
    return ExitCode.DONE
