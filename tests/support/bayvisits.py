"""The small game's pages, opened in a browser: which ones, and when they are there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from galleryserver import GalleryServer, asset_id

if TYPE_CHECKING:
    from playwright.sync_api import Page

KEEPER = asset_id("characters/keeper")
HARBOUR = asset_id("backgrounds/harbour-at-dusk")
EVIL = '<img src=x onerror="window.hit=1"><script>window.hit=1</script>${7*7}\u202e'


def open_page(page: Page, server: GalleryServer, route: str, ready: str) -> None:
    """Go to a page of the gallery, and wait for a part of it."""
    page.goto(f"{server.origin}/#/{route}")
    page.wait_for_selector(ready)
