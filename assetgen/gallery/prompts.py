"""A prompt in pieces: which of its words came from variables, and from where."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

from assetgen.resolve.templates import TEMPLATE, text_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from assetgen.model import Json


def pieces_of(
    prompt: str, template: str | None, variables: Mapping[str, tuple[Json, str]]
) -> list[Json]:
    """Return the prompt as pieces that make it up, each with its variable or none.

    Args:
        prompt: As it is asked.
        template: As the spec has it; None where the spec has none.
        variables: By name, value and origin.

    Returns:
        One piece where the template does not make up the prompt.
    """
    if template is not None:
        text = template.replace("\r\n", "\n").replace("\r", "\n")
        found = list(_pieces(text, variables))
        normal = [(unicodedata.normalize("NFC", part), name) for part, name in found]
        if "".join(part for part, _ in normal) == prompt:
            return [_piece(part, name, variables) for part, name in normal if part]
    return [_piece(prompt, None, variables)] if prompt else []


def _pieces(
    text: str, variables: Mapping[str, tuple[Json, str]]
) -> Iterator[tuple[str, str | None]]:
    end = 0
    for match in TEMPLATE.finditer(text):
        yield text[end : match.start()], None
        end = match.end()
        name = match.group(1)
        value = text_of(variables[name][0]) if name in variables else None
        if name is None:
            yield "${", None
        elif value is None:
            yield match.group(), None
        else:
            yield value, name
    yield text[end:], None


def _piece(
    text: str, name: str | None, variables: Mapping[str, tuple[Json, str]]
) -> dict[str, Json]:
    if name is None:
        return {"text": text, "variable": None}
    return {"text": text, "variable": {"name": name, "from": variables[name][1]}}
