"""The website's example in a browser: what a visitor's machine fetches and shows."""

from __future__ import annotations

import io
import re

import pytest
from outside import chromium
from PIL import Image
from shipped import EXAMPLES, shared_example
from sites import served

pytest.importorskip("vtracer", reason="the extra `svg` is not installed")

OBSERVE = """
globalThis.shift = 0;
globalThis.add = (found) => { for (const each of found) shift += each.value; };
globalThis.observer = new PerformanceObserver((list) => add(list.getEntries()));
observer.observe({ type: "layout-shift", buffered: true });
"""
SHIFTS = "() => { add(observer.takeRecords()); return shift; }"
PAINTED = "() => new Promise((done) => "
PAINTED += "requestAnimationFrame(() => requestAnimationFrame(done)))"
LOADED = "() => [...document.images].every((img) => img.src && img.complete)"


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """Return the folder that a host would serve."""
    return shared_example("website", tmp_path_factory) / "public"


@pytest.fixture(scope="module")
def address(site):
    """Return where it is served."""
    with served(site) as url:
        yield url


@pytest.fixture(scope="module")
def browser():
    """Return a browser."""
    with chromium() as running:
        yield running


@pytest.fixture
def page_of(browser):
    """Return what opens a page of a width and density; all are closed."""
    contexts = []

    def open_page(width: int, density: float = 1):
        contexts.append(
            browser.new_context(
                viewport={"width": width, "height": 900}, device_scale_factor=density
            )
        )
        return contexts[-1].new_page()

    yield open_page
    for each in contexts:
        each.close()


def load(page, url: str) -> None:
    """Load a page and all its pictures, those below the fold too."""
    page.goto(url)
    page.evaluate("() => scrollTo(0, document.body.scrollHeight)")
    page.wait_for_function(LOADED)


@pytest.mark.parametrize(
    ("width", "density", "wanted"),
    [(400, 1, 480), (800, 1, 960), (1440, 1, 1440), (400, 2, 960), (800, 2, 1440)],
)
def test_the_smallest_file_that_is_sharp_is_fetched(
    page_of, address, width, density, wanted
):
    """One file of the hero, in the best format: the width that the screen needs."""
    page = page_of(width, density)
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    load(page, address)
    heroes = [url for url in asked if "/hero-" in url]
    assert heroes == [f"{address}/img/hero-{wanted}.avif"]
    logos = [url for url in asked if "/logo" in url]
    assert logos == [f"{address}/img/logo{'@2x' if density == 2 else ''}.png"]


def test_all_pictures_load(page_of, address, site):
    """Decoded, and in the sizes that the page keeps room for."""
    page = page_of(800)
    refused = []
    page.on("response", lambda r: r.ok or refused.append(r.url))
    page.on("requestfailed", lambda request: refused.append(request.url))
    load(page, address)
    pictures = page.evaluate(
        "() => [...document.images].map((img) => [img.currentSrc, img.naturalWidth,"
        " img.naturalWidth / img.naturalHeight - img.width / img.height])"
    )
    assert len(pictures) == 6
    for source, width, distortion in pictures:
        assert width > 0, source
        assert distortion == pytest.approx(0, abs=0.01), source
    assert not refused
    signs = [path.name for path in (site / "img").glob("sign.*.webp")]
    assert [url.rpartition("/")[2] for url, *_ in pictures if "/sign" in url] == signs


def shift(page, url: str) -> float:
    """Return how much a page moves when its pictures come after the first paint."""
    held, late = [], []

    def hold(route) -> None:
        if late:
            route.continue_()
        else:
            held.append(route)

    page.route(re.compile(r"/img/.*\.(avif|webp|png|jpg|svg)$"), hold)
    page.add_init_script(OBSERVE)
    page.goto(url, wait_until="domcontentloaded")
    page.evaluate(PAINTED)
    assert held, "no picture was asked for before the first paint"
    late.append(True)
    for each in held:
        each.continue_()
    page.wait_for_function(LOADED.replace("every", "slice(0, 2).every"))
    page.evaluate(PAINTED)
    return page.evaluate(SHIFTS)


def test_nothing_moves_when_pictures_come_late(page_of, address, site):
    """The sizes in the snippet keep room; without them the same page moves."""
    assert shift(page_of(800), address) == 0
    text = (site / "index.html").read_text()
    (site / "bare.html").write_text(re.sub(r' (width|height)="[0-9]+"', "", text))
    assert shift(page_of(800), f"{address}/bare.html") > 0.1


def test_the_page_holds_what_the_snippets_say(site):
    """Every line of them, with the folder before each path."""
    lines = (site / "img/snippets.html").read_text().splitlines()
    wanted = [line for line in lines if line.startswith(("<link", "<meta", "<pict"))]
    page = (site / "index.html").read_text().splitlines()
    assert len(wanted) == 16
    for line in wanted:
        held = re.sub(r'((?:src|href)="|content="(?=og))', r"\1img/", line)
        held = re.sub(
            r'srcset="([^"]+)"',
            lambda m: 'srcset="img/' + m.group(1).replace(", ", ", img/") + '"',
            held,
        )
        assert held in page


def test_icons_and_manifest_are_what_their_links_say(page_of, address):
    """Each link is answered with its type; a browser decodes the icon in its size."""
    page = page_of(800)
    load(page, address)
    links = page.evaluate(
        "() => [...document.querySelectorAll('link[rel*=icon], link[rel=manifest]')]"
        ".map((link) => [link.href, link.type, link.getAttribute('sizes')])"
    )
    assert len(links) == 7
    for href, kind, sizes in links:
        answer = page.request.get(href)
        assert answer.ok, href
        if kind:
            assert answer.headers["content-type"] == kind
        if href.endswith(".webmanifest"):
            continue
        width = page.evaluate(
            "async (url) => { const img = new Image(); img.src = url;"
            " await img.decode(); return img.naturalWidth; }",
            href,
        )
        assert f"{width}x{width}" == sizes or sizes in ("any", None), href


def test_the_app_can_be_installed_as_far_as_its_manifest_goes(page_of, address):
    """Chromium reads it without an error; every icon has the size that it says."""
    page = page_of(800)
    load(page, address)
    session = page.context.new_cdp_session(page)
    told = session.send("Page.getAppManifest")
    assert told["url"] == f"{address}/img/manifest.webmanifest"
    assert told["errors"] == []
    manifest = page.request.get(told["url"]).json()
    purposes = set()
    for icon in manifest["icons"]:
        answer = page.request.get(f"{address}/img/{icon['src']}")
        with Image.open(io.BytesIO(answer.body())) as picture:
            assert f"{picture.width}x{picture.height}" == icon["sizes"]
            assert Image.MIME[picture.format] == icon["type"]
        purposes.add((icon["sizes"], icon["purpose"]))
    assert {(s, p) for s in ("192x192", "512x512") for p in ("any", "maskable")} == (
        purposes
    )


def test_the_favicon_for_old_browsers_shows_the_logo(page_of, address):
    """What the browser makes of the .ico and of the .svg is the picture of the logo."""
    page = page_of(200)
    page.goto(f"{address}/site.css")  # any page of the site without pictures
    page.set_content(
        "<body style='margin:0;background:#888'>"
        f"<img src='{address}/img/favicon.ico' width=64 height=64>"
        f"<img src='{address}/img/favicon.svg' width=64 height=64>"
    )
    page.wait_for_function(LOADED)
    clip = {"x": 0, "y": 0, "width": 128, "height": 64}
    taken = Image.open(io.BytesIO(page.screenshot(clip=clip))).convert("RGB")
    with Image.open(EXAMPLES / "website/art/logo.png") as logo:
        small = logo.convert("RGBA").resize((64, 64), Image.Resampling.LANCZOS)
    wanted = Image.new("RGB", (64, 64), "#888")
    wanted.paste(small, (0, 0), small)
    for left in (0, 64):
        shown = taken.crop((left, 0, left + 64, 64))
        assert mean_difference(shown, wanted) < 6
        assert mean_difference(shown, wanted.rotate(180)) > 12


def mean_difference(one: Image.Image, other: Image.Image) -> float:
    """Return how far two pictures are apart: mean of channels, 0 to 255."""
    pairs = zip(one.tobytes(), other.tobytes(), strict=True)
    return sum(abs(a - b) for a, b in pairs) / len(one.tobytes())
