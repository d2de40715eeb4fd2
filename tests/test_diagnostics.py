"""Diagnostics as text, JSON and workflow commands; golden files of typical mistakes."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from assetgen import document, schema
from assetgen.errors import Diagnostic, Excerpt, SpecInvalid
from assetgen.report.diagnostics import (
    FRAME_WIDTH,
    as_json,
    as_text,
    escape_terminal,
)
from assetgen.spans import Span

GOLDEN = Path(__file__).parent / "golden" / "errors"
CASES = sorted(each.parent.name for each in GOLDEN.glob("*/assets.yaml"))


def diagnostics_of(data: bytes) -> tuple[Diagnostic, ...]:
    """Return what is wrong with a spec, places found."""
    try:
        value = document.parse(data, "assets.yaml")
    except SpecInvalid as invalid:
        return invalid.diagnostics
    problems = schema.validate(value, "assets.yaml", included=False)
    places = [each.place for each in problems]
    places += [place for each in problems for place, _ in each.related]
    there = document.locate(data, "assets.yaml", places)
    return tuple(
        Diagnostic(
            each.code,
            each.message,
            there[each.place],
            each.hint,
            tuple(
                Excerpt(there[place].span, there[place].source_line, label)
                for place, label in each.related
            ),
        )
        for each in problems
    )


def one(line: str, column: int, width: int = 1, **more) -> Diagnostic:
    """Return a diagnostic on line 7 of ``a.yaml``."""
    return Diagnostic(
        "bad-value", "no", Excerpt(Span("a.yaml", 7, column, width), line), **more
    )


@pytest.mark.parametrize("case", CASES)
def test_a_typical_mistake_is_explained(case):
    """Messages are part of the product: golden files, rewritten with one switch."""
    data = (GOLDEN / case / "assets.yaml").read_bytes()
    text = as_text(diagnostics_of(data)) + "\n"
    golden = GOLDEN / case / "errors.txt"
    if os.environ.get("ASSETGEN_REWRITE") == "1":
        golden.write_text(text, "utf-8")
    assert text == golden.read_text("utf-8")


def test_a_diagnostic_shows_place_line_marks_and_hint():
    """The first line is `file:line:col: error[CODE]: message`; the frame follows."""
    text = as_text([one("  n: 12", 6, 2, hint="use 10")])
    assert text.splitlines() == [
        "a.yaml:7:6: error[bad-value]: no",
        "7 |   n: 12",
        "  |      ^^",
        "  hint: use 10",
        "",
        "1 error",
    ]


def test_related_places_have_their_own_frames():
    """What belongs to a problem is shown with its label and other marks."""
    related = (Excerpt(Span("b.yaml", 12, 1, 4), "hero: 1", "first here"),)
    text = as_text([one("hero: 2", 1, 4, related=related)])
    assert "   b.yaml:12:1: first here\n12 | hero: 1\n   | ----" in text


def test_marks_stand_below_wide_characters_and_tabs():
    """A wide character takes two columns, a tab four, a combining one none."""
    lines = as_text([one("\t漢e\u0301: x", 6)]).splitlines()
    assert lines[1] == "7 |     漢e\u0301: x"
    assert lines[2] == "  | " + " " * (4 + 2 + 1 + 1) + "^"


@pytest.mark.parametrize("column", [1, 40, 5_000, 9_999])
def test_long_lines_are_cut_around_the_marks(column):
    """A frame stays narrow however long the line is, and keeps what is marked."""
    line = "".join(chr(ord("a") + i % 26) for i in range(10_000))
    shown, marks = as_text([one(line, column, 3)]).splitlines()[1:3]
    assert len(shown) <= FRAME_WIDTH + 8
    start = marks.index("^")
    width = marks.count("^")
    assert shown[start : start + width] == line[column - 1 :][:3]


def test_a_mark_wider_than_the_frame_is_cut():
    """A long value does not fill the screen with marks."""
    marks = as_text([one("x" * 5_000, 1, 5_000)]).splitlines()[2]
    assert len(marks) <= FRAME_WIDTH + 8


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mred", "\\x1b[31mred"),
        ("\x1b]0;title\x07", "\\x1b]0;title\\x07"),
        ("a\rb", "a\\rb"),
        ("a\nb", "a\\nb"),
        ("\x9b31m", "\\x9b31m"),
        ("\u202egnp.exe", "\\u202egnp.exe"),
        ("\u2066x\u2069", "\\u2066x\\u2069"),
        ("\u2028", "\\u2028"),
        ("\ud800", "\\ud800"),
        ("\U000e0041", "\\U000e0041"),
        ("[bold]x[/bold] é 漢 🚀", "[bold]x[/bold] é 漢 🚀"),
    ],
)
def test_what_a_terminal_would_act_on_is_shown_instead(text, shown):
    """ESC, OSC, CR, C1 and bidirectional controls are never sent to a terminal."""
    assert escape_terminal(text) == shown


def test_lines_can_be_kept_when_a_text_has_several():
    """`keep_lines` spares line feeds and nothing else."""
    assert escape_terminal("a\nb\r\x1b", keep_lines=True) == "a\nb\\r\\x1b"


def test_nothing_of_a_spec_reaches_the_terminal_raw():
    """Messages, hints, labels, lines and file names are all escaped."""
    evil = "\x1b]0;x\x07\u202e"
    place = Excerpt(Span(f"a{evil}.yaml", 1, 1, 3), evil, evil)
    text = as_text([Diagnostic("c", evil, place, evil, (place,))])
    assert not {"\x1b", "\x07", "\u202e"} & set(text)


def test_a_file_name_cannot_start_a_workflow_command():
    """`::error::` at the start of a line would be obeyed by CI."""
    place = Excerpt(Span("::error::x.yaml", 1, 1), "::warning::x")
    text = as_text([Diagnostic("c", "a\n::error::b", place, "c\n::error::d")])
    assert not any(line.startswith("::") for line in text.splitlines())


def test_colours_are_only_there_when_asked_for():
    """`color=True` adds escape sequences around the same words."""
    plain, colored = as_text([one("n: 1", 1)]), as_text([one("n: 1", 1)], color=True)
    assert "\x1b" not in plain
    assert "\x1b[1;31m" in colored


def test_the_last_line_counts():
    """Errors first, then warnings and notes; a zero is left out."""
    diagnostics = [one("x", 1), one("x", 1, severity="warning"), one("x", 1)]
    assert as_text(diagnostics).endswith("\n\n2 errors, 1 warning")
    assert as_text([]) == ""


def test_json_matches_its_schema():
    """`check --format json` is described by a schema that ships."""
    import jsonschema

    related = (Excerpt(Span("b.yaml", 2, 1, 4), "x: 1", "first here"),)
    text = as_json([one("n: 1", 4, hint="h", related=related), Diagnostic("c", "m")])
    value = json.loads(text)
    jsonschema.validate(value, json.loads(schema.schema_text("diagnostics")))
    assert value["items"][0]["place"]["column"] == 4
    assert value["summary"] == {"errors": 2, "warnings": 0, "notes": 0}
