"""`assetgen serve`: the live gallery, in a browser on this machine."""

from __future__ import annotations

import threading
from collections import Counter
from typing import TYPE_CHECKING

from assetgen.cli.options import options_from
from assetgen.errors import ExitCode, UsageError
from assetgen.report.diagnostics import escape_terminal
from assetgen.report.summary import Tally, unknown_text
from assetgen.signals import signals_told
from assetgen.watchmoney import Purse

if TYPE_CHECKING:
    from argparse import Namespace

    from assetgen.cli.console import Console
    from assetgen.serve.app import Served
    from assetgen.serve.jobs import Ending
    from assetgen.world import Options

_DEAF_S = 0.5
_STEP_S = 0.2
_HURRY_S = 1.5
"""Who does not want to wait waits so long for the list of what may have been charged."""
_EXTRA = ("starlette", "uvicorn", "h11", "anyio")


def run(args: Namespace, console: Console) -> int:
    """Serve until Ctrl-C.

    Raises:
        UsageError: There is no spec, the port is taken, or the extra is not installed.
        PolicyRefused: Others could reach it, and nobody said that they may.
    """
    options = options_from(args, console.environ)
    purse = Purse(session_cap_usd(args, options, console))
    served = begin_serving(args, console, options, purse)
    try:
        console.data(served.url)
        console.say("the gallery is open; Ctrl-C ends it")
        if args.open_browser:
            import webbrowser

            webbrowser.open(served.link_for_browser())
        ended = threading.Event()
        with signals_told(lambda _: ended.set()):
            while not ended.wait(_DEAF_S):
                pass  # see `signals.next_item`: nobody waits for long in one go
        end_serving(served, console)
    except BaseException:
        served.abandon()
        raise
    return ExitCode.DONE


def end_serving(served: Served, console: Console) -> None:
    """End the gallery in good order: what is being drawn is waited for, and banked.

    Raises:
        KeyboardInterrupt: Somebody did not want to wait. What may have been charged
            was said.
    """
    hurried = threading.Event()
    with signals_told(lambda _: hurried.set()):
        served.end_soon()
        if served.is_busy:
            console.say("waiting for what is being drawn; Ctrl-C again ends it now")
        waits = True
        while waits and not served.is_idle(_STEP_S):
            if hurried.is_set():
                served.end_soon()
                served.is_idle(_HURRY_S)
                waits = False
        _say_how_it_ended(served.ending, console)
        if not waits:
            raise KeyboardInterrupt
        served.stop()


def _say_how_it_ended(ending: Ending, console: Console) -> None:
    for name, draws in Counter(ending.banked).items():
        shown = escape_terminal(name)
        what = f"{draws} draws" if draws > 1 else "1 draw"
        console.say(f"{shown}: {what} banked; `assetgen log {shown}` lists all")
    if ending.unknown:
        console.complain(unknown_text(Tally(unknown=ending.unknown)))


def begin_serving(
    args: Namespace,
    console: Console,
    options: Options,
    purse: Purse,
    *,
    watched: bool = False,
) -> Served:
    """Return the server, which answers already.

    Args:
        args: Of the command line.
        console: Gets warnings, and links.
        options: Of all builds.
        purse: What the session may cost.
        watched: Whether a `watch` builds beside it.

    Raises:
        UsageError: The port is taken, or the extra is not installed.
        PolicyRefused: Others could reach it, and nobody said that they may.
    """
    try:
        from assetgen.serve.app import Place, serve_in_thread
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] not in _EXTRA:
            raise
        raise UsageError(
            f"the gallery needs {error.name}, which is not installed",
            hint="pip install 'assetgen-build[serve]'",
        ) from None
    names = args.allow_remote
    place = Place(
        host=args.host,
        port=args.port,
        names=tuple(name for name in names or () if name),
        remote=names is not None,
    )
    if place.remote:
        console.complain(
            "warning: others can reach the gallery, and what they send and see is not "
            "encrypted; whoever has the link can spend the session's money"
        )
    return serve_in_thread(
        options,
        place=place,
        purse=purse,
        poll=args.poll,
        watched=watched,
        print_link=console.data,
    )


def session_cap_usd(
    args: Namespace, options: Options, console: Console
) -> float | None:
    """Return what flag, environment or the user's settings allow a session to cost."""
    if args.max_cost is not None or console.environ.get("ASSETGEN_MAX_COST"):
        return options.max_cost_usd
    return options.config.budget.watch_usd
