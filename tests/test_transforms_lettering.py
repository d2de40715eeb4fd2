"""Layers of text: fonts, lines, places, and what does not fit."""

from __future__ import annotations

import contextlib
import json
import subprocess
from typing import TYPE_CHECKING

import pytest
from box_font import box_font
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageFont, features

from assetgen.cli import main
from assetgen.cli.console import Console
from assetgen.errors import AssetFailed
from assetgen.model import FileRef, FillLayer, Size, TextLayer
from assetgen.transforms import lettering
from assetgen.transforms.fonts import FontRefused, missing_characters
from assetgen.transforms.layers import compose
from assetgen.transforms.lettering import draw_text, require_font, set_text

FONT = FileRef("f.ttf")
CANVAS = Size(200, 100)

if TYPE_CHECKING:
    from pathlib import Path


def layer(text, **options):
    """Return a layer of text at 20 px: letters 10 px wide, lines 20 px high."""
    return TextLayer(text=text, font=FONT, options={"size": 20, **options})


def lines(text, canvas=CANVAS, **options):
    """Return the lines of a text with their corners."""
    return list(set_text(layer(text, **options), canvas, box_font()).lines)


def drawn(text, canvas=CANVAS, **options):
    """Return the picture of a text alone."""
    return draw_text(set_text(layer(text, **options), canvas, box_font()), canvas)


# --- lines --------------------------------------------------------------------


def test_a_text_breaks_between_words_at_its_greatest_width():
    """As full as a line gets; a word is 10 px a letter, and so is the blank."""
    found = lines("aaa bb cccc d", max_width=70, at=[0, 0])
    assert found == [("aaa bb", 0, 0), ("cccc d", 0, 20)]
    assert lines("aaa bb cccc d", max_width="35%", at=[0, 0]) == found
    assert [line for line, *_ in lines("aaa bb", at=[0, 0])] == ["aaa bb"]


def test_a_text_breaks_where_it_says_so():
    """Blank lines keep their height; rests at the ends and doubled blanks go."""
    assert lines(" aa \n\n b   c\n", at=[5, 3]) == [
        ("aa", 5, 3),
        ("", 5, 23),
        ("b c", 5, 43),
    ]


def test_lines_break_after_hyphens_and_around_chinese_characters():
    """A stop stays with the character before it, a bracket with the one after it."""
    font = box_font("漢字。「」ab-3")

    def broken(text, width):
        made = set_text(layer(text, max_width=width, at=[0, 0]), CANVAS, font)
        return [line for line, *_ in made.lines]

    assert broken("ab-ab", 30) == ["ab-", "ab"]
    assert broken("-3", 20) == ["-3"]
    assert broken("漢字漢。字", 30) == ["漢字", "漢。字"]
    assert broken("漢「字」漢", 30) == ["漢", "「字」", "漢"]


@given(
    st.lists(st.text("abc", min_size=1, max_size=8), min_size=1, max_size=12),
    st.integers(80, 200),
)
def test_wrapping_loses_no_word_and_no_line_is_too_wide(words, width):
    """Joined again, the lines are the text; none could take the next word."""
    canvas = Size(200, 400)
    made = lines(" ".join(words), canvas, max_width=width, at=[0, 0])
    texts = [line for line, *_ in made]
    assert " ".join(texts) == " ".join(words)
    for line, following in zip(texts, [*texts[1:], None], strict=True):
        assert 10 * len(line) <= width
        if following is not None:
            assert 10 * len(f"{line} {following.split(' ')[0]}") > width


def test_a_word_that_is_too_wide_is_an_error_with_both_widths():
    """It is never cut in two."""
    with pytest.raises(AssetFailed, match=r"`aaaaaaaa` alone is 80 px .* 70 px"):
        lines("bb aaaaaaaa", max_width=70)


# --- places -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("at", "corner"),
    [
        ("top-left", (0, 0)),
        ("top", (80, 0)),
        ("top-right", (160, 0)),
        ("left", (0, 40)),
        ("center", (80, 40)),
        ("bottom-right", (160, 80)),
        ([7, "50%"], (7, 50)),
    ],
)
def test_a_text_stands_where_it_is_put(at, corner):
    """An anchor for the block of lines, or its top left corner."""
    assert lines("aaaa", at=at) == [("aaaa", *corner)]


def test_a_margin_keeps_a_named_position_away_from_the_border():
    """Percent are of the width across, and of the height down."""
    assert lines("aaaa", at="bottom-right", margin=12) == [("aaaa", 148, 68)]
    assert lines("aaaa", at="top-left", margin="10%") == [("aaaa", 20, 10)]
    assert lines("aaaa", margin=30) == lines("aaaa")


@pytest.mark.parametrize(
    ("at", "align", "lefts"),
    [
        ("center", None, [70, 90]),
        ("right", None, [140, 180]),
        ("left", None, [0, 0]),
        ([0, 0], None, [0, 0]),
        ("center", "left", [70, 70]),
        ([0, 0], "right", [0, 40]),
    ],
)
def test_lines_are_aligned_as_their_position_suggests_or_as_told(at, align, lefts):
    """Within the widest line where there is no greatest width."""
    options = {} if align is None else {"align": align}
    assert [x for _, x, _ in lines("aaaaaa\nbb", at=at, **options)] == lefts


def test_with_a_greatest_width_the_block_is_that_wide():
    """So a text in a box stands in the box, however short it is."""
    assert lines("aa", at=[10, 0], max_width=100, align="right") == [("aa", 90, 0)]
    assert lines("aa", at=[10, 0], max_width=100, align="center") == [("aa", 50, 0)]


# --- pixels -------------------------------------------------------------------


def test_letters_are_drawn_in_their_colour_where_the_line_stands():
    """A box of 6x14 px in a cell of 10x20."""
    image = drawn("a", at=[50, 30], color="#ff8000")
    assert image.getchannel("A").getbbox() == (52, 32, 58, 46)
    assert image.getpixel((55, 40)) == (255, 128, 0, 255)
    assert drawn("a", at=[50, 30], color="#ff800080").getpixel((55, 40))[3] == 128


def test_a_layer_of_text_has_opacity_and_blend_like_any_other():
    """On what lies below."""
    ground = FillLayer(color="#804020")
    text = layer("a", at=[50, 30], color="#ffffff", opacity=0.5)
    mixed = compose((ground, text), CANVAS, lambda ref: ref, lambda _: box_font())
    assert mixed.getpixel((55, 40)) == (192, 160, 144, 255)
    assert mixed.getpixel((49, 40)) == (128, 64, 32, 255)
    text = layer("a", at=[50, 30], color="#ff0000", blend="multiply")
    mixed = compose((ground, text), CANVAS, lambda ref: ref, lambda _: box_font())
    assert mixed.getpixel((55, 40)) == (128, 0, 0, 255)


def test_a_real_font_sets_its_letters_apart():
    """Proportional, with round shapes and smooth edges."""
    data = ImageFont.load_default(20).path.getvalue()
    made = set_text(layer("Wil"), CANVAS, data)
    image = draw_text(made, CANVAS)
    assert len(image.getchannel("A").getcolors()) > 20
    left, top, right, lower = image.getchannel("A").getbbox()
    assert 20 < right - left < 40
    assert 10 < lower - top < 20


# --- what does not fit --------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "options", "said"),
    [
        ("a" * 21, {}, "the text takes 210x20, but the canvas is 200x100"),
        ("a\n" * 6, {}, "takes 10x120, but the canvas is 200x100"),
        ("a" * 18, {"margin": 20}, "takes 180x20, .* margins leave 160x60"),
        ("aaaa", {"at": [170, 0]}, "takes 40x.* at 170,.*, but the canvas is 200x100"),
        ("aaaa", {"at": [-1, 0]}, "takes 40x.* at -1,.*, but the canvas is 200x100"),
        ("aa", {"at": [0, "90%"]}, "the canvas is 200x100"),
    ],
)
def test_a_text_that_does_not_fit_is_an_error_with_both_sizes(text, options, said):
    """Nothing is cut off silently."""
    with pytest.raises(AssetFailed, match=said):
        lines(text, **options)


def test_a_font_must_have_all_characters_of_the_text():
    """The message names those that it lacks; blanks and joiners are never missed."""
    with pytest.raises(AssetFailed, match=r"`ß` \(U\+00DF\), `字` \(U\+5B57\)$"):
        lines("aß字ß a")
    with pytest.raises(AssetFailed, match=r"U\+0007$"):
        lines("a\x07")
    with pytest.raises(AssetFailed, match=r"and 2 more$"):
        lines("".join(map(chr, range(0x4E00, 0x4E0C))))
    assert lines("a\u00adb\ufe0fc\ufeff", at=[0, 0]) == [("abc", 0, 0)]


def test_accents_are_composed_first():
    """A letter and its accent are the character that the font has."""
    font = box_font("é")
    made = set_text(layer("e\u0301", at=[0, 0]), CANVAS, font)
    assert made.lines == (("é", 0, 0),)


def test_scripts_that_must_be_shaped_are_never_set_letter_by_letter(monkeypatch):
    """Without the libraries for it the asset fails; with them it is set."""
    font = box_font("שלם")
    if features.check("raqm"):
        image = draw_text(set_text(layer("שלם"), CANVAS, font), CANVAS)
        assert image.getchannel("A").getbbox() is not None
    monkeypatch.setattr(lettering.features, "check", lambda _: False)
    with pytest.raises(AssetFailed, match="HarfBuzz"):
        set_text(layer("שלם"), CANVAS, font)
    assert lines("abc")


# --- fonts --------------------------------------------------------------------


@pytest.mark.parametrize("form", [4, 12])
def test_the_characters_of_a_font_are_read_from_its_table(form):
    """In both forms that fonts use today."""
    font = box_font("AZaz\u20ac漢", form=form)
    text = " AZaz\u20ac漢@BYb\u20ab\u20ad\uffff\U0001f600"
    assert missing_characters(font, text) == tuple("@BYb\u20ab\u20ad\uffff\U0001f600")


def test_a_table_of_a_few_characters_is_read_too():
    """The trimmed form."""
    assert missing_characters(box_font(form=6), " !a") == ("!", "a")


def test_characters_beyond_16_bits_are_found():
    """As emoji are."""
    font = box_font("a\U0001f600", form=12)
    assert missing_characters(font, "a\U0001f600\U0001f601") == ("\U0001f601",)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "no TrueType"),
        (b"wOF2" + bytes(99), "no TrueType"),
        (b"\x89PNG\r\n\x1a\n" + bytes(99), "no TrueType"),
        (box_font()[:126], "damaged"),
        (b"\0\1\0\0" + bytes(99), "no table `cmap`"),
        (box_font().replace(b"loca", b"loco"), "cannot be used"),
    ],
)
def test_what_is_no_font_is_refused(data, said):
    """Known by its bytes, never by its name."""
    with pytest.raises(FontRefused, match=said):
        require_font(data)


def test_a_font_that_is_too_large_is_refused(monkeypatch):
    """Before anything of it is read."""
    monkeypatch.setattr("assetgen.transforms.fonts.MAX_FONT_BYTES", 500)
    with pytest.raises(FontRefused, match="at most 500"):
        require_font(box_font())


@given(st.data(), st.sampled_from([4, 6, 12]))
def test_a_damaged_font_is_refused_or_read_and_nothing_else(data, form):
    """Fonts are strangers' files: no other error leaves the door."""
    font = bytearray(box_font(form=form))
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(font) - 1))
        font[at] = data.draw(st.integers(0, 255))
    font = bytes(font[: data.draw(st.integers(0, len(font)))])
    with contextlib.suppress(FontRefused):
        missing = missing_characters(font, "aé\U0001f600")
        assert set(missing) <= set("aé\U0001f600")
    with contextlib.suppress(AssetFailed):
        draw_text(set_text(layer("ab"), CANVAS, font), CANVAS)


# --- in a build ---------------------------------------------------------------

SPEC = """\
version: 1
vars: {price: "19"}
assets:
  card:
    canvas: 200x100
    layers:
      - fill: "#102040"
      - {text: "Only ${price}", font: {file: f.ttf}, size: 20, color: white}
    outputs: [card.png]
"""


class Project:
    """A folder with a spec and a font, and assetgen run in it."""

    def __init__(self, root: Path) -> None:
        self.root, self.spec = root, root / "assets.yaml"
        self.spec.write_text(SPEC)
        (root / "f.ttf").write_bytes(box_font())

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run a command in this process."""
        out, err = self.root / ".out", self.root / ".err"
        with contextlib.chdir(self.root), out.open("w") as to, err.open("w") as too:
            code = main.run(words, Console({}, to, too))
        said = out.read_text(), err.read_text()
        return subprocess.CompletedProcess(words, code, *said)


@pytest.fixture
def project(tmp_path):
    """Return a project with one card."""
    return Project(tmp_path)


def test_a_card_with_text_is_built_once(project):
    """Templates are filled in; a changed word or font makes it again, nothing else."""
    assert project.run("build").returncode == 0
    card = project.root / "assets" / "card.png"
    with Image.open(card) as image:
        assert image.size == (200, 100)
        assert (255, 255, 255) in {
            color for _, color in image.convert("RGB").getcolors(1 << 16)
        }
    before = card.read_bytes()
    assert "1 asset up to date" in project.run("build").stderr
    project.spec.write_text(SPEC.replace('"19"', '"8"'))
    assert project.run("build").returncode == 0
    assert card.read_bytes() != before
    (project.root / "f.ttf").write_bytes(box_font(form=12))
    plan = json.loads(project.run("plan", "--format", "json").stdout)
    assert plan["assets"][0]["action"] == "derive"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("Only", "Ünly", "8:16: error[bad-text]: the font has no letters for `Ü`"),
        ("size: 20", "size: 90", "the text takes 315x90, but the canvas is 200x100"),
        ("f.ttf", "g.ttf", "error[no-such-file]"),
        ("f.ttf", "assets.yaml", "error[bad-font]: assets.yaml: this is no TrueType"),
    ],
)
def test_what_is_wrong_with_a_text_is_said_while_planning(project, old, new, said):
    """With its line, and before anything is made."""
    project.spec.write_text(SPEC.replace(old, new))
    done = project.run("build")
    assert done.returncode == 3
    assert said in done.stderr
    assert not (project.root / "assets").exists()


def test_without_a_canvas_the_lowest_picture_says_what_fits(project):
    """Its size is known while planning."""
    Image.new("RGB", (60, 30)).save(project.root / "ground.png")
    text = SPEC.replace('fill: "#102040"', "image: {file: ground.png}")
    project.spec.write_text(text.replace("    canvas: 200x100\n", ""))
    done = project.run("plan")
    assert done.returncode == 3
    assert "the text takes 70x20, but the canvas is 60x30" in done.stderr
