"""What has to be done for one asset, and why: one small world for each rule."""

from __future__ import annotations

import pytest
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
from assetgen.changes import compare_parts
from assetgen.decide import Action, made_by_model
from assetgen.model import AssetRef, Checks, FileRef, ImageLayer, Layers, Step
from assetgen.snapshot import Derived, Pin, Policy
from assetgen.values import replace

CAT = asset("cat", None, out("cat.png"))
ONLY = catalogue(CAT)
KEY = key_of(ONLY, "cat")
BANKED = snapshot(records={KEY: record("one")}, blobs={sha("one")})
DONE = built(ONLY, BANKED)


def look(snap, cat=ONLY, name="cat"):
    """Return the plan for one asset that has to be looked at."""
    return planned(cat, replace(snap, touched={name}))[name]


def kinds(found):
    """Return the kinds of the reasons."""
    return [why.kind for why in found.reasons]


def test_a_new_asset_is_drawn_at_its_price():
    """Nothing is known: n draws, priced, and its files derived."""
    found = look(snapshot())
    assert (found.action, found.draws, found.first_draw) == (Action.DRAW, 1, 1)
    assert found.reasons == (reasons.NewAsset(),)
    assert found.estimate.usd == 0.01
    assert [o.action for o in found.outputs] == [Action.DERIVE]


def test_a_banked_draw_is_not_asked_for_again():
    """The store's record answers: only local work is left."""
    found = look(BANKED)
    assert (found.action, found.draws) == (Action.DERIVE, 0)
    assert found.known.draws == (sha("one"),)


def test_what_was_built_is_up_to_date():
    """Even when it is looked at closely."""
    found = look(DONE)
    assert (found.action, found.reasons) == (Action.UP_TO_DATE, ())


def test_missing_draws_are_asked_for_by_number():
    """n - k, counted from the first one that is missing."""
    cat = catalogue(asset("cat", drawn("cat", n=3), out("cat.png")))
    found = look(BANKED, cat)
    assert (found.draws, found.first_draw) == (2, 2)
    assert found.reasons == (reasons.DrawsMissing(1, 3),)


def test_the_lock_says_which_draw_is_the_picture():
    """Pinned draws come first, in their order, and the pick is the image."""
    pin = Pin(KEY, (sha("two"), sha("one")), sha("one"))
    found = look(replace(BANKED, pins={"cat": pin}))
    assert found.known.draws == (sha("two"), sha("one"))
    assert found.known.image() == sha("one")


def test_a_pin_of_another_request_does_not_count():
    """The prompt changed: what was locked is another picture."""
    pin = Pin(sha("other key"), (sha("two"),), sha("two"), (("prompt", "dog"),))
    found = look(snapshot(pins={"cat": pin}))
    assert found.action is Action.DRAW
    assert reasons.PromptChanged("dog", "cat") in found.reasons


def test_a_frozen_asset_is_its_locked_draws():
    """Whatever the request now says."""
    pin = Pin(sha("other key"), (sha("two"),), sha("two"))
    cat = catalogue(asset("cat", drawn("dog", frozen=True)))
    found = look(snapshot(pins={"cat": pin}), cat)
    assert (found.action, found.draws) == (Action.FROZEN, 0)
    assert found.known.image() == sha("two")


def test_a_frozen_asset_without_a_lock_is_not_drawn():
    """There is nothing to be frozen; a stand-in is made where that is free."""
    cat = catalogue(asset("cat", drawn("cat", frozen=True)))
    found = look(snapshot(), cat)
    assert (found.action, found.reasons) == (Action.BLOCKED, (reasons.NotLocked(),))
    free = catalogue(asset("cat", drawn("cat", frozen=True, provider="free")))
    assert look(snapshot(), free).action is Action.DRAW


def test_a_stand_in_for_a_frozen_picture_only_where_the_picture_is_not_there():
    """With the store at hand even the placeholder provider shows the locked picture."""
    pin = Pin(sha("other key"), (sha("two"),), sha("two"))
    free = catalogue(asset("cat", drawn("cat", frozen=True, provider="free")))
    assert look(snapshot(pins={"cat": pin}), free).action is Action.DRAW
    there = snapshot(pins={"cat": pin}, blobs={sha("two")})
    assert look(there, free).action is Action.FROZEN


def test_a_refusal_is_remembered_for_its_moderation_level():
    """The same level is not asked again unless the command line says so."""
    world = snapshot(records={KEY: record(refused={"": "no", "auto": "never"})})
    found = look(world)
    assert (found.action, found.reasons) == (Action.BLOCKED, (reasons.Rejected("no"),))
    low = catalogue(asset("cat", drawn("cat", moderation="low")))
    assert look(world, low).action is Action.DRAW
    auto = catalogue(asset("cat", drawn("cat", moderation="auto")))
    assert look(world, auto).reasons == (reasons.Rejected("never"),)
    again = replace(world, policy=Policy(retry_rejected=True))
    assert look(again).action is Action.DRAW


def test_an_open_outcome_is_not_asked_again_by_itself():
    """It may have been charged."""
    world = snapshot(open_outcomes={KEY})
    assert look(world).reasons == (reasons.OutcomeOpen(),)
    again = replace(world, policy=Policy(retry_unknown=True))
    assert look(again).action is Action.DRAW
    assert look(replace(BANKED, open_outcomes={KEY})).action is Action.DERIVE


# --- outputs ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("stored", "action"), [(True, Action.RESTORE), (False, Action.DERIVE)]
)
def test_a_lost_file_is_restored_if_its_bytes_are_kept(stored, action):
    """Else it is made again."""
    (key,) = DONE.derived
    known = {key: replace(DONE.derived[key], stored=stored)}
    found = look(replace(DONE, outputs={}, derived=known))
    assert (found.action, kinds(found)) == (action, ["output-missing"])


def test_an_edited_file_is_left_alone_and_named():
    """--force overwrites it."""
    world = replace(DONE, outputs={"cat.png": sha("by hand")})
    found = look(world)
    assert found.action is Action.UP_TO_DATE
    assert found.reasons == (reasons.OutputEdited("cat.png"),)
    forced = look(replace(world, policy=Policy(force=True)))
    assert forced.action is Action.RESTORE


def test_a_foreign_file_is_left_alone_and_named():
    """Assetgen never wrote there."""
    world = replace(DONE, outputs={"cat.png": sha("by hand")}, owned={})
    assert look(world).reasons == (reasons.OutputForeign("cat.png"),)


def test_a_foreign_file_with_the_wanted_bytes_is_as_good_as_ours():
    """What counts is what lies there."""
    assert look(replace(DONE, owned={}, rows={})).outputs[0].action is Action.UP_TO_DATE


def test_an_older_file_of_ours_is_replaced():
    """Its bytes are known to be ours."""
    old = {"cat.png": sha("old")}
    world = replace(DONE, outputs=old, owned={"cat.png": {sha("old")}})
    assert kinds(look(world)) == ["output-changed"]


def test_another_picture_is_a_reason():
    """Its steps changed: same draw, another image."""
    cat = catalogue(replace(CAT, process=(Step("grayscale", {}),)))
    found = look(DONE, cat)
    assert (found.action, found.draws) == (Action.DERIVE, 0)
    assert kinds(found) == ["picture-changed", "output-changed"]


def test_a_new_output_is_a_reason():
    """The others stay."""
    cat = catalogue(replace(CAT, outputs=(*CAT.outputs, out("b.png", width=4))))
    found = look(DONE, cat)
    assert [o.action for o in found.outputs] == [Action.UP_TO_DATE, Action.DERIVE]
    assert found.reasons == (reasons.OutputNew("b.png"),)


def test_the_hash_in_a_path_is_open_until_the_bytes_are_known():
    """Then it is filled in."""
    cat = catalogue(replace(CAT, outputs=(out("cat-${hash}.png"),)))
    assert look(BANKED, cat).outputs[0].path is None
    done = built(cat, BANKED)
    (path,) = done.outputs
    assert look(done, cat).outputs[0].path == path
    assert "$" not in path


def test_each_draw_can_have_its_file():
    """Outputs of a draw follow that draw, not the pick."""
    outputs = (out("1.png", draw=1), out("2.png", draw=2))
    cat = catalogue(asset("cat", drawn("cat", n=2), *outputs))
    world = snapshot(
        records={KEY: record("one", "two")}, blobs={sha("one"), sha("two")}
    )
    one, two = look(world, cat).outputs
    assert one.key != two.key


def test_checks_are_made_once_for_a_picture():
    """Passing is remembered under picture and gate."""
    cat = catalogue(replace(CAT, checks=Checks(max_colors=8)))
    found = look(DONE, cat)
    assert (found.action, found.reasons) == (Action.DERIVE, (reasons.ChecksPending(),))
    again = look(replace(DONE, checked={found.checks}), cat)
    assert (again.action, again.checks) == (Action.UP_TO_DATE, None)


# --- inputs -------------------------------------------------------------------

HAT = asset("hat", drawn("hat", "cat"), out("hat.png"))
PAIR = catalogue(CAT, HAT, hat=("cat",))


def test_what_waits_for_a_draw_is_pending():
    """At most n draws; which files is known, what will be in them is not."""
    found = planned(PAIR, snapshot())["hat"]
    assert (found.action, found.draws, found.key) == (Action.DRAW, 1, None)
    assert found.reasons == (reasons.InputPending("cat"),)


def test_local_work_that_waits_for_a_draw_asks_for_nothing():
    """Layers over a picture that is drawn in the same build."""
    layers = Layers((ImageLayer(ref=AssetRef("cat")),))
    cat = catalogue(CAT, asset("card", layers, out("card.png")), card=("cat",))
    found = planned(cat, snapshot())["card"]
    assert (found.action, found.draws) == (Action.DERIVE, 0)
    assert kinds(found) == ["input-pending"]


@pytest.mark.parametrize("where", ["process", "outputs"])
def test_an_overlay_that_is_pending_keeps_only_the_files_waiting(where):
    """The request itself needs no overlay."""
    steps = (Step("overlay", {"image": AssetRef("cat")}),)
    dog = (
        asset("dog", None, out("dog.png"), process=steps)
        if where == "process"
        else asset("dog", None, out("dog.png", process=steps))
    )
    cat = catalogue(CAT, dog, dog=("cat",))
    key = key_of(catalogue(asset("dog")), "dog")
    found = planned(cat, snapshot(records={key: record("d")}, blobs={sha("d")}))["dog"]
    assert (found.draws, found.key) == (0, key)
    assert kinds(found) == ["input-pending"]


def test_another_input_is_another_request():
    """The picture that goes out is part of it."""
    world = snapshot(files={"a.png": sha("a")})
    edit = replace(drawn("x"), operation="edit", inputs=(FileRef("a.png"),))
    cat = catalogue(asset("cat", edit))
    before = look(world, cat)
    after = look(snapshot(files={"a.png": sha("b")}), cat)
    assert before.key != after.key


def test_origins_add_up():
    """A model's draw with a file of the project in it is a composite."""
    edit = replace(drawn("x"), operation="edit", inputs=(FileRef("a.png"),))
    cat = catalogue(asset("cat", edit, out("x.png")))
    world = snapshot(files={"a.png": sha("a")})
    key = key_of(cat, "cat", world)
    found = look(replace(world, records={key: record("one")}, blobs={sha("one")}), cat)
    assert found.known.provenance == ("file", "model")
    assert found.made_by_model == "composite"
    assert [made_by_model(p) for p in (("model",), ("file",), ("placeholder",))] == [
        "trained",
        "",
        "",
    ]


def test_a_file_is_its_bytes():
    """No provider, no lock: the identity is the file's digest."""
    cat = catalogue(asset("logo", file("a.png"), out("logo.png")))
    found = look(snapshot(files={"a.png": sha("a")}), cat, "logo")
    assert (found.action, found.known.image()) == (Action.DERIVE, sha("a"))
    assert found.reasons == (reasons.NewAsset(),)


def test_differences_between_requests_are_told_by_kind():
    """Words, pictures, and other parts; an empty text stands for what is not set."""
    old = (("model", "a"), ("prompt", "x"), ("input 1", "p"), ("mask", "m"))
    new = (("model", "b"), ("prompt", "y"), ("input 1", "q"), ("parameter size", "1"))
    assert compare_parts(old, new) == (
        reasons.PartChanged("model", "a", "b"),
        reasons.PromptChanged("x", "y"),
        reasons.InputChanged("input 1"),
        reasons.PartChanged("parameter size", "", "1"),
        reasons.InputChanged("mask"),
    )


def test_what_is_known_of_bytes_does_not_need_the_bytes():
    """A row stands for the file even when the memo forgot it."""
    assert look(replace(DONE, derived={})).action is Action.UP_TO_DATE
    lost = look(replace(DONE, derived={}, outputs={}))
    assert lost.action is Action.DERIVE
    assert isinstance(lost.outputs[0].derived, Derived)
