"""The repository's own spec, drawn by the image API: request by request as it is told.

`assets.yaml` at the root is a story: each asset shows one thing more than the one
before. Here it is built against a server that checks as strictly as the service does.
"""

from __future__ import annotations

import io
import json
import re
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml
from fakeapi import FakeApi
from fakeapi.painting import subject_box
from PIL import Image, ImageChops

SPEC = Path(__file__).parents[2] / "assets.yaml"
MODEL = "gpt-image-2.6-flare"
SQUARE = {"model": MODEL, "size": "1024x1024", "quality": "medium"}
FORM = {**SQUARE, "background": "opaque"}

PARAMETERS = {
    "model", "size", "quality", "background", "moderation", "input_fidelity",
    "complexity", "output_format", "output_compression", "n",
}  # fmt: skip


@dataclass
class Story:
    """The spec, built once, and what was asked for it."""

    paid: object
    fake: FakeApi
    ended: object

    def asked(self, words: str):
        """Return the one request whose prompt has these words."""
        (found,) = [each for each in self.fake.requests if words in each.prompt]
        return found

    def draw_of(self, asset: str, number: int = 1) -> bytes:
        """Return the raw bytes of an asset's draw."""
        lock = self.paid.root / "assets.lock"
        lines = [json.loads(line) for line in lock.read_text().splitlines()]
        (line,) = [each for each in lines if each.get("asset") == asset]
        return self.paid.store.get(line["draws"][number - 1])

    def file(self, path: str) -> Image.Image:
        """Return a file that was built, as a picture."""
        return picture((self.paid.root / path).read_bytes())


@pytest.fixture(scope="module")
def story(tmp_path_factory):
    """Return the spec, built."""
    from paidlab import Paid

    with FakeApi() as fake:
        base = Path(tempfile.mkdtemp(dir=tmp_path_factory.mktemp("story")))
        paid = Paid(base, fake, lambda: None)
        shutil.copy(SPEC, paid.root)
        ended = paid.run("build", "--provider", "openai")
        assert ended.code == 0, ended.err
        yield Story(paid, fake, ended)
        paid.assert_books_are_right()
        paid.assert_key_is_nowhere()


def picture(data: bytes) -> Image.Image:
    """Return a picture, loaded."""
    made = Image.open(io.BytesIO(data))
    made.load()
    return made


def without(fields, *names):
    """Return fields without those that a test does not speak of."""
    return {k: v for k, v in fields.items() if k not in {"prompt", *names}}


def test_each_picture_is_asked_for_once(story) -> None:
    """Thirteen requests, all valid, for fourteen pictures; the library repeats none."""
    assert [each.status for each in story.fake.requests] == [200] * 13
    assert sum(each.pictures for each in story.fake.charges) == 14
    assert {each.retry_count for each in story.fake.requests} == {"0"}
    assert sum(story.paid.draws().values()) == 14


def test_a_second_build_asks_for_nothing(story) -> None:
    """Nor does one that has forgotten all it can make again itself."""
    before = story.fake.posts
    again = story.paid.run("build", "--provider", "openai")
    assert (again.code, "up to date" in again.err) == (0, True), again.err
    files = {path: path.read_bytes() for path in built_files(story.paid.root)}
    for folder in ("game", "site", ".assetgen/memo"):
        shutil.rmtree(story.paid.root / folder)
    (story.paid.root / ".assetgen/state").unlink()
    clean = story.paid.run("build", "--provider", "openai")
    assert clean.code == 0, clean.err
    assert {path: path.read_bytes() for path in built_files(story.paid.root)} == files
    assert story.fake.posts == before


def built_files(root: Path) -> list[Path]:
    """Return all files of the targets."""
    found = [*(root / "game").rglob("*"), *(root / "site").rglob("*")]
    return sorted(path for path in found if path.is_file())


def test_the_alien_is_a_generation_with_the_defaults(story) -> None:
    """Model, size, quality and background are sent; words are filled in."""
    seen = story.asked("portrait of a friendly alien")
    assert (seen.endpoint, without(seen.fields)) == ("generations", FORM)
    assert "soft evening light" in seen.prompt
    assert "${" not in seen.prompt


def test_the_cat_is_tall_and_small_as_a_file(story) -> None:
    """Portrait is 1024x1536; jpeg with a compression that only jpeg and webp take."""
    seen = story.asked("grey tabby cat that sits")
    assert without(seen.fields) == FORM | {
        "size": "1024x1536",
        "output_format": "jpeg",
        "output_compression": 50,
    }
    drawn = picture(story.draw_of("cat"))
    assert (drawn.format, drawn.size) == ("JPEG", (1024, 1536))
    assert story.file("site/img/cat.jpg").size == (512, 768)
    assert story.file("game/characters/cat.png").size == (64, 96)


def test_the_hat_is_transparent(story) -> None:
    """It is asked for, it came, and the file has it, too."""
    seen = story.asked("green felt bucket hat")
    assert seen.fields["background"] == "transparent"
    drawn = picture(story.draw_of("hat"))
    assert (drawn.mode, drawn.getchannel("A").getextrema()) == ("RGBA", (0, 255))
    hat = story.file("game/clothes/hat.png")
    assert hat.size == (288, 288)
    assert hat.convert("RGBA").getpixel((0, 0))[3] == 0


def test_the_cat_with_the_hat_sends_both_pictures_in_order(story) -> None:
    """Image 1 is the cat, image 2 the hat: the very bytes that were drawn, named."""
    seen = story.asked("The cat of image 1 wears the hat")
    assert seen.endpoint == "edits"
    assert [(each.field, each.media_type) for each in seen.files] == [
        ("image[]", "image/jpeg"),
        ("image[]", "image/png"),
    ]
    assert [each.data for each in seen.files] == [
        story.draw_of("cat"),
        story.draw_of("hat"),
    ]
    assert without(seen.fields) == FORM | {"size": "1024x1536"}


def test_the_mask_is_asked_for_in_words_and_made_hard(story) -> None:
    """An edit of one picture goes out as `image`; grey becomes black or white."""
    seen = story.asked("black-and-white mask of image 1")
    ((field, data),) = [(each.field, each.data) for each in seen.files]
    assert (field, data) == ("image", story.draw_of("alien"))
    levels = picture(story.draw_of("alien-mask")).convert("L").histogram()
    assert sum(levels[1:255]) > 0


def test_only_what_is_not_the_alien_may_change(story) -> None:
    """Alpha 0 around the alien, 255 on it: white means keep, as the spec says."""
    seen = story.asked("in front of a wide galaxy")
    assert [(each.field, each.name) for each in seen.files][1] == ("mask", "mask.png")
    assert seen.inputs[0].data == story.draw_of("alien")
    alpha = picture(seen.file("mask").data).getchannel("A")
    assert alpha.size == (1024, 1024)
    assert set(alpha.getcolors()) == {
        (alpha.histogram()[0], 0),
        (alpha.histogram()[255], 255),
    }
    assert (alpha.getpixel((2, 2)), alpha.getpixel((512, 512))) == (0, 255)
    kept = alpha.getbbox()
    wanted = subject_box((1024, 1024))
    assert all(abs(a - b) <= 3 for a, b in zip(kept, wanted, strict=True))


def test_the_alien_itself_is_put_back_bit_for_bit(story) -> None:
    """The model drifts where it must not change anything; the file does not show it."""
    mask = picture(story.asked("in front of a wide galaxy").file("mask").data)
    before = picture(story.draw_of("alien")).convert("RGB")
    drawn = picture(story.draw_of("alien-galaxy")).convert("RGB")
    keep = mask.getchannel("A")
    black = Image.new("RGB", before.size)
    drift = ImageChops.difference(before, drawn)
    assert Image.composite(drift, black, keep).getbbox() is not None
    card = story.file("site/img/social-card.jpg")
    assert card.size == (1200, 630)
    cutout = story.file("game/characters/alien.png")
    assert cutout.height == 256
    galaxy = story.file("game/backgrounds/galaxy.webp")
    assert galaxy.size == (1024, 1024)
    change = ImageChops.difference(galaxy.convert("RGB"), before)
    inside = change.crop((300, 300, 724, 724)).convert("L")
    outside = change.crop((0, 0, 1024, 150)).convert("L")
    assert mean(inside) < mean(outside) / 3


def mean(grey: Image.Image) -> float:
    """Return the mean of a grey picture."""
    counts = grey.histogram()
    return sum(level * count for level, count in enumerate(counts)) / sum(counts)


def test_how_much_the_model_changed_is_reported(story) -> None:
    """What was put back is no secret."""
    assert re.search(r"alien-galaxy.*(outside|put back)", story.ended.err), (
        story.ended.err
    )


def test_variations_are_an_edit_with_two_draws_in_one_request(story) -> None:
    """The endpoint is retired: a prompt of our own, the spec's words steer it."""
    seen = story.asked("A relative of this character")
    assert seen.endpoint == "edits"
    assert seen.fields["n"] == "2"
    assert len(seen.prompt) > len(
        "A relative of this character, another age and another colour of skin"
    )
    assert [each.field for each in seen.files] == ["image"]
    assert seen.files[0].data == story.draw_of("alien")
    one, two = (
        story.paid.root / f"game/characters/relative-{number}.webp" for number in (1, 2)
    )
    assert one.read_bytes() != two.read_bytes()


def test_the_rocket_is_kept_exactly_as_it_was_drawn(story) -> None:
    """WebP was asked for, and the file is the answer's bytes."""
    seen = story.asked("A rocket icon")
    assert seen.fields["output_format"] == "webp"
    assert seen.fields["background"] == "transparent"
    drawn = story.draw_of("rocket")
    assert (story.paid.root / "game/ui/rocket.webp").read_bytes() == drawn
    assert story.file("site/favicon.ico").size == (64, 64)


def test_the_matrix_asks_for_five_cheap_icons(story) -> None:
    """Without the excluded one; low quality; 48 pixels wide in the end."""
    seen = [each for each in story.fake.requests if "A game icon of" in each.prompt]
    assert len(seen) == 5
    assert {each.fields["quality"] for each in seen} == {"low"}
    assert {each.fields["background"] for each in seen} == {"transparent"}
    files = sorted(path.name for path in (story.paid.root / "game/items").iterdir())
    assert files == [
        "potion-gold.png",
        "shield-bronze.png",
        "shield-gold.png",
        "sword-bronze.png",
        "sword-gold.png",
    ]
    assert story.file("game/items/potion-gold.png").size == (48, 48)


def test_each_parameter_that_the_spec_uses_went_over_the_wire(story) -> None:
    """Read from the spec itself, so that a feature cannot be told and not be sent."""
    spec = yaml.safe_load(SPEC.read_text())
    told = {
        (name, value)
        for entry in (spec["defaults"], *spec["assets"].values())
        for name, value in entry.items()
        if name in PARAMETERS
    }
    assert len(told) > 8
    sent = {
        (name, value if name != "n" else int(value))
        for each in story.fake.requests
        for name, value in each.fields.items()
    }
    assert told <= sent
    forms = {
        (e.endpoint, *sorted({f.field for f in e.files})) for e in story.fake.requests
    }
    assert forms == {
        ("generations",),
        ("edits", "image"),
        ("edits", "image[]"),
        ("edits", "image", "mask"),
    }


def test_a_profile_applies_over_every_request(story, project) -> None:
    """`--profile draft`: the same requests, all of them cheap."""
    shutil.copy(SPEC, project.root)
    ended = project.run("plan", "--provider", "openai", "--profile", "draft")
    assert ended.code == 0, ended.err
    usual = story.paid.run("plan", "--provider", "openai", "hat", "--format", "json")
    assert json.loads(usual.out)["summary"]["draws"] == 0
    drawn = project.run("build", "--provider", "openai", "--profile", "draft", "hat")
    assert drawn.code == 0, drawn.err
    assert [e.fields["quality"] for e in project.fake.requests] == ["low"]


def test_nothing_that_the_service_refuses_is_ever_sent(story) -> None:
    """Neither words that it does not know any more, nor ones that it never knew."""
    never = {"response_format", "style", "seed", "user"}
    assert all(not never & set(each.fields) for each in story.fake.requests)
    assert all("model" in each.fields for each in story.fake.requests)


def test_files_that_were_made_here_do_not_carry_the_services_credential(story) -> None:
    """It would be a broken one: the pixels were changed after it was signed."""
    assert b"caBX" in story.draw_of("hat")
    files = built_files(story.paid.root)
    assert len(files) > 20
    assert [path for path in files if b"caBX" in path.read_bytes()] == []


def test_the_build_says_what_it_cost(story) -> None:
    """What the account was charged is what the summary and the ledger say."""
    charged = sum(each.usd for each in story.fake.charges)
    told = [each["cost_usd"] for each in story.paid.ledger.entries()
            if each["entry"] == "result"]  # fmt: skip
    assert sum(told) == pytest.approx(charged)
    assert f"${charged:.2f}" in story.ended.err
