"""Read what an output says of colours, of optimizing, and of frames that move."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from assetgen.model import Motion, Sheet
from assetgen.naming import did_you_mean
from assetgen.resolve.findings import quoted
from assetgen.resolve.values import read_flag, read_integer
from assetgen.values import Value, replace

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from assetgen.model import Format, Json, Source
    from assetgen.resolve.scope import Scope
    from assetgen.spans import Place

WITH_COLORS: Final[frozenset[Format]] = frozenset(("png", "gif"))
WITH_OPTIMIZE: Final[frozenset[Format]] = frozenset(("png",))
MOVING: Final[frozenset[Format]] = frozenset(("gif", "webp"))
"""What frames can move in."""

GIF_UNIT_MS: Final = 10
MIN_GIF_MS: Final = 20
"""Browsers show gif frames that are shorter for 100 ms."""

_MOST: Final[Mapping[str, int]] = MappingProxyType(
    {"fps": 100, "duration_ms": 60_000, "loop": 65_535}
)


class Extras(Value, kw_only=True):
    """What the formats of an output may say of themselves; names as in `Output`."""

    colors: int | None = None
    optimize: bool = False
    motion: Motion | None = None

    def colors_for(self, format_: Format) -> int | None:
        """Return the most colours of a file; None for formats that do not count."""
        return self.colors if format_ in WITH_COLORS else None

    def optimize_for(self, format_: Format) -> bool:
        """Return whether a file of this format is optimized."""
        return self.optimize and format_ in WITH_OPTIMIZE


def read_extras(
    raw: Mapping[str, Json],
    formats: Collection[Format],
    source: Source,
    place: Place,
    scope: Scope,
) -> Extras:
    """Return the extras of an output; what is wrong is reported and left out.

    Args:
        raw: The output as the spec says it, without templates.
        formats: Of its files.
        source: Of its asset.
        place: Of the output.
        scope: The asset that is read.
    """
    found = scope.found
    colors = None
    if raw.get("colors") is not None:
        colors = read_integer(raw["colors"], 2, 256, place.at("colors"), found)
        if WITH_COLORS.isdisjoint(formats):
            found.error(
                "bad-value",
                f"{' and '.join(formats)} files have no palette",
                place.key("colors"),
                hint="`colors` is for png and gif; `quality` makes the others smaller",
            )
    optimize = None
    if raw.get("optimize") is not None:
        optimize = read_flag(raw["optimize"], place.at("optimize"), found)
        if optimize and WITH_OPTIMIZE.isdisjoint(formats):
            found.error(
                "bad-value",
                f"{' and '.join(formats)} files cannot be optimized",
                place.key("optimize"),
                hint="`optimize` is for png; the others take `quality`",
            )
    motion = _read_motion(raw, formats, source, place, scope)
    return Extras(colors=colors, optimize=bool(optimize), motion=motion)


def _read_motion(
    raw: Mapping[str, Json],
    formats: Collection[Format],
    source: Source,
    place: Place,
    scope: Scope,
) -> Motion | None:
    """Return how frames move; None where they do not, and after a problem."""
    said = [key for key in ("animation", *_MOST) if raw.get(key) is not None]
    if not said:
        if isinstance(source, Sheet) and "gif" in formats and "data" not in raw:
            _warn_of_still(source, place, scope)
        return None
    found, before = scope.found, len(scope.found.problems)
    if not isinstance(source, Sheet):
        found.error(
            "bad-output",
            f"`{said[0]}` is for sprite sheets, whose frames can move",
            place.key(said[0]),
            hint="make a `sheet` of the pictures, and give it the output",
        )
        return None
    if said[0] != "animation":
        found.error(
            "bad-output",
            f"`{said[0]}` is of an animation, and the output names none",
            place.key(said[0]),
            hint="add `animation: true` for all frames, or the name of an animation",
        )
        return None
    if not MOVING.issuperset(formats):
        found.error(
            "bad-output",
            f"frames cannot move in {' and '.join(set(formats) - MOVING)} files",
            place.key("animation"),
            hint="end the path in .gif or .webp",
        )
    if "data" in raw:
        found.error("bad-output", "an animation has no data file", place.key("data"))
    name = _animation(raw["animation"], source, place.at("animation"), scope)
    motion = replace(_timing(raw, formats, place, scope), animation=name)
    return motion if len(found.problems) == before else None


def _warn_of_still(sheet: Sheet, place: Place, scope: Scope) -> None:
    """Warn of a gif with all frames side by side; one that says `data` is meant so."""
    name = next(iter(sheet.animations), "true")
    scope.found.warning(
        "still-gif",
        "this gif is a still: the sheet's page with all frames side by side",
        place.at("path"),
        hint=f"`animation: {name}` (with `fps` or `duration_ms`) makes the frames move;"
        " `data: NAME.json` says that the page is meant",
    )


def _animation(value: Json, sheet: Sheet, place: Place, scope: Scope) -> str | None:
    """Return an animation's name; None for all frames, and after a problem."""
    if value is True:
        return None
    if not isinstance(value, str):
        scope.found.wrong_type("an animation's name, or true", value, place)
    elif value not in sheet.animations:
        listed = ", ".join(sheet.animations)
        scope.found.error(
            "unknown-animation",
            f"the sheet has no animation {quoted(value)}",
            place,
            hint=did_you_mean(value, sheet.animations)
            or (f"it has {listed}" if listed else "`animation: true` takes all frames"),
        )
    else:
        return value
    return None


def _timing(
    raw: Mapping[str, Json], formats: Collection[Format], place: Place, scope: Scope
) -> Motion:
    found = scope.found
    numbers = {
        key: read_integer(
            raw[key], 0 if key == "loop" else 1, most, place.at(key), found
        )
        for key, most in _MOST.items()
        if raw.get(key) is not None
    }
    fps, length_ms = numbers.get("fps"), numbers.get("duration_ms")
    if "fps" in numbers and "duration_ms" in numbers:
        found.error(
            "bad-output",
            "`fps` and `duration_ms` exclude each other",
            place.key("duration_ms"),
        )
    if "gif" in formats:
        if length_ms and (length_ms % GIF_UNIT_MS or length_ms < MIN_GIF_MS):
            lower = max(MIN_GIF_MS, length_ms - length_ms % GIF_UNIT_MS)
            found.error(
                "bad-value",
                f"a gif counts in hundredths of a second, {MIN_GIF_MS} ms at least, and"
                f" a frame would last {length_ms} ms",
                place.at("duration_ms"),
                hint=f"take {lower} or {lower + GIF_UNIT_MS}, or write webp",
            )
        if fps and fps * MIN_GIF_MS > 1000:
            found.error(
                "bad-value",
                f"a gif shows at most {1000 // MIN_GIF_MS} frames in a second",
                place.at("fps"),
                hint="write webp",
            )
    return Motion(fps=fps, duration_ms=length_ms, loop=numbers.get("loop") or 0)
