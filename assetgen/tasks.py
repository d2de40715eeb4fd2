"""A plan's assets as tasks of a schedule: what each occupies, needs, and takes; pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from assetgen.decide import Action
from assetgen.model import Drawn
from assetgen.schedule import CPU, Task, TaskId

if TYPE_CHECKING:
    from collections.abc import Mapping

    from assetgen.decide import PlannedAsset
    from assetgen.model import Asset, AssetName
    from assetgen.plan import Catalogue
    from assetgen.schedule import Lane
    from assetgen.snapshot import Snapshot

_CALL_S: Final = 10.0
_QUALITY_FACTORS: Final[Mapping[str, float]] = {
    "low": 0.5,
    "medium": 1.0,
    "high": 2.0,
    "xhigh": 3.0,
    "max": 4.0,
}
_LOCAL_S: Final = 0.1
_FILES_S: Final = 0.05


def tasks_of(
    planned: Mapping[AssetName, PlannedAsset], catalogue: Catalogue, snapshot: Snapshot
) -> dict[TaskId, Task]:
    """Return the tasks of the assets that have work: a draw where the picture is open."""
    tasks: dict[TaskId, Task] = {}
    for name, each in planned.items():
        if each.action is Action.BLOCKED:
            continue
        needs = [TaskId(need, "draw") for need in catalogue.needs[name]]
        if each.known is None:
            lane, cost_s = _lane(catalogue.assets[name], snapshot)
            draw = Task(TaskId(name, "draw"), lane, cost_s, tuple(needs))
            tasks[draw.id] = draw
            needs = [draw.id, *needs]
        files = Task(TaskId(name, "files"), CPU, _FILES_S, tuple(needs))
        tasks[files.id] = files
    return tasks


def has_work(planned: PlannedAsset) -> bool:
    """Return whether anything has to be done, or found out, for the asset."""
    if planned.action not in {Action.UP_TO_DATE, Action.FROZEN}:
        return True
    # An asset that was looked at gets a new row, even where nothing is written.
    return planned.known is not None


def calls_to(provider: str) -> Lane:
    """Return the lane of a provider's calls."""
    return f"calls to {provider}"


def _lane(asset: Asset, snapshot: Snapshot) -> tuple[Lane, float]:
    """Return where an asset's picture is made, and for about how many seconds."""
    source = asset.source
    if not isinstance(source, Drawn) or snapshot.providers[source.provider].local:
        return CPU, _LOCAL_S
    return calls_to(source.provider), rough_call_s(source)


def rough_call_s(source: Drawn) -> float:
    """Return about how long a provider takes, for the order of starts only.

    Better quality and more pixels take longer; a picture of 1024x1024 in medium quality
    takes some ten seconds. Several draws of one call come side by side.
    """
    quality = dict(source.params).get("quality")
    factor = _QUALITY_FACTORS.get(quality, 1.0) if isinstance(quality, str) else 1.0
    size = source.pixel_size
    pixels = size.width * size.height if size is not None else 0
    return _CALL_S * factor * max(1.0, pixels / 1024**2)
