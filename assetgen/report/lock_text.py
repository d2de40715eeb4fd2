"""What became of a conflicted lock, in words; pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assetgen.report.diagnostics import escape_terminal
from assetgen.report.plan_text import counted

if TYPE_CHECKING:
    from assetgen.lockmerge import Merged
    from assetgen.relock import Resolved

_LISTED = 10
_WORDS = {
    "ours": "ours",
    "theirs": "theirs",
    "store": "from the store",
    "nobody": "no line",
}


def resolved_text(resolved: Resolved) -> str:
    """Return one line a decision, and what to do next."""
    path = escape_terminal(resolved.path)
    if not resolved.decisions:
        return f"{path} has no conflict: nothing to do"
    lines = [
        f"{escape_terminal(each.asset) or path}: {_WORDS[each.choice]}, {each.reason}"
        for each in resolved.decisions
    ]
    waiting = [each.asset for each in resolved.decisions if each.needs_draw]
    lines.append(f"wrote {path}: {counted(len(resolved.decisions), 'decision')}")
    if waiting:
        verb = "needs" if len(waiting) == 1 else "need"
        lines.append(
            f"{counted(len(waiting), 'asset')} {verb} a draw, because the spec asks for "
            f"something else by now: {_listed(waiting)}"
        )
    lines.append(f"next: `assetgen plan`, then `git add {path}`")
    return "\n".join(lines)


def disputed_text(merged: Merged) -> str:
    """Return what a merge left for people."""
    names = [str(name) for name in merged.disputed]
    return (
        f"assets.lock: {counted(len(names), 'asset')} changed on both sides: "
        f"{_listed(names)}\n"
        "  hint: merge the spec first, then run `assetgen lock --resolve`"
    )


def _listed(names: list[str]) -> str:
    shown = ", ".join(escape_terminal(name) for name in names[:_LISTED])
    return shown + (", ..." if len(names) > _LISTED else "")
