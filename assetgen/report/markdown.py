"""Texts of others made inert for Markdown, as GitHub and others render it; pure.

A name, a prompt, a provider's message may hold Markdown, HTML, a mention or an address.
Shown by these functions it stays text: it opens no element, loads no picture, links to
nothing and calls nobody. Code spans and fences are the first choice: renderers look for
mentions, references and addresses everywhere but there.

Source: GitHub Flavored Markdown Spec 0.29; CommonMark 0.31 on code spans and fences.
"""

from __future__ import annotations

import re
from typing import Final

from assetgen.report.diagnostics import escape_terminal

JOINER: Final = "\u2060"
"""Takes no room and ends a word for whoever looks for mentions and addresses."""

_ENTITIES: Final = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"}
_MARKS: Final = frozenset("\\`*_{}[]()#+-.!|~^=:$'")
_BACKTICKS: Final = re.compile(r"`+")
_REFERENCE: Final = re.compile(r"(?i)\b(gh)-(?=\d)")
_DOT: Final = re.compile(r"(?<=\w)\.(?=\w)")
_COLON: Final = re.compile(r":(?=\S)")
_LANGUAGE: Final = re.compile(r"[a-z]*")
_PIPE_IN_CELL: Final = "\u00a6"


def inline(text: str) -> str:
    """Return `text` for a paragraph, a heading or a table's cell, on one line."""
    return "".join(_ENTITIES.get(each) or _marked(each) for each in _joined(text))


def _joined(text: str) -> str:
    """Return a text on one line in which nobody finds an address or a mention."""
    shown = " ".join(escape_terminal(text).split())
    shown = _REFERENCE.sub(rf"\1{JOINER}-", shown)
    shown = _DOT.sub(f".{JOINER}", shown)
    shown = _COLON.sub(f":{JOINER}", shown)
    return shown.replace("@", f"@{JOINER}").replace("#", f"#{JOINER}")


def _marked(character: str) -> str:
    return f"\\{character}" if character in _MARKS else character


def code(text: str, *, cell: bool = False) -> str:
    """Return `text` as a code span, on one line; empty for nothing to show.

    Args:
        text: From a spec, a provider or a file name.
        cell: Whether it stands in a table: renderers disagree on how a pipe is kept from
            ending a cell, so a broken bar stands for it.
    """
    shown = _no_command(" ".join(escape_terminal(text).split()))
    if not shown:
        return ""
    if cell:
        shown = shown.replace("|", _PIPE_IN_CELL)
    ticks = "`" * (1 + max((len(run) for run in _BACKTICKS.findall(shown)), default=0))
    room = " " if shown.startswith("`") or shown.endswith("`") else ""
    return f"{ticks}{room}{shown}{room}{ticks}"


def fence(text: str, language: str = "") -> str:
    """Return `text` as a fenced block of its own lines, with a line end.

    Args:
        text: Of any number of lines.
        language: Of our own choice: lower-case letters.
    """
    assert _LANGUAGE.fullmatch(language), language
    shown = _no_command(escape_terminal(text, keep_lines=True).rstrip("\n"))
    longest = max((len(run) for run in _BACKTICKS.findall(shown)), default=0)
    ticks = "`" * max(3, longest + 1)
    return f"{ticks}{language}\n{shown}\n{ticks}\n"


def _no_command(text: str) -> str:
    """Return a text in which a workflow's runner finds no command, should it be logged."""
    return text.replace("##[", f"##{JOINER}[")


def folded(summary: str, body: str) -> str:
    """Return a part that a reader opens; both are Markdown, or HTML, already inert.

    Args:
        summary: One line. Markdown in it is not rendered, so HTML or plain words.
        body: Blocks.
    """
    return f"<details><summary>{summary}</summary>\n\n{body.rstrip()}\n\n</details>\n"


def html(text: str) -> str:
    """Return `text` for a place between two tags that Markdown leaves alone."""
    return "".join(_ENTITIES.get(each) or _numbered(each) for each in _joined(text))


def _numbered(character: str) -> str:
    return f"&#{ord(character)};" if character in _MARKS else character
