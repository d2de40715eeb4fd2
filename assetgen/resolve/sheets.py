"""Read sprite sheets: their frames, how they are packed, and what their outputs may be."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, cast

from assetgen.errors import Problem
from assetgen.model import Packing, Sheet
from assetgen.packing import MAX_PAGES
from assetgen.resolve.output_paths import Naming, Variant, path_of
from assetgen.resolve.paths import guarded, normal_path, split_suffix
from assetgen.resolve.refs import read_refs
from assetgen.resolve.values import read_choice, read_flag, read_integer
from assetgen.values import as_mapping

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Literal

    from assetgen.model import Format, Json, Output, Step, Target
    from assetgen.resolve.scope import Scope
    from assetgen.spans import Place

MAX_SHEET_PX: Final = 16_384

FORMATS: Final[frozenset[Format]] = frozenset(("png", "webp", "avif", "jpg", "gif"))
"""What pages can be written as."""

STILL_STEPS: Final = frozenset(
    (
        "flatten",
        "key",
        "despill",
        "quantize",
        "grayscale",
        "invert",
        "threshold",
        "adjust",
    )
)
"""Steps that leave every pixel where it is and look at no neighbours of another frame."""

_NUMBERS: Final[Mapping[str, tuple[int, int]]] = {
    "padding": (0, 1024),
    "extrude": (0, 64),
    "border": (0, 1024),
    "max_size": (1, MAX_SHEET_PX),
    "pages": (1, MAX_PAGES),
}
_FLAGS: Final = ("trim", "power_of_two", "rotate")
_MOVING: Final = ("width", "widths", "height", "densities")


def read_sheet(raw: Mapping[str, Json], scope: Scope) -> Sheet:
    """Return the sheet of a `sheet` asset; what is wrong is reported and left out."""
    value, place = raw.get("sheet"), scope.place.at("sheet")
    if not isinstance(value, dict):
        scope.found.wrong_type("a sheet as a map", value, place)
        return Sheet(())
    frames = read_refs(value.get("frames"), place.at("frames"), scope.found)
    if not frames:
        scope.found.error("empty", "a sheet needs at least one frame", place)
    suffix = value.get("frame_suffix", "")
    if not isinstance(suffix, str):
        scope.found.wrong_type("text", suffix, place.at("frame_suffix"))
        suffix = ""
    return Sheet(
        frames,
        _read_packing(value, place, scope),
        suffix,
        _read_animations(value.get("animations", {}), place.at("animations"), scope),
    )


def _read_packing(value: Mapping[str, Json], place: Place, scope: Scope) -> Packing:
    found, said = scope.found, as_mapping(Packing())
    for name, (lowest, highest) in _NUMBERS.items():
        if name in value:
            number = read_integer(value[name], lowest, highest, place.at(name), found)
            said[name] = said[name] if number is None else number
    for name in _FLAGS:
        if name in value:
            said[name] = bool(read_flag(value[name], place.at(name), found))
    if "layout" in value:
        choices = ("packed", "grid", "rows")
        layout = read_choice(value["layout"], choices, place.at("layout"), found)
        said["layout"] = cast("Literal['packed', 'grid', 'rows']", layout or "packed")
    if said["rotate"] and said["layout"] != "packed":
        found.error(
            "bad-sheet",
            f"`rotate` saves space where frames are packed, and `layout: "
            f"{said['layout']}` puts them side by side",
            place.key("rotate"),
            hint="leave `rotate` out, or `layout`",
        )
    return Packing(**said)


def _read_animations(
    value: Json, place: Place, scope: Scope
) -> dict[str, tuple[str, ...]]:
    if not isinstance(value, dict):
        scope.found.wrong_type("a map of animations", value, place)
        return {}
    animations: dict[str, tuple[str, ...]] = {}
    for name, frames in value.items():
        if not isinstance(frames, list) or not frames:
            scope.found.wrong_type("a list of frames", frames, place.at(name))
            continue
        words = tuple(word for word in frames if isinstance(word, str))
        if len(words) < len(frames):
            scope.found.error("wrong-type", "a frame's name is text", place.at(name))
        animations[name] = words
    return animations


# --- outputs ------------------------------------------------------------------


def check_sheet_steps(steps: Iterable[Step], place: Place, scope: Scope) -> None:
    """Report steps that would move the frames of a sheet away from where its data say."""
    for step in steps:
        if step.name not in STILL_STEPS:
            scope.found.error(
                "bad-sheet",
                f"`{step.name}` on a whole sheet would move or mix its frames",
                step.place or place,
                hint="give the frames the step: `process` of the assets in `frames`",
            )


def check_sheet_output(
    raw: Mapping[str, Json],
    formats: Iterable[Format],
    sheet: Sheet,
    target: Target,
    place: Place,
    scope: Scope,
    *,
    moves: bool = False,
) -> None:
    """Report what a sheet cannot be written as, in pages or with frames that move."""
    found = scope.found
    why = "would scale a whole sheet, and its frames would lie between pixels"
    hint = "resize the frames: `process` of the assets in `frames`"
    if moves:
        why = "is not for frames that move"
        hint = (
            "resize them with a step of the output: `process: [{resize: {width: 64}}]`"
        )
    for key in _MOVING:
        if key in raw:
            found.error(
                "bad-sheet",
                f"`{key}` {why}",
                place.key(key),
                hint=hint,
            )
    for format_ in formats:
        if format_ not in FORMATS:
            found.error(
                "bad-sheet",
                f"a sheet cannot be written as {format_}",
                place.at("path"),
                hint="take png, webp or avif",
            )
    if sheet.packing.rotate and target.engine == "godot":
        found.error(
            "bad-sheet",
            "Godot cannot show frames that are turned, and the sheet asks for `rotate`",
            place,
            hint="leave `rotate` out",
        )


def data_path(  # all that decides a path
    raw: Mapping[str, Json],
    variant: Variant,
    path: str,
    naming: Naming,
    target: Target,
    place: Place,
    scope: Scope,
) -> str | None:
    """Return where the data of a sheet's file go, below the target; None after a problem.

    Args:
        raw: The output as the spec says it.
        variant: The file.
        path: Of the file, below the target.
        naming: Of the output.
        target: Its engine decides which data there are.
        place: Of the output.
        scope: The asset that is read.
    """
    text = raw.get("data")
    at = place.at("data" if text is not None else "path")
    if text is None:
        found: str | Problem = f"{split_suffix(path)[0]}.json"
    else:
        found = normal_path(text, at)
        if not isinstance(found, Problem):
            plain = Naming(
                text=found,
                asset=naming.asset,
                adds_width=False,
                adds_suffix=False,
                place=at,
            )
            found = path_of(variant, plain)
    if isinstance(found, Problem):
        scope.found.problems.append(found)
        return None
    suffixes = ("json", "tres") if target.engine == "godot" else ("json",)
    if split_suffix(found)[1] not in suffixes:
        listed = " or ".join(f"`.{suffix}`" for suffix in suffixes)
        scope.found.error("bad-path", f"the data of a sheet end in {listed}", at)
        return None
    refused = guarded(found, at, data=True)
    if refused is not None:
        scope.found.problems.append(refused)
        return None
    return found


def refuse_shared_data(outputs: Iterable[Output], place: Place, scope: Scope) -> None:
    """Report files of one output that would write their data to the same place."""
    paths = [out.data for out in outputs]
    if len(set(paths)) < len(paths):
        name = str(paths[0]).rpartition("/")[2].rpartition(".")[0]
        scope.found.error(
            "output-twice",
            f"several pictures would share the data file `{paths[0]}`",
            place,
            hint=f'write `data: "{name}-${{format}}.json"`: each picture has data of its own',
        )
