"""`assetgen watch`: build again on every change, and say so in a line."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from assetgen.cli.options import options_from
from assetgen.cli.progress_json import JsonProgress
from assetgen.events import AssetFinished, DiagnosticEvent, PlanEvent
from assetgen.report import watch_text
from assetgen.report.diagnostics import as_text, escape_terminal
from assetgen.report.summary import WAITING, Tally, unknown_text

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Iterator

    from assetgen.cli.console import Console
    from assetgen.errors import Diagnostic
    from assetgen.events import Event
    from assetgen.project import Options
    from assetgen.watched import Things
    from assetgen.watchmoney import Purse
    from assetgen.watchrounds import Audience, Round


def run(args: Namespace, console: Console) -> int:
    """Build on every change until Ctrl-C, and return how the session ended.

    Raises:
        AssetgenError: As `watch.Watch.run`.
    """
    from assetgen.cli.commands.serve import session_cap_usd
    from assetgen.watch import Watch
    from assetgen.watchmoney import Purse

    options = options_from(args, console.environ)
    audience: Audience = _Lines(console, poll=args.poll)
    if args.json:
        console.out.flush()
        audience = _Stream(console.out.fileno())
    purse = Purse(session_cap_usd(args, options, console))
    session = Watch(options, audience, purse=purse, poll=args.poll)
    with _gallery(args, console, options, purse):
        code = int(session.run())
    if not args.json:
        console.say("no longer watching")
    return code


@contextmanager
def _gallery(
    args: Namespace, console: Console, options: Options, purse: Purse
) -> Iterator[None]:
    """Serve the gallery meanwhile, if that is wanted; both spend from one purse."""
    if not args.serve:
        yield
        return
    from assetgen.cli.commands.serve import begin_serving, end_serving

    served = begin_serving(args, console, options, purse, watched=True)
    try:
        (console.say if args.json else console.data)(served.url)
        yield
        end_serving(served, console)
    except BaseException:
        served.abandon()
        raise


class _Lines:
    """Says it to people: a line or two a build, errors with their places.

    What is wrong is said once, and again only after it was gone in between.
    """

    def __init__(self, console: Console, *, poll: bool) -> None:
        self._console = console
        self._poll = poll
        self._tally = Tally()
        self._built: list[str] = []
        self._told: set[tuple[str, str]] = set()
        self._looked_at: Things | None = None
        self._building = False

    def handle(self, event: Event) -> None:
        """Count, and say what cannot wait for the end of the build."""
        self._tally.take(event, time.monotonic())
        if isinstance(event, DiagnosticEvent):
            found = event.diagnostic
            if found.code == WAITING:
                self._console.say(escape_terminal(found.message))
            elif not self._building:
                self._tell([found])
        elif isinstance(event, AssetFinished) and event.asset in self._tally.names:
            self._built.append(event.asset)
        elif isinstance(event, PlanEvent):
            line = watch_text.beginning_text(
                len(event.to_do), event.draws, event.estimate_usd
            )
            self._console.say(line)

    def began(self, changed: tuple[str, ...]) -> None:
        """Begin to count."""
        del changed
        self._tally, self._built, self._building = Tally(), [], True

    def ended(self, done: Round, things: Things) -> None:
        """Say what is wrong now, what was built, and what is looked at."""
        self._building = False
        if not done.same:
            self._tell_news()
        if not done.same and not watch_text.is_idle(done, self._tally):
            clock = time.strftime("%H:%M:%S")
            text = watch_text.round_text(done, self._tally, self._built, clock)
            self._console.say(text)
        if things != self._looked_at and not done.error and not done.stopped:
            self._looked_at = things
            text = watch_text.header_text(things, done.cap_usd, poll=self._poll)
            self._console.say(text)

    def _tell_news(self) -> None:
        """Say what is wrong and was not a moment ago."""
        found, unknown = self._tally.diagnostics, self._tally.unknown
        self._tell([each for each in found if _mark(each) not in self._told])
        fresh = [each for each in unknown if ("unknown", each.key) not in self._told]
        if fresh:
            text = unknown_text(Tally(unknown=fresh, diagnostics=found))
            self._console.complain(text)
        self._told = {_mark(each) for each in found}
        self._told.update(("unknown", each.key) for each in unknown)

    def _tell(self, found: list[Diagnostic]) -> None:
        errors = [each for each in found if each.severity == "error"]
        told = errors if self._console.quiet else found
        if told:
            text = as_text(
                told,
                folder=self._console.shown_folder,
                color=self._console.color_err,
                count=False,
            )
            self._console.complain(text)


def _mark(found: Diagnostic) -> tuple[str, str]:
    return found.code, found.message


class _Stream(JsonProgress):
    """Writes the events of all builds, one a line, for programs."""

    def __init__(self, descriptor: int) -> None:
        super().__init__(Tally(), descriptor)

    def began(self, changed: tuple[str, ...]) -> None:
        """Say nothing: the plan follows."""

    def ended(self, done: Round, things: Things) -> None:
        """Say nothing: the sum was the last event."""
