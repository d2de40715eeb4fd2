"""What `pick` and `reroll` did, in words; pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assetgen.report.diagnostics import escape_terminal
from assetgen.report.plan_text import counted, money_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from assetgen.decide import PlannedAsset
    from assetgen.digest import Digest

_LISTED = 10


def price_text(asset: PlannedAsset, budget_usd: float) -> str:
    """Return what will be asked for and what it costs, before it is."""
    price = money_text(asset.estimate.usd, asset.estimate.kind)
    return (
        f"{escape_terminal(asset.name)}: {counted(asset.draws, 'new draw')}, {price}; "
        f"the budget is ${budget_usd:.2f}."
    )


def picked_text(
    name: str, number: int, digest: Digest, before: Digest | None, *, waits: bool
) -> str:
    """Return which draw is the picture now.

    Args:
        before: What the lock had.
        waits: Whether its files are left to the next build.
    """
    shown = f"draw {number} ({digest[:12]})"
    if before == digest:
        line = f"{escape_terminal(name)}: {shown} is the picture already."
    else:
        was = f", no longer {before[:12]}" if before is not None else ""
        line = f"{escape_terminal(name)}: {shown} is the picture now{was}."
    if waits:
        line += (
            "\nIts files come with the next build, which has something to draw first."
        )
    return line


def redrawn_text(name: str, draws: Mapping[int, Digest], picked: Digest | None) -> str:
    """Return which draws are new, and what can be done with those that are not shown."""
    shown = escape_terminal(name)
    if not draws:
        return f"{shown}: no new draw was banked."
    listed = ", ".join(f"{number} ({digest[:12]})" for number, digest in draws.items())
    line = f"{shown}: {counted(len(draws), 'new draw')}: {listed}"
    if picked is not None:
        number = next(at for at, digest in draws.items() if digest == picked)
        return f"{line}; draw {number} is the picture now."
    first = next(iter(draws))
    return f"{line}; the picture stays as it was. `assetgen pick {shown} {first}` takes it."


def dependents_text(name: str, assets: tuple[PlannedAsset, ...] | None) -> str:
    """Return what the next build does because of a new picture; empty for nothing."""
    if assets is None:
        return "What depends on it cannot be told now; `assetgen plan` says why."
    if not assets:
        return ""
    lines = [
        f"What depends on {escape_terminal(name)} is left to the next `assetgen build`:"
    ]
    for each in assets[:_LISTED]:
        line = f"  {each.action.value:<8} {escape_terminal(each.name)}"
        if each.draws:
            price = money_text(each.estimate.usd, each.estimate.kind)
            line += f" ({counted(each.draws, 'draw')}, {price})"
        lines.append(line)
    if len(assets) > _LISTED:
        lines.append(f"  and {len(assets) - _LISTED} more")
    return "\n".join(lines)
