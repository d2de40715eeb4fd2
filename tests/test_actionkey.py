"""One walk, two sinks: the key changes exactly when the explanation does."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from assetgen import actionkey
from assetgen.actionkey import KeySink, PartsSink, request_key, request_parts
from assetgen.changes import compare_parts
from assetgen.digest import Identity
from assetgen.model import Extend, Length, Mask, ShapeMask, Size
from assetgen.requests import Request
from assetgen.values import replace

texts = st.text(max_size=6)
values = st.one_of(st.none(), st.booleans(), st.integers(-9, 9), texts)
params = st.dictionaries(texts, values, max_size=3)
requests = st.builds(
    Request,
    operation=st.sampled_from(["generate", "edit", "vary"]),
    provider=texts,
    provider_version=texts,
    model=st.one_of(st.none(), texts),
    prompt=texts,
    params=params.map(lambda found: tuple(sorted(found.items()))),
    inputs=st.lists(texts, max_size=3).map(tuple),
    mask=st.one_of(st.none(), texts),
    revision=st.integers(0, 3),
    label=texts,
)
IDENTITY = Identity("1" * 64)


@given(requests, requests)
def test_keys_differ_exactly_when_the_explanations_do(one, two):
    """Nothing enters the key that `why` could not show, and nothing shown is left out."""
    same = request_parts(one) == request_parts(two)
    assert (request_key(one) == request_key(two)) == same
    assert bool(compare_parts(request_parts(one), request_parts(two))) != same


@given(
    requests, st.sampled_from(["prompt", "provider", "model", "label", "mask"]), texts
)
def test_changing_one_part_changes_the_key(request, name, value):
    """Unless the part means the same: no model is an empty model."""
    changed = replace(request, **{name: value})
    meant = getattr(request, name)
    same = meant == value or (name == "model" and (meant or "") == value)
    assert (request_key(request) == request_key(changed)) == same


@given(requests, st.one_of(st.none(), texts))
def test_moderation_is_sent_and_not_hashed(request, level):
    """A stricter filter draws no other picture."""
    assert request_key(replace(request, moderation=level)) == request_key(request)


@given(
    st.lists(st.tuples(texts, texts), max_size=5),
    st.lists(st.tuples(texts, texts), max_size=5),
)
def test_neighbouring_parts_are_kept_apart(one, two):
    """Lengths go first, so that no two lists of parts hash the same bytes."""
    sinks = KeySink(), KeySink()
    for sink, parts in zip(sinks, (one, two), strict=True):
        for name, value in parts:
            sink.put(name, value)
    assert (sinks[0].hexdigest() == sinks[1].hexdigest()) == (one == two)


def test_the_key_of_a_known_request_never_changes_by_accident():
    """A changed walk would ask for every paid draw again: raise the key version then."""
    request = Request(
        operation="edit",
        provider="openai",
        model="gpt-image-1",
        prompt="A hat on the cat",
        params=(("quality", "low"), ("size", "1024x1024")),
        inputs=(IDENTITY,),
        mask="2" * 64,
        revision=1,
    )
    assert request_parts(request) == (
        ("key version", "1"),
        ("provider", "openai"),
        ("operation", "edit"),
        ("model", "gpt-image-1"),
        ("prompt", "A hat on the cat"),
        ("parameter quality", '"low"'),
        ("parameter size", '"1024x1024"'),
        ("input 1", "1" * 64),
        ("mask", "2" * 64),
        ("revision", "1"),
    )
    assert request_key(request) == (
        "f7a76bfd9ae3606f86363fc4d2dfe24a61b8de7dc957cf7c52847d0ec851e681"
    )


def test_an_image_without_steps_is_its_draw():
    """So that the raw bytes can go out with another request as they are."""
    assert actionkey.processed_identity(IDENTITY, (), lambda _: IDENTITY) == IDENTITY


def test_an_extension_makes_a_picture_and_a_mask():
    """Two identities from one walk, never the same."""
    extend = Extend(to=Size(64, 64))
    padded, mask = actionkey.extended_identities(extend, IDENTITY)
    assert len({padded, mask, IDENTITY}) == 3
    kept = actionkey.extended_draw_identity(IDENTITY, extend, IDENTITY, keep=True)
    accepted = actionkey.extended_draw_identity(IDENTITY, extend, IDENTITY, keep=False)
    assert kept != accepted


def test_feathering_is_no_part_of_the_mask_that_is_sent():
    """It only says how the answer is put back."""
    area = ShapeMask(
        "rect", (Length(0), Length(0), Length(50, percent=True), Length(9))
    )
    hard, soft = Mask(area=area), Mask(area=area, feather_px=4)
    one = actionkey.mask_identity(hard, lambda _: IDENTITY)
    assert one == actionkey.mask_identity(soft, lambda _: IDENTITY)
    back = [actionkey.put_back_identity(IDENTITY, IDENTITY, one, px) for px in (0, 4)]
    assert back[0] != back[1]


def test_the_parts_are_readable_as_they_are():
    """The other sink keeps names and values in the order of the walk."""
    sink = PartsSink()
    sink.put("a", "1")
    sink.put("b", "2")
    assert sink.parts == [("a", "1"), ("b", "2")]
