"""Pictures in a report: which stay the file that they are, which get smaller, which stay out."""

from __future__ import annotations

import io
import random

import pytest
from PIL import Image
from reportfiles import files_of
from sketches import png

from assetgen.gallery.carrying import (
    AS_IT_IS_BYTES,
    EDGE_PX,
    THUMB_PX,
    Carrier,
    Wish,
)
from assetgen.gallery.report_folder import ReportFolder
from assetgen.memo import Memo

FULL, EXACT, SMALL = Wish(full=True), Wish(full=True, exact=True), Wish()
INERT = b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><path d="M0 0"/></svg>'
ALIVE = INERT.replace(b"<path", b"<script>alert(1)</script><path")


def _noise(width, height, kind="PNG"):
    """Return a picture that no encoder makes small."""
    image = Image.frombytes(
        "RGB", (width, height), random.Random(4).randbytes(width * height * 3)
    )
    file = io.BytesIO()
    image.save(file, kind)
    return file.getvalue()


LARGE = _noise(1800, 400)


class Report:
    """A report with pictures by their ids."""

    def __init__(self, folder, **pictures):
        self.folder, self.pictures = folder, pictures
        self.reads = 0

    def carry(self, **wishes):
        """Return where the pictures are."""
        place = ReportFolder(self.folder)
        with Memo(self.folder.parent / "memo") as memo:
            self.carrier = Carrier(place, self._read, memo, 2)
            found = self.carrier.carry(wishes)
        place.close()
        return found

    def _read(self, pic):
        self.reads += 1
        return self.pictures.get(pic)

    def bytes(self, path):
        return (self.folder / path).read_bytes()

    def image(self, path):
        return Image.open(io.BytesIO(self.bytes(path)))


def test_pixel_art_stays_the_file_that_it_is(tmp_path):
    """And needs no copy for the wall."""
    report = Report(tmp_path / "r", a=png(16, 16, 3))
    kept = report.carry(a=FULL)["a"]
    assert report.bytes(kept.file) == png(16, 16, 3)
    assert kept.thumb == kept.file


def test_a_large_picture_gets_smaller(tmp_path):
    """What people look at needs no more than a screen."""
    report = Report(tmp_path / "r", a=LARGE)
    assert len(LARGE) > AS_IT_IS_BYTES
    kept = report.carry(a=FULL)["a"]
    image = report.image(kept.file)
    assert (image.format, image.width) == ("WEBP", EDGE_PX)
    assert report.image(kept.thumb).width == THUMB_PX


def test_what_is_compared_stays_exact(tmp_path):
    """A difference must show what differs, not what an encoder did."""
    report = Report(tmp_path / "r", a=LARGE)
    assert report.bytes(report.carry(a=EXACT)["a"].file) == LARGE


def test_a_picture_for_the_wall_alone_is_its_small_copy(tmp_path):
    """The large one is nowhere."""
    report = Report(tmp_path / "r", a=_noise(700, 350))
    kept = report.carry(a=SMALL)["a"]
    assert kept.file == ""
    assert report.image(kept.thumb).size == (320, 160)
    assert not [
        path for path in files_of(tmp_path / "r") if path.startswith("pictures")
    ]


def test_suffixes_come_from_the_bytes(tmp_path):
    """Whatever the file was called."""
    report = Report(tmp_path / "r", a=_noise(300, 300, "JPEG"), b=_noise(40, 40, "GIF"))
    found = report.carry(a=FULL, b=FULL)
    assert [found[each].file.rpartition(".")[2] for each in "ab"] == ["jpg", "gif"]


@pytest.mark.parametrize(
    "data", [None, b"", b"no picture", ALIVE, b"<html>", LARGE[:999]]
)
def test_what_cannot_be_shown_safely_is_missing(tmp_path, data):
    """An SVG that does more than draw would run when a reader opens the file by itself."""
    report = Report(tmp_path / "r", a=data, b=INERT)
    assert list(report.carry(a=FULL, b=FULL)) == ["b"]
    assert report.carrier.missing == {"a"}
    assert b"alert" not in b"".join(files_of(tmp_path / "r").values())


def test_a_second_report_reads_no_picture(tmp_path):
    """Names stand for bytes, so what is there need not be looked at."""
    report = Report(tmp_path / "r", a=LARGE, b=png(9, 9, 1), c=INERT)
    first = report.carry(a=FULL, b=SMALL, c=FULL)
    before, report.reads = files_of(tmp_path / "r"), 0
    assert report.carry(a=FULL, b=SMALL, c=FULL) == first
    assert report.reads == 0
    assert files_of(tmp_path / "r") == before


def test_a_picture_may_become_exact_later(tmp_path):
    """How it was carried before does not stick."""
    report = Report(tmp_path / "r", a=LARGE)
    report.carry(a=FULL)
    assert report.bytes(report.carry(a=EXACT)["a"].file) == LARGE
    assert len([p for p in files_of(tmp_path / "r") if p.startswith("pictures")]) == 1
