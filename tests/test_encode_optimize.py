"""Optimized PNGs: fewer bytes, the same pixels, and nothing without the extra."""

from __future__ import annotations

import importlib.util
from concurrent.futures import ThreadPoolExecutor
from random import Random

import pytest
from commanding import Commanded
from PIL import Image

from assetgen.model import Output
from assetgen.transforms.encode import encode
from assetgen.transforms.opening import open_picture

SPEC = """\
version: 1
provider: placeholder
assets:
  cat: {prompt: A cat, size: 64x64, outputs: [{path: cat.png, optimize: true}]}
"""


def output(**words):
    """Return a png output."""
    return Output(target="web", path="a.png", format="png", **words)


def soft():
    """Return a picture of many colours with alpha and grain."""
    ramp = Image.linear_gradient("L").resize((160, 120))
    grain = Image.frombytes("L", (40, 30), Random(1).randbytes(1200)).resize(ramp.size)
    return Image.merge("RGBA", (ramp, grain, ramp.rotate(180), ramp.rotate(90)))


def test_an_optimized_png_has_the_same_pixels_in_fewer_bytes():
    """And still says that a model made it."""
    pytest.importorskip("oxipng", reason="the extra `optimize` is not installed")
    plain = encode(soft(), output(), made_by_model="trained")
    small = encode(soft(), output(optimize=True), made_by_model="trained")
    assert len(small) < len(plain)
    assert open_picture(small).tobytes() == soft().tobytes()
    assert b"digitalsourcetype/trainedAlgorithmicMedia" in small


def test_an_optimized_png_has_the_same_bytes_on_any_thread():
    """Its own threads race for the smallest; ties must not show."""
    pytest.importorskip("oxipng", reason="the extra `optimize` is not installed")
    with ThreadPoolExecutor(4) as pool:
        found = set(
            pool.map(lambda _: encode(soft(), output(optimize=True)), range(12))
        )
    assert len(found) == 1


def test_without_the_extra_the_spec_is_refused_with_how_to_install_it(
    tmp_path, monkeypatch
):
    """A file's bytes do not depend on what is installed."""
    find = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util,
        "find_spec",
        lambda name, *more: None if name == "oxipng" else find(name, *more),
    )
    done = Commanded(tmp_path, SPEC).run("check")
    assert done.returncode == 3, done.stdout
    assert "pip install 'assetgen-build[optimize]'" in done.stdout
    assert "assets.yaml:4" in done.stdout


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("colors: 1", "colors"),
        ("colors: 257", "colors"),
        ("colors: 8", "webp files have no palette"),
        ("optimize: true", "webp files cannot be optimized"),
        ("fps: 8", "`fps` is for sprite sheets"),
        ("animation: true", "`animation` is for sprite sheets"),
    ],
)
def test_words_of_other_formats_are_refused_at_their_place(tmp_path, key, said):
    """Exit 3, and the line."""
    text = SPEC.replace("path: cat.png, optimize: true", f"path: cat.webp, {key}")
    done = Commanded(tmp_path, text).run("check")
    assert done.returncode == 3, done.stdout
    assert said in done.stdout
    assert "assets.yaml:4" in done.stdout


def test_a_jpg_of_a_see_through_file_is_told_before_the_build(tmp_path):
    """Also the one that the preset `responsive` ends with."""
    spec = """\
version: 1
assets:
  logo:
    file: logo.png
    outputs: [{preset: responsive, widths: [32]}, logo.jpg]
"""
    project = Commanded(tmp_path, spec)
    soft().save(project.root / "logo.png")
    done = project.run("check")
    assert done.returncode == 3, done.stdout
    assert done.stdout.count("jpg has no transparency, and parts of logo.png are") == 2
    project.spec.write_text(
        spec.replace("[32]", '[32], background: "#ffffff"').replace("logo.jpg", "l.png")
    )
    assert project.run("check").returncode == 0
