"""Idle processors help with the files of one asset, and nothing else changes by it."""

from __future__ import annotations

import threading
from contextlib import ExitStack, closing

import pytest
from commanding import Commanded
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from assetgen.spare import Spare
from assetgen.transforms.encoders import saved

SPEC = """\
version: 1
provider: placeholder
assets:
  cat:
    prompt: A cat
    size: 120x80
    outputs:
      - {path: cat, widths: [30, 60, 120], formats: [png, jpg, webp, avif, gif], background: "#fff000"}
      - {path: sharp.webp, quality: 95}
      - {path: flat.avif, quality: 20}
      - {path: cat.ico, width: 32, height: 32}
      - {path: dotted.png, process: [{pixelate: {grid: 20}}]}
"""


@given(
    efforts=st.lists(st.integers(0, 3), max_size=12),
    processors=st.integers(1, 5),
    others=st.integers(0, 5),
)
def test_results_come_in_the_order_of_the_jobs(efforts, processors, others):
    """Each job is done once, however long it takes and however many are at work."""
    done: list[int] = []

    def job(number: int) -> int:
        done.append(number)
        return number * number

    spare = Spare(processors)
    for _ in range(others):
        spare.at_work().__enter__()
    jobs = [lambda number=number: job(number) for number in range(len(efforts))]
    with spare.at_work():
        found = list(spare.results(jobs, efforts))
    assert found == [number * number for number in range(len(efforts))]
    assert sorted(done) == list(range(len(efforts)))


def test_what_takes_longest_is_begun_first():
    """So that nobody waits for a last large one."""
    begun: list[int] = []
    jobs = [lambda n=n: begun.append(n) for n in range(4)]
    with (spare := Spare(1)).at_work():
        list(spare.results(jobs, [1, 3, 2, 3]))
    assert begun == [1, 3, 2, 0]


def test_an_idle_processor_does_a_job_at_the_same_time():
    """Both jobs wait for each other, so one thread alone would never end."""
    meeting = threading.Barrier(2)
    with (spare := Spare(2)).at_work():
        found = list(spare.results([lambda: meeting.wait(30) + 1] * 2, [1, 1]))
    assert sorted(found) == [1, 2]


def test_where_all_processors_are_at_work_nobody_helps():
    """The asset's own thread makes all of it."""
    spare = Spare(2)
    with spare.at_work(), spare.at_work():
        names = list(
            spare.results([lambda: threading.current_thread().name] * 5, [1] * 5)
        )
    assert set(names) == {threading.current_thread().name}


def test_helpers_leave_when_another_asset_begins():
    """The processor is the other asset's then, and free again after both."""
    spare, main = Spare(2), threading.current_thread()
    arrived, go_on = threading.Event(), threading.Event()
    by: list[threading.Thread] = []

    with ExitStack() as other:

        def job() -> None:
            by.append(threading.current_thread())
            if threading.current_thread() is not main:
                arrived.set()
                assert go_on.wait(30)
                return
            assert arrived.wait(30)
            if by.count(main) == 3:
                other.enter_context(spare.at_work())
                go_on.set()

        with spare.at_work():
            list(spare.results([job] * 9, [1] * 9))
    assert by.count(main) == 8
    meeting = threading.Barrier(2)
    with spare.at_work():
        list(spare.results([lambda: meeting.wait(30)] * 2, [1] * 2))


def test_what_a_job_raises_is_raised_in_its_place():
    """What comes before it is there; what was not begun stays undone."""
    begun: list[int] = []

    def job(number: int) -> int:
        begun.append(number)
        if number == 2:
            raise ZeroDivisionError
        return number

    with (spare := Spare(1)).at_work():
        results = spare.results([lambda n=n: job(n) for n in range(6)], [1] * 6)
        assert [next(results), next(results)] == [0, 1]
        with pytest.raises(ZeroDivisionError):
            next(results)
    assert begun == [0, 1, 2]


def test_nobody_helps_any_more_when_the_caller_stops():
    """No thread is left behind by an asset that failed."""
    before = threading.active_count()
    with (
        (spare := Spare(4)).at_work(),
        closing(spare.results([threading.get_ident] * 50, [1] * 50)) as results,
    ):
        next(results)
    assert threading.active_count() == before


def test_where_the_system_gives_no_more_threads_one_does_it_all(monkeypatch):
    """A build is slower then, and not broken."""

    def refuse(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    with (spare := Spare(3)).at_work():
        assert list(spare.results([lambda: 7] * 4, [1] * 4)) == [7] * 4


def test_files_are_the_same_however_many_processors_help(tmp_path):
    """To the byte, in every format: what writes one file knows nothing of the others."""
    found = []
    for workers in ("1", "2", "7", "7"):
        folder = tmp_path / f"{len(found)}"
        folder.mkdir()
        project = Commanded(folder, SPEC)
        done = project.run("build", "--workers", workers)
        assert done.returncode == 0, done.stderr
        found.append(
            {
                each.name: each.read_bytes()
                for each in (project.root / "assets").iterdir()
            }
        )
    assert len(found[0]) >= 19
    for other in found[1:]:
        assert [name for name in found[0] if other[name] != found[0][name]] == []


def test_writing_a_picture_leaves_no_trace_in_it():
    """Pillow keeps a save's options in its picture, where another thread would find them."""
    picture = Image.new("RGBA", (8, 8), "#fc8000")
    picture.info["comment"] = b"mine"
    before = set(vars(picture))
    for kind in ("PNG", "WEBP", "AVIF"):
        saved(picture, kind, quality=7)
    assert set(vars(picture)) == before
    assert picture.info == {"comment": b"mine"}
