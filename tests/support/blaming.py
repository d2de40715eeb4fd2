"""What `check` says of specs whose requests are at fault, with the place that is marked."""

from __future__ import annotations

import contextlib
import datetime as dt
import io
import json
import re

from PIL import Image

from assetgen import project
from assetgen.cli import main
from assetgen.cli.console import Console
from assetgen.providers.models import built_in_table

FLARE = "gpt-image-2.6-flare"
TODAY = dt.date(2026, 11, 22)
TABLE = built_in_table()


def on_day(monkeypatch, day: dt.date) -> None:
    """Let commands run on a day."""
    monkeypatch.setattr(project, "today_of", lambda _: day)


def run(folder, *words, **environ):
    """Run a command in this process; return code, stdout and stderr."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.chdir(folder):
        code = main.run(words, Console(environ, out, err))
    return code, out.getvalue(), err.getvalue()


def check(folder, marked, *words, **environ):
    """Return what `check` says of a spec, and the place that is marked in it.

    Args:
        marked: The spec; what is to blame stands between ``<<`` and ``>>``.
    """
    before, _, after = marked.partition("<<")
    (folder / "assets.yaml").write_text(re.sub("<<|>>", "", marked))
    code, out, err = run(folder, "check", "--format", "json", *words, **environ)
    assert err == ""
    line = before.count("\n") + 1
    column = len(before.rpartition("\n")[2]) + 1
    return code, json.loads(out)["items"], (line, column) if after else None


def place(item):
    """Return line and column of a diagnostic."""
    return item["place"]["line"], item["place"]["column"]


def alone(fields: str) -> str:
    """Return a spec with one drawn asset of these fields."""
    return f"version: 1\nassets:\n  a: {{prompt: A, outputs: [a.png], {fields}}}\n"


def pictures_to_edit(folder):
    """Put pictures to edit into a folder, and return it."""
    plain = Image.new("RGBA", (1024, 1024), (9, 9, 9, 255))
    plain.save(folder / "in.png")
    plain.paste((0, 0, 0, 0), (0, 0, 512, 1024))
    plain.save(folder / "arrows.png")
    Image.new("RGBA", (1024, 1024)).save(folder / "empty.png")
    Image.new("RGBA", (8, 8), (9, 9, 9, 90)).save(folder / "small.png")
    Image.new("RGB", (1200, 800)).save(folder / "wide.png")
    return folder
