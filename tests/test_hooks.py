"""The hooks for pre-commit: each entry is run in a repository, before and after a mistake."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from assetgen import document

ROOT = Path(__file__).parent.parent
FILE = ".pre-commit-hooks.yaml"
HOOKS = {each["id"]: each for each in document.parse((ROOT / FILE).read_bytes(), FILE)}

SPEC = """\
version: 1
provider: openai
defaults: {model: gpt-image-2.6-flare, size: 1024x1024, quality: low}
assets:
  cat:
    file: art/cat.png
    outputs: [cat.png]
"""
UNLOCKED = SPEC + "  dog:\n    prompt: A dog\n    outputs: [dog.png]\n"
MISTAKES = {
    "assetgen-check": (SPEC.replace("outputs", "output"), 3),
    "assetgen-locked": (UNLOCKED, 4),
    "assetgen-fmt": (SPEC.replace("  cat", "   cat"), 0),
}


@pytest.fixture
def repository(tmp_path):
    """A repository with a valid, formatted spec."""
    (tmp_path / "assets.yaml").write_text(SPEC)
    (tmp_path / "art").mkdir()
    Image.new("RGB", (8, 8), "orange").save(tmp_path / "art/cat.png")
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    return tmp_path


def run(hook: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a hook's entry as pre-commit does: in the root, without file names."""
    program, *words = shlex.split(HOOKS[hook]["entry"])
    assert program == "assetgen"
    return subprocess.run(
        [sys.executable, "-m", "assetgen", *words],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_hooks_are_the_ones_that_the_guide_names():
    """Their names are public."""
    assert list(HOOKS) == list(MISTAKES)


@pytest.mark.parametrize("hook", HOOKS)
def test_a_hook_passes_what_is_in_order(repository, hook):
    """It ends with 0 and changes no file."""
    done = run(hook, repository)
    assert done.returncode == 0, done.stdout + done.stderr
    assert (repository / "assets.yaml").read_text() == SPEC


@pytest.mark.parametrize("hook", HOOKS)
def test_a_hook_holds_up_a_mistake(repository, hook):
    """It ends otherwise or, which counts as failed, changes a file."""
    text, code = MISTAKES[hook]
    (repository / "assets.yaml").write_text(text)
    done = run(hook, repository)
    assert done.returncode == code, done.stdout + done.stderr
    assert code or (repository / "assets.yaml").read_text() == SPEC


@pytest.mark.parametrize("hook", HOOKS)
def test_a_hook_runs_when_a_spec_changes(hook):
    """No file names are passed, so included files count as well."""
    assert HOOKS[hook]["pass_filenames"] is False
    for path in ("assets.yaml", "pictures/blog.yml"):
        assert re.search(HOOKS[hook]["files"], path)
    assert bool(re.search(HOOKS[hook]["files"], "assets.lock")) == ("locked" in hook)
