"""Takes the pictures of `docs/guide/watch-and-gallery.md` from a small project.

The project is built by the placeholder, served as people would serve it, and looked at in
a headless Chromium (Playwright's Python package, and `chromium` on the path).

python scripts/take_screenshots.py            # write docs/guide/gallery/*.webp
python scripts/take_screenshots.py -o DIR     # somewhere else, to look at them
"""

from __future__ import annotations

import argparse
import contextlib
import io
import shutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image
from playwright.sync_api import sync_playwright

from assetgen.cli.main import run
from assetgen.serve.app import Place, serve_in_thread
from assetgen.world import Options

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page, ViewportSize

FOLDER = Path(__file__).parents[1] / "docs/guide/gallery"
DESK: ViewportSize = {"width": 1440, "height": 900}
PHONE: ViewportSize = {"width": 390, "height": 844}
QUALITY = 80

SPEC = """\
version: 1
project: Lantern Bay
provider: placeholder
vars: {style: "gouache, soft light"}
targets:
  game: {dir: game/art, engine: phaser}
assets:
  places/harbour:
    prompt: A blue harbour at dusk with warm lanterns on the quay, ${style}
    description: Where it all begins, seen from the water.
    size: 1536x1024
    n: 3
    tags: [place, night]
    outputs: [{path: harbour.webp, width: 768, densities: [1, 2]}]
  places/lighthouse:
    prompt: A white lighthouse on a green cliff above a blue sea, ${style}
    size: 1536x1024
    n: 2
    tags: [place]
    outputs: [{path: lighthouse.webp, width: 768}]
  places/harbour-storm:
    prompt: The same harbour in a violet storm
    inputs: [places/harbour]
    size: 1536x1024
    tags: [place, night]
    outputs: [{path: storm.webp, width: 768}]
  items/${item}-${tier}:
    matrix: {item: [lantern, rope, anchor, compass], tier: [bronze, gold]}
    prompt: A ${tier} ${item}, icon, ${style}
    size: 1024x1024
    background: transparent
    tags: [item]
    outputs: [{path: "items/${item}-${tier}.png", width: 128}]
  gull/${step}:
    matrix: {step: [1, 2, 3, 4]}
    prompt: A white gull flies to the right, step ${step} of 4, pixel art
    size: 1024x1024
    background: transparent
    tags: [sprite]
    process: [{pixelate: {grid: 32}}]
  gull/sheet:
    sheet: {frames: ["gull/[1-4]"], animations: {fly: ["gull/[1-4]"]}}
    tags: [sprite]
    outputs: [{path: gull.png, data: gull.json}]
"""


@contextlib.contextmanager
def served(root: Path) -> Iterator[str]:
    """Build the project and serve it; the address ends in a token."""
    (root / "assets.yaml").write_text(SPEC)
    with contextlib.chdir(root):
        code = run(["build", "-q"])
    if code:
        raise SystemExit(code)
    # A prompt that was edited after the build: the wall and its asset say so.
    edited = SPEC.replace("A white lighthouse", "A red lighthouse")
    (root / "assets.yaml").write_text(edited)
    running = serve_in_thread(Options(root=root), place=Place(port=0))
    try:
        yield running.url
    finally:
        running.stop()


def write(page: Page, folder: Path, name: str) -> None:
    """Write what the page shows now, once all its pictures are there."""
    page.wait_for_function("() => [...document.images].every(i => i.complete)")
    page.evaluate("() => document.fonts.ready")
    with Image.open(io.BytesIO(page.screenshot(animations="disabled"))) as shot:
        shot.convert("RGB").save(folder / f"{name}.webp", quality=QUALITY, method=6)


def open_wall(browser: Browser, url: str) -> Page:
    """Open the gallery as somebody who does not want things to move."""
    page = browser.new_page(
        viewport=DESK, color_scheme="light", reduced_motion="reduce"
    )
    page.goto(url)
    page.wait_for_selector(".card")
    return page


def paint(page: Page) -> None:
    """Paint a stroke over the sky."""
    box = page.locator(".mask-area canvas").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] * 0.35, box["y"] + box["height"] * 0.25)
    page.mouse.down()
    for x, y in ((0.5, 0.18), (0.62, 0.3)):
        page.mouse.move(
            box["x"] + box["width"] * x, box["y"] + box["height"] * y, steps=12
        )
    page.mouse.up()


def take(browser: Browser, url: str, folder: Path) -> None:
    """Take all pictures, each in the theme and size in which the page shows it."""
    page = open_wall(browser, url)
    base = page.url.split("#")[0]
    asked = "() => fetch('/api/wall').then(answer => answer.json())"
    ids = {row["name"]: row["id"] for row in page.evaluate(asked)["assets"]}
    harbour, storm = ids["places/harbour"], ids["places/harbour-storm"]

    def go(route: str, ready: str) -> None:
        page.goto(f"{base}#/{route}")
        page.wait_for_selector(ready)

    write(page, folder, "wall")
    go(f"asset/{ids['places/lighthouse']}", ".changes")
    write(page, folder, "asset")
    go(f"compare/{harbour}/1/2", ".compare-area img")
    page.keyboard.press("2")
    write(page, folder, "compare")
    page.emulate_media(color_scheme="dark")
    go(f"mask/{storm}", ".mask-area canvas")
    paint(page)
    write(page, folder, "mask")
    go("review", ".review .draw")
    write(page, folder, "review")
    go("graph", ".node")
    write(page, folder, "graph")
    page.set_viewport_size(PHONE)
    go("", ".card")
    write(page, folder, "phone")


def main() -> int:
    """Take the pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-o", "--output", type=Path, default=FOLDER)
    folder: Path = parser.parse_args().output
    folder.mkdir(parents=True, exist_ok=True)
    browser_path = shutil.which("chromium") or shutil.which("google-chrome")
    if browser_path is None:
        print("chromium is not on the path", file=sys.stderr)
        return 1
    with (
        tempfile.TemporaryDirectory() as scratch,
        served(Path(scratch)) as url,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(
            executable_path=browser_path, args=["--no-sandbox", "--disable-gpu"]
        )
        take(browser, url, folder)
        browser.close()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
