"""The law: after any edits and builds, a folder is as a clean build makes it.

Each example is a list of edits (of the spec, of its pictures, of outputs, of what
assetgen remembers) with builds in between. Every build is held to its plan, too.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from buildings import Site
from hypothesis import event, given, settings
from hypothesis import strategies as st
from sketches import SPEC_EDITS, Edit

WORLD_EDITS = (
    "delete_file",
    "edit_file",
    "touch_file",
    "lose_state",
    "lose_memo",
    "lose_manifest",
    "lose_store",
    "crash",
    "subset",
    "one_target",
)
numbers = st.integers(0, 99)
additions = st.builds(Edit, st.just("add"), numbers, numbers, numbers)
edits = st.builds(
    Edit, st.sampled_from(SPEC_EDITS + WORLD_EDITS), numbers, numbers, numbers
)
histories = st.lists(st.lists(edits, min_size=1, max_size=3), min_size=1, max_size=5)


def follow(first, history):
    """Build a spec of `first`, then after each group of edits, comparing each time."""
    with tempfile.TemporaryDirectory() as folder:
        site = Site(Path(folder))
        for edit in first:
            site.apply(edit)
        site.settle()
        for group in history:
            for edit in group:
                site.apply(edit)
            site.settle()
        return site


@settings(max_examples=25)
@given(st.lists(additions, min_size=1, max_size=6), histories)
def test_after_any_edits_a_folder_is_as_a_clean_build_makes_it(first, history):
    """incremental(build) == clean(build), and the plan told what would happen."""
    site = follow(first, history)
    assert site.checked or site.refused, "no build was compared"
    if site.refused:
        event("an edit was refused")
