"""Build a game's or a website's pictures from a checked-in description of them."""

from typing import Final

__version__: Final = "0.1.0"
