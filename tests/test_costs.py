"""What a ledger adds up to, from its lines alone."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import math
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assetgen.costs import GROUPS, Books, costs_of, figures_of, first_day, since
from assetgen.ledger import unknown_outcomes
from assetgen.report import cost_text
from assetgen.requests import DrawRecord

VALIDATOR = jsonschema.Draft202012Validator(
    json.loads(
        (Path(__file__).parent.parent / "schemas" / "cost.schema.json").read_text()
    )
)
TODAY = dt.date(2026, 11, 22)
ONE, TWO = "1" * 64, "2" * 64
EVIL = '=HYPERLINK(1)\x1b[31m\r\n\u202e,"x"'


def intent(name: str, key: str = ONE, **more):
    """Return the line before a call."""
    fields = {
        "run": "r1",
        "at": "2026-11-20T10:00:00.000+00:00",
        "asset": "hero",
        "provider": "openai",
        "model": "m",
        "count": 1,
        "estimate_usd": 0.04,
    }
    return {"entry": "intent", "id": name, "key": key, **fields, **more}


def result(name: str, outcome: str = "ok", **more):
    """Return the line after it."""
    fields = {"at": "2026-11-20T10:01:00.000+00:00"}
    if outcome == "ok":
        fields |= {"draws": ["d" * 64], "cost_usd": 0.03, "cost": "actual"}
    return {"entry": "result", "id": name, "outcome": outcome, **fields, **more}


def calls_of(*entries, banked=()):
    """Return the calls of a ledger with these lines."""
    books = Books()
    open_ = unknown_outcomes(books.watch(entries))
    found = [each for each in open_ if each.intent.id in dict(banked)]
    left = [each for each in open_ if each not in found]
    return books.calls(left, [(each, dict(banked)[each.intent.id]) for each in found])


def total(*entries, **more):
    """Return the sum over a ledger with these lines."""
    return costs_of(calls_of(*entries, **more)).total


def test_actual_and_estimated_costs_are_kept_apart():
    """What the provider said is not mixed with what we made of it."""
    found = total(
        intent("1"),
        result("1"),
        intent("2", TWO),
        result("2", cost="estimate", cost_usd=0.5),
    )
    assert (found.actual_usd, found.estimated_usd, found.paid_usd) == (0.03, 0.5, 0.53)
    assert (found.calls, found.draws) == (2, 2)


@pytest.mark.parametrize("outcome", ["refused", "failed"])
def test_an_error_that_came_as_an_answer_is_free(outcome):
    """It is counted and costs nothing, whatever was estimated."""
    found = total(intent("1"), result("1", outcome))
    assert (found.paid_usd, found.unknown_usd) == (0, 0)
    assert getattr(found, outcome) == found.calls == 1


def test_pictures_without_a_price_are_counted_apart():
    """A sum must not look complete when it is not."""
    found = total(intent("1"), result("1", cost_usd=None, cost=None))
    assert (found.draws, found.paid_usd, found.unpriced) == (1, 0, 1)


@pytest.mark.parametrize(
    "entries", [[intent("1")], [intent("1"), result("1", "unknown", reason="reset")]]
)
def test_a_call_without_an_answer_is_unknown_at_its_estimate(entries):
    """It may have been charged: listed, and in no sum of what was paid."""
    costs = costs_of(calls_of(*entries))
    assert (costs.total.unknown, costs.total.unknown_usd) == (1, 0.04)
    assert costs.total.paid_usd == 0
    assert [(call.id, call.key) for call in costs.unknown] == [("1", ONE)]


def test_a_call_that_was_asked_again_or_dismissed_is_settled():
    """It is not listed any more, and its price is not forgotten."""
    again = intent("2", run="r2"), result("2")
    dismissed = {"entry": "dismissed", "key": TWO, "at": "x"}
    found = costs_of(calls_of(intent("1"), *again, intent("3", TWO), dismissed))
    assert found.unknown == ()
    assert (found.total.settled, found.total.settled_usd) == (2, 0.08)
    assert found.total.paid_usd == 0.03


def test_draws_that_only_the_store_knows_of_are_paid():
    """A crash came between record and ledger: they are banked, so nothing is unknown."""
    draw = DrawRecord(
        digest="d" * 64, format="png", width=1, height=1, bytes=1, cost_usd=0.02
    )
    found = total(intent("1"), banked=[("1", (draw, draw))])
    assert (found.unknown, found.draws, found.actual_usd) == (0, 2, 0.04)


def test_draws_of_a_request_that_had_some_are_told_apart():
    """Of a later build: the rest of a short answer belongs to the first wish."""
    first = intent("1"), result("1"), intent("2"), result("2")
    assert total(*first).reroll_draws == 0
    found = total(*first, intent("3", run="r2"), result("3"))
    assert (found.reroll_draws, found.reroll_usd) == (1, 0.03)
    assert found.draws == 3
    assert total(*first, intent("3", TWO, run="r2"), result("3")).reroll_draws == 0


def test_a_call_that_says_whether_it_is_a_reroll_is_believed():
    """Whoever asked knows better than the order of lines."""
    assert total(intent("1", reroll=True), result("1")).reroll_draws == 1
    again = intent("2", run="r2", reroll=False), result("2")
    assert total(intent("1"), result("1"), *again).reroll_draws == 0


def test_only_calls_of_the_days_asked_for_are_counted():
    """By the day on which they were made, in UTC."""
    late = "2026-11-21T23:59:59.999+00:00"
    calls = calls_of(intent("1"), result("1"), intent("2", TWO, at=late), result("2"))
    assert [call.id for call in since(calls, "2026-11-21")] == ["2"]
    assert len(since(calls, "2026-11-20")) == 2
    assert since(calls, "2026-11-22") == ()


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("1d", "2026-11-22"),
        ("7d", "2026-11-16"),
        ("2026-11-01", "2026-11-01"),
        ("999999d", "0001-01-01"),
    ],
)
def test_a_stretch_of_days_ends_today(text, day):
    """Whole days, so that the sums by day are whole, too."""
    assert first_day(text, TODAY) == day


@pytest.mark.parametrize(
    "text",
    ["", "7", "0d", "-1d", "7 d", "yesterday", "2026-02-30", "20261101", "\u0667d"],
)
def test_no_other_words_are_taken_for_days(text):
    """A guess would print a wrong sum."""
    with pytest.raises(ValueError):  # noqa: PT011  # the command has the words
        first_day(text, TODAY)


def test_groups_are_sorted_for_their_readers():
    """The dearest first, days in order; no model is no name."""
    lines = []
    for at, (asset, usd, day) in enumerate(
        [("b", 1.0, "21"), ("a", 1.0, "20"), ("c", 5.0, "22")]
    ):
        when = f"2026-11-{day}T00:00:00.000+00:00"
        lines += [
            intent(str(at), asset=asset, at=when, model=None),
            result(str(at), cost_usd=usd),
        ]
    groups = costs_of(calls_of(*lines)).groups
    assert list(groups["asset"]) == ["c", "a", "b"]
    assert list(groups["day"]) == ["2026-11-20", "2026-11-21", "2026-11-22"]
    assert list(groups["model"]) == [None]


ENTRIES = st.lists(
    st.one_of(
        st.builds(
            intent,
            st.sampled_from("123456"),
            st.sampled_from([ONE, TWO]),
            run=st.sampled_from(["r1", "r2"]),
            asset=st.sampled_from("ab"),
            model=st.sampled_from(["m", None]),
            provider=st.sampled_from(["p", "q"]),
            at=st.sampled_from(["2026-11-20T1", "2026-11-21T1", ""]),
            estimate_usd=st.sampled_from([0.25, None]),
        ),
        st.builds(
            result,
            st.sampled_from("123456"),
            st.sampled_from(["ok", "refused", "failed", "unknown"]),
            cost_usd=st.sampled_from([0.5, None]),
            cost=st.sampled_from(["actual", "estimate"]),
            draws=st.lists(st.just("d" * 64), max_size=3),
        ),
        st.just({"entry": "dismissed", "key": ONE, "at": "x"}),
        st.sampled_from([{}, {"entry": "intent"}, {"entry": "result", "id": 7}]),
    ),
    max_size=25,
)


def _with_names_used_once(entries):
    """Return the lines without intents whose name stands there already."""
    seen, kept = set(), []
    for each in entries:
        name = each.get("id") if each.get("entry") == "intent" else None
        if name is None or name not in seen:
            kept.append(each)
        seen.add(name)
    return kept


@given(ENTRIES)
def test_every_call_is_in_one_place_of_every_sum(entries):
    """Any ledger: each call has one end, and every grouping adds up to the total."""
    entries = _with_names_used_once(entries)
    calls = calls_of(*entries)
    asked = {e["id"] for e in entries if e.get("entry") == "intent" and "id" in e}
    assert len(calls) == len(asked) == len({call.id for call in calls})
    costs = costs_of(calls)
    whole = figures_of(costs.total)
    ends = ("refused", "failed", "unknown", "settled")
    ok = sum(call.end == "ok" for call in calls)
    assert ok + sum(whole[end] for end in ends) == whole["calls"]
    for by in GROUPS:
        rows = [figures_of(each) for each in costs.groups[by].values()]
        for name, figure in whole.items():
            assert math.isclose(sum(row[name] for row in rows), figure), (by, name)
    books = Books()
    open_ = unknown_outcomes(books.watch(entries))
    assert {call.id for call in costs.unknown} == {each.intent.id for each in open_}
    VALIDATOR.validate(json.loads(cost_text.as_json(costs)))
    cost_text.as_text(costs)


def test_sums_in_words_say_what_is_sure_and_what_is_not():
    """Paid, estimated, free, unknown with key and way out, settled."""
    text = cost_text.as_text(
        costs_of(
            calls_of(
                intent("1"),
                result("1"),
                intent("2", run="r2"),
                result("2", cost="estimate"),
                intent("3", "3" * 64),
                result("3", "refused"),
                intent("4", "4" * 64, asset="cat"),
                result("4", "unknown", reason="no answer\x1b[2J"),
            ),
            since="2026-11-01",
        )
    )
    for words in (
        "Paid since 2026-11-01 (UTC): $0.0600 ($0.0300 actual, $0.0300 estimated)",
        ", 2 pictures, 4 calls.",
        "for requests that had draws before: $0.0300, 1 picture\n",
        "Free: 1 call refused.",
        "Unknown: 1 call may have been charged and brought no picture, about $0.0400:",
        "444444444444  cat  about $0.0400  2026-11-20 10:00  no answer\\x1b[2J",
        "`assetgen cost --dismiss 44444444`",
        "By day (UTC):\n  2026-11-20  $0.0600  2 pictures",
    ):
        assert words in text


def test_what_cost_nothing_and_what_is_only_estimated_are_said_so():
    """No sum of nothing is called free and paid at once."""
    refused = cost_text.as_text(costs_of(calls_of(intent("1"), result("1", "refused"))))
    assert refused.startswith("Paid: nothing, 0 pictures, 1 call.")
    ours = calls_of(intent("1"), result("1", cost="estimate"))
    text = cost_text.as_text(costs_of(ours))
    assert text.startswith("Paid: $0.0300 (all of it estimated), 1 picture")


def test_long_tables_are_cut_unless_they_were_asked_for():
    """The dearest assets and the last days; a table asked for alone is whole."""
    lines = []
    for at in range(30):
        when = f"2026-10-{at + 1:02d}T00:00:00.000+00:00"
        lines += [
            intent(str(at), f"{at:064x}", asset=f"a{at:02d}", at=when),
            result(str(at), cost_usd=at / 100),
        ]
    calls = calls_of(*lines)
    text = cost_text.as_text(costs_of(calls))
    assert "... and 20 more (--by asset shows all)" in text
    assert "a29" in text
    assert "a19" not in text
    assert "2026-10-30" in text
    assert "2026-10-20" not in text
    assert "a00" in cost_text.as_text(costs_of(calls, ("asset",)))
    assert "a00" in cost_text.as_text(costs_of(calls), verbose=True)


def test_csv_has_one_row_a_call_and_no_formulas():
    """RFC 4180, and nothing that a spreadsheet would carry out or a terminal obey."""
    calls = calls_of(
        intent("1", model=EVIL),
        result("1", tokens={"input_tokens": 3}, request_id="+1", cost_usd=0.0000001),
        intent("2", TWO),
        result("2", "refused", reason=EVIL),
    )
    text = cost_text.as_csv(calls)
    assert text.count("\r\n") == 3
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert [row["outcome"] for row in rows] == ["ok", "refused"]
    assert rows[0]["cost_usd"] == "0.0000001"
    assert (rows[0]["input_tokens"], rows[0]["output_tokens"]) == ("3", "")
    assert rows[0]["request_id"] == "'+1"
    assert rows[1]["cost_usd"] == rows[1]["cost"] == ""
    for evil in (rows[0]["model"], rows[1]["reason"]):
        assert evil.startswith("'=HYPERLINK")
        assert evil.isprintable()


@given(st.text())
def test_no_text_becomes_a_formula(text):
    """Whatever a provider says."""
    ended = result("1", "refused", reason=text)
    (row,) = csv.DictReader(
        io.StringIO(cost_text.as_csv(calls_of(intent("1"), ended)), newline="")
    )
    assert not row["reason"].lstrip().startswith(("=", "+", "-", "@"))


def test_foreign_figures_are_left_out():
    """A line that somebody edited cannot make a sum of nonsense, or a crash."""
    for odd in (float("nan"), float("inf"), -1, "x", None, [1]):
        found = total(
            intent("1", estimate_usd=odd, count=odd), result("1", cost_usd=odd)
        )
        assert (found.paid_usd, found.unpriced) == (0, 1)
