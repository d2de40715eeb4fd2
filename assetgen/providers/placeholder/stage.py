"""What a family of compositions has to work with."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from assetgen.values import Value

if TYPE_CHECKING:
    from assetgen.providers.placeholder.dice import Dice
    from assetgen.providers.placeholder.palette import Palette
    from assetgen.providers.placeholder.scene import Glow, Layer

Items: TypeAlias = "tuple[Layer | Glow, ...]"


class Stage(Value, kw_only=True):
    """The canvas of one draw, its colours and its chance.

    Attributes:
        foot: Share of the height that the caption covers.
        words: The prompt's words, lower case.
        bare: Without a backdrop: only the subject is wanted.
        coarse: Pixel art: the canvas has few, large pixels.
    """

    width: int
    height: int
    foot: float
    palette: Palette
    dice: Dice
    words: tuple[str, ...]
    bare: bool
    coarse: bool

    @property
    def short(self) -> float:
        """The shorter side of the canvas above the caption."""
        return min(self.width, self.height * (1 - self.foot))

    @property
    def center(self) -> tuple[float, float]:
        """The middle of the canvas above the caption."""
        return self.width / 2, self.height * (1 - self.foot) / 2

    def says(self, *words: str) -> bool:
        """Return whether the prompt holds one of the words, or its plural."""
        return any(word in self.words or f"{word}s" in self.words for word in words)
