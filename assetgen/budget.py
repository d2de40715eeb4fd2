"""What a build may cost: the cap, what is left of it, and who holds a part of it.

Nothing that is paid for starts without a part of the budget held for it: the estimate
is reserved before a call and settled with the actual cost after it. A call whose
outcome is unknown may have been charged, so its part counts as spent. What is over is
told as a number of US dollars, never negative.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final

from assetgen.errors import AssetgenError, DiskRefused, OutcomeUnknown, OverBudget
from assetgen.model import Size
from assetgen.providers.base import Price
from assetgen.providers.wrapping import Wrapper
from assetgen.values import replace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from assetgen.providers.base import Drawing, Order, Word
    from assetgen.requests import Request

DEFAULT_CAP_USD: Final = 5.0

_ROUNDING_USD: Final = 1e-9
"""Sums of prices differ by less, depending on their order."""

FLAG_RAISES: Final = "--max-cost raises the cap"
SPEC_BINDS: Final = "only a higher `build_usd` in the spec raises this cap"


def cap_usd(asked_usd: float | None, spec_usd: float | None) -> float:
    """Return the most that a build may cost, in US dollars.

    Args:
        asked_usd: What flag, environment or the user's configuration say.
        spec_usd: What the spec says; it can lower the cap, never raise it.
    """
    cap = DEFAULT_CAP_USD if asked_usd is None else asked_usd
    return cap if spec_usd is None else min(cap, spec_usd)


def spec_binds(asked_usd: float | None, spec_usd: float | None) -> bool:
    """Return whether it is the spec that sets the cap; arguments as of `cap_usd`."""
    return cap_usd(asked_usd, spec_usd) < cap_usd(asked_usd, None)


def require_budget(
    prices: Iterable[tuple[str, float | None]],
    cap: float,
    *,
    up_to_budget: bool,
    way_up: str = FLAG_RAISES,
) -> None:
    """Raise before anything is drawn if a plan's draws cost more than they may.

    Args:
        prices: Of each asset's paid draws, with the asset's name; None where not known.
        cap: In US dollars.
        up_to_budget: Whether it is enough to begin: the build then ends at the cap.
        way_up: What raises the cap, in words.

    Raises:
        OverBudget: They do, or the price of one is not known.
    """
    known: list[tuple[float, str]] = []
    open_: list[str] = []
    for name, usd in prices:
        if usd is None:
            open_.append(name)
        else:
            known.append((usd, name))
    if open_:
        raise OverBudget(
            f"nobody knows what the pictures of {_listed(open_)} will cost, so no "
            "budget can hold",
            hint="--assume-cost USD says what to expect of each picture (0 for a server "
            "of your own); prices can stand in the user's configuration, too",
        )
    total = sum(usd for usd, _ in known)
    if total <= cap + _ROUNDING_USD or up_to_budget:
        return
    known.sort(key=lambda each: -each[0])
    dearest = ", ".join(f"{name} ({money(usd)})" for usd, name in known[:3])
    raise OverBudget(
        f"the pictures to be drawn cost about {money(total)}, and this build may cost "
        f"{money(cap)}; nothing was drawn",
        hint=f"{way_up}, --up-to-budget draws what fits; most goes to {dearest}",
    )


def money(usd: float) -> str:
    """Return a sum in US dollars, small ones to a hundredth of a cent."""
    return f"${usd:.4f}" if 0 < usd < 0.1 else f"${usd:.2f}"


def _listed(names: Sequence[str]) -> str:
    more = len(names) - 3
    return ", ".join(names[:3]) + (f" and {more:,} more" if more > 0 else "")


class Budget:
    """What one build may still spend; all methods may be called from any thread.

    Attributes:
        cap_usd: The most it may spend.
    """

    def __init__(self, cap_usd: float) -> None:
        """Begin with nothing spent."""
        self.cap_usd = cap_usd
        self._guard = threading.Lock()
        self._spent_usd = 0.0
        self._reserved_usd = 0.0
        self._held_usd: dict[str, float] = {}

    @property
    def spent_usd(self) -> float:
        """What calls cost that have ended, and those whose outcome is unknown."""
        with self._guard:
            return self._spent_usd

    def hold(self, asset: str, usd: float) -> None:
        """Keep a part for a call that is about to start, in the order of the schedule.

        Raises:
            OverBudget: There is not so much left.
        """
        with self._guard:
            self._require(usd)
            self._held_usd[asset] = usd
            self._reserved_usd += usd

    def drop(self, asset: str) -> None:
        """Give back what was kept for a call that was not made in the end."""
        with self._guard:
            self._reserved_usd -= self._held_usd.pop(asset, 0.0)

    def reserve(self, asset: str, usd: float) -> None:
        """Set a part aside for one attempt; what was kept for the asset goes into it.

        Raises:
            OverBudget: There is not so much left.
        """
        with self._guard:
            self._reserved_usd -= self._held_usd.pop(asset, 0.0)
            self._require(usd)
            self._reserved_usd += usd

    def settle(self, reserved_usd: float, spent_usd: float) -> None:
        """Replace the part of an attempt by what it cost; 0.0 if it was free."""
        with self._guard:
            self._reserved_usd -= reserved_usd
            self._spent_usd += spent_usd

    def _require(self, usd: float) -> None:
        bound_usd = self._spent_usd + self._reserved_usd
        if bound_usd + usd > self.cap_usd + _ROUNDING_USD:
            raise OverBudget(
                f"the next call costs about {money(usd)}, and of the "
                f"{money(self.cap_usd)} that this build may cost "
                f"{money(max(0.0, self.cap_usd - bound_usd))} is left",
                hint=FLAG_RAISES,
            )


class Budgeted(Wrapper):
    """A provider that is only asked while the budget holds."""

    budget: Budget

    def draw(
        self, order: Order, count: int, on_progress: Callable[[Word], None]
    ) -> list[Drawing]:
        """Draw `count` pictures if they fit into what is left.

        Raises:
            OverBudget: They do not, or their price is not known; nothing was sent.
            ProviderError: As the inner provider.
        """
        sizes = tuple(Size(each.width, each.height) for each in order.inputs)
        price_usd = self.estimate(order.as_asked, count, sizes).usd
        if price_usd is None:
            raise OverBudget(
                "the price of the next call is not known, so no budget can hold",
                hint="--assume-cost USD says what to expect of each picture",
            )
        self.budget.reserve(order.asset, price_usd)
        cost_usd = price_usd  # what is not known to be free counts as spent
        try:
            drawings = self.inner.draw(order, count, on_progress)
            cost_usd = _cost_of(drawings, price_usd)
        except (OutcomeUnknown, DiskRefused):
            raise
        except AssetgenError:
            cost_usd = 0.0
            raise
        finally:
            self.budget.settle(price_usd, cost_usd)
        return drawings


def _cost_of(drawings: Sequence[Drawing], estimate_usd: float) -> float:
    """Return what an answer cost, as far as it said so."""
    known = [each.cost_usd for each in drawings if each.cost_usd is not None]
    if len(known) == len(drawings):
        return sum(known)
    return max(estimate_usd, sum(known))


class Assuming(Wrapper):
    """A provider whose pictures cost what the user assumes where it names no price.

    Attributes:
        picture_usd: Of one picture.
    """

    picture_usd: float

    def estimate(
        self, request: Request, count: int, input_sizes: Sequence[Size | None] = ()
    ) -> Price:
        """Return the provider's price, or what the user assumes."""
        price = self.inner.estimate(request, count, input_sizes)
        if price.usd is not None:
            return price
        return Price(self.picture_usd * count, "estimate")

    def draw(
        self, order: Order, count: int, on_progress: Callable[[Word], None]
    ) -> list[Drawing]:
        """Draw, and note the assumed cost on pictures that came without one.

        Raises:
            ProviderError: As the inner provider.
        """
        return [
            each
            if each.cost_usd is not None
            else replace(each, cost_usd=self.picture_usd, cost_estimated=True)
            for each in self.inner.draw(order, count, on_progress)
        ]
