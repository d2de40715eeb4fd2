"""What was asked so far and what came of it, from ledger, store and lock.

The ledger knows the calls, the store what they brought, the lock which draw is picked.
Only paid calls are in the ledger: of free draws nobody noted when they were made.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from assetgen.banking import request_to_json, told_apart
from assetgen.changes import joined
from assetgen.costs import Books
from assetgen.decide import decide
from assetgen.digest import Digest, Key
from assetgen.ledger import unknown_outcomes
from assetgen.values import Value, field, replace

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from assetgen.costs import Call
    from assetgen.decide import PlannedAsset
    from assetgen.ledger import Ledger
    from assetgen.lockline import LockLine
    from assetgen.model import AssetName, Json
    from assetgen.requests import DrawRecord
    from assetgen.store import Store
    from assetgen.world import Planned


class LoggedDraw(Value, kw_only=True):
    """One draw of a request.

    Attributes:
        number: As `pick` and the spec count it, from 1.
        at: When it was banked, ISO 8601, UTC; empty for draws of free providers and
            of another project that uses the same store.
        record: What the store knows of it; None if it lost the record.
        there: Whether the store has its bytes.
        picked: Whether it is the asset's picture.
    """

    number: int
    digest: Digest
    at: str
    record: DrawRecord | None
    there: bool
    picked: bool = False


class Asked(Value, kw_only=True):
    """One request of an asset, with all its draws.

    Attributes:
        present: Whether it is what the spec asks now.
        provider: Empty where nobody knows any more, as `operation`.
        model: As the request names it; None where it names none.
        prompt: None for an earlier request whose record the store lost.
        in_vain: Calls that brought nothing, counted by their end.
    """

    key: Key
    present: bool = False
    operation: str = ""
    provider: str = ""
    model: str | None = None
    prompt: str | None = None
    params: Mapping[str, Json] = field(default_factory=dict)
    draws: tuple[LoggedDraw, ...] = ()
    in_vain: Mapping[str, int] = field(default_factory=dict)


class Log(Value, kw_only=True):
    """The draws of an asset.

    Attributes:
        declared: Whether the spec still has the asset.
        requests: The present one first, then the others, latest first.
    """

    asset: str
    declared: bool
    requests: tuple[Asked, ...] = ()


# --- calls --------------------------------------------------------------------


def all_calls(ledger: Ledger, store: Store) -> tuple[Call, ...]:
    """Return all calls of the ledger with their ends; it is read once.

    Raises:
        DiskRefused: The ledger or a record cannot be read.
    """
    books = Books()
    left_open = told_apart(unknown_outcomes(books.watch(ledger.entries())), store)
    return books.calls(left_open.unknown, left_open.banked)


# --- an asset's draws ---------------------------------------------------------


def log_in(planned: Planned, name: AssetName) -> Log:
    """Return all that a project knows of an asset's draws, also of one that left it.

    Raises:
        DiskRefused: The ledger or a record cannot be read.
    """
    world, asset = planned.world, planned.loaded.assets.get(name)
    looked = None
    if asset is not None:
        looked = decide(asset, planned.knowledge, planned.snapshot)
    row = planned.snapshot.rows.get(name)
    return log_of(
        name,
        looked,
        calls=all_calls(world.ledger, world.store),
        pin=world.lock.get(name),
        store=world.store,
        before=row.key if row is not None else None,
    )


def log_of(
    name: AssetName,
    looked: PlannedAsset | None,
    *,
    calls: Sequence[Call],
    pin: LockLine | None,
    store: Store,
    before: Key | None = None,
) -> Log:
    """Return all that is known of an asset's draws.

    Args:
        name: The asset's.
        looked: What a build would do about it; None if the spec has no such asset.
        calls: All calls of the project; those under other assets' names tell when
            draws came that this one shares.
        pin: Its line in the lock.
        store: Of the project.
        before: The request of the last build.

    Raises:
        DiskRefused: A record cannot be read.
    """
    own: dict[Key, list[Call]] = {}
    for call in reversed(calls):
        if call.asset == name:
            own.setdefault(Key(call.key), []).append(call)
    present = looked.key if looked is not None else None
    keys = (present, pin.key if pin is not None else None, *own, before)
    ended = {call.id: call.ended_at or call.at for call in calls}
    requests = []
    for key in dict.fromkeys(key for key in keys if key is not None):
        line = pin if pin is not None and pin.key == key else None
        made = own.get(key, [])[::-1]
        request = (store.record(key) or {}).get("request")
        if looked is not None and looked.request is not None and key == present:
            request = request_to_json(looked.request)
        asked = _asked(key, request, line, made)
        draws = _draws(key, line, made, store, ended)
        requests.append(
            replace(
                asked,
                present=key == present,
                draws=_with_pick(draws, _picked(looked, pin, key)),
            )
        )
    return Log(asset=name, declared=looked is not None, requests=tuple(requests))


def _picked(
    looked: PlannedAsset | None, pin: LockLine | None, key: Key
) -> Digest | None:
    """Return the draw of a request that is the asset's picture: as the lock says.

    Where the lock has no line, it is the one that a build would take.
    """
    if pin is not None:
        return pin.pick if pin.key == key else None
    if looked is None or looked.known is None or looked.key != key:
        return None
    draws = looked.known.draws
    return draws[looked.known.pick] if looked.known.pick < len(draws) else None


def _with_pick(
    draws: Sequence[LoggedDraw], picked: Digest | None
) -> tuple[LoggedDraw, ...]:
    """Return draws of which one is marked as picked."""
    at = next((each.number for each in draws if each.digest == picked), None)
    return tuple(
        replace(each, picked=True) if each.number == at else each for each in draws
    )


def _asked(
    key: Key,
    request: Json,
    line: LockLine | None,
    calls: Sequence[Call],
) -> Asked:
    """Return a request, still without draws.

    Args:
        key: Of the request.
        request: As spec or record tell it; None if the store lost the record, and then
            lock and ledger still know a part of it.
        line: The lock's line on it.
        calls: That asked for it.
    """
    vain = Counter(call.end for call in calls if not call.draws)
    asked = Asked(key=key, in_vain=dict(sorted(vain.items())))
    if isinstance(request, dict):
        model, prompt, params = (request.get(n) for n in ("model", "prompt", "params"))
        pairs = params if isinstance(params, list) else []
        return replace(
            asked,
            operation=str(request.get("operation") or ""),
            provider=str(request.get("provider") or ""),
            model=model if isinstance(model, str) else None,
            prompt=prompt if isinstance(prompt, str) else None,
            params={
                str(pair[0]): pair[1]
                for pair in pairs
                if isinstance(pair, list) and len(pair) == 2
            },
        )
    if line is not None:
        return replace(
            asked,
            operation=line.operation,
            provider=line.provider,
            model=line.model,
            params=line.params,
        )
    if calls:
        return replace(asked, provider=calls[-1].provider, model=calls[-1].model)
    return asked


def _draws(
    key: Key,
    line: LockLine | None,
    calls: Sequence[Call],
    store: Store,
    ended: Mapping[str, str],
) -> list[LoggedDraw]:
    """Return the draws of a request as a build counts them: the lock's come first.

    What only the ledger knows any more, because the store was lost, stands at the end.

    Args:
        calls: That asked for this request.
        ended: When each call of the project ended.
    """
    records = store.draws(key)
    known = {each.digest: each for each in records}
    pinned = line.draws if line is not None else ()
    digests = [*joined(pinned, (each.digest for each in records))]
    brought = {Digest(digest): call for call in calls for digest in call.draws}
    digests += [digest for digest in brought if digest not in {*digests}]
    found = []
    for number, digest in enumerate(digests, 1):
        record = known.get(digest)
        call = record.call if record is not None else ""
        if record is None and digest in brought:
            call = brought[digest].id
        drawn = LoggedDraw(
            number=number,
            digest=digest,
            at=ended.get(call, ""),
            record=record,
            there=store.has(digest),
        )
        found.append(drawn)
    return found
