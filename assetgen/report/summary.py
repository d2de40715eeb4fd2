"""What a build has done so far and did in the end, from its events; pure.

`Tally` takes the events one by one; progress displays and the closing summary only
read it. Times come in as arguments: there is no clock here.
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, Final

from assetgen import events
from assetgen.errors import Diagnostic, ExitCode, OutcomeUnknown
from assetgen.report.diagnostics import as_text as diagnostics_text
from assetgen.report.diagnostics import escape_terminal
from assetgen.report.plan_text import counted, dollars
from assetgen.values import Value, field

if TYPE_CHECKING:
    from collections.abc import Iterable


WAITING: Final = "waiting"
"""Code of the notes that are told at once and forgotten: who holds the project."""

UNKNOWN: Final = OutcomeUnknown.code

_LISTED_FILES = 10
_LISTED_BLOCKED = 10
_DONE_WORDS = {
    "draw": "drawn",
    "derive": "derived",
    "restore": "restored",
    "fetch": "fetched",
    "frozen": "frozen",
    "up-to-date": "up to date",
}


class Running(Value, frozen=False):
    """An asset that is being worked on.

    Attributes:
        step: ``draw`` or ``files``.
        since_s: When it started, on the clock of whoever feeds the tally.
        message: The provider's last word on it.
    """

    step: str
    since_s: float
    message: str = ""


class Tally(Value, frozen=False):
    """The build as its events tell it.

    Attributes:
        names: Assets that were not up to date at the start.
        done: How many of them ended, well or badly.
        waiting: Assets whose call may not start yet, and the word on that.
    """

    names: frozenset[str] = frozenset()
    done: int = 0
    running: dict[str, Running] = field(default_factory=dict)
    waiting: dict[str, str] = field(default_factory=dict)
    spent_usd: float = 0.0
    failed: list[events.AssetFailed] = field(default_factory=list)
    blocked: list[events.AssetBlocked] = field(default_factory=list)
    unknown: list[events.UnknownOutcome] = field(default_factory=list)
    diagnostics: list[Diagnostic] = field(default_factory=list)
    written: list[str] = field(default_factory=list)
    summary: events.Summary | None = None

    @property
    def to_do(self) -> int:
        """How many assets were not up to date at the start."""
        return len(self.names)

    def take(self, event: events.Event, now_s: float = 0.0) -> None:
        """Count one event that happened at `now_s`."""
        match event:
            case events.PlanEvent(to_do=to_do):
                self.names = frozenset(to_do)
            case events.AssetStarted(asset=asset, step=step):
                self.running[asset] = Running(step, now_s)
                self.waiting.pop(asset, None)
            case events.AssetProgress(asset=asset, message=message):
                if asset in self.running:
                    self.running[asset].message = message
                else:
                    self.waiting[asset] = message
            case events.DrawBanked(asset=asset, cost_usd=cost_usd):
                self.spent_usd += cost_usd or 0.0
                if asset in self.running:
                    self.running[asset].message = "drawn"
            case events.BudgetEvent(spent_usd=spent_usd):
                self.spent_usd = spent_usd
            case events.UnknownOutcome():
                self.unknown.append(event)
            case events.Summary(companions=companions):
                self.summary = event
                self.written.extend(companions)
            case _:
                self._take_problem(event)
                self._take_end(event)

    def _take_problem(self, event: events.Event) -> None:
        if not isinstance(event, events.DiagnosticEvent):
            return
        if event.diagnostic.code != WAITING:
            self.diagnostics.append(event.diagnostic)

    def _take_end(self, event: events.Event) -> None:
        match event:
            case events.AssetFinished(asset=asset, written=written):
                self.written.extend(written)
            case events.AssetFailed(asset=asset):
                self.failed.append(event)
            case events.AssetBlocked(asset=asset):
                self.blocked.append(event)
            case _:
                return
        self.running.pop(asset, None)
        self.waiting.pop(asset, None)
        self.done += asset in self.names


# --- progress lines -----------------------------------------------------------------


def progress_line(tally: Tally, event: events.Event) -> str | None:
    """Return the line that a log shows for `event`, already taken; None for none."""
    counter = f"[{tally.done:>{len(str(tally.to_do))}}/{tally.to_do}]"
    match event:
        case events.DiagnosticEvent(diagnostic=diagnostic):
            waits = diagnostic.code == WAITING
            return escape_terminal(diagnostic.message) if waits else None
        case events.PlanEvent(to_do=to_do, draws=draws):
            if not to_do:
                return None
            line = f"{counted(len(to_do), 'asset')} to build"
            return line + (f", {counted(draws, 'picture')} to draw" if draws else "")
        case events.AssetFinished(asset=asset) if asset not in tally.names:
            return None  # it was looked at again and was as it should be
        case events.AssetFinished(asset=asset, action=action, written=written):
            word = _DONE_WORDS.get(action, action)
            files = f", {counted(len(written), 'file')} written" if written else ""
            took = f", {event.duration_s:.1f} s" if event.duration_s >= 0.1 else ""
            back = put_back_text(event.put_back_share)
            return f"{counter} {escape_terminal(asset)}: {word}{files}{took}{back}"
        case events.AssetFailed(asset=asset):
            return f"{counter} {escape_terminal(asset)}: failed"  # the end says why
        case events.AssetBlocked(asset=asset, because=because):
            return (
                f"{counter} {escape_terminal(asset)}: "
                f"blocked by {escape_terminal(because)}"
            )
        case _:
            return None


def put_back_text(share: float | None) -> str:
    """Return words for what a draw had changed outside its mask; empty for nothing."""
    if not share:
        return ""
    percent = "less than 1 %" if share < 0.01 else f"{share:.0%}".replace("%", " %")
    return f"; {percent} of the pixels outside the mask had changed, put back"


def heartbeat_line(tally: Tally, now_s: float) -> str | None:
    """Return a line that says what is still running or waiting; None if nothing is."""
    counter = f"[{tally.done}/{tally.to_do}]"
    if not tally.running:
        for name, word in tally.waiting.items():
            return f"{counter} {escape_terminal(name)}: {escape_terminal(word)}"
        return None
    oldest = sorted(tally.running.items(), key=lambda item: item[1].since_s)[:3]
    names = ", ".join(
        f"{escape_terminal(name)} ({_doing(each, now_s)})" for name, each in oldest
    )
    more = len(tally.running) - len(oldest)
    return f"{counter} still working on {names}{f' and {more} more' if more else ''}"


def _doing(running: Running, now_s: float) -> str:
    """Return for how long an asset has been worked on, and the provider's last word."""
    said = f", {escape_terminal(running.message)}" if running.message else ""
    return f"{now_s - running.since_s:.0f} s{said}"


# --- the end ------------------------------------------------------------------------


def closing_text(
    tally: Tally,
    *,
    folder: str = "",
    color: bool = False,
    quiet: bool = False,
    verbose: bool = False,
) -> str:
    """Return what a build says at its end; only what went wrong if `quiet`.

    Args:
        tally: After the last event.
        folder: Of the project, as the reader names it; empty for the current one.
        color: Whether to use the terminal's colours.
        quiet: Leave out what is well.
        verbose: List all files.
    """
    summary = tally.summary
    blocks = [
        _problems_text(tally, folder, color=color, quiet=quiet),
        unknown_text(tally),
    ]
    if summary is not None and not quiet:
        blocks.append("\n".join(_result_lines(tally, summary, verbose=verbose)))
    if summary is not None:
        blocks.append(_next_text(tally, summary))
    return "\n".join(block for block in blocks if block)


def _problems_text(tally: Tally, folder: str, *, color: bool, quiet: bool) -> str:
    told = [each for each in tally.diagnostics if each.severity == "error" or not quiet]
    parts = []
    if told:
        text = diagnostics_text(told, folder=folder, color=color, count=False)
        parts.append(text + "\n")
    parts += [
        f"blocked: {escape_terminal(block.asset)} needs {escape_terminal(block.because)}"
        for block in tally.blocked[:_LISTED_BLOCKED]
    ]
    if len(tally.blocked) > _LISTED_BLOCKED:
        parts.append(f"blocked: {len(tally.blocked) - _LISTED_BLOCKED} more")
    return "\n".join(parts)


def unknown_text(tally: Tally) -> str:
    """Return words for calls that may have been charged; empty if there are none."""
    told = [each.message for each in tally.diagnostics if each.code == UNKNOWN]
    lines = []
    for each in tally.unknown:
        price = (
            "at a price that is not known"
            if each.estimate_usd is None
            else f"about {dollars(each.estimate_usd)}"
        )
        is_told = any(text.endswith(f": {each.message}") for text in told)
        reason = "" if is_told else f"{escape_terminal(each.message)}; "
        lines.append(
            f"outcome unknown: {escape_terminal(each.asset)}: "
            f"{reason}maybe charged, {price}"
        )
    if lines:
        lines.append(
            "  hint: --retry-unknown asks again, and may be charged again; "
            "`assetgen cost --dismiss` settles a call"
        )
    return "\n".join(lines)


def _result_lines(tally: Tally, summary: events.Summary, *, verbose: bool) -> list[str]:
    numbers = {
        "built": summary.built,
        "up to date": summary.up_to_date,
        "failed": summary.failed,
        "blocked": summary.blocked,
        "not started": 0 if summary.interrupted else tally.to_do - tally.done,
    }
    counts = [f"{number} {word}" for word, number in numbers.items() if number]
    counts = counts or ["nothing built"]
    lines = [
        f"{_first_word(summary)}: {', '.join(counts)} ({summary.duration_s:.1f} s)."
    ]
    if tally.written:
        lines.append(f"Files written: {folders_text(tally.written)}.")
        if verbose:
            lines += [f"  {escape_terminal(path)}" for path in sorted(tally.written)]
    if summary.removed:
        lines.append(f"Removed: {_some(summary.removed)}.")
    if summary.kept:
        lines.append(
            f"Left alone, because assetgen did not write them: {_some(summary.kept)} "
            "(--force overwrites them)."
        )
    if summary.draws and (summary.cost_usd or not summary.placeholders):
        lines.append(_cost_line(summary))
    if summary.placeholders:
        lines.append(
            f"Placeholders: {counted(summary.placeholders, 'asset')}, "
            "drawn here without a model, marked in the manifest."
        )
    return lines


def _cost_line(summary: events.Summary) -> str:
    line = f"Drawn: {counted(summary.draws, 'picture')}, {dollars(summary.cost_usd)}"
    if summary.cost_estimated_usd:
        ours = dollars(summary.cost_estimated_usd)
        whole = summary.cost_estimated_usd >= summary.cost_usd
        line += " by estimate" if whole else f", {ours} of it by estimate"
    if summary.expected_usd:
        line += f" (planned: {dollars(summary.expected_usd)})"
    return f"{line}."


def _first_word(summary: events.Summary) -> str:
    if summary.interrupted:
        return "Interrupted"
    return "Incomplete" if summary.exit_code else "Done"


def _next_text(tally: Tally, summary: events.Summary) -> str:
    if summary.interrupted:
        return "What was drawn is banked; `assetgen build` goes on from here."
    if summary.exit_code == ExitCode.CREDENTIALS:
        return (
            "Next: once that is in order, run `assetgen build` again; it pays only for "
            "what is missing."
        )
    if summary.failed and {each.asset for each in tally.failed} <= {
        each.asset for each in tally.unknown
    }:
        return ""  # nothing is to be mended, and what to do was just said
    if summary.failed or summary.exit_code == ExitCode.SOME_FAILED:
        name = min((each.asset for each in tally.failed), default="NAME")
        return (
            "Next: mend what failed and run `assetgen build` again; it pays only for "
            f"what is missing. `assetgen show {escape_terminal(name)}` shows one closely."
        )
    if summary.exit_code == ExitCode.OVER_BUDGET:
        return "Next: `assetgen plan` shows what is left to draw, and for how much."
    return ""


def folders_text(paths: Iterable[str]) -> str:
    """Return how many files went to which folder, for example ``4 in game``."""
    groups: dict[str, list[str]] = {}
    for path in paths:
        groups.setdefault(path.partition("/")[0], []).append(posixpath.dirname(path))
    texts = []
    for folders in groups.values():
        common = posixpath.commonpath(folders) if all(folders) else ""
        texts.append((common or ".", len(folders)))
    merged: dict[str, int] = {}
    for folder, number in texts:
        merged[folder] = merged.get(folder, 0) + number
    return ", ".join(
        f"{number} in {escape_terminal(folder)}"
        for folder, number in sorted(merged.items())
    )


def _some(paths: tuple[str, ...]) -> str:
    shown = ", ".join(escape_terminal(path) for path in paths[:_LISTED_FILES])
    more = len(paths) - _LISTED_FILES
    return f"{shown} and {more} more" if more > 0 else shown
