"""Turn one raw entry of ``assets:`` into its assets.

The result depends on the entry, the settings and the prompt files it names, and on
nothing else: it can be kept until one of them changes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

from assetgen.catalog import SOURCE_KEYS
from assetgen.errors import Problem
from assetgen.model import (
    Asset,
    AssetName,
    Checks,
    FileSource,
    Layers,
)
from assetgen.naming import MAX_NAME_LENGTH, is_name
from assetgen.resolve.findings import Findings, quoted
from assetgen.resolve.layers import read_layers
from assetgen.resolve.matrix import expand, row_text
from assetgen.resolve.output_rules import warn_of_lost_alpha
from assetgen.resolve.outputs import Owner, read_outputs
from assetgen.resolve.paths import normal_path
from assetgen.resolve.raw_draws import svg_problems
from assetgen.resolve.requests import DRAW_KEYS, read_drawn
from assetgen.resolve.scope import Scope
from assetgen.resolve.settings import check_variable
from assetgen.resolve.sheets import read_sheet
from assetgen.resolve.steps import read_steps
from assetgen.resolve.templates import Names, fill, fill_tree, holds_template
from assetgen.resolve.values import (
    read_choice,
    read_integer,
    read_number,
    read_size,
)
from assetgen.spans import Place
from assetgen.values import Value

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from assetgen.model import Json, Source
    from assetgen.resolve.settings import Settings

MAX_PROBLEMS: Final = 100
"""Problems of one entry after which no further row of its matrix is read."""

_UNFILLED: Final = frozenset(("matrix", "vars", "outputs"))


class Resolved(Value, kw_only=True):
    """What an entry stands for.

    Attributes:
        assets: In the order of the matrix.
        faulty: Assets with errors, as far as they could be read: good for finding what
            else is wrong, and for nothing else.
        problems: Each once, in the order of the entry's text as far as possible.
    """

    assets: tuple[Asset, ...] = ()
    faulty: tuple[Asset, ...] = ()
    problems: tuple[Problem, ...] = ()


def resolve_entry(
    file: str,
    key: str,
    value: Json,
    settings: Settings,
    read_text: Callable[[str], str | Problem],
) -> tuple[tuple[Asset, ...], tuple[Problem, ...]]:
    """Return the assets that an entry stands for, and what is wrong with it.

    Assets with errors are left out; see `resolve_rows`.
    """
    found = resolve_rows(file, key, value, settings, read_text)
    return found.assets, found.problems


def resolve_rows(
    file: str,
    key: str,
    value: Json,
    settings: Settings,
    read_text: Callable[[str], str | Problem],
) -> Resolved:
    """Return the assets that an entry stands for, and what is wrong with it.

    Args:
        file: The spec file that the entry stands in.
        key: Its key; may hold templates.
        value: Its raw value, valid by the schema.
        settings: What holds for every asset.
        read_text: Returns a prompt file's text, or the problem with it.
    """
    place = Place(file, ("assets", key))
    found = Findings()
    assets: list[Asset] = []
    faulty: list[Asset] = []
    if not isinstance(value, dict):
        found.wrong_type("an asset as a map", value, place)
        return Resolved(problems=tuple(found.problems))
    rows: list[Mapping[str, Json]] = [{}]
    if "matrix" in value:
        rows = expand(value["matrix"], place.at("matrix"), found)
    named: dict[str, Mapping[str, Json]] = {}
    for row in rows:
        before = len(found.problems)
        names = _names(value, row, place, settings, found)
        scope = Scope(settings, place, found, names, read_text)
        name = _name(key, row, scope)
        if name in named and is_name(name):
            _report_same_name(name, named[name], row, place, found)
        named[name] = row
        asset = _read_asset(name, value, scope)
        wrong = any(each.severity == "error" for each in found.problems[before:])
        (faulty if wrong else assets).append(asset)
        if len(found.problems) > MAX_PROBLEMS:
            break
    # Rows of a matrix repeat what is wrong with the text that they share.
    problems = tuple(dict.fromkeys(found.problems))
    return Resolved(assets=tuple(assets), faulty=tuple(faulty), problems=problems)


def _names(
    value: Mapping[str, Json],
    row: Mapping[str, Json],
    place: Place,
    settings: Settings,
    found: Findings,
) -> Names:
    """Return what templates may name; the asset's own `vars` are filled in first."""
    raw = value.get("vars")
    if raw is None:
        return Names(settings.variables, {}, row)
    if not isinstance(raw, dict):
        found.wrong_type("a map of names to values", raw, place.at("vars"))
        return Names(settings.variables, {}, row)
    inside = place.at("vars")
    for name in raw:
        check_variable(name, inside.key(name), found)
    filled = fill_tree(raw, Names(settings.variables, {}, row), inside, found)
    return Names(settings.variables, filled if isinstance(filled, dict) else {}, row)


def _name(key: str, row: Mapping[str, Json], scope: Scope) -> str:
    """Return the asset's name; a wrong name is reported."""
    place = scope.place
    name, before = key, len(scope.found.problems)
    if "$" in key:
        name = fill(key, scope.names, place.key(), scope.found)
        if len(scope.found.problems) > before:
            return name  # what is left of the template is no name, which says nothing
    elif row:
        name = f"{key}/{'-'.join(map(row_text, row.values()))}"
    if not is_name(name):
        long = len(name) > MAX_NAME_LENGTH
        scope.found.error(
            "bad-name",
            f"the name {quoted(name)} has {len(name):,} characters; "
            f"{MAX_NAME_LENGTH} are allowed"
            if long
            else f"{quoted(name)} cannot name an asset",
            place.key(),
            hint="names are made of a-z, 0-9, `_`, `.` and `-`, with `/` between "
            "their parts, and each part begins with a letter or digit",
        )
    return name


def _report_same_name(
    name: str,
    first: Mapping[str, Json],
    second: Mapping[str, Json],
    place: Place,
    found: Findings,
) -> None:
    found.error(
        "duplicate-name",
        f"the rows ({_row_words(first)}) and ({_row_words(second)}) of the matrix "
        f"are both named {quoted(name)}",
        place.at("matrix"),
        hint="let the key name every list of the matrix, for example "
        "`icons/${item}-${tier}`",
    )


def _row_words(row: Mapping[str, Json]) -> str:
    return ", ".join(f"{name}: {row_text(value)}" for name, value in row.items())


def _read_asset(name: str, value: Mapping[str, Json], scope: Scope) -> Asset:
    raw = _filled(value, scope)
    source = _read_source(raw, scope)
    place, found = scope.place, scope.found
    process = raw.get("process")
    steps = () if process is None else read_steps(process, place.at("process"), scope)
    outputs = raw.get("outputs")
    owner = Owner(name=name, source=source, steps=steps)
    checks, tags = raw.get("checks"), raw.get("tags")
    files = () if outputs is None else read_outputs(outputs, owner, scope)
    used = scope.names.used
    asset = Asset(
        name=AssetName(name),
        place=place,
        source=source,
        process=steps,
        outputs=files,
        checks=None if checks is None else _read_checks(checks, place, found),
        tags=() if tags is None else _read_tags(tags, place, found),
        description=_read_words(raw, "description", scope) or "",
        alt=_read_words(raw, "alt", scope),
        files=tuple(sorted(scope.files)),
        variables=tuple((key, *used[key]) for key in sorted(used)) if used else (),
    )
    found.problems.extend(svg_problems(asset))
    warn_of_lost_alpha(asset, found)
    return asset


def _filled(value: Mapping[str, Json], scope: Scope) -> Mapping[str, Json]:
    """Return the entry with its templates filled in; outputs are filled later."""
    for key, inner in value.items():
        if key not in _UNFILLED and holds_template(inner):
            break
    else:
        return value
    return {
        key: inner
        if key in _UNFILLED
        else fill_tree(inner, scope.names, scope.place.at(key), scope.found)
        for key, inner in value.items()
    }


def _read_source(raw: Mapping[str, Json], scope: Scope) -> Source:
    """Return the asset's one source; with a problem, some source to read on with."""
    kinds = [kind for kind in SOURCE_KEYS if kind in raw]
    if kinds == ["prompt", "variations_of"]:
        kinds = ["variations_of"]
    if len(kinds) != 1:
        _report_sources(kinds, scope)
        return Layers(())
    kind = kinds[0]
    if kind in ("prompt", "variations_of"):
        return read_drawn(raw, scope)
    _refuse_request_keys(kind, raw, scope)
    if kind == "layers":
        return read_layers(raw, scope)
    if kind == "sheet":
        return read_sheet(raw, scope)
    path = normal_path(raw["file"], scope.place.at("file"))
    if isinstance(path, Problem):
        scope.found.problems.append(path)
        return FileSource("")
    return FileSource(path)


def _report_sources(kinds: list[str], scope: Scope) -> None:
    if not kinds:
        scope.found.error(
            "no-source",
            "nothing says where this asset's picture comes from",
            scope.place.key(),
            hint=f"give it one of {', '.join(SOURCE_KEYS)}",
        )
        return
    first, second = kinds[:2]
    scope.found.error(
        "two-sources",
        f"an asset has one source, and this one has `{first}` and `{second}`",
        scope.place.key(second),
        hint="make two assets of it, one using the other",
        related=((scope.place.key(first), "the other source"),),
    )


def _refuse_request_keys(kind: str, raw: Mapping[str, Json], scope: Scope) -> None:
    for key in raw:
        if key in DRAW_KEYS:
            scope.found.error(
                "needs-request",
                f"`{key}` speaks of a request, and a `{kind}` asset makes none",
                scope.place.key(key),
            )
    if "canvas" in raw and kind != "layers":
        scope.found.error(
            "bad-key", "`canvas` is for `layers`", scope.place.key("canvas")
        )


def _read_words(raw: Mapping[str, Json], key: str, scope: Scope) -> str | None:
    value = raw.get(key)
    if value is None or isinstance(value, str):
        return value
    scope.found.wrong_type("text", value, scope.place.at(key))
    return None


def _read_tags(value: Json, place: Place, found: Findings) -> tuple[str, ...]:
    if not isinstance(value, list):
        found.wrong_type("a list of tags", value, place.at("tags"))
        return ()
    words = tuple(tag for tag in value if isinstance(tag, str))
    if len(words) < len(value):
        found.error("wrong-type", "a tag is text", place.at("tags"))
    return tuple(dict.fromkeys(words))


def _read_checks(value: Json, asset: Place, found: Findings) -> Checks | None:
    place = asset.at("checks")
    if not isinstance(value, dict):
        found.wrong_type("a map of checks", value, place)
        return None
    alpha: Literal["required", "forbidden"] | None = None
    if value.get("alpha") is not None:
        said = read_choice(
            value["alpha"], ("required", "forbidden"), place.at("alpha"), found
        )
        alpha = "required" if said == "required" else "forbidden"
    size, seamless = value.get("size"), value.get("seamless")
    return Checks(
        alpha=alpha,
        size=None if size is None else read_size(size, place.at("size"), found),
        max_bytes=_read_limit(value, "max_bytes", 2**40, place, found),
        max_colors=_read_limit(value, "max_colors", 2**32, place, found),
        seamless=None
        if seamless is None
        else read_number(seamless, 0, 1, place.at("seamless"), found),
        opaque_share=_read_share(
            value.get("opaque_share"), place.at("opaque_share"), found
        ),
    )


def _read_limit(
    value: Mapping[str, Json], key: str, highest: int, place: Place, found: Findings
) -> int | None:
    if value.get(key) is None:
        return None
    return read_integer(value[key], 1, highest, place.at(key), found)


def _read_share(
    value: Json, place: Place, found: Findings
) -> tuple[float, float] | None:
    if value is None:
        return None
    if not isinstance(value, list) or len(value) != 2:
        found.wrong_type("two shares, [lowest, highest]", value, place)
        return None
    lowest = read_number(value[0], 0, 1, place.at(0), found)
    highest = read_number(value[1], 0, 1, place.at(1), found)
    if lowest is None or highest is None:
        return None
    if lowest > highest:
        found.error("bad-value", "the lowest share is above the highest", place)
        return None
    return lowest, highest
