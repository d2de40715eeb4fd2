"""One build at a time; the kernel lets go when the holder dies."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from assetgen.errors import DiskRefused, ProjectBusy
from assetgen.hold import ProjectHold

HOLDER = """
import sys
from pathlib import Path
from assetgen.hold import ProjectHold
with ProjectHold(Path(sys.argv[1]), command="assetgen build"):
    print("held", flush=True)
    sys.stdin.readline()
"""


@pytest.fixture
def folder(tmp_path):
    """Return the private folder, which is not there yet."""
    return tmp_path / ".assetgen"


@pytest.fixture
def holder(folder):
    """Return a process that holds the project until a line comes in."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, folder],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.communicate()


class Clock:
    """Time that passes only by sleeping; something may happen at a given second."""

    def __init__(self, start=1_000_000.0, at=None, event=None):
        self.now = self.start = start
        self.at, self.event = at, event

    def __call__(self):
        """Return the time."""
        return self.now

    def sleep(self, seconds):
        """Let time pass."""
        self.now += seconds
        if self.at is not None and self.now >= self.start + self.at:
            self.at = None
            self.event()


def test_a_free_project_is_held_at_once(folder):
    """And can be held again after its release."""
    for _ in range(2):
        with ProjectHold(folder) as hold:
            assert hold._descriptor is not None
    assert not (folder / "build.holder").exists()


def test_a_busy_project_is_refused_after_the_timeout(folder, holder):
    """8, naming the process; zero seconds do not wait at all."""
    for timeout_s in (0, 3):
        clock = Clock()
        hold = ProjectHold(folder, timeout_s=timeout_s, clock=clock, sleep=clock.sleep)
        with pytest.raises(ProjectBusy, match=f"pid {holder.pid} .assetgen build"):
            hold.acquire()
        assert timeout_s <= clock.now - clock.start <= timeout_s + 0.1


def test_waiting_says_for_whom_after_one_second_and_every_thirty(folder, holder):
    """The message has the process, its command and for how long it holds."""
    since = float((folder / "build.holder").read_text().split('"since": ')[1][:-1])
    clock, said = Clock(start=since + 240), []
    hold = ProjectHold(
        folder,
        timeout_s=70,
        on_wait=lambda text: said.append((round(clock.now - clock.start), text)),
        clock=clock,
        sleep=clock.sleep,
    )
    with pytest.raises(ProjectBusy):
        hold.acquire()
    assert [second for second, _ in said] == [1, 31, 61]
    assert said[0][1] == f"waiting for pid {holder.pid} (assetgen build, 4 min)"


def test_the_next_build_goes_on_when_the_holder_is_killed(folder, holder):
    """No manual unlock exists, or is needed."""

    def kill():
        os.kill(holder.pid, signal.SIGKILL)
        holder.wait()

    clock = Clock(at=5, event=kill)
    with ProjectHold(folder, clock=clock, sleep=clock.sleep):
        assert 5 <= clock.now - clock.start < 6


def test_the_next_build_goes_on_when_the_holder_ends(folder, holder):
    """The second of two builds waits, and both end well."""

    def end():
        holder.communicate("\n")

    clock = Clock(at=2, event=end)
    with ProjectHold(folder, clock=clock, sleep=clock.sleep):
        pass
    assert holder.returncode == 0


def test_two_holds_in_one_process_exclude_each_other(folder):
    """The lock belongs to the hold, not to the process."""
    clock = Clock()
    with ProjectHold(folder), pytest.raises(ProjectBusy):
        ProjectHold(folder, timeout_s=0, clock=clock, sleep=clock.sleep).acquire()


@pytest.mark.parametrize("text", ["", "{", "[]", '{"pid": "x"}'])
def test_a_holder_file_of_garbage_only_spoils_the_message(folder, holder, text):
    """It is for people."""
    (folder / "build.holder").write_text(text)
    with pytest.raises(ProjectBusy, match="another build") as caught:
        ProjectHold(folder, timeout_s=0).acquire()
    assert str(holder.pid) not in caught.value.message


def test_control_characters_of_a_holder_are_not_repeated(folder, holder):
    """The file may come from anywhere; the message goes to a terminal."""
    text = '{"pid": 1, "since": 0, "command": "a\\u001b[2Jb"}'
    (folder / "build.holder").write_text(text)
    with pytest.raises(ProjectBusy) as caught:
        ProjectHold(folder, timeout_s=0).acquire()
    assert "\x1b" not in caught.value.message
    assert holder.poll() is None


def test_a_folder_that_cannot_be_made_is_refused(tmp_path):
    """74 naming it."""
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(DiskRefused, match="file"):
        ProjectHold(tmp_path / "file" / "x").acquire()
