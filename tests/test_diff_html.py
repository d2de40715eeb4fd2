"""Reports in a browser, from disk: opened, searched, filtered, stepped through, compared."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest
from outside import chromium
from reportfiles import rows_of
from shops import Shop

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

HOSTILE = "<img src=x onerror=window.hit=1></script><script>window.hit=1</script>"
SPEC = """\
version: 1
project: Lantern Bay
provider: placeholder
targets: {site: {dir: site}}
assets:
  cat:
    prompt: A cat
    n: 2
    size: 480x320
    tags: [animals]
    alt: '{hostile}'
    outputs: [cat.png]
  hat:
    prompt: A red hat {hostile}
    size: 320x320
    outputs: [hat.png]
  icons/pixel:
    prompt: A lantern
    size: 512x512
    process: [{pixelate: {grid: 16}}]
    outputs: [pixel.png]
  same:
    prompt: A stone
    size: 64x64
    outputs: [same.png]
"""
EDITS = (
    ("A cat", "A sleepy cat"),
    ("A red hat", "A green hat"),
    ("grid: 16", "grid: 24"),
)
LOADED = (
    "() => [...document.images].filter(i => i.offsetParent && i.src).length >= %d &&"
    " [...document.images].filter(i => i.offsetParent && i.src)"
    ".every(i => i.naturalWidth > 0)"
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One browser for all tests of this file."""
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def shop(tmp_path_factory) -> Shop:
    """A project of which three assets changed since the last commit."""
    shop = Shop(tmp_path_factory.mktemp("bay"))
    spec = shop.root / "assets.yaml"
    text = SPEC.replace("{hostile}", HOSTILE)
    spec.write_text(text)
    shop.git("init", "-q", "-b", "main")
    (shop.root / ".gitignore").write_text(".assetgen/\n")
    shop.build()
    shop.git("add", "-A")
    shop.git("commit", "-qm", "x")
    for old, new in EDITS:
        text = text.replace(old, new)
    spec.write_text(text)
    shop.build()
    return shop


@pytest.fixture(scope="module")
def difference(shop, tmp_path_factory) -> Path:
    """The html form of what differs from main."""
    folder = tmp_path_factory.mktemp("out") / "diff"
    said = shop.run("diff", "main", "--format", "html", "-o", str(folder))
    assert said.code == 0, said.err
    return folder


@pytest.fixture
def visit(browser: Browser) -> Iterator[Callable[..., Page]]:
    """Open a report; whatever the page or its policy complains of fails the test."""
    contexts = []
    complaints: list[str] = []

    def visit(folder: Path, route: str = "", **options: object) -> Page:
        size = options or {"viewport": {"width": 1440, "height": 900}}
        context = browser.new_context(**size)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(15_000)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda said: complaints.append(f"{said.type}: {said.text}"))
        page.on(
            "request",
            lambda sent: (
                None
                if sent.url.startswith(("file:", "data:"))
                else complaints.append(sent.url)
            ),
        )
        page.goto(f"{(folder / 'index.html').as_uri()}{route}")
        return page

    yield visit
    for context in contexts:
        context.close()
    assert complaints == []


def test_a_report_opens_from_disk_with_its_pictures(visit, shop, tmp_path):
    """All of the project; search and filters as in the gallery."""
    said = shop.run("report", "-o", str(tmp_path / "r"), "--base", "main")
    assert said.code == 0, said.err
    page = visit(tmp_path / "r")
    page.wait_for_function(LOADED % 4)
    assert page.locator(".card:visible").count() == 4
    assert page.title() == "Wall · Lantern Bay"
    page.keyboard.press("/")
    page.keyboard.type("animals")
    page.get_by_text("1 of 4").wait_for()
    page.get_by_role("button", name="Clear filters").click()
    page.get_by_role("checkbox", name="changed").check()
    page.get_by_text("3 of 4").wait_for()
    for name in ("Build", "Re-roll"):
        assert page.get_by_role("button", name=name).count() == 0


def test_three_changes_are_stepped_through_by_keyboard(visit, difference):
    """From the wall: review, one asset after another, and what changed in its words."""
    page = visit(difference)
    page.wait_for_function(LOADED % 3)
    assert page.locator(".card:visible").count() == 3
    page.keyboard.press("g")
    page.keyboard.press("r")
    for number, name in enumerate(("cat", "hat", "pixel"), 1):
        page.get_by_text(f"{number} of 3").wait_for()
        page.get_by_role("heading", name=name).wait_for()
        page.keyboard.press("j")
    page.keyboard.press("k")
    page.get_by_text("2 of 3").wait_for()
    page.keyboard.press("o")
    page.locator("ins", has_text="green").wait_for()
    assert page.locator("del", has_text="red").count() == 1
    assert page.get_by_text("Since main").count() == 1


def test_comparisons_are_stepped_through_in_every_way_by_keyboard(visit, difference):
    """Keys 1 to 5 choose the way, j and k the asset; both pictures are there."""
    names = list(rows_of(difference))
    ids = {name: row["id"] for name, row in rows_of(difference).items()}
    page = visit(difference, f"#/compare/{ids['cat']}")
    ways = ("side", "slider", "onion", "flicker", "difference")
    for name in names:
        page.wait_for_url(re.compile(f"#/compare/{ids[name]}$"))
        page.get_by_role("heading", name=name.rpartition("/")[2]).wait_for()
        page.wait_for_function(LOADED % 2)
        for key, way in enumerate(ways, 1):
            page.keyboard.press(str(key))
            page.locator(f".compare-area[data-mode={way}]").wait_for()
        page.keyboard.press("1")
        page.keyboard.press("j")
    assert page.get_by_label("A", exact=True).input_value() == "before"
    page.keyboard.press("k")
    page.wait_for_url(re.compile(f"#/compare/{ids[names[-2]]}$"))
    page.get_by_text(re.compile("of the pixels differ")).wait_for()


def test_a_difference_can_be_read_on_a_phone(visit, difference):
    """Nothing is wider than the screen."""
    row = rows_of(difference)["hat"]
    for route in ("", f"#/asset/{row['id']}", f"#/compare/{row['id']}", "#/review"):
        page = visit(difference, route, viewport={"width": 390, "height": 844})
        page.wait_for_function(LOADED % 1)
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= 390


def test_hostile_texts_do_nothing(visit, difference):
    """Prompts and alternative texts are text on every page."""
    row = rows_of(difference)["hat"]
    page = visit(difference)
    for route in ("#/", f"#/asset/{row['id']}", f"#/compare/{row['id']}", "#/review"):
        page.evaluate(f"location.hash = {json.dumps(route)}")
        page.wait_for_function(LOADED % 1)
    page.evaluate(f"location.hash = '#/asset/{row['id']}'")
    page.locator(".prompt", has_text="onerror").wait_for()
    assert page.evaluate("window.hit") is None
    assert page.locator("img[src=x]").count() == 0


@pytest.mark.parametrize(
    "route",
    [
        "#/asset/../../../etc/passwd",
        "#/asset/constructor",
        "#/compare/__proto__",
        "#/asset/0000000000000000",
        "#/%3Cimg src=x onerror=window.hit=1%3E",
    ],
)
def test_an_address_that_somebody_made_up_does_nothing(visit, difference, route):
    """The page says that it has no such asset, or shows the wall."""
    page = visit(difference, route)
    page.locator("main h2, main .card").first.wait_for()
    assert page.evaluate("window.hit") is None
    assert "passwd" not in page.locator("main").inner_text()


def test_a_report_whose_parts_are_missing_says_so(browser, difference, tmp_path):
    """The wall still opens; the asset's page names the file."""
    folder = tmp_path / "copy"
    folder.mkdir()
    for name in ("index.html", "app.js", "app.css"):
        (folder / name).write_bytes((difference / name).read_bytes())
    context = browser.new_context()
    page = context.new_page()
    page.goto(
        f"{(folder / 'index.html').as_uri()}#/asset/{rows_of(folder)['hat']['id']}"
    )
    page.get_by_text("data/0.js is missing or damaged").wait_for()
    assert page.locator(".picture img").count() == 0
    context.close()


def test_a_tampered_path_leads_nowhere(browser, difference, tmp_path):
    """Pictures are only ever looked for in the report's own two folders."""
    text = (difference / "index.html").read_text()
    evil = re.sub(r'"thumbs/[\w.-]+"|"pictures/[\w.-]+"', '"file:///etc/passwd"', text)
    assert evil != text
    (tmp_path / "index.html").write_text(evil)
    for name in ("app.js", "app.css"):
        (tmp_path / name).write_bytes((difference / name).read_bytes())
    context = browser.new_context()
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda sent: asked.append(sent.url))
    page.goto((tmp_path / "index.html").as_uri())
    page.locator(".card:visible").nth(2).wait_for()
    assert not [url for url in asked if "passwd" in url]
    context.close()
