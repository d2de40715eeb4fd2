"""A conflicted lock is made whole again: which side's line stands, asset by asset.

The spec decides where it can: the line whose request is the one that the spec asks for
now. Then what can be had: the line whose picture is in the store. Draws that both sides
paid for are kept, whichever is picked. What the spec no longer has loses its line, and
a line that could not be read is made again from the store's record of the request.

An asset's request depends on the pictures of its inputs, so those are decided first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from assetgen import project
from assetgen.decide import decide
from assetgen.errors import DiskRefused, SpecInvalid, UsageError
from assetgen.files import read_if_there
from assetgen.gitrefs import find_repository
from assetgen.load import lock_name
from assetgen.lockfile import (
    Lock,
    LockLine,
    line_for,
    lock_text,
    parse_lock,
    require_known_header,
    write_lock,
)
from assetgen.lockmerge import (
    OURS,
    THEIRS,
    Sides,
    asset_in,
    read_conflicted,
    united,
)
from assetgen.model import AssetName
from assetgen.plan import closure
from assetgen.values import Value, replace

if TYPE_CHECKING:
    from collections.abc import Callable

    from assetgen.decide import PlannedAsset
    from assetgen.events import Event
    from assetgen.store import Store
    from assetgen.world import Options, Planned

STORE: Final = "store"
NOBODY: Final = "nobody"


class Decision(Value, kw_only=True):
    """What became of one asset.

    Attributes:
        asset: Its name; empty for a line that does not even show a name.
        choice: ``ours``, ``theirs``, ``store`` (the line is made from the store's
            record) or ``nobody`` (it has no line now).
        reason: One clause in lower case.
        needs_draw: Whether the next build has to ask for a picture.
    """

    asset: str
    choice: str
    reason: str
    needs_draw: bool = False


class Resolved(Value):
    """What `resolve` did.

    Attributes:
        decisions: By asset; empty where the lock was fine.
        path: Name of the lock in the project.
    """

    decisions: tuple[Decision, ...]
    path: str


def resolve(options: Options, tell: Callable[[Event], None]) -> Resolved:
    """Make a conflicted or damaged lock whole, and write it.

    Raises:
        UsageError: There is no lock, or no spec.
        SpecInvalid: The spec itself cannot be read; it comes first.
        DiskRefused: The lock cannot be read or written; the old one is still there.
    """
    whole = replace(options, names=(), tags=(), targets=())
    name = lock_name(options.spec)
    path = options.root / name
    with project.held(options, "assetgen lock --resolve", tell):
        data = read_if_there(path)
        if data is None:
            raise UsageError(f"there is no {name} to resolve")
        text = lock_text(data, name)
        try:
            parse_lock(text, name)
        except SpecInvalid:
            lock, decisions = _resolved(text, whole, name)
            write_lock(path, lock)
            return Resolved(decisions, name)
    return Resolved((), name)


def _resolved(
    text: str, options: Options, name: str
) -> tuple[Lock, tuple[Decision, ...]]:
    """Return the lock that a conflicted text stands for, and how it came about."""
    require_known_header(text, name)
    merged = read_conflicted(text, _base_of(options, name))
    waiting = dict(merged.disputed)
    decisions: list[Decision] = []
    for number, row in merged.unread:
        asset = asset_in(row)
        if asset is None:
            reason = f"line {number} cannot be read and is left out"
            decisions.append(Decision(asset="", choice=NOBODY, reason=reason))
        elif asset not in merged.agreed:
            waiting.setdefault(AssetName(asset), Sides(None, None))
    lock = merged.agreed
    while True:
        planned = project.make(options, lock)
        try:
            gone = [each for each in lock if each not in planned.loaded.graph.needs]
            gone += [each for each in waiting if each not in planned.loaded.graph.needs]
            for each in gone:
                waiting.pop(each, None)
                reason = "the spec does not have it any more"
                decisions.append(Decision(asset=each, choice=NOBODY, reason=reason))
            lines, ready = [], _ready(waiting, planned)
            for each in ready:
                line, decision = _decided(each, waiting.pop(each), planned)
                decisions.append(decision)
                lines += [line] if line is not None else []
            lock = lock.changed(lines, gone)
        finally:
            planned.world.memo.close()
        if not waiting:
            return lock, tuple(sorted(decisions, key=lambda each: each.asset))


def _base_of(options: Options, name: str) -> Lock | None:
    """Return the lock before the sides parted, if git has it in its index."""
    try:
        repository = find_repository(options.root)
        data = repository.staged(name, 1) if repository is not None else None
        return None if data is None else parse_lock(lock_text(data, name), name)
    except (DiskRefused, SpecInvalid):
        return None


def _ready(waiting: dict[AssetName, Sides], planned: Planned) -> list[AssetName]:
    """Return the assets that are waiting and need none that is, in build order."""
    catalogue = planned.loaded.catalogue
    ready = [
        name
        for name in planned.loaded.graph.order
        if name in waiting
        and waiting.keys().isdisjoint(closure(catalogue, [name]) - {name})
    ]
    assert ready or not waiting, "a graph without rings always has a next asset"
    return ready


# --- one asset ----------------------------------------------------------------


def _decided(
    name: AssetName, sides: Sides, planned: Planned
) -> tuple[LockLine | None, Decision]:
    """Return the line of an asset, and what was decided."""
    store = planned.world.store
    looked = decide(planned.loaded.assets[name], planned.knowledge, planned.snapshot)
    line, choice, reason = _chosen(sides, looked.key, store)
    if line is None:
        line = _line_of_store(looked, store)
        if line is not None:
            choice, reason = STORE, "made from the store's record of its request"
    known = line is not None and (
        looked.key is None or line.key == looked.key or bool(store.draws(looked.key))
    )
    needs_draw = looked.request is not None and not known
    return line, Decision(
        asset=name, choice=choice, reason=reason, needs_draw=needs_draw
    )


def _chosen(
    sides: Sides, key: str | None, store: Store
) -> tuple[LockLine | None, str, str]:
    """Return the line that stands, whose it is, and why."""
    both = {OURS: sides.ours, THEIRS: sides.theirs}
    lines = {side: line for side, line in both.items() if line is not None}
    if not lines:
        return None, NOBODY, "no side has a line that can be read"
    fits = {side: line for side, line in lines.items() if line.key == key}
    if len(fits) == 1:
        ((side, line),) = fits.items()
        return line, side, "its request is the one that the spec asks for"
    if fits:
        return _same_request(sides, fits, store)
    there = {side: line for side, line in lines.items() if store.has(line.pick)}
    side = next(iter(there or lines))
    if there:
        return lines[side], side, "its picture is in the store"
    return lines[side], side, "the picture of neither side is in the store"


def _same_request(
    sides: Sides, fits: dict[str, LockLine], store: Store
) -> tuple[LockLine, str, str]:
    """Return the line where both sides pin draws of the request that is asked for."""
    ours, theirs = fits[OURS], fits[THEIRS]
    side, reason = OURS, "both sides pin draws of the same request; ours stays picked"
    if ours.pick == theirs.pick:
        reason = "both sides pick the same draw"
    elif sides.base is not None and sides.base.pick == ours.pick:
        side, reason = THEIRS, "only they picked another draw"
    elif sides.base is not None and sides.base.pick == theirs.pick:
        reason = "only we picked another draw"
    elif not store.has(ours.pick) and store.has(theirs.pick):
        side, reason = THEIRS, "of both sides' draws, only theirs is in the store"
    return united((ours, theirs), fits[side]), side, reason


def _line_of_store(looked: PlannedAsset, store: Store) -> LockLine | None:
    """Return a line for what the store knows of the request; None for nothing."""
    if looked.key is None or looked.request is None:
        return None
    records = store.draws(looked.key)
    there = [draw.digest for draw in records if store.has(draw.digest)]
    if not there:
        return None
    return line_for(
        looked.name,
        looked.request,
        looked.key,
        draws=tuple(draw.digest for draw in records),
        pick=there[0],
        known=records,
    )
