"""Another Pillow, another zlib, other bytes of every local step: no paid request moves.

Identities are of the bytes that a provider sent or that lie in the repository, never of
bytes that were encoded here.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from paidlab import icons
from PIL import Image, ImageFile

SPEC = Path(__file__).parents[2] / "assets.yaml"


@pytest.fixture
def other_library(monkeypatch):
    """Return what makes Pillow write every picture in another way.

    The same pixels, where the format keeps them; other bytes always.
    """

    def change() -> None:
        usual = Image.Image.save

        def otherwise(self, fp, format=None, **options):  # noqa: A002  # Pillow's name
            for name in ("optimize", "compress_level", "exif"):
                options.pop(name, None)
            options["compress_level"] = 3
            usual(self, fp, format, **options)
            if hasattr(fp, "write") and (format or "").upper() in {"JPEG", "WEBP"}:
                fp.write(b"other bytes at the end of a file")

        monkeypatch.setattr(Image.Image, "save", otherwise)
        monkeypatch.setattr(ImageFile, "MAXBLOCK", 7000)

    return change


def forget(project) -> None:
    """Take away everything that can be made again for nothing."""
    for name in ("memo", "state"):
        place = project.private / name
        shutil.rmtree(place) if place.is_dir() else place.unlink()
    for name in ("game", "site"):
        shutil.rmtree(project.root / name, ignore_errors=True)


def keys(project) -> set[str]:
    """Return the keys of all requests that were ever paid."""
    return {key for key, _ in project.store.records()}


def test_no_request_moves_when_every_local_step_writes_other_bytes(
    project, fake, other_library
) -> None:
    """The repository's own spec: edits of edits, masks made here, layers, cut-outs."""
    shutil.copy(SPEC, project.root)
    assert project.run("build", "--provider", "openai").code == 0
    before, files, posts = keys(project), built(project), fake.posts
    other_library()
    forget(project)
    again = project.run("build", "--provider", "openai")
    assert again.code == 0, again.err
    assert fake.posts == posts
    assert keys(project) == before
    changed = {path for path, data in built(project).items() if data != files[path]}
    assert len(changed) > 10, "the other library wrote the same bytes"


def built(project) -> dict[str, bytes]:
    """Return the files of both targets."""
    return {
        path.relative_to(project.root).as_posix(): path.read_bytes()
        for folder in ("game", "site")
        for path in (project.root / folder).rglob("*")
        if path.is_file()
    }


def test_an_input_that_is_encoded_here_is_known_by_what_it_was_made_of(
    project, fake, other_library
) -> None:
    """Layers, steps and masks below a paid edit: other bytes go out, the key stays."""
    Image.new("RGB", (1024, 640), "navy").save(project.root / "photo.png")
    project.write(
        "  sky: {prompt: A sky, outputs: [sky.png]}\n"
        "  soft: {layers: [{image: sky}], process: [{threshold: 100}, {flip: horizontal}]}\n"
        "  edited:\n"
        "    prompt: Make it evening\n"
        "    inputs: [soft, {file: photo.png}]\n"
        "    mask: {ellipse: [100, 100, 300, 300], grow: 4}\n"
        "    outputs: [edited.png]\n"
        "  again: {prompt: And night, inputs: [edited], outputs: [again.png]}\n"
    )
    first = project.run()
    assert first.code == 0, first.err
    sent = next(each for each in fake.requests if "evening" in each.prompt)
    posts, before = fake.posts, keys(project)
    other_library()
    forget(project)
    assert project.run().code == 0
    assert (fake.posts, keys(project)) == (posts, before)
    # The same request, made anew on purpose, does go out with other bytes.
    spec = project.root / "assets.yaml"
    spec.write_text(
        spec.read_text().replace("prompt: Make", "revision: 1\n    prompt: Make")
    )
    assert project.run().code == 0
    later = [each for each in fake.requests if "evening" in each.prompt][-1]
    assert later is not sent
    assert later.inputs[0].digest != sent.inputs[0].digest
    assert later.inputs[1].digest == sent.inputs[1].digest


def test_the_version_of_the_program_and_its_libraries_is_in_no_key(
    project, fake, monkeypatch
) -> None:
    """An upgrade looks at everything once, and asks for nothing."""
    import PIL

    import assetgen

    project.write(icons(3))
    assert project.run().code == 0
    before = keys(project)
    monkeypatch.setattr(assetgen, "__version__", "99.0")
    monkeypatch.setattr(PIL, "__version__", "99.0")
    shutil.rmtree(project.private / "memo")
    again = project.run()
    assert again.code == 0, again.err
    assert (fake.posts, keys(project)) == (3, before)
