"""Locks under real git: branches merge, conflicts are mended, nothing is paid twice."""

from __future__ import annotations

import io
import json
import shutil
import sys
from pathlib import Path

import pytest
from counting import CountingProvider
from shops import Shop

import assetgen
from assetgen import registry
from assetgen.cli.commands.initialise import DRIVER, MERGED
from assetgen.cli.console import Console
from assetgen.cli.main import run

FAR = {name: f"Old {name}" for name in ("a", "b", "c", "d", "e", "f", "g", "h", "i")}
"""Assets enough for two of them to be no neighbours, whatever git counts as context."""


@pytest.fixture
def provider(monkeypatch):
    """Return a provider that charges for every picture."""
    found = CountingProvider()
    monkeypatch.setitem(registry.BUILT_IN, "counting", lambda *_: found)
    return found


@pytest.fixture
def shop(tmp_path, provider):
    """Return a project under git, built and committed on `main`."""
    made = Shop(tmp_path / "project")
    made.git("init", "-q", "-b", "main")
    made.spec(**FAR)
    made.build()
    made.commit()
    assert provider.total == len(FAR)
    return made


def use_driver(shop: Shop) -> None:
    """Tell git of the driver, as `init` says."""
    program = f"{sys.executable} -m assetgen"
    shop.git("config", "merge.assetgen.driver", DRIVER.replace("assetgen", program, 1))
    shop.git("config", "core.attributesFile", "attributes")
    (shop.root / "attributes").write_text(MERGED + "\n")


@pytest.fixture(autouse=True)
def _path(monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(Path(assetgen.__file__).parent.parent))


def branch(shop: Shop, name: str, **prompts: str) -> None:
    """Make a branch from main with other prompts, built and committed."""
    shop.git("checkout", "-q", "-b", name, "main")
    shop.spec(**(FAR | prompts))
    shop.build()
    shop.commit(name)


def merge(shop: Shop, ours: str, theirs: str, spec: dict[str, str]) -> bool:
    """Merge; the spec is merged by hand. Return whether the lock has a conflict."""
    shop.git("checkout", "-q", ours)
    shop.git("merge", "--no-commit", "--no-ff", theirs, code=None)
    shop.spec(**(FAR | spec))
    return "assets.lock" in shop.git("diff", "--name-only", "--diff-filter=U")


def test_each_changed_asset_is_one_line_of_the_diff(shop):
    """A reviewer sees which asset changed, and in which part."""
    shop.spec(**(FAR | {"c": "New c", "h": "New h"}))
    shop.build()
    assert shop.git("diff", "--numstat", "assets.lock").split()[:2] == ["2", "2"]
    rows = [
        json.loads(line[1:])
        for line in shop.git("diff", "-U0", "assets.lock").splitlines()
        if line.startswith(("-{", "+{"))
    ]
    assert [row["asset"] for row in rows] == ["c", "c", "h", "h"]
    assert rows[0]["prompt"] != rows[1]["prompt"]
    assert rows[0]["params"] == rows[1]["params"] == {"size": "8x8"}


def test_branches_that_changed_other_assets_merge_without_the_driver(shop, provider):
    """Lines of the lock are independent; nothing is paid for after the merge."""
    branch(shop, "one", b="New b")
    branch(shop, "two", h="New h")
    paid = provider.total
    assert merge(shop, "one", "two", {"b": "New b", "h": "New h"}) is False
    shop.build("--locked")
    assert shop.run("verify").code == 0
    assert provider.total == paid


def test_neighbours_conflict_without_the_driver_and_are_mended_for_nothing(
    shop, provider
):
    """The index knows the base, so no asset is really in dispute."""
    branch(shop, "one", d="New d")
    branch(shop, "two", e="New e")
    paid = provider.total
    assert merge(shop, "one", "two", {"d": "New d", "e": "New e"})
    plan = shop.run("plan")
    assert plan.code == 3
    assert "assets.lock:5:1" in plan.err
    assert "assetgen lock --resolve" in plan.err
    assert shop.run("lock", "--resolve").code == 0
    shop.build("--locked")
    assert provider.total == paid


def test_the_driver_merges_neighbours(shop, provider):
    """What lies in neighbouring lines is no conflict for those who know lines."""
    use_driver(shop)
    branch(shop, "one", d="New d")
    branch(shop, "two", e="New e")
    paid = provider.total
    assert merge(shop, "one", "two", {"d": "New d", "e": "New e"}) is False
    shop.build("--locked")
    assert provider.total == paid


def test_the_driver_marks_only_what_both_sides_changed(shop, provider):
    """And `lock --resolve` takes the side that the merged spec asks for."""
    use_driver(shop)
    branch(shop, "one", d="New d", c="Other c")
    branch(shop, "two", d="Third d", e="New e")
    paid = provider.total
    spec = {"c": "Other c", "d": "Third d", "e": "New e"}
    assert merge(shop, "one", "two", spec)
    text = shop.lock_file.read_text()
    assert text.count("<<<<<<<") == text.count(">>>>>>>") == 1
    block = text.partition("<<<<<<< ours\n")[2].partition(">>>>>>>")[0].splitlines()
    assert [json.loads(row)["asset"] for row in (block[0], block[2])] == ["d", "d"]
    said = shop.run("lock", "--resolve")
    assert said.code == 0
    assert "d: theirs, its request is the one that the spec asks for" in said.err
    shop.build("--locked")
    assert provider.total == paid
    shop.git("add", "-A")
    shop.git("commit", "-qm", "merged")


def test_a_third_wording_needs_a_draw_and_is_told(shop, provider):
    """Neither side's picture is what the merged spec asks for."""
    branch(shop, "one", d="New d")
    branch(shop, "two", d="Third d")
    paid = provider.total
    assert merge(shop, "one", "two", {"d": "New and third d"})
    said = shop.run("lock", "--resolve")
    assert "1 asset needs a draw" in said.err
    assert said.code == 0
    assert shop.lock["d"].draws
    shop.build()
    assert provider.total == paid + 1


def test_an_asset_that_depends_on_a_disputed_one_is_decided_after_it(shop, provider):
    """Its request holds the digest of the picture that stands for the other."""
    entries = (
        "  z: {prompt: %s, size: 8x8}\n"
        "  a: {prompt: Hat, inputs: [z], size: 8x8, outputs: [a.png]}\n"
    )
    spec = shop.root / "assets.yaml"
    head = spec.read_text().partition("assets:")[0] + "assets:\n"
    for name, prompt in (("base", "one"), ("left", "two"), ("right", "three")):
        shop.git("checkout", "-q", "-B", name, "main" if name == "base" else "base")
        spec.write_text(head + entries % prompt)
        shop.build()
        shop.commit(name)
    shop.git("checkout", "-q", "left")
    shop.git("merge", "right", code=1)
    spec.write_text(head + entries % "three")
    paid = provider.total
    said = shop.run("lock", "--resolve")
    assert said.code == 0
    assert [line.partition(",")[0] for line in said.err.splitlines()[:2]] == [
        "a: theirs",
        "z: theirs",
    ]
    shop.build("--locked")
    assert provider.total == paid


def test_what_the_merged_spec_lacks_loses_its_line(shop):
    """Removed here, changed there: the spec says which."""
    branch(shop, "one", d="New d")
    shop.git("checkout", "-q", "-b", "two", "main")
    shop.spec(**{name: text for name, text in FAR.items() if name != "d"})
    shop.build()
    shop.commit("two")
    shop.git("checkout", "-q", "one")
    shop.git("merge", "two", code=1)
    shop.spec(**{name: text for name, text in FAR.items() if name != "d"})
    said = shop.run("lock", "--resolve")
    assert "d: no line, the spec does not have it any more" in said.err
    assert "d" not in shop.lock
    assert len(shop.lock) == len(FAR) - 1


def test_a_torn_line_is_made_again_from_the_store(shop, provider):
    """The store knows what was drawn for the request that the spec asks for."""
    before = shop.lock_file.read_text()
    rows = before.splitlines()
    rows[4] = rows[4][:90]
    shop.lock_file.write_text("\n".join([*rows, ""]))
    said = shop.run("lock", "--resolve")
    assert "d: from the store" in said.err
    assert shop.lock_file.read_text() == before
    assert provider.total == len(FAR)


def test_a_conflict_in_the_spec_comes_first(shop):
    """Nobody can tell what is asked for while the spec has two sides."""
    branch(shop, "one", d="New d")
    branch(shop, "two", d="Third d")
    shop.git("checkout", "-q", "one")
    shop.git("merge", "two", code=1)
    before = shop.lock_file.read_text()
    said = shop.run("lock", "--resolve")
    assert said.code == 3
    assert "assets.yaml" in said.err
    assert shop.lock_file.read_text() == before


def test_a_sound_lock_is_left_alone(shop):
    """Nothing to do is no error."""
    before = shop.lock_file.stat()
    said = shop.run("lock", "--resolve")
    assert (said.code, "nothing to do" in said.err) == (0, True)
    assert shop.lock_file.stat() == before


def test_a_lock_of_another_version_is_never_mended(shop):
    """Its lines may mean something else."""
    rows = shop.lock_file.read_text().splitlines()
    rows[0:1] = ["<<<<<<< a", '{"lock": 2}', "=======", '{"lock": 1}', ">>>>>>> b"]
    text = "\n".join([*rows, ""])
    shop.lock_file.write_text(text)
    said = shop.run("lock", "--resolve")
    assert said.code == 3
    assert "version 2" in said.err
    assert shop.lock_file.read_text() == text


def test_locks_that_cannot_be_read_are_merged_by_lines(shop, tmp_path):
    """As git does without a driver: nothing is guessed, nothing is lost."""
    base, ours, theirs = (tmp_path / name for name in ("base", "ours", "theirs"))
    rows = ['{"lock": 2}', *(f'{{"asset": "{n}"}}' for n in range(9)), ""]
    for path in (base, ours, theirs):
        path.write_text("\n".join(rows))
    ours.write_text("\n".join(["{}" if at == 2 else r for at, r in enumerate(rows)]))
    theirs.write_text("\n".join(["[]" if at == 7 else r for at, r in enumerate(rows)]))
    said = shop.run("lock", "merge", str(base), str(ours), str(theirs))
    assert said.code == 0
    assert "line by line" in said.err
    assert ours.read_text().splitlines()[2:8:5] == ["{}", "[]"]
    theirs.write_text(theirs.read_text().replace('"1"', '"one"'))
    shutil.copy(theirs, base)
    theirs.write_text(theirs.read_text().replace('"0"', '"zero"'))
    ours.write_text(ours.read_text().replace('"0"', '"nil"'))
    assert shop.run("lock", "merge", str(base), str(ours), str(theirs)).code == 1
    assert "<<<<<<< ours" in ours.read_text()


@pytest.mark.parametrize(
    "words",
    [
        ("lock",),
        ("lock", "merge"),
        ("lock", "merge", "a", "b"),
        ("lock", "merge", "a", "b", "c", "--resolve"),
        ("lock", "pick"),
    ],
)
def test_other_words_are_wrong_usage(shop, words):
    """With what to write instead."""
    assert shop.run(*words).code == 2


def test_init_offers_the_driver_and_leaves_what_is_there(tmp_path):
    """The attribute goes into the repository; the command has to be said by people."""
    (tmp_path / ".gitattributes").write_text("*.png binary")
    out, err = io.StringIO(), io.StringIO()
    assert run(["init", str(tmp_path)], Console({}, out, err)) == 0
    assert f"git config merge.assetgen.driver '{DRIVER}'" in err.getvalue()
    expected = f"*.png binary\n{MERGED}\n"
    assert (tmp_path / ".gitattributes").read_text() == expected
    (tmp_path / "assets.yaml").unlink()
    run(["init", str(tmp_path)], Console({}, out, err))
    assert (tmp_path / ".gitattributes").read_text() == expected
