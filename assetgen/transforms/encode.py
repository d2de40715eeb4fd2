"""Pictures become files: outputs in every format, and plain PNGs for providers.

The same picture and words give the same bytes, whatever thread and however many run:
each encoder works on one thread. Nothing of what a picture came from gets into the
file; see `metadata` for the one field that may.

Defaults were chosen by measuring: AVIF below speed 7 takes twice the time or more, and
PNG above level 4 or with `optimize` too, for a few percent of bytes.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any, Final

from PIL.PngImagePlugin import PngInfo

from assetgen.errors import AssetFailed
from assetgen.transforms.alpha import flatten, is_opaque
from assetgen.transforms.arguments import CLEAR, parse_color
from assetgen.transforms.geometry import resize, size_of
from assetgen.transforms.icns import icns_file
from assetgen.transforms.metadata import source_type_packet
from assetgen.transforms.pixels import indexed
from assetgen.transforms.placement import fit_picture
from assetgen.transforms.sizing import (
    ICON_SIDES_PX,
    icon_sides,
    output_fitting,
    output_size,
    refuse_lossless,
    refuse_see_through,
)
from assetgen.transforms.steps import apply
from assetgen.transforms.tracing import traced
from assetgen.values import Value

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from PIL import Image

    from assetgen.model import Output, Ref, Size
    from assetgen.transforms.arguments import Color
    from assetgen.transforms.metadata import MadeByModel

PNG_COMPRESS_LEVEL: Final = 4
JPEG_QUALITY: Final = 85
WEBP_QUALITY: Final = 80
WEBP_METHOD: Final = 4
AVIF_QUALITY: Final = 65
AVIF_SPEED: Final = 7


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
) -> Produced:
    """Return the output's file made from an asset's image: steps, size, format.

    Args:
        image: Mode RGBA; is not changed.
        output: One that has a format of its own; ``metadata: keep`` is the caller's.
        open_ref: Opens the picture that a step names.
        made_by_model: What the file may say of its origin.

    Raises:
        AssetFailed: A step or the format cannot do what is asked.
        NotAvailable: What writes the format is not installed.
    """
    output_size(size_of(image), output)  # fails before the work, with the same words
    image = apply(image, output.process, open_ref)
    fitting = output_fitting(size_of(image), output)
    ground = CLEAR if output.background is None else parse_color(output.background)
    if output.format in ICON_SIDES_PX:
        return _icon_file(image, output, fitting.canvas, ground)
    image = resize(image, fitting, "lanczos", ground)
    if output.opaque:
        _require_opaque(image, output)
    data = encode(image, output, made_by_model=made_by_model)
    return Produced(data, image.width, image.height)


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
    data = _ico(icons) if output.format == "ico" else icns_file(icons, plain_png)
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
            return plain_png(image, packet)
        case "jpg":
            return _jpeg(image, output, packet)
        case "webp":
            return _webp(image, output, packet)
        case "avif":
            return _avif(image, output, packet)
        case "gif":
            return _gif(image)
        case "svg":
            return traced(image, made_by_model if output.metadata == "tag" else "")
        case _:
            return _icon_file(image, output, size_of(image), CLEAR).data


def plain_png(image: Image.Image, packet: str = "") -> bytes:
    """Return the picture as a PNG; without alpha channel when it is opaque.

    Args:
        image: Mode RGBA.
        packet: XMP to write into it; empty for none.
    """
    info = PngInfo()
    if packet:
        info.add_itxt("XML:com.adobe.xmp", packet)
    return _saved(
        _without_needless_alpha(image),
        "PNG",
        pnginfo=info,
        compress_level=PNG_COMPRESS_LEVEL,
    )


def _jpeg(image: Image.Image, output: Output, packet: str) -> bytes:
    """Return a progressive JPEG; full colour resolution from quality 90 up."""
    quality = JPEG_QUALITY if output.quality is None else output.quality
    if not is_opaque(image):
        refuse_see_through(output)
        image = flatten(image, parse_color(output.background or "#ffffff"))
    return _saved(
        image.convert("RGB"),
        "JPEG",
        quality=quality,
        subsampling="4:4:4" if quality >= 90 else "4:2:0",
        progressive=True,
        optimize=True,
        xmp=packet.encode(),
    )


def _webp(image: Image.Image, output: Output, packet: str) -> bytes:
    """Return a WebP; lossless where the output says so."""
    return _saved(
        _without_needless_alpha(image),
        "WEBP",
        quality=WEBP_QUALITY if output.quality is None else output.quality,
        lossless=bool(output.lossless),
        method=WEBP_METHOD,
        xmp=packet.encode(),
    )


def _avif(image: Image.Image, output: Output, packet: str) -> bytes:
    """Return an AVIF; full colour resolution from quality 90 up."""
    quality = AVIF_QUALITY if output.quality is None else output.quality
    return _saved(
        _without_needless_alpha(image),
        "AVIF",
        quality=quality,
        subsampling="4:4:4" if quality >= 90 else "4:2:0",
        speed=AVIF_SPEED,
        max_threads=1,
        xmp=packet.encode(),
    )


def _gif(image: Image.Image) -> bytes:
    """Return a GIF of one frame; it has no place for XMP that readers agree on."""
    paletted, transparent = indexed(image)
    options = {} if transparent is None else {"transparency": transparent}
    return _saved(paletted, "GIF", optimize=False, **options)


def _ico(icons: Sequence[Image.Image]) -> bytes:
    """Return an .ico file of square pictures, the largest last."""
    return _saved(
        icons[-1],
        "ICO",
        sizes=[icon.size for icon in icons],
        append_images=list(icons[:-1]),
    )


def _without_needless_alpha(image: Image.Image) -> Image.Image:
    """Return an opaque picture as RGB, and any other one as it is."""
    return image.convert("RGB") if is_opaque(image) else image


def _saved(image: Image.Image, kind: str, **options: Any) -> bytes:
    """Return what Pillow's encoder writes, without anything that it would add."""
    from PIL import AvifImagePlugin, IcoImagePlugin, WebPImagePlugin  # noqa: F401

    if image.info:
        # Encoders copy profiles and comments from here; the picture is the caller's.
        image = image.copy()
        image.info = {}
    file = io.BytesIO()
    try:
        image.save(file, kind, **options)
    except (OSError, ValueError, RuntimeError) as error:
        raise AssetFailed(f"writing {kind} failed: {error}") from error
    return file.getvalue()
