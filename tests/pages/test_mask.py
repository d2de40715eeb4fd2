"""Masks that are painted in a browser."""

from __future__ import annotations

import base64
import io
from typing import TYPE_CHECKING

from bayvisits import HARBOUR, open_page
from PIL import Image

if TYPE_CHECKING:
    from galleryserver import GalleryServer


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
    open_page(wall, server, f"mask/{HARBOUR}", ".mask-area canvas")
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
    open_page(wall, server, f"mask/{HARBOUR}", ".mask-area canvas")
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
    open_page(wall, server, f"mask/{HARBOUR}", ".mask-area canvas")
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
    open_page(page, server, f"mask/{HARBOUR}", ".mask-area canvas")
    box = page.locator(".mask-area canvas").bounding_box()
    page.touchscreen.tap(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.get_by_role("button", name="Save the mask").click()
    page.get_by_role("dialog").wait_for()
    with _saved_mask(server) as mask:
        assert mask.getchannel("A").getpixel((768, 512)) == 0
