"""Request bodies, read into fields and files."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from email.message import Message
from hashlib import sha256
from typing import Any


class Rejected(Exception):
    """The service answers with an error; nothing is charged.

    Attributes:
        headers: Sent beside the usual ones.
        details: Further keys of the error.
    """

    def __init__(
        self,
        message: str,
        *,
        status: int = 400,
        code: str | None = "invalid_value",
        kind: str = "invalid_request_error",
        param: str | None = None,
        headers: dict[str, str] | None = None,
        details: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.headers = headers or {}
        self.error = {
            "message": message,
            "type": kind,
            "param": param,
            "code": code,
            **(details or {}),
        }


@dataclass(frozen=True)
class File:
    """A file of a multipart request.

    Attributes:
        field: With its brackets, as it was sent.
        media_type: As it was sent.
        size: Width and height of the picture in px; None before it was looked at.
    """

    field: str
    name: str
    media_type: str
    data: bytes
    size: tuple[int, int] | None = None

    @property
    def digest(self) -> str:
        """SHA-256 of the bytes, hexadecimal."""
        return sha256(self.data).hexdigest()


@dataclass(frozen=True)
class Form:
    """A request's body. Fields of a multipart request are text, as they came."""

    fields: dict[str, Any]
    files: tuple[File, ...] = ()

    @property
    def prompt(self) -> str:
        """The prompt, or nothing."""
        found = self.fields.get("prompt")
        return found if isinstance(found, str) else ""


def read_json(media_type: str, body: bytes) -> Form:
    """Return the fields of a JSON body.

    Raises:
        Rejected: Not JSON, not an object, or a key twice.
    """
    if media_type.partition(";")[0].strip().lower() != "application/json":
        raise Rejected(
            f"Unsupported content type: {media_type!r}. This method only accepts "
            "'application/json' requests, but you specified another header.",
            code="unsupported_content_type",
        )
    try:
        fields = json.loads(body, object_pairs_hook=_without_doubles)
    except ValueError:
        fields = None
    if not isinstance(fields, dict):
        raise Rejected("We could not parse the JSON body of your request.", code=None)
    return Form(fields)


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise ValueError("a key twice")
    return made


def read_multipart(media_type: str, body: bytes) -> Form:
    """Return fields and files of a multipart body.

    Raises:
        Rejected: Not multipart, torn, or a field twice.
    """
    head = Message()
    head["Content-Type"] = media_type
    boundary = head.get_param("boundary")
    if head.get_content_type() != "multipart/form-data" or not boundary:
        raise Rejected(
            f"Unsupported content type: {media_type!r}; use 'multipart/form-data'.",
            code="unsupported_content_type",
        )
    pieces = (b"\r\n" + body).split(b"\r\n--" + str(boundary).encode())
    if pieces[0] or not pieces[-1].startswith(b"--"):
        raise Rejected("The multipart body is torn.", code=None)
    fields: dict[str, Any] = {}
    files: list[File] = []
    for piece in pieces[1:-1]:
        name, found = _read_part(piece)
        if isinstance(found, File):
            files.append(found)
        elif name in fields:
            raise Rejected(f"Duplicate parameter: '{name}'.", param=name)
        else:
            fields[name] = found
    return Form(fields, tuple(files))


def _read_part(piece: bytes) -> tuple[str, str | File]:
    head, _, data = piece.removeprefix(b"\r\n").partition(b"\r\n\r\n")
    part = Message()
    for line in head.decode().split("\r\n"):
        key, _, value = line.partition(":")
        part[key] = value.strip()
    name = str(part.get_param("name", "", "content-disposition"))
    filename = part.get_param("filename", None, "content-disposition")
    if filename is not None or part["Content-Type"]:
        kind = part["Content-Type"] or ""
        return name, File(name, str(filename or ""), kind, data)
    return name, data.decode()


def nested(fields: dict[str, Any]) -> dict[str, Any]:
    """Return fields with ``svg[reasoning][effort]`` and the like put into objects."""
    made: dict[str, Any] = {}
    for name, value in fields.items():
        first, *inner = re.findall(r"[^\[\]]+", name) or [name]
        place = made
        for key in inner:
            place = place.setdefault(first, {})
            first = key
        place[first] = value
    return made
