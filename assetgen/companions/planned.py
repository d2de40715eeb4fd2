"""What a companion is: a text of our own, or entries in a file that others write, too."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Literal, TypeAlias

from assetgen.values import Value, field

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from assetgen.model import Json

Kind: TypeAlias = Literal[
    "types", "snippets", "pack", "webmanifest", "appicons", "launcher", "tiles"
]


class Listing(Value, kw_only=True):
    """The list in a shared JSON file that our entries stand in.

    Attributes:
        key: Of the list, at the top level.
        name: Key of an entry that names its file.
        slot: Further keys that tell entries of one file apart.
        fills_gaps: Whether an entry that names no file waits for one like ours.
        head: What stands before the list in a file that is all our own.
        rest: What stands behind it.
    """

    key: str
    name: str
    slot: tuple[str, ...] = ()
    fills_gaps: bool = False
    head: Mapping[str, Json] = field(default_factory=dict)
    rest: Mapping[str, Json] = field(default_factory=dict)


class Companion(Value, kw_only=True):
    """A file beside pictures.

    Attributes:
        path: From the target's folder.
        text: The whole file, where it is all our own.
        listing: Where our entries stand; None for a file that nobody shares.
        entries: Ours, in order.
    """

    path: str
    kind: Kind
    text: str
    listing: Listing | None = None
    entries: tuple[Mapping[str, Json], ...] = ()

    @property
    def names(self) -> frozenset[str]:
        """The files that our entries name."""
        if self.listing is None:
            return frozenset()
        return frozenset(str(each[self.listing.name]) for each in self.entries)


def shared(
    path: str,
    kind: Kind,
    listing: Listing,
    entries: Sequence[Mapping[str, Json]],
) -> Companion:
    """Return a companion in a file that others may write to."""
    ours: list[Json] = [dict(each) for each in entries]
    whole = {**listing.head, listing.key: ours, **listing.rest}
    text = json.dumps(whole, indent=2, ensure_ascii=False) + "\n"
    return Companion(
        path=path, kind=kind, text=text, listing=listing, entries=tuple(entries)
    )
