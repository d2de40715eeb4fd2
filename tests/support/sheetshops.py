"""A project with a sheet: its frames, its spec, and what a build of it makes."""

from __future__ import annotations

import contextlib
import io
import json
from pathlib import Path

import pytest
from buildings import build, made, options, plan_of
from PIL import Image
from sketches import png
from unpacking import seen

from assetgen import events
from assetgen.cli import main
from assetgen.cli.console import Console
from assetgen.errors import ExitCode, SpecInvalid

SCHEMAS = Path(__file__).parents[2] / "schemas"

HEAD = """\
version: 1
provider: placeholder
targets:
  out: {dir: out%s}
assets:
"""
FRAMES = """\
  walk/${i}:
    matrix: {i: [1, 2, 3]}
    prompt: a step ${i}
    size: 24x24
    outputs: ["frames/walk/${i}.png"]
  box: {file: art/box.png, process: [{pad: 3}], outputs: [frames/box.png]}
"""
SHEET = """\
  all:
    sheet: {frames: [box, "walk/*"]%s}
    outputs: [{path: items.png%s}]
"""


class Shop:
    """A project with a sheet."""

    def __init__(self, root):
        self.root = root
        (root / "art").mkdir()
        (root / "art/box.png").write_bytes(png(16, 12, 3))
        self.spec()

    def spec(self, sheet="", output="", *, target="", frames=FRAMES, more=""):
        """Write the spec."""
        text = HEAD % target + frames + SHEET % (sheet, output) + more
        (self.root / "assets.yaml").write_text(text)

    def build(self, **more):
        """Build, and return what was heard."""
        code, heard = build(options(self.root, **more))
        assert code is ExitCode.DONE, heard.events
        return heard

    def failure(self):
        """Build, and return the message of the one asset that failed."""
        code, heard = build(options(self.root))
        assert code is ExitCode.SOME_FAILED
        (failed,) = heard.of(events.AssetFailed)
        return failed.message

    def problem(self):
        """Return what is wrong with the spec."""
        with pytest.raises(SpecInvalid) as caught:
            plan_of(options(self.root))
        (found,) = [d for d in caught.value.diagnostics if d.severity == "error"]
        return found

    def files(self):
        """Return the names of the sheet's files."""
        return {p.removeprefix("out/") for p in made(self.root) if "items" in p}

    def manifest(self):
        """Return the target's manifest."""
        return json.loads((self.root / "out/assetgen.manifest.json").read_text())

    def frames(self):
        """Return the frames as they were written one by one."""
        folder = self.root / "out/frames"
        found = {}
        for place in folder.rglob("*.png"):
            name = place.relative_to(folder).as_posix().removesuffix(".png")
            with Image.open(place) as image:
                found[name] = image.convert("RGBA")
        return found

    def run(self, *words):
        """Run a command; return code and what it printed."""
        out, err = io.StringIO(), io.StringIO()
        with contextlib.chdir(self.root):
            code = main.run(words, Console({}, out, err))
        return code, out.getvalue() + err.getvalue()


def same(one, two):
    """Return whether two sets of frames look the same."""
    return {n: seen(i) for n, i in one.items()} == {n: seen(i) for n, i in two.items()}


SEVERAL = ", max_size: 48, trim: true, padding: 1"
PAGES = range(3)
