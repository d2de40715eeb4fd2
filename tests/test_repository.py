"""Promises about the repository itself: first lines, no traces."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from assetgen import schema

ROOT = Path(__file__).parent.parent
SPECS = sorted([ROOT / "assets.yaml", *ROOT.glob("examples/**/*.yaml")])
_MODELINE = re.compile(r"# yaml-language-server: \$schema=(\S+)")
_MACHINE_PATH = re.compile(r"(?<![\w.$}])/(?:home|root|Users|work|tmp/dev)/")
_TEXT_SUFFIXES = {".py", ".md", ".yaml", ".yml", ".json", ".toml", ".txt", ".cfg", ""}


def short(path: Path) -> str:
    """Return a path as a test's name shows it."""
    return path.relative_to(ROOT).as_posix()


def sh_blocks(page: Path) -> list[str]:
    """Return the contents of the fenced `sh` blocks, without the last line end."""
    text = page.read_text(encoding="utf-8")
    return re.findall(r"^```sh\n(.*?)\n```$", text, re.MULTILINE | re.DOTALL)


def tracked_files() -> list[Path]:
    """Return the files that git knows; outside a checkout, there is nothing to test."""
    git = shutil.which("git")
    if git is None or not (ROOT / ".git").exists():
        pytest.skip("not a git checkout")
    done = subprocess.run(
        [git, "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    names = (ROOT / name for name in done.stdout.split("\0") if name)
    return [path for path in names if path.is_file()]


@pytest.mark.parametrize("spec", SPECS, ids=short)
def test_every_shipped_spec_tells_editors_its_schema_on_line_1(spec: Path) -> None:
    """The modeline comes first, and its relative path leads to the schema."""
    first_line = spec.read_text(encoding="utf-8").partition("\n")[0]
    match = _MODELINE.fullmatch(first_line)
    assert match is not None, first_line
    target = (spec.parent / match[1]).resolve()
    assert target == ROOT / "schemas" / "assets.schema.json"
    assert target.read_text(encoding="utf-8") == schema.schema_text("assets")


def test_the_readme_starts_with_two_blocks_of_one_line() -> None:
    """The first builds the shipped spec, the second runs the tests."""
    first, second, *_ = sh_blocks(ROOT / "README.md")
    assert "\n" not in first
    assert first.endswith("assetgen build")
    assert "\n" not in second
    assert second.endswith("-m pytest")


def test_ci_runs_the_readme_line_for_tests_as_it_stands() -> None:
    """What contributors run and what CI runs cannot drift apart."""
    second = sh_blocks(ROOT / "README.md")[1]
    lines = (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()
    assert second in lines


def test_no_tracked_file_names_a_folder_of_somebodys_machine() -> None:
    """Absolute home folders and workplaces stay out of the repository."""
    this_file = Path(__file__).resolve()
    for path in tracked_files():
        if path.suffix not in _TEXT_SUFFIXES or path == this_file:
            continue
        text = path.read_text(encoding="utf-8")
        found = _MACHINE_PATH.search(text)
        assert found is None, f"{short(path)}: {found and found[0]}"
