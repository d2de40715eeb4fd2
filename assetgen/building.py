"""A plan becomes files: put the executor together, run it, and write the end down."""

from __future__ import annotations

import contextlib
import os
import time
from typing import TYPE_CHECKING

from assetgen import closing, events, finish, foreseeing, listing, spending
from assetgen.banking import settle
from assetgen.decide import Action
from assetgen.digest import digest_of
from assetgen.errors import (
    Diagnostic,
    DiskRefused,
    ExitCode,
    IntegrityBroken,
)
from assetgen.execute import Executor
from assetgen.files import (
    contain_all,
    read_if_there,
    require_writable,
    sweep_temporaries,
)
from assetgen.load import lock_name
from assetgen.manifest import parse_manifest, sha256_of
from assetgen.model import Drawn
from assetgen.options_line import options_line
from assetgen.partials import Partials
from assetgen.pictures import Pictures
from assetgen.publish import prune, removable_files
from assetgen.resolve.settings import manifest_path
from assetgen.spare import Spare
from assetgen.store import TEMPORARY_AGE_S
from assetgen.tasks import has_work
from assetgen.values import replace
from assetgen.workers import Workshop
from assetgen.world import now

if TYPE_CHECKING:
    from collections.abc import Iterable

    from assetgen.digest import Digest
    from assetgen.load import Loaded
    from assetgen.model import AssetName, Target
    from assetgen.plan import Plan
    from assetgen.results import Results
    from assetgen.world import Options, Planned, World


def targets_of(loaded: Loaded, options: Options) -> tuple[Target, ...]:
    """Return the targets in scope."""
    return tuple(
        target
        for name, target in loaded.settings.targets.items()
        if not options.targets or name in options.targets
    )


def keeps_shape(world: World, loaded: Loaded) -> bool:
    """Return whether names and files are as the last build, and its manifests, say."""
    current = {manifest_path(each) for each in loaded.settings.targets.values()}
    known = {each.path for each in world.state.watched if each.kind == "manifest"}
    return (
        loaded.same_shape
        and current == known
        and current.isdisjoint(world.changes.files)
    )


def _only_replaces(planned: Planned, results: Results) -> bool:
    """Return whether a build wrote to no other paths than the one before."""
    written = {
        name: {row.path for row in done.files.rows} if done.files else set()
        for name, done in results.built.items()
    }
    world = planned.world
    return keeps_shape(world, planned.loaded) and not listing.dropped_outputs(
        world.state, written
    )


def with_files(world: World, loaded: Loaded, plan: Plan) -> Plan:
    """Return a plan with the files that belong to no asset: removals and companions.

    Raises:
        PolicyRefused: A file that somebody else writes to as well, and that gets entries
            of ours, is not what it should be.
        DiskRefused: A file cannot be read.
    """
    gone = removals(world, loaded, plan)
    targets = targets_of(loaded, world.options)
    seen = foreseeing.foresee(world, loaded, plan, targets, gone)
    gone = tuple(path for path in gone if path not in seen.wanted)
    removed = tuple(sorted({*gone, *seen.removed}))
    return replace(plan, removals=removed, companions=seen.written)


def removals(world: World, loaded: Loaded, plan: Plan) -> tuple[str, ...]:
    """Return the files of ours that a build of `plan` would remove."""
    planned: dict[AssetName, list[str]] = {}
    for each in plan.looked_at:
        paths = [out.path for out in each.outputs]
        looked_at = each.known is not None or each.action is not Action.UP_TO_DATE
        if each.action is not Action.BLOCKED and looked_at and None not in paths:
            planned[each.name] = [path for path in paths if path is not None]
    root, noted = world.options.root, world.journal.owned()
    if keeps_shape(world, loaded) and not noted:
        dropped = listing.dropped_outputs(world.state, planned)
        return removable_files(root, dropped)[0] if dropped else ()
    found: dict[str, Digest] = {}
    for target in targets_of(loaded, world.options):
        base = listing.folder_prefix(target)
        declared = {
            name: {path.removeprefix(base) for path in paths}
            for name, paths in planned.items()
        }
        listed = world.manifests.of(target)
        for path in listing.outdated(listed.assets, loaded.cards, declared):
            if path in listed.files:
                found[base + path] = sha256_of(listed.files[path])
        left_over = listing.noted_only(root, loaded, base, noted, listed.files)
        found.update((base + path, sha) for path, sha in left_over.items())
    left = listing.orphans(root, loaded, world.state)
    for path, files in left.items():
        base = listing.folder_of(path)
        found.update((base + name, sha) for name, sha in files.items())
    claimed = {o.path for each in plan.looked_at for o in each.outputs} if found else ()
    gone = {path: sha for path, sha in found.items() if path not in claimed}
    return removable_files(root, gone)[0]


def refuse_unwritable(planned: Planned) -> None:
    """Raise before anything is drawn if something could not be written in the end.

    Raises:
        DiskRefused: A folder is read-only, or something stands in the way of a file.
        PolicyRefused: A symlink leads an output out of the project.
    """
    root = planned.world.options.root
    paths = [
        out.path or os.path.dirname(path) + "/_"  # noqa: PTH120  # a spec's own path
        for each in planned.plan.looked_at
        for out in each.outputs
        if out.action is not Action.UP_TO_DATE
        for path in out.shown_paths
    ]
    paths.extend(
        manifest_path(target)
        for target in targets_of(planned.loaded, planned.world.options)
        if paths
    )
    for error in contain_all(root, paths).values():
        raise error
    if planned.plan.changes():
        require_writable(root / ".assetgen")
        for folder in ("cas", "ac"):
            require_writable(planned.world.store.root / folder)
    if any(
        _is_paid(planned, each.name) for each in planned.plan.looked_at if each.draws
    ):
        require_writable(root)  # for the lock


def _is_paid(planned: Planned, name: AssetName) -> bool:
    source = planned.loaded.assets[name].source
    return (
        isinstance(source, Drawn) and planned.snapshot.providers[source.provider].paid
    )


def run(planned: Planned, options: Options, listener: events.Listener) -> Results:
    """Carry a plan out."""
    world = planned.world
    settle(world.calls, world.ledger, now())
    Partials(options.root).clear_all()
    _sweep_leftovers(planned)
    pictures = Pictures(
        planned.loaded.assets,
        planned.knowledge,
        world.store,
        world.memo,
        world.files.read,
    )
    budget = spending.budget_of(planned, options)
    bounds = spending.bounds_of(planned, options, budget)
    shop = Workshop(
        root=options.root,
        pictures=pictures,
        memo=world.memo,
        snapshot=planned.snapshot,
        journal=world.journal,
        provider=lambda name: spending.wrapped_provider(world, name, budget),
        read_file=world.files.read,
        spare=Spare(bounds.workers),
    )
    executor = Executor(
        planned.plan,
        planned.loaded.catalogue,
        planned.knowledge,
        planned.snapshot,
        shop,
        bounds,
        listener,
    )
    results = executor.run()
    if not results.in_flight:  # calls that nobody waits for end with the process
        world.registry.close()
    return results


def end(
    planned: Planned,
    options: Options,
    listener: events.Listener,
    results: Results,
    began: float,
) -> ExitCode:
    """Write manifests, lock and state, tell the listener the sum, and return the code.

    A disk that refuses is told, not raised: the sum comes in any case.
    """
    world = planned.world
    closing.tell_failures(planned, results, listener)
    for found in spending.problems_of(planned, results, options):
        listener.handle(events.DiagnosticEvent(diagnostic=found))
    world.memo.close()
    if world.memo.disk_full is not None:
        _stop(world.memo.disk_full, results, listener)
    pruned = listing.Pruned()
    try:
        doubtful = closing.tell_new_open_calls(planned, results, listener)
        pruned = _write_end(planned, options, results, clean=not doubtful)
    except DiskRefused as error:
        _stop(error, results, listener)
    closing.tell_late_warnings(planned, listener)
    code = exit_code_of(results)
    listener.handle(closing.summary_of(results, pruned, code, began))
    return code


def _write_end(
    planned: Planned, options: Options, results: Results, *, clean: bool
) -> listing.Pruned:
    """Write manifests, lock and state, and return which files went.

    Args:
        clean: Whether the next build may rely on this one, if nothing failed.

    Raises:
        DiskRefused: One of them cannot be written; those after it are not.
    """
    world = planned.world
    ending = listing.Ending(
        root=options.root,
        loaded=planned.loaded,
        snapshot=planned.snapshot,
        state=world.state,
        built=results.built,
        targets=targets_of(planned.loaded, options),
        journal=world.journal,
        manifests=world.manifests,
        only_replaces=_only_replaces(planned, results),
    )
    pruned = listing.write_manifests(ending)
    if not options.locked:
        lock_path = options.root / lock_name(options.spec)
        finish.write_lock_lines(ending, lock_path, world.lock)
    clean = clean and exit_code_of(results) is ExitCode.DONE
    watched = _watched_companions(planned, options, pruned)
    _write_state(planned, options, results, ending, watched, clean=clean)
    return pruned


def _watched_companions(
    planned: Planned, options: Options, pruned: listing.Pruned
) -> list[str]:
    """Return the companions of all targets, those out of scope as the state has them."""
    found = set(pruned.companions)
    if options.targets:
        inside = [listing.folder_prefix(t) for t in targets_of(planned.loaded, options)]
        for each in planned.world.state.watched:
            if each.kind == "companion" and not each.path.startswith(tuple(inside)):
                found.add(each.path)
    return sorted(found)


def _sweep_leftovers(planned: Planned) -> None:
    """Remove what crashed writers left behind; looked for once an hour."""
    world, root = planned.world, planned.world.options.root
    mark, now_s = root / ".assetgen" / "swept", time.time()
    with contextlib.suppress(OSError):
        if abs(now_s - mark.stat().st_mtime) < TEMPORARY_AGE_S:
            return
    world.store.sweep(now_s)
    folders = {"", ".assetgen"}
    folders.update(path.rpartition("/")[0] for path in world.state.paths)
    for folder in folders:
        sweep_temporaries(root / folder, older_than_s=TEMPORARY_AGE_S, now=now_s)
    with contextlib.suppress(OSError):
        mark.touch()


def _stop(error: DiskRefused, results: Results, listener: events.Listener) -> None:
    """Let a build end with 74; a disk is complained of once."""
    if results.stopped_by is not ExitCode.DISK:
        found = Diagnostic(
            error.code, error.message, hint=error.hint, exit_code=error.exit_code
        )
        listener.handle(events.DiagnosticEvent(diagnostic=found))
    results.stopped_by = results.stopped_by or ExitCode.DISK


def _write_state(
    planned: Planned,
    options: Options,
    results: Results,
    ending: listing.Ending,
    companions: Iterable[str],
    *,
    clean: bool,
) -> None:
    line = options_line(
        options.spec,
        names=options.names,
        tags=options.tags,
        targets=options.targets,
        profile=options.profile,
        provider=options.provider,
    )
    count = len(planned.plan.assets)
    watched = finish.watched_files(
        options.root,
        planned.loaded,
        planned.world.state,
        planned.world.files,
        planned.loaded.settings.targets.values(),
        [
            ("lock", lock_name(options.spec)),
            *(("companion", path) for path in companions),
        ],
        planned.world.began_ns,
    )
    finish.write_state(
        ending,
        options=(line or "") if clean else "",
        summary=f"{count} asset{'s' if count != 1 else ''} up to date",
        watched=watched,
        stale=stale_rows(planned, results),
    )


def stale_rows(planned: Planned, results: Results) -> set[AssetName]:
    """Return the assets whose rows must not stand for anything in the next build.

    These are the ones that should have been looked at and were not finished, and those
    outside the selection that use a picture which changed.
    """
    plan = {each.name: each for each in planned.plan.looked_at}
    rows = planned.snapshot.rows
    moved: set[AssetName] = set()
    stale: set[AssetName] = set()
    for name in planned.loaded.graph.order:
        needs = planned.loaded.graph.needs[name]
        done = results.built.get(name)
        if name in plan:
            if done is None:
                if has_work(plan[name]):
                    stale.add(name)
            elif done.decision.known is not None:
                row = rows.get(name)
                if row is None or row.known != done.decision.known:
                    moved.add(name)
        elif (
            not moved.isdisjoint(needs)
            or not stale.isdisjoint(needs)
            or name in planned.snapshot.touched
        ):
            stale.add(name)
    return stale


def exit_code_of(results: Results) -> ExitCode:
    """Return how a build ended."""
    if results.stopped_by is not None:
        return results.stopped_by
    if any(isinstance(each, IntegrityBroken) for each in results.failed.values()):
        return ExitCode.INTEGRITY
    if results.failed or results.blocked or results.withdrawn:
        return ExitCode.SOME_FAILED
    return ExitCode.DONE


def remove_outputs(
    world: World, loaded: Loaded
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Remove all files that the manifests list and that nobody changed since.

    Raises:
        DiskRefused: A file cannot be removed.
    """
    root = world.options.root
    removed: list[str] = []
    kept: list[str] = []
    for target in targets_of(loaded, world.options):
        path = manifest_path(target)
        data = read_if_there(root / path)
        if data is None:
            continue
        base = listing.folder_prefix(target)
        listing.take_out_entries(root, base, data)
        gone, left = prune(root / target.dir, parse_manifest(data).owned)
        removed.extend(base + each for each in gone)
        kept.extend(base + each for each in left)
        if not left:
            prune(root, {path: digest_of(data)})
            removed.append(path)
    state = root / ".assetgen" / "state"
    try:
        state.unlink(missing_ok=True)
    except OSError as error:
        raise DiskRefused(f"cannot remove {state}: {error.strerror}") from error
    return tuple(removed), tuple(kept)
