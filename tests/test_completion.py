"""Completion in real shells: a key is pressed, and what stands on the line is looked at."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest
from outside import program

from assetgen.cli.arguments import COMMANDS
from assetgen.cli.completion import script

if TYPE_CHECKING:
    from pathlib import Path

SPEC = """\
version: 1
provider: placeholder
assets:
  hero: {prompt: A hero, outputs: [hero.png]}
  icons/sword: {prompt: A sword, outputs: [sword.png]}
"""

LINES = {
    "assetgen comp": "assetgen completion",
    "assetgen check --stri": "assetgen check --strict",
    "assetgen check --format js": "assetgen check --format json",
    "assetgen check --strict --allow missing": "assetgen check --strict --allow missing-alt",
    "assetgen build he": "assetgen build hero",
    "assetgen show icons/": "assetgen show icons/sword",
    "assetgen completion zs": "assetgen completion zsh",
    "assetgen fmt ass": "assetgen fmt assets.yaml",
    "assetgen build --file ass": "assetgen build --file assets.yaml",
    "assetgen schema diag": "assetgen schema diagnostics",
}
"""What is typed, and what stands there after the key was pressed."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A project, with `assetgen` on the path."""
    folder = tmp_path_factory.mktemp("shells")
    (folder / "assets.yaml").write_text(SPEC)
    programs = folder / "bin"
    programs.mkdir()
    shim = programs / "assetgen"
    shim.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m assetgen "$@"\n')
    shim.chmod(0o755)
    return folder


def environment(folder: Path) -> dict[str, str]:
    """Return the environment of a shell without anybody's settings."""
    return {
        "PATH": f"{folder / 'bin'}:{os.environ['PATH']}",
        "HOME": str(folder),
        "TERM": "dumb",
        "PYTHONPATH": os.pathsep.join(sys.path),
    }


def test_fish_completes_what_is_typed(folder):
    """fish can be asked for what it would offer."""
    fish = program("fish")
    asked = "\n".join(f"complete -C '{line}'; echo ---" for line in LINES)
    done = subprocess.run(
        [fish, "--no-config", "-c", f"assetgen completion fish | source\n{asked}"],
        cwd=folder,
        env=environment(folder),
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    offers = [
        {line.partition("\t")[0] for line in part.splitlines() if line}
        for part in done.stdout.split("---\n")
    ]
    assert done.stderr == ""
    assert offers[:-1] == [{line.rpartition(" ")[2]} for line in LINES.values()]


def test_bash_completes_what_is_typed(folder):
    """bash calls a function with the words of the line."""
    bash = program("bash")
    asked = "\n".join(
        f"COMP_WORDS=({line}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1)); _assetgen; "
        'echo "${COMPREPLY[@]}"'
        for line in LINES
    )
    done = subprocess.run(
        [bash, "--norc", "-c", f'eval "$(assetgen completion bash)"\n{asked}'],
        cwd=folder,
        env=environment(folder),
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    assert done.stderr == ""
    offers = done.stdout.splitlines()
    assert offers == [line.rpartition(" ")[2] for line in LINES.values()]


def test_zsh_completes_what_is_typed(folder):
    """zsh completes on a terminal only: one is made, and Tab is pressed."""
    zsh = program("zsh")
    (folder / ".zshrc").write_text(
        "PS1='READY> '\nunsetopt zle_bracketed_paste 2>/dev/null\n"
        "unset zle_bracketed_paste\nautoload -Uz compinit && compinit -u -D\n"
        "source <(assetgen completion zsh)\n"
        'tell() { print -r -- "[[$BUFFER]]" >> told; BUFFER=""; zle redisplay }\n'
        "zle -N tell\nbindkey '^X' tell\n"
    )
    told = folder / "told"
    terminal, inside = pty.openpty()
    shell = subprocess.Popen(
        [zsh, "-d", "-i"],
        cwd=folder,
        env=environment(folder),
        stdin=inside,
        stdout=inside,
        stderr=inside,
        start_new_session=True,
    )
    os.close(inside)
    try:
        seen = _wait_for(terminal, lambda text: "READY> " in text)
        for number, line in enumerate(LINES, 1):
            os.write(terminal, f"{line}\t\x18".encode())
            seen += _wait_for(
                terminal,
                lambda _, number=number: (
                    told.exists() and told.read_text().count("]]") >= number
                ),
            )
    finally:
        shell.kill()
        shell.wait()
        os.close(terminal)
    found = [line[2:-2].rstrip() for line in told.read_text().splitlines()]
    assert found == list(LINES.values()), seen


def _wait_for(terminal: int, done) -> str:
    """Read what a terminal shows until something is the case; at most a minute."""
    seen = ""
    deadline = time.monotonic() + 60
    while not done(seen):
        assert time.monotonic() < deadline, seen
        if select.select([terminal], [], [], 0.05)[0]:
            seen += os.read(terminal, 65536).decode("utf-8", "replace")
    return seen


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_every_command_is_known_to_every_shell(shell):
    """A new command completes without anybody thinking of it."""
    text = script(shell)
    assert [each.name for each in COMMANDS if each.name not in text] == []
