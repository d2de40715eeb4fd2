"""Read composed pictures: layers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from assetgen.model import FillLayer, ImageLayer, Layers
from assetgen.resolve.lettering import read_text_layer
from assetgen.resolve.refs import read_ref
from assetgen.resolve.values import (
    read_choice,
    read_color,
    read_number,
    read_point,
    read_size,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from assetgen.model import Json, Layer
    from assetgen.resolve.scope import Scope
    from assetgen.spans import Place

MAX_LAYERS: Final = 100
MAX_SCALE: Final = 64
BLENDS: Final = (
    "normal",
    "multiply",
    "screen",
    "overlay",
    "darken",
    "lighten",
    "add",
    "subtract",
    "difference",
    "soft-light",
    "hard-light",
)


def read_layers(raw: Mapping[str, Json], scope: Scope) -> Layers:
    """Return the composition of a `layers` asset; wrong layers are left out."""
    value, place = raw.get("layers"), scope.place.at("layers")
    canvas = None
    if raw.get("canvas") is not None:
        canvas = read_size(raw["canvas"], scope.place.at("canvas"), scope.found)
    if not isinstance(value, list):
        scope.found.wrong_type("a list of layers", value, place)
        return Layers((), canvas)
    if not 1 <= len(value) <= MAX_LAYERS:
        scope.found.error(
            "bad-value", f"`layers` lists 1 to {MAX_LAYERS} layers", place
        )
        return Layers((), canvas)
    read = (_read_layer(layer, place.at(i), scope) for i, layer in enumerate(value))
    layers = tuple(layer for layer in read if layer is not None)
    whole = len(layers) == len(value)
    if whole and canvas is None and not isinstance(layers[0], ImageLayer):
        scope.found.error(
            "missing-key",
            "without a picture as the lowest layer, `canvas` must give the size",
            place.at(0),
            hint="add `canvas: 1024x1024`",
        )
    return Layers(layers, canvas)


def _read_layer(raw: Json, place: Place, scope: Scope) -> Layer | None:
    found = scope.found
    kinds = [kind for kind in ("image", "fill", "text") if _has(raw, kind)]
    if not isinstance(raw, dict) or len(kinds) != 1:
        found.error(
            "bad-layer", "a layer has exactly one of `image`, `fill` and `text`", place
        )
        return None
    blend = read_choice(raw.get("blend", "normal"), BLENDS, place.at("blend"), found)
    if kinds == ["text"]:
        return read_text_layer(raw, blend, place, found)
    opacity = read_number(raw.get("opacity", 1), 0, 1, place.at("opacity"), found)
    if kinds == ["fill"]:
        color = read_color(raw["fill"], place.at("fill"), found)
        if color is None or opacity is None or blend is None:
            return None
        return FillLayer(color=color, opacity=opacity, blend=blend)
    ref = read_ref(raw["image"], place.at("image"), found)
    at = read_point(raw.get("at", "center"), place.at("at"), found)
    scale = read_number(
        raw.get("scale", 1), 1 / MAX_SCALE**2, MAX_SCALE, place.at("scale"), found
    )
    if ref is None or at is None or scale is None or opacity is None or blend is None:
        return None
    return ImageLayer(ref=ref, at=at, scale=scale, opacity=opacity, blend=blend)


def _has(raw: Json, key: str) -> bool:
    return isinstance(raw, dict) and key in raw
