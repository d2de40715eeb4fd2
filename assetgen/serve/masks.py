"""A mask that somebody painted becomes a file of the project, beside what people made.

It comes from a browser, so it is looked at like any picture from outside, and its path
like any path from outside: inside the project, a `.png`, and never a place that belongs
to a tool, to the spec, to an output, or to a picture that the spec reads.
"""

from __future__ import annotations

import base64
import binascii
import json
import os
from typing import TYPE_CHECKING, Final, NamedTuple

from assetgen.errors import AssetgenError, DiskRefused, Problem
from assetgen.files import contain, write_atomically
from assetgen.finish import input_files
from assetgen.load import lock_name
from assetgen.model import AlphaMask, ColorMask, Drawn, FileRef
from assetgen.resolve.paths import guarded, normal_path, split_suffix
from assetgen.serve.guard import Refusal
from assetgen.spans import Place
from assetgen.transforms.opening import PictureRefused, open_picture, probe

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from assetgen.model import Asset, AssetName
    from assetgen.world import Planned

_NOWHERE: Final = Place("")


class Painted(NamedTuple):
    """A mask that is on disk.

    Attributes:
        path: From the project's root.
        yaml: What to write into the asset's entry.
    """

    path: str
    yaml: str


def save_mask(  # the fields of the request
    planned: Planned,
    name: AssetName,
    ground: bytes,
    png: str,
    path: object,
    *,
    overwrite: bool,
) -> Painted:
    """Write a mask and return what to write into the spec.

    Args:
        planned: The present plan.
        name: The asset that it is for.
        ground: The picture it was painted on; the mask is as large.
        png: The mask in base64; alpha 0 where the picture may change.
        path: Where it goes.
        overwrite: Whether a file that is there may be replaced.

    Raises:
        Refusal: With what is wrong.
    """
    place = _checked_path(planned, path)
    data = _checked_picture(png, ground)
    root = planned.world.options.root
    try:
        target = contain(root, place)
        if os.path.lexists(target) and not overwrite:
            raise Refusal(409, "exists", f"{place} is there already")
        write_atomically(target, data, durable=True, what="mask")
    except DiskRefused as error:
        raise Refusal(507, error.code, error.message, error.hint) from None
    except AssetgenError as error:
        raise Refusal(422, error.code, error.message, error.hint) from None
    return Painted(place, _yaml(planned, name, place))


def _yaml(planned: Planned, name: AssetName, path: str) -> str:
    """Return what makes use of a mask: a line for an edit, else an edit of the asset."""
    shown = path if is_plain_yaml(path) else json.dumps(path)
    source = planned.loaded.assets[name].source
    if isinstance(source, Drawn) and source.inputs:
        key = planned.loaded.cards[name].key
        return f"{key}:\n  mask: {{file: {shown}}}\n"
    return (
        f"{name}-edited:\n  prompt: What is to be there instead\n"
        f"  inputs: [{name}]\n  mask: {{file: {shown}}}\n"
    )


def is_plain_yaml(path: str) -> bool:
    """Return whether a path can stand in YAML's braces without quotes."""
    return all(each.isalnum() or each in "/_.-" for each in path) and path[0].isalpha()


def _checked_path(planned: Planned, path: object) -> str:
    """Return the path, or refuse it with the words that a spec's outputs get."""
    found = normal_path(path, _NOWHERE)
    if isinstance(found, Problem):
        raise Refusal(422, found.code, found.message, found.hint)
    if split_suffix(found)[1] != "png":
        raise Refusal(422, "bad-path", "a mask is a .png", "let the path end in .png")
    problem = guarded(found, _NOWHERE)
    if problem is not None:
        message = problem.message.replace("an output", "a mask")
        raise Refusal(422, "protected", message)
    names = _names_of(planned.world.options.root, found)
    taken = {*planned.loaded.spec_files, lock_name(planned.world.options.spec)}
    taken |= {o.path for card in planned.loaded.cards.values() for o in card.outputs}
    if names & ({each.lower() for each in taken} | _owned(planned)):
        raise Refusal(
            422,
            "protected",
            f"{found} is a file that builds write",
            "put masks where pictures of yours are, such as masks/",
        )
    if any(_is_read_as_picture(planned, name) for name in names):
        raise Refusal(
            422,
            "protected",
            f"{found} is a picture that the spec reads; a mask would replace it",
            "give the mask a name of its own, such as masks/...",
        )
    return found


def _names_of(root: Path, path: str) -> set[str]:
    """Return what a path is called, also where a folder is a link, in lower case."""
    folder, _, name = path.rpartition("/")
    real = os.path.relpath(root.joinpath(folder).resolve(), root.resolve())
    behind = name if real == "." else f"{real.replace(os.sep, '/')}/{name}"
    return {path.lower(), behind.lower()}


def _is_read_as_picture(planned: Planned, lowered: str) -> bool:
    """Return whether an asset reads a file as anything but its mask."""
    read = input_files(planned.loaded, planned.world.state)
    if lowered not in {each.lower() for each in read}:
        return False
    masks, others = False, False
    for asset in planned.loaded.assets.values():
        for path, is_mask in _files_read(asset):
            if path.lower() == lowered:
                masks, others = masks or is_mask, others or not is_mask
    # What is read in a way that is not known here is no mask either.
    return others or not masks


def _files_read(asset: Asset) -> Iterator[tuple[str, bool]]:
    """Yield files that an asset's source reads, and whether each is its mask."""
    source = asset.source
    if not isinstance(source, Drawn):
        path = getattr(source, "path", None)
        if isinstance(path, str):
            yield path, False
        return
    for ref in source.inputs:
        if isinstance(ref, FileRef):
            yield ref.path, False
    area = source.mask.area if source.mask is not None else None
    if isinstance(area, AlphaMask | ColorMask) and isinstance(area.ref, FileRef):
        yield area.ref.path, True


def _owned(planned: Planned) -> frozenset[str]:
    """Return the files that the last build wrote, in lower case."""
    return frozenset(each.lower() for each in planned.world.state.paths)


def _checked_picture(png: str, ground: bytes) -> bytes:
    try:
        data = base64.b64decode(png, validate=True)
    except (binascii.Error, ValueError):
        raise Refusal(400, "bad-request", "`png` is not base64") from None
    try:
        info, below = probe(data), probe(ground)
        if info.format != "png":
            raise Refusal(422, "bad-mask", f"the mask is a {info.format}, not a PNG")
        if (info.width, info.height) != (below.width, below.height):
            raise Refusal(
                422,
                "bad-mask",
                f"the mask is {info.width}x{info.height}, and the picture is "
                f"{below.width}x{below.height}",
            )
        if info.mode not in {"RGBA", "LA", "PA"}:
            raise Refusal(422, "bad-mask", "the mask has no alpha, so it edits nothing")
        low, high = open_picture(data).getchannel("A").getextrema()
    except PictureRefused as error:
        raise Refusal(422, "bad-mask", error.message, error.hint) from None
    if low == 255:
        raise Refusal(422, "bad-mask", "nothing is painted, so nothing would change")
    if high == 0:
        raise Refusal(
            422, "bad-mask", "everything is painted, so nothing would be kept"
        )
    return data
