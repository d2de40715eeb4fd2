"""What a ledger adds up to, for people, programs and spreadsheets; pure.

The JSON form is public: `schemas/cost.schema.json`. CSV has one row a call and is
written as RFC 4180 says, with nothing in it that a spreadsheet takes for a formula.
"""

from __future__ import annotations

import csv
import json
from typing import TYPE_CHECKING, Final

from assetgen.costs import figures_of
from assetgen.report.diagnostics import escape_terminal
from assetgen.report.plan_text import counted, dollars

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from assetgen.costs import By, Call, Costs, Sum
    from assetgen.model import Json

SHORT_KEY: Final = 12
"""Digits of a key that people are shown; six are enough for `--dismiss`."""

_MOST_ROWS: Final = 10
_WIDEST_NAME: Final = 40
_NO_MODEL: Final = "(no model named)"
_NO_DAY: Final = "(no time noted)"
_TITLES: Final[Mapping[By, str]] = {
    "provider": "By provider",
    "model": "By model",
    "day": "By day (UTC)",
    "asset": "By asset",
}
_FORMULA: Final = ("=", "+", "-", "@")
COLUMNS: Final = (
    *("at", "ended_at", "run", "call", "asset", "provider", "model", "key", "outcome"),
    *("count", "draws", "cost_usd", "cost", "estimate_usd", "reroll", "input_tokens"),
    *("output_tokens", "total_tokens", "request_id", "reason"),
)


# --- text -------------------------------------------------------------------------


def as_text(costs: Costs, *, verbose: bool = False) -> str:
    """Return sums, calls of unknown outcome, and tables, of which long ones are cut.

    Args:
        verbose: Show whole tables. One that was asked for alone is never cut.
    """
    total = costs.total
    from_day = f" since {costs.since} (UTC)" if costs.since else ""
    if not total.calls:
        return f"No paid call{from_day}.\n"
    lines = [_paid_line(total, from_day)]
    if total.reroll_draws:
        lines.append(
            f"  of it for requests that had draws before: {dollars(total.reroll_usd)}, "
            f"{counted(total.reroll_draws, 'picture')}"
        )
    if total.unpriced:
        lines.append(f"  {counted(total.unpriced, 'call')} brought pictures unpriced")
    free = {"refused": total.refused, "failed": total.failed}
    parts = [f"{counted(count, 'call')} {end}" for end, count in free.items() if count]
    if parts:
        lines.append(f"Free: {', '.join(parts)}.")
    lines += _unknown_lines(costs)
    for by, rows in costs.groups.items():
        if rows:
            most = None if verbose or len(costs.groups) == 1 else _MOST_ROWS
            lines += ["", *_table(by, rows, most)]
    return "\n".join(lines) + "\n"


def _paid_line(total: Sum, from_day: str) -> str:
    kinds = ""
    if total.estimated_usd:
        ours = f"{dollars(total.estimated_usd)} estimated"
        kinds = f" ({dollars(total.actual_usd)} actual, {ours})"
        if not total.actual_usd:
            kinds = " (all of it estimated)"
    pictures = counted(total.draws, "picture")
    calls = counted(total.calls, "call")
    return f"Paid{from_day}: {_paid(total.paid_usd)}{kinds}, {pictures}, {calls}."


def _paid(usd: float) -> str:
    return dollars(usd) if usd else "nothing"


def _unknown_lines(costs: Costs) -> list[str]:
    total = costs.total
    lines = []
    if costs.unknown:
        lines.append(
            f"Unknown: {counted(total.unknown, 'call')} may have been charged and "
            f"brought no picture{_about(total.unknown_usd)}:"
        )
        for call in costs.unknown:
            price = "price unknown"
            if call.estimate_usd is not None:
                price = f"about {dollars(call.estimate_usd)}"
            lines.append(
                f"  {escape_terminal(call.key[:SHORT_KEY])}  "
                f"{escape_terminal(call.asset)}  {price}  {when(call.at)}  "
                f"{escape_terminal(call.reason or 'no answer was written down')}"
            )
        lines.append(
            "  hint: `assetgen build --retry-unknown` asks again; "
            f"`assetgen cost --dismiss {escape_terminal(costs.unknown[0].key[:8])}` "
            "settles one"
        )
    if total.settled:
        lines.append(
            f"Settled: {counted(total.settled, 'call')} of unknown outcome, asked again "
            f"or dismissed since{_about(total.settled_usd)}."
        )
    return lines


def _about(usd: float) -> str:
    return f", about {dollars(usd)}" if usd else ""


def when(at: str) -> str:
    """Return a time of the ledger (ISO 8601, UTC) to the minute."""
    return escape_terminal(at[:16].replace("T", " "))


def _table(by: By, rows: Mapping[str | None, Sum], most: int | None) -> list[str]:
    shown = list(rows.items())
    left_out = 0
    if most is not None and len(shown) > most:
        left_out = len(shown) - most
        shown = shown[-most:] if by == "day" else shown[:most]
    cells = [
        (_name(by, name), _paid(sums.paid_usd), _remarks(sums)) for name, sums in shown
    ]
    width = min(max(len(name) for name, _, _ in cells), _WIDEST_NAME)
    money = max(len(usd) for _, usd, _ in cells)
    lines = [f"{_TITLES[by]}:"]
    lines += [f"  {name:<{width}}  {usd:>{money}}  {rest}" for name, usd, rest in cells]
    if left_out:
        older = "earlier" if by == "day" else "more"
        lines.append(f"  ... and {left_out:,} {older} (--by {by} shows all)")
    return lines


def _name(by: By, name: str | None) -> str:
    if not name:
        return _NO_DAY if by == "day" else _NO_MODEL
    return escape_terminal(name)


def _remarks(sums: Sum) -> str:
    parts = [counted(sums.draws, "picture")]
    if sums.estimated_usd:
        parts.append(f"{dollars(sums.estimated_usd)} of it estimated")
    if sums.reroll_draws:
        parts.append(f"{sums.reroll_draws} drawn again")
    if sums.unpriced:
        parts.append(f"{counted(sums.unpriced, 'call')} unpriced")
    if sums.unknown:
        parts.append(f"{sums.unknown} unknown{_about(sums.unknown_usd)}")
    if sums.settled:
        parts.append(f"{sums.settled} settled{_about(sums.settled_usd)}")
    if sums.refused:
        parts.append(f"{sums.refused} refused")
    if sums.failed:
        parts.append(f"{sums.failed} failed")
    return ", ".join(parts)


# --- JSON -------------------------------------------------------------------------


def as_json(costs: Costs) -> str:
    """Return the sums as JSON; `schemas/cost.schema.json` describes the form."""
    data: dict[str, Json] = {
        "cost": 1,
        "since": costs.since or None,
        "total": figures_of(costs.total),
        "unknown": [_unknown_data(call) for call in costs.unknown],
        "by": {
            by: [
                {"name": name or None, **figures_of(sums)}
                for name, sums in rows.items()
            ]
            for by, rows in costs.groups.items()
        },
    }
    return json.dumps(data, indent=2, allow_nan=False)


def _unknown_data(call: Call) -> dict[str, Json]:
    return {
        "key": call.key,
        "asset": call.asset,
        "provider": call.provider,
        "model": call.model,
        "at": call.at,
        "run": call.run,
        "call": call.id,
        "count": call.asked,
        "estimate_usd": call.estimate_usd,
        "reason": call.reason,
    }


# --- CSV --------------------------------------------------------------------------


class _Lines(list[str]):
    """Takes the rows of a CSV writer."""

    write = list.append


def as_csv(calls: Iterable[Call]) -> str:
    """Return one row a call, in the order they were made, after a row of names.

    Source: RFC 4180, on quotes and line ends.
    """
    lines = _Lines()
    writer = csv.writer(lines, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    writer.writerows(_row(call) for call in calls)
    return "".join(lines)


def _row(call: Call) -> Sequence[object]:
    texts = [call.at, call.ended_at, call.run, call.id, call.asset, call.provider]
    texts += [call.model or "", call.key, call.end]
    kind = "estimate" if call.is_estimate else "actual"
    counts = (call.tokens.get(name) for name in COLUMNS if name.endswith("_tokens"))
    tokens = [count if isinstance(count, int) else "" for count in counts]
    return [
        *map(_inert, texts),
        call.asked,
        len(call.draws),
        _money(call.cost_usd),
        "" if call.cost_usd is None else kind,
        _money(call.estimate_usd),
        "yes" if call.is_reroll else "",
        *tokens,
        _inert(call.request_id),
        _inert(call.reason),
    ]


def _inert(text: str) -> str:
    """Return a text that is a text for every spreadsheet: controls shown, no formula.

    Source: OWASP, "CSV Injection".
    """
    safe = escape_terminal(text).replace("\t", " ")
    return f"'{safe}" if safe.lstrip(" ").startswith(_FORMULA) else safe


def _money(usd: float | None) -> str:
    """Return a sum without an exponent; empty if there is none."""
    if usd is None:
        return ""
    return f"{usd:.12f}".rstrip("0").rstrip(".")
