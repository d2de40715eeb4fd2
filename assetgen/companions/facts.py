"""What the files beside a target's pictures are made from; read from a manifest's rows."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from assetgen.values import Value, field

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from assetgen.model import Json

MARK: Final = '"companion": "'
"""What a manifest's row of a companion holds, and no other row does."""

PRESET_MARK: Final = '"preset": "'
"""What the row of a preset's file holds."""

PICTURES: Final = frozenset(("png", "jpg", "webp", "avif", "gif", "svg", "ico", "icns"))


class FileFact(Value, kw_only=True):
    """A file of a target.

    Attributes:
        path: From the target's folder.
        width: In px; None for data, and where it is not known.
        preset: The built-in preset that it belongs to; empty for none.
        about: What the preset says of it.
        picked: Whether it shows the asset's picture, and not another draw.
    """

    path: str
    asset: str
    format: str
    width: int | None = None
    height: int | None = None
    preset: str = ""
    about: Mapping[str, Json] = field(default_factory=dict)
    picked: bool = True

    @property
    def folder(self) -> str:
        """The folder with a slash behind it; empty for the target's own."""
        head, slash, _ = self.path.rpartition("/")
        return head + slash


class AssetFact(Value, kw_only=True):
    """An asset with files in a target; `files` in the order of its outputs."""

    name: str
    alt: str | None
    files: tuple[FileFact, ...]

    @property
    def pictures(self) -> tuple[FileFact, ...]:
        """Its files without data files, and without those of draws not picked."""
        shown = (each for each in self.files if each.picked)
        return tuple(each for each in shown if each.format in PICTURES)

    @property
    def has_data(self) -> bool:
        """Whether there are data files among its files."""
        return any(each.format not in PICTURES for each in self.files)


class TargetFacts(Value, kw_only=True):
    """A target with everything in it.

    Attributes:
        name: Of the target.
        project: Name of the project; empty for none.
        engine: What reads the files; empty where the spec does not say.
        types: Language of the typed names; empty for none.
        snippets: Whether snippets are asked for.
        assets: Sorted by name.
    """

    name: str
    project: str = ""
    engine: str = ""
    types: str = ""
    snippets: bool = False
    assets: tuple[AssetFact, ...] = ()

    def files(self, preset: str) -> list[FileFact]:
        """Return the files of a preset, sorted by path; of picked draws only."""
        every = [each for asset in self.assets for each in asset.files]
        found = [each for each in every if each.preset == preset and each.picked]
        return sorted(found, key=lambda each: each.path)


_OWN: Final = frozenset(
    (
        "asset",
        "sha256",
        "bytes",
        "width",
        "height",
        "format",
        "draw",
        "placeholder",
        "picked",
        "preset",
    )
)


def entries_of(rows: Iterable[str]) -> dict[str, dict[str, Json]]:
    """Return the values of a manifest's rows by name."""
    found: dict[str, dict[str, Json]] = json.loads("{" + ",".join(rows) + "}")
    return found


def asset_facts(
    files: Mapping[str, Mapping[str, Json]], assets: Mapping[str, Mapping[str, Json]]
) -> tuple[AssetFact, ...]:
    """Return what a manifest's entries say of its assets.

    Entries of another form are passed over.
    """
    found: list[AssetFact] = []
    for name in sorted(assets):
        listed, alt = assets[name].get("files"), assets[name].get("alt")
        paths = [str(path) for path in listed] if isinstance(listed, list) else []
        found.append(
            AssetFact(
                name=name,
                alt=alt if isinstance(alt, str) else None,
                files=tuple(_file(p, files[p]) for p in paths if p in files),
            )
        )
    return tuple(found)


def _file(path: str, entry: Mapping[str, Json]) -> FileFact:
    width, height = entry.get("width"), entry.get("height")
    return FileFact(
        path=path,
        asset=str(entry.get("asset") or ""),
        format=str(entry.get("format") or ""),
        width=width if isinstance(width, int) else None,
        height=height if isinstance(height, int) else None,
        preset=str(entry.get("preset") or ""),
        about={key: value for key, value in entry.items() if key not in _OWN},
        picked=entry.get("picked") is not False,
    )
