"""Which asset needs which: the order of a build, its rings, and what a command means.

Pure. It knows assets only by name and by what they refer to, so that assets which were
kept from an earlier run need not be made again. Nothing here recurses: a chain of ten
thousand assets is as good as any other graph.
"""

from __future__ import annotations

from heapq import heapify, heappop, heappush
from typing import TYPE_CHECKING, Final, Protocol

from assetgen.errors import Problem, UsageError
from assetgen.model import AssetName, AssetRef, FileRef, GlobRef
from assetgen.naming import NameIndex, did_you_mean, is_glob
from assetgen.values import Value

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from assetgen.model import Ref, Refs
    from assetgen.spans import Place

MAX_EDGES: Final = 1_000_000
"""Edges of a graph; globs over globs could ask for more than any build needs."""

MAX_RING_SHOWN: Final = 12
"""Assets of a ring that a message spells out."""


class Reference(Protocol):
    """A reference as a node states it; `resolve.link.CardRef` is one."""

    @property
    def name(self) -> str:
        """A name or a pattern."""
        ...

    @property
    def glob(self) -> bool:
        """Whether it is a pattern."""
        ...

    @property
    def at(self) -> Sequence[str | int]:
        """Keys from the entry to it."""
        ...


class Node(Protocol):
    """An asset as the graph sees it; `resolve.link.Card` is one."""

    @property
    def name(self) -> str:
        """The asset's name."""
        ...

    @property
    def refs(self) -> Sequence[Reference]:
        """The assets that it uses."""
        ...

    @property
    def place(self) -> Place:
        """Its entry in the spec."""
        ...


class Graph(Value):
    """All assets and what they need.

    Attributes:
        names: In spec order.
        needs: The assets that each asset uses directly, globs expanded, each once.
        order: All names, each after everything it needs; in spec order wherever that
            leaves a choice.
    """

    names: tuple[AssetName, ...]
    needs: Mapping[AssetName, tuple[AssetName, ...]]
    order: tuple[AssetName, ...]

    @property
    def dependents(self) -> dict[AssetName, tuple[AssetName, ...]]:
        """The assets that use each asset directly, in spec order; worked out anew."""
        return _turned(self.needs)


class Selection(Value):
    """What a command was asked to look at.

    Attributes:
        chosen: The assets that were named, in build order.
        needed: `chosen` and everything they need, in build order.
    """

    chosen: tuple[AssetName, ...]
    needed: tuple[AssetName, ...]


def build_graph(nodes: Sequence[Node]) -> Graph | tuple[Problem, ...]:
    """Return the graph of all assets, or the rings in it.

    References to unknown assets are passed over: `resolve.link` reports them.

    Args:
        nodes: In spec order; of several with one name the first counts.
    """
    by_name: dict[str, Node] = {}
    for node in nodes:
        by_name.setdefault(node.name, node)
    needs = _needs(by_name)
    if isinstance(needs, Problem):
        return (needs,)
    dependents = _turned(needs)
    order = _ordered(needs, dependents)
    if len(order) < len(needs):
        return tuple(_ring_problem(ring, by_name) for ring in _rings(needs, set(order)))
    return Graph(tuple(needs), needs, tuple(order))


def _needs(
    by_name: Mapping[str, Node],
) -> dict[AssetName, tuple[AssetName, ...]] | Problem:
    index: NameIndex | None = None
    needs: dict[AssetName, tuple[AssetName, ...]] = {}
    edges = 0
    for name, node in by_name.items():
        used: list[str] = []
        for ref in node.refs:
            if ref.glob:
                index = index or NameIndex(by_name)
                used.extend(index.matching(ref.name))
                if index.exhausted:
                    return _too_many(node)
            elif ref.name in by_name:
                used.append(ref.name)
        unique = tuple(map(AssetName, dict.fromkeys(used))) if used else ()
        edges += len(unique)
        if edges > MAX_EDGES:
            return _too_many(node)
        needs[AssetName(name)] = unique
    return needs


def _too_many(node: Node) -> Problem:
    return Problem(
        "too-many-references",
        "all globs together match, or are tried on, too many names",
        node.place,
        "use fewer globs, and begin them with the part that the names share",
    )


def _turned(
    needs: Mapping[AssetName, tuple[AssetName, ...]],
) -> dict[AssetName, tuple[AssetName, ...]]:
    """Return the edges the other way round."""
    lists: dict[AssetName, list[AssetName]] = {}
    for name, used in needs.items():
        for other in used:
            lists.setdefault(other, []).append(name)
    return {name: tuple(lists.get(name, ())) for name in needs}


def _ordered(
    needs: Mapping[AssetName, tuple[AssetName, ...]],
    dependents: Mapping[AssetName, tuple[AssetName, ...]],
) -> list[AssetName]:
    """Return the names so that each stands after its needs; rings are left out."""
    names = list(needs)
    position = {name: number for number, name in enumerate(names)}
    missing = [len(used) for used in needs.values()]
    ready = [number for number, count in enumerate(missing) if not count]
    heapify(ready)
    order: list[AssetName] = []
    while ready:
        name = names[heappop(ready)]
        order.append(name)
        for dependent in dependents[name]:
            number = position[dependent]
            missing[number] -= 1
            if not missing[number]:
                heappush(ready, number)
    return order


# --- rings --------------------------------------------------------------------


def _rings(
    needs: Mapping[AssetName, tuple[AssetName, ...]], sound: set[AssetName]
) -> list[list[AssetName]]:
    """Return every asset that needs itself, and a shortest ring of every knot.

    A knot is a set of assets that all need each other in the end (a strongly
    connected component); only assets outside `sound` can be in one.
    """
    position = {name: number for number, name in enumerate(needs)}
    rest = [name for name in needs if name not in sound]
    rings = [[name] for name in rest if name in needs[name]]
    rings.extend(
        _ring_through(min(knot, key=position.__getitem__), needs, knot)
        for knot in _knots(needs, rest)
        if len(knot) > 1
    )
    return sorted(rings, key=lambda ring: position[ring[0]])


def _knots(
    needs: Mapping[AssetName, tuple[AssetName, ...]], names: Sequence[AssetName]
) -> list[set[AssetName]]:
    """Return the strongly connected components among `names` and their needs.

    Source: Tarjan, "Depth-first search and linear graph algorithms" (1972), with a
    stack of its own instead of recursion.
    """
    number: dict[AssetName, int] = {}
    lowest: dict[AssetName, int] = {}
    path: list[AssetName] = []
    on_path: set[AssetName] = set()
    knots: list[set[AssetName]] = []
    for start in names:
        if start in number:
            continue
        work = [(start, iter(needs[start]))]
        number[start] = lowest[start] = len(number)
        path.append(start)
        on_path.add(start)
        while work:
            name, remaining = work[-1]
            unseen = next((other for other in remaining if other not in number), None)
            if unseen is not None:
                number[unseen] = lowest[unseen] = len(number)
                path.append(unseen)
                on_path.add(unseen)
                work.append((unseen, iter(needs[unseen])))
                continue
            work.pop()
            lowest[name] = min(
                [lowest[name]]
                + [lowest[other] for other in needs[name] if other in on_path]
            )
            if lowest[name] == number[name]:
                cut = _last_index(path, name)
                knot = set(path[cut:])
                del path[cut:]
                on_path -= knot
                knots.append(knot)
    return knots


def _last_index(path: Sequence[AssetName], name: AssetName) -> int:
    at = len(path) - 1
    while path[at] != name:
        at -= 1
    return at


def _ring_through(
    first: AssetName,
    needs: Mapping[AssetName, tuple[AssetName, ...]],
    knot: set[AssetName],
) -> list[AssetName]:
    """Return a shortest ring from `first` along its needs back to itself."""
    came_from: dict[AssetName, AssetName] = {}
    front = [first]
    while front:
        following: list[AssetName] = []
        for name in front:
            for other in needs[name]:
                if other == first and name != first:
                    return _walked(first, name, came_from)
                if other in knot and other not in came_from and other != first:
                    came_from[other] = name
                    following.append(other)
        front = following
    raise AssertionError("a knot has a ring through each of its assets")


def _walked(
    first: AssetName, last: AssetName, came_from: Mapping[AssetName, AssetName]
) -> list[AssetName]:
    ring = [last]
    while ring[-1] != first:
        ring.append(came_from[ring[-1]])
    return ring[::-1]


def _ring_problem(ring: list[AssetName], by_name: Mapping[str, Node]) -> Problem:
    edges = list(zip(ring, [*ring[1:], ring[0]], strict=True))
    places = [(_edge_place(by_name[user], used), user, used) for user, used in edges]
    words = " -> ".join((*ring, ring[0]))
    if len(ring) > MAX_RING_SHOWN:
        words = " -> ".join((*ring[: MAX_RING_SHOWN - 1], "...", ring[-1], ring[0]))
        words += f" ({len(ring):,} assets)"
    hint = None
    if len(ring) == 1 and _is_glob_edge(by_name[ring[0]], ring[0]):
        hint = "a glob matches the asset itself; let it match fewer names"
    return Problem(
        "cycle",
        f"assets need each other in a ring: {words}"
        if len(ring) > 1
        else f"an asset needs itself: {words}",
        places[0][0],
        hint,
        related=tuple(
            (place, f"`{user}` needs `{used}`")
            for place, user, used in places[:MAX_RING_SHOWN]
        ),
    )


def _is_glob_edge(user: Node, used: str) -> bool:
    return all(ref.glob or ref.name != used for ref in user.refs)


def _edge_place(user: Node, used: str) -> Place:
    """Return where `user` speaks of `used`."""
    for ref in user.refs:
        named = ref.name == used
        if named or (ref.glob and used in NameIndex([used]).matching(ref.name)):
            return user.place.at(*ref.at)
    return user.place


# --- what a command means -----------------------------------------------------


def expand(refs: Iterable[Refs], names: Iterable[str] | NameIndex) -> tuple[Ref, ...]:
    """Return `refs` with each glob replaced by the assets it matches, in spec order.

    Args:
        refs: Of inputs or frames.
        names: All names in spec order; an index of them where it is used again.
    """
    expanded: list[Ref] = []
    index = names if isinstance(names, NameIndex) else None
    for ref in refs:
        if isinstance(ref, (AssetRef, FileRef)):
            expanded.append(ref)
        elif isinstance(ref, GlobRef):
            index = index or NameIndex(names)  # type: ignore[arg-type]  # not an index
            expanded.extend(
                AssetRef(AssetName(name)) for name in index.matching(ref.pattern)
            )
    return tuple(expanded)


def select(
    graph: Graph,
    names: Sequence[str],
    tags: Sequence[str] = (),
    tags_of: Mapping[AssetName, Sequence[str]] | None = None,
) -> Selection:
    """Return the assets that a command's words mean, and what those need.

    Args:
        graph: All assets.
        names: ``NAME``, a glob over names, either with a ``+`` behind it for all
            that depends on it; a ``+`` in front is allowed and changes nothing.
            Names and tags add up; without any of both, everything is chosen.
        tags: Of `-t`.
        tags_of: The tags of each asset; assets without tags may be left out.

    Raises:
        UsageError: Nothing has that name or tag.
    """
    if not names and not tags:
        return Selection(graph.order, graph.order)
    chosen: set[AssetName] = set()
    for word in names:
        chosen |= _named(word, graph)
    for tag in tags:
        chosen |= _tagged(tag, tags_of or {})
    needed = _reached(chosen, graph.needs)
    return Selection(
        tuple(name for name in graph.order if name in chosen),
        tuple(name for name in graph.order if name in needed),
    )


def _named(word: str, graph: Graph) -> set[AssetName]:
    with_dependents = word.endswith("+")
    name = word.removesuffix("+").removeprefix("+")
    if is_glob(name):
        hits = set(map(AssetName, NameIndex(graph.names).matching(name)))
    else:
        hits = {AssetName(name)} & graph.needs.keys()
    if not hits:
        raise UsageError(
            f"no asset matches `{name}`"
            if is_glob(name)
            else f"there is no asset `{name}`",
            hint=did_you_mean(name, graph.names),
        )
    return _reached(hits, graph.dependents) if with_dependents else hits


def _tagged(tag: str, tags_of: Mapping[AssetName, Sequence[str]]) -> set[AssetName]:
    hits = {name for name, tags in tags_of.items() if tag in tags}
    if not hits:
        known = sorted({each for tags in tags_of.values() for each in tags})
        listed = ", ".join(known[:10]) + (", ..." if known[10:] else "")
        raise UsageError(
            f"no asset has the tag `{tag}`",
            hint=did_you_mean(tag, known) or f"tags of the spec: {listed or 'none'}",
        )
    return hits


def _reached(
    start: set[AssetName], edges: Mapping[AssetName, tuple[AssetName, ...]]
) -> set[AssetName]:
    """Return `start` and all that can be reached from it along `edges`."""
    reached = set(start)
    waiting = list(start)
    while waiting:
        for other in edges[waiting.pop()]:
            if other not in reached:
                reached.add(other)
                waiting.append(other)
    return reached
