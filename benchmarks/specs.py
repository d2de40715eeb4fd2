"""Writes projects of any number of assets, and the same work for ninja.

An asset has a prompt and three outputs (PNG, WebP, JPEG); every fifth is an edit of the
one before it. For ninja an asset is one source, one intermediate and three outputs, and
every fifth intermediate needs the one before it.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmarks.measure import assetgen, progress, run

if TYPE_CHECKING:
    from pathlib import Path

EDIT_EVERY = 5
SUFFIXES = ("png", "webp", "jpg")
LEAF = 1
"""Number of an asset that no other one needs."""

_HEAD = """\
version: 1
provider: placeholder
targets:
  out: {dir: out}
"""
_NINJA_RULES = """\
rule take
  command = read line < $in; echo "$$line" > $out
rule join
  command = cat $in > $out
"""


@dataclass(frozen=True, slots=True)
class Shape:
    """What a benchmark's project looks like.

    Attributes:
        assets: How many.
        per_file: Assets in each included file; 0 keeps all in one file.
        size: Of every drawn picture, ``WxH`` in pixels.
    """

    assets: int
    per_file: int = 0
    size: str = "16x16"

    @property
    def folder_name(self) -> str:
        """Return a folder name that no other shape has."""
        return f"spec-{self.assets}-{self.per_file}-{self.size}"


def entry(number: int, size: str, prompt_tail: str = "") -> str:
    """Return the lines of one asset, indented for `assets:`."""
    inputs = ""
    if number % EDIT_EVERY == EDIT_EVERY - 1:
        inputs = f"    inputs: [sprite-{number - 1:06}]\n"
    outputs = "".join(
        f"      - {number // 1000:03}/sprite-{number:06}.{suffix}\n"
        for suffix in SUFFIXES
    )
    return (
        f"  sprite-{number:06}:\n"
        f"    prompt: A picture of meadow number {number}{prompt_tail}\n"
        f"    size: {size}\n{inputs}    outputs:\n{outputs}"
    )


def file_of(folder: Path, shape: Shape, number: int) -> Path:
    """Return the spec file that asset `number` stands in."""
    if not shape.per_file:
        return folder / "assets.yaml"
    return folder / "parts" / f"{number // shape.per_file:04}.yaml"


def write_spec(folder: Path, shape: Shape) -> None:
    """Write a project's spec files into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    head = _HEAD
    if shape.per_file:
        # The main file needs one asset of its own.
        (folder / "parts").mkdir(exist_ok=True)
        head += "include: [parts/*.yaml]\n"
        main = "  cover:\n    prompt: The cover\n    size: 16x16\n"
        (folder / "assets.yaml").write_text(f"{head}assets:\n{main}", encoding="utf-8")
        head = ""
    step = shape.per_file or shape.assets
    for first in range(0, shape.assets, step):
        last = min(first + step, shape.assets)
        body = "".join(entry(number, shape.size) for number in range(first, last))
        path = file_of(folder, shape, first)
        path.write_text(f"{head}assets:\n{body}", encoding="utf-8")


def change_prompt(folder: Path, shape: Shape, number: int, marker: int) -> None:
    """Give one asset a prompt it never had; `marker` makes it new."""
    path = file_of(folder, shape, number)
    text = path.read_text(encoding="utf-8")
    start = text.index(f"  sprite-{number:06}:\n")
    end = text.find("\n  sprite-", start) + 1 or len(text)
    changed = entry(number, shape.size, f", version {marker}")
    path.write_text(text[:start] + changed + text[end:], encoding="utf-8")


def built_project(workspace: Path, shape: Shape) -> Path:
    """Return the folder of a project that is built and has nothing to do.

    A folder that an earlier benchmark left there is used again.
    """
    folder = workspace / shape.folder_name
    if not (folder / "built").exists():
        shutil.rmtree(folder, ignore_errors=True)
        write_spec(folder, shape)
        progress(f"building {shape.assets:,} assets of {shape.size} once")
        run(assetgen("build", "-q"), folder)
        (folder / "built").touch()
    return folder


def write_ninja(folder: Path, assets: int) -> None:
    """Write sources and a build.ninja for as many assets."""
    (folder / "src").mkdir(parents=True)
    lines = [_NINJA_RULES]
    for number in range(assets):
        (folder / f"src/{number}").write_text(f"{number}\n", encoding="ascii")
        edit = number % EDIT_EVERY == EDIT_EVERY - 1
        lines.append(
            f"build obj/{number}: join src/{number} obj/{number - 1}\n"
            if edit
            else f"build obj/{number}: take src/{number}\n"
        )
        lines.extend(
            f"build out/{number}.{suffix}: take obj/{number}\n" for suffix in SUFFIXES
        )
    (folder / "build.ninja").write_text("".join(lines), encoding="ascii")


def built_ninja(workspace: Path, assets: int) -> Path | None:
    """Return the folder of a ninja project that is built; None without ninja."""
    ninja = shutil.which("ninja")
    if ninja is None:
        return None
    folder = workspace / f"ninja-{assets}"
    if not (folder / "built").exists():
        shutil.rmtree(folder, ignore_errors=True)
        write_ninja(folder, assets)
        progress(f"building {assets:,} assets with ninja once")
        run((ninja, "--quiet"), folder)
        (folder / "built").touch()
    return folder
