"""What comes of each asset is noted in the results and told to the listener, at once.

Used from the executor's thread only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from assetgen import events
from assetgen.blocked import blocked_error
from assetgen.decide import Action
from assetgen.errors import OutcomeUnknown
from assetgen.reasons import NeedBlocked
from assetgen.results import Built

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from assetgen.budget import Budget
    from assetgen.decide import PlannedAsset
    from assetgen.digest import Key
    from assetgen.errors import AssetgenError
    from assetgen.model import AssetName
    from assetgen.requests import DrawRecord
    from assetgen.results import Results
    from assetgen.workers import FilesMade


class Teller:
    """Keeps a build's results and its listener in step."""

    def __init__(self, results: Results, listener: events.Listener) -> None:
        """Fill `results` and tell `listener`."""
        self._results = results
        self.tell = listener.handle

    def planned(
        self, planned: Iterable[PlannedAsset], names: Sequence[AssetName]
    ) -> None:
        """Tell what the plan itself settled: what cannot be built.

        Args:
            names: Of all assets.
        """
        for each in planned:
            if each.action is not Action.BLOCKED:
                continue
            first = each.reasons[0]
            if isinstance(first, NeedBlocked):
                because = next(name for name in names if name == first.asset)
                self.blocked(each.name, because)
            else:
                self.failed(each, blocked_error(each))

    def started(self, decision: PlannedAsset, step: str) -> None:
        """Tell that work on an asset began."""
        drawing = step == "draw"
        event = events.AssetStarted(
            asset=decision.name,
            step=step,
            key=decision.key if drawing else None,
            draws=decision.draws if drawing else 0,
        )
        self.tell(event)

    def drawn(
        self, name: AssetName, key: Key, draws: Sequence[DrawRecord], known: int
    ) -> None:
        """Take the draws that are banked now, the first `known` of which were before."""
        for number in range(known, len(draws)):
            draw = draws[number]
            self._results.draws += 1
            self._results.cost_usd += draw.cost_usd or 0.0
            if draw.cost_estimated:
                self._results.cost_estimated_usd += draw.cost_usd or 0.0
            event = events.DrawBanked(
                asset=name,
                key=key,
                digest=draw.digest,
                draw=number + 1,
                cost_usd=draw.cost_usd,
                cost_estimated=draw.cost_estimated,
            )
            self.tell(event)

    def spent(self, budget: Budget) -> None:
        """Tell how the budget stands."""
        self.tell(
            events.BudgetEvent(spent_usd=budget.spent_usd, cap_usd=budget.cap_usd)
        )

    def built(
        self,
        decision: PlannedAsset,
        action: Action,
        files: FilesMade | None,
        duration_s: float,
    ) -> None:
        """Take that an asset is done."""
        built = Built(
            decision=decision, action=action, files=files, duration_s=duration_s
        )
        self._results.built[decision.name] = built
        event = events.AssetFinished(
            asset=decision.name,
            action=action.value,
            written=files.written if files else (),
            duration_s=duration_s,
            key=decision.key,
            put_back_share=files.put_back_share if files else None,
        )
        self.tell(event)

    def failed(self, decision: PlannedAsset, error: AssetgenError) -> None:
        """Take that an asset could not be built."""
        self._results.failed[decision.name] = error
        event = events.AssetFailed(
            asset=decision.name,
            code=error.code,
            message=error.message,
            hint=error.hint,
            key=decision.key,
        )
        self.tell(event)
        if isinstance(error, OutcomeUnknown) and self._is_news(decision.key):
            assert decision.key is not None
            unknown = events.UnknownOutcome(
                asset=decision.name,
                key=decision.key,
                message=error.message,
                estimate_usd=decision.estimate.usd,
            )
            self._results.unknown.append(unknown)
            self.tell(unknown)

    def _is_news(self, key: Key | None) -> bool:
        """Return whether nobody was told yet that a call of this request is open."""
        told = (each.key for each in self._results.unknown)
        return key is not None and key not in told

    def blocked(self, name: AssetName, because: AssetName) -> None:
        """Take that an asset was not tried, because one that it needs failed."""
        results = self._results
        if name not in results.blocked and name not in results.failed:
            results.blocked[name] = because
            self.tell(events.AssetBlocked(asset=name, because=because))
