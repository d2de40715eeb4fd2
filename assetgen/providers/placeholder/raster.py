"""Paints scenes and plates with Pillow.

A canvas is kept as separate planes of one channel: pasting into them is several times
faster than into a picture of three or four channels. All work is a small number of
large calls, in which Pillow lets other threads run.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from PIL import Image, ImageChops, ImageDraw

from assetgen.providers.placeholder.lettering import text_mask
from assetgen.providers.placeholder.scene import (
    Box,
    Ellipse,
    Fade,
    Glow,
    Layer,
    Polygon,
    Scene,
    bounds,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from assetgen.providers.placeholder.plate import Plate
    from assetgen.providers.placeholder.scene import Color, Shape

LARGEST_SCENE_PX: Final = 2048
"""Scenes with longer sides are painted smaller and enlarged; captions are not."""

_SOFT_SCALE: Final = 8
"""Backdrop and the lights on it are painted this many times smaller."""


class Canvas:
    """A picture under work.

    Attributes:
        planes: Red, green, blue and, for canvases with alpha, alpha; mode L.
        fine: Whether edges are smooth; pixel art has hard ones.
    """

    __slots__ = ("fine", "height", "planes", "width")

    def __init__(self, planes: Iterable[Image.Image], *, fine: bool = True) -> None:
        """Work on the planes given; three or four of the same size."""
        self.planes = list(planes)
        self.width, self.height = self.planes[0].size
        self.fine = fine

    @classmethod
    def blank(cls, width: int, height: int, color: Color, *, fine: bool) -> Canvas:
        """Return a transparent canvas; `color` lies hidden in it."""
        size = (width, height)
        planes = [Image.new("L", size, channel) for channel in (*color, 0)]
        return cls(planes, fine=fine)

    def picture(self) -> Image.Image:
        """Return the picture, mode RGB or RGBA with straight alpha."""
        return Image.merge("RGBA" if len(self.planes) == 4 else "RGB", self.planes)

    def paint(self, item: Layer | Glow) -> None:
        """Paint a layer or a light over what is there."""
        if isinstance(item, Glow):
            self._paint_glow(item)
            return
        left, top, right, bottom = bounds(item.shapes)
        box = self._visible(left, top, right, bottom)
        if box is None:
            return
        mask = self._coverage(item, box)
        if isinstance(item.fill, Fade):
            # The fade spans the layer, of which only a part may be on the canvas.
            span = (int(top // 1), int(-(-bottom // 1)))
            self._blend(_fade(item.fill, box, span), mask, box)
        else:
            self._blend(item.fill, mask, box)

    def write(self, plate: Plate) -> None:
        """Paint a caption."""
        for layer in plate.layers:
            self.paint(layer)
        for run in plate.runs:
            mask, baseline = text_mask(run.text, run.size)
            x, y = round(run.x), round(run.y - baseline)
            box = self._visible(x, y, x + mask.width, y + mask.height)
            if box is not None:
                part = (box[0] - x, box[1] - y, box[2] - x, box[3] - y)
                self._blend(run.color, mask.crop(part), box)

    def _visible(
        self, left: float, top: float, right: float, bottom: float
    ) -> tuple[int, int, int, int] | None:
        """Return the whole pixels of a box that are on the canvas."""
        box = (
            max(0, int(left // 1)),
            max(0, int(top // 1)),
            min(self.width, int(-(-right // 1))),
            min(self.height, int(-(-bottom // 1))),
        )
        return box if box[0] < box[2] and box[1] < box[3] else None

    def _coverage(self, layer: Layer, box: tuple[int, int, int, int]) -> Image.Image:
        """Return how much of each pixel of `box` the layer covers, mode L."""
        width, height = box[2] - box[0], box[3] - box[1]
        scale = _supersampling(width * height) if self.fine else 1
        mask = Image.new("L", (width * scale, height * scale))
        pen = ImageDraw.Draw(mask)
        for ink, shapes in ((255, layer.shapes), (0, layer.holes)):
            for shape in shapes:
                _draw(pen, shape, box[0], box[1], scale, ink)
        if scale > 1:
            mask = mask.reduce(scale)
        if layer.opacity < 255:
            mask = mask.point([level * layer.opacity // 255 for level in range(256)])
        return mask

    def _paint_glow(self, glow: Glow) -> None:
        """Paint a light; pixel art has none."""
        if not self.fine or glow.radius < 1:
            return
        left, top = glow.x - glow.radius, glow.y - glow.radius
        box = self._visible(left, top, glow.x + glow.radius, glow.y + glow.radius)
        if box is None:
            return
        unit = 256 / (2 * glow.radius)
        part = (
            max(0.0, (box[0] - left) * unit),
            max(0.0, (box[1] - top) * unit),
            min(256.0, (box[2] - left) * unit),
            min(256.0, (box[3] - top) * unit),
        )
        size = (box[2] - box[0], box[3] - box[1])
        light = _light().point([level * glow.opacity // 255 for level in range(256)])
        mask = light.resize(size, Image.Resampling.BILINEAR, box=part)
        self._blend(glow.color, mask, box)

    def _blend(
        self,
        fill: tuple[int, ...] | tuple[Image.Image, ...],
        mask: Image.Image,
        box: tuple[int, int, int, int],
    ) -> None:
        """Lay a colour, or planes as large as `box`, over the canvas."""
        parts: list[int | Image.Image] = list(fill)
        if len(self.planes) == 4:
            # Where nothing was yet, the edge takes the whole colour and only alpha
            # says how much of it: otherwise the hidden colour would shine through.
            empty = self.planes[3].crop(box).point(_ZERO_TO_FULL)
            fresh = ImageChops.darker(empty, mask.point(_ANY_TO_FULL))
            for plane, part in zip(self.planes[:3], parts, strict=True):
                plane.paste(part, box, fresh)
            self.planes[3].paste(255, box, mask)
        for plane, part in zip(self.planes[:3], parts, strict=True):
            plane.paste(part, box, mask)


_ZERO_TO_FULL: Final = [255] + [0] * 255
_ANY_TO_FULL: Final = [0] + [255] * 255


def paint(scene: Scene, *, fine: bool = True) -> Canvas:
    """Return a canvas with the scene on it; with alpha if it has no backdrop."""
    items = scene.items
    if scene.backdrop is None:
        hidden = next(
            (item.fill for item in items if isinstance(item, Layer)), (128, 128, 128)
        )
        color = hidden.stops[-1] if isinstance(hidden, Fade) else hidden
        canvas = Canvas.blank(scene.width, scene.height, color, fine=fine)
    else:
        lights = 0
        while fine and lights < len(items) and isinstance(items[lights], Glow):
            lights += 1
        canvas = _ground(scene, items[:lights], fine=fine)
        items = items[lights:]
    for item in items:
        canvas.paint(item)
    return canvas


def _ground(scene: Scene, lights: tuple[Layer | Glow, ...], *, fine: bool) -> Canvas:
    """Return a canvas with the backdrop and the lights right on it."""
    assert scene.backdrop is not None
    size = (scene.width, scene.height)
    if not lights or min(size) < 4 * _SOFT_SCALE:
        box = (0, 0, scene.width, scene.height)
        canvas = Canvas(_fade(scene.backdrop, box, (0, scene.height)), fine=fine)
        for light in lights:
            canvas.paint(light)
        return canvas
    width, height = -(-scene.width // _SOFT_SCALE), -(-scene.height // _SOFT_SCALE)
    small = Canvas(_fade(scene.backdrop, (0, 0, width, height), (0, height)))
    for light in lights:
        assert isinstance(light, Glow)
        unit = 1 / _SOFT_SCALE
        small.paint(
            Glow(
                light.x * unit,
                light.y * unit,
                light.radius * unit,
                light.color,
                light.opacity,
            )
        )
    bilinear = Image.Resampling.BILINEAR
    return Canvas((plane.resize(size, bilinear) for plane in small.planes), fine=fine)


def _fade(
    fade: Fade, box: tuple[int, int, int, int], span: tuple[int, int]
) -> tuple[Image.Image, ...]:
    """Return three planes as large as `box` with the fade that runs over `span` rows."""
    top, bottom = span
    unit = _RAMP / (bottom - top)
    start, end = (box[1] - top) * unit, (box[3] - top) * unit
    part = (0.0, max(0.0, start), 1.0, min(float(_RAMP), end))
    rows = box[3] - box[1]
    smooth, hard = Image.Resampling.BILINEAR, Image.Resampling.NEAREST
    planes = []
    for levels in zip(*fade.stops, strict=True):
        column = Image.frombytes("L", (1, _RAMP), _ramp(levels))
        column = column.resize((1, rows), smooth, box=part)
        planes.append(column.resize((box[2] - box[0], rows), hard))
    return tuple(planes)


_RAMP: Final = 32
"""Levels that a fade is worked out in; Pillow finds those between."""


def _ramp(stops: tuple[int, ...]) -> bytes:
    """Return `_RAMP` levels that lead through the stops at even distances."""
    levels: list[int] = []
    for at, (start, end) in enumerate(pairwise(stops)):
        count = _RAMP * (at + 1) // (len(stops) - 1) - len(levels)
        last = count - 1
        levels.extend(start + (end - start) * step // last for step in range(count))
    return bytes(levels or [stops[0]] * _RAMP)


@lru_cache(maxsize=1)
def _light() -> Image.Image:
    """Return a soft round light, 256x256, mode L: 255 in the middle, 0 at the rim."""
    gradient = Image.radial_gradient("L")
    rim = gradient.crop((0, 128, 1, 129)).tobytes()[0]
    curve = []
    for level in range(256):
        t = max(0, rim - level) / rim
        curve.append(round(255 * t * t * (3 - 2 * t)))
    return gradient.point(curve)


def _supersampling(pixels: int) -> int:
    """Return how many samples a side each pixel of a layer gets."""
    if pixels <= 300 * 300:
        return 4
    return 3 if pixels <= 700 * 700 else 2


def _draw(
    pen: ImageDraw.ImageDraw, shape: Shape, x: int, y: int, scale: int, ink: int
) -> None:
    """Draw a shape, moved by -x and -y and enlarged; whole numbers reach Pillow."""
    if isinstance(shape, Polygon):
        pen.polygon(
            [
                (round((px - x) * scale), round((py - y) * scale))
                for px, py in shape.points
            ],
            ink,
        )
        return
    left, top = round((shape.left - x) * scale), round((shape.top - y) * scale)
    right = max(left, round((shape.right - x) * scale) - 1)
    bottom = max(top, round((shape.bottom - y) * scale) - 1)
    match shape:
        case Ellipse():
            pen.ellipse((left, top, right, bottom), ink)
        case Box(radius=0.0):
            pen.rectangle((left, top, right, bottom), ink)
        case Box():
            radius = min(
                round(shape.radius * scale), (right - left) // 2, (bottom - top) // 2
            )
            pen.rounded_rectangle((left, top, right, bottom), radius, ink)
