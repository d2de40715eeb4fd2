"""An asset's page and the review in a browser: pick, re-roll, freeze, accept."""

from __future__ import annotations

from bayvisits import HARBOUR, KEEPER, open_page
from sessions import eventually


def test_pick_asks_for_the_draw_that_is_shown(wall, server):
    """Looking at a draw changes nothing; picking it does."""
    open_page(wall, server, f"asset/{KEEPER}", ".draw")
    wall.get_by_role("button", name="Draw 3").click()
    assert server.posts == []
    wall.get_by_role("button", name="Pick draw 3").click()
    body = {"draw": 3, "confirmed_usd": 0}
    eventually(lambda: server.posts == [(f"/api/assets/{KEEPER}/pick", body)])
    row = next(row for row in server.wall["assets"] if row["id"] == KEEPER)
    server.send_rows(row | {"pick": 3})
    job = {"job": "job-1", "id": KEEPER, "kind": "pick", "code": None}
    server.send("job", job | {"state": "done", "message": "the next build redraws it"})
    wall.wait_for_selector("text=Draw 3 of characters/keeper is picked; the next")


def test_beside_a_watch_a_pick_and_a_reroll_show_what_they_redraw(visit, server):
    """Its names and price, before anything is asked for; cancelled, nothing is."""
    server.wall["watched"] = True
    server.after = {"names": ["ui/title"], "draws": 2, "held": None}
    server.after["estimate_usd"] = 0.08
    page = visit(server.url)
    page.wait_for_selector(".card")
    open_page(page, server, f"asset/{KEEPER}", ".draw")
    page.get_by_role("button", name="Draw 3").click()
    page.get_by_role("button", name="Pick draw 3").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_text("redraws 2 pictures that need it: ui/title").wait_for()
    page.keyboard.press("Escape")
    dialog.wait_for(state="detached")
    page.keyboard.press("p")
    assert server.posts == []
    dialog.get_by_role("button", name="Pick and redraw for $0.08").click()
    body = {"draw": 3, "confirmed_usd": 0.08}
    eventually(lambda: server.posts == [(f"/api/assets/{KEEPER}/pick", body)])
    page.keyboard.press("r")
    dialog.get_by_role("button", name="Re-roll for $0.12").wait_for()
    dialog.get_by_label("Keep the present pick").check()
    dialog.get_by_role("button", name="Re-roll for $0.04").wait_for()
    server.after["held"] = "no key"
    page.keyboard.press("Escape")
    page.keyboard.press("r")
    dialog.get_by_text("Watch does not: no key").wait_for()
    dialog.get_by_role("button", name="Re-roll for $0.04").wait_for()


def test_a_reroll_shows_its_price_and_is_sent_with_it(wall, server):
    """Nothing is asked for before the price was seen and confirmed."""
    open_page(wall, server, f"asset/{KEEPER}", ".draw")
    wall.keyboard.press("r")
    dialog = wall.get_by_role("dialog")
    dialog.get_by_text("$0.04", exact=True).wait_for()
    dialog.get_by_label("New draws").fill("3")
    confirm = dialog.get_by_role("button", name="Re-roll for $0.12")
    confirm.wait_for()
    assert server.posts == []
    confirm.click()
    wall.wait_for_selector("text=Re-rolling")
    sent = {"count": 3, "keep_pick": False, "confirmed_usd": 0.12}
    assert server.posts == [(f"/api/assets/{KEEPER}/reroll", sent)]


def test_enter_in_a_dialog_s_field_does_what_its_main_button_says(wall, server):
    """And not what the first button says, which takes everything back."""
    open_page(wall, server, f"asset/{KEEPER}", ".draw")
    wall.keyboard.press("r")
    wall.get_by_role("button", name="Re-roll for $0.04").wait_for()
    wall.keyboard.press("Enter")
    wall.wait_for_selector("text=Re-rolling")
    assert len(server.posts) == 1
    wall.keyboard.press("r")
    wall.get_by_role("button", name="Re-roll for $0.04").wait_for()
    wall.get_by_role("button", name="Cancel").click()
    wall.wait_for_selector("dialog", state="detached")
    assert len(server.posts) == 1


def test_draws_of_earlier_requests_are_looked_at_and_never_mixed_up(wall, server):
    """They have numbers of their own; the lock picks among those of one request."""
    page = server.pages[KEEPER]
    old = [draw | {"picked": False, "present": False} for draw in page["draws"][:2]]
    server.pages[KEEPER] = page | {"draws": page["draws"] + old}
    open_page(wall, server, f"asset/{KEEPER}", ".draw")
    eventually(lambda: wall.locator('.draw[aria-pressed="true"]').count() == 1)
    eventually(lambda: wall.locator(".draw .picked").count() == 1)
    wall.get_by_role("button", name="Earlier draw 2").click()
    eventually(lambda: wall.locator('.draw[aria-pressed="true"]').count() == 1)
    wall.get_by_text("earlier draw 2").first.wait_for()
    assert wall.get_by_role("button", name="Earlier draw", exact=True).is_disabled()
    wall.keyboard.press("p")
    wall.keyboard.press("2")
    wall.get_by_role("button", name="Pick draw 2").wait_for()
    assert server.posts == []
    open_page(wall, server, "review", ".review .draw")
    assert wall.get_by_role("button", name="Earlier draw").count() == 0


def test_a_reroll_whose_price_rose_is_asked_again(wall, server):
    """The server refuses what is dearer than confirmed; the page asks, never insists."""
    error = {"code": "price", "message": "the price is $0.19 now"}
    server.answers["reroll"] = lambda _: (409, {"error": error})
    open_page(wall, server, f"asset/{KEEPER}", ".draw")
    wall.keyboard.press("r")
    wall.get_by_role("button", name="Re-roll for $0.04").click()
    wall.get_by_role("dialog").get_by_text("the price is $0.19 now").wait_for()
    assert len(server.posts) == 1
    wall.keyboard.press("Escape")
    wall.wait_for_selector("dialog", state="detached")
    assert len(server.posts) == 1


def test_what_cannot_be_frozen_by_itself_shows_the_text_to_write(wall, server):
    """Where the spec cannot be edited safely, the person does it."""
    error = {"code": "not-editable", "message": "the entry is made by a matrix"}
    refusal = {"error": error | {"yaml": "frozen: true"}}
    server.answers["freeze"] = lambda _: (422, refusal)
    open_page(wall, server, f"asset/{KEEPER}", ".draw")
    wall.get_by_role("button", name="Freeze").click()
    wall.get_by_role("dialog").get_by_text("frozen: true").wait_for()
    assert "made by a matrix" in wall.get_by_role("dialog").inner_text()


def test_review_accepts_the_draw_that_is_shown_and_goes_on(wall, server):
    """a picks what is looked at, if it is not the pick already; j and k only walk."""
    open_page(wall, server, "review", ".review .draw")
    first = wall.locator(".review h1").inner_text()
    wall.keyboard.press("j")
    wall.wait_for_function(
        "t => document.querySelector('h1').innerText !== t", arg=first
    )
    wall.keyboard.press("k")
    wall.wait_for_function(
        "t => document.querySelector('h1').innerText === t", arg=first
    )
    wall.wait_for_selector(".draw >> nth=1")
    wall.keyboard.press("2")
    wall.wait_for_selector('.draw[data-draw="2"][aria-pressed="true"]')
    assert server.posts == []
    wall.keyboard.press("a")
    wall.wait_for_function(
        "t => document.querySelector('h1').innerText !== t", arg=first
    )
    assert server.posts == [
        (f"/api/assets/{HARBOUR}/pick", {"draw": 2, "confirmed_usd": 0})
    ]
    wall.keyboard.press("?")
    wall.get_by_role("dialog", name="Keys").wait_for()
