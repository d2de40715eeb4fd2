"""A runner that reads our whole log finds only the commands that we mean."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from ciruns import KEY, OURS, Run, commands_in, event, pull_request, workflow
from fakeapi import FakeApi

ROOT = Path(__file__).parents[1]
EVIL = (
    "::error::EVIL ##[error]EVIL",
    "::stop-commands::EVIL",
    "\\n::set-output name=EVIL::EVIL",
    "\\r::warning::EVIL",
    "x\\r\\n  ##[add-path]EVIL",
    "\\u2028::add-mask::EVIL",
    "\\x0b::save-state name=EVIL::EVIL",
    "%0A::notice::EVIL",
    "\\x1b[0m::debug::EVIL",
)
HEAD = """\
version: 1
provider: openai
vars: {evil: "##[error]EVIL"}
defaults: {model: gpt-image-2.6-flare, size: 1024x1024, quality: low}
assets:
"""


def spec(*, invalid: bool) -> str:
    """Return a spec whose every text tries to be a command."""
    text = HEAD
    for number, evil in enumerate(EVIL):
        more = f', "{evil}": 1' if invalid else ""
        texts = f'description: "{evil}", alt: "{evil} ${{evil}}"'
        text += f'  a{number}: {{prompt: "{evil} {number}", {texts}{more}}}\n'
        text += "##[error]EVIL\n  # ::error::EVIL\n"
    if invalid:
        text += "".join(f'  "{evil}": {{prompt: x}}\n' for evil in EVIL)
        text += (
            '  b: {prompt: "${nothing ::error::EVIL}", outputs: ["::error::EVIL"]}\n'
        )
    return text


@pytest.fixture
def fake():
    """Return a server whose every answer is a refusal full of commands."""
    words = "\n".join(evil.encode().decode("unicode_escape") for evil in EVIL)
    with FakeApi() as found:
        found.when("EVIL", "error", status=400, message=words, code="EVIL\n::error::E")
        yield found


def run(*words: str, cwd: Path, **environ: str) -> Run:
    """Run the real command."""
    done = subprocess.run(
        [sys.executable, "-m", "assetgen", *words],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **environ},
        cwd=cwd,
        capture_output=True,
        check=False,
    )
    out, err = done.stdout.decode(), done.stderr.decode()
    assert "Traceback" not in err
    return Run(done.returncode, out, err)


def require_only_ours(done: Run) -> None:
    """See that no command is anybody else's, and that the texts did come by."""
    for each in commands_in(done.log):
        assert not each.old, each
        assert each.name in OURS, each
        if each.name in {"error", "warning", "notice"}:
            assert each.properties["title"].startswith("assetgen"), each
    assert "EVIL" in done.log


COMMANDS = (
    ("build",),
    ("build", "-v", "--progress", "plain"),
    ("build", "--json"),
    ("build", "--provider", "placeholder", "-v"),
    ("build", "--locked"),
    ("plan",),
    ("plan", "-v"),
    ("plan", "--format", "json"),
    ("plan", "--format", "github"),
    ("plan", "--format", "markdown"),
    ("check",),
    ("check", "--format", "github"),
    ("check", "--format", "json"),
    ("show", "a0"),
    ("show", "a1", "--format", "json"),
    ("why", "a2"),
    ("log", "a3"),
    ("cost",),
    ("graph",),
    ("graph", "--format", "json"),
    ("verify",),
)


@pytest.mark.parametrize(
    ("invalid", "commands", "color"),
    [
        (False, COMMANDS, {}),
        (True, COMMANDS[:10], {}),
        (False, COMMANDS[:2], {"FORCE_COLOR": "1"}),
        (True, (("build",), ("check",)), {"FORCE_COLOR": "1"}),
    ],
    ids=["valid", "invalid", "valid in colour", "invalid in colour"],
)
def test_hostile_texts_start_no_command(tmp_path, fake, invalid, commands, color):
    """Names, keys, prompts, alt texts, source lines, and what a server answers."""
    (tmp_path / "assets.yaml").write_text(spec(invalid=invalid))
    environ = workflow(tmp_path) | color
    environ |= {"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": fake.base_url}
    seen = ""
    for words in commands:
        done = run(*words, "--file", "assets.yaml", cwd=tmp_path, **environ)
        seen += done.log
        found = commands_in(done.log)
        for each in found:
            assert not each.old, (words, each)
            assert each.name in OURS, (words, each)
            if each.name in {"error", "warning", "notice"}:
                assert each.properties["title"].startswith("assetgen"), (words, each)
    assert "EVIL" in seen
    if invalid:
        assert "::error " in seen
    else:
        assert fake.requests


def test_names_on_the_command_line_and_in_the_environment_start_none(tmp_path):
    """Words that a workflow passes on from a pull request's title or branch."""
    (tmp_path / "assets.yaml").write_text(spec(invalid=False))
    environ = workflow(tmp_path)
    data = pull_request("a/b\n::error::EVIL")
    environ |= event(tmp_path, "pull_request", data)
    for words in (
        ("build",),
        ("build", "\n::error::EVIL"),
        ("\r::error::EVIL",),
        ("build", "--profile", "##[error]EVIL"),
        ("build", "--provider", "\r::error::EVIL"),
        ("check", "--file", "\n::error::EVIL"),
        ("build", "--plan", "##[x]EVIL"),
        ("build", "--junit", "\n::error::EVIL/assets.yaml/x"),
    ):
        done = run(*words, cwd=tmp_path, **environ)
        require_only_ours(done)
        assert done.code
