"""`assetgen plan`: what a build would do, why, and for how much."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from assetgen.cli.options import options_from
from assetgen.errors import ExitCode
from assetgen.report import plan_text

if TYPE_CHECKING:
    from argparse import Namespace

    from assetgen.cli.console import Console
    from assetgen.resolve.settings import Budget

DEFAULT_CAP_USD: Final = 5.0


def run(args: Namespace, console: Console) -> int:
    """Print the plan; 4 with `--exit-code` where anything would change."""
    from assetgen import project
    from assetgen.cli.warnings import print_warnings

    options = options_from(args, console.environ)
    planned = project.make(options)
    print_warnings(planned.diagnostics, console)
    plan = planned.plan
    budget_usd = cap_usd(options.max_cost_usd, planned.loaded.settings.budget)
    form = args.format or "text"
    if form == "json":
        console.data(plan_text.as_json(plan, budget_usd))
    elif form == "markdown":
        console.data(plan_text.as_markdown(plan, budget_usd))
    elif form == "github":
        console.data(plan_text.as_github(plan, budget_usd))
    else:
        text = plan_text.as_text(
            plan,
            budget_usd=budget_usd,
            color=console.color_out,
            verbose=console.verbose,
        )
        console.show(text)
    project.refuse(planned, options)
    if args.exit_code and plan.changes():
        return ExitCode.CHANGES_PENDING
    return ExitCode.DONE


def cap_usd(asked_usd: float | None, budget: Budget) -> float:
    """Return the most that a build may cost: the spec can lower it, never raise it."""
    cap = DEFAULT_CAP_USD if asked_usd is None else asked_usd
    return cap if budget.build_usd is None else min(cap, budget.build_usd)
