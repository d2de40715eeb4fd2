"""The model table, and which of its models a spec uses, as text or JSON; pure.

Ends are compared with the day that the caller names.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

from assetgen.model import Size
from assetgen.providers.models import Grid
from assetgen.providers.prices import picture_usd
from assetgen.report.diagnostics import escape_terminal
from assetgen.report.plan_text import counted, dollars
from assetgen.values import Value

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence

    from assetgen.model import Json
    from assetgen.providers.models import Model, ModelTable, SizeRule

State: TypeAlias = Literal["newest", "active", "ends", "shut down"]

SQUARE: Final = Size(1024, 1024)
_MOST_NAMES: Final = 5


class Use(Value, kw_only=True):
    """A model that the spec names, or that it gets because it names none.

    Attributes:
        name: As the spec says; the default model's id where it says nothing.
        model: None where the table knows no such model.
        assets: Names of the assets that it draws, in the order of the build.
        to_draw: Those of them that a build would draw now; the others have their
            draws, which stay valid whatever becomes of the model.
    """

    name: str
    model: Model | None
    assets: tuple[str, ...]
    to_draw: tuple[str, ...] = ()


# --- the table --------------------------------------------------------------------


def as_text(table: ModelTable, today: dt.date, *, verbose: bool = False) -> str:
    """Return the table for people, a block a model.

    Args:
        today: What ends are compared with.
        verbose: Show where each figure comes from.
    """
    lines = [f"Models as of {table.as_of}, prices in US dollars for 1M tokens.", ""]
    for model in table.models:
        lines += _block(model, table, today)
        if verbose and model.sources:
            lines.append(f"  {'sources':<10} {_sources_text(model)}")
    if verbose:
        lines += ["", "Sources:"]
        lines += [
            f"  {name} ({each.date}): {each.text}" for name, each in table.sources
        ]
        lines.append("  user: your config.toml")
    return "\n".join(lines) + "\n"


def state_of(model: Model, today: dt.date) -> State:
    """Return what a user must know of the model's life on the day `today`."""
    if model.shutdown is not None:
        return "shut down" if model.shutdown <= today else "ends"
    return "newest" if model.status == "newest" else "active"


def state_text(model: Model, table: ModelTable, today: dt.date) -> str:
    """Return the model's state in words, with what to use instead where it ends."""
    state = state_of(model, today)
    if state not in {"ends", "shut down"}:
        return state
    verb = "ends" if state == "ends" else "was shut down"
    instead = escape_terminal(table.replacement(model))
    return f"{verb} {model.shutdown} -> use {instead}"


def _block(model: Model, table: ModelTable, today: dt.date) -> list[str]:
    name = escape_terminal(model.id)
    default = ", default" if model.id == table.default else ""
    lines = [f"{name:<23} {state_text(model, table, today)}{default}"]
    if model.snapshots:
        lines.append(_row("snapshots", _words(model.snapshots)))
    if model.described:
        lines += [
            _row("sizes", _sizes_text(model.size)),
            _row("qualities", _words(model.qualities)),
            _row("formats", _words(model.output_formats)),
        ]
    prices = model.prices
    if prices is not None:
        text = f"text in {prices.text_in:g}, image in {prices.image_in:g}, "
        text += f"image out {prices.image_out:g}"
        lines.append(
            _row("price", text + (f" ({prices.as_of})" if prices.as_of else ""))
        )
    squares = _squares(model)
    if squares:
        shown = [f"{word} {dollars(usd)}" for word, usd in squares.items()]
        about = " (estimates)" if _is_estimated(model) else ""
        lines.append(_row(str(SQUARE), escape_terminal(", ".join(shown)) + about))
    return lines


def _row(title: str, text: str) -> str:
    return f"  {title:<10} {text}"


def _words(words: Sequence[str]) -> str:
    return escape_terminal(", ".join(words))


def _sizes_text(rule: SizeRule) -> str:
    parts: list[str] = []
    if rule.fixed:
        parts += [str(size) for size in rule.fixed]
    else:
        if rule.multiple_of > 1:
            parts.append(f"multiples of {rule.multiple_of}")
        if rule.max_edge is not None:
            parts.append(f"edges to {rule.max_edge}")
        if rule.max_ratio is not None:
            parts.append(f"ratio to {rule.max_ratio:g}:1")
        if rule.max_pixels is not None:
            parts.append(f"{rule.min_pixels:,} to {rule.max_pixels:,} pixels")
        if rule.experimental_pixels is not None:
            parts.append(f"experimental above {rule.experimental_pixels:,}")
    return ", ".join([*(parts or ["any"]), *(["auto"] if rule.auto else [])])


def _squares(model: Model) -> dict[str, float]:
    """Return the price of one square picture, for each quality that has one."""
    found = ((word, picture_usd(model, SQUARE, word)) for word in model.qualities)
    return {word: usd for word, usd in found if usd is not None}


def _is_estimated(model: Model) -> bool:
    return isinstance(model.output_tokens, Grid) and bool(model.output_tokens.factors)


def _sources_text(model: Model) -> str:
    fields: dict[str, list[str]] = {}
    for field, source in model.sources:
        fields.setdefault(source, []).append(field)
    parts = [f"{source}: {', '.join(names)}" for source, names in fields.items()]
    return escape_terminal("; ".join(parts))


# --- what a spec uses -------------------------------------------------------------


def uses_text(uses: Sequence[Use], table: ModelTable, today: dt.date) -> str:
    """Return the models of a spec, a line each, most used first.

    Args:
        today: What ends are compared with.
    """
    if not uses:
        return "The spec asks no model of the table.\n"
    width = max(len(escape_terminal(use.name)) for use in uses)
    count = max(len(counted(len(use.assets), "asset")) for use in uses)
    lines = []
    for use in _sorted(uses):
        state = "not in the table"
        if use.model is not None:
            state = state_text(use.model, table, today)
        number = counted(len(use.assets), "asset")
        name = escape_terminal(use.name)
        line = f"{name:<{width}}  {number:>{count}}  {state}; {_draws_text(use)}"
        lines.append(line)
    return "\n".join(lines) + "\n"


def _draws_text(use: Use) -> str:
    kept = len(use.assets) - len(use.to_draw)
    if not use.to_draw:
        return "all are drawn, and their draws stay valid"
    names = ", ".join(use.to_draw[:_MOST_NAMES])
    more = ", ..." if len(use.to_draw) > _MOST_NAMES else ""
    to_draw = f"{len(use.to_draw)} to draw: {escape_terminal(names)}{more}"
    return f"{to_draw}; the draws of {kept} stay valid" if kept else to_draw


def _sorted(uses: Sequence[Use]) -> list[Use]:
    return sorted(uses, key=lambda use: (-len(use.assets), use.name))


# --- JSON -------------------------------------------------------------------------


def as_json(
    table: ModelTable,
    today: dt.date,
    uses: Sequence[Use] | None = None,
    server: Mapping[str, Json] | None = None,
) -> str:
    """Return all of it as JSON; `schemas/models.schema.json` describes the form.

    Args:
        today: What ends are compared with.
        uses: What a spec uses; None if no spec was looked at.
        server: What a server says that it has; None if none was asked.
    """
    data: dict[str, Any] = {
        "models": 1,
        "as_of": table.as_of.isoformat(),
        "today": today.isoformat(),
        "default": table.default,
        "table": [_model_row(model, table, today) for model in table.models],
        "sources": {
            name: {"text": each.text, "date": each.date} for name, each in table.sources
        },
    }
    if uses is not None:
        data["spec"] = [_use_row(use, table, today) for use in _sorted(uses)]
    if server is not None:
        data["server"] = server
    return json.dumps(data, indent=2, allow_nan=False)


def _model_row(model: Model, table: ModelTable, today: dt.date) -> dict[str, Any]:
    row: dict[str, Any] = {
        "id": model.id,
        "state": state_of(model, today),
        "released": _day(model.released),
        "shutdown": _day(model.shutdown),
        "replacement": _replacement(model, table),
        "snapshots": list(model.snapshots),
        "described": model.described,
        "prices": _prices_row(model),
        "square_usd": _squares(model),
        "square_estimated": _is_estimated(model),
        "sources": dict(model.sources),
    }
    if model.described:
        row |= {
            "endpoints": list(model.endpoints),
            "n_max": model.n_max,
            "prompt_max_chars": model.prompt_max_chars,
            "max_inputs": model.max_inputs,
            "input_max_mb": model.input_max_mb,
            "mask_max_mb": model.mask_max_mb,
            "qualities": list(model.qualities),
            "size": _size_row(model.size),
            "output_formats": list(model.output_formats),
            "transparency": model.transparency,
            "input_fidelity": list(model.input_fidelity),
            "complexity": list(model.complexity),
            "markup": model.markup,
            "gif_frames": None if model.gif is None else list(model.gif.frames),
            "batch_discount": model.batch_discount,
        }
    return row


def _use_row(use: Use, table: ModelTable, today: dt.date) -> dict[str, Any]:
    model = use.model
    return {
        "name": use.name,
        "id": None if model is None else model.id,
        "state": None if model is None else state_of(model, today),
        "shutdown": None if model is None else _day(model.shutdown),
        "replacement": None if model is None else _replacement(model, table),
        "assets": list(use.assets),
        "to_draw": list(use.to_draw),
    }


def _replacement(model: Model, table: ModelTable) -> str | None:
    return None if model.shutdown is None else table.replacement(model)


def _prices_row(model: Model) -> dict[str, Any] | None:
    prices = model.prices
    if prices is None:
        return None
    return {
        "text_in": prices.text_in,
        "image_in": prices.image_in,
        "image_out": prices.image_out,
        "as_of": prices.as_of or None,
    }


def _size_row(rule: SizeRule) -> dict[str, Any]:
    if rule.fixed:
        return {"fixed": [str(size) for size in rule.fixed], "auto": rule.auto}
    return {
        "multiple_of": rule.multiple_of,
        "max_edge": rule.max_edge,
        "min_pixels": rule.min_pixels,
        "max_pixels": rule.max_pixels,
        "max_ratio": rule.max_ratio,
        "experimental_pixels": rule.experimental_pixels,
        "auto": rule.auto,
    }


def _day(day: dt.date | None) -> str | None:
    return None if day is None else day.isoformat()
