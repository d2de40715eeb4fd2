"""Read request parameters, and settle which of several voices is heard."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from assetgen.catalog import REQUEST_KEYS
from assetgen.model import Size
from assetgen.resolve.values import read_choice, read_size
from assetgen.values import Value

if TYPE_CHECKING:
    from collections.abc import Mapping

    from assetgen.model import Json
    from assetgen.resolve.findings import Findings
    from assetgen.spans import Place

_PLAIN_KEYS: Final = frozenset(REQUEST_KEYS) - {"params"}
_OWN_KEYS: Final = _PLAIN_KEYS | {"n", "prompt", "mask", "markup"}
_ELSEWHERE: Final = {
    **{key: f"`{key}` is a key of the asset itself" for key in _OWN_KEYS},
    **dict.fromkeys(
        ("image", "images", "image_url", "image_urls", "mask_url", "input_image"),
        "pictures that go out are files or assets, listed in `inputs`",
    ),
    **dict.fromkeys(
        (
            "api_base",
            "api_key",
            "api_version",
            "authorization",
            "base_url",
            "custom_llm_provider",
            "extra_body",
            "extra_headers",
            "extra_query",
            "fallbacks",
            "headers",
            "litellm_params",
            "organization",
            "timeout",
            "webhook",
            "webhook_url",
        ),
        "who is asked, and how, is the user's setting: see `assetgen doctor`",
    ),
    "stream": "pictures on the way are asked for with --partials",
    "partial_images": "pictures on the way are asked for with --partials",
}
"""What is no further parameter, and where it belongs.

Servers that pass requests on take some of these in the body, and would send the request,
with a key of theirs, wherever it says.
"""

_OUTSIDE_KEY: Final = ("provider", "model", "moderation")

_CHOICES: Final[Mapping[str, tuple[str, ...]]] = {
    "quality": ("low", "medium", "high", "xhigh", "max", "auto", "standard", "hd"),
    "background": ("transparent", "opaque", "auto"),
    "moderation": ("auto", "low"),
    "input_fidelity": ("low", "high"),
    "complexity": ("low", "medium", "high"),
    "output_format": ("png", "jpeg", "webp", "gif", "svg"),
}
"""Words that some model takes; which one takes which is checked while planning."""

_OLD_QUALITY: Final = {"standard": "medium", "hd": "high"}
_OLD_PARAMS: Final = {
    "response_format": "pictures always come as data; leave it out",
    "style": "say the style in the prompt",
}


class Parameters(Value):
    """Request parameters after all voices were heard.

    Attributes:
        model: None where nobody names one.
        params: Sorted, without provider, model and moderation.
        pixel_size: The size, when it is given as WxH.
    """

    provider: str
    model: str | None
    moderation: str | None
    params: tuple[tuple[str, Json], ...]
    pixel_size: Size | None


def read_parameters(
    raw: Mapping[str, Json], place: Place, found: Findings
) -> dict[str, Json]:
    """Return the request parameters of a map, with ``params.NAME`` laid flat.

    Keys that are no request parameters are passed over.
    """
    values = {key: raw[key] for key in raw if key in _PLAIN_KEYS}
    for key in ("provider", "model", "moderation"):
        if key in values and not isinstance(values[key], str):
            found.wrong_type("text", values.pop(key), place.at(key))
    for key, choices in _CHOICES.items():
        if (
            key in values
            and read_choice(values[key], choices, place.at(key), found) is None
        ):
            del values[key]
    _check_size(values, place, found)
    _check_quality(values.get("quality"), place.at("quality"), found)
    extra = raw.get("params")
    if isinstance(extra, dict):
        inside = place.at("params")
        for name, value in extra.items():
            if _is_param(name, value, inside, found):
                values[f"params.{name}"] = value
    elif extra is not None:
        found.wrong_type("a map of parameters", extra, place.at("params"))
    return values


def _check_size(values: dict[str, Json], place: Place, found: Findings) -> None:
    size = values.get("size", "auto")
    if size != "auto" and read_size(size, place.at("size"), found) is None:
        del values["size"]


def _check_quality(value: Json, place: Place, found: Findings) -> None:
    replacement = _OLD_QUALITY.get(value) if isinstance(value, str) else None
    if replacement is not None:
        found.error(
            "outdated-value",
            f"the quality `{value}` was for models that are gone",
            place,
            hint=f"write `{replacement}`",
        )


def _is_param(name: str, value: Json, place: Place, found: Findings) -> bool:
    """Tell whether a parameter may be passed through; report it if not."""
    if name == "quality" and value in _OLD_QUALITY:
        _check_quality(value, place.at(name), found)
    elif name in _OLD_PARAMS:
        found.error(
            "outdated-value",
            f"`{name}` is not a parameter of current models",
            place.key(name),
            hint=_OLD_PARAMS[name],
        )
    elif (known := name.lower().replace("-", "_")) in _ELSEWHERE:
        found.error(
            "bad-param",
            f"`{name}` is not passed through `params`",
            place.key(name),
            hint=_ELSEWHERE[known],
        )
    else:
        return True
    return False


def settle(
    provider: str,
    defaults: Mapping[str, Json],
    own: Mapping[str, Json],
    profile: Mapping[str, Json],
) -> Parameters:
    """Return the parameters of one request: the profile over `own` over defaults.

    All three are results of `read_parameters`; `provider` is settled already.
    """
    values = {**defaults, **own, **profile}
    size = values.get("size")
    model = values.get("model")
    moderation = values.get("moderation")
    return Parameters(
        provider,
        model if isinstance(model, str) else None,
        moderation if isinstance(moderation, str) else None,
        tuple((key, values[key]) for key in sorted(values) if key not in _OUTSIDE_KEY),
        None if size is None or size == "auto" else _size(size),
    )


def _size(value: Json) -> Size:
    width, _, height = str(value).partition("x")
    return Size(int(width), int(height))
