"""Nothing is paid for twice: a provider that charges and never repeats itself."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import pytest
from buildings import assert_as_planned, build, options, plan_of
from counted_shop import Shop
from counting import CountingProvider
from hypothesis import given, settings
from hypothesis import strategies as st
from sketches import SPEC_EDITS, Edit, Sketch, write

from assetgen import events, registry
from assetgen.decide import Action
from assetgen.errors import ExitCode, OutcomeUnknown, ProviderRefused, SpecInvalid
from assetgen.ledger import Ledger


@pytest.fixture
def provider(monkeypatch):
    """Return a counting provider that specs may name."""
    found = CountingProvider()
    monkeypatch.setitem(registry.BUILT_IN, "counting", lambda: found)
    return found


@pytest.fixture
def shop(tmp_path, provider):
    """Return a project that was built once: two pictures were paid for."""
    made = Shop(tmp_path, provider)
    assert made.build()[0] is ExitCode.DONE
    assert provider.total == 2
    return made


def test_a_second_build_pays_nothing(shop):
    """What is banked is found again, with and without the last build's state."""
    lock = shop.lock()
    shop.build()
    (shop.root / ".assetgen/state").unlink()
    shop.build()
    shutil.rmtree(shop.root / ".assetgen/memo")
    shutil.rmtree(shop.root / "img")
    shop.build()
    assert (shop.provider.total, shop.lock()) == (2, lock)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("cat.png", "deep/cat.webp"),
        ("A cat\n", "A cat\n    process: [grayscale]\n"),
        ("dir: img", "dir: pictures"),
        ("A hat\n", "A hat\n    tags: [new]\n    alt: A hat\n"),
        ("version: 1\n", "version: 1\nbudget: {build_usd: 3}\nvars: {a: b}\n"),
        ("A hat\n", "A hat\n    moderation: low\n"),
        ("A hat\n", "A hat\n    checks: {max_colors: 100000}\n"),
    ],
)
def test_what_is_no_part_of_a_request_costs_nothing(shop, old, new):
    """Outputs, targets, words about an asset and budgets ask for no new picture."""
    if "process" in new:  # of `hat`: what goes out with another request is another one
        old, new = old.replace("cat", "hat"), new.replace("cat", "hat")
    shop.edit(old, new)
    shop.build()
    assert shop.provider.total == 2


def test_renaming_and_reordering_cost_nothing(shop):
    """The store knows requests, not names; the lock follows the new name."""
    shop.edit("cat", "puss")
    shop.edit("A puss", "A cat")
    assert shop.build()[0] is ExitCode.DONE
    assert shop.provider.total == 2
    assert b'"puss"' in shop.lock()
    assert b'"cat"' not in shop.lock()
    text = (shop.root / "assets.yaml").read_text()
    at, cut = text.index("  puss:"), text.index("  hat:")
    shop.say(text[:at] + text[cut:] + text[at:cut])
    shop.build()
    assert shop.provider.total == 2
    assert sorted(p.name for p in (shop.root / "img").glob("*.png")) == [
        "hat.png",
        "puss.png",
    ]


def test_two_assets_with_one_request_share_its_draws(shop):
    """One call, within one build, too."""
    shop.edit(
        "  hat:",
        "  one: {prompt: Twin, outputs: [one.png]}\n"
        "  two: {prompt: Twin, outputs: [two.png]}\n  hat:",
    )
    shop.build()
    assert shop.provider.total == 3
    one, two = (shop.root / "img" / name for name in ("one.png", "two.png"))
    assert one.read_bytes() == two.read_bytes()


def test_another_prompt_and_back_pays_once(shop):
    """A picture that was paid for is found again when the words return."""
    before = (shop.root / "img/cat.png").read_bytes()
    shop.edit("A cat", "A lion")
    shop.build()
    assert shop.provider.total == 4  # the hat is an edit of another picture now
    shop.edit("A lion", "A cat")
    shop.build()
    assert shop.provider.total == 4
    assert (shop.root / "img/cat.png").read_bytes() == before


def test_more_draws_ask_only_for_what_is_missing(shop):
    """n - k; fewer wanted draws lose none; the pick stays, and so does what is below."""
    shop.edit("A cat\n", "A cat\n    n: 3\n")
    shop.build()
    assert shop.provider.total == 4
    shop.edit("    n: 3\n", "")
    shop.build()
    shop.edit("A cat\n", "A cat\n    n: 2\n")
    shop.build()
    assert shop.provider.total == 4


@pytest.mark.parametrize("largesse", [-1, 2])
def test_an_answer_with_another_count_is_banked_whole(shop, largesse):
    """Fewer: the rest is asked again; more: they are further draws."""
    shop.provider.largesse = largesse
    shop.edit("A cat\n", "A lion\n    n: 3\n")
    shop.edit("    inputs: [cat]\n", "")
    assert shop.build()[0] is ExitCode.DONE
    banked = shop.provider.total
    shop.provider.largesse = 0
    shop.build()
    assert shop.provider.total == banked


def test_the_store_may_be_empty_as_long_as_the_files_are_there(shop):
    """The lock and the outputs are enough; only what needs the bytes is stopped."""
    shutil.rmtree(shop.root / ".assetgen")
    assert shop.build()[0] in (ExitCode.INTEGRITY, ExitCode.DONE)
    assert shop.provider.total == 2, "a locked picture is not drawn again by itself"


def test_a_pinned_picture_that_is_gone_is_drawn_only_when_asked(shop):
    """7 with the ways out, naming all; --redraw-missing draws them, the lock follows."""
    shutil.rmtree(shop.root / ".assetgen")
    shutil.rmtree(shop.root / "img")
    assert shop.action("cat") is Action.BLOCKED
    code, heard = shop.build()
    assert code is ExitCode.INTEGRITY
    assert shop.provider.total == 2
    assert [each.asset for each in heard.of(events.AssetFailed)] == ["cat", "hat"]
    assert shop.build(redraw_missing=True)[0] is ExitCode.DONE
    assert shop.provider.total == 4
    assert shop.build()[0] is ExitCode.DONE
    assert shop.provider.total == 4


def test_an_unpinned_picture_that_is_gone_is_drawn_again_once(shop):
    """Without a lock nobody promised the picture: it is asked for, and then kept."""
    (shop.root / "assets.lock").unlink()
    shutil.rmtree(shop.root / ".assetgen/store/cas")
    shutil.rmtree(shop.root / ".assetgen/memo")
    shutil.rmtree(shop.root / "img")
    assert shop.build()[0] is ExitCode.DONE
    paid = shop.provider.total
    assert shop.build()[0] is ExitCode.DONE
    shutil.rmtree(shop.root / "img")
    shutil.rmtree(shop.root / ".assetgen/memo")
    assert shop.build()[0] is ExitCode.DONE
    assert shop.provider.total == paid == 4


def test_a_frozen_asset_keeps_its_picture_whatever_its_request_says(shop):
    """frozen: true uses the locked draws."""
    lock = shop.lock()
    shop.edit("A cat\n", "A lion\n    frozen: true\n")
    assert shop.build()[0] is ExitCode.DONE
    assert (shop.provider.total, shop.lock()) == (2, lock)
    shop.edit("  hat:", "  new: {prompt: New, frozen: true}\n  hat:")
    code, heard = shop.build()
    assert code is ExitCode.SOME_FAILED
    assert [each.asset for each in heard.of(events.AssetFailed)] == ["new"]
    assert shop.provider.total == 2


def test_a_refusal_is_remembered(shop):
    """It is not sent again, unless asked for or at another moderation level."""
    shop.provider.errors["Gore"] = ProviderRefused("moderation", remember=True)
    shop.edit("A hat", "Gore")
    assert shop.build()[0] is ExitCode.SOME_FAILED
    shop.provider.errors.clear()
    assert shop.build()[0] is ExitCode.SOME_FAILED
    assert shop.action("hat") is Action.BLOCKED
    assert shop.provider.total == 2
    assert shop.build(retry_rejected=True)[0] is ExitCode.DONE
    assert shop.provider.total == 3
    assert shop.build()[0] is ExitCode.DONE


def test_an_unknown_outcome_is_not_repeated_silently(shop):
    """It is listed until it is asked again."""
    shop.provider.errors["Fog"] = OutcomeUnknown("no answer")
    shop.edit("A hat", "Fog")
    assert shop.build()[0] is ExitCode.SOME_FAILED
    shop.provider.errors.clear()
    calls = shop.provider.calls
    assert shop.build()[0] is ExitCode.SOME_FAILED
    assert shop.provider.calls == calls
    assert (
        len(Ledger(shop.root / ".assetgen/ledger.jsonl", run="t").unknown_outcomes())
        == 1
    )
    assert shop.build(retry_unknown=True)[0] is ExitCode.DONE
    assert shop.build()[0] is ExitCode.DONE
    assert shop.provider.total == 3


@pytest.mark.parametrize("flag", ["locked", "offline"])
def test_a_build_that_may_not_draw_ends_before_it_asks(shop, flag):
    """--locked and --offline end with 4 when a provider would be asked."""
    from assetgen.errors import ChangesPending

    assert build(options(shop.root, **{flag: True}))[0] is ExitCode.DONE
    shop.edit("A hat", "A cap")
    with pytest.raises(ChangesPending):
        build(options(shop.root, **{flag: True}))
    assert shop.provider.total == 2


numbers = st.integers(0, 99)
KEPT_FROM = {"mask", "quality", "profile", "flow"}  # not worth an example each here
words = st.sampled_from([word for word in SPEC_EDITS if word not in KEPT_FROM])
edits = st.builds(Edit, words, numbers, numbers, numbers)


@settings(max_examples=25)
@given(
    st.lists(
        st.builds(Edit, st.just("add"), numbers, numbers, numbers),
        min_size=1,
        max_size=4,
    ),
    st.lists(edits, max_size=6),
    st.lists(
        st.sampled_from(["state", "memo", "img", "nothing"]), min_size=7, max_size=7
    ),
)
def test_no_request_is_ever_paid_for_twice(first, changes, losses):
    """Whatever is edited or lost beside store and lock, a key is charged n at most."""
    found = CountingProvider()
    kept = registry.BUILT_IN
    registry.BUILT_IN = {**kept, "counting": lambda: found}
    try:
        with tempfile.TemporaryDirectory() as folder:
            _never_twice(Path(folder), found, first, changes, losses)
        assert all(count <= 3 for count in found.paid_for.values())
    finally:
        registry.BUILT_IN = kept


def _never_twice(root, provider, first, changes, losses):
    sketch = Sketch()
    for edit in first:
        sketch = sketch.changed(edit)
    for edit, loss in zip((None, *changes), losses, strict=False):
        new = sketch.changed(edit) if edit else sketch
        write(_paid(new), root)
        opts = options(root)
        try:
            plan = plan_of(opts)
        except SpecInvalid:
            write(_paid(sketch), root)
            continue
        sketch = new
        _, heard = build(opts)
        assert_as_planned(plan, heard)
        assert all(count <= 3 for count in provider.paid_for.values())
        total = provider.total
        _lose(root, loss)
        assert build(opts)[0] is ExitCode.DONE
        assert provider.total == total, "a second build paid"


def _paid(sketch):
    files = sketch.files()
    main = files["assets.yaml"].replace(b"provider: placeholder", b"provider: counting")
    return {**files, "assets.yaml": main}


def _lose(root, what):
    if what == "state":
        (root / ".assetgen/state").unlink(missing_ok=True)
    elif what == "memo":
        shutil.rmtree(root / ".assetgen/memo", ignore_errors=True)
    elif what == "img":
        for place in (root / "out", root / "other"):
            shutil.rmtree(place, ignore_errors=True)
