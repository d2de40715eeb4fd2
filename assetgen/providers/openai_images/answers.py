"""The body of an answer with status 200 becomes pictures, or a reason why not; pure.

The picture was paid for, so nothing is thrown away that can be used, and nothing is
taken for a picture that is none: the content type, the JSON, the list of pictures, its
base64 and the first bytes of each picture are looked at here; whether a picture can be
decoded is found out once it is banked. What cannot be used goes along with the error.

Source: openai-python 3.54.0, ``types/images_response.py``, ``types/image.py``.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from assetgen.errors import OutcomeUnknown
from assetgen.values import Value

if TYPE_CHECKING:
    from assetgen.model import Json

MAX_PICTURE_BYTES: Final = 64 * 1024 * 1024
"""Of one picture as it is written in the answer (base64), or of its file.

The largest picture that can be asked for, 3840x2160 with alpha, has 33 MB of pixels
before any compression, and 44 MB of base64.
"""

MAX_ANSWER_BYTES: Final = 512 * 1024 * 1024
"""Of a whole answer, however many pictures were asked for."""

MAX_PICTURES: Final = 64
"""Of an answer. More than were asked for are kept; thousands are no answer to anything."""

MAX_ERROR_BYTES: Final = 1024 * 1024
"""Of an answer with an error status."""

_REST_BYTES: Final = 1024 * 1024
_MAX_NAME_CHARS: Final = 200
_SVG_HEAD_BYTES: Final = 65_536

_MEDIA_TYPE: Final = re.compile(
    r"(application|audio|font|image|multipart|text|video)/[a-z.+-]{1,40}"
)
"""Without digits: what is shown in messages must have no room for a key."""

EVENT_STREAM: Final = "text/event-stream"


class Answer(Value, kw_only=True):
    """What a usable answer holds.

    Attributes:
        pictures: Files as they came, in order; an address (str) has to be fetched.
        unusable: What was wrong with further pictures, in words.
        usage: As reported; None if it was not. With `svg_usage`, where there was one.
        model: As reported; empty if it was not.
    """

    pictures: tuple[bytes | str, ...]
    unusable: tuple[str, ...] = ()
    usage: dict[str, Json] | None = None
    model: str = ""


def most_bytes(count: int) -> int:
    """Return how large an answer with `count` pictures may be."""
    return min(MAX_ANSWER_BYTES, _REST_BYTES + max(count, 1) * MAX_PICTURE_BYTES)


def read_answer(body: bytes, content_type: str, *, addresses: bool) -> Answer:
    """Return the pictures of an answer, and what it says of them.

    Args:
        body: As it came.
        content_type: The header's value; empty if there was none.
        addresses: Whether a picture may be an address; OpenAI itself sends none.

    Raises:
        OutcomeUnknown: It holds no picture; the bytes go along.
    """
    kind = media_type(content_type)
    if kind not in ("", "application/json") and not kind.endswith("+json"):
        raise unusable(kind, body)
    try:
        data: Json = json.loads(body)
    except (ValueError, RecursionError):
        raise unusable("not JSON", body) from None
    if not isinstance(data, dict):
        raise unusable("not a JSON object", body)
    listed = data.get("data")
    if not isinstance(listed, list) or not listed:
        raise unusable("no picture in it", body)
    pictures: list[bytes | str] = []
    problems: list[str] = []
    for number, item in enumerate(listed[:MAX_PICTURES], 1):
        try:
            pictures.append(_picture(item, addresses=addresses))
        except ValueError as error:
            problems.append(f"picture {number} is {error}")
    if len(listed) > MAX_PICTURES:
        problems.append(f"{len(listed) - MAX_PICTURES} pictures too many")
    if not pictures:
        raise unusable(problems[0], body)
    return Answer(
        pictures=tuple(pictures),
        unusable=tuple(problems),
        usage=usage_of(data),
        model=name_of(data.get("model")),
    )


def usage_of(data: dict[str, Json]) -> dict[str, Json] | None:
    """Return the usage that an answer or a last event reports; None if none."""
    usage, svg = data.get("usage"), data.get("svg_usage")
    found = dict(usage) if isinstance(usage, dict) else {}
    if isinstance(svg, dict):
        found["svg_usage"] = svg
    return found or None


def picture_of(text: Json) -> bytes:
    """Return the file that is written as base64.

    Raises:
        ValueError: It is no text, no base64, too large, or no picture; says which.
    """
    if not isinstance(text, str) or not text:
        raise ValueError("not there")
    if len(text) > MAX_PICTURE_BYTES:
        raise ValueError(f"larger than {MAX_PICTURE_BYTES} bytes")
    if text.startswith("data:"):
        text = text.partition(",")[2]
    try:
        data = base64.b64decode(text, validate=True)
    except (ValueError, binascii.Error):
        raise ValueError("not valid base64") from None
    require_picture(data)
    return data


def require_picture(data: bytes) -> None:
    """Make sure that a file begins like a picture.

    Raises:
        ValueError: It does not.
    """
    if not (_is_raster(data) or _is_svg(data)):
        raise ValueError("not a picture of a known format")


def unusable(what: str, body: bytes) -> OutcomeUnknown:
    """Return the error for an answer that cannot be used."""
    size = f"{len(body)} byte{'' if len(body) == 1 else 's'}"
    return OutcomeUnknown(f"unexpected answer ({what}, {size})", answer=body)


def media_type(content_type: str) -> str:
    """Return a content type without its parameters; "a strange type" if it is none."""
    kind = content_type.partition(";")[0].strip().lower()
    return kind if not kind or _MEDIA_TYPE.fullmatch(kind) else "a strange type"


def name_of(value: Json) -> str:
    """Return a name that a service reports; empty for anything else."""
    if not isinstance(value, str):
        return ""
    return "".join(char for char in value if char.isprintable())[:_MAX_NAME_CHARS]


def _picture(item: Json, *, addresses: bool) -> bytes | str:
    if not isinstance(item, dict):
        raise ValueError("not an object")  # noqa: TRY004  # it is data, not a mistake of ours
    address = item.get("url")
    if item.get("b64_json") is None and isinstance(address, str) and address:
        if not addresses:
            raise ValueError("an address")
        return _safe(address)
    return picture_of(item.get("b64_json"))


def _safe(address: str) -> str:
    """Return an address that may be fetched: http or https, and no credentials."""
    try:
        parts = urlsplit(address)
        host = parts.hostname
    except ValueError:
        raise ValueError("an address that makes no sense") from None
    if parts.scheme not in ("http", "https") or not host or "@" in parts.netloc:
        raise ValueError("an address that is not fetched")
    return address


def _is_raster(data: bytes) -> bool:
    if data.startswith((b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF87a", b"GIF89a")):
        return True
    if data[4:8] == b"ftyp":
        return data[8:12] in (b"avif", b"avis")
    return data[:4] == b"RIFF" and data[8:12] == b"WEBP"


def _is_svg(data: bytes) -> bool:
    head = data[:_SVG_HEAD_BYTES].removeprefix(b"\xef\xbb\xbf").lstrip()
    return head.startswith(b"<") and b"<svg" in head
