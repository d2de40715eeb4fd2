"""pick, reroll, saved plans and locked checks, as the command line tells them."""

from __future__ import annotations

import contextlib
import datetime as dt
import io
import json
from typing import NamedTuple

import jsonschema
import pytest
from buildings import options
from counted_shop import Shop
from counting import CountingProvider

from assetgen import project, registry
from assetgen.cli import main
from assetgen.cli.console import Console
from assetgen.decide import Action, PlannedAsset
from assetgen.digest import Digest, Key
from assetgen.lockfile import LockLine, write_lock
from assetgen.model import AssetName
from assetgen.outlived import note_on_ended_models
from assetgen.plan import Plan
from assetgen.providers.base import Price
from assetgen.report import plan_text


class Said(NamedTuple):
    code: int
    out: str
    err: str


@pytest.fixture
def provider(monkeypatch):
    """Return a counting provider that specs may name."""
    found = CountingProvider()
    monkeypatch.setitem(registry.BUILT_IN, "counting", lambda: found)
    return found


@pytest.fixture
def shop(tmp_path, provider):
    """Return a project that was built once: two draws of `cat`, and `hat` from it."""
    made = Shop(tmp_path, provider)
    made.edit("A cat\n", "A cat\n    n: 2\n")
    made.build()
    return made


def run(shop, *words, **environ):
    """Run a command in a project."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.chdir(shop.root):
        code = main.run(list(words), Console(environ, out, err))
    return Said(code, out.getvalue(), err.getvalue())


def test_pick_says_what_it_did_and_what_is_left(shop):
    """The draw, the one before, and the price of what the next build draws."""
    done = run(shop, "pick", "cat", "2")
    first, second = (each[:12] for each in shop.lines()["cat"].draws)
    assert done.code == 0, done.err
    assert f"cat: draw 2 ({second}) is the picture now, no longer {first}" in done.err
    assert "What depends on cat is left to the next `assetgen build`:" in done.err
    assert "draw     hat (1 draw, $0.0100)" in done.err
    assert "is the picture already" in run(shop, "pick", "cat", second[:6]).err
    assert run(shop, "pick", "cat", "1", "-q").err == ""


@pytest.mark.parametrize("words", [("cat", "3"), ("dog", "1"), ("cat", "2a"), ("cat",)])
def test_a_pick_of_nothing_ends_with_2(shop, words):
    """With what there is."""
    done = run(shop, "pick", *words)
    assert done.code == 2
    if words == ("cat", "3"):
        assert "(picked)" in done.err


def test_reroll_says_the_price_first_and_the_way_back(shop):
    """With --keep-pick the way there."""
    done = run(shop, "reroll", "cat", "-n", "2")
    assert done.code == 0, done.err
    assert done.err.index("2 new draws, $0.0200; the budget is $5.00") < done.err.index(
        "Drawn: 2 pictures"
    )
    assert "draw 3 is the picture now" in done.err
    kept = run(shop, "reroll", "cat", "--keep-pick")
    assert "`assetgen pick cat 5` takes it" in kept.err
    cost = json.loads(run(shop, "cost", "--json").out)
    assert "reroll" in json.dumps(cost)
    assert shop.provider.total == 6


@pytest.mark.parametrize(
    ("words", "environ", "code"),
    [
        (("--max-cost", "0.001"), {}, 5),
        ((), {"ASSETGEN_MAX_COST": "0.001"}, 5),
        (("-n", "0"), {}, 2),
        (("-n", "11"), {}, 2),
    ],
)
def test_a_reroll_that_may_not_be_draws_nothing(shop, words, environ, code):
    """Over budget, or no such number."""
    done = run(shop, "reroll", "cat", *words, **environ)
    assert (done.code, shop.provider.total) == (code, 3), done.err


def test_a_plan_is_written_read_and_followed(shop):
    """`plan -o` prints the plan as ever; a stale one ends with 4 and the reason."""
    shop.edit("A hat", "A cap")
    planned = run(shop, "plan", "-o", "plan.json")
    assert planned.code == 0, planned.err
    assert "1 to draw" in planned.out
    assert json.loads((shop.root / "plan.json").read_text())["draws"] == 1
    tried = run(shop, "build", "--plan", "plan.json", "--dry-run")
    assert (tried.code, shop.provider.total) == (0, 3), tried.err
    assert run(shop, "build", "--plan", "plan.json").code == 0
    assert shop.provider.total == 4
    again = run(shop, "build", "--plan", "plan.json")
    assert again.code == 4
    assert "hat: its line in the lock changed" in again.err
    assert run(shop, "build", "cat", "--plan", "plan.json").code == 2
    assert run(shop, "build", "--plan", "none.json").code == 2


def test_check_and_plan_can_be_locked(shop):
    """4, with assets and fields; 0 where they agree."""
    for command in ("check", "plan", "build"):
        assert run(shop, command, "--locked").code == 0
    shop.edit("A hat\n", "A cap\n    quality: low\n")
    for command in ("check", "plan", "build"):
        done = run(shop, command, "--locked")
        assert done.code == 4
        assert "disagree about 1 asset: hat (prompt, quality)" in done.err
    assert run(shop, "check").code == 0


def test_every_form_of_a_plan_names_every_action_and_what_the_budget_leaves():
    """Text, Markdown, GitHub, JSON: whoever reads it sees the same."""
    assets = [
        PlannedAsset(name=AssetName(action.value), action=action)
        for action in Action
        if action not in {Action.REMOVE, Action.DRAW}
    ]
    drawn = PlannedAsset(
        name=AssetName("drawn"), action=Action.DRAW, draws=2, estimate=Price(1.25)
    )
    plan = Plan(assets=(*assets, drawn), removals=("old.png",))
    texts = {
        "text": plan_text.as_text(plan, budget_usd=5.0),
        "markdown": plan_text.as_markdown(plan, 5.0),
        "github": plan_text.as_github(plan, 5.0),
    }
    for form, text in texts.items():
        for word in ("restore", "derive", "fetch", "draw", "blocked", "remove"):
            assert word in text, (form, word)
        plain = text.replace("\\", "")
        assert "1 asset up to date, 1 frozen" in plain, form
        assert "$1.25 for 2 draws, budget $5.00 (leaves $3.75)" in plain, form
        assert "old.png" in text
    data = json.loads(plan_text.as_json(plan, 5.0))
    schema = json.loads((project_root() / "schemas/plan.schema.json").read_text())
    jsonschema.validate(data, schema)
    assert {each["action"] for each in data["assets"]} == {
        each.value for each in Action
    }
    assert data["summary"]["budget_left_usd"] == pytest.approx(3.75)


def project_root():
    """Return the repository."""
    from pathlib import Path

    return Path(__file__).parent.parent


# --- models that ended --------------------------------------------------------

OLD = """\
version: 1
provider: openai
defaults: {model: gpt-image-1.5, size: 1024x1024}
assets:
  a: {prompt: A}
  b: {prompt: B}
  c: {prompt: C, model: gpt-image-2.6-flare}
"""


def test_locked_draws_of_a_model_that_ended_stay_valid_and_are_named(
    tmp_path, monkeypatch
):
    """One note with all of them; no error, for nothing has to be drawn."""
    (tmp_path / "assets.yaml").write_text(OLD)
    monkeypatch.setattr(project, "today_of", lambda _: dt.date(2026, 1, 1))
    planned = project.make(options(tmp_path))
    planned.world.memo.close()
    draw = Digest("ab" * 32)
    write_lock(
        tmp_path / "assets.lock",
        [
            LockLine(
                asset=each.name,
                key=Key(each.key or ""),
                operation="generate",
                provider="openai",
                draws=(draw,),
                pick=draw,
                model="gpt-image-2.6-flare" if each.name == "c" else "gpt-image-1.5",
            )
            for each in planned.plan.assets
        ],
    )
    monkeypatch.setattr(project, "today_of", lambda _: dt.date(2027, 6, 1))
    planned = project.make(options(tmp_path))
    planned.world.memo.close()
    assert planned.plan.changes() == 0
    note = note_on_ended_models(planned, dt.date(2027, 6, 1))
    assert note is not None
    assert (note.severity, note.code) == ("note", "model-ended")
    assert "2 assets could not be drawn again" in note.message
    assert "(gpt-image-1.5 on 2026-12-01): a, b" in note.message
    assert note_on_ended_models(planned, dt.date(2026, 1, 1)) is None
    shop = Shop.__new__(Shop)
    shop.root = tmp_path
    told = run(shop, "plan")
    assert told.code == 0, told.err
    assert told.err.count("[model-ended]") == 1
    assert "a, b" in told.err


def test_the_completion_knows_the_new_commands(shop):
    """Names of assets complete for them."""
    for command in ("pick", "reroll"):
        assert command in run(shop, "completion", "bash").out
