"""One round of `watch` as data, who hears of it, and what is said between builds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from assetgen.errors import AssetgenError, Diagnostic, ExitCode, SpecInvalid
from assetgen.values import Value

if TYPE_CHECKING:
    from assetgen.events import Event
    from assetgen.model import AssetName
    from assetgen.watched import Things


class Round(Value, kw_only=True):
    """One time that the loop did something about what changed.

    Attributes:
        changed: What was not as before, from the project's root, folders with a slash;
            empty for the first round.
        code: How the build ended, or why there was none.
        error: Whether something kept a build from being made: the spec, as a rule.
        same: Whether that is what it was the round before; it was not told again.
        mended: Whether there was an error the round before, and there is none now.
        held: Assets that were not drawn because of their price, or for want of a key.
        spent_usd: By the session so far.
        cap_usd: The most that it may spend.
        heard_s: When the first event came, on the monotonic clock.
        began_s: When the build did.
        ended_s: When it ended.
    """

    changed: tuple[str, ...]
    code: ExitCode
    error: bool = False
    same: bool = False
    mended: bool = False
    held: tuple[AssetName, ...] = ()
    spent_usd: float
    cap_usd: float
    heard_s: float
    began_s: float
    ended_s: float

    @property
    def stopped(self) -> bool:
        """Whether a signal ended the build, and so the session."""
        return self.code in {ExitCode.INTERRUPTED, ExitCode.TERMINATED}


class Audience(Protocol):
    """Who hears of a session; called from the thread that runs it, in order."""

    def handle(self, event: Event) -> None:
        """Take an event of a build, or a diagnostic between builds."""

    def began(self, changed: tuple[str, ...]) -> None:
        """Take that a round begins, and why."""

    def ended(self, done: Round, things: Things) -> None:
        """Take how a round ended, and what is looked at from now on."""


def signature_of(error: AssetgenError) -> object:
    """Return what makes errors the same for who reads them, wherever lines went."""
    if not isinstance(error, SpecInvalid):
        return error.code, error.message
    return frozenset(
        (each.code, each.message, each.excerpt.span.path if each.excerpt else "")
        for each in error.diagnostics
        if each.severity == "error"
    )


def deaf(reason: str) -> Diagnostic:
    """Return what to tell where no events come, and why that is thought."""
    return Diagnostic(
        "watch-deaf",
        f"no events come from the file system here ({reason}), so files are looked at "
        "again and again, as with --poll",
        severity="warning",
    )


def far(kind: str) -> Diagnostic:
    """Return what to tell of a file system that others may change unseen."""
    return Diagnostic(
        "watch-far",
        f"the project lies on {kind}: changes that are made elsewhere may not be told "
        "here",
        hint="--poll looks for them all the time",
        severity="warning",
    )
