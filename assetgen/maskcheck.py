"""What can be known of masks and markup before the pictures they belong to are there.

What is made of files alone is made now, as it will be sent; of the rest, sizes are
compared as far as the spec settles them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from assetgen.errors import AssetgenError, Problem
from assetgen.model import AlphaMask, AssetRef, ColorMask, Drawn, FileRef

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from PIL import Image

    from assetgen.measures import Measures
    from assetgen.model import Asset, AssetName, Mask, Ref, Size
    from assetgen.spans import Place

    Reader = Callable[[str], bytes | None]

_OPAQUE_STEPS: Final = frozenset(
    (
        *("crop", "rotate", "flip", "flatten", "pixelate", "quantize", "grayscale"),
        *("invert", "threshold", "adjust", "blur", "sharpen", "overlay", "tile"),
    )
)
"""Steps that leave an opaque picture opaque."""


def guide_problems(
    asset: Asset,
    assets: Mapping[AssetName, Asset],
    measures: Measures,
    read: Reader,
) -> Iterator[Problem]:
    """Yield what is wrong with an asset's mask and markup, each with its place.

    Args:
        read: Gives the bytes of a project file; None if it is gone.
    """
    source = asset.source
    if not isinstance(source, Drawn) or not source.inputs:
        return
    if source.mask is not None:
        yield from _opaque(source.mask, assets, asset.place.at("mask"))
    size = measures.ref_size(source.inputs[0])
    if size is None:
        return
    if source.mask is not None:
        place = asset.place.at("mask")
        yield from _mask_problems(source.mask, size, place, measures, read)
    if source.markup is not None:
        place = asset.place.at("markup")
        yield from _markup_problems(source.markup, size, place, measures, read)


def _opaque(
    mask: Mask, assets: Mapping[AssetName, Asset], place: Place
) -> Iterator[Problem]:
    """Yield a warning if a mask is taken from the alpha of what is hardly transparent."""
    ref = mask.area.ref if isinstance(mask.area, AlphaMask) else None
    if not isinstance(ref, AssetRef):
        return
    asset = assets[ref.name]
    source = asset.source
    if not isinstance(source, Drawn):
        return
    if dict(source.params).get("background") == "transparent":
        return
    if all(step.name in _OPAQUE_STEPS for step in asset.process):
        yield Problem(
            "opaque-mask",
            f"this mask is where {ref.name} is transparent, and {ref.name} is drawn "
            "without `background: transparent`",
            place,
            f"for a black-and-white mask write {{image: {ref.name}, edit: black}}",
            severity="warning",
        )


def _mask_problems(
    mask: Mask, size: Size, place: Place, measures: Measures, read: Reader
) -> Iterator[Problem]:
    area = mask.area
    if isinstance(area, AlphaMask | ColorMask):
        other = measures.ref_size(area.ref)
        if other is not None and other != size:
            yield Problem(
                "mask-size",
                f"the mask is {other}, but the first input is {size}",
                place,
                "a mask must be exactly as large as the picture it belongs to",
            )
            return
        if not isinstance(area.ref, FileRef):
            return
    from assetgen.transforms.masks import mask_png

    try:
        mask_png(mask, size, lambda ref: _open(ref, read))
    except AssetgenError as error:
        yield Problem("bad-mask", error.message, place, error.hint)


def _markup_problems(
    ref: Ref, size: Size, place: Place, measures: Measures, read: Reader
) -> Iterator[Problem]:
    other = measures.ref_size(ref)
    if other is not None and other != size:
        yield Problem(
            "markup-size",
            f"the markup is {other}, but the first input is {size}",
            place,
            "markup must be exactly as large as the picture it is laid over",
        )
    elif isinstance(ref, FileRef) and other is not None:
        from assetgen.transforms.masks import markup_png

        try:
            markup_png(_open(ref, read), size)
        except AssetgenError as error:
            yield Problem("bad-markup", error.message, place, error.hint)


def _open(ref: Ref, read: Reader) -> Image.Image:
    from assetgen.transforms.opening import open_picture

    assert isinstance(ref, FileRef)
    return open_picture(read(ref.path) or b"")
