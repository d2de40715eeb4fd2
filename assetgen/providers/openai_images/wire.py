"""What a request looks like on the wire: endpoint, fields and files, in order; pure.

The provider sends exactly this, and `assetgen show` prints exactly this, so what one
replays by hand is what was sent. Field names and forms are those of the image API:
generations go as JSON, edits and variations as a multipart form.

Source: openai-python 3.54.0, ``types/image_generate_params.py``,
``types/image_edit_params.py``, ``types/image_create_variation_params.py``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from assetgen.providers.variation import variation_prompt
from assetgen.values import Value

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from assetgen.model import Json, Size
    from assetgen.requests import Request

Endpoint: TypeAlias = Literal["generations", "edits", "variations"]

PNG: Final = "image/png"

_SUFFIX: Final[Mapping[str, str]] = {
    PNG: "png",
    "image/jpeg": "jpg",
    "image/webp": "webp",
}
_FIELDS: Final = (
    "quality",
    "background",
    "moderation",
    "input_fidelity",
    "complexity",
    "output_format",
    "output_compression",
)
"""Request keys that go out under their own names, in the order in which they do."""

_EXTRA: Final = "params."
NEVER_SENT: Final = frozenset({"response_format", "style"})
"""The service answers 400 unknown_parameter to these."""

MAX_PARTIALS: Final = 3
_NOT_STREAMED: Final = ("gif", "svg")


class WireFile(Value):
    """A picture of the form.

    Attributes:
        field: ``image``, ``image[]`` (one of several), ``mask`` or ``markup``.
        filename: As it goes out; a file without a name is taken for no picture.
        input: Which input of the request it is, counted from 1; 0 for mask and markup.
    """

    field: str
    filename: str
    media_type: str
    input: int = 0


class Wire(Value):
    """A request as it is sent.

    Attributes:
        fields: Name and value; a value may be nested where the API's is (`svg`).
        files: In order; the first picture is the one that a mask speaks of.
    """

    endpoint: Endpoint
    fields: tuple[tuple[str, Json], ...]
    files: tuple[WireFile, ...] = ()

    @property
    def path(self) -> str:
        """The endpoint's path below the server's base URL, without a leading slash."""
        return f"images/{self.endpoint}"

    @property
    def is_form(self) -> bool:
        """Whether it goes as a multipart form; as JSON otherwise."""
        return self.endpoint != "generations"


def wire_form(  # noqa: PLR0913  # all by name: each is one decision about the request
    request: Request,
    *,
    model: str,
    size: Size | None = None,
    count: int = 1,
    input_types: Sequence[str] | None = None,
    mask: bool | None = None,
    markup: bool | None = None,
    variations: bool = False,
    partials: int = 0,
) -> Wire:
    """Return `request` as it is sent.

    Args:
        model: As the server calls it.
        size: The size asked for; None takes what the request says, if anything.
        count: Pictures wanted.
        input_types: Media types of the inputs, in order; None takes them for PNGs.
        mask: Whether a mask goes with it; None takes what the request says.
        markup: As `mask`.
        variations: Whether the server still has the endpoint for variations. It takes
            no prompt, so a variation that the spec steers is an edit there, too.
        partials: Pictures wanted on the way; only one picture can be streamed, and no
            gif or svg.
    """
    types = input_types if input_types is not None else [PNG] * len(request.inputs)
    if request.operation == "vary" and variations and not request.prompt:
        return _old_variation(request, model, size, count, types)
    fields: list[tuple[str, Json]] = [
        ("model", model),
        ("prompt", _prompt(request)),
        *_shape(request, size, count),
        *_stated(request),
        *_extra(request),
    ]
    if streams(request, count, partials):
        fields += [("stream", True), ("partial_images", min(partials, MAX_PARTIALS))]
    with_mask = request.mask is not None if mask is None else mask
    with_markup = request.markup is not None if markup is None else markup
    files = _inputs(types)
    files += [WireFile("mask", "mask.png", PNG)] if with_mask else []
    files += [WireFile("markup", "markup.png", PNG)] if with_markup else []
    endpoint: Endpoint = "generations" if request.operation == "generate" else "edits"
    return Wire(endpoint, tuple(fields), tuple(files))


def streams(request: Request, count: int, partials: int) -> bool:
    """Tell whether pictures on the way can be asked for.

    Source: the API refuses `stream` with gif and svg; of several pictures in one
    stream no event says which it belongs to.
    """
    output = dict(request.params).get("output_format")
    return partials > 0 and count == 1 and output not in _NOT_STREAMED


def form_fields(wire: Wire) -> tuple[tuple[str, str], ...]:
    """Return the fields as the texts of a multipart form.

    Nested values become ``name[key]``, lists ``name[]``; what is None is left out.
    """
    texts: list[tuple[str, str]] = []
    waiting = list(reversed(wire.fields))
    while waiting:
        name, value = waiting.pop()
        if isinstance(value, dict):
            waiting += [(f"{name}[{key}]", value[key]) for key in reversed(value)]
        elif isinstance(value, list):
            waiting += [(f"{name}[]", each) for each in reversed(value)]
        elif isinstance(value, bool):
            texts.append((name, "true" if value else "false"))
        elif value is not None:
            texts.append((name, str(value)))
    return tuple(texts)


def _prompt(request: Request) -> str:
    if request.operation == "vary":
        return variation_prompt(request.prompt)
    return request.prompt


def _shape(request: Request, size: Size | None, count: int) -> list[tuple[str, Json]]:
    asked = str(size) if size is not None else dict(request.params).get("size")
    shape: list[tuple[str, Json]] = [("n", count)] if count > 1 else []
    return shape if asked is None else [*shape, ("size", asked)]


def _stated(request: Request) -> list[tuple[str, Json]]:
    values = {**dict(request.params), "moderation": request.moderation}
    return [(name, values[name]) for name in _FIELDS if values.get(name) is not None]


def _extra(request: Request) -> list[tuple[str, Json]]:
    extra = [
        (name.removeprefix(_EXTRA), value)
        for name, value in request.params
        if name.startswith(_EXTRA)
    ]
    return [(name, value) for name, value in extra if name not in NEVER_SENT]


def _inputs(media_types: Sequence[str]) -> list[WireFile]:
    field = "image" if len(media_types) == 1 else "image[]"
    return [
        WireFile(field, f"image-{number}.{_SUFFIX.get(kind, 'png')}", kind, number)
        for number, kind in enumerate(media_types, 1)
    ]


def _old_variation(
    request: Request,
    model: str,
    size: Size | None,
    count: int,
    media_types: Sequence[str],
) -> Wire:
    """Return a variation for servers that have the endpoint; it knows no prompt."""
    shape = [each for each in _shape(request, size, count) if each != ("size", "auto")]
    named: list[tuple[str, Json]] = [("model", model)] if request.model else []
    fields = (*named, *shape, *_extra(request))
    return Wire("variations", fields, tuple(_inputs(media_types)))
