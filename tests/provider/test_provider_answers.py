"""What the server can answer: of no use, other than asked, in a stream, by address.

Whatever it is, what was charged is banked or told as unknown (the fixture `project`).
"""

from __future__ import annotations

import io
import json
from base64 import b64encode

import pytest
from fakeapi import FakeApi
from paidlab import KEY, icons
from PIL import Image

# --- 200, and no use ----------------------------------------------------------

USELESS = {
    "html": ("raw", {}),
    "text": ("raw", {"media_type": "text/plain", "body": "all is well"}),
    "empty": ("raw", {"media_type": "application/json", "body": ""}),
    "cut json": ("raw", {"media_type": "application/json", "body": '{"data": ['}),
    "deep json": ("raw", {"media_type": "application/json", "body": "[" * 100_000}),
    "no type": ("raw", {"media_type": "", "body": "{}"}),
    "201 without a picture": (
        "raw",
        {"media_type": "application/json", "body": "{}", "status": 201},
    ),
    "a list": ("json", {"value": []}),
    "null": ("json", {"value": None}),
    "no data": ("change", {"drop": ["data"]}),
    "data null": ("entries", {"value": None}),
    "data empty": ("entries", {"value": []}),
    "data a map": ("entries", {"value": {"b64_json": "aGVsbG8="}}),
    "entry null": ("entries", {"value": [None]}),
    "entry empty": ("entries", {"value": [{}]}),
    "base64 a number": ("entries", {"value": [{"b64_json": 3}]}),
    "bad base64": ("entries", {"value": [{"b64_json": "iVBORw0KGg!!"}]}),
    "no picture": (
        "entries",
        {"value": [{"b64_json": b64encode(b"hello world").decode()}]},
    ),
    "torn picture": ("torn", {}),
}


@pytest.mark.parametrize("case", USELESS)
def test_an_answer_that_cannot_be_used_has_an_unknown_outcome(
    project, fake, case
) -> None:
    """Paid for, perhaps: told as unexpected, never repeated by itself."""
    word, options = USELESS[case]
    fake.next(word, **options)
    project.write(icons(1))
    ended = project.run()
    assert ended.code == 1, ended.err
    assert (fake.posts, fake.charged) == (1, 1)
    assert "unexpected answer" in ended.err
    assert project.outputs() == {}
    told = project.run()
    assert (told.code, fake.posts) == (1, 1)
    again = project.run("build", "--retry-unknown")
    assert (again.code, fake.posts) == (0, 2), again.err


def test_the_bytes_of_a_useless_answer_are_kept_for_inspection(project, fake) -> None:
    """Under a name that the message gives; they count as no draw."""
    body = "<html>Something in between answers</html>"
    fake.next("raw", body=body)
    project.write(icons(1))
    ended = project.run()
    blobs = (project.private / "store/cas").glob("*/*")
    kept = [path for path in blobs if path.read_bytes() == body.encode()]
    assert len(kept) == 1
    assert kept[0].name[:8] in ended.err
    assert f"text/html, {len(body)} bytes" in ended.err
    assert project.draws() == {}


def test_a_key_that_comes_back_in_an_answer_is_not_kept(project, fake) -> None:
    """A proxy that reflects headers; the fixture looks into every file."""
    fake.next("raw", body=f"<html>You sent Authorization: Bearer {KEY}</html>")
    fake.next("raw", media_type=f"text/{KEY}")
    fake.next("error", status=400, message=f"Bad header: Bearer {KEY}")
    fake.next("redirect", location=f"http://{KEY}.example/{KEY}")
    project.write(icons(4))
    assert project.run("build", "-v", "--jobs", "1").code == 1
    assert fake.posts == 4


# --- other than asked ---------------------------------------------------------


def test_another_size_or_format_is_a_warning(project, fake) -> None:
    """The bytes decide; what came is banked, used and told, at the asset's line."""
    fake.when("Icon 0", "size", width=640, height=400)
    fake.when("Icon 1", "format", output_format="jpeg")
    project.write(icons(2, "output_format: png, "))
    ended = project.run()
    assert ended.code == 0, ended.err
    assert "640x400" in ended.err
    assert "1024x640" in ended.err
    assert "jpeg" in ended.err
    assert ended.err.count("warning") >= 2
    assert len(project.outputs()) == 2


def test_no_alpha_although_asked_is_a_warning_and_with_checks_an_error(
    project, fake
) -> None:
    """The prompt beats the flag: what came is kept either way."""
    fake.when("Icon", "alpha", present=False)
    project.write(
        icons(1, "background: transparent, ")
        + "  strict: {prompt: Icon S, background: transparent, "
        "checks: {alpha: required}, outputs: [strict.png]}\n"
    )
    ended = project.run()
    assert ended.code == 1
    assert "transparent" in ended.err
    assert list(project.outputs()) == ["icon0.png"]
    assert len(project.draws()) == 2
    assert project.run().code == 1
    assert fake.posts == 2


def test_no_usage_leaves_an_estimate_that_is_marked(project, fake) -> None:
    """What it cost is then our word, not the service's."""
    fake.next("change", drop=["usage"])
    project.write(icons(1))
    ended = project.run()
    assert ended.code == 0, ended.err
    assert "estimate" in ended.err
    (result,) = [each for each in project.ledger.entries() if each["entry"] == "result"]
    assert result["cost"] == "estimate"
    assert result["cost_usd"] > 0


@pytest.mark.parametrize(
    "usage",
    [
        {}, [], "much", 7, {"output_tokens": -5}, {"output_tokens": "many"},
        {"output_tokens": True}, {"output_tokens": 10**400}, {"output_tokens": 1e300},
        {"input_tokens_details": {"text_tokens": -1}, "output_tokens": 5},
        {"input_tokens_details": "none", "output_tokens": None},
    ],
    ids=lambda each: str(each)[:30],
)  # fmt: skip
def test_usage_that_makes_no_sense_is_no_usage(project, fake, usage) -> None:
    """The picture is banked; what it cost is estimated, and never below nothing."""
    fake.next("change", set={"usage": usage})
    project.write(icons(1))
    ended = project.run()
    assert (ended.code, fake.posts) == (0, 1), ended.err
    (result,) = [each for each in project.ledger.entries() if each["entry"] == "result"]
    assert result["outcome"] == "ok"
    assert 0 < result["cost_usd"] < 1
    assert result["cost"] == "estimate"


def test_a_picture_of_too_many_pixels_is_not_decoded(project, fake) -> None:
    """Small as a file, gigabytes as a picture: its head is enough to leave it."""
    out = io.BytesIO()
    Image.new("1", (30_000, 30_000)).save(out, "PNG")
    data = b64encode(out.getvalue()).decode()
    fake.next("entries", value=[{"b64_json": data}])
    project.write(icons(1))
    ended = project.run()
    assert (ended.code, fake.posts) == (1, 1)
    assert "outcome unknown: " in ended.err
    assert project.draws() == {}


def test_usage_far_above_the_estimate_ends_the_build_at_the_budget(
    project, fake
) -> None:
    """What is banked stays, nothing more is sent, 5; a later build pays the rest."""
    fake.when("Icon 0", "usage", factor=30)
    project.write(icons(5))
    ended = project.run("build", "--jobs", "1", "--max-cost", "0.25")
    assert ended.code == 5, ended.err
    assert fake.charged < 5
    assert len(project.draws()) == fake.charged
    fake.behave()
    again = project.run("build", "--max-cost", "0.25")
    assert (again.code, fake.charged) == (0, 5), again.err


# --- streams ------------------------------------------------------------------


def test_partial_pictures_are_shown_and_never_kept_as_draws(project, fake) -> None:
    """Events name files; what is banked is the completed picture alone."""
    project.write(icons(1))
    ended, events = project.events("--partials", "2")
    assert ended.code == 0, ended.err
    (seen,) = fake.requests
    assert (seen.fields["stream"], seen.fields["partial_images"]) == (True, 2)
    shown = [each for each in events.of("asset_progress") if each.get("partial")]
    assert len(shown) == 2
    assert list(project.draws().values()) == [1]
    assert len(list((project.private / "store/cas").glob("*/*"))) == 1
    assert not list((project.private / "partials").rglob("*.png"))


def test_fewer_partial_pictures_than_asked_may_come(project, fake) -> None:
    """That is no mistake."""
    fake.next("partials", number=1)
    project.write(icons(1))
    ended = project.run("build", "--partials", "3")
    assert (ended.code, fake.posts) == (0, 1), ended.err


def test_a_stream_without_its_last_event_has_an_unknown_outcome(project, fake) -> None:
    """Partial pictures came, the picture did not."""
    fake.next("stream cut")
    project.write(icons(1))
    ended = project.run("build", "--partials", "2")
    assert (ended.code, fake.posts) == (1, 1)
    assert "outcome unknown: " in ended.err
    assert project.draws() == {}


@pytest.mark.parametrize("word", ["reset", "cut", "drip body", "raw"])
def test_a_stream_breaks_as_other_answers_do(project, fake, word) -> None:
    """Unknown, not repeated."""
    fake.next(word, every_s=0.02)
    project.write(icons(1))
    ended = project.run("build", "--partials", "2", "--request-timeout", "0.5")
    assert (ended.code, fake.posts) == (1, 1)
    assert "outcome unknown: " in ended.err


def test_an_answer_to_a_stream_may_be_plain_json(project_at) -> None:
    """Some servers do not stream; the picture is there all the same."""
    with FakeApi(other=True) as fake:
        project = project_at(fake)
        project.write(icons(1))
        whole = json.dumps({"data": [{"b64_json": b64encode(_png()).decode()}]})
        fake.next("raw", media_type="application/json", body=whole)
        ended = project.run("build", "--partials", "2")
        assert (ended.code, fake.posts) == (0, 1), ended.err


def _png() -> bytes:
    from fakeapi.painting import encode
    from PIL import Image

    return encode(Image.new("RGB", (1024, 640), "red"), "png")


# --- other servers ------------------------------------------------------------


def test_pictures_are_fetched_from_urls_without_the_key(project_at) -> None:
    """Other servers answer with addresses; they get no credentials."""
    with FakeApi(other=True, url_answers=True) as fake:
        project = project_at(fake)
        project.write(icons(2))
        ended = project.run()
        assert (ended.code, len(project.outputs())) == (0, 2), ended.err
        assert len(fake.downloads) == 2
        assert all("authorization" not in headers for _, headers in fake.downloads)


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "http://127.0.0.1:9/none.png", "ftp://x/a.png", ""]
)
def test_an_address_that_brings_no_picture_has_an_unknown_outcome(
    project_at, url
) -> None:
    """Neither files of this machine nor anything but http and https."""
    with FakeApi(other=True) as fake:
        project = project_at(fake)
        project.write(icons(1))
        fake.next("entries", value=[{"url": url}])
        ended = project.run()
        assert (ended.code, fake.posts) == (1, 1)
        assert "outcome unknown: " in ended.err
