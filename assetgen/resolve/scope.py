"""What the readers of one asset share while they read it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assetgen.values import Value, field

if TYPE_CHECKING:
    from collections.abc import Callable

    from assetgen.errors import Problem
    from assetgen.resolve.findings import Findings
    from assetgen.resolve.settings import Settings
    from assetgen.resolve.templates import Names
    from assetgen.spans import Place


class Scope(Value, frozen=False):
    """The asset under construction; lives as long as its reading.

    Attributes:
        place: The asset's entry in the spec.
        found: Gets the problems.
        names: What its templates may name.
        read_text: Gives a prompt file's text, or the problem with it.
        files: Prompt files that were read.
    """

    settings: Settings
    place: Place
    found: Findings
    names: Names
    read_text: Callable[[str], str | Problem]
    files: list[str] = field(default_factory=list)
