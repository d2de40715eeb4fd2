"""Annotations: at most what GitHub shows, escaped, and nothing that is left out."""

from __future__ import annotations

import pytest
from ciruns import OURS, commands_in
from hypothesis import given
from hypothesis import strategies as st

from assetgen.cli.console import not_commands
from assetgen.errors import Diagnostic, Excerpt
from assetgen.report.annotations import as_github, command
from assetgen.spans import Span

NASTY = st.text(
    st.sampled_from(":#[]\n\r \t%,=\x0b\x0c\x85\u2028adestroup-") | st.characters(),
    max_size=30,
)


def found(message: str, severity: str = "error", path: str = "a.yaml", line: int = 1):
    """Return a diagnostic at a line."""
    place = Excerpt(Span(path, line, 5, 2), "x")
    return Diagnostic("c", message, place, severity=severity)


def test_workflow_commands_are_escaped():
    """Percent and line ends in texts, colon and comma too in properties."""
    text = as_github([found("50%\n::error::x", "note", "a,b:c%.yaml", 3)])
    assert text == (
        "::notice file=a%2Cb%3Ac%25.yaml,line=3,endLine=3,col=5,endColumn=7,"
        "title=assetgen%3A c::50%25\\n::error::x"
    )


@pytest.mark.parametrize(("count", "shown"), [(9, 9), (10, 10), (11, 10), (500, 10)])
def test_there_are_never_more_of_a_kind_than_a_page_shows(count, shown):
    """Nine, and one that counts the rest and says where they are."""
    many = [found(f"e{n}", line=n) for n in range(1, count + 1)]
    commands = commands_in(
        as_github([*many, found("w", "warning"), found("n", "note")])
    )
    errors = [each for each in commands if each.name == "error"]
    assert len(errors) == shown
    assert [each.name for each in commands[shown:]] == ["warning", "notice"]
    if count > 9:
        last = errors[-1]
        word = "error" if count == 10 else "errors"
        assert last.properties == {"title": f"assetgen: {count - 9} more {word}"}
        lines = last.data.splitlines()
        assert lines[0] == "a.yaml:10:5: e10"
        rest = count - 9 - 30
        assert (lines[-1] == f"and {rest} more") == (rest > 0)


def test_files_are_named_from_the_repository():
    """The spec may lie in a folder of it."""
    (one,) = commands_in(as_github([found("x")], "game/art"))
    assert one.properties["file"] == "game/art/a.yaml"


@given(NASTY, NASTY, NASTY)
def test_an_annotation_is_one_command_with_the_text_in_it(message, path, hint):
    """Whatever message, hint and file are, a runner finds this one command."""
    place = Excerpt(Span(path, 1, 1, 1), message)
    text = as_github([Diagnostic("c", message, place, hint)])
    (one,) = commands_in(text)
    assert (one.name, one.old and "##[" not in text) == ("error", False)
    assert set(one.properties) == {
        "file",
        "line",
        "endLine",
        "col",
        "endColumn",
        "title",
    }


@given(NASTY)
def test_words_of_others_hold_no_command(text):
    """Not at the start of any line that a runner sees, nor anywhere in the old form."""
    assert commands_in(not_commands(text)) == []


@pytest.mark.parametrize(
    "line",
    ["::error::x", " \t::warning file=a::b", "a ##[error]b", "ok\r::stop-commands::t"],
)
def test_the_reader_of_logs_finds_commands(line):
    """What the tests rely on: these are commands, and defused they are none."""
    assert len(commands_in(line)) == 1
    assert commands_in(not_commands(line)) == []


def test_a_command_without_properties():
    """The end of a group has neither properties nor words."""
    assert command("endgroup", {}, "") == "::endgroup::"
    assert "endgroup" in OURS
