"""Carry a plan out: the schedule's instructions become work on threads.

One thread (the caller's) owns the schedule, asks `decide` again for each asset whose
pictures are complete, and tells the listener; the others only work. They talk through
one queue. A signal is an item of that queue, too: after the first nothing new starts
and what runs is waited for; the second ends the waiting.

Two assets that ask for the same request make one call: the second waits for the first
and then finds the draws in the store.
"""

from __future__ import annotations

import signal
import threading
import time
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from queue import SimpleQueue
from typing import TYPE_CHECKING, Final, TypeAlias

from assetgen import events, workers
from assetgen.blocked import blocked_error
from assetgen.decide import Action, PlannedAsset, decide
from assetgen.errors import (
    AssetFailed,
    AssetgenError,
    CredentialsMissing,
    DiskRefused,
    ExitCode,
    OutcomeUnknown,
    OverBudget,
)
from assetgen.failures import note_on_stopping
from assetgen.reasons import (
    NeedBlocked,
)
from assetgen.schedule import Block, Schedule, Start, Task, TaskId
from assetgen.values import Value, field

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from assetgen.digest import Key
    from assetgen.model import Asset, AssetName
    from assetgen.plan import Catalogue, Knowledge, Plan
    from assetgen.providers.base import Word
    from assetgen.schedule import Instruction, Lane
    from assetgen.snapshot import Snapshot
    from assetgen.workers import FilesMade, Workshop

_DRAW_S: Final[Mapping[str, float]] = {"call": 30.0, "cpu": 0.1}
_FILES_S: Final = 0.05
_FRUITLESS_CALLS: Final = 3
"""Calls in a row that bring no new draw, after which an asset fails."""


class Built(Value, kw_only=True):
    """An asset that is done.

    Attributes:
        files: Its files; None if it has none to look after.
    """

    decision: PlannedAsset
    action: Action
    files: FilesMade | None = None
    duration_s: float = 0.0


class Results(Value, frozen=False):
    """What came of a build; filled while it runs.

    Attributes:
        untouched: How many assets are as the last build left them.
        built: The others that are done, those where nothing had to be written included.
        stopped_by: The first thing that ended the build early, as an exit code.
        in_flight: Tasks that were still running when waiting was given up.
    """

    untouched: int = 0
    built: dict[AssetName, Built] = field(default_factory=dict)
    failed: dict[AssetName, AssetgenError] = field(default_factory=dict)
    blocked: dict[AssetName, AssetName] = field(default_factory=dict)
    draws: int = 0
    cost_usd: float = 0.0
    unknown: list[events.UnknownOutcome] = field(default_factory=list)
    stopped_by: ExitCode | None = None
    in_flight: tuple[TaskId, ...] = ()


class _Done(Value):
    task: TaskId
    files: FilesMade | None = None
    error: BaseException | None = None
    duration_s: float = 0.0


class _Said(Value):
    event: events.Event


class _Signalled(Value):
    number: int


_Item: TypeAlias = _Done | _Said | _Signalled


class Bounds(Value, kw_only=True):
    """How much runs at once.

    Attributes:
        jobs: Requests in flight.
        workers: Processors for local work.
    """

    jobs: int
    workers: int
    fail_fast: bool = False


class Executor:
    """One build's run; used once."""

    def __init__(  # the parts of a build
        self,
        plan: Plan,
        catalogue: Catalogue,
        knowledge: Knowledge,
        snapshot: Snapshot,
        shop: Workshop,
        bounds: Bounds,
        listener: events.Listener,
    ) -> None:
        """Take everything that a run needs; nothing happens yet."""
        self._catalogue = catalogue
        self._knowledge = knowledge
        self._snapshot = snapshot
        self._shop = shop
        self._bounds = bounds
        self._listener = listener
        self._planned = {each.name: each for each in plan.looked_at if has_work(each)}
        self._decisions: dict[AssetName, PlannedAsset] = {}
        self._actions: dict[AssetName, Action] = {}
        self._spent_s: dict[AssetName, float] = {}
        self._calls: dict[AssetName, int] = {}
        self._fruitless: dict[AssetName, int] = {}
        self._known_draws: dict[AssetName, int] = {}
        self._in_flight: dict[Key, TaskId] = {}
        self._waiting: dict[Key, list[TaskId]] = {}
        self._queue: SimpleQueue[_Item] = SimpleQueue()
        self._tasks = dict(self._make_tasks())
        self._schedule = Schedule(
            self._tasks, {"call": bounds.jobs, "cpu": bounds.workers}
        )
        self.results = Results(untouched=len(plan.assets) - len(self._planned))

    # --- the run --------------------------------------------------------------

    def run(self) -> Results:
        """Carry the plan out and return what came of it."""
        self._report_planned()
        if self._bounds.fail_fast and self.results.failed:
            self._schedule.drain()
        size = self._bounds.jobs + self._bounds.workers
        pool = ThreadPoolExecutor(size, thread_name_prefix="assetgen")
        with _signals_as_items(self._queue):
            try:
                self._follow(self._schedule.start(), pool)
                while not self._schedule.is_over():
                    if not self._take(self._queue.get(), pool):
                        break
            finally:
                self.results.in_flight = tuple(self._schedule.running())
                pool.shutdown(wait=not self.results.in_flight, cancel_futures=True)
        return self.results

    def _take(self, item: _Item, pool: ThreadPoolExecutor) -> bool:
        """Take one item of the queue; return whether to go on waiting."""
        match item:
            case _Said(event):
                self._listener.handle(event)
            case _Signalled(number):
                if self.results.stopped_by in _SIGNALLED:
                    return False
                self._stop(
                    ExitCode.TERMINATED
                    if number == signal.SIGTERM
                    else ExitCode.INTERRUPTED
                )
                note = note_on_stopping({id_.asset for id_ in self._schedule.running()})
                self._listener.handle(events.DiagnosticEvent(diagnostic=note))
            case _Done():
                self._finish(item, pool)
        return True

    def _stop(self, code: ExitCode) -> None:
        self.results.stopped_by = self.results.stopped_by or code
        if code in _SIGNALLED:
            self.results.stopped_by = code
        self._schedule.drain()

    # --- tasks ----------------------------------------------------------------

    def _make_tasks(self) -> Iterable[tuple[TaskId, Task]]:
        for name, planned in self._planned.items():
            if planned.action is Action.BLOCKED:
                continue
            needs = [TaskId(need, "draw") for need in self._catalogue.needs[name]]
            if planned.known is None:
                lane = self._lane(name)
                task = Task(TaskId(name, "draw"), lane, _DRAW_S[lane], tuple(needs))
                yield task.id, task
                needs = [task.id, *needs]
            task = Task(TaskId(name, "files"), "cpu", _FILES_S, tuple(needs))
            yield task.id, task

    def _lane(self, name: AssetName) -> Lane:
        source = self._catalogue.assets[name].source
        provider = getattr(source, "provider", None)
        if provider is None or self._snapshot.providers[provider].local:
            return "cpu"
        return "call"

    def _report_planned(self) -> None:
        """Report what the plan itself settled: what cannot be built."""
        for planned in self._planned.values():
            if planned.action is Action.BLOCKED:
                self._report_blocked(planned)

    def _report_blocked(self, planned: PlannedAsset) -> None:
        first = planned.reasons[0]
        if isinstance(first, NeedBlocked):
            because = self._catalogue_name(first.asset)
            self.results.blocked[planned.name] = because
            self._listener.handle(
                events.AssetBlocked(asset=planned.name, because=because)
            )
        else:
            self._fail(planned.name, blocked_error(planned))

    def _catalogue_name(self, name: str) -> AssetName:
        return next(each for each in self._catalogue.order if each == name)

    def _follow(
        self, instructions: Sequence[Instruction], pool: ThreadPoolExecutor
    ) -> None:
        """Carry instructions out; a task with nothing to do finishes at once."""
        waiting = deque(instructions)
        while waiting:
            match waiting.popleft():
                case Start(task):
                    waiting.extend(self._start(task, pool))
                case Block(task, because):
                    self._block(task, because)

    def _start(self, task: TaskId, pool: ThreadPoolExecutor) -> list[Instruction]:
        """Start a task; return what follows if it was over at once."""
        if task.kind == "files":
            return self._start_files(task, pool)
        decision = self._decide(task.asset)
        if decision.action is Action.BLOCKED:
            return self._failed(task, blocked_error(decision))
        if not decision.draws:
            self._actions.setdefault(task.asset, decision.action)
            return self._schedule.finished(task)
        key = decision.key
        assert key is not None
        if key in self._in_flight:
            self._waiting.setdefault(key, []).append(task)
            return []
        self._in_flight[key] = task
        self._actions[task.asset] = Action.DRAW
        self._listener.handle(
            events.AssetStarted(
                asset=task.asset, step="draw", key=key, draws=decision.draws
            )
        )
        self._known_draws[task.asset] = len(self._records(key))
        asset = self._catalogue.assets[task.asset]
        pool.submit(self._work, task, lambda: self._draw(asset, decision))
        return []

    def _start_files(self, task: TaskId, pool: ThreadPoolExecutor) -> list[Instruction]:
        decision = self._decisions.get(task.asset) or self._planned[task.asset]
        if decision.known is None or _is_pending(decision):
            decision = self._decide(task.asset)
        if decision.action is Action.BLOCKED:
            return self._failed(task, blocked_error(decision))
        self._decisions[task.asset] = decision
        self._actions.setdefault(task.asset, decision.action)
        if not decision.outputs and decision.checks is None:
            self._report_built(task.asset, None)
            return self._schedule.finished(task)
        asset = self._catalogue.assets[task.asset]
        self._listener.handle(events.AssetStarted(asset=task.asset, step="files"))
        shop = self._shop
        pool.submit(self._work, task, lambda: workers.make_files(shop, asset, decision))
        return []

    def _decide(self, name: AssetName) -> PlannedAsset:
        """Decide about an asset now that what it needs is known."""
        planned = self._planned[name]
        redraw = planned.draws > 0 and planned.first_draw == 1
        asset = self._catalogue.assets[name]
        decision = decide(asset, self._knowledge, self._snapshot)
        done = self._calls.get(name, 0)
        if redraw and not done and not decision.draws and decision.known is not None:
            gone = [d for d in decision.known.draws if d not in self._snapshot.blobs]
            if gone:
                decision = decide(asset, self._knowledge, self._snapshot, redraw=True)
        self._decisions[name] = decision
        self._knowledge.learn(name, decision.known)
        return decision

    # --- on worker threads ----------------------------------------------------

    def _work(self, task: TaskId, job: Callable[[], FilesMade | None]) -> None:
        began = time.monotonic()
        try:
            files = job()
        except BaseException as error:  # noqa: BLE001  # goes on in the other thread
            self._queue.put(_Done(task, None, error, time.monotonic() - began))
        else:
            self._queue.put(_Done(task, files, None, time.monotonic() - began))

    def _draw(self, asset: Asset, decision: PlannedAsset) -> None:
        def say(message: Word) -> None:
            if not isinstance(message, str):
                return  # nobody shows pictures on the way yet
            event = events.AssetProgress(
                asset=asset.name, message=message, key=decision.key
            )
            self._queue.put(_Said(event))

        workers.draw(self._shop, asset, decision, say)

    # --- what came of it ------------------------------------------------------

    def _finish(self, done: _Done, pool: ThreadPoolExecutor) -> None:
        name = done.task.asset
        self._spent_s[name] = self._spent_s.get(name, 0.0) + done.duration_s
        if done.error is not None and not isinstance(done.error, AssetgenError):
            raise done.error
        if done.task.kind == "files":
            if done.error is not None:
                self._follow(self._failed(done.task, done.error), pool)
            else:
                self._report_built(name, done.files)
                self._follow(self._schedule.finished(done.task), pool)
            return
        self._finish_draw(done, pool)

    def _finish_draw(self, done: _Done, pool: ThreadPoolExecutor) -> None:
        task = done.task
        key = self._decisions[task.asset].key
        assert key is not None
        self._calls[task.asset] = self._calls.get(task.asset, 0) + 1
        more = len(self._records(key)) > self._known_draws.get(task.asset, 0)
        self._fruitless[task.asset] = (
            0 if more else self._fruitless.get(task.asset, 0) + 1
        )
        self._report_draws(task.asset, key)
        del self._in_flight[key]
        others = self._waiting.pop(key, [])
        if isinstance(done.error, AssetgenError):
            for each in (task, *others):
                self._follow(self._failed(each, done.error), pool)
            return
        for each in (task, *others):
            self._follow(self._after_draw(each, pool), pool)

    def _after_draw(self, task: TaskId, pool: ThreadPoolExecutor) -> list[Instruction]:
        """Look at an asset whose draws came: it is known, or the rest is asked for."""
        decision = self._decide(task.asset)
        if decision.action is Action.BLOCKED:
            return self._failed(task, blocked_error(decision))
        if decision.draws and self._fruitless.get(task.asset, 0) >= _FRUITLESS_CALLS:
            short = AssetFailed(f"{decision.draws} draws are still missing")
            return self._failed(task, short)
        if decision.draws and self.results.stopped_by is not None:
            return self._schedule.failed(task)  # the rest is for the next build
        if decision.draws:
            return self._start(task, pool)
        return self._schedule.finished(task)

    def _records(self, key: Key) -> tuple[object, ...]:
        record = self._snapshot.records.get(key)
        return record.draws if record else ()

    def _report_draws(self, name: AssetName, key: Key) -> None:
        record = self._snapshot.records.get(key)
        draws = record.draws if record else ()
        for number in range(self._known_draws.get(name, 0), len(draws)):
            draw = draws[number]
            self.results.draws += 1
            self.results.cost_usd += draw.cost_usd or 0.0
            self._listener.handle(
                events.DrawBanked(
                    asset=name,
                    key=key,
                    digest=draw.digest,
                    draw=number + 1,
                    cost_usd=draw.cost_usd,
                )
            )

    def _report_built(self, name: AssetName, files: FilesMade | None) -> None:
        decision = self._decisions.get(name) or self._planned[name]
        built = Built(
            decision=decision,
            action=self._actions.get(name, decision.action),
            files=files,
            duration_s=self._spent_s.get(name, 0.0),
        )
        self.results.built[name] = built
        self._listener.handle(
            events.AssetFinished(
                asset=name,
                action=built.action.value,
                written=files.written if files else (),
                duration_s=built.duration_s,
                key=decision.key,
            )
        )

    def _failed(self, task: TaskId, error: AssetgenError) -> list[Instruction]:
        self._fail(task.asset, error)
        ends_all = isinstance(error, CredentialsMissing | DiskRefused | OverBudget)
        if ends_all and self.results.stopped_by is None:
            self.results.stopped_by = error.exit_code
        last = ends_all or self._bounds.fail_fast
        return self._schedule.failed(task, last=last)

    def _fail(self, name: AssetName, error: AssetgenError) -> None:
        self.results.failed[name] = error
        decision = self._decisions.get(name) or self._planned[name]
        self._listener.handle(
            events.AssetFailed(
                asset=name,
                code=error.code,
                message=error.message,
                hint=error.hint,
                key=decision.key,
            )
        )
        if isinstance(error, OutcomeUnknown) and decision.key is not None:
            unknown = events.UnknownOutcome(
                asset=name,
                key=decision.key,
                message=error.message,
                estimate_usd=decision.estimate.usd,
            )
            self.results.unknown.append(unknown)
            self._listener.handle(unknown)

    def _block(self, task: TaskId, because: AssetName) -> None:
        if task.asset in self.results.blocked or task.asset in self.results.failed:
            return
        self.results.blocked[task.asset] = because
        self._listener.handle(events.AssetBlocked(asset=task.asset, because=because))


_SIGNALLED: Final = frozenset({ExitCode.INTERRUPTED, ExitCode.TERMINATED})


def has_work(planned: PlannedAsset) -> bool:
    """Return whether anything has to be done, or found out, for the asset."""
    if planned.action not in {Action.UP_TO_DATE, Action.FROZEN}:
        return True
    # An asset that was looked at gets a new row, even where nothing is written.
    return planned.known is not None


def _is_pending(decision: PlannedAsset) -> bool:
    return any(out.key is None for out in decision.outputs)


@contextmanager
def _signals_as_items(queue: SimpleQueue[_Item]) -> Iterator[None]:
    """Put SIGINT and SIGTERM into the queue while this lasts (in the main thread)."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def handle(number: int, _frame: object) -> None:
        queue.put(_Signalled(number))

    numbers = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(number, handle) for number in numbers]
    try:
        yield
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)
