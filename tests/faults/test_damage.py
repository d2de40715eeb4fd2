"""Files of ours that were damaged, lost or edited: mended, told, and never trusted."""

from __future__ import annotations

import json
import os
import shutil
import time

import pytest
from faultlab import assert_intact, assert_recovers, icons


@pytest.fixture
def built(project):
    """Return a project with three paid assets, built."""
    project.write(icons(3))
    assert project.run().code == 0
    return project


def blobs(project):
    """Return the store's blobs, by the output that shows them."""
    lock = (project.root / "assets.lock").read_text().splitlines()[1:]
    lines = [json.loads(line) for line in lock]
    return {
        line["asset"]: project.store.path(line["pick"])
        for line in lines
        if project.store.has(line["pick"])
    }


def rewrite(path, data: bytes) -> None:
    """Replace a file's bytes, write-protected or not."""
    path.chmod(0o644)
    path.write_bytes(data)


def flip_a_bit(path) -> None:
    """Change one bit in the middle of a file."""
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 4
    rewrite(path, bytes(data))


GARBAGE = {
    "empty": lambda _: b"",
    "truncated": lambda data: data[: len(data) // 2],
    "garbage": lambda _: b"\x00\xff garbage \x80" * 50,
    "flipped": lambda data: data[:9] + bytes([data[9] ^ 1]) + data[10:],
}


@pytest.mark.parametrize("how", GARBAGE)
def test_a_damaged_state_is_made_anew(built, how):
    """A warning at most; nothing is drawn, nothing is written."""
    state = built.private / "state"
    state.write_bytes(GARBAGE[how](state.read_bytes()))
    outputs = built.outputs()
    ended = built.run()
    assert ended.code == 0, ended.err
    assert "warning" in ended.err or how == "flipped"
    assert "Traceback" not in ended.err
    assert built.outputs() == outputs
    assert len(built.charges()) == 3
    assert_intact(built)
    assert_recovers(built, 3)


def test_a_state_with_any_byte_changed_never_breaks_a_build(built):
    """Whatever the damage, the build ends with 0 and pays nothing."""
    state = built.private / "state"
    whole = state.read_bytes()
    for at in range(0, len(whole), len(whole) // 40):
        state.write_bytes(whole[:at] + bytes([whole[at] ^ 0x11]) + whole[at + 1 :])
        ended = built.run()
        assert ended.code == 0, (at, ended.err)
        assert len(built.charges()) == 3
    assert_intact(built)
    assert_recovers(built, 3)


@pytest.mark.parametrize("how", GARBAGE)
def test_a_damaged_memo_is_made_anew(built, how):
    """What it knew is worked out again; a change is built as ever."""
    memo = built.private / "memo/cache.db"
    memo.write_bytes(GARBAGE[how](memo.read_bytes()))
    (built.root / "site/icon1.png").unlink()
    built.write(icons(4))
    ended = built.run()
    assert ended.code == 0, ended.err
    assert "Traceback" not in ended.err
    assert len(built.charges()) == 4
    assert_intact(built)
    assert_recovers(built, 4)


@pytest.mark.parametrize("how", ["empty", "truncated", "garbage"])
def test_a_damaged_manifest_is_written_anew(built, how):
    """A warning; the files it listed are found to be ours by the state."""
    manifest = built.root / "site/assetgen.manifest.json"
    manifest.write_bytes(GARBAGE[how](manifest.read_bytes()))
    ended = built.run()
    assert ended.code == 0, ended.err
    assert_intact(built)
    assert_recovers(built, 3)


def test_without_state_memo_and_manifest_nothing_is_paid_again(built):
    """The store and the lock know everything that matters."""
    outputs = built.outputs()
    (built.private / "state").unlink()
    shutil.rmtree(built.private / "memo")
    shutil.rmtree(built.root / "site")
    ended = built.run()
    assert ended.code == 0, ended.err
    assert built.outputs() == outputs
    assert len(built.charges()) == 3
    assert_intact(built)
    assert_recovers(built, 3)


@pytest.mark.parametrize(
    ("how", "line"),
    [
        (lambda text: text[:-40], 4),
        (lambda text: text.replace('"pick"', '"pock"', 1), 2),
        (lambda text: text.replace('{"asset": "icon1"', "garbage", 1), 3),
        (lambda text: "<<<<<<< mine\n" + text, 1),
        (lambda text: text.replace('{"lock": 1}', '{"lock": 99}'), 1),
    ],
)
def test_a_damaged_lock_is_an_error_that_names_the_line(built, how, line):
    """3, and the lock is left as it is; nothing is drawn."""
    lock = built.root / "assets.lock"
    whole = lock.read_text()
    lock.write_text(how(whole))
    damaged = lock.read_bytes()
    built.write(icons(4))
    ended = built.run()
    assert ended.code == 3, ended.err
    assert f"assets.lock:{line}:" in ended.err
    assert lock.read_bytes() == damaged
    assert len(built.charges()) == 3
    lock.write_text(whole)
    assert_intact(built)
    assert_recovers(built, 4)


# --- blobs --------------------------------------------------------------------


def test_a_flipped_bit_in_a_pinned_blob_never_reaches_an_output(built):
    """Moved to quarantine with a warning; 7 says what to do; nothing is drawn."""
    damaged = blobs(built)["icon1"]
    flip_a_bit(damaged)
    before = built.outputs()
    built.write(icons(3).replace("icon1.png", "again1.png"))
    shutil.rmtree(built.private / "memo")
    first = built.run()
    assert first.code != 0
    assert "was damaged" in first.err
    assert not damaged.exists()
    assert (built.private / "store/quarantine" / damaged.name).exists()
    assert "again1.png" not in built.outputs()
    second = built.run()
    assert second.code == 7, second.err
    assert damaged.name[:12] in second.err
    assert "--redraw-missing" in second.err
    assert len(built.charges()) == 3
    assert_intact(built, lost=1)
    third = built.run("build", "--redraw-missing")
    assert third.code == 0, third.err
    assert len(built.charges()) == 4
    assert built.outputs()["icon0.png"] == before["icon0.png"]
    assert_intact(built, lost=1)


def test_a_lost_blob_that_nobody_needs_is_no_error(built):
    """The outputs are there: nothing to do, nothing to say."""
    blobs(built)["icon1"].unlink()
    (built.private / "state").unlink()
    ended = built.run()
    assert ended.code == 0, ended.err
    assert len(built.charges()) == 3
    assert_intact(built, lost=1)


def test_a_lost_blob_that_is_pinned_is_told_before_anything_is_drawn(built):
    """7, the others are built, and `plan` knows it, too."""
    blobs(built)["icon1"].unlink()
    (built.root / "site/icon1.png").unlink()
    shutil.rmtree(built.private / "memo")
    built.write(icons(4))
    plan = built.run("plan", "--format", "json")
    actions = {each["name"]: each["action"] for each in json.loads(plan.out)["assets"]}
    assert actions["icon1"] == "blocked"
    ended = built.run()
    assert ended.code == 7, ended.err
    assert len(built.charges()) == 4
    assert sorted(built.outputs()) == ["icon0.png", "icon2.png", "icon3.png"]
    assert_intact(built, lost=1)


def test_a_lost_output_is_restored_although_the_blob_is_lost(built):
    """Its bytes are in the memo."""
    blobs(built)["icon1"].unlink()
    before = built.outputs()
    (built.root / "site/icon1.png").unlink()
    ended = built.run()
    assert ended.code == 0, ended.err
    assert built.outputs() == before
    assert len(built.charges()) == 3


@pytest.mark.parametrize("damage", ["flip", "remove", "empty store"])
def test_what_a_placeholder_drew_is_drawn_again(project, damage):
    """Free and the same every time, so it is not worth an error."""
    project.write(icons(2, chain=True))
    words = ("build", "--provider", "placeholder")
    assert project.run(*words).code == 0
    before = project.outputs()
    for blob in (project.private / "store/cas").glob("*/*"):
        flip_a_bit(blob) if damage == "flip" else blob.unlink()
    if damage == "empty store":
        shutil.rmtree(project.private / "store")
    shutil.rmtree(project.private / "memo")
    shutil.rmtree(project.root / "site")
    ended = project.run(*words)
    if damage == "flip":
        assert "was damaged" in ended.err
        ended = project.run(*words)
    assert ended.code == 0, ended.err
    assert project.outputs() == before
    assert_intact(project)


def test_a_damaged_record_is_a_miss(built):
    """The lock still knows the draws, so nothing is paid."""
    for record in (built.private / "store/ac").glob("*/*.json"):
        record.write_bytes(record.read_bytes()[:-30])
    shutil.rmtree(built.root / "site")
    shutil.rmtree(built.private / "memo")
    (built.private / "state").unlink()
    ended = built.run()
    assert ended.code == 0, ended.err
    assert len(built.charges()) == 3
    assert len(built.outputs()) == 3


def test_a_store_of_another_version_is_left_alone(built):
    """This version gets a folder of its own; what is pinned is asked for, not guessed."""
    store = built.private / "store"
    (store / "version").write_text("99\n")
    for record in store.glob("ac/*/*.json"):
        record.write_bytes(b"\x80\x05 another form")
    before = {path: path.read_bytes() for path in store.rglob("*") if path.is_file()}
    built.write(icons(4))
    ended = built.run()
    assert ended.code == 0, ended.err
    assert len(built.charges()) == 4
    assert (store / "v1/version").read_text() == "1\n"
    after = {path: path.read_bytes() for path in before}
    assert after == before


def test_temporary_files_of_crashes_are_swept_once_they_are_old(built):
    """Young ones may have a writer; none is taken for an entry."""
    places = [
        built.root,
        built.root / "site",
        built.private,
        built.private / "store/cas" / next(iter(built.store.digests()))[:2],
        built.private / "store/ac",
    ]
    hour_ago = time.time() - 3700
    for folder in places:
        for name in ("old", "new"):
            left = folder / f".assetgen-tmp-{2**22 + 7}-{name}"
            left.write_bytes(b"half a fi")
            if name == "old":
                os.utime(left, (hour_ago, hour_ago))
    assert len(list(built.store.digests())) == 3
    os.utime(built.private / "swept", (hour_ago, hour_ago))
    built.write(icons(4))
    assert built.run().code == 0
    left = {path.name[-3:] for path in built.root.rglob(".assetgen-tmp-*")}
    assert left == {"new"}
    assert_intact(built)


# --- edits --------------------------------------------------------------------


def test_an_input_edited_within_the_clocks_granularity_is_seen(project):
    """Same size, same instant, old time restored: its bytes count."""
    project.write(
        "  a: {file: art.txt, outputs: [a.png]}\n".replace("art.txt", "art.png")
    )
    from PIL import Image

    art = project.root / "art.png"
    Image.new("RGB", (16, 16), "#ff0000").save(art, compress_level=0)
    assert project.run().code == 0
    for color in ("#00ff00", "#0000ff", "#00ff00"):
        was = art.stat()
        Image.new("RGB", (16, 16), color).save(art, compress_level=0)
        assert art.stat().st_size == was.st_size
        os.utime(art, ns=(was.st_atime_ns, was.st_mtime_ns))
        assert project.run().code == 0
        with Image.open(project.root / "site/a.png") as picture:
            expected = tuple(bytes.fromhex(color[1:]))
            assert picture.convert("RGB").getpixel((3, 3)) == expected
        assert_intact(project)


def test_a_prompt_file_edited_in_the_same_instant_is_seen(project):
    """The spec's own files are watched in the same way."""
    project.write("  a: {prompt: {file: a.txt}, size: 16x16, outputs: [a.png]}\n")
    prompt = project.root / "a.txt"
    for number, text in enumerate(("cat", "hat", "bat"), 1):
        was = prompt.stat() if prompt.exists() else None
        prompt.write_text(text)
        if was is not None:
            os.utime(prompt, ns=(was.st_atime_ns, was.st_mtime_ns))
        assert project.run().code == 0
        assert len(project.charges()) == number


def test_an_output_edited_by_hand_is_shown_kept_and_only_forced(built):
    """`plan` shows it; a build leaves it and says so; --force puts ours back."""
    place = built.root / "site/icon1.png"
    ours = place.read_bytes()
    mine = (built.root / "site/icon0.png").read_bytes()
    place.write_bytes(mine)
    plan = built.run("plan")
    assert "icon1" in plan.out
    assert "edited" in plan.out
    for _ in range(2):
        ended = built.run()
        assert ended.code == 0, ended.err
        assert "site/icon1.png" in ended.err
        assert "--force" in ended.err
        assert place.read_bytes() == mine
    built.write(icons(3).replace("Icon 1", "Another"))
    assert built.run().code == 0
    assert place.read_bytes() == mine
    built.write(icons(3))
    ended = built.run("build", "--force")
    assert ended.code == 0
    assert place.read_bytes() == ours
    assert_intact(built)
    assert built.run().err == "3 assets up to date\n"


def test_an_edited_output_of_a_removed_asset_is_kept_and_named(built):
    """What somebody edited is never removed."""
    mine = (built.root / "site/icon0.png").read_bytes()
    (built.root / "site/icon2.png").write_bytes(mine)
    built.write(icons(1))
    ended = built.run()
    assert ended.code == 0, ended.err
    assert sorted(built.outputs()) == ["icon0.png", "icon2.png"]
    assert "icon2.png" in ended.err


def test_a_lost_lock_is_written_again_from_the_store(built):
    """Nothing is paid; the same draws are pinned."""
    lock = built.root / "assets.lock"
    before = lock.read_bytes()
    lock.unlink()
    (built.private / "state").unlink()
    ended = built.run()
    assert ended.code == 0, ended.err
    assert lock.read_bytes() == before
    assert len(built.charges()) == 3
    assert_recovers(built, 3)


def test_a_lost_draw_of_a_frozen_asset_is_never_asked_for(built):
    """7, whatever the flags: what is frozen is the locked draw and no other."""
    blobs(built)["icon1"].unlink()
    (built.root / "site/icon1.png").unlink()
    shutil.rmtree(built.private / "memo")
    frozen = icons(3).replace("prompt: Icon 1", "frozen: true, prompt: Other words")
    built.write(frozen)
    for words in (("build",), ("build", "--redraw-missing")):
        ended = built.run(*words)
        assert ended.code == 7, ended.err
        assert len(built.charges()) == 3
    assert_intact(built, lost=1)


def test_of_several_draws_only_the_lost_one_is_paid_again(project):
    """--redraw-missing asks for as many as are gone, and keeps the pick."""
    asset = "  a: {prompt: A, n: 3, size: 16x16, outputs: ['a-${draw}.png']}\n"
    project.write(asset)
    assert project.run().code == 0
    assert (len(project.charges()), project.banked()) == (1, 3)
    line = json.loads((project.root / "assets.lock").read_text().splitlines()[1])
    project.store.path(line["draws"][1]).unlink()
    shutil.rmtree(project.root / "site")
    shutil.rmtree(project.private / "memo")
    assert project.run().code == 7
    ended = project.run("build", "--redraw-missing")
    assert ended.code == 0, ended.err
    assert (len(project.charges()), project.banked()) == (2, 4)
    after = json.loads((project.root / "assets.lock").read_text().splitlines()[1])
    assert after["pick"] == line["pick"]
    assert len(after["draws"]) == 3
    assert project.run().err == "1 asset up to date\n"
