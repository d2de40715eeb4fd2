"""A picture as data: shapes from back to front, which `raster` and `vector` can draw.

Coordinates are in pixels of the scene, x to the right and y down; shapes may reach
over the edges. Colours are 8-bit sRGB.
"""

from __future__ import annotations

from typing import TypeAlias

from assetgen.values import Value

Color: TypeAlias = tuple[int, int, int]
Point: TypeAlias = tuple[float, float]


class Polygon(Value):
    """A closed outline."""

    points: tuple[Point, ...]


class Ellipse(Value):
    """The ellipse that fills a box."""

    left: float
    top: float
    right: float
    bottom: float


class Box(Value):
    """A rectangle with round corners."""

    left: float
    top: float
    right: float
    bottom: float
    radius: float = 0.0


Shape: TypeAlias = Polygon | Ellipse | Box


class Fade(Value):
    """Colours that melt into each other from the top of a layer to its bottom."""

    stops: tuple[Color, ...]


Fill: TypeAlias = Color | Fade


class Layer(Value):
    """Shapes that are painted at once, in one fill.

    Attributes:
        holes: Shapes that are cut out of the layer.
        opacity: 0 to 255; the same everywhere, also where shapes overlap.
    """

    shapes: tuple[Shape, ...]
    fill: Fill
    opacity: int = 255
    holes: tuple[Shape, ...] = ()


class Glow(Value):
    """A round light that fades to nothing at its radius."""

    x: float
    y: float
    radius: float
    color: Color
    opacity: int = 255


class Scene(Value):
    """A whole picture without its caption.

    Attributes:
        backdrop: What lies behind everything; None where that is transparent.
    """

    width: int
    height: int
    backdrop: Fade | None
    items: tuple[Layer | Glow, ...]


def disc(x: float, y: float, radius: float) -> Ellipse:
    """Return the circle around a point."""
    return Ellipse(x - radius, y - radius, x + radius, y + radius)


def bounds(shapes: tuple[Shape, ...]) -> tuple[float, float, float, float]:
    """Return left, top, right and bottom of the shapes together; at least one shape."""
    xs: list[float] = []
    ys: list[float] = []
    for shape in shapes:
        if isinstance(shape, Polygon):
            xs.extend(x for x, _ in shape.points)
            ys.extend(y for _, y in shape.points)
        else:
            xs.extend((shape.left, shape.right))
            ys.extend((shape.top, shape.bottom))
    return min(xs), min(ys), max(xs), max(ys)


def moved(shape: Shape, x: float, y: float, scale: float) -> Shape:
    """Return the shape scaled about the origin, then moved by `x` and `y`."""
    if isinstance(shape, Polygon):
        return Polygon(
            tuple((px * scale + x, py * scale + y) for px, py in shape.points)
        )
    left, right = shape.left * scale + x, shape.right * scale + x
    top, bottom = shape.top * scale + y, shape.bottom * scale + y
    if isinstance(shape, Ellipse):
        return Ellipse(left, top, right, bottom)
    return Box(left, top, right, bottom, shape.radius * scale)


def smooth(points: tuple[Point, ...], steps: int = 6) -> Polygon:
    """Return a round closed outline through all points (Catmull-Rom).

    Only sums and products, so that every machine gets the same outline.
    """
    count = len(points)
    outline: list[Point] = []
    for index in range(count):
        corners = [points[(index + offset) % count] for offset in (-1, 0, 1, 2)]
        for step in range(steps):
            t = step / steps
            outline.append(
                (
                    _spline(
                        corners[0][0], corners[1][0], corners[2][0], corners[3][0], t
                    ),
                    _spline(
                        corners[0][1], corners[1][1], corners[2][1], corners[3][1], t
                    ),
                )
            )
    return Polygon(tuple(outline))


def _spline(a: float, b: float, c: float, d: float, t: float) -> float:
    """Return the Catmull-Rom curve between `b` and `c` at `t` (0 to 1)."""
    return 0.5 * (
        2 * b
        + (c - a) * t
        + (2 * a - 5 * b + 4 * c - d) * t * t
        + (3 * b - a - 3 * c + d) * t * t * t
    )
