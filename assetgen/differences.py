"""What differs between a spec's pictures then and now, as data; `report` words it.

Two `Side`s of an asset, and a `Change` that says what became of it: by field, by picture,
by price. Pictures are named here and opened elsewhere (`diffing.Review.picture_of`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

from assetgen.values import Value

if TYPE_CHECKING:
    from assetgen.digest import Digest, Key
    from assetgen.model import AssetName

Kind: TypeAlias = Literal["added", "removed", "changed", "renamed", "redrawn", "picked"]
"""``redrawn``: the spec asks for the same, and the lock has other draws; ``picked``: the
same draws, another one is the picture."""

State: TypeAlias = Literal[
    "locked", "frozen", "to-draw", "not-locked", "free", "blocked", "gone"
]
"""``not-locked``: drawn here, and the lock does not say so yet; ``free``: nobody is paid
for it; ``gone``: the spec does not have it any more."""

Guess: TypeAlias = Literal["", "same file", "like words"]
"""What speaks for an asset's old name where nothing proves it: it writes the same file, or
its prompt is mostly the same words."""

Origin: TypeAlias = Literal["store", "git", "folder"]
"""Where a picture comes from: a draw in the store, a file of the revision, a file of the
project's folder."""


class FieldChange(Value, kw_only=True):
    """A field of an asset that reads otherwise.

    Attributes:
        name: As the spec calls it: ``prompt``, ``model``, ``outputs site/hero.png``.
        old: Empty where it was not set.
        new: Empty where it is not set any more.
        file: Of the spec, where the field stands now; empty where that is not known.
        line: In that file, from 1; 0 where it is not known.
        words: Whether it is text for people, to be compared word by word.
    """

    name: str
    old: str
    new: str
    file: str = ""
    line: int = 0
    words: bool = False


class InputChange(Value):
    """A picture that goes into an asset is another one than before.

    Attributes:
        name: The asset or file.
        pending: Whether it has to be drawn or made first.
    """

    name: str
    pending: bool = False


class Picture(Value, kw_only=True):
    """A picture that can be shown for one side.

    Attributes:
        path: Of the file in the project; empty for a draw.
        format: ``png``, ``jpeg``, ``webp``, ``gif``, ``avif`` or ``svg``.
        width: In px, upright; 0 for an svg without a size.
        bytes: Of the file.
    """

    origin: Origin
    digest: Digest
    format: str
    width: int
    height: int
    bytes: int
    path: str = ""


class Side(Value, kw_only=True):
    """An asset as one of the two specs has it.

    Attributes:
        file: Of the spec.
        line: Of its entry; 0 where it was not looked up.
        model: As the service reported it, else as the spec asks; empty for none.
        key: Of its request; None where it has none, or its inputs are not known.
        draws: That are known, those of the lock first.
        pick: The draw that is the picture.
        picture: None where none can be shown.
        missing: Why not; empty if one can.
    """

    name: AssetName
    file: str = ""
    line: int = 0
    model: str = ""
    key: Key | None = None
    draws: tuple[Digest, ...] = ()
    pick: Digest | None = None
    picture: Picture | None = None
    missing: str = ""

    @property
    def pick_number(self) -> int:
        """Which draw is the picture, counted from 1; 0 for none."""
        if self.pick is None or self.pick not in self.draws:
            return 0
        return self.draws.index(self.pick) + 1


class Likeness(Value):
    """How far two pictures are from each other.

    Attributes:
        changed_share: Of the pixels, 0.0 to 1.0: those of which a channel differs by more
            than `transforms.likeness.PIXEL_THRESHOLD`; None for pictures of different
            sizes.
        distance: As people see it: 0.0 for the same, 1.0 for nothing in common; see
            `transforms.likeness`.
    """

    changed_share: float | None
    distance: float


class Change(Value, kw_only=True):
    """What became of one asset.

    Attributes:
        name: Now; of a removed asset, as it was.
        old_name: Of a renamed asset; empty for the others.
        guess: Why that name is only a guess; empty where the request proves it.
        fields: Of its entry, in the order of the spec's reference.
        inputs: Pictures that go into it and are others now.
        before: None for an added one.
        after: None for a removed one.
        likeness: None unless both pictures can be opened.
        new_draws: Draws of the lock that the lock of then does not have.
        paid_usd: For the new draws, as far as it is known here.
        unpriced: New draws of which nobody here knows the price.
        to_draw: Draws that a build would ask for.
        estimate_usd: For those; None where it is not known.
        estimate_kind: How sure that is: ``formula``, ``estimate`` or ``worst case``.
        state: Of the asset now.
    """

    kind: Kind
    name: AssetName
    old_name: str = ""
    guess: Guess = ""
    fields: tuple[FieldChange, ...] = ()
    inputs: tuple[InputChange, ...] = ()
    before: Side | None = None
    after: Side | None = None
    likeness: Likeness | None = None
    new_draws: tuple[Digest, ...] = ()
    paid_usd: float = 0.0
    unpriced: int = 0
    to_draw: int = 0
    estimate_usd: float | None = 0.0
    estimate_kind: str = "formula"
    state: State = "free"

    @property
    def is_not_locked(self) -> bool:
        """Whether the lock lacks its draws."""
        return self.state in {"to-draw", "not-locked"}


class Totals(Value, kw_only=True):
    """Sums over all changes; requests that several assets share count once.

    Attributes:
        by_kind: Number of assets of each kind, without those of which there are none.
        spent_usd: As far as prices are known here.
        unpriced: Draws without a known price.
        to_spend_usd: As far as it is known.
        unestimated: Draws to be made of which nobody knows the price.
        not_locked: Assets whose draws are not in the lock.
    """

    changed: int
    by_kind: tuple[tuple[Kind, int], ...] = ()
    spent_usd: float = 0.0
    unpriced: int = 0
    to_spend_usd: float = 0.0
    unestimated: int = 0
    not_locked: int = 0


class Difference(Value, kw_only=True):
    """What differs between a revision and the work tree.

    Attributes:
        base: What it is compared with, as people know it.
        commit: Object name of that.
        forked: Whether the commit is the merge base with `base`.
        changes: In the order of the spec; what was removed comes last.
        notes: What else a reader has to know, in whole sentences.
    """

    base: str
    commit: str
    forked: bool
    changes: tuple[Change, ...]
    totals: Totals
    notes: tuple[str, ...] = ()


def totals_of(changes: tuple[Change, ...]) -> Totals:
    """Return the sums over changes."""
    kinds: dict[Kind, int] = {}
    for each in changes:
        kinds[each.kind] = kinds.get(each.kind, 0) + 1
    return Totals(
        changed=len(changes),
        by_kind=tuple(kinds.items()),
        spent_usd=round(sum(each.paid_usd for each in changes), 9),
        unpriced=sum(each.unpriced for each in changes),
        to_spend_usd=round(sum(each.estimate_usd or 0.0 for each in changes), 9),
        unestimated=sum(each.to_draw for each in changes if each.estimate_usd is None),
        not_locked=sum(each.is_not_locked for each in changes),
    )
