"""What pictures are, for keys: identities of inputs, draws, images and masks; pure.

From an asset and what is known of the others this works out which pictures it needs,
which request it makes, and what its own picture is called. Nothing is opened here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Protocol, TypeAlias

from assetgen import actionkey
from assetgen.digest import Digest, Identity
from assetgen.model import (
    AlphaMask,
    AssetRef,
    ColorMask,
    Drawn,
    FileRef,
    FileSource,
    GlobRef,
    ImageLayer,
    Layers,
    Sheet,
    TextLayer,
)
from assetgen.requests import Request
from assetgen.sheetparts import frame_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from assetgen.model import Asset, AssetName, Ref, Refs, Step
    from assetgen.snapshot import Known, ProviderFacts, Snapshot

    Identifier: TypeAlias = Callable[[Ref], Identity]

Origin: TypeAlias = Literal["", "trained", "composite"]
"""What a file says of its origin: nothing, a model drew it, or a model and files did."""


class View(Protocol):
    """What `decide` may ask about other assets."""

    def known(self, name: AssetName) -> Known | None:
        """Return what is known of an asset's pictures; None while they are pending."""
        ...

    def expand(self, pattern: str) -> Sequence[AssetName]:
        """Return the assets whose names match, in spec order."""
        ...


# --- references ---------------------------------------------------------------


def flatten(refs: Iterable[Refs], view: View) -> tuple[Ref, ...]:
    """Return `refs` with globs replaced by the assets they stand for."""
    flat: list[Ref] = []
    for ref in refs:
        if isinstance(ref, GlobRef):
            flat.extend(AssetRef(name) for name in view.expand(ref.pattern))
        else:
            flat.append(ref)
    return tuple(flat)


def _step_refs(steps: Iterable[Step]) -> Iterator[Ref]:
    for step in steps:
        for arg in step.args.values():
            if isinstance(arg, AssetRef | FileRef):
                yield arg


def _guide_refs(source: Drawn) -> Iterator[Ref]:
    """Yield the pictures that say what may change, and are in no picture themselves."""
    if source.mask is not None and isinstance(source.mask.area, AlphaMask | ColorMask):
        yield source.mask.area.ref
    if source.markup is not None:
        yield source.markup


def request_refs(asset: Asset, view: View) -> tuple[Ref, ...]:
    """Return the pictures that the asset's request or its own making starts from."""
    match asset.source:
        case Drawn() as source:
            return (*flatten(source.inputs, view), *_guide_refs(source))
        case Layers() as source:
            refs: list[Ref] = []
            for layer in source.layers:
                if isinstance(layer, ImageLayer):
                    refs.append(layer.ref)
                elif isinstance(layer, TextLayer) and layer.font is not None:
                    refs.append(layer.font)
            return tuple(refs)
        case Sheet() as source:
            return flatten(source.frames, view)
        case FileSource(path):
            return (FileRef(path),)


def image_refs(asset: Asset, view: View) -> tuple[Ref, ...]:
    """Return the pictures needed to make the image once its draws are banked."""
    steps = tuple(_step_refs(asset.process))
    source = asset.source
    if not isinstance(source, Drawn):
        return (*request_refs(asset, view), *steps)
    if source.extend is not None or source.puts_back:
        return (*request_refs(asset, view), *steps)
    return steps


def output_refs(asset: Asset) -> tuple[Ref, ...]:
    """Return the pictures that only the outputs' own steps need."""
    return tuple(ref for out in asset.outputs for ref in _step_refs(out.process))


def pending_refs(refs: Iterable[Ref], view: View) -> tuple[AssetName, ...]:
    """Return the assets among `refs` whose pictures are not known yet, each once."""
    names = dict.fromkeys(ref.name for ref in refs if isinstance(ref, AssetRef))
    return tuple(name for name in names if view.known(name) is None)


def identifier(view: View, snapshot: Snapshot) -> Identifier:
    """Return a function that gives the identity of any picture that is known."""

    def identify(ref: Ref) -> Identity:
        if isinstance(ref, FileRef):
            return Identity(snapshot.files[ref.path])
        known = view.known(ref.name)
        assert known is not None, f"{ref.name} is pending"
        image = known.image(ref.draw)
        assert image is not None, f"{ref.name} has no draw {ref.draw}"
        return image

    return identify


# --- requests and pictures ----------------------------------------------------


def request_of(
    asset: Asset, source: Drawn, facts: ProviderFacts, view: View, identify: Identifier
) -> Request:
    """Return the request that the asset makes of its provider."""
    inputs = [identify(ref) for ref in flatten(source.inputs, view)]
    mask: Identity | None = None
    if source.extend is not None:
        inputs[0], mask = actionkey.extended_identities(source.extend, inputs[0])
    elif source.mask is not None:
        mask = actionkey.mask_identity(source.mask, identify)
    return Request(
        operation=source.operation,
        provider=facts.name,
        provider_version=facts.version if facts.deterministic else "",
        model=source.model,
        prompt=source.prompt,
        params=source.params,
        inputs=tuple(inputs),
        mask=mask,
        markup=None if source.markup is None else identify(source.markup),
        revision=source.revision,
        moderation=source.moderation,
        label=asset.name if facts.labelled else "",
    )


def draw_image(
    asset: Asset, source: Drawn, draw: Digest, view: View, identify: Identifier
) -> Identity:
    """Return the identity of the picture that a raw draw becomes."""
    base = Identity(draw)
    keep = source.outside == "keep"
    if source.extend is not None or (source.mask is not None and keep):
        first = identify(flatten(source.inputs, view)[0])
        if source.extend is not None:
            base = actionkey.extended_draw_identity(
                base, source.extend, first, keep=keep
            )
        elif source.mask is not None:
            mask = actionkey.mask_identity(source.mask, identify)
            base = actionkey.put_back_identity(
                base, first, mask, source.mask.feather_px
            )
    return actionkey.processed_identity(base, asset.process, identify)


def local_image(asset: Asset, view: View, identify: Identifier) -> Identity:
    """Return the identity of a picture that no provider draws."""
    match asset.source:
        case FileSource(path):
            base = identify(FileRef(path))
        case Layers() as source:
            base = actionkey.layers_identity(source, identify)
        case Sheet() as source:
            frames = [identify(ref) for ref in flatten(source.frames, view)]
            base = actionkey.sheet_identity(frames, source.packing)
        case _:
            raise AssertionError("drawn assets have draws")
    return actionkey.processed_identity(base, asset.process, identify)


def sheet_names(sheet: Sheet, view: View) -> list[str]:
    """Return the names of a sheet's frames, each once, in order."""
    refs = flatten(sheet.frames, view)
    return list(dict.fromkeys(frame_name(ref) for ref in refs))


def provenance_of(
    asset: Asset, view: View, facts: ProviderFacts | None
) -> tuple[str, ...]:
    """Return of what the picture consists; masks are not in the picture."""
    parts: set[str] = set()
    refs: tuple[Ref, ...]
    if isinstance(asset.source, Drawn):
        assert facts is not None
        free = facts.deterministic and not facts.paid
        parts.add("placeholder" if free else "model")
        refs = flatten(asset.source.inputs, view)
    else:
        refs = request_refs(asset, view)
    for ref in (*refs, *_step_refs(asset.process)):
        if isinstance(ref, FileRef):
            parts.add("file")
        else:
            known = view.known(ref.name)
            parts.update(known.provenance if known else ())
    return tuple(sorted(parts))


def made_by_model(provenance: tuple[str, ...]) -> Origin:
    """Return what the metadata tag says of a picture; empty if no model drew in it."""
    if "model" not in provenance:
        return ""
    return "composite" if "file" in provenance else "trained"
