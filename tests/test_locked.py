"""--locked and --offline: who disagrees in what, and what a clone builds without a key."""

from __future__ import annotations

import os
import shutil
import subprocess

import pytest
from buildings import build, made, options
from counted_shop import Shop
from counting import CountingProvider

from assetgen import agreement, events, project, registry
from assetgen.decide import Action
from assetgen.errors import ChangesPending, ExitCode
from assetgen.reasons import PartChanged


@pytest.fixture
def provider(monkeypatch):
    """Return a counting provider that specs may name."""
    found = CountingProvider()
    monkeypatch.setitem(registry.BUILT_IN, "counting", lambda: found)
    return found


@pytest.fixture
def shop(tmp_path, provider):
    """Return a project that was built once."""
    (tmp_path / "shop").mkdir()
    made_ = Shop(tmp_path / "shop", provider)
    assert made_.build()[0] is ExitCode.DONE
    return made_


def fields(shop, **more):
    """Return what spec and lock disagree about."""
    planned = project.make(options(shop.root, locked=True, **more))
    planned.world.memo.close()
    return {each.asset: each.fields for each in agreement.disagreements(planned)}


HAT = "    prompt: A hat\n"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (HAT, "    prompt: A cap\n", {"hat": ("prompt",)}),
        (
            HAT,
            HAT + "    quality: low\n    revision: 2\n",
            {"hat": ("quality", "revision")},
        ),
        (HAT, HAT + "    model: other\n", {"hat": ("model",)}),
        (HAT, HAT + "    n: 3\n", {"hat": ("n",)}),
        (HAT, HAT + "    alt: words\n    tags: [x]\n", {}),
        (HAT, HAT + "    process: [grayscale]\n", {}),
        ("A cat", "A lion", {"cat": ("prompt",), "hat": ("waits for cat",)}),
        (
            "  hat:",
            "  cap:",
            {"cap": ("not in the lock",), "hat": ("not in the spec",)},
        ),
        (
            "  cat:\n    prompt: A cat\n",
            "  cat:\n    provider: placeholder\n    size: 8x8\n    prompt: A cat\n",
            {"cat": ("provider",), "hat": ("waits for cat",)},
        ),
    ],
)
@pytest.mark.parametrize("store", ["there", "gone"])
def test_assets_and_fields_that_disagree_are_named(shop, old, new, said, store):
    """With the store's records, and from the lock alone."""
    if store == "gone":
        shutil.rmtree(shop.root / ".assetgen")
    shop.edit(old, new)
    lock = shop.lock()
    assert fields(shop) == said
    if said:
        with pytest.raises(ChangesPending) as raised:
            build(options(shop.root, locked=True))
        for name, words in said.items():
            assert f"{name} ({', '.join(words)})" in raised.value.message
    assert (shop.lock(), shop.provider.total) == (lock, 2)


def test_a_locked_build_takes_what_the_lock_pins_and_no_better_match(shop):
    """Draws of the new request in the store are not the lock's: 4, not another picture."""
    shop.edit("A hat", "A cap")
    shop.build()
    shop.edit("A cap", "A hat")
    shop.build(names=("hat",))
    lock = shop.lock()
    shop.edit("A hat", "A cap")
    assert fields(shop) == {"hat": ("prompt",)}
    with pytest.raises(ChangesPending):
        build(options(shop.root, locked=True))
    assert shop.lock() == lock
    code, _ = build(options(shop.root, offline=True))
    assert code is ExitCode.DONE, "offline may take what the store has"
    assert shop.provider.total == 3


def test_frozen_assets_agree_as_long_as_they_have_a_line(shop):
    """Their requests do not count."""
    shop.edit("A hat\n", "A cap\n    frozen: true\n")
    assert fields(shop) == {}
    shop.edit("  hat:", "  new: {prompt: N, frozen: true}\n  hat:")
    assert fields(shop) == {"new": ("frozen without a line in the lock",)}


def test_stand_ins_for_locked_pictures_agree(shop):
    """--provider placeholder leaves the lock alone, so it may be locked, too."""
    shop.edit("prompt: A cat\n", "prompt: A cat\n    size: 16x16\n")
    shop.build()
    opts = options(shop.root, locked=True, provider="placeholder")
    lock = shop.lock()
    assert build(opts)[0] is ExitCode.DONE
    assert shop.lock() == lock


def test_all_pinned_pictures_that_are_nowhere_are_listed(shop):
    """7; those whose inputs are missing, too, for a lock holds identities."""
    shutil.rmtree(shop.root / ".assetgen/store/cas")
    shutil.rmtree(shop.root / ".assetgen/memo")
    shutil.rmtree(shop.root / "img")
    lock = shop.lock()
    code, heard = build(options(shop.root, locked=True))
    assert code is ExitCode.INTEGRITY
    assert {each.asset for each in heard.of(events.AssetFailed)} == {"cat", "hat"}
    told = " ".join(d.diagnostic.message for d in heard.of(events.DiagnosticEvent))
    assert all(shop.lines()[name].pick[:12] in told for name in ("cat", "hat"))
    assert (shop.lock(), shop.provider.total) == (lock, 2)


def test_a_lost_picture_holds_up_only_what_opens_it(shop):
    """What was drawn from it has its own picture; only its identity is needed."""
    shop.edit(
        "  hat:",
        "  wall: {canvas: 8x8, layers: [{image: cat}], outputs: [w.png]}\n  hat:",
    )
    build(options(shop.root))
    shop.store().remove_blob(shop.lines()["cat"].pick)
    shutil.rmtree(shop.root / ".assetgen/memo")
    shutil.rmtree(shop.root / "img")
    code, heard = build(options(shop.root, locked=True))
    assert code is ExitCode.INTEGRITY
    assert [each.asset for each in heard.of(events.AssetFailed)] == ["cat"]
    assert [each.asset for each in heard.of(events.AssetBlocked)] == ["wall"]
    assert (shop.root / "img/hat.png").exists()
    shop.edit("A hat", "A cap")
    assert shop.action("hat") is Action.BLOCKED, "the new hat is an edit of the cat"
    shop.edit("A cap", "A hat")
    code, _ = build(options(shop.root, redraw_missing=True))
    assert code is ExitCode.DONE
    assert len(made(shop.root)) == 4


def test_plans_and_checks_need_no_pictures(shop, tmp_path):
    """A clone with the lock alone knows all keys, and what changed since."""
    clone = Shop(_folder(tmp_path / "clone"), shop.provider)
    for name in ("assets.yaml", "assets.lock"):
        shutil.copy(shop.root / name, clone.root)
    assert fields(clone) == {}
    assert clone.planned("hat").key == shop.lines()["hat"].key
    clone.edit("A hat\n", "A cap\n    quality: low\n")
    planned = clone.planned("hat")
    assert planned.action is Action.BLOCKED or planned.draws == 1
    assert fields(clone) == {"hat": ("prompt", "quality")}
    clone.edit("inputs: [cat]", "background: opaque")
    reasons = clone.planned("hat").reasons
    assert PartChanged("operation", "edit", "generate") in reasons


def _folder(path):
    path.mkdir()
    return path


def _below_img(files):
    return {path: data for path, data in files.items() if path.startswith("img/")}


def git(folder, *words):
    """Run git in a folder."""
    subprocess.run(
        ["git", "-c", "user.name=t", "-c", "user.email=t@example.com", *words],
        cwd=folder,
        check=True,
        capture_output=True,
        env={"PATH": os.environ["PATH"], "HOME": str(folder)},
    )


def test_a_fresh_clone_builds_every_byte_from_lock_and_store(shop, tmp_path):
    """Without a key: no provider is asked, and the lock is as it was."""
    git(shop.root, "init", "-q")
    (shop.root / ".gitignore").write_text("img/\n")
    git(shop.root, "add", ".")
    git(shop.root, "commit", "-qm", "All")
    git(tmp_path, "clone", "-q", str(shop.root), "clone")
    clone = tmp_path / "clone"
    assert not (clone / ".assetgen").exists()
    assert not (clone / "img").exists()
    lock = (clone / "assets.lock").read_bytes()
    shop.provider.errors[""] = AssertionError("nobody may be asked")
    store = shop.root / ".assetgen/store"
    code, _ = build(options(clone, locked=True, offline=True, store=store))
    assert code is ExitCode.DONE
    files, own = (_below_img(made(root)) for root in (clone, shop.root))
    assert files == own
    assert {"img/cat.png", "img/hat.png"} <= files.keys()
    assert (clone / "assets.lock").read_bytes() == lock
    assert project.make(options(clone, store=store)).plan.changes() == 0
