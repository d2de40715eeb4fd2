"""The sizes of pictures that nobody has drawn yet, as far as the spec settles them.

Sizes are followed through the graph: a drawn picture is as large as what is asked for,
one whose kept pixels are put back as large as its first input, an extended one as its
input and what is added; steps change them by arithmetic. Where only a drawn picture can
tell (`size: auto`, the step `trim`) the answer is None.

A size that cannot be made is a problem of the spec, and is noted once. It is all
arithmetic; no picture is opened here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from assetgen.errors import AssetFailed, Problem
from assetgen.model import AssetRef, Drawn, FileRef, FileSource, GlobRef, Layers
from assetgen.providers.base import with_size
from assetgen.transforms.extending import extend_canvas
from assetgen.transforms.sizing import resulting_size

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from assetgen.model import Asset, AssetName, Ref, Refs, Size
    from assetgen.requests import Request
    from assetgen.transforms.extending import ExtendGeometry

EXTEND_GRID: Final = 16
"""Sides of an extended picture are sent as multiples of this."""


class Measures:
    """Sizes of the assets of one spec; each is worked out once, when it is asked for.

    Attributes:
        problems: Sizes that cannot be made, in the order in which they were found.
    """

    def __init__(
        self,
        assets: Mapping[AssetName, Asset],
        file_size: Callable[[str], Size | None],
        expand: Callable[[str], Sequence[AssetName]],
    ) -> None:
        """Measure `assets`.

        Args:
            file_size: Gives the size of a picture of the repository; None where it
                cannot be opened.
            expand: Gives the assets that a glob stands for, in order.
        """
        self._assets = assets
        self._file_size = file_size
        self._expand = expand
        self._sizes: dict[AssetName, Size | None] = {}
        self._geometries: dict[AssetName, ExtendGeometry | None] = {}
        self.problems: list[Problem] = []

    def size(self, name: AssetName) -> Size | None:
        """Return the size of an asset's image; None where only a draw can tell.

        Walks down on a stack of its own: chains may be ten thousand assets deep.
        """
        stack = [name]
        while stack:
            top = stack[-1]
            if top in self._sizes:
                stack.pop()
                continue
            first = self._size_from(self._assets[top])
            if first is not None and first not in self._sizes:
                stack.append(first)
                continue
            self._sizes[top] = self._own_size(self._assets[top])
            stack.pop()
        return self._sizes[name]

    def ref_size(self, ref: Refs) -> Size | None:
        """Return the size of a picture that is named; None for a glob."""
        if isinstance(ref, AssetRef):
            return self.size(ref.name)
        if isinstance(ref, FileRef):
            return self._file_size(ref.path)
        return None

    def expanded(self, refs: Sequence[Refs]) -> tuple[Ref, ...]:
        """Return pictures that are named, with globs replaced by what they match."""
        return tuple(self._flat(refs))

    def input_sizes(self, asset: Asset) -> tuple[Size | None, ...]:
        """Return the sizes of the pictures that go out with an asset's request.

        Returns:
            In order, globs expanded; for `extend` the first is the padded canvas. ()
            for an asset that nobody draws.
        """
        source = asset.source
        if not isinstance(source, Drawn):
            return ()
        sizes = [self.ref_size(ref) for ref in self._flat(source.inputs)]
        if source.extend is not None and sizes:
            geometry = self._geometry(asset, source)
            sizes[0] = None if geometry is None else geometry.canvas
        return tuple(sizes)

    def request_size(self, asset: Asset) -> Size | None:
        """Return the size that the asset's request asks for; None where it is open."""
        source = asset.source
        if not isinstance(source, Drawn):
            return None
        if source.takes_size_of_input:
            return next(iter(self.input_sizes(asset)), None)
        return source.pixel_size

    def as_asked(self, asset: Asset, request: Request) -> Request:
        """Return an asset's request with the size that will be asked for.

        Where the first input says it and is not measured yet, the size is ``auto``.
        """
        source = asset.source
        if not isinstance(source, Drawn) or not source.takes_size_of_input:
            return request
        return with_size(request, self.request_size(asset) or "auto")

    def _flat(self, refs: Sequence[Refs]) -> Iterator[Ref]:
        for ref in refs:
            if isinstance(ref, GlobRef):
                yield from (AssetRef(name) for name in self._expand(ref.pattern))
            else:
                yield ref

    def _own_size(self, asset: Asset) -> Size | None:
        size: Size | None
        match asset.source:
            case Drawn() as source:
                size = self._drawn_size(asset, source)
            case FileSource(path):
                size = self._file_size(path)
            case Layers(_, canvas):
                size = canvas
            case _:
                size = None
        try:
            return resulting_size(size, asset.process)
        except AssetFailed as error:
            place = asset.place.at("process")
            self.problems.append(Problem("bad-size", error.message, place, error.hint))
            return None

    def _drawn_size(self, asset: Asset, source: Drawn) -> Size | None:
        if source.extend is not None:
            geometry = self._geometry(asset, source)
            return None if geometry is None else geometry.wanted
        if source.puts_back:
            first = next(self._flat(source.inputs), None)
            return None if first is None else self.ref_size(first)
        return source.pixel_size

    def _geometry(self, asset: Asset, source: Drawn) -> ExtendGeometry | None:
        """Return how the first input is extended; None while its size is not known."""
        if asset.name not in self._geometries:
            first = next(self._flat(source.inputs), None)
            size = None if first is None else self.ref_size(first)
            found: ExtendGeometry | None = None
            if size is not None and source.extend is not None:
                try:
                    found = extend_canvas(size, source.extend, EXTEND_GRID)
                except AssetFailed as error:
                    place = asset.place.at("extend")
                    self.problems.append(
                        Problem("bad-extend", error.message, place, error.hint)
                    )
            self._geometries[asset.name] = found
        return self._geometries[asset.name]

    def _size_from(self, asset: Asset) -> AssetName | None:
        """Return the asset whose size this one's size follows from, if there is one."""
        source = asset.source
        if not isinstance(source, Drawn):
            return None
        if source.extend is None and not source.puts_back:
            return None
        first = next(self._flat(source.inputs), None)
        return first.name if isinstance(first, AssetRef) else None
