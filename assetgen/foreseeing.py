"""What a build of a plan would write and remove beside the pictures.

The manifest as it would be is put together from the one that is there and from what the
plan says; what is not known yet (the size of a picture that nobody has) is left open, so
a companion that speaks of it counts as one that will be written.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from assetgen import accompany, listing
from assetgen.values import Value

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from assetgen.decide import PlannedAsset, PlannedOutput
    from assetgen.digest import Digest
    from assetgen.load import Loaded
    from assetgen.model import Asset, Json, Target
    from assetgen.plan import Plan
    from assetgen.world import World


class Foreseen(Value):
    """What is to be done about companions; paths relative to the project root."""

    written: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    wanted: frozenset[str] = frozenset()


def foresee(
    world: World,
    loaded: Loaded,
    plan: Plan,
    targets: Iterable[Target],
    removals: Collection[str],
) -> Foreseen:
    """Return what a build would do about the companions of some targets.

    Args:
        world: Of the project.
        loaded: Its spec.
        plan: Without removals and companions.
        targets: In scope.
        removals: Files that would be removed, from the project root.

    Raises:
        PolicyRefused: A file that somebody else writes to as well is not what it should
            be.
        DiskRefused: A file cannot be read.
    """
    written: list[str] = []
    removed: list[str] = []
    wanted: set[str] = set()
    noted = world.journal.owned()
    for target in targets:
        text = world.manifests.of(target).text
        if not (accompany.may_have(target, text) or _gets_some(plan, target)):
            continue
        beside = _beside(world, loaded, plan, target, removals, noted)
        due, gone = accompany.due(beside)
        written += due
        removed += [beside.base + path for path in gone]
        wanted.update(beside.base + path for path in accompany.paths_of(beside.after))
    ours = [path for path in removed if (world.options.root / path).is_file()]
    return Foreseen(tuple(written), tuple(ours), frozenset(wanted))


def _gets_some(plan: Plan, target: Target) -> bool:
    return any(
        out.output.preset is not None and out.output.target == target.name
        for each in plan.looked_at
        for out in each.outputs
    )


def _beside(
    world: World,
    loaded: Loaded,
    plan: Plan,
    target: Target,
    removals: Collection[str],
    noted: Mapping[str, Collection[Digest]],
) -> accompany.Beside:
    listed, base = world.manifests.of(target), listing.folder_prefix(target)
    old = accompany.rows_as_entries(listed.files)
    assets = accompany.rows_as_entries(listed.assets)
    files: dict[str, dict[str, Json]] = {
        path: entry
        for path, entry in old.items()
        if "companion" not in entry and base + path not in removals
    }
    now = {name: entry for name, entry in assets.items() if name in loaded.cards}
    for each in plan.looked_at:
        outputs = [o for o in each.outputs if o.output.target == target.name]
        entries = _entries(each, outputs, base, files)
        if entries is None:
            continue
        files.update(entries)
        now.pop(each.name, None)
        if entries:
            now[each.name] = _asset_entry(loaded.assets[each.name], entries)
    project = loaded.settings.project
    return accompany.Beside(
        root=world.options.root,
        base=base,
        old=old,
        before=accompany.facts_of(target, project, old, assets),
        after=accompany.facts_of(target, project, files, now),
        noted=noted,
    )


def _asset_entry(asset: Asset, entries: Mapping[str, object]) -> dict[str, Json]:
    return {"files": list(entries), "alt": asset.alt}


def _entries(
    planned: PlannedAsset,
    outputs: Iterable[PlannedOutput],
    base: str,
    files: Mapping[str, dict[str, Json]],
) -> dict[str, dict[str, Json]] | None:
    """Return what a manifest will say of an asset's files; None if it stays as it is."""
    if planned.known is None and not planned.outputs:
        return None
    found: dict[str, dict[str, Json]] = {}
    for each in outputs:
        path = (each.path or each.template).removeprefix(base)
        entry: dict[str, Json] = {"asset": planned.name, "format": each.output.format}
        if each.part is not None and each.part.kind != "picture":
            entry["format"] = each.part.kind
        elif each.derived is not None:
            entry["width"], entry["height"] = each.derived.width, each.derived.height
        elif path in files:
            entry["width"] = files[path].get("width")
            entry["height"] = files[path].get("height")
        draw = each.output.draw
        if draw is not None and planned.known is not None:
            entry["picked"] = draw - 1 == planned.known.pick
        if each.output.preset is not None:
            entry["preset"] = each.output.preset
        found[path] = {**entry, **each.output.about}
    return found
