"""Which pictures could not be drawn again, because their models have ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assetgen.errors import Diagnostic
from assetgen.model import AssetName

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator

    from assetgen.providers.models import Model
    from assetgen.world import Planned

CODE = "model-ended"
_LISTED = 20


def note_on_ended_models(planned: Planned, today: dt.date) -> Diagnostic | None:
    """Return one note that names the locked assets whose models have ended.

    None if there are none. The lock says which model drew each asset, so no asset is
    resolved for it.

    Args:
        today: Models end on days.
    """
    found = dict(_outlived(planned, today))
    if not found:
        return None
    names = list(found)
    models = dict.fromkeys((each.id, each.shutdown) for each in found.values())
    ended = ", ".join(f"{name} on {day}" for name, day in models)
    listed = ", ".join(names[:_LISTED])
    more = f" and {len(names) - _LISTED:,} more" if len(names) > _LISTED else ""
    assets = f"{len(names):,} asset{'s' if len(names) != 1 else ''}"
    return Diagnostic(
        CODE,
        f"{assets} could not be drawn again, models being shut down ({ended}): "
        f"{listed}{more}",
        hint="what the lock pins stays valid; `assetgen models --spec` names models to "
        "use instead",
        severity="note",
    )


def _outlived(planned: Planned, today: dt.date) -> Iterator[tuple[AssetName, Model]]:
    """Yield the locked assets of the plan whose models have ended."""
    world = planned.world
    in_plan = set(planned.selection.needed)
    drawn = {each.name for each in planned.plan.calls()}
    ended: dict[tuple[str, str | None], Model | None] = {}
    for name, line in world.lock.items():
        if name not in in_plan or name in drawn:
            continue
        asked = (line.provider, line.model)
        if asked not in ended:
            ended[asked] = _ended(planned, *asked, today)
        model = ended[asked]
        if model is not None:
            yield AssetName(name), model


def _ended(
    planned: Planned, provider: str, name: str | None, today: dt.date
) -> Model | None:
    """Return the model of that name, if it has ended and no server may still have it."""
    registry = planned.world.registry
    table = registry.table(provider)
    if table is None:
        return None
    model = table.get(name)
    if model is None or not table.is_shut_down(model, today):
        return None
    return None if registry.lifts(provider, name or table.default) else model
