"""Do outputs, manifests, lock and store agree? Everything is read and hashed anew.

Nothing is trusted here that a build takes for granted: no state, no times of change. A
blob whose bytes do not fit its name is moved to the store's quarantine on the way, so
that no build uses it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, NamedTuple, TypeAlias

from assetgen.accompany import facts_of, missing_entries, shared_paths
from assetgen.errors import DiskRefused, PolicyRefused
from assetgen.files import contain, read_if_there
from assetgen.manifest import parse_manifest
from assetgen.model import AssetName, Target
from assetgen.publish import digest_on_disk
from assetgen.storecare import record_problem
from assetgen.values import Value

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path

    from assetgen.digest import Digest
    from assetgen.lockfile import Lock, LockLine
    from assetgen.model import Json
    from assetgen.store import Store

Severity: TypeAlias = Literal["damage", "note"]
DAMAGE: Final = "damage"
NOTE: Final = "note"


class Finding(Value, kw_only=True):
    """One thing that does not agree.

    Attributes:
        kind: A stable slug, for example ``output-changed``.
        message: One clause in lower case, without the file's name.
        severity: Damage ends the command with 7, a note does not.
        path: The file, relative to the project root where it lies inside; empty for
            blobs and records.
        digest: Of the blob, or the key of the record; empty for files.
    """

    kind: str
    message: str
    severity: Severity = DAMAGE
    asset: str = ""
    path: str = ""
    digest: str = ""


class Verdict(Value, kw_only=True):
    """What was found.

    Attributes:
        files: Outputs that were looked at.
        blobs: Blobs that were looked at.
    """

    findings: tuple[Finding, ...]
    files: int
    blobs: int

    @property
    def damage(self) -> tuple[Finding, ...]:
        """What ends the command with 7."""
        return tuple(each for each in self.findings if each.severity == DAMAGE)


class Listed(NamedTuple):
    """A target's manifest.

    Attributes:
        folder: The target's folder, relative to the project root.
        path: The manifest's path, relative to the project root.
    """

    folder: str
    path: str


def verify(
    root: Path,
    store: Store,
    lock: Lock,
    targets: Iterable[Listed],
    belongs: Callable[[AssetName], bool],
) -> Verdict:
    """Return what does not agree.

    Args:
        root: The project root.
        store: Damaged blobs that the lock names are moved to its quarantine.
        lock: Which draws the assets are.
        targets: Where manifests lie.
        belongs: Tells whether an asset belongs into the lock.

    Raises:
        DiskRefused: A file is there and cannot be read.
    """
    findings: list[Finding] = []
    files = 0
    for target in targets:
        entries, found = _read_manifest(root, target)
        findings += found
        files += len(entries)
        findings += _check_shared(root, target)
        for path, entry in sorted(entries.items()):
            if entry.get("shared"):
                continue
            findings += _check_output(root, target, path, entry)
            findings += _check_draw(target, path, entry, lock, belongs)
    blobs: set[Digest] = set()
    for line in lock.values():
        findings += _check_line(line, store, blobs)
    return Verdict(findings=tuple(findings), files=files, blobs=len(blobs))


# --- outputs and manifests ----------------------------------------------------


def _read_manifest(
    root: Path, target: Listed
) -> tuple[Mapping[str, Mapping[str, Json]], list[Finding]]:
    """Return the entries of a manifest, and what is wrong with it as a whole."""
    data = read_if_there(root / target.path)
    if data is None:
        return {}, []
    manifest = parse_manifest(data)
    if manifest.problem is None:
        return manifest.entries, []
    message = f"the manifest cannot be read: {manifest.problem}"
    return {}, [Finding(kind="manifest-damaged", message=message, path=target.path)]


def _check_output(
    root: Path, target: Listed, path: str, entry: Mapping[str, Json]
) -> Iterator[Finding]:
    """Yield what is wrong with a file that a manifest lists."""
    shown_as, asset = _inside(target, path), str(entry.get("asset", ""))
    try:
        found = digest_on_disk(contain(root / target.folder, path))
    except (PolicyRefused, DiskRefused) as error:
        yield Finding(
            kind="output-blocked", message=error.message, asset=asset, path=shown_as
        )
        return
    if found is None:
        yield Finding(
            kind="output-missing",
            message="the manifest lists the file, and it is not there",
            asset=asset,
            path=shown_as,
        )
    elif found != entry["sha256"]:
        yield Finding(
            kind="output-changed",
            message="its bytes are not the ones that the manifest lists",
            asset=asset,
            path=shown_as,
        )


def _check_shared(root: Path, target: Listed) -> Iterator[Finding]:
    """Yield what is wrong with our entries in files that others write to."""
    data = read_if_there(root / target.path)
    listed = parse_manifest(data or b"")
    nameless = Target(name="", dir=target.folder)
    facts = facts_of(nameless, "", listed.entries, listed.assets)
    for path in shared_paths(listed.entries):
        base = "" if target.folder == "." else f"{target.folder}/"
        problem = missing_entries(root, base, path, facts)
        if problem is not None:
            shown_as = _inside(target, path)
            yield Finding(kind="output-changed", message=problem, path=shown_as)


def _check_draw(
    target: Listed,
    path: str,
    entry: Mapping[str, Json],
    lock: Lock,
    belongs: Callable[[AssetName], bool],
) -> Iterator[Finding]:
    """Yield how a file's draw differs from the lock's pick."""
    draw, asset = entry.get("draw"), AssetName(str(entry.get("asset", "")))
    if entry.get("placeholder") or not isinstance(draw, str):
        return  # a stand-in is made beside the lock
    line = lock.get(asset)
    where = _inside(target, path)
    if line is None:
        if belongs(asset):
            yield Finding(
                kind="lock-line-missing",
                message=f"it was made from the draw {draw[:12]}, and the lock has no "
                "line for its asset",
                asset=asset,
                path=where,
                digest=draw,
            )
    elif line.pick != draw:
        yield Finding(
            kind="draw-differs",
            message=f"it was made from the draw {draw[:12]}, and the lock picks "
            f"{line.pick[:12]}",
            asset=asset,
            path=where,
            digest=draw,
        )


def _inside(target: Listed, path: str) -> str:
    return path if target.folder == "." else f"{target.folder}/{path}"


# --- lock and store -----------------------------------------------------------


def _check_line(line: LockLine, store: Store, blobs: set[Digest]) -> Iterator[Finding]:
    """Yield what the store lacks of a line; looks at each blob once."""
    for digest in line.draws:
        picked = digest == line.pick
        if digest in blobs and not picked:
            continue
        blobs.add(digest)
        there = store.has(digest)
        if there and store.get(digest) is not None:
            continue
        word = "the pinned picture" if picked else "a draw that is not picked"
        what = "was damaged and is in quarantine" if there else "is not in the store"
        yield Finding(
            kind="blob-damaged" if there else "blob-missing",
            message=f"{word} {what}",
            severity=DAMAGE if there or picked else NOTE,
            asset=line.asset,
            digest=digest,
        )
    yield from _check_record(line, store)


def _check_record(line: LockLine, store: Store) -> Iterator[Finding]:
    data = read_if_there(store.root / "ac" / line.key[:2] / f"{line.key}.json")
    if data is None:
        return  # the lock says enough
    problem = record_problem(data, line.key)
    if problem:
        yield Finding(
            kind="record-damaged",
            message=f"the record of its request cannot be used: {problem}",
            asset=line.asset,
            digest=line.key,
        )
        return
    named = {draw.digest for draw in store.draws(line.key)}
    if line.pick not in named:
        yield Finding(
            kind="record-differs",
            message="the record of its request does not name the pinned picture",
            severity=NOTE,
            asset=line.asset,
            digest=line.pick,
        )
