"""Ctrl-C, SIGTERM and a closed terminal, as something that is told and not raised."""

from __future__ import annotations

import signal
import threading
import time
from contextlib import contextmanager, nullcontext
from queue import Empty
from typing import TYPE_CHECKING, Final, TypeVar

from assetgen.errors import ExitCode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from queue import SimpleQueue

_Item = TypeVar("_Item")

_DEAF_S: Final = 0.5
"""How long a signal may wait that came just before the process fell asleep."""


class Stopper:
    """Tells work on another thread what a signal tells it on the main one.

    That thread enters `heard`; whatever it does then within `signals_told` hears of
    `stop`, also of one that came before.
    """

    def __init__(self) -> None:
        """Begin with nothing told."""
        self._guard = threading.Lock()
        self._told: list[ExitCode] = []
        self._listeners: list[Callable[[ExitCode], None]] = []

    @property
    def is_stopping(self) -> bool:
        """Whether it was told to end."""
        return bool(self._told)

    def stop(self) -> None:
        """Tell it to end; a second time not to wait for anything."""
        with self._guard:
            self._told.append(ExitCode.INTERRUPTED)
            for tell in self._listeners:
                tell(ExitCode.INTERRUPTED)

    @contextmanager
    def heard(self) -> Iterator[None]:
        """Let what this thread does meanwhile hear of `stop`."""
        _OF_THREAD.stopper = self
        try:
            yield
        finally:
            del _OF_THREAD.stopper

    @contextmanager
    def telling(self, tell: Callable[[ExitCode], None]) -> Iterator[None]:
        """Tell `tell` while this lasts, beginning with what was told before."""
        with self._guard:
            for code in self._told:
                tell(code)
            self._listeners.append(tell)
        try:
            yield
        finally:
            with self._guard:
                self._listeners.remove(tell)


_OF_THREAD: Final = threading.local()


def is_told_to_end() -> bool:
    """Return whether a `Stopper` has told this thread to end."""
    stopper: Stopper | None = getattr(_OF_THREAD, "stopper", None)
    return stopper is not None and stopper.is_stopping


@contextmanager
def signals_told(tell: Callable[[ExitCode], None]) -> Iterator[None]:
    """Tell of SIGINT, SIGTERM and SIGHUP while this lasts, as the code to end with.

    Whoever closes the terminal ends the build as SIGTERM does: answers that were paid
    for are waited for. A hang-up that is ignored already (`nohup`) stays ignored.
    Outside the main thread signals are somebody else's; there, a `Stopper` is heard.
    """
    if threading.current_thread() is not threading.main_thread():
        stopper: Stopper | None = getattr(_OF_THREAD, "stopper", None)
        with nullcontext() if stopper is None else stopper.telling(tell):
            yield
        return

    def handle(number: int, _frame: object) -> None:
        by_hand = number == signal.SIGINT
        tell(ExitCode.INTERRUPTED if by_hand else ExitCode.TERMINATED)

    numbers = [signal.SIGINT, signal.SIGTERM]
    if signal.getsignal(signal.SIGHUP) is signal.SIG_DFL:
        numbers.append(signal.SIGHUP)
    before = [signal.signal(number, handle) for number in numbers]
    try:
        yield
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)


def next_item(queue: SimpleQueue[_Item], timeout_s: float | None) -> _Item:
    """Return what comes next, and hear signals while waiting for it.

    A signal that arrives between the interpreter's last look for one and the system
    call that waits ends no waiting, so nobody here waits for long in one go.

    Args:
        timeout_s: None to wait as long as it takes.

    Raises:
        Empty: Nothing came in that time.
    """
    end_s = None if timeout_s is None else time.monotonic() + timeout_s
    while True:
        left_s = _DEAF_S if end_s is None else end_s - time.monotonic()
        try:
            return queue.get(timeout=max(0.0, min(left_s, _DEAF_S)))
        except Empty:
            if end_s is not None and time.monotonic() >= end_s:
                raise
