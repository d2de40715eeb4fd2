"""The folder of a report: what may be written, what is removed, what is never touched."""

from __future__ import annotations

import json

import pytest
from reportfiles import files_of

from assetgen.errors import UsageError
from assetgen.gallery.report_folder import MARKER, Kept, ReportFolder, require_ours

PICTURE = f"pictures/{'a' * 32}-1.png"
OTHER = f"thumbs/{'b' * 32}-1.webp"


def _report(folder, *paths, data=b"picture"):
    """Write a report with these pictures."""
    report = ReportFolder(folder)
    for path in paths:
        if report.kept(path) is None:
            report.write(path, data)
            report.keep(path, Kept(path, len(data)))
    report.write("index.html", b"<!doctype html>")
    return report, report.close()


def test_a_folder_with_other_things_is_refused_and_left_alone(tmp_path):
    """A slip of the finger after -o must not mix a report into a project."""
    (tmp_path / "precious.txt").write_text("mine")
    with pytest.raises(UsageError, match=r"holds other files \(precious\.txt\)"):
        ReportFolder(tmp_path)
    assert files_of(tmp_path) == {"precious.txt": b"mine"}


def test_a_file_in_the_way_is_refused(tmp_path):
    """And it stays."""
    (tmp_path / "report").write_text("mine")
    with pytest.raises(UsageError, match="a report is a folder"):
        require_ours(tmp_path / "report")
    assert (tmp_path / "report").read_text() == "mine"


@pytest.mark.parametrize("mark", ["", "{", "[]", '{"report": "1"}', "{}"])
def test_a_mark_that_is_none_marks_nothing(tmp_path, mark):
    """The file's name alone is not enough."""
    (tmp_path / MARKER).write_text(mark)
    with pytest.raises(UsageError, match="holds other files"):
        ReportFolder(tmp_path)


def test_a_folder_is_marked_before_anything_else_is_in_it(tmp_path):
    """A report that was interrupted can be written again."""
    ReportFolder(tmp_path / "r").write(PICTURE, b"half of it")
    assert MARKER in files_of(tmp_path / "r")
    _report(tmp_path / "r")
    assert PICTURE not in files_of(tmp_path / "r")


def test_a_second_report_writes_what_is_new_and_removes_what_is_gone(tmp_path):
    """Files that stay are not touched, so copying the folder again is quick."""
    _report(tmp_path, PICTURE, OTHER)
    stamp = (tmp_path / PICTURE).stat().st_mtime_ns
    report, total = _report(tmp_path, PICTURE)
    assert report.written == 0
    assert (tmp_path / PICTURE).stat().st_mtime_ns == stamp
    assert set(files_of(tmp_path)) == {MARKER, "index.html", PICTURE}
    assert total == sum(map(len, files_of(tmp_path).values()))


def test_what_others_put_into_a_report_stays(tmp_path):
    """Only files of names that reports give are removed."""
    _report(tmp_path, PICTURE)
    (tmp_path / "pictures/notes.txt").write_text("mine")
    (tmp_path / "README.md").write_text("mine")
    _report(tmp_path)
    found = files_of(tmp_path)
    assert found["pictures/notes.txt"] == found["README.md"] == b"mine"
    assert PICTURE not in found


@pytest.mark.parametrize("damage", [b"", b"longer than before"])
def test_a_picture_of_another_size_is_made_anew(tmp_path, damage):
    """A copy that was cut short does not stay for ever."""
    _report(tmp_path, PICTURE)
    (tmp_path / PICTURE).write_bytes(damage)
    _report(tmp_path, PICTURE)
    assert (tmp_path / PICTURE).read_bytes() == b"picture"


@pytest.mark.parametrize("name", ["pictures", "thumbs", "data"])
def test_a_folder_that_leads_elsewhere_is_refused(tmp_path, name):
    """Nothing is written outside the report, whoever laid a link into it."""
    outside = tmp_path / "outside"
    outside.mkdir()
    _report(tmp_path / "r")
    (tmp_path / "r" / name).rmdir()
    (tmp_path / "r" / name).symlink_to(outside)
    with pytest.raises(UsageError, match="no folder of its own"):
        ReportFolder(tmp_path / "r")
    assert list(outside.iterdir()) == []


def test_a_link_in_the_place_of_a_file_is_replaced_not_followed(tmp_path):
    """The same for files."""
    (tmp_path / "precious").write_text("mine")
    _report(tmp_path / "r")
    for path in ("index.html", PICTURE):
        (tmp_path / "r" / path).unlink(missing_ok=True)
        (tmp_path / "r" / path).symlink_to(tmp_path / "precious")
    _report(tmp_path / "r", PICTURE)
    assert (tmp_path / "precious").read_text() == "mine"
    assert not (tmp_path / "r" / PICTURE).is_symlink()


@pytest.mark.parametrize(
    "path", ["../precious", "/etc/passwd", "pictures/../../precious", "index.html", 3]
)
def test_a_mark_that_somebody_edited_names_no_other_files(tmp_path, path):
    """The mark is read as data that nobody trusts."""
    (tmp_path / "precious").write_text("mine")
    _report(tmp_path / "r", PICTURE)
    mark = {"report": 1, "pictures": {"key": [path, 4, path, 4]}}
    (tmp_path / "r" / MARKER).write_text(json.dumps(mark))
    report = ReportFolder(tmp_path / "r")
    assert report.kept("key") is None
    report.close()
    assert (tmp_path / "precious").read_text() == "mine"
