"""Writes that fail, disks that are full, folders that are closed: 74, and intact."""

from __future__ import annotations

import itertools
import os
import re
import shutil
import subprocess
import sys

import pytest
from faultlab import HERE, assert_intact, assert_recovers, icons

MOST_STEPS = 400
ERRORS = ("eio", "enospc", "edquot", "emfile")
THOROUGH = os.environ.get("ASSETGEN_THOROUGH") == "1"
NOT_ROOT = os.geteuid() != 0


@pytest.mark.parametrize("first", range(4) if THOROUGH else range(1))
def test_every_write_that_fails_once_ends_with_one_diagnostic(project_of, first):
    """The Nth write step fails, for every N: 74, intact, and never remembered as done.

    The errors take turns; `ASSETGEN_THOROUGH=1` tries every error at every step.
    """
    errors = itertools.islice(itertools.cycle(ERRORS), first, None)
    silent = 0
    for step, error in zip(range(1, MOST_STEPS), errors, strict=False):
        project = project_of(step)
        project.write(icons(2))
        ended = project.fail_at(f"*={error}@{step}", "build", "--jobs", "1")
        silent = 0 if _assert_told(ended, 1) else silent + 1
        if silent == 6:
            break  # some steps do not matter, but not so many in a row
        assert_intact(project)
        assert_recovers(project, 2)
    assert 20 < step < MOST_STEPS - 1


@pytest.mark.parametrize("error", ERRORS)
def test_writes_that_fail_from_some_step_on_end_with_one_diagnostic(project_of, error):
    """A disk that goes bad and stays bad: 74, and what was banked stays banked."""
    for step in (*range(1, 12, 4), *range(12, 60, 7)):
        project = project_of(step)
        project.write(icons(3))
        ended = project.fail_at(f"*={error}@{step}+", "build", "--jobs", "1")
        # A call and the files of another asset may run side by side, and both fail.
        if not _assert_told(ended, 2):
            break
        # That a call was not made after all cannot be written down any more.
        assert_intact(project, unsent=1)
        assert_recovers(project, 3, unsent=1)


def _assert_told(ended, most: int) -> bool:
    """Assert 74 and at most so many errors; return False for a run without any.

    Where only the memo suffers, a warning is enough, unless its disk is full.
    """
    assert "Traceback" not in ended.err
    assert "sqlite" not in ended.err
    errors = len(re.findall(r"^error(?:\[\w+\])?: ", ended.err, re.MULTILINE))
    if ended.code == 0:
        assert errors == 0, ended.err
        return "warning: " in ended.err
    assert ended.code == 74, ended.err
    assert 1 <= errors <= most, ended.err
    return True
