"""From an answer to files, warnings and facts, through whole builds."""

from __future__ import annotations

import io
import json

import pytest
from buildings import build, made, options
from PIL import Image
from sketches import png

from assetgen import events, registry
from assetgen.cli.main import run as cli
from assetgen.errors import ExitCode, OutcomeUnknown, SpecInvalid
from assetgen.partials import FOLDER
from assetgen.providers.base import Drawing, Partial, Price
from assetgen.report.summary import Tally, progress_line
from assetgen.store import Store

HEAD = "version: 1\nprovider: scripted\nassets:\n"
SVG = (
    b'<svg xmlns="http://www.w3.org/2000/svg" width="20" height="10">'
    b'<path d="M0 0h8v8z"/></svg>'
)


class Scripted:
    """A paid provider that answers as it is told."""

    name = "scripted"
    version = "1"
    deterministic = False
    paid = True
    local = False
    labelled = False

    def __init__(self) -> None:
        self.answers: dict[str, list[Drawing] | Exception] = {}
        self.partials: list[Partial] = []
        self.seen_partials: list[str] = []
        self.orders: list[object] = []
        self.root = None

    def estimate(self, request, count, input_sizes=()):  # noqa: ARG002
        return Price(0.01 * count)

    def draw(self, order, count, on_progress):
        self.orders.append(order)
        for each in self.partials:
            on_progress(each)
            found = self.root.glob(f"{FOLDER}/*/*")
            self.seen_partials = sorted(path.name for path in found)
        answer = self.answers.get(order.request.prompt)
        if isinstance(answer, Exception):
            raise answer
        if answer is None:
            answer = [
                Drawing(data=png(16, 16, at), cost_usd=0.01) for at in range(count)
            ]
        return answer


@pytest.fixture(autouse=True)
def provider(monkeypatch, tmp_path):
    """Return a provider that specs may name."""
    found = Scripted()
    found.root = tmp_path
    monkeypatch.setitem(registry.BUILT_IN, "scripted", lambda *_: found)
    return found


def run(root, assets, **more):
    """Build a spec with these assets."""
    (root / "assets.yaml").write_text(HEAD + assets)
    return build(options(root, **more))


def warnings(heard):
    """Return the warnings of a build: code, line, message."""
    found = [each.diagnostic for each in heard.of(events.DiagnosticEvent)]
    return [
        (each.code, each.excerpt.span.line if each.excerpt else None, each.message)
        for each in found
        if each.severity == "warning"
    ]


def gif(frames: int = 3) -> bytes:
    """Return an animation."""
    pictures = [Image.new("RGB", (20, 10), (40 * at, 9, 9)) for at in range(frames)]
    file = io.BytesIO()
    pictures[0].save(file, "GIF", save_all=True, append_images=pictures[1:])
    return file.getvalue()


# --- differences --------------------------------------------------------------


def test_another_size_than_asked_is_a_warning_and_not_a_failure(tmp_path, provider):
    """At the line that asked, once; the file has the size that came."""
    provider.answers["One"] = [Drawing(data=png(8, 8, 1), cost_usd=0.01)]
    assets = "  a:\n    prompt: One\n    size: 1024x1024\n    outputs: [a.png]\n"
    code, heard = run(tmp_path, assets)
    assert code is ExitCode.DONE
    assert warnings(heard) == [
        ("other-size", 6, "a: asked for 1024x1024, and 8x8 came")
    ]
    with Image.open(tmp_path / "assets/a.png") as picture:
        assert picture.size == (8, 8)
    _, again = run(tmp_path, assets)
    assert warnings(again) == []


def test_a_check_makes_the_difference_an_error(tmp_path, provider):
    """The draw is kept."""
    provider.answers["One"] = [Drawing(data=png(8, 8, 1), cost_usd=0.01)]
    code, _ = run(
        tmp_path, "  a: {prompt: One, size: 1024x1024, checks: {size: 1024x1024}}\n"
    )
    assert code is ExitCode.SOME_FAILED
    assert len(list(Store(tmp_path / ".assetgen/store").digests())) == 1


def test_a_cost_that_nobody_named_is_an_estimate_everywhere(tmp_path, provider):
    """In the event, the warning and the sum."""
    provider.answers["One"] = [
        Drawing(data=png(8, 8, 1), cost_usd=0.01, cost_estimated=True)
    ]
    _, heard = run(tmp_path, "  a: {prompt: One, outputs: [a.png]}\n")
    (banked,) = heard.of(events.DrawBanked)
    assert banked.cost_estimated
    assert [code for code, *_ in warnings(heard)] == ["cost-estimated"]
    ledger = (tmp_path / ".assetgen/ledger.jsonl").read_text().splitlines()
    assert json.loads(ledger[-1])["cost"] == "estimate"


def test_kept_bytes_of_another_format_are_not_written_under_a_wrong_name(
    tmp_path, provider
):
    """`metadata: keep` writes what came, so what came must be what the path says."""
    provider.answers["One"] = [Drawing(data=png(8, 8, 1), cost_usd=0.01)]
    code, heard = run(
        tmp_path,
        "  a:\n    prompt: One\n    output_format: webp\n"
        "    outputs: [{path: a.webp, metadata: keep}]\n",
    )
    assert code is ExitCode.SOME_FAILED
    (failed,) = heard.of(events.AssetFailed)
    assert "webp was asked for, and the picture came as png" in failed.message
    assert not (tmp_path / "assets/a.webp").exists()


# --- masks --------------------------------------------------------------------

MASKED = """\
  a:
    prompt: Change
    inputs: [{file: art/in.png}]
    mask: {rect: [0, 0, 8, 16]}
    outputs: [a.png]
"""


def write_input(root, width=16, height=16):
    """Write a grey picture of the repository."""
    (root / "art").mkdir(exist_ok=True)
    grey = Image.new("RGBA", (width, height), (90, 90, 90, 255))
    grey.save(root / "art/in.png")


def drifted(width=16, height=16) -> bytes:
    """Return an answer that changed a quarter of the kept right half."""
    picture = Image.new("RGBA", (width, height), (90, 90, 90, 255))
    picture.paste((250, 0, 0, 255), (0, 0, width * 5 // 8, height))
    file = io.BytesIO()
    picture.save(file, "PNG")
    return file.getvalue()


def test_what_a_draw_changed_outside_its_mask_is_told(tmp_path, provider):
    """As a share of the kept pixels; the file has none of it."""
    write_input(tmp_path)
    provider.answers["Change"] = [Drawing(data=drifted(), cost_usd=0.01)]
    _, heard = run(tmp_path, MASKED)
    (finished,) = heard.of(events.AssetFinished)
    assert finished.put_back_share == pytest.approx(0.25)
    with Image.open(tmp_path / "assets/a.png") as picture:
        assert picture.convert("RGB").getpixel((9, 5)) == (90, 90, 90)
        assert picture.convert("RGB").getpixel((7, 5)) == (250, 0, 0)


def test_a_later_build_knows_it_too(tmp_path, provider):
    """It is a fact about the draw, and asked for again when the file is made again."""
    write_input(tmp_path)
    provider.answers["Change"] = [Drawing(data=drifted(), cost_usd=0.01)]
    run(tmp_path, MASKED)
    (tmp_path / "assets/a.png").unlink()
    _, heard = run(tmp_path, MASKED)
    (finished,) = heard.of(events.AssetFinished)
    assert finished.action == "restore"
    assert finished.put_back_share == pytest.approx(0.25)


def test_an_intermediate_is_looked_at_when_it_is_drawn(tmp_path, provider):
    """No file of its own is made from it, but the report says what it did."""
    write_input(tmp_path)
    provider.answers["Change"] = [Drawing(data=drifted(), cost_usd=0.01)]
    code, heard = run(tmp_path, MASKED.replace("    outputs: [a.png]\n", ""))
    assert code is ExitCode.DONE
    (finished,) = heard.of(events.AssetFinished)
    assert finished.put_back_share == pytest.approx(0.25)


def test_an_edit_of_another_size_is_put_back_all_the_same(tmp_path, provider):
    """Resized to its input, with a warning."""
    write_input(tmp_path)
    provider.answers["Change"] = [Drawing(data=drifted(64, 64), cost_usd=0.01)]
    code, heard = run(tmp_path, MASKED)
    assert code is ExitCode.DONE
    ((kind, line, message),) = warnings(heard)
    assert (kind, line) == ("other-size", 7)
    assert "64x64 came, and is resized to the 16x16" in message
    with Image.open(tmp_path / "assets/a.png") as picture:
        assert picture.size == (16, 16)
        assert picture.convert("RGB").getpixel((12, 5)) == (90, 90, 90)


# --- gif and svg --------------------------------------------------------------


def test_a_gif_goes_out_as_it_came(tmp_path, provider):
    """With all its frames; another format shows the first one."""
    data = gif()
    provider.answers["Turn"] = [Drawing(data=data, cost_usd=0.01)]
    code, _ = run(
        tmp_path,
        "  a:\n    prompt: Turn\n    output_format: gif\n"
        "    outputs: [a.gif, a.png, {path: small.gif, width: 10}]\n",
    )
    assert code is ExitCode.DONE
    files = made(tmp_path)
    assert files["assets/a.gif"] == data
    with Image.open(tmp_path / "assets/a.png") as first:
        assert first.size == (20, 10)
    with Image.open(tmp_path / "assets/small.gif") as small:
        assert (small.size, small.n_frames) == ((10, 5), 1)


def test_an_svg_goes_out_as_it_came(tmp_path, provider):
    """And the manifest says how large it is."""
    provider.answers["Logo"] = [Drawing(data=SVG, cost_usd=0.01)]
    code, heard = run(
        tmp_path,
        "  a: {prompt: Logo, output_format: svg, outputs: [a.svg],"
        " checks: {max_bytes: 9999}}\n",
    )
    assert code is ExitCode.DONE
    assert warnings(heard) == []
    assert made(tmp_path)["assets/a.svg"] == SVG
    manifest = json.loads(made(tmp_path)["assets/assetgen.manifest.json"])
    row = manifest["files"]["a.svg"]
    assert (row["format"], row["width"], row["height"]) == ("svg", 20, 10)


def test_an_svg_that_does_more_than_draw_is_not_published(tmp_path, provider):
    """Its asset fails, and the draw is kept."""
    live = SVG.replace(b"</svg>", b"<script>alert(1)</script></svg>")
    provider.answers["Logo"] = [Drawing(data=live, cost_usd=0.01)]
    assets = "  a: {prompt: Logo, output_format: svg, outputs: [a.svg%s]}\n"
    for output in (
        assets % "",
        assets.replace("a.svg%s", "{path: a.svg, metadata: keep}"),
    ):
        code, heard = run(tmp_path, output)
        assert code is ExitCode.SOME_FAILED
        (failed,) = heard.of(events.AssetFailed)
        assert "`script`" in failed.message
        assert not (tmp_path / "assets/a.svg").exists()
    assert len(provider.orders) == 1


def test_a_picture_of_pixels_does_not_become_an_svg(tmp_path):
    """Nor is it written under that name."""
    code, heard = run(
        tmp_path, "  a: {prompt: Logo, output_format: svg, outputs: [a.svg]}\n"
    )
    assert code is ExitCode.SOME_FAILED
    (failed,) = heard.of(events.AssetFailed)
    assert "the picture came as png" in failed.message


@pytest.mark.parametrize(
    ("rest", "said"),
    [
        ("outputs: [a.png]", "cannot become png"),
        ("outputs: [{path: a.svg, width: 10}]", "`width`"),
        ("outputs: [{path: a.svg, process: [invert]}]", "`process`"),
        ("outputs: [a.svg], process: [trim]", "`trim`"),
        ("outputs: [a.svg], checks: {alpha: required}", "`alpha`"),
        (
            "outputs: [a.svg], inputs: [{file: art/in.png}], mask: {rect: [0, 0, 8, 8]}",
            "put back",
        ),
    ],
)
def test_what_needs_pixels_of_an_svg_is_a_mistake_of_the_spec(
    tmp_path, provider, rest, said
):
    """Nothing is asked for, let alone paid."""
    write_input(tmp_path)
    with pytest.raises(SpecInvalid) as caught:
        run(tmp_path, f"  a: {{prompt: Logo, output_format: svg, {rest}}}\n")
    assert any(said in each.message for each in caught.value.diagnostics)
    assert provider.orders == []


USERS = {
    "inputs": "prompt: Two, inputs: [a]",
    "variations_of": "variations_of: a",
    "layers": "layers: [{image: a}], canvas: 8x8",
    "mask": "prompt: Two, inputs: [{file: art/in.png}], mask: a",
    "glob": "prompt: Two, inputs: ['a*']",
    "frames": "sheet: {frames: [a]}",
}


@pytest.mark.parametrize("user", USERS.values(), ids=USERS)
def test_no_asset_can_use_the_pixels_of_an_svg(tmp_path, user):
    """Whichever of the two is written first or changed last."""
    write_input(tmp_path)
    assets = f"  b: {{{user}}}\n  a: {{prompt: Logo%s}}\n"
    with pytest.raises(SpecInvalid) as caught:
        run(tmp_path, assets % ", output_format: svg")
    assert any("drawn as SVG" in each.message for each in caught.value.diagnostics)
    if user != USERS["frames"] and user != USERS["mask"]:
        run(tmp_path, assets % "")
        with pytest.raises(SpecInvalid):
            run(tmp_path, assets % ", output_format: svg")


# --- on the way ---------------------------------------------------------------


def test_partials_are_shown_while_they_count(tmp_path, provider):
    """Each is a file for a while and an event; none of them is a draw."""
    provider.partials = [
        Partial(png(8, 8, 7), 1, 3),
        Partial(b"<script>", 2, 3),
        Partial(png(8, 8, 9), 3, 3),
    ]
    _, heard = run(tmp_path, "  a: {prompt: One, outputs: [a.png]}\n")
    said = [(each.message, each.partial) for each in heard.of(events.AssetProgress)]
    (key,) = {each.key for each in heard.of(events.DrawBanked)}
    assert [each for each in said if each[1]] == [
        ("partial 1 of 3", f"{FOLDER}/{key[:16]}/1.png"),
        ("partial 3 of 3", f"{FOLDER}/{key[:16]}/3.png"),
    ]
    assert provider.seen_partials == ["1.png", "3.png"]
    assert not list(tmp_path.glob(f"{FOLDER}/*"))
    assert len(list(Store(tmp_path / ".assetgen/store").digests())) == 1


def test_partials_of_a_failed_draw_go_too(tmp_path, provider):
    """And what a killed build left goes with the next."""
    left = tmp_path / FOLDER / "0123456789abcdef/1.png"
    left.parent.mkdir(parents=True)
    left.write_bytes(png(8, 8, 1))
    provider.partials = [Partial(png(8, 8, 7), 1, 1)]
    provider.answers["One"] = OutcomeUnknown("no answer")
    run(tmp_path, "  a: {prompt: One, outputs: [a.png]}\n")
    assert provider.seen_partials == ["1.png"]
    assert not list(tmp_path.glob(f"{FOLDER}/*"))


def test_an_unusable_answer_is_told_with_the_name_of_its_bytes(tmp_path, provider):
    """In the event that names the price, too; the next build names it again."""
    page = b"<html>bad gateway</html>"
    provider.answers["One"] = OutcomeUnknown("unexpected answer", answer=page)
    assets = "  a: {prompt: One, outputs: [a.png]}\n"
    for _ in range(2):
        _, heard = run(tmp_path, assets)
        (unknown,) = heard.of(events.UnknownOutcome)
        assert unknown.message.startswith("unexpected answer (kept as ")
    (digest,) = Store(tmp_path / ".assetgen/store").digests()
    assert digest[:12] in unknown.message
    assert len(provider.orders) == 1


# --- in words -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("share", "words"),
    [
        (None, ""),
        (0.0, ""),
        (0.004, "; less than 1 % of the pixels outside the mask had changed, put back"),
        (0.342, "; 34 % of the pixels outside the mask had changed, put back"),
        (1.0, "; 100 % of the pixels outside the mask had changed, put back"),
    ],
)
def test_the_share_is_told_where_there_is_one(share, words):
    """In the line that says that an asset is done."""
    tally = Tally()
    tally.take(
        events.PlanEvent(
            assets=1, draws=1, estimate_usd=None, by_action={}, to_do=("a",)
        )
    )
    event = events.AssetFinished(asset="a", action="draw", put_back_share=share)
    tally.take(event)
    assert progress_line(tally, event) == f"[1/1] a: drawn{words}"


def test_show_tells_it_of_each_draw(tmp_path, provider, monkeypatch, capfd):
    """As far as a build saw it: of the second draw no file was made."""
    write_input(tmp_path)
    two = [Drawing(data=drifted(), cost_usd=0.01), Drawing(data=png(16, 16, 4))]
    provider.answers["Change"] = two
    run(tmp_path, MASKED + "    n: 2\n")
    monkeypatch.chdir(tmp_path)
    assert cli(["show", "a"]) == 0
    lines = capfd.readouterr().out.splitlines()
    first, second = lines[lines.index("draws") + 1 :][:2]
    assert first.endswith(
        "picked; 25 % of the pixels outside the mask had changed, put back"
    )
    assert second.split()[0] == "2"
    assert len(second.split()) == 2
    assert cli(["show", "a", "--format", "json"]) == 0
    assert json.loads(capfd.readouterr().out)["put_back"] == [0.25, None]
