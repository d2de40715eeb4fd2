"""Killed at any moment: nothing half-written, nothing paid twice, nothing forgotten."""

from __future__ import annotations

import json
import os
import random
import time

from faultlab import assert_intact, assert_recovers, icons

KILLS = int(os.environ.get("ASSETGEN_KILLS", "40"))
MOST_STEPS = 400


def test_a_crash_between_any_two_write_steps_is_survived(project_of):
    """Killed at the Nth write step, for every N: intact, and the re-run pays the rest."""
    for step in range(1, MOST_STEPS):
        project = project_of(step)
        project.write(icons(2, chain=True))
        ended = project.fail_at(f"*=crash@{step}", "build", "--jobs", "1")
        if ended.code == 0:
            break
        assert ended.code == -9, ended.err
        assert_intact(project, unsent=1)
        assert_recovers(project, 2, unsent=1)
    assert 30 < step < MOST_STEPS - 1


def test_a_crash_of_a_build_that_changes_everything_is_survived(project_of):
    """Every file is the old or the new one; what nobody declares any more goes later."""
    template = project_of(0)
    template.write(icons(3))
    assert template.run().code == 0
    old = template.outputs()
    for step in range(1, MOST_STEPS):
        project = project_of(step)
        project.copy_from(template)
        project.write(icons(2).replace("Icon 0", "Another icon"))
        ended = project.fail_at(f"*=crash@{step}", "build", "--jobs", "1")
        if ended.code == 0:
            break
        assert ended.code == -9, ended.err
        assert_intact(project, unsent=1)
        now = project.outputs()
        assert now["icon1.png"] == old["icon1.png"]
        again = project.run("build", "--retry-unknown")
        assert again.code == 0, again.err
        assert sorted(project.outputs()) == ["icon0.png", "icon1.png"]
        assert project.outputs()["icon0.png"] != old["icon0.png"]
        assert_intact(project, unsent=1)
    assert 20 < step < MOST_STEPS - 1


def test_a_crash_between_answer_and_bank_is_told_with_its_price(project):
    """At most that answer is lost; the next build prints it and does not ask again."""
    project.write(icons(3))
    ended = project.fail_at("answer.received=crash@2", "build", "--jobs", "1")
    assert ended.code == -9
    assert (len(project.charges()), project.banked()) == (2, 1)
    assert_intact(project)
    again = project.run("build", "--json")
    assert again.code == 1
    told = [json.loads(line) for line in again.out.splitlines()]
    (unknown,) = [each for each in told if each["type"] == "unknown_outcome"]
    assert unknown["estimate_usd"] == 0.01
    assert unknown["key"] == project.charges()[1]
    assert len(project.charges()) == 3  # the third asset's
    assert_intact(project)
    assert_recovers(project, 3)


def test_a_crash_between_bank_and_ledger_costs_nothing_and_is_settled(project):
    """The store knows better than the ledger: nothing is open, nothing is asked."""
    project.write(icons(1))
    ended = project.fail_at("ledger.open=crash@2")
    assert ended.code == -9
    assert (len(project.charges()), project.banked()) == (1, 1)
    assert len(project.ledger.unknown_outcomes()) == 1
    again = project.run("build")
    assert again.code == 0, again.err
    assert "outcome unknown" not in again.err
    assert project.ledger.unknown_outcomes() == ()
    assert len(project.charges()) == 1
    assert_intact(project)
    assert_recovers(project, 1)


def test_a_crash_in_the_memo_costs_nothing(project):
    """Killed while the memo is written, by any of its steps or by SQLite's."""
    project.write(icons(1))
    assert project.fail_at("memo.write=crash").code == -9
    assert len(project.charges()) == 1
    assert_intact(project)
    assert_recovers(project, 1)


def test_kills_at_random_moments_cost_at_most_what_was_in_flight(project_of):
    """Builds of 20 assets, killed again and again until one gets through.

    `ASSETGEN_KILLS` says how often (default 40; 200 for a thorough run).
    """
    chance = random.Random(20)
    kills, projects = 0, 0
    scratch = project_of(0)
    scratch.write(icons(20))
    began = time.monotonic()
    assert scratch.run("build", "--jobs", "4").code == 0
    whole_s = time.monotonic() - began
    while kills < KILLS:
        projects += 1
        project = project_of(projects)
        project.write(icons(20))
        mine = 0
        while kills < KILLS:
            run = project.start("build", "--retry-unknown", "--jobs", "4")
            ended = run.kill_after(chance.uniform(0.0, 1.2) * whole_s)
            assert ended.code in (-9, 0), ended.err
            if ended.code == 0:
                break
            kills, mine = kills + 1, mine + 1
            assert_intact(project, unsent=4 * mine)
        assert_recovers(project, 20, unsent=4 * mine)
        assert len(project.charges()) <= 20 + 4 * mine
