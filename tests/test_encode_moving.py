"""Frames of a sheet in one moving file: every pixel, every moment, every loop."""

from __future__ import annotations

import io
import json

import pytest
from commanding import Commanded
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageSequence

from assetgen.errors import AssetFailed
from assetgen.model import Motion, Output
from assetgen.transforms.animating import frame_times_ms, moving_file

COLORS = [(200, 30, 30, 255), (30, 200, 30, 255), (30, 30, 200, 255)]


def frame(at, size=(24, 16)):
    """Return a box that stands elsewhere in each frame, on nothing."""
    image = Image.new("RGBA", size)
    image.paste(COLORS[at % 3], (at * 4, 2, at * 4 + 6, 12))
    return image


def output(path, motion, **words):
    """Return a moving output with the format of its suffix."""
    suffix = path.rpartition(".")[2]
    return Output(target="web", path=path, format=suffix, motion=motion, **words)


def made(pictures, wanted):
    """Return the file in which `pictures` move."""
    frames = [(f"f{at}", lambda p=p: p) for at, p in enumerate(pictures)]
    return moving_file(frames, wanted, lambda ref: pytest.fail(str(ref)))


def unpacked(data):
    """Return the frames of a file as a viewer shows them, and their times."""
    with Image.open(io.BytesIO(data)) as opened:
        return [
            (shown.convert("RGBA"), shown.info["duration"])
            for shown in ImageSequence.Iterator(opened)
        ]


def seen(image):
    """Return the pixels as they are seen: nothing hides below transparent ones."""
    empty = Image.new("RGBA", image.size)
    alpha = image.getchannel("A").point([0] + [255] * 255)
    return Image.composite(image, empty, alpha).tobytes()


@pytest.mark.parametrize("suffix", ["gif", "webp"])
@pytest.mark.parametrize("ground", [None, "#ffffff"])
def test_every_frame_comes_out_as_it_went_in(suffix, ground):
    """Nothing of the frame before shines through."""
    pictures = [frame(at) for at in range(4)]
    lossless = True if suffix == "webp" else None
    wanted = output(
        f"a.{suffix}", Motion(duration_ms=70), background=ground, lossless=lossless
    )
    found = unpacked(made(pictures, wanted).data)
    assert [time for _, time in found] == [70] * 4
    for picture, (shown, _) in zip(pictures, found, strict=True):
        below = Image.new("RGBA", picture.size, ground or (0, 0, 0, 0))
        below.alpha_composite(picture)
        assert seen(shown) == seen(below)


def test_a_gif_of_many_colours_has_one_palette_and_hard_edges():
    """As many as asked; a colour means the same in every frame."""
    ramp = Image.linear_gradient("L").resize((32, 32))
    pictures = [
        Image.merge("RGBA", (ramp.rotate(90 * at), ramp, ramp.rotate(90), ramp))
        for at in range(3)
    ]
    data = made(pictures, output("a.gif", Motion(fps=10), colors=16)).data
    colors = set()
    for shown, _ in unpacked(data):
        found = {color for _, color in shown.getcolors(1 << 16)}
        assert {color[3] for color in found} <= {0, 255}
        colors |= {color[:3] for color in found if color[3]}
    assert len(colors) <= 15


@pytest.mark.parametrize(("loop", "gif", "webp"), [(0, 0, 0), (1, None, 1), (3, 2, 3)])
def test_it_is_played_as_often_as_the_spec_says(loop, gif, webp):
    """A gif counts repetitions, and one that is played once has no count."""
    pictures = [frame(0), frame(1)]
    for suffix, wanted in (("gif", gif), ("webp", webp)):
        data = made(pictures, output(f"a.{suffix}", Motion(loop=loop))).data
        with Image.open(io.BytesIO(data)) as opened:
            assert opened.info.get("loop") == wanted


@given(count=st.integers(1, 200), fps=st.integers(1, 50))
def test_frames_last_as_long_together_as_their_rate_says(count, fps):
    """To half a unit of the format, and no frame is off by more than one."""
    for format_, unit in (("gif", 10), ("webp", 1)):
        times = frame_times_ms(count, Motion(fps=fps), format_)
        assert abs(sum(times) - 1000 * count / fps) <= unit / 2
        assert max(times) - min(times) <= unit
        assert all(time % unit == 0 and time >= 20 - unit for time in times)


def test_frames_of_two_sizes_are_refused_with_both_sizes():
    """Nobody can know which edge they should share."""
    with pytest.raises(AssetFailed, match="f0 is 24x16, f1 24x18"):
        made([frame(0), frame(1, (24, 18))], output("a.gif", Motion()))


SPEC = """\
version: 1
provider: placeholder
assets:
  step/${number}:
    matrix: {number: [1, 2, 3]}
    prompt: A walker, step ${number}
    size: 48x32
    background: transparent
  walker:
    sheet: {frames: ["step/*"], trim: true, animations: {back: ["step/3", "step/1"]}}
    outputs:
      - sheet.png
      - {path: "walk-${hash}.webp", animation: true, lossless: true, fps: 12}
      - {path: back.gif, animation: back, duration_ms: 250, loop: 1}
"""


@pytest.fixture
def project(tmp_path):
    """Return a project with a sheet and two moving files of it."""
    return Commanded(tmp_path, SPEC)


def rows(project):
    """Return the files that the manifest lists, by the start of their names."""
    text = (project.root / "assets/assetgen.manifest.json").read_text()
    files = json.loads(text)["files"]
    return {
        path.partition("-")[0].partition(".")[0]: (path, files[path]) for path in files
    }


def test_a_build_writes_moving_files_beside_the_sheet(project):
    """Untrimmed frames in the order of the animation, listed like any picture."""
    done = project.run("build")
    assert done.returncode == 0, done.stderr
    found = rows(project)
    path, row = found["back"]
    assert (row["width"], row["height"], row["format"]) == (48, 32, "gif")
    data = (project.root / "assets" / path).read_bytes()
    assert [time for _, time in unpacked(data)] == [250, 250]
    path, row = found["walk"]
    assert row["sha256"][:8] in path
    moving = unpacked((project.root / "assets" / path).read_bytes())
    assert [time for _, time in moving] == [83, 84, 83]
    assert len({seen(shown) for shown, _ in moving}) == 3
    assert "up to date" in project.run("build").stderr


def test_another_animation_makes_its_own_file_again_only(project):
    """The pages and the other animation stay."""
    project.run("build")
    before = rows(project)
    spec = project.root / "assets.yaml"
    spec.write_text(SPEC.replace('["step/3", "step/1"]', '["step/2", "step/1"]'))
    plan = json.loads(project.run("plan", "--format", "json").stdout)
    walker = next(each for each in plan["assets"] if each["name"] == "walker")
    assert walker["action"] == "derive"
    assert project.run("build").returncode == 0
    after = rows(project)
    assert after["back"][1]["sha256"] != before["back"][1]["sha256"]
    assert after["walk"] == before["walk"]
    assert after["sheet"][0] == before["sheet"][0]


def test_steps_of_a_moving_output_change_each_frame_by_itself(project):
    """Nothing of a neighbour comes in, whatever the step does."""
    spec = project.root / "assets.yaml"
    step = "{resize: {width: 96, filter: nearest, enlarge: true}}"
    spec.write_text(SPEC.replace("loop: 1}", f"process: [{step}]}}"))
    assert project.run("build").returncode == 0
    found = rows(project)
    large = unpacked((project.root / "assets" / found["back"][0]).read_bytes())
    small = unpacked((project.root / "assets" / found["walk"][0]).read_bytes())
    assert [shown.size for shown, _ in large] == [(96, 64)] * 2
    for (picture, _), at in zip(large, (2, 0), strict=True):
        twice = small[at][0].resize((96, 64), Image.Resampling.NEAREST)
        alpha = picture.getchannel("A")
        assert alpha.getbbox() == twice.getchannel("A").point(_half).getbbox()


def _half(alpha):
    """Return what a gif makes of an alpha."""
    return 255 if alpha > 127 else 0


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("animation: back", "animation: bakc", "did you mean"),
        ("back.gif", "back.png", "frames cannot move in png"),
        ("duration_ms: 250", "duration_ms: 25", "take 20 or 30"),
        ("duration_ms: 250", "fps: 60", "at most 50 frames"),
        ("duration_ms: 250", "duration_ms: 250, fps: 3", "exclude each other"),
        ("animation: back, ", "", "add `animation: true`"),
        ("loop: 1}", "loop: 1, data: a.json}", "no data file"),
        ("loop: 1}", "loop: 1, width: 9}", "resize them with a step"),
        ("loop: 1}", "loop: 1, process: [{resize: {width: 96}}]}", "enlarged to 96x64"),
        ("    size: 48x32\n", "    size: 48x3${number}\n", "frames that move"),
    ],
)
def test_a_moving_output_that_cannot_be_is_told_before_anything_is_drawn(
    project, old, new, said
):
    """Exit 3, the place, and the way out."""
    spec = project.root / "assets.yaml"
    spec.write_text(SPEC.replace(old, new))
    done = project.run("check")
    assert done.returncode == 3, done.stdout
    assert said in done.stdout
    assert "assets.yaml:" in done.stdout
