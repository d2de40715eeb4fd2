"""Which of several allowed forms was meant, judged by what is wrong with each; pure."""

from __future__ import annotations

from typing import Any


def best_branch(error: Any) -> list[Any]:
    """Return the errors of the form that fits best; the error itself if none does."""
    branches = {
        position: branch
        for position, branch in _branches(error).items()
        if branch[0].schema.get("title") != "a template"
    }
    fitting = [b for b in branches.values() if not any(map(_is_other_kind, b))]
    if fitting:
        return min(fitting, key=_distance)
    if len(branches) == 1:
        return next(iter(branches.values()))
    if isinstance(error.instance, str):
        for branch in branches.values():
            if branch[0].validator == "enum":
                return branch
    return [error]


def _branches(error: Any) -> dict[int, list[Any]]:
    """Return the errors of each form, by the form's position."""
    branches: dict[int, list[Any]] = {}
    for each in error.context:
        branches.setdefault(each.relative_schema_path[0], []).append(each)
    return branches


def _is_other_kind(error: Any) -> bool:
    """Tell whether an error says that a value is of another kind altogether."""
    if error.relative_path:
        return False  # it is about a value inside
    if error.validator in ("type", "enum", "const"):
        return True
    if error.validator == "anyOf" and key_groups(error) is None:
        return all(any(map(_is_other_kind, b)) for b in _branches(error).values())
    return False


def _distance(branch: list[Any]) -> int:
    """Return how far a value is from a form: a missing key counts most."""
    weights = {"required": 4, "additionalProperties": 2}
    return sum(
        weights.get(each.validator, 1) if not each.relative_path else 1
        for each in branch
    )


def key_groups(error: Any) -> list[str] | None:
    """Return the keys of a choice between required keys; None for other choices."""
    keys = []
    for branch in error.validator_value:
        if set(branch) - {"required", "not"} or "required" not in branch:
            return None
        keys += branch["required"]
    return keys
