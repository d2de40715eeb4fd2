"""What a build reports while it runs, as data: one frozen class per kind of event.

Listeners get these objects; `as_json` is the form of `--json`, one object a line, the
first one always `version`. The schema is `schemas/events.schema.json`.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, ClassVar, Protocol, TypeAlias

from assetgen.errors import diagnostics_of
from assetgen.values import Value, as_mapping

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from assetgen.errors import AssetgenError, Diagnostic
    from assetgen.model import Json

EVENTS_VERSION = 1


class VersionEvent(Value, kw_only=True):
    """The first event: which program speaks, and which form of events."""

    type: ClassVar[str] = "version"
    assetgen: str
    events: int = EVENTS_VERSION


class PlanEvent(Value, kw_only=True):
    """What the build is about to do.

    Attributes:
        by_action: Number of assets per action.
        draws: Pictures to be drawn.
        estimate_usd: Their price; None where one is not known.
        to_do: Names of the assets that are not up to date, in build order.
    """

    type: ClassVar[str] = "plan"
    assets: int
    draws: int
    estimate_usd: float | None
    by_action: Mapping[str, int]
    to_do: tuple[str, ...] = ()


class AssetStarted(Value, kw_only=True):
    """Work on an asset began: ``draw`` (asking the provider) or ``files``."""

    type: ClassVar[str] = "asset_started"
    asset: str
    step: str
    key: str | None = None
    draws: int = 0


class AssetProgress(Value, kw_only=True):
    """A provider's word on a draw that is running.

    Attributes:
        partial: A picture on the way, as a path from the project's root; the file is
            gone when the draw ends.
    """

    type: ClassVar[str] = "asset_progress"
    asset: str
    message: str
    key: str | None = None
    partial: str | None = None


class DrawBanked(Value, kw_only=True):
    """One draw lies in the store.

    Attributes:
        cost_usd: What it cost; 0.0 for free providers, None where unknown.
        cost_estimated: Whether the provider did not say so, and it is our estimate.
    """

    type: ClassVar[str] = "draw_banked"
    asset: str
    key: str
    digest: str
    draw: int
    cost_usd: float | None
    cost_estimated: bool = False


class AssetFinished(Value, kw_only=True):
    """An asset is done.

    Attributes:
        action: What was done, in the plan's words.
        written: Files whose bytes changed, relative to the project root.
        duration_s: Working time of its tasks.
        put_back_share: 0.0 to 1.0: how many of the pixels that a mask kept the model
            had changed visibly, before they were put back; None where none were.
    """

    type: ClassVar[str] = "asset_finished"
    asset: str
    action: str
    written: tuple[str, ...] = ()
    duration_s: float = 0.0
    key: str | None = None
    put_back_share: float | None = None


class AssetFailed(Value, kw_only=True):
    """An asset could not be built; a `diagnostic` with its place comes at the end."""

    type: ClassVar[str] = "asset_failed"
    asset: str
    code: str
    message: str
    hint: str | None = None
    key: str | None = None


class AssetBlocked(Value, kw_only=True):
    """An asset was not tried because one that it needs failed."""

    type: ClassVar[str] = "asset_blocked"
    asset: str
    because: str


class UnknownOutcome(Value, kw_only=True):
    """A call that may have been charged without a picture to show for it."""

    type: ClassVar[str] = "unknown_outcome"
    asset: str
    key: str
    message: str
    estimate_usd: float | None


class DiagnosticEvent(Value, kw_only=True):
    """An error, warning or note; printed by listeners as they print spec errors."""

    type: ClassVar[str] = "diagnostic"
    diagnostic: Diagnostic


class BudgetEvent(Value, kw_only=True):
    """What was spent and what the cap leaves, in US dollars."""

    type: ClassVar[str] = "budget"
    spent_usd: float
    cap_usd: float | None


class Summary(Value, kw_only=True):
    """The last event.

    Attributes:
        written: Number of files whose bytes changed.
        companions: Those of them that belong to no asset alone.
        removed: Files that were pruned.
        kept: Files that someone edited and that were left alone.
        cost_usd: What the draws cost.
        cost_estimated_usd: The part of it that no answer named, so it is our estimate.
        expected_usd: What was estimated for them before they were asked for.
        interrupted: Whether a signal ended the build early.
    """

    type: ClassVar[str] = "summary"
    exit_code: int
    built: int
    up_to_date: int
    failed: int
    blocked: int
    written: int
    removed: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    draws: int = 0
    cost_usd: float = 0.0
    cost_estimated_usd: float = 0.0
    expected_usd: float = 0.0
    placeholders: int = 0
    duration_s: float = 0.0
    interrupted: bool = False
    companions: tuple[str, ...] = ()


Event: TypeAlias = (
    VersionEvent
    | PlanEvent
    | AssetStarted
    | AssetProgress
    | DrawBanked
    | AssetFinished
    | AssetFailed
    | AssetBlocked
    | UnknownOutcome
    | DiagnosticEvent
    | BudgetEvent
    | Summary
)


class Listener(Protocol):
    """Who hears of a build; called from one thread, in order; must not block long."""

    def handle(self, event: Event) -> None:
        """Take one event."""


def events_of_error(error: AssetgenError) -> Iterator[Event]:
    """Yield what is told of a build that ended with an error, the sum last."""
    for diagnostic in diagnostics_of(error):
        yield DiagnosticEvent(diagnostic=diagnostic)
    yield Summary(
        exit_code=int(error.exit_code),
        built=0,
        up_to_date=0,
        failed=0,
        blocked=0,
        written=0,
    )


def as_line(event: Event) -> bytes:
    """Return the event as one line of JSON, with its end."""
    line = json.dumps(as_json(event), ensure_ascii=False, separators=(",", ":"))
    # A log may be read by a runner that takes this mark for a command of its own.
    line = line.replace("##[", r"#\u0023[")
    return line.encode("utf-8", "backslashreplace") + b"\n"


def as_json(event: Event) -> dict[str, Json]:
    """Return the event as plain data with its ``type`` first."""
    data: dict[str, Json] = {"type": event.type}
    data.update((name, _plain(value)) for name, value in as_mapping(event).items())
    return data


def _plain(value: object) -> Json:
    """Return `value` (values, tuples, mappings, scalars) as JSON data."""
    if isinstance(value, str | int | float) or value is None:
        return value
    if isinstance(value, tuple | list):
        return [_plain(each) for each in value]
    if hasattr(value, "items"):
        return {str(key): _plain(each) for key, each in value.items()}
    assert isinstance(value, Value), type(value)
    return {name: _plain(each) for name, each in as_mapping(value).items()}
