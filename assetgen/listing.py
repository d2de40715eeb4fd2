"""What lies in the targets' folders: manifests, and files that leave with their outputs.

A manifest is changed row by row; what was not built this time keeps its rows. Files that
no output declares any more are removed if nobody changed them, and named if somebody did.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from assetgen import accompany, manifest
from assetgen.companions.facts import AssetFact, FileFact
from assetgen.companions.snippets import picture_element, srcsets
from assetgen.digest import Digest, digest_of
from assetgen.files import read_if_there, write_if_changed
from assetgen.model import AssetName, Target
from assetgen.publish import digest_on_disk, prune
from assetgen.resolve.settings import manifest_path
from assetgen.values import Value

if TYPE_CHECKING:
    from collections.abc import Collection, Container, Mapping
    from collections.abc import Set as AbstractSet
    from pathlib import Path

    from assetgen.load import Loaded
    from assetgen.model import Json
    from assetgen.observe import Manifests
    from assetgen.publish import Journal
    from assetgen.results import Built
    from assetgen.snapshot import Snapshot
    from assetgen.state import State


class Ending(Value, kw_only=True):
    """What the last stages of a build need to know of it.

    Attributes:
        built: Assets that are done, those that were up to date included.
        targets: The targets in scope.
        state: Of the build before.
        only_replaces: No asset came, went or writes to another path than before, and the
            manifests are as the build before left them.
    """

    root: Path
    loaded: Loaded
    snapshot: Snapshot
    state: State
    built: Mapping[AssetName, Built]
    targets: tuple[Target, ...]
    journal: Journal
    manifests: Manifests
    only_replaces: bool = False


class Pruned(Value):
    """Files that are gone, and files that would be but for somebody's edits.

    Attributes:
        written: Companions whose bytes changed.
        companions: All companions that are there now.
    """

    removed: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    written: tuple[str, ...] = ()
    companions: tuple[str, ...] = ()

    def __add__(self, other: Pruned) -> Pruned:
        """Return both together."""
        return Pruned(
            self.removed + other.removed,
            self.kept + other.kept,
            self.written + other.written,
            self.companions + other.companions,
        )


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
    """Write the targets' manifests, with what stands beside their pictures.

    What no output declares any more is removed.

    Raises:
        DiskRefused: A manifest cannot be written or a file not removed.
        PolicyRefused: A file that somebody else writes to is not what it should be.
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
    if noted.keys() <= written.union(pruned.removed, pruned.companions):
        end.journal.clear()
    # Else an asset failed halfway: only the journal knows the files that it did write.
    return pruned


def _update_manifest(
    end: Ending,
    target: Target,
    noted: Mapping[str, Collection[Digest]],
    written: AbstractSet[str],
) -> Pruned:
    path, base = manifest_path(target), folder_prefix(target)
    old = end.manifests.of(target)
    beside_them = _may_have_companions(end, target)
    if end.only_replaces and noted.keys() <= written and not beside_them:
        patched = _patched(end, target, old.text)
        if patched is not None:
            data = patched.encode()
            if data != old.data:
                write_if_changed(end.root / path, data, durable=False, what="manifest")
            return Pruned()
    files, assets, gone = _rows_now(end, target)
    brought = accompany.Brought()
    if beside_them:
        brought = _bring_companions(end, target, noted, files, assets)
        gone.update(brought.gone)
    gone.update(noted_only(end.root, end.loaded, base, noted, files))
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
        tuple(base + each for each in removed),
        (*(base + each for each in kept), *brought.kept),
        brought.written,
        tuple(base + each for each in brought.rows),
    )


def _may_have_companions(end: Ending, target: Target) -> bool:
    """Return whether a target has companions, had some, or gets its first ones."""
    if accompany.may_have(target, end.manifests.of(target).text):
        return True
    made = (done.files.planned for done in end.built.values() if done.files is not None)
    return any(
        each.output.preset is not None and each.output.target == target.name
        for planned in made
        for each in planned
    )


def _rows_now(
    end: Ending, target: Target
) -> tuple[dict[str, str], dict[str, str], dict[str, Digest]]:
    """Return a manifest's rows of files and assets, and the files that left it."""
    base, old = folder_prefix(target), end.manifests.of(target)
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
    return files, assets, gone


def _bring_companions(
    end: Ending,
    target: Target,
    noted: Mapping[str, Collection[Digest]],
    files: dict[str, str],
    assets: Mapping[str, str],
) -> accompany.Brought:
    """Write a target's companions, and give them their rows in `files`."""
    old = end.manifests.of(target)
    before, project = accompany.rows_as_entries(old.files), end.loaded.settings.project
    for path in [path for path in files if "companion" in before.get(path, {})]:
        del files[path]
    after = accompany.rows_as_entries(files)
    beside = accompany.Beside(
        root=end.root,
        base=folder_prefix(target),
        old=before,
        before=accompany.facts_of(
            target, project, before, accompany.rows_as_entries(old.assets)
        ),
        after=accompany.facts_of(
            target, project, after, accompany.rows_as_entries(assets)
        ),
        noted=noted,
    )
    force = end.snapshot.policy.force
    brought = accompany.bring_up(beside, end.journal, force=force)
    files.update(brought.rows)
    return brought


def _patched(end: Ending, target: Target, text: str) -> str | None:
    """Return a manifest's text with the rows of what was built; None if rows are new."""
    files: dict[str, str] = {}
    assets: dict[str, str] = {}
    for name, done in end.built.items():
        fresh, about = _rows(end, name, target, done)
        files.update(fresh)
        if about is not None:
            assets[name] = about
    return manifest.patched(text, files, assets)


def dropped_outputs(
    state: State, declared: Mapping[AssetName, Container[str]]
) -> dict[str, Digest]:
    """Return the files of assets that their outputs do not declare any more.

    Args:
        state: Of the build before.
        declared: For assets that were looked at, the paths of all their outputs.
    """
    return {
        out.path: out.derived.sha256
        for name, paths in declared.items()
        if name in state.rows
        for out in state.rows[name].outputs
        if out.path not in paths
    }


def noted_only(
    root: Path,
    loaded: Loaded,
    base: str,
    noted: Mapping[str, Collection[Digest]],
    files: Container[str],
) -> dict[str, Digest]:
    """Return files that a build wrote before it crashed, and that nobody declares.

    Args:
        root: The project.
        loaded: Its spec.
        base: What stands before the paths of a target's manifest.
        noted: The journal.
        files: What the manifest lists.
    """
    claimed = (
        {out.path for card in loaded.cards.values() for out in card.outputs}
        if noted
        else set()
    )
    found: dict[str, Digest] = {}
    for full, digests in noted.items():
        name = full.removeprefix(base)
        if not full.startswith(base) or name in files or full in claimed:
            continue
        there = digest_on_disk(root / full)
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
    facts: list[FileFact] = []
    more: dict[str, Json] = {}
    for row, planned in zip(done.files.rows, done.files.planned, strict=True):
        out, part = planned.output, planned.part
        if out.target != target.name:
            continue
        is_data = part is not None and part.kind != "picture"
        path = row.path.removeprefix(base)
        at = known.pick if out.draw is None else out.draw - 1
        picked = None if out.draw is None else at == known.pick
        fragment = manifest.file_fragment(
            manifest.FileEntry(
                asset=name,
                sha256=row.derived.sha256,
                bytes=row.derived.bytes,
                width=None if is_data else row.derived.width,
                height=None if is_data else row.derived.height,
                format=part.kind if part and is_data else out.format or "",
                draw=known.draws[at] if known.draws else None,
                placeholder="placeholder" in known.provenance,
                picked=picked,
                preset=out.preset,
                about=out.about,
            )
        )
        files[path] = manifest.row_of(path, fragment)
        if row.derived.preview and picked is not False:
            more["color"], more["blur"] = row.derived.preview
        if part is None:
            facts.append(
                FileFact(
                    path=path,
                    asset=name,
                    format=out.format or "",
                    width=row.derived.width,
                    height=row.derived.height,
                    preset=out.preset or "",
                    about=out.about,
                    picked=picked is not False,
                )
            )
    if not files:
        return {}, None
    shown = AssetFact(name=name, alt=asset.alt, files=tuple(facts))
    return files, _asset_row(target, shown, tuple(files), more)


def _asset_row(
    target: Target, shown: AssetFact, files: tuple[str, ...], more: dict[str, Json]
) -> str:
    """Return what a target's manifest says of an asset that has files in it."""
    on_web = target.engine in (None, "web")
    entry = manifest.AssetEntry(
        files=files,
        alt=shown.alt,
        srcset=srcsets(shown),
        picture=picture_element(shown) if on_web else "",
        more=more,
    )
    return manifest.row_of(shown.name, manifest.asset_fragment(entry))


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
        if data is not None:
            take_out_entries(end.root, base, data)
        prune(end.root, {path: digest_of(data)} if data is not None else {})
        pruned += Pruned(
            tuple(base + each for each in removed), tuple(base + each for each in kept)
        )
    return pruned


def take_out_entries(root: Path, base: str, data: bytes) -> None:
    """Take our entries out of files that others write to as well.

    Args:
        root: The project root.
        base: What stands before the paths of a manifest.
        data: Of the manifest, as it was written.

    Raises:
        DiskRefused: Such a file cannot be written.
    """
    listed = manifest.parse_manifest(data)
    shared = accompany.shared_paths(listed.entries)
    if shared:
        nameless = Target(name="", dir=base)
        facts = accompany.facts_of(nameless, "", listed.entries, listed.assets)
        accompany.take_out(root, base, shared, facts)
