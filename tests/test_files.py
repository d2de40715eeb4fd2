"""Files are written whole or not at all, and paths stay inside."""

from __future__ import annotations

import errno
import os
import socket
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import pytest

from assetgen.appending import append_line
from assetgen.errors import DiskRefused, PolicyRefused
from assetgen.failpoints import Failpoints
from assetgen.files import (
    contain,
    contain_all,
    read_contained,
    require_writable,
    sweep_temporaries,
    write_atomically,
    write_if_changed,
)

if TYPE_CHECKING:
    from pathlib import Path

WRITER = """
import sys
from pathlib import Path
from assetgen.errors import DiskRefused
from assetgen.files import write_atomically
try:
    write_atomically(Path(sys.argv[1]), b"new" * 1000, durable=True)
except DiskRefused as error:
    print(error.message)
    sys.exit(error.exit_code)
"""


def write_in_child(path: Path, failpoints: str):
    """Run the writer in a process with failpoints."""
    return subprocess.run(
        [sys.executable, "-c", WRITER, str(path)],
        env=os.environ | {"ASSETGEN_TEST": "1", "ASSETGEN_FAILPOINTS": failpoints},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_crash_at_any_step_leaves_the_old_or_the_new_version(tmp_path):
    """Killed at the Nth step, for every N: never half a file, and temps are swept."""
    target = tmp_path / "hero.png"
    for step in range(1, 20):
        target.write_bytes(b"old")
        ended = write_in_child(target, f"*=crash@{step}")
        assert target.read_bytes() in (b"old", b"new" * 1000)
        left = [path for path in tmp_path.iterdir() if path != target]
        late = target.stat().st_mtime + 7200
        swept = sweep_temporaries(tmp_path, older_than_s=3600, now=late)
        assert swept == len(left)
        if ended.returncode == 0:
            break
        assert ended.returncode == -9
    assert step > 5
    assert [path.name for path in tmp_path.iterdir()] == ["hero.png"]


@pytest.mark.parametrize("error", ["eio", "enospc", "edquot", "emfile"])
def test_every_failing_step_ends_with_one_diagnostic(tmp_path, error):
    """An error at the Nth step: 74, old or new version, no temporary file left."""
    target = tmp_path / "hero.png"
    for step in range(1, 20):
        target.write_bytes(b"old")
        ended = write_in_child(target, f"*=eio@{step}".replace("eio", error))
        assert target.read_bytes() in (b"old", b"new" * 1000)
        assert [path.name for path in tmp_path.iterdir()] == ["hero.png"]
        if ended.returncode == 0:
            break
        assert ended.returncode == 74
        assert ended.stdout.startswith(f"cannot write {target}: ")
    assert step > 5


def test_failpoints_sleep_without_the_test_switch(tmp_path):
    """An environment variable alone must not break a real build."""
    environment = {k: v for k, v in os.environ.items() if k != "ASSETGEN_TEST"}
    target = tmp_path / "a"
    ended = subprocess.run(
        [sys.executable, "-c", WRITER, str(target)],
        env=environment | {"ASSETGEN_FAILPOINTS": "*=eio"},
        check=False,
    )
    assert ended.returncode == 0


def test_a_failpoint_can_name_its_step_and_its_hit():
    """`NAME=error@N` fails once, `@N+` from then on, and other names are free."""
    points = Failpoints("blob.rename=eio@2, record.write=enospc@2+")
    points.hit("blob.rename")
    with pytest.raises(OSError, match="put/output"):
        points.hit("blob.rename")
    points.hit("blob.rename")
    points.hit("record.write")
    for _ in range(2):
        with pytest.raises(OSError, match="space"):
            points.hit("record.write")


def test_a_full_disk_names_the_folder_and_the_size(tmp_path):
    """A limit on file sizes stands in for a full disk: 74, and nothing is left."""
    program = (
        "import resource, signal\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\n" + WRITER
    )
    target = tmp_path / "site" / "hero.png"
    ended = subprocess.run(
        [sys.executable, "-c", program, str(target)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 74
    assert "file too large (3,000 bytes wanted in" in ended.stdout
    assert list(target.parent.iterdir()) == []


def test_many_threads_write_with_32_descriptors(tmp_path):
    """The number of open files does not grow with the number of threads."""
    program = f"""
import resource, sys
resource.setrlimit(resource.RLIMIT_NOFILE, (32, 32))
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from assetgen.store import Store
from assetgen.digest import digest_of
store = Store(Path({str(tmp_path / "store")!r}))
def work(number):
    data = str(number).encode() * 50_000
    digest = store.put(data)
    store.bank(digest, {{}}, ())
    assert store.get(digest) == data
with ThreadPoolExecutor(64) as pool:
    list(pool.map(work, range(200)))
"""
    subprocess.run([sys.executable, "-c", program], check=True)


def test_an_unchanged_file_is_not_written(tmp_path):
    """Equal bytes leave the file, and its time, alone."""
    target = tmp_path / "a"
    assert write_if_changed(target, b"1", durable=False)
    before = target.stat()
    assert not write_if_changed(target, b"1", durable=False)
    assert target.stat().st_ino == before.st_ino
    assert write_if_changed(target, b"2", durable=False)


def test_a_line_after_a_torn_line_stands_alone(tmp_path):
    """A crash in the middle of a line must not swallow the next one."""
    path = tmp_path / "ledger.jsonl"
    append_line(path, "one")
    with path.open("ab") as file:
        file.write(b"tor")
    append_line(path, "two")
    assert path.read_text().splitlines() == ["one", "tor", "two"]


def test_a_line_that_a_full_disk_cuts_short_is_taken_back(tmp_path, monkeypatch):
    """Half a line would swallow the next one, of another thread or process."""
    path = tmp_path / "ledger.jsonl"
    append_line(path, "one")

    def half(descriptor, data):
        os.write(descriptor, data[: len(data) // 2])
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as full:
        full.setattr("assetgen.appending.write_all", half)
        with pytest.raises(DiskRefused):
            append_line(path, "two")
    assert path.read_text() == "one\n"
    append_line(path, "three")
    assert path.read_text().splitlines() == ["one", "three"]


def test_young_and_foreign_files_are_not_swept(tmp_path):
    """Only old files with our name go; the files of a living writer stay."""
    names = {
        "old": ".assetgen-tmp-999999999-aa",
        "alive": f".assetgen-tmp-{os.getppid()}-aa",
        "other": "keep.tmp",
    }
    for name in names.values():
        (tmp_path / name).write_bytes(b"")
    now = (tmp_path / "keep.tmp").stat().st_mtime
    assert sweep_temporaries(tmp_path, older_than_s=60, now=now) == 0
    assert sweep_temporaries(tmp_path, older_than_s=60, now=now + 61) == 1
    assert not (tmp_path / names["old"]).exists()
    assert sweep_temporaries(tmp_path / "missing", older_than_s=0, now=now) == 0


def test_a_symlink_out_of_the_project_is_refused(tmp_path):
    """Inside by its words, outside once resolved: never read, never written."""
    root = tmp_path / "project"
    root.mkdir()
    (tmp_path / "secret.png").write_bytes(b"secret")
    (root / "link.png").symlink_to("../secret.png")
    (root / "out").symlink_to("..")
    for relative in ("link.png", "out/secret.png", "../secret.png"):
        with pytest.raises(PolicyRefused, match="leads out of the project"):
            read_contained(root, relative, limit_bytes=100)
        with pytest.raises(PolicyRefused):
            contain(root, relative)
    with pytest.raises(PolicyRefused):
        contain(root, "out/new/hero.png")
    assert list(contain_all(root, ["out/a.png", "ok/a.png"])) == ["out/a.png"]


def test_a_symlink_inside_the_project_is_fine(tmp_path):
    """What counts is where a path leads."""
    (tmp_path / "art").mkdir()
    (tmp_path / "art" / "a.png").write_bytes(b"a")
    (tmp_path / "b").symlink_to("art")
    assert read_contained(tmp_path, "b/a.png", limit_bytes=10) == b"a"
    assert contain(tmp_path, "b/c.png") == tmp_path / "b" / "c.png"


def test_what_is_no_file_is_refused_before_it_is_opened(tmp_path):
    """Opening a pipe would wait for ever; devices may do anything."""
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    server = socket.socket(socket.AF_UNIX)
    server.bind(str(tmp_path / "sock"))
    server.close()
    for name, words in (
        ("pipe", "a named pipe"),
        ("folder", "a folder"),
        ("sock", "a socket"),
    ):
        with pytest.raises(PolicyRefused, match=words):
            read_contained(tmp_path, name, limit_bytes=10)


def test_a_device_is_refused():
    """Whatever a device would answer, it is no picture."""
    with pytest.raises(PolicyRefused, match="a device"):
        read_contained("/dev", "null", limit_bytes=10)


def test_missing_and_large_files_are_told_apart(tmp_path):
    """None for nothing there; a refusal beyond the limit, unread."""
    assert read_contained(tmp_path, "no/such.png", limit_bytes=10) is None
    (tmp_path / "big").write_bytes(b"x" * 11)
    with pytest.raises(PolicyRefused, match="11 bytes"):
        read_contained(tmp_path, "big", limit_bytes=10)


def test_a_file_in_the_way_of_a_folder_is_named_and_kept(tmp_path):
    """74 naming it; nothing is removed. The same for a folder in a file's way."""
    (tmp_path / "site").write_bytes(b"mine")
    with pytest.raises(DiskRefused, match=r"a file stands at .*site"):
        contain(tmp_path, "site/img/hero.png")
    (tmp_path / "hero.png").mkdir()
    with pytest.raises(DiskRefused, match="a folder stands there"):
        contain(tmp_path, "hero.png")
    found = contain_all(tmp_path, ["site/a.png", "hero.png", "fine.png"])
    assert list(found) == ["site/a.png", "hero.png"]
    assert (tmp_path / "site").read_bytes() == b"mine"


def test_a_read_only_folder_is_known_before_anything_is_written(tmp_path):
    """Permissions are asked for, as a user who is not root."""
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o555)
    tmp_path.chmod(0o755)
    if os.getuid() != 0:
        with pytest.raises(DiskRefused, match="permission denied"):
            require_writable(closed / "deeper")
        return
    child = os.fork()
    if child == 0:
        # Root may write anywhere, so the question is asked as somebody else.
        code = 1
        try:
            for parent in tmp_path.parents[:2]:
                parent.chmod(0o755)
            os.setuid(65534)
            require_writable(closed / "deeper")
        except DiskRefused as error:
            code = 0 if "permission denied" in error.message else 2
        finally:
            os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_threads_that_write_the_same_file_leave_one_whole_version(tmp_path):
    """Last one wins, and every byte is from the same writer."""
    target = tmp_path / "a"
    threads = [
        threading.Thread(
            target=write_atomically,
            args=(target, bytes([number]) * 100_000),
            kwargs={"durable": False},
        )
        for number in range(16)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(target.read_bytes())) == 1
    assert len(list(tmp_path.iterdir())) == 1
