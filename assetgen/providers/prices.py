"""What requests cost: an estimate before the call, the actual price after it. Pure.

Money is counted in whole picodollars, which is what one token costs at a price of
0.000001 US dollars for a million: sums are exact, and only the last step rounds to a
float. Where a figure is not known the dearer one is taken, so that a budget holds.

Source: OpenAI image generation guide, "Cost and latency"; the pricing page. The table
says of each figure where it comes from.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from assetgen.model import Size
from assetgen.providers.base import Price
from assetgen.providers.models import Grid, Patches

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assetgen.model import Json
    from assetgen.providers.models import Model, TokenPrices
    from assetgen.requests import Request

_PICOS_IN_USD: Final = 10**12
_CHARACTERS_IN_TOKEN: Final = 4
_MOST_TOKENS: Final = 10**12
_SIZE: Final = re.compile(r"([1-9][0-9]{0,4})x([1-9][0-9]{0,4})", re.ASCII)
_LONGEST: Final = Size(3, 1)


def estimate(
    model: Model,
    request: Request,
    count: int,
    input_sizes: Sequence[Size | None] = (),
    *,
    partials: int = 0,
    size: Size | None = None,
    prompt: str | None = None,
) -> Price:
    """Return what `count` draws of `request` by `model` will cost.

    A size or quality that is left to the model counts as the dearest one there is; for
    the size these are the ones that are not experimental. A moving picture counts as so
    many pictures as it has frames, and a vector picture as the picture of pixels that
    it is made after: nothing is published about either. The mask is not counted as an input, the markup is.

    Args:
        count: At least 1. Text and inputs are paid once for each call, and a call
            brings as many draws as the model allows.
        input_sizes: Of the inputs in order, None where one is not known; if empty, none
            is. An unknown one counts as the dearest.
        partials: Partial pictures asked for with each draw.
        size: As it will be sent; by default what the request says.
        prompt: As it will be sent; by default what the request says.

    Returns:
        No amount where the table has no price, or no way of counting the tokens.
    """
    params = dict(request.params)
    prices, form = model.prices, params.get("output_format")
    size = size or _size_of(params.get("size"))
    quality = params.get("quality")
    counted = _picture_tokens(model, size, quality if isinstance(quality, str) else "")
    inputs = _tokens_of_inputs(model, request, input_sizes)
    if prices is None or counted is None or inputs is None:
        return Price(None, "estimate")
    tokens, is_open = counted
    if form == "gif":
        tokens *= _frames(model, params)
    calls = -(-count // _draws_of_call(model, form))
    words = request.prompt if prompt is None else prompt
    text_tokens = -(-len(words) // _CHARACTERS_IN_TOKEN)
    picos = (
        calls * text_tokens * _picos(prices.text_in)
        + calls * inputs * _picos(prices.image_in)
        + count * (tokens + partials * model.partial_tokens) * _picos(prices.image_out)
    )
    usd = picos / _PICOS_IN_USD
    if is_open or form == "gif":
        return Price(usd, "worst case")
    derived = not (
        isinstance(model.output_tokens, Grid) and model.output_tokens.factors
    )
    if derived and not inputs and not partials and form != "svg":
        return Price(usd, "formula")
    return Price(usd, "estimate")


def actual_cost(model: Model, usage: Json) -> float | None:
    """Return what a whole request cost, in US dollars, by the `usage` of its answer.

    Where the answer does not say what kind of tokens they were, input tokens count at
    the dearer of the two input prices and output tokens at the picture's. Words that
    came with the picture are charged where the table has a price for them.

    Returns:
        None where the table has no price, or the usage lacks a sum.
    """
    prices = model.prices
    if prices is None or not isinstance(usage, dict):
        return None
    total_in = _tokens(usage.get("input_tokens"))
    total_out = _tokens(usage.get("output_tokens"))
    if total_in is None or total_out is None:
        return None
    picos = _picos_in(prices, usage.get("input_tokens_details"), total_in)
    picos += _picos_out(prices, usage.get("output_tokens_details"), total_out)
    return picos / _PICOS_IN_USD


def output_tokens(model: Model, size: Size, quality: str) -> int | None:
    """Return the output tokens of one picture; None where the table cannot tell."""
    rule = model.output_tokens
    if rule is None:
        return None
    if isinstance(rule, Grid):
        grid, factor = dict(rule.cells).get(quality), dict(rule.factors).get(quality, 1)
        return None if grid is None else _by_grid(grid, size, factor)
    rows = {(word, listed): tokens for word, listed, tokens in rule.rows}
    return rows.get((quality, size))


def picture_usd(model: Model, size: Size, quality: str) -> float | None:
    """Return the price of one picture without its text and inputs, in US dollars."""
    tokens = output_tokens(model, size, quality)
    if tokens is None or model.prices is None:
        return None
    return tokens * _picos(model.prices.image_out) / _PICOS_IN_USD


def input_tokens(model: Model, size: Size | None, *, fidelity: str = "low") -> int:
    """Return the tokens of one input picture; 0 where nobody knows how they count.

    Args:
        size: None where it is not known: the dearest is returned.
        fidelity: The request's `input_fidelity`; only models that take it look at it.
    """
    rule = model.input_tokens
    if rule is None:
        return 0
    if isinstance(rule, Patches):
        if size is None:
            return rule.most
        across, down = -(-size.width // rule.side), -(-size.height // rule.side)
        return min(across * down, rule.most)
    shape = size or _LONGEST
    long, short = max(shape.width, shape.height), min(shape.width, shape.height)
    # The short side is one tile high, so the tiles are those along the long side.
    tokens = rule.base + rule.each * -(-long // short)
    if fidelity == "high" and "high" in model.input_fidelity:
        tokens += rule.high_square if long == short else rule.high_other
    return tokens


# --- tokens of the answer ---------------------------------------------------------


def _by_grid(grid: int, size: Size, factor: float) -> int:
    """Return the tokens by the formula, in whole numbers throughout."""
    long, short = max(size.width, size.height), min(size.width, size.height)
    rows = (2 * grid * short + long) // (2 * long)  # rounded, a half upwards
    scaled = grid * rows * (2_000_000 + size.width * size.height)
    tokens = -(-scaled // 4_000_000)
    thousandths = round(factor * 1000)
    return -(-tokens * thousandths // 1000)


def _picture_tokens(
    model: Model, size: Size | None, quality: str
) -> tuple[int, bool] | None:
    """Return the tokens of one picture, and whether the model chooses part of it."""
    if size is not None:
        known = output_tokens(model, size, quality)
        if known is not None:
            return known, False
    rule = model.output_tokens
    if rule is None:
        return None
    if isinstance(rule, Grid):
        listed = {word for word, _ in rule.cells}
    else:
        listed = {word for word, _, _ in rule.rows}
    qualities = {quality} if quality in listed else listed & set(model.qualities)
    sizes = model.size.dearest() if size is None else (size,)
    counts = [output_tokens(model, one, word) for one in sizes for word in qualities]
    found = [each for each in counts if each is not None]
    if not found and not isinstance(rule, Grid):
        # A size that is not listed: as dear as the dearest that is.
        found = [tokens for word, _, tokens in rule.rows if word in qualities]
    return (max(found), True) if found else None


def _frames(model: Model, params: dict[str, Json]) -> int:
    asked = params.get("params.frame_count")
    if isinstance(asked, int) and not isinstance(asked, bool) and asked > 0:
        return asked
    return 1 if model.gif is None else model.gif.default_frames


def _draws_of_call(model: Model, form: Json) -> int:
    return model.svg.n_max if form == "svg" and model.svg is not None else model.n_max


# --- tokens of the request --------------------------------------------------------


def _tokens_of_inputs(
    model: Model, request: Request, sizes: Sequence[Size | None]
) -> int | None:
    """Return the tokens of all pictures that go out; None where nobody can tell."""
    wanted = len(request.inputs)
    if not wanted:
        return 0
    if model.input_tokens is None:
        return None
    known = [*sizes[:wanted], *[None] * (wanted - len(sizes))]
    if request.markup is not None:
        known.append(known[0])  # as large as the first input
    fidelity = str(dict(request.params).get("input_fidelity", "low"))
    return sum(input_tokens(model, each, fidelity=fidelity) for each in known)


def _size_of(value: Json) -> Size | None:
    found = _SIZE.fullmatch(value) if isinstance(value, str) else None
    return None if found is None else Size(int(found[1]), int(found[2]))


# --- money ------------------------------------------------------------------------


def _picos(usd_per_million: float) -> int:
    """Return the price of one token in picodollars."""
    return round(usd_per_million * 1_000_000)


def _tokens(value: Json) -> int | None:
    """Return a number of tokens as a provider states it; None if it is none."""
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if 0 <= value <= _MOST_TOKENS else None


def _detail(details: Json, name: str) -> int | None:
    return _tokens(details.get(name)) if isinstance(details, dict) else None


def _picos_in(prices: TokenPrices, details: Json, total: int) -> int:
    text = _detail(details, "text_tokens") or 0
    image = _detail(details, "image_tokens") or 0
    # What the details do not name may have been either.
    unnamed = max(0, total - text - image)
    dearer = max(prices.text_in, prices.image_in)
    return (
        text * _picos(prices.text_in)
        + image * _picos(prices.image_in)
        + unnamed * _picos(dearer)
    )


def _picos_out(prices: TokenPrices, details: Json, total: int) -> int:
    image = _detail(details, "image_tokens")
    if image is None:
        return total * _picos(prices.image_out)
    text = _detail(details, "text_tokens") or 0
    return image * _picos(prices.image_out) + text * _picos(prices.text_out or 0.0)
