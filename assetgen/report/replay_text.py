"""A request as a curl command, and as a document for API clients; pure.

Both are made from the same `Wire` that the provider sends, so what somebody replays by
hand is what a build would send: the same fields, and the same files in the same order.
Prompts come from specs and are not trusted: no shell, curl or terminal interprets any
of them. The key stays a variable of the shell.
"""

from __future__ import annotations

import json
import re
import shlex
from typing import TYPE_CHECKING, Final

from assetgen.providers.openai_images.wire import form_fields
from assetgen.values import Value

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assetgen.model import Json
    from assetgen.providers.openai_images.wire import Wire, WireFile

ANSWER: Final = "answer.json"
_COMMAND_OF_CI: Final = re.compile(r"^\s*(::|##\[)", re.MULTILINE)


class ReplayFile(Value):
    """A picture that goes with the request.

    Attributes:
        wire: Field, name and media type as they go out.
        path: Where its bytes lie, for the shell's current folder.
        missing: Why nothing is there yet; empty if the bytes are there.
    """

    wire: WireFile
    path: str
    missing: str = ""


class Replay(Value, kw_only=True):
    """A request, and what it takes to send it by hand.

    Attributes:
        asset: Its name; valid, so it holds nothing that needs quoting.
        base_url: Of the server, with the version in its path.
        key_env: The variable that holds the key; empty where none is sent.
        headers: Further headers: name, and the variable with the value.
        suffix: Of the picture that is asked for, for example ``png``.
        notes: What to know first; one line each.
    """

    asset: str
    base_url: str
    key_env: str
    wire: Wire
    files: tuple[ReplayFile, ...] = ()
    headers: tuple[tuple[str, str], ...] = ()
    suffix: str = "png"
    notes: tuple[str, ...] = ()

    @property
    def url(self) -> str:
        """The address that the request goes to."""
        return f"{self.base_url}/{self.wire.path}"


# --- curl -------------------------------------------------------------------------


def as_curl(replay: Replay) -> str:
    """Return the request as a command for bash, zsh or another POSIX shell.

    Prompts with characters that do not print are quoted as ``$'...'``, which the oldest
    shells do not know.
    """
    words = [f"curl --silent --show-error --output {ANSWER}", _quoted(replay.url)]
    if re.search(r"[\[\]{}]", replay.url):
        words.insert(1, "--globoff")
    headers = list(replay.headers)
    if replay.key_env:
        words.append(f'-H "Authorization: Bearer ${replay.key_env}"')
    words += [f'-H "{name}: ${variable}"' for name, variable in headers]
    if replay.wire.is_form:
        words += _form_words(replay)
    else:
        words.append("-H 'Content-Type: application/json'")
        words.append(f"--data-raw {_quoted(_json(dict(replay.wire.fields)))}")
    return _comments(replay) + " \\\n  ".join(words) + "\n"


def _comments(replay: Replay) -> str:
    name = replay.asset.replace("/", "-")
    picture = f"jq -r '.data[0].b64_json' {ANSWER} | base64 --decode > {name}"
    lines = [
        "asks for a picture, which may cost money, whatever the store holds; then:",
        f"{picture}.{replay.suffix}",
        *replay.notes,
        *(f"{_plain(each.path)}: {each.missing}" for each in _missing(replay)),
    ]
    return "".join(f"# {line}\n" for line in lines)


def _missing(replay: Replay) -> list[ReplayFile]:
    return [each for each in replay.files if each.missing]


def _form_words(replay: Replay) -> list[str]:
    """Return fields, then files, as the library orders them."""
    fields = form_fields(replay.wire)
    words = [f"--form-string {_quoted(f'{name}={text}')}" for name, text in fields]
    for file in replay.files:
        wire = file.wire
        form = (
            f"{wire.field}=@{_in_form(file.path)};type={wire.media_type};"
            f"filename={_in_form(wire.filename)}"
        )
        words.append(f"-F {_quoted(form)}")
    return words


def _in_form(text: str) -> str:
    """Return a word of curl's ``-F``, in which blanks, commas and semicolons part."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _quoted(text: str) -> str:
    """Return `text` as one word of the shell that shows no control characters.

    Line ends stay as they are, since prompts are read, unless a line would be a command
    to a build server that reads along.
    """
    plain = all(char.isprintable() or char == "\n" for char in text)
    if plain and not ("\n" in text and _COMMAND_OF_CI.search(text)):
        return shlex.quote(text)
    return "$'" + "".join(map(_shell_escape, text)) + "'"


def _shell_escape(char: str) -> str:
    if char in "'\\":
        return f"\\{char}"
    if char == "\n":
        return "\\n"
    if char.isprintable():
        return char
    # Bytes and not \u, which gives other text where the locale is not UTF-8.
    return "".join(f"\\x{byte:02x}" for byte in char.encode("utf-8", "replace"))


def _plain(text: str) -> str:
    """Return a text on one line, for a comment."""
    return "".join(char if char.isprintable() else "?" for char in text)


# --- OpenAPI ----------------------------------------------------------------------


def as_openapi(replay: Replay) -> str:
    """Return the request as an OpenAPI 3.1 document with one operation.

    API clients import it with the server, the bearer key to be filled in, and all
    fields with their values.
    """
    wire = replay.wire
    summary = f"The request of {replay.asset}"
    operation: dict[str, Json] = {
        "operationId": "request",
        "summary": summary,
        "requestBody": {
            "required": True,
            "content": _form_content(replay) if wire.is_form else _json_content(wire),
        },
        "responses": {
            "200": {
                "description": "The pictures, in base64, and what was used",
                "content": {"application/json": {"schema": {"type": "object"}}},
            },
            "default": {"description": "An error, with its reason"},
        },
    }
    if replay.headers:
        operation["parameters"] = [
            {
                "name": name,
                "in": "header",
                "required": True,
                "description": f"The value of {variable}",
                "schema": {"type": "string"},
            }
            for name, variable in replay.headers
        ]
    document: dict[str, Json] = {
        "openapi": "3.1.0",
        "info": {
            "title": summary,
            "version": "1",
            "description": "\n".join((*replay.notes, *_file_notes(replay)))
            or "Written by `assetgen show --openapi`.",
        },
        "servers": [{"url": replay.base_url}],
        "paths": {f"/{wire.path}": {"post": operation}},
    }
    if replay.key_env:
        operation["security"] = [{"key": []}]
        document["components"] = {
            "securitySchemes": {
                "key": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": f"The value of {replay.key_env}",
                }
            }
        }
    return _json(document) + "\n"


def _file_notes(replay: Replay) -> list[str]:
    return [
        f"{each.wire.filename}: {each.missing or _plain(each.path)}"
        for each in replay.files
    ]


def _json_content(wire: Wire) -> dict[str, Json]:
    values = dict(wire.fields)
    return {"application/json": {"schema": _schema_of(values), "example": values}}


def _form_content(replay: Replay) -> dict[str, Json]:
    texts = _repeated(form_fields(replay.wire))
    properties: dict[str, Json] = {
        name: _property(each) for name, each in texts.items()
    }
    encoding: dict[str, Json] = {}
    for field in dict.fromkeys(each.wire.field for each in replay.files):
        files = [each for each in replay.files if each.wire.field == field]
        told = ", then ".join(_plain(each.path) for each in files)
        one: dict[str, Json] = {
            "type": "string",
            "format": "binary",
            "contentMediaType": files[0].wire.media_type,
        }
        several = field.endswith("[]")
        properties[field] = (
            {"type": "array", "description": told, "items": one}
            if several
            else {**one, "description": told}
        )
        kinds = dict.fromkeys(each.wire.media_type for each in files)
        encoding[field] = {"contentType": ", ".join(kinds)}
    return {
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "properties": properties,
                "required": list(properties),
            },
            "example": texts,
            "encoding": encoding,
        }
    }


def _repeated(fields: Sequence[tuple[str, str]]) -> dict[str, Json]:
    """Return fields by name; one that comes several times is a list."""
    found: dict[str, list[Json]] = {}
    for name, text in fields:
        found.setdefault(name, []).append(text)
    return {
        name: texts if name.endswith("[]") else texts[0]
        for name, texts in found.items()
    }


def _property(value: Json) -> Json:
    return {**_schema_of(value), "default": value}


def _schema_of(value: Json) -> dict[str, Json]:
    """Return the schema that just such a value fits."""
    match value:
        case bool():
            return {"type": "boolean"}
        case int():
            return {"type": "integer"}
        case float():
            return {"type": "number"}
        case str():
            return {"type": "string"}
        case list():
            return {"type": "array"}
        case dict():
            return {
                "type": "object",
                "properties": {name: _property(each) for name, each in value.items()},
                "required": list(value),
            }
        case _:
            return {}


def _json(value: Json) -> str:
    """Return JSON that people can read, and that no terminal acts on."""
    text = json.dumps(value, indent=2, ensure_ascii=False)
    return "".join(
        char if char.isprintable() or char == "\n" else json.dumps(char)[1:-1]
        for char in text
    )
