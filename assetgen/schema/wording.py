"""What the schema refuses, as sentences with a place; pure.

Turns the validator's error objects into `Problem`s. Where several forms were possible
(`anyOf`), only the form that fits best is spoken of. Nothing of the validator's own
wording is shown. The nouns come from the schema's titles.
"""

from __future__ import annotations

import re
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, Final

from assetgen.catalog import REQUEST_KEYS, SOURCE_KEYS
from assetgen.errors import Problem
from assetgen.schema.branches import best_branch, key_groups
from assetgen.schema.explained import EXPLAINED, MAIN_FILE_KEYS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from assetgen.spans import Place

_NOUNS: Final = {
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "a map",
    "null": "nothing",
}


def word(errors: Iterable[Any], base: Place) -> list[Problem]:
    """Return the errors as problems, in no particular order.

    Args:
        errors: `jsonschema` errors whose ``required`` ones carry the bare key as message.
        base: The place of the value that was validated.
    """
    problems: list[Problem] = []
    for error in errors:
        problems += _worded(error, base)
    # Several forms can refuse a value for the same reason: said once.
    return _without_consequences(list(dict.fromkeys(problems)))


def _worded(error: Any, base: Place) -> list[Problem]:
    """Return the problems that one error stands for."""
    if error.validator in ("anyOf", "oneOf"):
        groups = key_groups(error)
        if groups is not None:
            return _wrong_keys(error, groups, base)
        return [
            problem
            for each in best_branch(error)
            for problem in (
                [_wrong_type(error, base)] if each is error else _worded(each, base)
            )
        ]
    if "propertyNames" in error.absolute_schema_path:
        return [_bad_name(error, base)]
    return _BY_VALIDATOR.get(error.validator, _bad_value)(error, base)


# --- sentences --------------------------------------------------------------------


def _wrong_keys(error: Any, keys: list[str], base: Place) -> list[Problem]:
    """Return the problem of a map that has none, or several, of some keys."""
    value = error.instance
    if not isinstance(value, dict):
        return []  # that it is no map is an error of its own
    place = _place(error, base)
    there = [key for key in value if key in keys]
    is_asset = keys == list(SOURCE_KEYS)
    if not there:
        among = _either(f"`{key}`" for key in keys)
        if is_asset:
            return [
                Problem(
                    "no-source",
                    f"the asset {_field(place)} has no source",
                    _key_of(place),
                    f"add one of {', '.join(f'`{key}`' for key in keys)}",
                )
            ]
        return [
            Problem("missing-key", f"{_field(place)} needs {among}", _key_of(place))
        ]
    if is_asset and "variations_of" in there and "prompt" in there:
        there.remove("prompt")
    if len(there) < 2:
        return []
    first, second = there[0], there[1]
    what = "sources" if is_asset else "forms at once"
    return [
        Problem(
            "two-sources" if is_asset else "two-forms",
            f"{_field(place)} has two {what}: `{first}` and `{second}`",
            place.key(second),
            "make it two assets, or remove one" if is_asset else "remove one",
            related=((place.key(first), "the first"),),
        )
    ]


def _wrong_type(error: Any, base: Place) -> Problem:
    """Return the problem of a value of the wrong kind."""
    place, value = _place(error, base), error.instance
    expected = _expected(error)
    if value is None:
        return Problem(
            "wrong-type", f"{_field(place)} is empty; it takes {expected}", place
        )
    return Problem(
        "wrong-type",
        f"{_field(place)} takes {expected}, not {_kind(value)}",
        place,
        _type_hint(error, value),
    )


def _type_hint(error: Any, value: Any) -> str | None:
    """Return how to repair a value of the wrong kind, where it is simple."""
    kinds = error.validator_value if error.validator == "type" else None
    if kinds in ("integer", "number") and isinstance(value, str):
        is_number = re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", value)
        return "remove the quotes" if is_number else None
    if kinds == "boolean" and isinstance(value, str):
        return "write `true` or `false`; `yes`, `no`, `on` and `off` are text"
    if "pattern" in error.schema:
        return None
    if kinds == "string" and isinstance(value, bool | int | float):
        return f'put it in quotes: "{_plain(value)}"'
    if kinds == "array":
        return "start each entry with `- `" if isinstance(value, str | dict) else None
    return None


def _unknown_keys(error: Any, base: Place) -> list[Problem]:
    """Return a problem for each key that the schema does not know."""
    known = list(error.schema.get("properties", ()))
    place = _place(error, base)
    return [
        Problem(
            "unknown-key",
            f"{_field(place)} has no key {_quote(key)}",
            place.key(key),
            _key_hint(key, known, place),
        )
        for key in error.instance
        if key not in known
    ]


def _key_hint(key: str, known: list[str], place: Place) -> str | None:
    """Return what may have been meant by an unknown key."""
    explained = EXPLAINED.get(key.lower().replace("-", "_"))
    if explained is not None and explained.startswith("did you mean"):
        names = re.findall(r"`(\w+)`", explained)
        explained = explained if set(names) & set(known) else None
    if explained is not None:
        return explained
    if not place.pointer and key in MAIN_FILE_KEYS:
        return "move it into the main file: an included one holds parts for it only"
    if not place.pointer and key in REQUEST_KEYS and key != "provider":
        return "put it under `defaults`, for all assets, or into an asset"
    return _did_you_mean(key, known)


def _missing_key(error: Any, base: Place) -> list[Problem]:
    """Return the problem of a key that must be there."""
    place, key = _place(error, base), error.message
    hint = "add `version: 1` as the first line" if key == "version" else None
    return [
        Problem(
            "missing-key",
            f"{_field(place)} needs the key `{key}`",
            _key_of(place),
            hint,
        )
    ]


def _bad_name(error: Any, base: Place) -> Problem:
    """Return the problem of a key that cannot be a name."""
    key = error.instance
    place = _place(error, base).key(key)
    if error.validator == "maxLength":
        return Problem(
            "too-long",
            f"the name {_quote(key)} has {len(key):,} characters; "
            f"{error.validator_value} are allowed",
            place,
        )
    rule = error.schema.get("description", "")
    hint = rule[:1].lower() + rule[1:].removesuffix(".")
    slug = re.sub(r"[^a-z0-9_./-]+", "-", key.lower()).strip("-./_")
    if slug not in ("", key) and len(slug) < 60:
        hint += f"; for example `{slug}`"
    return Problem(
        "bad-name",
        f"{_quote(key)} cannot be {error.schema.get('title', 'a name')}",
        place,
        hint or None,
    )


def _bad_value(error: Any, base: Place) -> list[Problem]:
    """Return the problem of a value that its field does not take."""
    place, value = _place(error, base), error.instance
    allowed = [error.validator_value] if error.validator == "const" else None
    if error.validator == "enum":
        allowed = list(error.validator_value)
    if allowed and not isinstance(value, dict | list):
        return [_not_among(value, allowed, place, error)]
    return [
        Problem(
            "bad-value",
            f"{_field(place)} takes {_expected(error)}, not {_kind(value)}",
            place,
        )
    ]


def _not_among(value: Any, allowed: list[Any], place: Place, error: Any) -> Problem:
    """Return the problem of a value that is not one of some words."""
    words = [_plain(each) for each in allowed]
    step = _step_hint(value, error)
    if step is not None:
        return Problem("bad-value", f"the step `{value}` needs arguments", place, step)
    if value is None:
        message = f"{_field(place)} is empty; it takes {_either(words)}"
    else:
        given = _kind(value) if value in words else _quote(value)
        message = f"{_field(place)} takes {_either(words)}, not {given}"
    hint = _did_you_mean(value, words) if isinstance(value, str) else None
    if value in words and value not in allowed:
        hint = "remove the quotes"
    return Problem("bad-value", message, place, hint)


def _step_hint(value: Any, error: Any) -> str | None:
    """Return how a step with arguments is written, if the value names one."""
    if error.parent is None or not isinstance(value, str):
        return None
    for branch in error.parent.validator_value:
        step = branch.get("properties", {}).get(value)
        if step is not None and branch.get("maxProperties") == 1:
            return f"for example `{value}: {_flow(step['examples'][0])}`"
    return None


def _out_of_range(error: Any, base: Place) -> list[Problem]:
    """Return the problem of a number that is too small or too large."""
    limit = _plain(error.validator_value)
    words = {
        "minimum": f"at least {limit}",
        "maximum": f"at most {limit}",
        "exclusiveMinimum": f"more than {limit}",
        "multipleOf": f"a multiple of {limit}",
    }
    place = _place(error, base)
    message = f"{_field(place)} must be {words[error.validator]}"
    return [Problem("bad-value", f"{message}, not {_plain(error.instance)}", place)]


def _wrong_length(error: Any, base: Place) -> list[Problem]:
    """Return the problem of a text, list or map that is too short or too long."""
    place, value, limit = _place(error, base), error.instance, error.validator_value
    field = _field(place)
    if error.validator == "maxProperties":
        keys = _either((f"`{key}`" for key in value), "and")
        message = f"an entry holds one step; this one has {keys}"
        return [Problem("bad-value", message, place, "start each step with `- `")]
    if not value:
        message = f"{field} is empty; it takes {_expected(error)}"
        return [Problem("bad-value", message, place)]
    if isinstance(value, str):
        message = f"{field} has {len(value):,} characters; {limit:,} are allowed"
        return [Problem("too-long", message, place)]
    if error.schema.get("minItems") == error.schema.get("maxItems"):
        message = f"{field} takes {_expected(error)}, not a list of {len(value)}"
        return [Problem("bad-value", message, place)]
    bound = "at most" if error.validator.startswith("max") else "at least"
    message = f"{field} takes {bound} {limit:,} entries, not {len(value):,}"
    return [Problem("bad-value", message, place)]


_BY_VALIDATOR: Final[dict[str, Callable[[Any, Place], list[Problem]]]] = {
    "type": lambda error, base: [_wrong_type(error, base)],
    "additionalProperties": _unknown_keys,
    "required": _missing_key,
    **dict.fromkeys(
        ("minimum", "maximum", "exclusiveMinimum", "multipleOf"), _out_of_range
    ),
    **dict.fromkeys(
        (
            "minLength",
            "maxLength",
            "minItems",
            "maxItems",
            "minProperties",
            "maxProperties",
        ),
        _wrong_length,
    ),
}


# --- parts of sentences -------------------------------------------------------------


def _place(error: Any, base: Place) -> Place:
    """Return the place of the value that an error is about."""
    return base.at(*error.absolute_path)


def _key_of(place: Place) -> Place:
    """Return the place of a map's own key, which stands for the whole map."""
    if place.pointer and isinstance(place.pointer[-1], str):
        return place.key()
    return place


def _field(place: Place) -> str:
    """Return what to call a value: its key, or its position in a list."""
    if not place.pointer:
        return "the spec"
    last = place.pointer[-1]
    if isinstance(last, str):
        return _quote(last)
    owner = next((p for p in reversed(place.pointer) if isinstance(p, str)), "the list")
    return f"entry {last + 1} of `{owner}`"


def _expected(error: Any) -> str:
    """Return the noun for what a schema takes."""
    schema = error.schema
    if "title" in schema:
        return str(schema["title"])
    if error.validator in ("anyOf", "oneOf"):
        nouns = [_noun(each, error) for each in error.validator_value]
        return _either(dict.fromkeys(noun for noun in nouns if noun))
    return _noun(schema, error) or "something else"


def _noun(schema: dict[str, Any], error: Any) -> str | None:
    """Return the noun for one form."""
    if "$ref" in schema:
        for each in error.context or ():
            if each.schema.get("title") and "$ref" in each.absolute_schema_path:
                return str(each.schema["title"])
        return None
    if "title" in schema:
        return str(schema["title"])
    kinds = schema.get("type")
    kinds = kinds if isinstance(kinds, list) else [kinds]
    return _either(_NOUNS[kind] for kind in kinds if kind in _NOUNS) or None


def _kind(value: Any) -> str:
    """Return the noun for what a value is; short values as they are."""
    if isinstance(value, bool) or value is None:
        return "nothing" if value is None else f"`{_plain(value)}`"
    if isinstance(value, int | float):
        return f"the number {_quote(value).strip('`')}"
    if isinstance(value, str):
        return f'the text "{_cut(value)}"'
    return "a list" if isinstance(value, list) else "a map"


def _either(words: Iterable[str], between: str = "or") -> str:
    """Return words as ``a, b or c``."""
    *most, last = list(words) or [""]
    return f"{', '.join(most)} {between} {last}" if most else last


def _did_you_mean(word_: str, known: Iterable[str]) -> str | None:
    """Return the question that names the nearest word, if one is near."""
    near = get_close_matches(word_[:200], list(known), n=1, cutoff=0.6)
    near = near or [each for each in known if each.lower() == word_.lower()][:1]
    return f"did you mean `{near[0]}`?" if near else None


def _quote(value: Any) -> str:
    """Return a value in backquotes, cut where it is long."""
    return f"`{_cut(_plain(value))}`"


def _cut(text: str) -> str:
    """Return a text that fits into a message."""
    return text if len(text) <= 60 else f"{text[:57]}..."


def _plain(value: Any) -> str:
    """Return a scalar as it is written in YAML."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _flow(value: Any) -> str:
    """Return a value in one line of YAML."""
    if isinstance(value, dict):
        return f"{{{', '.join(f'{key}: {_flow(value[key])}' for key in value)}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(_flow, value))}]"
    return f'"{value}"' if isinstance(value, str) and "#" in value else _plain(value)


def _without_consequences(problems: list[Problem]) -> list[Problem]:
    """Leave out what is only missing because its key is misspelt."""
    meant = {
        (each.place.pointer[:-1], each.hint)
        for each in problems
        if each.code == "unknown-key" and each.place is not None
    }

    def is_consequence(problem: Problem) -> bool:
        if problem.place is None or problem.code not in ("missing-key", "no-source"):
            return False
        return any(
            pointer == problem.place.pointer
            and hint is not None
            and hint.startswith("did you mean")
            and (
                (
                    problem.code == "no-source"
                    and any(f"`{source}`" in hint for source in SOURCE_KEYS)
                )
                or any(key in problem.message for key in re.findall(r"`\w+`", hint))
            )
            for pointer, hint in meant
        )

    return [each for each in problems if not is_consequence(each)]
