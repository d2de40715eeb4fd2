"""A difference as Markdown: one comment of a pull request, or a job's whole summary; pure.

Pictures first, side by side; what changed in which line folded below. What does not fit
is left out from the least important on: first the full prompts, then the details, then
rows of the table; how much was left out is said at the end.

Everything that a spec or a provider wrote stands in code spans and fences, which nothing
in it can leave (`report.markdown`).

Source: GitHub Docs: a comment takes 65,536 characters, a step's summary 1 MiB.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final, NamedTuple

from assetgen.report import diff_words
from assetgen.report.markdown import code, fence, folded, html, inline
from assetgen.report.plan_text import counted
from assetgen.report.word_diff import compare_words, exchanges

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from assetgen.differences import Change, Difference, FieldChange, Side

MARKER: Final = "<!-- assetgen:report -->"
"""First line of a comment, by which the next run finds it again."""

MOST_COMMENT: Final = 59_000
"""Characters."""

MOST_SUMMARY_BYTES: Final = 890_000
_TAIL_ROOM: Final = 400
_HEAD: Final = (
    "| asset | before | after | what changed |",
    "| --- | --- | --- | --- |",
)
_LONGEST_VALUE: Final = 300
_LONGEST_PROMPT: Final = 8_000
_LONGEST_EXCERPT: Final = 120
_LONGEST_NOTE: Final = 600
_MOST_NOTES: Final = 10
_FIELDS_IN_ROW: Final = 4


class Shown(NamedTuple):
    """How pictures get into a comment.

    Attributes:
        url: Gives the address of a side's picture; None where it has none.
        width: Of a picture in the table, in px.
    """

    url: Callable[[Side], str | None]
    width: int = 200


def as_comment(
    difference: Difference, shown: Shown | None = None, report: str = ""
) -> str:
    """Return one comment of less than 60,000 characters that begins with the marker.

    Args:
        difference: What differs.
        shown: Where pictures are; None where only an attached report has them.
        report: Address of the page that it is attached to, of our own making; empty for
            none.
    """
    head = f"{MARKER}\n{_summary(difference)}"
    if shown is None and any(_has_pictures(each) for each in difference.changes):
        where = "the report that is attached to this run"
        head += (
            f"\nThe pictures are in {f'[{where}]({report})' if report else where}.\n"
        )
    return _fitted(head, difference, shown, MOST_COMMENT, len)


def as_markdown(difference: Difference, shown: Shown | None = None) -> str:
    """Return the whole as Markdown of less than 900 kB."""
    head = f"### Assets\n\n{_summary(difference)}"
    return _fitted(head, difference, shown, MOST_SUMMARY_BYTES, _bytes)


def _bytes(text: str) -> int:
    return len(text.encode("utf-8", "replace"))


def _has_pictures(change: Change) -> bool:
    sides = (change.before, change.after)
    return any(side is not None and side.picture is not None for side in sides)


def _summary(difference: Difference) -> str:
    changed, *others = diff_words.summary_parts(difference)
    against = diff_words.compared_with(difference)
    found = diff_words.kinds(difference) or "Nothing differs"
    lines = [
        ", ".join((f"**{changed}**", *others)),
        "",
        f"{found}; {against.lead}{code(against.quoted)}{against.tail}.",
    ]
    for note in difference.notes[:_MOST_NOTES]:
        lines += ["", f"> {inline(note[:_LONGEST_NOTE])}"]
    return "\n".join(lines) + "\n"


# --- what fits ----------------------------------------------------------------------


def _fitted(
    head: str,
    difference: Difference,
    shown: Shown | None,
    limit: int,
    size: Callable[[str], int],
) -> str:
    """Return head, table and details; what is least important gives way first."""
    changes = difference.changes
    by_rank = sorted(
        range(len(changes)), key=lambda at: (*diff_words.importance(changes[at]), at)
    )
    room = limit - size(head) - size("\n".join(_HEAD)) - _TAIL_ROOM
    rows: dict[int, str] = {}
    for at in by_rank:
        row = _row(changes[at], shown)
        if size(row) + 1 > room:
            break
        rows[at] = row
        room -= size(row) + 1
    details: dict[int, str] = {}
    for at in rows:
        text = _details(changes[at], whole=False)
        if text and size(text) + 1 <= room:
            details[at] = text
            room -= size(text) + 1
    cut = 0
    for at, short in details.items():
        text = _details(changes[at], whole=True)
        more = size(text) - size(short)
        if more > room:
            cut += 1
            continue
        details[at] = text
        room -= more
        cut += any(map(_is_too_long, changes[at].fields))
    all_details = sum(bool(changes[at].fields or changes[at].inputs) for at in rows)
    lacking = all_details - len(details)
    last = _left_out(len(changes) - len(rows), lacking, cut)
    parts = [head]
    if rows:
        parts.append("\n".join([*_HEAD, *(rows[at] for at in sorted(rows))]) + "\n")
    parts += [details[at] for at in sorted(details)]
    return "\n".join([*parts, *last])


def _left_out(rows: int, details: int, prompts: int) -> list[str]:
    """Return what the text says of what is not in it."""
    said = []
    if rows:
        said.append(f"{counted(rows, 'further change')} not listed")
    if details:
        said.append(f"details of {counted(details, 'change')} left out")
    if prompts:
        said.append(f"full texts of {counted(prompts, 'change')} left out")
    if not said:
        return []
    return [
        f"_Shortened to fit: {'; '.join(said)}. `assetgen diff` shows all of it._\n"
    ]


# --- one change ---------------------------------------------------------------------


def _row(change: Change, shown: Shown | None) -> str:
    name = code(change.name, cell=True)
    if change.old_name:
        name = f"{code(change.old_name, cell=True)} → {name}"
    cells = (
        f"{name}<br>{change.kind}",
        _picture_cell(change.before, "before", shown),
        _picture_cell(change.after, "after", shown),
        "<br>".join(_short_facts(change)),
    )
    return f"| {' | '.join(cells)} |"


def _picture_cell(side: Side | None, word: str, shown: Shown | None) -> str:
    if side is None:
        return ""
    words = diff_words.picture_words(side)
    if side.picture is None:
        words = inline(words[:_LONGEST_VALUE])
    url = shown.url(side) if shown is not None else None
    return f"![{word}]({url})<br>{words}" if url else words


def _short_facts(change: Change) -> list[str]:
    """Return what changed, for a cell of the table."""
    facts = [f"_{guess}_"] if (guess := diff_words.guess_words(change)) else []
    files = [each for each in change.fields if each.name.startswith("outputs ")]
    others = [each for each in change.fields if not each.name.startswith("outputs ")]
    for field in others[:_FIELDS_IN_ROW]:
        name = inline(field.name)
        if field.words:
            facts.append(f"{name}: {_words(field, _LONGEST_EXCERPT, cell=True)}")
        elif diff_words.field_words(field) == "changed":
            old, new = (_brief(each, cell=True) for each in (field.old, field.new))
            facts.append(f"{name}: {old} → {new}")
        else:
            became = diff_words.field_words(field)
            facts.append(f"{name} {became}{_once(field, cell=True)}")
    if len(others) > _FIELDS_IN_ROW:
        facts.append(f"{len(others) - _FIELDS_IN_ROW} more fields")
    fates = Counter(diff_words.field_words(each) for each in files)
    facts += [f"{counted(number, 'output')} {word}" for word, number in fates.items()]
    if change.inputs:
        facts.append(f"{counted(len(change.inputs), 'input picture')} changed")
    words = (
        diff_words.likeness_words(change),
        diff_words.draw_words(change),
        diff_words.money_words(change),
    )
    facts += [each.replace("$", "\\$") for each in words if each]
    if state := diff_words.state_words(change):
        facts.append(f"**{state}**")
    return facts


def _words(field: FieldChange, most: int, *, cell: bool = False) -> str:
    """Return the words that changed: old ones struck out, new ones underlined."""
    parts: list[str] = []
    for each in exchanges(compare_words(field.old, field.new), most):
        if parts:
            parts.append("…")
        if each is None:
            break
        if old := code(each.old, cell=cell):
            parts.append(f"<del>{old}</del>")
        if new := code(each.new, cell=cell):
            parts.append(f"<ins>{new}</ins>")
    return " ".join(parts) or "only white space changed"


def _brief(text: str, *, cell: bool = False) -> str:
    shown = " ".join(text.split())
    most = _LONGEST_EXCERPT // 2 if cell else _LONGEST_VALUE
    shown = shown if len(shown) <= most else shown[: most - 1] + "…"
    return code(shown, cell=cell)


def _details(change: Change, *, whole: bool) -> str:
    """Return the folded part of a change; empty where the table says all."""
    if not change.fields and not change.inputs:
        return ""
    side = change.after or change.before
    lines: list[str] = []
    if side is not None and side.file:
        lines.append(f"In {code(diff_words.place_of(side.file, side.line))}:\n")
    lines += [_field(field, whole=whole) for field in change.fields]
    for each in change.inputs:
        pending = ", to be drawn first" if each.pending else " now"
        lines.append(f"- {code(each.name)} is another picture{pending}")
    return folded(html(change.name), "\n".join(lines))


def _field(field: FieldChange, *, whole: bool) -> str:
    where = (
        f" ({code(diff_words.place_of(field.file, field.line))})" if field.line else ""
    )
    name = code(field.name)
    words = diff_words.field_words(field)
    if field.words:
        text = f"- {name}{where}: {_words(field, _LONGEST_VALUE)}"
        if whole and not _is_too_long(field):
            text += "\n" + _both(field)
        return text
    if words == "changed":
        return f"- {name}{where}: {_brief(field.old)} → {_brief(field.new)}"
    return f"- {name} {words}{where}{_once(field)}"


def _once(field: FieldChange, *, cell: bool = False) -> str:
    """Return the value of a field that only one side has, as the end of a sentence."""
    if field.new:
        return f": {_brief(field.new, cell=cell)}"
    return f" (was {_brief(field.old, cell=cell)})"


def _is_too_long(field: FieldChange) -> bool:
    """Return whether a text is shown by its changed words only."""
    return field.words and len(field.old) + len(field.new) > _LONGEST_PROMPT


def _both(field: FieldChange) -> str:
    """Return both texts in a fence, the old one's lines marked with minus."""
    old = [f"- {line}" for line in field.old.split("\n") if field.old]
    new = [f"+ {line}" for line in field.new.split("\n") if field.new]
    block = fence("\n".join([*old, *new]), "diff")
    # Indented, so that it belongs to the entry of the list.
    return "\n".join(f"  {line}" for line in block.rstrip("\n").split("\n"))


def url_of(base: str, names: Mapping[str, str]) -> Callable[[Side], str | None]:
    """Return a function that gives the address of a side's picture.

    Args:
        base: Where the pictures are served; ``{name}`` in it stands for the file's name,
            else that is put behind it.
        names: Names of the files by the digest of the picture.
    """

    def url(side: Side) -> str | None:
        name = names.get(side.picture.digest) if side.picture is not None else None
        if name is None:
            return None
        if "{name}" in base:
            return base.replace("{name}", name)
        return f"{base.rstrip('/')}/{name}"

    return url


__all__: Sequence[str] = ("MARKER", "Shown", "as_comment", "as_markdown", "url_of")
