"""One asset in full, from literals."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from assetgen.decide import Action, PlannedAsset
from assetgen.digest import Digest, Identity, Key
from assetgen.model import (
    AlphaMask,
    Asset,
    AssetName,
    AssetRef,
    ColorMask,
    Drawn,
    Extend,
    FileRef,
    FileSource,
    Length,
    Mask,
    Output,
    ShapeMask,
    Size,
    Step,
)
from assetgen.report import show_text
from assetgen.snapshot import Known
from assetgen.spans import Place

SCHEMA = Path(__file__).parent.parent / "schemas" / "show.schema.json"
PLACE = Place("assets.yaml", ("assets", "hat"))
EVIL = "a 'hat'\\ @x <y $(id) `id`\n\x1b[31m\u202e::error::"
HAT = Asset(
    name=AssetName("hat"),
    place=PLACE,
    source=Drawn(
        operation="edit",
        provider="openai",
        model="gpt-image-2.6-flare",
        prompt=EVIL,
        params=(("params.seed", 1), ("size", "1024x1024")),
        inputs=(AssetRef(AssetName("cat")), FileRef("art/it's.png")),
        mask=Mask(area=ShapeMask("rect", ())),
    ),
    process=(Step("trim", {}),),
    outputs=(Output(target="site", path="site/hat.webp", format="webp", width=64),),
    variables=(("tier", "gold", "matrix"),),
)
PLANNED = PlannedAsset(
    name=HAT.name,
    action=Action.DERIVE,
    key=Key("0" * 64),
    known=Known(images=(Identity("i"),), draws=(Digest("d" * 64),)),
)


def test_an_asset_as_json_fits_its_schema():
    """The JSON form is public, with a plan and without one."""
    schema = json.loads(SCHEMA.read_text())
    logo = Asset(name=AssetName("logo"), place=PLACE, source=FileSource("a.png"))
    for asset, planned in ((HAT, PLANNED), (HAT, None), (logo, None)):
        data = json.loads(show_text.as_json(show_text.as_data(asset, planned, ["cat"])))
        jsonschema.validate(data, schema)
    assert data["request"] is None


@pytest.mark.parametrize(
    ("mask", "words"),
    [
        (Mask(area=AlphaMask(FileRef("a.png"))), "where file a.png is transparent"),
        (
            Mask(area=ColorMask(AssetRef(AssetName("m")), "white"), invert=True),
            "where m is white (threshold 128), inverted",
        ),
        (
            Mask(
                area=ShapeMask("ellipse", (Length(10, percent=True), Length(2.5))),
                grow_px=-3,
                feather_px=4,
            ),
            "ellipse [10%, 2.5], shrunk by 3 px, feather 4 px",
        ),
    ],
)
def test_masks_are_shown_as_the_spec_writes_them(mask, words):
    """Whoever looks at an asset does not read its data."""
    assert show_text.mask_text(mask) == words


def test_extensions_are_shown_as_the_spec_writes_them():
    """The sides that grow, or the size to grow to."""
    sides = Extend(left=Length(25, percent=True), bottom=Length(64))
    assert show_text.extend_text(sides) == "left 25%, bottom 64"
    to = Extend(to=Size(640, 480), anchor="top")
    assert show_text.extend_text(to) == "to 640x480, the input at top"


def test_an_asset_in_words():
    """Prompt, variables with their origin, request, draws and files; all escaped."""
    text = show_text.as_text(HAT, PLANNED, ["cat"])
    for words in (
        "needs         cat",
        "${tier} = gold  (from the matrix)",
        "  size          1024x1024\n",
        "  params.seed   1\n",
        "  inputs        cat, file art/it's.png\n",
        "  mask          rect []\n",
        f"  1  {'d' * 64}  picked",
        "site/hat.webp  webp  64 px wide",
        "\\x1b[31m\\u202e",
    ):
        assert words in text
    assert "\x1b" not in text
