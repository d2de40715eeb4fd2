"""Read REFs: the ways in which the spec names another picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assetgen.errors import Problem
from assetgen.model import AssetName, AssetRef, FileRef, GlobRef
from assetgen.naming import is_glob, is_name
from assetgen.resolve.findings import Findings, quoted
from assetgen.resolve.paths import normal_path
from assetgen.resolve.values import read_integer

if TYPE_CHECKING:
    from assetgen.model import Json, Ref, Refs
    from assetgen.spans import Place

MAX_DRAWS = 10


def read_ref(value: Json, place: Place, found: Findings) -> Ref | None:
    """Return the picture that a REF names; None after a problem.

    A REF is an asset's name, ``{asset: name, draw: 2}`` or ``{file: path}``.
    """
    if isinstance(value, str):
        return _named(value, place, found)
    if not isinstance(value, dict):
        found.wrong_type("the name of an asset, or a map", value, place)
        return None
    if set(value) == {"file"}:
        path = normal_path(value["file"], place.at("file"))
        if isinstance(path, Problem):
            found.problems.append(path)
            return None
        return FileRef(path)
    name = value.get("asset")
    if not isinstance(name, str) or not value.keys() <= {"asset", "draw"}:
        found.error(
            "bad-ref",
            "this names no picture",
            place,
            hint="write an asset's name, `{asset: name, draw: 2}` or `{file: path}`",
        )
        return None
    ref = _named(name, place.at("asset"), found)
    if ref is None or "draw" not in value:
        return ref
    draw = read_integer(value["draw"], 1, 1_000_000, place.at("draw"), found)
    return AssetRef(ref.name, draw)


def _named(name: str, place: Place, found: Findings) -> AssetRef | None:
    if is_name(name):
        return AssetRef(AssetName(name))
    if is_glob(name):
        found.error(
            "glob-not-allowed",
            f"one picture is needed here, and {quoted(name)} may match several",
            place,
            hint="globs are for `inputs` and the `frames` of a sheet",
        )
    else:
        found.error("bad-name", f"{quoted(name)} cannot name an asset", place)
    return None


def read_refs(value: Json, place: Place, found: Findings) -> tuple[Refs, ...]:
    """Return the pictures that a list of REFs and globs names; in order.

    What is wrong in the list is reported and left out.
    """
    if not isinstance(value, list):
        found.wrong_type("a list of pictures", value, place)
        return ()
    refs: list[Refs] = []
    for position, item in enumerate(value):
        if isinstance(item, str) and is_glob(item):
            refs.append(GlobRef(item))
            continue
        ref = read_ref(item, place.at(position), found)
        if ref is not None:
            refs.append(ref)
    return tuple(refs)
