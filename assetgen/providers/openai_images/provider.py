"""The provider that asks OpenAI's image API, or a server that speaks it.

One `draw` is one request: never repeated here, ended at a total deadline, its answer
read strictly. Wrappers around it wait, repeat, keep the budget and bank. The openai
library is imported by the first draw, since that takes most of a second.
"""

from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING, Final

from assetgen.errors import OutcomeUnknown, ProviderRefused
from assetgen.model import Size
from assetgen.providers import prices
from assetgen.providers.base import Drawing, Price
from assetgen.providers.openai_images.answers import (
    EVENT_STREAM,
    media_type,
    most_bytes,
    name_of,
    read_answer,
    require_picture,
)
from assetgen.providers.openai_images.failures import (
    Call,
    plain,
    redacted,
    without_key,
)
from assetgen.providers.openai_images.ratelimits import limits_of
from assetgen.providers.openai_images.streaming import read_stream
from assetgen.providers.openai_images.watch import Watch
from assetgen.providers.openai_images.wire import PNG, streams, wire_form
from assetgen.providers.variation import variation_prompt
from assetgen.values import replace

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from assetgen.model import Json
    from assetgen.providers.base import Limits, Order, Word
    from assetgen.providers.connection import Connection
    from assetgen.providers.models import ModelTable
    from assetgen.providers.openai_images.answers import Answer
    from assetgen.providers.openai_images.client import Client
    from assetgen.providers.openai_images.wire import Wire
    from assetgen.requests import Request

TIMEOUT_S: Final = 600.0
"""The largest pictures take three to five minutes."""


class OpenAIProvider:
    """Draws through the image API; may be used from any thread."""

    name = "openai"
    version = "1"
    deterministic = False
    paid = True
    local = False
    labelled = False

    def __init__(
        self,
        connection: Connection,
        table: ModelTable,
        *,
        timeout_s: float = TIMEOUT_S,
        partials: int = 0,
        on_limits: Callable[[Limits], None] = lambda _: None,
    ) -> None:
        """Be ready; nothing is imported or sent yet.

        Args:
            timeout_s: For a whole call, from connecting to the answer's last byte.
            partials: Pictures on the way that somebody wants to see, 0 to 3.
            on_limits: Told what answers say of the account's limits, on any thread.
        """
        self._connection = connection
        self._table = table
        self._timeout_s = timeout_s
        self._partials = partials
        self._on_limits = on_limits
        self._lock = threading.Lock()
        self._client: Client | None = None

    @property
    def connection(self) -> Connection:
        """Whom it asks."""
        return self._connection

    @property
    def table(self) -> ModelTable:
        """What its models can do and cost."""
        return self._table

    @property
    def default_model(self) -> str:
        """The model that is asked where a request names none."""
        return self._table.default

    def require_credentials(self) -> None:
        """Make sure that there is a key, where one is needed.

        Raises:
            CredentialsMissing: There is none, or it cannot be one.
        """
        self._connection.require_key()

    def close(self) -> None:
        """Let go of what the first draw made."""
        with self._lock:
            client, self._client = self._client, None
        if client is not None:
            client.close()

    def estimate(
        self, request: Request, count: int, input_sizes: Sequence[Size | None] = ()
    ) -> Price:
        """Return what `count` draws of `request` will cost.

        A masked request that names no size is asked for in its first input's.
        """
        size = None
        if request.mask is not None and "size" not in dict(request.params):
            size = input_sizes[0] if input_sizes else None
        return self._estimate(request, count, input_sizes, size)

    def draw(
        self, order: Order, count: int, on_progress: Callable[[Word], None]
    ) -> list[Drawing]:
        """Ask once for `count` pictures.

        Raises:
            ProviderRefused: Asking again cannot help; nothing was charged.
            ProviderUnavailable: Asking again may help; nothing was charged.
            OutcomeUnknown: It may have been carried out and charged.
            CredentialsMissing: No key, a refused key, or no money.
        """
        self.require_credentials()
        wire = self._wire(order, count)
        files = _files(order, wire)
        call = self._call(order.request)
        client = self._connected()
        with Watch(self._timeout_s, most_bytes(count + _partials(wire))) as watch:
            try:
                answer = self._ask(client, call, wire, files, watch, on_progress)
                fetched = self._fetch(client, answer, watch)
            finally:
                self._tell_limits(watch)
        for problem in fetched.unusable:
            on_progress(f"not used: {problem}")
        return self._drawings(order, fetched, watch)

    # --- asking -----------------------------------------------------------------

    def _wire(self, order: Order, count: int) -> Wire:
        request = order.request
        model = request.model or self._table.default
        wire = wire_form(
            request,
            model=self._connection.models.get(model, model),
            size=order.pixel_size,
            count=count,
            input_types=[each.media_type for each in order.inputs],
            mask=order.mask is not None,
            markup=order.markup is not None,
            variations=self._connection.variations,
            partials=self._partials,
        )
        if wire.endpoint == "variations" and order.inputs[0].media_type != PNG:
            raise ProviderRefused(
                f"the variations of {self._connection.host} are drawn of PNGs only, "
                f"and this is {order.inputs[0].media_type}",
                hint="store the picture as a PNG",
            )
        return wire

    def _call(self, request: Request) -> Call:
        name = request.model or self._table.default
        model = self._table.get(name)
        replacement = ""
        if model is not None:
            replacement = self._table.replacement(model)
        elif self._connection.is_openai:
            replacement = self._table.default
        return Call(connection=self._connection, model=name, replacement=replacement)

    def _connected(self) -> Client:
        with self._lock:
            if self._client is None:
                from assetgen.providers.openai_images.client import connected

                self._client = connected(self._connection, self._timeout_s)
            return self._client

    def _ask(
        self,
        client: Client,
        call: Call,
        wire: Wire,
        files: Sequence[bytes],
        watch: Watch,
        on_progress: Callable[[Word], None],
    ) -> Answer:
        from assetgen.providers.openai_images.client import events
        from assetgen.providers.openai_images.foreign import cut_off, ours

        kind, body = "", list[bytes]()
        try:
            with ours(call, watch, body), client.sent(wire, files) as response:
                kind = watch.headers.get("content-type", "")
                if media_type(kind) == EVENT_STREAM and "stream" in dict(wire.fields):
                    partials = _partials(wire)
                    return read_stream(events(response), partials, on_progress)
                body.extend(response.iter_bytes())
            data = b"".join(body)
            return read_answer(data, kind, addresses=not self._connection.is_openai)
        except OutcomeUnknown as error:
            error.answer = without_key(error.answer, self._connection)
            # A body whose length nobody said simply ends where the deadline cut it.
            if watch.expired and watch.status is not None:
                raise cut_off(watch, error.answer) from None
            raise

    def _fetch(self, client: Client, answer: Answer, watch: Watch) -> Answer:
        """Return the answer with the files that its addresses lead to.

        Together they may be as large as an answer that holds its pictures itself.
        """
        if all(isinstance(each, bytes) for each in answer.pictures):
            return answer
        from assetgen.providers.openai_images.foreign import CALLING

        pictures: list[bytes] = []
        problems = list(answer.unusable)
        for each in answer.pictures:
            try:
                data = each if isinstance(each, bytes) else client.fetched(each)
                require_picture(data)
                watch.most_bytes -= len(data)
                pictures.append(data)
            except (*CALLING, ValueError) as error:
                reason = plain(str(error), self._connection)
                problems.append(f"the picture's address brought nothing: {reason}")
        if not pictures:
            addresses = "\n".join(str(each) for each in answer.pictures).encode()
            kept = without_key(addresses, self._connection)
            raise OutcomeUnknown(problems[0], answer=kept)
        return replace(answer, pictures=tuple(pictures), unusable=tuple(problems))

    def _tell_limits(self, watch: Watch) -> None:
        limits = limits_of(watch.headers)
        if limits.images_per_minute is not None or limits.remaining is not None:
            self._on_limits(limits)

    # --- prices -----------------------------------------------------------------

    def _estimate(
        self,
        request: Request,
        count: int,
        input_sizes: Sequence[Size | None],
        size: Size | None,
    ) -> Price:
        model = self._table.get(request.model)
        if model is None:
            return Price(None, "estimate")
        prompt = request.prompt
        if request.operation == "vary":
            prompt = variation_prompt(prompt)
        return prices.estimate(
            model,
            request,
            count,
            input_sizes,
            partials=self._partials if streams(request, count, self._partials) else 0,
            size=size,
            prompt=prompt,
        )

    def _drawings(self, order: Order, answer: Answer, watch: Watch) -> list[Drawing]:
        """Return the pictures; each bears an even share of the request's price."""
        request, number = order.request, len(answer.pictures)
        model = self._table.get(request.model)
        cost, is_estimated = None, False
        if answer.usage is not None and model is not None:
            cost = prices.actual_cost(model, answer.usage)
            # What the words of a vector picture cost stands in no price list.
            is_estimated = "svg_usage" in answer.usage
        if cost is None:
            sizes = [Size(each.width, each.height) for each in order.inputs]
            cost = self._estimate(request, number, sizes, order.pixel_size).usd
            is_estimated = True
        usage = self._usage(answer, number)
        return [
            Drawing(
                data=each,
                cost_usd=None if cost is None else cost / number,
                cost_estimated=is_estimated,
                request_id=self._name(watch.headers.get("x-request-id")),
                model=self._name(answer.model) or request.model or self._table.default,
                usage=usage,
            )
            for each in answer.pictures
            if isinstance(each, bytes)
        ]

    def _name(self, value: Json) -> str:
        return redacted(name_of(value), self._connection)

    def _usage(self, answer: Answer, number: int) -> Json:
        """Return what was reported, with what one needs to count it again later."""
        if answer.usage is None:
            return {}
        noted: dict[str, Json] = {"price_table": self._table.as_of.isoformat()}
        if number > 1:
            noted["shared_by"] = number
        reported = json.dumps(answer.usage).encode()
        said: dict[str, Json] = json.loads(without_key(reported, self._connection))
        return {**said, **noted}


def _partials(wire: Wire) -> int:
    """Return how many pictures on the way a request asks for."""
    wanted = dict(wire.fields).get("partial_images", 0)
    assert isinstance(wanted, int)
    return wanted


def _files(order: Order, wire: Wire) -> list[bytes]:
    """Return the bytes of the wire's files, in its order."""
    parts: Mapping[str, bytes | None] = {"mask": order.mask, "markup": order.markup}
    files: list[bytes] = []
    for each in wire.files:
        data = order.inputs[each.input - 1].data if each.input else parts[each.field]
        assert data is not None
        files.append(data)
    return files
