"""Frames become the pages of a sprite sheet: trimmed, turned, extruded, put in place.

Pictures are RGBA, 8 bits a channel, straight alpha. Where nothing lies a page is
transparent. What `packing` decides is only carried out here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PIL import Image

from assetgen.model import Size
from assetgen.packing import Page, pack, refuse_too_large
from assetgen.sheetdata import PlacedFrame
from assetgen.transforms.arguments import CLEAR
from assetgen.transforms.placement import refuse_too_large as refuse_huge
from assetgen.values import Value

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from assetgen.model import Packing
    from assetgen.transforms.placement import Box

_KEPT_PIXELS: Final = 16 * 1024**2
"""Frames up to so many pixels together are held; others are opened a second time."""


class PackedSheet(Value):
    """A sheet's pages, and where its frames are; names without suffix."""

    pages: tuple[Image.Image, ...]
    frames: tuple[PlacedFrame, ...]

    @property
    def sizes(self) -> tuple[Size, ...]:
        """The size of each page."""
        return tuple(Size(*page.size) for page in self.pages)


def pack_sheet(
    names: Sequence[str], open_frame: Callable[[int], Image.Image], how: Packing
) -> PackedSheet:
    """Return the frames on as many pages as they need.

    Args:
        names: Of the frames, in order.
        open_frame: Gives the frame at a position; asked at most twice for each.
        how: Their arrangement.

    Raises:
        AssetFailed: A frame is too large for a page, or they need too many pages.
    """
    held: dict[int, Image.Image] = {}
    room = _KEPT_PIXELS
    sources: list[Size] = []
    boxes: list[Box] = []
    for at, name in enumerate(names):
        image = open_frame(at)
        box = _content(image) if how.trim else (0, 0, *image.size)
        refuse_too_large(name, _size(box), how)
        sources.append(Size(*image.size))
        boxes.append(box)
        room -= image.width * image.height
        if room >= 0:
            held[at] = image

    def content(at: int) -> Image.Image:
        image = held.pop(at, None) or open_frame(at)
        return image.crop(boxes[at])

    pages = pack([_size(box) for box in boxes], how)
    placed = [
        PlacedFrame(
            name=names[spot.frame],
            page=number,
            x=spot.x,
            y=spot.y,
            size=_size(boxes[spot.frame]),
            source=sources[spot.frame],
            left=boxes[spot.frame][0],
            top=boxes[spot.frame][1],
            rotated=spot.rotated,
        )
        for number, page in enumerate(pages)
        for spot in page.spots
    ]
    order = {name: at for at, name in enumerate(names)}
    return PackedSheet(
        tuple(_drawn(page, content, how.extrude) for page in pages),
        tuple(sorted(placed, key=lambda frame: order[frame.name])),
    )


def _size(box: Box) -> Size:
    left, top, right, bottom = box
    return Size(right - left, bottom - top)


def _content(image: Image.Image) -> Box:
    """Return what is left of a frame without its transparent borders.

    Of a frame that shows nothing one pixel is left: engines want an area.
    """
    return image.getchannel("A").getbbox() or (0, 0, 1, 1)


def _drawn(
    page: Page, content: Callable[[int], Image.Image], extrude_px: int
) -> Image.Image:
    """Return one page's pixels."""
    refuse_huge(page.size)
    picture = Image.new("RGBA", (page.size.width, page.size.height), CLEAR)
    for spot in page.spots:
        frame = content(spot.frame)
        if spot.rotated:
            frame = frame.transpose(Image.Transpose.ROTATE_270)
        corner = (spot.x - extrude_px, spot.y - extrude_px)
        picture.paste(_extruded(frame, extrude_px), corner)
    return picture


def _extruded(frame: Image.Image, by_px: int) -> Image.Image:
    """Return a frame with its edge pixels repeated outwards on all sides."""
    if not by_px:
        return frame
    width, height = frame.size
    grown = Image.new("RGBA", (width + 2 * by_px, height + 2 * by_px))
    grown.paste(frame, (by_px, by_px))
    columns = ((0, 0, by_px), (by_px + width, width - 1, by_px))
    for x, edge, wide in columns:
        strip = frame.crop((edge, 0, edge + 1, height)).resize((wide, height), _SAME)
        grown.paste(strip, (x, by_px))
    across = width + 2 * by_px
    for y, edge in ((0, by_px), (by_px + height, by_px + height - 1)):
        strip = grown.crop((0, edge, across, edge + 1)).resize((across, by_px), _SAME)
        grown.paste(strip, (0, y))
    return grown


_SAME: Final = Image.Resampling.NEAREST
