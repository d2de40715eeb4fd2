"""Builds that cost money: keys, caps, repeats and what a stop does to waiting calls."""

from __future__ import annotations

import os
import signal
import threading

import pytest
from buildings import build, options, plan_of
from counting import CountingProvider

from assetgen import events, registry
from assetgen.banking import open_calls
from assetgen.errors import (
    CredentialsMissing,
    ExitCode,
    ModelMissing,
    OutcomeUnknown,
    OverBudget,
    ProviderRefused,
    ProviderUnavailable,
)
from assetgen.ledger import Ledger
from assetgen.providers.base import Price
from assetgen.store import Store
from assetgen.values import replace

HEAD = "version: 1\nprovider: counting\nassets:\n"
FIVE = "".join(
    f"  a{n}: {{prompt: Number {n}, outputs: [a{n}.png]}}\n" for n in range(5)
)
BUSY = ProviderUnavailable("server error")


def _do_nothing(_order):
    """Let a call go on."""


class Moody(CountingProvider):
    """Raises what stands for a word of the prompt, once each, and draws after it.

    Attributes:
        moods: Words to the errors that they bring, the next one first.
        cost_usd: Of a picture, whatever the estimate says.
        estimate_usd: Of a picture; None where no price is known.
        missing_key: Raised when somebody asks for credentials.
    """

    def __init__(self):
        super().__init__()
        self.moods = {}
        self.cost_usd = 0.01
        self.estimate_usd = 0.01
        self.missing_key = None
        self.at_call = _do_nothing
        self.drawn = []

    def estimate(self, _request, count, _sizes=()):
        usd = self.estimate_usd
        return Price(None if usd is None else usd * count, "estimate")

    def require_credentials(self):
        if self.missing_key is not None:
            raise self.missing_key

    def draw(self, order, count, on_progress):
        self.at_call(order)
        for word, errors in self.moods.items():
            if word in order.request.prompt and errors:
                raise errors.pop(0)
        self.drawn.append(order.asset)
        found = super().draw(order, count, on_progress)
        return [replace(each, cost_usd=self.cost_usd) for each in found]


@pytest.fixture
def provider(monkeypatch):
    """Return a provider that specs may name."""
    found = Moody()
    monkeypatch.setitem(registry.BUILT_IN, "counting", lambda: found)
    return found


def run(root, assets, **more):
    """Build a spec with these assets; repeats come after milliseconds."""
    (root / "assets.yaml").write_text(HEAD + assets)
    return build(options(root, **{"backoff_s": 0.001} | more))


def entries(root):
    """Return the ledger's lines."""
    return list(Ledger(root / ".assetgen/ledger.jsonl", run="test").entries())


def unknown(root):
    """Return the calls that may have been charged for nothing."""
    ledger = Ledger(root / ".assetgen/ledger.jsonl", run="test")
    return open_calls(ledger, Store(root / ".assetgen/store")).unknown


# --- repeats --------------------------------------------------------------------------


def test_what_was_turned_away_is_asked_again(tmp_path, provider):
    """Each attempt has its own two lines in the ledger; one picture is paid for."""
    provider.moods["Number 1"] = [BUSY, ProviderUnavailable("429", limited=True)]
    code, heard = run(tmp_path, FIVE)
    assert (code, provider.total) == (ExitCode.DONE, 5)
    lines = [each for each in entries(tmp_path) if each.get("asset") == "a1"]
    assert len(lines) == 3
    outcomes = [e["outcome"] for e in entries(tmp_path) if e["entry"] == "result"]
    assert sorted(outcomes) == ["failed", "failed", "ok", "ok", "ok", "ok", "ok"]
    said = [each.message for each in heard.of(events.AssetProgress)]
    assert any(each.startswith("server error: try 2 of 5 in") for each in said)


def test_repeats_have_an_end(tmp_path, provider):
    """Then the asset fails with the last reason, and the rest is built."""
    provider.moods["Number 1"] = [BUSY] * 9
    code, heard = run(tmp_path, FIVE, retries=2)
    assert code is ExitCode.SOME_FAILED
    (failed,) = heard.of(events.AssetFailed)
    assert (failed.asset, failed.message) == ("a1", "server error")
    assert len(provider.moods["Number 1"]) == 6
    assert provider.total == 4


def test_what_may_have_been_charged_is_not_asked_again(tmp_path, provider):
    """It is told with its price, until somebody says to ask again."""
    provider.moods["Number 1"] = [OutcomeUnknown("no answer after 600 s")]
    code, heard = run(tmp_path, FIVE)
    assert code is ExitCode.SOME_FAILED
    (told,) = heard.of(events.UnknownOutcome)
    assert (told.asset, told.estimate_usd) == ("a1", pytest.approx(0.01))
    assert len(unknown(tmp_path)) == 1
    assert run(tmp_path, FIVE)[0] is ExitCode.SOME_FAILED
    assert provider.total == 4
    assert run(tmp_path, FIVE, retry_unknown=True)[0] is ExitCode.DONE
    assert unknown(tmp_path) == ()


def test_a_model_that_is_gone_fails_its_assets_and_no_others(tmp_path, provider):
    """It is asked for once where calls come one by one."""
    calls = []
    provider.at_call = lambda order: calls.append(order.request.model)
    assets = "".join(
        f"  a{n}: {{prompt: Number {n}, model: m{n % 2}, outputs: [a{n}.png]}}\n"
        for n in range(6)
    )
    provider.moods["Number 0"] = [ModelMissing("there is no model m0")]
    code, heard = run(tmp_path, assets, jobs=1)
    assert code is ExitCode.SOME_FAILED
    assert {each.asset for each in heard.of(events.AssetFailed)} == {"a0", "a2", "a4"}
    assert calls == ["m0", "m1", "m1", "m1"]


# --- keys -----------------------------------------------------------------------------


def test_without_a_key_nothing_happens(tmp_path, provider):
    """Neither a call nor a file; a plan needs no key, nor a build with nothing to draw."""
    provider.missing_key = CredentialsMissing("the variable THE_KEY is not set")
    with pytest.raises(CredentialsMissing, match="THE_KEY"):
        run(tmp_path, FIVE)
    assert not list(tmp_path.glob("a*.png"))
    assert entries(tmp_path) == []
    assert plan_of(options(tmp_path)).draws() == 5
    provider.missing_key = None
    assert run(tmp_path, FIVE)[0] is ExitCode.DONE
    provider.missing_key = CredentialsMissing("the variable THE_KEY is not set")
    (tmp_path / "a1.png").unlink(missing_ok=True)
    assert run(tmp_path, FIVE)[0] is ExitCode.DONE


def test_a_refused_key_withdraws_what_has_not_been_sent(tmp_path, provider):
    """One failure, one message, 9; the others are neither failed nor blocked."""
    provider.moods["Number"] = [CredentialsMissing("the key was refused")]
    chained = FIVE + "  z: {prompt: Last, inputs: [a4], outputs: [z.png]}\n"
    code, heard = run(tmp_path, chained, jobs=1)
    assert code is ExitCode.CREDENTIALS
    assert len(heard.of(events.AssetFailed)) == 1
    told = heard.of(events.DiagnosticEvent)
    assert [each.diagnostic.code for each in told] == ["credentials"]
    assert provider.total == 0
    assert run(tmp_path, chained)[0] is ExitCode.DONE


# --- the budget -------------------------------------------------------------------------


def test_a_plan_over_the_budget_draws_nothing(tmp_path, provider):
    """Both figures are told."""
    with pytest.raises(OverBudget, match=r"\$0\.0500.*\$0\.0300"):
        run(tmp_path, FIVE, max_cost_usd=0.03)
    assert (provider.total, entries(tmp_path)) == (0, [])
    assert not list(tmp_path.glob("a*.png"))


def test_the_spec_may_lower_the_cap(tmp_path, provider):
    """But not raise it."""
    for spec_usd, asked_usd in ((0.03, 9), (9, 0.03)):
        budget = f"budget: {{build_usd: {spec_usd}}}\n"
        (tmp_path / "assets.yaml").write_text(budget + HEAD + FIVE)
        with pytest.raises(OverBudget) as caught:
            build(options(tmp_path, max_cost_usd=asked_usd))
        way = "`build_usd`" if spec_usd < asked_usd else "--max-cost raises"
        assert way in caught.value.hint
    assert provider.total == 0


@pytest.mark.parametrize("jobs", [1, 8])
def test_up_to_the_budget_draws_what_fits_in_the_schedules_order(
    tmp_path, provider, jobs
):
    """However many calls run side by side; then 5, and nothing has failed."""
    code, heard = run(tmp_path, FIVE, max_cost_usd=0.031, up_to_budget=True, jobs=jobs)
    assert code is ExitCode.OVER_BUDGET
    assert sorted(provider.drawn) == ["a0", "a1", "a2"]
    assert not heard.of(events.AssetFailed) + heard.of(events.AssetBlocked)
    assert len(list(tmp_path.rglob("a*.png"))) == 3
    (found,) = [each.diagnostic for each in heard.of(events.DiagnosticEvent)]
    assert (found.code, found.exit_code) == ("over-budget", ExitCode.OVER_BUDGET)
    assert "2 assets are missing, about $0.0200" in found.message
    assert "--max-cost 0.02" in found.hint
    assert heard.of(events.BudgetEvent)[-1] == events.BudgetEvent(
        spent_usd=pytest.approx(0.03), cap_usd=0.031
    )
    assert run(tmp_path, FIVE, max_cost_usd=0.02)[0] is ExitCode.DONE
    assert provider.total == 5


def test_usage_above_the_estimate_stops_further_calls(tmp_path, provider):
    """What came is banked; the rest is for another build."""
    provider.cost_usd = 2.0
    code, heard = run(tmp_path, FIVE, max_cost_usd=3, jobs=1)
    assert code is ExitCode.OVER_BUDGET
    assert provider.total == 2
    assert len(heard.of(events.DrawBanked)) == 2
    assert heard.summary.cost_usd == pytest.approx(4.0)
    assert heard.summary.expected_usd == pytest.approx(0.02)
    assert run(tmp_path, FIVE, max_cost_usd=30)[0] is ExitCode.DONE
    assert provider.total == 5


def test_a_build_that_cost_more_than_it_may_says_so(tmp_path, provider):
    """Where nothing is missing it is a warning."""
    provider.cost_usd = 2.0
    code, heard = run(tmp_path, FIVE.splitlines()[0] + "\n", max_cost_usd=1)
    assert code is ExitCode.DONE
    (found,) = [each.diagnostic for each in heard.of(events.DiagnosticEvent)]
    assert (found.code, found.severity) == ("over-budget", "warning")
    assert "$2.00" in found.message


def test_a_call_that_turns_out_too_dear_was_not_sent(tmp_path, provider, monkeypatch):
    """Its size is only known when it is about to go out; the ledger says it was free."""
    estimate = provider.estimate

    def grown(request, count, sizes=()):
        on_main = threading.current_thread() is threading.main_thread()
        return estimate(request, count if on_main else 100 * count, sizes)

    monkeypatch.setattr(provider, "estimate", grown)
    code, _ = run(tmp_path, FIVE, max_cost_usd=0.5, jobs=1)
    assert (code, provider.total) == (ExitCode.OVER_BUDGET, 0)
    (result,) = [each for each in entries(tmp_path) if each["entry"] == "result"]
    assert result["outcome"] == "failed"
    assert unknown(tmp_path) == ()


def test_unknown_outcomes_use_the_budget_up(tmp_path, provider):
    """They may have been charged."""
    provider.moods["Number"] = [OutcomeUnknown("no answer")] * 2
    code, heard = run(tmp_path, FIVE, max_cost_usd=0.05, jobs=1)
    assert code is ExitCode.SOME_FAILED  # all five fitted
    assert heard.of(events.BudgetEvent)[-1].spent_usd == pytest.approx(0.05)


def test_free_repeats_do_not_use_the_budget_up(tmp_path, provider):
    """Each attempt gives its part back."""
    provider.moods["Number"] = [BUSY] * 4
    assert run(tmp_path, FIVE, max_cost_usd=0.05, jobs=1)[0] is ExitCode.DONE


def test_without_a_price_somebody_has_to_assume_one(tmp_path, provider):
    """It stands for the estimate, and for the cost where none came."""
    provider.estimate_usd = provider.cost_usd = None
    with pytest.raises(OverBudget, match="nobody knows"):
        run(tmp_path, FIVE)
    with pytest.raises(OverBudget, match=r"\$10\.00"):
        run(tmp_path, FIVE, assume_cost_usd=2)
    code, heard = run(tmp_path, FIVE, assume_cost_usd=0.5)
    assert code is ExitCode.DONE
    assert heard.summary.cost_usd == heard.summary.cost_estimated_usd == 2.5
    intents = [each for each in entries(tmp_path) if each["entry"] == "intent"]
    assert [each["estimate_usd"] for each in intents] == [0.5] * 5


# --- stopping ---------------------------------------------------------------------------


@pytest.mark.parametrize("limited", [True, False])
def test_the_first_ctrl_c_wakes_whoever_waits(tmp_path, provider, limited):
    """A pause of minutes is not waited for; the call is withdrawn, not failed."""
    error = ProviderUnavailable("429", retry_after_s=250, limited=limited)
    provider.moods["Number 1"] = [error]
    provider.at_call = lambda order: (
        os.kill(os.getpid(), signal.SIGINT) if order.asset == "a1" else None
    )
    code, heard = run(tmp_path, FIVE)
    assert code is ExitCode.INTERRUPTED
    assert not heard.of(events.AssetFailed) + heard.of(events.AssetBlocked)
    assert unknown(tmp_path) == ()
    provider.at_call = _do_nothing
    assert run(tmp_path, FIVE)[0] is ExitCode.DONE
    assert provider.total == 5


def _second_after_first():
    """Return what lets the second call go on only once the first one was made."""
    made = threading.Event()

    def at_call(order):
        if order.asset == "a2":
            assert made.wait(30)
        elif order.asset == "a1":
            made.set()

    return at_call


def test_fail_fast_wakes_whoever_waits(tmp_path, provider):
    """What was waiting for its repeat was not sent, so it is no failure."""
    provider.at_call = _second_after_first()
    provider.moods = {
        "Number 1": [ProviderUnavailable("429", retry_after_s=250)],
        "Number 2": [ProviderRefused("no")],
    }
    code, heard = run(tmp_path, FIVE, fail_fast=True)
    assert code is ExitCode.SOME_FAILED
    assert [each.asset for each in heard.of(events.AssetFailed)] == ["a2"]


def test_a_bug_does_not_keep_waiting_calls_alive(tmp_path, provider):
    """Their threads end with the build."""
    provider.at_call = _second_after_first()
    provider.moods = {
        "Number 1": [ProviderUnavailable("429", retry_after_s=250)],
        "Number 2": [ZeroDivisionError()],
    }
    with pytest.raises(ZeroDivisionError):
        run(tmp_path, FIVE)
    for thread in threading.enumerate():
        if thread.name.startswith("assetgen"):
            thread.join(30)
            assert not thread.is_alive()


# --- the rate ----------------------------------------------------------------------------


def test_a_rate_holds_for_first_calls_and_repeats(tmp_path, provider):
    """All pictures come; nothing waits for a permit that was never given back."""
    provider.moods["Number 1"] = [BUSY]
    provider.largesse = -1
    assets = FIVE + "  many: {prompt: Many, n: 3, outputs: [many.png]}\n"
    code, _ = run(tmp_path, assets, rate=60_000)
    assert (code, provider.total) == (ExitCode.DONE, 8)


def test_pictures_that_are_known_need_no_permit(tmp_path, provider):
    """A build with nothing to ask for does not wait, whatever the rate."""
    assert run(tmp_path, FIVE)[0] is ExitCode.DONE
    (tmp_path / ".assetgen/state").unlink()
    assert run(tmp_path, FIVE, rate=0.001)[0] is ExitCode.DONE
    assert provider.total == 5
