"""Masks that cannot be what they are meant to be are told before anything is paid."""

from __future__ import annotations

import pytest
from worlds import asset, drawn

from assetgen.maskcheck import guide_problems
from assetgen.measures import Measures
from assetgen.model import AlphaMask, AssetName, AssetRef, ColorMask, Mask, Step


def _problems(area, **cutout):
    steps = cutout.pop("process", ())
    scene = asset("scene")
    shape = asset("shape", drawn("a shape", **cutout), process=steps)
    edit = asset("edit", drawn("new", "scene", operation="edit", mask=Mask(area=area)))
    assets = {each.name: each for each in (scene, shape, edit)}
    measures = Measures(assets, lambda _: None, lambda _: ())
    return list(guide_problems(edit, assets, measures, lambda _: None))


SHAPE = AssetRef(AssetName("shape"))


def test_the_alpha_of_an_opaque_drawing_is_no_mask():
    """The way out is named: say which colour is edited."""
    (problem,) = _problems(AlphaMask(SHAPE))
    assert (problem.code, problem.severity) == ("opaque-mask", "warning")
    assert "{image: shape, edit: black}" in problem.hint
    assert _problems(AlphaMask(SHAPE), process=(Step("threshold", {}),)) == [problem]


@pytest.mark.parametrize(
    ("area", "cutout"),
    [
        (AlphaMask(SHAPE), {"params": (("background", "transparent"),)}),
        (AlphaMask(SHAPE), {"process": (Step("key", {"color": "#00ff00"}),)}),
        (ColorMask(SHAPE, "black"), {}),
    ],
)
def test_what_may_well_be_a_mask_is_left_alone(area, cutout):
    """A transparent drawing, a colour made transparent, a black-and-white mask."""
    assert _problems(area, **cutout) == []
