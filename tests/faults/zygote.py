"""Starts `assetgen` as forks of a process that has imported everything already.

Hundreds of runs are killed and failed in these tests; a fork takes a hundredth of what
an interpreter takes to start, and is a process of its own all the same. Jobs come in
as lines of JSON, answers go out as such lines:

    {"start": ["build"], "cwd": ..., "environ": {...}, "out": FILE, "err": FILE}  -> PID
    {"ready": true}                          -> true
    {"wait": PID, "timeout_s": 20}          -> exit code, -SIGNAL, or null: still running

Further keys of a start: ``limits`` (rlimit name to number), ``nobody`` (drop root).
"""

from __future__ import annotations

import atexit
import contextlib
import gc
import importlib
import json
import os
import pkgutil
import resource
import signal
import sys
import threading
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import assetgen

NOBODY = 65534


def main() -> list[str] | None:
    """Serve jobs until stdin ends; in a child, return its arguments instead."""
    sys.stdin.reconfigure(encoding="utf-8")
    for line in sys.stdin:
        job = json.loads(line)
        if "ready" in job:
            answer = True
        elif "wait" in job:
            answer = _wait(job["wait"], job["timeout_s"])
        else:
            answer = os.fork()
            if answer == 0:
                return _become(job)
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()
    return None


def _wait(pid: int, timeout_s: float) -> int | None:
    end = time.monotonic() + timeout_s
    while True:
        found, status = os.waitpid(pid, os.WNOHANG)
        if found:
            return os.waitstatus_to_exitcode(status)
        if time.monotonic() > end:
            return None
        time.sleep(0.002)


def _become(job) -> list[str]:
    """Turn this fork into what a shell would have started."""
    os.environ.clear()
    os.environ.update(job["environ"])
    for number, path, flags in (
        (0, os.devnull, os.O_RDONLY),
        (1, job["out"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC),
        (2, job["err"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC),
    ):
        descriptor = os.open(path, flags, 0o666)
        os.dup2(descriptor, number)
        os.close(descriptor)
    os.chdir(job["cwd"])
    if job.get("nobody"):
        os.setgroups([])
        os.setgid(NOBODY)
        os.setuid(NOBODY)
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # as Python does at its own start
    for name, number in job.get("limits", {}).items():
        resource.setrlimit(getattr(resource, name), (number, number))
    from assetgen import failpoints

    failpoints._active = failpoints._from_environment(os.environ)
    return [sys.argv[0], *job["start"]]


def _import_everything() -> None:
    for module in pkgutil.walk_packages(assetgen.__path__, "assetgen."):
        if not module.name.endswith("__main__"):
            with contextlib.suppress(ImportError):  # an extra that is not installed
                importlib.import_module(module.name)
    for name in (
        "PIL.PngImagePlugin",
        "diskcache",
        "yaml",
        "jsonschema_rs",
        "openai.resources.images",
        "httpcore2",
    ):
        importlib.import_module(name)
    importlib.import_module("importlib.metadata")
    _build_once()


def _build_once() -> None:
    """Build something: what is imported late is imported then.

    A child may be somebody who cannot read where Python is.
    """
    from assetgen.cli.console import Console
    from assetgen.cli.main import run

    before = Path.cwd(), signal.getsignal(signal.SIGTERM)
    with TemporaryDirectory() as folder, Path(os.devnull).open("w") as nothing:
        os.chdir(folder)
        Path("assets.yaml").write_text(
            "version: 1\nprovider: counting\nassets: "
            "{a: {prompt: A, size: 16x16, outputs: [a.png]}}\n"
        )
        os.environ["COUNTING_LOG"] = os.devnull
        words = ["build", "--provider", "counting"]
        run(words, Console(os.environ, nothing, nothing))
        os.chdir(before[0])
    signal.signal(signal.SIGTERM, before[1])


def _leave(code: int) -> None:
    """End as `sys.exit` does: wait for threads first; modules are not taken apart."""
    threading._shutdown()
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    _import_everything()
    gc.collect()
    gc.freeze()  # pages that the collector does not touch stay shared
    given = main()
    if given is not None:
        sys.argv = given
        from assetgen.__main__ import main as assetgen_main

        _leave(assetgen_main())
