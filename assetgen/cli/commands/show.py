"""`assetgen show`: one asset in full, or its request as a curl command."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assetgen.cli.options import options_from
from assetgen.decide import decide
from assetgen.errors import ExitCode, UsageError
from assetgen.model import AssetName, AssetRef, Drawn, FileRef
from assetgen.naming import did_you_mean
from assetgen.report import show_text
from assetgen.values import replace

if TYPE_CHECKING:
    from argparse import Namespace

    from assetgen.cli.console import Console
    from assetgen.decide import PlannedAsset
    from assetgen.load import Loaded
    from assetgen.model import Asset, Refs
    from assetgen.world import Planned


def run(args: Namespace, console: Console) -> int:
    """Print the asset."""
    if args.openapi:
        raise UsageError(
            "`assetgen show --openapi` is not available yet in this version",
            hint="--curl and --format json show the same request",
        )
    from assetgen import project

    planned = project.make(options_from(args, console.environ))
    loaded = planned.loaded
    name = AssetName(args.name)
    if name not in loaded.assets:
        raise UsageError(
            f"there is no asset `{args.name}`",
            hint=did_you_mean(args.name, loaded.assets),
        )
    asset = loaded.assets[name]
    plan = _looked_at(planned, asset)
    needs = tuple(loaded.graph.needs[name])
    if args.curl:
        console.data(_curl(asset, plan, loaded))
    elif args.format == "json":
        console.data(show_text.as_json(show_text.as_data(asset, plan, needs)))
    else:
        console.show(show_text.as_text(asset, plan, needs))
    return ExitCode.DONE


def _looked_at(planned: Planned, asset: Asset) -> PlannedAsset:
    """Return the plan of the asset with its request, which a plan may have skipped."""
    looked = decide(asset, planned.knowledge, planned.snapshot)
    for each in planned.plan.assets:
        if each.name == asset.name:
            return replace(looked, action=each.action, reasons=each.reasons)
    return looked


def _curl(asset: Asset, plan: PlannedAsset | None, loaded: Loaded) -> str:
    if not isinstance(asset.source, Drawn):
        raise UsageError(
            f"{asset.name} is not drawn: its source is `{show_text.source_name(asset)}`",
            hint="`assetgen show` without --curl shows it",
        )

    def picture(ref: Refs) -> str:
        if isinstance(ref, FileRef):
            return ref.path
        if isinstance(ref, AssetRef):
            outputs = loaded.assets[ref.name].outputs
            whole = [
                each.path for each in outputs if each.format in {"png", "jpg", "webp"}
            ]
            return whole[0] if whole else f"{ref.name}.png"
        return f"{ref.pattern}.png"

    return show_text.as_curl(asset, plan, picture)
