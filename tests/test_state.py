"""The last build's state: written and read back, or not believed at all."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from worlds import sha

from assetgen.model import AssetName
from assetgen.snapshot import Derived, Known, OutputRow, Row
from assetgen.state import (
    GRANULARITY_NS,
    NO_FILE,
    UNSURE,
    Columns,
    Figures,
    Rows,
    Shape,
    State,
    Watched,
    figures_of,
    format_state,
    parse_state,
    settled,
)

words = st.text(st.characters(codec="utf-8", exclude_characters="\n\t\r"), max_size=8)
digests = st.integers(0, 9).map(lambda number: sha(str(number)))
numbers = st.integers(0, 2**40)
figures = st.builds(Figures, numbers, numbers, numbers) | st.sampled_from(
    [UNSURE, NO_FILE]
)
outputs = st.builds(
    OutputRow,
    path=words,
    key=digests,
    derived=st.builds(Derived, digests, numbers, numbers, numbers),
)
rows = st.builds(
    Row,
    fingerprint=digests,
    known=st.builds(
        Known,
        images=st.lists(digests, min_size=1, max_size=2).map(tuple),
        draws=st.lists(digests, max_size=2).map(tuple),
        pick=st.integers(0, 3),
        provenance=st.lists(st.sampled_from(["file", "model"]), unique=True).map(tuple),
    ),
    key=st.none() | digests,
    checks=st.none() | digests,
    outputs=st.lists(outputs, max_size=3).map(tuple),
)
watched = st.builds(
    Watched,
    st.sampled_from(["spec", "input", "lock", "folder", "manifest"]),
    words,
    figures,
    st.none() | digests,
)


@st.composite
def states(draw):
    """Return a state with a few assets."""
    columns = Columns()
    names = draw(st.lists(words.filter(bool), max_size=4, unique=True))
    for name in names:
        row = draw(rows)
        each = [draw(figures) for _ in row.outputs]
        columns.add(AssetName(name), row, (1, [name, "x"]), each)
    return State(
        version=draw(words),
        options=draw(words),
        summary=draw(words),
        settings=draw(words),
        watched=tuple(draw(st.lists(watched, max_size=3))),
        rows=Rows(columns),
        shape=Shape(order=list(range(len(names))), needs={}, matches={}),
    )


def same(one, two):
    """Return whether two states say the same."""
    heads = ("version", "options", "summary", "settings", "watched", "paths", "figures")
    return all(getattr(one, name) == getattr(two, name) for name in heads) and (
        dict(one.rows) == dict(two.rows)
        and [one.rows.card(n) for n in one.rows] == [two.rows.card(n) for n in two.rows]
    )


@settings(max_examples=40)
@given(states())
def test_a_state_is_read_back_as_it_was_written(state):
    """Rows are decoded one by one; cards, paths and figures are all there."""
    data = format_state(state)
    found = parse_state(data)
    assert found is not None
    assert same(found, state)
    assert format_state(found) == data


@settings(max_examples=40)
@given(states())
def test_each_output_finds_its_owner(state):
    """By its position in the columns."""
    for name in state.rows:
        for at in state.rows.outputs_at(name):
            assert state.rows.owner_at(at) == name
            start = state.rows.outputs_at(name).start
            assert state.paths[at] == state.rows[name].outputs[at - start].path


@settings(max_examples=40)
@given(states(), st.data())
def test_a_torn_state_is_none(state, data):
    """Whatever is cut off or put on."""
    whole = format_state(state)
    cut = data.draw(st.integers(0, len(whole) - 1))
    assert parse_state(whole[:cut]) is None
    assert parse_state(whole + b"x") is None


@given(st.binary(max_size=80))
def test_garbage_is_none(data):
    """And so is another version's file."""
    assert parse_state(data) is None
    assert parse_state(b"assetgen state 1 " + data) is None
    assert parse_state(b"assetgen state 99 0 0 0 0 0\n" + data) is None


@settings(max_examples=40)
@given(states(), st.data())
def test_a_flipped_bit_is_never_believed(state, data):
    """A state says what it said, or nothing: a wrong digest could cost money."""
    whole = bytearray(format_state(state))
    start = whole.index(b"\n") + 1
    if start == len(whole):
        return
    at = data.draw(st.integers(start, len(whole) - 1))
    whole[at] ^= 1 << data.draw(st.integers(0, 7))
    assert parse_state(bytes(whole)) is None


def test_rows_can_be_copied_in_runs():
    """Without decoding; outputs and figures come along."""
    old = Columns()
    for number in range(3):
        derived = Derived(sha("d"), 1, 1, 1)
        out = OutputRow(path=f"{number}.png", key=sha("k"), derived=derived)
        row = Row(fingerprint="p", known=Known(images=(sha("i"),)), outputs=(out,))
        old.add(AssetName(f"a{number}"), row, (1, []), [Figures(number, 1, 1)])
    new = Columns()
    new.copy(Rows(old), 1, 3)
    new.copy(Rows(old), 2, 2)
    assert (new.names, new.paths) == (["a1", "a2"], ["1.png", "2.png"])
    assert list(new.figures) == [1, 1, 1, 2, 1, 1]
    assert Rows(new)[AssetName("a2")].outputs[0].path == "2.png"


def test_figures_of_a_file_that_changed_just_now_are_not_relied_on(tmp_path):
    """It could change again within the clock's granularity without a trace."""
    place = tmp_path / "file"
    assert figures_of(place) == NO_FILE
    assert figures_of(place / "below") == NO_FILE
    place.write_bytes(b"x")
    now = figures_of(place)
    assert settled(now, now.ctime_ns) == UNSURE
    assert settled(now, now.ctime_ns + 2 * GRANULARITY_NS) == now
    assert settled(NO_FILE, now.ctime_ns) == NO_FILE


def test_an_unknown_row_is_no_row():
    """A mapping like any other."""
    found = Rows()
    assert AssetName("x") not in found
    assert found.get(AssetName("x")) is None
    assert found.fingerprint(AssetName("x")) is None
    assert State(rows=found).paths == []
