"""The provider and answers that cannot be used: refusals, streams, addresses, models."""

from __future__ import annotations

import json

import pytest
from answering import (
    KEY,
    PNG,
    USAGE,
    USD,
    asking,
    b64,
    body_of,
    connection_to,
    draw,
    fails,
    order_of,
    quiet,
    request_of,
    silent,
)
from sockets import Server, always, response

from assetgen.errors import (
    CredentialsMissing,
    ModelMissing,
    OutcomeUnknown,
    ProviderRefused,
    ProviderUnavailable,
)
from assetgen.model import Size
from assetgen.providers.base import InputPicture, Partial
from assetgen.providers.connection import Connection
from assetgen.providers.models import built_in_table
from assetgen.providers.openai_images import answers
from assetgen.providers.openai_images.inventory import models_on
from assetgen.providers.openai_images.provider import OpenAIProvider

# --- answers that cannot be used ----------------------------------------------------


@pytest.mark.parametrize(
    ("body", "kind", "what"),
    [
        (b"<html>hello</html>", "text/html", "text/html, 18 bytes"),
        (b"<html>", f"text/{KEY}", "a strange type, 6 bytes"),
        (b"{", "application/json", "not JSON, 1 byte"),
        (b"[" * 100_000, "application/json", "not JSON, 100000 bytes"),
        (b"[]", "application/json", "not a JSON object, 2 bytes"),
        (b"{}", "application/json", "no picture in it, 2 bytes"),
        (b'{"data": []}', "application/json", "no picture in it, 12 bytes"),
        (b'{"data": 3}', "application/json", "no picture in it, 11 bytes"),
        (b'{"data": [3]}', "application/json", "picture 1 is not an object, 13 bytes"),
        (
            b'{"data": [{"b64_json": "a=b"}]}',
            "application/json",
            "picture 1 is not valid base64, 31 bytes",
        ),
        (
            b'{"data": [{"b64_json": "AAAA"}]}',
            "application/json",
            "picture 1 is not a picture of a known format, 32 bytes",
        ),
        (b"", "application/json", "not JSON, 0 bytes"),
    ],
)
def test_an_answer_that_cannot_be_used_is_an_unknown_outcome(body, kind, what):
    """It may have been charged; the bytes are kept, to be looked into."""
    failure = fails(OutcomeUnknown, always(response(body, kind=kind)))
    assert failure.message == f"unexpected answer ({what})"
    assert failure.answer == body


def test_kept_bytes_do_not_hold_the_key():
    """Debug pages repeat what they were sent."""
    page = response(f"<p>Bearer {KEY}</p>".encode(), kind="text/html")
    failure = fails(OutcomeUnknown, always(page))
    assert failure.answer == b"<p>Bearer [key]</p>"


def test_any_success_without_a_picture_is_unknown():
    """202 and 204 say that something was accepted."""
    for status in (201, 202, 204):
        data = response(b"", status) if status != 204 else b"HTTP/1.1 204 x\r\n\r\n"
        assert "unexpected answer" in fails(OutcomeUnknown, always(data)).message


def test_an_answer_has_a_largest_size(monkeypatch):
    """A server must not fill the memory."""
    monkeypatch.setattr(answers, "MAX_ANSWER_BYTES", 1000)
    endless = b"HTTP/1.1 200 x\r\nContent-Type: application/json\r\n\r\n" + bytes(5000)
    failure = fails(OutcomeUnknown, always(endless))
    assert failure.message == "unexpected answer (more than 1000 bytes)"
    huge = b"HTTP/1.1 500 x\r\n\r\n" + b"x" * (answers.MAX_ERROR_BYTES + 70_000)
    assert "500" in fails(ProviderUnavailable, always(huge)).message


# --- refusals ---------------------------------------------------------------------


def _refusal(status, **error):
    return always(response(json.dumps({"error": error}).encode(), status))


def test_what_the_service_says_no_to_is_an_error_of_its_kind():
    """One each, through the real library."""
    bad = _refusal(400, message="Unknown parameter", code="unknown_parameter")
    assert "Unknown parameter" in fails(ProviderRefused, bad).message
    blocked = _refusal(
        400,
        message="No.",
        code="moderation_blocked",
        moderation_details={"moderation_stage": "output", "categories": ["hate"]},
    )
    failure = fails(ProviderRefused, blocked)
    assert failure.remember
    assert "output stage, hate" in failure.message
    key = _refusal(401, message=f"Incorrect key: {KEY}", code="invalid_api_key")
    assert "ending in WXYZ" in fails(CredentialsMissing, key).message
    gone = _refusal(404, message="gone", code="model_not_found")
    failure = fails(ModelMissing, gone, order_of(model="gpt-image-1"))
    assert "use gpt-image-2.6-flare" in failure.message
    money = _refusal(429, message="pay", code="insufficient_quota")
    assert "no money" in fails(CredentialsMissing, money).message


def test_a_server_error_is_asked_once():
    """The library would have sent it three times."""
    failure = fails(ProviderUnavailable, _refusal(503, message="busy"))
    assert "answered 503: busy" in failure.message


def test_a_redirect_is_not_followed():
    """Prompt and key stay where the user sent them."""
    with Server(silent) as elsewhere:
        moved = always(response(b"", 307, Location=elsewhere.url))
        failure = fails(ProviderRefused, moved)
    assert f"127.0.0.1:{elsewhere.port} was not followed" in failure.message
    assert elsewhere.received == []


def test_without_a_key_nothing_is_sent():
    """The message names the variable and the way without a key."""
    with asking(silent, key=None) as (provider, server):
        for ask in (provider.require_credentials, lambda: _ask(provider)):
            with pytest.raises(CredentialsMissing, match="OPENAI_API_KEY") as caught:
                ask()
            assert "--provider placeholder" in caught.value.hint
    assert server.received == []


def _ask(provider):
    return provider.draw(order_of(), 1, quiet)


# --- streams ----------------------------------------------------------------------


def _stream(*events, done=True):
    lines = [f"event: {each['type']}\ndata: {json.dumps(each)}\n\n" for each in events]
    lines += ["data: [DONE]\n\n"] if done else []
    return response("".join(lines).encode(), kind="text/event-stream; charset=utf-8")


def _partial(number, kind="image_generation", picture=None):
    kind, picture = f"{kind}.partial_image", picture or PNG + bytes([number])
    return {"type": kind, "partial_image_index": number, "b64_json": b64(picture)}


def _last(kind="image_generation", **more):
    return {"type": f"{kind}.completed", "b64_json": b64(), "usage": USAGE, **more}


@pytest.mark.parametrize("kind", ["image_generation", "image_edit"])
def test_only_the_last_picture_of_a_stream_is_the_draw(kind):
    """Those on the way are shown; fewer than asked for may come."""
    shown = []
    reply = always(_stream(_partial(0, kind), _partial(1, kind), _last(kind)))
    with asking(reply, partials=3) as (provider, server):
        order = order_of()
        if kind == "image_edit":
            order = order_of("edit", inputs=(InputPicture(PNG, "image/png", 8, 8),))
        (drawing,) = provider.draw(order, 1, shown.append)
    assert shown == [Partial(PNG + b"\0", 1, 3), Partial(PNG + b"\1", 2, 3)]
    assert drawing.data == PNG
    assert drawing.cost_usd == pytest.approx(USD)
    assert drawing.usage["output_tokens"] == 1756
    if kind == "image_generation":
        sent = server.received[0].json()
        assert (sent["stream"], sent["partial_images"]) == (True, 3)


def test_several_pictures_are_not_streamed():
    """No event would say which of them it shows."""
    _, (sent,) = draw(always(response(body_of(PNG, PNG))), count=2, partials=3)
    assert "stream" not in sent.json()


def test_a_server_that_does_not_stream_is_understood():
    """It answers as if nobody had asked for it."""
    (drawing,), _ = draw(always(response(body_of(PNG))), partials=2)
    assert drawing.data == PNG


def test_a_listener_that_cannot_show_a_partial_picture_does_not_lose_the_draw():
    """The disk may be full for what is only shown; the draw was paid for."""

    def refuse(_):
        raise OutcomeUnknown("no room")

    broken = _partial(0) | {"b64_json": "%"}
    reply = always(_stream(broken, _partial(1), _last()))
    with asking(reply, partials=2) as (provider, _):
        assert provider.draw(order_of(), 1, refuse)[0].data == PNG


@pytest.mark.parametrize(
    ("stream", "message"),
    [
        (_stream(_partial(0)), "the stream ended without a picture after 1 partial"),
        (_stream(done=False), "the stream ended without a picture"),
        (_stream({"type": "image_generation.completed"}), "the picture is not there"),
        (response(b"data: {nope\n\n", kind="text/event-stream"), "not JSON"),
        (response(b"data: 3\n\n", kind="text/event-stream"), "without a picture"),
        (_stream({"type": "error", "error": {"message": "odd"}}), "error: odd"),
    ],
)
def test_a_stream_without_a_picture_at_its_end_is_unknown(stream, message):
    """A partial picture is never taken for the draw."""
    failure = fails(OutcomeUnknown, always(stream), partials=2)
    assert message in failure.message


def test_an_error_in_a_stream_is_judged_by_its_code():
    """The status was 200 already."""
    error = {"type": "error", "error": {"code": "server_error", "message": "broke"}}
    failure = fails(ProviderUnavailable, always(_stream(error)), partials=2)
    assert "broke" in failure.message
    error["error"]["code"] = "moderation_blocked"
    failure = fails(ProviderRefused, always(_stream(_partial(0), error)), partials=2)
    assert failure.remember


# --- addresses ---------------------------------------------------------------------


def _addressed(path, serve):
    """Return a reply that answers with an address on the same server."""

    def reply(connection, received):
        if received.method == "GET":
            connection.sendall(serve)
            return
        address = f"http://{received.headers['host']}{path}"
        body = json.dumps({"data": [{"url": address}]}).encode()
        connection.sendall(response(body))

    return reply


def test_a_picture_behind_an_address_is_fetched_without_the_key():
    """Some servers answer with links."""
    reply = _addressed("/pictures/1.png", response(PNG, kind="image/png"))
    with asking(reply) as (provider, server):
        (drawing,) = provider.draw(order_of(), 1, quiet)
    assert drawing.data == PNG
    asked, fetched = server.received
    assert asked.headers["authorization"]
    assert fetched.path == "/pictures/1.png"
    assert "authorization" not in fetched.headers
    assert KEY not in str(fetched.headers)


@pytest.mark.parametrize(
    "served",
    [
        response(b"gone", 404),
        response(b"", 302, Location="http://127.0.0.1:1/"),
        response(b"<html>", kind="text/html"),
        b"HTTP/1.1 200 x\r\nContent-Length: 999\r\n\r\n" + PNG,
    ],
)
def test_an_address_that_brings_no_picture_is_an_unknown_outcome(served):
    """The picture was drawn and charged; the address is kept."""
    with (
        asking(_addressed("/1.png", served)) as (provider, server),
        pytest.raises(OutcomeUnknown, match="address brought nothing") as caught,
    ):
        provider.draw(order_of(), 1, quiet)
    assert caught.value.answer.endswith(b"/1.png")
    assert len(server.received) == 2


@pytest.mark.parametrize(
    "address", ["file:///etc/passwd", "http://u:p@127.0.0.1/", "http://", "http://[x"]
)
def test_only_plain_web_addresses_are_fetched(address):
    """A server must not make us read files or send passwords."""
    body = json.dumps({"data": [{"url": address}]}).encode()
    assert "address" in fails(OutcomeUnknown, always(response(body))).message


def test_openai_itself_sends_no_addresses():
    """An answer that does is not one that we know."""
    body = json.dumps({"data": [{"url": "https://example.com/1.png"}]}).encode()
    with pytest.raises(OutcomeUnknown, match="is an address"):
        answers.read_answer(body, "application/json", addresses=False)


# --- prices and models --------------------------------------------------------------


def test_estimates_follow_the_request_as_it_is_sent():
    """Size of a masked request, prompt of a variation, partial pictures."""
    table = built_in_table()
    provider = OpenAIProvider(Connection(), table)
    params = (("quality", "medium"), ("size", "1024x1024"))
    plain = provider.estimate(request_of(params=params), 1)
    assert plain.usd == pytest.approx((2 * 5 + 1756 * 30) / 1e6)
    assert plain.kind == "formula"
    masked = request_of(
        "edit", inputs=("a",), mask="m", params=(("quality", "medium"),)
    )
    sized = provider.estimate(masked, 1, [Size(1024, 1024)])
    assert sized.kind == "estimate"
    assert sized.usd == pytest.approx((2 * 5 + 1024 * 8 + 1756 * 30) / 1e6)
    showing = OpenAIProvider(Connection(), table, partials=2)
    more = showing.estimate(request_of(params=params), 1).usd - plain.usd
    assert more == pytest.approx(2 * 100 * 30 / 1e6)
    vary = request_of("vary", inputs=("a",), prompt="", params=params)
    edit = request_of("edit", inputs=("a",), prompt="", params=params)
    size = [Size(64, 64)]
    assert provider.estimate(vary, 1, size).usd > provider.estimate(edit, 1, size).usd
    unknown = provider.estimate(request_of(model="nobody-knows"), 1)
    assert unknown.usd is None


def test_the_models_of_a_server_come_with_their_ends():
    """What cannot be read as a day is no day."""
    rows = [
        {"id": "a", "shutdown_date": "2026-12-01"},
        {"id": "b", "shutdown_date": None},
        {"id": "c", "shutdown_date": "soon"},
        {"id": 3},
        "x",
    ]
    listed = response(json.dumps({"object": "list", "data": rows}).encode())
    with Server(always(listed)) as server:
        found = models_on(connection_to(server))
    assert {name: str(day) for name, day in found.items()} == {
        "a": "2026-12-01",
        "b": "None",
        "c": "None",
    }
    assert server.received[0].path == "/v1/models"


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (_refusal(401, code="invalid_api_key"), CredentialsMissing),
        (_refusal(404, message="no such page"), ProviderRefused),
        (always(response(b"<html>", kind="text/html")), ProviderRefused),
        (silent, ProviderUnavailable),
    ],
)
def test_asking_for_models_is_free_however_it_ends(reply, error):
    """So no outcome of it is unknown."""
    with Server(reply) as server, pytest.raises(error):
        models_on(connection_to(server), timeout_s=0.2)
