"""`assetgen plan`: what a build would do, why, and for how much."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assetgen.cli.ci_reports import Reports
from assetgen.cli.options import options_from
from assetgen.errors import ExitCode
from assetgen.report import plan_text

if TYPE_CHECKING:
    from argparse import Namespace

    from assetgen.cli.console import Console
    from assetgen.errors import Diagnostic
    from assetgen.plan import Plan
    from assetgen.world import Planned


def run(args: Namespace, console: Console) -> int:
    """Print the plan; 4 with `--exit-code` where anything would change.

    Raises:
        UsageError: The spec has no such asset, tag or target.
        ChangesPending: `--locked`, and spec and lock disagree; or the plan of a
            `build --plan` that is only tried does not hold any more.
        DiskRefused: The plan cannot be written to the file that was named.
    """
    with Reports(args, console, "plan") as reports:
        reports.code = _run(args, console, reports)
    return int(reports.code)


def _run(args: Namespace, console: Console, reports: Reports) -> int:
    from assetgen import project, savedplan, spending
    from assetgen.cli.commands.build import with_plan
    from assetgen.cli.warnings import print_warnings

    given = options_from(args, console.environ)
    options, saved = with_plan(given, getattr(args, "plan", None))
    planned = project.make(options)
    reports.found = _diagnostics(planned)
    print_warnings(reports.found, console)
    plan = planned.plan
    budget_usd = spending.budget_usd(planned, options)
    paid_usd = _paid_usd(planned)
    _report(plan, budget_usd, paid_usd, reports)
    _print(args.format or "text", plan, budget_usd, paid_usd, console)
    if saved is not None:
        savedplan.refuse_if_moved(saved, planned)
    project.refuse(planned, options)
    if (file := getattr(args, "output", None)) is not None:
        from assetgen.files import write_atomically

        text = savedplan.as_document(planned, options)
        write_atomically(file, text.encode(), durable=False, what="plan")
    if args.exit_code and plan.changes():
        return ExitCode.CHANGES_PENDING
    return ExitCode.DONE


def _print(
    form: str, plan: Plan, budget_usd: float, paid_usd: float, console: Console
) -> None:
    if form == "json":
        console.data(plan_text.as_json(plan, budget_usd, paid_usd))
    elif form == "markdown":
        console.data(plan_text.as_markdown(plan, budget_usd, paid_usd))
    elif form == "github":
        console.data(plan_text.as_github(plan, budget_usd, paid_usd))
    else:
        text = plan_text.as_text(
            plan,
            budget_usd=budget_usd,
            paid_usd=paid_usd,
            color=console.color_out,
            verbose=console.verbose,
        )
        console.show(text)


def _report(plan: Plan, budget_usd: float, paid_usd: float, reports: Reports) -> None:
    """Note what a CI service is told of a plan."""
    reports.figures = {"changed": plan.changes(), "to_draw": plan.draws()}
    estimate_usd = plan.estimate_usd()
    if estimate_usd is not None:
        reports.figures["estimate_usd"] = estimate_usd
    if reports.is_read:
        reports.markdown = plan_text.as_markdown(plan, budget_usd, paid_usd)


def _paid_usd(planned: Planned) -> float:
    """Return what earlier builds have paid, as far as that is known; 0 without any."""
    world = planned.world
    if not world.ledger.path.exists():
        return 0.0
    from assetgen.costs import costs_of
    from assetgen.history import all_calls

    total = costs_of(all_calls(world.ledger, world.store), ()).total
    return total.actual_usd + total.estimated_usd


def _diagnostics(planned: Planned) -> tuple[Diagnostic, ...]:
    """Return what is to be said beside the plan.

    One note names all assets whose models have ended, in place of one for each line of
    the spec that names such a model.
    """
    from assetgen import outlived
    from assetgen.project import today_of

    note = outlived.note_on_ended_models(planned, today_of(planned.world))
    if note is None:
        return planned.diagnostics
    others = (
        each
        for each in planned.diagnostics
        if (each.code, each.severity) != (note.code, note.severity)
    )
    return (*others, note)
