"""`assetgen serve`: the live gallery, in a browser on this machine."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from assetgen.cli.options import options_from
from assetgen.errors import ExitCode, UsageError
from assetgen.signals import signals_told
from assetgen.watchmoney import Purse

if TYPE_CHECKING:
    from argparse import Namespace

    from assetgen.cli.console import Console
    from assetgen.serve.app import Served
    from assetgen.world import Options

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
        with signals_told(lambda code: _end(code, ended)):
            while not ended.wait(3600):
                pass
            if served.is_busy:
                console.say("waiting for what is being drawn; Ctrl-C again ends it now")
            served.stop()
    except BaseException:
        served.abandon()
        raise
    return ExitCode.DONE


def _end(_code: ExitCode, ended: threading.Event) -> None:
    """End in good order; who asks a second time does not want to wait.

    Raises:
        KeyboardInterrupt: The second time.
    """
    if ended.is_set():
        raise KeyboardInterrupt
    ended.set()


def begin_serving(
    args: Namespace, console: Console, options: Options, purse: Purse
) -> Served:
    """Return the server, which answers already.

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
        print_link=console.data,
    )


def session_cap_usd(
    args: Namespace, options: Options, console: Console
) -> float | None:
    """Return what flag, environment or the user's settings allow a session to cost."""
    if args.max_cost is not None or console.environ.get("ASSETGEN_MAX_COST"):
        return options.max_cost_usd
    return options.config.budget.watch_usd
