"""Which optional formats and fonts the installed Pillow can handle."""

from __future__ import annotations


def codecs() -> dict[str, bool]:
    """Return for ``webp``, ``avif`` and ``freetype`` (text) whether they are there."""
    from PIL import features

    return {
        "webp": bool(features.check("webp")),
        "avif": bool(features.check("avif")),
        "freetype": bool(features.check("freetype2")),
    }
