"""Ctrl-C, SIGTERM and failures in the middle: banked, told, and gone on from there."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time

import pytest
from faultlab import PYTHONPATH, assert_intact, assert_recovers, icons

pytestmark = pytest.mark.filterwarnings("error")


def events(text: str, kind: str):
    """Return the events of a kind that a build with --json wrote."""
    found = [json.loads(line) for line in text.splitlines()]
    return [each for each in found if each["type"] == kind]


def start_with_five_in_flight(project, *words, assets=8, **environ):
    """Return a build that waits for five answers, and the file that lets them come."""
    project.write(icons(assets))
    gate = project.beside / "gate"
    run = project.start(
        "build", "--jobs", "5", *words, COUNTING_GATE=str(gate), **environ
    )
    project.until(lambda: len(project.charges()) == 5, "five requests in flight")
    return run, gate


def test_one_ctrl_c_banks_what_is_in_flight_and_starts_nothing(project):
    """All five are banked, the summary says so, 130; the next build pays the rest."""
    run, gate = start_with_five_in_flight(project)
    run.kill(signal.SIGINT)
    time.sleep(0.05)  # the answers come after the signal
    gate.touch()
    ended = run.wait()
    assert ended.code == 130, ended.err
    assert len(project.charges()) == 5
    assert project.banked() == 5
    assert "Interrupted" in ended.err
    assert "goes on from here" in ended.err
    assert_intact(project)
    assert_recovers(project, 8)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_sigterm_and_hang_up_end_the_same_way_with_143(project, number):
    """As Ctrl-C; only the code differs."""
    run, gate = start_with_five_in_flight(project, "--json")
    run.kill(number)
    time.sleep(0.05)
    gate.touch()
    ended = run.wait()
    assert ended.code == 143, ended.err
    (summary,) = events(ended.out, "summary")
    assert summary["interrupted"] is True
    assert project.banked() == 5
    assert_intact(project)
    assert_recovers(project, 8)


def test_two_ctrl_cs_end_at_once_and_say_what_may_be_lost(project):
    """Under two seconds, 130; unknown outcomes are listed now and at the next run."""
    run, _ = start_with_five_in_flight(project)
    began = time.monotonic()
    run.kill(signal.SIGINT)
    time.sleep(0.05)  # or the two signals are one
    run.kill(signal.SIGINT)
    ended = run.wait()
    assert time.monotonic() - began < 5  # 2 s, and the patience of a busy machine
    assert ended.code == 130, ended.err
    assert ended.err.count("outcome unknown: ") == 5
    assert "about $0.01" in ended.err
    assert len(project.unknown()) == 5
    assert_intact(project)
    again = project.run("build")
    assert again.code == 1
    assert again.err.count("outcome unknown: ") == 5
    assert "--retry-unknown" in again.err
    assert len(project.charges()) == 8  # the three that were never asked for
    assert_intact(project)
    assert_recovers(project, 8)


def test_the_real_command_ends_at_the_second_signal(project):
    """As a shell starts it; threads that wait for answers do not keep the process."""
    project.write(icons(2))
    environ = os.environ | {
        "PYTHONPATH": PYTHONPATH,
        "COUNTING_LOG": str(project.log),
        "COUNTING_GATE": str(project.beside / "gate"),
    }
    words = ["build", "--provider", "counting", "--json"]
    with subprocess.Popen(
        [sys.executable, "-m", "assetgen", *words],
        cwd=project.root,
        env=environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        project.until(lambda: len(project.charges()) == 2, "two requests in flight")
        process.send_signal(signal.SIGTERM)
        time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=10)
    assert process.returncode == 143, err
    assert len(events(out, "unknown_outcome")) == 2
    assert err == ""
    assert_intact(project)


def test_ctrl_c_between_the_calls_of_one_asset_ends_the_build(project):
    """An asset that wants three and gets one a call is not asked for the others."""
    project.write("  a: {prompt: FEWER, n: 3, size: 16x16, outputs: [a.png]}\n")
    gate = project.beside / "gate"
    run = project.start("build", COUNTING_GATE=str(gate))
    project.until(lambda: len(project.charges()) == 1, "one request in flight")
    run.kill(signal.SIGINT)
    time.sleep(0.05)
    gate.touch()
    assert run.wait().code == 130
    assert (len(project.charges()), project.banked()) == (1, 1)
    assert project.run("build").code == 0
    assert (len(project.charges()), project.banked()) == (3, 3)
    assert_intact(project)


def test_a_ctrl_c_at_any_moment_leaves_the_project_whole(project_of):
    """While loading, planning, drawing or ending: 130 (or 0, too late), and intact."""
    for number in range(10):
        project = project_of(number)
        project.write(icons(6))
        run = project.start("build", "--jobs", "2", COUNTING_DELAY_S="0.02")
        time.sleep(0.02 + 0.03 * number)
        run.kill(signal.SIGINT)
        ended = run.wait()
        assert ended.code in (0, 130), ended.err
        assert "Traceback" not in ended.err
        assert_intact(project)
        assert_recovers(project, 6)


CHAIN = """\
  base: {prompt: "Base WORD", size: 16x16, outputs: [base.png]}
  middle: {prompt: Middle, inputs: [base], size: 16x16, outputs: [middle.png]}
  top: {prompt: Top, inputs: [middle], size: 16x16, outputs: [top.png]}
  other: {prompt: Other, size: 16x16, outputs: [other.png]}
  another: {prompt: Another, inputs: [other], size: 16x16, outputs: [another.png]}
"""


@pytest.mark.parametrize(
    ("word", "charged"), [("UNAVAILABLE", 0), ("UNKNOWN", 1), ("GARBAGE", 1)]
)
def test_what_needs_a_failed_asset_is_blocked_and_the_rest_is_built(
    project, word, charged
):
    """1, the blocked name their blocker, and a re-run pays only what failed."""
    project.write(CHAIN.replace("WORD", word))
    ended = project.run("build", "--json")
    assert ended.code == 1, ended.err
    blocked = {
        each["asset"]: each["because"] for each in events(ended.out, "asset_blocked")
    }
    assert blocked.keys() == {"middle", "top"}
    assert "base" in blocked.values()
    assert sorted(project.outputs()) == ["another.png", "other.png"]
    assert len(project.charges()) == 2 + charged
    assert len(events(ended.out, "unknown_outcome")) == charged
    assert_intact(project)
    before = len(project.charges())
    again = project.run("build", "--retry-unknown", COUNTING_HEALED="1")
    assert again.code == 0, again.err
    assert len(project.charges()) == before + 3
    assert "outcome unknown" not in again.err
    assert_intact(project)


def test_an_empty_answer_is_an_unknown_outcome(project):
    """Charged, and nothing came: told with its price, and not asked again by itself."""
    project.write("  a: {prompt: NOTHING, size: 16x16, outputs: [a.png]}\n")
    for run in range(2):
        ended = project.run("build", "--json")
        assert ended.code == 1
        (unknown,) = events(ended.out, "unknown_outcome")
        assert unknown["estimate_usd"] == 0.01, run
        assert len(project.charges()) == 1
        assert_intact(project)


def test_an_open_outcome_is_told_until_it_is_asked_again(project):
    """Also once the asset is gone from the spec, and although all is up to date."""
    both = "  a: {prompt: UNKNOWN, size: 16x16, outputs: [a.png]}\n" + icons(1)
    project.write(both)
    assert project.run("build").code == 1
    project.write(icons(1))
    for _ in range(2):
        ended = project.run("build")
        assert ended.code == 0
        assert "outcome unknown: a: " in ended.err
        assert "about $0.01" in ended.err
    project.write(both)
    ended = project.run("build", "--retry-unknown", COUNTING_HEALED="1")
    assert ended.code == 0, ended.err
    assert "outcome unknown" not in ended.err
    assert project.unknown() == []
    assert_intact(project)


@pytest.mark.parametrize("flag", ["--fail-fast", "--keep-going"])
def test_fail_fast_starts_nothing_after_a_failure(project, flag):
    """The one that runs beside it ends; without the flag all others are built."""
    spec = icons(6).replace("Icon 0", "UNAVAILABLE")
    project.write(spec)
    ended = project.run("build", "--jobs", "1", flag)
    assert ended.code == 1
    assert len(project.charges()) == (0 if flag == "--fail-fast" else 5)
    assert_intact(project)


def test_no_money_ends_the_build_at_once_with_9(project):
    """One message, no further calls."""
    project.write(icons(6).replace("Icon 0", "PENNILESS"))
    ended = project.run("build", "--jobs", "1")
    assert ended.code == 9
    assert ended.err.count("no money left") <= 2  # as it happens, and at the end
    assert project.charges() == []
    assert_intact(project)
    again = project.run("build", COUNTING_HEALED="1")
    assert again.code == 0
    assert_intact(project)


def test_more_pictures_than_asked_are_all_banked(project):
    """What was paid for is kept as further draws."""
    project.write("  a: {prompt: MORE, n: 2, size: 16x16, outputs: [a.png]}\n")
    assert project.run("build").code == 0
    assert (len(project.charges()), project.banked()) == (1, 3)


def test_two_assets_with_one_request_make_one_call(project):
    """They share its draws, also within one build."""
    project.write(icons(3).replace("Icon 1", "Icon 0"))
    assert project.run("build").code == 0
    assert (len(project.charges()), project.banked()) == (2, 2)
    assert project.outputs()["icon0.png"] == project.outputs()["icon1.png"]
