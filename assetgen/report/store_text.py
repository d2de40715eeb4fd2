"""What the store holds and what of it may go, for people and programs; pure."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from assetgen.report.diagnostics import escape_terminal
from assetgen.report.plan_text import counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assetgen.model import Json
    from assetgen.storecare import Damage, Rubbish, Sum
    from assetgen.transferring import Moved
    from assetgen.upkeep import Collected, Status

_UNITS: Final = ("kB", "MB", "GB", "TB")
_LISTED: Final = 20


def size_text(size: int) -> str:
    """Return a number of bytes in words: ``312 bytes``, ``4.0 kB``, ``1.2 GB``."""
    if size < 1000:
        return counted(size, "byte")
    power = 1
    while size / 1000**power >= 999.95 and power < len(_UNITS):
        power += 1
    return f"{size / 1000**power:.1f} {_UNITS[power - 1]}"


# --- status -------------------------------------------------------------------


def status_text(status: Status) -> str:
    """Return one line a kind, and what a collection would free."""
    found = status.survey
    rows = (
        ("pinned by a lock", found.pinned),
        ("paid, not pinned", found.kept),
        ("free to draw again", found.free),
        ("without a record", found.unnamed),
        ("records", found.records),
        ("unusable answers", found.answers),
        ("quarantine", found.quarantine),
        ("memo", status.memo),
    )
    shared = ", which other checkouts may use, too" if status.shared else ""
    lines = [f"store {escape_terminal(str(status.store))}{shared}"]
    lines += [
        f"  {name:<20}{each.files:>8}  {size_text(each.bytes) if each.files else ''}"
        for name, each in rows
    ]
    freed = size_text(status.rubbish.bytes)
    lines.append(
        f"`assetgen cache gc` would free {freed}"
        if status.rubbish.bytes
        else "nothing in it is superfluous"
    )
    return "\n".join(line.rstrip() for line in lines)


def status_json(status: Status) -> str:
    """Return the same as JSON; sizes in bytes."""
    found = status.survey
    sums = {
        "pinned": found.pinned,
        "paid": found.kept,
        "free": found.free,
        "unnamed": found.unnamed,
        "records": found.records,
        "answers": found.answers,
        "quarantine": found.quarantine,
        "memo": status.memo,
    }
    data: dict[str, Json] = {
        "store": str(status.store),
        "shared": status.shared,
        "kinds": {name: _sum_data(each) for name, each in sums.items()},
        "collectable": _rubbish_data(status.rubbish),
    }
    return json.dumps(data, indent=2)


def _sum_data(found: Sum) -> Json:
    return {"files": found.files, "bytes": found.bytes}


def _rubbish_data(rubbish: Rubbish) -> Json:
    return {
        "records": len(rubbish.records),
        "blobs": len(rubbish.blobs),
        "bytes": rubbish.bytes,
    }


# --- damage -------------------------------------------------------------------


def damage_text(damage: Sequence[Damage], *, repaired: bool) -> str:
    """Return one line a damaged file, and what became of it."""
    if not damage:
        return "every blob and record of the store is sound"
    lines = [f"error: {each.kind} {each.name}: {each.problem}" for each in damage]
    count = counted(len(damage), "damaged file")
    if repaired:
        lines.append(
            f"{count} moved to quarantine: the next build sees what is missing"
        )
    else:
        lines.append(f"{count}; `assetgen cache verify --repair` moves them away")
    return "\n".join(lines)


def damage_json(damage: Sequence[Damage], *, repaired: bool) -> str:
    """Return the same as JSON."""
    found: list[Json] = [
        {"kind": each.kind, "name": each.name, "problem": each.problem}
        for each in damage
    ]
    return json.dumps({"damage": found, "repaired": repaired and bool(found)}, indent=2)


# --- collection ---------------------------------------------------------------


def collected_text(collected: Collected, *, verbose: bool = False) -> str:
    """Return what was removed, or would be."""
    rubbish = collected.rubbish
    digests = sorted(rubbish.blobs)
    lines = [
        f"  {digest}  {size_text(rubbish.blobs[digest])}"
        for digest in (digests if verbose else digests[:_LISTED])
    ]
    if len(digests) > len(lines):
        lines.append(f"  ... and {len(digests) - len(lines)} more (-v lists all)")
    what = (
        f"{counted(len(rubbish.records), 'record')} and "
        f"{counted(len(digests), 'blob')}, {size_text(rubbish.bytes)}"
    )
    if not (rubbish.records or rubbish.blobs):
        lines.append("nothing to remove: all of it is needed, paid for, or new")
    elif collected.removed is None:
        lines.append(f"would remove {what}; `assetgen cache gc --yes` does it")
    else:
        lines.append(f"removed {what}")
    if rubbish.young:
        young = counted(rubbish.young, "file")
        lines.append(f"left {young} alone: younger than an hour")
    if collected.shared:
        lines.append(
            "the store may serve other checkouts, whose locks were not looked at"
        )
    return "\n".join(lines)


def collected_json(collected: Collected) -> str:
    """Return the same as JSON."""
    rubbish = collected.rubbish
    data: dict[str, Json] = {
        "removed": collected.removed is not None,
        "records": [str(key) for key in sorted(rubbish.records)],
        "blobs": {str(name): rubbish.blobs[name] for name in sorted(rubbish.blobs)},
        "bytes": rubbish.bytes,
        "young": rubbish.young,
    }
    return json.dumps(data, indent=2)


# --- out and in ---------------------------------------------------------------


def moved_text(moved: Moved, verb: str) -> str:
    """Return what went out or came in."""
    return (
        f"{verb} {counted(moved.blobs, 'blob')} and "
        f"{counted(moved.records, 'record')}, {size_text(moved.bytes)}"
    )
