"""What a build says when assets fail: once, with the place in the spec and a way out."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest
from PIL import Image

from assetgen.errors import (
    CredentialsMissing,
    ModelMissing,
    NotAvailable,
    ProviderRefused,
)
from assetgen.failures import problems_of
from assetgen.model import Asset, AssetName, Drawn, FileSource
from assetgen.spans import Place
from assetgen.values import replace

HERE = Path(__file__).parent
GOLDEN = HERE / "golden" / "failures"
SCHEMAS = HERE.parent / "schemas"


def build(folder: Path, *words: str, **environ: str) -> subprocess.CompletedProcess:
    """Build with the provider that fails on demand."""
    return subprocess.run(
        [sys.executable, "-m", "assetgen", "build", "--provider", "failing", *words],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": _path()} | environ,
        capture_output=True,
        text=True,
        check=False,
    )


def _path() -> str:
    return os.pathsep.join([str(HERE / "plugins"), str(HERE.parent)])


@pytest.fixture
def folder(tmp_path):
    """Return a project in which much fails."""
    (tmp_path / "assets.yaml").write_bytes((GOLDEN / "assets.yaml").read_bytes())
    Image.new("RGB", (32, 32)).save(tmp_path / "cat-on-disk.png")
    return tmp_path


def closing(text: str) -> str:
    """Return what a build said after its progress, without what differs."""
    lines = [line for line in text.splitlines() if not re.match(r"\[|\d+ assets", line)]
    said = re.sub(r"\(\d+\.\d s\)", "(0.0 s)", "\n".join(lines)) + "\n"
    return re.sub(r"\b\d+ bytes are", "1000 bytes are", said)  # compressors differ


def test_every_failure_is_told_once_with_its_place(folder):
    """Golden text; ASSETGEN_REWRITE=1 rewrites it."""
    done = build(folder)
    assert (done.returncode, done.stdout) == (1, "")
    said = closing(done.stderr)
    golden = GOLDEN / "stderr.txt"
    if os.environ.get("ASSETGEN_REWRITE") == "1":
        golden.write_text(said)
    assert said == golden.read_text()
    failed = re.findall(r"^\[ *\d+/\d+\] (\S+): failed$", done.stderr, re.MULTILINE)
    assert len(failed) == len(set(failed)) == 11
    for name in failed:
        assert re.search(rf"error\[.*\b{name}\b.*: ", said), name
    quiet = build(folder, "-q", "--retry-unknown")
    assert (quiet.returncode, quiet.stdout) == (1, "")
    errors = closing(quiet.stderr).splitlines()
    assert [line for line in errors if "error[" in line] == [
        line for line in said.splitlines() if "error[" in line
    ]


def test_programs_and_workflows_get_the_places_too(folder):
    """A diagnostic event for each reason before the summary; annotations with lines."""
    done = build(folder, "--json")
    told = [json.loads(line) for line in done.stdout.splitlines()]
    schema = json.loads((SCHEMAS / "events.schema.json").read_text())
    fits = jsonschema.Draft202012Validator(schema)
    for event in told:
        fits.validate(event)
    found = [each["diagnostic"] for each in told if each["type"] == "diagnostic"]
    messages = " ".join(each["message"] for each in found)
    failed = [each for each in told if each["type"] == "asset_failed"]
    assert len(failed) == 11
    for each in failed:
        assert each["asset"] in messages
        assert each["message"] in messages
    assert all(each["excerpt"]["span"]["line"] for each in found)
    assert told[-1]["type"] == "summary"
    github = {"GITHUB_ACTIONS": "true", "GITHUB_EVENT_NAME": "push"}
    again = build(folder, "--retry-unknown", **github)
    for each in found:
        line = each["excerpt"]["span"]["line"]
        start = f"::error file=assets.yaml,line={line},endLine={line},"
        assert start in again.stderr, each


def test_a_spec_that_was_removed_meanwhile_costs_only_the_places(folder):
    """What failed is told all the same."""
    text = "version: 1\nassets:\n  a: {prompt: WAITING, size: 8x8}\n"
    text += "  b: {prompt: REFUSED, size: 8x8}\n"
    (folder / "assets.yaml").write_text(text)
    gate = folder / "gate"
    process = subprocess.Popen(
        [sys.executable, "-m", "assetgen", "build", "--provider", "failing"],
        cwd=folder,
        env={
            "PATH": os.environ["PATH"],
            "PYTHONPATH": _path(),
            "FAILING_GATE": str(gate),
        },
        stderr=subprocess.PIPE,
        text=True,
    )
    while not (folder / "started").exists():
        assert process.poll() is None
    (folder / "assets.yaml").unlink()
    gate.touch()
    _, said = process.communicate(timeout=30)
    assert process.returncode == 1
    assert "error[provider-refused]: b: the service does not draw this" in said
    assert "bug" not in said


def assets_named(*names: str) -> dict[AssetName, Asset]:
    """Return assets, each with a place of its own."""
    return {
        AssetName(name): Asset(
            name=AssetName(name),
            place=Place("assets.yaml", ("assets", name)),
            source=FileSource("x.png"),
        )
        for name in names
    }


def test_a_reason_that_strikes_many_assets_is_one_problem():
    """A provider that is not there is told once, and not ten thousand times."""
    assets = assets_named(*(f"a{at}" for at in range(8)))
    found = problems_of(
        {name: NotAvailable("no", hint="do") for name in assets}, assets
    )
    assert [each.message for each in found] == ["a0, a1, a2, a3, a4 and 3 more: no"]
    assert found[0].hint == "do"


def test_a_model_that_is_gone_is_blamed_where_it_is_named():
    """An asset's own word is its own problem; what defaults say strikes all alike."""
    assets = {
        name: replace(
            asset,
            source=Drawn(operation="generate", provider="p", model="m", stated=stated),
        )
        for (name, asset), stated in zip(
            assets_named("a", "b", "c").items(),
            (frozenset({"model"}), frozenset(), frozenset()),
            strict=True,
        )
    }
    found = problems_of({name: ModelMissing("no m") for name in assets}, assets)
    assert [(each.message, each.place.pointer) for each in found] == [
        ("a: no m", ("assets", "a", "model")),
        ("b, c: no m", ("assets", "b")),
    ]


def test_a_refusal_is_about_each_prompt_and_money_about_none():
    """Two refused prompts are two places; an empty account is nowhere in the spec."""
    assets = assets_named("a", "b")
    refused = problems_of({name: ProviderRefused("no") for name in assets}, assets)
    assert [each.place.pointer for each in refused] == [
        ("assets", "a", "prompt"),
        ("assets", "b", "prompt"),
    ]
    broke = problems_of({name: CredentialsMissing("no") for name in assets}, assets)
    assert [each.place for each in broke] == [None]
