"""What the server does on demand, and the queue of it.

Free, because the request is not carried out:

| word | options | the server |
| --- | --- | --- |
| ``error`` | status, code, kind, message, details, retry_after, headers | answers with an error; ``{key}`` in the message is the key that came |
| ``moderation`` | stage, categories | refuses the prompt |
| ``money`` | code | says that the account is empty |
| ``redirect`` | location | sends the client elsewhere (307) |

Charged, because the request was read and found valid:

| word | options | the server |
| --- | --- | --- |
| ``reset``, ``close`` | | resets or closes the connection without an answer |
| ``silent`` | | never answers |
| ``cut`` | share | sends a part of the answer, then closes |
| ``drip headers``, ``drip body`` | every_s | sends a byte now and then |
| ``raw`` | media_type, body, status | answers with these bytes |
| ``json`` | value | answers with this JSON; None for ``null`` |
| ``change`` | set, drop | answers with other values, or without some |
| ``entries`` | value | answers with these entries of ``data`` |
| ``torn`` | | a picture without its end |
| ``count`` | pictures | that many pictures |
| ``size`` | width, height | pictures of that size |
| ``format`` | output_format | pictures in that format |
| ``alpha`` | present | pictures with or without alpha, whatever was asked |
| ``usage`` | factor | usage that many times as high |
| ``url`` | | URLs instead of pictures |
| ``stream error`` | code, message | an error event after the first partial picture |
| ``stream cut`` | | a stream that ends before its last event |
| ``partials`` | number | so many partial pictures |
| ``late`` | latency_s | the answer later than usual |
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from email.utils import formatdate
from threading import Lock
from typing import TYPE_CHECKING, Any

from fakeapi.forms import Rejected

if TYPE_CHECKING:
    from collections.abc import Mapping

FREE = frozenset({"error", "moderation", "money", "redirect"})
CHARGED = frozenset(
    {
        "reset", "close", "silent", "cut", "drip headers", "drip body", "raw", "json",
        "change", "entries", "torn", "count", "size", "format", "alpha", "usage", "url",
        "stream error", "stream cut", "partials", "late",
    }
)  # fmt: skip


@dataclass(frozen=True)
class Behaviour:
    """Something to do instead of answering as usual."""

    word: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)

    def get(self, name: str, instead: Any = None) -> Any:
        """Return an option."""
        return self.options.get(name, instead)


USUAL = Behaviour()


@dataclass
class _Rule:
    behaviour: Behaviour
    word: str
    left: int | None


class Behaviours:
    """What to do next, and whenever a word stands in a prompt; for many threads."""

    def __init__(self) -> None:
        self._next: deque[Behaviour] = deque()
        self._rules: list[_Rule] = []
        self._lock = Lock()

    def enqueue(self, word: str, times: int, options: dict[str, Any]) -> None:
        """Do this for the next `times` requests."""
        made = _made(word, options)
        with self._lock:
            self._next.extend([made] * times)

    def add(
        self, said: str, word: str, times: int | None, options: dict[str, Any]
    ) -> None:
        """Do this for the next `times` requests whose prompt contains `said`."""
        with self._lock:
            self._rules.append(_Rule(_made(word, options), said, times))

    def clear(self) -> None:
        """Behave as usual again."""
        with self._lock:
            self._next.clear()
            self._rules.clear()

    def pop(self, prompt: str) -> Behaviour:
        """Return what to do with a request."""
        with self._lock:
            if self._next:
                return self._next.popleft()
            for rule in self._rules:
                if rule.word in prompt and rule.left != 0:
                    rule.left = None if rule.left is None else rule.left - 1
                    return rule.behaviour
        return USUAL


def _made(word: str, options: dict[str, Any]) -> Behaviour:
    if word not in FREE | CHARGED:
        raise ValueError(f"nothing is done on {word!r}")
    return Behaviour(word, options)


def refuse(behaviour: Behaviour, key: str) -> None:
    """Raise what a free behaviour answers with.

    Args:
        key: The one that came; services echo it.

    Raises:
        Rejected: For each behaviour that is free.
    """
    if behaviour.word == "error":
        raise _error(behaviour, key)
    if behaviour.word == "moderation":
        raise Rejected(
            behaviour.get(
                "message",
                "Your request was rejected by the safety system. If you believe this "
                "is an error, contact us and include the request ID.",
            ),
            code="moderation_blocked",
            kind="image_generation_user_error",
            details={
                "moderation_details": {
                    "moderation_stage": behaviour.get("stage", "input"),
                    "categories": behaviour.get("categories", ["violence"]),
                }
            },
        )
    if behaviour.word == "money":
        code = behaviour.get("code", "insufficient_quota")
        raise Rejected(
            "You exceeded your current quota, please check your plan and billing "
            "details.",
            status=429,
            code=code,
            kind=code,
        )


def _error(behaviour: Behaviour, key: str) -> Rejected:
    status = behaviour.get("status", 500)
    headers = dict(behaviour.get("headers", {}))
    wait = behaviour.get("retry_after")
    if isinstance(wait, dict):  # {"date_in_s": 3} gives a date
        headers["retry-after"] = formatdate(_now() + wait["date_in_s"], usegmt=True)
    elif wait is not None:
        headers["retry-after"] = str(wait)
    usual = {
        429: ("rate_limit_exceeded", "requests", "Rate limit reached."),
        401: ("invalid_api_key", "invalid_request_error", "Incorrect API key."),
        403: (None, "invalid_request_error", "Your organization must be verified."),
        404: ("model_not_found", "invalid_request_error", "The model does not exist."),
        503: ("server_is_overloaded", "server_error", "The server is overloaded."),
    }
    broken = ("server_error", "server_error", "The server had an error.")
    wrong = (None, "invalid_request_error", "The request is wrong.")
    code, kind, message = usual.get(status, broken if status >= 500 else wrong)
    return Rejected(
        str(behaviour.get("message", message)).replace("{key}", key),
        status=status,
        code=behaviour.get("code", code),
        kind=behaviour.get("kind", kind),
        param=behaviour.get("param"),
        headers=headers,
        details=behaviour.get("details"),
    )


def _now() -> float:
    from time import time

    return time()
