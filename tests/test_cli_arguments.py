"""The commands and their flags."""

from __future__ import annotations

import pytest

from assetgen.cli.arguments import (
    COMMANDS,
    EXIT_CODES,
    find_command,
    help_text,
    parse,
    parser_of,
)
from assetgen.cli.completion import script
from assetgen.cli.options import options_from
from assetgen.errors import ExitCode, UsageError


def test_names_and_flags_may_be_mixed():
    """Flags stand anywhere after the command."""
    args = parse(
        find_command("build"), ["a", "--force", "b", "-t", "x", "c", "-t", "y"]
    )
    assert args.names == ["a", "b", "c"]
    assert args.tags == ["x", "y"]
    assert args.force


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--profil", "x"], "did you mean --profile?"),
        (["--jobs", "0"], "from 1 to 10000"),
        (["--max-cost", "nan"], "not negative"),
        (["--max-cost", "-1"], "not negative"),
        (["--keep-going", "--fail-fast"], "not allowed with"),
        (["--progress", "loud"], "invalid choice"),
        (["--rate", "0"], "above 0"),
        (["--rate", "1e9"], "at most 1000000"),
        (["--retries", "-1"], "from 0 to 100"),
        (["--retries", "many"], "from 0 to 100"),
        (["--request-timeout", "0"], "above 0"),
        (["--partials", "4"], "invalid choice"),
        (["--assume-cost", "-1"], "not negative"),
    ],
)
def test_a_wrong_flag_is_a_usage_error_with_a_way_out(words, said):
    """Argparse's own exit is never taken."""
    with pytest.raises(UsageError) as caught:
        parse(find_command("build"), words)
    assert said in f"{caught.value.message} {caught.value.hint}"


def options_of(tmp_path, words, environ=None, settings=""):
    """Return the options of a build with these words, variables and settings."""
    (tmp_path / "assets.yaml").write_text("version: 1\n")
    (tmp_path / "config.toml").write_text(settings)
    named = {"ASSETGEN_CONFIG": str(tmp_path / "config.toml")}
    spec = ["--file", str(tmp_path / "assets.yaml")]
    args = parse(find_command("build"), [*spec, *words])
    return options_from(args, named | (environ or {}))


def test_flags_of_calls_and_costs_reach_the_build(tmp_path):
    """Each under its own name; without them the defaults hold."""
    plain = options_of(tmp_path, [])
    assert (plain.rate, plain.retries, plain.request_timeout_s) == (None, 4, 600.0)
    assert (plain.partials, plain.up_to_budget, plain.assume_cost_usd) == (
        *(0, False),
        None,
    )
    words = "--rate 50 --retries 0 --request-timeout 90 --partials 2 --up-to-budget"
    asked = options_of(tmp_path, [*words.split(), "--assume-cost", "0.25"])
    assert (asked.rate, asked.retries, asked.request_timeout_s) == (50, 0, 90)
    assert (asked.partials, asked.up_to_budget, asked.assume_cost_usd) == (
        *(2, True),
        0.25,
    )


@pytest.mark.parametrize(
    ("flag", "variable", "settings", "cap"),
    [
        (["--max-cost", "1"], "2", "[budget]\nbuild_usd = 3\n", 1),
        ([], "2", "[budget]\nbuild_usd = 3\n", 2),
        ([], "", "[budget]\nbuild_usd = 3\n", 3),
        ([], "", "", None),
        (["--max-cost", "0"], "2", "", 0),
    ],
)
def test_the_cap_comes_from_flag_then_environment_then_settings(
    tmp_path, flag, variable, settings, cap
):
    """The nearest word of the user counts."""
    environ = {"ASSETGEN_MAX_COST": variable}
    assert options_of(tmp_path, flag, environ, settings).max_cost_usd == cap


def test_an_unknown_command_is_met_with_the_likeliest_one():
    """A slip of the finger costs one look."""
    with pytest.raises(UsageError) as caught:
        find_command("biuld")
    assert "assetgen build" in str(caught.value.hint)


def test_every_exit_code_stands_in_the_help():
    """The codes are public."""
    assert set(EXIT_CODES) == set(ExitCode)
    text = help_text()
    for code in ExitCode:
        assert f"  {int(code)}  " in text


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_every_command_has_help_and_stands_in_the_overview(command):
    """Help texts are complete sentences' worth; no flag is left without one."""
    assert f"  {command.name}" in help_text()
    parser = parser_of(command)
    assert command.summary[1:] in parser.format_help()
    assert all(action.help for action in parser._actions)


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completions_know_all_commands_and_flags(shell):
    """Completions come from the same table as the parsers."""
    text = script(shell)
    for command in COMMANDS:
        assert command.name in text
    assert "assetgen graph --names" in text
    flag = "-l lock-timeout" if shell == "fish" else "--lock-timeout"
    assert flag in text
