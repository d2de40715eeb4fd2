"""The problems found so far, and the words in which they quote the spec."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assetgen.errors import ExitCode, Problem

if TYPE_CHECKING:
    from assetgen.spans import Place

QUOTE_LIMIT = 60
"""Characters of the spec's text that a message repeats."""

_WORDS = {
    dict: "a map",
    list: "a list",
    str: "text",
    bool: "true or false",
    int: "a number",
    float: "a number",
    type(None): "nothing",
}


def quoted(text: str) -> str:
    """Return `text` in back-ticks, cut to a length that fits a message."""
    cut = text if len(text) <= QUOTE_LIMIT else f"{text[:QUOTE_LIMIT]}..."
    return f"`{cut}`"


class Findings:
    """Collects problems while an entry or the settings are read.

    Attributes:
        problems: In the order in which they were found.
    """

    __slots__ = ("problems",)

    def __init__(self) -> None:
        """Start with nothing found."""
        self.problems: list[Problem] = []

    def error(
        self,
        code: str,
        message: str,
        place: Place | None,
        *,
        hint: str | None = None,
        related: tuple[tuple[Place, str], ...] = (),
        exit_code: ExitCode = ExitCode.SPEC_INVALID,
    ) -> None:
        """Add an error."""
        self.problems.append(
            Problem(code, message, place, hint, related, exit_code=exit_code)
        )

    def warning(
        self, code: str, message: str, place: Place, *, hint: str | None = None
    ) -> None:
        """Add a warning: the build goes on."""
        self.problems.append(Problem(code, message, place, hint, severity="warning"))

    def wrong_type(self, expected: str, value: object, place: Place) -> None:
        """Add the error that `value` is something else than `expected`."""
        found = _WORDS.get(type(value), "something else")
        self.error("wrong-type", f"expected {expected}, not {found}", place)
