"""`assetgen pick`: another draw becomes the picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assetgen.cli.commands.build import progress, tell_end
from assetgen.cli.options import options_from
from assetgen.errors import ExitCode
from assetgen.report import picking_text
from assetgen.report.summary import Tally

if TYPE_CHECKING:
    from argparse import Namespace

    from assetgen.cli.console import Console


def run(args: Namespace, console: Console) -> int:
    """Change the lock, make the asset's files, and say what depends on it.

    Raises:
        AssetgenError: As `picking.pick`.
    """
    from assetgen import picking

    options = options_from(args, console.environ)
    tally = Tally()
    with progress("plain", tally, console) as listener:
        done = picking.pick(options, args.name, args.draw, listener)
    kept = tally.summary.kept if tally.summary is not None else ()
    if done.code or tally.diagnostics or kept:  # else the next line says it all
        tell_end(tally, console)
    console.say(
        picking_text.picked_text(
            done.asset, done.number, done.digest, done.before, waits=done.code is None
        )
    )
    left = picking_text.dependents_text(done.asset, done.dependents)
    if left:
        console.say(left)
    return int(done.code or ExitCode.DONE)
