"""A difference as the wall and the pages show it: what became of each asset, both pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from assetgen.gallery.asset_page import PAGE_VERSION
from assetgen.gallery.commits import change_data
from assetgen.gallery.wall import asset_id
from assetgen.values import Value, field

if TYPE_CHECKING:
    from collections.abc import Mapping

    from assetgen.differences import Change, Difference, Side
    from assetgen.model import AssetName, Json

DISTANCE_NAME: Final = "Perceptual distance, 0 to 1:"
_UNKNOWN_PX: Final = 512
"""Shown size of a drawing that has none."""


class Against(Value):
    """A difference at hand by asset.

    Attributes:
        rev: As people know what it is compared with.
        commit: Object name of that.
        notes: What else a reader has to know.
        changes: By the asset's name now, in the order of the spec.
        removed: What the spec does not have any more.
    """

    rev: str
    commit: str
    notes: tuple[str, ...] = ()
    changes: Mapping[AssetName, Change] = field(default_factory=dict)
    removed: tuple[Change, ...] = ()

    def base(self) -> dict[str, Json]:
        """Return what a wall says of it."""
        return {"rev": self.rev, "commit": self.commit}

    def on_row(self, row: dict[str, Json], name: AssetName) -> dict[str, Json]:
        """Return a row that says what became of its asset."""
        change = self.changes.get(name)
        if change is None:
            return row
        more: dict[str, Json] = {"change": change.kind}
        if change.old_name:
            sure = "perhaps " if change.guess else ""
            renamed = f"{sure}renamed from {change.old_name}"
            more["reason"] = "; ".join(
                filter(None, (renamed, str(row["reason"] or "")))
            )
        picture = change.after.picture if change.after is not None else None
        if row["thumb"] is None and picture is not None:
            more |= {"thumb": picture.digest, "bytes": picture.bytes}
            more |= {"width": picture.width or None, "height": picture.height or None}
        return row | more

    def on_page(self, page: dict[str, Json], name: AssetName) -> dict[str, Json]:
        """Return a page with the fields that changed and both pictures."""
        row, changes = page["row"], page["changes"]
        assert isinstance(row, dict)
        assert isinstance(changes, dict)
        change = self.changes.get(name)
        more: dict[str, Json] = {"row": self.on_row(row, name)}
        if change is not None:
            found: dict[str, Json] = {"rev": self.rev, "changes": _fields_of(change)}
            more["changes"] = changes | {"since_base": found}
            more["compare"] = _compared(change)
            if page["image"] is None and change.after is not None:
                picture = change.after.picture
                more["image"] = picture.digest if picture is not None else None
        return page | more


def against_of(difference: Difference) -> Against:
    """Return a difference by asset."""
    return Against(
        rev=difference.base,
        commit=difference.commit,
        notes=difference.notes,
        changes={e.name: e for e in difference.changes if e.kind != "removed"},
        removed=tuple(e for e in difference.changes if e.kind == "removed"),
    )


def _fields_of(change: Change) -> list[Json]:
    found: list[Json] = []
    if change.old_name:
        found.append(_plain("name", change.old_name, change.name))
    found += [change_data(each, each.file, each.line) for each in change.fields]
    found += [
        _plain(
            f"input {each.name}", "", "to be made" if each.pending else "another one"
        )
        for each in change.inputs
    ]
    before, after = change.before, change.after
    if (
        change.kind in {"redrawn", "picked"}
        and before is not None
        and after is not None
    ):
        found.append(_plain("draw", _draw_text(before), _draw_text(after)))
    return found


def _plain(name: str, old: str, new: str) -> dict[str, Json]:
    return {"field": name, "place": None, "old": old, "new": new}


def _draw_text(side: Side) -> str:
    if side.pick is None:
        return ""
    return f"draw {side.pick_number} of {len(side.draws)} ({side.pick[:12]})"


def _compared(change: Change) -> dict[str, Json]:
    like = change.likeness
    return {
        "before": _pic(change.before, "then"),
        "after": _pic(change.after, "now"),
        "pixels_changed": like.changed_share if like is not None else None,
        "distance": like.distance if like is not None else None,
        "distance_name": DISTANCE_NAME if like is not None else None,
    }


def _pic(side: Side | None, label: str) -> Json:
    picture = side.picture if side is not None else None
    if picture is None:
        return None
    return {
        "pic": picture.digest,
        "width": picture.width or _UNKNOWN_PX,
        "height": picture.height or _UNKNOWN_PX,
        "bytes": picture.bytes,
        "label": label,
    }


# --- what is gone -------------------------------------------------------------------


def removed_row(change: Change) -> dict[str, Json]:
    """Return the row of an asset that the spec does not have any more."""
    side = change.before
    picture = side.picture if side is not None else None
    draws = len(side.draws) if side is not None else 0
    return {
        "id": asset_id(change.name),
        "name": change.name,
        "state": "removed",
        "source": "prompt" if draws or (side and side.model) else "",
        "operation": None,
        "provider": None,
        "model": side.model or None if side is not None else None,
        "tags": [],
        "alt": None,
        "description": "",
        "placeholder": False,
        "frozen": False,
        "locked": False,
        "draws": draws,
        "pick": side.pick_number or None if side is not None else None,
        "cost_usd": 0.0,
        "estimate_usd": None,
        "thumb": picture.digest if picture is not None else None,
        "width": picture.width or None if picture is not None else None,
        "height": picture.height or None if picture is not None else None,
        "bytes": picture.bytes if picture is not None else None,
        "files": 0,
        "reason": None,
        "error": None,
        "change": "removed",
    }


def removed_page(change: Change) -> dict[str, Json]:
    """Return the page of such an asset: its last picture."""
    row = removed_row(change)
    return {
        "asset": PAGE_VERSION,
        "row": row,
        "show": {"show": 1, "request": None, "process": []},
        "yaml_place": None,
        "prompt": None,
        "image": row["thumb"],
        "draws": [],
        "files": [],
        "inputs": [],
        "mask": None,
        "parents": [],
        "children": [],
        "history": [],
        "changes": {"since_build": [], "since_commit": None},
        "price": None,
        "compare": _compared(change),
        "paintable": None,
    }
