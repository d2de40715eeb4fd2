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
from assetgen.resolve.paths import FORMATS, split_suffix
from assetgen.values import Value, field

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from assetgen.model import Json, Source, Step
    from assetgen.resolve.findings import Findings
    from assetgen.spans import Place

RESPONSIVE_WIDTHS: Final = (320, 640, 1024)
"""Widths that every picture has which a model draws in its smallest size."""

MASKABLE_SHARE: Final = 0.8
"""Side of the square that no mask of a launcher cuts, as a part of the icon's side."""

LAYER_SHARE: Final = 72 / 108
"""Side of what is seen of an adaptive icon's layer, as a part of the layer's side."""

_WHITE: Final = "#ffffff"
_SHARED: Final = ("path", "target", "process", "metadata", "enlarge")
_ICON: Final = (*_SHARED, "background", "fit", "position")
_PLAIN: Final = (*_ICON, "width", "height", "quality", "lossless", "format")

_APPLE_SIDES: Final = (57, 60, 72, 76, 114, 120, 144, 152, 167, 180, 1024)
_CHROME_SIDES: Final = (36, 48, 72, 96, 144, 192, 256, 384, 512)
_TILES: Final = ((70, 70), (144, 144), (150, 150), (310, 150), (310, 310))
_DENSITIES: Final[Mapping[str, int]] = MappingProxyType(
    {"mdpi": 4, "hdpi": 6, "xhdpi": 8, "xxhdpi": 12, "xxxhdpi": 16}
)
"""Quarters of the size at `mdpi`, which is one pixel for each unit."""

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


class Piece(Value, kw_only=True):
    """One raw output of a preset.

    Attributes:
        raw: As a spec could say it.
        about: What a manifest says of its files.
        opaque: Whether they must have no see-through pixel.
        preview: Whether colour and blurred copy are worked out with the first of them.
        density: As in `Output`, where the raw output names no size.
    """

    raw: Mapping[str, Json]
    about: Mapping[str, Json] = field(default_factory=dict)
    opaque: bool = False
    preview: bool = False
    density: tuple[int, int] = (1, 1)


class Use(Value, kw_only=True):
    """A preset where an asset uses it.

    Attributes:
        raw: What stands beside `preset: NAME`, and that.
        asset: Name of the asset.
        source: Where its picture comes from.
        steps: Of the asset.
        place: Of `raw`.
    """

    raw: Mapping[str, Json]
    asset: str
    source: Source
    steps: Sequence[Step]
    place: Place

    def named(self, file: str) -> str:
        """Return the path of a file in the preset's folder."""
        folder = self.raw.get("path", ".")
        return (
            file if folder in (".", "", "./") else f"{str(folder).rstrip('/')}/{file}"
        )

    def stem(self, default: str) -> str:
        """Return the preset's path without the suffix of a picture."""
        path = str(self.raw.get("path", default))
        stem, suffix = split_suffix(path)
        return stem if suffix in FORMATS else path

    def format(self, default: str) -> Json:
        """Return the format that is asked for, or else by the path, or `default`."""
        if "format" in self.raw:
            return self.raw["format"]
        suffix = split_suffix(str(self.raw.get("path", "")))[1]
        return FORMATS.get(suffix, default)

    def taken(self, *keys: str) -> dict[str, Json]:
        """Return what is said of some keys."""
        return {key: self.raw[key] for key in keys if key in self.raw}

    def steps_then(self, *steps: dict[str, Json]) -> dict[str, Json]:
        """Return the key `process`: the spec's own steps first; {} for none."""
        own = self.raw.get("process")
        if own is not None and not isinstance(own, list):
            return {"process": own}  # its reader says what is wrong with it
        process = [*(own or []), *steps]
        return {"process": process} if process else {}


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
    }
)


def _check_choices(use: Use, found: Findings) -> None:
    for key, choices in _CHOICES.items():
        value = use.raw.get(key, choices[0])
        if not any(value is each or value == each for each in choices):
            words = ", ".join("true" if c is True else str(c) for c in choices)
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
    steps += [str(key) for step in listed if isinstance(step, dict) for key in step]
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


def _see_through(use: Use, file: str, width: int, height: int) -> dict[str, Json]:
    """Return an icon that keeps the picture's transparency."""
    return {
        "path": use.named(file),
        "width": width,
        "height": height,
        "fit": use.raw.get("fit", "contain"),
        **use.taken("target", "metadata", "enlarge", "position", "process"),
    }


def _opaque(
    use: Use, file: str, width: int, height: int, share: float = 1.0
) -> dict[str, Json]:
    """Return an icon on the preset's background; white where it names none.

    Args:
        use: The preset.
        file: Its name.
        width: In px.
        height: In px.
        share: How much of its sides the picture takes up.
    """
    color = use.raw.get("background") or _WHITE
    steps: list[dict[str, Json]] = []
    if "background" in use.raw:
        steps.append({"flatten": {"color": color}})
    if share < 1:
        steps += _padded(use, width, height, share, color)
    return {
        **_see_through(use, file, width, height),
        "background": color,
        **use.steps_then(*steps),
    }


def _padded(
    use: Use, width: int, height: int, share: float, color: Json
) -> list[dict[str, Json]]:
    """Return the steps that put the picture into the middle of a canvas."""
    inner = {"width": round(width * share), "height": round(height * share)}
    fit: dict[str, Json] = {"fit": "inside", **use.taken("enlarge")}
    pad: dict[str, Json] = {"to": f"{width}x{height}"}
    if color is not None:
        pad["color"] = color
    return [{"resize": {**inner, **fit}}, {"pad": pad}]


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
    yield Piece(raw=_see_through(use, "favicon.ico", 64, 64))
    for side in (16, 32, 48):
        yield Piece(raw=_see_through(use, f"favicon-{side}x{side}.png", side, side))
    if use.raw.get("set") != "full":
        return
    for side in _CHROME_SIDES:
        yield from _chrome(use, side)
    for name in ("apple-touch-icon", "apple-touch-icon-precomposed"):
        yield Piece(raw=_opaque(use, f"{name}.png", 180, 180), opaque=True)
    for side in _APPLE_SIDES:
        name = f"apple-touch-icon-{side}x{side}.png"
        yield Piece(raw=_opaque(use, name, side, side), opaque=True)
    for width, height in _TILES:
        name = f"mstile-{width}x{height}.png"
        yield Piece(raw=_see_through(use, name, width, height), about={"tile": True})
    yield Piece(raw=_see_through(use, "yandex-browser-50x50.png", 50, 50))


def _chrome(use: Use, side: int) -> Iterator[Piece]:
    """Yield an icon of the web manifest, as it is and for masks of any shape."""
    plain = f"android-chrome-{side}x{side}.png"
    masked = f"android-chrome-maskable-{side}x{side}.png"
    yield Piece(raw=_see_through(use, plain, side, side), about={"purpose": "any"})
    yield Piece(
        raw=_opaque(use, masked, side, side, MASKABLE_SHARE),
        about={"purpose": "maskable"},
        opaque=True,
    )


def _pwa(use: Use) -> Iterator[Piece]:
    for side in (192, 512):
        yield from _chrome(use, side)


def _apple_touch(use: Use) -> Iterator[Piece]:
    yield Piece(raw=_opaque(use, "apple-touch-icon.png", 180, 180), opaque=True)


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
    for density, quarters in _DENSITIES.items():
        sized = dict(raw)
        for key in ("width", "height"):
            side = raw.get(key)
            if isinstance(side, int):
                sized[key] = max(1, (side * quarters + 2) // 4)
        sized["path"] = f"{folder}{slash}drawable-{density}/{name}.{kind}"
        free = "width" not in raw and "height" not in raw
        yield Piece(raw=sized, density=(quarters, 16) if free else (1, 1))


# --- stores -------------------------------------------------------------------


def _ios(use: Use) -> Iterator[Piece]:
    appearance = use.raw.get("appearance", "any")
    slot: dict[str, Json] = {
        "idiom": "universal",
        "platform": "ios",
        "size": "1024x1024",
    }
    if appearance == "dark":  # the system puts its own dark ground behind it
        slot["appearances"] = _luminosity("dark")
        raw = _see_through(use, "AppIcon-1024-dark.png", 1024, 1024)
        yield Piece(raw=raw, about={"slots": [slot]})
        return
    if appearance == "tinted":
        slot["appearances"] = _luminosity("tinted")
        raw = _opaque(use, "AppIcon-1024-tinted.png", 1024, 1024)
        own = raw.get("process") or []
        if isinstance(own, list):
            raw["process"] = [*own, {"grayscale": True}]
        yield Piece(raw=raw, about={"slots": [slot]}, opaque=True)
        return
    if use.raw.get("legacy") is not True:
        raw = _opaque(use, "AppIcon-1024.png", 1024, 1024)
        yield Piece(raw=raw, about={"slots": [slot]}, opaque=True)
        return
    for file, side, slots in _ios_files():
        raw = _opaque(use, file, side, side)
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


def _android(use: Use) -> Iterator[Piece]:
    layer = use.raw.get("layer", "all")
    for density, quarters in _DENSITIES.items():
        icon, whole = 48 * quarters // 4, 108 * quarters // 4
        folder = f"mipmap-{density}"
        if layer == "all":
            yield from _launcher_icons(use, folder, icon)
        if layer in ("all", "foreground"):
            name = f"{folder}/ic_launcher_foreground.png"
            raw = _see_through(use, name, whole, whole)
            yield Piece(raw=raw, about={"layer": "foreground"})
        if layer == "background" or (layer == "all" and "background" in use.raw):
            name = f"{folder}/ic_launcher_background.png"
            raw = _layer_ground(use, name, whole)
            yield Piece(raw=raw, about={"layer": "background"}, opaque=True)
        wanted = use.raw.get("monochrome", True)
        if layer == "monochrome" or (layer == "all" and wanted):
            name = f"{folder}/ic_launcher_monochrome.png"
            steps = _padded(use, whole, whole, LAYER_SHARE, None)
            steps.append({"grayscale": True})
            raw = {**_see_through(use, name, whole, whole), **use.steps_then(*steps)}
            yield Piece(raw=raw, about={"layer": "monochrome"})


def _launcher_icons(use: Use, folder: str, side: int) -> Iterator[Piece]:
    """Yield what launchers show that know no layers: square, and in a disc."""
    square = f"{folder}/ic_launcher.png"
    disc = f"{folder}/ic_launcher_round.png"
    if "background" in use.raw:
        yield Piece(raw=_opaque(use, square, side, side), opaque=True)
    else:
        yield Piece(raw=_see_through(use, square, side, side))
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
    raw = {**_see_through(use, disc, side, side), **use.steps_then(*shape)}
    yield Piece(raw=raw)


def _layer_ground(use: Use, file: str, side: int) -> dict[str, Json]:
    """Return the lower layer: the asset's picture, or nothing but the background."""
    if use.raw.get("layer") == "background":
        return {**_opaque(use, file, side, side), "fit": use.raw.get("fit", "cover")}
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


_PRESETS: Final[Mapping[str, _Preset]] = MappingProxyType(
    {
        "responsive": _Preset(
            (*_PLAIN[:-1], "widths", "formats", "sizes"), _responsive
        ),
        "favicon": _Preset((*_ICON, "set"), _favicon, folder=True),
        "pwa": _Preset(_ICON, _pwa, folder=True, opaque=True),
        "apple-touch": _Preset(_ICON, _apple_touch, folder=True, opaque=True),
        "og": _Preset(_PLAIN, _og),
        "ios-appicon": _Preset(
            (*_ICON, "legacy", "appearance"), _ios, folder=True, opaque=True
        ),
        "android-launcher": _Preset(
            (*_ICON, "layer", "monochrome"), _android, folder=True
        ),
        "densities": _Preset((*_PLAIN, "densities", "folders"), _densities),
        "thumbnail": _Preset(_PLAIN, _thumbnail),
    }
)
BUILT_IN: Final = frozenset(_PRESETS)
"""Presets that stand for files whose names and sizes others decided."""
