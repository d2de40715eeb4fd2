"""What runs on a worker thread: asking a provider, and making an asset's files.

Each function takes an asset and the decision about it, does the work, and returns what
came of it; telling the schedule and the listeners is `execute`'s part.
"""

from __future__ import annotations

import math
import threading
from contextlib import closing
from functools import partial
from typing import TYPE_CHECKING

from assetgen.answers import notes_on
from assetgen.decide import Action
from assetgen.digest import Key, digest_of
from assetgen.errors import AssetFailed, Blaming
from assetgen.model import Drawn, FileRef, FileSource, Sheet
from assetgen.partials import Partials
from assetgen.pictures import puts_back
from assetgen.publish import Journal, Published, publish
from assetgen.resolve.raw_draws import asks_for_svg, is_raw
from assetgen.sheetmaking import SheetMaker
from assetgen.snapshot import Derived, OutputRow
from assetgen.state import UNSURE, Figures, figures_of
from assetgen.transforms.sharing import Shapes
from assetgen.values import Value

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence
    from pathlib import Path

    from PIL import Image

    from assetgen.answers import Note
    from assetgen.decide import PlannedAsset, PlannedOutput
    from assetgen.memo import Memo
    from assetgen.model import Asset, AssetName, Output
    from assetgen.pictures import Pictures
    from assetgen.providers.base import Provider, Word
    from assetgen.snapshot import Snapshot
    from assetgen.spans import Place
    from assetgen.spare import Spare


class Workshop(Value, kw_only=True):
    """What the workers share; everything in it may be used from any thread."""

    root: Path
    pictures: Pictures
    memo: Memo
    snapshot: Snapshot
    journal: Journal
    provider: Callable[[str], Provider]
    read_file: Callable[[str], bytes | None]
    spare: Spare


class FilesMade(Value, kw_only=True):
    """An asset's files as they are on disk now.

    Attributes:
        rows: One for each file: one per output, more for a sheet's; in order.
        figures: Of the same files; `UNSURE` for those left alone.
        planned: What was planned for the same files.
        written: Paths whose bytes changed.
        kept: Paths where somebody else's bytes were left alone.
        put_back_share: 0.0 to 1.0: how many of the pixels outside its mask the picked
            draw had changed; None where nothing is put back, or nobody looked yet.
    """

    rows: tuple[OutputRow, ...]
    figures: tuple[Figures, ...]
    planned: tuple[PlannedOutput, ...]
    written: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    put_back_share: float | None = None


def draw(
    shop: Workshop,
    asset: Asset,
    decision: PlannedAsset,
    say: Callable[[str, str | None], None],
) -> tuple[Note, ...]:
    """Ask the provider for the draws that are missing; they are banked on return.

    Args:
        shop: What the workers share.
        asset: The one that asks.
        decision: Says which draws are missing.
        say: Gets the provider's words, and with some of them the path of a partial
            picture, from the project's root.

    Returns:
        What came otherwise than asked.

    Raises:
        AssetgenError: The pictures that go out could not be made, or the provider did
            not deliver.
    """
    request, key = decision.request, decision.key
    assert request is not None
    assert key is not None
    with Blaming(_place_of_inputs(asset)):
        order = shop.pictures.order(asset, request, decision.first_draw)
    provider = shop.provider(request.provider)
    partials = Partials(shop.root)

    def hear(word: Word) -> None:
        if isinstance(word, str):
            say(word, None)
        elif (path := partials.show(key, word)) is not None:
            say(f"partial {word.number} of {word.of}", path)

    try:
        drawings = provider.draw(order, decision.draws, hear)
    finally:
        partials.clear(key)
    if provider.deterministic:
        return ()
    return notes_on(asset, order, drawings, decision.draws)


def _place_of_inputs(asset: Asset) -> Place:
    """Return what of an asset decides the pictures that go out with its request."""
    source = asset.source
    assert isinstance(source, Drawn)
    if source.extend is not None:
        return asset.place.at("extend")
    if source.mask is not None or source.markup is not None:
        return asset.place.at("mask" if source.mask is not None else "markup")
    return asset.place.at("variations_of" if source.operation == "vary" else "inputs")


def has_files(asset: Asset, decision: PlannedAsset, *, drawn: bool) -> bool:
    """Return whether `make_files` has anything to do.

    Args:
        drawn: Whether this build drew it: what the draw did outside its mask is looked
            at even where no file is made from it.
    """
    if decision.outputs or decision.checks is not None:
        return True
    return drawn and isinstance(asset.source, Drawn) and puts_back(asset.source)


def make_files(shop: Workshop, asset: Asset, decision: PlannedAsset) -> FilesMade:
    """Make and publish the outputs that are not there yet; the picture is decoded once.

    Processors that are idle help to make them; they are published in their order.

    Raises:
        AssetgenError: A check failed, or a file could not be made or written.
    """
    with shop.spare.at_work():
        return _make_files(shop, asset, decision)


def _make_files(shop: Workshop, asset: Asset, decision: PlannedAsset) -> FilesMade:
    image = _Images(shop.pictures, asset.name).get
    sheet = None
    if isinstance(asset.source, Sheet):
        sheet = SheetMaker(asset, decision, shop.pictures, shop.memo)
    if decision.checks is not None:
        with Blaming(asset.place.at("checks")):
            pages = sheet.packed().pages if sheet is not None else ()
            _check(shop, asset, decision.checks, lambda: pages or (image(None),))
    files = decision.outputs if sheet is None else sheet.files()
    rows: list[OutputRow] = []
    figures: list[Figures] = []
    written: list[str] = []
    kept: list[str] = []
    with closing(_made(shop, asset, decision, files, sheet, image)) as made:
        for planned in files:
            if planned.action is Action.UP_TO_DATE:
                row, verdict = _as_it_lies(shop, planned)
            else:
                with Blaming(planned.output.place):
                    row, verdict = _publish(shop, planned, *next(made))
            if sheet is not None:
                sheet.written(planned, row.path)
            rows.append(row)
            if verdict is Published.KEPT:
                kept.append(row.path)
                figures.append(UNSURE)
            else:
                figures.append(figures_of(shop.root / row.path))
            if verdict is Published.WRITTEN:
                written.append(row.path)
    return FilesMade(
        rows=tuple(rows),
        figures=tuple(figures),
        planned=tuple(files),
        written=tuple(written),
        kept=tuple(kept),
        put_back_share=shop.pictures.put_back_share(
            asset.name, look=not decision.outputs
        ),
    )


def _check(
    shop: Workshop,
    asset: Asset,
    key: Key,
    images: Callable[[], Sequence[Image.Image]],
) -> None:
    from assetgen.transforms.checks import run_checks, size_failures

    assert asset.checks is not None
    try:
        size = len(shop.pictures.raw_draw(asset.name, None))
    except (AssetFailed, IndexError):
        size = 0
    if isinstance(asset.source, FileSource):
        size = len(shop.read_file(asset.source.path) or b"")
    failures = size_failures(asset.checks, size)
    if not asks_for_svg(asset.source):  # of which nothing else can be asked
        for image in images():  # one, but for a sheet of several pages
            failures += run_checks(asset.checks, image)
    if failures:
        hint = "change the picture, the steps or the check"
        if isinstance(asset.source, Drawn):
            hint = "the draw is kept; change the prompt, the steps or the check"
        raise AssetFailed("; ".join(failures), hint=hint)
    shop.memo.facts_set(f"checks {key}", fact=True)


def _as_it_lies(shop: Workshop, planned: PlannedOutput) -> tuple[OutputRow, Published]:
    assert planned.path is not None
    assert planned.key is not None
    assert planned.derived is not None
    row = OutputRow(path=planned.path, key=planned.key, derived=planned.derived)
    lies_there = shop.snapshot.outputs.get(planned.path)
    same = lies_there == planned.derived.sha256
    return row, Published.UNCHANGED if same else Published.KEPT


class _Images:
    """An asset's image and its draws as such, each made once; for any thread."""

    def __init__(self, pictures: Pictures, name: AssetName) -> None:
        self._pictures, self._name = pictures, name
        self._made: dict[int | None, Image.Image] = {}
        self._lock = threading.Lock()

    def get(self, number: int | None) -> Image.Image:
        """Return the picture of a draw; None for the one that is picked."""
        with self._lock:
            if number not in self._made:
                self._made[number] = self._pictures.image(self._name, number)
            return self._made[number]


def _made(
    shop: Workshop,
    asset: Asset,
    decision: PlannedAsset,
    files: Sequence[PlannedOutput],
    sheet: SheetMaker | None,
    image: Callable[[int | None], Image.Image],
) -> Generator[tuple[bytes, Derived]]:
    """Yield the bytes of each output that is not there yet, in their order.

    A sheet's files are made one after the other: its data names the pages before it.
    """
    shapes = Shapes()
    jobs, efforts = [], []
    for planned in files:
        if planned.action is not Action.UP_TO_DATE:
            produce = (
                partial(_produce, shop, asset, decision, planned.output, image, shapes)
                if sheet is None
                else partial(sheet.produce, planned)
            )
            jobs.append(partial(_bytes_of, shop, planned, produce))
            efforts.append(planned.output.width or planned.output.height or math.inf)
    if sheet is None:
        return shop.spare.results(jobs, efforts)
    return (job() for job in jobs)


def _bytes_of(
    shop: Workshop,
    planned: PlannedOutput,
    produce: Callable[[], tuple[bytes, int, int]],
) -> tuple[bytes, Derived]:
    """Return an output's bytes, put back if the memo has them, and their description."""
    key = planned.key
    assert key is not None
    data, derived = None, planned.derived
    if planned.action is Action.RESTORE and derived is not None:
        data = shop.memo.bytes_get(f"output {key}")
        if data is not None and digest_of(data) != derived.sha256:
            data = None
    if data is None or derived is None:
        data, width, height = produce()
        preview = _preview(data) if planned.output.preview else ()
        derived = Derived(
            digest_of(data), len(data), width, height, stored=True, preview=preview
        )
        facts = [derived.sha256, len(data), width, height, *preview]
        shop.memo.facts_set(f"output {key}", facts)
        shop.memo.bytes_set(f"output {key}", data)
    return data, derived


def _publish(
    shop: Workshop, planned: PlannedOutput, data: bytes, derived: Derived
) -> tuple[OutputRow, Published]:
    assert planned.key is not None
    path = planned.template.replace("${hash}", derived.sha256[:8])
    verdict = publish(
        shop.root,
        path,
        data,
        owned=shop.snapshot.owned.get(path, ()),
        force=shop.snapshot.policy.force,
        journal=shop.journal,
    )
    return OutputRow(path=path, key=planned.key, derived=derived), verdict


def _preview(data: bytes) -> tuple[str, str]:
    """Return main colour and blurred copy of the picture in a file."""
    from assetgen.transforms.previews import preview_of

    preview = preview_of(data)
    return preview.color, preview.blur


def _produce(
    shop: Workshop,
    asset: Asset,
    decision: PlannedAsset,
    out: Output,
    image: Callable[[int | None], Image.Image],
    shapes: Shapes,
) -> tuple[bytes, int, int]:
    """Return an output's bytes, width and height."""
    if out.metadata == "keep" or is_raw(asset, out):
        raw = _as_it_came(shop, asset, out)
        if raw is not None:
            return raw
    from assetgen.transforms.encode import produce

    made = produce(
        image(out.draw), out, shop.pictures.open, decision.made_by_model, shapes
    )
    return made.data, made.width, made.height


def _as_it_came(
    shop: Workshop, asset: Asset, out: Output
) -> tuple[bytes, int, int] | None:
    """Return a draw's or file's own bytes, width and height.

    None where it came in another format, and the output may be made from it.

    Raises:
        AssetFailed: It came in another format, and no other bytes will do.
        PictureRefused: It is an SVG that does more than draw.
    """
    from assetgen.transforms.opening import probe

    data = _untouched(shop, asset, out)
    info = probe(data)
    came = "jpg" if info.format == "jpeg" else info.format
    if came != out.format:
        if out.metadata == "keep" or out.format == "svg":
            raise AssetFailed(
                f"{out.format} was asked for, and the picture came as {info.format}",
                hint="the draw is kept; write another format, or `revision: 1` asks"
                " for other draws",
            )
        return None
    if came == "svg":
        from assetgen.transforms.vectors import require_inert

        require_inert(data)
    return data, info.width, info.height


def _untouched(shop: Workshop, asset: Asset, out: Output) -> bytes:
    """Return the bytes of a draw or file as they came."""
    if isinstance(asset.source, FileSource):
        data = shop.read_file(FileRef(asset.source.path).path)
        if data is None:
            raise AssetFailed(f"{asset.source.path} is gone")
        return data
    return shop.pictures.raw_draw(asset.name, out.draw)
