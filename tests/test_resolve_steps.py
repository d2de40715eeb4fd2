"""Steps: many ways to write one, one form in which they are kept."""

from __future__ import annotations

import pytest

from assetgen.model import AssetRef, FileRef
from assetgen.resolve.entries import resolve_entry
from assetgen.resolve.settings import Options, read_settings


def _resolve(step):
    settings, _ = read_settings("s.yaml", {"s.yaml": {}}, Options())
    entry = {"file": "a.png", "process": [step]}
    return resolve_entry("s.yaml", "a", entry, settings, str)


def _args_of(step):
    (asset,), problems = _resolve(step)
    assert problems == ()
    return asset.process[0].args


@pytest.mark.parametrize(
    "ways",
    [
        ["grayscale", {"grayscale": True}, {"grayscale": {}}, {"grayscale": None}],
        ["trim", {"trim": {"tolerance": 0}}, {"trim": {"color": None}}],
        [{"rotate": 90}, {"rotate": {"degrees": 90}}, {"rotate": -270}],
        ["threshold", {"threshold": 128}, {"threshold": {"level": 128.0}}],
        ["flatten", {"flatten": "white"}, {"flatten": {"color": "#FFF"}}],
        [{"pad": 8}, {"pad": {"all": 8, "color": None}}],
        [{"quantize": 16}, {"quantize": {"colors": 16, "dither": False}}],
        [{"despill": "lime"}, {"despill": {"color": "#00ff00", "radius": 3}}],
        [{"adjust": {"contrast": 2}}, {"adjust": {"contrast": 2.0, "brightness": 1}}],
        ["sharpen", {"sharpen": 1}, {"sharpen": {"amount": 1.0, "radius": 2}}],
        [{"round": 16}, {"round": {"radius": 16.0}}],
        ["tile", {"tile": "12%"}, {"tile": {"overlap": "12.0%"}}],
        [{"overlay": "b"}, {"overlay": {"image": {"asset": "b"}, "scale": 1}}],
        [{"overlay": {"file": "b.png"}}, {"overlay": {"image": {"file": "b.png"}}}],
    ],
)
def test_ways_of_writing_one_step_have_one_form(ways):
    """The bare form is given its name, and defaults are left out."""
    assert len({repr(_args_of(step)) for step in ways}) == 1


def test_references_in_steps_become_references():
    """`from` and `image` name pictures."""
    assert _args_of({"alpha": {"from": "mask"}}) == {"from": AssetRef("mask")}
    assert _args_of({"overlay": {"file": "b.png"}}) == {"image": FileRef("b.png")}


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("#ABC", "#aabbcc"),
        ("#A0B0C0", "#a0b0c0"),
        ("#a0b0c0ff", "#a0b0c0"),
        ("#A0B0C080", "#a0b0c080"),
        ("Lime", "#00ff00"),
    ],
)
def test_colours_have_one_form(written, kept):
    """Lower case, long, and without an alpha that says nothing."""
    assert _args_of({"key": written}) == {"color": kept}


def test_lengths_and_palettes_are_normalised():
    """Pixels stay numbers, shares stay text."""
    crop = _args_of({"crop": {"x": 1.0, "width": "50.0%", "height": 7}})
    assert crop == {"x": 1, "width": "50%", "height": 7}
    assert _args_of({"quantize": {"palette": ["red", "#FFF"]}}) == {
        "palette": ["#ff0000", "#ffffff"]
    }


@pytest.mark.parametrize(
    "step",
    [
        {"rotate": 45},
        {"rotate": "left"},
        "rotate",
        {"flip": "diagonal"},
        "resize",
        {"resize": {"fit": "cover"}},
        {"resize": {"width": 0}},
        {"resize": {"width": True}},
        {"resize": {"width": 8, "fit": "stretch"}},
        {"crop": {"x": 1}},
        {"crop": {"ratio": "16:9", "width": 4}},
        {"crop": {"ratio": "wide"}},
        {"crop": {"width": -1, "height": 2}},
        {"pad": {"all": 3, "to": "8x8"}},
        {"pad": {"left": 0}},
        {"pad": {"to": "8"}},
        {"key": "#12345"},
        {"key": "#1234"},
        {"key": {"tolerance": 3}},
        {"key": {"color": "red", "tolerance": 256}},
        "alpha",
        {"alpha": "mask"},
        {"alpha": {"from": "icons/*"}},
        "quantize",
        {"quantize": 1},
        {"quantize": {"palette": []}},
        {"quantize": {"palette": "red"}},
        {"pixelate": {"colors": 4}},
        {"overlay": {"image": "b", "at": [1]}},
        {"overlay": {"image": "b", "at": "middle"}},
        "despill",
        {"despill": {"color": "lime", "radius": 0}},
        {"bleed": 0},
        {"bleed": 2.5},
        {"bleed": 257},
        "blur",
        {"blur": 0},
        {"blur": "2px"},
        {"adjust": {"contrast": -1}},
        {"adjust": {"contrast": "more"}},
        {"sharpen": {"amount": 0}},
        {"sharpen": {"radius": 2000}},
        "round",
        {"round": -1},
        {"round": "wide"},
        {"outline": {"color": "red"}},
        {"outline": {"width": 0}},
        {"outline": {"width": 129}},
        {"tile": 0},
        {"tile": "51%"},
        {"tile": "wide"},
        {"invert": False},
        {"grayscale": 3},
        {"trim": True, "invert": True},
        {},
        3,
        None,
    ],
)
def test_a_step_without_sense_is_a_problem(step):
    """What can be known without the picture is known while planning."""
    assets, problems = _resolve(step)
    assert assets == ()
    assert problems[0].place.pointer[:4] == ("assets", "a", "process", 0)


def test_an_unknown_step_gets_a_suggestion():
    """Steps are a closed set."""
    _, (problem,) = _resolve({"greyscale": True})
    assert problem.hint == "did you mean `grayscale`?"


def test_a_step_knows_its_place():
    """Later problems with a step point at it."""
    (asset,), _ = _resolve("trim")
    assert asset.process[0].place.pointer == ("assets", "a", "process", 0)
