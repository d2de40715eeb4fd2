"""Processors that no asset uses help with the files of one that has many.

A build works on as many assets at once as there are processors. When fewer are left, as
after a change to one asset that a person waits for, its files are made side by side. What
comes out does not depend on it: results arrive in the order of the jobs.
"""

from __future__ import annotations

import threading
from collections import deque
from contextlib import contextmanager
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator, Sequence

T = TypeVar("T")


class Spare:
    """Counts processors that are at work; may be used from any thread."""

    def __init__(self, processors: int) -> None:
        """Begin with all of them idle.

        Args:
            processors: How many work at once, at least 1.
        """
        self._processors = processors
        self._busy = 0
        self._lock = threading.Lock()

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """Count the calling thread as at work."""
        self._count(1)
        try:
            yield
        finally:
            self._count(-1)

    def _count(self, more: int) -> None:
        with self._lock:
            self._busy += more

    def _take_idle(self) -> bool:
        """Count one more as at work if any is idle."""
        with self._lock:
            idle = self._busy < self._processors
            self._busy += idle
        return idle

    def results(
        self, jobs: Sequence[Callable[[], T]], efforts: Sequence[float]
    ) -> Generator[T]:
        """Yield what the jobs return, in their order; idle processors do some of them.

        The caller does the rest, is expected to be counted already, and takes one result
        at a time. Once it stops asking, no further job is begun, and those that go on
        are waited for.

        Args:
            jobs: Done in any order, each at most once.
            efforts: How long each of them takes, in any unit: the longest are begun
                first, so that all who help end at about the same time.

        Raises:
            BaseException: What a job raised, in its place among the results.
        """
        if len(jobs) < 2:
            yield from (job() for job in jobs)
            return
        order = sorted(range(len(jobs)), key=lambda number: -efforts[number])
        bench = _Bench(jobs, order)
        helpers: list[threading.Thread] = []
        try:
            for number in range(len(jobs)):
                while bench.has_more and self._take_idle():
                    helpers += self._helpers(bench)
                yield bench.result(number)
        finally:
            bench.clear()
            for helper in helpers:
                helper.join()

    def _helpers(self, bench: _Bench[T]) -> list[threading.Thread]:
        """Return the thread that helps now; none if the system gives no more threads."""
        helper = threading.Thread(target=self._help, args=(bench,), daemon=True)
        try:
            helper.start()
        except RuntimeError:
            self._count(-1)
            bench.is_shared = False
            return []
        return [helper]

    def _help(self, bench: _Bench[T]) -> None:
        """Do jobs until there are none, or assets need all processors themselves."""
        try:
            while self._busy <= self._processors and bench.do_next():
                pass
        finally:
            self._count(-1)


class _Bench(Generic[T]):
    """Jobs that several threads take from the front, and what came of them."""

    def __init__(self, jobs: Sequence[Callable[[], T]], order: Iterable[int]) -> None:
        self._jobs = jobs
        self._waiting = deque(order)
        self._done: dict[int, tuple[T] | BaseException] = {}
        self._changed = threading.Condition()
        self.is_shared = True

    @property
    def has_more(self) -> bool:
        """Whether jobs wait that the caller will not take next, and may be taken."""
        return self.is_shared and len(self._waiting) > 1

    def do_next(self) -> bool:
        """Do the job that waits longest; False if none does."""
        try:
            number = self._waiting.popleft()
        except IndexError:
            return False
        result: tuple[T] | BaseException
        try:
            result = (self._jobs[number](),)
        except BaseException as error:  # noqa: BLE001  # raised where it is asked for
            result = error
        with self._changed:
            self._done[number] = result
            self._changed.notify_all()
        return True

    def result(self, number: int) -> T:
        """Return what came of a job, doing what waits until it is there."""
        while number not in self._done and self.do_next():
            pass
        with self._changed:
            while number not in self._done:
                self._changed.wait()
        result = self._done.pop(number)
        if isinstance(result, BaseException):
            raise result
        return result[0]

    def clear(self) -> None:
        """Begin no further job."""
        self._waiting.clear()
