"""Which files of an asset are forms of one picture for web pages."""

from __future__ import annotations

import json

import pytest
from buildings import build, options
from hypothesis import given
from hypothesis import strategies as st

from assetgen.companions.facts import AssetFact, FileFact
from assetgen.companions.snippets import srcset_of, srcsets
from assetgen.errors import ExitCode

SPEC = """\
version: 1
provider: placeholder
targets: {web: {dir: out}}
assets:
  logo: {prompt: a logo, size: 512x512, background: opaque, outputs: [%s]}
"""


@pytest.fixture
def logo(tmp_path):
    """Return what builds a logo with some outputs, and gives the manifest's words."""

    def made(*outputs):
        (tmp_path / "assets.yaml").write_text(SPEC % ", ".join(outputs))
        code, heard = build(options(tmp_path))
        assert code is ExitCode.DONE, heard.events
        manifest = json.loads((tmp_path / "out/assetgen.manifest.json").read_text())
        return manifest["assets"]["logo"]

    return made


def test_what_was_cut_to_another_shape_is_no_width_of_a_picture(logo):
    """A narrow screen would else be shown the square, in the box of the wide picture."""
    found = logo(
        "{path: a.png, width: 60, height: 40}",
        "{path: b.png, width: 33, height: 22}",
        "{path: thumb.png, width: 20, height: 20, fit: cover}",
    )
    assert found["srcset"] == {"png": "b.png 33w, a.png 60w"}


def test_formats_of_one_size_are_forms_of_one_picture(logo):
    """The first one that a browser knows is fetched; the page knows the size before."""
    text = logo("{path: a, formats: [avif, webp, jpg], width: 40}")["picture"]
    assert text == (
        '<picture><source type="image/avif" srcset="a.avif">'
        '<source type="image/webp" srcset="a.webp">'
        '<img src="a.jpg" width="40" height="40" alt="" loading="lazy"'
        ' decoding="async"></picture>'
    )


def test_of_several_draws_the_first_is_shown(logo):
    """One picture, not another at each width."""
    found = logo('{path: "${draw}.png", widths: [20, 40]}], n: 2, tags: [x')
    assert found["srcset"] == {"png": "1-20.png 20w, 1-40.png 40w"}


def test_a_lone_file_needs_no_picture_element(logo):
    """There is nothing to choose from."""
    assert "srcset" not in logo("{path: a.png, width: 40}", "{path: b.webp, width: 30}")


@given(st.integers(1, 4000), st.integers(1, 4000), st.integers(1, 4000))
def test_a_picture_scaled_to_any_width_keeps_its_shape(width, height, narrow):
    """The other side is rounded to whole pixels."""
    narrow = min(narrow, width)
    scaled = max(1, round(height * narrow / width))
    large = FileFact(path="l.png", asset="a", format="png", width=width, height=height)
    small = FileFact(path="s.png", asset="a", format="png", width=narrow, height=scaled)
    asset = AssetFact(name="a", alt=None, files=(small, large))
    found = srcsets(asset)
    assert found == ({} if narrow == width else {"png": srcset_of((small, large))})
