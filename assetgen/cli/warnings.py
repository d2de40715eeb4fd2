"""Prints warnings of a spec that can be built all the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from assetgen.cli.console import Console
    from assetgen.errors import Diagnostic


def print_warnings(diagnostics: tuple[Diagnostic, ...], console: Console) -> None:
    """Print `diagnostics` to stderr, unless only errors are wanted."""
    if not diagnostics or console.quiet:
        return
    from assetgen.report.annotations import as_github
    from assetgen.report.diagnostics import as_text

    if console.in_github:
        console.annotate(as_github(diagnostics, console.spec_folder))
    else:
        console.complain(
            as_text(diagnostics, folder=console.shown_folder, color=console.color_err)
        )
