"""Icons that must be opaque, and pictures of the repository that are not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assetgen.errors import AssetgenError, Problem
from assetgen.model import FileSource

if TYPE_CHECKING:
    from collections.abc import Callable

    from assetgen.model import Asset, Output


def icon_problems(
    asset: Asset, read_file: Callable[[str], bytes | None]
) -> list[Problem]:
    """Return the presets of an asset whose icons its file cannot become.

    A picture that steps change is not looked at: the build does that.
    """
    source = asset.source
    if not isinstance(source, FileSource) or asset.process:
        return []
    wanting = {out.place: out for out in asset.outputs if _needs_ground(out)}
    if not wanting:
        return []
    from assetgen.transforms.alpha import is_opaque
    from assetgen.transforms.opening import open_picture

    try:
        data = read_file(source.path)
        if data is None or is_opaque(open_picture(data)):
            return []
    except AssetgenError:
        return []  # whatever is wrong with the file is told elsewhere
    return [
        Problem(
            "needs-background",
            f"icons of the preset `{out.preset}` are opaque, and parts of"
            f" {source.path} are transparent",
            out.place,
            'add `background: "#ffffff"` (or another colour) beside the preset',
        )
        for out in wanting.values()
    ]


def _needs_ground(out: Output) -> bool:
    """Return whether nothing that is said of the output fills what shows through."""
    return out.opaque and all(step.name in ("resize", "pad") for step in out.process)
