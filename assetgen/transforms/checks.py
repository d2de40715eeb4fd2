"""Gates on an asset's image: what was measured, where it is not what was asked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from assetgen.transforms.alpha import is_opaque
from assetgen.transforms.geometry import size_of
from assetgen.transforms.pixels import count_colors
from assetgen.transforms.seams import seam_score

if TYPE_CHECKING:
    from PIL import Image

    from assetgen.model import Checks

COUNTED_COLORS: Final = 65_536
"""Beyond this, `max_colors` says "more than" instead of counting on."""

_SOLID_FROM: Final = 128


def size_failures(checks: Checks, raw_bytes_len: int) -> list[str]:
    """Return a sentence for each check that the picture's file does not pass.

    Args:
        checks: What the spec asks.
        raw_bytes_len: Size of the file as it came, for `max_bytes`.
    """
    if checks.max_bytes is not None and raw_bytes_len > checks.max_bytes:
        return [f"{raw_bytes_len} bytes are more than {checks.max_bytes}"]
    return []


def run_checks(checks: Checks, image: Image.Image) -> list[str]:
    """Return a sentence for each check that the image itself does not pass.

    Args:
        checks: What the spec asks.
        image: Mode RGBA.
    """
    failures = []
    if checks.alpha == "required" and is_opaque(image):
        failures.append("alpha is required, but every pixel is opaque")
    if checks.alpha == "forbidden" and not is_opaque(image):
        lowest, _ = image.getchannel("A").getextrema()
        failures.append(f"alpha is forbidden, but the lowest is {lowest} of 255")
    if checks.size is not None and size_of(image) != checks.size:
        failures.append(f"the size is {size_of(image)}, not {checks.size}")
    if checks.max_colors is not None:
        failures += _too_many_colors(image, checks.max_colors)
    if checks.seamless is not None:
        score = seam_score(image)
        if score > checks.seamless:
            failures.append(f"the seam scores {score:.3f}, above {checks.seamless}")
    if checks.opaque_share is not None:
        failures += _wrong_share(image, checks.opaque_share)
    return failures


def opaque_share(image: Image.Image) -> float:
    """Return the share of pixels, 0.0 to 1.0, with an alpha of at least one half."""
    counts = image.getchannel("A").histogram()
    return sum(counts[_SOLID_FROM:]) / (image.width * image.height)


def _too_many_colors(image: Image.Image, most: int) -> list[str]:
    """Return the failure of `max_colors`, if any."""
    limit = max(most, COUNTED_COLORS)
    count = count_colors(image, limit)
    if count is None:
        return [f"more than {limit} colours, where {most} are allowed"]
    return [f"{count} colours, where {most} are allowed"] if count > most else []


def _wrong_share(image: Image.Image, bounds: tuple[float, float]) -> list[str]:
    """Return the failure of `opaque_share`, if any."""
    least, most = bounds
    share = opaque_share(image)
    if least <= share <= most:
        return []
    return [f"{share:.1%} of the picture is opaque, not {least:.1%} to {most:.1%}"]
