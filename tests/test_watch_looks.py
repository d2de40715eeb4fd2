"""What a watch looks at, and when a file counts as changed or as half written."""

from __future__ import annotations

import os
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assetgen import watching
from assetgen.digest import digest_of
from assetgen.watched import (
    Ending,
    Sight,
    Things,
    compare,
    ending_of,
    everything_below,
    folders_to_watch,
    look,
    looks_cut,
)
from assetgen.watching import Batch, Watcher, changes, events_arrive, far_file_system

THINGS = Things(specs=("assets.yaml",), inputs=("art/in.png",), folders=("parts",))


@pytest.fixture
def root(tmp_path):
    """Return a folder with everything that `THINGS` names."""
    for path in ("assets.yaml", "art/in.png", "parts/one.yaml"):
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(path)
    return tmp_path


def known(root, things=THINGS):
    """Return a look at everything with the bytes of all files read."""
    return {
        path: sight
        if path.endswith("/")
        else Sight(sight.figures, digest_of((root / path).read_bytes()))
        for path, sight in look(root, things).items()
    }


def changed(root, before, suspects=()):
    """Return what `compare` says of everything now."""
    return compare(root, before, look(root, THINGS), suspects)[0]


# --- changed or not ---------------------------------------------------------------


def test_nothing_changed_where_nothing_happened(root):
    """Looking is no change."""
    assert changed(root, known(root)) == ()


def test_bytes_count_and_not_times(root):
    """A file that is written again with what it held did not change."""
    before = known(root)
    (root / "assets.yaml").write_text("assets.yaml")
    os.utime(root / "art/in.png", (1, 1))
    assert changed(root, before) == ()
    (root / "assets.yaml").write_text("other")
    assert changed(root, before) == ("assets.yaml",)


def test_a_change_within_the_clocks_granularity_is_found_by_its_event(root):
    """Size and times may be as they were; what was told of is read."""
    before = known(root)
    now = look(root, THINGS)
    (root / "assets.yaml").write_text("ASSETS.YAML")
    same = dict(now)
    assert compare(root, before, same)[0] == ()
    assert compare(root, before, same, {"assets.yaml"})[0] == ("assets.yaml",)


def test_files_that_came_and_went_changed(root):
    """A missing file is a state like others, and staying away is no change."""
    before = known(root)
    (root / "art/in.png").unlink()
    gone, seen = compare(root, before, look(root, THINGS))
    assert gone == ("art/in.png",)
    assert changed(root, seen, {"art/in.png"}) == ()
    (root / "art/in.png").write_text("art/in.png")
    assert changed(root, seen) == ("art/in.png",)


def test_names_in_a_folder_count_and_hidden_ones_do_not(root):
    """A new file may match a pattern; a temporary one of an editor does not."""
    before = known(root)
    (root / "parts/.one.yaml.swp").write_text("")
    assert changed(root, before) == ()
    (root / "parts/two.yaml").write_text("")
    assert changed(root, before) == ("parts/",)


def test_what_was_looked_at_closely_sees_every_file(root):
    """Where nobody knows what is missing, any file may be what is."""
    things = Things(specs=("assets.yaml",), folders=("", "art"), closely=True)
    before = look(root, things)
    (root / "art/in.png").write_text("longer than before")
    assert compare(root, before, look(root, things))[0] == ("art/",)


@given(
    edits=st.lists(
        st.tuples(
            st.sampled_from(["assets.yaml", "art/in.png"]),
            st.sampled_from(["", "a", "bb"]),
        ),
        max_size=6,
    )
)
def test_a_second_look_finds_nothing_more(tmp_path_factory, edits):
    """Whatever was done, one comparison tells all of it, once."""
    root = tmp_path_factory.mktemp("project")
    (root / "art").mkdir()
    seen = look(root, THINGS)
    for path, text in edits:
        (root / path).write_text(text)
        told, seen = compare(root, seen, look(root, THINGS), {path})
        assert changed(root, seen, {path}) == ()
        assert set(told) <= {path}


# --- folders ----------------------------------------------------------------------


def test_folders_up_to_the_root_are_watched_and_where_links_lead(
    root, tmp_path_factory
):
    """A folder may be moved as a whole, and a linked file is written elsewhere."""
    away = tmp_path_factory.mktemp("away")
    (away / "far.md").write_text("x")
    (root / "a/b").mkdir(parents=True)
    (root / "a/b/near.md").symlink_to(away / "far.md")
    things = Things(specs=("assets.yaml",), inputs=("a/b/near.md",), folders=("parts",))
    base = str(root)
    want = {base, f"{base}/a", f"{base}/a/b", f"{base}/parts", str(away.resolve())}
    assert folders_to_watch(root, things) == want


def test_everything_below_leaves_out_what_nobody_writes_by_hand(root):
    """Hidden folders and those of package managers would only make it slow."""
    for path in (".git/objects", "node_modules/a", "art/deep", ".assetgen/store"):
        (root / path).mkdir(parents=True)
    assert set(everything_below(root)) == {"", "art", "art/deep", "parts"}


# --- half written -----------------------------------------------------------------


@given(text=st.binary(min_size=200, max_size=400), share=st.floats(0, 0.9))
def test_the_beginning_of_a_file_looks_cut(text, share):
    """Where a file was written up to some place, its end is another one."""
    cut = text[: int(len(text) * share)]
    now, whole = (Ending(len(x), x[-64:]) for x in (cut, text))
    assert looks_cut(now, whole) == (not cut or cut[-64:] != text[-64:])
    assert not looks_cut(whole, whole)
    assert not looks_cut(whole, now)


def test_a_word_taken_out_of_the_middle_does_not_look_cut(tmp_path):
    """Most edits leave the end as it was, and are built at once."""
    path = tmp_path / "spec"
    path.write_text("begin middle " + "end " * 30)
    whole = ending_of(path)
    path.write_text("begin " + "end " * 30)
    assert not looks_cut(ending_of(path), whole)
    path.write_text("")
    assert looks_cut(ending_of(path), None)
    assert ending_of(tmp_path / "gone") is None
    assert not looks_cut(None, whole)


# --- events -----------------------------------------------------------------------


def heard(folder, change):
    """Return the names told of after `change` was made, up to one called `end`."""
    stop, names = threading.Event(), set()
    batches = changes([str(folder)], stop=stop)
    assert next(batches).paths == frozenset()  # now the watch stands
    change()
    (folder / "end").write_text("")
    for batch in batches:
        names |= {path.rpartition("/")[2] for path in batch.paths}
        if "end" in names:
            stop.set()
    return names - {"end"}


def test_events_come_gathered_and_without_our_own_files(tmp_path):
    """Writing, renaming over and removing are told; private and temporary files not."""
    (tmp_path / "old").write_text("")
    (tmp_path / "gone").write_text("")

    def change():
        for name in (".assetgen-tmp-1-aa", "new", "moved"):
            (tmp_path / name).write_text("x")
        (tmp_path / ".assetgen").mkdir()
        (tmp_path / ".git").mkdir()
        (tmp_path / "moved").replace(tmp_path / "old")
        (tmp_path / "gone").unlink()

    assert heard(tmp_path, change) == {"new", "moved", "old", "gone"}


def test_a_batch_is_not_put_off_for_ever(tmp_path):
    """Things that go on happening are told of all the same."""
    stop, busy = threading.Event(), threading.Event()

    def write():
        number = 0
        while not busy.wait(0.005):
            number += 1
            (tmp_path / f"{number % 7}").write_text("x")

    writer = threading.Thread(target=write)
    writer.start()
    try:
        batches = changes([str(tmp_path)], stop=stop, most_ms=200)
        found = [batch for batch, _ in zip(batches, range(4), strict=False)]
    finally:
        busy.set()
        writer.join()
        stop.set()
    assert all(batch.paths for batch in found[1:])


def test_a_watcher_follows_its_folders(tmp_path):
    """Others may be looked at any time, and a missing one is no matter."""
    one, two = tmp_path / "one", tmp_path / "two"
    one.mkdir()
    two.mkdir()
    told: list[Batch] = []
    news = threading.Condition()

    def tell(batch):
        with news:
            told.append(batch)
            news.notify_all()

    def until(name):
        with news:
            assert news.wait_for(
                lambda: any(str(name) in batch.paths for batch in told), 20
            )

    watcher = Watcher(tell)
    watcher.look_at(frozenset({str(one), str(tmp_path / "missing")}))
    with news:
        assert news.wait_for(lambda: bool(told), 20)
    (one / "a").write_text("")
    until(one / "a")
    count = len(told)
    watcher.look_at(frozenset({str(two)}))
    with news:
        assert news.wait_for(lambda: len(told) > count, 20)
    (two / "b").write_text("")
    until(two / "b")
    watcher.close()
    watcher.close()


def test_events_arrive_here_and_not_where_nothing_is_told(tmp_path, monkeypatch):
    """The trial leaves no file behind, however it ends."""
    assert events_arrive(tmp_path, 20)

    def silent(_folders, stop, quiet_ms):
        while not stop.wait(quiet_ms / 1000):
            yield set()

    monkeypatch.setattr(watching, "_events", silent)
    assert not events_arrive(tmp_path, 0.1)
    assert not events_arrive(tmp_path / "missing", 0.1)
    assert list(tmp_path.iterdir()) == []


def test_file_systems_of_other_machines_are_known(tmp_path):
    """The innermost mount decides; escapes in the list are read."""
    base = tmp_path.resolve()
    (base / "my files" / "deep").mkdir(parents=True)
    text = str(base / "my files").replace(" ", "\\040")
    mounts = tmp_path / "mounts"
    mounts.write_text(
        "/dev/sda / ext4 rw 0 0\n"
        f"host:/x {text} nfs4 rw 0 0\n"
        f"here {text}/deep fuse.sshfs rw 0 0\nodd\n"
    )
    assert far_file_system(base, str(mounts)) is None
    assert far_file_system(base / "my files", str(mounts)) == "nfs4"
    assert far_file_system(base / "my files" / "deep", str(mounts)) == "fuse.sshfs"
    assert far_file_system(base, str(tmp_path / "no list")) is None
