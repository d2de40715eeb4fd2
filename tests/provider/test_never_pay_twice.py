"""Whatever happens to a build, no picture is paid for twice without being told.

The fixture `project` checks the books after each test: what was charged and not banked
is known as unknown.
"""

from __future__ import annotations

import signal
import time
from random import Random

from paidlab import icons


def assert_rest_is_paid_once(project, assets: int) -> None:
    """Assert that a re-run pays only for what was not banked, and the next for nothing."""
    fake = project.fake
    banked, charged = len(project.draws()), fake.charged
    again = project.run("build", "--retry-unknown")
    assert again.code == 0, again.err
    assert fake.charged - charged == assets - banked
    assert project.unknown() == ()
    assert len(project.outputs()) == assets
    last = project.run("build")
    assert (last.code, "up to date" in last.err) == (0, True), last.err


def test_a_build_pays_each_picture_once_and_the_next_pays_nothing(
    project, fake
) -> None:
    """One request an asset; the client library repeats nothing by itself."""
    project.write(icons(5))
    built = project.run()
    assert built.code == 0, built.err
    assert (fake.posts, fake.charged, len(project.outputs())) == (5, 5, 5)
    assert {each.retry_count for each in fake.requests} == {"0"}
    assert "up to date" in project.run().err
    assert fake.posts == 5


def test_two_assets_with_one_request_share_its_picture(project, fake) -> None:
    """Names are not part of what is asked."""
    project.write(
        "  a: {prompt: The same, outputs: [a.png]}\n"
        "  b: {prompt: The same, outputs: [b.png]}\n"
    )
    assert project.run().code == 0
    assert fake.charged == 1
    assert project.outputs()["a.png"] == project.outputs()["b.png"]


def test_renaming_and_moving_costs_nothing(project, fake) -> None:
    """Neither does another path, another tag or another order."""
    project.write(icons(3))
    assert project.run().code == 0
    spec = project.root / "assets.yaml"
    spec.write_text(spec.read_text().replace("icon", "picture"))
    moved = project.run()
    assert moved.code == 0, moved.err
    assert fake.posts == 3
    assert sorted(project.outputs()) == [f"picture{at}.png" for at in range(3)]


def test_fewer_pictures_than_asked_are_banked_and_the_rest_is_asked_for(
    project, fake
) -> None:
    """What came is never asked for again."""
    fake.next("count", pictures=2)
    project.write("  a: {prompt: A, n: 3, outputs: ['a-${draw}.png']}\n")
    built = project.run()
    assert built.code == 0, built.err
    assert [each.fields.get("n", 1) for each in fake.requests] == [3, 1]
    assert sorted(project.draws().values()) == [1, 2]


def test_more_pictures_than_asked_are_banked_as_further_draws(project, fake) -> None:
    """They were paid for; a later wish for more takes them first."""
    fake.next("count", pictures=3)
    project.write("  a: {prompt: A, outputs: ['a-${draw}.png']}\n")
    assert project.run().code == 0
    assert list(project.draws().values()) == [3]
    project.write("  a: {prompt: A, n: 3, outputs: ['a-${draw}.png']}\n")
    assert project.run().code == 0
    assert fake.posts == 1
    assert len(project.outputs()) == 3


# --- killed, interrupted, crashed ---------------------------------------------


def test_kill_9_at_random_moments_costs_no_more_than_what_was_in_flight(
    project, fake
) -> None:
    """Eight kills: what was charged is banked or told as unknown, each time."""
    chance = Random(20)
    jobs = 4
    fake.latency_s = 0.01
    project.write(icons(40))
    for kill in range(1, 9):
        before = fake.charged
        run = project.start("build", "--jobs", str(jobs), "--retry-unknown")
        fake.until(lambda it, least=before: it.charged > least, "another charge")
        time.sleep(chance.uniform(0, 0.03))  # the clock is only the dice
        run.kill(signal.SIGKILL)
        run.wait()
        fake.settle()
        # Written down, and killed before it was sent: told, too, to be on the safe side.
        project.unsent = kill * jobs
        project.assert_books_are_right()
    assert fake.charged > len(project.draws()), "no kill hit anything"
    assert len(project.draws()) < 40, "the builds were too quick to be killed"
    assert_rest_is_paid_once(project, 40)
    assert fake.charged <= 40 + 8 * jobs


def in_flight(project, fake, *words, assets=8):
    """Return a build that waits for five answers."""
    fake.hold()
    project.write(icons(assets))
    run = project.start("build", "--jobs", "5", *words)
    fake.until(lambda it: it.charged == 5, "five requests in flight")
    return run


def until_said(run, words: str) -> None:
    """Wait until a run has printed something."""
    end = time.monotonic() + 20
    while words not in run.err + run.out:
        assert time.monotonic() < end, run.err
        time.sleep(0.003)


def test_ctrl_c_with_five_in_flight_banks_all_five(project, fake) -> None:
    """Nothing new starts, the answers are waited for, 130; the next build goes on."""
    run = in_flight(project, fake)
    run.kill(signal.SIGINT)
    until_said(run, "waiting for")
    fake.release()
    ended = run.wait()
    assert ended.code == 130, ended.err
    assert (fake.posts, fake.charged, len(project.draws())) == (5, 5, 5)
    assert project.unknown() == ()
    assert_rest_is_paid_once(project, 8)


def test_a_second_ctrl_c_ends_at_once_and_lists_what_may_be_lost(project, fake) -> None:
    """130; all five with their price now, and at the next build, until asked again."""
    run = in_flight(project, fake)
    run.kill(signal.SIGINT)
    until_said(run, "waiting for")
    run.kill(signal.SIGINT)
    ended = run.wait(10)
    assert ended.code == 130, ended.err
    assert ended.err.count("outcome unknown: ") == 5
    assert "$0.0" in ended.err
    fake.release()
    again = project.run("build")
    assert again.code == 1
    assert again.err.count("outcome unknown: ") == 5
    assert fake.charged == 8  # the three that had never been asked for
    assert_rest_is_paid_once(project, 8)


def test_ctrl_c_while_a_rate_limit_is_waited_for_ends_at_once(project, fake) -> None:
    """What was not sent needs no waiting for."""
    fake.when("Icon", "error", status=429, retry_after=250)
    project.write(icons(3))
    run = project.start("build", "--jobs", "1", "--json")
    until_said(run, "rate limited, waiting")
    run.kill(signal.SIGINT)
    ended = run.wait(10)
    assert ended.code == 130, ended.err
    assert (fake.posts, fake.charged) == (1, 0)
    fake.behave()
    assert_rest_is_paid_once(project, 3)


def test_a_crash_between_answer_and_bank_is_told_with_its_price(project, fake) -> None:
    """At most that answer is lost; the next build lists it and does not ask again."""
    project.write(icons(3))
    crashed = project.start(
        "build", "--jobs", "1",
        ASSETGEN_TEST="1", ASSETGEN_FAILPOINTS="answer.received=crash@2",
    ).wait()  # fmt: skip
    assert crashed.code == -signal.SIGKILL
    assert (fake.charged, len(project.draws())) == (2, 1)
    told = project.run("build")
    assert told.code == 1
    assert told.err.count("outcome unknown: ") == 1
    assert "$0.0" in told.err
    assert fake.charged == 3
    assert_rest_is_paid_once(project, 3)


def test_a_crash_at_any_write_pays_no_more_than_what_was_in_flight(
    project, fake
) -> None:
    """The process ends at every seventh of its writes in turn."""
    project.write(icons(4))
    crashes, step = 0, 3
    while True:
        run = project.start(
            "build", "--jobs", "2", "--retry-unknown",
            ASSETGEN_TEST="1", ASSETGEN_FAILPOINTS=f"*=crash@{step}",
        )  # fmt: skip
        ended = run.wait()
        fake.settle()
        if ended.code == 0:
            break
        assert ended.code == -signal.SIGKILL, ended.err
        crashes += 1
        project.unsent = crashes * 2
        project.assert_books_are_right()
        step += 7
    assert crashes > 3
    assert_rest_is_paid_once(project, 4)


def test_two_builds_at_once_pay_each_picture_once(project, fake) -> None:
    """The second waits for the first, and then has nothing to do."""
    fake.latency_s = 0.01
    project.write(icons(6))
    runs = [project.start() for _ in range(3)]
    assert [each.wait().code for each in runs] == [0, 0, 0]
    assert (fake.charged, len(project.draws())) == (6, 6)


# --- unknown outcomes ---------------------------------------------------------


def test_an_unknown_outcome_is_told_until_somebody_asks_again(project, fake) -> None:
    """With its price, at every build; never repeated by itself."""
    fake.next("reset")
    project.write(icons(1))
    first = project.run()
    assert first.code == 1
    assert "outcome unknown: " in first.err
    assert "$0.0" in first.err
    for _ in range(2):
        told = project.run()
        assert told.code == 1
        assert "outcome unknown: " in told.err
        assert "--retry-unknown" in told.err
    assert fake.posts == 1
    again = project.run("build", "--retry-unknown")
    assert again.code == 0, again.err
    assert "outcome unknown" not in again.err
    assert (fake.posts, project.run().code) == (2, 0)


def test_what_is_unknown_blocks_only_what_needs_it(project, fake) -> None:
    """The rest is drawn and paid as usual."""
    fake.when("Icon 0", "close")
    project.write(
        icons(3)
        + "  needs: {prompt: Needs it, inputs: [icon0], outputs: [needs.png]}\n"
    )
    ended = project.run()
    assert ended.code == 1
    assert (fake.charged, len(project.draws()), len(project.unknown())) == (3, 2, 1)
    assert "blocked by icon0" in ended.err
    fake.behave()
    again = project.run("build", "--retry-unknown")
    assert again.code == 0, again.err
    assert fake.charged == 5


def test_unknown_outcomes_count_against_the_budget(project, fake) -> None:
    """Money that may be gone is not spent again: one of $0.0138 leaves none of $0.02."""
    project.write(icons(4))
    fake.when("Icon", "reset")
    ended = project.run("build", "--jobs", "1", "--up-to-budget", "--max-cost", "0.02")
    assert ended.code == 5, ended.err
    assert (fake.posts, fake.charged) == (1, 1)
    assert len(project.unknown()) == fake.charged


def test_any_mixture_of_mishaps_keeps_the_books_right(project, fake) -> None:
    """Thirty requests over six builds, each with a mishap drawn by lot."""
    chance = Random(7)
    mishaps = (
        ("reset", {}), ("close", {}), ("cut", {}), ("raw", {}), ("torn", {}),
        ("entries", {"value": []}), ("json", {"value": None}),
        ("entries", {"value": [{"b64_json": "!"}]}), ("change", {"drop": ["usage"]}),
        ("error", {"status": 500, "headers": {"retry-after-ms": "1"}}),
        ("error", {"status": 429, "headers": {"retry-after-ms": "1"}}),
        ("error", {"status": 400}), ("moderation", {}), ("count", {"pictures": 2}),
        ("redirect", {}), ("format", {"output_format": "jpeg"}), ("size", {}),
    )  # fmt: skip
    project.write(icons(10, more="n: 2, "))
    for _ in range(6):
        for _ in range(5):
            word, options = chance.choice(mishaps)
            fake.next(word, **options)
        ended = project.run("build", "--retry-unknown", "--retry-rejected")
        assert ended.code in {0, 1}, ended.err
        project.assert_books_are_right()
        fake.behave()
    ended = project.run("build", "--retry-unknown", "--retry-rejected")
    assert ended.code == 0, ended.err
    assert sum(project.draws().values()) >= 20
