"""The wall in a browser: search, filters, news that come while it is looked at."""

from __future__ import annotations

import pytest
from bayvisits import HARBOUR, KEEPER
from galleryserver import GalleryServer, make_row, make_wall
from lanternbay import sketch


def test_the_token_leaves_the_address_and_opens_the_wall(wall):
    """Whoever sees the address bar or the history later learns nothing."""
    assert "token" not in wall.url
    assert wall.locator(".card:visible").count() == 12
    assert wall.title() == "Wall · Lantern Bay"


def test_without_a_session_the_page_says_how_to_get_in(visit, server):
    """The shell holds no data; a stranger sees none."""
    page = visit(server.origin)
    page.get_by_role("heading", name="needs its own link").wait_for()
    assert "harbour" not in page.content()


def test_a_slash_focuses_the_search_and_words_narrow_the_wall(wall):
    """Every word must be found, in the name, tags, texts or model."""
    wall.keyboard.press("/")
    wall.keyboard.type("keeper char")
    wall.wait_for_selector("text=1 of 12")
    assert wall.locator(".card:visible").count() == 1
    wall.get_by_role("button", name="Clear filters").click()
    wall.wait_for_selector("text=12 assets")


def test_filters_of_one_group_add_up_and_groups_narrow_each_other(wall):
    """Failed or blocked; of these, those that are tagged."""
    wall.get_by_label("failed", exact=False).first.check()
    wall.get_by_label("blocked", exact=False).first.check()
    wall.wait_for_selector("text=2 of 12")
    wall.get_by_label("night").check()
    wall.wait_for_selector("text=1 of 12")


def test_arrows_walk_the_grid_enter_opens_and_escape_returns_to_the_same_card(wall):
    """One card is in the order of Tab; the others are reached by arrows."""
    assert wall.locator('.card[tabindex="0"]').count() == 1
    wall.keyboard.press("ArrowDown")
    wall.keyboard.press("ArrowRight")
    wall.keyboard.press("ArrowDown")
    focused = wall.evaluate("document.activeElement.dataset.id")
    columns = int(wall.locator("[role=grid]").get_attribute("aria-colcount"))
    expected = wall.evaluate(
        "at => fetch('/api/wall').then(a => a.json()).then(w => w.assets[at].id)",
        columns + 1,
    )
    assert focused == expected
    wall.keyboard.press("Enter")
    wall.wait_for_selector(".asset h1")
    assert wall.url.endswith(focused)
    wall.keyboard.press("Escape")
    wall.wait_for_selector(".card")
    wall.wait_for_function(
        "id => document.activeElement.dataset.id === id", arg=focused
    )


def test_a_change_of_a_file_changes_the_card_without_moving_any_other(wall, server):
    """Live: the row's new state and picture are shown where the old ones were."""
    rows = {row["id"]: row for row in server.wall["assets"]}
    before = wall.evaluate(
        "[...document.querySelectorAll('.card')].map(c => JSON.stringify(c.getBoundingClientRect()))"
    )
    pic = server.add_picture(sketch((1024, 1536), 99))
    server.send_rows(rows[KEEPER] | {"state": "draw", "thumb": pic})
    card = wall.locator(f'.card[data-id="{KEEPER}"]')
    wall.wait_for_selector(f'.card[data-id="{KEEPER}"][data-state="draw"]')
    wall.wait_for_function(
        "pic => [...document.images].some(i => i.src.includes(pic) && i.complete)",
        arg=pic,
    )
    assert "to draw" in card.inner_text()
    after = wall.evaluate(
        "[...document.querySelectorAll('.card')].map(c => JSON.stringify(c.getBoundingClientRect()))"
    )
    assert after == before


def test_a_draw_on_its_way_is_shown_with_its_partial_picture(wall, server):
    """The card shows the picture on the way, the header how far the build is."""
    partial = server.add_picture(sketch((1024, 1024), 7))
    event = {"asset": "characters/keeper", "id": KEEPER, "key": None}
    plan = {"type": "plan", "to_do": ["characters/keeper", "ui/title"]}
    server.send("build", {"run": "r1", "event": plan})
    started = {"type": "asset_started", "step": "draw", "draws": 1}
    server.send("build", {"run": "r1", "event": event | started})
    server.send("partial", {"id": KEEPER, "url": f"/api/partials/r1/{partial}"})
    wall.wait_for_selector(f'.card[data-id="{KEEPER}"] img[src*="partials"]')
    assert wall.locator(".building").inner_text() == "Building 1 of 2"
    assert wall.get_by_role("progressbar", name="Build").is_visible()
    server.send("build", {"run": "r1", "event": {"type": "summary"}})
    wall.wait_for_selector(".building:text-is('')", state="attached")
    assert wall.locator('img[src*="partials"]').count() == 0


def test_a_partial_from_elsewhere_is_never_loaded(wall, server):
    """An address that is not the gallery's own is nobody's picture."""
    server.send("partial", {"id": KEEPER, "url": "https://elsewhere.example/x.png"})
    server.send("partial", {"id": HARBOUR, "url": "/api/partials/r/none"})
    wall.wait_for_selector(f'.card[data-id="{HARBOUR}"][data-state="running"]')
    assert "elsewhere" not in wall.content()


def test_a_lost_connection_is_said_and_taken_up_again(wall, server):
    """The banner goes when the stream is back, and the wall is asked for anew."""
    asked = server.asked.count("/api/wall")
    server.drop_events()
    wall.wait_for_selector(".banner.bad")
    wall.wait_for_selector(".banner.bad", state="detached")
    assert server.asked.count("/api/wall") > asked


def test_a_page_of_a_server_that_was_started_anew_says_what_to_do(wall, server):
    """Its cookie is worth nothing there; with the new link it goes on by itself."""
    cookies = wall.context.cookies()
    wall.context.clear_cookies()
    server.drop_events()
    wall.wait_for_selector("text=The gallery was started anew", timeout=30_000)
    assert wall.locator("text=Connection lost").count() == 0
    wall.context.add_cookies(cookies)
    wall.wait_for_selector(".banner.bad", state="detached", timeout=30_000)


@pytest.mark.parametrize("count", [0, 1])
def test_a_wall_of_hardly_anything_is_no_empty_page(visit, count):
    """Nothing yet: the page says what to write."""
    rows = [make_row("only")][:count]
    with GalleryServer(make_wall(rows)) as server:
        page = visit(server.url)
        if count:
            page.wait_for_selector(".card")
        else:
            page.get_by_text("No assets yet").wait_for()
        assert page.locator(".card >> visible=true").count() == count


def test_of_ten_thousand_assets_only_those_in_view_exist(visit):
    """Rows come and go while the wall scrolls; its length is known at once."""
    with GalleryServer(make_wall([])) as server:
        rows = [
            make_row(f"tiles/t{at:05}", tags=[f"set{at % 7}"]) for at in range(10_000)
        ]
        server.wall = make_wall(rows, edges=[[at, at + 1] for at in range(0, 9_000, 3)])
        page = visit(server.url, viewport={"width": 1440, "height": 900})
        page.wait_for_selector(".card")
        assert page.locator(".card").count() < 100
        height = page.evaluate("document.querySelector('.grid-space').offsetHeight")
        page.evaluate("document.querySelector('.grid-scroller').scrollTop = 1e7")
        page.wait_for_selector("text=t09999")
        assert page.locator(".card").count() < 120
        assert (
            page.evaluate("document.querySelector('.grid-space').offsetHeight")
            == height
        )
        page.keyboard.press("/")
        page.keyboard.type("t05000")
        page.wait_for_selector("text=1 of 10,000")
        page.evaluate("location.hash = '#/graph'")
        page.wait_for_selector(".node")
        assert page.locator(".node").count() <= 300


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_theme_follows_the_system_until_it_is_chosen(visit, server, scheme):
    """The choice is kept, and wins over the system's."""
    page = visit(server.url, color_scheme=scheme)
    page.wait_for_selector(".card")
    ground = "getComputedStyle(document.body).backgroundColor"
    first = page.evaluate(ground)
    page.get_by_role("button", name="View").click()
    other = "Dark" if scheme == "light" else "Light"
    page.get_by_role("radiogroup", name="Theme").get_by_text(other).click()
    assert page.evaluate(ground) != first
    page.reload()
    page.wait_for_selector(".card")
    assert page.evaluate(ground) != first
