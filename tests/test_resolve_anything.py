"""Whatever a parser may hand over, reading an entry ends with values or problems."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assetgen.catalog import STEPS
from assetgen.resolve.entries import resolve_entry
from assetgen.resolve.link import card_of, link
from assetgen.resolve.settings import Options, read_settings

WORDS = st.sampled_from(
    [
        "a",
        "a*",
        "x.png",
        "8x8",
        "50%",
        "red",
        "#fff",
        "${v}",
        "${item}",
        "${draw}.jpg",
        "keep",
        "cover",
        "contain",
        "center",
        "black",
        "p",
        "favicon",
        "web",
        "jpg",
    ]
)
NUMBERS = st.sampled_from([0, 1, 2, 90, 300, -1, 1.5, True, False, 1e300, float("nan")])
KEYS = st.sampled_from(
    [
        "prompt",
        "variations_of",
        "file",
        "layers",
        "sheet",
        "inputs",
        "mask",
        "extend",
        "outside",
        "n",
        "revision",
        "frozen",
        "process",
        "outputs",
        "checks",
        "matrix",
        "vars",
        "tags",
        "alt",
        "size",
        "quality",
        "params",
        "provider",
        "image",
        "asset",
        "draw",
        "rect",
        "polygon",
        "edit",
        "grow",
        "left",
        "to",
        "anchor",
        "path",
        "target",
        "format",
        "formats",
        "width",
        "widths",
        "height",
        "densities",
        "fit",
        "background",
        "lossless",
        "metadata",
        "preset",
        "data",
        "fill",
        "text",
        "font",
        "at",
        "scale",
        "frames",
        "item",
        "exclude",
        "id",
        "color",
        "palette",
        "canvas",
        *list(STEPS),
    ]
)
ANYTHING = st.recursive(
    st.none() | WORDS | NUMBERS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4)
    ),
    max_leaves=12,
)
SPEC = {"vars": {"v": "w"}, "presets": {"p": ["${asset}.png", {"preset": "p"}]}}


@settings(max_examples=80, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.dictionaries(KEYS, ANYTHING, max_size=6),
    st.sampled_from(["prompt", "file", "layers", "variations_of", "outputs"]),
)
def test_any_entry_gives_assets_or_problems(entry, also):
    """No value crashes the reading, and no asset comes out of an error alone."""
    common, _ = read_settings("s.yaml", {"s.yaml": SPEC}, Options())
    entry.setdefault("prompt" if also == "outputs" else also, "a")
    entry.setdefault("outputs", ["b.png"])
    assets, problems = resolve_entry("s.yaml", "a", entry, common, str)
    assert assets or any(problem.severity == "error" for problem in problems)
    link([card_of(asset) for asset in assets], ["s.yaml"])


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.dictionaries(
        st.sampled_from(
            [
                "vars",
                "defaults",
                "targets",
                "presets",
                "profiles",
                "budget",
                "cache",
                "provider",
            ]
        ),
        ANYTHING,
    )
)
def test_any_top_level_gives_settings(spec):
    """There are always settings to read on with, and at least one target."""
    common, _ = read_settings("s.yaml", {"s.yaml": spec}, Options(profile="p"))
    assert common.targets
