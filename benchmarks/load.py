"""From a spec's text to a validated plan, beside PyYAML's C loader with jsonschema.

The peer stops at validated data: no templates, no references, no graph, no plan. What
assetgen should reach nevertheless is a quarter of the peer's time at 1,000 assets.
"""

from __future__ import annotations

import shutil
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.measure import Candidate, assetgen, interleave, print_table, rows_of
from benchmarks.specs import LEAF, Shape, built_project, change_prompt, write_spec

if TYPE_CHECKING:
    from collections.abc import Sequence

SIZES = (1_000, 10_000)
HEAD = ("assets", "command", "median ms", "min to max ms", "x peer")
PEER = "CSafeLoader + jsonschema"
SCHEMA = Path(__file__).parent.parent / "schemas" / "assets.schema.json"
_PEER_CODE = """\
import json, sys, jsonschema, yaml
schema = json.load(open(sys.argv[1], encoding="utf-8"))
with open("assets.yaml", "rb") as spec:
    value = yaml.load(spec, Loader=yaml.CSafeLoader)
jsonschema.Draft202012Validator(schema).validate(value)
"""


def measure(workspace: Path, sizes: Sequence[int] | None, rounds: int) -> None:
    """Print the table for each number of assets."""
    rows: list[tuple[str, ...]] = []
    for assets in sizes or SIZES:
        shape = Shape(assets)
        cold = workspace / f"cold-{shape.folder_name}"
        write_spec(cold, shape)
        warm = built_project(workspace, shape)
        peer = (sys.executable, "-c", _PEER_CODE, str(SCHEMA))
        plan = assetgen("plan")
        forget = partial(_forget, cold)
        edit = partial(_edit, warm, shape)
        candidates = (
            Candidate("assetgen plan, never built", plan, cold, forget),
            Candidate("assetgen plan, one word changed", plan, warm, edit),
            Candidate(PEER, peer, cold),
        )
        rows += rows_of(interleave(candidates, rounds), f"{assets:,}", (PEER,))
    print_table("From text to plan", HEAD, rows)


def _forget(project: Path, _number: int) -> None:
    """Remove whatever an earlier plan may have kept."""
    shutil.rmtree(project / ".assetgen", ignore_errors=True)


def _edit(project: Path, shape: Shape, number: int) -> None:
    """Change one prompt; it is never built."""
    change_prompt(project, shape, LEAF, -1 - number)
