"""What a service says when it does not draw, as this project's errors; pure.

`kind_of` is the table: a code decides, then a type, then the status. An error status is
an answer, so nothing was charged; only where nobody can know whether a picture was drawn
is the outcome unknown.

    kind          by code or type                             by status        becomes
    moderation    moderation_blocked, ...                                      ProviderRefused, remembered
    no money      insufficient_quota, ...                     402              CredentialsMissing
    key           invalid_api_key, ...                        401              CredentialsMissing
    access        permission_error                            403              CredentialsMissing
    model         model_not_found, ...                                         ModelMissing
    limit         rate_limit_exceeded, slow_down              429              ProviderUnavailable, for all calls
    server        server_error, server_is_overloaded, ...     408 409 425 5xx  ProviderUnavailable
    redirect                                                  3xx              ProviderRefused
    refused       invalid_request_error in a stream           other 4xx        ProviderRefused
    unknown       none of these in a stream                   others           OutcomeUnknown

What a provider writes is untrusted: it is cut, made one line, and stripped of keys.

Source: OpenAI error codes guide; openai-python 3.54.0, `_base_client._should_retry`,
which takes 408 and 409 for "ask again", too.
"""

from __future__ import annotations

import enum
import json
import re
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from assetgen.errors import (
    AssetgenError,
    CredentialsMissing,
    ModelMissing,
    OutcomeUnknown,
    ProviderRefused,
    ProviderUnavailable,
)
from assetgen.providers.openai_images.ratelimits import retry_after_s
from assetgen.values import Value

if TYPE_CHECKING:
    from collections.abc import Mapping

    from assetgen.model import Json
    from assetgen.providers.connection import Connection

MAX_REASON_CHARS: Final = 500
LONGEST_WAIT_S: Final = 300.0
"""A service that asks for a longer pause is not waited for."""

_SHORTEST_PIECE: Final = 8
_LOOKS_LIKE_A_KEY: Final = re.compile(r"\bsk-[\w*.\u2026-]{4,}", re.IGNORECASE)
_SHOWN_OF_A_KEY: Final = 20
"""Of anything shorter that looks like a key not even the end is shown."""


class Kind(enum.Enum):
    """What a failure means for the request, and for the build."""

    REFUSED = "refused"
    MODERATION = "moderation"
    KEY = "key"
    ACCESS = "access"
    MONEY = "no money"
    MODEL = "model"
    LIMIT = "limit"
    SERVER = "server"
    REDIRECT = "redirect"
    UNKNOWN = "unknown"


_WORDS: Final[Mapping[str, Kind]] = {
    "moderation_blocked": Kind.MODERATION,
    "content_policy_violation": Kind.MODERATION,
    "content_filter": Kind.MODERATION,
    "contentFilter": Kind.MODERATION,
    "insufficient_quota": Kind.MONEY,
    "credit_balance_exhausted": Kind.MONEY,
    "organization_spend_limit_exceeded": Kind.MONEY,
    "project_spend_limit_exceeded": Kind.MONEY,
    "organization_usage_limit_exceeded": Kind.MONEY,
    "billing_hard_limit_reached": Kind.MONEY,
    "billing_not_active": Kind.MONEY,
    "invalid_api_key": Kind.KEY,
    "account_deactivated": Kind.KEY,
    "authentication_error": Kind.KEY,
    "permission_error": Kind.ACCESS,
    "model_not_found": Kind.MODEL,
    "DeploymentNotFound": Kind.MODEL,
    "rate_limit_exceeded": Kind.LIMIT,
    "rate_limit_error": Kind.LIMIT,
    "slow_down": Kind.LIMIT,
    "server_error": Kind.SERVER,
    "server_is_overloaded": Kind.SERVER,
    "internal_error": Kind.SERVER,
}
"""Codes and types that say it, whatever the status."""

_STREAM_TYPES: Final[Mapping[str, Kind]] = {
    "invalid_request_error": Kind.REFUSED,
    "image_generation_user_error": Kind.REFUSED,
    "image_generation_server_error": Kind.SERVER,
}
"""Types that say it where there is no status."""

_STATUSES: Final[Mapping[int, Kind]] = {
    401: Kind.KEY,
    402: Kind.MONEY,
    403: Kind.ACCESS,
    408: Kind.SERVER,
    409: Kind.SERVER,
    425: Kind.SERVER,
    429: Kind.LIMIT,
}


class Call(Value, kw_only=True):
    """Whom a request was sent to, and for which model.

    Attributes:
        model: As the spec or the table names it.
        replacement: The model that the table would use instead; empty if there is none.
    """

    connection: Connection
    model: str = ""
    replacement: str = ""


class Said(Value, kw_only=True):
    """What an error's body says; empty where it says nothing.

    Attributes:
        message: One line, cut and without keys.
        details: Of a refusal by moderation: at which stage, and of what kind.
    """

    message: str = ""
    code: str = ""
    type: str = ""
    param: str = ""
    details: str = ""


def kind_of(status: int | None, said: Said) -> Kind:
    """Return what a failure means.

    Args:
        status: Of the answer; None for an error inside a stream.
    """
    blames_us = status is not None and status // 100 == 4 and status not in _STATUSES
    for word in (said.code, said.type):
        found = _WORDS.get(word)
        if found is not None and not (found is Kind.SERVER and blames_us):
            return found
    if status is None:
        return _STREAM_TYPES.get(said.type, Kind.UNKNOWN)
    if status in _STATUSES:
        return _STATUSES[status]
    families = {3: Kind.REDIRECT, 4: Kind.REFUSED, 5: Kind.SERVER}
    return families.get(status // 100, Kind.UNKNOWN)


def failure_of_status(
    call: Call, status: int, headers: Mapping[str, str], body: bytes, now_s: float
) -> AssetgenError:
    """Return the error that an answer with an error status is.

    Args:
        headers: By lower-case name.
        body: As it came, perhaps cut.
        now_s: Seconds since 1970.
    """
    said = read_error(body, call.connection)
    kind = kind_of(status, said)
    if kind is Kind.REDIRECT:
        host = plain(urlsplit(headers.get("location", "")).netloc, call.connection)
        return ProviderRefused(
            f"{call.connection.host} answered {status}: a redirect to "
            f"{host or 'elsewhere'} was not followed",
            hint="if the server has moved, change its base URL in your settings",
        )
    if kind is Kind.UNKNOWN:
        return OutcomeUnknown(
            f"unexpected answer (status {status}, {len(body)} bytes)",
            answer=without_key(body, call.connection),
        )
    return _failure(
        call, kind, said, f"answered {status}", retry_after_s(headers, now_s)
    )


def failure_in_stream(call: Call, error: Json) -> AssetgenError:
    """Return the error that an error event of a stream is.

    Args:
        error: The event's ``error``, or the event.
    """
    said = _said(error, call.connection)
    kind = kind_of(None, said)
    if kind is Kind.UNKNOWN:
        reason = said.message or said.code or "without a reason"
        return OutcomeUnknown(
            f"the stream ended with an error: {reason}",
            answer=without_key(json.dumps(error).encode(), call.connection),
        )
    return _failure(call, kind, said, "ended the stream with an error", None)


def _failure(
    call: Call, kind: Kind, said: Said, happened: str, wait_s: float | None
) -> AssetgenError:
    host = call.connection.host
    reason = said.message or said.code or happened
    match kind:
        case Kind.MODERATION:
            return _blocked(said, reason)
        case Kind.MONEY:
            return _no_money(call, reason)
        case Kind.KEY | Kind.ACCESS:
            return _no_access(call, kind, reason)
        case Kind.MODEL:
            return _no_model(call, reason)
        case Kind.LIMIT | Kind.SERVER:
            limited = kind is Kind.LIMIT
            what = "rate limited by" if limited else f"{happened}:"
            message = (
                f"{what} {host}: {reason}" if limited else f"{host} {what} {reason}"
            )
            return _unavailable(message, wait_s, limited=limited)
        case _:
            about = f" (`{said.param}`)" if said.param else ""
            return ProviderRefused(f"{host} refused the request{about}: {reason}")


def _blocked(said: Said, reason: str) -> ProviderRefused:
    details = f" ({said.details})" if said.details else ""
    return ProviderRefused(
        f"blocked by the service's moderation{details}: {reason}",
        hint="change the prompt or the inputs; the same request is sent again only "
        "with --retry-rejected",
        remember=True,
    )


def _no_money(call: Call, reason: str) -> CredentialsMissing:
    where = call.connection.host
    if call.connection.is_openai:
        where = "platform.openai.com, under Billing and Limits"
    return CredentialsMissing(
        f"no money is left at {call.connection.host}: {reason}",
        hint=f"add money or raise the limit at {where}, then build again: what was "
        "drawn is not drawn twice",
    )


def _no_access(call: Call, kind: Kind, reason: str) -> CredentialsMissing:
    """Return the error for a key that is wrong, or that may not do what is asked."""
    key, variable = call.connection.key, call.connection.key_env
    whose = "the request without a key"
    if key is not None:
        end = key.ending()
        whose = f"the key ending in {end}" if end else "the key"
    hint = f"put a valid key for {call.connection.host} into {variable}"
    if kind is Kind.ACCESS:
        hint = "the organisation must be verified for image models, and the key's "
        hint += "project must be allowed to use them"
    elif not variable:
        hint = "name the variable that holds the key as `key_env` of the server"
    return CredentialsMissing(
        f"{call.connection.host} refused {whose}: {reason}", hint=hint
    )


def _no_model(call: Call, reason: str) -> ModelMissing:
    model = f"the model {call.model}" if call.model else "this model"
    message = f"{call.connection.host} does not have {model}"
    if call.replacement and call.replacement != call.model:
        return ModelMissing(
            f"{message}; use {call.replacement}", hint=f"it says: {reason}"
        )
    return ModelMissing(
        f"{message}: {reason}",
        hint="`assetgen models --check` asks the server which models it has",
    )


def _unavailable(
    message: str, wait_s: float | None, *, limited: bool
) -> ProviderUnavailable | ProviderRefused:
    if wait_s is not None and wait_s > LONGEST_WAIT_S:
        return ProviderRefused(
            f"{message.rstrip('.')}; it asks to come back in {_in_words(wait_s)}",
            hint="build again then: what was drawn is not drawn twice",
        )
    return ProviderUnavailable(message, retry_after_s=wait_s, limited=limited)


def _in_words(seconds: float) -> str:
    if seconds > 99 * 3600:
        return "some days"
    if seconds > 2 * 3600:
        return f"{seconds / 3600:.0f} hours"
    return f"{seconds / 60:.0f} minutes"


# --- what it says -----------------------------------------------------------------


def read_error(body: bytes, connection: Connection) -> Said:
    """Return what the body of an error says: JSON as documented, or any text."""
    text = body.decode("utf-8", "replace")
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        # Pages of proxies are all markup: they are named by the status alone.
        shown = "" if text.lstrip().startswith("<") else plain(text, connection)
        return Said(message=shown)
    if isinstance(data, dict) and "error" in data:
        data = data["error"]
    return _said(data, connection)


def _said(error: Json, connection: Connection) -> Said:
    if isinstance(error, str):
        return Said(message=plain(error, connection))
    if not isinstance(error, dict):
        return Said()
    if isinstance(error.get("error"), dict | str):
        return _said(error["error"], connection)
    words = {
        name: plain(str(error[name]), connection)
        for name in ("message", "code", "type", "param")
        if isinstance(error.get(name), str | int)
    }
    details = _moderation(error.get("moderation_details"), connection)
    return Said(**words, details=details)


def _moderation(details: Json, connection: Connection) -> str:
    """Return stage and categories of a refusal in words."""
    if not isinstance(details, dict):
        return ""
    stage, found = details.get("moderation_stage"), details.get("categories")
    if isinstance(found, dict):
        found = [name for name, is_hit in found.items() if is_hit]
    words = [f"{stage} stage"] if isinstance(stage, str) and stage else []
    if isinstance(found, list):
        words += [each for each in found if isinstance(each, str)]
    return plain(", ".join(words), connection)


def plain(text: str, connection: Connection) -> str:
    """Return untrusted text as one line of visible characters, cut, without keys."""
    line = " ".join(text[: 20 * MAX_REASON_CHARS].split())
    visible = "".join(char for char in line if char.isprintable())
    shown = redacted(visible, connection)
    if len(shown) > MAX_REASON_CHARS:
        return shown[: MAX_REASON_CHARS - 1] + "\u2026"
    return shown


def redacted(text: str, connection: Connection) -> str:
    """Return `text` without the key, its longer pieces, and what looks like a key.

    Of a key at most the last four characters stay.
    """
    key = _secret(connection)
    if connection.key is not None and key:
        text = _without(text, key, f"...{connection.key.ending()}")
    return _LOOKS_LIKE_A_KEY.sub(_shortened, text)


def _shortened(match: re.Match[str]) -> str:
    found = match[0]
    return f"sk-...{found[-4:]}" if len(found) >= _SHOWN_OF_A_KEY else "sk-..."


def _without(text: str, key: str, instead: str) -> str:
    """Return `text` with the key, and pieces of eight characters or more, replaced.

    Capitals do not matter: names of hosts and media types are written small.
    """
    text = re.sub(re.escape(key), lambda _: instead, text, flags=re.IGNORECASE)
    at = 0
    while at + _SHORTEST_PIECE <= len(key):
        end = at + _SHORTEST_PIECE
        small, small_key = text.lower(), key.lower()
        if small_key[at:end] in small:
            while end < len(key) and small_key[at : end + 1] in small:
                end += 1
            piece = re.escape(key[at:end])
            text = re.sub(piece, "...", text, flags=re.IGNORECASE)
            at = end
        else:
            at += 1
    return text


def without_key(body: bytes, connection: Connection) -> bytes:
    """Return the bytes of an answer, to be kept for inspection, without the key."""
    key = _secret(connection).encode("ascii", "replace")
    return body.replace(key, b"[key]") if key else body


def _secret(connection: Connection) -> str:
    """Return the key if it is one: servers without keys take any word, such as "none"."""
    key = connection.key.reveal() if connection.key is not None else ""
    return key if len(key) >= _SHORTEST_PIECE else ""
