"""What can be known of sprite sheets before their frames are there.

Names of frames and animations always; sizes as far as the spec settles them. No picture
is opened here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from assetgen.errors import AssetFailed, Problem
from assetgen.model import Sheet
from assetgen.packing import pack, refuse_too_large
from assetgen.sheetparts import animations_of, frames_of, refuse_uneven
from assetgen.transforms.sizing import output_size

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from assetgen.measures import Measures
    from assetgen.model import Asset, Ref


def sheet_problems(asset: Asset, measures: Measures) -> list[Problem]:
    """Return what is wrong with a sheet, each with its place."""
    source = asset.source
    assert isinstance(source, Sheet)
    found: list[Problem] = []
    try:
        frames = frames_of(measures.expanded(source.frames))
    except AssetFailed as error:
        return [_problem(asset, "frames", error)]
    try:
        animations_of(source, tuple(frames))
    except AssetFailed as error:
        found.append(_problem(asset, "animations", error))
    try:
        _refuse_sizes(source, frames, measures)
    except AssetFailed as error:
        found.append(_problem(asset, "frames", error))
    found += _moving_problems(asset, frames, measures) if not found else ()
    return found


def _moving_problems(
    asset: Asset, frames: Mapping[str, Ref], measures: Measures
) -> Iterator[Problem]:
    """Yield what is wrong with the sizes of frames that move in one file."""
    source = asset.source
    assert isinstance(source, Sheet)
    for out in asset.outputs:
        if out.motion is None:
            continue
        name = out.motion.animation
        shown: Iterable[str] = frames
        if name is not None:
            shown = animations_of(source, tuple(frames))[name]
        sizes = {each: measures.ref_size(frames[each]) for each in shown}
        known = {each: size for each, size in sizes.items() if size is not None}
        try:
            refuse_uneven(known)
            output_size(next(iter(known.values()), None), out)
        except AssetFailed as error:
            place = out.place or asset.place
            yield Problem("bad-sheet", error.message, place, error.hint)


def _problem(asset: Asset, key: str, error: AssetFailed) -> Problem:
    place = asset.place.at("sheet", key)
    return Problem("bad-sheet", error.message, place, error.hint)


def _refuse_sizes(sheet: Sheet, frames: Mapping[str, Ref], measures: Measures) -> None:
    """Raise where frames of sizes that are known cannot be packed as the spec says."""
    how = sheet.packing
    if how.trim:
        return  # what is cut off shows only once they are drawn
    sizes = {name: measures.ref_size(ref) for name, ref in frames.items()}
    known = {name: size for name, size in sizes.items() if size is not None}
    for name, size in known.items():
        refuse_too_large(name, size, how)
    if how.pages is not None and len(known) == len(sizes):
        pack(tuple(known.values()), how)
