"""Sizes are followed through the graph as far as the spec settles them."""

from __future__ import annotations

import contextlib
import io

import pytest
from PIL import Image

from assetgen import project
from assetgen.cli import main
from assetgen.cli.console import Console
from assetgen.identify import flatten
from assetgen.measures import Measures
from assetgen.model import (
    Asset,
    AssetName,
    AssetRef,
    Drawn,
    Extend,
    FileRef,
    FileSource,
    GlobRef,
    Layers,
    Length,
    Mask,
    Refs,
    ShapeMask,
    Size,
    Step,
)
from assetgen.requests import Request
from assetgen.spans import Place

FILES = {"wide.png": Size(1200, 800)}
MASK = Mask(area=ShapeMask("rect", (Length(0), Length(0), Length(9), Length(9))))
SQUARE = Size(1024, 1024)


def asset(name: str, source, *steps: Step) -> Asset:
    """Return an asset."""
    place = Place("assets.yaml", ("assets", name))
    return Asset(name=AssetName(name), place=place, source=source, process=steps)


def drawn(*inputs: str | Refs, size: Size | None = SQUARE, **more) -> Drawn:
    """Return a request; names stand for assets."""
    refs = tuple(AssetRef(AssetName(i)) if isinstance(i, str) else i for i in inputs)
    return Drawn(
        operation="edit" if refs else "generate",
        provider="openai",
        prompt="A",
        params=() if size is None else (("size", str(size)),),
        pixel_size=size,
        inputs=refs,
        **more,
    )


def measures(*assets: Asset) -> Measures:
    """Return the measures of some assets; a glob stands for all of them."""
    names = {each.name: each for each in assets}
    return Measures(names, FILES.get, lambda _: tuple(names))


@pytest.mark.parametrize(
    ("source", "size"),
    [
        (drawn(), SQUARE),
        (drawn(size=None), None),
        (FileSource("wide.png"), Size(1200, 800)),
        (FileSource("gone.png"), None),
        (Layers((), Size(7, 9)), Size(7, 9)),
        (Layers(()), None),
        (drawn(FileRef("wide.png")), SQUARE),
        (drawn(FileRef("wide.png"), mask=MASK), Size(1200, 800)),
        (drawn(FileRef("wide.png"), mask=MASK, outside="accept"), SQUARE),
        (drawn(FileRef("wide.png"), mask=MASK, stated=("size",)), Size(1200, 800)),
        (drawn(FileRef("wide.png"), extend=Extend(right=Length(3))), Size(1203, 800)),
        (drawn(FileRef("gone.png"), extend=Extend(right=Length(3))), None),
    ],
)
def test_a_picture_is_as_large_as_its_source_makes_it(source, size):
    """Of a drawn one that is what is asked for, or what pixels are put back into."""
    only = asset("a", source)
    assert measures(only).size(only.name) == size


def test_steps_change_the_size_and_trimming_ends_all_knowledge():
    """Arithmetic until only pixels can tell."""
    turned = asset("a", FileSource("wide.png"), Step("rotate", {"degrees": 90}))
    trimmed = asset("b", FileSource("wide.png"), Step("trim", {}))
    sizes = measures(turned, trimmed)
    assert sizes.size(turned.name) == Size(800, 1200)
    assert sizes.size(trimmed.name) is None


@pytest.mark.parametrize(
    ("source", "size", "inputs"),
    [
        (drawn(), SQUARE, ()),
        (drawn(FileRef("wide.png")), SQUARE, (Size(1200, 800),)),
        (drawn(FileRef("wide.png"), size=None), None, (Size(1200, 800),)),
        (drawn(FileRef("wide.png"), mask=MASK), Size(1200, 800), (Size(1200, 800),)),
        (drawn(FileRef("gone.png"), mask=MASK), None, (None,)),
        (
            drawn(FileRef("wide.png"), mask=MASK, stated=("size",)),
            SQUARE,
            (Size(1200, 800),),
        ),
        (
            drawn(FileRef("wide.png"), mask=MASK, outside="accept"),
            SQUARE,
            (Size(1200, 800),),
        ),
        (
            drawn(
                FileRef("wide.png"),
                FileRef("wide.png"),
                extend=Extend(right=Length(3)),
                outside="accept",
                stated=("size",),
            ),
            Size(1216, 800),
            (Size(1216, 800), Size(1200, 800)),
        ),
    ],
)
def test_masked_requests_ask_for_the_size_of_what_they_edit(source, size, inputs):
    """What `defaults` say of sizes does not count where pixels are put back."""
    only = asset("a", source)
    sizes = measures(only)
    assert sizes.request_size(only) == size
    assert sizes.input_sizes(only) == inputs
    request = Request(
        operation="edit",
        provider="openai",
        model=None,
        prompt="A",
        params=source.params,
    )
    asked = dict(sizes.as_asked(only, request).params).get("size")
    open_size = "auto" if source.takes_size_of_input else None
    assert asked == (str(size) if size is not None else open_size)


def test_globs_are_expanded_in_order():
    """Sixteen inputs have sixteen sizes, wherever the names come from."""
    glob = GlobRef("*")
    first, second = asset("a", FileSource("wide.png")), asset("b", drawn())
    both = asset("c", drawn(glob, mask=MASK))
    sizes = Measures(
        {each.name: each for each in (first, second, both)},
        FILES.get,
        lambda _: (first.name, second.name),
    )
    assert sizes.input_sizes(both) == (Size(1200, 800), SQUARE)
    assert sizes.request_size(both) == sizes.size(both.name) == Size(1200, 800)
    assert sizes.ref_size(glob) is None


def test_a_chain_of_ten_thousand_pictures_has_a_size():
    """The walk has a stack of its own; globs count as links, too."""
    chain = [asset("a0", drawn(FileRef("wide.png"), mask=MASK))]
    for at in range(1, 10_000):
        source = drawn(f"a{at - 1}", mask=MASK)
        chain.append(asset(f"a{at}", source))
    names = {each.name: each for each in chain}
    for each in (chain[-1], chain[5]):
        sizes = Measures(names, FILES.get, lambda _: ())
        assert sizes.size(each.name) == Size(1200, 800)
    globs = [chain[0]]
    globs += [
        asset(f"a{at}", drawn(GlobRef(f"a{at - 1}"), mask=MASK))
        for at in range(1, 3_000)
    ]
    names = {each.name: each for each in globs}
    sizes = Measures(names, FILES.get, lambda glob: (AssetName(glob),))
    assert sizes.size(globs[-1].name) == Size(1200, 800)


def test_a_size_that_cannot_be_made_is_told_once():
    """However often it is asked for."""
    source = drawn(FileRef("wide.png"), extend=Extend(to=Size(100, 100)))
    only = asset("a", source)
    sizes = measures(only)
    for _ in range(2):
        assert sizes.size(only.name) is None
        assert sizes.input_sizes(only) == (None,)
    (problem,) = sizes.problems
    assert problem.code == "bad-extend"
    assert problem.place == only.place.at("extend")


# --- what is sent -----------------------------------------------------------------


def run(folder, *words):
    """Run a command in this process; return code, stdout and stderr."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.chdir(folder):
        code = main.run(words, Console({}, out, err))
    return code, out.getvalue(), err.getvalue()


SPEC = """\
version: 1
provider: placeholder
defaults: {size: 64x64}
assets:
  base: {prompt: A field, size: 96x48, outputs: [base.png]}
  masked:
    inputs: [base]
    mask: {rect: [0, 0, 20, 20]}
    prompt: A tree
    outputs: [masked.png]
  accepted:
    inputs: [base]
    mask: {rect: [0, 0, 20, 20]}
    outside: accept
    prompt: A tree
    outputs: [accepted.png]
  extended:
    inputs: [base]
    extend: {right: 5}
    prompt: More field
    outputs: [extended.png]
  marked:
    inputs: [base]
    markup: {file: arrows.png}
    prompt: A tree where the arrow points
    outputs: [marked.png]
"""


def orders(folder, monkeypatch):
    """Build, and return the orders that went out, by asset."""
    from assetgen.providers.placeholder import PlaceholderProvider

    found = {}
    kept = PlaceholderProvider.draw

    def draw(self, order, count, on_progress):
        found[order.asset] = order
        return kept(self, order, count, on_progress)

    monkeypatch.setattr(PlaceholderProvider, "draw", draw)
    code, _, said = run(folder, "build")
    assert code == 0, said
    return found


def test_orders_ask_for_what_was_planned(tmp_path, monkeypatch):
    """The mask, the markup and the first input are of one size, and so is the answer."""
    (tmp_path / "assets.yaml").write_text(SPEC)
    marks = Image.new("RGBA", (96, 48))
    marks.paste((255, 0, 0, 255), (0, 0, 9, 9))
    marks.save(tmp_path / "arrows.png")
    planned = project.make(project.Options(root=tmp_path))
    planned.world.memo.close()
    sent = orders(tmp_path, monkeypatch)
    sizes = {name: order.pixel_size for name, order in sent.items()}
    assert sizes == {
        "base": Size(96, 48),
        "masked": Size(96, 48),
        "accepted": Size(64, 64),
        "extended": Size(112, 48),
        "marked": Size(64, 64),
    }
    for name, order in sent.items():
        each = planned.loaded.assets[AssetName(name)]
        going_out = tuple(Size(i.width, i.height) for i in order.inputs)
        assert planned.snapshot.input_sizes(each) == going_out
        asked = planned.snapshot.as_asked(each, order.request)
        assert dict(asked.params)["size"] == str(order.pixel_size)
        assert asked == order.as_asked
        view = planned.knowledge
        assert isinstance(each.source, Drawn)
        assert len(flatten(each.source.inputs, view)) == len(order.inputs)
    with Image.open(io.BytesIO(sent["marked"].markup)) as markup:
        assert (markup.mode, markup.size) == ("RGBA", (96, 48))
        assert markup.getpixel((2, 2)) == (255, 0, 0, 255)
    assert {name for name, order in sent.items() if order.markup} == {"marked"}
    made = {path.name: picture_size(path) for path in tmp_path.glob("assets/*.png")}
    assert made["extended.png"] == (101, 48)
    assert made["masked.png"] == (96, 48)


def picture_size(path) -> tuple[int, int]:
    """Return a file's width and height."""
    with Image.open(path) as picture:
        return picture.size


def test_what_becomes_of_the_outside_costs_no_new_draw(tmp_path):
    """Who looks at `outside: accept` has paid for that picture already."""
    lines = SPEC.splitlines(keepends=True)
    spec = "".join(lines[: lines.index("  accepted:\n")])
    (tmp_path / "assets.yaml").write_text(spec)
    assert run(tmp_path, "build")[0] == 0
    accepting = spec.replace(
        "    prompt: A tree", "    outside: accept\n    prompt: A tree"
    )
    (tmp_path / "assets.yaml").write_text(accepting)
    code, out, _ = run(tmp_path, "plan")
    assert code == 0
    assert "to draw" not in out
