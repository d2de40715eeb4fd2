"""Make the pictures in the READMEs of the examples; run by hand, its results are kept.

Each example is built in a copy with the placeholder provider, then what came of it is
put on contact sheets, and its pages are photographed with Chromium.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from PIL import Image

ROOT: Final = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests/support"))

from outside import NODE_MODULES, chromium  # noqa: E402  # found by the line above
from shipped import built_example  # noqa: E402
from sites import served  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Sequence

GROUND: Final = (58, 60, 70)
CHECKS: Final = ((88, 90, 100), (108, 110, 120))
GAP_PX: Final = 16


def main() -> None:
    """Write `docs/*.webp` of both examples."""
    with tempfile.TemporaryDirectory() as scratch:
        website = built_example("website", Path(scratch))
        game = built_example("game", Path(scratch))
        of_website(website / "public", ROOT / "examples/website/docs")
        of_game(game, ROOT / "examples/game/docs")


def of_website(built: Path, docs: Path) -> None:
    """Write a photo of the page, and one of what the logo became."""
    docs.mkdir(exist_ok=True)
    page = photo(built, "index.html", (1200, 1360))
    save(page.resize((720, 816), Image.Resampling.LANCZOS), docs / "page.webp")
    names = ("android-chrome-maskable-192x192.png", "apple-touch-icon.png")
    names += ("logo.png", "favicon-48x48.png", "favicon-32x32.png", "favicon-16x16.png")
    save(row([opened(built / "img" / name) for name in names]), docs / "icons.webp")
    card = opened(built / "img/og.jpg")
    save(card.resize((600, 315), Image.Resampling.LANCZOS), docs / "card.webp")


def of_game(built: Path, docs: Path) -> None:
    """Write the atlas, the scene, the edits, and the icons of the app."""
    docs.mkdir(exist_ok=True)
    atlas = opened(built / "assets/sprites.png")
    save(row([larger(atlas, 4)]), docs / "sprites.webp", lossless=True)
    scene = photo(built, "phaser.html", (320, 180))
    save(larger(scene, 2), docs / "scene.webp", lossless=True)
    heroes = [opened(built / f"assets/hero/{n}.webp") for n in HEROES]
    save(row([thumbnail(each, 200) for each in heroes]), docs / "hero.webp")
    scenes = [opened(built / f"assets/scenes/{n}.webp") for n in SCENES]
    save(row([thumbnail(each, 150) for each in scenes]), docs / "village.webp")
    res = built / "app/android/res/mipmap-xxhdpi"
    icons = [opened(built / "app/ios/AppIcon.appiconset/AppIcon-1024.png")]
    icons += [opened(res / f"ic_launcher{part}.png") for part in LAYERS]
    save(row([thumbnail(each, 128) for each in icons]), docs / "app.webp")


HEROES: Final = ("gardener", "knight", "wounded")
SCENES: Final = ("village", "village-storm", "village-wide")
LAYERS: Final = ("_round", "_foreground", "_monochrome")


def photo(folder: Path, name: str, size: tuple[int, int]) -> Image.Image:
    """Return what a browser shows of a page once all of it is there."""
    mounts = {"/node_modules/": NODE_MODULES}
    with served(folder, mounts) as address, chromium() as browser:
        page = browser.new_page(viewport={"width": size[0], "height": size[1]})
        page.goto(f"{address}/{name}")
        page.wait_for_load_state("networkidle")
        place = folder / "photo.png"
        page.screenshot(path=place)
    return opened(place)


def opened(place: Path) -> Image.Image:
    """Return a picture in RGBA."""
    with Image.open(place) as image:
        return image.convert("RGBA")


def larger(image: Image.Image, factor: int) -> Image.Image:
    """Return a picture with each pixel as a square."""
    size = (image.width * factor, image.height * factor)
    return image.resize(size, Image.Resampling.NEAREST)


def thumbnail(image: Image.Image, height_px: int) -> Image.Image:
    """Return a picture of that height."""
    width = round(image.width * height_px / image.height)
    return image.resize((width, height_px), Image.Resampling.LANCZOS)


def row(pictures: Sequence[Image.Image]) -> Image.Image:
    """Return the pictures beside each other; a chequered ground where they are clear."""
    width = sum(each.width + GAP_PX for each in pictures) + GAP_PX
    height = max(each.height for each in pictures)
    sheet = Image.new("RGB", (width, height + 2 * GAP_PX), GROUND)
    left = GAP_PX
    for each in pictures:
        top = GAP_PX + (height - each.height) // 2
        sheet.paste(chequered(each.size), (left, top))
        sheet.paste(each, (left, top), each)
        left += each.width + GAP_PX
    return sheet


def chequered(size: tuple[int, int]) -> Image.Image:
    """Return the ground that stands for transparency."""
    small = Image.new("RGB", ((size[0] + 7) // 8, (size[1] + 7) // 8), CHECKS[0])
    for x in range(small.width):
        for y in range(x % 2, small.height, 2):
            small.putpixel((x, y), CHECKS[1])
    return larger(small, 8).crop((0, 0, *size))


def save(image: Image.Image, place: Path, *, lossless: bool = False) -> None:
    """Write a picture, and say how large it is."""
    image.convert("RGB").save(place, "WEBP", quality=80, method=6, lossless=lossless)
    print(f"{place.relative_to(ROOT)}: {place.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
