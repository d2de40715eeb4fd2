"""What we send and read fits the openai library's own types, and nothing is doubled."""

from __future__ import annotations

import functools
import inspect
import json
import typing

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openai import OpenAI
from openai.resources.images import Images
from openai.types import (
    Image,
    ImageCreateVariationParams,
    ImagesResponse,
    Model,
    image_edit_params,
    image_edit_stream_event,
    image_gen_stream_event,
    image_generate_params,
)
from pydantic import TypeAdapter
from sockets import Server, always, response

from assetgen.catalog import REQUEST_KEYS
from assetgen.providers.connection import Connection, Secret
from assetgen.providers.openai_images import answers, streaming, wire
from assetgen.providers.openai_images.client import NAMED, Client, _arguments
from assetgen.providers.openai_images.watch import Watch
from assetgen.requests import Request
from assetgen.resolve.parameters import _CHOICES

TYPES = {
    "generations": (
        image_generate_params.ImageGenerateParamsNonStreaming,
        image_generate_params.ImageGenerateParamsStreaming,
    ),
    "edits": (
        image_edit_params.ImageEditParamsNonStreaming,
        image_edit_params.ImageEditParamsStreaming,
    ),
}
METHODS = {"generations": Images.generate, "edits": Images.edit}
PNG = b"\x89PNG\r\n\x1a\n"


def _known(kind):
    return frozenset(typing.get_type_hints(kind, include_extras=True))


# --- names ------------------------------------------------------------------------


@pytest.mark.parametrize("endpoint", NAMED)
def test_every_named_field_is_an_argument_of_the_library(endpoint):
    """In the types, and in the method that is called."""
    for kind in TYPES[endpoint]:
        assert NAMED[endpoint] <= _known(kind)
    assert NAMED[endpoint] <= set(inspect.signature(METHODS[endpoint]).parameters)


@pytest.mark.parametrize(
    ("endpoint", "extra"),
    [("generations", {"input_fidelity"}), ("edits", {"moderation"})],
)
def test_what_the_library_has_no_argument_for_is_known_by_name(endpoint, extra):
    """Moderation of an edit is on purpose; `input_fidelity` needs inputs to be planned."""
    fields = {"model", "prompt", "n", "size", "stream", "partial_images", *wire._FIELDS}
    assert fields - NAMED[endpoint] == extra
    known = _known(TYPES[endpoint][0]) | _known(TYPES[endpoint][1])
    assert not extra & known, "the library has it now: name it"


def test_every_request_key_of_a_spec_is_sent_or_decides_where_to():
    """A key that nobody sends would be silently without effect."""
    sent = {"model", "size", *wire._FIELDS}
    assert set(REQUEST_KEYS) - sent == {"provider", "params"}


def test_files_go_under_names_that_the_library_takes_for_files():
    """So they become parts of the form with their names and types."""
    edit = _known(image_edit_params.ImageEditParamsBase)
    assert {"image", "mask", "markup"} <= edit
    assert {"image", "model", "n", "size"} <= _known(ImageCreateVariationParams)


def test_what_is_never_sent_still_is_a_field_that_one_could_send():
    """Once the library drops them, nothing has to hold them back."""
    assert _known(image_generate_params.ImageGenerateParamsBase) >= wire.NEVER_SENT


# --- values -----------------------------------------------------------------------


@st.composite
def requests(draw):
    """Requests with any of the words that a spec may use."""
    params = {
        name: draw(st.sampled_from(words))
        for name, words in _CHOICES.items()
        if name != "moderation" and draw(st.booleans())
    }
    if draw(st.booleans()):
        params["output_compression"] = draw(st.integers(0, 100))
    if draw(st.booleans()):
        params["size"] = draw(st.sampled_from(["auto", "1024x1024", "1536x864"]))
    operation = draw(st.sampled_from(["generate", "edit", "vary"]))
    inputs = 0
    if operation != "generate":
        params.pop("quality", None) if params.get("quality") == "hd" else None
        inputs = 1 if operation == "vary" else draw(st.integers(1, 16))
    else:
        params.pop("input_fidelity", None)
    return Request(
        operation=operation,
        provider="openai",
        model=None,
        prompt=draw(st.text(min_size=1)),
        params=tuple(sorted(params.items())),
        inputs=tuple(map(str, range(inputs))),
        moderation=draw(st.sampled_from([None, *_CHOICES["moderation"]])),
    )


@functools.cache
def _adapter(kind, name):
    return TypeAdapter(typing.get_type_hints(kind)[name])


@given(requests(), st.integers(1, 10), st.integers(0, 3))
def test_every_value_is_one_that_the_library_lists(request, count, partials):
    """Checked by the library's own types, literal by literal."""
    sent = wire.wire_form(request, model="m", count=count, partials=partials)
    arguments = _arguments(sent, [PNG] * len(sent.files))
    arguments.pop("image", None)
    extra = arguments.pop("extra_body", {})
    plain, streamed = TYPES[sent.endpoint]
    kind = streamed if arguments.get("stream") else plain
    for name, value in arguments.items():
        _adapter(kind, name).validate_python(value, strict=True)
    assert set(extra) <= {"moderation"}


def test_the_events_of_a_stream_end_as_we_look_for_them():
    """By the literals of the library's event types."""
    for module in (image_gen_stream_event, image_edit_stream_event):
        (union, *_) = typing.get_args(
            next(
                each
                for name, each in vars(module).items()
                if name.endswith("StreamEvent")
            )
        )
        names = {
            typing.get_args(event.model_fields["type"].annotation)[0]: event
            for event in typing.get_args(union)
        }
        endings = {name.partition(".")[2] for name in names}
        assert endings == {
            streaming._PARTIAL.removeprefix("."),
            streaming._COMPLETED.removeprefix("."),
        }
        for name, event in names.items():
            assert "b64_json" in event.model_fields
            if name.endswith(streaming._COMPLETED):
                assert "usage" in event.model_fields


def test_the_fields_of_an_answer_are_the_ones_we_read():
    """Names as the library's types have them."""
    assert {"data", "usage", "svg_usage"} <= set(ImagesResponse.model_fields)
    assert {"b64_json", "url"} <= set(Image.model_fields)
    assert "shutdown_date" in Model.model_fields


# --- on the wire --------------------------------------------------------------------


NESTED = (
    ("params.frame_count", 4),
    ("params.flag", False),
    ("params.loras", ["a", "b"]),
    ("params.svg", {"model": "m", "reasoning": {"effort": "low"}}),
    ("quality", "high"),
)


def _sent(request):
    form = wire.wire_form(request, model="m")
    with Server(always(response(b"{}"))) as server:
        connection = Connection(base_url=server.url, key=Secret("sk-test"))
        client = Client(connection, 5.0)
        with Watch(5.0) as watch, client.sent(form, [PNG] * len(form.files)) as answer:
            b"".join(answer.iter_bytes())
        client.close()
    (received,) = server.received
    return form, received, watch


def _request(operation, **changes):
    known = {"provider": "openai", "model": "m", "prompt": "h\u00e9\n\U0001f600"}
    return Request(operation=operation, **{**known, "params": NESTED, **changes})


def test_a_json_request_is_exactly_the_wire_form():
    """What `show` prints is what was sent."""
    form, received, _ = _sent(_request("generate"))
    assert received.path == f"/v1/{form.path}"
    assert received.json() == dict(form.fields)


@pytest.mark.parametrize("prompt", ["", "more"])
def test_a_form_is_exactly_the_wire_form(prompt):
    """Fields flattened in the same way, files with the same names and types."""
    form, received, _ = _sent(_request("vary", inputs=("a",), prompt=prompt))
    parts = received.parts()
    fields = [(each.name, each.data.decode()) for each in parts if not each.filename]
    assert sorted(fields) == sorted(wire.form_fields(form))
    files = [
        (each.name, each.filename, each.media_type) for each in parts if each.filename
    ]
    assert files == [
        (each.field, each.filename, each.media_type) for each in form.files
    ]


def test_the_old_endpoint_is_sent_its_form_too():
    """The library's own method for it warns, so it is not used."""
    request = _request("vary", inputs=("a",), prompt="", params=(("size", "512x512"),))
    form = wire.wire_form(request, model="m", count=2, variations=True)
    with Server(always(response(b"{}"))) as server:
        connection = Connection(base_url=server.url, key=Secret("sk-test"))
        client = Client(connection, 5.0)
        with client.sent(form, [PNG]) as answer:
            assert json.loads(b"".join(answer.iter_bytes())) == {}
        client.close()
    fields = [(each.name, each.data) for each in server.received[0].parts()]
    assert fields == [
        ("model", b"m"),
        ("n", b"2"),
        ("size", b"512x512"),
        ("image", PNG),
    ]


def test_the_http_library_tells_of_the_steps_that_decide_about_money():
    """If a version stopped to tell, less would be repeated, and this test would fail."""
    _, _, watch = _sent(_request("generate"))
    assert watch.tried
    assert watch.sent
    assert watch.status == 200


def test_no_connection_is_used_twice():
    """A kept connection could be closed by the server just when it is used again."""
    _, received, _ = _sent(_request("generate"))
    assert received.headers["connection"] == "close"


def test_the_library_repeats_nothing():
    """Its default is two repeats, without a word to us."""
    client = Client(Connection(key=Secret("sk-test")), 5.0)
    assert client._openai.max_retries == 0
    assert isinstance(client._openai, OpenAI)
    assert not client._http.follow_redirects
    client.close()


def test_a_picture_that_can_be_asked_for_fits_into_an_answer():
    """3840x2160 with alpha, uncompressed, as base64."""
    assert answers.MAX_PICTURE_BYTES > 3840 * 2160 * 4 * 4 / 3 * 1.01
