"""Bytes that nobody trusts become pictures: the only door by which pictures come in.

A file is known by its first bytes, never by its suffix; only the formats below are
opened, each by its own decoder. Size and orientation are read from the header, and a
picture above the limits is refused before a pixel is decoded. What leaves is always
the same form: RGBA, 8 bits a channel, straight alpha, sRGB, upright, no metadata.

Nothing of Pillow's own exceptions or warnings gets out. Pillow is imported by the
functions, so that importing this module is cheap.
"""

from __future__ import annotations

import io
import re
import threading
import warnings
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from assetgen.errors import AssetgenError
from assetgen.transforms.placement import MAX_EDGE_PX, MAX_PIXELS
from assetgen.values import Value

if TYPE_CHECKING:
    from collections.abc import Mapping

    from PIL import Image
    from PIL.ImageFile import ImageFile

PictureFormat: TypeAlias = Literal["png", "jpeg", "webp", "gif", "avif", "svg"]

MEDIA_TYPES: Final[Mapping[PictureFormat, str]] = MappingProxyType(
    {
        "png": "image/png",
        "jpeg": "image/jpeg",
        "webp": "image/webp",
        "gif": "image/gif",
        "avif": "image/avif",
        "svg": "image/svg+xml",
    }
)

SENT_AS_THEY_ARE: Final[frozenset[PictureFormat]] = frozenset({"png", "jpeg", "webp"})
"""Formats that image services take."""

MAX_INPUT_BYTES: Final = 50 * 1000 * 1000
"""Image services take pictures below this size."""

MAX_FRAMES: Final = 64
"""Frames of a GIF that are looked at."""

MAX_FRAME_PIXELS: Final = 4 * MAX_PIXELS
"""Pixels of a GIF that are looked at, in all its frames: sixteen of 3840x2160 are half."""

MAX_COUNTED: Final = 10_000
"""Frames of a picture that are counted."""

_SVG_HEAD_BYTES: Final = 65_536
_SVG_ROOT = re.compile(r"<svg(?=[\s/>])([^>]*)>")
_SVG_PROLOGUE: Final = (("<?", "?>"), ("<!--", "-->"), ("<!DOCTYPE", ">"))
_SVG_VIEW_BOX = re.compile(
    r"""\bviewBox\s*=\s*["']\s*[-+.\de]+[\s,]+[-+.\de]+[\s,]+([.\de]+)[\s,]+([.\de]+)"""
)
_ORIENTATION_TAG: Final = 0x0112
_MAX_PNG_CHUNKS: Final = 65_536
_SIDEWAYS: Final = frozenset({5, 6, 7, 8})

_OTHERS: Final = (
    (b"II*\0", "a TIFF"),
    (b"MM\0*", "a TIFF"),
    (b"8BPS", "a Photoshop file"),
    (b"%!PS", "a PostScript file"),
    (b"%PDF", "a PDF"),
    (b"\xc5\xd0\xd3\xc6", "a PostScript file"),
    (b"SIMPLE  =", "a FITS file"),
    (b"BM", "a BMP"),
    (b"\0\0\1\0", "an icon file"),
    (b"\0\0\0\x0cJXL ", "a JPEG XL"),
    (b"\xff\x0a", "a JPEG XL"),
    (b"\0\0\0\x0cjP  ", "a JPEG 2000"),
)

_quiet = threading.Lock()


class PictureRefused(AssetgenError):
    """The bytes are no picture that may be opened."""

    code = "picture-refused"


class PictureInfo(Value, kw_only=True):
    """What a picture's header says.

    Attributes:
        format: By its first bytes.
        width: In px, as seen: after turning it upright.
        height: As `width`.
        upright: Whether it is stored as it is seen (no EXIF orientation).
        mode: Pillow's name of the stored form (``RGB``, ``CMYK``, ...); empty for svg.
        animated: Whether there are further frames; only the first is ever used.
    """

    format: PictureFormat
    width: int
    height: int
    upright: bool = True
    mode: str = ""
    animated: bool = False


def probe(data: bytes) -> PictureInfo:
    """Return what the header says; no pixel is decoded.

    Args:
        data: A whole file.

    Raises:
        PictureRefused: No picture of a known format, a damaged header, or above the
            limits of `assetgen.transforms.placement`.
    """
    kind = _kind_of(data)
    if kind == "svg":
        return _probe_svg(data)
    image, orientation = _open_header(data, kind)
    with image:
        width, height = image.size
        if orientation in _SIDEWAYS:
            width, height = height, width
        return PictureInfo(
            format=kind,
            width=width,
            height=height,
            upright=orientation == 1,
            mode=image.mode,
            animated=kind != "jpeg" and _is_animated(image),
        )


def count_frames(data: bytes, info: PictureInfo) -> int:
    """Return the frames of a picture that moves; no pixel is decoded.

    Args:
        data: A whole file.
        info: What `probe` said of it.

    Returns:
        At most `MAX_COUNTED`; 1 for a still picture.
    """
    if not info.animated:
        return 1
    if info.format == "gif":
        return max(2, _gif_frames(data))
    image, _ = _open_header(data, info.format)
    with image:
        try:
            frames = int(getattr(image, "n_frames", 2))
        except Exception:  # noqa: BLE001  # a broken one moves all the same
            frames = 2
    return min(frames, MAX_COUNTED)


def _gif_frames(data: bytes) -> int:
    """Return the pictures of a GIF by walking over its blocks, as far as they are whole.

    Pillow counts by reading each frame's palette, which takes long for what was made to.

    Source: GIF89a specification, appendices A and B.
    """
    at, frames, size = 13, 0, len(data)
    at += _palette_bytes(data[10]) if size > 10 else 0
    while at < size and frames < MAX_COUNTED:
        block = data[at]
        if block == 0x21:  # an extension: its label, then data
            at += 2
        elif block == 0x2C and at + 9 < size:  # a picture: place, palette, code size
            frames += 1
            at += 11 + _palette_bytes(data[at + 9])
        else:
            break
        while at < size and data[at]:
            at += 1 + data[at]
        at += 1
    return frames


def _palette_bytes(flags: int) -> int:
    return 3 << ((flags & 7) + 1) if flags & 0x80 else 0


def open_picture(data: bytes) -> Image.Image:
    """Return the picture in working form (RGBA, 8 bits, sRGB, upright, no metadata).

    Of animations the first frame.

    Args:
        data: A whole file.

    Raises:
        PictureRefused: As `probe`; or the file is damaged or cut short.
    """
    kind = _kind_of(data)
    if kind == "svg":
        raise PictureRefused(
            "an SVG cannot be turned into pixels by this version",
            hint="store it as a PNG",
        )
    from assetgen.transforms.normalizing import normalized

    if kind == "png":
        _verify(data)
    image, orientation = _open_header(data, kind)
    try:
        image.load()
        return normalized(image, orientation)
    except Exception as error:  # noqa: BLE001  # decoders raise anything on bad bytes
        raise _damaged(error) from None


def probe_whole(data: bytes) -> PictureInfo:
    """Return what `probe` does, of a file that can be read to its end.

    Of a GIF every frame is decoded, up to `MAX_FRAMES` and `MAX_FRAME_PIXELS`: it may
    be published as it is.

    Args:
        data: A whole file, or what claims to be one.

    Raises:
        PictureRefused: As `probe`; or the file is damaged or cut short.
    """
    info = probe(data)
    if info.format == "svg":
        from assetgen.transforms.vectors import require_whole_svg

        require_whole_svg(data)
        return info
    if info.format == "png":
        # Decoding alone accepts a file without its end, and verifying looks at no
        # pixel: it takes both.
        _verify(data)
    if info.format == "gif" and not data.rstrip(b"\0").endswith(b";"):
        raise PictureRefused("the picture is damaged: its end is missing")
    image, _ = _open_header(data, info.format)
    frames = 1
    if info.format == "gif":
        area = max(1, info.width * info.height)
        frames = min(MAX_FRAMES, MAX_FRAME_PIXELS // area)
    with image:
        try:
            image.load()
            for frame in range(1, frames):
                image.seek(frame)
                image.load()
        except EOFError:
            pass  # after the last frame
        except Exception as error:  # noqa: BLE001  # decoders raise anything
            raise _damaged(error) from None
    return info


def as_input(data: bytes, info: PictureInfo) -> tuple[bytes, str]:
    """Return the bytes that go to a provider for a picture, and their media type.

    A PNG, JPEG or WebP that is upright, has one frame and is within the service's
    limits goes out as it is; everything else becomes a PNG.

    Args:
        data: A whole file.
        info: What `probe` said of it.

    Raises:
        PictureRefused: As `open_picture`; or it is too large even as a PNG.
    """
    fits = len(data) < MAX_INPUT_BYTES and info.upright and not info.animated
    if fits and info.format in SENT_AS_THEY_ARE:
        return data, MEDIA_TYPES[info.format]
    from assetgen.transforms.encoders import plain_png

    sent = plain_png(open_picture(data))
    if len(sent) >= MAX_INPUT_BYTES:
        raise PictureRefused(
            f"the picture takes {len(sent)} bytes as a PNG, and fewer than "
            f"{MAX_INPUT_BYTES} can be sent",
            hint="make it smaller",
        )
    return sent, MEDIA_TYPES["png"]


def _kind_of(data: bytes) -> PictureFormat:
    """Return the format that the first bytes show."""
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    if data.startswith(b"\xff\xd8\xff"):
        return "jpeg"
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return "webp"
    if data.startswith((b"GIF87a", b"GIF89a")):
        return "gif"
    if data[4:8] == b"ftyp" and (b"avif" in data[8:40] or b"avis" in data[8:40]):
        return "avif"
    if _svg_attributes(data) is not None:
        return "svg"
    raise PictureRefused(
        f"{_what_else(data)} is not a picture that can be used",
        hint="png, jpg, webp, gif and avif can; the first bytes count, not the suffix",
    )


def _what_else(data: bytes) -> str:
    """Return words for what the bytes seem to be instead."""
    for magic, name in _OTHERS:
        if data.startswith(magic):
            return name
    if data[4:8] == b"ftyp":
        return "a HEIC or video file"
    if not data:
        return "an empty file"
    head = data[:512]
    printable = sum(32 <= byte < 127 or byte in b"\t\n\r" for byte in head)
    return "a text file" if printable > 0.9 * len(head) else "a file of another kind"


def _open_header(data: bytes, kind: PictureFormat) -> tuple[ImageFile, int]:
    """Return the undecoded picture and its EXIF orientation (1 to 8).

    Raises:
        PictureRefused: The header is damaged, or the picture is above the limits.
    """
    from PIL import AvifImagePlugin, Image, WebPImagePlugin  # noqa: F401  # registers

    # The filters of `warnings` belong to the whole process, hence the lock; decoding,
    # which takes long, stays outside of it.
    with _quiet, warnings.catch_warnings(action="ignore"):
        try:
            image = Image.open(io.BytesIO(data), formats=(kind.upper(),))
        except Image.DecompressionBombError:
            raise PictureRefused(
                f"the picture has more than {MAX_PIXELS} pixels"
            ) from None
        except Exception as error:  # noqa: BLE001  # any, on damaged bytes
            raise _damaged(error) from None
        _refuse_large(*image.size)
        return image, _orientation(image, data)


def _refuse_large(width: int, height: int) -> None:
    """Do nothing for a size within the limits."""
    if width * height > MAX_PIXELS or max(width, height) > MAX_EDGE_PX:
        raise PictureRefused(
            f"the picture is {width}x{height}, which is too large",
            hint=f"at most {MAX_PIXELS} pixels, no edge above {MAX_EDGE_PX}",
        )


def _orientation(image: ImageFile, data: bytes) -> int:
    """Return the EXIF orientation, 1 to 8; 1 where there is none or it is nonsense."""
    from PIL import Image

    try:
        # Not the picture's own method: that of PNG would decode it to look behind it.
        found = Image.Image.getexif(image)
        if image.format == "PNG" and not found:
            found.load(b"Exif\0\0" + _late_exif(data))
        value = found.get(_ORIENTATION_TAG, 1)
    except Exception:  # noqa: BLE001  # broken EXIF must not spoil a good picture
        return 1
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def _late_exif(data: bytes) -> bytes:
    """Return the contents of a PNG's EXIF chunk, wherever it stands; empty if none."""
    at = len(b"\x89PNG\r\n\x1a\n")
    for _ in range(_MAX_PNG_CHUNKS):
        length = int.from_bytes(data[at : at + 4], "big")
        name = data[at + 4 : at + 8]
        if name == b"eXIf":
            return data[at + 8 : at + 8 + length]
        if len(name) < 4 or name == b"IEND":
            break
        at += 12 + length
    return b""


def _is_animated(image: ImageFile) -> bool:
    """Return whether there is a second frame; a broken one counts as none."""
    with _quiet, warnings.catch_warnings(action="ignore"):
        try:
            return bool(getattr(image, "is_animated", False))
        except Exception:  # noqa: BLE001  # only the first frame matters
            return False


def _verify(data: bytes) -> None:
    """Check a PNG's chunks to the end: decoding alone accepts one that is cut."""
    image, _ = _open_header(data, "png")
    try:
        image.verify()
    except Exception as error:  # noqa: BLE001  # any, on damaged bytes
        raise _damaged(error) from None


def _damaged(error: Exception) -> PictureRefused:
    """Return the refusal for what a decoder raised."""
    reason = str(error).split("\n", 1)[0][:200]
    if not reason or "BytesIO" in reason:
        reason = "its header cannot be read"
    return PictureRefused(f"the picture is damaged: {reason}")


# --- svg ----------------------------------------------------------------------


def _svg_attributes(data: bytes) -> str | None:
    """Return the attributes of an SVG's root element; None where it is no SVG.

    The prologue is walked piece by piece: a pattern for all of it could take for ever
    on a hostile file.
    """
    head = data[:_SVG_HEAD_BYTES]
    if b"\0" in head or b"<svg" not in head:
        return None
    text = head.decode("utf-8-sig", "replace")
    at = len(text) - len(text.lstrip())
    while opened := next((p for p in _SVG_PROLOGUE if text.startswith(p[0], at)), None):
        start, end = opened
        close = text.find(end, at + len(start))
        if start == "<!DOCTYPE" and "[" in text[at:close]:
            end = "]>"
            close = text.find(end, at)
        if close < 0:
            return None
        at = close + len(end)
        at += len(text[at:]) - len(text[at:].lstrip())
    found = _SVG_ROOT.match(text, at)
    return found[1] if found else None


def _probe_svg(data: bytes) -> PictureInfo:
    """Return the size that an SVG's root says, in CSS px; nothing is rendered."""
    attributes = _svg_attributes(data) or ""
    width, height = _svg_px(attributes, "width"), _svg_px(attributes, "height")
    if width is None or height is None:
        box = _SVG_VIEW_BOX.search(attributes)
        sides = (_rounded(box[1]), _rounded(box[2])) if box else (None, None)
        width, height = sides
    if width is None or height is None:
        width, height = 300, 150  # what browsers show for an SVG that says nothing
    _refuse_large(width, height)
    return PictureInfo(format="svg", width=width, height=height)


def _svg_px(attributes: str, name: str) -> int | None:
    """Return a length attribute in px, or None where it is absent or relative."""
    found = re.search(
        rf"""(?<![\w-]){name}\s*=\s*["']\s*([.\de]+)\s*(?:px)?\s*["']""", attributes
    )
    return _rounded(found[1]) if found else None


def _rounded(text: str) -> int | None:
    """Return a written number as whole px, or None when it is not one above 0."""
    try:
        value = float(text)
    except ValueError:
        return None
    return max(1, round(value)) if 0 < value < 1e9 else None
