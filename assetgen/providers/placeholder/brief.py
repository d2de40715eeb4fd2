"""Reads an order: what to draw, how large, in which file format; pure.

A brief is all that the drawing modules get to know. Chance enters through its seed,
the hash of everything that makes the request what it is, and of the draw's number.
"""

from __future__ import annotations

import re
import unicodedata
from itertools import pairwise, zip_longest
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from assetgen.digest import fingerprint
from assetgen.errors import ProviderRefused
from assetgen.providers.placeholder.palette import tints_in
from assetgen.values import Value

if TYPE_CHECKING:
    from assetgen.model import Json
    from assetgen.providers.base import Order
    from assetgen.providers.placeholder.palette import Tint
    from assetgen.requests import Request

Family: TypeAlias = Literal[
    "emblem", "figure", "vista", "cosmos", "city", "pattern", "sprite", "abstract"
]
Format: TypeAlias = Literal["png", "jpeg", "webp", "gif", "svg"]

_FORMATS: Final[dict[str, Format]] = {
    "png": "png",
    "jpeg": "jpeg",
    "jpg": "jpeg",
    "webp": "webp",
    "gif": "gif",
    "svg": "svg",
}

LONGEST_PX: Final = 8192
DEFAULT_PX: Final = 1024


def _set(words: str) -> frozenset[str]:
    """Return the words of a list."""
    return frozenset(words.split())


_FAMILIES: Final[tuple[tuple[Family, frozenset[str]], ...]] = (
    ("pattern", _set("pattern texture tile tiles tileset tileable seamless wallpaper fabric")),
    ("figure", _set("portrait character avatar person cat dog kitten puppy alien robot monster wizard knight warrior girl boy man woman king queen npc enemy mascot creature slime invader bear fox rabbit bunny face head witch zombie ghost pirate ninja astronaut owl panda")),
    ("emblem", _set("icon logo emblem badge item symbol button sticker rocket hat cap sword shield potion coin star heart key gem crystal flame fire bolt lightning crown moon leaf tree house cloud planet weapon armor armour ring scroll book bottle cup mug flower mushroom apple trophy medal bomb axe")),
    ("cosmos", _set("galaxy space nebula cosmos cosmic universe starfield stars planets orbit")),
    ("city", _set("city skyline town street buildings cyberpunk metropolis downtown")),
    ("vista", _set("landscape mountain mountains hills hill forest desert beach ocean sea sky valley horizon scenery scene sunset sunrise meadow field island lake snow winter jungle river world level")),
    ("abstract", _set("abstract hero banner card social gradient wave waves shapes geometric cover header")),
)  # fmt: skip

_HINTS: Final[dict[str, Family]] = {
    word: family for family, named in reversed(_FAMILIES) for word in named
}
_SCENERY: Final = _set("landscape scenery horizon skyline")
_GROUNDS: Final = _set("background backdrop")
_KINDS_OF_GROUND: Final = _set(
    "game parallax menu level title screen scrolling desktop battle"
)
_USES_OF_GROUND: Final = _set("for image picture art layer scene tile of")
_SOMEBODY: Final = _set("portrait character avatar mascot npc")
_WIDE: Final = _set("vista cosmos city")
_SINGLE: Final = _set("icon logo emblem badge item symbol button sticker sprite weapon")
_DARK: Final = _set(
    "night dark galaxy space nebula cosmos cosmic universe midnight starfield black neon cyberpunk cave dungeon spooky horror moonlit stars"
)
_LIGHT: Final = _set("bright light pastel white day sunny morning snow daylight")


class Brief(Value, kw_only=True):
    """What one draw is to show.

    Attributes:
        seed: Decides everything that the words leave open; another for every draw.
        root: The same for all draws of a request: keeps them a family.
        words: The prompt in lower-case words, at most 400.
        pixel_art: Whether the picture is built of large cells.
        transparent: Whether the backdrop is left out.
        opaque: Whether an edit must lose the alpha of its input.
        two_tone: Whether a black-and-white mask is wanted, and not a picture.
        inverted: Whether that mask is black on white.
        draw: Counted from 1.
        quality: 1 to 100 for lossy formats; None where the order leaves it open.
        title: The asset's name, or the first words of the prompt without one.
        caption: First words of the prompt; may be empty.
    """

    operation: Literal["generate", "edit", "vary"]
    seed: str
    root: str
    width: int
    height: int
    words: tuple[str, ...]
    family: Family
    pixel_art: bool
    dark: bool
    tints: tuple[Tint, ...]
    transparent: bool
    opaque: bool
    two_tone: bool
    inverted: bool
    draw: int
    format: Format
    quality: int | None
    title: str
    caption: str


def brief_of(order: Order, draw: int) -> Brief:
    """Return the brief for one draw of an order.

    Raises:
        ProviderRefused: The size is not one that can be drawn, or the format is
            not known.
    """
    request = order.request
    params = dict(request.params)
    form = _format(params)
    root = _root(request)
    words = words_of(request.prompt) or words_of(request.label)
    pixel_art = _is_pixel_art(words, request.prompt)
    width, height = _size(order, params)
    label, caption = plain_text(request.label), plain_text(request.prompt)
    return Brief(
        operation=request.operation,
        seed=fingerprint([root, draw]),
        root=root,
        width=width,
        height=height,
        words=words,
        family=_family(words, root, pixel_art=pixel_art),
        pixel_art=pixel_art,
        dark=_is_dark(words, root),
        tints=tints_in(_without_grounds(words)),
        transparent=params.get("background") == "transparent" and form != "jpeg",
        opaque=params.get("background") == "opaque" or form == "jpeg",
        two_tone=asks_for_two_tones(words, request.prompt),
        inverted=asks_for_white_ground(request.prompt),
        draw=draw,
        format=form,
        quality=_quality(params),
        title=label or caption or "untitled",
        caption=caption if label else "",
    )


def words_of(text: str) -> tuple[str, ...]:
    """Return the words of a text in lower case: letters only, the first 400."""
    found = re.findall(r"[^\W\d_]+", text[:8000].lower())
    return tuple(found[:400])


def plain_text(text: str) -> str:
    """Return the beginning of a text on one line, without control characters."""
    visible = "".join(
        " " if unicodedata.category(each) in {"Cc", "Zl", "Zp", "Zs"} else each
        for each in text[:600]
        if unicodedata.category(each) not in {"Cf", "Cs", "Mn", "Me"}
    )
    return " ".join(visible.split())


def asks_for_two_tones(words: tuple[str, ...], prompt: str) -> bool:
    """Return whether the prompt asks for a black-and-white mask."""
    said = set(words)
    if not said & {"mask", "masks", "matte"}:
        return False
    in_short = re.search(r"\bb\s*[/&]\s*w\b", prompt[:8000], re.IGNORECASE)
    return {"black", "white"} <= said or "binary" in said or in_short is not None


_BLACK_AND_WHITE: Final = re.compile(
    r"\b(?:black-(?:and-)?white|white-(?:and-)?black)\b"
    r"|\bblack (?:and|&) white(?= (?:mask|matte|image|picture|drawing|version))"
)
_ALL_BUT: Final = re.compile(
    r"\b(?:every(?:thing|where)|all)\s+(?:but|except|besides|around|outside|other than)\b"
)
_CLAUSE_ENDS: Final = re.compile(
    r"[,;:.!?()\n\u2013\u2014]|\b(?:and|but|while|whereas)\b"
)
_REST: Final = _set(
    "background backdrop else elsewhere rest remainder surroundings surrounding outside"
)


def asks_for_white_ground(prompt: str) -> bool:
    """Return whether a mask is wanted black on white.

    The colour nearest to the background (or the rest, everything else) decides; without
    one, "on white" does, and then the colour of whatever else is named.
    """
    text = _BLACK_AND_WHITE.sub(" ", prompt[:8000].lower())
    clauses = [
        re.findall(r"[a-z]+", part)
        for part in _CLAUSE_ENDS.split(_ALL_BUT.sub(" else ", text))
    ]
    for clause in clauses:
        color = _color_nearest_to(clause, _REST)
        if color:
            return color == "white"
    on = re.search(r"\bon (?:\w+ ){0,2}?(black|white)\b", text)
    if on:
        return on[1] == "white"
    colored = [color for each in clauses if (color := _color_nearest_to(each, None))]
    return bool(colored) and colored[0] == "black"


def _color_nearest_to(clause: list[str], wanted: frozenset[str] | None) -> str:
    """Return "black" or "white", whichever stands next to a wanted word; else nothing.

    Args:
        clause: Words.
        wanted: None for any word. Of two colours as near, the one before counts.
    """
    nearest, color = len(clause), ""
    for at, word in enumerate(clause):
        if word not in {"black", "white"}:
            continue
        for other, named in enumerate(clause):
            is_wanted = wanted is None or named in wanted
            if is_wanted and other != at and abs(at - other) < nearest:
                nearest, color = abs(at - other), word
    return color


def _root(request: Request) -> str:
    """Return the hash of everything that makes the request what it is."""
    return fingerprint(
        [
            "placeholder 1",
            request.operation,
            request.model,
            request.prompt,
            [list(each) for each in request.params],
            list(request.inputs),
            request.mask,
            request.revision,
            request.label,
            *([request.markup] if request.markup is not None else []),
        ]
    )


def _size(order: Order, params: dict[str, Json]) -> tuple[int, int]:
    """Return width and height of the picture to draw."""
    if order.pixel_size is not None:
        width, height = order.pixel_size.width, order.pixel_size.height
    elif asked := re.fullmatch(r"(\d{1,6})x(\d{1,6})", str(params.get("size", ""))):
        width, height = int(asked[1]), int(asked[2])
    elif order.inputs:
        width, height = order.inputs[0].width, order.inputs[0].height
    else:
        width = height = DEFAULT_PX
    if not (1 <= width <= LONGEST_PX and 1 <= height <= LONGEST_PX):
        raise ProviderRefused(
            f"a placeholder cannot be {width}x{height} pixels",
            hint=f"sides from 1 to {LONGEST_PX} can be drawn",
        )
    return width, height


def _format(params: dict[str, Json]) -> Format:
    """Return the file format to write."""
    asked = str(params.get("output_format") or "png").lower()
    form = _FORMATS.get(asked)
    if form is not None:
        return form
    raise ProviderRefused(
        f"a placeholder cannot be written as {asked!r}",
        hint="png, jpeg, webp, gif and svg can be written",
    )


def _quality(params: dict[str, Json]) -> int | None:
    """Return the quality asked for, 1 to 100."""
    asked = params.get("output_compression")
    if isinstance(asked, bool) or not isinstance(asked, int | float):
        return None
    return min(max(int(asked), 1), 100)


def _without_grounds(words: tuple[str, ...]) -> tuple[str, ...]:
    """Return the words without those right before "background": its colour is no subject."""
    return (
        tuple(
            word
            for word, following in zip_longest(words, words[1:])
            if following != "background"
        )
        or words
    )


def _family(words: tuple[str, ...], root: str, *, pixel_art: bool) -> Family:
    """Return the kind of composition the words speak of, or one that chance picks."""
    said = set(words)
    first = [_HINTS[word] for word in words if word in _HINTS]
    if "pattern" in first:
        return "pattern"
    if said & _SCENERY:
        return next((each for each in first if each in _WIDE), "vista")
    if said & _SOMEBODY:
        return "figure"
    if said & _SINGLE:
        first = [each for each in first if each not in _WIDE]
    if first:
        return first[0]
    if said & _GROUNDS:
        return "vista" if _is_about_a_ground(words) else "emblem"
    if pixel_art:
        return "sprite"
    return ("emblem", "abstract", "vista", "abstract")[int(root[:4], 16) % 4]


def _is_about_a_ground(words: tuple[str, ...]) -> bool:
    """Return whether a background is what is wanted, and not what something is before."""
    for before, word, after in zip(("", *words), words, (*words[1:], ""), strict=False):
        if word in _GROUNDS and (
            before in _KINDS_OF_GROUND or after in _USES_OF_GROUND
        ):
            return True
    return not _GROUNDS.isdisjoint(words[:2])


def _is_pixel_art(words: tuple[str, ...], prompt: str) -> bool:
    """Return whether the prompt asks for pixel art."""
    pairs = set(pairwise(words))
    if pairs & {("pixel", "art"), ("pixelated", "art"), ("pixel", "style")}:
        return True
    said = set(words)
    if said & {"pixelart", "pixelated"}:
        return True
    return re.search(r"\b(8|16|32)[- ]?bit\b", prompt[:8000], re.IGNORECASE) is not None


def _is_dark(words: tuple[str, ...], root: str) -> bool:
    """Return whether the backdrop is dark."""
    said = set(words)
    if said & _DARK:
        return not said & _LIGHT or "night" in said
    if said & _LIGHT:
        return False
    return int(root[4:8], 16) % 5 == 0
