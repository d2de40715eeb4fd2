"""The data files of sprite sheets, in the dialects that engines read; pure.

TexturePacker's JSON (hash) is what most tools understand, Phaser and PixiJS among them;
Phaser has a form of its own for several pages. Godot gets a `SpriteFrames` resource. The
texts depend on nothing but the sheet: no dates, keys sorted, frames and animations in
their order, one frame a line, `/` in names on every system.

Source: TexturePacker's JSON exporters; the readers in PixiJS (`Spritesheet`) and in
Phaser (`JSONHash`, `JSONArray`); Godot's text resources, format 3.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from assetgen.errors import AssetFailed
from assetgen.values import Value

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from assetgen.model import Json, Size

APP: Final = "assetgen"
VERSION: Final = "1.0"

_text = json.JSONEncoder(ensure_ascii=False, sort_keys=True).encode


class PlacedFrame(Value, kw_only=True):
    """A frame on its page, all lengths in px.

    Attributes:
        name: With the suffix that the spec adds.
        page: Counted from 0.
        x: Of its left edge on the page.
        y: Of its upper edge.
        size: Of what is on the page, as it stands before it is turned.
        rotated: Whether it is turned clockwise by 90 degrees, and so takes up `size`
            with its sides exchanged.
        source: Size of the whole frame.
        left: Transparent columns that were trimmed off on the left.
        top: Transparent rows that were trimmed off above.
    """

    name: str
    page: int
    x: int
    y: int
    size: Size
    source: Size
    left: int = 0
    top: int = 0
    rotated: bool = False

    @property
    def trimmed(self) -> bool:
        """Whether something was cut off."""
        return self.size != self.source


class SheetMap(Value, kw_only=True):
    """A whole sheet as its data describe it.

    Attributes:
        pages: Size of each page.
        pictures: Path of each page's picture, relative to the project root.
        frames: In the order of the spec.
        animations: Names of frames, with suffix, by animation.
        engine: What reads the data.
    """

    pages: tuple[Size, ...]
    pictures: tuple[str, ...]
    frames: tuple[PlacedFrame, ...]
    animations: Mapping[str, Sequence[str]]
    engine: str = "web"


def refuse_spread(sheet: SheetMap) -> None:
    """Do nothing where the engine can play every animation.

    Raises:
        AssetFailed: PixiJS plays only frames of one page.
    """
    if sheet.engine != "pixi":
        return
    pages = {frame.name: frame.page for frame in sheet.frames}
    for name, frames in sheet.animations.items():
        used = sorted({pages[frame] for frame in frames})
        if len(used) > 1:
            raise AssetFailed(
                f"the frames of the animation `{name}` are on {len(used)} pages, and "
                "PixiJS plays only what is on one",
                hint="raise `max_size`, or make a sheet of its own for it",
            )


# --- JSON ---------------------------------------------------------------------


def json_hash(
    sheet: SheetMap, page: int, path: str, related: Sequence[str] = ()
) -> str:
    """Return the JSON of one page; frames by name.

    An animation stands with the page of its first frame.

    Args:
        sheet: The whole sheet.
        page: Counted from 0.
        path: Of this file, relative to the project root.
        related: Paths of the other pages' files, for PixiJS: loading this one loads
            them, too.
    """
    frames = [frame for frame in sheet.frames if frame.page == page]
    rows = [f"{_text(frame.name)}: {_text(_frame_data(frame))}" for frame in frames]
    here = {frame.name for frame in frames}
    animations = [
        f"{_text(name)}: {_text(list(used))}"
        for name, used in sheet.animations.items()
        if used[0] in here
    ]
    meta: dict[str, Json] = {
        "app": APP,
        "version": VERSION,
        "scale": "1",
        **_texture_data(sheet, page, path),
    }
    if related:
        meta["related_multi_packs"] = [beside(path, each) for each in related]
    parts = [f'"animations": {_block("{}", animations)}'] if animations else []
    parts += [f'"frames": {_block("{}", rows)}', f'"meta": {_text(meta)}']
    return "{\n" + ",\n".join(parts) + "\n}\n"


def json_multiatlas(sheet: SheetMap, path: str) -> str:
    """Return the JSON of all pages in the form that Phaser calls a multi-atlas."""
    textures: list[str] = []
    for page in range(len(sheet.pages)):
        rows = [
            _text({"filename": frame.name, **_frame_data(frame)})
            for frame in sheet.frames
            if frame.page == page
        ]
        about = _text({**_texture_data(sheet, page, path), "scale": 1})
        textures.append(f'{about[:-1]}, "frames": {_block("[]", rows)}}}')
    meta = _text({"app": APP, "version": VERSION})
    animations = [f"{_text(n)}: {_text(list(f))}" for n, f in sheet.animations.items()]
    parts = [f'"animations": {_block("{}", animations)}'] if animations else []
    parts += [f'"meta": {meta}', f'"textures": {_block("[]", textures)}']
    return "{\n" + ",\n".join(parts) + "\n}\n"


def _block(brackets: str, rows: Iterable[str]) -> str:
    """Return rows of JSON in brackets, one a line."""
    return f"{brackets[0]}\n" + ",\n".join(rows) + f"\n{brackets[1]}"


def _frame_data(frame: PlacedFrame) -> dict[str, Json]:
    width, height = frame.size.width, frame.size.height
    return {
        "frame": {"x": frame.x, "y": frame.y, "w": width, "h": height},
        "rotated": frame.rotated,
        "trimmed": frame.trimmed,
        "spriteSourceSize": {"x": frame.left, "y": frame.top, "w": width, "h": height},
        "sourceSize": {"w": frame.source.width, "h": frame.source.height},
    }


def _texture_data(sheet: SheetMap, page: int, path: str) -> dict[str, Json]:
    size = sheet.pages[page]
    return {
        "image": beside(path, sheet.pictures[page]),
        "format": "RGBA8888",
        "size": {"w": size.width, "h": size.height},
    }


def beside(path: str, other: str) -> str:
    """Return `other` as seen from the folder of `path`; both from the project root."""
    folders, others = path.split("/")[:-1], other.split("/")
    shared = 0
    for one, two in zip(folders, others[:-1], strict=False):
        if one != two:
            break
        shared += 1
    return "/".join([*[".."] * (len(folders) - shared), *others[shared:]])


# --- Godot --------------------------------------------------------------------


def sprite_frames(sheet: SheetMap, path: str) -> str:
    """Return a Godot 4 `SpriteFrames` resource with an `AtlasTexture` for each frame.

    The animation `default` holds all frames, unless the spec has its own. What was
    trimmed is given back by margins. Paths of pictures are relative to this file, as
    Godot allows: the project may lie anywhere.

    Args:
        sheet: The whole sheet; none of its frames is turned, which Godot cannot show.
        path: Of this file, relative to the project root.
    """
    steps = len(sheet.pages) + len(sheet.frames) + 1
    lines = [f'[gd_resource type="SpriteFrames" load_steps={steps} format=3]', ""]
    for page, picture in enumerate(sheet.pictures, 1):
        seen = _quoted(beside(path, picture))
        lines.append(f'[ext_resource type="Texture2D" path={seen} id="{page}"]')
    ids: dict[str, str] = {}
    for number, frame in enumerate(sheet.frames):
        ids[frame.name] = f"AtlasTexture_{number}"
        lines += ["", f'[sub_resource type="AtlasTexture" id="{ids[frame.name]}"]']
        lines += _atlas_texture(frame)
    animations = dict(sheet.animations)
    animations.setdefault("default", tuple(ids))
    blocks = [_animation(name, used, ids) for name, used in animations.items()]
    lines += ["", "[resource]", f"animations = [{', '.join(blocks)}]", ""]
    return "\n".join(lines)


def _atlas_texture(frame: PlacedFrame) -> list[str]:
    size, source = frame.size, frame.source
    lines = [
        f'atlas = ExtResource("{frame.page + 1}")',
        f"region = Rect2({frame.x}, {frame.y}, {size.width}, {size.height})",
    ]
    if frame.trimmed:
        wide, high = source.width - size.width, source.height - size.height
        lines.append(f"margin = Rect2({frame.left}, {frame.top}, {wide}, {high})")
    return lines


def _animation(name: str, used: Sequence[str], ids: Mapping[str, str]) -> str:
    frames = ", ".join(
        f'{{\n"duration": 1.0,\n"texture": SubResource("{ids[frame]}")\n}}'
        for frame in used
    )
    return (
        f'{{\n"frames": [{frames}],\n"loop": true,\n'
        f'"name": &{_quoted(name)},\n"speed": 5.0\n}}'
    )


def _quoted(text: str) -> str:
    """Return a text as Godot's resources write it."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
