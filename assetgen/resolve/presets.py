"""Unfold the user's presets in a list of outputs, however they name each other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from assetgen.naming import did_you_mean
from assetgen.resolve.builtin_presets import BUILT_IN
from assetgen.resolve.findings import quoted
from assetgen.resolve.templates import fill_output

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from assetgen.model import Json
    from assetgen.resolve.scope import Scope
    from assetgen.spans import Place

MAX_UNFOLDED: Final = 1_000
"""Outputs and presets that one asset may name, presets unfolded."""


def unfold(outputs: list[Json], scope: Scope) -> Iterator[tuple[Json, Place, Place]]:
    """Yield each output with its templates filled in, presets unfolded.

    A preset of the user comes before a built-in one of the same name. What else
    stands beside `preset: NAME` is laid over each of its outputs; a `path` is put in
    front of theirs.

    Yields:
        The raw output, the place of its text, and the entry of the asset's own
        `outputs` that it comes from.
    """
    visited = 0
    waiting: list[tuple[Json, Place, Place, tuple[str, ...]]] = []
    for position in reversed(range(len(outputs))):
        place = scope.place.at("outputs", position)
        waiting.append((outputs[position], place, place, ()))
    while waiting:
        raw, place, origin, inside = waiting.pop()
        visited += 1
        if visited > MAX_UNFOLDED:
            scope.found.error(
                "too-many-outputs",
                f"this asset has more than {MAX_UNFOLDED:,} outputs",
                scope.place.at("outputs"),
            )
            return
        filled = fill_output(raw, scope.names, place, scope.found)
        name = filled.get("preset") if isinstance(filled, dict) else None
        if isinstance(filled, dict) and name is not None:
            items = _items(name, filled, place, inside, scope)
            if items is not None:
                waiting.extend(
                    (item, item_place, origin, (*inside, str(name)))
                    for item, item_place in reversed(items)
                )
                continue
        if name is None or (isinstance(name, str) and name in BUILT_IN):
            yield filled, place, origin


def _items(
    name: Json,
    reference: Mapping[str, Json],
    place: Place,
    inside: tuple[str, ...],
    scope: Scope,
) -> list[tuple[Json, Place]] | None:
    """Return the outputs of the user's preset `name`; None for all other names."""
    presets, found = scope.settings.presets, scope.found
    if not isinstance(name, str):
        found.wrong_type("the name of a preset", name, place.at("preset"))
        return []
    preset = presets.get(name)
    if preset is None:
        if name not in BUILT_IN:
            found.error(
                "unknown-preset",
                f"there is no preset {quoted(name)}",
                place.at("preset"),
                hint=did_you_mean(name, [*presets, *sorted(BUILT_IN)]),
            )
        return None
    if name in inside:
        ring = " -> ".join((*inside[inside.index(name) :], name))
        found.error(
            "preset-cycle",
            f"the presets name each other in a ring: {ring}",
            place.at("preset"),
            related=((preset.place, f"the preset `{name}`"),),
        )
        return []
    return [
        (_laid_over(item, reference), preset.place.at(position))
        for position, item in enumerate(preset.outputs)
    ]


def _laid_over(item: Json, reference: Mapping[str, Json]) -> Json:
    """Return a preset's output with what stands beside the preset's name."""
    changes = {key: reference[key] for key in reference if key != "preset"}
    if not changes:
        return item
    merged: dict[str, Json] = {"path": item} if isinstance(item, str) else {}
    if isinstance(item, dict):
        merged = dict(item)
    folder, path = changes.pop("path", None), merged.get("path")
    if isinstance(folder, str):
        merged["path"] = (
            f"{folder.rstrip('/')}/{path}" if isinstance(path, str) else folder
        )
    return {**merged, **changes}
