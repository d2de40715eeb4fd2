"""Steps that mend colours along transparency: under it and beside it.

Pictures are RGBA, 8 bits a channel, straight alpha, before and after; the alpha never
changes here. Distances are in px between the centres of pixels.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from PIL import Image, ImageChops

from assetgen.transforms.discs import grown

if TYPE_CHECKING:
    from assetgen.transforms.arguments import Color

_SOLID_FROM: Final = 128
_SEEN: Final = [0] + [255] * 255
_HIDDEN: Final = [255] + [0] * 255
_SOLID: Final = [0] * _SOLID_FROM + [255] * (256 - _SOLID_FROM)
_OPAQUE: Final = [0] * 255 + [255]
_FAINT_EDGE_PX: Final = 2
"""How wide the faint part of a smooth edge usually is."""

_TOO_CLOSE: Final = 32 * 32
"""Squared distance of two colours below which a mix of them cannot be taken apart."""

_ON_THE_WAY: Final = 32 * 32
"""Squared distance up to which a colour counts as a mix of two others."""

_LEAST_REST: Final = 0.25
"""How little of a pixel may be left when its colour is made up to a whole one."""

_HUE_FROM: Final = 64
"""Difference of its channels from which a colour has a hue to speak of."""


def bleed(image: Image.Image, radius_px: int) -> Image.Image:
    """Return the picture with colour under the transparent pixels beside its shape.

    What is seen stays bit for bit. The colour comes from the nearby solid pixels, since
    that of nearly transparent ones is seldom more than rounding.

    Args:
        image: Mode RGBA.
        radius_px: At least 1; how far from what is seen.
    """
    alpha = image.getchannel("A")
    seen = alpha.point(_SEEN)
    if seen.getextrema() in ((255, 255), (0, 0)):
        return image
    colors = image.convert("RGB")
    wanted = ImageChops.subtract(grown(seen, radius_px), seen)
    spread = _spread(colors, alpha.point(_SOLID), radius_px + _FAINT_EDGE_PX)
    if _lacks(spread, wanted):
        rest = _spread(colors, seen, radius_px)
        spread = Image.composite(spread, rest, spread.getchannel("A"))
    filled = ImageChops.darker(wanted, spread.getchannel("A"))
    colors.paste(spread.convert("RGB"), mask=filled)
    colors.putalpha(alpha)
    return colors


def despill(image: Image.Image, color: Color, radius_px: int) -> Image.Image:
    """Return the picture without the share of a key colour in its edges.

    An edge pixel that looks like a mix of the key colour and of the colour further
    inside gets the inner colour for the key's share. From any other one the key is
    taken away as far as its hue stands out, or, for a key without a hue (white, black,
    grey), as far as the pixel is transparent.

    Args:
        image: Mode RGBA, with the key colour already transparent.
        color: The key colour; its alpha does not count.
        radius_px: At least 1; how far from transparency there are edges.
    """
    alpha = image.getchannel("A")
    hidden = alpha.point(_HIDDEN)
    if hidden.getextrema() == (0, 0):
        return image
    near = grown(hidden, radius_px)
    colors = image.convert("RGB")
    inside = ImageChops.subtract(alpha.point(_OPAQUE), near)
    inner = _spread(colors, inside, 2 * radius_px + 1).tobytes()
    before, alphas, key = colors.tobytes(), alpha.tobytes(), bytes(color[:3])
    after = bytearray(before)
    edges = ImageChops.subtract(near, hidden).tobytes()
    # Edges are few; going through them alone beats arithmetic on the whole picture.
    for run in re.finditer(rb"\xff+", edges):
        for at in range(*run.span()):
            own = inner[4 * at : 4 * at + 3] if inner[4 * at + 3] else b""
            pixel = before[3 * at : 3 * at + 3]
            for i, level in enumerate(_without_key(pixel, own, alphas[at], key)):
                after[3 * at + i] = min(255, max(0, int(level + 0.5)))
    result = Image.frombytes("RGB", image.size, bytes(after))
    result.putalpha(alpha)
    return result


def _spread(colors: Image.Image, seeds: Image.Image, reach_px: int) -> Image.Image:
    """Return the seeds' colours carried over to the pixels around them.

    Args:
        colors: Mode RGB.
        seeds: Mode L, 255 where the colour is good and 0 elsewhere.
        reach_px: How far to carry, across, down and so along diagonals, too.

    Returns:
        Mode RGBA: alpha 255 where there is a colour, 0 elsewhere.
    """
    filled = colors.copy()
    filled.putalpha(seeds)
    width, height = colors.size
    done = 0
    while done < reach_px and filled.getchannel("A").getextrema()[0] == 0:
        # Every round may go as far as all before it, since that much is filled.
        step = min(max(1, done), reach_px - done)
        for across, down in ((step, 0), (-step, 0), (0, step), (0, -step)):
            if abs(across) < width and abs(down) < height:
                _carry(filled, across, down)
        done += step
    return filled


def _carry(filled: Image.Image, across: int, down: int) -> None:
    """Fill empty pixels, in place, from those `across` and `down` px before them."""
    width, height = filled.size
    box = (
        max(0, -across),
        max(0, -down),
        min(width, width - across),
        min(height, height - down),
    )
    moved = filled.crop(box)
    corner = (box[0] + across, box[1] + down)
    target = (*corner, corner[0] + moved.width, corner[1] + moved.height)
    empty = filled.getchannel("A").crop(target).point(_HIDDEN)
    filled.paste(moved, corner, empty)


def _lacks(spread: Image.Image, wanted: Image.Image) -> bool:
    """Return whether some wanted pixel got no colour."""
    missing = ImageChops.subtract(wanted, spread.getchannel("A"))
    return missing.getextrema() != (0, 0)


# --- the key's share ----------------------------------------------------------


def _without_key(pixel: bytes, inner: bytes, alpha: int, key: bytes) -> list[float]:
    """Return an edge pixel's channels without the key colour's share.

    Args:
        pixel: Red, green, blue.
        inner: The colour further inside; empty if there is none.
        alpha: Of the pixel, 1 to 255.
        key: The key colour.
    """
    if inner:
        share, off = _on_the_way(pixel, inner, key)
        # Close to the key all ways to it are close together.
        to_go = sum((k - p) ** 2 for k, p in zip(key, pixel, strict=True))
        if off <= min(_ON_THE_WAY, to_go / 4):
            mixed = zip(pixel, inner, key, strict=True)
            return [p + share * (own - k) for p, own, k in mixed]
    strength = _excess(key, key)
    if strength >= _HUE_FROM:
        share = max(0, _excess(pixel, key)) / strength
    else:
        share = 1 - alpha / 255
    rest = max(1 - share, _LEAST_REST)
    return [(p - share * k) / rest for p, k in zip(pixel, key, strict=True)]


def _on_the_way(pixel: bytes, inner: bytes, key: bytes) -> tuple[float, float]:
    """Return how far a colour lies from the inner one to the key, and how far off.

    Returns:
        The share, 0.0 to 1.0, and the distance from the way, squared. A way that is too
        short to tell gives a share of 0.
    """
    way = [k - own for k, own in zip(key, inner, strict=True)]
    gone = [p - own for p, own in zip(pixel, inner, strict=True)]
    length = sum(w * w for w in way)
    if length < _TOO_CLOSE:
        return 0.0, 0.0
    share = sum(g * w for g, w in zip(gone, way, strict=True)) / length
    share = min(1.0, max(0.0, share))
    return share, sum((g - share * w) ** 2 for g, w in zip(gone, way, strict=True))


def _excess(color: bytes, key: bytes) -> int:
    """Return by how much the key's strong channels stand above the others.

    Negative where they do not; 0 for a key without a hue.
    """
    middle = min(key) + max(key)
    strong = [level for level, k in zip(color, key, strict=True) if 2 * k >= middle]
    weak = [level for level, k in zip(color, key, strict=True) if 2 * k < middle]
    return min(strong) - max(weak) if weak else 0
