"""Gathers what it takes to send an asset's request by hand, from a plan and the store.

Nothing is sent. The pictures are those that a build would send; they are named where
they lie, or written to a folder on demand.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from assetgen.digest import digest_of
from assetgen.errors import AssetFailed, UsageError
from assetgen.files import read_if_there, shown, write_atomically
from assetgen.identify import flatten, pending_refs, request_refs
from assetgen.measures import Measures
from assetgen.model import AssetRef, Drawn, FileRef, FileSource
from assetgen.pictures import Pictures
from assetgen.providers.base import with_size
from assetgen.providers.openai_images.wire import wire_form
from assetgen.report.replay_text import Replay, ReplayFile
from assetgen.requests import Request
from assetgen.values import Value, replace

if TYPE_CHECKING:
    from collections.abc import Iterator

    from assetgen.decide import PlannedAsset
    from assetgen.model import Asset, Ref
    from assetgen.providers.base import Order
    from assetgen.providers.connection import Connection
    from assetgen.providers.models import ModelTable
    from assetgen.providers.openai_images.wire import Wire, WireFile
    from assetgen.world import Planned

_SUFFIXES: Final = {"jpeg": "jpg"}
_PROVIDERS: Final = ("openai", "placeholder")
_WRITE: Final = "--files DIR writes it"


class _Sent(Value):
    """What a build would send, as far as it can be known now.

    Attributes:
        order: None while pictures that it needs were not drawn.
        refs: The inputs, in order.
        missing: Why there is no order.
    """

    request: Request
    order: Order | None
    refs: tuple[Ref, ...]
    missing: str = ""


def replay_of(
    planned: Planned, asset: Asset, looked: PlannedAsset, folder: str | None
) -> Replay:
    """Return the asset's request, ready to be shown.

    Args:
        looked: What the plan knows of the asset, with its request.
        folder: Where its pictures are written; None leaves them where they lie.

    Raises:
        UsageError: The asset is not drawn, or not by way of the image API; or other
            files stand in the folder.
        AssetFailed: A picture cannot be made.
    """
    source = asset.source
    if not isinstance(source, Drawn):
        raise UsageError(
            f"{asset.name} is not drawn, so there is no request to show",
            hint=f"`assetgen show {asset.name}` shows what it is made of",
        )
    if source.provider not in _PROVIDERS:
        raise UsageError(
            f"{asset.name} is drawn by {source.provider}, which is not asked by way of "
            "the image API"
        )
    options = planned.world.options
    connection = options.connection
    sent = _sent(planned, asset, looked, needed=folder is not None)
    table = options.config.model_table()
    wire = _wire(sent, connection, table, looked.draws or source.n)
    files = tuple(_files(planned, sent, wire, folder))
    return Replay(
        asset=asset.name,
        base_url=connection.base_url,
        key_env=connection.key_env,
        wire=wire,
        files=files,
        headers=tuple(_account(planned)),
        suffix=_suffix(wire),
        notes=_notes(source),
    )


def _sent(
    planned: Planned, asset: Asset, looked: PlannedAsset, *, needed: bool
) -> _Sent:
    source, view, world = asset.source, planned.knowledge, planned.world
    assert isinstance(source, Drawn)
    refs = flatten(source.inputs, view)
    waiting = pending_refs(request_refs(asset, view), view)
    if waiting or looked.request is None:
        missing = f"not there before {', '.join(waiting) or 'its inputs'} is drawn"
        if needed:
            raise UsageError(
                f"the pictures of {asset.name} are {missing}",
                hint="build first, or leave --files out",
            )
        return _Sent(_guessed(planned, asset, refs), None, refs, missing)
    pictures = Pictures(
        planned.loaded.assets, view, world.store, world.memo, world.files.read
    )
    try:
        order = pictures.order(asset, looked.request, looked.first_draw)
    except AssetFailed as error:
        if needed:
            raise
        return _Sent(looked.request, None, refs, error.message)
    return _Sent(looked.request, order, refs)


def _guessed(planned: Planned, asset: Asset, refs: tuple[Ref, ...]) -> Request:
    """Return the request but for the identities of its pictures.

    Where it is as large as a first input that nobody has drawn or measured yet, no size
    stands in it.
    """
    source = asset.source
    assert isinstance(source, Drawn)
    guided = source.mask is not None or source.extend is not None
    request = Request(
        operation=source.operation,
        provider=source.provider,
        model=source.model,
        prompt=source.prompt,
        params=source.params,
        inputs=("",) * len(refs),
        mask="" if guided else None,
        markup="" if source.markup is not None else None,
        moderation=source.moderation,
    )
    if not source.takes_size_of_input:
        return request
    measures = Measures(planned.loaded.assets, lambda _: None, planned.knowledge.expand)
    size = measures.request_size(asset)
    if size is not None:
        return with_size(request, size)
    params = tuple(each for each in source.params if each[0] != "size")
    return replace(request, params=params)


def _wire(sent: _Sent, connection: Connection, table: ModelTable, count: int) -> Wire:
    request, order = sent.request, sent.order
    name = request.model or table.default
    model = connection.models.get(name, name)
    if order is None:
        return wire_form(
            request, model=model, count=count, variations=connection.variations
        )
    return wire_form(
        request,
        model=model,
        size=order.pixel_size,
        count=count,
        input_types=[each.media_type for each in order.inputs],
        mask=order.mask is not None,
        markup=order.markup is not None,
        variations=connection.variations,
    )


# --- files ------------------------------------------------------------------------


def _files(
    planned: Planned, sent: _Sent, wire: Wire, folder: str | None
) -> Iterator[ReplayFile]:
    for file in wire.files:
        data = _bytes_of(sent.order, file)
        if data is None:
            yield ReplayFile(file, file.filename, sent.missing)
        elif folder is not None:
            yield ReplayFile(file, _written(Path(folder) / file.filename, data))
        else:
            found = _lies_at(planned, sent, file, data)
            missing = "" if found else f"made for this request; {_WRITE}"
            yield ReplayFile(file, found or file.filename, missing)


def _bytes_of(order: Order | None, file: WireFile) -> bytes | None:
    if order is None:
        return None
    if file.input:
        return order.inputs[file.input - 1].data
    return order.mask if file.field == "mask" else order.markup


def _written(path: Path, data: bytes) -> str:
    there = read_if_there(path)
    if there is not None and there != data:
        raise UsageError(
            f"{shown(path)} is there already, with another content",
            hint="name another folder with --files",
        )
    if there is None:
        write_atomically(path, data, durable=False)
    return str(path)


def _lies_at(planned: Planned, sent: _Sent, file: WireFile, data: bytes) -> str | None:
    """Return where just these bytes lie: a file of the project, or of the store."""
    world = planned.world
    if file.input:
        path = _file_of(planned, sent.refs[file.input - 1])
        if path is not None and world.files.read(path) == data:
            return shown(world.options.root / path)
    digest = digest_of(data)
    return shown(world.store.path(digest)) if world.store.has(digest) else None


def _file_of(planned: Planned, ref: Ref) -> str | None:
    """Return the project's file that a reference means; None if it means none."""
    if isinstance(ref, FileRef):
        return ref.path
    assert isinstance(ref, AssetRef)
    source = planned.loaded.assets[ref.name].source
    return source.path if isinstance(source, FileSource) else None


# --- words ------------------------------------------------------------------------


def _account(planned: Planned) -> Iterator[tuple[str, str]]:
    connection = planned.world.options.connection
    if connection.organization:
        yield "OpenAI-Organization", "OPENAI_ORG_ID"
    if connection.project:
        yield "OpenAI-Project", "OPENAI_PROJECT_ID"


def _suffix(wire: Wire) -> str:
    kind = str(dict(wire.fields).get("output_format") or "png")
    return _SUFFIXES.get(kind, kind)


def _notes(source: Drawn) -> tuple[str, ...]:
    if source.provider != "placeholder":
        return ()
    return ("a placeholder stands for this; the provider openai would be asked so",)
