"""Start-up: what the shortest ways import, and that they agree with the long one."""

from __future__ import annotations

import subprocess
import sys

import pytest
from commanding import Commanded
from hypothesis import given
from hypothesis import strategies as st

from assetgen.__main__ import read_plain
from assetgen.cli.arguments import find_command, parse
from assetgen.options_line import options_line

SPEC = """\
version: 1
provider: placeholder
targets: {site: {dir: site, types: ts}}
assets:
  cat: {prompt: A cat, size: 32x32, outputs: [cat.png]}
"""
HEAVY = [
    "openai",
    "PIL",
    "jsonschema",
    "jsonschema_rs",
    "rich",
    "yaml",
    "watchfiles",
    "diskcache",
    "asyncio",
    "argparse",
    "dataclasses",
    "typing",
    "json",
    "logging",
    "pathlib",
    "re",
    "sqlite3",
]


def modules_after(code: str, *arguments: str) -> set[str]:
    """Return the top-level modules that `code` leaves imported."""
    program = f"import sys\n{code}\nprint(*{{name for name in sys.modules}})"
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments],
        capture_output=True,
        text=True,
        check=True,
    )
    return {name.partition(".")[0] for name in done.stdout.splitlines()[-1].split()}


def test_the_version_is_printed_without_heavy_imports():
    """`--version` costs little more than the interpreter."""
    found = modules_after("from assetgen.__main__ import main; main()", "--version")
    assert not found & (set(HEAVY) - modules_after(""))


def test_a_plain_build_asks_the_state_before_anything_heavy_is_imported():
    """Nothing heavy stands between the prompt and the answer "up to date"."""
    code = (
        "from assetgen import __main__\n"
        "import assetgen.noop\n"
        "assetgen.noop.up_to_date = lambda *asked: 'all up to date'\n"
        "assert __main__.main() == 0"
    )
    found = modules_after(code, "build", "--profile", "draft")
    assert not found & (set(HEAVY) - modules_after(""))


@pytest.mark.parametrize(("command", "loaded"), [("plan", set()), ("build", {"PIL"})])
def test_what_has_work_to_do_loads_no_network(tmp_path, command, loaded):
    """The libraries of the web cost more to import than a small plan costs to make."""
    project = Commanded(tmp_path, SPEC)
    code = (
        "import os\n"
        f"os.chdir({str(project.root)!r})\n"
        "from assetgen.__main__ import main\n"
        "assert main() == 0"
    )
    others = {"openai", "httpx2", "http", "asyncio", "jsonschema", "starlette"}
    found = modules_after(code, command)
    assert found & (others | {"PIL"}) == loaded


FLAGS = st.sampled_from(
    [
        ["hero"],
        ["icons/*"],
        ["--file", "a/assets.yaml"],
        ["--file=b.yaml"],
        ["--profile", "draft"],
        ["--profile=x"],
        ["--provider", "placeholder"],
        ["--target", "web"],
        ["-t", "icons"],
        ["--tag=icons"],
        ["-q"],
        ["--locked"],
        ["--offline"],
        ["--jobs", "3"],
        ["--jobs=x"],
        ["--progress", "plain"],
        ["--progress=no"],
        ["--force"],
        ["--profile", "--force"],
        ["--keep-going"],
        ["--"],
        ["-tx"],
        ["-"],
        ["--tag"],
        [""],
    ]
)


@given(st.lists(FLAGS, max_size=5))
def test_the_short_reading_of_flags_agrees_with_argparse(groups):
    """What the fast path understands, argparse understands in the same way."""
    words = [word for group in groups for word in group]
    plain = read_plain(words)
    if plain is None:
        return
    args = parse(find_command("build"), words)
    assert not args.force
    assert plain[2] == args.quiet
    assert plain[1] == options_line(
        args.file.rpartition("/")[2],
        names=tuple(args.names),
        tags=tuple(args.tags),
        targets=tuple(args.targets),
        profile=args.profile,
        provider=args.provider,
    )


def test_values_with_control_characters_take_the_long_way():
    """The options are kept on one line of a file."""
    assert read_plain(["--profile", "a\nb"]) is None
    assert options_line("assets.yaml", names=("a\tb",)) is None
