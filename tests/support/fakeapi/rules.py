"""Which requests are valid: every value, and every combination, model by model."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from fakeapi.forms import File, Form, Rejected, nested
from fakeapi.looking import look, look_at_markup, look_at_mask
from fakeapi.models import ANYTHING, FIXED_SIZES, MODELS, Model

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from PIL import Image

_MAX_EDGE = 3840
_MIN_PIXELS, _MAX_PIXELS = 655_360, 8_294_400
_MAX_INPUTS = 16
_MAX_PROMPT = 32_000
_EFFORTS = ("none", "minimal", "low", "medium", "high", "xhigh", "max")
_FIELDS = {
    "background", "complexity", "frame_count", "frame_duration_ms", "model",
    "moderation", "n", "output_compression", "output_format", "partial_images",
    "prompt", "quality", "safety_identifier", "size", "stream", "svg", "user",
}  # fmt: skip
_NUMBERS = ("n", "output_compression", "partial_images", "frame_count",
            "frame_duration_ms")  # fmt: skip


@dataclass(frozen=True)
class World:
    """What kind of server this is.

    Attributes:
        other: Another maker's: any model, and parameters of its own.
        models: What it has beside the known ones (deployments, say).
        svg_models: Authors of svg that may be chosen; none: no choice may be made.
        variations: Whether it has the old endpoint.
    """

    today: date
    other: bool = False
    models: tuple[str, ...] = ()
    svg_models: tuple[str, ...] = ()
    variations: bool = False


@dataclass(frozen=True)
class Wanted:
    """A valid request.

    Attributes:
        size: In px, with ``auto`` made up.
        mask: Mode L, 0 where to edit.
        extras: What another server takes beside the documented parameters.
    """

    endpoint: str
    name: str
    model: Model
    prompt: str
    size: tuple[int, int]
    n: int = 1
    quality: str = "medium"
    background: str = "auto"
    output_format: str = "png"
    compression: int = 100
    fidelity: str = "low"
    frames: int = 0
    frame_ms: int = 0
    partials: int | None = None
    files: tuple[File, ...] = ()
    inputs: tuple[Image.Image, ...] = ()
    mask: Image.Image | None = None
    markup: Image.Image | None = None
    extras: Mapping[str, Any] = field(default_factory=dict)


def check(endpoint: str, form: Form, world: World) -> Wanted:
    """Return what a request asks for.

    Args:
        endpoint: ``generations``, ``edits`` or ``variations``.

    Raises:
        Rejected: As the service would.
    """
    if endpoint == "variations":
        return _check_variations(form, world)
    fields, extras = _known(endpoint, form, world)
    name, model = _model(fields, world)
    _check_choices(endpoint, fields, model)
    _check_ranges(fields, model)
    _check_combinations(fields, model, {each.field for each in form.files}, world)
    files, inputs, mask, markup = _look(endpoint, form, model)
    frames = int(fields.get("frame_count", 9)) if _format(fields) == "gif" else 0
    return Wanted(
        endpoint=endpoint,
        name=name,
        model=model,
        prompt=_prompt(fields),
        size=_size(fields.get("size", "auto"), model, inputs),
        n=fields.get("n", 1),
        quality=_settled(fields, "quality", "medium"),
        background=_settled(fields, "background", "opaque"),
        output_format=_format(fields),
        compression=fields.get("output_compression", 100),
        fidelity=fields.get("input_fidelity", "low"),
        frames=frames,
        frame_ms=fields.get("frame_duration_ms", 200),
        partials=fields.get("partial_images", 0) if fields.get("stream") else None,
        files=files,
        inputs=inputs,
        mask=mask,
        markup=markup,
        extras=extras,
    )


def _settled(fields: dict[str, Any], name: str, instead: str) -> str:
    value = fields.get(name, "auto")
    return instead if value == "auto" else value


def _format(fields: dict[str, Any]) -> str:
    return fields.get("output_format", "png")


# --- fields -------------------------------------------------------------------


def _known(
    endpoint: str, form: Form, world: World
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return documented fields, with numbers as numbers, and the others."""
    textual = endpoint != "generations"
    allowed = _FIELDS | ({"input_fidelity"} if textual else set())
    fields = nested(form.fields) if textual else dict(form.fields)
    extras = {name: fields.pop(name) for name in set(fields) - allowed}
    if extras and not world.other:
        name = min(extras)
        raise Rejected(
            f"Unknown parameter: '{name}'.", code="unknown_parameter", param=name
        )
    fields = {name: value for name, value in fields.items() if value is not None}
    if textual:
        for name in set(_NUMBERS) & set(fields):
            fields[name] = _number_from(name, fields[name])
        if "stream" in fields:
            fields["stream"] = _truth_from(fields["stream"])
    for name in set(_NUMBERS) & set(fields):
        if type(fields[name]) is not int:
            _wrong_type(name, "an integer")
    if type(fields.get("stream", False)) is not bool:
        _wrong_type("stream", "a boolean")
    return fields, extras


def _number_from(name: str, text: Any) -> int:
    if not re.fullmatch(r"-?\d{1,9}", str(text)):
        _wrong_type(name, "an integer")
    return int(text)


def _truth_from(text: Any) -> bool:
    if text not in {"true", "false"}:
        _wrong_type("stream", "a boolean")
    return text == "true"


def _wrong_type(name: str, wanted: str) -> None:
    raise Rejected(
        f"Invalid type for '{name}': expected {wanted}.",
        code="invalid_type",
        param=name,
    )


def _prompt(fields: dict[str, Any]) -> str:
    if "prompt" not in fields:
        raise Rejected(
            "Missing required parameter: 'prompt'.",
            code="missing_required_parameter",
            param="prompt",
        )
    prompt = fields["prompt"]
    if not isinstance(prompt, str):
        _wrong_type("prompt", "a string")
    if not prompt or len(prompt) > _MAX_PROMPT:
        raise Rejected(
            f"Invalid 'prompt': {len(prompt)} characters; expected 1 to {_MAX_PROMPT}.",
            code="string_above_max_length" if prompt else "empty_string",
            param="prompt",
        )
    return prompt


def _model(fields: dict[str, Any], world: World) -> tuple[str, Model]:
    name = fields.get("model")
    if not isinstance(name, str) or not name:
        raise Rejected(
            "You must provide a model parameter.",
            code="missing_required_parameter",
            param="model",
        )
    found = MODELS.get(name)
    if world.other or name in world.models:
        return name, ANYTHING if found is None or not found.family else found
    if found is None or (found.shutdown and found.shutdown <= world.today):
        raise Rejected(
            f"The model '{name}' does not exist or you do not have access to it.",
            status=404,
            code="model_not_found",
            param="model",
        )
    return name, found


# --- values -------------------------------------------------------------------


def _check_choices(endpoint: str, fields: dict[str, Any], model: Model) -> None:
    choices = {
        "quality": model.qualities,
        "background": ("transparent", "opaque", "auto"),
        "output_format": model.formats,
        "moderation": ("auto", "low"),
        "complexity": ("low", "medium", "high"),
    }
    for name, allowed in choices.items():
        if name in fields:
            _one_of(name, fields[name], allowed)
    if "complexity" in fields and not model.complexity:
        _unsupported("complexity")
    if endpoint == "edits" and "input_fidelity" in fields:
        if not model.fidelities:
            _unsupported("input_fidelity")
        _one_of("input_fidelity", fields["input_fidelity"], model.fidelities)


def _one_of(name: str, value: Any, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        words = ", ".join(f"'{each}'" for each in allowed)
        raise Rejected(
            f"Invalid value: '{value}'. Supported values are: {words}.", param=name
        )


def _unsupported(name: str) -> None:
    raise Rejected(f"'{name}' is not supported with this model.", param=name)


def _check_ranges(fields: dict[str, Any], model: Model) -> None:
    ranges = {
        "n": (1, 10),
        "output_compression": (0, 100),
        "partial_images": (0, 3),
        "frame_count": (2, 16),
        "frame_duration_ms": (1, 655_350),
    }
    for name, (least, most) in ranges.items():
        if name in fields and not least <= fields[name] <= most:
            raise Rejected(
                f"Invalid '{name}': {fields[name]} is not within {least} and {most}.",
                code="integer_out_of_range",
                param=name,
            )
    if "size" in fields:
        _check_size(fields["size"], model)


def _check_size(size: Any, model: Model) -> None:
    if size == "auto":
        return
    if model.sizes:
        _one_of("size", size, (*model.sizes, "auto"))
    found = re.fullmatch(r"([1-9]\d{0,4})x([1-9]\d{0,4})", str(size))
    if not found:
        raise Rejected(f"Invalid size: '{size}'.", param="size")
    width, height = int(found[1]), int(found[2])
    if model.lenient or model.sizes:
        return
    why = ""
    if width % 16 or height % 16:
        why = "width and height must be divisible by 16"
    elif max(width, height) > _MAX_EDGE:
        why = f"the longest edge must be {_MAX_EDGE} or less"
    elif max(width, height) > 3 * min(width, height):
        why = "the ratio must be between 1:3 and 3:1"
    elif not _MIN_PIXELS <= width * height <= _MAX_PIXELS:
        why = f"the area must be between {_MIN_PIXELS} and {_MAX_PIXELS} pixels"
    if why:
        raise Rejected(f"Invalid size '{size}': {why}.", param="size")


def _size(text: str, model: Model, inputs: tuple[Image.Image, ...]) -> tuple[int, int]:
    if text != "auto":
        width, height = text.split("x")
        return int(width), int(height)
    ratio = inputs[0].width / inputs[0].height if inputs else 1
    names = model.sizes or FIXED_SIZES
    sizes = [tuple(int(edge) for edge in name.split("x")) for name in names]
    width, height = min(sizes, key=lambda each: abs(each[0] / each[1] - ratio))
    return width, height


# --- combinations -------------------------------------------------------------


def _check_combinations(
    fields: dict[str, Any], model: Model, files: set[str], world: World
) -> None:
    form = _format(fields)
    if fields.get("background") == "transparent":
        if not model.transparent:
            raise Rejected(
                "Transparent background is not supported for this model.",
                param="background",
            )
        if form not in {"png", "webp"}:
            raise Rejected(
                f"Transparent background is not supported for '{form}'.",
                param="background",
            )
    if "output_compression" in fields and form not in {"jpeg", "webp"}:
        raise Rejected(
            f"'output_compression' is not supported with '{form}'.",
            param="output_compression",
        )
    _check_stream(fields, form)
    if form == "gif" and "mask" in files:
        raise Rejected("'gif' does not take a mask.", param="mask")
    for name in ("frame_count", "frame_duration_ms"):
        if name in fields and form != "gif":
            raise Rejected(f"'{name}' needs 'gif'.", param=name)
    _check_svg(fields, form, world)


def _check_stream(fields: dict[str, Any], form: str) -> None:
    if fields.get("partial_images") and not fields.get("stream"):
        raise Rejected("'partial_images' needs 'stream'.", param="partial_images")
    if fields.get("stream") and fields.get("n", 1) > 1:
        raise Rejected("'stream' gives one picture.", param="n")
    if form in {"gif", "svg"} and (fields.get("stream") or "partial_images" in fields):
        raise Rejected(f"'{form}' cannot be streamed.", param="stream")


def _check_svg(fields: dict[str, Any], form: str, world: World) -> None:
    if form == "svg" and fields.get("n", 1) != 1:
        raise Rejected("'svg' needs n=1.", param="n")
    if form == "svg" and world.svg_models and "svg" not in fields:
        raise Rejected("Missing 'svg.model'.", param="svg.model")
    if "svg" not in fields:
        return
    if form != "svg":
        raise Rejected("'svg' needs output_format 'svg'.", param="svg")
    if not world.svg_models:
        raise Rejected("'svg' is not enabled for this project.", param="svg")
    svg = fields["svg"]
    if not isinstance(svg, dict) or set(svg) - {"model", "reasoning"}:
        _wrong_type("svg", "an object")
    _one_of("svg.model", svg.get("model"), world.svg_models)
    effort = (svg.get("reasoning") or {}).get("effort")
    if effort is not None:
        _one_of("svg.reasoning.effort", effort, _EFFORTS)


# --- files --------------------------------------------------------------------


def _look(
    endpoint: str, form: Form, model: Model
) -> tuple[tuple[File, ...], tuple[Image.Image, ...], Any, Any]:
    """Return files with sizes, inputs, mask and markup."""
    if endpoint == "generations":
        return (), (), None, None
    _check_parts(form, model)
    looked = [look(each) for each in form.files if each.field in {"image", "image[]"}]
    inputs = tuple(picture for _, picture in looked)
    files = [file for file, _ in looked]
    mask = markup = None
    for each in form.files:
        if each.field == "mask":
            file, mask = look_at_mask(each, inputs[0].size)
            files.append(file)
        elif each.field == "markup":
            file, markup = look_at_markup(each, inputs[0].size)
            files.append(file)
    return tuple(files), inputs, mask, markup


def _check_parts(form: Form, model: Model) -> None:
    names = [each.field for each in form.files]
    strange = set(names) - {"image", "image[]", "mask", "markup"}
    if strange:
        name = min(strange)
        raise Rejected(
            f"Unknown parameter: '{name}'.", code="unknown_parameter", param=name
        )
    for name in ("image", "mask", "markup"):
        if names.count(name) > 1:
            raise Rejected(
                f"Duplicate parameter: '{name}'. You provided multiple values for this "
                "parameter, whereas only one is allowed; use the array syntax instead.",
                code="duplicate_parameter",
                param=name,
            )
    pictures = names.count("image") + names.count("image[]")
    if not pictures or {"image", "image[]"} <= set(names):
        raise Rejected(
            "Missing required parameter: 'image'.",
            code="missing_required_parameter",
            param="image",
        )
    if pictures > _MAX_INPUTS:
        raise Rejected(f"At most {_MAX_INPUTS} images.", param="image")
    if "markup" in names and not model.markup:
        _unsupported("markup")
    if {"mask", "markup"} <= set(names):
        raise Rejected("'markup' cannot be combined with 'mask'.", param="markup")


# --- the old endpoint ---------------------------------------------------------


def _check_variations(form: Form, world: World) -> Wanted:
    if not world.variations:
        raise Rejected(
            "This endpoint was retired. Use the edits endpoint and a prompt instead.",
            status=404,
            code=None,
        )
    strange = set(form.fields) - {"model", "n", "size", "user"}
    if strange:
        name = min(strange)
        raise Rejected(
            f"Unknown parameter: '{name}'.", code="unknown_parameter", param=name
        )
    if [each.field for each in form.files] != ["image"]:
        raise Rejected("Exactly one 'image'.", param="image")
    file, picture = look(form.files[0], below_mb=4)
    if file.media_type != "image/png" or picture.width != picture.height:
        raise Rejected("The image must be a square PNG.", param="image")
    size = form.fields.get("size", "1024x1024")
    _one_of("size", size, ("256x256", "512x512", "1024x1024"))
    n = _number_from("n", form.fields.get("n", "1"))
    _check_ranges({"n": n}, ANYTHING)
    edge = int(size.partition("x")[0])
    return Wanted(
        endpoint="variations",
        name=form.fields.get("model", "some-model"),
        model=ANYTHING,
        prompt="",
        size=(edge, edge),
        n=n,
        files=(file,),
        inputs=(picture,),
    )
