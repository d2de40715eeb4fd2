"""SVG documents that nobody trusts: are they whole, and do they only draw?

A browser runs what an SVG holds: scripts, event handlers, HTML inside
`foreignObject`, and addresses that it fetches. So a document that is published as it
came must be made of drawing alone. It is read with expat, piece by piece, without a
tree, and no entity is ever expanded: a document with a DOCTYPE is refused at its first
word. What is allowed is a list; whatever is not on it is refused.

Source: SVG 2, chapters "Scripting and Interactivity", "Linking" and "Styling"; HTML,
"Parsing elements in foreign content" for documents that a page holds inline.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NoReturn
from xml.parsers import expat

from assetgen.transforms.opening import PictureRefused

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_BYTES: Final = 16 * 2**20
"""Larger documents are not published."""

MAX_DEPTH: Final = 256
MAX_ELEMENTS: Final = 200_000

_SVG: Final = "http://www.w3.org/2000/svg"
_DRAWING_WORDS: Final = """
    svg g defs symbol use switch view a title desc metadata style
    path rect circle ellipse line polyline polygon image text tspan textPath
    linearGradient radialGradient meshgradient stop pattern clipPath mask marker
    hatch hatchpath solidcolor
    filter feBlend feColorMatrix feComponentTransfer feComposite feConvolveMatrix
    feDiffuseLighting feDisplacementMap feDistantLight feDropShadow feFlood feFuncA
    feFuncB feFuncG feFuncR feGaussianBlur feImage feMerge feMergeNode feMorphology
    feOffset fePointLight feSpecularLighting feSpotLight feTile feTurbulence
    animate animateMotion animateTransform set mpath
"""
_DRAWING: Final = frozenset(_DRAWING_WORDS.split())
"""Elements that draw, describe what is drawn, or move it."""

_METADATA: Final = (
    "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "http://purl.org/dc/",
    "http://creativecommons.org/ns#",
    "http://web.resource.org/cc/",
    "http://ns.adobe.com/",
    "adobe:ns:meta/",
    "http://iptc.org/",
    "http://c2pa.org/",
    "http://www.inkscape.org/namespaces/",
    "http://sodipodi.sourceforge.net/",
)
"""Beginnings of namespaces whose elements browsers do nothing with."""

_HREF: Final = frozenset(("href", "src"))
_LOCAL: Final = re.compile(r"#[^\s]*")
_PICTURE: Final = re.compile(r"data:image/(png|jpeg|webp|gif);base64,[A-Za-z0-9+/=\s]*")
_URL: Final = re.compile(r"url\((?!\s*['\"]?\s*#)", re.IGNORECASE)
_FETCHES: Final = re.compile(
    r"@import|@font-face|@namespace|image-set\(|\bimage\(|\bsrc\(|expression\(|-moz-binding|behavior\s*:",
    re.IGNORECASE,
)
_SCHEME: Final = re.compile(r"(java|vb)script\s*:|data\s*:\s*text", re.IGNORECASE)
_BLANKS: Final = re.compile(r"[\x00-\x20\x7f-\xa0\u200b\u2028\u2029\ufeff]+")


class _Alive(PictureRefused):
    """It holds more than a drawing."""


def require_whole_svg(data: bytes) -> None:
    """Do nothing for a document that is complete XML, whatever it holds.

    One that begins with a DOCTYPE is not read any further.

    Raises:
        PictureRefused: It is cut short or otherwise damaged.
    """
    try:
        _read(data)
    except _Alive:
        return


def require_inert(data: bytes) -> None:
    """Do nothing for an SVG that only draws.

    Raises:
        PictureRefused: It is damaged, too large, or holds something that runs, fetches
            or expands; the message names it.
    """
    if len(data) > MAX_BYTES:
        raise PictureRefused(
            f"the SVG has {len(data):,} bytes; at most {MAX_BYTES:,} are published"
        )
    reader = _read(data)
    if reader.alive:
        raise _refusal(reader.alive)


def _refusal(what: str) -> _Alive:
    return _Alive(
        f"the SVG holds {what}, so it is not published",
        hint="the draw is kept: `assetgen show` names it; ask for another one, or for"
        " png",
    )


def _read(data: bytes) -> _Reader:
    """Return what was found in a document, read to its end.

    Raises:
        _Alive: It could not be read to its end safely.
        PictureRefused: It is no well-formed XML.
    """
    reader = _Reader()
    try:
        reader.parser.Parse(data, True)  # noqa: FBT003  # expat's own form
    except expat.ExpatError as error:
        raise PictureRefused(
            f"the SVG is damaged: {expat.ErrorString(error.code)}, line {error.lineno}"
        ) from None
    except (LookupError, ValueError) as error:  # an encoding that nobody has
        raise PictureRefused(f"the SVG is damaged: {error}") from None
    return reader


class _Reader:
    """Hears what expat reads.

    Attributes:
        alive: The first thing that is more than a drawing; empty if there is none.
    """

    def __init__(self) -> None:
        """Listen to a parser of its own."""
        self.alive = ""
        self.parser = expat.ParserCreate(namespace_separator=" ")
        self.parser.buffer_text = True
        self.parser.namespace_prefixes = True
        self.parser.XmlDeclHandler = self._declaration
        self.parser.StartDoctypeDeclHandler = self._doctype
        self.parser.ProcessingInstructionHandler = self._instruction
        self.parser.CommentHandler = self._comment
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._text
        self.parser.StartCdataSectionHandler = self._begin_cdata
        self.parser.EndCdataSectionHandler = self._end_cdata
        self._open: list[str] = []
        self._elements = 0
        self._style: list[str] = []
        self._in_cdata = False

    def _find(self, what: str) -> None:
        self.alive = self.alive or what

    def _declaration(self, _version: str, encoding: str | None, _alone: int) -> None:
        if encoding is not None and encoding.lower() not in ("utf-8", "us-ascii"):
            self._find(f"text in {encoding[:40]}")

    def _doctype(self, *_: object) -> NoReturn:
        raise _refusal("a DOCTYPE")

    def _instruction(self, target: str, _data: str) -> None:
        self._find(f"a processing instruction (`{target[:40]}`)")

    def _comment(self, text: str) -> None:
        # A page that holds the document inline ends such a comment earlier.
        if text.startswith((">", "->")) or "--!>" in text:
            self._find("a comment that browsers end elsewhere")

    def _begin_cdata(self) -> None:
        self._in_cdata = True

    def _end_cdata(self) -> None:
        self._in_cdata = False

    def _text(self, text: str) -> None:
        if self._in_cdata and "<" in text:
            self._find("markup in a CDATA section")
        if self._open and self._open[-1] == "style":
            self._style.append(text)

    def _start(self, name: str, attributes: Mapping[str, str]) -> None:
        self._elements += 1
        namespace, local, *prefix = name.split(" ") if " " in name else ("", name)
        self._open.append(local if namespace == _SVG else "")
        if len(self._open) > MAX_DEPTH or self._elements > MAX_ELEMENTS:
            raise _refusal("too many elements")
        if namespace == _SVG:
            if local not in _DRAWING:
                self._find(f"the element `{local[:40]}`")
        elif not (prefix and namespace.startswith(_METADATA)):
            # Without a prefix it would be HTML to a page that holds it inline.
            where = f" of {namespace[:60]}" if namespace else ""
            self._find(f"the element `{local[:40]}`{where}")
        for key, value in attributes.items():
            self._attribute(key.split(" ")[1] if " " in key else key, value)
        if local == "set" or local.startswith("animate"):
            target = attributes.get("attributeName", "").strip().lower()
            if target.rpartition(":")[2] in _HREF or target.startswith("on"):
                self._find(f"an animation of `{target[:40]}`")

    def _end(self, _name: str) -> None:
        if self._open.pop() == "style":
            self._styles("".join(self._style), "the style sheet")
            self._style.clear()

    def _attribute(self, key: str, value: str) -> None:
        bare = _BLANKS.sub("", value)
        if key.lower().startswith("on"):
            self._find(f"the event handler `{key[:40]}`")
        elif key.lower() in _HREF:
            if not (_LOCAL.fullmatch(bare) or _PICTURE.fullmatch(bare)):
                self._find(f"an address (`{key}: {bare[:60]}`)")
        elif key == "base":
            self._find("a base address")
        elif key.lower() == "ping":
            self._find("an address that is told of clicks (`ping`)")
        elif _SCHEME.search(bare):
            self._find(f"a script in `{key[:40]}`")
        elif "\\" in value:
            self._find(f"an escape in `{key[:40]}`")
        elif key == "style":
            self._styles(value, "`style`")
        elif _URL.search(value) or _FETCHES.search(value):
            self._find(f"an address in `{key[:40]}`")

    def _styles(self, text: str, where: str) -> None:
        """Look at CSS; escapes and comments could hide a word, so they are refused."""
        if "\\" in text:
            self._find(f"an escape in {where}")
        if "/*" in text:
            text = re.sub(r"/\*.*?(\*/|$)", " ", text, flags=re.DOTALL)
        if _URL.search(text) or _FETCHES.search(text) or _SCHEME.search(text):
            self._find(f"an address in {where}")
