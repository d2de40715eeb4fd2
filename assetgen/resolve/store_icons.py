"""The presets of app stores: icon sets of Xcode, launcher icons of Android.

Source: Xcode's asset catalogs; Android's adaptive icons; the file names are those of
`flutter_launcher_icons` and Capacitor.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from assetgen.resolve.preset_pieces import (
    DENSITIES,
    Piece,
    opaque_icon,
    padding_steps,
    see_through_icon,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from assetgen.model import Json
    from assetgen.resolve.preset_pieces import Use

LAYER_SHARE: Final = 72 / 108
"""Side of what is seen of an adaptive icon's layer, as a part of the layer's side."""

_IOS_SLOTS: Final = (
    ("iphone", "20", (2, 3)),
    ("iphone", "29", (1, 2, 3)),
    ("iphone", "40", (2, 3)),
    ("iphone", "60", (2, 3)),
    ("ipad", "20", (1, 2)),
    ("ipad", "29", (1, 2)),
    ("ipad", "40", (1, 2)),
    ("ipad", "76", (1, 2)),
    ("ipad", "83.5", (2,)),
    ("ios-marketing", "1024", (1,)),
)


def ios_pieces(use: Use) -> Iterator[Piece]:
    """Yield the icons of an `AppIcon.appiconset`: one for all sizes, or each size."""
    appearance = use.raw.get("appearance", "any")
    slot: dict[str, Json] = {
        "idiom": "universal",
        "platform": "ios",
        "size": "1024x1024",
    }
    if appearance == "dark":  # the system puts its own dark ground behind it
        slot["appearances"] = _luminosity("dark")
        raw = see_through_icon(use, "AppIcon-1024-dark.png", 1024, 1024)
        yield Piece(raw=raw, about={"slots": [slot]})
        return
    if appearance == "tinted":
        slot["appearances"] = _luminosity("tinted")
        raw = opaque_icon(use, "AppIcon-1024-tinted.png", 1024, 1024)
        own = raw.get("process") or []
        if isinstance(own, list):
            raw["process"] = [*own, {"grayscale": True}]
        yield Piece(raw=raw, about={"slots": [slot]}, opaque=True)
        return
    if use.raw.get("legacy") is not True:
        raw = opaque_icon(use, "AppIcon-1024.png", 1024, 1024)
        yield Piece(raw=raw, about={"slots": [slot]}, opaque=True)
        return
    for file, side, slots in _ios_files():
        raw = opaque_icon(use, file, side, side)
        yield Piece(raw=raw, about={"slots": slots}, opaque=True)


def _luminosity(value: str) -> Json:
    return [{"appearance": "luminosity", "value": value}]


def _ios_files() -> list[tuple[str, int, list[Json]]]:
    """Return the files of an icon set with all sizes: name, side in px, slots."""
    files: dict[str, tuple[int, list[Json]]] = {}
    for idiom, points, scales in _IOS_SLOTS:
        for scale in scales:
            size = f"{points}x{points}"
            name = f"Icon-App-{size}@{scale}x.png"
            _, slots = files.setdefault(name, (round(float(points) * scale), []))
            slots.append({"idiom": idiom, "size": size, "scale": f"{scale}x"})
    return [(name, side, slots) for name, (side, slots) in files.items()]


def android_pieces(use: Use) -> Iterator[Piece]:
    """Yield plain icons, and the layers of an adaptive one, for every density."""
    layer = use.raw.get("layer", "all")
    for density, quarters in DENSITIES.items():
        icon, whole = 48 * quarters // 4, 108 * quarters // 4
        folder = f"mipmap-{density}"
        if layer == "all":
            yield from _launcher_icons(use, folder, icon)
        if layer in ("all", "foreground"):
            name = f"{folder}/ic_launcher_foreground.png"
            raw = see_through_icon(use, name, whole, whole)
            yield Piece(raw=raw, about={"layer": "foreground"})
        if layer == "background" or (layer == "all" and "background" in use.raw):
            name = f"{folder}/ic_launcher_background.png"
            raw = _layer_ground(use, name, whole)
            yield Piece(raw=raw, about={"layer": "background"}, opaque=True)
        wanted = use.raw.get("monochrome", True)
        if layer == "monochrome" or (layer == "all" and wanted):
            name = f"{folder}/ic_launcher_monochrome.png"
            steps = padding_steps(use, whole, whole, LAYER_SHARE, None)
            steps.append({"grayscale": True})
            raw = {
                **see_through_icon(use, name, whole, whole),
                **use.steps_then(*steps),
            }
            yield Piece(raw=raw, about={"layer": "monochrome"})


def _launcher_icons(use: Use, folder: str, side: int) -> Iterator[Piece]:
    """Yield what launchers show that know no layers: square, and in a disc."""
    square = f"{folder}/ic_launcher.png"
    disc = f"{folder}/ic_launcher_round.png"
    if "background" in use.raw:
        yield Piece(raw=opaque_icon(use, square, side, side), opaque=True)
    else:
        yield Piece(raw=see_through_icon(use, square, side, side))
    shape: list[dict[str, Json]] = [
        {
            "resize": {
                "width": side,
                "height": side,
                "fit": use.raw.get("fit", "contain"),
                **use.taken("enlarge", "position"),
            }
        }
    ]
    if "background" in use.raw:
        shape.append({"flatten": {"color": use.raw["background"]}})
    shape.append({"round": "50%"})
    raw = {**see_through_icon(use, disc, side, side), **use.steps_then(*shape)}
    yield Piece(raw=raw)


def _layer_ground(use: Use, file: str, side: int) -> dict[str, Json]:
    """Return the lower layer: the asset's picture, or nothing but the background."""
    if use.raw.get("layer") == "background":
        return {
            **opaque_icon(use, file, side, side),
            "fit": use.raw.get("fit", "cover"),
        }
    # Every colour is keyed out, so what is left of the picture is one plain colour.
    color = use.raw["background"]
    return {
        "path": use.named(file),
        "width": side,
        "height": side,
        "enlarge": True,
        "process": [
            {"crop": {"x": 0, "y": 0, "width": 1, "height": 1}},
            {"key": {"color": "#000000", "tolerance": 255}},
            {"flatten": {"color": color}},
        ],
        **use.taken("target"),
        "metadata": "strip",
    }
