"""How often pictures are opened: once for all files of an asset, and only if needed."""

from __future__ import annotations

from collections import Counter

import pytest
from commanding import Commanded

from assetgen.transforms import encode, opening

SPEC = """\
version: 1
provider: placeholder
assets:
  cat:
    prompt: A cat
    size: 96x64
    outputs:
      - {path: cat, widths: [24, 48, 96], formats: [webp, jpg, png], background: "#fff000"}
      - {path: thumb.webp, width: 20, quality: 60}
  dog:
    prompt: A dog
    size: 96x64
    process: [grayscale]
    outputs: [dog.png, {path: dog.jpg, quality: 70}]
  both:
    layers: [{image: cat}, {image: dog, opacity: 0.5}]
    outputs: [both.png]
"""


@pytest.fixture
def project(tmp_path):
    """Return a project that was built."""
    found = Commanded(tmp_path, SPEC)
    assert found.run("build").returncode == 0
    return found


@pytest.fixture
def opened(monkeypatch):
    """Return how often pictures are decoded and scaled from now on."""
    counts: Counter[str] = Counter()
    for module, name in ((opening, "open_picture"), (encode, "resize")):
        plain = getattr(module, name)

        def counted(*words, _plain=plain, _name=name):
            counts[_name] += 1
            return _plain(*words)

        monkeypatch.setattr(module, name, counted)
    return counts


def test_a_build_with_nothing_to_do_opens_no_picture(project, opened):
    """Neither the long way nor the short one."""
    assert project.run("build").returncode == 0
    assert not opened


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("quality: 60", "quality: 61"),
        ("quality: 70", "quality: 71"),
        ("width: 20", "width: 21"),
        ("path: thumb.webp", "path: small.avif"),
    ],
)
def test_one_changed_output_opens_one_picture(project, opened, old, new):
    """Those of other assets stay closed, and no other file is made."""
    project.spec.write_text(SPEC.replace(old, new))
    assert project.run("build").returncode == 0
    assert opened == {"open_picture": 1, "resize": 1}


def test_a_moved_output_opens_no_picture(project, opened):
    """Its bytes are known."""
    project.spec.write_text(SPEC.replace("path: thumb.webp", "path: small.webp"))
    assert project.run("build").returncode == 0
    assert not opened


def test_all_files_of_a_picture_are_made_of_one_opened_picture(tmp_path, opened):
    """It is scaled once for each size, whatever the number of formats."""
    cat = SPEC.partition("  dog:")[0]
    assert Commanded(tmp_path, cat).run("build").returncode == 0
    assert opened == {"open_picture": 1, "resize": 4}
