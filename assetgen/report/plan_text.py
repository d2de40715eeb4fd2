"""A plan for people, pull requests and programs; pure.

The JSON form is public: `schemas/plan.schema.json`.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from assetgen.decide import Action
from assetgen.reasons import OutputEdited, OutputForeign
from assetgen.report.diagnostics import escape_terminal
from assetgen.report.reason_text import reason_json, reasons_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from assetgen.decide import PlannedAsset
    from assetgen.digest import Key
    from assetgen.model import Json
    from assetgen.plan import Plan

_WIDEST_NAME = 40
_RESET: Final = "\x1b[0m"
_COLORS: Final = {
    Action.UP_TO_DATE: "\x1b[2m",
    Action.DERIVE: "\x1b[36m",
    Action.RESTORE: "\x1b[36m",
    Action.FETCH: "\x1b[36m",
    Action.DRAW: "\x1b[33m",
    Action.FROZEN: "\x1b[2m",
    Action.BLOCKED: "\x1b[31m",
    Action.REMOVE: "\x1b[35m",
}
_COMPANION_WORDS: Final = "it speaks of the target's files"
_QUIET: Final = frozenset({Action.UP_TO_DATE, Action.FROZEN})


# --- text -------------------------------------------------------------------------


def as_text(
    plan: Plan,
    *,
    budget_usd: float | None = None,
    paid_usd: float = 0.0,
    color: bool = False,
    verbose: bool = False,
) -> str:
    """Return one line an asset (all of them if `verbose`), and the totals."""
    shown = [each for each in plan.assets if verbose or _is_news(each)]
    width = min(max((len(each.name) for each in shown), default=0), _WIDEST_NAME)
    askers = _askers(plan)
    lines = [_asset_line(each, width, askers, color=color) for each in shown]
    for path in plan.removals:
        action = _painted(Action.REMOVE, color=color)
        lines.append(
            f"{action}  {escape_terminal(path)}  no output declares it any more"
        )
    for path in plan.companions:
        action = _painted(Action.DERIVE, color=color)
        lines.append(f"{action}  {escape_terminal(path)}  {_COMPANION_WORDS}")
    if lines:
        lines.append("")
    return "\n".join([*lines, *totals_text(plan, budget_usd, paid_usd)]) + "\n"


def _is_news(asset: PlannedAsset) -> bool:
    """Return whether a reader should see the asset: work, or somebody's edits."""
    if asset.action not in _QUIET:
        return True
    return any(isinstance(why, OutputEdited | OutputForeign) for why in asset.reasons)


def totals_text(
    plan: Plan, budget_usd: float | None = None, paid_usd: float = 0.0
) -> list[str]:
    """Return the last lines of a plan: what there is to do and what it costs.

    Args:
        paid_usd: What earlier builds of the project have paid.
    """
    count = plan.by_action()
    idle = count.pop(Action.UP_TO_DATE.value, 0)
    frozen = count.pop(Action.FROZEN.value, 0)
    rest = f"{counted(idle, 'asset')} up to date" + (
        f", {frozen} frozen" if frozen else ""
    )
    if not count and not plan.companions:
        return [f"Nothing to do: {rest}."]
    parts = [_action_count(action, number) for action, number in count.items()]
    if plan.companions:
        parts.append(f"{counted(len(plan.companions), 'file')} beside them to write")
    lines = [f"Plan: {', '.join(parts)}{f'; {rest}' if idle or frozen else ''}."]
    draws = plan.draws()
    if draws:
        lines.append(_price_line(plan, budget_usd))
        if paid_usd and plan.estimate_usd() != 0:
            lines.append(f"Paid so far: {dollars(paid_usd)}.")
    return lines


def _price_line(plan: Plan, budget_usd: float | None) -> str:
    """Return what all draws cost, as far as that is known."""
    draws, price = counted(plan.draws(), "draw"), plan.estimate_usd()
    calls = tuple(plan.calls())
    kind = _worst_kind(each for each in calls if each.estimate.usd is not None)
    if price is not None:
        text = money_text(price, kind)
        return f"Price: {text} for {draws}{_budget_text(price, budget_usd)}."
    open_ = [each for each in calls if each.estimate.usd is None]
    known_usd = sum(each.estimate.usd or 0.0 for each in calls)
    of = f"{sum(each.draws for each in open_)} of {draws}"
    if len(open_) == len(calls):
        of = draws
    rest = f" the others cost {money_text(known_usd, kind)};" if known_usd else ""
    return f"Price: not known for {of};{rest} --assume-cost says what to expect."


def counted(number: int, noun: str) -> str:
    """Return ``1 asset`` or ``2 assets``."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def dollars(usd: float) -> str:
    """Return a sum in US dollars; small ones with four decimals, none as ``free``."""
    if usd == 0:
        return "free"
    return f"${usd:.4f}" if usd < 0.1 else f"${usd:.2f}"


def _askers(plan: Plan) -> dict[Key | None, str]:
    """Return which asset asks for the draws of a request that several assets make."""
    return {each.key: each.name for each in reversed(plan.calls())}


def _asset_line(
    asset: PlannedAsset, width: int, askers: Mapping[Key | None, str], *, color: bool
) -> str:
    words = reasons_text(asset.reasons) or _default_words(asset.action)
    line = f"{_painted(asset.action, color=color)}  {escape_terminal(asset.name):<{width}}  {words}"
    if asset.draws:
        price = money_text(asset.estimate.usd, asset.estimate.kind)
        line += f"  ({counted(asset.draws, 'draw')}, {price})"
    elif asset.action is Action.DRAW and asset.key in askers:
        line += (
            f"  (the same request as {escape_terminal(askers[asset.key])}, paid once)"
        )
    return line.rstrip()


def _default_words(action: Action) -> str:
    return "" if action in _QUIET else "as the store and the files stand"


def _painted(action: Action, *, color: bool) -> str:
    text = f"{action.value:<10}"
    return f"{_COLORS[action]}{text}{_RESET}" if color else text


def _action_count(action: str, number: int) -> str:
    if action == Action.REMOVE.value:
        return f"{counted(number, 'file')} to remove"
    if action == Action.BLOCKED.value:
        return f"{number} blocked"
    return f"{number} to {action}"


def money_text(usd: float | None, kind: str) -> str:
    """Return a price and how sure it is."""
    if usd is None:
        return "price not known"
    if usd == 0:
        return "free"
    return dollars(usd) if kind == "formula" else f"{dollars(usd)} ({kind})"


def _budget_text(estimate_usd: float | None, budget_usd: float | None) -> str:
    if budget_usd is None or not estimate_usd:
        return ""
    if estimate_usd > budget_usd:
        return (
            f", over the budget of {_cap(budget_usd)} "
            "(--max-cost raises yours, `build_usd` the spec's)"
        )
    left_usd = budget_usd - estimate_usd
    return f", budget {_cap(budget_usd)} (leaves {_cap(left_usd)})"


def _cap(usd: float) -> str:
    return dollars(usd) if usd else "$0.00"


def _left_usd(estimate_usd: float | None, budget_usd: float | None) -> float | None:
    """Return what a plan leaves of the budget, below zero if it costs more than that."""
    if estimate_usd is None or budget_usd is None:
        return None
    return round(budget_usd - estimate_usd, 9)


def _worst_kind(assets: Iterable[PlannedAsset]) -> str:
    order = ("formula", "estimate", "worst case")
    kinds = [order.index(each.estimate.kind) for each in assets if each.draws]
    return order[max(kinds, default=0)]


# --- JSON -------------------------------------------------------------------------


def as_data(
    plan: Plan, budget_usd: float | None = None, paid_usd: float = 0.0
) -> dict[str, Json]:
    """Return the plan as `schemas/plan.schema.json` describes it."""
    by_action: dict[str, Json] = dict(plan.by_action())
    return {
        "plan": 1,
        "assets": [
            *(_asset_data(each) for each in plan.assets),
            *(_removal_data(path) for path in plan.removals),
            *(_companion_data(path) for path in plan.companions),
        ],
        "summary": {
            "changes": plan.changes(),
            "draws": plan.draws(),
            "estimate_usd": plan.estimate_usd(),
            "budget_usd": budget_usd,
            "budget_left_usd": _left_usd(plan.estimate_usd(), budget_usd),
            "paid_usd": paid_usd,
            "by_action": by_action,
        },
    }


def as_json(plan: Plan, budget_usd: float | None = None, paid_usd: float = 0.0) -> str:
    """Return the plan as one JSON document."""
    data = as_data(plan, budget_usd, paid_usd)
    return json.dumps(data, indent=2, ensure_ascii=False) + "\n"


def _asset_data(asset: PlannedAsset) -> dict[str, Json]:
    return {
        "name": asset.name,
        "action": asset.action.value,
        "reasons": [reason_json(each) for each in asset.reasons],
        "draws": asset.draws,
        "estimate_usd": asset.estimate.usd,
        "estimate": asset.estimate.kind,
        "key": asset.key,
        "outputs": [
            {"path": path, "action": each.action.value}
            for each in asset.outputs
            for path in each.shown_paths
        ],
    }


def _removal_data(path: str) -> dict[str, Json]:
    """Return a file that nobody declares any more; it belongs to no asset."""
    return {
        "name": None,
        "action": Action.REMOVE.value,
        "reasons": [{"kind": "output-removed", "path": path}],
        "draws": 0,
        "estimate_usd": 0.0,
        "estimate": "formula",
        "key": None,
        "outputs": [{"path": path, "action": Action.REMOVE.value}],
    }


def _companion_data(path: str) -> dict[str, Json]:
    """Return a file that speaks of several assets; it belongs to none of them."""
    return {
        **_removal_data(path),
        "action": Action.DERIVE.value,
        "reasons": [{"kind": "companion", "path": path}],
        "outputs": [{"path": path, "action": Action.DERIVE.value}],
    }


# --- Markdown and GitHub ------------------------------------------------------------


def as_markdown(
    plan: Plan, budget_usd: float | None = None, paid_usd: float = 0.0
) -> str:
    """Return the plan as a table for a pull request's comment."""
    rows = [
        f"| {each.action.value} | {code_span(each.name)} "
        f"| {escape_markdown(reasons_text(each.reasons))} | {_price_cell(each)} |"
        for each in plan.assets
        if _is_news(each)
    ]
    rows += [
        f"| remove | {code_span(path)} | no output declares it any more | |"
        for path in plan.removals
    ]
    rows += [
        f"| derive | {code_span(path)} | {escape_markdown(_COMPANION_WORDS)} | |"
        for path in plan.companions
    ]
    head = ["| action | asset | why | price |", "| --- | --- | --- | --- |"]
    table = [*head, *rows, ""] if rows else []
    last = totals_text(plan, budget_usd, paid_usd)
    totals = [escape_markdown(line) + "  " for line in last]
    return "\n".join(["### assetgen plan", "", *table, *totals]).rstrip() + "\n"


def as_github(
    plan: Plan, budget_usd: float | None = None, paid_usd: float = 0.0
) -> str:
    """Return the plan as a folded group of log lines and one notice."""
    body = [
        _not_a_command(line)
        for line in as_text(plan, budget_usd=budget_usd, paid_usd=paid_usd).splitlines()
    ]
    totals = " ".join(totals_text(plan, budget_usd, paid_usd))
    safe = totals.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    lines = ["::group::assetgen plan", *body, "::endgroup::"]
    return "\n".join([*lines, f"::notice title=assetgen plan::{safe}"]) + "\n"


def _not_a_command(line: str) -> str:
    """Return the line so that no workflow command starts in it."""
    return line.replace("::", ": :").replace("##[", "# #[")


def code_span(text: str) -> str:
    """Return `text` as a Markdown code span that nothing in it can leave."""
    inner = (
        " ".join(escape_terminal(text).split()).replace("`", "'").replace("|", "\\|")
    )
    return f"`{inner}`"


def escape_markdown(text: str) -> str:
    """Return `text` so that Markdown and HTML in it stay inert, on one line."""
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    escaped = "".join(f"\\{char}" if char in "\\`*_[]|~#!" else char for char in text)
    # A mention would notify people; the invisible joiner keeps it from being one.
    return " ".join(escaped.replace("@", "@\u2060").split())


def _price_cell(asset: PlannedAsset) -> str:
    if not asset.draws:
        return ""
    return escape_markdown(money_text(asset.estimate.usd, asset.estimate.kind))
