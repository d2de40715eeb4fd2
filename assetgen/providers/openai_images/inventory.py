"""Which models a server has, and when they end."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, Final

from assetgen.errors import OutcomeUnknown, ProviderRefused, ProviderUnavailable
from assetgen.providers.openai_images.answers import name_of
from assetgen.providers.openai_images.failures import Call
from assetgen.providers.openai_images.watch import Watch

if TYPE_CHECKING:
    from collections.abc import Mapping

    from assetgen.model import Json
    from assetgen.providers.connection import Connection

TIMEOUT_S: Final = 30.0
_MAX_BYTES: Final = 8 * 1024 * 1024


def models_on(
    connection: Connection, *, timeout_s: float = TIMEOUT_S
) -> Mapping[str, dt.date | None]:
    """Return the models that a server lists, each with the day on which it ends.

    A model without a day has none announced. Some servers list only a part of what
    they have, so one that is missing may be there all the same. Asking is free.

    Raises:
        CredentialsMissing: No key, or a refused one.
        ProviderRefused: The server has no such list, or an unreadable one; or nothing
            can be sent at all.
        ProviderUnavailable: It did not answer.
    """
    from assetgen.providers.openai_images.client import connected
    from assetgen.providers.openai_images.foreign import ours

    connection.require_key()
    client = connected(connection, timeout_s)
    body: list[bytes] = []
    try:
        with Watch(timeout_s, _MAX_BYTES) as watch:  # noqa: SIM117  # the watch is read
            with ours(Call(connection=connection), watch), client.models() as answer:
                body.extend(answer.iter_bytes())
    except OutcomeUnknown as error:
        # Nothing can have been charged, so nothing is unknown: it may be asked again.
        raise ProviderUnavailable(error.message) from None
    finally:
        client.close()
    try:
        data: Json = json.loads(b"".join(body))
    except (ValueError, RecursionError):
        data = None
    listed = data.get("data") if isinstance(data, dict) else None
    if not isinstance(listed, list):
        raise ProviderRefused(f"{connection.host} does not list its models")
    rows = [each for each in listed if isinstance(each, dict)]
    named = [(name_of(row.get("id")), _day(row.get("shutdown_date"))) for row in rows]
    return {name: day for name, day in named if name}


def _day(value: Json) -> dt.date | None:
    """Return the day of a date or a date and time; None for anything else."""
    if not isinstance(value, str):
        return None
    try:
        return dt.date.fromisoformat(value[:10])
    except ValueError:
        return None
