"""Commands that need no build: as real processes in empty folders."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from assetgen.cli.arguments import COMMANDS
from assetgen.cli.commands.doctor import file_system_of
from assetgen.document import parse
from assetgen.schema import schema_names, validate


@pytest.fixture
def run(tmp_path):
    """Return a function that runs assetgen in a folder of its own."""

    def call(*words: str, **environ: str) -> subprocess.CompletedProcess[str]:
        kept = {
            name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ
        }
        return subprocess.run(
            [sys.executable, "-m", "assetgen", *words],
            capture_output=True,
            text=True,
            check=False,
            cwd=tmp_path,
            env=kept | environ,
        )

    return call


def test_the_version_goes_to_stdout(run):
    """Programs read it."""
    done = run("--version")
    assert done.stdout.startswith("assetgen ")
    assert (done.returncode, done.stderr) == (0, "")


def test_without_a_command_the_overview_is_an_error(run):
    """Asked for, it is data; otherwise it is a message and wrong usage."""
    assert run().returncode == 2
    assert run("--help").stdout == run().stderr == run("help").stdout


@pytest.mark.parametrize("name", ["build", "plan", "check", "show", "graph", "clean"])
def test_without_a_spec_every_command_names_init(run, name):
    """The first message that many will see says what to do."""
    words = [name, "hero"] if name == "show" else [name]
    done = run(*words)
    assert done.returncode == 2
    assert "assetgen init" in done.stderr
    assert done.stdout == ""


def test_events_are_closed_even_when_nothing_was_built(run):
    """A program that listens gets a version, the reason, and a summary."""
    done = run("build", "--json")
    types = [json.loads(line)["type"] for line in done.stdout.splitlines()]
    assert types == ["version", "diagnostic", "summary"]
    assert done.returncode == 2


def test_init_writes_a_valid_spec_once(run, tmp_path):
    """What it writes passes the schema; what is there is never overwritten."""
    assert run("init").returncode == 0
    spec = tmp_path / "assets.yaml"
    text = spec.read_bytes()
    assert validate(parse(text, "assets.yaml"), "assets.yaml", included=False) == ()
    modeline = text.decode().splitlines()[0]
    assert (tmp_path / modeline.partition("$schema=")[2]).is_file()
    assert (tmp_path / ".gitignore").read_text() == ".assetgen/\n"
    spec.write_text("mine")
    again = run("init")
    assert again.returncode == 2
    assert spec.read_text() == "mine"
    assert "left alone" in again.stderr


def test_the_doctor_never_shows_a_key(run):
    """The last four characters at most."""
    secret = "sk-CANARY-0123456789"
    done = run("doctor", OPENAI_API_KEY=secret)
    assert secret not in done.stdout + done.stderr
    assert "ends in 6789" in done.stdout
    assert done.returncode == 0
    findings = json.loads(run("doctor", "--format", "json").stdout)["findings"]
    assert {"python", "store", "git"} <= {each["name"] for each in findings}


def test_the_doctor_ends_with_one_where_nothing_can_be_written(run, tmp_path):
    """A file stands where the store should be."""
    (tmp_path / "file").write_text("")
    done = run("doctor", ASSETGEN_STORE=str(tmp_path / "file" / "store"))
    assert done.returncode == 1
    assert "error" in done.stdout


def test_the_file_system_is_the_deepest_mount():
    """Escaped blanks in mount points are understood."""
    mounts = "/dev/a / ext4 rw\nhost:/x /srv/my\\040art nfs4 rw\nbroken\n"
    assert file_system_of("/srv/my art/game", mounts) == "nfs4"
    assert file_system_of("/srv/my artful", mounts) == "ext4"


def test_schemas_are_printed_or_written(run, tmp_path):
    """Editors need the file; names that are not there are answered with those that are."""
    assert {"assets", "events", "plan", "show", "diagnostics"} <= set(schema_names())
    assert json.loads(run("schema", "show").stdout)["$schema"]
    assert run("schema", "-o", "x.json").stdout == ""
    assert json.loads((tmp_path / "x.json").read_text())["$schema"]
    wrong = run("schema", "nope")
    assert wrong.returncode == 2
    assert "assets" in wrong.stderr


def test_bash_completes_commands_flags_and_values(run):
    """The script is run by a real bash."""
    script = run("completion", "bash").stdout
    tests = script + (
        't() { COMP_WORDS=("$@"); COMP_CWORD=$(($#-1)); _assetgen;'
        ' echo "${COMPREPLY[*]}"; }\n'
        "t assetgen b\nt assetgen build --prog\nt assetgen build --progress p\n"
        "t assetgen plan --profile p\n"
    )
    done = subprocess.run(
        ["bash", "-c", tests], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines() == ["build", "--progress", "plain", ""]


def test_stdout_that_is_full_is_a_disk_error(tmp_path):
    """Data that cannot be delivered is not silently lost."""
    if not os.path.exists("/dev/full"):  # noqa: PTH110
        pytest.skip("this system has no /dev/full")
    done = subprocess.run(
        f"{sys.executable} -m assetgen --help > /dev/full",
        shell=True,
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
    )
    assert done.returncode == 74
    assert "cannot write to stdout" in done.stderr


def test_every_command_explains_itself(run):
    """`--help` is data and ends well."""
    for command in COMMANDS[:3]:
        done = run(command.name, "--help")
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout.startswith(f"usage: assetgen {command.name}")


def test_the_command_reference_is_up_to_date():
    """The page is made from the help texts."""
    script = Path(__file__).parent.parent / "scripts" / "write_commands.py"
    done = subprocess.run(
        [sys.executable, str(script), "--check"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


def test_all_mistakes_of_a_spec_come_in_one_run(tmp_path):
    """Of form, of meaning, between assets and in files, two kinds in one asset, too."""
    (tmp_path / "assets.yaml").write_text(
        """\
version: 1
provider: placeholder
assets:
  hero:
    prompt: "${nam}"
    quality: hd
    outputs: [hero.png, {path: a.gif, fit: contains}]
  logo:
    file: nope.png
    process: [{rotat: 90}]
    outputs: [logo.png]
  out: {prompt: Out, outputs: ["../x.png"]}
  one: {prompt: one, inputs: [two], outputs: [same.png]}
  two: {prompt: two, inputs: [one], outputs: [same.png]}
""",
        encoding="utf-8",
    )
    done = subprocess.run(
        [sys.executable, "-m", "assetgen", "check", "--format", "json"],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
    )
    found = [each["code"] for each in json.loads(done.stdout)["items"]]
    assert done.returncode == 3
    assert sorted(found) == [
        "bad-path",
        "bad-value",
        "cycle",
        "no-such-file",
        "outdated-value",
        "output-twice",
        "unknown-key",
        "unknown-variable",
    ]
