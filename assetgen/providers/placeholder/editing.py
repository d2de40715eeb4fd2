"""Makes pictures from input pictures: edits, masked edits, variations, masks.

Sizes: the first input fills the picture (scaled to cover it, cut about its middle).
"""

from __future__ import annotations

import io
import struct
from typing import TYPE_CHECKING, Final

from PIL import Image, ImageChops, ImageDraw, ImageFilter

from assetgen.errors import ProviderRefused
from assetgen.providers.placeholder.dice import Dice
from assetgen.providers.placeholder.figures import parts_of
from assetgen.providers.placeholder.plate import MARK_FROM_PX, Wording, plate_of
from assetgen.providers.placeholder.raster import Canvas
from assetgen.providers.placeholder.scene import Box, Fade, Layer, disc
from assetgen.providers.placeholder.silhouettes import THINGS, thing_named
from assetgen.values import replace

if TYPE_CHECKING:
    from collections.abc import Callable

    from assetgen.providers.base import InputPicture
    from assetgen.providers.placeholder.brief import Brief
    from assetgen.providers.placeholder.palette import Palette
    from assetgen.providers.placeholder.plate import Plate

_MARK_LEVEL: Final = 72
"""Grey of the mark on a black-and-white mask: seen by people, black to a threshold."""

_HARD: Final = [0] * 128 + [255] * 128


def opened(source: InputPicture, number: int) -> Image.Image:
    """Return an input, mode RGBA.

    Raises:
        ProviderRefused: It is not a picture.
    """
    try:
        file = Image.open(io.BytesIO(source.data), formats=("PNG", "JPEG", "WEBP"))
        if file.mode.startswith("I"):
            return _eight_bits(file).convert("RGBA")
        return file.convert("RGBA")
    except (OSError, SyntaxError, ValueError, struct.error) as failure:
        raise ProviderRefused(
            f"input {number} cannot be read as a picture"
        ) from failure
    except Image.DecompressionBombError as failure:
        raise ProviderRefused(f"input {number} has too many pixels") from failure


def _eight_bits(deep: Image.Image) -> Image.Image:
    """Return a picture of 16-bit greys with the upper 8 bits of each, mode L."""
    return deep.convert("I").point(lambda level: level / 256).convert("L")


def _least_alpha(picture: Image.Image) -> int:
    """Return the lowest alpha of an RGBA picture: 255 when it is opaque."""
    levels = picture.getchannel("A").histogram()
    return next(level for level, hits in enumerate(levels) if hits)


def plain_edit(
    brief: Brief, palette: Palette, inputs: list[Image.Image], plate: Plate
) -> Image.Image:
    """Return the first input, washed in the prompt's colour, the others laid on it."""
    base = covering(inputs[0], brief.width, brief.height)
    washed = _washed(base, palette)
    if len(inputs) > 1:
        _lay_on(washed, inputs[1:], palette, round(plate.top))
    else:
        washed = _with_sticker(washed, brief, palette, plate.top)
    return _captioned(_opaque_where_asked(washed, brief, palette), plate)


def masked_edit(
    brief: Brief,
    palette: Palette,
    inputs: list[Image.Image],
    mask: bytes,
    generate: Callable[[Brief, Plate], Image.Image],
) -> Image.Image:
    """Return the first input with something new where the mask is transparent.

    Every other pixel equals the input's, hidden colours included, as long as the
    sizes of the input and the order are the same.
    """
    base = covering(inputs[0], brief.width, brief.height)
    area = _editable(mask, base.size)
    box = area.getbbox()
    if box is None:
        return base
    part = replace(brief, width=box[2] - box[0], height=box[3] - box[1])
    plate = _plate_inside(area.crop(box), part, palette)
    if len(inputs) > 1:
        ground = _washed(base.crop(box), palette)
        _lay_on(ground, inputs[1:], palette, round(plate.top))
        fresh = _captioned(ground, plate)
    else:
        fresh = generate(part, plate)
    base.paste(fresh.convert("RGBA"), box, area.crop(box))
    return base.convert("RGB") if _least_alpha(base) == 255 else base


def variation(brief: Brief, source: Image.Image, plate: Plate) -> Image.Image:
    """Return the input in other hues, mirrored for even draws.

    It is not moved or cut: so its caption, if it has one, lies under the new one.
    """
    dice = Dice(brief.seed).fork("vary")
    base = covering(source, brief.width, brief.height)
    if brief.draw % 2 == 0 and brief.width < 2 * brief.height:
        base = base.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    alpha = base.getchannel("A")
    hue, saturation, value = base.convert("RGB").convert("HSV").split()
    turn = (24 + 37 * brief.draw + dice.between(-8, 8)) % 256
    hue = hue.point([(level + turn) % 256 for level in range(256)])
    shifted = Image.merge("HSV", (hue, saturation, value)).convert("RGB")
    shifted.putalpha(alpha)
    if _least_alpha(shifted) == 255:
        return _captioned(shifted.convert("RGB"), plate)
    return _captioned(shifted, plate)


def two_tones(brief: Brief, inputs: list[Image.Image]) -> Image.Image:
    """Return a mask in pure black and white: the subject of the input, or a blob.

    Only a small mark in the corner is grey, and dark enough to count as black (or,
    on white ground, light enough to count as white).
    """
    size = (brief.width, brief.height)
    area = _subject_area(inputs[0], size) if inputs else None
    if area is None:
        area = _blob(brief)
    if brief.inverted:
        area = ImageChops.invert(area)
    side = min(size) // 16
    if min(size) >= MARK_FROM_PX and side >= 2:
        pen = ImageDraw.Draw(area)
        level = 255 - _MARK_LEVEL if brief.inverted else _MARK_LEVEL
        pen.polygon([(0, 0), (side, 0), (0, side)], level)
    return area.convert("RGB")


def covering(picture: Image.Image, width: int, height: int) -> Image.Image:
    """Return the picture scaled to cover a size and cut about its middle; a copy."""
    if picture.size == (width, height):
        return picture.copy()
    scale = max(width / picture.width, height / picture.height)
    wide, tall = width / scale, height / scale
    left, top = (picture.width - wide) / 2, (picture.height - tall) / 2
    box = (
        max(0.0, left),
        max(0.0, top),
        min(float(picture.width), left + wide),
        min(float(picture.height), top + tall),
    )
    return picture.resize((width, height), Image.Resampling.BICUBIC, box=box)


def _editable(mask: bytes, size: tuple[int, int]) -> Image.Image:
    """Return where the mask lets the picture change: mode L, 255 there, else 0."""
    try:
        alpha = (
            Image.open(io.BytesIO(mask), formats=("PNG",))
            .convert("RGBA")
            .getchannel("A")
        )
    except (OSError, SyntaxError, ValueError, struct.error) as failure:
        raise ProviderRefused("the mask cannot be read as a PNG") from failure
    if alpha.size != size:
        alpha = alpha.resize(size, Image.Resampling.NEAREST)
    return alpha.point([255] + [0] * 255)


def _plate_inside(area: Image.Image, brief: Brief, palette: Palette) -> Plate:
    """Return the caption for a part of a picture, where the mask leaves it whole.

    Args:
        area: What may change, mode L, as large as the part.
        brief: Of the part.
        palette: Of the part.
    """
    words = Wording(brief.title, brief.caption, brief.draw)
    for tenths in (10, 9, 8, 7, 6):
        width, height = area.width * tenths // 10, area.height * tenths // 10
        if not width or not height:
            break
        plate = plate_of(words, palette, width, height, compact=brief.transparent)
        x, y = (area.width - width) // 2, (area.height - height) // 2
        band = (x, min(area.height - 1, round(y + plate.top)), x + width, y + height)
        if area.crop(band).histogram()[0] == 0:
            return plate.at(x, y)
    return plate_of(words, palette, area.width, area.height, compact=brief.transparent)


def _washed(base: Image.Image, palette: Palette) -> Image.Image:
    """Return the picture with a wash of the prompt's colour; its alpha is kept."""
    red, green, blue, alpha = base.split()
    canvas = Canvas((red, green, blue))
    fill = Fade((palette.accent, palette.subject))
    canvas.paint(Layer((Box(0, 0, base.width, base.height),), fill, 44))
    return Image.merge("RGBA", (*canvas.planes, alpha))


def _with_sticker(
    base: Image.Image, brief: Brief, palette: Palette, floor: float
) -> Image.Image:
    """Return the picture with a round sticker that shows what the prompt speaks of."""
    side = min(base.width, floor)
    radius = side * 0.15
    if radius < 2:
        return base
    x, y = base.width - radius * 1.35, radius * 1.35
    parts = (
        thing_named(brief.words)
        or THINGS[Dice(brief.seed).pick(("star", "leaf", "bolt", "gem"))]
    )
    canvas = Canvas(base.split())
    canvas.paint(Layer((disc(x, y, radius * 1.06),), palette.paper))
    canvas.paint(
        Layer((disc(x, y, radius * 0.96),), Fade((palette.tones[0], palette.tones[1])))
    )
    for item in parts_of(parts, palette, x, y, radius / 100 * 1.3):
        canvas.paint(item)
    return canvas.picture()


def _lay_on(
    base: Image.Image, others: list[Image.Image], palette: Palette, floor: int
) -> None:
    """Lay further inputs on the picture, above row `floor`.

    A cut-out is worn: it stands in the middle of the upper part. An opaque picture
    becomes a small card along the right side.
    """
    width, height = base.width, max(1, floor)
    cards = 0
    for at, other in enumerate(others):
        outline = other.getchannel("A").getbbox()
        worn = _least_alpha(other) < 255 and outline is not None
        if worn:
            piece = _fitted(
                _without_caption(other.crop(outline)),
                round(width * 0.44),
                round(height * 0.42),
            )
            x = (width - piece.width) // 2 + at * width // 12
            y = round(height * 0.02) + at * height // 10
            base.alpha_composite(piece, (max(0, x), max(0, y)))
            continue
        frame = max(1, min(width, height) // 90)
        piece = _fitted(other, round(width * 0.3), round(height * 0.3))
        framed = Image.new(
            "RGBA", (piece.width + 2 * frame, piece.height + 2 * frame), palette.paper
        )
        framed.paste(piece, (frame, frame))
        gap = max(1, min(width, height) // 24)
        x = width - framed.width - gap - cards // 3 * (framed.width + gap)
        y = gap + cards % 3 * (framed.height + gap // 2)
        base.alpha_composite(framed, (max(0, x), max(0, y)))
        cards += 1


def _without_caption(cut_out: Image.Image) -> Image.Image:
    """Return a cut-out without what stands apart below it, as captions do."""
    rows = cut_out.getchannel("A").resize((1, cut_out.height), Image.Resampling.BOX)
    below = rows.crop((0, cut_out.height // 2, 1, cut_out.height)).tobytes()
    gap = below.find(0)
    if gap < 0:
        return cut_out
    return cut_out.crop((0, 0, cut_out.width, cut_out.height // 2 + gap))


def _fitted(picture: Image.Image, width: int, height: int) -> Image.Image:
    """Return the picture as large as fits into a box, at least one pixel."""
    scale = min(width / picture.width, height / picture.height)
    size = (max(1, round(picture.width * scale)), max(1, round(picture.height * scale)))
    return picture.resize(size, Image.Resampling.BICUBIC)


def _opaque_where_asked(
    picture: Image.Image, brief: Brief, palette: Palette
) -> Image.Image:
    """Return the picture without alpha, unless there is some and it may stay."""
    if _least_alpha(picture) == 255:
        return picture.convert("RGB")
    if not brief.opaque:
        return picture
    ground = Image.new("RGB", picture.size, palette.sky[1])
    ground.paste(picture, (0, 0), picture)
    return ground


def _captioned(picture: Image.Image, plate: Plate) -> Image.Image:
    """Return the picture with its caption."""
    canvas = Canvas(picture.split())
    canvas.write(plate.solid())
    return canvas.picture()


def _subject_area(source: Image.Image, size: tuple[int, int]) -> Image.Image | None:
    """Return where the subject of a picture is: mode L, 255 there, else 0.

    Its alpha says it; an opaque picture's subject is what differs from its border.
    None when that would be nearly nothing or nearly everything.
    """
    picture = covering(source, *size)
    if _least_alpha(picture) < 128:
        return picture.getchannel("A").point(_HARD)
    small = picture.convert("RGB").resize((64, 64), Image.Resampling.BOX)
    rim = Image.new("L", (64, 64), 255)
    rim.paste(0, (4, 4, 60, 60))
    color = tuple(_mean(channel.histogram(rim)) for channel in small.split())
    plain = Image.new("RGB", (64, 64), (color[0], color[1], color[2]))
    red, green, blue = ImageChops.difference(small, plain).split()
    far = ImageChops.lighter(ImageChops.lighter(red, green), blue)
    inner = ImageChops.darker(far, _middle()).filter(ImageFilter.BoxBlur(2))
    cut = max(12, _mean(inner.histogram()) * 5 // 4)
    marked = inner.point([255 if level > cut else 0 for level in range(256)])
    share = marked.histogram()[255] / (64 * 64)
    if not 0.04 < share < 0.85:
        return None
    grown = marked.filter(ImageFilter.GaussianBlur(2)).resize(
        size, Image.Resampling.BICUBIC
    )
    return grown.point(_HARD)


def _middle() -> Image.Image:
    """Return where subjects stand, 64x64, mode L: an oval that leaves captions out."""
    middle = Image.new("L", (64, 64))
    ImageDraw.Draw(middle).ellipse((3, 2, 60, 55), 255)
    return middle


def _mean(histogram: list[int]) -> int:
    """Return the mean level of a histogram."""
    count = sum(histogram) or 1
    return sum(level * hits for level, hits in enumerate(histogram)) // count


def _blob(brief: Brief) -> Image.Image:
    """Return a soft-edged shape in the middle, hard in tone: mode L, 0 or 255."""
    width, height = brief.width, brief.height
    area = Image.new("L", (width, height))
    pen = ImageDraw.Draw(area)
    dice = Dice(brief.seed).fork("blob")
    wide, tall = dice.share(0.26, 0.34), dice.share(0.24, 0.32)
    x, y = width / 2, height / 2
    pen.ellipse(
        (
            round(x - width * wide),
            round(y - height * tall),
            round(x + width * wide),
            round(y + height * tall),
        ),
        255,
    )
    return area
