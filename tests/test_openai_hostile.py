"""What a server, or the environment, may do to a call without harming who asks."""

from __future__ import annotations

import base64
import gzip
import json
import zlib

import pytest
from sockets import Server, always, response

from assetgen.errors import OutcomeUnknown, ProviderRefused, ProviderUnavailable
from assetgen.providers.base import Order
from assetgen.providers.connection import Connection, Secret
from assetgen.providers.models import built_in_table
from assetgen.providers.openai_images import answers
from assetgen.providers.openai_images.provider import OpenAIProvider
from assetgen.providers.openai_images.watch import Inside, Watch
from assetgen.requests import Request

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256))
BODY = json.dumps({"data": [{"b64_json": base64.b64encode(PNG).decode()}]}).encode()
MEGABYTE = 2**20


def draw(url, **options):
    """Return the bytes that are drawn of one request."""
    connection = Connection(server="s", base_url=url, key=Secret("sk-" + "x" * 40))
    provider = OpenAIProvider(connection, built_in_table(), **options)
    request = Request(
        operation="generate", provider="openai", model="gpt-image-2", prompt="a cat"
    )
    try:
        drawn = provider.draw(Order(request=request), 1, lambda _: None)
        return [each.data for each in drawn]
    finally:
        provider.close()


# --- packed answers -----------------------------------------------------------


@pytest.mark.parametrize(
    ("pack", "coding"), [(gzip.compress, "gzip"), (zlib.compress, "deflate")]
)
def test_a_packed_answer_is_read_although_nobody_asked_for_it(pack, coding):
    """Its picture was paid for."""
    with Server(always(response(pack(BODY), content_encoding=coding))) as server:
        assert draw(server.url) == [PNG]


def test_an_answer_that_unpacks_without_end_is_not_unpacked(monkeypatch):
    """The size that counts is the unpacked one, and it counts while unpacking."""
    monkeypatch.setattr(answers, "_REST_BYTES", MEGABYTE)
    monkeypatch.setattr(answers, "MAX_PICTURE_BYTES", MEGABYTE)
    bomb = gzip.compress(bytes(64 * MEGABYTE))
    assert len(bomb) < MEGABYTE
    with (
        Server(always(response(bomb, content_encoding="gzip"))) as server,
        pytest.raises(OutcomeUnknown, match="more than 2097152 bytes") as raised,
    ):
        draw(server.url)
    assert len(raised.value.answer) <= 2 * MEGABYTE


def test_a_packed_error_is_read_to_a_point():
    """Its code counts; what comes after the first megabyte does not."""
    body = json.dumps({"error": {"message": "Busy.", "code": "slow_down"}}).encode()
    for packed in (gzip.compress(body), gzip.compress(body + b" " * 64 * MEGABYTE)):
        answer = response(packed, status=429, content_encoding="gzip")
        with (
            Server(always(answer)) as server,
            pytest.raises(ProviderUnavailable) as raised,
        ):
            draw(server.url)
        assert raised.value.limited


def test_what_is_not_packed_as_it_says_has_an_unknown_outcome():
    """A picture may have been drawn."""
    answer = response(BODY, content_encoding="gzip")
    with Server(always(answer)) as server, pytest.raises(OutcomeUnknown):
        draw(server.url)


# --- the environment ----------------------------------------------------------


@pytest.mark.parametrize(
    "environ",
    [
        {"HTTP_PROXY": "htp://name:PASSWORD@127.0.0.1:9"},
        {"HTTPS_PROXY": "http://name:PASSWORD@127.0.0.1:port"},
        {"SSL_CERT_FILE": "/nowhere/at/all.pem"},
        {"SSL_CERT_FILE": __file__},
    ],
    ids=str,
)
def test_settings_that_cannot_be_used_send_nothing(monkeypatch, environ):
    """A refusal that names the variables and no password; nothing was charged."""
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(ProviderRefused, match="nothing can be sent to") as raised:
        draw("http://127.0.0.1:9/v1")
    assert "PASSWORD" not in str(raised.value)
    assert "HTTPS_PROXY" in raised.value.hint


def test_a_host_with_an_impossible_name_was_sent_nothing():
    """A label of a name has at most 63 letters."""
    with pytest.raises(ProviderUnavailable, match="no connection to"):
        draw(f"http://{'a' * 64}.example/v1")


# --- addresses ----------------------------------------------------------------


class Stream:
    """A connection to somewhere."""

    def __init__(self, peer):
        self.peer = peer
        self.is_closed = False

    def get_extra_info(self, name):
        return (self.peer, 443) if name == "server_addr" else None

    def close(self):
        self.is_closed = True


def reach(watch, peer):
    """Let a call connect to an address, and return the connection."""
    stream = Stream(peer)
    watch.trace("connection.connect_tcp.complete", {"return_value": stream})
    return stream


@pytest.mark.parametrize(
    "peer", ["127.0.0.1", "169.254.169.254", "10.0.0.1", "fe80::1"]
)
def test_a_public_server_cannot_send_us_into_a_private_network(peer):
    """Whatever name its picture's address has: it counts where that leads."""
    with Watch(10.0) as watch:
        reach(watch, "93.184.215.14")
        reach(watch, "2606:4700::6810:84e5")
        with pytest.raises(Inside):
            reach(watch, peer)


def test_a_server_of_ones_own_may_have_its_pictures_beside_it():
    """Or elsewhere."""
    with Watch(10.0) as watch:
        for peer in ("127.0.0.1", "10.0.0.1", "93.184.215.14"):
            assert not reach(watch, peer).is_closed


def test_addresses_bring_no_more_than_an_answer_may_hold(monkeypatch):
    """However many there are."""
    monkeypatch.setattr(answers, "_REST_BYTES", 1000)
    monkeypatch.setattr(answers, "MAX_PICTURE_BYTES", 1000)

    def reply(connection, received):
        picture = f"http://127.0.0.1:{server.port}/picture"
        listed = json.dumps({"data": [{"url": picture}] * 20}).encode()
        wanted = PNG if received.method == "GET" else listed
        connection.sendall(response(wanted))

    with Server(reply) as server:
        assert draw(server.url) == [PNG] * 7


def test_an_answer_with_thousands_of_pictures_is_used_to_a_point():
    """More than were asked for are kept; no disk is filled with the rest."""
    one = {"b64_json": base64.b64encode(PNG).decode()}
    body = json.dumps({"data": [one] * (answers.MAX_PICTURES + 9)}).encode()
    answer = answers.read_answer(body, "application/json", addresses=False)
    assert len(answer.pictures) == answers.MAX_PICTURES
    assert answer.unusable == ("9 pictures too many",)


def test_partial_pictures_leave_room_for_the_picture_itself(monkeypatch):
    """Each may be as large as it is, and it comes last."""
    monkeypatch.setattr(answers, "_REST_BYTES", 3000)
    monkeypatch.setattr(answers, "MAX_PICTURE_BYTES", 20_000)
    picture = base64.b64encode(PNG * 50).decode()
    kinds = ["partial_image"] * 3 + ["completed"]
    events = (
        {"type": f"image_generation.{kind}", "b64_json": picture, "created_at": 1}
        for kind in kinds
    )
    body = "".join(f"event: x\ndata: {json.dumps(each)}\n\n" for each in events)
    answer = response(body.encode(), kind="text/event-stream")
    assert len(answer) > 23_000
    with Server(always(answer)) as server:
        assert draw(server.url, partials=3) == [PNG * 50]
