"""Files that must be opaque, and pictures of the repository that are not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assetgen.errors import AssetgenError, Problem
from assetgen.model import FileSource
from assetgen.resolve.output_rules import WITHOUT_ALPHA

if TYPE_CHECKING:
    from collections.abc import Callable

    from assetgen.model import Asset, Output


def icon_problems(
    asset: Asset, read_file: Callable[[str], bytes | None]
) -> list[Problem]:
    """Return the icons and the jpg files that an asset's own file cannot become.

    A picture that steps change is not looked at: the build does that.
    """
    source = asset.source
    if not isinstance(source, FileSource) or asset.process:
        return []
    icons = {out.place: out for out in asset.outputs if out.opaque and _is_bare(out)}
    solid = {out.place: out for out in asset.outputs if _lacks_alpha(out)}
    if not icons and not solid:
        return []
    from assetgen.transforms.alpha import is_opaque
    from assetgen.transforms.opening import open_picture

    try:
        data = read_file(source.path)
        if data is None or is_opaque(open_picture(data)):
            return []
    except AssetgenError:
        return []  # whatever is wrong with the file is told elsewhere
    parts = f"parts of {source.path} are transparent"
    found = [
        Problem(
            "needs-background",
            f"icons of the preset `{out.preset}` are opaque, and {parts}",
            out.place,
            'add `background: "#ffffff"` (or another colour) beside the preset',
        )
        for out in icons.values()
    ]
    found += [
        Problem(
            "needs-alpha",
            f"{out.format} has no transparency, and {parts}",
            out.place,
            'add `background: "#ffffff"` (or another colour), or write png instead'
            f" of {out.format}",
        )
        for place, out in solid.items()
        if place not in icons
    ]
    return found


def _is_bare(out: Output) -> bool:
    """Return whether nothing that is said of the output fills what shows through."""
    return all(step.name in ("resize", "pad") for step in out.process)


def _lacks_alpha(out: Output) -> bool:
    """Return whether a file's format would lose what shows through."""
    return out.format in WITHOUT_ALPHA and out.background is None and _is_bare(out)
