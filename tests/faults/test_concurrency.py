"""Several builds at once, holders that die, rings and very long chains."""

from __future__ import annotations

import json
import os
import signal
import threading

import pytest
from faultlab import assert_intact, assert_recovers, icons

from assetgen.digest import digest_of
from assetgen.requests import DrawRecord
from assetgen.store import Store


def test_two_builds_at_once_pay_each_asset_once(project):
    """The second waits, saying for whom, and finds everything done; both end with 0."""
    project.write(icons(4))
    gate = project.beside / "gate"
    first = project.start("build", COUNTING_GATE=str(gate))
    project.until(lambda: len(project.charges()) == 4, "four requests in flight")
    second = project.start("build")
    project.until(lambda: "waiting for" in second.err, "the second one's message")
    assert f"waiting for pid {first.pid} (assetgen build, " in second.err
    gate.touch()
    assert first.wait().code == 0
    ended = second.wait()
    assert ended.code == 0, ended.err
    assert "4 assets up to date" in ended.err
    assert len(project.charges()) == 4
    assert_intact(project)
    assert_recovers(project, 4)


def test_many_builds_at_once_pay_each_asset_once(project):
    """Eight processes start in an empty project at the same time."""
    project.write(icons(5))
    runs = [project.start("build", COUNTING_DELAY_S="0.01") for _ in range(8)]
    for run in runs:
        ended = run.wait()
        assert ended.code == 0, ended.err
    assert len(project.charges()) == 5
    assert_intact(project)
    assert_recovers(project, 5)


def test_eight_projects_may_create_one_store(project_of, folder):
    """Each banks its own draws there, and those of the others stay."""
    store = folder / "shared"
    projects = [project_of(number) for number in range(8)]
    runs = []
    for number, project in enumerate(projects):
        project.write(icons(3).replace("Icon", f"Of {number}"))
        runs.append(project.start("build", ASSETGEN_STORE=str(store)))
    for run in runs:
        ended = run.wait()
        assert ended.code == 0, ended.err
    assert sum(1 for _ in Store(store).records()) == 24
    assert list(Store(store).verify()) == []
    for project in projects:
        assert project.run("build", ASSETGEN_STORE=str(store)).code == 0
        assert len(project.charges()) == 3


def test_the_same_request_from_two_checkouts_loses_no_draw(project_of, folder):
    """Both may pay, as nobody tells them of each other; both draws are kept."""
    store = folder / "shared"
    gate = folder / "gate"
    runs = []
    for number in range(2):
        project = project_of(number)
        project.write(icons(1))
        runs.append(
            project.start("build", ASSETGEN_STORE=str(store), COUNTING_GATE=str(gate))
        )
        project.until(project.charges, "a request in flight")
    gate.touch()
    assert [run.wait().code for run in runs] == [0, 0]
    ((key, _),) = Store(store).records()
    assert len(Store(store).draws(key)) == 2


def test_when_the_holder_is_killed_the_next_goes_on_at_once(project):
    """The kernel lets go; there is nothing to unlock by hand."""
    project.write(icons(3))
    gate = project.beside / "gate"
    first = project.start("build", "--jobs", "1", COUNTING_GATE=str(gate))
    project.until(lambda: len(project.charges()) == 1, "a request in flight")
    second = project.start("build", "--retry-unknown")
    project.until(lambda: "waiting for" in second.err, "the second one's message")
    first.kill()
    assert first.wait().code == -9
    ended = second.wait(5)
    assert ended.code == 0, ended.err
    assert_intact(project)
    assert_recovers(project, 3)


@pytest.mark.parametrize("seconds", ["0", "0.2"])
def test_a_build_that_may_not_wait_longer_ends_with_8(project, seconds):
    """It names the holder, and leaves everything alone."""
    project.write(icons(2))
    gate = project.beside / "gate"
    first = project.start("build", COUNTING_GATE=str(gate))
    project.until(lambda: len(project.charges()) == 2, "requests in flight")
    ended = project.run("build", "--lock-timeout", seconds)
    assert ended.code == 8, ended.err
    assert f"pid {first.pid} (assetgen build" in ended.err
    gate.touch()
    assert first.wait().code == 0
    assert_intact(project)


def test_a_build_that_waits_can_be_interrupted(project):
    """130 while waiting for another build; that one does not notice."""
    project.write(icons(1))
    gate = project.beside / "gate"
    first = project.start("build", COUNTING_GATE=str(gate))
    project.until(project.charges, "a request in flight")
    second = project.start("build")
    project.until(lambda: "waiting for" in second.err, "the second one's message")
    second.kill(signal.SIGINT)
    assert second.wait(5).code == 130
    gate.touch()
    assert first.wait().code == 0
    assert_recovers(project, 1)


def test_a_plan_beside_a_build_does_not_wait_and_writes_nothing(project):
    """It reads what is there."""
    project.write(icons(3))
    gate = project.beside / "gate"
    first = project.start("build", COUNTING_GATE=str(gate))
    project.until(lambda: len(project.charges()) == 3, "requests in flight")
    assert project.run("plan").code == 0
    gate.touch()
    assert first.wait().code == 0
    assert_intact(project)
    assert_recovers(project, 3)


def test_threads_that_bank_the_same_key_lose_nothing(folder):
    """32 draws of one request from eight threads: all are in the record."""
    store = Store(folder / "store")
    key = digest_of(b"request")

    def bank(number: int) -> None:
        for at in range(4):
            data = b"%d %d" % (number, at)
            draw = DrawRecord(
                digest=store.put(data, durable=False),
                format="png",
                width=1,
                height=1,
                bytes=len(data),
            )
            store.bank(key, {}, [draw], durable=False)

    threads = [threading.Thread(target=bank, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({draw.digest for draw in store.draws(key)}) == 32


# --- rings and chains ------------------------------------------------------------


RING = """\
  a: {prompt: A, inputs: [c]}
  b: {prompt: B, inputs: [a]}
  c: {prompt: C, inputs: [b]}
"""


@pytest.mark.parametrize(
    ("assets", "words"),
    [
        (RING, ["a", "b", "c", "assets.yaml:6:"]),
        ("  a: {prompt: A, inputs: [a]}\n", ["a", "assets.yaml:6:"]),
        ("  a: {prompt: A, inputs: [nobody]}\n", ["nobody", "assets.yaml:6:"]),
    ],
)
def test_rings_and_missing_references_are_spelled_out(project, assets, words):
    """3 with the place; nothing is drawn and nothing written."""
    project.write(assets)
    ended = project.run()
    assert ended.code == 3, ended.err
    for word in words:
        assert word in ended.err
    assert project.charges() == []
    assert not (project.root / "site").exists()


def test_a_chain_of_10_000_is_planned(project):
    """Each asset needs the one before; no recursion, no quadratic work."""
    names = 10_000
    lines = [
        f"  a{at}: {{prompt: A{at}, inputs: [{{asset: a{at - 1}}}], size: 16x16}}\n"
        if at
        else "  a0: {prompt: A0, size: 16x16}\n"
        for at in range(names)
    ]
    project.write("".join(lines))
    ended = project.run("plan", "--format", "json", "--provider", "placeholder")
    assert ended.code == 0, ended.err
    plan = json.loads(ended.out)
    assert [each["name"] for each in plan["assets"]] == [
        f"a{at}" for at in range(names)
    ]
    assert plan["summary"]["draws"] == names


def test_a_chain_that_is_deeper_than_the_stack_is_built(project):
    """Pictures that only the last one needs are made from the bottom up.

    `ASSETGEN_THOROUGH=1` builds 10,000 of them.
    """
    length = 10_000 if os.environ.get("ASSETGEN_THOROUGH") == "1" else 400
    lines = [
        f"  a{at}: {{file: art.png, process: [{{overlay: {{image: a{at - 1}}}}}]}}\n"
        if at
        else "  a0: {file: art.png}\n"
        for at in range(length)
    ]
    last = (
        f"  last: {{file: art.png, process: [{{overlay: {{image: a{length - 1}}}}}], "
    )
    project.write("".join([*lines, last, "outputs: [last.png]}\n"]))
    from PIL import Image

    Image.new("RGB", (16, 16), "#336699").save(project.root / "art.png")
    ended = project.start("build", "--provider", "placeholder").wait(600)
    assert ended.code == 0, ended.err
    assert (project.root / "site/last.png").exists()
