"""What the settings of one output must meet together, whatever its path."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from assetgen.model import Drawn, FileSource
from assetgen.resolve.paths import FORMATS, split_suffix
from assetgen.resolve.values import is_opaque
from assetgen.values import Value

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from assetgen.model import Asset, Fit, Format, Json, Metadata, Source, Step
    from assetgen.resolve.findings import Findings
    from assetgen.spans import Place

WITH_QUALITY: Final[frozenset[Format]] = frozenset(("jpg", "webp", "avif"))
WITH_LOSSLESS: Final[frozenset[Format]] = frozenset(("png", "webp", "avif"))
WITHOUT_ALPHA: Final[frozenset[Format]] = frozenset(("jpg",))
MAX_ICON_PX: Final[Mapping[str, int]] = MappingProxyType({"ico": 256, "icns": 1024})


class Shape(Value, kw_only=True):
    """What all files of one output have in common; names as in `Output`."""

    height: int | None
    fit: Fit
    position: str
    background: str | None
    quality: int | None
    lossless: bool | None
    enlarge: bool
    process: tuple[Step, ...]
    metadata: Metadata


def quality_for(shape: Shape, format_: Format) -> int | None:
    """Return the quality of a file; None for formats that have none."""
    return shape.quality if format_ in WITH_QUALITY else None


def lossless_for(shape: Shape, format_: Format) -> bool | None:
    """Return whether a file is lossless; None for formats without the choice."""
    return shape.lossless if format_ in ("webp", "avif") else None


def raw_format(source: Source) -> Format | None:
    """Return the format of an asset's raw bytes; None where its picture is computed."""
    if isinstance(source, FileSource):
        return FORMATS.get(split_suffix(source.path)[1])
    if not isinstance(source, Drawn):
        return None
    put_back = source.mask is not None or source.extend is not None
    if put_back and source.outside == "keep":
        return None
    asked = dict(source.params).get("output_format", "png")
    return FORMATS.get(asked) if isinstance(asked, str) else None


def check_shape(
    shape: Shape,
    formats: Sequence[Format],
    widths: Sequence[int | None],
    place: Place,
    found: Findings,
) -> None:
    """Report what cannot be written in any of the formats."""
    if shape.quality is not None and WITH_QUALITY.isdisjoint(formats):
        found.error(
            "bad-value",
            f"{_list(formats)} files have no quality",
            place.key("quality"),
            hint="`quality` is for jpg, webp and avif; "
            "`colors: 64` makes png files smaller",
        )
    if shape.lossless and WITH_LOSSLESS.isdisjoint(formats):
        found.error(
            "bad-value",
            f"{_list(formats)} files cannot be lossless",
            place.key("lossless"),
            hint="`lossless` is for webp and avif; png always is",
        )
    boxed = shape.height is not None and any(widths)
    if shape.fit == "contain" and boxed and not is_opaque(shape.background):
        for format_ in formats:
            if format_ in WITHOUT_ALPHA:
                found.error(
                    "needs-alpha",
                    f"`fit: contain` pads with transparency, which {format_} "
                    "files do not have",
                    place.key("fit"),
                    hint='add `background: "#ffffff"`, or write png or webp',
                )


def check_kept_metadata(
    raw: Mapping[str, Json],
    formats: Sequence[Format],
    source: Source,
    steps: tuple[Step, ...],
    place: Place,
    found: Findings,
) -> None:
    """Report why `metadata: keep` cannot be: the file would not be the raw bytes."""
    changing = ("width", "widths", "height", "densities", "process", "quality")
    more = ("lossless", "background", "colors", "optimize")
    changed = [key for key in (*changing, *more) if raw.get(key)]
    original = raw_format(source)
    reason = None
    if changed:
        reason = f"`{changed[0]}` changes the picture"
    elif steps:
        reason = "the asset's `process` changes the picture"
    elif original is None:
        reason = "the asset's picture is computed and has no raw bytes"
    elif any(format_ != original for format_ in formats):
        reason = f"the picture comes as {original}"
    if reason is not None:
        found.error(
            "cannot-keep",
            f"`metadata: keep` writes the raw bytes, and {reason}",
            place.key("metadata"),
            hint="use `tag` or `strip`",
        )


def check_icon_size(
    format_: Format, width: int | None, height: int | None
) -> str | None:
    """Return what is wrong with the size of an icon file; None if nothing is."""
    limit_px = MAX_ICON_PX.get(format_)
    if limit_px is not None and max(width or 0, height or 0) > limit_px:
        return f"{format_} files hold pictures of up to {limit_px} px a side"
    return None


def _list(formats: Sequence[Format]) -> str:
    return " and ".join(dict.fromkeys(formats))


def warn_of_lost_alpha(asset: Asset, found: Findings) -> None:
    """Warn of files that a draw with a transparent background cannot become.

    Only the draw shows whether it is transparent as asked; then it is paid for.
    """
    source = asset.source
    asked = dict(source.params).get("background") if isinstance(source, Drawn) else ""
    if asked != "transparent" or _is_flattened(asset.process):
        return
    lost = dict.fromkeys(
        (output.place, output.format)
        for output in asset.outputs
        if output.format in WITHOUT_ALPHA
        and output.background is None
        and not _is_flattened(output.process)
    )
    for place, format_ in lost:
        found.warning(
            "needs-alpha",
            f"the picture is drawn with a transparent background, and {format_} files "
            "have none",
            place or asset.place,
            hint="set `background` on the output, add the step `flatten`, or write "
            "png or webp",
        )


def _is_flattened(steps: tuple[Step, ...]) -> bool:
    return any(step.name == "flatten" for step in steps)
