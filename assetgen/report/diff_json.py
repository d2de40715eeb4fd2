"""A difference for programs; pure. The form is public: `schemas/diff.schema.json`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from assetgen.report.word_diff import compare_words

if TYPE_CHECKING:
    from assetgen.differences import Change, Difference, FieldChange, Picture, Side
    from assetgen.model import Json


def as_json(difference: Difference) -> str:
    """Return the difference as one JSON document."""
    return json.dumps(as_data(difference), indent=2, ensure_ascii=False) + "\n"


def as_data(difference: Difference) -> dict[str, Json]:
    """Return the difference as its schema describes it."""
    totals = difference.totals
    by_kind: dict[str, Json] = dict(totals.by_kind)
    return {
        "diff": 1,
        "base": {
            "name": difference.base,
            "commit": difference.commit,
            "merge_base": difference.forked,
        },
        "changes": [_change(each) for each in difference.changes],
        "summary": {
            "changed": totals.changed,
            "by_kind": by_kind,
            "spent_usd": totals.spent_usd,
            "unpriced_draws": totals.unpriced,
            "to_spend_usd": totals.to_spend_usd,
            "unestimated_draws": totals.unestimated,
            "not_locked": totals.not_locked,
        },
        "notes": list(difference.notes),
    }


def _change(change: Change) -> dict[str, Json]:
    like = change.likeness
    return {
        "kind": change.kind,
        "name": change.name,
        "old_name": change.old_name or None,
        "guess": change.guess or None,
        "state": change.state,
        "fields": [_field(each) for each in change.fields],
        "inputs": [{"name": e.name, "pending": e.pending} for e in change.inputs],
        "before": _side(change.before),
        "after": _side(change.after),
        "likeness": None
        if like is None
        else {"changed_share": like.changed_share, "distance": like.distance},
        "new_draws": list(change.new_draws),
        "paid_usd": change.paid_usd,
        "unpriced_draws": change.unpriced,
        "draws_to_come": change.to_draw,
        "estimate_usd": change.estimate_usd,
        "estimate": change.estimate_kind,
    }


def _field(field: FieldChange) -> dict[str, Json]:
    data: dict[str, Json] = {
        "name": field.name,
        "old": field.old or None,
        "new": field.new or None,
        "file": field.file or None,
        "line": field.line or None,
    }
    if field.words:
        pieces = compare_words(field.old, field.new)
        data["words"] = [{"kind": kind, "text": text} for kind, text in pieces]
    return data


def _side(side: Side | None) -> Json:
    if side is None:
        return None
    return {
        "name": side.name,
        "file": side.file or None,
        "line": side.line or None,
        "model": side.model or None,
        "key": side.key,
        "draws": list(side.draws),
        "pick": side.pick,
        "picture": _picture(side.picture),
        "missing": side.missing or None,
    }


def _picture(picture: Picture | None) -> Json:
    if picture is None:
        return None
    return {
        "from": picture.origin,
        "path": picture.path or None,
        "sha256": picture.digest,
        "format": picture.format,
        "width": picture.width,
        "height": picture.height,
        "bytes": picture.bytes,
    }
