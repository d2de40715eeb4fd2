"""The gallery beside a `watch`: what a pick or a re-roll makes it draw is shown first."""

from __future__ import annotations

import pytest
from counted_shop import Shop
from counting import CountingProvider
from sessions import Session, eventually
from visiting import visiting

from assetgen import registry


@pytest.fixture
def shop(tmp_path, monkeypatch):
    """Return a project that was built once: two draws of `cat`, `hat` from it, a bow."""
    provider = CountingProvider()
    monkeypatch.setitem(registry.BUILT_IN, "counting", lambda: provider)
    made = Shop(tmp_path, provider)
    made.edit("A cat\n", "A cat\n    n: 2\n")
    text = (tmp_path / "assets.yaml").read_text()
    made.say(text + "  bow: {prompt: A bow, inputs: [hat], n: 2}\n")
    made.build()
    return made


def test_a_pick_is_asked_with_the_price_of_what_follows(shop):
    """Nothing is written before it was confirmed; what follows counts in any depth."""
    with visiting(shop.root, watched=True) as visitor, visitor.listening() as heard:
        assert visitor.wall()["watched"] is True
        asset, before = visitor.row("cat")["id"], shop.lock()
        price = visitor.ask(f"/api/pick/{asset}?draw=2").json()
        after = price["after"]
        assert after == {
            "names": ["hat", "bow"],
            "draws": 3,
            "estimate_usd": 0.03,
            "held": None,
        }
        assert price["left_usd"] == 1.0
        path = f"/api/assets/{asset}/pick"
        for confirmed in ({}, {"confirmed_usd": 0.029}):
            answer = visitor.post(path, {"draw": 2} | confirmed)
            assert (answer.status, answer.error) == (409, "price")
            assert answer.json()["after"] == after
        assert shop.lock() == before
        body = {"draw": 2, "confirmed_usd": 0.03}
        job = visitor.post(path, body).json()["job"]
        assert heard.job_end(job)["state"] == "done"
        assert shop.lines()["cat"].pick_number == 2
        # And back: what was drawn from the first one is in the store.
        assert visitor.ask(f"/api/pick/{asset}?draw=1").json()["after"] is None
        assert visitor.post(path, {"draw": 1}).status == 202
    assert shop.provider.total == 5


def test_what_watch_would_not_draw_needs_no_price(shop):
    """It is more than the session has; the pick is free, and the words say why."""
    with visiting(shop.root, cap_usd=0.02, watched=True) as visitor:
        asset = visitor.row("cat")["id"]
        after = visitor.ask(f"/api/pick/{asset}?draw=2").json()["after"]
        assert (after["draws"], after["estimate_usd"]) == (3, 0.03)
        assert "nothing paid was drawn" in after["held"]
        assert visitor.post(f"/api/assets/{asset}/pick", {"draw": 2}).status == 202


def test_a_draw_that_is_none_is_refused_with_the_commands_words(shop):
    """Before anything waits for its turn."""
    with visiting(shop.root, watched=True) as visitor:
        asset = visitor.row("cat")["id"]
        assert visitor.ask(f"/api/pick/{asset}").status == 400
        answer = visitor.ask(f"/api/pick/{asset}?draw=9")
        assert (answer.status, answer.error) == (409, "usage")
        assert visitor.post(f"/api/assets/{asset}/pick", {"draw": 9}).status == 409


def test_a_reroll_is_confirmed_with_what_follows_unless_the_pick_stays(shop):
    """The sum of both; what is kept draws nothing else."""
    with visiting(shop.root, watched=True) as visitor, visitor.listening() as heard:
        asset = visitor.row("cat")["id"]
        price = visitor.ask(f"/api/reroll/{asset}?count=2").json()
        assert (price["estimate_usd"], price["after"]["estimate_usd"]) == (0.02, 0.03)
        path = f"/api/assets/{asset}/reroll"
        assert visitor.post(path, {"count": 2, "confirmed_usd": 0.02}).error == "price"
        body = {"count": 2, "confirmed_usd": 0.02, "keep_pick": True}
        job = visitor.post(path, body).json()["job"]
        assert heard.job_end(job)["state"] == "done"
        body = {"count": 1, "confirmed_usd": 0.04}
        job = visitor.post(path, body).json()["job"]
        assert heard.job_end(job)["state"] == "done"
        assert shop.lines()["cat"].pick_number == 5


def test_without_a_watch_a_pick_says_what_the_next_build_draws(shop):
    """Once it is done; nothing is drawn and nothing is to be confirmed."""
    with visiting(shop.root) as visitor, visitor.listening() as heard:
        assert visitor.wall()["watched"] is False
        asset = visitor.row("cat")["id"]
        assert visitor.ask(f"/api/pick/{asset}?draw=2").json()["after"] is None
        job = visitor.post(f"/api/assets/{asset}/pick", {"draw": 2}).json()["job"]
        end = heard.job_end(job)
        assert (end["state"], end["code"]) == ("done", None)
        words = "the next build redraws 3 pictures that need it, about $0.0300"
        assert end["message"] == words


def test_watch_draws_what_was_shown_and_for_that_price(shop):
    """Both spend from one purse, so the page's sum is what is gone afterwards."""
    with (
        Session(shop.root, cap_usd=1) as session,
        visiting(shop.root, watched=True, purse=session.purse) as visitor,
    ):
        asset = visitor.row("cat")["id"]
        after = visitor.ask(f"/api/pick/{asset}?draw=2").json()["after"]
        body = {"draw": 2, "confirmed_usd": after["estimate_usd"]}
        assert visitor.post(f"/api/assets/{asset}/pick", body).status == 202
        eventually(lambda: shop.provider.total == 5 + 3, "the draws")
        eventually(lambda: session.purse.spent_usd == pytest.approx(0.03), "the sum")
        eventually(lambda: visitor.row("bow")["state"] == "up-to-date", "the end")
