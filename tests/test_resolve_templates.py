"""Templates: which names there are, what stays as it is, and what is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assetgen.resolve.entries import resolve_entry
from assetgen.resolve.findings import Findings
from assetgen.resolve.settings import Options, read_settings
from assetgen.resolve.templates import Names, fill
from assetgen.spans import Place

PLACE = Place("assets.yaml", ("assets", "a", "prompt"))


def _filled(text, *, in_path=False, **variables):
    found = Findings()
    names = Names(variables, {}, {})
    return fill(text, names, PLACE, found, in_path=in_path), found.problems


def _resolve(entry, key="a", spec=None, read_text=str):
    settings, problems = read_settings("s.yaml", {"s.yaml": spec or {}}, Options())
    assert problems == []
    return resolve_entry("s.yaml", key, entry, settings, read_text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a ${x} b", "a 7 b"),
        ("${x}${x}", "77"),
        ("$${x}", "${x}"),
        ("$5 and $x", "$5 and $x"),
        ("$$${x}", "$${x}"),
    ],
)
def test_names_are_filled_in_and_dollars_alone_are_left(text, expected):
    """Only `${` means something; `$${` is a literal `${`."""
    assert _filled(text, x=7) == (expected, [])


@pytest.mark.parametrize(
    ("value", "text"),
    [(1.0, "1"), (1.5, "1.5"), (True, "true"), (False, "false"), (-3, "-3"), ("", "")],
)
def test_numbers_have_one_text(value, text):
    """However a number is written, it is filled in the same way."""
    assert _filled("${x}", x=value) == (text, [])


def test_an_unknown_name_is_reported_at_its_string_with_a_suggestion():
    """The problem stands exactly where the template stands."""
    entry = {"prompt": "x", "outputs": [{"path": "a.png", "format": "${formt}"}]}
    _, problems = _resolve(entry, spec={"vars": {"formats": "png"}})
    assert problems[0].code == "unknown-variable"
    assert problems[0].place.pointer == ("assets", "a", "outputs", 0, "format")
    assert problems[0].hint == "did you mean `formats`?"


@pytest.mark.parametrize("text", ["${", "${a b}", "${}", "${a+1}", "${env:HOME}"])
def test_there_are_no_expressions_and_no_environment(text):
    """What is in the braces is a name and nothing else."""
    _, (problem,) = _filled(text, a=1)
    assert problem.code == "bad-template"


def test_names_of_output_paths_are_unknown_elsewhere():
    """A prompt cannot speak of the width of a file."""
    _, (problem,) = _filled("${width}")
    assert "output paths only" in problem.message
    assert _filled("${width}", in_path=True) == ("${width}", [])


def test_the_matrix_hides_the_asset_and_the_asset_hides_the_spec():
    """Names come from the matrix, then the asset's vars, then the spec's."""
    entry = {
        "matrix": {"a": ["m"]},
        "vars": {"a": "v", "b": "v-${a}-${c}"},
        "prompt": "${a} ${b} ${c}",
    }
    (asset,), problems = _resolve(entry, spec={"vars": {"a": 1, "b": 2, "c": 3}})
    assert problems == ()
    assert asset.source.prompt == "m v-m-3 3"
    assert asset.variables == (
        ("a", "m", "matrix"),
        ("b", "v-m-3", "asset"),
        ("c", 3, "spec"),
    )


def test_a_prompt_file_is_a_template_too():
    """A prompt file's text is filled in, and the file decides what the asset is."""
    entry = {"prompt": {"file": "prompts/${name}.md"}, "vars": {"name": "cat"}}
    (asset,), problems = _resolve(entry, read_text=lambda path: f"{path}: a ${{name}}")
    assert problems == ()
    assert asset.source.prompt == "prompts/cat.md: a cat"
    assert asset.files == ("prompts/cat.md",)


def test_filling_in_cannot_blow_a_text_up():
    """A short template over a long variable is refused before it is joined."""
    text, (problem,) = _filled("${x}" * 1000, x="y" * 10_000)
    assert text == ""
    assert problem.code == "too-long"


def test_a_filled_in_value_is_not_looked_at_again():
    """A variable's text is text, whatever it looks like."""
    assert _filled("${x}", x="${y}", y="no") == ("${y}", [])


@given(st.text(alphabet="ab${}. \n", max_size=40))
def test_any_text_is_filled_without_a_crash(text):
    """Every text gives a text; without `${` it is the same text."""
    result, problems = _filled(text, a="1", b={"id": "i"})
    assert isinstance(result, str)
    if "${" not in text:
        assert (result, problems) == (text, [])
