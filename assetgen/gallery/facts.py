"""What the spec alone says of an asset, as far as a row of the wall shows it.

To know it the asset must be resolved, which for all assets of a large spec takes seconds
and for a few takes nothing. So it is kept in the memo under the entry's fingerprint, and
ten thousand rows cost one question to the memo.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from assetgen.digest import digest_of
from assetgen.model import Drawn, FileSource
from assetgen.report.show_text import source_name
from assetgen.values import Value, as_mapping

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from assetgen.memo import Memo
    from assetgen.model import Asset, AssetName, Json
    from assetgen.world import Planned

_VERSION: Final = 1
"""Raised when the same fingerprint would stand for other facts."""


class Facts(Value, kw_only=True):
    """The fields of a row that need nothing but the spec.

    Attributes:
        source: The key of the asset's source, as specs write it.
        provider: None, as `operation` and `model`, for assets that nobody draws.
        model: None where the spec names none.
        file: The file that is the picture as it is; None if it is made from something.
        outputs: How many files it has; of sheets as many as are known beforehand.
    """

    source: str
    operation: str | None = None
    provider: str | None = None
    model: str | None = None
    frozen: bool = False
    tags: tuple[str, ...] = ()
    alt: str | None = None
    description: str = ""
    file: str | None = None
    outputs: int = 0


def facts_of(asset: Asset) -> Facts:
    """Return the facts of one asset."""
    source = asset.source
    drawn = source if isinstance(source, Drawn) else None
    plain = isinstance(source, FileSource) and not asset.process
    return Facts(
        source=source_name(asset),
        operation=drawn.operation if drawn else None,
        provider=drawn.provider if drawn else None,
        model=drawn.model if drawn else None,
        frozen=drawn.frozen if drawn else False,
        tags=asset.tags,
        alt=asset.alt,
        description=asset.description,
        file=source.path if plain and isinstance(source, FileSource) else None,
        outputs=len(asset.outputs),
    )


def all_facts(
    planned: Planned, memo: Memo, known: Mapping[tuple[AssetName, str], Facts]
) -> dict[tuple[AssetName, str], Facts]:
    """Return the facts of all assets by name and fingerprint.

    Args:
        planned: Of the project.
        memo: Keeps facts for the next time; the caller flushes it.
        known: Those of before, which need not be looked up.
    """
    prints = planned.loaded.catalogue.fingerprints
    wanted = [(name, prints[name]) for name in planned.loaded.graph.names]
    found = {each: known[each] for each in wanted if each in known}
    missing = [each for each in wanted if each not in found]
    if not missing:
        return found
    keys = {each: _key(*each) for each in missing}
    stored = memo.facts_many(keys.values())
    fresh: dict[str, Json] = {}
    for each in missing:
        facts = _from_json(stored.get(keys[each]))
        if facts is None:
            facts = facts_of(planned.loaded.assets.glance(each[0]))
            fresh[keys[each]] = list(_plain(as_mapping(facts).values()))
        found[each] = facts
    memo.facts_set_many(fresh)
    return found


def _key(name: AssetName, print_: str) -> str:
    return f"gallery {_VERSION} {print_} {digest_of(name.encode())[:16]}"


def _plain(values: Iterable[object]) -> Iterable[Json]:
    for value in values:
        if isinstance(value, tuple):
            yield list(value)
        else:
            assert value is None or isinstance(value, str | bool | int)
            yield value


def _from_json(data: Json) -> Facts | None:
    """Return the facts that the memo kept; None if they have another form."""
    names = Facts._fields
    if not isinstance(data, list) or len(data) != len(names):
        return None
    fields = dict(zip(names, data, strict=True))
    tags = fields["tags"]
    if not isinstance(tags, list) or not isinstance(fields["source"], str):
        return None
    plain: dict[str, Any] = {**fields, "tags": tuple(map(str, tags))}
    return Facts(**plain)
