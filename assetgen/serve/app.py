"""The gallery's server: what answers which address, and how it starts and ends.

The table of routes is fixed, files of the pages included; nothing in a request becomes a
path. A GET changes nothing. Work that takes long is done on threads of our own, so that
the loop keeps answering; everything that is answered goes through `guard`.
"""

from __future__ import annotations

import asyncio
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Final

import uvicorn
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

from assetgen.errors import AssetgenError, PolicyRefused, UsageError
from assetgen.serve.answers import Answers, unknown
from assetgen.serve.guard import Guard, Refusal, Tokens
from assetgen.serve.hub import Hub
from assetgen.serve.jobs import Ending, Jobs
from assetgen.serve.live import Gallery
from assetgen.serve.orders import Orders
from assetgen.serve.ripples import Ripples
from assetgen.values import Value
from assetgen.watchmoney import Purse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from starlette.requests import Request
    from starlette.responses import Response

    from assetgen.world import Options

DEFAULT_PORT: Final = 8765
_LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})
_THREADS: Final = 4
_GRACE_S: Final = 2


class Place(Value, kw_only=True):
    """Where the server listens.

    Attributes:
        host: An address of this machine.
        port: 0 for any that is free.
        names: Further names under which browsers reach it.
        remote: Whether it may listen beyond this machine.
    """

    host: str = "127.0.0.1"
    port: int = DEFAULT_PORT
    names: tuple[str, ...] = ()
    remote: bool = False


class Served:
    """A server that runs on threads of its own.

    Attributes:
        url: Of the gallery, with a token to be traded once.
        purse: What this session spent, and what it may.
    """

    def __init__(
        self,
        options: Options,
        place: Place,
        purse: Purse,
        *,
        poll: bool,
        watched: bool,
        print_link: Callable[[str], None],
    ) -> None:
        """Listen, read the project, and answer.

        Raises:
            UsageError: The port is taken, or the address is not this machine's.
            PolicyRefused: Others could reach it, and nobody said that they may.
        """
        self.purse = purse
        self._print_link = print_link
        self._sockets = [_listening(place)]
        bound = self._sockets[0].getsockname()
        self._base = f"http://{_in_url(place.host)}:{bound[1]}/"
        self._tokens = Tokens(lambda token: print_link(f"{self._base}#token={token}"))
        self._tokens.cookie = f"assetgen-{bound[1]}"
        self.url = f"{self._base}#token={self._tokens.new_link()}"
        self._hub = Hub()
        self._gallery = Gallery(options, self._hub, purse, poll=poll, watched=watched)
        self._jobs = Jobs(
            self._gallery.options, self._hub, purse, on_end=self._gallery.catch_up
        )
        self._pool = ThreadPoolExecutor(_THREADS, "gallery-answers")
        answers = Answers(
            self._gallery,
            self._hub,
            self._tokens,
            self._pool,
            Ripples(options, purse) if watched else None,
        )
        app = _application(answers, Orders(answers, self._gallery, self._jobs))
        guard = Guard(app, self._tokens, _hosts(place, bound[1]))
        self._server = _server_of(guard)
        self._thread = threading.Thread(target=self._run, name="server", daemon=True)
        try:
            self._gallery.start()
        except BaseException:
            self._sockets[0].close()
            self._gallery.close()
            self._pool.shutdown()
            raise
        self._jobs.start()
        self._thread.start()

    def link_for_browser(self) -> str:
        """Return a link that is good for one trade, to start a browser with."""
        return f"{self._base}#token={self._tokens.new_link(printed=False)}"

    @property
    def is_busy(self) -> bool:
        """Whether a job is being done."""
        return self._jobs.busy.is_set()

    @property
    def ending(self) -> Ending:
        """What came of work that was under way when `end_soon` was called."""
        return self._jobs.ending

    def end_soon(self) -> None:
        """Ask for nothing more; called again, do not wait for what was asked for."""
        self._jobs.end_soon()

    def is_idle(self, timeout_s: float) -> bool:
        """Return whether all work has come to its end, waiting for that so long."""
        return self._jobs.close(timeout_s)

    def stop(self) -> None:
        """End it: what is being drawn is waited for, and banked."""
        self._jobs.close()
        self._hub.close()
        self._server.should_exit = True
        self._thread.join()
        self._gallery.close()
        self._pool.shutdown()

    def abandon(self) -> None:
        """Answer no more; nothing is waited for."""
        self._hub.close()
        self._server.should_exit = True
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _run(self) -> None:
        asyncio.run(self._server.serve(self._sockets))


def serve_in_thread(
    options: Options,
    *,
    place: Place | None = None,
    purse: Purse | None = None,
    poll: bool = False,
    watched: bool = False,
    print_link: Callable[[str], None] = lambda _: None,
) -> Served:
    """Return a gallery that is being served.

    Args:
        options: As the command line gives them.
        place: Where to listen.
        purse: Of a session that spends elsewhere, too.
        poll: Wait for no events of the file system.
        watched: Whether a `watch` of the same options spends from the purse, so that a
            pick draws what needs the picture.
        print_link: Shows a link, when the first one was used and another is needed.

    Raises:
        UsageError: The port is taken, or the address is not this machine's.
        PolicyRefused: Others could reach it, and nobody said that they may.
    """
    return Served(
        options,
        place or Place(),
        purse or Purse(options.max_cost_usd),
        poll=poll,
        watched=watched,
        print_link=print_link,
    )


# --- where ----------------------------------------------------------------------


def _listening(place: Place) -> socket.socket:
    """Return a socket that listens.

    Raises:
        UsageError: The port is taken, or the address is not this machine's.
        PolicyRefused: Others could reach it, and nobody said that they may.
    """
    if place.host not in _LOOPBACK and not place.remote:
        raise PolicyRefused(
            f"at {place.host}, others could reach the gallery, spend money with it and "
            "write into the project",
            hint="--allow-remote says that they may; a tunnel (`ssh -L`) needs neither",
        )
    family = socket.AF_INET6 if ":" in place.host else socket.AF_INET
    # With the protocol named, asyncio sends each part of an answer at once; without, the
    # rest of a small one waits for the reader's word, 40 ms.
    found = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        found.bind((place.host, place.port))
        found.listen(128)
    except OSError as error:
        found.close()
        raise UsageError(
            f"cannot listen at {place.host}:{place.port}: "
            f"{(error.strerror or str(error)).lower()}",
            hint="another gallery may be running there; `--port 0` takes any free port",
        ) from None
    except OverflowError:
        found.close()
        raise UsageError(f"{place.port} is no port") from None
    return found


def _in_url(host: str) -> str:
    if host in {"0.0.0.0", "::"}:  # noqa: S104  # named, not bound
        return socket.gethostname().lower()
    return f"[{host}]" if ":" in host else host


def _hosts(place: Place, port: int) -> Iterable[str]:
    """Return what a Host header may say."""
    names = {"127.0.0.1", "localhost", "[::1]"}
    if place.remote:
        names |= {_in_url(place.host), *map(_in_url, place.names)}
    for name in names:
        yield f"{name.lower()}:{port}"
        if port == 80:
            yield name.lower()


# --- what ---------------------------------------------------------------------


def _server_of(guard: Guard) -> uvicorn.Server:
    """Return what will serve, as quiet as it can be."""
    return uvicorn.Server(
        uvicorn.Config(
            guard,
            log_config=None,
            access_log=False,
            server_header=False,
            lifespan="off",
            ws="none",
            http="h11",
            loop="asyncio",
            timeout_graceful_shutdown=_GRACE_S,
        )
    )


def _application(answers: Answers, orders: Orders) -> Starlette:
    def get(path: str, endpoint: Any) -> Route:
        return Route(path, endpoint, methods=["GET"])

    def post(path: str, endpoint: Any) -> Route:
        return Route(path, endpoint, methods=["POST"])

    found = Starlette(
        routes=[
            get("/", answers.shell),
            get("/pages/{name}", answers.file),
            post("/api/session", answers.session),
            get("/api/wall", answers.wall),
            get("/api/assets/{id}", answers.asset),
            get("/api/pictures/{pic}", answers.picture),
            get("/api/thumbs/{pic}", answers.thumb),
            get("/api/partials/{run}/{asset}", answers.partial),
            get("/api/reroll/{id}", answers.price),
            get("/api/pick/{id}", answers.price_of_pick),
            get("/api/events", answers.events),
            post("/api/assets/{id}/pick", orders.pick),
            post("/api/assets/{id}/reroll", orders.reroll),
            post("/api/assets/{id}/freeze", orders.freeze),
            post("/api/masks", orders.mask),
            post("/api/build", orders.build),
        ],
        exception_handlers={
            Refusal: _refused,
            AssetgenError: _failed,
            404: _not_found,
            405: _not_allowed,
        },
    )
    found.router.redirect_slashes = False  # an address is what it says, or none
    return found


async def _refused(_: Request, error: Exception) -> Response:
    assert isinstance(error, Refusal)
    return JSONResponse(error.data(), error.status)


async def _failed(_: Request, error: Exception) -> Response:
    assert isinstance(error, AssetgenError)
    refusal = Refusal(409, error.code, error.message, error.hint)
    return JSONResponse(refusal.data(), refusal.status)


async def _not_found(_: Request, __: Exception) -> Response:
    return JSONResponse(unknown().data(), 404)


async def _not_allowed(_: Request, __: Exception) -> Response:
    refusal = Refusal(405, "method", "this address does not take that method")
    return JSONResponse(refusal.data(), 405)
