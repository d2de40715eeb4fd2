"""A spec with several mistakes: all are told at once, and nothing that is none.

In the specs below ``<<wrong|right>>`` is a mistake and its repair. Each run of `check`
must name lines with mistakes only; they are mended, and `check` runs again until the spec
is sound.
"""

from __future__ import annotations

import contextlib
import io
import json
import re

import pytest
from PIL import Image

from assetgen.cli import main
from assetgen.cli.console import Console

MISTAKE = re.compile(r"<<(.*?)\|(.*?)>>")

AT_ONCE = {
    "misspelt key, unknown asset, bad step": """\
version: 1
provider: placeholder
assets:
  knight:
    prompt: A knight
    <<sise|size>>: 1024x1024
  shield:
    prompt: A shield
    process:
      - <<trimm|trim>>
    outputs: [shield.png]
  scene:
    prompt: Put them together
    inputs: [<<knigth|knight>>, shield]
    outputs: [{path: scene.png, <<widht|width>>: 512}]
""",
    "parameters, refs, formats": """\
version: 1
provider: placeholder
defaults: {model: gpt-image-2, size: 1024x1024}
assets:
  a:
    prompt: A
    quality: <<hihg|high>>
    outputs: [a.png]
  b:
    prompt: B
    inputs: [<<aa|a>>]
    outputs: [b.<<jpgg|jpg>>]
  c:
    prompt: C
    size: <<1000x1000|1024x1536>>
    outputs: [c.png]
  d:
    variations_of: <<b2|b>>
    outputs: [d.png]
""",
    "templates and matrix": """\
version: 1
provider: placeholder
vars: {style: flat}
assets:
  icons/${item}:
    matrix: {item: [sword, bow]}
    prompt: A ${item} in ${<<stile|style>>} style
    outputs: ["${item}.png"]
  sheet:
    sheet: {frames: [<<icon/*|icons/*>>], padding: <<two|2>>}
    outputs: [sheet.png]
  hero:
    prompt: A hero
    inputs: [icons/<<swort|sword>>]
    outputs: [hero.png]
  card:
    layers:
      - {image: <<heroo|hero>>, at: center}
    outputs: [card.png]
""",
    "targets and presets": """\
version: 1
provider: placeholder
targets:
  web: {dir: web}
  game: {dir: game, engine: <<godoty|godot>>}
presets:
  small: [{path: "${asset}.png", width: 64, target: web}]
assets:
  logo:
    prompt: A logo
    outputs: [{preset: <<smal|small>>}, {path: logo.png, target: <<gaem|game>>}]
  icon:
    prompt: An icon
    <<backgroud|background>>: opaque
    outputs: [{path: icon.png, target: web}]
  banner:
    prompt: A banner
    inputs: [<<logoo|logo>>]
    outputs: [{path: banner.png, target: web}]
""",
    "enlarging, duplicates, unknowns": """\
version: 1
provider: placeholder
assets:
  cat:
    prompt: A cat
    size: 1024x1024
    outputs: [{path: cat.png, width: <<2048|512>>}]
  dog:
    prompt: A dog
    outputs: [<<cat.png|dog.png>>]
  both:
    prompt: Both
    inputs: [cat, <<dgo|dog>>]
    outputs: [both.png]
  fox:
    <<promt|prompt>>: A fox
    outputs: [fox.png]
""",
    "checks and tags": """\
version: 1
provider: placeholder
budget: {build_usd: <<much|1>>}
assets:
  a:
    prompt: A
    checks: {alpha: <<need|required>>}
    tags: <<5|[x]>>
    outputs: [a.png]
  b:
    prompt: B
    process: [{resize: {width: <<wide|64>>}}]
    outputs: [b.png]
  c:
    prompt: C
    inputs: [<<bb|b>>]
    outputs: [{path: c.jpg, <<lossles|lossless>>: false}]
""",
    "source mistakes": """\
version: 1
provider: placeholder
assets:
  a:
    prompt: <<5|A>>
    outputs: [{path: a.png, fit: <<kover|cover>>}]
  b:
    <<fil|file>>: art/logo.png
    outputs: [b.png]
  c:
    prompt: C
    inputs: [a, b, <<e|d>>]
    outputs: [c.png]
  d:
    prompt: D
    <<extra: 1|alt: x>>
    outputs: [{path: d.png, <<quality: 80|width: 64>>}]
""",
}

IN_TWO = {
    # how many draws there are is known when `n` is
    "masks and edits": """\
version: 1
provider: placeholder
assets:
  room:
    prompt: A room
    size: 1024x1024
    n: <<twelve|2>>
  lamp:
    prompt: Add a lamp
    inputs: [room]
    mask: {rect: [0, 0, <<ten|10>>, 10]}
    outputs: [lamp.png]
  wide:
    prompt: More room
    inputs: [<<romm|room>>]
    extend: {left: 100}
    outputs: [<<../wide.png|wide.png>>]
  other:
    prompt: Another
    inputs: [{asset: room, draw: <<5|2>>}]
    outputs: [other.png]
""",
    # layers lie on a canvas
    "files and fonts": """\
version: 1
provider: placeholder
assets:
  logo:
    file: art/<<logoo|logo>>.png
    outputs: [logo.png]
  card:
    canvas: <<1200|1200x630>>
    layers:
      - {fill: "<<#ggg|#fff>>"}
      - {image: logo, at: center}
    outputs: [card.png]
  page:
    prompt: {file: prompts/<<pge|page>>.txt}
    inputs: [<<crad|card>>]
    outputs: [page.png]
  big:
    file: art/logo.png
    outputs: [{path: big.png, width: <<640|16>>}]
""",
    # animations speak of frames
    "rings and frames": """\
version: 1
provider: placeholder
assets:
  one:
    prompt: One
    inputs: [<<two|three>>]
  two:
    prompt: Two
    inputs: [one]
    outputs: [two.png]
  three:
    prompt: Three
    quality: <<best|high>>
  walk:
    sheet:
      frames: [one, three, <<four|two>>]
      animations: {go: [one, <<thre|three>>]}
    outputs: [{path: walk.gif, animation: <<run|go>>}]
""",
}


def _check(folder):
    out, err = io.StringIO(), io.StringIO()
    with contextlib.chdir(folder):
        code = main.run(["check", "--format", "json"], Console({}, out, err))
    assert code in (0, 3), err.getvalue()
    return list(json.loads(out.getvalue())["items"])


def _rounds(folder, spec):
    """Return the lines with mistakes that each run named, until none was left."""
    (folder / "art").mkdir()
    (folder / "prompts").mkdir()
    Image.new("RGBA", (32, 32), "red").save(folder / "art/logo.png")
    (folder / "prompts/page.txt").write_text("A page")
    lines = spec.split("\n")
    wrong = {at for at, line in enumerate(lines, 1) if MISTAKE.search(line)}
    rounds = []
    while True:
        text = [
            MISTAKE.sub(r"\1" if at in wrong else r"\2", line)
            for at, line in enumerate(lines, 1)
        ]
        (folder / "assets.yaml").write_text("\n".join(text))
        errors = [each for each in _check(folder) if each["severity"] == "error"]
        if not errors:
            assert not wrong
            return rounds
        named = {each["place"]["line"] for each in errors}
        assert named <= wrong, [each["message"] for each in errors]
        rounds.append(len(named))
        wrong -= named


@pytest.mark.parametrize("name", AT_ONCE)
def test_all_mistakes_of_a_spec_are_told_by_one_run(tmp_path, name):
    """Misspelt keys, unknown names, wrong values, sizes: what one hides is told, too."""
    assert len(_rounds(tmp_path, AT_ONCE[name])) == 1


@pytest.mark.parametrize("name", IN_TWO)
def test_what_hangs_on_a_mistake_waits_for_its_repair(tmp_path, name):
    """It could be no mistake at all; everything else is told at once."""
    first, second = _rounds(tmp_path, IN_TWO[name])
    assert (first > 2, second) == (True, 1)


HEAD = "version: 1\nprovider: placeholder\nassets:\n"


@pytest.mark.parametrize(
    ("entry", "ref"),
    [
        ("cat: {prompt: A cat, matrix: 5}", "cat/x"),
        ("cats/${n}: {prompt: A cat, matrix: {n: x}}", "cats/x"),
        ("cats/${n}: {prompt: A cat, matrix: {n: x}}", "cats/*"),
        ("Cat: {prompt: A cat}", "cat"),
        ("Cat: {prompt: A cat}", "ca*"),
        ("cat: {outputs: [cat.png]}", "cat"),
        ("cat: {prompt: A cat, n: two}", "{asset: cat, draw: 2}"),
        ("cat: {prompt: A cat, sise: 1}", "cat"),
    ],
)
def test_nobody_is_blamed_for_using_an_asset_with_mistakes(tmp_path, entry, ref):
    """Only the asset itself is named."""
    (tmp_path / "assets.yaml").write_text(
        f"{HEAD}  {entry}\n  hat:\n    prompt: A hat\n    inputs: [{ref}]\n"
    )
    assert {each["place"]["line"] for each in _check(tmp_path)} == {4}


def test_a_file_that_cannot_be_read_may_hold_any_asset(tmp_path):
    """Names are looked up again when it can be read."""
    (tmp_path / "more.yaml").write_text("assets: {cat: {prompt: A cat}\n")
    (tmp_path / "assets.yaml").write_text(
        "version: 1\ninclude: [more.yaml]\nassets:\n"
        "  hat: {prompt: A hat, inputs: [cat]}\n"
    )
    assert {each["place"]["file"] for each in _check(tmp_path)} == {"more.yaml"}


@pytest.mark.parametrize(
    ("head", "entry", "lines"),
    [
        ("varss: {mood: calm}", "prompt: 'A ${mood} cat'", {2}),
        ("vars: {mood: calm}", "{matrixx: {n: [1]}, prompt: 'A ${n}'}", {4}),
        (
            "vars: {n: 1}",
            "{prompt: A}\n  cat/${m}: {matrix: {n: [1, 2]}, prompt: A}",
            {5},
        ),
        ("targts: {web: {dir: w}}", "outputs: [{path: a.png, target: web}]", {2}),
        ("presetss: {small: [a.png]}", "outputs: [{preset: small}]", {2}),
        ("targets: {web: {dri: w}}", "outputs: [{path: a.png, target: wbe}]", {2, 4}),
    ],
)
def test_what_a_misspelt_section_explains_is_not_told(tmp_path, head, entry, lines):
    """Its own line is, and what has another reason."""
    entry = entry if "prompt" in entry else f"prompt: A cat, {entry}"
    entry = entry if entry.startswith("{") else f"{{{entry}}}"
    (tmp_path / "assets.yaml").write_text(
        f"version: 1\n{head}\nassets:\n  cat: {entry}\n"
    )
    assert {each["place"]["line"] for each in _check(tmp_path)} == lines


def test_a_name_that_cannot_be_filled_in_is_one_mistake(tmp_path):
    """Not a wrong name, and not the same name for each row."""
    (tmp_path / "assets.yaml").write_text(
        f"{HEAD}  cat/${{m}}: {{matrix: {{n: [1, 2]}}, prompt: 'A ${{n}}'}}\n"
    )
    assert [each["code"] for each in _check(tmp_path)] == ["unknown-variable"]
