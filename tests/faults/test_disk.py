"""Writes that fail, disks that are full, folders that are closed: 74, and intact."""

from __future__ import annotations

import itertools
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from faultlab import Project, Zygote, assert_intact, assert_recovers, icons

from assetgen.cli.commands import doctor

MOST_STEPS = 400
ERRORS = ("eio", "enospc", "edquot", "emfile")
THOROUGH = os.environ.get("ASSETGEN_THOROUGH") == "1"


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


# --- real limits --------------------------------------------------------------


@pytest.fixture
def small_disk(folder):
    """Return a project on a file system of 1200 kB, with a file that takes 800 of them."""
    mount = folder / "project"
    mount.mkdir()
    shell = f"mount -t tmpfs -o size=1200k none {mount} && exec $0 $1"
    prefix = ("unshare", "--user", "--map-root-user", "--mount", "sh", "-c", shell)
    allowed = subprocess.run(
        [*prefix[:-1], f"mount -t tmpfs none {mount}"], capture_output=True, check=False
    )
    if allowed.returncode:
        pytest.skip(f"no namespace of our own: {allowed.stderr.decode().strip()}")
    zygote = Zygote(*prefix)
    project = Project(folder, zygote)
    project.root = Path(f"/proc/{zygote.pid}/root{mount}")
    (project.root / "filler").write_bytes(bytes(800_000))
    yield project
    zygote.close()


def test_a_disk_that_fills_up_while_banking_loses_nothing_that_was_banked(small_disk):
    """74 names folder and size; after freeing space only the rest is paid."""
    small_disk.write(icons(60))
    ended = small_disk.run("build", "--jobs", "4")
    assert ended.code == 74, ended.err
    assert "no space left on device" in ended.err
    assert "bytes wanted in " in ended.err
    assert "free some space" in ended.err
    assert "sqlite" not in ended.err
    assert 0 < small_disk.banked() < 60
    assert_intact(small_disk, unsent=4)
    (small_disk.root / "filler").unlink()
    assert_recovers(small_disk, 60, unsent=4)


def test_a_disk_that_is_full_of_outputs_costs_nothing(small_disk):
    """Everything is banked; only files are missing: the re-run pays 0."""
    assets = icons(20)
    bare = re.sub(r", outputs: \[.*?\]", "", assets)
    small_disk.write(bare)
    assert small_disk.run("build").code == 0
    assert small_disk.banked() == 20
    with (small_disk.root / "more").open("wb", buffering=0) as file:
        _fill(file, leave=5 * 4096)
    small_disk.write(assets)
    ended = small_disk.run("build")
    assert ended.code == 74, ended.err
    assert "bytes wanted in " in ended.err or "bytes wanted)" in ended.err
    assert_intact(small_disk)
    assert len(small_disk.charges()) == 20
    (small_disk.root / "more").unlink()
    (small_disk.root / "filler").unlink()
    assert_recovers(small_disk, 20)


def _fill(file, leave: int) -> None:
    """Write until only so many bytes are free."""
    free = os.statvfs(file.fileno())
    rest = free.f_bavail * free.f_frsize - leave
    assert rest > 0
    file.write(bytes(rest))


def test_a_full_memo_ends_with_74_and_costs_nothing(project):
    """The folder and the size are named; the files are all there."""
    project.write(icons(3))
    ended = project.fail_at("memo.write=enospc")
    assert ended.code == 74
    assert re.search(r"cannot write into .assetgen/memo: .* \([\d,]+ bytes", ended.err)
    assert "sqlite" not in ended.err
    assert len(project.outputs()) == 3
    assert_intact(project)
    assert_recovers(project, 3)


def test_a_limit_on_the_size_of_files_is_told_like_a_full_disk(project):
    """RLIMIT_FSIZE: 74, no signal, nothing torn."""
    project.write(icons(12))
    ended = project.run("build", limits={"RLIMIT_FSIZE": 2500})
    assert ended.code == 74, ended.err
    assert "file too large" in ended.err
    assert_intact(project, unsent=8)
    assert_recovers(project, 12, unsent=8)


def test_32_file_descriptors_are_enough_for_64_parallel_assets(project):
    """All 64 calls are in flight at once; all are banked and written."""
    project.write(icons(64))
    gate = project.beside / "gate"
    run = project.start(
        "build", "--jobs", "64", limits={"RLIMIT_NOFILE": 32}, COUNTING_GATE=str(gate)
    )
    project.until(lambda: len(project.charges()) == 64, "64 requests in flight")
    gate.touch()
    ended = run.wait()
    assert ended.code == 0, ended.err
    assert_intact(project)
    assert_recovers(project, 64)


def test_doctor_names_a_network_file_system():
    """A warning: locks and SQLite are not to be trusted there."""
    mounts = "/dev/vda / ext4 rw 0 0\nserver:/art /srv/art nfs4 rw 0 0\n"
    finding = doctor._file_system(Path("/srv/art/game"), mounts)
    assert finding.status == "warning"
    assert "network file system (nfs4)" in finding.detail
    assert doctor._file_system(Path("/srv/artist"), mounts).status == "ok"


# --- closed folders, and things in the way --------------------------------------


@pytest.mark.parametrize(
    "closed",
    ["site", ".assetgen", ".assetgen/store/ac", ".assetgen/store/cas", "."],
)
def test_a_closed_folder_is_told_before_anything_is_paid(project, closed):
    """74 names it; opened again, the build goes on as if nothing had been."""
    project.write(icons(2))
    assert project.run().code == 0
    project.write(icons(4))
    project.give_up_rights()
    folder = project.root / closed
    folder.chmod(0o555)
    ended = project.run()
    assert ended.code == 74, ended.err
    assert "permission denied" in ended.err
    if closed != ".":
        assert closed in ended.err
    assert len(project.charges()) == 2
    folder.chmod(0o755)
    assert_intact(project)
    assert_recovers(project, 4)


@pytest.mark.parametrize("name", ["ledger.jsonl", "build.lock"])
def test_a_closed_file_of_ours_is_told_before_anything_is_paid(project, name):
    """Without a ledger no call is made."""
    project.write(icons(2))
    assert project.run().code == 0
    project.write(icons(4))
    project.give_up_rights()
    (project.private / name).chmod(0o444)
    ended = project.run()
    assert ended.code == 74, ended.err
    assert name in ended.err
    assert len(project.charges()) == 2
    (project.private / name).chmod(0o600)
    assert_intact(project)
    assert_recovers(project, 4)


def test_a_closed_state_file_does_not_matter(project):
    """It is replaced, not written into."""
    project.write(icons(2))
    assert project.run().code == 0
    project.give_up_rights()
    (project.private / "state").chmod(0o444)
    project.write(icons(3))
    assert project.run().code == 0
    assert_recovers(project, 3)


@pytest.mark.parametrize(
    ("wall", "is_folder"),
    [
        ("site", False),
        ("site/icon0.png", True),
        ("site/assetgen.manifest.json", True),
        (".assetgen", False),
        (".assetgen/store", False),
        (".assetgen/store/cas", False),
        (".assetgen/ledger.jsonl", True),
        (".assetgen/state", True),
        ("assets.lock", True),
    ],
)
def test_what_stands_in_the_way_is_named_and_left_alone(project, wall, is_folder):
    """74 before anything is paid; nothing is removed."""
    project.write(icons(2))
    place = project.root / wall
    place.parent.mkdir(parents=True, exist_ok=True)
    inside = place / "mine.txt" if is_folder else place
    inside.parent.mkdir(exist_ok=True)
    inside.write_text("mine")
    ended = project.run()
    assert ended.code == 74, ended.err
    assert wall in ended.err
    assert project.charges() == []
    assert inside.read_text() == "mine"
    shutil.rmtree(place) if is_folder else place.unlink()
    assert_intact(project)
    assert_recovers(project, 2)
