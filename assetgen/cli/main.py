"""Runs one command, and turns every way in which it can end into words and a code.

What a user can do something about is an `AssetgenError` and ends with its exit code.
Everything else is a bug of ours: 70, one short paragraph, and a traceback on request.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import signal
import sys
import threading
from typing import TYPE_CHECKING

from assetgen import __version__
from assetgen.cli import arguments as command_line
from assetgen.cli.console import Console, console_of_process, words
from assetgen.errors import (
    AssetgenError,
    ExitCode,
    SpecInvalid,
    UsageError,
    details_of,
    diagnostics_of,
)

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Iterator, Sequence


def run(arguments: Sequence[str], console: Console | None = None) -> int:
    """Run the command line `arguments` (without the program's name).

    Returns:
        The exit code; nothing is raised.
    """
    console = console or console_of_process()
    console.verbose = "-v" in arguments or "--verbose" in arguments
    asked = _asked_format(arguments)
    try:
        with _ending_on_sigterm():
            return int(_dispatch(arguments, console))
    except AssetgenError as error:
        report_error(error, console, asked)
        if error.exit_code is ExitCode.DISK:
            _give_stdout_up(console)
        return int(error.exit_code)
    except KeyboardInterrupt:
        console.complain("interrupted")
        return int(ExitCode.INTERRUPTED)
    except BrokenPipeError:
        # The reader has seen enough (`assetgen plan | head`).
        _close_stdout(console)
        return int(ExitCode.DONE)
    except OSError as error:
        _report_disk(error, console)
        _give_stdout_up(console)
        return int(ExitCode.DISK)
    except SystemExit as end:  # `--help`, or SIGTERM
        return end.code if isinstance(end.code, int) else int(ExitCode.DONE)
    except BaseException as error:  # noqa: BLE001  # the last net: everything that gets here is a bug
        _report_bug(error, console)
        return int(ExitCode.BUG)


def _dispatch(arguments: Sequence[str], console: Console) -> int:
    if not arguments:
        console.complain(command_line.help_text())
        return ExitCode.USAGE
    first, rest = arguments[0], arguments[1:]
    if first in {"-h", "--help", "help"}:
        if first == "help" and rest:
            return _dispatch([rest[0], "--help"], console)
        console.data(command_line.help_text())
        return ExitCode.DONE
    if first == "--version":
        console.data(f"assetgen {__version__}")
        return ExitCode.DONE
    command = command_line.find_command(first)
    parsed: Namespace = command_line.parse(command, rest)
    console.quiet, console.verbose = parsed.quiet, parsed.verbose
    console.remember_spec(getattr(parsed, "file", ""))
    module = importlib.import_module(f"assetgen.cli.commands.{command.module}")
    code: int = module.run(parsed, console)
    return code


def report_error(
    error: AssetgenError, console: Console, asked_format: str | None = None
) -> None:
    """Print an error to stderr; in a GitHub workflow as annotations, too."""
    from assetgen.report import diagnostics

    found = diagnostics_of(error)
    if not isinstance(error, SpecInvalid):
        prefix = "assetgen: " if isinstance(error, UsageError) else "error: "
        console.complain(prefix + diagnostics.escape_terminal(error.message))
        if error.hint:
            console.complain("  hint: " + diagnostics.escape_terminal(error.hint))
    elif asked_format == "json":
        console.complain(diagnostics.as_json(found))
    elif asked_format != "github":
        console.complain(
            diagnostics.as_text(
                found, folder=console.shown_folder, color=console.color_err
            )
        )
    if asked_format == "github" or (console.in_github and asked_format is None):
        from assetgen.report.annotations import as_github

        console.annotate(as_github(details_of(error), console.spec_folder))


def _asked_format(arguments: Sequence[str]) -> str | None:
    """Return the value of `--format`, read before anything can go wrong."""
    for position, word in enumerate(arguments):
        if word.startswith("--format="):
            return word.partition("=")[2]
        if word == "--format" and position + 1 < len(arguments):
            return arguments[position + 1]
    return None


@contextlib.contextmanager
def _ending_on_sigterm() -> Iterator[None]:
    """Let SIGTERM unwind the stack with 143; a running build sets its own handler."""

    def end(_signal: int, _frame: object) -> None:
        sys.exit(int(ExitCode.TERMINATED))

    if threading.current_thread() is not threading.main_thread():
        yield  # somebody runs us inside a program of theirs
        return
    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _close_stdout(console: Console) -> None:
    """Point stdout at nothing, so that Python's own flush at exit stays quiet."""
    if console.out is sys.stdout:
        nothing = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nothing, sys.stdout.fileno())
        os.close(nothing)


def _give_stdout_up(console: Console) -> None:
    """Keep what stdout cannot take from failing again, with another code, at exit."""
    try:
        console.out.flush()
    except OSError:
        _close_stdout(console)


def _report_disk(error: OSError, console: Console) -> None:
    from assetgen.report.diagnostics import escape_terminal

    name = f" {error.filename}" if error.filename else ""
    console.complain(
        f"error: the system refused{escape_terminal(name)}: {words(error)}"
    )
    _traceback_on_request(error, console)


def _report_bug(error: BaseException, console: Console) -> None:
    from assetgen.report.diagnostics import escape_terminal

    what = escape_terminal(_without_key(f"{type(error).__name__}: {error}", console))
    where = _where(error)
    console.complain(
        f"assetgen {__version__}: this is a bug in assetgen, not in your spec.\n"
        f"  {what}\n"
        f"  at {where}\n"
        "  Pictures that were banked are safe. Please report it with the command and\n"
        "  the part of the spec that shows it; -v prints the traceback."
    )
    _traceback_on_request(error, console)


def _where(error: BaseException) -> str:
    trace = error.__traceback__
    place = "an unknown place"
    while trace is not None:
        name = os.path.basename(trace.tb_frame.f_code.co_filename)  # noqa: PTH119  # text only
        place = f"{name}:{trace.tb_lineno}"
        trace = trace.tb_next
    return place


def _traceback_on_request(error: BaseException, console: Console) -> None:
    if console.verbose or console.environ.get("ASSETGEN_DEBUG"):
        import traceback

        text = "".join(traceback.format_exception(error))
        console.complain(_without_key(text, console))


def _without_key(text: str, console: Console) -> str:
    """Return `text` without the services' keys, whatever a library put into it."""
    for variable in _key_variables(console):
        key = console.environ.get(variable, "").strip()
        text = text.replace(key, "[key]") if key else text
    return text


def _key_variables(console: Console) -> set[str]:
    """Return the names of all variables that hold keys."""
    names = {"OPENAI_API_KEY", "OPENAI_ADMIN_KEY"}
    with contextlib.suppress(Exception):  # a bug is being told; the settings may be it
        from assetgen.config import read_config

        names |= {
            each.key_env for each in read_config(console.environ).servers.values()
        }
    return names
