"""One asset in full, and its request as a curl command, from literals."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import jsonschema

from assetgen.decide import Action, PlannedAsset
from assetgen.digest import Digest, Identity, Key
from assetgen.model import (
    Asset,
    AssetName,
    AssetRef,
    Drawn,
    FileRef,
    FileSource,
    Mask,
    Output,
    ShapeMask,
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


def words_of(command: str, folder: Path) -> list[str]:
    """Return the arguments that a shell would give to curl."""
    program = f"curl() {{ printf '%s\\0' \"$@\"; }}\n{command}"
    done = subprocess.run(
        ["bash", "-c", program],
        capture_output=True,
        check=True,
        cwd=folder,
        env={"OPENAI_API_KEY": "sk-CANARY", "LC_ALL": "C.UTF-8"},
    )
    return done.stdout.decode().split("\0")[:-1]


def picture(ref: object) -> str:
    """Return where a reference's picture lies."""
    return ref.path if isinstance(ref, FileRef) else "site/cat.png"  # type: ignore[return-value]


def test_an_asset_as_json_fits_its_schema():
    """The JSON form is public, with a plan and without one."""
    schema = json.loads(SCHEMA.read_text())
    logo = Asset(name=AssetName("logo"), place=PLACE, source=FileSource("a.png"))
    for asset, planned in ((HAT, PLANNED), (HAT, None), (logo, None)):
        data = json.loads(show_text.as_json(show_text.as_data(asset, planned, ["cat"])))
        jsonschema.validate(data, schema)
    assert data["request"] is None


def test_an_asset_in_words():
    """Prompt, variables with their origin, request, draws and files; all escaped."""
    text = show_text.as_text(HAT, PLANNED, ["cat"])
    for words in (
        "needs         cat",
        "${tier} = gold  (from the matrix)",
        '"size": "1024x1024"',
        f"  1  {'d' * 64}  picked",
        "site/hat.webp  webp  64 px wide",
        "\\x1b[31m\\u202e",
    ):
        assert words in text
    assert "\x1b" not in text


def test_an_edit_as_curl_survives_the_shell(tmp_path):
    """Every byte of the prompt arrives, and nothing in it is run or read from a file."""
    command = show_text.as_curl(HAT, None, picture)
    assert "\x1b" not in command
    assert "sk-CANARY" not in command
    words = words_of(command, tmp_path)
    assert words[0] == "https://api.openai.com/v1/images/edits"
    assert "Authorization: Bearer sk-CANARY" in words
    assert words[words.index("image[]=@site/cat.png") + 1] == "-F"
    assert "image[]=@art/it's.png" in words
    assert "mask=@mask.png" in words
    at = words.index(f"prompt={EVIL}")
    assert words[at - 1] == "--form-string"
    assert {"seed=1", "size=1024x1024", "n=1"} <= set(words)


def test_a_generation_as_curl_sends_json(tmp_path):
    """The body is the request as the service takes it."""
    source = Drawn(operation="generate", provider="openai", prompt=EVIL, n=2)
    asset = Asset(name=AssetName("a"), place=PLACE, source=source)
    words = words_of(show_text.as_curl(asset, None, picture), tmp_path)
    assert words[0] == "https://api.openai.com/v1/images/generations"
    assert json.loads(words[words.index("-d") + 1]) == {"prompt": EVIL, "n": 2}
