"""The journal of runs: what a build leaves for readers, and what it never harms."""

from __future__ import annotations

import io
import json
import os

import pytest
from counting import CountingProvider
from shops import Shop

from assetgen import project, registry
from assetgen.cli.console import Console
from assetgen.cli.main import run
from assetgen.errors import SpecInvalid
from assetgen.events import AssetFinished, PlanEvent, Summary
from assetgen.runs import KEPT_RUNS, Recording, Runs, is_running, read_new
from assetgen.world import Options

SPEC = """version: 1
provider: placeholder
targets: {site: {dir: site}}
assets:
  cat: {prompt: a cat, size: 8x8, outputs: [cat.png]}
"""


class Heard:
    """A listener that keeps what it hears."""

    def __init__(self):
        self.events = []

    def handle(self, event):
        self.events.append(event)


class TryWhile:
    """A listener that asks, at each event, whether the newest journal is running."""

    def __init__(self, runs):
        self.runs, self.answers = runs, []

    def handle(self, event):
        newest = self.runs.newest()
        if newest is not None:
            types = [each["type"] for each in read_new(newest)[0]]
            self.answers.append((event.type in types, is_running(newest)))


@pytest.fixture
def options(tmp_path):
    """Return the options of a project with one picture."""
    (tmp_path / "assets.yaml").write_text(SPEC)
    return Options(root=tmp_path)


def one_event(name="cat"):
    """Return an event that a build may tell of an asset."""
    return AssetFinished(asset=name, action="draw")


def a_plan():
    """Return the event of a plan with something to do."""
    return PlanEvent(assets=1, draws=1, estimate_usd=0, by_action={}, to_do=("cat",))


def test_a_build_leaves_its_events_as_json_prints_them(tmp_path):
    """A journal is the stream of `--json`, from `version` to `summary`."""
    (tmp_path / "assets.yaml").write_text(SPEC)
    out = io.StringIO()
    with (tmp_path / "stream").open("wb") as stream:
        out.fileno = stream.fileno
        words = ["build", "--json", "--file", str(tmp_path / "assets.yaml")]
        assert run(words, Console({}, out, io.StringIO())) == 0
    newest = Runs(tmp_path).newest()
    assert newest is not None
    assert newest.read_bytes() == (tmp_path / "stream").read_bytes()
    types = [each["type"] for each in read_new(newest)[0]]
    assert types[0] == "version"
    assert types[-1] == "summary"


def test_a_build_with_nothing_to_do_leaves_no_journal(tmp_path, options):
    """The second of two equal builds writes nothing, on the long way either."""
    project.build(options, Heard())
    before = Runs(tmp_path).all()
    project.build(options, Heard())
    assert len(before) == 1
    assert Runs(tmp_path).all() == before


def test_events_can_be_read_while_the_build_runs(tmp_path, options):
    """Each line is in the file before the next thing happens, and its writer is seen."""
    listener = TryWhile(Runs(tmp_path))
    project.build(options, listener)
    assert len(listener.answers) > 3
    assert set(listener.answers) == {(True, True)}
    assert not is_running(Runs(tmp_path).newest())


def test_a_broken_spec_leaves_its_errors(tmp_path, options):
    """A build that ends before it began tells readers why, with places."""
    (tmp_path / "assets.yaml").write_text(SPEC.replace("prompt", "promt"))
    with pytest.raises(SpecInvalid):
        project.build(options, Heard())
    events, _ = read_new(Runs(tmp_path).newest())
    assert [each["type"] for each in events] == [
        "version",
        *["diagnostic"] * (len(events) - 2),
        "summary",
    ]
    assert events[1]["diagnostic"]["excerpt"]["span"]["line"] == 5
    assert events[-1]["exit_code"] == 3


def test_a_wrong_command_line_leaves_none(tmp_path):
    """A mistyped name is a matter of the terminal that it was typed in."""
    (tmp_path / "assets.yaml").write_text(SPEC)
    shop = Shop(tmp_path)
    assert shop.run("build", "dog").code == 2
    assert Runs(tmp_path).all() == ()


def test_the_last_twenty_are_kept(tmp_path):
    """Older journals go when a new one begins; others' files stay."""
    runs = Runs(tmp_path)
    for number in range(KEPT_RUNS + 5):
        with Recording(tmp_path, Heard()) as recording:
            recording.handle(a_plan())
            recording.handle(one_event(f"a{number}"))
        if not number:
            (runs.folder / "notes.txt").write_text("mine")
    kept = [read_new(path)[0][-1]["asset"] for path in runs.all()]
    assert kept == [f"a{number}" for number in range(5, KEPT_RUNS + 5)]
    assert (runs.folder / "notes.txt").exists()


def test_a_reader_goes_on_where_it_stopped_and_leaves_half_a_line(tmp_path):
    """However the bytes arrive, each event is read once and whole."""
    path = tmp_path / "run.jsonl"
    lines = [json.dumps({"type": "asset_started", "asset": f"ä{n}"}) for n in range(5)]
    data = "".join(f"{line}\n" for line in lines).encode()
    found, offset = [], 0
    for at in range(len(data)):
        with path.open("ab") as file:
            file.write(data[at : at + 1])
        events, offset = read_new(path, offset)
        found += events
    assert found == [json.loads(line) for line in lines]
    assert offset == len(data)


def test_lines_that_are_no_events_are_passed_over(tmp_path):
    """What a crash or another program left in a journal stops no reader."""
    path = tmp_path / "run.jsonl"
    path.write_bytes(
        b'{"type": "plan"}\n\xff\xfe\n[]\n{"typ\n' + b"[" * 9999 + b"\n{}\n"
    )
    assert read_new(path) == (({"type": "plan"},), path.stat().st_size)
    assert read_new(tmp_path / "gone.jsonl", 7) == ((), 7)


@pytest.mark.parametrize("stands_there", ["a file", "a full disk"])
def test_a_disk_that_refuses_the_journal_harms_no_build(
    tmp_path, options, monkeypatch, stands_there
):
    """The picture is built and every event is told, journal or not."""
    if stands_there == "a file":
        (tmp_path / ".assetgen").mkdir()
        (tmp_path / ".assetgen" / "runs").write_text("in the way")
    else:

        def refuse(*_):
            raise OSError(28, "No space left on device")

        monkeypatch.setattr("assetgen.runs.write_all", refuse)
    heard = Heard()
    assert project.build(options, heard) == 0
    assert (tmp_path / "site" / "cat.png").exists()
    assert isinstance(heard.events[-1], Summary)


def test_a_killed_build_is_not_taken_for_a_running_one(tmp_path):
    """The lock of the kernel goes with its process, whatever it left undone."""
    if not (pid := os.fork()):
        recording = Recording(tmp_path, Heard())
        recording.handle(a_plan())
        os._exit(0)
    os.waitpid(pid, 0)
    newest = Runs(tmp_path).newest()
    assert read_new(newest)[0][-1]["type"] == "plan"
    assert not is_running(newest)


def test_pick_and_reroll_leave_journals_too(tmp_path, monkeypatch):
    """Every command that makes files is seen by readers."""
    provider = CountingProvider()
    monkeypatch.setitem(registry.BUILT_IN, "counting", lambda: provider)
    shop = Shop(tmp_path)
    shop.spec(cat="cat")
    shop.build()
    assert shop.run("reroll", "cat").code == 0
    assert shop.run("pick", "cat", "1").code == 0
    journals = [read_new(path)[0] for path in Runs(tmp_path).all()]
    assert [run[0]["type"] for run in journals] == ["version"] * 3
    finished = [[e["asset"] for e in run if "action" in e] for run in journals]
    assert finished == [["cat"]] * 3
