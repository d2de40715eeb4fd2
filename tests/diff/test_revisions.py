"""`assetgen diff` between real commits: which ones, and what is wrong in them."""

from __future__ import annotations

import hashlib
import os

import pytest
from differing import (
    BLUE,
    RED,
    change_of,
    clone_of,
    commit_all,
    diff_of,
    fields_of,
    kinds_of,
)
from shops import Shop

# --- which revision ---------------------------------------------------------------


@pytest.mark.skipif(os.name == "nt", reason="names are text there")
def test_an_included_file_whose_name_is_no_text_is_refused_by_name(shop):
    """Here with 3; where it was committed once and is gone, with a note."""
    spec = shop.root / "assets.yaml"
    spec.write_text(
        spec.read_text().replace("assets:", 'include: ["*.inc.yaml"]\nassets:')
    )
    bad = os.fsencode(shop.root) + b"/\xff.inc.yaml"
    try:
        with open(bad, "w") as file:  # noqa: PTH123  # a path of bytes
            file.write("assets: {}\n")
    except OSError:
        pytest.skip("this disk knows only names that are text")
    said = shop.run("diff")
    assert said.code == 3
    assert "whose name is not UTF-8: `\\xff.inc.yaml`" in said.err
    commit_all(shop)
    os.unlink(bad)  # noqa: PTH108  # a path of bytes
    (shop.root / "more.inc.yaml").write_text("assets: {}\n")
    (note,) = diff_of(shop, "HEAD")["notes"]
    assert "cannot be read" in note
    assert "UTF-8" in note


def test_what_the_default_branch_did_since_is_not_told(shop):
    """The comparison is with the commit from which the branch went apart."""
    shop.spec(hat="A red hat", shoe="A green shoe")
    commit_all(shop)
    shop.git("checkout", "-q", "main")
    shop.spec(hat="A black hat", shoe="A blue shoe")
    commit_all(shop)
    shop.git("checkout", "-q", "work")
    assert kinds_of(shop) == {"shoe": "changed"}
    assert kinds_of(shop, "main...") == {"shoe": "changed"}
    assert kinds_of(shop, "main") == {"hat": "changed", "shoe": "changed"}


def test_what_was_merged_in_counts_as_the_base(shop):
    """After a merge the merge base is the tip that was merged."""
    shop.spec(hat="A red hat", shoe="A blue shoe", sock="A sock")
    commit_all(shop)
    shop.git("checkout", "-q", "main")
    shop.spec(hat="A black hat", shoe="A blue shoe")
    commit_all(shop)
    shop.git("checkout", "-q", "work")
    shop.git("merge", "-q", "main")
    assert kinds_of(shop) == {"sock": "added"}


def test_a_detached_head_is_compared_like_a_branch(shop):
    """As a workflow checks pull requests out."""
    shop.spec(hat="A green hat", shoe="A blue shoe")
    commit_all(shop)
    shop.git("checkout", "-q", "--detach")
    shop.git("branch", "-qD", "work")
    assert kinds_of(shop) == {"hat": "changed"}


def test_the_branch_of_a_pull_request_comes_first(shop):
    """A workflow names it in the environment."""
    shop.git("checkout", "-q", "-b", "release", "main")
    shop.spec(hat="A golden hat", shoe="A blue shoe")
    commit_all(shop)
    shop.git("checkout", "-q", "-b", "fix")
    shop.spec(hat="A golden hat", shoe="A golden shoe")
    commit_all(shop)
    clone = clone_of(shop)
    assert kinds_of(clone) == {"hat": "changed", "shoe": "changed"}
    assert kinds_of(clone, GITHUB_BASE_REF="release") == {"shoe": "changed"}
    said = clone.run("diff", GITHUB_BASE_REF="gone")
    assert said.code == 2
    assert "git fetch origin gone" in said.err


def test_a_shallow_clone_says_how_to_get_the_rest(shop):
    """The merge base is not there; a revision that is there can be named."""
    shop.spec(hat="A green hat", shoe="A blue shoe")
    commit_all(shop)
    clone = clone_of(shop, "--depth", "1")
    said = clone.run("diff", GITHUB_BASE_REF="main")
    assert said.code == 2
    assert "fetch-depth: 0" in said.err
    assert clone.run("diff", "main").code == 2
    assert kinds_of(clone, "HEAD") == {}
    clone.git("fetch", "-q", "--depth", "1", "origin", "main:refs/remotes/origin/main")
    said = clone.run("diff")
    assert (said.code, "fetch-depth: 0" in said.err) == (2, True)
    assert kinds_of(clone, "origin/main") == {"hat": "changed"}


@pytest.mark.parametrize("name", ["nowhere", "-rf", "--all", "HEAD~99", "x y", "a\0b"])
def test_an_unknown_revision_is_wrong_usage(shop, name):
    """git never sees it as a flag."""
    said = shop.run("diff", "--", name) if name.startswith("-") else None
    said = said or shop.run("diff", name)
    assert said.code == 2
    assert "Traceback" not in said.err


def test_without_a_repository_or_a_commit_there_is_nothing_to_compare(tmp_path):
    """Both are said, with a way out."""
    shop = Shop(tmp_path / "alone")
    shop.spec(hat="A red hat")
    text = (shop.root / "assets.yaml").read_text()
    (shop.root / "assets.yaml").write_text(text.replace("counting", "placeholder"))
    said = shop.run("diff")
    assert (said.code, "git init" in said.err) == (2, True)
    shop.git("init", "-q", "-b", "main")
    said = shop.run("diff")
    assert (said.code, "nothing is committed" in said.err) == (2, True)


def test_a_spec_in_a_folder_of_the_repository_is_found_there(tmp_path, provider):  # noqa: ARG001
    """Paths are those of the project; git knows them with the folder in front."""
    shop = Shop(tmp_path / "repo")
    shop.git("init", "-q", "-b", "main")
    inner = Shop(tmp_path / "repo" / "games äö")
    inner.spec(hat="A red hat")
    commit_all(shop)
    inner.spec(hat="A green hat", cap="A cap")
    assert kinds_of(inner) == {"hat": "changed", "cap": "added"}


# --- what is wrong then -----------------------------------------------------------


def test_no_spec_at_the_revision_makes_everything_new(shop):
    """It is said why."""
    shop.git("rm", "-q", "--cached", "assets.yaml")
    shop.git("commit", "-qm", "x")
    found = diff_of(shop, "HEAD")
    assert [each["kind"] for each in found["changes"]] == ["added", "added"]
    assert "There is no assets.yaml at HEAD" in found["notes"][0]


def test_a_broken_spec_then_is_a_note_and_a_broken_one_now_an_error(shop):
    """What is being mended can be compared; what is broken cannot."""
    good = (shop.root / "assets.yaml").read_text()
    (shop.root / "assets.yaml").write_text(good + "  bad: {promt: x}\n")
    assert shop.run("diff").code == 3
    commit_all(shop)
    (shop.root / "assets.yaml").write_text(good)
    found = diff_of(shop, "HEAD")
    assert {each["kind"] for each in found["changes"]} == {"added"}
    assert "assets.yaml:7: " in found["notes"][0]


def test_a_conflict_in_the_lock_then_is_a_note(shop):
    """The lock counts as empty; the spec is compared all the same."""
    good = shop.lock_file.read_text()
    shop.lock_file.write_text(f"<<<<<<< a\n{good}=======\n{good}>>>>>>> b\n")
    commit_all(shop)
    assert shop.run("diff", "HEAD").code == 3  # it is in the work tree, too
    shop.lock_file.write_text(good)
    found = diff_of(shop, "HEAD")
    assert "The lock at HEAD cannot be read" in found["notes"][0]


def test_a_link_that_leads_out_is_never_followed(shop):
    """Neither by the revision's tree nor by the disk."""
    secret = shop.root.parent / "secret.md"
    secret.write_text("the secret words")
    (shop.root / "words.md").symlink_to("../secret.md")
    spec = shop.root / "assets.yaml"
    good = spec.read_text()
    spec.write_text(good + "  bad: {prompt: {file: words.md}, size: 8x8}\n")
    commit_all(shop)
    spec.write_text(good)
    said = shop.run("diff", "HEAD", "--format", "json")
    assert said.code == 0
    assert "secret words" not in said.out + said.err
    assert "leads out of the project" in said.out


def test_a_link_inside_the_project_is_followed(shop):
    """As a build does it."""
    (shop.root / "real").mkdir()
    (shop.root / "real/words.md").write_text("A tall tree")
    (shop.root / "near").symlink_to("real")
    spec = shop.root / "assets.yaml"
    entry = "  tree: {prompt: {file: near/words.md}, size: 8x8}\n"
    spec.write_text(spec.read_text() + entry)
    commit_all(shop)
    (shop.root / "real/words.md").write_text("A small tree")
    assert fields_of(change_of(shop, "tree", "HEAD"))["prompt"][0] == "A tall tree"


def test_a_pointer_of_lfs_is_the_file_that_it_stands_for(shop):
    """Bytes that were not fetched are no change, and other ones are."""
    digest = hashlib.sha256(RED).hexdigest()
    pointer = (
        f"version https://git-lfs.github.com/spec/v1\noid sha256:{digest}\n"
        f"size {len(RED)}\n"
    )
    art, spec = shop.root / "art.png", shop.root / "assets.yaml"
    spec.write_text(spec.read_text() + "  logo: {file: art.png}\n")
    art.write_text(pointer)
    commit_all(shop)
    art.write_bytes(RED)
    assert kinds_of(shop, "HEAD") == {}
    art.write_bytes(BLUE)
    change = change_of(shop, "logo", "HEAD")
    assert change["kind"] == "changed"
    assert "Git LFS" in change["before"]["missing"]


def test_a_profile_that_is_new_is_compared_with_the_spec_without_it(shop):
    """The old spec does not have it, and that is said."""
    spec = shop.root / "assets.yaml"
    spec.write_text(
        spec.read_text().replace(
            "targets:", "profiles: {draft: {set: {quality: low}}}\ntargets:"
        )
    )
    found = diff_of(shop, "--profile", "draft")
    assert "no profile 'draft'" in found["notes"][0]
    assert fields_of(found["changes"][0])["quality"][1] == "low"
    assert fields_of(found["changes"][0])["quality"][2] == 3
