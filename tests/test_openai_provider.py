"""The provider against real sockets: what is sent, and what comes of usable answers."""

from __future__ import annotations

import json
import subprocess
import sys
import threading

import pytest
from answering import (
    JPEG,
    KEY,
    MODEL,
    PNG,
    USAGE,
    USD,
    asking,
    b64,
    body_of,
    draw,
    fails,
    order_of,
    quiet,
    silent,
)
from sockets import always, response

from assetgen.errors import (
    ProviderRefused,
    ProviderUnavailable,
)
from assetgen.providers.base import InputPicture, Limits
from assetgen.providers.connection import Secret
from assetgen.providers.models import built_in_table

# --- what is sent -----------------------------------------------------------------


@pytest.mark.parametrize("key", ["k", "none", "iVBORw0KGgo"])
def test_a_picture_is_what_came_whatever_the_key_is(key):
    """Servers without keys take any word, and base64 holds all short ones."""
    reply = always(response(body_of(PNG)))
    with asking(reply, key=Secret(key)) as (provider, _):
        (drawing,) = provider.draw(order_of(), 1, lambda _: None)
    assert drawing.data == PNG


def test_a_generation_is_one_json_request():
    """Model and prompt always; the picture, its price and names come back."""
    ok = response(body_of(PNG), x_request_id="req_1")
    (drawing,), (sent,) = draw(always(ok), order_of(moderation="low"))
    assert (sent.method, sent.path) == ("POST", "/v1/images/generations")
    assert sent.json() == {"model": MODEL, "prompt": "a cat", "moderation": "low"}
    assert sent.headers["authorization"] == f"Bearer {KEY}"
    assert sent.headers["user-agent"].startswith("assetgen/")
    assert drawing.data == PNG
    assert drawing.cost_usd == pytest.approx(USD)
    assert not drawing.cost_estimated
    assert drawing.request_id == "req_1"
    assert drawing.model == MODEL
    as_of = built_in_table().as_of.isoformat()
    assert drawing.usage == {**USAGE, "price_table": as_of}


def test_an_edit_is_a_form_with_named_pictures_in_order():
    """Also what the library has no argument for reaches the form."""
    first = InputPicture(JPEG, "image/jpeg", 8, 8)
    second = InputPicture(PNG, "image/png", 8, 8)
    order = order_of(
        "edit",
        inputs=(first, second),
        mask=PNG,
        moderation="low",
        params=(("params.svg", {"model": "m"}), ("size", "1024x1024")),
    )
    _, (sent,) = draw(always(response(body_of(PNG))), order, 2)
    assert sent.path == "/v1/images/edits"
    parts = sent.parts()
    fields = {each.name: each.data.decode() for each in parts if not each.filename}
    assert fields == {
        "model": MODEL,
        "prompt": "a cat",
        "n": "2",
        "size": "1024x1024",
        "moderation": "low",
        "svg[model]": "m",
    }
    files = [each for each in parts if each.filename]
    assert [(each.name, each.filename, each.media_type) for each in files] == [
        ("image[]", "image-1.jpg", "image/jpeg"),
        ("image[]", "image-2.png", "image/png"),
        ("mask", "mask.png", "image/png"),
    ]
    assert [each.data for each in files] == [JPEG, PNG, PNG]


def test_one_input_and_a_markup_go_under_their_names():
    """A single picture is `image`."""
    order = order_of("edit", inputs=(InputPicture(PNG, "image/png", 8, 8),), markup=PNG)
    _, (sent,) = draw(always(response(body_of(PNG))), order)
    files = [(each.name, each.filename) for each in sent.parts() if each.filename]
    assert files == [("image", "image-1.png"), ("markup", "markup.png")]


def test_variations_go_to_the_old_endpoint_only_where_the_user_says_it_is():
    """Elsewhere they are edits with a prompt."""
    picture = (InputPicture(PNG, "image/png", 8, 8),)
    order = order_of("vary", inputs=picture, prompt="")
    _, (sent,) = draw(always(response(body_of(PNG))), order)
    assert sent.path == "/v1/images/edits"
    _, (sent,) = draw(always(response(body_of(PNG))), order, 2, variations=True)
    assert sent.path == "/v1/images/variations"
    parts = [(each.name, each.filename) for each in sent.parts()]
    assert parts == [("model", None), ("n", None), ("image", "image-1.png")]
    refused = fails(
        ProviderRefused,
        silent,
        order_of("vary", inputs=(InputPicture(JPEG, "image/jpeg", 8, 8),), prompt=""),
        variations=True,
    )
    assert "PNG" in refused.message


def test_a_model_goes_by_the_name_that_the_server_has_for_it():
    """Azure calls a model by its deployment; the spec's name stays in the key."""
    deployed = {MODEL: "my-deployment"}
    (drawing,), (sent,) = draw(always(response(body_of(PNG))), models=deployed)
    assert sent.json()["model"] == "my-deployment"
    assert drawing.cost_usd == pytest.approx(USD)


def test_a_request_without_a_model_is_sent_with_the_default():
    """The service's own default may change; the table's is what was planned with."""
    _, (sent,) = draw(always(response(body_of(PNG))), order_of(model=None))
    assert sent.json()["model"] == built_in_table().default


def test_a_server_without_a_key_gets_no_authorization():
    """Not even an empty one."""
    _, (sent,) = draw(always(response(body_of(PNG))), key=None, key_env="")
    assert "authorization" not in sent.headers


def test_nothing_of_the_environment_reaches_a_request(monkeypatch):
    """Key, organisation and headers of one server must not go to another."""
    monkeypatch.setenv("OPENAI_API_KEY", "sk-of-another-server")
    monkeypatch.setenv("OPENAI_ADMIN_KEY", "sk-admin-of-another")
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:1/v1")
    monkeypatch.setenv("OPENAI_ORG_ID", "org-other")
    monkeypatch.setenv("OPENAI_PROJECT_ID", "proj-other")
    monkeypatch.setenv("OPENAI_CUSTOM_HEADERS", "X-Secret: 1\nAuthorization: Bearer x")
    _, (sent,) = draw(always(response(body_of(PNG))))
    assert sent.headers["authorization"] == f"Bearer {KEY}"
    text = str(sent.headers)
    assert "other" not in text
    assert "x-secret" not in text
    _, (sent,) = draw(
        always(response(body_of(PNG))), organization="org-own", project="proj-own"
    )
    assert sent.headers["openai-organization"] == "org-own"
    assert sent.headers["openai-project"] == "proj-own"


def test_the_library_is_imported_by_the_first_draw_only():
    """It takes most of a second, and planning needs prices only."""
    code = (
        "import sys; import assetgen.providers.openai_images.provider as p;"
        "from assetgen.providers.connection import Connection;"
        "from assetgen.providers.models import built_in_table;"
        "p.OpenAIProvider(Connection(), built_in_table());"
        "assert not {'openai', 'httpx2', 'PIL'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_many_threads_draw_through_one_client():
    """Each call has a connection and a deadline of its own."""
    number, together = 24, threading.Barrier(24)

    def reply(connection, received):
        together.wait()
        connection.sendall(response(body_of(PNG + received.json()["prompt"].encode())))

    found = {}

    def draw(provider, name):
        found[name] = provider.draw(order_of(prompt=name), 1, quiet)[0].data

    with asking(reply) as (provider, _):
        names = [f"cat {each}" for each in range(number)]
        threads = [threading.Thread(target=draw, args=(provider, n)) for n in names]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
    assert found == {name: PNG + name.encode() for name in names}


# --- usable answers -----------------------------------------------------------------


def test_the_price_is_shared_evenly_and_says_among_how_many():
    """Usage is for the whole request."""
    drawings, _ = draw(always(response(body_of(PNG, JPEG))), count=2)
    assert [each.data for each in drawings] == [PNG, JPEG]
    assert [each.cost_usd for each in drawings] == pytest.approx([USD / 2] * 2)
    assert drawings[0].usage["shared_by"] == 2


def test_more_or_fewer_pictures_than_asked_for_are_all_kept():
    """They were paid for."""
    more, _ = draw(always(response(body_of(PNG, PNG, PNG))), count=1)
    assert len(more) == 3
    fewer, _ = draw(always(response(body_of(PNG))), count=4)
    assert len(fewer) == 1


def test_without_usage_the_cost_is_our_estimate_and_says_so():
    """The budget needs a figure, and the reader must know whose it is."""
    order = order_of(params=(("quality", "medium"), ("size", "1024x1024")))
    (drawing,), _ = draw(always(response(body_of(PNG, usage=None))), order)
    assert drawing.cost_estimated
    assert drawing.cost_usd == pytest.approx((2 * 5 + 1756 * 30) / 1e6)
    assert drawing.usage == {}


def test_the_words_of_a_vector_picture_make_its_cost_an_estimate():
    """They are written by another model, whose price nobody lists."""
    svg = b"<?xml version='1.0'?>\n<svg xmlns='http://www.w3.org/2000/svg'/>"
    body = body_of(svg, svg_usage={"model": "m", "output_tokens": 9})
    (drawing,), _ = draw(always(response(body)))
    assert drawing.data == svg
    assert drawing.cost_estimated
    assert drawing.usage["svg_usage"] == {"model": "m", "output_tokens": 9}


def test_a_picture_that_cannot_be_used_does_not_lose_the_others():
    """What can be kept is kept, and the listener hears of the rest."""
    data = [{"b64_json": b64()}, {"b64_json": "%%"}, {}]
    body = json.dumps({"data": data, "usage": USAGE}).encode()
    words = []
    with asking(always(response(body))) as (provider, _):
        drawings = provider.draw(order_of(), 3, words.append)
    assert [each.data for each in drawings] == [PNG]
    assert drawings[0].cost_usd == pytest.approx(USD)
    assert words == [
        "not used: picture 2 is not valid base64",
        "not used: picture 3 is not there",
    ]


def test_limits_of_the_account_are_told():
    """Of answers and of refusals."""
    heard = []
    limits = {"x_ratelimit_limit_images": "50", "x_ratelimit_remaining_images": "49"}
    draw(always(response(body_of(PNG), **limits)), on_limits=heard.append)
    empty = {**limits, "x_ratelimit_remaining_images": "0"}
    busy = always(response(b"", 429, **empty, x_ratelimit_reset_images="12s"))
    failure = fails(ProviderUnavailable, busy, on_limits=heard.append)
    assert heard == [
        Limits(images_per_minute=50, remaining=49),
        Limits(images_per_minute=50, remaining=0, reset_s=12),
    ]
    assert failure.retry_after_s == 12
    assert failure.limited
