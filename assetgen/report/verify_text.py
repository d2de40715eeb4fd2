"""Whether everything agrees, for people and programs; pure.

The JSON form is public: `schemas/verify.schema.json`.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from assetgen.report.diagnostics import escape_terminal
from assetgen.report.plan_text import counted

if TYPE_CHECKING:
    from assetgen.model import Json
    from assetgen.verifying import Finding, Verdict

_WAYS_OUT = {
    "output-missing": "`assetgen build` makes lost files again, for nothing",
    "output-changed": "`assetgen build --force` overwrites what was edited",
    "blob-missing": "`assetgen cache import` takes pictures from a colleague's export; "
    "`assetgen build --redraw-missing` draws them again",
    "blob-damaged": "`assetgen cache import` takes pictures from a colleague's export; "
    "`assetgen build --redraw-missing` draws them again",
    "draw-differs": "`assetgen build` makes the files of the lock's pick",
    "lock-line-missing": "`assetgen build` writes the line from the store's record",
}


def as_text(verdict: Verdict, *, verbose: bool = False) -> str:
    """Return one line a finding, each way out once, and the sum."""
    shown = verdict.findings if verbose else verdict.damage
    lines = [_line(each) for each in shown]
    kinds = dict.fromkeys(each.kind for each in shown)
    ways = dict.fromkeys(_WAYS_OUT[kind] for kind in kinds if kind in _WAYS_OUT)
    lines += [f"  hint: {way}" for way in ways]
    looked = f"{counted(verdict.files, 'file')} and {counted(verdict.blobs, 'draw')}"
    damage, notes = len(verdict.damage), len(verdict.findings) - len(verdict.damage)
    more = "" if verbose or not notes else f" (-v shows {counted(notes, 'note')})"
    outcome = counted(damage, "problem") if damage else "all agree"
    return "\n".join([*lines, f"looked at {looked}: {outcome}{more}"])


def _line(finding: Finding) -> str:
    what = finding.path or f"{finding.asset} ({finding.digest[:12]})"
    word = "note" if finding.severity == "note" else "error"
    message = escape_terminal(finding.message)
    return f"{word}: {escape_terminal(what)}: {message}"


def as_json(verdict: Verdict) -> str:
    """Return the public form."""
    data: dict[str, Json] = {
        "verify": 1,
        "ok": not verdict.damage,
        "findings": [_data(each) for each in verdict.findings],
        "summary": {
            "files": verdict.files,
            "blobs": verdict.blobs,
            "damage": len(verdict.damage),
            "notes": len(verdict.findings) - len(verdict.damage),
        },
    }
    return json.dumps(data, indent=2)


def _data(finding: Finding) -> dict[str, Json]:
    parts: dict[str, Json] = {
        "kind": finding.kind,
        "severity": finding.severity,
        "message": finding.message,
        "asset": finding.asset,
        "path": finding.path,
        "digest": finding.digest,
    }
    return {name: part for name, part in parts.items() if part}
