"""What a draw brought against what was asked: differences that people should know of.

A provider may answer with another size, another format, or without the transparency
that was asked for. Nothing fails for it: the bytes decide what the picture is, and
`checks` are there for those who want an error. But it is told, once, at the end of the
build, at the line of the spec that asked. Pure but for reading the pictures' bytes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from assetgen.errors import AssetgenError, Problem
from assetgen.failures import listed
from assetgen.model import Drawn, Size
from assetgen.values import Value

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from assetgen.model import Asset, AssetName
    from assetgen.providers.base import Drawing, Order
    from assetgen.spans import Place
    from assetgen.transforms.opening import PictureInfo


class Note(Value, kw_only=True):
    """One difference between what an asset asked for and what came.

    Attributes:
        code: A stable slug, as of `Problem`.
        message: Without the asset's name, so that the same can be told of many.
        place: The value that asked for something else.
    """

    asset: AssetName
    code: str
    message: str
    place: Place
    hint: str | None = None


def notes_on(
    asset: Asset, order: Order, drawings: Sequence[Drawing], count: int
) -> tuple[Note, ...]:
    """Return what is to be told of an answer, each thing once.

    Args:
        asset: The one that asked.
        order: What was sent.
        drawings: What was banked of the answer.
        count: How many pictures were asked for.
    """
    found = list(_differences(asset, order, drawings))
    if len(drawings) > count:
        message = (
            f"asked for {_pictures(count)}, and {len(drawings)} came; "
            "the others are kept as further draws"
        )
        found.append(_note(asset, "other-count", message, "n"))
    return tuple(dict.fromkeys(found))


def problems_of_notes(notes: Iterable[Note]) -> tuple[Problem, ...]:
    """Return one warning for all assets that the same is to be told of."""
    alike: dict[tuple[str, str, str | None], list[Note]] = {}
    for note in notes:
        alike.setdefault((note.code, note.message, note.hint), []).append(note)
    return tuple(
        Problem(
            code=code,
            message=f"{_names(group)}: {message}",
            place=group[0].place,
            hint=hint,
            severity="warning",
        )
        for (code, message, hint), group in alike.items()
    )


def _names(notes: list[Note]) -> str:
    return listed(list(dict.fromkeys(note.asset for note in notes)))


def _differences(
    asset: Asset, order: Order, drawings: Sequence[Drawing]
) -> Iterator[Note]:
    from assetgen.transforms.opening import probe

    for drawing in drawings:
        info = probe(drawing.data)  # it was banked, so it is a picture
        if info.format != "svg":  # which is drawn in any size
            yield from _on_size(asset, order, Size(info.width, info.height))
        yield from _on_format(asset, order, info)
        yield from _on_alpha(asset, order, drawing, info)
        if drawing.cost_estimated:
            message = "the provider did not say what it cost; the estimate counts"
            yield _note(asset, "cost-estimated", message)


def _on_size(asset: Asset, order: Order, came: Size) -> Iterator[Note]:
    source = asset.source
    assert isinstance(source, Drawn)
    masked = source.mask is not None or source.extend is not None
    if masked and order.inputs and (source.outside == "keep" or source.extend):
        first = Size(order.inputs[0].width, order.inputs[0].height)
        if came != first:
            key = "mask" if source.extend is None else "extend"
            message = (
                f"{came} came, and is resized to the {first} of the picture it edits"
            )
            yield _note(asset, "other-size", message, key)
        return
    asked = order.pixel_size
    if asked is not None and came != asked:
        yield _note(
            asset,
            "other-size",
            f"asked for {asked}, and {came} came",
            "size",
            f"`checks: {{size: {asked}}}` makes it an error",
        )


def _on_format(asset: Asset, order: Order, info: PictureInfo) -> Iterator[Note]:
    asked = dict(order.request.params).get("output_format")
    if isinstance(asked, str) and asked != info.format:
        message = f"asked for {asked}, and {info.format} came; the bytes count"
        yield _note(asset, "other-format", message, "output_format")


def _on_alpha(
    asset: Asset, order: Order, drawing: Drawing, info: PictureInfo
) -> Iterator[Note]:
    if dict(order.request.params).get("background") != "transparent":
        return
    if info.format == "svg" or not _is_opaque(drawing.data):
        return
    yield _note(
        asset,
        "no-alpha",
        "a transparent background was asked for, and no pixel is transparent",
        "background",
        "say it in the prompt, too; `checks: {alpha: required}` makes it an error",
    )


def _is_opaque(data: bytes) -> bool:
    from assetgen.transforms.alpha import is_opaque
    from assetgen.transforms.opening import open_picture

    try:
        return is_opaque(open_picture(data))
    except AssetgenError:
        return False  # making the files will say what is wrong with it


def _note(
    asset: Asset, code: str, message: str, key: str = "", hint: str | None = None
) -> Note:
    place = asset.place.at(key) if key else asset.place
    return Note(asset=asset.name, code=code, message=message, place=place, hint=hint)


def _pictures(count: int) -> str:
    return "1 picture" if count == 1 else f"{count} pictures"
