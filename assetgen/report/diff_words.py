"""What a difference is called in words, for every form it is shown in; pure.

Nothing is escaped here: what a spec or a provider wrote is given in a `Phrase` beside our
own words, and each form escapes it in its own way.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from assetgen.report.plan_text import counted

if TYPE_CHECKING:
    from assetgen.differences import Change, Difference, FieldChange, Side

STATES: Final = {
    "locked": "",
    "frozen": "frozen",
    "to-draw": "to be drawn",
    "not-locked": "drawn here, not locked yet",
    "free": "",
    "blocked": "cannot be built",
    "gone": "",
}
_GUESSES: Final = {
    "same file": "it writes the same file",
    "like words": "most words of the prompt are the same",
}
_SURE: Final = {"formula": "", "estimate": "about ", "worst case": "at most "}
_SHARE_SHOWN: Final = 0.001


class Phrase(NamedTuple):
    """Words of ours around one text of others.

    Attributes:
        lead: Before it.
        quoted: From a spec, a file name or a provider; may be empty.
        tail: After it.
    """

    lead: str
    quoted: str = ""
    tail: str = ""


def usd(amount: float) -> str:
    """Return a sum in US dollars; small ones with four decimals."""
    return f"${amount:.2f}" if amount == 0 or amount >= 0.1 else f"${amount:.4f}"


def summary_parts(difference: Difference) -> tuple[str, ...]:
    """Return the figures of the whole, the number of changes first."""
    totals = difference.totals
    spent = f"{usd(totals.spent_usd)} spent"
    if totals.unpriced:
        spent += f" (and {counted(totals.unpriced, 'draw')} of unknown price)"
    to_spend = f"{usd(totals.to_spend_usd)} to spend"
    if totals.unestimated:
        to_spend += f" (and {counted(totals.unestimated, 'draw')} of unknown price)"
    return (
        f"{totals.changed} changed",
        spent,
        to_spend,
        f"{totals.not_locked} not locked",
    )


def compared_with(difference: Difference) -> Phrase:
    """Return what the work tree was compared with."""
    commit = difference.commit[:10]
    if difference.commit.startswith(difference.base):
        return Phrase("compared with ", commit)
    if difference.forked:
        return Phrase(
            "compared with ", difference.base, f", where this branch left it ({commit})"
        )
    return Phrase("compared with ", difference.base, f" ({commit})")


def kinds(difference: Difference) -> str:
    """Return how many there are of each kind; empty for none."""
    found = (f"{number} {kind}" for kind, number in difference.totals.by_kind)
    return ", ".join(found)


def guess_words(change: Change) -> str:
    """Return why an old name is a guess; empty where it is none."""
    if not change.guess:
        return ""
    return f"the old name is a guess: {_GUESSES[change.guess]}"


def field_words(field: FieldChange) -> str:
    """Return what became of a field, its name apart and its values left out."""
    if not field.old:
        return "added" if field.name.startswith("outputs ") else "set"
    if not field.new:
        return "removed" if field.name.startswith("outputs ") else "not set any more"
    return "changed"


def place_of(file: str, line: int) -> str:
    """Return ``file:line``, or what of it is known."""
    return f"{file}:{line}" if line else file


def picture_words(side: Side | None) -> str:
    """Return size, format and bytes of what is shown, or why nothing is."""
    if side is None:
        return ""
    picture = side.picture
    if picture is None:
        return side.missing or "no picture of it is here"
    where = {"git": ", from git", "folder": ", from the folder"}.get(picture.origin, "")
    size = f"{picture.width}x{picture.height} " if picture.width else ""
    return f"{size}{picture.format}, {size_words(picture.bytes)}{where}"


def size_words(number: int) -> str:
    """Return a number of bytes as people read it."""
    if number < 1000:
        return f"{number} bytes"
    if number < 1_000_000:
        return f"{number / 1000:.1f} kB"
    return f"{number / 1_000_000:.1f} MB"


def likeness_words(change: Change) -> str:
    """Return how far the pictures are apart; empty where that is not known."""
    found = change.likeness
    if found is None:
        return ""
    if found.changed_share == 0 and found.distance == 0:
        shown = change.after.picture if change.after is not None else None
        if shown is not None and shown.origin == "folder" and change.fields:
            return "the file is the same"  # it may not have been built since
        return "the same picture"
    words = f"distance {found.distance:.2f}"
    if found.changed_share is None:
        return f"another size, {words}"
    share = found.changed_share
    part = "under 0.1" if 0 < share < _SHARE_SHOWN else f"{share * 100:.1f}"
    return f"{part} % of the pixels differ, {words}"


def draw_words(change: Change) -> str:
    """Return what became of the draws and the pick; empty for nothing."""
    before, after = change.before, change.after
    if before is None or after is None or change.state == "free":
        return ""
    if not change.new_draws:
        # Draws of another request have other numbers: there is nothing to compare.
        moved = before.key == after.key and before.pick != after.pick
        if not moved or before.pick is None or after.pick is None:
            return ""
        return f"draw {after.pick_number} picked in place of draw {before.pick_number}"
    new = counted(len(change.new_draws), "new draw")
    return f"{new}, draw {after.pick_number} of {len(after.draws)} picked"


def money_words(change: Change) -> str:
    """Return what was paid and what will be; empty where it is free."""
    words = []
    if change.paid_usd:
        words.append(f"{usd(change.paid_usd)} paid")
    if change.unpriced:
        words.append(f"{counted(change.unpriced, 'draw')} of unknown price")
    if change.to_draw and change.state != "free":
        draws = counted(change.to_draw, "draw")
        if change.estimate_usd is None:
            words.append(f"{draws} to come, price not known")
        else:
            sure = _SURE[change.estimate_kind]
            words.append(f"{sure}{usd(change.estimate_usd)} for {draws} to come")
    return ", ".join(words)


def state_words(change: Change) -> str:
    """Return what is to be known of the asset's state; empty for nothing."""
    words = STATES[change.state]
    if change.state == "to-draw":
        return f"{words}, not locked"
    return words


def importance(change: Change) -> tuple[int, float]:
    """Return what to sort by: what costs money first, then what looks most different."""
    money = change.paid_usd + (change.estimate_usd or 0.0)
    far = change.likeness.distance if change.likeness is not None else 0.0
    if change.is_not_locked or change.to_draw:
        return 0, -money
    if change.kind in {"picked", "redrawn"} or far:
        return 1, -far
    if change.kind in {"added", "removed"}:
        return 2, -money
    return 3, -float(len(change.fields))
