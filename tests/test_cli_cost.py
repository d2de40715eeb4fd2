"""`assetgen cost` and `assetgen log` in a project whose pictures cost money."""

from __future__ import annotations

import csv
import io
import json
import shutil
from pathlib import Path

import jsonschema
import pytest
from buildings import build, options
from counting import CountingProvider
from shops import Shop

from assetgen import registry
from assetgen.errors import OutcomeUnknown, ProviderRefused
from assetgen.hold import ProjectHold
from assetgen.ledger import Ledger

SCHEMAS = Path(__file__).parent.parent / "schemas"


@pytest.fixture
def provider(monkeypatch):
    """Return a counting provider that specs may name."""
    found = CountingProvider()
    monkeypatch.setitem(registry.BUILT_IN, "counting", lambda *_: found)
    return found


@pytest.fixture
def shop(tmp_path, provider):  # noqa: ARG001  # it is there to be found
    """Return a project with two paid pictures, built."""
    made = Shop(tmp_path / "project")
    made.spec(cat="A cat", hat="A hat")
    made.build()
    return made


def data(shop: Shop, *words: str, schema: str = "cost") -> dict:
    """Return what a command prints as JSON, which fits its schema."""
    said = shop.run(*words, "--format", "json")
    assert said.code == 0, said.err
    found = json.loads(said.out)
    jsonschema.validate(
        found, json.loads((SCHEMAS / f"{schema}.schema.json").read_text())
    )
    return found


def log(shop: Shop, name: str) -> list[dict]:
    """Return the requests that `log` shows."""
    return data(shop, "log", name, schema="log")["requests"]


def build_with_unknown(shop: Shop, provider: CountingProvider) -> str:
    """Add an asset whose call has no known outcome, and return its key."""
    provider.errors["lost"] = OutcomeUnknown("no answer after 600 s")
    shop.spec(cat="A cat", hat="A hat", dog="lost")
    assert shop.run("build").code == 1
    ((unknown),) = data(shop, "cost")["unknown"]
    return unknown["key"]


# --- cost ---------------------------------------------------------------------


def test_before_the_first_call_nothing_was_paid(tmp_path):
    """And looking writes nothing."""
    shop = Shop(tmp_path / "project")
    shop.spec(cat="A cat")
    assert shop.run("cost").out == "No paid call.\n"
    assert data(shop, "cost")["total"]["calls"] == 0
    assert not (shop.root / ".assetgen").exists()


def test_cost_says_what_the_builds_said(shop, provider):
    """The sums of the ledger are the sums of the builds' last words."""
    spent = 0.02
    provider.errors["bad"] = ProviderRefused("not this picture")
    for prompts in ({"cat": "A cat", "dog": "A dog"}, {"cat": "B", "x": "bad"}):
        shop.spec(**prompts)
        _, heard = build(options(shop.root))
        spent += heard.summary.cost_usd
    total = data(shop, "cost")["total"]
    assert total["paid_usd"] == pytest.approx(spent)
    assert total["draws"] == provider.total
    assert total["refused"] == 1


def test_each_way_of_adding_up_can_be_asked_for_alone(shop):
    """One table, and the same sums in it."""
    by = data(shop, "cost", "--by", "asset")["by"]
    assert [row["name"] for row in by.pop("asset")] == ["cat", "hat"]
    assert by == {}
    assert "By provider:\n  counting  $0.0200" in shop.run("cost").out
    assert "By asset" not in shop.run("cost", "--by", "day").out


def test_a_plan_says_what_was_paid_before_what_it_would_cost(shop):
    """Both sums stand side by side; without anything to draw neither is news."""
    paid_usd = data(shop, "cost")["total"]["paid_usd"]
    assert "Paid so far" not in shop.run("plan").out
    shop.spec(cat="A cat with a ball", hat="A hat")
    assert f"Paid so far: ${paid_usd:.4f}." in shop.run("plan").out
    summary = data(shop, "plan", schema="plan")["summary"]
    assert summary["paid_usd"] == pytest.approx(paid_usd)
    assert summary["estimate_usd"] > 0


def test_days_that_are_over_can_be_left_out(shop):
    """From a day in the far future nothing was paid; since ever, all."""
    assert data(shop, "cost", "--since", "9999-12-31")["total"]["calls"] == 0
    assert data(shop, "cost", "--since", "7d")["total"]["calls"] == 2
    said = shop.run("cost", "--since", "monday")
    assert (said.code, "--since 7d" in said.err) == (2, True)


def test_csv_has_a_row_for_each_call(shop):
    """Whoever wants other sums makes them."""
    for words in (("--csv",), ("--format", "csv")):
        text = shop.run("cost", *words).out
        rows = list(csv.DictReader(io.StringIO(text, newline="")))
        assert sorted(row["asset"] for row in rows) == ["cat", "hat"]
    assert shop.run("cost", "--csv", "--by", "day").code == 2
    assert shop.run("cost", "--csv", "--json").code == 2


def test_the_ledger_outlives_outputs_and_store(shop):
    """What was paid stays paid, whatever is cleaned away."""
    before = data(shop, "cost")
    assert shop.run("clean").code == 0
    assert shop.run("cache", "gc", "--paid", "--yes").code == 0
    assert data(shop, "cost") == before
    shutil.rmtree(shop.root / ".assetgen/store")
    assert data(shop, "cost") == before


def test_an_unknown_outcome_is_listed_until_it_is_dismissed(shop, provider):
    """By six digits of its key; then a build asks for the picture by itself."""
    key = build_with_unknown(shop, provider)
    assert key[:12] in shop.run("cost").out
    said = shop.run("cost", "--dismiss", key[:6].upper())
    assert (said.code, said.out) == (0, "")
    assert "dismissed 1 call of dog" in said.err
    after = data(shop, "cost")
    assert after["unknown"] == []
    assert (after["total"]["settled"], after["total"]["settled_usd"]) == (1, 0.01)
    provider.errors.clear()
    shop.build()
    assert provider.total == 3


def test_an_unknown_outcome_that_was_asked_again_is_settled(shop, provider):
    """What the second call cost is paid; what the first one cost nobody knows."""
    build_with_unknown(shop, provider)
    provider.errors.clear()
    shop.build("--retry-unknown")
    total = data(shop, "cost")["total"]
    assert (total["unknown"], total["settled"], total["draws"]) == (0, 1, 3)
    assert total["paid_usd"] == pytest.approx(0.03)


@pytest.mark.parametrize("word", ["", "12345", "xyzxyz", "0" * 65, "000000", ".*"])
def test_nothing_is_dismissed_by_a_word_that_names_no_call(shop, provider, word):
    """Wrong usage, with what there is."""
    key = build_with_unknown(shop, provider)
    said = shop.run("cost", "--dismiss", word)
    assert said.code == 2
    assert key[:12] in said.err or "`assetgen cost` lists" in said.err
    assert len(data(shop, "cost")["unknown"]) == 1


def test_a_beginning_of_several_keys_dismisses_none(shop):
    """Which one is meant is not guessed."""
    ledger = Ledger(shop.root / ".assetgen/ledger.jsonl", run="r")
    for name in ("ab" * 32, "ab" * 31 + "cd"):
        ledger.intent(
            id=name,
            at="2026-01-01T00:00:00.000+00:00",
            key=name,
            asset="cat",
            provider="counting",
            model=None,
            count=1,
            estimate_usd=None,
        )
    said = shop.run("cost", "--dismiss", "ababab")
    assert (said.code, "several keys" in said.err) == (2, True)
    assert len(data(shop, "cost")["unknown"]) == 2


def test_nothing_is_dismissed_while_a_build_runs(shop, provider):
    """Its calls in flight have no outcome yet; they would count as settled."""
    key = build_with_unknown(shop, provider)
    with ProjectHold(shop.root / ".assetgen"):
        said = shop.run("cost", "--dismiss", key, "--lock-timeout", "0")
        assert said.code == 8
        assert len(data(shop, "cost")["unknown"]) == 1


def test_a_dismissal_goes_alone(shop):
    """Its words would get lost between sums."""
    assert shop.run("cost", "--dismiss", "0" * 6, "--json").code == 2


# --- log ----------------------------------------------------------------------


def test_log_shows_the_draws_of_the_present_and_of_earlier_requests(shop):
    """The present one first, and the draw that is the picture marked."""
    shop.spec(cat="A striped cat", hat="A hat")
    before = log(shop, "cat")
    assert [each["present"] for each in before] == [True, False]
    assert before[0]["draws"] == []
    assert before[1]["draws"][0]["picked"]
    shop.build()
    now = log(shop, "cat")
    assert [each["prompt"] for each in now] == ["A striped cat", "A cat"]
    assert [each["draws"][0]["picked"] for each in now] == [True, False]
    (draw,) = now[0]["draws"]
    assert draw["digest"] == shop.lock["cat"].pick
    assert (draw["cost_usd"], draw["cost"], draw["there"]) == (0.01, "actual", True)
    assert draw["at"].endswith("+00:00")


def test_log_numbers_draws_as_the_lock_and_specs_do(shop):
    """So that the number can be given to whoever asks for one."""
    text = (shop.root / "assets.yaml").read_text()
    (shop.root / "assets.yaml").write_text(text.replace("A cat,", "A cat, n: 3,"))
    shop.build()
    (request,) = log(shop, "cat")
    assert [each["draw"] for each in request["draws"]] == [1, 2, 3]
    found = tuple(each["digest"] for each in request["draws"])
    assert found == shop.lock["cat"].draws
    assert [each["picked"] for each in request["draws"]] == [True, False, False]
    assert data(shop, "cost")["total"]["reroll_draws"] == 2


def test_log_marks_draws_that_are_gone(shop):
    """The lock and the ledger remember what a lost store held."""
    digest = shop.lock["cat"].pick
    shop.store.remove_blob(digest)
    (request,) = log(shop, "cat")
    assert not request["draws"][0]["there"]
    assert "gone" in shop.run("log", "cat").out
    shutil.rmtree(shop.root / ".assetgen/store")
    (request,) = log(shop, "cat")
    (draw,) = request["draws"]
    assert (draw["digest"], draw["picked"], draw["there"]) == (digest, True, False)
    assert draw["at"] is not None
    shop.spec(cat="Another cat")
    request = log(shop, "cat")[1]
    assert (request["prompt"], request["provider"]) == (None, "counting")
    assert request["draws"] == [draw]
    (shop.root / "assets.lock").unlink()
    (left,) = log(shop, "cat")[1]["draws"]
    assert (left["digest"], left["picked"]) == (digest, False)


def test_log_tells_calls_that_brought_nothing(shop, provider):
    """They are part of what was tried."""
    build_with_unknown(shop, provider)
    (request,) = log(shop, "dog")
    assert (request["draws"], request["in_vain"]) == ([], {"unknown": 1})
    assert "calls that brought nothing: 1 unknown" in shop.run("log", "dog").out


def test_log_knows_assets_that_left_the_spec(shop):
    """Their draws were paid for; a name that never was is wrong usage."""
    shop.spec(cat="A cat")
    assert "no longer in the spec" in shop.run("log", "hat").out
    shop.build()
    found = data(shop, "log", "hat", schema="log")
    assert not found["declared"]
    assert len(found["requests"][0]["draws"]) == 1
    said = shop.run("log", "car")
    assert (said.code, "did you mean `cat`?" in said.err) == (2, True)


def test_log_shows_a_draw_that_two_assets_share(shop):
    """One call; both have its picture, and know when it came."""
    shop.spec(cat="A cat", tom="A cat")
    shop.build()
    ours, theirs = log(shop, "cat")[0], log(shop, "tom")[0]
    assert ours["draws"] == theirs["draws"]
    assert theirs["draws"][0]["at"] is not None


def test_log_shows_free_draws_without_a_time(shop):
    """Nobody wrote one down; the picture is the one that a build takes."""
    (request,) = (
        each
        for each in data(shop, "log", "cat", "--provider", "placeholder", schema="log")[
            "requests"
        ]
        if each["present"]
    )
    assert request["draws"] == []
    shop.build("--provider", "placeholder")
    requests = data(shop, "log", "cat", "--provider", "placeholder", schema="log")
    (draw,) = requests["requests"][0]["draws"]
    assert draw["at"] is None


def test_log_shows_the_first_words_of_a_prompt_and_on_request_all(shop):
    """Nothing in a prompt can move the cursor."""
    long = "A cat " + "that sits on a wall " * 10 + "and sleeps"
    shop.spec(cat=f'"{long}\\e[2J"', hat="A hat")
    short = shop.run("log", "cat").out
    assert "A cat that sits on a wall that sits on a wall that sits on a ..." in short
    assert "sleeps" not in short
    whole = shop.run("log", "cat", "-v").out
    assert "and sleeps\\x1b[2J" in whole
    assert shop.lock["cat"].pick in whole
