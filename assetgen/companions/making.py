"""All companions of a target, from what its manifest says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assetgen.companions.icons import app_icons, launcher_icons, tiles, web_manifests
from assetgen.companions.names import (
    PHASER_PACK,
    PIXI_MANIFEST,
    SNIPPETS,
    TYPED_FILES,
)
from assetgen.companions.packs import phaser_pack, pixi_pack
from assetgen.companions.planned import Companion
from assetgen.companions.snippets import snippets_page
from assetgen.companions.typednames import typed_names

if TYPE_CHECKING:
    from assetgen.companions.facts import TargetFacts


def companions_of(facts: TargetFacts) -> tuple[Companion, ...]:
    """Return all companions of a target, sorted by path."""
    found = [
        *web_manifests(facts),
        *app_icons(facts),
        *launcher_icons(facts),
        *tiles(facts),
    ]
    if facts.types in TYPED_FILES:
        path = TYPED_FILES[facts.types]
        text = typed_names(facts.types, facts.assets)
        found.append(Companion(path=path, kind="types", text=text))
    if facts.snippets:
        links = [each.path for each in found if each.kind == "webmanifest"]
        page = snippets_page(facts, links)
        found.append(Companion(path=SNIPPETS, kind="snippets", text=page))
    if facts.engine == "phaser":
        found.append(Companion(path=PHASER_PACK, kind="pack", text=phaser_pack(facts)))
    if facts.engine == "pixi":
        found.append(Companion(path=PIXI_MANIFEST, kind="pack", text=pixi_pack(facts)))
    return tuple(sorted(found, key=lambda each: each.path))
