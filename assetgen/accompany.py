"""Puts companions beside the pictures of a target: writes, merges and takes them out.

What a companion holds is `companions`' part. A file that is all ours is made anew
whenever it differs, and left alone if somebody edited it. A file that somebody else
writes to as well only ever gets and loses our entries; it is never removed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from assetgen.companions.facts import (
    MARK,
    PRESET_MARK,
    TargetFacts,
    asset_facts,
    entries_of,
)
from assetgen.companions.making import companions_of
from assetgen.companions.merging import lacks, merged, without
from assetgen.companions.names import fixed_names
from assetgen.digest import Digest, digest_of
from assetgen.errors import DiskRefused, PolicyRefused
from assetgen.files import contain, read_if_there
from assetgen.manifest import CompanionEntry, companion_fragment, row_of
from assetgen.publish import Published, publish
from assetgen.values import Value, field

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping
    from pathlib import Path

    from assetgen.companions.planned import Companion
    from assetgen.model import Json, Target
    from assetgen.publish import Journal

    Entries = Mapping[str, Mapping[str, Json]]


class Change(Value, kw_only=True):
    """A companion as it should be.

    Attributes:
        path: Relative to the project root.
        data: The whole file.
        shared: Whether somebody else's content is in it.
        owned: Digests of bytes there that may be replaced.
        differs: Whether other bytes lie there, or none.
    """

    companion: Companion
    path: str
    data: bytes
    shared: bool
    owned: Collection[Digest]
    differs: bool


class Brought(Value, kw_only=True):
    """What became of a target's companions.

    Attributes:
        rows: Their rows in the manifest, by path from the target's folder.
        written: Paths whose bytes changed, relative to the project root.
        kept: Paths where somebody else's bytes were left alone.
        gone: Files that were ours and that nothing asks for any more, by path from the
            target's folder, with the digest that was written there.
    """

    rows: Mapping[str, str] = field(default_factory=dict)
    written: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    gone: Mapping[str, Digest] = field(default_factory=dict)


class Beside(Value, kw_only=True):
    """A target as its manifest was, and as it will be.

    Attributes:
        root: The project root.
        base: What stands before the paths of the manifest.
        old: What the manifest said, companions included.
        before: The same as facts.
        after: What it will say.
        noted: The journal.
    """

    root: Path
    base: str
    old: Entries
    before: TargetFacts
    after: TargetFacts
    noted: Mapping[str, Collection[Digest]] = field(default_factory=dict)


def may_have(target: Target, text: str) -> bool:
    """Return whether a target has companions, or had some.

    Args:
        target: The target.
        text: Of its manifest.
    """
    fixed = fixed_names(target.engine, target.types, snippets=target.snippets)
    return bool(fixed) or PRESET_MARK in text or MARK in text


def facts_of(
    target: Target, project: str, files: Entries, assets: Entries
) -> TargetFacts:
    """Return what a manifest's entries say of a target."""
    return TargetFacts(
        name=target.name,
        project=project,
        engine=target.engine or "",
        types=target.types or "",
        snippets=target.snippets,
        assets=asset_facts(files, assets),
    )


def rows_as_entries(rows: Mapping[str, str]) -> dict[str, dict[str, Json]]:
    """Return the values of a manifest's rows by name."""
    return entries_of(rows.values())


def changes_of(beside: Beside) -> Iterator[Change]:
    """Yield every companion as it should be.

    Raises:
        PolicyRefused: A file that somebody else writes to cannot be read as what it
            should be.
        DiskRefused: A file cannot be read.
    """
    former = {each.path: each for each in companions_of(beside.before)}
    for each in companions_of(beside.after) if beside.after.assets else ():
        path = beside.base + each.path
        entry = beside.old.get(each.path, {})
        there = read_if_there(contain(beside.root, path))
        owned = set(beside.noted.get(path, ()))
        if isinstance(entry.get("sha256"), str) and not entry.get("shared"):
            owned.add(Digest(str(entry["sha256"])))
        data, shared = each.text.encode(), False
        if each.listing is not None and there not in (None, data):
            assert there is not None
            if digest_of(there) not in owned:
                before = former.get(each.path)
                gone = before.names - each.names if before is not None else frozenset()
                data, shared = merged(there, each, gone, path), True
                owned = {digest_of(there)}
        yield Change(
            companion=each,
            path=path,
            data=data,
            shared=shared,
            owned=owned,
            differs=there != data,
        )


def bring_up(beside: Beside, journal: Journal, *, force: bool) -> Brought:
    """Make all companions of a target what they should be; errors as `changes_of`.

    Raises:
        DiskRefused: One cannot be written.
    """
    rows: dict[str, str] = {}
    written: list[str] = []
    kept: list[str] = []
    for each in list(changes_of(beside)):  # all are read before the first is written
        verdict = Published.UNCHANGED
        if each.differs:
            verdict = publish(
                beside.root,
                each.path,
                each.data,
                owned=each.owned,
                force=force,
                # A note says that bytes are all ours, and those of a shared file are not.
                journal=None if each.shared else journal,
            )
        if verdict is Published.WRITTEN:
            written.append(each.path)
        if verdict is Published.KEPT:
            kept.append(each.path)
        rows[each.companion.path] = _row(each)
    gone, left = _stale(beside, rows)
    written += take_out(beside.root, beside.base, left, beside.before)
    return Brought(rows=rows, written=tuple(written), kept=tuple(kept), gone=gone)


def _row(change: Change) -> str:
    name = change.companion.path
    entry = CompanionEntry(
        kind=change.companion.kind,
        sha256=digest_of(change.data),
        bytes=len(change.data),
        format=name.rpartition(".")[2],
        shared=change.shared,
    )
    return row_of(name, companion_fragment(entry))


def _stale(
    beside: Beside, wanted: Collection[str]
) -> tuple[dict[str, Digest], list[str]]:
    """Return companions that are not wanted any more: ours, and those of others."""
    gone: dict[str, Digest] = {}
    left: list[str] = []
    for path, entry in beside.old.items():
        if "companion" not in entry or path in wanted:
            continue
        if entry.get("shared"):
            left.append(path)
        else:
            gone[path] = Digest(str(entry["sha256"]))
    return gone, left


def take_out(
    root: Path, base: str, paths: Iterable[str], before: TargetFacts
) -> list[str]:
    """Take our entries out of files that others write to, and return those files.

    A file that cannot be read as what it should be is left as it is.

    Args:
        root: The project root.
        base: What stands before the paths.
        paths: From the target's folder.
        before: What the manifest said when the entries were written.

    Raises:
        DiskRefused: A file cannot be read or written.
    """
    former = {each.path: each for each in companions_of(before)}
    changed: list[str] = []
    for path in paths:
        companion, full = former.get(path), base + path
        if companion is None or companion.listing is None:
            continue
        try:
            data = read_if_there(contain(root, full))
            if data is None:
                continue
            rest = without(data, companion.listing, companion.names, full)
        except PolicyRefused:
            continue
        if rest != data:
            publish(root, full, rest, owned={digest_of(data)})
            changed.append(full)
    return changed


def shared_paths(entries: Entries) -> list[str]:
    """Return the companions of a manifest that others write to."""
    return [path for path, entry in entries.items() if entry.get("shared")]


def due(beside: Beside) -> tuple[list[str], dict[str, Digest]]:
    """Return the companions that a build would write, and those it would remove.

    Raises:
        PolicyRefused: As `changes_of`.
        DiskRefused: A file cannot be read.
    """
    found: list[str] = []
    wanted: list[str] = []
    for each in changes_of(beside):
        wanted.append(each.companion.path)
        if each.differs and _may_write(beside.root, each):
            found.append(each.path)
    gone, left = _stale(beside, wanted)
    found += [beside.base + path for path in left]
    return found, gone


def paths_of(facts: TargetFacts) -> list[str]:
    """Return the paths of all companions of a target, from its folder."""
    return [each.path for each in companions_of(facts)] if facts.assets else []


def _may_write(root: Path, change: Change) -> bool:
    there = read_if_there(contain(root, change.path))
    return there is None or digest_of(there) in change.owned


def missing_entries(
    root: Path, base: str, path: str, before: TargetFacts
) -> str | None:
    """Return what is wrong with a shared file that a manifest lists; None for nothing.

    Args:
        root: The project root.
        base: What stands before the path.
        path: From the target's folder.
        before: What the manifest says.
    """
    companion = next((c for c in companions_of(before) if c.path == path), None)
    if companion is None:
        return None
    try:
        data = read_if_there(contain(root, base + path))
        if data is None:
            return "the manifest lists the file, and it is not there"
        if lacks(data, companion, base + path):
            return "entries that assetgen wrote there are missing or changed"
    except (PolicyRefused, DiskRefused) as error:
        return error.message
    return None
