"""The matrix: one entry, many assets."""

from __future__ import annotations

import pytest

from assetgen.resolve.entries import resolve_entry
from assetgen.resolve.matrix import count_rows
from assetgen.resolve.settings import Options, read_settings


def _resolve(matrix, key="icons", prompt="x"):
    settings, _ = read_settings("s.yaml", {"s.yaml": {}}, Options())
    entry = {"prompt": prompt, "matrix": matrix}
    return resolve_entry("s.yaml", key, entry, settings, str)


def _names(*args, **kwargs):
    assets, problems = _resolve(*args, **kwargs)
    assert problems == ()
    return [asset.name for asset in assets]


def test_values_are_appended_to_a_key_without_templates():
    """`icons` with item and tier becomes `icons/sword-bronze`, the last list fastest."""
    matrix = {"item": ["sword", "shield"], "tier": ["bronze", 2]}
    assert _names(matrix) == [
        "icons/sword-bronze",
        "icons/sword-2",
        "icons/shield-bronze",
        "icons/shield-2",
    ]


def test_a_key_may_hold_templates():
    """The key says where the values go."""
    matrix = {"item": ["sword"], "tier": ["gold"]}
    assert _names(matrix, key="${tier}/${item}-icon") == ["gold/sword-icon"]


def test_an_entry_may_be_a_map_that_stands_for_its_id():
    """`${item}` is `${item.id}`; other fields are for prompts."""
    matrix = {"item": [{"id": "sword", "text": "a long sword"}]}
    (asset,), problems = _resolve(matrix, prompt="${item}: ${item.text}")
    assert problems == ()
    assert asset.name == "icons/sword"
    assert asset.source.prompt == "sword: a long sword"


def test_a_field_that_an_entry_lacks_is_unknown():
    """Fields are looked up in the row's own entry."""
    _, (problem,) = _resolve({"item": [{"id": "a"}]}, prompt="${item.txt}")
    assert problem.code == "unknown-variable"


def test_excluded_rows_are_left_out():
    """An exclude names some or all lists; maps are compared by their id."""
    matrix = {
        "item": [{"id": "sword"}, "shield"],
        "tier": ["bronze", "gold"],
        "exclude": [{"item": "sword", "tier": "gold"}, {"item": "shield"}],
    }
    assert _names(matrix) == ["icons/sword-bronze"]


def test_an_exclude_that_matches_nothing_is_a_warning():
    """It is most likely a typing mistake, but builds the same pictures."""
    assets, (problem,) = _resolve({"item": ["a"], "exclude": [{"item": "b"}]})
    assert len(assets) == 1
    assert problem.severity == "warning"
    assert problem.place.pointer[-2:] == ("exclude", 0)


def test_an_exclude_over_an_unknown_list_gets_a_suggestion():
    """Excludes can only name lists of the matrix."""
    _, (problem, *_) = _resolve({"item": ["a", "b"], "exclude": [{"itme": "a"}]})
    assert problem.hint == "did you mean `item`?"


def test_a_million_rows_are_counted_and_not_expanded():
    """The product is compared with the cap before any row exists."""
    matrix = {letter: list(range(100)) for letter in "abc"}
    assert count_rows({"matrix": matrix}) == 1_000_000
    assets, (problem,) = _resolve(matrix)
    assert assets == ()
    assert problem.code == "matrix-too-large"
    assert "1,000,000" in problem.message


def test_rows_with_one_name_are_reported_with_both_values():
    """A key that leaves a list out names two assets alike."""
    _, problems = _resolve({"item": ["a"], "tier": [1, 2]}, key="x/${item}")
    assert problems[0].code == "duplicate-name"
    assert "item: a, tier: 1" in problems[0].message
    assert "item: a, tier: 2" in problems[0].message


def test_one_mistake_of_many_rows_is_reported_once():
    """Rows share their text, so they share its problem."""
    _, problems = _resolve({"item": list(range(50))}, prompt="${nothing}")
    assert len(problems) == 1


@pytest.mark.parametrize(
    "matrix",
    [
        {"exclude": []},
        {"item": []},
        {"item": "a"},
        {"item": [["a"]]},
        {"item": [{}]},
        {"item": ["a"], "exclude": [3]},
        {"item": ["a"], "exclude": 3},
        {"item": ["a"], "exclude": [{"item": "a"}]},
        {"width": ["a"]},
        {letter: ["a"] for letter in "abcdefghi"},
        [1],
    ],
)
def test_a_matrix_without_sense_is_a_problem(matrix):
    """Nothing is expanded, and nothing crashes."""
    assets, problems = _resolve(matrix)
    assert assets == ()
    assert problems


@pytest.mark.parametrize(
    "value", ["Sword", "__proto__", "-rf", "a\nb", "a b", "\u202egpj", "x" * 10_000]
)
def test_a_value_that_cannot_be_part_of_a_name_is_reported(value):
    """Names are lower case and plain; a map's `id` can say what the name is."""
    _, problems = _resolve({"item": [value]}, key="${item}")
    assert problems[0].code == "bad-name"
    assert len(problems[0].message) < 200
