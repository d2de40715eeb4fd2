"""The two files through which a step tells GitHub Actions something: summary and outputs.

Both are named by the environment and only there inside a workflow; elsewhere nothing is
written. What goes into them may come from a spec: outputs are single lines between
delimiters that nobody can know, and the summary is Markdown that its writer made inert.

Source: GitHub Docs, "Workflow commands for GitHub Actions": setting an output parameter,
adding a job summary; a step's summary is at most 1 MiB.
"""

from __future__ import annotations

import os
import re
import secrets
from typing import TYPE_CHECKING, Final

from assetgen.report.diagnostics import escape_terminal

if TYPE_CHECKING:
    from collections.abc import Mapping

SUMMARY: Final = "GITHUB_STEP_SUMMARY"
OUTPUT: Final = "GITHUB_OUTPUT"

MOST_SUMMARY_BYTES: Final = 900_000
"""Of one step's summary, what earlier commands of the step wrote included."""

CUT: Final = "\n\n_The rest does not fit into a job summary._\n"
_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,63}")


def append_summary(environ: Mapping[str, str], text: str) -> str | None:
    """Append Markdown to the job's summary, if a workflow reads one.

    Args:
        environ: Names the file.
        text: Everything in it that a spec wrote is escaped already. What would make the
            summary too long is cut off at the end of a line, and a last line says so.

    Returns:
        Why it could not be written; None if it was, or if nobody asks for it.
    """
    path = environ.get(SUMMARY)
    if not path or not text:
        return None
    try:
        with open(path, "ab") as file:  # noqa: PTH123  # names come from the runner
            room = MOST_SUMMARY_BYTES - file.tell()
            file.write(_fitting(text, room))
    except OSError as error:
        return f"the job summary cannot be written: {error.strerror or error}"
    return None


def _fitting(text: str, room: int) -> bytes:
    """Return as many whole lines of `text` as fit into `room` bytes, in UTF-8."""
    whole = text if text.endswith("\n") else text + "\n"
    data = whole.encode("utf-8", "backslashreplace")
    if len(data) <= room:
        return data
    last = CUT.encode()
    if room <= len(last):
        return b""
    end = data.rfind(b"\n", 0, room - len(last) + 1)
    return data[: max(end, 0)] + last


def set_outputs(
    environ: Mapping[str, str], values: Mapping[str, str | float]
) -> str | None:
    """Set the step's outputs, if a workflow reads them.

    Args:
        environ: Names the file.
        values: By name, in lower case with underscores. Texts become one line: line ends
            and control characters in them are shown as escapes.

    Returns:
        Why they could not be written; None if they were, or if nobody asks for them.
    """
    path = environ.get(OUTPUT)
    if not path or not values:
        return None
    text = "".join(_output(name, value) for name, value in values.items())
    try:
        with open(path, "ab") as file:  # noqa: PTH123  # names come from the runner
            file.write(text.encode("utf-8", "backslashreplace"))
    except OSError as error:
        return f"the step's outputs cannot be written: {error.strerror or error}"
    return None


def _output(name: str, value: str | float) -> str:
    """Return the lines that set one output; their delimiter cannot be guessed."""
    assert _NAME.fullmatch(name), name
    end = f"end-{secrets.token_hex(16)}"
    return f"{name}<<{end}{os.linesep}{_one_line(value)}{os.linesep}{end}{os.linesep}"


def _one_line(value: str | float) -> str:
    """Return a value as one line of text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return f"{value:.6f}".rstrip("0").rstrip(".")
    return escape_terminal(str(value))
