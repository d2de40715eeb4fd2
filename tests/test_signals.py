"""Waiting for a queue without going deaf to signals."""

from __future__ import annotations

import threading
from queue import Empty, SimpleQueue

import pytest

from assetgen import signals
from assetgen.signals import next_item


class Napping:
    """A queue that counts how often it was asked, and for how long at most."""

    def __init__(self, empty_times):
        self.left, self.naps = empty_times, []

    def get(self, timeout):
        self.naps.append(timeout)
        if self.left:
            self.left -= 1
            raise Empty
        return "news"


def test_nobody_waits_for_long_in_one_go():
    """Between two naps the interpreter hears of signals."""
    queue = Napping(5)
    assert next_item(queue, None) == "news"
    assert len(queue.naps) == 6
    assert max(queue.naps) <= signals._DEAF_S


def test_what_comes_later_is_not_missed():
    """From another thread, in the middle of the waiting."""
    queue = SimpleQueue()
    threading.Timer(0.01, queue.put, ["news"]).start()
    assert next_item(queue, None) == "news"


def test_a_time_that_is_over_is_told():
    """Also one that was over from the beginning; what is there already comes first."""
    queue = SimpleQueue()
    with pytest.raises(Empty):
        next_item(queue, 0.0)
    with pytest.raises(Empty):
        next_item(queue, 0.005)
    queue.put("news")
    assert next_item(queue, 0.0) == "news"
