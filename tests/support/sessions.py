"""A session of `watch` on a thread, and one in a process, with what they said."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from buildings import options

from assetgen import events
from assetgen.watch import Watch
from assetgen.watchmoney import Purse

if TYPE_CHECKING:
    from collections.abc import Callable

    from assetgen.watched import Things
    from assetgen.watchrounds import Round

LONG_S = 15.0
_REPOSITORY = Path(__file__).parent.parent.parent


class Session:
    """A session that hears real file events; leaving it ends it."""

    def __init__(self, root: Path, *, cap_usd: float | None = None, **more: Any):
        poll = more.pop("poll", False)
        self.root = root
        self.rounds: list[Round] = []
        self.events: list[events.Event] = []
        self.things: Things | None = None
        self.error: BaseException | None = None
        self._news = threading.Condition()
        self.purse = Purse(cap_usd)
        self.watch = Watch(options(root, **more), self, purse=self.purse, poll=poll)
        self._thread = threading.Thread(target=self._run, daemon=True)

    def _run(self) -> None:
        try:
            self.watch.run()
        except BaseException as error:  # noqa: BLE001  # is raised by whoever waits
            with self._news:
                self.error = error
                self._news.notify_all()

    # --- as an audience -----------------------------------------------------------

    def handle(self, event: events.Event) -> None:
        with self._news:
            self.events.append(event)
            self._news.notify_all()

    def began(self, changed: tuple[str, ...]) -> None:
        """Hear that a round begins."""

    def ended(self, done: Round, things: Things) -> None:
        with self._news:
            self.rounds.append(done)
            self.things = things
            self._news.notify_all()

    # --- for tests ----------------------------------------------------------------

    def until(self, holds: Callable[[Self], bool], what: str = "it") -> None:
        """Wait until something holds of the session.

        Raises:
            TimeoutError: It does not, for long.
        """

        def over() -> bool:
            return self.error is not None or holds(self)

        with self._news:
            if not self._news.wait_for(over, LONG_S):
                raise TimeoutError(f"{what} did not happen: {self.rounds}")
        if self.error is not None:
            raise self.error

    def after(self, change: Callable[[], object], changed: str) -> Round:
        """Return the first round after a change in which `changed` is named."""
        before = len(self.rounds)
        change()

        def named(self: Session) -> bool:
            return any(changed in each.changed for each in self.rounds[before:])

        self.until(named, f"a round for {changed}")
        return next(x for x in self.rounds[before:] if changed in x.changed)

    def of(self, kind: type) -> list[Any]:
        return [each for each in self.events if isinstance(each, kind)]

    def problems(self) -> list[str]:
        """Return all messages of diagnostics so far."""
        return [x.diagnostic.message for x in self.of(events.DiagnosticEvent)]

    def __enter__(self) -> Self:
        """Return when the first build is over."""
        self._thread.start()
        self.until(lambda self: bool(self.rounds), "the first build")
        return self

    def __exit__(self, *_: object) -> None:
        """End the session."""
        self.watch.stop()
        self._thread.join(LONG_S)
        assert not self._thread.is_alive()


class Process:
    """`assetgen watch`, or another command, in a process of its own; leaving it ends it."""

    def __init__(
        self, root: Path, *words: str, command: str = "watch", **environ: str
    ) -> None:
        self.said = ""
        self._news = threading.Condition()
        path = [str(_REPOSITORY / "tests/plugins"), str(_REPOSITORY)]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "assetgen", command, *words],
            cwd=root,
            env={
                "PATH": os.environ["PATH"],
                "HOME": os.environ["HOME"],
                "PYTHONPATH": os.pathsep.join(path),
                **environ,
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            with self._news:
                self.said += line
                self._news.notify_all()
        with self._news:
            self.said += "[end]"
            self._news.notify_all()

    def until(self, words: str, count: int = 1) -> None:
        """Wait until something was said so often.

        Raises:
            TimeoutError: It was not, for long.
        """

        def said() -> bool:
            return self.said.count(words) >= count or self.said.endswith("[end]")

        with self._news:
            if not self._news.wait_for(said, LONG_S) or words not in self.said:
                raise TimeoutError(f"{words!r} was not said: {self.said}")

    def end(self, number: int = signal.SIGINT) -> int:
        """Send a signal, and return the exit code."""
        self.process.send_signal(number)
        code = self.process.wait(LONG_S)
        self._reader.join(LONG_S)
        return code

    def __enter__(self) -> Self:
        """Begin; `until` waits for what is said."""
        return self

    def __exit__(self, *_: object) -> None:
        """End it, however that goes."""
        with contextlib.suppress(ProcessLookupError):
            self.process.kill()
        self.process.wait()
        self._reader.join(LONG_S)
        assert self.process.stdout is not None
        self.process.stdout.close()


def eventually(holds: Callable[[], bool], what: str = "it") -> None:
    """Wait until something holds that nobody tells of.

    Raises:
        TimeoutError: It does not, for long.
    """
    end_s = time.monotonic() + LONG_S
    pause = threading.Event()
    while not holds():
        if time.monotonic() > end_s:
            raise TimeoutError(f"{what} did not happen")
        pause.wait(0.02)
