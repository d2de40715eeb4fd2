"""HTTP: one thread a connection, kept alive, and every way of breaking one."""

from __future__ import annotations

import json
import socket
import struct
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import TYPE_CHECKING, Any, ClassVar

from fakeapi.answers import Answer, answer
from fakeapi.forms import Form, Rejected, read_json, read_multipart
from fakeapi.models import MODELS

if TYPE_CHECKING:
    from fakeapi.api import FakeApi, Received
    from fakeapi.behaviours import Behaviour

_PREFIX = "/v1/images/"
_READERS = {
    "generations": read_json,
    "edits": read_multipart,
    "variations": read_multipart,
}
_DRIP_S = 0.4


class Server:
    """Serves until it is closed."""

    def __init__(self, api: FakeApi, port: int) -> None:
        handler = type("Handler", (_Handler,), {"api": api})
        self._http = _Http(("127.0.0.1", port), handler)
        self._thread = Thread(
            target=self._http.serve_forever, kwargs={"poll_interval": 0.01}
        )
        self._thread.start()

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self._http.server_address[1]}"

    @property
    def connections(self) -> int:
        """How many are open."""
        return self._http.connections

    def close(self) -> None:
        """End every connection and every thread."""
        self._http.shutdown()
        self._thread.join()
        self._http.end_connections()
        self._http.server_close()


class _Http(ThreadingHTTPServer):
    daemon_threads = False  # so that closing waits for them
    request_queue_size = 128

    def __init__(self, *arguments: Any) -> None:
        self._open: set[socket.socket] = set()
        self._lock = Lock()
        super().__init__(*arguments)

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._lock:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._lock:
            self._open.discard(request)
        super().shutdown_request(request)

    @property
    def connections(self) -> int:
        return len(self._open)

    def end_connections(self) -> None:
        with self._lock:
            for each in self._open:
                with suppress(OSError):
                    each.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of clients that went away; everything else is a bug here."""
        import sys

        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    api: ClassVar[FakeApi]
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, *_: object) -> None:
        """Print nothing."""

    @property
    def _lower(self) -> dict[str, str]:
        return {name.lower(): value for name, value in self.headers.items()}

    # --- reading --------------------------------------------------------------

    def do_GET(self) -> None:
        if self.path in self.api.published:
            self.api.downloads.append((self.path, self._lower))
            data, kind = self.api.published[self.path]
            self._send(200, kind, data)
        elif self.path == "/__fake/state":
            self._send_json(200, self.api.state())
        elif self.path == "/v1/models":
            self._answer_models()
        else:
            self._stray()

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        endpoint = self.path.removeprefix(_PREFIX)
        if self.path.startswith("/__fake/"):
            self._command(self.path.removeprefix("/__fake/"), json.loads(body or b"{}"))
        elif endpoint not in _READERS or not self.path.startswith(_PREFIX):
            self._stray()
        else:
            with self.api.receive(endpoint, self._lower) as received:
                self._carry_out(received, body)

    def _carry_out(self, received: Received, body: bytes) -> None:
        try:
            key = self.api.check_key(received.headers)
            kind = received.headers.get("content-type", "")
            form: Form = _READERS[received.endpoint](kind, body)
            wanted, behaviour = self.api.carry_out(received, form, key)
        except Rejected as error:
            received.status = error.status
            self._send_error(error, received)
            return
        answered = answer(wanted, behaviour, self.api.publish)
        self.api.charge(received, answered)
        self.api.take_time(behaviour)
        self._break_off_or_send(received, behaviour, answered)

    def _command(self, word: str, options: dict[str, Any]) -> None:
        """Do what the test says over HTTP."""
        if word == "next":
            self.api.next(options.pop("do"), **options)
        elif word == "when":
            self.api.when(options.pop("said"), options.pop("do"), **options)
        elif word in {"behave", "hold", "release"}:
            getattr(self.api, word)()
        else:
            self._stray()
            return
        self._send_json(200, self.api.state())

    def _stray(self) -> None:
        self.api.strays.append((self.path, self._lower))
        error = Rejected(f"Invalid URL ({self.command} {self.path})", status=404,
                         code=None)  # fmt: skip
        self._send_error(error, None)

    def _answer_models(self) -> None:
        try:
            self.api.check_key(self._lower)
        except Rejected as error:
            self._send_error(error, None)
            return
        known = {name: model.shutdown for name, model in MODELS.items()}
        today = self.api.world.today
        there = {n: end for n, end in known.items() if end is None or end > today}
        there |= dict.fromkeys(self.api.world.models)
        entries = [
            {"id": name, "object": "model", "created": 1, "owned_by": "system"}
            | ({"shutdown_date": end.isoformat()} if end else {})
            for name, end in there.items()
        ]
        self._send_json(200, {"object": "list", "data": entries})

    # --- answering ------------------------------------------------------------

    def _send_json(self, status: int, value: Any) -> None:
        self._send(status, "application/json", json.dumps(value).encode())

    def _send_error(self, error: Rejected, received: Received | None) -> None:
        named = {"x-request-id": received.request_id} if received else {}
        body = json.dumps({"error": error.error}).encode()
        self._send(error.status, "application/json", body, error.headers | named)

    def _send(
        self, status: int, kind: str, body: bytes, more: dict[str, str] | None = None
    ) -> None:
        self.wfile.write(self._head(status, kind, len(body), more or {}) + body)
        self.wfile.flush()

    def _head(
        self, status: int, kind: str, length: int | None, more: dict[str, str]
    ) -> bytes:
        lines = [f"HTTP/1.1 {status} {self.responses.get(status, ('',))[0]}"]
        lines.append(f"content-type: {kind}")
        if length is None:
            lines.append("transfer-encoding: chunked")
        else:
            lines.append(f"content-length: {length}")
        lines += [f"{name}: {value}" for name, value in more.items()]
        return "\r\n".join([*lines, "", ""]).encode()

    def _break_off_or_send(
        self, received: Received, behaviour: Behaviour, answered: Answer
    ) -> None:
        more = {"x-request-id": received.request_id} | self.api.limits()
        whole = b"".join(answered.chunks)
        head = self._head(answered.status, answered.media_type, len(whole), more)
        word = behaviour.word
        if word in {"reset", "close"}:
            self._hang_up(hard=word == "reset")
        elif word == "silent":
            self.api.closing.wait()
            self._hang_up(hard=False)
        elif word == "cut":
            part = int(len(whole) * behaviour.get("share", 0.5))
            self.wfile.write(head + whole[:part])
            self._hang_up(hard=False)
        elif word == "drip headers":
            self._drip(head + whole, behaviour.get("every_s", _DRIP_S))
        elif word == "drip body":
            self.wfile.write(head)
            self._drip(whole, behaviour.get("every_s", _DRIP_S))
        elif answered.media_type == "text/event-stream":
            received.status = answered.status
            self._send_stream(answered, more)
        else:
            received.status = answered.status
            self._send(answered.status, answered.media_type, whole, more)

    def _send_stream(self, answered: Answer, more: dict[str, str]) -> None:
        self.wfile.write(self._head(200, answered.media_type, None, more))
        for chunk in answered.chunks:
            self.wfile.write(b"%x\r\n%b\r\n" % (len(chunk), chunk))
            self.wfile.flush()
        self.wfile.write(b"0\r\n\r\n")
        self.wfile.flush()

    def _drip(self, data: bytes, every_s: float) -> None:
        """Send a byte now and then, until somebody has enough."""
        with suppress(OSError):
            for at in range(len(data)):
                self.wfile.write(data[at : at + 1])
                self.wfile.flush()
                if self.api.closing.wait(every_s):
                    break
        self._hang_up(hard=False)

    def _hang_up(self, *, hard: bool) -> None:
        self.close_connection = True
        with suppress(OSError):
            self.wfile.flush()
            if hard:  # nothing lingers: the other side is told "reset"
                linger = struct.pack("ii", 1, 0)
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
                self.connection.close()
            else:
                self.connection.shutdown(socket.SHUT_RDWR)
