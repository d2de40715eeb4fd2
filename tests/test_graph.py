"""The graph: order, rings, and what a command's words mean."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assetgen.errors import UsageError
from assetgen.graph import Graph, build_graph, expand, select
from assetgen.model import AssetRef, FileRef, GlobRef
from assetgen.resolve.link import Card, CardRef


def _node(name, *used):
    refs = [
        CardRef(each, 0, glob="*" in each, at=("inputs", position))
        for position, each in enumerate(used)
    ]
    return Card(name, "s.yaml", name, 1, refs, (), ())


def _graph_of(**edges):
    graph = build_graph([_node(name, *used) for name, used in edges.items()])
    assert isinstance(graph, Graph)
    return graph


def _rings_of(**edges):
    problems = build_graph([_node(name, *used) for name, used in edges.items()])
    assert isinstance(problems, tuple)
    return [problem.message.split(": ")[1] for problem in problems]


def test_without_a_reason_the_order_is_the_specs():
    """Assets that do not need each other stay as they are declared."""
    assert _graph_of(c=[], a=[], b=[]).order == ("c", "a", "b")


def test_needs_come_first_and_the_rest_keeps_its_place():
    """Only what must move moves."""
    graph = _graph_of(a=["d"], b=[], c=["b"], d=[])
    assert graph.order == ("b", "c", "d", "a")
    assert graph.names == ("a", "b", "c", "d")


def test_needs_are_listed_once_and_dependents_mirror_them():
    """An asset may be used as an input and as a mask."""
    graph = _graph_of(a=[], b=["a", "a"], c=["b", "a"])
    assert graph.needs == {"a": (), "b": ("a",), "c": ("b", "a")}
    assert graph.dependents == {"a": ("b", "c"), "b": ("c",), "c": ()}


def test_globs_stand_for_all_matches_in_spec_order():
    """In the graph as in `expand`."""
    nodes = [_node(name) for name in ("i/b", "i/a", "x", "i/c/d")]
    graph = build_graph([*nodes, _node("s", "i/*", "x")])
    assert graph.needs["s"] == ("i/b", "i/a", "i/c/d", "x")
    refs = (FileRef("f.png"), GlobRef("i/[ab]"), AssetRef("x", 2))
    assert expand(refs, graph.names) == (
        FileRef("f.png"),
        AssetRef("i/b"),
        AssetRef("i/a"),
        AssetRef("x", 2),
    )


def test_unknown_names_are_left_to_others():
    """The cross checks report them, with a suggestion."""
    assert _graph_of(a=["nothing"]).needs == {"a": ()}


def test_a_ring_is_spelled_out_with_the_place_of_each_edge():
    """The shortest ring, from the asset that is declared first."""
    (problem,) = build_graph([_node("a", "b"), _node("b", "x", "c"), _node("c", "a")])
    assert problem.code == "cycle"
    assert "a -> b -> c -> a" in problem.message
    assert problem.place.pointer == ("assets", "a", "inputs", 0)
    assert [place.pointer[1:] for place, _ in problem.related] == [
        ("a", "inputs", 0),
        ("b", "inputs", 1),
        ("c", "inputs", 0),
    ]


def test_every_independent_ring_is_reported():
    """Self edges too; what merely hangs on a ring is not part of it."""
    rings = _rings_of(a=["b"], b=["a"], c=["c"], d=["e"], e=["d"], f=["a"], g=[])
    assert rings == ["a -> b -> a", "c -> c", "d -> e -> d"]


def test_a_glob_that_matches_its_own_asset_says_so():
    """It is a ring that nobody wrote down."""
    (problem,) = build_graph([_node("i/a"), _node("i/all", "i/*")])
    assert problem.message.endswith("i/all -> i/all")
    assert "glob" in problem.hint


def test_a_chain_of_ten_thousand_is_a_graph():
    """Nothing recurses, whichever end is declared first."""
    names = [f"a{number}" for number in range(10_000)]
    needs = [[], *([name] for name in names[:-1])]
    edges = dict(zip(names, needs, strict=True))
    assert _graph_of(**edges).order == tuple(names)
    assert _graph_of(**dict(reversed(edges.items()))).order == tuple(names)


def test_a_ring_of_ten_thousand_is_cut_in_its_message():
    """A message stays readable."""
    names = [f"a{number}" for number in range(10_000)]
    edges = {name: [names[number - 1]] for number, name in enumerate(names)}
    (problem,) = build_graph([_node(name, *used) for name, used in edges.items()])
    assert "(10,000 assets)" in problem.message
    assert len(problem.message) < 250
    assert len(problem.related) <= 12


def test_globs_by_the_thousand_are_given_up_and_not_tried():
    """The work that globs can ask for has a maximum."""
    nodes = [_node(f"a{number}", f"*{number}*b") for number in range(4000)]
    (problem,) = build_graph(nodes)
    assert problem.code == "too-many-references"


def test_globs_over_globs_cannot_ask_for_more_than_memory():
    """The number of edges has a maximum."""
    nodes = [_node(f"a{number}") for number in range(1500)]
    (problem,) = build_graph(nodes + [_node(f"b{n}", "a*") for n in range(700)])
    assert problem.code == "too-many-references"


@given(
    st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=30),
)
def test_the_order_respects_every_edge_or_there_is_a_ring(edges):
    """For any graph: an order that holds, or rings that are really there."""
    used = {f"n{number}": [] for number in range(10)}
    for user, other in edges:
        used[f"n{user}"].append(f"n{other}")
    result = build_graph([_node(name, *needs) for name, needs in used.items()])
    if isinstance(result, Graph):
        position = {name: number for number, name in enumerate(result.order)}
        assert len(position) == 10
        assert all(position[f"n{o}"] < position[f"n{u}"] for u, o in edges)
        return
    for problem in result:
        ring = problem.message.split(": ")[1].split(" -> ")
        assert ring[0] == ring[-1]
        assert all(b in used[a] for a, b in pairwise(ring))


# --- selection ----------------------------------------------------------------

GRAPH = {"a": [], "b": ["a"], "c": ["b"], "x/1": ["a"], "x/2": [], "z": []}
TAGS = {"a": ("hero",), "x/1": ("icon",), "x/2": ("icon", "hero")}


@pytest.mark.parametrize(
    ("names", "tags", "chosen", "needed"),
    [
        ([], [], "a b c x/1 x/2 z", "a b c x/1 x/2 z"),
        (["b"], [], "b", "a b"),
        (["+b"], [], "b", "a b"),
        (["b+"], [], "b c", "a b c"),
        (["a+"], [], "a b c x/1", "a b c x/1"),
        (["x/*"], [], "x/1 x/2", "a x/1 x/2"),
        ([], ["icon"], "x/1 x/2", "a x/1 x/2"),
        (["z"], ["hero"], "a x/2 z", "a x/2 z"),
        (["c", "b"], [], "b c", "a b c"),
    ],
)
def test_words_of_a_command_choose_assets_and_what_they_need(
    names, tags, chosen, needed
):
    """Names, globs, `+` for dependents, tags; needs are always included."""
    selection = select(_graph_of(**GRAPH), names, tags, TAGS)
    assert selection.chosen == tuple(chosen.split())
    assert selection.needed == tuple(needed.split())


@pytest.mark.parametrize(
    ("names", "tags", "hint"),
    [
        (["x/3"], [], "did you mean `x/2`?"),
        (["y*"], [], None),
        ([], ["icons"], "did you mean `icon`?"),
        ([""], [], None),
    ],
)
def test_a_word_that_means_nothing_is_wrong_usage(names, tags, hint):
    """With the name or tag that was most likely meant."""
    with pytest.raises(UsageError) as caught:
        select(_graph_of(**GRAPH), names, tags, TAGS)
    assert caught.value.hint == hint
