"""Which asset needs which, as text, Graphviz, Mermaid or JSON; pure."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from assetgen.report.diagnostics import escape_terminal
from assetgen.values import Value

if TYPE_CHECKING:
    from collections.abc import Sequence


class Node(Value):
    """An asset in the graph.

    Attributes:
        source: Kind of its source: ``prompt``, ``variations_of``, ``file``, ...
        needs: Assets that it needs, in spec order.
        outputs: Number of its files.
    """

    name: str
    source: str
    needs: tuple[str, ...] = ()
    outputs: int = 0


def as_text(nodes: Sequence[Node]) -> str:
    """Return one line an asset, in the order of `nodes`, with what it needs."""
    width = min(max((len(node.name) for node in nodes), default=0), 40)
    lines = []
    for node in nodes:
        line = f"{escape_terminal(node.name):<{width}}  {node.source}"
        if node.needs:
            line += " <- " + ", ".join(escape_terminal(need) for need in node.needs)
        lines.append(line)
    return "\n".join(lines) + "\n" if lines else ""


def as_dot(nodes: Sequence[Node]) -> str:
    """Return the graph in Graphviz' language; arrows lead to what is made of it."""
    lines = ["digraph assets {", "  rankdir=LR;", "  node [shape=box];"]
    lines += [f"  {_dot_string(node.name)};" for node in nodes]
    lines += [
        f"  {_dot_string(need)} -> {_dot_string(node.name)};"
        for node in nodes
        for need in node.needs
    ]
    return "\n".join([*lines, "}"]) + "\n"


def as_mermaid(nodes: Sequence[Node]) -> str:
    """Return the graph as a Mermaid flow chart."""
    ids = {node.name: f"a{position}" for position, node in enumerate(nodes, 1)}
    lines = ["flowchart LR"]
    lines += [f'  {ids[node.name]}["{_mermaid_label(node.name)}"]' for node in nodes]
    lines += [
        f"  {ids[need]} --> {ids[node.name]}"
        for node in nodes
        for need in node.needs
        if need in ids
    ]
    return "\n".join(lines) + "\n"


def as_json(nodes: Sequence[Node]) -> str:
    """Return the graph as one JSON document, in the order of `nodes`."""
    assets = [
        {
            "name": node.name,
            "source": node.source,
            "needs": list(node.needs),
            "outputs": node.outputs,
        }
        for node in nodes
    ]
    return (
        json.dumps({"graph": 1, "assets": assets}, indent=2, ensure_ascii=False) + "\n"
    )


def _dot_string(text: str) -> str:
    inner = escape_terminal(text).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{inner}"'


def _mermaid_label(text: str) -> str:
    """Return a label in which Mermaid sees neither quotes nor HTML nor entities."""
    safe = escape_terminal(text)
    return "".join(
        char if char.isalnum() or char in " ._-/" else f"#{ord(char)};" for char in safe
    )
