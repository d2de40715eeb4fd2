"""The provider and its connection: what was never sent, and what was never answered."""

from __future__ import annotations

import socket
import ssl
import subprocess
import sys
import threading

import pytest
from answering import (
    KEY,
    PNG,
    connection_to,
    fails,
    order_of,
    quiet,
    silent,
)
from sockets import Server, always, response

from assetgen.errors import (
    OutcomeUnknown,
    ProviderUnavailable,
)
from assetgen.providers.base import InputPicture
from assetgen.providers.connection import Connection, Secret
from assetgen.providers.models import built_in_table
from assetgen.providers.openai_images.provider import OpenAIProvider

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
        provider.draw(order_of(), 1, quiet)
    assert "Errno" not in caught.value.message
    assert not caught.value.limited
    provider.close()


def test_a_host_that_does_not_exist_was_sent_nothing():
    """The name cannot be looked up."""
    connection = Connection(base_url="http://nowhere.invalid/v1", key=Secret(KEY))
    provider = OpenAIProvider(connection, built_in_table())
    with pytest.raises(ProviderUnavailable, match=r"no connection to nowhere\.invalid"):
        provider.draw(order_of(), 1, quiet)
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
            provider.draw(order_of(), 1, quiet)
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
    with Server(silent, context) as server:
        provider = OpenAIProvider(connection_to(server), built_in_table())
        with pytest.raises(ProviderUnavailable, match="certificate"):
            provider.draw(order_of(), 1, quiet)
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
    failure = fails(OutcomeUnknown, always(begun))
    assert failure.message.startswith(("no answer: ", "the answer was cut short"))


def test_a_reset_leaves_the_outcome_unknown():
    """The request was read, and then the connection was torn down."""

    def reset(connection, _):
        linger = (1).to_bytes(4, sys.byteorder) + (0).to_bytes(4, sys.byteorder)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)

    assert "no answer: " in fails(OutcomeUnknown, reset).message


def test_an_error_status_is_heard_even_if_its_body_breaks_off():
    """The service said no; nothing was charged."""
    cut = b"HTTP/1.1 500 x\r\nContent-Length: 99\r\n\r\nno"
    assert "500" in fails(ProviderUnavailable, always(cut)).message


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
        (silent, "no answer after 0.2 s"),
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
    failure = fails(OutcomeUnknown, reply, timeout_s=0.2, partials=2)
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
            provider.draw(order_of("edit", inputs=(large,)), 1, quiet)
        provider.close()
