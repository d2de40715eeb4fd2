"""A browser, a server with a small game, and pages in it, for all tests of pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from galleryserver import GalleryServer, make_wall
from lanternbay import lantern_bay
from outside import chromium

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser, Page


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One browser for all tests of a file."""
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
