"""What is known of pictures before anything is made: one word for each entry."""

from __future__ import annotations

import pytest
from buildings import build, options, plan_of
from PIL import Image

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
