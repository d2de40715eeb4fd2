"""Read layers of text, and bring their options into one form."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from assetgen.catalog import TEXT_DEFAULTS
from assetgen.errors import Problem
from assetgen.model import FileRef, TextLayer
from assetgen.resolve.paths import normal_path
from assetgen.resolve.values import (
    length_text,
    read_choice,
    read_color,
    read_length,
    read_number,
    read_point,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from assetgen.model import Json
    from assetgen.resolve.findings import Findings
    from assetgen.spans import Place

MAX_CHARACTERS: Final = 10_000
"""Characters of one layer."""

MAX_SIZE_PX: Final = 8192
ALIGNMENTS: Final = ("left", "center", "right")


def read_text_layer(
    raw: Mapping[str, Json],
    blend: str | None,
    place: Place,
    found: Findings,
) -> TextLayer | None:
    """Return a layer of text; None after a problem.

    Its options have one form: no needless decimals, long colours, and nothing that
    would be the same if it were left out.

    Args:
        raw: The layer as the spec has it, templates filled in.
        blend: Its blend, read already.
        place: Of the layer.
        found: Gets the problems.
    """
    before = len(found.problems)
    text, font = raw["text"], _read_font(raw.get("font"), place, found)
    if not isinstance(text, str):
        found.wrong_type("text", text, place.at("text"))
    else:
        _judge_text(text, place.at("text"), found)
    options: dict[str, Json] = {"blend": blend}
    for key, read in _READERS.items():
        if raw.get(key) is not None:
            options[key] = read(raw[key], place.at(key), found)
    if "margin" in options and isinstance(options.get("at"), list):
        found.error(
            "bad-layer",
            "`margin` goes with a named position; `[x, y]` says it all",
            place.at("margin"),
        )
    if len(found.problems) > before:
        return None
    assert isinstance(text, str)
    kept = {
        key: options[key]
        for key in sorted(options)
        if options[key] != TEXT_DEFAULTS.get(key)
    }
    return TextLayer(text=text, font=font, options=kept)


def _judge_text(text: str, place: Place, found: Findings) -> None:
    """Report a text that cannot be set in any font."""
    if not text.strip():
        found.error("empty", "there is no text to set", place)
    elif len(text) > MAX_CHARACTERS:
        found.error(
            "bad-value",
            f"a layer of text has at most {MAX_CHARACTERS:,} characters, not"
            f" {len(text):,}",
            place,
        )


def _read_font(value: Json, place: Place, found: Findings) -> FileRef | None:
    """Return the font file; None after a problem."""
    if value is None:
        found.error(
            "missing-key",
            "a layer of text needs a font of the repository",
            place,
            hint="add `font: {file: fonts/Name.ttf}`",
        )
        return None
    if not isinstance(value, dict):
        found.wrong_type("a map with `file`", value, place.at("font"))
        return None
    path = normal_path(value.get("file"), place.at("font", "file"))
    if isinstance(path, Problem):
        found.problems.append(path)
        return None
    return FileRef(path)


def _number(lowest: float, highest: float) -> Callable[[Json, Place, Findings], Json]:
    def read(value: Json, place: Place, found: Findings) -> Json:
        number = read_number(value, lowest, highest, place, found)
        return int(number) if number is not None and number.is_integer() else number

    return read


def _at(value: Json, place: Place, found: Findings) -> Json:
    point = read_point(value, place, found)
    if isinstance(point, tuple):
        return [length_text(each) for each in point]
    return point


def _length(value: Json, place: Place, found: Findings) -> Json:
    length = read_length(value, place, found)
    if length is not None and length.value < 0:
        found.error("bad-length", "a length cannot be negative here", place)
    return None if length is None else length_text(length)


def _width(value: Json, place: Place, found: Findings) -> Json:
    width = _length(value, place, found)
    if width in (0, "0%"):
        found.error("bad-length", "lines cannot be 0 px wide", place)
    return width


def _align(value: Json, place: Place, found: Findings) -> Json:
    return read_choice(value, ALIGNMENTS, place, found)


_READERS: Final[Mapping[str, Callable[[Json, Place, Findings], Json]]] = {
    "size": _number(1, MAX_SIZE_PX),
    "color": read_color,
    "at": _at,
    "margin": _length,
    "max_width": _width,
    "align": _align,
    "opacity": _number(0, 1),
}
