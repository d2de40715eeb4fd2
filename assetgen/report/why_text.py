"""What changed since an asset was built, prompts compared word by word; pure."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Protocol

from assetgen import reasons
from assetgen.report.diagnostics import escape_terminal
from assetgen.report.reason_text import reason_json, reason_text
from assetgen.report.word_diff import as_text as words_text
from assetgen.report.word_diff import compare_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assetgen.reasons import Reason


class Explained(Protocol):
    """What is explained: `assetgen.project.Explanation` has this form.

    Attributes:
        key: The request's key now; None where it is not known or not drawn.
        parts: What the key is made of now, as (name, value) pairs.
        previous: The same of the last build or the lock; empty without one.
        changes: What changed in the request.
        reasons: Why a build would work on the asset; empty if it would not.
    """

    @property
    def name(self) -> str: ...  # noqa: D102  # see Attributes
    @property
    def key(self) -> str | None: ...  # noqa: D102
    @property
    def parts(self) -> Sequence[tuple[str, str]]: ...  # noqa: D102
    @property
    def previous(self) -> Sequence[tuple[str, str]]: ...  # noqa: D102
    @property
    def changes(self) -> Sequence[Reason]: ...  # noqa: D102
    @property
    def reasons(self) -> Sequence[Reason]: ...  # noqa: D102


def as_text(explained: Explained, *, color: bool = False, verbose: bool = False) -> str:
    """Return the reasons one a line; a changed prompt follows in full.

    Args:
        explained: The asset and what is known of its request.
        color: Whether to colour what is old and new.
        verbose: Whether to list what the request is made of, too.
    """
    name = escape_terminal(explained.name)
    found = list(explained.changes)
    found += [reason for reason in explained.reasons if reason not in found]
    lines = [f"{name}:" if found else f"{name}: nothing changed since it was built"]
    for change in found:
        if isinstance(change, reasons.PromptChanged):
            compared = words_text(compare_words(change.old, change.new), color=color)
            lines += [
                "  prompt changed:",
                *(f"    {line}" for line in compared.rstrip("\n").split("\n")),
            ]
        else:
            lines.append(f"  {reason_text(change)}")
    if verbose and explained.parts:
        lines.append("  its request:")
        lines += [
            f"    {escape_terminal(part)}: {escape_terminal(value)}"
            for part, value in explained.parts
        ]
    return "\n".join(lines) + "\n"


def as_json(explained: Explained) -> str:
    """Return the explanation as one JSON document, with both requests' parts."""
    data = {
        "why": 1,
        "name": explained.name,
        "key": explained.key,
        "changes": [reason_json(change) for change in explained.changes],
        "reasons": [reason_json(reason) for reason in explained.reasons],
        "parts": _parts(explained.parts),
        "previous": _parts(explained.previous),
    }
    return json.dumps(data, indent=2, ensure_ascii=False) + "\n"


def _parts(parts: Sequence[tuple[str, str]]) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in parts]
