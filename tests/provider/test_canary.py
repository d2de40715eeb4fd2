"""The key of the service is in nothing that any command writes or prints.

The fixture `project` looks into every file below its folder after each test: the
project, the home folder, and what commands printed.
"""

from __future__ import annotations

import pytest
from fakeapi import FakeApi
from paidlab import CANARY, KEY, icons

COMMANDS = (
    ("doctor",),
    ("doctor", "--format", "json"),
    ("plan",),
    ("plan", "--format", "json"),
    ("check",),
    ("models",),
    ("models", "--check"),
    ("show", "icon0"),
    ("show", "icon0", "--format", "json"),
    ("show", "icon0", "--curl"),
    ("show", "icon0", "--openapi"),
    ("why", "icon0"),
    ("graph",),
    ("build", "-v"),
    ("build", "--json"),
)


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_no_command_shows_the_key(project, words) -> None:
    """At most its last four characters."""
    project.write(icons(1))
    ended = project.run(*words)
    assert ended.code in {0, 1}, ended.err
    said = ended.out + ended.err
    assert KEY[:-4] not in said
    assert KEY[3:9] not in said


def test_the_doctor_shows_whom_it_asks_and_the_end_of_the_key(project, fake) -> None:
    """So that one can tell two keys apart."""
    project.write(icons(1))
    said = project.run("doctor").out
    assert KEY[-4:] in said
    assert fake.url.removeprefix("http://") in said


ECHOES = (
    {"status": 400, "message": "You sent Authorization: Bearer {key}"},
    {"status": 401, "message": "Incorrect API key provided: {key}."},
    {"status": 401, "message": "Incorrect API key provided: sk-CANARY-5b***k3yT."},
    {"status": 403, "message": "The project of {key} has no access", "code": "{key}"},
    {"status": 401, "message": "This is no key: sk-svcacct-CANARY-of-somebody-else"},
    {"status": 404, "message": "No such model for {key}"},
    {"status": 422, "message": "{key}" * 200},
    {"status": 429, "code": "insufficient_quota", "message": "No money for {key}"},
    {"status": 500, "message": "Crashed with {key}", "retry_after": "0.001"},
    {"status": 418, "message": "x" * 490 + "{key}"},
    {"status": 400, "message": "a", "param": KEY},
    {"status": 400, "message": "a", "code": KEY, "kind": KEY},
    {"status": 307, "message": "a", "headers": {"location": f"http://{KEY}/{KEY}"}},
)


@pytest.mark.parametrize("echo", ECHOES, ids=lambda each: str(each["status"]))
def test_a_service_that_echoes_the_key_is_not_repeated(project, fake, echo) -> None:
    """Neither on the terminal nor in ledger, events or store."""
    fake.when("Icon", "error", **echo)
    project.write(icons(2))
    for words in (("build", "-v"), ("build", "--json", "--retry-rejected")):
        ended = project.run(*words)
        assert ended.code in {1, 9}, ended.err
        assert CANARY.decode() not in ended.out + ended.err


@pytest.mark.parametrize(
    "options",
    [
        {"body": f"<html>{KEY}</html>"},
        {"body": f'{{"data": [{{"b64_json": "{KEY}"}}]}}',
         "media_type": "application/json"},
        {"body": f'{{"data": [{{"url": "http://127.0.0.1:9/{KEY}"}}]}}',
         "media_type": "application/json"},
        {"body": "", "media_type": KEY},
    ],
    ids=["html", "base64", "url", "type"],
)  # fmt: skip
def test_a_useless_answer_that_holds_the_key_is_kept_without_it(
    project, fake, options
) -> None:
    """Bytes that are kept for inspection go through the same sieve."""
    fake.when("Icon", "raw", **options)
    project.write(icons(1))
    ended = project.run("build", "-v")
    assert ended.code == 1, ended.err
    assert "outcome unknown" in ended.err
    assert CANARY.decode() not in ended.out + ended.err


def test_a_stream_that_ends_with_the_key_does_not_show_it(project, fake) -> None:
    """An error event is a message, too."""
    fake.when("Icon", "stream error", message=f"Crashed with {KEY}", code="odd")
    project.write(icons(1))
    ended = project.run("build", "-v", "--partials", "1")
    assert ended.code == 1
    assert CANARY.decode() not in ended.out + ended.err


def test_a_bug_of_ours_does_not_show_the_key(project, monkeypatch) -> None:
    """Tracebacks hold values; they are printed without it."""
    from assetgen.providers.openai_images.provider import OpenAIProvider

    def broken(*_given, **_named):
        raise RuntimeError(f"headers were {{'authorization': 'Bearer {KEY}'}}")

    monkeypatch.setattr(OpenAIProvider, "_wire", broken)
    project.write(icons(1))
    project.unsent = 1  # it was written down, and nobody knows how far it came
    ended = project.run("build", "-v")
    assert ended.code == 70
    assert CANARY.decode() not in ended.out + ended.err


def test_a_key_with_a_line_end_is_refused_without_being_shown(project) -> None:
    """A header cannot hold it; a file that was read whole often has one."""
    project.write(icons(1))
    for key in (f"{KEY}\n{KEY}", f"{KEY}\u00e9"):
        ended = project.run("build", "-v", OPENAI_API_KEY=key)
        assert ended.code == 9, ended.err
        assert CANARY.decode() not in ended.out + ended.err


def test_the_key_goes_to_its_server_and_nowhere_else(project_at) -> None:
    """Not to a redirect's host, not to a picture's address."""
    with FakeApi(other=True, url_answers=True) as fake:
        project = project_at(fake)
        project.write(icons(2))
        fake.next("redirect")
        assert project.run("build", "--jobs", "1").code == 1
        assert {each.headers["authorization"] for each in fake.requests} == {
            f"Bearer {KEY}"
        }
        elsewhere = [headers for _, headers in fake.downloads + fake.strays]
        assert all(KEY not in str(headers) for headers in elsewhere)
        assert len(elsewhere) == 1


def test_the_placeholder_needs_no_key_and_sends_nothing(project, fake) -> None:
    """A fork's pull request builds without secrets."""
    project.write(icons(2))
    ended = project.run("build", "--provider", "placeholder", OPENAI_API_KEY=None)
    assert (ended.code, fake.posts) == (0, 0), ended.err
