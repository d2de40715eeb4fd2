"""Fill ``${name}`` into the strings of an asset.

Names come from the matrix, then the asset's own `vars`, then the spec's. In output
paths some more names are known (`OUTPUT_NAMES`); they are left standing here, because
`outputs` fills them once for every file. There are no expressions, and a filled-in
value is never looked at again.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from assetgen.naming import did_you_mean
from assetgen.resolve.findings import Findings, quoted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from assetgen.model import Json
    from assetgen.spans import Place

OUTPUT_NAMES: Final = frozenset(
    ("asset", "width", "height", "format", "density", "draw", "hash")
)
"""Names that output paths know beside the matrix and the variables."""

MAX_TEXT_LENGTH: Final = 32_000
"""Characters of one filled-in string; also the longest prompt that models take."""

MAX_TEXT_PROBLEMS: Final = 10
"""Problems of one string after which the rest of it is not looked at."""

TEMPLATE: Final = re.compile(r"\$\$\{|\$\{([^{}]*)(\}?)")
"""A name to fill in, or the literal ``${``, which has no group."""

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*(?:\.[A-Za-z0-9_-]+)*")


class Names:
    """What templates of one asset may name.

    Attributes:
        used: The names that were filled in, with value and origin.
    """

    __slots__ = ("_asset", "_matrix", "_spec", "used")

    def __init__(
        self,
        spec: Mapping[str, Json],
        asset: Mapping[str, Json],
        matrix: Mapping[str, Json],
    ) -> None:
        """Remember the three origins; the later ones hide the earlier ones."""
        self._spec = spec
        self._asset = asset
        self._matrix = matrix
        self.used: dict[str, tuple[Json, str]] = {}

    def look_up(self, name: str) -> Json:
        """Return the value of `name` and note that it was used.

        A matrix value that is a map stands for its `id`.

        Raises:
            KeyError: Nothing has that name.
        """
        base, _, inner = name.partition(".")
        for origin, values in (
            ("matrix", self._matrix),
            ("asset", self._asset),
            ("spec", self._spec),
        ):
            if name in values:
                value = values[name]
                value = value["id"] if isinstance(value, dict) else value
            elif inner and isinstance(fields := values.get(base), dict):
                value = fields[inner]
            else:
                continue
            self.used[name] = (value, origin)
            return value
        raise KeyError(name)

    def known(self) -> list[str]:
        """Return every name that could be used, fields of maps included."""
        names: list[str] = []
        for values in (self._matrix, self._asset, self._spec):
            for name, value in values.items():
                names.append(name)
                if isinstance(value, dict):
                    names.extend(f"{name}.{field}" for field in value)
        return names


def holds_template(value: Json) -> bool:
    """Tell whether any string inside `value` has a dollar sign."""
    if isinstance(value, str):
        return "$" in value
    if isinstance(value, dict):
        return any(map(holds_template, value.values()))
    if isinstance(value, list):
        return any(map(holds_template, value))
    return False


def text_of(value: Json) -> str | None:
    """Return a scalar in its canonical text; None for what cannot be filled in."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return str(value) if isinstance(value, (int, float)) else None


def fill(
    text: str, names: Names, place: Place, found: Findings, *, in_path: bool = False
) -> str:
    """Return `text` with its templates filled in.

    Args:
        text: Any string of an asset.
        names: What it may name.
        place: Of the string, for problems.
        found: Gets the problems; what is wrong stays in the text as it is.
        in_path: Whether `text` is an output path, which leaves `OUTPUT_NAMES`
            standing and has no use for ``$${``.
    """
    if "$" not in text:
        return text
    parts: list[str] = []
    end = length = 0
    last_problem = len(found.problems) + MAX_TEXT_PROBLEMS
    for match in TEMPLATE.finditer(text):
        parts.append(text[end : match.start()])
        end = match.end()
        parts.append(_insertion(match, names, place, found, in_path=in_path))
        length += len(parts[-2]) + len(parts[-1])
        if length > MAX_TEXT_LENGTH or len(found.problems) >= last_problem:
            break
    parts.append(text[end:])
    if length + len(parts[-1]) > MAX_TEXT_LENGTH:
        found.error(
            "too-long",
            f"filled in, this text has more than {MAX_TEXT_LENGTH:,} characters",
            place,
        )
        return ""
    return "".join(parts)


def _insertion(
    match: re.Match[str],
    names: Names,
    place: Place,
    found: Findings,
    *,
    in_path: bool,
) -> str:
    whole, name = match.group(), match.group(1)
    if name is None:
        if in_path:
            found.error("bad-path", "a path cannot hold a literal `${`", place)
        return "${"
    if not match.group(2) or _NAME.fullmatch(name) is None:
        found.error(
            "bad-template",
            f"{quoted(whole)} is not a template",
            place,
            hint="write `${name}`, or `$${` for the two characters themselves",
        )
        return whole
    if in_path and name in OUTPUT_NAMES:
        return whole
    try:
        text = text_of(names.look_up(name))
    except KeyError:
        _report_unknown(name, names, place, found, in_path=in_path)
        return whole
    if text is None:
        found.error("bad-template", f"`{name}` has no text to fill in", place)
        return whole
    return text


def _report_unknown(
    name: str, names: Names, place: Place, found: Findings, *, in_path: bool
) -> None:
    if name in OUTPUT_NAMES:
        found.error(
            "unknown-variable",
            f"`${{{name}}}` is known in output paths only",
            place,
        )
        return
    choices = names.known() + (sorted(OUTPUT_NAMES) if in_path else [])
    found.error(
        "unknown-variable",
        f"nothing is named {quoted(name)} here",
        place,
        hint=did_you_mean(name, choices)
        or "names come from the matrix, the asset's `vars` and the spec's `vars`",
    )


def fill_tree(value: Json, names: Names, place: Place, found: Findings) -> Json:
    """Return `value` with the templates of all its strings filled in."""
    if not holds_template(value):
        return value
    if isinstance(value, str):
        return fill(value, names, place, found)
    if isinstance(value, dict):
        return {
            key: fill_tree(inner, names, place.at(key), found)
            for key, inner in value.items()
        }
    if isinstance(value, list):
        return [
            fill_tree(inner, names, place.at(position), found)
            for position, inner in enumerate(value)
        ]
    return value


def fill_output(value: Json, names: Names, place: Place, found: Findings) -> Json:
    """Return one entry of `outputs`, filled in; paths keep the output names."""
    if not holds_template(value):
        return value
    if isinstance(value, str):
        return fill(value, names, place, found, in_path=True)
    if not isinstance(value, dict):
        return value
    return {
        key: fill(inner, names, place.at(key), found, in_path=True)
        if key in ("path", "data") and isinstance(inner, str)
        else fill_tree(inner, names, place.at(key), found)
        for key, inner in value.items()
    }
