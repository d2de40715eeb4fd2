"""Names of assets that would be one name in a target's typed code."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from assetgen.companions.identifiers import collisions
from assetgen.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from assetgen.model import Target
    from assetgen.resolve.link import Card

MAX_PROBLEMS: Final = 20


def typed_problems(
    cards: Sequence[Card], targets: Iterable[Target]
) -> tuple[Problem, ...]:
    """Return where two assets of a target with typed names have one identifier."""
    found: list[Problem] = []
    for target in targets:
        if target.types is None:
            continue
        base = "" if target.dir == "." else f"{target.dir}/"
        inside = {
            card.name: card
            for card in cards
            if any(output.path.startswith(base) for output in card.outputs)
        }
        for first, second, word in collisions(target.types, inside):
            found.append(
                Problem(
                    "name-twice",
                    f"`{first}` and `{second}` are both `{word}` in the typed names of"
                    f" the target `{target.name}`",
                    inside[second].place.key(),
                    "rename one of them, or leave `types` out",
                    ((inside[first].place.key(), "the other one"),),
                )
            )
    return tuple(found[:MAX_PROBLEMS])
