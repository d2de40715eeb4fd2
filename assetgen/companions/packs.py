"""Lists for the loaders of game engines: Phaser's pack file, PixiJS' manifest.

Source: Phaser 3, `Phaser.Loader.FileTypes`; PixiJS 8, `Assets.init`, and AssetPack's
manifest.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from assetgen.companions.urls import url_of

if TYPE_CHECKING:
    from assetgen.companions.facts import AssetFact, FileFact, TargetFacts
    from assetgen.model import Json

_LOADED: Final = ("png", "jpg", "webp", "avif", "gif")
_PREFERRED: Final = ("avif", "webp", "png", "jpg", "gif", "svg")
"""Of several forms of one picture, the smallest comes first."""


def phaser_pack(facts: TargetFacts) -> str:
    """Return what `this.load.pack` takes; keys are the assets' names.

    URLs are relative to the target's folder, which is the loader's base URL.
    """
    files = [file for asset in facts.assets if (file := _phaser_file(asset))]
    rows = ",\n".join(f"      {json.dumps(each, ensure_ascii=False)}" for each in files)
    block = f"[\n{rows}\n    ]" if files else "[]"
    section = json.dumps(facts.name, ensure_ascii=False)
    return (
        f'{{\n  {section}: {{\n    "files": {block}\n  }},\n'
        '  "meta": {"app": "assetgen", "version": "1.0"}\n}\n'
    )


def _phaser_file(asset: AssetFact) -> dict[str, Json] | None:
    """Return the entry of an asset: a sheet with its data, or its first picture."""
    pictures, data = _usable(asset), _data(asset)
    if data and len(data) == 1 and len(pictures) > 1:
        entry: dict[str, Json] = {"type": "multiatlas", "key": asset.name}
        entry["url"] = url_of(data[0].path)
        if data[0].folder:  # its pictures are looked for there, not beside their data
            entry["path"] = url_of(data[0].folder)
        return entry
    if data and pictures:
        return {
            "type": "atlas",
            "key": asset.name,
            "textureURL": url_of(pictures[0].path),
            "atlasURL": url_of(data[0].path),
        }
    if not pictures:
        return None
    first = pictures[0]
    kind = "svg" if first.format == "svg" else "image"
    return {"type": kind, "key": asset.name, "url": url_of(first.path)}


def _usable(asset: AssetFact) -> list[FileFact]:
    return [each for each in asset.pictures if each.format in (*_LOADED, "svg")]


def _data(asset: AssetFact) -> list[FileFact]:
    return [each for each in asset.files if each.format == "json"]


def pixi_pack(facts: TargetFacts) -> str:
    """Return what `Assets.init({manifest})` takes: one bundle, aliases are names."""
    assets = [entry for asset in facts.assets if (entry := _pixi_asset(asset))]
    rows = ",\n".join(f"    {json.dumps(each, ensure_ascii=False)}" for each in assets)
    block = f"[\n{rows}\n  ]" if assets else "[]"
    return f'{{"bundles": [{{"name": "default", "assets": {block}}}]}}\n'


def _pixi_asset(asset: AssetFact) -> dict[str, Json] | None:
    """Return the entry of an asset: a sheet's first data, or every form of a picture."""
    data = _data(asset)
    if data:
        sources: list[Json] = [url_of(data[0].path)]  # the first names the others
    else:
        sources = [url_of(path) for path in _forms(asset)]
    if not sources:
        return None
    return {"alias": [asset.name], "src": sources, "data": {"tags": {}}}


def _forms(asset: AssetFact) -> list[str]:
    """Return the paths that stand for one picture: of each format the widest.

    Files that differ in density alone are all of them kept: PixiJS reads it from their
    names.
    """
    widest: dict[str, int] = {}
    for each in _usable(asset):
        if "@" not in each.path.rpartition("/")[2]:
            width = each.width or 0
            widest[each.format] = max(widest.get(each.format, 0), width)
    kept = [
        each
        for each in _usable(asset)
        if "@" in each.path.rpartition("/")[2]
        or each.width in (None, widest.get(each.format))
    ]
    kept.sort(key=lambda each: (_PREFERRED.index(each.format), each.path))
    return [each.path for each in kept]
