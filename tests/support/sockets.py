"""A server on 127.0.0.1 that answers each connection as a test says, byte by byte."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
from email import message_from_bytes
from email.policy import HTTP

from assetgen.values import Value


class Part(Value):
    """A part of a multipart form."""

    name: str
    filename: str | None
    media_type: str
    data: bytes


class Received(Value):
    """A request as it came; header names in lower case."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    def json(self):
        """Return the body as JSON."""
        return json.loads(self.body)

    def parts(self):
        """Return the parts of a multipart body, in order."""
        head = f"Content-Type: {self.headers['content-type']}\r\n\r\n".encode()
        form = message_from_bytes(head + self.body, policy=HTTP)
        return [
            Part(
                part.get_param("name", header="content-disposition"),
                part.get_filename(),
                part.get_content_type(),
                part.get_payload(decode=True),
            )
            for part in form.iter_parts()
        ]


class Server:
    """Accepts until it is closed; `reply(connection, received)` answers each request.

    Attributes:
        received: Whole requests, in the order in which they came.
    """

    def __init__(self, reply, context=None):
        self.received: list[Received] = []
        self._reply = reply
        self._context = context
        self._open: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._accepting = threading.Thread(target=self._accept)

    @property
    def url(self):
        """The base URL of the server."""
        scheme = "http" if self._context is None else "https"
        return f"{scheme}://127.0.0.1:{self.port}/v1"

    def __enter__(self):
        """Begin to accept."""
        self._accepting.start()
        return self

    def __exit__(self, *_):
        """End all connections, and wait for the replies."""
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._accepting.join()
        self._listener.close()
        for each in list(self._open):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
        for each in self._threads:
            each.join()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                self._open.add(connection)
                thread = threading.Thread(target=self._serve, args=(connection,))
                self._threads.append(thread)
                thread.start()

    def _serve(self, connection):
        with contextlib.suppress(OSError), connection:
            if self._context is not None:
                connection = self._context.wrap_socket(connection, server_side=True)
            with connection:
                received = _read(connection)
                if received is not None:
                    self.received.append(received)
                    self._reply(connection, received)


def _read(connection):
    data = b""
    while b"\r\n\r\n" not in data:
        chunk = connection.recv(65536)
        if not chunk:
            return None
        data += chunk
    head, _, body = data.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = {
        name.lower(): value.strip()
        for name, _, value in (line.partition(":") for line in lines)
    }
    while len(body) < int(headers.get("content-length", 0)):
        body += connection.recv(65536)
    method, path, _ = first.split(" ")
    return Received(method, path, headers, body)


def response(body=b"", status=200, kind="application/json", **headers):
    """Return the bytes of a whole answer; ``x_request_id`` becomes a header."""
    lines = [f"HTTP/1.1 {status} said", f"Content-Length: {len(body)}"]
    lines += [f"Content-Type: {kind}"] if kind else []
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def always(data):
    """Return a reply that sends the same bytes each time."""
    return lambda connection, _: connection.sendall(data)
