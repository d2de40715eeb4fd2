"""What several files of one asset have in common is worked out once.

This module never imports PIL, so that files which are only put back do without it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from PIL import Image

    from assetgen.model import Output

_HELD_PIXELS: Final = 16 * 1024**2
"""Pixels of pictures that are held for further files."""


class Shapes:
    """Pictures of one asset at the sizes that its files have; used by one thread.

    A picture in three widths and four formats is scaled three times, not twelve.
    """

    def __init__(self) -> None:
        """Hold nothing yet."""
        self._held: list[tuple[Image.Image, Output, Image.Image]] = []

    def find(self, image: Image.Image, output: Output) -> Image.Image | None:
        """Return what `image` looks like at the output's size, if it was made before."""
        for source, other, shaped in self._held:
            if source is image and _shape_of(other) == _shape_of(output):
                return shaped
        return None

    def keep(self, image: Image.Image, output: Output, shaped: Image.Image) -> None:
        """Hold what was made of `image`; what was made longest ago may go for it."""
        self._held.append((image, output, shaped))
        while sum(s.width * s.height for _, _, s in self._held) > _HELD_PIXELS:
            self._held.pop(0)


def _shape_of(output: Output) -> tuple[object, ...]:
    """Return everything that decides an output's pixels before they are encoded.

    The background is among it only where it is padded with.
    """
    size = (output.width, output.height, output.fit, output.position, output.density)
    ground = output.background if output.fit == "contain" else None
    return (*size, ground, output.enlarge, output.process)
