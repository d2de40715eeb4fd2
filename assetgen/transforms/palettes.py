"""Pictures in a palette of at most 256 colours, each with its own alpha.

A picture that has no more colours loses nothing by it and becomes much smaller; one that
has more gives some up, where the spec asks for that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PIL import Image, ImageChops

from assetgen.transforms.alpha import is_opaque
from assetgen.transforms.pixels import visible_colors
from assetgen.values import Value

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_COLORS: Final = 256


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

    All fully transparent pixels are one of them. Solid pixels get most of the others;
    soft edges are drawn in a few steps of alpha with few colours, and below 64 colours
    they become hard.

    Args:
        image: Mode RGBA.
        colors: 2 to 256.
    """
    image = _without_hidden_colors(image)
    exact = exact_palette(image) if image.getcolors(colors) is not None else None
    if exact is not None:
        return exact
    if is_opaque(image):
        return Paletted(_chosen(image, colors), b"")
    steps, tints = _share_of_edges(colors)
    levels = [round(255 * at / (steps + 1)) for at in range(steps + 2)]
    nearest = [
        min(levels, key=lambda level: abs(level - alpha)) for alpha in range(256)
    ]
    alpha = image.getchannel("A").point(nearest)
    solid = _chosen(_seen_where(image, alpha, 255, 255), colors - 1 - steps * tints)
    entries = [(0, 0, 0, 0), *_entries(solid, 255)]
    indices = Image.frombytes("L", image.size, solid.tobytes()).point(_shifted(1))
    indices.paste(0, mask=alpha.point([255] + [0] * 255))
    if steps:
        soft = _chosen(_seen_where(image, alpha, 1, 254), tints)
        tinted = Image.frombytes("L", image.size, soft.tobytes())
        for level in levels[1:-1]:
            only = alpha.point([255 * (each == level) for each in range(256)])
            indices.paste(tinted.point(_shifted(len(entries))), mask=only)
            entries += _entries(soft, level)
    reduced = Image.frombytes("P", image.size, indices.tobytes())
    return _see_through_first(reduced, entries)


def _share_of_edges(colors: int) -> tuple[int, int]:
    """Return how many steps of alpha soft edges get, and how many colours each step."""
    if colors < 64:
        return 0, 0  # rims in one or two colours would look like an outline
    if colors < 128:
        return 3, colors // 12
    return 5, colors // 16


def _seen_where(
    image: Image.Image, alpha: Image.Image, lowest: int, highest: int
) -> Image.Image:
    """Return the picture with all pixels hidden whose alpha is not in that range."""
    kept = image.copy()
    kept.putalpha(alpha.point([255 * (lowest <= a <= highest) for a in range(256)]))
    return kept


def _chosen(image: Image.Image, colors: int) -> Image.Image:
    """Return the seen pixels in `colors` colours that are chosen from them, mode P."""
    return visible_colors(image).quantize(
        colors, Image.Quantize.MEDIANCUT, kmeans=1, dither=Image.Dither.NONE
    )


def _entries(paletted: Image.Image, alpha: int) -> list[tuple[int, ...]]:
    flat = paletted.getpalette("RGB") or []
    return [(*flat[at : at + 3], alpha) for at in range(0, len(flat), 3)]


def _shifted(by: int) -> list[int]:
    return [min(255, index + by) for index in range(256)]


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
