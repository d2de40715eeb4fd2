"""SVG that is published as it came runs nothing, fetches nothing and expands nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assetgen.transforms.opening import PictureRefused, probe_whole
from assetgen.transforms.vectors import MAX_DEPTH, require_inert, require_whole_svg

HEAD = (
    '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
)
XHTML = "http://www.w3.org/1999/xhtml"
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"


def svg(inner: str, attributes: str = "") -> bytes:
    """Return a document with `inner` in it."""
    return f'{HEAD} width="8" height="8" {attributes}>{inner}</svg>'.encode()


@pytest.mark.parametrize(
    "inner",
    [
        '<path d="M0 0h8v8z" fill="url(#a)"/>',
        "<path fill=\"url( '#a' )\"/>",
        '<use xlink:href="#a"/><use href="#b"/>',
        '<image href="data:image/png;base64,iVBORw0KGgo=" width="8" height="8"/>',
        "<style>.a { fill: red; /* a note */ clip-path: url(#c) }</style>",
        "<style><![CDATA[ .a { fill: red } ]]></style>",
        "<title>Less &lt; more &amp; so on</title><!-- a note -->",
        '<circle r="2"><animate attributeName="r" to="4" dur="1s"/></circle>',
        f'<metadata xmlns:r="{RDF}"><r:RDF><r:Description/></r:RDF></metadata>',
        '<filter id="f"><feGaussianBlur stdDeviation="2"/></filter>',
        '<text font-family="Aileron, sans-serif" aria-label="a cat">cat</text>',
    ],
)
def test_a_drawing_is_published(inner):
    """What vector programs and models write for a picture passes."""
    assert require_inert(svg(inner)) is None


@pytest.mark.parametrize(
    ("inner", "named"),
    [
        ("<script>alert(1)</script>", "`script`"),
        ("<script href='data:text/javascript,1'/>", "`script`"),
        ("<SCRIPT>alert(1)</SCRIPT>", "`SCRIPT`"),
        ("<foreignObject><p/></foreignObject>", "`foreignObject`"),
        (f'<script xmlns="{XHTML}">alert(1)</script>', "`script`"),
        (f'<h:iframe xmlns:h="{XHTML}" src="x"/>', "`iframe`"),
        (f'<metadata><script xmlns="{RDF}">1</script></metadata>', "`script`"),
        ('<path onclick="alert(1)"/>', "`onclick`"),
        ('<path ONLOAD="alert(1)"/>', "`ONLOAD`"),
        ('<use href="https://example.org/a.svg#b"/>', "address"),
        ('<use xlink:href="other.svg#b"/>', "address"),
        ('<image href="http://10.0.0.1/pixel.png"/>', "address"),
        ('<image href="data:image/svg+xml;base64,PHN2Zz4="/>', "address"),
        ('<a href="java&#10;script:alert(1)"><path/></a>', "address"),
        ('<set attributeName="href" to="#b"/>', "animation"),
        ('<animate attributeName="xlink:href" values="#a"/>', "animation"),
        ('<animate attributeName="onclick" to="alert(1)"/>', "animation"),
        ('<animateTransform attributeName="href" to="#b"/>', "animation"),
        ('<set attributeName="x" to="javascript:alert(1)"/>', "script"),
        ('<a href="#b" ping="https://example.org/"><path/></a>', "`ping`"),
        ('<path fill="url(https://example.org/a#b)"/>', "address"),
        ("<path fill=\"url( 'x.svg#b')\"/>", "address"),
        (r'<path fill="u\72l(https://example.org)"/>', "escape"),
        ('<path style="fill: URL(//example.org/a)"/>', "address"),
        (r'<path style="fill: \75rl(//example.org/a)"/>', "escape"),
        ("<style>@import 'a.css';</style>", "address"),
        ("<style>a{fill:/**/url(a.svg#b)}</style>", "address"),
        ("<style>a{cursor:image-set('a.png' 1x)}</style>", "address"),
        ("<style>@font-face{font-family:a}</style>", "address"),
        ("<?xml-stylesheet href='a.css'?>", "processing instruction"),
        ("<desc><![CDATA[><script>alert(1)</script>]]></desc>", "CDATA"),
        ("<!--><script>alert(1)</script>-->", "comment"),
        ("<g xml:base='https://example.org/'/>", "base"),
        ("<g>" * (MAX_DEPTH + 1) + "</g>" * (MAX_DEPTH + 1), "too many"),
    ],
)
def test_more_than_a_drawing_is_refused(inner, named):
    """The message names what was found; the bytes count as whole all the same."""
    data = svg(inner)
    with pytest.raises(PictureRefused, match=named):
        require_inert(data)
    require_whole_svg(data)


def test_entities_are_never_expanded():
    """A DOCTYPE ends the reading at its first word, however it would go on."""
    laughs = "".join(
        f'<!ENTITY l{at} "{f"&l{at - 1};" * 10 if at else "ha"}">' for at in range(30)
    )
    data = f"<!DOCTYPE svg [{laughs}]>{svg('&l29;').decode()}".encode()
    with pytest.raises(PictureRefused, match="DOCTYPE"):
        require_inert(data)
    require_whole_svg(data)


def test_text_in_another_encoding_is_refused():
    """What bytes mean in it depends on who reads them."""
    data = b'<?xml version="1.0" encoding="iso-8859-1"?>' + svg("<path/>")
    with pytest.raises(PictureRefused, match="iso-8859-1"):
        require_inert(data)


@pytest.mark.parametrize("cut", [10, 60, -7, -1])
def test_a_torn_document_is_no_picture(cut):
    """A draw that was cut short is found while it is banked."""
    data = svg('<path d="M0 0h8v8z"/>')
    assert probe_whole(data).format == "svg"
    with pytest.raises(PictureRefused):
        probe_whole(data[:cut])


@given(st.binary(max_size=200), st.integers(0, 100))
def test_no_bytes_get_past_as_anything_else(noise, at):
    """Whatever stands there, it is accepted or refused in our own words."""
    data = svg("<path/>")
    said = "it only draws"
    try:
        require_inert(data[:at] + noise + data[at:])
    except PictureRefused as refused:
        said = refused.message
    assert said
