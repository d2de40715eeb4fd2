"""Paths as parts of URLs, and text as parts of HTML."""

from __future__ import annotations

from html import escape
from urllib.parse import quote


def url_of(path: str) -> str:
    """Return a relative path as a relative URL; safe in a `srcset`, too."""
    return quote(path, safe="/@+~")


def attribute(text: str) -> str:
    """Return text as the value of an HTML attribute, in quotes."""
    return f'"{escape(text, quote=True)}"'
