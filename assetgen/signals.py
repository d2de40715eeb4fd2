"""Ctrl-C, SIGTERM and a closed terminal, as something that is told and not raised."""

from __future__ import annotations

import signal
import threading
import time
from contextlib import contextmanager
from queue import Empty
from typing import TYPE_CHECKING, Final, TypeVar

from assetgen.errors import ExitCode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from queue import SimpleQueue

_Item = TypeVar("_Item")

_DEAF_S: Final = 0.5
"""How long a signal may wait that came just before the process fell asleep."""


@contextmanager
def signals_told(tell: Callable[[ExitCode], None]) -> Iterator[None]:
    """Tell of SIGINT, SIGTERM and SIGHUP while this lasts, as the code to end with.

    Whoever closes the terminal ends the build as SIGTERM does: answers that were paid
    for are waited for. A hang-up that is ignored already (`nohup`) stays ignored.
    Nothing changes outside the main thread: there, signals are somebody else's.
    """
    if threading.current_thread() is not threading.main_thread():
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
