"""Reasons in plain words, the one place where they are worded; pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assetgen import reasons
from assetgen.report.diagnostics import escape_terminal
from assetgen.report.word_diff import as_excerpt, compare_words
from assetgen.values import as_mapping

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assetgen.model import Json
    from assetgen.reasons import Reason

_TEXTS = {
    "new": "new",
    "input-changed": "{name} is another picture now",
    "input-pending": "waits for {asset}",
    "draws-missing": "{known} of {wanted} draws are known",
    "rerolled": "{count} more asked for, of the same request",
    "draw-not-locked": "needs draw {draw} of {asset}, which is frozen with fewer",
    "blob-missing": "picture {digest:.12} is not in the store",
    "picture-changed": "picture changed",
    "checks-pending": "its checks have not been made",
    "rejected": "the provider refused it before: {message} "
    "(--retry-rejected asks again)",
    "outcome-unknown": "an earlier call may have been charged and brought no picture "
    "(--retry-unknown asks again)",
    "pinned-missing": "the pinned picture {digest:.12} is nowhere "
    "(--redraw-missing draws another)",
    "not-locked": "frozen, but the lock holds no draws",
    "need-blocked": "needs {asset}, which cannot be built",
    "output-new": "new file {path}",
    "output-changed": "{path} has other settings",
    "output-missing": "{path} is missing",
    "output-edited": "{path} was edited by hand and is left alone "
    "(--force overwrites it)",
    "output-foreign": "{path} is not ours and is left alone (--force overwrites it)",
}
"""Words for each kind of reason; names in braces are the reason's own fields."""

_FILES = {
    "output-new": "new files",
    "output-changed": "files with other settings",
    "output-missing": "files are missing",
    "output-edited": "files were edited by hand and are left alone",
    "output-foreign": "files are not ours and are left alone",
}
_LISTED = 3
"""So many assets that are waited for are named; more are counted."""


def reasons_text(given: Sequence[Reason]) -> str:
    """Return all reasons of one asset on one line, those of one kind put together."""
    by_kind: dict[str, list[Reason]] = {}
    for reason in _without_consequences(given):
        by_kind.setdefault(reason.kind, []).append(reason)
    texts: list[str] = []
    for kind, alike in by_kind.items():
        if kind in _FILES and len(alike) > 1:
            texts.append(f"{len(alike)} {_FILES[kind]}")
        elif kind == reasons.InputPending.kind:
            names = [each.asset for each in alike if hasattr(each, "asset")]
            more = f" and {len(names) - _LISTED} more" if len(names) > _LISTED else ""
            listed = ", ".join(escape_terminal(name) for name in names[:_LISTED])
            texts.append(f"waits for {listed}{more}")
        else:
            texts.extend(reason_text(each) for each in alike)
    return "; ".join(texts)


def _without_consequences(given: Sequence[Reason]) -> list[Reason]:
    """Return the reasons without what another provider brings with it."""
    parts = {each.name for each in given if isinstance(each, reasons.PartChanged)}
    hidden = {"provider version", "label"} if "provider" in parts else set()
    return [
        each
        for each in given
        if not (isinstance(each, reasons.PartChanged) and each.name in hidden)
    ]


def reason_text(reason: Reason) -> str:
    """Return one reason in plain words, escaped for terminals, on one line."""
    return escape_terminal(" ".join(_words(reason).split()))


def reason_json(reason: Reason) -> dict[str, Json]:
    """Return a reason as data, its ``kind`` first."""
    return {"kind": reason.kind, **as_mapping(reason)}


def _words(reason: Reason) -> str:
    match reason:
        case reasons.PromptChanged(old, new):
            return f"prompt changed: {as_excerpt(compare_words(old, new))}"
        case reasons.PartChanged(name, old, new):
            return _part_words(name, old, new)
        case _:
            return _TEXTS[reason.kind].format_map(as_mapping(reason))


def _part_words(name: str, old: str, new: str) -> str:
    name = name.removeprefix("parameter ")
    old, new = old.strip('"'), new.strip('"')
    if not old:
        return f"{name} is {new} now"
    if not new:
        return f"{name} is not set any more (was {old})"
    return f"{name} changed from {old} to {new}"
