"""Name the files of an output: fill what output paths know, append the rest."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from assetgen.errors import Problem
from assetgen.resolve.paths import FORMATS, normal_path, split_suffix
from assetgen.values import Value

if TYPE_CHECKING:
    from assetgen.model import Format
    from assetgen.spans import Place

_NAME = re.compile(r"\$\{(asset|width|height|format|density|draw)\}")


class Variant(Value, kw_only=True):
    """One file of an output: a point of the product of its lists.

    Attributes:
        width: In px at density 1; None where only the picture knows.
        height: As `width`.
        density: 1 where the output lists none.
        draw: None where the file shows the image.
    """

    format: Format
    width: int | None
    height: int | None
    density: int
    draw: int | None


class Naming(Value, kw_only=True):
    """How the files of one output are named.

    Attributes:
        text: The path as the spec says it; only output names stand in it.
        asset: The asset's name.
        adds_width: Whether the output has `widths`.
        adds_suffix: Whether `format` or `formats` decides the suffix.
        place: Of the path, for problems.
    """

    text: str
    asset: str
    adds_width: bool
    adds_suffix: bool
    place: Place


def path_of(variant: Variant, naming: Naming) -> str | Problem:
    """Return a file's path below its target's folder, or the problem with it.

    ``${hash}`` is left in it: only the file's bytes decide it.
    """
    known = {
        "asset": naming.asset,
        "width": variant.width,
        "height": variant.height,
        "format": variant.format,
        "density": variant.density,
        "draw": variant.draw,
    }
    text = naming.text
    if "$" in text:
        for name in _NAME.findall(text):
            if known[name] is None:
                return _unknown(name, naming.place)
        text = _NAME.sub(lambda match: str(known[match.group(1)]), text)
    if naming.adds_suffix:
        text = _with_suffix(text, variant.format)
    text = _with_additions(text, variant, naming)
    return normal_path(text, naming.place)


def _with_suffix(text: str, format_: Format) -> str:
    stem, suffix = split_suffix(text)
    known = FORMATS.get(suffix)
    if known == format_:
        return text
    return f"{stem}.{format_}" if known else f"{text}.{format_}"


def _with_additions(text: str, variant: Variant, naming: Naming) -> str:
    addition = ""
    if naming.adds_width and "${width}" not in naming.text:
        addition = f"-{variant.width}"
    if variant.density > 1 and "${density}" not in naming.text:
        addition += f"@{variant.density}x"
    if not addition:
        return text
    stem, _ = split_suffix(text)
    return f"{stem}{addition}{text[len(stem) :]}"


def _unknown(name: str, place: Place) -> Problem:
    if name == "draw":
        return Problem(
            "no-draws",
            "`${draw}` is for assets that a provider draws",
            place,
        )
    return Problem(
        "unknown-variable",
        f"`${{{name}}}` is not known: only the picture decides it",
        place,
        f"give the output a `{name}`",
    )
