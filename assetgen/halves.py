"""The two specs that are compared, each loaded, planned and asked in the same way.

The spec of then is read out of git and planned with the lock of then, beside the store of
now. Its outputs are nobody's business, so the snapshot has none. What is wrong with it is
a note and no error: it was accepted once, or it is what is being mended.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Final, NamedTuple

from assetgen import observe
from assetgen.decide import Action, PlannedAsset, decide
from assetgen.differences import InputChange
from assetgen.digest import digest_of
from assetgen.errors import AssetgenError, SpecInvalid
from assetgen.gitrefs import NotFetched
from assetgen.identify import flatten, identifier, image_refs, output_refs, request_refs
from assetgen.load import load_spec, lock_name
from assetgen.lockfile import Lock, lock_text, parse_lock
from assetgen.model import AssetRef, Drawn
from assetgen.observe import PICTURE_LIMIT_BYTES, Changes
from assetgen.plan import make_plan
from assetgen.resolve.settings import Options as SpecOptions
from assetgen.revisions import pointed_digest
from assetgen.snapshot import ProviderFacts, Snapshot
from assetgen.sources import LIMIT_BYTES
from assetgen.state import State as BuildState
from assetgen.world import Options, ProviderTable, World

if TYPE_CHECKING:
    from collections.abc import Iterable

    from assetgen.differences import State
    from assetgen.digest import Digest
    from assetgen.load import Loaded
    from assetgen.model import Asset, AssetName, Ref
    from assetgen.plan import Knowledge
    from assetgen.revisions import Base, Revision
    from assetgen.world import Planned

_MOST_NAMED: Final = 3
_NOTHING: Final = Changes(files=frozenset(), inputs=frozenset(), assets=frozenset())


class Half(NamedTuple):
    """One of the two sides, planned as far as it is compared.

    Attributes:
        planned: What a build would do, by asset, where it would do anything.
    """

    loaded: Loaded
    lock: Lock
    snapshot: Snapshot
    knowledge: Knowledge
    planned: Mapping[AssetName, PlannedAsset]

    def look(self, name: AssetName) -> PlannedAsset:
        """Return what would be done for an asset, with its request and pictures."""
        found = self.planned.get(name)
        if found is not None:
            return found
        return decide(self.loaded.assets[name], self.knowledge, self.snapshot)

    def is_free(self, asset: Asset) -> bool:
        """Return whether nobody is paid for an asset's picture."""
        if not isinstance(asset.source, Drawn):
            return True
        facts = self.snapshot.providers[asset.source.provider]
        return facts.deterministic and not facts.paid

    def state_of(self, looked: PlannedAsset) -> State:
        """Return whether an asset's draws are there and locked."""
        asset = self.loaded.assets[looked.name]
        if looked.action is Action.BLOCKED and looked.known is None:
            return "blocked"
        if self.is_free(asset):
            return "free"
        assert isinstance(asset.source, Drawn)
        if looked.known is None:
            return "to-draw"
        if asset.source.frozen:
            return "frozen"
        pin = self.lock.get(looked.name)
        if pin is not None and pin.key == looked.key:
            return "locked"
        return "not-locked"


def half_of(planned: Planned) -> Half:
    """Return the side of now."""
    return Half(
        planned.loaded,
        planned.world.lock,
        planned.snapshot,
        planned.knowledge,
        {each.name: each for each in planned.plan.looked_at},
    )


# --- inputs -----------------------------------------------------------------------


def input_changes(
    new: PlannedAsset, old: PlannedAsset, now: Half, then: Half
) -> tuple[InputChange, ...]:
    """Return the pictures that both versions of an asset use and that are others now."""
    before = dict.fromkeys(_refs(old, then))
    found: dict[str, InputChange] = {}
    for ref in _refs(new, now):
        if ref not in before:
            continue  # that another picture is named is a change of a field
        name = ref.name if isinstance(ref, AssetRef) else ref.path
        was, is_ = _identity(ref, then), _identity(ref, now)
        if is_ is None or was != is_:
            pending = is_ is None
            if pending and was is None:
                continue
            found[name] = InputChange(name, pending=pending)
    return tuple(found.values())


def _refs(looked: PlannedAsset, half: Half) -> tuple[Ref, ...]:
    asset, view = half.loaded.assets[looked.name], half.knowledge
    refs = (*request_refs(asset, view), *image_refs(asset, view), *output_refs(asset))
    return flatten(refs, view)


def _identity(ref: Ref, half: Half) -> str | None:
    """Return what a picture is; None while nobody knows."""
    if isinstance(ref, AssetRef):
        known = half.knowledge.known(ref.name)
        return None if known is None else known.image(ref.draw)
    return identifier(half.knowledge, half.snapshot)(ref)


# --- then -----------------------------------------------------------------------


class Then(NamedTuple):
    """The spec of then, read but not planned.

    Attributes:
        loaded: None where there is none, or it cannot be read.
        notes: What a reader has to know about that.
    """

    loaded: Loaded | None
    lock: Lock
    files: FilesThen
    notes: tuple[str, ...] = ()


class FilesThen(Mapping[str, "Digest"]):
    """Digests of the project's files as they were committed.

    A Git LFS pointer counts as the file that it stands for, which need not be fetched.
    """

    def __init__(self, tree: Revision) -> None:
        """Read nothing yet."""
        self._tree = tree
        self._known: dict[str, Digest] = {}

    def __getitem__(self, path: str) -> Digest:
        """Return a file's digest; that of no bytes where it is not there."""
        found = self._known.get(path)
        if found is None:
            try:
                data = self._tree.read(path, PICTURE_LIMIT_BYTES) or b""
            except AssetgenError:
                data = b""
            found = self._known[path] = pointed_digest(data) or digest_of(data)
        return found

    def __iter__(self) -> Iterator[str]:
        """Return the files that were looked at."""
        return iter(self._known)

    def __len__(self) -> int:
        """Return how many were looked at."""
        return len(self._known)


def read_then(tree: Revision, base: Base, options: Options) -> Then:
    """Return the spec and the lock of a revision, as far as they can be read.

    Args:
        tree: The project's files then.
        base: For messages.
        options: Which spec, and under which profile and provider.

    Raises:
        NotFetched: A partial clone left the spec or the lock out.
    """
    files = FilesThen(tree)
    if not tree.exists(options.spec):
        note = f"There is no {options.spec} at {base.name}: everything is new."
        return Then(None, Lock(), files, (note,))
    lock, notes = _lock_then(tree, base, options)
    try:
        loaded = _load_then(tree, options, options.profile)
    except SpecInvalid as error:
        if options.profile is not None and _lacks_profile(error):
            note = f"The spec at {base.name} has no profile {options.profile!r}."
            try:
                loaded = _load_then(tree, options, None)
            except AssetgenError as worse:
                return Then(None, lock, files, (*notes, _broken(worse, base, tree)))
            return Then(loaded, lock, files, (*notes, note))
        return Then(None, lock, files, (*notes, _broken(error, base, tree)))
    except AssetgenError as error:
        return Then(None, lock, files, (*notes, _broken(error, base, tree)))
    return Then(loaded, lock, files, notes)


def _load_then(tree: Revision, options: Options, profile: str | None) -> Loaded:
    return load_spec(
        options.root,
        options.spec,
        SpecOptions(profile, options.provider),
        BuildState(),
        _NOTHING,
        lambda *_: (),
        options.targets,
        tree=tree,
    )


def _lacks_profile(error: SpecInvalid) -> bool:
    return [each.code for each in error.diagnostics] == ["unknown-profile"]


def _broken(error: AssetgenError, base: Base, tree: Revision) -> str:
    """Return that the spec of then cannot be read, with the first reason.

    Raises:
        NotFetched: That is the reason; then nothing is known to be new.
    """
    for name in tree.absent:
        raise NotFetched(name)
    said, where, more = error.message, "", ""
    if isinstance(error, SpecInvalid) and error.diagnostics:
        first = error.diagnostics[0]
        said = first.message
        if first.excerpt is not None:
            where = f"{first.excerpt.span.path}:{first.excerpt.span.line}: "
        others = len(error.diagnostics) - 1
        more = f" (and {others} more)" if others else ""
    return (
        f"The spec at {base.name} cannot be read, so everything counts as new: "
        f"{where}{said}{more}."
    )


def left_out(tree: Revision, base: Base) -> tuple[str, ...]:
    """Return which files of then a partial clone lacks, as a note; nothing for none."""
    names = list(tree.absent)
    if not names:
        return ()
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    note = (
        f"A partial clone left out {', '.join(names[:_MOST_NAMED])}{more} as of "
        f"{base.name}: what they showed is not known here, and they count as others. "
        "git fetch --refetch --no-filter brings them."
    )
    return (note,)


def _lock_then(
    tree: Revision, base: Base, options: Options
) -> tuple[Lock, tuple[str, ...]]:
    name = lock_name(options.spec)
    try:
        data = tree.read(name, LIMIT_BYTES)
        return parse_lock(lock_text(data or b"", name), name), ()
    except NotFetched:
        raise
    except AssetgenError as error:
        said = error.message
        if isinstance(error, SpecInvalid) and error.diagnostics:
            said = error.diagnostics[0].message
        note = f"The lock at {base.name} cannot be read and counts as empty: {said}."
        return Lock(), (note,)


class _Providers(Mapping[str, ProviderFacts]):
    """Facts on providers; one that this run does not have counts as a paid one."""

    def __init__(self, table: ProviderTable) -> None:
        self._table = table

    def __getitem__(self, name: str) -> ProviderFacts:
        found = self._table.get(name)
        return found or ProviderFacts(
            name=name,
            version="",
            deterministic=False,
            paid=True,
            local=False,
            labelled=False,
        )

    def __iter__(self) -> Iterator[str]:
        return iter(self._table)

    def __len__(self) -> int:
        return len(self._table)


def plan_then(
    then: Then, loaded: Loaded, world: World, names: Iterable[AssetName]
) -> Half:
    """Return the side of then, planned for some assets and all that they need."""
    snapshot = Snapshot(
        providers=_Providers(ProviderTable(world.registry)),
        files=then.files,
        records=observe.StoredRecords(world.store),
        blobs=observe.StoredBlobs(world.store),
        pins=observe.LockedPins(then.lock),
    )
    plan, knowledge = make_plan(loaded.catalogue, snapshot, names)
    planned = {each.name: each for each in plan.looked_at}
    return Half(loaded, then.lock, snapshot, knowledge, planned)
