"""`assetgen diff`: what differs from a git revision, with pictures and prices."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, Final

from assetgen.cli.options import options_from
from assetgen.cli.report_flags import DEFAULT_DIFF_FOLDER
from assetgen.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Mapping

    from assetgen.cli.console import Console
    from assetgen.differences import Difference
    from assetgen.diffing import Review
    from assetgen.report.diff_markdown import Shown
    from assetgen.world import Options

_RUN_PAGE: Final = re.compile(
    r"https?://[\w.:-]+/[\w.-]+/[\w.-]+/actions/runs/\d+", re.ASCII
)


def run(args: Namespace, console: Console) -> int:
    """Print what differs; 4 with `--exit-code` where anything does.

    Raises:
        UsageError: There is no git repository or no such revision.
        SpecInvalid: The spec is wrong.
        DiskRefused: A file cannot be read or written.
    """
    from assetgen.diffing import reviewed

    form = args.format or "text"
    if args.image_base and form not in {"markdown", "github"}:
        raise UsageError("--image-base goes with --format markdown or github")
    if args.report_url and form != "github":
        raise UsageError("--report-url goes with --format github")
    options = options_from(args, console.environ)
    committed = args.image_base is not None and "{path}" in args.image_base
    with reviewed(
        options, args.revision, console.environ, files_first=committed
    ) as review:
        names: Mapping[str, str] = {}
        if args.images or args.image_base:
            from assetgen.exporting import export_names, export_pictures

            names = export_names(review.difference)
            if args.images:
                names = export_pictures(review, names, args.images)
        if form == "html":
            _write_gallery(args, options, review, console)
            return _ended(args, review.difference)
        shown = _shown(args.image_base, names, review)
    difference = review.difference
    color = console.color_out and args.output is None
    if form == "github":
        from assetgen.report.diff_markdown import as_comment

        report = args.report_url or _run_page(console.environ)
        text = as_comment(difference, shown, report)
    else:
        text = _formatted(difference, form, shown, console, color=color)
    if args.output is not None:
        from assetgen.files import write_atomically

        write_atomically(args.output, text.encode(), durable=False, what="diff")
    elif form == "text":
        console.show(text)
    else:
        console.data(text)
    if form == "github":
        _tell_workflow(difference, shown, console)
    return _ended(args, difference)


def _ended(args: Namespace, difference: Difference) -> int:
    if args.exit_code and difference.changes:
        return ExitCode.CHANGES_PENDING
    return ExitCode.DONE


def _write_gallery(
    args: Namespace, options: Options, review: Review, console: Console
) -> None:
    """Write the gallery of what differs, and print the file to open."""
    from assetgen.cli.commands.report import folder_for, tell
    from assetgen.gallery.reports import write_difference

    began_s = time.monotonic()
    folder = folder_for(options, args.output, DEFAULT_DIFF_FOLDER)
    tell(write_difference(options, review, folder), console, began_s)


def _run_page(environ: Mapping[str, str]) -> str:
    """Return the address of the workflow's run; empty where there is none.

    Source: GitHub Docs, "Default environment variables".
    """
    names = ("GITHUB_SERVER_URL", "GITHUB_REPOSITORY", "GITHUB_RUN_ID")
    server, repository, number = (environ.get(name, "") for name in names)
    page = f"{server}/{repository}/actions/runs/{number}"
    return page if _RUN_PAGE.fullmatch(page) else ""


def _shown(base: str | None, names: Mapping[str, str], review: Review) -> Shown | None:
    """Return how pictures get into a text; None where no address is known.

    Addresses of committed files are found now, while git can be asked.
    """
    from assetgen.report.diff_markdown import Shown, url_of

    if base is None:
        return None
    if "{path}" not in base:
        return Shown(url_of(base, names))
    from assetgen.exporting import address_of, sides_of

    address = address_of(review, base)
    found = {side: address(side) for side in sides_of(review.difference)}
    return Shown(found.get)


def _formatted(
    difference: Difference,
    form: str,
    shown: Shown | None,
    console: Console,
    *,
    color: bool,
) -> str:
    if form == "json":
        from assetgen.report.diff_json import as_json

        return as_json(difference)
    if form == "markdown":
        from assetgen.report.diff_markdown import as_markdown

        return as_markdown(difference, shown)
    from assetgen.report.diff_text import as_text

    return as_text(difference, color=color, verbose=console.verbose)


def _tell_workflow(
    difference: Difference, shown: Shown | None, console: Console
) -> None:
    """Give a GitHub workflow the whole as summary, and the figures as outputs."""
    from assetgen.cli.actions_files import append_summary, set_outputs
    from assetgen.report.diff_markdown import as_markdown

    if not console.in_github:
        return
    totals = difference.totals
    figures = {
        "changed": str(totals.changed),
        "spent_usd": f"{totals.spent_usd:.4f}",
        "to_spend_usd": f"{totals.to_spend_usd:.4f}",
        "not_locked": str(totals.not_locked),
    }
    for problem in (
        append_summary(console.environ, as_markdown(difference, shown)),
        set_outputs(console.environ, figures),
    ):
        if problem:
            console.complain(f"warning: {problem}")
