"""A small game's wall with one asset of every kind, for tests and pictures of the pages."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

from galleryserver import asset_id, make_draw, make_page, make_row, make_wall, png
from PIL import Image, ImageDraw

if TYPE_CHECKING:
    from galleryserver import GalleryServer

Json = dict[str, Any]


def sketch(side: tuple[int, int], seed: int, *, clear: bool = False) -> Image.Image:
    """Return a picture that differs by its seed; with `clear`, on nothing."""
    hue = (seed * 47) % 360
    ground = (0, 0, 0, 0) if clear else _shade(hue, 38, 82)
    image = Image.new("RGBA", side, ground)
    draw = ImageDraw.Draw(image)
    width, height = side
    unit = max(1, min(side) // 12)
    for step in range(5):
        x = (seed * 31 + step * 53) % max(1, width - 4 * unit)
        y = (seed * 17 + step * 29) % max(1, height - 4 * unit)
        box = (x, y, x + (3 + step) * unit, y + (3 + (seed + step) % 4) * unit)
        shape = draw.ellipse if (seed + step) % 2 else draw.rectangle
        shape(box, fill=_shade((hue + 40 * step) % 360, 55, 35 + 12 * step))
    return image


def _shade(hue: int, saturation: int, lightness: int) -> tuple[int, int, int, int]:
    red, green, blue = (
        Image.new(
            "HSV",
            (1, 1),
            (hue * 255 // 360, saturation * 255 // 100, lightness * 255 // 100),
        )
        .convert("RGB")
        .getpixel((0, 0))
    )
    return red, green, blue, 255


ASSETS: list[tuple[str, tuple[int, int], str, int]] = [
    ("backgrounds/harbour-at-dusk", (1536, 1024), "up-to-date", 4),
    ("backgrounds/lighthouse", (1536, 1024), "draw", 2),
    ("ui/title", (1024, 512), "frozen", 3),
    ("icons/lantern", (256, 256), "up-to-date", 2),
    ("icons/rope", (256, 256), "running", 1),
    ("icons/anchor-with-a-very-long-name-that-does-not-fit", (256, 256), "derive", 1),
    ("sprites/keeper/16px", (16, 16), "up-to-date", 1),
    ("sprites/gull", (32, 32), "restore", 1),
    ("characters/keeper", (1024, 1536), "up-to-date", 4),
    ("characters/fisher", (1024, 1536), "failed", 0),
    ("characters/smuggler", (1024, 1536), "blocked", 0),
    ("maps/bay", (4096, 4096), "up-to-date", 1),
]
"""Name, size, state and number of draws of each."""

EDGES = [
    ("lighthouse", "harbour-at-dusk"),
    ("lantern", "keeper"),
    ("rope", "keeper"),
    ("keeper", "fisher"),
    ("fisher", "smuggler"),
    ("keeper", "16px"),
    ("harbour-at-dusk", "bay"),
    ("lighthouse", "bay"),
    ("keeper", "title"),
    ("harbour-at-dusk", "title"),
]

PROMPT: list[tuple[str, tuple[str, str] | None]] = [
    ("A harbour at ", None),
    ("dusk", ("time", "matrix")),
    (", ", None),
    ("gouache", ("style", "asset")),
    (", painted for the game ", None),
    ("Lantern Bay", ("game", "spec")),
]

PROBLEMS: list[Json] = [
    {
        "severity": "error",
        "code": "refused",
        "message": "the service refused the prompt of characters/fisher",
        "hint": "say it in other words, or set `moderation: low`",
        "file": "assets.yaml",
        "line": 41,
        "column": 13,
        "asset": asset_id("characters/fisher"),
        "frame": [
            {"number": 40, "text": "  characters/fisher:", "mark": None},
            {
                "number": 41,
                "text": "    prompt: A fisher with a bloody knife, gouache",
                "mark": [28, 40],
            },
            {"number": 42, "text": "    size: 1024x1536", "mark": None},
        ],
    },
    {
        "severity": "warning",
        "code": "model-ends",
        "message": "gpt-image-1 ends on 2026-10-23",
        "hint": "move to gpt-image-2",
        "file": "assets.yaml",
        "line": 7,
        "column": 10,
        "asset": None,
        "frame": [],
    },
]


def lantern_bay(server: GalleryServer) -> None:
    """Fill a server with the small game's wall."""
    rows: list[Json] = []
    for seed, (name, side, state, draws) in enumerate(ASSETS):
        pics = _draw(server, seed, name, side, max(1, draws))
        row = _row(seed, name, side, state, pics[:draws])
        rows.append(row)
        server.pages[row["id"]] = _page(row, side, pics[:draws], changed=seed < 2)
    number = {row["name"].rpartition("/")[2]: at for at, row in enumerate(rows)}
    edges = [[number[parent], number[child]] for parent, child in EDGES]
    server.wall = make_wall(rows, edges=edges, diagnostics=PROBLEMS)
    for parent, child in edges:
        server.pages[rows[parent]["id"]]["children"].append(rows[child]["id"])
        server.pages[rows[child]["id"]]["parents"].append(rows[parent]["id"])


def _draw(
    server: GalleryServer, seed: int, name: str, side: tuple[int, int], count: int
) -> list[str]:
    """Draw an asset's pictures; the largest ones smaller than they say, to be quick."""
    clear = name.startswith(("icons", "sprites", "characters"))
    drawn = side if max(side) < 4096 else (640, 640)
    return [
        server.keep(_png(drawn, seed * 10 + number, clear=clear))
        for number in range(count)
    ]


@functools.cache
def _png(side: tuple[int, int], seed: int, *, clear: bool) -> bytes:
    """Return a sketch's file, made once for all tests."""
    return png(sketch(side, seed, clear=clear))


def _row(
    seed: int, name: str, side: tuple[int, int], state: str, pics: list[str]
) -> Json:
    draw = state == "draw"
    failed = state == "failed"
    row = make_row(
        name,
        state=state,
        draws=len(pics),
        pick=1 if pics else None,
        tags=[name.split("/", maxsplit=1)[0], *(["night"] if seed % 3 == 0 else [])],
        cost_usd=round(0.04 * len(pics), 2),
        estimate_usd=0.17 if draw else None,
        frozen=state == "frozen",
        reason="prompt changed: a lighthouse at [dusk -> night]" if draw else None,
        error="the service's moderation refused the request" if failed else None,
        description="" if seed else "Where it all begins, seen from the quay.",
        placeholder=state == "derive",
    )
    if not pics:
        return row
    return row | {
        "thumb": pics[0],
        "width": side[0],
        "height": side[1],
        "bytes": 31_000,
    }


def _page(row: Json, side: tuple[int, int], pics: list[str], *, changed: bool) -> Json:
    path = f"game/art/{row['name']}"
    words = [["same", "A harbour at "], ["old", "dawn"], ["new", "dusk"]]
    place = {"file": "assets.yaml", "line": 14}
    prompt = {"field": "prompt", "place": place, "words": words}
    size = {"field": "size", "place": place, "old": "1024x1024", "new": "1536x1024"}
    return make_page(
        row,
        draws=[make_draw(at + 1, pic, side) for at, pic in enumerate(pics)],
        show={
            "show": 1,
            "key": "ab12" * 16,
            "request": {
                "parameters": {"size": f"{side[0]}x{side[1]}", "quality": "high"}
            },
            "process": [{"trim": None}, {"resize": {"width": 512}}],
        },
        prompt={
            "text": "".join(text for text, _ in PROMPT),
            "pieces": [
                {"text": text, "variable": {"name": named[0], "from": named[1]}}
                if named
                else {"text": text, "variable": None}
                for text, named in PROMPT
            ],
        },
        files=[
            _file(f"{path}{suffix}.webp", at, pics)
            for at, suffix in ((512, ""), (1024, "@2x"))
        ],
        history=[
            {"at": "2026-03-02T09:14:00Z", "what": "drawn", "cost_usd": 0.08},
            {"at": "2026-03-04T16:40:00Z", "what": "draw 1 picked", "cost_usd": None},
        ],
        changes={
            "since_build": [prompt] if changed else [],
            "since_commit": [size] if changed else None,
        },
        paintable=pics[0] if pics else None,
    )


def _file(path: str, width: int, pics: list[str]) -> Json:
    return {
        "path": path,
        "target": "game",
        "format": "webp",
        "width": width,
        "height": width,
        "bytes": width * 40,
        "pic": pics[0] if pics else None,
        "url": None,
    }
