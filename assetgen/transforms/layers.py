"""Pictures and plain colours put on each other, bottom to top.

Pictures are RGBA, 8 bits a channel, straight alpha. A blend other than ``normal``
mixes colours only where there is something below, as the W3C's "Compositing and
Blending" defines it: elsewhere the layer shows its own colour. `add` and `subtract` go
to white and black at most; `soft-light` is Pillow's, a little milder than the W3C's.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from PIL import Image, ImageChops

from assetgen.errors import AssetFailed
from assetgen.model import FillLayer, ImageLayer, Size
from assetgen.transforms.arguments import CLEAR, parse_color
from assetgen.transforms.geometry import scale, size_of
from assetgen.transforms.placement import placed, refuse_too_large

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from assetgen.model import FileRef, Layer, Length, Ref, TextLayer

BLENDS: Final[
    Mapping[str, Callable[[Image.Image, Image.Image], Image.Image] | None]
] = MappingProxyType(
    {
        "normal": None,
        "multiply": ImageChops.multiply,
        "screen": ImageChops.screen,
        "overlay": ImageChops.overlay,
        "darken": ImageChops.darker,
        "lighten": ImageChops.lighter,
        "add": ImageChops.add,
        "subtract": ImageChops.subtract,
        "difference": ImageChops.difference,
        "soft-light": ImageChops.soft_light,
        "hard-light": ImageChops.hard_light,
    }
)
"""What becomes of the colour below and the colour above, both of mode RGB."""


def compose(
    layers: Sequence[Layer],
    canvas: Size | None,
    open_ref: Callable[[Ref], Image.Image],
    read_font: Callable[[FileRef], bytes] | None = None,
) -> Image.Image:
    """Return the layers on a transparent canvas.

    Args:
        layers: Bottom to top.
        canvas: Its size; None takes the size of the lowest picture, before scaling.
        open_ref: Opens the picture that a layer names.
        read_font: Gives the bytes of the font that a layer of text names.

    Raises:
        AssetFailed: No size is known, a blend, colour or position is wrong, or a text
            cannot be set.
    """
    if canvas is None:
        canvas = _lowest_size(layers, open_ref)
    refuse_too_large(canvas)
    picture = Image.new("RGBA", (canvas.width, canvas.height), CLEAR)
    for layer in layers:
        if isinstance(layer, ImageLayer):
            top = scale(open_ref(layer.ref), layer.scale)
            put(picture, top, layer.at, layer.opacity, layer.blend)
        elif isinstance(layer, FillLayer):
            plain = Image.new("RGBA", picture.size, parse_color(layer.color))
            put(picture, plain, "top-left", layer.opacity, layer.blend)
        else:
            _put_text(picture, layer, read_font)
    return picture


def put(
    ground: Image.Image,
    top: Image.Image,
    at: tuple[Length, Length] | str,
    opacity: float = 1.0,
    blend: str = "normal",
) -> None:
    """Put a picture onto another one, in place; what reaches beyond it is cut off.

    Args:
        ground: Mode RGBA; is changed.
        top: Mode RGBA.
        at: Top left corner, or an anchor.
        opacity: 0.0 to 1.0.
        blend: A name of `BLENDS`.

    Raises:
        AssetFailed: The blend or anchor is unknown.
    """
    if blend not in BLENDS:
        raise AssetFailed(
            f"unknown blend {blend!r}", hint="one of " + ", ".join(BLENDS)
        )
    left, upper = placed(at, size_of(top), size_of(ground))
    seen = (
        max(left, 0),
        max(upper, 0),
        min(left + top.width, ground.width),
        min(upper + top.height, ground.height),
    )
    if seen[0] >= seen[2] or seen[1] >= seen[3] or opacity <= 0:
        return
    part = (seen[0] - left, seen[1] - upper, seen[2] - left, seen[3] - upper)
    if part != (0, 0, *top.size):
        top = top.crop(part)
    if opacity < 1:
        top = _faded(top, opacity)
    mix = BLENDS[blend]
    if mix is not None:
        below = ground.crop(seen)
        mixed = mix(below.convert("RGB"), top.convert("RGB"))
        mixed.putalpha(255)
        colored = Image.composite(mixed, top, below.getchannel("A"))
        colored.putalpha(top.getchannel("A"))
        top = colored
    ground.alpha_composite(top, seen[:2])


def _put_text(
    ground: Image.Image,
    layer: TextLayer,
    read_font: Callable[[FileRef], bytes] | None,
) -> None:
    """Put a layer of text onto a picture, in place."""
    from assetgen.transforms.lettering import draw_text, option, set_text

    if layer.font is None or read_font is None:
        raise AssetFailed("a layer of text needs `font: {file: ...}`")
    canvas = size_of(ground)
    text = draw_text(set_text(layer, canvas, read_font(layer.font)), canvas)
    opacity, blend = option(layer, "opacity"), option(layer, "blend")
    put(ground, text, "top-left", opacity, blend)


def _faded(image: Image.Image, opacity: float) -> Image.Image:
    """Return the picture with its alpha times `opacity`."""
    table = [int(alpha * opacity + 0.5) for alpha in range(256)]
    faded = image.copy()
    faded.putalpha(image.getchannel("A").point(table))
    return faded


def _lowest_size(
    layers: Sequence[Layer], open_ref: Callable[[Ref], Image.Image]
) -> Size:
    """Return the size of the lowest picture."""
    for layer in layers:
        if isinstance(layer, ImageLayer):
            return size_of(open_ref(layer.ref))
    raise AssetFailed("layers without a picture need a `canvas: WxH`")
