"""Assets that ask for the same: what ends one call for good ends it for all of them."""

from __future__ import annotations

import pytest

SAME = (
    "  a: {prompt: Same, moderation: auto, outputs: [a.png]}\n"
    "  b: {prompt: Same, moderation: low, outputs: [b.png]}\n"
    "  c: {prompt: Same, moderation: auto, outputs: [c.png]}\n"
)
AT_ONCE_OR_IN_TURN = pytest.mark.parametrize("jobs", ["1", "8"])


@AT_ONCE_OR_IN_TURN
@pytest.mark.parametrize("more", [(), ("--retry-unknown",)], ids=["", "retrying"])
def test_an_unknown_outcome_is_not_asked_again_for_another_asset(
    project, fake, jobs, more
) -> None:
    """One charge, told once, although the second asset's turn comes after its end."""
    fake.when("Same", "reset")
    project.write(SAME)
    ended = project.run("build", "--jobs", jobs, *more)
    assert ended.code == 1, ended.err
    assert (fake.posts, fake.charged, len(project.unknown())) == (1, 1, 1)
    assert ended.err.count("outcome unknown: ") == 1
    assert "3 failed" in ended.err


@AT_ONCE_OR_IN_TURN
@pytest.mark.parametrize(
    ("word", "options"), [("moderation", {}), ("error", {"status": 400})]
)
def test_a_refusal_is_for_its_level_of_moderation(
    project, fake, jobs, word, options
) -> None:
    """What one level refuses another may draw; nobody asks the same a second time."""
    fake.next(word, **options)
    project.write(SAME)
    ended = project.run("build", "--jobs", jobs)
    assert ended.code == 1, ended.err
    assert [each.fields["moderation"] for each in fake.requests] == ["auto", "low"]
    assert fake.charged == 1
    assert "b.png" in project.outputs()
    assert "a.png" not in project.outputs()
