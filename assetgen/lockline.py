"""One line of the lock: its fields, its text, and what can be wrong with it; pure.

A line has one text: fields in a fixed order, empty ones left out, parameters sorted.
`is_canonical` recognises that text with one regular expression, so that a lock of ten
thousand lines is checked without decoding it; whatever else is valid JSON with the right
fields is accepted, too, and gets the one text back when it is written. The file as a
whole is `lockfile`'s.
"""

from __future__ import annotations

import json
import re
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from assetgen.digest import canonical, digest_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from assetgen.digest import Digest, Key
    from assetgen.model import AssetName, Json
    from assetgen.requests import DrawRecord, Request

_NO_PARAMS: Final[Mapping[str, Json]] = MappingProxyType({})


class LockLine(NamedTuple):
    """One asset's pin.

    Attributes:
        key: Of the request that the draws answer.
        operation: ``generate``, ``edit`` or ``vary``.
        draws: Digests of all draws, in the order they came; at least one.
        pick: The draw that is the asset's picture; one of `draws`.
        model: As the service reported it; None if neither it nor the spec names one.
        params: Request parameters by name.
        prompt: Short hash of the prompt, to see that it changed.
        inputs: Identities of the input pictures, in request order.
        mask: Identity of the mask.
        markup: Identity of the markup.
    """

    asset: AssetName
    key: Key
    operation: str
    provider: str
    draws: tuple[Digest, ...]
    pick: Digest
    model: str | None = None
    params: Mapping[str, Json] = _NO_PARAMS
    prompt: str = ""
    inputs: tuple[str, ...] = ()
    mask: str | None = None
    markup: str | None = None
    revision: int = 0

    @property
    def pick_number(self) -> int:
        """Which draw is picked, counted from 1."""
        return self.draws.index(self.pick) + 1


def line_for(
    asset: AssetName,
    request: Request,
    key: Key,
    *,
    draws: tuple[Digest, ...],
    pick: Digest,
    known: Sequence[DrawRecord] = (),
) -> LockLine:
    """Return the line that pins an asset's request.

    Args:
        asset: Its name.
        request: What was asked.
        key: Of the request.
        draws: Digests of all its draws, in order.
        pick: The one that is the picture.
        known: What the store knows of the draws: the model that the service named.
    """
    reported = {draw.digest: draw.model for draw in known}
    return LockLine(
        asset=asset,
        key=key,
        operation=request.operation,
        provider=request.provider,
        draws=draws,
        pick=pick,
        model=reported.get(pick) or request.model,
        params=dict(request.params),
        prompt=digest_of(request.prompt.encode("utf-8", "surrogatepass"))[:12],
        inputs=request.inputs,
        mask=request.mask,
        markup=request.markup,
        revision=request.revision,
    )


_TEXTS: Final = ("asset", "key", "operation", "provider", "pick")
_OPTIONAL_TEXTS: Final = ("model", "prompt", "mask", "markup")
_REQUIRED: Final = frozenset((*_TEXTS, "draws"))
_FIELDS: Final = _REQUIRED | {*_OPTIONAL_TEXTS, "params", "inputs", "revision"}


# --- writing ------------------------------------------------------------------


def row_of(line: LockLine) -> str:
    """Return the text of a line, without the line end."""
    parts: dict[str, Json] = {
        "asset": line.asset,
        "key": line.key,
        "operation": line.operation,
        "provider": line.provider,
        "model": line.model,
        "params": {name: line.params[name] for name in sorted(line.params)},
        "prompt": line.prompt,
        "inputs": list(line.inputs),
        "mask": line.mask,
        "markup": line.markup,
        "revision": line.revision,
        "draws": list(line.draws),
        "pick": line.pick,
    }
    kept = {name: part for name, part in parts.items() if part or name in _REQUIRED}
    return json.dumps(kept, ensure_ascii=False)


# --- comparing ----------------------------------------------------------------


def line_parts(line: LockLine) -> tuple[tuple[str, str], ...]:
    """Return what a line says of its request, as names and short values.

    The model is not among them: the line has the name that the service answered with.
    """
    parts = [
        ("provider", line.provider),
        ("operation", line.operation),
        ("prompt hash", line.prompt),
    ]
    params = sorted(line.params.items())
    parts += [(f"parameter {name}", canonical(value)) for name, value in params]
    parts += [(f"input {at}", each) for at, each in enumerate(line.inputs, 1)]
    parts += [("mask", line.mask or ""), ("markup", line.markup or "")]
    return (*parts, ("revision", str(line.revision)))


# --- reading ------------------------------------------------------------------


def line_of(row: str) -> LockLine:
    """Return the line that `row` holds; only for rows without a problem."""
    data = json.loads(row)
    get = data.get
    return LockLine(
        asset=data["asset"],
        key=data["key"],
        operation=data["operation"],
        provider=data["provider"],
        draws=tuple(data["draws"]),
        pick=data["pick"],
        model=get("model"),
        params=get("params", _NO_PARAMS),
        prompt=get("prompt", ""),
        inputs=tuple(get("inputs", ())),
        mask=get("mask"),
        markup=get("markup"),
        revision=get("revision", 0),
    )


_TEXT: Final = r'"[^"\\\x00-\x1f]++"'
_HASH: Final = r'"[^"]{64}"'
_CANONICAL: Final = re.compile(
    rf'^\{{"asset": "([^"\\\x00-\x1f]++)", "key": "([^"]{{64}})"'
    rf', "operation": {_TEXT}, "provider": {_TEXT}(?:, "model": {_TEXT})?+'
    rf'(?:, "params": (\{{[^}}]++\}}))?+(?:, "prompt": {_TEXT})?+'
    rf'(?:, "inputs": \[{_TEXT}(?:, {_TEXT})*+\])?+'
    rf'(?:, "mask": {_TEXT})?+(?:, "markup": {_TEXT})?+'
    r'(?:, "revision": -?[1-9][0-9]{0,17}+)?+'
    rf', "draws": \[({_HASH}(?:, {_HASH})*+)\], "pick": "([^"]{{64}})"\}}$',
    re.MULTILINE,
)


def canonical_names(text: str, start: int = 0) -> list[AssetName]:
    """Return the assets of the canonical lines of a lock's text, in their order.

    Lines that are not canonical are passed over, so the caller compares the number with
    that of all lines. One call looks at all lines: calls per line would take longer than
    everything else.

    Args:
        start: Where to begin, for example behind the first line.
    """
    found = _CANONICAL.findall(text, start)
    if not found:
        return []
    names, keys, params, draws, picks = zip(*found, strict=True)
    good = (
        _is_hex("".join((*keys, *picks)))
        and _are_hash_lists(draws)
        and all(map(str.__contains__, draws, picks))
        and all(map(_are_canonical_params, set(params)))
    )
    if good:
        return list(names)
    return [each[0] for each in found if _is_sound(each)]


def is_canonical(row: str) -> bool:
    """Return whether `row` is just as `row_of` writes it; true for no other text."""
    found = _CANONICAL.fullmatch(row)
    return found is not None and _is_sound(found.groups(""))


def _is_sound(groups: Sequence[str]) -> bool:
    """Return whether what the expression found is right, too."""
    _, key, params, draws, pick = groups
    return (
        _is_hex(key + pick)
        and _are_hash_lists((draws,))
        and pick in draws
        and _are_canonical_params(params)
    )


@lru_cache(maxsize=4096)
def _are_canonical_params(text: str) -> bool:
    """Return whether `text` is the one form of an object, or empty; few forms differ."""
    if not text:
        return True
    try:
        params = json.loads(text)
        ordered = {name: params[name] for name in sorted(params)}
    except (ValueError, RecursionError):
        return False
    return json.dumps(ordered, ensure_ascii=False) == text


def _are_hash_lists(lists: Sequence[str]) -> bool:
    """Return whether all lists of quoted texts of 64 signs hold hashes only."""
    text = "".join(lists)
    borders = (len(text) - 66 * len(lists)) // 68
    # With just the commas and blanks between them, none can be inside one.
    return text.count(",") == borders == text.count(" ") and not text.encode(
        "utf-8", "replace"
    ).translate(None, _HEX + b'", ')


_HEX: Final = b"0123456789abcdef"


def _is_hex(text: str) -> bool:
    """Return whether there are only lower-case hexadecimal digits; fast on megabytes."""
    return not text.encode("utf-8", "replace").translate(None, _HEX)


# --- what is wrong with it ----------------------------------------------------


def read_row(row: str) -> tuple[LockLine | None, str]:
    """Return the line that any text holds, or None and what is wrong with it."""
    try:
        data = json.loads(row)
    except json.JSONDecodeError as error:
        column = f"(column {error.colno})"
        return None, f"the line is not JSON: {error.msg.lower()} {column}"
    except (ValueError, RecursionError):
        return None, "the line cannot be read"
    if not isinstance(data, dict):
        return None, "the line is not an object"
    problem = _problem_of(data)
    return (None, problem) if problem else (line_of(row), "")


def _problem_of(data: dict[str, Any]) -> str:
    """Return what is wrong with the fields of a line; empty if nothing is."""
    missing, strange = sorted(_REQUIRED - data.keys()), sorted(data.keys() - _FIELDS)
    if missing:
        return f"the field {missing[0]!r} is missing"
    if strange:
        return f"the field {strange[0]!r} is not known here"
    for name in (*_TEXTS, *_OPTIONAL_TEXTS):
        if not isinstance(data.get(name, ""), str):
            return f"{name!r} is not text"
    for name in ("draws", "inputs"):
        value = data.get(name, [])
        if not isinstance(value, list) or not all(isinstance(x, str) for x in value):
            return f"{name!r} is not a list of texts"
    if not isinstance(data.get("params", {}), dict):
        return "'params' is not an object"
    if type(data.get("revision", 0)) is not int:
        return "'revision' is not a whole number"
    return _hash_problem(data)


def _hash_problem(data: dict[str, Any]) -> str:
    """Return which hash of a line is wrong."""
    for digest in (data["key"], *data["draws"]):
        if len(digest) != 64 or not _is_hex(digest):
            return f"{digest[:80]!r} is not a hash of 64 hexadecimal digits"
    return "" if data["pick"] in data["draws"] else "the pick is not one of the draws"
