"""What the gallery's server answers to those who only look.

One method for each address. Work that takes long is done on threads of our own, so that
the loop keeps answering.
"""

from __future__ import annotations

import asyncio
import json
import re
from typing import TYPE_CHECKING, Final, TypeVar

from starlette.responses import Response, StreamingResponse

from assetgen.decide import price_of
from assetgen.errors import AssetgenError
from assetgen.pages.joining import FOLDER, page_files
from assetgen.picking import locked_asset, request_now
from assetgen.serve.guard import Refusal
from assetgen.transforms.opening import PictureRefused
from assetgen.transforms.thumbnails import SIDES, media_type_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from concurrent.futures import ThreadPoolExecutor

    from starlette.requests import Request

    from assetgen.model import AssetName, Json
    from assetgen.serve.guard import Tokens
    from assetgen.serve.hub import Hub
    from assetgen.serve.live import Gallery
    from assetgen.serve.ripples import Ripple, Ripples
    from assetgen.world import Planned

Answer = TypeVar("Answer")

MOST_DRAWS: Final = 10
_IMMUTABLE: Final = "private, max-age=31536000, immutable"
_SVG_POLICY: Final = "sandbox; default-src 'none'; style-src 'unsafe-inline'"
_ID: Final = re.compile(r"[0-9a-f]{16}|[0-9a-f]{64}")


class Answers:
    """Answers GETs, and trades tokens."""

    def __init__(
        self,
        gallery: Gallery,
        hub: Hub,
        tokens: Tokens,
        pool: ThreadPoolExecutor,
        ripples: Ripples | None = None,
    ) -> None:
        """Take what they need; the pages are read once.

        Args:
            gallery: The project.
            hub: Who listens.
            tokens: What opens the door.
            pool: Where work is done that takes long.
            ripples: Foresees what a `watch` draws; None where none builds by itself.
        """
        self._gallery = gallery
        self._hub = hub
        self._tokens = tokens
        self._pool = pool
        self._ripples = ripples
        kinds = page_files()
        self._files = {name: (FOLDER / name).read_bytes() for name in kinds}
        self._kinds = kinds
        self._shell = (FOLDER / "index.html").read_bytes()

    async def wait_for(self, work: Callable[[], Answer]) -> Answer:
        """Return what `work` returns, done on another thread."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, work)

    # --- pages ----------------------------------------------------------------

    async def shell(self, _: Request) -> Response:
        """Answer with the page that loads all others; it holds no data."""
        return Response(self._shell, media_type="text/html; charset=utf-8")

    async def file(self, request: Request) -> Response:
        """Answer with a file of the pages, by a table that was made at the start."""
        name = request.path_params["name"]
        if name not in self._files:
            raise unknown()
        headers = {"cache-control": "no-cache"}
        return Response(self._files[name], 200, headers, self._kinds[name])

    async def session(self, request: Request) -> Response:
        """Trade a token for a cookie."""
        token = (await body_of(request)).get("token")
        secret = self._tokens.trade(token) if isinstance(token, str) else None
        if secret is None:
            raise Refusal(
                401,
                "no-token",
                "this link was used before, or is of another run",
                "a fresh one stands in the terminal that `assetgen serve` runs in",
            )
        response = Response(status_code=204)
        response.set_cookie(
            self._tokens.cookie, secret, path="/api", httponly=True, samesite="strict"
        )
        return response

    # --- data -----------------------------------------------------------------

    async def wall(self, _: Request) -> Response:
        """Answer with the wall."""
        data = await self.wait_for(self._gallery.wall)
        return Response(data, media_type="application/json")

    async def asset(self, request: Request) -> Response:
        """Answer with the page of an asset."""
        name = self.name_of(request.path_params["id"])
        page = await self.wait_for(lambda: self._gallery.page(name))
        if page is None:
            raise unknown()
        return as_json(page)

    async def picture(self, request: Request) -> Response:
        """Answer with a picture's own bytes."""
        pic = _checked_id(request.path_params["pic"])
        data = await self.wait_for(lambda: self._gallery.table.read(pic))
        return await self._picture(data)

    async def thumb(self, request: Request) -> Response:
        """Answer with a small copy of a picture; an SVG is small already."""
        pic = _checked_id(request.path_params["pic"])
        side = _number(request.query_params.get("side", str(SIDES[1])), "side")
        if side not in SIDES:
            raise Refusal(400, "bad-request", f"`side` is one of {SIDES}")

        try:
            data = await self.wait_for(lambda: self._gallery.thumb(pic, side))
            return await self._picture(data)
        except PictureRefused:
            return await self.picture(request)

    async def partial(self, request: Request) -> Response:
        """Answer with the picture on the way to a draw."""
        run, asset = (_checked_id(request.path_params[x]) for x in ("run", "asset"))
        journals = self._gallery.journals
        data = await self.wait_for(lambda: journals.partial(run, asset))
        return await self._picture(data, cached=False)

    async def _picture(self, data: bytes | None, *, cached: bool = True) -> Response:
        """Answer with a picture, if its bytes are one that browsers show safely."""
        if data is None:
            raise unknown()
        try:
            media_type = await self.wait_for(lambda: media_type_of(data))
        except PictureRefused as error:
            raise Refusal(422, error.code, error.message) from None
        headers = {"cache-control": _IMMUTABLE if cached else "no-store"}
        if media_type == "image/svg+xml":
            headers["content-security-policy"] = _SVG_POLICY
        return Response(data, 200, headers, media_type)

    async def price(self, request: Request) -> Response:
        """Answer with what new draws of an asset would cost."""
        name = self.name_of(request.path_params["id"])
        count = draws_asked(request.query_params.get("count", "1"))
        found = await self.wait_for(lambda: self.price_of_draws(name, count))
        return as_json(found)

    async def price_of_pick(self, request: Request) -> Response:
        """Answer with what is drawn at once if another draw is picked."""
        name = self.name_of(request.path_params["id"])
        draw = _number(request.query_params.get("draw", ""), "draw")
        after = await self.wait_for(lambda: self.after_pick(name, draw))
        return as_json(self.with_purse(after))

    def after_pick(self, name: AssetName, draw: int) -> Ripple | None:
        """Return what is drawn after a pick; None where nobody builds by himself.

        Raises:
            AssetgenError: The draw cannot be picked.
        """
        if self._ripples is None:
            return None
        return self._ripples.after_pick(name, draw)

    def with_purse(self, after: Ripple | None) -> dict[str, Json]:
        """Return what follows a change as pages have it, with what is left to spend."""
        return {
            "after": after.data() if after is not None and after.draws else None,
            "left_usd": self._gallery.money()["left_usd"],
        }

    def price_of_draws(self, name: AssetName, count: int) -> dict[str, Json]:
        """Return the price of new draws, what follows, and what the session has left.

        Raises:
            Refusal: The asset takes no new draws.
        """
        after: Ripple | None = None

        def ask(planned: Planned) -> Json:
            asset = locked_asset(planned, name)
            request, _ = request_now(planned, asset)
            price = price_of(asset, request, count, planned.snapshot)
            return {"estimate_usd": price.usd, "kind": price.kind}

        try:
            found = self._gallery.with_plan(ask)
            if self._ripples is not None:
                after = self._ripples.after_reroll(name, count)
        except AssetgenError as error:
            raise Refusal(409, error.code, error.message, error.hint) from None
        if not isinstance(found, dict):
            raise no_plan()
        return {**found, **self.with_purse(after)}

    async def events(self, _: Request) -> Response:
        """Answer with a stream of what happens."""
        headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
        stream: AsyncIterator[bytes] = self._hub.stream()
        return StreamingResponse(stream, 200, headers, "text/event-stream")

    def name_of(self, asset: object) -> AssetName:
        """Return the name of an asset by its id.

        Raises:
            Refusal: Nobody was given that id.
        """
        found = self._gallery.name_of(asset) if isinstance(asset, str) else None
        if found is None:
            raise unknown()
        return found


async def body_of(request: Request) -> dict[str, Json]:
    """Return the JSON object that came with a request."""
    raw = await request.body()
    try:
        data = json.loads(raw, parse_constant=_no_number)
        json.dumps(data, ensure_ascii=False).encode()  # half a character is no text
    except (ValueError, RecursionError):
        raise Refusal(400, "bad-request", "the body is not JSON") from None
    if not isinstance(data, dict):
        raise Refusal(400, "bad-request", "the body is not a JSON object")
    return data


def _no_number(text: str) -> float:
    """Refuse what Python takes for a number, and JSON does not: nobody confirms infinity.

    Raises:
        ValueError: Always.
    """
    raise ValueError(text)


def draws_asked(text: str) -> int:
    """Return how many draws are asked for, 1 to 10.

    Raises:
        Refusal: It is another number, or none.
    """
    count = _number(text, "count")
    if not 1 <= count <= MOST_DRAWS:
        raise Refusal(400, "bad-request", f"`count` is from 1 to {MOST_DRAWS}")
    return count


def _number(text: str, what: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 6:
        raise Refusal(400, "bad-request", f"`{what}` is a number")
    return int(text)


def _checked_id(text: str) -> str:
    if _ID.fullmatch(text) is None:
        raise unknown()
    return text


def unknown() -> Refusal:
    """Return the refusal of an address or id that leads nowhere."""
    return Refusal(404, "unknown", "there is nothing of that name here")


def no_plan() -> Refusal:
    """Return the refusal while there is no good spec."""
    return Refusal(
        409, "no-plan", "the spec cannot be read now", "mend what stands under problems"
    )


def as_json(data: Json | dict[str, Json], status: int = 200) -> Response:
    """Return an answer of JSON."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    body = text.encode("utf-8", "backslashreplace")
    return Response(body, status, media_type="application/json")
