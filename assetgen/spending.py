"""What a build may ask of providers and spend: from options, server and spec.

Here a provider gets its wrappers, outermost first:

    Retrying    asks again where that is free and may help
    Gated       waits for the rate, for pauses; sends nothing once the build stops
    Banking     intent in the ledger, the call, the bank, the result in the ledger
    Budgeted    reserves the estimate, settles the cost

So each attempt waits before it is written down, and each has its own part of the budget
and its own lines in the ledger. A provider that draws on this machine for nothing only
banks.
"""

from __future__ import annotations

import math
import os
import resource
import uuid
from typing import TYPE_CHECKING, Final

from assetgen.banking import Banking
from assetgen.budget import (
    FLAG_RAISES,
    SPEC_BINDS,
    Budget,
    Budgeted,
    cap_usd,
    money,
    require_budget,
    spec_binds,
)
from assetgen.errors import Diagnostic, ExitCode, OverBudget, PolicyRefused
from assetgen.execute import Bounds
from assetgen.failures import listed
from assetgen.gate import Gated
from assetgen.model import Drawn
from assetgen.registry import OPENAI
from assetgen.retrying import Backoff, Retrying
from assetgen.world import now, priced_provider

if TYPE_CHECKING:
    from collections.abc import Iterator

    from assetgen.decide import PlannedAsset
    from assetgen.providers.base import Provider
    from assetgen.results import Results
    from assetgen.world import Options, Planned, World

DEFAULT_JOBS: Final = 8

_FILES_BESIDE_CALLS: Final = 24
"""Descriptors that everything else of a build may need at once."""
_FILES_OF_CALL: Final = 2
"""Its connection, and while that is made, what looks the server's name up."""


# --- before anything is drawn ---------------------------------------------------


def refuse_unpayable(planned: Planned, options: Options) -> None:
    """Raise before anything is drawn if a key is missing, or the money for it.

    Raises:
        PolicyRefused: Something would be paid for, and the run is not trusted to.
        CredentialsMissing: A provider that would be asked has no key.
        OverBudget: The plan costs more than it may, or nobody knows what it costs.
    """
    _refuse_untrusted(planned, options)
    for name in sorted({_provider_of(planned, each) for each in planned.plan.calls()}):
        provider = planned.world.registry.get(name)
        require_credentials = getattr(provider, "require_credentials", None)
        if require_credentials is not None:  # plug-ins may need none
            require_credentials()
    require_budget(
        [(each.name, each.estimate.usd) for each in _paid_calls(planned)],
        budget_usd(planned, options),
        up_to_budget=options.up_to_budget,
        way_up=SPEC_BINDS if _spec_binds(planned, options) else FLAG_RAISES,
    )


def _refuse_untrusted(planned: Planned, options: Options) -> None:
    """Raise if a run that nobody vouches for would pay.

    Raises:
        PolicyRefused: It would.
    """
    if options.doubt is None:
        return
    names = [each.name for each in _paid_calls(planned)]
    if names:
        raise PolicyRefused(
            f"{listed(names)} would have to be paid for, and this run {options.doubt}; "
            "nothing was sent",
            hint="`--provider placeholder` builds stand-ins and `--locked` checks the "
            "lock, both for nothing; whoever has read the spec passes --trust-fork",
        )


def budget_usd(planned: Planned, options: Options) -> float:
    """Return the most that a build may cost, in US dollars."""
    return cap_usd(options.max_cost_usd, planned.loaded.settings.budget.build_usd)


def _spec_binds(planned: Planned, options: Options) -> bool:
    return spec_binds(options.max_cost_usd, planned.loaded.settings.budget.build_usd)


def budget_of(planned: Planned, options: Options) -> Budget:
    """Return the budget of a build, of which nothing is spent yet."""
    return Budget(budget_usd(planned, options))


def _paid_calls(planned: Planned) -> Iterator[PlannedAsset]:
    for each in planned.plan.calls():
        if planned.snapshot.providers[_provider_of(planned, each)].paid:
            yield each


def _provider_of(planned: Planned, asset: PlannedAsset) -> str:
    source = planned.loaded.assets[asset.name].source
    assert isinstance(source, Drawn)
    return source.provider


# --- while it runs --------------------------------------------------------------


def bounds_of(planned: Planned, options: Options, budget: Budget) -> Bounds:
    """Return how much may run at once, and what may be asked and spent."""
    gates = planned.world.gates
    remote = sorted(
        {
            source.provider
            for each in planned.plan.looked_at
            if isinstance(source := planned.loaded.assets[each.name].source, Drawn)
            and not planned.snapshot.providers[source.provider].local
        }
    )
    return Bounds(
        jobs={name: _jobs(options, name) for name in remote},
        workers=options.workers or os.cpu_count() or 1,
        gates={name: gates.of(name) for name in remote},
        budget=budget,
        fail_fast=options.fail_fast,
    )


def _jobs(options: Options, provider: str) -> int:
    if provider != OPENAI:
        return options.jobs or DEFAULT_JOBS
    jobs = options.jobs or options.connection.jobs or DEFAULT_JOBS
    return min(jobs, _calls_with_descriptors())


def _calls_with_descriptors() -> int:
    """Return how many calls may be in flight without taking descriptors from others.

    An answer that is there and cannot be written for the lack of one is lost.
    """
    allowed, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if allowed == resource.RLIM_INFINITY:
        allowed = 2**20
    return max(1, (allowed - _FILES_BESIDE_CALLS) // _FILES_OF_CALL)


def wrapped_provider(world: World, name: str, budget: Budget) -> Provider:
    """Return a provider in all its wrappers."""
    inner = priced_provider(world, name)
    paid, local = inner.paid, inner.local
    if paid:
        inner = Budgeted(inner, budget)
    banking = Banking(
        inner,
        world.store,
        world.ledger,
        now,
        lambda: uuid.uuid4().hex,
        world.options.rerolls,
    )
    if local and not paid:
        return banking
    options, gate = world.options, world.gates.of(name)
    backoff = Backoff(retries=options.retries, base_s=options.backoff_s)
    return Retrying(Gated(banking, gate), gate, backoff)


# --- when it is over ------------------------------------------------------------


def problems_of(
    planned: Planned, results: Results, options: Options
) -> Iterator[Diagnostic]:
    """Yield what is to be said of the budget: it was used up, or it did not hold."""
    cap = budget_usd(planned, options)
    if results.over_budget is not None:
        yield _used_up(planned, options, results, results.over_budget)
    elif results.spent_usd > cap:
        yield Diagnostic(
            OverBudget.code,
            f"this build cost {money(results.spent_usd)} and was to cost at most "
            f"{money(cap)}: an answer cost more than was estimated",
            severity="warning",
        )


def _used_up(
    planned: Planned, options: Options, results: Results, error: OverBudget
) -> Diagnostic:
    cap = budget_usd(planned, options)
    missing = [
        each
        for each in _paid_calls(planned)
        if each.name not in results.built and each.name not in results.failed
    ]
    missing_usd = sum(each.estimate.usd or 0.0 for each in missing)
    assets = f"{len(missing)} asset{'s' if len(missing) != 1 else ''}"
    enough = f"{math.ceil(missing_usd * 100) / 100:.2f}"
    way = f"`assetgen build --max-cost {enough}`"
    if _spec_binds(planned, options):
        way = f"`build_usd: {enough}` in the spec's `budget`"
    return Diagnostic(
        OverBudget.code,
        f"{error.message}; the pictures of {assets} are missing, "
        f"about {money(missing_usd)}",
        hint=f"what was drawn is banked: {way} draws the rest "
        f"(this build spent {money(results.spent_usd)} of {money(cap)})",
        exit_code=ExitCode.OVER_BUDGET,
    )
