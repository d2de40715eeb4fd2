"""Another draw that is known becomes an asset's picture: `pick`.

One line of the lock changes, and the asset's own files are made again. What depends on
the asset is told and left to the next build, where each request shows its own price.

Which draws can be picked: those of the request that the spec makes now, counted as
`log` counts them. A draw of an earlier request (other words, another size) cannot stand
for a request that it does not answer; with the old words back in the spec it is found
again at no cost. Only a frozen asset takes any draw that was ever made for it: its
line in the lock then says which request that was.

The lock is written first, so that a crash leaves a project whose next build makes the
files. How to get new draws to pick from is said in `rerolling`.
"""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, Final

from assetgen import project
from assetgen.changes import known_digests
from assetgen.decide import Action, decide
from assetgen.errors import (
    AssetgenError,
    ChangesPending,
    ExitCode,
    IntegrityBroken,
    UsageError,
)
from assetgen.graph import select
from assetgen.history import log_in
from assetgen.load import lock_name
from assetgen.lockfile import line_for, write_lock
from assetgen.model import AssetName, Drawn
from assetgen.naming import did_you_mean
from assetgen.requests import Request
from assetgen.runs import Recording
from assetgen.values import Value, replace

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from assetgen.decide import PlannedAsset
    from assetgen.digest import Digest, Key
    from assetgen.events import Listener
    from assetgen.lockfile import LockLine
    from assetgen.model import Asset, Json, Operation
    from assetgen.requests import DrawRecord
    from assetgen.world import Options, Planned

_NUMBER: Final = re.compile(r"[0-9]{1,5}")
_PREFIX: Final = re.compile(r"[0-9a-f]{6,64}")
_LISTED: Final = 20
_IDLE: Final = frozenset({Action.UP_TO_DATE, Action.FROZEN})
_OPERATIONS: Final[Mapping[str, Operation]] = {
    "generate": "generate",
    "edit": "edit",
    "vary": "vary",
}


class Picked(Value, kw_only=True):
    """What `pick` did.

    Attributes:
        number: Of the draw that is the picture now, counted from 1.
        before: What the lock had; None if it had nothing for the asset.
        code: How making the files ended; None if they wait for further draws.
        dependents: What the next build does because of it, and was not to be done
            here; None if that cannot be told.
    """

    asset: AssetName
    number: int
    digest: Digest
    before: Digest | None
    code: ExitCode | None
    dependents: tuple[PlannedAsset, ...] | None


# --- pick ---------------------------------------------------------------------


def pick(options: Options, name: str, draw: str, listener: Listener) -> Picked:
    """Make another known draw the picture of an asset; nobody is asked for anything.

    Args:
        options: Names and tags in it count for nothing.
        name: The asset's.
        draw: A number counted from 1, or six hexadecimal digits or more.
        listener: Is told what happens to the asset's files.

    Raises:
        UsageError: There is no such asset or draw, or several, or it is not locked.
        ChangesPending: Something has to be drawn before its draws are known.
        IntegrityBroken: The draw's bytes are not in the store.
        AssetgenError: As `project.build`.
    """
    began = time.monotonic()
    one = only(options, name)
    with (
        Recording(options.root, listener) as recording,
        project.held(options, "assetgen pick", recording.handle),
    ):
        planned = project.make(one)
        try:
            asset = locked_asset(planned, name)
            line = _picked_line(planned, asset, draw)
            before = planned.world.lock.get(asset.name)
            lock = planned.world.lock.changed([line], [])
            write_lock(options.root / lock_name(options.spec), lock)
        finally:
            planned.world.memo.close()
        return Picked(
            asset=asset.name,
            number=line.pick_number,
            digest=line.pick,
            before=before.pick if before is not None else None,
            code=_make_files(one, recording, began),
            dependents=dependents_of(options, asset.name),
        )


def plan_if_picked(options: Options, name: str, draw: str) -> Planned:
    """Return what a build would do if another draw were the picture; nothing is written.

    Args:
        options: Those of the build.
        name: The asset's.
        draw: As `pick` takes it.

    Raises:
        AssetgenError: As `pick`, but for what happens while files are made.
    """
    planned = project.make(only(options, name))
    try:
        line = _picked_line(planned, locked_asset(planned, name), draw)
        lock = planned.world.lock.changed([line], [])
    finally:
        planned.world.memo.close()
    return project.make(options, lock)


def only(options: Options, name: str) -> Options:
    """Return options for one asset and what it needs."""
    return replace(options, names=(name,), tags=(), targets=())


def locked_asset(planned: Planned, name: str) -> Asset:
    """Return the asset of that name, if it is one whose draws are locked.

    Raises:
        UsageError: It is not, or there is none.
    """
    asset = planned.loaded.assets.get(AssetName(name))
    if asset is None:
        hint = did_you_mean(name, planned.loaded.graph.names)
        raise UsageError(f"there is no asset `{name}`", hint=hint)
    source = asset.source
    if not isinstance(source, Drawn):
        raise UsageError(f"`{name}` is not drawn, so it has no draws")
    facts = planned.snapshot.providers[source.provider]
    if facts.deterministic and not facts.paid:
        raise UsageError(
            f"`{name}` is drawn by `{source.provider}`, which draws the same picture "
            "each time, so its draws are not locked",
            hint="another `revision` of it is another picture",
        )
    return asset


def _picked_line(planned: Planned, asset: Asset, draw: str) -> LockLine:
    """Return the asset's new line in the lock.

    Raises:
        UsageError: No draw is meant, or several.
        ChangesPending: Its request is not known yet.
        IntegrityBroken: The draw is not in the store.
    """
    assert isinstance(asset.source, Drawn)
    if asset.source.frozen:
        line = _frozen_line(planned, asset, draw)
    else:
        request, key = request_now(planned, asset)
        digests = known_digests(asset.name, key, planned.snapshot)
        found = _found(asset.name, digests, draw, planned)
        line = _line(planned, asset.name, request, key, digests, found)
    if not planned.world.store.has(line.pick):
        raise IntegrityBroken(
            f"draw {line.pick_number} of `{asset.name}`, {line.pick[:12]}, is not in the "
            "store",
            hint="name the store that has it (ASSETGEN_STORE)",
        )
    return line


def request_now(planned: Planned, asset: Asset) -> tuple[Request, Key]:
    """Return what the spec asks for the asset now.

    Raises:
        ChangesPending: That depends on pictures which are not drawn yet.
    """
    looked = decide(asset, planned.knowledge, planned.snapshot)
    if looked.request is None or looked.key is None:
        raise ChangesPending(
            f"the request of `{asset.name}` depends on pictures that are not drawn yet",
            hint=f"`assetgen build {asset.name}` draws them",
        )
    return looked.request, looked.key


def _line(
    planned: Planned,
    name: AssetName,
    request: Request,
    key: Key,
    digests: tuple[Digest, ...],
    picked: Digest,
) -> LockLine:
    records = planned.world.store.draws(key)
    line = line_for(name, request, key, draws=digests, pick=picked, known=records)
    before = planned.world.lock.get(name)
    if before is None or before.key != key or _is_named(picked, records):
        return line
    return line._replace(model=before.model)


def _is_named(picked: Digest, records: Sequence[DrawRecord]) -> bool:
    return any(each.digest == picked and each.model for each in records)


# --- which draw is meant ------------------------------------------------------


def _found(
    name: AssetName, digests: tuple[Digest, ...], draw: str, planned: Planned
) -> Digest:
    """Return the draw of the present request that is meant.

    Raises:
        UsageError: None is, or several are.
    """
    hits = _hits(digests, draw)
    if len(hits) == 1:
        return hits[0]
    if not hits and (earlier := _earlier(planned, name, draw)):
        raise UsageError(
            f"{next(iter(earlier))[:12]} is a draw of an earlier request of `{name}`",
            hint="take the spec back to that request, which costs nothing, or make the "
            "asset `frozen`, which takes any of its draws",
        )
    raise _no_draw(name, digests, draw, hits, planned)


def _hits(digests: Sequence[Digest], draw: str) -> tuple[Digest, ...]:
    """Return the draws that a number or the beginning of a digest names.

    Raises:
        UsageError: It is neither.
    """
    word = draw.lower()
    if _NUMBER.fullmatch(word):
        at = int(word)
        return (digests[at - 1],) if 1 <= at <= len(digests) else ()
    if _PREFIX.fullmatch(word):
        return tuple(dict.fromkeys(x for x in digests if x.startswith(word)))
    raise UsageError(
        f"{draw!r} names no draw",
        hint="a draw is a number, or six hexadecimal digits or more of its digest",
    )


def _no_draw(
    name: AssetName,
    digests: tuple[Digest, ...],
    draw: str,
    hits: tuple[Digest, ...],
    planned: Planned,
) -> UsageError:
    """Return the error that says what there is instead."""
    if not digests:
        return UsageError(
            f"the present request of `{name}` has no draws yet",
            hint=f"`assetgen build {name}` draws it; `assetgen log {name}` shows what "
            "was drawn before",
        )
    line = planned.world.lock.get(name)
    picked = line.pick if line is not None else None
    listed = ", ".join(
        f"{number} {digest[:12]}{' (picked)' if digest == picked else ''}"
        for number, digest in enumerate(digests[:_LISTED], 1)
    )
    more = f" and {len(digests) - _LISTED} more" if len(digests) > _LISTED else ""
    what = "names several draws of" if hits else "names no draw of"
    return UsageError(f"{draw!r} {what} `{name}`", hint=f"there are {listed}{more}")


def _earlier(planned: Planned, name: AssetName, draw: str) -> dict[Digest, Key]:
    """Return the draws of all the asset's requests that are meant, with their keys."""
    if _NUMBER.fullmatch(draw):
        return {}
    log = log_in(planned, name)
    keys = {each.digest: asked.key for asked in log.requests for each in asked.draws}
    return {digest: keys[digest] for digest in _hits(tuple(keys), draw)}


def _frozen_line(planned: Planned, asset: Asset, draw: str) -> LockLine:
    """Return the line that pins a frozen asset to any draw that was made for it.

    Raises:
        UsageError: It has no such draw, or several.
    """
    before = planned.world.lock.get(asset.name)
    digests = before.draws if before is not None else ()
    hits = _hits(digests, draw)
    if before is not None and len(hits) == 1:
        return before._replace(pick=hits[0])
    found = _earlier(planned, asset.name, draw)
    if len(found) != 1:
        raise _no_draw(asset.name, digests, draw, tuple(found), planned)
    ((digest, key),) = found.items()
    record = planned.world.store.record(key) or {}
    request = _request_from(record.get("request"))
    if request is None:
        raise UsageError(
            f"nobody knows any more which request {digest[:12]} was drawn for"
        )
    records = planned.world.store.draws(key)
    digests = tuple(each.digest for each in records)
    return _line(planned, asset.name, request, key, digests, digest)


def _request_from(data: Json) -> Request | None:
    """Return the request that a record of the store keeps; None if it is damaged."""
    if not isinstance(data, dict):
        return None
    operation = _OPERATIONS.get(str(data.get("operation")))
    if operation is None:
        return None
    params, inputs = data.get("params"), data.get("inputs")
    pairs = params if isinstance(params, list) else []
    model, mask, markup = (data.get(each) for each in ("model", "mask", "markup"))
    revision = data.get("revision")
    return Request(
        operation=operation,
        provider=str(data.get("provider") or ""),
        model=model if isinstance(model, str) else None,
        prompt=str(data.get("prompt") or ""),
        params=tuple((str(p[0]), p[1]) for p in pairs if isinstance(p, list)),
        inputs=tuple(map(str, inputs)) if isinstance(inputs, list) else (),
        mask=mask if isinstance(mask, str) else None,
        markup=markup if isinstance(markup, str) else None,
        revision=revision if isinstance(revision, int) else 0,
    )


# --- files, and what depends on them ------------------------------------------


def _make_files(options: Options, listener: Listener, began: float) -> ExitCode | None:
    """Make the files of the one asset, unless something would have to be paid for.

    Returns:
        How it ended; None if the files wait for the next build.

    Raises:
        AssetgenError: As `project.build`.
    """
    planned = project.make(options)
    if any(_is_paid(planned, each) for each in planned.plan.calls()):
        planned.world.memo.close()
        return None
    return project.carry_out(planned, options, listener, began)


def _is_paid(planned: Planned, decision: PlannedAsset) -> bool:
    source = planned.loaded.assets[decision.name].source
    assert isinstance(source, Drawn)
    return planned.snapshot.providers[source.provider].paid


def dependents_of(options: Options, name: AssetName) -> tuple[PlannedAsset, ...] | None:
    """Return what the next build will do for what depends on an asset.

    None if no plan can be made, for example because a model has ended.
    """
    try:
        planned = project.make(replace(options, names=(), tags=(), targets=()))
    except AssetgenError:
        return None
    planned.world.memo.close()
    above = set(select(planned.loaded.graph, (f"{name}+",)).chosen) - {name}
    looked_at = planned.plan.looked_at
    return tuple(x for x in looked_at if x.name in above and x.action not in _IDLE)
