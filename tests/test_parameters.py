"""What a model does not take is told while planning, at the line that is to blame."""

from __future__ import annotations

import contextlib
import datetime as dt
import io
import json
import os
import re
import shutil
from pathlib import Path

import pytest
from counting import CountingProvider
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from assetgen import project, registry
from assetgen.asking import Requests, Voices
from assetgen.cli import main
from assetgen.cli.console import Console
from assetgen.model import Asset, AssetName, Drawn, FileRef, Mask, ShapeMask, Size
from assetgen.providers import parameters
from assetgen.providers.models import ModelTable, built_in_table
from assetgen.providers.parameters import check_model, check_parameters, check_size
from assetgen.resolve.settings import Options, read_settings
from assetgen.spans import Place

FLARE = "gpt-image-2.6-flare"
GOLDEN = Path(__file__).parent / "golden" / "requests"
TODAY = dt.date(2026, 11, 22)
TABLE = built_in_table()


@pytest.fixture(autouse=True)
def _today(monkeypatch):
    """Models end on days; the tests' day does not move."""
    on_day(monkeypatch, TODAY)


def on_day(monkeypatch, day: dt.date) -> None:
    """Let commands run on a day."""
    monkeypatch.setattr(project, "today_of", lambda _: day)


def run(folder, *words, **environ):
    """Run a command in this process; return code, stdout and stderr."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.chdir(folder):
        code = main.run(words, Console(environ, out, err))
    return code, out.getvalue(), err.getvalue()


def check(folder, marked, *words, **environ):
    """Return what `check` says of a spec, and the place that is marked in it.

    Args:
        marked: The spec; what is to blame stands between ``<<`` and ``>>``.
    """
    before, _, after = marked.partition("<<")
    (folder / "assets.yaml").write_text(re.sub("<<|>>", "", marked))
    code, out, err = run(folder, "check", "--format", "json", *words, **environ)
    assert err == ""
    line = before.count("\n") + 1
    column = len(before.rpartition("\n")[2]) + 1
    return code, json.loads(out)["items"], (line, column) if after else None


def place(item):
    """Return line and column of a diagnostic."""
    return item["place"]["line"], item["place"]["column"]


def alone(fields: str) -> str:
    """Return a spec with one drawn asset of these fields."""
    return f"version: 1\nassets:\n  a: {{prompt: A, outputs: [a.png], {fields}}}\n"


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


@pytest.fixture
def pictures(tmp_path):
    """Return a folder with pictures to edit."""
    plain = Image.new("RGBA", (1024, 1024), (9, 9, 9, 255))
    plain.save(tmp_path / "in.png")
    plain.paste((0, 0, 0, 0), (0, 0, 512, 1024))
    plain.save(tmp_path / "arrows.png")
    Image.new("RGBA", (1024, 1024)).save(tmp_path / "empty.png")
    Image.new("RGBA", (8, 8), (9, 9, 9, 90)).save(tmp_path / "small.png")
    Image.new("RGB", (1200, 800)).save(tmp_path / "wide.png")
    return tmp_path


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


# --- places -------------------------------------------------------------------


def test_one_mistake_in_the_defaults_is_one_error_that_counts_the_assets(tmp_path):
    """A thousand lines that say the same would hide all others."""
    entries = "".join(
        f"  a{n}: {{prompt: A, outputs: [a{n}.png]}}\n" for n in range(50)
    )
    spec = (
        "version: 1\ndefaults:\n  quality: <<xhigh>>\n  model: gpt-image-2\nassets:\n"
    )
    code, (item,), at = check(tmp_path, spec + entries, "--provider", "openai")
    assert (code, place(item)) == (3, at)
    assert item["message"] == "gpt-image-2 has no quality `xhigh` (50 assets)"
    assert [each["label"] for each in item["related"]] == []


def test_of_two_that_do_not_go_together_the_asset_s_own_is_to_blame(tmp_path):
    """The default is fine for all others; its line is shown beside."""
    spec = """\
version: 1
defaults:
  background: transparent
assets:
  a:
    prompt: A
    output_format: <<jpeg>>
    outputs: [a.png]
"""
    code, (item,), at = check(tmp_path, spec, "--provider", "openai")
    assert (code, place(item)) == (3, at)
    ((related),) = item["related"]
    assert (related["line"], related["label"]) == (3, "`background` is said here")


PROFILED = """\
version: 1
profiles:
  draft:
    set: {quality: <<max>>, model: gpt-image-2}
assets:
  a: {prompt: A, quality: low, outputs: [a.png]}
"""


def test_a_profile_is_to_blame_for_what_it_sets(tmp_path):
    """It has the last word, so the asset's own key is not what is sent."""
    words = ("--provider", "openai", "--profile", "draft")
    code, (item,), at = check(tmp_path, PROFILED, *words)
    assert (code, place(item)) == (3, at)
    assert check(tmp_path, PROFILED, "--provider", "openai")[:2] == (0, [])


def test_the_words_of_variations_count_and_a_default_model_is_checked(pictures):
    """Nobody names a model: the one that is sent has its limits all the same."""
    (pictures / "long.md").write_text("x" * 32_000)
    spec = """\
version: 1
assets:
  a:
    variations_of: {file: in.png}
    <<prompt>>: {file: long.md}
    outputs: [a.png]
"""
    code, (item,), at = check(pictures, spec, "--provider", "openai")
    assert (code, place(item)) == (3, at)
    assert re.match(r"the prompt has 32,[0-9]{3} characters with the", item["message"])
    assert item["message"].endswith(f", and {FLARE} takes 32,000")


def test_nobody_s_word_is_shown_at_the_asset():
    """Places are keys of the spec; a default model has none."""
    table = ModelTable(models=TABLE.models, default="gpt-image-1", as_of=TABLE.as_of)
    settings, problems = read_settings("assets.yaml", {"assets.yaml": {}}, Options())
    assert problems == []
    checks = Requests(
        Voices(settings, "assets.yaml"), lambda _: table, lambda *_: False, TODAY
    )
    at = Place("assets.yaml", ("assets", "a"))
    source = Drawn(operation="generate", provider="openai", prompt="A")
    checks.judge([(Asset(name=AssetName("a"), place=at, source=source), "drawn")])
    (problem,) = checks.take()
    assert problem.place == at.key()
    assert checks.take() == []


def test_the_placeholder_without_a_model_takes_everything(tmp_path):
    """Only then there is no table to check against."""
    fields = "size: 7x9, quality: max, complexity: low, output_compression: 5"
    assert check(tmp_path, alone(fields), "--provider", "placeholder")[:2] == (0, [])


def test_models_are_named_beside_other_errors(tmp_path):
    """Before there is a plan nobody knows whether they will be needed: a warning."""
    code, items, _ = check(
        tmp_path, alone("model: gpt-image-1, size: <<64x64>>"), "--provider", "openai"
    )
    assert code == 3
    assert {each["severity"]: each["code"] for each in items} == {
        "error": "bad-size",
        "warning": "model-ended",
    }


# --- models that are gone -----------------------------------------------------


def test_a_server_of_the_user_s_lifts_what_the_table_says_of_models(tmp_path):
    """Only where the host is not the service's own."""
    there = {"OPENAI_BASE_URL": "http://127.0.0.1:9/v1"}
    spec = alone("model: gpt-image-1")
    assert check(tmp_path, spec, "--provider", "openai", **there)[:2] == (0, [])
    spec = alone("model: <<home-made>>, params: {seed: 4}, size: 7x7")
    code, (item,), at = check(tmp_path, spec, "--provider", "openai", **there)
    assert (code, item["severity"], place(item)) == (0, "note", at)
    own = {"OPENAI_BASE_URL": "https://eu.api.openai.com/v1"}
    assert check(tmp_path, spec, "--provider", "openai", **own)[0] == 3


class Listed(CountingProvider):
    """A paid provider whose models stand in a table."""

    table = TABLE


def test_locked_draws_need_no_model(tmp_path, monkeypatch):
    """A shutdown is a note where the pictures are there, whoever builds."""
    monkeypatch.setattr(registry, "BUILT_IN", {**registry.BUILT_IN, "counting": Listed})
    monkeypatch.setattr(
        registry.Registry,
        "table",
        lambda *_: TABLE,
    )
    spec = alone("model: gpt-image-1, size: 1024x1024")
    (tmp_path / "assets.yaml").write_text(f"provider: counting\n{spec}")
    on_day(monkeypatch, dt.date(2026, 10, 1))
    code, _, said = run(tmp_path, "build")
    assert code == 0, said
    assert "gpt-image-1 ends in 22 days" in said
    on_day(monkeypatch, TODAY)
    code, planned, said = run(tmp_path, "plan")
    assert (code, planned) == (0, "Nothing to do: 1 asset up to date.\n")
    assert said.startswith("note[model-ended]: 1 asset could not be drawn again")
    (tmp_path / "assets.yaml").write_text(f"# anew\nprovider: counting\n\n{spec}")
    (tmp_path / ".assetgen/state").unlink()
    for words in ((), ("--provider", "placeholder")):
        code, items, _ = check_again(tmp_path, *words)
        assert [each["severity"] for each in items] == ["note"]
        assert code == 0
        assert "gpt-image-1 was shut down on 2026-10-23" in items[0]["message"]
    (tmp_path / "assets.yaml").write_text(
        f"provider: counting\n{spec}".replace("prompt: A", "prompt: B")
    )
    code, items, _ = check_again(tmp_path)
    assert code == 3
    assert items[0]["message"].endswith(f"use {FLARE}")


def check_again(folder, *words):
    """Return what `check` says of the spec that is there."""
    code, out, err = run(folder, "check", "--format", "json", *words)
    return code, json.loads(out)["items"], err


def test_what_did_not_change_and_is_not_drawn_is_not_checked(tmp_path, monkeypatch):
    """The work is in proportion to the change."""
    (tmp_path / "assets.yaml").write_text(alone(f"model: {FLARE}, size: 1024x1024"))
    assert run(tmp_path, "build", "--provider", "placeholder")[0] == 0

    def fail(*_, **__):
        raise AssertionError("nothing has to be checked")

    monkeypatch.setattr("assetgen.asking.check_parameters", fail)
    monkeypatch.setattr("assetgen.asking.check_model", fail)
    code, out, _ = run(tmp_path, "plan", "--provider", "placeholder")
    assert (code, out) == (0, "Nothing to do: 1 asset up to date.\n")


@pytest.mark.parametrize(
    ("day", "severity"),
    [
        (dt.date(2026, 10, 1), None),
        (dt.date(2026, 10, 2), "warning"),
        (dt.date(2026, 11, 30), "warning"),
        (dt.date(2026, 12, 1), "error"),
    ],
)
def test_a_model_s_end_is_told_sixty_days_ahead(day, severity):
    """On its last day there is still time; on the day after there is none."""
    found = check_model("gpt-image-1.5", TABLE, day, "drawn", lifted=False)
    assert (found and found.severity) == severity
    if found is not None:
        assert f"use {FLARE}" in found.message
    kept = check_model("gpt-image-1.5", TABLE, day, "kept", lifted=False)
    assert kept is None or kept.severity == "note"
    assert check_model("gpt-image-1.5", TABLE, day, "drawn", lifted=True) is None


@pytest.mark.parametrize("case", sorted(each.name for each in GOLDEN.iterdir()))
def test_a_typical_request_is_explained(pictures, case):
    """Messages are part of the product: golden files, rewritten with one switch."""
    shutil.copy(GOLDEN / case / "assets.yaml", pictures)
    code, out, err = run(pictures, "check")
    golden = GOLDEN / case / "errors.txt"
    if os.environ.get("ASSETGEN_REWRITE") == "1":
        golden.write_text(out, "utf-8")
    assert (code, err) == (3, "")
    assert out == golden.read_text("utf-8")


# --- properties ---------------------------------------------------------------

_VALUES = st.one_of(
    st.none(),
    st.integers(-5, 700_000),
    st.text(max_size=4),
    st.dictionaries(st.text(max_size=6), st.integers(), max_size=2),
)


@given(
    st.sampled_from(TABLE.ids()),
    st.dictionaries(
        st.sampled_from(
            (
                "params.svg",
                "params.seed",
                "params.frame_count",
                "params.frame_duration_ms",
            )
        ),
        _VALUES,
    ),
    st.dictionaries(
        st.sampled_from(("quality", "background", "output_format", "complexity")),
        st.sampled_from(("low", "max", "transparent", "png", "gif", "svg", "auto")),
    ),
    st.integers(1, 10),
    st.booleans(),
)
def test_every_finding_blames_something_that_the_request_says(
    name, extra, words, n, masked
):
    """A key that nobody stated has no line."""
    mask = Mask(area=ShapeMask("rect", ())) if masked else None
    params = tuple(sorted({**extra, **words}.items()))
    source = Drawn(
        operation="edit" if masked else "generate",
        provider="openai",
        model=name,
        prompt="A",
        params=params,
        inputs=(FileRef("in.png"),) if masked else (),
        mask=mask,
        n=n,
    )
    model = TABLE.get(name)
    assert model is not None
    said = {*dict(params), "model", "prompt"}
    said |= {"n"} if n > 1 else set()
    said |= {"mask"} if masked else set()
    for finding in check_parameters(source, model, name, TABLE):
        assert said & set(finding.keys), finding
        assert finding.message
        assert finding.severity in ("error", "warning")


@given(
    st.sampled_from(TABLE.ids()),
    st.integers(1, 5000),
    st.integers(1, 5000),
)
def test_the_size_that_is_proposed_can_be_asked_for(name, width, height):
    """A hint that leads to the next error helps nobody."""
    model = TABLE.get(name)
    assert model is not None
    found = check_size(Size(width, height), model, name)
    if found is None or found.severity != "error":
        return
    words = re.search(r"(\d+)x(\d+)$", found.hint or "")
    assert words is not None
    proposed = check_size(Size(int(words[1]), int(words[2])), model, name)
    assert proposed is None or proposed.severity == "warning"


def test_the_limits_are_those_of_the_library():
    """Its types say which efforts there are; the rules must not fall behind."""
    from typing import get_args, get_type_hints

    from openai.types.image_generate_params import SvgReasoning

    hints = get_type_hints(SvgReasoning)
    words = {word for each in get_args(hints["effort"]) for word in get_args(each)}
    assert words == set(parameters.EFFORTS)
