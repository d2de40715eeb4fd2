"""Which task runs next: a state machine without clocks, threads or files.

Events go in, instructions come out; `execute` carries them out and feeds back what
happened. A task is one piece of work on one asset (its draw, or its files) and takes a
slot of one lane while it runs. The states, and what moves a task between them:

    WAITING --all needs done--> READY --slot free--> RUNNING --> DONE | FAILED
       `--a need failed--> BLOCKED      `--drained--> DROPPED (also from WAITING)

A task that was given up while it ran, for no fault of its own, is DROPPED, and so is
what waits for it.

All moves go through `_move`. Of several ready tasks the one with the longest remaining
path of work behind it starts first; that keeps the makespan near its lower bound. In a
paced lane a slot is not enough: its next task starts when it is released, so that the
order holds although somebody else decides when the next call may be made.
"""

from __future__ import annotations

import enum
import heapq
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, TypeAlias

from assetgen.values import Value, field

if TYPE_CHECKING:
    from collections.abc import Container, Mapping, Sequence

    from assetgen.model import AssetName

Lane: TypeAlias = str
"""What a task occupies while it runs: a processor, or one of a provider's calls."""

CPU: Final[Lane] = "cpu"


class State(enum.Enum):
    """Where a task stands in this build."""

    WAITING = enum.auto()
    READY = enum.auto()
    RUNNING = enum.auto()
    DONE = enum.auto()
    FAILED = enum.auto()
    BLOCKED = enum.auto()
    DROPPED = enum.auto()


class TaskId(NamedTuple):
    """Names a task.

    Attributes:
        kind: ``draw`` makes the asset's picture known, ``files`` writes its outputs.
    """

    asset: AssetName
    kind: Literal["draw", "files"]


class Task(Value):
    """A piece of work.

    Attributes:
        lane: What it occupies.
        cost_s: Rough duration, only for the order of starts.
        needs: Tasks that must be done before.
    """

    id: TaskId
    lane: Lane
    cost_s: float
    needs: tuple[TaskId, ...] = ()


class Start(Value):
    """Instruction: run this task now."""

    task: TaskId


class Block(Value):
    """Instruction: report this task as not done, because of a failed asset."""

    task: TaskId
    because: AssetName


Instruction: TypeAlias = Start | Block


class Schedule(Value, frozen=False):
    """The build as it stands; the only mutable object of the core.

    Attributes:
        tasks: All tasks; needs that are not in it count as done.
        slots: How many tasks a lane runs at once; at least 1 each.
        paced: Lanes whose tasks start only when they are released.
        states: Where each task stands.
    """

    tasks: Mapping[TaskId, Task]
    slots: Mapping[Lane, int]
    paced: Container[Lane] = frozenset()
    states: dict[TaskId, State] = field(init=False)
    _missing: dict[TaskId, int] = field(init=False)
    _dependents: dict[TaskId, list[TaskId]] = field(init=False)
    _urgency: dict[TaskId, float] = field(init=False)
    _ready: dict[Lane, list[tuple[float, int, TaskId]]] = field(init=False)
    _position: dict[TaskId, int] = field(init=False)
    _free: dict[Lane, int] = field(init=False)
    _draining: bool = field(init=False, default=False)

    def __post_init__(self) -> None:
        """Put every task in its first state and weigh the paths behind it."""
        self.states = dict.fromkeys(self.tasks, State.WAITING)
        self._position = {task: at for at, task in enumerate(self.tasks)}
        self._dependents = {task: [] for task in self.tasks}
        self._missing = {}
        for task in self.tasks.values():
            needs = [need for need in task.needs if need in self.tasks]
            self._missing[task.id] = len(needs)
            for need in needs:
                self._dependents[need].append(task.id)
        self._urgency = _remaining_paths(self.tasks, self._dependents, self._missing)
        self._ready = {lane: [] for lane in self.slots}
        self._free = dict(self.slots)

    def start(self) -> list[Instruction]:
        """Return the instructions that open the build."""
        for task, missing in self._missing.items():
            if missing == 0:
                self._make_ready(task)
        return list(self._fill_slots())

    def next_in(self, lane: Lane) -> TaskId | None:
        """Return what would start next in a paced lane; None if nothing can."""
        heap = self._ready[lane]
        if self._draining or not heap or self._free[lane] == 0:
            return None
        return heap[0][2]

    def release(self, lane: Lane) -> Start:
        """Take that the next task of a paced lane may start, and return it."""
        assert self.next_in(lane) is not None, f"nothing can start in {lane}"
        return self._start_next(lane)

    def finished(self, task: TaskId) -> list[Instruction]:
        """Take that a task ended well and return what to do because of it."""
        self._move(task, State.RUNNING, State.DONE)
        self._free[self.tasks[task].lane] += 1
        for dependent in self._dependents[task]:
            self._missing[dependent] -= 1
            if (
                self._missing[dependent] == 0
                and self.states[dependent] is State.WAITING
            ):
                self._make_ready(dependent)
        return list(self._fill_slots())

    def failed(self, task: TaskId, *, last: bool = False) -> list[Instruction]:
        """Take that a task ended badly; what needs it is blocked, the rest goes on.

        Args:
            last: Start nothing more because of it.
        """
        self._move(task, State.RUNNING, State.FAILED)
        self._free[self.tasks[task].lane] += 1
        blocked = self._move_waiting(task, State.BLOCKED)
        if last:
            self.drain()
        blocks = (Block(each, because=task.asset) for each in blocked)
        return [*blocks, *self._fill_slots()]

    def given_up(self, task: TaskId) -> list[Instruction]:
        """Take that a task will not be done in this build, nor what waits for it."""
        self._move(task, State.RUNNING, State.DROPPED)
        self._free[self.tasks[task].lane] += 1
        self._move_waiting(task, State.DROPPED)
        return list(self._fill_slots())

    def _move_waiting(self, task: TaskId, new: State) -> list[TaskId]:
        """Move everything that waits for a task, directly or not, and return it."""
        moved: list[TaskId] = []
        stack = list(self._dependents[task])
        while stack:
            dependent = stack.pop()
            if self.states[dependent] is State.WAITING:
                self._move(dependent, State.WAITING, new)
                moved.append(dependent)
                stack.extend(self._dependents[dependent])
        return moved

    def drain(self) -> None:
        """Start nothing more; what runs may end."""
        self._draining = True
        for task, state in self.states.items():
            if state in {State.WAITING, State.READY}:
                self._move(task, state, State.DROPPED)

    def running(self) -> Sequence[TaskId]:
        """Return the tasks that run now."""
        return [task for task, state in self.states.items() if state is State.RUNNING]

    def is_over(self) -> bool:
        """Return whether nothing runs and nothing can be started any more."""
        if any(self._free[lane] != slots for lane, slots in self.slots.items()):
            return False
        return all(self.next_in(lane) is None for lane in self.slots)

    def _move(self, task: TaskId, old: State, new: State) -> None:
        state = self.states[task]
        assert state is old, f"{task}: {state} is not {old}"
        self.states[task] = new

    def _make_ready(self, task: TaskId) -> None:
        self._move(task, State.WAITING, State.READY)
        lane = self.tasks[task].lane
        entry = (-self._urgency[task], self._position[task], task)
        heapq.heappush(self._ready[lane], entry)

    def _fill_slots(self) -> list[Start]:
        starts: list[Start] = []
        if self._draining:
            return starts
        for lane, heap in self._ready.items():
            while lane not in self.paced and heap and self._free[lane] > 0:
                starts.append(self._start_next(lane))
        return starts

    def _start_next(self, lane: Lane) -> Start:
        _, _, task = heapq.heappop(self._ready[lane])
        self._move(task, State.READY, State.RUNNING)
        self._free[lane] -= 1
        return Start(task)


def _remaining_paths(
    tasks: Mapping[TaskId, Task],
    dependents: Mapping[TaskId, Sequence[TaskId]],
    missing: Mapping[TaskId, int],
) -> dict[TaskId, float]:
    """Return for each task the work on the longest path that starts with it, in s."""
    left = dict(missing)
    order = [task for task, count in left.items() if count == 0]
    for task in order:  # grows while it is walked
        for dependent in dependents[task]:
            left[dependent] -= 1
            if left[dependent] == 0:
                order.append(dependent)
    paths: dict[TaskId, float] = {}
    for task in reversed(order):
        behind = max((paths[each] for each in dependents[task]), default=0.0)
        paths[task] = tasks[task].cost_s + behind
    return paths
