"""Steps that make few colours and large pixels out of many: the retro ones.

Pictures are RGBA, 8 bits a channel, straight alpha, before and after. Colours count
as RGB of pixels that are not fully transparent: hidden colours never cost a palette
entry.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from PIL import Image, ImageChops, ImageStat

from assetgen.transforms.alpha import is_opaque

if TYPE_CHECKING:
    from assetgen.model import Size
    from assetgen.transforms.arguments import Color

_SAMPLE_PIXELS: Final = 1 << 16
"""Pixels above which a palette is found from a part of them."""

_SOLID_FROM: Final = 128
_HARD: Final = [0] * _SOLID_FROM + [255] * (256 - _SOLID_FROM)
_SEEN: Final = [0] + [255] * 255


def pixelate(
    image: Image.Image,
    grid: Size,
    *,
    scale: int = 1,
    colors: int | None = None,
    palette: tuple[Color, ...] = (),
) -> Image.Image:
    """Return the picture as true pixel art.

    A cell is the average of what it covers, in one colour; it is opaque where at
    least half of it was, and fully transparent otherwise.

    Args:
        image: Mode RGBA, at least as large as the grid.
        grid: How many cells.
        scale: Side of a cell in the result, in px.
        colors: At most so many colours; None leaves them.
        palette: The colours to use; empty leaves them.
    """
    cells = image.resize((grid.width, grid.height), Image.Resampling.BOX)
    cells = harden(cells)
    if colors is not None or palette:
        # Reducing also colours the hidden cells; they go back to nothing.
        cells = harden(quantize(cells, colors, palette, dither=False))
    if scale == 1:
        return cells
    size = (grid.width * scale, grid.height * scale)
    return cells.resize(size, Image.Resampling.NEAREST)


def harden(image: Image.Image) -> Image.Image:
    """Return the picture without half-transparent pixels; hidden ones become black."""
    if is_opaque(image):
        return image
    solid = image.getchannel("A").point(_HARD)
    result = Image.new("RGBA", image.size, (0, 0, 0, 0))
    result.paste(image.convert("RGB"), mask=solid)
    result.putalpha(solid)
    return result


def quantize(
    image: Image.Image,
    colors: int | None,
    palette: tuple[Color, ...],
    *,
    dither: bool,
) -> Image.Image:
    """Return the picture in few colours; the alpha stays as it is.

    Args:
        image: Mode RGBA.
        colors: 1 to 256: that many are chosen from the picture. Ignored when there is
            a palette.
        palette: The colours to use.
        dither: Mix them by Floyd-Steinberg dots instead of plain areas.
    """
    visible = visible_colors(image)
    limit = len(palette) or colors or 256
    present = visible.getcolors(limit)
    wanted = {color[:3] for color in palette}
    if present is not None and (
        not wanted or wanted.issuperset({color for _, color in present})
    ):
        return image
    if palette:
        reduced = visible.quantize(
            palette=_palette_picture(palette), dither=_dots(dither)
        )
    else:
        reduced = reduce_colors(visible, limit, dither=dither)
    result = reduced.convert("RGB")
    result.putalpha(image.getchannel("A"))
    return result


def indexed(
    image: Image.Image, colors: int = 256, *, dither: bool = True
) -> tuple[Image.Image, int | None]:
    """Return the picture as mode P, and the index of the transparent entry if any.

    Pixels with an alpha below one half become transparent. Exact up to `colors` entries;
    more colours are reduced.

    Args:
        image: Mode RGBA.
        colors: 2 to 256, the transparent entry among them.
        dither: Mix what is reduced by dots instead of plain areas.
    """
    if is_opaque(image):
        return reduce_colors(image.convert("RGB"), colors, dither=dither), None
    hard = harden(image)
    last = colors - 1
    paletted = reduce_colors(visible_colors(hard), last, dither=dither)
    table = paletted.getpalette() or []
    paletted.putpalette([*table, *[0] * 768][: last * 3] + [0] * 3)
    hidden = hard.getchannel("A").point([255] + [0] * 255)
    paletted.paste(last, (0, 0), hidden)
    return paletted, last


def reduce_colors(image: Image.Image, colors: int, *, dither: bool) -> Image.Image:
    """Return an RGB picture as mode P with at most `colors` colours (1 to 256).

    A picture that has no more keeps them exactly.
    """
    if image.getcolors(colors) is not None:
        return image.quantize(colors, Image.Quantize.MEDIANCUT)
    sample = _sample(image)
    chosen = _chosen_palette(sample, colors)
    if sample is image and not dither:
        return chosen
    reduced = image.quantize(palette=_padded(chosen), dither=_dots(dither))
    reduced.putpalette((reduced.getpalette() or [])[: 3 * colors])
    return reduced


def _chosen_palette(image: Image.Image, colors: int) -> Image.Image:
    """Return an RGB picture in the better of two palettes that are found for it.

    Halving the boxes of colours (median cut) spends entries where there are many pixels,
    so a small area of another colour turns muddy; colours far from each other (maximum
    coverage) suit flat drawings and lose shades. Both are moved to the middles of what
    they stand for, and what changes the picture less is taken.
    """
    methods = (Image.Quantize.MAXCOVERAGE, Image.Quantize.MEDIANCUT)
    found = [image.quantize(colors, method, kmeans=1) for method in methods]
    return min(found, key=lambda each: _changed(image, each))


def _changed(image: Image.Image, reduced: Image.Image) -> float:
    """Return how far the colours are off: the sum of squares over all channels."""
    difference = ImageChops.difference(image, reduced.convert("RGB"))
    return sum(ImageStat.Stat(difference).sum2)


def _sample(image: Image.Image) -> Image.Image:
    """Return evenly picked pixels of a large picture, enough to find a palette."""
    step = math.ceil(math.sqrt(image.width * image.height / _SAMPLE_PIXELS))
    if step <= 1:
        return image
    size = (max(1, image.width // step), max(1, image.height // step))
    return image.resize(size, Image.Resampling.NEAREST)


def count_colors(image: Image.Image, limit: int) -> int | None:
    """Return how many colours are seen, or None when there are more than `limit`."""
    if image.getchannel("A").getextrema() == (0, 0):
        return 0
    found = visible_colors(image).getcolors(limit)
    return None if found is None else len(found)


def visible_colors(image: Image.Image) -> Image.Image:
    """Return the picture as RGB, hidden pixels filled with a colour that is seen."""
    if is_opaque(image):
        return image.convert("RGB")
    seen = image.getchannel("A").point(_SEEN)
    box = seen.getbbox()
    if box is None:
        return Image.new("RGB", image.size)
    left, top, right, _ = box
    first = seen.crop((left, top, right, top + 1)).tobytes().index(255)
    red, green, blue, _ = image.crop(
        (left + first, top, left + first + 1, top + 1)
    ).tobytes()
    filled = Image.new("RGB", image.size, (red, green, blue))
    filled.paste(image.convert("RGB"), mask=seen)
    return filled


def _palette_picture(palette: tuple[Color, ...]) -> Image.Image:
    """Return a mode P picture whose 256 entries are the palette's colours."""
    flat = [channel for color in palette for channel in color[:3]]
    picture = Image.new("P", (1, 1))
    picture.putpalette(flat + flat[:3] * (256 - len(palette)))
    return picture


def _padded(paletted: Image.Image) -> Image.Image:
    """Return a palette picture in which unused entries repeat the first colour.

    Pillow compares with all 256 entries, and unused ones would be black.
    """
    flat = paletted.getpalette("RGB") or [0, 0, 0]
    colors = [(*flat[at : at + 3], 255) for at in range(0, len(flat) - 2, 3)]
    return _palette_picture(tuple(colors))  # type: ignore[arg-type]  # triples of ints


def _dots(dither: bool) -> Image.Dither:  # noqa: FBT001  # the one thing it maps
    """Return Pillow's name of a way to dither."""
    return Image.Dither.FLOYDSTEINBERG if dither else Image.Dither.NONE
