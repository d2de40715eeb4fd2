"""Expand a matrix into its rows; counted before it is expanded."""

from __future__ import annotations

from itertools import product
from math import prod
from typing import TYPE_CHECKING, Final, TypeAlias

from assetgen.naming import did_you_mean
from assetgen.resolve.findings import Findings, quoted
from assetgen.resolve.templates import OUTPUT_NAMES, text_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from assetgen.model import Json
    from assetgen.spans import Place

    Axes: TypeAlias = Mapping[str, list[Json]]
    Row: TypeAlias = Mapping[str, Json]

MAX_ROWS: Final = 10_000
"""Assets that one entry may expand to."""

MAX_AXES: Final = 8
"""Lists that one matrix may have; keeps the matching of excludes small."""


def count_rows(entry: Json) -> int:
    """Return how many assets a raw entry stands for, before excludes; at least 1."""
    matrix = entry.get("matrix") if isinstance(entry, dict) else None
    if not isinstance(matrix, dict):
        return 1
    return max(1, prod(map(len, _axes(matrix).values())))


def expand(matrix: Json, place: Place, found: Findings) -> list[Row]:
    """Return the rows of a matrix, the last axis turning fastest; [] after a problem.

    Args:
        matrix: The value of `matrix`: axes with their values, and `exclude`.
        place: Of the matrix.
        found: Gets the problems.
    """
    if not isinstance(matrix, dict):
        found.wrong_type("a map of names to lists", matrix, place)
        return []
    axes = _axes(matrix)
    if not _axes_are_sound(matrix, axes, place, found):
        return []
    excludes = matrix.get("exclude", [])
    if not isinstance(excludes, list):
        found.wrong_type("a list of excluded rows", excludes, place.at("exclude"))
        return []
    rows: list[Row] = [
        dict(zip(axes, values, strict=True)) for values in product(*axes.values())
    ]
    return _without_excluded(rows, axes, excludes, place.at("exclude"), found)


def _axes(matrix: Mapping[str, Json]) -> dict[str, list[Json]]:
    return {
        name: values
        for name, values in matrix.items()
        if name != "exclude" and isinstance(values, list)
    }


def row_text(value: Json) -> str:
    """Return what a matrix value is called: a map by its `id`, a scalar by its text."""
    if isinstance(value, dict):
        value = value.get("id")
    return text_of(value) or ""


def _axes_are_sound(
    matrix: Mapping[str, Json], axes: Axes, place: Place, found: Findings
) -> bool:
    before = len(found.problems)
    for name, values in matrix.items():
        if name == "exclude":
            continue
        if name not in axes:
            found.wrong_type("a list of values", values, place.at(name))
        elif not values:
            found.error("empty", f"`{name}` has no values", place.at(name))
        elif name in OUTPUT_NAMES:
            report_reserved(name, place.key(name), found)
    if not axes:
        found.error("empty", "the matrix has no lists", place)
    if len(axes) > MAX_AXES:
        found.error(
            "matrix-too-large",
            f"the matrix has {len(axes)} lists; {MAX_AXES} are allowed",
            place,
        )
    size = prod(map(len, axes.values()))
    if size > MAX_ROWS:
        found.error(
            "matrix-too-large",
            f"the matrix stands for {size:,} assets; {MAX_ROWS:,} are allowed",
            place,
            hint="`exclude` is counted after this; shorten or split the lists",
        )
    elif len(found.problems) == before:
        _check_values(axes, place, found)
    return len(found.problems) == before


def _check_values(axes: Axes, place: Place, found: Findings) -> None:
    for name, values in axes.items():
        for position, value in enumerate(values):
            if not row_text(value):
                found.error(
                    "bad-matrix-value",
                    "a matrix value is text, a number, or a map with an `id`",
                    place.at(name, position),
                )


def report_reserved(name: str, place: Place, found: Findings) -> None:
    """Add the problem that a variable hides a name of output paths."""
    found.error(
        "reserved-name",
        f"`{name}` already has a meaning in output paths",
        place,
        hint="choose another name for the variable",
    )


def _without_excluded(
    rows: list[Row], axes: Axes, excludes: list[Json], place: Place, found: Findings
) -> list[Row]:
    """Drop the excluded rows.

    Excludes are grouped by the axes they name, so a row is looked up once for each
    group and not compared with every exclude.
    """
    before = len(found.problems)
    groups: dict[tuple[str, ...], dict[tuple[str, ...], int]] = {}
    for position, exclude in enumerate(excludes):
        shape = _exclude_shape(exclude, axes, place.at(position), found)
        if shape and isinstance(exclude, dict):
            texts = tuple(row_text(exclude[name]) for name in shape)
            groups.setdefault(shape, {}).setdefault(texts, position)
    if len(found.problems) > before:
        return []
    kept: list[Row] = []
    hit: set[int] = set()
    for row in rows:
        texts_of_row = {name: row_text(value) for name, value in row.items()}
        excluded_by = [
            group[texts]
            for shape, group in groups.items()
            if (texts := tuple(texts_of_row[name] for name in shape)) in group
        ]
        hit.update(excluded_by)
        if not excluded_by:
            kept.append(row)
    for group in groups.values():
        for position in group.values():
            if position not in hit:
                message = "this excludes nothing: no row of the matrix matches"
                found.warning("exclude-matches-nothing", message, place.at(position))
    if not kept:
        found.error("empty", "every row of the matrix is excluded", place)
    return kept


def _exclude_shape(
    exclude: Json, axes: Axes, place: Place, found: Findings
) -> tuple[str, ...]:
    if not isinstance(exclude, dict) or not exclude:
        found.wrong_type("a map of names to values", exclude, place)
        return ()
    unknown = [name for name in exclude if name not in axes]
    for name in unknown:
        found.error(
            "unknown-key",
            f"the matrix has no list {quoted(name)}",
            place.key(name),
            hint=did_you_mean(name, axes),
        )
    return () if unknown else tuple(sorted(exclude))
