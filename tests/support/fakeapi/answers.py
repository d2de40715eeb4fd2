"""Bodies of answers: what a valid request is answered with, usual and unusual."""

from __future__ import annotations

import json
from base64 import b64encode
from dataclasses import dataclass, replace
from time import time
from typing import TYPE_CHECKING, Any

from fakeapi.painting import paint
from fakeapi.usage import cost_usd, usage_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from fakeapi.behaviours import Behaviour
    from fakeapi.rules import Wanted


@dataclass(frozen=True)
class Answer:
    """An answer with status 200, before it is sent.

    Attributes:
        pictures: How many it holds.
        chunks: The body in the pieces in which a stream sends it; one for JSON.
        cost_usd: What the account is charged.
    """

    media_type: str
    chunks: tuple[bytes, ...]
    pictures: int
    cost_usd: float
    status: int = 200


def answer(
    wanted: Wanted, behaviour: Behaviour, publish: Callable[[bytes, str], str]
) -> Answer:
    """Return what a valid request is answered with.

    Args:
        publish: Puts a picture where it can be fetched and returns its URL.
    """
    word = behaviour.word
    wanted = _bent(wanted, behaviour)
    number = behaviour.get("pictures", wanted.n) if word == "count" else wanted.n
    alpha = behaviour.get("present", False) if word == "alpha" else None
    pictures = [paint(wanted, alpha=alpha) for _ in range(number)]
    if word == "torn":
        pictures = [each[: len(each) * 2 // 3] for each in pictures]
    factor = behaviour.get("factor", 1) if word == "usage" else 1
    if wanted.partials is not None:
        return _stream(wanted, behaviour, pictures, factor)
    usage = _times(usage_of(wanted, number), factor)
    if word == "url":
        entries = [{"url": publish(each, wanted.output_format)} for each in pictures]
    else:
        entries = [{"b64_json": b64encode(each).decode()} for each in pictures]
    value: Any = _described(wanted) | {"data": entries, "usage": usage}
    value["created"] = int(time())
    if wanted.output_format == "svg":
        value["svg_usage"] = {
            "model": "an-author", "input_tokens": 20, "output_tokens": 400,
            "reasoning_tokens": 100, "total_tokens": 420,
        }  # fmt: skip
    return _json_answer(value, behaviour, number, cost_usd(wanted, usage))


def _json_answer(
    value: Any, behaviour: Behaviour, pictures: int, cost: float
) -> Answer:
    word = behaviour.word
    if word == "raw":
        body = behaviour.get("body", "<html>Bad gateway</html>")
        data = body if isinstance(body, bytes) else body.encode()
        kind = behaviour.get("media_type", "text/html")
        return Answer(kind, (data,), 0, cost, behaviour.get("status", 200))
    if word == "json":
        value = behaviour.get("value")
    elif word == "entries":
        value["data"] = behaviour.get("value")
    elif word == "change":
        value |= behaviour.get("set", {})
        for name in behaviour.get("drop", ()):
            value.pop(name, None)
    return Answer("application/json", (json.dumps(value).encode(),), pictures, cost)


def _bent(wanted: Wanted, behaviour: Behaviour) -> Wanted:
    if behaviour.word == "size":
        size = behaviour.get("width", 64), behaviour.get("height", 64)
        return replace(wanted, size=size)
    if behaviour.word == "format":
        return replace(wanted, output_format=behaviour.get("output_format", "jpeg"))
    return wanted


def _times(usage: dict[str, Any], factor: int) -> dict[str, Any]:
    return {
        name: _times(value, factor) if isinstance(value, dict) else value * factor
        for name, value in usage.items()
    }


def _described(wanted: Wanted) -> dict[str, Any]:
    width, height = wanted.size
    return {
        "background": wanted.background,
        "output_format": wanted.output_format,
        "quality": wanted.quality,
        "size": f"{width}x{height}",
    }


# --- streams ------------------------------------------------------------------


def _stream(
    wanted: Wanted, behaviour: Behaviour, pictures: list[bytes], factor: int
) -> Answer:
    word = behaviour.word
    prefix = "image_edit" if wanted.endpoint == "edits" else "image_generation"
    number = wanted.partials or 0
    if word == "partials":
        number = min(number, behaviour.get("number", 0))
    usage = _times(usage_of(wanted, 1, number), factor)
    events = []
    for index in range(number):
        value = {"partial_image_index": index, "b64_json": _text(paint(wanted))}
        events.append(_event(f"{prefix}.partial_image", wanted, value))
    value = {"b64_json": _text(pictures[0]), "usage": usage}
    if word == "change":
        value = {k: v for k, v in value.items() if k not in behaviour.get("drop", ())}
    events.append(_event(f"{prefix}.completed", wanted, value))
    if word == "stream error":
        error = {
            "type": "image_generation_error",
            "code": behaviour.get("code", "server_error"),
            "message": behaviour.get("message", "The server had an error."),
            "param": None,
        }
        events = [
            *events[:1][:number],
            _sse("error", {"type": "error", "error": error}),
        ]
    elif word == "stream cut":
        events = events[:-1]
    elif word == "raw":
        return _json_answer({}, behaviour, 0, cost_usd(wanted, usage))
    return Answer("text/event-stream", tuple(events), 1, cost_usd(wanted, usage))


def _text(data: bytes) -> str:
    return b64encode(data).decode()


def _event(kind: str, wanted: Wanted, value: dict[str, Any]) -> bytes:
    whole = _described(wanted) | {"type": kind, "created_at": int(time())} | value
    return _sse(kind, whole)


def _sse(kind: str, value: dict[str, Any]) -> bytes:
    return f"event: {kind}\ndata: {json.dumps(value)}\n\n".encode()
