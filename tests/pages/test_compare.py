"""Comparing two pictures in a browser, by keys and by hand."""

from __future__ import annotations

import io

from bayvisits import KEEPER, open_page
from PIL import Image


def test_the_ways_of_comparing_are_reached_by_the_keys_1_to_5(wall, server):
    """Each key has its way, and its controls."""
    open_page(wall, server, f"compare/{KEEPER}/2/1", ".compare-area")
    area = wall.locator(".compare-area")
    for key, mode in enumerate(("side", "slider", "onion", "flicker", "difference")):
        wall.keyboard.press(str(key + 1))
        assert area.get_attribute("data-mode") == mode
    assert "B over A" not in wall.content()
    assert wall.get_by_label("Amplify").is_visible()


def test_zoom_and_pan_move_both_pictures_in_step(wall, server):
    """What is looked at in one is looked at in the other; above 1:1 pixels are square."""
    open_page(wall, server, f"compare/{KEEPER}/2/1", ".compare-area img")
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
        open_page(page, server, route, ".compare-area img")
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
        open_page(page, server, f"compare/{KEEPER}/2/1", ".compare-area")
        page.keyboard.press("4")
        button = page.locator(".flicker button").first
        assert button.get_attribute("aria-pressed") == pressed
