"""What the last build knows of the spec: files and entries that need not be read again."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from assetgen.model import AssetName
from assetgen.resolve.link import card_from_json
from assetgen.sources import Remembered
from assetgen.values import Value

if TYPE_CHECKING:
    from collections.abc import Collection, Container, Mapping

    from assetgen.resolve.link import Card
    from assetgen.state import Rows, State


def remembered_files(state: State, changed: Container[str]) -> dict[str, Remembered]:
    """Return the files that need not be read, with what the last build kept of them."""
    digests = {each.path: each.digest for each in state.watched if each.kind == "spec"}
    return {
        path: Remembered(digest, head)
        for path, (head, _, _) in state.shape.files.items()
        if path not in changed and (digest := digests.get(path)) is not None
    }


class Before(Value):
    """What the last build knows of entries.

    Attributes:
        by_print: Assets by the fingerprint of their entry.
        changed: Input files that changed since.
    """

    rows: Rows
    by_print: Mapping[str, list[str]]
    changed: Collection[str]

    def names(self, print_: str) -> tuple[str, list[str]] | None:
        """Return key and assets of an unchanged entry; None if it must be read."""
        names = self.by_print.get(print_)
        if names is None:
            return None
        key = ""
        for name in names:
            siblings, data = self.rows.card(AssetName(name))
            card = card_from_json(data)
            if siblings != len(names) or self.reads_a_change(card):
                return None  # a part of a matrix was never built, or a prompt changed
            key = card.key
        return key, names

    def reads_a_change(self, card: Card) -> bool:
        """Return whether an asset reads a file that changed."""
        return any(file.path in self.changed for file in card.files)

    def knows(self, card: Card) -> bool:
        """Return whether an asset is linked as the last build saw it."""
        name = AssetName(card.name)
        if name not in self.rows:
            return False
        return bool(card_from_json(self.rows.card(name)[1]) == plain_card(card))


def plain_card(card: Card) -> Card:
    """Return the card as it comes back from JSON: lists for tuples, and so on."""
    plain: list[object] = json.loads(json.dumps(card))
    return card_from_json(plain)


def before_of(state: State, changed: Collection[str]) -> Before:
    """Return what the last build knows.

    Args:
        state: Of the last build.
        changed: Input files that changed since.
    """
    return Before(state.rows, _entries_by_print(state.rows), changed)


def _entries_by_print(known: Rows) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    columns = known.columns
    for name, print_ in zip(columns.names, columns.prints, strict=True):
        found.setdefault(print_, []).append(name)
    return found
