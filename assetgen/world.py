"""Everything around the spec that a plan looks at, opened for reading.

Which project, which state of the last build, which store and memo, which lock, which
providers: `open_world` puts them together from the command line's options, and
`snapshot_of` turns them into the facts that the core reads.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from assetgen import observe
from assetgen.banking import OpenCalls, open_calls
from assetgen.budget import Assuming
from assetgen.config import Config
from assetgen.errors import UsageError
from assetgen.gate import Gates
from assetgen.ledger import Ledger
from assetgen.load import lock_name
from assetgen.lockfile import read_lock
from assetgen.memo import Memo
from assetgen.model import AssetName
from assetgen.providers.connection import Connection
from assetgen.publish import Journal
from assetgen.registry import OPENAI, Registry, Service
from assetgen.resolve.settings import manifest_path
from assetgen.snapshot import Policy, ProviderFacts, Reroll, Snapshot
from assetgen.store import Store
from assetgen.values import Value, field, replace

if TYPE_CHECKING:
    from pathlib import Path

    from assetgen.errors import Diagnostic
    from assetgen.graph import Selection
    from assetgen.load import Loaded
    from assetgen.lockfile import Lock
    from assetgen.measures import Measures
    from assetgen.model import Size
    from assetgen.plan import Knowledge, Plan
    from assetgen.providers.base import Price, Provider
    from assetgen.requests import Request
    from assetgen.state import State


class Options(Value, kw_only=True):
    """What the command line asks for.

    Attributes:
        root: The project root: the folder of the spec file.
        spec: The spec's file name inside it.
        names: ``NAME``, ``NAME+`` and globs.
        jobs: Requests in flight; None for the server's number, or the default.
        workers: Processors; None for all.
        max_cost_usd: What flag, environment or configuration allow a build to cost.
        up_to_budget: Draw what fits into the budget, where not all does.
        assume_cost_usd: Price of a picture whose provider names none.
        retries: How often a call is repeated that was turned away, at most.
        backoff_s: The most that is waited before the first repeat.
        rate: Pictures a minute; None for the server's number, or what answers say.
        request_timeout_s: For a call as a whole, from its start to the last byte.
        partials: Pictures on the way to a draw that are asked for; 0 to 3.
        rerolls: Assets whose unchanged requests are drawn once more.
        providers: Plug-ins that flags or configuration allow.
        store: Folder with `cas/` and `ac/`; None for the project's own.
        config: The user's settings.
        connection: The server that paid requests go to.
        doubt: Why this run must not pay, as `trust.Trust` has it; None if it may.
    """

    root: Path
    spec: str = "assets.yaml"
    names: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()
    profile: str | None = None
    provider: str | None = None
    jobs: int | None = None
    workers: int | None = None
    locked: bool = False
    offline: bool = False
    fail_fast: bool = False
    force: bool = False
    release: bool = False
    retry_rejected: bool = False
    retry_unknown: bool = False
    redraw_missing: bool = False
    max_cost_usd: float | None = None
    up_to_budget: bool = False
    assume_cost_usd: float | None = None
    retries: int = 4
    backoff_s: float = 1.0
    rate: float | None = None
    request_timeout_s: float = 600.0
    partials: int = 0
    lock_timeout_s: float | None = None
    rerolls: Mapping[AssetName, Reroll] = field(default_factory=dict)
    providers: tuple[str, ...] = ()
    store: Path | None = None
    config: Config = field(default_factory=Config)
    connection: Connection = field(default_factory=Connection)
    doubt: str | None = None


class World(Value, frozen=False):
    """Everything around the spec that a plan looks at; opened for reading.

    Attributes:
        began_ns: Before anything was read, in ns since the epoch.
        calls: Calls of earlier builds that the ledger knows no good end of.
        gates: Before the calls of this build.
    """

    options: Options
    began_ns: int
    state: State
    changes: observe.Changes
    store: Store
    memo: Memo
    ledger: Ledger
    journal: Journal
    registry: Registry
    files: observe.FileDigests
    manifests: observe.Manifests
    lock: Lock
    calls: OpenCalls
    gates: Gates
    warnings: list[str] = field(default_factory=list)


class Planned(Value, kw_only=True):
    """A plan with everything it was made from."""

    loaded: Loaded
    plan: Plan
    snapshot: Snapshot
    knowledge: Knowledge
    world: World
    selection: Selection
    diagnostics: tuple[Diagnostic, ...]


def open_world(options: Options, lock: Lock | None = None) -> World:
    """Return the world of a project; nothing is written.

    Args:
        options: As the command line gives them.
        lock: Stands for the lock on disk, which is then not read.

    Raises:
        UsageError: There is no spec file.
        SpecInvalid: The lock cannot be read.
        DiskRefused: A file cannot be read.
    """
    began_ns = time.time_ns()
    root = options.root
    if not (root / options.spec).exists():
        raise UsageError(
            f"there is no {options.spec} in {root}",
            hint="write one with `assetgen init`, or name one with --file",
        )
    folder = root / ".assetgen"
    state, torn = observe.read_state(folder)
    warnings: list[str] = []
    if torn:
        warnings.append(".assetgen/state cannot be read and is made anew")
    changes = observe.find_changes(root, state)
    if lock is not None:  # the last build saw another one
        files = changes.files | {lock_name(options.spec)}
        changes = replace(changes, files=files)
    allowed = (*options.providers, *([options.provider] if options.provider else []))
    store = Store(
        options.store or folder / "store",
        lambda digest: warnings.append(f"the blob {digest[:12]} was damaged"),
    )
    ledger = Ledger(folder / "ledger.jsonl", run=uuid.uuid4().hex[:12])
    gates = Gates(lambda name: _rate_of(options, name))
    return World(
        options=options,
        began_ns=began_ns,
        state=state,
        changes=changes,
        store=store,
        memo=Memo(folder / "memo", on_warning=warnings.append),
        ledger=ledger,
        journal=Journal(folder / "journal"),
        registry=Registry(allowed, _service_of(options, gates)),
        files=observe.FileDigests(root, state, changes.files),
        manifests=observe.Manifests(root, warnings.append),
        lock=read_lock(root / lock_name(options.spec), lock_name(options.spec))
        if lock is None
        else lock,
        calls=open_calls(ledger, store),
        gates=gates,
        warnings=warnings,
    )


def snapshot_of(world: World, loaded: Loaded, measures: Measures) -> Snapshot:
    """Return the facts that a plan of the loaded spec depends on."""
    options, state = world.options, world.state
    names = {*world.changes.assets, *options.rerolls}
    if world.changes.inputs:
        for name, card in loaded.cards.items():
            if any(each.path in world.changes.inputs for each in card.files):
                names.add(name)
    names.update(_regrouped(loaded, state))
    if lock_name(options.spec) in world.changes.files:
        names.update(name for name in state.rows if state.rows[name].known.draws)
    if not world.changes.files.isdisjoint(
        manifest_path(each) for each in loaded.settings.targets.values()
    ):
        # A manifest that is lost or edited is written anew, with all its assets.
        names.update(name for name in state.rows if state.rows.outputs_at(name))
    return Snapshot(
        providers=ProviderTable(world.registry),
        files=world.files,
        records=observe.StoredRecords(world.store),
        blobs=observe.StoredBlobs(world.store),
        derived=observe.DerivedFacts(world.memo),
        pages=observe.PageCounts(world.memo),
        outputs=observe.OutputDigests(options.root, state),
        owned=observe.OwnedFiles(
            loaded.settings.targets.values(),
            world.manifests,
            state,
            world.journal.owned(),
        ),
        rows=state.rows,
        touched=names,
        pins=observe.LockedPins(world.lock),
        checked=observe.PassedChecks(world.memo),
        open_outcomes={each.intent.key for each in world.calls.unknown},
        estimate=lambda request, count, sizes: _estimate(world, request, count, sizes),
        input_sizes=measures.input_sizes,
        as_asked=measures.as_asked,
        policy=Policy(
            force=options.force,
            retry_rejected=options.retry_rejected,
            retry_unknown=options.retry_unknown,
            redraw_missing=options.redraw_missing,
            rerolls=options.rerolls,
        ),
    )


def _regrouped(loaded: Loaded, state: State) -> set[AssetName]:
    """Return the assets of which a glob stands for others than in the last build.

    Others that came have no row; but of one that went, or of another order, nobody
    else would tell.
    """
    before, now = state.shape.matches, loaded.catalogue.matches
    moved = {
        glob for glob, names in now.items() if list(before.get(glob, ())) != list(names)
    }
    if loaded.same_shape or not moved:
        return set()
    return {
        AssetName(name)
        for name, card in loaded.cards.items()
        if any(ref.glob and ref.name in moved for ref in card.refs)
    }


def _estimate(
    world: World, request: Request, count: int, sizes: tuple[Size | None, ...]
) -> Price:
    return priced_provider(world, request.provider).estimate(request, count, sizes)


def priced_provider(world: World, name: str) -> Provider:
    """Return a provider as it is, with the user's price where it has none."""
    provider = world.registry.get(name)
    assert provider is not None, "the spec's providers were checked"
    assumed_usd = world.options.assume_cost_usd
    if assumed_usd is None or not provider.paid:
        return provider
    return Assuming(provider, assumed_usd)


def _service_of(options: Options, gates: Gates) -> Service:
    """Return how the built-in provider that asks a server is set up."""
    return Service(
        connection=options.connection,
        table=options.config.model_table,
        timeout_s=options.request_timeout_s,
        partials=options.partials,
        on_limits=lambda limits: gates.of(OPENAI).learn(limits),
    )


def _rate_of(options: Options, provider: str) -> float | None:
    if options.rate is None and provider == OPENAI:
        return options.connection.images_per_minute
    return options.rate


class ProviderTable(Mapping[str, ProviderFacts]):
    """Facts on providers, looked up in the registry when they are asked for."""

    def __init__(self, registry: Registry) -> None:
        """Look providers up in `registry`."""
        self._registry = registry

    def __getitem__(self, name: str) -> ProviderFacts:
        """Return the facts on a provider.

        Raises:
            KeyError: This run has none of that name.
        """
        facts = self._registry.facts(name)
        if facts is None:
            raise KeyError(name)
        return facts

    def __iter__(self) -> Iterator[str]:
        """Return the names of all providers."""
        return iter(self._registry.names())

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._registry.names())


def now() -> str:
    """Return the time in ISO 8601, UTC."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")
