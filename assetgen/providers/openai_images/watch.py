"""One call's deadline, and the facts about how far it got.

The HTTP library's time-outs are for each read, so a server that sends a byte now and
then is waited for for ever. A `Watch` ends the whole call: at the deadline it shuts the
call's socket down, and whoever reads or writes there gets an error at once.

It also sees whether the request was begun to be sent. A connection is made for each call
and not kept, so each call sees its own connection being made; a kept one could be closed
by the server just as it is used again, and nobody could tell whether the request had
been read. Compared with drawing a picture a handshake costs nothing.

Source: httpcore 2, "Trace" extension: ``connect_tcp``, ``start_tls`` and
``send_request_headers`` events.
"""

from __future__ import annotations

import ipaddress
import socket
import threading
from contextlib import suppress
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Final, Self

from assetgen.providers.openai_images.answers import MAX_ERROR_BYTES

if TYPE_CHECKING:
    from collections.abc import Mapping
    from contextvars import Token
    from types import TracebackType

_REACHED: Final = ".connect_tcp.complete"
_CONNECTED: Final = (_REACHED, ".start_tls.complete")
_SENDING: Final = ".send_request_headers.started"


class TooLate(Exception):
    """The deadline came before anything was sent."""


class Inside(Exception):
    """A public server sent us into a private network, where it has no business."""


class Watch:
    """Ends what is called inside its ``with`` at the deadline; for one thread.

    Attributes:
        timeout_s: From entering to the deadline.
        most_bytes: Of the answer's body; of an error's, `MAX_ERROR_BYTES`.
        tried: Whether a connection was begun to be made.
        sent: Whether the request was begun to be sent: the server may act on it.
        expired: Whether the deadline came.
        status: Of the first answer; None before its headers came.
        headers: Of the same answer, by lower-case name.
    """

    def __init__(self, timeout_s: float, most_bytes: int = MAX_ERROR_BYTES) -> None:
        """Be ready to be entered."""
        self.timeout_s = timeout_s
        self.most_bytes = most_bytes
        self.tried = False
        self.sent = False
        self.expired = False
        self.status: int | None = None
        self.headers: Mapping[str, str] = {}
        self._lock = threading.Lock()
        self._socket: socket.socket | None = None
        self._is_public: bool | None = None
        self._timer = threading.Timer(timeout_s, self._expire)
        self._timer.daemon = True
        self._token: Token[Watch | None] | None = None

    def __enter__(self) -> Self:
        """Start the clock."""
        self._token = _CURRENT.set(self)
        self._timer.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop the clock."""
        self._timer.cancel()
        with self._lock:
            self._socket = None
        if self._token is not None:
            _CURRENT.reset(self._token)

    def trace(self, event: str, info: dict[str, Any]) -> None:
        """Take an event of the HTTP library's.

        Raises:
            TooLate: The request would be sent now, and the deadline has come.
            Inside: The call's server is public, and this connection leads to a machine
                that only we can reach.
        """
        self.tried = True
        if event.endswith(_CONNECTED):
            stream = info["return_value"]
            if event.endswith(_REACHED):
                self._look_at_peer(stream)
            with self._lock:
                self._socket = stream.get_extra_info("socket")
                if self.expired:
                    self._shut()
        elif event.endswith(_SENDING) and info["request"].method != b"CONNECT":
            with self._lock:
                if self.expired:
                    raise TooLate
                self.sent = True

    def _expire(self) -> None:
        with self._lock:
            self.expired = True
            self._shut()

    def _shut(self) -> None:
        if self._socket is not None:
            # The base class's: an SSLSocket's own would forget its TLS state first.
            with suppress(OSError):
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)

    def _look_at_peer(self, stream: Any) -> None:
        """Take whom a connection reached; names may lead anywhere, so addresses count."""
        try:
            peer = ipaddress.ip_address(stream.get_extra_info("server_addr")[0])
        except (OSError, ValueError):  # gone again
            return
        if self._is_public is None:
            self._is_public = peer.is_global
        elif self._is_public and not peer.is_global:
            stream.close()
            raise Inside("it leads into a private network")


_CURRENT: ContextVar[Watch | None] = ContextVar("watch", default=None)


def current_watch() -> Watch | None:
    """Return the watch whose ``with`` this thread is in."""
    return _CURRENT.get()
