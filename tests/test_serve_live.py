"""What pages hear: changes of the spec, builds in other terminals, pictures on the way."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from buildings import build, options
from counted_shop import Shop
from counting import CountingProvider
from visiting import visiting

from assetgen import events, registry
from assetgen.errors import Diagnostic, ExitCode
from assetgen.partials import Partials
from assetgen.providers.base import Partial
from assetgen.runs import Recording

SPEC = """\
version: 1
project: bay
provider: placeholder
targets: {site: {dir: site}}
vars: {style: gouache}
assets:
  cat:
    prompt: A cat in ${style}
    size: 32x32
    tags: [pets]
    outputs: [cat.png]
  hat:
    prompt: A hat
    size: 32x32
    inputs: [cat]
    outputs: [hat.png]
"""


class Quiet:
    def handle(self, event: events.Event) -> None:
        """Hear nothing."""


@pytest.fixture
def root(tmp_path):
    """Return a project that is built."""
    (tmp_path / "assets.yaml").write_text(SPEC)
    code, heard = build(options(tmp_path))
    assert code == 0, heard.events
    return tmp_path


def edit(root, old, new):
    """Save the spec with other words."""
    text = (root / "assets.yaml").read_text()
    assert old in text
    (root / "assets.yaml").write_text(text.replace(old, new))


def names(update):
    """Return the assets whose rows an event has."""
    return [row["name"] for row in update["rows"]]


def test_a_saved_spec_moves_the_rows_that_it_changes(root):
    """And no others; the picture of the last build stays until there is another."""
    with visiting(root) as visitor, visitor.listening() as heard:
        before = {row["name"]: row for row in visitor.wall()["assets"]}
        edit(root, "A hat", "A tall hat")
        update = heard.next("wall", lambda x: x["rows"])
        assert names(update) == ["hat"]
        (row,) = update["rows"]
        assert row["state"] == "draw"
        assert "prompt changed" in row["reason"]
        assert row["thumb"] == before["hat"]["thumb"]
        assert update["order"] is None
        assert update["summary"] == {
            "assets": 2,
            "by_state": {"draw": 1, "up-to-date": 1},
        }
        changes = visitor.page("hat")["changes"]["since_build"]
        assert ["new", "tall "] in changes[0]["words"] or ["new", "tall"] in (
            [kind, text.strip()] for kind, text in changes[0]["words"]
        )
        stamp = visitor.wall()[
            "stamp"
        ]  # the file's times may have come after its words
        if stamp != update["stamp"]:
            assert heard.next("wall", lambda x: x["stamp"] == stamp)["rows"] == []


def test_assets_that_come_and_go_are_told_with_the_new_order(root):
    """Pages then fetch the wall."""
    with visiting(root) as visitor, visitor.listening() as heard:
        gone = visitor.row("hat")["id"]
        edit(root, "  hat:\n    prompt: A hat\n", "  cap:\n    prompt: A cap\n")
        update = heard.next("wall", lambda x: x["order"])
        assert update["removed"] == [gone]
        assert names(update) == ["cap"]
        assert len(update["order"]) == 2
        assert visitor.ask(f"/api/assets/{gone}").status == 404


def test_a_broken_spec_shows_its_errors_and_keeps_the_wall(root):
    """With the line and the place in it; mended, they are gone."""
    with visiting(root) as visitor, visitor.listening() as heard:
        edit(root, "size: 32x32\n    tags", "sise: 32x32\n    tags")
        update = heard.next("wall", lambda x: x["diagnostics"])
        (problem,) = update["diagnostics"]
        assert (problem["severity"], problem["line"]) == ("error", 9)
        assert "size" in problem["hint"]
        (frame,) = problem["frame"]
        start, end = frame["mark"]
        assert frame["text"][start:end] == "sise"
        assert update["rows"] == []
        assert [row["name"] for row in visitor.wall()["assets"]] == ["cat", "hat"]
        assert visitor.page("cat")["row"]["name"] == "cat"
        edit(root, "sise", "size")
        heard.next("wall", lambda x: x["diagnostics"] == [])


def test_a_gallery_of_a_spec_that_was_never_good_has_an_empty_wall(tmp_path):
    """It fills once the spec is mended."""
    (tmp_path / "assets.yaml").write_text("version: 1\nassets: [")
    with visiting(tmp_path) as visitor, visitor.listening() as heard:
        wall = visitor.wall()
        assert wall["assets"] == []
        assert wall["diagnostics"][0]["severity"] == "error"
        assert wall["targets"] == []
        asked = visitor.post("/api/build", {})
        assert (asked.status, asked.error) == (409, "no-plan")
        (tmp_path / "assets.yaml").write_text(SPEC)
        heard.next("wall", lambda x: len(x["rows"]) == 2)


def test_a_build_in_another_terminal_is_heard(root):
    """Its events come with the ids of their assets, then the rows with new pictures."""
    with visiting(root) as visitor, visitor.listening() as heard:
        before = visitor.row("cat")
        edit(root, "style: gouache", "style: ink")
        heard.next("wall", lambda x: "cat" in names(x))
        words = [sys.executable, "-m", "assetgen", "build", "-q"]
        subprocess.run(words, cwd=root, check=True, timeout=60)
        told = heard.next("build", lambda x: x["event"].get("asset") == "cat")
        assert told["event"]["id"] == before["id"]
        heard.next("wall", lambda x: x["summary"]["by_state"] == {"up-to-date": 2})
        after = visitor.row("cat")
        assert after["thumb"] != before["thumb"]
        assert visitor.ask(f"/api/thumbs/{after['thumb']}?side=320").status == 200


def test_an_asset_that_is_being_drawn_runs_and_shows_pictures_on_the_way(root):
    """No path goes out; when it is over, there is none to look at any more."""
    key = "ab" * 32
    with visiting(root) as visitor, visitor.listening() as heard:
        with Recording(root, Quiet()) as recording:
            recording.handle(events.VersionEvent(assetgen="0"))
            plan = events.PlanEvent(
                assets=2, draws=1, estimate_usd=0.0, by_action={}, to_do=("hat",)
            )
            recording.handle(plan)
            started = events.AssetStarted(asset="hat", step="draw", key=key, draws=1)
            recording.handle(started)
            heard.next("wall", lambda x: x["rows"][0]["state"] == "running")
            path = Partials(root).show(key, Partial(PICTURE, 1, 2))
            assert path is not None
            progress = events.AssetProgress(
                asset="hat", message="1 of 2", key=key, partial=path
            )
            recording.handle(progress)
            told = heard.next("partial")
            assert told["id"] == visitor.row("hat")["id"]
            assert "partials" in told["url"]
            answer = visitor.ask(told["url"])
            assert (answer.status, answer.body) == (200, PICTURE)
            assert answer.headers["cache-control"] == "no-store"
            failed = events.AssetFailed(asset="hat", code="x", message="<b>no</b>")
            recording.handle(failed)
            heard.next("build", lambda x: x["event"]["type"] == "asset_failed")
            assert visitor.ask(told["url"]).status == 404
        edit(root, "A hat", "A tall hat")
        update = heard.next("wall", lambda x: "hat" in names(x))
        while update["rows"][0]["state"] != "failed":
            update = heard.next("wall", lambda x: "hat" in names(x))
        assert update["rows"][0]["error"] == "<b>no</b>"


def _picture() -> bytes:
    import zlib

    def chunk(kind: bytes, data: bytes) -> bytes:
        crc = zlib.crc32(kind + data).to_bytes(4, "big")
        return len(data).to_bytes(4, "big") + kind + data + crc

    head = (1).to_bytes(4, "big") * 2 + b"\x08\x00\x00\x00\x00"
    rest = chunk(b"IDAT", zlib.compress(b"\0\0")) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + rest


PICTURE = _picture()


def test_what_is_being_drawn_is_no_call_that_got_lost(tmp_path, monkeypatch):
    """A call on its way looks like a lost one in the ledger; nobody is alarmed by it."""
    pages = []

    class Watched(CountingProvider):
        def draw(self, *words):
            heard.next("wall", lambda x: "running" in x["summary"]["by_state"])
            pages.append(visitor.page("cat"))
            return super().draw(*words)

    provider = Watched()
    monkeypatch.setitem(registry.BUILT_IN, "counting", lambda: provider)
    shop = Shop(tmp_path, provider)
    with visiting(shop.root) as visitor, visitor.listening() as heard:
        code, told = build(options(shop.root, names=("cat",)))
    assert code == 0, told.events
    fields = [each["field"] for each in pages[0]["changes"]["since_build"]]
    assert pages[0]["row"]["state"] == "running"
    assert "outcome unknown" not in fields


def test_a_problem_stays_until_a_build_has_ended_without_it(root):
    """What is wrong does not blink while the next build is at work."""
    wrong = Diagnostic("x", "no cat", exit_code=ExitCode.SOME_FAILED)
    over = events.Summary(
        exit_code=0, built=1, up_to_date=1, failed=0, blocked=0, written=0
    )

    def messages():
        return [each["message"] for each in visitor.wall()["diagnostics"]]

    with visiting(root) as visitor, visitor.listening() as heard:
        with Recording(root, Quiet()) as recording:
            recording.handle(events.VersionEvent(assetgen="0"))
            recording.handle(events.DiagnosticEvent(diagnostic=wrong))
            recording.handle(over)
        heard.next("wall", lambda x: len(x["diagnostics"]) == 1)
        with Recording(root, Quiet()) as recording:
            recording.handle(events.VersionEvent(assetgen="0"))
            plan = events.PlanEvent(
                assets=2, draws=1, estimate_usd=0.0, by_action={}, to_do=("hat",)
            )
            recording.handle(plan)
            started = events.AssetStarted(asset="hat", step="draw", key="a", draws=1)
            recording.handle(started)
            heard.next("wall", lambda x: x["rows"])
            assert messages() == ["no cat"]
            recording.handle(over)
            heard.next("wall", lambda x: x["rows"])
        assert messages() == []


def test_a_partial_that_leads_elsewhere_is_never_read(root):
    """The journal is a file that others may write to."""
    (root / "secret.png").write_bytes(PICTURE)
    runs = root / ".assetgen/runs"
    paths = ["secret.png", "../secret.png", "/etc/passwd", ".assetgen/partials/../../x"]
    with visiting(root) as visitor, visitor.listening() as heard:
        lines = [{"type": "version"}]
        for path in paths:
            lines += [{"type": "asset_progress", "asset": "cat", "partial": path}]
        lines += [{"type": "asset_started", "asset": "x"}, {"type": "summary"}]
        text = "".join(json.dumps(each) + "\n" for each in lines)
        journal = runs / "20990101T000000.000000Z-1.jsonl"
        journal.write_text(text)
        told = heard.next("build", lambda x: x["event"]["type"] == "asset_progress")
        assert "partial" not in told["event"]
        asset = visitor.row("cat")["id"]
        assert visitor.ask(f"/api/partials/{told['run']}/{asset}").status == 404


def test_a_build_that_was_killed_runs_no_more(root):
    """Its journal has no end, and nobody writes it."""
    journal = root / ".assetgen/runs/20990101T000000.000000Z-1.jsonl"
    journal.parent.mkdir(exist_ok=True)
    lines = [{"type": "version"}, {"type": "asset_started", "asset": "cat"}]
    journal.write_text("".join(json.dumps(each) + "\n" for each in lines))
    with visiting(root) as visitor:
        assert visitor.row("cat")["state"] == "up-to-date"


HOSTILE = "</script><img src=x onerror=alert(1)>\u202e${x} ::error::`"


def test_hostile_words_come_back_as_json_only(tmp_path):
    """Names cannot hold them; prompts, tags and descriptions can."""
    spec = {
        "version": 1,
        "project": HOSTILE.replace("\u202e", ""),
        "provider": "placeholder",
        "targets": {"site": {"dir": "site"}},
        "assets": {
            "cat": {
                "prompt": HOSTILE.replace("${", "$${"),
                "size": "16x16",
                "description": "<svg onload=alert(1)>",
                "alt": "</title><script>",
                "tags": ["pets"],
            }
        },
    }
    (tmp_path / "assets.yaml").write_text(json.dumps(spec))
    with visiting(tmp_path) as visitor:
        for path in ("/api/wall", f"/api/assets/{visitor.row('cat')['id']}"):
            answer = visitor.ask(path)
            assert answer.headers["content-type"].startswith("application/json")
            assert answer.headers["x-content-type-options"] == "nosniff"
        page = visitor.page("cat")
        assert page["prompt"]["text"] == HOSTILE
        assert "".join(each["text"] for each in page["prompt"]["pieces"]) == HOSTILE
        assert page["row"]["alt"] == "</title><script>"
        assert "\u202e" not in json.dumps(visitor.wall()["diagnostics"])


def test_while_a_build_goes_on_no_plan_is_made_and_errors_show(root, monkeypatch):
    """A plan would look at all that the build has done; its events say that, too."""
    from assetgen import project

    with visiting(root) as visitor, visitor.listening() as heard:
        with Recording(root, Quiet()) as recording:
            recording.handle(events.VersionEvent(assetgen="0"))
            plan = events.PlanEvent(
                assets=2, draws=1, estimate_usd=0.0, by_action={}, to_do=("hat",)
            )
            recording.handle(plan)
            heard.next("build", lambda x: x["event"]["type"] == "plan")
            made = project.make
            monkeypatch.setattr(project, "make", None)
            (root / "site/hat.png").write_bytes(PICTURE)
            done = events.AssetFinished(
                asset="hat", action="draw", written=("site/hat.png",)
            )
            recording.handle(done)
            update = heard.next("wall", lambda x: "hat" in names(x))
            assert update["rows"][0]["state"] == "up-to-date"
            pic = update["rows"][0]["thumb"]
            assert visitor.ask(f"/api/pictures/{pic}").body == PICTURE
            edit(root, "A hat", "[A hat")
            heard.next("wall", lambda x: x["diagnostics"])
            edit(root, "[A hat", "A hat")
            monkeypatch.setattr(project, "make", made)
            summary = events.Summary(
                exit_code=0, built=1, up_to_date=1, failed=0, blocked=0, written=1
            )
            recording.handle(summary)
        heard.next("wall", lambda x: x["diagnostics"] == [])


def test_what_failed_before_the_gallery_was_opened_is_known(root):
    """And journals of builds that went well are passed over."""
    lines = [
        {"type": "version"},
        {"type": "asset_failed", "asset": "hat", "code": "x", "message": "no hats"},
        {"type": "summary"},
    ]
    text = "".join(json.dumps(x, separators=(",", ":")) + "\n" for x in lines)
    (root / ".assetgen/runs/20990101T000000.000000Z-1.jsonl").write_text(text)
    edit(root, "A hat", "A tall hat")
    with visiting(root) as visitor:
        journals = visitor.served._gallery.journals
        assert journals.failed == {"hat": "no hats"}
        assert "cat" not in journals.finished
        assert (visitor.row("hat")["state"], visitor.row("hat")["error"]) == (
            "failed",
            "no hats",
        )
