"""The prompt that asks for a variation: models are given the picture to edit, and this."""

from __future__ import annotations

from typing import Final

VARIATION_PROMPT_VERSION: Final = 1
"""Part of the request key; raise it when the words change, and say so in the changelog."""

_PROMPT: Final = (
    "Draw a variation of this picture: the same subject, style, palette, framing and "
    "background, with a composition and details of its own. "
    "It should look like another picture of the same series, not like a copy."
)


def variation_prompt(steer: str) -> str:
    """Return what is sent for a variation.

    Args:
        steer: What the spec adds; may be empty.
    """
    return f"{_PROMPT}\n\n{steer}" if steer.strip() else _PROMPT
