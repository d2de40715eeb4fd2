"""Ctrl-C, SIGTERM and a closed terminal, as something that is told and not raised."""

from __future__ import annotations

import signal
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from assetgen.errors import ExitCode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


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
