"""Rows of the model table, as plain data, to `Model`s; and the user's rows over them.

A row is a mapping of `Model`'s field names to plain values. ``like`` names the family,
or in the configuration the model, whose row it starts from. Every value is checked
here, since the user's rows come from a file that was written by hand.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from typing import TYPE_CHECKING, Any, Final, NoReturn

from assetgen.errors import UsageError
from assetgen.model import Size
from assetgen.naming import did_you_mean
from assetgen.providers.models import (
    GifRule,
    Grid,
    Model,
    ModelTable,
    Patches,
    Quote,
    SvgRule,
    Table,
    Tiles,
    TokenPrices,
)
from assetgen.providers.sizes import SizeRule

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from assetgen.model import Json
    from assetgen.providers.models import InputTokens, OutputTokens

_SIZE: Final = re.compile(r"([1-9][0-9]{0,4})x([1-9][0-9]{0,4})", re.ASCII)
_MOST: Final = 10**12
_USER: Final = "user"

_OF_ITS_OWN: Final = frozenset(
    ("status", "released", "shutdown", "replacement", "snapshots")
)
"""Fields that a model does not take over from the one it is like."""

_WITHOUT_LIKE: Final = _OF_ITS_OWN | {"like", "prices", "batch_discount"}
"""What may be said of a model that is like none that the table describes."""


def table_from(data: Mapping[str, Any]) -> ModelTable:
    """Return the table that the data file describes.

    Raises:
        UsageError: A row makes no sense.
    """
    families: dict[str, Mapping[str, Json]] = {}
    for name, row in data["families"].items():
        families[name] = _over(families.get(row.get("like"), {}), row)
    rows = {
        name: _over(families.get(row.get("like"), {}), row)
        for name, row in data["models"].items()
    }
    quotes = tuple(
        (name, Quote(each["text"], each["date"]))
        for name, each in data["sources"].items()
    )
    return ModelTable(
        models=tuple(_model(name, row) for name, row in rows.items()),
        default=data["default"],
        as_of=_date("as_of", data["as_of"]),
        sources=quotes,
        rows=rows,
    )


def overridden(table: ModelTable, overrides: Mapping[str, object]) -> ModelTable:
    """Return `table` with the user's ``models`` and ``prices`` over it.

    Raises:
        UsageError: A model, field or value makes no sense; names its key.
    """
    own_models = _mapping("models", overrides.get("models", {}))
    own_prices = _mapping("prices", overrides.get("prices", {}))
    rows = dict(table.rows)
    for name, fields in own_models.items():
        path = f'models."{name}"'
        base = _canonical(table, name)
        rows[base] = _user_row(table, base, path, _mapping(path, fields))
    for name, value in own_prices.items():
        path = f'prices."{name}"'
        base = _canonical(table, name)
        _prices(path, value)
        rows[base] = _over(rows.get(base, {}), {"prices": value}, _USER)
    changed = {
        _canonical(table, name): f'{kind}."{name}"'
        for kind, names in (("prices", own_prices), ("models", own_models))
        for name in names
    }
    known = {each.id: each for each in table.models}
    models = tuple(
        _model(name, row, changed[name]) if name in changed else known[name]
        for name, row in rows.items()
    )
    return ModelTable(
        models=models,
        default=table.default,
        as_of=table.as_of,
        sources=table.sources,
        rows=rows,
    )


def _canonical(table: ModelTable, name: str) -> str:
    found = table.get(name)
    return name if found is None else found.id


def _user_row(
    table: ModelTable, name: str, path: str, fields: Mapping[str, object]
) -> Mapping[str, Any]:
    """Return the row of one model of the configuration, complete."""
    for key in fields:
        if key not in _FIELDS and key != "like":
            _refuse_key(f"{path}.{key}", key, (*_FIELDS, "like"))
    like = fields.get("like")
    if like is not None:
        if not isinstance(like, str) or table.get(like) is None:
            raise UsageError(
                f"{path}.like: there is no model {str(like)!r} in the table",
                hint=did_you_mean(str(like), table.names()) or "see `assetgen models`",
            )
        base = table.rows[_canonical(table, like)]
        sources = _mapping("source", base.get("source", {}))
        taken: dict[str, Any] = {
            key: each for key, each in base.items() if key not in _OF_ITS_OWN
        }
        taken["source"] = {key: sources[key] for key in sources if key in taken}
        return _over(taken, fields, _USER)
    if name not in table.rows:
        for key in fields:
            if key not in _WITHOUT_LIKE:
                raise UsageError(
                    f"{path}.{key}: the table does not describe this model",
                    hint=f"`like = {table.default!r}` says which one it resembles",
                )
    return _over(table.rows.get(name, {}), fields, _USER)


def _over(
    base: Mapping[str, Any], row: Mapping[str, Any], source: str = ""
) -> Mapping[str, Any]:
    """Return `row` over `base`, field by field; so are their sources."""
    fields = {key: each for key, each in row.items() if key not in {"like", "source"}}
    sources = dict(row.get("source", {}))
    if source:
        sources = dict.fromkeys(fields, source)
    return {**base, **fields, "source": {**base.get("source", {}), **sources}}


def _model(name: str, row: Mapping[str, Any], path: str = "") -> Model:
    path = path or f'models."{name}"'
    fields = {
        key: _FIELDS[key](f"{path}.{key}", each)
        for key, each in row.items()
        if key != "source"
    }
    sources = tuple(sorted(row.get("source", {}).items()))
    return Model(id=name, described="endpoints" in row, sources=sources, **fields)


# --- fields -----------------------------------------------------------------------


def _refuse(path: str, expected: str, value: object) -> NoReturn:
    shown = repr(value)
    shown = shown if len(shown) <= 40 else f"{shown[:37]}..."
    raise UsageError(f"{path}: expected {expected}, not {shown}")


def _refuse_key(path: str, key: str, known: tuple[str, ...]) -> NoReturn:
    hint = did_you_mean(key, known) or f"there are {', '.join(sorted(known))}"
    raise UsageError(f"{path}: unknown key", hint=hint)


def _mapping(path: str, value: object) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        _refuse(path, "a table", value)
    return value


def _only(path: str, value: object, known: tuple[str, ...]) -> Mapping[str, Any]:
    row = _mapping(path, value)
    for key in row:
        if key not in known:
            _refuse_key(f"{path}.{key}", key, known)
    return row


def _needed(path: str, row: Mapping[str, Any], *keys: str) -> None:
    for key in keys:
        if key not in row:
            raise UsageError(f"{path}: {key} is missing")


def _count(path: str, value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= _MOST:
        _refuse(path, "a whole number above 0", value)
    return value


def _number(path: str, value: object) -> float:
    fits = isinstance(value, (int, float)) and not isinstance(value, bool)
    if not fits or not 0 <= value < math.inf:  # type: ignore[operator]  # a number, by the line above
        _refuse(path, "a number that is not negative", value)
    return float(value)  # type: ignore[arg-type]  # the same


def _flag(path: str, value: object) -> bool:
    if not isinstance(value, bool):
        _refuse(path, "true or false", value)
    return value


def _word(path: str, value: object) -> str:
    if not isinstance(value, str) or not value:
        _refuse(path, "a word", value)
    return value


def _words(path: str, value: object) -> tuple[str, ...]:
    if not isinstance(value, list):
        _refuse(path, "a list of words", value)
    return tuple(_word(path, each) for each in value)


def _one_of(*words: str) -> Callable[[str, object], str]:
    def read(path: str, value: object) -> str:
        if not isinstance(value, str) or value not in words:
            _refuse(path, f"one of {', '.join(words)}", value)
        return value

    return read


def _date(path: str, value: object) -> dt.date:
    if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
        return value
    try:
        return dt.date.fromisoformat(value)  # type: ignore[arg-type]  # raises
    except (TypeError, ValueError):
        _refuse(path, "a date such as 2026-12-01", value)


def _share(path: str, value: object) -> float:
    share = _number(path, value)
    if share > 1:
        _refuse(path, "a number from 0 to 1", value)
    return share


def _size(path: str, value: object) -> Size:
    found = _SIZE.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        _refuse(path, "a size such as 1024x1536", value)
    return Size(int(found[1]), int(found[2]))


def _size_rule(path: str, value: object) -> SizeRule:
    readers: dict[str, Callable[[str, object], Any]] = {
        "fixed": lambda at, each: tuple(_size(at, one) for one in _words(at, each)),
        "multiple_of": _count,
        "max_edge": _count,
        "min_pixels": _count,
        "max_pixels": _count,
        "max_ratio": _number,
        "experimental_pixels": _count,
        "auto": _flag,
    }
    row = _only(path, value, tuple(readers))
    fields = {key: readers[key](f"{path}.{key}", each) for key, each in row.items()}
    if 0 < fields.get("max_ratio", 1) < 1 or fields.get("max_ratio") == 0:
        _refuse(f"{path}.max_ratio", "a number from 1", row["max_ratio"])
    return SizeRule(**fields)


def _gif(path: str, value: object) -> GifRule:
    known = ("frames", "default_frames", "default_duration_ms", "excludes")
    row = _only(path, value, known)
    _needed(path, row, *known[:3])
    frames = row["frames"]
    if not isinstance(frames, list) or len(frames) != 2:
        _refuse(f"{path}.frames", "two numbers", frames)
    return GifRule(
        frames=(_count(f"{path}.frames", frames[0]), _count(path, frames[1])),
        default_frames=_count(f"{path}.default_frames", row["default_frames"]),
        default_duration_ms=_count(
            f"{path}.default_duration_ms", row["default_duration_ms"]
        ),
        excludes=_words(f"{path}.excludes", row.get("excludes", [])),
    )


def _svg(path: str, value: object) -> SvgRule:
    row = _only(path, value, ("n_max", "excludes"))
    _needed(path, row, "n_max")
    return SvgRule(
        n_max=_count(f"{path}.n_max", row["n_max"]),
        excludes=_words(f"{path}.excludes", row.get("excludes", [])),
    )


def _prices(path: str, value: object) -> TokenPrices:
    row = _only(path, value, ("text_in", "image_in", "image_out", "text_out", "as_of"))
    _needed(path, row, "text_in", "image_in", "image_out")
    usd = {
        key: _number(f"{path}.{key}", each)
        for key, each in row.items()
        if key != "as_of"
    }
    day = row.get("as_of")
    as_of = "" if day is None else _date(f"{path}.as_of", day).isoformat()
    return TokenPrices(**usd, as_of=as_of)


def _output_tokens(path: str, value: object) -> OutputTokens:
    row = _only(path, value, ("grid", "factors", "table"))
    if "table" in row:
        if len(row) > 1:
            raise UsageError(f"{path}: table goes without grid and factors")
        listed = _mapping(f"{path}.table", row["table"])
        return Table(
            tuple(
                (quality, _size(path, size), _count(f"{path}.table.{quality}", tokens))
                for quality, sizes in listed.items()
                for size, tokens in _mapping(f"{path}.table.{quality}", sizes).items()
            )
        )
    _needed(path, row, "grid")
    grid = _mapping(f"{path}.grid", row["grid"])
    factors = _mapping(f"{path}.factors", row.get("factors", {}))
    for quality in factors:
        if quality not in grid:
            _refuse_key(f"{path}.factors.{quality}", quality, tuple(grid))
    return Grid(
        tuple((word, _count(f"{path}.grid.{word}", n)) for word, n in grid.items()),
        tuple(
            (word, _number(f"{path}.factors.{word}", factors.get(word, 1)))
            for word in grid
        )
        if factors
        else (),
    )


def _input_tokens(path: str, value: object) -> InputTokens:
    row = _only(path, value, ("patches", "tiles"))
    if len(row) != 1:
        raise UsageError(f"{path}: expected either patches or tiles")
    if "patches" in row:
        inner = _only(f"{path}.patches", row["patches"], ("side", "most"))
        _needed(f"{path}.patches", inner, "side", "most")
        return Patches(
            _count(f"{path}.patches.side", inner["side"]),
            _count(f"{path}.patches.most", inner["most"]),
        )
    known = ("short_side", "base", "each", "high_square", "high_other")
    inner = _only(f"{path}.tiles", row["tiles"], known)
    _needed(f"{path}.tiles", inner, *known[:3])
    return Tiles(
        **{key: _count(f"{path}.tiles.{key}", each) for key, each in inner.items()}
    )


_FIELDS: Final[Mapping[str, Callable[[str, object], Any]]] = {
    "status": _one_of("newest", "active", "deprecated", "shut down"),
    "released": _date,
    "shutdown": _date,
    "replacement": _word,
    "snapshots": _words,
    "endpoints": _words,
    "n_max": _count,
    "prompt_max_chars": _count,
    "max_inputs": _count,
    "input_max_mb": _count,
    "input_formats": _words,
    "mask_max_mb": _count,
    "qualities": _words,
    "size": _size_rule,
    "output_formats": _words,
    "transparency": _one_of("yes", "doubtful", "no"),
    "input_fidelity": _words,
    "complexity": _words,
    "markup": _flag,
    "gif": _gif,
    "svg": _svg,
    "prices": _prices,
    "batch_discount": _share,
    "partial_tokens": _count,
    "output_tokens": _output_tokens,
    "input_tokens": _input_tokens,
}
