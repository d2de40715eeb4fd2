"""`assetgen models --check`: a server over real HTTP is asked for its models."""

from __future__ import annotations

import contextlib
import datetime as dt
import io
import json
from pathlib import Path

import jsonschema
import pytest
from fakeapi import FakeApi

from assetgen.cli import main
from assetgen.cli.console import Console
from assetgen.report.server_models_text import Listed, as_text

KEY = "sk-CANARY-0123456789"
SCHEMA = json.loads(
    (Path(__file__).parent.parent / "schemas" / "models.schema.json").read_text()
)
SPEC = """\
version: 1
provider: openai
defaults: {size: 1024x1024, quality: low}
assets:
  one: {prompt: a boat, model: gpt-image-1.5}
  two: {prompt: a tree, model: my-own}
  three: {prompt: a dog}
"""


@pytest.fixture
def check(tmp_path):
    """Return a function that runs the command in a folder with a spec."""
    (tmp_path / "assets.yaml").write_text(SPEC)
    config = tmp_path / "config.toml"
    config.write_text("")

    def call(*words, text="", **environ):
        config.write_text(text)
        out, err = io.StringIO(), io.StringIO()
        console = Console({"ASSETGEN_CONFIG": str(config)} | environ, out, err)
        with contextlib.chdir(tmp_path):
            code = main.run(["models", "--check", *words], console)
        assert "CANARY" not in out.getvalue() + err.getvalue()
        return code, out.getvalue(), err.getvalue()

    return call


def test_absence_is_a_warning(check):
    """0: a server may have what it does not list."""
    with FakeApi(key=KEY, models=("here",)) as fake:
        environ = {"OPENAI_BASE_URL": fake.base_url, "OPENAI_API_KEY": KEY}
        code, out, err = check(**environ)
        assert (code, err) == (0, "")
        assert "gpt-image-2.6-flare  there\n" in out
        assert "my-own               warning: not listed, so draws may fail\n" in out
        assert "gpt-image-1.5        there, ends 2026-12-01 -> use gpt-i" in out
        data = json.loads(check("--format", "json", **environ)[1])
        assert fake.posts == 0
    jsonschema.validate(data, SCHEMA)
    assert data["server"]["name"] == "OPENAI_BASE_URL"
    rows = {each["name"]: each for each in data["server"]["models"]}
    assert rows["my-own"]["listed"] is False
    assert rows["gpt-image-1.5"]["shutdown"] == "2026-12-01"


def test_a_named_server_is_asked_for_its_own_names(check):
    """With the key of the variable that the settings name."""
    with FakeApi(key=KEY, models=("here",)) as fake:
        text = (
            f"[servers.a]\nbase_url = '{fake.base_url}'\nkey_env = 'A_KEY'\n"
            "models = { 'my-own' = 'here' }\n"
        )
        out = check("--server", "a", text=text, A_KEY=KEY)[1]
    assert "my-own (as here)     there\n" in out


def test_without_a_key_nobody_is_asked(check):
    """9, with both ways out; a refused key is the same."""
    with FakeApi(key=KEY) as fake:
        code, _, err = check(OPENAI_BASE_URL=fake.base_url)
        assert (code, "OPENAI_API_KEY" in err) == (9, True)
        assert "--provider placeholder" in err
        code, _, _ = check(OPENAI_BASE_URL=fake.base_url, OPENAI_API_KEY="sk-wrong")
        assert code == 9


def test_a_server_that_does_not_answer_fails_the_command(check):
    """1: nothing was found out."""
    with FakeApi() as fake:
        url = fake.base_url
    code, out, err = check(OPENAI_BASE_URL=url, OPENAI_API_KEY=KEY)
    assert (code, out) == (1, "")
    assert err


def test_a_model_that_was_to_end_is_a_warning():
    """The service was faster or slower than its own list."""
    today = dt.date(2026, 12, 2)
    late = Listed(name="a", sent="a", listed=True, shutdown=dt.date(2026, 12, 1))
    assert "warning: there, but was to end 2026-12-01" in as_text([late], "h", today)
    assert as_text([], "h", today) == "The spec asks no model of h.\n"
