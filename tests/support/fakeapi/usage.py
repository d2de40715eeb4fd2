"""Tokens and prices of a valid request, by the service's own arithmetic."""

from __future__ import annotations

from math import ceil, floor
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fakeapi.rules import Wanted

_GRIDS = {
    "2": {"low": 16, "medium": 48, "high": 96},
    "2.5": {"low": 16, "medium": 24, "high": 48, "xhigh": 64, "max": 96},
}
_SQUARE, _TALL, _WIDE = 0, 1, 2
_FIRST_MODELS = {
    "low": (272, 408, 400),
    "medium": (1056, 1584, 1568),
    "high": (4160, 6240, 6208),
}
_MORE_BY_2_6 = {"low": 4.3, "medium": 4.0}
_PARTIAL_TOKENS = 100


def output_tokens(family: str, quality: str, size: tuple[int, int]) -> int:
    """Return the tokens of one picture.

    Source: the service's image guide; 2.6 is not documented, third parties measured it.
    """
    short, long = sorted(size)
    if family == "1":
        shape = _SQUARE if short == long else _TALL if size[1] == long else _WIDE
        return _FIRST_MODELS[quality][shape]
    grids = _GRIDS["2" if family == "2" else "2.5"]
    grid = grids.get(quality, grids["medium"])
    other = floor(grid * short / long + 0.5)
    tokens = ceil(grid * other * (2_000_000 + size[0] * size[1]) / 4_000_000)
    return round(tokens * _MORE_BY_2_6.get(quality, 1)) if family == "2.6" else tokens


def input_tokens(family: str, fidelity: str, size: tuple[int, int]) -> int:
    """Return the tokens of one input picture."""
    width, height = size
    if family != "1":
        return min(ceil(width / 32) * ceil(height / 32), 1536)
    scale = min(1.0, 512 / min(size))
    tiles = ceil(width * scale / 512) * ceil(height * scale / 512)
    more = (4160 if width == height else 6240) if fidelity == "high" else 0
    return 65 + 129 * tiles + more


def usage_of(wanted: Wanted, pictures: int, partials: int = 0) -> dict[str, Any]:
    """Return the usage of an answer with that many pictures."""
    family = wanted.model.family
    sizes = [each.size for each in wanted.files if each.size]
    images = sum(input_tokens(family, wanted.fidelity, each) for each in sizes)
    text = ceil(len(wanted.prompt) / 4)
    one = output_tokens(family, wanted.quality, wanted.size)
    out = one * pictures + _PARTIAL_TOKENS * partials
    usage: dict[str, Any] = {
        "input_tokens": images + text,
        "input_tokens_details": {"image_tokens": images, "text_tokens": text},
        "output_tokens": out,
        "total_tokens": images + text + out,
    }
    if wanted.endpoint == "generations" and wanted.partials is None:
        usage["output_tokens_details"] = {"image_tokens": out, "text_tokens": 0}
    return usage


def cost_usd(wanted: Wanted, usage: dict[str, Any]) -> float:
    """Return what the account is charged."""
    text, image, out = wanted.model.prices
    details = usage["input_tokens_details"]
    return (
        details["text_tokens"] * text
        + details["image_tokens"] * image
        + usage["output_tokens"] * out
    ) / 1_000_000
