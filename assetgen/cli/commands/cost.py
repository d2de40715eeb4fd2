"""`assetgen cost`: what was paid for, and calls whose outcome nobody knows."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING

from assetgen.cli.options import options_from
from assetgen.errors import ExitCode, UsageError
from assetgen.ledger import Ledger
from assetgen.store import Store

if TYPE_CHECKING:
    from argparse import Namespace

    from assetgen.cli.console import Console
    from assetgen.world import Options

_PREFIX = re.compile(r"[0-9a-f]{6,64}")


def run(args: Namespace, console: Console) -> int:
    """Print the sums of the ledger, or settle calls of unknown outcome."""
    options = options_from(args, console.environ)
    if args.dismiss is not None:
        if args.by or args.since or args.format:
            raise UsageError("--dismiss prints no sums: give it alone")
        console.say(dismiss(options, args.dismiss, args.lock_timeout, console))
        return ExitCode.DONE
    return show(args, console, options, dt.datetime.now(dt.UTC).date())


def show(args: Namespace, console: Console, options: Options, today: dt.date) -> int:
    """Print the sums as of the day `today`, in UTC.

    Raises:
        UsageError: The arguments do not fit.
        DiskRefused: The ledger cannot be read.
    """
    from assetgen import costs
    from assetgen.history import all_calls
    from assetgen.report import cost_text

    if args.by and args.format == "csv":
        raise UsageError("--by goes with text and json: CSV has one row a call")
    day = _first_day(args.since, today) if args.since else ""
    calls = all_calls(*_books(options))
    chosen = costs.since(calls, day) if day else calls
    if args.format == "csv":
        console.data(cost_text.as_csv(chosen))
        return ExitCode.DONE
    groups = (args.by,) if args.by else costs.GROUPS
    sums = costs.costs_of(chosen, groups, day)
    if args.format == "json":
        console.data(cost_text.as_json(sums))
    else:
        console.show(cost_text.as_text(sums, verbose=console.verbose))
    return ExitCode.DONE


def dismiss(
    options: Options, word: str, timeout_s: float | None, console: Console
) -> str:
    """Settle the unknown outcomes of one key, and return what to say about it.

    Args:
        options: Of the project.
        word: The key, or its first six digits or more.
        timeout_s: How long to wait for a build, whose calls in flight have no outcome
            yet; None for as long as it takes.
        console: Told for whom we wait.

    Raises:
        UsageError: No such call, or several keys begin like this.
        ProjectBusy: A build still held the project.
        DiskRefused: The ledger cannot be read or written.
    """
    from assetgen.banking import open_calls
    from assetgen.hold import ProjectHold
    from assetgen.store import prepare_workspace
    from assetgen.world import now

    prefix = word.lower()
    if not _PREFIX.fullmatch(prefix):
        raise UsageError(
            f"expected a key, or its first six digits or more, not {word!r}",
            hint="`assetgen cost` lists the calls of unknown outcome with their keys",
        )
    with ProjectHold(
        prepare_workspace(options.root),
        command="assetgen cost --dismiss",
        timeout_s=timeout_s,
        on_wait=console.say,
    ):
        ledger, store = _books(options)
        unknown = open_calls(ledger, store).unknown
        keys = sorted({each.intent.key for each in unknown})
        found = [key for key in keys if key.startswith(prefix)]
        if len(found) != 1:
            known = ", ".join(key[:12] for key in (found or keys)[:5])
            what = (
                "several keys begin" if found else "no call of unknown outcome begins"
            )
            raise UsageError(
                f"{what} with {prefix}",
                hint=f"unknown are {known}" if known else "no outcome is unknown",
            )
        ledger.dismiss(found[0], at=now())
    calls = [each.intent for each in unknown if each.intent.key == found[0]]
    names = ", ".join(sorted({each.asset for each in calls}))
    count = f"{len(calls)} call{'s' if len(calls) != 1 else ''}"
    return f"dismissed {count} of {names}; a build may ask for it again"


def _first_day(text: str, today: dt.date) -> str:
    from assetgen.costs import first_day

    try:
        return first_day(text, today)
    except ValueError:
        raise UsageError(
            f"--since takes a date or a number of days, not {text!r}",
            hint="for example --since 2026-11-01, or --since 7d for the last week",
        ) from None


def _books(options: Options) -> tuple[Ledger, Store]:
    """Return ledger and store of the project; nothing is written."""
    folder = options.root / ".assetgen"
    ledger = Ledger(folder / "ledger.jsonl", run="")
    return ledger, Store(options.store or folder / "store")
