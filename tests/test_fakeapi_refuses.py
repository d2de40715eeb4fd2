"""The stand-in for the image API refuses what the service refuses.

A mistake that it lets pass would cost money later.
"""

from __future__ import annotations

import json
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import openai
import pytest
from asking import FLARE, client_of, draw, edit, mask, opened, png, vary
from fakeapi import FakeApi


@pytest.fixture
def fake():
    """Return a server."""
    with FakeApi() as made:
        yield made


@pytest.fixture
def client(fake):
    """Return the client library, without its own retries."""
    with client_of(fake) as made:
        yield made


def code_of(error) -> tuple[int, str | None, str | None]:
    """Return status, code and parameter of an error."""
    return error.value.status_code, error.value.code, error.value.param


# --- what it refuses ----------------------------------------------------------

BAD = [
    ({"quality": "hd"}, "invalid_value", "quality"),
    ({"quality": "max", "model": "gpt-image-2"}, "invalid_value", "quality"),
    ({"extra_body": {"response_format": "b64_json"}}, "unknown_parameter",
     "response_format"),
    ({"extra_body": {"style": "vivid"}}, "unknown_parameter", "style"),
    ({"extra_body": {"seed": 3}}, "unknown_parameter", "seed"),
    ({"extra_body": {"input_fidelity": "high"}}, "unknown_parameter", "input_fidelity"),
    ({"n": 0}, "integer_out_of_range", "n"),
    ({"n": 11}, "integer_out_of_range", "n"),
    ({"extra_body": {"n": "2"}}, "invalid_type", "n"),
    ({"size": "1000x1000"}, "invalid_value", "size"),
    ({"size": "3856x1600"}, "invalid_value", "size"),
    ({"size": "640x640"}, "invalid_value", "size"),
    ({"size": "3840x3840"}, "invalid_value", "size"),
    ({"size": "3200x1024"}, "invalid_value", "size"),
    ({"size": "1024x1792", "model": "gpt-image-1.5"}, "invalid_value", "size"),
    ({"background": "transparent", "output_format": "jpeg"}, "invalid_value",
     "background"),
    ({"background": "transparent", "output_format": "gif"}, "invalid_value",
     "background"),
    ({"background": "transparent", "model": "gpt-image-2"}, "invalid_value",
     "background"),
    ({"output_compression": 50}, "invalid_value", "output_compression"),
    ({"output_compression": 101, "output_format": "webp"}, "integer_out_of_range",
     "output_compression"),
    ({"output_format": "gif", "model": "gpt-image-2.5-flare"}, "invalid_value",
     "output_format"),
    ({"output_format": "gif", "stream": True}, "invalid_value", "stream"),
    ({"output_format": "gif", "frame_count": 1}, "integer_out_of_range", "frame_count"),
    ({"frame_count": 3}, "invalid_value", "frame_count"),
    ({"output_format": "svg", "n": 2}, "invalid_value", "n"),
    ({"output_format": "svg", "svg": {"model": "x"}}, "invalid_value", "svg"),
    ({"svg": {"model": "x"}}, "invalid_value", "svg"),
    ({"partial_images": 2}, "invalid_value", "partial_images"),
    ({"stream": True, "partial_images": 4}, "integer_out_of_range", "partial_images"),
    ({"stream": True, "n": 2}, "invalid_value", "n"),
    ({"moderation": "none"}, "invalid_value", "moderation"),
    ({"complexity": "low", "model": "gpt-image-2.5-flare"}, "invalid_value",
     "complexity"),
    ({"prompt": ""}, "empty_string", "prompt"),
    ({"prompt": "x" * 32_001}, "string_above_max_length", "prompt"),
    ({"model": None}, "missing_required_parameter", "model"),
]  # fmt: skip


@pytest.mark.parametrize(("fields", "code", "param"), BAD)
def test_a_wrong_generation_is_refused(client, fake, fields, code, param) -> None:
    """Each value and combination that the service rejects."""
    with pytest.raises(openai.BadRequestError) as error:
        draw(client, **fields)
    assert code_of(error) == (400, code, param)
    assert fake.charged == 0


def bad_edits():
    """Return requests that must be refused, each with the parameter that is wrong."""
    one = png()
    return {
        "nothing masked": ((one,), {"mask": mask(alpha=255)}, "mask"),
        "soft edge": ((one,), {"mask": mask(alpha=128)}, "mask"),
        "all masked": ((one,), {"mask": mask(clear=(0, 0, 64, 48))}, "mask"),
        "no alpha": ((one,), {"mask": png(name="mask.png")}, "mask"),
        "other size": ((one,), {"mask": mask((64, 64))}, "mask"),
        "mask no png": (
            (one,), {"mask": ("mask.png", mask()[1], "image/webp")}, "mask",
        ),
        "large mask": (
            (one,), {"mask": ("mask.png", b"\x89PNG" + bytes(4 << 20), "image/png")},
            "mask",
        ),
        "no type": ((one[1],), {}, "image"),
        "wrong type": ((("a.png", one[1], "image/jpeg"),), {}, "image"),
        "wrong name": ((("a.txt", one[1], "image/png"),), {}, "image"),
        "torn": ((("a.png", one[1][:-14], "image/png"),), {}, "image"),
        "no picture": ((("a.png", b"hello", "image/png"),), {}, "image"),
        "17 inputs": ((one,) * 17, {}, "image"),
        "fidelity": ((one,), {"input_fidelity": "high"}, "input_fidelity"),
        "high on mini": (
            (one,), {"input_fidelity": "high", "model": "gpt-image-1-mini"},
            "input_fidelity",
        ),
        "markup and mask": ((one,), {"markup": mask(), "mask": mask()}, "markup"),
        "opaque markup": ((one,), {"markup": png(mode="RGBA")}, "markup"),
        "markup on 2": ((one,), {"markup": mask(), "model": "gpt-image-2"}, "markup"),
        "gif with mask": ((one,), {"mask": mask(), "output_format": "gif"}, "mask"),
        "n": ((one,), {"extra_body": {"n": "two"}}, "n"),
        "style": ((one,), {"extra_body": {"style": "vivid"}}, "style"),
    }  # fmt: skip


@pytest.mark.parametrize("case", bad_edits())
def test_a_wrong_edit_is_refused(client, fake, case) -> None:
    """Each input, mask and combination that the service rejects."""
    images, fields, param = bad_edits()[case]
    with pytest.raises(openai.BadRequestError) as error:
        edit(client, *images, **fields)
    assert error.value.param == param
    assert fake.charged == 0


def test_what_is_allowed_on_edits_is_let_through(client, fake) -> None:
    """Moderation in the form, high fidelity on 1.5, markup on 2.6, 16 inputs."""
    edit(client, png(), extra_body={"moderation": "low"})
    edit(client, png(), model="gpt-image-1.5", input_fidelity="high")
    edit(client, png(), markup=mask(), complexity="high")
    edit(client, *[png(name=f"{at}.png") for at in range(16)])
    assert fake.charged == 4
    assert len(fake.requests[-1].inputs) == 16


@pytest.mark.parametrize("model", ["gpt-image-1", "dall-e-3", "gpt-image-9"])
def test_a_model_that_is_not_there_is_not_found(client, model) -> None:
    """Shut down or never there: 404."""
    with pytest.raises(openai.NotFoundError) as error:
        draw(client, model=model)
    assert error.value.code == "model_not_found"


def test_a_wrong_key_is_refused_and_echoed(fake) -> None:
    """As the service does; a client must not print that."""
    fake.key = "sk-right"
    with client_of(fake, api_key="sk-wrong") as client, pytest.raises(
        openai.AuthenticationError, match="sk-wrong"
    ):  # fmt: skip
        draw(client)
    assert fake.requests[0].status == 401


def test_the_old_endpoint_is_retired_unless_a_server_has_it(client) -> None:
    """404 on the service; pictures on another server."""
    square = png((64, 64))
    with pytest.raises(openai.NotFoundError):
        vary(client, image=square)
    with FakeApi(variations=True) as old, client_of(old) as asking:
        answer = vary(asking, image=square, n=2, size="256x256")
        assert len(answer.data) == 2
        assert opened(answer).size == (256, 256)
        with pytest.raises(openai.BadRequestError):
            vary(asking, image=png())


def test_another_server_takes_its_own_models_and_parameters() -> None:
    """Unknown names and parameters pass, and no key is needed."""
    with FakeApi(other=True) as other, client_of(other, api_key="none") as client:
        draw(client, model="flux", size="200x100", extra_body={"seed": 3, "steps": 8})
        assert other.requests[0].fields["seed"] == 3


def test_svg_authors_can_be_chosen_only_where_that_is_enabled() -> None:
    """With authors a choice must be made, nested fields of a form included."""
    with FakeApi(svg_models=("an-author",)) as fake, client_of(fake) as client:
        svg = {"model": "an-author", "reasoning": {"effort": "low"}}
        draw(client, output_format="svg", svg=svg)
        edit(client, png(), output_format="svg", svg=svg)
        assert fake.requests[1].fields["svg[reasoning][effort]"] == "low"
        with pytest.raises(openai.BadRequestError):
            draw(client, output_format="svg")


# --- bodies that the library would not send -----------------------------------


def post(fake, path, kind, body):
    """Return status and error of a request made by hand."""
    headers = {"Content-Type": kind, "Authorization": "Bearer sk-right"}
    request = Request(fake.url + path, data=body, headers=headers)
    try:
        with urlopen(request) as answer:
            return answer.status, {}
    except HTTPError as error:
        with error:
            return error.code, json.loads(error.read())["error"]


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("text/plain", b"{}"),
        ("application/json", b"["),
        ("application/json", b"[]"),
        ("application/json", b'{"prompt": "a", "prompt": "b"}'),
    ],
)
def test_a_body_that_is_no_json_object_is_refused(fake, kind, body) -> None:
    """Wrong type, torn, a list, a key twice."""
    status, _ = post(fake, "/v1/images/generations", kind, body)
    assert status == 400


def parts(*named):
    """Return a multipart body."""
    made = b""
    for head, data in named:
        made += b"--x\r\nContent-Disposition: form-data; " + head + b"\r\n\r\n"
        made += data + b"\r\n"
    return made + b"--x--\r\n"


def test_a_form_is_refused_for_its_own_mistakes(fake) -> None:
    """Torn, a field twice, one picture named twice, both ways of naming at once."""
    kind = "multipart/form-data; boundary=x"
    one = (b'name="image"; filename="a.png"\r\nContent-Type: image/png', png()[1])
    more = (b'name="image[]"; filename="a.png"\r\nContent-Type: image/png', png()[1])
    text = [(b'name="model"', FLARE.encode()), (b'name="prompt"', b"a hat")]
    path = "/v1/images/edits"
    assert post(fake, path, kind, parts(*text, one)) == (200, {})
    for body in (
        parts(*text, one)[:-6],
        parts(*text, text[1], one),
        parts(*text, one, one),
        parts(*text, one, more),
        parts(*text),
    ):
        status, error = post(fake, path, kind, body)
        assert (status, error["type"]) == (400, "invalid_request_error")
    assert fake.charged == 1
