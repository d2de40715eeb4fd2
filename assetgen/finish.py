"""The end of a build: after the manifests come the lock and the state.

What was not built this time (other assets were asked for, it failed, the build was
interrupted) keeps its lines; its row is marked as stale, so that the next build looks
at it again.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from assetgen import __version__
from assetgen.files import write_atomically
from assetgen.lockfile import Lock, LockLine, line_for, write_lock
from assetgen.model import AssetName, Drawn
from assetgen.resolve.settings import manifest_path
from assetgen.snapshot import Row
from assetgen.state import (
    Columns,
    Rows,
    Shape,
    State,
    Watched,
    figures_of,
    format_state,
    settled,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from pathlib import Path

    from assetgen.digest import Digest
    from assetgen.listing import Ending
    from assetgen.load import Loaded
    from assetgen.model import Asset, Target
    from assetgen.results import Built
    from assetgen.snapshot import Snapshot
    from assetgen.state import Figures

STALE: Final = "-"
"""The fingerprint of a row that stands for nothing any more."""


def write_lock_lines(end: Ending, path: Path, old: Lock) -> Lock:
    """Write the lock: which draws the assets of paid providers are.

    Lines that stay are copied as they stand, and nothing is written if all do. What a
    flag or a profile let a free provider draw this time stays pinned as it was.

    Raises:
        DiskRefused: It cannot be written.
    """
    gone = [name for name in old if name not in end.loaded.cards]
    lines: list[LockLine] = []
    stands_in = end.loaded.settings.strong_provider is not None
    for name, done in end.built.items():
        if done.decision.known is None:
            continue  # as the last build left it, and so is its line
        asset = end.loaded.assets[name]
        before = old.get(name)
        line = _lock_line(asset, done, end.snapshot, before)
        if line is not None and line != before:
            lines.append(line)
        if line is None and before is not None:
            source = asset.source
            if not (isinstance(source, Drawn) and (source.frozen or stands_in)):
                gone.append(name)
    if not (lines or gone):
        return old
    lock = old.changed(lines, gone)
    write_lock(path, lock)
    return lock


def _lock_line(
    asset: Asset, done: Built, snapshot: Snapshot, before: LockLine | None
) -> LockLine | None:
    request, key = done.decision.request, done.decision.key
    known = done.decision.known
    if request is None or key is None or known is None:
        return None
    facts = snapshot.providers[request.provider]
    if facts.deterministic and not facts.paid:
        return None
    if isinstance(asset.source, Drawn) and asset.source.frozen:
        return None  # a frozen line is never rewritten
    pick = known.draws[known.pick]
    if before is not None and (before.key, before.draws, before.pick) == (
        key,
        known.draws,
        pick,
    ):
        return before
    record = snapshot.records.get(key)
    return line_for(
        asset.name,
        request,
        key,
        draws=known.draws,
        pick=pick,
        known=record.draws if record else (),
    )


# --- state --------------------------------------------------------------------


def write_state(
    end: Ending,
    *,
    options: str,
    summary: str,
    watched: Iterable[Watched],
    stale: Collection[AssetName],
) -> None:
    """Write what this build saw, for the next one.

    Args:
        end: What came of the build.
        options: The line that the no-op path compares; empty after a build that left
            something undone, so that it never matches.
        summary: The line that a build with nothing to do prints.
        watched: Files whose change makes the next build look closer.
        stale: Assets whose rows stand for nothing any more.

    Raises:
        DiskRefused: It cannot be written.
    """
    columns = _columns(end, stale)
    state = State(
        version=__version__,
        options=options,
        summary=summary,
        settings=end.loaded.settings_print,
        watched=tuple(watched),
        rows=Rows(columns),
        shape=_shape(end, columns),
    )
    write_atomically(
        end.root / ".assetgen" / "state",
        format_state(state),
        durable=False,
        mode=0o600,
        what="state",
    )


def _columns(end: Ending, stale: Collection[AssetName]) -> Columns:
    """Return the rows of all assets in spec order; neighbours that stay in one go."""
    prints = end.loaded.catalogue.fingerprints
    siblings = Counter(prints.values())
    old, columns = end.state.rows, Columns()
    positions = old.positions()
    first = last = 0  # the run of old rows that waits to be copied
    for name in end.loaded.graph.names:
        at = positions.get(name)
        done = end.built.get(name)
        known = done.decision.known if done is not None else None
        if known is None and at is not None and name not in stale:
            if at != last:
                columns.copy(old, first, last)
                first = at
            last = at + 1
            continue
        columns.copy(old, first, last)
        first = last = 0
        if done is not None and known is not None:
            row = Row(
                fingerprint=prints[name],
                known=known,
                key=done.decision.key,
                outputs=done.files.rows if done.files else (),
            )
            card = (siblings[row.fingerprint], end.loaded.cards[name])
            columns.add(name, row, card, done.files.figures if done.files else ())
        elif at is not None:
            columns.copy(old, at, at + 1)
            columns.prints[-1] = STALE
    columns.copy(old, first, last)
    return columns


def _shape(end: Ending, columns: Columns) -> Shape:
    """Return how the assets hang together, if all of them have rows."""
    loaded = end.loaded
    if columns.names != list(loaded.graph.names):
        return Shape()
    prints = loaded.catalogue.fingerprints
    stands = [
        prints[AssetName(name)] == print_
        for name, print_ in zip(columns.names, columns.prints, strict=True)
    ]
    files = {
        file.path: (file.head, *loaded.ranges[file.path])
        for file in loaded.text.files
        if all(stands[slice(*loaded.ranges[file.path])])
    }
    if loaded.same_shape and end.state.shape.order:
        old = end.state.shape
        return Shape(files=files, order=old.order, needs=old.needs, matches=old.matches)
    position = {name: at for at, name in enumerate(loaded.graph.names)}
    return Shape(
        files=files,
        order=[position[name] for name in loaded.graph.order],
        needs={name: used for name, used in loaded.graph.needs.items() if used},
        matches=loaded.catalogue.matches,
    )


def input_files(loaded: Loaded, state: State) -> set[str]:
    """Return the project files that assets read."""
    if loaded.same_shape:
        return {each.path for each in state.watched if each.kind == "input"}
    return {each.path for card in loaded.cards.values() for each in card.files}


def watched_files(
    root: Path,
    loaded: Loaded,
    state: State,
    files: Mapping[str, Digest],
    targets: Iterable[Target],
    others: Iterable[tuple[str, str]],
    began_ns: int,
) -> list[Watched]:
    """Return all files whose change makes the next build look closer.

    Args:
        files: Digests of project files that assets read.
        others: Kind and path of further files, such as the lock.
        began_ns: Time before the first of them was read, in ns since the epoch.
    """
    watched = [
        Watched("spec", file.path, _figures(root, file.path, began_ns), file.digest)
        for file in loaded.text.files
    ]
    for path in sorted(input_files(loaded, state)):
        digest = files.get(path)
        watched.append(Watched("input", path, _figures(root, path, began_ns), digest))
    watched.extend(
        Watched("folder", folder, _figures(root, folder, began_ns))
        for folder in loaded.text.folders
    )
    for target in targets:
        path = manifest_path(target)
        watched.append(Watched("manifest", path, figures_of(root / path)))
    for kind, path in others:
        watched.append(Watched(kind, path, figures_of(root / path)))
    return watched


def _figures(root: Path, path: str, began_ns: int) -> Figures:
    return settled(figures_of(root / path), began_ns)
