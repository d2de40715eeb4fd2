"""What lists icons: web manifests, Xcode's and Android's icon sets, Windows' tiles.

Source: the W3C's Web App Manifest; Xcode's asset catalogs; Android's adaptive icons;
Microsoft's browser configuration.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from assetgen.companions.planned import Companion, Listing, shared
from assetgen.companions.urls import url_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from assetgen.companions.facts import FileFact, TargetFacts
    from assetgen.model import Json

WEB_MANIFEST: Final = "manifest.webmanifest"
APP_ICONS: Final = "Contents.json"
LAUNCHER: Final = "mipmap-anydpi-v26/ic_launcher.xml"
TILES: Final = "browserconfig.xml"

_ICONS: Final = Listing(key="icons", name="src")
_IMAGES: Final = Listing(
    key="images",
    name="filename",
    slot=("idiom", "platform", "size", "scale", "appearances"),
    fills_gaps=True,
    rest={"info": {"author": "xcode", "version": 1}},
)
_INSET: Final = 'android:inset="16.7%"'


def _by_folder(files: Iterable[FileFact], key: str) -> dict[str, list[FileFact]]:
    """Return the files that say `key` of themselves, by their folder."""
    found: dict[str, list[FileFact]] = {}
    for each in files:
        if key in each.about:
            found.setdefault(each.folder, []).append(each)
    return found


def web_manifests(facts: TargetFacts) -> Iterator[Companion]:
    """Yield a web manifest for each folder with icons that one lists."""
    files = [*facts.files("pwa"), *facts.files("favicon")]
    for folder, icons in _by_folder(files, "purpose").items():
        icons.sort(key=lambda each: (str(each.about["purpose"]), each.width or 0))
        entries: list[dict[str, Json]] = [
            {
                "src": url_of(each.path.removeprefix(folder)),
                "sizes": f"{each.width}x{each.height}",
                "type": "image/png",
                "purpose": each.about["purpose"],
            }
            for each in icons
        ]
        listing = _ICONS
        if facts.project:
            listing = Listing(key="icons", name="src", head={"name": facts.project})
        yield shared(f"{folder}{WEB_MANIFEST}", "webmanifest", listing, entries)


def app_icons(facts: TargetFacts) -> Iterator[Companion]:
    """Yield the `Contents.json` of each of Xcode's icon sets."""
    for folder, icons in _by_folder(facts.files("ios-appicon"), "slots").items():
        entries: list[dict[str, Json]] = []
        for each in icons:
            slots = each.about["slots"]
            for slot in slots if isinstance(slots, list) else []:
                if isinstance(slot, dict):
                    name = each.path.removeprefix(folder)
                    entries.append({"filename": name, **slot})
        entries.sort(key=_slot_order)
        yield shared(f"{folder}{APP_ICONS}", "appicons", _IMAGES, entries)


def _slot_order(entry: dict[str, Json]) -> tuple[int, float, str, str]:
    idioms = ("universal", "iphone", "ipad", "ios-marketing")
    side = float(str(entry["size"]).partition("x")[0])
    scale = str(entry.get("scale", ""))
    return idioms.index(str(entry["idiom"])), side, scale, str(entry["filename"])


def launcher_icons(facts: TargetFacts) -> Iterator[Companion]:
    """Yield the XML of each adaptive icon that has both of its layers."""
    layers: dict[str, set[str]] = {}
    for folder, files in _by_folder(facts.files("android-launcher"), "layer").items():
        above = folder.rstrip("/").rpartition("/")
        layers.setdefault(above[0] + above[1], set()).update(
            str(each.about["layer"]) for each in files
        )
    for folder, found in layers.items():
        if {"foreground", "background"} <= found:
            text = _adaptive_icon(monochrome="monochrome" in found)
            yield Companion(path=f"{folder}{LAUNCHER}", kind="launcher", text=text)


def _adaptive_icon(*, monochrome: bool) -> str:
    name = "@mipmap/ic_launcher"
    lines = [
        '<?xml version="1.0" encoding="utf-8"?>',
        '<adaptive-icon xmlns:android="http://schemas.android.com/apk/res/android">',
        f'    <background android:drawable="{name}_background"/>',
        "    <foreground>",
        f'        <inset android:drawable="{name}_foreground" {_INSET}/>',
        "    </foreground>",
    ]
    if monochrome:
        lines.append(f'    <monochrome android:drawable="{name}_monochrome"/>')
    return "\n".join([*lines, "</adaptive-icon>", ""])


_TILE_NAMES: Final = ("square70x70", "square150x150", "wide310x150", "square310x310")


def tiles(facts: TargetFacts) -> Iterator[Companion]:
    """Yield the list of Windows' tiles for each folder with some."""
    for folder, files in _by_folder(facts.files("favicon"), "tile").items():
        from xml.sax.saxutils import (
            quoteattr,
        )  # brings half of the network library along

        sources = {
            f"{each.width}x{each.height}": url_of(each.path.removeprefix(folder))
            for each in files
        }
        lines = ['<?xml version="1.0" encoding="utf-8"?>']
        lines += ["<browserconfig>", "  <msapplication>", "    <tile>"]
        for name in _TILE_NAMES:
            size = name.removeprefix("square").removeprefix("wide")
            if size in sources:
                lines.append(f"      <{name}logo src={quoteattr(sources[size])}/>")
        lines += ["    </tile>", "  </msapplication>", "</browserconfig>", ""]
        yield Companion(path=f"{folder}{TILES}", kind="tiles", text="\n".join(lines))
