"""Three locks become one, asset by asset."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assetgen.digest import Key, digest_of
from assetgen.lockfile import Lock, LockLine, parse_lock
from assetgen.lockmerge import (
    conflicted_text,
    merge_locks,
    read_conflicted,
    united,
)
from assetgen.model import AssetName

NAMES = [f"a{n}" for n in range(6)]


def pin(name: str, version: int, draws: int = 1) -> LockLine:
    """Return the line that pins one version of an asset's request."""
    found = tuple(digest_of(f"{name} {version} {n}".encode()) for n in range(draws))
    key = Key(digest_of(f"{name} {version}".encode()))
    return LockLine(
        AssetName(name), key, "generate", "openai", found, found[0], prompt="ab"
    )


def lock_of(versions: dict[str, int]) -> Lock:
    """Return the lock that has these versions."""
    return Lock.of(pin(name, version) for name, version in versions.items())


locks = st.dictionaries(st.sampled_from(NAMES), st.integers(0, 2)).map(lock_of)


@given(locks, locks, locks)
def test_a_merge_takes_what_one_side_changed(base, ours, theirs):
    """An asset stands as the side that changed it says; both changes are a dispute."""
    merged = merge_locks(base, ours, theirs)
    for name in NAMES:
        was, mine, other = (each.get(name) for each in (base, ours, theirs))
        if name in merged.disputed:
            assert mine != other != was != mine
            sides = merged.disputed[name]
            assert (sides.base, sides.ours, sides.theirs) == (was, mine, other)
        else:
            assert merged.agreed.get(name) in (mine, other)
            assert merged.agreed.get(name) == (other if mine == was else mine)


@given(locks, locks, locks)
def test_who_is_ours_changes_nothing_that_is_agreed(base, ours, theirs):
    """Merging the other way round agrees on the same."""
    one, two = merge_locks(base, ours, theirs), merge_locks(base, theirs, ours)
    assert one.agreed.rows == two.agreed.rows
    assert one.disputed.keys() == two.disputed.keys()


@given(locks, locks, locks)
def test_what_a_merge_leaves_is_read_back_as_it_was(base, ours, theirs):
    """Marks stand around the disputed assets only, and nothing is lost in the text."""
    merged = merge_locks(base, ours, theirs)
    text = conflicted_text(merged)
    if not merged.disputed:
        assert text == merged.agreed.text()
        assert parse_lock(text).rows == merged.agreed.rows
        return
    again = read_conflicted(text, base)
    assert again.agreed.rows == merged.agreed.rows
    assert {
        name: (sides.ours, sides.theirs) for name, sides in again.disputed.items()
    } == {name: (sides.ours, sides.theirs) for name, sides in merged.disputed.items()}


def text_with(*blocks: str) -> str:
    """Return a lock's text from rows."""
    return "\n".join(['{"lock": 1}', *blocks, ""])


ROWS = {
    (name, version): lock_of({name: version}).text().splitlines()[1]
    for name in NAMES
    for version in range(3)
}


def test_neighbours_in_one_conflict_are_told_apart_by_their_base():
    """A merge by lines puts both into one block; only one side changed each of them."""
    text = text_with(
        "<<<<<<< HEAD",
        ROWS["a0", 1],
        ROWS["a1", 0],
        "=======",
        ROWS["a0", 0],
        ROWS["a1", 1],
        ">>>>>>> other",
        ROWS["a2", 0],
    )
    base = lock_of({"a0": 0, "a1": 0, "a2": 0})
    merged = read_conflicted(text, base)
    assert merged.agreed == lock_of({"a0": 1, "a1": 1, "a2": 0})
    assert merged.disputed == {}
    blind = read_conflicted(text)
    assert list(blind.disputed) == ["a0", "a1"]


def test_the_base_that_git_shows_is_no_side():
    """With the style diff3 the block has a middle part."""
    text = text_with(
        "<<<<<<< HEAD",
        ROWS["a0", 1],
        "||||||| 1234567",
        ROWS["a0", 0],
        "=======",
        ROWS["a0", 2],
        ">>>>>>> other",
    )
    sides = read_conflicted(text).disputed[AssetName("a0")]
    assert (sides.ours, sides.base, sides.theirs) == (
        pin("a0", 1),
        pin("a0", 0),
        pin("a0", 2),
    )


def test_lines_that_cannot_be_read_are_named():
    """Neither dropped in silence nor in anybody's way."""
    text = text_with(ROWS["a0", 0], ROWS["a1", 0][:99], "garbage", ROWS["a2", 0])
    merged = read_conflicted(text)
    assert list(merged.agreed) == ["a0", "a2"]
    assert [number for number, _ in merged.unread] == [3, 4]


def test_an_asset_with_two_lines_is_a_dispute():
    """Somebody kept both sides of a conflict."""
    merged = read_conflicted(text_with(ROWS["a0", 0], ROWS["a0", 1]))
    assert list(merged.disputed) == ["a0"]
    assert merged.agreed == {}


@pytest.mark.parametrize(("mine", "other"), [(1, 3), (3, 1), (2, 2)])
def test_no_draw_of_the_same_request_is_dropped(mine, other):
    """Both sides paid; the draws of the one that is not picked stay to be picked."""
    ours, theirs = pin("a0", 0, mine), pin("a0", 0, other)
    line = united((ours, theirs), ours)
    assert line.pick == ours.pick
    assert set(line.draws) == {*ours.draws, *theirs.draws}
    assert line.draws[:mine] == ours.draws
