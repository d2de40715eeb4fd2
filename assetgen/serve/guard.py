"""Who may ask the gallery's server, and what every answer carries.

The server listens on this machine, but any page in any browser here can send requests to
it, and any program on the machine can connect. So, in this order:

1. The Host header must be one of ours: a name that somebody else's DNS points here is not.
2. No other origin: a foreign or null Origin, or a browser that says cross-site.
3. Everything under /api/ needs the token of this run, as a cookie or as a bearer.
4. What changes something is a POST of JSON, and by cookie only with an Origin.

The link that is printed holds a token. A browser trades it for a cookie, once: the link
stays in terminals and histories, and is worth nothing there afterwards. Reloads live on
the cookie; another browser gets a link of its own, which the server prints when a used
one is offered. Other programs send the printed token with each request.
"""

from __future__ import annotations

import hmac
import secrets
import threading
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src 'self' blob: data:; connect-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'"
)
"""`data:` is for the tile that a person chooses as a background; a picture runs nothing."""

MAX_BODY_BYTES: Final = 96 * 2**20
"""A mask as large as the largest picture that may be sent, in base64."""

_SMALL_BODY_BYTES: Final = 2**20
_MOST_SESSIONS: Final = 64
_TOKEN_BYTES: Final = 32

_HEADERS: Final = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"x-frame-options", b"DENY"),
)


class Tokens:
    """The secrets of one run; may be used from any thread.

    Attributes:
        cookie: Name of the cookie; cookies do not know ports, so ours is in it.
    """

    def __init__(self, print_link: Callable[[str], None]) -> None:
        """Begin without a token.

        Args:
            print_link: Shows a token to whoever started the server.
        """
        self.cookie = "assetgen"
        self._print_link = print_link
        self._guard = threading.Lock()
        self._printed: list[str] = []
        self._unspent: set[str] = set()
        self._sessions: list[str] = []

    def new_link(self, *, printed: bool = True) -> str:
        """Return a token for a link.

        Args:
            printed: Whether people get to see it; other programs may then send it. One
                that is handed to a browser on its command line, which everybody on the
                machine can read, is good for a single trade.
        """
        token = secrets.token_urlsafe(_TOKEN_BYTES)
        with self._guard:
            self._unspent.add(token)
            if printed:
                self._printed.append(token)
        return token

    def trade(self, offered: str) -> str | None:
        """Return the secret of a new session for a token; None if it is not good.

        For one that was traded before, a fresh link is printed, once for each that is
        traded: whoever has the terminal may use it.
        """
        with self._guard:
            known = next((x for x in self._unspent if _same(x, offered)), None)
            if known is not None:
                self._unspent.remove(known)
                session = secrets.token_urlsafe(_TOKEN_BYTES)
                self._sessions = [*self._sessions[-_MOST_SESSIONS + 1 :], session]
                return session
            spent = any(_same(each, offered) for each in self._printed)
            fresh_is_there = any(each in self._unspent for each in self._printed)
        if spent and not fresh_is_there:
            self._print_link(self.new_link())
        return None

    def is_session(self, offered: str) -> bool:
        """Return whether it is the secret of a session."""
        with self._guard:
            known = tuple(self._sessions)
        return _any_same(known, offered)

    def is_bearer(self, offered: str) -> bool:
        """Return whether it is a token that was printed."""
        with self._guard:
            known = tuple(self._printed)
        return _any_same(known, offered)


def _same(known: str, offered: str) -> bool:
    return hmac.compare_digest(known.encode(), offered.encode("utf-8", "replace"))


def _any_same(known: Iterable[str], offered: str) -> bool:
    """Compare with all of them, so that the time says nothing of which."""
    found = False
    for each in known:
        found |= _same(each, offered)
    return found


class Refusal(Exception):
    """A request that is not answered.

    Attributes:
        more: Fields beside the error, for the page.
    """

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        hint: str | None = None,
        more: Mapping[str, object] | None = None,
    ) -> None:
        """Keep what to answer."""
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.hint = hint
        self.more = dict(more or {})

    def data(self) -> dict[str, object]:
        """Return the answer's body."""
        error = {"code": self.code, "message": self.message, "hint": self.hint}
        return {"error": error, **self.more}


class Guard:
    """Stands before the whole application; answers what must not pass itself."""

    def __init__(self, app: ASGIApp, tokens: Tokens, hosts: Iterable[str]) -> None:
        """Let requests through to `app`.

        Args:
            app: The application.
            tokens: Of this run.
            hosts: What a Host header may say, port included, in lower case.
        """
        self._app = app
        self._tokens = tokens
        self._hosts = frozenset(hosts)
        self._origins = frozenset(f"http://{each}" for each in self._hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return  # neither web sockets nor anything else is spoken here
        sender = _with_headers(send)
        try:
            self.check(scope)
            await self._app(scope, _capped(receive, scope["path"]), sender)
        except Refusal as refusal:
            await _refuse(refusal, sender)

    def check(self, scope: Scope) -> None:
        """Do nothing for a request that may pass.

        Raises:
            Refusal: It may not.
        """
        headers = _headers(scope)
        self._check_origin(scope, headers)
        path: str = scope["path"]
        if not path.startswith("/api/") or path == "/api/session":
            return
        by_cookie = self._tokens.is_session(_cookie(headers, self._tokens.cookie))
        kind, _, offered = headers.get("authorization", "").partition(" ")
        by_bearer = kind.lower() == "bearer" and self._tokens.is_bearer(offered.strip())
        if not by_cookie and not by_bearer:
            raise Refusal(
                401,
                "no-token",
                "this needs the token of this run",
                "open the link that `assetgen serve` printed",
            )
        if scope["method"] == "POST" and not by_bearer and "origin" not in headers:
            raise Refusal(403, "no-origin", "the request does not say where it is from")

    def _check_origin(self, scope: Scope, headers: Mapping[str, str]) -> None:
        if headers.get("host", "").lower() not in self._hosts:
            raise Refusal(
                403,
                "foreign-host",
                "the gallery is not known by this name",
                "open the link that `assetgen serve` printed",
            )
        origin = headers.get("origin")
        if origin is not None and origin.lower() not in self._origins:
            raise Refusal(403, "foreign-origin", "only the gallery's own pages may ask")
        if headers.get("sec-fetch-site", "none") not in {"none", "same-origin"}:
            raise Refusal(
                403,
                "cross-site",
                "another site asks; only the gallery's own pages may",
                "paste the link into the address bar",
            )
        if scope["method"] == "POST":
            media_type = headers.get("content-type", "").partition(";")[0].strip()
            if media_type.lower() != "application/json":
                raise Refusal(
                    415, "not-json", "a request that changes something is JSON"
                )


def _headers(scope: Scope) -> dict[str, str]:
    """Return the headers by name; of those that come twice, neither is believed."""
    found: dict[str, str] = {}
    for raw_name, raw_value in scope["headers"]:
        name = raw_name.decode("latin-1").lower()
        value = raw_value.decode("latin-1")
        if name in found and name in {"host", "origin", "authorization"}:
            raise Refusal(400, "bad-request", f"the header {name} came twice")
        both = name == "cookie" and name in found
        found[name] = f"{found[name]}; {value}" if both else value
    return found


def _cookie(headers: Mapping[str, str], name: str) -> str:
    for part in headers.get("cookie", "").split(";"):
        key, _, value = part.strip().partition("=")
        if key == name:
            return value
    return ""


def _with_headers(send: Send) -> Send:
    """Return a `send` that adds what every answer carries, unless it is there."""

    async def sender(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = list(message.get("headers", ()))
            there = {name.lower() for name, _ in headers}
            more = [each for each in _HEADERS if each[0] not in there]
            if b"content-security-policy" not in there:
                more.append((b"content-security-policy", POLICY.encode()))
            if b"cache-control" not in there:
                more.append((b"cache-control", b"no-store"))
            message = {**message, "headers": [*headers, *more]}
        await send(message)

    return sender


def _capped(receive: Receive, path: str) -> Receive:
    """Return a `receive` that refuses bodies beyond what the path takes."""
    limit = MAX_BODY_BYTES if path == "/api/masks" else _SMALL_BODY_BYTES
    taken = 0

    async def receiver() -> Message:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        if taken > limit:
            raise Refusal(413, "too-large", f"a request may have {limit:,} bytes here")
        return message

    return receiver


async def _refuse(refusal: Refusal, send: Send) -> None:
    from starlette.responses import JSONResponse

    response = JSONResponse(refusal.data(), refusal.status)
    await send(
        {
            "type": "http.response.start",
            "status": response.status_code,
            "headers": response.raw_headers,
        }
    )
    await send({"type": "http.response.body", "body": response.body})
