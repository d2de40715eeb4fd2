"""A small server with the gallery's data: what pages are shown, and what they ask for.

The pages are tried against this one where a test needs rows that no small project has, or
has to say when an event comes. It speaks the same addresses as `assetgen serve`.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import queue
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Self

from assetgen.pages.joining import FOLDER, page_files

if TYPE_CHECKING:
    from collections.abc import Callable

    from PIL import Image

Json = dict[str, Any]
TOKEN = "token-of-this-run"


def asset_id(name: str) -> str:
    """Return the id of an asset, as the gallery makes it."""
    return hashlib.sha256(name.encode()).hexdigest()[:16]


def make_row(name: str, **changed: Any) -> Json:
    """Return a row of the wall that says nothing special."""
    row: Json = {
        "id": asset_id(name),
        "name": name,
        "state": "up-to-date",
        "source": "prompt",
        "operation": "generate",
        "provider": "openai",
        "model": "gpt-image-2",
        "tags": [],
        "alt": None,
        "description": "",
        "placeholder": False,
        "frozen": False,
        "locked": True,
        "draws": 1,
        "pick": 1,
        "cost_usd": 0.04,
        "estimate_usd": None,
        "thumb": None,
        "width": None,
        "height": None,
        "bytes": None,
        "files": 1,
        "reason": None,
        "error": None,
        "change": None,
    }
    return row | changed


def make_wall(rows: list[Json], **changed: Any) -> Json:
    """Return a wall of these rows."""
    states = [row["state"] for row in rows]
    wall: Json = {
        "wall": 1,
        "project": "Lantern Bay",
        "spec": "assets.yaml",
        "assetgen": "0.1.0",
        "live": True,
        "stamp": "1",
        "base": None,
        "targets": [{"name": "game", "dir": "game/art", "engine": "phaser"}],
        "tags": sorted({tag for row in rows for tag in row["tags"]}),
        "providers": ["openai"],
        "money": {
            "session_usd": 0.12,
            "spent_usd": 1.62,
            "cap_usd": 5.0,
            "left_usd": 3.38,
            "to_spend_usd": sum(row["estimate_usd"] or 0 for row in rows),
        },
        "summary": {
            "assets": len(rows),
            "by_state": {state: states.count(state) for state in set(states)},
        },
        "diagnostics": [],
        "assets": rows,
        "edges": [],
    }
    return wall | changed


def make_page(row: Json, **changed: Any) -> Json:
    """Return the page of an asset that says nothing special."""
    page: Json = {
        "asset": 1,
        "row": row,
        "show": {"show": 1, "request": None, "process": []},
        "yaml_place": {"file": "assets.yaml", "line": 12},
        "prompt": None,
        "image": row["thumb"],
        "draws": [],
        "files": [],
        "inputs": [],
        "mask": None,
        "parents": [],
        "children": [],
        "history": [],
        "changes": {"since_build": [], "since_commit": None},
        "price": {"estimate_usd": 0.0, "kind": "formula", "reroll_usd": 0.04},
        "compare": None,
        "paintable": None,
    }
    return page | changed


def make_draw(number: int, pic: str, side: tuple[int, int], **changed: Any) -> Json:
    """Return a draw that lies in the store."""
    draw: Json = {
        "number": number,
        "digest": pic,
        "at": "2026-03-02T09:14:00Z",
        "model": "gpt-image-2",
        "cost_usd": 0.04,
        "estimated": False,
        "there": True,
        "picked": number == 1,
        "present": True,
        "pic": pic,
        "width": side[0],
        "height": side[1],
        "bytes": 31_000,
    }
    return draw | changed


def png(image: Image.Image) -> bytes:
    """Return a picture's file."""
    buffer = io.BytesIO()
    image.save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()


class GalleryServer:
    """Serves a wall and its pages, notes what is posted, sends events when told."""

    def __init__(self, wall: Json, pages: dict[str, Json] | None = None) -> None:
        self.wall = wall
        self.pages = pages or {}
        self.pictures: dict[str, bytes] = {}
        self.posts: list[tuple[str, Json]] = []
        self.asked: list[str] = []
        self.answers: dict[str, Callable[[Json], tuple[int, Json]]] = {}
        self.prices: dict[str, float | None] = {}
        self.after: Json = None
        self.listeners: list[queue.Queue[str | None]] = []
        self.listening = threading.Event()
        handler = type("Handler", (_Handler,), {"gallery": self})
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.server.daemon_threads = True
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)

    def __enter__(self) -> Self:
        """Start to answer."""
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop, and wait until nothing answers any more."""
        self._hang_up()
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    @property
    def url(self) -> str:
        """The address with its token, as `serve` prints it."""
        return f"{self.origin}/#token={TOKEN}"

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    def add_picture(self, image: Image.Image) -> str:
        """Keep a picture and return its id."""
        return self.keep(png(image))

    def keep(self, data: bytes) -> str:
        """Keep a picture's file and return its id."""
        pic = hashlib.sha256(data).hexdigest()
        self.pictures[pic] = data
        return pic

    def send(self, kind: str, data: Json) -> None:
        """Send an event to every page that listens."""
        assert self.listening.wait(10), "no page listens"
        for listener in self.listeners:
            listener.put(f"event: {kind}\ndata: {json.dumps(data)}\n\n")

    def send_rows(self, *rows: Json) -> None:
        """Change rows of the wall, and tell."""
        by_id = {row["id"]: row for row in rows}
        self.wall["assets"] = [by_id.get(r["id"], r) for r in self.wall["assets"]]
        for row in rows:
            if row["id"] in self.pages:
                self.pages[row["id"]] = self.pages[row["id"]] | {"row": row}
        news = {key: self.wall[key] for key in ("money", "summary", "diagnostics")}
        self.send(
            "wall",
            {"stamp": "2", "rows": list(rows), "removed": [], "order": None} | news,
        )

    def drop_events(self) -> None:
        """Cut every stream of events, of which there must be one."""
        assert self.listening.wait(10), "no page listens"
        self._hang_up()

    def _hang_up(self) -> None:
        self.listening.clear()
        for listener in list(self.listeners):
            listener.put(None)


class _Handler(BaseHTTPRequestHandler):
    gallery: GalleryServer
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        path, _, query = self.path.partition("?")
        self.gallery.asked.append(self.path)
        if path == "/":
            self._file("index.html", "text/html; charset=utf-8")
        elif path.startswith("/pages/") and path[7:] in page_files():
            self._file(path[7:], page_files()[path[7:]])
        elif f"gallery={TOKEN}" not in (self.headers["Cookie"] or ""):
            self._json(401, {"error": {"code": "no-session", "message": "no session"}})
        elif path == "/api/wall":
            self._json(200, self.gallery.wall)
        elif path == "/api/events":
            self._events()
        elif match := re.fullmatch(r"/api/assets/(\w+)", path):
            page = self.gallery.pages.get(match[1])
            self._json(200 if page else 404, page or {"error": {"message": "gone"}})
        elif match := re.fullmatch(r"/api/reroll/(\w+)", path):
            self._json(200, self._price(match[1], int(query.partition("=")[2])))
        elif re.fullmatch(r"/api/pick/\w+", path):
            self._json(200, {"after": self.gallery.after, "left_usd": 3.38})
        elif match := re.fullmatch(r"/api/(pictures|thumbs|partials/\w+)/(\w+)", path):
            self._picture(match[2])
        else:
            self._json(404, {"error": {"code": "unknown", "message": "nothing here"}})

    def do_HEAD(self) -> None:
        known = f"gallery={TOKEN}" in (self.headers["Cookie"] or "")
        self.send_response(200 if known else 401)
        self.end_headers()

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.path == "/api/session":
            good = body == {"token": TOKEN}
            self.send_response(204 if good else 401)
            if good:
                cookie = f"gallery={TOKEN}; HttpOnly; SameSite=Strict; Path=/"
                self.send_header("Set-Cookie", cookie)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        self.gallery.posts.append((self.path, body))
        answer = self.gallery.answers.get(self.path.rpartition("/")[2])
        status, result = answer(body) if answer else (202, {"job": "job-1"})
        self._json(status, result)

    def _price(self, asset: str, count: int) -> Json:
        each = self.gallery.prices.get(asset, 0.04)
        total = None if each is None else round(each * count, 6)
        price = {"estimate_usd": total, "kind": "formula", "left_usd": 3.38}
        return price | {"after": self.gallery.after}

    def _file(self, name: str, kind: str) -> None:
        self._bytes(200, (FOLDER / name).read_bytes(), kind)

    def _json(self, status: int, data: Json) -> None:
        self._bytes(status, json.dumps(data).encode(), "application/json")

    def _picture(self, pic: str) -> None:
        data = self.gallery.pictures.get(pic)
        self._bytes(200 if data else 404, data or b"", "image/png")

    def _bytes(self, status: int, data: bytes, kind: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        if kind == "image/png":
            self.send_header("Cache-Control", "max-age=3600, immutable")
        with contextlib.suppress(ConnectionError):  # a page that left needs no answer
            self.end_headers()
            self.wfile.write(data)

    def _events(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True
        listener: queue.Queue[str | None] = queue.Queue()
        self.gallery.listeners.append(listener)
        try:
            self.wfile.write(b": here\n\n")
            self.wfile.flush()
            self.gallery.listening.set()
            while (event := listener.get()) is not None:
                self.wfile.write(event.encode())
                self.wfile.flush()
        except OSError:
            pass  # the page is gone
        finally:
            self.gallery.listeners.remove(listener)
