"""Files that say nothing but their pixels: what is left out, and what stays as it is."""

from __future__ import annotations

import io

import pytest
from PIL import Image, PngImagePlugin
from sketches import png

from assetgen.transforms.metadata import source_type_packet
from assetgen.transforms.silence import silenced

PICTURE = Image.effect_noise((9, 7), 90).convert("RGB")
CANARY = "somebody at 47.3N 8.5E"


def _exif():
    exif = Image.Exif()
    exif[0x013B] = CANARY
    exif[0x0112] = 6  # to be shown turned
    return exif


def _words():
    words = PngImagePlugin.PngInfo()
    words.add_text("Author", CANARY)
    return words


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("JPEG", {"exif": _exif()}),
        ("JPEG", {"comment": CANARY.encode()}),
        ("JPEG", {"xmp": CANARY.encode()}),
        ("PNG", {"exif": _exif()}),
        ("PNG", {"pnginfo": _words()}),
        ("WEBP", {"exif": _exif(), "lossless": True}),
        ("AVIF", {"xmp": CANARY.encode()}),
        ("GIF", {"comment": CANARY.encode()}),
    ],
)
def test_who_and_where_is_left_out_and_the_pixels_stay(kind, options):
    """The file becomes a PNG of what a viewer shows, turned as the file said."""
    file = io.BytesIO()
    PICTURE.save(file, kind, **options)
    said = file.getvalue()
    assert CANARY.encode() in said
    bare, suffix = silenced(said)
    assert suffix == "png"
    assert CANARY.encode() not in bare
    shown = Image.open(io.BytesIO(said))
    turned = "exif" in options
    upright = shown.transpose(Image.Transpose.ROTATE_270) if turned else shown
    assert (
        Image.open(io.BytesIO(bare)).convert("RGB").tobytes()
        == upright.convert("RGB").tobytes()
    )


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "AVIF", "GIF"])
def test_a_file_of_pixels_alone_stays_byte_for_byte(kind):
    """How a picture is to be shown is no word about anybody."""
    file = io.BytesIO()
    PICTURE.save(file, kind, dpi=(72, 72))
    assert silenced(file.getvalue()) == (
        file.getvalue(),
        {"JPEG": "jpg"}.get(kind, kind.lower()),
    )


def test_our_own_word_that_a_model_made_it_stays():
    """It is the one thing that outputs say of themselves."""
    file = io.BytesIO()
    PICTURE.save(file, "WEBP", xmp=source_type_packet("trained").encode())
    assert silenced(file.getvalue())[0] == file.getvalue()
    assert silenced(png(5, 5, 1))[0] == png(5, 5, 1)
