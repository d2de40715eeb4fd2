"""Runs that CI makes for other people's files pay nothing, whatever key they have."""

from __future__ import annotations

import json

import pytest
from ciruns import KEY, event, pull_request, run
from fakeapi import FakeApi

from assetgen.trust import event_of, trust_of

OWN, FORK = "owner/game", "mallory/game"
SPEC = """\
version: 1
provider: openai
defaults: {model: gpt-image-2.6-flare, size: 1024x1024, quality: low}
assets:
  hero: {prompt: A lighthouse, outputs: [hero.png]}
"""


def following(head: str | None) -> dict:
    """Return the event of a workflow that follows another."""
    return {
        "workflow_run": {
            "event": "pull_request",
            "head_repository": head and {"full_name": head},
            "repository": {"full_name": OWN},
        }
    }


GITLAB = "CI_MERGE_REQUEST_SOURCE_PROJECT_ID", "CI_MERGE_REQUEST_PROJECT_ID"
MIRROR = (
    "CI_EXTERNAL_PULL_REQUEST_SOURCE_REPOSITORY",
    "CI_EXTERNAL_PULL_REQUEST_TARGET_REPOSITORY",
)


@pytest.mark.parametrize(
    ("name", "data", "doubt"),
    [
        ("push", {}, None),
        ("push", None, None),
        ("schedule", {}, None),
        ("workflow_dispatch", {}, None),
        ("merge_group", {}, None),
        ("pull_request", pull_request(OWN), None),
        ("pull_request", pull_request("Owner/Game"), None),
        ("pull_request", pull_request(FORK), "from mallory/game, which is not owner"),
        ("pull_request", pull_request(None), "does not say from which"),
        ("pull_request", None, "does not say from which"),
        ("pull_request", [], "does not say from which"),
        ("pull_request", {"pull_request": 5}, "does not say from which"),
        ("pull_request", pull_request("", ""), "does not say from which"),
        ("pull_request_review", pull_request(FORK), "mallory"),
        ("pull_request_review", pull_request(OWN), None),
        ("pull_request_review_comment", {}, "does not say"),
        ("an_event_of_tomorrow", pull_request(FORK), "mallory"),
        ("pull_request_target", pull_request(OWN), "secrets beside the files"),
        ("pull_request_target", None, "secrets beside the files"),
        ("issue_comment", {"issue": {"pull_request": {}}}, "comment on a pull"),
        ("issue_comment", {"issue": {"number": 1}}, None),
        ("issue_comment", None, "does not say on what"),
        ("workflow_run", following(OWN), None),
        ("workflow_run", following(FORK), "mallory"),
        ("workflow_run", following(None), "does not say"),
        ("workflow_run", None, "does not say"),
    ],
)
def test_an_event_says_whose_files_these_are(name, data, doubt):
    """On GitHub: the event's name, and the repositories in its file."""
    found = trust_of({"GITHUB_EVENT_NAME": name}, data).doubt
    assert (found is None) == (doubt is None), found
    assert (doubt or "") in (found or "")


@pytest.mark.parametrize(
    ("environ", "doubt"),
    [
        ({}, None),
        ({"CI_PIPELINE_SOURCE": "push"}, None),
        (dict.fromkeys(GITLAB, "7"), None),
        (dict(zip(GITLAB, "87", strict=True)), "from project 8, not 7"),
        ({"CI_PIPELINE_SOURCE": "merge_request_event"}, "nothing says"),
        ({GITLAB[0]: "7"}, "nothing says"),
        ({GITLAB[1]: "7"}, "nothing says"),
        (dict.fromkeys(MIRROR, "owner/game"), None),
        (dict(zip(MIRROR, (FORK, OWN), strict=True)), f"{FORK}, not {OWN}"),
        ({"CI_PIPELINE_SOURCE": "external_pull_request_event"}, "nothing says"),
        ({"GITLAB_CI": "true", "CI_PIPELINE_SOURCE": "push"}, None),
        ({"GITLAB_CI": "true"}, "for (CI_PIPELINE_SOURCE)"),
        ({"GITHUB_ACTIONS": "true"}, "for (GITHUB_EVENT_NAME)"),
        ({"GITHUB_ACTIONS": "true", "GITHUB_EVENT_NAME": ""}, "does not say"),
        ({"GITHUB_ACTIONS": "true", "GITHUB_EVENT_NAME": "push"}, None),
        ({"CI": "true"}, None),
    ],
)
def test_the_variables_of_a_service_say_whose_files_these_are(environ, doubt):
    """The two projects of a request; a run that nothing is known of must not pay."""
    found = trust_of(environ, None).doubt
    assert (found is None) == (doubt is None), found
    assert (doubt or "") in (found or "")


@pytest.mark.parametrize("text", ["", "{", "[" * 100_000, "\x00"])
def test_an_event_that_is_no_json_says_nothing(text):
    """A file that cannot be read counts as missing."""
    assert event_of(text) is None


@pytest.fixture
def project(tmp_path, monkeypatch):
    """Return a folder with one asset that costs money."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "assets.yaml").write_text(SPEC)
    return tmp_path


@pytest.fixture
def fake():
    """Return a server that counts what is asked of it."""
    with FakeApi() as found:
        yield found


def with_key(fake: FakeApi) -> dict[str, str]:
    """Return the variables of a workflow that was given a key."""
    return {"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": fake.base_url}


def test_a_fork_with_a_key_pays_nothing_unless_somebody_vouches(project, fake):
    """6 before anything is sent; the message names the fork and the way out."""
    environ = with_key(fake) | event(project, "pull_request", pull_request(FORK))
    done = run("build", **environ)
    assert done.code == 6, done.err
    assert "hero would have to be paid for, and this run is for a pull" in done.err
    assert FORK in done.err
    assert "--trust-fork" in done.err
    assert not fake.requests
    done = run("build", "--trust-fork", **environ)
    assert (done.code, fake.charged) == (0, 1), done.err
    # Nothing is left to pay: the same run needs nobody's word any more.
    assert run("build", **environ).code == 0
    done = run("reroll", "hero", **environ)
    assert (done.code, fake.charged) == (6, 1), done.err
    done = run("reroll", "hero", "--trust-fork", **environ)
    assert (done.code, fake.charged) == (0, 2), done.err


def test_a_fork_does_all_that_costs_nothing(project, fake):
    """Plan, check, stand-ins, and the lock's gate work as ever; without a key, too."""
    environ = event(project, "pull_request_target", pull_request(FORK))
    for more in ({}, with_key(fake)):
        assert run("check", **environ, **more).code == 0
        assert run("plan", **environ, **more).code == 0
        assert run("build", "--locked", **environ, **more).code == 4
        assert run("build", "--dry-run", **environ, **more).code == 0
        done = run("build", "--provider", "placeholder", **environ, **more)
        assert done.code == 0, done.err
    assert not fake.requests


@pytest.mark.usefixtures("project")
def test_a_run_that_does_not_say_what_it_is_for_pays_nothing(fake):
    """A runner without the event's name: somebody has to vouch for it."""
    environ = with_key(fake) | {"GITHUB_ACTIONS": "true"}
    done = run("build", **environ)
    assert (done.code, fake.charged) == (6, 0), done.err
    assert "does not say what it is for (GITHUB_EVENT_NAME)" in done.err
    assert run("build", "--trust-fork", **environ).code == 0
    assert fake.charged == 1


def test_refusal_comes_before_the_question_for_a_key_or_money(project):
    """A fork's run has no key, and that is not what is wrong with it."""
    environ = event(project, "pull_request", pull_request(FORK))
    assert run("build", "--max-cost", "0", **environ).code == 6
    own = event(project, "pull_request", pull_request(OWN))
    assert run("build", **own).code == 9


def test_an_event_that_cannot_be_read_is_not_trusted(project, fake):
    """No file, a folder, no JSON: whoever pays must know for whom."""
    base = {"GITHUB_EVENT_NAME": "pull_request"} | with_key(fake)
    (project / "torn.json").write_text(json.dumps(pull_request(OWN))[:-3])
    for path in ("missing.json", ".", "torn.json", ""):
        done = run("build", GITHUB_EVENT_PATH=path, **base)
        assert done.code == 6, (path, done.err)
    assert not fake.requests


def test_what_an_event_says_is_shown_escaped(project):
    """A repository's name is somebody else's text."""
    data = pull_request("mallory/\x1b[2J\n::error::x")
    done = run("build", GITHUB_ACTIONS="true", **event(project, "pull_request", data))
    assert done.code == 6
    assert "\x1b" not in done.err
    assert not [each for each in done.commands if each.data == "x"]
