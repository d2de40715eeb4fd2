"""The pages and their server together: what a person does lands in the project."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from buildings import options
from counted_shop import Shop
from counting import CountingProvider
from outside import chromium
from PIL import Image

from assetgen import registry
from assetgen.serve.app import Place, serve_in_thread

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

SPEC = """\
version: 1
provider: counting
targets: {site: {dir: img}}
assets:
  cat:
    prompt: A cat
    n: 2
    outputs: [{path: cat.png}]
  hat:
    prompt: A hat
    inputs: [cat]
    outputs: [{path: hat.png}]
"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One browser for all tests of this file."""
    with chromium() as browser:
        yield browser


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shop:
    """A built project whose pictures cost money."""
    provider = CountingProvider()
    monkeypatch.setitem(registry.BUILT_IN, "counting", lambda: provider)
    shop = Shop(tmp_path, provider)
    shop.say(SPEC)
    shop.build()
    return shop


@pytest.fixture
def page(shop: Shop, browser: Browser) -> Iterator[Page]:
    """The wall of that project."""
    served = serve_in_thread(options(shop.root), place=Place(port=0))
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    try:
        page = context.new_page()
        page.set_default_timeout(15_000)
        page.goto(served.url)
        page.wait_for_selector(".card")
        yield page
    finally:
        context.close()
        served.stop()


def _open(page: Page, name: str, route: str = "asset") -> None:
    asked = "() => fetch('/api/wall').then(answer => answer.json())"
    ids = {row["name"]: row["id"] for row in page.evaluate(asked)["assets"]}
    page.evaluate("hash => { location.hash = hash }", f"#/{route}/{ids[name]}")


def test_an_edit_of_the_spec_shows_on_the_wall(page, shop):
    """Saving the file is enough; nothing is drawn by looking."""
    paid = shop.provider.total
    shop.edit("prompt: A hat", "prompt: A red hat")
    page.wait_for_selector('.card[data-state="draw"] >> text=hat')
    shop.edit("prompt: A red hat", "promt: A red hat")
    page.get_by_role("link", name="Show them").click()
    page.wait_for_selector(".frame mark")
    assert "promt" in page.locator(".frame mark").first.inner_text()
    assert shop.provider.total == paid


def test_a_pick_lands_in_the_lock(page, shop):
    """As `assetgen pick` would do it, and the page follows."""
    before = shop.lock()
    _open(page, "cat")
    page.get_by_role("button", name="Draw 2").click()
    page.get_by_role("button", name="Pick draw 2").click()
    page.get_by_role("button", name="Draw 2, picked").wait_for()
    assert shop.lock() != before
    lines = (json.loads(line) for line in shop.lock().splitlines()[1:])
    line = next(line for line in lines if line["asset"] == "cat")
    assert line["pick"] == line["draws"][1]


def test_a_reroll_is_paid_for_once_it_was_confirmed(page, shop):
    """The dialog alone costs nothing; its button draws and picks."""
    paid = shop.provider.total
    _open(page, "cat")
    page.get_by_role("button", name="Re-roll").click()
    confirm = page.get_by_role("dialog").get_by_role("button", name="Re-roll")
    page.get_by_role("dialog").get_by_text("$").first.wait_for()
    assert shop.provider.total == paid
    confirm.click()
    page.get_by_role("button", name="Draw 3, picked").wait_for()
    assert shop.provider.total == paid + 1


def test_a_mask_is_saved_beside_the_spec(page, shop):
    """A PNG as large as the input, transparent where it was painted."""
    _open(page, "hat", "mask")
    page.wait_for_selector(".mask-area canvas")
    page.keyboard.press(" ")
    page.get_by_role("button", name="Save the mask").click()
    page.get_by_role("dialog").get_by_text("mask:").wait_for()
    with Image.open(shop.root / "masks/hat.png") as mask:
        width, height = mask.size
        with Image.open(shop.root / "img/cat.png") as cat:
            assert mask.size == cat.size
        alpha = mask.getchannel("A")
        assert alpha.getpixel((width // 2, height // 2)) == 0
        assert alpha.getpixel((1, 1)) == 255


def test_the_graph_has_what_is_needed_on_the_left(page):
    """The hat needs the cat."""
    page.evaluate("location.hash = '#/graph'")
    page.wait_for_selector(".node")
    spots = page.evaluate(
        "Object.fromEntries([...document.querySelectorAll('.node')].map("
        "n => [n.querySelector('text').textContent, n.getBoundingClientRect().x]))"
    )
    assert spots["cat"] < spots["hat"]
