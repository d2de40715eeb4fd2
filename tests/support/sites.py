"""A folder of files, served to a browser on this machine."""

from __future__ import annotations

import contextlib
import functools
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path


class _Handler(SimpleHTTPRequestHandler):
    """Serves a folder, and others below names of their own; says nothing."""

    # As hosts of websites say it; what the machine's own tables say would differ.
    extensions_map: ClassVar[dict[str, str]] = {
        "": "application/octet-stream",
        ".html": "text/html",
        ".css": "text/css",
        ".js": "text/javascript",
        ".mjs": "text/javascript",
        ".json": "application/json",
        ".webmanifest": "application/manifest+json",
        ".png": "image/png",
        ".jpg": "image/jpeg",
        ".webp": "image/webp",
        ".avif": "image/avif",
        ".gif": "image/gif",
        ".svg": "image/svg+xml",
        ".ico": "image/x-icon",
    }

    def __init__(
        self, *args: object, mounts: Mapping[str, Path], directory: str
    ) -> None:
        self._mounts = mounts
        super().__init__(*args, directory=directory)  # type: ignore[arg-type]

    def translate_path(self, path: str) -> str:
        for prefix, folder in self._mounts.items():
            if path.startswith(prefix):
                self.directory = str(folder)
                return super().translate_path("/" + path.removeprefix(prefix))
        return super().translate_path(path)

    def log_message(self, *_: object) -> None:
        """Tests say what went wrong themselves."""


@contextlib.contextmanager
def served(folder: Path, mounts: Mapping[str, Path] | None = None) -> Iterator[str]:
    """Serve a folder; enter its address, without a slash at the end.

    Args:
        folder: What `/` is.
        mounts: Further folders, by the beginning of their paths (`/node_modules/`).
    """
    handler = functools.partial(_Handler, mounts=mounts or {}, directory=str(folder))
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = False  # all of them have ended when the server is closed
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
