"""The socket for providers: what one gets, gives back, and promises.

A provider turns an `Order` into `Drawing`s. It blocks and runs on a thread, so it must
be thread-safe. It never touches the store, the ledger or the spec. Retrying, limits,
budget and recording are wrappers of the same shape (`assetgen.spending` composes them).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Protocol, TypeAlias

from assetgen.model import Size
from assetgen.values import Value, replace

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from assetgen.model import Json
    from assetgen.requests import Request


class InputPicture(Value):
    """A picture that goes out with a request.

    Attributes:
        data: A whole PNG, JPEG or WebP file, upright.
        media_type: ``image/png``, ``image/jpeg`` or ``image/webp``.
    """

    data: bytes
    media_type: str
    width: int
    height: int

    @property
    def size(self) -> Size:
        """Its width and height."""
        return Size(self.width, self.height)


class Order(Value, kw_only=True):
    """A request with the bytes it speaks of.

    Attributes:
        inputs: In request order; as many as `request.inputs`.
        mask: PNG, RGBA, hard-edged, as large as the first input: alpha 0 where the
            provider may repaint, 255 elsewhere.
        first_draw: Number of the first draw wanted, counted from 1: draws that are
            known already are not asked for again.
        markup: PNG, RGBA, as large as the first input, drawn over it as directions.
        pixel_size: The size asked for; None leaves it to the provider.
        asset: Who asks first, for the ledger; nothing that is drawn depends on it.
    """

    request: Request
    inputs: tuple[InputPicture, ...] = ()
    mask: bytes | None = None
    markup: bytes | None = None
    first_draw: int = 1
    pixel_size: Size | None = None
    asset: str = ""

    @property
    def as_asked(self) -> Request:
        """The request with the size that is asked for, which is what has a price."""
        return with_size(self.request, self.pixel_size)


def with_size(request: Request, size: Size | Literal["auto"] | None) -> Request:
    """Return `request` with another size among its parameters; None changes nothing."""
    if size is None:
        return request
    params = {**dict(request.params), "size": str(size)}
    return replace(request, params=tuple(sorted(params.items())))


class Drawing(Value, kw_only=True):
    """One picture as it came from the provider, before anybody looked into it.

    Attributes:
        data: Raw bytes of the answer's picture.
        cost_usd: This picture's share of the request's price; None if unknown.
        cost_estimated: Whether the provider said nothing of the cost, and it is ours.
        usage: What the provider reported, as it reported it; {} if nothing.
        model: As the provider reported it; empty if it did not.
    """

    data: bytes
    cost_usd: float | None = None
    cost_estimated: bool = False
    request_id: str = ""
    model: str = ""
    usage: Json = None


class Partial(Value):
    """A picture on the way to a draw; shown, never kept as a draw.

    Attributes:
        number: Counted from 1; fewer than `of` may come.
    """

    data: bytes
    number: int
    of: int


Word: TypeAlias = "str | Partial"
"""What a provider says of a draw that is running: a few words, or a picture."""


class Limits(Value, kw_only=True):
    """What an answer said about how much more may be asked.

    Attributes:
        images_per_minute: None where the answer did not say.
        remaining: How many more may be asked now.
        reset_s: Seconds until `remaining` is full again.
    """

    images_per_minute: float | None = None
    remaining: int | None = None
    reset_s: float | None = None


class Price(Value):
    """What a number of draws will cost.

    Attributes:
        usd: US dollars for all draws asked for; None where no price is known.
        kind: ``formula`` (exact for the tokens it covers), ``estimate`` or
            ``worst case`` (a parameter is left to the provider).
    """

    usd: float | None
    kind: Literal["formula", "estimate", "worst case"] = "formula"


class Provider(Protocol):
    """Answers requests. Implementations are thread-safe; all facts are constant."""

    @property
    def name(self) -> str:
        """As specs and flags name it."""
        ...

    @property
    def version(self) -> str:
        """Raised when a deterministic provider draws differently."""
        ...

    @property
    def deterministic(self) -> bool:
        """Whether the same order gives the same pixels, always and everywhere."""
        ...

    @property
    def paid(self) -> bool:
        """Whether draws cost money; they are locked and never repeated by themselves."""
        ...

    @property
    def local(self) -> bool:
        """Whether it draws on this machine's processors, beside the encoders."""
        ...

    @property
    def labelled(self) -> bool:
        """Whether it shows the asset's name in the picture."""
        ...

    def estimate(
        self, request: Request, count: int, input_sizes: Sequence[Size | None] = ()
    ) -> Price:
        """Return what `count` draws of `request` will cost.

        Args:
            input_sizes: Of the pictures that go out, in order; None where a size is
                not known. An empty one means that none is known.
        """
        ...

    def draw(
        self, order: Order, count: int, on_progress: Callable[[Word], None]
    ) -> list[Drawing]:
        """Draw `count` pictures; fewer or more may come.

        Raises:
            ProviderRefused: Asking again cannot help; nothing was charged.
            ProviderUnavailable: Asking again may help; nothing was charged.
            OutcomeUnknown: It may have been carried out and charged.
            CredentialsMissing: No key, a refused key, or no money.
            Withdrawn: The build is stopping, so nothing was sent.
            NotAvailable: What would do it is not there.
        """
        ...
