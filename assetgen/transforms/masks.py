"""What of a picture may be edited: the words of a mask become pixels, and back.

`mask_png` makes the mask that is sent; `put_back` restores, after the answer, what the
mask said must stay. In between, a mask is a picture of mode L called `edited`: 255
where it may be edited, 0 where it is kept, nothing else.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from PIL import Image, ImageChops, ImageDraw, ImageFilter

from assetgen.errors import AssetFailed
from assetgen.model import AlphaMask, ColorMask, ShapeMask, Size
from assetgen.transforms.color import greatest_channel
from assetgen.transforms.discs import grown
from assetgen.transforms.encoders import plain_png
from assetgen.transforms.geometry import size_of
from assetgen.transforms.placement import length_px
from assetgen.values import Value

if TYPE_CHECKING:
    from collections.abc import Callable

    from assetgen.model import Mask, Ref

MAX_MASK_BYTES: Final = 4 * 1000 * 1000
"""Image services take masks below this size."""

CHANGED_FROM: Final = 16
"""Greatest channel distance from which `put_back` counts a kept pixel as changed."""

_SOLID_FROM: Final = 128


class MaskPicture(Value):
    """A mask in the form that is sent, and in the form that is worked with.

    Attributes:
        png: RGBA, alpha 0 where it may be edited and 255 elsewhere.
        edited: Mode L, same size: 255 where it may be edited, 0 elsewhere.
    """

    png: bytes
    edited: Image.Image


class PutBack(Value):
    """An answer after the kept pixels were put back.

    Attributes:
        image: Mode RGBA, as large as the input.
        resized_from: The answer's own size, where it differed.
        changed_share: 0.0 to 1.0: how many of the kept pixels the answer had changed
            visibly.
    """

    image: Image.Image
    resized_from: Size | None
    changed_share: float


def mask_png(
    mask: Mask, size: Size, open_ref: Callable[[Ref], Image.Image]
) -> MaskPicture:
    """Return the mask for a first input of `size`, in the form that is sent too.

    Raises:
        AssetFailed: As `edited_area`; or it is too large as a file.
    """
    edited = edited_area(mask, size, open_ref)
    return MaskPicture(sent_mask(edited), edited)


def edited_area(
    mask: Mask, size: Size, open_ref: Callable[[Ref], Image.Image]
) -> Image.Image:
    """Return what may be edited of a first input of `size`: mode L, 0 or 255.

    Raises:
        AssetFailed: It is empty or full, of another size than the input, or a picture
            without transparency where that is what counts.
    """
    edited = _area(mask, size, open_ref)
    if mask.invert:
        edited = ImageChops.invert(edited)
    if mask.grow_px:
        edited = grow(edited, mask.grow_px)
    extremes = edited.getextrema()
    if extremes == (0, 0):
        raise AssetFailed(
            "the mask is empty: nothing could change",
            hint="check its shape, `edit`, `invert` and `grow`",
        )
    if extremes == (255, 255):
        raise AssetFailed(
            "the mask is full: nothing would be kept",
            hint="leave the mask out to edit the whole picture",
        )
    return edited


def sent_mask(edited: Image.Image) -> bytes:
    """Return a mask as the PNG that is sent.

    Args:
        edited: Mode L: 255 where it may be edited, 0 elsewhere.

    Raises:
        AssetFailed: The file would be too large for the service.
    """
    picture = Image.new("RGBA", edited.size, (0, 0, 0, 255))
    picture.putalpha(ImageChops.invert(edited))
    data = plain_png(picture)
    if len(data) >= MAX_MASK_BYTES:
        raise AssetFailed(
            f"the mask takes {len(data)} bytes, and fewer than {MAX_MASK_BYTES} can"
            " be sent",
            hint="take a mask with fewer details, or a smaller picture",
        )
    return data


def markup_png(picture: Image.Image, size: Size) -> bytes:
    """Return a picture of directions as the PNG that is sent beside the first input.

    Args:
        picture: Mode RGBA.
        size: Of the first input.

    Raises:
        AssetFailed: It is of another size, has no transparent pixel (it would hide the
            input), or nothing is drawn on it.
    """
    if size_of(picture) != size:
        raise AssetFailed(
            f"the markup is {size_of(picture)}, but the first input is {size}",
            hint="markup must be exactly as large as the picture it is laid over",
        )
    lowest, highest = picture.getchannel("A").getextrema()
    if lowest == 255:
        raise AssetFailed(
            "the markup has no transparent pixel, so it would hide the first input",
            hint="draw directions on a transparent picture; the step `key` makes a"
            " colour transparent",
        )
    if highest == 0:
        raise AssetFailed(
            "the markup is empty: nothing is drawn on it",
            hint="leave it out, or draw what is to change",
        )
    return plain_png(picture)


def put_back(
    drawn: Image.Image,
    first_input: Image.Image,
    edited: Image.Image,
    feather_px: int = 0,
) -> PutBack:
    """Return the drawn picture inside the mask and the input outside, bit for bit.

    Args:
        drawn: Mode RGBA; any size: another one than the input's is resized to it.
        first_input: Mode RGBA.
        edited: Mode L, as large as the input: 255 inside, 0 outside.
        feather_px: Inside the mask, how far from its edge the two are blended.
    """
    resized_from = None
    if drawn.size != first_input.size:
        resized_from = size_of(drawn)
        drawn = drawn.resize(first_input.size, Image.Resampling.LANCZOS)
    share = _changed_share(drawn, first_input, edited)
    if feather_px > 0:
        drawn = _blended(drawn, first_input, _feathered(edited, feather_px))
    image = Image.composite(drawn, first_input, edited)
    return PutBack(image, resized_from, share)


# --- the area -----------------------------------------------------------------


def _area(
    mask: Mask, size: Size, open_ref: Callable[[Ref], Image.Image]
) -> Image.Image:
    """Return what the mask's words say, before `invert` and `grow`."""
    area = mask.area
    if isinstance(area, ShapeMask):
        return _shape(area, size)
    picture = open_ref(area.ref)
    if size_of(picture) != size:
        raise AssetFailed(
            f"the mask is {size_of(picture)}, but the first input is {size}",
            hint="a mask must be exactly as large as the picture it belongs to",
        )
    if isinstance(area, AlphaMask):
        return _transparent(picture)
    return _colored(picture, area)


def _transparent(picture: Image.Image) -> Image.Image:
    """Return the area where the picture's alpha is below one half."""
    table = [255] * _SOLID_FROM + [0] * (256 - _SOLID_FROM)
    edited = picture.getchannel("A").point(table)
    if edited.getextrema() == (0, 0):
        raise AssetFailed(
            "the mask picture has no transparent pixel, so nothing could change",
            hint="for a black-and-white mask write"
            " `mask: {image: ..., edit: black}` (or white)",
        )
    return edited


def _colored(picture: Image.Image, area: ColorMask) -> Image.Image:
    """Return the area of the named colour; transparent pixels are kept."""
    white = [0] * area.threshold + [255] * (256 - area.threshold)
    table = white if area.edit == "white" else [255 - value for value in white]
    grey, alpha = picture.convert("LA").split()
    solid = alpha.point([0] * _SOLID_FROM + [255] * (256 - _SOLID_FROM))
    return ImageChops.darker(grey.point(table), solid)


def _shape(area: ShapeMask, size: Size) -> Image.Image:
    """Return the area of a shape, without soft edges; what lies outside is cut off."""
    edited = Image.new("L", (size.width, size.height), 0)
    draw = ImageDraw.Draw(edited)
    px = [
        length_px(length, size.height if index % 2 else size.width)
        for index, length in enumerate(area.lengths)
    ]
    if area.kind == "polygon":
        corners = list(zip(px[::2], px[1::2], strict=True))
        if len(corners) < 3:
            raise AssetFailed("a mask's polygon needs at least three corners")
        draw.polygon(corners, fill=255)
        return edited
    left, top, width, height = px
    if width > 0 and height > 0:
        # Pillow's boxes include their right and bottom edge.
        box = (left, top, left + width - 1, top + height - 1)
        shape = draw.rectangle if area.kind == "rect" else draw.ellipse
        shape(box, fill=255)
    return edited


# --- growing ------------------------------------------------------------------


def grow(edited: Image.Image, radius_px: int) -> Image.Image:
    """Return the area grown by a disc, exactly; a negative radius shrinks it.

    The picture's border is no edge: an area that touches it does not shrink there.

    Args:
        edited: Mode L, values 0 and 255.
        radius_px: Pixels whose centre is within this distance join (or leave).
    """
    if radius_px < 0:
        return ImageChops.invert(grown(ImageChops.invert(edited), -radius_px))
    return grown(edited, radius_px)


# --- putting back -------------------------------------------------------------


def _feathered(edited: Image.Image, feather_px: int) -> Image.Image:
    """Return the mask with a soft inner edge: 0 at the border, 255 `feather_px` in."""
    inner = grow(edited, -math.ceil(feather_px / 2))
    soft = inner.filter(ImageFilter.BoxBlur(feather_px / 2))
    return ImageChops.darker(soft, edited)


def _blended(
    drawn: Image.Image, first_input: Image.Image, weight: Image.Image
) -> Image.Image:
    """Return both pictures mixed in premultiplied form, so that no fringe appears."""
    mixed = Image.composite(drawn.convert("RGBa"), first_input.convert("RGBa"), weight)
    return mixed.convert("RGBA")


def _changed_share(
    drawn: Image.Image, first_input: Image.Image, edited: Image.Image
) -> float:
    """Return which share of the pixels outside the mask differs visibly."""
    outside = edited.histogram()[0]
    if not outside:
        return 0.0
    difference = greatest_channel(
        ImageChops.difference(drawn.convert("RGBa"), first_input.convert("RGBa"))
    )
    kept = ImageChops.invert(edited)
    return sum(difference.histogram(mask=kept)[CHANGED_FROM:]) / outside
