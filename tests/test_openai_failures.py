"""What a service says when it does not draw, and what the libraries raise."""

from __future__ import annotations

import inspect
import json

import httpx2
import openai
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assetgen.errors import (
    AssetgenError,
    CredentialsMissing,
    ModelMissing,
    OutcomeUnknown,
    ProviderRefused,
    ProviderUnavailable,
)
from assetgen.providers.base import Limits
from assetgen.providers.connection import Connection, Secret
from assetgen.providers.openai_images.failures import (
    MAX_REASON_CHARS,
    Call,
    failure_in_stream,
    failure_of_status,
    plain,
    redacted,
    without_key,
)
from assetgen.providers.openai_images.foreign import (
    CALLING,
    FOREIGN,
    AnswerTooLong,
    failure_of,
    ours,
)
from assetgen.providers.openai_images.ratelimits import limits_of, retry_after_s
from assetgen.providers.openai_images.watch import TooLate, Watch

KEY = "sk-proj-0123456789abcdefWXYZ"
OPENAI = Connection(key=Secret(KEY))
NOW_S = 1_800_000_000.0
REQUEST = httpx2.Request("POST", "https://api.openai.com/v1/images/generations")


def _call(model="gpt-image-1", replacement="gpt-image-2.6-flare", connection=OPENAI):
    return Call(connection=connection, model=model, replacement=replacement)


def _error(status, code=None, *, headers=None, call=None, **more):
    error = {"message": "Because.", "code": code, **more}
    body = json.dumps({"error": error}).encode()
    return failure_of_status(call or _call(), status, headers or {}, body, NOW_S)


# --- the table ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "code", "expected"),
    [
        (400, "unknown_parameter", ProviderRefused),
        (400, "invalid_value", ProviderRefused),
        (400, "server_error", ProviderRefused),
        (400, "moderation_blocked", ProviderRefused),
        (400, "billing_hard_limit_reached", CredentialsMissing),
        (401, "invalid_api_key", CredentialsMissing),
        (401, None, CredentialsMissing),
        (402, None, CredentialsMissing),
        (403, None, CredentialsMissing),
        (404, "model_not_found", ModelMissing),
        (404, "DeploymentNotFound", ModelMissing),
        (403, "model_not_found", ModelMissing),
        (404, None, ProviderRefused),
        (408, None, ProviderUnavailable),
        (409, None, ProviderUnavailable),
        (413, None, ProviderRefused),
        (422, None, ProviderRefused),
        (425, None, ProviderUnavailable),
        (429, "rate_limit_exceeded", ProviderUnavailable),
        (429, "slow_down", ProviderUnavailable),
        (429, None, ProviderUnavailable),
        (429, "insufficient_quota", CredentialsMissing),
        (429, "credit_balance_exhausted", CredentialsMissing),
        (429, "organization_spend_limit_exceeded", CredentialsMissing),
        (429, "project_spend_limit_exceeded", CredentialsMissing),
        (429, "organization_usage_limit_exceeded", CredentialsMissing),
        (500, "server_error", ProviderUnavailable),
        (502, None, ProviderUnavailable),
        (503, "server_is_overloaded", ProviderUnavailable),
        (529, None, ProviderUnavailable),
        (307, None, ProviderRefused),
        (101, None, OutcomeUnknown),
    ],
)
def test_status_and_code_decide_what_a_failure_means(status, code, expected):
    """A code is heard before the status; an error status is an answer, and free."""
    failure = _error(status, code)
    assert type(failure) is expected
    if expected is not ModelMissing and status not in (101, 307):
        assert "Because." in failure.message


def test_only_a_rate_limit_concerns_all_calls():
    """An overloaded server may answer the next request; a limit is the account's."""
    assert _error(429, "rate_limit_exceeded").limited
    assert not _error(503, "server_is_overloaded").limited


def test_no_money_is_seen_by_the_type_where_there_is_no_code():
    """Waiting does not help an empty account."""
    assert type(_error(429, None, type="insufficient_quota")) is CredentialsMissing


def test_moderation_is_remembered_with_stage_and_categories_in_words():
    """The reader learns what to change; the same request is not sent again."""
    details = {"moderation_stage": "input", "categories": ["violence", "self-harm"]}
    failure = _error(400, "moderation_blocked", moderation_details=details)
    assert failure.remember
    assert "(input stage, violence, self-harm)" in failure.message
    scored = {"moderation_stage": "output", "categories": {"sexual": True, "hate": 0}}
    failure = _error(400, "moderation_blocked", moderation_details=scored)
    assert "(output stage, sexual)" in failure.message
    assert not _error(400, "invalid_value").remember


def test_a_refused_parameter_is_named():
    """The service says which one it did not like."""
    assert "(`size`)" in _error(400, "invalid_value", param="size").message


def test_a_model_that_is_gone_names_the_one_to_use():
    """The replacement comes from the table; without one, how to find out is said."""
    failure = _error(404, "model_not_found")
    assert "gpt-image-1; use gpt-image-2.6-flare" in failure.message
    same = _error(404, "model_not_found", call=_call("m", "m"))
    assert "use m" not in same.message
    assert "models --check" in same.hint


def test_no_money_says_where_to_look():
    """OpenAI's own account pages, or the other server's account."""
    assert "platform.openai.com" in _error(429, "insufficient_quota").hint
    other = Connection(base_url="https://img.example/v1", key=Secret(KEY))
    failure = _error(429, "insufficient_quota", call=_call(connection=other))
    assert "img.example" in failure.hint


def test_a_wrong_key_and_a_key_without_the_right_have_ways_out_of_their_own():
    """The one has to be set anew; of the other the account has to allow more."""
    wrong, barred = _error(401, "invalid_api_key"), _error(403, None)
    assert "into OPENAI_API_KEY" in wrong.hint
    assert "verified" not in wrong.hint
    assert "must be verified" in barred.hint
    assert "OPENAI_API_KEY" not in barred.hint


def test_a_redirect_names_where_it_would_have_led():
    """Prompt and pictures stay with the server that the user chose."""
    headers = {"location": "https://elsewhere.example/v1/images"}
    failure = failure_of_status(_call(), 307, headers, b"", NOW_S)
    assert "a redirect to elsewhere.example was not followed" in failure.message


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html><h1>Bad gateway</h1>",
        b"\xff\xfe",
        b"[1]",
        b'{"error": 3}',
        b"[" * 9999,
    ],
)
def test_any_body_of_an_error_is_read(body):
    """Proxies answer with pages, and broken servers with anything."""
    failure = failure_of_status(_call(), 502, {}, body, NOW_S)
    assert type(failure) is ProviderUnavailable
    assert "502" in failure.message
    assert "<" not in failure.message


@pytest.mark.parametrize(
    "body",
    [b'{"error": "no"}', b'{"error": {"error": {"message": "no"}}}', b"no", b'"no"'],
)
def test_other_servers_say_why_in_forms_of_their_own(body):
    """The reason is found in the common ones."""
    assert failure_of_status(_call(), 400, {}, body, NOW_S).message.endswith(": no")


# --- waiting ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, None),
        ({"retry-after": "7"}, 7.0),
        ({"retry-after": "1.5"}, 1.5),
        ({"retry-after-ms": "250", "retry-after": "7"}, 0.25),
        ({"retry-after": "-3"}, 0.0),
        ({"retry-after": "Fri, 15 Jan 2027 08:00:10 GMT"}, 10.0),
        ({"retry-after": "Fri, 15 Jan 2027 07:00:00 GMT"}, 0.0),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "inf"}, None),
        (
            {
                "x-ratelimit-remaining-requests": "0",
                "x-ratelimit-reset-requests": "12s",
            },
            12.0,
        ),
        (
            {
                "x-ratelimit-remaining-requests": "3",
                "x-ratelimit-reset-requests": "12s",
            },
            None,
        ),
        (
            {
                "x-ratelimit-remaining-images": "0",
                "x-ratelimit-reset-images": "1m2.5s",
                "x-ratelimit-remaining-tokens": "0",
                "x-ratelimit-reset-tokens": "20ms",
            },
            62.5,
        ),
    ],
)
def test_the_wait_is_what_the_answer_asks_for(headers, expected):
    """Seconds, milliseconds, a date, or the time until a used-up limit is full."""
    assert retry_after_s(headers, NOW_S) == expected


def test_a_wait_that_is_too_long_fails_the_request_with_the_time_to_come_back():
    """A build does not stand still for an hour."""
    short = _error(429, "rate_limit_exceeded", headers={"retry-after": "300"})
    assert short.retry_after_s == 300.0
    long = _error(429, "rate_limit_exceeded", headers={"retry-after": "1800"})
    assert type(long) is ProviderRefused
    assert "come back in 30 minutes" in long.message
    assert not long.remember
    overflow = _error(503, None, headers={"retry-after": "1e999"})
    assert type(overflow) is ProviderRefused


def test_limits_speak_of_pictures_where_they_can():
    """Requests are heard only where pictures are not counted."""
    requests = {
        "x-ratelimit-limit-requests": "20",
        "x-ratelimit-remaining-requests": "19",
        "x-ratelimit-reset-requests": "3s",
    }
    assert limits_of(requests) == Limits(images_per_minute=20, remaining=19, reset_s=3)
    both = {**requests, "x-ratelimit-limit-images": "5"}
    assert limits_of(both) == Limits(images_per_minute=5)
    assert limits_of({}) == Limits()
    assert limits_of({"x-ratelimit-limit-requests": "many"}) == Limits()


# --- in a stream ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        ({"code": "server_error", "message": "m"}, ProviderUnavailable),
        ({"code": "rate_limit_exceeded"}, ProviderUnavailable),
        ({"code": "moderation_blocked"}, ProviderRefused),
        ({"type": "image_generation_user_error", "code": None}, ProviderRefused),
        ({"type": "invalid_request_error", "code": "invalid_value"}, ProviderRefused),
        ({"code": "insufficient_quota"}, CredentialsMissing),
        ({"code": "model_not_found"}, ModelMissing),
        ({"code": "something_new", "message": "m"}, OutcomeUnknown),
        ({}, OutcomeUnknown),
        ("text", OutcomeUnknown),
        (None, OutcomeUnknown),
    ],
)
def test_an_error_in_a_stream_is_judged_by_its_code(error, expected):
    """It has no status; what nobody knows may have been charged."""
    assert type(failure_in_stream(_call(), error)) is expected


# --- secrets ----------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        f"Incorrect API key provided: {KEY}.",
        f"Bearer {KEY}",
        f"you sent {KEY[:20]}...",
        f"http://{KEY.lower()}.example",
        f"you sent ...{KEY[6:]}",
        "Incorrect API key provided: sk-proj-************************WXYZ.",
        "sk-someoneelses0123456789abcd",
    ],
)
def test_no_more_than_the_end_of_a_key_is_shown(text):
    """Whole, in pieces, masked by the service, or somebody else's."""
    shown = redacted(text, OPENAI)
    assert KEY.lower() not in shown.lower()
    for at in range(len(KEY) - 7):
        assert KEY[at : at + 8] not in shown
    assert "someoneelses" not in shown


@given(st.text(), st.text(alphabet="abcd-_XYZ0189", min_size=8, max_size=40))
def test_a_key_is_never_left_in_what_a_provider_says(around, key):
    """Whatever stands around it, and whatever its form is."""
    connection = Connection(key=Secret(key))
    shown = plain(f"{around} {key} {around}", connection)
    assert key.lower() not in shown.lower()
    assert len(shown) <= MAX_REASON_CHARS
    assert shown.isprintable()


def test_bytes_that_are_kept_do_not_hold_the_key():
    """A page that repeats the request's headers is kept for inspection."""
    assert without_key(f"<p>{KEY}</p>".encode(), OPENAI) == b"<p>[key]</p>"
    body = b"no key in here"
    assert without_key(body, OPENAI) is body


# --- the libraries ----------------------------------------------------------------


def _watch(*, tried=True, sent=True, expired=False, status=None):
    watch = Watch(5)
    watch.tried, watch.sent, watch.expired, watch.status = tried, sent, expired, status
    return watch


def _subclasses(module, base):
    return [
        each
        for _, each in inspect.getmembers(module, inspect.isclass)
        if issubclass(each, base)
    ]


def _made(kind):
    """Return an exception of a class of the openai library's."""
    if not issubclass(kind, openai.APIError):
        return kind.__new__(kind, "m")  # how it is made is no business of ours
    response = httpx2.Response(418, request=REQUEST, content=b"tea")
    wanted = inspect.signature(kind).parameters
    given = {"message": "m", "response": response, "body": None, "request": REQUEST}
    return kind(**{name: given[name] for name in wanted})


@pytest.mark.parametrize("kind", _subclasses(openai, openai.OpenAIError))
def test_every_exception_of_the_openai_library_becomes_one_of_ours(kind):
    """Foreign exceptions stop at the door, and what may be charged is never repeated."""
    error = _made(kind)
    with pytest.raises(AssetgenError) as caught, ours(_call(), _watch(status=200)):
        raise error
    assert caught.value.__cause__ is None
    if isinstance(error, openai.APIStatusError):
        assert isinstance(caught.value, ProviderRefused)
    else:
        assert isinstance(caught.value, OutcomeUnknown)


def _every_httpx2_error():
    bases = (httpx2.HTTPError, httpx2.StreamError, httpx2.InvalidURL)
    found = [each for base in bases for each in _subclasses(httpx2, base)]
    return sorted({*found, httpx2.CookieConflict}, key=lambda each: each.__name__)


def _raised(kind):
    if kind is httpx2.HTTPStatusError:
        return kind("m", request=REQUEST, response=httpx2.Response(200))
    return (
        kind()
        if issubclass(kind, httpx2.StreamError) and kind is not httpx2.StreamError
        else kind("m")
    )


@pytest.mark.parametrize("kind", _every_httpx2_error())
def test_what_is_charged_depends_on_what_was_sent_and_not_on_the_name(kind):
    """Before the first byte nothing can have been charged; after it anything can."""
    error = _raised(kind)
    assert isinstance(error, FOREIGN)
    before = failure_of(error, _call(), _watch(sent=False))
    assert isinstance(before, ProviderUnavailable)
    after = failure_of(error, _call(), _watch(sent=True))
    assert isinstance(after, OutcomeUnknown)
    wrapped = openai.APIConnectionError(request=REQUEST)
    wrapped.__cause__ = error
    assert isinstance(failure_of(wrapped, _call(), _watch()), OutcomeUnknown)


def test_without_a_word_of_the_library_only_failed_connections_are_free():
    """If a version of the library told nothing, nothing would be repeated by guess."""
    silent = _watch(tried=False, sent=False)
    refused = failure_of(httpx2.ConnectError("refused"), _call(), silent)
    assert isinstance(refused, ProviderUnavailable)
    late = failure_of(httpx2.ReadTimeout("late"), _call(), silent)
    assert isinstance(late, OutcomeUnknown)
    wrong = failure_of(httpx2.UnsupportedProtocol("ftp"), _call(), silent)
    assert isinstance(wrong, ProviderRefused)


def test_an_answer_with_an_error_status_is_free_even_if_its_body_breaks_off():
    """The status line was the answer."""
    failure = failure_of(httpx2.ReadError("reset"), _call(), _watch(status=503))
    assert isinstance(failure, ProviderUnavailable)


def test_a_deadline_says_how_long_was_waited():
    """Before sending, before an answer, and inside one."""
    gone = httpx2.RemoteProtocolError("closed")
    before = failure_of(TooLate(), _call(), _watch(sent=False, expired=True))
    assert isinstance(before, ProviderUnavailable)
    assert "within 5 s" in before.message
    silent = failure_of(gone, _call(), _watch(expired=True))
    assert silent.message == "no answer after 5 s"
    cut = failure_of(gone, _call(), _watch(expired=True, status=200), b"abc")
    assert cut.message == "no answer after 5 s but 3 bytes of one"
    assert cut.answer == b"abc"


def test_an_answer_that_never_ends_is_no_picture():
    """It was paid for all the same."""
    failure = failure_of(
        AnswerTooLong("more than 9 bytes"), _call(), _watch(status=200)
    )
    assert isinstance(failure, OutcomeUnknown)
    assert failure.message == "unexpected answer (more than 9 bytes)"
    assert AnswerTooLong in CALLING


def test_messages_of_the_libraries_are_shown_without_the_key():
    """An exception may quote the header that it did not like."""
    error = httpx2.LocalProtocolError(f"Illegal header value b'Bearer {KEY}'")
    for sent in (True, False):
        failure = failure_of(error, _call(), _watch(sent=sent))
        assert KEY not in failure.message
