"""The stand-in for the image API, asked by the real client library.

What it refuses is shown in `test_fakeapi_refuses.py`.
"""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from base64 import b64decode
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.request import urlopen

import openai
import pytest
from asking import FLARE, SMALL, client_of, draw, edit, mask, opened, png
from fakeapi import FakeApi
from fakeapi.limiting import _duration
from fakeapi.usage import input_tokens, output_tokens
from PIL import Image


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


# --- drawing ------------------------------------------------------------------


@pytest.mark.parametrize("form", ["png", "jpeg", "webp", "gif"])
def test_a_picture_has_the_size_and_format_that_were_asked_for(client, form) -> None:
    """What was asked is what comes, and the answer says it."""
    answer = draw(client, size=SMALL, output_format=form)
    picture = opened(answer)
    assert (picture.size, picture.format) == ((1024, 640), form.upper())
    assert (answer.size, answer.output_format) == (SMALL, form)


def test_no_two_pictures_are_the_same(client) -> None:
    """A model never gives the same picture twice."""
    both = draw(client, n=2, size=SMALL).data + draw(client, n=1, size=SMALL).data
    assert len({each.b64_json for each in both}) == 3


def test_a_transparent_background_has_alpha(client) -> None:
    """Transparent around the subject, opaque where it is."""
    picture = opened(draw(client, background="transparent", size=SMALL))
    alpha = picture.getchannel("A")
    assert (alpha.getpixel((0, 0)), alpha.getpixel((512, 320))) == (0, 255)


def test_png_answers_carry_a_content_credential(client) -> None:
    """As the service's do, so that what is derived can be shown to be without."""
    assert b"caBX" in b64decode(draw(client, size=SMALL).data[0].b64_json)


def test_svg_is_text_and_says_what_its_author_used(client) -> None:
    """An svg answer has a usage of its own."""
    answer = draw(client, output_format="svg")
    assert b64decode(answer.data[0].b64_json).startswith(b"<svg ")
    assert answer.svg_usage.output_tokens == 400


def test_gif_has_the_frames_that_were_asked_for(client) -> None:
    """`frame_count` frames with the asked delay."""
    answer = draw(
        client, output_format="gif", frame_count=3, frame_duration_ms=120, size=SMALL
    )
    picture = opened(answer)
    assert (picture.n_frames, picture.info["duration"]) == (3, 120)


def test_a_masked_edit_changes_the_masked_part_and_drifts_elsewhere(
    client, fake
) -> None:
    """Outside the mask pixels change a little, as the service's do; inside, a lot."""
    answer = edit(client, png(), mask=mask(), size="1024x768")
    picture = opened(answer).convert("RGB")
    assert picture.getpixel((20, 20)) != (255, 0, 0)
    kept = {picture.getpixel((x, y)) for x in range(400, 1000, 40) for y in (500, 700)}
    assert all(r >= 215 and g <= 40 and b <= 40 for r, g, b in kept)
    assert len(kept) > 1
    (seen,) = fake.requests
    assert seen.mask_clear_box == (0, 0, 21, 21)
    assert seen.mask_clear_share == pytest.approx(21 * 21 / (64 * 48))


def test_a_black_and_white_mask_is_white_where_the_subject_is(client) -> None:
    """So that what is asked of it in words fits the picture that it drew."""
    picture = opened(edit(client, png(), prompt="A black-and-white mask of image 1"))
    grey = picture.convert("L")
    assert (grey.getpixel((512, 512)), grey.getpixel((4, 4))) == (255, 0)


def test_an_automatic_size_follows_the_first_input(client) -> None:
    """And the answer says which one it was."""
    assert edit(client, png((30, 60)), png((60, 30))).size == "1024x1536"
    assert draw(client).size == "1024x1024"


# --- what it keeps ------------------------------------------------------------


def test_it_remembers_what_was_asked_in_order(client, fake) -> None:
    """Fields, files in order with names, types and sizes, and the library's retries."""
    edit(client, png(), png((10, 20), name="two.png"), quality="max", n=2)
    (seen,) = fake.requests
    assert seen.fields == {
        "model": FLARE,
        "prompt": "a hat",
        "quality": "max",
        "n": "2",
    }
    assert [(each.field, each.name, each.size) for each in seen.files] == [
        ("image[]", "one.png", (64, 48)),
        ("image[]", "two.png", (10, 20)),
    ]
    assert (seen.endpoint, seen.retry_count, seen.status) == ("edits", "0", 200)
    assert fake.charges[0].pictures == 2


def test_errors_are_free_and_answers_are_not(client, fake) -> None:
    """A charge is counted once a request was read and found valid."""
    with pytest.raises(openai.BadRequestError):
        draw(client, quality="hd")
    fake.next("error", status=500)
    with pytest.raises(openai.InternalServerError):
        draw(client)
    assert (fake.posts, fake.charged) == (2, 0)
    fake.next("reset")
    with pytest.raises(openai.APIConnectionError):
        draw(client)
    assert (fake.posts, fake.charged) == (3, 1)


def test_usage_follows_the_published_formulas() -> None:
    """Spot checks against the published tables."""
    assert output_tokens("2.5", "max", (1024, 1024)) == 7024
    assert output_tokens("2.5", "high", (1024, 1536)) == 1372
    assert output_tokens("2", "medium", (3840, 2160)) == 3336
    assert output_tokens("1", "high", (1536, 1024)) == 6208
    assert input_tokens("2.6", "low", (1024, 1024)) == 1024
    assert input_tokens("2.6", "low", (3840, 2160)) == 1536
    assert input_tokens("1", "high", (1024, 1024)) == 65 + 129 + 4160


def test_usage_is_for_the_whole_request(client, fake) -> None:
    """Text and pictures in, all pictures out; the account is charged for that."""
    answer = edit(client, png((64, 64)), model="gpt-image-2.5-flare", quality="low", n=2,
                  size="1024x1024", prompt="12345")  # fmt: skip
    assert answer.usage.input_tokens_details.image_tokens == 4
    assert answer.usage.input_tokens_details.text_tokens == 2
    assert answer.usage.output_tokens == 2 * 196
    assert fake.charges[0].usd == pytest.approx((4 * 8 + 2 * 5 + 392 * 30) / 1e6)


# --- streams, URLs, models, limits --------------------------------------------


def test_a_stream_ends_with_the_completed_picture(client) -> None:
    """Partial pictures first; each costs a hundred tokens more."""
    events = list(draw(client, stream=True, partial_images=2, size=SMALL))
    assert [each.type.partition(".")[2] for each in events] == [
        "partial_image",
        "partial_image",
        "completed",
    ]
    alone = draw(client, size=SMALL).usage.output_tokens
    assert events[-1].usage.output_tokens == alone + 200


def test_an_edit_can_be_streamed(client) -> None:
    """With event names of its own."""
    events = list(edit(client, png(), stream=True, partial_images=1))
    assert [each.type for each in events] == [
        "image_edit.partial_image",
        "image_edit.completed",
    ]


def test_streams_break_on_demand(client, fake) -> None:
    """An error event, no last event, fewer partial pictures."""
    fake.next("stream error")
    with pytest.raises(openai.APIError, match="had an error"):
        list(draw(client, stream=True, partial_images=2))
    fake.next("stream cut")
    assert len(list(draw(client, stream=True, partial_images=2))) == 2
    fake.next("partials", number=1)
    assert len(list(draw(client, stream=True, partial_images=3))) == 2


def test_pictures_can_be_fetched_by_url(client, fake) -> None:
    """And it is noted who fetched them."""
    fake.next("url")
    url = draw(client, size=SMALL).data[0].url
    with urlopen(url) as answer:
        assert Image.open(io.BytesIO(answer.read())).size == (1024, 640)
    ((path, headers),) = fake.downloads
    assert url.endswith(path)
    assert "authorization" not in headers


def test_the_list_of_models_says_when_they_end(client) -> None:
    """What was shut down is not in it."""
    ends = {each.id: each.shutdown_date for each in client.models.list()}
    assert ends["gpt-image-1.5"] == "2026-12-01"
    assert ends[FLARE] is None
    assert "gpt-image-1" not in ends


def test_the_rate_limit_holds_and_says_when_to_come_again() -> None:
    """So many pictures in a window; the rest is refused, free."""
    with FakeApi(images_per_window=3) as fake, client_of(fake) as client:
        draw(client, n=2)
        with pytest.raises(openai.RateLimitError) as error:
            draw(client, n=2)
        assert error.value.code == "rate_limit_exceeded"
        assert 55 < int(error.value.response.headers["retry-after"]) <= 60
        raw = client.images.with_raw_response.generate(model=FLARE, prompt="a")
        assert raw.headers["x-ratelimit-limit-requests"] == "3"
        assert raw.headers["x-ratelimit-remaining-requests"] == "0"
        assert raw.headers["x-request-id"] == "req_fake000003"
        assert fake.charged == 2


def test_durations_are_written_as_the_service_writes_them() -> None:
    """Milliseconds, seconds, minutes."""
    assert [_duration(each) for each in (0.0199, 1.5, 360)] == ["20ms", "1.5s", "6m0s"]


# --- breaking -----------------------------------------------------------------


@pytest.mark.parametrize("word", ["reset", "close", "cut"])
def test_a_connection_breaks_after_the_charge(client, fake, word) -> None:
    """Without an answer, or in the middle of it; the next request works."""
    fake.next(word)
    with pytest.raises(openai.APIConnectionError):
        draw(client)
    assert fake.charged == 1
    assert draw(client).data


@pytest.mark.parametrize("word", ["silent", "drip headers", "drip body"])
def test_a_slow_server_is_ended_with_its_clients(fake, word) -> None:
    """A client with a limit for each read gives up only where nothing comes at all."""
    fake.next(word, every_s=0.002)
    with client_of(fake, timeout=0.05) as client, ThreadPoolExecutor(1) as pool:
        going = pool.submit(draw, client)
        fake.until(lambda it: it.charged == 1)
        fake.close()
        with pytest.raises(openai.APIConnectionError):
            going.result()


def test_answers_come_other_than_asked(client, fake) -> None:
    """Count, size, format, alpha, usage, bytes."""
    fake.next("count", pictures=3)
    assert len(draw(client).data) == 3
    fake.next("size", width=80, height=48)
    assert opened(draw(client)).size == (80, 48)
    fake.next("format", output_format="webp")
    assert opened(draw(client)).format == "WEBP"
    fake.next("alpha", present=False)
    assert opened(draw(client, background="transparent")).mode == "RGB"
    fake.next("usage", factor=100)
    assert draw(client).usage.output_tokens == 100 * draw(client).usage.output_tokens
    fake.next("change", drop=["usage"])
    assert draw(client).usage is None
    fake.next("torn")
    with pytest.raises(OSError, match="truncated"):
        opened(draw(client))
    fake.next("raw")
    raw = client.images.with_raw_response.generate(model=FLARE, prompt="a")
    assert raw.headers["content-type"] == "text/html"
    fake.next("entries", value=[{"b64_json": "!"}])
    assert draw(client).data[0].b64_json == "!"
    fake.next("json", value={"created": 1})
    assert draw(client).data is None


def test_errors_come_on_demand_by_the_words_of_a_prompt(client, fake) -> None:
    """So many times, then no more; other prompts are not touched."""
    fake.when("bad", "moderation", times=1, categories=["weapons"])
    draw(client, "a good cat")
    with pytest.raises(openai.BadRequestError) as error:
        draw(client, "a bad cat")
    assert error.value.code == "moderation_blocked"
    assert error.value.body["moderation_details"]["categories"] == ["weapons"]
    draw(client, "a bad cat")
    assert fake.charged == 2


def test_an_error_says_when_to_come_again(client, fake) -> None:
    """In seconds, as a date, in milliseconds."""
    fake.next("error", status=429, retry_after=3)
    fake.next("error", status=503, retry_after={"date_in_s": 60})
    fake.next("error", status=429, headers={"retry-after-ms": "20"})
    fake.next("money")
    seen = []
    for _ in range(4):
        with pytest.raises(openai.APIStatusError) as error:
            draw(client)
        seen.append((error.value.code, dict(error.value.response.headers)))
    assert seen[0][1]["retry-after"] == "3"
    assert seen[1][1]["retry-after"].endswith("GMT")
    assert seen[2][1]["retry-after-ms"] == "20"
    assert seen[3][0] == "insufficient_quota"


def test_a_redirect_goes_to_a_host_that_remembers(client, fake) -> None:
    """The library follows it, prompt and all: what must not happen to us."""
    fake.next("redirect")
    with pytest.raises(openai.NotFoundError):
        draw(client)
    ((path, headers),) = fake.strays
    assert path == "/elsewhere/images/generations"
    assert headers["host"].startswith("localhost")


def test_it_carries_out_many_requests_at_once_and_holds_them(fake) -> None:
    """Charged and not answered until released; 64 at once."""
    fake.hold()
    with client_of(fake) as client, ThreadPoolExecutor(64) as pool:
        going = [pool.submit(draw, client, f"cat {at}", size=SMALL) for at in range(64)]
        fake.until(lambda it: it.charged == 64)
        assert (fake.in_flight, any(each.done() for each in going)) == (64, False)
        fake.release()
        assert len({each.result().data[0].b64_json for each in going}) == 64
    assert fake.most_in_flight == 64


def test_it_runs_as_a_process(tmp_path) -> None:
    """It prints its URL, takes orders over HTTP and ends with its input."""
    support = Path(__file__).parent / "support"
    with subprocess.Popen(
        [sys.executable, "-m", "fakeapi", "--images-per-window", "5"],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(support)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        base_url = process.stdout.readline().strip()
        order = json.dumps({"said": "bad", "do": "error", "status": 503}).encode()
        with urlopen(f"{base_url[:-3]}/__fake/when", data=order) as answer:
            assert json.loads(answer.read())["posts"] == 0
        with openai.OpenAI(api_key="sk-x", base_url=base_url, max_retries=0) as client:
            draw(client)
            with pytest.raises(openai.InternalServerError):
                draw(client, "a bad cat")
        with urlopen(f"{base_url[:-3]}/__fake/state") as answer:
            assert json.loads(answer.read())["statuses"] == [200, 503]
        process.stdin.close()
        assert process.wait(30) == 0
