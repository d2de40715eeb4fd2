"""The first half of the walk: spec files on disk -> assets -> graph.

Entries that the last build knows (same text, same settings, same prompt files) are not
read again: their cards come from the state, and the assets themselves are resolved only
when somebody asks for them. Whatever is wrong anywhere in the spec is collected and
raised in one go.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Final, TypeAlias

from assetgen import __version__, schema
from assetgen.errors import Problem
from assetgen.graph import Graph, build_graph
from assetgen.members import Assets, Cards
from assetgen.mistakes import (
    Whole,
    matches_of,
    rows_may_be_missing,
    suspect_card,
    whole_part,
)
from assetgen.model import Asset, AssetName
from assetgen.naming import is_name
from assetgen.plan import Catalogue
from assetgen.remembering import Before, before_of, remembered_files
from assetgen.resolve.entries import Resolved, resolve_rows
from assetgen.resolve.link import card_from_json, card_of, link
from assetgen.resolve.matrix import count_rows
from assetgen.resolve.reading_on import (
    Unread,
    asks_soundly,
    without_consequences,
    without_echoes_of_settings,
)
from assetgen.resolve.settings import (
    Options,
    own_paths,
    read_settings,
    settings_key,
)
from assetgen.resolve.typed import typed_problems
from assetgen.sources import (
    Entry,
    UnchangedFile,
    located,
    read_spec,
    refuse_if_errors,
    spec_reader,
    text_reader,
)
from assetgen.spans import Place
from assetgen.values import Value, field, replace

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from assetgen.errors import Diagnostic
    from assetgen.model import Json
    from assetgen.observe import Changes
    from assetgen.resolve.link import Card
    from assetgen.resolve.settings import Settings
    from assetgen.sources import SpecText
    from assetgen.state import Rows, State
    from assetgen.trees import Tree

    Look: TypeAlias = Callable[
        [Sequence[Asset], Mapping[AssetName, Card], Settings], Sequence[Problem]
    ]
    """Looks at assets that were resolved now, with all cards and what holds for all."""

    Beside: TypeAlias = Callable[["Loaded"], Sequence[Problem]]
    """Looks at what assets take from each other, where others have errors."""


MAX_ASSETS: Final = 250_000
"""Counted over all matrices before any is expanded."""


class Loaded(Value, kw_only=True):
    """The spec, complete and without errors (but for what pictures may show).

    Attributes:
        settings_print: Hash of everything but the entries that decides the assets.
        ranges: For each file of the spec the positions of its assets in spec order.
        fresh: Assets that were resolved now; the others are as the last build saw them.
        same_shape: Names, references and files are all as the last build saw them.
        diagnostics: Warnings and notes.
    """

    root: Path
    text: SpecText
    settings: Settings
    settings_print: str
    assets: Assets
    graph: Graph
    cards: Mapping[AssetName, Card]
    catalogue: Catalogue
    ranges: Mapping[str, tuple[int, int]]
    fresh: tuple[AssetName, ...]
    same_shape: bool
    diagnostics: tuple[Diagnostic, ...] = ()

    @property
    def spec_files(self) -> tuple[str, ...]:
        """Paths of the spec's files, the main one first."""
        return tuple(file.path for file in self.text.files)


class _Reading(Value, frozen=False):
    """What was read so far.

    Attributes:
        names: Of all assets in spec order; one may come twice, which is an error.
        cards: Of the assets that were resolved now.
        duplicates: Cards of assets whose name came before.
        suspects: Assets with errors, as far as they could be read.
        legible: Those of them whose source and request are without errors.
        unread: Keys of entries that stand for assets which could not be read, each with
            whether it has a matrix.
        same_shape: Whether all cards so far are as the last build saw them.
    """

    root: Path
    folder: Path | Tree
    settings: Settings
    targets: tuple[str, ...]
    before: Before
    names: list[str] = field(default_factory=list)
    cards: dict[str, Card] = field(default_factory=dict)
    duplicates: list[Card] = field(default_factory=list)
    suspects: list[Asset] = field(default_factory=list)
    legible: list[Asset] = field(default_factory=list)
    unread: list[tuple[str, bool]] = field(default_factory=list)
    prints: dict[AssetName, str] = field(default_factory=dict)
    fresh: list[AssetName] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    broken_files: set[str] = field(default_factory=set)
    ranges: dict[str, tuple[int, int]] = field(default_factory=dict)
    same_shape: bool = True
    assets: Assets = field(init=False)
    settings_print: str = field(init=False)

    def __post_init__(self) -> None:
        scope = " ".join(self.targets)
        key = f"{__version__} {scope} {settings_key(self.settings)}"
        self.settings_print = sha256(key.encode()).hexdigest()
        self.assets = Assets(self._again, self._pair)

    def _again(self, name: AssetName, entry: Entry) -> tuple[Asset, ...]:
        return self.resolve(entry, self._pair(name, entry)).assets

    def _pair(self, name: AssetName, entry: Entry) -> tuple[str, Json]:
        if entry.source is not None:
            key = card_from_json(self.before.rows.card(name)[1]).key
            return key, entry.source.value(key)
        pair = entry.read()
        assert pair is not None, "the entry was readable before"
        return pair

    def resolve(self, entry: Entry, pair: tuple[str, Json]) -> Resolved:
        found = resolve_rows(entry.file, *pair, self.settings, text_reader(self.folder))
        return replace(found, assets=tuple(map(self._in_scope, found.assets)))

    def keep(self, name: str, entry: Entry, print_: str) -> None:
        """Take in an asset that is as the last build saw it."""
        if name in self.prints:
            self.duplicates.append(
                card_from_json(self.before.rows.card(_name(name))[1])
            )
        self.names.append(name)
        self.assets.promise(_name(name), entry)
        self.prints[_name(name)] = print_

    def take(self, entry: Entry, pair: tuple[str, Json], print_: str) -> None:
        """Take in an entry that has to be resolved."""
        found = self.resolve(entry, pair)
        self.problems.extend(without_consequences(found.problems, entry.missing))
        suspects = [*found.faulty, *(found.assets if entry.missing else ())]
        suspects = [asset for asset in suspects if is_name(asset.name)]
        self.suspects += suspects
        if suspects and asks_soundly(found.problems, entry.missing):
            self.legible += suspects
        if rows_may_be_missing(found.problems):
            self.unread.append((pair[0], True))
        if entry.missing:
            return
        for asset in found.assets:
            card = card_of(asset)
            if asset.name in self.prints:
                self.duplicates.append(card)
            else:
                self.cards[asset.name] = card
            self.names.append(asset.name)
            self.assets.put(asset, entry)
            self.prints[asset.name] = print_
            self.fresh.append(asset.name)
            self.same_shape = self.same_shape and self.before.knows(card)

    def _in_scope(self, asset: Asset) -> Asset:
        if not self.targets:
            return asset
        outputs = (out for out in asset.outputs if out.target in self.targets)
        return replace(asset, outputs=tuple(outputs))


def _name(name: str) -> AssetName:
    return AssetName(name)


def load_spec(  # noqa: PLR0913  # the inputs of the stage
    root: Path,
    main: str,
    options: Options,
    state: State,
    changes: Changes,
    look: Look,
    targets: tuple[str, ...] = (),
    *,
    beside: Beside | None = None,
    tree: Tree | None = None,
) -> Loaded:
    """Return the spec of a project.

    Args:
        root: The project root.
        main: File name of the spec inside `root`.
        options: Of the command line.
        state: Of the last build.
        changes: What changed since then.
        look: Returns what is wrong with assets that were resolved now, and does not
            keep them from being complete.
        targets: Only outputs of these; () for all. A row of a build with other targets
            does not stand for this one.
        beside: Returns what else is wrong with the part of the spec that is whole, if
            something is wrong.
        tree: What stands for the files below `root`; None for the disk.

    Raises:
        SpecInvalid: With everything that is wrong.
        DiskRefused: A file cannot be read.
    """
    before = before_of(state, changes.inputs)
    remembered = remembered_files(state, changes.files)
    whole: set[str] = set()
    folder = root if tree is None else tree
    while True:
        cold = not before.by_print
        text = read_spec(folder, main, remembered, whole=whole, cold=cold)
        heads = {file.path: file.head for file in text.files}
        settings, problems = read_settings(main, dict(heads), options)
        reading = _Reading(root, folder, settings, targets, before)
        if remembered and reading.settings_print != state.settings:
            remembered = {}  # another setting makes other assets of the same entries
            continue
        if not any(file.faults for file in text.files):
            reading.problems.extend(problems)
        _read_entries(reading, text, state)
        if not reading.broken_files:
            return _linked(text, reading, state, look, beside)
        whole |= reading.broken_files


def lock_name(main: str) -> str:
    """Return the name of the lock that belongs to a spec file."""
    return f"{main.rpartition('.')[0] or main}.lock"


def _too_many(text: SpecText) -> Problem | None:
    """Return the problem that the matrices stand for too many assets, unexpanded.

    Entries that are still text belong to a spec that was built before, piece by piece;
    each of them has the cap of one matrix.
    """
    total = 0
    for file in text.files:
        for entry in file.entries:
            total += count_rows(entry.value) if entry.text is None else 1
            if total > MAX_ASSETS:
                message = f"the spec stands for more than {MAX_ASSETS:,} assets"
                place = Place(file.path, ("assets", entry.key or ""), on_key=True)
                return Problem("too-many-assets", message, place)
    return None


def _read_entries(reading: _Reading, text: SpecText, state: State) -> None:
    reading.problems.extend(text.problems)
    too_many = _too_many(text)
    if too_many is not None:
        reading.problems.append(too_many)
        return
    for file in text.files:
        reading.problems.extend(file.problems)
        reading.unread.extend(file.unread)
        start = len(reading.names)
        if file.data is None:
            _, first, last = state.shape.files[file.path]
            _take_over(reading, file.path, state.rows, range(first, last))
        else:
            keys: dict[str, Entry] = {}
            for entry in file.entries:
                if not _read_entry(reading, entry, keys):
                    reading.broken_files.add(file.path)
                    break
        reading.ranges[file.path] = (start, len(reading.names))


def _take_over(reading: _Reading, path: str, rows: Rows, at: range) -> None:
    """Take in all entries of a file that is as the last build saw it."""
    source = UnchangedFile(reading.folder, path)
    columns, before = rows.columns, reading.before
    entry = Entry(path, source=source)
    done: set[str] = set()
    for position in at:
        name, print_ = columns.names[position], columns.prints[position]
        if before.changed:
            card = card_from_json(rows.card(_name(name))[1])
            if before.reads_a_change(card):
                # A prompt file changed, and with it all assets of the entry.
                if card.key not in done:
                    done.add(card.key)
                    pair = (card.key, source.value(card.key))
                    reading.take(Entry(path, key=card.key, value=pair[1]), pair, print_)
                continue
        reading.keep(name, entry, print_)


def _read_entry(reading: _Reading, entry: Entry, keys: dict[str, Entry]) -> bool:
    """Take one entry in; False if its file has to be read as a whole."""
    print_ = sha256(
        f"{reading.settings_print}\n{entry.file}\n{entry.text_print}".encode()
    ).hexdigest()
    known = reading.before.names(print_)
    if known is not None:
        key, names = known
        if key in keys:
            return False
        keys[key] = entry
        for name in names:
            reading.keep(name, entry, print_)
        return True
    pair = entry.read()
    if pair is None or pair[0] in keys:
        return False
    keys[pair[0]] = entry
    if entry.text is not None and schema.validate_asset(pair[1], entry.file, pair[0]):
        return False
    reading.take(entry, pair, print_)
    return True


# --- the whole ----------------------------------------------------------------


def _linked(
    text: SpecText,
    reading: _Reading,
    state: State,
    look: Look,
    beside: Beside | None,
) -> Loaded:
    """Return the whole once names, references, files and rings are in order."""
    old = state.rows
    cards = Cards(reading.names, reading.cards, old)
    same = (
        reading.same_shape
        and not reading.problems
        and reading.settings_print == state.settings
        and reading.names == old.columns.names
        and [file.path for file in text.files] == _old_files(state)
        and len(state.shape.order) == len(reading.names)
    )
    if same:
        whole = Whole(cards, _old_graph(state), state.shape.matches)
        return _loaded(text, reading, whole, same=True)
    fresh = [reading.assets[name] for name in dict.fromkeys(reading.fresh)]
    legible = {asset.name: suspect_card(asset) for asset in reading.legible}
    looked = [*fresh, *reading.legible]
    named = {**cards, **legible} if legible else cards
    problems = [*reading.problems, *look(looked, named, reading.settings)]
    whole, found = _new_whole(text, reading, cards, problems, beside)
    return replace(_loaded(text, reading, whole, same=False), diagnostics=found)


def _loaded(text: SpecText, reading: _Reading, whole: Whole, *, same: bool) -> Loaded:
    graph = whole.graph
    return Loaded(
        root=reading.root,
        text=text,
        settings=reading.settings,
        settings_print=reading.settings_print,
        assets=reading.assets,
        graph=graph,
        cards=whole.cards,
        catalogue=Catalogue(
            order=graph.order,
            needs=graph.needs,
            assets=reading.assets,
            fingerprints=reading.prints,
            matches={
                pattern: tuple(map(AssetName, names))
                for pattern, names in whole.matches.items()
            },
        ),
        ranges=reading.ranges,
        fresh=tuple(name for name in reading.fresh if name in whole.cards),
        same_shape=same,
    )


def _old_files(state: State) -> list[str]:
    return [each.path for each in state.watched if each.kind == "spec"]


def _old_graph(state: State) -> Graph:
    """Return the graph as the last build worked it out."""
    names = tuple(map(AssetName, state.rows.columns.names))
    needs: dict[AssetName, tuple[AssetName, ...]] = dict.fromkeys(names, ())
    for name, used in state.shape.needs.items():
        needs[AssetName(name)] = tuple(map(AssetName, used))
    return Graph(
        names=names, needs=needs, order=tuple(names[at] for at in state.shape.order)
    )


def _new_whole(
    text: SpecText,
    reading: _Reading,
    cards: Cards,
    problems: list[Problem],
    beside: Beside | None,
) -> tuple[Whole, tuple[Diagnostic, ...]]:
    """Return all cards with their graph, and warnings.

    Args:
        problems: What is wrong with assets, each for itself.

    Raises:
        SpecInvalid: With everything that is wrong.
    """
    suspects = [suspect_card(asset) for asset in reading.suspects]
    every = [*cards.values(), *reading.duplicates, *suspects]
    faults = [fault for file in text.files for fault in file.faults]
    files = tuple(file.path for file in text.files)
    targets = reading.settings.targets.values()
    kept = [path for each in targets for path in own_paths(each)]
    lost = bool(faults or text.problems or _too_many(text))
    unread = Unread(tuple(reading.unread), all=lost)
    problems += link(every, (*files, lock_name(files[0])), kept, unread)
    problems += typed_problems(every, targets)
    graph = build_graph(every)
    if not isinstance(graph, Graph):
        problems += graph
    stops = bool(faults) or any(each.severity == "error" for each in problems)
    if stops and beside is not None:
        part = whole_part(cards, [card.name for card in suspects], unread)
        if part is not None:
            problems += beside(_loaded(text, reading, part, same=False))
    problems = without_echoes_of_settings(problems)
    found = (*faults, *located(problems, spec_reader(reading.folder, text)))
    refuse_if_errors(found)
    assert isinstance(graph, Graph)
    return Whole(cards, graph, matches_of(cards.values())), found
