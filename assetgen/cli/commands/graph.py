"""`assetgen graph`: which asset needs which."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assetgen.cli.options import options_from
from assetgen.errors import ExitCode
from assetgen.report import graph_text
from assetgen.report.show_text import source_name

if TYPE_CHECKING:
    from argparse import Namespace

    from assetgen.cli.console import Console
    from assetgen.load import Loaded


def run(args: Namespace, console: Console) -> int:
    """Print the graph, or with the hidden `--names` only names, for completions."""
    from assetgen import project

    loaded = project.load(options_from(args, console.environ))
    if args.only_names:
        console.data("\n".join(loaded.graph.names))
        return ExitCode.DONE
    form = {
        "dot": graph_text.as_dot,
        "mermaid": graph_text.as_mermaid,
        "json": graph_text.as_json,
    }.get(args.format, graph_text.as_text)
    console.data(form(_nodes(loaded)))
    return ExitCode.DONE


def _nodes(loaded: Loaded) -> list[graph_text.Node]:
    graph = loaded.graph
    return [
        graph_text.Node(
            name,
            source_name(loaded.assets[name]),
            tuple(graph.needs[name]),
            len(loaded.assets[name].outputs),
        )
        for name in graph.order
    ]
