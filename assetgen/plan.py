"""What a build would do for all assets: `(Catalogue, Snapshot) -> Plan`; pure.

The assets are walked once in build order. An asset that is exactly as the last build
left it (same part of the spec, same inputs, same files) is skipped without looking at
its request, so the work is in proportion to the change. For the others `decide` says
what to do. If a draw's bytes turn out to be needed and gone, the walk is repeated with
that asset drawn again; or, if the lock pins it, with that asset blocked. What needs no
more of a lost picture than its identity is not held up by it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, overload

from assetgen import reasons
from assetgen.decide import FREE, Action, PlannedAsset, decide, price_of
from assetgen.identify import image_refs, output_refs, request_refs
from assetgen.model import AssetName, AssetRef, Drawn
from assetgen.values import Value, field, replace

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from assetgen.digest import Digest, Key
    from assetgen.model import Asset, Ref
    from assetgen.reasons import Reason
    from assetgen.snapshot import Known, Snapshot


class Catalogue(Value, kw_only=True):
    """All assets of the spec as a plan sees them.

    Attributes:
        order: Names in build order; what an asset needs comes before it.
        needs: Direct needs of each asset, globs expanded.
        assets: The assets; a mapping may resolve one only when it is asked for.
        fingerprints: Of everything in the spec that decides an asset.
        matches: Which assets a glob stands for, in spec order.
    """

    order: Sequence[AssetName]
    needs: Mapping[AssetName, tuple[AssetName, ...]]
    assets: Mapping[AssetName, Asset]
    fingerprints: Mapping[AssetName, str]
    matches: Mapping[str, tuple[AssetName, ...]] = field(default_factory=dict)


class PlannedAssets(Sequence[PlannedAsset]):
    """The plan's assets in build order; those to leave alone are made when asked for.

    Of ten thousand assets a handful is looked at; the others are known by their names.
    """

    def __init__(
        self, names: Sequence[AssetName], looked_at: Mapping[AssetName, PlannedAsset]
    ) -> None:
        """Take all names in build order, and the plan for some of them."""
        self.names = names
        self.looked_at = tuple(looked_at.values())
        self._by_name = looked_at

    def __len__(self) -> int:
        """Return the number of assets."""
        return len(self.names)

    @overload
    def __getitem__(self, at: int) -> PlannedAsset: ...

    @overload
    def __getitem__(self, at: slice) -> tuple[PlannedAsset, ...]: ...

    def __getitem__(self, at: int | slice) -> PlannedAsset | tuple[PlannedAsset, ...]:
        """Return one asset or some, by position."""
        if isinstance(at, slice):
            return tuple(self._of(name) for name in self.names[at])
        return self._of(self.names[at])

    def _of(self, name: AssetName) -> PlannedAsset:
        found = self._by_name.get(name)
        return found or PlannedAsset(name=name, action=Action.UP_TO_DATE)


class Plan(Value, kw_only=True):
    """What a build would do.

    Attributes:
        assets: In build order.
        removals: Files of ours that no output declares any more.
        companions: Files beside the pictures that would be written.
    """

    assets: Sequence[PlannedAsset]
    removals: tuple[str, ...] = ()
    companions: tuple[str, ...] = ()

    @property
    def looked_at(self) -> Sequence[PlannedAsset]:
        """The assets that are not simply as the last build left them."""
        if isinstance(self.assets, PlannedAssets):
            return self.assets.looked_at
        return self.assets

    def by_action(self) -> dict[str, int]:
        """Return the number of assets per action, and of removals."""
        count = Counter(each.action.value for each in self.looked_at)
        count[Action.UP_TO_DATE.value] += len(self.assets) - len(self.looked_at)
        count[Action.REMOVE.value] = len(self.removals)
        return {action: number for action, number in sorted(count.items()) if number}

    def calls(self) -> Sequence[PlannedAsset]:
        """Return the assets that a provider would be asked for."""
        return [each for each in self.looked_at if each.draws]

    def draws(self) -> int:
        """Return how many pictures would be drawn."""
        return sum(each.draws for each in self.calls())

    def estimate_usd(self) -> float | None:
        """Return the price of all draws; None if one of them has no price."""
        prices = [each.estimate.usd for each in self.calls()]
        known = [price for price in prices if price is not None]
        return sum(known) if len(known) == len(prices) else None

    def changes(self) -> int:
        """Return how many assets and files a build would touch."""
        idle = {Action.UP_TO_DATE, Action.FROZEN}
        busy = sum(each.action not in idle for each in self.looked_at)
        return busy + len(self.removals) + len(self.companions)


class Knowledge:
    """What is known of the assets' pictures so far; the `View` of plan and build."""

    def __init__(self, catalogue: Catalogue, snapshot: Snapshot) -> None:
        """Start with what the last build's rows say of assets that did not change."""
        self._catalogue = catalogue
        self._snapshot = snapshot
        self._found: dict[AssetName, Known | None] = {}
        self._clean: set[AssetName] = set()

    def known(self, name: AssetName) -> Known | None:
        """Return what is known of an asset's pictures; None while they are pending."""
        if name in self._found:
            return self._found[name]
        return self._snapshot.rows[name].known if name in self._clean else None

    def expand(self, pattern: str) -> Sequence[AssetName]:
        """Return the assets whose names match, in spec order."""
        return self._catalogue.matches[pattern]

    def learn(self, name: AssetName, known: Known | None) -> None:
        """Take what is known of an asset now."""
        self._found[name] = known

    def leave(self, name: AssetName) -> None:
        """Take that the asset is exactly as the last build left it."""
        self._clean.add(name)


def make_plan(
    catalogue: Catalogue,
    snapshot: Snapshot,
    wanted: Iterable[AssetName] | None = None,
) -> tuple[Plan, Knowledge]:
    """Return what a build of `wanted` (with all they need; default: all) would do."""
    chosen = None if wanted is None else closure(catalogue, wanted)
    forced: dict[AssetName, Digest] = {}
    while True:
        planned, knowledge = _walk(catalogue, snapshot, chosen, forced)
        missing = _missing_pictures(planned, catalogue, knowledge, snapshot)
        if missing.keys() <= forced.keys():
            break
        forced = missing | forced
    names = [n for n in catalogue.order if chosen is None or n in chosen]
    return Plan(assets=PlannedAssets(names, planned)), knowledge


def closure(catalogue: Catalogue, wanted: Iterable[AssetName]) -> set[AssetName]:
    """Return `wanted` and everything they need."""
    found = set(wanted)
    stack = list(found)
    while stack:
        for need in catalogue.needs[stack.pop()]:
            if need not in found:
                found.add(need)
                stack.append(need)
    return found


def _walk(
    catalogue: Catalogue,
    snapshot: Snapshot,
    chosen: set[AssetName] | None,
    forced: Mapping[AssetName, Digest],
) -> tuple[dict[AssetName, PlannedAsset], Knowledge]:
    """Return what is to be done for each asset that has to be looked at.

    Args:
        chosen: The assets to walk over; None for all.
        forced: Assets of which a draw is needed and gone, with that draw.
    """
    knowledge = Knowledge(catalogue, snapshot)
    moved: set[AssetName] = set()
    blocked: set[AssetName] = set()
    lost: set[AssetName] = set()
    asked: dict[Key, int] = {}
    planned: dict[AssetName, PlannedAsset] = {}
    rows, touched, prints = snapshot.rows, snapshot.touched, catalogue.fingerprints
    for name in catalogue.order:
        if chosen is not None and name not in chosen:
            continue
        needs = catalogue.needs[name]
        row_print = rows_fingerprint(rows, name)
        if (
            row_print == prints[name]
            and name not in touched
            and name not in forced
            and moved.isdisjoint(needs)
        ):
            knowledge.leave(name)
            continue
        if not blocked.isdisjoint(needs):
            stops = tuple(
                reasons.NeedBlocked(need) for need in needs if need in blocked
            )
            decision = PlannedAsset(name=name, action=Action.BLOCKED, reasons=stops)
        else:
            asset = catalogue.assets[name]
            decision = _decided(asset, knowledge, snapshot, forced)
            if lost:
                decision = _without_lost(decision, asset, knowledge, lost)
            decision = _shared(decision, asset, asked, snapshot)
            if _cannot_be_opened(decision, asset, knowledge, lost):
                lost.add(name)
        planned[name] = decision
        knowledge.learn(name, decision.known)
        if decision.action is Action.BLOCKED and decision.known is None:
            blocked.add(name)
        row = rows.get(name)
        if decision.known is None or row is None or row.known != decision.known:
            moved.add(name)
    return planned, knowledge


def rows_fingerprint(rows: Mapping[AssetName, object], name: AssetName) -> str | None:
    """Return the fingerprint of the last build's row without decoding the row."""
    peek = getattr(rows, "fingerprint", None)
    if peek is not None:
        found: str | None = peek(name)
        return found
    row = rows.get(name)
    return getattr(row, "fingerprint", None)


def _decided(
    asset: Asset,
    knowledge: Knowledge,
    snapshot: Snapshot,
    forced: Mapping[AssetName, Digest],
) -> PlannedAsset:
    """Return what to do; a pinned picture that is lost is not replaced by itself."""
    if asset.name not in forced:
        return decide(asset, knowledge, snapshot)
    pin, policy = snapshot.pins.get(asset.name), snapshot.policy
    as_if_there = decide(asset, knowledge, snapshot)
    frozen = isinstance(asset.source, Drawn) and asset.source.frozen
    mine = pin is not None and pin.key == as_if_there.key and not policy.redraw_missing
    if as_if_there.known is not None and (mine or (pin is not None and frozen)):
        missing = reasons.PinnedMissing(forced[asset.name])
        return _blocked(as_if_there, (missing,))
    return decide(asset, knowledge, snapshot, redraw=True)


def _blocked(decision: PlannedAsset, why: tuple[Reason, ...]) -> PlannedAsset:
    """Return that nothing can be made for an asset whose picture may be known."""
    return replace(
        decision,
        action=Action.BLOCKED,
        reasons=why,
        draws=0,
        estimate=FREE,
        outputs=(),
        checks=None,
    )


def _without_lost(
    decision: PlannedAsset, asset: Asset, knowledge: Knowledge, lost: set[AssetName]
) -> PlannedAsset:
    """Return `decision`, or a block if its work opens a picture that is lost."""
    if not _is_at_work(decision):
        return decision
    work = [out for out in decision.outputs if out.action is Action.DERIVE]
    if not (work or decision.draws or decision.checks):
        return decision
    refs = _opened(asset, decision, knowledge)
    names = dict.fromkeys(each.name for each in refs if isinstance(each, AssetRef))
    stops = tuple(reasons.NeedBlocked(name) for name in names if name in lost)
    return _blocked(decision, stops) if stops else decision


def _cannot_be_opened(
    decision: PlannedAsset, asset: Asset, knowledge: Knowledge, lost: set[AssetName]
) -> bool:
    """Return whether the asset's picture is lost, or made from one that is."""
    if decision.known is None:
        return False
    if any(isinstance(why, reasons.PinnedMissing) for why in decision.reasons):
        return True
    refs = image_refs(asset, knowledge) if lost else ()
    return any(isinstance(each, AssetRef) and each.name in lost for each in refs)


def _shared(
    decision: PlannedAsset, asset: Asset, asked: dict[Key, int], snapshot: Snapshot
) -> PlannedAsset:
    """Return `decision` without the draws that another asset asks for already.

    Args:
        asked: Per request, how many draws will be there; brought up to date.
    """
    if not decision.draws or decision.key is None or decision.request is None:
        return decision
    wanted = decision.first_draw - 1 + decision.draws
    there = asked.setdefault(decision.key, decision.first_draw - 1)
    asked[decision.key] = max(there, wanted)
    left = max(0, wanted - there)
    if left == decision.draws:
        return decision
    if not left:
        return replace(decision, draws=0, first_draw=there + 1, estimate=FREE)
    estimate = price_of(asset, decision.request, left, snapshot)
    return replace(decision, draws=left, first_draw=there + 1, estimate=estimate)


_AS_IT_IS: Final = PlannedAsset(name=AssetName(""), action=Action.UP_TO_DATE)


def _missing_pictures(
    planned: Mapping[AssetName, PlannedAsset],
    catalogue: Catalogue,
    knowledge: Knowledge,
    snapshot: Snapshot,
) -> dict[AssetName, Digest]:
    """Return the assets of which this plan needs a draw that is not in the store."""
    needed: dict[AssetName, set[int | None]] = {}
    missing: dict[AssetName, Digest] = {}
    for name in reversed(catalogue.order):
        decision = planned.get(name) or _AS_IT_IS
        if name not in needed and not _is_at_work(decision):
            continue
        made = [o for o in decision.outputs if o.action is Action.DERIVE]
        draws = {out.output.draw for out in made} | needed.get(name, set())
        if decision.checks is not None:
            draws.add(None)
        if not draws and not decision.draws:
            continue
        asset = catalogue.assets[name]
        for ref in _opened(asset, decision, knowledge):
            if isinstance(ref, AssetRef):
                needed.setdefault(ref.name, set()).add(ref.draw)
        known = knowledge.known(name)
        if isinstance(asset.source, Drawn) and not decision.draws and known:
            picked = {known.pick if draw is None else draw - 1 for draw in draws}
            gone = [at for at in picked if known.draws[at] not in snapshot.blobs]
            if gone:
                missing[name] = known.draws[min(gone)]
    return missing


def _opened(
    asset: Asset, decision: PlannedAsset, knowledge: Knowledge
) -> tuple[Ref, ...]:
    """Return the pictures that the work on an asset opens."""
    refs: tuple[Ref, ...] = image_refs(asset, knowledge)
    if decision.draws:
        refs = (*refs, *request_refs(asset, knowledge))
    if any(out.action is Action.DERIVE for out in decision.outputs):
        refs = (*refs, *output_refs(asset))
    return refs


def _is_at_work(decision: PlannedAsset) -> bool:
    """Return whether pictures will be opened for an asset."""
    return bool(decision.outputs or decision.draws or decision.checks)
