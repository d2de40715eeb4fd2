"""Streams, colour, progress and the last net of `main`."""

from __future__ import annotations

import io
import json
import os
import types

import pytest

from assetgen import events
from assetgen.cli import main as main_module
from assetgen.cli.console import Console, choose_progress, wants_color
from assetgen.cli.progress_json import JsonProgress
from assetgen.cli.progress_plain import HEARTBEAT_S, PlainProgress
from assetgen.errors import (
    AssetFailed,
    ChangesPending,
    CredentialsMissing,
    Diagnostic,
    DiskRefused,
    ExitCode,
    IntegrityBroken,
    OverBudget,
    PolicyRefused,
    ProjectBusy,
    SpecInvalid,
    UsageError,
)
from assetgen.report.summary import Tally


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def console(*, terminal: bool = False, **environ: str) -> Console:
    """Return a console that keeps what is said."""
    kind = Terminal if terminal else io.StringIO
    return Console(environ, kind(), kind())


@pytest.mark.parametrize(
    ("terminal", "environ", "colored"),
    [
        (True, {}, True),
        (False, {}, False),
        (True, {"TERM": "dumb"}, False),
        (True, {"NO_COLOR": "1"}, False),
        (False, {"FORCE_COLOR": "1"}, True),
        (True, {"FORCE_COLOR": "0"}, False),
        (True, {"NO_COLOR": "1", "FORCE_COLOR": "1"}, False),
        (True, {"NO_COLOR": ""}, True),
    ],
)
def test_colour_follows_the_terminal_and_the_environment(terminal, environ, colored):
    """NO_COLOR, then FORCE_COLOR, then the terminal decide."""
    stream = Terminal() if terminal else io.StringIO()
    assert wants_color(stream, environ) is colored


def test_live_progress_needs_a_terminal_outside_ci():
    """Logs get plain lines."""
    assert choose_progress("auto", console(terminal=True)) == "tty"
    assert choose_progress("auto", console(terminal=True, CI="true")) == "plain"
    assert choose_progress("auto", console()) == "plain"
    assert choose_progress("tty", console()) == "tty"


def run_with(monkeypatch, error: BaseException, talk: Console, *words: str) -> int:
    """Run a command that ends with `error`."""

    def end(*_arguments: object) -> int:
        raise error

    module = types.SimpleNamespace(run=end)
    monkeypatch.setattr(main_module.importlib, "import_module", lambda _name: module)
    return main_module.run(["doctor", *words], talk)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (AssetFailed("x"), ExitCode.SOME_FAILED),
        (UsageError("x"), ExitCode.USAGE),
        (SpecInvalid((Diagnostic("a", "x"),)), ExitCode.SPEC_INVALID),
        (ChangesPending("x"), ExitCode.CHANGES_PENDING),
        (OverBudget("x"), ExitCode.OVER_BUDGET),
        (PolicyRefused("x"), ExitCode.REFUSED),
        (IntegrityBroken("x"), ExitCode.INTEGRITY),
        (ProjectBusy("x"), ExitCode.BUSY),
        (CredentialsMissing("x"), ExitCode.CREDENTIALS),
        (DiskRefused("x"), ExitCode.DISK),
        (OSError(28, "No space left on device", "a.png"), ExitCode.DISK),
        (KeyboardInterrupt(), ExitCode.INTERRUPTED),
        (SystemExit(143), ExitCode.TERMINATED),
        (BrokenPipeError(), ExitCode.DONE),
        (KeyError("x"), ExitCode.BUG),
        (RecursionError(), ExitCode.BUG),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, BaseException) else "",
)
def test_every_end_has_its_exit_code(monkeypatch, error, code):
    """The codes are public; data never mixes with messages."""
    talk = console()
    assert run_with(monkeypatch, error, talk) == code
    assert talk.out.getvalue() == ""


def test_a_bug_is_told_shortly_and_without_the_key(monkeypatch):
    """The traceback comes on request, the key never."""
    secret = "sk-CANARY-0123456789"
    talk = console(OPENAI_API_KEY=secret)
    error = ValueError(f"refused {secret}")
    assert run_with(monkeypatch, error, talk) == ExitCode.BUG
    text = talk.err.getvalue()
    assert "this is a bug in assetgen" in text
    assert "Traceback" not in text
    assert run_with(monkeypatch, error, talk, "-v") == ExitCode.BUG
    assert "Traceback" in talk.err.getvalue()
    assert secret not in talk.err.getvalue()


def test_messages_are_escaped(monkeypatch):
    """A provider's words cannot move the cursor."""
    talk = console()
    run_with(monkeypatch, AssetFailed("a\x1b[2Jb", hint="c\rd"), talk)
    assert "\x1b" not in talk.err.getvalue()
    assert "\r" not in talk.err.getvalue()


def test_spec_errors_become_annotations_in_a_workflow(monkeypatch):
    """GITHUB_ACTIONS turns on annotations; --format wins over it."""
    error = SpecInvalid((Diagnostic("bad-value", "no"),))
    talk = console(GITHUB_ACTIONS="true")
    run_with(monkeypatch, error, talk)
    assert "::error" in talk.err.getvalue()
    talk = console(GITHUB_ACTIONS="true")
    run_with(monkeypatch, error, talk, "--format", "json")
    assert "::error" not in talk.err.getvalue()


def test_words_of_others_are_no_workflow_commands():
    """A provider's message cannot set off an annotation; ours can."""
    talk = console(GITHUB_ACTIONS="true")
    talk.complain("a\n  ::error::x\n##[warning]y")
    talk.show("::stop-commands::z")
    assert talk.err.getvalue() == "a\n  : :error::x\n# #[warning]y\n"
    assert talk.out.getvalue() == ": :stop-commands::z\n"
    talk.annotate("::error::mine")
    assert talk.err.getvalue().endswith("\n::error::mine\n")


def test_a_long_silence_is_broken_by_a_heartbeat():
    """A log shows that something still runs, and no more often than needed."""
    lines: list[str] = []
    now = [0.0]
    progress = PlainProgress(Tally(), lines.append, lambda: now[0])
    with progress:
        progress.handle(events.AssetStarted(asset="hero", step="draw"))
        progress.beat()
        assert lines == []
        now[0] = HEARTBEAT_S
        progress.beat()
        progress.beat()
    assert lines == ["[0/0] still working on hero (30 s)"]


def test_the_live_display_shows_names_as_they_are():
    """Markup of rich in names and messages means nothing."""
    from assetgen.cli.progress_tty import TtyProgress

    talk = console(terminal=True, TERM="xterm", NO_COLOR="1")
    progress = TtyProgress(Tally(), talk, lambda: 0.0)
    with progress:
        progress.handle(
            events.PlanEvent(
                assets=1, draws=0, estimate_usd=0.0, by_action={}, to_do=("a",)
            )
        )
        progress.handle(events.AssetFailed(asset="[bold]a", code="x", message="[/red]"))
    assert "[bold]a: failed" in talk.err.getvalue()


def test_events_are_lines_of_json():
    """One event, one line, at once."""
    reader, writer = os.pipe()
    with JsonProgress(Tally(), writer) as listener:
        listener.handle(events.VersionEvent(assetgen="1"))
        assert json.loads(os.read(reader, 1000)) == {
            "type": "version",
            "assetgen": "1",
            "events": 1,
        }
        os.close(reader)
        for _ in range(2):
            listener.handle(events.AssetBlocked(asset="a", because="b"))
    os.close(writer)
    assert listener.events == 3
