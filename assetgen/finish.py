"""The end of a build: manifests, removals, lock and state, in this order.

What was not built this time (other assets were asked for, it failed, the build was
interrupted) keeps its lines; its row is marked as stale, so that the next build looks
at it again.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from assetgen import __version__, manifest
from assetgen.digest import Digest, digest_of
from assetgen.files import read_if_there, write_atomically, write_if_changed
from assetgen.lockfile import LockLine, write_lock
from assetgen.model import AssetName, Drawn
from assetgen.publish import digest_on_disk, prune
from assetgen.resolve.settings import manifest_path
from assetgen.snapshot import Row
from assetgen.state import (
    AssetState,
    Watched,
    figures_of,
    format_line,
    format_state,
    settled,
)

if TYPE_CHECKING:
    import array
    from collections.abc import Collection, Container, Iterable, Iterator, Mapping
    from pathlib import Path

    from assetgen.execute import Built
    from assetgen.load import Loaded
    from assetgen.model import Asset, Json, Target
    from assetgen.observe import Manifests
    from assetgen.publish import Journal
    from assetgen.snapshot import ProviderFacts, Snapshot
    from assetgen.state import Figures, State

STALE: Final = "-"
"""The fingerprint of a row that stands for nothing any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """What the last stages of a build need to know of it.

    Attributes:
        built: Assets that are done, those that were up to date included.
        targets: The targets in scope.
        state: Of the build before.
    """

    root: Path
    loaded: Loaded
    snapshot: Snapshot
    state: State
    built: Mapping[AssetName, Built]
    targets: tuple[Target, ...]
    journal: Journal
    manifests: Manifests


@dataclass(frozen=True, slots=True)
class Pruned:
    """Files that are gone, and files that would be but for somebody's edits."""

    removed: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()

    def __add__(self, other: Pruned) -> Pruned:
        """Return both together."""
        return Pruned(self.removed + other.removed, self.kept + other.kept)


# --- manifests ----------------------------------------------------------------


def folder_prefix(target: Target) -> str:
    """Return what stands before the paths of a target's manifest."""
    return "" if target.dir == "." else f"{target.dir}/"


def outdated(
    rows: Mapping[str, str],
    cards: Container[str],
    declared: Mapping[AssetName, Container[str]],
) -> set[str]:
    """Return the files of a manifest that no output declares any more.

    Args:
        rows: The manifest's rows by asset.
        cards: All assets of the spec.
        declared: For assets that were looked at, the paths of all their outputs,
            relative to the manifest's folder.
    """
    gone: set[str] = set()
    for name, row in rows.items():
        paths = declared.get(AssetName(name))
        if name not in cards:
            gone.update(manifest.files_of(row))
        elif paths is not None:
            gone.update(path for path in manifest.files_of(row) if path not in paths)
    return gone


def write_manifests(end: Ending) -> Pruned:
    """Write the targets' manifests and remove what no output declares any more.

    Raises:
        DiskRefused: A manifest cannot be written or a file not removed.
    """
    noted = end.journal.owned()
    pruned = Pruned()
    written = {
        row.path
        for done in end.built.values()
        if done.files is not None
        for row in done.files.rows
    }
    for target in end.targets:
        pruned += _update_manifest(end, target, noted, written)
    pruned += _drop_old_manifests(end, written)
    if noted.keys() <= written.union(pruned.removed):
        end.journal.clear()
    # Else an asset failed halfway: only the journal knows the files that it did write.
    return pruned


def _update_manifest(
    end: Ending,
    target: Target,
    noted: Mapping[str, Collection[Digest]],
    written: Container[str],
) -> Pruned:
    path, base = manifest_path(target), folder_prefix(target)
    old = end.manifests.of(target)
    files, assets = dict(old.files), dict(old.assets)
    rebuilt = {
        name: {row.path.removeprefix(base) for row in done.files.rows}
        if done.files
        else set()
        for name, done in end.built.items()
        if done.decision.known is not None
    }
    known = end.loaded.cards
    gone = {
        name: manifest.sha256_of(files[name])
        for name in outdated(assets, known, rebuilt)
        if name in files
    }
    for name in gone:
        del files[name]
    for owner in [each for each in assets if each not in known or each in rebuilt]:
        del assets[owner]
    for name in rebuilt:
        fresh, about = _rows(end, name, target, end.built[name])
        files.update(fresh)
        if about is not None:
            assets[name] = about
    gone.update(_noted_only(end, base, noted, files))
    # A file may have found another owner: an asset with another name, another target.
    gone = {name: sha for name, sha in gone.items() if base + name not in written}
    # Files first: a crash in between leaves names of nothing, and no nameless files.
    removed, kept = prune(end.root / target.dir, gone)
    text = manifest.manifest_text(files, assets).encode()
    if files and text != old.data:
        write_if_changed(end.root / path, text, durable=False, what="manifest")
    elif not files and old.data is not None:
        prune(end.root, {path: digest_of(old.data)})  # as if there had never been any
    return Pruned(
        tuple(base + each for each in removed), tuple(base + each for each in kept)
    )


def _noted_only(
    end: Ending,
    base: str,
    noted: Mapping[str, Collection[Digest]],
    files: Container[str],
) -> dict[str, Digest]:
    """Return files that a build wrote before it crashed, and that nobody declares."""
    claimed = (
        {out.path for card in end.loaded.cards.values() for out in card.outputs}
        if noted
        else set()
    )
    found: dict[str, Digest] = {}
    for full, digests in noted.items():
        name = full.removeprefix(base)
        if not full.startswith(base) or name in files or full in claimed:
            continue
        there = digest_on_disk(end.root / full)
        if there is not None and there in digests:
            found[name] = there
    return found


def _rows(
    end: Ending, name: AssetName, target: Target, done: Built
) -> tuple[dict[str, str], str | None]:
    """Return an asset's rows for a target's manifest."""
    asset = end.loaded.assets[name]
    known = done.decision.known
    if done.files is None or known is None:
        return {}, None
    base = folder_prefix(target)
    files: dict[str, str] = {}
    widths: dict[str, dict[int, str]] = {}
    for row, out in zip(done.files.rows, asset.outputs, strict=True):
        if out.target != target.name:
            continue
        path = row.path.removeprefix(base)
        at = known.pick if out.draw is None else out.draw - 1
        fragment = manifest.file_fragment(
            manifest.FileEntry(
                asset=name,
                sha256=row.derived.sha256,
                bytes=row.derived.bytes,
                width=row.derived.width,
                height=row.derived.height,
                format=out.format or "",
                draw=known.draws[at] if known.draws else None,
                placeholder="placeholder" in known.provenance,
            )
        )
        files[path] = manifest.row_of(path, fragment)
        if out.format is not None:
            widths.setdefault(out.format, {})[row.derived.width] = path
    if not files:
        return {}, None
    srcset = {
        kind: ", ".join(f"{path} {width}w" for width, path in sorted(paths.items()))
        for kind, paths in widths.items()
        if len(paths) > 1
    }
    entry = manifest.AssetEntry(files=tuple(files), alt=asset.alt, srcset=srcset)
    return files, manifest.row_of(name, manifest.asset_fragment(entry))


def orphans(root: Path, loaded: Loaded, state: State) -> dict[str, dict[str, Digest]]:
    """Return what targets that the spec no longer has left behind.

    Returns:
        Path of each old manifest to its files that no output of another target
        declares: path relative to the manifest's folder, to the digest written there.
    """
    current = {manifest_path(each) for each in loaded.settings.targets.values()}
    old = [each.path for each in state.watched if each.kind == "manifest"]
    old = [path for path in old if path not in current]
    if not old:
        return {}
    claimed = {out.path for card in loaded.cards.values() for out in card.outputs}
    found: dict[str, dict[str, Digest]] = {}
    for path in old:
        data = read_if_there(root / path)
        if data is not None:
            owned = manifest.parse_manifest(data).owned.items()
            base = folder_of(path)
            found[path] = {p: sha for p, sha in owned if base + p not in claimed}
    return found


def folder_of(path: str) -> str:
    """Return the folder of a manifest with a slash behind it; empty for the root."""
    folder, slash, _ = path.rpartition("/")
    return folder + slash


def _drop_old_manifests(end: Ending, written: Container[str]) -> Pruned:
    """Clear the folders of targets that the spec no longer has."""
    pruned = Pruned()
    for path, files in orphans(end.root, end.loaded, end.state).items():
        base = folder_of(path)
        gone = {name: sha for name, sha in files.items() if base + name not in written}
        removed, kept = prune(end.root / base, gone)
        data = read_if_there(end.root / path)
        prune(end.root, {path: digest_of(data)} if data is not None else {})
        pruned += Pruned(
            tuple(base + each for each in removed), tuple(base + each for each in kept)
        )
    return pruned


# --- lock ---------------------------------------------------------------------


def write_lock_lines(
    end: Ending, path: Path, old: Mapping[AssetName, LockLine]
) -> dict[AssetName, LockLine]:
    """Write the lock: which draws the assets of paid providers are.

    Raises:
        DiskRefused: It cannot be written.
    """
    lines = {name: line for name, line in old.items() if name in end.loaded.cards}
    for name, done in end.built.items():
        if done.decision.known is None:
            continue  # as the last build left it, and so is its line
        asset = end.loaded.assets[name]
        line = _lock_line(asset, done, end.snapshot.providers)
        if line is not None:
            lines[name] = line
        elif not (isinstance(asset.source, Drawn) and asset.source.frozen):
            lines.pop(name, None)
    if lines or old:
        write_lock(path, lines.values())
    return lines


def _lock_line(
    asset: Asset, done: Built, providers: Mapping[str, ProviderFacts]
) -> LockLine | None:
    request, key = done.decision.request, done.decision.key
    known = done.decision.known
    if request is None or key is None or known is None:
        return None
    facts = providers[request.provider]
    if facts.deterministic and not facts.paid:
        return None
    if isinstance(asset.source, Drawn) and asset.source.frozen:
        return None  # a frozen line is never rewritten
    return LockLine(
        asset=asset.name,
        key=key,
        operation=request.operation,
        provider=request.provider,
        model=request.model,
        params=dict(request.params),
        prompt=digest_of(request.prompt.encode())[:12],
        inputs=request.inputs,
        mask=request.mask,
        revision=request.revision,
        draws=known.draws,
        pick=known.draws[known.pick],
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
        options: The line that the no-op path compares; empty after a build that left
            something undone, so that it never matches.
        summary: The line that a build with nothing to do prints.
        stale: Assets whose rows stand for nothing any more.

    Raises:
        DiskRefused: It cannot be written.
    """
    data = format_state(
        version=__version__,
        options=options,
        summary=summary,
        settings=end.loaded.settings_print,
        heads=_complete_heads(end, stale),
        watched=watched,
        lines=_lines(end, stale),
    )
    write_atomically(
        end.root / ".assetgen" / "state", data, durable=False, mode=0o600, what="state"
    )


def _complete_heads(
    end: Ending, stale: Collection[AssetName]
) -> dict[str, dict[str, Json]]:
    """Return the heads of the spec files that the next build need not read again."""
    prints = end.loaded.catalogue.fingerprints

    def stands(name: AssetName) -> bool:
        done = end.built.get(name)
        if name in stale:
            return False
        if done is not None and done.decision.known is not None:
            return True
        return end.state.rows.fingerprint(name) == prints[name]

    partial = {card.file for name, card in end.loaded.cards.items() if not stands(name)}
    return {
        file.path: file.head
        for file in end.loaded.text.files
        if file.path not in partial
    }


def _lines(
    end: Ending, stale: Collection[AssetName]
) -> Iterator[tuple[list[str], list[str], array.array[int]]]:
    """Return the lines of all assets in spec order, neighbours that stay in one go."""
    siblings = Counter(end.loaded.catalogue.fingerprints.values())
    positions = end.state.rows.positions()
    first = last = 0  # the run of old lines that is waiting
    for name in end.loaded.graph.names:
        at = positions.get(name)
        done = end.built.get(name)
        new = done is not None and done.decision.known is not None
        if not new and name not in stale and at is not None:
            if at != last:
                yield _old_lines(end, first, last)
                first = at
            last = at + 1
            continue
        yield _old_lines(end, first, last)
        first = last = 0
        if done is not None and new:
            line, paths, figures = _new_line(end, name, done, siblings)
            yield [line], paths, figures
        elif at is not None:
            lines, paths, figures = _old_lines(end, at, at + 1)
            columns = lines[0].split("\t", 2)
            yield [f"{columns[0]}\t{STALE}\t{columns[2]}"], paths, figures
    yield _old_lines(end, first, last)


def _old_lines(
    end: Ending, first: int, last: int
) -> tuple[list[str], list[str], array.array[int]]:
    """Return lines as the last build wrote them."""
    state = end.state
    lines, at = state.rows.lines(first, last)
    figures = state.figures[3 * at.start : 3 * at.stop]
    return lines, list(state.paths[at.start : at.stop]), figures


def _new_line(
    end: Ending, name: AssetName, done: Built, siblings: Mapping[str, int]
) -> tuple[str, list[str], array.array[int]]:
    files, known = done.files, done.decision.known
    assert known is not None
    row = Row(
        fingerprint=end.loaded.catalogue.fingerprints[name],
        known=known,
        key=done.decision.key,
        outputs=files.rows if files else (),
    )
    card = (siblings[row.fingerprint], end.loaded.cards[name])
    figures = files.figures if files else ()
    return format_line(AssetState(name=name, row=row, card=card, figures=figures))


def watched_files(
    root: Path,
    loaded: Loaded,
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
    paths = {each.path for card in loaded.cards.values() for each in card.files}
    for path in sorted(paths):
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
