"""The model table: its data, its sizes, and the user's rows over it."""

from __future__ import annotations

import datetime as dt
import json
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assetgen.errors import UsageError
from assetgen.model import Size
from assetgen.providers.models import Grid, SizeRule, TokenPrices, built_in_table
from assetgen.providers.sizes import SizeRule as OwnRule

TABLE = built_in_table()
FREE = TABLE.get("gpt-image-2.6-flare").size
FIXED = TABLE.get("gpt-image-1.5").size
RAW = json.loads(files("assetgen.providers").joinpath("openai_models.json").read_text())
LIVE = ("gpt-image-2.6-flare", "gpt-image-2.6-sunburst", "gpt-image-2.5-flare")


def size(text):
    """Return the size that `WxH` means."""
    width, height = text.split("x")
    return Size(int(width), int(height))


def with_models(**models):
    """Return the table with rows of the configuration's `models` over it."""
    return TABLE.with_overrides({"models": models})


# --- the data ---------------------------------------------------------------------


def test_the_default_model_is_one_that_lives():
    """A spec without a model must work."""
    default = TABLE.get(None)
    assert default.id == TABLE.default == "gpt-image-2.6-flare"
    assert default.shutdown is None
    assert TABLE.as_of == dt.date(2026, 11, 22)


@pytest.mark.parametrize(
    ("name", "last"),
    [
        ("gpt-image-1", "2026-10-23"),
        ("gpt-image-1-mini", "2026-12-01"),
        ("gpt-image-1.5", "2026-12-01"),
        ("chatgpt-image-latest", "2026-12-01"),
        ("dall-e-2", "2026-05-12"),
        ("dall-e-3", "2026-05-12"),
    ],
)
def test_models_that_end_name_their_day_and_a_model_that_lives(name, last):
    """Shut down from that day on, and answering the day before."""
    model, day = TABLE.get(name), dt.date.fromisoformat(last)
    assert model.shutdown == day
    assert TABLE.is_shut_down(model, day)
    assert not TABLE.is_shut_down(model, day - dt.timedelta(days=1))
    assert TABLE.replacement(model) == "gpt-image-2.6-flare"


@pytest.mark.parametrize("name", [*LIVE, "gpt-image-2"])
def test_models_without_an_end_are_not_shut_down(name):
    """Not even in a hundred years: nobody said so."""
    assert not TABLE.is_shut_down(TABLE.get(name), dt.date(2126, 1, 1))


@pytest.mark.parametrize("model", TABLE.models, ids=lambda each: each.id)
def test_every_figure_names_a_source_with_a_date(model):
    """Whoever doubts a figure can look it up."""
    sources = dict(TABLE.sources)
    row = TABLE.rows[model.id]
    unsourced = set(row) - set(dict(model.sources)) - {"source", "replacement"}
    assert not unsourced
    assert {name for _, name in model.sources} <= set(sources)
    for quote in sources.values():
        assert dt.date.fromisoformat(quote.date) <= TABLE.as_of
        assert quote.text


def test_every_source_is_used():
    """No source without a figure stays behind."""
    used = {name for each in TABLE.models for _, name in each.sources}
    assert used == {name for name, _ in TABLE.sources}


@pytest.mark.parametrize(
    ("name", "prices"),
    [
        ("gpt-image-2.6-flare", (5, 8, 30)),
        ("gpt-image-2.6-sunburst", (5, 8, 30)),
        ("gpt-image-2.5-flare", (5, 8, 30)),
        ("gpt-image-2.5-sunburst", (5, 8, 30)),
        ("gpt-image-2", (5, 8, 30)),
        ("gpt-image-1.5", (5, 8, 32)),
        ("chatgpt-image-latest", (5, 8, 32)),
        ("gpt-image-1-mini", (2, 2.5, 8)),
        ("gpt-image-1", (5, 10, 40)),
    ],
)
def test_prices_are_those_of_the_price_list(name, prices):
    """Text in, image in, image out, for a million tokens; a batch is half."""
    model = TABLE.get(name)
    found = model.prices
    assert (found.text_in, found.image_in, found.image_out) == prices
    assert found.as_of == "2026-10-14"
    assert model.batch_discount == 0.5


def test_what_differs_between_models_is_in_the_table():
    """Qualities, fidelity, markup, complexity, moving and vector pictures."""
    newest, before = TABLE.get("gpt-image-2.6-flare"), TABLE.get("gpt-image-2.5-flare")
    two, older = TABLE.get("gpt-image-2"), TABLE.get("gpt-image-1.5")
    best = ("low", "medium", "high", "xhigh", "max", "auto")
    assert newest.qualities == before.qualities == best
    assert two.qualities == older.qualities == ("low", "medium", "high", "auto")
    assert newest.output_formats == ("png", "jpeg", "webp", "gif", "svg")
    assert before.output_formats == two.output_formats == ("png", "jpeg", "webp")
    assert (newest.gif.frames, newest.gif.default_frames) == ((2, 16), 9)
    assert newest.svg.n_max == 1
    assert before.gif is before.svg is two.gif is None
    assert newest.complexity == ("low", "medium", "high")
    assert before.complexity == two.complexity == ()
    assert newest.markup
    assert before.markup
    assert not two.markup
    assert two.transparency == "doubtful"
    assert newest.transparency == older.transparency == "yes"
    assert newest.input_fidelity == two.input_fidelity == ()
    assert older.input_fidelity == ("low", "high")
    assert TABLE.get("gpt-image-1-mini").input_fidelity == ("low",)
    for model in (newest, before, two, older):
        assert (model.n_max, model.max_inputs) == (10, 16)
        assert (model.input_max_mb, model.mask_max_mb) == (50, 4)
        assert model.prompt_max_chars == 32_000


def test_a_snapshot_means_its_model():
    """The dated name has the same row."""
    assert TABLE.get("gpt-image-2-2026-04-21") is TABLE.get("gpt-image-2")
    assert "gpt-image-1.5-2025-12-16" in TABLE.names()
    assert "gpt-image-1.5-2025-12-16" not in TABLE.ids()


def test_a_model_that_nobody_knows_is_none():
    """Callers decide what that means."""
    assert TABLE.get("gpt-image-9") is None
    assert TABLE.get("") is None


def test_models_that_are_gone_for_good_are_known_but_not_described():
    """What could be asked of them is of no use any more."""
    assert [each.id for each in TABLE.models if not each.described] == [
        "dall-e-3",
        "dall-e-2",
    ]


# --- sizes ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("1024x1024", None),
        ("3840x2160", None),
        ("2160x3840", None),
        ("1280x512", None),
        ("1440x480", None),
        ("1000x1024", "width and height must be multiples of 16"),
        ("3856x2048", "an edge has at most 3840 pixels"),
        ("1600x512", "the longer edge is at most 3 times the shorter"),
        ("512x512", "262,144 pixels are fewer than 655,360"),
        ("3840x3840", "14,745,600 pixels are more than 8,294,400"),
    ],
)
def test_newer_models_draw_any_size_inside_the_limits(text, reason):
    """Each limit says in words which one it is."""
    assert FREE.allows(size(text)) == reason


def test_older_models_draw_three_sizes():
    """And say which."""
    assert FIXED.allows(size("1024x1536")) is None
    assert FIXED.allows(size("1024x1792")) == (
        "it draws 1024x1024, 1024x1536 and 1536x1024 only"
    )


@pytest.mark.parametrize(
    ("text", "near"),
    [
        ("1024x1792", "1024x1536"),
        ("1792x1024", "1536x1024"),
        ("512x512", "1024x1024"),
        ("1000x10", "1536x1024"),
        ("1536x1024", "1536x1024"),
    ],
)
def test_the_nearest_of_fixed_sizes_has_the_same_orientation(text, near):
    """A portrait stays a portrait."""
    assert FIXED.nearest(size(text)) == size(near)


@pytest.mark.parametrize(
    ("text", "near"),
    [
        ("1024x1792", "1024x1792"),
        ("1000x1000", "1008x1008"),
        ("1920x1080", "1920x1088"),
        ("512x512", "816x816"),
        ("4000x4000", "2880x2880"),
        ("7680x4320", "3840x2160"),
        ("600x100", "1408x480"),
    ],
)
def test_the_nearest_free_size_keeps_the_picture_s_shape(text, near):
    """Rounded to the grid, and scaled into the limits."""
    assert FREE.nearest(size(text)) == size(near)


EDGES = st.integers(1, 20_000)


@given(EDGES, EDGES, st.sampled_from([FREE, FIXED]))
def test_the_nearest_size_is_allowed_and_lies_the_same_way(width, height, rule):
    """Whatever was asked for, the hint can be followed."""
    found = rule.nearest(Size(width, height))
    assert rule.allows(found) is None
    if rule.allows(Size(width, height)) is None:
        assert found == Size(width, height)
    assert not (width > height and found.width < found.height)
    assert not (width < height and found.width > found.height)


@given(EDGES)
def test_the_nearest_size_to_a_square_is_a_square(edge):
    """Icons stay square."""
    for rule in (FREE, FIXED):
        found = rule.nearest(Size(edge, edge))
        assert found.width == found.height


def test_a_narrow_rule_is_searched_through():
    """Limits that leave one size only still lead to it; none at all to no hint."""
    narrow = SizeRule(multiple_of=100, max_edge=1000, min_pixels=1_000_000)
    assert narrow.nearest(Size(3, 5)) == Size(1000, 1000)
    never = SizeRule(multiple_of=100, max_edge=100, min_pixels=1_000_000)
    assert never.nearest(Size(3, 5)) == Size(3, 5)


def test_a_rule_without_limits_allows_everything():
    """Of a model that the table does not describe no size is refused."""
    assert SizeRule().allows(Size(7, 9999)) is None
    assert SizeRule is OwnRule


def test_large_sizes_are_experimental():
    """Above 2560x1440; fixed sizes never are."""
    assert not FREE.is_experimental(size("2560x1440"))
    assert FREE.is_experimental(size("2576x1440"))
    assert not FIXED.is_experimental(size("1536x1024"))


def test_the_dearest_sizes_are_allowed_and_not_experimental():
    """The worst case is one that the service could choose."""
    for one in FREE.dearest():
        assert FREE.allows(one) is None
        assert not FREE.is_experimental(one)
    assert Size(1920, 1920) in FREE.dearest()
    assert FIXED.dearest() == FIXED.fixed


# --- the user's rows --------------------------------------------------------------


def test_a_model_that_is_like_a_known_one_takes_all_but_its_life():
    """A deployment of somebody's own: same rules, own end."""
    found = with_models(mine={"like": "gpt-image-1.5"}).get("mine")
    known = TABLE.get("gpt-image-1.5")
    assert (found.qualities, found.size, found.prices) == (
        known.qualities,
        known.size,
        known.prices,
    )
    assert (found.shutdown, found.replacement, found.snapshots) == (None, None, ())
    assert found.status == "active"
    assert found.described


def test_a_field_of_a_known_model_can_be_changed_alone():
    """And its source is then the user."""
    table = with_models(**{"gpt-image-1": {"shutdown": dt.date(2027, 1, 1)}})
    found, before = table.get("gpt-image-1"), TABLE.get("gpt-image-1")
    assert found.shutdown == dt.date(2027, 1, 1)
    assert found.source_of("shutdown") == "user"
    assert found.source_of("prices") == before.source_of("prices")
    assert found.qualities == before.qualities
    assert TABLE.get("gpt-image-1") is before


def test_a_price_can_be_changed_alone_or_given_to_a_model_that_had_none():
    """Also of a snapshot, which means its model."""
    row = {"text_in": 1, "image_in": 2.5, "image_out": 3, "as_of": "2027-02-03"}
    prices = {"gpt-image-2-2026-04-21": row, "flux": row}
    table = TABLE.with_overrides({"prices": prices})
    expected = TokenPrices(text_in=1, image_in=2.5, image_out=3, as_of="2027-02-03")
    assert table.get("gpt-image-2").prices == expected
    assert table.get("flux").prices == expected
    assert not table.get("flux").described
    assert table.get("gpt-image-2").source_of("prices") == "user"


def test_a_price_goes_over_a_model_of_the_same_configuration():
    """Both tables may speak of one model."""
    table = TABLE.with_overrides(
        {
            "models": {"mine": {"like": "gpt-image-2", "qualities": ["low"]}},
            "prices": {"mine": {"text_in": 0, "image_in": 0, "image_out": 0}},
        }
    )
    assert table.get("mine").prices.image_out == 0
    assert table.get("mine").qualities == ("low",)


def test_without_overrides_the_table_stays_as_it_is():
    """Other keys of the configuration are not looked at."""
    assert TABLE.with_overrides({"server": "azure"}) == TABLE


def test_own_counts_of_tokens_can_be_given():
    """By formula, with factors, or as a table."""
    grid = {"grid": {"low": 16, "high": 96}, "factors": {"low": 2}}
    table = {"table": {"low": {"512x512": 100}}}
    found = with_models(
        a={"like": "gpt-image-2", "output_tokens": grid},
        b={"like": "gpt-image-2", "output_tokens": table},
        c={
            "like": "gpt-image-2",
            "input_tokens": {"tiles": {"short_side": 512, "base": 1, "each": 2}},
        },
    )
    assert found.get("a").output_tokens == Grid(
        (("low", 16), ("high", 96)), (("low", 2.0), ("high", 1.0))
    )
    assert found.get("b").output_tokens.rows == (("low", Size(512, 512), 100),)
    assert found.get("c").input_tokens.each == 2


def price(**changes):
    """Return prices of the configuration for one model."""
    return {"prices": {"m": {"text_in": 1, "image_in": 1, "image_out": 1, **changes}}}


@pytest.mark.parametrize(
    ("overrides", "key"),
    [
        ({"models": []}, "models"),
        ({"models": {"m": 5}}, 'models."m"'),
        ({"models": {"m": {"like": "gpt-image-22"}}}, 'models."m".like'),
        ({"models": {"m": {"like": 5}}}, 'models."m".like'),
        ({"models": {"m": {"qualities": ["low"]}}}, 'models."m".qualities'),
        ({"models": {"m": {"qualitys": ["low"]}}}, 'models."m".qualitys'),
        (price(image_out=-1), 'prices."m".image_out'),
        (price(image_out=True), 'prices."m".image_out'),
        (price(image_out=float("nan")), 'prices."m".image_out'),
        (price(image_out="30"), 'prices."m".image_out'),
        (price(as_of="soon"), 'prices."m".as_of'),
        (price(image_outt=1), 'prices."m".image_outt'),
        ({"prices": {"m": {"text_in": 1}}}, 'prices."m"'),
    ],
)
def test_an_override_that_makes_no_sense_names_its_key(overrides, key):
    """Exit code 2, with the path of the key in front."""
    with pytest.raises(UsageError) as caught:
        TABLE.with_overrides(overrides)
    assert caught.value.message.startswith(f"{key}: ")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("status", "old"),
        ("shutdown", "tomorrow"),
        ("shutdown", dt.datetime(2027, 1, 1, tzinfo=dt.UTC)),
        ("replacement", ""),
        ("n_max", 0),
        ("n_max", 1.5),
        ("qualities", "low"),
        ("qualities", [1]),
        ("markup", "yes"),
        ("transparency", "maybe"),
        ("batch_discount", 2),
        ("size", "1024x1024"),
        ("size", {"fixed": ["1024"]}),
        ("size", {"fixed": ["0x1024"]}),
        ("size", {"max_ratio": 0.5}),
        ("size", {"edges": 3}),
        ("gif", {"frames": [2]}),
        ("gif", {"frames": [2], "default_frames": 2, "default_duration_ms": 1}),
        ("svg", {}),
        ("output_tokens", {}),
        ("output_tokens", {"grid": {"low": 16}, "table": {}}),
        ("output_tokens", {"grid": {"low": 16}, "factors": {"lo": 2}}),
        ("output_tokens", {"table": {"low": {"square": 5}}}),
        ("input_tokens", {}),
        ("input_tokens", {"patches": {"side": 32}}),
        ("input_tokens", {"tiles": {"base": 3}}),
    ],
)
def test_every_field_refuses_what_it_cannot_mean(field, value):
    """The key is named, and nothing is guessed."""
    with pytest.raises(UsageError) as caught:
        with_models(**{"gpt-image-2": {field: value}})
    assert caught.value.message.startswith(f'models."gpt-image-2".{field}')


def test_a_field_that_is_misspelt_gets_a_suggestion():
    """So does a model."""
    with pytest.raises(UsageError) as caught:
        with_models(**{"gpt-image-2": {"qualitys": []}})
    assert caught.value.hint == "did you mean `qualities`?"
    with pytest.raises(UsageError) as caught:
        with_models(mine={"like": "gpt-imge-2"})
    assert caught.value.hint == "did you mean `gpt-image-2`?"


def test_a_long_value_is_shown_in_part():
    """A message stays a line."""
    with pytest.raises(UsageError) as caught:
        with_models(**{"gpt-image-2": {"markup": "x" * 1000}})
    assert len(caught.value.message) < 120


def test_no_figure_of_the_data_file_is_lost():
    """Every model of the file is in the table, in its order."""
    assert TABLE.ids() == tuple(RAW["models"])
