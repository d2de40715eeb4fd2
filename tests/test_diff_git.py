"""`assetgen diff` in real git repositories: which revision, which assets, which words."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from counting import CountingProvider
from shops import HEAD, Shop
from sketches import png

from assetgen import registry
from assetgen.schema import schema_text

RED, BLUE = png(8, 8, 1), png(8, 8, 2)


@pytest.fixture
def provider(monkeypatch):
    """Return a provider that charges for every picture."""
    found = CountingProvider()
    monkeypatch.setitem(registry.BUILT_IN, "counting", lambda *_: found)
    return found


@pytest.fixture
def shop(tmp_path, provider):  # noqa: ARG001  # the shop draws with it
    """Return a project on main with two built and committed assets, on a new branch."""
    found = Shop(tmp_path / "shop")
    found.git("init", "-q", "-b", "main")
    (found.root / ".gitignore").write_text("site/\n.assetgen/\n")
    found.spec(hat="A red hat", shoe="A blue shoe")
    found.build("--jobs", "1")
    commit_all(found)
    found.git("checkout", "-q", "-b", "work")
    return found


def commit_all(shop: Shop, text: str = "x") -> None:
    """Commit everything that is not ignored."""
    shop.git("add", "-A")
    shop.git("commit", "-qm", text)


def diff_of(shop: Shop, *words: str, code: int = 0, **environ: str) -> dict[str, Any]:
    """Return what `assetgen diff` says, as data."""
    said = shop.run("diff", *words, "--format", "json", **environ)
    assert said.code == code, said.err
    found: dict[str, Any] = json.loads(said.out)
    return found


def kinds_of(shop: Shop, *words: str, **environ: str) -> dict[str, str]:
    """Return the kind of change by asset."""
    changes = diff_of(shop, *words, **environ)["changes"]
    return {each["name"]: each["kind"] for each in changes}


def change_of(shop: Shop, name: str, *words: str) -> dict[str, Any]:
    """Return the change of one asset."""
    (found,) = [e for e in diff_of(shop, *words)["changes"] if e["name"] == name]
    return found


def fields_of(change: dict[str, Any]) -> dict[str, tuple[str | None, str | None, int]]:
    """Return old text, new text and line of each field."""
    return {e["name"]: (e["old"], e["new"], e["line"]) for e in change["fields"]}


# --- what became of assets --------------------------------------------------------


def test_nothing_differs_from_the_same_commit(shop):
    """And nothing is written: neither the index nor the work tree moves."""
    index = (shop.root / ".git/index").read_bytes()
    found = diff_of(shop)
    assert found["changes"] == []
    assert found["summary"]["changed"] == 0
    assert shop.git("status", "--porcelain") == ""
    assert (shop.root / ".git/index").read_bytes() == index
    assert shop.run("diff", "--exit-code").code == 0
    assert "Nothing differs, compared with main" in shop.run("diff").out


def test_each_kind_of_change_is_told_with_its_price(shop):
    """A word, a new name, a new asset, one that is gone, one that nobody drew yet."""
    words = {"hat": "A green hat", "boot": "A blue shoe", "cap": "A cap"}
    shop.spec(**words)
    shop.build("--jobs", "1")
    shop.spec(**words, sock="A sock")
    found = diff_of(shop)
    assert {e["name"]: (e["kind"], e["state"]) for e in found["changes"]} == {
        "hat": ("changed", "locked"),
        "boot": ("renamed", "locked"),
        "cap": ("added", "locked"),
        "sock": ("added", "to-draw"),
    }
    summary = found["summary"]
    assert (summary["spent_usd"], summary["to_spend_usd"]) == (0.02, 0.01)
    assert summary["not_locked"] == 1
    assert shop.run("diff", "--exit-code").code == 4


def test_a_prompt_is_compared_word_by_word_at_its_line(shop):
    """The line is that of the spec as it is now."""
    shop.spec(shoe="A blue shoe", hat="A green hat")
    change = change_of(shop, "hat")
    assert fields_of(change) == {"prompt": ("A red hat", "A green hat", 6)}
    assert {"kind": "new", "text": "green"} in change["fields"][0]["words"]
    text = shop.run("diff").out
    assert "A [-red-]{+green+} hat" in text
    assert "prompt (assets.yaml:6)" in text
    colored = shop.run("diff", FORCE_COLOR="1").out
    assert "A \x1b[31mred\x1b[0m\x1b[32mgreen\x1b[0m hat" in colored


def test_moving_an_entry_and_comments_change_nothing(shop):
    """What an asset means counts, not where it stands."""
    spec = shop.root / "assets.yaml"
    lines = spec.read_text().splitlines(keepends=True)
    moved = [*lines[:-2], "  # a note\n", lines[-1], lines[-2]]
    spec.write_text("".join(moved))
    assert kinds_of(shop) == {}


def test_settings_of_all_assets_are_blamed_at_their_own_line(shop):
    """What `defaults` say stands there, not in the entries."""
    spec = shop.root / "assets.yaml"
    spec.write_text(
        spec.read_text().replace("targets:", "defaults: {quality: low}\ntargets:")
    )
    found = diff_of(shop)["changes"]
    assert [each["name"] for each in found] == ["hat", "shoe"]
    assert fields_of(found[0]) == {"quality": (None, "low", 3)}


def test_outputs_are_told_file_by_file(shop):
    """One more, one less, one with other settings."""
    (shop.root / "assets.yaml").write_text(
        HEAD + "  hat:\n    prompt: A red hat\n    size: 8x8\n    outputs:\n"
        "      - {path: hat.png, width: 4}\n      - hat.webp\n"
        "  shoe: {prompt: A blue shoe, size: 8x8}\n"
    )
    assert fields_of(change_of(shop, "hat")) == {
        "outputs site/hat.png": ("as it is", "width: 4", 9),
        "outputs site/hat.webp": (None, "as it is", 10),
    }
    assert fields_of(change_of(shop, "shoe")) == {
        "outputs site/shoe.png": ("as it is", None, 11)
    }


def test_words_for_people_are_changes_that_cost_nothing(shop):
    """`alt`, `tags`, `description`: the picture stays what it is."""
    spec = shop.root / "assets.yaml"
    spec.write_text(
        spec.read_text().replace("size: 8x8,", "size: 8x8, alt: Text, tags: [a, b],", 1)
    )
    change = change_of(shop, "hat")
    assert {name: new for name, (_, new, _) in fields_of(change).items()} == {
        "tags": "a, b",
        "alt": "Text",
    }
    assert (change["state"], change["draws_to_come"]) == ("locked", 0)
    assert change["likeness"] == {"changed_share": 0.0, "distance": 0.0}


def test_a_renamed_asset_may_change_otherwise_as_well(shop):
    """Its request is the same, so it is the same picture under another name."""
    spec = shop.root / "assets.yaml"
    text = spec.read_text().replace("  hat:", "  cap:")
    spec.write_text(text.replace("size: 8x8,", "size: 8x8, alt: A cap,", 1))
    change = change_of(shop, "cap")
    assert (change["kind"], change["old_name"]) == ("renamed", "hat")
    assert "alt" in fields_of(change)
    assert change["new_draws"] == []


def test_a_renamed_asset_that_asks_for_something_else_is_another_one(shop):
    """Nothing tells then that the two belong together."""
    shop.spec(cap="A very different cap", shoe="A blue shoe")
    assert kinds_of(shop) == {"cap": "added", "hat": "removed"}


def test_a_local_picture_is_followed_to_its_new_name(shop):
    """Files of the project have no request; the picture is what they have in common."""
    art = shop.root / "art.png"
    art.write_bytes(RED)
    spec = shop.root / "assets.yaml"
    before = spec.read_text()
    spec.write_text(before + "  logo: {file: art.png}\n")
    commit_all(shop)
    spec.write_text(before + "  mark: {file: art.png}\n")
    assert change_of(shop, "mark", "HEAD")["old_name"] == "logo"


def test_other_bytes_of_an_input_reach_all_that_is_made_of_it(shop):
    """The entries read as before; the pictures do not."""
    art, spec = shop.root / "art.png", shop.root / "assets.yaml"
    art.write_bytes(RED)
    spec.write_text(
        spec.read_text()
        + "  logo: {file: art.png}\n"
        + "  card: {prompt: On a card, inputs: [logo], size: 8x8}\n"
        + "  wall: {prompt: On a wall, inputs: [card], size: 8x8}\n"
    )
    shop.build("--jobs", "1")
    commit_all(shop)
    art.write_bytes(BLUE)
    found = {each["name"]: each for each in diff_of(shop, "HEAD")["changes"]}
    assert list(found) == ["logo", "card", "wall"]
    assert found["logo"]["inputs"] == [{"name": "art.png", "pending": False}]
    assert found["card"]["inputs"] == [{"name": "logo", "pending": False}]
    assert found["wall"]["inputs"] == [{"name": "card", "pending": True}]
    assert [e["state"] for e in found.values()] == ["free", "to-draw", "to-draw"]
    assert found["logo"]["likeness"]["changed_share"] > 0
    assert diff_of(shop, "HEAD")["summary"]["to_spend_usd"] == 0.02


def test_a_prompt_file_is_read_as_it_was_committed(shop):
    """Its words are compared, not its bytes."""
    words, spec = shop.root / "words.md", shop.root / "assets.yaml"
    words.write_text("A tall tree\n")
    spec.write_text(
        spec.read_text() + "  tree: {prompt: {file: words.md}, size: 8x8}\n"
    )
    commit_all(shop)
    words.write_text("A small tree\n")
    old, new, _ = fields_of(change_of(shop, "tree", "HEAD"))["prompt"]
    assert "tall" in str(old)
    assert "small" in str(new)


def test_another_pick_and_more_draws_are_no_changes_of_the_spec(shop):
    """The lock has them, and what they cost."""
    shop.run("reroll", "hat", "--keep-pick")
    change = change_of(shop, "hat")
    assert (change["kind"], len(change["new_draws"])) == ("redrawn", 1)
    assert change["paid_usd"] == 0.01
    commit_all(shop)
    assert shop.run("pick", "hat", "2").code == 0
    change = change_of(shop, "hat", "HEAD")
    assert (change["kind"], change["paid_usd"]) == ("picked", 0)
    assert change["before"]["pick"] != change["after"]["pick"]
    assert "draw 2 picked in place of draw 1" in shop.run("diff", "HEAD").out


def test_a_glob_that_stands_for_more_changes_the_sheet(shop):
    """Its text is the same; its frames are not."""
    spec = shop.root / "assets.yaml"
    sheet = "  all: {sheet: {frames: ['i/*']}, outputs: [all.png]}\n"
    icons = "  i/a: {file: a.png}\n"
    (shop.root / "a.png").write_bytes(RED)
    (shop.root / "b.png").write_bytes(BLUE)
    base = spec.read_text()
    spec.write_text(base + icons + sheet)
    commit_all(shop)
    spec.write_text(base + icons + "  i/b: {file: b.png}\n" + sheet)
    change = change_of(shop, "all", "HEAD")
    assert fields_of(change)["sheet frames"][:2] == ("i/a", "i/a, i/b")


def test_included_files_come_and_go(shop):
    """Patterns are matched against the files of the revision."""
    spec, parts = shop.root / "assets.yaml", shop.root / "parts"
    parts.mkdir()
    text = spec.read_text().replace("provider:", "include: [parts/*.yaml]\nprovider:")
    spec.write_text(text)
    for name in ("one", "two"):
        entry = f"  {name}: {{prompt: The {name}, size: 8x8}}\n"
        (parts / f"{name}.yaml").write_text(f"assets:\n{entry}")
    commit_all(shop)
    (parts / "one.yaml").unlink()
    (parts / "three.yaml").write_text("assets:\n  three: {prompt: T, size: 8x8}\n")
    found = {each["name"]: each for each in diff_of(shop, "HEAD")["changes"]}
    assert {name: e["kind"] for name, e in found.items()} == {
        "three": "added",
        "one": "removed",
    }
    assert found["three"]["after"]["file"] == "parts/three.yaml"
    assert found["three"]["after"]["line"] == 2


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


def clone_of(shop: Shop, *words: str) -> Shop:
    """Return a clone, which has no store."""
    place = shop.root.parent / "clone"
    branch = shop.git("branch", "--show-current").strip()
    shop.git("checkout", "-q", "main")  # which origin/HEAD will stand for
    origin = shop.root.as_uri()
    shop.git("clone", "-q", "--branch", branch, *words, origin, str(place))
    return Shop(place)


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


# --- pictures ---------------------------------------------------------------------


def test_a_fork_without_a_store_gets_all_the_words(shop):
    """No picture, no key, and nothing is written: not even a workspace."""
    shop.spec(hat="A green hat", shoe="A blue shoe")
    shop.build("--jobs", "1")
    commit_all(shop)
    clone = clone_of(shop)
    change = change_of(clone, "hat")
    assert change["state"] == "locked"
    assert change["before"]["picture"] is None
    assert "not in the store here" in change["after"]["missing"]
    assert change["unpriced_draws"] == 1
    assert not (clone.root / ".assetgen").exists()
    assert "A [-red-]{+green+} hat" in clone.run("diff").out


def test_committed_outputs_are_shown_where_the_store_is_not(shop):
    """Before out of git's objects, after out of the work tree."""
    (shop.root / ".gitignore").write_text(".assetgen/\n")
    commit_all(shop)
    before = hashlib.sha256((shop.root / "site/hat.png").read_bytes()).hexdigest()
    shop.spec(hat="A green hat", shoe="A blue shoe")
    shop.build("--jobs", "1")
    commit_all(shop)
    clone = clone_of(shop)
    change = change_of(clone, "hat", "HEAD~1")
    assert change["before"]["picture"]["from"] == "git"
    assert change["before"]["picture"]["sha256"] == before
    assert change["after"]["picture"]["from"] == "folder"
    assert change["after"]["picture"]["path"] == "site/hat.png"
    assert change["likeness"]["distance"] > 0


def test_a_file_of_the_old_request_is_not_shown_as_the_new_picture(shop):
    """What has to be drawn has no picture yet, whatever lies in the folder."""
    shop.spec(hat="A green hat", shoe="A blue shoe")
    change = change_of(shop, "hat")
    assert change["before"]["picture"]["from"] == "store"
    assert change["after"]["picture"] is None
    assert change["after"]["missing"] == "not drawn yet"


@pytest.mark.parametrize("ignored", [".assetgen/", "site/\n.assetgen/"])
@pytest.mark.parametrize("here", [True, False], ids=["store", "no store"])
def test_a_stand_in_that_was_not_built_yet_has_no_picture(shop, ignored, here):
    """Its file is that of the earlier words, committed or not, or another asset's."""
    (shop.root / ".gitignore").write_text(f"{ignored}\n")
    old = (shop.root / "assets.yaml").read_text()
    free = old.replace("provider: counting", "provider: placeholder")
    assert free != old
    (shop.root / "assets.yaml").write_text(free)
    shop.build("--jobs", "1")
    commit_all(shop)
    new = free.replace("A red hat", "A green hat").replace("shoe:", "boot:")
    (shop.root / "assets.yaml").write_text(new.replace("A blue shoe", "A boot"))
    if not here:
        shutil.rmtree(shop.root / ".assetgen")
        if "site" in ignored:
            shutil.rmtree(shop.root / "site")
    for name in ("hat", "boot"):
        change = change_of(shop, name, "HEAD")
        assert change["after"]["picture"] is None, name
        assert change["likeness"] is None
    assert "$0.00 for" not in shop.run("diff", "HEAD").out


def test_a_pick_is_told_beside_a_changed_field(shop):
    """Else a reader would take the field for the reason of the other picture."""
    assert shop.run("reroll", "hat").code == 0
    commit_all(shop)
    shop.run("pick", "hat", "1")
    spec = shop.root / "assets.yaml"
    spec.write_text(spec.read_text().replace("size:", "tags: [head], size:", 1))
    change = change_of(shop, "hat", "HEAD")
    assert change["kind"] == "changed"
    assert "draw 1 picked in place of draw 2" in shop.run("diff", "HEAD").out
    comment = shop.run("diff", "HEAD", "--format", "github").out
    assert "draw 1 picked in place of draw 2" in comment


def test_where_only_the_steps_changed_the_files_are_compared(shop):
    """The draw is the same; what is made of it is not."""
    (shop.root / ".gitignore").write_text(".assetgen/\n")
    commit_all(shop)
    spec = shop.root / "assets.yaml"
    spec.write_text(spec.read_text().replace("size:", "process: [invert], size:", 1))
    shop.build("--jobs", "1")
    change = change_of(shop, "hat", "HEAD")
    assert change["before"]["picture"]["path"] == "site/hat.png"
    assert change["likeness"]["changed_share"] > 0


def test_many_pictures_are_compared_at_once(shop):
    """Threads share one reader of git's objects, and each gets the bytes it asked for."""
    spec = shop.root / "assets.yaml"
    entries = "".join(f"  logo-{at}: {{file: {at}.png}}\n" for at in range(40))
    spec.write_text(spec.read_text() + entries)
    for at in range(40):
        (shop.root / f"{at}.png").write_bytes(png(60, 60, at))
    commit_all(shop)
    for at in range(40):
        (shop.root / f"{at}.png").write_bytes(png(60, 60, at + 100))
    changes = diff_of(shop, "HEAD")["changes"]
    assert len(changes) == 40
    assert all(each["likeness"]["changed_share"] > 0.5 for each in changes)


def test_small_copies_are_written_under_names_of_their_own(shop, tmp_path):
    """And the comment shows them side by side."""
    shop.spec(hat="A green hat", shoe="A blue shoe")
    shop.build("--jobs", "1")
    folder = tmp_path / "images"
    base = "https://pages.example.org/x"
    words = ("--format", "github", "--images", str(folder), "--image-base", base)
    said = shop.run("diff", *words)
    names = sorted(each.name for each in folder.iterdir())
    assert len(names) == 2
    for name in names:
        assert f"]({base}/{name})" in said.out
    assert said.out.index("![before](") < said.out.index("![after](")
    once_more = {each: (folder / each).stat().st_mtime_ns for each in names}
    assert shop.run("diff", *words).out == said.out
    assert once_more == {n: (folder / n).stat().st_mtime_ns for n in names}
    assert "attached to this run" in shop.run("diff", "--format", "github").out


# --- the command ------------------------------------------------------------------


def test_the_json_form_is_as_its_schema_says(shop):
    """For every kind of change."""
    import jsonschema

    shop.run("reroll", "shoe")
    shop.spec(hat="A green hat", shoe="A blue shoe", cap="A cap")
    schema = json.loads(schema_text("diff"))
    jsonschema.Draft202012Validator(schema).validate(diff_of(shop))


@pytest.mark.parametrize(
    "words",
    [
        ("--image-base", "https://x.example.org"),
        ("--format", "github", "--image-base", "javascript:alert(1)"),
        ("--format", "github", "--image-base", "https://x.example.org/) ![x](y"),
        ("one", "two"),
    ],
)
def test_words_that_do_not_fit_are_wrong_usage(shop, words):
    """With what to write instead."""
    assert shop.run("diff", *words).code == 2


def test_a_workflow_gets_summary_and_figures(shop, tmp_path):
    """The comment goes to stdout, the whole to the summary, figures to the outputs."""
    shop.spec(hat="A green hat", shoe="A blue shoe")
    summary, outputs = tmp_path / "summary.md", tmp_path / "outputs"
    environ = {
        "GITHUB_ACTIONS": "true",
        "GITHUB_STEP_SUMMARY": str(summary),
        "GITHUB_OUTPUT": str(outputs),
    }
    said = shop.run("diff", "--format", "github", **environ)
    assert said.out.startswith("<!-- assetgen:report -->\n**1 changed**, ")
    assert "### Assets" in summary.read_text()
    lines = outputs.read_text().splitlines()
    found = {a.partition("<<")[0]: b for a, b in pairwise(lines)}
    assert (found["changed"], found["not_locked"]) == ("1", "1")
    assert (found["spent_usd"], found["to_spend_usd"]) == ("0.0000", "0.0100")
    said = shop.run("diff", "--format", "github", GITHUB_STEP_SUMMARY=str(summary))
    assert summary.read_text().count("### Assets") == 1


def test_a_comment_links_to_the_run_that_has_the_pictures(shop):
    """Or to what the caller names; a variable that is no page of a run makes no link."""
    shop.spec(hat="A green hat", shoe="A blue shoe")
    run = {
        "GITHUB_SERVER_URL": "https://github.example",
        "GITHUB_REPOSITORY": "owner/game",
        "GITHUB_RUN_ID": "77",
    }
    words = ("diff", "--format", "github")
    link = "[the report that is attached to this run]"
    said = shop.run(*words, **run).out
    assert f"{link}(https://github.example/owner/game/actions/runs/77)." in said
    said = shop.run(*words, "--report-url", "https://example.org/x", **run).out
    assert f"{link}(https://example.org/x)." in said
    run["GITHUB_REPOSITORY"] = "owner/game) ![x](https://evil.example"
    said = shop.run(*words, **run).out
    assert "evil" not in said
    assert "pictures are in the report that is attached to this run." in said
    assert shop.run("diff", "--report-url", "https://example.org").code == 2


def test_it_can_be_written_to_a_file(shop, tmp_path):
    """Whole or not at all; stdout stays empty."""
    place = tmp_path / "comment.md"
    said = shop.run("diff", "--format", "github", "-o", str(place))
    assert (said.code, said.out) == (0, "")
    assert place.read_text().startswith("<!-- assetgen:report -->")


def test_git_is_found_by_the_spec_and_not_by_a_hook(shop, tmp_path):
    """A hook's environment speaks of another repository."""
    other = tmp_path / "other"
    subprocess.run(["git", "init", "-q", str(other)], check=True)
    before = dict(os.environ)
    os.environ["GIT_DIR"] = str(other / ".git")
    try:
        assert kinds_of(shop, "main") == {}
    finally:
        os.environ.clear()
        os.environ.update(before)


def test_names_of_paths_come_as_they_are(shop):
    """A folder with letters that git would quote."""
    folder = shop.root / "wörter"
    folder.mkdir()
    Path(folder / "bäum.md").write_text("A tall tree")
    spec = shop.root / "assets.yaml"
    entry = "  tree: {prompt: {file: wörter/bäum.md}, size: 8x8}\n"
    spec.write_text(spec.read_text() + entry)
    commit_all(shop)
    assert kinds_of(shop, "HEAD") == {}
    (folder / "bäum.md").write_text("A small tree")
    assert kinds_of(shop, "HEAD") == {"tree": "changed"}
