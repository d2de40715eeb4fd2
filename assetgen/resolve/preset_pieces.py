"""What built-in presets are made of: raw outputs, with what only a preset can say."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from assetgen.resolve.paths import FORMATS, split_suffix
from assetgen.values import Value, field

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from assetgen.model import Json, Source, Step
    from assetgen.spans import Place

_WHITE: Final = "#ffffff"
DENSITIES: Final[Mapping[str, int]] = MappingProxyType(
    {"mdpi": 4, "hdpi": 6, "xhdpi": 8, "xxhdpi": 12, "xxxhdpi": 16}
)
"""Quarters of the size at `mdpi`, which is one pixel for each unit."""


class Piece(Value, kw_only=True):
    """One raw output of a preset.

    Attributes:
        raw: As a spec could say it.
        about: What a manifest says of its files.
        opaque: Whether they must have no see-through pixel.
        preview: Whether colour and blurred copy are worked out with the first of them.
        density: As in `Output`, where the raw output names no size.
    """

    raw: Mapping[str, Json]
    about: Mapping[str, Json] = field(default_factory=dict)
    opaque: bool = False
    preview: bool = False
    density: tuple[int, int] = (1, 1)


class Use(Value, kw_only=True):
    """A preset where an asset uses it.

    Attributes:
        raw: What stands beside `preset: NAME`, and that.
        asset: Name of the asset.
        source: Where its picture comes from.
        steps: Of the asset.
        place: Of `raw`.
    """

    raw: Mapping[str, Json]
    asset: str
    source: Source
    steps: Sequence[Step]
    place: Place

    def named(self, file: str) -> str:
        """Return the path of a file in the preset's folder."""
        folder = self.raw.get("path", ".")
        return (
            file if folder in (".", "", "./") else f"{str(folder).rstrip('/')}/{file}"
        )

    def stem(self, default: str) -> str:
        """Return the preset's path without the suffix of a picture."""
        path = str(self.raw.get("path", default))
        stem, suffix = split_suffix(path)
        return stem if suffix in FORMATS else path

    def format(self, default: str) -> Json:
        """Return the format that is asked for, or else by the path, or `default`."""
        if "format" in self.raw:
            return self.raw["format"]
        suffix = split_suffix(str(self.raw.get("path", "")))[1]
        return FORMATS.get(suffix, default)

    def taken(self, *keys: str) -> dict[str, Json]:
        """Return what is said of some keys."""
        return {key: self.raw[key] for key in keys if key in self.raw}

    def steps_then(self, *steps: dict[str, Json]) -> dict[str, Json]:
        """Return the key `process`: the spec's own steps first; {} for none."""
        own = self.raw.get("process")
        if own is not None and not isinstance(own, list):
            return {"process": own}  # its reader says what is wrong with it
        process = [*(own or []), *steps]
        return {"process": process} if process else {}


def see_through_icon(use: Use, file: str, width: int, height: int) -> dict[str, Json]:
    """Return an icon that keeps the picture's transparency."""
    return {
        "path": use.named(file),
        "width": width,
        "height": height,
        "fit": use.raw.get("fit", "contain"),
        **use.taken("target", "metadata", "enlarge", "position", "process"),
    }


def opaque_icon(
    use: Use, file: str, width: int, height: int, share: float = 1.0
) -> dict[str, Json]:
    """Return an icon on the preset's background; white where it names none.

    Args:
        use: The preset.
        file: Its name.
        width: In px.
        height: In px.
        share: How much of its sides the picture takes up.
    """
    color = use.raw.get("background") or _WHITE
    steps: list[dict[str, Json]] = []
    if "background" in use.raw:
        steps.append({"flatten": {"color": color}})
    if share < 1:
        steps += padding_steps(use, width, height, share, color)
    return {
        **see_through_icon(use, file, width, height),
        "background": color,
        **use.steps_then(*steps),
    }


def padding_steps(
    use: Use, width: int, height: int, share: float, color: Json
) -> list[dict[str, Json]]:
    """Return the steps that put the picture into the middle of a canvas."""
    inner = {"width": round(width * share), "height": round(height * share)}
    fit: dict[str, Json] = {"fit": "inside", **use.taken("enlarge")}
    pad: dict[str, Json] = {"to": f"{width}x{height}"}
    if color is not None:
        pad["color"] = color
    return [{"resize": {**inner, **fit}}, {"pad": pad}]
