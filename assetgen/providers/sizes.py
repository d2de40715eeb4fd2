"""Which sizes a model draws, and the nearest of them to one that it does not. Pure."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TYPE_CHECKING

from assetgen.model import Size
from assetgen.values import Value

if TYPE_CHECKING:
    from collections.abc import Iterator


class SizeRule(Value, kw_only=True):
    """The sizes in pixels that a model can be asked for. Without any field: all.

    Attributes:
        fixed: The only sizes there are; empty where the limits below hold instead.
        multiple_of: Both edges are multiples of it.
        max_edge: The longer edge's greatest length; None if there is no limit.
        min_pixels: Least width times height.
        max_pixels: Greatest width times height; None if there is no limit.
        max_ratio: Greatest longer edge by shorter edge; None if there is no limit.
        experimental_pixels: Sizes of more pixels are experimental; None if none are.
        auto: Whether the choice can be left to the model.

    Source: OpenAI image generation guide, "Size and quality options".
    """

    fixed: tuple[Size, ...] = ()
    multiple_of: int = 1
    max_edge: int | None = None
    min_pixels: int = 1
    max_pixels: int | None = None
    max_ratio: float | None = None
    experimental_pixels: int | None = None
    auto: bool = True

    def allows(self, size: Size) -> str | None:
        """Return why `size` cannot be asked for, as half a sentence; None if it can."""
        if self.fixed:
            if size in self.fixed:
                return None
            return f"it draws {_listed(self.fixed)} only"
        width, height = size.width, size.height
        long, short = max(width, height), min(width, height)
        pixels = width * height
        step = self.multiple_of
        if width % step or height % step:
            return f"width and height must be multiples of {step}"
        if self.max_edge is not None and long > self.max_edge:
            return f"an edge has at most {self.max_edge} pixels"
        if self.max_ratio is not None and long > self.max_ratio * short:
            return f"the longer edge is at most {self.max_ratio:g} times the shorter"
        if pixels < self.min_pixels:
            return f"{pixels:,} pixels are fewer than {self.min_pixels:,}"
        if self.max_pixels is not None and pixels > self.max_pixels:
            return f"{pixels:,} pixels are more than {self.max_pixels:,}"
        return None

    def is_experimental(self, size: Size) -> bool:
        """Return whether the service promises less for so large a picture."""
        limit = self.experimental_pixels
        return limit is not None and size.width * size.height > limit

    def nearest(self, size: Size) -> Size:
        """Return the allowed size that is most like `size`.

        Fixed sizes: of the same orientation if there is one, then by ratio, then by
        area. Otherwise the picture is scaled into the limits with its ratio kept as
        well as the grid lets it. A size that is allowed is returned as it is, and so
        is any size where the rule contradicts itself.
        """
        if self.allows(size) is None:
            return size
        if self.fixed:
            return min(self.fixed, key=lambda one: _unlikeness(one, size))
        wanted_w, wanted_h = self._fitted(size)
        step = self.multiple_of
        near = (
            Size(width, height)
            for width in _around(wanted_w, step)
            for height in _around(wanted_h, step)
        )
        found = self._most_like(near, wanted_w, wanted_h, size)
        return found or self._searched(wanted_w, wanted_h, size) or size

    def dearest(self) -> tuple[Size, ...]:
        """Return sizes among which the one with the most tokens is.

        These are all fixed sizes; or for each width the greatest allowed height up to
        it, since a picture of more pixels and one nearer to a square never costs less,
        and a portrait costs what the landscape does. Experimental sizes are left out:
        the model does not choose them by itself.
        """
        return _dearest(self)

    def _fitted(self, size: Size) -> tuple[float, float]:
        """Return width and height inside all limits but the grid."""
        width, height = float(size.width), float(size.height)
        ratio = max(width, height) / min(width, height)
        if self.max_ratio is not None and ratio > self.max_ratio:
            # The area stays; the long edge gives what the short edge gets.
            change = math.sqrt(ratio / self.max_ratio)
            if width > height:
                width, height = width / change, height * change
            else:
                width, height = width * change, height / change
        scale = 1.0
        pixels = width * height
        if pixels < self.min_pixels:
            scale = math.sqrt(self.min_pixels / pixels)
        elif self.max_pixels is not None and pixels > self.max_pixels:
            scale = math.sqrt(self.max_pixels / pixels)
        if self.max_edge is not None:
            scale = min(scale, self.max_edge / max(width, height))
        return width * scale, height * scale

    def _most_like(
        self, sizes: Iterator[Size], width: float, height: float, asked: Size
    ) -> Size | None:
        allowed = [one for one in sizes if self.allows(one) is None]
        if not allowed:
            return None
        turned = _turn(asked)
        return min(
            allowed,
            key=lambda one: (
                _turn(one) != turned,
                abs(math.log(one.width / width)) + abs(math.log(one.height / height)),
                one.width,
            ),
        )

    def _searched(self, width: float, height: float, asked: Size) -> Size | None:
        """Look through the whole grid: for rules whose limits are very narrow."""
        if self.max_edge is None:
            return None
        edges = range(self.multiple_of, self.max_edge + 1, self.multiple_of)
        if len(edges) > 1000:  # more than a million pairs: not worth a hint
            return None
        pairs = (Size(one, other) for one in edges for other in edges)
        return self._most_like(pairs, width, height, asked)


def _around(length: float, step: int) -> Iterator[int]:
    """Yield the multiples of `step` near `length`."""
    middle = round(length / step)
    for offset in range(-3, 4):
        if middle + offset > 0:
            yield (middle + offset) * step


def _turn(size: Size) -> int:
    """Return 1 for a landscape, 0 for a square, -1 for a portrait."""
    return (size.width > size.height) - (size.width < size.height)


def _unlikeness(one: Size, other: Size) -> tuple[bool, float, int]:
    ratio = one.width * other.height / (one.height * other.width)
    area = abs(one.width * one.height - other.width * other.height)
    return _turn(one) != _turn(other), abs(math.log(ratio)), area


def _listed(sizes: tuple[Size, ...]) -> str:
    words = [str(size) for size in sizes]
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


@lru_cache(maxsize=32)
def _dearest(rule: SizeRule) -> tuple[Size, ...]:
    if rule.fixed:
        return rule.fixed
    if rule.max_edge is None:
        return ()
    limits = [each for each in (rule.max_pixels, rule.experimental_pixels) if each]
    step = rule.multiple_of
    found: list[Size] = []
    for width in range(step, rule.max_edge + 1, step):
        most = min(width, *(limit // width for limit in limits)) if limits else width
        size = Size(width, most - most % step)
        if size.height and rule.allows(size) is None:
            found.append(size)
    return tuple(found)
