"""Planning refuses what the service refuses, and lets pass what it takes.

Both sides know the rules from the service's documents, each in its own words: the
program's table of models, and the stand-in for the service. Requests put together by
lot show where they differ.
"""

from __future__ import annotations

import json
import re
from random import Random
from typing import Any

import pytest
from fakeapi.api import TODAY
from fakeapi.forms import Form, Rejected
from fakeapi.models import MODELS
from fakeapi.rules import World, check
from PIL import Image, ImageDraw

ALIVE = sorted(
    name for name, model in MODELS.items()
    if model.shutdown is None or model.shutdown > TODAY
)  # fmt: skip
VALUES: dict[str, tuple[Any, ...]] = {
    "size": (
        "1024x1024", "1536x1024", "1024x1536", "1024x640", "1008x656", "1280x720",
        "auto", "512x512", "1024x1792", "3840x2160", "3856x1296", "3072x1024",
        "3088x1024", "1025x1024", "800x816", "3840x3840",
    ),
    "quality": ("low", "medium", "high", "xhigh", "max", "auto"),
    "background": ("transparent", "opaque", "auto"),
    "output_format": ("png", "jpeg", "webp", "gif", "svg"),
    "output_compression": (0, 55, 100),
    "moderation": ("low", "auto"),
    "input_fidelity": ("low", "high"),
    "complexity": ("low", "medium", "high"),
    "n": (1, 2),
}  # fmt: skip
LIKELY = {
    "size": 0.7, "quality": 0.5, "background": 0.4, "output_format": 0.5,
    "output_compression": 0.2, "moderation": 0.2, "input_fidelity": 0.15,
    "complexity": 0.15, "n": 0.2,
}  # fmt: skip


def by_lot(chance: Random) -> dict[str, Any]:
    """Return an asset with parameters that may or may not go together."""
    asset: dict[str, Any] = {"prompt": f"Picture {chance.random()}"}
    asset["model"] = chance.choice(ALIVE)
    for name, values in VALUES.items():
        if chance.random() < LIKELY[name]:
            asset[name] = chance.choice(values)
    if MODELS[asset["model"]].family == "2" and asset.get("background"):
        asset["background"] = "opaque"  # transparent: the documents say both
    if asset.get("output_format") == "gif" and chance.random() < 0.5:
        asset["params"] = {"frame_count": chance.choice((2, 3, 16, 1, 17))}
    elif chance.random() < 0.03:
        asset["params"] = {"frame_count": 3}
    if chance.random() < 0.4:
        asset["inputs"] = [{"file": "photo.png"}]
        if chance.random() < 0.4:
            asset["mask"] = {"rect": [10, 10, 200, 200]}
            asset["outside"] = "accept"
        elif chance.random() < 0.3:
            asset["markup"] = {"file": "arrows.png"}
    return asset


def as_sent(asset: dict[str, Any], pictures: dict[str, bytes]) -> tuple[str, Form]:
    """Return endpoint and body of a request, by the service's documents."""
    from fakeapi.forms import File

    own = {"inputs", "mask", "outside", "markup", "params"}
    fields = {k: v for k, v in asset.items() if k not in own} | asset.get("params", {})
    if "inputs" not in asset:
        return "generations", Form(fields)
    files = [File("image", "image.png", "image/png", pictures["photo.png"])]
    if "mask" in asset:
        files.append(File("mask", "mask.png", "image/png", pictures["mask.png"]))
    if "markup" in asset:
        files.append(File("markup", "m.png", "image/png", pictures["arrows.png"]))
    texts = {name: str(value) for name, value in fields.items()}
    return "edits", Form(texts, tuple(files))


def draw_pictures(root) -> dict[str, bytes]:
    """Write the pictures that the assets name; return these and a mask."""
    size = (1024, 640)
    photo = Image.linear_gradient("L").resize(size).convert("RGB")
    arrows = Image.new("RGBA", size)
    ImageDraw.Draw(arrows).line((10, 10, 300, 300), fill="red", width=8)
    mask = Image.new("RGBA", size, "black")
    mask.paste((0, 0, 0, 0), (10, 10, 210, 210))
    made = {"photo.png": photo, "arrows.png": arrows, "mask.png": mask}
    for name, picture in made.items():
        picture.save(root / name)
    return {name: (root / name).read_bytes() for name in made}


def refused_while_planning(project, assets: dict[str, Any]) -> dict[str, str]:
    """Return what planning says of the assets that it refuses, by name.

    A mistake of form hides those of meaning, so it is asked until it is content; the
    spec is left with what it takes.
    """
    refused: dict[str, str] = {}
    while True:
        left = {name: each for name, each in assets.items() if name not in refused}
        lines = [f"  {name}: {json.dumps(each)}\n" for name, each in left.items()]
        project.write("".join(lines), "version: 1\n")
        ended = project.run("check", "--format", "json")
        if ended.code == 0:
            return refused
        assert ended.code == 3, ended.err
        found = json.loads(ended.out or ended.err)
        names = list(left)
        for each in found["items"]:
            if each["severity"] == "error":
                name = names[each["place"]["line"] - 3]
                refused.setdefault(name, each["message"])


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_what_planning_lets_pass_is_taken_and_what_it_refuses_is_not(
    project, fake, seed
) -> None:
    """A hundred and twenty requests put together by lot, on all living models."""
    chance = Random(seed)
    pictures = draw_pictures(project.root)
    assets = {f"a{at}": by_lot(chance) for at in range(120)}
    refused = refused_while_planning(project, assets)
    assert 20 < len(refused) < 110
    world = World(TODAY)
    wrong = {}
    for name, asset in assets.items():
        endpoint, form = as_sent(asset, pictures)
        try:
            check(endpoint, form, world)
        except Rejected as error:
            service = str(error)
        else:
            service = ""
        if bool(service) != (name in refused):
            wrong[name] = (asset, "planning:", refused.get(name), "service:", service)
    assert wrong == {}
    if seed == 1:
        built = project.run("build", "--max-cost", "1000")
        assert built.code == 0, built.err
        assert {each.status for each in fake.requests} == {200}
        assert len(fake.requests) == len(assets) - len(refused)


def test_the_lots_reach_every_rule() -> None:
    """Each reason for which the service refuses comes up, so that none is untested."""
    chance, seen = Random(0), set()
    for _ in range(3000):
        asset = by_lot(chance)
        endpoint, form = as_sent({k: v for k, v in asset.items() if k != "inputs"}, {})
        try:
            check(endpoint, form, World(TODAY))
        except Rejected as error:
            seen.add((error.error["param"], re.sub(r"'[^']*'|\d+", "_", str(error))))
    assert {param for param, _ in seen} >= {
        "size", "quality", "background", "output_format", "output_compression",
        "complexity", "frame_count", "n",
    }  # fmt: skip
    assert len(seen) > 12
