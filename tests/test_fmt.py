"""`assetgen fmt`: nothing that somebody wrote is lost, and twice is once."""

from __future__ import annotations

import contextlib
import io
import json
import re
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import assume, given
from scribbles import scribbles

from assetgen import document, formatting
from assetgen.cli import main
from assetgen.cli.commands.initialise import SPEC
from assetgen.cli.console import Console
from assetgen.document.commented import comments_of, read_written
from assetgen.errors import SpecInvalid
from assetgen.formatting import ASSET_KEYS, TOP_KEYS, format_text
from assetgen.schema import schema_text

ROOT = Path(__file__).parent.parent
_FENCE = re.compile(r"^```ya?ml\n(.*?)^```$", re.MULTILINE | re.DOTALL)

SCRIBBLED = """\
# yaml-language-server: $schema=x
# about the whole file

# about the assets
assets:
    # about the cat
    cat:   # behind the cat
       outputs:  # behind the outputs
       # above the first file
       - a.png   # behind the first file
       - path: b.png

         width:   12
         # below the width
        # below the files



       # above the prompt
       prompt: >- # behind the prompt
          A cat

            that sits
       alt: 'The "cat"'
       inputs: [ a,b , # behind b
          {file: c.png}]
       # below the cat
    # above the dog
    dog: {prompt: A dog,outputs: [dog.png]}
provider:   placeholder

# above the version
version: 1
# at the end
"""
FORMATTED = """\
# yaml-language-server: $schema=x
# about the whole file

# above the version
version: 1
provider: placeholder

# about the assets
assets:
  # about the cat
  cat: # behind the cat
    alt: 'The "cat"'
    inputs:
      - a
      - b # behind b
      - {file: c.png}

    # above the prompt
    prompt: >- # behind the prompt
      A cat

        that sits
    outputs: # behind the outputs
      # above the first file
      - a.png # behind the first file
      - path: b.png

        width: 12
        # below the width
      # below the files
    # below the cat
  # above the dog
  dog: {prompt: A dog, outputs: [dog.png]}
# at the end
"""


def test_comments_stay_with_what_they_are_about():
    """One file with a comment in every kind of place, and what becomes of it."""
    assert format_text(SCRIBBLED, "assets.yaml") == FORMATTED


@given(scribbles())
def test_nothing_is_lost_and_twice_is_once(drawn):
    """Whatever the style: the same value, all comments, and a fixed point."""
    text, comments = drawn
    with contextlib.suppress(SpecInvalid):
        before = document.parse(text.encode(), "x")
        out = format_text(text, "x")
        assert Counter(comments_of(read_written(out))) == Counter(comments)
        assert document.parse(out.encode(), "x") == before
        assert format_text(out, "x") == out
        assert "\r" not in out
        assert not re.search(r"[ \t]+$", _without_texts(out), re.MULTILINE)
        return
    assume(False)  # noqa: FBT003  # the text was no YAML


def _without_texts(text: str) -> str:
    """Return a text without the lines whose blanks belong to a value."""
    return "\n".join(
        line
        for line in text.split("\n")
        if line.strip() and not line.endswith(("blanks   ", "\\ ", "\\"))
    )


@pytest.mark.parametrize(
    ("text", "formatted"),
    [
        ("a: |\n    x", "a: |-\n  x\n"),  # no line end: the text had none either
        ("a: |+\n   x\n\n\nb: 1\n", "a: |+\n  x\n\n\nb: 1\n"),
        ("a:\n- |1\n  x\n- y\n", "a:\n  - |1\n    x\n  - y\n"),
        ('a: "x \\\n     y\\  \n  z"\n', 'a: "x \\\n  y\\  \n  z"\n'),
        ("a: &x {b: 1}\nc: *x\n", "a: &x {b: 1}\nc: *x\n"),
        ("a:\n- &x\n  b: 1\n- *x\n", "a:\n  - &x\n    b: 1\n  - *x\n"),
        ("? a\n: 1\n", "a: 1\n"),
        ('"a":   1 \n', '"a": 1\n'),
        ("a: [b: 1, {c: 2}]\n", "a: [b: 1, {c: 2}]\n"),
        ("{a: {b: [1,2]}}", "a: {b: [1, 2]}\n"),
        ("- - 1\n  - 2\n", "- - 1\n  - 2\n"),
        ("a: 1\n...\n# end\n", "a: 1\n# end\n"),
        ("%YAML 1.2\n---   # c\na: 1\n", "%YAML 1.2\n--- # c\na: 1\n"),
        ("a: # c\n  x\n", "a: x # c\n"),
        ("a: # c\n  x # d\n", "# c\na: x # d\n"),
        ("a:\n  # c\n  x\n", "# c\na: x\n"),
        ("a: x\n  y # c\n", "a: x\n  y # c\n"),
        ("# only\n\n\n# comments", "# only\n\n# comments\n"),
        ("\n\n", ""),
    ],
)
def test_ways_of_writing_that_are_easily_broken(text, formatted):
    """Each was chosen because a simpler formatter changes what it means."""
    assert format_text(text, "x") == formatted
    assert format_text(formatted, "x") == formatted


def test_a_long_map_in_braces_is_written_in_lines():
    """What fits on its line stays there, to the last character."""
    fits = "a: {b: " + "x" * (formatting.WIDTH - 8) + "}"
    assert len(fits) == formatting.WIDTH
    assert format_text(fits, "x") == fits + "\n"
    assert format_text(fits.replace("xx", "xxx", 1), "x").startswith("a:\n  b: xxx")


def test_keys_keep_their_places_where_an_alias_needs_it():
    """An anchor that another key uses comes first, whatever the order says."""
    text = "assets:\n  cat:\n    outputs: &o [a.png]\n    tags: *o\n    n: &k 1\n"
    assert format_text(text, "x") == text
    alone = "assets:\n  cat:\n    outputs: &o [a.png]\n    tags: [x]\n  dog:\n    tags: *o\n"
    assert format_text(alone, "x").index("tags: [x]") < format_text(alone, "x").index(
        "&o"
    )


def test_the_order_names_every_key_of_the_schema():
    """A key that is new in the schema must be given a place."""
    schema = json.loads(schema_text("assets"))
    assert sorted(TOP_KEYS[1:]) == sorted(schema["properties"])
    assert sorted(ASSET_KEYS[1:]) == sorted(schema["$defs"]["asset"]["properties"])


def _shipped() -> list[tuple[str, str]]:
    files = [ROOT / "assets.yaml", *ROOT.glob("examples/**/*.yaml")]
    found = [(str(path.relative_to(ROOT)), path.read_text("utf-8")) for path in files]
    for page in [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]:
        for block in _FENCE.finditer(page.read_text("utf-8")):
            name = str(page.relative_to(ROOT))
            if re.search(r"^(version|assets):", block[1], re.MULTILINE):
                found += [(name, block[1])]
    return [*found, ("init", SPEC)]


@pytest.mark.parametrize(("name", "text"), _shipped())
def test_shipped_specs_are_formatted(name, text):
    """The project's own specs, its examples, its pages and what `init` writes."""
    assert text == format_text(text, name)


# --- the command --------------------------------------------------------------

MAIN = "version: 1\ninclude: [more/*.yaml]\nprovider: placeholder\nassets:\n   cat: {prompt: A cat}\n"
MORE = "assets:\n  dog:\n    outputs: [dog.png]\n    prompt: A dog\n"


@pytest.fixture
def folder(tmp_path):
    """A spec with an included file; neither is formatted."""
    (tmp_path / "more").mkdir()
    (tmp_path / "assets.yaml").write_text(MAIN)
    (tmp_path / "more" / "a.yaml").write_text(MORE)
    return tmp_path


def say(folder: Path, *words: str, **environ: str) -> tuple[int, str, str]:
    """Run a command in this process; return its code and what it printed."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.chdir(folder):
        code = main.run(words, Console(environ, out, err))
    return code, out.getvalue(), err.getvalue()


def test_fmt_formats_the_spec_and_what_it_includes_once(folder):
    """A second run finds nothing to do and leaves the files' times alone."""
    code, out, err = say(folder, "fmt")
    assert (code, out) == (0, "")
    assert err == "formatted assets.yaml\nformatted more/a.yaml\n"
    assert (folder / "assets.yaml").read_text().splitlines()[1] == (
        "provider: placeholder"
    )
    before = (folder / "assets.yaml").stat()
    assert say(folder, "fmt") == (0, "", "2 files are formatted already\n")
    after = (folder / "assets.yaml").stat()
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)
    assert say(folder, "fmt", "--check")[0] == 0


def test_check_names_the_files_and_writes_nothing(folder):
    """CI gets a list, a code of its own, and annotations in a workflow."""
    code, out, err = say(folder, "fmt", "--check")
    assert (code, out) == (4, "assets.yaml\nmore/a.yaml\n")
    assert "`assetgen fmt` formats them" in err
    assert (folder / "assets.yaml").read_text() == MAIN
    _, _, err = say(folder, "fmt", "--check", GITHUB_ACTIONS="true")
    assert "::error file=more/a.yaml,line=3," in err


def test_diff_shows_what_would_change(folder):
    """Alone it ends with 0; nothing is written, and no sequence reaches the terminal."""
    (folder / "assets.yaml").write_text(MAIN.replace("A cat", "A \u202e cat"))
    code, out, _ = say(folder, "fmt", "--diff")
    assert code == 0
    assert "-   cat: {prompt: A \\u202e cat}\n+  cat: {prompt: A \\u202e cat}" in out
    code, out, _ = say(folder, "fmt", "--diff", "--check")
    assert (code, out.count("+++ ")) == (4, 2)
    assert (folder / "more/a.yaml").read_text() == MORE


def test_files_can_be_named(folder):
    """Hooks name the files that changed; included ones hold no `version`."""
    assert say(folder, "fmt", "more/a.yaml")[0] == 0
    assert (folder / "assets.yaml").read_text() == MAIN
    assert (folder / "more/a.yaml").read_text() != MORE
    code, _, err = say(folder, "fmt", "gone.yaml")
    assert (code, "gone.yaml" in err) == (2, True)


def test_an_invalid_file_leaves_all_as_they_are(folder):
    """Errors of all files are told with their places, as `check` tells them."""
    (folder / "assets.yaml").write_text(MAIN + "colour: red\n")
    (folder / "more" / "a.yaml").write_text(MORE + "provider: openai\n")
    code, _, err = say(folder, "fmt")
    assert code == 3
    assert "assets.yaml:6:1: error[unknown-key]" in err
    assert "more/a.yaml:5:1: error[" in err
    assert (folder / "assets.yaml").read_text() == MAIN + "colour: red\n"


def test_a_link_is_refused(folder):
    """Writing beside and renaming would put a file where the link was."""
    (folder / "more/b.yaml").symlink_to("a.yaml")
    code, _, err = say(folder, "fmt")
    assert (code, "more/a.yaml" in err) == (6, True)
    assert (folder / "assets.yaml").read_text() == MAIN


def test_line_ends_of_other_systems_and_the_mark_at_the_start_go(folder):
    """CRLF and a byte order mark are read and not written."""
    spec = folder / "assets.yaml"
    spec.write_bytes(b"\xef\xbb\xbf" + MAIN.replace("\n", "\r\n").encode())
    assert say(folder, "fmt")[0] == 0
    assert spec.read_text("utf-8") == format_text(MAIN, "x")


def test_a_line_separator_that_editors_do_not_show_is_told(folder):
    """YAML ends lines there, so nobody could say where a comment ends."""
    (folder / "assets.yaml").write_text(MAIN.replace("A cat", '"A \u2028cat"'))
    code, _, err = say(folder, "fmt")
    assert (code, "assets.yaml:5:21: error[odd-line-end]" in err) == (3, True)


def test_a_formatter_that_changes_the_meaning_is_a_bug_and_writes_nothing(
    folder, monkeypatch
):
    """The last guard: what would be written is read again before it is."""
    monkeypatch.setattr(formatting, "_key", lambda entry: entry.key + "s")
    code, _, err = say(folder, "fmt")
    assert (code, "the formatted text" in err) == (70, True)
    assert (folder / "assets.yaml").read_text() == MAIN


def test_permissions_stay(folder):
    """A spec that only its owner may read stays so."""
    (folder / "assets.yaml").chmod(0o600)
    assert say(folder, "fmt")[0] == 0
    assert (folder / "assets.yaml").stat().st_mode & 0o777 == 0o600
