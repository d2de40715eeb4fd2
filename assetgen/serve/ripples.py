"""What else is drawn once an asset has another picture, where `watch` builds by itself.

A pick costs nothing. But what needs the picture has another request then, and beside a
`watch` in the same session it is drawn at once, out of the same purse. So it is planned
first, with the pick in mind, and shown with its price.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from assetgen.graph import select
from assetgen.model import Drawn
from assetgen.picking import plan_if_picked
from assetgen.rerolling import plan_if_rerolled
from assetgen.values import Value, replace
from assetgen.watchmoney import held_back

if TYPE_CHECKING:
    from assetgen.decide import PlannedAsset
    from assetgen.model import AssetName, Json
    from assetgen.watchmoney import Purse
    from assetgen.world import Options, Planned


class Ripple(Value, kw_only=True):
    """Paid pictures that follow.

    Attributes:
        names: Their assets, in build order.
        draws: How many pictures.
        estimate_usd: Of all; None if one of them has no price.
        held: Why `watch` will draw none of them; None if it will.
    """

    names: tuple[AssetName, ...] = ()
    draws: int = 0
    estimate_usd: float | None = 0.0
    held: str | None = None

    @property
    def to_confirm_usd(self) -> float:
        """What is going to be spent, and so needs somebody's agreement."""
        return self.estimate_usd or 0.0 if self.held is None else 0.0

    def data(self) -> dict[str, Json]:
        """Return it as pages have it."""
        return {
            "names": list(self.names),
            "draws": self.draws,
            "estimate_usd": self.estimate_usd,
            "held": self.held,
        }


class Ripples:
    """Foresees what a `watch` will draw."""

    def __init__(self, options: Options, purse: Purse) -> None:
        """Take the options of the watch, and what it spends from."""
        self._options = options
        self._purse = purse

    def after_pick(self, name: AssetName, draw: int) -> Ripple:
        """Return what is drawn once another draw, counted from 1, is the picture.

        Raises:
            AssetgenError: The draw cannot be picked.
        """
        return self._of(plan_if_picked(self._options, name, str(draw)), name)

    def after_reroll(self, name: AssetName, count: int) -> Ripple:
        """Return what is drawn once the first of new draws is the picture.

        Raises:
            AssetgenError: The asset takes no new draws.
        """
        return self._of(plan_if_rerolled(self._options, name, count), name)

    def _of(self, planned: Planned, name: AssetName) -> Ripple:
        try:
            graph = planned.loaded.graph
            above = set(select(graph, (f"{name}+",)).chosen) - {name}
            calls = [
                each
                for each in planned.plan.calls()
                if each.name in above and _is_paid(planned, each)
            ]
            if not calls:
                return Ripple()
            prices = [each.estimate.usd for each in calls]
            known = [usd for usd in prices if usd is not None]
            chosen = replace(self._options, max_cost_usd=self._purse.left_usd)
            held = held_back(planned, chosen, self._purse)
            return Ripple(
                names=tuple(each.name for each in calls),
                draws=sum(each.draws for each in calls),
                estimate_usd=round(sum(known), 6)
                if len(known) == len(prices)
                else None,
                held=held.reason.message if held is not None else None,
            )
        finally:
            planned.world.memo.close()


def _is_paid(planned: Planned, decision: PlannedAsset) -> bool:
    source = planned.loaded.assets[decision.name].source
    assert isinstance(source, Drawn)
    return planned.snapshot.providers[source.provider].paid
