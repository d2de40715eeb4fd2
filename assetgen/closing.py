"""What a build says of itself as a whole: before it starts, and when it is over."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from assetgen import events
from assetgen.answers import problems_of_notes
from assetgen.decide import Action
from assetgen.errors import AssetgenError, Diagnostic, ExitCode
from assetgen.failures import problems_of
from assetgen.sources import located, spec_reader

if TYPE_CHECKING:
    from assetgen.ledger import Unknown
    from assetgen.listing import Pruned
    from assetgen.results import Built, Results
    from assetgen.world import Options, Planned


def tell_open_calls(
    planned: Planned, options: Options, listener: events.Listener
) -> None:
    """Name the earlier calls that may have been charged and are not asked again now."""
    asked = {each.key for each in planned.plan.looked_at if each.draws}
    for each in planned.world.calls.unknown:
        if not options.retry_unknown or each.intent.key not in asked:
            listener.handle(_unknown_event(each))


def _unknown_event(call: Unknown) -> events.UnknownOutcome:
    return events.UnknownOutcome(
        asset=call.intent.asset,
        key=call.intent.key,
        message=call.reason or "the build ended before an answer came",
        estimate_usd=call.intent.estimate_usd,
    )


def tell_new_open_calls(
    planned: Planned, results: Results, listener: events.Listener
) -> bool:
    """Name this build's calls without an end; return whether any call has none."""
    calls = planned.world.calls
    asked = results.draws or results.failed or results.in_flight
    if not asked and not calls.unknown:
        return False
    unknown = planned.world.ledger.unknown_outcomes()
    told = {each.key for each in results.unknown}
    told |= {each.intent.key for each in calls.unknown}
    for each in unknown:
        if each.intent.key not in told:
            event = _unknown_event(each)
            results.unknown.append(event)
            listener.handle(event)
    return bool(unknown)


def tell_failures(
    planned: Planned, results: Results, listener: events.Listener
) -> None:
    """Tell why assets failed and what came otherwise than asked, with their places.

    Each reason and each difference is told once, however many assets it strikes. Lines
    are looked up now and all at once: a spec of thousands of assets is long.
    """
    if not results.failed and not results.notes:
        return
    loaded = planned.loaded
    problems = (
        *problems_of(results.failed, loaded.assets),
        *problems_of_notes(results.notes),
    )
    try:
        found = located(problems, spec_reader(loaded.root, loaded.text))
    except AssetgenError:  # the spec itself cannot be read any more
        found = located(problems, lambda _: None)
    for each in found:
        listener.handle(events.DiagnosticEvent(diagnostic=each))


def tell_late_warnings(planned: Planned, listener: events.Listener) -> None:
    """Tell what was found on the way: a damaged blob, a memo that had to be left."""
    told = {each.message for each in planned.diagnostics}
    for text in planned.world.warnings:
        if text not in told:
            found = Diagnostic("workspace", text, severity="warning")
            listener.handle(events.DiagnosticEvent(diagnostic=found))


def summary_of(
    results: Results,
    pruned: Pruned,
    code: ExitCode,
    began: float,
) -> events.Summary:
    """Return the last event."""
    idle = {Action.UP_TO_DATE, Action.FROZEN}
    made = [each for each in results.built.values() if each.files is not None]
    worked = [each for each in results.built.values() if each.action not in idle]
    kept = [path for each in made if each.files for path in each.files.kept]
    return events.Summary(
        exit_code=code,
        built=len(worked),
        up_to_date=results.untouched + len(results.built) - len(worked),
        failed=len(results.failed),
        blocked=len(results.blocked),
        written=sum(len(each.files.written) for each in made if each.files)
        + len(pruned.written),
        removed=pruned.removed,
        kept=(*pruned.kept, *kept),
        draws=results.draws,
        cost_usd=results.cost_usd,
        cost_estimated_usd=results.cost_estimated_usd,
        expected_usd=results.expected_usd,
        placeholders=sum(_is_placeholder(each) for each in worked),
        duration_s=time.monotonic() - began,
        interrupted=results.stopped_by in {ExitCode.INTERRUPTED, ExitCode.TERMINATED},
        companions=pruned.written,
    )


def _is_placeholder(done: Built) -> bool:
    known = done.decision.known
    return known is not None and "placeholder" in known.provenance
