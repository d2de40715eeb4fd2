"""The budget: what is reserved, what is spent, and what does not start any more."""

from __future__ import annotations

import contextlib
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assetgen.budget import (
    Assuming,
    Budget,
    Budgeted,
    cap_usd,
    require_budget,
    spec_binds,
)
from assetgen.errors import (
    CredentialsMissing,
    DiskRefused,
    OutcomeUnknown,
    OverBudget,
    ProviderRefused,
    ProviderUnavailable,
    Withdrawn,
)
from assetgen.providers.base import Drawing, Order, Price
from assetgen.requests import Request

ORDER = Order(
    request=Request(operation="generate", provider="p", model="m", prompt="x"),
    asset="a",
)


class Pricing:
    """A provider with prices of our choice."""

    def __init__(self, estimate_usd, *costs, error=None):
        self.estimate_usd, self.costs, self.error = estimate_usd, costs, error
        self.calls = 0

    def estimate(self, _request, count, _sizes=()):
        usd = self.estimate_usd
        return Price(None if usd is None else usd * count, "estimate")

    def draw(self, _order, _count, _on_progress):
        self.calls += 1
        if self.error is not None:
            raise self.error
        return [Drawing(data=b"x", cost_usd=cost) for cost in self.costs]


def draw(provider, budget, count=1):
    """Draw under a budget."""
    return Budgeted(provider, budget).draw(ORDER, count, lambda _: None)


# --- the cap ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "spec", "cap"),
    [
        (None, None, 5.0),
        (None, 3.0, 3.0),
        (None, 50.0, 5.0),
        (20.0, None, 20.0),
        (20.0, 8.0, 8.0),
        (2.0, 8.0, 2.0),
        (0.0, None, 0.0),
    ],
)
def test_a_spec_can_only_lower_the_cap(asked, spec, cap):
    """It is reviewed by people who do not pay."""
    assert cap_usd(asked, spec) == cap


@pytest.mark.parametrize(
    ("asked", "spec", "binds"),
    [(None, None, False), (None, 1.0, True), (0.5, 1.0, False), (1.0, 1.0, False)],
)
def test_who_sets_the_cap_is_known(asked, spec, binds):
    """A flag cannot raise what the spec lowered, and must not be offered then."""
    assert spec_binds(asked, spec) is binds


def test_a_plan_within_the_budget_passes():
    """To the last cent, whatever rounding says."""
    assert require_budget([("a", 0.1), ("b", 0.2)], 0.3, up_to_budget=False) is None
    assert require_budget([], 0.0, up_to_budget=False) is None
    with pytest.raises(OverBudget):
        require_budget([("a", 0.1), ("b", 0.21)], 0.3, up_to_budget=False)


def test_a_plan_over_the_budget_says_what_to_do():
    """Both figures, both ways out, and what costs most."""
    prices = [("cheap", 0.01), ("hero", 3.0), ("map", 2.5), ("logo", 0.25)]
    with pytest.raises(OverBudget) as caught:
        require_budget(prices, 5.0, up_to_budget=False)
    text = f"{caught.value.message} {caught.value.hint}"
    for part in (
        *("$5.76", "$5.00", "--max-cost", "--up-to-budget"),
        "hero ($3.00), map ($2.50), logo ($0.25)",
    ):
        assert part in text
    assert "cheap" not in text
    require_budget(prices, 5.0, up_to_budget=True)


@pytest.mark.parametrize("up_to_budget", [True, False])
def test_a_price_that_is_not_known_cannot_be_budgeted(up_to_budget):
    """The user has to say what to expect."""
    with pytest.raises(OverBudget, match="nobody knows") as caught:
        require_budget([("a", 0.1), ("b", None)], 5.0, up_to_budget=up_to_budget)
    assert "--assume-cost" in caught.value.hint


# --- reserving and settling ----------------------------------------------------------


def test_a_call_is_settled_with_what_it_cost():
    """Less or more than the estimate."""
    budget = Budget(1.0)
    draw(Pricing(0.5, 0.1), budget)
    assert budget.spent_usd == pytest.approx(0.1)
    draw(Pricing(0.5, 0.3, 0.3), budget, count=1)
    assert budget.spent_usd == pytest.approx(0.7)


def test_the_next_call_must_fit():
    """The message names price, cap and rest; nothing is sent."""
    budget = Budget(1.0)
    draw(Pricing(0.5, 0.75), budget)
    provider = Pricing(0.5, 0.5)
    with pytest.raises(OverBudget, match=r"\$0\.50.*\$1\.00.*\$0\.25"):
        draw(provider, budget)
    assert provider.calls == 0
    draw(Pricing(0.25, 0.25), budget)


def test_usage_far_above_the_estimate_stops_what_comes_after():
    """What was drawn is kept; the rest does not start."""
    budget = Budget(1.0)
    assert len(draw(Pricing(0.1, 40.0), budget)) == 1
    assert budget.spent_usd == 40.0
    with pytest.raises(OverBudget, match=r"\$0\.00 is left"):
        draw(Pricing(0.1, 0.1), budget)


@pytest.mark.parametrize(
    "error",
    [
        ProviderRefused("no"),
        ProviderUnavailable("later"),
        CredentialsMissing("no key"),
        Withdrawn("stopping"),
    ],
)
def test_a_free_failure_gives_its_part_back(error):
    """So that repeats do not eat the budget."""
    budget = Budget(0.5)
    for _ in range(3):
        with pytest.raises(type(error)):
            draw(Pricing(0.5, error=error), budget)
    assert budget.spent_usd == 0.0
    draw(Pricing(0.5, 0.5), budget)


@pytest.mark.parametrize(
    "error", [OutcomeUnknown("no answer"), DiskRefused("full"), ZeroDivisionError()]
)
def test_what_may_have_been_charged_counts_as_spent(error):
    """At its estimate."""
    budget = Budget(1.0)
    with pytest.raises(type(error)):
        draw(Pricing(0.5, error=error), budget)
    assert budget.spent_usd == 0.5


def test_pictures_without_a_cost_count_at_the_estimate():
    """Or more, where those with a cost say so."""
    budget = Budget(9.0)
    draw(Pricing(0.5, None, 0.1), budget)
    assert budget.spent_usd == 0.5
    draw(Pricing(0.5, None, 2.0), budget)
    assert budget.spent_usd == 2.5


def test_what_is_held_for_a_call_goes_into_its_first_attempt():
    """It is counted once; a second attempt reserves for itself."""
    budget = Budget(1.0)
    budget.hold("a", 0.9)
    with pytest.raises(OverBudget):
        budget.hold("b", 0.2)
    draw(Pricing(1.0, 0.25), budget)
    budget.hold("b", 0.75)
    budget.drop("b")
    budget.drop("b")
    draw(Pricing(0.75, 0.75), budget)


def test_a_call_without_a_price_is_not_made():
    """No budget could hold."""
    provider = Pricing(None, 0.1)
    with pytest.raises(OverBudget, match="not known"):
        draw(provider, Budget(100.0))
    assert provider.calls == 0


@given(
    st.floats(0, 2),
    st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), max_size=30),
)
def test_no_call_starts_that_could_pass_the_cap(cap, calls):
    """Whatever came before: what is spent and the next estimate stay below it."""
    budget = Budget(cap)
    for estimate, share in calls:
        before = budget.spent_usd
        provider = Pricing(estimate, estimate * share)
        try:
            draw(provider, budget)
        except OverBudget:
            assert before + estimate > cap
        assert not provider.calls or before + estimate <= cap + 1e-8
    assert budget.spent_usd <= cap + 1e-6


def test_calls_side_by_side_do_not_spend_more_than_the_cap():
    """Twenty threads, room for five."""
    budget = Budget(0.5)
    start = threading.Barrier(20)
    drawn = []

    def call():
        start.wait(30)
        with contextlib.suppress(OverBudget):
            drawn.extend(draw(Pricing(0.1, 0.1), budget))

    threads = [threading.Thread(target=call) for _ in range(20)]
    for each in threads:
        each.start()
    for each in threads:
        each.join(30)
    assert len(drawn) == 5


def test_an_assumed_cost_stands_in_where_there_is_no_price():
    """In the estimate, and on pictures that came without a cost."""
    assuming = Assuming(Pricing(None, None, 0.7), 0.25)
    assert assuming.estimate(ORDER.request, 4) == Price(1.0, "estimate")
    drawn = assuming.draw(ORDER, 2, lambda _: None)
    assert [(each.cost_usd, each.cost_estimated) for each in drawn] == [
        (0.25, True),
        (0.7, False),
    ]
    assert Assuming(Pricing(0.5), 0.25).estimate(ORDER.request, 2).usd == 1.0
