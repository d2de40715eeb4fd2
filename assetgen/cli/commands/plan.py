"""`assetgen plan`: what a build would do, why, and for how much."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assetgen.cli.options import options_from
from assetgen.errors import ExitCode
from assetgen.report import plan_text

if TYPE_CHECKING:
    from argparse import Namespace

    from assetgen.cli.console import Console


def run(args: Namespace, console: Console) -> int:
    """Print the plan; 4 with `--exit-code` where anything would change."""
    from assetgen import project, spending
    from assetgen.cli.warnings import print_warnings

    options = options_from(args, console.environ)
    planned = project.make(options)
    print_warnings(planned.diagnostics, console)
    plan = planned.plan
    budget_usd = spending.budget_usd(planned, options)
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
