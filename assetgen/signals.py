"""Ctrl-C and SIGTERM as something that is told instead of raised."""

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
    """Tell of SIGINT and SIGTERM while this lasts, as the code to end with.

    Nothing changes outside the main thread: there, signals are somebody else's.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def handle(number: int, _frame: object) -> None:
        ends_with = number == signal.SIGTERM
        tell(ExitCode.TERMINATED if ends_with else ExitCode.INTERRUPTED)

    numbers = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(number, handle) for number in numbers]
    try:
        yield
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)
