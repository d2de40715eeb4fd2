"""The guides to what costs money are run as they stand: every file, every command, in order.

Commands run in one folder with the stand-in for the image API; what they print is what
the page shows. ``ASSETGEN_REWRITE=1`` writes the page's outputs anew.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from fakeapi import FakeApi

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parent.parent
GUIDES = ROOT / "docs" / "guide"
CHARGED = {
    "openai.md": 5,
    "lock-and-cost.md": 3,
    "spec-hygiene.md": 0,
    "review.md": 5,
    "ci.md": 1,
}
"""Requests that each page pays for."""

_FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_LONG = 14
"""A page shows the beginning of what is longer."""

SHIM = """#!/bin/sh
case "$1" in build | pick | reroll) export OPENAI_BASE_URL="{url}" ;; esac
exec "{python}" -m assetgen "$@"
"""


def _plain(line: str) -> str:
    """Return a printed line without what differs from run to run."""
    line = re.sub(r"(written|drawn|derived), \d+\.\d s", r"\1", line)  # short: left out
    line = re.sub(r"\b\d+(\.\d)? s\b", "N s", line)
    line = re.sub(r"\b[0-9a-f]{12}\b", "DIGEST", line)
    line = re.sub(r"\bfrom [0-9a-f]{10} on\b", "from COMMIT on", line)
    line = re.sub(r"\b20\d\d-\d\d-\d\d\b", "DAY", line)
    line = re.sub(r"\[ ?\d+/\d+\]", "[n]", line)
    line = re.sub(r"\bdistance [\d.]+", "distance N", line)
    line = re.sub(r"\b[\d.]+ kB\b", "N kB", line)
    return re.sub(r"\b[\d.]+ % of", "N % of", line).rstrip()


def _agree(shown: list[str], printed: list[str]) -> bool:
    """Return whether the page shows what was printed, in any order of finishing.

    Lines of assets that are built at once may change places; ``...`` stands for more.
    """
    wanted = [_plain(each) for each in shown if each != "..."]
    got = [_plain(each) for each in printed]
    if "..." in shown:
        return all(each in got for each in wanted)
    return sorted(wanted) == sorted(got)


@pytest.fixture
def fake() -> Iterator[FakeApi]:
    """A service that refuses what the page says is refused."""
    with FakeApi() as api:
        api.when("forbidden", "moderation")
        yield api


def _shell(folder: Path, fake: FakeApi) -> dict[str, str]:
    """Return the environment of a reader who has a key, and `assetgen` on the path."""
    programs = folder / "bin"
    programs.mkdir()
    shim = programs / "assetgen"
    shim.write_text(SHIM.format(url=fake.base_url, python=sys.executable))
    shim.chmod(0o755)
    (folder / "home").mkdir()
    return {
        "PATH": f"{programs}:{os.environ['PATH']}",
        "HOME": str(folder / "home"),
        "PYTHONPATH": str(ROOT),
        "OPENAI_API_KEY": "sk-only-the-stand-in-takes-this-key",
        "NO_COLOR": "1",
        "COLUMNS": "88",
        "LC_ALL": "C.UTF-8",
        "GIT_CONFIG_NOSYSTEM": "1",
        **{f"GIT_{who}_NAME": "reader" for who in ("AUTHOR", "COMMITTER")},
        **{f"GIT_{who}_EMAIL": "r@example.org" for who in ("AUTHOR", "COMMITTER")},
    }


def _run(command: str, folder: Path, environment: dict[str, str]) -> list[str]:
    done = subprocess.run(
        ["bash", "-c", command],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=120,
        check=False,
    )
    expects_failure = "echo" in command
    assert done.returncode == 0 or expects_failure, f"{command}:\n{done.stdout}"
    return re.sub(r"127\.0\.0\.1:\d+", "api.openai.com", done.stdout).splitlines()


def _commands(block: str) -> list[tuple[str, list[str]]]:
    """Return each command of a console block with the lines that the page shows."""
    found: list[tuple[str, list[str]]] = []
    for line in block.splitlines():
        if line.startswith("$ "):
            found.append((line[2:], []))
        elif found:
            found[-1][1].append(line)
    return found


def _shortened(lines: list[str]) -> list[str]:
    return [*lines[: _LONG - 2], "..."] if len(lines) > _LONG else lines


@pytest.mark.parametrize("name", CHARGED)
def test_every_command_of_a_guide_prints_what_the_guide_shows(
    name: str, fake: FakeApi, tmp_path: Path
) -> None:
    """Files are saved as the page gives them, commands run in the page's order."""
    environment = _shell(tmp_path, fake)
    project = tmp_path / "project"
    project.mkdir()
    page = GUIDES / name
    text = page.read_text(encoding="utf-8")
    rewritten, end, wrong = [], 0, []
    for match in _FENCE.finditer(text):
        language, body = match.groups()
        rewritten.append(text[end : match.start()])
        end = match.end()
        if language == "yaml":
            (project / "assets.yaml").write_text(body, encoding="utf-8")
        if language != "console":
            rewritten.append(match[0])
            continue
        lines = []
        for command, shown in _commands(body):
            printed = _run(command, project, environment)
            lines += [f"$ {command}", *_shortened(printed)]
            if not _agree(shown, printed):
                wrong.append("\n".join([f"$ {command}", *printed]))
        rewritten.append("```console\n" + "\n".join(lines) + "\n```")
    assert fake.charged == CHARGED[name], "the page's builds asked the stand-in"
    if os.environ.get("ASSETGEN_REWRITE"):
        page.write_text("".join(rewritten) + text[end:], encoding="utf-8")
        return
    assert not wrong, "the page shows something else:\n" + "\n\n".join(wrong)
