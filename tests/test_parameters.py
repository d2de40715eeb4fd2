"""What a model does not take is told while planning, at the line that is to blame."""

from __future__ import annotations

import pytest
from blaming import (
    FLARE,
    TODAY,
    alone,
    check,
    on_day,
    pictures_to_edit,
    place,
)


@pytest.fixture(autouse=True)
def _today(monkeypatch):
    """Models end on days; the tests' day does not move."""
    on_day(monkeypatch, TODAY)


@pytest.fixture
def pictures(tmp_path):
    """Return a folder with pictures to edit."""
    return pictures_to_edit(tmp_path)


ONE: dict[str, tuple[str, str, str]] = {
    "a quality of newer models": (
        "model: gpt-image-2, quality: <<xhigh>>",
        "gpt-image-2 has no quality `xhigh`",
        f"it has low, medium, high and auto, or use {FLARE}",
    ),
    "a size that is not on the grid": (
        "size: <<1000x1000>>",
        f"{FLARE} cannot draw 1000x1000: width and height must be multiples of 16",
        "the nearest size that it draws is 1008x1008",
    ),
    "a size that is too small": (
        "size: <<512x512>>",
        "262,144 pixels are fewer than 655,360",
        "is 816x816",
    ),
    "a size that is too large": (
        "size: <<3840x3840>>",
        "pixels are more than 8,294,400",
        "is 2880x2880",
    ),
    "an edge that is too long": (
        "size: <<3856x2048>>",
        "at most 3840 pixels",
        "is 3840",
    ),
    "a size that is too long": (
        "size: <<3200x800>>",
        "the longer edge is at most 3 times the shorter",
        "is 27",
    ),
    "a size of other days on a fixed model": (
        "model: gpt-image-1.5, size: <<1024x1792>>",
        "it draws 1024x1024, 1024x1536 and 1536x1024 only",
        "the nearest size that it draws is 1024x1536",
    ),
    "a transparent jpeg": (
        "background: <<transparent>>, output_format: jpeg",
        "a transparent background needs png or webp, and the draw comes as jpeg",
        "write `output_format: png`",
    ),
    "a transparent gif": (
        "background: <<transparent>>, output_format: gif",
        "and the draw comes as gif",
        "write `output_format: png`",
    ),
    "a gif of a model without": (
        "model: gpt-image-2.5-flare, output_format: <<gif>>",
        "gpt-image-2.5-flare does not draw gif",
        f"it draws png, jpeg and webp, or use {FLARE}",
    ),
    "compression of the default format": (
        "output_compression: <<50>>",
        "`output_compression` is for jpeg and webp, and the draw comes as png",
        "leave it out",
    ),
    "compression of a gif": (
        "output_compression: <<50>>, output_format: gif",
        "and the draw comes as gif",
        "leave it out",
    ),
    "fidelity without inputs": (
        "model: gpt-image-1.5, input_fidelity: <<high>>",
        "`input_fidelity` is for requests with inputs",
        "where `inputs` are",
    ),
    "complexity of a model without": (
        "model: gpt-image-2.5-flare, complexity: <<low>>",
        "gpt-image-2.5-flare has no `complexity`",
        f"leave it out, or use {FLARE}",
    ),
    "frames of a png": (
        "params: {frame_count: <<4>>}",
        "`frame_count` is for gif, and the draw comes as png",
        "or write `output_format: gif`",
    ),
    "too many frames": (
        "output_format: gif, params: {frame_count: <<17>>}",
        "`frame_count` is a whole number from 2 to 16",
        "",
    ),
    "half a frame": (
        "output_format: gif, params: {frame_count: <<2.5>>}",
        "`frame_count` is a whole number from 2 to 16",
        "",
    ),
    "frames that never end": (
        "output_format: gif, params: {frame_duration_ms: <<655351>>}",
        "`frame_duration_ms` is a whole number from 1 to 655,350",
        "",
    ),
    "an author of a png": (
        "params: {<<svg>>: {model: x}}",
        "`svg` is for svg, and the draw comes as png",
        "or write `output_format: svg`",
    ),
    "an author without a model": (
        "output_format: svg, params: {<<svg>>: {reasoning: {effort: low}}}",
        "`svg` is a map with `model`, and perhaps `reasoning`",
        "svg: {model: NAME",
    ),
    "an author with an effort that is none": (
        "output_format: svg, params: {<<svg>>: {model: x, reasoning: {effort: lots}}}",
        "`reasoning` is a map with `effort`: none, minimal",
        "",
    ),
    "two svgs at once": (
        "output_format: svg, n: <<2>>",
        "an svg is drawn alone, and this asks for 2 draws",
        "write `n: 1`",
    ),
    "a seed": ("params: {seed: <<7>>}", f"{FLARE} takes no `seed`", "the lock pins it"),
    "a stream": (
        "params: {<<stream>>: true}",
        "`stream` is not passed through `params`",
        "--partials",
    ),
    "pictures among the parameters": (
        "params: {<<image>>: x}",
        "`image` is not passed through `params`",
        "listed in `inputs`",
    ),
    "a picture behind an address": (
        "params: {<<image_url>>: 'http://localhost/a.png'}",
        "`image_url` is not passed through `params`",
        "files or assets, listed in `inputs`",
    ),
    "an address of somebody's own": (
        "params: {<<Api-Base>>: 'https://example.org'}",
        "`Api-Base` is not passed through `params`",
        "is the user's setting",
    ),
    "headers": (
        "params: {<<extra_headers>>: {Authorization: Bearer x}}",
        "`extra_headers` is not passed through `params`",
        "is the user's setting",
    ),
    "more pictures by the back door": (
        "params: {<<N>>: 9}",
        "`N` is not passed through `params`",
        "`n` is a key of the asset itself",
    ),
    "an old word for a quality": (
        "quality: <<hd>>",
        "the quality `hd` was for models that are gone",
        "write `high`",
    ),
    "the old form of answers": (
        "params: {<<response_format>>: url}",
        "`response_format` is not a parameter of current models",
        "leave it out",
    ),
    "an unknown model": (
        "model: <<gpt-image-2.6-flair>>",
        "there is no model `gpt-image-2.6-flair`",
        f"did you mean `{FLARE}`?",
    ),
    "a model that was shut down": (
        "model: <<gpt-image-1>>",
        f"gpt-image-1 was shut down on 2026-10-23; use {FLARE}",
        f"write `model: {FLARE}`",
    ),
    "a model of years ago": (
        "model: <<dall-e-3>>",
        f"dall-e-3 was shut down on 2026-05-12; use {FLARE}",
        "",
    ),
}


@pytest.mark.parametrize("provider", ["openai", "placeholder"])
@pytest.mark.parametrize("case", ONE)
def test_what_the_service_refuses_is_an_error_at_its_line(tmp_path, case, provider):
    """Whoever draws: a spec that passes without a key also passes with one."""
    fields, message, hint = ONE[case]
    if not fields.startswith("model"):
        fields += f", model: {FLARE}"
    spec = alone(fields)
    if "output_format: svg" in fields:
        spec = spec.replace("a.png", "a.svg")
    code, items, at = check(tmp_path, spec, "--provider", provider)
    assert code == 3
    (item,) = [each for each in items if each["severity"] == "error"]
    assert (place(item), item["exit_code"]) == (at, 3)
    assert message in item["message"]
    assert hint in (item["hint"] or "")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["assets.yaml"]


WITH_INPUT: dict[str, tuple[str, str, str]] = {
    "fidelity of a model that must not have it": (
        f"model: {FLARE}, input_fidelity: <<high>>",
        f"{FLARE} takes no `input_fidelity`",
        "leave it out",
    ),
    "fidelity of the small model": (
        "model: gpt-image-1-mini, input_fidelity: <<high>>",
        "gpt-image-1-mini has no input fidelity `high`",
        "it has low",
    ),
    "markup of a model without": (
        "model: gpt-image-2, <<markup>>: {file: arrows.png}",
        "gpt-image-2 takes no `markup`",
        FLARE,
    ),
    "markup of another size": (
        "<<markup>>: {file: small.png}",
        "the markup is 8x8, but the first input is 1024x1024",
        "exactly as large",
    ),
    "markup that hides the input": (
        "<<markup>>: {file: in.png}",
        "the markup has no transparent pixel",
        "on a transparent picture",
    ),
    "markup without a mark": (
        "<<markup>>: {file: empty.png}",
        "the markup is empty",
        "leave it out",
    ),
    "markup and mask": (
        "mask: {rect: [0, 0, 9, 9]}, <<markup>>: {file: arrows.png}",
        "`markup` cannot go out with a mask",
        "in a second",
    ),
    "markup and extend": (
        "extend: {right: 512}, <<markup>>: {file: arrows.png}",
        "`markup` cannot go out with `extend`",
        "in a second",
    ),
    "a gif through a mask": (
        "mask: {rect: [0, 0, 9, 9]}, output_format: <<gif>>",
        "a gif cannot be drawn through a mask",
        "draw a png",
    ),
    "an empty mask": (
        "<<mask>>: {rect: [2000, 0, 9, 9]}",
        "the mask is empty",
        "check its shape",
    ),
    "a full mask": (
        "<<mask>>: {rect: [0, 0, 100%, 100%]}",
        "the mask is full",
        "leave the mask out",
    ),
    "a mask of another size": (
        "<<mask>>: {file: small.png}",
        "the mask is 8x8, but the first input is 1024x1024",
        "exactly as large",
    ),
    "a mask without transparency": (
        "<<mask>>: {file: in.png}",
        "no transparent pixel",
        "{image: ..., edit: black}",
    ),
    "a size that pixels cannot be put back into": (
        "mask: {rect: [0, 0, 9, 9]}, size: <<1024x1536>>",
        "put back from a first input of 1024x1024",
        "`outside: accept`",
    ),
    "extended to a size that is not drawn": (
        "model: gpt-image-1.5, <<extend>>: {right: 16}",
        "the extended picture goes out as 1040x1024, which gpt-image-1.5 cannot draw",
        "`to: 1536x1024`",
    ),
    "extended too far": (
        "<<extend>>: {right: 5000}",
        f"goes out as 6032x1024, which {FLARE} cannot draw",
        "extend to a size that it draws",
    ),
}


@pytest.mark.parametrize("case", WITH_INPUT)
def test_what_an_edit_cannot_have_is_an_error_at_its_line(pictures, case):
    """Masks, markup and extensions are made before anything is paid."""
    fields, message, hint = WITH_INPUT[case]
    if not fields.startswith("model"):
        fields += f", model: {FLARE}"
    spec = alone(f"inputs: [{{file: in.png}}], {fields}")
    code, items, at = check(pictures, spec, "--provider", "openai")
    assert code == 3
    (item,) = [each for each in items if each["severity"] == "error"]
    assert place(item) == at
    assert message in item["message"]
    assert hint in (item["hint"] or "")


GOOD = {
    "everything a png may have": (
        f"model: {FLARE}, size: 1536x864, quality: max, background: transparent, n: 10,"
        " complexity: high, moderation: low, params: {house_style: loud}"
    ),
    "a small webp": "output_format: webp, output_compression: 0, size: auto",
    "a short film": (
        "output_format: gif, params: {frame_count: 16, frame_duration_ms: 1}"
    ),
    "an svg by an author": (
        "output_format: svg, params: {svg: {model: x, reasoning: {effort: max}}}"
    ),
    "a snapshot": "model: gpt-image-2.5-flare-2026-09-08, quality: xhigh",
    "markup": "inputs: [{file: in.png}], markup: {file: arrows.png}",
    "a mask in the size of its input": (
        "inputs: [{file: in.png}], mask: {rect: [0, 0, 9, 9]}, size: 1024x1024"
    ),
    "another size, accepted": (
        "inputs: [{file: in.png}], mask: {rect: [0, 0, 9, 9]}, size: 1024x1536,"
        " outside: accept"
    ),
    "an extension off the grid": "inputs: [{file: wide.png}], extend: {right: 3}",
}


@pytest.mark.parametrize("case", GOOD)
def test_what_the_service_takes_passes(pictures, case):
    """The rules refuse nothing that is fine."""
    spec = alone(GOOD[case])
    if "svg" in case:
        spec = spec.replace("a.png", "a.svg")
    code, items, _ = check(pictures, spec, "--provider", "openai")
    assert (code, items) == (0, [])


WARNED = {
    "large": ("size: <<3840x2160>>", "experimental", FLARE),
    "doubtful": ("model: gpt-image-2, background: <<transparent>>", "lately", "`key`"),
    "ending": (
        "model: <<gpt-image-1.5>>",
        f"gpt-image-1.5 ends in 9 days, on 2026-12-01; use {FLARE}",
        "another model",
    ),
    "a size that says nothing": (
        "inputs: [{file: in.png}], extend: {right: 512}, <<size>>: 1024x1536",
        "`size` says nothing beside `extend`",
        "",
    ),
}


@pytest.mark.parametrize("case", WARNED)
def test_what_may_go_wrong_is_a_warning(pictures, case):
    """The build goes on."""
    fields, message, hint = WARNED[case]
    code, (item,), at = check(pictures, alone(fields), "--provider", "openai")
    assert (code, item["severity"], place(item)) == (0, "warning", at)
    assert message in item["message"]
    assert hint in f"{item['message']} {item['hint']}"


def test_a_file_of_fifty_megabytes_is_not_sent(pictures, monkeypatch):
    """The service takes smaller ones only; the file is looked at here."""
    from assetgen.picturecheck import PictureCheck

    monkeypatch.setattr(PictureCheck, "weight", lambda *_: 50_000_000)
    spec = alone("inputs: [{<<file>>: in.png}]")
    code, (item,), at = check(pictures, spec, "--provider", "openai")
    assert (code, place(item)) == (3, at)
    assert item["message"].startswith("in.png has 50,000,000 bytes")
