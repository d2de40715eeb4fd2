"""What the openai and HTTP libraries raise becomes errors of this project; nothing else.

Which error depends on what the call's `Watch` saw more than on the exception's name:

* an answer with an error status: by `failures`, whatever broke while it was read;
* the request was not begun to be sent: nothing was charged, so it may be sent again;
* anything later: it may have been carried out and charged.

Source: openai-python 3.54.0, ``_exceptions.py``; httpx2 2.16, ``_exceptions.py``.
"""

from __future__ import annotations

import re
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import httpx2
import openai

from assetgen.errors import (
    AssetgenError,
    OutcomeUnknown,
    ProviderRefused,
    ProviderUnavailable,
)
from assetgen.providers.openai_images.bodies import AnswerTooLong
from assetgen.providers.openai_images.failures import (
    Call,
    failure_in_stream,
    failure_of_status,
    plain,
    without_key,
)
from assetgen.providers.openai_images.watch import Inside, TooLate, Watch

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from assetgen.model import Json


FOREIGN: Final = (
    openai.OpenAIError,
    httpx2.HTTPError,
    httpx2.StreamError,
    httpx2.InvalidURL,
    httpx2.CookieConflict,
)
"""All that the two libraries raise when a call fails."""

CALLING: Final = (*FOREIGN, UnicodeError, TooLate, AnswerTooLong, Inside)
"""All that a call may raise: ours, and what looking up an impossible name ends with."""

_BEFORE_CONNECTING: Final = (
    httpx2.ConnectError,
    httpx2.ConnectTimeout,
    httpx2.PoolTimeout,
)
"""Even if the library told nothing of what it did, these come before anything is sent."""

_ERROR_NUMBER: Final = re.compile(r"\[Errno -?\d+\] ")
"""What Python puts before the words of an error of the system."""

_NEVER_SENDABLE: Final = (httpx2.UnsupportedProtocol, httpx2.InvalidURL)


@contextmanager
def ours(call: Call, watch: Watch, body: Sequence[bytes] = ()) -> Iterator[None]:
    """Turn what the libraries raise inside this ``with`` into errors of our own.

    Args:
        body: What has come of the answer so far; read only when it fails.
    """
    try:
        yield
    except CALLING as error:
        # Without its cause: the libraries' exceptions hold the request with its key.
        raise failure_of(error, call, watch, b"".join(body)) from None


def failure_of(
    error: Exception, call: Call, watch: Watch, body: bytes = b""
) -> AssetgenError:
    """Return what an exception of the libraries means for the request.

    Args:
        watch: The call's; decides whether the request can have been charged.
        body: What has come of the answer so far.
    """
    if isinstance(error, openai.APIStatusError):
        return _of_status(error, call)
    if watch.status is not None and not 200 <= watch.status < 300:
        return failure_of_status(call, watch.status, watch.headers, body, time.time())
    cause: BaseException = error
    if isinstance(error, openai.APIConnectionError):
        cause = error.__cause__ or error
    elif isinstance(error, openai.APIResponseValidationError):
        return OutcomeUnknown("unexpected answer (not of the documented form)")
    elif isinstance(error, openai.APIError):
        told = error.body if error.body is not None else {"message": error.message}
        return failure_in_stream(call, _as_json(told))
    told = _ERROR_NUMBER.sub("", str(cause))
    reason = plain(told, call.connection) or type(cause).__name__
    if not is_never_sent(cause, watch):
        kept = without_key(body, call.connection)
        if watch.expired and watch.status is not None:
            return cut_off(watch, kept)
        return OutcomeUnknown(_broken_off(cause, watch, reason, body), answer=kept)
    host = call.connection.host
    if isinstance(cause, (*_NEVER_SENDABLE, openai.OpenAIError)) and not watch.tried:
        return ProviderRefused(f"the request to {host} cannot be sent: {reason}")
    if watch.expired:
        reason = f"none within {watch.timeout_s:g} s"
    return ProviderUnavailable(f"no connection to {host}: {reason}")


def is_never_sent(cause: BaseException, watch: Watch) -> bool:
    """Tell whether it is certain that no byte of the request left.

    The library tells of every step that it takes; if it told of none, only failures
    that come before a connection are certain.
    """
    if watch.sent:
        return False
    if watch.tried or isinstance(cause, (*_BEFORE_CONNECTING, *_NEVER_SENDABLE)):
        return True
    return isinstance(cause, TooLate)


def cut_off(watch: Watch, body: bytes) -> OutcomeUnknown:
    """Return the error for an answer that the deadline found incomplete."""
    return OutcomeUnknown(
        f"no answer after {watch.timeout_s:g} s but {len(body)} bytes of one",
        answer=body,
    )


def _broken_off(cause: BaseException, watch: Watch, reason: str, body: bytes) -> str:
    if isinstance(cause, AnswerTooLong):
        return f"unexpected answer ({reason})"
    # The transport's own bound is as long as the deadline, and may be noticed before it.
    is_late = watch.status is None and isinstance(cause, httpx2.TimeoutException)
    if watch.expired or is_late:
        return f"no answer after {watch.timeout_s:g} s"
    if watch.status is None:
        return f"no answer: {reason}"
    return f"the answer was cut short after {len(body)} bytes: {reason}"


def _of_status(error: openai.APIStatusError, call: Call) -> AssetgenError:
    response = error.response
    body = response.content if response.is_stream_consumed else b""
    headers = {name.lower(): value for name, value in response.headers.items()}
    return failure_of_status(call, error.status_code, headers, body, time.time())


def _as_json(value: object) -> Json:
    """Return what an error event held, as far as it is plain data."""
    if isinstance(value, dict):
        return {str(name): each for name, each in value.items()}
    return value if isinstance(value, str) else None
