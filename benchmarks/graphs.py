"""Random graphs of assets: who is drawn from whom, as a spec of a paid provider."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

KINDS = ("chains", "fans", "combines", "sheets", "mixed")


@dataclass(frozen=True, slots=True)
class Graph:
    """Assets by number; each is drawn from earlier ones.

    Attributes:
        needs: Per drawn asset, the numbers of its inputs.
        sheets: Pictures put together here from drawn ones, without a call.
    """

    kind: str
    needs: tuple[tuple[int, ...], ...]
    sheets: tuple[tuple[int, ...], ...] = ()

    @property
    def calls(self) -> int:
        """How many requests it takes."""
        return len(self.needs)

    @property
    def depth(self) -> int:
        """How many requests the longest path holds."""
        depths: list[int] = []
        for inputs in self.needs:
            depths.append(1 + max((depths[each] for each in inputs), default=0))
        return max(depths)


def random_graph(kind: str, size: int, seed: int) -> Graph:
    """Return a graph of `size` drawn assets; the same for the same arguments."""
    dice = random.Random(f"{kind} {size} {seed}")
    needs = _NEEDS[kind](size, dice)
    sheets: tuple[tuple[int, ...], ...] = ()
    if kind in {"sheets", "mixed"}:
        numbers = list(range(size))
        dice.shuffle(numbers)
        sheets = tuple(
            tuple(numbers[at : at + 12]) for at in range(0, size - size % 12, 12)
        )
    return Graph(kind, needs, sheets)


def _chains(size: int, dice: random.Random) -> tuple[tuple[int, ...], ...]:
    """Chains of very different lengths: the long one must start first."""
    needs: list[tuple[int, ...]] = []
    while len(needs) < size:
        length = min(size - len(needs), dice.choice((1, 1, 2, 3, 5, 8, 13)))
        for at in range(length):
            needs.append((len(needs) - 1,) if at else ())
    return tuple(needs)


def _fans(size: int, dice: random.Random) -> tuple[tuple[int, ...], ...]:
    """A few pictures from which many are drawn, and some from those."""
    roots = max(1, size // 20)
    return tuple(
        () if at < roots else (dice.randrange(roots if dice.random() < 0.8 else at),)
        for at in range(size)
    )


def _combines(size: int, dice: random.Random) -> tuple[tuple[int, ...], ...]:
    """Most pictures are drawn from two to four earlier ones, near and far."""
    free = max(2, size // 4)
    return tuple(
        ()
        if at < free
        else tuple(sorted(dice.sample(range(at), dice.randint(2, 4))))
        if at >= 4
        else (0,)
        for at in range(size)
    )


def _flat(size: int, _dice: random.Random) -> tuple[tuple[int, ...], ...]:
    return ((),) * size


def _mixed(size: int, dice: random.Random) -> tuple[tuple[int, ...], ...]:
    needs: list[tuple[int, ...]] = []
    for part in (_chains, _fans, _combines, _flat):
        start = len(needs)
        needs.extend(
            tuple(start + each for each in inputs)
            for inputs in part(max(4, size // 4), dice)
        )
    return tuple(needs[:size])


_NEEDS = {
    "chains": _chains,
    "fans": _fans,
    "combines": _combines,
    "sheets": _flat,
    "mixed": _mixed,
}

_HEAD = """version: 1
provider: openai
defaults: {model: gpt-image-2.6-flare, size: 1024x640, quality: low}
targets: {out: {dir: out}}
assets:
"""


def write_graph(folder: Path, graph: Graph) -> None:
    """Write a spec; every asset and every sheet has one small file."""
    lines = [_HEAD]
    for at, inputs in enumerate(graph.needs):
        lines.append(f"  a{at}:\n    prompt: Picture number {at}\n")
        if inputs:
            names = ", ".join(f"a{each}" for each in inputs)
            lines.append(f"    inputs: [{names}]\n")
        lines.append(f"    outputs: [{{path: a{at}.png, width: 64}}]\n")
    for at, parts in enumerate(graph.sheets):
        layers = "".join(
            f"      - {{image: a{each}, at: top-left}}\n" for each in parts
        )
        lines.append(
            f"  s{at}:\n    layers:\n{layers}"
            f"    outputs: [{{path: s{at}.png, width: 64}}]\n"
        )
    folder.mkdir(parents=True)
    (folder / "assets.yaml").write_text("".join(lines), encoding="utf-8")
