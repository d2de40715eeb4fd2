"""Pictures like those that image models draw: light, texture, shapes with soft edges.

Flat drawings would flatter every encoder, and so would plain noise slander them. Each
picture is a ground of gradients and grain, on it a few dozen blurred or textured shapes
with light from one side, cut out along a soft outline: RGBA, about a third transparent.
The same number gives the same picture with the same version of Pillow.
"""

from __future__ import annotations

import math
from random import Random
from typing import TYPE_CHECKING, Final

from PIL import Image, ImageChops, ImageDraw, ImageFilter

if TYPE_CHECKING:
    from pathlib import Path

SIZE: Final = (1024, 1536)
_SHAPES: Final = 36
_OCTAVES: Final = ((4, 120), (16, 60), (64, 34), (256, 16), (1024, 9))
"""Cells along the shorter side, and how strongly they show (of 255)."""


def painting(number: int, size: tuple[int, int] = SIZE) -> Image.Image:
    """Return a picture of mode RGBA; another one for every number."""
    chance = Random(number)
    picture = _ground(chance, size)
    for _ in range(_SHAPES):
        _add_shape(picture, chance)
    grain = _noise(chance, size, ((size[0], 10),))
    picture = ImageChops.add(picture, Image.merge("RGB", (grain,) * 3), offset=-128)
    outline = _outline(chance, size)
    picture.putalpha(outline)
    # What nobody sees is black, as in the pictures that models return.
    seen = outline.point([0] + [255] * 255)
    return Image.composite(picture, Image.new("RGBA", size), seen)


def write_paintings(folder: Path, count: int) -> list[Path]:
    """Return the files of the first `count` pictures; those that are there stay."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"{number:02}.png" for number in range(count)]
    for number, path in enumerate(paths):
        if not path.exists():
            painting(number).save(path, compress_level=4)
    return paths


def _ground(chance: Random, size: tuple[int, int]) -> Image.Image:
    """Return a mode RGB picture: two colours run into each other under clouds."""
    slope = Image.linear_gradient("L").rotate(chance.choice((0, 90, 180, 270)))
    slope = slope.resize(size, Image.Resampling.BICUBIC)
    low, high = _color(chance), _color(chance)
    ground = Image.composite(
        Image.new("RGB", size, high), Image.new("RGB", size, low), slope
    )
    clouds = _noise(chance, size, _OCTAVES)
    return ImageChops.add(ground, Image.merge("RGB", (clouds,) * 3), offset=-128)


def _noise(
    chance: Random, size: tuple[int, int], octaves: tuple[tuple[int, int], ...]
) -> Image.Image:
    """Return a mode L picture around 128: blurred noise of several sizes of cell."""
    total = Image.new("L", size, 128)
    for cells, strength in octaves:
        across = (cells, max(1, cells * size[1] // size[0]))
        raw = Image.frombytes("L", across, chance.randbytes(across[0] * across[1]))
        layer = raw.resize(size, Image.Resampling.BICUBIC)
        table = [128 + (level - 128) * strength // 255 for level in range(256)]
        total = ImageChops.add(total, layer.point(table), offset=-128)
    return total


def _add_shape(picture: Image.Image, chance: Random) -> None:
    """Draw an ellipse or a many-sided figure with a lit side and a texture."""
    width, height = picture.size
    reach = int(width * chance.uniform(0.05, 0.3))
    mask = Image.new("L", (2 * reach, 2 * reach))
    draw = ImageDraw.Draw(mask)
    if chance.random() < 0.4:
        draw.ellipse((reach // 4, reach // 8, 2 * reach - reach // 4, 2 * reach), 255)
    else:
        draw.polygon(_star(chance, reach), 255)
    mask = mask.filter(ImageFilter.GaussianBlur(chance.choice((1, 1, 2, 6, 20))))
    light = Image.linear_gradient("L").rotate(chance.uniform(0, 360))
    light = light.resize(mask.size, Image.Resampling.BICUBIC)
    dark, bright = _color(chance), _color(chance)
    filled = Image.composite(
        Image.new("RGB", mask.size, bright), Image.new("RGB", mask.size, dark), light
    )
    texture = _noise(chance, mask.size, ((24, 40), (120, 24)))
    filled = ImageChops.add(filled, Image.merge("RGB", (texture,) * 3), offset=-128)
    corner = (chance.randrange(width) - reach, chance.randrange(height) - reach)
    picture.paste(filled, corner, mask)


def _star(chance: Random, reach: int) -> list[tuple[float, float]]:
    """Return the corners of a figure around the middle of its box."""
    corners = chance.randrange(3, 12)
    turned = chance.uniform(0, math.tau)
    return [
        (
            reach + radius * math.cos(turned + math.tau * at / corners),
            reach + radius * math.sin(turned + math.tau * at / corners),
        )
        for at in range(corners)
        for radius in (reach * chance.uniform(0.5, 0.95),)
    ]


def _outline(chance: Random, size: tuple[int, int]) -> Image.Image:
    """Return a mode L picture: a figure in the middle, its edge soft and uneven."""
    inside = Image.new("L", size)
    edge = size[0] // 12
    ImageDraw.Draw(inside).ellipse((edge, edge, size[0] - edge, size[1] - edge), 255)
    inside = inside.filter(ImageFilter.GaussianBlur(size[0] // 40))
    uneven = ImageChops.add(
        inside, _noise(chance, size, ((8, 220), (40, 80))), offset=-128
    )
    table = [min(255, max(0, (level - 96) * 8)) for level in range(256)]
    return uneven.point(table)


def _color(chance: Random) -> tuple[int, int, int]:
    return chance.randrange(256), chance.randrange(256), chance.randrange(256)
