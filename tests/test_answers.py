"""What comes otherwise than asked is told, once, at the line that asked."""

from __future__ import annotations

import io

import pytest
from PIL import Image
from sketches import png
from worlds import asset, drawn

from assetgen.answers import notes_on, problems_of_notes
from assetgen.model import Extend, Length, Mask, ShapeMask, Size
from assetgen.providers.base import Drawing, InputPicture, Order
from assetgen.requests import Request

SHAPE = Mask(area=ShapeMask("rect", (Length(0), Length(0), Length(9), Length(9))))
INPUT = InputPicture(b"", "image/png", 32, 16)


def order(size: Size | None = None, *inputs: InputPicture, **params: str) -> Order:
    """Return what was sent."""
    request = Request(
        operation="generate",
        provider="paid",
        model="m",
        prompt="x",
        params=tuple(sorted(params.items())),
    )
    return Order(request=request, pixel_size=size, inputs=inputs)


def one(width: int = 16, height: int = 16, **more: object) -> Drawing:
    """Return a drawing of a size."""
    return Drawing(
        data=png(width, height, 1, hole=bool(more.pop("hole", False))), **more
    )


def told(sent: Order, *drawings: Drawing, count: int = 1, **source: object) -> list:
    """Return code, message and last key of the place of each note."""
    inputs = ("a",) if sent.inputs else ()
    notes = notes_on(
        asset("hero", drawn("x", *inputs, **source)), sent, drawings, count
    )
    return [(n.code, n.message, n.place.pointer[2:]) for n in notes]


def test_an_answer_as_asked_is_not_spoken_of():
    """Nor is one that was left to the provider."""
    assert told(order(Size(16, 16), output_format="png"), one()) == []
    assert told(order(None, quality="auto"), one(48, 16)) == []
    sent = order(None, background="transparent")
    assert told(sent, one(hole=True)) == []


def test_another_size_is_told_at_the_size():
    """Each difference once, however many draws have it."""
    found = told(order(Size(16, 16)), one(8, 8), one(8, 8), one(), count=3)
    assert found == [("other-size", "asked for 16x16, and 8x8 came", ("size",))]


@pytest.mark.parametrize(
    ("source", "key"),
    [({"mask": SHAPE}, "mask"), ({"extend": Extend(left=Length(8))}, "extend")],
)
def test_an_answer_that_is_put_back_must_fit_its_input(source, key):
    """It is resized to it, whatever size was asked for."""
    sent = order(Size(16, 16), INPUT)
    ((code, message, at),) = told(sent, one(16, 16), **source)
    assert (code, at) == ("other-size", (key,))
    assert "16x16 came" in message
    assert "32x16" in message
    assert told(sent, one(32, 16), **source) == []


def test_an_edit_that_is_taken_as_it_comes_may_have_any_size():
    """`outside: accept` without a size asks for none."""
    sent = order(None, INPUT)
    assert told(sent, one(16, 16), mask=SHAPE, outside="accept") == []


def test_another_format_is_told():
    """The bytes decide what it is."""
    ((code, message, at),) = told(order(output_format="webp"), one())
    assert (code, at) == ("other-format", ("output_format",))
    assert message.startswith("asked for webp, and png came")


def test_a_missing_background_is_found_by_looking():
    """The flag is a wish; only the pixels say what came of it. JPEG has none."""
    sent = order(background="transparent")
    jpeg = io.BytesIO()
    Image.new("RGB", (8, 8)).save(jpeg, "JPEG")
    for data in (png(8, 8, 1), jpeg.getvalue()):
        ((code, _, at),) = told(sent, Drawing(data=data))
        assert (code, at) == ("no-alpha", ("background",))


def test_more_than_asked_is_told_and_less_is_not():
    """Less is asked for again."""
    ((code, message, at),) = told(order(), one(), one(8, 8), count=1)
    assert (code, at) == ("other-count", ("n",))
    assert message.startswith("asked for 1 picture, and 2 came")
    assert told(order(), one(), count=3) == []


def test_a_cost_that_is_ours_is_told():
    """At the asset: no value of the spec is to blame."""
    ((code, _, at),) = told(order(), one(cost_usd=0.1, cost_estimated=True))
    assert (code, at) == ("cost-estimated", ())


def test_the_same_of_many_assets_is_one_warning():
    """It names some of them, and points at the first."""
    notes = [
        note
        for at in range(8)
        for note in notes_on(
            asset(f"a{at}", drawn("x")), order(Size(16, 16)), [one(8, 8)], 1
        )
    ]
    (problem,) = problems_of_notes([*notes, *notes])
    assert problem.message == (
        "a0, a1, a2, a3, a4 and 3 more: asked for 16x16, and 8x8 came"
    )
    assert problem.severity == "warning"
    assert problem.place is not None
    assert problem.place.pointer == ("assets", "a0", "size")
