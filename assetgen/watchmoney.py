"""What a session of `watch` may spend, and what is left undrawn when it is too little.

Saving a file must never burn money: a session has one cap for all its builds. A change
whose paid pictures cost more than is left draws none of them; what is free is built.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from assetgen import spending
from assetgen.budget import money
from assetgen.decide import Action
from assetgen.errors import (
    CredentialsMissing,
    Diagnostic,
    OverBudget,
    PolicyRefused,
)
from assetgen.events import BudgetEvent
from assetgen.model import Drawn
from assetgen.values import Value

if TYPE_CHECKING:
    from assetgen.errors import AssetgenError
    from assetgen.events import Event, Listener
    from assetgen.model import AssetName
    from assetgen.world import Options, Planned

DEFAULT_CAP_USD: Final = 1.0
"""What a session may cost if nobody says otherwise, in US dollars."""

_IDLE: Final = frozenset({Action.UP_TO_DATE, Action.FROZEN})
_LISTED: Final = 3
_ROUNDING_USD: Final = 1e-9


class Purse:
    """What a session spent, over all its builds, and what it may.

    Attributes:
        spent_usd: Calls of unknown outcome count, too.
        cap_usd: As the last spec that was read leaves it.
    """

    def __init__(self, asked_usd: float | None) -> None:
        """Begin with nothing spent.

        Args:
            asked_usd: The cap by flag, environment or the user's configuration.
        """
        self._asked_usd = DEFAULT_CAP_USD if asked_usd is None else asked_usd
        self.cap_usd = self._asked_usd
        self.spent_usd = 0.0

    @property
    def left_usd(self) -> float:
        """What may still be spent."""
        return max(0.0, self.cap_usd - self.spent_usd)

    def heed(self, spec_usd: float | None) -> None:
        """Take what the spec says, which can lower the cap and never raise it."""
        asked = self._asked_usd
        self.cap_usd = asked if spec_usd is None else min(asked, spec_usd)

    def through(self, listener: Listener) -> Listener:
        """Return a listener for one build, which tells of the session's money."""
        return _Counting(self, listener)


class _Counting:
    """Passes events on; a build's part of the budget becomes the session's.

    It adds what came since it was told last: others may spend from the purse, too.
    """

    def __init__(self, purse: Purse, listener: Listener) -> None:
        self._purse = purse
        self._counted_usd = 0.0
        self._listener = listener
        self._tell()

    def handle(self, event: Event) -> None:
        """Count and pass on."""
        if isinstance(event, BudgetEvent):
            self._purse.spent_usd += event.spent_usd - self._counted_usd
            self._counted_usd = event.spent_usd
            self._tell()
        else:
            self._listener.handle(event)

    def _tell(self) -> None:
        purse = self._purse
        self._listener.handle(
            BudgetEvent(spent_usd=purse.spent_usd, cap_usd=purse.cap_usd)
        )


class Held(Value, kw_only=True):
    """Pictures that are not drawn now, and why.

    Attributes:
        names: Their assets.
        free: What can be built without them, and is not up to date.
        reason: What to say.
    """

    names: tuple[AssetName, ...]
    free: tuple[AssetName, ...]
    reason: Diagnostic


def held_back(planned: Planned, options: Options, purse: Purse) -> Held | None:
    """Return what a plan may not draw; None if it may do everything.

    Args:
        planned: The plan.
        options: Of the build; its `max_cost_usd` is what the session has left.
        purse: The session's.
    """
    try:
        spending.refuse_unpayable(planned, options)
    except (OverBudget, CredentialsMissing, PolicyRefused) as error:
        paid = _paid_calls(planned)
        names = tuple(paid)
        reason = _reason(names, paid, error, purse)
        return Held(names=names, free=_free(planned, names), reason=reason)
    return None


def _paid_calls(planned: Planned) -> dict[AssetName, float | None]:
    """Return the assets whose draws cost money or need a key, with prices in dollars."""
    found: dict[AssetName, float | None] = {}
    for each in planned.plan.calls():
        source = planned.loaded.assets[each.name].source
        assert isinstance(source, Drawn)
        provider = planned.world.registry.get(source.provider)
        if provider is not None and (
            provider.paid or hasattr(provider, "require_credentials")
        ):
            found[each.name] = each.estimate.usd
    return found


def _free(planned: Planned, held: tuple[AssetName, ...]) -> tuple[AssetName, ...]:
    """Return what has to be done and needs none of the held pictures."""
    graph, touched = planned.loaded.graph, set(held)
    for name in graph.order:
        if not touched.isdisjoint(graph.needs[name]):
            touched.add(name)
    return tuple(
        each.name
        for each in planned.plan.looked_at
        if each.name not in touched and each.action not in _IDLE
    )


def _reason(
    names: tuple[AssetName, ...],
    prices: dict[AssetName, float | None],
    error: AssetgenError,
    purse: Purse,
) -> Diagnostic:
    message, hint = error.message, error.hint
    known = [usd for usd in prices.values() if usd is not None]
    total = sum(known)
    if isinstance(error, OverBudget) and len(known) == len(prices):
        listed = ", ".join(names[:_LISTED])
        more = len(names) - _LISTED
        listed += f" and {more:,} more" if more > 0 else ""
        words = "this session has spent" if purse.spent_usd else "a session may spend"
        sum_usd = money(purse.spent_usd or purse.cap_usd)
        of = f" of {money(purse.cap_usd)}" if purse.spent_usd else ""
        if total > purse.left_usd + _ROUNDING_USD:
            message = (
                f"{listed}: about {money(total)} to draw, and {words} {sum_usd}{of}; "
                "nothing paid was drawn"
            )
            chosen = " ".join(names[:_LISTED])
            hint = (
                f"`assetgen build{f' {chosen}' if more <= 0 else ''}` draws "
                f"{'it' if len(names) == 1 else 'them'}; `assetgen watch --max-cost USD` "
                "begins a session with more"
            )
    return Diagnostic(
        error.code, message, hint=hint, severity="warning", exit_code=error.exit_code
    )
