"""Asking again: only where it is free, not for ever, and not all at once."""

from __future__ import annotations

import pytest
from clocks import Time
from hypothesis import given
from hypothesis import strategies as st

from assetgen.errors import (
    CredentialsMissing,
    OutcomeUnknown,
    OverBudget,
    ProviderRefused,
    ProviderUnavailable,
    Withdrawn,
)
from assetgen.gate import Gate, Gated
from assetgen.providers.base import Drawing, Order
from assetgen.requests import Request
from assetgen.retrying import LONGEST_BACKOFF_S, Backoff, Retrying

ORDER = Order(
    request=Request(operation="generate", provider="p", model="m", prompt="x"),
    asset="a",
)
DRAWN = [Drawing(data=b"picture")]


class Faulty:
    """A provider that fails as told and then draws.

    Attributes:
        asked_at_s: When it was asked.
    """

    def __init__(self, clock, *errors):
        self.clock = clock
        self.errors = list(errors)
        self.asked_at_s = []

    def draw(self, _order, _count, _on_progress):
        self.asked_at_s.append(self.clock() - 100)
        if self.errors:
            raise self.errors.pop(0)
        return DRAWN


def wrapped(provider, **more):
    """Return the provider behind a gate and asked again; waits are as long as can be."""
    gate = Gate(clock=provider.clock, wait=provider.clock.wait)
    backoff = Backoff(chance=lambda: 1.0, **more)
    return Retrying(Gated(provider, gate), gate, backoff)


def draw(provider, said=None):
    """Draw one picture."""
    hear = [].append if said is None else said.append
    return provider.draw(ORDER, 1, hear)


def test_what_was_unavailable_is_asked_again():
    """After 1, 2, 4 and 8 seconds at most; each wait is told."""
    provider = Faulty(Time(), *(ProviderUnavailable("server error") for _ in range(4)))
    said = []
    assert draw(wrapped(provider), said) == DRAWN
    assert provider.asked_at_s == [0, 1, 3, 7, 15]
    assert said[::2] == [
        "server error: try 2 of 5 in 1 s",
        "server error: try 3 of 5 in 2 s",
        "server error: try 4 of 5 in 4 s",
        "server error: try 5 of 5 in 8 s",
    ]
    assert said[1::2] == ["asking again"] * 4


@pytest.mark.parametrize("retries", [0, 1, 4])
def test_it_is_not_asked_for_ever(retries):
    """So many repeats, and then the last failure is the answer."""
    errors = [ProviderUnavailable(f"error {number}") for number in range(9)]
    provider = Faulty(Time(), *errors)
    with pytest.raises(ProviderUnavailable, match=f"error {retries}") as caught:
        draw(wrapped(provider, retries=retries))
    asked = f"asked {retries + 1} times; " if retries else ""
    assert caught.value.hint == f"{asked}nothing was charged, so build again later"
    assert len(provider.asked_at_s) == retries + 1


@pytest.mark.parametrize(
    "error",
    [
        OutcomeUnknown("no answer"),
        ProviderRefused("no"),
        CredentialsMissing("no key"),
        OverBudget("too much"),
        Withdrawn("stopping"),
        ZeroDivisionError(),
    ],
)
def test_nothing_else_is_asked_again(error):
    """It may have been charged, comes back the same, or is not the provider's doing."""
    provider = Faulty(Time(), error)
    with pytest.raises(type(error)):
        draw(wrapped(provider))
    assert len(provider.asked_at_s) == 1


def test_a_rate_limit_is_waited_for_at_the_gate():
    """At least as long as the service says, and exactly one more request is made."""
    limited = ProviderUnavailable("429", retry_after_s=12.5, limited=True)
    provider = Faulty(Time(), limited)
    said = []
    assert draw(wrapped(provider), said) == DRAWN
    assert provider.asked_at_s == [0, 12.5]
    assert said == ["rate limited, waiting 12 s", "asking"]


def test_a_rate_limit_without_a_time_pauses_everybody_by_the_backoff():
    """The account is limited, not this call."""
    provider = Faulty(Time(), ProviderUnavailable("429", limited=True))
    asked = wrapped(provider)
    pauses = []
    provider.clock.at_wait = lambda: pauses.append(asked.gate.delay_s())
    draw(asked)
    assert provider.asked_at_s == [0, 1]
    assert len(pauses) == 1


@pytest.mark.parametrize("limited", [True, False])
def test_a_wait_that_is_too_long_fails_the_asset(limited):
    """Five minutes are waited, not more."""
    for seconds, calls in ((300, 2), (301, 1)):
        error = ProviderUnavailable("busy", retry_after_s=seconds, limited=limited)
        provider = Faulty(Time(), error)
        if calls == 1:
            with pytest.raises(ProviderUnavailable, match="busy"):
                draw(wrapped(provider))
        else:
            draw(wrapped(provider))
        assert len(provider.asked_at_s) == calls


@pytest.mark.parametrize("limited", [True, False])
def test_a_build_that_stops_does_not_wait(limited):
    """What would be asked again is withdrawn."""
    error = ProviderUnavailable("busy", retry_after_s=100, limited=limited)
    provider = Faulty(Time(), error)
    asked = wrapped(provider)
    provider.clock.at_wait = asked.gate.stop
    with pytest.raises(Withdrawn):
        draw(asked)
    assert len(provider.asked_at_s) == 1


@given(
    st.integers(1, 60), st.floats(0, 1, exclude_max=True), st.floats(0, 10) | st.none()
)
def test_waits_are_bounded(repeat, chance, asked_s):
    """Never more than a minute, unless the provider asks for more; never less than it."""
    wait_s = Backoff(chance=lambda: chance).wait_s(repeat, asked_s)
    assert 0 <= wait_s <= LONGEST_BACKOFF_S
    assert wait_s == asked_s or not asked_s


@pytest.mark.parametrize("asked_s", [0.0, None])
def test_who_is_told_to_come_back_at_once_takes_time_all_the_same(asked_s):
    """Zero seconds, or a date that is past: not everybody at the same moment."""
    backoff = Backoff(chance=lambda: 0.5)
    assert [backoff.wait_s(at, asked_s) for at in (1, 2, 3)] == [0.5, 1, 2]
