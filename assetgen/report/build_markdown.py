"""How a build went, as Markdown for a job's page; pure.

What went wrong comes first, then what was built. Everything of the spec's and of
providers' is inert.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from assetgen.report.markdown import code, inline
from assetgen.report.plan_text import counted, dollars
from assetgen.report.summary import put_back_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assetgen.errors import Diagnostic
    from assetgen.report.junit import Ends
    from assetgen.report.summary import Tally

MOST_ROWS: Final = 200
_IDLE: Final = frozenset({"up-to-date", "frozen"})


def as_markdown(
    tally: Tally, ends: Ends, found: Sequence[Diagnostic], *, title: str, ending: str
) -> str:
    """Return the summary of a build.

    Args:
        tally: After the last event.
        ends: The same events, by asset.
        found: What kept the command from its work; () where nothing did.
        title: Which command on which spec, in our own words or escaped.
        ending: How the command ended, in our own words.
    """
    problems = [*found, *(each for each in tally.diagnostics if each not in found)]
    blocks = [
        f"### {title}: {ending}",
        _totals(tally, ends),
        _problem_table(problems),
        _unknown_text(tally),
        _built_table(ends),
    ]
    return "\n\n".join(each for each in blocks if each) + "\n"


def _totals(tally: Tally, ends: Ends) -> str:
    """Return the line of numbers; empty if nothing began."""
    summary = tally.summary
    if summary is None:
        return ""
    started = {*ends.finished, *ends.failed, *ends.blocked}
    numbers = {
        "built": summary.built,
        "up to date": summary.up_to_date,
        "failed": summary.failed,
        "blocked": summary.blocked,
        "not started": len([each for each in ends.to_do if each not in started]),
    }
    parts = [f"**{number} {word}**" for word, number in numbers.items() if number]
    if summary.written:
        parts.append(f"{counted(summary.written, 'file')} written")
    if summary.draws:
        drawn = f"{counted(summary.draws, 'picture')} drawn"
        parts.append(f"{drawn}, {_dollars(summary.cost_usd)}")
    if summary.placeholders:
        parts.append(f"{counted(summary.placeholders, 'placeholder')}")
    return ", ".join(parts)


def _problem_table(problems: Sequence[Diagnostic]) -> str:
    if not problems:
        return ""
    rows = []
    for each in problems[:MOST_ROWS]:
        where = "" if each.excerpt is None else code(str(each.excerpt.span), cell=True)
        words = inline(each.message)
        if each.hint:
            words += f"<br>hint: {inline(each.hint)}"
        rows.append(f"| {each.severity} | {where} | {words} |")
    return _table(("", "where", "what"), rows, len(problems))


def _unknown_text(tally: Tally) -> str:
    if not tally.unknown:
        return ""
    names = [code(each.asset) for each in tally.unknown[:20]]
    more = len(tally.unknown) - len(names)
    listed = ", ".join(names) + (f" and {more} more" if more > 0 else "")
    return f"Outcome unknown, maybe charged: {listed}"


def _built_table(ends: Ends) -> str:
    built = [each for each in ends.finished.values() if each.action not in _IDLE]
    rows = []
    for each in built[:MOST_ROWS]:
        usd = ends.cost_usd.get(each.asset)
        price = "" if usd is None else _dollars(usd)
        back = inline(put_back_text(each.put_back_share).removeprefix("; "))
        rows.append(
            f"| {code(each.asset, cell=True)} | {each.action} | {len(each.written)} "
            f"| {price} | {each.duration_s:.1f} s | {back} |"
        )
    head = ("asset", "action", "files written", "price", "took", "")
    return _table(head, rows, len(built))


def _dollars(usd: float) -> str:
    """Return a sum; two bare dollar signs on a line would be a formula."""
    return dollars(usd).replace("$", "\\$")


def _table(head: tuple[str, ...], rows: Sequence[str], count: int) -> str:
    """Return a table, with a line below that counts the rows it leaves out."""
    if not rows:
        return ""
    lines = [f"| {' | '.join(head)} |", f"|{' --- |' * len(head)}", *rows]
    if count > len(rows):
        lines += ["", f"and {count - len(rows):,} more"]
    return "\n".join(lines)
