"""The service itself: what it was asked, what it charged, how it is told to behave."""

from __future__ import annotations

import itertools
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from threading import Condition, Event
from time import monotonic, sleep
from typing import TYPE_CHECKING, Any, Self
from urllib.request import urlopen

from fakeapi.behaviours import FREE, USUAL, Behaviour, Behaviours, refuse
from fakeapi.forms import File, Form, Rejected
from fakeapi.limiting import Limiter
from fakeapi.rules import World, check
from fakeapi.serving import Server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from fakeapi.answers import Answer
    from fakeapi.rules import Wanted

TODAY = date(2026, 11, 22)
LONG_S = 30.0


@dataclass(frozen=True)
class Charge:
    """A request that costs money.

    Attributes:
        request: Number of the request, counted from 1.
        pictures: That were drawn for it.
    """

    request: int
    prompt: str
    pictures: int
    usd: float


@dataclass
class Received:
    """A POST as it came, and what was done about it.

    Attributes:
        number: Counted from 1.
        endpoint: ``generations``, ``edits`` or ``variations``.
        fields: As they were sent: JSON values, or text of a multipart request.
        files: With their sizes once they were found valid.
        size: Of the picture that is drawn, in px.
        mask_clear_share: Share of the mask that may be edited.
        mask_clear_box: Where that is: left, top, right, bottom in px.
        retry_count: What the client library says of its own retries.
        behaviour: What was done on demand; empty for the usual.
        status: Of the answer; 0 until there is one.
        request_id: As the answer says.
    """

    number: int
    endpoint: str
    headers: dict[str, str]
    fields: dict[str, Any] = field(default_factory=dict)
    files: tuple[File, ...] = ()
    size: tuple[int, int] | None = None
    mask_clear_share: float | None = None
    mask_clear_box: tuple[int, int, int, int] | None = None
    behaviour: str = ""
    status: int = 0
    request_id: str = ""
    charged: bool = False
    at_s: float = 0.0
    ended_s: float = 0.0

    @property
    def prompt(self) -> str:
        """The prompt, or nothing."""
        return str(self.fields.get("prompt", ""))

    @property
    def retry_count(self) -> str:
        """What the client library says of its own retries."""
        return self.headers.get("x-stainless-retry-count", "")

    @property
    def inputs(self) -> tuple[File, ...]:
        """The pictures that are edited, in order."""
        return tuple(each for each in self.files if each.field in {"image", "image[]"})

    def file(self, name: str) -> File | None:
        """Return the file of a field."""
        return next((each for each in self.files if each.field == name), None)


class FakeApi:
    """The image API on 127.0.0.1; close it, or use it in a `with` block.

    Attributes:
        requests: All POSTs, in the order in which their bodies had come.
        charges: What was charged. Errors are free.
        downloads: Paths and headers of pictures that were fetched by URL.
        strays: Requests to anywhere else: after a redirect, say.
        latency_s: Time that every answer takes.
        most_in_flight: The most requests that were carried out at once.
    """

    def __init__(  # noqa: PLR0913  # what a server can be like
        self,
        *,
        port: int = 0,
        key: str | None = None,
        today: date = TODAY,
        other: bool = False,
        models: tuple[str, ...] = (),
        svg_models: tuple[str, ...] = (),
        variations: bool = False,
        url_answers: bool = False,
        latency_s: float = 0.0,
        images_per_window: int | None = None,
        window_s: float = 60.0,
        keep_files: bool = True,
    ) -> None:
        """Start serving.

        Args:
            key: The only one that is accepted; None accepts any that looks like one.
            other: Another maker's server: any model, its own parameters, no key needed.
            models: Names that it knows beside the usual ones.
            svg_models: Authors of svg that may, and then must, be chosen.
            variations: Whether the old endpoint is there.
            images_per_window: How many pictures may be asked for in `window_s`.
            keep_files: Whether `requests` keeps the bytes of files.
        """
        self.world = World(today, other, models, svg_models, variations)
        self.key = key
        self.url_answers = url_answers
        self.latency_s = latency_s
        self.keep_files = keep_files
        self.requests: list[Received] = []
        self.charges: list[Charge] = []
        self.downloads: list[tuple[str, dict[str, str]]] = []
        self.strays: list[tuple[str, dict[str, str]]] = []
        self.published: dict[str, tuple[bytes, str]] = {}
        self.in_flight = self.most_in_flight = 0
        self.closing = Event()
        self._behaviours = Behaviours()
        self._limiter = Limiter(images_per_window, window_s)
        self._changed = Condition()
        self._held = False
        self._numbers = itertools.count(1)
        self._server = Server(self, port)

    # --- who uses it ----------------------------------------------------------

    @property
    def url(self) -> str:
        """Where it is, without a path."""
        return self._server.url

    @property
    def base_url(self) -> str:
        """What a client is given."""
        return f"{self.url}/v1"

    @property
    def posts(self) -> int:
        """How many requests for pictures came, whatever became of them."""
        return len(self.requests)

    @property
    def charged(self) -> int:
        """How many requests were charged."""
        return len(self.charges)

    def next(self, word: str, *, times: int = 1, **options: Any) -> None:
        """Behave so for the next requests."""
        self._behaviours.enqueue(word, times, options)

    def when(
        self, said: str, word: str, *, times: int | None = None, **options: Any
    ) -> None:
        """Behave so whenever `said` stands in a prompt; `times` at most."""
        self._behaviours.add(said, word, times, options)

    def behave(self) -> None:
        """Forget all orders and let go of what is held."""
        self._behaviours.clear()
        self.release()

    def hold(self) -> None:
        """Charge, but do not answer until `release`."""
        with self._changed:
            self._held = True

    def release(self) -> None:
        """Answer what was held."""
        with self._changed:
            self._held = False
            self._changed.notify_all()

    def until(self, condition: Callable[[Self], bool], what: str = "") -> None:
        """Wait until something is so; 30 s at most."""
        with self._changed:
            if not self._changed.wait_for(lambda: condition(self), LONG_S):
                raise AssertionError(f"never: {what or condition}")

    def settle(self) -> None:
        """Wait until everything that killed clients had sent was read.

        Connections are taken in order, so once an own one was answered, those of
        processes that are gone were taken, too.
        """
        with urlopen(f"{self.url}/__fake/state", timeout=LONG_S):
            pass
        end = monotonic() + LONG_S
        while self._server.connections:
            assert monotonic() < end, "never: all clients gone"
            sleep(0.002)

    def close(self) -> None:
        """End it, and with it every connection."""
        self.closing.set()
        self.release()
        self._server.close()

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, *_error: object) -> None:
        """End it."""
        self.close()

    # --- what the server calls ------------------------------------------------

    @contextmanager
    def receive(self, endpoint: str, headers: dict[str, str]) -> Iterator[Received]:
        """Note that a request has come, and how long it took."""
        with self._changed:
            received = Received(next(self._numbers), endpoint, headers)
            received.at_s = monotonic()
            received.request_id = f"req_fake{received.number:06d}"
            self.requests.append(received)
            self.in_flight += 1
            self.most_in_flight = max(self.most_in_flight, self.in_flight)
            self._changed.notify_all()
        try:
            yield received
        finally:
            with self._changed:
                received.ended_s = monotonic()
                self.in_flight -= 1
                self._changed.notify_all()

    def check_key(self, headers: dict[str, str]) -> str:
        """Return the key that came.

        Raises:
            Rejected: None came, or another one.
        """
        given = headers.get("authorization", "")
        key = given.removeprefix("Bearer ")
        if self.world.other and self.key is None:
            return key
        if not given.startswith("Bearer ") or not key:
            raise Rejected(
                "You didn't provide an API key.", status=401, code="missing_api_key"
            )
        if key != self.key if self.key is not None else not key.startswith("sk-"):
            raise Rejected(
                f"Incorrect API key provided: {key}. You can find your API key at "
                "https://platform.openai.com/account/api-keys.",
                status=401,
                code="invalid_api_key",
            )
        return key

    def carry_out(
        self, received: Received, form: Form, key: str
    ) -> tuple[Wanted, Behaviour]:
        """Decide about a request and charge it.

        Raises:
            Rejected: It is free.
        """
        received.fields = form.fields
        received.files = form.files if self.keep_files else ()
        behaviour = self._behaviours.pop(form.prompt)
        received.behaviour = behaviour.word
        if behaviour.word in FREE:
            if behaviour.word == "redirect":
                raise self._redirect(behaviour, received)
            refuse(behaviour, key)
        wanted = check(received.endpoint, form, self.world)
        self._limiter.admit(wanted.n)
        _note(received, wanted, keep_files=self.keep_files)
        if behaviour is USUAL and self.url_answers:
            behaviour = Behaviour("url")
        return wanted, behaviour

    def charge(self, received: Received, answered: Answer) -> None:
        """Count a charge."""
        made = Charge(
            received.number, received.prompt, answered.pictures, answered.cost_usd
        )
        with self._changed:
            received.charged = True
            self.charges.append(made)
            self._changed.notify_all()

    def take_time(self, behaviour: Behaviour) -> None:
        """Return when the answer is due."""
        late = behaviour.get("latency_s", 1.0) if behaviour.word == "late" else 0
        if self.latency_s + late:
            self.closing.wait(self.latency_s + late)
        with self._changed:
            self._changed.wait_for(lambda: not self._held)

    def publish(self, data: bytes, form: str) -> str:
        """Put a picture where it can be fetched, and return its URL."""
        path = f"/files/{len(self.published) + 1}.{form}"
        self.published[path] = data, f"image/{form}"
        return self.url + path

    def limits(self) -> dict[str, str]:
        """Return the headers about rate limits."""
        return self._limiter.headers()

    def state(self) -> dict[str, Any]:
        """Return counts, for whoever asks over HTTP."""
        with self._changed:
            return {
                "posts": self.posts,
                "charged": self.charged,
                "pictures": sum(each.pictures for each in self.charges),
                "usd": sum(each.usd for each in self.charges),
                "in_flight": self.in_flight,
                "most_in_flight": self.most_in_flight,
                "statuses": [each.status for each in self.requests],
            }

    def _redirect(self, behaviour: Behaviour, received: Received) -> Rejected:
        elsewhere = self.url.replace("127.0.0.1", "localhost") + "/elsewhere"
        path = f"{elsewhere}/images/{received.endpoint}"
        headers = {"location": behaviour.get("location", path)}
        return Rejected("Moved.", status=307, code=None, headers=headers)


def _note(received: Received, wanted: Wanted, *, keep_files: bool) -> None:
    received.size = wanted.size
    if keep_files:
        received.files = wanted.files
    if wanted.mask is not None:
        clear = wanted.mask.point(lambda value: 255 - value)
        received.mask_clear_box = clear.getbbox()
        pixels = clear.width * clear.height
        received.mask_clear_share = clear.histogram()[255] / pixels
