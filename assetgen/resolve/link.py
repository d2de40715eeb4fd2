"""What only all assets together show: names, references and files that collide.

It works on `Card`s, the little of an asset that others can run into, so that assets
which were kept from an earlier run need not be made again to be checked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

from assetgen.model import (
    AlphaMask,
    AssetRef,
    ColorMask,
    Drawn,
    FileRef,
    FileSource,
    GlobRef,
    ImageLayer,
    Layers,
    Sheet,
    TextLayer,
)
from assetgen.naming import NameIndex, did_you_mean
from assetgen.resolve.collisions import MAX_PROBLEMS, check_files, check_pages
from assetgen.resolve.findings import Findings, quoted
from assetgen.resolve.paths import FORMATS, split_suffix
from assetgen.resolve.reading_on import Unread
from assetgen.resolve.requests import MAX_INPUTS
from assetgen.sheetparts import numbered, parts_of
from assetgen.spans import Place

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from assetgen.errors import Problem
    from assetgen.model import Asset, Output, Refs, Source, Step

    Pointer: TypeAlias = Sequence[str | int]

MAX_SUGGESTIONS: Final = 20
"""Unknown names that get a suggestion; each one costs a look at every name."""

_NOTHING_UNREAD: Final = Unread()


class CardRef(NamedTuple):
    """A reference to other assets.

    Attributes:
        name: A name, or a pattern where `glob`.
        draw: Counted from 1; 0 for the image.
        at: Where it stands inside the entry.
    """

    name: str
    draw: int
    glob: bool
    at: Pointer


class CardFile(NamedTuple):
    """A file of the project that an asset reads, and where it is named."""

    path: str
    at: Pointer


class CardOutput(NamedTuple):
    """A file that an asset is written to, and its position in `outputs`."""

    path: str
    position: int


class Card(NamedTuple):
    """What other assets can run into; tuples, because thousands come from JSON.

    Attributes:
        name: Of the asset.
        file: The spec file that its entry stands in.
        key: The entry's key.
        draws: How many draws are wanted; 0 where no provider draws.
        refs: The assets that it uses.
        files: The pictures and prompt files that it reads.
        outputs: The files that it is written to, data files of sheets included; with a
            ``*`` for the numbers that a sheet's pages may get.
    """

    name: str
    file: str
    key: str
    draws: int
    refs: Sequence[CardRef]
    files: Sequence[CardFile]
    outputs: Sequence[CardOutput]

    @property
    def place(self) -> Place:
        """The entry in the spec."""
        return Place(self.file, ("assets", self.key))


def card_from_json(data: Sequence[object]) -> Card:
    """Return the card that JSON made a list of; the opposite of `json.dumps(card)`."""
    name, file, key, draws, refs, files, outputs = data
    return Card(
        name,  # type: ignore[arg-type]  # written by ourselves, and checked by its hash
        file,  # type: ignore[arg-type]
        key,  # type: ignore[arg-type]
        draws,  # type: ignore[arg-type]
        [CardRef(*ref) for ref in refs],  # type: ignore[attr-defined]
        [CardFile(*each) for each in files],  # type: ignore[attr-defined]
        list(map(CardOutput._make, outputs)),  # type: ignore[call-overload]
    )


def card_of(asset: Asset) -> Card:
    """Return the card of an asset."""
    source = asset.source
    refs: list[CardRef] = []
    files = [CardFile(path, ("prompt", "file")) for path in asset.files]
    for ref, at in references(asset):
        if isinstance(ref, AssetRef):
            refs.append(CardRef(ref.name, ref.draw or 0, glob=False, at=at))
        elif isinstance(ref, GlobRef):
            refs.append(CardRef(ref.pattern, 0, glob=True, at=at))
        else:
            files.append(CardFile(ref.path, at))
    outputs: list[CardOutput] = []
    for output in asset.outputs:
        place = output.place
        position = place.pointer[3] if place and len(place.pointer) > 3 else 0
        where = position if isinstance(position, int) else 0
        outputs.append(CardOutput(output.path, where))
        if isinstance(source, Sheet) and output.motion is None:
            files_of = _files_of_sheet(output, source)
            outputs.extend(CardOutput(path, where) for path in files_of)
    return Card(
        asset.name,
        asset.place.file,
        str(asset.place.pointer[1]),
        source.n if isinstance(source, Drawn) else 0,
        tuple(refs),
        tuple(files),
        tuple(outputs),
    )


def _files_of_sheet(output: Output, sheet: Sheet) -> Iterator[str]:
    """Yield what a sheet's output may write beside its first path."""
    alone = parts_of(output, 1)
    yield from (part.path for part in alone[1:])
    if sheet.packing.pages != 1:
        yield from (numbered(part.path, "*") for part in alone if part.page is not None)


def references(asset: Asset) -> Iterator[tuple[Refs, Pointer]]:
    """Yield all pictures that an asset uses, with their place inside the entry."""
    yield from _source_references(asset.source)
    for step in asset.process:
        yield from _step_references(step, ("process",))
    for output in asset.outputs:
        for step in output.process:
            yield from _step_references(step, ("outputs",))


def _source_references(source: Source) -> Iterator[tuple[Refs, Pointer]]:
    if isinstance(source, Drawn):
        vary = source.operation == "vary"
        for position, ref in enumerate(source.inputs):
            yield ref, ("variations_of",) if vary else ("inputs", position)
        area = None if source.mask is None else source.mask.area
        if isinstance(area, (AlphaMask, ColorMask)):
            yield area.ref, ("mask",)
        if source.markup is not None:
            yield source.markup, ("markup",)
    elif isinstance(source, FileSource):
        yield FileRef(source.path), ("file",)
    elif isinstance(source, Layers):
        yield from _layer_references(source)
    else:
        for position, frame in enumerate(source.frames):
            yield frame, ("sheet", "frames", position)


def _layer_references(source: Layers) -> Iterator[tuple[Refs, Pointer]]:
    for position, layer in enumerate(source.layers):
        if isinstance(layer, ImageLayer):
            yield layer.ref, ("layers", position, "image")
        elif isinstance(layer, TextLayer) and layer.font is not None:
            yield layer.font, ("layers", position, "font")


def _step_references(step: Step, inside: Pointer) -> Iterator[tuple[Refs, Pointer]]:
    for value in step.args.values():
        if isinstance(value, (AssetRef, FileRef)):
            place = step.place
            own = place is not None and place.pointer[:1] == ("assets",)
            yield value, place.pointer[2:] if own and place else inside


def link(
    cards: Sequence[Card],
    spec_files: Iterable[str],
    manifests: Iterable[str] = (),
    unread: Unread = _NOTHING_UNREAD,
) -> tuple[Problem, ...]:
    """Return what is wrong with all assets together.

    Args:
        cards: Of all assets, in spec order.
        spec_files: The spec, its included files and its lock.
        manifests: The targets' manifests; see `settings.manifest_path`.
        unread: What further assets there may be: who refers to one is not to blame.
    """
    found = Findings()
    known = _check_names(cards, found)
    _check_references(cards, known, unread, found)
    check_files(cards, spec_files, manifests, found)
    check_pages(cards, found)
    return tuple(found.problems)


def _check_names(cards: Sequence[Card], found: Findings) -> dict[str, Card]:
    known = {card.name: card for card in cards}
    if len(known) == len(cards):
        return known
    known = {}
    for card in cards:
        first = known.setdefault(card.name, card)
        if first is not card:
            found.error(
                "duplicate-name",
                f"two assets are named {quoted(card.name)}",
                card.place.key(),
                related=((first.place.key(), "the first of them"),),
            )
    return known


def _check_references(
    cards: Sequence[Card],
    known: Mapping[str, Card],
    unread: Unread,
    found: Findings,
) -> None:
    index: NameIndex | None = None
    suggestions = MAX_SUGGESTIONS
    for card in cards:
        if not card.refs:
            continue
        globs = False
        for ref in card.refs:
            if ref.glob:
                globs = True
                index = index or NameIndex(known)
                _check_glob(ref, card, index, unread, found)
            elif ref.name not in known and not unread.may_name(ref.name):
                _report_unknown(ref, card, known if suggestions > 0 else (), found)
                suggestions -= 1
            elif ref.draw and ref.name in known:
                _check_draw(ref, card, known[ref.name], found)
        if globs and index is not None:
            _check_input_count(card, index, found)
        exhausted = index is not None and index.exhausted
        if exhausted or len(found.problems) > MAX_PROBLEMS:
            return  # too many globs are reported with the graph


def _check_glob(
    ref: CardRef, card: Card, index: NameIndex, unread: Unread, found: Findings
) -> None:
    if index.matching(ref.name) or unread.may_match(ref.name):
        return
    if not index.exhausted:
        found.error(
            "glob-matches-nothing",
            f"no asset matches {quoted(ref.name)}",
            card.place.at(*ref.at),
        )


def _check_input_count(card: Card, index: NameIndex, found: Findings) -> None:
    inputs = [ref for ref in card.refs if ref.at[0] == "inputs"]
    count = sum(len(index.matching(ref.name)) if ref.glob else 1 for ref in inputs)
    count += sum(each.at[0] == "inputs" for each in card.files)
    if count > MAX_INPUTS:
        found.error(
            "bad-value",
            f"these are {count} inputs; {MAX_INPUTS} are allowed",
            card.place.at("inputs"),
            hint="let the glob match fewer assets",
        )


def _report_unknown(
    ref: CardRef, card: Card, known: Iterable[str], found: Findings
) -> None:
    hint = did_you_mean(ref.name, known)
    if hint is None and split_suffix(ref.name)[1] in FORMATS:
        hint = f"a file of the project is written `{{file: {ref.name}}}`"
    found.error(
        "unknown-asset",
        f"there is no asset {quoted(ref.name)}",
        card.place.at(*ref.at),
        hint=hint,
    )


def _check_draw(ref: CardRef, card: Card, other: Card, found: Findings) -> None:
    if other.draws == 0:
        found.error(
            "unknown-draw",
            f"no provider draws {quoted(other.name)}, so it has no draws",
            card.place.at(*ref.at),
            related=((other.place.key(), "its entry"),),
        )
    elif ref.draw > other.draws:
        found.error(
            "unknown-draw",
            f"{quoted(other.name)} has {other.draws} of the wanted {ref.draw} draws",
            card.place.at(*ref.at),
            hint=f"give {quoted(other.name)} `n: {ref.draw}`",
            related=((other.place.key(), "its entry"),),
        )
