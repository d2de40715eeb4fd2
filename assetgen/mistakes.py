"""The part of a spec with mistakes that can be looked at all the same; pure.

An asset is whole if it has no errors and everything that it needs is whole. What the whole
ones take from each other (sizes, frames, masks) can be checked although others are wrong.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from assetgen.graph import Graph, build_graph
from assetgen.naming import NameIndex
from assetgen.resolve.entries import MAX_PROBLEMS
from assetgen.resolve.link import card_of
from assetgen.resolve.refs import MAX_DRAWS
from assetgen.values import Value

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from assetgen.errors import Problem
    from assetgen.model import Asset, AssetName
    from assetgen.resolve.link import Card
    from assetgen.resolve.reading_on import Unread


class Whole(Value):
    """All assets, or those that are whole.

    Attributes:
        cards: Theirs.
        graph: Of them alone.
        matches: The names that each of their globs stands for.
    """

    cards: Mapping[AssetName, Card]
    graph: Graph
    matches: Mapping[str, Sequence[str]]


def rows_may_be_missing(problems: Sequence[Problem]) -> bool:
    """Return whether an entry may stand for assets that could not even be named."""
    errors = [each for each in problems if each.severity == "error"]
    pointers = [each.place.pointer for each in errors if each.place is not None]
    return len(problems) > MAX_PROBLEMS or any(
        len(each) == 2 or each[2] in ("matrix", "vars") for each in pointers
    )


def suspect_card(asset: Asset) -> Card:
    """Return the card of an asset with errors: nobody is blamed for asking for its draws."""
    card = card_of(asset)
    files = [each for each in card.files if each.path]
    outputs = tuple(dict.fromkeys(card.outputs))  # its own twins are told already
    return card._replace(draws=MAX_DRAWS, files=files, outputs=outputs)


def whole_part(
    cards: Mapping[AssetName, Card], wrong: Collection[str], unread: Unread
) -> Whole | None:
    """Return the assets that are whole; None where they need each other in a ring.

    Args:
        cards: Of all assets without errors of their own.
        wrong: Names of assets with errors.
        unread: Names of further assets that may be there.
    """
    index = NameIndex([*cards, *wrong])
    users: dict[str, list[AssetName]] = {}
    waiting: list[str] = list(wrong)
    for name, card in cards.items():
        for ref in card.refs:
            if not ref.glob:
                users.setdefault(ref.name, []).append(name)
                if ref.name not in cards:
                    waiting.append(ref.name)
                continue
            for used in index.matching(ref.name):
                users.setdefault(used, []).append(name)
            if index.exhausted or unread.may_match(ref.name):
                waiting.append(name)
    lost: set[str] = set()
    while waiting:
        gone = waiting.pop()
        if gone not in lost:
            lost.add(gone)
            waiting += users.get(gone, ())
    whole = {name: card for name, card in cards.items() if name not in lost}
    graph = build_graph(list(whole.values()))
    if not isinstance(graph, Graph):
        return None
    return Whole(whole, graph, matches_of(whole.values()))


def matches_of(cards: Iterable[Card]) -> dict[str, tuple[str, ...]]:
    """Return the names that each glob of some assets stands for, in order."""
    cards = list(cards)
    globs = {ref.name for card in cards for ref in card.refs if ref.glob}
    if not globs:
        return {}
    names = NameIndex(card.name for card in cards)
    return {glob: names.matching(glob) for glob in globs}
