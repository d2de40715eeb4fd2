"""The draws of an asset, for people and programs; pure.

The JSON form is public: `schemas/log.schema.json`. Prompts come from specs and model
names from providers: both are escaped.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from assetgen.report.cost_text import SHORT_KEY, when
from assetgen.report.diagnostics import escape_terminal
from assetgen.report.plan_text import counted, dollars

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assetgen.history import Asked, Log, LoggedDraw
    from assetgen.model import Json
    from assetgen.requests import DrawRecord

_FIRST_WORDS: Final = 60
_NO_TIME: Final = "-"


# --- text -------------------------------------------------------------------------


def as_text(log: Log, *, verbose: bool = False) -> str:
    """Return a block for each request, a line for each of its draws.

    Args:
        verbose: Show whole prompts, whole digests and the provider's request names.
    """
    name = escape_terminal(log.asset)
    if not log.requests:
        return f"{name}: nothing was drawn for it.\n"
    gone = "" if log.declared else ", no longer in the spec"
    lines = [f"{name}: {counted(_count(log), 'draw')}{gone}; times in UTC"]
    for request in log.requests:
        lines += ["", *_request_lines(request, verbose=verbose)]
    return "\n".join(lines) + "\n"


def _count(log: Log) -> int:
    return sum(len(request.draws) for request in log.requests)


def _request_lines(request: Asked, *, verbose: bool) -> list[str]:
    key = request.key if verbose else request.key[:SHORT_KEY]
    parts = ["present request" if request.present else "earlier request", key]
    parts += [
        escape_terminal(request.provider),
        request.operation,
        escape_terminal(request.model or ""),
    ]
    lines = ["  ".join(part for part in parts if part)]
    if request.prompt is None:
        lines.append("  (its prompt is not in the store)")
    elif verbose:
        lines += [f"  {line}" for line in _safe_lines(request.prompt)]
    else:
        lines.append(f"  {first_words(request.prompt)}")
    lines += _draw_lines(request.draws, verbose=verbose)
    if not request.draws:
        lines.append("  no draws")
    if request.in_vain:
        ends = ", ".join(f"{count} {end}" for end, count in request.in_vain.items())
        lines.append(f"  calls that brought nothing: {ends}")
    return lines


def _safe_lines(prompt: str) -> list[str]:
    return escape_terminal(prompt, keep_lines=True).split("\n")


def first_words(prompt: str) -> str:
    """Return the beginning of a prompt on one line, cut between words."""
    text = " ".join(prompt.split())
    if len(text) <= _FIRST_WORDS:
        return escape_terminal(text)
    at = text.rfind(" ", 0, _FIRST_WORDS + 1)
    return escape_terminal(text[: at if at > 0 else _FIRST_WORDS]) + " ..."


def _draw_lines(draws: Sequence[LoggedDraw], *, verbose: bool) -> list[str]:
    rows = [_cells(draw, verbose=verbose) for draw in draws]
    widths = [max(len(row[at]) for row in rows) for at in range(5)] if rows else []
    lines = []
    for row in rows:
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=False)]
        lines.append("  " + "  ".join([*cells, *row[5:]]).rstrip())
    return lines


def _cells(draw: LoggedDraw, *, verbose: bool) -> list[str]:
    record = draw.record
    cells = [
        str(draw.number),
        when(draw.at) or _NO_TIME,
        escape_terminal(record.model) if record is not None and record.model else "-",
        _price(record),
        draw.digest if verbose else draw.digest[:SHORT_KEY],
    ]
    remarks = ["picked"] if draw.picked else []
    if not draw.there:
        remarks.append("gone: its bytes are not in the store")
    if verbose and record is not None and record.request_id:
        remarks.append(escape_terminal(record.request_id))
    return [*cells, ", ".join(remarks)]


def _price(record: DrawRecord | None) -> str:
    if record is None or record.cost_usd is None:
        return "-"
    about = "about " if record.cost_estimated else ""
    return about + dollars(record.cost_usd)


# --- JSON -------------------------------------------------------------------------


def as_json(log: Log) -> str:
    """Return the draws as JSON; `schemas/log.schema.json` describes the form."""
    data: dict[str, Json] = {
        "log": 1,
        "asset": log.asset,
        "declared": log.declared,
        "requests": [_request_data(request) for request in log.requests],
    }
    return json.dumps(data, indent=2, allow_nan=False)


def _request_data(request: Asked) -> dict[str, Json]:
    return {
        "key": request.key,
        "present": request.present,
        "operation": request.operation or None,
        "provider": request.provider or None,
        "model": request.model,
        "prompt": request.prompt,
        "params": dict(request.params),
        "draws": [_draw_data(draw) for draw in request.draws],
        "in_vain": dict(request.in_vain),
    }


def _draw_data(draw: LoggedDraw) -> dict[str, Json]:
    record = draw.record
    data: dict[str, Json] = {
        "draw": draw.number,
        "digest": draw.digest,
        "at": draw.at or None,
        "picked": draw.picked,
        "there": draw.there,
    }
    if record is None:
        return data
    kind = "estimate" if record.cost_estimated else "actual"
    return data | {
        "model": record.model or None,
        "cost_usd": record.cost_usd,
        "cost": None if record.cost_usd is None else kind,
        "format": record.format,
        "width": record.width,
        "height": record.height,
        "bytes": record.bytes,
        "request_id": record.request_id or None,
    }
