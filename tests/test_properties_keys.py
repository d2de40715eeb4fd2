"""Which field of the spec enters which hash: every field of the schema, in one table.

`request`: the request key changes, so a provider would be asked. `image`: the same
draw makes another picture. `output`: the same picture makes another file. `data`: only
the data beside a sheet say something else. `none`: no hash changes. A field that is added to the schema has to be added to a table here.
"""

from __future__ import annotations

import copy
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from assetgen import actionkey
from assetgen.digest import Digest, Identity, digest_of
from assetgen.identify import draw_image, local_image, request_of, sheet_names
from assetgen.model import Drawn, FileRef, Sheet
from assetgen.resolve.entries import resolve_entry
from assetgen.resolve.settings import Options, read_settings
from assetgen.sheetparts import reading_of
from assetgen.snapshot import ProviderFacts

SCHEMA = json.loads(
    (Path(__file__).parent.parent / "schemas/assets.schema.json").read_text()
)
DEFS = SCHEMA["$defs"]


class Names:
    """A view in which all pictures are known and globs stand for one asset."""

    def known(self, _name):
        return None

    def expand(self, pattern):
        return (pattern.replace("*", "all"),)


def identify(ref):
    """Return an identity that no two references share."""
    if isinstance(ref, FileRef):
        return Identity(digest_of(ref.path.encode()))
    return Identity(digest_of(f"{ref.name} {ref.draw}".encode()))


@dataclass(frozen=True)
class Hashes:
    """What a spec's assets come to."""

    request: frozenset[str]
    image: frozenset[str]
    output: frozenset[str]
    data: frozenset[str] = frozenset()


def hashes_of(entry, **top) -> Hashes:
    """Return the hashes of one entry, under a spec's other keys."""
    profile = "p" if "profiles" in top else None
    spec = {"version": 1, "provider": "placeholder", **top}
    settings, problems = read_settings(
        "assets.yaml", {"assets.yaml": spec}, Options(profile)
    )
    assert not [p for p in problems if p.severity == "error"], problems
    assets, problems = resolve_entry(
        "assets.yaml", "thing", entry, settings, lambda path: f"text of {path}"
    )
    assert assets, problems
    assert not [p for p in problems if p.severity == "error"], problems
    requests, images, outputs, data = set(), set(), set(), set()
    for asset in assets:
        image = _hash_asset(asset, requests)
        images.add(image)
        for out in asset.outputs:
            key = actionkey.output_key(image, out, identify, "")
            if out.motion is not None:
                key = moving_key(asset.source, out, key)
            outputs.add(key)
            if isinstance(asset.source, Sheet) and out.motion is None:
                names = sheet_names(asset.source, Names())
                reading = reading_of(asset.source, names, out)
                data.add(actionkey.sheet_data_key(key, reading))
    found = (requests, images, outputs, data)
    return Hashes(*(frozenset(each) for each in found))


def moving_key(sheet, out, key):
    """Return the key of frames of `sheet` that move."""
    shown = sheet.animations[out.motion.animation]
    return actionkey.motion_key(key, sheet_names(sheet, Names()), shown)


def _hash_asset(asset, requests):
    view = Names()
    source = asset.source
    if not isinstance(source, Drawn):
        return local_image(asset, view, identify)
    facts = ProviderFacts(
        name=source.provider,
        version="1",
        deterministic=False,
        paid=True,
        local=False,
        labelled=False,
    )
    request = request_of(asset, source, facts, view, identify)
    requests.add(actionkey.request_key(request))
    return draw_image(asset, source, Digest("d" * 64), view, identify)


def verdict(before: Hashes, after: Hashes) -> str:
    """Return the first of the hashes that changed."""
    for name in ("request", "image", "output", "data"):
        if getattr(before, name) != getattr(after, name):
            return name
    return "none"


PROMPT = {"prompt": "A cat", "outputs": ["x.png"]}
EDIT = {**PROMPT, "inputs": ["other"]}
MASKED = {**EDIT, "mask": {"rect": [0, 0, 8, 8]}}
BY_COLOR = {**EDIT, "mask": {"image": "stencil", "edit": "white"}}
EXTENDED = {**EDIT, "extend": {"right": 16}}
LAYERS = {"layers": [{"fill": "#000000"}], "canvas": "16x16", "outputs": ["x.png"]}
MODELLED = {**PROMPT, "model": "gpt-image-1"}


def out(**fields: Any) -> dict[str, Any]:
    """Return an asset with one output of these fields."""
    return {"prompt": "A cat", "outputs": [{"path": "x.webp", **fields}]}


def use(preset: str) -> dict[str, Any]:
    """Return an asset with the files of a built-in preset."""
    return {"prompt": "A cat", "outputs": [{"preset": preset}]}


# Field: what changes, the entry before, the entry after (a map is laid over it; None
# takes the schema's example).
ASSET: dict[str, tuple[str, dict[str, Any], Any]] = {
    "prompt": ("request", PROMPT, {"prompt": {"file": "p.md"}}),
    "variations_of": ("request", PROMPT, {"variations_of": "other"}),
    "file": ("image", {"file": "art/a.png"}, {"file": "art/b.png"}),
    "layers": ("image", LAYERS, {"layers": [{"fill": "#ffffff"}]}),
    "canvas": ("image", LAYERS, {"canvas": "8x8"}),
    "sheet": ("image", {"sheet": {"frames": ["a"]}}, {"sheet": {"frames": ["b"]}}),
    "inputs": ("request", PROMPT, {"inputs": ["other"]}),
    "mask": ("request", EDIT, {"mask": {"rect": [0, 0, 8, 8]}}),
    "extend": ("request", EDIT, {"extend": {"left": 8}}),
    "outside": ("image", MASKED, {"outside": "accept"}),
    "markup": ("request", EDIT, {"markup": "stencil"}),
    "provider": ("request", PROMPT, {"provider": "openai"}),
    "model": ("request", PROMPT, {"model": "gpt-image-1"}),
    "size": ("request", PROMPT, None),
    "quality": ("request", PROMPT, None),
    "background": ("request", PROMPT, None),
    "moderation": ("none", PROMPT, {"moderation": "low"}),
    "input_fidelity": ("request", EDIT, None),
    "complexity": ("request", PROMPT, None),
    "output_format": ("request", PROMPT, None),
    "output_compression": ("request", {**PROMPT, "output_format": "webp"}, None),
    "params": ("request", PROMPT, {"params": {"seed": 4}}),
    "n": ("none", PROMPT, None),
    "revision": ("request", PROMPT, {"revision": 2}),
    "frozen": ("none", PROMPT, None),
    "process": ("image", PROMPT, {"process": ["grayscale"]}),
    "outputs": ("output", PROMPT, {"outputs": ["x.webp"]}),
    "checks": ("none", PROMPT, {"checks": {"alpha": "required"}}),
    "matrix": ("none", PROMPT, {"matrix": {"item": ["a"]}, "outputs": ["${item}.png"]}),
    "vars": ("none", PROMPT, {"vars": {"unused": "word"}}),
    "tags": ("none", PROMPT, None),
    "description": ("none", PROMPT, None),
    "alt": ("none", PROMPT, None),
}
MASK: dict[str, tuple[str, dict[str, Any], Any]] = {
    "image": ("request", BY_COLOR, {"image": "another"}),
    "edit": ("request", BY_COLOR, {"edit": "black"}),
    "threshold": ("request", BY_COLOR, {"threshold": 7}),
    "rect": ("request", MASKED, {"rect": [0, 0, 8, "50%"]}),
    "ellipse": ("request", {**EDIT, "mask": {"ellipse": [0, 0, 9, 9]}}, None),
    "polygon": (
        "request",
        {**EDIT, "mask": {"polygon": [[0, 0], [9, 9], [0, 9]]}},
        None,
    ),
    "asset": ("request", {**EDIT, "mask": {"asset": "stencil"}}, {"asset": "another"}),
    "draw": ("request", {**EDIT, "mask": {"asset": "stencil"}}, None),
    "file": ("request", {**EDIT, "mask": {"file": "art/a.png"}}, {"file": "art/b.png"}),
    "invert": ("request", MASKED, None),
    "grow": ("request", MASKED, None),
    "feather": ("image", MASKED, None),
}
EXTEND: dict[str, tuple[str, dict[str, Any], Any]] = {
    "left": ("request", EXTENDED, None),
    "right": ("request", EXTENDED, {"right": 99}),
    "top": ("request", EXTENDED, None),
    "bottom": ("request", EXTENDED, None),
    "to": ("request", {**EDIT, "extend": {"to": "64x64"}}, {"to": "99x99"}),
    "anchor": ("request", {**EDIT, "extend": {"to": "64x64"}}, {"anchor": "top"}),
}
MOVING_OUT: dict[str, Any] = {"path": "s.webp", "animation": "walk"}
MOVING: dict[str, Any] = {
    "sheet": {
        "frames": ["a", "other"],
        "animations": {"walk": ["a", "other"], "back": ["other", "a"]},
    },
    "outputs": [MOVING_OUT],
}
OUTPUT: dict[str, tuple[str, dict[str, Any], Any]] = {
    "path": ("none", out(), {"path": "deep/y.webp"}),
    "preset": ("output", out(), {"preset": "mine"}),
    "target": ("none", out(target="one"), {"target": "two"}),
    "format": ("output", out(), {"format": "png", "path": "x.png"}),
    "formats": ("output", out(), {"formats": ["png", "jpg"], "path": "x"}),
    "width": ("output", out(), {"width": 9}),
    "height": ("output", out(), {"height": 9}),
    "widths": ("output", out(), {"widths": [3, 4]}),
    "densities": ("output", out(), {"densities": [1, 2]}),
    "fit": ("output", out(width=8, height=8), {"fit": "contain"}),
    "position": ("output", out(width=8, height=8), {"position": "top"}),
    "background": ("output", out(), {"background": "#ff0000"}),
    "enlarge": ("output", out(width=8), {"enlarge": True}),
    "quality": ("output", out(), {"quality": 33}),
    "lossless": ("output", out(), {"lossless": True}),
    "colors": ("output", out(path="x.png"), {"colors": 8}),
    "optimize": ("output", out(path="x.png"), {"optimize": True}),
    "animation": ("output", MOVING, {**MOVING_OUT, "animation": "back"}),
    "fps": ("output", MOVING, {**MOVING_OUT, "fps": 9}),
    "duration_ms": ("output", MOVING, {**MOVING_OUT, "duration_ms": 70}),
    "loop": ("output", MOVING, {**MOVING_OUT, "loop": 3}),
    "process": ("output", out(), {"process": ["grayscale"]}),
    "metadata": ("output", out(), {"metadata": "strip"}),
    "data": (
        "none",
        {"sheet": {"frames": ["a"]}, "outputs": [{"path": "s.png"}]},
        {"path": "s.png", "data": "t.json"},
    ),
    "sizes": ("none", use("responsive"), {"sizes": "50vw"}),
    "set": ("output", use("favicon"), {"set": "full"}),
    "svg": ("output", use("favicon"), {"svg": True}),
    "legacy": ("output", use("ios-appicon"), {"legacy": True}),
    "appearance": ("output", use("ios-appicon"), {"appearance": "dark"}),
    "layer": ("output", use("android-launcher"), {"layer": "foreground"}),
    "monochrome": ("output", use("android-launcher"), {"monochrome": False}),
    "folders": ("output", use("densities"), {"folders": "android"}),
}
LAYER_BASES = {
    "image": {"image": "other"},
    "fill": {"fill": "#000000"},
    "text": {"text": "A", "font": {"file": "f.ttf"}, "size": 9},
}
LAYER_VALUES: dict[str, Any] = {
    "image image": "another", "fill fill": "#ffffff", "text text": "B",
    "text font": {"file": "g.ttf"}, "text size": 12,
}  # fmt: skip
CHECKS = ("alpha", "size", "max_bytes", "max_colors", "seamless", "opaque_share")
TOP = {
    "version": None,
    "project": ({}, {"project": "other"}, "none"),
    "include": ({}, {"include": ["more/*.yaml"]}, "none"),
    "vars": ({}, {"vars": {"unused": "word"}}, "none"),
    "provider": ({}, {"provider": "openai"}, "request"),
    "defaults": ({}, {"defaults": {"quality": "high"}}, "request"),
    "targets": (
        {},
        {"targets": {"t": {"dir": "elsewhere", "manifest": "m.json"}}},
        "none",
    ),
    "presets": ({}, {"presets": {"other": ["y.png"]}}, "none"),
    "profiles": ({}, {"profiles": {"p": {"set": {"quality": "low"}}}}, "request"),
    "budget": ({}, {"budget": {"build_usd": 1, "watch_usd": 1}}, "none"),
    "cache": ({}, {"cache": {"remote": "https://example.org/store"}}, "none"),
    "assets": None,
}


def fields_of(definition: dict[str, Any]) -> dict[str, Any]:
    """Return the properties of a definition, wherever its map stands."""
    found = dict(definition.get("properties", {}))
    for each in definition.get("anyOf", ()):
        if "path" not in each or "properties" in each:
            found |= each.get("properties", {})
    return found


def example(field: dict[str, Any]) -> Any:
    """Return an example of a field, of itself or of what it refers to."""
    found = {**DEFS.get(field.get("$ref", "").rpartition("/")[2], {}), **field}
    return found["examples"][0]


def laid_over(base: dict[str, Any], change: dict[str, Any]) -> dict[str, Any]:
    """Return `base` with `change`; a source replaces the one that was there."""
    return {**copy.deepcopy(base), **change}


def cases(table, definition):
    """Return the cases of a table, and fail for fields of the schema that it lacks."""
    fields = fields_of(definition)
    assert fields.keys() == table.keys(), fields.keys() ^ table.keys()
    return [(name, fields[name], *row) for name, row in table.items()]


@pytest.mark.parametrize(
    ("name", "field", "wanted", "base", "change"), cases(ASSET, DEFS["asset"])
)
def test_each_key_of_an_asset_enters_the_hash_it_belongs_to(
    name, field, wanted, base, change
):
    """What a provider sees is the request; what is done with its picture is not."""
    after = laid_over(base, change if change is not None else {name: example(field)})
    assert verdict(hashes_of(base), hashes_of(after)) == wanted


@pytest.mark.parametrize(
    ("name", "field", "wanted", "base", "change"), cases(MASK, DEFS["mask"])
)
def test_each_key_of_a_mask_enters_the_hash_it_belongs_to(
    name, field, wanted, base, change
):
    """The mask that is sent is the request; feathering happens here."""
    mask = laid_over(
        base["mask"], change if change is not None else {name: example(field)}
    )
    after = laid_over(base, {"mask": mask})
    assert verdict(hashes_of(base), hashes_of(after)) == wanted


@pytest.mark.parametrize(
    ("name", "field", "wanted", "base", "change"), cases(EXTEND, DEFS["extend"])
)
def test_each_key_of_an_extension_enters_the_request(name, field, wanted, base, change):
    """The padded picture and its mask are sent."""
    value = change if change is not None else {name: example(field)}
    after = laid_over(base, {"extend": laid_over(base["extend"], value)})
    assert verdict(hashes_of(base), hashes_of(after)) == wanted


@pytest.mark.parametrize(
    ("name", "field", "wanted", "base", "change"), cases(OUTPUT, DEFS["output"])
)
def test_each_key_of_an_output_enters_at_most_the_output(
    name, field, wanted, base, change
):
    """A path or a target is where a file goes, not what is in it."""
    del name, field
    before = base["outputs"][0]
    changed = change if change == {"preset": "mine"} else laid_over(before, change)
    top = {"presets": {"mine": ["p.gif"]}}
    if "target" in before:
        top["targets"] = {"one": {"dir": "a"}, "two": {"dir": "b"}}
    one = hashes_of(base, **top)
    two = hashes_of(laid_over(base, {"outputs": [changed]}), **top)
    assert verdict(one, two) == wanted


def step_cases():
    """Return (step, argument, value) for each argument of each step."""
    found = []
    steps = DEFS["step"]["anyOf"][1]["properties"]
    for step, definition in steps.items():
        found.append((step, None, example(definition)))
        for name, field in fields_of(definition).items():
            found.append((step, name, example(field)))
    return found


LEAST: dict[str, dict[str, Any]] = {
    "crop": {"width": 77, "height": 66}, "resize": {"width": 77}, "pad": {"all": 3},
    "rotate": {"degrees": 180}, "flip": {"direction": "horizontal"},
    "key": {"color": "#123456"}, "alpha": {"from": "first"},
    "despill": {"color": "#123456"}, "bleed": {"radius": 3}, "pixelate": {"grid": 9},
    "quantize": {"colors": 9}, "adjust": {"contrast": 1.1}, "blur": {"radius": 9},
    "round": {"radius": 9}, "outline": {"width": 9}, "overlay": {"image": "first"},
    "threshold": {"level": 9}, "tile": {"overlap": 9}, "flatten": {"color": "#123456"},
}  # fmt: skip
BASES: dict[tuple[str, str], dict[str, Any]] = {
    ("crop", "ratio"): {"ratio": "3:2"},
    ("crop", "position"): {"ratio": "3:2"},
    ("resize", "position"): {"width": 77, "height": 77},
    ("resize", "fit"): {"width": 77, "height": 77},
    ("pad", "to"): {"to": "99x98"},
    ("pad", "position"): {"to": "99x98"},
    **{("pad", side): {"left": 3} for side in ("left", "right", "top", "bottom")},
    ("trim", "tolerance"): {"color": "#ffffff"},
    ("pixelate", "palette"): {"grid": 9},
    ("quantize", "palette"): {"palette": ["#000000", "#ff0000"]},
}


@pytest.mark.parametrize(("step", "name", "value"), step_cases())
@pytest.mark.parametrize("where", ["process", "output"])
def test_each_argument_of_a_step_changes_the_picture_and_no_request(
    step, name, value, where
):
    """In `process` it is another image, in an output another file."""

    def entry(steps):
        if where == "process":
            return {**PROMPT, "process": steps}
        return out(process=steps)

    if name is None:
        before, after = hashes_of(entry([])), hashes_of(entry([{step: value}]))
    else:
        base = BASES.get((step, name), LEAST.get(step, {}))
        steps = [{step: base or True}]
        before = hashes_of(entry(steps))
        after = hashes_of(entry([{step: {**base, name: value}}]))
    assert verdict(before, after) == ("image" if where == "process" else "output")


def layer_cases():
    """Return (kind, field, value) for each field of each kind of layer."""
    found = []
    for definition in DEFS["layer"]["anyOf"]:
        kind, *_ = definition["required"]
        for name, field in definition["properties"].items():
            found.append(
                (kind, name, LAYER_VALUES.get(f"{kind} {name}") or example(field))
            )
    return found


@pytest.mark.parametrize(("kind", "name", "value"), layer_cases())
def test_each_key_of_a_layer_changes_the_picture(kind, name, value):
    """Layers are composed here; nobody is asked."""
    base = LAYER_BASES[kind]
    before = hashes_of({**LAYERS, "layers": [base]})
    after = hashes_of({**LAYERS, "layers": [{**base, name: value}]})
    assert verdict(before, after) == "image"


@pytest.mark.parametrize(
    "name", [n for n in DEFS["sheet"]["properties"] if n != "frames"]
)
def test_each_key_of_a_sheet_changes_the_pages_or_their_data(name):
    """Sheets are packed here; nobody is asked. Names are in the data only."""
    value = example(DEFS["sheet"]["properties"][name])
    value = {"pages": 7, "max_size": 512}.get(name, value)
    entry = {"frames": ["walk-1", "walk-2"]}
    before = hashes_of({"sheet": entry, "outputs": ["s.png"]})
    after = hashes_of({"sheet": {**entry, name: value}, "outputs": ["s.png"]})
    names_only = name in ("frame_suffix", "animations")
    assert verdict(before, after) == ("data" if names_only else "image")


@pytest.mark.parametrize(
    "ref", ["another", {"asset": "other", "draw": 2}, {"file": "a.png"}]
)
def test_each_form_of_a_reference_is_another_picture(ref):
    """An asset, one of its draws, or a file."""
    after = hashes_of({**EDIT, "inputs": [ref]})
    assert verdict(hashes_of(EDIT), after) == "request"


def test_checks_change_no_hash_of_a_picture():
    """They are gates: another gate asks for no other picture."""
    assert set(CHECKS) == DEFS["checks"]["properties"].keys()
    for name in CHECKS:
        value = example(DEFS["checks"]["properties"][name])
        after = hashes_of({**PROMPT, "checks": {name: value}})
        assert verdict(hashes_of(PROMPT), after) == "none"


def test_each_key_of_the_top_level_is_classified():
    """What holds for all requests is part of them; folders and budgets are not."""
    assert SCHEMA["properties"].keys() == TOP.keys()
    for row in TOP.values():
        if row is not None:
            before, after, wanted = row
            found = verdict(hashes_of(PROMPT, **before), hashes_of(PROMPT, **after))
            assert found == wanted, row


PARAMETERS = [
    name for name in DEFS["parameters"]["properties"] if name != "input_fidelity"
]


@pytest.mark.parametrize("name", PARAMETERS)
def test_a_default_counts_as_if_the_asset_said_it(name):
    """`defaults` and a profile's `set` are the request's parameters, no more, no less."""
    field = DEFS["parameters"]["properties"][name]
    value = {"output_compression": 50, "model": "gpt-image-1"}.get(name)
    value = example(field) if value is None else value
    extra = {"output_format": "webp"} if name == "output_compression" else {}
    said = hashes_of({**PROMPT, **extra, name: value})
    meant = hashes_of({**PROMPT, **extra}, defaults={name: value})
    assert said == meant
    if name != "provider":
        set_ = hashes_of({**PROMPT, **extra}, profiles={"p": {"set": {name: value}}})
        assert said == set_


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ({"prompt": "Caf\u00e9"}, {"prompt": "Cafe\u0301"}),
        ({"prompt": "a\r\nb"}, {"prompt": "a\nb"}),
        ({"prompt": "x", "process": [{"rotate": 90}]}, {"prompt": "x", "process": [{"rotate": {"degrees": 90}}]}),
        ({"prompt": "x", "process": ["threshold"]}, {"prompt": "x", "process": [{"threshold": 128}]}),
        ({"prompt": "x", "outputs": ["a.png"]}, {"prompt": "x", "outputs": [{"path": "a.png", "format": "png", "fit": "cover"}]}),
        ({"prompt": "x", "params": {"a": 1, "b": 2}}, {"prompt": "x", "params": {"b": 2, "a": 1}}),
        ({"prompt": "x ${v}", "vars": {"v": 1}}, {"prompt": "x 1"}),
    ],
)  # fmt: skip
def test_two_ways_of_saying_the_same_have_the_same_hashes(one, two):
    """Keys are made of meanings, not of spellings."""
    assert hashes_of(one) == hashes_of(two)
