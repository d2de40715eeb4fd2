"""The names of companions that a target has whatever its assets are."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

TYPED_FILES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "ts": "assets.ts",
        "gdscript": "assets.gd",
        "csharp": "Assets.cs",
        "python": "assets.py",
    }
)
"""File with the typed names, by language."""

SNIPPETS: Final = "snippets.html"
PHASER_PACK: Final = "phaser-pack.json"
PIXI_MANIFEST: Final = "pixi-manifest.json"


def fixed_names(
    engine: str | None, types: str | None, *, snippets: bool
) -> tuple[str, ...]:
    """Return the paths of a target's companions, from its folder."""
    found = [TYPED_FILES[types]] if types and types in TYPED_FILES else []
    if snippets:
        found.append(SNIPPETS)
    if engine == "phaser":
        found.append(PHASER_PACK)
    if engine == "pixi":
        found.append(PIXI_MANIFEST)
    return tuple(found)
