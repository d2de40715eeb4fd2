"""A session of `watch` with real files and real events."""

from __future__ import annotations

import os
import re
import shutil
import threading
import time
from urllib.request import urlopen

import pytest
from sessions import Process, Session, eventually

from assetgen import events, watching
from assetgen.hold import ProjectHold
from assetgen.runs import Runs, read_new

HEAD = """version: 1
provider: placeholder
targets: {site: {dir: site}}
include: [parts/*.yaml]
assets:
"""


def asset(name, words, more=""):
    """Return the lines of an asset with one output."""
    return f"  {name}: {{prompt: {words}, size: 16x16, outputs: [{name}.png]{more}}}\n"


@pytest.fixture
def root(tmp_path):
    """Return a project of two assets."""
    (tmp_path / "assets.yaml").write_text(HEAD + asset("cat", "a") + asset("dog", "b"))
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts/base.yaml").write_text("assets:\n" + asset("base", "x"))
    return tmp_path


def edit(root, old, new, name="assets.yaml"):
    """Replace words in a file, in one write."""
    path = root / name
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def marked(session, number=0):
    """Change something that certainly is a reason to build, and return its round."""
    marker = session.root / "parts" / f"marker{number}.yaml"
    text = "assets:\n" + asset(f"marker{number}", "m")
    return session.after(lambda: marker.write_text(text), "parts/")


SELF_S = 10.0
"""So long a session must stay quiet beside what it wrote itself."""


@pytest.fixture(scope="module", autouse=True)
def quiet(tmp_path_factory):
    """A session beside all tests of this file that writes where it looks, and its start.

    Nothing happens there but what it does itself.
    """
    root = tmp_path_factory.mktemp("quiet")
    (root / "assets.yaml").write_text(
        "version: 1\nprovider: placeholder\ninclude: [more-*.yaml]\n"
        "targets: {here: {dir: .}}\nassets:\n" + asset("cat", "a")
    )
    (root / "more-0.yaml").write_text("assets:\n" + asset("base", "x"))
    with Session(root) as session:
        yield session, time.monotonic()


# --- what is seen -----------------------------------------------------------------


def test_a_changed_prompt_changes_its_file_and_touches_no_other(root):
    """Dev servers reload what is written, so only files with other bytes are."""
    with Session(root) as session:
        cat, dog = root / "site/cat.png", root / "site/dog.png"
        before = cat.read_bytes(), dog.stat().st_mtime_ns, dog.stat().st_ino
        done = session.after(lambda: edit(root, ": a,", ": a cat,"), "assets.yaml")
        assert done.code == 0
        assert cat.read_bytes() != before[0]
        assert (dog.stat().st_mtime_ns, dog.stat().st_ino) == before[1:]


def test_a_build_that_writes_into_watched_folders_starts_no_other(tmp_path):
    """Outputs, manifest, lock and private files beside the spec are no reason to build."""
    (tmp_path / "assets.yaml").write_text(
        "version: 1\nprovider: placeholder\ninclude: [more-*.yaml]\n"
        "targets: {here: {dir: .}}\nassets:\n" + asset("cat", "a")
    )
    (tmp_path / "more-0.yaml").write_text("assets:\n" + asset("base", "x"))
    with Session(tmp_path) as session:
        session.after(lambda: edit(tmp_path, ": a,", ": a cat,"), "assets.yaml")
        seen = len(session.rounds)
        more = tmp_path / "more-1.yaml"
        session.after(lambda: more.write_text("assets:\n" + asset("dog", "d")), "/")
        assert (tmp_path / "dog.png").exists()
        between = session.rounds[seen:-1]
        assert [x.changed for x in between if x.changed != ("/",)] == []
        assert len(between) <= 1  # names came into a folder that `include` looks into
        assert len(session.of(events.AssetFinished)) == 4


@pytest.mark.parametrize("poll", [False, True])
def test_files_are_seen_however_they_change(root, poll):
    """Written, renamed over, removed, moved with their folder: by events or by looking."""
    art = root / "art"
    art.mkdir()
    (art / "words.md").write_text("one")
    spec = HEAD + asset("cat", "{file: art/words.md}")
    (root / "assets.yaml").write_text(spec)
    with Session(root, poll=poll) as session:

        def renamed_over():
            (art / "words.tmp").write_text("two")
            (art / "words.tmp").replace(art / "words.md")

        assert session.after(renamed_over, "art/words.md").code == 0
        removed = session.after((art / "words.md").unlink, "art/words.md")
        assert (removed.code, removed.error) == (3, True)
        back = session.after(lambda: (art / "words.md").write_text("3"), "art/words.md")
        assert (back.code, back.mended) == (0, True)
        away = session.after(lambda: art.rename(root / "away"), "art/words.md")
        assert away.error
        home = session.after(lambda: (root / "away").rename(art), "art/words.md")
        assert home.mended
        again = session.after(
            lambda: (art / "words.md").write_text("4"), "art/words.md"
        )
        assert again.code == 0
        assert not again.error


def test_pictures_fonts_and_included_files_are_watched(root):
    """Whatever the spec reads is a reason to build."""
    (root / "parts/one.yaml").write_text("assets:\n" + asset("hat", "h"))
    with Session(root) as session:
        built = root / "site"
        edited = session.after(
            lambda: edit(root, ": h,", ": H,", "parts/one.yaml"), "parts/one.yaml"
        )
        assert edited.code == 0
        marked(session)
        assert (built / "marker0.png").exists()
        eventually(lambda: session.things.specs[1:][-1:] == ("parts/one.yaml",))
        session.after((root / "parts/one.yaml").unlink, "parts/one.yaml")
        eventually(lambda: not (built / "hat.png").exists())
        copy = root / "art.png"
        copy.write_bytes((built / "cat.png").read_bytes())
        text = "  logo: {file: art.png, outputs: [logo.png]}\n"
        spec = root / "assets.yaml"
        session.after(lambda: spec.write_text(spec.read_text() + text), "assets.yaml")
        other = (built / "dog.png").read_bytes()
        done = session.after(lambda: copy.write_bytes(other), "art.png")
        assert done.code == 0


def test_a_folder_that_became_another_of_its_name_is_still_watched(root):
    """A checkout puts equal files into new folders; the next edit must not be missed."""
    art = root / "art"
    art.mkdir()
    (art / "words.md").write_text("one")
    (root / "assets.yaml").write_text(HEAD + asset("cat", "{file: art/words.md}"))
    with Session(root) as session:
        (root / "new").mkdir()
        (root / "new/words.md").write_text("one")
        art.rename(root / "old")
        (root / "new").rename(art)
        marked(session)
        done = session.after(lambda: (art / "words.md").write_text("2"), "art/words.md")
        assert done.code == 0


def test_a_file_that_was_only_touched_is_no_reason_to_build(root):
    """Files count by their bytes."""
    with Session(root) as session:
        os.utime(root / "assets.yaml")
        (root / "assets.yaml").write_text((root / "assets.yaml").read_text())
        marked(session)
        assert all("assets.yaml" not in each.changed for each in session.rounds)


def test_files_that_nobody_named_are_no_reason_to_build(root):
    """Only what the spec reads counts, wherever else something happens."""
    with Session(root) as session:
        for name in ("notes.txt", "site/mine.txt", ".hidden"):
            (root / name).write_text("x")
        marked(session)
        changed = {path for each in session.rounds for path in each.changed}
        assert changed <= {"parts/", ""}


# --- when it is seen --------------------------------------------------------------


def test_a_hundred_saves_in_a_second_give_one_or_two_builds(root):
    """What is saved again and again is built when it is quiet, and then the last of it."""
    with Session(root) as session:
        pause = threading.Event()
        for number in range(100):
            text = HEAD + asset("cat", f"cat {number}") + asset("dog", "b")
            (root / "assets.yaml").write_text(text)
            pause.wait(0.01 if number % 10 else 0.001)
        marked(session)
        drawn = [x for x in session.rounds[1:] if "assets.yaml" in x.changed]
        assert 1 <= len(drawn) <= 2, [x.changed for x in session.rounds]
        alone = root.parent / "alone"
        shutil.copytree(root / "parts", alone / "parts")
        (alone / "assets.yaml").write_text(text)
        with Session(alone):
            want = (alone / "site/cat.png").read_bytes()
        assert (root / "site/cat.png").read_bytes() == want


def test_a_spec_that_is_half_written_is_never_built(root):
    """An editor may write in place and in pieces; half a spec may well be a valid one."""
    many = "".join(asset(f"a{number}", f"p{number}") for number in range(40))
    spec = root / "assets.yaml"
    spec.write_text(HEAD + many)
    pause = threading.Event()
    with Session(root) as session:
        for number in range(4):
            text = HEAD + many.replace("p7,", f"other {number},")
            cut = text.index("  a20:")

            def write(text=text, cut=cut):
                with spec.open("w") as file:
                    file.write(text[:cut])
                    file.flush()
                    pause.wait(0.03)
                    file.write(text[cut:])

            done = session.after(write, "assets.yaml")
            assert (done.code, done.error) == (0, False)
        assert session.problems() == []
        assert [x.removed for x in session.of(events.Summary)] == [()] * 5
        assert len(session.rounds) == 5


def test_a_writer_that_pauses_long_within_a_spec_is_waited_for(root):
    """A spec that ends otherwise, and sooner, than it did may be in the middle of a save."""
    many = "".join(asset(f"a{number}", f"p{number}") for number in range(40))
    spec = root / "assets.yaml"
    spec.write_text(HEAD + many)
    pause = threading.Event()
    with Session(root) as session:

        def write():
            text = HEAD + many.replace("p7,", "other,")
            with spec.open("w") as file:
                pause.wait(0.2)
                file.write(text[:900])
                file.flush()
                pause.wait(0.2)
                file.write(text[900:])

        assert session.after(write, "assets.yaml").code == 0
        assert [x.removed for x in session.of(events.Summary)] == [()] * 2
        assert session.problems() == []


def test_what_changes_during_a_build_is_built_after_it(root):
    """One build at a time, and none is forgotten."""
    with Session(root) as session:
        with ProjectHold(root / ".assetgen", command="assetgen build"):
            edit(root, ": a,", ": first,")
            session.until(
                lambda s: any("waiting for pid" in text for text in s.problems()),
                "waiting",
            )
            edit(root, ": b,", ": second,")
        session.until(
            lambda s: (
                {"cat", "dog"} <= {x.asset for x in s.of(events.AssetFinished)[3:]}
            )
        )
        assert "assetgen build" in session.problems()[0]


# --- what is wrong ----------------------------------------------------------------


def test_a_broken_spec_is_told_once_and_leaves_what_was_built(root):
    """The same errors are not told again while the user types on; others are."""
    with Session(root) as session:
        files = sorted(path.name for path in (root / "site").iterdir())
        broken = session.after(
            lambda: edit(root, "prompt: a", "promt: a"), "assets.yaml"
        )
        assert (broken.code, broken.error, broken.same) == (3, True, False)
        told = session.problems()
        assert any("promt" in text for text in told)
        moved = session.after(lambda: edit(root, HEAD, "# x\n" + HEAD), "assets.yaml")
        assert (moved.error, moved.same) == (True, True)
        assert session.problems() == told
        other = session.after(
            lambda: edit(root, "prompt: b", "pompt: b"), "assets.yaml"
        )
        assert not other.same
        assert len(session.problems()) > len(told)
        assert sorted(path.name for path in (root / "site").iterdir()) == files
        edit(root, "promt", "prompt")
        fine = session.after(lambda: edit(root, "pompt", "prompt"), "assets.yaml")
        session.until(lambda s: s.rounds[-1].mended, "mending")
        assert not fine.same
        runs = [read_new(path)[0] for path in Runs(root).all()]
        assert [run[-1]["exit_code"] for run in runs if run[-1]["exit_code"]] == [3] * (
            len([x for x in session.rounds if x.error and not x.same])
        )


def test_a_spec_that_is_removed_is_waited_for(root):
    """One message, whatever else happens, and it goes on when the spec is back."""
    with Session(root) as session:
        text = (root / "assets.yaml").read_text()
        gone = session.after((root / "assets.yaml").unlink, "assets.yaml")
        assert gone.error
        assert "is gone" in session.problems()[-1]
        told = len(session.problems())
        (root / "notes.txt").write_text("x")
        back = session.after(
            lambda: (root / "assets.yaml").write_text(text.replace(": a,", ": A,")),
            "assets.yaml",
        )
        assert (back.mended, back.code) == (True, 0)
        assert len(session.problems()) == told


def test_a_picture_that_the_spec_lacks_is_seen_when_it_comes(root):
    """A broken spec may name files in folders that nobody watched."""
    with Session(root) as session:
        spec = root / "assets.yaml"
        line = "  logo: {file: new/deep/logo.png, outputs: [logo.png]}\n"
        done = session.after(
            lambda: spec.write_text(spec.read_text() + line), spec.name
        )
        assert done.error
        (root / "new/deep").mkdir(parents=True)
        data = (root / "site/cat.png").read_bytes()
        (root / "new/deep/logo.png").write_bytes(data)
        session.until(lambda s: s.rounds[-1].mended, "mending")
        assert (root / "site/logo.png").exists()


def test_a_session_without_a_spec_or_with_a_wrong_name_does_not_begin(root, tmp_path):
    """What was wrong on the command line is told as by `build`, and ends it."""
    with Process(root, "bird") as watch:
        assert watch.process.wait(30) == 2
        watch.until("no asset")
    empty = tmp_path / "empty"
    empty.mkdir()
    with Process(empty) as watch:
        assert watch.process.wait(30) == 2
        watch.until("assetgen init")


# --- where nothing is told --------------------------------------------------------


def test_where_no_events_come_it_looks_itself_and_says_so(root, monkeypatch):
    """A file system that tells nothing is found out by a file of our own."""

    def silent(_folders, stop, quiet_ms):
        while not stop.wait(quiet_ms / 1000):
            yield set()

    monkeypatch.setattr(watching, "_events", silent)
    monkeypatch.setattr(watching, "PROBE_S", 0.2)
    with Session(root) as session:
        session.until(lambda s: any("no events" in text for text in s.problems()))
        done = session.after(lambda: edit(root, ": a,", ": c,"), "assets.yaml")
        assert done.code == 0


def test_where_the_system_watches_no_more_folders_it_looks_itself(root, monkeypatch):
    """The limit of watches is the user's, and other programs use it up, too."""

    def refused(*_):
        raise OSError(28, "No space left on device")
        yield

    monkeypatch.setattr(watching, "_events", refused)
    with Session(root) as session:
        done = session.after(lambda: edit(root, ": a,", ": c,"), "assets.yaml")
        assert done.code == 0
        assert any("no space left on device" in text for text in session.problems())


# --- as a process -----------------------------------------------------------------


def test_ctrl_c_ends_with_0_and_sigterm_with_143(root):
    """A session has no other end than being told to end, so that is a good one."""
    with Process(root, "--target", "site") as watch:
        watch.until("watching assets.yaml")
        assert watch.end() == 0
        assert "no longer watching" in watch.said
    with Process(root) as watch:
        watch.until("watching assets.yaml")
        assert watch.end(15) == 143


def test_lines_say_what_changed_and_what_came_of_it(root):
    """A line for each build, with its cause; errors with their places."""
    with Process(root) as watch:
        watch.until("watching assets.yaml")
        edit(root, ": a,", ": c,")
        watch.until("assets.yaml: cat built, 1 file written")
        edit(root, "prompt: c", "promt: c")
        watch.until("assets.yaml: the spec has errors; what was built stays")
        assert "did you mean `prompt`?" in watch.said
        edit(root, "promt: c", "prompt: c")
        watch.until("the spec is fine again")
        assert watch.end() == 0


def test_json_is_one_stream_of_all_builds(root):
    """One version at its start; each build has its plan and its sum."""
    import json

    with Process(root, "--json") as watch:
        watch.until('"type":"summary"')
        edit(root, ": a,", ": c,")
        watch.until('"type":"summary"', 2)
        assert watch.end() == 0
        lines = [json.loads(x) for x in watch.said.removesuffix("[end]").splitlines()]
    types = [each["type"] for each in lines]
    assert types[0] == "version"
    assert types.count("version") == 1
    assert types.count("plan") == types.count("summary") == 2
    assert types[-1] == "summary"


def test_the_gallery_can_be_served_beside_it(root):
    """One command for both, one purse, one end."""
    with Process(root, "--serve", "--port", "0") as watch:
        watch.until("watching assets.yaml")
        watch.until("http://127.0.0.1:")
        (url,) = re.findall(r"http://127\.0\.0\.1:\d+/", watch.said)
        with urlopen(url, timeout=20) as answer:  # our own server
            assert answer.status == 200
        edit(root, ": a,", ": c,")
        watch.until("assets.yaml: cat built")
        assert watch.end() == 0


# --- last, so that it has been quiet for long ---------------------------------------


def test_a_session_does_not_build_because_of_what_it_wrote(quiet):
    """For 10 s: outputs, manifest and private files lie in a folder that is looked into."""
    session, since_s = quiet
    left_s = since_s + SELF_S - time.monotonic()
    threading.Event().wait(max(0.0, left_s))  # nothing is to happen
    assert (session.root / "cat.png").exists()
    assert [each.changed for each in session.rounds[1:] if each.changed != ("/",)] == []
    assert (
        len(session.rounds) <= 2
    )  # names came into a folder that `include` looks into
    assert len(session.of(events.AssetFinished)) == 2
