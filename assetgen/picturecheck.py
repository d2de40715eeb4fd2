"""The pictures of the repository that a spec names: there, inside, pictures, and still.

Each is opened once, to its header; what is wrong gets the place where the spec names it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from assetgen.errors import DiskRefused, ExitCode, PolicyRefused, Problem
from assetgen.model import FileSource, Size
from assetgen.resolve.raw_draws import svg_file_problems

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from assetgen.model import Asset, AssetName
    from assetgen.observe import FileDigests
    from assetgen.resolve.link import Card
    from assetgen.resolve.settings import Settings
    from assetgen.spans import Place


class PictureCheck:
    """Looks at pictures of the repository, at each one once.

    Attributes:
        sizes: Of the pictures that were looked at; None where something is wrong.
        weights: Their bytes.
        svgs: Those that have no pixels.
        moving: Frames of those that move; who is told of one is told once.
    """

    def __init__(self, files: FileDigests) -> None:
        """Look at `files`."""
        self._files = files
        self.sizes: dict[str, Size | None] = {}
        self.weights: dict[str, int] = {}
        self.svgs: set[str] = set()
        self.moving: dict[str, int] = {}

    def size(self, path: str) -> Size | None:
        """Return a picture's size; None if it cannot be opened."""
        if path not in self.sizes:
            look = self._look_at(path, None)
            self.sizes[path] = look if isinstance(look, Size) else None
        return self.sizes[path]

    def weight(self, path: str) -> int:
        """Return a picture's bytes; 0 if it cannot be read."""
        self.size(path)
        return self.weights.get(path, 0)

    def look(
        self,
        assets: Sequence[Asset],
        cards: Mapping[AssetName, Card],
        _settings: Settings,
    ) -> list[Problem]:
        """Return what is wrong with the pictures that `assets` name."""
        return [
            problem
            for asset in assets
            for problem in self.problems(asset, cards[asset.name])
        ]

    def problems(self, asset: Asset, card: Card) -> list[Problem]:
        """Return what is wrong with the pictures that an asset names."""
        found: list[Problem] = []
        for each in card.files:
            if each.path not in asset.files and each.path not in self.sizes:
                place = asset.place.at(*each.at)
                if each.at[-1:] == ("font",):
                    found += self._font_problems(each.path, place)
                    continue
                look = self._look_at(each.path, place)
                if isinstance(look, Problem):
                    found.append(look)
                self.sizes[each.path] = look if isinstance(look, Size) else None
            if each.path in self.moving and not _keeps_moving(asset, each.path):
                frames = self.moving.pop(each.path)
                found.append(_still_of(each.path, frames, asset.place.at(*each.at)))
        return found + (svg_file_problems(asset, self.svgs) if self.svgs else [])

    def _look_at(self, path: str, place: Place | None) -> Size | Problem:
        from assetgen.transforms.opening import PictureRefused, count_frames, probe

        data = self._read(path, place)
        if isinstance(data, Problem):
            return data
        self.weights[path] = len(data)
        try:
            info = probe(data)
        except PictureRefused as error:
            return Problem("bad-input", f"{path}: {error.message}", place, error.hint)
        if info.format == "svg":
            self.svgs.add(path)
        if info.animated:
            self.moving[path] = count_frames(data, info)
        return Size(info.width, info.height)

    def _font_problems(self, path: str, place: Place) -> list[Problem]:
        from assetgen.transforms.fonts import FontRefused
        from assetgen.transforms.lettering import require_font

        data = self._read(path, place)
        if isinstance(data, Problem):
            return [data]
        try:
            require_font(data)
        except FontRefused as error:
            said = f"{path}: {error.message}"
            return [Problem("bad-font", said, place, error.hint)]
        return []

    def _read(self, path: str, place: Place | None) -> bytes | Problem:
        try:
            data = self._files.read(path)
        except PolicyRefused as error:
            outside = "leads out" in error.message
            code = ExitCode.REFUSED if outside else ExitCode.SPEC_INVALID
            return Problem(
                "bad-input", error.message, place, error.hint, exit_code=code
            )
        except DiskRefused as error:
            return Problem("unreadable", error.message, place, error.hint)
        if data is None:
            return Problem("no-such-file", f"there is no file `{path}`", place)
        return data


def _keeps_moving(asset: Asset, path: str) -> bool:
    """Return whether a file is the asset's own, and is published just as it is."""
    own = asset.source == FileSource(path) and bool(asset.outputs)
    return own and all(out.metadata == "keep" for out in asset.outputs)


def _still_of(path: str, frames: int, place: Place) -> Problem:
    """Return the warning that of a moving picture only the first frame is used."""
    return Problem(
        "moving-input",
        f"{path} has {frames:,} frames, and only the first one is used",
        place,
        "frames that are to move are pictures of their own: put them into a `sheet`,"
        " whose output has `animation: true`; `metadata: keep` publishes a file as it is",
        severity="warning",
    )
