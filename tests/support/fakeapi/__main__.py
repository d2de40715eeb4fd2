"""Runs the stand-in as a process, for whoever is not Python: ``python -m fakeapi``.

Prints its base URL, then serves until stdin ends or the process is told to end.
``GET /__fake/state`` counts; ``POST /__fake/when`` with ``{"said", "do", ...}``,
``/__fake/next``, ``/__fake/hold``, ``/__fake/release`` and ``/__fake/behave`` give orders.
"""

from __future__ import annotations

import argparse
import signal
import sys

from fakeapi.api import FakeApi


def main() -> None:
    """Serve."""
    parser = argparse.ArgumentParser(prog="fakeapi")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--latency", type=float, default=0.0, metavar="SECONDS")
    parser.add_argument("--images-per-window", type=int)
    parser.add_argument("--window", type=float, default=60.0, metavar="SECONDS")
    parser.add_argument("--other", action="store_true")
    given = parser.parse_args()
    with FakeApi(
        port=given.port,
        latency_s=given.latency,
        images_per_window=given.images_per_window,
        window_s=given.window,
        other=given.other,
        keep_files=False,
    ) as fake:
        signal.signal(signal.SIGTERM, lambda *_: sys.exit())
        print(fake.base_url, flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main()
