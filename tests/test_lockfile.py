"""The lock is a fixed point of its writer, and says which line is wrong."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assetgen.digest import Key, digest_of
from assetgen.errors import SpecInvalid
from assetgen.lockfile import (
    LockLine,
    format_lock,
    parse_lock,
    read_lock,
    write_lock,
)
from assetgen.lockline import is_canonical, line_of, read_row, row_of
from assetgen.lockmerge import read_conflicted
from assetgen.model import AssetName

SCHEMA = Path(__file__).parent.parent / "schemas" / "lock.schema.json"


def a_line(asset: str = "hero", draws: int = 1, pick: int = 1, **more) -> LockLine:
    """Return a line with made-up hashes."""
    found = tuple(digest_of(f"{asset}{n}".encode()) for n in range(draws))
    return LockLine(
        asset=AssetName(asset),
        key=Key(digest_of(asset.encode())),
        operation="generate",
        provider="openai",
        draws=found,
        pick=found[pick - 1],
        **more,
    )


FULL = a_line(
    "icons/sword",
    draws=3,
    pick=2,
    model="m-1",
    params={"size": "64x64", "quality": "low"},
    prompt="0123abcd",
    inputs=("ab" * 32,),
    mask="cd" * 32,
    markup="ef" * 32,
    revision=2,
)

lines = st.builds(
    lambda asset, draws, more: a_line(asset, draws=draws, pick=draws, **more),
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1),
    st.integers(1, 4),
    st.fixed_dictionaries(
        {},
        optional={
            "model": st.none() | st.text(st.characters(exclude_categories=["Cs"])),
            "params": st.dictionaries(st.text("abc"), st.integers() | st.booleans()),
            "prompt": st.text("0123abcd"),
            "inputs": st.lists(st.text("0123abcd")).map(tuple),
            "mask": st.none() | st.text("0123abcd", min_size=1),
            "markup": st.none() | st.text("0123abcd", min_size=1),
            "revision": st.integers(0, 9),
        },
    ),
)


@given(st.lists(lines, unique_by=lambda line: line.asset))
def test_formatting_what_was_parsed_gives_the_same_text(some):
    """The lock is a fixed point, whatever stands in it and in whichever order."""
    text = format_lock(some)
    parsed = parse_lock(text)
    assert format_lock(parsed.values()) == text
    assert format_lock(reversed(some)) == text
    assert [line.draws for line in parsed.values()] == [
        line.draws for line in sorted(some, key=lambda line: line.asset)
    ]


built = st.builds(
    lambda asset, draws, params: a_line(asset, draws=draws, params=params),
    st.from_regex(r"[a-z0-9][a-z0-9_.-]{0,9}(/[a-z0-9]{1,9})?", fullmatch=True),
    st.integers(1, 4),
    st.dictionaries(st.text("abc_"), st.text("abc 19x:#äöü") | st.integers()),
)


@given(built)
def test_lines_that_builds_write_are_read_the_quick_way(line):
    """Ten thousand of them are looked at in one go, without decoding one."""
    row = row_of(line)
    assert is_canonical(row)
    assert read_row(row) == (line_of(row), "")


@pytest.mark.parametrize(
    "odd",
    [
        {"params": {"more": {"seed": 1}}},
        {"model": 'a "model"'},
        {"prompt": ""},
        {"params": {"z": 1, "a": 2}},
    ],
)
def test_an_odd_line_among_many_is_read_as_well(odd):
    """It makes reading slower, never wrong, and comes back in its one form."""
    rows = format_lock(a_line(f"a{n}") for n in range(9)).splitlines()
    rows[4] = json.dumps({**json.loads(rows[4]), **odd})
    lock = parse_lock("\n".join([*rows, ""]))
    assert len(lock) == 9
    assert all(read_row(row) == (lock[name], "") for name, row in lock.rows.items())
    assert parse_lock(lock.text()).rows == lock.rows
    assert lock.text().splitlines()[5:] == rows[5:]


CHANGES = st.tuples(st.integers(0), st.sampled_from('0g"\\,{}[] \x01\n:tX-'))


@given(lines, st.lists(CHANGES, min_size=1, max_size=3))
def test_no_damaged_line_passes_for_a_canonical_one(line, changes):
    """Whatever a bit, an editor or an attacker did: either the decoder agrees or it fails."""
    row = row_of(line)
    for number, sign in changes:
        at = number % len(row)
        row = row[:at] + sign + row[at + 1 :]
    if is_canonical(row):
        found, problem = read_row(row)
        assert not problem
        assert row_of(found) == row


def test_a_line_reads_back_with_all_its_fields():
    """Nothing is lost, and the pick is counted from 1."""
    (line,) = parse_lock(format_lock([FULL])).values()
    assert line == FULL
    assert line.pick_number == 2


def test_the_text_is_made_for_git():
    """A version line, one asset a line, sorted, LF at the end."""
    text = format_lock([FULL, a_line("hero")])
    assert text.startswith('{"lock": 1}\n{"asset": "hero", "key": "')
    assert text.endswith("}\n")
    assert len(text.splitlines()) == 3


def test_every_line_fits_the_published_schema():
    """Editors and other tools read the lock by it."""
    schema = json.loads(SCHEMA.read_text())
    validator = jsonschema.Draft202012Validator(schema)
    for row in format_lock([FULL, a_line()]).splitlines():
        validator.validate(json.loads(row))
    assert not validator.is_valid({"asset": "x"})


@pytest.mark.parametrize("text", ["", "\n", '{"lock": 1}\n', '{"lock":1}\r\n'])
def test_an_empty_lock_has_no_lines(text):
    """An empty file is what git leaves after some merges."""
    assert parse_lock(text) == {}


def test_windows_line_ends_and_another_order_are_tolerated():
    """People sort lines, and git may check out CRLF."""
    rows = format_lock([a_line("a"), a_line("b")]).splitlines()
    text = "\r\n".join([rows[0], rows[2], rows[1], ""])
    assert format_lock(parse_lock(text).values()) == "\n".join([*rows, ""])


def broken(change: dict) -> str:
    """Return a lock whose third line is changed."""
    rows = format_lock([a_line("a"), a_line("b")]).splitlines()
    data = {**json.loads(rows[2]), **change}
    rows[2] = json.dumps({k: v for k, v in data.items() if v is not None})
    return "\n".join(rows)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"key": None}, "the field 'key' is missing"),
        ({"at": "now"}, "the field 'at' is not known here"),
        ({"key": 7}, "'key' is not text"),
        ({"key": "AB" * 32}, "is not a hash"),
        ({"draws": []}, "the pick is not one of the draws"),
        ({"draws": "x"}, "'draws' is not a list"),
        ({"draws": ["../../../etc/passwd"]}, "is not a hash"),
        ({"pick": "0" * 64}, "the pick is not one of the draws"),
        ({"inputs": [1]}, "'inputs' is not a list"),
        ({"params": []}, "'params' is not an object"),
        ({"revision": True}, "'revision' is not a whole number"),
        ({"asset": "a"}, "the asset 'a' has two lines"),
    ],
)
def test_a_wrong_line_is_named_with_its_number(change, message):
    """One diagnostic with the place, and a way out."""
    with pytest.raises(SpecInvalid) as caught:
        parse_lock(broken(change), "assets.lock")
    (problem,) = caught.value.diagnostics
    assert message in problem.message
    assert str(problem.excerpt.span).startswith("assets.lock:3:1")
    assert "--resolve" in problem.hint


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"lock": 2}\n', "version 2 of the lock is not known"),
        ('{"lock": true}\n', "version True"),
        ("garbage\n", "does not begin with"),
        ('{"lock": 1}\n{"asset"\n', "is not JSON"),
        ('{"lock": 1}\n' + "[" * 100_000, "cannot be read"),
        ('{"lock": 1}\n[]\n', "is not an object"),
        ('{"lock": 1}\n{}, {}\n', "is not JSON"),
        ('{"lock": 1}\n{"a": ' + "1" * 5000 + "}\n", "cannot be read"),
    ],
)
def test_other_damage_is_named_too(text, message):
    """Whatever it holds, an unreadable lock is an error of the spec, not of ours."""
    with pytest.raises(SpecInvalid) as caught:
        parse_lock(text)
    assert message in caught.value.diagnostics[0].message


def test_a_conflicted_lock_names_the_way_out():
    """One diagnostic per conflict; what else is odd comes from the merge."""
    hero = format_lock([a_line("hero", draws=2)]).splitlines()[1]
    theirs = format_lock([a_line("hero", draws=2, pick=2)]).splitlines()[1]
    rows = ['{"lock": 1}', "<<<<<<< ours", hero, "=======", theirs, ">>>>>>> b"]
    text = "\n".join(rows)
    with pytest.raises(SpecInvalid) as caught:
        parse_lock(text)
    (problem,) = caught.value.diagnostics
    assert problem.code == "lock-conflict"
    assert problem.excerpt.span.line == 2
    assert "assetgen lock --resolve" in problem.hint
    conflicted = read_conflicted(text + "\n" + format_lock([FULL]))
    assert list(conflicted.agreed) == ["icons/sword"]
    sides = conflicted.disputed[AssetName("hero")]
    assert (sides.ours.pick_number, sides.theirs.pick_number) == (1, 2)


def test_files_are_written_only_when_the_text_changes(tmp_path):
    """An empty lock makes no file; a lock that became empty stays as one."""
    path = tmp_path / "assets.lock"
    assert read_lock(path) == {}
    assert not write_lock(path, [])
    assert not path.exists()
    assert write_lock(path, [FULL])
    assert not write_lock(path, [FULL])
    assert read_lock(path) == {FULL.asset: FULL}
    assert write_lock(path, [])
    assert path.read_text() == '{"lock": 1}\n'


def test_a_lock_that_is_no_text_is_named(tmp_path):
    """Also bytes that are no UTF-8 are an error with a line."""
    path = tmp_path / "assets.lock"
    path.write_bytes(b'{"lock": 1}\n\xff\n')
    with pytest.raises(SpecInvalid) as caught:
        read_lock(path)
    assert caught.value.diagnostics[0].excerpt.span.line == 2


def test_a_lock_of_many_errors_stops_somewhere():
    """Twenty lines say it."""
    with pytest.raises(SpecInvalid) as caught:
        parse_lock('{"lock": 1}\n' + "x\n" * 1000)
    assert len(caught.value.diagnostics) == 20
