"""The first hour with assetgen: a fresh folder, a fresh clone, typical slips."""

from __future__ import annotations

import contextlib
import io
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from assetgen.cli import main
from assetgen.cli.console import Console
from assetgen.schema import schema_text

ROOT = Path(__file__).parent.parent
SPEC = """\
version: 1
provider: placeholder
assets:
  cat: {prompt: A cat, size: 16x16, tags: [pet], outputs: [cat.png]}
  hat: {prompt: A hat, size: 16x16, outputs: [hat.png]}
"""

_ALONE = """
import sys
def watch(event, details):
    if event in {"socket.connect", "socket.getaddrinfo", "subprocess.Popen", "os.mkdir"}:
        raise RuntimeError(f"{event} {details}")
    if event == "open" and any(sign in str(details[1]) for sign in "wax+"):
        raise RuntimeError(f"{event} {details}")
sys.addaudithook(watch)
sys.argv = ["assetgen", *sys.argv[1:]]
from assetgen.__main__ import main
sys.exit(main())
"""


def run(folder: Path, *words: str, **environ: str) -> tuple[int, str, str]:
    """Run a command in this process; return code, stdout and stderr."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.chdir(folder):
        return (
            main.run(words, Console(environ, out, err)),
            out.getvalue(),
            err.getvalue(),
        )


@pytest.fixture
def folder(tmp_path):
    """Return a folder with a small spec."""
    (tmp_path / "assets.yaml").write_text(SPEC)
    return tmp_path


@pytest.mark.parametrize(
    "words",
    [
        ["plan"],
        ["plan", "--format", "json"],
        ["build", "--dry-run"],
        ["check"],
        ["graph"],
    ],
    ids=" ".join,
)
def test_looking_writes_nothing_and_asks_nobody(tmp_path, words):
    """No folder, no network, no other program, no key and no home are needed."""
    spec = SPEC.replace("placeholder", "openai").replace("16x16", "1024x1024")
    (tmp_path / "assets.yaml").write_text(spec)
    done = subprocess.run(
        [sys.executable, "-B", "-c", _ALONE, *words],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout
    assert [path.name for path in tmp_path.rglob("*")] == ["assets.yaml"]


def test_a_fresh_clone_gets_the_schema_for_its_editor_from_a_build(tmp_path):
    """`init` puts it into the ignored folder, which is in no clone."""
    assert run(tmp_path, "init")[0] == 0
    spec = tmp_path / "assets.yaml"
    small = spec.read_text().replace("1536x1024", "64x64").replace("1024x1024", "64x64")
    spec.write_text(
        small.replace("[640, 1280]", "[32]").replace("width: 128", "width: 8")
    )
    clone = tmp_path / "clone"
    clone.mkdir()
    shutil.copy(spec, clone)
    assert run(clone, "build")[0] == 0
    schema = clone / ".assetgen/assets.schema.json"
    assert schema.read_text() == schema_text("assets")
    own = clone / "own"
    own.mkdir()
    (own / "assets.yaml").write_text(SPEC)
    assert run(own, "build")[0] == 0
    assert not (own / ".assetgen/assets.schema.json").exists()


def test_a_file_that_was_edited_is_named_and_nothing_is_counted_wrong(folder):
    """Every build says so until --force; nothing "built" is claimed."""
    assert run(folder, "build")[0] == 0
    (folder / "assets/cat.png").write_bytes(b"mine")
    for _ in range(2):
        code, _, said = run(folder, "build")
        lines = said.splitlines()
        assert code == 0
        assert lines[0].startswith("Done: 2 up to date (")
        assert len(lines) == 2
        assert lines[1].endswith(
            "did not write them: assets/cat.png (--force overwrites them)."
        )
    assert run(folder, "build", "--force")[2].splitlines()[:2] == [
        "1 asset to build",
        "[1/1] cat: restored, 1 file written",
    ]


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (["bild"], "did you mean `assetgen build`?"),
        (["build", "--joobs", "2"], "did you mean --jobs?"),
        (["build", "catt"], "did you mean `cat`?"),
        (["build", "--profile", "draft"], "profiles of the spec: none"),
        (["build", "--target", "web"], "targets of the spec: assets"),
        (["build", "--target", "asets"], "did you mean `assets`?"),
        (["build", "-t", "zoo"], "tags of the spec: pet"),
        (["show", "catt"], "did you mean `cat`?"),
        (["why", "hta"], "did you mean `hat`?"),
        (["build", "--file", "nowhere.yaml"], "`assetgen init` writes a first one"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_slip_on_the_command_line_gets_a_way_out(folder, words, hint):
    """2, what is wrong, and what was likely meant; nothing of the spec is blamed."""
    code, out, err = run(folder, *words)
    assert (code, out) == (2, "")
    assert hint in err
    assert "assets.yaml:" not in err


def test_a_value_that_two_readers_dislike_is_told_once(folder):
    """The schema and the tables of the models both know the qualities."""
    spec = folder / "assets.yaml"
    spec.write_text(f"defaults: {{quality: best}}\n{SPEC}")
    code, out, _ = run(folder, "check")
    assert code == 3
    assert out.count("error[") == 1
    assert out.endswith("\n1 error\n")


def test_a_price_that_nobody_knows_is_said_to_be_so(folder):
    """A server of the user's may have models that nobody else knows."""
    spec = folder / "assets.yaml"
    spec.write_text(SPEC.replace("\n", "\ndefaults: {model: home-made}\n", 1))
    there = {"OPENAI_BASE_URL": "http://127.0.0.1:9/v1"}
    out = run(folder, "plan", "--provider", "openai", **there)[1]
    assert "Price: not known for 2 draws; --assume-cost" in out


def test_annotations_name_files_as_the_repository_does(folder, tmp_path_factory):
    """A project in a folder of the checkout: GitHub looks for files from its top."""
    (folder / "assets.yaml").write_text(SPEC.replace("tags", "tagz"))
    github = {"GITHUB_ACTIONS": "true", "GITHUB_WORKSPACE": str(folder.parent)}
    annotation = f"::error file={folder.name}/assets.yaml,line=4,"
    assert annotation in run(folder, "build", **github)[2]
    assert annotation in run(folder, "check", **github)[2]
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    words = ("build", "--file", str(folder / "assets.yaml"))
    assert annotation in run(elsewhere, *words, **github)[2]
    github["GITHUB_WORKSPACE"] = str(elsewhere)
    assert "::error file=assets.yaml,line=4," in run(folder, "build", **github)[2]


def test_another_provider_is_one_reason(folder):
    """What it changes about the key beside its name says nothing to anybody."""
    spec = folder / "assets.yaml"
    spec.write_text(SPEC.replace("16x16", "1024x1024").replace("hat:", "#", 1))
    assert run(folder, "build")[0] == 0
    out = run(folder, "plan", "--provider", "openai")[1]
    reason = "provider changed from placeholder to openai"
    assert out.splitlines()[0].startswith(f"draw        cat  {reason}  (1 draw, $")


def test_what_only_the_main_file_may_hold_is_told_where_it_belongs(folder):
    """An included file with targets is no slip of the pen."""
    (folder / "assets.yaml").write_text(f"include: [more.yaml]\n{SPEC}")
    (folder / "more.yaml").write_text("targets: {web: {dir: web}}\nassets: {}\n")
    code, out, _ = run(folder, "check")
    assert code == 3
    assert "more.yaml:1:1: error[unknown-key]" in out
    assert "hint: move it into the main file" in out


def test_places_can_be_clicked_wherever_the_command_was_given(folder):
    """With --file, messages name the spec as the command line does."""
    (folder / "assets.yaml").write_text(SPEC.replace("tags", "tagz"))
    spec = f"{folder.name}/assets.yaml"
    place = f"{spec}:4:37: error[unknown-key]"
    assert run(folder.parent, "check", "--file", spec)[1].startswith(place)
    assert run(folder.parent, "build", "--file", spec)[2].startswith(place)
    checked = SPEC.replace("tags: [pet]", "checks: {max_bytes: 1}")
    (folder / "assets.yaml").write_text(checked)
    said = run(folder.parent, "build", "--file", spec)[2]
    assert f"\n{spec}:4:37: error[asset-failed]: cat: " in said
