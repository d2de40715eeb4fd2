"""The documentation keeps its word: its specs are valid, its commands and links exist."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from assetgen import document, schema

ROOT = Path(__file__).parent.parent
PAGES = sorted(
    [
        *ROOT.glob("*.md"),
        *ROOT.glob("docs/**/*.md"),
        *ROOT.glob("examples/**/*.md"),
    ]
)
_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")


@dataclass(frozen=True)
class Block:
    """A fenced block of a page."""

    page: Path
    line: int
    language: str
    text: str

    def __str__(self) -> str:
        """Return the place of the block, as terminals make it clickable."""
        return f"{self.page.relative_to(ROOT).as_posix()}:{self.line}"


def blocks(*languages: str) -> list[Block]:
    """Return all blocks in one of the languages, in reading order."""
    found = []
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        for match in _FENCE.finditer(text):
            line = text.count("\n", 0, match.start()) + 1
            found.append(Block(page, line, match[1], match[2]))
    return [each for each in found if each.language in languages]


def commands(block: Block) -> list[list[str]]:
    """Return the words of each assetgen command in a console or shell block."""
    found = []
    for line in block.text.splitlines():
        text = line.removeprefix("$ ")
        if block.language == "console" and text == line:
            continue  # what a command printed
        for part in re.split(r"&&|\||;", text):
            words = shlex.split(part, comments=True)
            if words and Path(words[0]).name == "assetgen":
                found.append(words[1:])
    return found


@cache
def help_of(command: str) -> str:
    """Return what `assetgen COMMAND --help` prints; fails if there is no such command."""
    done = subprocess.run(
        [sys.executable, "-m", "assetgen", command, "--help"],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "COLUMNS": "200", "NO_COLOR": "1"},
    )
    assert done.returncode == 0, f"there is no `assetgen {command}`: {done.stderr}"
    return done.stdout


@pytest.mark.parametrize("block", blocks("yaml"), ids=str)
def test_every_yaml_block_is_a_valid_spec(block: Block, tmp_path: Path) -> None:
    """What readers copy from the docs passes `assetgen check` as it stands."""
    value = document.parse(block.text.encode(), "assets.yaml")
    assert schema.validate(value, "assets.yaml", included=False) == ()
    (tmp_path / "assets.yaml").write_text(block.text, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "assetgen", "check"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("block", blocks("console", "sh", "bash"), ids=str)
def test_every_command_and_flag_in_the_docs_exists(block: Block) -> None:
    """A command that the docs show is known to the program, with all its flags."""
    for command, *words in commands(block):
        text = help_of(command)
        for word in words:
            if word.startswith("-"):
                flag = word.partition("=")[0]
                assert re.search(rf"(?<![\w-]){re.escape(flag)}(?![\w-])", text), flag


def test_every_command_in_the_readme_table_exists() -> None:
    """The table of commands in the README lists nothing that is not there."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    names = re.findall(r"^\| `assetgen (\w+)", readme, re.MULTILINE)
    assert names
    for name in names:
        help_of(name)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_to_a_file_leads_somewhere(page: Path) -> None:
    """Links inside the repository are relative and name files that exist."""
    text = _FENCE.sub("", page.read_text(encoding="utf-8"))
    for target in _LINK.findall(text):
        if "://" not in target and not target.startswith("mailto:"):
            assert (page.parent / target).exists(), target
