"""Draws that become files just as they came, and what an SVG rules out; pure.

A draw that comes as GIF or SVG is published untouched where nothing is asked of it but
its format: making the file anew would cost an animation its frames, and an SVG its
shapes. Nor can an SVG be turned into pixels, so whatever needs pixels of an asset that
is drawn as SVG is a mistake of the spec.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from assetgen.errors import Problem
from assetgen.model import AssetRef, Drawn, FileRef, FileSource, GlobRef
from assetgen.resolve.link import references

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Iterator, Sequence

    from assetgen.model import Asset, Output, Source

RAW_FORMATS: Final = frozenset(("gif", "svg"))
"""Formats in which a draw is published as it came."""

CODE: Final = "svg-has-no-pixels"
_NO_PIXELS: Final = "%s is an SVG, which cannot be turned into pixels"
_STORE_PNG: Final = "store the drawing as a PNG, too, and name that"
_HINT: Final = "write it as .svg, or leave `output_format: svg` out"


def asks_for_svg(source: Source) -> bool:
    """Return whether the provider is asked for an SVG."""
    return isinstance(source, Drawn) and dict(source.params).get("output_format") == (
        "svg"
    )


def is_raw(asset: Asset, output: Output) -> bool:
    """Return whether the output is the draw's own bytes, if they have its format."""
    return (
        output.format in RAW_FORMATS
        and isinstance(asset.source, Drawn)
        and not asset.process
        and not _is_reworked(asset.source)
        and _change_of(output) is None
    )


def svg_problems(asset: Asset) -> list[Problem]:
    """Return what an asset that is drawn as SVG wants and cannot have."""
    if not asks_for_svg(asset.source):
        return []
    assert isinstance(asset.source, Drawn)
    place = asset.place
    found: list[Problem] = []
    if _is_reworked(asset.source):
        key = "mask" if asset.source.extend is None else "extend"
        hint = "`outside: accept` takes it as it comes" if key == "mask" else None
        message = "pixels cannot be put back into an SVG"
        found.append(Problem(CODE, message, place.at(key), hint))
    if asset.process:
        name = asset.process[0].name
        message = f"`{name}` changes pixels, and the picture is drawn as SVG"
        at = asset.process[0].place or place.at("process")
        found.append(Problem(CODE, message, at, _HINT))
    found.extend(_output_problems(asset.outputs))
    checks = asset.checks
    measured = ("alpha", "size", "max_colors", "seamless", "opaque_share")
    for name in measured if checks is not None else ():
        if getattr(checks, name) is not None:
            message = f"`{name}` is measured in pixels, and the picture is drawn as SVG"
            found.append(Problem(CODE, message, place.at("checks", name)))
    return found


def svg_use_problems(
    asset: Asset,
    drawn_as_svg: Callable[[str], bool],
    expand: Callable[[str], Sequence[str]],
) -> list[Problem]:
    """Return where an asset needs the pixels of another that is drawn as SVG.

    Args:
        drawn_as_svg: Tells it of an asset's name.
        expand: Gives the assets that a glob stands for.
    """
    found: list[Problem] = []
    for ref, at in references(asset):
        names: Sequence[str] = ()
        if isinstance(ref, AssetRef):
            names = (ref.name,)
        elif isinstance(ref, GlobRef):
            names = expand(ref.pattern)
        name = next((each for each in names if drawn_as_svg(each)), None)
        if name is not None:
            message = f"`{name}` is drawn as SVG, which cannot be turned into pixels"
            hint = f"leave `output_format: svg` of `{name}` out"
            found.append(Problem(CODE, message, asset.place.at(*at), hint))
    return found


def svg_file_problems(asset: Asset, svgs: Container[str]) -> list[Problem]:
    """Return where an asset needs the pixels of an SVG of the repository.

    Such a file can only be published as it is.

    Args:
        svgs: Paths of the pictures that are SVG.
    """
    found = [
        Problem(CODE, _NO_PIXELS % ref.path, asset.place.at(*at), _STORE_PNG)
        for ref, at in references(asset)
        if isinstance(ref, FileRef) and ref.path in svgs and at != ("file",)
    ]
    source = asset.source
    if not isinstance(source, FileSource) or source.path not in svgs:
        return found
    message = _NO_PIXELS % source.path
    if asset.process:
        at = asset.process[0].place or asset.place.at("process")
        return [*found, Problem(CODE, message, at, _STORE_PNG)]
    hint = f"publish it as it is, with `metadata: keep` as .svg; or {_STORE_PNG}"
    changed = {
        out.place: Problem(CODE, message, out.place, hint)
        for out in asset.outputs
        if out.metadata != "keep" or out.format not in {"svg", None}
    }
    return [*found, *changed.values()]


def _output_problems(outputs: Iterable[Output]) -> Iterator[Problem]:
    for output in outputs:
        change = _change_of(output)
        if output.format not in {"svg", None}:
            message = (
                f"the picture is drawn as SVG, which cannot become {output.format}"
            )
        elif change is not None:
            message = f"`{change}` cannot change a picture that is drawn as SVG"
        else:
            continue
        yield Problem(CODE, message, output.place, _HINT)


def _change_of(output: Output) -> str | None:
    """Return the first setting that makes the file another picture than its draw."""
    if output.process:
        return "process"
    if output.density[0] != output.density[1]:
        return "densities"
    for key in ("width", "height", "background"):
        if getattr(output, key) is not None:
            return key
    return None


def _is_reworked(source: Drawn) -> bool:
    """Return whether the picture is more than its draw before any step."""
    return source.extend is not None or (
        source.mask is not None and source.outside == "keep"
    )
