"""A service that answers out of a cache sells the same bytes twice: two draws, paid twice."""

from __future__ import annotations

import base64

import pytest
from sketches import png

ONE = {"b64_json": base64.b64encode(png(1024, 640, 1)).decode()}


def spec(n):
    """Return one asset with so many draws."""
    return f"  a: {{prompt: A, n: {n}, outputs: ['a-${{draw}}.png']}}\n"


@pytest.mark.parametrize(("first", "later"), [(1, 2), (2, 2), (2, 4)])
def test_draws_of_the_same_bytes_are_counted_and_asked_for_once(
    project, fake, first, later
) -> None:
    """Whoever wants more draws gets them, and does not pay for them again and again."""
    fake.when("A", "entries", value=[ONE])
    project.write(spec(first))
    assert project.run().code == 0
    assert fake.charged == first
    project.write(spec(later))
    built = project.run()
    assert built.code == 0, built.err
    assert fake.charged == later
    assert len(project.outputs()) == later
    assert project.run().code == 0
    assert fake.charged == later


def test_a_re_roll_that_brings_the_same_bytes_is_one_call(project, fake) -> None:
    """It was paid for, and it is told as a draw of its own."""
    fake.when("A", "entries", value=[ONE])
    project.write(spec(1))
    assert project.run().code == 0
    again = project.run("reroll", "a")
    assert again.code == 0, again.err
    assert fake.charged == 2
    assert "no new draw" not in again.err
    listed = project.run("log", "a")
    assert listed.code == 0, listed.err
    assert project.run().code == 0
    assert fake.charged == 2
