"""What several files of one asset have in common is worked out once.

This module never imports PIL, so that files which are only put back do without it.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    from PIL import Image

    from assetgen.model import Output

_HELD_PIXELS: Final = 16 * 1024**2
"""Pixels of pictures that are held for further files."""


class Shapes:
    """Pictures of one asset at the sizes that its files have; for any thread.

    A picture in three widths and four formats is scaled three times, not twelve.
    """

    def __init__(self) -> None:
        """Hold nothing yet."""
        self._held: list[_Shape] = []
        self._lock = threading.Lock()

    def get(
        self, image: Image.Image, output: Output, make: Callable[[], Image.Image]
    ) -> Image.Image:
        """Return what `image` looks like at the output's size, made if it was not yet.

        While one thread makes it, others that need the same wait.

        Raises:
            AssetFailed: `make` raised it; the next one tries again.
        """
        with self._lock:
            shape = self._find(image, output)
        with shape.lock:
            made = shape.made
            if made is None:
                made = shape.made = make()
        with self._lock:
            self._let_go(shape)
        return made

    def _find(self, image: Image.Image, output: Output) -> _Shape:
        look = _look_of(output)
        for shape in self._held:
            if shape.source is image and shape.look == look:
                return shape
        shape = _Shape(image, look)
        self._held.append(shape)
        return shape

    def _let_go(self, latest: _Shape) -> None:
        """Hold no more than is allowed; what was begun longest ago goes first."""
        while sum(shape.pixels for shape in self._held) > _HELD_PIXELS:
            oldest = next((s for s in self._held if s is not latest), latest)
            self._held.remove(oldest)


class _Shape:
    """A picture at a size, or the place where it will be."""

    def __init__(self, source: Image.Image, look: tuple[object, ...]) -> None:
        self.source = source
        self.look = look
        self.lock = threading.Lock()
        self.made: Image.Image | None = None

    @property
    def pixels(self) -> int:
        made = self.made
        return 0 if made is None else made.width * made.height


def _look_of(output: Output) -> tuple[object, ...]:
    """Return everything that decides an output's pixels before they are encoded.

    The background is among it only where it is padded with.
    """
    size = (output.width, output.height, output.fit, output.position, output.density)
    ground = output.background if output.fit == "contain" else None
    return (*size, ground, output.enlarge, output.process)
