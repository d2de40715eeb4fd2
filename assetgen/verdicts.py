"""What happens to each file of an asset, once its picture is known; pure.

One output is one file, but for sprite sheets, of which nobody knows before they are
packed how many pages they have: the last build's row or the memo may tell.
"""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING

from assetgen import actionkey, reasons
from assetgen.identify import sheet_names
from assetgen.model import Sheet
from assetgen.sheetparts import count_pages, part_key, parts_of, reading_of
from assetgen.values import Value, replace

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assetgen.digest import Key
    from assetgen.identify import View
    from assetgen.model import Asset, Output
    from assetgen.reasons import Reason
    from assetgen.sheetparts import Part
    from assetgen.snapshot import Derived, OutputRow, Snapshot


class Action(enum.Enum):
    """What a plan does about an asset or an output."""

    UP_TO_DATE = "up-to-date"
    DERIVE = "derive"
    RESTORE = "restore"
    FETCH = "fetch"
    DRAW = "draw"
    FROZEN = "frozen"
    BLOCKED = "blocked"
    REMOVE = "remove"


class PlannedOutput(Value, kw_only=True):
    """One file, and what happens to it.

    Attributes:
        path: Relative to the project root; None while ``${hash}`` is open, or how many
            pages a sheet has.
        key: None while the picture is not known.
        derived: The bytes it stands for, when they are known.
        part: Which file of a sheet's output; None where it is no sheet, and while the
            number of pages is not known: then it stands for all of them.
    """

    output: Output
    action: Action
    path: str | None
    key: Key | None = None
    derived: Derived | None = None
    part: Part | None = None

    @property
    def template(self) -> str:
        """The path, in which ``${hash}`` may be left."""
        return self.output.path if self.part is None else self.part.path

    @property
    def shown_paths(self) -> tuple[str, ...]:
        """What to tell of its files; of a sheet as if it had one page, while it is open."""
        if self.path is not None:
            return (self.path,)
        if self.part is None and self.output.data is not None:
            return tuple(part.path for part in parts_of(self.output, 1))
        return (self.template,)


def open_path(output: Output) -> str | None:
    """Return an output's path if it is known before its picture is."""
    return None if "${hash}" in output.path or output.data else output.path


def judge_files(
    asset: Asset,
    out: Output,
    key: Key,
    view: View,
    snapshot: Snapshot,
    old: Sequence[OutputRow],
) -> list[tuple[PlannedOutput, Reason | None]]:
    """Return the verdicts on the files of one output: one, or all files of a sheet."""
    sheet = asset.source
    if not isinstance(sheet, Sheet):
        return [_judge_output(out, key, snapshot, old)]
    if out.motion is not None:
        name = out.motion.animation
        shown = None if name is None else sheet.animations[name]
        key = actionkey.motion_key(key, sheet_names(sheet, view), shown)
        return [_judge_output(out, key, snapshot, old)]
    pages = count_pages(key, {each.key for each in old}) or snapshot.pages.get(key, 0)
    if not pages:
        paths = {each.path for each in old}
        known = not paths.isdisjoint(part.path for part in parts_of(out, 1))
        why = reasons.OutputChanged if known else reasons.OutputNew
        whole = PlannedOutput(output=out, action=Action.DERIVE, path=None, key=key)
        return [(whole, why(out.path))]
    reading = reading_of(sheet, sheet_names(sheet, view), out)
    data_key = actionkey.sheet_data_key(key, reading)
    return [
        _judge_output(
            out,
            part_key(key if part.kind == "picture" else data_key, part),
            snapshot,
            old,
            part,
        )
        for part in parts_of(out, pages)
    ]


def _judge_output(
    out: Output,
    key: Key,
    snapshot: Snapshot,
    old: Sequence[OutputRow],
    part: Part | None = None,
) -> tuple[PlannedOutput, Reason | None]:
    """Return what happens to one file, and why if anything does."""
    derived = next((each.derived for each in old if each.key == key), None)
    derived = derived or snapshot.derived.get(key)
    planned = PlannedOutput(
        output=out,
        action=Action.UP_TO_DATE,
        path=None,
        key=key,
        derived=derived,
        part=part,
    )
    path: str | None = planned.template
    if "${hash}" in planned.template:
        sha256 = derived.sha256[:8] if derived is not None else None
        path = sha256 and planned.template.replace("${hash}", sha256)
    planned = replace(planned, path=path)
    if path is None:
        make = replace(planned, action=Action.DERIVE)
        return make, reasons.OutputNew(planned.template)
    lies_there = snapshot.outputs.get(path)
    if derived is not None and lies_there == derived.sha256:
        return planned, None
    ours = lies_there is None or lies_there in snapshot.owned.get(path, ())
    if not ours and not snapshot.policy.force:
        if path in snapshot.owned:
            return _left_alone(planned), reasons.OutputEdited(path)
        return _left_alone(planned), reasons.OutputForeign(path)
    # The row does not say whether the bytes themselves are kept; the memo does.
    stored = snapshot.derived.get(key)
    if stored is not None and stored.stored:
        make = replace(planned, action=Action.RESTORE, derived=stored)
    else:
        make = replace(planned, action=Action.DERIVE)
    if lies_there is not None:
        return make, reasons.OutputChanged(path)
    gone = path in snapshot.owned or any(each.path == path for each in old)
    return make, reasons.OutputMissing(path) if gone else reasons.OutputNew(path)


def _left_alone(planned: PlannedOutput) -> PlannedOutput:
    """Return the plan for an output where somebody else's bytes lie.

    If its own bytes are not known yet, only making them shows whether what lies there
    is what is wanted; publishing leaves the file alone if it is not.
    """
    action = Action.DERIVE if planned.derived is None else Action.UP_TO_DATE
    return replace(planned, action=action)
