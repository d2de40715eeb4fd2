"""The assets of a spec and their cards by name; made when somebody asks for them.

What the last build knew is kept as text until then: an asset in its entry, a card in the
state's row.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING

from assetgen.model import Asset, AssetName
from assetgen.resolve.link import Card, card_from_json

if TYPE_CHECKING:
    from collections.abc import Iterable

    from assetgen.model import Json
    from assetgen.sources import Entry
    from assetgen.state import Rows


class Cards(Mapping[AssetName, "Card"]):
    """What links the assets, by name; cards of the last build are decoded when asked."""

    def __init__(
        self, names: Iterable[str], fresh: Mapping[str, Card], old: Rows
    ) -> None:
        """Take the names in spec order; a card is fresh or a row's."""
        self._names = dict.fromkeys(map(AssetName, names))
        self._found = dict(fresh)
        self._old = old

    def __getitem__(self, name: AssetName) -> Card:
        """Return an asset's card."""
        found = self._found.get(name)
        if found is None:
            found = self._found[name] = card_from_json(self._old.card(name)[1])
        return found

    def __contains__(self, name: object) -> bool:
        """Return whether the spec has the asset."""
        return name in self._names

    def __iter__(self) -> Iterator[AssetName]:
        """Return the names in spec order."""
        return iter(self._names)

    def __len__(self) -> int:
        """Return the number of assets."""
        return len(self._names)


class Assets(Mapping[AssetName, Asset]):
    """The assets by name; one that the last build knew is resolved when asked for."""

    def __init__(
        self,
        resolve: Callable[[AssetName, Entry], Iterable[Asset]],
        read: Callable[[AssetName, Entry], tuple[str, Json]],
    ) -> None:
        """Start empty.

        Args:
            resolve: Gives the assets of an entry of which one is asked for.
            read: Gives the entry's key and value.
        """
        self._resolve = resolve
        self._read = read
        self._entries: dict[AssetName, Entry] = {}
        self._found: dict[AssetName, Asset] = {}

    def put(self, asset: Asset, entry: Entry) -> None:
        """Add an asset that was resolved."""
        self._entries[asset.name] = entry
        self._found[asset.name] = asset

    def promise(self, name: AssetName, entry: Entry) -> None:
        """Add an asset that can be resolved from its entry."""
        self._entries[name] = entry

    def __getitem__(self, name: AssetName) -> Asset:
        """Return an asset."""
        if name not in self._found:
            for asset in self._resolve(name, self._entries[name]):
                self._found[asset.name] = asset
        return self._found[name]

    def glance(self, name: AssetName) -> Asset:
        """Return an asset as `[name]` does, without keeping it.

        For walks over all assets, of which a long-lived process keeps only a line each.
        """
        found = self._found.get(name)
        if found is None:
            made = self._resolve(name, self._entries[name])
            found = next(each for each in made if each.name == name)
        return found

    def raw(self, name: AssetName) -> Mapping[str, Json]:
        """Return the fields of the entry that an asset stands in, as the spec has them."""
        value = self._read(name, self._entries[name])[1]
        return value if isinstance(value, dict) else {}

    def __iter__(self) -> Iterator[AssetName]:
        """Return the names in spec order."""
        return iter(self._entries)

    def __len__(self) -> int:
        """Return the number of assets."""
        return len(self._entries)
