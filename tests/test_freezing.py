"""`frozen` is written into specs as people write them, and nothing else is touched."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assetgen import document
from assetgen.freezing import edited_text

HEAD = "version: 1\n# a comment\nassets:\n"
CASES = {
    "block": (
        "  cat:\n    prompt: A cat\n",
        "  cat:\n    frozen: true\n    prompt: A cat\n",
    ),
    "deep": (
        "    cat:   # mine\n          prompt: |\n            A cat\n            frozen: no\n",
        "    cat:   # mine\n          frozen: true\n          prompt: |\n            A cat\n            frozen: no\n",
    ),
    "flow": ("  cat: {prompt: A cat}\n", "  cat: {frozen: true, prompt: A cat}\n"),
    "quoted": (
        '  "cat": { prompt: A cat }  # x\n',
        '  "cat": {frozen: true, prompt: A cat }  # x\n',
    ),
    "comments": (
        "  # about\n\n  cat:\n    # inside\n    prompt: A cat\n",
        "  # about\n\n  cat:\n    frozen: true\n    # inside\n    prompt: A cat\n",
    ),
}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("before", ["", "  dog:\n    prompt: A dog\n"])
@pytest.mark.parametrize("after", ["", "\n  # next\n  eel: {prompt: An eel}\n"])
@pytest.mark.parametrize("tail", ["", "vars: {a: 1}\n"])
def test_one_line_comes_and_goes(case, before, after, tail):
    """Wherever the entry stands; there and back is the same text."""
    entry, frozen = CASES[case]
    if case == "deep":
        before, after = before.replace("  dog", "    dog"), ""
    old = f"{HEAD}{before}{entry}{after}{tail}"
    found = edited_text(old.encode(), "a.yaml", "cat", frozen=True)
    assert found is not None
    new, line = found
    assert new == f"{HEAD}{before}{frozen}{after}{tail}"
    assert "frozen: true" in new.split("\n")[line - 1]
    back = edited_text(new.encode(), "a.yaml", "cat", frozen=False)
    assert back is not None
    if case != "quoted":  # the space behind the brace is gone
        assert back[0] == old


def test_a_field_that_is_there_changes_its_value():
    """Its place and its comment stay."""
    old = f"{HEAD}  cat:\n    prompt: A cat\n    frozen: false  # for now\n"
    found = edited_text(old.encode(), "a.yaml", "cat", frozen=True)
    assert found == (old.replace("false", "true"), 6)


@pytest.mark.parametrize(
    "entry",
    [
        "  cat: &c\n    prompt: A cat\n",
        "  ? cat\n  : {prompt: A cat}\n",
        "  cat:\n    {prompt: A cat}\n",
        "  cat: {prompt: A cat,\n    n: 2}\n  dog: {prompt: '\n    }'}\n",
        "  dog: {prompt: A dog}\n",
        "  cat:\r\n    prompt: A cat\r\n",
    ],
)
def test_what_is_not_plain_is_left_to_people(entry):
    """None, and never a guess; or an edit that means just that."""
    text = f"{HEAD}{entry}"
    found = edited_text(text.encode(), "a.yaml", "cat", frozen=True)
    if found is not None:
        _assert_means(text, found[0])


def _assert_means(old, new):
    before, after = (document.parse(x.encode(), "a.yaml") for x in (old, new))
    assert after["assets"]["cat"].pop("frozen") is True
    before["assets"]["cat"].pop("frozen", None)
    assert before == after


@given(
    st.lists(
        st.sampled_from(
            [
                "    prompt: A cat\n",
                "    frozen: false\n",
                "    # frozen: true\n",
                "    description: 'frozen: true'\n",
                "    tags: [frozen]\n",
                "    process:\n      - {key: {color: red}}\n",
                "    prompt: |\n      frozen: true\n",
                "\n",
                "   \n",
            ]
        ),
        max_size=6,
    )
)
def test_whatever_is_written_means_what_it_meant(lines):
    """But for the one field; or nothing is written."""
    text = HEAD + "  dog: {prompt: frozen}\n  cat:\n" + "".join(lines) + "  eel: {}\n"
    found = edited_text(text.encode(), "a.yaml", "cat", frozen=True)
    if found is not None:
        _assert_means(text, found[0])
