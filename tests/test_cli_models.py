"""`assetgen models`: the table, a spec's models, and both as JSON."""

from __future__ import annotations

import argparse
import datetime as dt
import io
import json
from pathlib import Path

import jsonschema
import pytest

from assetgen.cli.commands import models
from assetgen.cli.console import Console
from assetgen.cli.main import run
from assetgen.providers.models import built_in_table
from assetgen.report import models_text
from assetgen.report.models_text import Use

SCHEMA = json.loads(
    (Path(__file__).parent.parent / "schemas" / "models.schema.json").read_text()
)
TABLE = built_in_table()
TODAY = dt.date(2026, 11, 22)
LATER = dt.date(2026, 12, 1)
SPEC = """\
version: 1
defaults: {provider: openai, size: 1024x1024}
targets: {site: {dir: out}}
assets:
  old-one: {prompt: a boat, model: gpt-image-1, quality: low}
  old-two: {prompt: a tree, model: gpt-image-1, quality: low}
  ending: {prompt: a cat, model: gpt-image-1.5-2025-12-16}
  strange: {prompt: a hat, model: my-own}
  plain: {prompt: a dog}
  photo: {layers: [{image: plain}]}
"""


@pytest.fixture
def home(tmp_path, monkeypatch):
    """Return a folder with a spec, and no settings of whoever runs the tests."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "assets.yaml").write_text(SPEC)
    (tmp_path / "config.toml").write_text("")
    return tmp_path


def call(home, *words, today=TODAY):
    """Return what the command printed as of `today`; it ended with 0."""
    out, err = io.StringIO(), io.StringIO()
    environ = {"ASSETGEN_CONFIG": str(home / "config.toml")}
    console = Console(environ, out, err)
    args = argparse.Namespace(
        file="assets.yaml",
        profile=None,
        provider=None,
        server=None,
        spec="--spec" in words,
        check=False,
        format="json" if "json" in words else None,
        quiet=False,
        verbose="-v" in words,
    )
    console.verbose = args.verbose
    assert models.show(args, console, today) == 0
    assert err.getvalue() == ""
    return out.getvalue()


def line_of(text, start):
    """Return the one line that starts so."""
    (found,) = [line for line in text.splitlines() if line.startswith(start)]
    return found


def test_the_table_says_how_long_each_model_lives(home):
    """Newest, active, ending, gone: with what to use instead."""
    text = call(home)
    assert line_of(text, "gpt-image-2.6-flare ").endswith("newest, default")
    assert line_of(text, "gpt-image-2 ").endswith("active")
    assert line_of(text, "gpt-image-1.5 ").endswith(
        "ends 2026-12-01 -> use gpt-image-2.6-flare"
    )
    assert line_of(text, "gpt-image-1 ").endswith(
        "was shut down 2026-10-23 -> use gpt-image-2.6-flare"
    )


def test_ends_are_compared_with_the_day_of_the_question(home):
    """The same table, nine days later."""
    text = call(home, today=LATER)
    assert "was shut down 2026-12-01" in line_of(text, "gpt-image-1.5 ")


def test_the_table_shows_sizes_formats_and_prices(home):
    """What can be asked, and what one square picture costs at each quality."""
    lines = call(home).splitlines()
    start = next(i for i, each in enumerate(lines) if each.startswith("gpt-image-2 "))
    block = "\n".join(lines[start : start + 7])
    assert "snapshots  gpt-image-2-2026-04-21" in block
    assert "sizes      multiples of 16, edges to 3840, ratio to 3:1" in block
    assert "qualities  low, medium, high, auto" in block
    assert "formats    png, jpeg, webp" in block
    assert "price      text in 5, image in 8, image out 30 (2026-10-14)" in block
    assert "1024x1024  low $0.0059, medium $0.0527, high $0.21" in block
    assert "estimates" not in block


def test_prices_that_nobody_published_are_called_estimates(home):
    """The newest models have no known formula."""
    lines = call(home).splitlines()
    assert "1024x1024  low $0.0253" in lines[7]
    assert lines[7].endswith("(estimates)")


def test_verbose_shows_where_each_figure_comes_from(home):
    """The name with each model, the text and the date below."""
    text = call(home, "-v")
    assert "measured: output_tokens" in text
    assert "derived (2026-11-22): " in text
    assert "Sources:" not in call(home)


def test_a_spec_s_models_are_listed_by_use(home):
    """With their ends, and what would have to be drawn."""
    lines = call(home, "--spec").splitlines()
    words = [line.split()[0] for line in lines]
    assert words == [
        "gpt-image-1",
        "gpt-image-1.5-2025-12-16",
        "gpt-image-2.6-flare",
        "my-own",
    ]
    assert "2 assets" in lines[0]
    assert lines[0].endswith(
        "was shut down 2026-10-23 -> use gpt-image-2.6-flare; "
        "2 to draw: old-one, old-two"
    )
    assert "ends 2026-12-01" in lines[1]
    assert "not in the table" in lines[3]


def test_a_spec_without_requests_uses_no_model(home):
    """Nor do stand-ins that name none."""
    (home / "assets.yaml").write_text(
        SPEC.partition("assets:")[0].replace("openai", "placeholder")
        + "assets:\n  plain: {prompt: a dog}\n"
    )
    assert call(home, "--spec") == "The spec asks no model of the table.\n"


def test_draws_that_are_there_stay_valid():
    """A model may go; what it drew is kept, and the list says so."""
    old = TABLE.get("gpt-image-1")
    some = Use(name="gpt-image-1", model=old, assets=("a", "b"), to_draw=("b",))
    none = Use(name="gpt-image-1", model=old, assets=("a",))
    assert models_text.uses_text([some], TABLE, TODAY).endswith(
        "1 to draw: b; the draws of 1 stay valid\n"
    )
    assert models_text.uses_text([none], TABLE, TODAY).endswith(
        "all are drawn, and their draws stay valid\n"
    )


def test_many_assets_are_named_in_part():
    """Five names, and that there are more."""
    names = tuple("abcdefg")
    use = Use(name="m", model=None, assets=names, to_draw=names)
    line = models_text.uses_text([use], TABLE, TODAY)
    assert line.endswith("7 to draw: a, b, c, d, e, ...\n")


def test_names_are_escaped_for_terminals():
    """A model's name comes from a spec that nobody read yet."""
    use = Use(name="m\x1b[31m\u202e", model=None, assets=("a",))
    text = models_text.uses_text([use], TABLE, TODAY)
    assert "\x1b" not in text
    assert "\u202e" not in text


@pytest.mark.parametrize("words", [("json",), ("json", "--spec")])
def test_the_json_fits_its_schema(home, words):
    """With and without a spec, and before and after models end."""
    for today in (TODAY, LATER):
        data = json.loads(call(home, *words, today=today))
        jsonschema.validate(data, SCHEMA, cls=jsonschema.Draft202012Validator)
        assert ("spec" in data) == ("--spec" in words)
        assert len(data["table"]) == len(TABLE.models)


def test_the_json_says_what_the_text_says(home):
    """State, replacement, prices and uses."""
    data = json.loads(call(home, "json", "--spec"))
    by_id = {row["id"]: row for row in data["table"]}
    gone = by_id["gpt-image-1"]
    assert (gone["state"], gone["shutdown"]) == ("shut down", "2026-10-23")
    assert gone["replacement"] == "gpt-image-2.6-flare"
    assert by_id["gpt-image-2"]["square_usd"]["high"] == 0.21072
    assert by_id["gpt-image-2"]["prices"]["image_out"] == 30
    assert by_id["gpt-image-2.6-flare"]["square_estimated"]
    assert not by_id["dall-e-2"]["described"]
    first, second = data["spec"][:2]
    assert first["assets"] == first["to_draw"] == ["old-one", "old-two"]
    assert second["id"] == "gpt-image-1.5"


def test_the_user_s_models_and_prices_are_in_the_table(home):
    """So that everybody sees what will be counted with."""
    (home / "config.toml").write_text(
        '[models."my-own"]\nlike = "gpt-image-2"\n'
        '[prices."my-own"]\ntext_in = 1\nimage_in = 2\nimage_out = 3\n'
    )
    text = call(home)
    assert line_of(text, "my-own ").endswith("active")
    assert "text in 1, image in 2, image out 3" in text
    assert "not in the table" not in call(home, "--spec")


def test_an_unknown_provider_is_wrong_usage(home):
    """The list needs a plan, and a plan needs the providers."""
    (home / "assets.yaml").write_text(SPEC.replace("openai", "nobody"))
    out, err = io.StringIO(), io.StringIO()
    environ = {"ASSETGEN_CONFIG": str(home / "config.toml")}
    assert run(["models", "--spec"], Console(environ, out, err)) == 2
    assert "nobody" in err.getvalue()


def test_the_command_uses_today(home):
    """The clock is read in the command alone."""
    out, err = io.StringIO(), io.StringIO()
    environ = {"ASSETGEN_CONFIG": str(home / "config.toml")}
    assert run(["models", "--format", "json"], Console(environ, out, err)) == 0
    dt.date.fromisoformat(json.loads(out.getvalue())["today"])


def test_what_a_build_drew_is_not_to_be_drawn_again(home):
    """The list follows the plan: before the build all, after it nothing."""
    (home / "assets.yaml").write_text(
        "version: 1\nprovider: placeholder\ndefaults: {model: gpt-image-2}\n"
        "assets:\n  cat: {prompt: a cat, size: 1024x1024, quality: low}\n"
    )
    assert call(home, "--spec").endswith("active; 1 to draw: cat\n")
    out, err = io.StringIO(), io.StringIO()
    environ = {"ASSETGEN_CONFIG": str(home / "config.toml")}
    assert run(["build", "-q"], Console(environ, out, err)) == 0
    assert "all are drawn, and their draws stay valid" in call(home, "--spec")
