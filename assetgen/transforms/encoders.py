"""The writers of each format: pixels become a file's bytes, through Pillow alone.

Each works on one thread, and gives the same bytes for the same pixels whatever runs
beside it. Nothing of what a picture came from gets into the file; see `metadata` for the
one field that may.

How hard each one tries was measured: see the decision on encoders under docs/adr.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any, Final

from PIL.PngImagePlugin import PngInfo

from assetgen.errors import AssetFailed
from assetgen.transforms.alpha import flatten, is_opaque
from assetgen.transforms.arguments import parse_color
from assetgen.transforms.optimizing import optimized
from assetgen.transforms.palettes import exact_palette, reduced_palette
from assetgen.transforms.pixels import indexed
from assetgen.transforms.sizing import refuse_see_through

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PIL import Image

    from assetgen.model import Output

PNG_COMPRESS_LEVEL: Final = 4
PNG_STRATEGY: Final = 0
"""Zlib's default strategy: smaller and as fast as the one for filtered rows."""

PALETTE_COMPRESS_LEVEL: Final = 9
"""Of PNGs with a palette, which have a quarter of the bytes to look at."""

JPEG_QUALITY: Final = 85
WEBP_QUALITY: Final = 80
WEBP_METHOD: Final = 3
LOSSLESS_WEBP_METHOD: Final = 4
AVIF_QUALITY: Final = 65
AVIF_SPEED: Final = 8


def plain_png(image: Image.Image, packet: str = "") -> bytes:
    """Return the picture as a PNG of full colours; without alpha where it is opaque.

    Args:
        image: Mode RGBA.
        packet: XMP to write into it; empty for none.
    """
    return saved(
        without_needless_alpha(image),
        "PNG",
        pnginfo=_png_info(packet),
        compress_level=PNG_COMPRESS_LEVEL,
        compress_type=PNG_STRATEGY,
    )


def palette_png(image: Image.Image, output: Output, packet: str) -> bytes:
    """Return a PNG; with a palette where the picture fits one, or the output asks.

    Icons that must be opaque keep full colours: app stores that check them may know no others.

    Args:
        image: Mode RGBA.
        output: `colors` says how many colours may be left.
        packet: XMP to write into it; empty for none.

    Raises:
        NotAvailable: It is to be optimized, and what does it is not installed.
    """
    data = _palette_png(image, output, packet)
    return optimized(data) if output.optimize else data


def _palette_png(image: Image.Image, output: Output, packet: str) -> bytes:
    if output.colors is None:
        paletted = None if output.opaque else exact_palette(image)
    else:
        paletted = reduced_palette(image, output.colors)
    if paletted is None:
        return plain_png(image, packet)
    options = {"transparency": paletted.alphas} if paletted.alphas else {}
    return saved(
        paletted.image,
        "PNG",
        pnginfo=_png_info(packet),
        compress_level=PALETTE_COMPRESS_LEVEL,
        compress_type=PNG_STRATEGY,
        **options,
    )


def jpeg(image: Image.Image, output: Output, packet: str) -> bytes:
    """Return a progressive JPEG; full colour resolution from quality 90 up."""
    quality = JPEG_QUALITY if output.quality is None else output.quality
    if not is_opaque(image):
        refuse_see_through(output)
        image = flatten(image, parse_color(output.background or "#ffffff"))
    return saved(
        image.convert("RGB"),
        "JPEG",
        quality=quality,
        subsampling="4:4:4" if quality >= 90 else "4:2:0",
        progressive=True,
        optimize=True,
        xmp=packet.encode(),
    )


def webp(image: Image.Image, output: Output, packet: str) -> bytes:
    """Return a WebP; lossless where the output says so."""
    return saved(
        without_needless_alpha(image),
        "WEBP",
        quality=WEBP_QUALITY if output.quality is None else output.quality,
        lossless=bool(output.lossless),
        method=LOSSLESS_WEBP_METHOD if output.lossless else WEBP_METHOD,
        xmp=packet.encode(),
    )


def avif(image: Image.Image, output: Output, packet: str) -> bytes:
    """Return an AVIF; full colour resolution from quality 90 up.

    Tiles would make files larger, and how many there are depends on the processors.
    """
    quality = AVIF_QUALITY if output.quality is None else output.quality
    return saved(
        without_needless_alpha(image),
        "AVIF",
        quality=quality,
        subsampling="4:4:4" if quality >= 90 else "4:2:0",
        speed=AVIF_SPEED,
        max_threads=1,
        autotiling=False,
        advanced={"a:tune": "ssim"},  # what is tuned for eyes is wasted on alpha
        xmp=packet.encode(),
    )


def gif(image: Image.Image, output: Output) -> bytes:
    """Return a GIF of one frame; it has no place for XMP that readers agree on."""
    paletted, transparent = indexed(image, output.colors or 256)
    options = {} if transparent is None else {"transparency": transparent}
    return saved(paletted, "GIF", optimize=False, **options)


def ico(icons: Sequence[Image.Image]) -> bytes:
    """Return an .ico file of square pictures, the largest last."""
    return saved(
        icons[-1],
        "ICO",
        sizes=[icon.size for icon in icons],
        append_images=list(icons[:-1]),
    )


def without_needless_alpha(image: Image.Image) -> Image.Image:
    """Return an opaque picture as RGB, and any other one as it is."""
    return image.convert("RGB") if is_opaque(image) else image


def saved(image: Image.Image, kind: str, **options: Any) -> bytes:
    """Return what Pillow's encoder writes, without anything that it would add.

    Raises:
        AssetFailed: It cannot write the picture.
    """
    from PIL import AvifImagePlugin, IcoImagePlugin, WebPImagePlugin  # noqa: F401

    # The picture is the caller's, and other threads may be writing it, too: Pillow keeps
    # the options of a save in it, and encoders copy profiles and comments from its info.
    image = image.copy()
    image.info = {}
    file = io.BytesIO()
    try:
        image.save(file, kind, **options)
    except (OSError, ValueError, RuntimeError) as error:
        raise AssetFailed(f"writing {kind} failed: {error}") from error
    return file.getvalue()


def _png_info(packet: str) -> PngInfo:
    info = PngInfo()
    if packet:
        info.add_itxt("XML:com.adobe.xmp", packet)
    return info
