"""What is known of the world when a plan is made: facts only, no access to it.

`observe` fills a `Snapshot` from the disk (some mappings look their facts up when they
are asked); tests write one down with literals. The core only reads it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from assetgen.providers.base import Price
from assetgen.values import Value, field

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Container, Mapping

    from assetgen.digest import Digest, Identity, Key
    from assetgen.lockline import LockLine
    from assetgen.model import Asset, AssetName, Size
    from assetgen.requests import DrawRecord, Request

Parts: TypeAlias = tuple[tuple[str, str], ...]
"""A request as `actionkey.request_parts` explains it."""


class ProviderFacts(Value, kw_only=True):
    """What the core must know of a provider; see `providers.base.Provider`."""

    name: str
    version: str
    deterministic: bool
    paid: bool
    local: bool
    labelled: bool


class Record(Value, kw_only=True):
    """What the store knows of a request.

    Attributes:
        refused: The provider's reason for each moderation level (empty for none named)
            at which it refused the request for good; free to ask at another.
    """

    draws: tuple[DrawRecord, ...] = ()
    parts: Parts = ()
    refused: Mapping[str, str] = field(default_factory=dict)


class Derived(Value):
    """The bytes that an output key stands for.

    Attributes:
        stored: Whether the bytes themselves can be had without making them again.
        preview: Main colour and blurred copy of the picture, for outputs that want
            them; () for the others.
    """

    sha256: Digest
    bytes: int
    width: int
    height: int
    stored: bool = False
    preview: tuple[str, ...] = ()


class Known(Value, kw_only=True):
    """What is known of an asset's pictures.

    Attributes:
        draws: Digests of the raw draws; empty for assets that are not drawn.
        images: Identity of the picture made from each draw (one for the others).
        pick: Which of `images` is the image, counted from 0.
        provenance: Of what the picture consists: ``model``, ``placeholder``,
            ``file``; sorted.
    """

    images: tuple[Identity, ...]
    draws: tuple[Digest, ...] = ()
    pick: int = 0
    provenance: tuple[str, ...] = ()

    def image(self, draw: int | None = None) -> Identity | None:
        """Return the identity of the image, or of draw `draw` (from 1) made into one."""
        at = self.pick if draw is None else draw - 1
        return self.images[at] if at < len(self.images) else None


class OutputRow(Value, kw_only=True):
    """An output as the last build left it."""

    path: str
    key: Key
    derived: Derived


class Row(Value, kw_only=True):
    """An asset as the last build left it.

    Attributes:
        fingerprint: Of everything in the spec that decides the asset.
        key: Its request key; None for assets that are not drawn.
    """

    fingerprint: str
    known: Known
    key: Key | None = None
    checks: Key | None = None
    outputs: tuple[OutputRow, ...] = ()


class Pin(Value):
    """What the lock says of an asset: which draws, and which one is the image.

    Attributes:
        parts: Of the request, where they are known in full.
        line: What the lock itself says of the request.
    """

    key: Key
    draws: tuple[Digest, ...]
    pick: Digest
    parts: Parts = ()
    line: LockLine | None = None


class Reroll(Value):
    """What is asked of a request that need not be drawn.

    Attributes:
        wanted: How many draws of the request there are to be.
        pick: Which of them becomes the picture, counted from 0: the first new one;
            None leaves the picture as it is.
    """

    wanted: int
    pick: int | None = None


class Policy(Value, kw_only=True):
    """What the command line allows, and what it asks for.

    Attributes:
        rerolls: By the asset whose request is to be drawn once more.
    """

    force: bool = False
    retry_rejected: bool = False
    retry_unknown: bool = False
    redraw_missing: bool = False
    rerolls: Mapping[AssetName, Reroll] = field(default_factory=dict)


def _no_price(
    _request: Request, _count: int, _input_sizes: tuple[Size | None, ...]
) -> Price:
    return Price(None, "estimate")


def _no_sizes(_asset: Asset) -> tuple[Size | None, ...]:
    return ()


def _as_it_is(_asset: Asset, request: Request) -> Request:
    return request


class Snapshot(Value, kw_only=True):
    """The world, as far as a plan depends on it.

    Attributes:
        providers: By name; a request's provider is always in it.
        files: Identities of the pictures of the repository, by path.
        records: The store's action records by request key.
        blobs: Digests whose bytes are in the store.
        derived: What output keys stand for, from the last build and the memo.
        pages: How many pages the sheets of output keys have, from the memo.
        outputs: Digests of the files on disk by path; absent where there is no file.
        owned: Digests that assetgen wrote at a path (manifest, state, journal).
        rows: The last build's rows, by asset.
        touched: Assets of which a file changed since the last build.
        pins: The lock.
        checked: Keys of checks that passed.
        open_outcomes: Request keys with an unknown outcome that nobody settled.
        estimate: Gives the price of a number of draws; see `Provider.estimate`.
        input_sizes: Gives the sizes of the pictures that go out with an asset's
            request, as far as the spec and its files settle them.
        as_asked: Gives an asset's request with the size that will be asked for, which
            is what has a price.
    """

    providers: Mapping[str, ProviderFacts] = field(default_factory=dict)
    files: Mapping[str, Digest] = field(default_factory=dict)
    records: Mapping[Key, Record] = field(default_factory=dict)
    blobs: Container[str] = frozenset()
    derived: Mapping[Key, Derived] = field(default_factory=dict)
    pages: Mapping[Key, int] = field(default_factory=dict)
    outputs: Mapping[str, Digest] = field(default_factory=dict)
    owned: Mapping[str, Collection[Digest]] = field(default_factory=dict)
    rows: Mapping[AssetName, Row] = field(default_factory=dict)
    touched: Container[AssetName] = frozenset()
    pins: Mapping[AssetName, Pin] = field(default_factory=dict)
    checked: Container[Key] = frozenset()
    open_outcomes: Container[Key] = frozenset()
    estimate: Callable[[Request, int, tuple[Size | None, ...]], Price] = _no_price
    input_sizes: Callable[[Asset], tuple[Size | None, ...]] = _no_sizes
    as_asked: Callable[[Asset, Request], Request] = _as_it_is
    policy: Policy = Policy()
