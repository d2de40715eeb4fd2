"""Picks and re-rolls: which draw is the picture, what that costs, and what follows."""

from __future__ import annotations

import json
import re
import shutil

import jsonschema
import pytest
from buildings import Heard, build, options
from counted_shop import Shop
from counting import CountingProvider

from assetgen import picking, registry, rerolling
from assetgen.decide import Action
from assetgen.errors import (
    ChangesPending,
    ExitCode,
    IntegrityBroken,
    OutcomeUnknown,
    OverBudget,
    UsageError,
)
from assetgen.schema import schema_text


@pytest.fixture
def provider(monkeypatch):
    """Return a counting provider that specs may name."""
    found = CountingProvider()
    monkeypatch.setitem(registry.BUILT_IN, "counting", lambda: found)
    return found


@pytest.fixture
def shop(tmp_path, provider):
    """Return a project that was built once: two draws of `cat`, and `hat` from it."""
    made = Shop(tmp_path, provider)
    made.edit("A cat\n", "A cat\n    n: 2\n")
    assert made.build()[0] is ExitCode.DONE
    assert provider.total == 3
    return made


def pick(shop, draw, name="cat"):
    """Pick, and assert that nothing was paid for it."""
    paid = shop.provider.total
    try:
        return picking.pick(options(shop.root), name, draw, Heard())
    finally:
        assert shop.provider.total == paid


def reroll(shop, count=1, *, keep=False, name="cat", **more):
    """Ask for new draws; return what came, and the prices that were said before."""
    said = []
    done = rerolling.reroll(
        options(shop.root, **more),
        name,
        count,
        keep_pick=keep,
        listener=Heard(),
        tell_price=lambda asset, _cap: said.append((asset.draws, asset.estimate.usd)),
    )
    return done, said


# --- pick ---------------------------------------------------------------------


def test_a_pick_makes_another_draw_the_picture_and_its_own_files(shop):
    """The lock has it, the file shows it, and nothing is paid."""
    first = shop.image("cat.png")
    line = shop.lines()["cat"]
    done = pick(shop, "2")
    assert (done.digest, done.before, done.number) == (line.draws[1], line.draws[0], 2)
    assert done.code is ExitCode.DONE
    assert shop.lines()["cat"] == line._replace(pick=line.draws[1])
    assert shop.image("cat.png") != first
    assert pick(shop, "1").code is ExitCode.DONE
    assert shop.image("cat.png") == first


def test_what_depends_on_a_picked_asset_waits_for_the_next_build(shop):
    """It is told with its price, and a pick that is taken back changes nothing."""
    hat = shop.image("hat.png")
    (told,) = pick(shop, "2").dependents
    assert (told.name, told.action, told.draws) == ("hat", Action.DRAW, 1)
    assert told.estimate.usd == pytest.approx(0.01)
    assert shop.image("hat.png") == hat
    assert pick(shop, "1").dependents == ()
    assert shop.build()[0] is ExitCode.DONE
    assert shop.provider.total == 3
    pick(shop, "2")
    shop.build()
    assert shop.provider.total == 4
    assert shop.image("hat.png") != hat


def test_who_names_a_draw_is_not_touched_by_a_pick(shop):
    """`{asset, draw}` is a picture of its own: downstream there are only identities."""
    shop.edit("inputs: [cat]", "inputs: [{asset: cat, draw: 1}]")
    shop.build()
    assert shop.provider.total == 3, "draw 1 is what was picked before"
    assert pick(shop, "2").dependents == ()
    shop.build()
    assert shop.provider.total == 3


def test_a_draw_is_named_by_its_digest_or_the_beginning_of_it(shop):
    """Six digits or more, in any case."""
    second = shop.lines()["cat"].draws[1]
    assert pick(shop, second[:6].upper()).number == 2
    assert pick(shop, second).digest == second


@pytest.mark.parametrize(
    "draw", ["0", "3", "99999", "abcdef", "123456", "abcde", "x", ""]
)
def test_no_such_draw_is_wrong_usage(shop, draw):
    """With what there is, where that was a draw's name at all."""
    before = shop.lock()
    with pytest.raises(UsageError) as raised:
        pick(shop, draw)
    digests = shop.lines()["cat"].draws
    if draw not in {"abcde", "x", ""}:
        assert all(each[:12] in raised.value.hint for each in digests)
    assert shop.lock() == before


def test_a_prefix_that_fits_two_draws_is_ambiguous(shop, monkeypatch):
    """Both are named."""
    monkeypatch.setattr(
        "assetgen.picking.known_digests", lambda *_: ("abcdef01" * 8, "abcdef02" * 8)
    )
    with pytest.raises(UsageError, match="several") as raised:
        pick(shop, "abcdef0")
    assert "abcdef01" in raised.value.hint
    assert "abcdef02" in raised.value.hint


def test_only_what_is_locked_can_be_picked(shop):
    """Files have no draws, and a placeholder draws the same each time."""
    shop.edit(
        "  hat:",
        "  sketch: {prompt: S, provider: placeholder, size: 8x8, outputs: [s.png]}\n"
        "  flat: {canvas: 8x8, layers: [{fill: '#000000'}], outputs: [f.png]}\n  hat:",
    )
    build(options(shop.root))
    for name, words in (("sketch", "not locked"), ("flat", "not drawn")):
        with pytest.raises(UsageError, match=words):
            pick(shop, "1", name)
    for name in ("dog", "c*", "cat+"):
        with pytest.raises(UsageError, match="no asset"):
            pick(shop, "1", name)


def test_a_draw_of_an_earlier_request_is_not_the_answer_to_this_one(shop):
    """It is told why, and what finds it again; then it costs nothing."""
    old = shop.lines()["cat"].draws[1]
    shop.edit("A cat\n", "A lion\n")
    shop.build(names=("cat",))
    paid = shop.provider.total
    with pytest.raises(UsageError, match="earlier request") as raised:
        pick(shop, old[:8])
    assert "frozen" in raised.value.hint
    shop.edit("A lion\n", "A cat\n")
    assert pick(shop, old[:8]).code is ExitCode.DONE
    assert shop.provider.total == paid


def test_a_frozen_asset_takes_any_draw_that_was_made_for_it(shop):
    """Its line then says which request that was, and no build changes it."""
    before = shop.lines()["cat"]
    picture = shop.image("cat.png")
    shop.edit("A cat\n", "A lion\n")
    shop.build()
    paid = shop.provider.total
    shop.edit("A lion\n", "A tiger\n    frozen: true\n")
    done = pick(shop, before.pick[:10])
    assert (done.digest, done.number) == (before.pick, 1)
    assert shop.lines()["cat"] == before
    assert shop.image("cat.png") == picture
    shop.build()
    assert shop.provider.total == paid, "the hat was made from this cat before"
    assert pick(shop, "2").digest == before.draws[1]
    shop.build()
    assert shop.lines()["cat"] == before._replace(pick=before.draws[1])


def test_a_frozen_asset_without_enough_draws_says_so(shop):
    """Files and references for draws that the lock has not are named, not a bug."""
    shop.edit("n: 2\n", "n: 3\n    frozen: true\n")
    assert shop.build()[0] is ExitCode.DONE, "nobody needs the third"
    shop.edit("inputs: [cat]", "inputs: [{asset: cat, draw: 3}]")
    code, _ = shop.build()
    assert code is ExitCode.SOME_FAILED
    assert shop.action("hat") is Action.BLOCKED
    shop.edit("{path: cat.png}", "'cat-${draw}.png'")
    assert shop.action("cat") is Action.BLOCKED
    assert shop.build()[0] is ExitCode.SOME_FAILED
    assert shop.provider.total == 3


def test_a_pick_whose_bytes_are_nowhere_is_refused(shop):
    """7, and the lock stays as it is."""
    before = shop.lock()
    shop.store().remove_blob(shop.lines()["cat"].draws[1])
    with pytest.raises(IntegrityBroken):
        pick(shop, "2")
    assert shop.lock() == before


def test_a_request_that_is_not_known_yet_has_no_draws_to_pick(shop):
    """What it needs has to be drawn first; or it was never drawn itself."""
    shop.edit("A cat\n", "A lion\n")
    with pytest.raises(ChangesPending):
        pick(shop, "1", "hat")
    with pytest.raises(UsageError, match="no draws yet"):
        pick(shop, "1")


def test_a_pick_while_further_draws_are_missing_leaves_the_files_to_the_build(shop):
    """It is free, so it does not ask for them."""
    shop.edit("n: 2\n", "n: 3\n")
    done = pick(shop, "2")
    assert done.code is None
    assert shop.lines()["cat"].pick == done.digest
    shop.build()
    line = shop.lines()["cat"]
    assert (len(line.draws), line.pick) == (3, done.digest)


def test_a_pick_is_found_again_without_the_last_builds_state(shop):
    """The lock is the memory of it."""
    pick(shop, "2")
    picture = shop.image("cat.png")
    shutil.rmtree(shop.root / ".assetgen/memo")
    (shop.root / ".assetgen/state").unlink()
    shutil.rmtree(shop.root / "img")
    shop.build()
    assert shop.image("cat.png") == picture


# --- reroll -------------------------------------------------------------------


def test_a_reroll_asks_for_new_draws_and_picks_the_first_of_them(shop):
    """The price is said before; other draws stay; the ledger knows what it was."""
    before = shop.lines()["cat"]
    picture = shop.image("cat.png")
    done, said = reroll(shop, 2)
    assert said == [(2, pytest.approx(0.02))]
    line = shop.lines()["cat"]
    assert (shop.provider.total, done.code) == (5, ExitCode.DONE)
    assert line.draws[:2] == before.draws
    assert done.draws == {3: line.draws[2], 4: line.draws[3]}
    assert line.pick == done.picked == line.draws[2]
    assert shop.image("cat.png") != picture
    assert [each.name for each in done.dependents] == ["hat"]
    intents = [each for each in shop.ledger() if each["entry"] == "intent"]
    assert [each.get("reroll") for each in intents] == [None, None, True]
    assert pick(shop, "1").code is ExitCode.DONE
    assert shop.image("cat.png") == picture
    shop.build()
    assert shop.provider.total == 5


def test_a_reroll_may_keep_the_picture(shop):
    """Then nothing changes but the draws that can be picked."""
    picture, pinned = shop.image("cat.png"), shop.lines()["cat"].pick
    done, _ = reroll(shop, keep=True)
    assert (done.picked, list(done.draws), done.dependents) == (None, [3], ())
    assert shop.lines()["cat"].pick == pinned
    assert shop.image("cat.png") == picture
    shop.build()
    assert shop.provider.total == 4


def test_a_reroll_over_the_budget_draws_nothing(shop):
    """5, after the price was said; the lock stays."""
    before = shop.lock()
    with pytest.raises(OverBudget):
        reroll(shop, 3, max_cost_usd=0.02)
    assert (shop.provider.total, shop.lock()) == (3, before)


def test_fewer_pictures_than_asked_are_asked_for_again(shop):
    """As in every build: what came is banked, and the rest is asked for."""
    shop.provider.largesse = -1
    done, _ = reroll(shop, 3)
    assert (len(done.draws), shop.provider.total) == (3, 6)


def test_a_reroll_draws_nothing_else(shop):
    """Neither what it depends on, nor a request that changed or was never drawn."""
    shop.edit("A cat\n", "A lion\n")
    for name in ("cat", "hat"):
        with pytest.raises(ChangesPending):
            reroll(shop, name=name)
    shop.edit("A lion\n", "A cat\n    frozen: true\n")
    with pytest.raises(UsageError, match="frozen"):
        reroll(shop)
    assert shop.provider.total == 3


def test_a_reroll_that_fails_changes_no_picture(shop):
    """The old one stays picked; an unknown outcome is not asked again by itself."""
    before, picture = shop.lock(), shop.image("cat.png")
    shop.provider.errors["A cat"] = OutcomeUnknown("no answer")
    done, _ = reroll(shop)
    assert (done.code, dict(done.draws)) == (ExitCode.SOME_FAILED, {})
    shop.provider.errors.clear()
    done, _ = reroll(shop)
    assert done.code is ExitCode.SOME_FAILED
    assert (shop.lock(), shop.image("cat.png"), shop.provider.total) == (
        before,
        picture,
        3,
    )
    assert reroll(shop, retry_unknown=True)[0].code is ExitCode.DONE


def test_a_draw_that_fails_its_checks_is_kept_and_not_the_picture(shop):
    """It can be looked at, and picked once the check is another."""
    shop.edit("A cat\n", "A cat\n    checks: {max_colors: 100000}\n")
    shop.build()
    shop.edit("max_colors: 100000", "max_bytes: 1")
    pinned = shop.lines()["cat"].pick
    done, _ = reroll(shop)
    assert done.code is ExitCode.SOME_FAILED
    assert (list(done.draws), done.picked) == ([3], None)
    assert shop.lines()["cat"].pick == pinned
    shop.edit("max_bytes: 1", "max_bytes: 1000000")
    assert pick(shop, "3").code is ExitCode.DONE


# --- n, revision, ${draw} -------------------------------------------------------


def test_every_draw_gets_a_file_and_a_pick_renames_none(shop):
    """`${draw}` counts draws as the lock does."""
    shop.edit("{path: cat.png}", "'cat-${draw}.png'")
    shop.build()
    files = {n: shop.image(f"cat-{n}.png") for n in (1, 2)}
    assert files[1] != files[2]
    pick(shop, "2")
    assert files == {n: shop.image(f"cat-{n}.png") for n in (1, 2)}
    shop.edit("n: 2\n", "n: 3\n")
    assert shop.planned("cat").draws == 1
    shop.build()
    assert files == {n: shop.image(f"cat-{n}.png") for n in (1, 2)}


def test_pages_and_code_show_the_picked_draw_of_many(shop):
    """The manifest, snippets and typed names follow a pick, and a lock that was merged."""
    shop.edit("{dir: img}", "{dir: img, snippets: true, types: python}")
    shop.edit(
        "{path: cat.png}",
        "{preset: responsive, path: 'w/${draw}', widths: [8, 16], formats: [png]}",
    )
    shop.build()
    first = shop.lock()

    def shown():
        text = shop.image("assetgen.manifest.json").decode()
        jsonschema.validate(json.loads(text), json.loads(schema_text("manifest")))
        cat = json.loads(text)["assets"]["cat"]
        assert cat["picture"] in shop.image("snippets.html").decode()
        (path,) = re.findall(
            rb"^    path='(w/.*)'", shop.image("assets.py"), re.MULTILINE
        )
        numbers = re.findall(r"w/(\d)-", f"{cat['srcset']} {path}")
        assert len(cat["files"]) == 4
        return set(numbers), cat["color"]

    draw, color = shown()
    assert draw == {"1"}
    pick(shop, "2")
    other, another = shown()
    assert (other, another != color) == ({"2"}, True)
    (shop.root / "assets.lock").write_bytes(first)
    shop.build()
    assert shown() == (draw, color)


def test_a_raised_revision_asks_anew_and_going_back_is_free(shop):
    """It is a part of the request; the old one's draws are kept."""
    pick(shop, "2")
    shop.build()
    paid, picture = shop.provider.total, shop.image("cat.png")
    shop.edit("n: 2\n", "n: 2\n    revision: 1\n")
    assert shop.planned("cat").draws == 2
    shop.build(names=("cat",))
    assert shop.provider.total == paid + 2
    assert shop.image("cat.png") != picture
    shop.edit("    revision: 1\n", "")
    build(options(shop.root, names=("cat",)))
    assert shop.provider.total == paid + 2
