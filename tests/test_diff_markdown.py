"""Comments and summaries: they fit, they read as pinned down, and hostile text stays text."""

from __future__ import annotations

import json
import os
import re
import subprocess
from html import unescape
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from outside import node_module, program

from assetgen.differences import (
    Change,
    Difference,
    FieldChange,
    InputChange,
    Likeness,
    Picture,
    Side,
    totals_of,
)
from assetgen.digest import Digest
from assetgen.model import AssetName
from assetgen.report.diff_markdown import (
    MARKER,
    Shown,
    as_comment,
    as_markdown,
    url_of,
)
from assetgen.report.diff_text import as_text
from assetgen.report.markdown import code, fence, folded, html, inline
from assetgen.report.word_diff import compare_words, exchanges
from assetgen.values import replace

if TYPE_CHECKING:
    from collections.abc import Sequence

GOLDEN = Path(__file__).parent / "golden" / "diff"
BASE = "https://pages.example.org/pictures"
ALPHABET = "`~|<>[]()!#@&;:/\\*_-+=.\"'$ \t\n\rab1é\u202e\x1b"

RENDER = """
const markdownIt = require(process.argv[1]);
const render = markdownIt({html: true, linkify: true});
const pages = JSON.parse(require("fs").readFileSync(0, "utf8"));
process.stdout.write(JSON.stringify(pages.map((page) => render.render(page))));
"""


def rendered(pages: Sequence[str]) -> list[str]:
    """Return pages as markdown-it renders them, with HTML and links of bare addresses."""
    done = subprocess.run(
        [program("node"), "-e", RENDER, str(node_module("markdown-it"))],
        input=json.dumps(list(pages)),
        capture_output=True,
        text=True,
        check=True,
    )
    found: list[str] = json.loads(done.stdout)
    return found


def tags_of(page: str) -> list[str]:
    """Return all tags of rendered HTML, without what Markdown itself makes of ours."""
    return re.findall(r"<\s*/?\s*[a-zA-Z!][^>]*>", page)


# --- a difference with everything in it ---------------------------------------------


def picture(seed: int, *, path: str = "", size: int = 1024) -> Picture:
    """Return a picture of the store, or of a file."""
    return Picture(
        origin="git" if path else "store",
        digest=Digest(f"{seed:064x}"),
        format="png",
        width=size,
        height=size,
        bytes=1_234_567,
        path=path,
    )


def side(name: str, seed: int = 0, line: int = 0, **more: Any) -> Side:
    """Return one side of an asset; with a seed it has a draw and a picture."""
    draws = (Digest(f"{seed:064x}"),) if seed else ()
    return Side(
        name=AssetName(name),
        file="assets.yaml",
        line=line,
        draws=draws,
        pick=draws[0] if draws else None,
        picture=picture(seed) if seed else None,
        **more,
    )


def change(name: str, **more: Any) -> Change:
    """Return a change, by default of fields."""
    return Change(name=AssetName(name), **{"kind": "changed", **more})


def difference(*changes: Change, notes: tuple[str, ...] = ()) -> Difference:
    """Return a difference with these changes and their sums."""
    return Difference(
        base="main",
        commit="0123456789abcdef0123456789abcdef01234567",
        forked=True,
        changes=changes,
        totals=totals_of(changes),
        notes=notes,
    )


def everything() -> Difference:
    """Return a difference that has one of each."""
    prompt = FieldChange(
        name="prompt",
        old="A red hat on a wooden table,\nseen from above",
        new="A green hat on a wooden table,\nseen from the side",
        file="assets.yaml",
        line=13,
        words=True,
    )
    size = FieldChange(
        name="size", old="1024x1024", new="512x512", file="assets.yaml", line=14
    )
    out = FieldChange(
        name="outputs site/hat.webp", old="", new="width: 640", file="a.yaml", line=15
    )
    two = (Digest(f"{6:064x}"), Digest(f"{7:064x}"))
    return difference(
        change(
            "icons/hat",
            fields=(prompt, size, out),
            before=side("icons/hat", 1),
            after=side("icons/hat", 2, 12),
            likeness=Likeness(0.3456, 0.42),
            new_draws=(Digest(f"{2:064x}"),),
            paid_usd=0.042,
            state="locked",
        ),
        change(
            "icons/hat-shadow",
            inputs=(InputChange("icons/hat", pending=True),),
            before=side("icons/hat-shadow", 3),
            after=side("icons/hat-shadow", 0, 20, missing="not drawn yet"),
            to_draw=1,
            estimate_usd=0.04,
            state="to-draw",
        ),
        change("new", kind="added", after=side("new", 4, 30), unpriced=1),
        change(
            "cap",
            kind="renamed",
            old_name="hood",
            before=side("hood", 5),
            after=side("cap", 5, 40),
            likeness=Likeness(0.0, 0.0),
            state="locked",
        ),
        change(
            "pond",
            kind="picked",
            before=replace(side("pond", 6), draws=two),
            after=replace(side("pond", 7, 50), draws=two),
            likeness=Likeness(None, 0.1),
            state="locked",
        ),
        change("old", kind="removed", before=side("old", 8), state="gone"),
        notes=("The lock at main cannot be read and counts as empty: line 3.",),
    )


def shown_for(found: Difference) -> Shown:
    """Return where all pictures of a difference are served."""
    sides = (s for c in found.changes for s in (c.before, c.after) if s is not None)
    digests = {s.picture.digest for s in sides if s.picture is not None}
    return Shown(url_of(BASE, {each: f"{each[-8:]}.png" for each in digests}))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("comment.md", as_comment(everything(), shown_for(everything()))),
        ("comment-without-pictures.md", as_comment(everything())),
        ("nothing.md", as_comment(difference())),
        ("summary.md", as_markdown(everything(), shown_for(everything()))),
        ("terminal.txt", as_text(everything())),
    ],
)
def test_a_difference_reads_as_pinned_down(name, text):
    """``ASSETGEN_REWRITE=1`` writes what is pinned down anew."""
    place = GOLDEN / name
    if os.environ.get("ASSETGEN_REWRITE"):
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, encoding="utf-8")
    assert text == place.read_text(encoding="utf-8")


def test_the_guide_shows_a_comment_as_it_is_written():
    """Between its two marks, in a fence of its own."""
    guide = GOLDEN.parents[2] / "docs/guide/review.md"
    text = guide.read_text(encoding="utf-8")
    shown = text.partition("`````markdown\n")[2].partition("`````\n")[0]
    assert shown == as_comment(everything(), shown_for(everything()))


def test_a_comment_shows_pictures_side_by_side_before_any_detail():
    """A table with two pictures in a row, and folded parts after it."""
    text = as_comment(everything(), shown_for(everything()))
    (page,) = rendered([text])
    assert page.startswith(MARKER)
    assert page.index("<table>") < page.index("<details>")
    first = page.partition("<tbody>")[2].partition("</tr>")[0]
    assert first.count("<img ") == 2
    assert first.index('alt="before"') < first.index('alt="after"')
    assert page.count("<details>") == page.count("</details>") == 2
    assert 'class="language-diff"' in page


# --- changed words ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "shown"),
    [
        ("A red hat", "A green hat", [("red", "green")]),
        ("A hat", "A tall hat", [("", "tall")]),
        ("A tall hat", "A hat", [("tall", "")]),
        ("old oak table", "new elm table", [("old oak", "new elm")]),
        ("one red, two red", "one blue, two blue", [("red", "blue")] * 2),
        ("A hat", "A  hat\n", []),
        ("", "A hat", [("", "A hat")]),
    ],
)
def test_only_the_words_that_changed_are_shown(old, new, shown):
    """What lies side by side is one change; white space is none."""
    assert list(exchanges(compare_words(old, new), 120)) == shown


@given(st.text(ALPHABET, max_size=60), st.text(ALPHABET, max_size=60))
def test_changed_words_are_of_the_texts_and_take_little_room(old, new):
    """Each is found in its text, white space apart; None is for the rest, at the end."""
    found = exchanges(compare_words(old, new), 40)
    assert None not in found[:-1]
    shown = [each for each in found if each is not None]
    assert sum(len(a) + len(b) for a, b in shown) <= 40 + 2 * 20
    assert bool(shown) == (old.split() != new.split()) or not shown
    for text, words in ((old, [a for a, _ in shown]), (new, [b for _, b in shown])):
        for word in words:
            assert word.removesuffix("…") in " ".join(text.split())


def test_a_rewritten_prompt_shows_new_words_beside_old_ones():
    """However long both are."""
    field = FieldChange(name="prompt", old="old " * 99, new="fresh " * 99, words=True)
    text = as_comment(difference(change("a", fields=(field,))))
    row = next(line for line in text.splitlines() if "<br>changed |" in line)
    assert re.search(r"<del>`old .*…`</del> <ins>`fresh .*…`</ins>", row)
    white = replace(field, new="old  " * 99)
    assert "prompt: only white space changed" in as_comment(
        difference(change("a", fields=(white,)))
    )


# --- what fits ----------------------------------------------------------------------


def many(number: int, words: int) -> Difference:
    """Return a difference with many long prompts; a few of them cost money."""
    text = " ".join(f"word{at}" for at in range(words))
    return difference(
        *(
            change(
                f"asset-{at:05}",
                fields=(
                    FieldChange(
                        name="prompt",
                        old=text,
                        new=f"{text} more {at}",
                        file="assets.yaml",
                        line=at + 1,
                        words=True,
                    ),
                ),
                before=side(f"asset-{at:05}", at + 1),
                after=side(f"asset-{at:05}", at + 2, at + 1),
                to_draw=1 if at % 100 == 99 else 0,
                estimate_usd=0.04,
                state="to-draw" if at % 100 == 99 else "locked",
            )
            for at in range(number)
        )
    )


@pytest.mark.parametrize(
    ("number", "words"), [(1, 9000), (40, 150), (300, 20), (3000, 2)]
)
def test_a_comment_always_fits_and_says_what_is_missing(number, words):
    """Under 60,000 characters; what costs money stays longest."""
    found = many(number, words)
    text = as_comment(found, shown_for(found))
    assert len(text) < 60_000
    assert text.startswith(MARKER)
    assert f"**{number} changed**" in text
    assert text.rstrip().endswith("`assetgen diff` shows all of it._")
    for at in range(99, number, 100):
        assert f"`asset-{at:05}`" in text
    rows = text.count("<br>changed |")
    left = re.search(r"(\d+) further changes? not listed", text)
    assert rows + (int(left[1]) if left else 0) == number
    assert text.count("<details>") == text.count("</details>")
    names = re.findall(r"^\| `(asset-\d+)`", text, re.MULTILINE)
    assert all(a < b for a, b in pairwise(names)), "the table keeps the spec's order"


def test_a_summary_takes_less_than_a_job_may_have():
    """Bytes count there, and letters may take four."""
    found = many(3000, 60)
    wide = difference(
        *(
            change(
                each.name,
                fields=tuple(
                    FieldChange(
                        name="alt", old=f.old, new="\U0001f422" * 900, words=True
                    )
                    for f in each.fields
                ),
                after=each.after,
            )
            for each in found.changes
        )
    )
    for each in (found, wide):
        text = as_markdown(each, shown_for(each))
        assert len(text.encode()) < 900_000
        assert "Shortened to fit" in text


def test_the_least_important_is_left_out_first():
    """Full texts before details, details before rows."""
    found = many(200, 40)
    text = as_comment(found)
    assert "further change" not in text
    assert "full texts of" in text
    assert text.count("<br>changed |") == 200


# --- hostile texts ------------------------------------------------------------------

NASTY = [
    "@octocat please look",
    "fixes #123, octo/repo#7, GH-12 and 0123456789abcdef0123456789abcdef01234567",
    "https://evil.example/x www.evil.example mailto:a@evil.example evil.example",
    "![x](https://evil.example/pixel.png)",
    "[click](javascript:alert(1)) <https://evil.example>",
    "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "</summary></details><h1>mine</h1>",
    "</code></pre><a href=x>y</a>",
    "| a | b |\n| --- | --- |\n| c |",
    "`code` ``two`` ```three``` ````",
    "```\n</details>\n# heading\n- list\n```",
    "~~~\nfence",
    "# heading",
    "- list\n1. list\n> quote\n---\n===",
    "\\`escaped\\` \\| pipe | `",
    "&lt;b&gt; &#60;i&#62;",
    "<!-- assetgen:report --> <!--",
    "$x$ $$y$$ :tada: [ ] [x] [^1] [^1]: note",
    "\u202eright to left\u202c \u200bzero\x1b[31mred\x07 \x00",
    "line\r\nother\u2028line",
    "*bold* _it_ __b__ ~~s~~ ^sup^",
    "]: https://evil.example 'title'\n[x]: https://evil.example",
]


def hostile(text: str) -> Difference:
    """Return a difference in which all that others write is `text`."""
    wanted = FieldChange(
        name="prompt", old="A hat", new=text, file=text, line=3, words=True
    )
    plain = FieldChange(name=f"outputs {text}", old="a", new=text, file=text, line=3)
    gone = FieldChange(name=f"x {text}", old=text, new="", file="", line=0)
    return difference(
        change(
            text,
            kind="renamed",
            old_name=text,
            fields=(wanted, plain, gone),
            inputs=(InputChange(text), InputChange(text, pending=True)),
            before=side(text, 0, missing=text),
            after=Side(name=AssetName(text), file=text, line=3, missing=text),
            state="to-draw",
        ),
        notes=(text,),
    )


OUR_TAGS = re.compile(
    r"</?(?:p|del|ins|strong|em|table|thead|tbody|tr|th|td|code|ul|li|pre|details|summary|br|"
    r"blockquote|h3)>|<code class=\"language-diff\">|<!-- assetgen:report -->"
)


def assert_inert(pages: list[str], texts: list[str]) -> None:
    """Assert that nothing on a page is ours but what we wrote."""
    for page, text in zip(pages, texts, strict=True):
        strange = [tag for tag in tags_of(page) if not OUR_TAGS.fullmatch(tag)]
        assert not strange, (text, strange, page)
        assert page.count("<table>") == 1, (text, page)
        assert page.count("<tr>") == 2, (text, page)
        assert page.count("<td>") == 4, (text, page)
        assert page.count("<details>") == page.count("</details>") == 1, (text, page)
        assert page.count("<h3>") == page.count("### "), (text, page)
        assert page.count("<!--") == 1, (text, page)
        outside = re.sub(r"<code[^>]*>.*?</code>", "", page, flags=re.DOTALL)
        outside = unescape(outside)
        assert not re.search(r"@\w|\w#\d|(?<!\w)#\d|GH-\d|://\S|www\.\w", outside), (
            text,
            outside,
        )
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\u200b]", page)


def test_hostile_texts_stay_text_in_a_comment():
    """No element, no link, no picture, no mention and no further cell comes of them."""
    texts = NASTY
    assert_inert(rendered([as_comment(hostile(text)) for text in texts]), texts)


def test_hostile_texts_stay_visible():
    """What is written is read, with signs of their own for what cannot be seen."""
    pages = rendered([as_comment(hostile(text)) for text in NASTY])
    for page, text in zip(pages, NASTY, strict=True):
        word = max(re.findall(r"[a-z]+", text), key=len)
        assert word in page
    bidi = pages[NASTY.index(next(t for t in NASTY if "\u202e" in t))]
    assert "\\u202e" in bidi
    assert "\\x1b" in bidi


@settings(max_examples=5)
@given(st.lists(st.text(ALPHABET, max_size=40), min_size=60, max_size=60))
def test_any_text_of_nasty_signs_stays_text(texts):
    """Sixty texts go through one renderer at once."""
    texts = [text for text in texts if text.strip()]
    assert_inert(rendered([as_comment(hostile(text)) for text in texts]), texts)


@settings(max_examples=5)
@given(st.lists(st.text(ALPHABET, max_size=40), min_size=60, max_size=60))
def test_each_way_of_quoting_keeps_its_text_inside(texts):
    """A paragraph, a code span, a fence and a summary hold what they were given."""
    texts = [text for text in texts if text.strip()]
    pages = [
        f"a {inline(text)} z\n\na {code(text)} z\n\n{fence(text)}\n{folded(html(text), 'x')}"
        for text in texts
    ]
    for page, text in zip(rendered(pages), texts, strict=True):
        blocks = re.findall(
            r"<p>a .*? z</p>|<pre><code>.*?</code></pre>", page, re.DOTALL
        )
        assert len(blocks) == 3, (text, page)
        assert tags_of(blocks[0]) == ["<p>", "</p>"], (text, page)
        tags = ["<p>", "<code>", "</code>", "</p>"] if code(text) else ["<p>", "</p>"]
        assert tags_of(blocks[1]) == tags, (text, page)
        assert len(tags_of(blocks[2])) == 4, (text, page)
        summary = page.partition("<summary>")[2].partition("</summary>")[0]
        assert not tags_of(summary), (text, page)


def test_a_log_with_a_comment_in_it_holds_no_command():
    """GitHub's runner looks for two signs: anywhere, and at the beginning of a line."""
    for text in ("##[error]x", "::error::x", "a\n::error::x\n##[group]y"):
        for page in (as_comment(hostile(text)), as_markdown(hostile(text))):
            assert "##[" not in page
            assert not re.search(r"^\s*::", page, re.MULTILINE)


def test_a_terminal_gets_no_control_characters():
    """Whatever names and prompts say."""
    for text in NASTY:
        shown = as_text(hostile(text), verbose=True)
        assert not re.search("[\x00-\x09\x0b-\x1f\x7f\u202a-\u202e]", shown), text
