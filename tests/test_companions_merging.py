"""Our entries in files that are somebody else's: put in, brought up to date, taken out."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assetgen.companions.facts import AssetFact, FileFact, TargetFacts
from assetgen.companions.icons import app_icons
from assetgen.companions.merging import lacks, merged, without
from assetgen.companions.planned import Listing, shared
from assetgen.errors import PolicyRefused

ICONS = Listing(key="icons", name="src")


def ours(*names, **more):
    """Return a web manifest with our icons."""
    entries = [{"src": name, "sizes": "9x9", **more} for name in names]
    return shared("m.webmanifest", "webmanifest", ICONS, entries)


def put(document, companion, gone=()):
    """Return a document with our entries, as data."""
    data = json.dumps(document, indent=2).encode()
    return json.loads(merged(data, companion, gone, "m"))


def test_other_keys_and_their_order_stay():
    """The list takes its own place; a new one comes last."""
    document = {"z": 1, "icons": [{"src": "own.png"}], "a": {"b": [2]}}
    found = put(document, ours("x.png"))
    assert list(found) == ["z", "icons", "a"]
    assert found["icons"] == [{"src": "own.png"}, {"src": "x.png", "sizes": "9x9"}]
    assert list(put({"z": 1, "a": 2}, ours("x.png"))) == ["z", "a", "icons"]


def test_an_entry_of_ours_is_brought_up_to_date_where_it_stands():
    """What somebody added to it stays."""
    document = {"icons": [{"src": "x.png", "sizes": "1x1", "label": "L"}, {"src": "b"}]}
    assert put(document, ours("x.png"))["icons"] == [
        {"src": "x.png", "sizes": "9x9", "label": "L"},
        {"src": "b"},
    ]


def test_entries_of_files_that_are_gone_go():
    """Only those that were ours."""
    document = {"icons": [{"src": "old.png"}, {"src": "own.png"}, "odd", 3]}
    found = put(document, ours("x.png"), gone={"old.png"})["icons"]
    assert found == [{"src": "own.png"}, "odd", 3, {"src": "x.png", "sizes": "9x9"}]


def test_a_file_in_which_nothing_changes_keeps_its_bytes():
    """However it is written."""
    data = b'{ "icons":[{"sizes":"9x9",   "src":"x.png"}] }'
    assert merged(data, ours("x.png"), (), "m") == data
    assert not lacks(data, ours("x.png"), "m")
    assert lacks(data, ours("y.png"), "m")


@pytest.mark.parametrize(
    "text",
    [
        '{\n\t"a": 1\n}\n',
        '{\n    "a": 1\n}',
        '{\r\n  "a": 1\r\n}\r\n',
        '\ufeff{\n  "a": "é"\n}\n',
    ],
    ids=["tabs", "four", "crlf", "bom"],
)
def test_the_manner_of_the_file_stays(text):
    """Indentation, line ends, the mark at the start and the line end at the end."""
    data = text.encode()
    found = merged(data, ours("x.png"), (), "m").decode()
    assert found.startswith(text[: text.index("1") if "1" in text else 12])
    assert found.endswith("}\n") == text.endswith("}\n") or "\r" in text
    assert ("\r\n" in text) == ("\r\n" in found)
    assert found.count("\n") == found.count("\r\n") or "\r\n" not in text
    back = without(found.encode(), ICONS, {"x.png"}, "m")
    assert json.loads(back.decode("utf-8-sig"))["icons"] == []


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{", "not JSON"),
        ("", "not JSON"),
        ("[]", "not a JSON object"),
        ('{"icons": {}}', "`icons` is not a list"),
        ('{"a": 1, "a": 2}', "twice"),
        ("[" * 100_000, "not JSON"),
        ('{"a": "\xff"}', "not JSON"),
    ],
    ids=["cut", "empty", "list", "map", "twins", "deep", "bytes"],
)
def test_a_file_that_is_something_else_is_refused_by_name(text, reason):
    """Nothing is guessed, and nothing lost."""
    with pytest.raises(PolicyRefused, match=reason) as caught:
        merged(text.encode("latin-1"), ours("x.png"), (), "site/m.webmanifest")
    assert "site/m.webmanifest" in caught.value.message


_SCALARS = st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=5)
_NAMES = st.sampled_from(["a.png", "b.png", "c.png", "d.png"])
_ENTRIES = st.lists(
    _SCALARS | st.fixed_dictionaries({"src": _NAMES}, optional={"label": _SCALARS}),
    max_size=6,
)


@given(
    entries=_ENTRIES,
    rest=st.dictionaries(st.text(max_size=3), _SCALARS, max_size=4),
    names=st.lists(_NAMES, max_size=3, unique=True),
    gone=st.sets(_NAMES, max_size=2),
)
def test_merging_again_changes_nothing_and_loses_nothing(entries, rest, names, gone):
    """Twice is once; what is not ours is in the file afterwards, in the same order."""
    gone = gone - set(names)
    document = {**rest, "icons": entries}
    data = json.dumps(document).encode()
    once = merged(data, ours(*names), gone, "m")
    assert merged(once, ours(*names), gone, "m") == once
    found = json.loads(once)
    assert {k: v for k, v in found.items() if k != "icons"} == {
        k: v for k, v in document.items() if k != "icons"
    }

    def others(items):
        mine = gone | set(names)
        return [e for e in items if not (isinstance(e, dict) and e["src"] in mine)]

    assert others(found["icons"]) == others(entries)
    listed = [e["src"] for e in found["icons"] if isinstance(e, dict)]
    assert set(names) <= set(listed)
    assert gone.isdisjoint(listed)


def test_an_empty_slot_of_xcode_is_filled():
    """Xcode writes slots without a file; ours goes there instead of beside it."""
    slot = {"idiom": "universal", "platform": "ios", "size": "1024x1024"}
    file = FileFact(
        path="x/AppIcon-1024.png", asset="a", format="png", width=1024, height=1024,
        preset="ios-appicon", about={"slots": [slot]},
    )  # fmt: skip
    facts = TargetFacts(
        name="t", assets=(AssetFact(name="a", alt=None, files=(file,)),)
    )
    (companion,) = app_icons(facts)
    document = {"images": [slot, {**slot, "idiom": "watch"}], "info": {"author": "me"}}
    data = json.dumps(document).encode()
    found = json.loads(merged(data, companion, (), "c"))
    assert found["images"] == [
        {**slot, "filename": "AppIcon-1024.png"},
        {**slot, "idiom": "watch"},
    ]
    assert found["info"] == {"author": "me"}
