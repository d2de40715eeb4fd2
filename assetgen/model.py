"""The words of the spec as frozen values: what `resolve` makes and the rest reads.

Nothing here does I/O. An `Asset` is complete: templates are filled in, the matrix is
expanded, defaults, profile and presets are applied. What is left open is only what
other assets' pictures decide (their identities) and globs over asset names.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NewType, TypeAlias

from assetgen.values import Value, field

if TYPE_CHECKING:
    from collections.abc import Mapping

    from assetgen.spans import Place

AssetName = NewType("AssetName", str)

Json: TypeAlias = "str | int | float | bool | list[Json] | dict[str, Json] | None"
"""Plain data as it stands in YAML and JSON."""

Format: TypeAlias = Literal["png", "jpg", "webp", "avif", "gif", "ico", "icns", "svg"]
Operation: TypeAlias = Literal["generate", "edit", "vary"]
Fit: TypeAlias = Literal["cover", "contain", "fill", "inside", "outside"]
Metadata: TypeAlias = Literal["tag", "strip", "keep"]


class Size(Value):
    """A picture's size in pixels, both at least 1."""

    width: int
    height: int

    def __str__(self) -> str:
        """Return ``WxH``."""
        return f"{self.width}x{self.height}"


class Length(Value):
    """A length in pixels, or in percent of the picture it lies in."""

    value: float
    percent: bool = False


# --- references ---------------------------------------------------------------


class AssetRef(Value):
    """Another asset's image, or one of its draws.

    Attributes:
        name: The asset.
        draw: Which draw, counted from 1; None for the image (the picked draw after
            the asset's steps).
    """

    name: AssetName
    draw: int | None = None


class FileRef(Value):
    """A picture of the repository.

    Attributes:
        path: Relative to the project root, forward slashes, lexically inside it.
    """

    path: str


class GlobRef(Value):
    """All assets whose names match, in spec order (`fnmatch` over whole names)."""

    pattern: str


Ref: TypeAlias = AssetRef | FileRef
Refs: TypeAlias = AssetRef | FileRef | GlobRef


# --- steps --------------------------------------------------------------------

Arg: TypeAlias = "Json | AssetRef | FileRef"


class Step(Value):
    """One local, deterministic, free change of a picture.

    Attributes:
        name: A name of `assetgen.catalog.STEPS`.
        args: Arguments by name: the bare form is given its name, and an argument
            equal to its default is left out, so both ways of writing mean the same.
        place: Where the step stands in the spec.
    """

    name: str
    args: Mapping[str, Arg]
    place: Place | None = field(default=None, compare=False)


# --- sources ------------------------------------------------------------------


class AlphaMask(Value):
    """The picture's own alpha says what may change: transparent = edit."""

    ref: Ref


class ColorMask(Value):
    """A black-and-white picture says it: the named colour is edited.

    Attributes:
        threshold: 0 to 255; grey levels of at least this count as white.
    """

    ref: Ref
    edit: Literal["black", "white"]
    threshold: int = 128


class ShapeMask(Value):
    """A shape is edited.

    Attributes:
        kind: Rectangle and ellipse have four lengths (x, y, width, height); a
            polygon has x and y in turn. Percent of x and width are of the
            picture's width, of y and height of its height.
    """

    kind: Literal["rect", "ellipse", "polygon"]
    lengths: tuple[Length, ...]


class Mask(Value, kw_only=True):
    """What of the first input may change.

    Attributes:
        grow_px: Grows the edited area by a disc of this radius; negative shrinks.
        feather_px: Blend width inside the edited area when kept pixels are put back.
    """

    area: AlphaMask | ColorMask | ShapeMask
    invert: bool = False
    grow_px: int = 0
    feather_px: int = 0


class Extend(Value, kw_only=True):
    """Outpainting: the first input is padded and the new area is drawn.

    Either the four sides, or `to` with an anchor.

    Attributes:
        anchor: Where the input stands in the new picture: ``center``, ``top``,
            ``top-left``, ... (nine positions).
    """

    left: Length = Length(0)
    right: Length = Length(0)
    top: Length = Length(0)
    bottom: Length = Length(0)
    to: Size | None = None
    anchor: str = "center"


class Drawn(Value, kw_only=True):
    """A picture that a provider draws (sources `prompt` and `variations_of`).

    Attributes:
        operation: ``generate`` without inputs, ``edit`` with, ``vary`` for
            `variations_of` (the varied picture is then the only input).
        provider: Name of the provider.
        model: As the spec says; None where neither the spec nor a profile names one.
        prompt: LF line ends, NFC; empty only for `vary`.
        params: The other request parameters that the spec sets, sorted by name;
            entries of the `params` map appear as ``params.NAME``.
        moderation: Sent, but not part of the key.
        n: Draws wanted, 1 to 10.
        markup: A transparent picture of directions, as large as the first input.
        pixel_size: The size that the spec gives as WxH (None for auto); `measures`
            says what is asked for, which may be the first input's.
        stated: Request keys of which the asset itself has the last word (it states
            them, and no profile sets them), to know which line is to blame.
    """

    operation: Operation
    provider: str
    model: str | None = None
    prompt: str = ""
    params: tuple[tuple[str, Json], ...] = ()
    moderation: str | None = None
    inputs: tuple[Refs, ...] = ()
    mask: Mask | None = None
    extend: Extend | None = None
    outside: Literal["keep", "accept"] = "keep"
    markup: Ref | None = None
    n: int = 1
    revision: int = 0
    frozen: bool = False
    pixel_size: Size | None = None
    stated: tuple[str, ...] = field(default=(), compare=False)

    @property
    def puts_back(self) -> bool:
        """Whether pixels outside a mask are put back from the first input."""
        return self.mask is not None and self.outside == "keep"

    @property
    def takes_size_of_input(self) -> bool:
        """Whether the request is as large as its (padded) first input.

        Pixels can only be put back, and new ones only be added, where both are of one
        size; so what `defaults` or a profile say of sizes does not count there.
        """
        if self.extend is not None:
            return True
        return self.puts_back and "size" not in self.stated


class FileSource(Value):
    """A picture of the repository as the asset's picture."""

    path: str


class ImageLayer(Value, kw_only=True):
    """A picture put onto the canvas.

    Attributes:
        at: Pixel position of its top left corner, or a named anchor.
        scale: Factor, above 0.
        opacity: 0.0 to 1.0.
        blend: ``normal``, ``multiply``, ``screen``, ...
    """

    ref: Ref
    at: tuple[Length, Length] | str = "center"
    scale: float = 1.0
    opacity: float = 1.0
    blend: str = "normal"


class FillLayer(Value, kw_only=True):
    """The whole canvas in one colour, ``#rrggbb`` or ``#rrggbbaa``."""

    color: str
    opacity: float = 1.0
    blend: str = "normal"


class TextLayer(Value, kw_only=True):
    """Text set in a font of the repository; `options` as in the spec."""

    text: str
    font: FileRef | None
    options: Mapping[str, Json]


Layer: TypeAlias = ImageLayer | FillLayer | TextLayer


class Layers(Value):
    """A picture composed locally, bottom to top.

    Attributes:
        canvas: Its size; None takes the size of the lowest picture.
    """

    layers: tuple[Layer, ...]
    canvas: Size | None = None


class Packing(Value, kw_only=True):
    """How frames are laid onto the pages of a sheet; all lengths in px.

    Attributes:
        padding: Empty pixels between frames.
        extrude: How often a frame's edge pixels are repeated outwards.
        border: Empty pixels around a page.
        trim: Whether transparent borders of frames are cut off.
        max_size: Longest side of a page.
        pages: Most pages; None for as many as it takes.
        power_of_two: Whether both sides of a page are powers of two.
        rotate: Whether frames may be turned clockwise by 90 degrees.
        layout: ``packed`` in any order, ``grid`` of equal cells, ``rows`` in order.
    """

    padding: int = 0
    extrude: int = 0
    border: int = 0
    trim: bool = False
    max_size: int = 2048
    pages: int | None = None
    power_of_two: bool = False
    rotate: bool = False
    layout: Literal["packed", "grid", "rows"] = "packed"


class Sheet(Value):
    """A sprite sheet packed from other pictures.

    Attributes:
        frames: In the order of the spec; globs stand for their matches.
        packing: How pages are made of them.
        frame_suffix: Added to each frame's name in the data.
        animations: By name, names of frames or globs over them.
    """

    frames: tuple[Refs, ...]
    packing: Packing = Packing()
    frame_suffix: str = ""
    animations: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


Source: TypeAlias = Drawn | FileSource | Layers | Sheet


# --- outputs ------------------------------------------------------------------


class Motion(Value, kw_only=True):
    """How frames of a sheet become one moving picture.

    Attributes:
        animation: Name of one of the sheet's animations; None for all its frames.
        fps: Frames in a second; None where `duration_ms` says it, or nothing does.
        duration_ms: How long each frame is seen.
        loop: How often it is played; 0 for ever.
    """

    animation: str | None = None
    fps: int | None = None
    duration_ms: int | None = None
    loop: int = 0


class Output(Value, kw_only=True):
    """One file in a target folder; `widths`, `formats`, `densities` are expanded.

    Attributes:
        target: Name of the target.
        path: Relative to the project root (the target's folder is in it), forward
            slashes. ``${hash}`` may be left in it: the file's bytes decide.
        format: From the suffix, or as the spec says.
        width: In px; None keeps the proportions (or the picture's own width).
        density: This file's density and the largest of its series, when the output
            has `densities` and no `width`: the file is density/largest of the
            picture's size. (1, 1) otherwise.
        draw: Which draw is written, counted from 1; None for the image.
        colors: Most colours of a png or gif file; None for as many as it takes (png) or
            fit (gif).
        optimize: Whether a png file is written as small as it can be without loss.
        motion: How a sheet's frames follow each other in one moving file; None for
            still pictures.
        opaque: Whether a see-through pixel is an error.
        preview: Whether the picture's main colour and a tiny blurred copy of it are
            worked out with this file.
        preset: The built-in preset that the file belongs to.
        about: What else a manifest says of the file, and what is written beside it is
            made from; see `assetgen.companions`.
        data: Path of the data file of a sheet, relative to the project root.
        engine: Of the target, for sheets: what their data is read by.
    """

    target: str
    path: str
    format: Format | None
    width: int | None = None
    height: int | None = None
    fit: Fit = "cover"
    position: str = "center"
    background: str | None = None
    quality: int | None = None
    lossless: bool | None = None
    colors: int | None = None
    optimize: bool = False
    motion: Motion | None = None
    enlarge: bool = False
    process: tuple[Step, ...] = ()
    metadata: Metadata = "tag"
    density: tuple[int, int] = (1, 1)
    draw: int | None = None
    opaque: bool = False
    preview: bool = False
    preset: str | None = None
    about: Mapping[str, Json] = field(default_factory=dict)
    data: str | None = None
    engine: str | None = None
    place: Place | None = field(default=None, compare=False)


class Checks(Value, kw_only=True):
    """Gates on the image; None where the spec does not ask."""

    alpha: Literal["required", "forbidden"] | None = None
    size: Size | None = None
    max_bytes: int | None = None
    max_colors: int | None = None
    seamless: float | None = None
    opaque_share: tuple[float, float] | None = None


class Asset(Value, kw_only=True):
    """A named picture with its one source and all its files.

    Attributes:
        place: The entry in the spec (of the matrix entry, for expanded assets).
        files: Project files that decide what the asset *is* beside its pictures:
            prompt files; sorted.
        variables: The templates' names it used, with their values and where each
            came from (``matrix``, ``asset`` or ``spec``).
    """

    name: AssetName
    place: Place
    source: Source
    process: tuple[Step, ...] = ()
    outputs: tuple[Output, ...] = ()
    checks: Checks | None = None
    tags: tuple[str, ...] = ()
    description: str = ""
    alt: str | None = None
    files: tuple[str, ...] = ()
    variables: tuple[tuple[str, Json, str], ...] = ()


class Target(Value, kw_only=True):
    """A named folder that outputs go to.

    Attributes:
        dir: Relative to the project root, forward slashes.
        manifest: File name of the manifest inside `dir`.
        engine: What reads the files; None where the spec does not say.
        snippets: Whether a page of HTML snippets is written beside them.
        types: Language of the typed names; None for none.
    """

    name: str
    dir: str
    manifest: str = "assetgen.manifest.json"
    engine: str | None = None
    snippets: bool = False
    types: str | None = None
    place: Place | None = field(default=None, compare=False)
