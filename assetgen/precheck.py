"""What can be known about pictures before anything is drawn, with places in the spec.

The files that the spec names are looked at (inside the project? there? a picture?), and
sizes are followed through the graph as far as the spec settles them: an output that
would enlarge its picture, a mask of another size, a file that cannot hold transparency
are errors of the spec and not of the build.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from assetgen.errors import (
    AssetFailed,
    AssetgenError,
    DiskRefused,
    ExitCode,
    PolicyRefused,
    Problem,
)
from assetgen.model import (
    AlphaMask,
    AssetRef,
    ColorMask,
    Drawn,
    FileRef,
    FileSource,
    Layers,
    Size,
)
from assetgen.naming import did_you_mean
from assetgen.sources import located, refuse_if_errors, spec_reader
from assetgen.transforms.extending import extend_canvas
from assetgen.transforms.sizing import output_size, resulting_size

if TYPE_CHECKING:
    from collections.abc import Collection

    from assetgen.errors import Diagnostic
    from assetgen.load import Loaded
    from assetgen.model import Asset, AssetName, Ref, Refs
    from assetgen.observe import FileDigests
    from assetgen.registry import Registry
    from assetgen.resolve.link import Card
    from assetgen.spans import Place


def check_world(
    loaded: Loaded,
    files: FileDigests,
    pictures: PictureCheck,
    registry: Registry,
    changed: Collection[str],
) -> tuple[Diagnostic, ...]:
    """Return warnings about what the spec says of pictures that exist.

    Only assets whose part of the spec is new are looked at, and files that changed.

    Args:
        loaded: The spec.
        files: Gives the bytes of project files.
        pictures: Has looked at what new entries name.
        registry: The providers of this run.
        changed: Input files that changed since the last build.

    Raises:
        SpecInvalid: With everything that is wrong.
    """
    check = _Check(loaded, files, pictures)
    for name in loaded.fresh:
        asset = loaded.assets[name]
        check.provider(asset, registry)
        check.pictures(asset)
        check.measures(asset)
    if changed:
        for name, card in loaded.cards.items():
            if any(each.path in changed for each in card.files):
                check.pictures(loaded.assets[name])
    found = located(check.problems, spec_reader(loaded.root, loaded.text))
    refuse_if_errors(found)
    return found


class PictureCheck:
    """Looks at pictures of the repository, at each one once.

    Attributes:
        sizes: Of the pictures that were looked at; None where something is wrong.
    """

    def __init__(self, files: FileDigests) -> None:
        """Look at `files`."""
        self._files = files
        self.sizes: dict[str, Size | None] = {}

    def problems(self, asset: Asset, card: Card) -> list[Problem]:
        """Return what is wrong with the pictures that an asset names."""
        found: list[Problem] = []
        for each in card.files:
            if each.path not in asset.files and each.path not in self.sizes:
                look = self._look_at(each.path, asset.place.at(*each.at))
                if isinstance(look, Problem):
                    found.append(look)
                self.sizes[each.path] = look if isinstance(look, Size) else None
        return found

    def _look_at(self, path: str, place: Place) -> Size | Problem:
        from assetgen.transforms.opening import PictureRefused, probe

        try:
            data = self._files.read(path)
            if data is None:
                return Problem("no-such-file", f"there is no file `{path}`", place)
            info = probe(data)
        except PolicyRefused as error:
            outside = "leads out" in error.message
            code = ExitCode.REFUSED if outside else ExitCode.SPEC_INVALID
            return Problem(
                "bad-input", error.message, place, error.hint, exit_code=code
            )
        except PictureRefused as error:
            return Problem("bad-input", f"{path}: {error.message}", place, error.hint)
        except DiskRefused as error:
            return Problem("unreadable", error.message, place, error.hint)
        return Size(info.width, info.height)


class _Check:
    """Collects what is wrong."""

    def __init__(
        self, loaded: Loaded, files: FileDigests, pictures: PictureCheck
    ) -> None:
        self._loaded = loaded
        self._files = files
        self._pictures = pictures
        self._sizes: dict[str, Size | None] = {}
        self.problems: list[Problem] = []

    def _error(
        self,
        code: str,
        message: str,
        place: Place | None,
        *,
        hint: str | None = None,
        exit_code: ExitCode = ExitCode.SPEC_INVALID,
    ) -> None:
        self.problems.append(Problem(code, message, place, hint, exit_code=exit_code))

    # --- providers ------------------------------------------------------------

    def provider(self, asset: Asset, registry: Registry) -> None:
        """Report a provider that this run does not have."""
        if not isinstance(asset.source, Drawn):
            return
        name = asset.source.provider
        if registry.get(name) is None:
            near = did_you_mean(name, registry.names())
            self._error(
                "unknown-provider",
                f"there is no provider `{name}` in this run",
                asset.place,
                hint=near
                or "a plug-in is loaded only if --provider or your own "
                "configuration names it",
            )

    def pictures(self, asset: Asset) -> None:
        """Look at each picture of the repository that the asset names."""
        card = self._loaded.cards[asset.name]
        self.problems.extend(self._pictures.problems(asset, card))

    # --- sizes ----------------------------------------------------------------

    def measures(self, asset: Asset) -> None:
        """Report what the sizes that are settled already rule out."""
        size = self._size(asset.name)
        for out in asset.outputs:
            if out.format is None:
                continue
            try:
                output_size(size, out)
            except AssetFailed as error:
                place = out.place or asset.place
                self._error("bad-size", error.message, place, hint=error.hint)
        source = asset.source
        if isinstance(source, Drawn) and source.mask is not None:
            self._mask(asset, source)

    def _mask(self, asset: Asset, source: Drawn) -> None:
        """Make the mask now if everything it needs is there; report why it fails."""
        assert source.mask is not None
        first = source.inputs[0]
        size = self._ref_size(first)
        area = source.mask.area
        place = asset.place.at("mask")
        if size is None:
            return
        if isinstance(area, AlphaMask | ColorMask):
            other = self._ref_size(area.ref)
            if other is not None and other != size:
                self._error(
                    "mask-size",
                    f"the mask is {other}, but the first input is {size}",
                    place,
                    hint="a mask must be exactly as large as the picture it belongs to",
                )
                return
            if not isinstance(area.ref, FileRef):
                return
        from assetgen.transforms.masks import mask_png
        from assetgen.transforms.opening import open_picture

        def open_ref(ref: Ref) -> object:
            assert isinstance(ref, FileRef)
            return open_picture(self._files.read(ref.path) or b"")

        try:
            mask_png(source.mask, size, open_ref)  # type: ignore[arg-type]  # opened late
        except AssetgenError as error:
            self._error("bad-mask", error.message, place, hint=error.hint)

    def _ref_size(self, ref: Refs) -> Size | None:
        if isinstance(ref, AssetRef):
            return self._size(ref.name)
        if isinstance(ref, FileRef):
            return self._pictures.sizes.get(ref.path)
        return None

    def _size(self, name: AssetName) -> Size | None:
        """Return an asset's size where the spec and its files settle it.

        Walks down on a stack of its own: chains may be ten thousand assets deep.
        """
        stack = [name]
        while stack:
            top = stack[-1]
            if top in self._sizes:
                stack.pop()
                continue
            first = _size_from(self._loaded.assets[top])
            if first is not None and first not in self._sizes:
                stack.append(first)
                continue
            self._sizes[top] = self._own_size(self._loaded.assets[top])
            stack.pop()
        return self._sizes[name]

    def _own_size(self, asset: Asset) -> Size | None:
        size: Size | None = None
        match asset.source:
            case Drawn() as source:
                size = source.pixel_size
                if source.extend is not None:
                    size = self._extended(asset, source)
                elif source.mask is not None and source.outside == "keep":
                    size = self._ref_size(source.inputs[0])
            case FileSource(path):
                self.pictures(asset)
                size = self._pictures.sizes[path]
            case Layers(_, canvas):
                size = canvas
            case _:
                size = None
        try:
            return resulting_size(size, asset.process)
        except AssetFailed as error:
            place = asset.place.at("process")
            self._error("bad-size", error.message, place, hint=error.hint)
            return None

    def _extended(self, asset: Asset, source: Drawn) -> Size | None:
        first = self._ref_size(source.inputs[0])
        if first is None or source.extend is None:
            return None
        try:
            return extend_canvas(first, source.extend).wanted
        except AssetFailed as error:
            place = asset.place.at("extend")
            self._error("bad-extend", error.message, place, hint=error.hint)
            return None


def _size_from(asset: Asset) -> AssetName | None:
    """Return the asset whose size this one's size follows from, if there is one."""
    source = asset.source
    if not isinstance(source, Drawn) or not source.inputs:
        return None
    follows = source.extend is not None or (
        source.mask is not None and source.outside == "keep"
    )
    first = source.inputs[0]
    return first.name if follows and isinstance(first, AssetRef) else None
