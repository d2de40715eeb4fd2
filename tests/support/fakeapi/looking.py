"""Pictures that come with a request, looked at as the service looks at them."""

from __future__ import annotations

import io
import warnings
from dataclasses import replace

from PIL import Image

from fakeapi.forms import File, Rejected

_MEGABYTE = 1024 * 1024
_KINDS = {
    "image/png": ("PNG", (".png",)),
    "image/jpeg": ("JPEG", (".jpg", ".jpeg")),
    "image/webp": ("WEBP", (".webp",)),
}


def look(file: File, *, below_mb: int = 50) -> tuple[File, Image.Image]:
    """Return the file with its size, and its picture, loaded.

    Raises:
        Rejected: No name or type of a picture, too large, or not a whole picture of
            the type it is said to be.
    """
    name = file.field
    if not file.name:
        raise Rejected(f"The file for '{name}' has no name.", param=name)
    if file.media_type not in _KINDS:
        raise Rejected(
            f"Invalid file '{name}': unsupported mimetype ('{file.media_type}'). "
            "Supported file formats are 'image/jpeg', 'image/png', and 'image/webp'.",
            code="unsupported_file_mimetype",
            param=name,
        )
    form, suffixes = _KINDS[file.media_type]
    if not file.name.lower().endswith(suffixes):
        raise Rejected(f"The name {file.name!r} does not fit its type.", param=name)
    if len(file.data) >= below_mb * _MEGABYTE:
        raise Rejected(f"'{name}' must be less than {below_mb}MB.", param=name)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            Image.open(io.BytesIO(file.data), formats=[form]).verify()
            picture = Image.open(io.BytesIO(file.data), formats=[form])
            picture.load()
    except Exception as error:
        raise Rejected(
            "Invalid image file or mode, please check your image file.",
            code="invalid_image_file",
            param=name,
        ) from error
    return replace(file, size=picture.size), picture


def look_at_mask(file: File, first: tuple[int, int]) -> tuple[File, Image.Image]:
    """Return the mask and its alpha as a picture of mode L: 0 edit, 255 keep.

    Raises:
        Rejected: Not a PNG with alpha of the first input's size below 4 MB, soft
            edges, nothing to edit or nothing to keep.
    """
    _need_png(file)
    file, picture = look(file, below_mb=4)
    if picture.mode not in {"RGBA", "LA"}:
        raise Rejected(
            "Invalid mask image format - mask image missing alpha channel.",
            code="invalid_mask_image_format",
            param="mask",
        )
    _need_size(file, first)
    alpha = picture.getchannel("A")
    counts = alpha.histogram()
    if sum(counts[1:255]):
        raise Rejected("The mask's alpha is neither 0 nor 255.", param="mask")
    if not counts[0]:
        raise Rejected("The mask leaves nothing to edit.", param="mask")
    if not counts[255]:
        raise Rejected("The mask leaves nothing to keep.", param="mask")
    return file, alpha


def look_at_markup(file: File, first: tuple[int, int]) -> tuple[File, Image.Image]:
    """Return the markup and its picture, mode RGBA.

    Raises:
        Rejected: Not a PNG of the first input's size with transparent pixels.
    """
    _need_png(file)
    file, picture = look(file)
    _need_size(file, first)
    picture = picture.convert("RGBA")
    if picture.getchannel("A").getextrema()[0] != 0:
        raise Rejected("The markup has no transparent pixels.", param="markup")
    return file, picture


def _need_png(file: File) -> None:
    if file.media_type != "image/png":
        raise Rejected(f"'{file.field}' must be a PNG file.", param=file.field)


def _need_size(file: File, first: tuple[int, int]) -> None:
    if file.size != first:
        raise Rejected(
            f"Invalid {file.field} size - must match the first image: "
            f"{file.size} is not {first}.",
            code=f"invalid_{file.field}_size",
            param=file.field,
        )
