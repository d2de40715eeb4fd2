"""A saved plan is what is done, or nothing is; what moved since has a name."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from buildings import Heard, options
from counted_shop import Shop
from counting import CountingProvider

from assetgen import picking, project, registry, savedplan
from assetgen.errors import ChangesPending, ExitCode, UsageError
from assetgen.providers.base import Price


@pytest.fixture
def provider(monkeypatch):
    """Return a counting provider that specs may name."""
    found = CountingProvider()
    monkeypatch.setitem(registry.BUILT_IN, "counting", lambda: found)
    return found


@pytest.fixture
def shop(tmp_path, provider):
    """Return a project that was never built."""
    return Shop(tmp_path, provider)


def document(shop, **more):
    """Return the text of the plan that a build would follow now."""
    opts = options(shop.root, **more)
    planned = project.make(opts)
    planned.world.memo.close()
    return savedplan.as_document(planned, opts)


def saved(shop, tmp_path, **more):
    """Return a plan as a file gives it back."""
    file = tmp_path / "plan.json"
    file.write_text(document(shop, **more))
    return savedplan.read_plan(file, "plan.json")


def follow(shop, plan, **more):
    """Build what a saved plan says."""
    opts = savedplan.options_for(plan, options(shop.root, **more))
    heard = Heard()
    return project.build(opts, heard, plan), heard


def test_the_same_project_gives_the_same_bytes(shop, tmp_path):
    """No times, no paths; and no prompts, which hashes stand for."""
    text = document(shop)
    assert document(shop) == text
    assert str(tmp_path) not in text
    assert "A cat" not in text
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    shutil.copy(shop.root / "assets.yaml", elsewhere)
    assert document(Shop(elsewhere, shop.provider)) == text
    found = json.loads(text)
    assert (found["draws"], found["saved_plan"]) == (2, 1)
    assert {"spec", "lock", "assets", "asked", "estimate_usd"} <= found.keys()
    assert [each["name"] for each in found["assets"]] == ["cat", "hat"]
    assert found["assets"][0]["estimate_usd"] == pytest.approx(0.01)


def test_a_plan_that_holds_is_carried_out(shop, tmp_path):
    """Just that selection, and once: what was done is not to be done any more."""
    plan = saved(shop, tmp_path, names=("cat",))
    code, heard = follow(shop, plan)
    assert (code, heard.draws()) == (ExitCode.DONE, {"cat": 1})
    with pytest.raises(ChangesPending, match="cat: its line in the lock changed"):
        follow(shop, plan)
    assert shop.provider.total == 1


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("A cat", "A lion", r"cat: its request changed \(prompt\)"),
        (
            "A cat\n",
            "A cat\n    quality: low\n",
            r"cat: its request changed \(quality\)",
        ),
        ("A cat\n", "A cat\n    n: 2\n", "cat: its part of the spec changed"),
        ("A hat\n", "A hat\n    alt: A hat\n", "hat: its part of the spec changed"),
        ("  hat:", "  dog: {prompt: A dog}\n  hat:", "dog: it is new"),
        ("dir: img", "dir: pics", "cat: its part of the spec changed; hat"),
    ],
)
def test_what_moved_in_the_spec_is_named(shop, tmp_path, old, new, said):
    """With the asset and the reason; nothing is drawn."""
    plan = saved(shop, tmp_path)
    shop.edit(old, new)
    with pytest.raises(ChangesPending, match=said):
        follow(shop, plan)
    assert shop.provider.total == 0


def test_an_asset_that_is_gone_is_named(shop, tmp_path):
    """The plan spoke of it."""
    plan = saved(shop, tmp_path)
    text = (shop.root / "assets.yaml").read_text()
    shop.say(text[: text.index("  hat:")])
    with pytest.raises(ChangesPending, match="hat: it is gone"):
        follow(shop, plan)


def test_what_moved_beside_the_spec_is_named(shop, tmp_path, monkeypatch):
    """A price, a file, a pick; each refuses."""
    plan = saved(shop, tmp_path)
    monkeypatch.setattr(
        CountingProvider, "estimate", lambda _, __, count, *___: Price(0.02 * count)
    )
    with pytest.raises(ChangesPending, match=r"cat: its price was \$0.0100 and is"):
        follow(shop, plan)
    monkeypatch.undo()
    monkeypatch.setitem(registry.BUILT_IN, "counting", lambda: shop.provider)
    shop.edit("A cat\n", "A cat\n    n: 2\n")
    shop.build()
    plan = saved(shop, tmp_path)
    (shop.root / "img/hat.png").unlink()
    with pytest.raises(ChangesPending, match=r"hat: up-to-date then, .* now"):
        follow(shop, plan)
    shop.build()
    plan = saved(shop, tmp_path)
    picking.pick(options(shop.root), "cat", "2", Heard())
    with pytest.raises(
        ChangesPending, match="cat: its line in the lock changed; hat: "
    ):
        follow(shop, plan)
    assert shop.provider.total == 3


def test_a_picture_of_the_project_that_changed_is_noticed(shop, tmp_path):
    """Its bytes are in no request, but in the file that would be made."""
    from sketches import png

    (shop.root / "a.png").write_bytes(png(8, 8, 1))
    shop.edit("  hat:", "  art: {file: a.png, outputs: [b.png]}\n  hat:")
    plan = saved(shop, tmp_path)
    (shop.root / "a.png").write_bytes(png(8, 8, 2))
    with pytest.raises(
        ChangesPending, match=r"art: img/b\.png would be made otherwise"
    ):
        follow(shop, plan)


def test_how_a_file_is_made_from_what_is_at_hand_may_differ(shop, tmp_path):
    """Derived or restored: neither asks anybody."""
    shop.build()
    (shop.root / "img/hat.png").unlink()
    plan = saved(shop, tmp_path)
    shutil.rmtree(shop.root / ".assetgen/memo")
    assert follow(shop, plan)[0] is ExitCode.DONE
    assert (shop.root / "img/hat.png").exists()


def test_a_file_that_is_not_to_go_any_more_is_named(shop, tmp_path):
    """Removals are part of a plan."""
    shop.build()
    shop.edit("path: hat.png", "path: cap.png")
    plan = saved(shop, tmp_path)
    assert plan.removals == ("img/hat.png",)
    (shop.root / "img/hat.png").unlink()
    with pytest.raises(ChangesPending, match=r"img/hat.png: would not be removed"):
        follow(shop, plan)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "{}",
        '{"plan": 1}',
        '{"saved_plan": 2}',
        '{"saved_plan": 1}',
        "[" * 9999,
    ],
)
def test_what_is_no_plan_is_wrong_usage(tmp_path, text):
    """As is a plan of another version, and none at all."""
    file = tmp_path / "plan.json"
    with pytest.raises(UsageError, match="no plan"):
        savedplan.read_plan(file, "plan.json")
    file.write_text(text)
    with pytest.raises(UsageError):
        savedplan.read_plan(file, "plan.json")


def test_flags_beside_a_plan_may_not_say_what_it_says(shop, tmp_path):
    """The plan decides what is built; who pays and how it runs stays with the flags."""
    plan = saved(shop, tmp_path)
    for flag in ({"names": ("cat",)}, {"force": True}, {"tags": ("x",)}):
        with pytest.raises(UsageError, match="beside --plan"):
            savedplan.options_for(plan, options(Path(), **flag))
    with pytest.raises(UsageError, match="not with --provider"):
        savedplan.options_for(plan, options(Path(), provider="placeholder"))
    kept = savedplan.options_for(plan, options(Path(), max_cost_usd=1.0, jobs=3))
    assert (kept.max_cost_usd, kept.jobs) == (1.0, 3)


def test_a_plan_loads_no_code(tmp_path):
    """A plug-in that it names must be named by a flag or the settings, too."""
    asked = {"names": [], "tags": [], "targets": [], "profile": None} | dict.fromkeys(
        ("force", "retry_rejected", "retry_unknown", "redraw_missing"), False
    )
    file = tmp_path / "plan.json"
    file.write_text(
        json.dumps({"saved_plan": 1, "asked": {**asked, "provider": "evil"}})
    )
    plan = savedplan.read_plan(file, "plan.json")
    with pytest.raises(UsageError, match="plug-in 'evil'"):
        savedplan.options_for(plan, options(Path()))
    assert savedplan.options_for(plan, options(Path(), provider="evil"))
    file.write_text(json.dumps({"saved_plan": 1, "asked": {**asked, "provider": 3}}))
    with pytest.raises(UsageError):
        savedplan.read_plan(file, "plan.json")
