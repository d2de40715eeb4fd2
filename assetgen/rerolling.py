"""New draws of an unchanged request, of which the first becomes the picture: `reroll`.

It is a build of one asset that wants more draws than the spec does: the same executor,
wrappers, budget and ledger, the same order of writes. Nothing else is drawn with it. A
re-roll that was stopped has changed no picture; what it banked can be picked.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from assetgen import project, spending
from assetgen.changes import joined, known_digests
from assetgen.errors import ChangesPending, ExitCode, UsageError
from assetgen.load import lock_name
from assetgen.lockfile import read_lock
from assetgen.model import AssetName, Drawn
from assetgen.picking import dependents_of, locked_asset, only, request_now
from assetgen.runs import Recording
from assetgen.snapshot import Reroll
from assetgen.values import Value, replace

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from assetgen.decide import PlannedAsset
    from assetgen.digest import Digest, Key
    from assetgen.events import Listener
    from assetgen.model import Asset
    from assetgen.world import Options, Planned

_STOPPED: Final = frozenset({ExitCode.INTERRUPTED, ExitCode.TERMINATED})


class Redrawn(Value, kw_only=True):
    """What `reroll` did.

    Attributes:
        draws: The new draws that are banked, by number.
        picked: The one that is the picture now; None if none of them is.
        code: How the build ended.
        dependents: As in `picking.Picked`.
    """

    asset: AssetName
    draws: Mapping[int, Digest]
    picked: Digest | None
    code: ExitCode
    dependents: tuple[PlannedAsset, ...] | None


def reroll(
    options: Options,
    name: str,
    count: int,
    *,
    keep_pick: bool,
    listener: Listener,
    tell_price: Callable[[PlannedAsset, float], None],
) -> Redrawn:
    """Ask for new draws of an unchanged request, and make the first the picture.

    Args:
        options: Names and tags in it count for nothing.
        name: The asset's.
        count: New draws, at least 1; those that `n` still lacks are among them.
        keep_pick: Leave the picture as it is.
        listener: Is told what happens.
        tell_price: Is told what will be asked for, and what it may cost in US dollars,
            before anything is.

    Raises:
        UsageError: There is no such asset, or it is not locked, or frozen.
        ChangesPending: Its present request was never drawn, or something else has to
            be drawn first.
        OverBudget: It costs more than it may.
        AssetgenError: As `project.build`.
    """
    began = time.monotonic()
    one = only(options, name)
    with (
        Recording(options.root, listener) as recording,
        project.held(options, "assetgen reroll", recording.handle),
    ):
        planned = project.make(one)
        try:
            asset = locked_asset(planned, name)
            key, before = _drawn_before(planned, asset)
        finally:
            planned.world.memo.close()
        wanted = Reroll(len(before) + count, None if keep_pick else len(before))
        asked = replace(one, rerolls={asset.name: wanted})
        code = _redraw(asked, asset.name, recording, tell_price, began)
        found, picked = _what_came(planned, asset.name, key, before)
        return Redrawn(
            asset=asset.name,
            draws=found,
            picked=picked,
            code=code,
            dependents=()
            if picked is None or code in _STOPPED
            else dependents_of(options, asset.name),
        )


def plan_if_rerolled(options: Options, name: str, count: int) -> Planned:
    """Return what a build would do together with a re-roll; nothing is written.

    Args:
        options: Those of the build.
        name: The asset's.
        count: New draws.

    Raises:
        AssetgenError: As `reroll`, before anything is asked for.
    """
    planned = project.make(only(options, name))
    try:
        asset = locked_asset(planned, name)
        before = len(_drawn_before(planned, asset)[1])
    finally:
        planned.world.memo.close()
    rerolls = {asset.name: Reroll(before + count, before)}
    return project.make(replace(options, rerolls=rerolls))


def _drawn_before(planned: Planned, asset: Asset) -> tuple[Key, tuple[Digest, ...]]:
    """Return the present request's key and its draws; there are some.

    Raises:
        UsageError: The asset is frozen.
        ChangesPending: It was not drawn yet.
    """
    assert isinstance(asset.source, Drawn)
    if asset.source.frozen:
        raise UsageError(
            f"`{asset.name}` is frozen, so it takes no new draws",
            hint="take `frozen` out of the spec first",
        )
    _, key = request_now(planned, asset)
    digests = known_digests(asset.name, key, planned.snapshot)
    if not digests:
        raise ChangesPending(
            f"the present request of `{asset.name}` has no draws yet",
            hint=f"`assetgen build {asset.name}` draws it",
        )
    return key, digests


def _redraw(
    options: Options,
    name: AssetName,
    listener: Listener,
    tell_price: Callable[[PlannedAsset, float], None],
    began: float,
) -> ExitCode:
    """Carry the build out that asks for the new draws, and for nothing else.

    Raises:
        ChangesPending: Something else would have to be drawn.
        AssetgenError: As `project.build`.
    """
    planned = project.make(options)
    try:
        calls = {each.name: each for each in planned.plan.calls()}
        others = [each for each in calls if each != name]
        if others:
            raise ChangesPending(
                f"`{name}` needs {others[0]}, which has to be drawn first",
                hint=f"`assetgen build {name}` does that",
            )
        if name in calls:
            tell_price(calls[name], spending.budget_usd(planned, options))
        return project.carry_out(planned, options, listener, began)
    finally:
        planned.world.memo.close()


def _what_came(
    planned: Planned, name: AssetName, key: Key, before: tuple[Digest, ...]
) -> tuple[dict[int, Digest], Digest | None]:
    """Return the draws that are new, by number, and the one of them that is picked."""
    options = planned.world.options
    lock = read_lock(options.root / lock_name(options.spec))
    line = lock.get(name)
    pinned = line.draws if line is not None and line.key == key else before
    stored = (each.digest for each in planned.world.store.draws(key))
    all_ = joined(pinned, stored)
    new = {at: x for at, x in enumerate(all_, 1) if at > len(before)}
    pick = line.pick if line is not None else None
    return new, pick if pick in new.values() else None
