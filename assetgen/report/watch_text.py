"""What `watch` says: what it looks at, and a line or two for each build; pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from assetgen.errors import ExitCode
from assetgen.report.diagnostics import escape_terminal
from assetgen.report.plan_text import counted, dollars

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assetgen.report.summary import Tally
    from assetgen.watched import Things
    from assetgen.watchrounds import Round

_NAMED: Final = 3
_MANY: Final = 20


def header_text(things: Things, cap_usd: float, *, poll: bool) -> str:
    """Return the line that says what is looked at from now on.

    Args:
        things: As the last good plan found them.
        cap_usd: What the session may spend.
        poll: Whether files are looked at again and again.
    """
    main, *included = things.specs
    parts = [escape_terminal(main)]
    if included:
        parts.append(counted(len(included), "included file"))
    pictures = len(things.inputs) - 1  # the lock is one of them
    if pictures:
        parts.append(f"{counted(pictures, 'file')} that assets read")
    parts.append("the lock")
    how = " by looking again and again" if poll else ""
    return (
        f"watching {', '.join(parts[:-1])} and {parts[-1]}{how}; "
        f"may spend {dollars(cap_usd)}; Ctrl-C ends"
    )


def beginning_text(assets: int, draws: int, estimate_usd: float | None) -> str:
    """Return the line for a build that will take a while; empty for a short one."""
    if draws and estimate_usd != 0:
        price = "" if estimate_usd is None else f", about {dollars(estimate_usd)}"
        return f"drawing {counted(draws, 'picture')}{price}"
    return f"building {counted(assets, 'asset')}" if assets >= _MANY else ""


def is_idle(done: Round, tally: Tally) -> bool:
    """Return whether only names in folders moved, and nothing came of it."""
    summary = tally.summary
    idle = summary is None or not (
        summary.built or summary.failed or summary.written or summary.removed
    )
    only_folders = bool(done.changed) and all(x.endswith("/") for x in done.changed)
    return only_folders and idle and not done.error and not done.mended


def round_text(done: Round, tally: Tally, built: Sequence[str], clock: str) -> str:
    """Return the line that a build ends with.

    Args:
        done: The round.
        tally: Of its events.
        built: Assets that were not up to date and are now.
        clock: The time of day.
    """
    took_ms = (done.ended_s - min(done.heard_s, done.began_s)) * 1000
    time = f"{took_ms:.0f} ms" if took_ms < 1000 else f"{took_ms / 1000:.1f} s"
    parts = _parts(done, tally, built)
    if tally.summary is not None and tally.summary.cost_usd:
        left = max(0.0, done.cap_usd - done.spent_usd)
        parts.append(f"{dollars(tally.summary.cost_usd)} ({dollars(left)} left)")
    if not done.error:
        parts.append(time)
    return f"{clock}  {_cause(done)}: {', '.join(parts)}"


def _parts(done: Round, tally: Tally, built: Sequence[str]) -> list[str]:
    if done.error:
        broken = done.code is ExitCode.SPEC_INVALID
        what = "the spec has errors" if broken else "no build"
        return [f"{what}; what was built stays"]
    parts = ["the spec is fine again"] if done.mended else []
    summary = tally.summary
    if summary is not None:
        if summary.built:
            parts.append(f"{_named(built, summary.built)} built")
        if summary.failed or summary.blocked:
            parts.append(f"{summary.failed + summary.blocked} failed or blocked")
        if tally.written:
            parts.append(f"{counted(len(tally.written), 'file')} written")
        if summary.removed:
            parts.append(f"{counted(len(summary.removed), 'file')} removed")
        if summary.kept:
            files = counted(len(summary.kept), "file")
            parts.append(f"{files} left alone (--force overwrites what others wrote)")
        if summary.interrupted:
            parts.append("stopped")
    if done.held:
        parts.append(f"{_named(done.held, len(done.held))} not drawn")
    return parts or ["nothing to build"]


def _named(names: Sequence[str], count: int) -> str:
    if count == len(names) and count <= _NAMED:
        return ", ".join(escape_terminal(each) for each in names)
    return f"{count:,} assets"


def _cause(done: Round) -> str:
    """Return what changed, in a few words."""
    files = [path for path in done.changed if not path.endswith("/")]
    files = files or [path for path in done.changed if path != "/"]
    if not files:
        return "first build" if not done.changed else "new files"
    more = len(files) - 1
    return escape_terminal(files[0]) + (f" and {more:,} more" if more else "")
