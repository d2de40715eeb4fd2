"""Bodies of answers with a size that somebody watches, packed or not.

A server is asked not to pack what it sends, and one that does so all the same could
turn a megabyte into a gigabyte. So nothing is unpacked but here, in pieces, and it is
the unpacked size that counts.
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Final

import httpx2

if TYPE_CHECKING:
    from collections.abc import Iterator

_PIECE_BYTES: Final = 64 * 1024
_ANY_HEADER: Final = 32 + zlib.MAX_WBITS
"""Takes what gzip writes, and what is called deflate."""

_PACKED: Final = frozenset({"gzip", "x-gzip", "deflate"})


class AnswerTooLong(Exception):
    """An answer is larger than any picture could make it."""


def guarded(response: httpx2.Response, most_bytes: int, most_of_error: int) -> None:
    """Let no more of a body be read than it may have.

    Args:
        response: Its body has not been read.
        most_bytes: Of a success; one that is longer ends with `AnswerTooLong`.
        most_of_error: Of anything else; what is longer is cut off.
    """
    assert isinstance(response.stream, httpx2.SyncByteStream)
    stream = response.stream
    # Taken away, so that the library unpacks nothing by itself.
    coding = response.headers.pop("content-encoding", "").strip().lower()
    if coding in _PACKED:
        stream = _Unpacked(stream)
    if response.is_success:
        response.stream = _Limited(stream, most_bytes)
    else:
        response.stream = _Cut(stream, most_of_error)


class _Unpacked(httpx2.SyncByteStream):
    """A packed body as it was before, in pieces."""

    def __init__(self, inner: httpx2.SyncByteStream) -> None:
        self._inner = inner

    def __iter__(self) -> Iterator[bytes]:
        unpacking = zlib.decompressobj(_ANY_HEADER)
        try:
            for chunk in self._inner:
                rest, piece = chunk, b""
                while rest or len(piece) == _PIECE_BYTES:
                    piece = unpacking.decompress(rest, _PIECE_BYTES)
                    rest = unpacking.unconsumed_tail
                    yield piece
        except zlib.error as error:
            raise httpx2.DecodingError(str(error)) from None

    def close(self) -> None:
        self._inner.close()


class _Cut(httpx2.SyncByteStream):
    """A body of which only the beginning is read."""

    def __init__(self, inner: httpx2.SyncByteStream, most_bytes: int) -> None:
        self._inner = inner
        self._most_bytes = most_bytes

    def __iter__(self) -> Iterator[bytes]:
        came = 0
        for chunk in self._inner:
            came += len(chunk)
            if came > self._most_bytes:
                self.end()
                return
            yield chunk

    def end(self) -> None:
        """There is more than is read."""

    def close(self) -> None:
        self._inner.close()


class _Limited(_Cut):
    """A body that ends with an error once it is too long."""

    def end(self) -> None:
        raise AnswerTooLong(f"more than {self._most_bytes} bytes")
