"""Draws one brief: decides which way it goes, and puts scene, caption and file together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PIL import Image

from assetgen.providers.placeholder.composition import compose, palette_for
from assetgen.providers.placeholder.editing import (
    masked_edit,
    opened,
    plain_edit,
    two_tones,
    variation,
)
from assetgen.providers.placeholder.encoding import encoded
from assetgen.providers.placeholder.plate import Plate, Wording, plate_of
from assetgen.providers.placeholder.raster import LARGEST_SCENE_PX, Canvas, paint
from assetgen.providers.placeholder.vector import svg_around, svg_of

if TYPE_CHECKING:
    from assetgen.providers.base import Order
    from assetgen.providers.placeholder.brief import Brief

PIXEL_ART_CELLS = 32
"""Cells along the shorter side of pixel art, at most."""


def drawn(brief: Brief, order: Order) -> bytes:
    """Return the file of one draw.

    Raises:
        ProviderRefused: An input is not a picture.
    """
    if brief.operation == "generate" and not brief.two_tone and brief.format == "svg":
        plate = _plate(brief)
        foot = _foot(brief, plate)
        return svg_of(compose(brief, brief.width, brief.height, foot), plate)
    picture = _picture(brief, order)
    if brief.format == "svg":
        return svg_around(encoded(picture, "png", None), *picture.size)
    exact = order.mask is not None and brief.quality is None
    return encoded(picture, brief.format, brief.quality, exact=exact)


def _picture(brief: Brief, order: Order) -> Image.Image:
    """Return the finished picture, mode RGB or RGBA."""
    inputs = [opened(each, at) for at, each in enumerate(order.inputs, 1)]
    if brief.two_tone and order.mask is None:
        return two_tones(brief, inputs)
    if not inputs:
        return generated(brief)
    palette = palette_for(brief)
    if order.mask is not None:
        return masked_edit(brief, palette, inputs, order.mask, generated)
    plate = _plate(brief)
    if brief.operation == "vary":
        return variation(brief, inputs[0], plate)
    return plain_edit(brief, palette, inputs, plate)


def generated(brief: Brief, plate: Plate | None = None) -> Image.Image:
    """Return the picture that the words alone describe, with its caption.

    Args:
        brief: What to show, and how large.
        plate: The caption, where it is not the usual one.
    """
    plate = plate or _plate(brief)
    foot = _foot(brief, plate)
    width, height = brief.width, brief.height
    cell = _cell(brief)
    long = max(width, height)
    if cell > 1:
        scene = compose(brief, -(-width // cell), -(-height // cell), foot)
        cells = paint(scene, fine=False)
        grown = (cells.width * cell, cells.height * cell)
        nearest = Image.Resampling.NEAREST
        planes = [
            plane.resize(grown, nearest).crop((0, 0, width, height))
            for plane in cells.planes
        ]
        canvas = Canvas(planes)
    elif long > LARGEST_SCENE_PX:
        small = [max(1, side * LARGEST_SCENE_PX // long) for side in (width, height)]
        rough = paint(compose(brief, small[0], small[1], foot))
        bicubic = Image.Resampling.BICUBIC
        canvas = Canvas(
            plane.resize((width, height), bicubic) for plane in rough.planes
        )
    else:
        canvas = paint(compose(brief, width, height, foot), fine=not brief.pixel_art)
    canvas.fine = True
    canvas.write(plate)
    return canvas.picture()


def _cell(brief: Brief) -> int:
    """Return the side of a cell in px; 1 for pictures that are not pixel art."""
    if not brief.pixel_art:
        return 1
    return max(1, min(brief.width, brief.height) // PIXEL_ART_CELLS)


def _plate(brief: Brief) -> Plate:
    """Return the caption of a brief's picture."""
    words = Wording(brief.title, brief.caption, brief.draw)
    return plate_of(
        words, palette_for(brief), brief.width, brief.height, compact=brief.transparent
    )


def _foot(brief: Brief, plate: Plate) -> float:
    """Return the share of the height that the plate takes."""
    return min(0.6, (brief.height - plate.top) / brief.height)
