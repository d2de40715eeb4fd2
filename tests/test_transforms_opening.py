"""Pictures from bytes that nobody trusts."""

from __future__ import annotations

import contextlib
import io
import struct
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms
from PIL.PngImagePlugin import PngInfo

from assetgen.transforms import opening
from assetgen.transforms.opening import (
    MAX_COUNTED,
    PictureInfo,
    PictureRefused,
    as_input,
    count_frames,
    open_picture,
    probe,
    probe_whole,
)

RED = (200, 30, 40)


def saved(image: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    """Return the picture as a file."""
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def chunk(name: bytes, data: bytes) -> bytes:
    """Return one chunk of a PNG."""
    return (
        struct.pack(">I", len(data))
        + name
        + data
        + struct.pack(">I", zlib.crc32(name + data))
    )


def png_of(width: int, height: int, *chunks: bytes) -> bytes:
    """Return a one-bit grey PNG with these chunks."""
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + b"".join(chunks)


def bomb(side: int) -> bytes:
    """Return a small PNG of a large black square."""
    row = b"\0" * (side // 8 + 1)
    packed = zlib.compress(row * side, 9)
    return png_of(side, side, chunk(b"IDAT", packed), chunk(b"IEND", b""))


def exif(orientation: int) -> bytes:
    """Return EXIF that holds only an orientation."""
    tags = Image.Exif()
    tags[0x0112] = orientation
    return tags.tobytes()


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF", "AVIF"])
def test_each_listed_format_opens_to_the_same_working_form(kind):
    """Whatever the file was, the picture is RGBA without metadata."""
    data = saved(Image.new("RGB", (40, 20), RED), kind)
    info = probe(data)
    assert (info.format, info.width, info.height) == (kind.lower(), 40, 20)
    picture = open_picture(data)
    assert (picture.mode, picture.size, picture.info) == ("RGBA", (40, 20), {})
    assert all(
        abs(got - wanted) < 12
        for got, wanted in zip(picture.getpixel((9, 9)), (*RED, 255), strict=True)
    )


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"SIMPLE  =                    T" + b" " * 2000, "FITS"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "PostScript"),
        (b"8BPS\0\1" + b"\0" * 40, "Photoshop"),
        (b"secret=1\npassword=2\n", "text file"),
        (b"", "empty"),
        (b"\0\0\0\x18ftypheic" + b"\0" * 40, "HEIC"),
        (bytes(range(128, 256)), "another kind"),
    ],
)
def test_unlisted_formats_are_refused_and_named(data, said):
    """The first bytes count, never the suffix."""
    for function in (probe, open_picture):
        with pytest.raises(PictureRefused, match=said):
            function(data)


def test_tiff_bytes_are_refused_although_pillow_could_open_them():
    """The list of formats is ours, not the library's."""
    with pytest.raises(PictureRefused, match="TIFF"):
        open_picture(saved(Image.new("RGB", (4, 4)), "TIFF"))


def test_a_small_file_with_too_many_pixels_is_refused_by_its_header():
    """81 megapixels in a few KiB are never decoded."""
    data = bomb(9000)
    assert len(data) < 12_000
    for function in (probe, open_picture):
        with pytest.raises(PictureRefused, match="9000x9000"):
            function(data)


def test_a_bomb_that_the_library_itself_refuses_is_refused_in_our_words():
    """No exception of the library gets out."""
    with pytest.raises(PictureRefused):
        probe(png_of(60_000, 60_000, chunk(b"IDAT", b""), chunk(b"IEND", b"")))


def test_a_very_long_edge_is_refused_even_with_few_pixels():
    """Rows cost memory of their own."""
    with pytest.raises(PictureRefused, match="too large"):
        probe(png_of(1, 1_000_000, chunk(b"IDAT", b"")))


@pytest.mark.parametrize("late", [False, True])
def test_an_oversized_text_chunk_is_refused(late):
    """Compressed text cannot blow memory up, wherever it stands in the file."""
    text = chunk(b"zTXt", b"k\0\0" + zlib.compress(b"x" * 30_000_000))
    pixels = chunk(b"IDAT", zlib.compress(b"\0\0"))
    parts = (pixels, text) if late else (text, pixels)
    with pytest.raises(PictureRefused):
        open_picture(png_of(1, 1, *parts, chunk(b"IEND", b"")))


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF", "AVIF"])
def test_a_file_that_is_cut_short_is_refused(kind):
    """Half a picture is none."""
    noise = Image.effect_noise((64, 64), 90).convert("RGB")
    data = saved(noise, kind)
    with pytest.raises(PictureRefused, match="damaged"):
        open_picture(data[: len(data) // 2])


def test_a_png_without_its_end_is_refused():
    """Decoding alone would accept it."""
    data = saved(Image.effect_noise((64, 64), 90))
    with pytest.raises(PictureRefused, match="damaged"):
        open_picture(data[:-12])


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "AVIF"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_pictures_are_turned_upright(kind, orientation):
    """All eight EXIF orientations give the picture that a viewer shows."""
    upright = Image.new("RGB", (48, 32), "white")
    upright.paste((255, 0, 0), (0, 0, 16, 16))
    stored = {
        1: None,
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }[orientation]
    picture = upright if stored is None else upright.transpose(stored)
    data = saved(picture, kind, exif=exif(orientation), quality=95)
    info = probe(data)
    assert (info.width, info.height) == (48, 32)
    assert info.upright == (orientation == 1)
    opened = open_picture(data)
    assert opened.size == (48, 32)
    red, green, _, _ = opened.getpixel((5, 5))
    assert red > 200
    assert green < 60
    assert min(opened.getpixel((40, 25))) > 200


def test_exif_behind_a_pngs_pixels_is_seen():
    """The format allows it there."""
    data = saved(Image.new("L", (6, 3)))
    block = chunk(b"eXIf", exif(6).removeprefix(b"Exif\0\0"))
    data = data[:-12] + block + data[-12:]
    assert (probe(data).width, probe(data).upright) == (3, False)
    assert open_picture(data).size == (3, 6)


def test_broken_exif_does_not_spoil_a_picture():
    """Only the orientation is wanted from it."""
    data = saved(
        Image.new("RGB", (6, 3)), "JPEG", exif=b"Exif\0\0II*\0\xff\xff\xff\xff"
    )
    assert probe(data).upright
    assert open_picture(data).size == (6, 3)


def test_sixteen_bit_greys_and_palettes_become_eight_bits_a_channel():
    """Deep greys keep their upper bits instead of turning white."""
    deep = Image.new("I;16", (2, 1))
    deep.putpixel((0, 0), 0x8000)
    deep.putpixel((1, 0), 0xFFFF)
    opened = open_picture(saved(deep))
    assert opened.getpixel((0, 0)) == (128, 128, 128, 255)
    assert opened.getpixel((1, 0)) == (255, 255, 255, 255)
    paletted = Image.new("P", (2, 1), 1)
    paletted.putpalette([9, 9, 9, 10, 20, 30])
    paletted.putpixel((0, 0), 0)
    opened = open_picture(saved(paletted, transparency=0))
    assert [opened.getpixel((x, 0)) for x in (0, 1)] == [
        (9, 9, 9, 0),
        (10, 20, 30, 255),
    ]


@pytest.mark.parametrize("mode", ["1", "L", "LA", "RGB", "RGBA"])
def test_every_png_mode_opens(mode):
    """One working form for all of them."""
    assert open_picture(saved(Image.new(mode, (3, 2)))).mode == "RGBA"


def test_cmyk_photos_open_in_rgb():
    """Ink becomes light."""
    data = saved(Image.new("CMYK", (8, 8), (0, 255, 255, 0)), "JPEG")
    red, green, blue, alpha = open_picture(data).getpixel((4, 4))
    assert red > 200
    assert green < 60
    assert blue < 60
    assert alpha == 255


def swapped_profile() -> bytes:
    """Return a colour profile in which red and blue change places."""
    data = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    data = data.replace("sRGB".encode("utf-16-be"), "swap".encode("utf-16-be"))
    data = data.replace(b"rXYZ", b"qXYZ").replace(b"bXYZ", b"rXYZ")
    return data.replace(b"qXYZ", b"bXYZ")


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_a_colour_profile_is_applied(mode):
    """Numbers mean sRGB once a picture is open."""
    image = Image.new("RGB", (2, 2), (250, 0, 0)).convert(mode)
    opened = open_picture(saved(image, icc_profile=swapped_profile()))
    red, _, blue, alpha = opened.getpixel((0, 0))
    assert red < 40
    assert blue > 200
    assert alpha == 255


def test_a_profile_of_srgb_or_a_broken_one_changes_nothing():
    """There is nothing to convert, or no way to."""
    image = Image.new("RGB", (2, 2), (100, 150, 200))
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    for profile in (srgb, b"nonsense"):
        opened = open_picture(saved(image, icc_profile=profile))
        assert opened.getpixel((0, 0)) == (100, 150, 200, 255)


def test_of_an_animation_the_first_frame_is_used():
    """Still pictures are what assets are made of."""
    frames = [Image.new("RGB", (4, 4), color) for color in ("red", "blue")]
    for kind in ("GIF", "WEBP", "PNG"):
        options = {"lossless": True} if kind == "WEBP" else {}
        data = saved(
            frames[0], kind, save_all=True, append_images=frames[1:], **options
        )
        assert probe(data).animated
        assert open_picture(data).getpixel((1, 1)) == (255, 0, 0, 255)
        assert as_input(data, probe(data))[1] == "image/png"


def test_a_clean_png_goes_out_as_it_is():
    """Nothing is encoded again without need."""
    for kind in ("PNG", "JPEG", "WEBP"):
        data = saved(Image.new("RGB", (8, 8), RED), kind)
        sent, media_type = as_input(data, probe(data))
        assert sent is data
        assert media_type == f"image/{kind.lower()}"


@pytest.mark.parametrize("kind", ["GIF", "AVIF", "JPEG"])
def test_other_pictures_go_out_as_upright_png(kind):
    """Services take few formats and do not read orientations."""
    options = {"exif": exif(6)} if kind == "JPEG" else {}
    data = saved(Image.new("RGB", (8, 4), RED), kind, **options)
    sent, media_type = as_input(data, probe(data))
    assert media_type == "image/png"
    info = probe(sent)
    expected = (4, 8) if kind == "JPEG" else (8, 4)
    assert (info.format, info.width, info.height) == ("png", *expected)
    assert b"eXIf" not in sent


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ('<svg width="40" height="30px"/>', (40, 30)),
        (
            '\ufeff<?xml version="1.0"?>\n<!-- a -->\n<svg viewBox="0 0 24 12.4">',
            (24, 12),
        ),
        (
            '<!DOCTYPE svg [<!ENTITY a "b">]><svg width="100%" viewBox="0,0,7,8">',
            (7, 8),
        ),
        ("<svg>", (300, 150)),
    ],
)
def test_an_svg_is_recognised_without_rendering(text, size):
    """Its root says its size."""
    info = probe(text.encode())
    assert (info.format, info.width, info.height) == ("svg", *size)
    with pytest.raises(PictureRefused, match="SVG"):
        open_picture(text.encode())


@pytest.mark.parametrize(
    "text", ["<html><svg/></html>", "<!-- <svg>", "<!---->" * 3000 + "<svg"]
)
def test_text_that_only_mentions_svg_is_none(text):
    """The root decides; many comments cost no time."""
    with pytest.raises(PictureRefused, match="text file"):
        probe(text.encode())


def test_author_and_place_of_a_photo_do_not_survive_opening():
    """Metadata stops at the door."""
    info = PngInfo()
    info.add_text("Author", "CANARY")
    opened = open_picture(saved(Image.new("RGB", (2, 2)), pnginfo=info))
    assert opened.info == {}


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(["PNG", "JPEG", "WEBP", "GIF", "AVIF"]),
    st.lists(st.tuples(st.integers(0, 400), st.integers(0, 255)), max_size=6),
    st.integers(0, 400),
)
def test_damaged_files_open_or_are_refused_and_nothing_else(kind, changes, cut):
    """No foreign exception or warning gets out, whatever the bytes."""
    picture = Image.linear_gradient("L").resize((24, 16)).convert("RGB")
    options = {} if kind == "GIF" else {"exif": exif(6)}
    data = bytearray(saved(picture, kind, **options))
    for at, value in changes:
        data[at % len(data)] = value
    damaged = bytes(data[: len(data) - cut]) if cut < 40 else bytes(data)
    for function in (probe, open_picture):
        found = None
        with contextlib.suppress(PictureRefused):
            found = function(damaged)
        assert found is None or (found.width, found.height) != (0, 0)


def test_a_whole_file_is_read_to_its_end():
    """Each format passes as it is, and not without its end."""
    image = Image.effect_noise((64, 48), 90).convert("RGB")
    for kind in ("PNG", "JPEG", "WEBP", "GIF"):
        data = saved(image, kind)
        assert probe_whole(data) == probe(data)
        for cut in (len(data) // 2, len(data) - 20):
            with pytest.raises(PictureRefused):
                probe_whole(data[:cut])


def test_frames_are_looked_at_until_they_have_cost_enough(monkeypatch):
    """Three megabytes of GIF can hold an hour of pixels; the first frame always counts."""
    frames = [Image.effect_noise((40, 40), 90).convert("L") for _ in range(3)]
    data = saved(frames[0], "GIF", save_all=True, append_images=frames[1:])
    torn = data[: data.rindex(b"\x21\xf9") + 60] + b";"
    with pytest.raises(PictureRefused):
        probe_whole(torn)
    monkeypatch.setattr(opening, "MAX_FRAME_PIXELS", 2 * 40 * 40)
    assert probe_whole(torn).animated
    monkeypatch.setattr(opening, "MAX_FRAME_PIXELS", 0)
    assert probe_whole(torn).animated


def test_every_frame_of_a_gif_is_looked_at():
    """It may be published as it is, so a second frame of noise is found."""
    frames = [Image.effect_noise((32, 32), 90).convert("L") for _ in range(3)]
    data = saved(frames[0], "GIF", save_all=True, append_images=frames[1:])
    assert probe_whole(data).animated
    second = data.index(b"\x21\xf9", data.index(b"\x21\xf9") + 2)
    with pytest.raises(PictureRefused):
        probe_whole(data[: second + 60] + b";")


def test_frames_of_a_gif_are_counted_as_its_reader_counts_them():
    """With palettes of their own, comments, and pauses between them."""
    noise = [Image.effect_noise((side, side), 60) for side in (1, 7, 40)]
    for first in noise:
        for mode in ("P", "RGB"):
            frames = [first.convert(mode).rotate(90 * n) for n in range(1, 5)]
            file = io.BytesIO()
            frames[0].save(
                file, "GIF", save_all=True, append_images=frames[1:], comment=b"x" * 600
            )
            data = file.getvalue()
            with Image.open(io.BytesIO(data)) as again:
                assert count_frames(data, probe(data)) == again.n_frames


def test_a_gif_of_millions_of_frames_is_not_counted_to_its_end():
    """It takes no longer than it takes to write ten thousand."""
    head = b"GIF89a\x01\0\x01\0\x80\0\0" + bytes(6)
    frame = b"\x2c\0\0\0\0\x01\0\x01\0\0\x02\x02\x44\x01\0"
    data = head + frame * 100_000 + b";"
    assert count_frames(data, probe(data)) == MAX_COUNTED
    for cut in range(len(head), len(head) + 40):
        assert (
            count_frames(
                data[:cut], PictureInfo(format="gif", width=1, height=1, animated=True)
            )
            >= 2
        )
