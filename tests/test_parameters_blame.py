"""Who is to blame for a request that cannot be: the asset, a profile, the defaults, time."""

from __future__ import annotations

import datetime as dt
import json
import os
import re
import shutil
from pathlib import Path

import pytest
from blaming import (
    FLARE,
    TABLE,
    TODAY,
    alone,
    check,
    on_day,
    pictures_to_edit,
    place,
    run,
)
from counting import CountingProvider

from assetgen import registry
from assetgen.asking import Requests, Voices
from assetgen.model import Asset, AssetName, Drawn
from assetgen.providers.models import ModelTable
from assetgen.providers.parameters import check_model
from assetgen.resolve.settings import Options, read_settings
from assetgen.spans import Place


@pytest.fixture(autouse=True)
def _today(monkeypatch):
    """Models end on days; the tests' day does not move."""
    on_day(monkeypatch, TODAY)


@pytest.fixture
def pictures(tmp_path):
    """Return a folder with pictures to edit."""
    return pictures_to_edit(tmp_path)


GOLDEN = Path(__file__).parent / "golden" / "requests"


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
