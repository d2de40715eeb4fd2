"""Diagnostics as GitHub workflow commands: notes at the lines of a pull request; pure.

GitHub shows ten annotations of a kind for a step and drops the others. So there are at
most nine of each, and then one that counts the rest and names their places.

Source: GitHub Docs, "Workflow commands for GitHub Actions"; actions/toolkit,
packages/core/src/command.ts, on what is escaped where.
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, Final

from assetgen.report.diagnostics import escape_terminal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from assetgen.errors import Diagnostic

MOST_OF_A_KIND: Final = 9
"""One less than a step's page shows, so that there is room for the one that counts."""

_KINDS: Final = {"error": "error", "warning": "warning", "note": "notice"}
_LISTED: Final = 30
_LONGEST: Final = 500
"""Characters of a message in the annotation that counts."""


def as_github(diagnostics: Sequence[Diagnostic], folder: str = "") -> str:
    """Return the diagnostics as workflow commands, one a line, errors first.

    Args:
        diagnostics: In the order to show.
        folder: Of the project inside the repository, with forward slashes.
    """
    lines = []
    for severity, kind in _KINDS.items():
        alike = [each for each in diagnostics if each.severity == severity]
        lines += [_annotation(kind, each, folder) for each in alike[:MOST_OF_A_KIND]]
        if rest := alike[MOST_OF_A_KIND:]:
            lines.append(_rest(kind, rest, folder))
    return "\n".join(lines)


def command(name: str, properties: Mapping[str, str], data: str) -> str:
    """Return one workflow command; nothing in it can end it or begin another.

    Args:
        name: Of the command.
        properties: Their values are somebody else's texts.
        data: What it says; line feeds in it stay lines.
    """
    listed = ",".join(f"{key}={_property(text)}" for key, text in properties.items())
    head = f"{name} {listed}" if listed else name
    return f"::{head}::{_data(escape_terminal(data, keep_lines=True))}"


def _annotation(kind: str, diagnostic: Diagnostic, folder: str) -> str:
    """Return the command for one diagnostic."""
    properties = {}
    if diagnostic.excerpt is not None:
        span = diagnostic.excerpt.span
        properties = {
            "file": posixpath.join(folder, span.path),
            "line": str(span.line),
            "endLine": str(span.line),
            "col": str(span.column),
            "endColumn": str(span.column + span.width),
        }
    properties["title"] = f"assetgen: {diagnostic.code}"
    message = escape_terminal(diagnostic.message)
    if diagnostic.hint:
        message += f"\nhint: {escape_terminal(diagnostic.hint)}"
    return command(kind, properties, message)


def _rest(kind: str, diagnostics: Sequence[Diagnostic], folder: str) -> str:
    """Return the command that stands for all that are too many."""
    count = len(diagnostics)
    lines = [_line(each, folder) for each in diagnostics[:_LISTED]]
    if count > _LISTED:
        lines.append(f"and {count - _LISTED:,} more")
    word = f"{diagnostics[0].severity}{'s' if count > 1 else ''}"
    title = f"assetgen: {count:,} more {word}"
    return command(kind, {"title": title}, "\n".join(lines))


def _line(diagnostic: Diagnostic, folder: str) -> str:
    """Return a diagnostic on one line, with its place."""
    message = escape_terminal(diagnostic.message)
    if len(message) > _LONGEST:
        message = f"{message[:_LONGEST]}…"
    if diagnostic.excerpt is None:
        return message
    span = diagnostic.excerpt.span
    path = escape_terminal(posixpath.join(folder, span.path))
    return f"{path}:{span.line}:{span.column}: {message}"


def _data(text: str) -> str:
    """Return a text that cannot end a workflow command's message."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    """Return a text that cannot end a workflow command's property."""
    escaped = _data(escape_terminal(text))
    return escaped.replace(":", "%3A").replace(",", "%2C")
