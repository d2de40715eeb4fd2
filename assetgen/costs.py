"""What was paid for, from the ledger's lines: calls, and sums over them; pure.

`Books` takes the lines one by one and pairs each call with what came of it::

    ok         pictures came, and this is what they cost
    refused    the provider would not draw it: free
    failed     an error was the answer, or nothing was sent: free
    unknown    it may have been charged, and no picture is known
    settled    the same, but asked again since or dismissed by the user

Which of them are open is the ledger's question (`ledger.unknown_outcomes`) and not
asked a second time here. Sums keep apart what providers said (actual), what we made of
it (estimated), and what may have been charged for nothing.
"""

from __future__ import annotations

import math
import re
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, TypeAlias

from assetgen.values import Value, as_mapping

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from assetgen.ledger import Unknown
    from assetgen.model import Json
    from assetgen.requests import DrawRecord

End: TypeAlias = Literal["ok", "refused", "failed", "unknown", "settled"]
By: TypeAlias = Literal["asset", "model", "day", "provider"]

GROUPS: Final[tuple[By, ...]] = ("provider", "model", "day", "asset")
_ANSWERS: Final[Mapping[str, End]] = {
    "ok": "ok",
    "refused": "refused",
    "failed": "failed",
}
_NO_TOKENS: Final[Mapping[str, Json]] = MappingProxyType({})
_DUST: Final = 9
"""Digits after the point of a sum: more of them come from adding up."""
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_DAYS: Final = re.compile(r"([1-9][0-9]{0,5})d")


class Call(NamedTuple):
    """One call of a provider that is paid, with its end.

    Attributes:
        id: The ledger's name for it.
        run: The build that made it.
        at: When it was made, ISO 8601, UTC.
        ended_at: When its end was written down; empty if it never was.
        model: As the request names it, or the one that is asked where it names none; None
            if nobody knows.
        asked: Draws asked for.
        draws: Digests of the draws that were banked.
        estimate_usd: Of all draws asked for, before the call; None if not known.
        cost_usd: Of all draws that were banked; None where nobody said.
        is_estimate: Whether the cost is ours and not the provider's.
        is_reroll: Whether the request had draws before: of an earlier build, or known
            to whoever asked for more.
    """

    id: str
    run: str
    at: str
    ended_at: str
    key: str
    asset: str
    provider: str
    model: str | None
    asked: int
    end: End
    draws: tuple[str, ...]
    estimate_usd: float | None
    cost_usd: float | None
    is_estimate: bool
    is_reroll: bool
    tokens: Mapping[str, Json]
    request_id: str
    reason: str

    @property
    def day(self) -> str:
        """The day in UTC on which it was made; empty if its time cannot be read."""
        found = _DAY.match(self.at)
        return found.group() if found else ""


# --- calls --------------------------------------------------------------------


class _Open(NamedTuple):
    """A call that has no good end yet.

    Attributes:
        ended_at: When it was written down that nothing usable came; empty if not.
    """

    intent: dict[str, Json]
    is_reroll: bool
    ended_at: str = ""


class Books:
    """Pairs intents with results while the ledger's lines go by."""

    def __init__(self) -> None:
        """Begin without a line."""
        self._calls: dict[str, Call | None] = {}
        self._open: dict[str, _Open] = {}
        self._first_run: dict[str, str] = {}

    def watch(self, entries: Iterable[dict[str, Json]]) -> Iterator[dict[str, Json]]:
        """Yield the ledger's lines as they are, and take each of them."""
        for entry in entries:
            kind = entry.get("entry")
            if kind == "intent":
                self._take_intent(entry)
            elif kind == "result":
                self._take_result(entry)
            yield entry

    def calls(
        self,
        unknown: Sequence[Unknown] = (),
        banked: Sequence[tuple[Unknown, Sequence[DrawRecord]]] = (),
    ) -> tuple[Call, ...]:
        """Return all calls in the order in which they were made.

        Args:
            unknown: Those whose outcome is open.
            banked: Those whose end is not in the ledger although their draws are in
                the store, because a crash came between the two.
        """
        calls = dict(self._calls)
        reasons = {each.intent.id: each.reason for each in unknown}
        for name, each in self._open.items():
            end: End = "unknown" if name in reasons else "settled"
            calls[name] = _without_picture(each, end, reasons.get(name, ""))
        for lost, draws in banked:
            found = self._open.get(lost.intent.id)
            if found is not None:
                calls[lost.intent.id] = _found_again(found, draws)
        return tuple(each for each in calls.values() if each is not None)

    def _take_intent(self, entry: dict[str, Json]) -> None:
        name = entry.get("id")
        if not isinstance(name, str) or name in self._calls:
            return
        first = self._first_run.get(str(entry.get("key")))
        marked = entry.get("reroll")
        later = first is not None and first != entry.get("run")
        is_reroll = marked if isinstance(marked, bool) else later
        self._calls[name] = None  # keeps its place
        self._open[name] = _Open(entry, is_reroll)

    def _take_result(self, entry: dict[str, Json]) -> None:
        name = entry.get("id")
        found = self._open.get(name) if isinstance(name, str) else None
        if found is None or not isinstance(name, str):
            return
        end = _ANSWERS.get(str(entry.get("outcome")))
        if end is None:
            self._open[name] = found._replace(ended_at=_text(entry.get("at")))
            return
        del self._open[name]
        call = self._calls[name] = _with_answer(found, entry, end)
        if call.draws:
            self._first_run.setdefault(call.key, call.run)


def _with_answer(call: _Open, result: dict[str, Json], end: End) -> Call:
    intent, draws = call.intent, result.get("draws")
    tokens = result.get("tokens")
    digests = draws if isinstance(draws, list) else ()
    return Call(
        id=_text(intent.get("id")),
        run=_text(intent.get("run")),
        at=_text(intent.get("at")),
        ended_at=_text(result.get("at")),
        key=_text(intent.get("key")),
        asset=_text(intent.get("asset")),
        provider=_text(intent.get("provider")),
        model=_text(intent.get("model")) or None,
        asked=_whole(intent.get("count")),
        end=end,
        draws=tuple([each for each in digests if isinstance(each, str)]),
        estimate_usd=_usd(intent.get("estimate_usd")),
        cost_usd=_usd(result.get("cost_usd")),
        is_estimate=result.get("cost") == "estimate",
        is_reroll=call.is_reroll,
        tokens=tokens if isinstance(tokens, dict) else _NO_TOKENS,
        request_id=_text(result.get("request_id")),
        reason=_text(result.get("reason")),
    )


def _without_picture(call: _Open, end: End, reason: str) -> Call:
    return _with_answer(call, {"at": call.ended_at, "reason": reason}, end)


def _found_again(call: _Open, draws: Sequence[DrawRecord]) -> Call:
    """Return the call that brought these draws, which only the store knows of."""
    prices = [each.cost_usd for each in draws]
    known = [price for price in prices if price is not None]
    result: dict[str, Json] = {
        "cost_usd": sum(known) if len(known) == len(prices) else None,
        "cost": "estimate" if any(each.cost_estimated for each in draws) else "actual",
        "draws": [each.digest for each in draws],
        "request_id": draws[0].request_id if draws else "",
    }
    return _with_answer(call, result, "ok")


def _text(data: Json) -> str:
    return data if isinstance(data, str) else ""


def _whole(data: Json) -> int:
    return data if isinstance(data, int) else 0


def _usd(data: Json) -> float | None:
    if not isinstance(data, int | float) or not 0 <= data < math.inf:
        return None
    return float(data)


# --- which of them ------------------------------------------------------------


def first_day(text: str, today: dt.date) -> str:
    """Return the day from which calls count, as ISO 8601.

    Args:
        text: A date, or ``7d`` for the last seven days, today being one of them.
        today: In UTC.

    Raises:
        ValueError: It is something else, or a day before the calendar's first.
    """
    days = _DAYS.fullmatch(text)
    if days is not None:
        back = min(int(days.group(1)), today.toordinal()) - 1
        return type(today).fromordinal(today.toordinal() - back).isoformat()
    if _DAY.fullmatch(text) is None:
        raise ValueError(text)
    return type(today).fromisoformat(text).isoformat()


def since(calls: Iterable[Call], day: str) -> tuple[Call, ...]:
    """Return the calls that were made on that day (ISO 8601, UTC) or later."""
    return tuple(call for call in calls if call.day >= day)


# --- sums ---------------------------------------------------------------------


class Sum(Value, frozen=False):
    """What came of some calls.

    Attributes:
        calls: All of them.
        draws: Pictures that were banked.
        actual_usd: What they cost, as providers said.
        estimated_usd: The same where they did not say, by our estimate.
        unpriced: Calls that brought pictures whose price nobody knows.
        refused: Calls that were refused; free.
        failed: Calls that failed; free.
        unknown: Calls that may have been charged for nothing.
        unknown_usd: What they were to cost, as far as that is known.
        settled: Calls of the same kind that were asked again or dismissed.
        settled_usd: What those were to cost.
        reroll_draws: Of `draws`, those of requests that had some before.
        reroll_usd: What those cost; also in `actual_usd` and `estimated_usd`.
    """

    calls: int = 0
    draws: int = 0
    actual_usd: float = 0.0
    estimated_usd: float = 0.0
    unpriced: int = 0
    refused: int = 0
    failed: int = 0
    unknown: int = 0
    unknown_usd: float = 0.0
    settled: int = 0
    settled_usd: float = 0.0
    reroll_draws: int = 0
    reroll_usd: float = 0.0

    @property
    def paid_usd(self) -> float:
        """What the pictures cost, actual and estimated."""
        return self.actual_usd + self.estimated_usd

    def add(self, call: Call) -> None:
        """Count one call."""
        self.calls += 1
        match call.end:
            case "ok":
                self._add_draws(call)
            case "refused":
                self.refused += 1
            case "failed":
                self.failed += 1
            case "unknown":
                self.unknown += 1
                self.unknown_usd += call.estimate_usd or 0.0
            case "settled":
                self.settled += 1
                self.settled_usd += call.estimate_usd or 0.0

    def _add_draws(self, call: Call) -> None:
        usd = call.cost_usd
        self.draws += len(call.draws)
        if usd is None:
            self.unpriced += 1
        elif call.is_estimate:
            self.estimated_usd += usd
        else:
            self.actual_usd += usd
        if call.is_reroll:
            self.reroll_draws += len(call.draws)
            self.reroll_usd += usd or 0.0


class Costs(Value, kw_only=True):
    """What a ledger says, added up.

    Attributes:
        since: The first day that counts, ISO 8601; empty for all.
        groups: For each way of adding up its rows: dearest first, days in order. The
            model of requests that name none is None.
        unknown: Calls that may have been charged for nothing, oldest first.
    """

    total: Sum
    groups: Mapping[By, Mapping[str | None, Sum]]
    unknown: tuple[Call, ...] = ()
    since: str = ""


_NAME_OF: Final[Mapping[By, Callable[[Call], str | None]]] = {
    "asset": lambda call: call.asset,
    "model": lambda call: call.model,
    "day": lambda call: call.day,
    "provider": lambda call: call.provider,
}


def costs_of(
    calls: Sequence[Call], groups: Iterable[By] = GROUPS, since: str = ""
) -> Costs:
    """Return the sums of calls.

    Args:
        calls: Those that count.
        groups: By what to add up.
        since: The first day that counts, for the reader.
    """
    total = Sum()
    for call in calls:
        total.add(call)
    return Costs(
        total=total,
        groups={by: _grouped(calls, by) for by in groups},
        unknown=tuple(call for call in calls if call.end == "unknown"),
        since=since,
    )


def _grouped(calls: Iterable[Call], by: By) -> dict[str | None, Sum]:
    sums: dict[str | None, Sum] = {}
    name_of = _NAME_OF[by]
    for call in calls:
        name = name_of(call)
        if name not in sums:
            sums[name] = Sum()
        sums[name].add(call)
    if by == "day":
        return dict(sorted(sums.items(), key=lambda row: row[0] or ""))
    return dict(sorted(sums.items(), key=lambda row: (-row[1].paid_usd, row[0] or "")))


def figures_of(sums: Sum) -> dict[str, Json]:
    """Return the figures of a sum by name; money without the dust of adding up."""
    return {
        "paid_usd": round(sums.paid_usd, _DUST),
        **{
            name: round(figure, _DUST) if isinstance(figure, float) else figure
            for name, figure in as_mapping(sums).items()
        },
    }
