"""The keys of requests, images and outputs, and what they are made of.

One walk over a request (`describe_request`) feeds two sinks: `KeySink` hashes it,
`PartsSink` keeps it readable. A part cannot change the key without showing up in
`assetgen why`, because both come from the same walk. Images and outputs are described
in the same way.

What enters which hash:

    value                          request key   image identity   output key
    operation, provider, model     yes
    prompt, parameters, revision   yes
    variation prompt's version     yes (variations only)
    identities of the inputs       yes           of the layers
    mask, extend                   yes           when pixels are put back
    markup                         yes
    draw's bytes                                 yes
    process steps and versions                   yes
    size, format, quality, ...                                    yes
    asset's name, paths, tags, alt, description, n, moderation, budgets: none

Asset names enter only where a provider writes them into the picture (`Request.label`).
Identities never hash re-encoded bytes, so another Pillow cannot change a paid request.
Pure: no I/O.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Final, Protocol, TypeAlias

from assetgen.catalog import STEPS
from assetgen.digest import Identity, Key, canonical
from assetgen.model import (
    AlphaMask,
    AssetRef,
    ColorMask,
    FileRef,
    FillLayer,
    ImageLayer,
    TextLayer,
)
from assetgen.providers.variation import VARIATION_PROMPT_VERSION
from assetgen.transforms import versions
from assetgen.values import as_mapping

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from assetgen.model import Checks, Extend, Layers, Mask, Output, Packing, Ref, Step
    from assetgen.requests import Request

    Identifier: TypeAlias = Callable[[Ref], Identity]

KEY_VERSION: Final = 1
"""Raise when `describe_request` changes: every paid draw would be asked for again."""


class Sink(Protocol):
    """What a walk writes to."""

    def put(self, name: str, value: str) -> None:
        """Take one named part."""


class KeySink:
    """Hash the parts; length prefixes keep neighbouring parts apart."""

    __slots__ = ("_hash",)

    def __init__(self) -> None:
        """Start with nothing hashed."""
        self._hash = sha256()

    def put(self, name: str, value: str) -> None:
        """Take one named part."""
        data = value.encode("utf-8", "surrogatepass")
        self._hash.update(f"{len(name)} {len(data)} {name}".encode())
        self._hash.update(data)

    def hexdigest(self) -> str:
        """Return 64 lower-case hexadecimal digits."""
        return self._hash.hexdigest()


class PartsSink:
    """Keep the parts, for people."""

    __slots__ = ("parts",)

    def __init__(self) -> None:
        """Start empty."""
        self.parts: list[tuple[str, str]] = []

    def put(self, name: str, value: str) -> None:
        """Take one named part."""
        self.parts.append((name, value))


# --- requests -----------------------------------------------------------------


def describe_request(request: Request, sink: Sink) -> None:
    """Write every part of `request` that can change what is drawn, in a fixed order."""
    sink.put("key version", str(KEY_VERSION))
    sink.put("provider", request.provider)
    if request.provider_version:
        sink.put("provider version", request.provider_version)
    sink.put("operation", request.operation)
    sink.put("model", request.model or "")
    sink.put("prompt", request.prompt)
    if request.operation == "vary":
        sink.put("variation prompt", str(VARIATION_PROMPT_VERSION))
    for name, value in request.params:
        sink.put(f"parameter {name}", canonical(value))
    for position, identity in enumerate(request.inputs, 1):
        sink.put(f"input {position}", identity)
    if request.mask is not None:
        sink.put("mask", request.mask)
    if request.markup is not None:
        sink.put("markup", request.markup)
    sink.put("revision", str(request.revision))
    if request.label:
        sink.put("label", request.label)


def request_key(request: Request) -> Key:
    """Return the key under which the request's draws are kept."""
    sink = KeySink()
    describe_request(request, sink)
    return Key(sink.hexdigest())


def request_parts(request: Request) -> tuple[tuple[str, str], ...]:
    """Return what `request_key` hashed, as (name, value) pairs."""
    sink = PartsSink()
    describe_request(request, sink)
    return tuple(sink.parts)


# --- pictures made locally ----------------------------------------------------


def _describe_steps(steps: Iterable[Step], identify: Identifier, sink: Sink) -> None:
    for step in steps:
        version = STEPS[step.name].version
        args: dict[str, object] = {
            name: f"picture {identify(arg)}"
            if isinstance(arg, AssetRef | FileRef)
            else arg
            for name, arg in step.args.items()
        }
        sink.put(f"step {step.name} {version}", canonical(args))


def processed_identity(
    base: Identity, steps: tuple[Step, ...], identify: Identifier
) -> Identity:
    """Return the identity of picture `base` after `steps`; `base` without any."""
    if not steps:
        return base
    sink = KeySink()
    sink.put("picture", base)
    _describe_steps(steps, identify, sink)
    return Identity(sink.hexdigest())


def _describe_mask(mask: Mask, identify: Identifier, sink: Sink) -> None:
    area = mask.area
    sink.put("mask version", str(versions.MASK_VERSION))
    match area:
        case AlphaMask():
            sink.put("mask alpha", identify(area.ref))
        case ColorMask():
            sink.put(f"mask {area.edit} {area.threshold}", identify(area.ref))
        case _:
            lengths = [[each.value, each.percent] for each in area.lengths]
            sink.put(f"mask {area.kind}", canonical(lengths))
    sink.put("mask invert", str(mask.invert))
    sink.put("mask grow", str(mask.grow_px))


def mask_identity(mask: Mask, identify: Identifier) -> Identity:
    """Return the identity of the mask that is sent (`feather` is not part of it)."""
    sink = KeySink()
    _describe_mask(mask, identify, sink)
    return Identity(sink.hexdigest())


def _describe_extend(extend: Extend, sink: Sink) -> None:
    sink.put("extend version", str(versions.EXTEND_VERSION))
    sides = (extend.left, extend.right, extend.top, extend.bottom)
    sink.put("extend sides", canonical([[s.value, s.percent] for s in sides]))
    sink.put("extend to", str(extend.to or ""))
    sink.put("extend anchor", extend.anchor)


def extended_identities(
    extend: Extend, first_input: Identity
) -> tuple[Identity, Identity]:
    """Return the identities of the padded first input and of the mask made with it."""
    padded, mask = KeySink(), KeySink()
    for sink in (padded, mask):
        sink.put("picture", first_input)
        _describe_extend(extend, sink)
    mask.put("made", "mask")
    return Identity(padded.hexdigest()), Identity(mask.hexdigest())


def put_back_identity(
    draw: Identity, first_input: Identity, mask: Identity, feather_px: int
) -> Identity:
    """Return the identity of a draw whose pixels outside the mask are the input's."""
    sink = KeySink()
    sink.put("put back", str(versions.PUT_BACK_VERSION))
    sink.put("draw", draw)
    sink.put("input", first_input)
    sink.put("mask", mask)
    sink.put("feather", str(feather_px))
    return Identity(sink.hexdigest())


def extended_draw_identity(
    draw: Identity, extend: Extend, first_input: Identity, *, keep: bool
) -> Identity:
    """Return the identity of an outpainted draw, cropped and perhaps put back."""
    sink = KeySink()
    sink.put("draw", draw)
    _describe_extend(extend, sink)
    if keep:
        sink.put("put back", str(versions.PUT_BACK_VERSION))
        sink.put("input", first_input)
    return Identity(sink.hexdigest())


def layers_identity(source: Layers, identify: Identifier) -> Identity:
    """Return the identity of a picture composed from layers."""
    sink = KeySink()
    sink.put("layers", str(versions.COMPOSE_VERSION))
    sink.put("canvas", str(source.canvas or ""))
    for layer in source.layers:
        match layer:
            case ImageLayer():
                at = (
                    layer.at
                    if isinstance(layer.at, str)
                    else canonical([[p.value, p.percent] for p in layer.at])
                )
                sink.put("image", identify(layer.ref))
                sink.put("placed", canonical([at, layer.scale]))
                sink.put("mixed", canonical([layer.opacity, layer.blend]))
            case FillLayer():
                sink.put("fill", layer.color)
                sink.put("mixed", canonical([layer.opacity, layer.blend]))
            case TextLayer():
                sink.put("lettering", str(versions.TEXT_VERSION))
                sink.put("text", layer.text)
                sink.put("font", identify(layer.font) if layer.font else "")
                sink.put("options", canonical(dict(layer.options)))
    return Identity(sink.hexdigest())


def sheet_identity(frames: Iterable[Identity], packing: Packing) -> Identity:
    """Return the identity of a packed sheet's pages."""
    sink = KeySink()
    sink.put("sheet", str(versions.SHEET_VERSION))
    for frame in frames:
        sink.put("frame", frame)
    sink.put("packing", canonical(as_mapping(packing)))
    return Identity(sink.hexdigest())


# --- files --------------------------------------------------------------------


def output_key(
    image: Identity, output: Output, identify: Identifier, made_by_model: str
) -> Key:
    """Return the key of an output's bytes: not its path, only what makes them.

    Args:
        image: Identity of the picture that the output is made from.
        made_by_model: What the metadata tag will say; empty where it says nothing.
    """
    sink = KeySink()
    sink.put("image", image)
    _describe_steps(output.process, identify, sink)
    sink.put("resize", str(versions.RESIZE_VERSION))
    sink.put(
        "size",
        f"{output.width} {output.height} {output.fit} {output.position} "
        f"{output.background} {output.density} {output.enlarge}",
    )
    if output.format is not None:
        version = versions.ENCODER_VERSIONS[output.format]
        sink.put("format", f"{output.format} {version}")
    if output.opaque:
        sink.put("opaque", "yes")
    if output.preview:
        sink.put("preview", str(versions.PREVIEW_VERSION))
    sink.put("encode", f"{output.quality} {output.lossless}")
    if output.colors is not None:
        sink.put("colors", str(output.colors))
    if output.optimize:
        sink.put("optimize", str(versions.OPTIMIZE_VERSION))
    motion = output.motion
    if motion is not None:
        said = f"{motion.fps} {motion.duration_ms} {motion.loop}"
        sink.put("motion", f"{said} {versions.MOTION_VERSION}")
    sink.put("metadata", made_by_model if output.metadata == "tag" else output.metadata)
    return Key(sink.hexdigest())


def motion_key(output: Key, frames: Iterable[str], shown: Iterable[str] | None) -> Key:
    """Return the key of a file in which frames of a sheet move.

    Args:
        output: Its key by everything else.
        frames: Names of all frames of the sheet, in order.
        shown: What the animation lists; None for all frames.
    """
    sink = KeySink()
    sink.put("still", output)
    sink.put("frames", canonical(list(frames)))
    sink.put("shown", canonical(None if shown is None else list(shown)))
    return Key(sink.hexdigest())


def sheet_data_key(pictures: Key, reading: Mapping[str, object]) -> Key:
    """Return the key of the data files of a sheet's output.

    Args:
        pictures: The key of the output's pages.
        reading: What else the data say; see `sheetparts.reading_of`.
    """
    sink = KeySink()
    sink.put("pictures", pictures)
    sink.put("sheet data", str(versions.SHEET_DATA_VERSION))
    sink.put("reading", canonical(dict(reading)))
    return Key(sink.hexdigest())


def checks_key(image: Identity, checks: Checks) -> Key:
    """Return the key under which the verdict of `checks` on `image` is kept."""
    sink = KeySink()
    sink.put("image", image)
    sink.put("checks", repr(checks))
    return Key(sink.hexdigest())
