"""The first half of the walk: spec files on disk -> assets -> graph.

Entries that the last build knows (same text, same settings, same prompt files) are not
read again: their cards come from the state, and the assets themselves are resolved only
when somebody asks for them. Whatever is wrong anywhere in the spec is collected and
raised in one go.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import TYPE_CHECKING

from assetgen import __version__, schema
from assetgen.graph import Graph, build_graph
from assetgen.model import Asset, AssetName
from assetgen.naming import NameIndex
from assetgen.plan import Catalogue
from assetgen.resolve.entries import resolve_entry
from assetgen.resolve.link import card_from_json, card_of, link
from assetgen.resolve.settings import (
    Options,
    manifest_path,
    read_settings,
    settings_key,
)
from assetgen.sources import (
    Entry,
    Remembered,
    UnchangedFile,
    located,
    read_spec,
    refuse_if_errors,
    spec_reader,
    text_reader,
)

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Sequence
    from pathlib import Path

    from assetgen.errors import Diagnostic, Problem
    from assetgen.model import Json
    from assetgen.resolve.link import Card
    from assetgen.resolve.settings import Settings
    from assetgen.sources import SpecText
    from assetgen.state import Rows, State


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """The spec, complete and without errors (but for what pictures may show).

    Attributes:
        settings_print: Hash of everything but the entries that decides the assets.
        fresh: Assets that were resolved now; the others are as the last build saw them.
        diagnostics: Warnings and notes.
    """

    root: Path
    text: SpecText
    settings: Settings
    settings_print: str
    assets: Mapping[AssetName, Asset]
    graph: Graph
    cards: Mapping[AssetName, Card]
    catalogue: Catalogue
    fresh: tuple[AssetName, ...]
    diagnostics: tuple[Diagnostic, ...] = ()

    @property
    def spec_files(self) -> tuple[str, ...]:
        """Paths of the spec's files, the main one first."""
        return tuple(file.path for file in self.text.files)


class Assets(Mapping[AssetName, Asset]):
    """The assets by name; one that the last build knew is resolved when asked for."""

    def __init__(self, resolve: Callable[[Entry], Iterable[Asset]]) -> None:
        """Start empty."""
        self._resolve = resolve
        self._entries: dict[AssetName, Entry] = {}
        self._found: dict[AssetName, Asset] = {}

    def put(self, asset: Asset, entry: Entry) -> None:
        """Add an asset that was resolved."""
        self._entries[asset.name] = entry
        self._found[asset.name] = asset

    def promise(self, name: AssetName, entry: Entry) -> None:
        """Add an asset that can be resolved from its entry."""
        self._entries[name] = entry

    def __getitem__(self, name: AssetName) -> Asset:
        """Return an asset."""
        if name not in self._found:
            for asset in self._resolve(self._entries[name]):
                self._found[asset.name] = asset
        return self._found[name]

    def __iter__(self) -> Iterator[AssetName]:
        """Return the names in spec order."""
        return iter(self._entries)

    def __len__(self) -> int:
        """Return the number of assets."""
        return len(self._entries)


@dataclass(slots=True)
class _Reading:
    """What was read so far."""

    root: Path
    settings: Settings
    targets: tuple[str, ...]
    cards: list[Card] = field(default_factory=list)
    prints: dict[AssetName, str] = field(default_factory=dict)
    fresh: list[AssetName] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    broken_files: set[str] = field(default_factory=set)
    assets: Assets = field(init=False)
    settings_print: str = field(init=False)

    def __post_init__(self) -> None:
        scope = " ".join(self.targets)
        key = f"{__version__} {scope} {settings_key(self.settings)}"
        self.settings_print = sha256(key.encode()).hexdigest()
        self.assets = Assets(self._again)

    def _again(self, entry: Entry) -> tuple[Asset, ...]:
        pair = entry.read()
        assert pair is not None, "the entry was readable before"
        return self.resolve(entry, pair)[0]

    def resolve(
        self, entry: Entry, pair: tuple[str, Json]
    ) -> tuple[tuple[Asset, ...], tuple[Problem, ...]]:
        assets, problems = resolve_entry(
            entry.file, *pair, self.settings, text_reader(self.root)
        )
        return tuple(self._in_scope(asset) for asset in assets), problems

    def take(self, entry: Entry, pair: tuple[str, Json], print_: str) -> None:
        assets, problems = self.resolve(entry, pair)
        self.problems.extend(problems)
        for asset in assets:
            self.assets.put(asset, entry)
            self.prints[asset.name] = print_
            self.fresh.append(asset.name)
            self.cards.append(card_of(asset))

    def _in_scope(self, asset: Asset) -> Asset:
        if not self.targets:
            return asset
        outputs = (out for out in asset.outputs if out.target in self.targets)
        return replace(asset, outputs=tuple(outputs))


def load_spec(
    root: Path,
    main: str,
    options: Options,
    state: State,
    changed: Container[str],
    targets: tuple[str, ...] = (),
) -> Loaded:
    """Return the spec of a project.

    Args:
        main: File name of the spec inside `root`.
        state: Of the last build.
        changed: Files that changed since then.
        targets: Only outputs of these; () for all. A row of a build with other targets
            does not stand for this one.

    Raises:
        SpecInvalid: With everything that is wrong.
        DiskRefused: A file cannot be read.
    """
    before = _Before(state.rows, _entries_by_print(state.rows), changed)
    remembered = _remembered(state, changed)
    whole: set[str] = set()
    while True:
        cold = not before.by_print
        text = read_spec(root, main, remembered, whole=whole, cold=cold)
        heads = {file.path: file.head for file in text.files}
        settings, problems = read_settings(main, dict(heads), options)
        reading = _Reading(root, settings, targets)
        if remembered and reading.settings_print != state.settings:
            remembered = {}  # another setting makes other assets of the same entries
            continue
        if not any(file.faults for file in text.files):
            reading.problems.extend(problems)
        _read_entries(reading, text, before)
        if not reading.broken_files:
            return _linked(text, reading)
        whole |= reading.broken_files


def _remembered(state: State, changed: Container[str]) -> dict[str, Remembered]:
    """Return the files that need not be read, with what the last build kept of them."""
    digests = {each.path: each.digest for each in state.watched if each.kind == "spec"}
    return {
        path: Remembered(digest, head)
        for path, head in state.heads.items()
        if path not in changed and (digest := digests.get(path)) is not None
    }


@dataclass(frozen=True, slots=True)
class _Before:
    """What the last build knows of entries."""

    rows: Rows
    by_print: Mapping[str, list[AssetName]]
    changed: Container[str]

    def cards(self, print_: str) -> list[Card] | None:
        """Return the cards of an unchanged entry's assets; None if it must be read."""
        names = self.by_print.get(print_)
        if names is None:
            return None
        found = [self.rows.card(name) for name in names]
        if any(siblings != len(names) for siblings, _ in found):
            return None  # a part of a matrix was never built
        cards = [card_from_json(card) for _, card in found]
        for card in cards:
            for file in card.files:
                if file.path in self.changed:
                    return None
        return cards


def lock_name(main: str) -> str:
    """Return the name of the lock that belongs to a spec file."""
    return f"{main.rpartition('.')[0] or main}.lock"


def _entries_by_print(known: Rows) -> dict[str, list[AssetName]]:
    found: dict[str, list[AssetName]] = {}
    for name in known:
        print_ = known.fingerprint(name)
        if print_ is not None:
            found.setdefault(print_, []).append(name)
    return found


def _read_entries(reading: _Reading, text: SpecText, before: _Before) -> None:
    reading.problems.extend(text.problems)
    unread = {file.path for file in text.files if file.data is None}
    by_file = _cards_by_file(before.rows, unread) if unread else {}
    for file in text.files:
        if file.path in unread:
            _take_over(reading, file.path, by_file.get(file.path, ()), before)
            continue
        reading.problems.extend(file.problems)
        keys: dict[str, Entry] = {}
        for entry in file.entries:
            if not _read_entry(reading, entry, before, keys):
                reading.broken_files.add(file.path)
                break


def _cards_by_file(rows: Rows, files: Container[str]) -> dict[str, list[Card]]:
    found: dict[str, list[Card]] = {}
    for name in rows:
        card = card_from_json(rows.card(name)[1])
        if card.file in files:
            found.setdefault(card.file, []).append(card)
    return found


def _take_over(
    reading: _Reading, path: str, cards: Sequence[Card], before: _Before
) -> None:
    """Take in all entries of a file that is as the last build saw it."""
    source = UnchangedFile(reading.root, path)
    done: set[str] = set()
    for card in cards:
        name = AssetName(card.name)
        print_ = before.rows.fingerprint(name)
        assert print_ is not None, "the card is a row's"
        if not any(file.path in before.changed for file in card.files):
            reading.assets.promise(name, Entry(path, key=card.key, source=source))
            reading.prints[name] = print_
            reading.cards.append(card)
        elif card.key not in done:
            # A prompt file changed, and with it all assets of the entry.
            done.add(card.key)
            entry = Entry(path, key=card.key, value=source.value(card.key))
            reading.take(entry, (card.key, entry.value), print_)


def _read_entry(
    reading: _Reading, entry: Entry, before: _Before, keys: dict[str, Entry]
) -> bool:
    """Take one entry in; False if its file has to be read as a whole."""
    print_ = sha256(
        f"{reading.settings_print}\n{entry.file}\n{entry.text_print}".encode()
    ).hexdigest()
    cards = before.cards(print_)
    if cards is not None:
        if cards[0].key in keys:
            return False
        keys[cards[0].key] = entry
        for card in cards:
            name = AssetName(card.name)
            reading.assets.promise(name, entry)
            reading.prints[name] = print_
        reading.cards.extend(cards)
        return True
    pair = entry.read()
    if pair is None or pair[0] in keys:
        return False
    keys[pair[0]] = entry
    if entry.text is not None and schema.validate_asset(pair[1], entry.file, pair[0]):
        return False
    reading.take(entry, pair, print_)
    return True


def _linked(text: SpecText, reading: _Reading) -> Loaded:
    """Return the whole once names, references, files and rings are in order."""
    faults = [fault for file in text.files for fault in file.faults]
    problems = list(reading.problems)
    clean = not any(each.severity == "error" for each in problems) and not faults
    files = tuple(file.path for file in text.files)
    manifests = [manifest_path(each) for each in reading.settings.targets.values()]
    linked = link(reading.cards, (*files, lock_name(files[0])), manifests)
    if clean:
        problems.extend(linked)
    else:
        # Assets with errors are missing from the cards: what refers to them is not to
        # blame for it.
        problems.extend(each for each in linked if each.code != "unknown-asset")
    graph = build_graph(reading.cards)
    if not isinstance(graph, Graph):
        problems.extend(graph)
    found = (*faults, *located(problems, spec_reader(reading.root, text)))
    refuse_if_errors(found)
    assert isinstance(graph, Graph)
    cards = {AssetName(card.name): card for card in reading.cards}
    return Loaded(
        root=reading.root,
        text=text,
        settings=reading.settings,
        settings_print=reading.settings_print,
        assets=reading.assets,
        graph=graph,
        cards=cards,
        catalogue=Catalogue(
            order=graph.order,
            needs=graph.needs,
            assets=reading.assets,
            fingerprints=reading.prints,
            matches=_matches(reading.cards, graph),
        ),
        fresh=tuple(reading.fresh),
        diagnostics=found,
    )


def _matches(cards: Iterable[Card], graph: Graph) -> dict[str, tuple[AssetName, ...]]:
    patterns = {ref.name for card in cards for ref in card.refs if ref.glob}
    if not patterns:
        return {}
    index = NameIndex(graph.names)
    return {
        pattern: tuple(AssetName(name) for name in index.matching(pattern))
        for pattern in patterns
    }
