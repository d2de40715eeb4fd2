"""Sprite sheets taken apart again by what their data say, as an engine would."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from PIL import Image

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_REGION = re.compile(
    r'\[sub_resource type="AtlasTexture" id="(\w+)"\]\n'
    r'atlas = ExtResource\("(\w+)"\)\n'
    r"region = Rect2\((\d+), (\d+), (\d+), (\d+)\)"
    r"(?:\nmargin = Rect2\((\d+), (\d+), (\d+), (\d+)\))?"
)
_PICTURE = re.compile(r'\[ext_resource type="Texture2D" path="([^"]+)" id="(\w+)"\]')
_ANIMATION = re.compile(
    r'"frames": \[(.*?)\],\n"loop": true,\n"name": &"([^"]+)"', re.DOTALL
)


def from_json(data: Path) -> dict[str, Image.Image]:
    """Return the frames of a JSON (hash), JSON (array) or multi-atlas file, by name."""
    value = json.loads(data.read_text())
    found: dict[str, Image.Image] = {}
    for about, frames in _textures(value):
        with Image.open(data.parent / about["image"]) as opened:
            assert opened.size == (about["size"]["w"], about["size"]["h"])
            page = opened.convert("RGBA")
        found.update((name, _frame(page, frame)) for name, frame in frames)
    return found


def _textures(value: Any) -> Iterator[tuple[Any, list[tuple[str, Any]]]]:
    for texture in value.get("textures", ()):
        yield texture, [(frame["filename"], frame) for frame in texture["frames"]]
    if isinstance(value.get("frames"), dict):
        yield value["meta"], list(value["frames"].items())


def _frame(page: Image.Image, about: Any) -> Image.Image:
    at, whole, inside = about["frame"], about["sourceSize"], about["spriteSourceSize"]
    wide, high = (at["h"], at["w"]) if about["rotated"] else (at["w"], at["h"])
    cut = page.crop((at["x"], at["y"], at["x"] + wide, at["y"] + high))
    if about["rotated"]:
        cut = cut.transpose(Image.Transpose.ROTATE_90)  # back, against the clock
    assert cut.size == (inside["w"], inside["h"])
    assert about["trimmed"] == (cut.size != (whole["w"], whole["h"]))
    frame = Image.new("RGBA", (whole["w"], whole["h"]))
    frame.paste(cut, (inside["x"], inside["y"]))
    return frame


def from_godot(resource: Path) -> dict[str, list[Image.Image]]:
    """Return the frames of each animation of a `SpriteFrames` resource."""
    text = resource.read_text()
    pages: dict[str, Image.Image] = {}
    for path, number in _PICTURE.findall(text):
        with Image.open(resource.parent / path) as opened:
            pages[number] = opened.convert("RGBA")
    textures: dict[str, Image.Image] = {}
    for name, number, *numbers in _REGION.findall(text):
        x, y, wide, high, left, top, more_wide, more_high = (
            int(n or 0) for n in numbers
        )
        frame = Image.new("RGBA", (wide + more_wide, high + more_high))
        frame.paste(pages[number].crop((x, y, x + wide, y + high)), (left, top))
        textures[name] = frame
    return {
        name: [textures[each] for each in re.findall(r'SubResource\("(\w+)"\)', frames)]
        for frames, name in _ANIMATION.findall(text)
    }


def seen(image: Image.Image) -> bytes:
    """Return the pixels as they are seen: colours under full transparency are none."""
    clear = Image.new("RGBA", image.size)
    visible = image.getchannel("A").point([0] + [255] * 255)
    return Image.composite(image, clear, visible).tobytes()
