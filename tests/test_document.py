"""Reading spec files: what plain values mean, where they stand, how files are cut."""

from __future__ import annotations

import gc
import json
import subprocess
import sys

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assetgen import document
from assetgen.document import reading
from assetgen.document.limits import Limits
from assetgen.errors import SpecInvalid
from assetgen.spans import Place

FUZZ = settings(
    max_examples=300,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)


def parse(text: str, **limits):
    """Read a text."""
    return document.parse(text.encode(), "a.yaml", Limits(**limits))


def refusals(text: str, **limits):
    """Return what a text is refused for."""
    with pytest.raises(SpecInvalid) as caught:
        parse(text, **limits)
    return caught.value.diagnostics


def where(text: str, *pointer, on_key=False):
    """Return line and text that a place points at."""
    place = Place("a.yaml", pointer, on_key)
    excerpt = document.locate(text.encode(), "a.yaml", [place])[place]
    start = excerpt.span.column - 1
    shown = excerpt.source_line[start : start + excerpt.span.width]
    return excerpt.span.line, shown


# --- values -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("no", "no"),
        ("yes", "yes"),
        ("on", "on"),
        ("off", "off"),
        ("y", "y"),
        ("true", True),
        ("False", False),
        ("null", None),
        ("~", None),
        ("", None),
        ("0", 0),
        ("-7", -7),
        ("+7", 7),
        ("010", "010"),
        ("007", "007"),
        ("0o17", 15),
        ("0x1F", 31),
        ("0b11", "0b11"),
        ("1_000", "1_000"),
        ("12:30:45", "12:30:45"),
        ("2026-11-22", "2026-11-22"),
        ("1.5", 1.5),
        ("-.5", -0.5),
        ("1e3", 1000.0),
        ("1.", 1.0),
        ("1.2.3", "1.2.3"),
        ("00.5", "00.5"),
        ("1024x1024", "1024x1024"),
        ("=", "="),
        ('"12"', "12"),
        ("'null'", "null"),
        ("|\n  12", "12\n"),
        ("none", "none"),
        ("nullable", "nullable"),
        ("-", None),
    ],
)
def test_plain_values_mean_what_yaml_1_2_says(written, value):
    """No sexagesimals, octals, dates or yes and no; numbers with a leading 0 are text."""
    read = parse(f"a: {written}\n") if written != "-" else {"a": parse("- \n")[0]}
    assert read == {"a": value}
    assert type(read["a"]) is type(value)
    assert parse(
        f"[{written or '~'}]" if "|" not in written and written != "-" else "[x]"
    )


@pytest.mark.parametrize("text", ["", "# nothing\n", "\ufeff", "---\n...\n"])
def test_an_empty_file_is_nothing(text):
    """What that means is the schema's business."""
    assert parse(text) is None


def test_a_byte_order_mark_changes_nothing():
    """Editors on some systems write one."""
    assert parse("\ufeffa: 1\n") == {"a": 1}
    assert where("\ufeffa: no\n", "a") == (1, "no")


@pytest.mark.parametrize("directive", ["%YAML 1.1", "%YAML 1.2"])
def test_the_yaml_directive_is_allowed_and_changes_nothing(directive):
    """The meanings are those of 1.2 in any case."""
    assert parse(f"{directive}\n---\na: no\n") == {"a": "no"}


def test_aliases_share_a_value():
    """The text of an anchor is written once and meant several times."""
    assert parse("a: &x [1, {b: 2}]\nc: *x\nd: &y z\ne: *y\n") == {
        "a": [1, {"b": 2}],
        "c": [1, {"b": 2}],
        "d": "z",
        "e": "z",
    }


def test_merge_keys_give_way_to_keys_and_to_earlier_maps():
    """`<<` takes a map or a list of maps; own keys win wherever they stand."""
    text = "p: &p {a: 1, b: 1}\nq: &q {b: 2, c: 2}\nr: {<<: [*p, *q], c: 3}\ns: {a: 9, <<: *p}\n"
    read = parse(text)
    assert read["r"] == {"a": 1, "b": 1, "c": 3}
    assert read["s"] == {"a": 9, "b": 1}
    assert parse('a: {"<<": 1}') == {"a": {"<<": 1}}


def test_the_collector_is_as_it_was_afterwards():
    """It is paused while values are made, and started again even on failure."""
    assert gc.isenabled()
    parse("a: 1")
    refusals("a: [")
    assert gc.isenabled()


def test_the_reader_without_libyaml_agrees():
    """Where the C library is missing, a spec means the same."""
    text = "a: &x [1, no, 'q', ~]\nb: {<<: {c: 1}, d: *x}\ne: |\n  t\n"
    fast, none = reading._read(text, document.DEFAULT)
    slow, nothing = reading._read(text, document.DEFAULT, pure=True)
    assert fast == slow
    assert (none, nothing) == ([], [])
    for broken in ("a: !t x", "a: ! x", "a: 1\na: 2", "1: x", "a: .nan", "a: ["):
        codes = [
            [
                each.code
                for each in reading._read(broken, document.DEFAULT, pure=pure)[1]
            ]
            for pure in (False, True)
        ]
        assert codes[0] == codes[1] != []


scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**30), 10**30),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(
        st.characters(exclude_categories=["Cc", "Cs", "Cf", "Cn", "Zl", "Zp"]),
        max_size=20,
    ),
)
plain_data = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(st.text("abn1t<", max_size=3), inner, max_size=4),
    ),
    max_leaves=12,
)


@FUZZ
@given(plain_data)
def test_json_is_read_as_json(value):
    """JSON (without escaped surrogate pairs) is YAML with the same meaning."""
    assert parse(json.dumps(value, ensure_ascii=False)) == value


@FUZZ
@given(st.text("ab:-[]{}#&*!|>'\"%@`,?<~1.\n \t\r", max_size=60))
def test_any_text_is_read_or_refused(text):
    """Nothing but `SpecInvalid` comes out, and every fault has a place in the text."""
    try:
        parse(text)
    except SpecInvalid as invalid:
        lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        for each in invalid.diagnostics:
            span = each.excerpt.span
            assert 1 <= span.line <= len(lines)
            assert 1 <= span.column <= len(lines[span.line - 1]) + 1
    document.locate(
        text.encode(), "a.yaml", [Place("a.yaml", ("a", 0)), Place("a.yaml")]
    )
    document.split_entries(text)
    document.parse_chunk(text)


# --- places -------------------------------------------------------------------------


SPEC = """\
version: 1
assets:
  hero:
    prompt: |

      A lighthouse
      at dawn
    outputs: [hero.png, {path: "a b.png", width: 3}]
    checks:
  card: &card
    file: a.png
  again: *card
  merged:
    <<: *card
    n: 3
"""


@pytest.mark.parametrize(
    ("pointer", "on_key", "line", "shown"),
    [
        ((), False, 1, "version"),
        (("version",), False, 1, "1"),
        (("version",), True, 1, "version"),
        (("assets",), False, 2, "assets"),
        (("assets", "hero"), False, 3, "hero"),
        (("assets", "hero", "prompt"), False, 6, "A lighthouse"),
        (("assets", "hero", "prompt"), True, 4, "prompt"),
        (("assets", "hero", "outputs", 0), False, 8, "hero.png"),
        (("assets", "hero", "outputs", 1, "path"), False, 8, '"a b.png"'),
        (("assets", "hero", "outputs", 1, "width"), True, 8, "width"),
        (("assets", "hero", "checks"), False, 9, "checks"),
        (("assets", "hero", "nothing", "there"), False, 3, "hero"),
        (("assets", "hero", "outputs", 9), False, 8, "outputs"),
        (("assets", "again", "file"), False, 11, "a.png"),
        (("assets", "merged", "file"), False, 11, "a.png"),
        (("assets", "merged", "n"), False, 15, "3"),
    ],
)
def test_a_place_is_found_again(pointer, on_key, line, shown):
    """Values, keys, what is missing (by its parent), block texts, aliases, merges."""
    found_line, found = where(SPEC, *pointer, on_key=on_key)
    assert found_line == line
    assert found == shown or pointer == ()


def test_columns_count_code_points():
    """An emoji or a letter with an accent is one column."""
    assert where('é🚀: {ß: "漢字"}', "é🚀", "ß") == (1, '"漢字"')


@pytest.mark.parametrize("end", ["\r\n", "\r", "\n"])
def test_lines_end_as_editors_count_them(end):
    """CR LF is one end; U+2028 is none."""
    text = end.join(["a: 1", "b: 'x\u2028y'" if end == "\n" else "b: xy", "c: 3"])
    assert where(text, "c") == (3, "3")


def test_a_place_in_a_broken_file_is_still_some_place():
    """A file may change between reading it and pointing at it."""
    assert where("a: [1, 2\n", "a", 1)[0] == 1
    assert where("a: \x00", "a")[0] == 1
    assert where("", "a") == (1, "")


@FUZZ
@given(plain_data)
def test_every_value_has_a_place(value):
    """Each pointer into a value finds a line of its text."""
    text = json.dumps(value, indent=1, ensure_ascii=False)
    places = []

    def walk(node, place):
        places.append(place)
        if isinstance(node, dict):
            for key, inner in node.items():
                walk(inner, place.at(key))
        elif isinstance(node, list):
            for number, inner in enumerate(node):
                walk(inner, place.at(number))

    walk(value, Place("a.yaml"))
    found = document.locate(text.encode(), "a.yaml", places)
    lines = text.split("\n")
    for place in places:
        excerpt = found[place]
        assert lines[excerpt.span.line - 1] == excerpt.source_line


# --- pieces -------------------------------------------------------------------------


def put_together(text: str):
    """Return what the pieces mean together; None where the caller would read the whole."""
    split = document.split_entries(text)
    if split is None:
        return None
    pairs = [document.parse_chunk(chunk) for _, chunk in split.entries]
    if None in pairs or len({key for key, _ in pairs}) < len(pairs):
        return None
    try:
        head = parse(split.head)
    except SpecInvalid:
        return None
    return {**(head or {}), "assets": dict(pairs)}


def test_a_spec_is_cut_at_its_entries():
    """One piece an asset, with its line; the rest is the head."""
    text = (
        "version: 1\nassets: # all of them\n# first\n  a: {file: a.png}\n\n  # second\n"
        "  b/c:\n    prompt: |\n      x\n\n      assets:\n\nvars:\n  x: 1\n"
    )
    split = document.split_entries(text)
    assert split.head == "version: 1\nvars:\n  x: 1\n"
    assert [line for line, _ in split.entries] == [3, 7]
    assert (
        "".join(chunk for _, chunk in split.entries) == text[33 : text.index("vars:")]
    )
    assert put_together(text) == parse(text)


@pytest.mark.parametrize(
    "text",
    [
        "version: 1\n",
        "assets: {a: {file: x}}\n",
        "assets:\n",
        "assets:",
        "assets:\n- a\n",
        "assets:\n  a: 1\nassets:\n  b: 1\n",
        "---\nassets:\n  a: 1\n",
        "assets:\n  a: 1\n...\n",
        "%YAML 1.2\n---\nassets:\n  a: 1\n",
        "assets:\n\ta: 1\n",
        "assets:\r\n  a: 1\r\n",
        "assets:\n   a: 1\n  b: 2\n",
        '"assets":\n  a: 1\n',
        'project: "x\nassets:\n  a: 1\n"\n',
        "assets:\n  a: 1\n- b\n",
        "include:\nassets:\n  a: 1\n- b\n",
        "x: {\nassets:\n  a: 1\n}\n",
        "assets: &x\n  a: 1\n",
        "assets: !t\n  a: 1\n",
        "assets: |\n  a: 1\n",
        "  x: 1\nassets:\n  a: 1\n",
    ],
)
def test_an_unusual_spec_is_not_cut(text):
    """When in doubt the whole file is read."""
    assert document.split_entries(text) is None


@pytest.mark.parametrize(
    "chunk",
    [
        "  a: 1\n  b: 2\n",
        "  - a\n",
        "  a\n",
        '  a: "x\n',
        "  a: [1,\n",
        "  a: *x\n",
        "  <<: {a: 1}\n",
        "  ? a\n  : [b\n",
        "  : b\n",
        "  1: b\n",
        "  a: !t b\n",
        "  a: 1\n  a: 1\n",
        "",
        "# a: 1\n",
        "a: 1\n--- {}\n",
    ],
)
def test_a_piece_that_is_not_one_pair_is_not_read(chunk):
    """The caller then reads the whole file, which words the errors."""
    assert document.parse_chunk(chunk) is None


def test_a_piece_may_use_its_own_anchor_only_if_nothing_refers_to_it():
    """Aliases have a budget for the whole file, so no piece may hold one."""
    assert document.parse_chunk("  a: &x {b: 1}\n") == ("a", {"b": 1})
    assert document.parse_chunk("  a: [&x 1, *x]\n") is None


pieces_of_lines = st.sampled_from(
    [
        "assets:",
        "assets: # c",
        "assets: x",
        "version: 1",
        "vars:",
        "  x: 1",
        "  a:",
        "  b: text",
        "  c: |",
        "  d: >-",
        "    prompt: it's",
        "    more: &m {x: 1}",
        "    alias: *m",
        "    <<: *m",
        "  <<: {q: 1}",
        '  e: "open',
        '    closed"',
        '"',
        "'",
        "  f: [1,",
        "  2]",
        "]",
        "  g: {x: 1}",
        "  ? h",
        "  : i",
        "  - j",
        "    - k",
        "- l",
        "  # comment",
        "# comment",
        "",
        "   ",
        "      deep text",
        "  plain",
        " odd: 1",
        "tail: 'x",
        "include:",
        "  !t n: 1",
        "  o: !t 1",
        "  'p': 1",
        "  a : 2",
        "  |",
        "---",
        "  --- x: 1",
    ]
)


@settings(FUZZ, max_examples=500)
@given(
    st.lists(pieces_of_lines, max_size=5),
    st.lists(pieces_of_lines, max_size=8),
    st.booleans(),
)
def test_pieces_mean_together_what_the_whole_means(before, after, newline):
    """Where cutting, all pieces and the head succeed, the result is the whole's."""
    text = "\n".join([*before, "assets:", *after]) + ("\n" if newline else "")
    together = put_together(text)
    if together is not None:
        assert together == parse(text)


@settings(FUZZ, max_examples=100)
@given(
    st.dictionaries(
        st.from_regex(r"[a-z0-9][a-z0-9_./-]{0,8}", fullmatch=True).filter(
            lambda key: not key[0].isdigit() and key not in ("null", "true", "false")
        ),
        plain_data,
        min_size=1,
        max_size=6,
    )
)
def test_written_specs_are_cut_and_mean_the_same(assets):
    """What a YAML writer makes of any assets is cut into as many pieces."""
    import yaml

    body = {"version": 1, "assets": assets, "vars": {"x": "y"}}
    text = yaml.safe_dump(body, sort_keys=False, allow_unicode=False)
    together = put_together(text)
    assert together is None or together == parse(text)
    split = document.split_entries(text)
    assert split is None or len(split.entries) >= len(assets)


def test_importing_the_package_does_not_import_the_yaml_library():
    """A build without changes must not pay for it."""
    script = "import sys, assetgen.document; sys.exit('yaml' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
