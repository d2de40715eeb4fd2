"""Plain values against the schema of the spec language: all problems, in our words.

A fast validator says yes. Only when it says no, a second one, which knows why, walks the
parts that are wrong, and `wording` puts what it found into sentences with
places. Reads the schemas that ship with the package; nothing else.
"""

from __future__ import annotations

import json
import re
from functools import cache
from importlib import resources
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from assetgen.errors import Problem
from assetgen.spans import Place

if TYPE_CHECKING:
    from collections.abc import Iterator

    from assetgen.model import Json

MOST_PROBLEMS: Final = 100
_MOST_ERRORS: Final = 1000  # of one part; a part that wrong is not looked at further
_SUFFIX: Final = ".schema.json"


def schema_names() -> tuple[str, ...]:
    """Return the names of the schemas that ship, sorted: ``assets``, ``lock``, ..."""
    return tuple(
        sorted(
            each.name.removesuffix(_SUFFIX)
            for each in _folder().iterdir()
            if each.name.endswith(_SUFFIX)
        )
    )


def schema_text(name: str) -> str:
    """Return a schema as JSON text.

    Raises:
        KeyError: There is none of that name.
    """
    if name not in schema_names():
        raise KeyError(name)
    text: str = (_folder() / f"{name}{_SUFFIX}").read_text("utf-8")
    return text


def validate(value: Json, path: str, *, included: bool) -> tuple[Problem, ...]:
    """Return what is wrong with a spec file's value, in the order of the file.

    Args:
        value: The whole file.
        path: The file, for the places.
        included: Whether `include` named the file, which may hold fewer keys.

    Returns:
        Empty if all is well. At most `MOST_PROBLEMS`, and one more that counts the rest.
    """
    part = "included" if included else "spec"
    if _quick(part).is_valid(value):
        return ()
    problems: list[Problem] = []
    assets = value.get("assets") if isinstance(value, dict) else None
    if isinstance(value, dict) and isinstance(assets, dict):
        # Entry by entry: only those that are wrong take the slow way.
        problems += _worded(part, {**value, "assets": {}}, path)
        for key, asset in assets.items():
            problems += validate_asset(asset, path, key)
    else:
        problems += _worded(part, value, path)
    if not problems:
        # The two validators disagree; say where rather than nothing.
        problems.append(_unworded(part, value, path))
    return _capped(_in_file_order(problems, value), path)


def validate_asset(value: Json, path: str, key: str) -> tuple[Problem, ...]:
    """Return what is wrong with one entry under ``assets:``, its name included.

    Args:
        value: The asset.
        path: The file, for the places.
        key: The entry's key.
    """
    entry: Json = {key: value}
    if _quick("assets").is_valid(entry):
        return ()
    problems = _worded("assets", entry, path, ("assets",))
    if not problems:
        problems = [_unworded("assets", entry, path, ("assets",))]
    return _capped(_in_file_order(problems, {"assets": entry}), path)


def _folder() -> Any:
    """Return the folder of the schemas: in the wheel, or beside the package."""
    packed = resources.files("assetgen") / "schemas"
    if packed.is_dir():
        return packed
    return Path(__file__).resolve().parents[2] / "schemas"


@cache
def _schema(part: str) -> dict[str, Any]:
    """Return the schema of a part: ``spec``, ``included`` or ``assets``."""
    whole: dict[str, Any] = json.loads(schema_text("assets"))
    if part == "spec":
        return whole
    return {
        "$schema": whole["$schema"],
        "$ref": f"#/$defs/{part}",
        "$defs": whole["$defs"],
    }


@cache
def _quick(part: str) -> Any:
    """Return the validator that says yes or no."""
    import jsonschema_rs

    return jsonschema_rs.Draft202012Validator(_schema(part))


@cache
def _thorough(part: str) -> Any:
    """Return the validator that says what is wrong."""
    import jsonschema

    extend: Any = jsonschema.validators.extend
    extended = extend(
        jsonschema.Draft202012Validator,
        {"pattern": _check_pattern, "required": _check_required},
    )
    return extended(_schema(part))


def _check_pattern(
    _validator: Any, pattern: str, instance: Any, _schema: Any
) -> Iterator[Any]:
    """Apply a pattern so that `$` means the very end, as it does elsewhere."""
    import jsonschema

    if isinstance(instance, str) and not re.search(
        pattern.replace("$)", r"\Z)").removesuffix("$")
        + (r"\Z" if pattern.endswith("$") else ""),
        instance,
    ):
        yield jsonschema.ValidationError(instance)


def _check_required(
    _validator: Any, required: list[str], instance: Any, _schema: Any
) -> Iterator[Any]:
    """Give one error for each missing key, with the bare key as its message."""
    import jsonschema

    if isinstance(instance, dict):
        for key in required:
            if key not in instance:
                yield jsonschema.ValidationError(key)


def _worded(
    part: str, value: Json, path: str, prefix: tuple[str, ...] = ()
) -> list[Problem]:
    """Return what is wrong with a part, in sentences."""
    from assetgen.schema.wording import word

    errors = islice(_thorough(part).iter_errors(value), _MOST_ERRORS)
    return word(list(errors), Place(path, prefix))


def _unworded(
    part: str, value: Json, path: str, prefix: tuple[str, ...] = ()
) -> Problem:
    """Return a problem for what only the fast validator refuses."""
    error = next(iter(_quick(part).iter_errors(value)))
    return Problem(
        "bad-value",
        "this value is not allowed here",
        Place(path, (*prefix, *error.instance_path)),
    )


def _in_file_order(problems: list[Problem], value: Json) -> list[Problem]:
    """Return the problems sorted by where their values stand."""
    return sorted(problems, key=lambda each: _position(each, value))


def _position(problem: Problem, value: Json) -> tuple[int, ...]:
    """Return the position of each step of a problem's place among its siblings."""
    out: list[int] = []
    here: Any = value
    for step in problem.place.pointer if problem.place else ():
        if isinstance(here, dict) and step in here:
            out.append(list(here).index(str(step)))
            here = here[step]
        elif isinstance(here, list) and isinstance(step, int):
            out.append(step)
            here = here[step] if step < len(here) else None
        else:
            break
    return tuple(out)


def _capped(problems: list[Problem], path: str) -> tuple[Problem, ...]:
    """Return the first problems and, where there are more, how many.

    Of each kind there is one at least: a mistake that was made a hundred times does not
    hide another one behind it.
    """
    more = len(problems) - MOST_PROBLEMS
    if more <= 0:
        return tuple(problems)
    rest = Problem("more-problems", f"and {more} more like these", Place(path))
    firsts: dict[object, int] = {}
    for at, problem in enumerate(problems):
        pointer = problem.place.pointer if problem.place is not None else ()
        keys = tuple(step for step in pointer[2:] if isinstance(step, str))
        firsts.setdefault((problem.code, keys), at)
    kept = set(list(firsts.values())[:MOST_PROBLEMS])
    for at in range(len(problems)):
        if len(kept) == MOST_PROBLEMS:
            break
        kept.add(at)
    return (*(problems[at] for at in sorted(kept)), rest)
