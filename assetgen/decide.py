"""What has to be done for one asset, and why: `(Asset, what is known) -> PlannedAsset`.

Plan and build both ask this function: the plan with what is known beforehand, the
build again for each asset as soon as the pictures it needs are there. So they cannot
disagree on what counts as changed. Pure: all facts come from the `Snapshot`.

The order of the questions:

1. Which request is it (identities of the inputs, key)?  Unknown inputs: pending.
2. Which draws are known (lock, then the store's record)? Too few: draw.
3. Which pictures are they after mask and steps (identities)?
4. Which outputs are missing, stale, or not ours?
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from assetgen import actionkey, reasons
from assetgen.changes import changes_of, known_digests
from assetgen.identify import (
    draw_image,
    identifier,
    image_refs,
    local_image,
    made_by_model,
    output_refs,
    pending_refs,
    provenance_of,
    request_of,
    request_refs,
)
from assetgen.model import AssetRef, Drawn
from assetgen.providers.base import Price
from assetgen.requests import Request
from assetgen.snapshot import Known, Record
from assetgen.values import Value, replace
from assetgen.verdicts import Action, PlannedOutput, judge_files, open_path

if TYPE_CHECKING:
    from collections.abc import Iterable

    from assetgen.digest import Digest, Key
    from assetgen.identify import Origin, View
    from assetgen.model import Asset, AssetName, Ref
    from assetgen.reasons import Reason
    from assetgen.snapshot import Row, Snapshot

__all__ = [
    "FREE",
    "Action",
    "PlannedAsset",
    "PlannedOutput",
    "decide",
    "made_by_model",
    "price_of",
]

FREE: Final = Price(0.0)


class PlannedAsset(Value, kw_only=True):
    """One asset, and what happens to it.

    Attributes:
        draws: Pictures to ask the provider for.
        first_draw: Number of the first of them, counted from 1.
        known: Its pictures; None while they are not known.
        checks: Key of the checks to make; None without any or when they passed.
    """

    name: AssetName
    action: Action
    reasons: tuple[Reason, ...] = ()
    draws: int = 0
    first_draw: int = 1
    estimate: Price = FREE
    key: Key | None = None
    request: Request | None = None
    known: Known | None = None
    outputs: tuple[PlannedOutput, ...] = ()
    checks: Key | None = None
    made_by_model: Origin = ""


# --- the decision -------------------------------------------------------------


class _Draws(Value):
    """The draws that are known for a request, and what keeps from asking for more."""

    digests: tuple[Digest, ...] = ()
    pick: int = 0
    blocked: Reason | None = None
    frozen: bool = False


def _known_draws(asset: Asset, source: Drawn, key: Key, snapshot: Snapshot) -> _Draws:
    """Return the known draws: those the lock pins first, then the store's others."""
    record = snapshot.records.get(key) or Record()
    banked = known_digests(asset.name, key, snapshot)
    pin = snapshot.pins.get(asset.name)
    facts = snapshot.providers[source.provider]
    # A stand-in for a frozen picture is made where nobody can have the picture itself.
    stands_in = facts.deterministic and not facts.paid
    if source.frozen and pin is not None:
        if pin.pick in snapshot.blobs or not stands_in:
            return _Draws(pin.draws, pin.draws.index(pin.pick), frozen=True)
    elif source.frozen and not stands_in:
        return _Draws(blocked=reasons.NotLocked())
    if pin is not None and pin.key == key:
        if snapshot.policy.redraw_missing:
            banked = tuple(each for each in banked if each in snapshot.blobs)
        pick = banked.index(pin.pick) if pin.pick in banked else 0
    else:
        pick = _first_kept(banked, source, snapshot)
    again = snapshot.policy.rerolls.get(asset.name)
    if again is not None and again.pick is not None and again.pick < len(banked):
        pick = again.pick
    blocked: Reason | None = None
    if len(banked) < draws_wanted(asset.name, source, snapshot):
        refusal = record.refused.get(source.moderation or "")
        if refusal is not None and not snapshot.policy.retry_rejected:
            blocked = reasons.Rejected(refusal)
        elif key in snapshot.open_outcomes and not snapshot.policy.retry_unknown:
            blocked = reasons.OutcomeOpen()
    return _Draws(banked, pick, blocked)


def draws_wanted(name: AssetName, source: Drawn, snapshot: Snapshot) -> int:
    """Return how many draws of its request an asset wants."""
    again = snapshot.policy.rerolls.get(name)
    return source.n if again is None else max(source.n, again.wanted)


def _first_kept(digests: tuple[Digest, ...], source: Drawn, snapshot: Snapshot) -> int:
    """Return which draw is the picture where no lock says so.

    The first; of those that nobody can draw again, the first that is not lost.
    """
    if snapshot.providers[source.provider].deterministic:
        return 0
    kept = (at for at, each in enumerate(digests) if each in snapshot.blobs)
    return next(kept, 0)


def decide(
    asset: Asset, view: View, snapshot: Snapshot, *, redraw: bool = False
) -> PlannedAsset:
    """Return what has to be done for `asset`, with the reasons.

    Args:
        redraw: Ask for the draws again, because their bytes are needed and gone.
    """
    row = snapshot.rows.get(asset.name)
    waiting = pending_refs(request_refs(asset, view), view)
    if isinstance(asset.source, Drawn):
        if waiting:
            return _pending_draw(asset, asset.source, waiting, snapshot)
        return _decide_drawn(asset, asset.source, view, snapshot, row, redraw=redraw)
    planned = PlannedAsset(name=asset.name, action=Action.UP_TO_DATE)
    waiting = waiting or pending_refs(image_refs(asset, view), view)
    if waiting:
        return _pending_files(planned, asset, waiting)
    lacking = _lacking_draws(
        (*request_refs(asset, view), *image_refs(asset, view)), view
    )
    if lacking:
        return replace(planned, action=Action.BLOCKED, reasons=lacking)
    identify = identifier(view, snapshot)
    known = Known(
        images=(local_image(asset, view, identify),),
        provenance=provenance_of(asset, view, None),
    )
    return _decide_files(replace(planned, known=known), asset, view, snapshot, row)


def _pending_draw(
    asset: Asset, source: Drawn, waiting: tuple[AssetName, ...], snapshot: Snapshot
) -> PlannedAsset:
    """Return the plan for an asset whose inputs are not known yet: at most n draws."""
    facts = snapshot.providers[source.provider]
    guess = Request(
        operation=source.operation,
        provider=facts.name,
        model=source.model,
        prompt=source.prompt,
        params=source.params,
        inputs=("",) * len(source.inputs),
        mask="" if source.mask or source.extend else None,
        markup="" if source.markup else None,
        revision=source.revision,
    )
    return _pending_files(
        PlannedAsset(
            name=asset.name,
            action=Action.DRAW,
            draws=source.n,
            estimate=price_of(asset, guess, source.n, snapshot),
        ),
        asset,
        waiting,
    )


def price_of(asset: Asset, request: Request, count: int, snapshot: Snapshot) -> Price:
    """Return what `count` draws of an asset's request will cost."""
    asked = snapshot.as_asked(asset, request)
    return snapshot.estimate(asked, count, snapshot.input_sizes(asset))


def _pending_files(
    planned: PlannedAsset, asset: Asset, waiting: tuple[AssetName, ...]
) -> PlannedAsset:
    """Return `planned` with all its outputs to be made once `waiting` are known."""
    outputs = tuple(
        PlannedOutput(output=out, action=Action.DERIVE, path=open_path(out))
        for out in asset.outputs
    )
    action = Action.DERIVE if planned.action is Action.UP_TO_DATE else planned.action
    why = tuple(reasons.InputPending(name) for name in waiting)
    return replace(
        planned, action=action, reasons=(*planned.reasons, *why), outputs=outputs
    )


def _decide_drawn(  # the facts of one asset, all used
    asset: Asset,
    source: Drawn,
    view: View,
    snapshot: Snapshot,
    row: Row | None,
    *,
    redraw: bool,
) -> PlannedAsset:
    facts = snapshot.providers[source.provider]
    lacking = _lacking_draws(request_refs(asset, view), view)
    if lacking:
        return PlannedAsset(name=asset.name, action=Action.BLOCKED, reasons=lacking)
    identify = identifier(view, snapshot)
    request = request_of(asset, source, facts, view, identify)
    key = actionkey.request_key(request)
    planned = PlannedAsset(
        name=asset.name, action=Action.UP_TO_DATE, key=key, request=request
    )
    draws = _known_draws(asset, source, key, snapshot)
    if draws.blocked is not None:
        return replace(planned, action=Action.BLOCKED, reasons=(draws.blocked,))
    known_count = 0 if redraw else len(draws.digests)
    all_wanted = draws_wanted(asset.name, source, snapshot)
    wanted = 0 if draws.frozen else max(0, all_wanted - known_count)
    if wanted:
        why = _draw_reasons(request, draws.digests, wanted, row, snapshot, asset)
        return _pending_files(
            replace(
                planned,
                action=Action.DRAW,
                reasons=why,
                draws=wanted,
                first_draw=known_count + 1,
                estimate=price_of(asset, request, wanted, snapshot),
            ),
            asset,
            (),
        )
    waiting = pending_refs(image_refs(asset, view), view)
    if waiting:
        return _pending_files(planned, asset, waiting)
    lacking = _lacking_draws(image_refs(asset, view), view)
    if lacking:
        return replace(planned, action=Action.BLOCKED, reasons=lacking)
    images = (draw_image(asset, source, d, view, identify) for d in draws.digests)
    known = Known(
        draws=draws.digests,
        images=tuple(images),
        pick=draws.pick,
        provenance=provenance_of(asset, view, facts),
    )
    planned = replace(planned, known=known)
    if draws.frozen:
        planned = replace(planned, action=Action.FROZEN)
    return _decide_files(planned, asset, view, snapshot, row)


def _draw_reasons(  # both sides of the comparison
    request: Request,
    known: tuple[Digest, ...],
    wanted: int,
    row: Row | None,
    snapshot: Snapshot,
    asset: Asset,
) -> tuple[Reason, ...]:
    """Return why the provider is asked for `wanted` draws more than are known."""
    if asset.name in snapshot.policy.rerolls:
        return (reasons.Rerolled(wanted),)
    assert isinstance(asset.source, Drawn)
    if known:
        if len(known) < asset.source.n:
            return (reasons.DrawsMissing(len(known), asset.source.n),)
        return (reasons.BlobMissing(known[0]),)
    changes = changes_of(asset.name, request, row, snapshot)
    if changes is None:
        return (reasons.NewAsset(),)
    return changes or (reasons.DrawsMissing(0, wanted),)


def _lacking_draws(refs: Iterable[Ref], view: View) -> tuple[Reason, ...]:
    """Return which draws of frozen assets are referred to and not in the lock.

    Every other asset has its `n` draws, or is not known yet.
    """
    found: list[Reason] = []
    for ref in refs:
        if isinstance(ref, AssetRef) and ref.draw is not None:
            known = view.known(ref.name)
            if known is not None and known.image(ref.draw) is None:
                found.append(reasons.DrawNotLocked(ref.name, ref.draw))
    return tuple(dict.fromkeys(found))


# --- outputs ------------------------------------------------------------------


def _decide_files(
    planned: PlannedAsset,
    asset: Asset,
    view: View,
    snapshot: Snapshot,
    row: Row | None,
) -> PlannedAsset:
    """Return `planned` with the verdict on each output and on the checks."""
    known = planned.known
    assert known is not None
    waiting = pending_refs(output_refs(asset), view)
    if waiting:
        return _pending_files(planned, asset, waiting)
    lacking = _lacking_own_draws(asset, known) + _lacking_draws(
        output_refs(asset), view
    )
    if lacking:
        return replace(planned, action=Action.BLOCKED, reasons=lacking)
    identify = identifier(view, snapshot)
    tag = made_by_model(known.provenance)
    why: list[Reason] = []
    outputs: list[PlannedOutput] = []
    old = row.outputs if row else ()
    for out in asset.outputs:
        image = known.image(out.draw)
        assert image is not None, f"{asset.name}: draw {out.draw} is not known"
        key = actionkey.output_key(image, out, identify, tag)
        judged = judge_files(asset, out, key, view, snapshot, old)
        outputs.extend(verdict for verdict, _ in judged)
        why.extend(reason for _, reason in judged if reason is not None)
    checks = _checks_to_make(asset, known, snapshot)
    if checks is not None:
        why.append(reasons.ChecksPending())
    actions = {each.action for each in outputs}
    action = planned.action
    if Action.DERIVE in actions or checks is not None:
        action = Action.DERIVE
    elif Action.RESTORE in actions:
        action = Action.RESTORE
    if row is None and action in {Action.DERIVE, Action.RESTORE}:
        why = [reasons.NewAsset(), *(each for each in why if _is_kept(each))]
    elif (
        row is not None
        and row.known.image() != known.image()
        and action is Action.DERIVE
    ):
        why = [reasons.PictureChanged(), *why]
    return replace(
        planned,
        action=action,
        reasons=(*planned.reasons, *why),
        outputs=tuple(outputs),
        checks=checks,
        made_by_model=tag,
    )


def _lacking_own_draws(asset: Asset, known: Known) -> tuple[Reason, ...]:
    """Return the draws that the asset's outputs show and that are not there."""
    numbers = {out.draw for out in asset.outputs if out.draw is not None}
    return tuple(
        reasons.DrawNotLocked(asset.name, number)
        for number in sorted(numbers)
        if known.image(number) is None
    )


def _checks_to_make(asset: Asset, known: Known, snapshot: Snapshot) -> Key | None:
    """Return the key of the asset's checks; None if there are none to make."""
    image = known.image()
    if asset.checks is None or image is None:
        return None
    key = actionkey.checks_key(image, asset.checks)
    return None if key in snapshot.checked else key


def _is_kept(reason: Reason) -> bool:
    return isinstance(reason, reasons.OutputEdited | reasons.OutputForeign)
