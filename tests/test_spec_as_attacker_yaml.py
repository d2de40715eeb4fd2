"""What a hostile spec file can try with YAML: refused, with a place, cheaply.

Nothing here measures time: the limits that keep it short are what is tested.
"""

from __future__ import annotations

import tracemalloc

import pytest

from assetgen import document, schema
from assetgen.document.limits import DEFAULT, Limits
from assetgen.errors import ExitCode, SpecInvalid


def refusals(data: bytes | str, limits: Limits = DEFAULT):
    """Return what a file is refused for."""
    raw = data.encode() if isinstance(data, str) else data
    with pytest.raises(SpecInvalid) as caught:
        document.parse(raw, "assets.yaml", limits)
    assert caught.value.exit_code == ExitCode.SPEC_INVALID
    return caught.value.diagnostics


def codes(data, limits: Limits = DEFAULT):
    """Return the codes of what a file is refused for."""
    return [each.code for each in refusals(data, limits)]


@pytest.mark.parametrize(
    "text",
    [
        "a: !!python/object/apply:os.system [id]",
        "a: !!python/name:os.system x",
        "a: !include /etc/passwd",
        "a: !!str x",
        "a: !<tag:yaml.org,2002:int> 1",
        "a: ! x",
        "a: ! 'x'",
        "a: ! [x]",
        "!t a: 1",
        "!t {a: 1}",
        "- !t\n",
    ],
)
def test_tags_are_refused(text):
    """No tag is needed to say what to draw, and none is obeyed."""
    assert codes(text) == ["yaml-tag"]


def test_an_exclamation_mark_in_a_text_is_no_tag():
    """Prompts may shout."""
    assert document.parse(b"a: Wow! so !nice ! yes\nb: '!x'", "a") == {
        "a": "Wow! so !nice ! yes",
        "b": "!x",
    }


def test_tag_directives_are_refused():
    """`%TAG` would only serve tags."""
    assert codes("%TAG ! tag:x,2000:\n---\na: 1") == ["yaml-directive"]


def test_all_duplicate_keys_are_shown_with_both_places():
    """A second key would silently win in other readers."""
    text = "a: 1\nb: {c: 1, c: 2}\na: 2\nd:\n- e: 1\n  'e': 2\n"
    found = refusals(text)
    assert [(each.code, each.excerpt.span.line) for each in found] == [
        ("duplicate-key", 2),
        ("duplicate-key", 3),
        ("duplicate-key", 6),
    ]
    assert [each.related[0].span.line for each in found] == [2, 1, 5]
    assert found[0].related[0].span.column == 5


def test_keys_are_text():
    """Numbers, truth values, nothing, lists and maps cannot name anything."""
    text = "1: a\ntrue: a\n~: a\n? [x]\n: a\n? {x: y}\n: a\nok: 1"
    assert codes(text) == ["key-not-text"] * 5


def test_an_alias_bomb_is_counted_and_not_expanded():
    """Nine levels of nine are 387 million values."""
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 10)]
    assert codes("\n".join(lines)) == ["alias-expansion"]


def test_an_alias_of_a_long_text_costs_its_length():
    """A thousand aliases of a megabyte would be a gigabyte for whoever copies it."""
    text = f"a: &a {'x' * 900_000}\nb: [{', '.join(['*a'] * 1000)}]"
    assert codes(text) == ["alias-expansion"]


def test_a_merge_bomb_is_counted():
    """Merged entries count, however often the same map is merged."""
    keys = ", ".join(f"k{i}: 1" for i in range(1000))
    text = f"a: &a {{{keys}}}\nb:\n" + "- {<<: *a}\n" * 200
    assert codes(text) == ["alias-expansion"]
    nested = ["m0: &m0 {k0: 1}"]
    nested += [
        f"m{i}: &m{i} {{<<: [{', '.join([f'*m{i - 1}'] * 9)}], k{i}: 1}}"
        for i in range(1, 20)
    ]
    # The classic bomb is harmless here: equal keys are merged once.
    value = document.parse("\n".join(nested).encode(), "a")
    assert len(value["m19"]) == 20


@pytest.mark.parametrize("text", ["a: {<<: 3}", "a: {<<: [1]}", "a: {<<: }"])
def test_merge_keys_take_maps_only(text):
    """Anything else is a mistake."""
    assert codes(text) == ["merge-key"]


@pytest.mark.parametrize(
    "text", ["a: &a [*a]", "a: &a {b: *a}", "&a a: *b", "a: &a [[[{c: *a}]]]"]
)
def test_a_value_cannot_stand_inside_itself(text):
    """A ring of aliases, and aliases of nothing."""
    assert codes(text)[0] in ("alias-cycle", "alias-unknown")


@pytest.mark.parametrize(
    "text",
    [
        "a: " + "[" * 1500 + "]" * 1500,
        "a: " + "{a: " * 1500 + "1" + "}" * 1500,
        "\n".join(" " * i + "a:" for i in range(1500)),
        "- " * 1500 + "a",
        "\n".join(
            ["a0: &a0 [x]", *(f"a{i}: &a{i} [*a{i - 1}]" for i in range(1, 1500))]
        ),
    ],
)
def test_deep_nesting_is_refused_before_it_hurts(text):
    """In braces, by indentation, and through aliases; no RecursionError."""
    assert codes(text)[-1] == "too-deep"
    assert "too-deep" in codes(text[: len(text) // 2])


def test_keys_inside_keys_are_refused():
    """Two hundred thousand braces end after the first few."""
    assert set(codes("{" * 200_000)) == {"key-not-text", "too-deep"}
    assert len(codes("? " * 2_000)) <= DEFAULT.faults


def test_a_large_file_is_refused_by_its_size_alone():
    """The check comes before decoding; the real limit is far below 100 MB."""
    assert codes(b"\xff" * 101, Limits(file_bytes=100)) == ["too-big"]
    assert codes("a: " + "x" * 97, Limits(file_bytes=99)) == ["too-big"]
    assert DEFAULT.file_bytes < 64 * 1024 * 1024


def test_values_and_texts_are_counted():
    """The real limits let a spec of a hundred thousand assets pass."""
    assert codes("[" + "a, " * 50 + "a]", Limits(nodes=40)) == ["too-many-values"]
    assert codes("a: 1\n" + "b: {c: 1}\n", Limits(nodes=2)) == ["too-many-values"]
    assert codes("a: " + "x" * 101, Limits(text_chars=100)) == ["too-long"]
    assert DEFAULT.nodes > 3_000_000


def test_long_numbers_are_refused():
    """Five thousand digits raise ValueError, or take long, in a plain `int`."""
    assert codes("a: " + "9" * 5000) == ["bad-number"]
    assert codes("a: 0x" + "f" * 5000) == ["bad-number"]
    assert codes("a: 1." + "0" * 5000) == ["bad-number"]


@pytest.mark.parametrize("text", [".nan", ".NaN", ".inf", "-.Inf", "+.INF", "1e999"])
def test_numbers_are_finite(text):
    """NaN compares with nothing, so no bound would hold it."""
    (found,) = refusals(f"a:\n  b: {text}\n")
    assert (found.code, found.excerpt.span.line, found.excerpt.span.column) == (
        "bad-number",
        2,
        6,
    )


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_only_utf_8_is_read(encoding):
    """Other encodings would show reviewers something else than the program reads."""
    assert codes("version: 1\n".encode(encoding)) in (
        ["not-utf8"],
        ["control-character"],
    )


def test_bytes_that_are_not_utf_8_are_shown():
    """With line and column."""
    (found,) = refusals(b"a: 1\nb: caf\xe9\n")
    assert (found.code, str(found.excerpt.span)) == ("not-utf8", "assets.yaml:2:7")
    assert codes(b"a: \xed\xa0\x80") == ["not-utf8"]  # half a surrogate pair


@pytest.mark.parametrize(
    "character", "\x00\x07\x08\x0b\x0c\x1b\x7f\x80\x9b\ufffe\ufeff"
)
def test_control_characters_are_refused(character):
    """Terminals act on them; a spec can be read as it is."""
    assert codes(f"a: x{character}y") == ["control-character"]
    assert codes(f"a: 1 # {character}") == ["control-character"]


@pytest.mark.parametrize(
    "text", ["a: 1\n---\nb: 2", "--- 1\n--- 2", "a: 1\n...\n---\n"]
)
def test_several_documents_are_refused(text):
    """The second one would go unread."""
    assert codes(text) == ["several-documents"]


def test_faults_are_capped():
    """A file of nothing but mistakes gives a page, not a book."""
    assert len(codes("a: !t x\n" * 5000)) <= 2 * DEFAULT.faults


def test_a_truth_value_is_no_number():
    """Python would let `true` pass as 1; the schema does not."""
    value = document.parse(b"version: 1\nassets: {a: {prompt: x, n: true}}", "a")
    (problem,) = schema.validate(value, "a", included=False)
    assert problem.code == "wrong-type"
    (problem,) = schema.validate({"version": True, "assets": {}}, "a", included=False)
    assert problem.code == "bad-value"


def test_a_long_line_is_not_copied_for_every_fault():
    """A hundred faults in one line of megabytes must not hold it a hundred times."""
    data = ("[" + "!t x, " * 200 + "'" + "x" * 300_000 + "'" + ", y" * 300_000).encode()
    tracemalloc.start()
    found = refusals(data)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(found) == DEFAULT.faults
    assert sum(len(each.excerpt.source_line) for each in found) < 3_000_000
    assert peak < 30_000_000
