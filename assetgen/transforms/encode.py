"""Pictures become files: what an output asks for is made from an asset's image.

Steps and sizes are here, `encoders` writes the formats, `animating` moving pictures. The
same picture and words give the same bytes, whatever thread and however many run.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from assetgen.errors import AssetFailed
from assetgen.transforms.alpha import is_opaque
from assetgen.transforms.arguments import CLEAR, parse_color
from assetgen.transforms.encoders import (
    avif,
    gif,
    ico,
    jpeg,
    palette_png,
    plain_png,
    webp,
)
from assetgen.transforms.geometry import resize, size_of
from assetgen.transforms.icns import icns_file
from assetgen.transforms.metadata import source_type_packet
from assetgen.transforms.placement import fit_picture
from assetgen.transforms.sizing import (
    ICON_SIDES_PX,
    icon_sides,
    output_fitting,
    output_size,
    refuse_lossless,
)
from assetgen.transforms.steps import apply
from assetgen.transforms.tracing import traced
from assetgen.values import Value

if TYPE_CHECKING:
    from collections.abc import Callable

    from PIL import Image

    from assetgen.model import Output, Ref, Size
    from assetgen.transforms.arguments import Color
    from assetgen.transforms.metadata import MadeByModel
    from assetgen.transforms.sharing import Shapes


class Produced(Value):
    """A finished file.

    Attributes:
        data: Its bytes.
        width: In px; of an .ico the largest picture's.
        height: As `width`.
    """

    data: bytes
    width: int
    height: int


def produce(
    image: Image.Image,
    output: Output,
    open_ref: Callable[[Ref], Image.Image],
    made_by_model: MadeByModel = "",
    shapes: Shapes | None = None,
) -> Produced:
    """Return the output's file made from an asset's image: steps, size, format.

    Args:
        image: Mode RGBA; is not changed.
        output: One that has a format of its own; ``metadata: keep`` is the caller's.
        open_ref: Opens the picture that a step names.
        made_by_model: What the file may say of its origin.
        shapes: Of the same asset, to scale once what several of its files show.

    Raises:
        AssetFailed: A step or the format cannot do what is asked.
        NotAvailable: What writes the format is not installed.
    """
    output_size(size_of(image), output)  # fails before the work, with the same words
    if output.format in ICON_SIDES_PX:
        image = apply(image, output.process, open_ref)
        canvas = output_fitting(size_of(image), output).canvas
        return _icon_file(image, output, canvas, _ground(output))
    shape = partial(_shaped, image, output, open_ref)
    image = shape() if shapes is None else shapes.get(image, output, shape)
    if output.opaque:
        _require_opaque(image, output)
    data = encode(image, output, made_by_model=made_by_model)
    return Produced(data, image.width, image.height)


def _shaped(
    image: Image.Image, output: Output, open_ref: Callable[[Ref], Image.Image]
) -> Image.Image:
    """Return the picture after the output's steps, at its size."""
    image = apply(image, output.process, open_ref)
    fitting = output_fitting(size_of(image), output)
    return resize(image, fitting, "lanczos", _ground(output))


def _ground(output: Output) -> Color:
    return CLEAR if output.background is None else parse_color(output.background)


def _icon_file(
    image: Image.Image, output: Output, canvas: Size, ground: Color
) -> Produced:
    """Return an icon file; each of its pictures is made from the whole image."""
    size, sides = size_of(image), icon_sides(canvas, str(output.format))
    if canvas.width == canvas.height:
        boxed = output.width is not None and output.height is not None
        fit = output.fit if boxed else "contain"
    else:  # the shape comes first, then it is centred
        image = resize(image, output_fitting(size, output), "lanczos", ground)
        size, fit, ground = size_of(image), "contain", CLEAR
    icons = [
        resize(
            image,
            fit_picture(size, side, side, fit, output.position),
            "lanczos",
            ground,
        )
        for side in sides
    ]
    data = ico(icons) if output.format == "ico" else icns_file(icons, plain_png)
    return Produced(data, sides[-1], sides[-1])


def _require_opaque(image: Image.Image, output: Output) -> None:
    """Do nothing if nothing shows through.

    Raises:
        AssetFailed: Something does, where the icon must be opaque.
    """
    if is_opaque(image):
        return
    levels = image.getchannel("A").histogram()
    share = 1 - levels[255] / (image.width * image.height)
    raise AssetFailed(
        f"icons of the preset `{output.preset}` are opaque, and {share:.1%} of the"
        " picture's pixels are not",
        hint='add `background: "#ffffff"` (or another colour) beside the preset',
    )


def encode(
    image: Image.Image, output: Output, *, made_by_model: MadeByModel = ""
) -> bytes:
    """Return the picture as a file of the output's format.

    Args:
        image: Mode RGBA, of the file's size.
        output: Gives format, quality, lossless, background and metadata.
        made_by_model: What the file may say of its origin, where metadata is ``tag``.

    Raises:
        AssetFailed: Transparent pixels, and the format has none.
        NotAvailable: What writes the format is not installed.
    """
    refuse_lossless(output)
    packet = source_type_packet(made_by_model) if output.metadata == "tag" else ""
    match output.format:
        case "png":
            return palette_png(image, output, packet)
        case "jpg":
            return jpeg(image, output, packet)
        case "webp":
            return webp(image, output, packet)
        case "avif":
            return avif(image, output, packet)
        case "gif":
            return gif(image, output)
        case "svg":
            return traced(image, made_by_model if output.metadata == "tag" else "")
        case _:
            return _icon_file(image, output, size_of(image), CLEAR).data
