"""Paid calls: how near a build comes to the shortest time that its graph allows.

A server of fixed latency answers; nothing can be faster than the longest path, than all
calls spread over those that may be in flight, or than the rate at which pictures may be
asked for. What it should reach: within 5 % of the largest of the three in the median,
within 10 % in the worst case. Times are the server's: from the first request that came
to the last answer that went.
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmarks.graphs import KINDS, Graph, random_graph, write_graph
from benchmarks.measure import Run, assetgen, print_table, progress, run

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

SIZES = (60, 200, 1_000)
IN_FLIGHT = (8, 24, 64)
HEAD = (
    *("graph", "calls", "depth", "in flight", "a minute", "latency s"),
    *("bound s", "makespan s", "bound / makespan", "start-up s"),
)
BUCKET_S = 3.0
"""Seconds' worth of pictures that may be asked for at once after a pause."""
REAL_BYTES = 1_500_000
"""What a picture of this size weighs when a model drew it."""


@dataclass(frozen=True, slots=True)
class Case:
    """One build.

    Attributes:
        rate: Pictures a minute; None without a limit.
        latency_s: Of every answer. No shorter than 2 s (models take 6 s and more), and
            so long that at most 16 calls a second are asked for: client and server
            share the processors here.
    """

    graph: Graph
    in_flight: int
    rate: float | None
    latency_s: float

    @property
    def bound_s(self) -> float:
        """The shortest time that is possible at all."""
        path = self.graph.depth * self.latency_s
        work = self.graph.calls * self.latency_s / self.in_flight
        if not self.rate:
            return max(path, work)
        at_once = max(1.0, self.rate / 60 * BUCKET_S)
        paced = (self.graph.calls - at_once) / self.rate * 60 + self.latency_s
        return max(path, work, paced)


def cases(sizes: Sequence[int] | None) -> Iterator[Case]:
    """Yield the builds; the same ones every time."""
    for number, size in enumerate(sizes or SIZES):
        for seed, kind in enumerate(KINDS):
            graph = random_graph(kind, size, seed)
            in_flight = IN_FLIGHT[(number + seed) % len(IN_FLIGHT)]
            latency_s = max(2.0, in_flight / 16)
            yield Case(graph, in_flight, None, latency_s)
            if size <= 200:
                # A limit that binds: half of what the calls in flight could reach.
                rate = round(60 * in_flight / latency_s / 2)
                yield Case(graph, in_flight, rate, latency_s)


def measure(workspace: Path, sizes: Sequence[int] | None, _rounds: int) -> None:
    """Print one row per build, the median and the worst, and the client's overhead."""
    rows, ratios = [], []
    for case in cases(sizes):
        graph = case.graph
        limit = f"{case.rate:.0f}" if case.rate else "-"
        progress(f"{graph.kind}: {graph.calls} calls, {case.in_flight} in flight")
        makespan_s, before_s, _ = _build(workspace, case, 0)
        ratios.append(case.bound_s / makespan_s)
        rows.append(
            (
                graph.kind,
                f"{graph.calls:,}",
                str(graph.depth),
                str(case.in_flight),
                limit,
                f"{case.latency_s:.2f}",
                f"{case.bound_s:.2f}",
                f"{makespan_s:.2f}",
                f"{ratios[-1]:.3f}",
                f"{before_s:.2f}",
            )
        )
    note = f"median {statistics.median(ratios):.3f}, worst {min(ratios):.3f}"
    print_table("Paid calls against the lower bound", HEAD, rows, note)
    _print_overhead(workspace)


def _print_overhead(workspace: Path) -> None:
    """Print the processor time that a picture costs on our side."""
    rows = []
    for name, padding in (("small answers", 0), ("1.5 MB answers", REAL_BYTES)):
        used: dict[int, Run] = {}
        for calls in (20, 220):
            case = Case(random_graph("sheets", calls, 1), 16, None, 0.5)
            progress(f"{name}: {calls} calls")
            _, _, used[calls] = _build(workspace, case, padding)
        each_s = (used[220].cpu_s - used[20].cpu_s) / 200
        rows.append(
            (name, f"{each_s * 1e3:.1f}", f"{used[220].peak_bytes / 2**20:.0f}")
        )
    print_table(
        "The client's own work",
        ("answers", "ms of processor a picture", "peak MiB"),
        rows,
        "planning, sending, checking, banking and one small file each; slope of two sizes",
    )


def _build(workspace: Path, case: Case, padding: int) -> tuple[float, float, Run]:
    """Build once from nothing.

    Returns:
        Seconds from the first request to the last answer; the rest of the process's
        seconds; the process.
    """
    folder = workspace / "calls"
    shutil.rmtree(folder, ignore_errors=True)
    write_graph(folder / "project", case.graph)
    log = folder / "times"
    words = ["build", "-q", "--jobs", str(case.in_flight), "--max-cost", "100000"]
    if case.rate:
        words.extend(("--rate", str(case.rate)))
    server = subprocess.Popen(
        (
            *(sys.executable, "-m", "benchmarks.answering"),
            *(str(case.latency_s), str(log), str(padding)),
        ),
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert server.stdout is not None
        os.environ["OPENAI_BASE_URL"] = server.stdout.readline().strip()
        os.environ["OPENAI_API_KEY"] = "no-key-is-looked-at"
        used = run(assetgen(*words), folder / "project")
    finally:
        server.terminate()
        server.wait()
        if server.stdout is not None:
            server.stdout.close()
    times = [tuple(map(float, line.split())) for line in log.read_text().splitlines()]
    if len(times) != case.graph.calls:
        sys.exit(f"{len(times)} requests were made for {case.graph.calls} pictures")
    makespan_s = max(gone for _, gone in times) - min(came for came, _ in times)
    return makespan_s, used.wall_s - makespan_s, used
