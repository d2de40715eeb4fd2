"""A spec that tests can change at will: drawn by numbers, so that hypothesis shrinks it.

A `Sketch` is the spec as plain values, with the pictures that it names. `Edit` is a
word and a few numbers; the numbers choose among what is there (modulo its count), so
any list of edits makes sense and a failing one can be pasted into a test.
"""

from __future__ import annotations

import copy
import re
import struct
import zlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

import yaml

if TYPE_CHECKING:
    from pathlib import Path

WORDS = ("red", "blue", "cat", "hat", "tree", "boat")
SIZES = ("8x8", "16x12", "24x24", "12x20")
STEPS: tuple[Any, ...] = (
    "grayscale",
    "invert",
    {"flip": "horizontal"},
    {"rotate": 90},
    {"resize": {"width": 8, "height": 8, "enlarge": True}},
    {"pad": 2},
    {"quantize": 4},
    {"threshold": 100},
)
STILL = ("grayscale", "invert", {"quantize": 4})
KINDS = (
    "prompt",
    "edit",
    "masked",
    "extend",
    "vary",
    "file",
    "layers",
    "matrix",
    "sheet",
)
ART = ("art/one.png", "art/two.png")
MASK = "art/mask.png"
MORE = "more.yaml"


class Edit(NamedTuple):
    """One change of the spec or of the files around it."""

    word: str
    a: int = 0
    b: int = 0
    c: int = 0


def png(width: int, height: int, seed: int, *, hole: bool = False) -> bytes:
    """Return an RGBA picture; with a hole, its middle is transparent."""
    rows = bytearray()
    for y in range(height):
        rows.append(0)
        for x in range(width):
            inside = width // 4 <= x < width // 2 and height // 4 <= y < height // 2
            alpha = 0 if hole and inside else 255
            rows += bytes(((x * 9 + seed) % 256, (y * 7) % 256, seed * 31 % 256, alpha))

    def chunk(kind: bytes, data: bytes) -> bytes:
        check = zlib.crc32(kind + data)
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", check)

    head = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    body = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(bytes(rows)))
    return b"\x89PNG\r\n\x1a\n" + body + chunk(b"IEND", b"")


@dataclass
class Part:
    """One entry of the spec.

    Attributes:
        uid: Never changes; parts name only parts with smaller ones, so no rings.
        needs: Uids of the parts it uses.
    """

    uid: int
    name: str
    kind: str
    fields: dict[str, Any]
    needs: list[int] = field(default_factory=list)
    process: list[Any] = field(default_factory=list)
    outputs: list[int] = field(default_factory=list)
    included: bool = False


@dataclass
class Sketch:
    """The whole spec, and the pictures of the repository."""

    parts: dict[int, Part] = field(default_factory=dict)
    style: str = "flat"
    quality: str | None = None
    folder: str = "out"
    second: bool = False
    manifest: str | None = None
    art: dict[str, int] = field(default_factory=lambda: dict.fromkeys(ART, 0))
    mask: int = 0
    flow: bool = False
    engine: str | None = None
    next_uid: int = 0
    profile: str | None = None

    # --- as files -------------------------------------------------------------

    def files(self) -> dict[str, bytes]:
        """Return the spec's files and the pictures, by path."""
        top: dict[str, Any] = {
            "version": 1,
            "provider": "placeholder",
            "vars": {"style": self.style},
            "targets": self.targets(),
            "presets": {
                "pair": [
                    {"path": "${asset}-p.png"},
                    {"path": "${asset}-p.webp", "quality": 40},
                ]
            },
            "profiles": {"draft": {"set": {"quality": "low"}}},
            "assets": {},
        }
        if self.quality:
            top["defaults"] = {"quality": self.quality}
        included: dict[str, Any] = {}
        for part in self.parts.values():
            place = included if part.included else top["assets"]
            place[self.key(part)] = self.entry(part)
        found = {path: png(16, 12, seed) for path, seed in self.art.items()}
        found[MASK] = png(16, 16, self.mask, hole=True)
        if included:
            top["include"] = [MORE]
            found[MORE] = self._text({"version": 1, "assets": included})
        found["assets.yaml"] = self._text(top)
        return found

    def _text(self, data: dict[str, Any]) -> bytes:
        if self.flow:
            return yaml.safe_dump(data, sort_keys=False).encode()
        block = {name: value for name, value in data.items() if name != "assets"}
        text = yaml.safe_dump(block, sort_keys=False) + "assets:\n"
        for key, entry in data["assets"].items():
            one = yaml.safe_dump(
                entry, default_flow_style=True, sort_keys=False, width=10_000
            )
            text += f"  {key if '$' not in key else repr(key)}: {one.strip()}\n"
        if not data["assets"]:
            text = text.removesuffix("assets:\n") + "assets: {}\n"
        return text.encode()

    def targets(self) -> dict[str, Any]:
        """Return the spec's targets; the second one lies inside the first."""
        first = {"dir": self.folder}
        if self.manifest:
            first["manifest"] = self.manifest
        if self.engine:
            first["engine"] = self.engine
        found: dict[str, Any] = {"web": first}
        if self.second:
            found["game"] = {"dir": f"{self.folder}/game"}
        return found

    def key(self, part: Part) -> str:
        """Return the entry's key."""
        return f"{part.name}/${{item}}" if part.kind == "matrix" else part.name

    def names(self, part: Part) -> list[str]:
        """Return the names of the entry's assets."""
        if part.kind == "matrix":
            return [f"{part.name}/{item}" for item in part.fields["items"]]
        return [part.name]

    def entry(self, part: Part) -> dict[str, Any]:
        """Return an entry as it stands in the spec."""
        f, refs = part.fields, [self.names(self.parts[uid])[0] for uid in part.needs]
        if part.kind == "sheet":
            return self._sheet(part)
        drawn = part.kind not in ("file", "layers")
        entry = self._source(part, refs)
        if drawn:
            entry |= {"n": f["n"], "revision": f["revision"]}
            if part.kind != "extend":
                entry["size"] = SIZES[f["size"]]
        if part.process:
            entry["process"] = list(part.process)
        if f.get("overlay") and refs:
            entry.setdefault("process", []).append({"overlay": refs[-1]})
        if f.get("alt"):
            entry["alt"] = WORDS[f["alt"]]
        if part.outputs:
            stem = part.name + ("-${item}" if part.kind == "matrix" else "")
            outputs = [self._output(stem, each, drawn=drawn) for each in part.outputs]
            entry["outputs"] = outputs
        return entry

    def _sheet(self, part: Part) -> dict[str, Any]:
        """Return the entry of a sprite sheet."""
        f = part.fields
        parts = [self.parts[uid] for uid in part.needs]
        refs: list[Any] = [
            f"{each.name}/*" if each.kind == "matrix" else each.name for each in parts
        ]
        sheet = {
            "frames": [*refs, {"file": ART[0]}],
            "padding": f["mask"],
            "max_size": (64, 512)[f["size"] % 2],
            "trim": f["word"] % 2 == 1,
            "layout": ("packed", "rows", "grid")[f["word"] % 3],
        }
        still = [each for each in part.process if each in STILL]
        outputs = [self._sheet_output(part.name, each) for each in part.outputs]
        return {"sheet": sheet, "process": still, "outputs": outputs}

    def _sheet_output(self, stem: str, number: int) -> Any:
        choices: list[Any] = [
            {"path": f"{stem}.png"},
            {"path": f"{stem}-${{hash}}.png"},
            {"path": f"{stem}-w.webp", "lossless": True, "data": f"data/{stem}.json"},
            {"path": f"{stem}-h.png", "data": f"{stem}-${{hash}}-h.json"},
        ]
        target = {"target": ("web", "game")[number % 2]} if self.second else {}
        return choices[number % len(choices)] | target

    def _source(self, part: Part, refs: list[str]) -> dict[str, Any]:
        f = part.fields
        prompt = f"{WORDS[f['word']]} thing, ${{style}}"
        edited = {"prompt": prompt, "inputs": refs or [{"file": ART[0]}]}
        match part.kind:
            case "edit":
                return edited
            case "masked":
                mask = {"mask": self._mask(f["mask"])}
                return edited | mask | {"outside": ("keep", "accept")[f["mask"] % 2]}
            case "extend":
                return edited | {"extend": {"right": 4 + f["mask"], "top": "25%"}}
            case "vary":
                return {"variations_of": refs[0] if refs else {"file": ART[1]}}
            case "file":
                return {"file": ART[f["word"] % len(ART)]}
            case "layers":
                layers: list[Any] = [{"fill": "#204060"}]
                layers += [{"image": ref, "at": [2, 1]} for ref in refs]
                layers.append({"image": {"file": ART[0]}, "opacity": 0.5})
                return {"canvas": SIZES[f["size"]], "layers": layers}
            case "matrix":
                return {"prompt": prompt + " ${item}", "matrix": {"item": f["items"]}}
        return {"prompt": prompt}

    def _mask(self, number: int) -> Any:
        choices: list[Any] = [
            {"rect": [0, 0, "50%", "100%"]},
            {"ellipse": ["25%", "25%", "50%", "50%"], "invert": True},
            {"polygon": [[0, 0], ["100%", 0], ["50%", "100%"]], "feather": 2},
            {"rect": ["25%", "25%", "50%", "50%"], "grow": 1},
            {"file": MASK},
        ]
        return choices[number % len(choices)]

    def _output(self, stem: str, number: int, *, drawn: bool) -> Any:
        choices: list[Any] = [
            f"{stem}.png",
            {"path": f"{stem}-w.webp", "width": 4},
            {"path": f"{stem}-${{hash}}.png"},
            {"path": f"{stem}-d${{draw}}.png"} if drawn else f"{stem}-d.png",
            {"path": f"{stem}-m", "widths": [4, 6], "formats": ["webp", "png"]},
            {"path": f"{stem}-g.png", "process": ["grayscale"]},
            {"path": f"{stem}-j.jpg", "quality": 60, "background": "#ffffff"},
            {"preset": "pair"},
            {"path": "shared.png"},
            {"path": f"{stem}-${{hash}}.webp", "width": 5, "metadata": "strip"},
        ]
        out = choices[number % len(choices)]
        if self.second:
            out = out if isinstance(out, dict) else {"path": out}
            out = {**out, "target": ("web", "game")[number % 2]}
        return out

    # --- edits ----------------------------------------------------------------

    def pick(self, number: int) -> Part | None:
        """Return one of the parts."""
        parts = list(self.parts.values())
        return parts[number % len(parts)] if parts else None

    def changed(self, edit: Edit) -> Sketch:
        """Return the spec after an edit."""
        new = copy.deepcopy(self)
        getattr(new, f"_do_{edit.word}")(edit.a, edit.b, edit.c)
        return new

    def _do_add(self, kind: int, seed: int, outputs: int) -> None:
        if len(self.parts) >= 8:
            return
        uid = self.next_uid
        self.next_uid += 1
        # A sheet of several pages is no picture that others could use.
        earlier = [each.uid for each in self.parts.values() if each.kind != "sheet"]
        part = Part(
            uid,
            f"a{uid}",
            KINDS[kind % len(KINDS)],
            {
                "word": seed % len(WORDS),
                "size": seed % len(SIZES),
                "n": 1 + seed % 2,
                "mask": seed % 5,
                "revision": 0,
                "items": ["x", "y"][: 1 + seed % 2],
                "overlay": seed % 3 == 2,
            },
            included=seed % 4 == 3,
            outputs=[outputs % 10, (outputs // 10) % 10][: 1 + seed % 2],
        )
        if earlier and part.kind in ("edit", "masked", "extend", "vary", "layers"):
            part.needs = [earlier[seed % len(earlier)]]
        if part.kind == "sheet":
            part.needs = earlier[-3:]
        self.parts[uid] = part

    def _do_remove(self, a: int, *_: int) -> None:
        part = self.pick(a)
        if part is not None:
            del self.parts[part.uid]
            for other in self.parts.values():
                other.needs = [uid for uid in other.needs if uid != part.uid]

    def _do_rename(self, a: int, b: int, *_: int) -> None:
        part = self.pick(a)
        if part is not None:
            part.name = f"r{b % 3}-{part.uid}"

    def _do_swap_names(self, a: int, b: int, *_: int) -> None:
        one, two = self.pick(a), self.pick(b)
        if one and two and (one.kind == "matrix") == (two.kind == "matrix"):
            one.name, two.name = two.name, one.name

    def _do_reorder(self, *_: int) -> None:
        self.parts = dict(reversed(self.parts.items()))

    def _do_field(self, a: int, b: int, c: int) -> None:
        part = self.pick(a)
        limits = (("word", 6), ("size", 4), ("n", 3), ("mask", 5), ("revision", 3))
        if part is not None:
            name, limit = (*limits, ("alt", 6))[b % 6]
            part.fields[name] = max(c % limit, 1 if name == "n" else 0)

    def _do_items(self, a: int, b: int, *_: int) -> None:
        for part in self.parts.values():
            if part.kind == "matrix":
                part.fields["items"] = [["x"], ["x", "y"], ["y", "z"]][(a + b) % 3]

    def _do_process(self, a: int, b: int, c: int) -> None:
        part = self.pick(a)
        if part is not None and part.process and c % 2:
            del part.process[b % len(part.process)]
        elif part is not None and len(part.process) < 3:
            part.process.append(STEPS[b % len(STEPS)])

    def _do_output(self, a: int, b: int, c: int) -> None:
        part = self.pick(a)
        if part is not None and part.outputs and c % 3 == 0:
            del part.outputs[b % len(part.outputs)]
        elif part is not None and b % 10 not in part.outputs:
            part.outputs.append(b % 10)

    def _do_include(self, a: int, *_: int) -> None:
        part = self.pick(a)
        if part is not None:
            part.included = not part.included

    def _do_style(self, a: int, *_: int) -> None:
        self.style = WORDS[a % len(WORDS)]

    def _do_quality(self, a: int, *_: int) -> None:
        self.quality = (None, "low", "high")[a % 3]

    def _do_profile(self, a: int, *_: int) -> None:
        self.profile = (None, "draft")[a % 2]

    def _do_folder(self, a: int, *_: int) -> None:
        self.folder = ("out", "out/deep", "other")[a % 3]

    def _do_second(self, *_: int) -> None:
        self.second = not self.second

    def _do_manifest(self, a: int, *_: int) -> None:
        self.manifest = (None, "files.json")[a % 2]

    def _do_engine(self, a: int, *_: int) -> None:
        self.engine = (None, "phaser", "godot", "pixi")[a % 4]

    def _do_art(self, a: int, b: int, *_: int) -> None:
        self.art[ART[a % len(ART)]] = b % 50

    def _do_mask(self, a: int, *_: int) -> None:
        self.mask = a % 50

    def _do_flow(self, *_: int) -> None:
        self.flow = not self.flow


SPEC_EDITS = tuple(
    name.removeprefix("_do_") for name in vars(Sketch) if name.startswith("_do_")
)


def write(files: dict[str, bytes], root: Path) -> None:
    """Make the project's own files these, and touch nothing else."""
    for path, data in files.items():
        place = root / path
        if not place.exists() or place.read_bytes() != data:
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(data)
    if MORE not in files:
        (root / MORE).unlink(missing_ok=True)


def as_pattern(path: str) -> re.Pattern[str]:
    """Return what matches the files that an output path stands for.

    ``${hash}`` is some hash, and the pages of a sheet have numbers.
    """
    stem, dot, suffix = path.rpartition(".")
    text = re.escape(stem).replace(r"\$\{hash\}", "[0-9a-f]{8}")
    return re.compile(f"{text}(-[0-9]+)?{re.escape(dot + suffix)}")
