"""Writes a scene and its caption as a small SVG document; pure text."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from assetgen.providers.placeholder.scene import Ellipse, Fade, Glow, Polygon

if TYPE_CHECKING:
    from assetgen.providers.placeholder.plate import Plate, TextRun
    from assetgen.providers.placeholder.scene import Color, Fill, Layer, Scene, Shape


def svg_of(scene: Scene, plate: Plate) -> bytes:
    """Return the document, UTF-8, as large as the scene."""
    definitions: list[str] = []
    body: list[str] = []
    if scene.backdrop is not None:
        paint = _paint(scene.backdrop, definitions)
        body.append(f'<rect width="100%" height="100%" fill="{paint}"/>')
    body.extend(_item(item, definitions) for item in (*scene.items, *plate.layers))
    body.extend(_text(run) for run in plate.runs)
    return _document(scene.width, scene.height, definitions, body)


def svg_around(png: bytes, width: int, height: int) -> bytes:
    """Return a document that shows a PNG: for pictures made from other pictures."""
    data = base64.b64encode(png).decode("ascii")
    image = f'<image width="{width}" height="{height}" href="data:image/png;base64,{data}"/>'
    return _document(width, height, [], [image])


def _document(
    width: int, height: int, definitions: list[str], body: list[str]
) -> bytes:
    """Return a whole document."""
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}">'
    )
    defined = ["<defs>", *definitions, "</defs>"] if definitions else []
    return "\n".join([head, *defined, *body, "</svg>", ""]).encode()


def _item(item: Layer | Glow, definitions: list[str]) -> str:
    """Return a layer or a light."""
    if isinstance(item, Glow):
        name = f"g{len(definitions)}"
        color = _hex(item.color)
        definitions.append(
            f'<radialGradient id="{name}"><stop stop-color="{color}" '
            f'stop-opacity="{item.opacity / 255:.3f}"/><stop offset="1" '
            f'stop-color="{color}" stop-opacity="0"/></radialGradient>'
        )
        return (
            f'<circle cx="{item.x:.1f}" cy="{item.y:.1f}" r="{item.radius:.1f}" '
            f'fill="url(#{name})"/>'
        )
    paint = _paint(item.fill, definitions)
    shapes = "".join(_path(shape) for shape in (*item.shapes, *item.holes))
    rule = ' fill-rule="evenodd"' if item.holes else ""
    clear = "" if item.opacity == 255 else f' opacity="{item.opacity / 255:.3f}"'
    return f'<path fill="{paint}"{rule}{clear} d="{shapes}"/>'


def _path(shape: Shape) -> str:
    """Return a shape as the commands of a path."""
    if isinstance(shape, Polygon):
        return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in shape.points) + "Z"
    wide, tall = shape.right - shape.left, shape.bottom - shape.top
    if isinstance(shape, Ellipse):
        arc = f"a{wide / 2:.1f} {tall / 2:.1f} 0 1 0 "
        middle = (shape.top + shape.bottom) / 2
        return f"M{shape.left:.1f} {middle:.1f}{arc}{wide:.1f} 0{arc}{-wide:.1f} 0Z"
    r = min(shape.radius, wide / 2, tall / 2)
    arc = f"a{r:.1f} {r:.1f} 0 0 1 "
    return (
        f"M{shape.left + r:.1f} {shape.top:.1f}h{wide - 2 * r:.1f}{arc}{r:.1f} {r:.1f}"
        f"v{tall - 2 * r:.1f}{arc}{-r:.1f} {r:.1f}h{2 * r - wide:.1f}{arc}{-r:.1f} {-r:.1f}"
        f"v{2 * r - tall:.1f}{arc}{r:.1f} {-r:.1f}Z"
    )


def _paint(fill: Fill, definitions: list[str]) -> str:
    """Return a fill; a fade is defined and named."""
    if not isinstance(fill, Fade):
        return _hex(fill)
    name = f"g{len(definitions)}"
    last = max(1, len(fill.stops) - 1)
    stops = "".join(
        f'<stop offset="{at / last:.2f}" stop-color="{_hex(color)}"/>'
        for at, color in enumerate(fill.stops)
    )
    definitions.append(
        f'<linearGradient id="{name}" x2="0" y2="1">{stops}</linearGradient>'
    )
    return f"url(#{name})"


def _text(run: TextRun) -> str:
    """Return a line of text, escaped."""
    from xml.sax.saxutils import escape  # brings half of the network library along

    return (
        f'<text x="{run.x:.1f}" y="{run.y:.1f}" font-size="{run.size:.1f}" font-weight="600" '
        f'font-family="Aileron, Helvetica, Arial, sans-serif" fill="{_hex(run.color)}">'
        f"{escape(run.text)}</text>"
    )


def _hex(color: Color) -> str:
    """Return ``#rrggbb``."""
    return "#{:02x}{:02x}{:02x}".format(*color)
