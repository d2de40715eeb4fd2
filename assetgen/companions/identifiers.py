"""Assets' names as identifiers of programming languages; pure."""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_WORDS = re.compile(r"[a-z0-9]+")

_OBJECT: Final = (
    "Equals",
    "Finalize",
    "GetHashCode",
    "GetType",
    "MemberwiseClone",
    "ReferenceEquals",
    "ToString",
)
"""Members of every class of C#, which a nested class must not hide."""

_TAKEN: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        "ts": frozenset(
            ("Asset", "AssetFile", "AssetName", "Array", "Infinity", "NaN", "Readonly")
        ),
        "gdscript": frozenset(("ALL", "PI", "TAU", "INF", "NAN")),
        "csharp": frozenset(
            ("Assets", "Name", "Alt", "Path", "Width", "Height", "Files", *_OBJECT)
        ),
        "python": frozenset(("ASSETS", "Asset", "AssetFile", "Final", "NamedTuple")),
    }
)
"""What stands in the written file, or in the language itself, in the same form."""


def identifier(language: str, name: str) -> str:
    """Return an asset's name as a constant of a language is written.

    ``icons/sword-bronze`` becomes ``IconsSwordBronze`` in TypeScript and C#, and
    ``ICONS_SWORD_BRONZE`` in Python and GDScript. One that would begin with a digit
    gets an underscore in front, one that the language needs itself gets one behind.

    Args:
        language: ``ts``, ``csharp``, ``python`` or ``gdscript``.
        name: Small letters, digits, and signs between them.
    """
    words = _WORDS.findall(name)
    if language in ("ts", "csharp"):
        text = "".join(word[0].upper() + word[1:] for word in words)
    else:
        text = "_".join(word.upper() for word in words)
    if text[0].isdigit():
        text = f"_{text}"
    return f"{text}_" if text in _TAKEN[language] else text


def collisions(language: str, names: Iterable[str]) -> list[tuple[str, str, str]]:
    """Return the names that become one: the first, a later one, the identifier."""
    first: dict[str, str] = {}
    found: list[tuple[str, str, str]] = []
    for name in names:
        other = first.setdefault(identifier(language, name), name)
        if other != name:
            found.append((other, name, identifier(language, name)))
    return found
