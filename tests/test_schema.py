"""The schema of the spec language: complete, in step with the code, and well worded."""

from __future__ import annotations

import copy
import json
import subprocess
import sys
from pathlib import Path

import jsonschema
import jsonschema_rs
import pytest

from assetgen import schema
from assetgen.catalog import STEPS, TEXT_DEFAULTS
from assetgen.schema import checking

ROOT = Path(__file__).parent.parent
SCHEMA = json.loads(schema.schema_text("assets"))
DEFS = SCHEMA["$defs"]


def follow(node):
    """Return a node with what it refers to."""
    if "$ref" not in node:
        return node
    target = follow(DEFS[node["$ref"].rpartition("/")[2]])
    return {**target, **{key: node[key] for key in node if key != "$ref"}}


def properties(node=SCHEMA, path=""):
    """Yield path, name and schema of every property, wherever it stands."""
    if isinstance(node, dict):
        if isinstance(node.get("properties"), dict):
            for name, each in node["properties"].items():
                yield path, name, each
        for key, each in node.items():
            yield from properties(each, f"{path}/{key}")
    elif isinstance(node, list):
        for number, each in enumerate(node):
            yield from properties(each, f"{path}/{number}")


ALL = [pytest.param(each, id=f"{path}/{name}") for path, name, each in properties()]


def spec(**asset):
    """Return a spec of one asset, `hero`."""
    return {"version": 1, "assets": {"hero": asset}}


def problems(value, *, included=False):
    """Validate a whole file."""
    return schema.validate(value, "assets.yaml", included=included)


def codes(value):
    """Return the codes of what is wrong."""
    return [each.code for each in problems(value)]


def test_the_schema_is_a_valid_schema():
    """Draft 2020-12, as it says."""
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("node", ALL)
def test_every_field_has_a_description_and_an_example_that_is_valid(node):
    """Editors and the reference show them; defaults must be allowed values."""
    field = follow(node)
    assert field["description"].endswith(".")
    assert field["examples"]
    validator = jsonschema.Draft202012Validator({**node, "$defs": DEFS})
    for value in [
        *field["examples"],
        *([field["default"]] if "default" in field else []),
    ]:
        assert validator.is_valid(value), value


def test_the_steps_are_those_of_the_catalogue():
    """A step or default that only one of them knows would be a lie in the other."""
    steps = DEFS["step"]["anyOf"][1]["properties"]
    assert set(steps) == set(STEPS)
    for name, entry in STEPS.items():
        step = steps[name]
        forms = [step, *map(follow, step.get("anyOf", ()))]
        arguments = {}
        for form in forms:
            arguments.update(form.get("properties", {}))
        defaults = {
            key: follow(each)["default"]
            for key, each in arguments.items()
            if "default" in follow(each)
        }
        expected = {key: v for key, v in entry.defaults.items() if v is not None}
        assert defaults == expected, name
        assert set(entry.defaults) <= set(arguments), name
        assert {*entry.refs} <= set(arguments), name
        assert entry.bare is None or entry.bare in arguments, name
        takes_true = any(form.get("const") is True for form in forms)
        assert takes_true == (name in DEFS["step"]["anyOf"][0]["enum"]), name


def test_the_smallest_spec_is_valid():
    """Version and assets, nothing else."""
    assert problems({"version": 1, "assets": {}}) == ()


def test_a_spec_with_everything_is_valid():
    """The forms of the reference, side by side."""
    value = {
        "version": 1,
        "vars": {"style": "flat", "size": 3},
        "targets": {"web": {"dir": "public", "engine": "web", "types": "ts"}},
        "presets": {"icon": ["a.png", {"path": "${asset}.png", "widths": [16, 32]}]},
        "profiles": {"draft": {"provider": "placeholder", "set": {"quality": "low"}}},
        "assets": {
            "icons/${item}-x": {
                "prompt": {"file": "p.md"},
                "matrix": {"item": ["a", {"id": "b", "text": "B"}], "exclude": []},
                "quality": "${item.q}",
                "params": {"a": {"b": [1, None]}},
            },
            "edit": {
                "prompt": "Edit image 1",
                "inputs": ["icons/*", {"asset": "hero", "draw": 2}, {"file": "a.png"}],
                "mask": {"polygon": [[0, 0], ["50%", 0], [0, "50%"]], "grow": -3},
                "outside": "accept",
                "process": ["trim", "grayscale", {"rotate": 90}, {"pad": 8}],
                "outputs": ["a.png", {"preset": "favicon", "path": "icons"}],
            },
            "wide": {"prompt": "x", "inputs": ["edit"], "extend": {"right": "50%"}},
            "again": {"variations_of": "edit", "prompt": "warmer", "n": 4},
            "card": {
                "layers": [
                    {"fill": "#101820"},
                    {"image": "edit", "at": ["10%", 4], "blend": "screen"},
                    {"text": "Hi", "font": {"file": "a.ttf"}, "at": "top"},
                ],
                "canvas": "1200x630",
            },
            "sheet": {"sheet": {"frames": ["icons/*"]}, "outputs": [{"path": "s.png"}]},
        },
    }
    assert problems(value) == ()


def test_a_key_that_a_spec_must_not_have_is_explained():
    """A spec says what to draw, and nothing about where the key goes."""
    for key in ("base_url", "api_key", "plugin", "command", "url"):
        (problem,) = problems({"version": 1, "assets": {}, key: "x"})
        assert problem.code == "unknown-key"
        assert problem.place.on_key
        assert problem.hint.startswith("a spec ")


@pytest.mark.parametrize(
    ("asset", "code"),
    [
        ({"prompt": "x", "n": True}, "wrong-type"),
        ({"prompt": "x", "n": -1}, "bad-value"),
        ({"prompt": "x", "revision": -1}, "bad-value"),
        ({"prompt": "x", "n": 10**30}, "bad-value"),
        ({"prompt": "x", "outputs": [{"path": "a.png", "width": 10**9}]}, "bad-value"),
        ({"prompt": "x", "outputs": [{"path": "a.png", "width": True}]}, "wrong-type"),
        ({"prompt": "x", "process": [{"blur": float("-1")}]}, "bad-value"),
        ({"prompt": "x" * 1_000_001}, "too-long"),
        ({"prompt": "x", "size": "1000000000x1000000000"}, "bad-value"),
        ({"prompt": "x", "inputs": ["a"] * 17}, "bad-value"),
    ],
)
def test_numbers_and_texts_have_bounds(asset, code):
    """Negative, boolean and huge numbers never get past the schema."""
    assert codes(spec(**asset)) == [code]


@pytest.mark.parametrize(
    "name",
    [
        "__proto__",
        "-rf",
        "a\nb",
        "a\n",
        "a\u202eb",
        "A",
        "a b",
        "",
        "/a",
        "a/",
        "a" * 10_000,
    ],
)
def test_odd_asset_names_are_refused(name):
    """Small letters, digits and a few marks; a line feed at the end counts, too."""
    (problem,) = problems({"version": 1, "assets": {name: {"prompt": "x"}}})
    assert problem.code in ("bad-name", "too-long")
    assert problem.place.pointer == ("assets", name)
    assert len(problem.message) < 300


def test_two_sources_are_shown_with_both_places():
    """One asset, one source; a prompt beside `variations_of` steers it."""
    (problem,) = problems(spec(prompt="x", file="a.png"))
    assert problem.code == "two-sources"
    assert problem.place.pointer == ("assets", "hero", "file")
    assert problem.related[0][0].pointer == ("assets", "hero", "prompt")
    assert problems(spec(prompt="x", variations_of="y")) == ()


def test_a_misspelt_source_is_one_problem():
    """That the source is missing follows from the typo and is not said."""
    assert codes(spec(promt="x")) == ["unknown-key"]


def test_all_problems_come_in_one_run_in_the_order_of_the_file():
    """Nobody wants to run the check once for each mistake."""
    value = {
        "colour": 1,
        "version": 1,
        "assets": {"b": {"prompt": 1, "n": 0}, "a": {"sizes": 1, "file": "x.png"}},
    }
    assert [each.place.pointer[-1] for each in problems(value)] == [
        "colour",
        "prompt",
        "n",
        "sizes",
    ]


def test_many_problems_are_cut_and_counted():
    """A hundred, and how many more."""
    value = {"version": 1, "assets": {f"a{i}": {"prompt": 1} for i in range(150)}}
    found = problems(value)
    assert len(found) == schema.MOST_PROBLEMS + 1
    assert found[-1].message == "and 50 more like these"


def test_a_mistake_of_another_kind_is_told_behind_a_hundred_alike():
    """Of each kind one is told, and the order of the file stays."""
    assets = {f"a{n}": {"prompt": "x", "sise": 1} for n in range(150)}
    assets["b"] = {"prompt": "x", "outputs": [{"path": "b.png", "fit": "kover"}]}
    found = schema.validate({"version": 1, "assets": assets}, "f", included=False)
    assert len(found) == schema.MOST_PROBLEMS + 1
    assert found[0].place.pointer[1] == "a0"
    assert found[-2].place.pointer[1] == "b"
    assert found[-1].message == "and 51 more like these"


def test_included_files_hold_fewer_keys():
    """Only the main file has targets, budgets and the like."""
    value = {"vars": {}, "assets": {}, "targets": {"web": {"dir": "x"}}}
    (problem,) = problems(value, included=True)
    assert (problem.code, problem.place.pointer) == ("unknown-key", ("targets",))
    assert problems({"version": 1, "presets": {}}, included=True) == ()


def test_one_entry_can_be_validated_alone():
    """It says the same, at the same places, as validating the whole file."""
    asset = {"prompt": 1, "outputs": [{"widht": 3, "path": "a.png"}]}
    assert schema.validate_asset(asset, "f", "hero") == schema.validate(
        {"version": 1, "assets": {"hero": asset}}, "f", included=False
    )
    assert schema.validate_asset({"prompt": "x"}, "f", "hero") == ()
    (problem,) = schema.validate_asset({"prompt": "x"}, "f", "Hero")
    assert problem.code == "bad-name"


MISTAKES = [
    None, True, 3, -1, 0.5, "", "zzz", [], [None], {}, {"zzz": 1}, "\n", [[]], "${x}",
]  # fmt: skip


@pytest.mark.parametrize("field", sorted(DEFS["asset"]["properties"]))
def test_both_validators_agree_and_every_refusal_has_words(field):
    """A refusal without words, or words of the library, would help nobody."""
    for mistake in MISTAKES:
        value = spec(**{"prompt": "x", field: copy.deepcopy(mistake)})
        quick = jsonschema_rs.Draft202012Validator(SCHEMA).is_valid(value)
        thorough = checking._thorough("spec").is_valid(value)
        assert quick == thorough
        found = problems(value)
        assert bool(found) != quick
        for problem in found:
            assert problem.place.pointer[:2] == ("assets", "hero")
            assert "is not valid" not in problem.message
            assert "schema" not in problem.message
            assert "None" not in problem.message


def test_the_schemas_ship():
    """They are found from a checkout as well as from a wheel."""
    assert {"assets", "diagnostics"} <= set(schema.schema_names())
    with pytest.raises(KeyError):
        schema.schema_text("../pyproject")


def test_the_reference_is_up_to_date():
    """`docs/reference/spec.md` is written from the schema, never by hand."""
    script = ROOT / "scripts" / "write_reference.py"
    done = subprocess.run(
        [sys.executable, str(script), "--check"], capture_output=True, check=False
    )
    assert done.returncode == 0, done.stdout


def test_defaults_of_text_are_those_of_the_catalogue():
    """A default that only one of them knows would be a lie in the other."""
    (text,) = (each for each in DEFS["layer"]["anyOf"] if "text" in each["required"])
    fields = {name: follow(each) for name, each in text["properties"].items()}
    said = {n: each["default"] for n, each in fields.items() if "default" in each}
    assert said == dict(TEXT_DEFAULTS)
