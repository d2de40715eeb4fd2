"""Collecting takes what nobody needs, and never what cannot be had again."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from counting import CountingProvider
from shops import Shop

import assetgen
from assetgen import registry
from assetgen.digest import Key
from assetgen.hold import ProjectHold
from assetgen.ledger import Ledger
from assetgen.store import draws_of
from assetgen.storecare import GRACE_S


@pytest.fixture
def provider(monkeypatch):
    """Return a provider that charges for every picture."""
    found = CountingProvider()
    monkeypatch.setitem(registry.BUILT_IN, "counting", lambda *_: found)
    return found


@pytest.fixture
def shop(tmp_path, provider):
    """Return a project with a paid and a free asset, both built."""
    made = Shop(tmp_path / "project")
    say(made, paid="One", free="One")
    made.build()
    assert provider.total == 1
    return made


def say(shop: Shop, *, paid: str, free: str) -> None:
    """Write the spec."""
    shape = "size: 8x8, outputs: [free.png]"
    entry = f"  free: {{prompt: {free}, provider: placeholder, {shape}}}\n"
    shop.spec(entry, paid=paid)


def age(shop: Shop) -> None:
    """Let everything in the store be older than the grace."""
    then = time.time() - GRACE_S - 60
    for path in shop.store.root.rglob("*"):
        if path.is_file():
            os.utime(path, (then, then))


def chosen(shop: Shop, *flags: str) -> dict:
    """Return what a collection would remove."""
    said = shop.run("cache", "gc", "--format", "json", *flags)
    assert said.code == 0, said.err
    return json.loads(said.out)


def blobs(shop: Shop) -> set[str]:
    """Return the digests in the store."""
    return set(shop.store.digests())


def test_what_is_in_use_stays(shop):
    """Lock, state and manifest need it, paid or free."""
    age(shop)
    assert chosen(shop, "--paid")["blobs"] == {}


def test_a_free_draw_that_was_superseded_goes_and_comes_back(shop, provider):
    """It can be made again; a dry run is what happens without `--yes`."""
    old = blobs(shop)
    say(shop, paid="One", free="Two")
    shop.build()
    age(shop)
    found = chosen(shop)
    assert len(found["blobs"]) == len(found["records"]) == 1
    assert blobs(shop) >= old
    said = shop.run("cache", "gc", "--yes")
    assert said.out.endswith("removed 1 record and 1 blob, " + said.out.split(", ")[-1])
    assert blobs(shop) & set(found["blobs"]) == set()
    shop.build("--locked")
    say(shop, paid="One", free="One")
    shop.build()
    assert set(found["blobs"]) <= blobs(shop)
    assert provider.total == 1


def test_what_is_new_is_left_alone(shop):
    """A build of another project may be writing it."""
    say(shop, paid="One", free="Two")
    shop.build()
    found = chosen(shop)
    assert (found["blobs"], found["young"]) == ({}, 1)
    assert "younger than an hour" in shop.run("cache", "gc").out


def test_a_paid_draw_goes_only_if_that_is_said(shop):
    """It was superseded, and no lock anywhere has it: still it cost money."""
    old = shop.lock["paid"].pick
    say(shop, paid="Two", free="One")
    shop.build()
    age(shop)
    assert chosen(shop)["blobs"] == {}
    assert list(chosen(shop, "--paid")["blobs"]) == [old]
    ledger = (shop.root / ".assetgen/ledger.jsonl").read_bytes()
    assert shop.run("cache", "gc", "--paid", "--yes").code == 0
    assert not shop.store.has(old)
    assert shop.store.has(shop.lock["paid"].pick)
    assert (shop.root / ".assetgen/ledger.jsonl").read_bytes() == ledger
    assert shop.run("verify").code == 0


KEEPERS = {
    "branch": ("branch", "old"),
    "tag": ("tag", "old"),
    "annotated tag": ("tag", "-a", "-m", "x", "old"),
    "remote branch": ("update-ref", "refs/remotes/origin/old", "HEAD"),
    "worktree": ("worktree", "add", "-q", "--detach", "../elsewhere", "HEAD"),
    "stash": None,
    "index": None,
}


@pytest.mark.parametrize("keeper", KEEPERS)
def test_what_any_local_ref_needs_stays(shop, keeper):
    """A branch, a tag, a remote's branch, another worktree, a stash, the index."""
    shop.git("init", "-q", "-b", "main")
    shop.commit("base")
    old = shop.lock["paid"].pick
    if keeper == "stash":
        say(shop, paid="Stashed", free="One")
        shop.build()
        old = shop.lock["paid"].pick
        shop.git("stash", "-q")
        say(shop, paid="Two", free="One")
        shop.build()
        shop.git("stash", "-q")
    elif keeper == "index":
        say(shop, paid="Staged", free="One")
        shop.build()
        old = shop.lock["paid"].pick
        shop.git("add", "assets.lock")
    else:
        shop.git(*KEEPERS[keeper])
    say(shop, paid="Three", free="One")
    shop.build()
    if keeper != "index":
        shop.git("add", "assets.yaml", "assets.lock")
        shop.git("commit", "-q", "--amend", "-m", "new")
        shop.git("update-ref", "-d", "ORIG_HEAD")
    age(shop)
    assert old not in chosen(shop, "--paid")["blobs"]
    if keeper == "branch":
        shop.git("branch", "-D", "old")
        assert list(chosen(shop, "--paid")["blobs"]) == [old]


def test_a_project_below_the_repositorys_top_finds_its_locks(tmp_path, provider):
    """Locks are looked for where this project lies, in every commit."""
    top = Shop(tmp_path / "top")
    top.git("init", "-q", "-b", "main")
    shop = Shop(top.root / "game art")
    say(shop, paid="One", free="One")
    shop.build()
    shop.commit()
    old = shop.lock["paid"].pick
    shop.git("branch", "old")
    say(shop, paid="Two", free="One")
    shop.build()
    age(shop)
    assert chosen(shop, "--paid")["blobs"] == {}
    shop.git("branch", "-D", "old")
    shop.git("add", ".")
    shop.git("commit", "-q", "--amend", "-m", "x")
    assert list(chosen(shop, "--paid")["blobs"]) == [old]
    assert provider.total == 2


def test_the_lock_of_a_second_spec_counts(shop):
    """Several specs of one folder share its store."""
    old = shop.lock["paid"].pick
    (shop.root / "other.lock").write_text(shop.lock_file.read_text())
    (shop.root / "poetry.lock").write_text("# not ours\n<<<<<<< x\n")
    say(shop, paid="Two", free="One")
    shop.build()
    age(shop)
    assert old not in chosen(shop, "--paid")["blobs"]


@pytest.mark.parametrize(
    "text",
    [
        '{"lock": 1}\n<<<<<<< a\n=======\n>>>>>>> b\n',
        '{"lock": 2}\n',
        '{"lock": 1}\n{"asset": "x"\n',
    ],
)
@pytest.mark.parametrize("place", ["work tree", "branch"])
def test_nothing_is_collected_beside_a_lock_that_cannot_be_read(shop, place, text):
    """What it needs is not known; the message says where it is."""
    good = shop.lock_file.read_text()
    shop.git("init", "-q", "-b", "main")
    shop.commit()
    shop.lock_file.write_text(text)
    if place == "branch":
        shop.git("checkout", "-q", "-b", "torn")
        shop.commit()
        shop.git("checkout", "-q", "main")
        assert shop.lock_file.read_text() == good
    age(shop)
    before = blobs(shop)
    said = shop.run("cache", "gc", "--yes", "--paid")
    assert said.code == 3
    where = "torn" if place == "branch" else "assets.lock:"
    assert where in said.err
    assert blobs(shop) == before


def test_without_git_in_a_repository_nothing_is_collected(shop, monkeypatch, tmp_path):
    """Other branches may need anything."""
    shop.git("init", "-q")
    monkeypatch.setenv("PATH", str(tmp_path))
    said = shop.run("cache", "gc", "--yes", "--paid")
    assert said.code == 74
    assert "git" in said.err


def test_paid_draws_of_a_shared_store_need_the_other_checkouts(tmp_path, provider):
    """Their locks are not known here; they can be named."""
    shared = {"ASSETGEN_STORE": str(tmp_path / "shared")}
    first, second = Shop(tmp_path / "first"), Shop(tmp_path / "second")
    for each, prompt in ((first, "A"), (second, "B")):
        say(each, paid=prompt, free="x")
        assert each.run("build", **shared).code == 0
    said = first.run("cache", "gc", "--paid", "--yes", **shared)
    assert said.code == 6
    assert "--also" in said.err
    words = ("cache", "gc", "--paid", "--yes", "--also", str(second.root))
    assert first.run(*words, **shared).code == 0
    assert second.run("build", "--locked", **shared).code == 0
    assert provider.total == 2


def test_a_refusal_is_remembered_and_an_open_call_keeps_its_record(shop):
    """Neither is a draw, and both keep money from being spent again."""
    key = shop.lock["paid"].key
    other = "ab" * 32
    shop.store.remember_refusal(other, {}, None, "not this")
    say(shop, paid="Two", free="One")
    shop.build()
    call = draws_of(shop.store.record(key))[0].call
    ledger = shop.root / ".assetgen/ledger.jsonl"
    lines = ledger.read_text().splitlines()
    kept = [x for x in lines if not (call in x and '"entry":"result"' in x)]
    assert len(kept) == len(lines) - 1
    ledger.write_text("\n".join([*kept, ""]))
    age(shop)
    assert chosen(shop, "--paid")["records"] == []


def test_unusable_answers_stay_while_their_call_is_open(shop):
    """They are evidence of what was charged; settled, they go with what was paid."""
    digest = shop.store.put(b"<html>")
    ledger = Ledger(shop.root / ".assetgen/ledger.jsonl", run="a test")
    key = Key("ab" * 32)
    ledger.intent(
        id="call",
        at="",
        key=key,
        asset="paid",
        provider="counting",
        model=None,
        count=1,
        estimate_usd=1.0,
    )
    ledger.result(id="call", at="", outcome="unknown", kept=[digest])
    age(shop)
    status = json.loads(shop.run("cache", "status", "--format", "json").out)
    assert status["kinds"]["answers"]["files"] == 1
    assert chosen(shop, "--paid")["blobs"] == {}
    ledger.dismiss(key, at="")
    assert chosen(shop)["blobs"] == {}
    assert list(chosen(shop, "--paid")["blobs"]) == [digest]


def test_a_collection_waits_for_a_build(shop):
    """And says so; with `--lock-timeout 0` it does not wait."""
    with ProjectHold(shop.root / ".assetgen", command="assetgen build"):
        assert shop.run("cache", "gc", "--yes", "--lock-timeout", "0").code == 8


@pytest.mark.parametrize("step", ["record", "blob"])
@pytest.mark.parametrize("hit", [1, 2, 4, 6])
def test_a_killed_collection_leaves_a_store_that_works(shop, step, hit, provider):
    """Records go before blobs, so no record names what is gone."""
    for text in ("Two", "Three", "Four"):
        say(shop, paid=text, free=text)
        shop.build()
    age(shop)
    environ = os.environ | {
        "ASSETGEN_TEST": "1",
        "ASSETGEN_FAILPOINTS": f"gc.{step}=crash@{hit}",
        "PYTHONPATH": str(Path(assetgen.__file__).parent.parent),
    }
    # The provider is not known to that process, and a collection needs none.
    done = subprocess.run(
        [sys.executable, "-m", "assetgen", "cache", "gc", "--paid", "--yes"],
        cwd=shop.root,
        env=environ,
        check=False,
        capture_output=True,
    )
    assert done.returncode == -9
    there = blobs(shop)
    for _, record in shop.store.records():
        assert {draw.digest for draw in draws_of(record)} <= there
    assert shop.run("verify").code == 0
    assert shop.run("cache", "verify").code == 0
    assert shop.run("cache", "gc", "--paid", "--yes").code == 0
    assert len(blobs(shop)) == 2
    shop.build("--locked")
    assert provider.total == 4


def test_nothing_live_is_lost_while_a_build_runs(shop, provider):
    """Builds and collections take turns; each build ends with all its pictures."""
    stop = threading.Event()
    said: list[int] = []

    def collect() -> None:
        while not stop.is_set():
            said.append(shop.run("cache", "gc", "--yes").code)

    # Signal handlers belong to the main thread, where the builds run.
    beside = threading.Thread(target=collect)
    beside.start()
    try:
        for number in range(4):
            say(shop, paid=f"Version {number}", free=f"Version {number}")
            shop.build()
            age(shop)
    finally:
        stop.set()
        beside.join()
    assert set(said) == {0}
    assert shop.run("verify").code == 0
    assert provider.total == 5
