"""Pictures in a palette of at most 256 colours, each with its own alpha.

A picture that has no more colours loses nothing by it and becomes much smaller; one that
has more gives some up, where the spec asks for that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PIL import Image, ImageChops

from assetgen.transforms.alpha import is_opaque
from assetgen.values import Value

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_COLORS: Final = 256
_ALL: Final = 256 * 4


class Paletted(Value):
    """A picture in mode P, and the alpha of each entry (empty where all are opaque)."""

    image: Image.Image
    alphas: bytes


def exact_palette(image: Image.Image) -> Paletted | None:
    """Return the picture in a palette, pixel for pixel; None above 256 colours.

    Colours are told apart with their alpha, and below fully transparent pixels, too:
    engines blend with what lies there.

    Args:
        image: Mode RGBA.
    """
    if image.getcolors(MAX_COLORS) is None:
        return None
    if is_opaque(image):
        return Paletted(_ordered(image.convert("RGB")), b"")
    # Pillow finds exact palettes of three channels: red, green and blue become one
    # number first, and that number and alpha the entries.
    shades = _ordered(image.convert("RGB"))
    colors = shades.getpalette("RGB") or []
    blank = Image.new("L", image.size)
    numbers = Image.frombytes("L", image.size, shades.tobytes())
    pairs = _ordered(Image.merge("RGB", (numbers, image.getchannel("A"), blank)))
    found = pairs.getpalette("RGB") or []
    entries = [
        (*colors[3 * number : 3 * number + 3], alpha)
        for number, alpha in zip(found[::3], found[1::3], strict=True)
    ]
    return _see_through_first(pairs, entries)


def reduced_palette(image: Image.Image, colors: int) -> Paletted:
    """Return the picture in at most `colors` colours, without dots.

    All fully transparent pixels are one of them.

    Args:
        image: Mode RGBA.
        colors: 2 to 256, half-transparent ones and the empty one among them.
    """
    image = _without_hidden_colors(image)
    exact = exact_palette(image) if image.getcolors(colors) is not None else None
    if exact is not None:
        return exact
    if is_opaque(image):
        reduced = image.convert("RGB").quantize(
            colors, Image.Quantize.MEDIANCUT, kmeans=1, dither=Image.Dither.NONE
        )
        return Paletted(reduced, b"")
    reduced = image.quantize(
        colors, Image.Quantize.FASTOCTREE, kmeans=1, dither=Image.Dither.NONE
    )
    flat = (reduced.getpalette("RGBA") or [])[:_ALL]
    entries = [tuple(flat[at : at + 4]) for at in range(0, len(flat), 4)]
    return _see_through_first(reduced, entries)


def _ordered(image: Image.Image) -> Image.Image:
    """Return an RGB picture of at most 256 colours in a palette; nothing changes."""
    paletted = image.quantize(MAX_COLORS, Image.Quantize.MEDIANCUT)
    same = ImageChops.difference(paletted.convert("RGB"), image).getbbox() is None
    assert same, "a palette of all colours changed one"
    return paletted


def _without_hidden_colors(image: Image.Image) -> Image.Image:
    """Return the picture with black below fully transparent pixels."""
    if is_opaque(image):
        return image
    seen = image.getchannel("A").point([0] + [255] * 255)
    return Image.composite(image, Image.new("RGBA", image.size), seen)


def _see_through_first(image: Image.Image, entries: list[tuple[int, ...]]) -> Paletted:
    """Return the picture with its used entries sorted by alpha, then colour.

    Files say the alpha of the first entries only, up to the last one that has any.
    """
    levels = Image.frombytes("L", image.size, image.tobytes())
    used = [number for number, count in enumerate(levels.histogram()) if count]
    distinct = sorted({entries[number] for number in used}, key=lambda e: (e[3], e))
    places: Mapping[tuple[int, ...], int] = {e: at for at, e in enumerate(distinct)}
    table = [0] * 256
    for number in used:
        table[number] = places[entries[number]]
    result = Image.frombytes("P", image.size, levels.point(table).tobytes())
    result.putpalette([channel for entry in distinct for channel in entry[:3]])
    alphas = bytes(entry[3] for entry in distinct)
    return Paletted(result, alphas.rstrip(b"\xff"))
