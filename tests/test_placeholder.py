"""The placeholder provider: sizes, formats, determinism, edits, odd words."""

from __future__ import annotations

import io
import subprocess
import sys
import xml.etree.ElementTree as ET
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops, ImageDraw

from assetgen.errors import ProviderRefused
from assetgen.model import Size
from assetgen.providers.base import InputPicture, Order
from assetgen.providers.placeholder import PlaceholderProvider
from assetgen.providers.placeholder.brief import (
    asks_for_white_ground,
    brief_of,
    plain_text,
)
from assetgen.providers.placeholder.dice import Dice
from assetgen.providers.placeholder.lettering import (
    glyphs,
    spelled,
    width_of,
    wrapped,
)
from assetgen.providers.placeholder.palette import Tint, contrast, palette_of
from assetgen.providers.placeholder.plate import (
    LEAST_CONTRAST,
    Wording,
    plate_of,
    readable_on,
)
from assetgen.requests import Request

PROVIDER = PlaceholderProvider()


def order(prompt="a rocket icon", size=(96, 96), *, inputs=(), mask=None, **more):
    """Return an order; keywords beyond the order's own are request parameters."""
    own = {name: more.pop(name) for name in ("label", "revision") if name in more}
    operation = more.pop("operation", "edit" if inputs else "generate")
    first_draw = more.pop("first_draw", 1)
    pictures = []
    for data in inputs:
        width, height = Image.open(io.BytesIO(data)).size
        pictures.append(InputPicture(data, "image/png", width, height))
    request = Request(
        operation=operation,
        provider="placeholder",
        provider_version="1",
        model=None,
        prompt=prompt,
        params=tuple(sorted(more.items())),
        inputs=tuple(sha256(data).hexdigest() for data in inputs),
        mask=sha256(mask).hexdigest() if mask else None,
        **own,
    )
    return Order(
        request=request,
        inputs=tuple(pictures),
        mask=mask,
        first_draw=first_draw,
        pixel_size=Size(*size) if size else None,
    )


def drawn(*args, **more):
    """Return the bytes of one draw."""
    return PROVIDER.draw(order(*args, **more), 1, lambda _: None)[0].data


def opened(data):
    """Return the picture, whole."""
    picture = Image.open(io.BytesIO(data))
    picture.load()
    return picture


def rgba_hash(data):
    """Return the hash of the pixels, whatever the file looks like."""
    return sha256(opened(data).convert("RGBA").tobytes()).hexdigest()[:16]


def png(picture):
    """Return a PNG file."""
    file = io.BytesIO()
    picture.save(file, "PNG")
    return file.getvalue()


def noise(width, height):
    """Return a picture in which every pixel differs, hidden colours included."""
    count = width * height
    data = b"".join(sha256(str(at).encode()).digest()[:4] for at in range(count))
    return Image.frombytes("RGBA", (width, height), data)


@pytest.mark.parametrize(
    "size",
    [
        (1, 1), (2, 3), (1, 8192), (8192, 1), (7, 7), (8, 8), (16, 16), (32, 32),
        (47, 48), (48, 48), (64, 64), (100, 900), (300, 109), (300, 110), (2000, 200),
        (1200, 630), (333, 777), (2100, 300),
    ],
)  # fmt: skip
@pytest.mark.parametrize(
    "prompt", ["a cat portrait", "pixel art forest landscape", "galaxy", "tile texture"]
)
def test_any_size_is_drawn_as_asked(size, prompt):
    """Rule: a placeholder has exactly the size asked for, however odd."""
    picture = opened(drawn(prompt, size, label="some/name"))
    assert picture.size == size
    assert picture.mode == "RGB"


def test_the_largest_size_is_drawn():
    """Rule: 8192x8192 works."""
    data = drawn("a calm blue hero image", (8192, 8192), label="hero")
    assert Image.open(io.BytesIO(data)).size == (8192, 8192)


@pytest.mark.parametrize("size", [(8193, 10), (10, 8193)])
def test_a_larger_size_is_refused(size):
    """Rule: beyond 8192 a side, nothing is drawn."""
    with pytest.raises(ProviderRefused, match="cannot be"):
        drawn(size=size)


def test_the_size_comes_from_order_then_parameters_then_input_then_default():
    """Rule: the order's size, else the parameter, else the first input's, else 1024."""
    picture = png(Image.new("RGB", (40, 30)))
    assert opened(drawn(size=(50, 60))).size == (50, 60)
    by_parameter = Order(
        request=Request(
            operation="generate",
            provider="placeholder",
            model=None,
            prompt="x",
            params=(("size", "70x80"),),
        )
    )
    assert (brief_of(by_parameter, 1).width, brief_of(by_parameter, 1).height) == (
        70,
        80,
    )
    assert opened(drawn(size=None, inputs=(picture,))).size == (40, 30)
    assert brief_of(order(size=None), 1).width == 1024


@pytest.mark.parametrize(
    ("form", "found", "mode"),
    [
        ("png", "PNG", "RGB"),
        ("jpeg", "JPEG", "RGB"),
        ("webp", "WEBP", "RGB"),
        ("gif", "GIF", "RGB"),
    ],
)
@pytest.mark.parametrize("transparent", [False, True])
def test_every_format_is_what_it_says(form, found, mode, transparent):
    """Rule: the file is of the format asked for, with alpha where it has one."""
    more = {"background": "transparent"} if transparent else {}
    picture = opened(drawn(size=(120, 90), output_format=form, **more))
    assert (picture.format, picture.size) == (found, (120, 90))
    if transparent and form != "jpeg":
        alpha = picture.convert("RGBA").getchannel("A")
        assert alpha.getextrema() == (0, 255)
    elif form != "gif":
        assert picture.mode == mode


def test_an_unknown_format_is_refused():
    """Rule: what cannot be written is an error, not another format."""
    with pytest.raises(ProviderRefused, match="tiff"):
        drawn(output_format="tiff")


def test_compression_makes_smaller_files():
    """Rule: output_compression is the quality of JPEG and WebP."""
    for form in ("jpeg", "webp"):
        small = drawn(size=(200, 200), output_format=form, output_compression=5)
        large = drawn(size=(200, 200), output_format=form, output_compression=95)
        assert len(small) < len(large)


@pytest.mark.parametrize(
    "prompt", ["a rocket icon", "a cat", "beach landscape", "pixel art monster"]
)
def test_transparent_pictures_have_clear_and_opaque_pixels(prompt):
    """Rule: `background: transparent` gives real alpha, whatever the words."""
    picture = opened(drawn(prompt, (256, 256), background="transparent", label="x"))
    histogram = picture.getchannel("A").histogram()
    assert histogram[0] > 256 * 256 // 5
    assert histogram[255] > 256 * 256 // 50


GOLDEN = {
    "alien": ("a friendly alien character", (256, 256), {}),
    "hat": ("green bucket hat", (128, 128), {"background": "transparent"}),
    "sprite": ("pixel art cat portrait", (128, 192), {}),
    "card": ("Launch week, a calm hero image", (400, 210), {"label": "social/og"}),
    "galaxy": ("galaxy background", (300, 200), {"revision": 2}),
    "pattern": ("seamless teal pattern", (64, 64), {}),
}
PIXELS = {
    "alien": "00b7a58dc38fa1af",
    "hat": "1a28c6392e23776f",
    "sprite": "fbf503a34967a9fe",
    "card": "b11467b075d52b60",
    "galaxy": "001ad3f3facd6843",
    "pattern": "f963f2803ad715ff",
}
"""The first 16 hexadecimal digits of the SHA-256 of each picture's RGBA pixels."""


@pytest.mark.parametrize("name", GOLDEN)
def test_the_same_order_has_the_same_pixels_everywhere(name):
    """Rule: pixels depend on the request alone; a change raises the version."""
    prompt, size, more = GOLDEN[name]
    assert rgba_hash(drawn(prompt, size, **more)) == PIXELS[name]


def test_draws_of_one_request_differ_and_each_has_its_number():
    """Rule: the picture depends on the draw's number, not on how it was asked for."""
    together = PROVIDER.draw(order(), 4, lambda _: None)
    assert len({rgba_hash(each.data) for each in together}) == 4
    later = PROVIDER.draw(order(first_draw=3), 2, lambda _: None)
    assert [each.data for each in later] == [each.data for each in together[2:]]


def test_revision_and_label_give_other_pictures():
    """Rule: raising the revision asks for a new picture; the name is shown in it."""
    hashes = {
        rgba_hash(drawn(size=(200, 200), **more))
        for more in ({}, {"revision": 1}, {"label": "a"}, {"label": "b"})
    }
    assert len(hashes) == 4


def test_colour_words_decide_the_colours():
    """Rule: "green" gives greens, "red" gives reds."""
    green = opened(drawn("green bucket hat", (64, 64))).resize((1, 1)).getpixel((0, 0))
    red = opened(drawn("red bucket hat", (64, 64))).resize((1, 1)).getpixel((0, 0))
    assert green[1] > green[0]
    assert red[0] > red[1]


def masked(size=(90, 70), box=(20, 10, 70, 60)):
    """Return a mask that opens an ellipse."""
    mask = Image.new("RGBA", size, (0, 0, 0, 255))
    ImageDraw.Draw(mask).ellipse(box, (0, 0, 0, 0))
    return mask


@pytest.mark.parametrize("form", ["png", "webp"])
@pytest.mark.parametrize("others", [0, 1])
def test_a_masked_edit_keeps_every_other_pixel_bit_for_bit(form, others):
    """Rule: only pixels with mask alpha 0 change, hidden colours included."""
    base, mask = noise(90, 70), masked()
    inputs = (png(base), *[png(Image.new("RGB", (30, 30), "teal"))] * others)
    result = opened(
        drawn("galaxy", None, inputs=inputs, mask=png(mask), output_format=form)
    )
    kept = mask.getchannel("A")
    before, after = base.copy(), result.convert("RGBA")
    difference = ImageChops.difference(before, after)
    for channel in difference.split():
        assert ImageChops.darker(channel, kept).getbbox() is None
    assert difference.convert("RGB").getbbox() is not None


def test_an_opaque_input_stays_opaque_under_a_mask():
    """Rule: a masked edit brings no alpha into a picture that had none."""
    base = Image.new("RGB", (90, 70), "navy")
    result = opened(drawn("stars", None, inputs=(png(base),), mask=png(masked())))
    assert result.mode == "RGB"
    assert result.getpixel((0, 0)) == (0, 0, 128)


def test_an_extended_picture_has_no_hole_left():
    """Rule: outpainting fills the transparent margin that the input was given."""
    base = Image.new("RGBA", (120, 60))
    base.paste((10, 20, 30, 255), (30, 0, 90, 60))
    mask = base.copy()
    result = opened(drawn("more sea", None, inputs=(png(base),), mask=png(mask)))
    assert result.mode == "RGB"
    assert result.getpixel((60, 30)) == (10, 20, 30)


def test_threads_draw_the_same():
    """Rule: one provider object may draw on many threads at once."""
    with ThreadPoolExecutor(4) as pool:
        drawings = list(pool.map(lambda _: drawn("a cat", (200, 200)), range(8)))
    assert len(set(drawings)) == 1


def test_an_edit_shows_and_starts_from_its_input():
    """Rule: an edit differs from its input and still resembles it."""
    base = Image.new("RGB", (200, 200), (250, 250, 40))
    result = opened(drawn("add a crown", None, inputs=(png(base),)))
    assert rgba_hash(png(result)) != rgba_hash(png(base))
    pixel = result.getpixel((20, 20))
    assert sum(abs(a - b) for a, b in zip(pixel, (250, 250, 40), strict=True)) < 160


def test_further_inputs_are_laid_on_the_first():
    """Rule: a cut-out stands in the picture with its own colours."""
    base = png(Image.new("RGB", (200, 200), "white"))
    hat = Image.new("RGBA", (50, 50))
    ImageDraw.Draw(hat).ellipse((10, 10, 40, 40), (0, 0, 255, 255))
    result = opened(drawn("wear it", None, inputs=(base, png(hat))))
    assert result.getpixel((100, 40))[:3] == (0, 0, 255)


def test_variations_differ_from_each_other_and_keep_alpha():
    """Rule: every variation is another picture; transparent stays transparent."""
    hat = drawn("blue hat", (200, 200), background="transparent")
    draws = PROVIDER.draw(
        order("", None, inputs=(hat,), operation="vary"), 3, lambda _: None
    )
    assert len({rgba_hash(each.data) for each in (*draws,)} | {rgba_hash(hat)}) == 4
    for each in draws:
        assert opened(each.data).getchannel("A").getextrema() == (0, 255)


@pytest.mark.parametrize("ground", ["none", "alpha", "opaque", "flat"])
def test_a_mask_prompt_gives_pure_black_and_white(ground):
    """Rule: a black-and-white mask has two tones, but for the mark in its corner."""
    picture = Image.new(
        "RGBA", (160, 160), (0, 0, 0, 0) if ground == "alpha" else "white"
    )
    if ground != "flat":
        ImageDraw.Draw(picture).ellipse((50, 30, 110, 120), "red")
    inputs = () if ground == "none" else (png(picture),)
    result = opened(
        drawn("black and white mask of the cat", (160, 160), inputs=inputs)
    ).convert("RGB")
    assert result.getpixel((80, 75)) == (255, 255, 255)
    assert result.getpixel((2, 2)) == (72, 72, 72)
    ImageDraw.Draw(result).rectangle((0, 0, 10, 10), "black")
    colors = {color for _, color in result.getcolors()}
    assert colors == {(0, 0, 0), (255, 255, 255)}


def test_a_mask_that_somebody_wears_is_a_picture():
    """Rule: the word "mask" alone does not ask for a black-and-white mask."""
    assert not brief_of(order("a wrestler wearing a red mask"), 1).two_tone
    assert brief_of(order("b/w mask of the cat"), 1).two_tone


def test_a_mask_on_white_ground_is_inverted():
    """Rule: "white background" makes the subject black, and the mark near white."""
    result = opened(drawn("black and white mask, white background", (160, 160)))
    assert result.getpixel((80, 80)) == (0, 0, 0)
    assert result.getpixel((2, 2)) == (183, 183, 183)


ODD = [
    "",
    "word " * 6400,
    "x" * 32000,
    "🚀🛸 emoji only 👩‍👩‍👧",
    "مرحبا بالعالم \u202e right to left",
    "\x00\x01\x1b[31m\x7f control\r\n\u2028 characters",
    "<b>&amp;</b> ]]> <script>alert(1)</script> [bold]x[/bold] ${x}",
    "\ud800 lone surrogate",
    "…" * 50,
]


@pytest.mark.parametrize("prompt", ODD)
@pytest.mark.parametrize("size", [(64, 64), (400, 300)])
def test_odd_words_are_drawn_all_the_same(prompt, size):
    """Rule: no prompt and no name makes the provider fail."""
    assert opened(drawn(prompt, size)).size == size
    assert opened(drawn("icon", size, label=prompt)).size == size


@pytest.mark.parametrize("prompt", ODD)
def test_svg_is_well_formed_and_its_text_escaped(prompt):
    """Rule: an SVG is real XML that holds no element from the prompt."""
    tree = ET.fromstring(drawn(prompt, (400, 300), output_format="svg", label="a<b"))
    assert (tree.get("width"), tree.get("height")) == ("400", "300")
    assert not tree.findall(".//{*}script")


def test_an_svg_of_an_edit_holds_the_picture():
    """Rule: what is made from pixels becomes an SVG around them."""
    base = png(Image.new("RGB", (60, 50), "teal"))
    tree = ET.fromstring(drawn("x", None, inputs=(base,), output_format="svg"))
    assert tree.find("{*}image") is not None


def test_an_input_that_is_no_picture_is_refused():
    """Rule: bytes that cannot be read fail the asset and not the program."""
    good = InputPicture(b"not a picture", "image/png", 10, 10)
    bad = Order(request=order().request, inputs=(good,))
    with pytest.raises(ProviderRefused, match="input 1"):
        PROVIDER.draw(bad, 1, lambda _: None)
    with pytest.raises(ProviderRefused, match="mask"):
        drawn(inputs=(png(Image.new("RGB", (9, 9))),), mask=b"no")


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_inputs_of_every_mode_are_taken(mode):
    """Rule: PNGs of any depth and kind can be edited."""
    picture = Image.new(mode, (60, 60))
    assert opened(drawn("x", None, inputs=(png(picture),))).size == (60, 60)


def test_progress_is_reported_for_every_draw():
    """Rule: a listener hears of each draw before it is made."""
    heard: list[str] = []
    PROVIDER.draw(order(size=(8, 8)), 3, heard.append)
    assert heard == ["drawing 1 of 3", "drawing 2 of 3", "drawing 3 of 3"]


def test_it_costs_nothing_and_says_so():
    """Rule: free, local, deterministic, labelled, with a price of 0."""
    assert PROVIDER.estimate(order().request, 10).usd == 0.0
    assert not PROVIDER.paid
    assert PROVIDER.local
    assert PROVIDER.deterministic
    assert PROVIDER.labelled


def test_the_provider_is_imported_without_pillow():
    """Rule: only drawing loads Pillow, so that listing providers stays fast."""
    program = "import sys, assetgen.providers.placeholder; print('PIL' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "False"


@given(st.integers(0, 359), st.booleans(), st.integers(0, 9), st.text(max_size=5))
@settings(max_examples=60, deadline=None)
def test_captions_stand_out_from_their_ground(hue, dark, turn, seed):
    """Rule: text has a contrast of at least 4.5 on the plate and on the badge."""
    palette = palette_of((Tint(hue),), Dice(repr(seed)), dark=dark, turn=turn)
    for ground in (palette.ink, palette.paper, palette.accent, palette.spark):
        assert contrast(readable_on(ground, palette), ground) >= LEAST_CONTRAST
    plate = plate_of(Wording("name", "words", 1), palette, 640, 480)
    ground = plate.layers[0].fill
    for run in plate.runs[:-1]:
        assert contrast(run.color, ground) >= LEAST_CONTRAST


@given(st.text(max_size=60), st.integers(8, 40), st.integers(5, 400), st.integers(1, 3))
@settings(max_examples=150, deadline=None)
def test_lines_fit_their_width_and_number(text, size, width, lines):
    """Rule: wrapped text fits; only a letter wider than the line may stick out."""
    letters = spelled(plain_text(text))
    assert all(each in glyphs().cells for each in letters)
    found = wrapped(letters, size, width, lines)
    assert len(found) <= lines
    for line in found:
        assert width_of(line, size) <= width or len(line) <= 1


@pytest.mark.parametrize(
    ("prompt", "white_ground"),
    [
        ("mask: character in pure white, everything else in pure black", False),
        ("mask: character in pure black, everything else in pure white", True),
        (
            "black-and-white mask, pure white where the alien is, pure black elsewhere",
            False,
        ),
        ("black and white mask: white for the cat and black for the rest", False),
        ("a mask with a white background and a black subject", True),
        ("mask, black background with white character", False),
        ("mask: character white on background black", False),
        ("mask of the hat, white on black", False),
        ("mask of the hat, black on pure white", True),
        ("mask: everything but the hat is white, the hat is black", True),
        ("mask: white inside, black outside", False),
        ("mask: the rest is white; the sword black", True),
        ("a mask that shows the hero in black", True),
        ("a binary mask of the hero", False),
    ],
)
def test_a_mask_has_the_colours_that_the_prompt_gives(prompt, white_ground):
    """The colour word nearest to the background, or to everything else, decides."""
    assert asks_for_white_ground(prompt) is white_ground


@pytest.mark.parametrize(
    ("prompt", "vista"),
    [
        ("A portrait of a bus driver, plain background", False),
        ("A friendly gardener in front of a soft background", False),
        ("The baker smiles, the background is blurred", False),
        ("An accordion against a dark backdrop", False),
        ("A background for the menu", True),
        ("Painted game background, quiet", True),
        ("Soft parallax background layer", True),
    ],
)
def test_the_word_background_alone_makes_no_landscape(prompt, vista):
    """What stands before a background is the picture, unless a background is asked for."""
    assert (brief_of(order(prompt), 1).family in {"vista", "cosmos", "city"}) is vista
