"""`assetgen show`: one asset in full, or its request to be sent by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assetgen.cli.options import options_from
from assetgen.decide import decide
from assetgen.errors import ExitCode, UsageError
from assetgen.model import AssetName
from assetgen.naming import did_you_mean
from assetgen.values import replace

if TYPE_CHECKING:
    from argparse import Namespace

    from assetgen.cli.console import Console
    from assetgen.decide import PlannedAsset
    from assetgen.model import Asset
    from assetgen.world import Planned


def run(args: Namespace, console: Console) -> int:
    """Print the asset, or its request."""
    from assetgen import project

    if args.files is not None and not (args.curl or args.openapi):
        raise UsageError("--files goes with --curl or --openapi")
    planned = project.make(options_from(args, console.environ))
    loaded = planned.loaded
    name = AssetName(args.name)
    if name not in loaded.assets:
        raise UsageError(
            f"there is no asset `{args.name}`",
            hint=did_you_mean(args.name, loaded.assets),
        )
    asset = loaded.assets[name]
    looked = _looked_at(planned, asset)
    if args.curl or args.openapi:
        console.data(_replay(args, planned, asset, looked))
        return ExitCode.DONE
    from assetgen.report import show_text

    needs = tuple(loaded.graph.needs[name])
    shares = _put_back_shares(planned, looked)
    if args.format == "json":
        data = show_text.as_data(asset, looked, needs, shares)
        console.data(show_text.as_json(data))
    else:
        console.show(show_text.as_text(asset, looked, needs, shares))
    return ExitCode.DONE


def _looked_at(planned: Planned, asset: Asset) -> PlannedAsset:
    """Return the plan of the asset with its request, which a plan may have skipped."""
    looked = decide(asset, planned.knowledge, planned.snapshot)
    for each in planned.plan.assets:
        if each.name == asset.name:
            return replace(looked, action=each.action, reasons=each.reasons)
    return looked


def _put_back_shares(
    planned: Planned, looked: PlannedAsset
) -> tuple[float | None, ...]:
    """Return what each draw had changed outside its mask, as far as builds saw it."""
    from assetgen.pictures import known_put_back_share

    known, memo = looked.known, planned.world.memo
    if known is None:
        return ()
    return tuple(
        known_put_back_share(memo, known, number)
        for number in range(1, len(known.draws) + 1)
    )


def _replay(
    args: Namespace, planned: Planned, asset: Asset, looked: PlannedAsset
) -> str:
    from assetgen.cli.replaying import replay_of
    from assetgen.report import replay_text

    replay = replay_of(planned, asset, looked, args.files)
    if args.openapi:
        return replay_text.as_openapi(replay)
    return replay_text.as_curl(replay)
