"""Fixtures of the tests against the stand-in for the image API."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from pathlib import Path

import pytest

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent / "faults")]  # the tests are no package
pytest.register_assert_rewrite("paidlab", "faultlab")

MEMORY = "/dev/shm"


@pytest.fixture(scope="session")
def zygote():
    """Return what starts processes of assetgen quickly."""
    from faultlab import Zygote

    started = Zygote()
    yield started
    started.close()


@pytest.fixture
def folder(tmp_path):
    """Return an empty folder, in memory where there is such a place."""
    if not os.access(MEMORY, os.W_OK):
        yield tmp_path
        return
    made = Path(tempfile.mkdtemp(prefix="assetgen-paid-", dir=MEMORY))
    yield made
    shutil.rmtree(made)


@pytest.fixture
def fake():
    """Return a server that answers as the image API does."""
    from fakeapi import FakeApi

    with FakeApi() as made:
        yield made


@pytest.fixture
def project_at(folder, request):
    """Return what makes an empty project whose requests go to a server.

    After each test its books must be right, whatever was done to it: what was charged
    and not banked is known as unknown, and the key is in no file and no output.
    """
    from paidlab import Paid

    made = []

    def make(fake):
        inside = folder / str(len(made))
        inside.mkdir()
        made.append(Paid(inside, fake, lambda: request.getfixturevalue("zygote")))
        return made[-1]

    yield make
    for each in made:
        each.assert_books_are_right()
        each.assert_key_is_nowhere()


@pytest.fixture
def project(project_at, fake):
    """Return an empty project."""
    return project_at(fake)


@pytest.fixture
def no_waiting(monkeypatch):
    """Make waits between tries a thousand times shorter."""
    from assetgen import retrying

    usual = retrying.Backoff.wait_s
    monkeypatch.setattr(retrying.Backoff, "wait_s", lambda *given: usual(*given) / 1000)
