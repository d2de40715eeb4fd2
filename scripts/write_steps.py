"""Writes `docs/reference/steps.md`: every step with a picture before and after it.

The pictures are built by assetgen itself from a spec that this script writes; only the
originals are drawn here.

python scripts/write_steps.py           # write page and pictures
python scripts/write_steps.py --check   # exit 1 if they are not up to date

Encoders differ a little between versions, so pictures are compared by their pixels.
"""

from __future__ import annotations

import json
import math
import os
import random
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from PIL import Image, ImageChops, ImageDraw, ImageStat
from write_reference import ROOT, SCHEMA, Schema, flow

from assetgen.catalog import STEPS

PAGE = ROOT / "docs" / "reference" / "steps.md"
FOLDER = PAGE.with_suffix("")
SIDE = 144
SHOWN = 160
TOLERANCE = 3.0
"""Mean difference of a channel, 0 to 255, that counts as the same picture."""

WHOLE = {"alpha": {"from": {"file": "white.png"}}}
"""Makes hidden colours visible."""

# Step: the original, steps before it, the step's own arguments, steps that show both.
SAMPLES: dict[str, tuple[str, list[Any], Any, list[Any]]] = {
    "trim": ("sprite", [], True, []),
    "crop": ("scene", [], {"ratio": "16:9", "position": "bottom"}, []),
    "resize": ("scene", [], {"width": 72, "height": 72}, []),
    "pad": ("scene", [], {"all": 8, "color": "#ffffff"}, []),
    "rotate": ("sprite", [], 90, []),
    "flip": ("scene", [], "horizontal", []),
    "flatten": ("sprite", [], "#3a506b", []),
    "key": (
        "screen",
        [],
        {"color": "#00d040", "tolerance": 24, "feather": 60},
        [],
    ),
    "alpha": ("scene", [], {"from": {"file": "mask.png"}}, []),
    "despill": (
        "screen",
        [{"key": {"color": "#00d040", "tolerance": 24, "feather": 60}}],
        "#00d040",
        [{"crop": {"x": 48, "y": 8, "width": 48, "height": 48}}, "ENLARGED"],
    ),
    "bleed": ("sprite", [], 12, [WHOLE]),
    "pixelate": ("sprite", [], {"grid": 24, "colors": 8, "scale": 6}, []),
    "quantize": ("scene", [], {"colors": 8, "dither": True}, []),
    "grayscale": ("scene", [], True, []),
    "invert": ("scene", [], True, []),
    "threshold": ("scene", [], 128, []),
    "adjust": ("scene", [], {"contrast": 1.3, "saturation": 1.6}, []),
    "blur": ("sprite", [], 4, []),
    "sharpen": ("soft", [], {"amount": 2, "radius": 2}, []),
    "round": ("scene", [], "25%", []),
    "outline": ("sprite", [], {"width": 5, "color": "#ffffff"}, []),
    "overlay": (
        "scene",
        [],
        {"image": {"file": "sprite.png"}, "at": "bottom-right", "scale": 0.5},
        [],
    ),
    "tile": ("texture", [], "25%", ["TWICE"]),
}


# --- originals ----------------------------------------------------------------


def draw_sprite(ground: tuple[int, ...] = (0, 0, 0, 0)) -> Image.Image:
    """Return a toadstool on a plain ground."""
    big = Image.new("RGBA", (SIDE * 8, SIDE * 8), ground)
    pen = ImageDraw.Draw(big)
    pen.rounded_rectangle((456, 560, 696, 1000), 90, fill="#f3e6cf")
    pen.ellipse((368, 880, 784, 1040), fill="#6a994e")
    pen.pieslice((184, 184, 968, 1000), 180, 360, fill="#c1121f")
    pen.ellipse((184, 520, 968, 664), fill="#a10d18")
    for x, y, radius in (
        (380, 430, 70),
        (590, 310, 84),
        (770, 470, 60),
        (560, 520, 48),
    ):
        pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill="#fff8e7")
    return big.resize((SIDE, SIDE), Image.Resampling.BOX)


def draw_scene() -> Image.Image:
    """Return hills below a setting sun."""
    big = Image.new("RGBA", (SIDE * 4, SIDE * 4))
    pen = ImageDraw.Draw(big)
    side = big.width
    for y in range(side):
        share = y / side
        color = (int(60 + 190 * share), int(90 + 90 * share), int(170 - 60 * share))
        pen.line((0, y, side, y), fill=color)
    pen.ellipse((330, 150, 470, 290), fill="#ffe8a3")
    for height, swing, color in (
        (330, 60, "#5b6c8f"),
        (400, 44, "#3f5573"),
        (470, 30, "#243b55"),
    ):
        hills = [
            (x, height + swing * math.sin(x / side * 6 + height))
            for x in range(0, side + 8, 8)
        ]
        pen.polygon([*hills, (side, side), (0, side)], fill=color)
    return big.resize((SIDE, SIDE), Image.Resampling.BOX)


def draw_texture() -> Image.Image:
    """Return stone that gets darker to one side, so that its seams show."""
    chance = random.Random(7)  # the same picture each time
    result = Image.new("L", (SIDE, SIDE), 90)
    for cells, strength in ((9, 0.5), (24, 0.35), (72, 0.25)):
        data = bytes(chance.randrange(256) for _ in range(cells * cells))
        noise = Image.frombytes("L", (cells, cells), data)
        noise = noise.resize((SIDE, SIDE), Image.Resampling.BICUBIC)
        result = Image.blend(result, noise, strength)
    light = Image.linear_gradient("L").rotate(90).resize((SIDE, SIDE))
    result = Image.blend(result, light, 0.45)
    return Image.merge(
        "RGB",
        (
            result,
            result.point(lambda v: v * 15 // 16),
            result.point(lambda v: v * 7 // 8),
        ),
    ).convert("RGBA")


def originals() -> dict[str, Image.Image]:
    """Return the pictures that the samples start from, by name."""
    board = Image.new("RGBA", (SHOWN, SHOWN), "#dddddd")
    pen = ImageDraw.Draw(board)
    for x in range(0, SHOWN, 8):
        for y in range(x % 16, SHOWN, 16):
            pen.rectangle((x, y, x + 7, y + 7), fill="#bbbbbb")
    mask = Image.new("RGBA", (SIDE * 4, SIDE * 4), "#000000")
    ImageDraw.Draw(mask).ellipse((80, 80, 496, 496), fill="#ffffff")
    scene = draw_scene()
    soft = scene.resize((56, 56), Image.Resampling.BOX)
    return {
        "board": board,
        "mask": mask.resize((SIDE, SIDE), Image.Resampling.BOX),
        "scene": scene,
        "screen": draw_sprite((0, 208, 64, 255)),
        "soft": soft.resize((SIDE, SIDE), Image.Resampling.BICUBIC),
        "sprite": draw_sprite(),
        "texture": draw_texture(),
        "white": Image.new("RGBA", (SIDE, SIDE), "#ffffff"),
    }


# --- the spec -----------------------------------------------------------------


def shown(name: str, view: list[Any]) -> list[Any]:
    """Return the layers that show an asset on a board."""
    layers: list[Any] = [{"image": {"file": "board.png"}}]
    if "TWICE" in view:
        half = SIDE // 2
        places = [(x, y) for x in (8, 8 + half) for y in (8, 8 + half)]
        return layers + [{"image": name, "at": each, "scale": 0.5} for each in places]
    return [*layers, {"image": name}]


def spec() -> dict[str, Any]:
    """Return the spec from which the pictures of the page are built."""
    assets: dict[str, Any] = {}
    enlarged = {
        "resize": {"width": SIDE, "height": SIDE, "filter": "nearest", "enlarge": True}
    }
    for step, (original, first, value, view) in SAMPLES.items():
        after = [enlarged if each == "ENLARGED" else each for each in view]
        after = [each for each in after if each != "TWICE"]
        for when, own in (("before", []), ("after", [{step: value}])):
            made = f"made/{step}-{when}"
            assets[made] = {
                "file": f"{original}.png",
                "process": [*first, *own, *after],
            }
            assets[f"{step}-{when}"] = {
                "canvas": f"{SHOWN}x{SHOWN}",
                "layers": shown(made, view),
                "outputs": [{"path": f"{step}-{when}.webp", "quality": 85}],
            }
    targets = {"page": {"dir": "pictures"}}
    return {"version": 1, "targets": targets, "assets": assets}


def build(folder: Path) -> Path:
    """Build all pictures in a folder; return where they are."""
    for name, image in originals().items():
        image.save(folder / f"{name}.png")
    # JSON is YAML.
    (folder / "assets.yaml").write_text(json.dumps(spec()), "utf-8")
    environ = {k: v for k, v in os.environ.items() if not k.startswith("ASSETGEN_")}
    subprocess.run(
        [sys.executable, "-m", "assetgen", "build", "-q"],
        cwd=folder,
        env=environ,
        check=True,
    )
    return folder / "pictures"


# --- the page -----------------------------------------------------------------


def page() -> str:
    """Return the text of the page."""
    schema = Schema(json.loads(SCHEMA.read_text("utf-8")))
    fields = schema.fields(schema.part("step"))
    lines = [
        "# Every step, before and after",
        "",
        "<!-- Written by scripts/write_steps.py, which builds the pictures, too. -->",
        "",
        "Steps go into `process`, of an asset or of an output, and are carried out in order.",
        "They are free and local, and the same picture and words give the same pixels.",
        "A step's version is part of the key of what it makes; it is raised when its pixels",
        "change on purpose. All arguments are in the [reference](spec.md#steps).",
        "",
        "Pictures keep straight alpha between steps. Where colours of several pixels mix",
        "(`resize`, `blur`, `sharpen`, `tile`, `pixelate`), transparent pixels lend none, so no",
        "fringe appears. A clean cut-out for an engine is `key`, `despill`, then sizes, and",
        "`bleed` last: resizing drops the colour under transparent pixels.",
    ]
    for name, entry in STEPS.items():
        _, first, value, _ = SAMPLES[name]
        own = name if value is True else flow({name: value})
        before = f", after `{flow(first)[1:-1]}`" if first else ""
        words = f"`process: [{own}]`{before}. Version {entry.version}."
        lines += [
            "",
            f"## `{name}`",
            "",
            f"{schema.follow(fields[name])['description']}",
            "",
            words,
            "",
            "| before | after |",
            "| --- | --- |",
            f"| ![before](steps/{name}-before.webp) | ![after](steps/{name}-after.webp) |",
        ]
    return "\n".join(lines) + "\n"


def differences(made: Path) -> list[str]:
    """Return what on disk is not as it would be written now."""
    found = []
    if not PAGE.is_file() or PAGE.read_text("utf-8") != page():
        found.append(str(PAGE.relative_to(ROOT)))
    wanted = {each.name for each in made.glob("*.webp")}
    there = {each.name for each in FOLDER.glob("*")} if FOLDER.is_dir() else set()
    found += [f"{FOLDER.relative_to(ROOT)}/{each}" for each in sorted(wanted ^ there)]
    for name in sorted(wanted & there):
        with Image.open(made / name) as new, Image.open(FOLDER / name) as old:
            difference = ImageChops.difference(new.convert("RGB"), old.convert("RGB"))
            if new.size != old.size or max(ImageStat.Stat(difference).mean) > TOLERANCE:
                found.append(f"{FOLDER.relative_to(ROOT)}/{name}")
    return found


def main(arguments: list[str]) -> int:
    """Write or check page and pictures; return the exit code."""
    with tempfile.TemporaryDirectory() as folder:
        made = build(Path(folder))
        changed = differences(made)
        if "--check" in arguments:
            for each in changed:
                print(f"{each} is not up to date: run {Path(__file__).name}")
            return 1 if changed else 0
        FOLDER.mkdir(parents=True, exist_ok=True)
        wanted = {each.name for each in made.glob("*.webp")}
        for old in FOLDER.glob("*.webp"):
            if old.name not in wanted:
                old.unlink()
        # A picture that differs by rounding alone stays, and git shows no change.
        for name in sorted(wanted):
            if f"{FOLDER.relative_to(ROOT)}/{name}" in changed:
                (FOLDER / name).write_bytes((made / name).read_bytes())
    PAGE.write_text(page(), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
