"""Outputs and manifests: nobody's work is overwritten, nothing is half there."""

from __future__ import annotations

import json
import os
from pathlib import Path

import jsonschema
import pytest

from assetgen import failpoints
from assetgen.digest import digest_of
from assetgen.errors import DiskRefused, PolicyRefused
from assetgen.manifest import (
    AssetEntry,
    FileEntry,
    asset_fragment,
    file_fragment,
    files_of,
    manifest_text,
    parse_manifest,
    row_of,
    rows_of,
    sha256_of,
)
from assetgen.model import AssetName
from assetgen.publish import Journal, Published, prune, publish

SCHEMA = Path(__file__).parent.parent / "schemas" / "manifest.schema.json"
OLD, NEW, EDITED = b"old", b"new", b"edited by hand"


def test_an_output_is_written_once_and_then_left_alone(tmp_path):
    """Equal bytes keep the file, and its time, as they are."""
    assert publish(tmp_path, "img/a.png", NEW) is Published.WRITTEN
    before = (tmp_path / "img/a.png").stat().st_ino
    assert publish(tmp_path, "img/a.png", NEW) is Published.UNCHANGED
    assert (tmp_path / "img/a.png").stat().st_ino == before


def test_what_we_wrote_is_replaced_and_what_a_person_wrote_is_kept(tmp_path):
    """Ownership is by bytes; --force overrides it."""
    path = tmp_path / "a.png"
    path.write_bytes(OLD)
    owned = {digest_of(OLD)}
    assert publish(tmp_path, "a.png", NEW, owned=owned) is Published.WRITTEN
    path.write_bytes(EDITED)
    assert publish(tmp_path, "a.png", NEW, owned=owned) is Published.KEPT
    assert path.read_bytes() == EDITED
    assert publish(tmp_path, "a.png", NEW, force=True) is Published.WRITTEN
    assert path.read_bytes() == NEW


def test_a_file_that_was_there_before_us_is_kept(tmp_path):
    """Without a manifest every other file is a person's."""
    (tmp_path / "a.png").write_bytes(OLD)
    assert publish(tmp_path, "a.png", NEW) is Published.KEPT


def test_a_crash_before_the_manifest_does_not_disown_the_output(tmp_path):
    """The journal knows what the manifest does not know yet."""
    journal = Journal(tmp_path / "journal")
    assert journal.owned() == {}
    publish(tmp_path, "a.png", NEW, journal=journal)
    with (tmp_path / "journal").open("ab") as file:
        file.write(b'["b.png", "to')
    publish(tmp_path, "c.png", NEW, journal=journal)
    owned = journal.owned()
    assert owned == {"a.png": {digest_of(NEW)}, "c.png": {digest_of(NEW)}}
    later = publish(tmp_path, "a.png", b"newer", owned=owned["a.png"])
    assert later is Published.WRITTEN
    journal.clear()
    journal.clear()
    assert journal.owned() == {}


def test_an_output_cannot_leave_its_root(tmp_path):
    """Links are resolved before anything is written."""
    root = tmp_path / "project"
    root.mkdir()
    (root / "out").symlink_to(tmp_path)
    for relative in ("out/a.png", "../a.png"):
        with pytest.raises(PolicyRefused):
            publish(root, relative, NEW, force=True)
    assert not (tmp_path / "a.png").exists()


def test_what_is_no_file_is_named_and_kept(tmp_path):
    """A pipe is not opened, a folder is not removed: 74."""
    os.mkfifo(tmp_path / "a.png")
    (tmp_path / "b.png").mkdir()
    for name in ("a.png", "b.png"):
        with pytest.raises(DiskRefused, match=name):
            publish(tmp_path, name, NEW, force=True)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.png", "b.png"]


def test_pruning_removes_only_what_is_unchanged(tmp_path):
    """Edited files are kept and named, folders stay, outside is out of reach."""
    root = tmp_path / "site"
    (root / "img").mkdir(parents=True)
    (root / "img" / "ours.png").write_bytes(OLD)
    (root / "edited.png").write_bytes(EDITED)
    (root / "link.png").symlink_to("edited.png")
    (root / "folder.png").mkdir()
    (tmp_path / "outside.png").write_bytes(OLD)
    names = ["img/ours.png", "edited.png", "gone.png", "folder.png", "../outside.png"]
    candidates = {name: digest_of(OLD) for name in names}
    candidates["link.png"] = digest_of(EDITED)
    removed, kept = prune(root, candidates)
    assert removed == ("img/ours.png",)
    assert kept == ("../outside.png", "edited.png", "folder.png", "link.png")
    assert (root / "img").is_dir()
    assert (tmp_path / "outside.png").exists()


def test_a_file_that_cannot_be_removed_is_named(tmp_path, monkeypatch):
    """74 with the path."""
    (tmp_path / "a.png").write_bytes(OLD)
    monkeypatch.setattr(
        failpoints, "_active", failpoints.Failpoints("output.remove=erofs")
    )
    with pytest.raises(DiskRefused, match=r"cannot remove .*a\.png: read-only"):
        prune(tmp_path, {"a.png": digest_of(OLD)})


def an_entry(**more) -> FileEntry:
    """Return an entry of a picture."""
    return FileEntry(
        asset=AssetName("hero"),
        sha256=digest_of(NEW),
        bytes=3,
        width=640,
        height=480,
        format="webp",
        **more,
    )


def test_a_manifest_has_one_file_a_line_and_fits_its_schema():
    """Sorted, so that diffs read well; the schema is what games rely on."""
    text = manifest_text(
        {
            "b.png": row_of(
                "b.png",
                file_fragment(an_entry(draw=digest_of(OLD), placeholder=True)),
            ),
            'a"é.png': row_of('a"é.png', file_fragment(an_entry())),
        },
        {
            "hero": row_of(
                "hero",
                asset_fragment(
                    AssetEntry(files=("b.png",), alt="A hero", srcset={"webp": "b 1x"})
                ),
            )
        },
    )
    assert manifest_text(*rows_of(text)) == text
    assert files_of(rows_of(text)[1]["hero"]) == ["b.png"]
    assert sha256_of(rows_of(text)[0]["b.png"]) == digest_of(NEW)
    data = json.loads(text)
    jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text())).validate(data)
    assert list(data["files"]) == ['a"é.png', "b.png"]
    assert data["assets"]["hero"]["alt"] == "A hero"
    assert sum('"sha256"' in line for line in text.splitlines()) == 2
    assert max(line.count('"sha256"') for line in text.splitlines()) == 1
    assert parse_manifest(text).owned == dict.fromkeys(data["files"], digest_of(NEW))
    assert parse_manifest(text).problem is None


def test_an_empty_manifest_is_a_manifest():
    """A target whose last file went away."""
    assert parse_manifest(manifest_text({}, {})).problem is None
    assert json.loads(manifest_text({}, {}))["files"] == {}


@pytest.mark.parametrize(
    "garbage",
    ["", "{", "[]", "null", '{"manifest": 2}', '{"manifest": 1, "files": 3}', b"\xff"],
)
def test_a_manifest_of_garbage_owns_nothing_and_says_why(garbage):
    """It is rebuilt with a warning."""
    found = parse_manifest(garbage)
    assert found.owned == {}
    assert found.problem


def test_an_entry_of_garbage_is_not_ours():
    """The other entries still count."""
    text = '{"manifest": 1, "files": {"a": 1, "b": {"sha256": "x"}, "c": {}}}'
    assert parse_manifest(text).owned == {"b": "x"}
