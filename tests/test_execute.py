"""Carrying a plan out: who is asked how often, what a failure stops, what is told."""

from __future__ import annotations

import pytest
from buildings import build, options
from counting import CountingProvider

from assetgen import events, registry
from assetgen.errors import (
    CredentialsMissing,
    ExitCode,
    NotAvailable,
    OutcomeUnknown,
    ProviderRefused,
)

HEAD = "version: 1\nprovider: counting\nassets:\n"


@pytest.fixture
def provider(monkeypatch):
    """Return a counting provider that specs may name."""
    found = CountingProvider()
    monkeypatch.setitem(registry.BUILT_IN, "counting", lambda: found)
    return found


def run(root, assets, **more):
    """Build a spec with these assets."""
    (root / "assets.yaml").write_text(HEAD + assets)
    return build(options(root, **more))


CHAIN = """\
  a: {prompt: First, outputs: [a.png]}
  b: {prompt: Second, inputs: [a], outputs: [b.png]}
  c: {prompt: Third, inputs: [b], outputs: [c.png]}
  z: {prompt: Alone, outputs: [z.png]}
"""


def test_events_come_in_order(tmp_path, provider):
    """The version first, then the plan, each asset once, and the sum at the end."""
    _, heard = run(tmp_path, CHAIN)
    kinds = [each.type for each in heard.events]
    assert kinds[:2] == ["version", "plan"]
    assert kinds[-1] == "summary"
    finished = [each.asset for each in heard.of(events.AssetFinished)]
    assert sorted(finished) == ["a", "b", "c", "z"]
    order = [
        each.asset for each in heard.of(events.AssetStarted) if each.step == "draw"
    ]
    assert [name for name in order if name != "z"] == ["a", "b", "c"]
    assert heard.summary.cost_usd == pytest.approx(0.04)
    assert provider.total == 4


def test_a_failure_blocks_what_needs_it_and_the_rest_goes_on(tmp_path, provider):
    """The next build pays only for what failed and what waited for it."""
    provider.errors["Second"] = ProviderRefused("no")
    code, heard = run(tmp_path, CHAIN)
    assert code is ExitCode.SOME_FAILED
    assert [each.asset for each in heard.of(events.AssetFailed)] == ["b"]
    (blocked,) = heard.of(events.AssetBlocked)
    assert (blocked.asset, blocked.because) == ("c", "b")
    assert (heard.summary.built, heard.summary.failed, heard.summary.blocked) == (
        2,
        1,
        1,
    )
    provider.errors.clear()
    assert run(tmp_path, CHAIN)[0] is ExitCode.DONE
    assert provider.total == 4


def test_fail_fast_starts_nothing_more(tmp_path, provider):
    """What was not started is neither paid for nor called a failure."""
    provider.errors["First"] = ProviderRefused("no")
    code, _ = run(tmp_path, CHAIN, fail_fast=True, jobs=1)
    assert code is ExitCode.SOME_FAILED
    assert provider.total == 0


def test_a_refused_key_stops_all_calls(tmp_path, provider):
    """One message, 9, nothing more is sent."""
    provider.errors["First"] = CredentialsMissing("the key was refused")
    code, _ = run(tmp_path, CHAIN, jobs=1)
    assert code is ExitCode.CREDENTIALS
    assert provider.total == 0


def test_a_provider_may_deliver_one_by_one(tmp_path, provider):
    """Each call that brings a new draw counts as progress."""
    provider.largesse = -9
    code, heard = run(tmp_path, "  a: {prompt: Many, n: 6, outputs: [a.png]}\n")
    assert code is ExitCode.DONE
    assert (provider.calls, provider.total) == (6, 6)
    assert [each.draw for each in heard.of(events.DrawBanked)] == [1, 2, 3, 4, 5, 6]


def test_twins_fail_together(tmp_path, provider):
    """Who waited for the same request hears the same error."""
    provider.errors["Twin"] = NotAvailable("not yet")
    twins = "  a: {prompt: Twin}\n  b: {prompt: Twin}\n"
    code, heard = run(tmp_path, twins)
    assert code is ExitCode.SOME_FAILED
    assert {each.asset for each in heard.of(events.AssetFailed)} == {"a", "b"}


def test_twins_that_want_different_numbers_share_what_comes(tmp_path, provider):
    """One request, the larger n."""
    twins = "  a: {prompt: Twin, n: 2}\n  b: {prompt: Twin, n: 3}\n"
    code, _ = run(tmp_path, twins)
    assert code is ExitCode.DONE
    assert provider.total == 3


def test_an_unknown_outcome_is_told_with_its_price(tmp_path, provider):
    """As an event of its own, beside the failure."""
    provider.errors["First"] = OutcomeUnknown("no answer")
    _, heard = run(tmp_path, CHAIN)
    (unknown,) = heard.of(events.UnknownOutcome)
    assert (unknown.asset, unknown.message) == ("a", "no answer")
    assert unknown.estimate_usd == pytest.approx(0.01)


def test_a_bug_in_a_provider_is_no_failure_of_an_asset(tmp_path, provider):
    """It ends the build; what was paid for is banked, and that call may be charged."""
    provider.errors["Second"] = ZeroDivisionError("a bug")
    with pytest.raises(ZeroDivisionError):
        run(tmp_path, CHAIN)
    provider.errors.clear()
    assert run(tmp_path, CHAIN)[0] is ExitCode.SOME_FAILED
    assert run(tmp_path, CHAIN, retry_unknown=True)[0] is ExitCode.DONE
    assert provider.total == 4


def test_checks_fail_the_asset_and_keep_the_draw(tmp_path, provider):
    """The gate is free to be moved afterwards."""
    assert run(tmp_path, "  a: {prompt: One, checks: {size: 9x9}}\n")[0] is (
        ExitCode.SOME_FAILED
    )
    assert (
        run(tmp_path, "  a: {prompt: One, checks: {size: 16x16}}\n")[0] is ExitCode.DONE
    )
    assert provider.total == 1
