"""Build a game's or a website's pictures from a checked-in description of them."""

__version__ = "0.1.0"
