"""What a request looks like on the wire."""

from __future__ import annotations

import pytest

from assetgen.model import Size
from assetgen.providers.openai_images.wire import (
    WireFile,
    form_fields,
    streams,
    wire_form,
)
from assetgen.providers.variation import variation_prompt
from assetgen.requests import Request

MODEL = "gpt-image-2.6-flare"


def _request(operation="generate", **changes):
    known = {"provider": "openai", "model": None, "prompt": "a cat"}
    return Request(operation=operation, **{**known, **changes})


def test_a_generation_names_model_and_prompt_and_nothing_that_was_not_asked():
    """Defaults are the service's; only what the spec says goes out."""
    wire = wire_form(_request(), model=MODEL)
    assert wire.path == "images/generations"
    assert not wire.is_form
    assert wire.fields == (("model", MODEL), ("prompt", "a cat"))
    assert wire.files == ()


def test_every_parameter_goes_out_under_its_own_name_in_a_fixed_order():
    """The same request always looks the same, whatever the order in the spec."""
    params = (
        ("background", "opaque"),
        ("complexity", "low"),
        ("output_compression", 80),
        ("output_format", "webp"),
        ("params.user", "u1"),
        ("quality", "high"),
        ("size", "1024x1536"),
    )
    wire = wire_form(_request(params=params, moderation="low"), model=MODEL, count=3)
    assert wire.fields == (
        ("model", MODEL),
        ("prompt", "a cat"),
        ("n", 3),
        ("size", "1024x1536"),
        ("quality", "high"),
        ("background", "opaque"),
        ("moderation", "low"),
        ("complexity", "low"),
        ("output_format", "webp"),
        ("output_compression", 80),
        ("user", "u1"),
    )


def test_the_size_of_the_order_is_heard_before_the_one_of_the_request():
    """An extended picture is asked for in the canvas's size."""
    sized = _request(params=(("size", "auto"),))
    fields = dict(wire_form(sized, model=MODEL, size=Size(1264, 848)).fields)
    assert fields["size"] == "1264x848"


def test_one_input_is_image_and_several_are_a_list_in_order():
    """The prompt may speak of "image 1", so order counts; every file has a name."""
    one = wire_form(_request("edit", inputs=("a",)), model=MODEL)
    assert one.path == "images/edits"
    assert one.is_form
    assert one.files == (WireFile("image", "image-1.png", "image/png", 1),)
    types = ["image/jpeg", "image/png", "image/webp"]
    many = wire_form(
        _request("edit", inputs=("a", "b", "c")), model=MODEL, input_types=types
    )
    assert [(f.field, f.filename, f.media_type, f.input) for f in many.files] == [
        ("image[]", "image-1.jpg", "image/jpeg", 1),
        ("image[]", "image-2.png", "image/png", 2),
        ("image[]", "image-3.webp", "image/webp", 3),
    ]


def test_mask_and_markup_are_named_png_files_after_the_inputs():
    """The first picture stays the first: a mask speaks of it."""
    masked = wire_form(_request("edit", inputs=("a",), mask="m"), model=MODEL)
    assert masked.files[1] == WireFile("mask", "mask.png", "image/png")
    marked = wire_form(_request("edit", inputs=("a",), markup="m"), model=MODEL)
    assert marked.files[1] == WireFile("markup", "markup.png", "image/png")
    plain = wire_form(
        _request("edit", inputs=("a",), mask="m"), model=MODEL, mask=False
    )
    assert len(plain.files) == 1


def test_a_variation_is_an_edit_with_a_prompt_of_its_own():
    """The old endpoint is gone; what the spec adds steers the edit."""
    plain = wire_form(_request("vary", inputs=("a",), prompt=""), model=MODEL)
    assert plain.path == "images/edits"
    assert dict(plain.fields)["prompt"] == variation_prompt("")
    steered = wire_form(_request("vary", inputs=("a",), prompt="bluer"), model=MODEL)
    assert str(dict(steered.fields)["prompt"]).endswith("bluer")


def test_a_server_that_has_the_old_endpoint_is_asked_there():
    """It takes a picture, a number and a size: no prompt, and no model unless named."""
    sized = (("quality", "high"), ("size", "512x512"))
    vary = _request("vary", inputs=("a",), prompt="", params=sized)
    wire = wire_form(vary, model=MODEL, count=2, variations=True)
    assert wire.path == "images/variations"
    assert wire.is_form
    assert wire.fields == (("n", 2), ("size", "512x512"))
    assert [each.field for each in wire.files] == ["image"]
    named = _request("vary", inputs=("a",), prompt="", model="dall-e-2")
    assert wire_form(named, model="d2", variations=True).fields == (("model", "d2"),)


def test_a_steered_variation_is_an_edit_even_where_the_old_endpoint_is():
    """The endpoint knows no prompt, and the spec's words must not get lost."""
    vary = _request("vary", inputs=("a",), prompt="bluer")
    assert wire_form(vary, model=MODEL, variations=True).path == "images/edits"


@pytest.mark.parametrize("name", ["response_format", "style"])
def test_what_the_service_refuses_is_never_sent(name):
    """Both are answered with 400 unknown_parameter."""
    passed = _request(params=((f"params.{name}", "x"),))
    assert name not in dict(wire_form(passed, model=MODEL).fields)


def test_partial_pictures_are_asked_for_only_where_they_can_come():
    """One picture, no gif or svg, at most three on the way."""
    fields = dict(wire_form(_request(), model=MODEL, partials=9).fields)
    assert fields["stream"] is True
    assert fields["partial_images"] == 3
    assert not streams(_request(), 2, 3)
    assert not streams(_request(), 1, 0)
    for kind in ("gif", "svg"):
        drawn = _request(params=(("output_format", kind),))
        assert "stream" not in dict(wire_form(drawn, model=MODEL, partials=3).fields)


def test_form_fields_flatten_what_is_nested():
    """A form knows texts only: maps and lists are spelled with brackets."""
    params = (
        ("params.flag", True),
        ("params.none", None),
        ("params.steps", [1, 2.5]),
        ("params.svg", {"model": "m", "reasoning": {"effort": "low"}}),
    )
    wire = wire_form(_request("edit", inputs=("a",), params=params), model=MODEL)
    assert form_fields(wire) == (
        ("model", MODEL),
        ("prompt", "a cat"),
        ("flag", "true"),
        ("steps[]", "1"),
        ("steps[]", "2.5"),
        ("svg[model]", "m"),
        ("svg[reasoning][effort]", "low"),
    )
