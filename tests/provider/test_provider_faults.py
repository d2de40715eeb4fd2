"""What the server can do to a build, one way after the other.

For each: how the build ends, what it says, how many requests were made, and (in the
fixture `project`) that what was charged is banked or told as unknown.
"""

from __future__ import annotations

import socket

import pytest
from fakeapi import FakeApi
from paidlab import KEY, icons

SOON = {"headers": {"retry-after-ms": "2"}}
"""So that nobody waits long in a test: the server says how long to wait."""
NO_MONEY = (
    "insufficient_quota",
    "credit_balance_exhausted",
    "organization_spend_limit_exceeded",
    "project_spend_limit_exceeded",
    "organization_usage_limit_exceeded",
)


@pytest.fixture
def nobody_listens():
    """Return a port of this machine where nothing listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


def said(events) -> list[str]:
    """Return what was said of draws on the way, the usual words left out."""
    words = [each["message"] for each in events.of("asset_progress")]
    return [each for each in words if "try" in each or "waiting" in each]


# --- never connected ----------------------------------------------------------


@pytest.mark.usefixtures("no_waiting")
def test_where_nothing_listens_it_is_tried_some_times_and_costs_nothing(
    project, nobody_listens
) -> None:
    """Safe to repeat: bounded tries, no unknown outcome, the host is named."""
    project.write(icons(1))
    url = f"http://127.0.0.1:{nobody_listens}/v1"
    ended, events = project.events("--retries", "2", OPENAI_BASE_URL=url)
    assert ended.code == 1
    (failed,) = events.of("asset_failed")
    assert f"127.0.0.1:{nobody_listens}" in failed["message"]
    assert [each.count("try 2 of 3") for each in said(events)] == [1, 0]
    assert [each.count("try 3 of 3") for each in said(events)] == [0, 1]
    assert "outcome unknown" not in ended.err


@pytest.mark.usefixtures("no_waiting")
def test_where_tls_fails_nothing_was_sent(project, fake) -> None:
    """The server speaks plain HTTP; nobody got the key or the prompt."""
    project.write(icons(1))
    url = fake.base_url.replace("http:", "https:")
    ended, events = project.events("--retries", "1", OPENAI_BASE_URL=url)
    assert ended.code == 1
    assert fake.posts == 0
    assert events.of("unknown_outcome") == []
    assert ["try 2 of 2" in each for each in said(events)] == [True]


@pytest.mark.usefixtures("no_waiting")
def test_a_server_that_is_there_at_the_second_try_gets_the_request(
    project, fake, monkeypatch
) -> None:
    """One failure to connect is no failure of the build."""
    connect, refused = socket.create_connection, []

    def unlucky(*given, **named):
        if not refused:
            refused.append(given)
            raise ConnectionRefusedError(111, "Connection refused")
        return connect(*given, **named)

    monkeypatch.setattr(socket, "create_connection", unlucky)
    project.write(icons(1))
    ended = project.run()
    assert (ended.code, len(refused), fake.posts) == (0, 1, 1), ended.err


# --- sent, and no answer ------------------------------------------------------


@pytest.mark.parametrize("word", ["reset", "close", "cut"])
def test_a_broken_connection_is_never_repeated_by_itself(project, fake, word) -> None:
    """Outcome unknown, with what it may have cost; asked again when somebody says so."""
    fake.next(word)
    project.write(icons(1))
    ended = project.run()
    assert ended.code == 1
    assert (fake.posts, fake.charged) == (1, 1)
    assert "outcome unknown: " in ended.err
    assert "$0.0138" in ended.err
    assert "--retry-unknown" in ended.err
    again = project.run("build", "--retry-unknown")
    assert (again.code, fake.posts) == (0, 2), again.err


@pytest.mark.parametrize("word", ["silent", "drip headers", "drip body"])
def test_a_call_ends_at_its_deadline_whatever_trickles_in(project, fake, word) -> None:
    """A byte now and then keeps no call alive: the deadline is for all of it."""
    fake.next(word, every_s=0.02)
    project.write(icons(1))
    ended = project.run("build", "--request-timeout", "0.3")
    assert ended.code == 1
    assert (fake.posts, fake.charged) == (1, 1)
    assert "outcome unknown: " in ended.err
    assert "no answer" in ended.err


# --- error answers ------------------------------------------------------------


def test_429_stops_all_workers_for_as_long_as_it_says(project, fake) -> None:
    """Exactly one more request for the one that was turned away, and not too early."""
    fake.next("error", status=429, headers={"retry-after-ms": "150"})
    fake.next("late", latency_s=0.05)
    project.write(icons(6))
    ended, events = project.events("--jobs", "2")
    assert ended.code == 0, ended.err
    assert (fake.posts, fake.charged) == (7, 6)
    turned_away = next(each for each in fake.requests if each.status == 429)
    beside, *later = (each for each in fake.requests if each is not turned_away)
    assert beside.behaviour == "late"
    assert min(each.at_s for each in later) >= turned_away.ended_s + 0.15
    asked = [each.prompt for each in fake.requests]
    assert asked.count(turned_away.prompt) == 2
    assert any("rate limited, waiting" in each for each in said(events))


@pytest.mark.parametrize("wait", ["0", {"date_in_s": -5}], ids=["seconds", "date"])
def test_retry_after_may_be_seconds_or_a_date(project, fake, wait) -> None:
    """Both forms are understood: neither leads to the usual wait of a second."""
    fake.next("error", status=429, retry_after=wait)
    project.write(icons(1))
    ended = project.run()
    assert (ended.code, fake.posts) == (0, 2), ended.err


def test_a_pause_that_is_too_long_fails_the_asset(project, fake) -> None:
    """Over five minutes nobody waits; it says when to come again."""
    fake.when("Icon 0", "error", status=429, retry_after=7200)
    project.write(icons(2))
    ended = project.run("build", "--jobs", "1")
    assert ended.code == 1
    assert (fake.posts, fake.charged) == (2, 1)
    assert "120 minutes" in ended.err


@pytest.mark.parametrize("code", NO_MONEY)
def test_without_money_nothing_more_is_started(project, fake, code) -> None:
    """No retry, 9, and where to look."""
    fake.when("Icon", "money", code=code)
    project.write(icons(4))
    ended = project.run("build", "--jobs", "1")
    assert (ended.code, fake.posts, fake.charged) == (9, 1, 0), ended.err
    assert "no money" in ended.err
    assert ended.err.count("no money") == 1


@pytest.mark.parametrize("status", [500, 502, 503])
def test_a_server_error_is_repeated_a_few_times(project, fake, status) -> None:
    """Two failures, then a picture: three requests, one charge."""
    fake.next("error", status=status, times=2, **SOON)
    project.write(icons(1))
    ended, events = project.events()
    assert (ended.code, fake.posts, fake.charged) == (0, 3, 1), ended.err
    assert [each.partition(": try ")[2][:6] for each in said(events)] == [
        "2 of 5",
        "3 of 5",
    ]


def test_a_server_that_stays_broken_fails_the_asset(project, fake) -> None:
    """As many repeats as `--retries` says, then 1 and the service's words."""
    fake.when("Icon 0", "error", status=500, message="Nothing works today.", **SOON)
    project.write(icons(2))
    ended = project.run("build", "--retries", "3", "--jobs", "1")
    assert (ended.code, fake.charged) == (1, 1)
    assert [each.prompt for each in fake.requests].count("Icon 0") == 4
    assert "Nothing works today." in ended.err
    assert "outcome unknown" not in ended.err


def test_each_try_reserves_its_budget_and_gives_it_back(project, fake) -> None:
    """A budget for one picture is enough for three tries; failures are free."""
    fake.next("error", status=500, times=2, **SOON)
    project.write(icons(1))
    ended = project.run("build", "--max-cost", "0.03")
    assert (ended.code, fake.posts, fake.charged) == (0, 3, 1), ended.err


def test_moderation_is_remembered_and_stands_at_the_prompts_line(project, fake) -> None:
    """Never repeated, not by later builds either, unless somebody says so."""
    fake.when("Icon 1", "moderation", stage="output", categories=["weapons", "gore"])
    project.write(icons(2))
    ended = project.run()
    assert ended.code == 1
    assert (fake.posts, fake.charged) == (2, 1)
    line = next(
        number
        for number, text in enumerate(
            (project.root / "assets.yaml").read_text().splitlines(), 1
        )
        if "Icon 1" in text
    )
    assert f"assets.yaml:{line}:" in ended.err
    for word in ("moderation", "output", "weapons", "gore"):
        assert word in ended.err
    for _ in range(2):
        again = project.run()
        assert (again.code, fake.posts) == (1, 2)
        assert "moderation" in again.err
    fake.behave()
    asked = project.run("build", "--retry-rejected")
    assert (asked.code, fake.posts) == (0, 3), asked.err


def test_a_refused_request_is_not_repeated_and_its_reason_is_escaped(
    project, fake
) -> None:
    """400: the service's words, without their control characters."""
    fake.next(
        "error", status=400, code="invalid_image_file", kind="invalid_request_error",
        param="image", message="No \x1b[31mred\x1b[0m\rpictures\u202e today.",
    )  # fmt: skip
    project.write(icons(1))
    ended = project.run()
    assert (ended.code, fake.posts, fake.charged) == (1, 1, 0)
    assert "pictures" in ended.err
    assert "\x1b" not in ended.err
    assert "\r" not in ended.err
    assert "\u202e" not in ended.err


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_key_stops_the_build_with_one_message(project, fake, status) -> None:
    """9 at once; of the key at most its last four characters."""
    fake.when("Icon", "error", status=status, message="Incorrect API key: {key}.")
    project.write(icons(5))
    ended = project.run("build", "--jobs", "1")
    assert (ended.code, fake.posts) == (9, 1), ended.err
    assert ended.err.count("refused the key") == 1
    assert KEY[-4:] in ended.err
    assert KEY[-9:-4] not in ended.err


def test_a_refused_key_is_told_once_with_many_in_flight(project, fake) -> None:
    """Those that were sent beside it end as it did; it is one message all the same."""
    fake.key = "sk-another"
    project.write(icons(12))
    ended = project.run("build", "--jobs", "4")
    assert ended.code == 9
    assert fake.posts <= 4
    assert ended.err.count("refused the key") == 1


def test_a_missing_model_fails_its_assets_and_names_another(project, fake) -> None:
    """One request for it; assets of other models are drawn; 1."""
    fake.when("Icon", "error", status=404, code="model_not_found")
    other = "  other: {prompt: Other, model: gpt-image-2, outputs: [other.png]}\n"
    project.write(icons(4, "model: gpt-image-1.5, size: 1024x1024, ") + other)
    ended = project.run("build", "--jobs", "1")
    assert ended.code == 1, ended.err
    assert (fake.posts, fake.charged) == (2, 1)
    assert "gpt-image-1.5" in ended.err
    assert "gpt-image-2.6-flare" in ended.err
    assert list(project.outputs()) == ["other.png"]


def test_a_redirect_is_not_followed(project, fake) -> None:
    """Neither the prompt nor the key go to another host; the asset fails, free."""
    fake.next("redirect")
    project.write(icons(1))
    ended = project.run()
    assert (ended.code, fake.posts, fake.charged) == (1, 1, 0)
    assert fake.strays == []
    assert "redirect to localhost" in ended.err


# --- before anything is sent --------------------------------------------------


def test_without_a_key_nothing_happens_and_both_ways_out_are_named(
    project, fake
) -> None:
    """9: set the variable, or use the placeholder; no file is written."""
    project.write(icons(2))
    ended = project.run(OPENAI_API_KEY=None)
    assert (ended.code, fake.posts) == (9, 0), ended.err
    assert "OPENAI_API_KEY" in ended.err
    assert "--provider placeholder" in ended.err
    assert not (project.root / "site").exists()
    assert not (project.root / "assets.lock").exists()
    assert list(project.ledger.entries()) == []


def test_without_a_key_what_is_banked_is_still_built(project, fake) -> None:
    """A key is needed for draws only."""
    project.write(icons(2))
    assert project.run().code == 0
    (project.root / "site/icon0.png").unlink()
    ended = project.run(OPENAI_API_KEY=None)
    assert (ended.code, len(project.outputs())) == (0, 2), ended.err
    assert fake.posts == 2


def test_a_plan_over_the_budget_draws_nothing(project, fake) -> None:
    """5, with both sums and the ways out."""
    project.write(icons(4))
    ended = project.run("build", "--max-cost", "0.05")
    assert (ended.code, fake.posts) == (5, 0), ended.err
    assert "$0.05" in ended.err
    assert "--max-cost" in ended.err
    assert "--up-to-budget" in ended.err
    partly = project.run("build", "--max-cost", "0.05", "--up-to-budget")
    assert partly.code == 5
    assert 0 < fake.charged < 4


# --- limits -------------------------------------------------------------------


@pytest.mark.usefixtures("no_waiting")
def test_a_limited_account_draws_all(project_at) -> None:
    """Turned away by a real rate limit, a build waits and ends with everything."""
    with FakeApi(images_per_window=3, window_s=0.2) as fake:
        project = project_at(fake)
        project.write(icons(9))
        ended = project.run("build", "--retries", "30")
        assert ended.code == 0, ended.err
        assert fake.charged == 9


def test_no_more_requests_are_in_flight_than_jobs_allow(project, fake) -> None:
    """Eight without a word; as many as `--jobs` says with one."""
    fake.latency_s = 0.02
    project.write(icons(20))
    assert project.run().code == 0
    assert fake.most_in_flight <= 8
    fake.most_in_flight = 0
    project.write(icons(30).replace("Icon", "Other"))
    assert project.run("build", "--jobs", "3").code == 0
    assert fake.most_in_flight <= 3
