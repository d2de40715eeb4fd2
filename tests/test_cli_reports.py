"""Plans, summaries, reasons and graphs in words and data, from literals."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import get_args

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assetgen import events, reasons
from assetgen.cli.progress_tty import live_rows
from assetgen.decide import Action, PlannedAsset
from assetgen.digest import Key
from assetgen.errors import Diagnostic, Excerpt
from assetgen.model import AssetName
from assetgen.plan import Plan
from assetgen.providers.base import Price
from assetgen.report import graph_text, plan_text, summary, why_text, word_diff
from assetgen.report.reason_text import reason_json, reason_text, reasons_text
from assetgen.spans import Span

SCHEMAS = Path(__file__).parent.parent / "schemas"


def example(kind: type) -> object:
    """Return an instance of a class of values: texts and numbers."""
    values = {
        name: 2 if kind.__annotations__[name] == "int" else f"{name} text"
        for name in kind.__match_args__
    }
    return kind(**values)


def asset(name: str, action: Action, **parts: object) -> PlannedAsset:
    """Return a planned asset."""
    return PlannedAsset(name=AssetName(name), action=action, **parts)  # type: ignore[arg-type]


PLAN = Plan(
    assets=(
        asset("logo", Action.UP_TO_DATE),
        asset(
            "hero",
            Action.DRAW,
            reasons=(reasons.PromptChanged("A red hat", "A blue hat"),),
            draws=2,
            estimate=Price(0.084, "estimate"),
        ),
        asset(
            "icons/sword",
            Action.DERIVE,
            reasons=(
                reasons.OutputMissing("game/sword.png"),
                reasons.OutputMissing("game/sword@2x.png"),
            ),
        ),
        asset("card", Action.BLOCKED, reasons=(reasons.NeedBlocked("x"),)),
    ),
    removals=("game/old.png",),
)


@pytest.mark.parametrize("kind", get_args(reasons.Reason), ids=lambda kind: kind.kind)
def test_every_reason_has_words_and_data(kind):
    """A reason that nobody worded would end a plan in a traceback."""
    reason = example(kind)
    assert reason_text(reason)
    assert reason_json(reason)["kind"] == kind.kind


def test_files_of_one_kind_are_counted():
    """Forty missing files are one fact."""
    missing = tuple(reasons.OutputMissing(f"{at}.png") for at in range(40))
    assert reasons_text(missing) == "40 files are missing"
    assert reasons_text(missing[:1]) == "0.png is missing"
    waits = tuple(reasons.InputPending(name) for name in "abcde")
    assert reasons_text(waits) == "waits for a, b, c and 2 more"


def test_the_plan_in_words():
    """One line an asset, up-to-date ones counted, then the totals."""
    assert plan_text.as_text(PLAN, budget_usd=5.0).splitlines() == [
        "draw        hero         prompt changed: [-red-]{+blue+}  (2 draws, $0.0840 (estimate))",
        "derive      icons/sword  2 files are missing",
        "blocked     card         needs x, which cannot be built",
        "remove      game/old.png  no output declares it any more",
        "",
        "Plan: 1 blocked, 1 to derive, 1 to draw, 1 file to remove; 1 asset up to date.",
        "Price: $0.0840 (estimate) for 2 draws, budget $5.00 (leaves $4.92).",
    ]


def test_a_plan_without_changes_is_one_line():
    """Nothing to do is said in as many words."""
    plan = Plan(assets=(asset("logo", Action.UP_TO_DATE),))
    assert plan_text.as_text(plan) == "Nothing to do: 1 asset up to date.\n"
    assert "logo" in plan_text.as_text(plan, verbose=True)


def test_a_plan_over_budget_says_how_to_go_on():
    """The way out stands beside the price."""
    assert "over the budget of $0.0500 (--max-cost" in plan_text.as_text(
        PLAN, budget_usd=0.05
    )


def test_what_is_known_of_a_price_is_told_even_where_a_part_is_not():
    """The sum of the rest, and the flag that says what to expect."""
    priced = asset("a", Action.DRAW, draws=1, estimate=Price(0.03, "estimate"))
    open_ = asset("b", Action.DRAW, draws=2, estimate=Price(None, "estimate"))
    assert plan_text.totals_text(Plan(assets=(priced, open_)), 5.0)[-1] == (
        "Price: not known for 2 of 3 draws; the others cost $0.0300 (estimate); "
        "--assume-cost says what to expect."
    )
    alone = plan_text.totals_text(Plan(assets=(open_,)), 5.0)[-1]
    assert alone.startswith("Price: not known for 2 draws; --assume-cost")


def test_an_asset_that_shares_a_draw_says_with_whom():
    """A line without a price would look like a picture for nothing."""
    key = Key("k" * 64)
    first = asset("a", Action.DRAW, draws=1, key=key, estimate=Price(0.03, "estimate"))
    plan = Plan(assets=(first, asset("b", Action.DRAW, key=key)))
    assert (
        plan_text.as_text(plan)
        .splitlines()[1]
        .endswith("(the same request as a, paid once)")
    )


def test_the_plan_as_json_fits_its_schema():
    """The JSON form is public."""
    data = json.loads(plan_text.as_json(PLAN, 5.0))
    jsonschema.validate(data, json.loads((SCHEMAS / "plan.schema.json").read_text()))
    assert data["summary"]["changes"] == 4
    assert data["assets"][1]["reasons"] == [
        {"kind": "prompt-changed", "old": "A red hat", "new": "A blue hat"}
    ]


HOSTILE = "\x1b[31m::error::x\r\n##[error]%0A</script>|`[a](b) @you\u202e"


def hostile_plan() -> Plan:
    """Return a plan in which every text is an attack."""
    reason = reasons.PromptChanged("a", HOSTILE)
    return Plan(
        assets=(asset(HOSTILE, Action.DRAW, reasons=(reason,), draws=1),),
        removals=(HOSTILE,),
    )


def test_hostile_words_stay_inert_in_every_form_of_a_plan():
    """Terminals, Markdown and workflow commands each get their own escaping."""
    plan = hostile_plan()
    for form in (plan_text.as_text, plan_text.as_markdown, plan_text.as_github):
        text = form(plan)
        assert "\x1b" not in text
        assert "\r" not in text
        assert "\u202e" not in text
    commands = [
        line
        for line in plan_text.as_github(plan).splitlines()
        if "::" in line or "##[" in line
    ]
    assert [line.split("::")[1].split()[0] for line in commands] == [
        "group",
        "endgroup",
        "notice",
    ]
    table = plan_text.as_markdown(plan)
    rows = [line for line in table.splitlines() if line.startswith("| ")]
    assert len(rows) == 4
    assert all(row.replace("\\|", "").count("|") == 5 for row in rows)


@given(st.text(), st.text())
def test_pieces_of_a_comparison_make_up_both_texts(old, new):
    """No word is lost or invented."""
    pieces = word_diff.compare_words(old, new)
    assert "".join(text for kind, text in pieces if kind != "new") == old
    assert "".join(text for kind, text in pieces if kind != "old") == new


def test_one_word_is_found_in_the_longest_prompt():
    """What both texts begin and end with is not searched."""
    words = [f"word{number % 50}" for number in range(6_000)]
    old = " ".join(words)
    new = " ".join([*words[:3_000], "lantern", *words[3_000:]])
    pieces = word_diff.compare_words(old, new)
    assert [each for each in pieces if each[0] != "same"] == [("new", " lantern")]


def test_long_texts_without_likeness_are_shown_whole():
    """Thousands of them come in one change, and comparing takes a second each."""
    old, new = " ".join("abcdef" * 500), " ".join("fedcba" * 500)
    assert word_diff.compare_words(old, new) == (("old", old), ("new", new))


@dataclasses.dataclass(frozen=True)
class Explained:
    changes: tuple[reasons.Reason, ...]
    name: str = "hero"
    key: str | None = None
    parts: tuple[tuple[str, str], ...] = (("prompt", "A blue hat"),)
    previous: tuple[tuple[str, str], ...] = ()
    reasons: tuple[reasons.Reason, ...] = ()


def test_why_compares_prompts_word_by_word():
    """Old and new words stand beside each other, in colour or in brackets."""
    changes = (
        reasons.PromptChanged("A red hat", "A blue hat"),
        reasons.PartChanged("parameter quality", '"low"', '"high"'),
    )
    assert why_text.as_text(Explained(changes)).splitlines() == [
        "hero:",
        "  prompt changed:",
        "    A [-red-]{+blue+} hat",
        "  quality changed from low to high",
    ]
    assert "\x1b[31mred\x1b[0m" in why_text.as_text(Explained(changes), color=True)
    assert "nothing changed" in why_text.as_text(Explained(()))
    assert "prompt: A blue hat" in why_text.as_text(Explained(()), verbose=True)
    assert json.loads(why_text.as_json(Explained(changes)))["previous"] == []


NODES = (
    graph_text.Node("cat", "prompt", (), 1),
    graph_text.Node("cat/hat", "prompt", ("cat",), 2),
)


def test_graphs_in_four_forms():
    """The same edges in every form."""
    assert graph_text.as_text(NODES).splitlines()[1] == "cat/hat  prompt <- cat"
    assert '"cat" -> "cat/hat";' in graph_text.as_dot(NODES)
    assert "a1 --> a2" in graph_text.as_mermaid(NODES)
    assert json.loads(graph_text.as_json(NODES))["assets"][1]["needs"] == ["cat"]


def test_graph_labels_cannot_leave_their_quotes():
    """A name is a label and nothing else."""
    nodes = (graph_text.Node('a"];x-->y["\\', "prompt"),)
    assert graph_text.as_dot(nodes).count(";") == 4
    label = graph_text.as_mermaid(nodes).splitlines()[1]
    assert label.count('"') == 2
    assert "-->" not in label


DIAGNOSTIC = Diagnostic(
    "bad-value", "no", excerpt=Excerpt(Span("assets.yaml", 3, 5), "x: y"), hint="do"
)
EVENTS = (
    events.VersionEvent(assetgen="0.1.0"),
    events.PlanEvent(
        assets=3, draws=1, estimate_usd=None, by_action={"draw": 1}, to_do=("a", "b")
    ),
    events.AssetStarted(asset="a", step="draw", key="k", draws=1),
    events.AssetProgress(asset="a", message="half way"),
    events.DrawBanked(asset="a", key="k", digest="d", draw=1, cost_usd=0.5),
    events.AssetFinished(
        asset="a", action="draw", written=("site/img/a.png", "site/img/x/a.webp")
    ),
    events.AssetFailed(asset="b", code="failed", message="no", hint="do"),
    events.AssetBlocked(asset="c", because="b"),
    events.UnknownOutcome(asset="d", key="k", message="no answer", estimate_usd=0.25),
    events.DiagnosticEvent(diagnostic=DIAGNOSTIC),
    events.BudgetEvent(spent_usd=0.5, cap_usd=5.0),
    events.Summary(
        exit_code=1,
        built=1,
        up_to_date=4,
        failed=1,
        blocked=1,
        written=2,
        removed=("site/old.png",),
        kept=("site/mine.png",),
        draws=1,
        cost_usd=0.5,
        duration_s=2.0,
    ),
)


def test_every_event_fits_its_schema():
    """The stream of `--json` is public; every kind of event is in the schema."""
    schema = json.loads((SCHEMAS / "events.schema.json").read_text())
    assert {type(event) for event in EVENTS} == set(get_args(events.Event))
    for event in EVENTS:
        jsonschema.validate(events.as_json(event), schema)


def test_a_tally_follows_a_build():
    """Displays read the tally; it knows what runs and what ended."""
    tally = summary.Tally()
    for now_s, event in enumerate(EVENTS[:5]):
        tally.take(event, float(now_s))
    assert tally.running["a"] == summary.Running("draw", 2.0, "drawn")
    assert (
        summary.heartbeat_line(tally, 42.0) == "[0/2] still working on a (40 s, drawn)"
    )
    for event in EVENTS[5:]:
        tally.take(event)
    assert not tally.running
    assert tally.done == 2
    assert tally.spent_usd == 0.5


def test_a_call_that_waits_for_the_rate_is_shown_until_it_starts():
    """A screen with nothing running and no reason looks like a build that hangs."""
    tally = summary.Tally()
    for event in EVENTS[:2]:
        tally.take(event)
    tally.take(events.AssetProgress(asset="a", message="rate limited, waiting 9 s"))
    assert summary.heartbeat_line(tally, 0.0) == "[0/2] a: rate limited, waiting 9 s"
    rows = live_rows(tally, 0.0)
    assert [each.strip() for each in rows] == [
        "a  rate limited, waiting 9 s",
        "[0/2] 0 assets running",
    ]
    tally.take(EVENTS[2])
    assert not tally.waiting


def test_the_closing_words_say_what_went_wrong_and_what_to_do():
    """Problems first, then the counts, then the next step."""
    tally = summary.Tally()
    for event in EVENTS:
        tally.take(event)
    text = summary.closing_text(tally)
    for words in (
        "bad-value",
        "blocked: c needs b",
        "outcome unknown: d: no answer; maybe charged, about $0.25",
        "--retry-unknown",
        "Incomplete: 1 built, 4 up to date, 1 failed, 1 blocked (2.0 s).",
        "Files written: 2 in site/img.",
        "Removed: site/old.png.",
        "site/mine.png (--force overwrites them)",
        "Drawn: 1 picture, $0.50.",
        "Next: mend what failed",
    ):
        assert words in text
    assert "Incomplete" not in summary.closing_text(tally, quiet=True)


def _closing(exit_code, *told):
    tally = summary.Tally()
    tally.take(
        events.PlanEvent(
            assets=3, draws=3, estimate_usd=None, by_action={}, to_do=("a", "b", "c")
        )
    )
    for event in told:
        tally.take(event)
    failed = len(tally.failed)
    tally.take(
        events.Summary(
            exit_code=exit_code,
            built=0,
            up_to_date=0,
            failed=failed,
            blocked=0,
            written=0,
        )
    )
    return summary.closing_text(tally)


def test_what_was_not_started_is_counted_where_the_build_stopped_early():
    """A refused key ends a build; what nobody tried has not failed."""
    failed = events.AssetFailed(asset="a", code="credentials", message="refused")
    text = _closing(9, failed)
    assert "Incomplete: 1 failed, 2 not started" in text
    assert "mend" not in text  # the asset is not to blame
    assert "Next: once that is in order" in text


def test_an_unknown_outcome_is_nothing_to_mend():
    """The ways out are asking again and settling, each said once."""
    failed = events.AssetFailed(asset="a", code="outcome-unknown", message="no answer")
    unknown = events.UnknownOutcome(
        asset="a", key="k", message="no answer", estimate_usd=0.25
    )
    text = _closing(1, failed, unknown)
    assert "mend" not in text
    assert text.count("--retry-unknown") == text.count("cost --dismiss") == 1
    other = events.AssetFailed(asset="b", code="failed", message="no")
    assert "Next: mend what failed" in _closing(1, failed, unknown, other)


def test_progress_lines_hold_no_control_characters():
    """Logs stay readable whatever a provider answers."""
    tally = summary.Tally()
    event = events.AssetBlocked(asset="a", because=HOSTILE)
    tally.take(event)
    line = summary.progress_line(tally, event)
    assert line is not None
    assert line.isprintable()
