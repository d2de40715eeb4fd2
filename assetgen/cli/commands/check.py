"""`assetgen check`: everything that can be known of a spec without drawing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assetgen.cli.ci_reports import Reports
from assetgen.cli.options import options_from
from assetgen.errors import ExitCode, SpecInvalid, UsageError
from assetgen.report.plan_text import counted

if TYPE_CHECKING:
    from argparse import Namespace

    from assetgen.cli.console import Console
    from assetgen.errors import Diagnostic
    from assetgen.project import Planned


def run(args: Namespace, console: Console) -> int:
    """Validate the spec and print all that was found; 3 where it cannot be built."""
    with Reports(args, console, "check") as reports:
        reports.code = _run(args, console, reports)
    return int(reports.code)


def _run(args: Namespace, console: Console, reports: Reports) -> int:
    from assetgen import project
    from assetgen.report import annotations, diagnostics

    if args.allow and not args.strict:
        raise UsageError("--allow belongs to --strict, which is not there")
    code, count = ExitCode.DONE, 0
    try:
        options = options_from(args, console.environ)
        planned = project.make(options)
        project.refuse(planned, options)
        found: tuple[Diagnostic, ...] = planned.diagnostics
        if args.strict:
            found, code = _linted(planned, args.allow)
        count = len(planned.loaded.graph.names)
    except SpecInvalid as error:
        found, code = error.diagnostics, error.exit_code
    reports.found = found
    severities = [each.severity for each in found]
    reports.figures = {
        f"{name}s": severities.count(name) for name in ("error", "warning")
    }
    form = args.format or "text"
    if form == "json":
        console.data(diagnostics.as_json(found))
    elif form == "github":
        if found:
            console.data(annotations.as_github(found, console.spec_folder))
    elif found:
        folder, color = console.shown_folder, console.color_out
        console.show(diagnostics.as_text(found, folder=folder, color=color))
        if console.in_github and args.format is None:
            console.annotate(annotations.as_github(found, console.spec_folder))
    elif not console.quiet:
        console.data(f"{args.file}: {counted(count, 'asset')}, no problems")
    return code


def _linted(
    planned: Planned, allow: list[str]
) -> tuple[tuple[Diagnostic, ...], ExitCode]:
    """Return what was found with what lint rules add; 3 if they add anything."""
    from assetgen.linting import lint
    from assetgen.project import today_of

    world = planned.world
    linted = lint(planned.loaded, world.registry.table, today_of(world), allow)
    # Of an end that a rule tells of, the check says the same in other words.
    places = {each.excerpt for each in linted if each.code == "lint:model-ends-soon"}
    found = [
        each
        for each in planned.diagnostics
        if each.code != "model-ends" or each.excerpt not in places
    ]
    return (*found, *linted), ExitCode.SPEC_INVALID if linted else ExitCode.DONE
