"""The whole walk on one page: load the spec, plan, build.

    spec files -> entries -> assets -> graph        load
    world, state of the last build -> snapshot      world, observe
    graph, snapshot -> plan                         plan
    plan -> draws, images, outputs                  execute
    results -> manifests, lock, state               finish

`plan` and `build` share everything up to the plan. Nothing here prints: a listener is
told what happens, and errors are raised with their places.
"""

from __future__ import annotations

import gc
import time
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from assetgen import (
    __version__,
    agreement,
    building,
    closing,
    events,
    savedplan,
    spending,
)
from assetgen.actionkey import request_parts
from assetgen.changes import changes_of, previous_parts
from assetgen.connections import warnings_of
from assetgen.decide import Action, decide
from assetgen.errors import (
    ChangesPending,
    Diagnostic,
    ExitCode,
    PolicyRefused,
    UsageError,
)
from assetgen.graph import select
from assetgen.hold import ProjectHold
from assetgen.load import load_spec
from assetgen.model import AssetName, Drawn
from assetgen.naming import did_you_mean
from assetgen.picturecheck import PictureCheck
from assetgen.plan import Plan, make_plan
from assetgen.precheck import Checks
from assetgen.registry import OPENAI
from assetgen.resolve.settings import Options as SpecOptions
from assetgen.runs import Recording
from assetgen.store import prepare_workspace
from assetgen.values import Value, replace
from assetgen.world import Options, Planned, World, open_world, snapshot_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeAlias

    from assetgen.graph import Selection
    from assetgen.load import Loaded
    from assetgen.lockfile import Lock
    from assetgen.reasons import Reason
    from assetgen.savedplan import SavedPlan
    from assetgen.snapshot import Parts

    Choice: TypeAlias = Callable[[World, Loaded], Selection]

__all__ = ["Options", "Planned", "build", "clean", "explain", "load", "make", "survey"]

_IDLE = frozenset({Action.UP_TO_DATE, Action.FROZEN})


class Explanation(Value, kw_only=True):
    """Why an asset is what it is.

    Attributes:
        key: Its request key; None if it is not drawn or its inputs are not known.
        parts: What the key is made of.
        previous: The same of the lock or the last build; () if there is none.
        changes: The differences.
        reasons: Why a build would work on it; () if it would not.
    """

    name: AssetName
    action: Action
    key: str | None
    parts: Parts
    previous: Parts
    changes: tuple[Reason, ...]
    reasons: tuple[Reason, ...]


class Cleaned(Value):
    """What `clean` did."""

    removed: tuple[str, ...]
    kept: tuple[str, ...]


# --- the walk -----------------------------------------------------------------


def load(options: Options) -> Loaded:
    """Return the spec, resolved and linked.

    Raises:
        UsageError: There is no spec file.
        SpecInvalid: With everything that is wrong.
    """
    world = open_world(options)
    try:
        return _load(world)
    finally:
        world.memo.abandon()


def _load(world: World, checks: Checks | None = None) -> Loaded:
    options = world.options
    look = checks.look if checks is not None else PictureCheck(world.files).look
    beside = checks.beside if checks is not None else None
    return load_spec(
        options.root,
        options.spec,
        SpecOptions(options.profile, options.provider),
        world.state,
        world.changes,
        look,
        options.targets,
        beside=beside,
    )


def _checks(world: World) -> Checks:
    return Checks(world.files, world.registry, world.options.spec, today_of(world))


def today_of(world: World) -> date:
    """Return the day, in UTC, on which a command began."""
    return datetime.fromtimestamp(world.began_ns / 1e9, UTC).date()


def make(
    options: Options, lock: Lock | None = None, choose: Choice | None = None
) -> Planned:
    """Return what a build would do; nothing is written, nobody is asked.

    Args:
        options: As the command line gives them.
        lock: Stands for the lock on disk.
        choose: Says which assets to plan once the spec is read, in place of the names
            and tags of `options`.

    Raises:
        SpecInvalid: The spec is wrong, or a picture that it names.
        UsageError: There is no spec, or a name, tag or target is not in it.
    """
    # Nothing of what is made here is garbage before the plan is there.
    gc.disable()
    try:
        return _make(options, lock, choose)
    finally:
        gc.freeze()  # later collections need not look at it again and again
        gc.enable()


def _make(
    options: Options, lock: Lock | None = None, choose: Choice | None = None
) -> Planned:
    world = open_world(options, lock)
    try:
        return _planned_in(world, choose)
    except BaseException:
        world.memo.abandon()
        raise


def _planned_in(world: World, choose: Choice | None) -> Planned:
    options = world.options
    checks = _checks(world)
    loaded = _load(world, checks)
    selection = _select(loaded, options) if choose is None else choose(world, loaded)
    measures = checks.measures(loaded)
    found = checks.check_world(loaded, measures, world.changes.inputs)
    snapshot = snapshot_of(world, loaded, measures)
    everything = len(selection.needed) == len(loaded.graph.order)
    wanted = None if everything else selection.needed
    plan, knowledge = make_plan(loaded.catalogue, snapshot, wanted)
    found += checks.check_draws(loaded, measures, plan, snapshot)
    plan = building.with_files(world, loaded, plan)
    warnings = (
        Diagnostic("workspace", text, severity="warning")
        for text in (*world.warnings, *_server_warnings(options, loaded, plan))
    )
    return Planned(
        loaded=loaded,
        plan=plan,
        snapshot=snapshot,
        knowledge=knowledge,
        world=world,
        selection=selection,
        diagnostics=(*loaded.diagnostics, *found, *warnings),
    )


def _server_warnings(options: Options, loaded: Loaded, plan: Plan) -> tuple[str, ...]:
    """Return what to know of the server, if the plan would ask it."""
    found = warnings_of(options.connection)
    if not found:
        return ()
    sources = (loaded.assets[each.name].source for each in plan.calls())
    asked = any(isinstance(each, Drawn) and each.provider == OPENAI for each in sources)
    return found if asked else ()


def build(
    options: Options, listener: events.Listener, saved: SavedPlan | None = None
) -> ExitCode:
    """Make everything that the spec says, and tell `listener` about it.

    Args:
        options: As the command line gives them.
        listener: Is told what happens.
        saved: A plan that must still hold.

    Raises:
        SpecInvalid: The spec is wrong; nothing was written.
        ChangesPending: Something would have to be drawn, and that is forbidden; spec
            and lock disagree, and they must not; the saved plan does not hold.
        PolicyRefused: A placeholder would be released.
        CredentialsMissing: A provider that would be asked has no key.
        OverBudget: The plan costs more than it may.
        ProjectBusy: Another build holds the project.
        DiskRefused: A folder that must be written cannot be.
    """
    began = time.monotonic()
    with Recording(options.root, listener) as recording:
        recording.handle(events.VersionEvent(assetgen=__version__))
        with held(options, "assetgen build", recording.handle):
            planned = make(options)
            if saved is not None:
                savedplan.refuse_if_moved(saved, planned)
            return carry_out(planned, options, recording, began)


def carry_out(
    planned: Planned, options: Options, listener: events.Listener, began: float
) -> ExitCode:
    """Do what a plan says, unless something forbids it; errors as `build` raises them.

    Args:
        planned: Made while the project was held, as it still is.
        options: It was made with these.
        listener: Is told what happens.
        began: When the command did, on the monotonic clock, in s.
    """
    for each in planned.diagnostics:
        listener.handle(events.DiagnosticEvent(diagnostic=each))
    closing.tell_open_calls(planned, options, listener)
    refuse(planned, options)
    spending.refuse_unpayable(planned, options)
    building.refuse_unwritable(planned)
    listener.handle(_plan_event(planned.plan))
    results = building.run(planned, options, listener)
    return building.end(planned, options, listener, results, began)


def held(
    options: Options, command: str, tell: Callable[[events.Event], None]
) -> ProjectHold:
    """Return the right to work in a project, to be entered; `tell` hears of waiting."""

    def wait(message: str) -> None:
        note = Diagnostic("waiting", message, severity="note")
        tell(events.DiagnosticEvent(diagnostic=note))

    folder = prepare_workspace(options.root)
    return ProjectHold(
        folder, command=command, timeout_s=options.lock_timeout_s, on_wait=wait
    )


def _plan_event(plan: Plan) -> events.PlanEvent:
    return events.PlanEvent(
        assets=len(plan.assets),
        draws=plan.draws(),
        estimate_usd=plan.estimate_usd(),
        by_action=plan.by_action(),
        to_do=tuple(each.name for each in plan.looked_at if each.action not in _IDLE),
    )


def _select(loaded: Loaded, options: Options) -> Selection:
    for name in options.targets:
        if name not in loaded.settings.targets:
            raise UsageError(
                f"the spec has no target `{name}`",
                hint=did_you_mean(name, loaded.settings.targets)
                or f"targets of the spec: {', '.join(loaded.settings.targets)}",
            )
    tags: dict[AssetName, tuple[str, ...]] = {}
    if options.tags:
        tags = {name: asset.tags for name, asset in loaded.assets.items()}
    return select(loaded.graph, options.names, options.tags, tags)


def refuse(planned: Planned, options: Options) -> None:
    """Raise where the command line forbids what the plan would do.

    Raises:
        PolicyRefused: `--release`, and a placeholder would be in it.
        ChangesPending: `--locked`, and spec and lock disagree; or `--locked` or
            `--offline`, and a provider would be asked.
    """
    if options.release:
        free = [
            each.name
            for each in planned.plan.assets
            if (provider := _provider(planned, each.name)) is not None
            and _is_free(planned, provider)
        ]
        if free:
            raise PolicyRefused(
                f"{_counted(free)} would be placeholders: {_listed(free)}",
                hint="name a provider that draws them, or build without --release",
            )
    if options.locked:
        agreement.require_agreement(planned)
    calls = planned.plan.calls() if options.locked or options.offline else ()
    asked = [
        each.name
        for each in calls
        if (provider := _provider(planned, each.name)) is not None
        and not _is_free(planned, provider)
    ]
    if asked:
        raise ChangesPending(
            f"{_counted(asked)} would have to be drawn: {_listed(asked)}",
            hint="build without --locked and --offline, then commit the lock",
        )


def _counted(names: list[AssetName]) -> str:
    return f"{len(names)} asset{'s' if len(names) != 1 else ''}"


def _listed(names: list[AssetName]) -> str:
    return f"{', '.join(names[:5])}{', ...' if len(names) > 5 else ''}"


def _provider(planned: Planned, name: AssetName) -> str | None:
    source = planned.loaded.assets[name].source
    return source.provider if isinstance(source, Drawn) else None


def _is_free(planned: Planned, provider: str) -> bool:
    facts = planned.snapshot.providers[provider]
    return facts.deterministic and not facts.paid


# --- questions ----------------------------------------------------------------


def survey(options: Options) -> tuple[Loaded, Plan]:
    """Return spec and plan of a spec whose requests need not be valid.

    What it asks of models is not judged, so that a report can say what is wrong with
    them; nor are its pictures.

    Raises:
        SpecInvalid: The spec cannot be read.
        UsageError: There is no spec, or it names a provider that this run has not.
    """
    world = open_world(options)
    loaded = _load(world)
    for asset in loaded.assets.values():
        drawn = asset.source
        if isinstance(drawn, Drawn) and world.registry.get(drawn.provider) is None:
            raise UsageError(
                f"`{asset.name}` names the provider `{drawn.provider}`, which this run "
                "does not have",
                hint="`assetgen check` shows where",
            )
    snapshot = snapshot_of(world, loaded, _checks(world).measures(loaded))
    plan, _ = make_plan(loaded.catalogue, snapshot)
    return loaded, plan


def explain(options: Options, name: str) -> Explanation:
    """Return what an asset's request is made of, and what changed in it.

    Raises:
        UsageError: The spec has no such asset.
    """
    planned = make(replace(options, names=(), tags=()))
    asset = planned.loaded.assets.get(AssetName(name))
    if asset is None:
        raise UsageError(
            f"the spec has no asset `{name}`",
            hint=did_you_mean(name, planned.loaded.assets),
        )
    decision = next(each for each in planned.plan.assets if each.name == asset.name)
    looked = decide(asset, planned.knowledge, planned.snapshot)
    parts = request_parts(looked.request) if looked.request else ()
    row = planned.snapshot.rows.get(asset.name)
    before = previous_parts(asset.name, row, planned.snapshot)
    return Explanation(
        name=asset.name,
        action=decision.action,
        key=looked.key,
        parts=parts,
        previous=before,
        changes=changes_of(asset.name, looked.request, row, planned.snapshot) or ()
        if looked.request
        else (),
        reasons=decision.reasons,
    )


def clean(options: Options) -> Cleaned:
    """Remove the files that assetgen wrote and that nobody changed since.

    The store, the ledger and the lock stay: building again costs nothing.

    Raises:
        DiskRefused: A file cannot be removed.
    """
    with held(options, "assetgen clean", lambda _: None):
        world = open_world(options)
        removed, kept = building.remove_outputs(world, _load(world))
    return Cleaned(removed, kept)
