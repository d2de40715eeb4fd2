"""The table of steps: each row of `assetgen.catalog`, with its function.

A step function gets the picture in working form, its arguments with all defaults
filled in, and a way to open the pictures they name. It returns a picture in working
form and never changes the one it was given.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Literal, Protocol

from assetgen.errors import AssetFailed, Blaming
from assetgen.transforms import (
    alpha,
    arguments,
    color,
    edges,
    geometry,
    layers,
    pixels,
    seams,
    shapes,
    tones,
)
from assetgen.transforms.placement import (
    corner_radius,
    crop_box,
    pad_sides,
    pixel_grid,
    pixelated_size,
    quarter_turns,
    resize_fitting,
    tile_overlap,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from PIL import Image

    from assetgen.model import Arg, Length, Ref, Step


class StepFunction(Protocol):
    """Carries one step out."""

    def __call__(
        self,
        image: Image.Image,
        args: Mapping[str, Arg],
        open_ref: Callable[[Ref], Image.Image],
        /,
    ) -> Image.Image:
        """Return the changed picture; the given one stays as it is.

        Raises:
            AssetFailed: The step cannot be carried out on this picture.
        """
        ...


def apply(
    image: Image.Image,
    steps: Iterable[Step],
    open_ref: Callable[[Ref], Image.Image],
) -> Image.Image:
    """Return the picture after all steps, in order.

    Args:
        image: Mode RGBA; is not changed.
        steps: Of the spec.
        open_ref: Returns the picture, in working form, that an argument names.

    Raises:
        AssetFailed: A step cannot be carried out on this picture.
    """
    for step in steps:
        with Blaming(step.place):
            args = arguments.complete_args(step)
            image = STEP_FUNCTIONS[step.name](image, args, open_ref)
    return image


def _trim(image: Image.Image, args: arguments.Args, _: object) -> Image.Image:
    border = arguments.optional_color(args, "color")
    return geometry.trim(image, border, arguments.byte(args, "tolerance"))


def _crop(image: Image.Image, args: arguments.Args, _: object) -> Image.Image:
    return image.crop(crop_box(geometry.size_of(image), args))


def _resize(image: Image.Image, args: arguments.Args, _: object) -> Image.Image:
    fitting = resize_fitting(geometry.size_of(image), args)
    return geometry.resize(image, fitting, arguments.word(args, "filter"))


def _pad(image: Image.Image, args: arguments.Args, _: object) -> Image.Image:
    ground = arguments.optional_color(args, "color") or arguments.CLEAR
    return geometry.pad(image, pad_sides(geometry.size_of(image), args), ground)


def _rotate(image: Image.Image, args: arguments.Args, _: object) -> Image.Image:
    return geometry.rotate(image, quarter_turns(args))


def _flip(image: Image.Image, args: arguments.Args, _: object) -> Image.Image:
    return geometry.flip(image, arguments.word(args, "direction"))


def _flatten(image: Image.Image, args: arguments.Args, _: object) -> Image.Image:
    return alpha.flatten(image, arguments.color(args, "color"))


def _key(image: Image.Image, args: arguments.Args, _: object) -> Image.Image:
    return alpha.key(
        image,
        arguments.color(args, "color"),
        arguments.byte(args, "tolerance"),
        arguments.byte(args, "feather"),
    )


def _alpha(
    image: Image.Image,
    args: arguments.Args,
    open_ref: Callable[[Ref], Image.Image],
) -> Image.Image:
    keep: Literal["white", "black"]
    match arguments.word(args, "keep"):
        case "white":
            keep = "white"
        case "black":
            keep = "black"
        case other:
            raise AssetFailed(f"`keep` takes white or black, not {other!r}")
    return alpha.alpha_from(image, open_ref(arguments.ref(args, "from")), keep)


def _despill(image: Image.Image, args: arguments.Args, _: object) -> Image.Image:
    radius_px = arguments.whole(args, "radius", least=1)
    return edges.despill(image, arguments.color(args, "color"), radius_px)


def _bleed(image: Image.Image, args: arguments.Args, _: object) -> Image.Image:
    return edges.bleed(image, arguments.whole(args, "radius", least=1))


def _pixelate(image: Image.Image, args: arguments.Args, _: object) -> Image.Image:
    size = geometry.size_of(image)
    pixelated_size(size, args)  # refuses what would be too large
    return pixels.pixelate(
        image,
        pixel_grid(size, args),
        scale=arguments.whole(args, "scale", least=1),
        colors=arguments.color_count(args, "colors"),
        palette=arguments.palette(args, "palette"),
    )


def _quantize(image: Image.Image, args: arguments.Args, _: object) -> Image.Image:
    colors = arguments.color_count(args, "colors")
    palette = arguments.palette(args, "palette")
    if colors is None and not palette:
        raise AssetFailed("`quantize` needs `colors` or `palette`")
    return pixels.quantize(image, colors, palette, dither=args.get("dither") is True)


def _grayscale(image: Image.Image, _: arguments.Args, __: object) -> Image.Image:
    return color.grayscale(image)


def _invert(image: Image.Image, _: arguments.Args, __: object) -> Image.Image:
    return color.invert(image)


def _threshold(image: Image.Image, args: arguments.Args, _: object) -> Image.Image:
    return color.threshold(image, arguments.byte(args, "level"))


def _adjust(image: Image.Image, args: arguments.Args, _: object) -> Image.Image:
    return tones.adjust(
        image,
        arguments.factor(args, "brightness"),
        arguments.factor(args, "contrast"),
        arguments.factor(args, "saturation"),
    )


def _blur(image: Image.Image, args: arguments.Args, _: object) -> Image.Image:
    return tones.blur(image, arguments.factor(args, "radius"))


def _sharpen(image: Image.Image, args: arguments.Args, _: object) -> Image.Image:
    return tones.sharpen(
        image, arguments.factor(args, "amount"), arguments.factor(args, "radius")
    )


def _round(image: Image.Image, args: arguments.Args, _: object) -> Image.Image:
    return shapes.round_corners(image, corner_radius(geometry.size_of(image), args))


def _outline(image: Image.Image, args: arguments.Args, _: object) -> Image.Image:
    width_px = arguments.whole(args, "width", least=1)
    return shapes.outline(image, width_px, arguments.color(args, "color"))


def _tile(image: Image.Image, args: arguments.Args, _: object) -> Image.Image:
    return seams.tile(image, *tile_overlap(geometry.size_of(image), args))


def _overlay(
    image: Image.Image,
    args: arguments.Args,
    open_ref: Callable[[Ref], Image.Image],
) -> Image.Image:
    top = geometry.scale(
        open_ref(arguments.ref(args, "image")), arguments.number(args, "scale")
    )
    result = image.copy()
    layers.put(result, top, _position(args), arguments.number(args, "opacity"))
    return result


def _position(args: arguments.Args) -> tuple[Length, Length] | str:
    """Return where an overlay lies: an anchor, or its top left corner."""
    match args.get("at"):
        case str() as anchor:
            return anchor
        case [x, y]:
            return arguments.parse_length(x), arguments.parse_length(y)
        case other:
            raise AssetFailed(f"`at` takes [x, y] or a position, not {other!r}")


STEP_FUNCTIONS: Final[Mapping[str, StepFunction]] = MappingProxyType(
    {
        "trim": _trim,
        "crop": _crop,
        "resize": _resize,
        "pad": _pad,
        "rotate": _rotate,
        "flip": _flip,
        "flatten": _flatten,
        "key": _key,
        "alpha": _alpha,
        "despill": _despill,
        "bleed": _bleed,
        "pixelate": _pixelate,
        "quantize": _quantize,
        "grayscale": _grayscale,
        "invert": _invert,
        "threshold": _threshold,
        "adjust": _adjust,
        "blur": _blur,
        "sharpen": _sharpen,
        "round": _round,
        "outline": _outline,
        "overlay": _overlay,
        "tile": _tile,
    }
)
