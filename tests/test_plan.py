"""The plan of all assets: what is skipped, what moves, what is blocked, what it costs."""

from __future__ import annotations

from worlds import (
    asset,
    built,
    catalogue,
    drawn,
    file,
    key_of,
    out,
    planned,
    record,
    sha,
    snapshot,
)

from assetgen import reasons
from assetgen.decide import Action
from assetgen.model import (
    AssetRef,
    FileRef,
    GlobRef,
    ImageLayer,
    Layers,
    Sheet,
    TextLayer,
)
from assetgen.plan import make_plan
from assetgen.snapshot import Pin, Policy
from assetgen.values import replace

CAT = asset("cat", None, out("cat.png"))
HAT = asset("hat", drawn("hat", "cat"), out("hat.png"))
LAYERS = Layers((ImageLayer(ref=AssetRef("hat")),))
CARD = asset("card", LAYERS, out("card.png"))
LOGO = asset("logo", file("logo.png"), out("logo.png"))
ALL = catalogue(CAT, HAT, CARD, LOGO, hat=("cat",), card=("hat",))
FILES = {"logo.png": sha("logo")}


def drawn_world(*names):
    """Return a world in which the draws of cat and hat are banked."""
    world = snapshot(files=FILES)
    for name in ("cat", "hat"):
        key = key_of(ALL, name, world)
        records = {**world.records, key: record(f"{name} drawn")}
        blobs = {sha("cat drawn"), sha("hat drawn")} - {
            sha(f"{n} drawn") for n in names
        }
        world = replace(world, records=records, blobs=blobs)
    return world


DRAWN = drawn_world()
DONE = built(ALL, DRAWN)


def actions(cat, snap, *wanted):
    """Return the actions by asset."""
    return {name: each.action for name, each in planned(cat, snap, *wanted).items()}


def test_what_did_not_change_is_not_looked_at():
    """No record, blob or output is asked for: the mappings would fail."""

    class Forbidden(dict):
        def get(self, *_):
            raise AssertionError("looked at")

        __getitem__ = get
        __contains__ = get

    world = replace(DONE, records=Forbidden(), outputs=Forbidden(), derived=Forbidden())
    assert set(actions(ALL, world).values()) == {Action.UP_TO_DATE}


def test_a_file_that_is_touched_is_looked_at_and_nothing_below_moves():
    """Its picture is the same: early cut-off."""
    found = planned(ALL, replace(DONE, touched={"cat"}))
    assert found["cat"].known is not None
    assert found["hat"].known is None


def test_a_picture_that_moves_moves_what_is_below_it():
    """Another pick of the cat: the hat is another request, the card waits."""
    key = key_of(ALL, "cat", DRAWN)
    pin = Pin(key, (sha("cat drawn"), sha("new")), sha("new"))
    world = replace(DONE, pins={"cat": pin}, touched={"cat"})
    world = replace(world, blobs={*DONE.blobs, sha("new")})
    found = planned(ALL, world)
    assert found["cat"].action is Action.DERIVE
    assert (found["hat"].action, found["hat"].draws) == (Action.DRAW, 1)
    assert found["hat"].reasons == (reasons.NewAsset(),), "its record has no parts"
    assert found["card"].reasons == (reasons.InputPending("hat"),)
    assert found["logo"].action is Action.UP_TO_DATE


def test_only_what_is_wanted_and_what_it_needs_is_planned():
    """The rest is not in the plan."""
    assert actions(ALL, snapshot(files=FILES), "hat").keys() == {"cat", "hat"}


def test_what_needs_a_blocked_asset_is_blocked():
    """By name, all the way down; others are not."""
    cat = catalogue(CAT, HAT, CARD, LOGO, hat=("cat",), card=("hat",))
    found = planned(
        cat,
        snapshot(
            files=FILES, open_outcomes={key_of(cat, "cat", snapshot(files=FILES))}
        ),
    )
    assert found["hat"].reasons == (reasons.NeedBlocked("cat"),)
    assert found["card"].reasons == (reasons.NeedBlocked("hat"),)
    assert found["logo"].action is Action.DERIVE


def test_a_lost_draw_is_asked_for_only_if_its_bytes_are_needed():
    """Files that lie there need nobody; a file to be made needs its draw."""
    lost = replace(DONE, blobs=frozenset())
    assert actions(ALL, replace(lost, touched={"cat"}))["cat"] is Action.UP_TO_DATE
    gone = {path: sha256 for path, sha256 in DONE.outputs.items() if path != "cat.png"}
    world = replace(lost, outputs=gone, derived={}, touched={"cat"})
    found = planned(ALL, world)["cat"]
    assert (found.action, found.draws) == (Action.DRAW, 1)
    assert found.reasons == (reasons.BlobMissing(sha("cat drawn")),)


def test_a_lost_draw_that_goes_out_with_a_request_is_needed():
    """The cat's own file is in place, but the hat is drawn from the cat."""
    hat = replace(HAT, source=drawn("another hat", "cat"))
    cat = catalogue(CAT, hat, CARD, LOGO, hat=("cat",), card=("hat",))
    found = planned(cat, replace(DONE, blobs=frozenset()))
    assert found["cat"].draws == 1
    assert found["hat"].action is Action.DRAW


def test_a_pinned_picture_that_is_lost_blocks():
    """It is not replaced by itself; --redraw-missing does it."""
    key = key_of(ALL, "cat", DRAWN)
    pin = Pin(key, (sha("cat drawn"),), sha("cat drawn"))
    world = replace(DRAWN, blobs=frozenset(), pins={"cat": pin})
    found = planned(ALL, world)
    assert found["cat"].reasons == (reasons.PinnedMissing(sha("cat drawn")),)
    assert found["hat"].action is Action.BLOCKED
    again = replace(world, policy=Policy(redraw_missing=True))
    assert planned(ALL, again)["cat"].action is Action.DRAW


def test_a_frozen_picture_that_is_lost_blocks_whatever_is_allowed():
    """Nobody could draw that picture again."""
    frozen = asset("cat", drawn("other", frozen=True), out("cat.png"))
    pin = Pin(sha("key"), (sha("x"),), sha("x"))
    policy = Policy(redraw_missing=True)
    world = snapshot(pins={"cat": pin}, policy=policy)
    found = planned(catalogue(frozen), world)["cat"]
    assert found.reasons == (reasons.PinnedMissing(sha("x")),)


def test_one_request_of_two_assets_is_one_call():
    """The plan counts and prices it once."""
    twins = catalogue(asset("a", drawn("x")), asset("b", drawn("x", n=3)))
    plan, _ = make_plan(twins, snapshot())
    assert [each.draws for each in plan.assets] == [1, 2]
    assert (plan.draws(), plan.estimate_usd()) == (3, 0.03)


def test_a_price_is_known_only_if_all_are():
    """None is not zero."""
    plan, _ = make_plan(ALL, snapshot(files=FILES))
    assert plan.estimate_usd() == 0.02
    unpriced = replace(snapshot(files=FILES), estimate=_no_price)
    assert make_plan(ALL, unpriced)[0].estimate_usd() is None


def _no_price(_request, _count, _sizes):
    from assetgen.providers.base import Price

    return Price(None)


def test_a_plan_counts_its_actions_and_removals():
    """`changes` is what a build would touch."""
    plan, _ = make_plan(ALL, DONE)
    assert plan.changes() == 0
    plan = replace(plan, removals=("old.png",))
    assert plan.changes() == 1
    assert plan.by_action() == {"remove": 1, "up-to-date": 4}


def test_a_new_build_order_is_no_change():
    """Assets in another order are the same assets."""
    cat = catalogue(LOGO, CAT, HAT, CARD, hat=("cat",), card=("hat",))
    assert set(actions(cat, DONE).values()) == {Action.UP_TO_DATE}


def test_a_renamed_asset_is_restored_from_what_is_banked():
    """Its request is the same, and so are the bytes of its files."""
    puss = asset("puss", drawn("cat"), out("puss.png"))
    found = planned(catalogue(puss), DONE)["puss"]
    assert (found.action, found.draws) == (Action.RESTORE, 0)
    assert found.reasons == (reasons.NewAsset(),)


def test_text_and_sheets_need_their_pictures():
    """A font is a file of the project; frames are assets; both are identities."""
    text = TextLayer(text="Sale", font=FileRef("f.ttf"), options={"size": 9})
    card = asset("card", Layers((text,)), out("card.png"))
    sheet = asset("sheet", Sheet((GlobRef("c*"),)), out("s.png", data="s.json"))
    cat = catalogue(CAT, card, sheet, sheet=("cat", "card"))
    cat = replace(cat, matches={"c*": (CAT.name, card.name)})
    world = replace(DRAWN, files={"f.ttf": sha("font")})
    found = planned(cat, world)
    assert found["card"].known.provenance == ("file",)
    assert found["sheet"].known.provenance == ("file", "model")
    other = planned(cat, replace(world, files={"f.ttf": sha("another")}))
    assert other["card"].known != found["card"].known
    assert other["sheet"].known != found["sheet"].known
