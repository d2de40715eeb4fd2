"""The short way through a build says "up to date" only if the long way would, too."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from worlds import sha

from assetgen.digest import digest_of
from assetgen.model import AssetName
from assetgen.noop import up_to_date
from assetgen.observe import find_changes
from assetgen.snapshot import Derived, Known, OutputRow, Row
from assetgen.state import (
    UNSURE,
    Columns,
    Rows,
    State,
    Watched,
    figures_of,
    format_state,
    parse_state,
)

SPEC, INPUT, FOLDER, GONE = "assets.yaml", "art/in.png", "art", "never.lock"
OUTPUTS = ("out/a.png", "out/b.png", "out/c.png")


def prepare(root, *, unsure=()):
    """Write a small world and the state that a build of it would leave."""
    for path in (SPEC, INPUT, *OUTPUTS):
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(path.encode())
    columns = Columns()
    for number, paths in enumerate((OUTPUTS[:2], (), OUTPUTS[2:])):
        files = tuple(
            OutputRow(path=p, key=sha(p), derived=Derived(sha(p), 1, 1, 1))
            for p in paths
        )
        row = Row(fingerprint="p", known=Known(images=(sha("i"),)), outputs=files)
        each = [UNSURE if p in unsure else figures_of(root / p) for p in paths]
        columns.add(AssetName(f"a{number}"), row, (1, []), each)
    watched = tuple(
        Watched(
            kind,
            path,
            UNSURE if path in unsure else figures_of(root / path),
            digest_of(path.encode()) if kind in ("spec", "input") else None,
        )
        for kind, path in (
            ("spec", SPEC),
            ("input", INPUT),
            ("folder", FOLDER),
            ("lock", GONE),
        )
    )
    state = State(
        version="1",
        options="o",
        summary="all well",
        watched=watched,
        rows=Rows(columns),
    )
    (root / ".assetgen").mkdir()
    (root / ".assetgen/state").write_bytes(format_state(state))


def fast(root, options="o", version="1"):
    """Return what the short way says."""
    return up_to_date(str(root), options, version)


def slow(root):
    """Return what the long way finds."""
    state = parse_state((root / ".assetgen/state").read_bytes())
    assert state is not None
    return find_changes(root, state)


def write(place, number):
    """Give a file other bytes."""
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(b"%d" % number)


def remove(place, _number):
    """Remove a file."""
    place.unlink(missing_ok=True)


def touch(place, number):
    """Give a file another time stamp."""
    if place.exists():
        os.utime(place, ns=(number, number))


CHANGES = st.tuples(
    st.sampled_from([write, remove, touch]),
    st.sampled_from([SPEC, INPUT, GONE, *OUTPUTS]),
    st.integers(0, 999),
)


@settings(max_examples=60)
@given(st.lists(CHANGES, max_size=3))
def test_the_short_way_never_overlooks_what_the_long_way_finds(changes):
    """Any write, removal or new time stamp; and a still world is up to date."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        prepare(root)
        assert fast(root) == "all well"
        assert not slow(root).files
        assert not slow(root).assets
        for change, path, number in changes:
            change(root / path, number)
        found = slow(root)
        if found.files or found.assets:
            assert fast(root) is None
        if fast(root) is not None:
            assert not changes or not (found.files or found.assets)


@pytest.mark.parametrize("path", [SPEC, INPUT, *OUTPUTS])
def test_figures_that_are_not_sure_never_match(tmp_path, path):
    """What changed in the instant of the build is looked at again."""
    prepare(tmp_path, unsure={path})
    assert fast(tmp_path) is None


@pytest.mark.parametrize(
    ("path", "asset"), [*zip(OUTPUTS, ("a0", "a0", "a2"), strict=True)]
)
def test_a_lost_output_names_its_asset(tmp_path, path, asset):
    """Also behind an asset without outputs."""
    prepare(tmp_path)
    (tmp_path / path).unlink()
    assert slow(tmp_path).assets == {asset}
    assert fast(tmp_path) is None


def test_another_command_or_version_takes_the_long_way(tmp_path):
    """The state answers for the options that it was written with."""
    prepare(tmp_path)
    assert fast(tmp_path, options="other") is None
    assert fast(tmp_path, version="2") is None


def test_a_new_entry_in_a_watched_folder_is_a_change(tmp_path):
    """An include's glob may match it."""
    prepare(tmp_path)
    folder = tmp_path / FOLDER
    (folder / "new.yaml").write_bytes(b"")
    os.utime(folder, ns=(1, 1))
    assert fast(tmp_path) is None


def test_a_file_that_came_is_a_change(tmp_path):
    """A lock that was not there."""
    prepare(tmp_path)
    (tmp_path / GONE).write_bytes(b"")
    assert slow(tmp_path).files == {GONE}
    assert fast(tmp_path) is None


@pytest.mark.parametrize(
    "data", [b"", b"\n", b"garbage", b"assetgen state 1 x y z w\n"]
)
def test_a_damaged_state_takes_the_long_way(tmp_path, data):
    """And so does a missing one, and one that is cut short anywhere."""
    prepare(tmp_path)
    place = tmp_path / ".assetgen/state"
    whole = place.read_bytes()
    place.write_bytes(data)
    assert fast(tmp_path) is None
    for size in range(0, len(whole), 7):
        place.write_bytes(whole[:size])
        assert fast(tmp_path) is None
    place.unlink()
    assert fast(tmp_path) is None


def test_one_changed_byte_anywhere_takes_the_long_way(tmp_path):
    """The short way would be right about the outputs, and keep a damaged file."""
    prepare(tmp_path)
    assert fast(tmp_path) is not None
    path = tmp_path / ".assetgen/state"
    whole = path.read_bytes()
    for at in range(len(whole)):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 0x11]) + whole[at + 1 :])
        assert fast(tmp_path) is None, at


def test_the_short_way_imports_next_to_nothing():
    """Its start-up is what people wait for most often."""
    import subprocess
    import sys

    code = "import sys; import assetgen.noop; print(' '.join(sys.modules))"
    run = subprocess.run(
        [
            sys.executable,
            "-S",
            "-c",
            f"import sys; sys.path[:0] = {sys.path!r}; {code}",
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    heavy = {
        "json",
        "re",
        "pathlib",
        "dataclasses",
        "argparse",
        "hashlib",
        "PIL",
        "yaml",
    }
    assert heavy.isdisjoint(run.stdout.split())
