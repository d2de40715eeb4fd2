"""What only all assets together show."""

from __future__ import annotations

import json

import pytest

from assetgen.errors import ExitCode
from assetgen.resolve.entries import resolve_entry
from assetgen.resolve.link import card_from_json, card_of, link
from assetgen.resolve.settings import Options, read_settings


def _cards_of(entries, file="s.yaml"):
    settings, _ = read_settings("s.yaml", {"s.yaml": {}}, Options())
    cards = []
    for key, entry in entries.items():
        assets, problems = resolve_entry(file, key, entry, settings, lambda _: "text")
        assert problems == ()
        cards.extend(map(card_of, assets))
    return cards


def _problems_of(entries, spec_files=("s.yaml", "s.lock"), manifests=()):
    return link(_cards_of(entries), spec_files, manifests)


def test_sound_assets_have_no_problems():
    """References, draws, globs and files that all fit."""
    entries = {
        "a": {"prompt": "x", "n": 2, "outputs": ["a.png", "b/a.png"]},
        "b": {"prompt": "x", "inputs": [{"asset": "a", "draw": 2}, "*"]},
        "c": {"file": "art/c.png", "outputs": ["c.png"]},
    }
    assert _problems_of(entries) == ()


def test_two_assets_of_one_name_are_reported_with_both_places():
    """Names are global over all files."""
    cards = _cards_of({"a": {"prompt": "x"}}) + _cards_of(
        {"a": {"prompt": "y"}}, "t.yaml"
    )
    (problem,) = link(cards, ())
    assert problem.code == "duplicate-name"
    assert problem.place.file == "t.yaml"
    assert problem.related[0][0].file == "s.yaml"


@pytest.mark.parametrize(
    ("entry", "pointer"),
    [
        ({"prompt": "x", "inputs": ["swrod"]}, ("inputs", 0)),
        ({"variations_of": "swrod"}, ("variations_of",)),
        ({"prompt": "x", "inputs": ["sword"], "mask": "swrod"}, ("mask",)),
        ({"layers": [{"image": "swrod"}]}, ("layers", 0, "image")),
        ({"file": "a.png", "process": ["trim", {"overlay": "swrod"}]}, ("process", 1)),
        (
            {
                "file": "a.png",
                "outputs": [{"path": "a.png", "process": [{"overlay": "swrod"}]}],
            },
            ("outputs", 0, "process", 0),
        ),
    ],
)
def test_an_unknown_asset_is_reported_where_it_is_named(entry, pointer):
    """With the name that was most likely meant."""
    (problem,) = _problems_of({"sword": {"prompt": "x"}, "b": entry})
    assert problem.code == "unknown-asset"
    assert problem.hint == "did you mean `sword`?"
    assert problem.place.pointer == ("assets", "b", *pointer)


def test_a_file_name_taken_for_an_asset_gets_the_right_form():
    """`logo.png` could be a name, but looks like a file."""
    (problem,) = _problems_of({"a": {"prompt": "x", "inputs": ["art/logo.png"]}})
    assert "{file: art/logo.png}" in problem.hint


def test_a_draw_that_nobody_asks_for_is_reported():
    """A reference to draw 3 of 2, and to a draw of a file."""
    entries = {
        "a": {"prompt": "x", "n": 2},
        "b": {"file": "b.png"},
        "c": {"variations_of": {"asset": "a", "draw": 3}},
        "d": {"variations_of": {"asset": "b", "draw": 1}},
    }
    assert [problem.code for problem in _problems_of(entries)] == ["unknown-draw"] * 2


def test_a_glob_must_match_and_not_too_much():
    """No match is a mistake; more than sixteen inputs cannot be sent."""
    entries = {f"i/{number}": {"prompt": "x"} for number in range(17)}
    nothing = {**entries, "a": {"prompt": "x", "inputs": ["j/*"]}}
    too_many = {**entries, "a": {"prompt": "x", "inputs": ["i/*"]}}
    assert _problems_of(nothing)[0].code == "glob-matches-nothing"
    assert "17 inputs" in _problems_of(too_many)[0].message


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("a.png", "a.png"),
        ("a.png", "A.PNG"),
        ("caf\u00e9.png", "cafe\u0301.png"),
        ("stra\u00dfe.png", "STRASSE.png"),
    ],
)
def test_two_outputs_that_are_one_file_somewhere_are_reported(first, second):
    """Equal, or equal without case, or however their letters are composed."""
    entries = {
        "a": {"prompt": "x", "outputs": ["z.png", first]},
        "b": {"prompt": "x", "outputs": [second]},
    }
    (problem,) = _problems_of(entries)
    assert problem.code == "output-twice"
    assert problem.exit_code == ExitCode.SPEC_INVALID
    assert problem.place.pointer == ("assets", "b", "outputs", 0)
    assert problem.related[0][0].pointer == ("assets", "a", "outputs", 1)


@pytest.mark.parametrize("order", [1, -1])
def test_an_output_cannot_be_a_folder_of_another(order):
    """Whichever is declared first."""
    paths = ["x/a.png", "X/A.png/deep/b.png"][::order]
    (problem,) = _problems_of({"a": {"prompt": "x", "outputs": paths}})
    assert problem.code == "output-below-file"
    assert problem.related


@pytest.mark.parametrize("path", ["in/a.png", "in/A.png"])
def test_an_output_never_overwrites_an_input(path):
    """The inputs of all assets are protected, in any case."""
    settings, _ = read_settings(
        "s.yaml", {"s.yaml": {"targets": {"t": {"dir": "."}}}}, Options()
    )
    cards = []
    for key, entry in {
        "a": {"file": "in/a.png"},
        "b": {"prompt": "x", "outputs": [path]},
    }.items():
        (asset,), _ = resolve_entry("s.yaml", key, entry, settings, str)
        cards.append(card_of(asset))
    (problem,) = link(cards, ())
    assert problem.code == "protected-output"
    assert problem.exit_code == ExitCode.REFUSED
    assert problem.related[0][0].pointer == ("assets", "a", "file")


def test_an_output_never_overwrites_the_spec_or_a_manifest():
    """Also where they are oddly named."""
    entries = {"a": {"prompt": "x", "outputs": ["odd.png", "list.png/x.png"]}}
    first, second = _problems_of(entries, ["assets/Odd.png"], ["assets/list.png"])
    assert first.exit_code == ExitCode.REFUSED
    assert second.code == "output-below-file"


def test_a_card_survives_json():
    """Kept cards are read back from plain data."""
    entries = {
        "m": {"prompt": "x"},
        "a": {
            "prompt": {"file": "p.md"},
            "inputs": ["m", "m*", {"file": "b.png"}],
            "outputs": ["a.png"],
        },
    }
    cards = _cards_of(entries)
    again = [card_from_json(card) for card in json.loads(json.dumps(cards))]
    assert json.dumps(again) == json.dumps(cards)
    assert again[1].place == cards[1].place
    assert link(again, ["assets/a.png"]) == link(cards, ["assets/a.png"])


def test_one_mistake_everywhere_is_not_reported_without_end():
    """A preset's mistake reaches every asset; the list of problems has a maximum."""
    entries = {f"a{n}": {"prompt": "x", "inputs": ["zz"]} for n in range(1500)}
    assert len(_problems_of(entries)) < 1100
