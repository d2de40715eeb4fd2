"""Whether the lock fits the spec: what `--locked` asks before anything is built.

They agree if a build would neither ask a provider nor write another line into the lock:
each asset that is locked at all has a line for the request that the spec makes of it
now, with as many draws as it wants, and each line belongs to an asset of the spec.
Whether the pictures can be had is another question, which the plan answers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from assetgen import reasons
from assetgen.changes import changes_of
from assetgen.errors import ChangesPending, Problem
from assetgen.model import Drawn
from assetgen.sources import located, spec_reader
from assetgen.values import Value

if TYPE_CHECKING:
    from assetgen.decide import PlannedAsset
    from assetgen.errors import Diagnostic
    from assetgen.lockfile import Lock
    from assetgen.model import AssetName
    from assetgen.reasons import Reason
    from assetgen.snapshot import Snapshot
    from assetgen.world import Planned

_LISTED = 20
_LOCATED = 1_000
"""More places than this nobody reads, and each costs a little to find."""


class Disagreement(Value):
    """An asset of which spec and lock do not say the same.

    Attributes:
        fields: The fields that differ, or a few words where it is not about fields.
    """

    asset: AssetName
    fields: tuple[str, ...]


def require_agreement(planned: Planned) -> None:
    """Raise if spec and lock disagree.

    Raises:
        ChangesPending: They do; names the assets and their fields.
    """
    found = disagreements(planned)
    if not found:
        return
    listed = [f"{each.asset} ({', '.join(each.fields)})" for each in found[:_LISTED]]
    more = f" and {len(found) - _LISTED:,} more" if len(found) > _LISTED else ""
    assets = f"{len(found):,} asset{'s' if len(found) != 1 else ''}"
    error = ChangesPending(
        f"spec and lock disagree about {assets}: {', '.join(listed)}{more}",
        hint="build without --locked, then commit the lock",
    )
    error.details = _details(planned, found)
    raise error


def _details(
    planned: Planned, found: tuple[Disagreement, ...]
) -> tuple[Diagnostic, ...]:
    """Return one diagnostic for each asset, at its place in the spec."""
    loaded = planned.loaded
    problems = (
        Problem(
            ChangesPending.code,
            f"spec and lock disagree about `{each.asset}`: {', '.join(each.fields)}",
            loaded.assets[each.asset].place.key()
            if each.asset in loaded.cards
            else None,
            exit_code=ChangesPending.exit_code,
        )
        for each in found[:_LOCATED]
    )
    return located(problems, spec_reader(loaded.root, loaded.text))


def disagreements(planned: Planned) -> tuple[Disagreement, ...]:
    """Return the assets of which spec and lock disagree, in build order.

    What is exactly as the last build left it agrees: that build wrote the lock, and a
    lock that changed since makes a plan look at all that it pins.
    """
    lock, cards = planned.world.lock, planned.loaded.cards
    found = [
        Disagreement(each.name, fields)
        for each in planned.plan.looked_at
        if (fields := _fields(each, planned, lock))
    ]
    strangers = (name for name in lock if name not in cards)
    return (*found, *(Disagreement(each, ("not in the spec",)) for each in strangers))


def _fields(decision: PlannedAsset, planned: Planned, lock: Lock) -> tuple[str, ...]:
    """Return what differs; () if the asset's line is what a build would leave."""
    asset = planned.loaded.assets[decision.name]
    source, line = asset.source, lock.get(decision.name)
    if not isinstance(source, Drawn):
        return ("not drawn any more",) if line is not None else ()
    if _stands_in(source, planned.snapshot):
        kept = source.frozen or planned.loaded.settings.strong_provider is not None
        return ("provider",) if line is not None and not kept else ()
    if source.frozen:
        return () if line is not None else ("frozen without a line in the lock",)
    if decision.request is None:
        return _waiting(decision)
    if line is None:
        return ("not in the lock",)
    if line.key == decision.key:
        return ("n",) if len(line.draws) < source.n else ()
    row = planned.snapshot.rows.get(decision.name)
    changes = changes_of(decision.name, decision.request, row, planned.snapshot)
    return tuple(dict.fromkeys(map(_field, changes or ()))) or ("request",)


def _stands_in(source: Drawn, snapshot: Snapshot) -> bool:
    facts = snapshot.providers[source.provider]
    return facts.deterministic and not facts.paid


def _waiting(decision: PlannedAsset) -> tuple[str, ...]:
    """Return on which pictures a request depends that is not known yet."""
    names = [
        each.asset
        for each in decision.reasons
        if isinstance(each, reasons.InputPending)
    ]
    return (f"waits for {', '.join(names)}",) if names else ()


def _field(change: Reason) -> str:
    """Return the name of a part of a request as the spec has it."""
    match change:
        case reasons.PromptChanged():
            return "prompt"
        case reasons.PartChanged(name) | reasons.InputChanged(name):
            return name.removeprefix("parameter ").removesuffix(" hash")
        case _:
            return change.kind
