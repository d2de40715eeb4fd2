"""Looking after what builds leave behind: the store, and whether all of it agrees.

Each function is one command's work on a project, put together from the parts that know
how: `verifying`, `storecare`, `transferring`. Whatever changes the store holds the
project, so that no build of it runs beside.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from assetgen import project
from assetgen.errors import PolicyRefused, SpecInvalid, UsageError
from assetgen.files import read_if_there
from assetgen.gitrefs import find_repository
from assetgen.ledger import Ledger
from assetgen.load import lock_name
from assetgen.lockfile import read_lock
from assetgen.model import Drawn
from assetgen.observe import read_state
from assetgen.resolve.settings import manifest_path
from assetgen.store import Store
from assetgen.storecare import (
    Damage,
    Rubbish,
    Sum,
    Survey,
    choose_rubbish,
    find_damage,
    locked_names,
    names_in,
    remove,
    sum_of,
    survey,
)
from assetgen.transferring import Moved, export_store, import_store
from assetgen.values import Value
from assetgen.verifying import Listed, Verdict, verify
from assetgen.world import open_world

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable
    from pathlib import Path

    from assetgen.events import Event
    from assetgen.load import Loaded
    from assetgen.model import AssetName
    from assetgen.world import Options, World

    Tell = Callable[[Event], None]


class Status(Value, kw_only=True):
    """What a project keeps.

    Attributes:
        store: The store's folder.
        shared: Whether it may serve other checkouts, too.
        rubbish: What a collection would remove.
    """

    store: Path
    shared: bool
    survey: Survey
    memo: Sum
    rubbish: Rubbish


class Collected(Value, kw_only=True):
    """What a collection removed, or would.

    Attributes:
        rubbish: What was chosen.
        removed: Blobs that are gone; None for a dry run.
        shared: Whether the store may serve other checkouts, too.
    """

    rubbish: Rubbish
    removed: Sum | None
    shared: bool


def _store_of(options: Options) -> Store:
    return Store(options.store or options.root / ".assetgen" / "store")


# --- does it agree? -----------------------------------------------------------


def verify_project(options: Options, tell: Tell) -> Verdict:
    """Return what of outputs, manifests, lock and store does not agree.

    Raises:
        SpecInvalid: The spec or the lock cannot be read.
        ProjectBusy: A build went on for too long.
        DiskRefused: A file is there and cannot be read.
    """
    with project.held(options, "assetgen verify", tell):
        world = open_world(options)
        loaded = project.load(options)
        targets = [
            Listed(target.dir, manifest_path(target))
            for target in loaded.settings.targets.values()
        ]
        return verify(
            options.root,
            world.store,
            world.lock,
            targets,
            lambda name: _is_locked(name, loaded, world),
        )


def _is_locked(name: AssetName, loaded: Loaded, world: World) -> bool:
    """Return whether an asset is drawn by a provider whose draws are locked."""
    asset = loaded.assets.get(name)
    if asset is None or not isinstance(asset.source, Drawn):
        return False
    facts = world.registry.facts(asset.source.provider)
    return facts is not None and (facts.paid or not facts.deterministic)


def verify_store(options: Options, tell: Tell, *, repair: bool) -> tuple[Damage, ...]:
    """Return what of the store is damaged, having read all of it.

    Args:
        options: Which project, and which store.
        tell: Hears of waiting.
        repair: Move it to quarantine.

    Raises:
        DiskRefused: A file cannot be read or moved.
    """
    store = _store_of(options)
    if not repair:
        return tuple(find_damage(store, repair=False))
    with project.held(options, "assetgen cache verify", tell):
        return tuple(find_damage(store, repair=True))


# --- what is there, and what may go -------------------------------------------


def status_of(options: Options, *, paid: bool = False) -> Status:
    """Return what a project keeps, and what of it nobody needs.

    Raises:
        SpecInvalid: A lock cannot be read, so what is pinned is not known.
        DiskRefused: Something cannot be read.
    """
    store = _store_of(options)
    pinned = _locked(options)
    needed = pinned | _used(options, _manifests(options, lenient=True))
    return Status(
        store=store.root,
        shared=options.store is not None,
        survey=survey(store, pinned, _answers(_ledger_of(options))),
        memo=sum_of(options.root / ".assetgen" / "memo"),
        rubbish=choose_rubbish(store, needed, now_s=time.time(), paid=paid),
    )


def collect(
    options: Options,
    tell: Tell,
    *,
    carry_out: bool,
    paid: bool = False,
    also: Iterable[Path] = (),
) -> Collected:
    """Choose what nobody needs any more, and remove it if `carry_out`.

    Args:
        options: Which project, and which store.
        tell: Hears of waiting.
        carry_out: Remove it; else it is only chosen.
        paid: Also what was paid for, or cannot be drawn again the same.
        also: Roots of further checkouts whose locks count.

    Raises:
        SpecInvalid: A lock cannot be read, here or on some ref; nothing is removed.
        PolicyRefused: Paid draws of a store that other checkouts may use.
        ProjectBusy: A build went on for too long.
        DiskRefused: Something cannot be read or removed.
    """
    shared, others = options.store is not None, tuple(also)
    if shared and paid and not others:
        raise PolicyRefused(
            "the store may hold what other checkouts paid for and pinned",
            hint="name them with --also FOLDER, so that their locks count",
        )
    store = _store_of(options)
    with project.held(options, "assetgen cache gc", tell):
        needed = _locked(options, others)
        needed |= _used(options, _manifests(options, lenient=False))
        rubbish = choose_rubbish(store, needed, now_s=time.time(), paid=paid)
        removed = None
        if carry_out:
            removed = remove(store, rubbish)
            store.sweep(time.time())
    return Collected(rubbish=rubbish, removed=removed, shared=shared)


def _locked(options: Options, also: Iterable[Path] = ()) -> set[str]:
    """Return all hashes in locks, in work trees and wherever git remembers one."""
    found = locked_names(options.root, find_repository(options.root))
    for folder in also:
        if not folder.is_dir():
            raise UsageError(f"there is no folder {folder}")
        found |= locked_names(folder, find_repository(folder))
    return found


def _manifests(options: Options, *, lenient: bool) -> set[str]:
    """Return the paths of all manifests that the spec or the last build knows."""
    state, _ = read_state(options.root / ".assetgen")
    paths = {each.path for each in state.watched if each.kind == "manifest"}
    try:
        loaded = project.load(options)
    except SpecInvalid:
        if lenient:
            return paths
        raise
    return paths | {manifest_path(each) for each in loaded.settings.targets.values()}


def _used(options: Options, manifests: Iterable[str]) -> set[str]:
    """Return all hashes in the state, the manifests, and calls that are not settled."""
    work = options.root / ".assetgen"
    found = names_in(read_if_there(work / "state") or b"")
    for path in manifests:
        found |= names_in(read_if_there(options.root / path) or b"")
    ledger = _ledger_of(options)
    unsettled = ledger.unknown_outcomes()
    found |= {each.intent.key for each in unsettled}
    return found | _answers(ledger, {each.intent.id for each in unsettled})


def _ledger_of(options: Options) -> Ledger:
    return Ledger(options.root / ".assetgen" / "ledger.jsonl", run="")


def _answers(ledger: Ledger, calls: Container[str] | None = None) -> set[str]:
    """Return the digests of answers that could not be used; of some calls, or of all."""
    found: set[str] = set()
    for entry in ledger.entries():
        kept = entry.get("kept")
        if isinstance(kept, list) and (calls is None or entry.get("id") in calls):
            found.update(map(str, kept))
    return found


# --- out and in ---------------------------------------------------------------


def export(options: Options, target: Path, *, everything: bool = False) -> Moved:
    """Write what the lock needs, or all of the store, into a folder or a tar.

    Raises:
        SpecInvalid: The lock cannot be read.
        DiskRefused: Something cannot be read or written.
    """
    name = lock_name(options.spec)
    lock = None if everything else read_lock(options.root / name, name)
    return export_store(_store_of(options), target, lock)


def take_in(options: Options, source: Path, tell: Tell) -> Moved:
    """Take blobs and records from a folder or a tar; errors as `import_store`."""
    with project.held(options, "assetgen cache import", tell):
        return import_store(_store_of(options), source)
