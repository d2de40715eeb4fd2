"""The gate before a provider: rate, pauses and the end, on a clock that only we move."""

from __future__ import annotations

import threading

import pytest
from clocks import Time
from hypothesis import given
from hypothesis import strategies as st

from assetgen.errors import (
    CredentialsMissing,
    ModelMissing,
    ProviderUnavailable,
    Withdrawn,
)
from assetgen.gate import BURST_S, LONGEST_PAUSE_S, Gate, Gated
from assetgen.providers.base import Limits, Order
from assetgen.requests import Request


@pytest.fixture
def clock():
    """Return a clock at some time."""
    return Time()


def gate_of(clock, rate=None):
    """Return a gate on a clock of ours."""
    return Gate(rate, clock=clock, wait=clock.wait)


def enter(gate, asset="a", count=1, model=None):
    """Pass the gate, and return what was said meanwhile."""
    said = []
    gate.enter(asset, count, model, said.append)
    return said


def test_an_open_gate_holds_nobody_up(clock):
    """Without a rate or a pause all calls go at once."""
    gate = gate_of(clock)
    assert [enter(gate) for _ in range(100)] == [[]] * 100
    assert (clock.waits, gate.delay_s()) == ([], 0.0)


def test_a_rate_spreads_calls(clock):
    """Six pictures a minute: one now, and one every ten seconds after it."""
    gate = gate_of(clock, 6)
    for _ in range(4):
        enter(gate)
    assert clock.waits == pytest.approx([10, 10, 10])


def test_a_fast_rate_may_begin_with_a_small_heap(clock):
    """As many as three seconds bring; then the rate holds."""
    gate = gate_of(clock, 120)
    for _ in range(int(2 * BURST_S)):
        enter(gate)
    assert clock.waits == []
    enter(gate)
    assert clock.waits == pytest.approx([0.5])


def test_a_call_for_many_pictures_is_let_through_and_paid_off(clock):
    """Ten at six a minute start when one is there; the next waits for all of them."""
    gate = gate_of(clock, 6)
    enter(gate, count=10)
    assert clock.waits == []
    enter(gate)
    assert clock.now_s == pytest.approx(200)


@given(
    st.floats(0.5, 2000),
    st.lists(st.tuples(st.integers(1, 10), st.floats(0, 30)), min_size=1, max_size=40),
)
def test_no_stretch_of_time_sees_more_than_the_rate(rate, calls):
    """Between any two calls: at most the rate's share, the bucket, and the last call."""
    clock = Time()
    gate = gate_of(clock, rate)
    passed = []
    for count, idle_s in calls:
        clock.now_s += idle_s
        enter(gate, count=count)
        passed.append((clock.now_s, count))
    burst = max(1.0, rate / 60 * BURST_S)
    for first in range(len(passed)):
        asked = 0
        for now_s, count in passed[first:]:
            allowed = burst + (now_s - passed[first][0]) * rate / 60
            assert asked < allowed + 1e-3
            asked += count


def test_what_the_schedule_paid_is_not_paid_again(clock):
    """An admitted call passes; a repeat of it waits for its own permit."""
    gate = gate_of(clock, 6)
    assert gate.delay_s() == 0.0
    gate.admit("a", 1)
    assert gate.delay_s() == pytest.approx(10)
    enter(gate, "a")
    assert clock.waits == []
    enter(gate, "a")
    assert clock.waits == pytest.approx([10])


def test_a_permit_that_was_not_used_comes_back(clock):
    """A call that turned out not to be needed holds nobody up."""
    gate = gate_of(clock, 6)
    gate.admit("a", 1)
    gate.forget("a")
    gate.forget("a")
    assert gate.delay_s() == 0.0


def test_a_pause_holds_everybody_and_the_longest_one_counts(clock):
    """Also those who were admitted before; each says once what it waits for."""
    gate = gate_of(clock)
    gate.admit("a", 1)
    gate.pause(12)
    gate.pause(3)
    assert gate.delay_s() == 12
    assert enter(gate, "a") == ["rate limited, waiting 12 s", "asking"]
    assert clock.now_s == 112


def test_a_pause_has_a_longest_time(clock):
    """Nobody is held up for an hour."""
    gate = gate_of(clock)
    gate.pause(1e9)
    assert gate.delay_s() == LONGEST_PAUSE_S


@pytest.mark.parametrize(("given_rate", "delay_s"), [(None, 10), (12, 5)])
def test_a_rate_is_learned_from_answers_unless_the_user_gave_one(
    clock, given_rate, delay_s
):
    """The newest answer counts; nonsense does not."""
    gate = gate_of(clock, given_rate)
    gate.learn(Limits(images_per_minute=6))
    for nonsense in (0.0, -1.0, float("inf"), float("nan")):
        gate.learn(Limits(images_per_minute=nonsense))
    enter(gate)
    enter(gate)
    assert gate.delay_s() == pytest.approx(delay_s)


def test_an_answer_cannot_make_a_build_stand_still(clock):
    """A limit of a picture a year is taken for one a minute; the user's own word stands."""
    gate = gate_of(clock)
    gate.learn(Limits(images_per_minute=2e-6))
    enter(gate)
    assert gate.delay_s() == pytest.approx(60)
    slow = gate_of(clock, 0.5)
    enter(slow)
    assert slow.delay_s() == pytest.approx(120)


def test_no_more_is_used_than_the_service_says_is_left(clock):
    """Others may use the same account; what comes in later counts as always."""
    gate = gate_of(clock, 120)
    gate.learn(Limits(images_per_minute=120, remaining=2))
    for _ in range(3):
        enter(gate)
    assert clock.waits == pytest.approx([0.5])
    gate.learn(Limits(remaining=100))
    assert gate.delay_s() == pytest.approx(0.5)


def test_an_answer_that_leaves_nothing_pauses(clock):
    """Until one more picture may be asked for; where no rate is known, until the reset."""
    gate = gate_of(clock)
    gate.learn(Limits(remaining=0))
    gate.learn(Limits(remaining=1, reset_s=50))
    assert gate.delay_s() == 0.0
    gate.learn(Limits(remaining=0, reset_s=50))
    assert gate.delay_s() == 50
    paced = gate_of(clock, 6)
    paced.learn(Limits(remaining=0, reset_s=50))
    assert paced.delay_s() == pytest.approx(10)


@pytest.mark.parametrize("how", ["stop", "halt"])
def test_nothing_passes_a_gate_that_ended(clock, how):
    """Neither new calls nor those that wait for a pause, a rate or a repeat."""
    gate = gate_of(clock, 6)
    end = {
        "stop": gate.stop,
        "halt": lambda: gate.halt(CredentialsMissing("the key was refused")),
    }[how]
    enter(gate)
    clock.at_wait = end
    with pytest.raises(Withdrawn):
        enter(gate)
    with pytest.raises(Withdrawn):
        enter(gate)
    with pytest.raises(Withdrawn):
        gate.sleep(5)
    assert len(clock.waits) == 1
    assert gate.has_ended
    assert gate.delay_s() == 0.0  # so that what is started is turned back at once


def test_a_sleeper_wakes_when_the_build_stops(clock):
    """A backoff of a minute does not keep Ctrl-C waiting."""
    gate = gate_of(clock)
    gate.sleep(7)
    assert clock.now_s == 107
    clock.at_wait = gate.stop
    with pytest.raises(Withdrawn):
        gate.sleep(60)


def test_those_who_wait_in_threads_are_woken():
    """With the real clock and the real condition: the end of a long pause is not awaited."""
    gate = Gate()
    gate.pause(200)
    ended = []

    def pass_through():
        try:
            enter(gate)
        except Withdrawn as error:
            ended.append(error)

    threads = [threading.Thread(target=pass_through) for _ in range(4)]
    for each in threads:
        each.start()
    gate.stop()
    for each in threads:
        each.join(30)
    assert len(ended) == 4


# --- around a provider --------------------------------------------------------------


class Saying:
    """A provider that raises what it is told to, and counts."""

    def __init__(self, *errors):
        self.errors = list(errors)
        self.calls = 0

    def draw(self, _order, _count, _on_progress):
        self.calls += 1
        raise self.errors.pop(0)


def order(model="m"):
    """Return an order for one model."""
    request = Request(operation="generate", provider="p", model=model, prompt="x")
    return Order(request=request, asset="a")


def draw(gated, model="m"):
    """Draw one picture."""
    return gated.draw(order(model), 1, lambda _: None)


def test_a_refused_key_ends_all_calls(clock):
    """The first says why; no other is sent."""
    provider = Saying(CredentialsMissing("refused"), CredentialsMissing("refused"))
    gated = Gated(provider, gate_of(clock))
    with pytest.raises(CredentialsMissing):
        draw(gated)
    with pytest.raises(Withdrawn, match="refused"):
        draw(gated, "other")
    assert provider.calls == 1


def test_a_model_that_is_gone_is_asked_for_once(clock):
    """Other models are asked as before."""
    gone = ModelMissing("there is no m", hint="use n")
    provider = Saying(gone, ModelMissing("there is no n"))
    gated = Gated(provider, gate_of(clock))
    for _ in range(3):
        with pytest.raises(ModelMissing, match="there is no m") as caught:
            draw(gated)
        assert caught.value.hint == "use n"
    assert provider.calls == 1
    with pytest.raises(ModelMissing, match="there is no n"):
        draw(gated, "n")


def test_a_rate_limit_pauses_everybody(clock):
    """Other failures do not, nor a time that nobody waits for."""
    for error, pause_s in (
        (ProviderUnavailable("429", retry_after_s=9, limited=True), 9),
        (ProviderUnavailable("503", retry_after_s=9), 0),
        (ProviderUnavailable("429", retry_after_s=3600, limited=True), 0),
    ):
        gate = gate_of(clock)
        with pytest.raises(ProviderUnavailable):
            draw(Gated(Saying(error), gate))
        assert gate.delay_s() == pause_s
