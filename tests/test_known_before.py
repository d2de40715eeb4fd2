"""What is known of pictures before anything is made: one word for each entry."""

from __future__ import annotations

import pytest
from buildings import build, options, plan_of
from PIL import Image

from assetgen import project
from assetgen.errors import ExitCode, SpecInvalid

HEAD = """\
version: 1
provider: placeholder
targets: {web: {dir: out}}
assets:
"""
SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="8" height="8"><path d="M0 0h8v8z"/></svg>'


@pytest.fixture
def refused(tmp_path):
    """Return what plans a spec that cannot be, and gives what was said of it."""
    (tmp_path / "mark.svg").write_text(SVG)
    Image.new("RGB", (100, 100)).save(tmp_path / "box.png")

    def said(assets):
        (tmp_path / "assets.yaml").write_text(HEAD + assets)
        with pytest.raises(SpecInvalid) as caught:
            plan_of(options(tmp_path))
        return caught.value.diagnostics

    return said


def test_sizes_that_an_entry_cannot_have_are_told_once(refused):
    """The same for each format is one problem; further sizes are counted."""
    (told,) = refused(
        "  a: {file: box.png, outputs: [{path: a, formats: [png, webp],"
        " widths: [50, 200, 300, 400]}]}\n"
    )
    assert told.message == (
        "a picture of 100x100 would be enlarged to 200x200 (and 2 more like it)"
    )


def test_each_entry_has_a_problem_of_its_own(refused):
    """Both places are shown."""
    told = refused(
        "  a: {file: box.png, outputs: [{path: a.png, width: 200},"
        " {path: b.png, width: 200}]}\n"
    )
    assert len({each.excerpt.span.column for each in told}) == 2


@pytest.mark.parametrize(
    "asset",
    [
        "{file: mark.svg, outputs: [a.png]}",
        "{file: mark.svg, outputs: [a.svg]}",
        "{file: mark.svg, process: [grayscale], outputs: [a.png]}",
        "{file: box.png, process: [{overlay: {image: {file: mark.svg}}}], outputs: [a.png]}",
        "{prompt: a, inputs: [{file: mark.svg}], outputs: [a.png]}",
        "{canvas: 9x9, layers: [{image: {file: mark.svg}}], outputs: [a.png]}",
        "{sheet: {frames: [{file: box.png}, {file: mark.svg}]}, outputs: [a.png]}",
    ],
)
def test_pixels_of_an_svg_are_asked_for_in_vain(refused, asset):
    """Whoever draws icons as SVG is told before anything is paid."""
    (told,) = refused(f"  a: {asset}\n")
    assert told.code == "svg-has-no-pixels"
    assert "PNG" in told.hint


def test_an_svg_of_the_project_is_published_as_it_is(tmp_path):
    """Byte for byte."""
    (tmp_path / "mark.svg").write_text(SVG)
    (tmp_path / "assets.yaml").write_text(
        HEAD + "  a: {file: mark.svg, outputs: [{path: a.svg, metadata: keep}]}\n"
    )
    assert build(options(tmp_path))[0] is ExitCode.DONE
    assert (tmp_path / "out/a.svg").read_text() == SVG


def test_a_check_of_a_file_does_not_speak_of_draws(tmp_path):
    """There is no prompt to change, and nothing that was kept."""
    Image.new("RGB", (10, 10)).save(tmp_path / "box.png")
    (tmp_path / "assets.yaml").write_text(
        HEAD + "  a: {file: box.png, checks: {alpha: required}, outputs: [a.png]}\n"
    )
    code, heard = build(options(tmp_path))
    assert code is ExitCode.SOME_FAILED
    told = [each for each in heard.events if "alpha is required" in str(each)]
    assert told
    assert "change the picture, the steps or the check" in str(told)
    assert not (tmp_path / "out/a.png").exists()


def _moving(place, frames=3):
    pictures = [Image.new("RGB", (8, 8), (80 * n, 9, 9)) for n in range(frames)]
    pictures[0].save(place, save_all=True, append_images=pictures[1:], duration=50)


def _warnings(root, assets):
    """Return the warnings of a plan, as place and message."""
    (root / "assets.yaml").write_text(HEAD + assets)
    told = project.make(options(root)).diagnostics
    return [(str(each.excerpt.span).partition(":")[2], each.message) for each in told]


@pytest.mark.parametrize("name", ["s.gif", "s.webp", "s.png", "s.avif"])
def test_of_a_picture_that_moves_the_frames_are_told_once(tmp_path, name):
    """At the first place that names it, whatever its format."""
    _moving(tmp_path / name)
    (told,) = _warnings(
        tmp_path,
        f"  a: {{file: {name}, outputs: [a.png]}}\n"
        f"  b: {{prompt: b, inputs: [{{file: {name}}}]}}\n",
    )
    assert told == ("5:13", f"{name} has 3 frames, and only the first one is used")


def test_a_moving_file_that_is_published_as_it_is_moves(tmp_path):
    """Nothing is lost; another asset that takes its first frame is told."""
    _moving(tmp_path / "s.gif")
    kept = "  a: {file: s.gif, outputs: [{path: a.gif, metadata: keep}]}\n"
    assert _warnings(tmp_path, kept) == []
    ((place, _),) = _warnings(
        tmp_path, kept + "  b: {prompt: b, inputs: [{file: s.gif}]}\n"
    )
    assert place == "6:28"
    assert build(options(tmp_path))[0] is ExitCode.DONE
    with Image.open(tmp_path / "out/a.gif") as image:
        assert image.n_frames == 3


def test_a_gif_of_a_sheet_that_does_not_move_is_told(tmp_path):
    """Whoever wants the page says so with `data`; other formats are pages as always."""
    Image.new("RGB", (8, 8)).save(tmp_path / "box.png")
    sheet = "  s: {sheet: {frames: [{file: box.png}]%s}, outputs: [%s]}\n"
    (told,) = _warnings(tmp_path, sheet % ("", "w.gif, v.png"))
    assert "this gif is a still" in told[1]
    for fine in (
        "{path: w.gif, animation: true}",
        "{path: w.gif, data: w.json}",
        "w.webp",
    ):
        assert _warnings(tmp_path, sheet % ("", fine)) == []


def test_a_size_that_a_check_cannot_pass_is_told_before(refused, tmp_path):
    """What a provider brings is not known: there it is a warning."""
    (told,) = refused("  a: {file: box.png, checks: {size: 99x99}, outputs: [a.png]}\n")
    assert told.message == "the picture will be 100x100, and the check asks for 99x99"
    fits = "  a: {file: box.png, process: [{resize: {width: 50}}], checks: {size: 50x50}}\n"
    drawn = "  b: {prompt: b, size: 64x64, checks: {size: 32x32}}\n"
    ((_, message),) = _warnings(tmp_path, fits + drawn)
    assert message == "the picture will be 64x64, and the check asks for 32x32"
