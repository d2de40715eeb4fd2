"""Fixtures of the fault tests: one quick starter for all, one project for each."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))  # the tests are no package
pytest.register_assert_rewrite("faultlab")

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
    """Return an empty folder, in memory where there is such a place.

    Thousands of writes that are waited for take minutes on a disk.
    """
    if not os.access(MEMORY, os.W_OK):
        yield tmp_path
        return
    made = Path(tempfile.mkdtemp(prefix="assetgen-faults-", dir=MEMORY))
    yield made
    shutil.rmtree(made, onerror=_open_and_remove)


def _open_and_remove(remove, path, _error) -> None:
    Path(path).parent.chmod(0o700)
    remove(path)


@pytest.fixture
def project(folder, zygote):
    """Return an empty project."""
    from faultlab import Project

    return Project(folder, zygote)


@pytest.fixture
def project_of(folder, zygote):
    """Return what makes further empty projects, named by a number."""
    from faultlab import Project

    def make(number: int) -> Project:
        inside = folder / str(number)
        inside.mkdir()
        return Project(inside, zygote)

    return make
