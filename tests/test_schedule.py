"""The schedule: who runs when, on graphs drawn by hand and at random; virtual time."""

from __future__ import annotations

import heapq
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assetgen.model import AssetName
from assetgen.schedule import Block, Schedule, Start, State, Task, TaskId

OVER = {State.DONE, State.FAILED, State.BLOCKED, State.DROPPED}


def tid(number):
    """Return a task's name."""
    return TaskId(AssetName(f"a{number}"), "draw")


def task(number, needs=(), lane="call", cost_s=1.0):
    """Return a task."""
    return Task(tid(number), lane, cost_s, tuple(tid(need) for need in needs))


def tasks(*made):
    """Return tasks by name."""
    return {each.id: each for each in made}


@st.composite
def graphs(draw):
    """Return tasks whose needs come before them; some needs are not in the build."""
    count = draw(st.integers(1, 14))
    found = []
    for number in range(count):
        needs = draw(st.lists(st.integers(-1, number - 1), max_size=3, unique=True))
        lane = draw(st.sampled_from(["call", "cpu"]))
        cost_s = draw(st.integers(1, 30))
        found.append(task(number, needs, lane, float(cost_s)))
    return tasks(*found)


slots = st.fixed_dictionaries({"call": st.integers(1, 4), "cpu": st.integers(1, 4)})


class Clock:
    """Runs a schedule in virtual time and watches that its promises hold."""

    def __init__(self, graph, lanes, failing=frozenset()):
        self.schedule = Schedule(graph, lanes)
        self.graph, self.lanes, self.failing = graph, lanes, failing
        self.now_s = 0.0
        self.order = []
        self.blocked = {}
        self._running = []
        self._ties = itertools.count()

    def run(self, drain_after=None):
        self._follow(self.schedule.start())
        ended = 0
        while self._running:
            self.now_s, _, each = heapq.heappop(self._running)
            if ended == drain_after:
                self.schedule.drain()
            ended += 1
            bad = each in self.failing
            step = self.schedule.failed if bad else self.schedule.finished
            self._follow(step(each))
        assert self.schedule.is_over()
        return self

    def _follow(self, instructions):
        for each in instructions:
            if isinstance(each, Block):
                assert each.task not in self.blocked
                self.blocked[each.task] = each.because
                continue
            assert isinstance(each, Start)
            found = self.graph[each.task]
            states = self.schedule.states
            assert all(states.get(n, State.DONE) is State.DONE for n in found.needs)
            assert each.task not in self.order
            self.order.append(each.task)
            end_s = self.now_s + found.cost_s
            heapq.heappush(self._running, (end_s, next(self._ties), each.task))
        for lane, most in self.lanes.items():
            running = [t for t in self.schedule.running() if self.graph[t].lane == lane]
            assert len(running) <= most


def dependents(graph, roots):
    """Return everything that needs one of `roots`, directly or not."""
    found = set()
    for each in graph.values():  # needs come before
        if any(need in found or need in roots for need in each.needs):
            found.add(each.id)
    return found


@given(graphs(), slots)
def test_every_task_is_done_in_the_end(graph, lanes):
    """Never more running than slots, nothing before its needs, each exactly once."""
    clock = Clock(graph, lanes).run()
    assert set(clock.schedule.states.values()) == {State.DONE}
    assert len(clock.order) == len(graph)


@given(graphs(), slots, st.sets(st.integers(0, 13), max_size=3))
def test_a_failure_blocks_what_needs_it_and_nothing_else(graph, lanes, numbers):
    """Blocks name a failed asset that the blocked one does need."""
    failing = {tid(number) for number in numbers} & graph.keys()
    clock = Clock(graph, lanes, failing).run()
    states = clock.schedule.states
    assert {t for t, s in states.items() if s is State.FAILED} <= failing
    failed = {t for t, s in states.items() if s is State.FAILED}
    blocked = {t for t, s in states.items() if s is State.BLOCKED}
    assert blocked == dependents(graph, failed) == set(clock.blocked)
    assert states.keys() - failed - blocked == {
        t for t, s in states.items() if s is State.DONE
    }
    for each, because in clock.blocked.items():
        assert each in dependents(graph, {TaskId(because, "draw")} & failed)


@given(graphs(), slots, st.integers(0, 5), st.sets(st.integers(0, 13), max_size=2))
def test_a_drained_schedule_starts_nothing(graph, lanes, after, numbers):
    """What runs may end; the rest is dropped; every task ends in one final state."""
    failing = {tid(number) for number in numbers}
    clock = Clock(graph, lanes, failing)
    clock.run(drain_after=after)
    states = clock.schedule.states
    assert set(states.values()) <= OVER
    started = {t for t, s in states.items() if s in {State.DONE, State.FAILED}}
    assert started == set(clock.order)


def test_draining_twice_or_before_the_start_is_harmless():
    """Nothing is started, and the schedule is over at once."""
    schedule = Schedule(tasks(task(0), task(1, [0])), {"call": 1, "cpu": 1})
    schedule.drain()
    schedule.drain()
    assert set(schedule.states.values()) == {State.DROPPED}
    assert schedule.is_over()


def test_the_longest_path_behind_a_task_decides_who_starts_first():
    """A short task with much behind it goes before a long one with nothing."""
    graph = tasks(
        task(0, cost_s=9),
        task(1, cost_s=1),
        task(2, [1], cost_s=9),
        task(3, cost_s=9.5),
    )
    clock = Clock(graph, {"call": 1, "cpu": 1}).run()
    assert clock.order == [tid(1), tid(3), tid(0), tid(2)]


def test_equal_paths_start_in_the_order_of_the_spec():
    """So two builds of the same spec do the same."""
    graph = tasks(*(task(number) for number in range(5)))
    assert Clock(graph, {"call": 2, "cpu": 1}).run().order == [tid(n) for n in range(5)]


def test_lanes_do_not_wait_for_each_other():
    """Encodes keep off the path of calls."""
    graph = tasks(task(0), task(1, lane="cpu"), task(2), task(3, lane="cpu"))
    schedule = Schedule(graph, {"call": 1, "cpu": 1})
    assert schedule.start() == [Start(tid(0)), Start(tid(1))]
    assert schedule.finished(tid(1)) == [Start(tid(3))]


def test_a_task_can_only_end_once():
    """A second report is a bug of the caller."""
    schedule = Schedule(tasks(task(0)), {"call": 1, "cpu": 1})
    schedule.start()
    schedule.finished(tid(0))
    with pytest.raises(AssertionError):
        schedule.finished(tid(0))


def test_a_chain_of_ten_thousand_is_no_deep_recursion():
    """Blocking and weighing walk with loops."""
    graph = tasks(*(task(n, [n - 1] if n else []) for n in range(10_000)))
    schedule = Schedule(graph, {"call": 1, "cpu": 1})
    assert schedule.start() == [Start(tid(0))]
    assert len(schedule.failed(tid(0))) == 9_999


# --- paced lanes ----------------------------------------------------------------------


def released(schedule, lane="call"):
    """Release all that can start in a lane now, and return it in order."""
    found = []
    while schedule.next_in(lane) is not None:
        found.append(schedule.release(lane).task)
    return found


def test_a_paced_lane_starts_only_what_is_released():
    """Other lanes start by themselves; what waits for a release is not over."""
    graph = tasks(task(0), task(1), task(2), task(3, lane="cpu"))
    schedule = Schedule(graph, {"call": 2, "cpu": 1}, {"call"})
    assert schedule.start() == [Start(tid(3))]
    assert schedule.finished(tid(3)) == []
    assert not schedule.is_over()
    assert released(schedule) == [tid(0), tid(1)]
    assert schedule.next_in("call") is None  # no slot
    assert schedule.finished(tid(0)) == []
    assert released(schedule) == [tid(2)]
    schedule.finished(tid(1))
    schedule.finished(tid(2))
    assert schedule.is_over()
    with pytest.raises(AssertionError):
        schedule.release("call")


def test_in_a_paced_lane_the_longest_path_goes_first_even_if_it_came_last():
    """Which is why nobody waits outside the schedule for a permit."""
    graph = tasks(
        task(0),
        *(task(number) for number in range(1, 5)),
        task(5, [0]),
        task(6, [5]),
    )
    schedule = Schedule(graph, {"call": 8, "cpu": 1}, {"call"})
    schedule.start()
    assert schedule.release("call") == Start(tid(0))
    schedule.finished(tid(0))
    assert released(schedule) == [tid(5), tid(1), tid(2), tid(3), tid(4)]


def test_a_drained_schedule_releases_nothing():
    """What was ready is dropped, and it is over."""
    schedule = Schedule(tasks(task(0)), {"call": 1, "cpu": 1}, {"call"})
    schedule.start()
    schedule.drain()
    assert schedule.next_in("call") is None
    assert schedule.is_over()


def paced_makespan_s(graph, slots, gap_s):
    """Return how long a paced lane takes if one task is released every `gap_s`."""
    schedule = Schedule(graph, {"call": slots}, {"call"})
    schedule.start()
    now_s, next_s, running, order = 0.0, 0.0, [], []
    while not schedule.is_over():
        while now_s >= next_s and schedule.next_in("call") is not None:
            started = schedule.release("call").task
            order.append(started)
            heapq.heappush(
                running, (now_s + graph[started].cost_s, len(order), started)
            )
            next_s = now_s + gap_s
        can_start = schedule.next_in("call") is not None
        if running and (not can_start or running[0][0] <= next_s):
            now_s, _, ended = heapq.heappop(running)
            schedule.finished(ended)
        else:
            now_s = next_s
    assert sorted(order) == sorted(graph)
    return now_s


@given(graphs(), st.integers(1, 4), st.integers(1, 20))
def test_a_paced_lane_wastes_no_permit(graph, slots, gap_s):
    """The time is never more than the path, the work and the permits in a row."""
    graph = {
        key: Task(each.id, "call", each.cost_s, each.needs)
        for key, each in graph.items()
    }
    bound_s = lower_bound_s(graph, {"call": slots})
    paced_s = (len(graph) - 1) * gap_s
    assert paced_makespan_s(graph, slots, gap_s) <= 2 * bound_s + paced_s


def test_calls_of_one_length_at_a_rate_take_as_long_as_their_permits():
    """A hundred in chains of five, one permit a second: the rate is what counts."""
    graph = tasks(*(task(n, [n - 1] if n % 5 else [], cost_s=3.0) for n in range(100)))
    assert paced_makespan_s(graph, 8, 1) <= 99 + 3


# --- giving up -------------------------------------------------------------------------


@given(graphs(), slots, st.sets(st.integers(0, 13), max_size=3))
def test_what_waits_for_a_task_given_up_is_dropped_and_not_blocked(
    graph, lanes, numbers
):
    """Everything else is done."""
    given_up = {tid(number) for number in numbers} & graph.keys()
    schedule = Schedule(graph, lanes)
    running = [each.task for each in schedule.start()]
    while running:
        each = running.pop()
        step = schedule.given_up if each in given_up else schedule.finished
        follows = step(each)
        assert all(isinstance(one, Start) for one in follows)
        running.extend(one.task for one in follows)
    assert schedule.is_over()
    dropped = {t for t, s in schedule.states.items() if s is State.DROPPED}
    first = dropped & given_up
    assert dropped == first | dependents(graph, first)
    assert set(schedule.states.values()) <= {State.DONE, State.DROPPED}


def lower_bound_s(graph, lanes):
    """Return what no schedule can beat: the longest path, and the work per slot."""
    path_s = {}
    for each in graph.values():
        before = max((path_s[n] for n in each.needs if n in path_s), default=0.0)
        path_s[each.id] = before + each.cost_s
    work = (
        sum(t.cost_s for t in graph.values() if t.lane == lane) / lanes[lane]
        for lane in lanes
    )
    return max(*path_s.values(), *work)


@given(graphs(), slots)
def test_the_makespan_stays_near_the_lower_bound(graph, lanes):
    """Within a factor of three on any graph of two lanes (list scheduling's bound)."""
    assert Clock(graph, lanes).run().now_s <= 3 * lower_bound_s(graph, lanes)


@given(st.lists(st.integers(1, 30), min_size=1, max_size=30), st.integers(1, 5))
def test_no_slot_is_idle_while_a_call_waits(costs, jobs):
    """Until the last call starts all slots are busy: work / jobs, and a part of it."""
    graph = tasks(*(task(n, cost_s=float(cost)) for n, cost in enumerate(costs)))
    clock = Clock(graph, {"call": jobs, "cpu": 1}).run()
    share = sum(costs) / jobs
    assert clock.now_s <= share + (1 - 1 / jobs) * max(costs) + 1e-9
    assert [graph[each].cost_s for each in clock.order] == sorted(costs, reverse=True)
