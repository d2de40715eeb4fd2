"""`assetgen diff` between real commits: pictures, from the store or from git."""

from __future__ import annotations

import hashlib
import shutil

import pytest
from differing import change_of, clone_of, commit_all, diff_of
from sketches import png


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


def processed(shop, prompt):
    """Build the hat with steps, from these words."""
    entry = (
        f"hat: {{prompt: {prompt}, process: [invert], size: 8x8, outputs: [hat.png]}}"
    )
    spec = shop.root / "assets.yaml"
    lines = spec.read_text().splitlines()
    at = next(n for n, line in enumerate(lines) if line.startswith("  hat:"))
    lines[at] = f"  {entry}"
    spec.write_text("\n".join(lines) + "\n")


def test_an_asset_with_steps_is_shown_as_it_is_made(shop):
    """By its files, where both sides have one of their draws; else by both raw draws."""
    (shop.root / ".gitignore").write_text(".assetgen/\n")
    processed(shop, "A red hat")
    shop.build("--jobs", "1")
    commit_all(shop)
    processed(shop, "A green hat")
    change = change_of(shop, "hat", "HEAD")
    assert change["before"]["picture"]["path"] == "site/hat.png"
    assert change["after"]["missing"] == "not drawn yet"
    shop.build("--jobs", "1")
    change = change_of(shop, "hat", "HEAD")
    assert change["before"]["picture"]["from"] == "git"
    assert change["after"]["picture"]["from"] == "folder"
    assert change["likeness"]["distance"] > 0
    # Picked and not built: the file shows another draw than the lock names.
    assert shop.run("reroll", "hat").code == 0
    lock = shop.lock_file.read_text()
    files = {each: each.read_bytes() for each in (shop.root / "site").iterdir()}
    assert shop.run("pick", "hat", "1").code == 0
    shop.lock_file.write_text(lock)
    change = change_of(shop, "hat", "HEAD")
    assert {change[side]["picture"]["from"] for side in ("before", "after")} == {
        "store"
    }
    for path, data in files.items():
        path.write_bytes(data)
    assert change_of(shop, "hat", "HEAD")["after"]["picture"]["from"] == "folder"


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


def test_committed_pictures_are_shown_where_git_is_served(shop):
    """Files of both commits by their addresses; what is not committed has none."""
    (shop.root / ".gitignore").write_text(".assetgen/\n")
    spec = shop.root / "assets.yaml"
    text = spec.read_text().replace("hat.png", "a (hat).png")
    spec.write_text(text)
    shop.build("--jobs", "1")
    commit_all(shop)
    spec.write_text(text.replace("A red hat", "A green hat"))
    shop.build("--jobs", "1")
    base = "https://git.example.org/owner/game/raw/{commit}/{path}"
    words = ("diff", "HEAD", "--format", "github", "--image-base", base)
    head = shop.git("rev-parse", "HEAD").strip()
    path = "site/a%20%28hat%29.png"
    before = f"![before](https://git.example.org/owner/game/raw/{head}/{path})<br>"
    comment = shop.run(*words).out
    assert before in comment
    assert "![after](" not in comment
    commit_all(shop)
    words = ("diff", "HEAD~1", *words[2:])
    comment = shop.run(*words).out
    now = shop.git("rev-parse", "HEAD").strip()
    assert before in comment
    assert before.replace("before]", "after]").replace(head, now) in comment


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
