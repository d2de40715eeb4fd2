"""Prices: the estimate before a call, and the actual cost after it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assetgen.model import Size
from assetgen.providers.models import built_in_table
from assetgen.providers.prices import (
    actual_cost,
    estimate,
    input_tokens,
    output_tokens,
    picture_usd,
)
from assetgen.requests import Request

TABLE = built_in_table()
SIZES = (
    *("1024x1024", "1024x1536", "1536x1024", "1536x864", "2048x2048", "2048x1152"),
    *("2560x1440", "3840x2160", "2160x3840"),
)
# Published list prices and readings, by cells of the grid, in the order of SIZES.
BY_GRID = {
    16: (196, 158, 158, 120, 397, 157, 205, 371, 371),
    24: (439, 343, 343, 280, 892, 367, 478, 865, 865),
    48: (1756, 1372, 1372, 1078, 3568, 1413, 1843, 3336, 3336),
    64: (3122, 2459, 2459, 1917, 6343, 2511, 3276, 5930, 5930),
    96: (7024, 5488, 5488, 4312, 14272, 5650, 7370, 13342, 13342),
}
GRIDS = {
    "gpt-image-2": {"low": 16, "medium": 48, "high": 96},
    "gpt-image-2.5-flare": {
        "low": 16,
        "medium": 24,
        "high": 48,
        "xhigh": 64,
        "max": 96,
    },
}
GRIDS["gpt-image-2.5-sunburst"] = GRIDS["gpt-image-2.5-flare"]
LISTED = [
    (model, quality, size, tokens)
    for model, qualities in GRIDS.items()
    for quality, grid in qualities.items()
    for size, tokens in zip(SIZES, BY_GRID[grid], strict=True)
]
BY_TABLE = {
    "low": {"1024x1024": 272, "1024x1536": 408, "1536x1024": 400},
    "medium": {"1024x1024": 1056, "1024x1536": 1584, "1536x1024": 1568},
    "high": {"1024x1024": 4160, "1024x1536": 6240, "1536x1024": 6208},
}
OLDER = ("gpt-image-1.5", "gpt-image-1-mini", "chatgpt-image-latest", "gpt-image-1")
EXACT = ("gpt-image-2", "gpt-image-2.5-flare", *OLDER)
ALL_ALLOWED = [Size(w, h) for w in range(816, 2881, 688) for h in range(816, 2881, 688)]


def model(name):
    """Return a model of the built-in table."""
    found = TABLE.get(name)
    assert found is not None
    return found


def size(text):
    """Return the size that `WxH` means."""
    width, height = text.split("x")
    return Size(int(width), int(height))


def request(prompt="a cat!!!", inputs=0, markup=None, **params):
    """Return a request; two underscores stand for the dot of `params.NAME`."""
    return Request(
        operation="edit" if inputs else "generate",
        provider="openai",
        model=None,
        prompt=prompt,
        params=tuple(sorted((key.replace("__", "."), v) for key, v in params.items())),
        inputs=tuple(f"picture {number}" for number in range(inputs)),
        markup=markup,
    )


# --- output tokens ----------------------------------------------------------------


@pytest.mark.parametrize(("name", "quality", "text", "tokens"), LISTED)
def test_the_formula_gives_every_listed_count(name, quality, text, tokens):
    """Of 2 and 2.5 the formula is exact on all counts that were published."""
    assert output_tokens(model(name), size(text), quality) == tokens


@pytest.mark.parametrize("name", OLDER)
def test_older_models_have_the_counts_of_the_table(name):
    """1.x: the nine counts of the guide, and none for other sizes."""
    for quality, sizes in BY_TABLE.items():
        for text, tokens in sizes.items():
            assert output_tokens(model(name), size(text), quality) == tokens
    assert output_tokens(model(name), Size(512, 512), "low") is None


def test_the_newest_models_count_by_factors_over_the_models_before():
    """2.6: 4.3 times at low, 4 times at medium, the same from high on; rounded up."""
    newest, before = model("gpt-image-2.6-flare"), model("gpt-image-2.5-flare")
    square = Size(1024, 1024)
    assert output_tokens(newest, square, "low") == 843  # 196 * 4.3 = 842.8
    assert output_tokens(newest, square, "medium") == 439 * 4
    for quality in ("high", "xhigh", "max"):
        expected = output_tokens(before, square, quality)
        assert output_tokens(newest, square, quality) == expected


@pytest.mark.parametrize(
    ("name", "text", "quality", "usd"),
    [
        ("gpt-image-1", "1024x1024", "low", 0.011),
        ("gpt-image-1", "1024x1536", "high", 0.25),
        ("gpt-image-1", "1536x1024", "medium", 0.063),
        ("gpt-image-1.5", "1024x1024", "high", 0.133),
        ("gpt-image-1.5", "1536x1024", "low", 0.013),
        ("gpt-image-1-mini", "1024x1024", "medium", 0.008),
        ("gpt-image-2", "1024x1024", "high", 0.211),
        ("gpt-image-2", "1024x1536", "low", 0.005),
        ("gpt-image-2.5-flare", "1024x1024", "medium", 0.013),
    ],
)
def test_one_picture_costs_what_price_lists_say(name, text, quality, usd):
    """Tokens times price is the list price to the tenth of a cent."""
    found = picture_usd(model(name), size(text), quality)
    assert found == pytest.approx(usd, abs=0.0006)


# --- estimates --------------------------------------------------------------------


def test_an_estimate_of_a_plain_request_is_exact():
    """Text at 4 characters a token, tokens of the formula, each at its price."""
    asked = request("x" * 41, size="1024x1024", quality="high")
    found = estimate(model("gpt-image-2.5-flare"), asked, 3)
    assert found.kind == "formula"
    assert found.usd == (11 * 5 + 3 * 1756 * 30) / 1_000_000


@pytest.mark.parametrize("name", EXACT)
def test_only_what_is_derived_throughout_is_called_a_formula(name):
    """2, 2.5 and 1.x with size and quality said, and nothing sent along."""
    asked = request(size="1024x1024", quality="low")
    assert estimate(model(name), asked, 1).kind == "formula"
    assert estimate(model(name), asked, 1, partials=1).kind == "estimate"
    edit = request(inputs=1, size="1024x1024", quality="low")
    assert estimate(model(name), edit, 1).kind == "estimate"


def test_the_newest_models_are_always_estimated():
    """Nobody knows their formula."""
    asked = request(size="1024x1024", quality="high")
    assert estimate(model("gpt-image-2.6-flare"), asked, 1).kind == "estimate"


@pytest.mark.parametrize(
    "left_open",
    [
        {"quality": "low"},
        {"size": "auto", "quality": "low"},
        {"size": "1024x1024"},
        {"size": "1024x1024", "quality": "auto"},
        {},
    ],
)
@pytest.mark.parametrize("name", [*EXACT, "gpt-image-2.6-sunburst"])
def test_what_is_left_to_the_model_counts_as_the_worst_case(name, left_open):
    """No size or quality that the model may choose costs more than the estimate."""
    found = estimate(model(name), request(**left_open), 1)
    assert found.kind == "worst case"
    rule = model(name).size
    sizes = [size("1024x1024")]
    if left_open.get("size", "auto") == "auto":
        sizes += [one for one in rule.fixed or ALL_ALLOWED if not rule.allows(one)]
        sizes = [one for one in sizes if not rule.is_experimental(one)]
    chosen = left_open.get("quality", "auto")
    qualities = model(name).qualities if chosen == "auto" else (chosen,)
    for one in sizes:
        for quality in qualities:
            if quality != "auto":
                said = request(size=str(one), quality=quality)
                assert estimate(model(name), said, 1).usd <= found.usd


def test_the_worst_case_of_a_free_size_is_the_largest_plain_square():
    """1920x1920 is the largest square that is not experimental."""
    newest = model("gpt-image-2.6-flare")
    free = estimate(newest, request(quality="max"), 1)
    square = estimate(newest, request(size="1920x1920", quality="max"), 1)
    assert free.usd == square.usd


def test_the_size_that_will_be_sent_goes_before_the_one_of_the_request():
    """An edit of a part of a picture is asked for in the picture's size."""
    asked = request(size="auto", quality="low")
    found = estimate(model("gpt-image-2"), asked, 1, size=Size(1024, 1536))
    assert found.kind == "formula"
    assert found.usd == (2 * 5 + 158 * 30) / 1_000_000


def test_a_size_that_no_table_lists_counts_as_the_dearest():
    """A model with other sizes on somebody's own server is not cheaper than known."""
    found = estimate(model("gpt-image-1.5"), request(size="512x512", quality="low"), 1)
    assert found.kind == "worst case"
    assert found.usd == (2 * 5 + 408 * 32) / 1_000_000


def test_text_and_inputs_are_paid_once_for_each_call():
    """Twelve draws are two calls of at most ten."""
    newest = model("gpt-image-2.5-flare")
    asked = request(inputs=1, size="1024x1024", quality="low")
    found = estimate(newest, asked, 12, [Size(64, 64)])
    assert found.usd == (2 * (2 * 5 + 4 * 8) + 12 * 196 * 30) / 1_000_000


def test_partial_pictures_cost_a_hundred_tokens_each():
    """Also for each draw."""
    asked = request(size="1024x1024", quality="low")
    plain = estimate(model("gpt-image-2"), asked, 2)
    shown = estimate(model("gpt-image-2"), asked, 2, partials=3)
    assert shown.usd == pytest.approx(plain.usd + 2 * 3 * 100 * 30 / 1e6, abs=1e-12)


def test_a_moving_picture_counts_as_all_its_frames():
    """Nine frames by default; as a worst case, since nothing is published."""
    newest = model("gpt-image-2.6-flare")
    still = estimate(newest, request("", size="1024x1024", quality="low"), 1)
    moving = request("", size="1024x1024", quality="low", output_format="gif")
    four = request(
        "",
        size="1024x1024",
        quality="low",
        output_format="gif",
        params__frame_count=4,
    )
    assert estimate(newest, moving, 1).kind == "worst case"
    assert estimate(newest, moving, 1).usd == pytest.approx(still.usd * 9, abs=1e-12)
    assert estimate(newest, four, 1).usd == pytest.approx(still.usd * 4, abs=1e-12)


def test_each_vector_picture_is_a_call_of_its_own():
    """So its text is paid each time."""
    newest = model("gpt-image-2.6-flare")
    asked = request(size="1024x1024", quality="high", output_format="svg")
    found = estimate(newest, asked, 2)
    assert found.kind == "estimate"
    assert found.usd == (2 * 2 * 5 + 2 * 1756 * 30) / 1_000_000


@pytest.mark.parametrize("name", ["dall-e-2", "dall-e-3"])
def test_a_model_without_a_price_has_none(name):
    """Neither before nor after."""
    found = estimate(model(name), request(), 1)
    assert (found.usd, found.kind) == (None, "estimate")
    assert actual_cost(model(name), {"input_tokens": 1, "output_tokens": 1}) is None


# --- inputs -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("across", "down", "tokens"),
    [
        (32, 32, 1),
        (33, 32, 2),
        (64, 64, 4),
        (1024, 1024, 1024),
        (1024, 1536, 1536),
        (3840, 2160, 1536),
        (1, 1, 1),
    ],
)
def test_inputs_of_newer_models_count_by_patches(across, down, tokens):
    """2.x: squares of 32 pixels, at most 1536 of them."""
    assert input_tokens(model("gpt-image-2"), Size(across, down)) == tokens


@pytest.mark.parametrize(
    ("text", "fidelity", "tokens"),
    [
        ("1024x1024", "low", 194),
        ("1024x1024", "high", 194 + 4160),
        ("1024x1536", "low", 323),
        ("1536x1024", "high", 323 + 6240),
        ("300x900", "low", 452),
    ],
)
def test_inputs_of_older_models_count_by_tiles(text, fidelity, tokens):
    """1.x: the short side becomes one tile; high fidelity costs on top."""
    found = input_tokens(model("gpt-image-1.5"), size(text), fidelity=fidelity)
    assert found == tokens


def test_high_fidelity_costs_nothing_where_the_model_has_none():
    """The small model takes low only."""
    small = model("gpt-image-1-mini")
    assert input_tokens(small, Size(8, 8), fidelity="high") == 194


def test_inputs_of_unknown_size_count_as_the_dearest():
    """Both where nothing is said of one, and where nothing is said of any."""
    newest = model("gpt-image-2.5-flare")
    asked = request(inputs=2, size="1024x1024", quality="low")
    expected = (2 * 5 + 2 * 1536 * 8 + 196 * 30) / 1_000_000
    assert estimate(newest, asked, 1).usd == expected
    assert estimate(newest, asked, 1, [None, None]).usd == expected
    less = estimate(newest, asked, 1, [Size(32, 32), None]).usd
    assert less == (2 * 5 + 1537 * 8 + 196 * 30) / 1_000_000


def test_markup_counts_as_an_input_as_large_as_the_first():
    """It is a picture that the model looks at."""
    asked = request(inputs=1, markup="m", size="1024x1024", quality="low")
    found = estimate(model("gpt-image-2.5-flare"), asked, 1, [Size(64, 32)])
    assert found.usd == (2 * 5 + 4 * 8 + 196 * 30) / 1_000_000


# --- properties -------------------------------------------------------------------

EDGE = st.integers(1, 240).map(lambda n: n * 16)
NAMES = st.sampled_from([*EXACT, "gpt-image-2.6-flare"])


@given(NAMES, st.integers(1, 30), st.integers(0, 400), st.integers(0, 3))
def test_more_of_anything_never_costs_less(name, count, characters, inputs):
    """Draws, text, inputs and partial pictures only add to the price."""
    one = model(name)

    def usd(count, characters, inputs, partials=0):
        asked = request("x" * characters, inputs, size="1024x1024", quality="low")
        return estimate(one, asked, count, partials=partials).usd

    base = usd(count, characters, inputs)
    assert base > 0
    assert usd(count + 1, characters, inputs) > base
    assert usd(count, characters + 1, inputs) >= base
    assert usd(count, characters, inputs + 1) > base
    assert usd(count, characters, inputs, partials=1) > base


@given(EDGE, EDGE, st.sampled_from(["gpt-image-2.5-flare", "gpt-image-2.6-flare"]))
def test_a_better_quality_never_costs_less_and_a_turned_picture_the_same(
    width, height, name
):
    """Along low, medium, high, xhigh, max; but 2.6's low and medium are guesses."""
    one = model(name)
    words = ("low", "medium", "high", "xhigh", "max")
    if one.output_tokens.factors:
        words = words[2:]
    counts = [output_tokens(one, Size(width, height), word) for word in words]
    assert counts == sorted(counts)
    turned = [output_tokens(one, Size(height, width), word) for word in words]
    assert turned == counts


# --- after the call ---------------------------------------------------------------


def usage(text=12, image=0, out=1372, **more):
    """Return a usage as the service words it."""
    return {
        "input_tokens": text + image,
        "output_tokens": out,
        "total_tokens": text + image + out,
        "input_tokens_details": {"text_tokens": text, "image_tokens": image},
        "output_tokens_details": {"image_tokens": out, "text_tokens": 0},
        **more,
    }


def test_the_actual_cost_is_what_the_usage_says():
    """A recorded generation of gpt-image-2, and an edit: text, image, picture."""
    two = model("gpt-image-2")
    assert actual_cost(two, usage()) == (12 * 5 + 1372 * 30) / 1_000_000
    edit = usage(text=30, image=1024, out=7024)
    assert actual_cost(two, edit) == (30 * 5 + 1024 * 8 + 7024 * 30) / 1_000_000


def test_an_estimate_meets_the_actual_cost_where_the_formula_holds():
    """1024x1536 at medium is the recorded 1372 tokens; the text is 12 tokens."""
    two = model("gpt-image-2")
    asked = request("x" * 48, size="1024x1536", quality="medium")
    assert estimate(two, asked, 1).usd == actual_cost(two, usage())


def test_without_details_input_counts_at_the_dearer_price():
    """Nobody is told less than was paid."""
    bare = {"input_tokens": 100, "output_tokens": 196}
    expected = (100 * 8 + 196 * 30) / 1_000_000
    assert actual_cost(model("gpt-image-2"), bare) == expected
    empty = {**bare, "input_tokens_details": {}, "output_tokens_details": None}
    assert actual_cost(model("gpt-image-2"), empty) == expected


def test_input_that_the_details_leave_out_counts_at_the_dearer_price():
    """The sum and the parts need not agree."""
    short = usage(text=10) | {"input_tokens": 15}
    expected = (10 * 5 + 5 * 8 + 1372 * 30) / 1_000_000
    assert actual_cost(model("gpt-image-2"), short) == expected


def test_words_that_came_along_are_charged_where_they_have_a_price():
    """1.5 lists a price for them, 2 does not."""
    told = usage(out=1156) | {
        "output_tokens_details": {"image_tokens": 1056, "text_tokens": 100}
    }
    expected = (12 * 5 + 1056 * 32 + 100 * 10) / 1_000_000
    assert actual_cost(model("gpt-image-1.5"), told) == expected
    assert actual_cost(model("gpt-image-2"), told) == (60 + 1056 * 30) / 1_000_000


@pytest.mark.parametrize(
    "bad",
    [
        None,
        [],
        "text",
        5,
        {},
        {"input_tokens": 5},
        {"output_tokens": 5},
        {"input_tokens": 5, "output_tokens": -1},
        {"input_tokens": 5, "output_tokens": True},
        {"input_tokens": 5, "output_tokens": 10**400},
        {"input_tokens": 5, "output_tokens": "12"},
        {"input_tokens": 5.0, "output_tokens": 12},
    ],
)
def test_a_usage_that_makes_no_sense_gives_no_cost(bad):
    """The caller falls back to its estimate."""
    assert actual_cost(model("gpt-image-2"), bad) is None


@given(st.integers(0, 10**6), st.integers(0, 10**6), st.integers(0, 10**6))
def test_costs_are_exact_to_a_billionth_of_a_dollar(text, image, out):
    """Sums of floats would drift; whole numbers do not."""
    found = actual_cost(model("gpt-image-1-mini"), usage(text, image, out))
    assert found == (text * 20 + image * 25 + out * 80) / 10_000_000
