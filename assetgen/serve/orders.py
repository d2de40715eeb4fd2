"""What the gallery's server does when it is asked to change something.

Everything here came as a POST of JSON from a page of ours, or from a program that holds
the token. Whatever is paid for needs the price that a person saw and confirmed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from assetgen.errors import AssetgenError
from assetgen.freezing import NotEditable, freeze
from assetgen.picking import locked_asset
from assetgen.plan import closure
from assetgen.serve.answers import as_json, body_of, draws_asked, no_plan
from assetgen.serve.guard import Refusal
from assetgen.serve.jobs import PriceMoved, require_confirmed
from assetgen.serve.masks import save_mask

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from starlette.requests import Request
    from starlette.responses import Response

    from assetgen.decide import PlannedAsset
    from assetgen.model import AssetName, Json
    from assetgen.serve.answers import Answers
    from assetgen.serve.jobs import Jobs
    from assetgen.serve.live import Gallery
    from assetgen.world import Planned


_MOST_USD: Final = 1e6
"""Nobody confirms more; a number may have any length in JSON."""


class Orders:
    """One method for each address."""

    def __init__(self, answers: Answers, gallery: Gallery, jobs: Jobs) -> None:
        """Take what they need.

        Args:
            answers: Knows ids and prices, and where work is done.
            gallery: The project.
            jobs: What takes long is put there.
        """
        self._answers = answers
        self._gallery = gallery
        self._jobs = jobs

    async def pick(self, request: Request) -> Response:
        """Make another draw an asset's picture."""
        name = self._answers.name_of(request.path_params["id"])
        body = await body_of(request)
        draw = body.get("draw")
        if not isinstance(draw, int) or isinstance(draw, bool) or draw < 1:
            raise Refusal(400, "bad-request", "`draw` is a number from 1")
        await self._answers.wait_for(lambda: self._require_locked(name))
        after = await self._answers.wait_for(
            lambda: self._answers.after_pick(name, draw)
        )
        if after is not None:
            _confirmed(body, after.to_confirm_usd, self._answers.with_purse(after))
        return _job(self._jobs.pick(name, draw))

    def _require_locked(self, name: AssetName) -> None:
        """Refuse for an asset of which no draw can be picked."""

        def ask(planned: Planned) -> Json:
            locked_asset(planned, name)
            return True

        try:
            self._gallery.with_plan(ask)
        except AssetgenError as error:
            raise Refusal(409, error.code, error.message, error.hint) from None

    async def reroll(self, request: Request) -> Response:
        """Ask for new draws of an asset, for a price that was confirmed."""
        name = self._answers.name_of(request.path_params["id"])
        body = await body_of(request)
        count = draws_asked(str(body.get("count", 1)))
        keep_pick = body.get("keep_pick", False) is True
        found = await self._answers.wait_for(
            lambda: self._answers.price_of_draws(name, count)
        )
        more_usd = 0.0 if keep_pick else _following_usd(found["after"])
        usd = found["estimate_usd"]
        total_usd = usd + more_usd if isinstance(usd, int | float) else None
        confirmed = _confirmed(body, total_usd, found)
        job = self._jobs.reroll(
            name, count, keep_pick=keep_pick, confirmed_usd=confirmed - more_usd
        )
        return _job(job)

    async def freeze(self, request: Request) -> Response:
        """Write into the spec that an asset is frozen, or is not."""
        name = self._answers.name_of(request.path_params["id"])
        frozen = (await body_of(request)).get("frozen")
        if not isinstance(frozen, bool):
            raise Refusal(400, "bad-request", "`frozen` is true or false")

        def write() -> Json:
            def ask(planned: Planned) -> Json:
                done = freeze(planned, name, frozen=frozen)
                return {"file": done.file, "line": done.line}

            return self._gallery.with_plan(ask)

        try:
            done = await self._answers.wait_for(write)
        except NotEditable as error:
            more = {"yaml": error.yaml}
            raise Refusal(422, error.code, error.message, error.hint, more) from None
        except AssetgenError as error:
            raise Refusal(409, error.code, error.message, error.hint) from None
        if done is None:
            raise no_plan()
        self._gallery.look_now()
        return as_json({"job": None, "wrote": done}, 202)

    async def mask(self, request: Request) -> Response:
        """Write a painted mask into the project."""
        body = await body_of(request)
        name, png = self._answers.name_of(body.get("asset")), body.get("png")
        if not isinstance(png, str):
            raise Refusal(400, "bad-request", "`png` is a PNG in base64")
        overwrite = body.get("overwrite", False) is True

        def write() -> Json:
            page = self._gallery.page(name)
            pic = page.get("paintable") if page is not None else None
            ground = self._gallery.table.read(pic) if isinstance(pic, str) else None
            if ground is None:
                raise Refusal(409, "no-picture", "there is no picture to paint on yet")

            def ask(planned: Planned) -> Json:
                path = body.get("path")
                done = save_mask(planned, name, ground, png, path, overwrite=overwrite)
                return {"path": done.path, "yaml": done.yaml}

            return self._gallery.with_plan(ask)

        done = await self._answers.wait_for(write)
        if done is None:
            raise no_plan()
        self._gallery.look_now()
        return as_json(done)

    async def build(self, request: Request) -> Response:
        """Build some assets or all of them, for a price that was confirmed."""
        body = await body_of(request)
        ids = body.get("names", [])
        if not isinstance(ids, list):
            raise Refusal(400, "bad-request", "`names` is a list of ids")
        names = tuple(self._answers.name_of(each) for each in ids)
        found = await self._answers.wait_for(lambda: self._build_price(names))
        confirmed = _confirmed(body, found["estimate_usd"], found)
        return _job(self._jobs.build(names, confirmed))

    def _build_price(self, names: tuple[AssetName, ...]) -> dict[str, Json]:
        """Return what a build of assets and all they need would cost."""

        def ask(planned: Planned) -> Json:
            wanted = planned.plan.calls()
            if names:
                needed = closure(planned.loaded.catalogue, names)
                wanted = [each for each in wanted if each.name in needed]
            return {"estimate_usd": _sum(wanted)}

        found = self._gallery.with_plan(ask)
        if not isinstance(found, dict):
            raise no_plan()
        return {**found, "left_usd": self._gallery.money()["left_usd"]}


def _sum(calls: Iterable[PlannedAsset]) -> float | None:
    prices = [each.estimate.usd for each in calls]
    known = [price for price in prices if price is not None]
    return sum(known) if len(known) == len(prices) else None


def _following_usd(after: Json) -> float:
    """Return what a `watch` spends after a re-roll, as `Ripple.data` has it."""
    if not isinstance(after, dict) or after["held"] is not None:
        return 0.0
    usd = after["estimate_usd"]
    return float(usd) if isinstance(usd, int | float) else 0.0


def _confirmed(
    body: Mapping[str, Json], estimate: Json, more: Mapping[str, Json]
) -> float:
    """Return the price that was confirmed, if it is enough.

    Raises:
        Refusal: It is not; the answer holds the price.
    """
    given = body.get("confirmed_usd")
    if given is None:
        given = 0.0
    if isinstance(given, bool) or not isinstance(given, int | float):
        given = -1
    if not 0 <= given <= _MOST_USD:
        raise Refusal(400, "bad-request", "`confirmed_usd` is a sum in US dollars")
    usd = float(estimate) if isinstance(estimate, int | float) else None
    try:
        require_confirmed(usd, float(given))
    except AssetgenError as error:
        code = "price" if isinstance(error, PriceMoved) else error.code
        raise Refusal(409, code, error.message, error.hint, more) from None
    return float(given)


def _job(job: str) -> Response:
    return as_json({"job": job}, 202)
