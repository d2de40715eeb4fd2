"""Every parameter of the image API goes over the wire as the service takes it.

What the repository's own spec does not use is here; the server refuses whatever the
service would refuse, so a picture that came shows that the request was right.
"""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from fakeapi import FakeApi
from paidlab import HEAD
from PIL import Image, ImageDraw

ROOT_SPEC = Path(__file__).parents[2] / "assets.yaml"
ASSETS = """\
  photo: {file: art/photo.png}
  best:
    prompt: The best of all
    quality: max
    complexity: high
    moderation: low
    background: auto
    outputs: [best.png]
  finer: {prompt: A finer one, model: gpt-image-2.5-sunburst, quality: xhigh, outputs: [finer.png]}
  earlier: {prompt: An earlier one, model: gpt-image-2, quality: high, outputs: [earlier.png]}
  open: {prompt: All is open, size: auto, quality: auto, complexity: low, outputs: [open.png]}
  gentle: {prompt: A gentle edit, inputs: [photo], moderation: low, outputs: [gentle.png]}
  faithful:
    prompt: A faithful edit
    inputs: [photo]
    model: gpt-image-1.5
    input_fidelity: high
    size: 1536x1024
    outputs: [faithful.png]
  further:
    prompt: Further words for the service
    params: {safety_identifier: somebody}
    outputs: [further.png]
  small-file:
    prompt: A small file
    output_format: webp
    output_compression: 70
    outputs: [small-file.webp]
  moving:
    prompt: A moving one
    output_format: gif
    params: {frame_count: 3, frame_duration_ms: 120}
    outputs: [moving.gif]
  vector: {prompt: A vector drawing, output_format: svg, outputs: [vector.svg]}
  relatives: {variations_of: photo, n: 3, outputs: ["relative-${draw}.png"]}
  wider:
    prompt: The same beach, wider
    inputs: [photo]
    extend: {right: 512, bottom: "10%"}
    outputs: [wider.png]
  directed:
    prompt: Follow the arrows
    inputs: [photo]
    markup: {file: art/arrows.png}
    outputs: [directed.png]
  shaped:
    prompt: Another door
    inputs: [photo]
    mask: {rect: [100, 50, 200, 300], grow: 10}
    outputs: [shaped.png]
  around:
    prompt: Another wall
    inputs: [photo]
    mask: {ellipse: ["25%", "25%", "50%", "50%"], invert: true}
    outside: accept
    outputs: [around.png]
  coloured:
    prompt: Another sky
    inputs: [photo]
    mask: {image: {file: art/sky.png}, edit: white, feather: 4}
    outputs: [coloured.png]
  holed:
    prompt: Another hole
    inputs: [photo]
    mask: {file: art/hole.png}
    outputs: [holed.png]
  crowd:
    prompt: All of them together
    inputs: [photo, MANY]
    outputs: [crowd.png]
  many: {prompt: Many at once, n: 10, outputs: ["many-${draw}.png"]}
  again: {prompt: An earlier one, model: gpt-image-2, quality: high, revision: 1, outputs: [again.png]}
"""


def write_pictures(root: Path) -> None:
    """Write the pictures that the spec names."""
    size = (1024, 640)
    (root / "art").mkdir()
    photo = Image.linear_gradient("L").resize(size)
    Image.merge("RGB", (photo, photo.rotate(180), photo)).save(root / "art/photo.png")
    arrows = Image.new("RGBA", size)
    ImageDraw.Draw(arrows).line((10, 10, 300, 300), fill="red", width=8)
    arrows.save(root / "art/arrows.png")
    sky = Image.new("L", size)
    sky.paste(255, (0, 0, 1024, 200))
    sky.save(root / "art/sky.png")
    hole = Image.new("RGBA", size, "black")
    hole.paste((0, 0, 0, 0), (500, 300, 600, 400))
    hole.save(root / "art/hole.png")
    for at in range(15):
        Image.new("RGB", (64, 64), (at * 16, 0, 0)).save(root / f"art/{at}.png")


class Built:
    """The spec, built once, and what was asked for it."""

    def __init__(self, fake, paid, ended) -> None:
        self.fake = fake
        self.paid = paid
        self.ended = ended

    def asked(self, words: str):
        """Return the first request whose prompt has these words."""
        return next(each for each in self.fake.requests if words in each.prompt)

    def output(self, name: str) -> Image.Image:
        """Return a file of the target."""
        data = (self.paid.root / "site" / name).read_bytes()
        made = Image.open(io.BytesIO(data))
        made.load()
        return made


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """Return the spec, built."""
    from paidlab import Paid

    with FakeApi() as fake:
        paid = Paid(tmp_path_factory.mktemp("parameters"), fake, lambda: None)
        write_pictures(paid.root)
        many = ", ".join(f"{{file: art/{at}.png}}" for at in range(15))
        paid.write(ASSETS.replace("MANY", many))
        ended = paid.run("build", "--max-cost", "100")
        assert ended.code == 0, ended.err
        yield Built(fake, paid, ended)
        paid.assert_books_are_right()
        paid.assert_key_is_nowhere()


def test_every_request_was_valid_and_made_once(built) -> None:
    """Twenty requests, each answered; a second build makes none."""
    assert [each.status for each in built.fake.requests] == [200] * 20
    again = built.paid.run("build", "--max-cost", "100")
    assert (again.code, "up to date" in again.err) == (0, True), again.err
    assert built.fake.posts == 20


def test_generations_go_out_as_json_with_values_of_their_types(built) -> None:
    """Numbers are numbers; what the spec does not say is not sent."""
    seen = built.asked("A small file")
    assert seen.headers["content-type"] == "application/json"
    assert seen.fields == {
        "model": "gpt-image-2.6-flare",
        "prompt": "A small file",
        "size": "1024x640",
        "quality": "low",
        "output_format": "webp",
        "output_compression": 70,
    }


def test_each_level_of_quality_and_complexity_is_sent(built) -> None:
    """As far as the model has it."""
    best = built.asked("The best of all").fields
    assert (best["quality"], best["complexity"]) == ("max", "high")
    assert (best["moderation"], best["background"]) == ("low", "auto")
    finer = built.asked("A finer one").fields
    assert (finer["model"], finer["quality"]) == ("gpt-image-2.5-sunburst", "xhigh")
    assert built.asked("An earlier one").fields["quality"] == "high"
    left_open = built.asked("All is open").fields
    assert (left_open["size"], left_open["quality"]) == ("auto", "auto")


def test_moderation_reaches_edits(built) -> None:
    """The library has no argument for it there."""
    seen = built.asked("A gentle edit")
    assert (seen.endpoint, seen.fields["moderation"]) == ("edits", "low")


def test_fidelity_reaches_the_models_that_have_it(built) -> None:
    """And only the request that says so."""
    seen = built.asked("A faithful edit")
    assert seen.fields["input_fidelity"] == "high"
    named = [e for e in built.fake.requests if "input_fidelity" in e.fields]
    assert named == [seen]


def test_further_parameters_pass_through(built) -> None:
    """`params` is for what the table does not have."""
    seen = built.asked("Further words for the service")
    assert seen.fields["safety_identifier"] == "somebody"


def test_gif_and_svg_are_published_as_they_came(built) -> None:
    """The answer's bytes are the file's."""
    seen = built.asked("A moving one")
    assert (seen.fields["frame_count"], seen.fields["frame_duration_ms"]) == (3, 120)
    moving = built.output("moving.gif")
    assert (moving.n_frames, moving.info["duration"]) == (3, 120)
    digests = set(built.paid.store.digests())
    from hashlib import sha256

    for name in ("moving.gif", "vector.svg"):
        data = (built.paid.root / "site" / name).read_bytes()
        assert sha256(data).hexdigest() in digests
    assert built.asked("A vector drawing").fields["output_format"] == "svg"


def test_variations_without_words_have_a_prompt_of_ours(built) -> None:
    """Three in one request, of one picture."""
    (seen,) = [e for e in built.fake.requests if e.fields.get("n") == "3"]
    assert (seen.endpoint, len(seen.files)) == ("edits", 1)
    assert len(seen.prompt) > 20
    assert len(list((built.paid.root / "site").glob("relative-*.png"))) == 3


def mask_of(request) -> Image.Image:
    """Return the alpha that was sent: 0 edit, 255 keep."""
    return Image.open(io.BytesIO(request.file("mask").data)).getchannel("A")


def test_extending_pads_and_masks_in_one_go(built) -> None:
    """The canvas is as large as asked, the new area may be drawn, the old is kept."""
    seen = built.asked("The same beach, wider")
    assert seen.fields["size"] == "1536x704"
    assert seen.inputs[0].size == (1536, 704)
    assert seen.mask_clear_box == (0, 0, 1536, 704)
    alpha = mask_of(seen)
    assert (alpha.getpixel((10, 10)), alpha.getpixel((1023, 639))) == (255, 255)
    assert (alpha.getpixel((1024, 10)), alpha.getpixel((10, 640))) == (0, 0)
    wider = built.output("wider.png").convert("RGB")
    photo = Image.open(built.paid.root / "art/photo.png")
    assert wider.size == (1536, 704)
    assert wider.crop((0, 0, 1024, 640)).tobytes() == photo.tobytes()


def test_markup_goes_beside_the_first_picture(built) -> None:
    """A PNG with alpha under its own name, and no mask."""
    seen = built.asked("Follow the arrows")
    assert [each.field for each in seen.files] == ["image", "markup"]
    assert seen.file("markup").name == "markup.png"


def test_shapes_are_what_may_change(built) -> None:
    """Alpha 0 inside the shape, grown; the other way round with `invert`."""
    assert built.asked("Another door").mask_clear_box == (90, 40, 310, 360)
    around = mask_of(built.asked("Another wall"))
    assert (around.getpixel((512, 320)), around.getpixel((5, 5))) == (255, 0)


def test_the_named_colour_may_change(built) -> None:
    """`edit: white` is the white part; `feather` is never in what is sent."""
    seen = built.asked("Another sky")
    assert seen.mask_clear_box == (0, 0, 1024, 200)
    assert set(mask_of(seen).tobytes()) == {0, 255}


def test_transparent_pixels_may_change(built) -> None:
    """A picture's own alpha says it."""
    assert built.asked("Another hole").mask_clear_box == (500, 300, 600, 400)


@pytest.mark.parametrize("name", ["shaped", "coloured", "holed"])
def test_what_was_not_masked_is_put_back_bit_for_bit(built, name) -> None:
    """Outside the mask the file has the input's pixels."""
    photo = Image.open(built.paid.root / "art/photo.png").convert("RGB")
    made = built.output(f"{name}.png").convert("RGB")
    box = (0, 420, 1024, 640)
    assert made.crop(box).tobytes() == photo.crop(box).tobytes()
    assert made.tobytes() != photo.tobytes()


def test_outside_accept_takes_what_the_model_made(built) -> None:
    """Then nothing is put back."""
    photo = Image.open(built.paid.root / "art/photo.png").convert("RGB")
    made = built.output("around.png").convert("RGB")
    box = (480, 300, 544, 340)
    assert made.crop(box).tobytes() != photo.crop(box).tobytes()


def test_sixteen_pictures_go_out_in_order(built) -> None:
    """As the list of the spec has them, each with a name of its own."""
    seen = built.asked("All of them together")
    assert [each.field for each in seen.files] == ["image[]"] * 16
    files = [built.paid.root / "art" / f"{at}.png" for at in range(15)]
    assert [each.data for each in seen.inputs[1:]] == [f.read_bytes() for f in files]
    assert len({each.name for each in seen.files}) == 16


def test_ten_draws_are_one_request(built) -> None:
    """One request, ten pictures, ten files."""
    assert built.asked("Many at once").fields["n"] == 10
    assert len(list((built.paid.root / "site").glob("many-*.png"))) == 10


def test_a_revision_asks_again_for_the_same(built) -> None:
    """The same words twice over the wire, and two different pictures."""
    seen = [e for e in built.fake.requests if e.prompt == "An earlier one"]
    assert len(seen) == 2
    site = built.paid.root / "site"
    assert (site / "earlier.png").read_bytes() != (site / "again.png").read_bytes()


def test_authors_of_svg_are_nested_as_the_service_wants_it(project_at) -> None:
    """`params: {svg: {...}}`: an object in JSON, brackets in a form."""
    with FakeApi(svg_models=("an-author",)) as fake:
        project = project_at(fake)
        write_pictures(project.root)
        svg = "output_format: svg, params: {svg: {model: an-author, reasoning: {effort: low}}}"
        project.write(
            f"  a: {{prompt: A, {svg}, outputs: [a.svg]}}\n"
            f"  b: {{prompt: B, {svg}, inputs: [{{file: art/photo.png}}], outputs: [b.svg]}}\n"
        )
        ended = project.run()
        assert ended.code == 0, ended.err
        one, two = sorted(fake.requests, key=lambda each: each.prompt)
        assert one.fields["svg"] == {
            "model": "an-author",
            "reasoning": {"effort": "low"},
        }
        assert two.fields["svg[model]"] == "an-author"
        assert two.fields["svg[reasoning][effort]"] == "low"


def test_edits_are_streamed_as_well(project_at, fake) -> None:
    """With a mask, in a form; text for true."""
    project = project_at(fake)
    write_pictures(project.root)
    project.write(
        "  a: {prompt: A, inputs: [{file: art/photo.png}], "
        "mask: {file: art/hole.png}, outputs: [a.png]}\n"
    )
    ended, events = project.events("--partials", "3")
    assert ended.code == 0, ended.err
    (seen,) = fake.requests
    assert (seen.fields["stream"], seen.fields["partial_images"]) == ("true", "3")
    shown = [each for each in events.of("asset_progress") if each.get("partial")]
    assert len(shown) == 3


def test_what_cannot_be_streamed_is_asked_for_whole(project, fake) -> None:
    """Several pictures, gif, svg."""
    project.write(
        "  a: {prompt: A, n: 2, outputs: [a.png]}\n"
        "  b: {prompt: B, output_format: gif, outputs: [b.gif]}\n"
        "  c: {prompt: C, output_format: svg, outputs: [c.svg]}\n"
    )
    ended = project.run("build", "--partials", "3")
    assert ended.code == 0, ended.err
    assert all("stream" not in each.fields for each in fake.requests)


def test_the_old_endpoint_is_used_where_the_user_says_that_it_is_there(
    project_at,
) -> None:
    """A server of the user's configuration; without words to steer by."""
    with FakeApi(other=True, variations=True) as fake:
        project = project_at(fake)
        Image.new("RGB", (64, 64), "red").save(project.root / "square.png")
        project.config.write_text(
            f'[servers.old]\nbase_url = "{fake.base_url}"\nkey_env = "OPENAI_API_KEY"\n'
            "variations = true\n"
        )
        head = HEAD.replace(", size: 1024x640, quality: low", ", size: 256x256")
        head = head.replace("gpt-image-2.6-flare", "dall-e-2")
        project.write(
            "  a: {variations_of: {file: square.png}, n: 2, "
            "outputs: ['a-${draw}.png']}\n",
            head,
        )
        ended = project.run(
            "build", "--server", "old", "--assume-cost", "0.02", OPENAI_BASE_URL=None
        )
        assert ended.code == 0, ended.err
        (seen,) = fake.requests
        assert seen.endpoint == "variations"
        assert (seen.fields["n"], seen.fields["size"]) == ("2", "256x256")
        assert "prompt" not in seen.fields


def test_all_parameters_of_the_service_are_shown_here(built) -> None:
    """Between this spec and the repository's own none is left out."""
    seen = {name for each in built.fake.requests for name in each.fields}
    files = {file.field for each in built.fake.requests for file in each.files}
    for words in ("output_format: jpeg", "background: transparent"):
        assert words in ROOT_SPEC.read_text()
    assert seen >= {
        "prompt", "n", "size", "quality", "background", "output_format",
        "output_compression", "moderation", "input_fidelity", "complexity",
        "frame_count", "frame_duration_ms", "model",
    }  # fmt: skip
    assert files == {"image", "image[]", "mask", "markup"}
    assert not seen & {"response_format", "style", "seed"}
