"""Findings about requests: each blames something, and proposals can be asked for."""

from __future__ import annotations

import re

from blaming import (
    TABLE,
)
from hypothesis import given
from hypothesis import strategies as st

from assetgen.model import Drawn, FileRef, Mask, ShapeMask, Size
from assetgen.providers import parameters
from assetgen.providers.parameters import check_parameters, check_size

_VALUES = st.one_of(
    st.none(),
    st.integers(-5, 700_000),
    st.text(max_size=4),
    st.dictionaries(st.text(max_size=6), st.integers(), max_size=2),
)


@given(
    st.sampled_from(TABLE.ids()),
    st.dictionaries(
        st.sampled_from(
            (
                "params.svg",
                "params.seed",
                "params.frame_count",
                "params.frame_duration_ms",
            )
        ),
        _VALUES,
    ),
    st.dictionaries(
        st.sampled_from(("quality", "background", "output_format", "complexity")),
        st.sampled_from(("low", "max", "transparent", "png", "gif", "svg", "auto")),
    ),
    st.integers(1, 10),
    st.booleans(),
)
def test_every_finding_blames_something_that_the_request_says(
    name, extra, words, n, masked
):
    """A key that nobody stated has no line."""
    mask = Mask(area=ShapeMask("rect", ())) if masked else None
    params = tuple(sorted({**extra, **words}.items()))
    source = Drawn(
        operation="edit" if masked else "generate",
        provider="openai",
        model=name,
        prompt="A",
        params=params,
        inputs=(FileRef("in.png"),) if masked else (),
        mask=mask,
        n=n,
    )
    model = TABLE.get(name)
    assert model is not None
    said = {*dict(params), "model", "prompt"}
    said |= {"n"} if n > 1 else set()
    said |= {"mask"} if masked else set()
    for finding in check_parameters(source, model, name, TABLE):
        assert said & set(finding.keys), finding
        assert finding.message
        assert finding.severity in ("error", "warning")


@given(
    st.sampled_from(TABLE.ids()),
    st.integers(1, 5000),
    st.integers(1, 5000),
)
def test_the_size_that_is_proposed_can_be_asked_for(name, width, height):
    """A hint that leads to the next error helps nobody."""
    model = TABLE.get(name)
    assert model is not None
    found = check_size(Size(width, height), model, name)
    if found is None or found.severity != "error":
        return
    words = re.search(r"(\d+)x(\d+)$", found.hint or "")
    assert words is not None
    proposed = check_size(Size(int(words[1]), int(words[2])), model, name)
    assert proposed is None or proposed.severity == "warning"


def test_the_limits_are_those_of_the_library():
    """Its types say which efforts there are; the rules must not fall behind."""
    from typing import get_args, get_type_hints

    from openai.types.image_generate_params import SvgReasoning

    hints = get_type_hints(SvgReasoning)
    words = {word for each in get_args(hints["effort"]) for word in get_args(each)}
    assert words == set(parameters.EFFORTS)
