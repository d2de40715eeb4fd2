"""Which assets of two specs are compared, and with which: by name, else by what they ask.

An asset that is gone and one that is new are the same under another name if they make the
same request, or are the same picture made here. What a provider writes a name into is
compared without it. Pure, but for what the two sides look up.

Of the rest, two may be one asset that got another name and other words. That is a guess,
and told as one. In this order:

    same file      the new one writes a file that the old one wrote, and nobody else
                   who came or went has a part in it
    like words     both are drawn from the same inputs, and three quarters of the words of
                   their prompts are the same; no other asset that came, went or stayed is
                   nearly as close to one of them (icons of one family all are)
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Final, NamedTuple

from assetgen.actionkey import request_key
from assetgen.model import Drawn
from assetgen.values import replace

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Mapping

    from assetgen.decide import PlannedAsset
    from assetgen.differences import Guess
    from assetgen.halves import Half, Then
    from assetgen.load import Loaded
    from assetgen.lockfile import Lock
    from assetgen.model import Asset, AssetName

_WORDS: Final = re.compile(r"\w+")
_LEAST_WORDS: Final = 4
"""Fewer say too little: "a red hat" is not "a red shoe"."""

_CLOSE: Final = 0.75
_CLEARLY: Final = 0.1
"""By how much the second closest has to be farther away."""

_MOST_GUESSED: Final = 100
"""Assets that came, or went; of more, nobody guesses."""


class Suspects(NamedTuple):
    """Assets that may differ.

    Attributes:
        here: Of the spec of now, in its order; what depends on others that may differ is
            among them.
        gone: Of the spec of then, without those that are here.
    """

    here: tuple[AssetName, ...]
    gone: tuple[AssetName, ...]


def suspects(
    then: Then, now: Loaded, lock: Lock, digest: Callable[[str], object]
) -> Suspects:
    """Return the assets that may differ; what is the same text is not looked at.

    Args:
        then: The spec and lock of then.
        now: The spec of now.
        lock: Of now.
        digest: Gives the digest of a file of the project now; None for a lost one.
    """
    if then.loaded is None:
        return Suspects(tuple(now.graph.names), ())
    old = then.loaded
    before, after = old.catalogue.fingerprints, now.catalogue.fingerprints
    found = {name for name, print_ in after.items() if before.get(name) != print_}
    gone = tuple(name for name in old.graph.names if name not in after)
    for name in lock.rows.keys() | then.lock.rows.keys():
        if lock.rows.get(name) != then.lock.rows.get(name) and name in after:
            found.add(name)
    moved = _moved_globs(old, now)
    changed: dict[str, bool] = {}
    for name, card in now.cards.items():
        for path in {each.path for each in card.files}:
            if path not in changed:
                changed[path] = then.files[path] != digest(path)
            if changed[path]:
                found.add(name)
        if moved and any(ref.glob and ref.name in moved for ref in card.refs):
            found.add(name)
    here = _with_dependents(found, now)
    return Suspects(tuple(name for name in now.graph.names if name in here), gone)


def _moved_globs(old: Loaded, now: Loaded) -> set[str]:
    """Return the globs that stand for other assets than before."""
    before, after = old.catalogue.matches, now.catalogue.matches
    return {
        glob
        for glob, names in after.items()
        if glob in before and list(before[glob]) != list(names)
    }


def _with_dependents(found: set[AssetName], now: Loaded) -> set[AssetName]:
    """Return assets and all that is made from them, however far away."""
    reached = set(found)
    for name in now.graph.order:  # what an asset needs comes before it
        needs = now.graph.needs[name]
        if needs and not reached.isdisjoint(needs):
            reached.add(name)
    return reached


def renames(
    added: Iterable[AssetName],
    removed: Iterable[AssetName],
    now: Half,
    then: Half,
    taken: Container[AssetName] = (),
) -> Mapping[AssetName, AssetName]:
    """Return the old names of assets that are new under theirs, each given once."""
    waiting: dict[str, list[AssetName]] = {}
    for name in removed:
        if name not in taken:
            sign = _sign(then.look(name))
            if sign:
                waiting.setdefault(sign, []).append(name)
    found: dict[AssetName, AssetName] = {}
    for name in added if waiting else ():
        olds = waiting.get(_sign(now.look(name)))
        if olds:
            found[name] = olds.pop(0)
    return found


def _sign(looked: PlannedAsset) -> str:
    """Return what two names of one asset have in common; empty where it is not known."""
    if looked.request is not None:
        return request_key(replace(looked.request, label=""))
    image = looked.known.image() if looked.known is not None else None
    return f"image {image}" if image is not None else ""


# --- guesses ------------------------------------------------------------------------


class Guessed(NamedTuple):
    """The old name that a new asset may have had, and what speaks for it."""

    old: AssetName
    why: Guess


def guesses(
    added: Iterable[AssetName], removed: Iterable[AssetName], now: Loaded, then: Loaded
) -> Mapping[AssetName, Guessed]:
    """Return the old names that new assets may have had, each given once.

    Args:
        added: Names that only the spec of now has, without those that `renames` knows.
        removed: Those that only the spec of then has, likewise.
        now: The spec of now.
        then: The spec of then.
    """
    news = {name: now.assets[name] for name in added}
    olds = {name: then.assets[name] for name in removed}
    found = {
        new: Guessed(old, "same file") for new, old in _same_files(news, olds).items()
    }
    taken = {each.old for each in found.values()}
    news = {name: each for name, each in news.items() if name not in found}
    olds = {name: each for name, each in olds.items() if name not in taken}
    if 0 < len(news) <= _MOST_GUESSED and 0 < len(olds) <= _MOST_GUESSED:
        stayed = [name for name in then.graph.names if name in now.catalogue.needs]
        like = _like_words(news, olds, (then.assets[name] for name in stayed))
        found |= {new: Guessed(old, "like words") for new, old in like.items()}
    return found


def _same_files(
    news: Mapping[AssetName, Asset], olds: Mapping[AssetName, Asset]
) -> dict[AssetName, AssetName]:
    """Return those who alone write what another one alone wrote."""
    wrote = {out.path: name for name, old in olds.items() for out in old.outputs}
    before = {
        name: {wrote[out.path] for out in new.outputs if out.path in wrote}
        for name, new in news.items()
    }
    heirs = Counter(old for found in before.values() for old in found)
    return {
        name: old
        for name, found in before.items()
        if len(found) == 1 and heirs[old := next(iter(found))] == 1
    }


def _like_words(
    news: Mapping[AssetName, Asset],
    olds: Mapping[AssetName, Asset],
    stayed: Iterable[Asset],
) -> dict[AssetName, AssetName]:
    """Return those who are clearly closest to each other, and close."""
    new_bags = {name: bag for name, each in news.items() if (bag := _bag(each))}
    old_bags = {name: bag for name, each in olds.items() if (bag := _bag(each))}
    pairs = {
        (new, old): near
        for new, mine in new_bags.items()
        for old, theirs in old_bags.items()
        if (near := _closeness(mine, theirs)) >= _CLOSE - _CLEARLY
    }
    close = {
        pair: near
        for pair, near in pairs.items()
        if near >= _CLOSE
        and all(
            other == pair or near - far >= _CLEARLY
            for other, far in pairs.items()
            if other[0] == pair[0] or other[1] == pair[1]
        )
    }
    if close:
        for bag in filter(None, map(_bag, stayed)):
            close = {
                (new, old): near
                for (new, old), near in close.items()
                if near - _closeness(bag, new_bags[new]) >= _CLEARLY
                and near - _closeness(bag, old_bags[old]) >= _CLEARLY
            }
    return dict(close.keys())


class _Bag(NamedTuple):
    """The words of a prompt, and what it goes with."""

    words: Counter[str]
    inputs: object


def _bag(asset: Asset) -> _Bag | None:
    """Return what an asset asks for; None if that is no prompt, or a short one."""
    if not isinstance(asset.source, Drawn):
        return None
    words = Counter(_WORDS.findall(asset.source.prompt.casefold()))
    if words.total() < _LEAST_WORDS:
        return None
    return _Bag(words, (asset.source.operation, asset.source.inputs))


def _closeness(one: _Bag, other: _Bag) -> float:
    """Return which part of two prompts' words both have; 0.0 with other inputs."""
    if one.inputs != other.inputs:
        return 0.0
    both = (one.words & other.words).total()
    return 2 * both / (one.words.total() + other.words.total())
