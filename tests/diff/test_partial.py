"""A clone that lacks objects: nothing is fetched unasked, and what is missing is said."""

from __future__ import annotations

import pytest
from differing import RED, change_of, clone_of, commit_all, diff_of

from assetgen.gitrefs import NotFetched, find_repository


@pytest.fixture
def origin(shop):
    """Return a shop whose pictures are committed, with a changed spec and file."""
    (shop.root / ".gitignore").write_text(".assetgen/\n")
    (shop.root / "art.png").write_bytes(RED)
    spec = shop.root / "assets.yaml"
    spec.write_text(spec.read_text() + "  logo: {file: art.png}\n")
    commit_all(shop)
    shop.git("branch", "-qf", "main")
    shop.git("config", "uploadpack.allowFilter", "true")
    return shop


def missing(shop):
    """Return how many objects the clone lacks."""
    said = shop.git("rev-list", "--objects", "--all", "--missing=print")
    return sum(line.startswith("?") for line in said.splitlines())


def test_pictures_that_were_left_out_are_named_and_not_fetched(origin):
    """The words are complete, since the spec did not change in the part that is there."""
    (origin.root / "art.png").write_bytes((origin.root / "site/hat.png").read_bytes())
    commit_all(origin)
    clone = clone_of(origin, "--filter=blob:limit=1")
    assert missing(clone)
    # The spec and the lock are as they were, so the checkout brought them.
    before = missing(clone)
    change = change_of(clone, "logo", "HEAD~1")
    assert change["before"]["picture"] is None
    assert change["before"]["missing"] == "art.png was left out of this partial clone"
    assert change["after"]["picture"]["path"] == "art.png"
    (note,) = diff_of(clone, "HEAD~1")["notes"]
    assert note.startswith("A partial clone left out art.png as of HEAD~1: ")
    assert "git fetch --refetch --no-filter" in note
    assert missing(clone) == before


def test_without_the_spec_of_then_nothing_is_called_new(origin):
    """An error with the way out, which then works."""
    spec = origin.root / "assets.yaml"
    spec.write_text(spec.read_text().replace("A red hat", "A green hat"))
    origin.build("--jobs", "1")
    commit_all(origin)
    clone = clone_of(origin, "--filter=blob:none")
    before = missing(clone)
    said = clone.run("diff", "HEAD~1")
    assert (said.code, said.out) == (74, "")
    assert "a partial clone left it out" in said.err
    assert "`git fetch --refetch --no-filter`" in said.err
    assert missing(clone) == before > 0
    clone.git("fetch", "-q", "--refetch", "--no-filter")
    assert change_of(clone, "hat", "HEAD~1")["before"]["picture"]["from"] == "git"


def test_a_collection_forgets_no_lock_that_was_left_out(origin):
    """What the locks of other branches need stays: without them nothing is removed."""
    spec = origin.root / "assets.yaml"
    spec.write_text(spec.read_text().replace("A red hat", "A green hat"))
    origin.build("--jobs", "1")
    commit_all(origin)
    clone = clone_of(origin, "--filter=blob:none")
    clone.build("--redraw-missing")
    before = missing(clone)
    said = clone.run("cache", "gc", "--yes")
    assert said.code == 74, said.err
    assert "HEAD:assets.lock here: a partial clone left it out" in said.err
    assert missing(clone) == before


def test_a_question_for_a_missing_object_ends_no_other(origin):
    """Each is refused by name; what is there is still given, before and after."""
    (origin.root / "art.png").write_bytes((origin.root / "site/hat.png").read_bytes())
    commit_all(origin)
    clone = clone_of(origin, "--filter=blob:none")
    repository = find_repository(clone.root)
    with repository.objects() as objects:
        for _ in range(3):
            assert objects.read("HEAD:art.png", "blob")
            with pytest.raises(NotFetched, match=r"HEAD~1:art\.png"):
                objects.read("HEAD~1:art.png", "blob")
            assert objects.read("HEAD:nothing.png", "blob") is None
