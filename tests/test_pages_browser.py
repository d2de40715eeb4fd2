"""The pages in a browser: what people see, and what comes of their keys and clicks."""

from __future__ import annotations

import base64
import io
import json
from typing import TYPE_CHECKING

import pytest
from galleryserver import GalleryServer, asset_id, make_row, make_wall
from lanternbay import lantern_bay, sketch
from outside import chromium
from PIL import Image
from sessions import eventually

from assetgen.pages.joining import FOLDER, joined_script, static_index

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

KEEPER = asset_id("characters/keeper")
HARBOUR = asset_id("backgrounds/harbour-at-dusk")
EVIL = '<img src=x onerror="window.hit=1"><script>window.hit=1</script>${7*7}\u202e'


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One browser for all tests of this file."""
    with chromium() as browser:
        yield browser


@pytest.fixture
def server() -> Iterator[GalleryServer]:
    """A server with a small game's wall."""
    with GalleryServer(make_wall([])) as server:
        lantern_bay(server)
        yield server


@pytest.fixture
def visit(browser: Browser) -> Iterator[Callable[..., Page]]:
    """Open a page in a profile of its own; what the page complains of fails the test."""
    contexts = []
    complaints: list[str] = []

    def visit(url: str, **options: object) -> Page:
        context = browser.new_context(**options)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(10_000)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on(
            "console",
            lambda said: (
                complaints.append(said.text)
                if "Security Policy" in said.text or "Trusted" in said.text
                else None
            ),
        )
        page.goto(url)
        return page

    yield visit
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.fixture
def wall(visit, server) -> Page:
    """The wall of the small game."""
    page = visit(server.url, viewport={"width": 1440, "height": 900})
    page.wait_for_selector(".card")
    return page


def _open(page: Page, server: GalleryServer, route: str, ready: str) -> None:
    page.goto(f"{server.origin}/#/{route}")
    page.wait_for_selector(ready)


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


def test_pick_asks_for_the_draw_that_is_shown(wall, server):
    """Looking at a draw changes nothing; picking it does."""
    _open(wall, server, f"asset/{KEEPER}", ".draw")
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
    _open(page, server, f"asset/{KEEPER}", ".draw")
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
    _open(wall, server, f"asset/{KEEPER}", ".draw")
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
    _open(wall, server, f"asset/{KEEPER}", ".draw")
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
    _open(wall, server, f"asset/{KEEPER}", ".draw")
    assert wall.locator('.draw[aria-pressed="true"]').count() == 1
    assert wall.locator(".draw .picked").count() == 1
    wall.get_by_role("button", name="Earlier draw 2").click()
    assert wall.locator('.draw[aria-pressed="true"]').count() == 1
    wall.get_by_text("earlier draw 2").wait_for()
    assert wall.get_by_role("button", name="Earlier draw", exact=True).is_disabled()
    wall.keyboard.press("p")
    wall.keyboard.press("2")
    wall.get_by_role("button", name="Pick draw 2").wait_for()
    assert server.posts == []
    _open(wall, server, "review", ".review .draw")
    assert wall.get_by_role("button", name="Earlier draw").count() == 0


def test_a_reroll_whose_price_rose_is_asked_again(wall, server):
    """The server refuses what is dearer than confirmed; the page asks, never insists."""
    error = {"code": "price", "message": "the price is $0.19 now"}
    server.answers["reroll"] = lambda _: (409, {"error": error})
    _open(wall, server, f"asset/{KEEPER}", ".draw")
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
    _open(wall, server, f"asset/{KEEPER}", ".draw")
    wall.get_by_role("button", name="Freeze").click()
    wall.get_by_role("dialog").get_by_text("frozen: true").wait_for()
    assert "made by a matrix" in wall.get_by_role("dialog").inner_text()


def test_the_ways_of_comparing_are_reached_by_the_keys_1_to_5(wall, server):
    """Each key has its way, and its controls."""
    _open(wall, server, f"compare/{KEEPER}/2/1", ".compare-area")
    area = wall.locator(".compare-area")
    for key, mode in enumerate(("side", "slider", "onion", "flicker", "difference")):
        wall.keyboard.press(str(key + 1))
        assert area.get_attribute("data-mode") == mode
    assert "B over A" not in wall.content()
    assert wall.get_by_label("Amplify").is_visible()


def test_zoom_and_pan_move_both_pictures_in_step(wall, server):
    """What is looked at in one is looked at in the other; above 1:1 pixels are square."""
    _open(wall, server, f"compare/{KEEPER}/2/1", ".compare-area img")
    wall.keyboard.press("1")
    box = wall.locator(".compare-area").bounding_box()
    wall.mouse.move(box["x"] + box["width"] * 0.75, box["y"] + 200)
    for _ in range(8):
        wall.mouse.wheel(0, -400)
    wall.mouse.down()
    wall.mouse.move(box["x"] + box["width"] * 0.75 + 60, box["y"] + 240, steps=3)
    wall.mouse.up()
    planes = wall.evaluate(
        "[...document.querySelectorAll('.plane')].map(p => [p.style.transform, p.style.width, getComputedStyle(p.querySelector('img')).imageRendering])"
    )
    assert planes[0] == planes[1]
    assert planes[0][2] == "pixelated"
    assert float(wall.locator(".zoom-text").inner_text().split()[0]) > 100


def test_the_difference_of_equal_pictures_is_black(visit, server):
    """And of others it is not: the browser itself subtracts them."""
    page = visit(server.url, viewport={"width": 900, "height": 700})
    page.wait_for_selector(".card")

    def brightest(route: str) -> int:
        _open(page, server, route, ".compare-area img")
        page.keyboard.press("5")
        page.wait_for_function(
            "() => [...document.querySelectorAll('.plane img')].every(i => i.complete)"
        )
        shot = page.locator(".compare-area").screenshot()
        with Image.open(io.BytesIO(shot)) as image:
            inner = image.convert("L").crop((8, 8, image.width - 8, image.height - 8))
            return inner.getextrema()[1]

    assert brightest(f"compare/{KEEPER}/1/1") == 0
    assert brightest(f"compare/{KEEPER}/2/1") > 60


def test_flicker_starts_by_itself_only_where_motion_is_welcome(visit, server):
    """Who asked for less motion gets a button instead."""
    for motion, pressed in (("no-preference", "true"), ("reduce", "false")):
        page = visit(server.url, reduced_motion=motion)
        page.wait_for_selector(".card")
        _open(page, server, f"compare/{KEEPER}/2/1", ".compare-area")
        page.keyboard.press("4")
        button = page.locator(".flicker button").first
        assert button.get_attribute("aria-pressed") == pressed


def test_review_accepts_the_draw_that_is_shown_and_goes_on(wall, server):
    """a picks what is looked at, if it is not the pick already; j and k only walk."""
    _open(wall, server, "review", ".review .draw")
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


def _saved_mask(server: GalleryServer) -> Image.Image:
    (path, body), *more = server.posts
    assert (path, more) == ("/api/masks", [])
    return Image.open(io.BytesIO(base64.b64decode(body["png"])))


def test_a_painted_mask_is_transparent_where_it_was_painted_and_nowhere_else(
    wall, server
):
    """Alpha is 0 where the picture may change and 255 elsewhere, at the input's size."""
    yaml = "mask: masks/backgrounds-harbour-at-dusk.png"
    server.answers["masks"] = lambda body: (200, {"path": body["path"], "yaml": yaml})
    _open(wall, server, f"mask/{HARBOUR}", ".mask-area canvas")
    wall.keyboard.press("r")
    box = wall.locator(".mask-area canvas").bounding_box()

    def at(x: float, y: float) -> tuple[float, float]:
        return box["x"] + box["width"] * x, box["y"] + box["height"] * y

    wall.mouse.move(*at(0.25, 0.25))
    wall.mouse.down()
    wall.mouse.move(*at(0.5, 0.5), steps=4)
    wall.mouse.up()
    wall.keyboard.press("b")
    wall.mouse.click(*at(0.75, 0.75))
    wall.mouse.click(*at(0.1, 0.9))
    wall.keyboard.press("Control+z")
    wall.keyboard.press("e")
    wall.mouse.click(*at(0.375, 0.375))
    wall.get_by_role("button", name="Save the mask").click()
    wall.get_by_role("dialog").get_by_text(yaml).wait_for()
    with _saved_mask(server) as mask:
        assert mask.size == (1536, 1024)
        alpha = mask.getchannel("A")
        assert {value for _, value in alpha.getcolors()} == {0, 255}
        expected = {
            (0.3, 0.3): 0,  # in the rectangle
            (0.48, 0.48): 0,
            (0.375, 0.375): 255,  # erased again
            (0.2, 0.2): 255,
            (0.55, 0.55): 255,
            (0.75, 0.75): 0,  # a dot of the brush
            (0.1, 0.9): 255,  # taken back
        }
        for (x, y), value in expected.items():
            assert alpha.getpixel((int(1536 * x), int(1024 * y))) == value, (x, y)


def test_invert_turns_the_mask_around_and_a_mask_of_everything_is_not_saved(
    wall, server
):
    """An empty or full mask would be an error before anything is drawn."""
    server.answers["masks"] = lambda body: (200, {"path": body["path"], "yaml": "m"})
    _open(wall, server, f"mask/{HARBOUR}", ".mask-area canvas")
    save = wall.get_by_role("button", name="Save the mask")
    assert save.is_disabled()
    wall.keyboard.press("i")
    assert save.is_disabled()
    wall.keyboard.press(" ")  # the brush at the cross, in the middle, onto a full mask
    assert save.is_disabled()
    wall.keyboard.press("e")
    wall.keyboard.press(" ")
    save.click()
    wall.get_by_role("dialog").wait_for()
    with _saved_mask(server) as mask:
        alpha = mask.getchannel("A")
        assert alpha.getpixel((768, 512)) == 255
        assert alpha.getpixel((10, 10)) == 0


def test_a_mask_that_the_disk_refuses_is_an_error_and_no_question(wall, server):
    """There is nothing to overwrite; the painting stays, to be saved again."""
    error = {"code": "disk", "message": "cannot write masks/x.png", "hint": "free some"}
    server.answers["masks"] = lambda _: (507, {"error": error})
    _open(wall, server, f"mask/{HARBOUR}", ".mask-area canvas")
    wall.keyboard.press(" ")
    save = wall.get_by_role("button", name="Save the mask")
    save.click()
    wall.get_by_text("cannot write masks/x.png").wait_for()
    assert wall.get_by_role("dialog").count() == 0
    assert save.is_enabled()


def test_a_mask_is_painted_by_touch(visit, server):
    """A finger paints like a mouse."""
    server.answers["masks"] = lambda body: (200, {"path": body["path"], "yaml": "m"})
    page = visit(server.url, viewport={"width": 390, "height": 844}, has_touch=True)
    page.wait_for_selector(".card")
    _open(page, server, f"mask/{HARBOUR}", ".mask-area canvas")
    box = page.locator(".mask-area canvas").bounding_box()
    page.touchscreen.tap(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.get_by_role("button", name="Save the mask").click()
    page.get_by_role("dialog").wait_for()
    with _saved_mask(server) as mask:
        assert mask.getchannel("A").getpixel((768, 512)) == 0


def test_the_graph_draws_needs_before_what_needs_them(wall, server):
    """Every line goes to the right, and a node opens its asset."""
    _open(wall, server, "graph", ".node")
    spots = wall.evaluate(
        "Object.fromEntries([...document.querySelectorAll('.node')].map(n => [n.dataset.id, n.getBoundingClientRect().x]))"
    )
    rows = server.wall["assets"]
    for parent, child in server.wall["edges"]:
        assert spots[rows[parent]["id"]] < spots[rows[child]["id"]]
    wall.locator(f'.node[data-id="{KEEPER}"]').click()
    wall.wait_for_selector(".asset")


def test_problems_show_their_lines_with_a_mark(wall):
    """The code frame is the spec's own text; the banner leads there."""
    wall.get_by_role("link", name="Show them").click()
    wall.wait_for_selector(".problem")
    assert wall.locator(".frame-line").count() == 3
    assert wall.locator(".frame mark").inner_text() == "bloody knife"
    assert wall.get_by_role("link", name="Show them").count() == 0  # they are shown


def _evil_server() -> GalleryServer:
    server = GalleryServer(make_wall([]))
    lantern_bay(server)
    text = json.dumps(server.wall).replace("characters/keeper", "NAME")
    server.wall = json.loads(text)
    for row in server.wall["assets"]:
        for field in ("name", "description", "reason", "error", "alt", "model"):
            row[field] = EVIL
        row["tags"] = [EVIL]
    server.wall["project"] = EVIL
    for each in server.wall["diagnostics"]:
        each.update(message=EVIL, hint=EVIL, code=EVIL, file=EVIL)
        each["frame"] = [{"number": 1, "text": EVIL, "mark": [0, 9]}]
    for identity, page in server.pages.items():
        page["row"] = next(r for r in server.wall["assets"] if r["id"] == identity)
        page["prompt"]["text"] = EVIL
        page["prompt"]["pieces"] = [
            {"text": EVIL, "variable": {"name": EVIL, "from": EVIL}}
        ]
        page["files"][0].update(path=EVIL, target=EVIL, pic=f"../{EVIL}")
        page["history"] = [{"at": EVIL, "what": EVIL, "cost_usd": 1}]
        words = [["new", EVIL], [EVIL, EVIL]]
        place = {"file": EVIL, "line": 1}
        page["changes"]["since_build"] = [
            {"field": EVIL, "place": place, "words": words}
        ]
        page["inputs"] = [{"label": EVIL, "id": None, "pic": EVIL}]
    return server


ROUTES = [
    "", f"asset/{KEEPER}", f"compare/{KEEPER}/1/2", "review", "graph", "problems",
    f"mask/{KEEPER}", f"asset/{EVIL}", f"{EVIL}",
]  # fmt: skip


def test_names_and_prompts_are_text_on_every_page(visit):
    """Markup in any field is shown as it was written, and runs nowhere."""
    with _evil_server() as server:
        page = visit(server.url)
        page.wait_for_selector(".card")
        for route in ROUTES:
            page.evaluate("route => { location.hash = '#/' + route }", route)
            page.wait_for_selector("main > *")
            page.evaluate(
                "() => new Promise(r => requestAnimationFrame(() => requestAnimationFrame(r)))"
            )
            assert page.evaluate("window.hit") is None
            assert page.locator("main script, main img[onerror]").count() == 0
        page.evaluate("id => { location.hash = '#/asset/' + id }", KEEPER)
        page.wait_for_selector(".prompt")
        assert EVIL in page.locator(".prompt").inner_text()


@pytest.mark.parametrize(
    "route",
    [
        "",
        f"asset/{KEEPER}",
        f"compare/{KEEPER}/1/2",
        "review",
        "graph",
        "problems",
        f"mask/{KEEPER}",
    ],
)
def test_nothing_is_wider_than_a_phone(visit, server, route):
    """At 390 px no page scrolls sideways."""
    page = visit(server.url, viewport={"width": 390, "height": 844})
    page.wait_for_selector(".card")
    _open(page, server, route, "main > *")
    page.wait_for_function("() => !document.querySelector('.loading')")
    widest = page.evaluate(
        "Math.max(document.documentElement.scrollWidth, document.querySelector('main').scrollWidth)"
    )
    assert widest <= 390


def test_filters_open_as_a_sheet_on_a_phone(visit, server):
    """The same check boxes, and the wall behind them follows."""
    page = visit(server.url, viewport={"width": 390, "height": 844})
    page.wait_for_selector(".card")
    page.get_by_role("button", name="Filters").click()
    page.get_by_role("dialog").get_by_label("failed", exact=False).check()
    page.get_by_role("button", name="Done").click()
    page.wait_for_selector("text=1 of 12")


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


def _write_report(folder: Path, wall: dict, pages: dict, pictures: dict) -> Path:
    (folder / "pictures").mkdir()
    for pic, data in pictures.items():
        (folder / "pictures" / f"{pic}.png").write_bytes(data)
    files = {pic: f"pictures/{pic}.png" for pic in pictures}
    data = {"wall": wall, "assets": pages, "pictures": files, "thumbs": {}}
    (folder / "index.html").write_text(static_index(data, "Report"))
    (folder / "app.js").write_text(joined_script())
    (folder / "app.css").write_text((FOLDER / "app.css").read_text())
    return folder / "index.html"


def test_a_report_opens_from_disk_and_compares_before_and_after(visit, tmp_path):
    """From file:// with a strict policy: data block, pictures, every page but the live ones."""
    server = GalleryServer(make_wall([]))
    lantern_bay(server)
    server.server.server_close()
    base = {"rev": "origin/main", "commit": "0" * 40}
    wall = server.wall | {"live": False, "base": base}
    wall["assets"][8]["change"] = "redrawn"
    page = server.pages[KEEPER]
    before, after = (
        {"pic": draw["pic"], "width": 1024, "height": 1536, "bytes": 1, "label": "x"}
        for draw in page["draws"][:2]
    )
    page["compare"] = {
        "before": before, "after": after, "pixels_changed": 0.25,
        "distance": 0.1, "distance_name": "distance",
    }  # fmt: skip
    index = _write_report(tmp_path, wall, server.pages, server.pictures)
    shown = visit(index.as_uri(), viewport={"width": 1200, "height": 800})
    shown.wait_for_selector(".card")
    shown.wait_for_function(
        "() => [...document.images].filter(i => i.src).every(i => i.naturalWidth > 0)"
    )
    assert shown.get_by_role("button", name="Build").count() == 0
    shown.get_by_role("checkbox", name="redrawn").check()
    shown.wait_for_selector("text=1 of 12")
    shown.goto(f"{index.as_uri()}#/compare/{KEEPER}")
    shown.wait_for_selector("text=25.0 % of the pixels differ")
    shown.wait_for_function(
        "() => document.querySelectorAll('.plane img').length === 2"
        " && [...document.querySelectorAll('.plane img')].every(i => i.naturalWidth)"
    )
    assert shown.get_by_label("A", exact=True).input_value() == "before"
    shown.goto(f"{index.as_uri()}#/asset/{KEEPER}")
    shown.wait_for_selector(".prompt")
    assert shown.get_by_role("button", name="Re-roll").count() == 0


def test_a_report_of_hostile_names_runs_nothing(visit, tmp_path):
    """The data block and the pages hold whatever the spec said, as text."""
    server = _evil_server()
    server.server.server_close()
    index = _write_report(tmp_path, server.wall, server.pages, {})
    page = visit(index.as_uri())
    page.wait_for_selector(".card")
    page.goto(f"{index.as_uri()}#/asset/{KEEPER}")
    page.wait_for_selector(".prompt")
    assert page.evaluate("window.hit") is None


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
