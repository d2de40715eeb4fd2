"""`assetgen reroll`: new draws of an unchanged request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assetgen.cli.commands.build import progress, tell_end
from assetgen.cli.options import options_from
from assetgen.report import picking_text
from assetgen.report.summary import Tally

if TYPE_CHECKING:
    from argparse import Namespace

    from assetgen.cli.console import Console
    from assetgen.decide import PlannedAsset


def run(args: Namespace, console: Console) -> int:
    """Say the price, ask for the draws, and say which one is the picture now.

    Raises:
        AssetgenError: As `rerolling.reroll`.
    """
    from assetgen import rerolling

    def tell_price(asset: PlannedAsset, budget_usd: float) -> None:
        console.say(picking_text.price_text(asset, budget_usd))

    options = options_from(args, console.environ)
    tally = Tally()
    with progress("plain", tally, console) as listener:
        done = rerolling.reroll(
            options,
            args.name,
            args.draws,
            keep_pick=args.keep_pick,
            listener=listener,
            tell_price=tell_price,
        )
    tell_end(tally, console)
    console.say(picking_text.redrawn_text(done.asset, done.draws, done.picked))
    left = picking_text.dependents_text(done.asset, done.dependents)
    if left:
        console.say(left)
    return int(done.code)
