"""Which of a spec's models a server says that it has, as text or data; pure.

What a server does not list may be there all the same, so it is a warning.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from assetgen.report.diagnostics import escape_terminal
from assetgen.values import Value

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from assetgen.model import Json


class Listed(Value, kw_only=True):
    """A model of the spec, and what the server says of it.

    Attributes:
        name: As the spec says.
        sent: What the server is asked for; another name where it calls it so.
        listed: Whether the server says that it has it.
        shutdown: The day on which the server ends it; None where it says none.
        instead: The model to use where it is not there.
    """

    name: str
    sent: str
    listed: bool
    shutdown: dt.date | None = None
    instead: str | None = None


def as_text(found: Sequence[Listed], host: str, today: dt.date) -> str:
    """Return the models for people, a line each, in the order given."""
    if not found:
        return f"The spec asks no model of {host}.\n"
    width = max(len(_name(each)) for each in found)
    lines = [f"{_name(each):<{width}}  {_words(each, today)}" for each in found]
    return "\n".join((f"{host} was asked:", *lines)) + "\n"


def as_data(found: Sequence[Listed], server: str, host: str) -> dict[str, Json]:
    """Return the same as `schemas/models.schema.json` describes it."""
    return {
        "name": server,
        "host": host,
        "models": [
            {
                "name": each.name,
                "sent": each.sent,
                "listed": each.listed,
                "shutdown": each.shutdown.isoformat() if each.shutdown else None,
            }
            for each in found
        ],
    }


def _name(each: Listed) -> str:
    sent = "" if each.sent == each.name else f" (as {each.sent})"
    return escape_terminal(f"{each.name}{sent}")


def _words(each: Listed, today: dt.date) -> str:
    instead = f" -> use {escape_terminal(each.instead)}" if each.instead else ""
    if not each.listed:
        return f"warning: not listed, so draws may fail{instead}"
    if each.shutdown is None:
        return "there"
    if each.shutdown <= today:
        return f"warning: there, but was to end {each.shutdown}{instead}"
    return f"there, ends {each.shutdown}{instead}"
