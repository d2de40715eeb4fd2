"""Locks with several sides: a merge of three, and what git left of a failed one; pure.

A lock is merged asset by asset: what one side changed is taken, what both changed in the
same way is taken once, and only what they changed differently is a conflict. So two
branches that touched neighbouring lines, which a merge by lines cannot tell apart, merge
here. Whose line stands for a conflict is decided by `relock`, which knows the spec.
"""

from __future__ import annotations

import enum
import re
from typing import TYPE_CHECKING, Final

from assetgen.lockfile import CONFLICT, HEADER, Lock, LockLine, header_problem
from assetgen.lockline import read_row, row_of
from assetgen.values import Value

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from assetgen.model import AssetName

OURS: Final = "ours"
THEIRS: Final = "theirs"


class Sides(Value):
    """What the sides of a merge say of one asset; None where it has no line.

    Attributes:
        base: Before the two parted, where that is known.
    """

    ours: LockLine | None
    theirs: LockLine | None
    base: LockLine | None = None


class Merged(Value):
    """The outcome of a merge.

    Attributes:
        agreed: Lines that stand.
        disputed: Assets that the sides changed differently.
        unread: Lines that could not be read, with their numbers from 1.
    """

    agreed: Lock
    disputed: Mapping[AssetName, Sides]
    unread: tuple[tuple[int, str], ...] = ()


# --- three locks --------------------------------------------------------------


def merge_locks(base: Lock, ours: Lock, theirs: Lock) -> Merged:
    """Return the merge of two locks that both came from `base`."""
    agreed: dict[AssetName, str] = {}
    disputed: dict[AssetName, Sides] = {}
    for name in sorted({*base, *ours, *theirs}):
        was, mine, other = (side.rows.get(name) for side in (base, ours, theirs))
        if other in (mine, was):
            kept = mine
        elif mine == was:
            kept = other
        else:
            disputed[name] = Sides(ours.get(name), theirs.get(name), base.get(name))
            continue
        if kept is not None:
            agreed[name] = kept
    return Merged(Lock(agreed), disputed)


def conflicted_text(
    merged: Merged, ours: str = OURS, theirs: str = THEIRS, size: int = 7
) -> str:
    """Return the text of a merge: with git's marks around each disputed asset.

    Args:
        merged: The merge.
        ours: What the first side is called.
        theirs: What the other side is called.
        size: How many signs a mark has.
    """
    parts: dict[AssetName, list[str]] = {
        name: [row] for name, row in merged.agreed.rows.items()
    }
    for name, sides in merged.disputed.items():
        parts[name] = [
            f"{'<' * size} {ours}",
            *([row_of(sides.ours)] if sides.ours else []),
            "=" * size,
            *([row_of(sides.theirs)] if sides.theirs else []),
            f"{'>' * size} {theirs}",
        ]
    rows = [row for name in sorted(parts) for row in parts[name]]
    return "\n".join([HEADER, *rows, ""])


# --- a text with marks --------------------------------------------------------


class _Part(enum.Enum):
    """Where in a conflict a line stands."""

    OUTSIDE = "outside"
    OURS = "ours"
    BASE = "base"
    THEIRS = "theirs"


_NEXT: Final[Mapping[str, _Part]] = {
    "<": _Part.OURS,
    "|": _Part.BASE,
    "=": _Part.THEIRS,
    ">": _Part.OUTSIDE,
}


def read_conflicted(text: str, base: Lock | None = None) -> Merged:
    """Return what can be read of a lock with git's marks or with bad lines.

    A line outside the marks belongs to both sides; one that cannot be read belongs to
    none. A lock without any mark has one side, and nothing is disputed but assets with
    several lines.

    Args:
        text: Of the whole file.
        base: The lock before the two sides parted, where somebody knows it; else what
            the marks themselves say of it (git's styles diff3 and zdiff3).
    """
    sides: dict[_Part, dict[AssetName, LockLine]] = {part: {} for part in _Part}
    doubled: dict[AssetName, Sides] = {}
    unread: list[tuple[int, str]] = []
    part = _Part.OUTSIDE
    for number, row in enumerate(text.split("\n"), 1):
        if CONFLICT.match(row):
            part = _NEXT[row[0]]
            continue
        line, _ = read_row(row)
        if line is None:
            if row.strip() and header_problem(row):
                unread.append((number, row))
            continue
        before = sides[part].setdefault(line.asset, line)
        if before != line:
            doubled[line.asset] = Sides(before, line)
    both = sides[_Part.OUTSIDE]
    known = dict(base) if base is not None else {}
    merged = merge_locks(
        Lock.of((both | sides[_Part.BASE] | known).values()),
        Lock.of((both | sides[_Part.OURS]).values()),
        Lock.of((both | sides[_Part.THEIRS]).values()),
    )
    return Merged(
        merged.agreed.changed((), doubled),
        {**merged.disputed, **doubled},
        tuple(unread),
    )


_NAME: Final = re.compile(r'"asset": *"([^"\\]+)"')


def asset_in(row: str) -> str | None:
    """Return the asset that a line is about which cannot be read; None if unknown."""
    found = _NAME.search(row)
    return found[1] if found else None


def united(lines: Iterable[LockLine], chosen: LockLine) -> LockLine:
    """Return `chosen` with the draws that the others have of the same request.

    Nothing that was paid for is dropped: the other side's draws follow, and can be
    picked.
    """
    draws = dict.fromkeys(chosen.draws)
    for line in lines:
        if line.key == chosen.key:
            draws.update(dict.fromkeys(line.draws))
    return chosen._replace(draws=tuple(draws))
