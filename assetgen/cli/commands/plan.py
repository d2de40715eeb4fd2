"""`assetgen plan`: what a build would do, why, and for how much."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assetgen.cli.options import options_from
from assetgen.errors import ExitCode
from assetgen.report import plan_text

if TYPE_CHECKING:
    from argparse import Namespace

    from assetgen.cli.console import Console
    from assetgen.errors import Diagnostic
    from assetgen.world import Planned


def run(args: Namespace, console: Console) -> int:
    """Print the plan; 4 with `--exit-code` where anything would change.

    Raises:
        UsageError: The spec has no such asset, tag or target.
        ChangesPending: `--locked`, and spec and lock disagree; or the plan of a
            `build --plan` that is only tried does not hold any more.
        DiskRefused: The plan cannot be written to the file that was named.
    """
    from assetgen import project, savedplan, spending
    from assetgen.cli.commands.build import with_plan
    from assetgen.cli.warnings import print_warnings

    given = options_from(args, console.environ)
    options, saved = with_plan(given, getattr(args, "plan", None))
    planned = project.make(options)
    print_warnings(_diagnostics(planned), console)
    plan = planned.plan
    budget_usd = spending.budget_usd(planned, options)
    paid_usd = _paid_usd(planned)
    form = args.format or "text"
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
