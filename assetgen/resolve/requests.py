"""Read what an asset asks of a provider."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Final

from assetgen.catalog import REQUEST_KEYS
from assetgen.errors import Problem
from assetgen.model import Drawn
from assetgen.resolve.findings import quoted
from assetgen.resolve.masks import read_extend, read_mask
from assetgen.resolve.parameters import read_parameters, settle
from assetgen.resolve.paths import normal_path
from assetgen.resolve.refs import MAX_DRAWS, read_ref, read_refs
from assetgen.resolve.settings import provider_of
from assetgen.resolve.templates import MAX_TEXT_LENGTH, fill
from assetgen.resolve.values import read_choice, read_flag, read_integer

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Literal

    from assetgen.model import Extend, Json, Mask, Operation, Ref, Refs
    from assetgen.resolve.parameters import Parameters
    from assetgen.resolve.scope import Scope

_ASKING_KEYS: Final = frozenset(REQUEST_KEYS)

MAX_INPUTS: Final = 16
MAX_REVISION: Final = 1_000_000_000

EDIT_KEYS: Final = ("mask", "extend", "outside", "markup")
DRAW_KEYS: Final = frozenset(
    (*REQUEST_KEYS, *EDIT_KEYS, "inputs", "n", "revision", "frozen")
)
"""Keys that only a drawn asset can have, beside `prompt` and `variations_of`."""


def read_drawn(raw: Mapping[str, Json], scope: Scope) -> Drawn:
    """Return the request of a `prompt` or `variations_of` asset.

    What is wrong is reported; the value is then only good for reading on.
    """
    operation, inputs = _read_inputs(raw, scope)
    prompt = _read_prompt(raw, scope)
    asked, stated = _read_request(raw, scope)
    if DRAW_KEYS.isdisjoint(raw):
        return Drawn(
            operation=operation,
            provider=asked.provider,
            model=asked.model,
            prompt=prompt,
            params=asked.params,
            moderation=asked.moderation,
            inputs=inputs,
            pixel_size=asked.pixel_size,
        )
    mask, extend, outside = _read_edit(raw, operation, scope)
    markup = None
    if "markup" in raw and operation == "edit":
        markup = _read_markup(raw, scope)
    place, found = scope.place, scope.found
    draws = read_integer(raw.get("n", 1), 1, MAX_DRAWS, place.at("n"), found)
    revision = read_integer(
        raw.get("revision", 0), 0, MAX_REVISION, place.at("revision"), found
    )
    frozen = read_flag(raw.get("frozen", False), place.at("frozen"), found)
    return Drawn(
        operation=operation,
        provider=asked.provider,
        model=asked.model,
        prompt=prompt,
        params=asked.params,
        moderation=asked.moderation,
        inputs=inputs,
        mask=mask,
        extend=extend,
        outside=outside,
        markup=markup,
        n=draws or 1,
        revision=revision or 0,
        frozen=frozen or False,
        pixel_size=asked.pixel_size,
        stated=stated,
    )


def _read_request(
    raw: Mapping[str, Json], scope: Scope
) -> tuple[Parameters, tuple[str, ...]]:
    """Return the request's parameters, and which of them are the asset's own word."""
    settings = scope.settings
    if _ASKING_KEYS.isdisjoint(raw):
        return settings.request, ()
    own = read_parameters(raw, scope.place, scope.found)
    asked = settle(
        provider_of(settings, own), settings.defaults, own, settings.overrides
    )
    return asked, tuple(key for key in own if key not in settings.overrides)


def _read_inputs(
    raw: Mapping[str, Json], scope: Scope
) -> tuple[Operation, tuple[Refs, ...]]:
    place, found = scope.place, scope.found
    if "variations_of" in raw:
        if "inputs" in raw:
            found.error(
                "inputs-with-variations",
                "`variations_of` already names the one input",
                place.key("inputs"),
                hint="use `prompt` with `inputs` to draw from several pictures",
            )
        ref = read_ref(raw["variations_of"], place.at("variations_of"), found)
        return "vary", () if ref is None else (ref,)
    if "inputs" not in raw:
        return "generate", ()
    refs = read_refs(raw["inputs"], place.at("inputs"), found)
    if not raw["inputs"] or len(refs) > MAX_INPUTS:
        found.error(
            "bad-value",
            f"`inputs` lists 1 to {MAX_INPUTS} pictures",
            place.at("inputs"),
        )
    return "edit", refs


def _read_prompt(raw: Mapping[str, Json], scope: Scope) -> str:
    value = raw.get("prompt")
    if isinstance(value, dict):
        value = _read_prompt_file(value.get("file"), scope)
        if value is None:
            return ""
    if value is None and "variations_of" in raw:
        return ""
    if not isinstance(value, str):
        scope.found.wrong_type("the text of a prompt", value, scope.place.at("prompt"))
        return ""
    if "\r" in value:
        value = value.replace("\r\n", "\n").replace("\r", "\n")
    if not value.isascii():
        value = unicodedata.normalize("NFC", value)
    if not value.strip():
        scope.found.error(
            "empty-prompt", "the prompt is empty", scope.place.at("prompt")
        )
    if len(value) > MAX_TEXT_LENGTH:
        scope.found.error(
            "too-long",
            f"the prompt has {len(value):,} characters; "
            f"{MAX_TEXT_LENGTH:,} are allowed",
            scope.place.at("prompt"),
        )
        return ""
    return value


def _read_prompt_file(raw: Json, scope: Scope) -> str | None:
    """Return a prompt file's text, templates filled in; None after a problem."""
    place = scope.place.at("prompt", "file")
    path = normal_path(raw, place)
    if isinstance(path, Problem):
        scope.found.problems.append(path)
        return None
    scope.files.append(path)
    text = scope.read_text(path)
    if isinstance(text, Problem):
        scope.found.problems.append(_placed(text, scope))
        return None
    before = len(scope.found.problems)
    filled = fill(text, scope.names, place, scope.found)
    if len(scope.found.problems) > before:
        return None
    if not filled.strip():
        scope.found.error(
            "empty-prompt", f"the prompt file {quoted(path)} is empty", place
        )
        return None
    return filled


def _placed(problem: Problem, scope: Scope) -> Problem:
    """Return a problem of reading a file with the place that names the file."""
    if problem.place is not None:
        return problem
    return Problem(
        problem.code,
        problem.message,
        scope.place.at("prompt", "file"),
        problem.hint,
        problem.related,
        problem.severity,
        problem.exit_code,
    )


def _no_inputs_for(key: str, operation: Operation, scope: Scope) -> None:
    """Report a key that is about the first input of an edit."""
    place, found = scope.place, scope.found
    if operation == "vary":
        found.error(
            "needs-inputs",
            f"a variation is of the whole picture, so it takes no `{key}`",
            place.key(key),
            hint="write `inputs` and a `prompt` instead of `variations_of`",
        )
        return
    found.error(
        "needs-inputs",
        f"`{key}` speaks of the first input, and there are no `inputs`",
        place.key(key),
        hint="name the picture to edit under `inputs`",
    )


def _read_edit(
    raw: Mapping[str, Json], operation: Operation, scope: Scope
) -> tuple[Mask | None, Extend | None, Literal["keep", "accept"]]:
    place, found = scope.place, scope.found
    if operation != "edit":
        for key in EDIT_KEYS:
            if key in raw:
                _no_inputs_for(key, operation, scope)
        return None, None, "keep"
    if "mask" in raw and "extend" in raw:
        found.error(
            "mask-with-extend",
            "`extend` makes its own mask, so it cannot be joined with `mask`",
            place.key("mask"),
            hint="extend in one asset, and edit that asset through a mask in a second",
        )
        return None, None, "keep"
    if "outside" in raw and "mask" not in raw and "extend" not in raw:
        found.warning(
            "no-effect",
            "`outside` says nothing without `mask` or `extend`",
            place.key("outside"),
        )
    if "extend" in raw and raw.get("size", "auto") != "auto":
        found.warning(
            "no-effect",
            "`size` says nothing beside `extend`: the extended picture's is asked for",
            place.key("size"),
        )
    mask = read_mask(raw["mask"], place.at("mask"), found) if "mask" in raw else None
    extend = None
    if "extend" in raw:
        extend = read_extend(raw["extend"], place.at("extend"), found)
    outside = read_choice(
        raw.get("outside", "keep"), ("keep", "accept"), place.at("outside"), found
    )
    return mask, extend, "accept" if outside == "accept" else "keep"


def _read_markup(raw: Mapping[str, Json], scope: Scope) -> Ref | None:
    place, found = scope.place, scope.found
    ref = read_ref(raw["markup"], place.at("markup"), found)
    for key in ("mask", "extend"):
        if key in raw:
            made = "a mask" if key == "mask" else "`extend`, which makes a mask"
            found.error(
                "markup-with-mask",
                f"`markup` cannot go out with {made}",
                place.key("markup"),
                hint="draw the directions in one asset, and edit that one through the"
                " mask in a second",
                related=((place.key(key), "the other"),),
            )
    return ref
