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
from assetgen.banking import Banking, OpenCalls, open_calls
from assetgen.config import Config
from assetgen.errors import UsageError
from assetgen.ledger import Ledger
from assetgen.load import lock_name
from assetgen.lockfile import read_lock
from assetgen.memo import Memo
from assetgen.providers.connection import Connection
from assetgen.publish import Journal
from assetgen.registry import Registry
from assetgen.resolve.settings import manifest_path
from assetgen.snapshot import Pin, Policy, ProviderFacts, Snapshot
from assetgen.store import Store
from assetgen.values import Value, field

if TYPE_CHECKING:
    from pathlib import Path

    from assetgen.errors import Diagnostic
    from assetgen.graph import Selection
    from assetgen.load import Loaded
    from assetgen.lockfile import LockLine
    from assetgen.model import AssetName, Request, Size
    from assetgen.plan import Knowledge, Plan
    from assetgen.providers.base import Price
    from assetgen.state import State


class Options(Value, kw_only=True):
    """What the command line asks for.

    Attributes:
        root: The project root: the folder of the spec file.
        spec: The spec's file name inside it.
        names: ``NAME``, ``NAME+`` and globs.
        jobs: Requests in flight; None for the default.
        workers: Processors; None for all.
        providers: Plug-ins that flags or configuration allow.
        store: Folder with `cas/` and `ac/`; None for the project's own.
        config: The user's settings.
        connection: The server that paid requests go to.
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
    lock_timeout_s: float | None = None
    providers: tuple[str, ...] = ()
    store: Path | None = None
    config: Config = field(default_factory=Config)
    connection: Connection = field(default_factory=Connection)


class World(Value, frozen=False):
    """Everything around the spec that a plan looks at; opened for reading.

    Attributes:
        began_ns: Before anything was read, in ns since the epoch.
        calls: Calls of earlier builds that the ledger knows no good end of.
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
    lock: Mapping[AssetName, LockLine]
    calls: OpenCalls
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


def open_world(options: Options) -> World:
    """Return the world of a project; nothing is written.

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
    allowed = (*options.providers, *([options.provider] if options.provider else []))
    store = Store(
        options.store or folder / "store",
        lambda digest: warnings.append(f"the blob {digest[:12]} was damaged"),
    )
    ledger = Ledger(folder / "ledger.jsonl", run=uuid.uuid4().hex[:12])
    return World(
        options=options,
        began_ns=began_ns,
        state=state,
        changes=changes,
        store=store,
        memo=Memo(folder / "memo", on_warning=warnings.append),
        ledger=ledger,
        journal=Journal(folder / "journal"),
        registry=Registry(allowed),
        files=observe.FileDigests(root, state, changes.files),
        manifests=observe.Manifests(root, warnings.append),
        lock=read_lock(root / lock_name(options.spec), lock_name(options.spec)),
        calls=open_calls(ledger, store),
        warnings=warnings,
    )


def snapshot_of(world: World, loaded: Loaded) -> Snapshot:
    """Return the facts that a plan of the loaded spec depends on."""
    options, state = world.options, world.state
    names = set(world.changes.assets)
    if world.changes.inputs:
        for name, card in loaded.cards.items():
            if any(each.path in world.changes.inputs for each in card.files):
                names.add(name)
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
        outputs=observe.OutputDigests(options.root, state),
        owned=observe.OwnedFiles(
            loaded.settings.targets.values(),
            world.manifests,
            state,
            world.journal.owned(),
        ),
        rows=state.rows,
        touched=names,
        pins={
            name: Pin(line.key, line.draws, line.pick)
            for name, line in world.lock.items()
        },
        checked=observe.PassedChecks(world.memo),
        open_outcomes={each.intent.key for each in world.calls.unknown},
        estimate=lambda request, count, sizes: _estimate(
            world.registry, request, count, sizes
        ),
        policy=Policy(
            force=options.force,
            retry_rejected=options.retry_rejected,
            retry_unknown=options.retry_unknown,
            redraw_missing=options.redraw_missing,
        ),
    )


def _estimate(
    registry: Registry, request: Request, count: int, sizes: tuple[Size | None, ...]
) -> Price:
    provider = registry.get(request.provider)
    assert provider is not None, "the spec's providers were checked"
    return provider.estimate(request, count, sizes)


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


def banked_provider(world: World, name: str) -> Banking:
    """Return a provider wrapped so that it banks what it draws."""
    inner = world.registry.get(name)
    assert inner is not None, "the spec's providers were checked"
    return Banking(inner, world.store, world.ledger, now, lambda: uuid.uuid4().hex)


def now() -> str:
    """Return the time in ISO 8601, UTC."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")
