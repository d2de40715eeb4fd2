"""Where a picture comes from: requests, files, layers, masks, references."""

from __future__ import annotations

import pytest

from assetgen.errors import Problem
from assetgen.model import (
    AlphaMask,
    AssetRef,
    ColorMask,
    Drawn,
    Extend,
    FileRef,
    FileSource,
    FillLayer,
    GlobRef,
    ImageLayer,
    Length,
    Size,
    TextLayer,
)
from assetgen.resolve.entries import resolve_entry
from assetgen.resolve.settings import Options, read_settings


def _resolve(entry, key="a", read_text=str):
    settings, _ = read_settings("s.yaml", {"s.yaml": {}}, Options())
    return resolve_entry("s.yaml", key, entry, settings, read_text)


def _source_of(**entry):
    (asset,), problems = _resolve(entry)
    assert problems == ()
    return asset.source


def _problem_of(**entry):
    assets, problems = _resolve(entry)
    assert assets == ()
    assert problems
    return problems[0]


# --- requests -----------------------------------------------------------------


def test_a_prompt_alone_is_a_generation():
    """Without inputs the operation is `generate`, and there is one draw."""
    source = _source_of(prompt="a cat")
    assert source == Drawn(operation="generate", provider="openai", prompt="a cat")


def test_a_prompt_with_inputs_is_an_edit():
    """Inputs keep their order; globs stay for the graph."""
    refs = ["b", {"asset": "c", "draw": 2}, {"file": "art/d.png"}, "icons/*"]
    source = _source_of(prompt="x", inputs=refs)
    assert source.operation == "edit"
    assert source.inputs == (
        AssetRef("b"),
        AssetRef("c", 2),
        FileRef("art/d.png"),
        GlobRef("icons/*"),
    )


def test_variations_have_the_varied_picture_as_their_one_input():
    """`variations_of` is an operation of its own; the prompt only steers."""
    source = _source_of(variations_of="b", n=3)
    assert (source.operation, source.inputs, source.n) == ("vary", (AssetRef("b"),), 3)
    assert source.prompt == ""
    assert _problem_of(variations_of="b", inputs=["c"]).code == "inputs-with-variations"


def test_prompts_have_one_form():
    """Line ends become LF and letters are composed, so keys agree everywhere."""
    assert _source_of(prompt="e\u0301\r\nx\ry").prompt == "\u00e9\nx\ny"


@pytest.mark.parametrize("prompt", ["", "  \n", "${empty}"])
def test_an_empty_prompt_is_a_problem(prompt):
    """Also when it is only empty once the templates are filled in."""
    assert _problem_of(prompt=prompt, vars={"empty": ""}).code == "empty-prompt"


def test_a_prompt_file_that_cannot_be_read_is_reported_where_it_is_named():
    """`read_text` gives the reason, the entry gives the place."""
    entry = {"prompt": {"file": "p.md"}}
    _, (problem,) = _resolve(
        entry, read_text=lambda _: Problem("no-file", "it is gone")
    )
    assert problem.code == "no-file"
    assert problem.place.pointer == ("assets", "a", "prompt", "file")


def test_a_prompt_of_ten_megabytes_is_refused():
    """It is counted, not sent."""
    assert _problem_of(prompt="x" * 10_000_000).code == "too-long"


def test_request_parameters_are_sorted_and_flat():
    """Model and moderation have fields of their own; `params` is laid flat."""
    source = _source_of(
        prompt="x",
        size="1024x512",
        quality="low",
        model="m",
        moderation="low",
        params={"seed": 7},
    )
    assert source.params == (
        ("params.seed", 7),
        ("quality", "low"),
        ("size", "1024x512"),
    )
    assert (source.model, source.moderation) == ("m", "low")
    assert source.pixel_size == Size(1024, 512)
    assert _source_of(prompt="x", size="auto").pixel_size is None


@pytest.mark.parametrize(
    "size", ["0x5", "1e9x1e9", "99999x99999", "999999999x999999999", "-1x5", "5", 7]
)
def test_an_impossible_size_is_a_problem(size):
    """Sizes are WxH, both at least 1 and within reason."""
    assert _problem_of(prompt="x", size=size).code == "bad-size"


@pytest.mark.parametrize("n", [0, 11, -1, True, "2", float("nan"), 1.5])
def test_draws_are_counted_from_one_to_ten(n):
    """A bool is no number, and neither is NaN."""
    assert _problem_of(prompt="x", n=n).place.pointer[-1] == "n"


@pytest.mark.parametrize("count", [0, 17])
def test_an_edit_has_one_to_sixteen_inputs(count):
    """More than the service takes is refused while planning."""
    assert _problem_of(prompt="x", inputs=["b"] * count)


@pytest.mark.parametrize(
    "edit", [{"mask": "m"}, {"extend": {"left": 5}}, {"outside": "keep"}]
)
def test_edit_keys_need_inputs(edit):
    """They speak of the first input."""
    assert _problem_of(prompt="x", **edit).code == "needs-inputs"


def test_a_variation_takes_no_mask_and_says_what_does():
    """It has a first input, so the words for prompts would not be true."""
    problem = _problem_of(variations_of="b", mask="m")
    assert "whole picture" in problem.message
    assert "`inputs`" in problem.hint


def test_mask_and_extend_exclude_each_other():
    """`extend` makes a mask, and one request has one mask."""
    entry = {"prompt": "x", "inputs": ["b"], "mask": "m", "extend": {"left": 5}}
    assert _problem_of(**entry).code == "mask-with-extend"


# --- sources ------------------------------------------------------------------


def test_an_asset_has_exactly_one_source():
    """None and two are both reported."""
    assert _problem_of(outputs=["a.png"]).code == "no-source"
    assert _problem_of(prompt="x", file="a.png").code == "two-sources"


def test_a_file_is_a_path_of_the_project():
    """The path is brought into its normal form."""
    assert _source_of(file="./art//logo.png") == FileSource("art/logo.png")


@pytest.mark.parametrize(
    "extra", [{"n": 2}, {"model": "m"}, {"inputs": ["b"]}, {"frozen": True}]
)
def test_only_drawn_assets_have_a_request(extra):
    """What would be passed over in silence is an error."""
    assert _problem_of(file="a.png", **extra).code == "needs-request"


def test_layers_are_composed_from_pictures_and_colours():
    """Positions are anchors or lengths; colours get their one form."""
    source = _source_of(
        layers=[{"fill": "Red"}, {"image": "b", "at": [1, "50%"], "scale": 2}],
        canvas="64x32",
    )
    assert source.canvas == Size(64, 32)
    assert source.layers == (
        FillLayer(color="#ff0000"),
        ImageLayer(
            ref=AssetRef("b"), at=(Length(1), Length(50, percent=True)), scale=2
        ),
    )


def test_without_a_lowest_picture_layers_need_a_canvas():
    """A colour has no size."""
    assert _problem_of(layers=[{"fill": "#fff"}]).code == "missing-key"


def _text(**layer):
    plain = {"text": "Hi", "font": {"file": "f.ttf"}, "size": 20}
    kept = {key: each for key, each in (plain | layer).items() if each is not ...}
    return {"layers": [kept], "canvas": "64x32"}


def test_a_layer_of_text_has_options_in_one_form():
    """What says nothing new is left out; numbers, colours and lengths have one form."""
    layer = _source_of(
        **_text(
            font={"file": "./fonts//f.ttf"},
            size=20.0,
            color="White",
            at=[4.0, "50.0%"],
            max_width="80.0%",
            align="right",
            opacity=0.5,
            blend="multiply",
        )
    ).layers[0]
    assert layer == TextLayer(
        text="Hi",
        font=FileRef("fonts/f.ttf"),
        options={
            "align": "right",
            "at": [4, "50%"],
            "blend": "multiply",
            "color": "#ffffff",
            "max_width": "80%",
            "opacity": 0.5,
            "size": 20,
        },
    )
    said = {"color": "#000", "at": "center", "margin": 0, "opacity": 1.0, "size": 32}
    assert _source_of(**_text(**said)) == _source_of(**_text(size=...))


@pytest.mark.parametrize(
    ("layer", "code"),
    [
        ({"font": ...}, "missing-key"),
        ({"font": "f.ttf"}, "wrong-type"),
        ({"font": {"file": "../f.ttf"}}, "bad-path"),
        ({"size": 0}, "bad-value"),
        ({"size": "big"}, "wrong-type"),
        ({"text": " \n"}, "empty"),
        ({"text": 7}, "wrong-type"),
        ({"text": "a" * 10_001}, "bad-value"),
        ({"color": "reddish"}, "bad-color"),
        ({"at": "middle"}, "bad-value"),
        ({"at": [1, 2], "margin": 3}, "bad-layer"),
        ({"margin": -1}, "bad-length"),
        ({"max_width": 0}, "bad-length"),
        ({"align": "justify"}, "bad-value"),
        ({"opacity": 2}, "bad-value"),
        ({"blend": "burn"}, "bad-value"),
    ],
)
def test_a_wrong_layer_of_text_is_a_problem_at_its_place(layer, code):
    """Known from the spec alone."""
    problem = _problem_of(**_text(**layer))
    assert problem.code == code
    if problem.place is not None:
        assert problem.place.pointer[2:4] == ("layers", 0)


# --- references ---------------------------------------------------------------


@pytest.mark.parametrize(
    "ref",
    ["../x", "A", "", "__proto__", "-rf", "a\nb", {"asset": "b", "x": 1}, {}, 3, None],
)
def test_a_reference_names_an_asset_a_draw_or_a_file(ref):
    """Everything else is reported."""
    assert _problem_of(variations_of=ref)


def test_globs_are_for_inputs_and_frames_only():
    """Where one picture is needed, several cannot be."""
    assert _problem_of(variations_of="icons/*").code == "glob-not-allowed"


# --- masks --------------------------------------------------------------------


def _mask_of(mask):
    return _source_of(prompt="x", inputs=["b"], mask=mask).mask


def test_a_mask_is_a_picture_a_colour_or_a_shape():
    """The forms of the spec, each with what may stand beside it."""
    assert _mask_of("m").area == AlphaMask(AssetRef("m"))
    assert _mask_of({"file": "m.png"}).area == AlphaMask(FileRef("m.png"))
    assert _mask_of({"image": "m"}).area == AlphaMask(AssetRef("m"))
    black = _mask_of({"image": "m", "edit": "black", "grow": -3, "feather": 4})
    assert black.area == ColorMask(AssetRef("m"), "black", 128)
    assert (black.grow_px, black.feather_px) == (-3, 4)
    shape = _mask_of({"rect": [0, "10%", 5, "20%"], "invert": True})
    assert shape.area.lengths[1] == Length(10, percent=True)
    assert shape.invert
    assert len(_mask_of({"polygon": [[0, 0], [9, 0], [0, 9]]}).area.lengths) == 6


@pytest.mark.parametrize(
    "mask",
    [
        {},
        {"image": "m", "rect": [0, 0, 1, 1]},
        {"image": "m", "edit": "red"},
        {"image": "m", "threshold": 3},
        {"rect": [0, 0, 1]},
        {"rect": [0, 0, 0, 5]},
        {"rect": "all"},
        {"polygon": [[0, 0], [1, 1]]},
        {"polygon": [1, 2, 3]},
        {"ellipse": [0, 0, 1, "x"]},
        {"image": "m", "feather": -1},
        {"image": "m", "invert": "yes"},
        "m*",
        4,
    ],
)
def test_a_mask_without_sense_is_a_problem(mask):
    """Nothing is paid for a mask that cannot be."""
    assert _problem_of(prompt="x", inputs=["b"], mask=mask)


def test_extend_names_sides_or_a_size():
    """Both forms, and their lengths."""

    def extend_of(extend):
        return _source_of(prompt="x", inputs=["b"], extend=extend).extend

    assert extend_of({"left": 5, "top": "10%"}) == Extend(
        left=Length(5), top=Length(10, percent=True)
    )
    assert extend_of({"to": "64x64", "anchor": "top"}) == Extend(
        to=Size(64, 64), anchor="top"
    )


@pytest.mark.parametrize(
    "extend",
    [
        {},
        {"left": 0},
        {"left": -1},
        {"left": 1, "anchor": "top"},
        {"to": "8x8", "left": 1},
        {"to": "8"},
        {"to": "8x8", "anchor": "middle"},
        [],
    ],
)
def test_an_extend_without_sense_is_a_problem(extend):
    """It must grow somewhere, in one of its two forms."""
    assert _problem_of(prompt="x", inputs=["b"], extend=extend)


# --- the rest of an entry -----------------------------------------------------


def test_checks_tags_and_words_are_kept():
    """What people and web manifests read."""
    (asset,), problems = _resolve(
        {
            "prompt": "x",
            "tags": ["a", "b", "a"],
            "alt": "a ${v}",
            "vars": {"v": "cat"},
            "description": "d",
            "checks": {"alpha": "required", "size": "8x8", "opaque_share": [0.1, 1]},
        }
    )
    assert problems == ()
    assert (asset.tags, asset.alt, asset.description) == (("a", "b"), "a cat", "d")
    assert asset.checks.opaque_share == (0.1, 1.0)


@pytest.mark.parametrize(
    "entry",
    [
        None,
        [],
        {"prompt": 3},
        {"prompt": "x", "tags": "t"},
        {"prompt": "x", "tags": [1]},
        {"prompt": "x", "checks": {"opaque_share": [1, 0]}},
        {"prompt": "x", "checks": {"max_bytes": True}},
        {"prompt": "x", "checks": []},
        {"prompt": "x", "vars": []},
        {"prompt": "x", "alt": 3},
        {"prompt": "x", "outputs": "a.png"},
        {"prompt": "x", "process": "trim"},
        {"layers": 3},
        {"layers": [3]},
        {"sheet": 3},
        {"file": 3},
        {"prompt": {"file": 3}},
    ],
)
def test_a_wrong_type_is_a_problem_and_not_a_crash(entry):
    """The schema says no first; if it ever does not, reading still survives."""
    assets, problems = _resolve(entry)
    assert assets == ()
    assert problems


@pytest.mark.parametrize(
    "key",
    [
        "__proto__",
        "-rf",
        "a\nb",
        "\u202egnp",
        "A",
        "a//b",
        "a/",
        "",
        ".a",
        "a" * 10_000,
    ],
)
def test_a_name_that_no_tool_should_meet_is_refused(key):
    """Names are lower case, visible, short, and never look like an option."""
    _, problems = _resolve({"prompt": "x"}, key=key)
    assert problems[0].code == "bad-name"
    assert problems[0].place.on_key
