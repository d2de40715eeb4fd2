"""Every exit code, by the real command: the numbers are public and never change."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from assetgen.errors import ExitCode

HERE = Path(__file__).parent
LONG_S = 30.0


class Project:
    """A spec with one asset that the provider `failing` draws, or fails to draw."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.gate = root / "gate"

    def write(self, prompt: str = "A cat", more: str = "") -> None:
        """Write the spec."""
        (self.root / "assets.yaml").write_text(
            "version: 1\nprovider: failing\nassets:\n"
            f"  cat: {{prompt: {prompt}, size: 8x8, outputs: [cat.png]{more}}}\n"
        )

    def start(self, *words: str) -> subprocess.Popen[str]:
        """Start the command."""
        path = os.pathsep.join([str(HERE / "plugins"), str(HERE.parent)])
        return subprocess.Popen(
            [sys.executable, "-m", "assetgen", *words],
            cwd=self.root,
            env={
                "PATH": os.environ["PATH"],
                "PYTHONPATH": path,
                "FAILING_GATE": str(self.gate),
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def end(self, process: subprocess.Popen[str]) -> tuple[int, str]:
        """Return the code, and everything that was said."""
        out, err = process.communicate(timeout=LONG_S)
        assert "Traceback" not in err
        return process.returncode, out + err

    def run(self, *words: str) -> tuple[int, str]:
        """Run the command to its end; builds ask the provider `failing`."""
        if words[0] in {"build", "plan"} and "--provider" not in words:
            words = (*words, "--provider", "failing")
        return self.end(self.start(*words))

    def start_waiting(self) -> subprocess.Popen[str]:
        """Start a build that waits for its provider, and return when it does."""
        self.write("WAITING for it")
        process = self.start("build", "--provider", "failing")
        end = time.monotonic() + LONG_S
        while not (self.root / "started").exists():
            assert process.poll() is None, process.communicate()
            assert time.monotonic() < end
        return process


@pytest.fixture
def project(tmp_path):
    """Return a project whose one asset can be drawn."""
    made = Project(tmp_path)
    made.write()
    return made


def test_0_everything_is_done(project):
    """Built, and up to date after it."""
    assert project.run("build")[0] == 0
    assert project.run("build")[0] == 0
    assert project.run("plan", "--exit-code")[0] == 0


def test_1_an_asset_failed(project):
    """The provider refused it."""
    project.write("REFUSED cat")
    code, said = project.run("build")
    assert (code, "error[provider-refused]: cat: " in said) == (1, True), said


def test_2_the_command_line_is_wrong(project):
    """No such command, flag or asset; no spec, with the way to get one."""
    for words in (["bild"], ["build", "--flag"], ["build", "cow"]):
        assert project.run(*words)[0] == 2, words
    assert project.end(project.start())[0] == 2
    (project.root / "assets.yaml").unlink()
    code, said = project.run("build")
    assert (code, "assetgen init" in said) == (2, True), said


def test_3_the_spec_is_invalid(project):
    """Nothing is written."""
    project.write(more=", colour: red")
    for word in ("build", "plan", "check"):
        assert project.run(word)[0] == 3
    assert not (project.root / "assets").exists()


def test_4_changes_are_pending(project):
    """A plan with work in it, and a build that may not ask anybody."""
    assert project.run("plan", "--exit-code")[0] == 4
    assert project.run("build", "--locked")[0] == 4
    assert project.run("build", "--offline")[0] == 4


def test_5_over_budget(project):
    """The next call would cost too much; so says the provider here."""
    project.write("OVERDRAWN cat")
    code, said = project.run("build")
    assert (code, "would cost more than is left" in said) == (5, True), said


def test_6_refused_by_policy(project):
    """A placeholder for a release, and an output where the repository's code is."""
    assert project.run("build", "--release", "--provider", "placeholder")[0] == 6
    project.write(more=", process: []")
    spec = project.root / "assets.yaml"
    spec.write_text(spec.read_text().replace("cat.png", ".github/cat.png"))
    assert project.run("build")[0] == 6
    assert not (project.root / "assets").exists()


def test_7_a_locked_picture_is_missing(project):
    """It was paid for, so it is not drawn again by itself."""
    assert project.run("build")[0] == 0
    shutil.rmtree(project.root / ".assetgen")
    shutil.rmtree(project.root / "assets")
    code, said = project.run("build")
    assert (code, "--redraw-missing" in said) == (7, True), said


def test_8_another_build_holds_the_project(project):
    """With --lock-timeout; the other one is named and goes on."""
    first = project.start_waiting()
    code, said = project.run("build", "--lock-timeout", "0")
    assert (code, str(first.pid) in said) == (8, True), said
    project.gate.touch()
    assert project.end(first)[0] == 0


def test_9_no_money(project):
    """The account is told, and no picture is asked for any more."""
    project.write("PENNILESS cat")
    code, said = project.run("build")
    assert (code, "there is no money left" in said) == (9, True), said


def test_70_a_bug(project):
    """A provider that breaks is nobody's spec; the traceback comes on request."""
    project.write("BROKEN cat")
    code, said = project.run("build")
    assert (code, "nobody thought of this" in said) == (70, True), said


def test_74_the_disk_refuses(project):
    """Something stands where the file should go; found before anything is drawn."""
    (project.root / "assets" / "cat.png").mkdir(parents=True)
    code, said = project.run("build")
    assert (code, "assets/cat.png" in said) == (74, True), said
    assert not (project.root / "assets.lock").exists()


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)]
)
def test_130_and_143_a_signal_ends_the_build_after_what_is_in_flight(
    project, number, code
):
    """What was being drawn is banked: the next build pays nothing."""
    process = project.start_waiting()
    process.send_signal(number)
    told = ""
    while "stopping" not in told:
        told = process.stderr.readline()
        assert told, "it said nothing"
    assert "waiting for cat (a second Ctrl-C ends it at once)" in told
    project.gate.touch()
    ended, said = project.end(process)
    assert (ended, "goes on from here" in said) == (code, True), said
    again, said = project.run("build", "--offline")
    assert again == 0, said


def test_the_help_lists_every_code(project):
    """What is public is told."""
    code, said = project.run("--help")
    assert code == 0
    listed = said[said.index("exit codes:") :]
    for each in ExitCode:
        assert f"  {int(each)}  " in listed, each
