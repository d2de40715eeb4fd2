"""What commands leave behind for CI services: files, a job's summary, a step's outputs.

A `Reports` is entered around a command's work and writes when that is over, however it
ended: a spec that is wrong or a build that was refused is what a reader of such files
wants to know above all.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from assetgen.cli import actions_files
from assetgen.errors import AssetgenError, DiskRefused, ExitCode, details_of
from assetgen.values import Value

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Mapping, Sequence
    from types import TracebackType
    from typing import Self

    from assetgen.cli.console import Console
    from assetgen.errors import Diagnostic
    from assetgen.events import Event, Listener
    from assetgen.report.junit import Ends
    from assetgen.report.summary import Tally
    from assetgen.world import Options


class Reports:
    """The files and figures of one run of a command.

    Attributes:
        found: Errors, warnings and notes that the command came upon.
        code: With which the command ends, as far as that is known.
        markdown: For the job's summary.
        figures: The step's outputs beside the exit code.
    """

    def __init__(self, args: Namespace, console: Console, command: str) -> None:
        """Be ready to write what `args` and the environment ask for."""
        self._args = args
        self._console = console
        self._command = command
        self.found: Sequence[Diagnostic] = ()
        self.code: int = ExitCode.DONE
        self.markdown = ""
        self.figures: dict[str, str | float] = {}

    @property
    def title(self) -> str:
        """Which command this is and on which spec, as Markdown."""
        from assetgen.report.markdown import code

        return f"{code(f'assetgen {self._command}')} of {code(self._args.file)}"

    @property
    def is_read(self) -> bool:
        """Whether a workflow takes a summary or outputs."""
        environ = self._console.environ
        return bool(
            environ.get(actions_files.SUMMARY) or environ.get(actions_files.OUTPUT)
        )

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Write; what cannot be written is told, and ends what went well with 74.

        Raises:
            DiskRefused: A file that was asked for cannot be written, and nothing else
                is wrong.
        """
        if isinstance(error, AssetgenError):
            self.code = error.exit_code
            told = details_of(error)
            self.found = (*(each for each in self.found if each not in told), *told)
        elif error is not None:
            self.code = _code_of(error)
        try:
            self._write_files(error)
        except DiskRefused as refused:
            if error is None:
                raise
            self._console.complain(f"error: {refused.message}")
        self._tell_service(error)

    def _write_files(self, error: BaseException | None) -> None:  # noqa: ARG002  # for those that extend it
        path = getattr(self._args, "sarif", None)
        if path is None:
            return
        from assetgen.files import write_atomically
        from assetgen.report.sarif import as_sarif

        text = as_sarif(
            self.found,
            spec=self._args.file.replace("\\", "/").rpartition("/")[2],
            folder=self._console.folder_in_repository,
            code=self.code,
        )
        write_atomically(path, text.encode(), durable=False, what="report")

    def _tell_service(self, error: BaseException | None) -> None:
        if not self.is_read:
            return
        environ = self._console.environ
        markdown = self.markdown or self._problems_in_markdown(error)
        values = {"exit_code": int(self.code), **self.figures}
        for problem in (
            actions_files.append_summary(environ, markdown),
            actions_files.set_outputs(environ, values),
        ):
            if problem is not None:
                self._console.complain(f"warning: {problem}")

    def _ending(self) -> str:
        """Return how the command ended: its code, and what that means."""
        from assetgen.cli.arguments import EXIT_CODES

        if self.code == ExitCode.DONE:
            return "done"
        meanings = (text for code, text in EXIT_CODES.items() if code == self.code)
        meaning = next(meanings, "").partition(" (")[0]
        return f"ended with {int(self.code)}, {meaning}".removesuffix(", ")

    def _problems_in_markdown(self, error: BaseException | None) -> str:
        """Return what is said of a command that made no summary of its own."""
        if error is None and not self.found:
            return ""
        from assetgen.report.build_markdown import as_markdown
        from assetgen.report.junit import Ends
        from assetgen.report.summary import Tally

        return as_markdown(
            Tally(), Ends(), self.found, title=self.title, ending=self._ending()
        )


class BuildReports(Reports):
    """The same of a build, which has more to tell.

    Attributes:
        options: Of the build, once they are known.
        refusal: The error that ended it, where that was told and not raised.
    """

    def __init__(self, args: Namespace, console: Console, tally: Tally) -> None:
        """Report the build that `tally` counts."""
        from assetgen.report.junit import Ends

        super().__init__(args, console, "build")
        self._tally = tally
        self._ends = Ends()
        self._began = time.monotonic()
        self.options: Options | None = None
        self.refusal: AssetgenError | None = None

    def hearing(self, listener: Listener) -> Listener:
        """Return a listener that passes all on, and remembers how assets ended."""
        return _Both(listener, self._ends)

    def _write_files(self, error: BaseException | None) -> None:
        ended_by = error if isinstance(error, AssetgenError) else self.refusal
        refusals = () if ended_by is None else details_of(ended_by)
        tally, ends = self._tally, self._ends
        own = [each for each in tally.diagnostics if each not in self.found]
        self.found = (*own, *self.found)
        super()._write_files(error)
        if self._args.junit is not None:
            self._write_junit(refusals)
        summary = tally.summary
        if summary is not None:
            self.figures = {
                "built": summary.built,
                "changed": summary.written + len(summary.removed),
                "drawn": summary.draws,
                "cost_usd": summary.cost_usd,
                "failed": summary.failed,
                "blocked": summary.blocked,
            }
        from assetgen.report.build_markdown import as_markdown

        self.markdown = as_markdown(
            tally, ends, refusals, title=self.title, ending=self._ending()
        )

    def _write_junit(self, refusals: Sequence[Diagnostic]) -> None:
        from assetgen.files import write_atomically
        from assetgen.report.junit import as_junit, cases_of

        failed = {each.code for each in self._ends.failed.values()}
        others = [
            each
            for each in self._tally.diagnostics
            if each.severity == "error"
            and each.code not in failed
            and each not in refusals
        ]
        now = _look_at(self.options)
        errors = (each for each in (*refusals, *others) if each.severity == "error")
        text = as_junit(
            cases_of(self._ends, now.places, errors, now.pending),
            suite=self._args.file,
            folder=self._console.folder_in_repository,
            took_s=time.monotonic() - self._began,
        )
        data = text.encode("utf-8", "replace")
        write_atomically(self._args.junit, data, durable=False, what="report")


class _Both:
    """A listener that tells two."""

    def __init__(self, first: Listener, second: Ends) -> None:
        self._first, self._second = first, second

    def handle(self, event: Event) -> None:
        """Pass `event` on."""
        self._second.handle(event)
        self._first.handle(event)


class _Project(Value, kw_only=True):
    """The assets of a build, as they are after it.

    Attributes:
        places: File and line of each asset in question, in build order.
        pending: Those that are not up to date.
    """

    places: Mapping[str, tuple[str, int]]
    pending: frozenset[str]


_NOTHING: Final = _Project(places={}, pending=frozenset())


def _look_at(options: Options | None) -> _Project:
    """Return the assets that a build was about; none of a spec that is wrong."""
    from assetgen import project
    from assetgen.decide import Action
    from assetgen.errors import Problem
    from assetgen.sources import located, spec_reader

    if options is None:
        return _NOTHING
    try:
        planned = project.make(options)
    except AssetgenError:
        return _NOTHING
    planned.world.memo.close()
    loaded, assets = planned.loaded, planned.plan.assets
    names = [each.name for each in assets]
    problems = [Problem(name, "", loaded.assets[name].place.key()) for name in names]
    found = located(problems, spec_reader(loaded.root, loaded.text))
    spans = {each.code: each.excerpt.span for each in found if each.excerpt}
    idle = {Action.UP_TO_DATE, Action.FROZEN}
    return _Project(
        places={
            name: (spans[name].path, spans[name].line) if name in spans else ("", 0)
            for name in names
        },
        pending=frozenset(each.name for each in assets if each.action not in idle),
    )


def _code_of(error: BaseException) -> int:
    """Return the exit code of what is no `AssetgenError`, as the command line gives it."""
    if isinstance(error, KeyboardInterrupt):
        return ExitCode.INTERRUPTED
    if isinstance(error, OSError):
        return ExitCode.DISK
    if isinstance(error, SystemExit) and isinstance(error.code, int):
        return error.code
    return ExitCode.BUG
