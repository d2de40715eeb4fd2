"""Pictures that differ every time: quick to draw, and small as files.

In each the subject is an ellipse in the middle, so that a picture and the black-and-white
mask that is asked of it fit together.
"""

from __future__ import annotations

import io
from random import Random
from typing import TYPE_CHECKING

from PIL import Image, ImageChops, ImageDraw
from PIL.PngImagePlugin import PngInfo

if TYPE_CHECKING:
    from fakeapi.rules import Wanted

CREDENTIAL = b"caBX"
"""Name of the chunk that holds the service's content credential in a PNG."""
_CELLS = 24
_DRIFT = 40
"""How far a channel strays at most where nothing was to change."""


def paint(wanted: Wanted, *, alpha: bool | None = None) -> bytes:
    """Return one picture, encoded as asked.

    Args:
        alpha: Whether to answer with transparency; None does what was asked.
    """
    rng = Random()  # from the system: nobody gets the same picture twice
    if wanted.output_format == "svg":
        return _svg(wanted.size, rng)
    if wanted.output_format == "gif":
        return _gif(wanted, rng)
    picture = _edited(wanted, rng) if wanted.inputs else _fresh(wanted, rng)
    clear = wanted.background == "transparent" if alpha is None else alpha
    if clear and wanted.output_format != "jpeg":
        picture.putalpha(_subject(wanted.size))
    return encode(picture, wanted.output_format, wanted.compression)


def subject_box(size: tuple[int, int]) -> tuple[int, int, int, int]:
    """Return where the subject's ellipse is: left, top, right, bottom in px."""
    width, height = size
    return width // 5, height // 5, width - width // 5, height - height // 5


def _subject(size: tuple[int, int]) -> Image.Image:
    mask = Image.new("L", size, 0)
    ImageDraw.Draw(mask).ellipse(subject_box(size), fill=255)
    return mask


def _fresh(wanted: Wanted, rng: Random) -> Image.Image:
    if "black-and-white mask" in wanted.prompt:
        return _black_and_white(wanted.size)
    picture = _cells(wanted.size, rng)
    colour = tuple(rng.randrange(256) for _ in range(3))
    ImageDraw.Draw(picture).ellipse(subject_box(wanted.size), fill=colour)
    return picture


def _cells(size: tuple[int, int], rng: Random) -> Image.Image:
    return _few_cells(rng).resize(size, Image.Resampling.NEAREST)


def _few_cells(rng: Random) -> Image.Image:
    return Image.frombytes("RGB", (_CELLS, _CELLS), rng.randbytes(_CELLS * _CELLS * 3))


def _black_and_white(size: tuple[int, int]) -> Image.Image:
    """Return white on black with grey at the edge, as models draw it."""
    picture = Image.new("L", size, 0)
    left, top, right, bottom = subject_box(size)
    pen = ImageDraw.Draw(picture)
    pen.ellipse((left - 2, top - 2, right + 2, bottom + 2), fill=90)
    pen.ellipse((left, top, right, bottom), fill=255)
    return picture.convert("RGB")


def _edited(wanted: Wanted, rng: Random) -> Image.Image:
    """Return the first input changed: anew inside the mask, a little outside of it."""
    new = _fresh(wanted, rng)
    if "black-and-white mask" in wanted.prompt:
        return new
    base = _flat(wanted.inputs[0]).resize(wanted.size)
    drift = _cells(wanted.size, rng).point(lambda value: value % (2 * _DRIFT + 1))
    base = ImageChops.add(base, drift, 1.0, -_DRIFT)
    if wanted.mask is not None:
        keep = wanted.mask.resize(wanted.size, Image.Resampling.NEAREST)
        return Image.composite(base, new, keep)
    picture = Image.blend(base, new, 0.5)
    edge = max(1, min(wanted.size) // 8)
    for place, each in enumerate(wanted.inputs[1:]):
        small = _flat(each).resize((edge, edge), Image.Resampling.NEAREST)
        picture.paste(small, (place % 8 * edge, place // 8 * edge))
    return picture


def _flat(picture: Image.Image) -> Image.Image:
    if picture.mode == "RGB":
        return picture
    picture = picture.convert("RGBA")
    white = Image.new("RGBA", picture.size, "white")
    return Image.alpha_composite(white, picture).convert("RGB")


def encode(picture: Image.Image, form: str, compression: int = 100) -> bytes:
    """Return the file of a picture: png with a content credential, jpeg or webp."""
    out = io.BytesIO()
    if form == "png":
        credential = PngInfo()
        credential.add(CREDENTIAL, b"jumb: made by a model, signed by a stand-in")
        picture.save(out, "PNG", compress_level=1, pnginfo=credential)
    elif form == "jpeg":
        picture.convert("RGB").save(out, "JPEG", quality=max(1, min(compression, 95)))
    else:
        picture.save(out, "WEBP", quality=compression, method=0)
    return out.getvalue()


def _gif(wanted: Wanted, rng: Random) -> bytes:
    frames = [
        _few_cells(rng).quantize(8).resize(wanted.size, Image.Resampling.NEAREST)
        for _ in range(wanted.frames)
    ]
    out = io.BytesIO()
    frames[0].save(
        out,
        "GIF",
        save_all=True,
        append_images=frames[1:],
        duration=max(10, round(wanted.frame_ms, -1)),
        loop=0,
    )
    return out.getvalue()


def _svg(size: tuple[int, int], rng: Random) -> bytes:
    width, height = size
    fills = [f"#{rng.randrange(1 << 24):06x}" for _ in range(2)]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}"><rect width="{width}" height="{height}" '
        f'fill="{fills[0]}"/><ellipse cx="{width / 2}" cy="{height / 2}" '
        f'rx="{width / 3}" ry="{height / 3}" fill="{fills[1]}"/></svg>\n'
    ).encode()
