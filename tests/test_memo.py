"""The memo is optional: whatever happens to it, builds go on."""

from __future__ import annotations

import os
import pickle  # noqa: TID251  # to prove that it is never loaded
import sqlite3
import threading

import diskcache
import pytest

from assetgen import failpoints, memo
from assetgen.memo import Memo


class Trap:
    """Runs a command when it is unpickled."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        """Return the call that loading makes."""
        return (os.mkdir, (str(self.path),))


@pytest.fixture
def folder(tmp_path):
    """Return the memo's folder, which is not there yet."""
    return tmp_path / "memo"


def test_facts_and_bytes_are_found_again_by_another_process(folder):
    """Small values live in the database, large ones in files of their own."""
    large = bytes(range(256)) * 1000
    with Memo(folder) as first:
        first.facts_set("a", {"size": [1, 2], "text": "é"})
        first.facts_set_many({"b": None, "c": "x" * 100_000})
        first.bytes_set("a", b"small")
        first.bytes_set("large", large)
        assert first.facts_get("a") == {"size": [1, 2], "text": "é"}
    with Memo(folder) as second:
        assert second.facts_many(["a", "b", "c", "d"]) == {
            "a": {"size": [1, 2], "text": "é"},
            "b": None,
            "c": "x" * 100_000,
        }
        assert second.bytes_get("a") == b"small"
        assert second.bytes_get("large") == large
        assert second.bytes_get("no") is None
        second.facts_set("a", 2)
        second.flush()
        assert second.facts_get("a") == 2


def test_reading_writes_nothing(folder):
    """A plan looks, and leaves no trace."""
    with Memo(folder) as opened:
        assert opened.facts_get("a") is None
    assert not folder.exists()


def test_more_keys_than_one_question_holds(folder):
    """Keys are asked for in portions."""
    with Memo(folder) as opened:
        opened.facts_set_many({str(number): number for number in range(1700)})
        opened.flush()
        found = opened.facts_many(map(str, range(2000)))
    assert found == {str(number): number for number in range(1700)}


def test_a_pickle_is_never_loaded(folder, tmp_path):
    """Neither as a value, in the database or a file, nor as a key (CVE-2025-69872)."""
    trap = tmp_path / "sprung"
    bait = pickle.dumps(Trap(trap))
    with Memo(folder) as opened:
        for key in ("value", "file", "plain"):
            opened.facts_set(key, 1)
    (folder / "bait.val").write_bytes(bait)
    with sqlite3.connect(folder / "cache.db") as database:
        mode = "UPDATE Cache SET mode = 4, {} WHERE key = 'fact1:{}'"
        database.execute(mode.format("value = ?", "value"), (bait,))
        database.execute(mode.format("value = NULL, filename = 'bait.val'", "file"))
        database.execute(
            "INSERT INTO Cache (key, raw, mode, value, store_time)"
            " VALUES (?, 0, 1, 'x', 0)",
            (bait,),
        )
    database.close()
    told = []
    with Memo(folder, limit_bytes=1, on_warning=told.append) as opened:
        assert opened.facts_many(["value", "file", "plain"]) == {"plain": 1}
        opened.facts_set("value", 2)
    assert not trap.exists()
    with diskcache.Cache(str(tmp_path / "other"), disk=memo._plain_disk()) as cache:
        for value in ({"a": 1}, 1.5):
            with pytest.raises(memo._Damaged):
                cache.set("key", value)
        with pytest.raises(memo._Damaged):
            cache.set(("tuple",), "value")


def test_a_file_name_in_the_database_cannot_lead_out(folder, tmp_path):
    """Only names that the memo makes itself are opened."""
    (tmp_path / "secret").write_bytes(b"secret")
    with Memo(folder) as opened:
        opened.bytes_set("a", b"x" * 100_000)
    with sqlite3.connect(folder / "cache.db") as database:
        database.execute("UPDATE Cache SET filename = '../secret'")
    database.close()
    with Memo(folder) as opened:
        assert opened.bytes_get("a") is None
        opened.bytes_set("a", b"new")
    assert (tmp_path / "secret").exists()


@pytest.mark.parametrize("garbage", [b"", b"garbage" * 2000, b"SQLite format 3\0" * 99])
def test_a_damaged_database_is_begun_anew_with_one_warning(folder, garbage):
    """Moved aside, not repaired; the next facts are kept."""
    with Memo(folder) as opened:
        opened.facts_set("a", 1)
    (folder / "cache.db").write_bytes(garbage)
    told = []
    with Memo(folder, on_warning=told.append) as opened:
        assert opened.facts_get("a") is None
        opened.facts_set("b", 2)
    assert len(told) == (1 if garbage else 0)
    with Memo(folder) as opened:
        assert opened.facts_get("b") == 2


def test_settings_that_the_library_does_not_know_are_damage(folder, tmp_path):
    """Rows of that table would become attributes, such as the folder's path."""
    with Memo(folder) as opened:
        opened.facts_set("a", 1)
    with sqlite3.connect(folder / "cache.db") as database:
        row = ("_directory", str(tmp_path / "elsewhere"))
        database.execute("INSERT INTO Settings VALUES (?, ?)", row)
    database.close()
    told = []
    with Memo(folder, on_warning=told.append) as opened:
        opened.facts_set("b", 2)
    assert not (tmp_path / "elsewhere").exists()
    assert len(told) == 1


def test_a_full_disk_switches_the_memo_off_and_is_remembered(folder, monkeypatch):
    """The build goes on; `disk_full` says it, instead of a warning."""
    monkeypatch.setattr(
        failpoints, "_active", failpoints.Failpoints("memo.write=enospc")
    )
    told = []
    with Memo(folder, on_warning=told.append) as opened:
        opened.facts_set("a", 1)
        opened.flush()
        opened.facts_set("a", 1)
    assert told == []
    assert opened.disk_full is not None
    assert "no space left" in opened.disk_full.message


def test_a_file_in_place_of_the_folder_switches_the_memo_off(folder):
    """One warning, no error."""
    folder.write_bytes(b"")
    told = []
    with Memo(folder, on_warning=told.append) as opened:
        opened.facts_set("a", 1)
        opened.flush()
        opened.facts_set("b", 1)
        assert opened.facts_get("b") is None
    assert len(told) == 1
    assert opened.disk_full is None


def test_beyond_the_limit_the_oldest_entries_go(folder):
    """The limit is our own; the library's eviction is off."""
    limit = 2_000_000
    with Memo(folder, limit_bytes=limit) as opened:
        for number in range(60):
            opened.bytes_set(str(number), bytes([number]) * 50_000)
            opened.flush()
        kept = [n for n in range(60) if opened.bytes_get(str(n)) is not None]
    assert kept
    assert kept == list(range(kept[0], 60))
    assert sum(p.stat().st_size for p in folder.rglob("*") if p.is_file()) <= limit


def test_many_threads_share_one_memo(folder):
    """Reads and sets from any thread; a long queue is written on the way."""

    def work(number):
        opened.bytes_set(str(number), bytes([number]) * 1_500_000)
        assert opened.bytes_get(str(number)) == bytes([number]) * 1_500_000

    told = []
    with Memo(folder, on_warning=told.append) as opened:
        threads = [threading.Thread(target=work, args=(n,)) for n in range(32)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    with Memo(folder) as again:
        assert all(again.bytes_get(str(n)) is not None for n in range(32))
    assert told == []
