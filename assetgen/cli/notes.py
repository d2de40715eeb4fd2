"""Prints what commands other than `build` are told while they work."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assetgen.events import DiagnosticEvent

if TYPE_CHECKING:
    from collections.abc import Callable

    from assetgen.cli.console import Console
    from assetgen.events import Event


def tell_on(console: Console) -> Callable[[Event], None]:
    """Return what prints diagnostics to stderr: above all, for whom one waits."""

    def tell(event: Event) -> None:
        from assetgen.report.diagnostics import escape_terminal

        if isinstance(event, DiagnosticEvent):
            console.say(escape_terminal(event.diagnostic.message))

    return tell
