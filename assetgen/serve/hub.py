"""Who listens to the gallery's events, and how they are told: server-sent events.

Events come from worker threads; listeners live in the server's loop. One that does not
read is let go after a while: its page connects again, and fetches the wall anew.
"""

from __future__ import annotations

import asyncio
import json
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from assetgen.model import Json

_MOST_WAITING: Final = 2_000
_MOST_LISTENERS: Final = 64
BEAT_S: Final = 15.0
_END: Final = b""
_BEAT: Final = b": still here\n\n"
_HELLO: Final = b"retry: 1000\n: here\n\n"


class Hub:
    """Passes events on; `tell` may be called from any thread."""

    def __init__(self) -> None:
        """Begin without listeners."""
        self._guard = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._queues: list[asyncio.Queue[bytes]] = []
        self._closed = False

    def tell(self, kind: str, data: Mapping[str, Json] | bytes) -> None:
        """Tell all listeners.

        Args:
            kind: ``wall``, ``build``, ``partial`` or ``job``.
            data: The event's data, as JSON if it is bytes.
        """
        with self._guard:
            loop = self._loop
        if loop is None:
            return
        if not isinstance(data, bytes):
            text = json.dumps(data, ensure_ascii=True, separators=(",", ":"))
            data = text.encode("ascii")
        message = b"".join((b"event: ", kind.encode(), b"\ndata: ", data, b"\n\n"))
        with suppress(RuntimeError):  # the loop has ended in between
            loop.call_soon_threadsafe(self._pass_on, message)

    def close(self) -> None:
        """End all streams; nobody can listen any more."""
        with self._guard:
            self._closed = True
            loop = self._loop
        if loop is not None:
            with suppress(RuntimeError):
                loop.call_soon_threadsafe(self._pass_on, _END)

    def _pass_on(self, message: bytes) -> None:
        for queue in list(self._queues):
            try:
                queue.put_nowait(message)
            except asyncio.QueueFull:
                self._let_go(queue)

    def _let_go(self, queue: asyncio.Queue[bytes]) -> None:
        """End a stream that nobody reads; what waits in it is dropped."""
        if queue in self._queues:
            self._queues.remove(queue)
        while not queue.empty():
            queue.get_nowait()
        queue.put_nowait(_END)

    async def stream(self) -> AsyncIterator[bytes]:
        """Yield what one listener gets, until it or the server goes away."""
        with self._guard:
            self._loop = asyncio.get_running_loop()
            if self._closed:
                return
        while len(self._queues) >= _MOST_LISTENERS:
            self._let_go(self._queues[0])
        queue: asyncio.Queue[bytes] = asyncio.Queue(_MOST_WAITING)
        self._queues.append(queue)
        try:
            yield _HELLO
            while True:
                try:
                    message = await asyncio.wait_for(queue.get(), BEAT_S)
                except TimeoutError:
                    message = _BEAT
                if message == _END:
                    return
                yield message
        finally:
            if queue in self._queues:
                self._queues.remove(queue)
