"""The store keeps what was paid for, and never gives out other bytes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from assetgen.digest import Digest, Key, digest_of
from assetgen.errors import DiskRefused
from assetgen.requests import DrawRecord
from assetgen.store import (
    Store,
    draw_to_json,
    draws_of,
    prepare_workspace,
)
from assetgen.values import replace

KEY = Key("ab" * 32)


def a_draw(number: int, cost_usd: float | None = 0.04) -> DrawRecord:
    """Return a draw that differs by its number."""
    return DrawRecord(
        digest=digest_of(str(number).encode()),
        format="png",
        width=64,
        height=32,
        bytes=100 + number,
        cost_usd=cost_usd,
        request_id=f"req_{number}",
        model="m-1",
        usage={"output_tokens": number},
    )


@pytest.fixture
def store(tmp_path):
    """Return an empty store."""
    return Store(tmp_path / "store")


def test_what_was_put_is_found_again_by_its_hash(store):
    """Put gives the digest; get gives the bytes; the folders are private."""
    digest = store.put(b"picture")
    assert digest == digest_of(b"picture")
    assert store.get(digest) == b"picture"
    assert store.has(digest)
    assert store.path(digest) == store.root / "cas" / digest[:2] / digest
    assert store.root.stat().st_mode & 0o777 == 0o700
    assert list(store.digests()) == [digest]


def test_nothing_is_written_by_looking(store):
    """A plan opens the store and must not write."""
    assert store.get(Digest("0" * 64)) is None
    assert store.record(KEY) is None
    assert list(store.records()) == []
    assert not store.root.exists()


@pytest.mark.parametrize("name", ["", "../../etc/passwd", "A" * 64, "0" * 63])
def test_what_is_no_digest_is_not_there(store, name):
    """A digest from a foreign lock cannot become a path."""
    assert store.get(Digest(name)) is None
    assert not store.has(Digest(name))
    assert store.record(Key(name)) is None


def test_a_flipped_bit_is_quarantined_and_counts_as_a_miss(tmp_path):
    """Never other bytes than the name says; the damaged ones are kept for people."""
    told = []
    store = Store(tmp_path / "store", on_damage=told.append)
    digest = store.put(b"picture")
    store.path(digest).chmod(0o600)
    store.path(digest).write_bytes(b"pictura")
    assert list(store.verify()) == [digest]
    assert store.get(digest) is None
    assert told == store.damaged == [digest]
    assert (store.root / "quarantine" / digest).read_bytes() == b"pictura"
    assert list(store.verify()) == []
    store.put(b"picture")
    assert store.get(digest) == b"picture"


def test_banking_does_not_trust_a_damaged_blob_of_the_same_size(store):
    """A picture that was just paid for must not be lost to an old flipped bit."""
    digest = store.put(b"picture")
    store.path(digest).chmod(0o600)
    store.path(digest).write_bytes(b"pictura")
    store.put(b"picture")
    assert store.get(digest) == b"picture"


def test_further_draws_keep_the_order_and_drop_none(store):
    """Appending reads, adds and writes; known draws keep their numbers."""
    first, second, third = map(a_draw, range(3))
    store.bank(KEY, {"prompt": "a cat"}, [first])
    assert store.bank(KEY, {}, [second, third]) == (first, second, third)
    assert store.draws(KEY) == (first, second, third)
    assert store.record(KEY)["request"] == {"prompt": "a cat"}
    assert store.draws(KEY)[2].usage == {"output_tokens": 2}


def test_a_restored_draw_is_not_added_twice(store):
    """A lost blob of a deterministic provider, drawn again, is the same draw."""
    store.bank(KEY, {}, [a_draw(1), a_draw(2)])
    again = store.bank(KEY, {}, [a_draw(1), a_draw(9)], first_draw=1)
    assert again == (a_draw(1), a_draw(2), a_draw(9))


def test_equal_answers_of_a_provider_are_draws_of_their_own(store):
    """Two charges are two draws, even for the same bytes."""
    store.bank(KEY, {}, [a_draw(1)])
    assert len(store.bank(KEY, {}, [a_draw(1)])) == 2


@pytest.mark.parametrize(
    "garbage",
    [b"", b"{", b"[]", b'{"record": 99}', b"\xff\xfe", b"[" * 100_000, b"null"],
)
def test_a_record_of_garbage_is_a_miss(store, garbage):
    """Nothing in a record can break a build."""
    store.put_record(KEY, {"draws": []})
    Path(store._record(KEY)).write_bytes(garbage)
    assert store.record(KEY) is None
    assert store.draws(KEY) == ()


def test_a_record_under_another_name_is_a_miss(store):
    """A record that was copied to another key answers another request."""
    other = Key("cd" * 32)
    store.put_record(KEY, {"draws": []})
    target = Path(store._record(other))
    target.parent.mkdir(parents=True)
    Path(store._record(KEY)).rename(target)
    assert store.record(other) is None


def test_unreadable_draws_are_passed_over(store):
    """What stands after a broken entry was paid for, too."""
    draws = [draw_to_json(a_draw(1)), {"digest": "../x"}, 7, draw_to_json(a_draw(2))]
    store.put_record(KEY, {"draws": draws})
    assert store.draws(KEY) == (a_draw(1), a_draw(2))


def test_a_refusal_is_kept_for_its_moderation_only(store):
    """Asking again with another setting is another question."""
    store.remember_refusal(KEY, {"prompt": "x"}, "auto", "not allowed")
    assert store.refusal(KEY, "auto") == "not allowed"
    assert store.refusal(KEY, "low") is None
    store.bank(KEY, {}, [a_draw(1)])
    assert store.refusal(KEY, "auto") == "not allowed"
    assert store.draws(KEY) == (a_draw(1),)


def test_a_record_survives_the_loss_of_its_blob(store):
    """Blob gone, record there: a miss, not an error."""
    digest = store.put(b"1")
    store.bank(KEY, {}, [a_draw(1)])
    store.remove_blob(digest)
    store.remove_blob(digest)
    assert store.get(digest) is None
    assert len(list(store.records())) == 1
    store.remove_record(KEY)
    assert store.record(KEY) is None


def test_another_versions_store_is_left_alone(tmp_path):
    """Its folder keeps its bytes; ours gets a folder of its own inside."""
    (tmp_path / "cas").mkdir()
    (tmp_path / "version").write_text("7\n")
    store = Store(tmp_path)
    digest = store.put(b"1")
    assert store.path(digest).is_relative_to(tmp_path / "v1")
    assert (tmp_path / "version").read_text() == "7\n"
    assert Store(tmp_path).get(digest) == b"1"


def test_temporary_files_are_no_entries_and_are_swept(store):
    """What a crash left behind is neither a blob nor there for ever."""
    digest = store.put(b"1")
    left = store.path(digest).with_name(".assetgen-tmp-999999999-ab")
    left.write_bytes(b"half")
    assert list(store.digests()) == [digest]
    assert store.sweep(left.stat().st_mtime + 10) == 0
    assert store.sweep(left.stat().st_mtime + 4000) == 1


PROCESS = """
import sys
from pathlib import Path
from assetgen.digest import digest_of
from assetgen.requests import DrawRecord
from assetgen.store import Store
store = Store(Path(sys.argv[1]))
for number in range(5):
    data = f"{sys.argv[2]}-{number}".encode()
    digest = store.put(data)
    store.put(b"shared")
    draw = DrawRecord(digest=digest, format="png", width=1, height=1, bytes=len(data))
    store.bank("ab" * 32, {}, [draw])
"""


def test_eight_processes_fill_an_empty_store_at_once(tmp_path):
    """Nobody fails, and no draw of anybody is dropped."""
    running = [
        subprocess.Popen([sys.executable, "-c", PROCESS, tmp_path / "s", str(n)])
        for n in range(8)
    ]
    assert [each.wait() for each in running] == [0] * 8
    store = Store(tmp_path / "s")
    assert len(store.draws(KEY)) == 40
    assert all(store.has(draw.digest) for draw in store.draws(KEY))
    assert list(store.verify()) == []


@pytest.mark.parametrize("action", ["crash", "enospc"])
def test_a_failure_at_any_step_leaves_complete_blobs_and_records(tmp_path, action):
    """Each record points to blobs that are there; a re-run ends well."""
    root = tmp_path / "s"
    for step in range(1, 80):
        ended = subprocess.run(
            [sys.executable, "-c", PROCESS, root, str(step)],
            env=os.environ
            | {"ASSETGEN_TEST": "1", "ASSETGEN_FAILPOINTS": f"*={action}@{step * 7}"},
            check=False,
            capture_output=True,
        )
        store = Store(root)
        assert all(store.has(draw.digest) for draw in store.draws(KEY))
        assert list(store.verify()) == []
        if ended.returncode == 0:
            break
    assert 1 < step < 79


def test_a_store_behind_a_file_is_refused_in_words(tmp_path):
    """74 naming the path."""
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(DiskRefused, match="file"):
        Store(tmp_path / "file" / "store").put(b"1")


def test_the_workspace_hides_itself_from_git_and_backups(tmp_path):
    """`.assetgen` is private and ignored."""
    folder = prepare_workspace(tmp_path)
    assert folder.stat().st_mode & 0o777 == 0o700
    assert (folder / ".gitignore").read_text() == "*\n"
    assert (folder / "CACHEDIR.TAG").read_text().startswith("Signature: 8a477f59")
    before = (folder / ".gitignore").stat().st_ino
    prepare_workspace(tmp_path)
    assert (folder / ".gitignore").stat().st_ino == before


def test_a_draw_reads_back_as_it_was_written():
    """Also one of which little is known."""
    for draw in (
        a_draw(1),
        a_draw(2, cost_usd=None),
        replace(a_draw(3), cost_estimated=True),
    ):
        assert draws_of({"draws": [draw_to_json(draw)]}) == (draw,)
    assert draws_of(None) == ()
    assert draws_of({"draws": "x"}) == ()
