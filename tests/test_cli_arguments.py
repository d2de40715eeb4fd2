"""The commands and their flags."""

from __future__ import annotations

import pytest

from assetgen.cli.arguments import (
    COMMANDS,
    EXIT_CODES,
    LATER,
    find_command,
    help_text,
    parse,
    parser_of,
)
from assetgen.cli.completion import script
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
    ],
)
def test_a_wrong_flag_is_a_usage_error_with_a_way_out(words, said):
    """Argparse's own exit is never taken."""
    with pytest.raises(UsageError) as caught:
        parse(find_command("build"), words)
    assert said in f"{caught.value.message} {caught.value.hint}"


def test_an_unknown_command_is_met_with_the_likeliest_one():
    """A slip of the finger costs one look."""
    with pytest.raises(UsageError) as caught:
        find_command("biuld")
    assert "assetgen build" in str(caught.value.hint)


@pytest.mark.parametrize("name", LATER)
def test_commands_of_later_versions_are_named_as_such(name):
    """Nobody should hunt for a typing error in a word from the docs."""
    with pytest.raises(UsageError, match="not available yet in this version"):
        find_command(name)


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
