"""The only place that makes connections: one server, through the openai library.

Nothing is repeated (the library's own retries would pay again for what may have been
drawn), no redirect is followed (the prompt and the pictures would go elsewhere), and
nothing of the environment reaches a request but the proxy and certificate settings:
key, address, organisation and project come from the `Connection`.

What the libraries raise is `foreign`'s part.

Source: openai-python 3.54.0, `_base_client`, `lib/_client_auth`; httpx2 2.16.
"""

from __future__ import annotations

from contextlib import closing, contextmanager
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

import httpx2
import openai
from openai import Omit

from assetgen import __version__
from assetgen.errors import OutcomeUnknown, ProviderRefused
from assetgen.providers.openai_images.answers import MAX_ERROR_BYTES
from assetgen.providers.openai_images.bodies import guarded
from assetgen.providers.openai_images.failures import plain
from assetgen.providers.openai_images.watch import current_watch

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from assetgen.model import Json
    from assetgen.providers.connection import Connection
    from assetgen.providers.openai_images.wire import Wire

CONNECT_TIMEOUT_S: Final = 20.0
"""For each of: a connection, and a TLS handshake on it."""

_BOTH: Final = (
    "model",
    "prompt",
    "n",
    "size",
    "quality",
    "background",
    "complexity",
    "output_format",
    "output_compression",
    "stream",
    "partial_images",
)
NAMED: Final[Mapping[str, frozenset[str]]] = {
    "generations": frozenset({*_BOTH, "moderation"}),
    "edits": frozenset({*_BOTH, "input_fidelity"}),
}
"""Fields that the library has arguments for; the others go as its `extra_body`."""


class _Client(openai.OpenAI):
    """The library's client, deaf to the environment."""

    own_headers: Mapping[str, str] = MappingProxyType({})

    @property
    def default_headers(self) -> dict[str, str | Omit]:
        return {
            "Accept": "application/json",
            "Accept-Encoding": "identity",
            "Content-Type": "application/json",
            **self.platform_headers(),
            **self.own_headers,
        }


class Client:
    """Sends requests to one server; may be used from any thread."""

    def __init__(self, connection: Connection, timeout_s: float) -> None:
        """Make the client; nothing is sent yet.

        Args:
            timeout_s: For one read or write; a `Watch` limits the whole call.
        """
        self._connection = connection
        self._http = httpx2.Client(
            timeout=httpx2.Timeout(
                timeout_s, connect=min(timeout_s, CONNECT_TIMEOUT_S)
            ),
            # Not kept: see `watch`. How many there are at once is the caller's business.
            limits=httpx2.Limits(max_connections=None, max_keepalive_connections=0),
            headers={"Connection": "close"},
            follow_redirects=False,
            event_hooks={"request": [_watched], "response": [_limited]},
        )
        key = connection.key
        self._openai = _Client(
            api_key=key.reveal() if key is not None else "none",
            admin_api_key="",
            base_url=connection.base_url,
            max_retries=0,
            timeout=self._http.timeout,
            http_client=self._http,
        )
        self._openai.own_headers = _own_headers(connection)
        # Left out in each request: the library wants a key or a word that there is none.
        self._headers = {} if key is not None else {"Authorization": Omit()}

    def close(self) -> None:
        """Close the connections; nothing can be sent afterwards."""
        self._http.close()

    @contextmanager
    def sent(
        self, wire: Wire, files: Sequence[bytes]
    ) -> Iterator[openai.APIResponse[Any] | httpx2.Response]:
        """Send a request and give the answer, whose body has not been read.

        Args:
            files: Bytes of the wire's files, in order.
        """
        if wire.endpoint == "variations":
            with self._post(wire, files) as response:
                yield response
            return
        arguments = _arguments(wire, files)
        arguments["extra_headers"] = self._headers
        images = self._openai.images.with_streaming_response
        method = images.edit if wire.endpoint == "edits" else images.generate
        with method(**arguments) as answer:
            yield answer

    @contextmanager
    def _post(self, wire: Wire, files: Sequence[bytes]) -> Iterator[httpx2.Response]:
        """Send a form without the library's method for it, which warns of itself."""
        response = self._openai.post(
            f"/{wire.path}",
            cast_to=httpx2.Response,
            body=dict(wire.fields),
            files=[
                (each.field, (each.filename, data, each.media_type))
                for each, data in zip(wire.files, files, strict=True)
            ],
            options={
                "headers": {
                    "Content-Type": "multipart/form-data",
                    "X-Stainless-Raw-Response": "stream",
                    **self._headers,
                }
            },
        )
        with closing(response):
            yield response

    def fetched(self, address: str) -> bytes:
        """Return the file behind an address; no key goes there."""
        headers = {"Accept": "image/*", "Accept-Encoding": "identity"}
        with self._http.stream("GET", address, headers=headers) as response:
            response.raise_for_status()
            return b"".join(response.iter_bytes())

    @contextmanager
    def models(self) -> Iterator[openai.APIResponse[Any]]:
        """Ask for the list of models and give the answer."""
        models = self._openai.models.with_streaming_response
        with models.list(extra_headers=self._headers) as answer:
            yield answer


def connected(connection: Connection, timeout_s: float) -> Client:
    """Return a client; nothing is sent yet.

    Raises:
        ProviderRefused: What the environment says of proxies or certificates cannot be
            used. An address may hold a password, so it is not repeated.
    """
    try:
        return Client(connection, timeout_s)
    except OSError as error:  # a certificate file, TLS errors among them
        reason = f"the certificates cannot be read: {error.strerror or error}"
    except ImportError as error:  # SOCKS needs another library
        reason = str(error)
    except (ValueError, httpx2.InvalidURL):
        reason = "the address of a proxy makes no sense"
    raise ProviderRefused(
        f"nothing can be sent to {connection.host}: {plain(reason, connection)}",
        hint="see HTTP_PROXY, HTTPS_PROXY, ALL_PROXY, SSL_CERT_FILE and SSL_CERT_DIR",
    )


def _own_headers(connection: Connection) -> dict[str, str]:
    headers = {"User-Agent": f"assetgen/{__version__}"}
    if connection.organization:
        headers["OpenAI-Organization"] = connection.organization
    if connection.project:
        headers["OpenAI-Project"] = connection.project
    return headers


def _arguments(wire: Wire, files: Sequence[bytes]) -> dict[str, Any]:
    """Return a request as arguments of the library's method."""
    named = NAMED[wire.endpoint]
    arguments: dict[str, Any] = {
        name: value for name, value in wire.fields if name in named
    }
    extra = {name: value for name, value in wire.fields if name not in named}
    if extra:
        arguments["extra_body"] = extra
    images = []
    for each, data in zip(wire.files, files, strict=True):
        part = (each.filename, data, each.media_type)
        if each.input:
            images.append(part)
        else:
            arguments[each.field] = part
    if images:
        arguments["image"] = images[0] if len(images) == 1 else images
    return arguments


# --- hooks of the HTTP library ------------------------------------------------------


def _watched(request: httpx2.Request) -> None:
    watch = current_watch()
    if watch is not None:
        request.extensions = {**request.extensions, "trace": watch.trace}


def _limited(response: httpx2.Response) -> None:
    watch = current_watch()
    most = watch.most_bytes if watch is not None else MAX_ERROR_BYTES
    if watch is not None and watch.status is None:
        watch.status = response.status_code
        watch.headers = {key.lower(): value for key, value in response.headers.items()}
    guarded(response, most, MAX_ERROR_BYTES)


def events(
    answer: openai.APIResponse[Any] | httpx2.Response,
) -> Iterator[dict[str, Json]]:
    """Yield the events of a stream, each as the object that was sent.

    Raises:
        OutcomeUnknown: Something in it is no event.
    """
    assert isinstance(answer, openai.APIResponse)
    try:
        for event in answer.parse():
            if isinstance(event, openai.BaseModel):
                yield event.to_dict(mode="python")  # type: ignore[misc]  # it was JSON
    except (ValueError, RecursionError):
        raise OutcomeUnknown("unexpected answer (an event that is not JSON)") from None
