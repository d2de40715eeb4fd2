"""The gallery's server: how soon a wall is there, how large the server is, how late it is.

`assetgen serve` and `assetgen watch` run as processes of their own, as people run them.
Asked for: at most 200 ms from the changed file on disk to its picture in the page, and
a server below 200 MB with 10,000 assets. What the page does with it is not counted here:
the wall is asked for and the new picture fetched as a page does, without drawing them.
"""

from __future__ import annotations

import hashlib
import http.client
import json
import os
import socket
import statistics
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, Self
from urllib.parse import urlsplit

from benchmarks.measure import assetgen, print_table
from benchmarks.specs import LEAF, Shape, built_project, change_prompt

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

SIZES = (1_000, 10_000)
HEAD = (
    *("assets", "start to link", "wall, ms", "wall, MB", "first screen, ms"),
    *("file to picture, median ms", "min to max ms", "server, MB", "at most, MB"),
)
ROUNDS: Final = 10
_SCREEN: Final = 40
"""Thumbnails that a window shows at once."""
_REST_S: Final = 1.0
_LONG_S: Final = 120.0


def measure(workspace: Path, sizes: Sequence[int] | None, rounds: int) -> None:
    """Print a row for each number of assets."""
    rows = []
    for assets in sizes or SIZES:
        shape = Shape(assets)
        folder = built_project(workspace, shape)
        rows.append(_row(folder, shape, max(rounds, ROUNDS)))
    print_table("The gallery's server", HEAD, rows)


def _row(folder: Path, shape: Shape, rounds: int) -> tuple[str, ...]:
    began_s = time.perf_counter()
    with _started(folder, "serve", "--port", "0") as serving:
        assert serving.stdout is not None
        link = serving.stdout.readline().decode().strip()
        link_s = time.perf_counter() - began_s
        visitor = _Visitor(link)
        began_s = time.perf_counter()
        wall = visitor.get("/api/wall")
        wall_s = time.perf_counter() - began_s
        began_s = time.perf_counter()
        for row in json.loads(wall)["assets"][:_SCREEN]:
            visitor.get(f"/api/thumbs/{row['thumb']}?side=320")
        screen_s = time.perf_counter() - began_s
        with _started(folder, "watch", "-q"):
            late_s = _lateness(folder, shape, visitor, rounds)
        now, most = _memory(serving.pid)
    found = [each * 1000 for each in late_s]
    return (
        f"{shape.assets:,}",
        f"{link_s:.2f} s",
        f"{wall_s * 1000:.0f}",
        f"{len(wall) / 1e6:.1f}",
        f"{screen_s * 1000:.0f}",
        f"{statistics.median(found):.0f}",
        f"{min(found):.0f} to {max(found):.0f}",
        f"{now / 1e6:.0f}",
        f"{most / 1e6:.0f}",
    )


@contextmanager
def _started(folder: Path, *words: str) -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(
        assetgen(*words),
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as process:
        try:
            yield process
        finally:
            process.terminate()


def _memory(pid: int) -> tuple[int, int]:
    """Return the resident set of a process now and at most, in bytes."""
    found = {}
    with open(f"/proc/{pid}/status", encoding="ascii") as file:  # noqa: PTH123  # /proc
        for line in file:
            name, _, value = line.partition(":")
            if name in {"VmRSS", "VmHWM"}:
                found[name] = int(value.split()[0]) * 1024
    return found["VmRSS"], found["VmHWM"]


def _lateness(
    folder: Path, shape: Shape, visitor: _Visitor, rounds: int
) -> list[float]:
    """Return the times from the changed file on disk to its picture, in s."""
    place = folder / f"out/000/sprite-{LEAF:06}.png"
    name = f"sprite-{LEAF:06}"
    found: list[float] = []
    with visitor.events() as events:
        time.sleep(3 * _REST_S)  # the watch makes its first plan
        for number in range(rounds + 1):
            before = place.read_bytes()
            change_prompt(folder, shape, LEAF, time.time_ns())
            written_s, pic = _changed(place, before)
            events.wait_for(name, pic)
            visitor.get(f"/api/thumbs/{pic}?side=320")
            if number:  # the first one warms everything up
                found.append(time.monotonic() - written_s)
            time.sleep(_REST_S)
    return found


def _changed(place: Path, before: bytes) -> tuple[float, str]:
    """Return when a file was another one, and the digest of what it is then."""
    deadline = time.monotonic() + _LONG_S
    while time.monotonic() < deadline:
        data = place.read_bytes()
        if data != before:
            return time.monotonic(), hashlib.sha256(data).hexdigest()
        time.sleep(0.001)
    sys.exit(f"{place} did not change")


class _Visitor:
    """Asks the server as a page does, over connections that stay open."""

    def __init__(self, link: str) -> None:
        parts = urlsplit(link)
        self._headers = {
            "Authorization": f"Bearer {parts.fragment.removeprefix('token=')}"
        }
        self._address = (parts.hostname or "", parts.port or 0)
        self._connection = http.client.HTTPConnection(*self._address, timeout=_LONG_S)

    def get(self, path: str) -> bytes:
        self._connection.request("GET", path, headers=self._headers)
        answer = self._connection.getresponse()
        data = answer.read()
        if answer.status != 200:
            sys.exit(f"{path}: {answer.status} {data[:200]!r}")
        return data

    def events(self) -> _Events:
        connection = http.client.HTTPConnection(*self._address, timeout=_LONG_S)
        connection.request("GET", "/api/events", headers=self._headers)
        return _Events(connection, connection.getresponse())


class _Events:
    """Reads the stream of events on a thread."""

    def __init__(
        self, connection: http.client.HTTPConnection, answer: http.client.HTTPResponse
    ) -> None:
        self._connection = connection
        self._answer = answer
        self._thumbs: dict[str, str] = {}
        self._news = threading.Condition()
        self._thread = threading.Thread(target=self._read, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        socket.socket(fileno=os.dup(self._answer.fileno())).shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._answer.close()
        self._connection.close()

    def _read(self) -> None:
        for update in self._updates():
            with self._news:
                for row in update["rows"]:
                    self._thumbs[row["name"]] = row["thumb"]
                self._news.notify_all()

    def _updates(self) -> Iterator[dict[str, Any]]:
        is_wall = False
        while line := self._answer.readline():
            if line.startswith(b"event: "):
                is_wall = line == b"event: wall\n"
            elif line.startswith(b"data: ") and is_wall:
                yield json.loads(line[6:])

    def wait_for(self, name: str, pic: str) -> None:
        """Wait until the row of an asset shows a picture."""
        with self._news:
            came = self._news.wait_for(lambda: self._thumbs.get(name) == pic, _LONG_S)
        if not came:
            sys.exit(f"the picture of {name} did not come")
