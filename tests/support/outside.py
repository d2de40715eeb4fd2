"""Programs that read what builds write for others: compilers, engines, a browser.

Locally a test that needs one is skipped where it is missing; where CI runs it fails,
because `.ci/run` installs them all.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

ROOT = Path(__file__).parents[2]
NODE_MODULES = ROOT / ".ci/tools/node_modules"


def program(name: str) -> str:
    """Return the path of a program, or skip; where CI runs, it must be there."""
    beside = os.path.dirname(sys.executable)  # noqa: PTH120  # a list of paths
    installed = f"{NODE_MODULES}/.bin:{ROOT}/.ci/tools/python/bin"
    for path in (None, beside, installed):
        if found := shutil.which(name, path=path):
            return found
    raise _missing(name)


def node_module(name: str) -> Path:
    """Return the folder of an npm package, or skip; where CI runs, it must be there."""
    folder = NODE_MODULES / name
    if (folder / "package.json").is_file():
        return folder
    raise _missing(f"the npm package {name}")


@contextlib.contextmanager
def chromium() -> Iterator[Browser]:
    """Enter a headless Chromium that is installed on the machine, or skip."""
    executable = program("chromium")
    sync_api = pytest.importorskip("playwright.sync_api")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=executable,
            args=[
                "--no-sandbox",
                "--disable-dev-shm-usage",
                "--disable-gpu",
                "--enable-unsafe-swiftshader",  # WebGL without a graphics card
            ],
        )
        try:
            yield browser
        finally:
            browser.close()


def _missing(what: str) -> NoReturn:
    """Skip, or fail where CI runs."""
    reason = f"{what} is not installed; .ci/run shows how to install it"
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)
