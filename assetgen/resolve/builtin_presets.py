"""Unfold built-in presets into ordinary outputs; names and sizes as their readers expect.

A preset is a list of raw outputs, as a spec could hold them, with what only a preset can
say: that a file must be opaque, and what a manifest says of it. `outputs` reads them as
it reads any other.

Source: what browsers, Xcode and Android look for; the file names are those of the tools
`favicons`, `flutter_launcher_icons` and Capacitor.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from assetgen.model import Drawn
from assetgen.resolve.findings import quoted
from assetgen.resolve.preset_pieces import (
    DENSITIES,
    Piece,
    opaque_icon,
    see_through_icon,
)
from assetgen.resolve.store_icons import android_pieces, ios_pieces
from assetgen.values import Value

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from assetgen.model import Json
    from assetgen.resolve.findings import Findings
    from assetgen.resolve.preset_pieces import Use

RESPONSIVE_WIDTHS: Final = (320, 640, 1024)
"""Widths that every picture has which a model draws in its smallest size."""

MASKABLE_SHARE: Final = 0.8
"""Side of the picture as a part of a maskable icon's side.

No mask cuts the circle of that width in the middle, so the circle inside the picture is
always whole; of its corners a launcher may cut what lies outside of that circle.
"""

TRACED_PX: Final = 256
"""Side of the picture that `favicon.svg` is traced from."""

_SHARED: Final = ("path", "target", "process", "metadata", "enlarge")
_ICON: Final = (*_SHARED, "background", "fit", "position")
_PLAIN: Final = (*_ICON, "width", "height", "quality", "lossless", "format")

_APPLE_SIDES: Final = (57, 60, 72, 76, 114, 120, 144, 152, 167, 180, 1024)
_CHROME_SIDES: Final = (36, 48, 72, 96, 144, 192, 256, 384, 512)
_TILES: Final = ((70, 70), (144, 144), (150, 150), (310, 150), (310, 310))


class _Preset(Value):
    """How a preset is unfolded.

    Attributes:
        takes: The keys that may stand beside its name.
        pieces: Yields its outputs.
        folder: Whether its path is a folder; else it is a file's stem.
        opaque: Whether some of its files must be opaque.
    """

    takes: tuple[str, ...]
    pieces: Callable[[Use], Iterator[Piece]]
    folder: bool = False
    opaque: bool = False


def expand(use: Use, found: Findings) -> list[Piece]:
    """Return the outputs that a built-in preset stands for; [] after a problem."""
    name = str(use.raw["preset"])
    preset = _PRESETS[name]
    before = len(found.problems)
    for key in use.raw:
        if key != "preset" and key not in preset.takes:
            found.error(
                "bad-output",
                f"the preset `{name}` takes no {quoted(key)}",
                use.place.key(key),
                hint=f"it takes {', '.join(sorted(preset.takes))}",
            )
    _check_choices(use, found)
    _check_folder(use, preset, found)
    if preset.opaque or use.raw.get("set") == "full":
        _check_ground(use, name, found)
    return [] if len(found.problems) > before else list(preset.pieces(use))


_CHOICES: Final[Mapping[str, tuple[Json, ...]]] = MappingProxyType(
    {
        "set": ("lean", "full"),
        "appearance": ("any", "dark", "tinted"),
        "layer": ("all", "foreground", "background", "monochrome"),
        "folders": ("none", "android"),
        "legacy": (True, False),
        "monochrome": (True, False),
        "svg": (False, True),
    }
)


def _check_choices(use: Use, found: Findings) -> None:
    for key, choices in _CHOICES.items():
        value = use.raw.get(key, choices[0])
        if not any(value is each or value == each for each in choices):
            words = ", ".join(str(choice).lower() for choice in choices)
            found.error(
                "bad-value",
                f"{quoted(str(value))} is none of {words}",
                use.place.at(key),
            )
    if not isinstance(use.raw.get("sizes", ""), str):
        found.wrong_type("text", use.raw["sizes"], use.place.at("sizes"))


def _check_folder(use: Use, preset: _Preset, found: Findings) -> None:
    """Report a folder whose name only a file could fill in."""
    path = use.raw.get("path", "")
    if not isinstance(path, str):
        found.wrong_type("a path", path, use.place.at("path"))
    elif preset.folder and "$" in path.replace("${asset}", ""):
        found.error(
            "bad-path",
            f"the path of the preset `{use.raw['preset']}` is a folder, and of the"
            " names of a file it knows `${asset}` only",
            use.place.at("path"),
        )


def _check_ground(use: Use, name: str, found: Findings) -> None:
    """Report an opaque icon of a picture that is known to be see-through."""
    ground, hint = use.raw.get("background"), 'write it as `"#ffffff"`, without alpha'
    if ground is not None:
        if _shows_through(ground):
            message = f"icons of the preset `{name}` are opaque, and this colour is not"
            found.error(
                "needs-background", message, use.place.at("background"), hint=hint
            )
        return
    source = use.source
    asked = dict(source.params).get("background") if isinstance(source, Drawn) else ""
    if asked != "transparent":
        return
    own = use.raw.get("process") or []
    listed = own if isinstance(own, list) else []
    steps = [step.name for step in use.steps]
    steps += [
        str(key)
        for step in listed
        for key in (step if isinstance(step, dict) else (step,))
    ]
    if "flatten" in steps or use.raw.get("appearance") == "dark":
        return
    found.error(
        "needs-background",
        f"icons of the preset `{name}` are opaque, and the picture is drawn with a"
        " transparent background",
        use.place.at("preset"),
        hint='add `background: "#ffffff"` (or another colour) beside the preset',
    )


def _shows_through(color: Json) -> bool:
    text = str(color).lower()
    return text == "transparent" or (len(text) == 9 and not text.endswith("ff"))


# --- pieces -------------------------------------------------------------------


def _responsive(use: Use) -> Iterator[Piece]:
    widths = use.raw.get("widths", list(RESPONSIVE_WIDTHS))
    formats = use.raw.get("formats", ["avif", "webp", _fallback(use)])
    largest = max(
        (w for w in widths if isinstance(w, int)) if isinstance(widths, list) else (),
        default=0,
    )
    sizes = use.raw.get("sizes", f"(max-width: {largest}px) 100vw, {largest}px")
    raw: dict[str, Json] = {
        "path": use.stem(use.asset),
        "widths": widths,
        "formats": formats,
        **use.taken(*_SHARED[1:], "background", "quality", "height", "fit", "position"),
    }
    yield Piece(raw=raw, about={"sizes": sizes}, preview=True)


def _fallback(use: Use) -> str:
    """Return the format for browsers that know no other: jpg, if nothing shows through."""
    source = use.source
    asked = dict(source.params).get("background") if isinstance(source, Drawn) else ""
    return "png" if asked == "transparent" and "background" not in use.raw else "jpg"


def _favicon(use: Use) -> Iterator[Piece]:
    yield Piece(raw=see_through_icon(use, "favicon.ico", 64, 64))
    for side in (16, 32, 48):
        yield Piece(raw=see_through_icon(use, f"favicon-{side}x{side}.png", side, side))
    if use.raw.get("svg") is True:
        yield Piece(raw=see_through_icon(use, "favicon.svg", TRACED_PX, TRACED_PX))
    if use.raw.get("set") != "full":
        return
    for side in _CHROME_SIDES:
        yield from _chrome(use, side)
    for name in ("apple-touch-icon", "apple-touch-icon-precomposed"):
        yield Piece(raw=opaque_icon(use, f"{name}.png", 180, 180), opaque=True)
    for side in _APPLE_SIDES:
        name = f"apple-touch-icon-{side}x{side}.png"
        yield Piece(raw=opaque_icon(use, name, side, side), opaque=True)
    for width, height in _TILES:
        name = f"mstile-{width}x{height}.png"
        yield Piece(
            raw=see_through_icon(use, name, width, height), about={"tile": True}
        )
    yield Piece(raw=see_through_icon(use, "yandex-browser-50x50.png", 50, 50))


def _chrome(use: Use, side: int) -> Iterator[Piece]:
    """Yield an icon of the web manifest, as it is and for masks of any shape."""
    plain = f"android-chrome-{side}x{side}.png"
    masked = f"android-chrome-maskable-{side}x{side}.png"
    yield Piece(raw=see_through_icon(use, plain, side, side), about={"purpose": "any"})
    yield Piece(
        raw=opaque_icon(use, masked, side, side, MASKABLE_SHARE),
        about={"purpose": "maskable"},
        opaque=True,
    )


def _pwa(use: Use) -> Iterator[Piece]:
    for side in (192, 512):
        yield from _chrome(use, side)


def _apple_touch(use: Use) -> Iterator[Piece]:
    yield Piece(raw=opaque_icon(use, "apple-touch-icon.png", 180, 180), opaque=True)


def _og(use: Use) -> Iterator[Piece]:
    kind = use.format("jpg")
    raw: dict[str, Json] = {"width": 1200, "height": 630, "fit": "cover"}
    raw.update(use.taken(*_PLAIN))
    raw["path"], raw["format"] = f"{use.stem(use.asset)}.{kind}", kind
    yield Piece(raw=raw)


def _thumbnail(use: Use) -> Iterator[Piece]:
    kind = use.format("webp")
    raw: dict[str, Json] = {"width": 256, "height": 256, "fit": "cover"}
    raw.update(use.taken(*_PLAIN))
    raw["path"], raw["format"] = f"{use.stem(f'{use.asset}-thumb')}.{kind}", kind
    yield Piece(raw=raw)


def _densities(use: Use) -> Iterator[Piece]:
    kind = use.format("png")
    stem = use.stem(use.asset)
    raw = {**use.taken(*_PLAIN), "format": kind}
    if use.raw.get("folders") != "android":
        raw["densities"] = use.raw.get("densities", [1, 2, 3, 4])
        yield Piece(raw={**raw, "path": f"{stem}.{kind}"})
        return
    folder, slash, name = stem.rpartition("/")
    for density, quarters in DENSITIES.items():
        sized = dict(raw)
        for key in ("width", "height"):
            side = raw.get(key)
            if isinstance(side, int):
                sized[key] = max(1, (side * quarters + 2) // 4)
        sized["path"] = f"{folder}{slash}drawable-{density}/{name}.{kind}"
        free = "width" not in raw and "height" not in raw
        yield Piece(raw=sized, density=(quarters, 16) if free else (1, 1))


_PRESETS: Final[Mapping[str, _Preset]] = MappingProxyType(
    {
        "responsive": _Preset(
            (*_PLAIN[:-1], "widths", "formats", "sizes"), _responsive
        ),
        "favicon": _Preset((*_ICON, "set", "svg"), _favicon, folder=True),
        "pwa": _Preset(_ICON, _pwa, folder=True, opaque=True),
        "apple-touch": _Preset(_ICON, _apple_touch, folder=True, opaque=True),
        "og": _Preset(_PLAIN, _og),
        "ios-appicon": _Preset(
            (*_ICON, "legacy", "appearance"), ios_pieces, folder=True, opaque=True
        ),
        "android-launcher": _Preset(
            (*_ICON, "layer", "monochrome"), android_pieces, folder=True
        ),
        "densities": _Preset((*_PLAIN, "densities", "folders"), _densities),
        "thumbnail": _Preset(_PLAIN, _thumbnail),
    }
)
BUILT_IN: Final = frozenset(_PRESETS)
"""Presets that stand for files whose names and sizes others decided."""
