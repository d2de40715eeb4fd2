"""A server that answers every image request after a fixed time, and keeps the times.

``python -m benchmarks.answering LATENCY_S LOG [BYTES]`` prints its URL and serves until
it is ended. It looks at nothing it is sent: no two pictures are the same, and each is of
1024x640 pixels. One line goes to LOG per answer: seconds of the request's arrival and of
its answer.
"""

from __future__ import annotations

import asyncio
import base64
import itertools
import json
import os
import struct
import sys
import time
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

WIDTH, HEIGHT = 1024, 640


def flat_png(note: bytes, padding: int) -> bytes:
    """Return a grey PNG of `WIDTH` x `HEIGHT` that holds `note`, and noise in a chunk.

    Args:
        padding: Bytes of noise, so that the answer is as heavy as a real picture.
    """
    rows = b"".join(b"\0" + b"\x80" * WIDTH for _ in range(HEIGHT))
    head = struct.pack(">IIBBBBB", WIDTH, HEIGHT, 8, 0, 0, 0, 0)
    chunks = (
        (b"IHDR", head),
        (b"tEXt", b"Comment\0" + note),
        (b"noIz", os.urandom(padding)),
        (b"IDAT", zlib.compress(rows)),
        (b"IEND", b""),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body))
        + kind
        + body
        + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in chunks
    )


def _answer(picture: bytes) -> bytes:
    usage = {
        "input_tokens": 20,
        "input_tokens_details": {"text_tokens": 20, "image_tokens": 0},
        "output_tokens": 100,
        "total_tokens": 120,
    }
    encoded = base64.b64encode(picture).decode("ascii")
    body = json.dumps({"created": 0, "data": [{"b64_json": encoded}], "usage": usage})
    head = (
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return (head + body).encode("ascii")


async def _read_request(reader: asyncio.StreamReader) -> bool:
    """Read one request to its end; False if the client has gone."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
        lengths = [
            int(line.partition(b":")[2])
            for line in head.lower().split(b"\r\n")
            if line.startswith(b"content-length:")
        ]
        left = lengths[0] if lengths else 0
        while left:
            left -= len(await reader.readexactly(min(left, 1 << 20)))
    except (asyncio.IncompleteReadError, ConnectionError):
        return False
    return True


def _serving(
    latency_s: float, log: Path, padding: int
) -> Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]:
    numbers = itertools.count(1)
    lines = log.open("a", buffering=1)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await _read_request(reader):
            came = time.monotonic()
            answer = _answer(flat_png(str(next(numbers)).encode(), padding))
            await asyncio.sleep(latency_s - (time.monotonic() - came))
            writer.write(answer)
            lines.write(f"{came} {time.monotonic()}\n")
            try:
                await writer.drain()
            except ConnectionError:
                break
        writer.close()

    return serve


async def _main(latency_s: float, log: Path, padding: int) -> None:
    serve = _serving(latency_s, log, padding)
    server = await asyncio.start_server(serve, "127.0.0.1", 0, backlog=256)
    port = server.sockets[0].getsockname()[1]
    print(f"http://127.0.0.1:{port}/v1", flush=True)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(
        _main(float(sys.argv[1]), Path(sys.argv[2]), int((*sys.argv, "0", "0")[3]))
    )
