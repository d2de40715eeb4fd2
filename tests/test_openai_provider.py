"""The provider against real sockets: what is sent, what comes of each kind of answer."""

from __future__ import annotations

import base64
import json
import socket
import ssl
import subprocess
import sys
import threading
from contextlib import contextmanager

import pytest
from sockets import Server, always, response

from assetgen.errors import (
    CredentialsMissing,
    ModelMissing,
    OutcomeUnknown,
    ProviderRefused,
    ProviderUnavailable,
)
from assetgen.model import Size
from assetgen.providers.base import InputPicture, Limits, Order, Partial
from assetgen.providers.connection import Connection, Secret
from assetgen.providers.models import built_in_table
from assetgen.providers.openai_images import answers
from assetgen.providers.openai_images.inventory import models_on
from assetgen.providers.openai_images.provider import OpenAIProvider
from assetgen.requests import Request

KEY = "sk-CANARY-0123456789abcdefWXYZ"
MODEL = "gpt-image-2"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256))
JPEG = b"\xff\xd8\xff\xe0" + bytes(99)
USAGE = {
    "input_tokens": 50,
    "input_tokens_details": {"text_tokens": 50, "image_tokens": 0},
    "output_tokens": 1756,
    "total_tokens": 1806,
}
USD = (50 * 5 + 1756 * 30) / 1e6
NEVER_S = 60.0


def _b64(data=PNG):
    return base64.b64encode(data).decode()


def _body(*pictures, usage=USAGE, **more):
    data = {"created": 1, "data": [{"b64_json": _b64(each)} for each in pictures]}
    return json.dumps({**data, **({"usage": usage} if usage else {}), **more}).encode()


def _request(operation="generate", **changes):
    known = {"provider": "openai", "model": MODEL, "prompt": "a cat"}
    return Request(operation=operation, **{**known, **changes})


def _order(operation="generate", inputs=(), mask=None, markup=None, **changes):
    names = tuple(str(number) for number, _ in enumerate(inputs))
    request = _request(operation, inputs=names, **changes)
    return Order(request=request, inputs=inputs, mask=mask, markup=markup)


def _connection(server, **changes):
    return Connection(**{"base_url": server.url, "key": Secret(KEY), **changes})


@contextmanager
def _asking(reply, *, timeout_s=NEVER_S, partials=0, on_limits=None, **changes):
    """Yield a provider and the server it asks."""
    with Server(reply) as server:
        provider = OpenAIProvider(
            _connection(server, **changes),
            built_in_table(),
            timeout_s=timeout_s,
            partials=partials,
            on_limits=on_limits or (lambda _: None),
        )
        try:
            yield provider, server
        finally:
            provider.close()


def _quiet(word):
    pass


def _draw(reply, order=None, count=1, **options):
    with _asking(reply, **options) as (provider, server):
        return provider.draw(order or _order(), count, _quiet), server.received


def _fails(error, reply, order=None, count=1, **options):
    """Return the error of a draw, which sent no more than one request."""
    with (
        _asking(reply, **options) as (provider, server),
        pytest.raises(error) as caught,
    ):
        provider.draw(order or _order(), count, _quiet)
    assert len(server.received) <= 1
    assert type(caught.value) is error
    assert KEY not in f"{caught.value!r} {caught.value.hint}"
    return caught.value


def _silent(connection, _):
    """Answer nothing until the other side is gone."""
    connection.recv(1)


# --- what is sent -----------------------------------------------------------------


@pytest.mark.parametrize("key", ["k", "none", "iVBORw0KGgo"])
def test_a_picture_is_what_came_whatever_the_key_is(key):
    """Servers without keys take any word, and base64 holds all short ones."""
    reply = always(response(_body(PNG)))
    with _asking(reply, key=Secret(key)) as (provider, _):
        (drawing,) = provider.draw(_order(), 1, lambda _: None)
    assert drawing.data == PNG


def test_a_generation_is_one_json_request():
    """Model and prompt always; the picture, its price and names come back."""
    ok = response(_body(PNG), x_request_id="req_1")
    (drawing,), (sent,) = _draw(always(ok), _order(moderation="low"))
    assert (sent.method, sent.path) == ("POST", "/v1/images/generations")
    assert sent.json() == {"model": MODEL, "prompt": "a cat", "moderation": "low"}
    assert sent.headers["authorization"] == f"Bearer {KEY}"
    assert sent.headers["user-agent"].startswith("assetgen/")
    assert drawing.data == PNG
    assert drawing.cost_usd == pytest.approx(USD)
    assert not drawing.cost_estimated
    assert drawing.request_id == "req_1"
    assert drawing.model == MODEL
    as_of = built_in_table().as_of.isoformat()
    assert drawing.usage == {**USAGE, "price_table": as_of}


def test_an_edit_is_a_form_with_named_pictures_in_order():
    """Also what the library has no argument for reaches the form."""
    first = InputPicture(JPEG, "image/jpeg", 8, 8)
    second = InputPicture(PNG, "image/png", 8, 8)
    order = _order(
        "edit",
        inputs=(first, second),
        mask=PNG,
        moderation="low",
        params=(("params.svg", {"model": "m"}), ("size", "1024x1024")),
    )
    _, (sent,) = _draw(always(response(_body(PNG))), order, 2)
    assert sent.path == "/v1/images/edits"
    parts = sent.parts()
    fields = {each.name: each.data.decode() for each in parts if not each.filename}
    assert fields == {
        "model": MODEL,
        "prompt": "a cat",
        "n": "2",
        "size": "1024x1024",
        "moderation": "low",
        "svg[model]": "m",
    }
    files = [each for each in parts if each.filename]
    assert [(each.name, each.filename, each.media_type) for each in files] == [
        ("image[]", "image-1.jpg", "image/jpeg"),
        ("image[]", "image-2.png", "image/png"),
        ("mask", "mask.png", "image/png"),
    ]
    assert [each.data for each in files] == [JPEG, PNG, PNG]


def test_one_input_and_a_markup_go_under_their_names():
    """A single picture is `image`."""
    order = _order("edit", inputs=(InputPicture(PNG, "image/png", 8, 8),), markup=PNG)
    _, (sent,) = _draw(always(response(_body(PNG))), order)
    files = [(each.name, each.filename) for each in sent.parts() if each.filename]
    assert files == [("image", "image-1.png"), ("markup", "markup.png")]


def test_variations_go_to_the_old_endpoint_only_where_the_user_says_it_is():
    """Elsewhere they are edits with a prompt."""
    picture = (InputPicture(PNG, "image/png", 8, 8),)
    order = _order("vary", inputs=picture, prompt="")
    _, (sent,) = _draw(always(response(_body(PNG))), order)
    assert sent.path == "/v1/images/edits"
    _, (sent,) = _draw(always(response(_body(PNG))), order, 2, variations=True)
    assert sent.path == "/v1/images/variations"
    parts = [(each.name, each.filename) for each in sent.parts()]
    assert parts == [("model", None), ("n", None), ("image", "image-1.png")]
    refused = _fails(
        ProviderRefused,
        _silent,
        _order("vary", inputs=(InputPicture(JPEG, "image/jpeg", 8, 8),), prompt=""),
        variations=True,
    )
    assert "PNG" in refused.message


def test_a_model_goes_by_the_name_that_the_server_has_for_it():
    """Azure calls a model by its deployment; the spec's name stays in the key."""
    deployed = {MODEL: "my-deployment"}
    (drawing,), (sent,) = _draw(always(response(_body(PNG))), models=deployed)
    assert sent.json()["model"] == "my-deployment"
    assert drawing.cost_usd == pytest.approx(USD)


def test_a_request_without_a_model_is_sent_with_the_default():
    """The service's own default may change; the table's is what was planned with."""
    _, (sent,) = _draw(always(response(_body(PNG))), _order(model=None))
    assert sent.json()["model"] == built_in_table().default


def test_a_server_without_a_key_gets_no_authorization():
    """Not even an empty one."""
    _, (sent,) = _draw(always(response(_body(PNG))), key=None, key_env="")
    assert "authorization" not in sent.headers


def test_nothing_of_the_environment_reaches_a_request(monkeypatch):
    """Key, organisation and headers of one server must not go to another."""
    monkeypatch.setenv("OPENAI_API_KEY", "sk-of-another-server")
    monkeypatch.setenv("OPENAI_ADMIN_KEY", "sk-admin-of-another")
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:1/v1")
    monkeypatch.setenv("OPENAI_ORG_ID", "org-other")
    monkeypatch.setenv("OPENAI_PROJECT_ID", "proj-other")
    monkeypatch.setenv("OPENAI_CUSTOM_HEADERS", "X-Secret: 1\nAuthorization: Bearer x")
    _, (sent,) = _draw(always(response(_body(PNG))))
    assert sent.headers["authorization"] == f"Bearer {KEY}"
    text = str(sent.headers)
    assert "other" not in text
    assert "x-secret" not in text
    _, (sent,) = _draw(
        always(response(_body(PNG))), organization="org-own", project="proj-own"
    )
    assert sent.headers["openai-organization"] == "org-own"
    assert sent.headers["openai-project"] == "proj-own"


def test_the_library_is_imported_by_the_first_draw_only():
    """It takes most of a second, and planning needs prices only."""
    code = (
        "import sys; import assetgen.providers.openai_images.provider as p;"
        "from assetgen.providers.connection import Connection;"
        "from assetgen.providers.models import built_in_table;"
        "p.OpenAIProvider(Connection(), built_in_table());"
        "assert not {'openai', 'httpx2', 'PIL'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_many_threads_draw_through_one_client():
    """Each call has a connection and a deadline of its own."""
    number, together = 24, threading.Barrier(24)

    def reply(connection, received):
        together.wait()
        connection.sendall(response(_body(PNG + received.json()["prompt"].encode())))

    found = {}

    def draw(provider, name):
        found[name] = provider.draw(_order(prompt=name), 1, _quiet)[0].data

    with _asking(reply) as (provider, _):
        names = [f"cat {each}" for each in range(number)]
        threads = [threading.Thread(target=draw, args=(provider, n)) for n in names]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
    assert found == {name: PNG + name.encode() for name in names}


# --- usable answers -----------------------------------------------------------------


def test_the_price_is_shared_evenly_and_says_among_how_many():
    """Usage is for the whole request."""
    drawings, _ = _draw(always(response(_body(PNG, JPEG))), count=2)
    assert [each.data for each in drawings] == [PNG, JPEG]
    assert [each.cost_usd for each in drawings] == pytest.approx([USD / 2] * 2)
    assert drawings[0].usage["shared_by"] == 2


def test_more_or_fewer_pictures_than_asked_for_are_all_kept():
    """They were paid for."""
    more, _ = _draw(always(response(_body(PNG, PNG, PNG))), count=1)
    assert len(more) == 3
    fewer, _ = _draw(always(response(_body(PNG))), count=4)
    assert len(fewer) == 1


def test_without_usage_the_cost_is_our_estimate_and_says_so():
    """The budget needs a figure, and the reader must know whose it is."""
    order = _order(params=(("quality", "medium"), ("size", "1024x1024")))
    (drawing,), _ = _draw(always(response(_body(PNG, usage=None))), order)
    assert drawing.cost_estimated
    assert drawing.cost_usd == pytest.approx((2 * 5 + 1756 * 30) / 1e6)
    assert drawing.usage == {}


def test_the_words_of_a_vector_picture_make_its_cost_an_estimate():
    """They are written by another model, whose price nobody lists."""
    svg = b"<?xml version='1.0'?>\n<svg xmlns='http://www.w3.org/2000/svg'/>"
    body = _body(svg, svg_usage={"model": "m", "output_tokens": 9})
    (drawing,), _ = _draw(always(response(body)))
    assert drawing.data == svg
    assert drawing.cost_estimated
    assert drawing.usage["svg_usage"] == {"model": "m", "output_tokens": 9}


def test_a_picture_that_cannot_be_used_does_not_lose_the_others():
    """What can be kept is kept, and the listener hears of the rest."""
    data = [{"b64_json": _b64()}, {"b64_json": "%%"}, {}]
    body = json.dumps({"data": data, "usage": USAGE}).encode()
    words = []
    with _asking(always(response(body))) as (provider, _):
        drawings = provider.draw(_order(), 3, words.append)
    assert [each.data for each in drawings] == [PNG]
    assert drawings[0].cost_usd == pytest.approx(USD)
    assert words == [
        "not used: picture 2 is not valid base64",
        "not used: picture 3 is not there",
    ]


def test_limits_of_the_account_are_told():
    """Of answers and of refusals."""
    heard = []
    limits = {"x_ratelimit_limit_images": "50", "x_ratelimit_remaining_images": "49"}
    _draw(always(response(_body(PNG), **limits)), on_limits=heard.append)
    empty = {**limits, "x_ratelimit_remaining_images": "0"}
    busy = always(response(b"", 429, **empty, x_ratelimit_reset_images="12s"))
    failure = _fails(ProviderUnavailable, busy, on_limits=heard.append)
    assert heard == [
        Limits(images_per_minute=50, remaining=49),
        Limits(images_per_minute=50, remaining=0, reset_s=12),
    ]
    assert failure.retry_after_s == 12
    assert failure.limited


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
    failure = _fails(OutcomeUnknown, always(response(body, kind=kind)))
    assert failure.message == f"unexpected answer ({what})"
    assert failure.answer == body


def test_kept_bytes_do_not_hold_the_key():
    """Debug pages repeat what they were sent."""
    page = response(f"<p>Bearer {KEY}</p>".encode(), kind="text/html")
    failure = _fails(OutcomeUnknown, always(page))
    assert failure.answer == b"<p>Bearer [key]</p>"


def test_any_success_without_a_picture_is_unknown():
    """202 and 204 say that something was accepted."""
    for status in (201, 202, 204):
        data = response(b"", status) if status != 204 else b"HTTP/1.1 204 x\r\n\r\n"
        assert "unexpected answer" in _fails(OutcomeUnknown, always(data)).message


def test_an_answer_has_a_largest_size(monkeypatch):
    """A server must not fill the memory."""
    monkeypatch.setattr(answers, "MAX_ANSWER_BYTES", 1000)
    endless = b"HTTP/1.1 200 x\r\nContent-Type: application/json\r\n\r\n" + bytes(5000)
    failure = _fails(OutcomeUnknown, always(endless))
    assert failure.message == "unexpected answer (more than 1000 bytes)"
    huge = b"HTTP/1.1 500 x\r\n\r\n" + b"x" * (answers.MAX_ERROR_BYTES + 70_000)
    assert "500" in _fails(ProviderUnavailable, always(huge)).message


# --- never connected, or sent ---------------------------------------------------------


def _free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def test_where_nobody_listens_nothing_was_sent():
    """Safe to repeat."""
    provider = OpenAIProvider(
        Connection(base_url=f"http://127.0.0.1:{_free_port()}/v1", key=Secret(KEY)),
        built_in_table(),
    )
    with pytest.raises(ProviderUnavailable, match="Connection refused") as caught:
        provider.draw(_order(), 1, _quiet)
    assert "Errno" not in caught.value.message
    assert not caught.value.limited
    provider.close()


def test_a_host_that_does_not_exist_was_sent_nothing():
    """The name cannot be looked up."""
    connection = Connection(base_url="http://nowhere.invalid/v1", key=Secret(KEY))
    provider = OpenAIProvider(connection, built_in_table())
    with pytest.raises(ProviderUnavailable, match=r"no connection to nowhere\.invalid"):
        provider.draw(_order(), 1, _quiet)
    provider.close()


def test_where_tls_fails_nothing_was_sent():
    """A server that speaks no TLS, so the request was never begun."""

    def answer_plainly():
        connection, _ = listener.accept()
        with connection:
            connection.recv(65536)
            connection.sendall(response(b"", 400))

    with socket.create_server(("127.0.0.1", 0)) as listener:
        answering = threading.Thread(target=answer_plainly)
        answering.start()
        base_url = f"https://127.0.0.1:{listener.getsockname()[1]}/v1"
        connection = Connection(base_url=base_url, key=Secret(KEY))
        provider = OpenAIProvider(connection, built_in_table())
        with pytest.raises(ProviderUnavailable, match="no connection to 127"):
            provider.draw(_order(), 1, _quiet)
        provider.close()
        answering.join()


def test_a_certificate_that_nobody_vouches_for_is_refused(tmp_path):
    """The key is not shown to a stranger, and nothing was sent."""
    key, cert = tmp_path / "key.pem", tmp_path / "cert.pem"
    made = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt"]
    made += ["ec_paramgen_curve:prime256v1", "-nodes", "-subj", "/CN=127.0.0.1"]
    made += ["-keyout", str(key), "-out", str(cert)]
    subprocess.run(made, check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    with Server(_silent, context) as server:
        provider = OpenAIProvider(_connection(server), built_in_table())
        with pytest.raises(ProviderUnavailable, match="certificate"):
            provider.draw(_order(), 1, _quiet)
        provider.close()
    assert server.received == []


@pytest.mark.parametrize(
    "begun",
    [
        b"",
        b"HTTP/1.1 200",
        b"HTTP/1.1 200 x\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{",
        b"not HTTP at all\r\n\r\n",
    ],
)
def test_once_sent_a_broken_connection_leaves_the_outcome_unknown(begun):
    """Closed without an answer, or in the middle of one."""
    failure = _fails(OutcomeUnknown, always(begun))
    assert failure.message.startswith(("no answer: ", "the answer was cut short"))


def test_a_reset_leaves_the_outcome_unknown():
    """The request was read, and then the connection was torn down."""

    def reset(connection, _):
        linger = (1).to_bytes(4, sys.byteorder) + (0).to_bytes(4, sys.byteorder)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)

    assert "no answer: " in _fails(OutcomeUnknown, reset).message


def test_an_error_status_is_heard_even_if_its_body_breaks_off():
    """The service said no; nothing was charged."""
    cut = b"HTTP/1.1 500 x\r\nContent-Length: 99\r\n\r\nno"
    assert "500" in _fails(ProviderUnavailable, always(cut)).message


# --- the deadline -----------------------------------------------------------------


def _dripping(begun, drop):
    """Return a reply that never ends, in bytes that come one by one."""

    def reply(connection, _):
        connection.sendall(begun)
        connection.settimeout(0.01)
        while True:
            connection.sendall(drop)
            try:
                if connection.recv(1) == b"":
                    return
            except TimeoutError:
                continue

    return reply


@pytest.mark.parametrize(
    ("reply", "message"),
    [
        (_silent, "no answer after 0.2 s"),
        (_dripping(b"HTTP/1.1 200 OK\r\nX-A: ", b"a"), "no answer after 0.2 s"),
        (
            _dripping(
                b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n", b" "
            ),
            "no answer after 0.2 s but ",
        ),
        (
            _dripping(
                b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n", b":\n\n"
            ),
            "no answer after 0.2 s but ",
        ),
    ],
)
def test_the_deadline_is_for_the_whole_call(reply, message):
    """A byte now and then keeps every time-out of one read from firing."""
    failure = _fails(OutcomeUnknown, reply, timeout_s=0.2, partials=2)
    assert failure.message.startswith(message)


def test_a_server_that_does_not_read_does_not_hold_the_call():
    """The deadline is for sending, too."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        provider = OpenAIProvider(
            Connection(base_url=f"http://127.0.0.1:{port}/v1", key=Secret(KEY)),
            built_in_table(),
            timeout_s=0.2,
        )
        large = InputPicture(PNG + bytes(16_000_000), "image/png", 8, 8)
        with pytest.raises(OutcomeUnknown, match=r"no answer after 0\.2 s"):
            provider.draw(_order("edit", inputs=(large,)), 1, _quiet)
        provider.close()


# --- refusals ---------------------------------------------------------------------


def _refusal(status, **error):
    return always(response(json.dumps({"error": error}).encode(), status))


def test_what_the_service_says_no_to_is_an_error_of_its_kind():
    """One each, through the real library."""
    bad = _refusal(400, message="Unknown parameter", code="unknown_parameter")
    assert "Unknown parameter" in _fails(ProviderRefused, bad).message
    blocked = _refusal(
        400,
        message="No.",
        code="moderation_blocked",
        moderation_details={"moderation_stage": "output", "categories": ["hate"]},
    )
    failure = _fails(ProviderRefused, blocked)
    assert failure.remember
    assert "output stage, hate" in failure.message
    key = _refusal(401, message=f"Incorrect key: {KEY}", code="invalid_api_key")
    assert "ending in WXYZ" in _fails(CredentialsMissing, key).message
    gone = _refusal(404, message="gone", code="model_not_found")
    failure = _fails(ModelMissing, gone, _order(model="gpt-image-1"))
    assert "use gpt-image-2.6-flare" in failure.message
    money = _refusal(429, message="pay", code="insufficient_quota")
    assert "no money" in _fails(CredentialsMissing, money).message


def test_a_server_error_is_asked_once():
    """The library would have sent it three times."""
    failure = _fails(ProviderUnavailable, _refusal(503, message="busy"))
    assert "answered 503: busy" in failure.message


def test_a_redirect_is_not_followed():
    """Prompt and key stay where the user sent them."""
    with Server(_silent) as elsewhere:
        moved = always(response(b"", 307, Location=elsewhere.url))
        failure = _fails(ProviderRefused, moved)
    assert f"127.0.0.1:{elsewhere.port} was not followed" in failure.message
    assert elsewhere.received == []


def test_without_a_key_nothing_is_sent():
    """The message names the variable and the way without a key."""
    with _asking(_silent, key=None) as (provider, server):
        for ask in (provider.require_credentials, lambda: _ask(provider)):
            with pytest.raises(CredentialsMissing, match="OPENAI_API_KEY") as caught:
                ask()
            assert "--provider placeholder" in caught.value.hint
    assert server.received == []


def _ask(provider):
    return provider.draw(_order(), 1, _quiet)


# --- streams ----------------------------------------------------------------------


def _stream(*events, done=True):
    lines = [f"event: {each['type']}\ndata: {json.dumps(each)}\n\n" for each in events]
    lines += ["data: [DONE]\n\n"] if done else []
    return response("".join(lines).encode(), kind="text/event-stream; charset=utf-8")


def _partial(number, kind="image_generation", picture=None):
    kind, picture = f"{kind}.partial_image", picture or PNG + bytes([number])
    return {"type": kind, "partial_image_index": number, "b64_json": _b64(picture)}


def _last(kind="image_generation", **more):
    return {"type": f"{kind}.completed", "b64_json": _b64(), "usage": USAGE, **more}


@pytest.mark.parametrize("kind", ["image_generation", "image_edit"])
def test_only_the_last_picture_of_a_stream_is_the_draw(kind):
    """Those on the way are shown; fewer than asked for may come."""
    shown = []
    reply = always(_stream(_partial(0, kind), _partial(1, kind), _last(kind)))
    with _asking(reply, partials=3) as (provider, server):
        order = _order()
        if kind == "image_edit":
            order = _order("edit", inputs=(InputPicture(PNG, "image/png", 8, 8),))
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
    _, (sent,) = _draw(always(response(_body(PNG, PNG))), count=2, partials=3)
    assert "stream" not in sent.json()


def test_a_server_that_does_not_stream_is_understood():
    """It answers as if nobody had asked for it."""
    (drawing,), _ = _draw(always(response(_body(PNG))), partials=2)
    assert drawing.data == PNG


def test_a_listener_that_cannot_show_a_partial_picture_does_not_lose_the_draw():
    """The disk may be full for what is only shown; the draw was paid for."""

    def refuse(_):
        raise OutcomeUnknown("no room")

    broken = _partial(0) | {"b64_json": "%"}
    reply = always(_stream(broken, _partial(1), _last()))
    with _asking(reply, partials=2) as (provider, _):
        assert provider.draw(_order(), 1, refuse)[0].data == PNG


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
    failure = _fails(OutcomeUnknown, always(stream), partials=2)
    assert message in failure.message


def test_an_error_in_a_stream_is_judged_by_its_code():
    """The status was 200 already."""
    error = {"type": "error", "error": {"code": "server_error", "message": "broke"}}
    failure = _fails(ProviderUnavailable, always(_stream(error)), partials=2)
    assert "broke" in failure.message
    error["error"]["code"] = "moderation_blocked"
    failure = _fails(ProviderRefused, always(_stream(_partial(0), error)), partials=2)
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
    with _asking(reply) as (provider, server):
        (drawing,) = provider.draw(_order(), 1, _quiet)
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
        _asking(_addressed("/1.png", served)) as (provider, server),
        pytest.raises(OutcomeUnknown, match="address brought nothing") as caught,
    ):
        provider.draw(_order(), 1, _quiet)
    assert caught.value.answer.endswith(b"/1.png")
    assert len(server.received) == 2


@pytest.mark.parametrize(
    "address", ["file:///etc/passwd", "http://u:p@127.0.0.1/", "http://", "http://[x"]
)
def test_only_plain_web_addresses_are_fetched(address):
    """A server must not make us read files or send passwords."""
    body = json.dumps({"data": [{"url": address}]}).encode()
    assert "address" in _fails(OutcomeUnknown, always(response(body))).message


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
    plain = provider.estimate(_request(params=params), 1)
    assert plain.usd == pytest.approx((2 * 5 + 1756 * 30) / 1e6)
    assert plain.kind == "formula"
    masked = _request("edit", inputs=("a",), mask="m", params=(("quality", "medium"),))
    sized = provider.estimate(masked, 1, [Size(1024, 1024)])
    assert sized.kind == "estimate"
    assert sized.usd == pytest.approx((2 * 5 + 1024 * 8 + 1756 * 30) / 1e6)
    showing = OpenAIProvider(Connection(), table, partials=2)
    more = showing.estimate(_request(params=params), 1).usd - plain.usd
    assert more == pytest.approx(2 * 100 * 30 / 1e6)
    vary = _request("vary", inputs=("a",), prompt="", params=params)
    edit = _request("edit", inputs=("a",), prompt="", params=params)
    size = [Size(64, 64)]
    assert provider.estimate(vary, 1, size).usd > provider.estimate(edit, 1, size).usd
    unknown = provider.estimate(_request(model="nobody-knows"), 1)
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
        found = models_on(_connection(server))
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
        (_silent, ProviderUnavailable),
    ],
)
def test_asking_for_models_is_free_however_it_ends(reply, error):
    """So no outcome of it is unknown."""
    with Server(reply) as server, pytest.raises(error):
        models_on(_connection(server), timeout_s=0.2)
