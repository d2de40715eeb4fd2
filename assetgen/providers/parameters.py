"""What a model takes and what it does not: `(request, model) -> findings`; pure.

The rules are written once for all models; what differs stands in the model's row of the
table. A finding names the request keys that are to blame, and `asking` finds the lines
of the spec that state them. What the service is known to refuse is an error here, so
that it is never sent.

Source: types and docstrings of openai-python 3.54.0, ``image_generate_params.py`` and
``image_edit_params.py``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from assetgen.naming import did_you_mean
from assetgen.providers.variation import variation_prompt
from assetgen.resolve.findings import quoted
from assetgen.values import Value

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterator, Mapping

    from assetgen.errors import Severity
    from assetgen.model import Drawn, Json, Size
    from assetgen.providers.models import Model, ModelTable

ENDS_SOON_DAYS: Final = 60
"""A model that ends within so many days is worth a warning."""

MAX_FRAME_MS: Final = 655_350
"""A gif cannot show a frame for longer."""

EFFORTS: Final = ("none", "minimal", "low", "medium", "high", "xhigh", "max")
"""How long the author of an svg may think."""

DEFAULT_FORMAT: Final = "png"
_SEE_THROUGH: Final = ("png", "webp")
_COMPRESSED: Final = ("jpeg", "webp")

Role: TypeAlias = Literal["drawn", "kept"]
"""Whether an asset's picture has to be drawn, or is there already."""


class Finding(Value, kw_only=True):
    """Something that a model does not take.

    Attributes:
        keys: Request keys that are to blame, the likeliest first; ``params.NAME`` for
            an entry of `params`.
        message: As `errors.Problem.message`; speaks of no asset.
    """

    code: str
    keys: tuple[str, ...]
    message: str
    hint: str | None = None
    severity: Severity = "error"


# --- the model itself ---------------------------------------------------------


def check_model(
    name: str, table: ModelTable, today: dt.date, role: Role, *, lifted: bool
) -> Finding | None:
    """Return what is wrong with naming a model.

    Args:
        name: As the spec names it.
        role: Of the asset: what need not be drawn needs no model.
        lifted: Whether the server may have models that the table does not have, or that
            ended; it is asked all the same then.
    """
    model = table.get(name)
    if model is None:
        return _unknown(name, table, role, lifted=lifted)
    end = model.shutdown
    if end is None or lifted:
        return None
    use = table.replacement(model)
    if table.is_shut_down(model, today):
        if role == "kept":
            return Finding(
                code="model-ended",
                keys=("model",),
                message=f"{name} was shut down on {end}; what it drew stays",
                hint=f"new draws need another model, for example {use}",
                severity="note",
            )
        return Finding(
            code="model-ended",
            keys=("model",),
            message=f"{name} was shut down on {end}; use {use}",
            hint=f"write `model: {use}`; a server that still has {name} can be named"
            " with --server",
        )
    left = (end - today).days
    if left > ENDS_SOON_DAYS:
        return None
    days = "tomorrow" if left == 1 else f"in {left} days"
    return Finding(
        code="model-ends",
        keys=("model",),
        message=f"{name} ends {days}, on {end}; use {use}",
        hint="what is drawn until then stays; changes later need another model",
        severity="warning" if role == "drawn" else "note",
    )


def _unknown(
    name: str, table: ModelTable, role: Role, *, lifted: bool
) -> Finding | None:
    if lifted or role == "kept":
        return Finding(
            code="unknown-model",
            keys=("model",),
            message=f"the model table does not know {quoted(name)}, so its parameters are not"
            " checked",
            hint="describe it in your config.toml to have them checked and priced",
            severity="note",
        )
    return Finding(
        code="unknown-model",
        keys=("model",),
        message=f"there is no model {quoted(name)}",
        hint=did_you_mean(name, table.names())
        or "`assetgen models` lists what there is; a server of your own can be named"
        " with --server",
    )


# --- parameters ---------------------------------------------------------------


class _Case(Value):
    """A request beside its model, as the rules look at them.

    Attributes:
        name: The model as the spec names it.
    """

    source: Drawn
    params: Mapping[str, Json]
    model: Model
    name: str
    table: ModelTable
    lifted: bool

    @property
    def format(self) -> str:
        """The format that the draw comes in."""
        return str(self.params.get("output_format", DEFAULT_FORMAT))

    @property
    def guide(self) -> str:
        """The key that makes a mask; empty without one."""
        if self.source.extend is not None:
            return "extend"
        return "mask" if self.source.mask is not None else ""


def check_parameters(
    source: Drawn,
    model: Model,
    name: str,
    table: ModelTable,
    *,
    lifted: bool = False,
) -> tuple[Finding, ...]:
    """Return what of a request a model does not take, however large its inputs are.

    Args:
        name: The model as the spec names it (or as it is sent, where nobody names one).
        lifted: See `check_model`.
    """
    if not model.described:
        return ()
    case = _Case(source, dict(source.params), model, name, table, lifted)
    rules = (
        _check_counts,
        _check_open_size,
        _check_quality,
        _check_format,
        _check_background,
        _check_inputs,
        _check_complexity,
        _check_gif,
        _check_svg,
        _check_seed,
    )
    return tuple(finding for rule in rules for finding in rule(case))


def _check_counts(case: _Case) -> Iterator[Finding]:
    prompt, limit = case.source.prompt, case.model.prompt_max_chars
    more = ""
    if case.source.operation == "vary":
        prompt = variation_prompt(prompt)
        more = " with the words that ask for variations"
    if len(prompt) > limit:
        yield Finding(
            code="prompt-too-long",
            keys=("prompt",),
            message=f"the prompt has {len(prompt):,} characters{more}, and"
            f" {case.name} takes {limit:,}",
        )
    if case.source.n > case.model.n_max:
        yield Finding(
            code="too-many-draws",
            keys=("n", "model"),
            message=f"{case.name} draws at most {case.model.n_max} pictures of a request",
        )


def _check_open_size(case: _Case) -> Iterator[Finding]:
    """Check the size of a request that says it itself."""
    if case.source.takes_size_of_input:
        return
    size = case.source.pixel_size
    if size is not None:
        finding = check_size(size, case.model, case.name)
        if finding is not None:
            yield finding
    elif not case.model.size.auto:
        yield Finding(
            code="bad-size",
            keys=("size", "model"),
            message=f"{case.name} has to be told a size",
            hint="write `size: WIDTHxHEIGHT`",
        )


def check_size(size: Size, model: Model, name: str) -> Finding | None:
    """Return what is wrong with asking a model for a size."""
    reason = model.size.allows(size)
    if reason is not None:
        nearest = model.size.nearest(size)
        return Finding(
            code="bad-size",
            keys=("size", "model"),
            message=f"{name} cannot draw {size}: {reason}",
            hint=f"the nearest size that it draws is {nearest}",
        )
    if model.size.is_experimental(size):
        return Finding(
            code="experimental-size",
            keys=("size", "model"),
            message=f"pictures as large as {size} are experimental on {name}",
            hint="up to 2560x1440 they are not",
            severity="warning",
        )
    return None


def _check_quality(case: _Case) -> Iterator[Finding]:
    quality, known = case.params.get("quality"), case.model.qualities
    if quality is None or quality in known:
        return
    other = _model_with(case, lambda each: quality in each.qualities)
    yield Finding(
        code="bad-quality",
        keys=("quality", "model"),
        message=f"{case.name} has no quality `{quality}`",
        hint=f"it has {_listed(known)}{_or_use(other)}",
    )


def _check_format(case: _Case) -> Iterator[Finding]:
    asked, known = case.format, case.model.output_formats
    if asked not in known:
        other = _model_with(case, lambda each: asked in each.output_formats)
        yield Finding(
            code="bad-format",
            keys=("output_format", "model"),
            message=f"{case.name} does not draw {asked}",
            hint=f"it draws {_listed(known)}{_or_use(other)}",
        )
    if "output_compression" in case.params and asked not in _COMPRESSED:
        yield Finding(
            code="bad-compression",
            keys=("output_compression", "output_format"),
            message="`output_compression` is for jpeg and webp, and the draw comes as"
            f" {asked}",
            hint="leave it out; `quality` on an output compresses what is published",
        )


def _check_background(case: _Case) -> Iterator[Finding]:
    if case.params.get("background") != "transparent":
        return
    if case.format not in _SEE_THROUGH:
        yield Finding(
            code="bad-background",
            keys=("background", "output_format"),
            message="a transparent background needs png or webp, and the draw comes as"
            f" {case.format}",
            hint="write `output_format: png`; outputs may be of any format all the same",
        )
    if case.model.transparency == "yes":
        return
    doubtful = case.model.transparency == "doubtful"
    other = _model_with(case, lambda each: each.transparency == "yes")
    yield Finding(
        code="bad-background",
        keys=("background", "model"),
        message=f"{case.name} refused transparent backgrounds lately"
        if doubtful
        else f"{case.name} draws no transparent backgrounds",
        hint=f"take a plain background and the step `key`{_or_use(other)}",
        severity="warning" if doubtful else "error",
    )


def _check_inputs(case: _Case) -> Iterator[Finding]:
    fidelity, known = case.params.get("input_fidelity"), case.model.input_fidelity
    if fidelity is not None:
        message, hint = "", "leave it out"
        if not case.source.inputs:
            message = "`input_fidelity` is for requests with inputs"
            hint = "state it where `inputs` are"
        elif not known:
            message = f"{case.name} takes no `input_fidelity`"
        elif fidelity not in known:
            message = f"{case.name} has no input fidelity `{fidelity}`"
            hint = f"it has {_listed(known)}"
        if message:
            yield Finding(
                code="bad-fidelity",
                keys=("input_fidelity",)
                if not case.source.inputs
                else ("input_fidelity", "model"),
                message=message,
                hint=hint,
            )
    if case.source.markup is not None and not case.model.markup:
        other = _model_with(case, lambda each: each.markup)
        yield Finding(
            code="bad-markup",
            keys=("markup", "model"),
            message=f"{case.name} takes no `markup`",
            hint=f"say in the prompt what is to change{_or_use(other)}",
        )


def _check_complexity(case: _Case) -> Iterator[Finding]:
    complexity, known = case.params.get("complexity"), case.model.complexity
    if complexity is None or complexity in known:
        return
    other = _model_with(case, lambda each: complexity in each.complexity)
    yield Finding(
        code="bad-complexity",
        keys=("complexity", "model"),
        message=f"{case.name} has no `complexity`"
        if not known
        else f"{case.name} has no complexity `{complexity}`",
        hint=f"{f'it has {_listed(known)}' if known else 'leave it out'}"
        f"{_or_use(other)}",
    )


# --- formats with rules of their own ------------------------------------------


def _check_gif(case: _Case) -> Iterator[Finding]:
    rule = case.model.gif
    drawn = case.format == "gif"
    least, most = rule.frames if rule is not None else (2, 16)
    ranges = {"frame_count": (least, most), "frame_duration_ms": (1, MAX_FRAME_MS)}
    for name, (low, high) in ranges.items():
        key = f"params.{name}"
        if key not in case.params:
            continue
        if not drawn:
            yield _for_format(case, key, "gif")
        elif not _is_within(case.params[key], low, high):
            yield Finding(
                code="bad-param",
                keys=(key,),
                message=f"`{name}` is a whole number from {low:,} to {high:,}",
            )
    if drawn and rule is not None and case.guide and "mask" in rule.excludes:
        yield Finding(
            code="bad-format",
            keys=("output_format", case.guide),
            message="a gif cannot be drawn through a mask",
            hint="draw a png, or edit the whole picture",
        )


def _check_svg(case: _Case) -> Iterator[Finding]:
    if "params.svg" in case.params:
        if case.format != "svg":
            yield _for_format(case, "params.svg", "svg")
        else:
            yield from _check_svg_author(case.params["params.svg"])
    rule = case.model.svg
    if case.format != "svg" or rule is None:
        return
    if case.source.n > rule.n_max:
        yield Finding(
            code="too-many-draws",
            keys=("n", "output_format"),
            message=f"an svg is drawn alone, and this asks for {case.source.n} draws",
            hint="write `n: 1`; a raised `revision` asks for another one",
        )


def _check_svg_author(value: Json) -> Iterator[Finding]:
    key, message = "params.svg", ""
    author = value if isinstance(value, dict) else {}
    reasoning = author.get("reasoning")
    if not isinstance(author.get("model"), str) or not author.keys() <= {
        "model",
        "reasoning",
    }:
        message = "`svg` is a map with `model`, and perhaps `reasoning`"
    elif reasoning is not None:
        effort = reasoning.get("effort") if isinstance(reasoning, dict) else None
        if effort not in EFFORTS or reasoning.keys() != {"effort"}:  # type: ignore[union-attr]  # a map, or its effort were None
            message = f"`reasoning` is a map with `effort`: {_listed(EFFORTS)}"
    if message:
        yield Finding(
            code="bad-param",
            keys=(key,),
            message=message,
            hint="for example `svg: {model: NAME, reasoning: {effort: low}}`",
        )


def _check_seed(case: _Case) -> Iterator[Finding]:
    if "params.seed" in case.params and not case.lifted:
        yield Finding(
            code="bad-param",
            keys=("params.seed", "model"),
            message=f"{case.name} takes no `seed`",
            hint="leave it out: what is drawn once stays, because the lock pins it",
        )


def _for_format(case: _Case, key: str, wanted: str) -> Finding:
    return Finding(
        code="bad-param",
        keys=(key, "output_format"),
        message=f"`{key.removeprefix('params.')}` is for {wanted}, and the draw comes as"
        f" {case.format}",
        hint=f"leave it out, or write `output_format: {wanted}`",
    )


def _is_within(value: Json, low: int, high: int) -> bool:
    whole = isinstance(value, int) and not isinstance(value, bool)
    return whole and low <= value <= high  # type: ignore[operator]  # a number by now


# --- words --------------------------------------------------------------------


def _model_with(case: _Case, has: Callable[[Model], bool]) -> str | None:
    """Return the model to propose for what this one lacks; the default one first."""
    table = case.table
    for each in (table.get(None), *table.models):
        if each is not None and each.described and each.shutdown is None and has(each):
            return each.id
    return None


def _or_use(model: str | None) -> str:
    return "" if model is None else f", or use {model}"


def _listed(words: tuple[str, ...]) -> str:
    *front, last = words
    return f"{', '.join(front)} and {last}" if front else last
