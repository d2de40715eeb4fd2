"""What `cost` says is what the service charged and what the builds said."""

from __future__ import annotations

import json

import pytest
from paidlab import icons


def cost(project, *words: str) -> dict:
    """Return what `cost` says."""
    said = project.run("cost", "--json", *words)
    assert said.code == 0, said.err
    return json.loads(said.out)


def summaries(project, *words: str) -> float:
    """Build, and return what the build says that its pictures cost."""
    _, events = project.events(*words)
    (summary,) = events.of("summary")
    return summary["cost_usd"]


def test_the_sums_are_what_builds_said_and_the_service_charged(project, fake) -> None:
    """Over refusals, repeats, further draws and a call that nobody answered."""
    project.write(icons(4, "n: 2, "))
    fake.next("error", status=503, retry_after=0)
    said_usd = summaries(project)
    fake.when("Icon 4", "moderation")
    fake.when("Icon 5", "close")
    project.write(icons(6, "n: 3, "))
    said_usd += summaries(project)
    total = cost(project)["total"]
    answered = [each for each in fake.charges if "Icon 5" not in each.prompt]
    assert total["paid_usd"] == pytest.approx(said_usd, abs=1e-9)
    assert total["paid_usd"] == pytest.approx(
        sum(each.usd for each in answered), abs=1e-9
    )
    assert total["estimated_usd"] == 0
    assert (total["draws"], total["unknown"]) == (12, 1)
    assert total["reroll_draws"] == 4
    assert (total["refused"], total["failed"]) == (1, 1)
    assert total["calls"] == fake.posts


def test_costs_that_no_answer_named_stand_apart(project, fake) -> None:
    """Without usage in the answer the cost is our own figure, and says so."""
    fake.when("Icon 1", "change", drop=["usage"])
    project.write(icons(2))
    said_usd = summaries(project)
    total = cost(project)["total"]
    assert total["estimated_usd"] > 0
    assert total["actual_usd"] == pytest.approx(
        sum(each.usd for each in fake.charges if "Icon 0" in each.prompt), abs=1e-9
    )
    assert total["paid_usd"] == pytest.approx(said_usd, abs=1e-9)
    logged = project.run("log", "icon1")
    assert "about $" in logged.out


def test_log_names_the_model_as_the_service_reported_it(project) -> None:
    """And the key of the service is in no line of it."""
    project.write(icons(1))
    assert project.run().code == 0
    data = json.loads(project.run("log", "icon0", "--format", "json").out)
    (draw,) = data["requests"][0]["draws"]
    assert draw["cost"] == "actual"
    assert draw["request_id"].startswith("req_")
    assert draw["picked"]
