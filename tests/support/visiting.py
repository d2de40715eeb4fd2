"""Whoever visits the gallery's server: a browser's requests, said word by word."""

from __future__ import annotations

import contextlib
import http.client
import json
import time
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

from assetgen.project import Options
from assetgen.serve.app import Place, serve_in_thread
from assetgen.watchmoney import Purse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from assetgen.serve.app import Served

PATIENCE_S = 30.0


class Answer(NamedTuple):
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def error(self) -> str:
        """The code of the error."""
        return self.json()["error"]["code"]


class Visitor:
    """Sends requests to one server; with a token unless told otherwise."""

    def __init__(self, served: Served) -> None:
        self.served = served
        parts = urlsplit(served.url)
        self.host, self.port = parts.hostname, parts.port
        self.token = parts.fragment.removeprefix("token=")
        self.origin = f"http://127.0.0.1:{self.port}"

    def ask(
        self,
        path: str,
        *,
        method: str = "GET",
        body: object = None,
        token: bool = True,
        **headers: str | None,
    ) -> Answer:
        """Send one request; headers with ``_`` for ``-``, None leaves one out."""
        sent: dict[str, str | None] = {"Host": f"127.0.0.1:{self.port}"}
        data = body if isinstance(body, bytes) else None
        if body is not None and data is None:
            data = json.dumps(body).encode()
        if data is not None:
            sent["Content-Type"] = "application/json"
        if token:
            sent["Authorization"] = f"Bearer {self.token}"
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.putrequest(method, path, skip_host=True)
            for name, value in sent.items():
                if value is not None:
                    connection.putheader(name, value)
            if data is not None:
                connection.putheader("Content-Length", str(len(data)))
            connection.endheaders(data)
            answer = connection.getresponse()
            found = {name.lower(): value for name, value in answer.getheaders()}
            return Answer(answer.status, found, answer.read())
        finally:
            connection.close()

    def post(self, path: str, body: object, **more: Any) -> Answer:
        """Send JSON."""
        return self.ask(path, method="POST", body=body, **more)

    def wall(self) -> Any:
        """Return the wall."""
        answer = self.ask("/api/wall")
        assert answer.status == 200, answer
        return answer.json()

    def row(self, name: str) -> Any:
        """Return the row of an asset."""
        return next(row for row in self.wall()["assets"] if row["name"] == name)

    def page(self, name: str) -> Any:
        """Return the page of an asset."""
        answer = self.ask(f"/api/assets/{self.row(name)['id']}")
        assert answer.status == 200, answer
        return answer.json()

    @contextlib.contextmanager
    def listening(self) -> Iterator[Listening]:
        """Enter a stream of events."""
        connection = http.client.HTTPConnection(
            "127.0.0.1", self.port, timeout=PATIENCE_S
        )
        headers = {"Authorization": f"Bearer {self.token}"}
        connection.request("GET", "/api/events", headers=headers)
        answer = connection.getresponse()
        assert answer.status == 200
        try:
            found = Listening(answer)
            assert found.block() != []  # from here on nothing is missed
            yield found
        finally:
            answer.close()
            connection.close()


class Listening:
    """A stream of events that is read on."""

    def __init__(self, answer: http.client.HTTPResponse) -> None:
        self._answer = answer

    def block(self) -> list[str]:
        """Return the lines up to the next empty one."""
        lines: list[str] = []
        while line := self._answer.readline().decode().rstrip("\n"):
            lines.append(line)
        return lines

    def next(self, kind: str, fits: Callable[[Any], bool] = lambda _: True) -> Any:
        """Return the data of the next event of a kind that fits."""
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            lines = self.block()
            if f"event: {kind}" in lines:
                text = next(x for x in lines if x.startswith("data: "))
                data = json.loads(text.removeprefix("data: "))
                if fits(data):
                    return data
        raise AssertionError(f"no {kind} came")

    def job_end(self, job: str) -> Any:
        """Return the event that says how a job ended."""
        ends = {"done", "failed"}
        return self.next("job", lambda x: x["job"] == job and x["state"] in ends)


@contextlib.contextmanager
def visiting(
    root: Path,
    *,
    cap_usd: float | None = None,
    watched: bool = False,
    purse: Purse | None = None,
    links: list[str] | None = None,
    **more: Any,
) -> Iterator[Visitor]:
    """Enter a gallery of a project, as somebody who has the link."""
    served = serve_in_thread(
        Options(root=root, workers=2, **more),
        place=Place(port=0),
        purse=purse or Purse(cap_usd),
        watched=watched,
        print_link=(links if links is not None else []).append,
    )
    try:
        yield Visitor(served)
    finally:
        served.stop()


def files_below(root: Path) -> dict[str, bytes]:
    """Return all files of a project, without what may be forgotten."""
    return {
        str(path.relative_to(root)): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file() and ".assetgen/memo" not in str(path)
    }
