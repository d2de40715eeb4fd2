"""Read the files that an asset is written to: one `Output` for every file.

`widths`, `formats`, `densities` and ``${draw}`` multiply. Names follow the rules of
the spec reference: the width is appended (``hero-640.webp``) unless the path says
``${width}``, a density above 1 is appended (``@2x``) unless it says ``${density}``.
"""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Final, cast

from assetgen.errors import Problem
from assetgen.model import Drawn, Output, Sheet
from assetgen.naming import did_you_mean
from assetgen.resolve.builtin_presets import expand
from assetgen.resolve.findings import quoted
from assetgen.resolve.motion import read_extras
from assetgen.resolve.output_paths import Naming, Variant, path_of
from assetgen.resolve.output_rules import (
    Shape,
    check_icon_size,
    check_kept_metadata,
    check_shape,
    lossless_for,
    quality_for,
)
from assetgen.resolve.paths import FORMATS, guarded, is_plain, normal_path, split_suffix
from assetgen.resolve.preset_pieces import Use
from assetgen.resolve.presets import unfold
from assetgen.resolve.sheets import (
    check_sheet_output,
    check_sheet_steps,
    data_path,
    refuse_shared_data,
)
from assetgen.resolve.steps import read_steps
from assetgen.resolve.templates import fill
from assetgen.resolve.values import (
    ANCHORS,
    FITS,
    MAX_SIDE_PX,
    read_choice,
    read_color,
    read_flag,
    read_integer,
)
from assetgen.spans import Place
from assetgen.values import Value, replace

if TYPE_CHECKING:
    from collections.abc import Mapping

    from assetgen.model import Fit, Format, Json, Metadata, Source, Step, Target
    from assetgen.resolve.motion import Extras
    from assetgen.resolve.scope import Scope

MAX_OUTPUTS: Final = 1_000
"""Files that one asset may have."""

MAX_DENSITY: Final = 10
_TRANSPARENT: Final = "#00000000"


class Owner(Value, kw_only=True):
    """What outputs need to know of their asset."""

    name: str
    source: Source
    steps: tuple[Step, ...]


def read_outputs(raw: Json, owner: Owner, scope: Scope) -> tuple[Output, ...]:
    """Return all files of an asset; what is wrong is reported and left out.

    Args:
        raw: The entry's `outputs`; templates still stand in it.
        owner: The asset as far as it is read.
        scope: The asset that is read.
    """
    if not isinstance(raw, list):
        scope.found.wrong_type("a list of outputs", raw, scope.place.at("outputs"))
        return ()
    plain = (
        None
        if isinstance(owner.source, Sheet)
        else _plain_outputs(raw, owner.name, scope)
    )
    if plain is not None:
        return plain
    outputs: list[Output] = []
    for value, place, origin in unfold(raw, scope):
        outputs.extend(_read_output(value, place, origin, owner, scope))
        if len(outputs) > MAX_OUTPUTS:
            scope.found.error(
                "too-many-outputs",
                f"this asset has more than {MAX_OUTPUTS:,} outputs",
                scope.place.at("outputs"),
            )
            break
    return tuple(outputs)


def _plain_outputs(
    raw: list[Json], asset: str, scope: Scope
) -> tuple[Output, ...] | None:
    """Return the outputs that plain paths stand for; None to look at them closely.

    Most assets list nothing else, so this is worth a way of its own. Problems with a
    template come up again on the other way; each is reported once in the end.
    """
    target = scope.settings.sole_target
    if target is None or len(raw) > MAX_OUTPUTS:
        return None
    name, folder = target.name, "" if target.dir == "." else f"{target.dir}/"
    file, entry = scope.place.file, scope.place.pointer
    outputs: list[Output] = []
    for position, text in enumerate(raw):
        if not isinstance(text, str):
            return None
        path = text
        place = Place(file, (*entry, "outputs", position))
        if "$" in text:
            path = fill(text, scope.names, place, scope.found, in_path=True)
            path = path.replace("${asset}", asset)
        if not is_plain(path) or "$" in path.replace("${hash}", ""):
            return None
        format_ = FORMATS.get(path.rpartition(".")[2])
        if format_ is None:
            return None
        outputs.append(
            Output(target=name, path=folder + path, format=format_, place=place)
        )
    return tuple(outputs)


def _in_target(path: str, target: Target) -> str:
    return path if target.dir == "." else f"{target.dir}/{path}"


def _read_output(
    value: Json, place: Place, origin: Place, owner: Owner, scope: Scope
) -> list[Output]:
    raw = {"path": value} if isinstance(value, str) else value
    if not isinstance(raw, dict):
        scope.found.wrong_type("a path or a map", raw, place)
        return []
    target = _target(raw.get("target"), place, scope)
    if target is None:
        return []
    if "preset" in raw:
        return _built_in(raw, place, origin, owner, scope)
    before = len(scope.found.problems)
    text = _path_text(raw.get("path"), place, scope)
    formats = [] if text is None else _formats(raw, text, place, scope)
    shape = _read_shape(raw, place, scope)
    variants = _variants(raw, formats, text or "", place, owner, scope)
    if text is None or shape is None or len(scope.found.problems) > before:
        return []
    widths = [variant.width for variant in variants]
    check_shape(shape, formats, widths, place, scope.found)
    extras = read_extras(raw, formats, owner.source, place, scope)
    if shape.metadata == "keep":
        check_kept_metadata(raw, formats, owner.source, owner.steps, place, scope.found)
    naming = Naming(
        text=text,
        asset=owner.name,
        adds_width="widths" in raw,
        adds_suffix="format" in raw or "formats" in raw,
        place=place.at("path"),
    )
    outputs = _written(variants, naming, shape, extras, target, origin, scope)
    if not isinstance(owner.source, Sheet):
        if "data" in raw:
            at = place.key("data")
            scope.found.error("bad-output", "`data` is for sprite sheets", at)
        return outputs
    moves = extras.motion is not None
    check_sheet_output(raw, formats, owner.source, target, place, scope, moves=moves)
    check_sheet_steps(owner.steps, place, scope)
    if moves:
        return outputs
    check_sheet_steps(shape.process, place, scope)
    return _with_data(outputs, variants, raw, naming, target, place, scope)


def _target(name: Json, place: Place, scope: Scope) -> Target | None:
    targets, sole = scope.settings.targets, scope.settings.sole_target
    if name is None:
        if sole is None:
            scope.found.error(
                "missing-key",
                "this output must say which target it goes to",
                place,
                hint=f"add `target:` with one of {', '.join(targets)}",
            )
        return sole
    if isinstance(name, str) and name in targets:
        return targets[name]
    text = name if isinstance(name, str) else repr(name)
    scope.found.error(
        "unknown-target",
        f"there is no target {quoted(text)}",
        place.at("target"),
        hint=did_you_mean(text, targets) or f"targets: {', '.join(targets)}",
    )
    return None


def _path_text(value: Json, place: Place, scope: Scope) -> str | None:
    """Return an output's path as far as it is known; None after a problem."""
    if value is None:
        scope.found.error("missing-key", "this output needs a `path`", place)
        return None
    path = normal_path(value, place.at("path"))
    refused = path if isinstance(path, Problem) else guarded(path, place.at("path"))
    if refused is not None:
        scope.found.problems.append(refused)
        return None
    return str(path)


def _formats(
    raw: Mapping[str, Json], text: str, place: Place, scope: Scope
) -> list[Format]:
    """Return the formats of an output; [] after a problem."""
    found = scope.found
    _, suffix = split_suffix(text)
    if "formats" in raw:
        if "format" in raw:
            found.error(
                "bad-output",
                "`format` and `formats` exclude each other",
                place.key("format"),
            )
        return _format_list(raw["formats"], place.at("formats"), scope)
    own = FORMATS.get(suffix)
    if "format" in raw:
        said = _format(raw["format"], place.at("format"), scope)
        if said is not None and own not in (None, said):
            found.error(
                "format-mismatch",
                f"the path ends in `.{suffix}`, but the format is {said}",
                place.at("format"),
            )
        return [] if said is None else [said]
    if own is None:
        found.error(
            "unknown-format",
            f"{quoted('.' + suffix)} is no picture format that can be written"
            if suffix
            else f"the path {quoted(text)} has no suffix that says the format",
            place.at("path"),
            hint=did_you_mean(suffix, FORMATS)
            or "end the path in .png, .jpg, .webp, .avif, .gif, .ico, .icns or .svg",
        )
        return []
    return [own]


def _format_list(value: Json, place: Place, scope: Scope) -> list[Format]:
    if not isinstance(value, list) or not value:
        scope.found.wrong_type("a list of formats", value, place)
        return []
    read = (_format(item, place.at(i), scope) for i, item in enumerate(value))
    return list(dict.fromkeys(format_ for format_ in read if format_ is not None))


def _format(value: Json, place: Place, scope: Scope) -> Format | None:
    name = read_choice(value, tuple(FORMATS), place, scope.found)
    return None if name is None else FORMATS[name]


def _read_shape(raw: Mapping[str, Json], place: Place, scope: Scope) -> Shape | None:
    """Return what all files of an output share; None after a problem."""
    if raw.keys() == {"path"}:
        return _PLAIN_SHAPE
    found = scope.found
    before = len(found.problems)
    fit = read_choice(raw.get("fit", "cover"), FITS, place.at("fit"), found)
    position = read_choice(
        raw.get("position", "center"), ANCHORS, place.at("position"), found
    )
    metadata = read_choice(
        raw.get("metadata", "tag"),
        ("tag", "strip", "keep"),
        place.at("metadata"),
        found,
    )
    background = None
    if raw.get("background") is not None:
        background = read_color(raw["background"], place.at("background"), found)
    lossless = None
    if raw.get("lossless") is not None:
        lossless = read_flag(raw["lossless"], place.at("lossless"), found)
    enlarge = read_flag(raw.get("enlarge", False), place.at("enlarge"), found)
    process: tuple[Step, ...] = ()
    if raw.get("process") is not None:
        process = read_steps(raw["process"], place.at("process"), scope)
    shape = Shape(
        height=_optional_integer(raw, "height", MAX_SIDE_PX, place, scope),
        fit=cast("Fit", fit),
        position=position or "",
        background=None if background == _TRANSPARENT else background,
        quality=_optional_integer(raw, "quality", 100, place, scope),
        lossless=lossless,
        enlarge=bool(enlarge),
        process=process,
        metadata=cast("Metadata", metadata),
    )
    return shape if len(found.problems) == before else None


_PLAIN_SHAPE: Final = Shape(
    height=None,
    fit="cover",
    position="center",
    background=None,
    quality=None,
    lossless=None,
    enlarge=False,
    process=(),
    metadata="tag",
)


def _optional_integer(
    raw: Mapping[str, Json], key: str, highest: int, place: Place, scope: Scope
) -> int | None:
    if raw.get(key) is None:
        return None
    return read_integer(raw[key], 1, highest, place.at(key), scope.found)


def _integers(
    raw: Mapping[str, Json], key: str, highest: int, place: Place, scope: Scope
) -> list[int]:
    """Return the different numbers of a list, in order; [] without or wrong."""
    value = raw.get(key)
    if value is None:
        return []
    if not isinstance(value, list) or not 1 <= len(value) <= MAX_OUTPUTS:
        scope.found.wrong_type("a list of numbers", value, place.at(key))
        return []
    at = place.at(key)
    read = [
        read_integer(item, 1, highest, at.at(position), scope.found)
        for position, item in enumerate(value)
    ]
    return list(dict.fromkeys(number for number in read if number is not None))


def _variants(
    raw: Mapping[str, Json],
    formats: list[Format],
    text: str,
    place: Place,
    owner: Owner,
    scope: Scope,
) -> list[Variant]:
    """Return the files of an output; [] after a problem or where there are too many."""
    if "widths" in raw and "width" in raw:
        scope.found.error(
            "bad-output", "`width` and `widths` exclude each other", place.key("width")
        )
    widths: list[int | None] = [*_integers(raw, "widths", MAX_SIDE_PX, place, scope)]
    width = _optional_integer(raw, "width", MAX_SIDE_PX, place, scope)
    height = raw.get("height")
    densities = _integers(raw, "densities", MAX_DENSITY, place, scope)
    draws = (
        range(1, owner.source.n + 1)
        if "${draw}" in text and isinstance(owner.source, Drawn)
        else (None,)
    )
    count = len(draws) * max(1, len(widths)) * max(1, len(densities)) * len(formats)
    if count > MAX_OUTPUTS:
        scope.found.error(
            "too-many-outputs",
            f"this output stands for {count:,} files; {MAX_OUTPUTS:,} are allowed",
            place,
        )
        return []
    return [
        Variant(
            format=format_,
            width=one_width,
            height=height if isinstance(height, int) else None,
            density=density,
            draw=draw,
        )
        for draw, one_width, density, format_ in product(
            draws, widths or [width], densities or [1], formats
        )
    ]


def _written(
    variants: list[Variant],
    naming: Naming,
    shape: Shape,
    extras: Extras,
    target: Target,
    origin: Place,
    scope: Scope,
) -> list[Output]:
    """Return one output for each variant; [] after a problem."""
    outputs: list[Output] = []
    largest = max((variant.density for variant in variants), default=1)
    for variant in variants:
        path = path_of(variant, naming)
        if isinstance(path, Problem):
            scope.found.problems.append(path)
            return []
        sized = variant.width is not None or variant.height is not None
        width = variant.width and variant.width * variant.density
        height = variant.height and variant.height * variant.density
        fault = check_icon_size(variant.format, width, height)
        if fault is not None:
            scope.found.error("bad-value", fault, naming.place)
            return []
        outputs.append(
            Output(
                target=target.name,
                path=_in_target(path, target),
                format=variant.format,
                width=width,
                height=height,
                fit=shape.fit,
                position=shape.position,
                background=shape.background,
                quality=quality_for(shape, variant.format),
                lossless=lossless_for(shape, variant.format),
                colors=extras.colors_for(variant.format),
                optimize=extras.optimize_for(variant.format),
                motion=extras.motion,
                enlarge=shape.enlarge,
                process=shape.process,
                metadata=shape.metadata,
                density=(1, 1) if sized else (variant.density, largest),
                draw=variant.draw,
                place=origin,
            )
        )
    return outputs


def _with_data(
    outputs: list[Output],
    variants: list[Variant],
    raw: Mapping[str, Json],
    naming: Naming,
    target: Target,
    place: Place,
    scope: Scope,
) -> list[Output]:
    """Return a sheet's outputs with their data files; [] after a problem."""
    whole: list[Output] = []
    for out, variant in zip(outputs, variants, strict=True):
        path = out.path.removeprefix(_in_target("", target))
        data = data_path(raw, variant, path, naming, target, place, scope)
        if data is None:
            return []
        data = _in_target(data, target)
        whole.append(replace(out, data=data, engine=target.engine))
    refuse_shared_data(whole, place, scope)
    return whole


def _built_in(
    raw: Mapping[str, Json], place: Place, origin: Place, owner: Owner, scope: Scope
) -> list[Output]:
    """Return the files of a built-in preset."""
    use = Use(
        raw=raw, asset=owner.name, source=owner.source, steps=owner.steps, place=place
    )
    outputs: list[Output] = []
    for piece in expand(use, scope.found):
        before = len(scope.found.problems)
        files = _read_output(dict(piece.raw), place, origin, owner, scope)
        if len(scope.found.problems) > before:
            return []  # the others would say it again
        firsts = {file.draw: file for file in reversed(files)}  # of each draw
        outputs += [
            replace(
                file,
                preset=str(raw["preset"]),
                about=piece.about,
                opaque=piece.opaque,
                preview=piece.preview and file is firsts[file.draw],
                density=file.density if piece.density == (1, 1) else piece.density,
            )
            for file in files
        ]
    return outputs
