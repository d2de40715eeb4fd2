"""Carry a plan out: the schedule's instructions become work on threads.

One thread (the caller's) owns the schedule, asks `decide` again for each asset whose
pictures are complete, and tells the listener; the others only work. They talk through
one queue. A signal is an item of that queue, too: after the first nothing new starts
and what runs is waited for; the second ends the waiting.

A call starts when its provider's gate has a permit and the budget has room for it; both
are taken here, so that the order of the schedule decides who gets them. Once the budget
is used up no further call is made, and files of what was drawn still are. Nothing at all
is started once a key was refused or a disk is full.

Two assets that ask for the same request make one call: the second waits for the first
and then finds the draws in the store. What cannot or must not be asked again fails for
the second, too, however much later its turn comes.
"""

from __future__ import annotations

import time
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from queue import Empty, SimpleQueue
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
    ProviderRefused,
    Withdrawn,
)
from assetgen.failures import note_on_stopping
from assetgen.gate import waiting_text
from assetgen.model import Drawn
from assetgen.results import Results
from assetgen.schedule import CPU, Block, Schedule, Start, TaskId
from assetgen.signals import next_item, signals_told
from assetgen.tasks import calls_to, has_work, tasks_of
from assetgen.telling import Teller
from assetgen.values import Value

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from assetgen.answers import Note
    from assetgen.budget import Budget
    from assetgen.digest import Key
    from assetgen.gate import Gate
    from assetgen.model import Asset, AssetName
    from assetgen.plan import Catalogue, Knowledge, Plan
    from assetgen.requests import DrawRecord
    from assetgen.schedule import Instruction, Lane
    from assetgen.snapshot import Snapshot
    from assetgen.workers import FilesMade, Workshop

_FRUITLESS_CALLS: Final = 3
"""Calls in a row that bring no new draw, after which an asset fails."""

_TOLD_WAIT_S: Final = 1.0
"""Shorter waits before a call are not worth a word."""


class _Done(Value):
    task: TaskId
    files: FilesMade | None = None
    error: BaseException | None = None
    duration_s: float = 0.0


class _Said(Value):
    event: events.Event


class _Noted(Value):
    notes: tuple[Note, ...]


class _Signalled(Value):
    code: ExitCode


_Item: TypeAlias = _Done | _Said | _Noted | _Signalled


class Bounds(Value, kw_only=True):
    """How much runs at once, and what may be asked and spent.

    Attributes:
        jobs: Requests in flight, for each provider that is asked from here.
        workers: Processors for local work.
        gates: By provider; those without one are asked whenever there is a slot.
        budget: Of the providers that are paid.
    """

    jobs: Mapping[str, int]
    workers: int
    gates: Mapping[str, Gate]
    budget: Budget
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
        self._planned = {each.name: each for each in plan.looked_at if has_work(each)}
        self._decisions: dict[AssetName, PlannedAsset] = {}
        self._actions: dict[AssetName, Action] = {}
        self._spent_s: dict[AssetName, float] = {}
        self._calls: dict[AssetName, int] = {}
        self._fruitless: dict[AssetName, int] = {}
        self._known_draws: dict[AssetName, int] = {}
        self._in_flight: dict[Key, TaskId] = {}
        self._told: set[TaskId] = set()
        self._waiting: dict[Key, list[TaskId]] = {}
        self._ended: dict[tuple[Key, str | None], AssetgenError] = {}
        self._queue: SimpleQueue[_Item] = SimpleQueue()
        self._tasks = tasks_of(self._planned, catalogue, snapshot)
        self._slots = {CPU: bounds.workers}
        self._slots.update((calls_to(n), jobs) for n, jobs in bounds.jobs.items())
        self._gates = {calls_to(name): gate for name, gate in bounds.gates.items()}
        self._schedule = Schedule(self._tasks, self._slots, self._gates.keys())
        self.results = Results(untouched=len(plan.assets) - len(self._planned))
        self._teller = Teller(self.results, listener)

    # --- the run --------------------------------------------------------------

    def run(self) -> Results:
        """Carry the plan out and return what came of it."""
        self._teller.planned(self._planned.values(), self._catalogue.order)
        if self._bounds.fail_fast and self.results.failed:
            self._schedule.drain()
        pool = ThreadPoolExecutor(
            sum(self._slots.values()), thread_name_prefix="assetgen"
        )
        with signals_told(lambda code: self._queue.put(_Signalled(code))):
            try:
                self._follow(self._schedule.start(), pool)
                while not self._schedule.is_over():
                    item = self._next_item(self._start_calls(pool))
                    if item is not None and not self._take(item, pool):
                        break
            finally:
                self._close_gates()
                self.results.in_flight = tuple(self._schedule.running())
                pool.shutdown(wait=not self.results.in_flight, cancel_futures=True)
        self.results.spent_usd = self._bounds.budget.spent_usd
        return self.results

    def _start_calls(self, pool: ThreadPoolExecutor) -> float | None:
        """Start the calls that their gates let through.

        Returns:
            Seconds until a gate opens again; 0.0 if there is nothing to wait for, None
            if only the end of something that runs can bring a call.
        """
        delays: list[float] = []
        for lane, gate in self._gates.items():
            while self._schedule.next_in(lane) is not None:
                delay_s = gate.delay_s()
                if delay_s > 0:
                    delays.append(delay_s)
                    self._tell_wait(lane, delay_s)
                    break
                self._follow([self._schedule.release(lane)], pool)
        if self._schedule.is_over():
            return 0.0
        return min(delays, default=None)

    def _tell_wait(self, lane: Lane, delay_s: float) -> None:
        """Tell once of a call that it could start but for the rate or a pause."""
        task = self._schedule.next_in(lane)
        if task is None or task in self._told or delay_s < _TOLD_WAIT_S:
            return
        self._told.add(task)
        wait = events.AssetProgress(asset=task.asset, message=waiting_text(delay_s))
        self._teller.tell(wait)

    def _next_item(self, timeout_s: float | None) -> _Item | None:
        try:
            return next_item(self._queue, timeout_s)
        except Empty:
            return None

    def _take(self, item: _Item, pool: ThreadPoolExecutor) -> bool:
        """Take one item of the queue; return whether to go on waiting."""
        match item:
            case _Said(event):
                self._teller.tell(event)
            case _Noted(notes):
                self.results.notes.extend(notes)
            case _Signalled(code):
                if self.results.stopped_by in _SIGNALLED:
                    return False
                self._stop(code)
                note = note_on_stopping({id_.asset for id_ in self._schedule.running()})
                self._teller.tell(events.DiagnosticEvent(diagnostic=note))
            case _Done():
                self._finish(item, pool)
        return True

    def _stop(self, code: ExitCode) -> None:
        self.results.stopped_by = self.results.stopped_by or code
        if code in _SIGNALLED:
            self.results.stopped_by = code
        self._start_nothing_more()

    def _start_nothing_more(self) -> None:
        self._schedule.drain()
        self._close_gates()

    def _close_gates(self) -> None:
        """Turn back whoever waits for a permit, a pause or a repeat."""
        for gate in self._gates.values():
            gate.stop()

    # --- tasks ----------------------------------------------------------------

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
                    self._teller.blocked(task.asset, because)

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
        ended = self._ended_with(decision)
        if ended is not None:
            return self._failed(task, ended)
        if self.results.over_budget is not None:
            return self._withdraw(task)
        refused = self._admit(task, decision)
        if refused is not None:
            return self._over_budget(task, refused)
        self._in_flight[key] = task
        self._actions[task.asset] = Action.DRAW
        self._teller.started(decision, "draw")
        self._known_draws[task.asset] = len(self._records(key))
        asset = self._catalogue.assets[task.asset]
        pool.submit(self._work, task, lambda: self._draw(asset, decision))
        return []

    def _admit(self, task: TaskId, decision: PlannedAsset) -> OverBudget | None:
        """Take a call's permit and its part of the budget, or return what is against it.

        A call that follows another of the same asset may have to wait for its permit;
        it does so on its thread.
        """
        lane = self._tasks[task].lane
        usd = decision.estimate.usd
        if usd is not None and self._is_paid(task.asset):
            try:
                self._bounds.budget.hold(task.asset, usd)
            except OverBudget as error:
                return error
        gate = self._gates.get(lane)
        if gate is not None and gate.delay_s() == 0:
            gate.admit(task.asset, decision.draws)
        return None

    def _is_paid(self, name: AssetName) -> bool:
        source = self._catalogue.assets[name].source
        assert isinstance(source, Drawn)
        return self._snapshot.providers[source.provider].paid

    def _start_files(self, task: TaskId, pool: ThreadPoolExecutor) -> list[Instruction]:
        decision = self._decisions.get(task.asset) or self._planned[task.asset]
        if decision.known is None or _is_pending(decision):
            decision = self._decide(task.asset)
        if decision.action is Action.BLOCKED:
            return self._failed(task, blocked_error(decision))
        self._decisions[task.asset] = decision
        self._actions.setdefault(task.asset, decision.action)
        asset = self._catalogue.assets[task.asset]
        drawn = self._actions[task.asset] is Action.DRAW
        if not workers.has_files(asset, decision, drawn=drawn):
            self._built(task.asset, None)
            return self._schedule.finished(task)
        self._teller.started(decision, "files")
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
        def say(message: str, partial: str | None) -> None:
            event = events.AssetProgress(
                asset=asset.name, message=message, key=decision.key, partial=partial
            )
            self._queue.put(_Said(event))

        try:
            notes = workers.draw(self._shop, asset, decision, say)
            self._queue.put(_Noted(notes))
        finally:  # what a call that was not made has taken
            self._bounds.budget.drop(asset.name)
            for gate in self._gates.values():
                gate.forget(asset.name)

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
                self._built(name, done.files)
                self._follow(self._schedule.finished(done.task), pool)
            return
        self._finish_draw(done, pool)

    def _finish_draw(self, done: _Done, pool: ThreadPoolExecutor) -> None:
        task = done.task
        key = self._decisions[task.asset].key
        assert key is not None
        self._calls[task.asset] = self._calls.get(task.asset, 0) + 1
        self._teller.drawn(
            task.asset, key, self._records(key), self._known_draws.get(task.asset, 0)
        )
        if self._is_paid(task.asset):
            if done.error is None:
                expected_usd = self._decisions[task.asset].estimate.usd
                self.results.expected_usd += expected_usd or 0.0
            self._teller.spent(self._bounds.budget)
        del self._in_flight[key]
        if isinstance(done.error, OutcomeUnknown | ProviderRefused):
            level = _level_of(self._decisions[task.asset], done.error)
            self._ended[key, level] = done.error
        others = self._waiting.pop(key, [])
        for each in (task, *others):
            refused = isinstance(done.error, ProviderRefused)
            if done.error is None:
                follows = self._after_draw(each, pool)
            elif refused and self._ended_with(self._decisions[each.asset]) is None:
                follows = self._start(each, pool)  # it asks for other moderation
            elif isinstance(done.error, Withdrawn):
                follows = self._withdraw(each)
            elif isinstance(done.error, OverBudget):
                follows = self._over_budget(each, done.error)
            else:
                assert isinstance(done.error, AssetgenError)
                follows = self._failed(each, done.error)
            self._follow(follows, pool)

    def _ended_with(self, decision: PlannedAsset) -> AssetgenError | None:
        """Return why this build must not send a request again; None if it may."""
        key, request = decision.key, decision.request
        assert key is not None
        assert request is not None
        unknown = self._ended.get((key, _ANY))
        return unknown or self._ended.get((key, request.moderation))

    def _after_draw(self, task: TaskId, pool: ThreadPoolExecutor) -> list[Instruction]:
        """Look at an asset whose draws came: it is known, or the rest is asked for."""
        wanted = self._decisions[task.asset].draws
        decision = self._decide(task.asset)
        if decision.action is Action.BLOCKED:
            return self._failed(task, blocked_error(decision))
        fruitless = self._fruitless.get(task.asset, 0) + 1
        self._fruitless[task.asset] = 0 if decision.draws < wanted else fruitless
        if decision.draws and self._fruitless.get(task.asset, 0) >= _FRUITLESS_CALLS:
            short = AssetFailed(f"{decision.draws} draws are still missing")
            return self._failed(task, short)
        if decision.draws and self.results.stopped_by is not None:
            return self._withdraw(task)
        if decision.draws:
            return self._start(task, pool)
        return self._schedule.finished(task)

    def _withdraw(self, task: TaskId) -> list[Instruction]:
        """Take that a call is not made: no failure, but a matter of the next build."""
        self.results.withdrawn.add(task.asset)
        return self._schedule.given_up(task)

    def _over_budget(self, task: TaskId, error: OverBudget) -> list[Instruction]:
        """Make no further call; files of what was drawn are still made."""
        self.results.over_budget = self.results.over_budget or error
        self.results.stopped_by = self.results.stopped_by or ExitCode.OVER_BUDGET
        self._close_gates()
        return self._withdraw(task)

    def _built(self, name: AssetName, files: FilesMade | None) -> None:
        decision = self._decisions.get(name) or self._planned[name]
        action = self._actions.get(name, decision.action)
        self._teller.built(decision, action, files, self._spent_s.get(name, 0.0))

    def _records(self, key: Key) -> tuple[DrawRecord, ...]:
        record = self._snapshot.records.get(key)
        return record.draws if record else ()

    def _failed(self, task: TaskId, error: AssetgenError) -> list[Instruction]:
        name = task.asset
        self._teller.failed(self._decisions.get(name) or self._planned[name], error)
        ends_all = isinstance(error, CredentialsMissing | DiskRefused)
        if ends_all and self.results.stopped_by is None:
            self.results.stopped_by = error.exit_code
        last = ends_all or self._bounds.fail_fast
        blocks = self._schedule.failed(task, last=last)
        if last:
            self._start_nothing_more()
        return blocks


_SIGNALLED: Final = frozenset({ExitCode.INTERRUPTED, ExitCode.TERMINATED})


_ANY: Final = "*"
"""Stands for all levels of moderation."""


def _level_of(decision: PlannedAsset, error: AssetgenError) -> str | None:
    """Return for which level of moderation an error stands: a refusal for its own."""
    assert decision.request is not None
    return decision.request.moderation if isinstance(error, ProviderRefused) else _ANY


def _is_pending(decision: PlannedAsset) -> bool:
    return any(out.key is None for out in decision.outputs)
