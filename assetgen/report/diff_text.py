"""A difference for people at a terminal: a block an asset, prompts word by word; pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from assetgen.report import diff_words
from assetgen.report.diagnostics import escape_terminal
from assetgen.report.word_diff import as_text as words_text
from assetgen.report.word_diff import compare_words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from assetgen.differences import Change, Difference, FieldChange

_RESET: Final = "\x1b[0m"
_COLORS: Final = {
    "added": "\x1b[32m",
    "removed": "\x1b[31m",
    "changed": "\x1b[33m",
    "renamed": "\x1b[36m",
    "redrawn": "\x1b[33m",
    "picked": "\x1b[36m",
}
_LONGEST: Final = 200


def as_text(
    difference: Difference, *, color: bool = False, verbose: bool = False
) -> str:
    """Return a block an asset and the figures of the whole.

    Args:
        difference: What differs.
        color: Whether to colour kinds and words.
        verbose: Show values in full, and digests.
    """
    lines: list[str] = []
    for change in difference.changes:
        lines += _block(change, color=color, verbose=verbose)
        lines.append("")
    lines += [f"note: {escape_terminal(each)}" for each in difference.notes]
    against = diff_words.compared_with(difference)
    compared = f"{against.lead}{escape_terminal(against.quoted)}{against.tail}"
    if not difference.changes:
        lines.append(f"Nothing differs, {compared}.")
    else:
        found = diff_words.kinds(difference)
        lines.append(f"{', '.join(diff_words.summary_parts(difference))}: {found};")
        lines.append(f"{compared}.")
    return "\n".join(lines) + "\n"


def _block(change: Change, *, color: bool, verbose: bool) -> Iterator[str]:
    kind = f"{change.kind:<8}"
    if color:
        kind = f"{_COLORS[change.kind]}{kind}{_RESET}"
    name = escape_terminal(change.name)
    if change.old_name:
        name = f"{escape_terminal(change.old_name)} -> {name}"
    side = change.after or change.before
    where = escape_terminal(diff_words.place_of(side.file, side.line)) if side else ""
    yield f"{kind} {name}  {where}".rstrip()
    if guess := diff_words.guess_words(change):
        yield f"  {guess}"
    for field in change.fields:
        yield from _field(field, color=color, verbose=verbose)
    for each in change.inputs:
        words = (
            "is another picture, to be drawn first"
            if each.pending
            else ("is another picture now")
        )
        yield f"  {escape_terminal(each.name)} {words}"
    yield from (f"  {each}" for each in _facts(change) if each)
    if verbose:
        yield from (f"  new draw {digest}" for digest in change.new_draws)


def _facts(change: Change) -> tuple[str, ...]:
    before = escape_terminal(diff_words.picture_words(change.before))
    after = escape_terminal(diff_words.picture_words(change.after))
    like = diff_words.likeness_words(change)
    pictures = " -> ".join(each for each in (before, after) if each)
    return (
        f"picture: {pictures}{f'; {like}' if like else ''}" if pictures else "",
        diff_words.draw_words(change),
        diff_words.money_words(change),
        diff_words.state_words(change),
    )


def _field(field: FieldChange, *, color: bool, verbose: bool) -> Iterator[str]:
    name = escape_terminal(field.name)
    where = ""
    if field.line:
        where = f" ({escape_terminal(diff_words.place_of(field.file, field.line))})"
    if field.words:
        yield f"  {name}{where}:"
        pieces = compare_words(field.old, field.new)
        text = words_text(pieces, color=color).rstrip("\n")
        yield from (f"    {line}" for line in text.split("\n"))
        return
    old, new = _short(field.old, whole=verbose), _short(field.new, whole=verbose)
    words = diff_words.field_words(field)
    if words == "changed":
        yield f"  {name}: {old} -> {new}{where}"
    elif field.new:
        yield f"  {name} {words}: {new}{where}"
    else:
        yield f"  {name} {words} (was {old})"


def _short(text: str, *, whole: bool) -> str:
    shown = escape_terminal(" ".join(text.split()))
    return shown if whole or len(shown) <= _LONGEST else shown[: _LONGEST - 1] + "…"
