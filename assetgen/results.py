"""What came of a build, as it is filled while the build runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assetgen.values import Value, field

if TYPE_CHECKING:
    from assetgen.answers import Note
    from assetgen.decide import Action, PlannedAsset
    from assetgen.errors import AssetgenError, ExitCode, OverBudget
    from assetgen.events import UnknownOutcome
    from assetgen.model import AssetName
    from assetgen.schedule import TaskId
    from assetgen.workers import FilesMade


class Built(Value, kw_only=True):
    """An asset that is done.

    Attributes:
        files: Its files; None if it has none to look after.
    """

    decision: PlannedAsset
    action: Action
    files: FilesMade | None = None
    duration_s: float = 0.0


class Results(Value, frozen=False):
    """What came of a build; filled while it runs.

    Attributes:
        untouched: How many assets are as the last build left them.
        built: The others that are done, those where nothing had to be written included.
        withdrawn: Assets whose calls were not sent, because the build was stopping.
        draws: Pictures that were banked.
        cost_usd: What they cost.
        cost_estimated_usd: The part of it that no answer named, so it is our estimate.
        expected_usd: What was estimated for them before they were asked for.
        spent_usd: What of the budget is gone: costs, and calls of unknown outcome.
        notes: What came otherwise than asked.
        over_budget: The call that did not fit into the budget any more.
        stopped_by: The first thing that ended the build early, as an exit code.
        in_flight: Tasks that were still running when waiting was given up.
    """

    untouched: int = 0
    built: dict[AssetName, Built] = field(default_factory=dict)
    failed: dict[AssetName, AssetgenError] = field(default_factory=dict)
    blocked: dict[AssetName, AssetName] = field(default_factory=dict)
    withdrawn: set[AssetName] = field(default_factory=set)
    draws: int = 0
    cost_usd: float = 0.0
    cost_estimated_usd: float = 0.0
    expected_usd: float = 0.0
    spent_usd: float = 0.0
    unknown: list[UnknownOutcome] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    over_budget: OverBudget | None = None
    stopped_by: ExitCode | None = None
    in_flight: tuple[TaskId, ...] = ()
