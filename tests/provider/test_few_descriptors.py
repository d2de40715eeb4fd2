"""A process with few descriptors loses no answer that it paid for."""

from __future__ import annotations

import json

from faultlab import Run
from paidlab import icons


def test_64_calls_with_32_descriptors_are_all_banked(project, fake, zygote) -> None:
    """Calls leave enough of them for the store; the build is only slower."""
    fake.latency_s = 0.05
    project.write(icons(40))
    place = project.streams / "few"
    place.mkdir()
    pid = zygote.ask(
        start=["build", "--jobs", "64", "--json"],
        cwd=str(project.root),
        environ=project.environ,
        out=str(place / "out"),
        err=str(place / "err"),
        limits={"RLIMIT_NOFILE": 32},
    )
    ended = Run(zygote, pid, place).wait()
    last = json.loads(ended.out.splitlines()[-1])
    assert (ended.code, last["type"], last["exit_code"]) == (0, "summary", 0)
    assert (fake.charged, len(project.draws())) == (40, 40)
    assert project.unknown() == ()
