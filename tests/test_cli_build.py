"""Builds through the command line: real processes in a small project."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest

from assetgen.cli import main
from assetgen.cli.console import Console

SCHEMAS = Path(__file__).parent.parent / "schemas"
SPEC = """\
version: 1
provider: placeholder
targets:
  site: {dir: site/img}
vars: {style: flat}
assets:
  cat:
    prompt: A red cat, ${style}
    size: 32x32
    tags: [pet]
    outputs: [{path: cat.png}, {path: cat.webp, width: 16}]
  hat:
    prompt: A hat on the cat
    inputs: [cat]
    size: 32x32
    outputs: [{path: hat.png}]
"""


class Project:
    """A folder with a spec, and assetgen run in it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.streams = root.parent / f"{root.name}-streams"
        self.streams.mkdir(exist_ok=True)
        self.spec = root / "assets.yaml"
        self.spec.write_text(SPEC)

    def run(self, *words: str, **environ: str) -> subprocess.CompletedProcess[str]:
        """Run a command in this process; starting one costs more than the command."""
        out, err = self.streams / "out", self.streams / "err"
        with (
            contextlib.chdir(self.root),
            out.open("w") as to_out,
            err.open("w") as to_err,
        ):
            code = main.run(words, Console(environ, to_out, to_err))
        return subprocess.CompletedProcess(
            words, code, out.read_text(), err.read_text()
        )

    def process(self, *words: str, **environ: str) -> subprocess.CompletedProcess[str]:
        """Run a command as its users do."""
        kept = {
            name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ
        }
        return subprocess.run(
            [sys.executable, "-m", "assetgen", *words],
            capture_output=True,
            text=True,
            check=False,
            cwd=self.root,
            env=kept | environ,
        )

    def edit(self, old: str, new: str) -> None:
        text = self.spec.read_text()
        assert old in text
        self.spec.write_text(text.replace(old, new))


@pytest.fixture
def project(tmp_path):
    """Return a project that was never built."""
    return Project(tmp_path)


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """Return a project that was built; for tests that change nothing."""
    project = Project(tmp_path_factory.mktemp("built"))
    done = project.run("build")
    assert done.returncode == 0, done.stderr
    return project


def test_a_build_says_what_it_wrote_and_what_is_a_placeholder(project):
    """The summary goes to stderr; stdout stays empty; the second build is one line."""
    done = project.process("build")
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    assert "2 built" in done.stderr
    assert "3 in site/img" in done.stderr
    assert "Placeholders: 2 assets" in done.stderr
    assert "[2/2]" in done.stderr
    assert (project.root / "site/img/hat.png").is_file()
    again = project.process("build")
    assert again.stderr == "2 assets up to date\n"
    assert project.process("build", "-q").stderr == ""
    slow = project.run("build", "--max-cost", "1")
    assert slow.stderr == "2 assets up to date\n"


def test_a_build_without_work_imports_nothing_heavy(built):
    """The no-op path reads the state and asks for the files' figures."""
    # Right after a build the files are too young for their times to be trusted.
    assert built.run("build").returncode == 0
    code = (
        "import sys\n"
        "from assetgen.__main__ import main\n"
        "before = set(sys.modules)\n"
        "sys.argv = ['assetgen', 'build', '--jobs', '2']\n"
        "assert main() == 0\n"
        "print(*sorted(set(sys.modules) - before))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        cwd=built.root,
    )
    assert done.stderr == "2 assets up to date\n"
    heavy = "argparse dataclasses json logging pathlib re typing PIL yaml rich asyncio"
    assert not set(done.stdout.split()) & set(heavy.split())
    ours = {name for name in done.stdout.split() if name.startswith("assetgen")}
    assert ours == {"assetgen.noop", "assetgen.options_line"}


def test_a_quiet_build_is_silent(project):
    """-q prints errors only."""
    done = project.run("build", "-q")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_dry_run_is_a_plan_and_writes_nothing(project):
    """`build --dry-run` is `plan`."""
    plan = project.run("plan")
    dry = project.run("build", "--dry-run")
    assert dry.stdout == plan.stdout
    assert "2 to draw" in plan.stdout
    assert [path.name for path in project.root.iterdir()] == ["assets.yaml"]


def test_a_plan_is_the_same_in_all_its_forms(project):
    """Data on stdout, by schema; --exit-code tells scripts."""
    done = project.run("plan", "--format", "json", "--exit-code")
    data = json.loads(done.stdout)
    jsonschema.validate(data, json.loads((SCHEMAS / "plan.schema.json").read_text()))
    assert done.returncode == 4
    assert data["summary"]["budget_usd"] == 5.0
    assert "| draw | `cat` | new |" in project.run("plan", "--format=markdown").stdout
    assert "::notice" in project.run("plan", "--format=github").stdout


def test_nothing_to_do_is_no_pending_change(built):
    """--exit-code ends with 0 where nothing would change."""
    done = built.run("plan", "--exit-code")
    assert (done.returncode, done.stdout) == (
        0,
        "Nothing to do: 2 assets up to date.\n",
    )


def test_events_are_json_lines_by_schema(project):
    """The first is the version, the last the summary."""
    done = project.process("build", "--json")
    schema = json.loads((SCHEMAS / "events.schema.json").read_text())
    events = [json.loads(line) for line in done.stdout.splitlines()]
    for event in events:
        jsonschema.validate(event, schema)
    assert events[0]["type"] == "version"
    assert events[-1]["type"] == "summary"
    done_assets = {each["asset"] for each in events if each["type"] == "asset_finished"}
    assert done_assets == {"cat", "hat"}
    assert done.stderr == ""


def test_check_counts_assets_or_lists_every_problem(project):
    """0 and one line, or 3 and all problems on stdout."""
    done = project.run("check")
    assert (done.returncode, done.stdout) == (
        0,
        "assets.yaml: 2 assets, no problems\n",
    )
    project.edit("tags:", "tagz:")
    project.edit("inputs: [cat]", "inputs: [cow]")
    wrong = project.run("check")
    assert wrong.returncode == 3
    assert "did you mean" in wrong.stdout
    assert wrong.stderr == ""
    found = json.loads(project.run("check", "--format", "json").stdout)
    schema = json.loads((SCHEMAS / "diagnostics.schema.json").read_text())
    jsonschema.validate(found, schema)
    assert (
        "::error file=assets.yaml" in project.run("check", GITHUB_ACTIONS="true").stderr
    )
    assert project.run("build").returncode == 3


def test_why_shows_the_words_that_changed(project):
    """Word by word, with a code for scripts."""
    assert project.run("build").returncode == 0
    same = project.run("why", "cat", "--exit-code")
    assert (same.returncode, same.stdout) == (
        0,
        "cat: nothing changed since it was built\n",
    )
    project.edit("A red cat", "A blue cat")
    done = project.run("why", "cat", "--exit-code")
    assert done.returncode == 4
    assert "A [-red-]{+blue+} cat, flat" in done.stdout
    assert "\x1b[31mred\x1b[0m" in project.run("why", "cat", FORCE_COLOR="1").stdout
    data = json.loads(project.run("why", "cat", "--format", "json").stdout)
    assert data["changes"][0]["kind"] == "prompt-changed"
    assert project.run("why", "cow").returncode == 2


def test_show_tells_the_request_of_an_asset_that_is_up_to_date(built):
    """Key, draws and variables are there although there is nothing to do."""
    data = json.loads(built.run("show", "cat", "--format", "json").stdout)
    jsonschema.validate(data, json.loads((SCHEMAS / "show.schema.json").read_text()))
    assert data["action"] == "up-to-date"
    assert data["request"]["prompt"] == "A red cat, flat"
    assert len(data["draws"]) == 1
    assert data["variables"] == [{"name": "style", "value": "flat", "from": "spec"}]
    text = built.run("show", "cat").stdout
    assert "${style} = flat  (from the spec's vars)" in text
    assert 'image=@".assetgen/store/' in built.run("show", "hat", "--curl").stdout
    unknown = built.run("show", "caat")
    assert unknown.returncode == 2
    assert "`cat`" in unknown.stderr


def test_the_graph_in_every_form(built):
    """The same edge four times, and names for completions."""
    assert "hat   prompt <- cat" in built.run("graph").stdout.replace("hat  ", "hat   ")
    assert '"cat" -> "hat"' in built.run("graph", "--format", "dot").stdout
    assert "a1 --> a2" in built.run("graph", "--format", "mermaid").stdout
    assert json.loads(built.run("graph", "--format", "json").stdout)["graph"] == 1
    assert built.run("graph", "--names").stdout == "cat\nhat\n"


def test_placeholders_are_refused_for_a_release(project):
    """6, and nothing is written."""
    assert project.run("build", "--release").returncode == 6
    assert project.run("check", "--release").returncode == 6
    assert not (project.root / "site").exists()


def test_a_failed_asset_is_told_with_its_way_out(project):
    """1; what needs nothing of it is built all the same; annotated in a workflow."""
    project.edit("    tags: [pet]", "    checks: {max_bytes: 10}")
    done = project.run("build", GITHUB_ACTIONS="true")
    assert done.returncode == 1
    assert "] cat: failed\n" in done.stderr
    assert "assets.yaml:10:5: error[asset-failed]: cat: " in done.stderr
    assert "::error file=assets.yaml,line=10,endLine=10,col=5," in done.stderr
    assert "hint: " in done.stderr
    assert "`assetgen show cat`" in done.stderr


def test_clean_removes_what_builds_wrote_and_keeps_edits(project):
    """1 where a file had to stay."""
    assert project.run("build").returncode == 0
    mine = project.root / "site/img/cat.png"
    mine.write_bytes(b"mine")
    done = project.run("clean")
    assert done.returncode == 1
    assert "kept site/img/cat.png" in done.stderr
    assert mine.read_bytes() == b"mine"
    assert not (project.root / "site/img/hat.png").exists()


def test_the_file_names_the_project_root(project, tmp_path_factory):
    """--file works from anywhere."""
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    done = subprocess.run(
        [sys.executable, "-m", "assetgen", "build", "--file", str(project.spec)],
        capture_output=True,
        text=True,
        check=False,
        cwd=elsewhere,
    )
    assert done.returncode == 0, done.stderr
    assert (project.root / "site/img/cat.png").is_file()
    assert list(elsewhere.iterdir()) == []


def test_a_new_spec_from_init_builds_at_once(project):
    """The first minute works."""
    project.spec.unlink()
    assert project.run("init").returncode == 0
    assert project.run("check").stdout == "assets.yaml: 4 assets, no problems\n"
    project.edit("size: 1536x1024", "size: 64x64")
    project.edit("widths: [640, 1280]", "widths: [32, 64]")
    project.edit("size: 1024x1024", "size: 64x64")
    project.edit("width: 128", "width: 32")
    done = project.run("build")
    assert done.returncode == 0, done.stderr
    assert (project.root / "site/images/icons/sword.png").is_file()


def test_a_reader_that_leaves_early_is_no_error(built):
    """`assetgen plan | head` ends quietly."""
    done = subprocess.run(
        f"{sys.executable} -m assetgen plan -v | head -c 1",
        shell=True,
        capture_output=True,
        text=True,
        check=True,
        cwd=built.root,
    )
    assert done.stderr == ""
