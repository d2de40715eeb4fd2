"""Another name and other words: one asset, as far as that can be guessed."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from differing import change_of, diff_of, kinds_of
from hypothesis import given
from hypothesis import strategies as st

from assetgen.model import Asset, AssetName, AssetRef, Drawn, Output
from assetgen.pairing import guesses
from assetgen.spans import Place

LONG = "A small lighthouse on a rock, seen from the sea, at dawn"


def asset(name: str, prompt: str = "x", *, path: str = "", inputs: str = "") -> Asset:
    """Return an asset that is drawn."""
    return Asset(
        name=AssetName(name),
        place=Place("assets.yaml", ("assets", name)),
        source=Drawn(
            operation="edit" if inputs else "generate",
            provider="openai",
            prompt=prompt,
            inputs=tuple(AssetRef(AssetName(each)) for each in inputs.split()),
        ),
        outputs=(Output(target="t", path=path, format="png"),) if path else (),
    )


def spec(*assets: Asset) -> Any:
    """Return as much of a loaded spec as is looked at."""
    names = {each.name: each for each in assets}
    return SimpleNamespace(
        assets=names,
        graph=SimpleNamespace(names=tuple(names)),
        catalogue=SimpleNamespace(needs=names),
    )


def guessed(then: Any, now: Any) -> dict[str, tuple[str, str]]:
    """Return old name and reason by new name."""
    added = [name for name in now.assets if name not in then.assets]
    removed = [name for name in then.assets if name not in now.assets]
    return {
        new: (each.old, each.why) for new, each in _found(added, removed, now, then)
    }


def _found(added: Any, removed: Any, now: Any, then: Any) -> Any:
    return guesses(added, removed, now, then).items()


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        (asset("a", LONG), asset("b", LONG.replace("dawn", "dusk")), "like words"),
        (
            asset("a", "A hat", path="x.png"),
            asset("b", "A cap", path="x.png"),
            "same file",
        ),
        (
            asset("a", LONG, inputs="i"),
            asset("b", f"{LONG} light", inputs="i"),
            "like words",
        ),
        (asset("a", LONG, inputs="i"), asset("b", LONG, inputs="j"), None),
        (asset("a", LONG), asset("b", LONG, inputs="j"), None),
        (asset("a", LONG), asset("b", "A cow on a meadow, seen from behind"), None),
        (asset("a", "A red hat"), asset("b", "A red cap"), None),
        (asset("a", "A hat", path="x.png"), asset("b", "A cap", path="y.png"), None),
    ],
)
def test_what_speaks_for_an_old_name(old, new, why):
    """The same file, or most words of a prompt with the same inputs."""
    found = guessed(spec(old), spec(new))
    assert found == ({"b": ("a", why)} if why else {})


def test_a_family_of_assets_is_told_apart_by_nobody():
    """Their prompts are all alike: that one came and one went says nothing."""
    icon = "A {} icon, pixel art, flat colours, clear background".format
    stays = asset("shield", icon("shield"))
    assert guessed(spec(asset("axe", icon("axe"))), spec(asset("bow", icon("bow"))))
    then = spec(stays, asset("axe", icon("axe")))
    assert not guessed(then, spec(stays, asset("bow", icon("bow"))))


def test_the_file_goes_before_the_words():
    """Two hints that disagree: who writes the file is the asset."""
    then = spec(
        asset("a", LONG, path="x.png"), asset("b", "Another text of a few words")
    )
    now = spec(asset("c", LONG), asset("d", "Another text", path="x.png"))
    assert guessed(then, now) == {"d": ("a", "same file")}


TEXTS = st.lists(
    st.lists(
        st.sampled_from(["red", "blue", "old", "hat", "cap", "on", "a", "of"]),
        min_size=3,
        max_size=7,
    ),
    min_size=1,
    max_size=4,
)


@given(TEXTS, TEXTS, TEXTS, st.data())
def test_no_pair_where_two_are_equally_close(olds, news, stayed, data):
    """Whatever else came, went or stayed: a twin of either side ends all guessing."""
    kept = [asset(f"k{at}", " ".join(words)) for at, words in enumerate(stayed)]
    then = [asset(f"o{at}", " ".join(words)) for at, words in enumerate(olds)]
    now = [asset(f"n{at}", " ".join(words)) for at, words in enumerate(news)]
    found = guessed(spec(*kept, *then), spec(*kept, *now))
    assert len({old for old, _ in found.values()}) == len(found)
    for new, (old, _) in found.items():
        prompt = {each.name: each.source.prompt for each in (*then, *now)}
        twin = asset("twin", prompt[data.draw(st.sampled_from((new, old)))])
        side = data.draw(st.sampled_from(("then", "now", "kept")))
        older = [twin] * (side != "now")
        newer = [twin] * (side != "then")
        again = guessed(spec(*kept, *then, *older), spec(*kept, *now, *newer))
        assert again.get(new) != (old, "like words")


def test_a_guess_is_told_as_one(shop):
    """In every form, with the reason; the fields are compared, and the pictures."""
    shop.spec(cap="A very different cap", shoe="A blue shoe")
    spec_file = shop.root / "assets.yaml"
    spec_file.write_text(spec_file.read_text().replace("cap.png", "hat.png"))
    change = change_of(shop, "cap")
    assert (change["kind"], change["old_name"]) == ("renamed", "hat")
    assert change["guess"] == "same file"
    assert change["before"]["picture"] is not None
    assert [each["name"] for each in change["fields"]] == ["prompt"]
    assert kinds_of(shop) == {"cap": "renamed"}
    text = shop.run("diff").out
    assert "renamed  hat -> cap" in text
    assert "the old name is a guess: it writes the same file" in text
    comment = shop.run("diff", "--format", "github").out
    assert "_the old name is a guess: it writes the same file_" in comment
    assert diff_of(shop)["summary"]["by_kind"] == {"renamed": 1}
