"""Pictures of pixels become drawings of shapes: the one door to vtracer.

Meant for logos, icons and flat drawings. vtracer finds areas of one colour and draws
curves around them; the document around its paths is written here, so that its bytes
depend on the paths alone. It is held to the same rules as a drawing that a model made.

Shapes of vtracer are opaque. Rims that are half covered become whole or nothing, as
curves are smoothed by whoever shows them; wide areas of soft alpha are traced in a
few steps of opacity, each in a group of its own.
"""

from __future__ import annotations

import importlib.util
import io
import re
from typing import TYPE_CHECKING, Final

from assetgen.errors import AssetFailed, NotAvailable
from assetgen.transforms.metadata import source_type_packet
from assetgen.transforms.vectors import require_inert

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PIL import Image

    from assetgen.model import Size
    from assetgen.transforms.metadata import MadeByModel

MAX_TRACED_PX: Final = 2048
"""The longest edge of a picture that is traced."""

MAX_BYTES: Final = 2 * 2**20
"""Larger documents are slower to show than the picture that they were made from."""

MAX_CHANGES: Final = 200_000
"""Pixels that may differ from their right neighbour; more of them take minutes."""

PIXEL_ART_PX: Final = 64
"""Of pictures up to this edge every pixel is kept, as a square."""

INSTALL: Final = "install it: `pip install 'assetgen-build[svg]'`"

_OPACITIES: Final = (32, 64, 96, 128, 160, 192, 224)
"""Steps of soft alpha; each stands for what is at most 16 away, 255 for the rest."""

_PATH: Final = re.compile(
    r'<path d="([-MCLZ0-9., ]*)" fill="(#[0-9A-F]{6})"'
    r' transform="translate\((-?[0-9.]+),(-?[0-9.]+)\)"/>'
)
_SMOOTH: Final = {"mode": "spline", "filter_speckle": 4, "layer_difference": 16}
_SQUARE: Final = {"mode": "none", "filter_speckle": 0, "layer_difference": 0}


def is_installed() -> bool:
    """Return whether pictures can be traced on this machine."""
    return importlib.util.find_spec("vtracer") is not None


def require_traceable(size: Size | None) -> None:
    """Do nothing if a picture of that size can be traced here; needs no picture.

    Args:
        size: Of the file; None where it is not known yet.

    Raises:
        AssetFailed: It is too large.
        NotAvailable: What traces is not installed.
    """
    if not is_installed():
        raise NotAvailable(
            "svg files are traced by `vtracer`, which is not installed", hint=INSTALL
        )
    if size is not None and max(size.width, size.height) > MAX_TRACED_PX:
        raise AssetFailed(
            f"{size} is too large to be traced",
            hint=f"no edge may be above {MAX_TRACED_PX} px; an svg can be shown in any"
            " size: set `width` or `height`",
        )


def traced(image: Image.Image, made_by_model: MadeByModel = "") -> bytes:
    """Return the picture as an SVG of filled paths, of the picture's size.

    Args:
        image: Mode RGBA.
        made_by_model: What the file says of its origin, in its metadata.

    Raises:
        AssetFailed: It is too large or too busy to be a drawing.
        NotAvailable: vtracer is not installed.
    """
    from assetgen.transforms.geometry import size_of

    require_traceable(size_of(image))
    _require_calm(image)
    small = max(image.size) <= PIXEL_ART_PX
    body = "".join(_groups(image, small=small))
    width, height = image.size
    text = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}"'
        f' viewBox="0 0 {width} {height}"{_CRISP if small else ""}>\n'
        f"{_metadata(made_by_model)}{body}</svg>\n"
    )
    data = text.encode()
    if len(data) > MAX_BYTES:
        raise AssetFailed(
            f"its svg would have {len(data):,} bytes, and at most {MAX_BYTES:,} are"
            " written: there are too many shapes in it",
            hint=_CALMER,
        )
    require_inert(data)
    return data


_CRISP: Final = ' shape-rendering="crispEdges"'
_CALMER: Final = (
    "svg is for flat drawings; set a smaller `width`, add the step `quantize`, or take"
    " webp"
)


def _metadata(made_by_model: MadeByModel) -> str:
    """Return the element that says that a model made it; empty for none."""
    packet = re.sub(r"<\?.*?\?>", "", source_type_packet(made_by_model))
    return f"<metadata>{packet}</metadata>\n" if packet else ""


def _require_calm(image: Image.Image) -> None:
    """Do nothing for a picture that has areas of colour.

    Raises:
        AssetFailed: So many pixels differ from their neighbours that it is a photo.
    """
    from PIL import ImageChops

    # What lies under clear pixels is not traced, so it may be as busy as it likes.
    grey = ImageChops.darker(image.convert("L"), image.getchannel("A"))
    moved = ImageChops.offset(grey, 1, 0)
    steps = ImageChops.difference(grey, moved).histogram()
    changes = sum(steps[8:])
    if changes > MAX_CHANGES:
        raise AssetFailed(
            f"it is too busy to be traced: {changes:,} of its pixels differ from their"
            f" neighbours, and at most {MAX_CHANGES:,} may",
            hint=_CALMER,
        )


def _groups(image: Image.Image, *, small: bool) -> Iterator[str]:
    """Yield the markup of the paths, by opacity; the opaque ones last, on top."""
    for opacity, part in _by_opacity(image, small=small):
        paths = _paths(part, small=small)
        if paths and opacity < 255:
            yield f'<g opacity="{opacity / 255:.2g}">\n{paths}</g>\n'
        else:
            yield paths


def _by_opacity(
    image: Image.Image, *, small: bool
) -> Iterator[tuple[int, Image.Image]]:
    """Yield parts of a picture, each wholly opaque or clear, with their opacity.

    Args:
        image: Mode RGBA.
        small: Whether single pixels count; else soft rims belong to what they are
            rims of.
    """
    from PIL import Image, ImageChops, ImageFilter

    alpha = image.getchannel("A")
    soft = alpha.point([255 if 16 <= value < 240 else 0 for value in range(256)])
    if not small:  # rims are narrower than 5 px: they do not outlive the first filter
        wide = soft.filter(ImageFilter.MinFilter(5)).filter(ImageFilter.MaxFilter(9))
        soft = ImageChops.darker(soft, wide)
    clear = Image.new("RGBA", image.size)
    if soft.getbbox() is not None:
        for opacity in _OPACITIES:
            near = [255 if -16 <= value - opacity < 16 else 0 for value in range(256)]
            mask = ImageChops.darker(soft, alpha.point(near))
            if mask.getbbox() is not None:
                yield opacity, Image.composite(_opaque(image), clear, mask)
    hard = alpha.point([255 if value >= 128 else 0 for value in range(256)])
    mask = ImageChops.subtract(hard, soft)
    yield 255, Image.composite(_opaque(image), clear, mask)


def _opaque(image: Image.Image) -> Image.Image:
    return image.convert("RGB").convert("RGBA")


def _paths(image: Image.Image, *, small: bool) -> str:
    """Return the paths around the areas of a picture whose alpha is 0 or 255."""
    import vtracer

    if image.getchannel("A").getbbox() is None:
        return ""
    file = io.BytesIO()
    image.save(file, "PNG", compress_level=1)
    options = _SQUARE if small else _SMOOTH
    try:
        text: str = vtracer.convert_raw_image_to_svg(
            file.getvalue(),
            img_format="png",
            colormode="color",
            hierarchical="stacked",
            color_precision=8,
            corner_threshold=60,
            length_threshold=4.0,
            max_iterations=10,
            splice_threshold=45,
            path_precision=2,
            **options,
        )
    except Exception as error:
        raise AssetFailed(f"tracing failed: {error}") from error
    except BaseException as error:
        if type(error).__name__ != "PanicException":  # a crash inside vtracer
            raise
        raise AssetFailed(f"tracing failed: {error}") from None
    found = _PATH.findall(text)
    if len(found) != text.count("<path"):
        raise AssetFailed("tracing failed: vtracer wrote paths of an unknown form")
    return "".join(
        f'<path fill="{fill.lower()}" d="{d.strip()}"{_moved(x, y)}/>\n'
        for d, fill, x, y in found
        if d
    )


def _moved(x: str, y: str) -> str:
    return "" if x == y == "0" else f' transform="translate({x} {y})"'
