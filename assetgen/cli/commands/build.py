"""`assetgen build`: plan, then carry it out, and say how it went."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assetgen import __version__
from assetgen.cli.ci_reports import BuildReports
from assetgen.cli.commands.initialise import offer_schema
from assetgen.cli.console import choose_progress
from assetgen.cli.options import options_from
from assetgen.errors import AssetgenError
from assetgen.events import VersionEvent, events_of_error
from assetgen.report.plan_text import counted
from assetgen.report.summary import Tally, closing_text

if TYPE_CHECKING:
    from argparse import Namespace

    from assetgen.cli.console import Console
    from assetgen.cli.progress_json import JsonProgress
    from assetgen.cli.progress_plain import PlainProgress
    from assetgen.cli.progress_tty import TtyProgress
    from assetgen.events import Summary
    from assetgen.project import Options
    from assetgen.savedplan import SavedPlan


def run(args: Namespace, console: Console) -> int:
    """Build, and return the exit code of the build."""
    if args.dry_run:
        from assetgen.cli.commands import plan

        args.exit_code = False
        return plan.run(args, console)
    tally = Tally()
    with BuildReports(args, console, tally) as reports:
        if args.json:
            reports.code = _run_for_programs(args, console, reports, tally)
        else:
            reports.code = _run_for_people(args, console, reports, tally)
    return int(reports.code)


def _run_for_people(
    args: Namespace, console: Console, reports: BuildReports, tally: Tally
) -> int:
    from assetgen import project

    options, saved = with_plan(options_from(args, console.environ), args.plan)
    reports.options = options
    with progress(args.progress, tally, console) as listener:
        code = project.build(options, reports.hearing(listener), saved)
    offer_schema(options.root, options.spec)
    if tally.summary is not None and _did_nothing(tally, tally.summary):
        console.say(f"{counted(tally.summary.up_to_date, 'asset')} up to date")
        return int(code)
    tell_end(tally, console)
    return int(code)


def with_plan(options: Options, path: str | None) -> tuple[Options, SavedPlan | None]:
    """Return the options that a saved plan was made for, and the plan.

    Raises:
        UsageError: The file holds no plan, or the flags speak against it.
        DiskRefused: It cannot be read.
    """
    if path is None:
        return options, None
    from pathlib import Path

    from assetgen import savedplan

    saved = savedplan.read_plan(Path(path), path)
    return savedplan.options_for(saved, options), saved


def tell_end(tally: Tally, console: Console) -> None:
    """Print what a build says when it is over."""
    text = closing_text(
        tally,
        folder=console.shown_folder,
        color=console.color_err,
        quiet=console.quiet,
        verbose=console.verbose,
    )
    if text:
        console.complain(text)
    if console.in_github and tally.diagnostics:
        from assetgen.report.annotations import as_github

        console.annotate(as_github(tally.diagnostics, console.spec_folder))


def _run_for_programs(
    args: Namespace, console: Console, reports: BuildReports, tally: Tally
) -> int:
    from assetgen import project
    from assetgen.cli.progress_json import JsonProgress

    console.out.flush()
    with JsonProgress(tally, console.out.fileno()) as listener:
        try:
            options, saved = with_plan(options_from(args, console.environ), args.plan)
            reports.options = options
            return int(project.build(options, reports.hearing(listener), saved))
        except AssetgenError as error:
            reports.refusal = error
            _tell_programs(error, listener)
            return int(error.exit_code)


def _tell_programs(error: AssetgenError, listener: JsonProgress) -> None:
    """Close the stream of events for a build that ended before it began."""
    if listener.events == 0:
        listener.handle(VersionEvent(assetgen=__version__))
    for event in events_of_error(error):
        listener.handle(event)


def progress(asked: str, tally: Tally, console: Console) -> PlainProgress | TtyProgress:
    """Return the display of a build's progress, to be entered."""
    chosen = choose_progress(asked, console)
    if chosen == "tty":
        from assetgen.cli.progress_tty import TtyProgress

        return TtyProgress(tally, console)
    from assetgen.cli.folds import Folds
    from assetgen.cli.progress_plain import PlainProgress

    if chosen == "quiet":
        return PlainProgress(tally, _nothing)
    return PlainProgress(tally, console.say, folds=Folds(console))


def _nothing(_line: str) -> None:
    """Stay silent."""


def _did_nothing(tally: Tally, summary: Summary) -> bool:
    """Return whether one line says it all."""
    if summary.exit_code or tally.unknown or tally.diagnostics:
        return False
    touched = summary.built + summary.failed + summary.blocked + summary.written
    return not (touched or summary.removed or summary.kept)
