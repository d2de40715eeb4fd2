"""`assetgen diff`, the walk: revision -> two planned sides -> changes with their pictures.

    repository, revision -> the spec of then        revisions, halves
    both specs -> assets that may differ            pairing
    both sides planned, with their locks            halves, project
    pairs -> changes by field, draw and price       comparing, here
    changes -> lines, pictures, how far apart       locating, showing, transforms.likeness

Nothing is written, nobody is asked; the work tree and the index are only read.
"""

from __future__ import annotations

import os
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, NamedTuple

from assetgen import project
from assetgen.asking import Voices
from assetgen.comparing import field_changes
from assetgen.differences import (
    Change,
    Difference,
    Likeness,
    Side,
    totals_of,
)
from assetgen.graph import Selection
from assetgen.halves import (
    Half,
    half_of,
    input_changes,
    left_out,
    plan_then,
    read_then,
)
from assetgen.locating import lines_of
from assetgen.model import Drawn
from assetgen.pairing import Suspects, guesses, renames, suspects
from assetgen.plan import closure
from assetgen.revisions import Revision, base_of, repository_of
from assetgen.showing import Pictures, Shelf, Wanted
from assetgen.sources import spec_reader
from assetgen.values import Value, replace

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from assetgen.decide import PlannedAsset
    from assetgen.differences import Guess, Kind, Origin, State
    from assetgen.digest import Digest, Key
    from assetgen.halves import Then
    from assetgen.load import Loaded
    from assetgen.model import AssetName
    from assetgen.revisions import Base
    from assetgen.spans import Place
    from assetgen.world import Options, Planned, World

MOST_MEASURED: Final = 500
"""Pairs of pictures that are compared; each takes about a fifth of a second."""


class Review(Value):
    """A difference with its pictures at hand.

    Attributes:
        difference: All of it, as data.
        pictures: Gives bytes; only inside of `reviewed`.
        commits: What is committed of each origin of pictures that are files; likewise.
    """

    difference: Difference
    pictures: Pictures
    commits: Mapping[Origin, Revision]

    def picture_of(self, side: Side | None) -> bytes | None:
        """Return the bytes of a side's picture; None where it has none."""
        if side is None or side.picture is None:
            return None
        return self.pictures.bytes_of(side.picture)


@contextmanager
def reviewed(
    options: Options,
    asked: str | None,
    environ: Mapping[str, str],
    *,
    files_first: bool = False,
) -> Iterator[Review]:
    """Enter the comparison of the work tree with a revision.

    Args:
        options: As the command line gives them; names and tags do not count.
        asked: The revision, as `revisions.base_of` takes it.
        environ: The process's.
        files_first: Whether files are shown before draws wherever both are there.

    Raises:
        UsageError: There is no spec, no repository, or no such revision.
        SpecInvalid: The spec of now is wrong.
        DiskRefused: A file cannot be read, or git does not work here.
    """
    repository = repository_of(options.root)
    base = base_of(repository, asked, environ)
    with repository.objects() as objects:
        head = repository.commit_of("HEAD") or base.commit
        trees: Mapping[Origin, Revision] = {
            "git": Revision(objects, base.commit, repository.prefix),
            "folder": Revision(objects, head, repository.prefix),
        }
        options = replace(options, names=(), tags=())
        yield _review(options, base, trees, files_first=files_first)


def _review(
    options: Options, base: Base, trees: Mapping[Origin, Revision], *, files_first: bool
) -> Review:
    tree = trees["git"]
    seen: list[tuple[Then, Suspects]] = []

    def choose(world: World, loaded: Loaded) -> Selection:
        then = read_then(tree, base, options)
        found = suspects(then, loaded, world.lock, world.files.get)
        seen.append((then, found))
        needed = closure(loaded.catalogue, found.here)
        order = loaded.graph.order
        if len(needed) == len(order):
            return Selection(order, order)
        return Selection(found.here, tuple(name for name in order if name in needed))

    planned = project.make(options, choose=choose)
    now, (then, marked) = half_of(planned), seen[0]
    before = _half_of_then(then, planned, marked)
    pairs = _pairs(marked, now, before)
    drafts = [
        found for pair in pairs if (found := _drafted(pair, now, before)) is not None
    ]
    drafts = _located(drafts, planned)
    pictures = _pictures(planned, tree, then, files_first=files_first)
    changes, measured = _shown(_priced(drafts, planned), now, before, pictures, options)
    notes = (*then.notes, *left_out(tree, base), *measured)
    difference = Difference(
        base=base.name,
        commit=base.commit,
        forked=base.forked,
        changes=changes,
        totals=totals_of(changes),
        notes=notes,
    )
    return Review(difference, pictures, trees)


def _half_of_then(then: Then, planned: Planned, marked: Suspects) -> Half | None:
    if then.loaded is None:
        return None
    names = [name for name in marked.here if name in then.loaded.catalogue.needs]
    return plan_then(then, then.loaded, planned.world, (*names, *marked.gone))


# --- pairs ------------------------------------------------------------------------


class _Pair(NamedTuple):
    """An asset as it was and as it is; one of the names may be missing.

    Attributes:
        guess: What speaks for the two being one asset, where nothing proves it.
    """

    old: AssetName | None
    new: AssetName | None
    guess: Guess = ""


def _pairs(marked: Suspects, now: Half, then: Half | None) -> list[_Pair]:
    if then is None:
        return [_Pair(None, name) for name in marked.here]
    there = then.loaded.catalogue.needs
    added = [name for name in marked.here if name not in there]
    renamed = renames(added, marked.gone, now, then) if marked.gone else {}
    taken = set(renamed.values())
    left = [name for name in marked.gone if name not in taken]
    new = [name for name in added if name not in renamed]
    guessed = guesses(new, left, now.loaded, then.loaded) if new and left else {}
    pairs = []
    for name in marked.here:
        guess = guessed.get(name)
        if guess is not None:
            taken.add(guess.old)
            pairs.append(_Pair(guess.old, name, guess.why))
        else:
            pairs.append(_Pair(name if name in there else renamed.get(name), name))
    return pairs + [_Pair(name, None) for name in left if name not in taken]


# --- changes without lines and pictures ---------------------------------------------


class _Draft(NamedTuple):
    """A change on its way.

    Attributes:
        places: Of the entry, then of each field, on the new side.
        old: What is known of the asset as it was.
        new: As it is.
    """

    change: Change
    places: tuple[Place, ...]
    old: PlannedAsset | None
    new: PlannedAsset | None


def _drafted(pair: _Pair, now: Half, then: Half | None) -> _Draft | None:
    """Return what became of an asset; None if nothing did."""
    old = then.look(pair.old) if then is not None and pair.old is not None else None
    new = now.look(pair.new) if pair.new is not None else None
    if new is None:
        assert old is not None
        assert then is not None
        before = _side(old, then, then=True)
        change = Change(kind="removed", name=old.name, before=before, state="gone")
        return _Draft(change, (), old, None)
    asset = now.loaded.assets[new.name]
    common = Change(
        kind="added",
        name=new.name,
        after=_side(new, now),
        to_draw=new.draws,
        estimate_usd=new.estimate.usd if new.draws else 0.0,
        estimate_kind=new.estimate.kind,
        state=now.state_of(new),
    )
    if old is None or then is None:
        return _Draft(common, (asset.place.key(),), None, new)
    drafted = field_changes(
        then.loaded.assets[old.name],
        asset,
        lambda pattern: then.loaded.catalogue.matches.get(pattern, ()),
        lambda pattern: now.loaded.catalogue.matches.get(pattern, ()),
    )
    fields = tuple(each.change for each in drafted)
    voices = Voices(now.loaded.settings, now.loaded.spec_files[0])
    places = [asset.place.key()]
    for each in drafted:
        place = each.place
        if each.key and isinstance(asset.source, Drawn):
            place = voices.place_of(asset, asset.source, each.key)[1]
        places.append(place)
    change = replace(
        common,
        before=_side(old, then, then=True),
        old_name=old.name if old.name != new.name else "",
        guess=pair.guess,
        fields=fields,
        inputs=input_changes(new, old, now, then),
    )
    kind = _kind(change)
    if kind is None:
        return None
    return _Draft(replace(change, kind=kind), tuple(places), old, new)


def _kind(change: Change) -> Kind | None:
    before, after = change.before, change.after
    assert before is not None
    assert after is not None
    if change.old_name:
        return "renamed"
    if change.fields or change.inputs:
        return "changed"
    if change.state == "free":
        return None
    if before.draws == after.draws and before.pick == after.pick:
        return None
    if before.key == after.key and set(before.draws) == set(after.draws):
        return "picked"
    if not before.draws and not after.draws:
        return None
    return "redrawn"


def _side(looked: PlannedAsset, half: Half, *, then: bool = False) -> Side:
    """Return an asset with its draws: those of the lock, where it has any.

    The store may know more of a request by now; what the lock of then does not have was
    not there `then`.
    """
    asset = half.loaded.assets[looked.name]
    line = half.lock.get(looked.name)
    drawn = asset.source if isinstance(asset.source, Drawn) else None
    frozen = drawn is not None and drawn.frozen
    locked = line if line is not None and (frozen or line.key == looked.key) else None
    draws: tuple[Digest, ...] = ()
    pick: Digest | None = None
    known = looked.known
    if locked is not None and not half.is_free(asset):
        draws, pick = locked.draws, locked.pick
    elif known is not None and known.draws and not (then and not half.is_free(asset)):
        draws = known.draws
        pick = draws[known.pick] if known.pick < len(draws) else None
    return Side(
        name=looked.name,
        file=asset.place.file,
        model=((locked and locked.model) or drawn.model or "") if drawn else "",
        key=looked.key,
        draws=draws,
        pick=pick,
    )


# --- lines and prices ---------------------------------------------------------------


def _located(drafts: Sequence[_Draft], planned: Planned) -> list[_Draft]:
    """Return the changes with the lines of their entries and fields."""
    loaded, world = planned.loaded, planned.world
    places = {place for draft in drafts for place in draft.places}
    lines = lines_of(places, spec_reader(world.options.root, loaded.text))
    found = []
    for draft in drafts:
        change = draft.change
        if draft.places and change.after is not None:
            entry, *others = draft.places
            after = replace(change.after, line=lines.get(entry, 0))
            fields = tuple(
                replace(field, file=place.file, line=lines.get(place, 0))
                for field, place in zip(change.fields, others, strict=False)
            )
            change = replace(change, after=after, fields=fields)
        found.append(draft._replace(change=change))
    return found


def _priced(drafts: Sequence[_Draft], planned: Planned) -> list[_Draft]:
    """Return the changes with what their new draws have cost; each draw counts once."""
    store = planned.world.store
    counted: set[tuple[Key, Digest]] = set()
    found = []
    for draft in drafts:
        change, looked = draft.change, draft.new
        paid = change.state in {"locked", "frozen", "not-locked"}
        if not paid or change.after is None or looked is None:
            found.append(draft)
            continue
        key, before = change.after.key, change.before
        # Another request was paid for by itself, even if it brought the same bytes.
        same = before is not None and (before.key == key or change.state == "frozen")
        known = Counter(before.draws if before is not None and same else ())
        new = [each for each in change.after.draws if not _take(known, each)]
        records = {each.digest: each for each in store.draws(key)} if key else {}
        paid_usd, unpriced = 0.0, 0
        for digest in new:
            if key is not None and (key, digest) in counted:
                continue
            counted.update([(key, digest)] if key is not None else [])
            record = records.get(digest)
            if record is None or record.cost_usd is None:
                unpriced += 1
            else:
                paid_usd += record.cost_usd
        change = replace(
            change, new_draws=tuple(new), paid_usd=paid_usd, unpriced=unpriced
        )
        found.append(draft._replace(change=change))
    return found


def _take(known: Counter[Digest], digest: Digest) -> bool:
    """Return whether a draw is among those that are known, and take it out."""
    if not known[digest]:
        return False
    known[digest] -= 1
    return True


# --- pictures -----------------------------------------------------------------------


def _pictures(
    planned: Planned, tree: Revision, then: Then, *, files_first: bool
) -> Pictures:
    old = then.loaded
    shelf = Shelf("git", tree, old.settings.targets.values()) if old else None
    targets = planned.loaded.settings.targets.values()
    now = Shelf("folder", planned.world.options.root, targets)
    return Pictures(planned.world.store, shelf, now, files_first=files_first)


def _shown(
    drafts: Sequence[_Draft],
    now: Half,
    then: Half | None,
    pictures: Pictures,
    options: Options,
) -> tuple[tuple[Change, ...], tuple[str, ...]]:
    """Return the changes with pictures, and what has to be said of them."""
    changes = [_with_pictures(each, now, then, pictures) for each in drafts]
    pairs = [
        at
        for at, each in enumerate(changes)
        if _has_picture(each.before) and _has_picture(each.after)
    ]
    left = len(pairs) - MOST_MEASURED
    notes = (f"{left} more pairs of pictures were not compared.",) if left > 0 else ()
    chosen = pairs[:MOST_MEASURED]
    if chosen:
        workers = options.workers or os.cpu_count() or 1
        with ThreadPoolExecutor(min(workers, len(chosen), 8)) as pool:
            measured = pool.map(lambda at: _likeness(changes[at], pictures), chosen)
            for at, likeness in zip(chosen, measured, strict=True):
                changes[at] = replace(changes[at], likeness=likeness)
    return tuple(changes), notes


def _has_picture(side: Side | None) -> bool:
    return side is not None and side.picture is not None


def _with_pictures(
    draft: _Draft, now: Half, then: Half | None, pictures: Pictures
) -> Change:
    change = draft.change
    before = _wanted(change.before, draft.old, then)
    after = _wanted(change.after, draft.new, now)
    was, is_ = pictures.of(before, after)
    sides = {}
    for name, side, found in (
        ("before", change.before, was),
        ("after", change.after, is_),
    ):
        if side is not None:
            sides[name] = replace(side, picture=found.picture, missing=found.missing)
    return replace(change, **sides)


def _wanted(
    side: Side | None, looked: PlannedAsset | None, half: Half | None
) -> Wanted | None:
    if side is None or looked is None or half is None:
        return None
    state: State = half.state_of(looked)
    return Wanted(
        asset=half.loaded.assets[side.name],
        state=state,
        draw=side.pick,
        request=side.key,
        unbuilt=state == "free" and looked.draws > 0,
    )


def _likeness(change: Change, pictures: Pictures) -> Likeness | None:
    """Return how far the two pictures are apart; None if one cannot be opened."""
    from assetgen.transforms.likeness import likeness_of
    from assetgen.transforms.opening import PictureRefused

    assert change.before is not None
    assert change.after is not None
    one, other = change.before.picture, change.after.picture
    if one is None or other is None:
        return None
    if one.digest == other.digest:
        return Likeness(0.0, 0.0)
    data = pictures.bytes_of(one), pictures.bytes_of(other)
    if data[0] is None or data[1] is None:
        return None
    try:
        return likeness_of(data[0], data[1])
    except PictureRefused:
        return None
