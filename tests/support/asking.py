"""Asks the stand-in for the image API, through the real client library."""

from __future__ import annotations

import io
import warnings
from base64 import b64decode

import openai
from PIL import Image, ImageDraw

FLARE = "gpt-image-2.6-flare"
SMALL = "1024x640"


def client_of(fake, **more):
    """Return the client library, without its own retries."""
    return openai.OpenAI(
        **{"api_key": "sk-right", "base_url": fake.base_url, "max_retries": 0} | more
    )


def draw(client, prompt="a cat", **more):
    """Ask for a picture."""
    return client.images.generate(**{"model": FLARE, "prompt": prompt} | more)


def edit(client, *images, prompt="a hat", **more):
    """Ask for an edit of pictures."""
    image = images[0] if len(images) == 1 else list(images)
    return client.images.edit(
        **{"model": FLARE, "prompt": prompt, "image": image} | more
    )


def png(size=(64, 48), mode="RGB", colour="red", name="one.png"):
    """Return a file of one colour: name, bytes, type."""
    out = io.BytesIO()
    Image.new(mode, size, colour).save(out, "PNG")
    return (name, out.getvalue(), "image/png")


def mask(size=(64, 48), *, clear=(0, 0, 20, 20), alpha=0):
    """Return a mask: a rectangle (left, top, right, bottom) has that alpha."""
    picture = Image.new("RGBA", size, (0, 0, 0, 255))
    ImageDraw.Draw(picture).rectangle(clear, fill=(0, 0, 0, alpha))
    out = io.BytesIO()
    picture.save(out, "PNG")
    return ("mask.png", out.getvalue(), "image/png")


def opened(answer, at=0) -> Image.Image:
    """Return a picture of an answer."""
    picture = Image.open(io.BytesIO(b64decode(answer.data[at].b64_json)))
    picture.load()
    return picture


def vary(client, **more):
    """Ask the old endpoint, whose function warns that it is old."""
    with warnings.catch_warnings(action="ignore", category=DeprecationWarning):
        return client.images.create_variation(**more)
