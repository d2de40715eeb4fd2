"""Clocks that only go forward when somebody waits."""

from __future__ import annotations


class Time:
    """A clock that goes forward when somebody waits.

    Attributes:
        at_wait: What happens when somebody begins to wait.
    """

    def __init__(self):
        self.now_s = 100.0
        self.waits = []
        self.at_wait = lambda: None

    def __call__(self):
        return self.now_s

    def wait(self, _condition, seconds):
        self.waits.append(seconds)
        self.now_s += seconds
        self.at_wait()
