"""Which assets of two specs are compared, and with which: by name, else by what they ask.

An asset that is gone and one that is new are the same under another name if they make the
same request, or are the same picture made here. What a provider writes a name into is
compared without it. Pure, but for what the two sides look up.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from assetgen.actionkey import request_key
from assetgen.values import replace

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Mapping

    from assetgen.decide import PlannedAsset
    from assetgen.halves import Half, Then
    from assetgen.load import Loaded
    from assetgen.lockfile import Lock
    from assetgen.model import AssetName


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
