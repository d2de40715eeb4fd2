"""An OpenAI provider, and the socket that answers it."""

from __future__ import annotations

import base64
import json
from contextlib import contextmanager

import pytest
from sockets import Server

from assetgen.providers.base import Order
from assetgen.providers.connection import Connection, Secret
from assetgen.providers.models import built_in_table
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


def b64(data=PNG):
    """Return a picture as the service writes it."""
    return base64.b64encode(data).decode()


def body_of(*pictures, usage=USAGE, **more):
    """Return the body of an answer with pictures."""
    data = {"created": 1, "data": [{"b64_json": b64(each)} for each in pictures]}
    return json.dumps({**data, **({"usage": usage} if usage else {}), **more}).encode()


def request_of(operation="generate", **changes):
    """Return a request for a picture of a cat."""
    known = {"provider": "openai", "model": MODEL, "prompt": "a cat"}
    return Request(operation=operation, **{**known, **changes})


def order_of(operation="generate", inputs=(), mask=None, markup=None, **changes):
    """Return an order with its pictures."""
    names = tuple(str(number) for number, _ in enumerate(inputs))
    request = request_of(operation, inputs=names, **changes)
    return Order(request=request, inputs=inputs, mask=mask, markup=markup)


def connection_to(server, **changes):
    """Return a connection to a server."""
    return Connection(**{"base_url": server.url, "key": Secret(KEY), **changes})


@contextmanager
def asking(reply, *, timeout_s=NEVER_S, partials=0, on_limits=None, **changes):
    """Yield a provider and the server it asks."""
    with Server(reply) as server:
        provider = OpenAIProvider(
            connection_to(server, **changes),
            built_in_table(),
            timeout_s=timeout_s,
            partials=partials,
            on_limits=on_limits or (lambda _: None),
        )
        try:
            yield provider, server
        finally:
            provider.close()


def quiet(word):
    """Hear nothing."""


def draw(reply, order=None, count=1, **options):
    """Return what a draw brings, and what the server received."""
    with asking(reply, **options) as (provider, server):
        return provider.draw(order or order_of(), count, quiet), server.received


def fails(error, reply, order=None, count=1, **options):
    """Return the error of a draw, which sent no more than one request."""
    with (
        asking(reply, **options) as (provider, server),
        pytest.raises(error) as caught,
    ):
        provider.draw(order or order_of(), count, quiet)
    assert len(server.received) <= 1
    assert type(caught.value) is error
    assert KEY not in f"{caught.value!r} {caught.value.hint}"
    return caught.value


def silent(connection, _):
    """Answer nothing until the other side is gone."""
    connection.recv(1)
